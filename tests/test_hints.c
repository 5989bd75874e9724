/*
 * Hints: what was meant, how far words are from each other, and quoting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cli/hints.h"

static void
test_hints(void **state)
{
	char hint[TR_HINT_MAX];
	char quote[TR_QUOTE_MAX];
	char text[200];

	(void)state;
	assert_true(tr_hint_flag("-w", hint));
	assert_string_equal(hint, "-w is the wait in seconds; to save a "
	    "capture use --write FILE");
	assert_false(tr_hint_flag("-k", hint));
	assert_string_equal(hint, "");

	assert_int_equal(tr_hint_distance("json", "json"), 0);
	assert_int_equal(tr_hint_distance("jsno", "json"), 1);
	assert_int_equal(tr_hint_distance("", "abc"), 3);
	assert_int_equal(tr_hint_distance("kitten", "sitting"), 3);
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_true(tr_hint_distance(text, "json") == SIZE_MAX);
	assert_true(tr_hint_distance("json", text) == SIZE_MAX);

	assert_string_equal(tr_quote("a\nb\x9b\x7f", quote), "a?b??");
	assert_string_equal(tr_quote("z\xc3\xbcrich", quote),
	    "z\xc3\xbcrich");
	assert_int_equal(strlen(tr_quote(text, quote)), TR_QUOTE_MAX - 1);
	assert_string_equal(quote + TR_QUOTE_MAX - 4, "...");
	text[TR_QUOTE_MAX - 1] = '\0';
	assert_string_equal(tr_quote(text, quote), text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
