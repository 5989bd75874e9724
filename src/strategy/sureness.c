#include <math.h>

#include "strategy/sureness.h"

/* What the decisions come to. */
struct judgement {
	const struct tr_discovery *discovery;
	struct tr_sureness *sureness;
	tr_onward_fn *onward;
	void	*context;
	struct tr_stopping stopping;
	double	 found;		/* chance that no decision missed anything */
	double	 hidden;	/* greatest chance where one way was seen */
};

static void
tell(const struct judgement *judgement, uint32_t vertex,
    const struct tr_decision *onward)
{
	if (judgement->onward != NULL)
		judgement->onward(judgement->context, vertex, onward);
}

/* What equal ways would go unseen; see sureness.h. */
static double
miss_of(uint32_t ways, uint32_t flows)
{
	const double all = ways + 1.0;

	if (flows == 0)
		return 1;
	return fmin(1, all * pow(ways / all, flows));
}

/* parts: ways part here; else they come from where they have parted. */
static void
decide(struct judgement *judgement,
    struct tr_decision *decision, uint32_t ways, uint32_t flows, bool parts)
{
	if (ways == 0)
		ways = 1;
	decision->ways = ways;
	decision->flows = flows;
	decision->needed = tr_stopping_flows(&judgement->stopping, ways);
	decision->miss = miss_of(ways, flows);
	if (flows < decision->needed)
		judgement->sureness->too_few = true;
	if (ways > 1 && parts)
		judgement->found *= 1 - decision->miss;
	else
		judgement->hidden = fmax(judgement->hidden, decision->miss);
}

/* Cells that a silent router explains: ways and flows too. */
static uint32_t
silent_cells(const struct tr_discovery *discovery, int ttl)
{
	uint32_t cells;

	return tr_discovery_is_silent(discovery, ttl, TR_PLAN_ATTEMPTS,
	    &cells) ? cells : 0;
}

/* Does any vertex lead to several at this TTL? */
static bool
parts_before(const struct tr_discovery *discovery, int ttl)
{
	uint32_t number;

	if (ttl == discovery->first_ttl)
		return true;
	number = discovery->hops[ttl - 1].first_vertex;
	for (; number != TR_DISCOVERY_NONE;
	    number = discovery->vertices[number].next)
		if (discovery->vertices[number].out_degree > 1)
			return true;
	return false;
}

static void
decide_by_hop(struct judgement *judgement, int ttl,
    struct tr_decision *decision)
{
	const struct tr_discovery *discovery = judgement->discovery;
	const struct tr_hop_facts *hop = &discovery->hops[ttl];
	const uint32_t silent = silent_cells(discovery, ttl);

	/* Where nobody answers, nothing can be decided. */
	if (hop->answered == 0)
		return;
	decision->by_hop = true;
	decide(judgement, decision, hop->width + (silent > 0),
	    hop->answered + silent, parts_before(discovery, ttl));
}

/* Flows of a vertex that met with silence at the next TTL. */
static uint32_t
silent_behind(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex)
{
	const int ttl = vertex->ttl + 1;
	uint32_t flows = 0;

	if (silent_cells(discovery, ttl) == 0)
		return 0;
	for (uint32_t flow = 0; flow < discovery->hops[ttl].top; flow++)
		flows += tr_discovery_at(discovery, flow, ttl - 1) == vertex &&
		    tr_discovery_is_silent_cell(discovery, flow, ttl,
		    TR_PLAN_ATTEMPTS);
	return flows;
}

/* The decisions about what is behind a TTL. */
static void
decide_behind(struct judgement *judgement, int ttl, bool full)
{
	const struct tr_discovery *discovery = judgement->discovery;
	struct tr_decision shared = { .ways = 0 };
	uint32_t number = discovery->hops[ttl].first_vertex;

	if (discovery->hops[ttl + 1].answered == 0)
		return;
	if (!full || silent_cells(discovery, ttl) > 0)
		decide_by_hop(judgement, ttl + 1, &shared);
	for (; number != TR_DISCOVERY_NONE;
	    number = discovery->vertices[number].next) {
		const struct tr_vertex *vertex = &discovery->vertices[number];
		struct tr_decision onward = shared;

		if (!tr_vertex_goes_on(vertex))
			continue;
		if (full) {
			const uint32_t silent = silent_behind(discovery,
			    vertex);

			onward = (struct tr_decision){ .by_hop = false };
			decide(judgement, &onward,
			    vertex->out_degree + (silent > 0),
			    vertex->onward + silent, true);
		}
		tell(judgement, number, &onward);
	}
}

/*
 * The last decision: that nobody answers behind the farthest answer, of those
 * flows that were sent there.
 */
static void
decide_beyond(struct judgement *judgement)
{
	const struct tr_discovery *discovery = judgement->discovery;
	const int ttl = discovery->farthest;
	const struct tr_vertex *vertex = tr_discovery_first(discovery, ttl);
	struct tr_decision beyond = { .by_hop = true };

	if (tr_discovery_width_onward(discovery, ttl) == 0 ||
	    ttl == discovery->max_ttl)
		return;
	decide(judgement, &beyond, 1, tr_discovery_asked(discovery,
	    ttl + 1), false);
	for (; vertex != NULL; vertex = tr_discovery_next(discovery, vertex))
		if (tr_vertex_goes_on(vertex))
			tell(judgement, (uint32_t)(vertex -
			    discovery->vertices), &beyond);
}

static bool
is_odd(enum tr_pairing pairing)
{
	return pairing == TR_PAIRING_MESHED || pairing == TR_PAIRING_UNEVEN;
}

/* One TTL after the other. */
static void
decide_along(struct judgement *judgement, const struct tr_plan_rules *rules)
{
	const struct tr_discovery *discovery = judgement->discovery;
	bool full = rules->way == TR_PLAN_FULL;

	decide_by_hop(judgement, discovery->first_ttl,
	    &judgement->sureness->first);
	for (int ttl = discovery->first_ttl; ttl < discovery->farthest;
	    ttl++) {
		const bool steady = tr_discovery_is_steady(discovery, ttl);

		judgement->sureness->silent_ttls +=
		    discovery->hops[ttl].answered == 0;
		if (discovery->hops[ttl].width <= 1)
			full = rules->way == TR_PLAN_FULL;
		if (!full && steady && is_odd(tr_plan_pairing(discovery, ttl,
		    tr_stopping_flows(&judgement->stopping, 1))))
			full = true;
		decide_behind(judgement, ttl, full && steady &&
		    discovery->hops[ttl].answered > 0);
	}
	decide_beyond(judgement);
}

void
tr_sureness_judge(const struct tr_discovery *discovery,
    const struct tr_plan_rules *rules, struct tr_sureness *sureness,
    tr_onward_fn *onward, void *context)
{
	struct judgement judgement = {
		.discovery = discovery,
		.sureness = sureness,
		.onward = onward,
		.context = context,
		.found = 1,
	};

	*sureness = (struct tr_sureness){
		.balancers = rules->balancers != 0 ? rules->balancers :
		    tr_plan_balancers(discovery),
		.asked = rules->alpha,
	};
	sureness->share = tr_stopping_share(rules->alpha,
	    sureness->balancers);
	if (discovery->farthest < discovery->first_ttl) {
		/* Nobody has answered. */
		sureness->too_few = true;
		sureness->miss = 1;
		return;
	}
	tr_stopping_begin(&judgement.stopping, sureness->share);
	decide_along(&judgement, rules);
	sureness->miss = 1 - judgement.found * (1 - judgement.hidden);
}
