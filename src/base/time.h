/*
 * Times are int64_t nanoseconds.  What zero means depends on the clock: the
 * engine's is monotonic, a capture stamp counts from 1970-01-01 UTC.  No
 * function here reads a clock.
 */
#ifndef TR_BASE_TIME_H
#define TR_BASE_TIME_H

#include <stdint.h>

#define TR_TIME_NONE	INT64_MIN	/* not measured */
#define TR_TIME_NEVER	INT64_MAX	/* no deadline */

#define TR_MICROSECOND	INT64_C(1000)
#define TR_MILLISECOND	INT64_C(1000000)
#define TR_SECOND	INT64_C(1000000000)

static inline int64_t
tr_time_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t
tr_time_later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#endif
