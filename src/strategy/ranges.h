/*
 * A set of addresses of one family, in as much memory as it has ranges: a
 * single address takes 4 bytes, or 16, a range of any size twice as much.
 */
#ifndef TR_STRATEGY_RANGES_H
#define TR_STRATEGY_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"

/* From first to last, both of them in it. */
struct tr_range {
	struct tr_wide first;
	struct tr_wide last;
};

/* Records of so many bytes one after another, numbers in network order. */
struct tr_records {
	uint8_t	*bytes;		/* owned */
	uint32_t count;
	uint32_t room;
	uint8_t	 size;		/* of a record */
	bool	 sorted;
};

struct tr_ranges {
	uint8_t	width;			/* bytes of an address: 4 or 16 */
	struct tr_records singles;	/* an address each */
	struct tr_records pairs;	/* first and last */
	struct tr_range open;		/* the latest, which may grow */
	bool	is_open;
};

void tr_ranges_init(struct tr_ranges *ranges, uint8_t width);
void tr_ranges_clear(struct tr_ranges *ranges);

/*
 * Put a range in; first must not be behind last.  It may overlap with others.
 * Returns TR_OK or TR_ENOMEM.
 */
int tr_ranges_add(struct tr_ranges *ranges, struct tr_range range);

/*
 * Sort the set, so that no address is in it twice, and what it looks like does
 * not depend on the order in which, and the pieces in which it was put in.
 * Must be done before what follows, and again when something was put in.
 * Returns TR_OK or TR_ENOMEM.
 */
int tr_ranges_settle(struct tr_ranges *ranges);

/*
 * Take out what is also in another set of this width; both are settled, and
 * the first then still is.  Returns TR_OK or TR_ENOMEM.
 */
int tr_ranges_subtract(struct tr_ranges *ranges,
    const struct tr_ranges *other);

/* Is the address in a settled set? */
bool tr_ranges_has(const struct tr_ranges *ranges, struct tr_wide address);

/* How many addresses; all of IPv6, 2^128, are told as one less. */
struct tr_wide tr_ranges_size(const struct tr_ranges *ranges);

/* Give back memory that is not in use. */
void tr_ranges_trim(struct tr_ranges *ranges);

/* Bytes of memory. */
size_t tr_ranges_memory(const struct tr_ranges *ranges);

/* A walk over a settled set in order; all zero begins it. */
struct tr_ranges_walk {
	uint32_t single;
	uint32_t pair;
};

/* The next range; false at the end. */
bool tr_ranges_next(const struct tr_ranges *ranges,
    struct tr_ranges_walk *walk, struct tr_range *range);

/* A record; its first byte. */
static inline uint8_t *
tr_record_at(const struct tr_records *records, uint32_t index)
{
	return records->bytes + (size_t)index * records->size;
}

/* No records yet, of so many bytes each. */
void tr_records_init(struct tr_records *records, size_t size);

/*
 * Put a record at the end, which must not be one of these.  Returns TR_OK or
 * TR_ENOMEM.
 */
int tr_records_add(struct tr_records *records, const uint8_t *record);

#endif
