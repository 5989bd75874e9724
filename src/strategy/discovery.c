#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "strategy/discovery.h"

/* Looking one TTL on from the last one finds nothing, but may be done. */
static size_t
hop_count(uint8_t max_ttl)
{
	return (size_t)max_ttl + 2;
}

static size_t
cell_count(uint8_t first_ttl, uint8_t max_ttl, uint32_t flows_max)
{
	return ((size_t)(max_ttl - first_ttl) + 1) * flows_max;
}

struct tr_discovery *
tr_discovery_new(uint8_t first_ttl, uint8_t max_ttl, uint32_t flows_max)
{
	struct tr_discovery *discovery = calloc(1, sizeof(*discovery));

	if (discovery == NULL)
		return NULL;
	discovery->first_ttl = first_ttl;
	discovery->max_ttl = max_ttl;
	discovery->flows_max = flows_max;
	discovery->vertices_max = TR_DISCOVERY_VERTICES_MAX;
	discovery->edges_max = TR_DISCOVERY_NONE - 1;
	discovery->hops = calloc(hop_count(max_ttl),
	    sizeof(*discovery->hops));
	discovery->cells = calloc(cell_count(first_ttl, max_ttl, flows_max),
	    sizeof(*discovery->cells));
	discovery->ends = calloc(flows_max, sizeof(*discovery->ends));
	if (discovery->hops == NULL || discovery->cells == NULL ||
	    discovery->ends == NULL) {
		tr_discovery_free(discovery);
		return NULL;
	}
	tr_discovery_reset(discovery);
	return discovery;
}

void
tr_discovery_reset(struct tr_discovery *discovery)
{
	const int first = discovery->first_ttl, last = discovery->max_ttl;

	/* Cells of flows that were not used are as they were. */
	for (int ttl = first; ttl <= last && discovery->flows > 0; ttl++)
		memset(tr_discovery_cell(discovery, 0, ttl), 0,
		    discovery->flows * sizeof(*discovery->cells));
	memset(discovery->ends, 0, discovery->flows_max);
	memset(discovery->hops, 0,
	    hop_count(discovery->max_ttl) * sizeof(*discovery->hops));
	for (size_t ttl = 0; ttl < hop_count(discovery->max_ttl); ttl++)
		discovery->hops[ttl].first_vertex = TR_DISCOVERY_NONE;
	discovery->flows = 0;
	discovery->farthest = first - 1;
	discovery->vertex_count = 0;
	discovery->edge_count = 0;
	discovery->nearest_end = 0;
}

int
tr_discovery_reserve(struct tr_discovery *discovery, uint32_t vertices,
    uint32_t edges)
{
	discovery->vertices = calloc(vertices, sizeof(*discovery->vertices));
	discovery->edges = calloc(edges, sizeof(*discovery->edges));
	if (discovery->vertices == NULL || discovery->edges == NULL)
		return TR_ENOMEM;
	discovery->vertex_size = discovery->vertices_max = vertices;
	discovery->edge_size = discovery->edges_max = edges;
	return TR_OK;
}

size_t
tr_discovery_memory(uint8_t first_ttl, uint8_t max_ttl, uint32_t flows_max,
    uint32_t vertices, uint32_t edges)
{
	return sizeof(struct tr_discovery) +
	    hop_count(max_ttl) * sizeof(struct tr_hop_facts) +
	    cell_count(first_ttl, max_ttl, flows_max) *
	    sizeof(struct tr_cell) + flows_max +
	    vertices * sizeof(struct tr_vertex) +
	    edges * sizeof(struct tr_edge);
}

void
tr_discovery_free(struct tr_discovery *discovery)
{
	if (discovery == NULL)
		return;
	free(discovery->vertices);
	free(discovery->edges);
	free(discovery->hops);
	free(discovery->cells);
	free(discovery->ends);
	free(discovery);
}

bool
tr_vertex_goes_on(const struct tr_vertex *vertex)
{
	return vertex->flows > 0 && vertex->verdict == TR_VERDICT_TRANSIT;
}

struct tr_cell *
tr_discovery_cell(const struct tr_discovery *discovery, uint32_t flow,
    int ttl)
{
	return discovery->cells +
	    (size_t)(ttl - discovery->first_ttl) * discovery->flows_max + flow;
}

struct tr_vertex *
tr_discovery_at(const struct tr_discovery *discovery, uint32_t flow, int ttl)
{
	const struct tr_cell *cell;

	if (ttl < discovery->first_ttl || ttl > discovery->max_ttl)
		return NULL;
	cell = tr_discovery_cell(discovery, flow, ttl);
	return cell->vertex == 0 ? NULL :
	    &discovery->vertices[cell->vertex - 1];
}

uint32_t
tr_discovery_flow_through(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex)
{
	const uint32_t top = discovery->hops[vertex->ttl].top;

	for (uint32_t flow = 0; flow < top; flow++)
		if (tr_discovery_at(discovery, flow, vertex->ttl) == vertex &&
		    tr_discovery_at(discovery, flow, vertex->ttl + 1) != NULL)
			return flow;
	return TR_DISCOVERY_NONE;
}

bool
tr_discovery_ended(const struct tr_discovery *discovery, uint32_t flow,
    int ttl)
{
	return discovery->ends[flow] != 0 && discovery->ends[flow] < ttl;
}

uint32_t
tr_discovery_asked(const struct tr_discovery *discovery, int ttl)
{
	uint32_t asked = 0;

	for (uint32_t flow = 0; flow < discovery->hops[ttl].top; flow++)
		asked += tr_discovery_cell(discovery, flow, ttl)->sent > 0 &&
		    !tr_discovery_ended(discovery, flow, ttl);
	return asked;
}

/* --- the graph ---------------------------------------------------------- */

static uint32_t
number_of(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex)
{
	return (uint32_t)(vertex - discovery->vertices);
}

static struct tr_vertex *
add_vertex(struct tr_discovery *discovery, int ttl)
{
	struct tr_hop_facts *hop = &discovery->hops[ttl];
	struct tr_vertex *vertices = tr_array_grow(discovery->vertices,
	    discovery->vertex_count, &discovery->vertex_size,
	    sizeof(*vertices), discovery->vertices_max);

	if (vertices == NULL)
		return NULL;
	discovery->vertices = vertices;
	vertices += discovery->vertex_count;
	*vertices = (struct tr_vertex){
		.ttl = (uint8_t)ttl,
		.verdict = TR_VERDICT_TRANSIT,
		.next = hop->first_vertex,
		.before = TR_DISCOVERY_NONE,
		.first_out = TR_DISCOVERY_NONE,
		.first_in = TR_DISCOVERY_NONE,
	};
	hop->first_vertex = discovery->vertex_count++;
	return vertices;
}

/* The vertex with this address, made where it is new; NULL: no memory. */
static struct tr_vertex *
vertex_of(struct tr_discovery *discovery, int ttl,
    const struct tr_address *address, enum tr_verdict verdict)
{
	struct tr_vertex *vertex;
	uint32_t number = discovery->hops[ttl].first_vertex;

	while (number != TR_DISCOVERY_NONE) {
		vertex = &discovery->vertices[number];
		if (vertex->verdict == verdict &&
		    tr_address_equal(&vertex->address, address))
			return vertex;
		number = vertex->next;
	}
	vertex = add_vertex(discovery, ttl);
	if (vertex != NULL) {
		vertex->address = *address;
		vertex->verdict = verdict;
	}
	return vertex;
}

static struct tr_edge *
find_edge(const struct tr_discovery *discovery, const struct tr_vertex *from,
    uint32_t to)
{
	uint32_t number = from->first_out;

	while (number != TR_DISCOVERY_NONE) {
		struct tr_edge *edge = &discovery->edges[number];

		if (edge->to == to)
			return edge;
		number = edge->next_out;
	}
	return NULL;
}

static struct tr_edge *
add_edge(struct tr_discovery *discovery, struct tr_vertex *from,
    struct tr_vertex *to)
{
	struct tr_edge *edges = tr_array_grow(discovery->edges,
	    discovery->edge_count, &discovery->edge_size, sizeof(*edges),
	    discovery->edges_max);

	if (edges == NULL)
		return NULL;
	discovery->edges = edges;
	edges += discovery->edge_count;
	*edges = (struct tr_edge){
		.from = number_of(discovery, from),
		.to = number_of(discovery, to),
		.next_out = from->first_out,
		.next_in = to->first_in,
	};
	from->first_out = discovery->edge_count;
	to->first_in = discovery->edge_count++;
	return edges;
}

/* One flow more, or (-1) less, goes from one vertex to the next. */
static int
count_edge(struct tr_discovery *discovery, struct tr_vertex *from,
    struct tr_vertex *to, int change)
{
	struct tr_edge *edge = find_edge(discovery, from,
	    number_of(discovery, to));

	if (edge == NULL)
		edge = add_edge(discovery, from, to);
	if (edge == NULL)
		return TR_ENOMEM;
	if (edge->flows == 0) {
		from->out_degree++;
		to->in_degree++;
	}
	edge->flows += (uint32_t)change;
	if (edge->flows == 0) {
		from->out_degree--;
		to->in_degree--;
	}
	from->onward += (uint32_t)change;
	to->backward += (uint32_t)change;
	return TR_OK;
}

/* The flow meets the vertex, or (-1) does not after all. */
static int
count_flow(struct tr_discovery *discovery, uint32_t flow,
    struct tr_vertex *vertex, int change)
{
	struct tr_hop_facts *hop = &discovery->hops[vertex->ttl];
	struct tr_vertex *before, *behind;
	int status = TR_OK;

	before = tr_discovery_at(discovery, flow, vertex->ttl - 1);
	behind = tr_discovery_at(discovery, flow, vertex->ttl + 1);
	if (before != NULL)
		status = count_edge(discovery, before, vertex, change);
	if (behind != NULL && status == TR_OK)
		status = count_edge(discovery, vertex, behind, change);
	if (vertex->flows == 0) {
		hop->width++;
		vertex->first_flow = flow;
	}
	vertex->flows += (uint32_t)change;
	hop->answered += (uint32_t)change;
	if (vertex->flows == 0)
		hop->width--;
	return status;
}

/* One of the flows that meet the vertex: another one than was known. */
static void
find_first_flow(const struct tr_discovery *discovery,
    struct tr_vertex *vertex)
{
	const uint32_t top = discovery->hops[vertex->ttl].top;

	for (uint32_t flow = 0; flow < top; flow++)
		if (tr_discovery_at(discovery, flow, vertex->ttl) == vertex) {
			vertex->first_flow = flow;
			return;
		}
}

static void
find_farthest(struct tr_discovery *discovery)
{
	while (discovery->farthest >= discovery->first_ttl &&
	    discovery->hops[discovery->farthest].width == 0)
		discovery->farthest--;
}

/* The flow ends at this TTL: what was found beyond it goes. */
static void
end_flow(struct tr_discovery *discovery, uint32_t flow, int end)
{
	int last = discovery->ends[flow] != 0 ? discovery->ends[flow] :
	    discovery->farthest;

	discovery->ends[flow] = (uint8_t)end;
	if (discovery->nearest_end == 0 || end < discovery->nearest_end)
		discovery->nearest_end = end;
	for (; last > end; last--) {
		struct tr_vertex *vertex = tr_discovery_at(discovery, flow,
		    last);

		if (vertex == NULL)
			continue;
		/* Only numbers that are there already are counted down. */
		(void)count_flow(discovery, flow, vertex, -1);
		tr_discovery_cell(discovery, flow, last)->vertex = 0;
		if (vertex->flows > 0 && vertex->first_flow == flow)
			find_first_flow(discovery, vertex);
	}
	find_farthest(discovery);
}

/* --- what happened ------------------------------------------------------ */

static bool
is_waiting(const struct tr_cell *cell)
{
	return cell->vertex == 0 && cell->settled < cell->sent;
}

void
tr_discovery_sent(struct tr_discovery *discovery, uint32_t flow, int ttl)
{
	struct tr_hop_facts *hop = &discovery->hops[ttl];
	struct tr_cell *cell = tr_discovery_cell(discovery, flow, ttl);
	const bool waited = is_waiting(cell);

	hop->probes++;
	if (cell->sent == UINT8_MAX)
		return;
	if (cell->sent++ == 0)
		hop->asked++;
	if (!waited && is_waiting(cell))
		hop->waiting++;
	if (flow >= hop->top)
		hop->top = flow + 1;
	if (flow >= discovery->flows)
		discovery->flows = flow + 1;
}

static void
settle(struct tr_hop_facts *hop, struct tr_cell *cell)
{
	const bool waited = is_waiting(cell);

	if (cell->settled < cell->sent)
		cell->settled++;
	if (waited && !is_waiting(cell))
		hop->waiting--;
}

void
tr_discovery_lost(struct tr_discovery *discovery, uint32_t flow, int ttl)
{
	struct tr_hop_facts *hop = &discovery->hops[ttl];

	hop->lost++;
	settle(hop, tr_discovery_cell(discovery, flow, ttl));
}

/* An answer to a cell that had one. */
static void
note_repeat(struct tr_hop_facts *hop, struct tr_cell *cell, uint16_t vertex)
{
	hop->repeats++;
	if (vertex == cell->newest)
		return;
	cell->newest = vertex;
	hop->switches++;
	if (cell->switches == 0)
		hop->cells_switched++;
	else if (cell->switches == 1)
		hop->cells_unsteady++;
	if (cell->switches < UINT8_MAX)
		cell->switches++;
}

static void
note_answer(struct tr_hop_facts *hop, struct tr_cell *cell, bool late)
{
	hop->answers++;
	if (late)
		hop->lost--;
	else
		settle(hop, cell);
	if (cell->answered < UINT8_MAX)
		cell->answered++;
}

int
tr_discovery_answered(struct tr_discovery *discovery, uint32_t flow, int ttl,
    const struct tr_address *address, enum tr_verdict verdict, bool late)
{
	struct tr_hop_facts *hop = &discovery->hops[ttl];
	struct tr_cell *cell = tr_discovery_cell(discovery, flow, ttl);
	struct tr_vertex *vertex;
	uint16_t number;
	bool waited;

	note_answer(hop, cell, late);
	if (tr_discovery_ended(discovery, flow, ttl))
		return TR_OK;
	vertex = vertex_of(discovery, ttl, address, verdict);
	if (vertex == NULL)
		return TR_ENOMEM;
	number = (uint16_t)(number_of(discovery, vertex) + 1);
	if (cell->vertex != 0) {
		note_repeat(hop, cell, number);
		return TR_OK;
	}
	waited = is_waiting(cell);
	cell->vertex = cell->newest = number;
	if (waited)
		hop->waiting--;
	if (ttl > discovery->farthest)
		discovery->farthest = ttl;
	if (count_flow(discovery, flow, vertex, 1) != TR_OK)
		return TR_ENOMEM;
	if (verdict != TR_VERDICT_TRANSIT)
		end_flow(discovery, flow, ttl);
	return TR_OK;
}

/* --- do flows stay? ----------------------------------------------------- */

bool
tr_discovery_is_steady(const struct tr_discovery *discovery, int ttl)
{
	for (; ttl >= discovery->first_ttl; ttl--) {
		const struct tr_hop_facts *hop = &discovery->hops[ttl];

		if (hop->cells_switched > 0)
			return false;
		if (hop->width == 1)
			return true;
	}
	return true;
}

uint32_t
tr_discovery_repeats(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex, int ttl)
{
	const uint32_t top = discovery->hops[ttl].top;
	uint32_t repeats = 0;

	for (uint32_t flow = 0; flow < top; flow++) {
		const struct tr_cell *cell = tr_discovery_cell(discovery,
		    flow, ttl);

		if (cell->answered > 1 && (vertex == NULL || tr_discovery_at(
		    discovery, flow, vertex->ttl) == vertex))
			repeats += cell->answered - 1U;
	}
	return repeats;
}

/* --- silence ------------------------------------------------------------ */

bool
tr_discovery_is_mute(const struct tr_discovery *discovery, int ttl)
{
	double lost = 1, all = 2, chance = 1;

	if (discovery->hops[ttl].answered > 0)
		return false;
	for (int other = discovery->first_ttl; other <= discovery->farthest;
	    other++)
		if (discovery->hops[other].answered > 0) {
			lost += discovery->hops[other].lost;
			all += discovery->hops[other].lost +
			    discovery->hops[other].answers;
		}
	for (uint32_t i = 0; i < discovery->hops[ttl].lost && chance > 1e-5;
	    i++)
		chance *= lost / all;
	return chance <= 1e-5;
}

bool
tr_discovery_is_silent_cell(const struct tr_discovery *discovery,
    uint32_t flow, int ttl, unsigned attempts)
{
	const struct tr_cell *cell = tr_discovery_cell(discovery, flow, ttl);

	return cell->vertex == 0 && cell->sent >= attempts &&
	    cell->settled == cell->sent &&
	    !tr_discovery_ended(discovery, flow, ttl);
}

bool
tr_discovery_is_silent(const struct tr_discovery *discovery, int ttl,
    unsigned attempts, uint32_t *cells)
{
	const struct tr_hop_facts *hop = &discovery->hops[ttl];
	double lost = 1, answers = 1, chance = 1;

	*cells = 0;
	if (hop->asked == hop->answered + hop->waiting)
		return false;
	/* How much is lost, those show that were answered at all. */
	for (uint32_t flow = 0; flow < hop->top; flow++) {
		const struct tr_cell *cell = tr_discovery_cell(discovery,
		    flow, ttl);

		if (tr_discovery_is_silent_cell(discovery, flow, ttl,
		    attempts))
			(*cells)++;
		if (cell->answered == 0)
			continue;
		answers += cell->answered;
		if (cell->settled > cell->answered)
			lost += cell->settled - cell->answered;
	}
	if (*cells == 0)
		return false;
	for (unsigned i = 0; i < attempts; i++)
		chance *= lost / (lost + answers);
	/* The number of such cells that loss alone would make. */
	return chance * hop->asked < 0.01 * *cells || hop->answered == 0;
}

/* The silent vertex behind another one; NULL without memory. */
static struct tr_vertex *
silent_behind(struct tr_discovery *discovery, int ttl, uint32_t before)
{
	struct tr_vertex *vertex;
	uint32_t number = discovery->hops[ttl].first_vertex;

	while (number != TR_DISCOVERY_NONE) {
		vertex = &discovery->vertices[number];
		if (!tr_address_is_set(&vertex->address) &&
		    vertex->before == before)
			return vertex;
		number = vertex->next;
	}
	vertex = add_vertex(discovery, ttl);
	if (vertex != NULL)
		vertex->before = before;
	return vertex;
}

static int
add_silent_at(struct tr_discovery *discovery, int ttl, unsigned attempts)
{
	const uint32_t top = discovery->hops[ttl].top;

	for (uint32_t flow = 0; flow < top; flow++) {
		struct tr_cell *cell = tr_discovery_cell(discovery, flow, ttl);
		struct tr_vertex *vertex;
		uint32_t before = TR_DISCOVERY_NONE;
		int status;

		if (!tr_discovery_is_silent_cell(discovery, flow, ttl,
		    attempts))
			continue;
		vertex = tr_discovery_at(discovery, flow, ttl - 1);
		if (vertex != NULL)
			before = number_of(discovery, vertex);
		else if (ttl > discovery->first_ttl)
			continue;
		vertex = silent_behind(discovery, ttl, before);
		if (vertex == NULL)
			return TR_ENOMEM;
		cell->vertex = cell->newest =
		    (uint16_t)(number_of(discovery, vertex) + 1);
		status = count_flow(discovery, flow, vertex, 1);
		if (status != TR_OK)
			return status;
	}
	return TR_OK;
}

/* Does another vertex end routes in the same way, nearer? */
static bool
ends_nearer(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex)
{
	for (int ttl = discovery->first_ttl; ttl < vertex->ttl; ttl++) {
		uint32_t number = discovery->hops[ttl].first_vertex;

		while (number != TR_DISCOVERY_NONE) {
			const struct tr_vertex *other =
			    &discovery->vertices[number];

			if (other->flows > 0 &&
			    other->verdict == vertex->verdict &&
			    tr_address_equal(&other->address,
			    &vertex->address))
				return true;
			number = other->next;
		}
	}
	return false;
}

bool
tr_discovery_is_proven(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex)
{
	return vertex->verdict == TR_VERDICT_TRANSIT ||
	    vertex->in_degree > 0 || !ends_nearer(discovery, vertex);
}

/* A walk over the vertices of a TTL that some flow is known to meet. */
static struct tr_vertex *
vertex_from(const struct tr_discovery *discovery, uint32_t number)
{
	while (number != TR_DISCOVERY_NONE) {
		struct tr_vertex *vertex = &discovery->vertices[number];

		if (vertex->flows > 0 &&
		    tr_discovery_is_proven(discovery, vertex))
			return vertex;
		number = vertex->next;
	}
	return NULL;
}

struct tr_vertex *
tr_discovery_first(const struct tr_discovery *discovery, int ttl)
{
	return vertex_from(discovery, discovery->hops[ttl].first_vertex);
}

struct tr_vertex *
tr_discovery_next(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex)
{
	return vertex_from(discovery, vertex->next);
}

uint32_t
tr_discovery_width(const struct tr_discovery *discovery, int ttl)
{
	const struct tr_vertex *vertex = tr_discovery_first(discovery, ttl);
	uint32_t width = 0;

	for (; vertex != NULL; vertex = tr_discovery_next(discovery, vertex))
		width++;
	return width;
}

uint32_t
tr_discovery_width_onward(const struct tr_discovery *discovery, int ttl)
{
	const struct tr_vertex *vertex = tr_discovery_first(discovery, ttl);
	uint32_t width = 0;

	for (; vertex != NULL; vertex = tr_discovery_next(discovery, vertex))
		width += tr_vertex_goes_on(vertex);
	return width;
}

void
tr_discovery_leave_out_unproven(struct tr_discovery *discovery)
{
	for (uint32_t i = 0; i < discovery->vertex_count; i++) {
		struct tr_vertex *vertex = &discovery->vertices[i];

		if (vertex->flows == 0 ||
		    tr_discovery_is_proven(discovery, vertex))
			continue;
		for (uint32_t flow = 0; flow < discovery->flows; flow++)
			if (tr_discovery_at(discovery, flow, vertex->ttl) ==
			    vertex) {
				(void)count_flow(discovery, flow, vertex, -1);
				tr_discovery_cell(discovery, flow,
				    vertex->ttl)->vertex = 0;
			}
	}
	find_farthest(discovery);
}

int
tr_discovery_add_silent(struct tr_discovery *discovery, unsigned attempts)
{
	uint32_t cells;
	int status = TR_OK;

	for (int ttl = discovery->first_ttl;
	    ttl < discovery->farthest && status == TR_OK; ttl++) {
		const bool nobody = discovery->hops[ttl].answered == 0;

		/* Where nobody answers, nobody was asked a second time. */
		if (nobody || tr_discovery_is_silent(discovery, ttl, attempts,
		    &cells))
			status = add_silent_at(discovery, ttl,
			    nobody ? 1 : attempts);
	}
	return status;
}
