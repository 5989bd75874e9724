/*
 * --reveal: traces to the ends of tunnels, behind the trace that suspects them.
 */
#ifndef TR_CLI_REVEAL_H
#define TR_CLI_REVEAL_H

#include "cli/session.h"
#include "result/reveal.h"

/*
 * Find the places of a session's path, which was run, and trace to them by
 * ICMP echo, with the same limits.  *count places are filled in, whatever is
 * returned; where the user interrupted it, those that were not over say so.
 * Returns TR_OK, or an error code with a text.
 */
int tr_reveal(struct tr_session *session,
    struct tr_hidden hidden[TR_HIDDEN_MAX], size_t *count,
    struct tr_error *error);

#endif
