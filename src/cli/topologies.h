/*
 * Where topology files are found.
 */
#ifndef TR_CLI_TOPOLOGIES_H
#define TR_CLI_TOPOLOGIES_H

#include "base/error.h"
#include "sim/topology_file.h"

/*
 * Read the topology of this file; or, where there is no such file and the
 * name has no slash, the installed scenario of this name.  As
 * tr_topology_read(), but with TR_ERANGE for what cannot be read.
 */
struct tr_topology *tr_topology_find_file(const char *name,
    struct tr_error *error);

/*
 * The file that it reads, which may be an installed one: name itself, or path,
 * which is filled.
 */
#define TR_TOPOLOGY_PATH_MAX	4096

const char *tr_topology_path(const char *name, char *path, size_t size);

#endif
