/*
 * A survey in real time: what it wants sent is sent, at a rate, and what comes
 * in is handed to it.
 *
 * One thread does it all; each of its turns takes the frames that are there,
 * gives up what was awaited long enough, asks its owner, and sends a batch if
 * one is due.  (To take a frame, decode it and find its probe costs a fourth of
 * what sending a probe does, so that another thread would hardly save time, and
 * would have to be waited for.)  It sleeps by ppoll(2) until the next of these:
 * a loop that has two descriptors, and turns some thousand times a second,
 * needs no more.
 *
 * Silence must be that of the network, not of this host.  So while there is no
 * way out, nothing is sent, and nothing that is awaited is given up; when there
 * is one again, what was under way is sent anew (tr_survey_retry()).  That is
 * so when a device is down or has no carrier, and when the next hop is gone,
 * which is asked where answers cease.  It is noticed within a timeout, unless
 * that is less than 0.5 s.  Where the system refuses to send, for want of a
 * route or by a filter, what was under way may be answered all the same: it is
 * only waited for, and one probe is tried each second.
 *
 * There is one queue for both families, so that what is in the way of one stops
 * the other too.
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
#define TR_SURVEY_DEVICES	2	/* likewise */
#define TR_SURVEY_COPIES	1024	/* a power of two */

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

/* A device that probes leave by, or answers come in by. */
struct tr_survey_device {
	uint32_t index;		/* no two the same */
	bool	 needed;	/* nothing is sent unless it works */
	bool	 counted;	/* what it drops is not counted by a capture */

	/* survey_run.c's: how many, before the run and last. */
	uint64_t dropped_before;
	uint64_t dropped;
};

/* Filled by its owner, before tr_survey_run(): all are borrowed. */
struct tr_survey_run {
	struct tr_survey *survey;
	struct tr_sender *sender;	/* opened with tr_survey_run_sink() */
	struct tr_capture *captures[TR_SURVEY_CAPTURES];
	size_t	 capture_count;
	struct tr_survey_device devices[TR_SURVEY_DEVICES];
	size_t	 device_count;
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
	int64_t	 offset;		/* of the wall clock, at the start */
	int64_t	 down;			/* there is no way out, since then, */
					/* or TR_TIME_NONE */
	bool	 cut_off;		/* down: by the device or next hop */
	bool	 unsent;		/* down: the sender said so */
	bool	 refused;		/* unsent: one is tried each second */
	bool	 lost;			/* down: so is what was under way */
	int64_t	 tried;			/* unsent: the last time */
	uint64_t answers;
	int64_t	 heard;			/* the last answer; or the begin, or */
					/* when there was a way out again */
	bool	 newly_heard;		/* since the sender was tended */
	uint64_t sent_then;		/* probes, at that time, and targets */
	uint64_t begun_then;		/* that were begun */
	bool	 silent;		/* no answers at all: see unanswered */
	int64_t	 unanswered_before;	/* this silence */
	uint64_t copies_seen[TR_SURVEY_COPIES];	/* hashes of frames */
	uint64_t frames;		/* that were taken */
	uint64_t unreadable;		/* of these: not decoded */
	uint64_t copies;		/* of these: the same once more, by */
					/* another device (bridge, macvlan) */
	/*
	 * For so long, in all, no answer came (ns), where there were answers
	 * before, many probes were sent and new targets begun: whether the
	 * network or this host was silent is not known.
	 */
	int64_t	 unanswered;
	struct tr_capture_counts captured;	/* and of devices */
	/* What does not work of late and may work again; code TR_OK: none. */
	struct tr_error trouble;
};

/* There may be a way out again for so long. */
#define TR_SURVEY_DOWN_MAX	INT64_C(60000000000)	/* ns */

/* For tr_sender_open(), whose sender is run's. */
struct tr_sender_sink tr_survey_run_sink(struct tr_survey_run *run);

/*
 * Run until all is done, or its owner wishes it to end; then what is still in
 * flight is flushed (tr_survey_flush()).  Returns TR_OK; TR_ERANGE for a rate
 * out of range; TR_ESYSTEM, with a text, when a device is gone, or there is no
 * way out for longer than TR_SURVEY_DOWN_MAX: it is flushed then, too.
 */
int tr_survey_run(struct tr_survey_run *run, struct tr_error *error);

#endif
