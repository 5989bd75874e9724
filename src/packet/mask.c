#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(item) ((item)->homeless = true)
#include <uthash.h>

#include "base/error.h"
#include "packet/mask.h"

/* What becomes of an address. */
enum fate {
	FATE_REAL,		/* it is one: it stands in for no other */
	FATE_KEPT,
	FATE_HIDDEN,
};

struct entry {
	struct tr_address address;	/* hashed by it */
	struct tr_address shown;	/* of one that is hidden */
	enum fate fate;
	bool	 homeless;
	UT_hash_handle hh;
};

struct tr_mask {
	struct entry *entries;
	uint32_t used[2][256];		/* numbers given out, of a hop */
};

struct tr_mask *
tr_mask_new(void)
{
	return calloc(1, sizeof(struct tr_mask));
}

void
tr_mask_free(struct tr_mask *mask)
{
	struct entry *entry, *next;

	if (mask == NULL)
		return;
	HASH_ITER(hh, mask->entries, entry, next) {
		HASH_DEL(mask->entries, entry);
		free(entry);
	}
	free(mask);
}

static struct entry *
find(const struct tr_mask *mask, const struct tr_address *address)
{
	struct entry *entry;

	HASH_FIND(hh, mask->entries, address, sizeof(*address), entry);
	return entry;
}

/* The entry of an address, a new one if there is none; NULL: no memory. */
static struct entry *
entry_of(struct tr_mask *mask, const struct tr_address *address)
{
	struct entry *entry = find(mask, address);

	if (entry != NULL)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	entry->address = *address;
	HASH_ADD(hh, mask->entries, address, sizeof(entry->address), entry);
	if (entry->homeless) {
		free(entry);
		return NULL;
	}
	return entry;
}

int
tr_mask_keep(struct tr_mask *mask, const struct tr_address *address)
{
	struct entry *entry = entry_of(mask, address);

	if (entry == NULL)
		return TR_ENOMEM;
	if (entry->fate == FATE_REAL)
		entry->fate = FATE_KEPT;
	return TR_OK;
}

int
tr_mask_avoid(struct tr_mask *mask, const struct tr_address *address)
{
	return entry_of(mask, address) == NULL ? TR_ENOMEM : TR_OK;
}

/* 255 is read as the four digits 0255. */
static uint16_t
digits_of(uint8_t hop)
{
	return (uint16_t)((hop / 100) << 8 | (hop / 10 % 10) << 4 | hop % 10);
}

static struct tr_address
stand_in(uint8_t family, uint8_t hop, uint32_t number)
{
	const uint8_t high = (uint8_t)(number >> 8), low = (uint8_t)number;
	const uint16_t digits = digits_of(hop);
	const uint8_t v4[4] = { 240, hop, high, low };
	const uint8_t v6[16] = { 0x01, [12] = (uint8_t)(digits >> 8),
	    [13] = (uint8_t)digits, [14] = high, [15] = low };

	return family == 4 ? tr_address_v4(v4) : tr_address_v6(v6);
}

/* The next of the hop's that is no real address; none when they are out. */
static struct tr_address
next_stand_in(struct tr_mask *mask, uint8_t family, uint8_t hop)
{
	uint32_t *used = &mask->used[family == 6][hop];

	while (*used < TR_MASK_NUMBERS_MAX) {
		const struct tr_address shown = stand_in(family, hop,
		    ++*used);
		const struct entry *real = find(mask, &shown);

		if (real == NULL || real->fate == FATE_HIDDEN)
			return shown;
	}
	return (struct tr_address){ .family = 0 };
}

int
tr_mask_hide(struct tr_mask *mask, const struct tr_address *address,
    uint8_t hop)
{
	struct tr_address shown;
	struct entry *entry;

	if (!tr_address_is_set(address))
		return TR_OK;
	entry = find(mask, address);
	if (entry != NULL && entry->fate != FATE_REAL)
		return TR_OK;
	shown = next_stand_in(mask, address->family, hop);
	if (!tr_address_is_set(&shown))
		return TR_ENOMEM;
	entry = entry_of(mask, address);
	if (entry == NULL)
		return TR_ENOMEM;
	entry->fate = FATE_HIDDEN;
	entry->shown = shown;
	return TR_OK;
}

bool
tr_mask_hides(const struct tr_mask *mask, const struct tr_address *address)
{
	const struct entry *entry = find(mask, address);

	return entry != NULL && entry->fate == FATE_HIDDEN;
}

struct tr_address
tr_mask_address(const struct tr_mask *mask, const struct tr_address *address)
{
	const struct entry *entry = find(mask, address);

	return entry != NULL && entry->fate == FATE_HIDDEN ?
	    entry->shown : *address;
}

bool
tr_mask_is_stand_in(const struct tr_address *address)
{
	static const uint8_t prefix[8] = { 0x01 };	/* 100::/64 */

	if (address->family == 4)
		return address->bytes[0] == 240;
	return address->family == 6 &&
	    memcmp(address->bytes, prefix, sizeof(prefix)) == 0;
}
