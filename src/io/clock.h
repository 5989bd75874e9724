/*
 * The system's clocks, in nanoseconds.  A loop reads them once for each of its
 * turns, and hands the value down.
 */
#ifndef TR_IO_CLOCK_H
#define TR_IO_CLOCK_H

#include <stdint.h>

/* Runs on whatever the wall clock is set to; for deadlines. */
int64_t tr_clock_monotonic(void);

/* Since 1970-01-01 UTC: that of capture stamps. */
int64_t tr_clock_wall(void);

/* Both clocks, read one right after the other. */
struct tr_clock_reading {
	int64_t	 before;	/* monotonic */
	int64_t	 wall;
	int64_t	 after;		/* monotonic */
};

void tr_clock_read(struct tr_clock_reading *reading);

/*
 * By how much the wall clock is ahead of one that is never set: the difference
 * between two calls is by how much it was set in between.
 */
int64_t tr_clock_offset(void);

#endif
