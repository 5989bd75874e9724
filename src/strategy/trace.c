#include <stdlib.h>

#include "base/time.h"
#include "strategy/trace.h"

enum probe_state {
	PROBE_WAITING,
	PROBE_ANSWERED,
	PROBE_SILENT,		/* waited for long enough */
	PROBE_FAILED,		/* could not be sent */
};

struct trace_probe {
	enum probe_state state;
	uint8_t	 ttl;
	int64_t	 sent;
};

struct hop {
	uint32_t probe[TR_TRACE_QUERIES_MAX];
	uint8_t	 sent;
	uint8_t	 settled;	/* answered, silent or failed */
	uint8_t	 answered;
	uint8_t	 failed;
	int64_t	 last_sent;
	int64_t	 round_trip;	/* longest of its answers, or TR_TIME_NONE */
	bool	 final;
};

struct tr_trace {
	struct tr_trace_config config;
	struct trace_probe *probes;
	uint32_t probe_count;
	struct hop hops[TR_TRACE_TTL_MAX + 1];	/* by TTL */
	int	 next_hop;	/* the first TTL that is not final */
	int	 next_ttl;	/* the first TTL that was not probed */
	int	 farthest;	/* the last TTL that answered, or 0 */
	int	 end_ttl;	/* the end of the route, or 0 while unknown */
	enum tr_stop stop;	/* why it ends there */
	int64_t	 longest;	/* round trip of all, or TR_TIME_NONE */
	int64_t	 send_after;	/* gap */
};

uint32_t
tr_trace_probes_max(const struct tr_trace_config *config)
{
	return (uint32_t)(config->max_ttl - config->first_ttl + 1) *
	    config->queries;
}

struct tr_trace *
tr_trace_new(const struct tr_trace_config *config)
{
	struct tr_trace *trace = calloc(1, sizeof(*trace));

	if (trace == NULL)
		return NULL;
	trace->config = *config;
	trace->probes = calloc(tr_trace_probes_max(config),
	    sizeof(*trace->probes));
	if (trace->probes == NULL) {
		free(trace);
		return NULL;
	}
	trace->next_hop = config->first_ttl;
	trace->next_ttl = config->first_ttl;
	trace->longest = TR_TIME_NONE;
	trace->send_after = TR_TIME_NONE;
	for (int ttl = 0; ttl <= TR_TRACE_TTL_MAX; ttl++)
		trace->hops[ttl].round_trip = TR_TIME_NONE;
	return trace;
}

void
tr_trace_free(struct tr_trace *trace)
{
	if (trace == NULL)
		return;
	free(trace->probes);
	free(trace);
}

/* The last TTL that can matter. */
static int
last_ttl(const struct tr_trace *trace)
{
	return trace->end_ttl != 0 ? trace->end_ttl : trace->config.max_ttl;
}

int64_t
tr_trace_adapted_wait(double factor, int64_t round_trip)
{
	const double wait = factor * (double)round_trip;

	/* Beyond any wait that can be asked for: and not to be cast. */
	if (wait > 1e18)
		return TR_TIME_NEVER;
	return tr_time_later((int64_t)wait, TR_TRACE_WAIT_LEAST);
}

/* The round trip of the nearest later hop that answered. */
static int64_t
round_trip_behind(const struct tr_trace *trace, int ttl)
{
	for (int later = ttl + 1; later <= trace->farthest; later++)
		if (trace->hops[later].answered > 0)
			return trace->hops[later].round_trip;
	return TR_TIME_NONE;
}

/* How long a probe with this TTL is waited for, as things stand. */
static int64_t
wait_for(const struct tr_trace *trace, int ttl)
{
	const struct tr_trace_config *config = &trace->config;
	const struct hop *hop = &trace->hops[ttl];
	int64_t wait = config->wait_max;
	int64_t behind;

	if (config->wait_here > 0 && hop->answered > 0)
		wait = tr_time_earlier(wait, tr_trace_adapted_wait(
		    config->wait_here, hop->round_trip));
	behind = round_trip_behind(trace, ttl);
	if (config->wait_near > 0 && behind != TR_TIME_NONE)
		wait = tr_time_earlier(wait, tr_trace_adapted_wait(
		    config->wait_near, behind));
	if (config->wait_here > 0 && trace->end_ttl != 0)
		wait = tr_time_earlier(wait, tr_trace_adapted_wait(
		    config->wait_here, trace->longest));
	return wait;
}

/*
 * How long silence keeps the walk from going on.  Shorter than the wait for
 * an answer: the walk goes on while answers may still come.
 */
static int64_t
patience(const struct tr_trace *trace)
{
	int64_t patience = 2 * TR_TRACE_WAIT_LEAST;

	if (trace->longest != TR_TIME_NONE)
		patience = tr_trace_adapted_wait(2, trace->longest);
	return tr_time_earlier(patience, trace->config.wait_max);
}

/* --- what happened ----------------------------------------------------- */

static void
settle(struct tr_trace *trace, uint32_t number, enum probe_state state)
{
	struct trace_probe *probe = &trace->probes[number];
	struct hop *hop = &trace->hops[probe->ttl];

	if (probe->state == PROBE_WAITING)
		hop->settled++;
	if (state == PROBE_ANSWERED)
		hop->answered++;
	else if (state == PROBE_FAILED)
		hop->failed++;
	probe->state = state;
}

static void
give_up(struct tr_trace *trace, struct hop *hop, int ttl, int64_t now)
{
	const int64_t wait = wait_for(trace, ttl);

	for (int i = 0; i < hop->sent; i++) {
		const struct trace_probe *probe =
		    &trace->probes[hop->probe[i]];

		if (probe->state == PROBE_WAITING && now - probe->sent >= wait)
			settle(trace, hop->probe[i], PROBE_SILENT);
	}
}

static void
trace_failed(void *state, uint32_t number, int error, int64_t now)
{
	(void)error;
	(void)now;
	settle(state, number, PROBE_FAILED);
}

static bool
trace_reply(void *state, uint32_t number, const struct tr_answer *answer,
    int64_t now)
{
	struct tr_trace *trace = state;
	const int ttl = trace->probes[number].ttl;
	struct hop *hop = &trace->hops[ttl];
	const bool late = hop->final;

	(void)now;
	settle(trace, number, PROBE_ANSWERED);
	hop->round_trip = tr_time_later(hop->round_trip, answer->rtt);
	trace->longest = tr_time_later(trace->longest, answer->rtt);
	if (ttl > trace->farthest)
		trace->farthest = ttl;
	/* An end that comes too late to be shown would cut the list short. */
	if (answer->verdict != TR_VERDICT_TRANSIT && !late &&
	    (trace->end_ttl == 0 || ttl <= trace->end_ttl)) {
		if (ttl != trace->end_ttl ||
		    answer->verdict == TR_VERDICT_ARRIVED)
			trace->stop = answer->verdict == TR_VERDICT_ARRIVED ?
			    TR_STOP_ARRIVED : TR_STOP_UNREACHABLE;
		trace->end_ttl = ttl;
	}
	return late;
}

/* --- what next --------------------------------------------------------- */

/* When the hop may get its next probe; TR_TIME_NEVER: not as things stand. */
static int64_t
next_query(const struct tr_trace *trace, int ttl)
{
	const struct hop *hop = &trace->hops[ttl];
	const bool passed = ttl <= trace->farthest || trace->end_ttl != 0;

	if (hop->sent >= trace->config.queries || hop->final)
		return TR_TIME_NEVER;
	/* What could not even leave is tried out here before going on. */
	if (passed || hop->failed == hop->sent)
		return hop->last_sent + TR_TRACE_SPACING;
	return hop->last_sent + patience(trace);
}

/* TTLs beyond the farthest answer that still hold the walk back. */
static int
open_ttls(const struct tr_trace *trace, int64_t now, int64_t *until)
{
	const int64_t wait = patience(trace);
	int open = 0;

	for (int ttl = trace->farthest + 1; ttl < trace->next_ttl; ttl++) {
		const struct hop *hop = &trace->hops[ttl];
		int64_t over;

		if (hop->sent == 0)
			continue;
		if (hop->failed == hop->sent && !hop->final) {
			open += TR_TRACE_TTL_MAX;
			continue;
		}
		if (hop->settled == hop->sent)
			continue;
		over = trace->probes[hop->probe[0]].sent + wait;
		if (over <= now)
			continue;
		open++;
		*until = tr_time_earlier(*until, over);
	}
	return open;
}

/* Probes that wait for an answer and are young enough to count. */
static int
in_flight(const struct tr_trace *trace, int64_t now, int64_t *until)
{
	const int64_t wait = patience(trace);
	int count = 0;

	for (int ttl = trace->next_hop; ttl < trace->next_ttl; ttl++) {
		const struct hop *hop = &trace->hops[ttl];

		for (int i = 0; i < hop->sent; i++) {
			const struct trace_probe *probe =
			    &trace->probes[hop->probe[i]];

			if (probe->state != PROBE_WAITING ||
			    probe->sent + wait <= now)
				continue;
			count++;
			*until = tr_time_earlier(*until, probe->sent + wait);
		}
	}
	return count;
}

/*
 * The TTL to probe now, or 0: then *until is lowered to the time at which
 * there may be one.
 */
static int
choose_ttl(const struct tr_trace *trace, int64_t now, int64_t *until)
{
	const int ahead = trace->config.probes_at_once < 4 ?
	    1 : trace->config.probes_at_once / 4;

	if (in_flight(trace, now, until) >= trace->config.probes_at_once)
		return 0;
	for (int ttl = trace->next_hop;
	    ttl < trace->next_ttl && ttl <= last_ttl(trace); ttl++) {
		const int64_t due = next_query(trace, ttl);

		if (due <= now)
			return ttl;
		*until = tr_time_earlier(*until, due);
	}
	if (trace->next_ttl <= last_ttl(trace) && trace->end_ttl == 0 &&
	    open_ttls(trace, now, until) < ahead)
		return trace->next_ttl;
	return 0;
}

static struct tr_step
send_probe(struct tr_trace *trace, int ttl, int64_t now)
{
	struct hop *hop = &trace->hops[ttl];

	trace->probes[trace->probe_count] = (struct trace_probe){
		.ttl = (uint8_t)ttl,
		.sent = now,
	};
	hop->probe[hop->sent++] = trace->probe_count++;
	hop->last_sent = now;
	if (ttl == trace->next_ttl)
		trace->next_ttl++;
	trace->send_after = now + trace->config.gap;
	return (struct tr_step){ .type = TR_STEP_SEND, .ttl = (uint8_t)ttl };
}

static bool
is_final(const struct tr_trace *trace, const struct hop *hop)
{
	return hop->sent == trace->config.queries && hop->settled == hop->sent;
}

/* When the next probe is given up; lowers *until. */
static void
next_deadline(const struct tr_trace *trace, int64_t *until)
{
	for (int ttl = trace->next_hop; ttl < trace->next_ttl; ttl++) {
		const struct hop *hop = &trace->hops[ttl];
		const int64_t wait = wait_for(trace, ttl);

		for (int i = 0; i < hop->sent; i++) {
			const struct trace_probe *probe =
			    &trace->probes[hop->probe[i]];

			if (probe->state == PROBE_WAITING)
				*until = tr_time_earlier(*until,
				    probe->sent + wait);
		}
	}
}

/* Where nothing can leave this host, no further hop will change that. */
static bool
nothing_leaves(const struct tr_trace *trace, int ttl)
{
	return ttl == trace->config.first_ttl &&
	    trace->hops[ttl].failed == trace->config.queries;
}

static struct tr_step
trace_next(void *state, int64_t now)
{
	struct tr_trace *trace = state;
	int64_t until = TR_TIME_NEVER;
	int ttl;

	for (ttl = trace->next_hop; ttl < trace->next_ttl; ttl++)
		give_up(trace, &trace->hops[ttl], ttl, now);

	ttl = trace->next_hop;
	if (ttl > last_ttl(trace))
		return (struct tr_step){
			.type = TR_STEP_END,
			.stop = trace->end_ttl != 0 ?
			    trace->stop : TR_STOP_HOP_LIMIT,
		};
	if (is_final(trace, &trace->hops[ttl]) && !trace->hops[ttl].final) {
		trace->hops[ttl].final = true;
		if (nothing_leaves(trace, ttl))
			trace->config.max_ttl = (uint8_t)ttl;
		else
			trace->next_hop++;
		return (struct tr_step){
			.type = TR_STEP_HOP,
			.ttl = (uint8_t)ttl,
		};
	}
	if (trace->hops[ttl].final)
		return (struct tr_step){
			.type = TR_STEP_END,
			.stop = TR_STOP_SEND_FAILED,
		};

	ttl = choose_ttl(trace, now, &until);
	if (ttl != 0) {
		if (now >= trace->send_after)
			return send_probe(trace, ttl, now);
		until = trace->send_after;
	}
	next_deadline(trace, &until);
	return (struct tr_step){ .type = TR_STEP_WAIT, .until = until };
}

const struct tr_strategy tr_trace_strategy = {
	.name = "trace",
	.next = trace_next,
	.failed = trace_failed,
	.reply = trace_reply,
};
