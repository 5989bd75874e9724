/*
 * What the JSON outputs share.  Needs jansson.
 */
#ifndef TR_OUTPUT_JSON_PARTS_H
#define TR_OUTPUT_JSON_PARTS_H

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"

/*
 * The list with one item more.  Takes both; NULL, and nothing kept, where one
 * of them is NULL or there is no memory.
 */
json_t *tr_json_item(json_t *list, json_t *item);

/* Both objects in one; takes both, as above. */
json_t *tr_json_joined(json_t *object, json_t *more);

/* What every line begins with: the schema's version and the program's. */
json_t *tr_json_head(void);

/*
 * Write an object on a line of its own; takes it.  Returns TR_OK, or
 * TR_ESYSTEM where it is NULL or writing failed (errno tells).
 */
int tr_json_write(FILE *stream, json_t *object);

#endif
