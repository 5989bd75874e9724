/*
 * The graph of a load-balanced route: what a run with many flows found, what
 * was measured at each vertex, and how sure it is that nothing was missed
 * (strategy/sureness.h).
 *
 * Built from the path alone, so a replay says what the run said.
 */
#ifndef TR_RESULT_GRAPH_H
#define TR_RESULT_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "result/path.h"
#include "strategy/sureness.h"

/* How a vertex spreads flows over its successors. */
enum tr_balance {
	TR_BALANCE_NONE,	/* it has one, or none */
	TR_BALANCE_FLOW,	/* the same flow takes the same way */
	TR_BALANCE_PACKET,	/* it does not */
	TR_BALANCE_DESTINATION,	/* flows to another host take another one; */
				/* only --classify shows it */
	TR_BALANCE_UNKNOWN,	/* not asked often enough */
};

const char *tr_balance_name(enum tr_balance balance);

/* What was measured at a vertex; by its number in the discovery. */
struct tr_graph_vertex {
	uint32_t probes;	/* of flows that meet it */
	uint32_t answers;	/* that came in time */
	uint32_t timed;		/* of these, with a round trip */
	int64_t	 rtt_least;	/* ns; TR_TIME_NONE without answers */
	int64_t	 rtt_most;
	double	 rtt_sum;
	struct tr_decision onward;	/* about its successors; if any */
	enum tr_balance balance;
	bool	 links_claimed;	/* its edges are those of flows */
	bool	 uneven;	/* even ways would spread flows so once in */
				/* a thousand times (chi-squared test) */
	uint32_t place;		/* in the order of its TTL: from 0 */
	struct tr_field_test fields[TR_FIELDS];	/* of a classified graph */
};

/* Why the bound does not hold: bits. */
enum tr_void {
	TR_VOID_LOSS = 1 << 0,		/* too few answers somewhere */
	TR_VOID_CHANGE = 1 << 1,	/* the path changed meanwhile */
	TR_VOID_PACKET = 1 << 2,	/* flows do not stay somewhere */
	TR_VOID_LIMIT = 1 << 3,		/* ended early: probes, time, user */
	TR_VOID_FLOWS = 1 << 4,		/* more flows than there are */
	TR_VOID_FIXED = 1 << 5,		/* a number of flows was asked for, */
					/* or another program chose it, and */
					/* it is less than it takes */
	TR_VOID_SHARES = 1 << 6,	/* flows are not spread evenly */
};

#define TR_VOIDS 7

/* "loss", "change", ... for bit 0 to TR_VOIDS - 1. */
const char *tr_void_name(unsigned bit);

struct tr_graph {
	const struct tr_path *path;	/* borrowed */
	struct tr_discovery *discovery;
	struct tr_graph_vertex *vertices;	/* by vertex */
	uint8_t	 last_ttl;		/* to show; 0: nothing answered */
	struct tr_decision first;	/* about the first TTL */
	unsigned balancers;		/* that share the bound */
	double	 share;			/* of each */
	double	 asked;			/* what miss may be at most */
	double	 miss;			/* chance that something was missed */
	unsigned voids;			/* enum tr_void: miss is not to be */
					/* relied on */
	uint32_t flows;			/* that were sent */
	uint32_t silent_ttls;		/* where nobody answered */
	uint32_t silent_beside;		/* silent vertices where others did */
	bool	 classified;		/* --classify */
	bool	 unfinished;		/* it was ended before all was asked */
	uint32_t varied_probes;		/* of flows that were varied for it */
	bool	 changed[256];		/* by TTL: the path did meanwhile */
};

/* Was any probe of the flow sent?  flow is less than discovery->flows. */
bool tr_graph_has_flow(const struct tr_graph *graph, uint32_t flow);

/* Returns NULL without memory.  Free with tr_graph_free(). */
struct tr_graph *tr_graph_new(const struct tr_path *path);
void tr_graph_free(struct tr_graph *graph);

/* The mean round trip of a vertex, ns, or TR_TIME_NONE. */
int64_t tr_graph_round_trip(const struct tr_graph_vertex *vertex);

/*
 * The vertices of a TTL, in the order in which they are shown, that of those
 * before them.  Fills order, which has room for the width of that TTL, and
 * returns how many there are.
 */
uint32_t tr_graph_order(const struct tr_graph *graph, int ttl,
    uint32_t *order);

#endif
