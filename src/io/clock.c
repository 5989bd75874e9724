#include <time.h>

#include "base/time.h"
#include "io/clock.h"

static int64_t
read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * TR_SECOND + time.tv_nsec;
}

int64_t
tr_clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
tr_clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}
