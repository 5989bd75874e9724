/*
 * The graph of all paths in JSON: doc/json.md.  Needs jansson.
 */
#ifndef TR_OUTPUT_JSON_GRAPH_H
#define TR_OUTPUT_JSON_GRAPH_H

#include <jansson.h>

#include "result/path.h"

/* A new object, owned by the caller; NULL without memory. */
json_t *tr_graph_to_json(const struct tr_path *path);

#endif
