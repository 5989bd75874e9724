/*
 * Texts of which many are the same, each kept once.
 */
#ifndef TR_ENRICH_TEXT_POOL_H
#define TR_ENRICH_TEXT_POOL_H

#include <stdint.h>

#define TR_TEXT_POOL_NONE	UINT32_MAX

/* All zero is an empty pool. */
struct tr_text_pool {
	char	*bytes;		/* texts, each terminated; owned */
	uint32_t used;
	uint32_t size;
	uint32_t *slots;	/* hashed: where in bytes, and one more */
	uint32_t slot_count;	/* a power of two, or 0 */
	uint32_t count;
};

/*
 * The place of a text, put in if it is not there; TR_TEXT_POOL_NONE without
 * memory.
 */
uint32_t tr_text_pool_add(struct tr_text_pool *pool, const char *text);

/* The text at a place, good until the next is added. */
const char *tr_text_pool_at(const struct tr_text_pool *pool, uint32_t place);

/* Free what it has; it is empty then. */
void tr_text_pool_clear(struct tr_text_pool *pool);

#endif
