#include "config.h"

#ifdef HAVE_JANSSON

#include "base/time.h"
#include "io/run_json.h"
#include "output/json_graph.h"
#include "output/json_parts.h"
#include "result/graph.h"

/* json_pack() fails as a whole where one of these gave NULL. */

static json_t *
time_or_null(int64_t time)
{
	return time == TR_TIME_NONE ? json_null() : json_integer(time);
}

static json_t *
decision_to_json(const struct tr_decision *decision)
{
	if (decision->ways == 0)
		return json_null();
	return json_pack("{s:s,s:I,s:I,s:I,s:f,s:b}",
	    "rule", decision->by_hop ? "hop" : "vertex",
	    "ways", (json_int_t)decision->ways,
	    "flows", (json_int_t)decision->flows,
	    "needed", (json_int_t)decision->needed,
	    "miss", decision->miss,
	    "reached", (int)(decision->flows >= decision->needed));
}

static json_t *
test_to_json(const struct tr_field_test *test)
{
	const bool known = test->hashing != TR_HASHING_UNKNOWN;

	return json_pack("{s:o,s:I,s:o}",
	    "hashed", known ? json_boolean(test->hashing == TR_HASHING_YES) :
	    json_null(),
	    "flows", (json_int_t)test->flows,
	    "miss", test->hashing == TR_HASHING_NO ?
	    json_real(test->miss) : json_null());
}

/* What each field does; null where nothing was asked. */
static json_t *
tests_to_json(const struct tr_graph *graph, uint32_t number)
{
	const struct tr_field_test *tests = graph->vertices[number].fields;
	json_t *object;
	bool any = false;

	for (int field = 1; field < TR_FIELDS; field++)
		any = any || tests[field].flows > 0;
	if (!any)
		return json_null();
	object = json_object();
	for (int field = 1; field < TR_FIELDS && object != NULL; field++)
		if (tr_flow_has_field(&graph->path->run.flow,
		    (enum tr_flow_field)field) && json_object_set_new(object,
		    tr_field_name((enum tr_flow_field)field),
		    test_to_json(&tests[field])) != 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

/* What a graph without --classify has not, is not there. */
static json_t *
with_tests(json_t *object, const struct tr_graph *graph, uint32_t number)
{
	if (object != NULL && graph->classified && json_object_set_new(object,
	    "fields", tests_to_json(graph, number)) != 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *
vertex_to_json(const struct tr_graph *graph, uint32_t number)
{
	const struct tr_vertex *vertex = &graph->discovery->vertices[number];
	const struct tr_graph_vertex *measures = &graph->vertices[number];

	return with_tests(json_pack("{s:I,s:i,s:o,s:s,s:I,s:I,s:I,s:o,s:o,s:o,"
	    "s:s,s:b,s:b,s:o}",
	    "id", (json_int_t)number,
	    "ttl", (int)vertex->ttl,
	    "address", tr_address_to_json(&vertex->address),
	    "verdict", tr_verdict_name(vertex->verdict),
	    "flows", (json_int_t)vertex->flows,
	    "probes", (json_int_t)measures->probes,
	    "answers", (json_int_t)measures->answers,
	    "rtt_min_ns", time_or_null(measures->rtt_least),
	    "rtt_mean_ns", time_or_null(tr_graph_round_trip(measures)),
	    "rtt_max_ns", time_or_null(measures->rtt_most),
	    "balance", tr_balance_name(measures->balance),
	    "uneven", (int)measures->uneven,
	    "links_claimed", (int)measures->links_claimed,
	    "stopping", decision_to_json(&measures->onward)), graph, number);
}

static json_t *
vertices_to_json(const struct tr_graph *graph)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < graph->discovery->vertex_count; i++)
		if (graph->discovery->vertices[i].flows > 0)
			list = tr_json_item(list, vertex_to_json(graph, i));
	return list;
}

/* The flows that were seen on an edge. */
static json_t *
flows_of_edge(const struct tr_discovery *discovery,
    const struct tr_edge *edge)
{
	const struct tr_vertex *from = &discovery->vertices[edge->from];
	const struct tr_vertex *to = &discovery->vertices[edge->to];
	json_t *list = json_array();

	for (uint32_t flow = 0; flow < discovery->hops[from->ttl].top; flow++)
		if (tr_discovery_at(discovery, flow, from->ttl) == from &&
		    tr_discovery_at(discovery, flow, to->ttl) == to)
			list = tr_json_item(list, json_integer(flow));
	return list;
}

static json_t *
links_to_json(const struct tr_graph *graph)
{
	const struct tr_discovery *discovery = graph->discovery;
	json_t *list = json_array();

	for (uint32_t i = 0; i < discovery->edge_count; i++) {
		const struct tr_edge *edge = &discovery->edges[i];

		if (edge->flows > 0 &&
		    graph->vertices[edge->from].links_claimed)
			list = tr_json_item(list, json_pack("{s:I,s:I,s:o}",
			    "from", (json_int_t)edge->from,
			    "to", (json_int_t)edge->to,
			    "flows", flows_of_edge(discovery, edge)));
	}
	return list;
}

/* The vertex of each TTL, as far as is known; null where it is not. */
static json_t *
way_of_flow(const struct tr_graph *graph, uint32_t flow)
{
	const struct tr_discovery *discovery = graph->discovery;
	json_t *list = json_array();

	for (int ttl = discovery->first_ttl; ttl <= graph->last_ttl &&
	    !tr_discovery_ended(discovery, flow, ttl); ttl++) {
		const struct tr_vertex *vertex = tr_discovery_at(discovery,
		    flow, ttl);

		list = tr_json_item(list, vertex == NULL ? json_null() :
		    json_integer(vertex - discovery->vertices));
	}
	return list;
}

static json_t *
flow_to_json(const struct tr_graph *graph, uint32_t number)
{
	const struct tr_flow *own = &graph->path->run.flow;
	const bool icmp = own->protocol == TR_PROTOCOL_ICMP;
	struct tr_flow flow;

	tr_flow_nth(own, number, &flow);
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o}",
	    "flow", (json_int_t)number,
	    "source_port", icmp ? json_null() :
	    json_integer(flow.source_port),
	    "icmp_id", icmp ? json_integer(flow.icmp_id) : json_null(),
	    "icmp_checksum", icmp ? json_integer(flow.icmp_checksum) :
	    json_null(),
	    "flow_label", own->dst.family == 6 ?
	    json_integer(flow.flow_label) : json_null(),
	    "vertices", way_of_flow(graph, number));
}

static json_t *
flows_to_json(const struct tr_graph *graph)
{
	json_t *list = json_array();

	/* What another program's flows are made of, nobody has told. */
	if (!graph->path->run.known)
		return list;
	for (uint32_t i = 0; i < graph->discovery->flows; i++)
		if (tr_graph_has_flow(graph, i))
			list = tr_json_item(list, flow_to_json(graph, i));
	return list;
}

static json_t *
voids_to_json(unsigned voids)
{
	json_t *list = json_array();

	for (unsigned bit = 0; bit < TR_VOIDS; bit++)
		if ((voids & 1U << bit) != 0)
			list = tr_json_item(list,
			    json_string(tr_void_name(bit)));
	return list;
}

static json_t *
bound_to_json(const struct tr_graph *graph)
{
	const struct tr_run *run = &graph->path->run;

	return json_pack("{s:o,s:I,s:f,s:f,s:o,s:I}",
	    "asked", run->multipath ? json_real(run->paths.rules.alpha) :
	    json_null(),
	    "balancers", (json_int_t)graph->balancers,
	    "share", graph->share,
	    "achieved", graph->miss,
	    "void", voids_to_json(graph->voids),
	    "silent_hops", (json_int_t)graph->silent_ttls);
}

json_t *
tr_graph_to_json(const struct tr_path *path)
{
	struct tr_graph *graph = tr_graph_new(path);
	json_t *object;

	if (graph == NULL)
		return NULL;
	object = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}",
	    "classified", graph->classified ?
	    json_boolean(!graph->unfinished) : json_null(),
	    "bound", bound_to_json(graph),
	    "first_hop", decision_to_json(&graph->first),
	    "vertices", vertices_to_json(graph),
	    "links", links_to_json(graph),
	    "flows", flows_to_json(graph));
	tr_graph_free(graph);
	return object;
}

#else

/* An empty translation unit is not C. */
extern int tr_json_graph_needs_jansson;

#endif
