/*
 * All paths, in the language of Graphviz: dot -Tsvg draws it.
 */
#include "base/text.h"
#include "base/time.h"
#include "output/output.h"
#include "result/graph.h"

/*
 * Inside of quotation marks: dot's own rules, no control characters.  An
 * ampersand would begin one of HTML's characters.
 */
static void
put_text(FILE *stream, const char *text)
{
	char safe[TR_RUN_TEXT_MAX];

	tr_text_safe(text, safe, sizeof(safe));
	for (const char *c = safe; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			putc('\\', stream);
		if (*c == '&')
			fputs("&amp;", stream);
		else
			putc(*c, stream);
	}
}

/* Lines of a label that tell of an address beside it. */
static void
put_host(FILE *stream, const struct tr_path *path,
    const struct tr_address *address, const struct tr_output_options *options)
{
	const struct tr_annotation *annotation =
	    tr_annotations_find(path->annotations, address);
	char word[TR_NAME_MAX], origin[TR_ORIGIN_TEXT_MAX];
	char text[TR_PLACE_TEXT_MAX];
	const char *name = tr_host_name(path, address, options, word);
	const char *place = tr_annotation_place_text(annotation, text);

	if (!tr_address_is_set(address))
		return;
	if (name != NULL) {
		fputs("\\n", stream);
		put_text(stream, name);
	}
	if (options->origins)
		fprintf(stream, "\\n%s", tr_annotation_origin_text(annotation,
		    origin));
	if (options->places && place != NULL) {
		fputs("\\n", stream);
		put_text(stream, place);
	}
}

static void
put_vertex(FILE *stream, const struct tr_graph *graph, uint32_t number,
    const struct tr_output_options *options)
{
	const struct tr_vertex *vertex = &graph->discovery->vertices[number];
	const struct tr_graph_vertex *measures = &graph->vertices[number];
	const int64_t mean = tr_graph_round_trip(measures);
	char address[TR_ADDRESS_TEXT_MAX];

	fprintf(stream, "\tv%u [label=\"%u  %s", number, vertex->ttl,
	    tr_address_text(&vertex->address, address, sizeof(address)));
	put_host(stream, graph->path, &vertex->address, options);
	if (mean != TR_TIME_NONE)
		fprintf(stream, "\\n%.3f ms", (double)mean / 1e6);
	if (measures->probes > measures->answers && measures->answers > 0)
		fprintf(stream, "\\n%u of %u lost",
		    measures->probes - measures->answers, measures->probes);
	if (measures->balance == TR_BALANCE_PACKET)
		fputs("\\npacket by packet", stream);
	for (int field = 1; field < TR_FIELDS; field++)
		if (measures->fields[field].hashing == TR_HASHING_YES)
			fprintf(stream, "\\nby %s",
			    tr_field_title((enum tr_flow_field)field));
	fputc('"', stream);
	if (!tr_address_is_set(&vertex->address))
		fputs(", style=dashed", stream);
	else if (vertex->verdict == TR_VERDICT_ARRIVED)
		fputs(", peripheries=2", stream);
	fputs("];\n", stream);
}

static void
put_rank(FILE *stream, const struct tr_discovery *discovery, int ttl)
{
	uint32_t number = discovery->hops[ttl].first_vertex;

	fputs("\t{ rank=same;", stream);
	for (; number != TR_DISCOVERY_NONE;
	    number = discovery->vertices[number].next)
		if (discovery->vertices[number].flows > 0)
			fprintf(stream, " v%u;", number);
	fputs(" }\n", stream);
}

static void
put_edges(FILE *stream, const struct tr_graph *graph)
{
	const struct tr_discovery *discovery = graph->discovery;

	for (uint32_t i = 0; i < discovery->edge_count; i++) {
		const struct tr_edge *edge = &discovery->edges[i];

		if (edge->flows > 0 &&
		    graph->vertices[edge->from].links_claimed)
			fprintf(stream, "\tv%u -> v%u [label=\"%u\"];\n",
			    edge->from, edge->to, edge->flows);
	}
}

/* How sure it is, or why it is not: further lines of the graph's label. */
static void
put_bound(FILE *stream, const struct tr_graph *graph)
{
	bool any = false;

	if (graph->voids == 0) {
		fputs("\\nsomething missed: ", stream);
		tr_percent_write(stream, graph->miss);
		fputs(" at most", stream);
		return;
	}
	fputs("\\nno bound: ", stream);
	for (unsigned bit = 0; bit < TR_VOIDS; bit++) {
		if ((graph->voids & 1U << bit) == 0)
			continue;
		fprintf(stream, "%s%s", any ? ", " : "", tr_void_name(bit));
		any = true;
	}
	if ((graph->voids & TR_VOID_PACKET) != 0)
		fputs("\\nno links where flows do not stay", stream);
}

static int
end(FILE *stream, const struct tr_path *path, uint8_t shown,
    const struct tr_output_options *options)
{
	struct tr_graph *graph = tr_graph_new(path);

	(void)shown;
	if (graph == NULL)
		return TR_ENOMEM;
	fputs("digraph trueroute {\n\tlabel=\"", stream);
	put_text(stream, path->run.target);
	put_bound(stream, graph);
	fputs("\";\n\tnode [shape=box, fontname=\"monospace\"];\n", stream);
	for (uint32_t i = 0; i < graph->discovery->vertex_count; i++)
		if (graph->discovery->vertices[i].flows > 0)
			put_vertex(stream, graph, i, options);
	for (int ttl = graph->discovery->first_ttl; ttl <= graph->last_ttl;
	    ttl++)
		if (graph->discovery->hops[ttl].width > 0)
			put_rank(stream, graph->discovery, ttl);
	put_edges(stream, graph);
	fputs("}\n", stream);
	tr_graph_free(graph);
	return fflush(stream) != 0 || ferror(stream) ? TR_ESYSTEM : TR_OK;
}

const struct tr_output tr_output_dot = {
	.name = "dot",
	.end = end,
};
