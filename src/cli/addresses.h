/*
 * --all-addresses: a trace to each address that the host has.
 */
#ifndef TR_CLI_ADDRESSES_H
#define TR_CLI_ADDRESSES_H

#include "cli/options.h"
#include "cli/status.h"

#define TR_ADDRESSES_MAX	16	/* that are traced: the first ones */
#define TR_ADDRESSES_AT_ONCE	4

/*
 * Trace to each, some at once, and show them one after the other.  An address
 * for which there is no way out, or that is no host's, is told and left out, as
 * are those for which an interruption leaves no time.  Returns the worst
 * status; where none could be traced, that of the failure.
 */
enum tr_status tr_addresses_trace(const struct tr_options *options, int argc,
    char *const argv[]);

#endif
