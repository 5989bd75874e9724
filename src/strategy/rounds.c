#include <stdlib.h>

#include "base/time.h"
#include "strategy/rounds.h"

struct round_probe {
	uint8_t	 ttl;
	bool	 waiting;	/* for an answer */
	int64_t	 sent;
};

struct tr_rounds {
	struct tr_rounds_config config;
	struct tr_trace_config limits;
	struct tr_trace *walk;
	bool	 walking;
	enum tr_stop walk_stop;	/* why the walk ended */
	struct round_probe *probes;
	uint32_t probe_count;
	int64_t	 last_sent;
	uint32_t round;		/* at hand, from 1 */
	int64_t	 begun;		/* when it began; TR_TIME_NONE: not yet */
	int	 next_ttl;	/* of the round at hand */
	int	 next_hop;	/* the first TTL that is not told as final */
	int	 last_probed;	/* the greatest TTL that was */
	int	 farthest;	/* TTL of the farthest router, or 0 */
	int	 end_ttl;	/* the end of the route, or 0 while unknown */
	enum tr_stop stop;	/* why it ends there */
	int64_t	 longest;	/* round trip of all, or TR_TIME_NONE */
};

static int
ttls(const struct tr_trace_config *walk)
{
	return walk->max_ttl - walk->first_ttl + 1;
}

uint32_t
tr_rounds_probes_max(const struct tr_trace_config *walk,
    const struct tr_rounds_config *config)
{
	const uint32_t further = config->count == 0 ? 0 : config->count - 1u;

	return tr_trace_probes_max(walk) + further * (uint32_t)ttls(walk);
}

struct tr_rounds *
tr_rounds_new(const struct tr_trace_config *walk,
    const struct tr_rounds_config *config)
{
	struct tr_rounds *rounds = calloc(1, sizeof(*rounds));

	if (rounds == NULL)
		return NULL;
	rounds->config = *config;
	rounds->limits = *walk;
	rounds->walk = tr_trace_new(walk);
	rounds->probes = calloc(tr_rounds_probes_max(walk, config),
	    sizeof(*rounds->probes));
	if (rounds->walk == NULL || rounds->probes == NULL) {
		tr_rounds_free(rounds);
		return NULL;
	}
	rounds->walking = true;
	rounds->round = 1;
	rounds->begun = TR_TIME_NONE;
	/* What the walk left out, no round of its own makes up for. */
	rounds->next_ttl = TR_TRACE_TTL_MAX + 1;
	rounds->next_hop = walk->first_ttl;
	rounds->longest = TR_TIME_NONE;
	return rounds;
}

void
tr_rounds_free(struct tr_rounds *rounds)
{
	if (rounds == NULL)
		return;
	tr_trace_free(rounds->walk);
	free(rounds->probes);
	free(rounds);
}

/* --- what happened ------------------------------------------------------ */

/* A router behind what was the end: the route has become longer. */
static void
note_router(struct tr_rounds *rounds, int ttl)
{
	if (rounds->end_ttl != 0 && ttl >= rounds->end_ttl) {
		rounds->end_ttl = 0;
		rounds->farthest = ttl;
	} else if (ttl > rounds->farthest)
		rounds->farthest = ttl;
}

static void
note_arrival(struct tr_rounds *rounds, int ttl)
{
	if (rounds->end_ttl != 0 && rounds->stop == TR_STOP_ARRIVED &&
	    ttl > rounds->end_ttl)
		return;
	rounds->end_ttl = ttl;
	rounds->stop = TR_STOP_ARRIVED;
}

/*
 * A refusal now and then is no end where the host, or a router behind it,
 * has answered: the rounds go on to see them.
 */
static void
note_refusal(struct tr_rounds *rounds, int ttl)
{
	if (ttl <= rounds->farthest || (rounds->end_ttl != 0 &&
	    (rounds->stop == TR_STOP_ARRIVED || ttl > rounds->end_ttl)))
		return;
	rounds->end_ttl = ttl;
	rounds->stop = TR_STOP_UNREACHABLE;
}

static void
rounds_failed(void *state, uint32_t number, int error, int64_t now)
{
	struct tr_rounds *rounds = state;

	rounds->probes[number].waiting = false;
	if (rounds->walking)
		tr_trace_strategy.failed(rounds->walk, number, error, now);
}

static bool
rounds_reply(void *state, uint32_t number, const struct tr_answer *answer,
    int64_t now)
{
	struct tr_rounds *rounds = state;
	struct round_probe *probe = &rounds->probes[number];

	probe->waiting = false;
	rounds->longest = tr_time_later(rounds->longest, answer->rtt);
	if (answer->verdict == TR_VERDICT_TRANSIT)
		note_router(rounds, probe->ttl);
	else if (answer->verdict == TR_VERDICT_ARRIVED)
		note_arrival(rounds, probe->ttl);
	else
		note_refusal(rounds, probe->ttl);
	if (rounds->walking)
		(void)tr_trace_strategy.reply(rounds->walk, number, answer,
		    now);
	return false;
}

/* --- what next ---------------------------------------------------------- */

static struct tr_step
wait_until(int64_t until)
{
	return (struct tr_step){ .type = TR_STEP_WAIT, .until = until };
}

static void
note_sent(struct tr_rounds *rounds, uint8_t ttl, int64_t now)
{
	rounds->probes[rounds->probe_count++] = (struct round_probe){
		.ttl = ttl,
		.waiting = true,
		.sent = now,
	};
	rounds->last_sent = now;
	if (ttl > rounds->last_probed)
		rounds->last_probed = ttl;
}

/* The walk's next step but for its hops, which are not final yet. */
static struct tr_step
walk_on(struct tr_rounds *rounds, int64_t now)
{
	struct tr_step step;

	if (rounds->begun == TR_TIME_NONE)
		rounds->begun = now;
	do
		step = tr_trace_strategy.next(rounds->walk, now);
	while (step.type == TR_STEP_HOP);
	if (step.type == TR_STEP_SEND)
		note_sent(rounds, step.ttl, now);
	return step;
}

/* The last TTL that a round probes, as things stand. */
static int
last_ttl(const struct tr_rounds *rounds)
{
	const int first = rounds->limits.first_ttl;
	int last = rounds->farthest < first ? first - 1 : rounds->farthest;

	if (rounds->end_ttl != 0)
		return rounds->end_ttl;
	last += TR_ROUNDS_AHEAD;
	return last < rounds->limits.max_ttl ? last : rounds->limits.max_ttl;
}

/* From one probe to the next. */
static int64_t
spacing(const struct tr_rounds *rounds)
{
	const int count = last_ttl(rounds) - rounds->limits.first_ttl + 1;

	return tr_time_later(rounds->limits.gap, tr_time_earlier(
	    TR_TRACE_SPACING, rounds->config.interval / count));
}

/* When the last answers are given up; now where none is awaited. */
static int64_t
awaited_until(const struct tr_rounds *rounds, int64_t now)
{
	int64_t wait = rounds->limits.wait_max;

	if (rounds->limits.wait_here > 0 && rounds->longest != TR_TIME_NONE)
		wait = tr_time_earlier(wait, tr_trace_adapted_wait(
		    rounds->limits.wait_here, rounds->longest));
	for (uint32_t i = rounds->probe_count; i > 0; i--) {
		const struct round_probe *probe = &rounds->probes[i - 1];

		if (now - probe->sent >= wait)
			break;
		if (probe->waiting)
			return probe->sent + wait;
	}
	return now;
}

/* All hops are final at once. */
static struct tr_step
finish(struct tr_rounds *rounds)
{
	const int last = rounds->end_ttl != 0 ?
	    rounds->end_ttl : rounds->last_probed;

	if (rounds->next_hop <= last)
		return (struct tr_step){
			.type = TR_STEP_HOP,
			.ttl = (uint8_t)rounds->next_hop++,
		};
	return (struct tr_step){
		.type = TR_STEP_END,
		.stop = rounds->end_ttl != 0 ?
		    rounds->stop : rounds->walk_stop,
	};
}

/* The next step of the rounds behind the walk. */
static struct tr_step
go_round(struct tr_rounds *rounds, int64_t now)
{
	int64_t due;

	if (rounds->next_ttl > last_ttl(rounds) &&
	    rounds->round < rounds->config.count) {
		due = rounds->begun + rounds->config.interval;
		if (now < due)
			return wait_until(due);
		rounds->round++;
		rounds->begun = now;
		rounds->next_ttl = rounds->limits.first_ttl;
	}
	if (rounds->next_ttl <= last_ttl(rounds)) {
		due = rounds->last_sent + spacing(rounds);
		if (now < due)
			return wait_until(due);
		note_sent(rounds, (uint8_t)rounds->next_ttl, now);
		return (struct tr_step){
			.type = TR_STEP_SEND,
			.ttl = (uint8_t)rounds->next_ttl++,
		};
	}
	due = awaited_until(rounds, now);
	return now < due ? wait_until(due) : finish(rounds);
}

static struct tr_step
rounds_next(void *state, int64_t now)
{
	struct tr_rounds *rounds = state;

	if (rounds->walking) {
		const struct tr_step step = walk_on(rounds, now);

		if (step.type != TR_STEP_END)
			return step;
		rounds->walking = false;
		rounds->walk_stop = step.stop;
	}
	if (rounds->walk_stop == TR_STOP_SEND_FAILED)
		return finish(rounds);
	return go_round(rounds, now);
}

const struct tr_strategy tr_rounds_strategy = {
	.name = "rounds",
	.next = rounds_next,
	.failed = rounds_failed,
	.reply = rounds_reply,
};
