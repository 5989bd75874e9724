/*
 * trueroute survey: the routes to very many targets.
 */
#ifndef TR_CLI_SURVEY_H
#define TR_CLI_SURVEY_H

#include "cli/options.h"
#include "cli/status.h"

/* What the options ask for, from the targets to the exit status. */
enum tr_status tr_survey_main(const struct tr_options *options, int argc,
    char *const argv[]);

#endif
