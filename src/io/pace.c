#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "io/pace.h"

/* A probe takes so many 1/rate ns, by the unit of the rate. */
#define PROBE	(UINT64_C(1000) * (uint64_t)TR_SECOND)

static uint32_t
batch_of(uint64_t rate)
{
	const uint64_t batch = rate / (1000 * TR_PACE_TURNS);

	if (batch < 1)
		return 1;
	return batch > TR_PACE_BATCH_MAX ? TR_PACE_BATCH_MAX :
	    (uint32_t)batch;
}

/* The time that so many probes take, rounded down. */
static int64_t
time_of(const struct tr_pace *pace, uint32_t count)
{
	return (int64_t)(count * PROBE / pace->rate);
}

int
tr_pace_start(struct tr_pace *pace, uint64_t rate, int64_t now)
{
	memset(pace, 0, sizeof(*pace));
	if (rate < TR_PACE_RATE_MIN || rate > TR_PACE_RATE_MAX)
		return TR_ERANGE;
	pace->rate = rate;
	pace->batch = batch_of(rate);
	pace->next = pace->earliest = now;
	return TR_OK;
}

uint32_t
tr_pace_due(const struct tr_pace *pace, int64_t now)
{
	return now >= tr_pace_next(pace) ? pace->batch : 0;
}

int64_t
tr_pace_next(const struct tr_pace *pace)
{
	return tr_time_later(pace->next, pace->earliest);
}

/* Move the schedule on where it is too late to be caught up with. */
static void
forgive(struct tr_pace *pace, int64_t now)
{
	const int64_t debt = tr_time_later(TR_PACE_DEBT,
	    time_of(pace, pace->batch));

	if (now - pace->next <= debt)
		return;
	pace->forgiven += now - debt - pace->next;
	pace->next = now - debt;
	pace->remainder = 0;
}

void
tr_pace_sent(struct tr_pace *pace, uint32_t count, int64_t now)
{
	uint64_t whole;

	/* Due again at once what is left; nothing has happened else. */
	if (count == 0)
		return;
	forgive(pace, now);
	whole = count * PROBE + pace->remainder;
	pace->next += (int64_t)(whole / pace->rate);
	pace->remainder = whole % pace->rate;
	pace->earliest = now + time_of(pace, count) / 2;
}

void
tr_pace_idle(struct tr_pace *pace, int64_t now)
{
	if (pace->next >= now - TR_PACE_IDLE_DEBT)
		return;
	pace->next = now - TR_PACE_IDLE_DEBT;
	pace->remainder = 0;
}
