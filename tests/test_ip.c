#include "support.h"

#include "base/error.h"
#include "packet/ip.h"
#include "packet/wire.h"

/* 10.0.0.1 to 10.0.0.2, UDP, 28 bytes, options by IHL. */
#define V4_START	"45 b8 001c 1234 4000 40 11 abcd"
#define V4_ADDRESSES	" 0a000001 0a000002 "
#define V4		V4_START V4_ADDRESSES
#define UDP		"9c40 0035 0008 5555"
#define V6_ADDRESSES	" 20010db8000000000000000000000001" \
			" 20010db8000000000000000000000002 "

static void
assert_address(const struct tr_address *address, const char *text)
{
	char buffer[TR_ADDRESS_TEXT_MAX];

	assert_string_equal(tr_address_text(address, buffer, sizeof(buffer)),
	    text);
}

static int
decode(const char *hex, struct tr_ip *ip)
{
	static struct bytes in;

	in = bytes_of(hex);
	return tr_ip_decode(in.data, in.size, ip);
}

static int
decode_quoted(const char *hex, struct tr_ip *ip)
{
	static struct bytes in;

	in = bytes_of(hex);
	return tr_ip_decode_quoted(in.data, in.size, ip);
}

static void
ipv4_fields(void **state)
{
	struct tr_ip ip;

	(void)state;
	assert_int_equal(decode(V4 UDP, &ip), TR_OK);
	assert_int_equal(ip.version, 4);
	assert_address(&ip.src, "10.0.0.1");
	assert_address(&ip.dst, "10.0.0.2");
	assert_int_equal(ip.ttl, 64);
	assert_int_equal(ip.tos, 0xb8);
	assert_int_equal(ip.protocol, TR_IPPROTO_UDP);
	assert_int_equal(ip.id, 0x1234);
	assert_true(ip.dont_fragment);
	assert_false(ip.more_fragments);
	assert_int_equal(ip.fragment_offset, 0);
	assert_int_equal(ip.flow_label, 0);
	assert_int_equal(ip.header_checksum, 0xabcd);
	assert_int_equal(ip.header_size, 20);
	assert_int_equal(ip.total_size, 28);
	assert_int_equal(ip.payload_size, 8);
	assert_int_equal(ip.payload[0], 0x9c);
}

static void
ipv4_options_are_skipped(void **state)
{
	struct tr_ip ip;

	(void)state;
	assert_int_equal(decode("46 00 0020 0000 0000 01 11 0000" V4_ADDRESSES
	    "94040000" UDP, &ip), TR_OK);
	assert_int_equal(ip.header_size, 24);
	assert_int_equal(ip.payload_size, 8);
	assert_int_equal(ip.payload[0], 0x9c);
	/* IHL 15, and only 4 bytes of options captured. */
	assert_int_equal(decode("4f 00 0044 0000 0000 01 11 0000" V4_ADDRESSES
	    "94040000", &ip), TR_ETRUNCATED);
}

static void
ipv4_fragments(void **state)
{
	struct tr_ip ip;

	(void)state;
	assert_int_equal(decode("45 00 001c 0001 2000 40 11 0000" V4_ADDRESSES
	    UDP, &ip), TR_OK);
	assert_true(ip.more_fragments);
	assert_false(ip.dont_fragment);
	assert_int_equal(ip.fragment_offset, 0);
	assert_int_equal(decode("45 00 001c 0001 1fff 40 11 0000" V4_ADDRESSES
	    UDP, &ip), TR_OK);
	assert_false(ip.more_fragments);
	assert_int_equal(ip.fragment_offset, 65528);
}

static void
ipv4_refused(void **state)
{
	struct tr_ip ip;

	(void)state;
	/* IHL 4, IHL 0, versions 0 and 5. */
	assert_int_equal(decode("44 00 001c 0001 0000 40 11 0000" V4_ADDRESSES
	    UDP, &ip), TR_EFORMAT);
	assert_int_equal(decode("40 00 001c 0001 0000 40 11 0000" V4_ADDRESSES
	    UDP, &ip), TR_EFORMAT);
	assert_int_equal(decode("05", &ip), TR_EFORMAT);
	assert_int_equal(decode("55", &ip), TR_EFORMAT);
	/* Claims of less than the header. */
	assert_int_equal(decode("45 00 0013 0001 0000 40 11 0000" V4_ADDRESSES
	    UDP, &ip), TR_EFORMAT);
	assert_int_equal(decode("46 00 0014 0001 0000 40 11 0000" V4_ADDRESSES
	    UDP, &ip), TR_EFORMAT);
}

static void
ipv4_total_length(void **state)
{
	struct tr_ip ip;

	(void)state;
	/* 0: as captured. */
	assert_int_equal(decode("45 00 0000 0001 0000 40 11 0000" V4_ADDRESSES
	    UDP "0102", &ip), TR_OK);
	assert_int_equal(ip.total_size, 30);
	assert_int_equal(ip.payload_size, 10);
	/* Ethernet's padding is left out. */
	assert_int_equal(decode(V4 UDP "000000000000", &ip), TR_OK);
	assert_int_equal(ip.payload_size, 8);
	/* More claimed than captured. */
	assert_int_equal(decode("45 00 05dc 0001 0000 40 11 0000" V4_ADDRESSES
	    UDP, &ip), TR_OK);
	assert_int_equal(ip.total_size, 1500);
	assert_int_equal(ip.payload_size, 8);
	/* A header and nothing else. */
	assert_int_equal(decode("45 00 0014 0001 0000 40 11 0000" V4_ADDRESSES
	    "0000", &ip), TR_OK);
	assert_int_equal(ip.payload_size, 0);
}

/* BSDs of old: total length 28 and flags 0x4000 in the order of the host. */
static void
ipv4_quoted_in_host_order(void **state)
{
	struct tr_ip ip;

	(void)state;
	assert_int_equal(decode_quoted("45 00 1c00 1234 0040 01 11 0000"
	    V4_ADDRESSES UDP, &ip), TR_OK);
	assert_int_equal(ip.total_size, 0x1c00);
	assert_int_equal(ip.payload_size, 8);
	assert_int_equal(ip.fragment_offset, 0);
	assert_true(ip.dont_fragment);
	/* Shorter than the header, or 0: no matter either. */
	assert_int_equal(decode_quoted("45 00 0800 1234 0000 01 11 0000"
	    V4_ADDRESSES UDP, &ip), TR_OK);
	assert_int_equal(decode_quoted("45 00 0008 1234 0000 01 11 0000"
	    V4_ADDRESSES UDP, &ip), TR_OK);
	assert_int_equal(ip.payload_size, 8);
	assert_int_equal(decode_quoted("45 00 0000 1234 0000 01 11 0000"
	    V4_ADDRESSES UDP, &ip), TR_OK);
	assert_int_equal(ip.total_size, 0);
	assert_int_equal(ip.payload_size, 8);
	assert_int_equal(decode_quoted("44 00 001c 1234 0000 01 11 0000"
	    V4_ADDRESSES UDP, &ip), TR_EFORMAT);
}

static void
ipv6_fields(void **state)
{
	struct tr_ip ip;

	(void)state;
	assert_int_equal(decode("6b8cdef1 0008 11 07" V6_ADDRESSES UDP
	    "ffff", &ip), TR_OK);
	assert_int_equal(ip.version, 6);
	assert_address(&ip.src, "2001:db8::1");
	assert_address(&ip.dst, "2001:db8::2");
	assert_int_equal(ip.tos, 0xb8);
	assert_int_equal(ip.flow_label, 0xcdef1);
	assert_int_equal(ip.ttl, 7);
	assert_int_equal(ip.protocol, TR_IPPROTO_UDP);
	assert_int_equal(ip.id, 0);
	assert_int_equal(ip.header_size, 40);
	assert_int_equal(ip.total_size, 48);
	assert_int_equal(ip.payload_size, 8);
	assert_int_equal(ip.payload[1], 0x40);
}

/* Each kind of extension header, and all of them. */
#define HOP_BY_HOP(next)	next "00 0502 0000 0100 "
#define OPTIONS_16(next)	next "01 010c 0000 0000 0000 00000000 0000 "
#define ROUTING(next)		next "02 0401 00000000" \
				"20010db8000000000000000000000009 "
#define FIRST_FRAGMENT(next)	next "00 0001 12345678 "
#define AUTHENTICATION(next)	next "04 0000 00000001 00000002" \
				"000000000000000000000000 "

static void
ipv6_extensions(void **state)
{
	static const struct {
		const char *hex;
		size_t	size;		/* of the extensions */
	} rows[] = {
		{ "60000000 0010 00 07" V6_ADDRESSES HOP_BY_HOP("11") UDP,
		    8 },
		{ "60000000 0018 3c 07" V6_ADDRESSES OPTIONS_16("11") UDP,
		    16 },
		{ "60000000 0020 2b 07" V6_ADDRESSES ROUTING("11") UDP, 24 },
		{ "60000000 0010 2c 07" V6_ADDRESSES FIRST_FRAGMENT("11")
		    UDP, 8 },
		{ "60000000 0020 33 07" V6_ADDRESSES AUTHENTICATION("11")
		    UDP, 24 },
		{ "60000000 0058 00 07" V6_ADDRESSES HOP_BY_HOP("3c")
		    OPTIONS_16("2b") ROUTING("2c") FIRST_FRAGMENT("33")
		    AUTHENTICATION("11") UDP, 80 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tr_ip ip;

		assert_int_equal(decode(rows[i].hex, &ip), TR_OK);
		assert_int_equal(ip.protocol, TR_IPPROTO_UDP);
		assert_int_equal(ip.header_size, 40 + rows[i].size);
		assert_int_equal(ip.payload_size, 8);
		assert_int_equal(ip.payload[0], 0x9c);
		assert_int_equal(ip.fragment_offset, 0);
	}
}

static void
ipv6_fragments(void **state)
{
	struct tr_ip ip;

	(void)state;
	assert_int_equal(decode("60000000 0010 2c 07" V6_ADDRESSES
	    FIRST_FRAGMENT("11") UDP, &ip), TR_OK);
	assert_true(ip.more_fragments);
	/* A later one: what follows is no extension header either. */
	assert_int_equal(decode("60000000 0010 2c 07" V6_ADDRESSES
	    "3c 00 05a8 12345678 ffff000000000000", &ip), TR_OK);
	assert_false(ip.more_fragments);
	assert_int_equal(ip.fragment_offset, 1448);
	assert_int_equal(ip.protocol, TR_IPPROTO_DSTOPTS);
	assert_int_equal(ip.payload_size, 8);
}

/* A chain of so many extension headers, the last of which names UDP. */
static struct bytes
chain_of(int count)
{
	struct bytes chain = bytes_of("60000000 0200 3c 07" V6_ADDRESSES);

	for (int i = 1; i <= count; i++) {
		const struct bytes next = i < count ?
		    bytes_of(HOP_BY_HOP("3c")) : bytes_of(HOP_BY_HOP("11"));

		memcpy(chain.data + chain.size, next.data, next.size);
		chain.size += next.size;
	}
	return chain;
}

static void
ipv6_chain_is_bounded(void **state)
{
	const struct bytes most = chain_of(TR_IP_EXTENSIONS_MAX);
	const struct bytes more = chain_of(TR_IP_EXTENSIONS_MAX + 1);
	struct tr_ip ip;

	(void)state;
	assert_int_equal(tr_ip_decode(most.data, most.size, &ip), TR_OK);
	assert_int_equal(ip.header_size, 40 + 8 * TR_IP_EXTENSIONS_MAX);
	assert_int_equal(tr_ip_decode(most.data, most.size - 8, &ip),
	    TR_ETRUNCATED);
	assert_int_equal(tr_ip_decode(more.data, more.size, &ip),
	    TR_EFORMAT);
	assert_int_equal(tr_ip_decode_quoted(more.data, more.size, &ip),
	    TR_EFORMAT);
}

static void
ipv6_lengths(void **state)
{
	struct tr_ip ip;

	(void)state;
	/* No payload at all (a capture of tcpdump's has it). */
	assert_int_equal(decode("60000000 0000 3a 07" V6_ADDRESSES "00000000",
	    &ip), TR_OK);
	assert_int_equal(ip.payload_size, 0);
	/* An extension header past the claimed end: a lie. */
	assert_int_equal(decode("60000000 0004 00 07" V6_ADDRESSES
	    HOP_BY_HOP("11") UDP, &ip), TR_EFORMAT);
	/* The same in a quote counts for nothing. */
	assert_int_equal(decode_quoted("60000000 0004 00 07" V6_ADDRESSES
	    HOP_BY_HOP("11") UDP, &ip), TR_OK);
	assert_int_equal(ip.total_size, 44);
	assert_int_equal(ip.payload_size, 8);
	/* An extension header of 2048 bytes, of which 8 were captured. */
	assert_int_equal(decode("60000000 0900 00 07" V6_ADDRESSES
	    "11ff 0502 0000 0100", &ip), TR_ETRUNCATED);
}

static void
every_truncation(void **state)
{
	static const struct {
		const char *hex;
		size_t	header;
	} rows[] = {
		{ V4 UDP "0000", 20 },
		{ "46 00 0020 0000 0000 01 11 0000" V4_ADDRESSES
		    "94040000" UDP, 24 },
		{ "6b8cdef1 0008 11 07" V6_ADDRESSES UDP "ffff", 40 },
		{ "60000000 0058 00 07" V6_ADDRESSES HOP_BY_HOP("3c")
		    OPTIONS_16("2b") ROUTING("2c") FIRST_FRAGMENT("33")
		    AUTHENTICATION("11") UDP, 120 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bytes in = bytes_of(rows[i].hex);

		for (size_t size = 0; size <= in.size; size++) {
			uint8_t *copy = exact_copy(in.data, size);
			const int expected = size < rows[i].header ?
			    TR_ETRUNCATED : TR_OK;
			struct tr_ip ip;

			assert_int_equal(tr_ip_decode(copy, size, &ip),
			    expected);
			assert_inside(ip.payload, ip.payload_size, copy,
			    size);
			assert_int_equal(tr_ip_decode_quoted(copy, size,
			    &ip), expected);
			assert_inside(ip.payload, ip.payload_size, copy,
			    size);
			if (expected == TR_OK)
				assert_int_equal(ip.payload_size,
				    size - ip.header_size);
			free(copy);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_fields),
		cmocka_unit_test(ipv4_options_are_skipped),
		cmocka_unit_test(ipv4_fragments),
		cmocka_unit_test(ipv4_refused),
		cmocka_unit_test(ipv4_total_length),
		cmocka_unit_test(ipv4_quoted_in_host_order),
		cmocka_unit_test(ipv6_fields),
		cmocka_unit_test(ipv6_extensions),
		cmocka_unit_test(ipv6_fragments),
		cmocka_unit_test(ipv6_chain_is_bounded),
		cmocka_unit_test(ipv6_lengths),
		cmocka_unit_test(every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
