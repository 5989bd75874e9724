/*
 * Seeded random numbers: the same seed gives the same sequence everywhere.
 * Generator: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
 * number generators", OOPSLA 2014).  Not for cryptography; a live run seeds
 * it from the system so that identifiers cannot be guessed from outside.
 */
#ifndef TR_BASE_RANDOM_H
#define TR_BASE_RANDOM_H

#include <stdint.h>

struct tr_random {
	uint64_t state;
};

void tr_random_seed(struct tr_random *random, uint64_t seed);
uint64_t tr_random_next(struct tr_random *random);

/*
 * SplitMix64's last step: each value to one that looks random, no two to the
 * same.  Here for what calls it by the million; tr_random_mix() is the hash.
 */
static inline uint64_t
tr_random_scramble(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Uniform in 0..bound-1 without modulo bias; bound must not be 0. */
uint32_t tr_random_below(struct tr_random *random, uint32_t bound);

/*
 * Mix two numbers to one that looks random, and is the same for the same two.
 * What comes out may be mixed with a third, and so on: a hash.
 */
uint64_t tr_random_mix(uint64_t a, uint64_t b);

#endif
