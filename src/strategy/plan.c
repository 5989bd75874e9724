#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "strategy/plan_part.h"

static size_t
mark_count(uint8_t first_ttl, uint8_t max_ttl, uint32_t flows_max)
{
	return ((size_t)(max_ttl - first_ttl) + 1) * flows_max;
}

struct tr_plan *
tr_plan_new(const struct tr_plan_rules *rules,
    struct tr_discovery *discovery)
{
	struct tr_plan *plan = calloc(1, sizeof(*plan));

	if (plan == NULL)
		return NULL;
	plan->rules = *rules;
	plan->discovery = discovery;
	plan->wanted_in = calloc(mark_count(discovery->first_ttl,
	    discovery->max_ttl, discovery->flows_max),
	    sizeof(*plan->wanted_in));
	if (plan->wanted_in == NULL) {
		free(plan);
		return NULL;
	}
	return plan;
}

void
tr_plan_free(struct tr_plan *plan)
{
	if (plan == NULL)
		return;
	free(plan->wanted_in);
	free(plan->pending);
	free(plan);
}

int
tr_plan_reserve(struct tr_plan *plan, uint32_t vertices)
{
	plan->pending = calloc(vertices, sizeof(*plan->pending));
	if (plan->pending == NULL)
		return TR_ENOMEM;
	plan->pending_size = vertices;
	return TR_OK;
}

size_t
tr_plan_memory(uint8_t first_ttl, uint8_t max_ttl, uint32_t flows_max,
    uint32_t vertices)
{
	return sizeof(struct tr_plan) +
	    mark_count(first_ttl, max_ttl, flows_max) * sizeof(uint16_t) +
	    vertices * sizeof(struct tr_pending);
}

/* The makings are counted on, so that marks of old ones are none. */
void
tr_plan_reset(struct tr_plan *plan)
{
	plan->balancers = 0;
	plan->closing = false;
	plan->looks = 0;
	plan->looking = false;
	plan->want_count = 0;
	memset(plan->next_flow, 0, sizeof(plan->next_flow));
}

/* --- what is known ------------------------------------------------------ */

unsigned
tr_plan_balancers(const struct tr_discovery *discovery)
{
	/* What is found, and two that may hide: plan.h. */
	unsigned balancers = 2;

	if (discovery->hops[discovery->first_ttl].width > 1)
		balancers++;
	for (uint32_t i = 0; i < discovery->vertex_count; i++)
		if (discovery->vertices[i].flows > 0 &&
		    discovery->vertices[i].out_degree > 1)
			balancers++;
	return balancers;
}

/* How the edges between two TTLs lie, of all vertices that have any. */
struct degrees {
	uint32_t out_least, out_most;
	uint32_t in_least, in_most;
	uint32_t flows_least;		/* of what was to be tested */
};

static void
note_degree(uint32_t degree, uint32_t *least, uint32_t *most)
{
	if (degree < *least)
		*least = degree;
	if (degree > *most)
		*most = degree;
}

enum tr_pairing
tr_plan_pairing(const struct tr_discovery *discovery, int ttl,
    uint32_t flows)
{
	const uint32_t above = tr_discovery_width_onward(discovery, ttl);
	const uint32_t below = tr_discovery_width(discovery, ttl + 1);
	struct degrees degrees = {
		UINT32_MAX, 0, UINT32_MAX, 0, UINT32_MAX,
	};
	uint32_t unused = 0;

	if (above < 2 || below < 2)
		return TR_PAIRING_PLAIN;
	for (const struct tr_vertex *vertex = tr_discovery_first(discovery,
	    ttl); vertex != NULL;
	    vertex = tr_discovery_next(discovery, vertex)) {
		if (!tr_vertex_goes_on(vertex))
			continue;
		note_degree(vertex->out_degree, &degrees.out_least,
		    &degrees.out_most);
		if (above >= below)
			note_degree(vertex->onward, &degrees.flows_least,
			    &unused);
	}
	for (const struct tr_vertex *vertex = tr_discovery_first(discovery,
	    ttl + 1); vertex != NULL;
	    vertex = tr_discovery_next(discovery, vertex)) {
		note_degree(vertex->in_degree, &degrees.in_least,
		    &degrees.in_most);
		if (below >= above)
			note_degree(vertex->backward, &degrees.flows_least,
			    &unused);
	}
	if ((above <= below && degrees.in_most > 1) ||
	    (above >= below && degrees.out_most > 1))
		return TR_PAIRING_MESHED;
	if (degrees.out_least == 0 || degrees.in_least == 0 ||
	    degrees.flows_least < flows)
		return TR_PAIRING_UNKNOWN;
	if (degrees.out_least != degrees.out_most ||
	    degrees.in_least != degrees.in_most)
		return TR_PAIRING_UNEVEN;
	return TR_PAIRING_EVEN;
}

/* --- wanting ------------------------------------------------------------ */

static uint16_t *
mark_of(const struct tr_plan *plan, uint32_t flow, int ttl)
{
	const struct tr_discovery *discovery = plan->discovery;

	return plan->wanted_in +
	    (size_t)(ttl - discovery->first_ttl) * discovery->flows_max + flow;
}

static bool
is_wanted(const struct tr_plan *plan, uint32_t flow, int ttl)
{
	return *mark_of(plan, flow, ttl) == plan->making;
}

static bool
is_asked(const struct tr_plan *plan, uint32_t flow, int ttl)
{
	return tr_discovery_cell(plan->discovery, flow, ttl)->sent > 0 ||
	    is_wanted(plan, flow, ttl);
}

static bool
is_under_way(const struct tr_cell *cell)
{
	return cell->settled < cell->sent;
}

/* Once in a making; false when it was not taken. */
static bool
want(struct tr_plan *plan, uint32_t flow, int ttl)
{
	const bool is_new = !is_asked(plan, flow, ttl);

	if (plan->want_count == TR_PLAN_WANTS_MAX)
		return false;
	if (is_wanted(plan, flow, ttl))
		return false;
	*mark_of(plan, flow, ttl) = plan->making;
	plan->wants[plan->want_count++] = (struct tr_want){
		flow, (uint8_t)ttl,
	};
	if (is_new)
		plan->planned[ttl]++;
	return true;
}

void
tr_plan_want_again(struct tr_plan *plan, uint32_t flow, int ttl, uint32_t times)
{
	for (; times > 0 && plan->want_count < TR_PLAN_WANTS_MAX; times--)
		plan->wants[plan->want_count++] = (struct tr_want){
			flow, (uint8_t)ttl,
		};
}

/*
 * May the flow get as far as this TTL?  Behind the first end of routes, only
 * what is known to go on one TTL before.
 */
static bool
may_pass(const struct tr_plan *plan, uint32_t flow, int ttl, bool after_end)
{
	const struct tr_discovery *discovery = plan->discovery;
	const struct tr_vertex *before;

	if (tr_discovery_ended(discovery, flow, ttl))
		return false;
	if (!after_end)
		return true;
	before = tr_discovery_at(discovery, flow, ttl - 1);
	return before != NULL && tr_vertex_goes_on(before);
}

static uint32_t
flow_limit(const struct tr_plan *plan)
{
	return plan->rules.way == TR_PLAN_FIXED ? plan->rules.flows :
	    plan->discovery->flows_max;
}

/* So many flows more at this TTL, the first ones that were not there. */
static void
want_fresh(struct tr_plan *plan, int ttl, uint32_t count)
{
	const struct tr_discovery *discovery = plan->discovery;
	const bool after_end = discovery->nearest_end != 0 &&
	    discovery->nearest_end < ttl;
	/* Behind an end only those are known to go on that were seen before. */
	const uint32_t limit = after_end ? discovery->hops[ttl - 1].top :
	    flow_limit(plan);
	uint32_t flow = plan->next_flow[ttl], coming;

	while (flow < limit &&
	    tr_discovery_cell(discovery, flow, ttl)->sent > 0)
		flow++;
	plan->next_flow[ttl] = flow;
	for (; flow < limit && count > 0; flow++)
		if (!is_asked(plan, flow, ttl) &&
		    may_pass(plan, flow, ttl, after_end)) {
			if (!want(plan, flow, ttl))
				return;
			count--;
		}
	if (count == 0 || !after_end)
		return;
	/* More flows must be seen to get past the ends before. */
	coming = discovery->hops[ttl - 1].waiting + plan->planned[ttl - 1];
	if (coming < count && ttl > discovery->first_ttl)
		want_fresh(plan, ttl - 1, count - coming);
}

/* --- silence and loss --------------------------------------------------- */

/* Where nobody answers, nobody is asked a second time. */
static unsigned
attempts_at(const struct tr_plan *plan, int ttl)
{
	return tr_discovery_is_mute(plan->discovery, ttl) ?
	    1 : TR_PLAN_ATTEMPTS;
}

/* Cells that a silent router explains: as good as answered. */
static uint32_t
silent_cells(const struct tr_plan *plan, int ttl)
{
	uint32_t cells;

	return tr_discovery_is_silent(plan->discovery, ttl,
	    attempts_at(plan, ttl), &cells) ? cells : 0;
}

/* Where others are answered, what was not is sent again. */
static void
want_lost(struct tr_plan *plan, int ttl)
{
	const struct tr_hop_facts *hop = &plan->discovery->hops[ttl];

	if (hop->asked == hop->answered + hop->waiting ||
	    tr_discovery_is_mute(plan->discovery, ttl))
		return;
	for (uint32_t flow = 0; flow < hop->top; flow++) {
		const struct tr_cell *cell = tr_discovery_cell(
		    plan->discovery, flow, ttl);

		if (cell->vertex == 0 && cell->sent > 0 &&
		    cell->sent < TR_PLAN_ATTEMPTS && !is_under_way(cell) &&
		    !tr_discovery_ended(plan->discovery, flow, ttl))
			want(plan, flow, ttl);
	}
}

/* --- the rules ---------------------------------------------------------- */

static uint32_t
flows_for(struct tr_plan *plan, uint32_t ways)
{
	return tr_stopping_flows(&plan->stopping, ways);
}

/* Does the last flow of a TTL with one vertex wait for all else? */
static bool
is_held_back(const struct tr_plan *plan, int ttl)
{
	return plan->rules.way == TR_PLAN_LITE && !plan->closing &&
	    tr_discovery_width(plan->discovery, ttl) == 1;
}

/* So many flows as the vertices of this TTL ask for, wherever they go. */
static void
apply_hop_rule(struct tr_plan *plan, int ttl)
{
	const struct tr_hop_facts *hop = &plan->discovery->hops[ttl];
	const uint32_t silent = silent_cells(plan, ttl);
	const uint32_t have = hop->answered + hop->waiting + silent +
	    plan->planned[ttl];
	uint32_t need = plan->rules.way == TR_PLAN_FIXED ?
	    plan->rules.flows : flows_for(plan,
	    tr_discovery_width(plan->discovery, ttl) + (silent > 0));

	/* The last one tells at the end whether the vertex is still there. */
	if (is_held_back(plan, ttl))
		need--;
	if (have < need)
		want_fresh(plan, ttl, need - have);
}

/* Room for what is under way of each vertex, nothing so far. */
static int
clear_pending(struct tr_plan *plan)
{
	const uint32_t count = plan->discovery->vertex_count;

	if (count > plan->pending_size) {
		struct tr_pending *pending = realloc(plan->pending,
		    count * 2 * sizeof(*pending));

		if (pending == NULL)
			return TR_ENOMEM;
		plan->pending = pending;
		plan->pending_size = count * 2;
	}
	if (count > 0)
		memset(plan->pending, 0, count * sizeof(*plan->pending));
	return TR_OK;
}

/*
 * What is still lacking for vertices of one TTL: flows known at the other one,
 * the next or the one before.
 */
struct lack {
	int	 ttl;
	int	 other;
	uint32_t flows;			/* a number for all; 0: the rule's */
};

static struct tr_pending *
pending_of(const struct tr_plan *plan, const struct tr_vertex *vertex)
{
	return &plan->pending[vertex - plan->discovery->vertices];
}

/* How many flows of the vertex must be known at the other TTL. */
static uint32_t
needed(struct tr_plan *plan, const struct lack *lack,
    const struct tr_vertex *vertex)
{
	return lack->flows != 0 ? lack->flows : flows_for(plan,
	    vertex->out_degree + (pending_of(plan, vertex)->silent > 0));
}

/* Flows that are known, under way or met with silence at the other TTL. */
static void
count_pending(struct tr_plan *plan, const struct lack *lack)
{
	const struct tr_discovery *discovery = plan->discovery;
	const uint32_t top = discovery->hops[lack->ttl].top;
	const unsigned in_vain = silent_cells(plan, lack->other) > 0 ?
	    attempts_at(plan, lack->other) : UINT_MAX;

	for (uint32_t flow = 0; flow < top; flow++) {
		const struct tr_vertex *vertex = tr_discovery_at(discovery,
		    flow, lack->ttl);
		const struct tr_cell *cell;

		if (vertex == NULL)
			continue;
		cell = tr_discovery_cell(discovery, flow, lack->other);
		if (cell->vertex != 0 || is_under_way(cell) ||
		    is_wanted(plan, flow, lack->other))
			pending_of(plan, vertex)->flows++;
		else if (cell->sent >= in_vain) {
			pending_of(plan, vertex)->flows++;
			pending_of(plan, vertex)->silent++;
		}
	}
}

/* Flows that are known to meet a vertex: look at them at the other TTL. */
static void
want_known(struct tr_plan *plan, const struct lack *lack)
{
	const struct tr_discovery *discovery = plan->discovery;
	const uint32_t top = discovery->hops[lack->ttl].top;

	for (uint32_t flow = 0; flow < top; flow++) {
		const struct tr_vertex *vertex = tr_discovery_at(discovery,
		    flow, lack->ttl);

		if (vertex == NULL || is_asked(plan, flow, lack->other) ||
		    (lack->other > lack->ttl && !tr_vertex_goes_on(vertex)) ||
		    pending_of(plan, vertex)->flows >=
		    needed(plan, lack, vertex))
			continue;
		if (!want(plan, flow, lack->other))
			return;
		pending_of(plan, vertex)->flows++;
	}
}

/*
 * Node control: so many flows more to the TTL itself that each vertex may
 * well get as many as it lacks.
 */
static void
want_more(struct tr_plan *plan, const struct lack *lack)
{
	const struct tr_discovery *discovery = plan->discovery;
	const struct tr_hop_facts *hop = &discovery->hops[lack->ttl];
	const struct tr_vertex *vertex = tr_discovery_first(discovery,
	    lack->ttl);
	const uint32_t under_way = hop->waiting + plan->planned[lack->ttl];
	double most = 0;

	for (; vertex != NULL; vertex = tr_discovery_next(discovery, vertex)) {
		const uint32_t need = needed(plan, lack, vertex);
		const uint32_t have = pending_of(plan, vertex)->flows;

		if (have >= need ||
		    (lack->other > lack->ttl && !tr_vertex_goes_on(vertex)))
			continue;
		most = fmax(most, (double)(need - have) *
		    (double)hop->answered / (double)vertex->flows);
	}
	/* Not far ahead of what is known of the shares. */
	most = fmin(ceil(most), 64 + hop->answered);
	if ((uint32_t)most > under_way)
		want_fresh(plan, lack->ttl, (uint32_t)most - under_way);
}

/* Of flows that are known or, with more, of others that may do. */
static int
fill_lack(struct tr_plan *plan, const struct lack *lack, bool more)
{
	const int status = clear_pending(plan);

	if (status != TR_OK)
		return status;
	count_pending(plan, lack);
	want_known(plan, lack);
	if (more)
		want_more(plan, lack);
	return TR_OK;
}

/* Vertices for which the rule holds for the first time. */
static void
note_stops(struct tr_plan *plan, const struct lack *lack)
{
	const struct tr_discovery *discovery = plan->discovery;
	struct tr_vertex *vertex = tr_discovery_first(discovery, lack->ttl);

	for (; vertex != NULL; vertex = tr_discovery_next(discovery, vertex)) {
		if (vertex->stop_flows != 0 || !tr_vertex_goes_on(vertex) ||
		    vertex->onward < needed(plan, lack, vertex) ||
		    vertex->onward < pending_of(plan, vertex)->flows)
			continue;
		vertex->stop_flows = vertex->onward;
		vertex->stop_ways = vertex->out_degree;
	}
}

/* A vertex without an edge to the other TTL gets one of its flows there. */
static void
complete(struct tr_plan *plan, const struct tr_vertex *vertex, int other)
{
	const struct tr_discovery *discovery = plan->discovery;
	const uint32_t top = discovery->hops[vertex->ttl].top;
	unsigned in_vain = 0;

	for (uint32_t flow = vertex->first_flow; flow < top; flow++) {
		const struct tr_cell *cell;

		if (tr_discovery_at(discovery, flow, vertex->ttl) != vertex)
			continue;
		if (!is_asked(plan, flow, other)) {
			want(plan, flow, other);
			return;
		}
		cell = tr_discovery_cell(discovery, flow, other);
		if (cell->sent < TR_PLAN_ATTEMPTS || is_under_way(cell) ||
		    ++in_vain == TR_PLAN_ATTEMPTS)
			return;
	}
}

static void
complete_edges(struct tr_plan *plan, int ttl)
{
	const struct tr_discovery *discovery = plan->discovery;
	struct tr_vertex *vertex;

	if (discovery->hops[ttl].answered == 0 ||
	    discovery->hops[ttl + 1].answered == 0)
		return;
	for (vertex = tr_discovery_first(discovery, ttl); vertex != NULL;
	    vertex = tr_discovery_next(discovery, vertex))
		if (tr_vertex_goes_on(vertex) && vertex->out_degree == 0)
			complete(plan, vertex, ttl + 1);
	for (vertex = tr_discovery_first(discovery, ttl + 1); vertex != NULL;
	    vertex = tr_discovery_next(discovery, vertex))
		if (vertex->in_degree == 0)
			complete(plan, vertex, ttl);
}

/* Flows enough to tell what lies between a TTL and the next. */
static int
test_pairing(struct tr_plan *plan, int ttl)
{
	const struct tr_discovery *discovery = plan->discovery;
	const uint32_t above = tr_discovery_width_onward(discovery, ttl);
	const uint32_t below = tr_discovery_width(discovery, ttl + 1);
	struct lack lack = { .flows = flows_for(plan, 1) };
	int status = TR_OK;

	if (above >= below) {
		lack.ttl = ttl;
		lack.other = ttl + 1;
		status = fill_lack(plan, &lack, true);
	}
	if (below >= above && status == TR_OK) {
		lack.ttl = ttl + 1;
		lack.other = ttl;
		status = fill_lack(plan, &lack, true);
	}
	return status;
}

/* --- a whole making ----------------------------------------------------- */

/* The flow that goes ahead of the others; NONE when all have ended. */
static uint32_t
walker(const struct tr_plan *plan)
{
	const struct tr_discovery *discovery = plan->discovery;
	const int farthest = discovery->farthest;

	if (farthest < discovery->first_ttl)
		return 0;
	for (uint32_t flow = 0; flow < discovery->hops[farthest].top; flow++) {
		const struct tr_vertex *vertex = tr_discovery_at(discovery,
		    flow, farthest);

		if (vertex != NULL && tr_vertex_goes_on(vertex))
			return flow;
	}
	return TR_DISCOVERY_NONE;
}

static void
walk_ahead(struct tr_plan *plan)
{
	const struct tr_discovery *discovery = plan->discovery;
	const uint32_t flow = walker(plan);
	unsigned open = 0;

	if (flow == TR_DISCOVERY_NONE)
		return;
	for (int ttl = discovery->farthest + 1; open < TR_PLAN_AHEAD &&
	    ttl <= discovery->farthest + TR_PLAN_GAP &&
	    ttl <= discovery->max_ttl; ttl++) {
		const struct tr_cell *cell = tr_discovery_cell(discovery,
		    flow, ttl);

		if (tr_discovery_ended(discovery, flow, ttl))
			return;
		if (is_under_way(cell))
			open++;
		else if (cell->sent < TR_PLAN_ATTEMPTS) {
			want(plan, flow, ttl);
			open++;
		}
	}
}

/* May the flow be one that follows the walker beyond the farthest answer? */
static bool
may_follow(const struct tr_plan *plan, uint32_t flow)
{
	const struct tr_discovery *discovery = plan->discovery;
	const struct tr_vertex *vertex;

	if (discovery->ends[flow] != 0)
		return false;
	if (discovery->nearest_end == 0)
		return true;
	vertex = tr_discovery_at(discovery, flow, discovery->farthest);
	return vertex != NULL && tr_vertex_goes_on(vertex);
}

/*
 * Where the walker gets no answer, others may: it may have come to a way that
 * is silent, and they to one that is not.
 */
static void
follow(struct tr_plan *plan)
{
	const struct tr_discovery *discovery = plan->discovery;
	const uint32_t ahead = walker(plan);
	uint32_t need = flows_for(plan, 1);

	if (ahead == TR_DISCOVERY_NONE)
		return;
	if (plan->rules.way == TR_PLAN_FIXED && plan->rules.flows < need)
		need = plan->rules.flows;
	for (int ttl = discovery->farthest + 1; ttl <= discovery->max_ttl &&
	    ttl <= discovery->farthest + TR_PLAN_GAP; ttl++) {
		uint32_t have = tr_discovery_asked(discovery, ttl) +
		    plan->planned[ttl];

		if (tr_discovery_cell(discovery, ahead, ttl)->settled == 0)
			continue;
		for (uint32_t flow = 0; flow < flow_limit(plan) &&
		    have < need; flow++)
			if (!is_asked(plan, flow, ttl) &&
			    may_follow(plan, flow) && want(plan, flow, ttl))
				have++;
	}
}

/* Nothing is wanted or under way at this TTL. */
static bool
is_settled(const struct tr_plan *plan, int ttl, uint32_t wants_before)
{
	return plan->want_count == wants_before &&
	    plan->discovery->hops[ttl].waiting == 0;
}

/* The bound's share; it only gets smaller. */
static void
share_bound(struct tr_plan *plan)
{
	const unsigned balancers = plan->rules.balancers != 0 ?
	    plan->rules.balancers : tr_plan_balancers(plan->discovery);

	if (balancers <= plan->balancers)
		return;
	plan->balancers = balancers;
	tr_stopping_begin(&plan->stopping, tr_stopping_share(
	    plan->rules.alpha, balancers));
}

/* How the TTLs before have come out. */
struct look {
	bool	 full;			/* FULL rules hold */
	bool	 settled;		/* nothing is left to do there */
};

/*
 * FULL rules from a TTL to the next one.  More flows are sent to a TTL only
 * when what leads to it is known: they would be wasted on what is found there
 * later, and the rule is that of a walk from the prober on.
 */
static int
apply_full(struct tr_plan *plan, int ttl, struct look *look)
{
	const struct lack onward = { .ttl = ttl, .other = ttl + 1 };
	const int status = fill_lack(plan, &onward, look->settled);

	if (status == TR_OK)
		note_stops(plan, &onward);
	return status;
}

/* From a TTL to the next one. */
static int
look_onward(struct tr_plan *plan, int ttl, struct look *look)
{
	const struct tr_discovery *discovery = plan->discovery;
	const bool steady = tr_discovery_is_steady(discovery, ttl);
	const uint32_t before = plan->want_count;
	enum tr_pairing pairing;
	int status = TR_OK;

	want_lost(plan, ttl + 1);
	if (tr_discovery_width(discovery, ttl) <= 1)
		look->full = plan->rules.way == TR_PLAN_FULL;
	/* Of routers that are silent, nobody knows which flows they get. */
	if (!steady || !look->full || discovery->hops[ttl].answered == 0 ||
	    silent_cells(plan, ttl) > 0)
		apply_hop_rule(plan, ttl + 1);
	if (!steady || plan->rules.way == TR_PLAN_FIXED)
		return TR_OK;
	if (look->full)
		status = apply_full(plan, ttl, look);
	if (status != TR_OK || !is_settled(plan, ttl + 1, before) ||
	    discovery->hops[ttl].waiting > 0)
		return status;
	complete_edges(plan, ttl);
	if (look->full || !is_settled(plan, ttl, before))
		return TR_OK;
	pairing = tr_plan_pairing(discovery, ttl, flows_for(plan, 1));
	if (pairing == TR_PAIRING_UNKNOWN)
		return test_pairing(plan, ttl);
	if (pairing == TR_PAIRING_PLAIN || pairing == TR_PAIRING_EVEN)
		return TR_OK;
	look->full = true;
	return apply_full(plan, ttl, look);
}

/* One TTL after the other, each knowing how those before it came out. */
static int
look_along(struct tr_plan *plan)
{
	const struct tr_discovery *discovery = plan->discovery;
	const int first = discovery->first_ttl;
	struct look look = { .full = plan->rules.way == TR_PLAN_FULL };
	int status = TR_OK;

	if (discovery->farthest < first)
		return TR_OK;
	want_lost(plan, first);
	apply_hop_rule(plan, first);
	look.settled = is_settled(plan, first, 0);
	for (int ttl = first; ttl < discovery->farthest && status == TR_OK;
	    ttl++) {
		/* What answers from behind the end of all is of that end. */
		if (discovery->hops[ttl].answered > 0 &&
		    tr_discovery_width_onward(discovery, ttl) == 0)
			break;
		status = look_onward(plan, ttl, &look);
		look.settled = look.settled &&
		    is_settled(plan, ttl + 1, 0);
	}
	return status;
}

static void
begin_making(struct tr_plan *plan)
{
	const struct tr_discovery *discovery = plan->discovery;

	plan->want_count = 0;
	plan->looking = false;
	memset(plan->planned, 0, sizeof(plan->planned));
	if (++plan->making != 0)
		return;
	/* The numbers begin anew: old marks would look like new ones. */
	memset(plan->wanted_in, 0, mark_count(discovery->first_ttl,
	    discovery->max_ttl, discovery->flows_max) *
	    sizeof(*plan->wanted_in));
	plan->making = 1;
}

int
tr_plan_make(struct tr_plan *plan)
{
	const struct tr_discovery *discovery = plan->discovery;
	const int first = discovery->first_ttl;
	uint32_t under_way = 0;
	int status;

	begin_making(plan);
	share_bound(plan);
	walk_ahead(plan);
	follow(plan);
	status = look_along(plan);
	for (int ttl = first; ttl <= discovery->farthest; ttl++) {
		tr_plan_test_steadiness(plan, ttl);
		tr_plan_settle_doubt(plan, ttl);
	}
	for (int ttl = first; ttl <= discovery->max_ttl; ttl++)
		under_way += discovery->hops[ttl].probes -
		    discovery->hops[ttl].answers - discovery->hops[ttl].lost;
	if (status != TR_OK || plan->want_count > 0 || under_way > 0)
		return status;
	if (!plan->closing) {
		plan->closing = true;
		return tr_plan_make(plan);
	}
	if (plan->looks < TR_PLAN_ATTEMPTS)
		tr_plan_want_last_look(plan);
	return TR_OK;
}
