/*
 * The truth of a topology: what a perfect tracer of it would find, for one
 * flow or for all flows of a kind of probe.  Found by sending probes through
 * an ideal network (nothing lost, limited or delayed) and taking, at each
 * balancer, every way that a flow could take.
 */
#ifndef TR_SIM_TRUTH_H
#define TR_SIM_TRUTH_H

#include "base/error.h"
#include "sim/topology.h"

/* What is sent. */
struct tr_truth_probe {
	enum tr_sim_protocol protocol;	/* UDP, TCP or ICMP */
	struct tr_address src;
	struct tr_address dst;
	uint16_t source_port;		/* ICMP: the id */
	uint16_t destination_port;
	uint16_t icmp_checksum;		/* 0: as it comes out */
	uint8_t	 tos;
	uint32_t flow_label;
	uint16_t size;			/* of the packet; 0: the least */
	bool	 dont_fragment;		/* IPv4 */
};

struct tr_truth_question {
	uint32_t prober;		/* node */
	struct tr_truth_probe probe;
	bool	 all_flows;		/* else the probe's own flow: those */
					/* that differ from it in what a host */
					/* chooses: source port or ICMP id */
					/* and checksum, flow label */
	bool	 any_port;		/* and in the destination port */
	uint8_t	 first_ttl;		/* judged from here on; 0: from 1 */
	uint8_t	 max_ttl;
	int64_t	 at;			/* the file's time */
	uint64_t seed;
	uint32_t paths_max;		/* list at most so many paths */
};

/* How probes of all TTLs from here on fare. */
enum tr_truth_end {
	TR_TRUTH_GOES_ON,
	TR_TRUTH_ARRIVED,		/* the destination answers */
	TR_TRUTH_REFUSED,		/* a router does */
	TR_TRUTH_DROPPED,
	TR_TRUTH_MAX_TTL,
};

/*
 * Who answers probes with this TTL.  Where nobody does, the node that would
 * have is another vertex for each node.
 */
struct tr_truth_vertex {
	uint8_t	 ttl;
	struct tr_address address;	/* family 0: silence */
	uint32_t node;			/* the first that answers so */
	double	 reach;			/* share of the flows that come here */
	uint32_t branching;		/* links that leave it */
	bool	 balances;		/* the node had a choice ... */
	bool	 by_packet;		/* ... for each packet anew */
	enum tr_truth_end end;
};

struct tr_truth_link {
	uint32_t from;			/* vertices, of neighbouring TTLs */
	uint32_t to;
	double	 share;			/* of all flows */
};

struct tr_truth_path {
	double	 share;
	struct tr_list vertices;	/* uint32_t */
};

struct tr_truth {
	struct tr_truth_question question;
	struct tr_list vertices;	/* struct tr_truth_vertex, as found */
	struct tr_list links;		/* struct tr_truth_link */
	struct tr_list paths;		/* struct tr_truth_path */
	bool	 all_paths;		/* paths are all that there are */
};

/*
 * Find the truth.  Returns NULL with a text: TR_ENOTFOUND when the prober has
 * no way to the destination, TR_ENOMEM.  Free with tr_truth_free().
 */
struct tr_truth *tr_truth_find(const struct tr_topology *topology,
    const struct tr_truth_question *question, struct tr_error *error);
void tr_truth_free(struct tr_truth *truth);

/* True where probes of the question come to the destination. */
bool tr_truth_reaches(const struct tr_truth *truth);

/*
 * A claim of a tracer's: that responder answers at a TTL, and for a link,
 * that next does at the TTL behind it.
 */
struct tr_truth_claim {
	uint8_t	 ttl;
	struct tr_address responder;
	struct tr_address next;		/* family 0: a vertex is claimed */
};

struct tr_truth_score {
	uint32_t found;
	uint32_t missed;
	uint32_t untrue;
};

/*
 * Hold claims against the truth; a claim made twice counts once, and silence
 * is no vertex that could be found.  Returns TR_OK or TR_ENOMEM.
 */
int tr_truth_judge(const struct tr_truth *truth,
    const struct tr_truth_claim *claims, size_t count,
    struct tr_truth_score *vertices, struct tr_truth_score *links);

#endif
