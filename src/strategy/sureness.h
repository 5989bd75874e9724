/*
 * How sure it is that nothing of a load-balanced route was missed.
 *
 * Each decision to look no further is one about a vertex (FULL rules of
 * strategy/plan.h) or about a TTL (LITE).  With ways seen by m answered flows,
 * one more of equal ways would be unseen with a chance of at most
 * (ways + 1) * (ways / (ways + 1))^m.  The graph's is that of missing something
 * at any decision where ways part, or at one more that hides.
 */
#ifndef TR_STRATEGY_SURENESS_H
#define TR_STRATEGY_SURENESS_H

#include <stdbool.h>
#include <stdint.h>

#include "strategy/plan.h"

/* A decision to look no further. */
struct tr_decision {
	bool	 by_hop;	/* about the next TTL as a whole */
	uint32_t ways;		/* seen; a silent one counts */
	uint32_t flows;		/* answered, of those that were sent */
	uint32_t needed;	/* for the bound that was asked for */
	double	 miss;		/* chance of an equal way unseen */
};

struct tr_sureness {
	struct tr_decision first;	/* about the first TTL */
	unsigned balancers;	/* that share the bound */
	double	 share;		/* of each */
	double	 asked;		/* what miss may be at most */
	double	 miss;		/* chance that something was missed, if ways */
				/* are equal and flows stay on theirs */
	bool	 too_few;	/* answers, for some decision: miss is more */
				/* than was asked */
	uint32_t silent_ttls;	/* where nobody answered */
};

/* The decision about the successors of a vertex, by its number. */
typedef void tr_onward_fn(void *context, uint32_t vertex,
    const struct tr_decision *onward);

/*
 * Of a discovery that is over: after tr_discovery_leave_out_unproven(), before
 * tr_discovery_add_silent().  onward may be NULL.
 */
void tr_sureness_judge(const struct tr_discovery *discovery,
    const struct tr_plan_rules *rules, struct tr_sureness *sureness,
    tr_onward_fn *onward, void *context);

#endif
