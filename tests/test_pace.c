#include "support.h"

#include "base/error.h"
#include "base/random.h"
#include "base/time.h"
#include "io/pace.h"

#define START	INT64_C(1234567890123)

static struct tr_pace
started(uint64_t rate)
{
	struct tr_pace pace;

	assert_int_equal(tr_pace_start(&pace, rate, START), TR_OK);
	return pace;
}

/*
 * A sender in virtual time, which wakes up late by up to lateness ns and
 * takes cost ns for each probe.  Returns how many left until end.
 */
static uint64_t
sent_until(struct tr_pace *pace, int64_t *now, int64_t end,
    struct tr_random *random, uint32_t lateness, int64_t cost)
{
	uint64_t sent = 0;

	for (;;) {
		uint32_t due;

		*now = tr_time_later(*now, tr_pace_next(pace)) +
		    tr_random_below(random, lateness + 1);
		if (*now >= end)
			return sent;
		due = tr_pace_due(pace, *now);
		assert_int_equal(due, pace->batch);
		tr_pace_sent(pace, due, *now);
		*now += due * cost;
		sent += due;
	}
}

static const uint64_t rates[] = { 100, 137, 1000, 9999, 500000, 1000000,
    3333333, 10000000, 77777777, 100000000, 250000000, 333333333, 999999937,
    1000000000 };
#define RATES	(sizeof(rates) / sizeof(rates[0]))

/* Probes leave on time: n of them in n / rate, to the nanosecond. */
static void
exact_when_on_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		struct tr_pace pace = started(rates[i]);
		uint64_t sent = 0;

		while (sent < 2000000) {
			const int64_t next = tr_pace_next(&pace);
			/* Exact: sent * 1e12 / rate, without overflow. */
			const uint64_t whole = sent / rates[i] *
			    UINT64_C(1000000000000) +
			    sent % rates[i] * UINT64_C(1000000) / rates[i] *
			    UINT64_C(1000000) + sent % rates[i] *
			    UINT64_C(1000000) % rates[i] * UINT64_C(1000000) /
			    rates[i];

			assert_int_equal(next - START, whole);
			assert_int_equal(tr_pace_due(&pace, next - 1), 0);
			assert_int_equal(tr_pace_due(&pace, next),
			    pace.batch);
			tr_pace_sent(&pace, pace.batch, next);
			sent += pace.batch;
		}
		assert_int_equal(pace.forgiven, 0);
	}
}

/* Late by up to 150 us at each turn: within a thousandth of the rate. */
static void
exact_when_late(void **state)
{
	struct tr_random random;

	(void)state;
	tr_random_seed(&random, 1);
	for (size_t i = 0; i < RATES; i++) {
		struct tr_pace pace = started(rates[i]);
		const int64_t period =
		    INT64_C(1000000000000) / (int64_t)rates[i];
		const int64_t span = tr_time_later(20000 * period,
		    2 * TR_SECOND);
		int64_t now = START;
		/* At the highest rates a turn is 64 us. */
		const uint32_t late = rates[i] > 300000000 ? 25000 : 150000;
		const uint64_t sent = sent_until(&pace, &now, START + span,
		    &random, late, 300);
		const double expected = (double)span * (double)rates[i] /
		    1e12;

		assert_true((double)sent > expected * 0.999 - pace.batch);
		assert_true((double)sent < expected * 1.001 + pace.batch);
		assert_int_equal(pace.forgiven, 0);
	}
}

/* How many leave within span ns from now on, if asked all the time. */
static uint32_t
burst_within(struct tr_pace *pace, int64_t now, int64_t span)
{
	uint32_t sent = 0;

	for (int64_t time = now; time < now + span; time += 1000) {
		const uint32_t due = tr_pace_due(pace, time);

		if (due > 0)
			tr_pace_sent(pace, due, time);
		sent += due;
	}
	return sent;
}

/*
 * Behind a stall of 50 ms all is caught up with, at twice the rate at most:
 * in no stretch of one batch's time leave more than two batches and one.
 */
static void
short_stall_is_caught_up(void **state)
{
	static const uint64_t some[] = { 1000000, 10000000, 100000000,
	    250000000, 1000000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		struct tr_pace pace = started(some[i]);
		const int64_t turn = INT64_C(1000000000000) * pace.batch /
		    (int64_t)some[i];
		const uint64_t expected = 1 + some[i] / 1000 / 5;
		int64_t now = START + 50 * TR_MILLISECOND;
		uint64_t sent = 0;

		for (; now < START + 200 * TR_MILLISECOND; now += turn) {
			const uint32_t burst = burst_within(&pace, now, turn);

			assert_true(burst <= 3 * pace.batch);
			sent += burst;
		}
		assert_true(sent + 3 * pace.batch >= expected);
		assert_true(sent <= expected + 3 * pace.batch);
		assert_int_equal(pace.forgiven, 0);
	}
}

/* Of a long stall 100 ms are caught up with, and the rest is forgiven. */
static void
long_stall_is_forgiven(void **state)
{
	struct tr_pace pace = started(100000000);
	const int64_t end = START + 60 * TR_SECOND;
	uint64_t sent = 0;

	(void)state;
	for (int i = 0; i < 10000; i++)
		sent += burst_within(&pace, end + i * 200 *
		    TR_MICROSECOND, 200 * TR_MICROSECOND);
	assert_int_equal(pace.forgiven, 60 * TR_SECOND - TR_PACE_DEBT);
	/* Two seconds, and the debt. */
	assert_in_range(sent, 210000 - 40, 210000 + 40);
}

/* A rate so low that each probe is a while from the next. */
static void
slow_and_late(void **state)
{
	struct tr_pace pace = started(100);

	(void)state;
	assert_int_equal(tr_pace_due(&pace, START), 1);
	tr_pace_sent(&pace, 1, START);
	assert_int_equal(tr_pace_next(&pace), START + 10 * TR_SECOND);
	/* Late by four seconds: the one after it is on time again. */
	tr_pace_sent(&pace, 1, START + 14 * TR_SECOND);
	assert_int_equal(tr_pace_next(&pace), START + 20 * TR_SECOND);
	/* By nine: half of the gap is kept. */
	tr_pace_sent(&pace, 1, START + 29 * TR_SECOND);
	assert_int_equal(tr_pace_next(&pace), START + 34 * TR_SECOND);
	assert_int_equal(pace.forgiven, 0);
	/* By a minute: no two at once. */
	tr_pace_sent(&pace, 1, START + 90 * TR_SECOND);
	assert_int_equal(tr_pace_next(&pace), START + 95 * TR_SECOND);
	assert_int_equal(pace.forgiven, 50 * TR_SECOND);
}

/* What was due and could not leave stays due, and is not counted. */
static void
fewer_than_due(void **state)
{
	struct tr_pace pace = started(100000000);

	(void)state;
	assert_int_equal(pace.batch, 50);
	tr_pace_sent(&pace, 0, START);
	assert_int_equal(tr_pace_due(&pace, START), 50);
	tr_pace_sent(&pace, 5, START);
	assert_int_equal(tr_pace_next(&pace), START + 50 * TR_MICROSECOND);
}

static void
batches(void **state)
{
	static const struct {
		uint64_t rate;
		uint32_t batch;
	} rows[] = {
		{ 100, 1 }, { 2000000, 1 }, { 3999999, 1 }, { 4000000, 2 },
		{ 100000000, 50 }, { 128000000, 64 }, { 250000000, 64 },
		{ 1000000000, 64 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(started(rows[i].rate).batch, rows[i].batch);
}

static void
rates_out_of_range(void **state)
{
	struct tr_pace pace;

	(void)state;
	assert_int_equal(tr_pace_start(&pace, 0, START), TR_ERANGE);
	assert_int_equal(tr_pace_start(&pace, 99, START), TR_ERANGE);
	assert_int_equal(tr_pace_start(&pace, 1000000001, START), TR_ERANGE);
}

/* Who has nothing to send does not fall behind, and has nothing to make up. */
static void
idle_time_is_nobodys_debt(void **state)
{
	struct tr_pace pace;

	(void)state;
	assert_int_equal(tr_pace_start(&pace, 1000 * 1000, 0), TR_OK);
	tr_pace_sent(&pace, 1, 0);
	tr_pace_idle(&pace, TR_PACE_IDLE_DEBT);
	assert_int_equal(tr_pace_next(&pace), TR_MILLISECOND);
	tr_pace_idle(&pace, 10 * TR_SECOND);
	assert_int_equal(pace.next, 10 * TR_SECOND - TR_PACE_IDLE_DEBT);
	assert_int_equal(pace.forgiven, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_when_on_time),
		cmocka_unit_test(exact_when_late),
		cmocka_unit_test(short_stall_is_caught_up),
		cmocka_unit_test(long_stall_is_forgiven),
		cmocka_unit_test(idle_time_is_nobodys_debt),
		cmocka_unit_test(slow_and_late),
		cmocka_unit_test(fewer_than_due),
		cmocka_unit_test(batches),
		cmocka_unit_test(rates_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
