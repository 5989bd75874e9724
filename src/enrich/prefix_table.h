/*
 * A million prefixes, and which of them an address lies in: the longest wins.
 *
 * What is put in is sorted once and cut into stretches that do not overlap,
 * each with the value of the innermost prefix over it: 9 bytes a stretch of
 * IPv4, 21 of IPv6.  A look is a binary search, among those of the same first
 * 16 bits for IPv4.
 */
#ifndef TR_ENRICH_PREFIX_TABLE_H
#define TR_ENRICH_PREFIX_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prefix.h"

#define TR_PREFIX_NONE	UINT32_MAX	/* no value */

struct tr_prefix_table;

/* Returns NULL without memory. */
struct tr_prefix_table *tr_prefix_table_new(void);
void tr_prefix_table_free(struct tr_prefix_table *table);

/*
 * Put a prefix in, or all from first to last.  The value is the caller's, and
 * not TR_PREFIX_NONE.  Of ranges that cross, the one that begins later wins
 * where they do.  Returns TR_OK; TR_ERANGE for a range that ends before it
 * begins, or is of two families; TR_ENOMEM.
 */
int tr_prefix_table_add(struct tr_prefix_table *table,
    const struct tr_prefix *prefix, uint32_t value);
int tr_prefix_table_add_range(struct tr_prefix_table *table,
    const struct tr_address *first, const struct tr_address *last,
    uint32_t value);

/*
 * One value for the two, which differ, of a prefix that was put in twice;
 * TR_PREFIX_NONE without memory.
 */
typedef uint32_t tr_prefix_join(void *context, uint32_t one, uint32_t other);

/*
 * Nothing more is put in: make it ready to be looked at.  Of two equal
 * prefixes join, which may be NULL, makes one value; without it the smaller
 * value stays.  Returns TR_OK or TR_ENOMEM; the table can then only be freed.
 */
int tr_prefix_table_finish(struct tr_prefix_table *table,
    tr_prefix_join *join, void *context);

struct tr_prefix_match {
	uint32_t value;
	struct tr_prefix prefix;	/* that was put in; of a range, the */
					/* largest around the address in it */
	bool	 ranged;		/* a range was put in, no prefix */
};

/* Look an address up in a finished table: is it in any prefix? */
bool tr_prefix_table_find(const struct tr_prefix_table *table,
    const struct tr_address *address, struct tr_prefix_match *match);

/* Has a finished table any prefix of a family (4, 6)? */
bool tr_prefix_table_has(const struct tr_prefix_table *table, int family);

#endif
