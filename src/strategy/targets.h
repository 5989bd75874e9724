/*
 * The targets of a survey: addresses, prefixes and ranges put in, others taken
 * out, and what is left in an order drawn by a seed.  The order is the same
 * whenever the same addresses are put in and left out, be it in another order.
 *
 * Memory is in the number of ranges, not of addresses: a single address takes
 * 4 bytes (IPv6: 16), a prefix or range of any size 8 (32) and half a byte
 * more to find it by.  Until they are sealed it may be twice as much.  What is
 * put in twice counts once.
 */
#ifndef TR_STRATEGY_TARGETS_H
#define TR_STRATEGY_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/prefix.h"

#define TR_TARGETS_MAX	(UINT64_C(1) << 63)

struct tr_targets_config {
	uint64_t seed;		/* of the order, and of what is picked */

	/*
	 * One target in each prefix of this length (1 to 32, 1 to 128) that
	 * anything was put in of; 0: all addresses.  The target is one that
	 * was put in.  A network's own address (in IPv6 that of its routers,
	 * RFC 4291, 2.6.1) and its broadcast address are taken only where
	 * nothing else is there; a prefix of two addresses has neither (RFC
	 * 3021, RFC 6164).
	 */
	uint8_t	 per_prefix4;
	uint8_t	 per_prefix6;

	/*
	 * Take those in too which are not globally reachable
	 * (base/special.h): private, loopback, multicast, ...
	 */
	bool	 special;
};

struct tr_targets;

/* Returns NULL without memory. */
struct tr_targets *tr_targets_new(const struct tr_targets_config *config);
void tr_targets_free(struct tr_targets *targets);

/*
 * Put in all addresses from first to last: one, those of a prefix
 * (tr_prefix_last()), or of any range.  Returns TR_OK; TR_ERANGE for no
 * address, for a range that ends before it begins, or one of two families;
 * TR_ENOMEM.
 */
int tr_targets_add(struct tr_targets *targets, const struct tr_address *first,
    const struct tr_address *last);

/* Leave them out, whether put in before or after; returns the same. */
int tr_targets_exclude(struct tr_targets *targets,
    const struct tr_address *first, const struct tr_address *last);

/*
 * Nothing more is put in or left out: draw the order.  No target being left is
 * no error.  Returns TR_OK; TR_ERANGE, with a text, where there are more than
 * TR_TARGETS_MAX; TR_ENOMEM, with a text.  After an error the targets can only
 * be freed.
 */
int tr_targets_seal(struct tr_targets *targets, struct tr_error *error);

/*
 * Once they are sealed: take those of a family (4 or 6) out.  What is left is
 * as if they had never been put in.
 */
void tr_targets_drop(struct tr_targets *targets, uint8_t family);

/* How many there are; 0 before they are sealed. */
uint64_t tr_targets_count(const struct tr_targets *targets);

/*
 * Those of a family (4 or 6), once they are sealed: how many, and the one at an
 * index, from 0, in no order that means anything; no address from the count on.
 */
uint64_t tr_targets_count_of(const struct tr_targets *targets, uint8_t family);
struct tr_address tr_targets_at_of(const struct tr_targets *targets,
    uint8_t family, uint64_t index);

/*
 * A number for all of them and their order, once they are sealed: where it is
 * the same, so is the target at each place (but for a chance of 2^-64, unless
 * somebody is out to deceive).  It is the same on every machine, whenever the
 * same addresses were put in and left out, in whatever order and pieces, with
 * the same seed and lengths of prefixes.
 */
uint64_t tr_targets_digest(const struct tr_targets *targets);

/* The one at a place of the order; no address from the count on. */
struct tr_address tr_targets_at(const struct tr_targets *targets,
    uint64_t place);

/* Addresses that were put in and left out; UINT64_MAX: so many or more. */
struct tr_targets_left_out {
	uint64_t excluded;	/* on demand */
	uint64_t special;	/* of the others */
};

void tr_targets_left_out(const struct tr_targets *targets,
    struct tr_targets_left_out *left_out);

/* Bytes of memory. */
size_t tr_targets_memory(const struct tr_targets *targets);

#endif
