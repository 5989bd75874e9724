/*
 * Outstanding probes, and which of them a captured packet belongs to.
 *
 * A reply is matched in tiers.  The exact tier asks for the probe's own
 * identity and for its addresses and ports; the tiers below it ask for what
 * survives a middlebox that rewrites headers.  What differs between the
 * probe as it was sent and the packet as it came back is reported, never a
 * reason to drop the reply: it is how NAT and rewriting are found.
 *
 * The quoted source address is never asked for, since a NAT that does not
 * mend the quote leaves its own there.
 */
#ifndef TR_ENGINE_MATCH_H
#define TR_ENGINE_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "packet/reply.h"

/* The header fields by which a probe is known. */
struct tr_identity {
	uint8_t	 protocol;		/* IP protocol number */
	struct tr_address src;
	struct tr_address dst;
	uint16_t source_port;		/* ICMP: the echo id */
	uint16_t destination_port;	/* ICMP: 0 */
	bool	 has_own;
	uint32_t own;			/* UDP checksum, TCP sequence number, */
					/* ICMP echo sequence number */
	uint16_t checksum;		/* UDP, ICMP; 0 where not quoted */
	uint16_t udp_length;
	uint32_t tcp_acknowledgement;
	uint8_t	 tcp_flags;
	uint16_t payload_size;		/* of TCP */
	uint16_t ip_id;			/* 0 in IPv6 */
	uint16_t cookie;		/* 0: none, or not quoted so far */
	uint32_t token;			/* with the cookie; 0: not there */
	bool	 other_payload;		/* it has one, and that is not ours */
	uint8_t	 ttl;
	uint8_t	 tos;
	uint32_t flow_label;
	uint16_t size;			/* of the IP packet, as claimed */
	bool	 more_fragments;	/* it is the first part of a packet */
};

/* How sure a match is, surest first. */
enum tr_tier {
	TR_TIER_NONE,
	TR_TIER_EXACT,		/* identity, destination and ports */
	TR_TIER_REWRITTEN,	/* identity, and one of the two others */
	TR_TIER_IP_ID,		/* IP ID where the identity was rewritten */
	TR_TIER_COOKIE,		/* the cookie in the quoted payload */
	TR_TIER_PORTS,		/* ports alone: the only probe with them; or, */
				/* for a datagram of the target's, the oldest */
				/* that waits beyond the routers seen so far */
};

const char *tr_tier_name(enum tr_tier tier);

/* What came back different from what was sent. */
enum tr_difference {
	TR_DIFFERENT_SRC = 1 << 0,
	TR_DIFFERENT_DST = 1 << 1,
	TR_DIFFERENT_SOURCE_PORT = 1 << 2,	/* or ICMP id */
	TR_DIFFERENT_DESTINATION_PORT = 1 << 3,
	TR_DIFFERENT_OWN = 1 << 4,
	TR_DIFFERENT_IP_ID = 1 << 5,
	TR_DIFFERENT_TOS = 1 << 6,
	TR_DIFFERENT_FLOW_LABEL = 1 << 7,
	TR_DIFFERENT_SIZE = 1 << 8,
};

#define TR_DIFFERENCES 9

/* "src", "dst", ... for bit 0 to TR_DIFFERENCES - 1. */
const char *tr_difference_name(unsigned bit);

struct tr_match {
	uint32_t	probe;
	enum tr_tier	tier;
	unsigned	differences;	/* enum tr_difference, or'ed */
};

/* The identity of a packet: of itself, or of one that was quoted. */
void tr_identity_of(const struct tr_ip *ip,
    const struct tr_transport *transport, struct tr_identity *identity);

/*
 * True for what can be a probe: UDP, an ICMP echo request, a TCP SYN, or a
 * bare TCP ACK.
 */
bool tr_packet_is_probe(const struct tr_packet *packet);

/* True for what can answer a probe. */
bool tr_packet_is_reply(const struct tr_packet *packet);

struct tr_matcher;

/*
 * A matcher for at most capacity probes, numbered from 0.  All memory is
 * taken here.  Returns NULL without memory.  Free with tr_matcher_free().
 */
struct tr_matcher *tr_matcher_new(uint32_t capacity);
void tr_matcher_free(struct tr_matcher *matcher);

/*
 * Add the next probe, sent at time sent (any clock, but the same one as in
 * the calls below; TR_TIME_NONE: not known yet, it matches at any time).
 * Returns its number, or TR_ENOMEM when the capacity is used up.
 */
int64_t tr_matcher_add(struct tr_matcher *matcher,
    const struct tr_identity *identity, int64_t sent);

/*
 * What only the ports tell answers no probe that was sent longer than window
 * (ns, more than 0) before it.  Unless called, any that waits.
 */
void tr_matcher_set_window(struct tr_matcher *matcher, int64_t window);

uint32_t tr_matcher_count(const struct tr_matcher *matcher);
const struct tr_identity *tr_matcher_identity(
    const struct tr_matcher *matcher, uint32_t probe);

/*
 * Find which of our probes an outgoing packet is.  Where a NAT on this host
 * rewrote it, match->differences says what; the match is then learnt by
 * tr_matcher_departed().  Returns 0, or TR_ENOTFOUND.
 */
int tr_matcher_find_probe(const struct tr_matcher *matcher,
    const struct tr_packet *packet, struct tr_match *match);

/*
 * The probe left as identity says, at time sent: replies are compared with
 * that from now on.
 */
void tr_matcher_departed(struct tr_matcher *matcher, uint32_t probe,
    const struct tr_identity *identity, int64_t sent);

/*
 * Find the probe that a reply answers; received is the reply's time, and a
 * probe that left before it is preferred to one that left after it (a clock
 * may have been set back).  Returns 0, or TR_ENOTFOUND for a packet that
 * answers none of ours, or that is the copy of a datagram seen just before.
 * At most TR_MATCH_CHAIN_MAX probes that share a key are looked at, newest
 * first, so that the cost is bounded whatever a capture holds.
 */
#define TR_MATCH_CHAIN_MAX 1024

int tr_matcher_find_reply(struct tr_matcher *matcher,
    const struct tr_packet *packet, int64_t received,
    struct tr_match *match);

/*
 * The probe has an answer, or will have none: the ports tier takes others.
 * by_router: a router's, so that no datagram of the target's answers a probe
 * with this TTL or a lower one.
 */
void tr_matcher_answered(struct tr_matcher *matcher, uint32_t probe,
    bool by_router);

#endif
