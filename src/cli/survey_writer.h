/*
 * What a survey finds, on its way out: records and replies go through a spool
 * (io/spool.h) to lines or rows (output/survey.h); and, where the output is a
 * folder, a state file (io/survey_state.h) is written behind it.
 */
#ifndef TR_CLI_SURVEY_WRITER_H
#define TR_CLI_SURVEY_WRITER_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/places.h"
#include "cli/options.h"
#include "cli/survey_names.h"
#include "io/spool.h"
#include "io/survey_state.h"
#include "output/survey.h"
#include "strategy/survey.h"

#define TR_WRITER_PATH_MAX	4096


struct tr_survey_writer {
	const struct tr_options *options;	/* borrowed */
	const struct tr_survey_about *about;	/* borrowed */
	bool	 keeps_state;
	bool	 resumed;		/* there was a state to go on from */
	struct tr_survey_state state;	/* once it is open, its thread's */
	struct tr_places before;	/* done in earlier runs */
	char	 state_path[TR_WRITER_PATH_MAX];
	char	 header[TR_SURVEY_JSON_MAX(0)];
	struct tr_spool *spool;
	/* From the second one on nothing is waited for; borrowed. */
	const volatile sig_atomic_t *interrupts;
	uint64_t formed;		/* records; its thread's */
	_Atomic uint64_t safe;		/* records that are committed */
	uint64_t told;			/* of these */
	/* The same of targets that were done, which none is that was cut */
	/* short: that were given, of which text was made, and committed. */
	uint64_t given_done;
	uint64_t formed_done;
	_Atomic uint64_t safe_done;
};

/*
 * With --output: which survey it is, and, with --resume, how far it is.  Loads
 * the state, if there is one, and takes the seed and the names from it.
 * Returns TR_OK; or what tr_survey_state_load() does, with a text.
 */
int tr_survey_writer_load(struct tr_survey_writer *writer,
    const struct tr_options *options, struct tr_survey_names *names,
    uint64_t *seed, struct tr_error *error);

/*
 * The targets are known: is the state that was loaded of these, and of these
 * options?  Returns TR_OK, or TR_ERANGE or TR_ENOMEM with a text.
 */
int tr_survey_writer_match(struct tr_survey_writer *writer,
    const struct tr_targets *targets, const struct tr_survey_names *names,
    uint64_t seed, struct tr_error *error);

/*
 * What is drawn of the flow, which must be the same in all runs: take it from
 * the state that was loaded (false where there is none), and put it there.
 */
struct tr_survey_flow {
	uint16_t source_port;	/* 0: to be found */
	uint16_t icmp_id;
	uint16_t icmp_checksum;
};

bool tr_survey_writer_has_flow(const struct tr_survey_writer *writer,
    struct tr_survey_flow *flow);
void tr_survey_writer_set_flow(struct tr_survey_writer *writer,
    const struct tr_survey_flow *flow);

/* For tr_survey_new(): what was done in earlier runs; context: the writer. */
bool tr_survey_writer_skips(void *context, uint64_t place);

/*
 * Open the output, and begin to write; about and interrupts are borrowed from
 * now on.  Returns what tr_spool_open() does.
 */
int tr_survey_writer_open(struct tr_survey_writer *writer,
    const struct tr_survey_about *about,
    const volatile sig_atomic_t *interrupts, struct tr_error *error);

/* Bytes that it takes at the most, for records of a survey like this. */
size_t tr_survey_writer_memory(const struct tr_survey_config *config);

/* For the survey's sink; context: the writer.  They wait where it is full. */
void tr_survey_writer_done(void *context,
    const struct tr_survey_record *record);
void tr_survey_writer_reply(void *context,
    const struct tr_survey_reply *reply);

/* Is there room for what may come, if it is sent on? */
bool tr_survey_writer_has_room(struct tr_survey_writer *writer);

/* Records that became safe since it was asked last. */
uint64_t tr_survey_writer_newly_safe(struct tr_survey_writer *writer);

/* The last line. */
void tr_survey_writer_end(struct tr_survey_writer *writer,
    const struct tr_survey_outcome *outcome);

/*
 * Wait until all is written, until the second interrupt and half a second more,
 * and close it; waiting() is called each 200 ms.  Returns TR_OK, or why not all
 * is written, with a text.
 */
int tr_survey_writer_close(struct tr_survey_writer *writer,
    void (*waiting)(void *context), void *context, struct tr_error *error);

/*
 * Once it is closed: targets that were done in this run and are not in the
 * output; of a descriptor, those of which it is not known.
 */
uint64_t tr_survey_writer_unwritten(const struct tr_survey_writer *writer);

#endif
