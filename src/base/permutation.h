/*
 * An order of the numbers 0 to count - 1, drawn by a seed: each comes once,
 * and neighbours come far apart.  Nothing is stored of it; the same seed gives
 * the same order on every machine.
 *
 * A Feistel network permutes the numbers below the next power of four, and
 * what falls outside of the count is permuted again until it falls inside
 * (cycle walking: Black and Rogaway, "Ciphers with arbitrary finite domains",
 * CT-RSA 2002): fewer than four times in the mean, as the power of four is
 * less than four times the count.  Not for cryptography.
 */
#ifndef TR_BASE_PERMUTATION_H
#define TR_BASE_PERMUTATION_H

#include <stdint.h>

#define TR_PERMUTATION_ROUNDS	6

/* A value type. */
struct tr_permutation {
	uint64_t count;
	uint64_t keys[TR_PERMUTATION_ROUNDS];
	uint32_t mask;		/* of the bits of a half */
	uint8_t	 bits;		/* of a half: 1 to 32 */
};

/* count must not be 0. */
void tr_permutation_init(struct tr_permutation *permutation, uint64_t count,
    uint64_t seed);

/* The number at a place of the order; both are below count. */
uint64_t tr_permutation_at(const struct tr_permutation *permutation,
    uint64_t place);

#endif
