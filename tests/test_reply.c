#include "support.h"

#include "base/error.h"
#include "packet/reply.h"
#include "packet/wire.h"
#include "packet/icmp_object.h"

/* A UDP probe, 10.0.0.1 to 10.0.0.2, as a router quotes it: TTL 1. */
#define PROBE4	"4528 003c 4321 4000 01 11 0000 0a000001 0a000002 " \
		"9c40 829a 0028 4321 "
#define PROBE6	"6280cdef 0028 11 01 20010db8000000000000000000000001 " \
		"20010db8000000000000000000000002 9c40 829a 0028 4321 "
#define FROM4(length)	"45c0 " length " 0007 0000 fc 01 0000 " \
			"0a000009 0a000001 "
#define FROM6(length)	"60000000 " length " 3a fc " \
			"20010db8000000000000000000000009 " \
			"20010db8000000000000000000000001 "
#define ETHERNET	"020000000002 020000000001 0800 "
#define COOKED2		"0000 00000005 0001 00 06 0200000000010000 "

static int
decode(int linktype, const char *hex, struct tr_packet *packet)
{
	static struct bytes in;

	in = bytes_of(hex);
	return tr_packet_decode(tr_link_from_linktype(linktype), in.data,
	    in.size, packet);
}

static void
time_exceeded(void **state)
{
	struct tr_packet packet;

	(void)state;
	assert_int_equal(decode(276, "0800" COOKED2 FROM4("0038")
	    "0b00 abcd 00000000" PROBE4, &packet), TR_OK);
	assert_int_equal(packet.link.interface, 5);
	assert_int_equal(packet.link.direction, TR_DIRECTION_IN);
	assert_int_equal(packet.ip.ttl, 0xfc);
	assert_int_equal(packet.transport.icmp_type, 11);
	assert_true(packet.is_icmp);
	assert_int_equal(packet.icmp.class, TR_ICMP_TIME_EXCEEDED);
	assert_true(packet.has_quote);
	assert_int_equal(packet.quote.ttl, 1);
	assert_int_equal(packet.quote.tos, 0x28);
	assert_int_equal(packet.quote.id, 0x4321);
	assert_int_equal(packet.quote.total_size, 60);
	assert_true(packet.has_quoted_transport);
	assert_int_equal(packet.quoted.protocol, TR_IPPROTO_UDP);
	assert_int_equal(packet.quoted.source_port, 40000);
	assert_int_equal(packet.quoted.destination_port, 33434);
	assert_int_equal(packet.quoted.checksum, 0x4321);
	assert_int_equal(packet.quoted.payload_size, 0);
}

static void
time_exceeded_v6(void **state)
{
	struct tr_packet packet;

	(void)state;
	assert_int_equal(decode(101, FROM6("0038") "0300 abcd 00000000"
	    PROBE6, &packet), TR_OK);
	assert_int_equal(packet.icmp.class, TR_ICMP_TIME_EXCEEDED);
	assert_true(packet.has_quoted_transport);
	assert_int_equal(packet.quote.flow_label, 0x0cdef);
	assert_int_equal(packet.quote.tos, 0x28);
	assert_int_equal(packet.quoted.checksum, 0x4321);
}

/* Ethernet pads to 60 bytes: the padding is no part of the quote. */
static void
padding_is_left_out(void **state)
{
	struct tr_packet packet;

	(void)state;
	assert_int_equal(decode(1, ETHERNET FROM4("0020")
	    "0b00 abcd 00000000 4528 003c 000000000000000000000000",
	    &packet), TR_OK);
	assert_int_equal(packet.icmp.quote_size, 4);
	assert_false(packet.has_quote);
	assert_int_equal(decode(1, ETHERNET FROM4("0014")
	    "0b00 abcd 00000000 0000", &packet), TR_ETRUNCATED);
}

static void
direct_answers(void **state)
{
	struct tr_packet packet;

	(void)state;
	assert_int_equal(decode(101, FROM4("001c") "0000 beef 1234 4321",
	    &packet), TR_OK);
	assert_int_equal(packet.icmp.class, TR_ICMP_ECHO_REPLY);
	assert_int_equal(packet.transport.icmp_id, 0x1234);
	assert_int_equal(packet.transport.icmp_sequence, 0x4321);
	assert_false(packet.has_quote);

	assert_int_equal(decode(101, FROM6("0008") "8100 beef 1234 4321",
	    &packet), TR_OK);
	assert_int_equal(packet.icmp.class, TR_ICMP_ECHO_REPLY);

	assert_int_equal(decode(101, "4500 0028 0000 4000 38 06 0000 "
	    "0a000009 0a000001 01bb 9c40 00000000 01020305 5014 0000 0000 "
	    "0000", &packet), TR_OK);
	assert_false(packet.is_icmp);
	assert_int_equal(packet.transport.tcp_flags, TR_TCP_RST | TR_TCP_ACK);
	assert_int_equal(packet.transport.tcp_acknowledgement, 0x01020305);

	assert_int_equal(decode(101, "4500 001d 0000 4000 38 11 0000 "
	    "0a000009 0a000001 0035 9c40 0009 0000 00", &packet), TR_OK);
	assert_false(packet.is_icmp);
	assert_int_equal(packet.transport.payload_size, 1);
}

/* What a quote may lack, without the reply being lost. */
static void
poor_quotes(void **state)
{
	static const struct {
		const char *frame;
		bool	has_quote;
		bool	has_transport;
	} rows[] = {
		/* Nothing; a cut header; the header alone; 3, 4, 7 bytes. */
		{ FROM4("001c") "0b00 abcd 00000000", false, false },
		{ FROM4("0026") "0b00 abcd 00000000 4500 003c 4321 4000 0111",
		    false, false },
		{ FROM4("0030") "0b00 abcd 00000000 4500 003c 4321 4000 0111 "
		    "0000 0a000001 0a000002", true, false },
		{ FROM4("0033") "0b00 abcd 00000000 4500 003c 4321 4000 0111 "
		    "0000 0a000001 0a000002 9c4082", true, false },
		{ FROM4("0034") "0b00 abcd 00000000 4500 003c 4321 4000 0111 "
		    "0000 0a000001 0a000002 9c40829a", true, true },
		{ FROM4("0037") "0b00 abcd 00000000 4500 003c 4321 4000 0111 "
		    "0000 0a000001 0a000002 9c40829a 002843", true, true },
		/* A later fragment; another protocol; ICMPv6 in IPv4. */
		{ FROM4("0038") "0b00 abcd 00000000 4500 003c 4321 0001 0111 "
		    "0000 0a000001 0a000002 9c40829a 00284321", true, false },
		{ FROM4("0038") "0b00 abcd 00000000 4500 003c 4321 0000 0132 "
		    "0000 0a000001 0a000002 9c40829a 00284321", true, false },
		{ FROM4("0038") "0b00 abcd 00000000 4500 003c 4321 0000 013a "
		    "0000 0a000001 0a000002 9c40829a 00284321", true, false },
		/* Lengths in the order of the host. */
		{ FROM4("0038") "0b00 abcd 00000000 4500 3c00 4321 0040 0111 "
		    "0000 0a000001 0a000002 9c40829a 00284321", true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tr_packet packet;

		assert_int_equal(decode(101, rows[i].frame, &packet), TR_OK);
		assert_true(packet.is_icmp);
		assert_true(packet.icmp.is_error);
		assert_int_equal(packet.has_quote, rows[i].has_quote);
		assert_int_equal(packet.has_quoted_transport,
		    rows[i].has_transport);
	}
}

static void
neither_probe_nor_reply(void **state)
{
	static const struct {
		const char *frame;
		int	error;
	} rows[] = {
		{ "", TR_ETRUNCATED },
		{ "00", TR_EFORMAT },
		/* GRE, ICMPv6 in IPv4, ICMP in IPv6. */
		{ "4500 001c 0000 0000 40 2f 0000 0a000009 0a000001 "
		    "00000800 00000000", TR_EUNSUPPORTED },
		{ "4500 001c 0000 0000 40 3a 0000 0a000009 0a000001 "
		    "81000000 00000000", TR_EUNSUPPORTED },
		{ "60000000 0008 01 40 20010db8000000000000000000000009 "
		    "20010db8000000000000000000000001 0000 0000 0000 0000",
		    TR_EUNSUPPORTED },
		/* Later fragments. */
		{ "4500 001c 0000 2001 40 01 0000 0a000009 0a000001 "
		    "0b000000 00000000", TR_EUNSUPPORTED },
		{ "60000000 0010 2c 40 20010db8000000000000000000000009 "
		    "20010db8000000000000000000000001 3a000008 00000000 "
		    "8100 0000 0000 0000", TR_EUNSUPPORTED },
		/* Three bytes of transport; a TCP header of 16 bytes. */
		{ "4500 0017 0000 0000 40 01 0000 0a000009 0a000001 0b0000",
		    TR_ETRUNCATED },
		{ "4500 0028 0000 0000 40 06 0000 0a000009 0a000001 01bb9c40 "
		    "00000000 00000000 40140000 00000000", TR_EFORMAT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tr_packet packet;

		assert_int_equal(decode(101, rows[i].frame, &packet),
		    rows[i].error);
	}
}

/* One label behind a quote of 128 bytes. */
static struct bytes
extended_reply(void)
{
	struct bytes frame = bytes_of(ETHERNET FROM4("00a8")
	    "0b00 abcd 00200000" PROBE4);
	const struct bytes extension =
	    bytes_of("2000 46b8 0008 01 01 073d9101");

	frame.size += 128 - bytes_of(PROBE4).size;
	memcpy(frame.data + frame.size, extension.data, extension.size);
	frame.size += extension.size;
	return frame;
}

static void
extension_is_split_off(void **state)
{
	const struct bytes frame = extended_reply();
	struct tr_mpls stack[TR_MPLS_MAX];
	struct tr_packet packet;

	(void)state;
	assert_int_equal(tr_packet_decode(TR_LINK_ETHERNET, frame.data,
	    frame.size, &packet), TR_OK);
	assert_int_equal(packet.icmp.extension_place, TR_EXTENSION_BY_LENGTH);
	assert_int_equal(packet.icmp.quote_size, 128);
	assert_int_equal(tr_icmp_mpls(packet.icmp.extension,
	    packet.icmp.extension_size, stack), 1);
	assert_int_equal(stack[0].label, 29657);
	assert_true(packet.has_quoted_transport);
	/* Bounded by the UDP length, not by the padded quote. */
	assert_int_equal(packet.quoted.payload_size, 32);
}

static void
assert_at_every_truncation(enum tr_link link, const struct bytes *frame)
{
	for (size_t size = 0; size <= frame->size; size++) {
		uint8_t *copy = exact_copy(frame->data, size);
		struct tr_packet packet;
		const int error = tr_packet_decode(link, copy, size, &packet);

		assert_true(error == TR_OK || error == TR_ETRUNCATED);
		assert_inside(packet.ip.payload, packet.ip.payload_size,
		    copy, size);
		assert_inside(packet.transport.payload,
		    packet.transport.payload_size, copy, size);
		assert_inside(packet.icmp.quote, packet.icmp.quote_size,
		    copy, size);
		assert_inside(packet.icmp.extension,
		    packet.icmp.extension_size, copy, size);
		assert_inside(packet.quote.payload,
		    packet.quote.payload_size, copy, size);
		assert_inside(packet.quoted.payload,
		    packet.quoted.payload_size, copy, size);
		free(copy);
	}
}

static void
every_truncation(void **state)
{
	struct bytes frame = extended_reply();

	(void)state;
	assert_at_every_truncation(TR_LINK_ETHERNET, &frame);
	frame = bytes_of("86dd" COOKED2 FROM6("0038") "0300 abcd 00000000"
	    PROBE6);
	assert_at_every_truncation(TR_LINK_COOKED2, &frame);
	frame = bytes_of("4500 002c 0000 4000 38 06 0000 0a000009 0a000001 "
	    "01bb 9c40 00000000 01020305 6012 0000 0000 0000 020405b4");
	assert_at_every_truncation(TR_LINK_RAW, &frame);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_exceeded),
		cmocka_unit_test(time_exceeded_v6),
		cmocka_unit_test(padding_is_left_out),
		cmocka_unit_test(direct_answers),
		cmocka_unit_test(poor_quotes),
		cmocka_unit_test(neither_probe_nor_reply),
		cmocka_unit_test(extension_is_split_off),
		cmocka_unit_test(every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
