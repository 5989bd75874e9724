#include <stdlib.h>

#include "base/permutation.h"
#include "base/random.h"
#include "base/special.h"
#include "base/wide.h"
#include "strategy/pick.h"
#include "strategy/ranges.h"
#include "strategy/targets.h"

#define PER_BUCKET	8	/* ranges, in the mean */
#define BUCKETS_MAX	65536u

/*
 * The targets of one family.  When sealed, the set is as tr_pick_in_each()
 * leaves it, but that of each pair the last unit has made place for how many
 * units the pairs before it have.
 */
struct half {
	struct tr_ranges set;
	struct tr_ranges excluded;
	struct tr_pick pick;	/* what a unit is, and its target */

	uint64_t units;		/* in pairs */
	uint32_t *buckets;	/* last pair that begins before one does */
	uint8_t	 bucket_shift;
};

struct tr_targets {
	struct tr_targets_config config;
	struct half halves[2];	/* IPv4, IPv6 */
	struct tr_targets_left_out left_out;
	struct tr_permutation order;
	uint64_t count;
};

#define HALVES	2

/* --- putting in, and leaving out ---------------------------------------- */

static void
init_half(struct half *half, uint8_t family, uint8_t per_prefix,
    uint64_t seed)
{
	const uint8_t width = family == 4 ? 4 : 16;

	half->pick.key = tr_random_mix(seed, family);
	half->pick.family = family;
	half->pick.shift = per_prefix == 0 || per_prefix >= 8 * width ? 0 :
	    (uint8_t)(8 * width - per_prefix);
	tr_ranges_init(&half->set, width);
	tr_ranges_init(&half->excluded, width);
}

struct tr_targets *
tr_targets_new(const struct tr_targets_config *config)
{
	struct tr_targets *targets = calloc(1, sizeof(*targets));

	if (targets == NULL)
		return NULL;
	targets->config = *config;
	init_half(&targets->halves[0], 4, config->per_prefix4, config->seed);
	init_half(&targets->halves[1], 6, config->per_prefix6, config->seed);
	return targets;
}

void
tr_targets_free(struct tr_targets *targets)
{
	if (targets == NULL)
		return;
	for (int i = 0; i < HALVES; i++) {
		tr_ranges_clear(&targets->halves[i].set);
		tr_ranges_clear(&targets->halves[i].excluded);
		free(targets->halves[i].buckets);
	}
	free(targets);
}

static bool
is_range(const struct tr_address *first, const struct tr_address *last,
    struct tr_range *range)
{
	const size_t width = tr_address_size(first);

	if (width == 0 || first->family != last->family ||
	    tr_address_compare(first, last) > 0)
		return false;
	range->first = tr_wide_of(first->bytes, width);
	range->last = tr_wide_of(last->bytes, width);
	return true;
}

static struct half *
half_of(struct tr_targets *targets, const struct tr_address *address)
{
	return &targets->halves[address->family == 4 ? 0 : 1];
}

int
tr_targets_add(struct tr_targets *targets, const struct tr_address *first,
    const struct tr_address *last)
{
	struct tr_range range;

	if (!is_range(first, last, &range))
		return TR_ERANGE;
	return tr_ranges_add(&half_of(targets, first)->set, range);
}

int
tr_targets_exclude(struct tr_targets *targets, const struct tr_address *first,
    const struct tr_address *last)
{
	struct tr_range range;

	if (!is_range(first, last, &range))
		return TR_ERANGE;
	return tr_ranges_add(&half_of(targets, first)->excluded, range);
}

/* --- what is special ---------------------------------------------------- */

static int
take_row(struct tr_ranges *special, const struct tr_special *row)
{
	const struct tr_address last = tr_prefix_last(&row->prefix);
	struct tr_ranges reachable;
	struct tr_range range;
	int status;

	if (!is_range(&row->prefix.address, &last, &range))
		return TR_ERANGE;
	if (!row->global) {
		status = tr_ranges_add(special, range);
		return status == TR_OK ? tr_ranges_settle(special) : status;
	}
	tr_ranges_init(&reachable, special->width);
	status = tr_ranges_add(&reachable, range);
	if (status == TR_OK)
		status = tr_ranges_settle(&reachable);
	if (status == TR_OK)
		status = tr_ranges_subtract(special, &reachable);
	tr_ranges_clear(&reachable);
	return status;
}

/*
 * All that is not globally reachable.  A row stands behind the one that it
 * lies in, and has the last word.
 */
static int
find_special(struct tr_ranges *special, uint8_t family)
{
	const struct tr_special *row;
	int status = TR_OK;

	for (size_t i = 0; status == TR_OK &&
	    (row = tr_special_row(i)) != NULL; i++)
		if (row->prefix.address.family == family)
			status = take_row(special, row);
	return status;
}

/* What was taken away, added to a number that does not wrap around. */
static void
count_away(uint64_t *sum, struct tr_wide before, struct tr_wide after)
{
	const struct tr_wide away = tr_wide_subtract(before, after);

	if (away.high != 0 || away.low > UINT64_MAX - *sum)
		*sum = UINT64_MAX;
	else
		*sum += away.low;
}

static int
leave_out(struct half *half, const struct tr_ranges *others, uint64_t *sum)
{
	const struct tr_wide before = tr_ranges_size(&half->set);
	const int status = tr_ranges_subtract(&half->set, others);

	if (status == TR_OK)
		count_away(sum, before, tr_ranges_size(&half->set));
	return status;
}

static int
leave_special_out(struct tr_targets *targets, struct half *half)
{
	struct tr_ranges special;
	int status;

	tr_ranges_init(&special, half->set.width);
	status = find_special(&special, half->pick.family);
	if (status == TR_OK)
		status = leave_out(half, &special,
		    &targets->left_out.special);
	tr_ranges_clear(&special);
	return status;
}

/* --- finding them ------------------------------------------------------- */

static uint64_t
units_before(const struct half *half, uint32_t pair)
{
	const size_t width = half->set.width;

	return tr_wide_of(tr_record_at(&half->set.pairs, pair) + width,
	    width).low;
}

/* In each pair, the last unit makes place for the number of those before. */
static void
number_pairs(struct half *half)
{
	const size_t width = half->set.width;

	half->units = 0;
	for (uint32_t i = 0; i < half->set.pairs.count; i++) {
		uint8_t *record = tr_record_at(&half->set.pairs, i);
		const struct tr_wide first = tr_wide_of(record, width);
		const struct tr_wide last = tr_wide_of(record + width, width);

		tr_wide_put((struct tr_wide){ 0, half->units },
		    record + width, width);
		half->units += tr_wide_subtract(last, first).low + 1;
	}
}

/* How many buckets so many units make, of which there must be one. */
static uint64_t
bucket_count(const struct half *half)
{
	return ((half->units - 1) >> half->bucket_shift) + 1;
}

static int
make_buckets(struct half *half)
{
	const uint32_t pairs = half->set.pairs.count;
	uint32_t most = pairs / PER_BUCKET + 1, count, pair = 0;

	if (pairs == 0)
		return TR_OK;
	if (most > BUCKETS_MAX)
		most = BUCKETS_MAX;
	while (bucket_count(half) > most)
		half->bucket_shift++;
	count = (uint32_t)bucket_count(half);
	half->buckets = reallocarray(NULL, count + 1, sizeof(uint32_t));
	if (half->buckets == NULL)
		return TR_ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		while (pair + 1 < pairs && units_before(half, pair + 1) <=
		    (uint64_t)i << half->bucket_shift)
			pair++;
		half->buckets[i] = pair;
	}
	half->buckets[count] = pairs - 1;
	return TR_OK;
}

static struct tr_wide
unit_at(const struct half *half, uint64_t index)
{
	const uint32_t *bucket = &half->buckets[index >> half->bucket_shift];
	uint32_t low = bucket[0], high = bucket[1];

	while (low < high) {
		const uint32_t middle = low + (high - low + 1) / 2;

		if (units_before(half, middle) <= index)
			low = middle;
		else
			high = middle - 1;
	}
	return tr_wide_add(tr_wide_of(tr_record_at(&half->set.pairs, low),
	    half->set.width), (struct tr_wide){ 0,
	    index - units_before(half, low) });
}

static struct tr_address
address_of(const struct half *half, struct tr_wide number)
{
	struct tr_address address = { .family = half->pick.family };

	tr_wide_put(number, address.bytes, half->set.width);
	return address;
}

static uint64_t
half_count(const struct half *half)
{
	return half->set.singles.count + half->units;
}

/* Below half_count(): the single ones, then those of ranges. */
static struct tr_address
half_at(const struct half *half, uint64_t index)
{
	const struct tr_records *singles = &half->set.singles;

	if (index < singles->count)
		return address_of(half, tr_wide_of(tr_record_at(singles,
		    (uint32_t)index), half->set.width));
	return address_of(half, tr_pick_in_whole(&half->pick,
	    unit_at(half, index - singles->count)));
}

struct tr_address
tr_targets_at(const struct tr_targets *targets, uint64_t place)
{
	const struct half *half = targets->halves;
	uint64_t index;

	if (place >= targets->count)
		return (struct tr_address){ .family = 0 };
	index = tr_permutation_at(&targets->order, place);
	if (index < half_count(half))
		return half_at(half, index);
	return half_at(half + 1, index - half_count(half));
}

/* --- sealing ------------------------------------------------------------ */

static int
settle(struct tr_targets *targets, struct half *half)
{
	int status = tr_ranges_settle(&half->set);

	if (status == TR_OK)
		status = tr_ranges_settle(&half->excluded);
	if (status == TR_OK)
		status = leave_out(half, &half->excluded,
		    &targets->left_out.excluded);
	tr_ranges_clear(&half->excluded);
	if (status == TR_OK && !targets->config.special)
		status = leave_special_out(targets, half);
	if (status == TR_OK)
		status = tr_pick_in_each(&half->pick, &half->set);
	return status;
}

/* How many bits a number has, less one: the power of two in it. */
static unsigned
power_in(struct tr_wide number)
{
	unsigned power = 0;

	while (power < 127 && tr_wide_compare(tr_wide_right(number,
	    power + 1), (struct tr_wide){ 0, 0 }) != 0)
		power++;
	return power;
}

static int
refuse(const struct tr_targets *targets, struct tr_wide count,
    struct tr_error *error)
{
	const unsigned length = targets->config.per_prefix6;

	if (length != 0)
		return tr_fail(error, TR_ERANGE, "one in each /%u of IPv6 "
		    "makes 2^%u targets or more; accepted are 2^63 at the "
		    "most: longer prefixes, or a shorter length", length,
		    power_in(count));
	return tr_fail(error, TR_ERANGE, "these are 2^%u targets or more; "
	    "accepted are 2^63 at the most: longer prefixes, or one in each "
	    "IPv6 prefix of a length", power_in(count));
}

static void
draw_order(struct tr_targets *targets)
{
	targets->count = half_count(&targets->halves[0]) +
	    half_count(&targets->halves[1]);
	if (targets->count > 0)
		tr_permutation_init(&targets->order, targets->count,
		    targets->config.seed);
}

static int
number_all(struct tr_targets *targets)
{
	for (int i = 0; i < HALVES; i++) {
		struct half *half = &targets->halves[i];

		tr_ranges_trim(&half->set);
		number_pairs(half);
		if (make_buckets(half) != TR_OK)
			return TR_ENOMEM;
	}
	draw_order(targets);
	return TR_OK;
}

int
tr_targets_seal(struct tr_targets *targets, struct tr_error *error)
{
	struct tr_wide sizes[HALVES], count;

	for (int i = 0; i < HALVES; i++) {
		if (settle(targets, &targets->halves[i]) != TR_OK)
			return tr_fail(error, TR_ENOMEM,
			    "out of memory for the targets");
		sizes[i] = tr_ranges_size(&targets->halves[i].set);
	}
	/* There are 2^128 - 1 at the most: of more, nothing is said. */
	count = tr_wide_add(sizes[0], sizes[1]);
	if (tr_wide_compare(count, sizes[1]) < 0)
		count = sizes[1];
	if (count.high != 0 || count.low > TR_TARGETS_MAX)
		return refuse(targets, count, error);
	if (number_all(targets) != TR_OK)
		return tr_fail(error, TR_ENOMEM,
		    "out of memory for the targets");
	return TR_OK;
}

void
tr_targets_drop(struct tr_targets *targets, uint8_t family)
{
	struct half *half = &targets->halves[family == 4 ? 0 : 1];

	tr_ranges_clear(&half->set);
	tr_ranges_init(&half->set, family == 4 ? 4 : 16);
	free(half->buckets);
	half->buckets = NULL;
	half->bucket_shift = 0;
	half->units = 0;
	draw_order(targets);
}

/* --- asking ------------------------------------------------------------- */

uint64_t
tr_targets_count_of(const struct tr_targets *targets, uint8_t family)
{
	return half_count(&targets->halves[family == 4 ? 0 : 1]);
}

struct tr_address
tr_targets_at_of(const struct tr_targets *targets, uint8_t family,
    uint64_t index)
{
	const struct half *half = &targets->halves[family == 4 ? 0 : 1];

	if (index >= half_count(half))
		return (struct tr_address){ .family = 0 };
	return half_at(half, index);
}

uint64_t
tr_targets_count(const struct tr_targets *targets)
{
	return targets->count;
}

/* Records, which are whole words of four bytes, mixed into a number. */
static uint64_t
mix_bytes(uint64_t digest, const uint8_t *bytes, size_t size)
{
	for (; size >= 8; bytes += 8, size -= 8)
		digest = tr_random_mix(digest,
		    tr_wide_word(bytes) << 32 | tr_wide_word(bytes + 4));
	if (size > 0)
		digest = tr_random_mix(digest, tr_wide_of(bytes, 4).low);
	return digest;
}

static uint64_t
mix_records(uint64_t digest, const struct tr_records *records)
{
	digest = tr_random_mix(digest, records->count);
	return mix_bytes(digest, records->bytes,
	    (size_t)records->count * records->size);
}

uint64_t
tr_targets_digest(const struct tr_targets *targets)
{
	uint64_t digest = tr_random_mix(targets->config.seed, targets->count);

	for (int i = 0; i < HALVES; i++) {
		const struct half *half = &targets->halves[i];

		/* The rest of a half follows from these. */
		digest = mix_records(digest, &half->set.singles);
		digest = mix_records(digest, &half->set.pairs);
		digest = tr_random_mix(digest, half->units);
		if (half->set.pairs.count > 0)
			digest = tr_random_mix(digest, half->pick.shift);
	}
	return digest;
}

void
tr_targets_left_out(const struct tr_targets *targets,
    struct tr_targets_left_out *left_out)
{
	*left_out = targets->left_out;
}

size_t
tr_targets_memory(const struct tr_targets *targets)
{
	size_t memory = sizeof(*targets);

	for (int i = 0; i < HALVES; i++) {
		const struct half *half = &targets->halves[i];

		memory += tr_ranges_memory(&half->set) +
		    tr_ranges_memory(&half->excluded);
		if (half->buckets != NULL)
			memory += (bucket_count(half) + 1) *
			    sizeof(*half->buckets);
	}
	return memory;
}
