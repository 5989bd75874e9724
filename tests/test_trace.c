/*
 * The walk, in virtual time, against a scripted network: what it finds, how
 * long it takes, and how many probes it spends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "scripted.h"

static const enum tr_protocol protocols[] = {
	TR_PROTOCOL_UDP, TR_PROTOCOL_ICMP, TR_PROTOCOL_TCP,
};

static void
assert_hop(const struct tr_path *path, uint8_t ttl, unsigned answers)
{
	unsigned answered = 0;

	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next)
		if (tr_path_answer(path, &path->probes[i]) != NULL)
			answered++;
	assert_int_equal(answers, answered);
}

static struct tr_path *
trace(struct scripted *script, enum tr_protocol protocol, uint8_t family)
{
	struct tr_trace_config config;
	struct tr_flow flow;

	scripted_flow(&flow, protocol, family);
	scripted_config(&config);
	return scripted_trace(script, &flow, &config, TR_TIME_NEVER);
}

static void
finds_every_hop(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			struct scripted script;
			struct tr_path *path;

			scripted_chain(&script, 12, 40 * TR_MILLISECOND);
			path = trace(&script, protocols[i], family);
			assert_true(path->conclusion.reached);
			assert_int_equal(TR_STOP_ARRIVED,
			    path->conclusion.stop);
			assert_int_equal(12, path->conclusion.last_ttl);
			for (uint8_t ttl = 1; ttl <= 12; ttl++)
				assert_hop(path, ttl, 3);
			tr_path_free(path);
		}
}

static void
measures_between_captures(void **state)
{
	struct scripted script;
	struct tr_path *path;
	const struct tr_path_reply *reply;

	(void)state;
	scripted_chain(&script, 4, 40 * TR_MILLISECOND);
	path = trace(&script, TR_PROTOCOL_UDP, 4);
	reply = tr_path_answer(path, &path->probes[path->first_of_ttl[3]]);
	assert_non_null(reply);
	assert_true(tr_path_round_trip(path, reply) == 30 * TR_MILLISECOND);
	tr_path_free(path);
}

/* Where the capture lost our probe, nothing was measured. */
static void
tells_no_time_that_was_not_measured(void **state)
{
	struct scripted script;
	struct tr_path *path;
	const struct tr_path_reply *reply;

	(void)state;
	scripted_chain(&script, 3, 30 * TR_MILLISECOND);
	script.hide_departures = true;
	path = trace(&script, TR_PROTOCOL_UDP, 4);
	assert_true(path->conclusion.reached);
	reply = tr_path_answer(path, &path->probes[path->first_of_ttl[2]]);
	assert_non_null(reply);
	assert_true(tr_path_round_trip(path, reply) == TR_TIME_NONE);
	tr_path_free(path);
}

/* The figure of the benchmark: 12 hops, 40 ms, two silent: 0.25 s. */
static void
is_quick_past_silent_hops(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scripted script;
		struct tr_path *path;

		scripted_chain(&script, 12, 40 * TR_MILLISECOND);
		script.hops[4].kind = HOP_SILENT;
		script.hops[8].kind = HOP_SILENT;
		path = trace(&script, protocols[i], 4);
		assert_true(path->conclusion.reached);
		assert_hop(path, 4, 0);
		assert_hop(path, 8, 0);
		assert_hop(path, 12, 3);
		assert_true(script.first_hop_at <= 50 * TR_MILLISECOND);
		assert_true(script.ended_at <= 250 * TR_MILLISECOND);
		tr_path_free(path);
	}
}

/* Linux answers 6 at once: the host must not be asked more than that. */
static void
spares_the_host(void **state)
{
	struct scripted script;
	struct tr_path *path;

	(void)state;
	scripted_chain(&script, 12, 40 * TR_MILLISECOND);
	script.hops[12].answers = 6;
	path = trace(&script, TR_PROTOCOL_UDP, 4);
	assert_int_equal(12, path->conclusion.last_ttl);
	assert_hop(path, 12, 3);
	assert_true(script.answered[12] <= 6);
	tr_path_free(path);
}

/* What is lost is a star; the hop and those behind it are shown. */
static void
shows_a_hop_that_loses(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scripted script;
		struct tr_path *path;

		scripted_chain(&script, 9, 40 * TR_MILLISECOND);
		script.hops[4].answers = 1;
		script.hops[6].answers = 2;
		path = trace(&script, protocols[i], 6);
		assert_true(path->conclusion.reached);
		assert_hop(path, 4, 1);
		assert_hop(path, 6, 2);
		assert_hop(path, 9, 3);
		assert_true(script.ended_at < TR_SECOND);
		tr_path_free(path);
	}
}

static void
waits_for_silence_in_parallel(void **state)
{
	struct scripted script;
	struct tr_path *path;

	(void)state;
	scripted_chain(&script, 30, 60 * TR_MILLISECOND);
	for (int i = 6; i <= 30; i++)
		script.hops[i].kind = HOP_SILENT;
	path = trace(&script, TR_PROTOCOL_UDP, 4);
	assert_false(path->conclusion.reached);
	assert_int_equal(TR_STOP_HOP_LIMIT, path->conclusion.stop);
	assert_int_equal(30, path->conclusion.last_ttl);
	assert_int_equal(5, path->conclusion.last_answer_ttl);
	/* One full wait, not one for each hop. */
	assert_true(script.ended_at < 9 * TR_SECOND);
	assert_int_equal(90, script.sent);
	tr_path_free(path);
}

static void
obeys_an_exact_wait(void **state)
{
	struct tr_trace_config config;
	struct scripted script;
	struct tr_flow flow;

	(void)state;
	scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
	scripted_config(&config);
	config.wait_max = 2 * TR_SECOND;
	config.wait_here = 0;
	config.wait_near = 0;
	scripted_chain(&script, 5, 10 * TR_MILLISECOND);
	script.hops[3].kind = HOP_SILENT;
	tr_path_free(scripted_trace(&script, &flow, &config, TR_TIME_NEVER));
	assert_true(script.ended_at >= 2 * TR_SECOND);
	assert_true(script.ended_at < 3 * TR_SECOND);
}

static void
ends_at_a_refusal(void **state)
{
	(void)state;
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct scripted script;
		struct tr_path *path;

		scripted_chain(&script, 9, 20 * TR_MILLISECOND);
		script.hops[4].kind = HOP_PROHIBITS;
		path = trace(&script, TR_PROTOCOL_UDP, family);
		assert_false(path->conclusion.reached);
		assert_int_equal(TR_STOP_UNREACHABLE, path->conclusion.stop);
		assert_int_equal(5, path->conclusion.last_ttl);
		assert_true(script.ended_at < TR_SECOND);
		tr_path_free(path);
	}
}

static void
tells_open_from_closed(void **state)
{
	struct scripted script;
	struct tr_path *path;

	(void)state;
	scripted_chain(&script, 5, 20 * TR_MILLISECOND);
	path = trace(&script, TR_PROTOCOL_TCP, 4);
	assert_int_equal(TR_PORT_OPEN, path->conclusion.port);
	tr_path_free(path);

	scripted_chain(&script, 5, 20 * TR_MILLISECOND);
	script.hops[5].kind = HOP_HOST_CLOSED;
	path = trace(&script, TR_PROTOCOL_TCP, 4);
	assert_int_equal(TR_PORT_CLOSED, path->conclusion.port);
	assert_true(path->conclusion.reached);
	assert_false(path->conclusion.forged_reset);
	tr_path_free(path);
}

static void
tells_a_forged_reset(void **state)
{
	struct scripted script;
	struct tr_path *path;

	(void)state;
	scripted_chain(&script, 6, 20 * TR_MILLISECOND);
	script.hops[3].kind = HOP_RESETS;
	path = trace(&script, TR_PROTOCOL_TCP, 4);
	assert_true(path->conclusion.forged_reset);
	assert_int_equal(3, path->conclusion.forged_by_ttl);
	assert_false(path->conclusion.reached);
	assert_int_equal(TR_PORT_FILTERED, path->conclusion.port);
	tr_path_free(path);
}

static void
counts_duplicates_once(void **state)
{
	struct scripted script;
	struct tr_path *path;
	unsigned duplicates = 0;

	(void)state;
	scripted_chain(&script, 5, 20 * TR_MILLISECOND);
	script.hops[2].twice = true;
	path = trace(&script, TR_PROTOCOL_ICMP, 4);
	assert_hop(path, 2, 3);
	for (uint32_t i = 0; i < path->reply_count; i++)
		duplicates += path->replies[i].duplicate;
	assert_int_equal(3, duplicates);
	tr_path_free(path);
}

static void
takes_replies_out_of_order(void **state)
{
	struct scripted script;
	struct tr_path *path;

	(void)state;
	scripted_chain(&script, 8, 40 * TR_MILLISECOND);
	script.hops[2].slow_every = 2;
	script.hops[2].slow_by = 60 * TR_MILLISECOND;
	path = trace(&script, TR_PROTOCOL_UDP, 6);
	assert_true(path->conclusion.reached);
	assert_hop(path, 2, 3);
	tr_path_free(path);
}

/* After its hop was told, an answer is recorded but changes nothing. */
static void
keeps_late_replies_apart(void **state)
{
	struct scripted script;
	struct tr_path *path;
	unsigned late = 0;

	(void)state;
	scripted_chain(&script, 8, 40 * TR_MILLISECOND);
	script.hops[3].kind = HOP_ROUTER;
	script.hops[3].slow_every = 2;
	script.hops[3].slow_by = 400 * TR_MILLISECOND;
	/* Something to wait for, so that the late one still finds us. */
	script.hops[8].kind = HOP_SILENT;
	script.length = 30;
	for (int i = 8; i <= 30; i++)
		script.hops[i].kind = HOP_SILENT;
	path = trace(&script, TR_PROTOCOL_UDP, 4);
	assert_hop(path, 3, 2);
	for (uint32_t i = 0; i < path->reply_count; i++)
		late += path->replies[i].late;
	assert_int_equal(1, late);
	tr_path_free(path);
}

static void
sees_past_a_nat_that_mends_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scripted script;
		struct tr_path *path;
		const struct tr_path_reply *reply;

		scripted_chain(&script, 8, 40 * TR_MILLISECOND);
		for (int hop = 3; hop < 8; hop++)
			script.hops[hop].translates = true;
		path = trace(&script, protocols[i], 4);
		assert_true(path->conclusion.reached);
		assert_hop(path, 5, 3);
		reply = tr_path_answer(path,
		    &path->probes[path->first_of_ttl[5]]);
		assert_true((reply->match.differences &
		    TR_DIFFERENT_SRC) != 0);
		tr_path_free(path);
	}
}

static void
limits_what_is_in_flight(void **state)
{
	struct tr_trace_config config;
	struct scripted script;
	struct tr_flow flow;
	struct tr_path *path;

	(void)state;
	/* One at a time: the whole route takes the sum of its delays. */
	scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
	scripted_config(&config);
	config.probes_at_once = 1;
	config.queries = 1;
	scripted_chain(&script, 4, 40 * TR_MILLISECOND);
	path = scripted_trace(&script, &flow, &config, TR_TIME_NEVER);
	assert_true(script.ended_at == 100 * TR_MILLISECOND);
	assert_int_equal(4, script.sent);
	tr_path_free(path);
}

static void
keeps_the_gap(void **state)
{
	struct tr_trace_config config;
	struct scripted script;
	struct tr_flow flow;
	struct tr_path *path;

	(void)state;
	scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
	scripted_config(&config);
	config.gap = 50 * TR_MILLISECOND;
	scripted_chain(&script, 3, 3 * TR_MILLISECOND);
	path = scripted_trace(&script, &flow, &config, TR_TIME_NEVER);
	for (uint32_t i = 1; i < path->probe_count; i++)
		assert_true(path->probes[i].sent - path->probes[i - 1].sent >=
		    50 * TR_MILLISECOND);
	assert_true(path->conclusion.reached);
	tr_path_free(path);
}

static void
starts_and_ends_where_told(void **state)
{
	struct tr_trace_config config;
	struct scripted script;
	struct tr_flow flow;
	struct tr_path *path;

	(void)state;
	scripted_flow(&flow, TR_PROTOCOL_ICMP, 4);
	scripted_config(&config);
	config.first_ttl = 3;
	config.max_ttl = 5;
	config.queries = 1;
	scripted_chain(&script, 12, 12 * TR_MILLISECOND);
	path = scripted_trace(&script, &flow, &config, TR_TIME_NEVER);
	assert_int_equal(3, path->conclusion.first_ttl);
	assert_int_equal(5, path->conclusion.last_ttl);
	assert_int_equal(TR_STOP_HOP_LIMIT, path->conclusion.stop);
	assert_int_equal(3, script.sent);
	tr_path_free(path);
}

/* tcpping: traceroute -f 255 -m 255 -q 1 */
static void
asks_only_the_end(void **state)
{
	struct tr_trace_config config;
	struct scripted script;
	struct tr_flow flow;
	struct tr_path *path;

	(void)state;
	scripted_flow(&flow, TR_PROTOCOL_TCP, 4);
	scripted_config(&config);
	config.first_ttl = 255;
	config.max_ttl = 255;
	config.queries = 1;
	scripted_chain(&script, 12, 12 * TR_MILLISECOND);
	path = scripted_trace(&script, &flow, &config, TR_TIME_NEVER);
	assert_true(path->conclusion.reached);
	assert_int_equal(255, path->conclusion.last_ttl);
	assert_int_equal(1, script.sent);
	tr_path_free(path);
}

static void
waits_for_a_full_queue(void **state)
{
	struct scripted script;
	struct tr_path *path;

	(void)state;
	scripted_chain(&script, 5, 20 * TR_MILLISECOND);
	script.full_queue = 7;
	path = trace(&script, TR_PROTOCOL_UDP, 4);
	assert_true(path->conclusion.reached);
	for (uint8_t ttl = 1; ttl <= 5; ttl++)
		assert_hop(path, ttl, 3);
	tr_path_free(path);
}

static void
ends_where_nothing_can_leave(void **state)
{
	struct scripted script;
	struct tr_path *path;

	(void)state;
	scripted_chain(&script, 5, 20 * TR_MILLISECOND);
	script.send_error = EPERM;
	path = trace(&script, TR_PROTOCOL_UDP, 4);
	assert_false(path->conclusion.reached);
	assert_int_equal(TR_STOP_SEND_FAILED, path->conclusion.stop);
	assert_int_equal(EPERM, path->probes[0].error);
	assert_true(script.ended_at < TR_SECOND);
	tr_path_free(path);
}

static void
stops_when_told(void **state)
{
	struct tr_trace_config config;
	struct scripted script;
	struct tr_flow flow;
	struct tr_path *path;

	(void)state;
	scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
	scripted_config(&config);
	scripted_chain(&script, 30, 300 * TR_MILLISECOND);
	for (int i = 4; i <= 30; i++)
		script.hops[i].kind = HOP_SILENT;
	path = scripted_trace(&script, &flow, &config, TR_SECOND);
	assert_int_equal(TR_STOP_INTERRUPTED, path->conclusion.stop);
	assert_true(script.ended_at == TR_SECOND);
	assert_int_equal(3, path->conclusion.last_ttl);
	assert_hop(path, 3, 3);
	tr_path_free(path);
}

/* Another program's probe to the same host and port, and its answer. */
static void
intrude(const uint8_t *probe, size_t size, uint8_t *frame, size_t *frame_size)
{
	uint8_t *quote = frame + 28;

	if (probe[9] != 17)
		return;
	memset(frame, 0, 28);
	frame[0] = 0x45;
	frame[3] = (uint8_t)(28 + size);
	frame[8] = 60;
	frame[9] = 1;
	memcpy(frame + 12, "\x0a\x42\x42\x42", 4);
	memcpy(frame + 16, probe + 12, 4);
	frame[20] = 11;
	memcpy(quote, probe, size);
	quote[4] ^= 0x5a;	/* its IP ID */
	quote[20] ^= 0x11;	/* its source port */
	quote[26] ^= 0x77;	/* its checksum */
	quote[36] ^= 0x77;	/* and its token: another run of ours */
	*frame_size = 28 + size;
}

static void
ignores_what_others_asked(void **state)
{
	struct scripted script;
	struct tr_path *path;

	(void)state;
	scripted_chain(&script, 6, 20 * TR_MILLISECOND);
	scripted_intruder = intrude;
	path = trace(&script, TR_PROTOCOL_UDP, 4);
	scripted_intruder = NULL;
	assert_true(path->conclusion.reached);
	for (uint32_t i = 0; i < path->reply_count; i++)
		assert_int_not_equal(0x42, path->replies[i].responder.bytes[1]);
	tr_path_free(path);
}

/* All probes of a trace: one flow, as a balancer sees it. */
static void
sends_one_flow(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			struct scripted script;
			struct tr_path *path;
			const struct tr_identity *first, *one;

			scripted_chain(&script, 12, 40 * TR_MILLISECOND);
			path = trace(&script, protocols[i], family);
			first = &path->probes[0].identity;
			for (uint32_t n = 1; n < path->probe_count; n++) {
				one = &path->probes[n].identity;
				assert_int_equal(first->source_port,
				    one->source_port);
				assert_int_equal(first->destination_port,
				    one->destination_port);
				assert_int_equal(first->tos, one->tos);
				assert_int_equal(first->flow_label,
				    one->flow_label);
				assert_int_equal(first->size, one->size);
				assert_true(one->own != first->own);
				if (protocols[i] == TR_PROTOCOL_ICMP)
					assert_int_equal(first->checksum,
					    one->checksum);
			}
			tr_path_free(path);
		}
}

static void
sends_many_flows_the_classic_way(void **state)
{
	struct tr_trace_config config;
	struct scripted script;
	struct tr_flow flow;
	struct tr_path *path;

	(void)state;
	scripted_flow(&flow, TR_PROTOCOL_UDP, 4);
	scripted_config(&config);
	flow.classic = true;
	scripted_chain(&script, 5, 20 * TR_MILLISECOND);
	path = scripted_trace(&script, &flow, &config, TR_TIME_NEVER);
	assert_true(path->conclusion.reached);
	for (uint32_t n = 0; n < path->probe_count; n++)
		assert_int_equal(33434 + n,
		    path->probes[n].identity.destination_port);
	tr_path_free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_every_hop),
		cmocka_unit_test(measures_between_captures),
		cmocka_unit_test(tells_no_time_that_was_not_measured),
		cmocka_unit_test(is_quick_past_silent_hops),
		cmocka_unit_test(spares_the_host),
		cmocka_unit_test(shows_a_hop_that_loses),
		cmocka_unit_test(waits_for_silence_in_parallel),
		cmocka_unit_test(obeys_an_exact_wait),
		cmocka_unit_test(ends_at_a_refusal),
		cmocka_unit_test(tells_open_from_closed),
		cmocka_unit_test(tells_a_forged_reset),
		cmocka_unit_test(counts_duplicates_once),
		cmocka_unit_test(takes_replies_out_of_order),
		cmocka_unit_test(keeps_late_replies_apart),
		cmocka_unit_test(sees_past_a_nat_that_mends_nothing),
		cmocka_unit_test(limits_what_is_in_flight),
		cmocka_unit_test(keeps_the_gap),
		cmocka_unit_test(starts_and_ends_where_told),
		cmocka_unit_test(asks_only_the_end),
		cmocka_unit_test(waits_for_a_full_queue),
		cmocka_unit_test(ends_where_nothing_can_leave),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(ignores_what_others_asked),
		cmocka_unit_test(sends_one_flow),
		cmocka_unit_test(sends_many_flows_the_classic_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
