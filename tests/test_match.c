/*
 * Which probe a reply belongs to: exactly, through middleboxes that rewrite,
 * and not at all where it is another program's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/time.h"
#include "engine/flow.h"
#include "engine/match.h"
#include "engine/verdict.h"
#include "packet/wire.h"
#include "scripted.h"

#define PROBES 20
#define SIZE_MAX_HERE 2048

static const uint8_t router[16] = { 10, 0, 3, 1 };

struct sent {
	uint8_t	bytes[PROBES][256];
	size_t	size;
	struct tr_matcher *matcher;
	struct tr_flow flow;
};

static void
decode(const uint8_t *bytes, size_t size, struct tr_packet *packet)
{
	assert_int_equal(TR_OK, tr_packet_decode(TR_LINK_RAW, bytes, size,
	    packet));
}

/* Twenty probes of one flow, sent a millisecond apart. */
static void
send_all(struct sent *sent, enum tr_protocol protocol, uint8_t family,
    bool classic)
{
	const struct tr_naming naming = {
		.identifier_start = 7,
		.identifier_step = 4099,
		.tcp_start = 0xfffffff0,
		.token = 0xfeedbeef,
	};
	struct tr_builder *builder = tr_builder_new();

	scripted_flow(&sent->flow, protocol, family);
	sent->flow.classic = classic;
	sent->matcher = tr_matcher_new(PROBES);
	assert_non_null(sent->matcher);
	assert_non_null(builder);
	for (uint32_t i = 0; i < PROBES; i++) {
		struct tr_probe_spec spec;
		struct tr_identity identity;
		struct tr_packet packet;
		int size;

		tr_flow_probe(&sent->flow, &naming, i, (uint8_t)(i + 1),
		    &spec);
		size = tr_probe_build(builder, &spec, sent->bytes[i],
		    sizeof(sent->bytes[i]));
		assert_true(size > 0);
		sent->size = (size_t)size;
		decode(sent->bytes[i], sent->size, &packet);
		tr_identity_of(&packet.ip, &packet.transport, &identity);
		assert_int_equal(i, tr_matcher_add(sent->matcher, &identity,
		    i * TR_MILLISECOND));
	}
	tr_builder_free(builder);
}

static int
match(const struct sent *sent, const uint8_t *bytes, size_t size,
    struct tr_match *match)
{
	struct tr_packet packet;

	decode(bytes, size, &packet);
	return tr_matcher_find_reply(sent->matcher, &packet,
	    TR_SECOND, match);
}

/* A time exceeded that quotes probe i, with size bytes of it. */
static size_t
exceeded(const struct sent *sent, uint32_t i, size_t size, uint8_t *frame)
{
	const bool ipv6 = sent->bytes[i][0] >> 4 == 6;

	return scripted_error(sent->bytes[i], size, router, 3,
	    ipv6 ? 3 : 11, 0, false, frame);
}

static size_t
header_of(const struct sent *sent)
{
	return sent->bytes[0][0] >> 4 == 6 ? 40 : 20;
}

static void
for_all(void (*check)(const struct sent *))
{
	static const enum tr_protocol protocols[] = {
		TR_PROTOCOL_UDP, TR_PROTOCOL_ICMP, TR_PROTOCOL_TCP,
	};

	for (size_t i = 0; i < 3; i++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			struct sent sent;

			send_all(&sent, protocols[i], family, false);
			check(&sent);
			tr_matcher_free(sent.matcher);
		}
}

static void
check_quotes(const struct sent *sent)
{
	uint8_t frame[SIZE_MAX_HERE];
	struct tr_match found;

	for (uint32_t i = 0; i < PROBES; i++) {
		/* All of it, and the 8 bytes that RFC 792 asks for. */
		const size_t sizes[] = { sent->size, header_of(sent) + 8 };

		for (int s = 0; s < 2; s++) {
			const size_t size = exceeded(sent, i, sizes[s], frame);

			assert_int_equal(TR_OK, match(sent, frame, size,
			    &found));
			assert_int_equal(i, found.probe);
			assert_int_equal(TR_TIER_EXACT, found.tier);
			assert_int_equal(0, found.differences);
		}
	}
}

static void
finds_each_quoted_probe(void **state)
{
	(void)state;
	for_all(check_quotes);
}

static void
check_direct(const struct sent *sent)
{
	uint8_t frame[SIZE_MAX_HERE];
	struct tr_match found;
	size_t size;

	for (uint32_t i = 0; i < PROBES; i++) {
		if (sent->flow.protocol == TR_PROTOCOL_ICMP)
			size = scripted_echo_reply(sent->bytes[i], sent->size,
			    9, frame);
		else if (sent->flow.protocol == TR_PROTOCOL_TCP)
			size = scripted_tcp(sent->bytes[i], 9,
			    i % 2 != 0 ? TR_TCP_RST | TR_TCP_ACK :
			    TR_TCP_SYN | TR_TCP_ACK, frame);
		else
			return;
		assert_int_equal(TR_OK, match(sent, frame, size, &found));
		assert_int_equal(i, found.probe);
		assert_int_equal(TR_TIER_EXACT, found.tier);
		assert_int_equal(0, found.differences);
	}
}

static void
finds_each_directly_answered_probe(void **state)
{
	(void)state;
	for_all(check_direct);
}

/* A NAT on the way back that mends nothing: source, port, checksum. */
static void
check_leaky_nat(const struct sent *sent)
{
	const size_t ip = header_of(sent);
	uint8_t frame[SIZE_MAX_HERE];
	struct tr_match found;
	size_t size = exceeded(sent, 5, sent->size, frame);
	uint8_t *quote = frame + ip + 8;

	quote[ip == 40 ? 9 : 13] ^= 0x21;
	if (sent->flow.protocol == TR_PROTOCOL_ICMP) {
		quote[ip + 2] ^= 0x12;	/* checksum */
		quote[ip + 5] ^= 0x34;	/* id */
	} else {
		quote[ip] ^= 0x12;	/* source port */
		if (sent->flow.protocol == TR_PROTOCOL_UDP)
			quote[ip + 7] ^= 0x34;
	}
	assert_int_equal(TR_OK, match(sent, frame, size, &found));
	assert_int_equal(5, found.probe);
	assert_true(found.tier > TR_TIER_EXACT);
	assert_true(found.differences & TR_DIFFERENT_SRC);
	assert_true(found.differences & TR_DIFFERENT_SOURCE_PORT);
}

static void
finds_through_a_leaky_nat(void **state)
{
	(void)state;
	for_all(check_leaky_nat);
}

/* A firewall that draws sequence numbers anew: the IP ID is left. */
static void
finds_through_rewritten_sequence_numbers(void **state)
{
	struct sent sent;
	uint8_t frame[SIZE_MAX_HERE];
	struct tr_match found;
	size_t size;

	(void)state;
	send_all(&sent, TR_PROTOCOL_TCP, 4, false);
	size = exceeded(&sent, 11, 28, frame);
	memset(frame + 28 + 20 + 4, 0x77, 4);
	assert_int_equal(TR_OK, match(&sent, frame, size, &found));
	assert_int_equal(11, found.probe);
	assert_int_equal(TR_TIER_IP_ID, found.tier);
	assert_int_equal(TR_DIFFERENT_OWN, found.differences &
	    TR_DIFFERENT_OWN);
	tr_matcher_free(sent.matcher);
}

/* Some systems quote the IP ID with its bytes swapped. */
static void
finds_a_swapped_ip_id(void **state)
{
	struct sent sent;
	uint8_t frame[SIZE_MAX_HERE], byte;
	struct tr_match found;
	size_t size;

	(void)state;
	send_all(&sent, TR_PROTOCOL_UDP, 4, false);
	size = exceeded(&sent, 4, sent.size, frame);
	byte = frame[28 + 4];
	frame[28 + 4] = frame[28 + 5];
	frame[28 + 5] = byte;
	assert_int_equal(TR_OK, match(&sent, frame, size, &found));
	assert_int_equal(4, found.probe);
	assert_int_equal(TR_TIER_EXACT, found.tier);
	assert_int_equal(TR_DIFFERENT_IP_ID, found.differences);
	tr_matcher_free(sent.matcher);
}

/* In IPv6 there is no IP ID; the payload still says which probe it was. */
static void
finds_by_the_cookie(void **state)
{
	struct sent sent;
	uint8_t frame[SIZE_MAX_HERE];
	struct tr_match found;
	size_t size;

	(void)state;
	send_all(&sent, TR_PROTOCOL_UDP, 6, false);
	size = exceeded(&sent, 8, sent.size, frame);
	frame[48 + 40 + 6] ^= 0x55;	/* the quoted checksum */
	frame[48 + 40] ^= 0x55;		/* and the quoted source port */
	assert_int_equal(TR_OK, match(&sent, frame, size, &found));
	assert_int_equal(8, found.probe);
	assert_int_equal(TR_TIER_COOKIE, found.tier);
	tr_matcher_free(sent.matcher);
}

/* What another program sent to the same host and port. */
static void
check_others(const struct sent *sent)
{
	const size_t ip = header_of(sent);
	uint8_t frame[SIZE_MAX_HERE];
	struct tr_match found;
	const size_t size = exceeded(sent, 5, sent->size, frame);
	uint8_t *quote = frame + ip + 8;

	if (ip == 20)
		quote[4] ^= 0x5a;	/* IP ID */
	memset(quote + ip + 8, 0, sent->size - ip - 8);
	if (sent->flow.protocol == TR_PROTOCOL_ICMP) {
		quote[ip + 4] ^= 0x5a;	/* id */
		quote[ip + 6] ^= 0x5a;	/* sequence */
	} else {
		quote[ip] ^= 0x5a;	/* source port */
		quote[ip + 4] ^= 0x5a;	/* TCP sequence */
		quote[ip + 6] ^= 0x5a;	/* UDP checksum */
	}
	assert_int_equal(TR_ENOTFOUND, match(sent, frame, size, &found));
}

static void
refuses_what_others_sent(void **state)
{
	(void)state;
	for_all(check_others);
}

/* The same flow in every way but a probe that we never sent. */
static void
check_unknown(const struct sent *sent)
{
	const size_t ip = header_of(sent);
	uint8_t frame[SIZE_MAX_HERE];
	struct tr_match found;
	const size_t size = exceeded(sent, 5, ip + 8, frame);
	uint8_t *quote = frame + ip + 8;

	if (ip == 20)
		quote[4] ^= 0x5a;
	quote[ip + 4] ^= sent->flow.protocol == TR_PROTOCOL_TCP ? 0x5a : 0;
	quote[ip + 6] ^= 0x5a;
	assert_int_equal(TR_ENOTFOUND, match(sent, frame, size, &found));
}

static void
refuses_what_was_not_sent(void **state)
{
	(void)state;
	for_all(check_unknown);
}

/* The same probes, and probe number again a second later. */
static struct tr_matcher *
grown(struct tr_matcher *matcher, uint32_t number)
{
	struct tr_matcher *more = tr_matcher_new(PROBES + 1);

	assert_non_null(more);
	for (uint32_t i = 0; i < PROBES; i++)
		tr_matcher_add(more, tr_matcher_identity(matcher, i),
		    i * TR_MILLISECOND);
	tr_matcher_add(more, tr_matcher_identity(matcher, number), TR_SECOND);
	tr_matcher_free(matcher);
	return more;
}

static void
prefers_what_left_before(void **state)
{
	struct sent sent;
	uint8_t frame[SIZE_MAX_HERE];
	struct tr_packet packet;
	struct tr_match found;
	size_t size;

	(void)state;
	send_all(&sent, TR_PROTOCOL_UDP, 4, false);
	size = exceeded(&sent, 10, sent.size, frame);
	decode(frame, size, &packet);
	/* The same identity once more, sent later: the first it was. */
	sent.matcher = grown(sent.matcher, 10);
	assert_int_equal(TR_OK, tr_matcher_find_reply(sent.matcher,
	    &packet, 15 * TR_MILLISECOND, &found));
	assert_int_equal(10, found.probe);
	assert_int_equal(TR_OK, tr_matcher_find_reply(sent.matcher,
	    &packet, 2 * TR_SECOND, &found));
	assert_int_equal(PROBES, found.probe);
	/* A clock that was set back: better than none. */
	assert_int_equal(TR_OK, tr_matcher_find_reply(sent.matcher,
	    &packet, 0, &found));
	tr_matcher_free(sent.matcher);
}

static void
knows_its_own_probes(void **state)
{
	struct sent sent;
	struct tr_packet packet;
	struct tr_match found;
	uint8_t rewritten[256];

	(void)state;
	send_all(&sent, TR_PROTOCOL_UDP, 4, false);
	decode(sent.bytes[3], sent.size, &packet);
	assert_true(tr_packet_is_probe(&packet));
	assert_int_equal(TR_OK, tr_matcher_find_probe(sent.matcher, &packet,
	    &found));
	assert_int_equal(3, found.probe);

	/* As a NAT of this host lets it out: address, port and checksum. */
	memcpy(rewritten, sent.bytes[3], sent.size);
	rewritten[15] ^= 0x3;
	rewritten[20] ^= 0x3;
	rewritten[26] ^= 0x3;
	decode(rewritten, sent.size, &packet);
	assert_int_equal(TR_OK, tr_matcher_find_probe(sent.matcher, &packet,
	    &found));
	assert_int_equal(3, found.probe);
	assert_true(found.differences & TR_DIFFERENT_SOURCE_PORT);
	tr_matcher_free(sent.matcher);
}

/* A datagram with two equal ports, as the classic way comes to have. */
static void
is_no_answer_to_itself(void **state)
{
	struct sent sent;
	struct tr_match found;

	(void)state;
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct tr_builder *builder = tr_builder_new();
		const struct tr_naming naming = { .identifier_start = 3 };
		struct tr_probe_spec spec;
		struct tr_identity identity;
		struct tr_packet packet;
		int size;

		scripted_flow(&sent.flow, TR_PROTOCOL_UDP, family);
		sent.flow.source_port = sent.flow.destination_port;
		sent.matcher = tr_matcher_new(1);
		tr_flow_probe(&sent.flow, &naming, 0, 5, &spec);
		size = tr_probe_build(builder, &spec, sent.bytes[0],
		    sizeof(sent.bytes[0]));
		assert_true(size > 0);
		decode(sent.bytes[0], (size_t)size, &packet);
		tr_identity_of(&packet.ip, &packet.transport, &identity);
		assert_int_equal(0, tr_matcher_add(sent.matcher, &identity,
		    0));
		assert_int_equal(TR_ENOTFOUND, match(&sent, sent.bytes[0],
		    (size_t)size, &found));
		tr_matcher_free(sent.matcher);
		tr_builder_free(builder);
	}
}

/* Once it is known how a probe left, quotes are held against that. */
static void
compares_with_what_left(void **state)
{
	struct sent sent;
	uint8_t frame[SIZE_MAX_HERE];
	struct tr_packet packet;
	struct tr_identity identity;
	struct tr_match found;
	size_t size;

	(void)state;
	send_all(&sent, TR_PROTOCOL_TCP, 4, false);
	sent.bytes[2][15] ^= 0x3;
	sent.bytes[2][20] ^= 0x3;
	decode(sent.bytes[2], sent.size, &packet);
	tr_identity_of(&packet.ip, &packet.transport, &identity);
	tr_matcher_departed(sent.matcher, 2, &identity, TR_MILLISECOND);
	size = exceeded(&sent, 2, 28, frame);
	assert_int_equal(TR_OK, match(&sent, frame, size, &found));
	assert_int_equal(2, found.probe);
	assert_int_equal(TR_TIER_EXACT, found.tier);
	assert_int_equal(0, found.differences);
	tr_matcher_free(sent.matcher);
}

static void
refuses_more_than_it_has_room_for(void **state)
{
	struct sent sent;

	(void)state;
	send_all(&sent, TR_PROTOCOL_UDP, 4, false);
	assert_int_equal(TR_ENOMEM, tr_matcher_add(sent.matcher,
	    tr_matcher_identity(sent.matcher, 0), 0));
	assert_int_equal(PROBES, tr_matcher_count(sent.matcher));
	tr_matcher_free(sent.matcher);
}

/* --- verdicts ----------------------------------------------------------- */

struct judged {
	uint8_t	family;
	uint8_t	type;
	uint8_t	code;
	enum tr_protocol protocol;
	enum tr_verdict verdict;
};

static const struct judged judged[] = {
	{ 4, 11, 0, TR_PROTOCOL_UDP, TR_VERDICT_TRANSIT },
	{ 4, 11, 1, TR_PROTOCOL_UDP, TR_VERDICT_STOPPED },
	{ 4, 3, 3, TR_PROTOCOL_UDP, TR_VERDICT_ARRIVED },
	{ 4, 3, 3, TR_PROTOCOL_TCP, TR_VERDICT_STOPPED },
	{ 4, 3, 3, TR_PROTOCOL_ICMP, TR_VERDICT_STOPPED },
	{ 4, 3, 13, TR_PROTOCOL_UDP, TR_VERDICT_STOPPED },
	{ 4, 3, 4, TR_PROTOCOL_UDP, TR_VERDICT_STOPPED },
	{ 4, 4, 0, TR_PROTOCOL_UDP, TR_VERDICT_NONE },
	{ 4, 5, 1, TR_PROTOCOL_UDP, TR_VERDICT_NONE },
	{ 4, 12, 0, TR_PROTOCOL_UDP, TR_VERDICT_STOPPED },
	/* 3/3 and 1/4: each is something else in the other family. */
	{ 6, 3, 0, TR_PROTOCOL_UDP, TR_VERDICT_TRANSIT },
	{ 6, 1, 4, TR_PROTOCOL_UDP, TR_VERDICT_ARRIVED },
	{ 6, 1, 3, TR_PROTOCOL_UDP, TR_VERDICT_STOPPED },
	{ 6, 1, 4, TR_PROTOCOL_TCP, TR_VERDICT_STOPPED },
	{ 6, 2, 0, TR_PROTOCOL_UDP, TR_VERDICT_STOPPED },
	{ 6, 4, 1, TR_PROTOCOL_UDP, TR_VERDICT_STOPPED },
};

static void
judges_by_type_and_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		const struct judged *one = &judged[i];
		uint8_t frame[SIZE_MAX_HERE];
		struct tr_packet packet;
		struct sent sent;
		size_t size;

		send_all(&sent, one->protocol, one->family, false);
		size = scripted_error(sent.bytes[0], sent.size, router, 3,
		    one->type, one->code, false, frame);
		decode(frame, size, &packet);
		assert_int_equal(one->verdict,
		    tr_verdict_of(one->protocol, &packet));
		tr_matcher_free(sent.matcher);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_quoted_probe),
		cmocka_unit_test(finds_each_directly_answered_probe),
		cmocka_unit_test(finds_through_a_leaky_nat),
		cmocka_unit_test(finds_through_rewritten_sequence_numbers),
		cmocka_unit_test(finds_a_swapped_ip_id),
		cmocka_unit_test(finds_by_the_cookie),
		cmocka_unit_test(refuses_what_others_sent),
		cmocka_unit_test(refuses_what_was_not_sent),
		cmocka_unit_test(prefers_what_left_before),
		cmocka_unit_test(knows_its_own_probes),
		cmocka_unit_test(is_no_answer_to_itself),
		cmocka_unit_test(compares_with_what_left),
		cmocka_unit_test(refuses_more_than_it_has_room_for),
		cmocka_unit_test(judges_by_type_and_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
