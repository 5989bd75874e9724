/*
 * Which cells of a discovery are to be probed next, by the rules of multipath
 * detection.  A plan knows no time: it looks at what is known and at what is
 * under way, and is asked again when that has changed.
 *
 * The rules are those of the multipath detection algorithm (Veitch and others,
 * INFOCOM 2009) and of MDA-Lite (Vermeulen and others, IMC 2018):
 *
 * FULL	Of each vertex, so many flows that meet it are looked at one TTL on
 *	as the stopping rule asks for the number of its successors.  Where not
 *	enough flows are known to meet it, more are sent to its own TTL.
 * LITE	Of each TTL, so many flows are looked at as the stopping rule asks for
 *	the number of vertices there.  Each vertex then gets an edge to and
 *	from.  Between two TTLs that both have several vertices, those of the
 *	wider one (of both, if equal) get so many flows that another edge of
 *	theirs would have been seen as surely as the bound asks; if there are
 *	several edges to a vertex where a tree would have one, or unequally
 *	many from them, FULL rules hold until the ways have come together.
 * FIXED	So many flows at each TTL, and no rule.
 *
 * The bound alpha is that of the whole graph.  Each balancer gets the share
 * that tr_stopping_share() gives for as many as were found and two more: so a
 * balancer that hides others behind it has its part too.
 *
 * Under all rules one flow walks ahead, to TR_PLAN_GAP silent TTLs beyond the
 * farthest answer; where it gets none, as many follow as a single way asks for.
 *
 * Under all rules a flow is sent again wherever ways part, to find out whether
 * they part by flow or by packet; where flows do not stay, vertices are
 * counted by TTL, and no edges are asked for until the ways have come
 * together.  At the end flows are sent once more everywhere, where ways part so
 * many that it would have shown, as surely as the bound asks, if packets were
 * balanced each by itself or flows had been mapped anew.  At a TTL with one
 * vertex LITE holds the last flow back for that: whichever comes must meet it.
 */
#ifndef TR_STRATEGY_PLAN_H
#define TR_STRATEGY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strategy/discovery.h"
#include "strategy/stopping.h"

enum tr_plan_way {
	TR_PLAN_LITE,
	TR_PLAN_FULL,
	TR_PLAN_FIXED,
};

/* Probes of a flow at a TTL without an answer after which it is silent. */
#define TR_PLAN_ATTEMPTS	3

/* How often a flow is looked at where ways part, as soon as they do. */
#define TR_PLAN_FIRST_LOOK	3

/* TTLs beyond the farthest answer: probed at once, and at all. */
#define TR_PLAN_AHEAD		3
#define TR_PLAN_GAP		5

#define TR_PLAN_WANTS_MAX	512

struct tr_plan_rules {
	enum tr_plan_way way;
	double	 alpha;		/* more than 0, less than 1 */
	uint32_t flows;		/* FIXED: so many; 1..flows_max */
	unsigned balancers;	/* that share the bound; 0: as above */
};

struct tr_want {
	uint32_t flow;
	uint8_t	 ttl;
};

/* Of a vertex: flows that are known at another TTL, or will be. */
struct tr_pending {
	uint32_t flows;
	uint32_t silent;		/* of these, met with silence there */
};

struct tr_plan {
	struct tr_plan_rules rules;
	struct tr_discovery *discovery;	/* borrowed */
	struct tr_stopping stopping;
	unsigned balancers;		/* that share the bound */
	bool	 closing;		/* all is found but what is held back */
	unsigned looks;			/* last looks that were asked for */
	bool	 looking;		/* wants are one: to be sent whole */

	struct tr_want wants[TR_PLAN_WANTS_MAX];
	uint32_t want_count;

	/* Scratch of one making. */
	uint16_t *wanted_in;		/* by cell: the making that wants it */
	uint16_t making;
	uint32_t planned[256];		/* new cells, by TTL */
	uint32_t next_flow[256];	/* flows below it have a cell */
	struct tr_pending *pending;	/* by vertex */
	uint32_t pending_size;
};

/* Returns NULL without memory.  Free with tr_plan_free(). */
struct tr_plan *tr_plan_new(const struct tr_plan_rules *rules,
    struct tr_discovery *discovery);
void tr_plan_free(struct tr_plan *plan);

/*
 * For many plans, one after the other, in the same memory: as for a discovery
 * (strategy/discovery.h), which has its own.
 */
int tr_plan_reserve(struct tr_plan *plan, uint32_t vertices);
size_t tr_plan_memory(uint8_t first_ttl, uint8_t max_ttl, uint32_t flows_max,
    uint32_t vertices);

/* The discovery was reset: begin anew. */
void tr_plan_reset(struct tr_plan *plan);

/*
 * Fill plan->wants anew.  None, with nothing under way: it is complete.
 * Returns TR_OK or TR_ENOMEM.
 */
int tr_plan_make(struct tr_plan *plan);

/* How many balancers share the bound, as far as is known. */
unsigned tr_plan_balancers(const struct tr_discovery *discovery);

/* What two TTLs with several vertices each look like. */
enum tr_pairing {
	TR_PAIRING_PLAIN,	/* one of the two has one vertex, or none */
	TR_PAIRING_UNKNOWN,	/* fewer flows than it takes to tell */
	TR_PAIRING_EVEN,	/* each to as many, no two to the same */
	TR_PAIRING_MESHED,
	TR_PAIRING_UNEVEN,
};

/*
 * Between a TTL and the next; flows: how many of each vertex must be known
 * for EVEN.
 */
enum tr_pairing tr_plan_pairing(const struct tr_discovery *discovery,
    int ttl, uint32_t flows);

#endif
