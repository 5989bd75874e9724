#include <math.h>

#include "base/chance.h"

static double
log_choose(uint32_t n, uint32_t k)
{
	return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);
}

double
tr_chance_of_fewer(struct tr_count first, struct tr_count second)
{
	const uint32_t of = first.of + second.of;
	const uint32_t hits = first.hits + second.hits;
	/* The first cannot have fewer than what the second has no room for. */
	const uint32_t least = hits > second.of ? hits - second.of : 0;
	double sum = 0;

	if (first.of == 0 || second.of == 0)
		return 1;
	for (uint32_t k = least; k <= first.hits; k++)
		sum += exp(log_choose(first.of, k) +
		    log_choose(second.of, hits - k) - log_choose(of, hits));
	return sum < 1 ? sum : 1;
}

double
tr_log_likelihood(struct tr_count count, double chance)
{
	const uint32_t misses = count.of - count.hits;

	return (count.hits > 0 ? count.hits * log(chance) : 0) +
	    (misses > 0 ? misses * log(1 - chance) : 0);
}
