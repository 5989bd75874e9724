/*
 * The engine: events in, actions out.  It knows no socket, no file and no
 * clock; what drives it (io/live.h, a simulator) does.
 *
 * A driver feeds one event, then takes actions until there are none:
 *
 *	tr_engine_feed(engine, &event);
 *	while (tr_engine_next(engine, &action))
 *		... do it ...
 *
 * Two clocks meet in an event.  now is the driver's monotonic time, one
 * value for one turn of its loop, for deadlines.  stamp is the capture's,
 * for round-trip times: between the stamp of the probe leaving and that of
 * the reply arriving.  A simulator gives the same value for both.
 */
#ifndef TR_ENGINE_ENGINE_H
#define TR_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/flow.h"
#include "engine/record.h"
#include "engine/strategy.h"

enum tr_event_type {
	TR_EVENT_START,
	TR_EVENT_FRAME,		/* a frame was captured, ours or a reply */
	TR_EVENT_FAILED,	/* sending the probe failed with error */
	TR_EVENT_TIMER,
	TR_EVENT_STOP,		/* the user wants no more */
};

struct tr_event {
	enum tr_event_type type;
	int64_t	 now;
	int64_t	 stamp;			/* FRAME */
	enum tr_link link;		/* FRAME */
	const uint8_t *frame;		/* FRAME; valid until the next feed */
	size_t	 size;			/* FRAME */
	uint32_t probe;			/* FAILED */
	int	 error;			/* FAILED: errno */
	bool	 retry;			/* FAILED: for now only (ENOBUFS) */
};

enum tr_action_type {
	TR_ACTION_SEND,		/* send packet, which is probe number probe */
	TR_ACTION_WAKE,		/* feed TIMER at time wake, not before */
	TR_ACTION_EMIT,		/* hand record to the result */
	TR_ACTION_DONE,		/* nothing will follow */
};

struct tr_action {
	enum tr_action_type type;
	uint32_t probe;			/* SEND */
	const uint8_t *packet;		/* SEND: from its IP header on; */
	size_t	 size;			/* valid until the next call */
	int64_t	 wake;			/* WAKE: TR_TIME_NEVER allowed */
	const struct tr_record *record;	/* EMIT; until the next call */
};

struct tr_engine_config {
	struct tr_flow	flow;
	uint64_t	seed;		/* of the identifiers */
	uint32_t	probes_max;	/* 1..TR_IDENTIFIERS */
	int64_t		window;		/* tr_matcher_set_window(); 0: none */
	const struct tr_strategy *strategy;
	void		*strategy_state;	/* borrowed */
};

/* How long a full transmit queue is waited for, and how often. */
#define TR_ENGINE_RETRY_WAIT	(2 * TR_MILLISECOND)
#define TR_ENGINE_RETRIES	50

struct tr_engine;

/*
 * An engine with all the memory that it will use.  Returns NULL without
 * memory or with a configuration out of range.
 */
struct tr_engine *tr_engine_new(const struct tr_engine_config *config);
void tr_engine_free(struct tr_engine *engine);

/*
 * Tell what happened.  Returns TR_OK; for FRAME also TR_ENOTFOUND when the
 * frame is neither a probe of this run, seen for the first time, nor an
 * answer to one, or is one answer to it too many (TR_REPLIES_MAX).
 */
int tr_engine_feed(struct tr_engine *engine, const struct tr_event *event);

/*
 * The next action; false when there is none before the next event.
 * A SEND that fails is told at once by feeding FAILED, before the next call.
 */
bool tr_engine_next(struct tr_engine *engine, struct tr_action *action);

#endif
