/*
 * How a path that does not arrive ends, and why: in words, and by which answer.
 */
#ifndef TR_RESULT_ENDING_H
#define TR_RESULT_ENDING_H

#include <stddef.h>

#include "result/path.h"

#define TR_ENDING_TEXT_MAX	512

/*
 * Why a concluded path did not arrive at its host, as a clause that goes on
 * after a colon: "10.0.1.1 (hop 3) refuses it: host unknown (!H)".  Nothing in
 * it acts on a terminal.  TR_ENDING_TEXT_MAX bytes suffice.  Returns text.
 */
const char *tr_ending_text(const struct tr_path *path, char *text,
    size_t size);

/* The same of a refusal: "10.0.1.1 (hop 3) refuses it: host unknown (!H)". */
const char *tr_ending_refusal_text(const struct tr_path *path,
    const struct tr_path_reply *refusal, char *text, size_t size);

/*
 * The refusal (an ICMP error, or a reset that a firewall forged) that ended a
 * concluded path, or NULL where none did; borrowed from the path.
 */
const struct tr_path_reply *tr_ending_refusal(const struct tr_path *path);

#endif
