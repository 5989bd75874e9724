/*
 * All paths, for people: the graph drawn beside its vertices, then each path
 * with the command that traces it again, then what balancers look at, if that
 * was asked, then how sure it is that this is all.
 */
#include <stdlib.h>

#include "base/time.h"
#include "output/lanes.h"
#include "output/output.h"

/* Paths that are listed; --json has them all. */
#define PATHS_SHOWN	16

static int
begin(FILE *stream, const struct tr_path *path,
    const struct tr_output_options *options)
{
	const struct tr_run *run = &path->run;

	(void)options;
	fputs("all paths to ", stream);
	tr_target_write(stream, run);
	fprintf(stream, ", %s, %u hops max, %u byte packets\n",
	    tr_protocol_name(run->flow.protocol), run->trace.max_ttl,
	    run->flow.size);
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}

/* --- the drawing -------------------------------------------------------- */

static void
put_time(FILE *stream, const struct tr_graph_vertex *measures)
{
	const int64_t mean = tr_graph_round_trip(measures);

	if (mean == TR_TIME_NONE) {
		fputs("  ?", stream);
		return;
	}
	fprintf(stream, "  %.3f ms", (double)mean / 1e6);
	/* Where all are alike, one says it. */
	if (measures->rtt_most - measures->rtt_least >= TR_MILLISECOND / 10)
		fprintf(stream, " (%.3f to %.3f)",
		    (double)measures->rtt_least / 1e6,
		    (double)measures->rtt_most / 1e6);
}

static void
put_mark(FILE *stream, const struct tr_vertex *vertex,
    const struct tr_address *target)
{
	if (vertex->verdict != TR_VERDICT_STOPPED)
		return;
	fputs(tr_address_equal(&vertex->address, target) ?
	    "  ends here: a reset in its name, from a firewall" :
	    "  ends here: refused", stream);
}

static void
put_balance(FILE *stream, const struct tr_vertex *vertex,
    const struct tr_graph_vertex *measures)
{
	switch (measures->balance) {
	case TR_BALANCE_NONE:
		return;
	case TR_BALANCE_DESTINATION:
		fputs("  other ways to other hosts", stream);
		return;
	case TR_BALANCE_FLOW:
		if (vertex->out_degree < 2) {
			fputs("  other ways for other flows", stream);
			return;
		}
		fprintf(stream, "  %u ways, by flow%s", vertex->out_degree,
		    measures->uneven ? ", unevenly" : "");
		return;
	case TR_BALANCE_PACKET:
		fprintf(stream, "  %u ways, packet by packet",
		    vertex->out_degree);
		return;
	case TR_BALANCE_UNKNOWN:
		fprintf(stream, "  %u ways", vertex->out_degree);
		return;
	}
}

static void
put_vertex(const struct tr_lanes *lanes, uint32_t number, bool is_first,
    const struct tr_output_options *options)
{
	const struct tr_vertex *vertex =
	    &lanes->graph->discovery->vertices[number];
	const struct tr_graph_vertex *measures =
	    &lanes->graph->vertices[number];
	const struct tr_path *path = lanes->graph->path;

	if (is_first)
		fprintf(lanes->stream, "%2u  ", vertex->ttl);
	else
		fputs("    ", lanes->stream);
	tr_lanes_vertex(lanes, number);
	if (!tr_address_is_set(&vertex->address)) {
		fputs(" *  silent\n", lanes->stream);
		return;
	}
	putc(' ', lanes->stream);
	tr_host_write(lanes->stream, path, &vertex->address, options);
	tr_host_facts_write(lanes->stream, path, &vertex->address, options);
	put_time(lanes->stream, measures);
	if (measures->answers < measures->probes)
		fprintf(lanes->stream, "  %u of %u lost",
		    measures->probes - measures->answers, measures->probes);
	put_balance(lanes->stream, vertex, measures);
	put_mark(lanes->stream, vertex, &path->run.flow.dst);
	putc('\n', lanes->stream);
}

static int
draw(const struct tr_lanes *lanes, const struct tr_output_options *options)
{
	const struct tr_graph *graph = lanes->graph;
	const struct tr_discovery *discovery = graph->discovery;

	for (int ttl = discovery->first_ttl; ttl <= graph->last_ttl; ttl++) {
		uint32_t *order = malloc((discovery->hops[ttl].width + 1) *
		    sizeof(*order));
		uint32_t count;

		if (order == NULL)
			return TR_ENOMEM;
		count = tr_graph_order(graph, ttl, order);
		if (count == 0)
			fprintf(lanes->stream, "%2d  *\n", ttl);
		for (uint32_t i = 0; i < count; i++)
			put_vertex(lanes, order[i], i == 0, options);
		free(order);
		if (ttl < graph->last_ttl)
			tr_lanes_between(lanes, ttl, "    ");
	}
	return TR_OK;
}

/* --- the paths ---------------------------------------------------------- */

/* Does every flow that comes to this TTL meet the same vertex, to be sure? */
static const struct tr_vertex *
only_vertex(const struct tr_graph *graph, int ttl)
{
	const struct tr_hop_facts *hop = &graph->discovery->hops[ttl];
	const unsigned unsure = TR_VOID_LIMIT | TR_VOID_LOSS | TR_VOID_FIXED |
	    TR_VOID_FLOWS;

	return hop->width == 1 && (graph->voids & unsure) == 0 ?
	    tr_discovery_first(graph->discovery, ttl) : NULL;
}

/* Is each TTL of the flow known and the same each time, up to its end? */
static bool
is_whole(const struct tr_graph *graph, uint32_t flow)
{
	const struct tr_discovery *discovery = graph->discovery;

	for (int ttl = discovery->first_ttl; ttl <= graph->last_ttl; ttl++) {
		const struct tr_vertex *vertex = tr_discovery_at(discovery,
		    flow, ttl);

		if (tr_discovery_ended(discovery, flow, ttl))
			return true;
		if (!tr_discovery_is_steady(discovery, ttl))
			return false;
		if (discovery->hops[ttl].width == 0)
			continue;
		if (vertex == NULL)
			vertex = only_vertex(graph, ttl);
		if (vertex == NULL)
			return false;
		if (vertex->verdict != TR_VERDICT_TRANSIT)
			return true;
	}
	/* Without an end, it is whole only if it was followed on. */
	return graph->last_ttl != 0 && (graph->voids & TR_VOID_LIMIT) == 0;
}

static bool
is_same_way(const struct tr_graph *graph, uint32_t a, uint32_t b)
{
	const struct tr_discovery *discovery = graph->discovery;

	for (int ttl = discovery->first_ttl; ttl <= graph->last_ttl; ttl++)
		if (discovery->hops[ttl].width > 1 &&
		    tr_discovery_at(discovery, a, ttl) !=
		    tr_discovery_at(discovery, b, ttl))
			return false;
	return true;
}

/* The hops of a path that others do not share. */
static void
put_way(FILE *stream, const struct tr_graph *graph, uint32_t flow)
{
	const struct tr_discovery *discovery = graph->discovery;
	char address[TR_ADDRESS_TEXT_MAX];
	bool any = false;

	for (int ttl = discovery->first_ttl; ttl <= graph->last_ttl; ttl++) {
		const struct tr_vertex *vertex = tr_discovery_at(discovery,
		    flow, ttl);

		if (vertex == NULL || discovery->hops[ttl].width < 2)
			continue;
		fprintf(stream, "%s%d %s", any ? ", " : "  ", ttl,
		    tr_address_text(&vertex->address, address,
		    sizeof(address)));
		any = true;
	}
	fprintf(stream, "%s\n      ", any ? "" : graph->voids == 0 ?
	    "  the only one" : "  the only one that was found");
	tr_again_write(stream, &graph->path->run, flow);
	putc('\n', stream);
}

static void
list_paths(FILE *stream, const struct tr_graph *graph)
{
	uint32_t shown[PATHS_SHOWN];
	uint32_t count = 0, more = 0;

	if (!graph->path->run.known)
		return;
	for (uint32_t flow = 0; flow < graph->discovery->flows; flow++) {
		uint32_t i = 0;

		if (!is_whole(graph, flow))
			continue;
		while (i < count && !is_same_way(graph, shown[i], flow))
			i++;
		if (i < count)
			continue;
		if (count == PATHS_SHOWN) {
			more++;
			continue;
		}
		if (count == 0)
			fputs("\npaths, with a flow of each:\n", stream);
		shown[count++] = flow;
		put_way(stream, graph, flow);
	}
	if (more > 0)
		fprintf(stream, "  %u more flow%s other paths: --json has "
		    "them\n", more, more == 1 ? " takes" : "s take");
}

/* --- what balancers hash ------------------------------------------------- */

/* The fields of which this is known; false, and nothing, without any. */
static bool
put_fields(FILE *stream, const struct tr_graph *graph,
    const enum tr_hashing known[TR_FIELDS], enum tr_hashing hashing,
    const char *intro)
{
	bool any = false;

	for (int field = 1; field < TR_FIELDS; field++) {
		if (known[field] != hashing || !tr_flow_has_field(
		    &graph->path->run.flow, (enum tr_flow_field)field))
			continue;
		fprintf(stream, "%s%s", any ? ", " : intro,
		    tr_field_title((enum tr_flow_field)field));
		any = true;
	}
	return any;
}

static void
put_hashing(FILE *stream, const struct tr_graph *graph, uint32_t number)
{
	const struct tr_vertex *vertex = &graph->discovery->vertices[number];
	enum tr_hashing known[TR_FIELDS];
	char address[TR_ADDRESS_TEXT_MAX];

	for (int field = 0; field < TR_FIELDS; field++)
		known[field] = graph->vertices[number].fields[field].hashing;
	fprintf(stream, "%3u %s", vertex->ttl, tr_address_text(
	    &vertex->address, address, sizeof(address)));
	if (graph->vertices[number].balance == TR_BALANCE_PACKET) {
		fputs("  none: packet by packet\n", stream);
		return;
	}
	put_fields(stream, graph, known, TR_HASHING_YES, "  ");
	put_fields(stream, graph, known, TR_HASHING_NO, "; not ");
	put_fields(stream, graph, known, TR_HASHING_UNKNOWN,
	    "; not known: ");
	putc('\n', stream);
}

/* No balancer was found: by what, at any vertex that was asked. */
static void
put_no_balancer(FILE *stream, const struct tr_graph *graph)
{
	enum tr_hashing known[TR_FIELDS] = { TR_HASHING_UNKNOWN };

	if (graph->voids == 0 && graph->last_ttl <=
	    graph->discovery->first_ttl) {
		fputs("\nno router on the way, and so no balancer\n", stream);
		return;
	}
	for (uint32_t i = 0; i < graph->discovery->vertex_count; i++)
		for (int field = 1; field < TR_FIELDS; field++)
			if (graph->vertices[i].fields[field].hashing ==
			    TR_HASHING_NO)
				known[field] = TR_HASHING_NO;
	if (put_fields(stream, graph, known, TR_HASHING_NO,
	    "\nno balancer was found by "))
		put_fields(stream, graph, known, TR_HASHING_UNKNOWN,
		    "; not known: ");
	else
		fputs("\nnothing is known of what balancers look at", stream);
	putc('\n', stream);
}

/* The balancers of a TTL. */
static int
list_hashing_at(FILE *stream, const struct tr_graph *graph, int ttl,
    bool *any)
{
	uint32_t *order = malloc((graph->discovery->hops[ttl].width + 1) *
	    sizeof(*order));
	uint32_t count;

	if (order == NULL)
		return TR_ENOMEM;
	count = tr_graph_order(graph, ttl, order);
	for (uint32_t i = 0; i < count; i++) {
		if (graph->vertices[order[i]].balance == TR_BALANCE_NONE)
			continue;
		if (!*any)
			fputs("\nfields that balancers look at, each varied "
			    "alone:\n", stream);
		put_hashing(stream, graph, order[i]);
		*any = true;
	}
	free(order);
	return TR_OK;
}

static int
list_hashing(FILE *stream, const struct tr_graph *graph)
{
	bool any = false;
	int status = TR_OK;

	if (!graph->classified)
		return TR_OK;
	for (int ttl = graph->discovery->first_ttl;
	    ttl <= graph->last_ttl && status == TR_OK; ttl++)
		status = list_hashing_at(stream, graph, ttl, &any);
	if (!any)
		put_no_balancer(stream, graph);
	if (graph->unfinished)
		fputs("not all fields were varied: it was ended before\n",
		    stream);
	return status;
}

/* --- how sure ----------------------------------------------------------- */

static const char *const reasons[TR_VOIDS] = {
	"too few answers came, for loss or a limit on ICMP errors",
	"the path changed while it was probed",
	("packets of one flow do not stay together: what leads where is not "
	    "claimed there"),
	"it was ended before it was done",
	"more flows were needed than there are",
	"so many flows are too few for it",
	("flows are not spread evenly, and a way that gets few of them is "
	    "missed more often"),
};

/* Is a decision about this TTL one of fewer flows than it takes? */
static bool
is_short(const struct tr_graph *graph, int ttl)
{
	const struct tr_discovery *discovery = graph->discovery;
	uint32_t number;

	if (ttl == discovery->first_ttl)
		return graph->first.flows < graph->first.needed;
	number = discovery->hops[ttl - 1].first_vertex;
	for (; number != TR_DISCOVERY_NONE;
	    number = discovery->vertices[number].next)
		if (graph->vertices[number].onward.flows <
		    graph->vertices[number].onward.needed)
			return true;
	return false;
}

/* The TTLs that a reason is about: " (hop 2, 5)". */
static void
put_hops(FILE *stream, const struct tr_graph *graph, enum tr_void reason)
{
	const struct tr_discovery *discovery = graph->discovery;
	bool any = false;

	for (int ttl = discovery->first_ttl; ttl <= graph->last_ttl; ttl++) {
		const struct tr_hop_facts *hop = &discovery->hops[ttl];

		if (!(reason == TR_VOID_PACKET ? hop->cells_unsteady > 0 :
		    reason == TR_VOID_CHANGE ? graph->changed[ttl] :
		    (reason == TR_VOID_LOSS || reason == TR_VOID_FIXED) &&
		    is_short(graph, ttl)))
			continue;
		fprintf(stream, "%s%d", any ? ", " : " (hop ", ttl);
		any = true;
	}
	if (any)
		putc(')', stream);
}

static void
put_reasons(FILE *stream, const struct tr_graph *graph)
{
	bool first = true;

	for (unsigned bit = 0; bit < TR_VOIDS; bit++) {
		if ((graph->voids & 1U << bit) == 0)
			continue;
		fprintf(stream, "%s%s", first ? "" : ";\n", reasons[bit]);
		put_hops(stream, graph, 1U << bit);
		first = false;
	}
	putc('\n', stream);
}

/* "1 probe", "2 probes". */
static void
put_count(FILE *stream, uint32_t count, const char *what)
{
	fprintf(stream, "%u %s%s", count, what, count == 1 ? "" : "s");
}

static void
put_bound(FILE *stream, const struct tr_graph *graph)
{
	putc('\n', stream);
	if (graph->varied_probes > 0) {
		put_count(stream, graph->varied_probes, "probe");
		fputs(" with a field varied; ", stream);
	}
	put_count(stream, graph->path->probe_count - graph->varied_probes,
	    "probe");
	fputs(" of ", stream);
	put_count(stream, graph->flows, "flow");
	fputs("; ", stream);
	if (graph->voids == 0) {
		fputs("something was missed with a chance of\n", stream);
		tr_percent_write(stream, graph->miss);
		fputs(" at most (", stream);
		tr_percent_write(stream, graph->asked);
		fputs(" asked), if balancers spread flows evenly\n", stream);
	} else {
		fputs("the bound of ", stream);
		tr_percent_write(stream, graph->asked);
		fputs(" is void:\n", stream);
		put_reasons(stream, graph);
	}
	if (graph->silent_beside > 0)
		fputs("where a router is silent beside others, there may be "
		    "several\n", stream);
	if (graph->silent_ttls > 0)
		fprintf(stream, "%u hop%s silent: how many routers are there "
		    "cannot be told\n", graph->silent_ttls,
		    graph->silent_ttls == 1 ? " is" : "s are");
}

static int
end(FILE *stream, const struct tr_path *path, uint8_t shown,
    const struct tr_output_options *options)
{
	struct tr_graph *graph = tr_graph_new(path);
	struct tr_lanes lanes;
	int status;

	(void)shown;
	if (graph == NULL)
		return TR_ENOMEM;
	tr_lanes_begin(&lanes, graph, stream, options->unicode);
	status = draw(&lanes, options);
	list_paths(stream, graph);
	if (status == TR_OK)
		status = list_hashing(stream, graph);
	put_bound(stream, graph);
	tr_graph_free(graph);
	if (status != TR_OK)
		return status;
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}

const struct tr_output tr_output_paths = {
	.name = "paths",
	.begin = begin,
	.end = end,
};
