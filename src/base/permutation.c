#include "base/permutation.h"
#include "base/random.h"

#define ROUNDS	TR_PERMUTATION_ROUNDS

void
tr_permutation_init(struct tr_permutation *permutation, uint64_t count,
    uint64_t seed)
{
	struct tr_random random;

	permutation->count = count;
	permutation->bits = 1;
	while (permutation->bits < 32 &&
	    (count - 1) >> (2 * permutation->bits) != 0)
		permutation->bits++;
	permutation->mask = UINT32_MAX >> (32 - permutation->bits);
	tr_random_seed(&random, seed);
	for (int i = 0; i < ROUNDS; i++)
		permutation->keys[i] = tr_random_next(&random);
}

/* The high bits, since a multiplication mixes these best. */
static uint32_t
mix(const struct tr_permutation *permutation, int round, uint32_t half)
{
	return (uint32_t)(tr_random_scramble(permutation->keys[round] + half)
	    >> 32) & permutation->mask;
}

static uint64_t
forward(const struct tr_permutation *permutation, uint64_t number)
{
	uint32_t left = (uint32_t)(number >> permutation->bits);
	uint32_t right = (uint32_t)number & permutation->mask;

	for (int i = 0; i < ROUNDS; i++) {
		const uint32_t mixed = left ^ mix(permutation, i, right);

		left = right;
		right = mixed;
	}
	return (uint64_t)left << permutation->bits | right;
}

uint64_t
tr_permutation_at(const struct tr_permutation *permutation, uint64_t place)
{
	do
		place = forward(permutation, place);
	while (place >= permutation->count);
	return place;
}
