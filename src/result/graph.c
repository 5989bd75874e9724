#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/time.h"
#include "result/graph.h"

const char *
tr_balance_name(enum tr_balance balance)
{
	static const char *const names[] = {
		[TR_BALANCE_NONE] = "none",
		[TR_BALANCE_FLOW] = "flow",
		[TR_BALANCE_PACKET] = "packet",
		[TR_BALANCE_DESTINATION] = "destination",
		[TR_BALANCE_UNKNOWN] = "unknown",
	};

	return names[balance];
}

const char *
tr_void_name(unsigned bit)
{
	static const char *const names[TR_VOIDS] = {
		"loss", "change", "packet", "limit", "flows", "fixed",
		"shares",
	};

	return bit < TR_VOIDS ? names[bit] : "unknown";
}

/* --- from probes and answers to vertices -------------------------------- */

/* A probe of the discovery: its TTL is known, and it went for the way. */
static bool
is_of_discovery(const struct tr_path *path, const struct tr_path_probe *probe)
{
	return probe->ttl != 0 && !tr_flow_is_varied(probe->flow) &&
	    !tr_path_is_sized(path, probe);
}

static uint32_t
count_flows(const struct tr_path *path)
{
	uint32_t flows = 1;

	for (uint32_t i = 0; i < path->probe_count; i++)
		if (is_of_discovery(path, &path->probes[i]) &&
		    path->probes[i].flow >= flows)
			flows = path->probes[i].flow + 1;
	return flows;
}

/* The TTLs of all probes; false where there are none. */
static bool
ttl_range(const struct tr_path *path, uint8_t *first, uint8_t *last)
{
	*first = UINT8_MAX;
	*last = 0;
	for (int ttl = 1; ttl < 256; ttl++) {
		if (path->count_of_ttl[ttl] == 0)
			continue;
		if (ttl < *first)
			*first = (uint8_t)ttl;
		*last = (uint8_t)ttl;
	}
	return *last != 0;
}

static int
discover(struct tr_graph *graph)
{
	const struct tr_path *path = graph->path;
	struct tr_discovery *discovery = graph->discovery;
	int status = TR_OK;

	for (uint32_t i = 0; i < path->probe_count; i++)
		if (is_of_discovery(path, &path->probes[i]))
			tr_discovery_sent(discovery, path->probes[i].flow,
			    path->probes[i].ttl);
	for (uint32_t i = 0; i < path->probe_count && status == TR_OK; i++) {
		const struct tr_path_probe *probe = &path->probes[i];
		const struct tr_path_reply *reply;

		if (!is_of_discovery(path, probe))
			continue;
		reply = tr_path_answer(path, probe);
		if (reply == NULL)
			tr_discovery_lost(discovery, probe->flow,
			    probe->ttl);
		else
			status = tr_discovery_answered(discovery,
			    probe->flow, probe->ttl, &reply->responder,
			    reply->verdict, false);
	}
	return status;
}

static void
measure_probe(struct tr_graph *graph, const struct tr_path_probe *probe)
{
	const struct tr_path_reply *reply = tr_path_answer(graph->path,
	    probe);
	const struct tr_vertex *vertex = tr_discovery_at(graph->discovery,
	    probe->flow, probe->ttl);
	struct tr_graph_vertex *measures;
	int64_t round_trip = TR_TIME_NONE;

	if (vertex == NULL)
		return;
	measures = &graph->vertices[vertex - graph->discovery->vertices];
	measures->probes++;
	if (reply == NULL)
		return;
	/* A flow that moved: not of this vertex. */
	if (!tr_address_equal(&reply->responder, &vertex->address)) {
		measures->probes--;
		return;
	}
	measures->answers++;
	round_trip = tr_path_round_trip(graph->path, reply);
	if (round_trip == TR_TIME_NONE)
		return;
	if (measures->rtt_least == TR_TIME_NONE ||
	    round_trip < measures->rtt_least)
		measures->rtt_least = round_trip;
	if (measures->rtt_most == TR_TIME_NONE ||
	    round_trip > measures->rtt_most)
		measures->rtt_most = round_trip;
	measures->rtt_sum += (double)round_trip;
	measures->timed++;
}

/* Room for what is told of each vertex from number begin on. */
static int
make_room(struct tr_graph *graph, uint32_t begin)
{
	const uint32_t count = graph->discovery->vertex_count;
	struct tr_graph_vertex *vertices = realloc(graph->vertices,
	    (count + 1) * sizeof(*vertices));

	if (vertices == NULL)
		return TR_ENOMEM;
	graph->vertices = vertices;
	for (uint32_t i = begin; i < count; i++)
		vertices[i] = (struct tr_graph_vertex){
			.rtt_least = TR_TIME_NONE,
			.rtt_most = TR_TIME_NONE,
		};
	return TR_OK;
}

static void
measure(struct tr_graph *graph)
{
	for (uint32_t i = 0; i < graph->path->probe_count; i++)
		if (is_of_discovery(graph->path, &graph->path->probes[i]))
			measure_probe(graph, &graph->path->probes[i]);
}

int64_t
tr_graph_round_trip(const struct tr_graph_vertex *vertex)
{
	if (vertex->rtt_least == TR_TIME_NONE)
		return TR_TIME_NONE;
	return (int64_t)(vertex->rtt_sum / vertex->timed);
}

/* --- how sure ----------------------------------------------------------- */

static void
note_onward(void *context, uint32_t vertex, const struct tr_decision *onward)
{
	struct tr_graph *graph = context;

	graph->vertices[vertex].onward = *onward;
}

static void
decide(struct tr_graph *graph, const struct tr_plan_rules *rules)
{
	struct tr_sureness sureness;

	tr_sureness_judge(graph->discovery, rules, &sureness, note_onward,
	    graph);
	graph->first = sureness.first;
	graph->balancers = sureness.balancers;
	graph->share = sureness.share;
	graph->asked = sureness.asked;
	graph->miss = sureness.miss;
	graph->silent_ttls = sureness.silent_ttls;
	if (sureness.too_few)
		graph->voids |= TR_VOID_LOSS;
}

/* --- what else is known ------------------------------------------------- */

/* Flows were sent often enough from here to the TTL behind. */
static bool
was_repeated(const struct tr_graph *graph, const struct tr_vertex *vertex)
{
	return tr_discovery_repeats(graph->discovery, vertex, vertex->ttl + 1) +
	    1 >= tr_stopping_alike_flows(vertex->out_degree, graph->share);
}

static enum tr_balance
balance_of(const struct tr_graph *graph, const struct tr_vertex *vertex)
{
	const struct tr_discovery *discovery = graph->discovery;

	if (vertex->out_degree < 2)
		return TR_BALANCE_NONE;
	if (discovery->hops[vertex->ttl + 1].cells_unsteady > 0)
		return TR_BALANCE_PACKET;
	return was_repeated(graph, vertex) ?
	    TR_BALANCE_FLOW : TR_BALANCE_UNKNOWN;
}

/* What chi-squared exceeds once in a thousand times: Wilson and Hilferty. */
static double
chi_squared_limit(double degrees)
{
	const double part = 2 / (9 * degrees);

	return degrees * pow(1 - part + 3.0902 * sqrt(part), 3);
}

/* Are the flows of a vertex spread as even ways would not? */
static bool
is_uneven(const struct tr_graph *graph, const struct tr_vertex *vertex)
{
	const struct tr_discovery *discovery = graph->discovery;
	/* Through the only vertex of its TTL, all flows go. */
	const bool is_only = discovery->hops[vertex->ttl].width == 1;
	const double mean = (double)(is_only ?
	    discovery->hops[vertex->ttl + 1].answered : vertex->onward) /
	    vertex->out_degree;
	uint32_t number = vertex->first_out;
	double sum = 0;

	/* The test is not for smaller numbers. */
	if (vertex->out_degree < 2 || mean < 5)
		return false;
	for (; number != TR_DISCOVERY_NONE;
	    number = discovery->edges[number].next_out) {
		const struct tr_edge *edge = &discovery->edges[number];
		const double flows = is_only ?
		    discovery->vertices[edge->to].flows : edge->flows;

		if (edge->flows > 0)
			sum += (flows - mean) * (flows - mean) / mean;
	}
	return sum > chi_squared_limit(vertex->out_degree - 1);
}

/* A vertex that nothing has shown to balance so far. */
static enum tr_balance
balance_by_fields(const struct tr_graph_vertex *vertex)
{
	enum tr_balance balance = TR_BALANCE_NONE;

	for (int field = 1; field < TR_FIELDS; field++)
		if (vertex->fields[field].hashing == TR_HASHING_YES) {
			if (field != TR_FIELD_DESTINATION)
				return TR_BALANCE_FLOW;
			balance = TR_BALANCE_DESTINATION;
		}
	return balance;
}

static void
describe_vertices(struct tr_graph *graph)
{
	const struct tr_discovery *discovery = graph->discovery;

	for (uint32_t i = 0; i < discovery->vertex_count; i++) {
		const struct tr_vertex *vertex = &discovery->vertices[i];

		graph->vertices[i].links_claimed =
		    tr_discovery_is_steady(discovery, vertex->ttl);
		if (vertex->flows > 0 &&
		    vertex->ttl < discovery->max_ttl)
			graph->vertices[i].balance = balance_of(graph,
			    vertex);
		if (graph->vertices[i].balance == TR_BALANCE_NONE)
			graph->vertices[i].balance = balance_by_fields(
			    &graph->vertices[i]);
		graph->vertices[i].uneven = graph->vertices[i].balance ==
		    TR_BALANCE_FLOW && is_uneven(graph, vertex);
		if (graph->vertices[i].uneven)
			graph->voids |= TR_VOID_SHARES;
	}
}

static void
note_voids(struct tr_graph *graph, const struct tr_multipath_config *config)
{
	const struct tr_discovery *discovery = graph->discovery;
	const enum tr_stop stop = graph->path->stop_told;
	const bool too_few = (graph->voids & TR_VOID_LOSS) != 0;

	for (int ttl = discovery->first_ttl; ttl <= discovery->farthest;
	    ttl++) {
		const struct tr_hop_facts *hop = &discovery->hops[ttl];

		if (hop->cells_unsteady > 0)
			graph->voids |= TR_VOID_PACKET;
		else if (hop->cells_switched > 0)
			graph->changed[ttl] = true;
		if (graph->changed[ttl])
			graph->voids |= TR_VOID_CHANGE;
	}
	if (stop == TR_STOP_PROBE_LIMIT || stop == TR_STOP_TIME_LIMIT ||
	    stop == TR_STOP_INTERRUPTED) {
		graph->voids |= TR_VOID_LIMIT;
		graph->voids &= ~(unsigned)TR_VOID_LOSS;
	} else if (too_few && (config->rules.way == TR_PLAN_FIXED ||
	    !graph->path->run.multipath)) {
		graph->voids |= TR_VOID_FIXED;
		graph->voids &= ~(unsigned)TR_VOID_LOSS;
	} else if (too_few && discovery->flows >= config->flows_max) {
		graph->voids |= TR_VOID_FLOWS;
		graph->voids &= ~(unsigned)TR_VOID_LOSS;
	}
}

/* --- what balancers hash ------------------------------------------------- */

/* What the varied flows met. */
static int
vary(struct tr_graph *graph, struct tr_classification *classification)
{
	const struct tr_path *path = graph->path;
	int status = TR_OK;

	for (uint32_t i = 0; i < path->probe_count && status == TR_OK; i++) {
		const struct tr_path_probe *probe = &path->probes[i];
		const struct tr_path_reply *reply;

		if (probe->ttl == 0 || !tr_flow_is_varied(probe->flow))
			continue;
		graph->varied_probes++;
		tr_classification_sent(classification, probe->flow,
		    probe->ttl);
		reply = tr_path_answer(path, probe);
		if (reply == NULL)
			tr_classification_lost(classification, probe->flow,
			    probe->ttl);
		else
			status = tr_classification_answered(classification,
			    probe->flow, probe->ttl, i, &reply->responder,
			    reply->verdict, false);
	}
	return status;
}

static void
judge_vertex(struct tr_graph *graph,
    const struct tr_classification *classification, uint32_t number)
{
	const struct tr_vertex *vertex = &graph->discovery->vertices[number];

	if (!tr_vertex_goes_on(vertex) ||
	    vertex->ttl == graph->discovery->max_ttl ||
	    !tr_discovery_is_steady(graph->discovery, vertex->ttl + 1))
		return;
	tr_classification_judge(classification, vertex, graph->share,
	    graph->vertices[number].fields);
}

static int
classify(struct tr_graph *graph, const struct tr_classify_rules *rules)
{
	struct tr_classification *classification = tr_classification_new(
	    rules, graph->discovery);
	struct tr_want wants[TR_PLAN_WANTS_MAX];
	int status;

	if (classification == NULL)
		return TR_ENOMEM;
	status = vary(graph, classification);
	for (int ttl = graph->discovery->first_ttl;
	    ttl <= graph->discovery->farthest; ttl++)
		graph->changed[ttl] = tr_classification_changed(
		    classification, ttl);
	for (uint32_t i = 0; i < graph->discovery->vertex_count; i++)
		judge_vertex(graph, classification, i);
	/* What the strategy would still ask. */
	graph->unfinished = tr_classification_plan(classification,
	    graph->share, wants) > 0;
	tr_classification_free(classification);
	return status;
}

/* Flows that were sent at all, and routers that are silent beside others. */
static void
count_up(struct tr_graph *graph)
{
	const struct tr_discovery *discovery = graph->discovery;

	for (uint32_t flow = 0; flow < discovery->flows; flow++)
		graph->flows += tr_graph_has_flow(graph, flow);
	for (uint32_t i = 0; i < discovery->vertex_count; i++) {
		const struct tr_vertex *vertex = &discovery->vertices[i];

		graph->silent_beside += vertex->flows > 0 &&
		    !tr_address_is_set(&vertex->address) &&
		    discovery->hops[vertex->ttl].answers > 0;
	}
}

/* --- all of it ---------------------------------------------------------- */

/* Of another program's capture: what its flows are enough for. */
static const struct tr_multipath_config any_config = {
	.rules = { .way = TR_PLAN_FULL, .alpha = 0.05 },
	.flows_max = UINT32_MAX,
};

static int
build(struct tr_graph *graph)
{
	const struct tr_run *run = &graph->path->run;
	const struct tr_multipath_config *config = run->multipath ?
	    &run->paths : &any_config;
	const struct tr_discovery *discovery = graph->discovery;
	uint32_t answering;
	int status = discover(graph);

	if (status == TR_OK)
		status = make_room(graph, 0);
	if (status != TR_OK)
		return status;
	tr_discovery_leave_out_unproven(graph->discovery);
	decide(graph, &config->rules);
	graph->classified = run->multipath && config->fields.fields != 0;
	if (graph->classified)
		status = classify(graph, &config->fields);
	if (status != TR_OK)
		return status;
	/* Only now: how many silent vertices there are nobody knows. */
	answering = discovery->vertex_count;
	status = tr_discovery_add_silent(graph->discovery, TR_PLAN_ATTEMPTS);
	if (status == TR_OK)
		status = make_room(graph, answering);
	if (status != TR_OK)
		return status;
	note_voids(graph, config);
	describe_vertices(graph);
	count_up(graph);
	measure(graph);
	graph->last_ttl = discovery->farthest >= discovery->first_ttl ?
	    (uint8_t)discovery->farthest : 0;
	return TR_OK;
}

/* --- the order to show them in ------------------------------------------ */

/* What a vertex is ordered by: the mean place of those before it. */
struct place {
	uint32_t vertex;
	double	 before;
	uint32_t first_flow;
};

static int
by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	return x->first_flow < y->first_flow ? -1 :
	    x->first_flow > y->first_flow;
}

static double
place_before(const struct tr_graph *graph, const struct tr_vertex *vertex)
{
	const struct tr_discovery *discovery = graph->discovery;
	uint32_t number = vertex->first_in, count = 0;
	double sum = 0;

	for (; number != TR_DISCOVERY_NONE;
	    number = discovery->edges[number].next_in)
		if (discovery->edges[number].flows > 0) {
			sum += graph->vertices[
			    discovery->edges[number].from].place;
			count++;
		}
	return count == 0 ? HUGE_VAL : sum / count;
}

/* Vertices of a TTL get their places; those before them have theirs. */
static int
place_vertices(struct tr_graph *graph, int ttl)
{
	const struct tr_discovery *discovery = graph->discovery;
	uint32_t number = discovery->hops[ttl].first_vertex, count = 0;
	struct place *places = malloc(
	    (discovery->hops[ttl].width + 1) * sizeof(*places));

	if (places == NULL)
		return TR_ENOMEM;
	for (; number != TR_DISCOVERY_NONE;
	    number = discovery->vertices[number].next) {
		const struct tr_vertex *vertex = &discovery->vertices[number];

		if (vertex->flows > 0)
			places[count++] = (struct place){ number,
			    place_before(graph, vertex), vertex->first_flow };
	}
	qsort(places, count, sizeof(*places), by_place);
	for (uint32_t i = 0; i < count; i++)
		graph->vertices[places[i].vertex].place = i;
	free(places);
	return TR_OK;
}

uint32_t
tr_graph_order(const struct tr_graph *graph, int ttl, uint32_t *order)
{
	const struct tr_discovery *discovery = graph->discovery;
	uint32_t number = discovery->hops[ttl].first_vertex, count = 0;

	for (; number != TR_DISCOVERY_NONE;
	    number = discovery->vertices[number].next)
		if (discovery->vertices[number].flows > 0) {
			order[graph->vertices[number].place] = number;
			count++;
		}
	return count;
}

/* --- the graph ---------------------------------------------------------- */

bool
tr_graph_has_flow(const struct tr_graph *graph, uint32_t flow)
{
	const struct tr_discovery *discovery = graph->discovery;

	for (int ttl = discovery->first_ttl; ttl <= discovery->max_ttl; ttl++)
		if (tr_discovery_cell(discovery, flow, ttl)->sent > 0)
			return true;
	return false;
}

struct tr_graph *
tr_graph_new(const struct tr_path *path)
{
	struct tr_graph *graph = calloc(1, sizeof(*graph));
	uint8_t first, last;

	if (graph == NULL)
		return NULL;
	graph->path = path;
	if (!ttl_range(path, &first, &last))
		first = last = 1;
	graph->discovery = tr_discovery_new(first, last, count_flows(path));
	if (graph->discovery == NULL || build(graph) != TR_OK)
		goto fail;
	for (int ttl = first; ttl <= last; ttl++)
		if (place_vertices(graph, ttl) != TR_OK)
			goto fail;
	return graph;

fail:
	tr_graph_free(graph);
	return NULL;
}

void
tr_graph_free(struct tr_graph *graph)
{
	if (graph == NULL)
		return;
	tr_discovery_free(graph->discovery);
	free(graph->vertices);
	free(graph);
}
