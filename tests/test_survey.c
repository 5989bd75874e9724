/*
 * The walk to one target: forward, every TTL, by Doubletree.
 */
#include <string.h>

#include "support.h"
#include "survey_calls.h"

/* --- the walk ----------------------------------------------------------- */

static void
test_forward(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	assert_int_equal(tr_survey_wake(survey), 0);
	for (uint8_t ttl = 1; ttl <= 3; ttl++) {
		probe = next(ttl);
		nothing();
		/* Probes' times are kept in units of 256 ns. */
		assert_in_range(tr_survey_wake(survey), now + TR_SECOND - 256,
		    now + TR_SECOND);
		now += 5 * MS;
		exceeded(&probe, ttl);
	}
	probe = next(4);
	assert_false(tr_survey_is_over(survey));
	now += 7 * MS;
	arrived(&probe, 1);
	assert_true(tr_survey_is_over(survey));
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[0].distance, 4);
	assert_int_equal(records[0].probes, 4);
	assert_int_equal(records[0].replies, 4);
	assert_int_equal(records[0].hop_count, 4);
	assert_int_equal(records[0].started, 100 * TR_SECOND);
	assert_int_equal(records[0].ended, now);
	for (uint8_t i = 0; i < 3; i++) {
		const struct tr_address expected = router(i + 1);

		assert_int_equal(hops[0][i].ttl, i + 1);
		assert_int_equal(hops[0][i].verdict, TR_VERDICT_TRANSIT);
		assert_in_range(hops[0][i].rtt,
		    5 * MS / TR_SURVEY_RTT_UNIT - 3,
		    5 * MS / TR_SURVEY_RTT_UNIT + 3);
		assert_int_equal(hops[0][i].received,
		    100 * TR_SECOND + (i + 1) * 5 * MS);
		assert_int_equal(hops[0][i].icmp_type, 11);
		assert_int_equal(hops[0][i].quoted_ttl, 1);
		assert_int_equal(hops[0][i].reply_ttl, 60);
		assert_int_equal(hops[0][i].size, 56);
		assert_true(tr_address_equal(&hops[0][i].responder,
		    &expected));
	}
	assert_true(tr_address_equal(&hops[0][3].responder, &probe.dst));
	assert_int_equal(hops[0][3].verdict, TR_VERDICT_ARRIVED);
	assert_int_equal(reply_count, 0);
}

static void
test_silence(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.queries = 2;
	begin(config, 1);
	probe = next(1);
	exceeded(&probe, 1);
	for (uint8_t ttl = 2; ttl <= 4; ttl++) {
		(void)next(ttl);
		time_out();
		(void)next(ttl);
		nothing();
		time_out();
	}
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_GAP);
	assert_int_equal(records[0].distance, 0);
	assert_int_equal(records[0].probes, 7);
	assert_int_equal(records[0].hop_count, 1);
	assert_int_equal(tr_survey_counts(survey)->timeouts, 6);
}

static void
test_silence_is_no_gap_after_an_answer(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	for (uint8_t ttl = 1; ttl <= 9; ttl++) {
		probe = next(ttl);
		if (ttl % 3 == 0)
			exceeded(&probe, ttl);
		else
			time_out();
	}
	assert_int_equal(record_count, 0);
}

static void
test_exhaustive(void **state)
{
	struct tr_survey_config config = plain();

	(void)state;
	config.way = TR_SURVEY_EXHAUSTIVE;
	config.max_ttl = 12;
	begin(config, 1);
	for (uint8_t ttl = 1; ttl <= 12; ttl++) {
		(void)next(ttl);
		time_out();
	}
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_MAX_TTL);
}

static void
test_stopped(void **state)
{
	struct tr_survey_probe probe;
	struct tr_packet packet;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	packet = error_for(&probe, router(1), 3, 13);
	assert_int_equal(receive(&packet), 1);
	assert_int_equal(records[0].reason, TR_SURVEY_STOPPED);
	assert_int_equal(records[0].distance, 1);
	assert_int_equal(hops[0][0].icmp_code, 13);
}

static void
test_loop(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	for (uint8_t ttl = 1; ttl <= 4; ttl++) {
		probe = next(ttl);
		exceeded(&probe, ttl % 2);
	}
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_LOOP);
}

static void
test_one_router_that_answers_twice_is_no_loop(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	for (uint8_t ttl = 1; ttl <= 10; ttl++) {
		probe = next(ttl);
		exceeded(&probe, 1);
	}
	assert_int_equal(record_count, 0);
}

/* --- Doubletree --------------------------------------------------------- */

static struct tr_survey_config
doubletree(void)
{
	struct tr_survey_config config = plain();

	config.way = TR_SURVEY_DOUBLETREE;
	config.start_ttl = 3;
	config.window = 1;
	return config;
}

static void
test_doubletree(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(doubletree(), 2);
	probe = next(3);
	exceeded(&probe, 3);
	probe = next(4);
	arrived(&probe, 1);
	probe = next(2);
	exceeded(&probe, 2);
	probe = next(1);
	exceeded(&probe, 1);
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].joined, 0);
	assert_int_equal(records[0].distance, 4);
	for (uint8_t i = 0; i < 4; i++)
		assert_int_equal(hops[0][i].ttl, i + 1);
	/* The second one meets the first at hop 2. */
	probe = next(3);
	exceeded(&probe, 33);
	probe = next(4);
	arrived(&probe, 1);
	probe = next(2);
	exceeded(&probe, 2);
	assert_int_equal(record_count, 2);
	assert_int_equal(records[1].joined, 2);
	assert_int_equal(records[1].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[1].hop_count, 3);
	assert_int_equal(tr_survey_counts(survey)->joined, 1);
}

/* At another TTL, a router was not seen. */
static void
test_doubletree_looks_at_the_ttl(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(doubletree(), 1);
	probe = next(3);
	exceeded(&probe, 1);
	probe = next(4);
	arrived(&probe, 1);
	probe = next(2);
	exceeded(&probe, 1);
	(void)next(1);
	assert_int_equal(record_count, 0);
}

/* What is left of the TTL says how far the target is. */
static void
test_doubletree_is_told_the_distance(void **state)
{
	struct tr_survey_config config = doubletree();
	struct tr_survey_probe probe;

	(void)state;
	config.start_ttl = 0;
	begin(config, 2);
	probe = next(16);
	arrived(&probe, 16 - 5 + 1);
	probe = next(4);
	exceeded(&probe, 4);
	for (uint8_t ttl = 3; ttl >= 1; ttl--) {
		probe = next(ttl);
		exceeded(&probe, ttl);
	}
	assert_int_equal(records[0].distance, 5);
	/* Its neighbour is begun with there. */
	(void)next(5);
}

static void
test_doubletree_in_silence(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(doubletree(), 2);
	for (uint8_t ttl = 3; ttl <= 5; ttl++) {
		(void)next(ttl);
		time_out();
	}
	for (uint8_t ttl = 2; ttl >= 1; ttl--) {
		probe = next(ttl);
		exceeded(&probe, ttl);
	}
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_GAP);
	assert_int_equal(records[0].distance, 0);
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		TEST(test_forward),
		TEST(test_silence),
		TEST(test_silence_is_no_gap_after_an_answer),
		TEST(test_exhaustive),
		TEST(test_stopped),
		TEST(test_loop),
		TEST(test_one_router_that_answers_twice_is_no_loop),
		TEST(test_doubletree),
		TEST(test_doubletree_looks_at_the_ttl),
		TEST(test_doubletree_is_told_the_distance),
		TEST(test_doubletree_in_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
