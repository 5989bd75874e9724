/*
 * How long answers of name servers are awaited: a line of output for so long
 * after it could else be shown, the end of a run likewise, and nothing at all
 * where the name servers have not answered anything for so long.  So a trace
 * takes that much longer at most, and mostly no longer than without names.
 *
 * Times are ns of any clock that does not go back.  A value type.
 */
#ifndef TR_ENRICH_PATIENCE_H
#define TR_ENRICH_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct tr_patience {
	int64_t	wait;		/* at most, 0 or more */
	int64_t	first_asked;	/* TR_TIME_NONE: nothing was */
	bool	answered;	/* something was, if only with a refusal */
	int64_t	waited;		/* at the ends of runs, in all */
	int64_t	end_began;	/* TR_TIME_NONE: no end is being waited at */
};

void tr_patience_init(struct tr_patience *patience, int64_t wait);
void tr_patience_asked(struct tr_patience *patience, int64_t now);
void tr_patience_answered(struct tr_patience *patience);

/*
 * When to stop waiting for the names of a line that is final since then;
 * it may have passed.
 */
int64_t tr_patience_line(const struct tr_patience *patience, int64_t since);

/*
 * A run has ended, and names are wanting: when to stop waiting.  Several runs
 * share the time.  tr_patience_resume() when the next one begins.
 */
int64_t tr_patience_end(struct tr_patience *patience, int64_t now);
void tr_patience_resume(struct tr_patience *patience, int64_t now);

#endif
