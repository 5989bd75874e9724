/*
 * A survey in real time: what it wants sent is sent, at a rate, and what comes
 * in is handed to it.
 *
 * One thread does it all; each of its turns takes the frames that are there,
 * gives up what was awaited long enough, asks its owner, and sends a batch if
 * one is due.  (To take a frame, decode it and find its probe costs a fourth of
 * what sending a probe does, so that another thread would hardly save time, and
 * would have to be waited for.)  It sleeps by ppoll(2) until the next of these:
 * a loop that has two descriptors, and turns some thousand times a second, needs
 * no more.
 */
#ifndef TR_IO_SURVEY_RUN_H
#define TR_IO_SURVEY_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/capture.h"
#include "io/pace.h"
#include "io/sender.h"
#include "io/stamps.h"
#include "strategy/survey.h"

#define TR_SURVEY_CAPTURES	2	/* one for each family's device */

enum tr_survey_wish {
	TR_SURVEY_GO,
	TR_SURVEY_PAUSE,	/* send nothing for now */
	TR_SURVEY_WIND_UP,	/* nothing more at all; what is under way may */
				/* be answered until its time is over */
	TR_SURVEY_QUIT,		/* at once */
};

/*
 * The owner is asked once in a turn, each 100 ms at least, at now (monotonic).
 * What has to be waited for must be waited for by TR_SURVEY_PAUSE, so that
 * frames are taken meanwhile.
 */
typedef enum tr_survey_wish tr_survey_turn(void *context, int64_t now);

/* Filled by its owner, before tr_survey_run(): all are borrowed. */
struct tr_survey_run {
	struct tr_survey *survey;
	struct tr_sender *sender;	/* opened with tr_survey_run_sink() */
	struct tr_capture *captures[TR_SURVEY_CAPTURES];
	size_t	 capture_count;
	uint64_t rate;			/* as in io/pace.h */
	int64_t	 timeout;		/* the survey's */
	tr_survey_turn *turn;
	void	*context;

	/* The rest is survey_run.c's, to be read by who may know. */
	struct tr_pace pace;
	struct tr_stamps stamps;
	int64_t	 now;
	int64_t	 tended;		/* when the sender was, last */
	int64_t	 winding_up;		/* since then, or TR_TIME_NONE */
	int64_t	 down;			/* the device is, since then */
	uint64_t frames;		/* that were taken */
	uint64_t unreadable;		/* of these: not decoded */
	struct tr_capture_counts captured;	/* of all captures */
	/* What does not work of late and may work again; code TR_OK: none. */
	struct tr_error trouble;
};

/* A device that is down may come up again for so long. */
#define TR_SURVEY_DOWN_MAX	INT64_C(60000000000)	/* ns */

/* For tr_sender_open(), whose sender is run's. */
struct tr_sender_sink tr_survey_run_sink(struct tr_survey_run *run);

/*
 * Run until all is done, or its owner wishes it to end; then what is still in
 * flight is flushed (tr_survey_flush()).  Returns TR_OK; TR_ERANGE for a rate
 * out of range; TR_ESYSTEM, with a text, when a device is gone or stays down:
 * it is flushed then, too.
 */
int tr_survey_run(struct tr_survey_run *run, struct tr_error *error);

#endif
