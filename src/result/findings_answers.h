/*
 * How often each hop answered, for the two parts of findings_answers.c.
 */
#ifndef TR_RESULT_FINDINGS_ANSWERS_H
#define TR_RESULT_FINDINGS_ANSWERS_H

#include "base/chance.h"
#include "result/findings_part.h"

/* One hop, as it is counted. */
struct tr_share {
	uint8_t	 ttl;
	struct tr_count count;	/* answered, of those sent */
	bool	 quiet;		/* it answers less than it gets, as far as is */
				/* known: it tells nothing of loss */
};

/* The hops up to the last that answered, in order. */
struct tr_shares {
	struct tr_share items[256];
	unsigned count;
};

/* Of the hops from one index to before another, but for quiet ones. */
struct tr_count tr_shares_sum(const struct tr_shares *shares, unsigned from,
    unsigned to);

/* 0 to 1; 0 of nothing. */
double tr_count_rate(struct tr_count count);

/* "50%", and as many digits as it takes not to say 0% or 100% of others. */
#define TR_PERCENT_TEXT_MAX 16
const char *tr_count_percent(struct tr_count count,
    char text[TR_PERCENT_TEXT_MAX]);

/* Where packets are really lost. */
void tr_findings_of_loss(const struct tr_path_view *view,
    const struct tr_shares *shares, struct tr_findings *findings);

#endif
