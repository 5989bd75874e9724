#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/topologies.h"

#define SUFFIX ".net"

/* Could this be the name of an installed scenario, and no file here? */
static bool
names_scenario(const char *name)
{
	return strchr(name, '/') == NULL && strcmp(name, "-") != 0 &&
	    access(name, F_OK) != 0;
}

static bool
find_installed(const char *name, char *path, size_t size)
{
	const size_t length = strlen(name), suffix = strlen(SUFFIX);
	const bool has_suffix = length > suffix &&
	    strcmp(name + length - suffix, SUFFIX) == 0;
	const int used = snprintf(path, size, "%s/%s%s", SCENARIOS_DIR, name,
	    has_suffix ? "" : SUFFIX);

	return used > 0 && (size_t)used < size && access(path, F_OK) == 0;
}

const char *
tr_topology_path(const char *name, char *path, size_t size)
{
	return name != NULL && names_scenario(name) &&
	    find_installed(name, path, size) ? path : name;
}

struct tr_topology *
tr_topology_find_file(const char *name, struct tr_error *error)
{
	const bool is_scenario = names_scenario(name);
	struct tr_topology *topology;
	char path[4096];

	if (is_scenario && !find_installed(name, path, sizeof(path))) {
		tr_fail(error, TR_ERANGE, "cannot read %s: it is no file "
		    "here, and no scenario in %s", name, SCENARIOS_DIR);
		return NULL;
	}
	topology = tr_topology_read(is_scenario ? path : name, error);
	/* A name that the user can mend, not the system's fault. */
	if (topology == NULL && error->code == TR_ESYSTEM)
		error->code = TR_ERANGE;
	return topology;
}
