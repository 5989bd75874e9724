/*
 * What is known of an address, in JSON and back: one wording for the JSON
 * output and for the comments of a saved capture.  Needs jansson.
 */
#ifndef TR_IO_HOSTS_JSON_H
#define TR_IO_HOSTS_JSON_H

#include <jansson.h>

#include "result/annotations.h"

/*
 * A new object, owned by the caller; annotation NULL: nothing is known, which
 * is an object too.  A question without an answer is written as unanswered:
 * it is over when this is written.  NULL without memory.
 */
json_t *tr_host_to_json(const struct tr_address *address,
    const struct tr_annotation *annotation);

/*
 * Read one back, in place of what the table has of its address.  It may come
 * from anybody's file: what cannot be is left out, without an address all of
 * it, and texts are made safe.
 */
void tr_host_from_json(const json_t *object,
    struct tr_annotations *annotations);

#endif
