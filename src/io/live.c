#include "config.h"

#include <sys/random.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBEVENT
#include <event2/event.h>
#endif

#include "base/time.h"
#include "io/clock.h"
#include "io/live.h"

int
tr_live_seed(uint64_t *seed, struct tr_error *error)
{
	if (getrandom(seed, sizeof(*seed), 0) != (ssize_t)sizeof(*seed))
		return tr_fail(error, TR_ESYSTEM,
		    "the system gives no random numbers: %s",
		    strerror(errno));
	return TR_OK;
}

#ifdef HAVE_LIBEVENT

/* In a flood of frames, timers and signals get their turn after so many. */
#define FRAMES_AT_ONCE 64

/* One engine's part in the loop. */
struct part {
	struct loop *loop;
	const struct tr_live *live;
	struct tr_driver driver;
	struct event *readable;
	struct event *timer;
};

struct loop {
	struct part *parts;
	size_t	 count;
	struct event_base *base;
	struct event *interrupt;
	struct event *terminate;
	struct tr_live_companion *companion;	/* NULL: none */
	struct event *companion_readable[TR_LIVE_DESCRIPTORS_MAX];
	struct event *companion_timer;
	int64_t	 now;		/* one value for one turn */
	int	 status;
	struct tr_error *error;
};

static int
send_packet(void *world, const uint8_t *packet, size_t size)
{
	const struct part *part = world;

	return tr_transmit_send(part->live->transmit, packet, size);
}

/* Let the timer fire at a time; TR_TIME_NEVER: not at all. */
static void
set_timer(struct event *timer, int64_t wake, int64_t now)
{
	const int64_t wait = wake > now ? wake - now : 0;
	struct timeval time = {
		.tv_sec = (time_t)(wait / TR_SECOND),
		/* Rounded up: a timer that fires early has nothing to do. */
		.tv_usec = (suseconds_t)((wait % TR_SECOND + 999) / 1000),
	};

	if (time.tv_usec == 1000000) {
		time.tv_sec++;
		time.tv_usec = 0;
	}
	if (wake == TR_TIME_NEVER)
		evtimer_del(timer);
	else
		evtimer_add(timer, &time);
}

static void
wake_at(void *world, int64_t wake)
{
	struct part *part = world;

	set_timer(part->timer, wake, part->loop->now);
}

static const struct tr_driver_world live_world = { send_packet, wake_at };

static bool
all_done(const struct loop *loop)
{
	for (size_t i = 0; i < loop->count; i++)
		if (!loop->parts[i].driver.done)
			return false;
	return true;
}

/* Nothing is asked of a part that is done. */
static void
end_if_done(struct part *part)
{
	if (!part->driver.done)
		return;
	event_del(part->readable);
	event_del(part->timer);
	/* The others may go on for long. */
	tr_capture_stop(part->live->capture);
}

static int64_t
serve_companion(struct loop *loop, bool over)
{
	struct tr_live_companion *companion = loop->companion;
	int64_t wake;

	if (companion == NULL)
		return over ? TR_TIME_NONE : TR_TIME_NEVER;
	wake = companion->serve(companion->context, loop->now, over);
	for (int i = 0; i < TR_LIVE_DESCRIPTORS_MAX; i++)
		if (companion->descriptors[i] < 0 &&
		    loop->companion_readable[i] != NULL)
			event_del(loop->companion_readable[i]);
	set_timer(loop->companion_timer,
	    wake == TR_TIME_NONE ? TR_TIME_NEVER : wake, loop->now);
	return wake;
}

/*
 * What happened may concern the companion, which may keep the loop going.
 * True when all is over.
 */
static bool
end_turn(struct loop *loop)
{
	const bool over = all_done(loop);
	const bool ends = serve_companion(loop, over) == TR_TIME_NONE && over;

	if (ends)
		event_base_loopbreak(loop->base);
	return ends;
}

static void
feed(struct part *part, enum tr_event_type type)
{
	if (part->driver.done)
		return;
	tr_driver_feed(&part->driver, type, part->loop->now);
	end_if_done(part);
}

static void
feed_all(struct loop *loop, enum tr_event_type type)
{
	loop->now = tr_clock_monotonic();
	for (size_t i = 0; i < loop->count; i++)
		feed(&loop->parts[i], type);
}

static void
take_frame(struct part *part, const struct tr_frame *frame)
{
	tr_driver_frame(&part->driver, frame, part->loop->now);
	end_if_done(part);
}

static void
take_frames(struct part *part)
{
	struct loop *loop = part->loop;
	struct tr_frame frame;
	int status = 0;

	for (int taken = 0; taken < FRAMES_AT_ONCE; taken++) {
		status = tr_capture_next(part->live->capture, &frame,
		    loop->error);
		if (status != 1)
			break;
		take_frame(part, &frame);
		if (part->driver.done)
			return;
	}
	if (status < 0) {
		loop->status = status;
		feed_all(loop, TR_EVENT_STOP);
	}
}

static void
on_readable(evutil_socket_t descriptor, short what, void *context)
{
	struct part *part = context;

	(void)descriptor;
	(void)what;
	part->loop->now = tr_clock_monotonic();
	take_frames(part);
	(void)end_turn(part->loop);
}

static void
on_timer(evutil_socket_t descriptor, short what, void *context)
{
	struct part *part = context;

	(void)descriptor;
	(void)what;
	part->loop->now = tr_clock_monotonic();
	feed(part, TR_EVENT_TIMER);
	(void)end_turn(part->loop);
}

static void
on_companion(evutil_socket_t descriptor, short what, void *context)
{
	struct loop *loop = context;

	(void)descriptor;
	(void)what;
	loop->now = tr_clock_monotonic();
	(void)end_turn(loop);
}

static void
on_signal(evutil_socket_t signal, short what, void *context)
{
	struct loop *loop = context;

	(void)signal;
	(void)what;
	feed_all(loop, TR_EVENT_STOP);
	if (loop->companion != NULL)
		loop->companion->stop(loop->companion->context);
	(void)end_turn(loop);
}

static int
open_base(struct loop *loop)
{
	struct event_config *config = event_config_new();

	if (config == NULL)
		return TR_ENOMEM;
	/* Without it timers are 4 ms late. */
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	loop->base = event_base_new_with_config(config);
	event_config_free(config);
	if (loop->base == NULL)
		return TR_ENOMEM;
	loop->interrupt = evsignal_new(loop->base, SIGINT, on_signal, loop);
	loop->terminate = evsignal_new(loop->base, SIGTERM, on_signal, loop);
	if (loop->interrupt == NULL || loop->terminate == NULL ||
	    event_add(loop->interrupt, NULL) != 0 ||
	    event_add(loop->terminate, NULL) != 0)
		return TR_ENOMEM;
	return TR_OK;
}

static int
open_companion(struct loop *loop)
{
	const struct tr_live_companion *companion = loop->companion;

	if (companion == NULL)
		return TR_OK;
	loop->companion_timer = evtimer_new(loop->base, on_companion, loop);
	if (loop->companion_timer == NULL)
		return TR_ENOMEM;
	for (int i = 0; i < TR_LIVE_DESCRIPTORS_MAX; i++) {
		struct event *readable;

		if (companion->descriptors[i] < 0)
			continue;
		readable = event_new(loop->base, companion->descriptors[i],
		    EV_READ | EV_PERSIST, on_companion, loop);
		loop->companion_readable[i] = readable;
		if (readable == NULL || event_add(readable, NULL) != 0)
			return TR_ENOMEM;
	}
	return TR_OK;
}

static int
open_part(struct loop *loop, struct part *part, const struct tr_live *live)
{
	*part = (struct part){
		.loop = loop,
		.live = live,
		.driver = {
			.engine = live->engine,
			.sink = &live->sink,
			.world = &live_world,
			.world_state = part,
		},
	};
	part->readable = event_new(loop->base,
	    tr_capture_descriptor(live->capture), EV_READ | EV_PERSIST,
	    on_readable, part);
	part->timer = evtimer_new(loop->base, on_timer, part);
	if (part->readable == NULL || part->timer == NULL ||
	    event_add(part->readable, NULL) != 0)
		return TR_ENOMEM;
	return TR_OK;
}

static int
open_loop(struct loop *loop, const struct tr_live *lives, size_t count)
{
	int status = open_base(loop);

	if (status == TR_OK)
		status = open_companion(loop);
	loop->parts = calloc(count, sizeof(*loop->parts));
	if (loop->parts == NULL)
		return TR_ENOMEM;
	while (status == TR_OK && loop->count < count) {
		const size_t i = loop->count++;

		status = open_part(loop, &loop->parts[i], &lives[i]);
	}
	return status;
}

static void
free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

static void
close_loop(struct loop *loop)
{
	for (size_t i = 0; i < loop->count; i++) {
		free_event(loop->parts[i].readable);
		free_event(loop->parts[i].timer);
	}
	free(loop->parts);
	for (int i = 0; i < TR_LIVE_DESCRIPTORS_MAX; i++)
		free_event(loop->companion_readable[i]);
	free_event(loop->companion_timer);
	free_event(loop->interrupt);
	free_event(loop->terminate);
	if (loop->base != NULL)
		event_base_free(loop->base);
}

int
tr_live_run(const struct tr_live *lives, size_t count,
    struct tr_live_companion *companion, struct tr_error *error)
{
	struct loop loop = { .error = error, .companion = companion };

	if (open_loop(&loop, lives, count) != TR_OK) {
		close_loop(&loop);
		return tr_fail(error, TR_ESYSTEM,
		    "cannot make an event loop");
	}
	feed_all(&loop, TR_EVENT_START);
	/* Where nothing can be sent, all is over by now. */
	if (!end_turn(&loop) && event_base_dispatch(loop.base) < 0 &&
	    loop.status == TR_OK)
		loop.status = tr_fail(error, TR_ESYSTEM,
		    "the event loop failed: %s", strerror(errno));
	close_loop(&loop);
	return loop.status;
}

bool
tr_live_is_built(void)
{
	return true;
}

#else /* HAVE_LIBEVENT */

int
tr_live_run(const struct tr_live *lives, size_t count,
    struct tr_live_companion *companion, struct tr_error *error)
{
	(void)lives;
	(void)count;
	(void)companion;
	return tr_fail(error, TR_EUNSUPPORTED, "this build has no libevent: "
	    "it cannot trace, only --read a capture");
}

bool
tr_live_is_built(void)
{
	return false;
}

#endif /* HAVE_LIBEVENT */
