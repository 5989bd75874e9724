#include "config.h"

#ifdef HAVE_JANSSON

#include <string.h>

#include "base/error.h"
#include "sim/truth_json.h"

#define SCHEMA "trueroute-truth/1"

/* Lists and objects that are NULL make json_pack() fail as a whole. */

static json_t *
address_to_json(const struct tr_address *address)
{
	char text[TR_ADDRESS_TEXT_MAX];

	if (!tr_address_is_set(address))
		return json_null();
	return json_string(tr_address_text(address, text, sizeof(text)));
}

static const char *
protocol_name(enum tr_sim_protocol protocol)
{
	return protocol == TR_SIM_UDP ? "UDP" :
	    protocol == TR_SIM_TCP ? "TCP" : "ICMP";
}

static const char *const ends[] = {
	[TR_TRUTH_GOES_ON] = NULL,
	[TR_TRUTH_ARRIVED] = "arrived",
	[TR_TRUTH_REFUSED] = "refused",
	[TR_TRUTH_DROPPED] = "dropped",
	[TR_TRUTH_MAX_TTL] = "max-ttl",
};

static json_t *
probe_to_json(const struct tr_truth_probe *probe)
{
	const bool icmp = probe->protocol == TR_SIM_ICMP;

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:i,s:o}",
	    "protocol", protocol_name(probe->protocol),
	    "src", address_to_json(&probe->src),
	    "dst", address_to_json(&probe->dst),
	    "source_port", icmp ? json_null() :
	    json_integer(probe->source_port),
	    "destination_port", icmp ? json_null() :
	    json_integer(probe->destination_port),
	    "icmp_id", icmp ? json_integer(probe->source_port) : json_null(),
	    "icmp_checksum", icmp ? json_integer(probe->icmp_checksum) :
	    json_null(),
	    "tos", (int)probe->tos,
	    "flow_label", probe->dst.family == 6 ?
	    json_integer(probe->flow_label) : json_null());
}

static json_t *
vertices_to_json(const struct tr_topology *topology,
    const struct tr_truth *truth)
{
	const struct tr_truth_vertex *vertices = truth->vertices.items;
	json_t *list = json_array();

	for (uint32_t i = 0; i < truth->vertices.count; i++) {
		const struct tr_truth_vertex *vertex = &vertices[i];
		json_t *one = json_pack(
		    "{s:I,s:i,s:o,s:s,s:f,s:I,s:s?,s:s?}",
		    "id", (json_int_t)i, "ttl", (int)vertex->ttl,
		    "address", address_to_json(&vertex->address),
		    "node", tr_topology_node(topology, vertex->node)->name,
		    "reach", vertex->reach,
		    "branching", (json_int_t)vertex->branching,
		    "balances", !vertex->balances ? NULL :
		    vertex->by_packet ? "packet" : "flow",
		    "end", ends[vertex->end]);

		if (json_array_append_new(list, one) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
links_to_json(const struct tr_truth *truth)
{
	const struct tr_truth_link *links = truth->links.items;
	json_t *list = json_array();

	for (uint32_t i = 0; i < truth->links.count; i++)
		if (json_array_append_new(list, json_pack("{s:I,s:I,s:f}",
		    "from", (json_int_t)links[i].from,
		    "to", (json_int_t)links[i].to,
		    "share", links[i].share)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
path_to_json(const struct tr_truth_path *path)
{
	const uint32_t *vertices = path->vertices.items;
	json_t *list = json_array();

	for (uint32_t i = 0; i < path->vertices.count; i++)
		if (json_array_append_new(list,
		    json_integer(vertices[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return json_pack("{s:f,s:o}", "share", path->share, "vertices", list);
}

static json_t *
paths_to_json(const struct tr_truth *truth)
{
	const struct tr_truth_path *paths = truth->paths.items;
	json_t *list = json_array();

	for (uint32_t i = 0; i < truth->paths.count; i++)
		if (json_array_append_new(list, path_to_json(&paths[i])) !=
		    0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

json_t *
tr_truth_to_json(const struct tr_topology *topology,
    const struct tr_truth *truth)
{
	const struct tr_truth_question *question = &truth->question;

	return json_pack("{s:s,s:s,s:I,s:I,s:s,s:o,s:o,s:o,s:o,s:b}",
	    "schema", SCHEMA, "topology", topology->file,
	    "seed", (json_int_t)question->seed,
	    "at_ns", (json_int_t)question->at,
	    "scope", question->all_flows ? "all flows" : "one flow",
	    "probe", probe_to_json(&question->probe),
	    "vertices", vertices_to_json(topology, truth),
	    "links", links_to_json(truth),
	    "paths", paths_to_json(truth), "all_paths", truth->all_paths);
}

/* --- claims ------------------------------------------------------------- */

static int
fail_claims(struct tr_error *error, const char *what)
{
	return tr_fail(error, TR_EFORMAT, "this is no result of trueroute "
	    "--json: %s", what);
}

static bool
read_address(const json_t *object, const char *key,
    struct tr_address *address)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL && tr_address_parse(text, address) == TR_OK;
}

static json_int_t
read_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int
read_flow(const json_t *flow, struct tr_truth_question *question,
    struct tr_error *error)
{
	struct tr_truth_probe *probe = &question->probe;
	const char *protocol = json_string_value(json_object_get(flow,
	    "protocol"));

	*probe = (struct tr_truth_probe){ .protocol = TR_SIM_UDP };
	if (protocol == NULL || !read_address(flow, "src", &probe->src) ||
	    !read_address(flow, "dst", &probe->dst))
		return fail_claims(error, "it has no flow");
	if (strcmp(protocol, "TCP") == 0)
		probe->protocol = TR_SIM_TCP;
	else if (strcmp(protocol, "ICMP") == 0)
		probe->protocol = TR_SIM_ICMP;
	probe->source_port = (uint16_t)read_number(flow,
	    probe->protocol == TR_SIM_ICMP ? "icmp_id" : "source_port");
	probe->destination_port = (uint16_t)read_number(flow,
	    "destination_port");
	probe->icmp_checksum = (uint16_t)read_number(flow, "icmp_checksum");
	probe->tos = (uint8_t)read_number(flow, "tos");
	probe->flow_label = (uint32_t)read_number(flow, "flow_label");
	probe->size = (uint16_t)read_number(flow, "size");
	probe->dont_fragment = json_is_true(json_object_get(flow,
	    "dont_fragment"));
	return TR_OK;
}

/*
 * The answer that counts of a probe: the first that says something.  Returns
 * 1, 0 where there is none, or TR_EFORMAT.
 */
static int
read_responder(const json_t *probe, struct tr_address *responder)
{
	const json_t *replies = json_object_get(probe, "replies");

	for (size_t i = 0; i < json_array_size(replies); i++) {
		const json_t *reply = json_array_get(replies, i);
		const char *verdict = json_string_value(json_object_get(reply,
		    "verdict"));

		if (verdict == NULL || strcmp(verdict, "none") == 0)
			continue;
		if (!read_address(reply, "responder", responder))
			return TR_EFORMAT;
		return !json_is_true(json_object_get(reply, "late"));
	}
	return 0;
}

static int
add_claim(struct tr_list *claims, uint8_t ttl,
    const struct tr_address *responder, const struct tr_address *next)
{
	struct tr_truth_claim *claim = tr_list_add(claims, sizeof(*claim));

	if (claim == NULL)
		return TR_ENOMEM;
	claim->ttl = ttl;
	claim->responder = *responder;
	if (next != NULL)
		claim->next = *next;
	return TR_OK;
}

/* The links from one hop to the next. */
static int
add_links(struct tr_list *claims, const json_t *hop, const json_t *behind,
    bool one_flow)
{
	const uint8_t ttl = (uint8_t)read_number(hop, "ttl");
	const json_t *probes = json_object_get(hop, "probes");
	const json_t *next = json_object_get(behind, "probes");
	struct tr_address from, to;

	for (size_t i = 0; i < json_array_size(probes); i++)
		for (size_t j = 0; j < json_array_size(next); j++)
			if ((one_flow || i == j) &&
			    read_responder(json_array_get(probes, i),
			    &from) == 1 && read_responder(json_array_get(next,
			    j), &to) == 1 && add_claim(claims, ttl, &from,
			    &to) != TR_OK)
				return TR_ENOMEM;
	return TR_OK;
}

static int
add_vertices(struct tr_list *claims, const json_t *hop)
{
	const uint8_t ttl = (uint8_t)read_number(hop, "ttl");
	const json_t *probes = json_object_get(hop, "probes");
	struct tr_address responder;

	for (size_t i = 0; i < json_array_size(probes); i++) {
		const int status = read_responder(json_array_get(probes, i),
		    &responder);

		if (status < 0)
			return status;
		if (status == 1 &&
		    add_claim(claims, ttl, &responder, NULL) != TR_OK)
			return TR_ENOMEM;
	}
	return TR_OK;
}

static int
add_hops(struct tr_list *claims, const json_t *hops, bool one_flow,
    struct tr_error *error)
{
	for (size_t i = 0; i < json_array_size(hops); i++) {
		const json_t *hop = json_array_get(hops, i);
		const json_t *behind = json_array_get(hops, i + 1);
		int status;

		if (!json_is_true(json_object_get(hop, "shown")))
			continue;
		status = add_vertices(claims, hop);
		if (status == TR_EFORMAT)
			return fail_claims(error, "a responder is no address");
		if (status == TR_OK &&
		    json_is_true(json_object_get(behind, "shown")))
			status = add_links(claims, hop, behind, one_flow);
		if (status != TR_OK)
			return tr_fail(error, status, "out of memory");
	}
	return TR_OK;
}

/* --- a result with all paths --------------------------------------------- */

static const json_t *
vertex_with_id(const json_t *vertices, json_int_t id)
{
	for (size_t i = 0; i < json_array_size(vertices); i++) {
		const json_t *vertex = json_array_get(vertices, i);

		if (read_number(vertex, "id") == id)
			return vertex;
	}
	return NULL;
}

/* A silent vertex claims nothing that could be found. */
static int
add_vertex_of_graph(struct tr_list *claims, const json_t *vertex,
    const json_t *next)
{
	struct tr_address from, to;

	if (json_is_null(json_object_get(vertex, "address")) ||
	    (next != NULL && json_is_null(json_object_get(next, "address"))))
		return TR_OK;
	if (!read_address(vertex, "address", &from) ||
	    (next != NULL && !read_address(next, "address", &to)))
		return TR_EFORMAT;
	return add_claim(claims, (uint8_t)read_number(vertex, "ttl"), &from,
	    next == NULL ? NULL : &to);
}

static int
add_graph(struct tr_list *claims, const json_t *graph, struct tr_error *error)
{
	const json_t *vertices = json_object_get(graph, "vertices");
	const json_t *links = json_object_get(graph, "links");
	int status = TR_OK;

	for (size_t i = 0; i < json_array_size(vertices) && status == TR_OK;
	    i++)
		status = add_vertex_of_graph(claims,
		    json_array_get(vertices, i), NULL);
	for (size_t i = 0; i < json_array_size(links) && status == TR_OK;
	    i++) {
		const json_t *link = json_array_get(links, i);
		const json_t *from = vertex_with_id(vertices,
		    read_number(link, "from"));
		const json_t *to = vertex_with_id(vertices,
		    read_number(link, "to"));

		status = from == NULL || to == NULL ? TR_EFORMAT :
		    add_vertex_of_graph(claims, from, to);
	}
	if (status == TR_EFORMAT)
		return fail_claims(error, "its graph has no addresses, or "
		    "links of vertices that are not there");
	return status == TR_OK ? TR_OK :
	    tr_fail(error, status, "out of memory");
}

int
tr_truth_claims_from_json(const json_t *object,
    struct tr_truth_question *question, struct tr_list *claims,
    bool *reached, struct tr_error *error)
{
	const json_t *run = json_object_get(object, "run");
	const json_t *hops = json_object_get(object, "hops");
	const json_t *graph = json_object_get(object, "graph");
	const json_t *parameters = json_object_get(run, "parameters");
	const json_t *arrival = json_object_get(json_object_get(object,
	    "result"), "reached");
	const bool one_flow = json_is_true(json_object_get(run, "one_flow"));
	int status;

	if (!json_is_object(run) || !json_is_array(hops) ||
	    !json_is_boolean(arrival))
		return fail_claims(error, "it has no run, hops or result");
	status = read_flow(json_object_get(run, "flow"), question, error);
	if (status != TR_OK)
		return status;
	question->all_flows = !one_flow;
	question->any_port = !one_flow && graph == NULL;
	question->first_ttl = (uint8_t)read_number(parameters, "first_ttl");
	question->max_ttl = (uint8_t)read_number(parameters, "max_ttl");
	*reached = json_is_true(arrival);
	return graph != NULL ? add_graph(claims, graph, error) :
	    add_hops(claims, hops, one_flow, error);
}

static json_t *
score_to_json(const struct tr_truth_score *score)
{
	return json_pack("{s:i,s:i,s:i}", "found", (int)score->found,
	    "missed", (int)score->missed, "false", (int)score->untrue);
}

json_t *
tr_truth_verdict_to_json(const struct tr_truth_verdict *verdict)
{
	return json_pack("{s:o,s:o,s:{s:b,s:b}}",
	    "vertices", score_to_json(&verdict->vertices),
	    "links", score_to_json(&verdict->links), "reached",
	    "true", verdict->reaches, "claimed", verdict->reached);
}

#endif /* HAVE_JANSSON */
