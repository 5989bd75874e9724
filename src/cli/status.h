/*
 * How the program ends, and how it says what went wrong.
 */
#ifndef TR_CLI_STATUS_H
#define TR_CLI_STATUS_H

#include "base/error.h"
#include "cli/options.h"
#include "result/path.h"

/* Exit statuses: doc/trueroute.1. */
enum tr_status {
	TR_EXIT_REACHED = 0,
	TR_EXIT_UNREACHED = 1,
	TR_EXIT_USAGE = 2,
	TR_EXIT_SYSTEM = 3,
	TR_EXIT_INTERRUPTED = 130,
};

/* The status of a run that ended for this reason, or of a concluded path. */
enum tr_status tr_status_of_stop(const struct tr_options *options,
    enum tr_stop stop);
enum tr_status tr_status_of(const struct tr_options *options,
    const struct tr_path *path);

/* Say what failed, with advice where there is some. */
enum tr_status tr_status_of_failure(const struct tr_options *options,
    const struct tr_error *error);

/* One line on standard error, made safe, behind the program's name. */
void tr_complain(const struct tr_options *options, const char *text);

#endif
