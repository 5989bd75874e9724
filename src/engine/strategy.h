/*
 * A strategy decides which probe is sent when, and when the run is over.
 * It is told what happened and is then asked, again and again, for the next
 * step, until it says to wait.  It reads no clock: now comes with each call.
 */
#ifndef TR_ENGINE_STRATEGY_H
#define TR_ENGINE_STRATEGY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/record.h"

enum tr_step_type {
	TR_STEP_WAIT,	/* nothing to do before until, unless told something */
	TR_STEP_SEND,	/* send a probe with ttl */
	TR_STEP_HOP,	/* ttl is final: record it */
	TR_STEP_END,	/* the run is over because of stop */
};

struct tr_step {
	enum tr_step_type type;
	uint8_t	 ttl;		/* SEND, HOP */
	uint32_t flow;		/* SEND: its number; 0 is the run's own */
	uint16_t size;		/* SEND: of the IP packet, the flow's at */
				/* most; 0: the flow's */
	int64_t	 until;		/* WAIT: TR_TIME_NEVER allowed */
	enum tr_stop stop;	/* END */
};

/* The first answer to a probe. */
struct tr_answer {
	enum tr_verdict verdict;	/* not NONE */
	struct tr_address responder;
	int64_t	 rtt;		/* ns, measured between the two captures */
				/* where both are known, else by the */
				/* engine's clock */
	bool	 too_big;	/* a router says so, and of what fits: */
	uint16_t mtu;		/* this; 0: it does not say */
	bool	 by_ports;	/* a datagram that does not tell which probe */
				/* it answers */
};

/* What a strategy must provide.  state is its own. */
struct tr_strategy {
	const char *name;

	/*
	 * The next step at time now.  After SEND the probe numbered probe is
	 * on its way; numbers count from 0 in the order of the steps.
	 */
	struct tr_step (*next)(void *state, int64_t now);

	/* The probe could not be sent, for good. */
	void (*failed)(void *state, uint32_t probe, int error, int64_t now);

	/*
	 * A reply to the probe, not a duplicate.  Returns true when it comes
	 * too late to count.
	 */
	bool (*reply)(void *state, uint32_t probe,
	    const struct tr_answer *answer, int64_t now);
};

#endif
