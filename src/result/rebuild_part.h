/*
 * What the parts of rebuild.c share: that one takes frames in and matches
 * them, rebuild_paths.c tells which of them are one trace, and fills its path.
 */
#ifndef TR_RESULT_REBUILD_PART_H
#define TR_RESULT_REBUILD_PART_H

/*
 * Without memory uthash is not to end the program: what could not be added
 * has no table then.
 */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(item) ((void)(item))
#include <uthash.h>

#include "result/rebuild.h"

#define TR_KEPT_NONE UINT32_MAX

/* A copy of a packet, from its IP header on. */
struct tr_kept_frame {
	uint64_t frame;		/* its number among those added */
	uint32_t probe;		/* that it is, or that it answers; */
				/* TR_KEPT_NONE */
	bool	 is_reply;
	int64_t	 stamp;
	uint8_t	*data;
	uint32_t size;
	bool	 late;
};

/* The TTLs of some probes, each once. */
struct tr_ttl_set {
	uint8_t	 bits[32];
	unsigned count;
};

/*
 * What all packets of one flow share.  Compared as bytes, padding too, so it
 * is cleared before it is filled, and copied as bytes.
 */
struct tr_tuple_key {
	struct tr_address src;
	struct tr_address dst;
	uint8_t	 protocol;
	uint16_t source_port;
	uint16_t destination_port;
};

/* One flow. */
struct tr_tuple {
	struct tr_tuple_key key;
	UT_hash_handle hh;
	struct tr_ttl_set ttls;
	uint32_t probes;
	bool	 has_syn;
	uint32_t flow;		/* its number in its path + 1; 0: none yet */
	struct tr_tuple_pair *pair;
	struct tr_tuple_group *group;
};

/* All flows of one protocol between two addresses. */
struct tr_tuple_pair {
	struct tr_tuple_key key;	/* ports 0 */
	UT_hash_handle hh;
	uint32_t probes;
	uint32_t probes_of_walks;	/* in flows with several TTLs */
};

/* One trace: a flow, or all single-TTL flows between two addresses. */
struct tr_tuple_group {
	struct tr_tuple_key key;	/* ports 0 for the latter */
	UT_hash_handle hh;
	bool	 one_flow;
	bool	 refused_or_expired;	/* an ICMP error answered */
	struct tr_ttl_set ttls;
	uint8_t	 least_ttl;
	int64_t	 first_stamp;
	const struct tr_identity *first;
	struct tr_path *path;
	uint32_t flows;		/* tuples that have a number */
};

struct tr_kept_probe {
	uint32_t kept;		/* its frame; TR_KEPT_NONE: known from a */
				/* quote, or the comments of a saved run */
	struct tr_identity identity;
	int64_t	 stamp;
	int	 error;		/* errno of the send */
	uint32_t flow;		/* varied, or of one that was not captured */
	bool	 errored;	/* an ICMP error is about it */
	struct tr_tuple *tuple;
	uint32_t number;	/* in its path */
};

struct tr_kept_reply {
	uint32_t kept;		/* its frame */
	struct tr_match match;
};

struct tr_rebuild {
	uint64_t frames;	/* how many were added */
	struct tr_kept_frame *kept;
	uint32_t kept_count;
	uint32_t kept_size;
	struct tr_kept_probe *probes;
	uint32_t probe_count;
	uint32_t probe_size;
	struct tr_kept_reply *replies;
	uint32_t reply_count;
	uint32_t reply_size;
	struct tr_tuple *tuples;
	struct tr_tuple_pair *pairs;
	struct tr_tuple_group *groups;
	struct tr_matcher *matcher;
	struct tr_annotations *annotations;	/* of all paths */
	struct tr_path **paths;
	uint32_t path_count;
	uint32_t path_size;
	bool	 is_cut;
	uint8_t	 tcp_flags;	/* of the probes, where known */
	bool	 all_paths;	/* flows are of one path */
};

/* A kept packet, taken apart; as tr_packet_decode(). */
int tr_kept_decode(const struct tr_kept_frame *kept, struct tr_packet *packet);

/* A TTL of 0 is not known, and left out. */
void tr_ttl_set_add(struct tr_ttl_set *set, uint8_t ttl);

/* The protocol that the packet of this IP protocol number was a probe of. */
enum tr_protocol tr_protocol_of_number(uint8_t number);

/*
 * Group the probes, to which the replies are matched, and make the paths of
 * them, up to their conclusions; saved is as in tr_rebuild_finish().  Returns
 * TR_OK or TR_ENOMEM.
 */
int tr_rebuild_fill_paths(struct tr_rebuild *rebuild,
    const struct tr_saved_run *saved);

#endif
