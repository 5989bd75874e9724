#include "config.h"

#include <sys/random.h>
#include <errno.h>
#include <signal.h>
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

struct loop {
	const struct tr_live *live;
	struct tr_driver driver;
	struct event_base *base;
	struct event *readable;
	struct event *timer;
	struct event *interrupt;
	struct event *terminate;
	int64_t	 now;		/* one value for one turn */
	int	 status;
	struct tr_error *error;
};

static int
send_packet(void *world, const uint8_t *packet, size_t size)
{
	const struct loop *loop = world;

	return tr_transmit_send(loop->live->transmit, packet, size);
}

static void
wake_at(void *world, int64_t wake)
{
	struct loop *loop = world;
	const int64_t wait = wake > loop->now ? wake - loop->now : 0;
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
		evtimer_del(loop->timer);
	else
		evtimer_add(loop->timer, &time);
}

static const struct tr_driver_world live_world = { send_packet, wake_at };

static void
feed(struct loop *loop, enum tr_event_type type)
{
	tr_driver_feed(&loop->driver, type, loop->now);
	if (loop->driver.done)
		event_base_loopbreak(loop->base);
}

static void
take_frame(struct loop *loop, const struct tr_frame *frame)
{
	tr_driver_frame(&loop->driver, frame, loop->now);
	if (loop->driver.done)
		event_base_loopbreak(loop->base);
}

static void
on_readable(evutil_socket_t descriptor, short what, void *context)
{
	struct loop *loop = context;
	struct tr_frame frame;
	int status = 0;

	(void)descriptor;
	(void)what;
	loop->now = tr_clock_monotonic();
	for (int taken = 0; taken < FRAMES_AT_ONCE; taken++) {
		status = tr_capture_next(loop->live->capture, &frame,
		    loop->error);
		if (status != 1)
			break;
		take_frame(loop, &frame);
		if (loop->driver.done)
			return;
	}
	if (status < 0) {
		loop->status = status;
		feed(loop, TR_EVENT_STOP);
	}
}

static void
on_timer(evutil_socket_t descriptor, short what, void *context)
{
	struct loop *loop = context;

	(void)descriptor;
	(void)what;
	loop->now = tr_clock_monotonic();
	feed(loop, TR_EVENT_TIMER);
}

static void
on_signal(evutil_socket_t signal, short what, void *context)
{
	struct loop *loop = context;

	(void)signal;
	(void)what;
	loop->now = tr_clock_monotonic();
	feed(loop, TR_EVENT_STOP);
}

static int
open_loop(struct loop *loop)
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
	loop->readable = event_new(loop->base,
	    tr_capture_descriptor(loop->live->capture), EV_READ | EV_PERSIST,
	    on_readable, loop);
	loop->timer = evtimer_new(loop->base, on_timer, loop);
	loop->interrupt = evsignal_new(loop->base, SIGINT, on_signal, loop);
	loop->terminate = evsignal_new(loop->base, SIGTERM, on_signal, loop);
	if (loop->readable == NULL || loop->timer == NULL ||
	    loop->interrupt == NULL || loop->terminate == NULL ||
	    event_add(loop->readable, NULL) != 0 ||
	    event_add(loop->interrupt, NULL) != 0 ||
	    event_add(loop->terminate, NULL) != 0)
		return TR_ENOMEM;
	return TR_OK;
}

static void
close_loop(struct loop *loop)
{
	struct event *events[] = {
		loop->readable, loop->timer, loop->interrupt, loop->terminate,
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i] != NULL)
			event_free(events[i]);
	if (loop->base != NULL)
		event_base_free(loop->base);
}

int
tr_live_run(const struct tr_live *live, struct tr_error *error)
{
	struct loop loop = {
		.live = live,
		.driver = {
			.engine = live->engine,
			.sink = &live->sink,
			.world = &live_world,
			.world_state = &loop,
		},
		.error = error,
	};

	if (open_loop(&loop) != TR_OK) {
		close_loop(&loop);
		return tr_fail(error, TR_ESYSTEM,
		    "cannot make an event loop");
	}
	loop.now = tr_clock_monotonic();
	feed(&loop, TR_EVENT_START);
	/* Where nothing can be sent, all is over by now. */
	if (!loop.driver.done && event_base_dispatch(loop.base) < 0 &&
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
tr_live_run(const struct tr_live *live, struct tr_error *error)
{
	(void)live;
	return tr_fail(error, TR_EUNSUPPORTED, "this build has no libevent: "
	    "it cannot trace, only --read a capture");
}

bool
tr_live_is_built(void)
{
	return false;
}

#endif /* HAVE_LIBEVENT */
