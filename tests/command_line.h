/*
 * A command line written in the test, read as the program reads its own.
 */
#ifndef TR_TESTS_COMMAND_LINE_H
#define TR_TESTS_COMMAND_LINE_H

#include "base/error.h"
#include "cli/options.h"

/*
 * Read a line that is parted at spaces, its first word the program's name; ""
 * is an empty word.  What tr_options_parse() returns; options borrow from the
 * line until the next is read.
 */
int parse(const char *text, struct tr_options *options,
    struct tr_error *error);

#endif
