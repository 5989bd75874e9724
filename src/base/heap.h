/*
 * Things that happen at a time, the earliest first; of those with the same
 * time, the one put in first.
 */
#ifndef TR_BASE_HEAP_H
#define TR_BASE_HEAP_H

#include <stdint.h>

#include "base/time.h"

struct tr_heap_item {
	int64_t	 at;
	uint64_t order;		/* of being put in */
	void	*what;
};

/* All zero is an empty heap. */
struct tr_heap {
	struct tr_heap_item *items;	/* owned */
	uint32_t count;
	uint32_t size;
	uint64_t pushed;
};

/* Put something in.  Returns TR_OK or TR_ENOMEM. */
int tr_heap_push(struct tr_heap *heap, int64_t at, void *what);

/* When the earliest is due; TR_TIME_NEVER for an empty heap. */
int64_t tr_heap_next(const struct tr_heap *heap);

/* Take the earliest out; NULL for an empty heap. */
void *tr_heap_pop(struct tr_heap *heap);

/* Free the heap's own memory, not what is in it; it is empty then. */
void tr_heap_clear(struct tr_heap *heap);

#endif
