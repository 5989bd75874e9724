#include <math.h>

#include "base/time.h"
#include "result/statistics.h"

/* --- what was sent ------------------------------------------------------ */

/* How long the run itself would have waited for an answer. */
static int64_t
wait_of(const struct tr_path *path)
{
	const struct tr_trace_config *trace = &path->run.trace;
	int64_t longest = TR_TIME_NONE;

	for (uint32_t i = 0; i < path->reply_count; i++)
		longest = tr_time_later(longest,
		    tr_path_round_trip(path, &path->replies[i]));
	if (trace->wait_here <= 0 || longest == TR_TIME_NONE)
		return trace->wait_max;
	return tr_time_earlier(trace->wait_max,
	    tr_trace_adapted_wait(trace->wait_here, longest));
}

/* When it ended; else the last thing that is known to have happened. */
static int64_t
end_of(const struct tr_path *path)
{
	int64_t newest = TR_TIME_NONE;

	if (path->interrupted_at != TR_TIME_NONE)
		return path->interrupted_at;
	for (uint32_t i = 0; i < path->probe_count; i++)
		newest = tr_time_later(newest, path->probes[i].sent);
	for (uint32_t i = 0; i < path->reply_count; i++)
		newest = tr_time_later(newest, path->replies[i].received);
	return newest;
}

uint32_t
tr_statistics_sent(const struct tr_path *path, uint8_t ttl)
{
	int64_t under_way = TR_TIME_NEVER;	/* if sent after that */
	uint32_t sent = 0;

	if (path->interrupted && end_of(path) != TR_TIME_NONE)
		under_way = end_of(path) - wait_of(path);
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_probe *probe = &path->probes[i];

		if (tr_path_answer(path, probe) != NULL ||
		    (probe->error == 0 && probe->sent <= under_way))
			sent++;
	}
	return sent;
}

/* --- what came back ----------------------------------------------------- */

/* Welford's method: no sum grows beyond what a double holds exactly. */
static void
add_round_trip(struct tr_statistics *statistics, int64_t round_trip)
{
	const double distance = (double)round_trip - statistics->mean;

	statistics->best = statistics->measured == 0 ? round_trip :
	    tr_time_earlier(statistics->best, round_trip);
	statistics->worst = statistics->measured == 0 ? round_trip :
	    tr_time_later(statistics->worst, round_trip);
	statistics->last = round_trip;
	statistics->measured++;
	statistics->mean += distance / statistics->measured;
	/* The sum of squares for now. */
	statistics->deviation += distance *
	    ((double)round_trip - statistics->mean);
}

/* From the probe with the responder's first answer on. */
static void
add_all(const struct tr_path *path, uint32_t first,
    struct tr_statistics *statistics)
{
	for (uint32_t i = first; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *reply =
		    tr_path_answer(path, &path->probes[i]);
		int64_t round_trip;

		if (reply == NULL || !tr_address_equal(&reply->responder,
		    &statistics->responder))
			continue;
		statistics->answers++;
		statistics->newest = reply;
		round_trip = tr_path_round_trip(path, reply);
		if (round_trip != TR_TIME_NONE)
			add_round_trip(statistics, round_trip);
	}
	if (statistics->measured > 0)
		statistics->deviation = sqrt(statistics->deviation /
		    statistics->measured);
}

/* Has none of the probes before this one the same responder? */
static bool
is_first(const struct tr_path *path, uint8_t ttl, uint32_t probe,
    const struct tr_address *responder)
{
	for (uint32_t i = path->first_of_ttl[ttl]; i != probe;
	    i = path->probes[i].next) {
		const struct tr_path_reply *reply =
		    tr_path_answer(path, &path->probes[i]);

		if (reply != NULL &&
		    tr_address_equal(&reply->responder, responder))
			return false;
	}
	return true;
}

bool
tr_statistics_of(const struct tr_path *path, uint8_t ttl, uint32_t number,
    struct tr_statistics *statistics)
{
	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next) {
		const struct tr_path_reply *reply =
		    tr_path_answer(path, &path->probes[i]);

		if (reply == NULL ||
		    !is_first(path, ttl, i, &reply->responder) ||
		    number-- > 0)
			continue;
		*statistics = (struct tr_statistics){
			.responder = reply->responder,
		};
		add_all(path, i, statistics);
		return true;
	}
	return false;
}
