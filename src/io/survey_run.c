#define _GNU_SOURCE	/* ppoll(2) */

#include <sys/prctl.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/device.h"
#include "io/survey_run.h"
#include "packet/reply.h"

/* Frames taken in a turn, lest sending wait for too long. */
#define FRAMES_AT_ONCE	1024

#define TURN_LEAST	(100 * TR_MILLISECOND)	/* its owner is asked */
#define TURN_WAITING	(5 * TR_MILLISECOND)	/* and where it pauses */
#define TURN_DOWN	(10 * TR_MILLISECOND)	/* there is no way out */

/* The sender and devices are looked after so often in a timeout. */
#define TENDS		8
#define TEND_LEAST	(50 * TR_MILLISECOND)
#define TEND_MOST	TR_SECOND
#define TRY_EACH	TR_SECOND

/*
 * No answer for a part of the timeout, to so many: is the next hop there?  It
 * is asked three times, and known to be gone after half of the timeout.
 */
#define DOUBT_PART	8
#define DOUBT_PROBES	2

/*
 * No answers at all, after so many, for that much longer than the timeout, to
 * so many probes.  The last targets of a survey may be silent ones, but of new
 * ones the first routers answer.
 */
#define SILENT_AFTER	100
#define SILENT_TIME	(2 * TR_SECOND)
#define SILENT_PROBES	100
#define SILENT_TARGETS	10

/* What tells a frame from others, with its stamp: headers and quote. */
#define COPY_BYTES	80

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

/*
 * A frame for a bridge or a macvlan device is captured as it comes in by the
 * device below, and once more as it is handed on; Linux keeps its stamp.  (A
 * router that answers twice does so at two times.)
 */
static bool
is_copy(struct tr_survey_run *run, const struct tr_link_info *link,
    int64_t stamp)
{
	const size_t size = link->ip_size < COPY_BYTES ? link->ip_size :
	    COPY_BYTES;
	uint64_t hash = tr_random_scramble((uint64_t)stamp ^ link->ip_size);
	uint64_t *seen;

	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, link->ip + i, size - i < sizeof(word) ?
		    size - i : sizeof(word));
		hash = tr_random_scramble(hash + word);
	}
	hash |= hash == 0;
	seen = &run->copies_seen[hash % TR_SURVEY_COPIES];
	if (*seen == hash)
		return true;
	*seen = hash;
	return false;
}

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
	if (is_copy(run, &packet.link, frame->stamp)) {
		run->copies++;
		return;
	}
	if (tr_survey_receive(run->survey, &packet, tr_stamps_monotonic(
	    &run->stamps, frame->stamp, run->now, run->timeout)) == 0)
		return;
	run->answers++;
	run->newly_heard = true;
	run->heard = run->now;
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

/* Less is what a clock that is being set right does in a long run. */
static int64_t
clock_step(const struct tr_survey_run *run)
{
	const int64_t step = tr_clock_offset() - run->offset;

	return step < TR_CLOCK_STEP_LEAST && step > -TR_CLOCK_STEP_LEAST ? 0 :
	    step;
}

/* What it dropped since the start; of one that is gone, what it had last. */
static uint64_t
count_dropped(struct tr_survey_device *device)
{
	(void)tr_device_dropped(device->index, &device->dropped);
	return device->dropped - device->dropped_before;
}

static void
count_captured(struct tr_survey_run *run)
{
	struct tr_capture_counts all = {
		.known = true,
		.clock_step = clock_step(run),
	};

	for (size_t i = 0; i < run->capture_count; i++) {
		struct tr_capture_counts counts;

		tr_capture_counts(run->captures[i], &counts);
		all.known = all.known && counts.known;
		all.received += counts.received;
		all.dropped += counts.dropped;
		all.interface_dropped += counts.interface_dropped;
	}
	for (size_t i = 0; i < run->device_count; i++)
		if (run->devices[i].counted)
			all.interface_dropped +=
			    count_dropped(&run->devices[i]);
	run->captured = all;
}

/* --- no answers --------------------------------------------------------- */

/* Silence is counted from now on. */
static void
begin_silence(struct tr_survey_run *run)
{
	struct tr_sender_counts sent;

	tr_sender_counts(run->sender, &sent);
	run->sent_then = sent.sent;
	run->begun_then = tr_survey_counts(run->survey)->started;
	run->unanswered_before = run->unanswered;
	run->newly_heard = false;
	if (run->silent)
		run->trouble.code = TR_OK;
	run->silent = false;
}

static void
watch_answers(struct tr_survey_run *run)
{
	const int64_t quiet = run->now - run->heard;
	struct tr_sender_counts counts;
	uint64_t sent, begun;

	if (run->newly_heard || run->down != TR_TIME_NONE) {
		begin_silence(run);
		return;
	}
	tr_sender_counts(run->sender, &counts);
	sent = counts.sent - run->sent_then;
	begun = tr_survey_counts(run->survey)->started - run->begun_then;
	if (sent >= DOUBT_PROBES && quiet >= run->timeout / DOUBT_PART)
		tr_sender_doubt(run->sender);
	if (run->answers < SILENT_AFTER || sent < SILENT_PROBES ||
	    begun < SILENT_TARGETS || quiet < run->timeout + SILENT_TIME)
		return;
	run->silent = true;
	run->unanswered = run->unanswered_before + quiet;
	(void)tr_fail(&run->trouble, TR_ENOTFOUND,
	    "no answers at all for %" PRId64 " s", quiet / TR_SECOND);
}

/* --- no way out --------------------------------------------------------- */

/* Returns TR_OK, or an error when it has lasted for too long. */
static int
stay_down(struct tr_survey_run *run, const struct tr_error *why,
    struct tr_error *error)
{
	if (run->down == TR_TIME_NONE)
		run->down = run->now;
	run->trouble = *why;
	if (run->now - run->down < TR_SURVEY_DOWN_MAX)
		return TR_OK;
	errno = why->system;
	return tr_fail(error, TR_ESYSTEM, "%s", why->text);
}

/* What waits to be sent is awaited by the survey: it is sent anew as well. */
static void
come_back(struct tr_survey_run *run)
{
	if (run->lost) {
		tr_sender_clear(run->sender);
		tr_survey_retry(run->survey, run->now);
	}
	run->down = TR_TIME_NONE;
	run->cut_off = run->unsent = run->refused = run->lost = false;
	run->trouble.code = TR_OK;
	run->heard = run->now;
	begin_silence(run);
}

/*
 * Do the devices work?  One that is not needed tells, where nothing can be
 * sent, what became of that which was under way.
 */
static int
check_devices(struct tr_survey_run *run, struct tr_error *why)
{
	for (size_t i = 0; i < run->device_count; i++) {
		if (tr_device_check(run->devices[i].index, why) != TR_ESYSTEM)
			continue;
		if (run->devices[i].needed)
			return TR_ESYSTEM;
		run->lost = run->lost || run->unsent;
	}
	return TR_OK;
}

static int
check_way(struct tr_survey_run *run, struct tr_error *error)
{
	struct tr_error why;

	if (check_devices(run, &why) == TR_OK &&
	    tr_sender_tend(run->sender, run->now, &why) != TR_ENOTFOUND) {
		if (run->cut_off)
			come_back(run);
		return TR_OK;
	}
	run->cut_off = run->lost = true;
	return stay_down(run, &why, error);
}

static int64_t
next_tend(const struct tr_survey_run *run)
{
	return run->tended + tr_time_later(TEND_LEAST,
	    tr_time_earlier(TEND_MOST, run->timeout / TENDS));
}

static int
tend(struct tr_survey_run *run, struct tr_error *error)
{
	if (run->now < next_tend(run))
		return TR_OK;
	run->tended = run->now;
	count_captured(run);
	watch_answers(run);
	return check_way(run, error);
}

/* --- sending ------------------------------------------------------------ */

/* Send what waits: how many still do.  What is in the way may pass. */
static int
flush(struct tr_survey_run *run, struct tr_error *error)
{
	struct tr_error why;
	const int waiting = tr_sender_flush(run->sender, &why);
	int result;

	if (waiting >= 0) {
		if (run->unsent)
			come_back(run);
		return waiting;
	}
	if (why.system == ENODEV || why.system == ENXIO) {
		*error = why;
		return waiting;
	}
	run->unsent = true;
	run->refused = why.system != ENETDOWN;
	run->lost = run->lost || !run->refused;
	run->tried = run->now;
	result = stay_down(run, &why, error);
	return result == TR_OK ? 1 : result;
}

/* There is no way out: nothing is sent, but for what is tried. */
static bool
is_shut(const struct tr_survey_run *run)
{
	return run->cut_off || (run->refused &&
	    run->now - run->tried < TRY_EACH);
}

/* A batch, if one is due.  Returns how many probes wait for their queue. */
static int
send_due(struct tr_survey_run *run, struct tr_error *error)
{
	uint32_t due = tr_pace_due(&run->pace, run->now);
	uint32_t added = 0;
	struct tr_survey_probe probe;
	int waiting;

	if (is_shut(run))
		return 1;
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
	const int64_t next = tr_time_earlier(run->now + TURN_LEAST,
	    next_tend(run));
	int64_t wake = tr_survey_wake(run->survey);

	if (run->down != TR_TIME_NONE)
		return run->now + TURN_DOWN;
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
	result = tend(run, error);
	if (result != TR_OK)
		return result;
	if (run->down == TR_TIME_NONE)
		tr_survey_expire(run->survey, run->now);
	wish = run->turn(run->context, run->now);
	*over = is_over(run, wish);
	if (*over)
		return TR_OK;
	if (wish == TR_SURVEY_GO) {
		waiting = send_due(run, error);
		if (waiting < 0)
			return waiting;
	} else if (wish == TR_SURVEY_PAUSE) {
		/* Nobody is asked: that nobody answers says nothing. */
		run->heard = run->now;
		begin_silence(run);
	}
	sleep_until(run, next_turn(run, wish, waiting));
	return TR_OK;
}

static int
start(struct tr_survey_run *run, struct tr_error *error)
{
	struct tr_clock_reading reading;

	for (size_t i = 0; i < run->capture_count; i++) {
		const int result = tr_capture_start(run->captures[i], error);

		if (result != TR_OK)
			return result;
	}
	/* Not before: what takes time is no debt of the schedule. */
	tr_clock_read(&reading);
	tr_stamps_start(&run->stamps, &reading);
	run->offset = tr_clock_offset();
	run->now = run->tended = run->heard = reading.after;
	run->winding_up = run->down = TR_TIME_NONE;
	for (size_t i = 0; i < run->device_count; i++) {
		struct tr_survey_device *device = &run->devices[i];

		(void)tr_device_dropped(device->index, &device->dropped);
		device->dropped_before = device->dropped;
	}
	/* Sleep as long as was said, and not up to 50 us longer. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	if (tr_pace_start(&run->pace, run->rate, run->now) != TR_OK)
		return tr_fail(error, TR_ERANGE, "no rate");
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
