#include "base/error.h"
#include "sim/nat.h"
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
	visit->told_count = 0;
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
	const uint32_t mtu = tr_topology_port(visit->state->topology,
	    visit->out)->out.mtu;

	if (packet->size > mtu &&
	    (packet->version == 6 || packet->dont_fragment))
		return tr_sim_complain(visit, TR_SIM_TOO_BIG, mtu, false);
	return TR_SIM_ONWARD;
}

static enum tr_sim_outcome
visit_router(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	enum tr_sim_outcome outcome = TR_SIM_GONE;
	bool counts_down = true;

	tr_sim_nat_in(visit);
	while (packet->labels > 0)
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
	if (packet->labels > 0) {
		visit->out = tr_sim_label_port(visit);
		if (packet->bare) {
			packet->bare = false;
			packet->labels--;
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
