/*
 * What only the whole of a topology shows.
 */
#include <stdlib.h>

#include "base/error.h"
#include "sim/topology.h"

struct claim {
	struct tr_sim_prefix prefix;
	uint32_t node;
};

static int
by_claim(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	const int order = tr_address_compare(&x->prefix.address,
	    &y->prefix.address);

	if (order != 0)
		return order;
	if (x->prefix.length != y->prefix.length)
		return x->prefix.length < y->prefix.length ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

static int
add_claim(struct tr_list *claims, const struct tr_address *address,
    uint8_t length, uint32_t node)
{
	struct claim *claim;

	if (!tr_address_is_set(address))
		return TR_OK;
	claim = tr_list_add(claims, sizeof(*claim));
	if (claim == NULL)
		return TR_ENOMEM;
	*claim = (struct claim){ { *address, length }, node };
	return TR_OK;
}

static int
collect_claims(const struct tr_topology *topology, struct tr_list *claims)
{
	for (uint32_t i = 0; i < topology->nodes.count; i++) {
		const struct tr_sim_node *node = tr_topology_node(topology,
		    i);
		const struct tr_sim_prefix *own = node->own.items;

		for (uint32_t j = 0; j < node->own.count; j++)
			if (add_claim(claims, &own[j].address, own[j].length,
			    i) != TR_OK)
				return TR_ENOMEM;
	}
	for (uint32_t i = 0; i < topology->ports.count; i++) {
		const struct tr_sim_port *port = tr_topology_port(topology,
		    i);

		if (add_claim(claims, &port->address4, 32, port->node) !=
		    TR_OK || add_claim(claims, &port->address6, 128,
		    port->node) != TR_OK)
			return TR_ENOMEM;
	}
	return TR_OK;
}

/* Two nodes with the same address cannot both get what is sent to it. */
static int
check_claims(const struct tr_topology *topology, struct tr_list *claims,
    struct tr_error *error)
{
	const struct claim *claim;
	char text[TR_ADDRESS_TEXT_MAX];

	if (collect_claims(topology, claims) != TR_OK)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	if (claims->count > 0)
		qsort(claims->items, claims->count, sizeof(*claim),
		    by_claim);
	claim = claims->items;
	for (uint32_t i = 1; i < claims->count; i++)
		if (claim[i].node != claim[i - 1].node &&
		    claim[i].prefix.length == claim[i - 1].prefix.length &&
		    tr_address_equal(&claim[i].prefix.address,
		    &claim[i - 1].prefix.address))
			return tr_fail(error, TR_EFORMAT,
			    "%s:%u: %s is %s's and %s's (line %u): expected "
			    "an address of one node", topology->file,
			    tr_topology_node(topology, claim[i].node)->line,
			    tr_address_text(&claim[i].prefix.address, text,
			    sizeof(text)),
			    tr_topology_node(topology, claim[i].node)->name,
			    tr_topology_node(topology,
			    claim[i - 1].node)->name, tr_topology_node(
			    topology, claim[i - 1].node)->line);
	return TR_OK;
}

int
tr_topology_check(const struct tr_topology *topology,
    struct tr_error *error)
{
	struct tr_list claims = { .items = NULL };
	int status;

	if (tr_topology_prober(topology, NULL) == TR_SIM_NONE)
		return tr_fail(error, TR_EFORMAT,
		    "%s: expected a line \"prober NAME ADDRESS\", for what "
		    "sends the probes", topology->file);
	status = check_claims(topology, &claims, error);
	tr_list_clear(&claims);
	return status;
}
