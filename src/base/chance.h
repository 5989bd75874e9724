/*
 * Chances of counts.
 */
#ifndef TR_BASE_CHANCE_H
#define TR_BASE_CHANCE_H

#include <stdint.h>

/* So many of so many. */
struct tr_count {
	uint32_t hits;		/* <= of */
	uint32_t of;
};

/*
 * If both counts were drawn with one and the same chance of a hit: how likely
 * the first has so few of all hits, or fewer.  1 where one of them is of
 * nothing.  (Fisher's exact test, one-sided: the tail of the hypergeometric
 * distribution; R. A. Fisher, "Statistical Methods for Research Workers",
 * 21.02.)
 */
double tr_chance_of_fewer(struct tr_count first, struct tr_count second);

/*
 * The logarithm of the likelihood of a count where a hit has this chance, but
 * for what does not depend on the chance.
 */
double tr_log_likelihood(struct tr_count count, double chance);

#endif
