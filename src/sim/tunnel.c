#include "sim/tunnel.h"

#define LABEL_TTL_MAX 255

bool
tr_sim_tunnel_is_uniform(const struct tr_sim_tunnel *tunnel)
{
	return tunnel->kind == TR_SIM_TUNNEL_EXPLICIT ||
	    tunnel->kind == TR_SIM_TUNNEL_IMPLICIT;
}

static const struct tr_sim_tunnel *
tunnel_of(const struct tr_sim_visit *visit)
{
	return tr_topology_tunnel(visit->state->topology,
	    visit->packet->label.tunnel);
}

uint32_t
tr_sim_label_port(const struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;
	const uint32_t *hops = tunnel_of(visit)->hops.items;

	return tr_routing_port_to(visit->state->topology, packet->node,
	    hops[packet->label.position], visit->now);
}

/* Keep the label as it came, for an error to tell. */
static void
remember(struct tr_sim_visit *visit, const struct tr_sim_tunnel *tunnel)
{
	const struct tr_sim_label *label = &visit->packet->label;

	visit->tells_label = tunnel->kind == TR_SIM_TUNNEL_EXPLICIT ||
	    tunnel->kind == TR_SIM_TUNNEL_OPAQUE;
	visit->told_label = tunnel->label + label->position;
	visit->told_ttl = label->ttl;
}

/*
 * The TTL ran out within the tunnel: the answer goes on to the tunnel's end
 * and turns round there, since a router inside need not know the way back.
 */
static enum tr_sim_outcome
expire(struct tr_sim_visit *visit, const struct tr_sim_tunnel *tunnel)
{
	const struct tr_sim_label *label = &visit->packet->label;
	const enum tr_sim_outcome outcome = tr_sim_complain(visit,
	    TR_SIM_TTL_EXCEEDED, 0, false);

	if (outcome != TR_SIM_ANSWERED || label->position >= label->end)
		return outcome;
	visit->answer->labelled = true;
	visit->answer->label = (struct tr_sim_label){
		.tunnel = label->tunnel,
		.position = (uint16_t)(label->position + 1),
		.end = label->end,
		.ttl = LABEL_TTL_MAX,
	};
	/* The last but one takes the label off before it sends. */
	visit->answer->bare = !tunnel->ultimate &&
	    label->position + 1 == label->end;
	return outcome;
}

/* The label ends here, and the IP packet goes on. */
static enum tr_sim_switching
end_label(struct tr_sim_visit *visit, const struct tr_sim_tunnel *tunnel,
    enum tr_sim_outcome *outcome)
{
	struct tr_sim_packet *packet = visit->packet;
	const bool is_target = packet->owner == packet->node;
	uint8_t ttl = packet->label.ttl;

	if (tr_sim_tunnel_is_uniform(tunnel)) {
		if (ttl <= 1 && !is_target) {
			*outcome = expire(visit, tunnel);
			return TR_SIM_SWITCH_ANSWERED;
		}
		/* Who forwards counts down; who receives does not. */
		if (!is_target)
			ttl--;
		packet->labelled = false;
		if (ttl < packet->ttl)
			packet->ttl = ttl;
		visit->tells_label = false;
		return TR_SIM_UNLABELLED_COUNTED;
	}
	packet->labelled = false;
	if (tunnel->kind == TR_SIM_TUNNEL_OPAQUE)
		return TR_SIM_UNLABELLED;
	/*
	 * Some routers pass a packet whose TTL is 1 on as it is when they
	 * take the last label off: the next one is then seen twice, and they
	 * are not seen at all (Vanaubel et al. 2019, 3.3).
	 */
	visit->tells_label = false;
	return packet->ttl == 1 ?
	    TR_SIM_UNLABELLED_COUNTED : TR_SIM_UNLABELLED;
}

enum tr_sim_switching
tr_sim_switch_label(struct tr_sim_visit *visit, enum tr_sim_outcome *outcome)
{
	struct tr_sim_packet *packet = visit->packet;
	struct tr_sim_label *label = &packet->label;
	const struct tr_sim_tunnel *tunnel = tunnel_of(visit);

	remember(visit, tunnel);
	if (label->position == label->end)
		return end_label(visit, tunnel, outcome);
	if (label->ttl <= 1) {
		*outcome = expire(visit, tunnel);
		return TR_SIM_SWITCH_ANSWERED;
	}
	label->ttl--;
	label->position++;
	visit->out = tr_sim_label_port(visit);
	*outcome = visit->out == TR_SIM_NONE ? TR_SIM_GONE : TR_SIM_ONWARD;
	if (!tunnel->ultimate && label->position == label->end) {
		if (label->ttl < packet->ttl)
			packet->ttl = label->ttl;
		packet->labelled = false;
	}
	return TR_SIM_SWITCHED;
}

/* --- where it begins ---------------------------------------------------- */

static bool
takes(const struct tr_sim_tunnel *tunnel, const struct tr_address *dst)
{
	const struct tr_sim_prefix *only = tunnel->only.items;

	for (uint32_t i = 0; i < tunnel->only.count; i++)
		if (tr_sim_prefix_holds(&only[i], dst))
			return true;
	return tunnel->only.count == 0;
}

/*
 * The position of the node at which the label of a packet to owner ends, or
 * -1 where it gets none.
 */
static int
end_for(const struct tr_sim_tunnel *tunnel, uint32_t owner)
{
	const uint32_t *hops = tunnel->hops.items;
	int end = (int)tunnel->hops.count - 1;

	for (uint32_t i = 0; i < tunnel->hops.count; i++)
		if (hops[i] == owner) {
			if (tunnel->inside == TR_SIM_INSIDE_DIRECT)
				return -1;
			end = (int)i;
			if (tunnel->inside == TR_SIM_INSIDE_BACKWARD)
				end--;
		}
	/* The node before the end takes it off: here, it is not put on. */
	if (end == 0 && !tunnel->ultimate)
		return -1;
	return end;
}

void
tr_sim_push_label(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	const uint32_t *tunnels = visit->node->tunnels.items;
	const uint32_t peer = tr_topology_port(visit->state->topology,
	    visit->out)->peer_node;

	for (uint32_t i = 0; i < visit->node->tunnels.count; i++) {
		const struct tr_sim_tunnel *tunnel = tr_topology_tunnel(
		    visit->state->topology, tunnels[i]);
		const uint32_t *hops = tunnel->hops.items;
		const int end = end_for(tunnel, packet->owner);

		if (hops[0] != peer || end < 0 ||
		    !takes(tunnel, &packet->dst))
			continue;
		packet->labelled = true;
		packet->label = (struct tr_sim_label){
			.tunnel = tunnels[i],
			.position = 0,
			.end = (uint16_t)end,
			.ttl = tr_sim_tunnel_is_uniform(tunnel) ?
			    packet->ttl : LABEL_TTL_MAX,
		};
		return;
	}
}
