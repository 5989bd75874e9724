/*
 * Which header fields each balancer of a discovery hashes: varied flows
 * (engine/flow.h) that differ in one field alone are sent through it.  Where
 * two of them part, it hashes the field; where so many take the same way that
 * its ways would have shown, as surely as a share of the graph's bound asks, it
 * does not.  Its ways have the shares in which the discovery saw flows take
 * them; where that saw one way only, there would be two that are equal.
 *
 * Looked at is every vertex of flow 0's path, so that balancers are found too
 * that hash nothing that the flows of the discovery differ in, and elsewhere
 * every vertex where ways part.  A flow is never compared with one that differs
 * from it in more than the field: flows count by the base that they vary.
 *
 * Two ways are two addresses at the next TTL that have answered their flows
 * alternately, one of them at least twice, lest a change of the path is taken
 * for a balancer.  Another
 * destination is another network's perhaps: there ways count when they are
 * known ways of the vertex, or meet again.
 */
#ifndef TR_STRATEGY_CLASSIFY_H
#define TR_STRATEGY_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/flow.h"
#include "strategy/discovery.h"
#include "strategy/plan.h"

enum tr_hashing {
	TR_HASHING_UNKNOWN,
	TR_HASHING_NO,
	TR_HASHING_YES,
};

/* What is known of a vertex and a field. */
struct tr_field_test {
	enum tr_hashing hashing;
	uint32_t flows;		/* that could have parted from another one */
	uint32_t ways;		/* that they took; at most two are told apart */
	double	 miss;		/* chance that all took one way, if the field */
				/* is hashed; 1 without flows */
};

struct tr_classify_rules {
	unsigned fields;	/* to vary: 1 << enum tr_flow_field */
	enum tr_flow_field own;	/* the one that the discovery's flows vary; */
				/* NONE: several; their flows count too */
};

/*
 * Varied flows that are known; more are not made, nor of more than 512 bases.
 * What would need them is UNKNOWN then.
 */
#define TR_CLASSIFY_FLOWS_MAX	8192

struct tr_classification;

/* Of a discovery, borrowed.  Returns NULL without memory. */
struct tr_classification *tr_classification_new(
    const struct tr_classify_rules *rules,
    const struct tr_discovery *discovery);
void tr_classification_free(struct tr_classification *classification);

/*
 * As those of strategy/discovery.h, for varied flows.  probe: its number, in
 * the order of sending.  Answered returns TR_OK or TR_ENOMEM.
 */
void tr_classification_sent(struct tr_classification *classification,
    uint32_t flow, int ttl);
void tr_classification_lost(struct tr_classification *classification,
    uint32_t flow, int ttl);
int tr_classification_answered(struct tr_classification *classification,
    uint32_t flow, int ttl, uint32_t probe,
    const struct tr_address *address, enum tr_verdict verdict, bool late);

/*
 * Did a flow that is not varied meet another vertex at the TTL than in the
 * discovery, or any flow two of them one after the other, though flows stay
 * there?  Then the path has changed meanwhile.
 */
bool tr_classification_changed(const struct tr_classification *classification,
    int ttl);

/*
 * What to send next: wants of varied flows, at most TR_PLAN_WANTS_MAX.  Call
 * while nothing is under way, of a discovery that is complete.  Returns their
 * number; 0: done.  epsilon as below.
 */
uint32_t tr_classification_plan(struct tr_classification *classification,
    double epsilon, struct tr_want *wants);

/*
 * What the vertex hashes: a test for each field.  epsilon: with what chance at
 * most it may be said not to hash one that it does.
 */
void tr_classification_judge(const struct tr_classification *classification,
    const struct tr_vertex *vertex, double epsilon,
    struct tr_field_test tests[TR_FIELDS]);

#endif
