/*
 * Prefixes: an address and how many of its leading bits count.
 */
#ifndef TR_BASE_PREFIX_H
#define TR_BASE_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

#define TR_PREFIX_TEXT_MAX (TR_ADDRESS_TEXT_MAX + 4)

/* A value type. */
struct tr_prefix {
	struct tr_address address;	/* family 0: no prefix; the bits */
					/* behind the length are zero */
	uint8_t	 length;		/* 0 to 32, or to 128 */
};

/*
 * The prefix of this length around an address; one that is longer than the
 * address has the address's length.
 */
struct tr_prefix tr_prefix_of(const struct tr_address *address,
    unsigned length);

/* The last address of a prefix; none of none.  Its first is its address. */
struct tr_address tr_prefix_last(const struct tr_prefix *prefix);

/*
 * Parse "10.0.0.0/8" or "2001:db8::/32"; an address alone is a prefix of its
 * full length.  Bits behind the length are cleared.  Returns TR_OK, or
 * TR_EFORMAT and leaves *prefix as it was.
 */
int tr_prefix_parse(const char *text, struct tr_prefix *prefix);

bool tr_prefix_is_set(const struct tr_prefix *prefix);
bool tr_prefix_contains(const struct tr_prefix *prefix,
    const struct tr_address *address);

/* Order for sorting: by family, bytes, and the shorter first; <0, 0, >0. */
int tr_prefix_compare(const struct tr_prefix *a, const struct tr_prefix *b);

/*
 * Write "10.0.0.0/8" to buffer (TR_PREFIX_TEXT_MAX bytes always suffice) and
 * return buffer; "*" for no prefix.
 */
const char *tr_prefix_text(const struct tr_prefix *prefix, char *buffer,
    size_t size);

#endif
