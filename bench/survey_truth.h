/*
 * What survey_model.h says, in the addresses of a survey's results.
 */
#ifndef SURVEY_TRUTH_H
#define SURVEY_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "survey_model.h"

/* A probe, but for its TTL. */
struct survey_flow {
	struct tr_address target;
	uint8_t	 protocol;	/* IP's number, by the family */
	uint32_t label;		/* IPv6: the flow label */
	uint32_t first;		/* the transport's first four bytes */
};

/* An answer, as a result can have it. */
struct survey_truth {
	enum survey_kind kind;
	struct tr_address responder;	/* none: nobody answers */
	uint8_t	 hop;		/* who answers, or would, is so far away */
	uint32_t router;	/* SURVEY_EXCEEDED: its number, and bit 23 */
				/* where it is one of IPv6; else 0 */
	uint8_t	 ttl;		/* of the answer */
	uint8_t	 quoted_ttl;	/* 0: nothing is quoted */
	uint8_t	 protocol;	/* of the answer */
	uint8_t	 type, code;	/* of ICMP; or 0 */
	uint32_t delay;		/* of --delay, us */
};

/* Is it a target of the network? */
bool survey_truth_has(const struct tr_address *target);

/* How far away a target of the network is. */
uint8_t survey_truth_length(const struct tr_address *target);

/* What comes back for the TTL; the target is one of the network. */
void survey_truth_of(const struct survey_flow *flow, uint8_t ttl,
    const struct survey_faults *faults, struct survey_truth *truth);

#endif
