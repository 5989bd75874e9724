#include "support.h"

#include "base/error.h"
#include "packet/transport.h"
#include "packet/wire.h"

static struct bytes in;

static int
decode(uint8_t protocol, const char *hex, struct tr_transport *transport)
{
	in = bytes_of(hex);
	return tr_transport_decode(protocol, in.data, in.size, transport);
}

static void
udp_fields(void **state)
{
	struct tr_transport udp;

	(void)state;
	assert_int_equal(decode(TR_IPPROTO_UDP, "9c40 829a 000c 1234 01020304",
	    &udp), TR_OK);
	assert_int_equal(udp.protocol, TR_IPPROTO_UDP);
	assert_true(udp.ports);
	assert_int_equal(udp.source_port, 40000);
	assert_int_equal(udp.destination_port, 33434);
	assert_true(udp.rest);
	assert_true(udp.full);
	assert_int_equal(udp.udp_length, 12);
	assert_int_equal(udp.checksum, 0x1234);
	assert_ptr_equal(udp.payload, in.data + 8);
	assert_int_equal(udp.payload_size, 4);
}

/* RFC 4884 pads a quote: the UDP length tells what is the packet's. */
static void
udp_length_bounds_the_payload(void **state)
{
	struct tr_transport udp;

	(void)state;
	assert_int_equal(decode(TR_IPPROTO_UDP, "0001 0002 000a 0000 0102 0000",
	    &udp), TR_OK);
	assert_int_equal(udp.payload_size, 2);
	assert_int_equal(decode(TR_IPPROTO_UDP, "0001 0002 ffff 0000 0102 0000",
	    &udp), TR_OK);
	assert_int_equal(udp.payload_size, 4);
	assert_int_equal(decode(TR_IPPROTO_UDP, "0001 0002 0007 0000 0102 0000",
	    &udp), TR_OK);
	assert_int_equal(udp.payload_size, 4);
	assert_int_equal(decode(TR_IPPROTO_UDP, "0001 0002 0008 0000 0102 0000",
	    &udp), TR_OK);
	assert_int_equal(udp.payload_size, 0);
}

#define TCP	"9c40 01bb 01020304 05060708 "
#define MSS	"020405b4"

static void
tcp_fields(void **state)
{
	struct tr_transport tcp;

	(void)state;
	assert_int_equal(decode(TR_IPPROTO_TCP, TCP "6012 faf0 abcd 0000" MSS
	    "aabb", &tcp), TR_OK);
	assert_true(tcp.ports);
	assert_int_equal(tcp.source_port, 40000);
	assert_int_equal(tcp.destination_port, 443);
	assert_true(tcp.rest);
	assert_int_equal(tcp.tcp_sequence, 0x01020304);
	assert_true(tcp.full);
	assert_int_equal(tcp.tcp_acknowledgement, 0x05060708);
	assert_int_equal(tcp.tcp_flags, TR_TCP_SYN | TR_TCP_ACK);
	assert_int_equal(tcp.tcp_window, 64240);
	assert_int_equal(tcp.checksum, 0xabcd);
	assert_int_equal(tcp.tcp_mss, 1460);
	assert_ptr_equal(tcp.payload, in.data + 24);
	assert_int_equal(tcp.payload_size, 2);
	assert_int_equal(tcp.udp_length, 0);
}

static void
tcp_options_of_all_kinds(void **state)
{
	static const struct {
		const char *hex;
		uint16_t mss;
	} rows[] = {
		{ TCP "5002 0000 0000 0000", 0 },
		/* NOP, NOP, SACK permitted, MSS. */
		{ TCP "7002 0000 0000 0000 01010402" MSS, 1460 },
		/* End of the list before the MSS. */
		{ TCP "7002 0000 0000 0000 01000000" MSS, 0 },
		/* Lengths of 0 and 1: no endless walk. */
		{ TCP "7002 0000 0000 0000 08000000" MSS, 0 },
		{ TCP "7002 0000 0000 0000 08010000" MSS, 0 },
		/* A length past the end; an MSS of a wrong length. */
		{ TCP "7002 0000 0000 0000 08ff0000" MSS, 0 },
		{ TCP "6002 0000 0000 0000 0203ffff", 0 },
		/* An MSS in the payload is none. */
		{ TCP "5002 0000 0000 0000" MSS, 0 },
		/* More options claimed than there are. */
		{ TCP "f002 0000 0000 0000" MSS, 1460 },
		{ TCP "f002 0000 0000 0000 0204", 0 },
		{ TCP "f002 0000 0000 0000 02", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tr_transport tcp;

		assert_int_equal(decode(TR_IPPROTO_TCP, rows[i].hex, &tcp),
		    TR_OK);
		assert_true(tcp.full);
		assert_int_equal(tcp.tcp_mss, rows[i].mss);
	}
}

static void
tcp_refused(void **state)
{
	struct tr_transport tcp;

	(void)state;
	assert_int_equal(decode(TR_IPPROTO_TCP, TCP "4002 0000 0000 0000",
	    &tcp), TR_EFORMAT);
	assert_int_equal(decode(TR_IPPROTO_TCP, TCP "0002 0000 0000 0000",
	    &tcp), TR_EFORMAT);
}

static void
icmp_fields(void **state)
{
	static const uint8_t protocols[] = {
		TR_IPPROTO_ICMP, TR_IPPROTO_ICMP6,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(protocols); i++) {
		struct tr_transport icmp;

		assert_int_equal(decode(protocols[i], "0801 beef 1234 5678 09",
		    &icmp), TR_OK);
		assert_true(icmp.ports);
		assert_true(icmp.rest);
		assert_true(icmp.full);
		assert_int_equal(icmp.icmp_type, 8);
		assert_int_equal(icmp.icmp_code, 1);
		assert_int_equal(icmp.checksum, 0xbeef);
		assert_int_equal(icmp.icmp_id, 0x1234);
		assert_int_equal(icmp.icmp_sequence, 0x5678);
		assert_int_equal(icmp.payload_size, 1);
		assert_int_equal(icmp.source_port, 0);
	}
}

static void
other_protocols(void **state)
{
	struct tr_transport transport;

	(void)state;
	assert_int_equal(decode(132, "0001 0002 0003 0004", &transport),
	    TR_EUNSUPPORTED);
	assert_int_equal(decode(0, "0001 0002 0003 0004", &transport),
	    TR_EUNSUPPORTED);
}

/* From how many bytes on each part is there. */
static void
every_truncation(void **state)
{
	static const struct {
		uint8_t	protocol;
		size_t	full;
		size_t	payload;
		const char *hex;
	} rows[] = {
		{ TR_IPPROTO_UDP, 8, 8, "9c40 829a 000c 1234 01020304" },
		{ TR_IPPROTO_TCP, 20, 24, TCP "6012 faf0 abcd 0000" MSS
		    "aabb" },
		{ TR_IPPROTO_ICMP, 8, 8, "0800 beef 1234 5678 0102" },
		{ TR_IPPROTO_ICMP6, 8, 8, "8000 beef 1234 5678 0102" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bytes whole = bytes_of(rows[i].hex);

		for (size_t size = 0; size <= whole.size; size++) {
			uint8_t *copy = exact_copy(whole.data, size);
			struct tr_transport part;

			assert_int_equal(tr_transport_decode(
			    rows[i].protocol, copy, size, &part),
			    size < 4 ? TR_ETRUNCATED : TR_OK);
			assert_int_equal(part.ports, size >= 4);
			assert_int_equal(part.rest, size >= 8);
			assert_int_equal(part.full, size >= rows[i].full);
			assert_int_equal(part.payload != NULL,
			    size >= rows[i].payload);
			assert_inside(part.payload, part.payload_size, copy,
			    size);
			/* Nothing half read is left in the fields. */
			if (!part.rest)
				assert_int_equal(part.tcp_sequence |
				    part.icmp_id | part.udp_length, 0);
			if (!part.full)
				assert_int_equal(part.tcp_flags |
				    part.tcp_window, 0);
			free(copy);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_fields),
		cmocka_unit_test(udp_length_bounds_the_payload),
		cmocka_unit_test(tcp_fields),
		cmocka_unit_test(tcp_options_of_all_kinds),
		cmocka_unit_test(tcp_refused),
		cmocka_unit_test(icmp_fields),
		cmocka_unit_test(other_protocols),
		cmocka_unit_test(every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
