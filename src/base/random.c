#include "base/random.h"

/* The golden ratio, in 64 bits. */
#define STEP	UINT64_C(0x9e3779b97f4a7c15)

void
tr_random_seed(struct tr_random *random, uint64_t seed)
{
	random->state = seed;
}

uint64_t
tr_random_next(struct tr_random *random)
{
	random->state += STEP;
	return tr_random_scramble(random->state);
}

uint64_t
tr_random_mix(uint64_t a, uint64_t b)
{
	return tr_random_scramble(tr_random_scramble(a + STEP) ^ b);
}

/*
 * Multiply and shift, drawing again where the low half shows that a value
 * would come up once too often (Lemire: "Fast random integer generation in
 * an interval", 2019).
 */
uint32_t
tr_random_below(struct tr_random *random, uint32_t bound)
{
	const uint32_t surplus = (uint32_t)-bound % bound;
	uint64_t product;

	do
		product = (tr_random_next(random) >> 32) * bound;
	while ((uint32_t)product < surplus);
	return (uint32_t)(product >> 32);
}
