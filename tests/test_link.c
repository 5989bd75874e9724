#include "support.h"

#include "base/error.h"
#include "packet/link.h"

/* The IP packets that the frames carry: headers of 20 and 40 bytes. */
#define IP4	"4500001400000000401100000a0000010a000002"
#define IP6	"6000000000003b40fe800000000000000000000000000001" \
		"fe800000000000000000000000000002"
#define MACS	"020000000002 020000000001 "
#define COOKED	"0001 0006 0200000000010000 "

struct golden {
	const char	*name;
	int		 linktype;
	const char	*header;
	const char	*ip;
	enum tr_direction direction;
	uint32_t	 interface;
	uint8_t		 vlans;
	uint16_t	 vlan[TR_LINK_VLANS_MAX];
};

static const struct golden goldens[] = {
	{ .name = "ethernet", .linktype = 1, .header = MACS "0800",
	    .ip = IP4 },
	{ .name = "ethernet, v6", .linktype = 1, .header = MACS "86dd",
	    .ip = IP6 },
	{ .name = "ethernet, vlan", .linktype = 1,
	    .header = MACS "8100 a064 0800", .ip = IP4,
	    .vlans = 1, .vlan = { 100 } },
	{ .name = "ethernet, 802.1ad", .linktype = 1,
	    .header = MACS "88a8 0fff 8100 0001 86dd", .ip = IP6,
	    .vlans = 2, .vlan = { 4095, 1 } },
	{ .name = "ethernet, old QinQ", .linktype = 1,
	    .header = MACS "9100 0002 8100 0003 0800", .ip = IP4,
	    .vlans = 2, .vlan = { 2, 3 } },
	{ .name = "ethernet, one label", .linktype = 1,
	    .header = MACS "8847 00064140", .ip = IP4 },
	{ .name = "ethernet, vlan, three labels", .linktype = 1,
	    .header = MACS "8100 0005 8847 00064040 00065040 00000140",
	    .ip = IP6, .vlans = 1, .vlan = { 5 } },
	{ .name = "raw", .linktype = 101, .header = "", .ip = IP4 },
	{ .name = "raw, v6", .linktype = 101, .header = "", .ip = IP6 },
	{ .name = "raw by DLT", .linktype = 12, .header = "", .ip = IP4 },
	{ .name = "raw of OpenBSD", .linktype = 14, .header = "",
	    .ip = IP6 },
	{ .name = "ipv4", .linktype = 228, .header = "", .ip = IP4 },
	{ .name = "ipv6", .linktype = 229, .header = "", .ip = IP6 },
	{ .name = "cooked, in", .linktype = 113,
	    .header = "0000" COOKED "0800", .ip = IP4,
	    .direction = TR_DIRECTION_IN },
	{ .name = "cooked, out", .linktype = 113,
	    .header = "0004" COOKED "86dd", .ip = IP6,
	    .direction = TR_DIRECTION_OUT },
	{ .name = "cooked, other host", .linktype = 113,
	    .header = "0003" COOKED "0800", .ip = IP4,
	    .direction = TR_DIRECTION_OTHER },
	{ .name = "cooked, vlan", .linktype = 113,
	    .header = "0000" COOKED "8100 0007 0800", .ip = IP4,
	    .direction = TR_DIRECTION_IN, .vlans = 1, .vlan = { 7 } },
	{ .name = "cooked, unknown direction", .linktype = 113,
	    .header = "0009" COOKED "0800", .ip = IP4,
	    .direction = TR_DIRECTION_UNKNOWN },
	{ .name = "cooked2, in", .linktype = 276, .header =
	    "0800 0000 00000003 0001 00 06 0200000000010000", .ip = IP4,
	    .direction = TR_DIRECTION_IN, .interface = 3 },
	{ .name = "cooked2, tun, out", .linktype = 276, .header =
	    "86dd 0000 01020304 fffe 04 00 0000000000000000", .ip = IP6,
	    .direction = TR_DIRECTION_OUT, .interface = 0x01020304 },
	{ .name = "cooked2, broadcast", .linktype = 276, .header =
	    "0800 0000 00000001 0001 01 06 0200000000010000", .ip = IP4,
	    .direction = TR_DIRECTION_IN, .interface = 1 },
	{ .name = "cooked2, vlan", .linktype = 276, .header =
	    "8100 0000 00000001 0001 00 06 0200000000010000 0008 0800",
	    .ip = IP4, .direction = TR_DIRECTION_IN, .interface = 1,
	    .vlans = 1, .vlan = { 8 } },
	{ .name = "null, little", .linktype = 0, .header = "02000000",
	    .ip = IP4 },
	{ .name = "null, big", .linktype = 0, .header = "00000002",
	    .ip = IP4 },
	{ .name = "null, v6 of Linux", .linktype = 0, .header = "0a000000",
	    .ip = IP6 },
	{ .name = "null, v6 of OpenBSD", .linktype = 0,
	    .header = "00000018", .ip = IP6 },
	{ .name = "null, v6 of FreeBSD", .linktype = 0,
	    .header = "1c000000", .ip = IP6 },
	{ .name = "null, v6 of Darwin", .linktype = 0,
	    .header = "1e000000", .ip = IP6 },
	{ .name = "loop", .linktype = 108, .header = "00000002",
	    .ip = IP4 },
	{ .name = "loop, v6", .linktype = 108, .header = "00000018",
	    .ip = IP6 },
	{ .name = "ppp", .linktype = 9, .header = "ff03 0021", .ip = IP4 },
	{ .name = "ppp, no address", .linktype = 9, .header = "0057",
	    .ip = IP6 },
	{ .name = "ppp, all compressed", .linktype = 9, .header = "21",
	    .ip = IP4 },
	{ .name = "ppp, protocol compressed", .linktype = 50,
	    .header = "ff03 57", .ip = IP6 },
	{ .name = "ppp, two labels", .linktype = 50,
	    .header = "ff03 0281 186a0001 186a1101", .ip = IP4 },
	{ .name = "ppp, multicast label", .linktype = 9,
	    .header = "0283 186a1101", .ip = IP6 },
};

static struct bytes
frame_of(const char *header, const char *ip)
{
	struct bytes frame = bytes_of(header);
	const struct bytes packet = bytes_of(ip);

	memcpy(frame.data + frame.size, packet.data, packet.size);
	frame.size += packet.size;
	return frame;
}

static void
golden_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
		const struct golden *golden = &goldens[i];
		const struct bytes frame =
		    frame_of(golden->header, golden->ip);
		const struct bytes ip = bytes_of(golden->ip);
		struct tr_link_info info;

		print_message("# %s\n", golden->name);
		assert_int_equal(tr_link_decode(
		    tr_link_from_linktype(golden->linktype), frame.data,
		    frame.size, &info), TR_OK);
		assert_ptr_equal(info.ip, frame.data + frame.size - ip.size);
		assert_int_equal(info.ip_size, ip.size);
		assert_int_equal(info.direction, golden->direction);
		assert_int_equal(info.interface, golden->interface);
		assert_int_equal(info.vlans, golden->vlans);
		assert_memory_equal(info.vlan, golden->vlan,
		    sizeof(info.vlan));
	}
}

static void
every_truncation(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
		const size_t header = bytes_of(goldens[i].header).size;
		const struct bytes frame =
		    frame_of(goldens[i].header, goldens[i].ip);
		const enum tr_link link =
		    tr_link_from_linktype(goldens[i].linktype);

		for (size_t size = 0; size <= frame.size; size++) {
			uint8_t *copy = exact_copy(frame.data, size);
			struct tr_link_info info;
			const int error =
			    tr_link_decode(link, copy, size, &info);

			if (size < header)
				assert_int_equal(error, TR_ETRUNCATED);
			else if (size > header)
				assert_int_equal(error, TR_OK);
			if (error == TR_OK) {
				assert_int_equal(info.ip_size, size - header);
				assert_inside(info.ip, info.ip_size, copy,
				    size);
			}
			free(copy);
		}
	}
}

static void
refused_frames(void **state)
{
	static const struct {
		const char *name;
		int	linktype;
		const char *frame;
	} rows[] = {
		{ "arp", 1, MACS "0806 0001" },
		{ "802.3 length", 1, MACS "0026 424203" },
		{ "three tags", 1, MACS "8100 0001 8100 0002 8100 0003 0800"
		    IP4 },
		{ "ethernet in a label", 1, MACS "8847 00000140 00000000" },
		{ "raw, version 5", 101, "55" },
		{ "v6 as ipv4", 228, IP6 },
		{ "v4 as ipv6", 229, IP4 },
		{ "cooked arp", 113, "0000" COOKED "0806 0001" },
		{ "cooked2 arp", 276,
		    "0806 0000 00000003 0001 00 06 0200000000010000 0001" },
		{ "null, other family", 0, "07000000" IP4 },
		{ "null, family and nibble differ", 0, "02000000" IP6 },
		{ "loop, little-endian", 108, "02000000" IP4 },
		{ "ppp lcp", 9, "ff03 c021 01" },
		{ "ppp, v6 as v4", 9, "ff03 0021" IP6 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bytes frame = bytes_of(rows[i].frame);
		struct tr_link_info info;

		print_message("# %s\n", rows[i].name);
		assert_int_equal(tr_link_decode(
		    tr_link_from_linktype(rows[i].linktype), frame.data,
		    frame.size, &info), TR_EFORMAT);
	}
}

static void
numbers_and_names(void **state)
{
	struct tr_link_info info;

	(void)state;
	for (int link = TR_LINK_ETHERNET; link <= TR_LINK_PPP; link++) {
		const int number = tr_link_linktype((enum tr_link)link);

		assert_true(number >= 0);
		assert_int_equal(tr_link_from_linktype(number), link);
		assert_string_not_equal(tr_link_name((enum tr_link)link),
		    "none");
	}
	assert_int_equal(tr_link_linktype(TR_LINK_RAW), 101);
	assert_int_equal(tr_link_linktype(TR_LINK_PPP), 9);
	assert_int_equal(tr_link_linktype(TR_LINK_NONE), -1);
	assert_int_equal(tr_link_from_linktype(-1), TR_LINK_NONE);
	assert_int_equal(tr_link_from_linktype(105), TR_LINK_NONE);
	assert_string_equal(tr_link_name(TR_LINK_NONE), "none");
	assert_int_equal(tr_link_decode(TR_LINK_NONE,
	    (const uint8_t *)"E", 1, &info), TR_EUNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_frames),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(refused_frames),
		cmocka_unit_test(numbers_and_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
