/*
 * Between plan.c and steadiness.c: do flows stay where they were seen?
 */
#ifndef TR_STRATEGY_PLAN_PART_H
#define TR_STRATEGY_PLAN_PART_H

#include "strategy/plan.h"

/* The same cell again: repeats may be wanted several at once. */
void tr_plan_want_again(struct tr_plan *plan, uint32_t flow, int ttl,
    uint32_t times);

/*
 * Where ways part before this TTL: by flow, or by packet?  A first look, that
 * spares rules for flows what is not of flows; the last look makes sure.
 */
void tr_plan_test_steadiness(struct tr_plan *plan, int ttl);

/*
 * A flow was seen elsewhere, once: has the path changed, or is each packet
 * balanced?  In the one case it stays there.
 */
void tr_plan_settle_doubt(struct tr_plan *plan, int ttl);

/*
 * The last look: where ways part, at so many flows that they would have been
 * seen to move if packets were balanced each by itself, or flows mapped anew;
 * elsewhere at one.  What is lost of it is made up for when it is wanted again.
 */
void tr_plan_want_last_look(struct tr_plan *plan);

#endif
