/*
 * Reading a topology from its text: trueroute-topology(5) has the format.
 */
#ifndef TR_SIM_TOPOLOGY_FILE_H
#define TR_SIM_TOPOLOGY_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "sim/topology.h"

/* The largest file that is read. */
#define TR_TOPOLOGY_FILE_MAX	(64 << 20)

/*
 * Make a topology of a text; file is its name in messages.  Returns the
 * topology, to be freed by the caller, or NULL with a text that names file,
 * line, and what was expected: TR_EFORMAT, TR_ERANGE or TR_ENOMEM.
 */
struct tr_topology *tr_topology_parse(const char *text, size_t size,
    const char *file, struct tr_error *error);

/* The same from a file, "-" for standard input; also TR_ESYSTEM. */
struct tr_topology *tr_topology_read(const char *path,
    struct tr_error *error);

#endif
