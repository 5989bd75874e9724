/*
 * A survey: the routes to very many targets, so many of them at once as a
 * window has places, each with one probe under way at a time (but see
 * multipath).  It decides what is sent next and finds out what a reply answers;
 * it knows no packet that it sends, no clock and no thread, and allocates
 * nothing once it has begun.
 *
 * Of each target the TTLs are walked, by one of three ways:
 *
 * FORWARD	from the first TTL to the end of the route
 * DOUBLETREE	from a TTL in its midst forward to the end, then backward until
 *		a router answers that was seen at this TTL before: what lies
 *		before it is taken to be known (Donnet and others, "Efficient
 *		algorithms for large-scale topology discovery", SIGMETRICS
 *		2005).  Where it starts is told, or guessed: by the distance of
 *		the targets next to it that were done last (Huang, Rabinovich,
 *		Al-Dalky: "FlashRoute", IMC 2020).  A target that quotes what is
 *		left of a probe's TTL thereby says how far it is; what lies
 *		behind it is then not probed.
 * EXHAUSTIVE	from the first TTL to that of the target, whatever is silent; to
 *		the last TTL, if it never answers
 *
 * The end is the target's answer; a router that says that there is no way on;
 * a gap: so many TTLs in a row without an answer; a loop: two routers in a row
 * that each had answered two TTLs before; or the last TTL.
 *
 * With multipath, all paths to each target are looked for instead of one:
 * strategy/multipath.h does it, and its rules hold for gaps, for how often a
 * probe is repeated, for several that are under way at once, and for how fast
 * routers are asked that seem to limit their answers; of the walk's, first_ttl,
 * max_ttl, timeout and the spacings do.  A target has a budget of probes; when
 * it is used up, what was found is its record.
 *
 * A probe's identity is its identifier (packet/probe.h), which 65534 probes in
 * a row do not share; the destination, of which a hash is kept with each probe;
 * and the ports or the ICMP id of the survey.  TCP's sequence number is a
 * number of the target's, plus 8 for each of the 65534.  A reply that answers
 * none of the probes that are remembered is not the survey's.
 */
#ifndef TR_STRATEGY_SURVEY_H
#define TR_STRATEGY_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "engine/verdict.h"
#include "packet/probe.h"
#include "packet/reply.h"
#include "strategy/plan.h"
#include "strategy/targets.h"

#define TR_SURVEY_TTL_MAX	64
#define TR_SURVEY_WINDOW_MAX	(UINT32_C(1) << 24)
#define TR_SURVEY_PROBES_MAX	(UINT32_C(1) << 24)
#define TR_SURVEY_QUERIES_MAX	10
#define TR_SURVEY_SPACING_MAX	INT64_C(4000000000)	/* ns */
#define TR_SURVEY_TIMEOUT_MAX	INT64_C(60000000000)	/* ns */
#define TR_SURVEY_RATE_MAX	UINT64_C(1000000000)
#define TR_SURVEY_HOPS_MAX	255	/* replies in a record */
#define TR_SURVEY_LABELS	4	/* of an MPLS stack, the outermost */
#define TR_SURVEY_RTT_UNIT	INT64_C(100)	/* ns */
#define TR_SURVEY_RTT_UNKNOWN	UINT32_MAX
#define TR_SURVEY_FLOWS_MAX	1024
#define TR_SURVEY_BUDGET_MAX	16384
#define TR_SURVEY_VERTICES	128	/* of a target's graph; and so many */
#define TR_SURVEY_EDGES		256	/* edges: there is no room for more */

enum tr_survey_way {
	TR_SURVEY_FORWARD,
	TR_SURVEY_DOUBLETREE,
	TR_SURVEY_EXHAUSTIVE,
};

/*
 * All paths to each target.  In flight, one takes some 10 bytes for each flow
 * at each TTL, 20 for each probe of its budget, and 28,000: with 128 flows, 32
 * TTLs and 1,000 probes 89 KB.  Of balancers with W ways one after the other,
 * each seen through the ways of the one before, some 5 * W * W flows are
 * needed, else 5 * W; what there are too few flows for is not found.
 */
struct tr_survey_multipath {
	struct tr_plan_rules rules;
	uint32_t probes_max;	/* for each target, .. TR_SURVEY_BUDGET_MAX; */
				/* 0: no multipath, and nothing else counts */
	uint32_t flows_max;	/* .. TR_SURVEY_FLOWS_MAX */
	uint16_t probes_at_once;	/* under way to a target: 1.. */
};

/* Times in ns. */
struct tr_survey_config {
	const struct tr_targets *targets;	/* sealed; borrowed */
	uint64_t seed;		/* identifiers, hashes */
	enum tr_survey_way way;
	enum tr_protocol protocol;
	uint16_t source_port;		/* UDP, TCP */
	uint16_t destination_port;	/* UDP, TCP */
	uint16_t icmp_id;		/* ICMP */
	uint16_t icmp_checksum;		/* ICMP: 1..0xfffe; this and the next */
					/* two matter with multipath only */
	uint32_t flow_label;		/* IPv6 */
	bool	 vary_label;		/* each flow has another */
	uint32_t token;			/* of the payload; 0: none */
	uint8_t	 first_ttl;	/* 1 .. max_ttl */
	uint8_t	 max_ttl;	/* .. TR_SURVEY_TTL_MAX */
	uint8_t	 start_ttl;	/* DOUBLETREE; 0: guessed */
	uint8_t	 gap_limit;	/* 0: none */
	uint8_t	 queries;	/* probes at a TTL until one is answered */
	int64_t	 timeout;	/* after it, a probe is not answered */
	int64_t	 grace;		/* and so much later, in which what came in */
				/* before is still handed in */
	uint64_t first_place;	/* all before it are skipped */
	int64_t	 target_spacing; /* between two probes to one target */
	int64_t	 router_spacing; /* between two that reach a router, as far */
				/* as it is foreseen; 0: none */
	uint64_t rate;		/* probes in 1,000 s that there will be: */
				/* targets are begun evenly; 0: at once */
	uint32_t window;	/* targets at once */
	uint32_t probes;	/* that are remembered, a power of two: so */
				/* many can be under way */
	uint32_t stop_set;	/* routers remembered: a power of two */
	uint32_t hops;		/* replies that are held for the records, in */
				/* all; 0: none are, see below */
	bool	 paced_records;	/* see tr_survey_committed() */
	struct tr_survey_multipath multipath;	/* the way is FORWARD then */
};

/* Addresses and ports are the survey's, see config, where flow is 0. */
struct tr_survey_probe {
	uint64_t serial;
	struct tr_address dst;
	uint8_t	 ttl;
	uint16_t identifier;
	uint32_t tcp_sequence;
	uint16_t flow;		/* its number; if not 0, what is below holds */
	uint16_t source_port;	/* UDP, TCP */
	uint16_t icmp_id;	/* ICMP */
	uint16_t icmp_checksum;	/* ICMP */
	uint32_t flow_label;	/* IPv6 */
};

/* What is known of a reply, and of the probe it answers. */
struct tr_survey_reply {
	struct tr_address target;
	struct tr_address responder;
	int64_t	 received;	/* as it was handed in */
	uint32_t rtt;		/* in TR_SURVEY_RTT_UNIT, or _UNKNOWN: more */
				/* than 7 minutes, or it is not known which */
				/* probe it answers */
	enum tr_verdict verdict;
	uint8_t	 ttl;		/* of the probe */
	uint8_t	 quoted_ttl;	/* 0: none was quoted */
	uint8_t	 reply_ttl;
	uint8_t	 protocol;	/* of the reply: IP's number */
	uint8_t	 icmp_type;	/* 0 where it is no ICMP */
	uint8_t	 icmp_code;
	uint8_t	 tcp_flags;	/* 0 where it is no TCP */
	uint16_t size;		/* of the reply, from the IP header on */
	uint16_t flow;		/* of the probe; 0 without multipath */
	bool	 late;		/* its target, or TTL, was given up before */
	bool	 duplicate;	/* the probe had an answer before; further */
				/* ones are counted only */
	bool	 rewritten;	/* the quote has another destination */
	uint8_t	 label_count;
	uint32_t labels[TR_SURVEY_LABELS]; /* words of RFC 3032, 2.1: label, */
				/* class, bottom, TTL */
};

enum tr_survey_reason {
	TR_SURVEY_REACHED,	/* the target answered */
	TR_SURVEY_STOPPED,	/* a router says that there is no way on */
	TR_SURVEY_GAP,
	TR_SURVEY_LOOP,
	TR_SURVEY_MAX_TTL,
	TR_SURVEY_BUDGET,	/* multipath: no probe is left, and no end of */
				/* the route was found before */
	TR_SURVEY_UNSENT,	/* the system refuses to send there */
	TR_SURVEY_INTERRUPTED,	/* by tr_survey_flush() */
};

/* "arrived", "unreachable", ...: the words of doc/json.md. */
const char *tr_survey_reason_name(enum tr_survey_reason reason);

/* A router, or who ends routes, at a TTL. */
struct tr_survey_vertex {
	struct tr_address address;	/* none: a router that is silent */
	uint8_t	 ttl;
	uint8_t	 verdict;	/* enum tr_verdict: TRANSIT, or how it ends */
	uint16_t flows;		/* that met it; not 0 */
};

/* From one to another at the next TTL. */
struct tr_survey_link {
	uint16_t from;		/* places in vertices */
	uint16_t to;
	uint16_t flows;		/* not 0 */
};

/* All paths to a target: a value, without pointers. */
struct tr_survey_graph {
	double	 miss;		/* the chance that something was missed */
				/* (strategy/sureness.h), unless flows do not */
				/* keep to ways */
	bool	 partial;	/* not all was looked for, since the budget */
				/* was used up, or the room for the graph, or */
				/* it was ended */
	bool	 unsure;	/* the rules' bound is not kept: it is */
				/* partial; or too few answers came, or flows */
				/* are too few; or flows do not keep to ways */
	uint32_t vertex_count;
	uint32_t link_count;
	struct tr_survey_vertex vertices[TR_SURVEY_VERTICES];	/* by TTL */
	struct tr_survey_link links[TR_SURVEY_EDGES];	/* none where flows */
				/* do not keep to ways */
};

/* A target that is done. */
struct tr_survey_record {
	struct tr_address target;
	uint64_t place;		/* in the order of the targets */
	int64_t	 started;	/* its first probe */
	int64_t	 ended;
	enum tr_survey_reason reason;
	int	 system;	/* errno, of UNSENT */
	uint8_t	 distance;	/* of the target, or whoever ended it; or 0: */
				/* of several distances the least */
	uint8_t	 joined;	/* DOUBLETREE: the TTL of the known router at */
				/* which it ended backward; or 0 */
	uint32_t probes;	/* that were sent */
	uint32_t replies;
	bool	 cut;		/* there was no room for all replies */
	uint32_t hop_count;
	const struct tr_survey_reply *hops; /* by TTL, then as they came; */
				/* borrowed until the function returns; the */
				/* duplicates too */
	const struct tr_survey_graph *graph;	/* multipath; borrowed */
				/* likewise; else NULL */
};

/*
 * Who takes what comes out; called from within the functions below.  reply()
 * may be NULL.  With config.hops, a reply is held until its target is done and
 * is then part of the record; reply() gets those only that come too late for
 * that.  Without, reply() gets each at once, and records have no hops.
 */
struct tr_survey_sink {
	void	(*reply)(void *context, const struct tr_survey_reply *reply);
	void	(*done)(void *context, const struct tr_survey_record *record);
	void	*context;
};

/* Since the begin. */
struct tr_survey_counts {
	uint64_t started;	/* targets; the places from 0 on */
	uint64_t done;
	uint64_t reasons[TR_SURVEY_INTERRUPTED + 1];
	uint64_t probes;
	uint64_t replies;	/* that are ours */
	uint64_t duplicates;	/* of these */
	uint64_t late;
	uint64_t foreign;	/* handed in, and not ours */
	uint64_t timeouts;
	uint64_t joined;	/* targets that ended at a known router */
	uint64_t spaced;	/* times that a router's spacing delayed */
	uint64_t cut;		/* records without all their replies */
	uint64_t partial;	/* multipath: records of which that is so */
	uint64_t unsure;
};

struct tr_survey;

/* Bytes that a survey takes, in all and at once; the targets' own excluded. */
size_t tr_survey_memory(const struct tr_survey_config *config);

/*
 * Begin.  skip is asked once for each place, in their order: true for a target
 * that is not to be traced (it was, before); NULL: none.  Returns NULL for no
 * memory, or a config out of the ranges above.  Free with tr_survey_free().
 */
struct tr_survey *tr_survey_new(const struct tr_survey_config *config,
    const struct tr_survey_sink *sink,
    bool (*skip)(void *context, uint64_t place), void *skip_context);
void tr_survey_free(struct tr_survey *survey);

/*
 * The next probe to send, now (monotonic; never earlier than in the call
 * before).  Returns 1, and the probe counts as sent at now; or 0 when none is
 * due.
 */
int tr_survey_next(struct tr_survey *survey, int64_t now,
    struct tr_survey_probe *probe);

/* It left at another time than that at which it was asked for. */
void tr_survey_departed(struct tr_survey *survey, uint64_t serial,
    int64_t sent);

/* It did not leave, for this reason (an errno): its target is given up. */
void tr_survey_failed(struct tr_survey *survey, uint64_t serial, int64_t now,
    int system);

/*
 * A packet that came in, at this time of the same clock (it may be a little
 * earlier than now of other calls).  Returns 1 if it answers a probe, else 0.
 */
int tr_survey_receive(struct tr_survey *survey, const struct tr_packet *packet,
    int64_t received);

/* Give up what was waited for long enough. */
void tr_survey_expire(struct tr_survey *survey, int64_t now);

/*
 * What is awaited was not asked after all (the network was down): targets in
 * flight are probed again at the same TTL, as if they had not been.  With
 * multipath nothing happens: its rules have attempts enough.
 */
void tr_survey_retry(struct tr_survey *survey, int64_t now);

/*
 * When tr_survey_next() or tr_survey_expire() has something to do, without any
 * reply: not earlier; now or before: at once; TR_TIME_NEVER.
 */
int64_t tr_survey_wake(const struct tr_survey *survey);

/* No target is begun any more; those that were go on to their end. */
void tr_survey_stop(struct tr_survey *survey);

/* All targets that were begun are over now: INTERRUPTED. */
void tr_survey_flush(struct tr_survey *survey, int64_t now);

/* Nothing is under way, and nothing will be. */
bool tr_survey_is_over(const struct tr_survey *survey);

/*
 * With config.paced_records, a target is in the window until its record is
 * said to be safe: so many more are.  (After a crash no more are traced again
 * than the window has.)
 */
void tr_survey_committed(struct tr_survey *survey, uint64_t records);

const struct tr_survey_counts *tr_survey_counts(
    const struct tr_survey *survey);

/* Targets that were begun and are not done. */
uint32_t tr_survey_in_flight(const struct tr_survey *survey);

#endif
