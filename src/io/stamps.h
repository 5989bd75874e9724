/*
 * When frames came in, and when packets left, by the monotonic clock.
 *
 * A capture stamps its frames with the wall clock, which may be set while they
 * wait to be read; a survey measures by a clock that is never set.  The two run
 * at the same speed (Linux corrects both alike), so that they differ by an
 * offset that changes only when the wall clock is set, or the machine sleeps.
 * Each reading of both says between which two values it lies; readings in a row
 * narrow that down, and one that contradicts those before it says that the
 * clock was set.
 *
 * Arithmetic only: the readings are the caller's.  Times in ns.
 */
#ifndef TR_IO_STAMPS_H
#define TR_IO_STAMPS_H

#include <stdint.h>

#include "io/clock.h"

/* Read it by the functions below only. */
struct tr_stamps {
	int64_t	 least, most;	/* wall clock less monotonic: between these */
	int64_t	 last;		/* when it was read last (monotonic) */
	/* When the clock was set last, and what the offset was before that. */
	int64_t	 set_after, set_before;
	int64_t	 offset_before;
	uint32_t times_set;
};

void tr_stamps_start(struct tr_stamps *stamps,
    const struct tr_clock_reading *reading);

/* Once in each turn of a loop, before its frames are read. */
void tr_stamps_turn(struct tr_stamps *stamps,
    const struct tr_clock_reading *reading);

/*
 * The monotonic time of a frame with this stamp, read at now.  It is never
 * later than now, and no more than patience before it: a stamp that no clock of
 * that time can have given is taken for one of now.
 *
 * Also for frames from before the clock was set, which are read afterwards.
 * What can be wrong of them is the difference itself, where the clock was set
 * by no more than a turn takes or a frame waits; and if it is set again in
 * between, they count as read now.
 */
int64_t tr_stamps_monotonic(const struct tr_stamps *stamps, int64_t stamp,
    int64_t now, int64_t patience);

/*
 * When count things happened, one after the other and equally long, that began
 * at begin and were over at end: the begin of each.
 */
void tr_stamps_spread(int64_t begin, int64_t end, uint32_t count,
    int64_t *times);

#endif
