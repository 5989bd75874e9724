/*
 * Sorting of many records where they lie, with no memory beside them.
 */
#ifndef TR_BASE_SORT_H
#define TR_BASE_SORT_H

#include <stddef.h>

#define TR_SORT_SIZE_MAX	32

/*
 * Sort records of size bytes each, 1 to TR_SORT_SIZE_MAX, by their bytes as
 * memcmp() does.  A radix sort that swaps in place (McIlroy, Bostic, McIlroy:
 * "Engineering radix sort", Computing Systems 6(1), 1993).
 */
void tr_sort_bytes(void *records, size_t count, size_t size);

#endif
