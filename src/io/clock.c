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

void
tr_clock_read(struct tr_clock_reading *reading)
{
	reading->before = tr_clock_monotonic();
	reading->wall = tr_clock_wall();
	reading->after = tr_clock_monotonic();
}

/* The clock that goes on while the machine sleeps, where there is one. */
#ifdef CLOCK_BOOTTIME
#define NEVER_SET CLOCK_BOOTTIME
#else
#define NEVER_SET CLOCK_MONOTONIC
#endif

int64_t
tr_clock_offset(void)
{
	int64_t offset = 0, least = INT64_MAX;

	/* What comes between two readings makes them differ. */
	for (int i = 0; i < 5; i++) {
		const int64_t before = read_clock(NEVER_SET);
		const int64_t wall = tr_clock_wall();
		const int64_t after = read_clock(NEVER_SET);

		if (after - before < least) {
			least = after - before;
			offset = wall - before;
		}
	}
	return offset;
}
