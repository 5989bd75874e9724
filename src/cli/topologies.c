#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/topologies.h"

#define SUFFIX ".net"

struct tr_topology *
tr_topology_find_file(const char *name, struct tr_error *error)
{
	char path[4096];
	int length;

	if (strchr(name, '/') == NULL && strcmp(name, "-") != 0 &&
	    access(name, F_OK) != 0) {
		length = snprintf(path, sizeof(path), "%s/%s%s",
		    SCENARIOS_DIR, name, SUFFIX);
		if (length > 0 && (size_t)length < sizeof(path) &&
		    access(path, F_OK) == 0)
			return tr_topology_read(path, error);
	}
	return tr_topology_read(name, error);
}
