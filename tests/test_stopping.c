/*
 * The stopping rule: numbers and chances that others have computed too.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "strategy/stopping.h"

static struct tr_stopping stopping;

static void
is_of_the_exact_chain(void **state)
{
	/* multipath detection at 5 % and 1 % a vertex, of the exact chain */
	static const uint32_t five[] = { 6, 11, 16, 21, 27, 33, 39, 45, 51,
	    57, 63, 70, 76, 83, 90, 96 };
	static const uint32_t one[] = { 8, 15, 21, 28, 36, 43, 51, 58, 66,
	    74, 82, 90, 98, 106, 115, 123 };

	(void)state;
	tr_stopping_begin(&stopping, 0.05);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(five[i], tr_stopping_flows(&stopping,
		    i + 1));
	tr_stopping_begin(&stopping, 0.01);
	for (unsigned i = 16; i-- > 0;)
		assert_int_equal(one[i], tr_stopping_flows(&stopping,
		    i + 1));
	assert_int_equal(8, tr_stopping_flows(&stopping, 0));
}

static void
assert_near(double expected, double seen, double within)
{
	if (!(fabs(expected - seen) <= within))
		fail_msg("expected %g, saw %g", expected, seen);
}

static void
misses_as_often_as_it_should(void **state)
{
	(void)state;
	tr_stopping_begin(&stopping, 0.05);
	assert_near(0.031250, tr_stopping_failure(&stopping, 2), 1e-9);
	assert_near(0.037714, tr_stopping_failure(&stopping, 3), 1e-6);
	assert_near(0.042393, tr_stopping_failure(&stopping, 4), 1e-6);
	assert_near(0.047603, tr_stopping_failure(&stopping, 5), 1e-6);
	assert_near(0.044982, tr_stopping_failure(&stopping, 6), 1e-6);
	assert_near(0.044124, tr_stopping_failure(&stopping, 8), 1e-6);
	assert_near(0.046298, tr_stopping_failure(&stopping, 10), 1e-6);
	assert_near(0.047538, tr_stopping_failure(&stopping, 16), 1e-6);
	tr_stopping_begin(&stopping, 0.01);
	assert_near(0.007812, tr_stopping_failure(&stopping, 2), 1e-6);
	assert_near(0.007255, tr_stopping_failure(&stopping, 3), 1e-6);
	assert_near(0.009687, tr_stopping_failure(&stopping, 4), 1e-6);
	assert_near(0, tr_stopping_failure(&stopping, 1), 0);
}

/* Whatever the bound: kept, by the least numbers that keep it. */
static void
keeps_any_bound(void **state)
{
	static const double bounds[] = { 0.5, 0.2, 0.05, 0.013, 1e-3, 1e-6 };

	(void)state;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		tr_stopping_begin(&stopping, bounds[i]);
		for (unsigned ways = 2; ways <= 100; ways++) {
			/* D-Miner's closed form keeps small ones. */
			const double enough = ceil(log(bounds[i] / ways) /
			    log((ways - 1.0) / ways));

			assert_true(tr_stopping_failure(&stopping, ways) <=
			    bounds[i] * (1 + 1e-12));
			assert_true(bounds[i] > 0.05 || tr_stopping_flows(
			    &stopping, ways - 1) <= enough);
			assert_true(tr_stopping_flows(&stopping, ways) >
			    tr_stopping_flows(&stopping, ways - 1));
		}
	}
	assert_true(tr_stopping_flows(&stopping, TR_STOPPING_WAYS_MAX) > 0);
	assert_int_equal(tr_stopping_flows(&stopping, TR_STOPPING_WAYS_MAX),
	    tr_stopping_flows(&stopping, TR_STOPPING_WAYS_MAX + 1));
}

static void
shares_a_bound_among_balancers(void **state)
{
	(void)state;
	assert_near(0.05, tr_stopping_share(0.05, 1), 1e-12);
	assert_near(0.05, tr_stopping_share(0.05, 0), 1e-12);
	for (unsigned count = 1; count < 40; count++)
		assert_near(0.05, 1 - pow(1 - tr_stopping_share(0.05, count),
		    count), 1e-12);
	/* With five that are 8, 15, 21, 28, 36, 43 ... */
	tr_stopping_begin(&stopping, tr_stopping_share(0.05, 5));
	assert_int_equal(8, tr_stopping_flows(&stopping, 1));
	assert_int_equal(43, tr_stopping_flows(&stopping, 6));
}

static void
knows_when_flows_would_have_parted(void **state)
{
	(void)state;
	assert_int_equal(6, tr_stopping_alike_flows(2, 0.05));
	assert_int_equal(8, tr_stopping_alike_flows(2, 0.01));
	assert_int_equal(3, tr_stopping_alike_flows(16, 0.01));
	assert_int_equal(6, tr_stopping_alike_flows(1, 0.05));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_of_the_exact_chain),
		cmocka_unit_test(misses_as_often_as_it_should),
		cmocka_unit_test(keeps_any_bound),
		cmocka_unit_test(shares_a_bound_among_balancers),
		cmocka_unit_test(knows_when_flows_would_have_parted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
