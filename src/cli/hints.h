/*
 * Hints: what other tools' options are called here, and which option was
 * meant.  Texts only; nothing is parsed or printed here.
 */
#ifndef TR_CLI_HINTS_H
#define TR_CLI_HINTS_H

#include <stdbool.h>
#include <stddef.h>

#define TR_QUOTE_MAX	64
#define TR_HINT_MAX	384

/*
 * Copy a text that came from outside for use in a message: made safe as by
 * tr_text_safe(), and what does not fit TR_QUOTE_MAX ends in "...".  Returns
 * buffer.
 */
const char *tr_quote(const char *text, char buffer[TR_QUOTE_MAX]);

/*
 * What the tools that know this flag ("-r", "--report", "-Pn", "/?") mean by
 * it, and how it is said here; several tools' are parted by "; ".  Also asked
 * about our own flags, when their value cannot be understood.  False, and an
 * empty text, when nothing is known.
 */
bool tr_hint_flag(const char *flag, char hint[TR_HINT_MAX]);

/* The same for a survey, to which a trace is another tool. */
bool tr_hint_survey(const char *flag, char hint[TR_HINT_MAX]);

/*
 * How many letters must be changed, added, left out or swapped to make one
 * name of the other.  SIZE_MAX when one is longer than any option's name.
 */
size_t tr_hint_distance(const char *a, const char *b);

#endif
