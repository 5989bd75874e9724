/*
 * Which places of an order are done, where they are begun in turn and done in
 * any order: all below a mark, and a bitmap of those that are above it.
 *
 * Memory is a bit for each place from the mark to the highest that is done:
 * what is spread out is what is under way.
 */
#ifndef TR_BASE_PLACES_H
#define TR_BASE_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * So far apart the first place that is not done and the last that is can be at
 * the most: 16 MiB.
 */
#define TR_PLACES_SPREAD_MAX	(UINT64_C(1) << 27)

#define TR_PLACES_MAX	(UINT64_C(1) << 63)	/* places that there can be */
#define TR_PLACES_PER_WORD	64

/* All zero: none is done.  Read count only. */
struct tr_places {
	uint64_t count;		/* of those that are done */
	uint64_t base;		/* all below it are; a multiple of 64 */
	uint64_t end;		/* none is from here on */
	uint64_t *words;	/* owned; those from base on, in a ring */
	uint32_t room;		/* words in it: 0, or a power of two */
};

/*
 * This place is done; that it was before makes no difference.  Returns TR_OK;
 * TR_ERANGE from TR_PLACES_MAX on; TR_ENOMEM without memory, or when it is too
 * far from the first that is not done.  After an error all is as it was.
 */
int tr_places_add(struct tr_places *places, uint64_t place);

bool tr_places_has(const struct tr_places *places, uint64_t place);

/* The first place that is not done. */
uint64_t tr_places_first(const struct tr_places *places);

/*
 * To write them down: all below base are done, and in so many words the ones
 * from there on, each bit a place, the lowest first.
 */
size_t tr_places_words(const struct tr_places *places);
uint64_t tr_places_word(const struct tr_places *places, size_t index);

/*
 * And back: begin with base, a multiple of 64, and put the words behind it, in
 * order.  Return TR_OK; TR_ERANGE for a base that is none, and for places from
 * TR_PLACES_MAX on; TR_ENOMEM.
 */
int tr_places_begin(struct tr_places *places, uint64_t base);
int tr_places_put(struct tr_places *places, uint64_t word);

/* Give the memory back; none is done then. */
void tr_places_clear(struct tr_places *places);

#endif
