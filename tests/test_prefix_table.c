/*
 * The longest prefix, against a scan of all of them.
 */
#include "support.h"


#include "base/error.h"
#include "base/random.h"
#include "enrich/prefix_table.h"

#define PREFIXES	2000
#define LOOKS		100000

static void
add(struct tr_prefix_table *table, const char *text, uint32_t value)
{
	const struct tr_prefix prefix = prefix_of(text);

	assert_int_equal(tr_prefix_table_add(table, &prefix, value), TR_OK);
}

static int
add_range(struct tr_prefix_table *table, const char *first, const char *last,
    uint32_t value)
{
	const struct tr_address from = address_of(first), to = address_of(last);

	return tr_prefix_table_add_range(table, &from, &to, value);
}

static void
expect(const struct tr_prefix_table *table, const char *text, uint32_t value,
    const char *prefix)
{
	const struct tr_address at = address_of(text);
	struct tr_prefix_match match = { .value = TR_PREFIX_NONE };
	char shown[TR_PREFIX_TEXT_MAX];

	if (value == TR_PREFIX_NONE) {
		assert_false(tr_prefix_table_find(table, &at, &match));
		return;
	}
	assert_true(tr_prefix_table_find(table, &at, &match));
	assert_int_equal(match.value, value);
	assert_string_equal(tr_prefix_text(&match.prefix, shown,
	    sizeof(shown)), prefix);
}

static void
test_nested(void **state)
{
	struct tr_prefix_table *table = tr_prefix_table_new();
	const struct tr_address none = { .family = 0 };
	struct tr_prefix_match match;

	(void)state;
	assert_non_null(table);
	add(table, "10.1.2.0/24", 3);
	add(table, "10.0.0.0/8", 1);
	add(table, "10.1.255.255/32", 4);
	add(table, "10.1.0.0/16", 2);
	add(table, "255.255.255.255/32", 5);
	add(table, "2001:db8::/32", 6);
	add(table, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128", 7);
	assert_int_equal(tr_prefix_table_finish(table, NULL, NULL), TR_OK);
	expect(table, "9.255.255.255", TR_PREFIX_NONE, "");
	expect(table, "10.0.0.0", 1, "10.0.0.0/8");
	expect(table, "10.1.1.255", 2, "10.1.0.0/16");
	expect(table, "10.1.2.0", 3, "10.1.2.0/24");
	expect(table, "10.1.3.0", 2, "10.1.0.0/16");
	expect(table, "10.1.255.255", 4, "10.1.255.255/32");
	expect(table, "10.2.0.0", 1, "10.0.0.0/8");
	expect(table, "11.0.0.0", TR_PREFIX_NONE, "");
	expect(table, "255.255.255.254", TR_PREFIX_NONE, "");
	expect(table, "255.255.255.255", 5, "255.255.255.255/32");
	expect(table, "2001:db7:ffff::", TR_PREFIX_NONE, "");
	expect(table, "2001:db8::", 6, "2001:db8::/32");
	expect(table, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 7,
	    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128");
	expect(table, "2001:db9::", TR_PREFIX_NONE, "");
	assert_false(tr_prefix_table_find(table, &none, &match));
	tr_prefix_table_free(table);
	tr_prefix_table_free(NULL);
}

static void
test_all_of_it(void **state)
{
	struct tr_prefix_table *table = tr_prefix_table_new();

	(void)state;
	expect(table, "10.0.0.1", TR_PREFIX_NONE, "");
	expect(table, "::1", TR_PREFIX_NONE, "");
	add(table, "0.0.0.0/0", 1);
	add(table, "::/0", 2);
	assert_int_equal(tr_prefix_table_finish(table, NULL, NULL), TR_OK);
	expect(table, "0.0.0.0", 1, "0.0.0.0/0");
	expect(table, "255.255.255.255", 1, "0.0.0.0/0");
	expect(table, "::", 2, "::/0");
	expect(table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 2, "::/0");
	tr_prefix_table_free(table);
}

static void
test_ranges(void **state)
{
	struct tr_prefix_table *table = tr_prefix_table_new();
	struct tr_prefix_match match;
	struct tr_address at = address_of("10.0.0.5");

	(void)state;
	assert_int_equal(add_range(table, "10.0.0.1", "10.0.0.6", 1), TR_OK);
	assert_int_equal(add_range(table, "10.0.1.0", "10.0.1.255", 2),
	    TR_OK);
	assert_int_equal(add_range(table, "2001:db8::1", "2001:db8:1::",
	    3), TR_OK);
	/* They cross: the later wins. */
	assert_int_equal(add_range(table, "20.0.0.0", "20.0.0.9", 4), TR_OK);
	assert_int_equal(add_range(table, "20.0.0.5", "20.0.0.12", 5),
	    TR_OK);
	assert_int_equal(add_range(table, "255.255.255.254",
	    "255.255.255.255", 6), TR_OK);
	assert_int_equal(add_range(table, "10.0.0.2", "10.0.0.1", 9),
	    TR_ERANGE);
	assert_int_equal(add_range(table, "10.0.0.2", "::1", 9), TR_ERANGE);
	assert_int_equal(tr_prefix_table_finish(table, NULL, NULL), TR_OK);
	expect(table, "10.0.0.0", TR_PREFIX_NONE, "");
	expect(table, "10.0.0.1", 1, "10.0.0.1/32");
	expect(table, "10.0.0.3", 1, "10.0.0.2/31");
	expect(table, "10.0.0.4", 1, "10.0.0.4/31");
	expect(table, "10.0.0.6", 1, "10.0.0.6/32");
	expect(table, "10.0.0.7", TR_PREFIX_NONE, "");
	assert_true(tr_prefix_table_find(table, &at, &match));
	assert_true(match.ranged);
	at = address_of("10.0.1.7");
	assert_true(tr_prefix_table_find(table, &at, &match));
	assert_false(match.ranged);
	expect(table, "10.0.1.7", 2, "10.0.1.0/24");
	expect(table, "2001:db8:0:8000::", 3, "2001:db8:0:8000::/49");
	expect(table, "2001:db8:1::", 3, "2001:db8:1::/128");
	expect(table, "20.0.0.4", 4, "20.0.0.4/32");
	expect(table, "20.0.0.5", 5, "20.0.0.5/32");
	expect(table, "20.0.0.9", 5, "20.0.0.8/30");
	expect(table, "20.0.0.12", 5, "20.0.0.12/32");
	expect(table, "20.0.0.13", TR_PREFIX_NONE, "");
	expect(table, "255.255.255.255", 6, "255.255.255.254/31");
	tr_prefix_table_free(table);
}

static uint32_t
either(void *context, uint32_t one, uint32_t other)
{
	(*(int *)context)++;
	return other == 1000 ? TR_PREFIX_NONE : one | other;
}

static void
test_equal_ones(void **state)
{
	struct tr_prefix_table *table = tr_prefix_table_new();
	int joined = 0;

	(void)state;
	for (uint32_t value = 8; value > 0; value /= 2)
		add(table, "10.0.0.0/8", value);
	add(table, "10.0.0.0/9", 7);
	add(table, "10.0.0.0/9", 7);
	assert_int_equal(add_range(table, "11.0.0.0", "11.0.0.2", 1), TR_OK);
	assert_int_equal(add_range(table, "11.0.0.0", "11.0.0.2", 2), TR_OK);
	assert_int_equal(tr_prefix_table_finish(table, either, &joined), TR_OK);
	expect(table, "10.128.0.0", 15, "10.0.0.0/8");
	expect(table, "10.0.0.0", 7, "10.0.0.0/9");
	expect(table, "11.0.0.1", 3, "11.0.0.0/31");
	assert_int_equal(joined, 4);
	tr_prefix_table_free(table);

	table = tr_prefix_table_new();
	add(table, "10.0.0.0/8", 8);
	add(table, "10.0.0.0/8", 3);
	assert_int_equal(tr_prefix_table_finish(table, NULL, NULL), TR_OK);
	expect(table, "10.1.1.1", 3, "10.0.0.0/8");
	tr_prefix_table_free(table);

	table = tr_prefix_table_new();
	add(table, "10.0.0.0/8", 8);
	add(table, "10.0.0.0/8", 1000);
	assert_int_equal(tr_prefix_table_finish(table, either, &joined),
	    TR_ENOMEM);
	tr_prefix_table_free(table);
}

/* --- against a scan ----------------------------------------------------- */

/* Few bits are drawn, so that many lie in each other and meet at the ends. */
static struct tr_address
draw(struct tr_random *random, uint8_t family)
{
	struct tr_address drawn = { .family = family };
	static const uint8_t often[] = { 0, 0, 0xff, 0xff, 1, 0x80 };

	for (size_t i = 0; i < tr_address_size(&drawn); i++)
		drawn.bytes[i] = tr_random_below(random, 4) == 0 ?
		    (uint8_t)tr_random_next(random) :
		    often[tr_random_below(random, sizeof(often))];
	return drawn;
}

static const struct tr_prefix *
scan(const struct tr_prefix *prefixes, size_t count,
    const struct tr_address *at)
{
	const struct tr_prefix *found = NULL;

	for (size_t i = 0; i < count; i++)
		if ((found == NULL || prefixes[i].length > found->length) &&
		    tr_prefix_contains(&prefixes[i], at))
			found = &prefixes[i];
	return found;
}

static void
test_against_a_scan(void **state)
{
	static struct tr_prefix prefixes[PREFIXES];
	struct tr_prefix_table *table = tr_prefix_table_new();
	struct tr_random random;
	uint32_t hits = 0;

	(void)state;
	tr_random_seed(&random, 20261128);
	for (uint32_t i = 0; i < PREFIXES; i++) {
		const uint8_t family = i % 2 == 0 ? 4 : 6;
		const struct tr_address drawn = draw(&random, family);

		prefixes[i] = tr_prefix_of(&drawn, 9 +
		    tr_random_below(&random, family == 4 ? 24 : 120));
		assert_int_equal(tr_prefix_table_add(table, &prefixes[i], i),
		    TR_OK);
	}
	assert_int_equal(tr_prefix_table_finish(table, NULL, NULL), TR_OK);
	for (uint32_t i = 0; i < LOOKS; i++) {
		const struct tr_address at = draw(&random,
		    i % 2 == 0 ? 4 : 6);
		const struct tr_prefix *truth = scan(prefixes, PREFIXES, &at);
		struct tr_prefix_match match;
		const bool found = tr_prefix_table_find(table, &at, &match);

		if (found != (truth != NULL) || (found &&
		    (tr_prefix_compare(&match.prefix, truth) != 0 ||
		    tr_prefix_compare(&prefixes[match.value], truth) != 0)))
			fail_msg("address %u of the seed differs", i);
		hits += found;
	}
	/* Neither nothing nor everything is found. */
	assert_in_range(hits, LOOKS / 10, LOOKS * 99 / 100);
	tr_prefix_table_free(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_all_of_it),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_equal_ones),
		cmocka_unit_test(test_against_a_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
