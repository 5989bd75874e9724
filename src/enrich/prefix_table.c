#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/wide.h"
#include "enrich/prefix_table.h"

#define BUCKETS		65536		/* of the first 16 bits of IPv4 */
#define ENTRIES_MAX	(1u << 28)
#define RANGED		UINT8_MAX	/* for a length */

/* What was put in, until it is cut to stretches. */
struct entry {
	struct tr_wide first;
	struct tr_wide last;
	uint32_t value;
	uint8_t	 length;		/* or RANGED */
};

/* The same of IPv4, as it is kept: a million of them are to be small. */
struct entry4 {
	uint32_t first;
	uint32_t last;
	uint32_t value;
	uint8_t	 length;
};

/* The entries of one family, then its stretches. */
struct half {
	void	*entries;		/* of the family's kind */
	uint32_t entry_count;
	uint32_t entry_room;
	bool	 sorted;

	uint32_t *starts4;
	uint64_t *highs;		/* of starts of IPv6 */
	uint64_t *lows;
	uint32_t *values;
	uint8_t	*lengths;
	uint32_t count;
	uint32_t room;
};

struct tr_prefix_table {
	struct half half4;
	struct half half6;
	uint32_t *buckets;		/* first stretch that starts in one */
};

/* --- keys --------------------------------------------------------------- */

/* An address as a number. */
static struct tr_wide
key_of(const struct tr_address *address)
{
	return tr_wide_of(address->bytes, tr_address_size(address));
}

/* The ones behind the first length bits of a key with so many bits. */
static struct tr_wide
behind(unsigned length, unsigned bits)
{
	return tr_wide_ones(bits - length);
}

/* --- entries ------------------------------------------------------------ */

struct tr_prefix_table *
tr_prefix_table_new(void)
{
	struct tr_prefix_table *table = calloc(1, sizeof(*table));

	if (table != NULL)
		table->half4.sorted = table->half6.sorted = true;
	return table;
}

static void
free_half(struct half *half)
{
	free(half->entries);
	free(half->starts4);
	free(half->highs);
	free(half->lows);
	free(half->values);
	free(half->lengths);
}

void
tr_prefix_table_free(struct tr_prefix_table *table)
{
	if (table == NULL)
		return;
	free_half(&table->half4);
	free_half(&table->half6);
	free(table->buckets);
	free(table);
}

static size_t
size_of_entry(int family)
{
	return family == 4 ? sizeof(struct entry4) : sizeof(struct entry);
}

static struct entry
entry_at(const struct half *half, int family, uint32_t at)
{
	const struct entry4 *entry4;

	if (family == 6)
		return ((const struct entry *)half->entries)[at];
	entry4 = (const struct entry4 *)half->entries + at;
	return (struct entry){ { 0, entry4->first }, { 0, entry4->last },
	    entry4->value, entry4->length };
}

/* By where they begin, the longer stretch first; then by value. */
static int
order(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;
	int found = tr_wide_compare(a->first, b->first);

	if (found == 0)
		found = tr_wide_compare(b->last, a->last);
	if (found == 0)
		found = a->value < b->value ? -1 : a->value > b->value;
	return found;
}

/* The same of entries of IPv4. */
static int
order4(const void *one, const void *other)
{
	const struct entry4 *a = one, *b = other;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return a->value < b->value ? -1 : a->value > b->value;
}

static int
add(struct tr_prefix_table *table, int family, const struct entry *entry)
{
	struct half *half = family == 4 ? &table->half4 : &table->half6;
	struct entry last;
	void *grown = tr_array_grow(half->entries, half->entry_count,
	    &half->entry_room, size_of_entry(family), ENTRIES_MAX);

	if (grown == NULL)
		return TR_ENOMEM;
	half->entries = grown;
	if (family == 4)
		((struct entry4 *)grown)[half->entry_count] = (struct entry4){
		    (uint32_t)entry->first.low, (uint32_t)entry->last.low,
		    entry->value, entry->length };
	else
		((struct entry *)grown)[half->entry_count] = *entry;
	if (half->sorted && half->entry_count > 0) {
		last = entry_at(half, family, half->entry_count - 1);
		half->sorted = order(&last, entry) <= 0;
	}
	half->entry_count++;
	return TR_OK;
}

int
tr_prefix_table_add(struct tr_prefix_table *table,
    const struct tr_prefix *prefix, uint32_t value)
{
	const struct tr_wide rest = behind(prefix->length,
	    (unsigned)tr_address_size(&prefix->address) * 8);
	struct entry entry = {
		.first = key_of(&prefix->address),
		.value = value,
		.length = prefix->length,
	};

	entry.last.high = entry.first.high | rest.high;
	entry.last.low = entry.first.low | rest.low;
	return add(table, prefix->address.family, &entry);
}

int
tr_prefix_table_add_range(struct tr_prefix_table *table,
    const struct tr_address *first, const struct tr_address *last,
    uint32_t value)
{
	const unsigned bits = (unsigned)tr_address_size(first) * 8;
	struct entry entry = {
		.first = key_of(first),
		.last = key_of(last),
		.value = value,
		.length = RANGED,
	};

	if (first->family != last->family || bits == 0 ||
	    tr_wide_compare(entry.first, entry.last) > 0)
		return TR_ERANGE;
	/* A range may be a prefix after all. */
	for (unsigned length = 0; length <= bits; length++) {
		const struct tr_wide rest = behind(length, bits);

		if ((entry.first.high ^ entry.last.high) == rest.high &&
		    (entry.first.low ^ entry.last.low) == rest.low &&
		    (entry.first.high & rest.high) == 0 &&
		    (entry.first.low & rest.low) == 0)
			entry.length = (uint8_t)length;
	}
	return add(table, first->family, &entry);
}

/* --- stretches ---------------------------------------------------------- */

/* What is open where the sweep stands, the innermost last. */
struct sweep {
	struct half *half;
	int	 family;
	struct entry *open;
	uint32_t depth;
	uint32_t open_room;
};

static int
grow(struct half *half, int family)
{
	const uint32_t room = half->room < 1024 ? 1024 :
	    half->room + half->room / 2;
	void *values, *lengths, *starts, *lows = NULL;

	if (half->count < half->room)
		return TR_OK;
	values = reallocarray(half->values, room, sizeof(*half->values));
	if (values != NULL)
		half->values = values;
	lengths = reallocarray(half->lengths, room, sizeof(*half->lengths));
	if (lengths != NULL)
		half->lengths = lengths;
	if (family == 4) {
		starts = reallocarray(half->starts4, room, sizeof(uint32_t));
		if (starts != NULL)
			half->starts4 = starts;
	} else {
		starts = reallocarray(half->highs, room, sizeof(uint64_t));
		if (starts != NULL)
			half->highs = starts;
		lows = reallocarray(half->lows, room, sizeof(uint64_t));
		if (lows != NULL)
			half->lows = lows;
	}
	if (values == NULL || lengths == NULL || starts == NULL ||
	    (family == 6 && lows == NULL))
		return TR_ENOMEM;
	half->room = room;
	return TR_OK;
}

static struct tr_wide
start_at(const struct half *half, int family, uint32_t at)
{
	if (family == 4)
		return (struct tr_wide){ 0, half->starts4[at] };
	return (struct tr_wide){ half->highs[at], half->lows[at] };
}

/* From here on the value is another; what began here before is empty. */
static int
emit(struct sweep *sweep, struct tr_wide start, uint32_t value, uint8_t length)
{
	struct half *half = sweep->half;

	if (half->count > 0 && tr_wide_compare(start_at(half, sweep->family,
	    half->count - 1), start) == 0)
		half->count--;
	if (grow(half, sweep->family) != TR_OK)
		return TR_ENOMEM;
	if (sweep->family == 4)
		half->starts4[half->count] = (uint32_t)start.low;
	else {
		half->highs[half->count] = start.high;
		half->lows[half->count] = start.low;
	}
	half->values[half->count] = value;
	half->lengths[half->count] = length;
	half->count++;
	return TR_OK;
}

/* Close what ends before a place; NULL: close all. */
static int
close_until(struct sweep *sweep, const struct tr_wide *place)
{
	const unsigned bits = sweep->family == 4 ? 32 : 128;
	const struct tr_wide most = behind(0, bits);

	while (sweep->depth > 0) {
		const struct tr_wide last = sweep->open[sweep->depth - 1].last;
		const struct entry *around;
		int status;

		if (place != NULL && tr_wide_compare(last, *place) >= 0)
			break;
		/* One that crosses may have ended under this one. */
		do
			sweep->depth--;
		while (sweep->depth > 0 && tr_wide_compare(
		    sweep->open[sweep->depth - 1].last, last) <= 0);
		if (tr_wide_compare(last, most) == 0)
			continue;
		around = sweep->depth == 0 ? NULL :
		    &sweep->open[sweep->depth - 1];
		status = emit(sweep, tr_wide_next(last), around == NULL ?
		    TR_PREFIX_NONE : around->value,
		    around == NULL ? 0 : around->length);
		if (status != TR_OK)
			return status;
	}
	return TR_OK;
}

static int
open_entry(struct sweep *sweep, const struct entry *entry)
{
	int status = close_until(sweep, &entry->first);
	struct entry *grown;

	if (status != TR_OK)
		return status;
	grown = tr_array_grow(sweep->open, sweep->depth, &sweep->open_room,
	    sizeof(*sweep->open), ENTRIES_MAX);
	if (grown == NULL)
		return TR_ENOMEM;
	sweep->open = grown;
	sweep->open[sweep->depth++] = *entry;
	return emit(sweep, entry->first, entry->value, entry->length);
}

/* Of the entries that are the same stretch, from at on: one. */
static int
take_equal(const struct sweep *sweep, uint32_t *at, struct entry *entry,
    tr_prefix_join *join, void *context)
{
	const struct half *half = sweep->half;

	*entry = entry_at(half, sweep->family, (*at)++);
	for (; *at < half->entry_count; (*at)++) {
		const struct entry next = entry_at(half, sweep->family, *at);

		if (tr_wide_compare(next.first, entry->first) != 0 ||
		    tr_wide_compare(next.last, entry->last) != 0)
			break;
		if (join == NULL || next.value == entry->value)
			continue;
		entry->value = join(context, entry->value, next.value);
		if (entry->value == TR_PREFIX_NONE)
			return TR_ENOMEM;
	}
	return TR_OK;
}

/* Give back what is too much; that it fails harms nothing. */
static void
trim(struct half *half)
{
	void *less;

	if (half->count == 0)
		return;
	less = reallocarray(half->values, half->count, sizeof(uint32_t));
	half->values = less != NULL ? less : half->values;
	less = reallocarray(half->lengths, half->count, sizeof(uint8_t));
	half->lengths = less != NULL ? less : half->lengths;
	if (half->starts4 != NULL) {
		less = reallocarray(half->starts4, half->count,
		    sizeof(uint32_t));
		half->starts4 = less != NULL ? less : half->starts4;
		return;
	}
	less = reallocarray(half->highs, half->count, sizeof(uint64_t));
	half->highs = less != NULL ? less : half->highs;
	less = reallocarray(half->lows, half->count, sizeof(uint64_t));
	half->lows = less != NULL ? less : half->lows;
}

static int
finish_half(struct half *half, int family, tr_prefix_join *join,
    void *context)
{
	struct sweep sweep = { .half = half, .family = family };
	struct entry entry;
	int status = TR_OK;

	if (!half->sorted)
		qsort(half->entries, half->entry_count, size_of_entry(family),
		    family == 4 ? order4 : order);
	for (uint32_t at = 0; at < half->entry_count && status == TR_OK; ) {
		status = take_equal(&sweep, &at, &entry, join, context);
		if (status == TR_OK)
			status = open_entry(&sweep, &entry);
	}
	if (status == TR_OK)
		status = close_until(&sweep, NULL);
	free(sweep.open);
	free(half->entries);
	half->entries = NULL;
	trim(half);
	return status;
}

static int
index_buckets(struct tr_prefix_table *table)
{
	const struct half *half = &table->half4;
	uint32_t at = 0;

	if (half->count == 0)
		return TR_OK;
	table->buckets = calloc(BUCKETS + 1, sizeof(*table->buckets));
	if (table->buckets == NULL)
		return TR_ENOMEM;
	for (uint32_t bucket = 0; bucket <= BUCKETS; bucket++) {
		while (at < half->count && half->starts4[at] >> 16 < bucket)
			at++;
		table->buckets[bucket] = at;
	}
	return TR_OK;
}

int
tr_prefix_table_finish(struct tr_prefix_table *table, tr_prefix_join *join,
    void *context)
{
	int status = finish_half(&table->half4, 4, join, context);

	if (status == TR_OK)
		status = finish_half(&table->half6, 6, join, context);
	return status == TR_OK ? index_buckets(table) : status;
}

/* --- looking ------------------------------------------------------------ */

/* How many stretches start at or before the key. */
static uint32_t
count_until4(const struct tr_prefix_table *table, uint32_t key)
{
	const struct half *half = &table->half4;
	uint32_t low, high;

	if (half->count == 0)
		return 0;
	low = table->buckets[key >> 16];
	high = table->buckets[(key >> 16) + 1];
	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (half->starts4[middle] <= key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t
count_until6(const struct half *half, struct tr_wide key)
{
	uint32_t low = 0, high = half->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (half->highs[middle] < key.high ||
		    (half->highs[middle] == key.high &&
		    half->lows[middle] <= key.low))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The shortest prefix around a key that is inside a stretch. */
static unsigned
length_inside(const struct half *half, int family, uint32_t at,
    struct tr_wide key)
{
	const unsigned bits = family == 4 ? 32 : 128;
	const struct tr_wide first = start_at(half, family, at);
	unsigned length = 0;

	for (; length < bits; length++) {
		const struct tr_wide rest = behind(length, bits);
		const struct tr_wide low = { key.high & ~rest.high,
		    key.low & ~rest.low };
		const struct tr_wide high = { key.high | rest.high,
		    key.low | rest.low };

		if (tr_wide_compare(low, first) >= 0 &&
		    (at + 1 == half->count || tr_wide_compare(high,
		    start_at(half, family, at + 1)) < 0))
			break;
	}
	return length;
}

bool
tr_prefix_table_find(const struct tr_prefix_table *table,
    const struct tr_address *address, struct tr_prefix_match *match)
{
	const int family = address->family;
	const struct half *half = family == 4 ? &table->half4 : &table->half6;
	const struct tr_wide key = key_of(address);
	uint32_t at;
	unsigned length;

	if (family != 4 && family != 6)
		return false;
	at = family == 4 ? count_until4(table, (uint32_t)key.low) :
	    count_until6(half, key);
	if (at == 0 || half->values[at - 1] == TR_PREFIX_NONE)
		return false;
	at--;
	match->value = half->values[at];
	match->ranged = half->lengths[at] == RANGED;
	length = match->ranged ? length_inside(half, family, at, key) :
	    half->lengths[at];
	match->prefix = tr_prefix_of(address, length);
	return true;
}

bool
tr_prefix_table_has(const struct tr_prefix_table *table, int family)
{
	return (family == 4 ? table->half4.count : table->half6.count) > 0;
}
