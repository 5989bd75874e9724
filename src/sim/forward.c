#include "base/error.h"
#include "base/random.h"
#include "sim/connections.h"
#include "sim/nat.h"
#include "sim/tunnel.h"
#include "sim/visit.h"

/* --- balancers ---------------------------------------------------------- */

static uint64_t
hash_transport(uint64_t hash, const struct tr_sim_packet *packet,
    unsigned fields)
{
	const bool echo = tr_sim_is_echo_request(packet) ||
	    tr_sim_is_echo_reply(packet);
	const bool ports = packet->has_word && !tr_sim_is_icmp(packet);

	if ((fields & TR_SIM_FIELD_WORD) != 0 && packet->has_word)
		hash = tr_random_mix(hash, packet->word);
	if ((fields & TR_SIM_FIELD_SOURCE_PORT) != 0 && ports)
		hash = tr_random_mix(hash, tr_sim_source_port(packet));
	if ((fields & TR_SIM_FIELD_DESTINATION_PORT) != 0 && ports)
		hash = tr_random_mix(hash, tr_sim_destination_port(packet));
	if ((fields & TR_SIM_FIELD_ICMP_ID) != 0 && echo)
		hash = tr_random_mix(hash, packet->second >> 16);
	if ((fields & TR_SIM_FIELD_ICMP_CHECKSUM) != 0 && echo)
		hash = tr_random_mix(hash, packet->word & 0xffff);
	return hash;
}

static uint64_t
hash_flow(uint64_t hash, const struct tr_sim_packet *packet, unsigned fields)
{
	if ((fields & TR_SIM_FIELD_SRC) != 0)
		hash = tr_address_mix(hash, &packet->src);
	if ((fields & TR_SIM_FIELD_DST) != 0)
		hash = tr_address_mix(hash, &packet->dst);
	if ((fields & TR_SIM_FIELD_PROTOCOL) != 0)
		hash = tr_random_mix(hash, packet->protocol);
	if ((fields & TR_SIM_FIELD_TOS) != 0)
		hash = tr_random_mix(hash, packet->tos);
	if ((fields & TR_SIM_FIELD_LABEL) != 0)
		hash = tr_random_mix(hash, packet->flow_label);
	return hash_transport(hash, packet, fields);
}

/* How often the hash has changed by now. */
static uint64_t
mapping_at(const struct tr_sim_balance *balance, int64_t now)
{
	if (balance->remap_every > 0)
		return (uint64_t)(now / balance->remap_every);
	return now >= balance->remap_at;
}

/* A number by which the packet's way is chosen. */
static uint64_t
lot(struct tr_sim_visit *visit, const struct tr_sim_ways *ways)
{
	const struct tr_sim_balance *balance = &visit->node->balance;
	const struct tr_sim_packet *packet = visit->packet;
	struct tr_sim_state *state = visit->state;

	switch (balance->spread) {
	case TR_SIM_BY_TURN:
		return state->nodes[packet->node].turn++ % ways->weight;
	case TR_SIM_BY_PACKET:
		return tr_sim_scale(tr_sim_draw(state, TR_SIM_LUCK_BALANCE,
		    packet, packet->node), ways->weight);
	case TR_SIM_BY_FLOW:
		break;
	}
	return tr_sim_scale(hash_flow(tr_random_mix(tr_random_mix(state->seed,
	    packet->node), mapping_at(balance, visit->now)), packet,
	    balance->fields), ways->weight);
}

/* The port of a way by the packet's lot. */
static uint32_t
draw(struct tr_sim_visit *visit, const struct tr_sim_ways *ways)
{
	uint64_t drawn;

	if (ways->count == 1)
		return ways->next[0].port;
	drawn = lot(visit, ways);
	for (uint32_t i = 0; i < ways->count; i++) {
		if (drawn < ways->next[i].weight)
			return ways->next[i].port;
		drawn -= ways->next[i].weight;
	}
	return ways->next[ways->count - 1].port;
}

static uint32_t
choose(struct tr_sim_visit *visit, const struct tr_sim_ways *ways)
{
	if (ways->count > 1)
		visit->choice = *ways;
	if (ways->count > 1 && visit->forced < ways->count)
		return ways->next[visit->forced].port;
	return draw(visit, ways);
}

uint32_t
tr_sim_way_back(struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;
	struct tr_routing *routing = visit->state->routing;
	struct tr_sim_ways ways;

	if (tr_routing_ways(routing, packet->node, &packet->src,
	    tr_routing_owner(routing, &packet->src), visit->now, &ways) !=
	    TR_OK || ways.count == 0)
		return TR_SIM_NONE;
	return draw(visit, &ways);
}

/* What is no router has a default route, by its first link. */
static uint32_t
default_port(const struct tr_sim_node *node)
{
	const uint32_t *ports = node->ports.items;

	return node->kind == TR_SIM_ROUTER || node->ports.count == 0 ?
	    TR_SIM_NONE : ports[0];
}

enum tr_sim_outcome
tr_sim_find_way(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	const struct tr_sim_port *port;
	struct tr_sim_ways ways;

	if (tr_routing_ways(visit->state->routing, packet->node,
	    &packet->dst, packet->owner, visit->now, &ways) != TR_OK)
		return TR_SIM_NO_MEMORY;
	if (packet->leaves != TR_SIM_NONE)
		visit->out = packet->leaves;
	else
		visit->out = ways.count > 0 ? choose(visit, &ways) :
		    default_port(visit->node);
	packet->leaves = TR_SIM_NONE;
	if (visit->out == TR_SIM_NONE)
		return TR_SIM_GONE;
	port = tr_topology_port(visit->state->topology, visit->out);
	if (port->out.closed || !tr_sim_window_holds(&port->up, visit->now))
		return TR_SIM_GONE;
	return TR_SIM_ONWARD;
}

/* --- firewalls ---------------------------------------------------------- */

/*
 * What is an answer by itself passes, though the question may have gone
 * another way; later fragments have nothing to be judged by.
 */
static bool
is_answer(const struct tr_sim_packet *packet)
{
	const uint8_t flags = tr_sim_tcp_flags(packet);

	if (packet->fragment_offset != 0)
		return true;
	switch (tr_sim_protocol_of(packet)) {
	case TR_SIM_ICMP:
		return !tr_sim_is_echo_request(packet) &&
		    !tr_sim_is_error(packet);
	case TR_SIM_TCP:
		return (flags & TR_SIM_TCP_RST) != 0 ||
		    (flags & (TR_SIM_TCP_SYN | TR_SIM_TCP_ACK)) ==
		    (TR_SIM_TCP_SYN | TR_SIM_TCP_ACK);
	case TR_SIM_UDP:
	case TR_SIM_OTHER:
	case TR_SIM_ERRORS:
		break;
	}
	return false;
}

static bool
names_port(const struct tr_sim_filter *filter,
    const struct tr_sim_packet *packet)
{
	const struct tr_sim_ports *ports = filter->ports.items;
	const uint16_t port = tr_sim_destination_port(packet);

	for (uint32_t i = 0; i < filter->ports.count; i++)
		if (port >= ports[i].first && port <= ports[i].last)
			return true;
	return filter->ports.count == 0;
}

static bool
fits(const struct tr_sim_visit *visit, const struct tr_sim_filter *filter)
{
	const struct tr_sim_packet *packet = visit->packet;

	const unsigned kind = tr_sim_is_error(packet) ?
	    TR_SIM_ERRORS : tr_sim_protocol_of(packet);

	if ((filter->protocols & kind) == 0 ||
	    !names_port(filter, packet))
		return false;
	if (filter->from != TR_SIM_NONE && (packet->port == TR_SIM_NONE ||
	    tr_topology_port(visit->state->topology,
	    packet->port)->peer_node != filter->from))
		return false;
	return filter->to.address.family == 0 ||
	    tr_sim_prefix_holds(&filter->to, &packet->dst);
}

/*
 * The first rule that fits, if any and if it stops the packet.  What passes is
 * remembered, so that what belongs to it passes back.
 */
static const struct tr_sim_filter *
find_filter(const struct tr_sim_visit *visit)
{
	const struct tr_sim_filter *filters = visit->node->filters.items;
	const struct tr_sim_packet *packet = visit->packet;
	struct tr_sim_connection **passed =
	    &visit->state->nodes[packet->node].passed;

	if (visit->node->filters.count == 0 || is_answer(packet) ||
	    (!tr_sim_is_echo_request(packet) &&
	    tr_sim_connection_is_known(*passed, packet, true)))
		return NULL;
	for (uint32_t i = 0; i < visit->node->filters.count; i++)
		if (fits(visit, &filters[i])) {
			if (filters[i].act != TR_SIM_PASS)
				return &filters[i];
			break;
		}
	if (!tr_sim_is_error(packet))
		tr_sim_connection_note(passed, packet);
	return NULL;
}

static enum tr_sim_outcome
stop(struct tr_sim_visit *visit, enum tr_sim_act act)
{
	switch (act) {
	case TR_SIM_RESET:
		return tr_sim_reset(visit);
	case TR_SIM_PROHIBIT:
		return tr_sim_complain(visit, TR_SIM_PROHIBITED, 0, false);
	case TR_SIM_REJECT:
		return tr_sim_complain(visit, TR_SIM_PORT_UNREACHABLE, 0,
		    false);
	case TR_SIM_PASS:
	case TR_SIM_DROP:
		break;
	}
	return TR_SIM_GONE;
}

/* --- no way on ---------------------------------------------------------- */

/* The longest prefix decides, here as for routes; the last of equal ones. */
static const struct tr_sim_unreachable *
find_unreachable(const struct tr_sim_visit *visit)
{
	const struct tr_sim_unreachable *all =
	    visit->node->unreachables.items, *best = NULL;
	const struct tr_sim_packet *packet = visit->packet;

	for (uint32_t i = 0; i < visit->node->unreachables.count; i++)
		if (tr_sim_prefix_holds(&all[i].to, &packet->dst) &&
		    (best == NULL || all[i].to.length >= best->to.length))
			best = &all[i];
	if (best != NULL && best->to.length < tr_routing_length(
	    visit->state->routing, packet->node, &packet->dst, visit->now))
		return NULL;
	return best;
}

static enum tr_sim_outcome
refuse(struct tr_sim_visit *visit, const struct tr_sim_unreachable *reason)
{
	visit->wait += visit->state->ideal ? 0 : reason->after;
	switch (reason->how) {
	case TR_SIM_NO_NET:
		return tr_sim_complain(visit, TR_SIM_NET_UNREACHABLE, 0,
		    false);
	case TR_SIM_NO_HOST:
		return tr_sim_complain(visit, TR_SIM_HOST_UNREACHABLE, 0,
		    false);
	case TR_SIM_NO_PERMISSION:
		return tr_sim_complain(visit, TR_SIM_PROHIBITED, 0, false);
	case TR_SIM_BLACKHOLE:
		break;
	}
	return TR_SIM_GONE;
}

/* --- forwarding --------------------------------------------------------- */

/* A packet that the port's link cannot carry whole, and must not be cut. */
static bool
is_too_big(const struct tr_sim_visit *visit, uint32_t *mtu)
{
	const struct tr_sim_packet *packet = visit->packet;

	*mtu = tr_sim_mtu(tr_topology_port(visit->state->topology,
	    visit->out), packet->version);
	return packet->size > *mtu &&
	    (packet->version == 6 || packet->dont_fragment);
}

static enum tr_sim_outcome
leave(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;

	if (tr_sim_chance(visit->state, TR_SIM_LUCK_NODE_LOSS, packet,
	    packet->node, visit->node->loss))
		return TR_SIM_GONE;
	switch (tr_sim_nat_out(visit)) {
	case TR_OK:
		break;
	case TR_ENOMEM:
		return TR_SIM_NO_MEMORY;
	default:
		return TR_SIM_GONE;
	}
	packet->tos = (packet->tos & visit->node->tos_keep) |
	    visit->node->tos_set;
	tr_sim_push_label(visit);
	return TR_SIM_ONWARD;
}

enum tr_sim_outcome
tr_sim_forward(struct tr_sim_visit *visit, bool counts_down)
{
	struct tr_sim_packet *packet = visit->packet;
	const struct tr_sim_unreachable *reason = find_unreachable(visit);
	const struct tr_sim_filter *filter;
	enum tr_sim_outcome way;
	uint32_t mtu;

	/* No route is found out first; no such host, only at the end. */
	if (reason != NULL && reason->how != TR_SIM_NO_HOST)
		return refuse(visit, reason);
	way = reason != NULL ? TR_SIM_GONE : tr_sim_find_way(visit);
	if (way == TR_SIM_NO_MEMORY)
		return way;
	if (reason == NULL && visit->out == TR_SIM_NONE)
		return tr_sim_complain(visit, TR_SIM_NET_UNREACHABLE, 0,
		    false);
	if (counts_down && packet->ttl <= 1 &&
	    !(visit->node->zero_ttl && packet->ttl == 1))
		return tr_sim_complain(visit, TR_SIM_TTL_EXCEEDED, 0, false);
	if (way == TR_SIM_ONWARD && is_too_big(visit, &mtu))
		return tr_sim_complain(visit, TR_SIM_TOO_BIG, mtu, false);
	if (counts_down)
		packet->ttl--;
	filter = find_filter(visit);
	if (filter != NULL)
		return stop(visit, filter->act);
	if (reason != NULL)
		return refuse(visit, reason);
	return way == TR_SIM_ONWARD ? leave(visit) : way;
}
