/*
 * The route of one flow, probed again and again: a walk (strategy/trace.h),
 * which is the first round, then one probe to each TTL in every further one.
 *
 * A round begins an interval after the one before it began, or at once where
 * that one took longer.  Its probes are TR_TRACE_SPACING apart, or as much
 * closer as the interval is too short for that, so that no router sees a
 * burst; a gap of the walk's holds here too.
 *
 * A round goes to the end of the route.  Where the host answers nearer than
 * before, it ends there; where a router answers at the end, the end is not
 * known any more and is looked for.  While it is not known, a round goes
 * TR_ROUNDS_AHEAD TTLs beyond the farthest router that answered.
 *
 * No hop is final before the last round is, so no answer is late.  The last
 * answers are awaited as long as by the walk once it knows the end, be it
 * known or not: HERE times the longest round trip, at most MAX.
 */
#ifndef TR_STRATEGY_ROUNDS_H
#define TR_STRATEGY_ROUNDS_H

#include <stdint.h>

#include "strategy/trace.h"

#define TR_ROUNDS_AHEAD		3
#define TR_ROUNDS_INTERVAL_LEAST (10 * TR_MILLISECOND)
#define TR_ROUNDS_INTERVAL_MOST	(3600 * TR_SECOND)

struct tr_rounds_config {
	uint16_t count;		/* 0: none, which is an ordinary trace; else */
				/* 1..TR_IDENTIFIERS, the walk being one */
	int64_t	 interval;	/* ns from the beginning of one to that of */
				/* the next */
};

/*
 * How many probes a trace with so many rounds can send at most.  It may be
 * more than one run has identifiers for (TR_IDENTIFIERS).
 */
uint32_t tr_rounds_probes_max(const struct tr_trace_config *walk,
    const struct tr_rounds_config *config);

struct tr_rounds;

/*
 * config->count is 1 at least.  Returns NULL without memory.  Free with
 * tr_rounds_free().
 */
struct tr_rounds *tr_rounds_new(const struct tr_trace_config *walk,
    const struct tr_rounds_config *config);
void tr_rounds_free(struct tr_rounds *rounds);

/* What the engine drives; its state is the struct tr_rounds. */
extern const struct tr_strategy tr_rounds_strategy;

#endif
