#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/random.h"
#include "enrich/text_pool.h"

#define SLOTS_LEAST	64
#define BYTES_MAX	(1u << 30)
#define SLOTS_MAX	(1u << 30)

static uint32_t
hash_of(const char *text)
{
	uint64_t hash = 0;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return (uint32_t)tr_random_mix(hash, 0);
}

/* The slot of a text: its own, or the empty one where it belongs. */
static uint32_t
slot_of(const struct tr_text_pool *pool, const char *text)
{
	const uint32_t mask = pool->slot_count - 1;
	uint32_t slot = hash_of(text) & mask;

	while (pool->slots[slot] != 0 &&
	    strcmp(pool->bytes + pool->slots[slot] - 1, text) != 0)
		slot = (slot + 1) & mask;
	return slot;
}

/* Keep a third of the slots empty. */
static int
widen(struct tr_text_pool *pool)
{
	struct tr_text_pool wider = *pool;
	uint32_t place;

	if (pool->slot_count > 0 && pool->count < pool->slot_count / 3 * 2)
		return 0;
	if (pool->slot_count >= SLOTS_MAX)
		return -1;
	wider.slot_count = pool->slot_count == 0 ? SLOTS_LEAST :
	    pool->slot_count * 2;
	wider.slots = calloc(wider.slot_count, sizeof(*wider.slots));
	if (wider.slots == NULL)
		return -1;
	for (uint32_t i = 0; i < pool->slot_count; i++) {
		place = pool->slots[i];
		if (place != 0)
			wider.slots[slot_of(&wider, pool->bytes + place - 1)] =
			    place;
	}
	free(pool->slots);
	*pool = wider;
	return 0;
}

static int
make_room(struct tr_text_pool *pool, size_t size)
{
	char *grown;

	while (pool->size - pool->used < size) {
		grown = tr_array_grow(pool->bytes, pool->size, &pool->size, 1,
		    BYTES_MAX);
		if (grown == NULL)
			return -1;
		pool->bytes = grown;
	}
	return 0;
}

uint32_t
tr_text_pool_add(struct tr_text_pool *pool, const char *text)
{
	const size_t size = strlen(text) + 1;
	uint32_t slot, place;

	if (widen(pool) != 0)
		return TR_TEXT_POOL_NONE;
	slot = slot_of(pool, text);
	if (pool->slots[slot] != 0)
		return pool->slots[slot] - 1;
	if (make_room(pool, size) != 0)
		return TR_TEXT_POOL_NONE;
	place = pool->used;
	memcpy(pool->bytes + place, text, size);
	pool->used += (uint32_t)size;
	pool->slots[slot] = place + 1;
	pool->count++;
	return place;
}

const char *
tr_text_pool_at(const struct tr_text_pool *pool, uint32_t place)
{
	return pool->bytes + place;
}

void
tr_text_pool_clear(struct tr_text_pool *pool)
{
	free(pool->bytes);
	free(pool->slots);
	*pool = (struct tr_text_pool){ .bytes = NULL };
}
