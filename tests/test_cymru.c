/*
 * Team Cymru's mapping over DNS: what is asked, and what is made of texts that
 * anybody may have sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "enrich/cymru.h"

static struct tr_annotation
about(const char *text)
{
	struct tr_annotation annotation = { .origin_count = 0 };

	assert_int_equal(tr_address_parse(text, &annotation.address), TR_OK);
	return annotation;
}

static void
test_questions(void **state)
{
	char name[TR_CYMRU_NAME_MAX];
	struct tr_annotation annotation = about("192.0.2.1");

	(void)state;
	assert_string_equal(tr_cymru_origin_name(&annotation.address, name),
	    "1.2.0.192.origin.asn.cymru.com");
	annotation = about("255.255.255.255");
	assert_string_equal(tr_cymru_origin_name(&annotation.address, name),
	    "255.255.255.255.origin.asn.cymru.com");
	annotation = about("2001:db8::abcd");
	assert_string_equal(tr_cymru_origin_name(&annotation.address, name),
	    "d.c.b.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	    ".origin6.asn.cymru.com");
	assert_string_equal(tr_cymru_holder_name(4294967295, name),
	    "AS4294967295.asn.cymru.com");
}

struct origin_row {
	const char *text;
	const char *origins;	/* NULL: it is refused */
	const char *prefix;
	unsigned length;
};

static const struct origin_row origin_rows[] = {
	{ "64500 | 192.0.2.0/24 | US | arin | 2000-01-01", "[AS64500]",
	    "192.0.2.0", 24 },
	{ "64501 64500 | 192.0.2.0/24 | US | arin |", "[AS64500/AS64501]",
	    "192.0.2.0", 24 },
	{ "64500|192.0.2.0/24", "[AS64500]", "192.0.2.0", 24 },
	{ "4294967295 | 0.0.0.0/0 | | |", "[AS4294967295]", "0.0.0.0", 0 },
	{ "64500 | 192.0.2.1/32 | US", "[AS64500]", "192.0.2.1", 32 },
	/* Of a prefix in which the address is not. */
	{ "64500 | 192.0.3.0/24 | US | arin | 2000-01-01", NULL, NULL, 0 },
	{ "64500 | 192.0.2.2/31 | US", NULL, NULL, 0 },
	{ "64500 | 2001:db8::/32 | US", NULL, NULL, 0 },
	/* Not understood. */
	{ "", NULL, NULL, 0 },
	{ " | 192.0.2.0/24", NULL, NULL, 0 },
	{ "AS64500 | 192.0.2.0/24", NULL, NULL, 0 },
	{ "4294967296 | 192.0.2.0/24", NULL, NULL, 0 },
	{ "64500 | 192.0.2.0/33", NULL, NULL, 0 },
	{ "64500 | 192.0.2.0/", NULL, NULL, 0 },
	{ "64500 | 192.0.2.0", NULL, NULL, 0 },
	{ "64500 | /24", NULL, NULL, 0 },
	{ "64500", NULL, NULL, 0 },
	{ "64500 |", NULL, NULL, 0 },
	{ "64500 | 111111111111111111111111111111111111111111111111111/24",
	    NULL, NULL, 0 },
	{ "\033[2J | 192.0.2.0/24", NULL, NULL, 0 },
};

static void
test_origin_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(origin_rows) / sizeof(origin_rows[0]);
	    i++) {
		const struct origin_row *row = &origin_rows[i];
		struct tr_annotation annotation = about("192.0.2.1");
		char origins[TR_ORIGIN_TEXT_MAX];
		char prefix[TR_ADDRESS_TEXT_MAX];
		const int status = tr_cymru_take_origin(row->text,
		    &annotation);

		if (row->origins == NULL) {
			if (status != TR_EFORMAT)
				fail_msg("\"%s\" is taken", row->text);
			assert_int_equal(annotation.origin_count, 0);
			assert_false(tr_prefix_is_set(&annotation.prefix));
			continue;
		}
		if (status != TR_OK)
			fail_msg("\"%s\" is refused", row->text);
		annotation.origin_lookup = TR_LOOKUP_FOUND;
		assert_string_equal(tr_annotation_origin_text(&annotation,
		    origins), row->origins);
		assert_string_equal(tr_address_text(
		    &annotation.prefix.address, prefix, sizeof(prefix)),
		    row->prefix);
		assert_int_equal(annotation.prefix.length, row->length);
	}
}

/* Several records come for nested prefixes, in any order. */
static void
test_the_longest_prefix_counts(void **state)
{
	static const char *const texts[] = {
		"64500 | 192.0.0.0/16 | US",
		"64501 | 192.0.2.0/24 | US",
		"64502 | 192.0.2.0/24 | DE",
		"64503 | 192.0.2.0/23 | DE",
	};

	(void)state;
	for (size_t first = 0; first < 4; first++) {
		struct tr_annotation annotation = about("192.0.2.1");

		for (size_t i = 0; i < 4; i++)
			assert_int_equal(tr_cymru_take_origin(
			    texts[(first + i) % 4], &annotation), TR_OK);
		assert_int_equal(annotation.prefix.length, 24);
		assert_int_equal(annotation.origin_count, 2);
		assert_int_equal(annotation.origins[0], 64501);
		assert_int_equal(annotation.origins[1], 64502);
	}
}

static void
test_holders(void **state)
{
	char holder[TR_ANNOTATION_TEXT_MAX] = "untouched";

	(void)state;
	assert_int_equal(tr_cymru_take_holder(
	    "64500 | US | arin | 2000-01-01 | EXAMPLE-AS, US", 64500, holder),
	    TR_OK);
	assert_string_equal(holder, "EXAMPLE-AS, US");
	assert_int_equal(tr_cymru_take_holder("64500|||| a|\033[1mb", 64500,
	    holder), TR_OK);
	assert_string_equal(holder, "a|?[1mb");
	assert_int_equal(tr_cymru_take_holder(
	    "64501 | US | arin | 2000-01-01 | OTHER", 64500, holder),
	    TR_EFORMAT);
	assert_int_equal(tr_cymru_take_holder("64500 | US | arin", 64500,
	    holder), TR_EFORMAT);
	assert_int_equal(tr_cymru_take_holder("", 64500, holder), TR_EFORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_origin_texts),
		cmocka_unit_test(test_the_longest_prefix_counts),
		cmocka_unit_test(test_holders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
