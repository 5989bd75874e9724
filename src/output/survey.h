/*
 * What a survey writes: lines of JSON (doc/json.md, "Surveys"), or rows of
 * CSV, one for each reply (doc/rows.md).
 *
 * Each function appends one line to a caller's buffer, its end included and no
 * terminator, and returns its size; TR_ENOMEM where the line does not fit, and
 * the buffer then holds what is of no use.  Nothing is allocated, and neither
 * jansson nor printf is asked: there may be a hundred thousand lines a second,
 * and all that goes into them are numbers, addresses and words of our own, of
 * which none needs to be escaped.
 *
 * Times are of the survey's clock (strategy/survey.h).
 */
#ifndef TR_OUTPUT_SURVEY_H
#define TR_OUTPUT_SURVEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "io/sender.h"
#include "result/path.h"
#include "strategy/survey.h"

/* What all lines of a survey share. */
struct tr_survey_about {
	const struct tr_survey_config *config;	/* borrowed */
	uint64_t seed;		/* of the targets' order, .. INT64_MAX */
	uint16_t icmp_checksum;	/* of echo requests */
	uint32_t flow_label;	/* of IPv6 */
	uint8_t	 tos;
	struct tr_address source4;	/* of the probes; or none */
	struct tr_address source6;
	uint64_t rate;		/* as that of io/pace.h: probes in 1,000 s */
	uint64_t targets;	/* how many there are; .. INT64_MAX */
	int64_t	 start;		/* when it began */
	int64_t	 offset;	/* of the wall clock to the survey's, ns: the */
				/* sum counts from 1970-01-01 UTC */
};

/* What is known at the end. */
struct tr_survey_outcome {
	int64_t	 ended;
	struct tr_survey_counts counts;
	struct tr_sender_counts sending;
	int64_t	 forgiven;	/* ns by which it fell behind the rate */
				/* (io/pace.h) */
	uint64_t stalls;	/* times that writing held up the probing */
	int64_t	 stalled;	/* for so long, ns */
	struct tr_capture_counts capture;
	uint64_t copies;	/* frames that came by two devices, once more */
	int64_t	 unanswered;	/* ns without any answer: silence may be none */
};

/* --- JSON --------------------------------------------------------------- */

/*
 * What a line with so many hops fits in, always; the others have none.  Of a
 * survey with multipath a target's line also has a graph: it takes so many
 * bytes more.
 */
#define TR_SURVEY_JSON_MAX(hops)	(1280 + (size_t)(hops) * 640)
#define TR_SURVEY_JSON_GRAPH_MAX	(192 + 128 * TR_SURVEY_VERTICES + \
	48 * TR_SURVEY_EDGES)

/*
 * The first line: what was asked for.  TR_ERANGE for a seed beyond INT64_MAX,
 * which many readers of JSON could not hold.
 */
int tr_survey_json_begin(const struct tr_survey_about *about, char *buffer,
    size_t size);

/* A target that is done. */
int tr_survey_json_target(const struct tr_survey_about *about,
    const struct tr_survey_record *record, char *buffer, size_t size);

/* A reply that is in no record. */
int tr_survey_json_reply(const struct tr_survey_about *about,
    const struct tr_survey_reply *reply, char *buffer, size_t size);

/* The last line. */
int tr_survey_json_end(const struct tr_survey_about *about,
    const struct tr_survey_outcome *outcome, char *buffer, size_t size);

/* --- rows --------------------------------------------------------------- */

/* What a line fits in, always; the heading too. */
#define TR_SURVEY_ROW_MAX	384

/* The first line: the names of the columns. */
int tr_survey_rows_begin(char *buffer, size_t size);

/* A reply, be it in a record or not. */
int tr_survey_row(const struct tr_survey_about *about,
    const struct tr_survey_reply *reply, char *buffer, size_t size);

#endif
