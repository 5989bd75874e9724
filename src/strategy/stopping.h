/*
 * When a balancer's ways count as found: the stopping rule of the multipath
 * detection algorithm (Veitch, Augustin, Teixeira, Friedman, "Failure control
 * in multipath route tracing", INFOCOM 2009).
 *
 * Of a balancer with k equal ways, flows are sent until j ways were seen and
 * n(j) flows were answered.  n(k - 1) is the least number with which the
 * chance of ever stopping too early,
 *
 *	f(k) = sum over j < k of P(j ways seen at flow n(j), not stopped before)
 *
 * is at most epsilon; each flow finds another way with chance (k - j) / k.
 * The sum is that of the exact Markov chain over (flows, ways seen), not of
 * the closed form that bounds it.
 *
 * Floating point is that of IEEE 754 doubles; the numbers do not depend on
 * rounding by more than the last bits of f.
 */
#ifndef TR_STRATEGY_STOPPING_H
#define TR_STRATEGY_STOPPING_H

#include <stdint.h>

/* Ways of one balancer that the rule can tell; more are not looked for. */
#define TR_STOPPING_WAYS_MAX 512

struct tr_stopping {
	double	 epsilon;
	unsigned ways;		/* flows[1] to flows[ways] are there */
	uint32_t flows[TR_STOPPING_WAYS_MAX + 1];	/* n(j) */
};

/* Begin a table; epsilon is more than 0 and less than 1. */
void tr_stopping_begin(struct tr_stopping *stopping, double epsilon);

/*
 * n(ways), 1..TR_STOPPING_WAYS_MAX: how many flows must have been answered
 * when so many ways were seen; 0 counts as 1.  The table grows as far as it
 * is asked, in time that grows with the cube of ways.
 */
uint32_t tr_stopping_flows(struct tr_stopping *stopping, unsigned ways);

/*
 * f(ways): the chance that the rule misses some of so many equal ways; 0 for
 * less than two.
 */
double tr_stopping_failure(struct tr_stopping *stopping, unsigned ways);

/*
 * How small epsilon must be for each of a number of balancers so that all of
 * them together are missed with a chance of alpha at most:
 * 1 - (1 - alpha)^(1/balancers).
 */
double tr_stopping_share(double alpha, unsigned balancers);

/*
 * How many flows of a balancer with so many equal ways would all take the same
 * one with a chance of at most epsilon: ways^-(flows - 1).  1 counts as 2.
 */
uint32_t tr_stopping_alike_flows(unsigned ways, double epsilon);

#endif
