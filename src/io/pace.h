/*
 * When the next probes are due, so that so many leave a second.  Arithmetic
 * only: the time is the caller's.
 *
 * Probe i is due at t0 + i / rate, exactly: nothing adds up to an error over
 * any number of probes, however late each of them was.  At high rates they go
 * in batches, each due with its first probe: TR_PACE_TURNS batches a second,
 * and more where they would be larger than TR_PACE_BATCH_MAX.
 *
 * After a stall the schedule is caught up with, but never in one burst: between
 * two batches is at least half the time that is planned.  A stall that is
 * longer than TR_PACE_DEBT (or one batch's time, where that is longer) is
 * forgiven: the schedule moves on by the rest, which is counted.
 */
#ifndef TR_IO_PACE_H
#define TR_IO_PACE_H

#include <stdint.h>

/* A rate is in probes for each 1,000 seconds: 0.1 to 1,000,000 a second. */
#define TR_PACE_RATE_MIN	UINT64_C(100)
#define TR_PACE_RATE_MAX	UINT64_C(1000000000)

#define TR_PACE_TURNS		2000
#define TR_PACE_BATCH_MAX	64
#define TR_PACE_DEBT		INT64_C(100000000)	/* ns */
#define TR_PACE_IDLE_DEBT	INT64_C(20000000)	/* ns */

/* Times in ns, of one clock. */
struct tr_pace {
	uint64_t rate;
	uint32_t batch;		/* probes that go at once, at most */
	int64_t	 next;		/* when the schedule has the next one */
	uint64_t remainder;	/* and what that lacks, in 1/rate ns */
	int64_t	 earliest;	/* not before this, whatever is due */
	int64_t	 forgiven;	/* by how much the schedule was moved, in all */
};

/*
 * Begin a schedule at now: the first probe is due at once.  Returns TR_OK, or
 * TR_ERANGE for a rate out of the range above.
 */
int tr_pace_start(struct tr_pace *pace, uint64_t rate, int64_t now);

/* How many probes may leave now: none, or a batch. */
uint32_t tr_pace_due(const struct tr_pace *pace, int64_t now);

/* Until when tr_pace_due() has none: sleep until then, and ask again. */
int64_t tr_pace_next(const struct tr_pace *pace);

/*
 * So many left, at now; of those that were due, or fewer.  What was due and
 * did not leave stays due.
 */
void tr_pace_sent(struct tr_pace *pace, uint32_t count, int64_t now);

/*
 * There is no more to be sent at now than was.  What else was due is made up
 * for as far as TR_PACE_IDLE_DEBT goes: who has something in fits and starts
 * keeps its rate; the rest is neither made up for nor counted as forgiven.
 */
void tr_pace_idle(struct tr_pace *pace, int64_t now);

#endif
