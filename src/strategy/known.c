#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/time.h"
#include "strategy/known.h"

#define WAYS		4	/* places in which a router may stand */
#define DISTANCES	(1U << 17)
#define DISTANCE_LEVELS	3
#define WAY_ENTRIES	(1U << 16)
#define WAY_LEVELS	4
#define TURNS		(1U << 16)
#define MEAN_WEIGHT	64	/* the mean is that of about so many */

/* Of a prefix and TTL: the router that answered last. */
struct way {
	uint32_t tag;		/* 0: empty */
	uint32_t router;
	bool	 mixed;		/* there were several */
};

struct turn {
	uint32_t router;
	int64_t	 next;
};

struct tr_known {
	struct tr_known_config config;
	uint32_t *routers;	/* of sets of WAYS; 0: empty */
	uint32_t *distances;	/* the distance, and a tag above it */
	uint32_t mean;		/* times MEAN_WEIGHT; 0: nothing was told */
	struct way *ways;
	struct turn *turns;
};

size_t
tr_known_memory(const struct tr_known_config *config)
{
	size_t size = sizeof(struct tr_known);

	if (config->routers > 0)
		size += config->routers * sizeof(uint32_t) +
		    DISTANCES * sizeof(uint32_t);
	if (config->spacing > 0)
		size += WAY_ENTRIES * sizeof(struct way) +
		    TURNS * sizeof(struct turn);
	return size;
}

struct tr_known *
tr_known_new(const struct tr_known_config *config)
{
	struct tr_known *known = calloc(1, sizeof(*known));

	if (known == NULL)
		return NULL;
	known->config = *config;
	if (config->routers > 0) {
		known->routers = calloc(config->routers,
		    sizeof(*known->routers));
		known->distances = calloc(DISTANCES,
		    sizeof(*known->distances));
		if (known->routers == NULL || known->distances == NULL)
			goto failed;
	}
	if (config->spacing > 0) {
		known->ways = calloc(WAY_ENTRIES, sizeof(*known->ways));
		known->turns = calloc(TURNS, sizeof(*known->turns));
		if (known->ways == NULL || known->turns == NULL)
			goto failed;
	}
	return known;
failed:
	tr_known_free(known);
	return NULL;
}

void
tr_known_free(struct tr_known *known)
{
	if (known == NULL)
		return;
	free(known->routers);
	free(known->distances);
	free(known->ways);
	free(known->turns);
	free(known);
}

/* --- the stop set ------------------------------------------------------- */

bool
tr_known_router(struct tr_known *known, const struct tr_address *router,
    uint8_t ttl)
{
	const uint64_t hash = tr_address_mix(known->config.key + ttl, router);
	const uint32_t print = (uint32_t)(hash >> 32) | 1;
	uint32_t *set;

	if (known->routers == NULL)
		return false;
	set = known->routers +
	    (hash & (known->config.routers / WAYS - 1)) * WAYS;
	for (unsigned i = 0; i < WAYS; i++)
		if (set[i] == print)
			return true;
	/* The newest is first, the oldest falls out. */
	memmove(set + 1, set, (WAYS - 1) * sizeof(*set));
	set[0] = print;
	return false;
}

/* --- distances ---------------------------------------------------------- */

/* The hash of the prefix of this length. */
static uint64_t
hash_prefix(const struct tr_known *known, const struct tr_address *address,
    unsigned length, unsigned salt)
{
	struct tr_address prefix = { .family = address->family };
	const unsigned whole = length / 8;

	memcpy(prefix.bytes, address->bytes, whole);
	if (length % 8 != 0)
		prefix.bytes[whole] = (uint8_t)(address->bytes[whole] &
		    0xff << (8 - length % 8));
	return tr_address_mix(known->config.key + (uint64_t)salt * 256 +
	    length, &prefix);
}

static uint32_t *
distance_entry(const struct tr_known *known, const struct tr_address *target,
    unsigned level, uint32_t *tag)
{
	static const uint8_t lengths[2][DISTANCE_LEVELS] = {
		{ 24, 20, 16 }, { 48, 40, 32 },
	};
	const uint64_t hash = hash_prefix(known, target,
	    lengths[target->family == 6][level], 0);

	*tag = (uint32_t)(hash >> 32) & ~UINT32_C(0xff);
	return &known->distances[hash & (DISTANCES - 1)];
}

void
tr_known_learn_distance(struct tr_known *known,
    const struct tr_address *target, uint8_t distance)
{
	if (known->distances == NULL)
		return;
	for (unsigned level = 0; level < DISTANCE_LEVELS; level++) {
		uint32_t tag;
		uint32_t *entry = distance_entry(known, target, level, &tag);

		*entry = tag | distance;
	}
	if (known->mean == 0)
		known->mean = (uint32_t)distance * MEAN_WEIGHT;
	else
		known->mean += distance - known->mean / MEAN_WEIGHT;
}

uint8_t
tr_known_distance(const struct tr_known *known,
    const struct tr_address *target)
{
	if (known->distances == NULL)
		return 0;
	for (unsigned level = 0; level < DISTANCE_LEVELS; level++) {
		uint32_t tag;
		const uint32_t entry = *distance_entry(known, target, level,
		    &tag);

		if ((entry & 0xff) != 0 && (entry & ~UINT32_C(0xff)) == tag)
			return (uint8_t)(entry & 0xff);
	}
	return (uint8_t)((known->mean + MEAN_WEIGHT / 2) / MEAN_WEIGHT);
}

/* --- which router comes next -------------------------------------------- */

/*
 * The ways of a prefix and TTL, from the narrowest prefix on to that of all:
 * the routers near by are the same for all targets.
 */
static struct way *
way_entry(const struct tr_known *known, const struct tr_address *target,
    uint8_t ttl, unsigned level, uint32_t *tag)
{
	static const uint8_t lengths[2][WAY_LEVELS] = {
		{ 24, 16, 8, 0 }, { 48, 32, 20, 0 },
	};
	const uint64_t hash = hash_prefix(known, target,
	    lengths[target->family == 6][level], ttl);

	*tag = (uint32_t)(hash >> 32) | 1;
	return &known->ways[hash & (WAY_ENTRIES - 1)];
}

void
tr_known_learn_way(struct tr_known *known, const struct tr_address *target,
    uint8_t ttl, const struct tr_address *router)
{
	const uint32_t hash =
	    (uint32_t)tr_address_mix(known->config.key, router);

	if (known->ways == NULL)
		return;
	for (unsigned level = 0; level < WAY_LEVELS; level++) {
		uint32_t tag;
		struct way *way = way_entry(known, target, ttl, level, &tag);

		if (way->tag != tag)
			*way = (struct way){ .tag = tag };
		else if (way->router != hash)
			way->mixed = true;
		way->router = hash;
	}
}

/* The router that is foreseen.  Returns false where none is. */
static bool
foresee(const struct tr_known *known, const struct tr_address *target,
    uint8_t ttl, uint32_t *router)
{
	for (unsigned level = 0; level < WAY_LEVELS; level++) {
		uint32_t tag;
		const struct way *way = way_entry(known, target, ttl, level,
		    &tag);

		if (way->tag != tag || (way->mixed && level > 0))
			continue;
		*router = way->router;
		return true;
	}
	return false;
}

int64_t
tr_known_turn(struct tr_known *known, const struct tr_address *target,
    uint8_t ttl, int64_t now, int64_t latest)
{
	struct turn *turn;
	uint32_t router;
	int64_t at = now;

	if (known->ways == NULL || !foresee(known, target, ttl, &router))
		return now;
	turn = &known->turns[router & (TURNS - 1)];
	if (turn->router == router)
		at = tr_time_later(now, turn->next);
	if (at > latest)
		return TR_TIME_NEVER;
	*turn = (struct turn){ router, at + known->config.spacing };
	return at;
}
