#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <maxminddb.h>

#include "base/text.h"
#include "enrich/mmdb.h"

#define SAMPLES		256	/* networks that are looked into */
#define DEPTH_MAX	128	/* bits of an address */
#define KEYS_MAX	5	/* on the way to a value, NULL included */
#define RAW_MAX		512	/* more than any text that is kept */

struct tr_mmdb {
	MMDB_s	 file;
};

/* Where a value may stand; the first that is there is taken. */
struct way {
	const char *keys[KEYS_MAX];
};

static const struct way asn_ways[] = {
	{ { "autonomous_system_number" } },
	{ { "asn" } },
};
static const struct way holder_ways[] = {
	{ { "autonomous_system_organization" } },
	{ { "as_name" } },
	{ { "name" } },
	{ { "organization" } },
};
static const struct way country_ways[] = {
	{ { "country", "iso_code" } },
	{ { "country_code" } },
	{ { "country" } },
};
static const struct way city_ways[] = {
	{ { "city", "names", "en" } },
	{ { "city" } },
};
static const struct way region_ways[] = {
	{ { "subdivisions", "0", "names", "en" } },
	{ { "region" } },
	{ { "state1" } },
};

#define COUNT(ways)	(sizeof(ways) / sizeof((ways)[0]))

/* --- opening ------------------------------------------------------------ */

struct tr_mmdb *
tr_mmdb_open(const char *path, struct tr_error *error)
{
	struct tr_mmdb *mmdb = calloc(1, sizeof(*mmdb));
	int status;

	if (mmdb == NULL) {
		(void)tr_fail(error, TR_ENOMEM, "%s: out of memory", path);
		return NULL;
	}
	status = MMDB_open(path, MMDB_MODE_MMAP, &mmdb->file);
	if (status == MMDB_SUCCESS)
		return mmdb;
	free(mmdb);
	(void)tr_fail(error, status == MMDB_FILE_OPEN_ERROR ? TR_ENOTFOUND :
	    status == MMDB_OUT_OF_MEMORY_ERROR ? TR_ENOMEM : TR_EFORMAT,
	    "%s is no MMDB file that can be read: %s", path,
	    MMDB_strerror(status));
	return NULL;
}

void
tr_mmdb_close(struct tr_mmdb *mmdb)
{
	if (mmdb == NULL)
		return;
	MMDB_close(&mmdb->file);
	free(mmdb);
}

bool
tr_mmdb_has(const struct tr_mmdb *mmdb, int family)
{
	return family == 4 || (family == 6 &&
	    mmdb->file.metadata.ip_version == 6);
}

/* --- values ------------------------------------------------------------- */

/*
 * The first of the ways that has a value that fits.  Returns TR_OK,
 * TR_ENOTFOUND, or TR_EFORMAT for a damaged record.
 */
static int
get(MMDB_entry_s *entry, const struct way *ways, size_t count,
    bool (*fits)(const MMDB_entry_data_s *), MMDB_entry_data_s *data)
{
	for (size_t i = 0; i < count; i++) {
		const int status = MMDB_aget_value(entry, data,
		    ways[i].keys);

		if (status != MMDB_SUCCESS &&
		    status != MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR)
			return TR_EFORMAT;
		if (status == MMDB_SUCCESS && data->has_data && fits(data))
			return TR_OK;
	}
	return TR_ENOTFOUND;
}

static bool
is_text(const MMDB_entry_data_s *data)
{
	return data->type == MMDB_DATA_TYPE_UTF8_STRING &&
	    data->data_size > 0;
}

static bool
is_number_or_text(const MMDB_entry_data_s *data)
{
	return data->type == MMDB_DATA_TYPE_UINT16 ||
	    data->type == MMDB_DATA_TYPE_UINT32 ||
	    data->type == MMDB_DATA_TYPE_UINT64 || is_text(data);
}

/* Two letters: "country" may as well be its name. */
static bool
is_code(const MMDB_entry_data_s *data)
{
	if (!is_text(data) || data->data_size != 2)
		return false;
	for (int i = 0; i < 2; i++)
		if (data->utf8_string[i] < 'A' || data->utf8_string[i] > 'Z')
			return false;
	return true;
}

/* A text of the file is not terminated. */
static void
copy(const MMDB_entry_data_s *data, char *text, size_t size)
{
	char raw[RAW_MAX];
	const size_t length = data->data_size < sizeof(raw) ?
	    data->data_size : sizeof(raw) - 1;

	memcpy(raw, data->utf8_string, length);
	raw[length] = '\0';
	tr_text_safe(raw, text, size);
}

static bool
number_of(const MMDB_entry_data_s *data, uint32_t *asn)
{
	char text[RAW_MAX];
	const char *digit = text;
	uint64_t value = 0;

	if (data->type == MMDB_DATA_TYPE_UINT16)
		value = data->uint16;
	else if (data->type == MMDB_DATA_TYPE_UINT32)
		value = data->uint32;
	else if (data->type == MMDB_DATA_TYPE_UINT64)
		value = data->uint64;
	else {
		copy(data, text, sizeof(text));
		if (strncasecmp(text, "AS", 2) == 0)
			digit += 2;
		if (*digit == '\0')
			return false;
		for (; *digit >= '0' && *digit <= '9' &&
		    value <= UINT32_MAX; digit++)
			value = value * 10 + (uint64_t)(*digit - '0');
		if (*digit != '\0')
			return false;
	}
	*asn = (uint32_t)value;
	return value <= UINT32_MAX;
}

/* --- finding ------------------------------------------------------------ */

/* The network around an address: that of IPv4 lies in the tree of IPv6. */
static struct tr_prefix
network_of(const MMDB_s *file, const struct tr_address *address,
    unsigned netmask)
{
	if (address->family == 4 && file->metadata.ip_version == 6)
		netmask = netmask < 96 ? 0 : netmask - 96;
	return tr_prefix_of(address, netmask);
}

/* The record of an address, and the network that it is of. */
static int
find(struct tr_mmdb *mmdb, const struct tr_address *address,
    MMDB_entry_s *entry, struct tr_prefix *network)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *socket_address;
	MMDB_lookup_result_s result;
	int status = MMDB_SUCCESS;

	if (!tr_mmdb_has(mmdb, address->family))
		return TR_ENOTFOUND;
	if (address->family == 4) {
		memcpy(&in.sin_addr, address->bytes, sizeof(in.sin_addr));
		socket_address = (const struct sockaddr *)&in;
	} else {
		memcpy(&in6.sin6_addr, address->bytes, sizeof(in6.sin6_addr));
		socket_address = (const struct sockaddr *)&in6;
	}
	result = MMDB_lookup_sockaddr(&mmdb->file, socket_address, &status);
	if (status != MMDB_SUCCESS)
		return TR_EFORMAT;
	if (!result.found_entry)
		return TR_ENOTFOUND;
	*entry = result.entry;
	*network = network_of(&mmdb->file, address, result.netmask);
	return TR_OK;
}

static int
read_origin(MMDB_entry_s *entry, struct tr_mmdb_origin *origin)
{
	MMDB_entry_data_s data;
	int status;

	origin->asn = 0;
	origin->holder[0] = '\0';
	status = get(entry, asn_ways, COUNT(asn_ways), is_number_or_text,
	    &data);
	if (status != TR_OK)
		return status;
	if (!number_of(&data, &origin->asn))
		return TR_EFORMAT;
	if (get(entry, holder_ways, COUNT(holder_ways), is_text, &data) ==
	    TR_OK)
		copy(&data, origin->holder, sizeof(origin->holder));
	return TR_OK;
}

int
tr_mmdb_find_origin(struct tr_mmdb *mmdb, const struct tr_address *address,
    struct tr_mmdb_origin *origin)
{
	MMDB_entry_s entry;
	const int status = find(mmdb, address, &entry, &origin->network);

	return status == TR_OK ? read_origin(&entry, origin) : status;
}

static int
read_text(MMDB_entry_s *entry, const struct way *ways, size_t count,
    bool (*fits)(const MMDB_entry_data_s *), char *text, size_t size)
{
	MMDB_entry_data_s data;
	const int status = get(entry, ways, count, fits, &data);

	text[0] = '\0';
	if (status == TR_OK)
		copy(&data, text, size);
	return status == TR_EFORMAT ? TR_EFORMAT : TR_OK;
}

static int
read_place(MMDB_entry_s *entry, struct tr_mmdb_place *place)
{
	char city[RAW_MAX], region[RAW_MAX];

	if (read_text(entry, country_ways, COUNT(country_ways), is_code,
	    place->country, sizeof(place->country)) != TR_OK ||
	    read_text(entry, city_ways, COUNT(city_ways), is_text, city,
	    sizeof(city)) != TR_OK ||
	    read_text(entry, region_ways, COUNT(region_ways), is_text,
	    region, sizeof(region)) != TR_OK)
		return TR_EFORMAT;
	if (strcmp(region, city) != 0 && region[0] != '\0')
		tr_text_append(city, sizeof(city), "%s%s",
		    city[0] == '\0' ? "" : ", ", region);
	tr_text_safe(city, place->place, sizeof(place->place));
	return place->country[0] == '\0' && place->place[0] == '\0' ?
	    TR_ENOTFOUND : TR_OK;
}

int
tr_mmdb_find_place(struct tr_mmdb *mmdb, const struct tr_address *address,
    struct tr_mmdb_place *place)
{
	MMDB_entry_s entry;
	struct tr_prefix network;
	const int status = find(mmdb, address, &entry, &network);

	return status == TR_OK ? read_place(&entry, place) : status;
}

/* --- does it tell anything? --------------------------------------------- */

static bool
has_origin(MMDB_entry_s *entry)
{
	struct tr_mmdb_origin origin;

	return read_origin(entry, &origin) == TR_OK;
}

static bool
has_place(MMDB_entry_s *entry)
{
	struct tr_mmdb_place place;

	return read_place(entry, &place) == TR_OK;
}

/* Nodes still to be looked at, in a tree no deeper than an address. */
struct walk {
	uint64_t waiting[DEPTH_MAX + 2];
	int	 count;
	int	 samples;
};

/* One side of a node: go down, look, or leave it; true where it tells. */
static bool
take_side(struct walk *walk, uint8_t type, uint64_t record,
    MMDB_entry_s *entry, bool (*tells)(MMDB_entry_s *))
{
	if (type == MMDB_RECORD_TYPE_SEARCH_NODE &&
	    walk->count <= DEPTH_MAX)
		walk->waiting[walk->count++] = record;
	if (type != MMDB_RECORD_TYPE_DATA)
		return false;
	walk->samples++;
	return tells(entry);
}

/*
 * Walk the tree from its beginning.  A damaged one may lead back; what is
 * looked at is bounded.
 */
static bool
any_tells(struct tr_mmdb *mmdb, bool (*tells)(MMDB_entry_s *))
{
	struct walk walk = { .waiting = { 0 }, .count = 1 };
	MMDB_search_node_s node;
	int nodes = 0;

	while (walk.count > 0 && walk.samples < SAMPLES &&
	    nodes++ < SAMPLES * DEPTH_MAX) {
		const uint64_t number = walk.waiting[--walk.count];

		if (number > UINT32_MAX || MMDB_read_node(&mmdb->file,
		    (uint32_t)number, &node) != MMDB_SUCCESS)
			continue;
		if (take_side(&walk, node.right_record_type,
		    node.right_record, &node.right_record_entry, tells) ||
		    take_side(&walk, node.left_record_type,
		    node.left_record, &node.left_record_entry, tells))
			return true;
	}
	return false;
}

bool
tr_mmdb_tells_origins(struct tr_mmdb *mmdb)
{
	return any_tells(mmdb, has_origin);
}

bool
tr_mmdb_tells_places(struct tr_mmdb *mmdb)
{
	return any_tells(mmdb, has_place);
}
