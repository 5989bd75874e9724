#include <math.h>
#include <string.h>

#include "strategy/stopping.h"

/* The chain for a balancer with so many ways, after some flows. */
struct chain {
	unsigned ways;
	uint32_t flows;
	double	 stopped;	/* chance that it has stopped too early */
	double	 seen[TR_STOPPING_WAYS_MAX + 2];	/* j, not stopped */
};

static void
chain_begin(struct chain *chain, unsigned ways)
{
	memset(chain, 0, sizeof(*chain));
	chain->ways = ways;
	chain->flows = 1;
	chain->seen[1] = 1;
}

/* One more flow; those that stop with it are taken out. */
static void
chain_step(struct chain *chain, const struct tr_stopping *stopping)
{
	const double share = 1.0 / chain->ways;

	chain->flows++;
	for (unsigned j = chain->ways; j > 0; j--)
		chain->seen[j] = chain->seen[j] * j * share +
		    chain->seen[j - 1] * (chain->ways - j + 1) * share;
	for (unsigned j = 1; j < chain->ways && j <= stopping->ways; j++)
		if (stopping->flows[j] == chain->flows) {
			chain->stopped += chain->seen[j];
			chain->seen[j] = 0;
		}
}

void
tr_stopping_begin(struct tr_stopping *stopping, double epsilon)
{
	stopping->epsilon = epsilon;
	stopping->ways = 0;
	stopping->flows[0] = 0;
}

/*
 * The next number of the table: n(ways) for one way more than it has.  With
 * n(0) to n(ways - 1) known, a balancer of ways + 1 ways can still stop too
 * early with all but one seen, and that is made unlikely enough.
 */
static void
grow(struct tr_stopping *stopping)
{
	const unsigned all_but_one = stopping->ways + 1;
	struct chain chain;

	chain_begin(&chain, all_but_one + 1);
	while (chain.flows <= stopping->flows[stopping->ways] ||
	    chain.stopped + chain.seen[all_but_one] > stopping->epsilon)
		chain_step(&chain, stopping);
	stopping->flows[all_but_one] = chain.flows;
	stopping->ways = all_but_one;
}

uint32_t
tr_stopping_flows(struct tr_stopping *stopping, unsigned ways)
{
	if (ways < 1)
		ways = 1;
	if (ways > TR_STOPPING_WAYS_MAX)
		ways = TR_STOPPING_WAYS_MAX;
	while (stopping->ways < ways)
		grow(stopping);
	return stopping->flows[ways];
}

double
tr_stopping_failure(struct tr_stopping *stopping, unsigned ways)
{
	struct chain chain;
	uint32_t last;

	if (ways < 2)
		return 0;
	if (ways > TR_STOPPING_WAYS_MAX)
		ways = TR_STOPPING_WAYS_MAX;
	last = tr_stopping_flows(stopping, ways - 1);
	chain_begin(&chain, ways);
	while (chain.flows < last)
		chain_step(&chain, stopping);
	return chain.stopped;
}

double
tr_stopping_share(double alpha, unsigned balancers)
{
	/* 1 - (1 - alpha)^(1/n), without losing what is small. */
	return -expm1(log1p(-alpha) / (balancers < 1 ? 1 : balancers));
}

uint32_t
tr_stopping_alike_flows(unsigned ways, double epsilon)
{
	uint32_t flows = 1;
	double chance = 1;

	if (ways < 2)
		ways = 2;
	while (chance > epsilon) {
		chance /= ways;
		flows++;
	}
	return flows;
}
