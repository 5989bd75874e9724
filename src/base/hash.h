/*
 * A hash of 64 bits that is the same in each run and on each machine: FNV-1a
 * (draft-eastlake-fnv).  No protection from who wants two texts to have the
 * same one.
 */
#ifndef TR_BASE_HASH_H
#define TR_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define TR_HASH_BEGIN	UINT64_C(0xcbf29ce484222325)	/* of no bytes */

/* The hash of what hash is of and these bytes behind it. */
static inline uint64_t
tr_hash_add(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
