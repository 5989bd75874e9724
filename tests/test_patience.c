/*
 * How long names are awaited, in virtual time: what a user is promised is that
 * a trace takes a second longer at most.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/time.h"
#include "enrich/patience.h"

#define MS TR_MILLISECOND
#define WAIT (1000 * MS)

static void
test_nothing_asked(void **state)
{
	struct tr_patience patience;

	(void)state;
	tr_patience_init(&patience, WAIT);
	assert_int_equal(tr_patience_line(&patience, 50 * MS), 1050 * MS);
}

/* Its lines stop waiting together, and the end does not wait again. */
static void
test_a_dead_name_server(void **state)
{
	struct tr_patience patience;

	(void)state;
	tr_patience_init(&patience, WAIT);
	tr_patience_asked(&patience, 10 * MS);
	tr_patience_asked(&patience, 400 * MS);
	assert_int_equal(tr_patience_line(&patience, 20 * MS), 1010 * MS);
	assert_int_equal(tr_patience_line(&patience, 900 * MS), 1010 * MS);
	/* Lines after that do not wait at all. */
	assert_true(tr_patience_line(&patience, 5000 * MS) <= 5000 * MS);
	assert_true(tr_patience_end(&patience, 5000 * MS) <= 5000 * MS);
}

static void
test_a_name_server_that_answers(void **state)
{
	struct tr_patience patience;

	(void)state;
	tr_patience_init(&patience, WAIT);
	tr_patience_asked(&patience, 10 * MS);
	tr_patience_answered(&patience);
	assert_int_equal(tr_patience_line(&patience, 20 * MS), 1020 * MS);
	assert_int_equal(tr_patience_line(&patience, 5000 * MS), 6000 * MS);
	assert_int_equal(tr_patience_end(&patience, 5500 * MS), 6500 * MS);
	/* Asked again, it is the same end that is waited at. */
	assert_int_equal(tr_patience_end(&patience, 6000 * MS), 6500 * MS);
}

/* It answers after all: what comes then is waited for again. */
static void
test_a_late_start(void **state)
{
	struct tr_patience patience;

	(void)state;
	tr_patience_init(&patience, WAIT);
	tr_patience_asked(&patience, 0);
	assert_true(tr_patience_line(&patience, 3000 * MS) <= 3000 * MS);
	tr_patience_answered(&patience);
	assert_int_equal(tr_patience_line(&patience, 3000 * MS), 4000 * MS);
}

/* Several runs of one command wait a second in all, not each. */
static void
test_runs_share_the_time(void **state)
{
	struct tr_patience patience;

	(void)state;
	tr_patience_init(&patience, WAIT);
	tr_patience_asked(&patience, 0);
	tr_patience_answered(&patience);
	assert_int_equal(tr_patience_end(&patience, 2000 * MS), 3000 * MS);
	tr_patience_resume(&patience, 2600 * MS);
	assert_int_equal(tr_patience_end(&patience, 5000 * MS), 5400 * MS);
	tr_patience_resume(&patience, 5400 * MS);
	assert_int_equal(tr_patience_end(&patience, 9000 * MS), 9000 * MS);
	/* More than there was cannot be used up. */
	tr_patience_resume(&patience, 99000 * MS);
	assert_int_equal(tr_patience_end(&patience, 100000 * MS),
	    100000 * MS);
	/* Nothing was being waited at. */
	tr_patience_resume(&patience, 100000 * MS);
	tr_patience_resume(&patience, 100100 * MS);
	assert_int_equal(tr_patience_end(&patience, 100200 * MS),
	    100200 * MS);
}

static void
test_no_wait_at_all(void **state)
{
	struct tr_patience patience;

	(void)state;
	tr_patience_init(&patience, 0);
	tr_patience_asked(&patience, 10 * MS);
	assert_true(tr_patience_line(&patience, 20 * MS) <= 20 * MS);
	assert_true(tr_patience_end(&patience, 20 * MS) <= 20 * MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_asked),
		cmocka_unit_test(test_a_dead_name_server),
		cmocka_unit_test(test_a_name_server_that_answers),
		cmocka_unit_test(test_a_late_start),
		cmocka_unit_test(test_runs_share_the_time),
		cmocka_unit_test(test_no_wait_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
