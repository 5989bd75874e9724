/*
 * What is asked for of a survey, beside what a trace has as well.
 *
 * The size of its probes is that of traceroute(8), unless --contact takes more
 * than TR_SURVEY_CONTACT_FREE bytes: then as much more.
 */
#ifndef TR_CLI_SURVEY_OPTIONS_H
#define TR_CLI_SURVEY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strategy/survey.h"

#define TR_SURVEY_OPERANDS_MAX	256
#define TR_SURVEY_FILES_MAX	16	/* --targets, or --exclude-from */
#define TR_SURVEY_EXCLUSIONS_MAX 64	/* --exclude */
#define TR_SURVEY_CONTACT_MAX	128
#define TR_SURVEY_CONTACT_FREE	20	/* fit packets of the usual size */
#define TR_SURVEY_RATE		UINT64_C(1000000)	/* as io/pace.h */
#define TR_SURVEY_RATE_WARNED	UINT64_C(10000000)	/* above it */
#define TR_SURVEY_ROTATE_MIN	(UINT64_C(64) << 10)	/* bytes */
#define TR_SURVEY_ROTATE	(UINT64_C(1) << 30)
#define TR_SURVEY_ROTATE_MAX	(UINT64_C(1) << 40)

/* A value; texts borrow from argv.  Times in ns. */
struct tr_survey_options {
	const char *operands[TR_SURVEY_OPERANDS_MAX];
	size_t	 operand_count;
	const char *files[TR_SURVEY_FILES_MAX];	/* "-": standard input */
	size_t	 file_count;
	const char *exclusions[TR_SURVEY_EXCLUSIONS_MAX];
	size_t	 exclusion_count;
	const char *exclusion_files[TR_SURVEY_FILES_MAX];
	size_t	 exclusion_file_count;
	uint8_t	 per_prefix4;		/* 0: all addresses */
	uint8_t	 per_prefix6;
	bool	 special;
	bool	 list;			/* print the targets; send nothing */

	enum tr_survey_way way;
	uint8_t	 start_ttl;		/* DOUBLETREE; 0: guessed */
	uint8_t	 gap_limit;		/* 0: none */
	uint32_t budget;		/* with multipath: probes of a target */
	uint8_t	 first_ttl;
	uint8_t	 max_ttl;
	uint8_t	 queries;
	int64_t	 timeout;

	uint64_t rate;			/* probes in 1,000 s, as io/pace.h */
	int64_t	 target_spacing;
	int64_t	 router_spacing;	/* 0: none */
	uint32_t window;		/* targets at once; 0: what rate and */
					/* timeout let be under way */
	const char *contact;		/* NULL: none */
	bool	 raw;			/* by the kernel's routes */

	bool	 rows;			/* CSV in place of JSON */
	const char *output_path;	/* a folder; NULL: standard output */
	bool	 compress;
	uint64_t rotate;		/* bytes of a file */
	bool	 resume;
	const char *status_path;	/* NULL: none */
};

/* The size of its probes, in bytes of the packet, of the family 4 or 6. */
uint16_t tr_survey_probe_size(const struct tr_survey_options *survey,
    uint8_t family);

#endif
