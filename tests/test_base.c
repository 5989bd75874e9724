#include "support.h"

#include <errno.h>

#include "base/address.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/heap.h"
#include "base/random.h"
#include "base/wide.h"

static void
phrases_are_never_null(void **state)
{
	(void)state;
	assert_string_equal(tr_error_phrase(TR_OK), "no error");
	assert_string_equal(tr_error_phrase(TR_EPERMISSION),
	    "permission denied");
	for (int code = TR_EPERMISSION - 3; code < 4; code++)
		assert_non_null(tr_error_phrase(code));
	assert_string_equal(tr_error_phrase(1), "unknown error");
	assert_string_equal(tr_error_phrase(TR_EPERMISSION - 1),
	    "unknown error");
}

static void
system_errors_by_name(void **state)
{
	(void)state;
	assert_string_equal(tr_error_system_name(EPERM), "EPERM");
	assert_string_equal(tr_error_system_name(EHOSTUNREACH),
	    "EHOSTUNREACH");
	assert_null(tr_error_system_name(0));
	assert_null(tr_error_system_name(99999));
}

static void
fail_fills_and_returns(void **state)
{
	char text[2 * TR_ERROR_TEXT_MAX];
	struct tr_error error;

	(void)state;
	assert_int_equal(tr_fail(NULL, TR_ERANGE, "x"), TR_ERANGE);

	errno = ENOENT;
	assert_int_equal(tr_fail(&error, TR_ERANGE, "port %d: 1 to %d", 99999,
	    65535), TR_ERANGE);
	assert_int_equal(error.code, TR_ERANGE);
	assert_int_equal(error.system, 0);
	assert_string_equal(error.text, "port 99999: 1 to 65535");

	errno = ENOENT;
	assert_int_equal(tr_fail(&error, TR_ESYSTEM, "open"), TR_ESYSTEM);
	assert_int_equal(error.system, ENOENT);
	assert_int_equal(errno, ENOENT);

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	tr_fail(&error, TR_EFORMAT, "%s", text);
	assert_int_equal(strlen(error.text), TR_ERROR_TEXT_MAX - 1);
}

static void
addresses_in_text(void **state)
{
	static const struct {
		const char *text;
		const char *canonical;	/* NULL: refused */
		uint8_t family;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", 4 },
		{ "255.255.255.255", "255.255.255.255", 4 },
		{ "0.0.0.0", "0.0.0.0", 4 },
		{ "::", "::", 6 },
		{ "::1", "::1", 6 },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1", 6 },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 6 },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", 6 },
		{ "", NULL, 0 },
		{ "192.0.2", NULL, 0 },
		{ "192.0.2.256", NULL, 0 },
		{ "192.0.2.1 ", NULL, 0 },
		{ "0x7f.0.0.1", NULL, 0 },
		{ "2130706433", NULL, 0 },
		{ ":::", NULL, 0 },
		{ "fe80::1%eth0", NULL, 0 },
		{ "1:2:3:4:5:6:7:8:9", NULL, 0 },
		{ "example.net", NULL, 0 },
	};
	char buffer[TR_ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tr_address address = { .family = 0 };
		const int error = tr_address_parse(rows[i].text, &address);

		assert_int_equal(error,
		    rows[i].canonical != NULL ? TR_OK : TR_EFORMAT);
		assert_int_equal(address.family, rows[i].family);
		if (error == TR_OK)
			assert_string_equal(tr_address_text(&address, buffer,
			    sizeof(buffer)), rows[i].canonical);
	}
}

static void
address_text_fits_its_buffer(void **state)
{
	struct tr_address address = { .family = 0 };
	char buffer[TR_ADDRESS_TEXT_MAX];

	(void)state;
	assert_string_equal(tr_address_text(&address, buffer,
	    sizeof(buffer)), "*");
	assert_string_equal(tr_address_text(&address, buffer, 1), "");
	/* The longest text there is. */
	assert_int_equal(tr_address_parse("1111:2222:3333:4444:5555:6666:"
	    "255.255.255.255", &address), TR_OK);
	tr_address_text(&address, buffer, sizeof(buffer));
	assert_string_equal(buffer,
	    "1111:2222:3333:4444:5555:6666:ffff:ffff");
	for (size_t size = 1; size < sizeof(buffer); size++) {
		memset(buffer, 'x', sizeof(buffer));
		tr_address_text(&address, buffer, size);
		assert_true(strlen(buffer) < size);
	}
}

static struct tr_address
parsed(const char *text)
{
	struct tr_address address = { .family = 0 };

	assert_int_equal(tr_address_parse(text, &address), TR_OK);
	return address;
}

static void
addresses_compare(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0", "9.9.9.9", "10.0.0.1", "10.0.1.0", "::", "::1",
		"2001:db8::", "2001:db8::1:0", "fe80::1",
	};
	const size_t count = sizeof(sorted) / sizeof(sorted[0]);
	const struct tr_address none = { .family = 0 };

	(void)state;
	assert_true(tr_address_equal(&none, &none));
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			const struct tr_address a = parsed(sorted[i]);
			const struct tr_address b = parsed(sorted[j]);
			const int order = tr_address_compare(&a, &b);

			assert_int_equal(order < 0, i < j);
			assert_int_equal(order > 0, i > j);
			assert_int_equal(tr_address_equal(&a, &b), i == j);
			assert_true(tr_address_compare(&none, &a) < 0);
		}
}

static void
addresses_are_of_kinds(void **state)
{
	static const struct {
		const char *text;
		bool	loopback;
		bool	link_local;
	} rows[] = {
		{ "127.0.0.1", true, false },
		{ "127.255.0.9", true, false },
		{ "128.0.0.1", false, false },
		{ "169.254.0.1", false, false },
		{ "::1", true, false },
		{ "::2", false, false },
		{ "fe80::1", false, true },
		{ "febf::1", false, true },
		{ "fec0::1", false, false },
		{ "2001:db8::1", false, false },
	};
	const struct tr_address none = { .family = 0 };

	(void)state;
	assert_false(tr_address_is_set(&none));
	assert_int_equal(tr_address_size(&none), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct tr_address address = parsed(rows[i].text);

		assert_true(tr_address_is_set(&address));
		assert_int_equal(tr_address_size(&address),
		    address.family == 4 ? 4 : 16);
		assert_int_equal(tr_address_is_loopback(&address),
		    rows[i].loopback);
		assert_int_equal(tr_address_is_link_local(&address),
		    rows[i].link_local);
	}
}

static void
addresses_from_wire(void **state)
{
	const uint8_t bytes[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 9 };
	const struct tr_address four = tr_address_v4(bytes);
	const struct tr_address six = tr_address_v6(bytes);
	const struct tr_address four_text = parsed("32.1.13.184");
	const struct tr_address six_text = parsed("2001:db8::9");

	(void)state;
	assert_memory_equal(&four, &four_text, sizeof(four));
	assert_memory_equal(&six, &six_text, sizeof(six));
}

static void
reader_reads(void **state)
{
	const struct bytes in = bytes_of("01 0203 040506 0708090a 0b0c "
	    "0d0e0f10 1112");
	struct tr_reader reader;

	(void)state;
	tr_reader_init(&reader, in.data, in.size);
	assert_int_equal(tr_reader_left(&reader), 18);
	assert_int_equal(tr_read_u8(&reader), 0x01);
	assert_int_equal(tr_read_u16(&reader), 0x0203);
	assert_int_equal(tr_read_u24(&reader), 0x040506);
	assert_int_equal(tr_read_u32(&reader), 0x0708090a);
	assert_int_equal(tr_read_u16_little(&reader), 0x0c0b);
	assert_int_equal(tr_read_u32_little(&reader), 0x100f0e0d);
	assert_ptr_equal(tr_read_bytes(&reader, 2), in.data + 16);
	assert_int_equal(tr_reader_left(&reader), 0);
	assert_non_null(tr_read_bytes(&reader, 0));
	assert_false(reader.bad);
}

/* Every width, one byte short of it. */
static void
reader_is_sticky(void **state)
{
	const uint8_t data[4] = { 0xff, 0xff, 0xff, 0xff };

	(void)state;
	for (size_t width = 1; width <= 4; width++) {
		uint8_t *copy = exact_copy(data, width - 1);
		struct tr_reader reader;
		uint32_t value = 1;

		tr_reader_init(&reader, copy, width - 1);
		if (width == 1)
			value = tr_read_u8(&reader);
		else if (width == 2)
			value = tr_read_u16(&reader);
		else if (width == 3)
			value = tr_read_u24(&reader);
		else
			value = tr_read_u32(&reader);
		assert_int_equal(value, 0);
		assert_true(reader.bad);
		/* What would have fitted is refused from now on. */
		assert_int_equal(tr_reader_left(&reader), 0);
		assert_int_equal(tr_read_u8(&reader), 0);
		assert_null(tr_read_bytes(&reader, 0));
		free(copy);
	}
}

static void
reader_takes_nothing(void **state)
{
	struct tr_reader reader;

	(void)state;
	tr_reader_init(&reader, NULL, 0);
	assert_int_equal(tr_reader_left(&reader), 0);
	assert_non_null(tr_read_bytes(&reader, 0));
	assert_null(tr_read_bytes(&reader, SIZE_MAX));
	assert_true(reader.bad);
}

static void
writer_writes(void **state)
{
	const struct bytes expected = bytes_of("01 aabb 04050607 0908 "
	    "0d0c0b0a 0e0f 0000");
	uint8_t *out = malloc(expected.size);
	struct tr_writer writer;

	(void)state;
	tr_writer_init(&writer, out, expected.size);
	tr_write_u8(&writer, 0x01);
	tr_write_u16(&writer, 0x0203);
	tr_write_u32(&writer, 0x04050607);
	tr_write_u16_little(&writer, 0x0809);
	tr_write_u32_little(&writer, 0x0a0b0c0d);
	tr_write_bytes(&writer, "\x0e\x0f", 2);
	tr_write_zeros(&writer, 2);
	tr_patch_u16(&writer, 1, 0xaabb);
	assert_false(writer.bad);
	assert_int_equal(writer.used, expected.size);
	assert_memory_equal(out, expected.data, expected.size);
	tr_write_bytes(&writer, NULL, 0);
	assert_false(writer.bad);

	tr_write_u8(&writer, 0xff);
	assert_true(writer.bad);
	tr_patch_u16(&writer, 0, 0xffff);
	assert_memory_equal(out, expected.data, expected.size);
	free(out);
}

static void
writer_is_bounded(void **state)
{
	uint8_t *out = malloc(3);
	struct tr_writer writer;

	(void)state;
	tr_writer_init(&writer, out, 3);
	tr_write_u32(&writer, 1);
	assert_true(writer.bad);
	assert_int_equal(writer.used, 0);
	tr_write_u8(&writer, 1);
	assert_int_equal(writer.used, 0);

	tr_writer_init(&writer, out, 3);
	tr_write_bytes(&writer, out, SIZE_MAX);
	assert_true(writer.bad);
	tr_writer_init(&writer, out, 3);
	tr_write_u8(&writer, 1);
	tr_patch_u16(&writer, 0, 1);
	assert_true(writer.bad);
	tr_writer_init(&writer, out, 3);
	tr_write_zeros(&writer, 3);
	tr_patch_u16(&writer, SIZE_MAX, 1);
	assert_true(writer.bad);
	tr_writer_init(&writer, out, 3);
	tr_write_zeros(&writer, 3);
	tr_patch_bytes(&writer, 1, "\x07\x08", 2);
	tr_patch_fill(&writer, 0, 9, 2);
	tr_patch_fill(&writer, 3, 1, 0);
	assert_false(writer.bad);
	assert_memory_equal(out, "\x09\x09\x08", 3);
	tr_patch_bytes(&writer, 2, "\x07\x08", 2);
	assert_true(writer.bad);
	tr_patch_fill(&writer, 0, 7, 1);
	assert_memory_equal(out, "\x09\x09\x08", 3);
	tr_writer_init(&writer, out, 3);
	tr_write_zeros(&writer, 3);
	tr_patch_fill(&writer, SIZE_MAX, 7, 1);
	assert_true(writer.bad);
	tr_writer_init(&writer, NULL, 3);
	tr_write_zeros(&writer, 1);
	assert_true(writer.bad);
	free(out);
}

/* The published first values of SplitMix64 for the seed 1234567. */
static void
random_is_splitmix64(void **state)
{
	static const uint64_t expected[] = {
		UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
		UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
		UINT64_C(16408922859458223821),
	};
	struct tr_random random;

	(void)state;
	tr_random_seed(&random, 1234567);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_true(tr_random_next(&random) == expected[i]);
}

/* One bit more or less in what is mixed turns half of the bits over. */
static void
mixing_spreads(void **state)
{
	struct tr_address one, other;
	unsigned turned = 0;

	(void)state;
	assert_true(tr_random_mix(1, 2) == tr_random_mix(1, 2));
	assert_true(tr_random_mix(1, 2) != tr_random_mix(2, 1));
	for (unsigned bit = 0; bit < 64; bit++)
		turned += (unsigned)__builtin_popcountll(tr_random_mix(7, 0) ^
		    tr_random_mix(7, UINT64_C(1) << bit));
	assert_in_range(turned, 64 * 28, 64 * 36);

	assert_int_equal(tr_address_parse("fd00::1", &one), TR_OK);
	for (unsigned i = 0; i < sizeof(one.bytes); i++) {
		other = one;
		other.bytes[i] ^= 1;
		assert_true(tr_address_mix(7, &one) !=
		    tr_address_mix(7, &other));
	}
}

static void
random_below_is_uniform(void **state)
{
	unsigned counts[6] = { 0 };
	struct tr_random random;

	(void)state;
	tr_random_seed(&random, 1);
	for (int i = 0; i < 60000; i++) {
		const uint32_t value = tr_random_below(&random, 6);

		assert_true(value < 6);
		counts[value]++;
	}
	/* 10000 each; 5 standard deviations are 456. */
	for (int i = 0; i < 6; i++)
		assert_in_range(counts[i], 10000 - 456, 10000 + 456);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(tr_random_below(&random, 1), 0);
		assert_true(tr_random_below(&random, UINT32_MAX) <
		    UINT32_MAX);
		/* Half of what is drawn is drawn again. */
		assert_true(tr_random_below(&random, 0x80000001) <
		    0x80000001);
	}
}

/* --- lists and heaps ---------------------------------------------------- */

static void
assert_wide(struct tr_wide found, uint64_t high, uint64_t low)
{
	assert_true(found.high == high);
	assert_true(found.low == low);
}

static void
wide_numbers_carry(void **state)
{
	const struct tr_wide most = { UINT64_MAX, UINT64_MAX };
	const struct tr_wide low = { 0, UINT64_MAX };
	const struct tr_wide mixed = { 0x0123456789abcdef,
	    0xfedcba9876543210 };
	uint8_t bytes[16];

	(void)state;
	assert_wide(tr_wide_next(low), 1, 0);
	assert_wide(tr_wide_next(most), 0, 0);
	assert_wide(tr_wide_before((struct tr_wide){ 1, 0 }), 0, UINT64_MAX);
	assert_wide(tr_wide_before((struct tr_wide){ 0, 0 }), UINT64_MAX,
	    UINT64_MAX);
	assert_wide(tr_wide_add(mixed, low), 0x0123456789abcdf0,
	    0xfedcba987654320f);
	assert_wide(tr_wide_subtract(mixed, low), 0x0123456789abcdee,
	    0xfedcba9876543211);
	assert_true(tr_wide_compare(low, (struct tr_wide){ 1, 0 }) < 0);
	assert_true(tr_wide_compare(mixed, low) > 0);
	assert_true(tr_wide_compare(mixed, mixed) == 0);

	tr_wide_put(mixed, bytes, 16);
	assert_int_equal(bytes[0], 0x01);
	assert_int_equal(bytes[15], 0x10);
	assert_wide(tr_wide_of(bytes, 16), mixed.high, mixed.low);
	assert_wide(tr_wide_of(bytes, 4), 0, 0x01234567);
	tr_wide_put((struct tr_wide){ 0, 0xc0000201 }, bytes, 4);
	assert_wide(tr_wide_of(bytes, 4), 0, 0xc0000201);
}

static void
wide_numbers_shift(void **state)
{
	const struct tr_wide mixed = { 0x0123456789abcdef,
	    0xfedcba9876543210 };

	(void)state;
	for (unsigned bits = 0; bits <= 128; bits++) {
		struct tr_wide left = mixed, right = mixed, ones = { 0, 0 };

		for (unsigned i = 0; i < bits; i++) {
			left = tr_wide_add(left, left);
			right.low = right.low >> 1 | right.high << 63;
			right.high >>= 1;
			ones = tr_wide_next(tr_wide_add(ones, ones));
		}
		assert_wide(tr_wide_left(mixed, bits), left.high, left.low);
		assert_wide(tr_wide_right(mixed, bits), right.high,
		    right.low);
		assert_wide(tr_wide_ones(bits), ones.high, ones.low);
	}
}

static void
lists_grow(void **state)
{
	struct tr_list list = { .items = NULL };
	const uint32_t *numbers;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t *number = tr_list_add(&list, sizeof(*number));

		assert_non_null(number);
		assert_int_equal(0, *number);
		*number = i;
	}
	numbers = list.items;
	assert_int_equal(1000, list.count);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(i, numbers[i]);
	tr_list_clear(&list);
	assert_int_equal(0, list.count);
	assert_null(list.items);
}

/* The earliest first; of the same time, the one that came first. */
static void
heaps_give_back_in_order(void **state)
{
	static int things[5000];
	struct tr_heap heap = { .items = NULL };
	struct tr_random random;
	int64_t last = INT64_MIN;
	const int *before = NULL;

	(void)state;
	assert_true(tr_heap_next(&heap) == TR_TIME_NEVER);
	assert_null(tr_heap_pop(&heap));
	tr_random_seed(&random, 7);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(TR_OK, tr_heap_push(&heap,
		    (int64_t)tr_random_below(&random, 100) - 50, &things[i]));
	for (int i = 0; i < 5000; i++) {
		const int64_t at = tr_heap_next(&heap);
		const int *thing = tr_heap_pop(&heap);

		assert_true(at > last || (at == last && thing > before));
		last = at;
		before = thing;
	}
	assert_null(tr_heap_pop(&heap));
	tr_heap_clear(&heap);
}

static void
buffers_grow(void **state)
{
	struct tr_buffer buffer = { .bytes = NULL };
	char long_text[3000], *room;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	tr_buffer_add(&buffer, "", 0);
	assert_int_equal(buffer.used, 0);
	for (int i = 0; i < 1000; i++) {
		tr_buffer_add(&buffer, "a\0b", 3);
		tr_buffer_add_text(&buffer, "cd");
		tr_buffer_print(&buffer, "%03d", i);
	}
	tr_buffer_print(&buffer, "%s", long_text);
	assert_false(buffer.bad);
	assert_int_equal(buffer.used, 1000 * 8 + sizeof(long_text) - 1);
	assert_memory_equal(buffer.bytes + 8 * 123, "a\0bcd123", 8);
	assert_memory_equal(buffer.bytes + 8000, long_text, 2999);
	tr_buffer_empty(&buffer);
	room = tr_buffer_room(&buffer, 5);
	assert_ptr_equal(room, buffer.bytes);
	assert_int_equal(buffer.used, 0);
	tr_buffer_clear(&buffer);
}

static void
buffers_without_memory_are_bad(void **state)
{
	struct tr_buffer buffer = { .bytes = NULL };

	(void)state;
	tr_buffer_add_text(&buffer, "kept");
	assert_null(tr_buffer_room(&buffer, SIZE_MAX / 2));
	assert_true(buffer.bad);
	tr_buffer_add_text(&buffer, "lost");
	tr_buffer_print(&buffer, "lost");
	assert_int_equal(buffer.used, 4);
	tr_buffer_empty(&buffer);
	tr_buffer_add_text(&buffer, "new");
	assert_false(buffer.bad);
	assert_int_equal(buffer.used, 3);
	tr_buffer_clear(&buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phrases_are_never_null),
		cmocka_unit_test(system_errors_by_name),
		cmocka_unit_test(fail_fills_and_returns),
		cmocka_unit_test(addresses_in_text),
		cmocka_unit_test(address_text_fits_its_buffer),
		cmocka_unit_test(addresses_compare),
		cmocka_unit_test(addresses_are_of_kinds),
		cmocka_unit_test(addresses_from_wire),
		cmocka_unit_test(reader_reads),
		cmocka_unit_test(reader_is_sticky),
		cmocka_unit_test(reader_takes_nothing),
		cmocka_unit_test(writer_writes),
		cmocka_unit_test(writer_is_bounded),
		cmocka_unit_test(random_is_splitmix64),
		cmocka_unit_test(mixing_spreads),
		cmocka_unit_test(random_below_is_uniform),
		cmocka_unit_test(wide_numbers_carry),
		cmocka_unit_test(wide_numbers_shift),
		cmocka_unit_test(lists_grow),
		cmocka_unit_test(heaps_give_back_in_order),
		cmocka_unit_test(buffers_grow),
		cmocka_unit_test(buffers_without_memory_are_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
