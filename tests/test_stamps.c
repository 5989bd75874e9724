#include "support.h"

#include "base/random.h"
#include "base/time.h"
#include "io/stamps.h"

#define HOUR		(3600 * TR_SECOND)
#define OFFSET		INT64_C(1790000000123456789)
#define START		INT64_C(5000000000000)
#define PATIENCE	(2 * TR_SECOND)

/* Both clocks read at now, in so many ns; the wall clock in the middle. */
static struct tr_clock_reading
reading_at(int64_t now, int64_t offset, int64_t took)
{
	struct tr_clock_reading reading = { now, now + took / 2 + offset,
	    now + took };

	return reading;
}

static struct tr_stamps
started(void)
{
	const struct tr_clock_reading reading = reading_at(START, OFFSET, 60);
	struct tr_stamps stamps;

	tr_stamps_start(&stamps, &reading);
	return stamps;
}

static void
turn(struct tr_stamps *stamps, int64_t now, int64_t offset, int64_t took)
{
	const struct tr_clock_reading reading = reading_at(now, offset, took);

	tr_stamps_turn(stamps, &reading);
}

static void
assert_near(int64_t expected, int64_t seen, int64_t by)
{
	if (seen < expected - by || seen > expected + by)
		fail_msg("%ld is not %ld, by %ld", seen, expected,
		    seen - expected);
}

static void
a_stamp_is_told_to_the_reading(void **state)
{
	const struct tr_stamps stamps = started();
	const int64_t came = START + 123456;

	(void)state;
	assert_near(came, tr_stamps_monotonic(&stamps, came + OFFSET,
	    START + TR_MILLISECOND, PATIENCE), 30);
}

/* Readings between which something else ran do not spoil it. */
static void
slow_readings_do_no_harm(void **state)
{
	struct tr_stamps stamps = started();
	struct tr_random random;
	int64_t now = START;

	(void)state;
	tr_random_seed(&random, 1);
	for (int i = 0; i < 100000; i++) {
		const int64_t came = now + 1000;
		struct tr_clock_reading reading;
		int64_t took;

		now += 200 * TR_MICROSECOND;
		took = 40 + (int64_t)tr_random_below(&random, i % 10 == 0 ?
		    5000000 : 100);
		/* The wall clock is read anywhere in it. */
		reading.before = now;
		reading.wall = now + OFFSET +
		    (int64_t)tr_random_below(&random, (uint32_t)took + 1);
		reading.after = now + took;
		tr_stamps_turn(&stamps, &reading);
		now += took;
		assert_near(came, tr_stamps_monotonic(&stamps, came + OFFSET,
		    now, PATIENCE), 60);
	}
	assert_int_equal(stamps.times_set, 0);
}

/* By an hour, either way: right on both sides of it. */
static void
the_clock_is_set(void **state)
{
	static const int64_t steps[] = { HOUR, -HOUR, 30 * TR_SECOND,
	    -30 * TR_SECOND, 50 * TR_MILLISECOND, -50 * TR_MILLISECOND };

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const int64_t step = steps[i];
		struct tr_stamps stamps = started();
		const int64_t before = START + 8 * TR_MILLISECOND;
		const int64_t after = START + 9 * TR_MILLISECOND;
		const int64_t now = START + 10 * TR_MILLISECOND;

		turn(&stamps, START + 7 * TR_MILLISECOND, OFFSET, 60);
		turn(&stamps, now, OFFSET + step, 60);
		assert_int_equal(stamps.times_set, 1);
		assert_near(before, tr_stamps_monotonic(&stamps,
		    before + OFFSET, now, PATIENCE), 60);
		assert_near(after, tr_stamps_monotonic(&stamps,
		    after + OFFSET + step, now, PATIENCE), 60);
		/* One that waited for long, and one that comes much later. */
		assert_near(START - TR_SECOND, tr_stamps_monotonic(&stamps,
		    START - TR_SECOND + OFFSET, now, PATIENCE), 60);
		turn(&stamps, now + HOUR, OFFSET + step, 60);
		assert_near(now + HOUR - 5, tr_stamps_monotonic(&stamps,
		    now + HOUR - 5 + OFFSET + step, now + HOUR, PATIENCE),
		    60);
	}
}

/* Set twice, or read before it was noticed that it was set: it is now. */
static void
what_cannot_be_is_now(void **state)
{
	struct tr_stamps stamps = started();
	const int64_t now = START + 10 * TR_MILLISECOND;

	(void)state;
	assert_int_equal(tr_stamps_monotonic(&stamps, now + OFFSET + HOUR, now,
	    PATIENCE), now);
	assert_int_equal(tr_stamps_monotonic(&stamps, now + OFFSET - HOUR, now,
	    PATIENCE), now);
	assert_int_equal(tr_stamps_monotonic(&stamps, now + OFFSET + 100, now,
	    PATIENCE), now);
	assert_int_equal(tr_stamps_monotonic(&stamps, 0, now, PATIENCE), now);
	turn(&stamps, START + 1000, OFFSET + HOUR, 60);
	turn(&stamps, START + 2000, OFFSET - HOUR, 60);
	assert_int_equal(stamps.times_set, 2);
	assert_int_equal(tr_stamps_monotonic(&stamps, START + 500 + OFFSET,
	    now, PATIENCE), now);
}

/* Whatever the stamp: from patience before now, until now. */
static void
it_is_always_in_its_bounds(void **state)
{
	struct tr_stamps stamps = started();
	struct tr_random random;
	int64_t now = START, offset = OFFSET;

	(void)state;
	tr_random_seed(&random, 2);
	for (int i = 0; i < 200000; i++) {
		const int64_t around = (int64_t)(tr_random_next(&random) %
		    (uint64_t)(4 * HOUR)) - 2 * HOUR;
		int64_t seen;

		now += tr_random_below(&random, 3000000);
		if (i % 100 == 0)
			offset += around;
		turn(&stamps, now, offset, 60);
		now += 60;
		seen = tr_stamps_monotonic(&stamps, i % 3 == 0 ?
		    now + offset + around / 1000000 : now + offset + around,
		    now, PATIENCE);
		assert_true(seen <= now && seen >= now - PATIENCE);
	}
}

static void
what_is_sent_at_once_is_spread(void **state)
{
	int64_t times[64];

	(void)state;
	tr_stamps_spread(1000, 1000 + 64 * 1300, 64, times);
	for (int i = 0; i < 64; i++)
		assert_int_equal(times[i], 1000 + i * 1300);
	tr_stamps_spread(7, 17, 3, times);
	assert_int_equal(times[0], 7);
	assert_int_equal(times[1], 10);
	assert_int_equal(times[2], 13);
	tr_stamps_spread(7, 7, 2, times);
	assert_int_equal(times[1], 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stamp_is_told_to_the_reading),
		cmocka_unit_test(slow_readings_do_no_harm),
		cmocka_unit_test(the_clock_is_set),
		cmocka_unit_test(what_cannot_be_is_now),
		cmocka_unit_test(it_is_always_in_its_bounds),
		cmocka_unit_test(what_is_sent_at_once_is_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
