#include "support.h"

#include "packet/checksum.h"
#include "packet/wire.h"

/* RFC 1071, section 3: the sum of these is ddf2. */
static void
example_of_rfc1071(void **state)
{
	const struct bytes in = bytes_of("0001 f203 f4f5 f6f7");

	(void)state;
	assert_int_equal(tr_checksum_finish(tr_checksum_add(0, in.data,
	    in.size)), 0xffff - 0xddf2);
}

static void
header_sums_to_zero(void **state)
{
	const struct bytes in = bytes_of("4500 0073 0000 4000 4011 b861 "
	    "c0a8 0001 c0a8 00c7");
	struct bytes open = in;

	(void)state;
	assert_int_equal(tr_checksum_finish(tr_checksum_add(0, in.data,
	    in.size)), 0);
	open.data[10] = open.data[11] = 0;
	assert_int_equal(tr_checksum_finish(tr_checksum_add(0, open.data,
	    open.size)), 0xb861);
}

static void
odd_byte_is_padded(void **state)
{
	const uint8_t in[] = { 0x12, 0x34, 0x56 };
	uint8_t *copy = exact_copy(in, 3);

	(void)state;
	assert_int_equal(tr_checksum_finish(tr_checksum_add(0, copy, 3)),
	    0xffff - (0x1234 + 0x5600));
	assert_int_equal(tr_checksum_finish(tr_checksum_add(0, copy, 1)),
	    0xffff - 0x1200);
	assert_int_equal(tr_checksum_finish(tr_checksum_add(0, copy, 0)),
	    0xffff);
	free(copy);
}

static void
stretches_add_up(void **state)
{
	const struct bytes in = bytes_of("ffff 8000 ffff 1234 fedc 77");
	const uint16_t whole = tr_checksum_finish(tr_checksum_add(0, in.data,
	    in.size));

	(void)state;
	for (size_t cut = 0; cut <= in.size; cut += 2) {
		uint32_t sum = tr_checksum_add(0, in.data, cut);

		sum = tr_checksum_add(sum, in.data + cut, in.size - cut);
		assert_int_equal(tr_checksum_finish(sum), whole);
	}
}

static void
carries_of_64k_are_kept(void **state)
{
	uint8_t *data = malloc(65536);
	uint32_t sum;

	(void)state;
	memset(data, 0xff, 65536);
	sum = tr_checksum_add(0, data, 65536);
	assert_int_equal(tr_checksum_finish(sum), 0);
	/* And a pseudo-header of all ones on top. */
	sum = tr_checksum_add(sum, data, 40);
	assert_int_equal(tr_checksum_finish(sum), 0);
	free(data);
}

static void
pseudo_header_of_ipv4(void **state)
{
	/* UDP 40000 to 53, "hello"; sum by another program. */
	const struct bytes udp = bytes_of("9c40 0035 000d 3350 68656c6c6f");
	const struct tr_address src =
	    tr_address_v4((const uint8_t[]){ 192, 0, 2, 1 });
	const struct tr_address dst =
	    tr_address_v4((const uint8_t[]){ 198, 51, 100, 7 });
	uint32_t sum;

	(void)state;
	sum = tr_checksum_add_pseudo(0, &src, &dst, TR_IPPROTO_UDP, 13);
	assert_int_equal(tr_checksum_finish(sum),
	    0xffff - (uint16_t)(0xc000 + 0x0201 + 0xc633 + 0x6407 + 17 + 13 +
	    1));
	sum = tr_checksum_add(sum, udp.data, udp.size);
	assert_int_equal(tr_checksum_finish(sum), 0);
}

static void
pseudo_header_of_ipv6(void **state)
{
	const struct tr_address src = tr_address_v6((const uint8_t[16]){
	    0x20, 0x01, 0x0d, 0xb8, [15] = 1 });
	const struct tr_address dst = tr_address_v6((const uint8_t[16]){
	    0x20, 0x01, 0x0d, 0xb8, [15] = 2 });

	(void)state;
	/* The length has 32 bits there: 0x1000a. */
	assert_int_equal(tr_checksum_finish(tr_checksum_add_pseudo(0, &src,
	    &dst, TR_IPPROTO_ICMP6, 0x1000a)),
	    0xffff - (0x2001 + 0x0db8 + 1 + 0x2001 + 0x0db8 + 2 + 58 + 1 +
	    10));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example_of_rfc1071),
		cmocka_unit_test(header_sums_to_zero),
		cmocka_unit_test(odd_byte_is_padded),
		cmocka_unit_test(stretches_add_up),
		cmocka_unit_test(carries_of_64k_are_kept),
		cmocka_unit_test(pseudo_header_of_ipv4),
		cmocka_unit_test(pseudo_header_of_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
