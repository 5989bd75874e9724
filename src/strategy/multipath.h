/*
 * All paths: the rules of strategy/plan.h carried out, many probes at a time.
 *
 * One flow walks ahead; the others follow to TTLs from which an answer, or one
 * behind them, has come.  Probes with one TTL keep TR_MULTIPATH_SPACING apart,
 * divided by the vertices that are known there, which share them.  Where
 * answers fail to come one after the other, that is taken for a limit on ICMP
 * errors, and the TTL gets a probe each TR_MULTIPATH_SPACING_MAX, until that
 * is refuted: a probe that had no other before it for so long is not answered
 * either.
 *
 * An answer is awaited HERE times the longest round trip of its TTL, see
 * -w MAX,HERE,NEAR of traceroute(8); where nothing has answered, of the whole
 * route.  One that comes later still counts.  Who knows better how long to wait
 * (a survey does, for all of its targets) says so of each probe itself.
 *
 * When all is found, balancers are classified, if the rules name any field: in
 * rounds, each of which waits for the one before.  The limits on probes and
 * time leave what is found untouched then.
 */
#ifndef TR_STRATEGY_MULTIPATH_H
#define TR_STRATEGY_MULTIPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "engine/strategy.h"
#include "strategy/classify.h"
#include "strategy/plan.h"

#define TR_MULTIPATH_SPACING		(5 * TR_MILLISECOND)
#define TR_MULTIPATH_SPACING_LOSS	(20 * TR_MILLISECOND)
#define TR_MULTIPATH_SPACING_MAX	(1100 * TR_MILLISECOND)
#define TR_MULTIPATH_WAIT_LEAST		(100 * TR_MILLISECOND)
#define TR_MULTIPATH_WAIT_UNKNOWN	(300 * TR_MILLISECOND)

struct tr_multipath_config {
	struct tr_plan_rules rules;
	struct tr_classify_rules fields;	/* all 0: do not classify */
	uint8_t	 first_ttl;	/* 1..255 */
	uint8_t	 max_ttl;	/* first_ttl..255 */
	uint16_t probes_at_once;	/* 1..65535 */
	uint32_t flows_max;	/* 1..TR_DISCOVERY_FLOWS_MAX */
	uint32_t probes_max;	/* 1..TR_IDENTIFIERS: --max-probes */
	int64_t	 time_max;	/* ns; --timeout; TR_TIME_NEVER: none */
	int64_t	 wait_max;	/* ns; TR_TIME_NEVER: tr_multipath_lost() */
				/* is called of each probe */
	double	 wait_here;	/* factor; 0: none */
	int64_t	 gap;		/* ns between any two probes; 0: none */
	uint32_t vertices_max;	/* room that is made for them at once, and */
	uint32_t edges_max;	/* all there will be; 0: it grows */
};

struct tr_multipath;

/* Returns NULL without memory.  Free with tr_multipath_free(). */
struct tr_multipath *tr_multipath_new(
    const struct tr_multipath_config *config);
void tr_multipath_free(struct tr_multipath *multipath);

/* The bytes that one takes whose room does not grow, and is not classified. */
size_t tr_multipath_memory(const struct tr_multipath_config *config);

/* Begin anew, to another target, in the same memory; not when classified. */
void tr_multipath_reset(struct tr_multipath *multipath);

/* What it has found; valid as long as it. */
const struct tr_plan *tr_multipath_plan(const struct tr_multipath *multipath);

/* The same, to be made ready for being shown: when it is over, once. */
struct tr_discovery *tr_multipath_discovery(
    const struct tr_multipath *multipath);

/*
 * A probe, by its number: it left later than it was asked for; it is given up,
 * if it still waits for an answer.
 */
void tr_multipath_departed(struct tr_multipath *multipath, uint32_t number,
    int64_t sent);
void tr_multipath_lost(struct tr_multipath *multipath, uint32_t number,
    int64_t now);

/* Probes that wait for an answer. */
uint32_t tr_multipath_in_flight(const struct tr_multipath *multipath);

/* How the routes end that are known so far. */
enum tr_stop tr_multipath_stop(const struct tr_multipath *multipath);

/* What the engine drives; its state is the struct tr_multipath. */
extern const struct tr_strategy tr_multipath_strategy;

#endif
