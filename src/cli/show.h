/*
 * A run or a replay as it is shown: in the format that was asked for, hop by
 * hop while it goes on.
 */
#ifndef TR_CLI_SHOW_H
#define TR_CLI_SHOW_H

#include <stdio.h>

#include "cli/lookups.h"
#include "cli/options.h"
#include "cli/status.h"
#include "output/output.h"

struct tr_show {
	const struct tr_options *asked;
	const struct tr_output *output;
	struct tr_output_options options;
	FILE	*stream;
	struct tr_path *path;
	struct tr_lookups *lookups;	/* of what is shown; NULL: none */
	uint8_t	 final;		/* the last TTL that is final */
	int64_t	 final_since[256];	/* by TTL, monotonic clock */
	bool	 is_data;	/* for programs: nothing else may be written */
	uint8_t	 shown;		/* the last TTL that was shown */
	int	 failed;	/* enum tr_error_code of the first failure */
	int	 system;	/* and its errno */
};

/*
 * Where the host has several addresses, say on standard error which one is
 * traced; under trueroute's own name only: traceroute(8) does not.
 */
void tr_show_choice(const struct tr_options *options,
    const struct tr_run *run);

/* Where the capture goes to standard output, the text does not. */
FILE *tr_show_stream(const struct tr_options *options);

/* What outputs are to know of the options. */
struct tr_output_options tr_show_options(const struct tr_options *options);

void tr_show_init(struct tr_show *show, const struct tr_options *options,
    struct tr_path *path, FILE *stream);

/* Keep a failure to write, the first one, for tr_show_finish(). */
void tr_show_note(struct tr_show *show, int status);

/*
 * Each once, in this order; a hop when it is final.  With lookups a hop is
 * shown when its names are there, or waited for long enough; then
 * tr_show_flush() is to be called when something new may be known.  It returns
 * when to call it again at the latest, or TR_TIME_NEVER.
 */
void tr_show_begin(struct tr_show *show);
void tr_show_hop(struct tr_show *show, uint8_t ttl);
int64_t tr_show_flush(struct tr_show *show, int64_t now);
void tr_show_end(struct tr_show *show);

/* The status of the path, or what failed in writing it, which is said. */
enum tr_status tr_show_finish(struct tr_show *show);

/* Show a path that is concluded, as a whole, with its notes. */
enum tr_status tr_show_saved(const struct tr_options *options,
    struct tr_path *path, bool is_first);

#endif
