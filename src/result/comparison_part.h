/*
 * What the parts of comparison.c share.
 */
#ifndef TR_RESULT_COMPARISON_PART_H
#define TR_RESULT_COMPARISON_PART_H

#include "result/comparison.h"

/* Who stands at a hop of a path: the first that told so; none. */
struct tr_address tr_compared_station(const struct tr_path *path,
    uint8_t ttl);

/* Probes with this TTL that a router answered. */
uint32_t tr_compared_transits(const struct tr_path *path, uint8_t ttl);

/*
 * Are two paths together at the last hop up to here that both tell of?  True
 * where there is none.
 */
bool tr_compared_meet(const struct tr_path *a, const struct tr_path *b,
    uint8_t ttl);

/* The first hop beyond this one where a router answered, or the host; 0. */
uint8_t tr_compared_next(const struct tr_compared *compared, uint8_t ttl);

/* Does it end before the host, as far as is known? */
bool tr_compared_is_dead(const struct tr_compared *compared);

/*
 * Fill in comparison->paths, of which there are comparison->count, and where
 * they differ.
 */
void tr_comparison_judge(struct tr_comparison *comparison,
    const struct tr_path *const paths[]);

#endif
