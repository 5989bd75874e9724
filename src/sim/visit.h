/*
 * A packet's visit to a node, and what comes of it: it goes on, it is
 * answered, it is handed to a prober, or it is gone.
 *
 * Each of these functions does one part of it; tr_sim_visit() is the whole,
 * in the order in which Linux does it (net/ipv4/ip_forward.c): a missing
 * route is told before the TTL is looked at, a packet too big before the TTL
 * is counted down, a firewall looks at what is left.
 */
#ifndef TR_SIM_VISIT_H
#define TR_SIM_VISIT_H

#include "sim/state.h"

enum tr_sim_outcome {
	TR_SIM_GONE,			/* dropped, lost, or of no use here */
	TR_SIM_ONWARD,			/* packet leaves by port out */
	TR_SIM_ANSWERED,		/* answer is to leave after wait */
	TR_SIM_DELIVERED,		/* packet is for this prober */
	TR_SIM_NO_MEMORY,
};

struct tr_sim_visit {
	struct tr_sim_state *state;
	int64_t	 now;
	const struct tr_sim_node *node;
	struct tr_sim_packet *packet;	/* it is at packet->node */
	struct tr_sim_packet *answer;	/* filled for TR_SIM_ANSWERED */

	uint32_t out;
	int64_t	 wait;
	bool	 twice;			/* the answer is sent twice */
	bool	 expired;		/* its TTL ran out here */
	bool	 restored;		/* an answer to what a NAT here has */
					/* translated */

	/* The label that came with the packet, as an error is to tell it. */
	bool	 tells_label;
	uint8_t	 told_ttl;
	uint32_t told_label;

	/*
	 * Where a balancer had a choice: the ways.  With forced, the way with
	 * this number is taken.
	 */
	struct tr_sim_ways choice;
	uint32_t forced;
};

/* What ICMP can say. */
enum tr_sim_complaint {
	TR_SIM_TTL_EXCEEDED,
	TR_SIM_NET_UNREACHABLE,
	TR_SIM_HOST_UNREACHABLE,
	TR_SIM_PROHIBITED,
	TR_SIM_PORT_UNREACHABLE,
	TR_SIM_PROTOCOL_UNREACHABLE,
	TR_SIM_TOO_BIG,
};

/* Begin the visit of a packet, which is at packet->node. */
void tr_sim_visit_begin(struct tr_sim_visit *visit,
    struct tr_sim_state *state, struct tr_sim_packet *packet,
    struct tr_sim_packet *answer, int64_t now);

enum tr_sim_outcome tr_sim_visit(struct tr_sim_visit *visit);

/*
 * The packet is the node's own, just made: find its way out.  TR_SIM_ONWARD,
 * TR_SIM_GONE, or TR_SIM_DELIVERED where it is for the node itself.
 */
enum tr_sim_outcome tr_sim_originate(struct tr_sim_visit *visit);

/* --- the parts ---------------------------------------------------------- */

/* sim/forward.c: a packet that is not for this node. */
enum tr_sim_outcome tr_sim_forward(struct tr_sim_visit *visit,
    bool counts_down);

/* sim/forward.c: leave by a way to the packet's destination. */
enum tr_sim_outcome tr_sim_find_way(struct tr_sim_visit *visit);

/*
 * sim/forward.c: the port by which an answer to the packet is to leave, where
 * its source depends on it; TR_SIM_NONE where there is no way.
 */
uint32_t tr_sim_way_back(struct tr_sim_visit *visit);

/* sim/host.c: a packet for an address of this node. */
enum tr_sim_outcome tr_sim_receive(struct tr_sim_visit *visit);

/* sim/host.c: answer with a TCP reset, in the name of the destination. */
enum tr_sim_outcome tr_sim_reset(struct tr_sim_visit *visit);

/* sim/dns.c: a question to a name server; fills the answer's payload. */
enum tr_sim_outcome tr_sim_ask_names(struct tr_sim_visit *visit);

/*
 * sim/complaint.c: answer with an ICMP error; mtu is told with
 * TR_SIM_TOO_BIG.  as_target: in the name of the packet's destination, else
 * in that of this node.
 */
enum tr_sim_outcome tr_sim_complain(struct tr_sim_visit *visit,
    enum tr_sim_complaint what, uint32_t mtu, bool as_target);

/* sim/complaint.c: does the node answer no such probes? */
bool tr_sim_is_silent(const struct tr_sim_visit *visit);

/* sim/complaint.c: what holds for every answer: how long it takes, if any. */
enum tr_sim_outcome tr_sim_answered(struct tr_sim_visit *visit);

/* The kind of probe that a packet is, for what tells them apart. */
enum tr_sim_protocol tr_sim_protocol_of(const struct tr_sim_packet *packet);

#endif
