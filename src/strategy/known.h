/*
 * What a survey remembers of the network, in as much memory as it was given:
 * routers that were seen (Doubletree's stop set), how far targets are, and
 * which router a probe will reach.
 *
 * All of it only saves probes or spreads them.  Where the memory is too small,
 * what is older is forgotten: a route is then walked on a little farther.
 * Entries are known by hashes; that two are taken for one has the chance of
 * 2^-30 for a look at the stop set, which is small against what a route changes
 * by itself; for the others it does no harm.
 */
#ifndef TR_STRATEGY_KNOWN_H
#define TR_STRATEGY_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

struct tr_known_config {
	uint64_t key;		/* of the hashes */
	uint32_t routers;	/* in the stop set: a power of two from 4 on; */
				/* 0: no stop set, no distances */
	int64_t	 spacing;	/* ns, between probes to a router; 0: none is */
				/* foreseen */
};

struct tr_known;

size_t tr_known_memory(const struct tr_known_config *config);

/* Returns NULL without memory. */
struct tr_known *tr_known_new(const struct tr_known_config *config);
void tr_known_free(struct tr_known *known);

/*
 * A router answered at a TTL.  Returns whether it was seen there before; from
 * now on it was.
 */
bool tr_known_router(struct tr_known *known, const struct tr_address *router,
    uint8_t ttl);

/*
 * How far a target is: for those of its /24 (IPv6: /48), and, where none of it
 * was told, of its /20 (/40), /16 (/32).
 */
void tr_known_learn_distance(struct tr_known *known,
    const struct tr_address *target, uint8_t distance);

/* What they were told last; the mean of all where there is nothing else; 0 */
/* before anything was told. */
uint8_t tr_known_distance(const struct tr_known *known,
    const struct tr_address *target);

/* A router answered a probe to this target, with this TTL. */
void tr_known_learn_way(struct tr_known *known,
    const struct tr_address *target, uint8_t ttl,
    const struct tr_address *router);

/*
 * When a probe to this target and TTL may leave, at now or later, so that the
 * router it will reach, if it is foreseen, gets one in each spacing.  It is
 * taken to leave then; unless that is later than the latest it may be: then it
 * has no turn yet, and TR_TIME_NEVER is returned.
 */
int64_t tr_known_turn(struct tr_known *known, const struct tr_address *target,
    uint8_t ttl, int64_t now, int64_t latest);

#endif
