/*
 * Text written to a bounded writer, beside what printf() and inet_ntop() make
 * of the same, and at every size that is too small.
 */
#include "support.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/random.h"
#include "base/write_text.h"

#define ROOM	64
#define DRAWN	200000

static char text[ROOM];
static struct tr_writer writer;

static void
begin(size_t size)
{
	memset(text, '#', sizeof(text));
	tr_writer_init(&writer, (uint8_t *)text, size);
}

/* What was written, terminated. */
static const char *
written(void)
{
	const int size = tr_written(&writer);

	assert_in_range(size, 0, ROOM - 1);
	text[size] = '\0';
	return text;
}

static void
check_unsigned(uint64_t value)
{
	char expected[ROOM];

	snprintf(expected, sizeof(expected), "%" PRIu64, value);
	begin(ROOM);
	tr_write_unsigned(&writer, value);
	assert_string_equal(written(), expected);
}

static void
check_signed(int64_t value)
{
	char expected[ROOM];

	snprintf(expected, sizeof(expected), "%" PRId64, value);
	begin(ROOM);
	tr_write_signed(&writer, value);
	assert_string_equal(written(), expected);
}

static void
numbers_are_printfs(void **state)
{
	struct tr_random random;
	uint64_t power = 1;

	(void)state;
	for (int i = 0; i < 20; i++, power *= 10) {
		check_unsigned(power - 1);
		check_unsigned(power);
		check_unsigned(power + 1);
		check_signed(-(int64_t)power);
	}
	check_unsigned(UINT64_MAX);
	check_signed(INT64_MAX);
	check_signed(INT64_MIN);
	check_signed(0);
	tr_random_seed(&random, 1);
	for (int i = 0; i < DRAWN; i++) {
		const uint64_t value = tr_random_next(&random) >> i % 64;

		check_unsigned(value);
		check_signed((int64_t)value);
		check_signed(-(int64_t)(value >> 1));
	}
}

static void
fixed_decimals(void **state)
{
	static const struct {
		int64_t value;
		unsigned decimals;
		const char *text;
	} cases[] = {
		{ 0, 1, "0.0" },
		{ 0, 9, "0.000000000" },
		{ 1234, 3, "1.234" },
		{ 5, 3, "0.005" },
		{ 1000000000, 3, "1000000.000" },
		{ -5, 3, "-0.005" },
		{ -1234, 3, "-1.234" },
		{ 1795426394123456789, 9, "1795426394.123456789" },
		{ INT64_MAX, 18, "9.223372036854775807" },
		{ INT64_MIN, 18, "-9.223372036854775808" },
		{ INT64_MIN, 1, "-922337203685477580.8" },
		{ INT64_MAX, 9, "9223372036.854775807" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(ROOM);
		tr_write_fixed(&writer, cases[i].value, cases[i].decimals);
		assert_string_equal(written(), cases[i].text);
	}
	begin(ROOM);
	tr_write_fixed(&writer, 1, 0);
	assert_int_equal(tr_written(&writer), TR_ENOMEM);
	begin(ROOM);
	tr_write_fixed(&writer, 1, TR_DECIMALS_MAX + 1);
	assert_int_equal(tr_written(&writer), TR_ENOMEM);
}

static void
check_address(const struct tr_address *address)
{
	char expected[TR_ADDRESS_TEXT_MAX];

	begin(ROOM);
	tr_write_address(&writer, address);
	assert_string_equal(written(), tr_address_text(address, expected,
	    sizeof(expected)));
}

/* Zeros and small words in every place: where "::" stands is the hard part. */
static void
addresses_are_as_ever(void **state)
{
	struct tr_random random;
	uint8_t bytes[16];

	(void)state;
	tr_random_seed(&random, 2);
	for (int i = 0; i < DRAWN; i++) {
		const uint64_t draw = tr_random_next(&random);
		const uint64_t shape = tr_random_next(&random);
		struct tr_address address;

		memcpy(bytes, &draw, 4);
		address = tr_address_v4(bytes);
		check_address(&address);
		for (int word = 0; word < 8; word++) {
			const unsigned kind = shape >> 2 * word & 3;

			bytes[2 * word] = kind < 3 ? 0 :
			    (uint8_t)(draw >> 8 * word);
			bytes[2 * word + 1] = kind < 2 ? 0 :
			    (uint8_t)(shape >> (32 + word * 3));
		}
		address = tr_address_v6(bytes);
		check_address(&address);
	}
	for (unsigned octet = 0; octet < 256; octet++) {
		const struct tr_address address = { .family = 4,
		    .bytes = { (uint8_t)octet, 0, 255, (uint8_t)octet } };

		check_address(&address);
	}
}

static void
addresses_by_name(void **state)
{
	static const char *const names[] = {
		"::", "::1", "1::", "::ffff:192.0.2.1", "::192.0.2.1",
		"::ffff:0:1", "::1:c000:0201", "2001:db8::1",
		"2001:db8:0:1::", "1:0:0:2:0:0:0:3", "1:0:0:2:3:0:0:4",
		"0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0", "fe80::1:0:0:1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::c000:201",
	};
	const struct tr_address none = { .family = 0 };

	(void)state;
	check_address(&none);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct tr_address address = address_of(names[i]);

		check_address(&address);
	}
}

static void
addresses_of_v4_in_v6(void **state)
{
	static const struct {
		const char *address;
		const char *text;
	} cases[] = {
		{ "192.0.2.1", "::ffff:192.0.2.1" },
		{ "255.255.255.255", "::ffff:255.255.255.255" },
		{ "2001:db8::1", "2001:db8::1" },
	};
	const struct tr_address none = { .family = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tr_address address =
		    address_of(cases[i].address);

		begin(ROOM);
		tr_write_address_as_v6(&writer, &address);
		assert_string_equal(written(), cases[i].text);
	}
	begin(ROOM);
	tr_write_address_as_v6(&writer, &none);
	assert_string_equal(written(), "::");
}

/* Whatever comes first that has no room, and nothing after it. */
static void
too_small(void **state)
{
	const struct tr_address address = address_of("2001:db8::1");
	static const char whole[] = "ab-1.5042-72001:db8::1::ffff:192.0.2.1cd";
	const struct tr_address v4 = address_of("192.0.2.1");

	(void)state;
	for (size_t size = 0; size <= strlen(whole); size++) {
		begin(size);
		tr_write_literal(&writer, "ab");
		tr_write_fixed(&writer, -1504, 3);
		tr_write_unsigned(&writer, 2);
		tr_write_signed(&writer, -7);
		tr_write_address(&writer, &address);
		tr_write_address_as_v6(&writer, &v4);
		tr_write_string(&writer, "cd");
		tr_write_literal(&writer, "");
		assert_true(writer.used <= size);
		for (size_t i = size; i < ROOM; i++)
			assert_int_equal(text[i], '#');
		if (size < strlen(whole))
			assert_int_equal(tr_written(&writer), TR_ENOMEM);
		else
			assert_string_equal(written(), whole);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_printfs),
		cmocka_unit_test(fixed_decimals),
		cmocka_unit_test(addresses_are_as_ever),
		cmocka_unit_test(addresses_by_name),
		cmocka_unit_test(addresses_of_v4_in_v6),
		cmocka_unit_test(too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
