/*
 * MMDB files (MaxMind DB File Format Specification, version 2.0): origin AS
 * and places, as several publishers name them.
 *
 * Origin: autonomous_system_number and autonomous_system_organization
 * (GeoLite2 ASN, DB-IP, @ip-location-db); or asn, a number or "AS64500", and
 * as_name, name or organization (IPinfo).  Place: country.iso_code,
 * city.names.en, subdivisions.0.names.en (GeoLite2, DB-IP); or country_code or
 * country, city, region or state1 (IPinfo, @ip-location-db).
 *
 * Whatever is in the file, nothing in here crashes; but a file must not be
 * made shorter while it is open, since it is mapped.
 */
#ifndef TR_ENRICH_MMDB_H
#define TR_ENRICH_MMDB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/prefix.h"
#include "result/annotations.h"

struct tr_mmdb;

/*
 * Returns NULL with a text: TR_ENOTFOUND, TR_EFORMAT, TR_ENOMEM,
 * TR_EUNSUPPORTED without libmaxminddb.
 */
struct tr_mmdb *tr_mmdb_open(const char *path, struct tr_error *error);
void tr_mmdb_close(struct tr_mmdb *mmdb);

/* May it know addresses of a family? */
bool tr_mmdb_has(const struct tr_mmdb *mmdb, int family);

/* Does any of its first networks have an origin, or a place? */
bool tr_mmdb_tells_origins(struct tr_mmdb *mmdb);
bool tr_mmdb_tells_places(struct tr_mmdb *mmdb);

/* All texts made safe. */
struct tr_mmdb_origin {
	uint32_t asn;			/* 0: no AS announces it */
	char	 holder[TR_ANNOTATION_TEXT_MAX];
	struct tr_prefix network;	/* of the file, around the address */
};

/*
 * Returns TR_OK; TR_ENOTFOUND where the file does not know the address;
 * TR_EFORMAT where what it has is damaged.
 */
int tr_mmdb_find_origin(struct tr_mmdb *mmdb,
    const struct tr_address *address, struct tr_mmdb_origin *origin);

struct tr_mmdb_place {
	char	 country[3];		/* "" for none */
	char	 place[TR_ANNOTATION_TEXT_MAX];	/* "city, region" */
};

int tr_mmdb_find_place(struct tr_mmdb *mmdb,
    const struct tr_address *address, struct tr_mmdb_place *place);

#endif
