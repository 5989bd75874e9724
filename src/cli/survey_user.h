/*
 * As whom a survey writes.
 */
#ifndef TR_CLI_SURVEY_USER_H
#define TR_CLI_SURVEY_USER_H

#include "base/error.h"
#include "cli/options.h"

/*
 * Give up all privileges.  Where root started it, and the folder of --output
 * (or of --status, or the one that it is to be made in) may be written to by
 * its owner only, who is another user, become that user, and say so: root
 * without capabilities could not write there, and files are then the user's, as
 * their folder is.  Returns TR_OK, or TR_ESYSTEM with a text: the caller must stop
 * then.
 */
int tr_survey_drop_privileges(const struct tr_options *options,
    struct tr_error *error);

#endif
