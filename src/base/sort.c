#include <stdint.h>
#include <string.h>

#include "base/sort.h"

#define FEW	24		/* are sorted by insertion */

/* The records are the same in the bytes before at. */
struct part {
	uint8_t	*records;
	size_t	 count;
	size_t	 size;
	size_t	 at;
};

static void
insert_each(const struct part *part)
{
	const size_t size = part->size;
	uint8_t moved[TR_SORT_SIZE_MAX];

	for (size_t i = 1; i < part->count; i++) {
		uint8_t *hole = part->records + i * size;

		memcpy(moved, hole, size);
		while (hole > part->records &&
		    memcmp(hole - size, moved, size) > 0) {
			memcpy(hole, hole - size, size);
			hole -= size;
		}
		memcpy(hole, moved, size);
	}
}

static void
swap(uint8_t *a, uint8_t *b, size_t size)
{
	uint8_t kept[TR_SORT_SIZE_MAX];

	memcpy(kept, a, size);
	memcpy(a, b, size);
	memcpy(b, kept, size);
}

/*
 * Bring the records with each value of the byte at at together.  ends is where
 * those of each value end, in records.
 */
static void
gather(const struct part *part, size_t ends[256])
{
	const uint8_t *byte = part->records + part->at;
	size_t next[256], sum = 0;

	memset(ends, 0, 256 * sizeof(*ends));
	for (size_t i = 0; i < part->count; i++)
		ends[byte[i * part->size]]++;
	for (int value = 0; value < 256; value++) {
		next[value] = sum;
		sum += ends[value];
		ends[value] = sum;
	}
	for (int value = 0; value < 256; value++)
		while (next[value] < ends[value]) {
			const size_t here = next[value] * part->size;
			const uint8_t found = byte[here];

			if (found != value)
				swap(part->records + here, part->records +
				    next[found] * part->size, part->size);
			next[found]++;
		}
}

/* Calls itself with a byte less: as deep as a record has bytes. */
static void
sort_part(struct part part)
{
	size_t ends[256], start = 0;

	if (part.count <= FEW) {
		insert_each(&part);
		return;
	}
	if (part.at == part.size)
		return;
	gather(&part, ends);
	for (int value = 0; value < 256; value++) {
		if (ends[value] - start > 1)
			sort_part((struct part){
			    part.records + start * part.size,
			    ends[value] - start, part.size, part.at + 1 });
		start = ends[value];
	}
}

void
tr_sort_bytes(void *records, size_t count, size_t size)
{
	sort_part((struct part){ records, count, size, 0 });
}
