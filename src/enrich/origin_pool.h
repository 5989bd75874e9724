/*
 * Origins of prefixes: sets of AS and who holds them, each kept once.
 */
#ifndef TR_ENRICH_ORIGIN_POOL_H
#define TR_ENRICH_ORIGIN_POOL_H

#include <stdint.h>

#include "enrich/text_pool.h"
#include "result/annotations.h"

#define TR_ORIGIN_NONE	UINT32_MAX

/* A value type. */
struct tr_origin_set {
	uint32_t asns[TR_ORIGINS_MAX];	/* ascending, each once */
	uint8_t	 count;			/* 0: no AS announces it */
	uint32_t holder;		/* in the pool's texts */
};

struct tr_origin_pool {
	struct tr_text_pool texts;
	struct tr_origin_row *rows;	/* packed; owned */
	uint32_t row_count;
	uint32_t row_room;
	uint32_t *asns;			/* of all rows; owned */
	uint32_t asn_count;
	uint32_t asn_room;
	uint32_t *slots;		/* hashed: a row, and one more */
	uint32_t slot_count;
};

/* As tr_origins_add(). */
void tr_origin_set_add(struct tr_origin_set *set, uint32_t asn);

/* The set's number, a new one if need be; TR_ORIGIN_NONE without memory. */
uint32_t tr_origin_pool_add(struct tr_origin_pool *pool,
    const struct tr_origin_set *set);
struct tr_origin_set tr_origin_pool_at(const struct tr_origin_pool *pool,
    uint32_t number);

/*
 * The number of the set that has the AS of both, and the first's holder, if it
 * has one.  It is a tr_prefix_join of a context that is the pool.
 */
uint32_t tr_origin_pool_join(void *pool, uint32_t one, uint32_t other);

/* Nothing more is added: give up what was for finding equal ones. */
void tr_origin_pool_settle(struct tr_origin_pool *pool);

void tr_origin_pool_clear(struct tr_origin_pool *pool);

#endif
