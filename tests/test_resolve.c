/*
 * The forms of a host, and those of which no question is asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"
#include "cli/resolve.h"

static void
test_resolve(void **state)
{
	struct tr_resolved resolved, several[2];
	struct tr_error error;
	char text[TR_ADDRESS_TEXT_MAX];
	size_t written;

	(void)state;
	assert_int_equal(tr_resolve("192.0.2.1", 0, &resolved, &error),
	    TR_OK);
	assert_int_equal(resolved.count, 1);
	assert_string_equal(tr_address_text(&resolved.address, text,
	    sizeof(text)), "192.0.2.1");
	assert_int_equal(resolved.scope_index, 0);
	assert_int_equal(tr_resolve("2001:db8::1", 6, &resolved, &error),
	    TR_OK);
	assert_string_equal(tr_address_text(&resolved.address, text,
	    sizeof(text)), "2001:db8::1");
	assert_int_equal(tr_resolve("fe80::1%lo", 0, &resolved, &error),
	    TR_OK);
	assert_string_equal(resolved.scope, "lo");
	assert_true(resolved.scope_index > 0);
	assert_int_equal(resolved.number, 1);

	/* An address has itself alone, whatever there is room for. */
	assert_int_equal(tr_resolve_all("192.0.2.1", 0, several, 2, &written,
	    &error), TR_OK);
	assert_int_equal(written, 1);
	assert_int_equal(several[0].number, 1);
	assert_int_equal(several[0].count, 1);
	assert_int_equal(tr_resolve_all("192.0.2.1", 6, several, 2, &written,
	    &error), TR_ENOTFOUND);
	assert_int_equal(written, 0);
	assert_int_equal(tr_resolve("192.0.2.1", 6, &resolved, &error),
	    TR_ENOTFOUND);
	assert_non_null(strstr(error.text, "(IPv6 was asked for)"));
	assert_int_equal(tr_resolve("fe80::1%no-such", 0, &resolved, &error),
	    TR_ENOTFOUND);
	assert_string_equal(error.text, "cannot resolve fe80::1%no-such: "
	    "there is no interface no-such");
	/* No query leaves: a label has 63 letters at most. */
	assert_int_equal(tr_resolve("a23456789012345678901234567890123456789"
	    "0123456789012345678901234", 4, &resolved, &error), TR_ENOTFOUND);
	assert_memory_equal(error.text, "cannot resolve a2345", 20);
	assert_non_null(strstr(error.text, "...: "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
