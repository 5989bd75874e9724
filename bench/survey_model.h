/*
 * The model of the network behind bench/survey-rig: which router answers a
 * probe, and how.  Pure functions, shared by the responders (in C and in BPF,
 * which knows no loops without end and no library): the truth that a result can
 * be held against.
 *
 * Targets are all of 10.0.0.0/8 and 2001:db8::/32.  A prefix of theirs (/24,
 * /48) has 16 bits of its own, and all of its targets are equally far: 8 to 22
 * hops, 15 on average.  Everybody answers, unless there are faults.
 *
 * Routers: those at hop 1 are one; from hop to hop the ways part, by two more
 * bits of the prefix each, until from hop 9 on each prefix has its own.  One
 * router of eight (its hop and bits decide) is four, among which a balancer in
 * front of them chooses by flow: addresses, protocol, the first four bytes
 * of the transport, and IPv6's flow label.
 *
 * A router's number tells all about it, and is in its address: bits 18 to 22
 * the hop, 16 and 17 which of four, 0 to 15 the prefix as far as it counts
 * there.  IPv4: 11.0.0.0 and the number; IPv6: fd00:11:: and the number.
 */
#ifndef SURVEY_MODEL_H
#define SURVEY_MODEL_H

#include <stdint.h>

#define SURVEY_V4_TARGETS	0x0a000000u	/* 10.0.0.0/8 */
#define SURVEY_V4_ROUTERS	0x0b000000u
#define SURVEY_V6_TARGETS	0x20010db8u	/* 2001:db8::/32 */
#define SURVEY_V6_ROUTERS	0xfd000011u	/* fd00:11::/32 */

#define SURVEY_HOPS_MIN		8		/* and up to 14 more */
#define SURVEY_TTL		64		/* with which answers start */
#define SURVEY_WAYS		4		/* of a balancer */

/* Of IP; the model needs no more of it. */
#define SURVEY_ICMP		1
#define SURVEY_TCP		6
#define SURVEY_UDP		17
#define SURVEY_ICMP6		58

/*
 * Who never answers, per mille.  A hash says who they are: always the same, and
 * of less, some of these.
 */
struct survey_faults {
	uint32_t silent;	/* of the routers */
	uint32_t deaf;		/* of the prefixes: all their targets */
};

/* A probe, as far as the network looks at it. */
struct survey_probe {
	uint8_t	 family;	/* 4 or 6 */
	uint8_t	 protocol;
	uint8_t	 ttl;		/* as it leaves the prober; 1 at least */
	uint16_t prefix;	/* of the target, see survey_prefix4() */
	uint32_t host;		/* the target's last 32 bits */
	uint32_t label;		/* IPv6: the flow label */
	uint32_t first;		/* the transport's first four bytes */
};

enum survey_kind {
	SURVEY_EXCEEDED,	/* by a router */
	SURVEY_UNREACHABLE,	/* the target's port, UDP */
	SURVEY_REPLY,		/* the target's echo reply */
	SURVEY_SEGMENT,		/* the target's SYN-ACK or reset */
	SURVEY_NOTHING,
};

struct survey_answer {
	enum survey_kind kind;
	uint32_t hop;		/* who answers is so far away */
	uint32_t router;	/* SURVEY_EXCEEDED: its number */
	uint8_t	 ttl;		/* of the answer, where it arrives */
	uint8_t	 quoted_ttl;	/* of the probe, where it is answered */
};

#define SURVEY_INLINE	static inline __attribute__((always_inline, unused))

/* The last rounds of MurmurHash3 (Appleby, public domain). */
SURVEY_INLINE uint32_t
survey_mix(uint32_t a, uint32_t b)
{
	uint32_t hash = a * 0x9e3779b1u ^ b;

	hash ^= hash >> 16;
	hash *= 0x85ebca6bu;
	hash ^= hash >> 13;
	hash *= 0xc2b2ae35u;
	return hash ^ hash >> 16;
}

/* The prefix's own bits of a target: in host order, of IPv6 bits 32 to 63. */
SURVEY_INLINE uint16_t
survey_prefix4(uint32_t target)
{
	return (uint16_t)(target >> 8);
}

SURVEY_INLINE uint16_t
survey_prefix6(uint32_t second_word)
{
	return (uint16_t)(second_word >> 16);
}

/* How many hops away the targets of a prefix are. */
SURVEY_INLINE uint32_t
survey_length(uint16_t prefix)
{
	const uint32_t hash = survey_mix(prefix, 0x1e57);

	return SURVEY_HOPS_MIN + (hash & 7) + (hash >> 3 & 7);
}

/* The flow of a probe, hashed. */
SURVEY_INLINE uint32_t
survey_flow(const struct survey_probe *probe)
{
	uint32_t hash = survey_mix(probe->host, probe->prefix);

	hash = survey_mix(hash, probe->protocol);
	hash = survey_mix(hash, probe->label);
	return survey_mix(hash, probe->first);
}

/* What counts of a prefix at a hop. */
SURVEY_INLINE uint32_t
survey_counts(const struct survey_probe *probe, uint32_t hop)
{
	const uint32_t bits = hop > 8 ? 16 : (hop - 1) * 2;

	return probe->prefix & (0xffff0000u >> bits);
}

/* Does a balancer choose among routers of this hop? */
SURVEY_INLINE int
survey_is_balanced(const struct survey_probe *probe, uint32_t hop)
{
	return hop > 1 && survey_mix(survey_counts(probe, hop), hop) % 8 == 0;
}

/* One of a hop's routers, by its branch, below SURVEY_WAYS; 0 for the only. */
SURVEY_INLINE uint32_t
survey_router_of(const struct survey_probe *probe, uint32_t hop,
    uint32_t branch)
{
	return hop << 18 | branch << 16 | survey_counts(probe, hop);
}

/* The number of the router at this hop, which must lie before the target. */
SURVEY_INLINE uint32_t
survey_router(const struct survey_probe *probe, uint32_t hop)
{
	uint32_t branch = 0;

	if (survey_is_balanced(probe, hop))
		branch = survey_mix(survey_flow(probe), hop) %
		    SURVEY_WAYS;
	return survey_router_of(probe, hop, branch);
}

/* Is what has this hash among so many of thousand? */
SURVEY_INLINE int
survey_is_among(uint32_t hash, uint32_t per_mille)
{
	return hash % 1000 < per_mille;
}

/* The router with this number never answers. */
SURVEY_INLINE int
survey_is_silent(uint32_t router, const struct survey_faults *faults)
{
	return survey_is_among(survey_mix(router, 0x511e), faults->silent);
}

/* The targets of this prefix never answer. */
SURVEY_INLINE int
survey_is_deaf(uint16_t prefix, const struct survey_faults *faults)
{
	return survey_is_among(survey_mix(prefix, 0xdeaf), faults->deaf);
}

/*
 * The round-trip time to this hop where there are delays, in us: 1 ms, 2 ms for
 * each hop, and up to 1 ms that the flow and the TTL decide.
 */
SURVEY_INLINE uint32_t
survey_delay(const struct survey_probe *probe, uint32_t hop)
{
	return 1000 + 2000 * hop +
	    survey_mix(survey_flow(probe), probe->ttl) % 1000;
}

/* How a target answers: echo requests alone of ICMP. */
SURVEY_INLINE enum survey_kind
survey_end(const struct survey_probe *probe)
{
	const uint32_t type = probe->first >> 24;

	switch (probe->protocol) {
	case SURVEY_UDP:
		return SURVEY_UNREACHABLE;
	case SURVEY_TCP:
		return SURVEY_SEGMENT;
	case SURVEY_ICMP:
		return probe->family == 4 && type == 8 ? SURVEY_REPLY :
		    SURVEY_NOTHING;
	case SURVEY_ICMP6:
		return probe->family == 6 && type == 128 ? SURVEY_REPLY :
		    SURVEY_NOTHING;
	default:
		return SURVEY_NOTHING;
	}
}

/*
 * Who answers a probe, and how.  A segment is one only for a SYN: see who
 * makes it.
 */
SURVEY_INLINE void
survey_judge(const struct survey_probe *probe,
    const struct survey_faults *faults, struct survey_answer *answer)
{
	const uint32_t length = survey_length(probe->prefix);

	answer->router = 0;
	if (probe->ttl < length) {
		answer->kind = SURVEY_EXCEEDED;
		answer->hop = probe->ttl;
		answer->router = survey_router(probe, probe->ttl);
		if (survey_is_silent(answer->router, faults))
			answer->kind = SURVEY_NOTHING;
	} else {
		answer->hop = length;
		answer->kind = survey_is_deaf(probe->prefix, faults) ?
		    SURVEY_NOTHING : survey_end(probe);
	}
	answer->quoted_ttl = (uint8_t)(probe->ttl - (answer->hop - 1));
	answer->ttl = (uint8_t)(SURVEY_TTL - (answer->hop - 1));
}

#endif
