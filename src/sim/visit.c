#include "base/error.h"
#include "sim/nat.h"
#include "sim/reassembly.h"
#include "sim/tunnel.h"
#include "sim/visit.h"

/* A packet that goes round without losing TTL is given up. */
#define STEPS_MAX 1024

void
tr_sim_visit_begin(struct tr_sim_visit *visit, struct tr_sim_state *state,
    struct tr_sim_packet *packet, struct tr_sim_packet *answer, int64_t now)
{
	/* One by one: this is done for each step of each packet. */
	visit->state = state;
	visit->now = now;
	visit->node = tr_topology_node(state->topology, packet->node);
	visit->packet = packet;
	visit->answer = answer;
	visit->out = TR_SIM_NONE;
	visit->wait = 0;
	visit->twice = false;
	visit->expired = false;
	visit->tells_label = false;
	visit->choice.count = 0;
	visit->forced = TR_SIM_NONE;
}

/* An answer begins its own way at the node that gives it. */
static enum tr_sim_outcome
finish_answer(struct tr_sim_visit *visit, enum tr_sim_outcome outcome)
{
	struct tr_sim_packet *answer = visit->answer;

	if (outcome != TR_SIM_ANSWERED)
		return outcome;
	answer->node = visit->packet->node;
	answer->port = TR_SIM_NONE;
	answer->serial = ++visit->state->serial;
	/* Two that answer each other come to an end. */
	answer->steps = visit->packet->steps;
	tr_sim_nat_own(visit);
	answer->owner = tr_routing_owner(visit->state->routing,
	    &answer->dst);
	return outcome;
}

/* A labelled packet leaves, unless it is too big for the link. */
static enum tr_sim_outcome
leave_labelled(struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;
	const uint32_t mtu = tr_sim_mtu(tr_topology_port(
	    visit->state->topology, visit->out), packet->version);

	if (packet->size > mtu &&
	    (packet->version == 6 || packet->dont_fragment))
		return tr_sim_complain(visit, TR_SIM_TOO_BIG, mtu, false);
	return TR_SIM_ONWARD;
}

/*
 * A router that knows connections puts fragments together first, as Linux
 * does (net/ipv4/netfilter/nf_defrag_ipv4.c); they are cut again as they
 * leave.  Fragments of IPv6 pass as they are.
 */
static bool
needs_whole(const struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;

	return (visit->node->nats.count > 0 ||
	    visit->node->filters.count > 0) && packet->version == 4 &&
	    !packet->labelled &&
	    (packet->more_fragments || packet->fragment_offset != 0);
}

static enum tr_sim_outcome
visit_router(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	enum tr_sim_outcome outcome = TR_SIM_GONE;
	bool counts_down = true;

	if (needs_whole(visit)) {
		const int status = tr_sim_reassemble(visit);

		if (status != 1)
			return status == TR_ENOMEM ?
			    TR_SIM_NO_MEMORY : TR_SIM_GONE;
	}
	tr_sim_nat_in(visit);
	if (packet->labelled)
		switch (tr_sim_switch_label(visit, &outcome)) {
		case TR_SIM_SWITCHED:
			return outcome == TR_SIM_ONWARD ?
			    leave_labelled(visit) : outcome;
		case TR_SIM_SWITCH_ANSWERED:
			return outcome;
		case TR_SIM_UNLABELLED:
			break;
		case TR_SIM_UNLABELLED_COUNTED:
			counts_down = false;
			break;
		}
	if (packet->owner == packet->node)
		return tr_sim_receive(visit);
	return tr_sim_forward(visit, counts_down);
}

enum tr_sim_outcome
tr_sim_visit(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	const bool is_for_it = packet->owner == packet->node;

	if (++packet->steps > STEPS_MAX)
		return TR_SIM_GONE;
	switch (visit->node->kind) {
	case TR_SIM_PROBER:
		return is_for_it ? TR_SIM_DELIVERED : TR_SIM_GONE;
	case TR_SIM_HOST:
		return is_for_it ?
		    finish_answer(visit, tr_sim_receive(visit)) :
		    TR_SIM_GONE;
	case TR_SIM_ROUTER:
		break;
	}
	return finish_answer(visit, visit_router(visit));
}

enum tr_sim_outcome
tr_sim_originate(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	enum tr_sim_outcome outcome;

	/* Made in a tunnel, and sent along it. */
	if (packet->labelled) {
		visit->out = tr_sim_label_port(visit);
		if (packet->bare) {
			packet->bare = false;
			packet->labelled = false;
		}
		return visit->out == TR_SIM_NONE ?
		    TR_SIM_GONE : TR_SIM_ONWARD;
	}
	if (packet->owner == packet->node)
		return TR_SIM_DELIVERED;
	outcome = tr_sim_find_way(visit);
	if (outcome == TR_SIM_ONWARD)
		tr_sim_push_label(visit);
	return outcome;
}
