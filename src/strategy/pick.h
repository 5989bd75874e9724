/*
 * One target in each prefix of a length, of those that are put in of it.
 *
 * Prefixes of the length are numbered: such a number is a unit here.  The
 * target of a unit is its first usable address at or behind a point that is
 * drawn for it, or else the first of all: a prefix that changes in part mostly
 * keeps its target.
 */
#ifndef TR_STRATEGY_PICK_H
#define TR_STRATEGY_PICK_H

#include <stdint.h>

#include "strategy/ranges.h"

struct tr_pick {
	uint64_t key;		/* of what is drawn */
	uint8_t	 family;	/* 4, 6 */
	uint8_t	 shift;		/* bits of an address behind its unit; with */
				/* 0 each address is a unit */
};

/*
 * A settled set of addresses becomes one of targets: single ones are those
 * picked in units that are there in part; pairs are the first and last of
 * units that are there as a whole.  Each unit is in one of them, once.
 * Returns TR_OK or TR_ENOMEM.
 */
int tr_pick_in_each(const struct tr_pick *pick, struct tr_ranges *ranges);

/* The target of a unit that is there as a whole. */
struct tr_wide tr_pick_in_whole(const struct tr_pick *pick,
    struct tr_wide unit);

#endif
