/*
 * Questions about files that are named on the command line.
 */
#ifndef TR_CLI_FILES_H
#define TR_CLI_FILES_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Refuse to write to a file that is read, whatever it is called there; NULL,
 * "-" and what is not there yet are no such files.  Returns TR_OK, or
 * TR_ERANGE with a text.
 */
int tr_files_differ(const char *written, const char *read,
    struct tr_error *error);

#endif
