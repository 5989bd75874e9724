#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define ARRAY_LEAST 64
#define LIST_LEAST 4

void *
tr_array_grow(void *items, uint32_t count, uint32_t *size, size_t item_size,
    uint32_t most)
{
	uint32_t wanted = *size > most / 2 ? most : *size * 2;
	void *grown;

	if (count < *size)
		return items;
	if (count >= most)
		return NULL;
	if (wanted < ARRAY_LEAST)
		wanted = ARRAY_LEAST < most ? ARRAY_LEAST : most;
	grown = reallocarray(items, wanted, item_size);
	if (grown != NULL)
		*size = wanted;
	return grown;
}

void *
tr_list_add(struct tr_list *list, size_t item_size)
{
	const uint32_t wanted = list->size == 0 ? LIST_LEAST : list->size * 2;
	char *items = list->items;

	if (list->count == list->size) {
		if (list->size > UINT32_MAX / 2)
			return NULL;
		items = reallocarray(items, wanted, item_size);
		if (items == NULL)
			return NULL;
		list->items = items;
		list->size = wanted;
	}
	items += item_size * list->count++;
	return memset(items, 0, item_size);
}

void
tr_list_clear(struct tr_list *list)
{
	free(list->items);
	*list = (struct tr_list){ .items = NULL };
}
