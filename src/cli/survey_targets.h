/*
 * From the options of a survey to its targets: operands, files and standard
 * input read, names resolved, what is to be left out left out.
 */
#ifndef TR_CLI_SURVEY_TARGETS_H
#define TR_CLI_SURVEY_TARGETS_H

#include <stdint.h>

#include "base/error.h"
#include "cli/options.h"
#include "cli/survey_names.h"
#include "strategy/targets.h"

/*
 * Gather them, and seal them in the order of the seed; free *targets with
 * tr_targets_free().  It needs no privilege, opens files as who started the
 * program, and blocks for as long as files and the system's resolver do.
 *
 * A name that is in names is not asked for; those that are asked for are added,
 * also when they have no address.  So what names holds afterwards, and the same
 * files, make the same targets.
 *
 * What is left out (lines that are damaged or of another family, names without
 * an address, addresses by --exclude, special ones) is said on standard error.
 *
 * Returns TR_OK, and there is at least one; TR_ERANGE or TR_EFORMAT for what
 * the user can mend (an operand that does not resolve, a file that is not there
 * or is no list, no target left); TR_ESYSTEM, TR_ENOMEM; with a text.
 */
int tr_survey_targets_gather(const struct tr_options *options, uint64_t seed,
    struct tr_survey_names *names, struct tr_targets **targets,
    struct tr_error *error);

#endif
