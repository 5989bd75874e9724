/*
 * Arrays that grow by doubling, up to a hard cap.
 */
#ifndef TR_BASE_ARRAY_H
#define TR_BASE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/*
 * Make room for one more item behind count of them: items, with room for
 * *size items of item_size bytes, is kept or moved.  Returns the array, and
 * its room in *size; or NULL when most items are there or memory is out: the
 * old array is then as it was, and still the caller's.
 */
void *tr_array_grow(void *items, uint32_t count, uint32_t *size,
    size_t item_size, uint32_t most);

/*
 * A list that owns its memory; all zero is an empty one.  items is an array of
 * what the list's owner says it holds, moved when the list grows.
 */
struct tr_list {
	void	*items;
	uint32_t count;
	uint32_t size;
};

/*
 * A new item at the end, all zero; NULL without memory.  item_size must be
 * the same in each call.
 */
void *tr_list_add(struct tr_list *list, size_t item_size);

/* Free the items' memory; what they own is the caller's matter. */
void tr_list_clear(struct tr_list *list);

#endif
