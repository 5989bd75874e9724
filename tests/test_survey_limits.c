/*
 * What a survey is held to: its window, its memory, its times; and what it
 * remembers of the network.
 */
#include <string.h>

#include "support.h"
#include "survey_calls.h"
#include "strategy/known.h"

/* --- limits ------------------------------------------------------------- */

static void
test_unsent(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	tr_survey_failed(survey, probe.serial, now, 113);
	assert_int_equal(records[0].reason, TR_SURVEY_UNSENT);
	assert_int_equal(records[0].system, 113);
	assert_true(tr_survey_is_over(survey));
	time_out();
	assert_int_equal(record_count, 1);
}

/* The network was down: nothing of that time counts. */
static void
test_retry(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	exceeded(&probe, 1);
	for (int i = 0; i < 5; i++) {
		probe = next(2);
		now += 10 * TR_SECOND;
		tr_survey_retry(survey, now);
	}
	assert_int_equal(tr_survey_counts(survey)->timeouts, 0);
	/* An answer to one that was given up is late, and known. */
	exceeded(&probe, 2);
	(void)next(2);
	time_out();
	(void)next(3);
	time_out();
	(void)next(4);
	assert_int_equal(record_count, 0);
}

/* A process that was stopped for long; a time of 32 bits would be over. */
static void
test_stopped_process(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	now += 700 * TR_SECOND;
	assert_true(tr_survey_wake(survey) <= now);
	tr_survey_expire(survey, now);
	assert_int_equal(tr_survey_counts(survey)->timeouts, 1);
	(void)next(2);
	now += 9 * 3600 * TR_SECOND;
	assert_true(tr_survey_wake(survey) <= now);
	exceeded(&probe, 1);
	tr_survey_flush(survey, now);
	assert_int_equal(hops[0][0].rtt, TR_SURVEY_RTT_UNKNOWN);
	assert_int_equal(hops[0][0].received, now);
	assert_int_equal(records[0].started, 100 * TR_SECOND);
}

/* What came in before the wait was over may be handed in a little later. */
static void
test_grace(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.grace = 20 * MS;
	begin(config, 1);
	probe = next(1);
	now += TR_SECOND + 19 * MS;
	tr_survey_expire(survey, now);
	exceeded(&probe, 1);
	probe = next(2);
	arrived(&probe, 1);
	assert_false(hops[0][0].late);
}

/* The nearest answer of the target tells how far it is. */
static void
test_late_arrival(void **state)
{
	struct tr_survey_probe first, second;

	(void)state;
	begin(plain(), 1);
	first = next(1);
	time_out();
	second = next(2);
	arrived(&first, 1);
	arrived(&second, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_REACHED);
	assert_int_equal(records[0].distance, 1);
}

static void
test_departed(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	tr_survey_departed(survey, probe.serial, now + 2 * MS);
	now += 5 * MS;
	arrived(&probe, 1);
	/* In units of 256 ns. */
	assert_in_range(hops[0][0].rtt, 29990, 30010);
}

static void
test_window(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probes[8];

	(void)state;
	config.window = 3;
	begin(config, 5);
	for (int i = 0; i < 3; i++)
		probes[i] = next(1);
	nothing();
	assert_int_equal(tr_survey_in_flight(survey), 3);
	arrived(&probes[1], 1);
	(void)next(1);
	nothing();
	assert_int_equal(tr_survey_in_flight(survey), 3);
	assert_int_equal(tr_survey_counts(survey)->started, 4);
}

/* Targets are not begun all at once, to walk in step. */
static void
test_begun_evenly(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;
	uint32_t begun = 0;

	(void)state;
	config.rate = 1000 * 1000;
	config.window = 40;
	begin(config, 40);
	/* In 50 ms there are 50 probes: for a few targets. */
	for (int64_t until = now + 50 * MS; now < until; now += MS)
		while (tr_survey_next(survey, now, &probe)) {
			begun += probe.ttl == 1;
			exceeded(&probe, probe.ttl);
		}
	assert_in_range(begun, 3, 12);
}

/* A target counts until its record is safe. */
static void
test_paced_records(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.window = 1;
	config.paced_records = true;
	begin(config, 2);
	probe = next(1);
	arrived(&probe, 1);
	nothing();
	assert_false(tr_survey_is_over(survey));
	tr_survey_committed(survey, 1);
	probe = next(1);
	arrived(&probe, 1);
	assert_true(tr_survey_is_over(survey));
}

/* So many probes are remembered; there is no place for another one. */
static void
test_probes(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.probes = 2;
	begin(config, 3);
	probe = next(1);
	(void)next(1);
	nothing();
	assert_int_equal(tr_survey_wake(survey), now + TR_SECOND);
	exceeded(&probe, 1);
	(void)next(2);
	nothing();
}

static bool
skip_even(void *context, uint64_t place)
{
	(void)context;
	return place % 2 == 0;
}

static void
test_skip(void **state)
{
	(void)state;
	begin_with(plain(), 5, skip_even);
	for (int i = 0; i < 2; i++) {
		const struct tr_survey_probe probe = next(1);

		arrived(&probe, 1);
	}
	nothing();
	assert_true(tr_survey_is_over(survey));
	assert_int_equal(record_count, 2);
	assert_int_equal(records[0].place, 1);
	assert_int_equal(records[1].place, 3);
}

static void
test_stop(void **state)
{
	struct tr_survey_probe probe;

	(void)state;
	begin(plain(), 5);
	probe = next(1);
	tr_survey_stop(survey);
	nothing();
	assert_false(tr_survey_is_over(survey));
	exceeded(&probe, 1);
	(void)next(2);
	tr_survey_flush(survey, now);
	assert_true(tr_survey_is_over(survey));
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].reason, TR_SURVEY_INTERRUPTED);
	assert_int_equal(records[0].hop_count, 1);
	nothing();
}

static void
test_spacing(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.target_spacing = 20 * MS;
	begin(config, 1);
	probe = next(1);
	now += 5 * MS;
	exceeded(&probe, 1);
	nothing();
	assert_in_range(tr_survey_wake(survey), now + 15 * MS, now + 16 * MS);
	now += 14 * MS;
	nothing();
	now += 2 * MS;
	(void)next(2);
}

/* From the second target on it is foreseen who answers at the first hop. */
static void
test_router_spacing(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;
	int64_t last;

	(void)state;
	config.router_spacing = 50 * MS;
	begin(config, 5);
	probe = next(1);
	exceeded(&probe, 1);
	(void)next(2);
	(void)next(1);
	last = now;
	for (int i = 0; i < 3; i++) {
		do {
			now = tr_survey_wake(survey);
		} while (tr_survey_next(survey, now, &probe) == 0 ||
		    probe.ttl != 1);
		assert_in_range(now - last, 50 * MS, 51 * MS);
		last = now;
	}
	assert_true(tr_survey_counts(survey)->spaced >= 3);
}

/* A spacing that is less than the time from turn to turn delays nobody. */
static void
test_little_router_spacing(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.router_spacing = MS / 10;
	config.window = 40;
	config.hops = 0;
	begin(config, 40);
	/* A target has 32 hops, and in 10 ms a router may be asked 100 times. */
	for (int turn = 0; turn < 36; turn++) {
		now += 10 * MS;
		while (tr_survey_next(survey, now, &probe)) {
			exceeded(&probe, probe.ttl);
			reply_count = 0;
		}
	}
	assert_true(tr_survey_is_over(survey));
}

/* After a long pause those whose turn it was do not go all at once. */
static void
test_router_spacing_after_a_pause(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;
	int at_once = 0;

	(void)state;
	config.router_spacing = 100 * MS;
	begin(config, 8);
	probe = next(1);
	exceeded(&probe, 1);
	while (tr_survey_next(survey, now, &probe))
		;
	assert_true(tr_survey_counts(survey)->spaced >= 6);
	now += 4 * TR_SECOND;
	while (tr_survey_next(survey, now, &probe))
		at_once += probe.ttl == 1;
	assert_in_range(at_once, 1, 2);
}

static void
test_hops_run_out(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.hops = 2;
	begin(config, 1);
	for (uint8_t ttl = 1; ttl <= 3; ttl++) {
		probe = next(ttl);
		exceeded(&probe, ttl);
	}
	probe = next(4);
	arrived(&probe, 1);
	assert_int_equal(record_count, 1);
	assert_true(records[0].cut);
	assert_int_equal(records[0].hop_count, 2);
	assert_int_equal(records[0].replies, 4);
	assert_int_equal(tr_survey_counts(survey)->cut, 1);
}

/* Without places for hops, replies are handed on at once. */
static void
test_unheld(void **state)
{
	struct tr_survey_config config = plain();
	struct tr_survey_probe probe;

	(void)state;
	config.hops = 0;
	begin(config, 1);
	probe = next(1);
	exceeded(&probe, 1);
	assert_int_equal(reply_count, 1);
	assert_int_equal(replies[0].ttl, 1);
	probe = next(2);
	arrived(&probe, 1);
	assert_int_equal(reply_count, 2);
	assert_int_equal(records[0].hop_count, 0);
	assert_false(records[0].cut);
}

static void
test_labels(void **state)
{
	/* RFC 4884, 4950: label 16, class 0, not the last, TTL 1; and 17. */
	static const uint8_t extension[] = {
		0x20, 0, 0, 0, 0, 12, 1, 1,
		0, 1, 0x00, 1, 0, 1, 0x13, 2,
	};
	struct tr_survey_probe probe;
	struct tr_packet packet;

	(void)state;
	begin(plain(), 1);
	probe = next(1);
	packet = error_for(&probe, router(1), 11, 0);
	packet.icmp.extension = extension;
	packet.icmp.extension_size = sizeof(extension);
	assert_int_equal(receive(&packet), 1);
	probe = next(2);
	arrived(&probe, 1);
	assert_int_equal(records[0].hop_count, 2);
	assert_int_equal(hops[0][0].label_count, 2);
	assert_int_equal(hops[0][0].labels[0], 0x00010001);
	assert_int_equal(hops[0][0].labels[1], 0x00011302);
	assert_int_equal(hops[0][1].label_count, 0);
}

static void
test_configs(void **state)
{
	struct tr_survey_config config;

	(void)state;
	begin(plain(), 1);
#define REFUSED(assignment) do {					\
	config = plain();						\
	config.targets = targets;					\
	config.assignment;						\
	assert_null(tr_survey_new(&config, &sink, NULL, NULL));		\
} while (0)
	REFUSED(first_ttl = 0);
	REFUSED(first_ttl = 33);
	REFUSED(max_ttl = TR_SURVEY_TTL_MAX + 1);
	REFUSED(queries = 0);
	REFUSED(timeout = 0);
	REFUSED(target_spacing = TR_SURVEY_SPACING_MAX + 1);
	REFUSED(window = 0);
	REFUSED(probes = 3);
#undef REFUSED
	/* A window of a million targets takes 64 MB, and no more. */
	config = plain();
	config.hops = 0;
	config.window = 1u << 20;
	assert_in_range(tr_survey_memory(&config), 64u << 20,
	    (64u << 20) + 100000);
}

/* --- what is known ------------------------------------------------------ */

static void
test_known(void **state)
{
	const struct tr_known_config config = { .key = 1, .routers = 4096 };
	struct tr_known *known = tr_known_new(&config);
	const struct tr_address target = address_of("198.51.100.1");
	const struct tr_address next_to_it = address_of("198.51.100.200");
	const struct tr_address near = address_of("198.51.99.1");
	const struct tr_address far = address_of("203.0.113.1");
	const struct tr_address other = address_of("2001:db8::1");

	(void)state;
	assert_non_null(known);
	assert_int_equal(tr_known_distance(known, &target), 0);
	tr_known_learn_distance(known, &target, 9);
	assert_int_equal(tr_known_distance(known, &next_to_it), 9);
	assert_int_equal(tr_known_distance(known, &near), 9);
	tr_known_learn_distance(known, &near, 13);
	assert_int_equal(tr_known_distance(known, &next_to_it), 9);
	for (int i = 0; i < 1000; i++)
		tr_known_learn_distance(known, &other, 20);
	assert_in_range(tr_known_distance(known, &far), 19, 20);

	assert_false(tr_known_router(known, &near, 3));
	assert_true(tr_known_router(known, &near, 3));
	assert_false(tr_known_router(known, &near, 4));
	/* Many more than there is room for; the newest are kept. */
	for (uint32_t i = 0; i < 100000; i++) {
		const struct tr_address router_i = { 4, { 1, (uint8_t)(i >> 16),
		    (uint8_t)(i >> 8), (uint8_t)i } };

		assert_false(tr_known_router(known, &router_i, 5));
		assert_true(tr_known_router(known, &router_i, 5));
	}
	tr_known_free(known);
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		TEST(test_unsent),
		TEST(test_retry),
		TEST(test_stopped_process),
		TEST(test_grace),
		TEST(test_late_arrival),
		TEST(test_departed),
		TEST(test_window),
		TEST(test_begun_evenly),
		TEST(test_paced_records),
		TEST(test_probes),
		TEST(test_skip),
		TEST(test_stop),
		TEST(test_spacing),
		TEST(test_router_spacing),
		TEST(test_little_router_spacing),
		TEST(test_router_spacing_after_a_pause),
		TEST(test_hops_run_out),
		TEST(test_unheld),
		TEST(test_labels),
		TEST(test_configs),
		TEST(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
