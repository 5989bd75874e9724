/*
 * A process that looks things up for this one, and can do nothing else: it has
 * no capability and none of this process's devices.  What it reads, answers of
 * name servers or files, comes from others; if it fails over that, or hangs,
 * the trace goes on.  There are two kinds, so that names do not wait for a
 * table of a million prefixes that is being read.
 *
 * Start one before any privilege is raised and any device is open.
 */
#ifndef TR_ENRICH_LOOKUP_PROCESS_H
#define TR_ENRICH_LOOKUP_PROCESS_H

#include <stdbool.h>

#include "base/error.h"
#include "enrich/sources.h"
#include "result/annotations.h"

/* Parts: TR_PART_*.  The holder comes with the origin or after it, unasked. */
struct tr_lookup_question {
	struct tr_address address;
	unsigned parts;
};

struct tr_lookup_answer {
	unsigned parts;		/* of annotation, that are filled */
	unsigned heard;		/* not 0: those who are asked have answered */
				/* by now, if not to this question */
	struct tr_annotation annotation;
};

struct tr_lookup_process;

/* Names, with a check if verify, and origins by Team Cymru, by the network. */
struct tr_lookup_process *tr_lookup_process_names(bool verify,
    struct tr_error *error);

/*
 * From files, those of descriptors too (/dev/fd/3); while they are read, root
 * reads any.  What config points to is needed until this returns only.
 */
struct tr_lookup_process *tr_lookup_process_files(
    const struct tr_sources_config *config, struct tr_error *error);

/* Ends the process at once.  NULL is allowed. */
void tr_lookup_process_stop(struct tr_lookup_process *process);

/* Readable when there is an answer, or when the process is gone. */
int tr_lookup_process_descriptor(const struct tr_lookup_process *process);

/*
 * Hand a question over; never waits.  Returns 1; 0 when the process has to
 * read some first; TR_ESYSTEM when it is gone.
 */
int tr_lookup_process_ask(struct tr_lookup_process *process,
    const struct tr_lookup_question *question);

/*
 * Take the next answer; never waits.  It is checked: the texts are safe, the
 * numbers in range.  Returns 1; 0 when there is none at present;
 * TR_LOOKUP_REMARK when there is something to tell the user instead, in
 * error->text (lines of a file that are not understood); TR_ESYSTEM when the
 * process is gone, with a text where error->code is not TR_OK (a file that
 * cannot be read).
 */
#define TR_LOOKUP_REMARK	2

int tr_lookup_process_next(struct tr_lookup_process *process,
    struct tr_lookup_answer *answer, struct tr_error *error);

#endif
