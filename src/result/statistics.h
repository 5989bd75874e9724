/*
 * What a run with rounds measured, hop by hop: how many probes were sent, and
 * of each that answered how often it did and how long it took.
 *
 * Silence is not called loss here: routers limit the errors that they send,
 * and many send none, while they forward everything.
 */
#ifndef TR_RESULT_STATISTICS_H
#define TR_RESULT_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "result/path.h"

/* One responder of a hop; a value type, newest is the path's. */
struct tr_statistics {
	struct tr_address responder;
	const struct tr_path_reply *newest;	/* its last answer */
	uint32_t answers;	/* probes that it answered, 1 at least */
	uint32_t measured;	/* of these, with a round-trip time */
	/* Of the round trips, ns; of no meaning where none was measured: */
	int64_t	 best;
	int64_t	 worst;
	int64_t	 last;
	double	 mean;
	double	 deviation;	/* standard, of these themselves */
};

/*
 * The probes with this TTL (0: not known) that left.  In a run that the user
 * interrupted, one that may still have been answered then is left out: what
 * was on its way is not silence.
 */
uint32_t tr_statistics_sent(const struct tr_path *path, uint8_t ttl);

/*
 * The responder with this number, from 0, in the order of their first
 * answers to this TTL.  False where there are not so many.
 */
bool tr_statistics_of(const struct tr_path *path, uint8_t ttl,
    uint32_t number, struct tr_statistics *statistics);

#endif
