/*
 * Paths of several protocols shown beside each other, and what follows from
 * that: as a table that grows with the run, or in JSON.
 *
 * A stream is written to and never closed here.  Every function returns
 * TR_OK, or TR_ESYSTEM when writing failed (errno tells).
 */
#ifndef TR_OUTPUT_COMPARISON_H
#define TR_OUTPUT_COMPARISON_H

#include <stdint.h>
#include <stdio.h>

#include "output/output.h"
#include "result/comparison.h"

struct tr_comparison_table {
	FILE	*stream;
	const struct tr_output_options *options;
	const struct tr_path *const *paths;
	size_t	 count;
	uint8_t	 last[TR_COMPARED_MAX];	/* of each path: the TTL up to which */
					/* it is final */
	uint8_t	 shown;			/* the last TTL that was given */
	uint8_t	 held;			/* of these, rows in which nobody */
					/* answers, not yet written */
};

/* The run begins: paths hold their runs. */
int tr_comparison_begin(struct tr_comparison_table *table);

/* All paths have gone on in last[], or have ended before: show the hop. */
int tr_comparison_row(struct tr_comparison_table *table, uint8_t ttl);

/* The run is over: the remaining rows, and what follows from them all. */
int tr_comparison_end(struct tr_comparison_table *table,
    const struct tr_comparison *comparison);

/* One object on a line: doc/json.md.  With jansson only. */
int tr_comparison_json(FILE *stream, const struct tr_comparison *comparison);

#endif
