/*
 * The walk along one flow's route: parallel, adaptive, and no longer than it
 * has to be.
 *
 * Which probe goes next: the first probe of the next TTL while fewer than
 * probes_at_once / 4 TTLs beyond the farthest answer are open; and the
 * further probes of a TTL once it, or one behind it, has answered, or it has
 * been silent for a while.  So a destination sees few probes with a TTL
 * beyond it, which its limit on ICMP errors would count (Linux: 6 in a burst,
 * then 1 a second, icmp(7)), and no router sees a burst.
 *
 * How long an answer is awaited is traceroute(8)'s rule, -w MAX,HERE,NEAR:
 * at most MAX; HERE times the round trip of another probe of the same hop;
 * NEAR times that of the nearest later hop that answered; and, once the end
 * of the route has answered, HERE times the longest round trip seen.  None
 * of the adaptive waits is below TR_TRACE_WAIT_LEAST.
 */
#ifndef TR_STRATEGY_TRACE_H
#define TR_STRATEGY_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/strategy.h"

#define TR_TRACE_TTL_MAX	255
#define TR_TRACE_QUERIES_MAX	10
#define TR_TRACE_WAIT_LEAST	(100 * TR_MILLISECOND)
#define TR_TRACE_SPACING	(5 * TR_MILLISECOND)

struct tr_trace_config {
	uint8_t	 first_ttl;	/* 1..255 */
	uint8_t	 max_ttl;	/* first_ttl..255 */
	uint8_t	 queries;	/* 1..TR_TRACE_QUERIES_MAX: probes per TTL */
	uint16_t probes_at_once;	/* 1..65535 */
	int64_t	 wait_max;	/* ns */
	double	 wait_here;	/* factor; 0: none */
	double	 wait_near;	/* factor; 0: none */
	int64_t	 gap;		/* ns between any two probes; 0: none */
};

/* How many probes a trace can send at most. */
uint32_t tr_trace_probes_max(const struct tr_trace_config *config);

/*
 * factor times a round trip, in ns, not less than TR_TRACE_WAIT_LEAST;
 * TR_TIME_NEVER where that is beyond any time.
 */
int64_t tr_trace_adapted_wait(double factor, int64_t round_trip);

struct tr_trace;

/* Returns NULL without memory.  Free with tr_trace_free(). */
struct tr_trace *tr_trace_new(const struct tr_trace_config *config);
void tr_trace_free(struct tr_trace *trace);

/* What the engine drives; its state is the struct tr_trace. */
extern const struct tr_strategy tr_trace_strategy;

#endif
