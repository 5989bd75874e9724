#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/topologies.h"

#define SUFFIX ".net"

/* An installed scenario's path, if this can be the name of one. */
static bool
find_installed(const char *name, char *path, size_t size)
{
	int length;

	if (strchr(name, '/') != NULL || access(name, F_OK) == 0)
		return false;
	length = snprintf(path, size, "%s/%s%s", SCENARIOS_DIR, name, SUFFIX);
	return length > 0 && (size_t)length < size &&
	    access(path, F_OK) == 0;
}

struct tr_topology *
tr_topology_find_file(const char *name, struct tr_error *error)
{
	char path[4096];
	struct tr_topology *topology = tr_topology_read(
	    find_installed(name, path, sizeof(path)) ? path : name, error);

	/* A name that the user can mend, not the system's fault. */
	if (topology == NULL && error->code == TR_ESYSTEM)
		error->code = TR_ERANGE;
	return topology;
}
