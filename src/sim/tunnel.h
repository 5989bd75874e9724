/*
 * Label-switched paths (MPLS, RFC 3031) and what becomes of the TTL in them
 * (RFC 3443): in the uniform model, of explicit and implicit tunnels, the
 * label takes over the packet's TTL; in the pipe model it starts at 255, and
 * the routers inside are not seen.  The packet gets the lesser of its own TTL
 * and the label's where the label is taken off, but for a tunnel of the pipe
 * model that its last router ends: that one leaves the packet's TTL alone.
 */
#ifndef TR_SIM_TUNNEL_H
#define TR_SIM_TUNNEL_H

#include "sim/visit.h"

/* In the uniform model the label has the packet's TTL. */
bool tr_sim_tunnel_is_uniform(const struct tr_sim_tunnel *tunnel);

/* What became of a labelled packet. */
enum tr_sim_switching {
	TR_SIM_SWITCHED,		/* it leaves by visit->out */
	TR_SIM_SWITCH_ANSWERED,		/* see the outcome */
	TR_SIM_UNLABELLED,		/* go on: to be forwarded as IP */
	TR_SIM_UNLABELLED_COUNTED,	/* the same; its TTL was counted */
};

/*
 * The label of the packet at its node.  outcome is set for
 * TR_SIM_SWITCHED (TR_SIM_ONWARD, or TR_SIM_GONE where the link is down) and
 * TR_SIM_SWITCH_ANSWERED.
 */
enum tr_sim_switching tr_sim_switch_label(struct tr_sim_visit *visit,
    enum tr_sim_outcome *outcome);

/*
 * The packet is about to leave by visit->out: where a tunnel begins here, it
 * gets a label.
 */
void tr_sim_push_label(struct tr_sim_visit *visit);

/* The port toward the node that the label names. */
uint32_t tr_sim_label_port(const struct tr_sim_visit *visit);

#endif
