#include <stdbool.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"
#include "base/heap.h"

static bool
is_before(const struct tr_heap_item *a, const struct tr_heap_item *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

int
tr_heap_push(struct tr_heap *heap, int64_t at, void *what)
{
	const struct tr_heap_item item = {
		.at = at,
		.order = heap->pushed,
		.what = what,
	};
	struct tr_heap_item *items;
	uint32_t place;

	items = tr_array_grow(heap->items, heap->count, &heap->size,
	    sizeof(*items), UINT32_MAX);
	if (items == NULL)
		return TR_ENOMEM;
	heap->items = items;
	heap->pushed++;
	place = heap->count++;
	while (place > 0 && is_before(&item, &items[(place - 1) / 2])) {
		items[place] = items[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	items[place] = item;
	return TR_OK;
}

int64_t
tr_heap_next(const struct tr_heap *heap)
{
	return heap->count == 0 ? TR_TIME_NEVER : heap->items[0].at;
}

void *
tr_heap_pop(struct tr_heap *heap)
{
	struct tr_heap_item *items = heap->items;
	struct tr_heap_item last;
	uint32_t place = 0, below;
	void *what;

	if (heap->count == 0)
		return NULL;
	what = items[0].what;
	last = items[--heap->count];
	while ((below = 2 * place + 1) < heap->count) {
		if (below + 1 < heap->count &&
		    is_before(&items[below + 1], &items[below]))
			below++;
		if (!is_before(&items[below], &last))
			break;
		items[place] = items[below];
		place = below;
	}
	items[place] = last;
	return what;
}

void
tr_heap_clear(struct tr_heap *heap)
{
	free(heap->items);
	*heap = (struct tr_heap){ .items = NULL };
}
