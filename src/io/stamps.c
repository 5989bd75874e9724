#include <stdbool.h>

#include "base/time.h"
#include "io/stamps.h"

/* Two clocks with the same hand are not read to the very ns. */
#define SLACK	TR_MICROSECOND

static int64_t
offset_of(const struct tr_stamps *stamps)
{
	return stamps->least + (stamps->most - stamps->least) / 2;
}

void
tr_stamps_start(struct tr_stamps *stamps,
    const struct tr_clock_reading *reading)
{
	*stamps = (struct tr_stamps){
		.least = reading->wall - reading->after,
		.most = reading->wall - reading->before,
		.last = reading->before,
		.set_after = TR_TIME_NONE,
		.set_before = TR_TIME_NONE,
	};
}

/* The offset is another one now. */
static void
clock_was_set(struct tr_stamps *stamps,
    const struct tr_clock_reading *reading)
{
	stamps->offset_before = offset_of(stamps);
	stamps->set_after = stamps->last;
	stamps->set_before = reading->after;
	stamps->times_set++;
}

void
tr_stamps_turn(struct tr_stamps *stamps,
    const struct tr_clock_reading *reading)
{
	const int64_t least = reading->wall - reading->after;
	const int64_t most = reading->wall - reading->before;

	if (least > stamps->most || most < stamps->least) {
		if (least > stamps->most + SLACK ||
		    most < stamps->least - SLACK)
			clock_was_set(stamps, reading);
		stamps->least = least;
		stamps->most = most;
	} else {
		stamps->least = tr_time_later(stamps->least, least);
		stamps->most = tr_time_earlier(stamps->most, most);
	}
	stamps->last = reading->before;
}

int64_t
tr_stamps_monotonic(const struct tr_stamps *stamps, int64_t stamp,
    int64_t now, int64_t patience)
{
	const int64_t earliest = now - patience;
	int64_t time = stamp - offset_of(stamps);

	if (time <= now &&
	    time >= tr_time_later(earliest, stamps->set_after))
		return time;
	time = stamp - stamps->offset_before;
	if (time <= tr_time_earlier(now, stamps->set_before) &&
	    time >= earliest)
		return time;
	return now;
}

void
tr_stamps_spread(int64_t begin, int64_t end, uint32_t count, int64_t *times)
{
	const int64_t took = end - begin;

	for (uint32_t i = 0; i < count; i++)
		times[i] = begin + took / count * i + took % count * i / count;
}
