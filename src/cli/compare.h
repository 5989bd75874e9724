/*
 * --compare: several traces to one host beside each other, each by another
 * protocol, and what tells them apart.
 */
#ifndef TR_CLI_COMPARE_H
#define TR_CLI_COMPARE_H

#include "base/error.h"
#include "cli/options.h"
#include "engine/record.h"

/*
 * Trace as options->compared says, show it on standard output, and say on
 * standard error what went wrong.  stop is then the best end of them all.
 * Returns TR_OK, or another code with a text.
 */
int tr_compare(const struct tr_options *options, int argc,
    char *const argv[], enum tr_stop *stop, struct tr_error *error);

#endif
