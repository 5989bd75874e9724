#include <stdlib.h>

#include "base/array.h"

#define ARRAY_LEAST 64

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
