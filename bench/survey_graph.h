/*
 * Networks beside that of survey_model.h for surveys in virtual time: graphs of
 * routers, over which packets take the shortest way, the same always.
 *
 *	random		each router has so many links to any others
 *	internet	each new router has two links, to those that have many
 *			already (Barabasi, Albert: "Emergence of scaling in
 *			random networks", Science 286, 1999): a few routers
 *			carry most of the routes
 *
 * A target is behind a router that its prefix decides.
 */
#ifndef SURVEY_GRAPH_H
#define SURVEY_GRAPH_H

#include <stdint.h>

struct survey_graph {
	uint32_t count;
	uint32_t *parents;	/* the router before it, on the way to it */
	uint8_t	*depths;	/* hops to it; the first router's is 1 */
};

/* kind: 'r' or 'i'.  Exits without memory. */
void survey_graph_make(struct survey_graph *graph, char kind, uint32_t count,
    uint64_t seed);
void survey_graph_free(struct survey_graph *graph);

/* How far the targets of a prefix are: one hop behind their router. */
uint32_t survey_graph_length(const struct survey_graph *graph,
    uint32_t prefix);

/* The router at a hop of the way to them. */
uint32_t survey_graph_router(const struct survey_graph *graph, uint32_t prefix,
    uint32_t hop);

#endif
