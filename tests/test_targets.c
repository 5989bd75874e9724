/*
 * Targets put in, left out, picked and ordered: against a map of all addresses
 * where that is small enough, and against what is known where not.
 */
#include "support.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/random.h"
#include "base/special.h"
#include "strategy/targets.h"

#define MILLION	1000000u

/* All addresses, special ones too. */
static const struct tr_targets_config everything = {
	.seed = 1,
	.special = true,
};

static struct tr_targets *
targets_with(const struct tr_targets_config *config)
{
	struct tr_targets *targets = tr_targets_new(config);

	assert_non_null(targets);
	return targets;
}

static void
add(struct tr_targets *targets, const char *text)
{
	const struct tr_prefix added = prefix_of(text);
	const struct tr_address last = tr_prefix_last(&added);

	assert_int_equal(tr_targets_add(targets, &added.address, &last),
	    TR_OK);
}

static int
add_range(struct tr_targets *targets, const char *first, const char *last)
{
	const struct tr_address from = address_of(first), to = address_of(last);

	return tr_targets_add(targets, &from, &to);
}

static void
exclude(struct tr_targets *targets, const char *text)
{
	const struct tr_prefix excluded = prefix_of(text);
	const struct tr_address last = tr_prefix_last(&excluded);

	assert_int_equal(tr_targets_exclude(targets, &excluded.address,
	    &last), TR_OK);
}

static void
seal(struct tr_targets *targets)
{
	struct tr_error error;

	if (tr_targets_seal(targets, &error) != TR_OK)
		fail_msg("%s", error.text);
}

static int
compare(const void *a, const void *b)
{
	return tr_address_compare(a, b);
}

/* All targets, sorted, in text; frees them. */
static void
assert_are(struct tr_targets *targets, const char *wanted)
{
	const uint64_t count = tr_targets_count(targets);
	struct tr_address found[64], none;
	char text[64 * (TR_ADDRESS_TEXT_MAX + 1)] = "";
	size_t used = 0;

	assert_in_range(count, 0, 64);
	for (uint64_t i = 0; i < count; i++)
		found[i] = tr_targets_at(targets, i);
	none = tr_targets_at(targets, count);
	assert_false(tr_address_is_set(&none));
	qsort(found, count, sizeof(*found), compare);
	for (uint64_t i = 0; i < count; i++) {
		if (i > 0)
			text[used++] = ' ';
		tr_address_text(&found[i], text + used, sizeof(text) - used);
		used += strlen(text + used);
	}
	assert_string_equal(text, wanted);
	tr_targets_free(targets);
}

static void
what_is_put_in(void **state)
{
	struct tr_targets *targets = targets_with(&everything);
	const struct tr_address one = address_of("192.0.2.77");

	(void)state;
	assert_int_equal(tr_targets_count(targets), 0);
	add(targets, "10.0.0.4/30");
	add(targets, "2001:db8::/127");
	assert_int_equal(tr_targets_add(targets, &one, &one), TR_OK);
	assert_int_equal(add_range(targets, "255.255.255.254",
	    "255.255.255.255"), TR_OK);
	assert_int_equal(add_range(targets,
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), TR_OK);
	add(targets, "0.0.0.0");
	add(targets, "::");
	seal(targets);
	assert_are(targets, "0.0.0.0 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 "
	    "192.0.2.77 255.255.255.254 255.255.255.255 :: 2001:db8:: "
	    "2001:db8::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void
twice_counts_once(void **state)
{
	struct tr_targets *targets = targets_with(&everything);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		add(targets, "10.0.0.9");
		add(targets, "10.0.0.2");
		add(targets, "10.0.0.0/30");
		add(targets, "2001:db8::7");
		assert_int_equal(add_range(targets, "10.0.0.3", "10.0.0.5"),
		    TR_OK);
	}
	seal(targets);
	assert_are(targets, "10.0.0.0 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 "
	    "10.0.0.5 10.0.0.9 2001:db8::7");
}

static void
holes_are_cut(void **state)
{
	struct tr_targets *targets = targets_with(&everything);
	const struct tr_address from = address_of("10.0.0.9");
	const struct tr_address to = address_of("10.0.0.12");
	struct tr_targets_left_out left_out;

	(void)state;
	exclude(targets, "10.0.0.2/31");
	add(targets, "10.0.0.0/28");
	exclude(targets, "10.0.0.0");
	exclude(targets, "10.0.0.15");
	assert_int_equal(tr_targets_exclude(targets, &from, &to), TR_OK);
	add(targets, "10.0.0.77");
	exclude(targets, "10.0.0.77");
	add(targets, "::4");
	exclude(targets, "::/64");
	exclude(targets, "11.0.0.0/8");
	seal(targets);
	tr_targets_left_out(targets, &left_out);
	assert_int_equal(left_out.excluded, 10);
	assert_int_equal(left_out.special, 0);
	assert_are(targets, "10.0.0.1 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 "
	    "10.0.0.8 10.0.0.13 10.0.0.14");
}

static void
nothing_left(void **state)
{
	struct tr_targets *targets = targets_with(&everything);

	(void)state;
	seal(targets);
	assert_are(targets, "");
	targets = targets_with(&everything);
	add(targets, "0.0.0.0/0");
	add(targets, "::/0");
	exclude(targets, "0.0.0.0/0");
	exclude(targets, "::/0");
	seal(targets);
	assert_are(targets, "");
	tr_targets_free(NULL);
}

static void
what_is_no_range(void **state)
{
	struct tr_targets *targets = targets_with(&everything);
	const struct tr_address none = { .family = 0 };
	const struct tr_address first = address_of("10.0.0.1");
	const struct tr_address other = address_of("::1");

	(void)state;
	assert_int_equal(add_range(targets, "10.0.0.2", "10.0.0.1"),
	    TR_ERANGE);
	assert_int_equal(add_range(targets, "10.0.0.2", "::1"), TR_ERANGE);
	assert_int_equal(tr_targets_exclude(targets, &other, &first),
	    TR_ERANGE);
	assert_int_equal(tr_targets_add(targets, &none, &none), TR_ERANGE);
	assert_int_equal(tr_targets_add(targets, &none, &first), TR_ERANGE);
	assert_int_equal(tr_targets_exclude(targets, &none, &none),
	    TR_ERANGE);
	seal(targets);
	assert_are(targets, "");
}

/* --- special addresses -------------------------------------------------- */

static bool
is_special(struct tr_address at)
{
	const struct tr_special *row = tr_special_of(&at);

	return row != NULL && !row->global;
}

static void
special_ones_are_left_out(void **state)
{
	const struct tr_targets_config config = { .seed = 1 };
	struct tr_targets *targets = targets_with(&config);
	struct tr_targets_left_out left_out;

	(void)state;
	assert_int_equal(add_range(targets, "192.0.0.7", "192.0.0.12"),
	    TR_OK);
	add(targets, "10.0.0.1");
	add(targets, "127.0.0.1");
	add(targets, "127.0.0.2");
	add(targets, "224.0.0.1");
	add(targets, "255.255.255.255");
	add(targets, "1.1.1.1");
	add(targets, "::1");
	add(targets, "fe80::1");
	add(targets, "2001:db8::1");
	add(targets, "2a00::1");
	exclude(targets, "127.0.0.2");
	seal(targets);
	tr_targets_left_out(targets, &left_out);
	assert_int_equal(left_out.excluded, 1);
	assert_int_equal(left_out.special, 4 + 4 + 3);
	assert_are(targets, "1.1.1.1 192.0.0.9 192.0.0.10 2a00::1");
}

/* Addresses of IPv4 that are not special, found from where rows begin. */
static uint64_t
ordinary_addresses(void)
{
	uint64_t cuts[256] = { 0 }, count = 0, kept;
	size_t used = 1;
	const struct tr_special *row;

	for (size_t i = 0; (row = tr_special_row(i)) != NULL; i++) {
		const uint8_t *b = row->prefix.address.bytes;
		const uint64_t first = (uint64_t)b[0] << 24 |
		    (uint64_t)b[1] << 16 | (uint64_t)b[2] << 8 | b[3];

		if (row->prefix.address.family != 4)
			continue;
		assert_true(used + 3 < 256);
		cuts[used++] = first;
		cuts[used++] = first + (UINT64_C(1) <<
		    (32 - row->prefix.length));
	}
	cuts[used++] = UINT64_C(1) << 32;
	for (size_t i = 1; i < used; i++)
		for (size_t at = i; at > 0 && cuts[at - 1] > cuts[at]; at--) {
			kept = cuts[at];
			cuts[at] = cuts[at - 1];
			cuts[at - 1] = kept;
		}
	for (size_t i = 0; i + 1 < used; i++) {
		const uint8_t bytes[4] = { (uint8_t)(cuts[i] >> 24),
		    (uint8_t)(cuts[i] >> 16), (uint8_t)(cuts[i] >> 8),
		    (uint8_t)cuts[i] };

		if (cuts[i] < cuts[i + 1] &&
		    !is_special(tr_address_v4(bytes)))
			count += cuts[i + 1] - cuts[i];
	}
	return count;
}

static void
all_of_ipv4(void **state)
{
	const struct tr_targets_config config = { .seed = 5 };
	struct tr_targets *targets = targets_with(&config);
	struct tr_targets_left_out left_out;

	(void)state;
	add(targets, "0.0.0.0/0");
	seal(targets);
	assert_true(tr_targets_count(targets) == ordinary_addresses());
	tr_targets_left_out(targets, &left_out);
	assert_true(left_out.special + tr_targets_count(targets) ==
	    UINT64_C(1) << 32);
	for (uint64_t i = 0; i < 100000; i++)
		assert_false(is_special(tr_targets_at(targets, i * 30011)));
	/* A /0 with its holes costs as much as a few ranges do. */
	assert_in_range(tr_targets_memory(targets), 1, 2048);
	tr_targets_free(targets);

	targets = targets_with(&everything);
	add(targets, "0.0.0.0/0");
	seal(targets);
	assert_true(tr_targets_count(targets) == UINT64_C(1) << 32);
	tr_targets_free(targets);
}

/* --- too many ----------------------------------------------------------- */

static void
assert_refused(const struct tr_targets_config *config, const char *text,
    const char *wanted)
{
	struct tr_targets *targets = targets_with(config);
	struct tr_error error;

	add(targets, "192.0.2.1");
	add(targets, text);
	assert_int_equal(tr_targets_seal(targets, &error), TR_ERANGE);
	if (strstr(error.text, wanted) == NULL)
		fail_msg("\"%s\" has no \"%s\"", error.text, wanted);
	assert_int_equal(tr_targets_count(targets), 0);
	tr_targets_free(targets);
}

static void
too_many(void **state)
{
	struct tr_targets_config config = { .seed = 1, .special = true };
	struct tr_targets *targets;

	(void)state;
	assert_refused(&config, "2001:db8::/64",
	    "these are 2^64 targets or more");
	assert_refused(&config, "2001:db8::/65", "2^63 targets or more");
	assert_refused(&config, "2001:db8::/32", "2^96 targets or more");
	assert_refused(&config, "::/0", "2^127 targets or more");
	config.per_prefix6 = 64;
	assert_refused(&config, "::/0", "one in each /64 of IPv6 makes 2^64 "
	    "targets or more; accepted are 2^63");
	config.per_prefix6 = 63;
	assert_refused(&config, "::/0", "one in each /63 of IPv6 makes 2^63 ");

	targets = targets_with(&everything);
	add(targets, "2001:db8::/65");
	seal(targets);
	assert_true(tr_targets_count(targets) == TR_TARGETS_MAX);
	tr_targets_free(targets);

	config.per_prefix6 = 64;
	targets = targets_with(&config);
	add(targets, "2001::/16");
	seal(targets);
	assert_true(tr_targets_count(targets) == UINT64_C(1) << 48);
	tr_targets_free(targets);
}

/* --- one in each prefix ------------------------------------------------- */

static void
picked_in_parts(void **state)
{
	const struct tr_targets_config config = {
		.seed = 1, .special = true,
		.per_prefix4 = 24, .per_prefix6 = 64,
	};
	struct tr_targets *targets = targets_with(&config);

	(void)state;
	/* The network's and the broadcast address only where all else fails. */
	add(targets, "10.0.0.0");
	add(targets, "10.0.0.255");
	add(targets, "10.0.0.9");
	add(targets, "10.0.1.255");
	add(targets, "10.0.2.0");
	add(targets, "10.0.3.255");
	add(targets, "10.0.3.0");
	assert_int_equal(add_range(targets, "10.0.4.254", "10.0.5.1"), TR_OK);
	add(targets, "10.0.6.0/24");
	exclude(targets, "10.0.6.0/25");
	exclude(targets, "10.0.6.128/26");
	exclude(targets, "10.0.6.192/27");
	exclude(targets, "10.0.6.224/28");
	exclude(targets, "10.0.6.240/29");
	exclude(targets, "10.0.6.248/30");
	exclude(targets, "10.0.6.252/31");
	add(targets, "2001:db8::");
	add(targets, "2001:db8::5");
	add(targets, "2001:db8:0:1::");
	seal(targets);
	assert_are(targets, "10.0.0.9 10.0.1.255 10.0.2.0 10.0.3.0 "
	    "10.0.4.254 10.0.5.1 10.0.6.254 2001:db8::5 2001:db8:0:1::");
}

/* In whole prefixes: all hosts are taken about equally often. */
static void
picked_in_whole_ones(void **state)
{
	struct tr_targets_config config = { .seed = 3, .special = true,
	    .per_prefix4 = 24 };
	struct tr_targets *targets = targets_with(&config);
	static uint8_t seen[65536];
	unsigned hosts[256] = { 0 };

	(void)state;
	add(targets, "10.0.0.0/8");
	seal(targets);
	assert_int_equal(tr_targets_count(targets), 65536);
	memset(seen, 0, sizeof(seen));
	for (uint64_t i = 0; i < 65536; i++) {
		const struct tr_address at = tr_targets_at(targets, i);

		assert_int_equal(at.bytes[0], 10);
		assert_int_equal(seen[at.bytes[1] << 8 | at.bytes[2]]++, 0);
		hosts[at.bytes[3]]++;
	}
	assert_int_equal(hosts[0], 0);
	assert_int_equal(hosts[255], 0);
	/* 258 in the mean, give or take 16. */
	for (int host = 1; host < 255; host++)
		assert_in_range(hosts[host], 188, 328);
	tr_targets_free(targets);
}

/* Of prefixes that have no network's own address, both are taken. */
static void
picked_in_small_ones(void **state)
{
	struct tr_targets_config config = { .seed = 3, .special = true };
	unsigned lasts[4] = { 0 };

	(void)state;
	for (uint8_t length = 30; length <= 32; length++) {
		struct tr_targets *targets;

		config.per_prefix4 = length;
		config.per_prefix6 = (uint8_t)(length + 96);
		targets = targets_with(&config);
		memset(lasts, 0, sizeof(lasts));
		add(targets, "10.0.0.0/24");
		add(targets, "2001:db8::/120");
		seal(targets);
		assert_int_equal(tr_targets_count(targets),
		    2 * (1u << (length - 24)));
		for (uint64_t i = 0; i < tr_targets_count(targets); i++) {
			const struct tr_address at = tr_targets_at(targets,
			    i);

			lasts[at.bytes[tr_address_size(&at) - 1] % 4]++;
		}
		tr_targets_free(targets);
		if (length == 30) {
			assert_int_equal(lasts[0], 0);
			/* Of IPv6 only: it has no broadcast. */
			assert_in_range(lasts[3], 6, 30);
		}
		for (int last = 1; last < 3; last++)
			assert_in_range(lasts[last], 1, 128);
	}
	for (int last = 0; last < 4; last++)
		assert_int_equal(lasts[last], 128);
}

/* --- against a map of all addresses ------------------------------------- */

#define MAP_BITS	12
#define MAP_SIZE	(1u << MAP_BITS)

/* What is so many addresses behind 198.51.0.0, or 2001:db8:ff::. */
static struct tr_address
behind(uint8_t family, uint32_t offset)
{
	struct tr_address base = address_of(family == 4 ? "198.51.0.0" :
	    "2001:db8:ff::");
	uint8_t *end = base.bytes + tr_address_size(&base);

	end[-2] = (uint8_t)(end[-2] | offset >> 8);
	end[-1] = (uint8_t)offset;
	return base;
}

static uint32_t
offset_of(const struct tr_address *at)
{
	const uint8_t *end = at->bytes + tr_address_size(at);

	return ((uint32_t)end[-2] << 8 | end[-1]) & (MAP_SIZE - 1);
}

/* Something drawn, put in or left out, here and in the map. */
static void
draw(struct tr_targets *targets, uint8_t family, bool in, uint8_t *map,
    struct tr_random *random)
{
	const uint32_t bits = tr_random_below(random, 9);
	uint32_t first = tr_random_below(random, MAP_SIZE);
	uint32_t last = first + tr_random_below(random, 1u << bits);
	struct tr_address from, to;
	struct tr_prefix whole;

	if (last >= MAP_SIZE)
		last = MAP_SIZE - 1;
	from = behind(family, first);
	to = behind(family, last);
	if (tr_random_below(random, 2) == 0) {
		whole = tr_prefix_of(&from,
		    (unsigned)tr_address_size(&from) * 8 - bits);
		first = first >> bits << bits;
		last = first + (1u << bits) - 1;
		from = whole.address;
		to = tr_prefix_last(&whole);
	}
	assert_int_equal(in ? tr_targets_add(targets, &from, &to) :
	    tr_targets_exclude(targets, &from, &to), TR_OK);
	for (uint32_t i = first; i <= last; i++)
		map[i] = in ? map[i] | 1 : map[i] | 2;
}

/*
 * Are the targets of a family those of the map, one in each prefix?  Returns
 * how many they are.
 */
static uint32_t
assert_map(struct tr_targets *targets, uint8_t family, const uint8_t *map,
    unsigned shift)
{
	static uint8_t taken[MAP_SIZE];
	const uint64_t count = tr_targets_count(targets);
	uint32_t found = 0;

	memset(taken, 0, sizeof(taken));
	for (uint64_t i = 0; i < count; i++) {
		const struct tr_address at = tr_targets_at(targets, i);
		const uint32_t offset = offset_of(&at);
		const struct tr_address same = behind(at.family, offset);

		assert_true(tr_address_equal(&at, &same));
		if (at.family != family)
			continue;
		assert_int_equal(map[offset], 1);
		assert_int_equal(taken[offset]++, 0);
	}
	for (uint32_t unit = 0; unit < MAP_SIZE >> shift; unit++) {
		const uint32_t size = 1u << shift, first = unit << shift;
		bool usable = false, some = false, edge = false;
		uint32_t picked = 0;

		for (uint32_t i = 0; i < size; i++) {
			const bool at_edge = size >= 4 && (i == 0 ||
			    (family == 4 && i == size - 1));

			some |= map[first + i] == 1;
			usable |= map[first + i] == 1 && !at_edge;
			picked += taken[first + i];
			edge |= taken[first + i] != 0 && at_edge;
		}
		assert_int_equal(picked, some);
		assert_false(edge && usable);
		found += picked;
	}
	return found;
}

static void
against_a_map(void **state)
{
	static uint8_t map4[MAP_SIZE], map6[MAP_SIZE];
	struct tr_random random;
	uint32_t found4 = 0, found6 = 0;

	(void)state;
	tr_random_seed(&random, 20261128);
	for (uint64_t run = 0; run < 150; run++) {
		const unsigned shift4 = tr_random_below(&random, 7);
		const unsigned shift6 = tr_random_below(&random, 7);
		const struct tr_targets_config config = {
			.seed = run, .special = true,
			.per_prefix4 = (uint8_t)(32 - shift4),
			.per_prefix6 = (uint8_t)(shift6 == 0 ? 0 :
			    128 - shift6),
		};
		const uint32_t pieces = 2 + tr_random_below(&random, 70);
		struct tr_targets *targets = targets_with(&config);

		memset(map4, 0, sizeof(map4));
		memset(map6, 0, sizeof(map6));
		for (uint32_t i = 0; i < pieces; i++) {
			draw(targets, 4, i % 3 > 0 || i == 0, map4, &random);
			draw(targets, 6, i % 4 > 0 || i == 0, map6, &random);
		}
		seal(targets);
		found4 += assert_map(targets, 4, map4, shift4);
		found6 += assert_map(targets, 6, map6, shift6);
		tr_targets_free(targets);
	}
	/* What is found is neither nothing nor everything. */
	assert_in_range(found4, 150 * 50, 150 * 2000);
	assert_in_range(found6, 150 * 50, 150 * 2000);
}

/* --- order -------------------------------------------------------------- */

static uint64_t
digest(struct tr_targets *targets)
{
	uint64_t hash = tr_targets_count(targets);

	for (uint64_t i = 0; i < tr_targets_count(targets); i++) {
		const struct tr_address at = tr_targets_at(targets, i);

		hash = tr_address_mix(hash, &at);
	}
	tr_targets_free(targets);
	return hash;
}

/* 10.0.0.0/22 in pieces, some prefixes more, and a hole; begun at start. */
static struct tr_targets *
in_another_order(uint64_t seed, uint32_t start, uint32_t step)
{
	const struct tr_targets_config config = {
		.seed = seed, .special = true, .per_prefix4 = 28,
		.per_prefix6 = 64,
	};
	struct tr_targets *targets = targets_with(&config);

	if (start % 2 == 0)
		exclude(targets, "10.0.1.32/29");
	for (uint32_t i = 0; i < 1024; i++) {
		const uint32_t at = (start + i * step) % 1024;
		const uint8_t bytes[4] = { 10, 0, (uint8_t)(at >> 8),
		    (uint8_t)at };
		const struct tr_address added = tr_address_v4(bytes);

		if (step == 0 && i > 0)
			break;
		if (step != 0)
			assert_int_equal(tr_targets_add(targets, &added,
			    &added), TR_OK);
		else
			add(targets, "10.0.0.0/22");
	}
	add(targets, "2001:db8::/60");
	add(targets, "10.1.0.5");
	if (start % 2 != 0)
		exclude(targets, "10.0.1.32/29");
	seal(targets);
	assert_int_equal(tr_targets_count(targets), 64 + 1 + 16);
	return targets;
}

static void
the_seed_says_all(void **state)
{
	const uint64_t wanted = digest(in_another_order(7, 0, 1));

	(void)state;
	for (uint32_t start = 1; start < 20; start++)
		assert_true(digest(in_another_order(7, start,
		    2 * start + 1)) == wanted);
	assert_true(digest(in_another_order(7, 0, 0)) == wanted);
	assert_true(digest(in_another_order(8, 0, 1)) != wanted);
}

static uint64_t
digest_told(struct tr_targets *targets)
{
	const uint64_t told = tr_targets_digest(targets);

	tr_targets_free(targets);
	return told;
}

/* Of 10.0.0.0/24 and 2001:db8::/126, and one address more or less. */
static uint64_t
digest_with(const struct tr_targets_config *config, const char *more,
    const char *less)
{
	struct tr_targets *targets = targets_with(config);

	add(targets, "10.0.0.0/24");
	add(targets, "2001:db8::/126");
	if (more != NULL)
		add(targets, more);
	if (less != NULL)
		exclude(targets, less);
	seal(targets);
	return digest_told(targets);
}

static void
the_digest_tells_sets_apart(void **state)
{
	const uint64_t wanted = digest_told(in_another_order(7, 0, 1));
	struct tr_targets_config config = everything;
	uint64_t told[9];

	(void)state;
	for (uint32_t start = 1; start < 20; start++)
		assert_true(digest_told(in_another_order(7, start,
		    2 * start + 1)) == wanted);
	assert_true(digest_told(in_another_order(7, 0, 0)) == wanted);
	assert_true(digest_told(in_another_order(8, 0, 1)) != wanted);

	told[0] = digest_with(&config, NULL, NULL);
	assert_true(digest_with(&config, "10.0.0.7", "11.0.0.0/8") == told[0]);
	told[1] = digest_with(&config, "10.0.1.1", NULL);
	told[2] = digest_with(&config, "10.0.1.2", NULL);
	told[3] = digest_with(&config, "2001:db8::9", NULL);
	told[4] = digest_with(&config, NULL, "10.0.0.9");
	told[5] = digest_with(&config, "10.0.1.0/24", NULL);
	config.per_prefix4 = 28;
	told[6] = digest_with(&config, NULL, NULL);
	config.per_prefix4 = 27;
	told[7] = digest_with(&config, NULL, NULL);
	config = everything;
	config.seed++;
	told[8] = digest_with(&config, NULL, NULL);
	for (size_t i = 0; i < 9; i++)
		for (size_t other = 0; other < i; other++)
			assert_true(told[i] != told[other]);
}

/*
 * What the targets of a seed are must not change.  These were made by another
 * program, from the descriptions.
 */
static void
the_same_everywhere(void **state)
{
	static const char *const first[] = {
		"2a00:0:4:d620:cfc0:99e3:bafc:f644", "1.9.2.16",
		"1.11.182.27", "2a00:0:c:cc9e:ab40:a338:42aa:3ded",
		"1.15.170.245", "2a00:0:3:a4a3:3050:3f12:add4:4023",
	};
	const struct tr_targets_config config = {
		.seed = 42, .per_prefix4 = 24, .per_prefix6 = 56,
	};
	struct tr_targets *targets = targets_with(&config);
	char text[TR_ADDRESS_TEXT_MAX];

	(void)state;
	add(targets, "1.0.0.0/12");
	add(targets, "9.9.9.9");
	add(targets, "2a00::/44");
	seal(targets);
	assert_int_equal(tr_targets_count(targets), 4096 + 1 + 4096);
	for (uint64_t i = 0; i < 6; i++) {
		const struct tr_address at = tr_targets_at(targets, i);

		assert_string_equal(tr_address_text(&at, text, sizeof(text)),
		    first[i]);
	}
	assert_true(tr_targets_digest(targets) == UINT64_C(0x1f59f8c81dd459a4));
	tr_targets_free(targets);
}

/* --- memory ------------------------------------------------------------- */

static struct tr_address
drawn_address(struct tr_random *random, uint8_t family)
{
	struct tr_address drawn = { .family = family };

	for (size_t i = 0; i < tr_address_size(&drawn); i++)
		drawn.bytes[i] = (uint8_t)tr_random_next(random);
	return drawn;
}

static void
memory_is_in_ranges(void **state)
{
	struct tr_targets *targets;
	struct tr_random random;
	size_t all, some;

	(void)state;
	targets = targets_with(&everything);
	add(targets, "0.0.0.0/0");
	seal(targets);
	all = tr_targets_memory(targets);
	tr_targets_free(targets);
	targets = targets_with(&everything);
	add(targets, "192.0.2.0/24");
	seal(targets);
	some = tr_targets_memory(targets);
	tr_targets_free(targets);
	assert_int_equal(all, some);

	for (uint8_t family = 4; family <= 6; family += 2) {
		const size_t each = family == 4 ? 4 : 16;

		targets = targets_with(&everything);
		tr_random_seed(&random, 1);
		for (uint32_t i = 0; i < MILLION; i++) {
			const struct tr_address at = drawn_address(&random,
			    family);

			assert_int_equal(tr_targets_add(targets, &at, &at),
			    TR_OK);
		}
		/* An array is full, or half so. */
		assert_in_range(tr_targets_memory(targets), each * MILLION,
		    2 * each * MILLION + 8192);
		seal(targets);
		assert_in_range(tr_targets_count(targets), MILLION - 300,
		    MILLION);
		assert_in_range(tr_targets_memory(targets),
		    each * (MILLION - 300), each * MILLION + 8192);
		tr_targets_free(targets);
	}
}

/* What comes in order, or again and again, takes no more than what it is. */
static void
repeats_take_no_memory(void **state)
{
	struct tr_targets *targets = targets_with(&everything);
	struct tr_random random;

	(void)state;
	for (uint32_t i = 0; i < MILLION; i++) {
		const uint8_t bytes[4] = { 10, (uint8_t)(i >> 16),
		    (uint8_t)(i >> 8), (uint8_t)i };
		const struct tr_address at = tr_address_v4(bytes);

		assert_int_equal(tr_targets_add(targets, &at, &at), TR_OK);
	}
	assert_in_range(tr_targets_memory(targets), 1, 4096);
	tr_random_seed(&random, 9);
	for (uint32_t i = 0; i < MILLION; i++) {
		const uint32_t drawn = 2 * tr_random_below(&random, 1000);
		const uint8_t bytes[4] = { 11, 0, (uint8_t)(drawn >> 8),
		    (uint8_t)drawn };
		const struct tr_address at = tr_address_v4(bytes);
		const struct tr_prefix part = tr_prefix_of(&at, 31);
		const struct tr_address last = tr_prefix_last(&part);

		assert_int_equal(tr_targets_add(targets, &at, &at), TR_OK);
		assert_int_equal(tr_targets_add(targets, &at, &last), TR_OK);
	}
	assert_in_range(tr_targets_memory(targets), 1, 65536);
	seal(targets);
	assert_int_equal(tr_targets_count(targets), MILLION + 2000);
	tr_targets_free(targets);
}

/* Many ranges: each is found, from its first to its last. */
static void
many_ranges(void **state)
{
	struct tr_targets *targets = targets_with(&everything);
	uint8_t *seen = calloc(256 * 1024, 1);
	uint64_t wanted = 0;

	(void)state;
	assert_non_null(seen);
	for (uint32_t i = 0; i < 1024; i++) {
		const uint8_t first[4] = { 11, (uint8_t)(i >> 8),
		    (uint8_t)i, 1 };
		const uint8_t last[4] = { 11, (uint8_t)(i >> 8), (uint8_t)i,
		    (uint8_t)(2 + i * 7 % 250) };
		const struct tr_address from = tr_address_v4(first);
		const struct tr_address to = tr_address_v4(last);

		assert_int_equal(tr_targets_add(targets, &from, &to), TR_OK);
		wanted += last[3];
	}
	seal(targets);
	assert_int_equal(tr_targets_count(targets), wanted);
	for (uint64_t i = 0; i < wanted; i++) {
		const struct tr_address at = tr_targets_at(targets, i);
		const uint32_t range = (uint32_t)at.bytes[1] << 8 |
		    at.bytes[2];

		assert_int_equal(at.bytes[0], 11);
		assert_in_range(range, 0, 1023);
		assert_in_range(at.bytes[3], 1, 2 + range * 7 % 250);
		assert_int_equal(seen[range << 8 | at.bytes[3]]++, 0);
	}
	assert_in_range(tr_targets_memory(targets), 1024 * 8,
	    1024 * 8 + 2048);
	tr_targets_free(targets);
	free(seen);
}

/* A family that is taken out leaves what the other would be without it. */
static void
a_family_dropped(void **state)
{
	const struct tr_targets_config config = { .seed = 5, .special = true,
		.per_prefix6 = 64 };
	struct tr_targets *both = targets_with(&config);
	struct tr_targets *one = targets_with(&config);

	(void)state;
	add(both, "10.0.0.0/28");
	add(both, "10.1.0.1");
	add(both, "2001:db8::/60");
	add(both, "2001:db8:1::1");
	add(one, "2001:db8::/60");
	add(one, "2001:db8:1::1");
	seal(both);
	seal(one);
	assert_int_equal(tr_targets_count_of(both, 4), 17);
	assert_int_equal(tr_targets_count_of(both, 6), 17);
	for (uint64_t i = 0; i < 17; i++)
		assert_int_equal(tr_targets_at_of(both, 4, i).family, 4);
	assert_int_equal(tr_targets_at_of(both, 4, 17).family, 0);
	tr_targets_drop(both, 4);
	assert_int_equal(tr_targets_count_of(both, 4), 0);
	assert_int_equal(tr_targets_count(both), 17);
	assert_int_equal(tr_targets_digest(both), tr_targets_digest(one));
	for (uint64_t i = 0; i <= 17; i++) {
		const struct tr_address a = tr_targets_at(both, i);
		const struct tr_address b = tr_targets_at(one, i);

		assert_int_equal(tr_address_compare(&a, &b), 0);
	}
	tr_targets_drop(both, 6);
	assert_int_equal(tr_targets_count(both), 0);
	assert_int_equal(tr_targets_at(both, 0).family, 0);
	tr_targets_free(both);
	tr_targets_free(one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_in),
		cmocka_unit_test(twice_counts_once),
		cmocka_unit_test(holes_are_cut),
		cmocka_unit_test(nothing_left),
		cmocka_unit_test(what_is_no_range),
		cmocka_unit_test(special_ones_are_left_out),
		cmocka_unit_test(all_of_ipv4),
		cmocka_unit_test(too_many),
		cmocka_unit_test(picked_in_parts),
		cmocka_unit_test(picked_in_whole_ones),
		cmocka_unit_test(picked_in_small_ones),
		cmocka_unit_test(against_a_map),
		cmocka_unit_test(the_seed_says_all),
		cmocka_unit_test(the_digest_tells_sets_apart),
		cmocka_unit_test(the_same_everywhere),
		cmocka_unit_test(memory_is_in_ranges),
		cmocka_unit_test(repeats_take_no_memory),
		cmocka_unit_test(many_ranges),
		cmocka_unit_test(a_family_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
