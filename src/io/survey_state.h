/*
 * How far a survey is, in a file, so that another run can go on with it.
 *
 * It is written anew at each commit of the output (io/spool.h), and small: the
 * places that are done are a mark and a bitmap of those above it.  The output
 * is written first, and the state after it; a run that goes on cuts the output
 * to where the state says that it ends.  So nothing is in it twice, whenever
 * the survey was killed, and only targets that were not committed are traced
 * again.  Names, of which there may be a million, do not change: they stand in
 * a file of their own, which is written once, before the state that needs it.
 *
 * The state is text; numbers are decimal, but for those of 16 hexadecimal
 * digits (H), and texts have %XX for control characters and for % itself:
 *
 *	trueroute-survey 1		its version
 *	seed H
 *	targets H COUNT			their digest, and how many
 *	options H TEXT			their digest, and what they were
 *	names H COUNT			FNV-1a of them, a byte 0 behind each;
 *					without any, 0 and 0
 *	output OFFSET TEXT FILE		as in struct tr_outlet_place
 *	numbers COUNT N N N ...		the caller's
 *	done BASE H H H ...		all places below BASE are; of the next
 *					64, those of which the bit is set in
 *					the first H, the lowest first; ...
 *	check H				of all before this line: FNV-1a of 64
 *					bits (draft-eastlake-fnv)
 *
 * The file of names is called as the state, with ".names" behind it:
 *
 *	trueroute-survey-names 1
 *	TEXT				one a line
 *	check H				the same
 */
#ifndef TR_IO_SURVEY_STATE_H
#define TR_IO_SURVEY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/places.h"
#include "io/outlet.h"

#define TR_SURVEY_OPTIONS_MAX	2048	/* bytes of their text, terminated */
#define TR_SURVEY_NUMBERS_MAX	64
#define TR_SURVEY_NAME_MAX	1024	/* bytes of one, terminated */

/* All zero is one of nothing.  Free what is in it with ..._clear(). */
struct tr_survey_state {
	/* Which survey it is. */
	uint64_t seed;
	uint64_t targets;	/* tr_targets_digest() */
	uint64_t target_count;
	uint64_t options;	/* a digest of those that must stay the same */
	char	 options_text[TR_SURVEY_OPTIONS_MAX];	/* for people */

	/* How far it is. */
	struct tr_outlet_place output;
	uint64_t numbers[TR_SURVEY_NUMBERS_MAX];	/* the caller's */
	uint32_t number_count;
	struct tr_places done;

	/* Those that were resolved, see below. */
	struct tr_buffer names;	/* each terminated */
	uint64_t name_count;
	uint64_t names_check;
	bool	 names_saved;
};

void tr_survey_state_clear(struct tr_survey_state *state);

/*
 * Put in what a name was resolved to, in any words: "www.example.com
 * 192.0.2.1".  Returns TR_OK; TR_ERANGE for "" and for one that is too long;
 * TR_ENOMEM.
 */
int tr_survey_state_add_name(struct tr_survey_state *state,
    const char *name);

/* The name behind this one, or the first, behind NULL; NULL at the end. */
const char *tr_survey_state_next_name(const struct tr_survey_state *state,
    const char *before);

/*
 * Write it to its file, and before the first time the names to theirs.  The
 * old file, or the new one, is there at any moment; with synced, it survives
 * a loss of power.  Returns TR_OK; TR_ESYSTEM or TR_ENOMEM, with a text.
 */
int tr_survey_state_save(struct tr_survey_state *state, const char *path,
    bool synced, struct tr_error *error);

/*
 * Read it, and the names, into a state that is all zero.  Returns TR_OK;
 * TR_ENOTFOUND for no file; TR_EFORMAT for another kind of file, or a damaged
 * one; TR_EUNSUPPORTED for another version; TR_ERANGE for one that is far too
 * large; TR_ESYSTEM, TR_ENOMEM; with a text.  The state is all zero then.
 */
int tr_survey_state_load(struct tr_survey_state *state, const char *path,
    struct tr_error *error);

/*
 * Is what was loaded of this survey: seed, options and targets?  TR_OK, or
 * TR_ERANGE with a text that says what is not the same.
 */
int tr_survey_state_match(const struct tr_survey_state *loaded,
    const struct tr_survey_state *survey, const char *path,
    struct tr_error *error);

/* --- the texts of the two files ----------------------------------------- */

void tr_survey_state_write(const struct tr_survey_state *state,
    struct tr_buffer *text);
void tr_survey_state_write_names(const struct tr_survey_state *state,
    struct tr_buffer *text);

/*
 * The same errors as in loading, but for the system's; path is for messages.
 * How many names there are, and their checksum, is in the state then, without
 * the names; they are read behind it, and must be these.
 */
int tr_survey_state_read(struct tr_survey_state *state, const char *text,
    size_t size, const char *path, struct tr_error *error);
int tr_survey_state_read_names(struct tr_survey_state *state,
    const char *text, size_t size, const char *path, struct tr_error *error);

#endif
