#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sim/topology.h"

/* What a link is unless the file says more. */

#define TTL_ROUTER	255
#define TTL_HOST	64

#define MTU6_LEAST	1280		/* RFC 8200, 5 */

/* Internetwork control, for ICMP errors: RFC 1812, 4.3.2.5. */
#define TOS_OF_ERRORS	0xc0
#define TOS_BITS	0x1e		/* without precedence: RFC 1349 */

const struct tr_sim_balance tr_sim_balance_default = {
	.spread = TR_SIM_BY_FLOW,
	.fields = TR_SIM_FIELDS_FLOW,
	.remap_at = TR_TIME_NEVER,
};

struct tr_topology *
tr_topology_new(const char *file)
{
	struct tr_topology *topology = calloc(1, sizeof(*topology));

	if (topology == NULL)
		return NULL;
	topology->seed = 1;
	topology->file = strdup(file);
	if (topology->file == NULL) {
		free(topology);
		return NULL;
	}
	return topology;
}

static void
clear_node(struct tr_sim_node *node)
{
	struct tr_sim_route *routes = node->routes.items;
	struct tr_sim_filter *filters = node->filters.items;

	for (uint32_t i = 0; i < node->routes.count; i++)
		tr_list_clear(&routes[i].next);
	for (uint32_t i = 0; i < node->filters.count; i++)
		tr_list_clear(&filters[i].ports);
	tr_list_clear(&node->own);
	tr_list_clear(&node->ports);
	tr_list_clear(&node->routes);
	tr_list_clear(&node->unreachables);
	tr_list_clear(&node->filters);
	tr_list_clear(&node->nats);
	tr_list_clear(&node->sequences);
	tr_list_clear(&node->tunnels);
	tr_list_clear(&node->delayings);
	tr_list_clear(&node->extension.objects);
	tr_list_clear(&node->listeners);
}

void
tr_topology_free(struct tr_topology *topology)
{
	struct tr_sim_node *nodes;
	struct tr_sim_tunnel *tunnels;

	if (topology == NULL)
		return;
	nodes = topology->nodes.items;
	tunnels = topology->tunnels.items;
	for (uint32_t i = 0; i < topology->nodes.count; i++)
		clear_node(&nodes[i]);
	for (uint32_t i = 0; i < topology->tunnels.count; i++) {
		tr_list_clear(&tunnels[i].hops);
		tr_list_clear(&tunnels[i].only);
	}
	tr_list_clear(&topology->nodes);
	tr_list_clear(&topology->ports);
	tr_list_clear(&topology->tunnels);
	tr_list_clear(&topology->names);
	free(topology->file);
	free(topology);
}

struct tr_sim_node *
tr_topology_add_node(struct tr_topology *topology, enum tr_sim_kind kind,
    const char *name)
{
	const bool router = kind == TR_SIM_ROUTER;
	struct tr_sim_node *node = tr_list_add(&topology->nodes,
	    sizeof(*node));

	if (node == NULL)
		return NULL;
	strncpy(node->name, name, sizeof(node->name) - 1);
	node->kind = kind;
	node->balance = tr_sim_balance_default;
	node->tos_keep = 0xff;
	node->silent_share = TR_SIM_SHARE_ALL;
	node->ttl = router ? TTL_ROUTER : TTL_HOST;
	node->echo_ttl = node->ttl;
	node->tos = TOS_OF_ERRORS;
	node->tos_copied = TOS_BITS;
	node->id.step = 1;
	node->names_labels = true;
	return node;
}

static uint32_t
add_port(struct tr_topology *topology, uint32_t node, uint32_t peer_node)
{
	struct tr_sim_node *nodes = topology->nodes.items;
	struct tr_sim_port *port;
	uint32_t *number;

	port = tr_list_add(&topology->ports, sizeof(*port));
	number = tr_list_add(&nodes[node].ports, sizeof(*number));
	if (port == NULL || number == NULL)
		return TR_SIM_NONE;
	*number = topology->ports.count - 1;
	port->node = node;
	port->peer_node = peer_node;
	port->number = nodes[node].ports.count;
	port->out.mtu = TR_SIM_MTU_DEFAULT;
	port->out.cost = TR_SIM_COST_DEFAULT;
	port->up = (struct tr_sim_window){ 0, TR_TIME_NEVER };
	return topology->ports.count - 1;
}

int
tr_topology_add_link(struct tr_topology *topology, uint32_t node_a,
    uint32_t node_b, uint32_t *port_a, uint32_t *port_b)
{
	struct tr_sim_port *ports;

	*port_a = add_port(topology, node_a, node_b);
	if (*port_a == TR_SIM_NONE)
		return TR_ENOMEM;
	*port_b = add_port(topology, node_b, node_a);
	if (*port_b == TR_SIM_NONE)
		return TR_ENOMEM;
	ports = topology->ports.items;
	ports[*port_a].peer = *port_b;
	ports[*port_b].peer = *port_a;
	return TR_OK;
}

uint32_t
tr_topology_find(const struct tr_topology *topology, const char *name)
{
	for (uint32_t i = 0; i < topology->nodes.count; i++)
		if (strcmp(tr_topology_node(topology, i)->name, name) == 0)
			return i;
	return TR_SIM_NONE;
}

uint32_t
tr_topology_prober(const struct tr_topology *topology,
    const struct tr_address *address)
{
	for (uint32_t i = 0; i < topology->nodes.count; i++)
		if (tr_topology_node(topology, i)->kind == TR_SIM_PROBER &&
		    (address == NULL ||
		    tr_topology_owns(topology, i, address)))
			return i;
	return TR_SIM_NONE;
}

const struct tr_address *
tr_sim_port_address(const struct tr_sim_port *port, uint8_t family)
{
	return family == 4 ? &port->address4 : &port->address6;
}

struct tr_address
tr_topology_address(const struct tr_topology *topology, uint32_t node,
    uint8_t family)
{
	const struct tr_sim_node *of = tr_topology_node(topology, node);
	const struct tr_sim_prefix *own = of->own.items;
	const uint32_t *ports = of->ports.items;
	const struct tr_address none = { .family = 0 };

	for (uint32_t i = 0; i < of->own.count; i++)
		if (own[i].address.family == family)
			return own[i].address;
	for (uint32_t i = 0; i < of->ports.count; i++) {
		const struct tr_address *address = tr_sim_port_address(
		    tr_topology_port(topology, ports[i]), family);

		if (tr_address_is_set(address))
			return *address;
	}
	return none;
}

uint32_t
tr_sim_mtu(const struct tr_sim_port *port, uint8_t version)
{
	return version == 6 && port->out.mtu < MTU6_LEAST ?
	    MTU6_LEAST : port->out.mtu;
}

uint32_t
tr_topology_first_mtu(const struct tr_topology *topology, uint32_t node,
    uint8_t version)
{
	const struct tr_sim_node *of = tr_topology_node(topology, node);
	const uint32_t *ports = of->ports.items;

	return of->ports.count == 0 ? TR_SIM_MTU_DEFAULT :
	    tr_sim_mtu(tr_topology_port(topology, ports[0]), version);
}

bool
tr_sim_prefix_holds(const struct tr_sim_prefix *prefix,
    const struct tr_address *address)
{
	const size_t whole = prefix->length / 8;
	const unsigned rest = prefix->length % 8;

	if (prefix->address.family != address->family ||
	    memcmp(prefix->address.bytes, address->bytes, whole) != 0)
		return false;
	return rest == 0 || ((prefix->address.bytes[whole] ^
	    address->bytes[whole]) >> (8 - rest)) == 0;
}

bool
tr_sim_window_holds(const struct tr_sim_window *window, int64_t now)
{
	return now >= window->from && now < window->until;
}

bool
tr_topology_owns(const struct tr_topology *topology, uint32_t node,
    const struct tr_address *address)
{
	const struct tr_sim_node *of = tr_topology_node(topology, node);
	const struct tr_sim_prefix *own = of->own.items;
	const uint32_t *ports = of->ports.items;

	for (uint32_t i = 0; i < of->own.count; i++)
		if (tr_sim_prefix_holds(&own[i], address))
			return true;
	for (uint32_t i = 0; i < of->ports.count; i++)
		if (tr_address_equal(tr_sim_port_address(
		    tr_topology_port(topology, ports[i]), address->family),
		    address))
			return true;
	return false;
}

int
tr_topology_resolve(const struct tr_topology *topology, const char *text,
    uint8_t family, struct tr_address *address)
{
	const struct tr_sim_name *names = topology->names.items;
	uint32_t node;

	if (tr_address_parse(text, address) == TR_OK)
		return family == 0 || family == address->family ?
		    TR_OK : TR_ENOTFOUND;
	for (uint32_t i = 0; i < topology->names.count; i++)
		if (strcmp(names[i].text, text) == 0 && (family == 0 ||
		    family == names[i].address.family)) {
			*address = names[i].address;
			return TR_OK;
		}
	node = tr_topology_find(topology, text);
	if (node == TR_SIM_NONE)
		return TR_ENOTFOUND;
	*address = tr_topology_address(topology, node,
	    family == 0 ? 4 : family);
	if (family == 0 && !tr_address_is_set(address))
		*address = tr_topology_address(topology, node, 6);
	return tr_address_is_set(address) ? TR_OK : TR_ENOTFOUND;
}

const char *
tr_topology_name_of(const struct tr_topology *topology,
    const struct tr_address *address)
{
	const struct tr_sim_name *names = topology->names.items;

	for (uint32_t i = 0; i < topology->names.count; i++)
		if (tr_address_equal(&names[i].address, address))
			return names[i].text;
	return NULL;
}
