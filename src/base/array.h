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

#endif
