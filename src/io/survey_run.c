#define _GNU_SOURCE	/* ppoll(2) */

#include <sys/prctl.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "io/clock.h"
#include "io/survey_run.h"
#include "packet/reply.h"

/* Frames taken in a turn, lest sending wait for too long. */
#define FRAMES_AT_ONCE	1024

#define TURN_LEAST	(100 * TR_MILLISECOND)	/* its owner is asked */
#define TURN_WAITING	(5 * TR_MILLISECOND)	/* and where it pauses */
#define TEND_EACH	TR_SECOND

/* --- the sender's news -------------------------------------------------- */

static void
on_departed(void *context, uint64_t serial, int64_t sent)
{
	const struct tr_survey_run *run = context;

	tr_survey_departed(run->survey, serial, sent);
}

static void
on_failed(void *context, uint64_t serial, int64_t now, int system)
{
	const struct tr_survey_run *run = context;

	tr_survey_failed(run->survey, serial, now, system);
}

struct tr_sender_sink
tr_survey_run_sink(struct tr_survey_run *run)
{
	return (struct tr_sender_sink){
		.departed = on_departed,
		.failed = on_failed,
		.context = run,
	};
}

/* --- receiving ---------------------------------------------------------- */

static void
on_frame(void *context, const struct tr_frame *frame)
{
	struct tr_survey_run *run = context;
	struct tr_packet packet;

	run->frames++;
	if (tr_packet_decode(frame->link, frame->data, frame->size,
	    &packet) != TR_OK) {
		run->unreadable++;
		return;
	}
	(void)tr_survey_receive(run->survey, &packet, tr_stamps_monotonic(
	    &run->stamps, frame->stamp, run->now, run->timeout));
}

static int
take_frames(struct tr_survey_run *run, struct tr_error *error)
{
	for (size_t i = 0; i < run->capture_count; i++) {
		const int taken = tr_capture_batch(run->captures[i],
		    FRAMES_AT_ONCE, on_frame, run, error);

		if (taken < 0)
			return taken;
	}
	return TR_OK;
}

static void
count_captured(struct tr_survey_run *run)
{
	struct tr_capture_counts all = { .known = true };

	for (size_t i = 0; i < run->capture_count; i++) {
		struct tr_capture_counts counts;

		tr_capture_counts(run->captures[i], &counts);
		all.known = all.known && counts.known;
		all.received += counts.received;
		all.dropped += counts.dropped;
		all.interface_dropped += counts.interface_dropped;
	}
	run->captured = all;
}

/* --- sending ------------------------------------------------------------ */

/*
 * Send what waits.  A device that is down may come up again; whoever wants to
 * know finds it in run->trouble.
 */
static int
flush(struct tr_survey_run *run, struct tr_error *error)
{
	const int waiting = tr_sender_flush(run->sender, &run->trouble);

	if (waiting >= 0) {
		run->trouble.code = TR_OK;
		run->down = TR_TIME_NONE;
		return waiting;
	}
	if (run->down == TR_TIME_NONE)
		run->down = run->now;
	if (run->trouble.system == ENETDOWN &&
	    run->now - run->down < TR_SURVEY_DOWN_MAX)
		return 1;
	*error = run->trouble;
	return waiting;
}

/* A batch, if one is due.  Returns how many probes wait for their queue. */
static int
send_due(struct tr_survey_run *run, struct tr_error *error)
{
	uint32_t due = tr_pace_due(&run->pace, run->now);
	uint32_t added = 0;
	struct tr_survey_probe probe;
	int waiting;

	if (tr_sender_room(run->sender) < TR_BURST_MAX) {
		waiting = flush(run, error);
		if (waiting != 0)
			return waiting;
	}
	while (added < due && tr_survey_next(run->survey, run->now, &probe)) {
		if (tr_sender_add(run->sender, &probe) != TR_OK)
			tr_survey_failed(run->survey, probe.serial, run->now,
			    EAFNOSUPPORT);
		added++;
	}
	if (added > 0)
		tr_pace_sent(&run->pace, added, run->now);
	if (added < due)
		tr_pace_idle(&run->pace, run->now);
	if (added == 0)
		return 0;
	return flush(run, error);
}

/* --- the loop ----------------------------------------------------------- */

/* Until when there is nothing to do but for frames that come in. */
static int64_t
next_turn(const struct tr_survey_run *run, enum tr_survey_wish wish,
    int waiting)
{
	int64_t next = run->now + TURN_LEAST;
	int64_t wake = tr_survey_wake(run->survey);

	if (waiting > 0)
		return run->now + TR_MILLISECOND;
	if (wish != TR_SURVEY_GO)
		return run->now + TURN_WAITING;
	/* What is ready waits for the pace. */
	if (wake <= run->now)
		wake = tr_pace_next(&run->pace);
	return tr_time_earlier(next, wake);
}

static void
sleep_until(const struct tr_survey_run *run, int64_t until)
{
	struct pollfd polled[TR_SURVEY_CAPTURES];
	const int64_t wait = until - tr_clock_monotonic();
	const struct timespec timeout = {
		.tv_sec = (time_t)(wait / TR_SECOND),
		.tv_nsec = (long)(wait % TR_SECOND),
	};

	if (wait <= 0)
		return;
	for (size_t i = 0; i < run->capture_count; i++)
		polled[i] = (struct pollfd){
			.fd = tr_capture_descriptor(run->captures[i]),
			.events = POLLIN,
		};
	/* A signal ends it too; whatever it was, the next turn is due. */
	(void)ppoll(polled, run->capture_count, &timeout, NULL);
}

static void
turn_clock(struct tr_survey_run *run)
{
	struct tr_clock_reading reading;

	tr_clock_read(&reading);
	run->now = reading.after;
	tr_stamps_turn(&run->stamps, &reading);
}

/* Once a second: the next hop's address, and the system's counters. */
static void
tend(struct tr_survey_run *run)
{
	if (run->now - run->tended < TEND_EACH)
		return;
	run->tended = run->now;
	count_captured(run);
	(void)tr_sender_tend(run->sender, run->now, &run->trouble);
}

static bool
is_over(struct tr_survey_run *run, enum tr_survey_wish wish)
{
	if (tr_survey_is_over(run->survey) || wish == TR_SURVEY_QUIT)
		return true;
	if (wish != TR_SURVEY_WIND_UP)
		return false;
	if (run->winding_up == TR_TIME_NONE) {
		run->winding_up = run->now;
		tr_survey_stop(run->survey);
	}
	return run->now - run->winding_up >= run->timeout;
}

static int
turn(struct tr_survey_run *run, bool *over, struct tr_error *error)
{
	enum tr_survey_wish wish;
	int waiting = 0;
	int result;

	turn_clock(run);
	result = take_frames(run, error);
	if (result != TR_OK)
		return result;
	tr_survey_expire(run->survey, run->now);
	tend(run);
	wish = run->turn(run->context, run->now);
	*over = is_over(run, wish);
	if (*over)
		return TR_OK;
	if (wish == TR_SURVEY_GO) {
		waiting = send_due(run, error);
		if (waiting < 0)
			return waiting;
	}
	sleep_until(run, next_turn(run, wish, waiting));
	return TR_OK;
}

static int
start(struct tr_survey_run *run, struct tr_error *error)
{
	struct tr_clock_reading reading;

	tr_clock_read(&reading);
	tr_stamps_start(&run->stamps, &reading);
	run->now = run->tended = reading.after;
	run->winding_up = run->down = TR_TIME_NONE;
	/* Sleep as long as was said, and not up to 50 us longer. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	if (tr_pace_start(&run->pace, run->rate, run->now) != TR_OK)
		return tr_fail(error, TR_ERANGE, "no rate");
	for (size_t i = 0; i < run->capture_count; i++) {
		const int result = tr_capture_start(run->captures[i], error);

		if (result != TR_OK)
			return result;
	}
	return TR_OK;
}

int
tr_survey_run(struct tr_survey_run *run, struct tr_error *error)
{
	bool over = false;
	int result = start(run, error);

	while (result == TR_OK && !over)
		result = turn(run, &over, error);
	count_captured(run);
	tr_survey_flush(run->survey, run->now);
	return result;
}
