/*
 * A run in JSON and back: one wording for the JSON output and for the
 * comment of a saved capture.  Needs jansson.
 */
#ifndef TR_IO_RUN_JSON_H
#define TR_IO_RUN_JSON_H

#include <jansson.h>

#include "base/error.h"
#include "result/rebuild.h"
#include "result/run.h"

/* A new object, owned by the caller; NULL without memory. */
json_t *tr_run_to_json(const struct tr_run *run);

/*
 * Read a run back; what is not there is left zero, what is out of range is
 * refused, since it comes from a file.  Returns TR_OK or TR_EFORMAT with a
 * text.
 */
int tr_run_from_json(const json_t *object, struct tr_run *run,
    struct tr_error *error);

/* An address, or null for none. */
json_t *tr_address_to_json(const struct tr_address *address);

/* The names of the flags that are set, in a list; NULL without memory. */
json_t *tr_tcp_flags_to_json(uint8_t flags);

#endif
