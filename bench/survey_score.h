/*
 * The results of a survey over bench/survey-rig, held against the truth.
 *
 * A target has flows: what shares protocol, flow label and the first bytes of
 * the transport.  What was probed of it is not known; it is taken that all TTLs
 * from the first to its own, or the last, were.
 */
#ifndef SURVEY_SCORE_H
#define SURVEY_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey_truth.h"

struct survey_asked {
	struct survey_faults faults;
	bool	 delay;			/* times are looked at */
	uint8_t	 first_ttl, max_ttl;	/* 1 .. 64 */
};

/* What is said of a reply; -1 for what is not. */
struct survey_reply {
	struct survey_flow flow;
	uint8_t	 ttl;			/* of the probe */
	struct tr_address responder;
	int	 protocol, type, code;	/* type, code: of ICMP alone */
	int	 reply_ttl, quoted_ttl;
	int64_t	 rtt;			/* us */
	bool	 late, duplicate;
};

/* What is wrong with a reply; each is wrong by one of them at the most. */
enum survey_wrong {
	SURVEY_NO_TARGET,	/* the target is none of the network's */
	SURVEY_NOBODY,		/* nobody would have answered */
	SURVEY_ANOTHER,		/* somebody else answers there */
	SURVEY_FIELDS,		/* TTLs, or what kind of answer it is */
	SURVEY_EARLY,		/* with delay: it came before it could */
	SURVEY_WRONGS,
};

struct survey_score {
	uint64_t targets;	/* of which anything was said */
	uint64_t listed;	/* in the list, each once */
	uint64_t absent;	/* of these: nothing was said */
	uint64_t unlisted;	/* not in the list, if there is one */
	uint64_t doubled;	/* two records, or two replies to a TTL of */
				/* which none is late or a duplicate */
	uint64_t replies;
	uint64_t right;
	uint64_t wrong[SURVEY_WRONGS];
	uint64_t late, duplicates;	/* of the replies */
	uint64_t answering;	/* hops of the flows, where somebody answers */
	uint64_t missing;	/* of these: no right reply was seen */
	uint64_t routers, routers_found;	/* of all flows seen */
	uint64_t links, links_found;	/* between routers that answer */
};

struct survey_scorer;

/* NULL without memory.  asked is copied.  Free with survey_scorer_free(). */
struct survey_scorer *survey_scorer_new(const struct survey_asked *asked);
void survey_scorer_free(struct survey_scorer *scorer);

/* From now on, other TTLs than were asked for at first. */
void survey_score_ttls(struct survey_scorer *scorer, uint8_t first,
    uint8_t last);

/* All these return 0, or -1 without memory. */

/* It was to be traced. */
int survey_score_listed(struct survey_scorer *scorer,
    const struct tr_address *target);

/* A reply.  Returns 1 if it is wrong: why is in *wrong then. */
int survey_score_reply(struct survey_scorer *scorer,
    const struct survey_reply *reply, enum survey_wrong *wrong);

/*
 * A record of a target; its replies come by themselves.  joined: the TTL before
 * which nothing was probed; or 0.
 */
int survey_score_record(struct survey_scorer *scorer,
    const struct survey_flow *flow, uint8_t joined);

/* What came of it all; once. */
int survey_score_sum(struct survey_scorer *scorer,
    struct survey_score *score);

#endif
