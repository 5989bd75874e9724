/*
 * --privacy: a run, or a saved capture, that is masked before anything of it
 * is shown or saved.
 */
#ifndef TR_CLI_PRIVACY_H
#define TR_CLI_PRIVACY_H

#include "cli/options.h"
#include "cli/status.h"

/*
 * Trace, mask what was captured, show it, and save it with --write.  Nothing
 * is shown while it goes on.
 */
enum tr_status tr_privacy_trace(const struct tr_options *options, int argc,
    char *const argv[]);

/* The same of the capture that --read names. */
enum tr_status tr_privacy_read(const struct tr_options *options);

#endif
