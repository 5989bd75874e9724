#include "support.h"

#include "base/address.h"
#include "base/error.h"
#include "packet/checksum.h"
#include "packet/mask.h"
#include "packet/mask_frame.h"
#include "packet/mask_text.h"
#include "packet/probe.h"
#include "packet/reply.h"
#include "packet/wire.h"

/*
 * Two of everything: how it is, and how it is to look.  What is masked must be
 * what would have been sent, had the stand-ins been the addresses.
 */
static const char *const ends[2][2][4] = {
	/*	this host	a NAT's		hop 1		the target */
	{ { "192.168.7.23", "203.0.113.9", "192.168.7.1", "198.51.100.7" },
	    { "2001:db8:7::17", "2001:db8:99::9", "2001:db8:7::1",
	    "2001:db8:ffff::7" } },
	{ { "240.0.0.1", "240.0.0.2", "240.1.0.1", "198.51.100.7" },
	    { "100::1", "100::2", "100::1:1", "2001:db8:ffff::7" } },
};

enum end { HOST, NAT, HOP, TARGET };
enum look { REAL, SHOWN };

struct world {
	struct tr_mask *mask;
	struct tr_masker *masker;
	uint8_t	 family;
};

struct packet {
	uint8_t	data[SUPPORT_BYTES_MAX];
	size_t	size;
};

static struct tr_address
end_of(uint8_t family, enum look look, enum end end)
{
	return address_of(ends[look][family == 6][end]);
}

static void
open_world(struct world *world, uint8_t family, bool steered)
{
	const struct tr_address host = end_of(family, REAL, HOST);
	const struct tr_address nat = end_of(family, REAL, NAT);
	const struct tr_address hop = end_of(family, REAL, HOP);
	const struct tr_address target = end_of(family, REAL, TARGET);

	world->family = family;
	world->mask = tr_mask_new();
	assert_non_null(world->mask);
	assert_int_equal(tr_mask_keep(world->mask, &target), TR_OK);
	assert_int_equal(tr_mask_hide(world->mask, &host, 0), TR_OK);
	assert_int_equal(tr_mask_hide(world->mask, &nat, 0), TR_OK);
	assert_int_equal(tr_mask_hide(world->mask, &hop, 1), TR_OK);
	world->masker = tr_masker_new(world->mask, &host, steered);
	assert_non_null(world->masker);
}

static void
close_world(struct world *world)
{
	tr_masker_free(world->masker);
	tr_mask_free(world->mask);
}

/* --- addresses ----------------------------------------------------------- */

static const char *
shown(const struct tr_mask *mask, const char *text)
{
	static char buffer[TR_ADDRESS_TEXT_MAX];
	const struct tr_address real = address_of(text);
	const struct tr_address masked = tr_mask_address(mask, &real);

	return tr_address_text(&masked, buffer, sizeof(buffer));
}

static void
hide(struct tr_mask *mask, const char *text, uint8_t hop)
{
	const struct tr_address real = address_of(text);

	assert_int_equal(tr_mask_hide(mask, &real, hop), TR_OK);
}

static void
stand_ins(void **state)
{
	const struct tr_address target = address_of("10.0.0.9");
	const struct tr_address real = address_of("240.3.0.1");
	const struct tr_address none = { .family = 0 };
	struct tr_mask *mask = tr_mask_new();

	(void)state;
	assert_non_null(mask);
	assert_int_equal(tr_mask_keep(mask, &target), TR_OK);
	assert_int_equal(tr_mask_avoid(mask, &real), TR_OK);
	hide(mask, "10.0.0.1", 0);
	hide(mask, "10.0.3.1", 3);
	hide(mask, "10.0.3.2", 3);
	hide(mask, "10.0.3.1", 7);
	hide(mask, "10.0.0.9", 1);
	hide(mask, "fd00::1", 0);
	hide(mask, "fd00::3", 16);
	hide(mask, "fd00::4", 255);
	assert_int_equal(tr_mask_hide(mask, &none, 1), TR_OK);
	assert_string_equal(shown(mask, "10.0.0.1"), "240.0.0.1");
	assert_string_equal(shown(mask, "10.0.3.1"), "240.3.0.2");
	assert_string_equal(shown(mask, "10.0.3.2"), "240.3.0.3");
	assert_string_equal(shown(mask, "10.0.0.9"), "10.0.0.9");
	assert_string_equal(shown(mask, "240.3.0.1"), "240.3.0.1");
	assert_string_equal(shown(mask, "10.0.4.4"), "10.0.4.4");
	assert_string_equal(shown(mask, "fd00::1"), "100::1");
	assert_string_equal(shown(mask, "fd00::3"), "100::16:1");
	assert_string_equal(shown(mask, "fd00::4"), "100::255:1");
	/* What only looked like one may have to be hidden after all. */
	hide(mask, "240.3.0.1", 3);
	assert_string_equal(shown(mask, "240.3.0.1"), "240.3.0.4");
	assert_false(tr_mask_hides(mask, &target));
	assert_true(tr_mask_hides(mask, &real));
	assert_true(tr_mask_is_stand_in(&real));
	assert_false(tr_mask_is_stand_in(&target));
	tr_mask_free(mask);
}

static void
numbers_run_out(void **state)
{
	struct tr_mask *mask = tr_mask_new();
	struct tr_address real = address_of("10.0.0.0");

	(void)state;
	assert_non_null(mask);
	for (unsigned i = 1; i <= TR_MASK_NUMBERS_MAX; i++) {
		real.bytes[2] = (uint8_t)(i >> 8);
		real.bytes[3] = (uint8_t)i;
		assert_int_equal(tr_mask_hide(mask, &real, 1), TR_OK);
	}
	assert_string_equal(shown(mask, "10.0.255.255"), "240.1.255.255");
	real.bytes[1] = 1;
	assert_int_equal(tr_mask_hide(mask, &real, 1), TR_ENOMEM);
	assert_int_equal(tr_mask_hide(mask, &real, 2), TR_OK);
	tr_mask_free(mask);
}

/* --- probes -------------------------------------------------------------- */

static void
build_from(enum look look, enum end from, uint8_t family,
    enum tr_protocol protocol, bool classic, uint16_t size,
    struct packet *packet)
{
	struct tr_builder *builder = tr_builder_new();
	const struct tr_probe_spec spec = {
		.protocol = protocol,
		.src = end_of(family, look, from),
		.dst = end_of(family, look, TARGET),
		.source_port = 40000,
		.destination_port = 33434,
		.icmp_id = 0x1234,
		.icmp_checksum = 0xbeef,
		.ttl = 5,
		.identifier = 0x4321,
		.token = 0x01020304,
		.tcp_sequence = 0x01020304,
		.tcp_flags = TR_TCP_SYN,
		.size = size,
		.classic = classic,
	};

	assert_non_null(builder);
	assert_int_equal(tr_probe_build(builder, &spec, packet->data,
	    sizeof(packet->data)), size);
	packet->size = size;
	tr_builder_free(builder);
}

static void
build(enum look look, uint8_t family, enum tr_protocol protocol, bool classic,
    struct packet *packet)
{
	build_from(look, HOST, family, protocol, classic,
	    family == 4 ? 61 : 81, packet);
}

static void
mask_probe(const struct world *world, const struct packet *probe,
    struct packet *masked)
{
	const int size = tr_mask_probe(world->masker, probe->data,
	    probe->size, masked->data);

	assert_true(size > 0);
	masked->size = (size_t)size;
}

static bool
is_steered(enum tr_protocol protocol, bool classic)
{
	return !classic && protocol != TR_PROTOCOL_TCP;
}

/* As if the probe had been built for the stand-ins, down to its name. */
static void
probes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		const uint8_t family = i % 2 == 0 ? 4 : 6;
		const bool classic = i / 2 % 2 != 0;
		const enum tr_protocol protocol = (enum tr_protocol)(i / 4);
		struct packet real, masked, expected;
		struct world world;

		open_world(&world, family, is_steered(protocol, classic));
		build(REAL, family, protocol, classic, &real);
		build(SHOWN, family, protocol, classic, &expected);
		mask_probe(&world, &real, &masked);
		assert_int_equal(masked.size, expected.size);
		assert_memory_equal(masked.data, expected.data,
		    expected.size);
		close_world(&world);
	}
}

/* What follows a packet in its frame is nobody's business. */
static void
trailer_is_left_out(void **state)
{
	struct packet real, masked;
	struct world world;

	(void)state;
	open_world(&world, 4, true);
	build(REAL, 4, TR_PROTOCOL_UDP, false, &real);
	memset(real.data + real.size, 0xaa, 20);
	real.size += 20;
	mask_probe(&world, &real, &masked);
	assert_int_equal(masked.size, real.size - 20);
	close_world(&world);
}

static void
golden_probe(void **state)
{
	struct bytes in = bytes_of("4500003c4321000005118654c0000201c6336407"
	    "9c40829a00284321 2cb754524321054748494a4b4c4d4e4f50515253545556"
	    "5758595a5b5c5d5e5f");
	struct bytes expected = bytes_of("4500003c43210000051158 54f0000001"
	    "c6336407 9c40829a00284321 feb654524321054748494a4b4c4d4e4f50515"
	    "2535455565758595a5b5c5d5e5f");
	const struct tr_address source = address_of("192.0.2.1");
	struct tr_mask *mask = tr_mask_new();
	struct tr_masker *masker;
	uint8_t out[60];

	(void)state;
	assert_non_null(mask);
	hide(mask, "192.0.2.1", 0);
	masker = tr_masker_new(mask, &source, true);
	assert_non_null(masker);
	assert_int_equal(tr_mask_probe(masker, in.data, in.size, out), 60);
	assert_memory_equal(out, expected.data, 60);
	tr_masker_free(masker);
	tr_mask_free(mask);
}

/* --- answers ------------------------------------------------------------- */

/* A header for size bytes behind it, which are summed up. */
static void
finish(struct packet *packet, const struct tr_address *src,
    const struct tr_address *dst, const uint8_t *body, size_t size,
    uint8_t protocol, size_t checksum)
{
	const size_t header = src->family == 4 ? 20 : 40;
	uint32_t sum = protocol == TR_IPPROTO_ICMP ? 0 :
	    tr_checksum_add_pseudo(0, src, dst, protocol, (uint32_t)size);
	uint16_t value;

	memset(packet->data, 0, header);
	memcpy(packet->data + header, body, size);
	packet->size = header + size;
	value = tr_checksum_finish(tr_checksum_add(sum, body, size));
	packet->data[header + checksum] = (uint8_t)(value >> 8);
	packet->data[header + checksum + 1] = (uint8_t)value;
	if (src->family == 6) {
		packet->data[0] = 0x60;
		packet->data[4] = (uint8_t)(size >> 8);
		packet->data[5] = (uint8_t)size;
		packet->data[6] = protocol;
		packet->data[7] = 60;
		memcpy(packet->data + 8, src->bytes, 16);
		memcpy(packet->data + 24, dst->bytes, 16);
		return;
	}
	packet->data[0] = 0x45;
	packet->data[2] = (uint8_t)(packet->size >> 8);
	packet->data[3] = (uint8_t)packet->size;
	packet->data[8] = 60;
	packet->data[9] = protocol;
	memcpy(packet->data + 12, src->bytes, 4);
	memcpy(packet->data + 16, dst->bytes, 4);
	value = tr_checksum_finish(tr_checksum_add(0, packet->data, 20));
	packet->data[10] = (uint8_t)(value >> 8);
	packet->data[11] = (uint8_t)value;
}

/* Time exceeded by hop 1 that quotes so much, and has what is behind it. */
static void
make_error(enum look look, uint8_t family, const struct packet *quote,
    size_t quoted, const struct bytes *behind, struct packet *error)
{
	const struct tr_address from = end_of(family, look, HOP);
	const struct tr_address to = end_of(family, look, HOST);
	uint8_t body[1024] = { family == 4 ? 11 : 3 };
	size_t size = 8 + quoted;

	memcpy(body + 8, quote->data, quoted);
	if (behind != NULL) {
		size = 8 + 128;
		body[family == 4 ? 5 : 4] = family == 4 ? 32 : 16;
		memcpy(body + size, behind->data, behind->size);
		size += behind->size;
	}
	finish(error, &from, &to, body, size, family == 4 ?
	    TR_IPPROTO_ICMP : TR_IPPROTO_ICMP6, 2);
}

/* How much of the probe is to be as in the masked one is told by probe. */
static void
mask_reply(const struct world *world, const struct packet *reply,
    const struct packet *before, const struct packet *after, bool hidden,
    struct packet *masked)
{
	const struct tr_masked_probe probe = {
		.before = before->data,
		.after = after->data,
		.size = before->size,
	};
	const int size = tr_mask_reply(world->masker, reply->data,
	    reply->size, &probe, hidden, masked->data);

	assert_true(size > 0);
	masked->size = (size_t)size;
}

static void
assert_same(const struct packet *masked, const struct packet *expected)
{
	assert_int_equal(masked->size, expected->size);
	assert_memory_equal(masked->data, expected->data, expected->size);
}

/* As if the hop had quoted what would have been sent: 8 bytes, or all. */
static void
quotes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 48; i++) {
		const uint8_t family = i % 2 == 0 ? 4 : 6;
		const bool classic = i / 2 % 2 != 0, hidden = i / 24 != 0;
		const enum tr_protocol protocol =
		    (enum tr_protocol)(i / 4 % 3);
		const size_t header = family == 4 ? 20 : 40;
		struct packet real, shown_probe, error, masked, expected;
		size_t quoted;
		struct world world;

		open_world(&world, family, is_steered(protocol, classic));
		build(REAL, family, protocol, classic, &real);
		build(SHOWN, family, protocol, classic, &shown_probe);
		quoted = i / 12 % 2 != 0 ? real.size : header + 8;
		make_error(REAL, family, &real, quoted, NULL, &error);
		make_error(SHOWN, family, &shown_probe, quoted, NULL,
		    &expected);
		mask_reply(&world, &error, &real, &shown_probe, hidden,
		    &masked);
		assert_same(&masked, &expected);
		close_world(&world);
	}
}

/*
 * A NAT between: the quote has its address, and a checksum that fits.  Where
 * it does not fit, the difference tells of what the NAT wrote: it is told that
 * there is one.
 */
static void
quotes_behind_nat(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t family = i % 2 == 0 ? 4 : 6;
		const size_t checksum = family == 4 ? 26 : 46;
		struct packet real, shown_probe, sent, sent_shown, error,
		    masked, expected;
		struct world world;

		/* Classic ones, whose checksum is what it comes to. */
		open_world(&world, family, false);
		build(REAL, family, TR_PROTOCOL_UDP, true, &real);
		build(SHOWN, family, TR_PROTOCOL_UDP, true, &shown_probe);
		build_from(REAL, NAT, family, TR_PROTOCOL_UDP, true,
		    (uint16_t)real.size, &sent);
		build_from(SHOWN, NAT, family, TR_PROTOCOL_UDP, true,
		    (uint16_t)real.size, &sent_shown);
		if (i / 2 != 0) {
			/* It mends the address and not the checksum. */
			memcpy(sent.data, real.data, checksum);
			memcpy(sent_shown.data, shown_probe.data, checksum);
		}
		make_error(REAL, family, &sent, checksum + 2, NULL, &error);
		make_error(SHOWN, family, &sent_shown, checksum + 2, NULL,
		    &expected);
		mask_reply(&world, &error, &real, &shown_probe, true,
		    &masked);
		if (i / 2 == 0)
			assert_same(&masked, &expected);
		else {
			const size_t place = masked.size - 2;
			const size_t there = checksum;
			const int seen = masked.data[place] << 8 |
			    masked.data[place + 1];
			const int own = shown_probe.data[there] << 8 |
			    shown_probe.data[there + 1];

			assert_int_equal(seen, own + 1);
		}
		close_world(&world);
	}
}

/* A name that another probe has is given to no quote. */
static void
changed_names_are_nobodys(void **state)
{
	struct packet real, shown_probe, changed, error, masked;
	struct world world;

	(void)state;
	open_world(&world, 4, true);
	build(REAL, 4, TR_PROTOCOL_UDP, false, &real);
	build(SHOWN, 4, TR_PROTOCOL_UDP, false, &shown_probe);
	tr_masker_reserve(world.masker, 0x4321);
	tr_masker_reserve(world.masker, 0x4322);
	for (int i = 0; i < 3; i++) {
		/* Two alike, and one that differs. */
		changed = real;
		changed.data[26] = 0x99;
		changed.data[27] = (uint8_t)(i / 2);
		make_error(REAL, 4, &changed, 28, NULL, &error);
		mask_reply(&world, &error, &real, &shown_probe, true,
		    &masked);
		assert_int_equal(masked.data[54], 0x43);
		assert_int_equal(masked.data[55], 0x23);
	}
	close_world(&world);
}

#define INTERFACE	"001c 020f 00000003 0001 0000 c0a80701 " \
			"08 65746831303030 00002328 "
#define OTHER_NEXT_HOP	"000c 0284 cb007109 00000000 "
#define LABELS		"0008 0101 05dc0101 "

/* An extension, with its checksum. */
static struct bytes
extension_of(const char *objects)
{
	struct bytes body = bytes_of(objects);
	struct bytes all = { .size = 4 + body.size, .data = { 0x20 } };
	uint16_t sum;

	memcpy(all.data + 4, body.data, body.size);
	sum = tr_checksum_finish(tr_checksum_add(0, all.data, all.size));
	all.data[2] = (uint8_t)(sum >> 8);
	all.data[3] = (uint8_t)sum;
	return all;
}

static void
extensions(void **state)
{
	static const struct {
		bool	hidden;
		const char *real;
		const char *shown;
	} cases[] = {
		{ true, INTERFACE, "001c 0200 00000000 00000000 00000000 "
		    "00000000 00000000 00000000 " },
		{ true, LABELS INTERFACE, LABELS "001c 0200 00000000 00000000 "
		    "00000000 00000000 00000000 00000000 " },
		{ true, "000a 2a01 deadbeefcafe 0000", "000a 2a01 "
		    "000000000000 0000" },
		{ false, LABELS "0010 0206 0001 0000 c0a80701 02 65 0000",
		    LABELS "0010 0206 0001 0000 f0010001 02 65 0000" },
		{ false, OTHER_NEXT_HOP, "000c 0284 f0000002 00000000 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bytes behind = extension_of(cases[i].real);
		const struct bytes behind_shown = extension_of(cases[i].shown);
		struct packet real, shown_probe, error, masked, expected;
		struct tr_packet decoded;
		struct world world;

		open_world(&world, 4, true);
		build(REAL, 4, TR_PROTOCOL_UDP, false, &real);
		build(SHOWN, 4, TR_PROTOCOL_UDP, false, &shown_probe);
		make_error(REAL, 4, &real, real.size, &behind, &error);
		make_error(SHOWN, 4, &shown_probe, real.size, &behind_shown,
		    &expected);
		mask_reply(&world, &error, &real, &shown_probe,
		    cases[i].hidden, &masked);
		/* The one with a wrong length is no extension at all. */
		if (i != 2)
			assert_same(&masked, &expected);
		assert_int_equal(tr_packet_decode(TR_LINK_RAW, masked.data,
		    masked.size, &decoded), TR_OK);
		for (size_t at = 0; i == 2 && at + 4 <= masked.size; at++)
			assert_memory_not_equal(masked.data + at,
			    "\xde\xad\xbe\xef", 4);
		close_world(&world);
	}
}

/* What a router appends that is no extension is not told of hidden ones. */
static void
garbage_behind_quotes(void **state)
{
	struct packet real, shown_probe, error, masked;
	struct packet quoting = { .size = 0 };
	struct world world;

	(void)state;
	open_world(&world, 4, true);
	build(REAL, 4, TR_PROTOCOL_UDP, false, &real);
	build(SHOWN, 4, TR_PROTOCOL_UDP, false, &shown_probe);
	quoting = real;
	memcpy(quoting.data + quoting.size, "eth7\xc0\xa8\x07\x01more", 12);
	make_error(REAL, 4, &quoting, quoting.size + 12, NULL, &error);
	mask_reply(&world, &error, &real, &shown_probe, true, &masked);
	for (size_t i = 28 + real.size; i < masked.size; i++)
		assert_int_equal(masked.data[i], 0);
	/* Of others only what is hidden is not. */
	mask_reply(&world, &error, &real, &shown_probe, false, &masked);
	assert_memory_equal(masked.data + 28 + real.size,
	    "eth7\xf0\x01\x00\x01more", 12);
	close_world(&world);
}

/* Networks name hosts after addresses. */
static void
names_that_tell(void **state)
{
	static const char *const telling[] = {
		"192.168.7.1", "gw-192-168-7-1.example.net",
		"1.7.168.192.in-addr.arpa", "ip192x168x7x1",
		"192-168-007-001.x",
		"a.192.168.7.1.b", "c0a80701.dyn.example", "pC0A80701",
		"10.192.168.7.1", "2001:db8:1::5", "x-2001-db8-1--5.example",
		"2001-db8-1-0-0-0-0-5.example",
	};
	static const char *const silent[] = {
		"", "gw.example", "192-168-7-2", "192-168-7-11", "192-168-7",
		"1192-168-7-1", "c0a80702", "2001-db8-1--6", "192.168.7.",
	};
	const struct tr_address long_one = address_of("2001:db8:1::5");
	struct world world;

	(void)state;
	open_world(&world, 4, true);
	assert_int_equal(tr_mask_hide(world.mask, &long_one, 1), TR_OK);
	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		if (!tr_mask_text_tells(world.mask, telling[i]))
			fail_msg("%s tells an address", telling[i]);
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (tr_mask_text_tells(world.mask, silent[i]))
			fail_msg("%s tells no address", silent[i]);
	close_world(&world);
}

/* A rewritten payload: the address begins with a byte that was sent, too. */
static void
addresses_that_begin_as_sent(void **state)
{
	struct packet real, shown_probe, error, masked, quoting;
	struct world world;
	size_t place;

	(void)state;
	open_world(&world, 4, true);
	build(REAL, 4, TR_PROTOCOL_UDP, false, &real);
	build(SHOWN, 4, TR_PROTOCOL_UDP, false, &shown_probe);
	place = real.size - 6;
	real.data[place] = shown_probe.data[place] = 0xc0;
	quoting = real;
	memcpy(quoting.data + place, "\xc0\xa8\x07\x01", 4);
	make_error(REAL, 4, &quoting, quoting.size, NULL, &error);
	mask_reply(&world, &error, &real, &shown_probe, false, &masked);
	assert_memory_equal(masked.data + 28 + place, "\xf0\x01\x00\x01", 4);
	close_world(&world);
}

/* Record route, with the address of hop 1. */
static void
ip_options(void **state)
{
	const struct bytes reply = bytes_of("4700002401020000400124b1"
	    "c6336407c0a80717 0707 04c0a80701 00 "
	    "0000 1111 1234 4321 1111 1111");
	struct packet real, shown_probe, masked, options = { .size = 0 };
	struct world world;

	(void)state;
	open_world(&world, 4, true);
	build(REAL, 4, TR_PROTOCOL_ICMP, false, &real);
	build(SHOWN, 4, TR_PROTOCOL_ICMP, false, &shown_probe);
	memcpy(options.data, reply.data, reply.size);
	options.size = reply.size;
	mask_reply(&world, &options, &real, &shown_probe, false, &masked);
	assert_memory_equal(masked.data + 16, "\xf0\x00\x00\x01\x01\x01\x01"
	    "\x01\x01\x01\x01\x01", 12);
	assert_int_equal(tr_checksum_finish(tr_checksum_add(0, masked.data,
	    28)), 0);
	close_world(&world);
}

/* A direct answer by UDP, with a payload that may tell anything. */
static void
datagrams(void **state)
{
	const struct tr_address target = end_of(4, REAL, TARGET);
	const struct tr_address host = end_of(4, REAL, HOST);
	const struct tr_address shown_host = end_of(4, SHOWN, HOST);
	const struct bytes body = bytes_of("829a9c4000100000 c0a8071722334455");
	const struct bytes blank = bytes_of("829a9c4000100000 "
	    "0000000000000000");
	struct packet real, shown_probe, answer, masked, expected;
	struct world world;

	(void)state;
	open_world(&world, 4, true);
	build(REAL, 4, TR_PROTOCOL_UDP, false, &real);
	build(SHOWN, 4, TR_PROTOCOL_UDP, false, &shown_probe);
	finish(&answer, &target, &host, body.data, body.size, TR_IPPROTO_UDP,
	    6);
	finish(&expected, &target, &shown_host, blank.data, blank.size,
	    TR_IPPROTO_UDP, 6);
	mask_reply(&world, &answer, &real, &shown_probe, false, &masked);
	assert_same(&masked, &expected);
	close_world(&world);
}

/* MSS and SACK permitted stay; option 30 (RFC 8684) may have addresses. */
static void
tcp_options(void **state)
{
	const struct tr_address target = end_of(6, REAL, TARGET);
	const struct tr_address host = end_of(6, REAL, HOST);
	const struct tr_address shown_host = end_of(6, SHOWN, HOST);
	const struct bytes body = bytes_of("829a9c40 11111111 01020305 "
	    "90127210 0000 0000 020405a0 0402 1e08 c0a80717 2233 0000");
	const struct bytes blank = bytes_of("829a9c40 11111111 01020305 "
	    "90127210 0000 0000 020405a0 0402 0101 01010101 0101 0000");
	struct packet real, shown_probe, answer, masked, expected;
	struct world world;

	(void)state;
	open_world(&world, 6, false);
	build(REAL, 6, TR_PROTOCOL_TCP, false, &real);
	build(SHOWN, 6, TR_PROTOCOL_TCP, false, &shown_probe);
	finish(&answer, &target, &host, body.data, body.size, TR_IPPROTO_TCP,
	    16);
	finish(&expected, &target, &shown_host, blank.data, blank.size,
	    TR_IPPROTO_TCP, 16);
	mask_reply(&world, &answer, &real, &shown_probe, false, &masked);
	assert_same(&masked, &expected);
	close_world(&world);
}

static void
redirects(void **state)
{
	const struct tr_address hop = end_of(4, REAL, HOP);
	const struct tr_address host = end_of(4, REAL, HOST);
	uint8_t body[8 + 28] = { 5, 1 };
	struct packet real, shown_probe, redirect, masked;
	struct tr_address gateway;
	struct tr_packet decoded;
	struct world world;

	(void)state;
	open_world(&world, 4, true);
	build(REAL, 4, TR_PROTOCOL_UDP, false, &real);
	build(SHOWN, 4, TR_PROTOCOL_UDP, false, &shown_probe);
	memcpy(body + 4, end_of(4, REAL, NAT).bytes, 4);
	memcpy(body + 8, real.data, 28);
	finish(&redirect, &hop, &host, body, sizeof(body), TR_IPPROTO_ICMP,
	    2);
	assert_int_equal(tr_packet_decode(TR_LINK_RAW, redirect.data,
	    redirect.size, &decoded), TR_OK);
	assert_true(tr_mask_redirect(&decoded, &gateway));
	assert_memory_equal(gateway.bytes, end_of(4, REAL, NAT).bytes, 4);
	mask_reply(&world, &redirect, &real, &shown_probe, true, &masked);
	assert_memory_equal(masked.data + 24, "\xf0\x00\x00\x02", 4);
	assert_int_equal(tr_checksum_finish(tr_checksum_add(0,
	    masked.data + 20, masked.size - 20)), 0);
	close_world(&world);
}

/* --- cut short ----------------------------------------------------------- */

/* Whatever is cut: nothing beyond it is read, and no address is left. */
static void
every_length(void **state)
{
	const struct bytes behind = extension_of(LABELS INTERFACE);

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		const uint8_t family = i % 2 == 0 ? 4 : 6;
		const enum tr_protocol protocol = (enum tr_protocol)(i / 4);
		const struct tr_address host = end_of(family, REAL, HOST);
		const struct tr_address hop = end_of(family, REAL, HOP);
		const size_t width = tr_address_size(&host);
		struct packet real, shown_probe, error;
		struct world world;

		open_world(&world, family, i / 2 % 2 == 0 &&
		    protocol != TR_PROTOCOL_TCP);
		build(REAL, family, protocol, i / 2 % 2 != 0, &real);
		build(SHOWN, family, protocol, i / 2 % 2 != 0, &shown_probe);
		make_error(REAL, family, &real, real.size, &behind, &error);
		for (size_t size = 0; size <= error.size; size++) {
			uint8_t *data = exact_copy(error.data, size);
			uint8_t *out = malloc(size + 1);
			const struct tr_masked_probe probe = {
				.before = i % 3 == 0 ? NULL : real.data,
				.after = shown_probe.data,
				.size = real.size,
			};
			int got = tr_mask_reply(world.masker, data, size,
			    &probe, true, out);

			assert_non_null(out);
			assert_true(got < 0 || (size_t)got <= size);
			for (int at = 0; at + (int)width <= got; at++) {
				assert_memory_not_equal(out + at, host.bytes,
				    width);
				assert_memory_not_equal(out + at, hop.bytes,
				    width);
			}
			free(data);
			data = exact_copy(real.data, size < real.size ?
			    size : real.size);
			got = tr_mask_probe(world.masker, data,
			    size < real.size ? size : real.size, out);
			assert_true(got < 0 || (size_t)got <= size);
			free(data);
			free(out);
		}
		close_world(&world);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stand_ins),
		cmocka_unit_test(numbers_run_out),
		cmocka_unit_test(probes),
		cmocka_unit_test(trailer_is_left_out),
		cmocka_unit_test(golden_probe),
		cmocka_unit_test(quotes),
		cmocka_unit_test(quotes_behind_nat),
		cmocka_unit_test(changed_names_are_nobodys),
		cmocka_unit_test(extensions),
		cmocka_unit_test(garbage_behind_quotes),
		cmocka_unit_test(addresses_that_begin_as_sent),
		cmocka_unit_test(names_that_tell),
		cmocka_unit_test(ip_options),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(tcp_options),
		cmocka_unit_test(redirects),
		cmocka_unit_test(every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
