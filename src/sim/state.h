/*
 * What changes in a simulated network while packets run: counters, buckets,
 * tables; and the draws of chance.
 *
 * Chance is a function of the seed, of the packet and of what is drawn for:
 * the same packets meet the same luck, in whatever order they are looked at.
 */
#ifndef TR_SIM_STATE_H
#define TR_SIM_STATE_H

#include "sim/packet.h"
#include "sim/routing.h"
#include "sim/topology.h"

/* What a draw is for; each has luck of its own. */
enum tr_sim_luck {
	TR_SIM_LUCK_LOSS,
	TR_SIM_LUCK_JITTER,
	TR_SIM_LUCK_DUPLICATE,
	TR_SIM_LUCK_REORDER,
	TR_SIM_LUCK_NODE_LOSS,
	TR_SIM_LUCK_BALANCE,
	TR_SIM_LUCK_SILENT,
	TR_SIM_LUCK_DELAY,
	TR_SIM_LUCK_DELAY_JITTER,
	TR_SIM_LUCK_TWICE,
	TR_SIM_LUCK_ID,
};

struct tr_sim_bucket;
struct tr_sim_connection;
struct tr_sim_mapping;
struct tr_sim_partial;

struct tr_sim_node_state {
	uint64_t identified;		/* IP IDs given out */
	uint64_t turn;
	int64_t	 full_at;		/* the bucket is full again then */
	struct tr_sim_bucket *buckets;	/* by source; uthash */
	struct tr_sim_mapping *inside;	/* NAT: by inside address and port */
	struct tr_sim_mapping *outside;	/* the same, by outside ones */
	uint16_t port;			/* NAT: given out last */
	struct tr_sim_connection *translated;	/* NAT: its destination was */
	struct tr_sim_connection *passed;	/* a firewall let it pass */
	struct tr_sim_partial *partials;	/* being reassembled; a list */
	uint32_t partial_count;
};

struct tr_sim_state {
	const struct tr_topology *topology;	/* borrowed */
	struct tr_routing *routing;		/* owned */
	uint64_t seed;
	uint64_t serial;		/* of the newest packet */
	struct tr_sim_node_state *nodes;
	uint64_t *port_identified;	/* by port */
	/*
	 * Nothing is lost, limited, delayed or drawn: what the network can
	 * show, not what happens to one packet.
	 */
	bool	 ideal;
};

struct tr_sim_state *tr_sim_state_new(const struct tr_topology *topology,
    uint64_t seed);
void tr_sim_state_free(struct tr_sim_state *state);

/* As new, with another seed; computed routes are kept. */
void tr_sim_state_reset(struct tr_sim_state *state, uint64_t seed);

/* A draw for this packet, at a place (a port, a node). */
uint64_t tr_sim_draw(const struct tr_sim_state *state, enum tr_sim_luck luck,
    const struct tr_sim_packet *packet, uint32_t place);

/* True for this share of all draws; never in an ideal network. */
bool tr_sim_chance(const struct tr_sim_state *state, enum tr_sim_luck luck,
    const struct tr_sim_packet *packet, uint32_t place, uint32_t share);

/* A draw to a number from 0 to below, evenly but for 2^-32. */
uint64_t tr_sim_scale(uint64_t draw, uint64_t below);

/* The next IPv4 identification of a node that answers a packet. */
uint16_t tr_sim_identify(struct tr_sim_state *state, uint32_t node,
    const struct tr_sim_packet *packet, int64_t now);

/*
 * May the node send one more ICMP error now?  Takes from its bucket: a
 * token bucket as the generic cell rate algorithm (ITU-T I.371) keeps it, in
 * whole nanoseconds.
 */
bool tr_sim_take_token(struct tr_sim_state *state, uint32_t node,
    const struct tr_address *source, int64_t now);

#endif
