/*
 * --reveal: traces to the ends of tunnels, behind the trace that suspects them.
 */
#ifndef TR_CLI_REVEAL_H
#define TR_CLI_REVEAL_H

#include "cli/session.h"
#include "result/reveal.h"

/*
 * Find the places of a session's path, which was run, and trace to them by
 * ICMP echo, with the same limits.  Returns how many places are filled in, or
 * an error code with a text; what was found up to then is there.
 */
int tr_reveal(struct tr_session *session,
    struct tr_hidden hidden[TR_HIDDEN_MAX], struct tr_error *error);

#endif
