/*
 * Where packets go: by the longest prefix, of the routes that the file names
 * and of what belongs to nodes; the file's first where both are as long.  To
 * what belongs to a node, the shortest paths by the cost of the links lead,
 * with every next hop that is as good as the best.  Hosts and probers forward
 * nothing.
 *
 * Paths are computed when they are first needed, for one destination's node
 * at a time, and kept.
 */
#ifndef TR_SIM_ROUTING_H
#define TR_SIM_ROUTING_H

#include "sim/topology.h"

struct tr_routing;

/* The topology is borrowed.  NULL without memory. */
struct tr_routing *tr_routing_new(const struct tr_topology *topology);
void tr_routing_free(struct tr_routing *routing);

/* The node that the address belongs to, by the longest prefix; or none. */
uint32_t tr_routing_owner(const struct tr_routing *routing,
    const struct tr_address *address);

/*
 * The length of the longest prefix that the address goes by at a node: that of
 * its owner, or of a route of the file's; 0 where there is none.
 */
uint8_t tr_routing_length(const struct tr_routing *routing, uint32_t node,
    const struct tr_address *address, int64_t now);

/*
 * True where every node can reach every other at all times: links that come,
 * go or are closed are left out.
 */
bool tr_routing_is_whole(const struct tr_topology *topology);

/* Equally good ways on; of weights when a route of the file has them. */
struct tr_sim_ways {
	const struct tr_sim_next *next;	/* borrowed */
	uint32_t count;			/* 0: there is none */
	uint64_t weight;		/* of all */
};

/*
 * The ways from a node to an address, which belongs to owner, at a time.
 * Returns TR_OK or TR_ENOMEM.
 */
int tr_routing_ways(struct tr_routing *routing, uint32_t node,
    const struct tr_address *address, uint32_t owner, int64_t now,
    struct tr_sim_ways *ways);

/* A port from one node to a neighbour that is up, or TR_SIM_NONE. */
uint32_t tr_routing_port_to(const struct tr_topology *topology,
    uint32_t node, uint32_t neighbour, int64_t now);

#endif
