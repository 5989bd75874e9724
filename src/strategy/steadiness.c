#include "strategy/plan_part.h"

/* The same flow again, until it has been looked at so often. */
static void
want_repeats(struct tr_plan *plan, uint32_t flow, int ttl, uint32_t times)
{
	const struct tr_cell *cell = tr_discovery_cell(plan->discovery, flow,
	    ttl);
	const uint32_t have = cell->answered +
	    (uint32_t)(cell->sent - cell->settled);

	if (cell->vertex != 0 && have < times && cell->sent < 2 * times)
		tr_plan_want_again(plan, flow, ttl, times - have);
}

void
tr_plan_test_steadiness(struct tr_plan *plan, int ttl)
{
	const struct tr_discovery *discovery = plan->discovery;
	const struct tr_vertex *vertex;

	if (ttl == discovery->first_ttl) {
		if (discovery->hops[ttl].width > 1)
			want_repeats(plan, 0, ttl, TR_PLAN_FIRST_LOOK);
		return;
	}
	if (!tr_discovery_is_steady(discovery, ttl - 1))
		return;
	for (vertex = tr_discovery_first(discovery, ttl - 1); vertex != NULL;
	    vertex = tr_discovery_next(discovery, vertex)) {
		const uint32_t flow = vertex->out_degree < 2 ?
		    TR_DISCOVERY_NONE : tr_discovery_flow_through(discovery,
		    vertex);

		if (flow != TR_DISCOVERY_NONE)
			want_repeats(plan, flow, ttl, TR_PLAN_FIRST_LOOK);
	}
}

void
tr_plan_settle_doubt(struct tr_plan *plan, int ttl)
{
	const struct tr_hop_facts *hop = &plan->discovery->hops[ttl];
	const uint32_t enough = 2 * tr_stopping_flows(&plan->stopping, 1);

	if (hop->cells_switched == 0 || hop->cells_unsteady > 0)
		return;
	for (uint32_t flow = 0; flow < hop->top; flow++) {
		const struct tr_cell *cell = tr_discovery_cell(
		    plan->discovery, flow, ttl);
		const uint32_t have = cell->answered +
		    (uint32_t)(cell->sent - cell->settled);

		if (cell->switches == 1 && have < enough &&
		    cell->sent < 2 * enough) {
			tr_plan_want_again(plan, flow, ttl, enough - have);
			return;
		}
	}
}

/* So many flows once more: those of the vertex, or (NULL) any. */
static void
want_looks(struct tr_plan *plan, const struct tr_vertex *vertex, int ttl,
    uint32_t count)
{
	const struct tr_discovery *discovery = plan->discovery;
	const uint32_t top = discovery->hops[ttl].top;

	/* First those that had no second look, then any. */
	for (unsigned most = 1; most <= UINT8_MAX && count > 0; most += 254)
		for (uint32_t flow = 0; flow < top && count > 0; flow++) {
			const struct tr_cell *cell = tr_discovery_cell(
			    discovery, flow, ttl);

			if (cell->vertex == 0 || cell->answered > most ||
			    (most > 1 && cell->answered == 1) ||
			    (vertex != NULL && tr_discovery_at(discovery,
			    flow, vertex->ttl) != vertex))
				continue;
			tr_plan_want_again(plan, flow, ttl, 1);
			count--;
		}
}

/* What the last look still lacks where ways part before a TTL. */
static uint32_t
looks_lacking(struct tr_plan *plan, const struct tr_vertex *vertex, int ttl,
    uint32_t ways)
{
	const uint32_t need = tr_stopping_alike_flows(ways,
	    plan->stopping.epsilon) - 1;
	const uint32_t have = tr_discovery_repeats(plan->discovery, vertex,
	    ttl);

	return have < need ? need - have : plan->looks == 0;
}

void
tr_plan_want_last_look(struct tr_plan *plan)
{
	const struct tr_discovery *discovery = plan->discovery;

	for (int ttl = discovery->first_ttl; ttl <= discovery->farthest;
	    ttl++) {
		const struct tr_vertex *vertex = ttl == discovery->first_ttl ?
		    NULL : tr_discovery_first(discovery, ttl - 1);
		const uint32_t before = plan->want_count;

		if (!tr_discovery_is_steady(discovery, ttl))
			continue;
		if (ttl == discovery->first_ttl &&
		    discovery->hops[ttl].width > 1)
			want_looks(plan, NULL, ttl, looks_lacking(plan, NULL,
			    ttl, discovery->hops[ttl].width));
		for (; vertex != NULL;
		    vertex = tr_discovery_next(discovery, vertex))
			if (vertex->out_degree > 1)
				want_looks(plan, vertex, ttl, looks_lacking(
				    plan, vertex, ttl, vertex->out_degree));
		if (plan->want_count == before && plan->looks == 0 &&
		    (plan->rules.way != TR_PLAN_LITE ||
		    tr_discovery_width(discovery, ttl) > 1))
			want_looks(plan, NULL, ttl, 1);
	}
	plan->looks++;
	plan->looking = true;
}
