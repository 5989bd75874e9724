#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/heap.h"
#include "sim/routing.h"

#define FAR		UINT64_MAX

struct owned {
	struct tr_sim_prefix prefix;
	uint32_t node;
};

/* The next hops of every node to one destination, in one stretch of time. */
struct table {
	uint32_t *first;		/* by node, and one more at the end */
	struct tr_sim_next *next;
};

struct tr_routing {
	const struct tr_topology *topology;
	struct tr_list owned;		/* struct owned, in the order of */
					/* by_prefix() */
	struct tr_list changes;		/* int64_t: times at which links */
					/* come or go, ascending */
	struct table *tables;		/* by destination, then stretch */
	uint64_t *distance;		/* by node; while a table is made */
};

/* --- who owns an address ------------------------------------------------ */

/* Longer prefixes first, so that the first that holds an address is it. */
static int
by_prefix(const void *a, const void *b)
{
	const struct owned *x = a, *y = b;

	if (x->prefix.length != y->prefix.length)
		return x->prefix.length > y->prefix.length ? -1 : 1;
	return tr_address_compare(&x->prefix.address, &y->prefix.address);
}

static int
add_owned(struct tr_routing *routing, const struct tr_sim_prefix *prefix,
    uint32_t node)
{
	struct owned *owned;

	if (!tr_address_is_set(&prefix->address))
		return TR_OK;
	owned = tr_list_add(&routing->owned, sizeof(*owned));
	if (owned == NULL)
		return TR_ENOMEM;
	owned->prefix = *prefix;
	owned->node = node;
	/* Bits behind the length would be in the way of the search. */
	for (unsigned bit = prefix->length;
	    bit < tr_address_size(&prefix->address) * 8; bit++)
		owned->prefix.address.bytes[bit / 8] &=
		    (uint8_t)~(0x80 >> bit % 8);
	return TR_OK;
}

static int
add_port_owned(struct tr_routing *routing, const struct tr_sim_port *port)
{
	const struct tr_sim_prefix v4 = { port->address4, 32 };
	const struct tr_sim_prefix v6 = { port->address6, 128 };

	if (add_owned(routing, &v4, port->node) != TR_OK)
		return TR_ENOMEM;
	return add_owned(routing, &v6, port->node);
}

static int
collect_owned(struct tr_routing *routing)
{
	const struct tr_topology *topology = routing->topology;

	for (uint32_t i = 0; i < topology->nodes.count; i++) {
		const struct tr_sim_node *node = tr_topology_node(topology,
		    i);
		const struct tr_sim_prefix *own = node->own.items;

		for (uint32_t j = 0; j < node->own.count; j++)
			if (add_owned(routing, &own[j], i) != TR_OK)
				return TR_ENOMEM;
	}
	for (uint32_t i = 0; i < topology->ports.count; i++)
		if (add_port_owned(routing, tr_topology_port(topology, i)) !=
		    TR_OK)
			return TR_ENOMEM;
	if (routing->owned.count > 0)
		qsort(routing->owned.items, routing->owned.count,
		    sizeof(struct owned), by_prefix);
	return TR_OK;
}

/* The first of owned[from..] whose length is another than that of from. */
static uint32_t
end_of_length(const struct tr_routing *routing, uint32_t from)
{
	const struct owned *owned = routing->owned.items;
	uint32_t low = from, high = routing->owned.count;

	while (high - low > 1) {
		const uint32_t middle = low + (high - low) / 2;

		if (owned[middle].prefix.length == owned[from].prefix.length)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static const struct owned *
find_owned(const struct tr_routing *routing,
    const struct tr_address *address)
{
	const struct owned *owned = routing->owned.items;
	uint32_t from = 0;

	/* One binary search for each length of prefix that there is. */
	while (from < routing->owned.count) {
		const uint32_t end = end_of_length(routing, from);
		uint32_t low = from, high = end;

		while (low < high) {
			const uint32_t middle = low + (high - low) / 2;

			if (tr_address_compare(&owned[middle].prefix.address,
			    address) <= 0)
				low = middle + 1;
			else
				high = middle;
		}
		if (low > from &&
		    tr_sim_prefix_holds(&owned[low - 1].prefix, address))
			return &owned[low - 1];
		from = end;
	}
	return NULL;
}

uint32_t
tr_routing_owner(const struct tr_routing *routing,
    const struct tr_address *address)
{
	const struct owned *owned = find_owned(routing, address);

	return owned == NULL ? TR_SIM_NONE : owned->node;
}

static uint8_t
length_of_owner(const struct tr_routing *routing,
    const struct tr_address *address)
{
	const struct owned *owned = find_owned(routing, address);

	return owned == NULL ? 0 : owned->prefix.length;
}

/* --- shortest paths ----------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int
add_change(struct tr_routing *routing, int64_t at)
{
	const int64_t *known = routing->changes.items;
	int64_t *change;

	if (at <= 0 || at == TR_TIME_NEVER)
		return TR_OK;
	for (uint32_t i = 0; i < routing->changes.count; i++)
		if (known[i] == at)
			return TR_OK;
	change = tr_list_add(&routing->changes, sizeof(*change));
	if (change == NULL)
		return TR_ENOMEM;
	*change = at;
	return TR_OK;
}

static int
collect_changes(struct tr_routing *routing)
{
	for (uint32_t i = 0; i < routing->topology->ports.count; i++) {
		const struct tr_sim_port *port =
		    tr_topology_port(routing->topology, i);

		if (add_change(routing, port->up.from) != TR_OK ||
		    add_change(routing, port->up.until) != TR_OK)
			return TR_ENOMEM;
	}
	if (routing->changes.count > 0)
		qsort(routing->changes.items, routing->changes.count,
		    sizeof(int64_t), by_time);
	return TR_OK;
}

/* The stretch of time between two changes, counted from 0. */
static uint32_t
stretch_of(const struct tr_routing *routing, int64_t now)
{
	const int64_t *changes = routing->changes.items;
	uint32_t stretch = 0;

	while (stretch < routing->changes.count && changes[stretch] <= now)
		stretch++;
	return stretch;
}

static int64_t
start_of(const struct tr_routing *routing, uint32_t stretch)
{
	const int64_t *changes = routing->changes.items;

	return stretch == 0 ? 0 : changes[stretch - 1];
}

static bool
leads_on(const struct tr_sim_port *port, int64_t now)
{
	return !port->out.closed && tr_sim_window_holds(&port->up, now);
}

/* A node that may stand on a path that ends at destination. */
static bool
may_pass(const struct tr_routing *routing, uint32_t node,
    uint32_t destination)
{
	return node == destination ||
	    tr_topology_node(routing->topology, node)->kind ==
	    TR_SIM_ROUTER;
}

/* Shorten the distances of the neighbours of a node, seen backwards. */
static int
relax(struct tr_routing *routing, struct tr_heap *heap, uint32_t number,
    int64_t now)
{
	const struct tr_sim_node *node = tr_topology_node(routing->topology,
	    number);
	const uint32_t *ports = node->ports.items;
	uint64_t *distance = routing->distance;

	for (uint32_t i = 0; i < node->ports.count; i++) {
		const struct tr_sim_port *back = tr_topology_port(
		    routing->topology, tr_topology_port(routing->topology,
		    ports[i])->peer);
		const uint64_t length = distance[number] + back->out.cost;

		if (!leads_on(back, now) || length >= distance[back->node])
			continue;
		distance[back->node] = length;
		if (tr_heap_push(heap, (int64_t)length,
		    &distance[back->node]) != TR_OK)
			return TR_ENOMEM;
	}
	return TR_OK;
}

static int
measure(struct tr_routing *routing, uint32_t destination, int64_t now)
{
	struct tr_heap heap = { .items = NULL };
	int status = TR_OK;

	for (uint32_t i = 0; i < routing->topology->nodes.count; i++)
		routing->distance[i] = FAR;
	routing->distance[destination] = 0;
	status = tr_heap_push(&heap, 0, &routing->distance[destination]);
	while (status == TR_OK && heap.count > 0) {
		const int64_t length = tr_heap_next(&heap);
		const uint64_t *at = tr_heap_pop(&heap);
		const uint32_t node = (uint32_t)(at - routing->distance);

		if (*at == (uint64_t)length &&
		    may_pass(routing, node, destination))
			status = relax(routing, &heap, node, now);
	}
	tr_heap_clear(&heap);
	return status;
}

static bool
is_best(const struct tr_routing *routing, const struct tr_sim_port *port,
    uint32_t destination, int64_t now)
{
	const uint64_t *distance = routing->distance;

	return leads_on(port, now) && distance[port->peer_node] != FAR &&
	    may_pass(routing, port->peer_node, destination) &&
	    distance[port->peer_node] + port->out.cost ==
	    distance[port->node];
}

static int
make_table(struct tr_routing *routing, struct table *table,
    uint32_t destination, int64_t now)
{
	const struct tr_topology *topology = routing->topology;
	uint32_t used = 0;

	if (measure(routing, destination, now) != TR_OK)
		return TR_ENOMEM;
	table->first = calloc((size_t)topology->nodes.count + 1,
	    sizeof(*table->first));
	table->next = calloc((size_t)topology->ports.count + 1,
	    sizeof(*table->next));
	if (table->first == NULL || table->next == NULL) {
		free(table->first);
		free(table->next);
		table->first = NULL;
		return TR_ENOMEM;
	}
	for (uint32_t i = 0; i < topology->nodes.count; i++) {
		const struct tr_sim_node *node = tr_topology_node(topology,
		    i);
		const uint32_t *ports = node->ports.items;

		table->first[i] = used;
		for (uint32_t j = 0; j < node->ports.count; j++)
			if (is_best(routing, tr_topology_port(topology,
			    ports[j]), destination, now))
				table->next[used++] = (struct tr_sim_next){
					.port = ports[j],
					.weight = 1,
				};
	}
	table->first[topology->nodes.count] = used;
	return TR_OK;
}

static int
computed_ways(struct tr_routing *routing, uint32_t node,
    uint32_t destination, int64_t now, struct tr_sim_ways *ways)
{
	const uint32_t stretch = stretch_of(routing, now);
	struct table *table = &routing->tables[(size_t)destination *
	    (routing->changes.count + 1) + stretch];

	if (table->first == NULL && make_table(routing, table, destination,
	    start_of(routing, stretch)) != TR_OK)
		return TR_ENOMEM;
	ways->next = table->next + table->first[node];
	ways->count = table->first[node + 1] - table->first[node];
	ways->weight = ways->count;
	return TR_OK;
}

/* --- is all one network? ------------------------------------------------ */

static bool
is_always_there(const struct tr_topology *topology,
    const struct tr_sim_port *port)
{
	return !port->out.closed &&
	    !tr_topology_port(topology, port->peer)->out.closed &&
	    port->up.from == 0 && port->up.until == TR_TIME_NEVER;
}

/*
 * Count the nodes that can be reached from a router by routers; todo has room
 * for all nodes.
 */
static uint32_t
count_reached(const struct tr_topology *topology, uint32_t router,
    bool *reached, uint32_t *todo)
{
	uint32_t known = 0;

	reached[router] = true;
	todo[known++] = router;
	for (uint32_t done = 0; done < known; done++) {
		const struct tr_sim_node *node = tr_topology_node(topology,
		    todo[done]);
		const uint32_t *ports = node->ports.items;

		for (uint32_t i = 0; i < node->ports.count &&
		    node->kind == TR_SIM_ROUTER; i++) {
			const struct tr_sim_port *port = tr_topology_port(
			    topology, ports[i]);

			if (reached[port->peer_node] ||
			    !is_always_there(topology, port))
				continue;
			reached[port->peer_node] = true;
			todo[known++] = port->peer_node;
		}
	}
	return known;
}

bool
tr_routing_is_whole(const struct tr_topology *topology)
{
	const uint32_t nodes = topology->nodes.count;
	bool *reached = calloc((size_t)nodes + 1, sizeof(*reached));
	uint32_t *todo = calloc((size_t)nodes + 1, sizeof(*todo));
	uint32_t router = 0;
	bool whole = false;

	while (router < nodes &&
	    tr_topology_node(topology, router)->kind != TR_SIM_ROUTER)
		router++;
	if (reached != NULL && todo != NULL && router < nodes)
		whole = count_reached(topology, router, reached, todo) ==
		    nodes;
	free(reached);
	free(todo);
	return whole;
}

/* --- routes of the file ------------------------------------------------- */

static const struct tr_sim_route *
find_route(const struct tr_sim_node *node, const struct tr_address *address,
    int64_t now)
{
	const struct tr_sim_route *routes = node->routes.items, *best = NULL;

	for (uint32_t i = 0; i < node->routes.count; i++)
		if (tr_sim_window_holds(&routes[i].valid, now) &&
		    tr_sim_prefix_holds(&routes[i].to, address) &&
		    (best == NULL ||
		    routes[i].to.length >= best->to.length))
			best = &routes[i];
	return best;
}

uint8_t
tr_routing_length(const struct tr_routing *routing, uint32_t node,
    const struct tr_address *address, int64_t now)
{
	const struct tr_sim_route *route = find_route(tr_topology_node(
	    routing->topology, node), address, now);
	const uint8_t length = length_of_owner(routing, address);

	return route != NULL && route->to.length > length ?
	    route->to.length : length;
}

int
tr_routing_ways(struct tr_routing *routing, uint32_t node,
    const struct tr_address *address, uint32_t owner, int64_t now,
    struct tr_sim_ways *ways)
{
	const struct tr_sim_node *at = tr_topology_node(routing->topology,
	    node);
	const struct tr_sim_route *route = NULL;

	*ways = (struct tr_sim_ways){ .count = 0 };
	if (at->routes.count > 0)
		route = find_route(at, address, now);
	if (route != NULL &&
	    route->to.length >= length_of_owner(routing, address)) {
		ways->next = route->next.items;
		ways->count = route->next.count;
		for (uint32_t i = 0; i < ways->count; i++)
			ways->weight += ways->next[i].weight;
		return TR_OK;
	}
	if (owner == TR_SIM_NONE)
		return TR_OK;
	return computed_ways(routing, node, owner, now, ways);
}

uint32_t
tr_routing_port_to(const struct tr_topology *topology, uint32_t node,
    uint32_t neighbour, int64_t now)
{
	const struct tr_sim_node *at = tr_topology_node(topology, node);
	const uint32_t *ports = at->ports.items;

	for (uint32_t i = 0; i < at->ports.count; i++) {
		const struct tr_sim_port *port = tr_topology_port(topology,
		    ports[i]);

		if (port->peer_node == neighbour && leads_on(port, now))
			return ports[i];
	}
	return TR_SIM_NONE;
}

/* --- its life ----------------------------------------------------------- */

struct tr_routing *
tr_routing_new(const struct tr_topology *topology)
{
	struct tr_routing *routing = calloc(1, sizeof(*routing));
	const size_t nodes = (size_t)topology->nodes.count + 1;

	if (routing == NULL)
		return NULL;
	routing->topology = topology;
	routing->distance = calloc(nodes, sizeof(*routing->distance));
	if (routing->distance == NULL || collect_owned(routing) != TR_OK ||
	    collect_changes(routing) != TR_OK)
		goto fail;
	routing->tables = calloc(nodes * (routing->changes.count + 1),
	    sizeof(*routing->tables));
	if (routing->tables == NULL)
		goto fail;
	return routing;
fail:
	tr_routing_free(routing);
	return NULL;
}

void
tr_routing_free(struct tr_routing *routing)
{
	size_t count;

	if (routing == NULL)
		return;
	count = (size_t)routing->topology->nodes.count *
	    (routing->changes.count + 1);
	for (size_t i = 0; routing->tables != NULL && i < count; i++) {
		free(routing->tables[i].first);
		free(routing->tables[i].next);
	}
	free(routing->tables);
	free(routing->distance);
	tr_list_clear(&routing->owned);
	tr_list_clear(&routing->changes);
	free(routing);
}
