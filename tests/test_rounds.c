/*
 * Rounds, in virtual time, against a scripted network: which probe is sent
 * when, how the end of the route is followed, when it is over; and what is
 * counted of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "result/statistics.h"
#include "scripted.h"

/* What a test asks for; scripted_config() and one probe to each hop. */
struct asked {
	struct tr_trace_config walk;
	struct tr_rounds_config rounds;
	struct tr_flow flow;
};

static void
ask(struct asked *asked, uint16_t count)
{
	scripted_flow(&asked->flow, TR_PROTOCOL_UDP, 4);
	scripted_config(&asked->walk);
	asked->walk.queries = 1;
	asked->rounds = (struct tr_rounds_config){
		.count = count,
		.interval = TR_SECOND,
	};
}

static struct tr_path *
probe(struct scripted *script, const struct asked *asked)
{
	return scripted_rounds(script, &asked->flow, &asked->walk,
	    &asked->rounds, TR_TIME_NEVER);
}

static unsigned
late_answers(const struct tr_path *path)
{
	unsigned late = 0;

	for (uint32_t i = 0; i < path->reply_count; i++)
		late += path->replies[i].late;
	return late;
}

/* The number-th probe with this TTL. */
static const struct tr_path_probe *
probe_of(const struct tr_path *path, uint8_t ttl, unsigned number)
{
	uint32_t i = path->first_of_ttl[ttl];

	while (number-- > 0) {
		assert_int_not_equal(TR_PATH_NONE, i);
		i = path->probes[i].next;
	}
	assert_int_not_equal(TR_PATH_NONE, i);
	return &path->probes[i];
}

/* --- which probe is sent when ------------------------------------------- */

static void
probes_each_hop_once_a_round(void **state)
{
	static const enum tr_protocol protocols[] = {
		TR_PROTOCOL_UDP, TR_PROTOCOL_ICMP, TR_PROTOCOL_TCP,
	};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			struct scripted script;
			struct tr_path *path;
			struct asked asked;

			ask(&asked, 5);
			scripted_flow(&asked.flow, protocols[i], family);
			scripted_chain(&script, 8, 40 * TR_MILLISECOND);
			path = probe(&script, &asked);
			assert_true(path->conclusion.reached);
			assert_int_equal(TR_STOP_ARRIVED, path->stop_told);
			assert_int_equal(8, path->conclusion.last_ttl);
			assert_int_equal(8, script.hops_told);
			for (uint8_t ttl = 1; ttl <= 8; ttl++)
				assert_int_equal(5, script.sent_to[ttl]);
			/* Beyond the end the walk alone was. */
			for (uint8_t ttl = 9; ttl <= 30; ttl++)
				assert_true(script.sent_to[ttl] <= 1);
			tr_path_free(path);
		}
}

static void
keeps_to_one_flow(void **state)
{
	const struct tr_identity *first, *one;
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 4);
	scripted_chain(&script, 5, 20 * TR_MILLISECOND);
	path = probe(&script, &asked);
	first = &path->probes[0].identity;
	for (uint32_t i = 1; i < path->probe_count; i++) {
		one = &path->probes[i].identity;
		assert_int_equal(first->source_port, one->source_port);
		assert_int_equal(first->destination_port,
		    one->destination_port);
		assert_int_not_equal(first->own, one->own);
	}
	tr_path_free(path);
}

/* A round begins a second after the one before; 5 ms from probe to probe. */
static void
spaces_rounds_and_probes(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;
	int64_t start;

	(void)state;
	ask(&asked, 4);
	scripted_chain(&script, 6, 40 * TR_MILLISECOND);
	path = probe(&script, &asked);
	start = path->probes[0].sent;
	for (unsigned round = 1; round < 4; round++)
		for (uint8_t ttl = 1; ttl <= 6; ttl++)
			assert_true(probe_of(path, ttl, round)->sent - start ==
			    round * TR_SECOND +
			    (ttl - 1) * 5 * TR_MILLISECOND);
	tr_path_free(path);
}

static void
fits_a_round_into_its_interval(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;
	int64_t since;

	(void)state;
	ask(&asked, 10);
	asked.rounds.interval = 20 * TR_MILLISECOND;
	scripted_chain(&script, 10, 5 * TR_MILLISECOND);
	path = probe(&script, &asked);
	for (unsigned round = 2; round < 10; round++)
		for (uint8_t ttl = 1; ttl <= 10; ttl++) {
			since = probe_of(path, ttl, round)->sent -
			    probe_of(path, ttl, round - 1)->sent;
			assert_true(since == 20 * TR_MILLISECOND);
		}
	since = probe_of(path, 2, 5)->sent - probe_of(path, 1, 5)->sent;
	assert_true(since == 2 * TR_MILLISECOND);
	tr_path_free(path);
}

/* The gap holds between any two probes; then rounds take what they take. */
static void
keeps_the_gap(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 3);
	asked.walk.gap = 50 * TR_MILLISECOND;
	asked.rounds.interval = 100 * TR_MILLISECOND;
	scripted_chain(&script, 4, 4 * TR_MILLISECOND);
	path = probe(&script, &asked);
	assert_true(path->probe_count >= 12);
	for (uint32_t i = 1; i < path->probe_count; i++)
		assert_true(path->probes[i].sent - path->probes[i - 1].sent >=
		    50 * TR_MILLISECOND);
	assert_true(probe_of(path, 1, 2)->sent - probe_of(path, 4, 1)->sent ==
	    50 * TR_MILLISECOND);
	tr_path_free(path);
}

static void
walks_as_it_is_told(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 3);
	asked.walk.queries = 3;
	asked.walk.first_ttl = 2;
	asked.walk.max_ttl = 4;
	scripted_chain(&script, 9, 20 * TR_MILLISECOND);
	path = probe(&script, &asked);
	assert_int_equal(TR_STOP_HOP_LIMIT, path->conclusion.stop);
	assert_int_equal(2, path->conclusion.first_ttl);
	assert_int_equal(4, path->conclusion.last_ttl);
	for (uint8_t ttl = 2; ttl <= 4; ttl++)
		assert_int_equal(5, script.sent_to[ttl]);
	assert_int_equal(15, script.sent);
	tr_path_free(path);
}

/* One round is the walk alone, with its probes, at its time. */
static void
one_round_is_the_walk(void **state)
{
	struct scripted script, ordinary;
	struct tr_path *path, *other;
	struct asked asked;

	(void)state;
	ask(&asked, 1);
	scripted_chain(&script, 7, 30 * TR_MILLISECOND);
	ordinary = script;
	path = probe(&script, &asked);
	other = scripted_trace(&ordinary, &asked.flow, &asked.walk,
	    TR_TIME_NEVER);
	assert_true(path->conclusion.reached);
	assert_int_equal(ordinary.sent, script.sent);
	assert_int_equal(ordinary.hops_told, script.hops_told);
	assert_true(script.ended_at <= TR_SECOND / 2);
	tr_path_free(path);
	tr_path_free(other);
}

static void
uses_no_more_than_it_says(void **state)
{
	const struct tr_trace_config walk = {
		.first_ttl = 3, .max_ttl = 12, .queries = 4,
	};
	struct tr_rounds_config rounds = { .count = 7 };

	(void)state;
	assert_int_equal(40 + 6 * 10, tr_rounds_probes_max(&walk, &rounds));
	rounds.count = 0;
	assert_int_equal(40, tr_rounds_probes_max(&walk, &rounds));
}

/* --- the end of the route ----------------------------------------------- */

static void
becomes_shorter(struct scripted *script)
{
	script->length = 4;
	script->hops[4].kind = HOP_HOST;
}

static void
becomes_longer(struct scripted *script)
{
	script->hops[6].kind = HOP_ROUTER;
	script->hops[7] = script->hops[6];
	script->hops[8] = script->hops[6];
	script->hops[8].kind = HOP_HOST;
	script->length = 8;
}

static void
follows_a_route_that_shortens(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 10);
	scripted_chain(&script, 6, 30 * TR_MILLISECOND);
	script.changes_at = 4500 * TR_MILLISECOND;
	script.change = becomes_shorter;
	path = probe(&script, &asked);
	assert_int_equal(10, script.sent_to[4]);
	/* Five rounds, and the sixth before the answer came. */
	assert_int_equal(6, script.sent_to[6]);
	assert_true(path->conclusion.reached);
	/* The router that answered for hop 4 and 5 is shown all the same. */
	assert_int_equal(6, path->conclusion.last_ttl);
	tr_path_free(path);
}

static void
follows_a_route_that_lengthens(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 10);
	scripted_chain(&script, 6, 30 * TR_MILLISECOND);
	script.changes_at = 4500 * TR_MILLISECOND;
	script.change = becomes_longer;
	path = probe(&script, &asked);
	assert_true(path->conclusion.reached);
	assert_int_equal(8, path->conclusion.last_ttl);
	/* In the round in which it was found, too. */
	for (uint8_t ttl = 7; ttl <= 8; ttl++)
		assert_true(script.sent_to[ttl] >= 5 &&
		    script.sent_to[ttl] <= 6);
	assert_true(script.sent_to[9] <= 2);
	tr_path_free(path);
}

static void
host_awakes(struct scripted *script)
{
	script->hops[6].kind = HOP_HOST;
}

/* A few hops beyond the last router, for a host that was silent. */
static void
finds_a_host_that_was_silent(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 20);
	scripted_chain(&script, 6, 30 * TR_MILLISECOND);
	script.hops[5].kind = HOP_SILENT;
	script.hops[6].kind = HOP_SILENT;
	script.changes_at = 15 * TR_SECOND;
	script.change = host_awakes;
	path = probe(&script, &asked);
	assert_true(path->conclusion.reached);
	assert_int_equal(6, path->conclusion.last_ttl);
	assert_int_equal(20, script.sent_to[4]);
	assert_int_equal(20, script.sent_to[6]);
	/* The walk went on to hop 30; the rounds to 4 and TR_ROUNDS_AHEAD. */
	assert_int_equal(1, script.sent_to[8]);
	tr_path_free(path);
}

static void
firewall_opens(struct scripted *script)
{
	script->hops[3].kind = HOP_ROUTER;
}

static void
firewall_closes(struct scripted *script)
{
	script->hops[3].kind = HOP_PROHIBITS;
}

static void
follows_a_firewall_that_opens(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 10);
	scripted_chain(&script, 6, 30 * TR_MILLISECOND);
	script.hops[3].kind = HOP_PROHIBITS;
	script.changes_at = 4500 * TR_MILLISECOND;
	script.change = firewall_opens;
	path = probe(&script, &asked);
	assert_true(path->conclusion.reached);
	assert_int_equal(6, path->conclusion.last_ttl);
	assert_int_equal(TR_STOP_ARRIVED, path->stop_told);
	assert_int_equal(10, script.sent_to[4]);
	assert_true(script.sent_to[6] >= 5 && script.sent_to[6] <= 6);
	tr_path_free(path);

	/* Where it stays, the end is there. */
	scripted_chain(&script, 6, 30 * TR_MILLISECOND);
	script.hops[3].kind = HOP_PROHIBITS;
	path = probe(&script, &asked);
	assert_int_equal(TR_STOP_UNREACHABLE, path->stop_told);
	assert_int_equal(4, path->conclusion.last_ttl);
	assert_true(script.sent_to[6] <= 1);
	tr_path_free(path);
}

/* Refused for a while: the host is asked on, in case that passes. */
static void
goes_on_past_a_refusal(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 10);
	scripted_chain(&script, 6, 30 * TR_MILLISECOND);
	script.hops[4].kind = HOP_SILENT;
	script.hops[5].kind = HOP_SILENT;
	script.changes_at = 4500 * TR_MILLISECOND;
	script.change = firewall_closes;
	path = probe(&script, &asked);
	assert_true(path->conclusion.reached);
	assert_int_equal(6, path->conclusion.last_ttl);
	assert_int_equal(10, script.sent_to[6]);
	tr_path_free(path);

	/* Of a host that is silent, the routers before it. */
	scripted_chain(&script, 6, 30 * TR_MILLISECOND);
	script.hops[6].kind = HOP_SILENT;
	script.changes_at = 7500 * TR_MILLISECOND;
	script.change = firewall_closes;
	path = probe(&script, &asked);
	assert_int_equal(10, script.sent_to[5]);
	assert_int_equal(10, script.sent_to[6]);
	tr_path_free(path);
}

/* --- when it is over ---------------------------------------------------- */

/* The last answers are awaited, and no longer than that. */
static void
waits_for_the_last_answers(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 3);
	scripted_chain(&script, 4, 400 * TR_MILLISECOND);
	path = probe(&script, &asked);
	for (uint8_t ttl = 1; ttl <= 4; ttl++)
		assert_non_null(tr_path_answer(path, probe_of(path, ttl, 2)));
	assert_true(script.ended_at ==
	    probe_of(path, 4, 2)->sent + 400 * TR_MILLISECOND);
	tr_path_free(path);

	/* A hop that never answers: three times the longest round trip. */
	scripted_chain(&script, 4, 400 * TR_MILLISECOND);
	script.hops[2].kind = HOP_SILENT;
	path = probe(&script, &asked);
	assert_true(script.ended_at ==
	    probe_of(path, 2, 2)->sent + 1200 * TR_MILLISECOND);
	tr_path_free(path);

	/* Not less than 100 ms, and not more than the most. */
	scripted_chain(&script, 4, 4 * TR_MILLISECOND);
	script.hops[2].kind = HOP_SILENT;
	path = probe(&script, &asked);
	assert_true(script.ended_at ==
	    probe_of(path, 2, 2)->sent + TR_TRACE_WAIT_LEAST);
	tr_path_free(path);
	asked.walk.wait_here = 0;
	asked.walk.wait_near = 0;
	asked.walk.wait_max = 700 * TR_MILLISECOND;
	scripted_chain(&script, 4, 4 * TR_MILLISECOND);
	script.hops[2].kind = HOP_SILENT;
	path = probe(&script, &asked);
	assert_true(script.ended_at ==
	    probe_of(path, 2, 2)->sent + 700 * TR_MILLISECOND);
	tr_path_free(path);
}

/* What the walk would have called late counts: nothing is final yet. */
static void
calls_no_answer_late(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 4);
	scripted_chain(&script, 8, 40 * TR_MILLISECOND);
	script.hops[3].slow_every = 1;
	script.hops[3].slow_by = 700 * TR_MILLISECOND;
	path = probe(&script, &asked);
	assert_true(script.first_hop_at == script.ended_at);
	assert_int_equal(0, late_answers(path));
	for (unsigned round = 0; round < 4; round++)
		assert_non_null(tr_path_answer(path,
		    probe_of(path, 3, round)));
	tr_path_free(path);
}

static void
goes_on_where_all_is_silent(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 3);
	scripted_chain(&script, 30, 30 * TR_MILLISECOND);
	for (int hop = 1; hop <= 30; hop++)
		script.hops[hop].kind = HOP_SILENT;
	path = probe(&script, &asked);
	assert_false(path->conclusion.reached);
	assert_int_equal(TR_STOP_HOP_LIMIT, path->conclusion.stop);
	assert_int_equal(3, script.sent_to[1]);
	assert_int_equal(3, script.sent_to[TR_ROUNDS_AHEAD]);
	assert_int_equal(1, script.sent_to[TR_ROUNDS_AHEAD + 1]);
	assert_int_equal(30, script.hops_told);
	tr_path_free(path);
}

static void
ends_where_nothing_can_leave(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 5);
	scripted_chain(&script, 5, 20 * TR_MILLISECOND);
	script.send_error = EPERM;
	path = probe(&script, &asked);
	assert_int_equal(TR_STOP_SEND_FAILED, path->conclusion.stop);
	assert_true(script.ended_at < TR_SECOND);
	tr_path_free(path);
}

/* The user stops in the middle: what was counted stays. */
static void
stops_when_told(void **state)
{
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 100);
	scripted_chain(&script, 6, 60 * TR_MILLISECOND);
	script.hops[3].kind = HOP_SILENT;
	path = scripted_rounds(&script, &asked.flow, &asked.walk,
	    &asked.rounds, 4 * TR_SECOND + 32 * TR_MILLISECOND);
	assert_true(path->interrupted);
	assert_true(script.ended_at == 4 * TR_SECOND + 32 * TR_MILLISECOND);
	assert_true(path->conclusion.reached);
	assert_int_equal(6, path->conclusion.last_ttl);
	/* The fifth probe of hop 2 had its answer, those behind had none. */
	assert_int_equal(5, script.sent_to[6]);
	assert_int_equal(5, tr_statistics_sent(path, 2));
	assert_int_equal(4, tr_statistics_sent(path, 3));
	assert_int_equal(4, tr_statistics_sent(path, 6));
	/* What was waited for long enough was sent, and is silence. */
	path->interrupted_at = path->probes[path->probe_count - 1].sent +
	    10 * TR_SECOND;
	assert_int_equal(path->count_of_ttl[3], tr_statistics_sent(path, 3));
	assert_true(path->count_of_ttl[3] > 4);
	tr_path_free(path);
}

/* --- what is counted ---------------------------------------------------- */

static void
counts_answers_and_times(void **state)
{
	struct tr_statistics statistics;
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 8);
	scripted_chain(&script, 5, 50 * TR_MILLISECOND);
	/* 20, 60, 20, 60: a mean of 40, a deviation of 20. */
	script.hops[2].slow_every = 2;
	script.hops[2].slow_by = 40 * TR_MILLISECOND;
	script.hops[3].answers = 6;
	script.hops[4].kind = HOP_SILENT;
	script.hops[1].twice = true;
	path = probe(&script, &asked);
	assert_true(tr_statistics_of(path, 2, 0, &statistics));
	assert_int_equal(8, tr_statistics_sent(path, 2));
	assert_int_equal(8, statistics.answers);
	assert_int_equal(8, statistics.measured);
	assert_true(statistics.best == 20 * TR_MILLISECOND);
	assert_true(statistics.worst == 60 * TR_MILLISECOND);
	assert_true(statistics.last == 60 * TR_MILLISECOND);
	assert_true(statistics.mean > 39.999e6 && statistics.mean < 40.001e6);
	assert_true(statistics.deviation > 19.999e6 &&
	    statistics.deviation < 20.001e6);
	assert_false(tr_statistics_of(path, 2, 1, &statistics));

	assert_true(tr_statistics_of(path, 3, 0, &statistics));
	assert_int_equal(8, tr_statistics_sent(path, 3));
	assert_int_equal(6, statistics.answers);
	assert_false(tr_statistics_of(path, 4, 0, &statistics));
	assert_int_equal(8, tr_statistics_sent(path, 4));
	/* A duplicate is no second answer. */
	assert_true(tr_statistics_of(path, 1, 0, &statistics));
	assert_int_equal(8, statistics.answers);
	tr_path_free(path);
}

static void
host_talks(struct scripted *script)
{
	script->hops[4].kind = HOP_HOST_TALKS;
}

static void
host_falls_silent(struct scripted *script)
{
	script->hops[4].kind = HOP_SILENT;
	script->changes_at = 3500 * TR_MILLISECOND;
	script->change = host_talks;
}

/*
 * Datagrams do not tell which probe they answer: the one that was lost must
 * not take the answer to the next, which would look a second late.
 */
static void
a_lost_probe_takes_no_later_answer(void **state)
{
	struct tr_statistics statistics;
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 8);
	scripted_chain(&script, 4, 40 * TR_MILLISECOND);
	script.hops[4].kind = HOP_HOST_TALKS;
	script.changes_at = 2500 * TR_MILLISECOND;
	script.change = host_falls_silent;
	path = probe(&script, &asked);
	assert_int_equal(8, tr_statistics_sent(path, 4));
	assert_true(tr_statistics_of(path, 4, 0, &statistics));
	assert_int_equal(7, statistics.answers);
	assert_null(tr_path_answer(path, probe_of(path, 4, 3)));
	assert_true(statistics.worst < 50 * TR_MILLISECOND);
	tr_path_free(path);
}

/* Hop 4 is a router, then the host: each has its own. */
static void
tells_responders_apart(void **state)
{
	struct tr_statistics statistics;
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 10);
	scripted_chain(&script, 6, 30 * TR_MILLISECOND);
	script.changes_at = 2500 * TR_MILLISECOND;
	script.change = becomes_shorter;
	path = probe(&script, &asked);
	assert_true(tr_statistics_of(path, 4, 0, &statistics));
	assert_int_equal(3, statistics.answers);
	assert_int_equal(TR_VERDICT_TRANSIT, statistics.newest->verdict);
	assert_true(tr_statistics_of(path, 4, 1, &statistics));
	assert_int_equal(7, statistics.answers);
	assert_true(tr_address_equal(&asked.flow.dst,
	    &statistics.responder));
	assert_false(tr_statistics_of(path, 4, 2, &statistics));
	tr_path_free(path);
}

/* Where the capture lost our probes, answers are counted, not timed. */
static void
measures_no_time_that_it_does_not_know(void **state)
{
	struct tr_statistics statistics;
	struct scripted script;
	struct tr_path *path;
	struct asked asked;

	(void)state;
	ask(&asked, 3);
	scripted_chain(&script, 3, 30 * TR_MILLISECOND);
	script.hide_departures = true;
	path = probe(&script, &asked);
	assert_true(tr_statistics_of(path, 2, 0, &statistics));
	assert_int_equal(3, statistics.answers);
	assert_int_equal(0, statistics.measured);
	tr_path_free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probes_each_hop_once_a_round),
		cmocka_unit_test(keeps_to_one_flow),
		cmocka_unit_test(spaces_rounds_and_probes),
		cmocka_unit_test(fits_a_round_into_its_interval),
		cmocka_unit_test(keeps_the_gap),
		cmocka_unit_test(walks_as_it_is_told),
		cmocka_unit_test(one_round_is_the_walk),
		cmocka_unit_test(uses_no_more_than_it_says),
		cmocka_unit_test(follows_a_route_that_shortens),
		cmocka_unit_test(follows_a_route_that_lengthens),
		cmocka_unit_test(finds_a_host_that_was_silent),
		cmocka_unit_test(follows_a_firewall_that_opens),
		cmocka_unit_test(goes_on_past_a_refusal),
		cmocka_unit_test(waits_for_the_last_answers),
		cmocka_unit_test(calls_no_answer_late),
		cmocka_unit_test(goes_on_where_all_is_silent),
		cmocka_unit_test(ends_where_nothing_can_leave),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(counts_answers_and_times),
		cmocka_unit_test(a_lost_probe_takes_no_later_answer),
		cmocka_unit_test(tells_responders_apart),
		cmocka_unit_test(measures_no_time_that_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
