/*
 * How far a survey is: a line on a terminal, once a second; one line wherever
 * standard error goes, for SIGUSR1 (SIGINFO, where there is one), and where a
 * full disk is waited for, unless there is a terminal; and a file that is
 * written anew each second.
 *
 * The thread that probes does all of it.  What standard error does not take at
 * once is left out, or said later, so that a terminal that is held does not
 * hold up the survey.  The status file may do so, as long as its disk takes for
 * some 300 bytes: put it where that is short.
 */
#ifndef TR_CLI_SURVEY_PROGRESS_H
#define TR_CLI_SURVEY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define TR_PROGRESS_NOTE_MAX	160

/* How it stands. */
struct tr_progress_state {
	uint64_t targets;	/* in all */
	uint64_t done;		/* before this run, and in it */
	uint32_t in_flight;
	uint64_t probes;	/* in this run */
	uint64_t replies;
	uint64_t dropped;	/* by the capture */
	uint64_t retried;	/* a queue was full */
	unsigned queue;		/* how full the writer's is, per cent */
	const char *note;	/* what is waited for; "" */
};

/* Own it, all zero but for what is set by tr_progress_start(). */
struct tr_progress {
	bool	 terminal;	/* standard error is one */
	const char *path;	/* of the status file; NULL; borrowed */
	int64_t	 started;
	int64_t	 shown;		/* when it was told last */
	int64_t	 measured;	/* when the two rates were */
	struct tr_progress_state last;	/* what it was then */
	uint64_t done_before;	/* this run */
	double	 probe_rate;	/* a second, since the time before */
	double	 reply_rate;
	char	 note[TR_PROGRESS_NOTE_MAX];	/* that was said last */
	bool	 line;		/* the terminal shows one */
	bool	 asked;		/* for a line, which is not said yet */
};

/*
 * quiet: no line on the terminal.  The status file is written at once; returns
 * what tr_whole_file_replace() does.
 */
int tr_progress_start(struct tr_progress *progress, bool quiet,
    const char *path, const struct tr_progress_state *state, int64_t now,
    struct tr_error *error);

/* Call it often: it does what is due.  asked: SIGUSR1 came. */
void tr_progress_tell(struct tr_progress *progress,
    const struct tr_progress_state *state, int64_t now, bool asked);

/*
 * One line on standard error, behind the program's name.  False when that takes
 * nothing now: say it again later.
 */
bool tr_progress_say(struct tr_progress *progress, const char *text);

/* Take the line off the terminal, for other words. */
void tr_progress_hide(struct tr_progress *progress);

/* It is over: the status file says how. */
void tr_progress_end(struct tr_progress *progress,
    const struct tr_progress_state *state, int64_t now, const char *how);

#endif
