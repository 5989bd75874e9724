/* A build without libmaxminddb opens no MMDB file, and so never has one. */
#include "enrich/mmdb.h"

struct tr_mmdb *
tr_mmdb_open(const char *path, struct tr_error *error)
{
	(void)tr_fail(error, TR_EUNSUPPORTED, "%s: this build reads no MMDB "
	    "files: it has no libmaxminddb", path);
	return NULL;
}

void
tr_mmdb_close(struct tr_mmdb *mmdb)
{
	(void)mmdb;
}

bool
tr_mmdb_has(const struct tr_mmdb *mmdb, int family)
{
	(void)mmdb, (void)family;
	return false;
}

bool
tr_mmdb_tells_origins(struct tr_mmdb *mmdb)
{
	(void)mmdb;
	return false;
}

bool
tr_mmdb_tells_places(struct tr_mmdb *mmdb)
{
	(void)mmdb;
	return false;
}

int
tr_mmdb_find_origin(struct tr_mmdb *mmdb, const struct tr_address *address,
    struct tr_mmdb_origin *origin)
{
	(void)mmdb, (void)address, (void)origin;
	return TR_ENOTFOUND;
}

int
tr_mmdb_find_place(struct tr_mmdb *mmdb, const struct tr_address *address,
    struct tr_mmdb_place *place)
{
	(void)mmdb, (void)address, (void)place;
	return TR_ENOTFOUND;
}
