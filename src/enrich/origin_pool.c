#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/random.h"
#include "enrich/origin_pool.h"

#define ROWS_MAX	(1u << 28)
#define ASNS_MAX	(1u << 30)
#define SLOTS_LEAST	64

struct tr_origin_row {
	uint32_t first;		/* of its AS */
	uint32_t holder;
	uint8_t	 count;
};

void
tr_origin_set_add(struct tr_origin_set *set, uint32_t asn)
{
	tr_origins_add(set->asns, &set->count, asn);
}

static bool
is_row(const struct tr_origin_pool *pool, uint32_t number,
    const struct tr_origin_set *set)
{
	const struct tr_origin_row *row = &pool->rows[number];

	return row->holder == set->holder && row->count == set->count &&
	    (set->count == 0 || memcmp(&pool->asns[row->first], set->asns,
	    set->count * sizeof(set->asns[0])) == 0);
}

static uint32_t
hash_of(const struct tr_origin_set *set)
{
	uint64_t hash = set->holder;

	for (uint8_t i = 0; i < set->count; i++)
		hash = tr_random_mix(hash, set->asns[i]);
	return (uint32_t)tr_random_mix(hash, set->count);
}

/* The slot of a set: its own, or the empty one where it belongs. */
static uint32_t
slot_of(const struct tr_origin_pool *pool, const struct tr_origin_set *set)
{
	const uint32_t mask = pool->slot_count - 1;
	uint32_t slot = hash_of(set) & mask;

	while (pool->slots[slot] != 0 &&
	    !is_row(pool, pool->slots[slot] - 1, set))
		slot = (slot + 1) & mask;
	return slot;
}

/* Keep a third of the slots empty. */
static int
widen(struct tr_origin_pool *pool)
{
	const uint32_t wanted = pool->slot_count == 0 ? SLOTS_LEAST :
	    pool->slot_count * 2;
	uint32_t *slots;

	if (pool->slot_count > 0 &&
	    pool->row_count < pool->slot_count / 3 * 2)
		return 0;
	slots = calloc(wanted, sizeof(*slots));
	if (slots == NULL)
		return -1;
	free(pool->slots);
	pool->slots = slots;
	pool->slot_count = wanted;
	for (uint32_t i = 0; i < pool->row_count; i++) {
		const struct tr_origin_set set = tr_origin_pool_at(pool, i);

		slots[slot_of(pool, &set)] = i + 1;
	}
	return 0;
}

/* Room for a row and its AS. */
static int
make_room(struct tr_origin_pool *pool)
{
	void *grown = tr_array_grow(pool->rows, pool->row_count,
	    &pool->row_room, sizeof(*pool->rows), ROWS_MAX);

	if (grown == NULL)
		return -1;
	pool->rows = grown;
	grown = tr_array_grow(pool->asns, pool->asn_count + TR_ORIGINS_MAX,
	    &pool->asn_room, sizeof(*pool->asns), ASNS_MAX);
	if (grown == NULL)
		return -1;
	pool->asns = grown;
	return 0;
}

uint32_t
tr_origin_pool_add(struct tr_origin_pool *pool,
    const struct tr_origin_set *set)
{
	uint32_t slot;

	if (widen(pool) != 0)
		return TR_ORIGIN_NONE;
	slot = slot_of(pool, set);
	if (pool->slots[slot] != 0)
		return pool->slots[slot] - 1;
	if (make_room(pool) != 0)
		return TR_ORIGIN_NONE;
	pool->rows[pool->row_count] = (struct tr_origin_row){
		.first = pool->asn_count,
		.holder = set->holder,
		.count = set->count,
	};
	memcpy(&pool->asns[pool->asn_count], set->asns,
	    set->count * sizeof(set->asns[0]));
	pool->asn_count += set->count;
	pool->slots[slot] = ++pool->row_count;
	return pool->row_count - 1;
}

struct tr_origin_set
tr_origin_pool_at(const struct tr_origin_pool *pool, uint32_t number)
{
	const struct tr_origin_row *row = &pool->rows[number];
	struct tr_origin_set set = {
		.count = row->count,
		.holder = row->holder,
	};

	memcpy(set.asns, &pool->asns[row->first],
	    row->count * sizeof(set.asns[0]));
	return set;
}

uint32_t
tr_origin_pool_join(void *context, uint32_t one, uint32_t other)
{
	struct tr_origin_pool *pool = context;
	struct tr_origin_set set = tr_origin_pool_at(pool, one);
	const struct tr_origin_set more = tr_origin_pool_at(pool, other);

	for (uint8_t i = 0; i < more.count; i++)
		tr_origin_set_add(&set, more.asns[i]);
	if (*tr_text_pool_at(&pool->texts, set.holder) == '\0')
		set.holder = more.holder;
	return tr_origin_pool_add(pool, &set);
}

void
tr_origin_pool_settle(struct tr_origin_pool *pool)
{
	free(pool->slots);
	pool->slots = NULL;
	pool->slot_count = 0;
}

void
tr_origin_pool_clear(struct tr_origin_pool *pool)
{
	tr_text_pool_clear(&pool->texts);
	free(pool->rows);
	free(pool->asns);
	free(pool->slots);
	*pool = (struct tr_origin_pool){ .rows = NULL };
}
