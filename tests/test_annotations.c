/*
 * The table of what is known of addresses, and how it is put in words.
 */
#include "support.h"

#include <stdio.h>

#include "base/error.h"
#include "result/annotations.h"

static void
test_table(void **state)
{
	struct tr_annotations *table = tr_annotations_new();
	const struct tr_address a = address_of("10.0.0.1");
	const struct tr_address b = address_of("2001:db8::1");
	const struct tr_address none = { .family = 0 };
	struct tr_annotation *first, *second;

	(void)state;
	assert_non_null(table);
	assert_null(tr_annotations_find(table, &a));
	assert_null(tr_annotations_find(NULL, &a));
	assert_null(tr_annotations_next(table, NULL));
	assert_null(tr_annotations_next(NULL, NULL));
	assert_null(tr_annotations_at(table, &none));
	first = tr_annotations_at(table, &a);
	second = tr_annotations_at(table, &b);
	assert_non_null(first);
	assert_non_null(second);
	assert_ptr_equal(tr_annotations_at(table, &a), first);
	assert_ptr_equal(tr_annotations_find(table, &b), second);
	assert_int_equal(first->name_lookup, TR_LOOKUP_NOT_ASKED);
	assert_ptr_equal(tr_annotations_next(table, NULL), first);
	assert_ptr_equal(tr_annotations_next(table, first), second);
	assert_null(tr_annotations_next(table, second));
	tr_annotations_free(table);
	tr_annotations_free(NULL);
}

static void
test_table_is_bounded(void **state)
{
	struct tr_annotations *table = tr_annotations_new();
	struct tr_address one = address_of("10.0.0.0");
	struct tr_annotation *kept;

	(void)state;
	assert_non_null(table);
	kept = tr_annotations_at(table, &one);
	for (unsigned i = 1; i < TR_ANNOTATIONS_MAX; i++) {
		one.bytes[2] = (uint8_t)(i >> 8);
		one.bytes[3] = (uint8_t)i;
		assert_non_null(tr_annotations_at(table, &one));
	}
	one.bytes[0] = 11;
	assert_null(tr_annotations_at(table, &one));
	one = address_of("10.0.0.0");
	assert_ptr_equal(tr_annotations_at(table, &one), kept);
	tr_annotations_free(table);
}

static void
test_texts_are_made_safe(void **state)
{
	struct tr_annotation annotation = { .name = "" };
	char longer[2 * TR_NAME_MAX];

	(void)state;
	tr_annotation_set(annotation.name, sizeof(annotation.name),
	    "a\033[31mb\nc\xff.example");
	assert_string_equal(annotation.name, "a?[31mb?c?.example");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	tr_annotation_set(annotation.name, sizeof(annotation.name), longer);
	assert_int_equal(strlen(annotation.name), TR_NAME_MAX - 1);
}

static void
test_a_name_that_is_only_claimed_is_not_shown(void **state)
{
	struct tr_annotation annotation = {
		.name_lookup = TR_LOOKUP_FOUND,
		.name = "core1.example",
	};

	(void)state;
	assert_null(tr_annotation_shown_name(NULL));
	assert_string_equal(tr_annotation_shown_name(&annotation),
	    "core1.example");
	annotation.check_lookup = TR_LOOKUP_FOUND;
	assert_non_null(tr_annotation_shown_name(&annotation));
	annotation.check_lookup = TR_LOOKUP_UNANSWERED;
	assert_null(tr_annotation_shown_name(&annotation));
	annotation.check_lookup = TR_LOOKUP_NONE;
	assert_null(tr_annotation_shown_name(&annotation));
	annotation.check_lookup = TR_LOOKUP_NOT_ASKED;
	annotation.name_lookup = TR_LOOKUP_UNANSWERED;
	assert_null(tr_annotation_shown_name(&annotation));
}

static void
test_origins(void **state)
{
	struct tr_annotation annotation = {
		.origin_lookup = TR_LOOKUP_FOUND,
	};
	char text[TR_ORIGIN_TEXT_MAX];

	(void)state;
	assert_string_equal(tr_annotation_origin_text(NULL, text), "[*]");
	assert_string_equal(tr_annotation_origin_text(&annotation, text),
	    "[*]");
	tr_annotation_add_origin(&annotation, 64501);
	assert_string_equal(tr_annotation_origin_text(&annotation, text),
	    "[AS64501]");
	tr_annotation_add_origin(&annotation, 4294967295);
	tr_annotation_add_origin(&annotation, 64500);
	tr_annotation_add_origin(&annotation, 64501);
	assert_string_equal(tr_annotation_origin_text(&annotation, text),
	    "[AS64500/AS64501/AS4294967295]");
	for (uint32_t asn = 4200000000; asn < 4200000020; asn++)
		tr_annotation_add_origin(&annotation, asn);
	assert_int_equal(annotation.origin_count, TR_ORIGINS_MAX);
	tr_annotation_origin_text(&annotation, text);
	assert_int_equal(text[strlen(text) - 1], ']');
	annotation.origin_lookup = TR_LOOKUP_UNANSWERED;
	assert_string_equal(tr_annotation_origin_text(&annotation, text),
	    "[*]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_is_bounded),
		cmocka_unit_test(test_texts_are_made_safe),
		cmocka_unit_test(test_a_name_that_is_only_claimed_is_not_shown),
		cmocka_unit_test(test_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
