/*
 * Statements that lead tunnels through nodes.
 */
#include "base/error.h"
#include "sim/properties.h"
#include "sim/routing.h"
#include "sim/statements.h"

#define LABEL_DEFAULT	24000
#define TUNNEL_MOST	1000	/* a TTL ends long before */

struct tunnel_kind {
	const char *name;
	enum tr_sim_tunnel_kind kind;
};

static const struct tunnel_kind tunnel_kinds[] = {
	{ "explicit", TR_SIM_TUNNEL_EXPLICIT },
	{ "implicit", TR_SIM_TUNNEL_IMPLICIT },
	{ "opaque", TR_SIM_TUNNEL_OPAQUE },
	{ "invisible", TR_SIM_TUNNEL_INVISIBLE },
};

static int
read_tunnel_kind(struct tr_words *words, enum tr_sim_tunnel_kind *kind)
{
	for (size_t i = 0;
	    i < sizeof(tunnel_kinds) / sizeof(tunnel_kinds[0]); i++)
		if (tr_words_take(words, tunnel_kinds[i].name)) {
			*kind = tunnel_kinds[i].kind;
			return TR_OK;
		}
	return tr_words_expected(words,
	    "explicit, implicit, opaque or invisible");
}

/* The nodes of a tunnel, from the ingress to the egress. */
static int
read_tunnel_nodes(struct tr_statements *with, struct tr_words *words,
    struct tr_sim_tunnel *tunnel)
{
	uint32_t before = TR_SIM_NONE;

	while (tr_words_next(words) != NULL &&
	    !tr_statement_is_reserved(tr_words_next(words))) {
		const uint32_t node = tr_statements_find(with,
		    tr_words_next(words));
		uint32_t *hop;

		if (node == TR_SIM_NONE || tr_topology_node(with->topology,
		    node)->kind != TR_SIM_ROUTER)
			return tr_words_expected(words, "a router, or php, "
			    "uhp, labels, inside, for or both");
		if (before == TR_SIM_NONE)
			tunnel->ingress = node;
		else {
			if (tr_routing_port_to(with->topology, before,
			    node, 0) == TR_SIM_NONE)
				return tr_words_fail(words, TR_EFORMAT,
				    "%s has no link to %s", tr_topology_node(
				    with->topology, before)->name,
				    tr_words_next(words));
			hop = tr_list_add(&tunnel->hops, sizeof(*hop));
			if (hop == NULL)
				return tr_words_no_memory(words);
			*hop = node;
		}
		before = node;
		words->next++;
	}
	if (tunnel->hops.count > TUNNEL_MOST)
		return tr_words_fail(words, TR_ERANGE, "a tunnel has at most "
		    "%d nodes behind its first", TUNNEL_MOST);
	if (tunnel->hops.count < 2)
		return tr_words_fail(words, TR_EFORMAT, "a tunnel needs "
		    "three nodes at least: its two ends and one inside");
	return TR_OK;
}

static int
read_inside(struct tr_words *words, enum tr_sim_inside *inside)
{
	if (tr_words_take(words, "hidden"))
		*inside = TR_SIM_INSIDE_HIDDEN;
	else if (tr_words_take(words, "direct"))
		*inside = TR_SIM_INSIDE_DIRECT;
	else if (tr_words_take(words, "backward"))
		*inside = TR_SIM_INSIDE_BACKWARD;
	else
		return tr_words_expected(words,
		    "hidden, direct or backward");
	return TR_OK;
}

static int
read_tunnel_options(struct tr_statements *with, struct tr_words *words,
    struct tr_sim_tunnel *tunnel, bool *both)
{
	const struct tr_properties properties = {
		with->topology, tr_statements_find, with,
	};
	int status = TR_OK;
	int64_t number;

	while (status == TR_OK && tr_words_next(words) != NULL) {
		if (tr_words_take(words, "php"))
			tunnel->ultimate = false;
		else if (tr_words_take(words, "uhp"))
			tunnel->ultimate = true;
		else if (tr_words_take(words, "both"))
			*both = true;
		else if (tr_words_take(words, "inside"))
			status = read_inside(words, &tunnel->inside);
		else if (tr_words_take(words, "for"))
			status = tr_property_destination(&properties, words,
			    &tunnel->only);
		else if (tr_words_take(words, "labels")) {
			status = tr_words_number(words, "the first label",
			    TR_SIM_LABEL_FIRST, TR_SIM_LABEL_LAST + 1 -
			    (int64_t)tunnel->hops.count, &number);
			tunnel->label = (uint32_t)number;
		} else
			status = tr_words_expected(words,
			    "php, uhp, labels, inside, for or both");
	}
	/* What is told at the end has to come there. */
	if (tunnel->kind == TR_SIM_TUNNEL_OPAQUE)
		tunnel->ultimate = true;
	return status;
}

static int
enter_tunnel(struct tr_statements *with, struct tr_words *words)
{
	struct tr_sim_node *nodes = with->topology->nodes.items;
	const uint32_t number = with->topology->tunnels.count - 1;
	const uint32_t ingress = tr_topology_tunnel(with->topology,
	    number)->ingress;
	uint32_t *entry = tr_list_add(&nodes[ingress].tunnels,
	    sizeof(*entry));

	if (entry == NULL)
		return tr_words_no_memory(words);
	*entry = number;
	return TR_OK;
}

/* The same tunnel the other way. */
static int
make_reverse(struct tr_statements *with, struct tr_words *words)
{
	struct tr_sim_tunnel *back = tr_list_add(&with->topology->tunnels,
	    sizeof(*back));
	const struct tr_sim_tunnel *there;
	const uint32_t *hops;
	uint32_t *hop;

	if (back == NULL)
		return tr_words_no_memory(words);
	there = tr_topology_tunnel(with->topology,
	    with->topology->tunnels.count - 2);
	hops = there->hops.items;
	back->kind = there->kind;
	back->ultimate = there->ultimate;
	back->inside = there->inside;
	back->label = there->label + there->hops.count;
	if (back->label + there->hops.count > TR_SIM_LABEL_LAST + 1)
		return tr_words_fail(words, TR_ERANGE, "the labels of the way "
		    "back do not fit: %d is the last", TR_SIM_LABEL_LAST);
	back->ingress = hops[there->hops.count - 1];
	for (uint32_t i = there->hops.count; i > 0; i--) {
		hop = tr_list_add(&back->hops, sizeof(*hop));
		if (hop == NULL)
			return tr_words_no_memory(words);
		*hop = i > 1 ? hops[i - 2] : there->ingress;
	}
	return enter_tunnel(with, words);
}

int
tr_statement_tunnel(struct tr_statements *with, struct tr_words *words)
{
	struct tr_sim_tunnel *tunnel = tr_list_add(&with->topology->tunnels,
	    sizeof(*tunnel));
	bool both = false;
	int status;

	if (tunnel == NULL)
		return tr_words_no_memory(words);
	tunnel->label = LABEL_DEFAULT;
	if ((status = read_tunnel_kind(words, &tunnel->kind)) != TR_OK ||
	    (status = read_tunnel_nodes(with, words, tunnel)) != TR_OK ||
	    (status = read_tunnel_options(with, words, tunnel, &both)) !=
	    TR_OK || (status = enter_tunnel(with, words)) != TR_OK)
		return status;
	return both ? make_reverse(with, words) : TR_OK;
}
