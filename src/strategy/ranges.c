#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/sort.h"
#include "strategy/ranges.h"

#define RECORDS_MAX	(1u << 31)
#define PAIR_SIZE_MAX	32

/* --- records ------------------------------------------------------------ */

void
tr_records_init(struct tr_records *records, size_t size)
{
	*records = (struct tr_records){
		.size = (uint8_t)size,
		.sorted = true,
	};
}

int
tr_records_add(struct tr_records *records, const uint8_t *record)
{
	uint8_t *grown = tr_array_grow(records->bytes, records->count,
	    &records->room, records->size, RECORDS_MAX);

	if (grown == NULL)
		return TR_ENOMEM;
	records->bytes = grown;
	if (records->count > 0 && memcmp(tr_record_at(records,
	    records->count - 1), record, records->size) > 0)
		records->sorted = false;
	memcpy(tr_record_at(records, records->count++), record, records->size);
	return TR_OK;
}

static void
sort(struct tr_records *records)
{
	if (!records->sorted)
		tr_sort_bytes(records->bytes, records->count, records->size);
	records->sorted = true;
}

static void
drop_repeats(struct tr_records *singles)
{
	uint32_t kept = 0;

	sort(singles);
	for (uint32_t i = 0; i < singles->count; i++) {
		const uint8_t *record = tr_record_at(singles, i);

		if (kept > 0 && memcmp(tr_record_at(singles, kept - 1), record,
		    singles->size) == 0)
			continue;
		memmove(tr_record_at(singles, kept++), record, singles->size);
	}
	singles->count = kept;
}

/* --- ranges in records -------------------------------------------------- */

static struct tr_wide
single_at(const struct tr_ranges *ranges, uint32_t index)
{
	return tr_wide_of(tr_record_at(&ranges->singles, index), ranges->width);
}

static struct tr_range
pair_at(const struct tr_ranges *ranges, uint32_t index)
{
	const uint8_t *record = tr_record_at(&ranges->pairs, index);

	return (struct tr_range){ tr_wide_of(record, ranges->width),
	    tr_wide_of(record + ranges->width, ranges->width) };
}

static void
write_pair(uint8_t *record, struct tr_range range, size_t width)
{
	tr_wide_put(range.first, record, width);
	tr_wide_put(range.last, record + width, width);
}

/* Does a range begin inside of another, or just behind it? */
static bool
goes_on(struct tr_range range, struct tr_wide first)
{
	return tr_wide_compare(first, range.last) <= 0 ||
	    tr_wide_compare(first, tr_wide_next(range.last)) == 0;
}

static void
join_pairs(struct tr_ranges *ranges)
{
	struct tr_records *pairs = &ranges->pairs;
	struct tr_range joined, next;
	uint32_t kept = 0;

	sort(pairs);
	if (pairs->count == 0)
		return;
	joined = pair_at(ranges, 0);
	for (uint32_t i = 1; i < pairs->count; i++) {
		next = pair_at(ranges, i);
		if (!goes_on(joined, next.first)) {
			write_pair(tr_record_at(pairs, kept++), joined,
			    ranges->width);
			joined = next;
		} else if (tr_wide_compare(next.last, joined.last) > 0)
			joined.last = next.last;
	}
	write_pair(tr_record_at(pairs, kept++), joined, ranges->width);
	pairs->count = kept;
}

/* --- putting in --------------------------------------------------------- */

void
tr_ranges_init(struct tr_ranges *ranges, uint8_t width)
{
	*ranges = (struct tr_ranges){ .width = width };
	tr_records_init(&ranges->singles, width);
	tr_records_init(&ranges->pairs, 2u * width);
}

void
tr_ranges_clear(struct tr_ranges *ranges)
{
	free(ranges->singles.bytes);
	free(ranges->pairs.bytes);
	tr_ranges_init(ranges, ranges->width);
}

/* Before an array grows: what is in it twice may make room enough. */
static void
make_room(struct tr_ranges *ranges, struct tr_records *records)
{
	if (records->count == 0 || records->count < records->room)
		return;
	if (records == &ranges->singles)
		drop_repeats(records);
	else
		join_pairs(ranges);
	/* To sort again for each few would take for ever. */
	if (records->count > records->room / 2)
		records->room = records->count;
}

/* The latest range does not grow any more. */
static int
close_range(struct tr_ranges *ranges)
{
	const struct tr_range range = ranges->open;
	uint8_t record[PAIR_SIZE_MAX];
	struct tr_records *records = tr_wide_compare(range.first,
	    range.last) == 0 ? &ranges->singles : &ranges->pairs;

	if (!ranges->is_open)
		return TR_OK;
	make_room(ranges, records);
	write_pair(record, range, ranges->width);
	if (tr_records_add(records, record) != TR_OK)
		return TR_ENOMEM;
	ranges->is_open = false;
	return TR_OK;
}

int
tr_ranges_add(struct tr_ranges *ranges, struct tr_range range)
{
	struct tr_range *open = &ranges->open;

	/* What comes in order grows in place: a million lines of a /12. */
	if (ranges->is_open && goes_on(*open, range.first) &&
	    goes_on(range, open->first)) {
		if (tr_wide_compare(range.first, open->first) < 0)
			open->first = range.first;
		if (tr_wide_compare(range.last, open->last) > 0)
			open->last = range.last;
		return TR_OK;
	}
	if (close_range(ranges) != TR_OK)
		return TR_ENOMEM;
	*open = range;
	ranges->is_open = true;
	return TR_OK;
}

/* --- taking out --------------------------------------------------------- */

/*
 * A pass over ranges in order, asking for the ones that reach to or behind an
 * address.
 */
struct pass {
	const struct tr_ranges *ranges;
	struct tr_ranges_walk walk;
	struct tr_range now;
	bool	some;
};

static struct pass
begin_pass(const struct tr_ranges *ranges)
{
	struct pass pass = { .ranges = ranges };

	pass.some = tr_ranges_next(ranges, &pass.walk, &pass.now);
	return pass;
}

/* Go on to a range that ends at the address or behind it; false for none. */
static bool
pass_on(struct pass *pass, struct tr_wide address)
{
	while (pass->some && tr_wide_compare(pass->now.last, address) < 0)
		pass->some = tr_ranges_next(pass->ranges, &pass->walk,
		    &pass->now);
	return pass->some;
}

static void
drop_singles_in(struct tr_ranges *ranges, struct pass pass)
{
	struct tr_records *singles = &ranges->singles;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < singles->count; i++) {
		const struct tr_wide address = single_at(ranges, i);

		if (pass_on(&pass, address) &&
		    tr_wide_compare(pass.now.first, address) <= 0)
			continue;
		memmove(tr_record_at(singles, kept++), tr_record_at(singles, i),
		    singles->size);
	}
	singles->count = kept;
}

/* What others leave of a range, put behind pairs. */
static int
leave_of(struct tr_range range, struct pass *pass, struct tr_records *pairs)
{
	const size_t width = pairs->size / 2u;
	uint8_t record[PAIR_SIZE_MAX];

	while (pass_on(pass, range.first) &&
	    tr_wide_compare(pass->now.first, range.last) <= 0) {
		const struct tr_range hole = pass->now;

		if (tr_wide_compare(range.first, hole.first) < 0) {
			write_pair(record, (struct tr_range){ range.first,
			    tr_wide_before(hole.first) }, width);
			if (tr_records_add(pairs, record) != TR_OK)
				return TR_ENOMEM;
		}
		if (tr_wide_compare(hole.last, range.last) >= 0)
			return TR_OK;
		range.first = tr_wide_next(hole.last);
	}
	write_pair(record, range, width);
	return tr_records_add(pairs, record);
}

int
tr_ranges_subtract(struct tr_ranges *ranges, const struct tr_ranges *other)
{
	struct pass pass = begin_pass(other);
	struct tr_records left;
	int status = TR_OK;

	if (!pass.some)
		return TR_OK;
	drop_singles_in(ranges, pass);
	tr_records_init(&left, ranges->pairs.size);
	for (uint32_t i = 0; i < ranges->pairs.count && status == TR_OK; i++)
		status = leave_of(pair_at(ranges, i), &pass, &left);
	if (status != TR_OK) {
		free(left.bytes);
		return status;
	}
	free(ranges->pairs.bytes);
	ranges->pairs = left;
	return TR_OK;
}

/* A range that has no neighbour: kept singles stay where singles are. */
static int
keep(struct tr_ranges *ranges, struct tr_range range, uint32_t *singles,
    struct tr_records *pairs)
{
	uint8_t record[PAIR_SIZE_MAX];

	write_pair(record, range, ranges->width);
	if (tr_wide_compare(range.first, range.last) != 0)
		return tr_records_add(pairs, record);
	memcpy(tr_record_at(&ranges->singles, (*singles)++), record,
	    ranges->width);
	return TR_OK;
}

/*
 * Addresses beside each other become a pair: then what the records are depends
 * on what the set is, and not on what it was made of.
 */
static int
join_neighbours(struct tr_ranges *ranges)
{
	struct tr_ranges_walk walk = { .single = 0 };
	struct tr_range joined, next;
	struct tr_records pairs;
	uint32_t singles = 0;
	int status = TR_OK;

	if (!tr_ranges_next(ranges, &walk, &joined))
		return TR_OK;
	tr_records_init(&pairs, ranges->pairs.size);
	while (status == TR_OK && tr_ranges_next(ranges, &walk, &next)) {
		if (goes_on(joined, next.first)) {
			joined.last = next.last;
			continue;
		}
		status = keep(ranges, joined, &singles, &pairs);
		joined = next;
	}
	if (status == TR_OK)
		status = keep(ranges, joined, &singles, &pairs);
	if (status != TR_OK) {
		free(pairs.bytes);
		return status;
	}
	free(ranges->pairs.bytes);
	ranges->pairs = pairs;
	ranges->singles.count = singles;
	return TR_OK;
}

int
tr_ranges_settle(struct tr_ranges *ranges)
{
	struct tr_ranges pairs_only;

	if (close_range(ranges) != TR_OK)
		return TR_ENOMEM;
	drop_repeats(&ranges->singles);
	join_pairs(ranges);
	pairs_only = *ranges;
	pairs_only.singles.count = 0;
	drop_singles_in(ranges, begin_pass(&pairs_only));
	return join_neighbours(ranges);
}

/* --- asking ------------------------------------------------------------- */

bool
tr_ranges_next(const struct tr_ranges *ranges, struct tr_ranges_walk *walk,
    struct tr_range *range)
{
	const bool is_single = walk->single < ranges->singles.count;
	const bool is_pair = walk->pair < ranges->pairs.count;
	struct tr_wide single = { .high = 0 };

	if (!is_single && !is_pair)
		return false;
	if (is_single)
		single = single_at(ranges, walk->single);
	if (is_pair)
		*range = pair_at(ranges, walk->pair);
	if (is_pair && (!is_single ||
	    tr_wide_compare(range->first, single) < 0)) {
		walk->pair++;
		return true;
	}
	*range = (struct tr_range){ single, single };
	walk->single++;
	return true;
}

/* How many records begin at the address or before it. */
static uint32_t
count_before(const struct tr_records *records, size_t width,
    struct tr_wide address)
{
	uint32_t low = 0, high = records->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (tr_wide_compare(tr_wide_of(tr_record_at(records, middle),
		    width), address) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
tr_ranges_has(const struct tr_ranges *ranges, struct tr_wide address)
{
	const uint32_t single = count_before(&ranges->singles, ranges->width,
	    address);
	const uint32_t pair = count_before(&ranges->pairs, ranges->width,
	    address);

	return (single > 0 && tr_wide_compare(single_at(ranges, single - 1),
	    address) == 0) || (pair > 0 && tr_wide_compare(address,
	    pair_at(ranges, pair - 1).last) <= 0);
}

struct tr_wide
tr_ranges_size(const struct tr_ranges *ranges)
{
	const struct tr_wide nothing = { .high = 0 };
	struct tr_wide size = { 0, ranges->singles.count };

	for (uint32_t i = 0; i < ranges->pairs.count; i++) {
		const struct tr_range pair = pair_at(ranges, i);

		size = tr_wide_next(tr_wide_add(size,
		    tr_wide_subtract(pair.last, pair.first)));
	}
	if (ranges->pairs.count > 0 && tr_wide_compare(size, nothing) == 0)
		size = tr_wide_before(size);
	return size;
}

static void
trim(struct tr_records *records)
{
	void *smaller;

	if (records->count == 0) {
		free(records->bytes);
		records->bytes = NULL;
		records->room = 0;
		return;
	}
	smaller = reallocarray(records->bytes, records->count, records->size);
	if (smaller == NULL)
		return;
	records->bytes = smaller;
	records->room = records->count;
}

void
tr_ranges_trim(struct tr_ranges *ranges)
{
	trim(&ranges->singles);
	trim(&ranges->pairs);
}

size_t
tr_ranges_memory(const struct tr_ranges *ranges)
{
	return (size_t)ranges->singles.room * ranges->singles.size +
	    (size_t)ranges->pairs.room * ranges->pairs.size;
}
