#include <stdlib.h>

#include "base/error.h"
#include "sim/truth_part.h"

/*
 * Nodes are taken away as long as one has no way in, or no way out, that is
 * left; what remains are loops, and what lies between two of them.
 */
struct graph {
	const struct tr_topology *topology;
	struct tr_routing *routing;
	const struct tr_address *dst;
	uint32_t owner;
	int64_t	 at;
	bool	*left;
	bool	*entered;		/* scratch */
};

/* Take away what has no way in, or no way out.  Returns whether any had. */
static int
peel(struct graph *graph)
{
	const uint32_t nodes = graph->topology->nodes.count;
	struct tr_sim_ways ways;
	bool peeled = false;

	for (uint32_t i = 0; i < nodes; i++)
		graph->entered[i] = false;
	for (uint32_t i = 0; i < nodes; i++) {
		bool leads_on = false;

		if (!graph->left[i])
			continue;
		if (tr_routing_ways(graph->routing, i, graph->dst,
		    graph->owner, graph->at, &ways) != TR_OK)
			return TR_ENOMEM;
		for (uint32_t j = 0; j < ways.count; j++) {
			const uint32_t peer = tr_topology_port(
			    graph->topology, ways.next[j].port)->peer_node;

			graph->entered[peer] = true;
			leads_on |= graph->left[peer];
		}
		graph->left[i] = leads_on;
		peeled |= !leads_on;
	}
	for (uint32_t i = 0; i < nodes; i++)
		if (graph->left[i] && !graph->entered[i]) {
			graph->left[i] = false;
			peeled = true;
		}
	return peeled;
}

/* Computed routes lead nearer with each step: only the file's can loop. */
static bool
has_routes(const struct tr_topology *topology)
{
	for (uint32_t i = 0; i < topology->nodes.count; i++)
		if (tr_topology_node(topology, i)->routes.count > 0)
			return true;
	return false;
}

int
tr_truth_find_loops(const struct tr_topology *topology,
    struct tr_routing *routing, const struct tr_address *dst, int64_t at,
    bool *loops)
{
	struct graph graph = {
		.topology = topology,
		.routing = routing,
		.dst = dst,
		.owner = tr_routing_owner(routing, dst),
		.at = at,
		.left = loops,
	};
	const bool any = has_routes(topology);
	int status = any;

	for (uint32_t i = 0; i < topology->nodes.count; i++)
		loops[i] = any;
	if (!any)
		return TR_OK;
	graph.entered = calloc(topology->nodes.count,
	    sizeof(*graph.entered));
	if (graph.entered == NULL)
		return TR_ENOMEM;
	while (status == 1)
		status = peel(&graph);
	free(graph.entered);
	return status;
}
