/*
 * Routers that a tunnel hides, revealed by traces to where it ends: packets to
 * a tunnel's own end often go without it, or by one that ends a router earlier
 * (direct and backward recursive path revelation; Y. Vanaubel and others,
 * "Through the wormhole", 2017, and "TNT, watch me explode", 2019).
 */
#ifndef TR_RESULT_REVEAL_H
#define TR_RESULT_REVEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "result/path.h"

#define TR_HIDDEN_MAX		8	/* places of one path */
#define TR_REVEALED_MAX		32	/* routers of one place */

enum tr_reveal_method {
	TR_REVEAL_NONE,		/* nothing was revealed */
	TR_REVEAL_DIRECT,	/* one trace showed all, several */
	TR_REVEAL_BACKWARD,	/* one router after the other, from the end */
	TR_REVEAL_SINGLE,	/* one router: either way shows it so */
};

/* "direct", "backward", "single"; NULL for NONE. */
const char *tr_reveal_method_name(enum tr_reveal_method method);

/* A place where routers are hidden, or may be; a value type. */
struct tr_hidden {
	uint8_t	 before_ttl;		/* the last hop before; 0: none */
	uint8_t	 after_ttl;		/* the first behind */
	uint8_t	 silent;		/* hops between, which show as silent */
	struct tr_address before;	/* their addresses; none where it was */
	struct tr_address after;	/* not probed, or is not there */
	struct tr_address routers[TR_REVEALED_MAX];	/* as they stand on */
	unsigned count;					/* the way */
	enum tr_reveal_method method;
	unsigned traces;		/* that were made for it */
	bool	 incomplete;		/* there may be more: a trace did not */
					/* arrive, or met silence on its way */
	bool	 interrupted;		/* by the user, before it was over */
	struct tr_address target;	/* of the next trace; none: over */
	/*
	 * Where the first trace's end starts its errors with TTL 255 and its
	 * echo replies with 64, as Juniper's routers do: only the first are
	 * counted down in a tunnel on the way back (RTLA).
	 */
	bool	 has_lengths;
	uint8_t	 echo_hops;		/* over so many its echo reply came, */
	uint8_t	 error_hops;		/* and over so many its error */
	uint8_t	 error_ttl;		/* of the error as it arrived */
};

/*
 * The places of a concluded path where its findings see or suspect a tunnel
 * that hides routers, each with the first target to trace to.  Returns how
 * many, at most TR_HIDDEN_MAX, or TR_ENOMEM.
 */
int tr_hidden_find(const struct tr_path *path,
    struct tr_hidden hidden[TR_HIDDEN_MAX]);

/*
 * What a trace by ICMP echo to hidden->target shows, which began at or before
 * before_ttl, or at 1.  Sets the next target, or none.
 */
void tr_hidden_learn(struct tr_hidden *hidden, const struct tr_path *path,
    const struct tr_path *trace);

#endif
