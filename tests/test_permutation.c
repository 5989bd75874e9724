/*
 * Orders drawn by a seed: each number once, the same everywhere, and no network
 * in a burst.
 */
#include "support.h"

#include <stdbool.h>

#include "base/permutation.h"
#include "base/random.h"

#define BLOCKS		65536u	/* /24s of a /8 */
#define WINDOW		1000u
#define ORDERS		40

/* The rounds in turn, from the last to the first. */
static uint64_t
backward(const struct tr_permutation *order, uint64_t number)
{
	uint64_t left = number >> order->bits;
	uint64_t right = number & order->mask;

	for (int i = TR_PERMUTATION_ROUNDS; i-- > 0;) {
		const uint64_t mixed = right ^ ((tr_random_scramble(
		    order->keys[i] + left) >> 32) & order->mask);

		right = left;
		left = mixed;
	}
	return left << order->bits | right;
}

/* The place of a number: an order that has an inverse repeats nothing. */
static uint64_t
place_of(const struct tr_permutation *order, uint64_t number)
{
	do
		number = backward(order, number);
	while (number >= order->count);
	return number;
}

/* Each place gives another number, and each number has its place. */
static void
assert_bijection(uint64_t count, uint64_t seed, uint8_t *seen)
{
	struct tr_permutation order;

	tr_permutation_init(&order, count, seed);
	memset(seen, 0, count);
	for (uint64_t place = 0; place < count; place++) {
		const uint64_t number = tr_permutation_at(&order, place);

		if (number >= count || seen[number]++ != 0 ||
		    place_of(&order, number) != place)
			fail_msg("%llu of %llu, seed %llu",
			    (unsigned long long)place,
			    (unsigned long long)count,
			    (unsigned long long)seed);
	}
}

static void
each_number_comes_once(void **state)
{
	static const uint64_t counts[] = { 997, 1009, 9973, 10007, 65521,
	    65537, 100000, 104729, 1000003 };
	const uint64_t most = (UINT64_C(1) << 21) + 1;
	uint8_t *seen = malloc(most);

	(void)state;
	assert_non_null(seen);
	for (uint64_t count = 1; count <= 300; count++)
		for (uint64_t seed = 0; seed < 5; seed++)
			assert_bijection(count, seed, seen);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		assert_bijection(counts[i], i, seen);
	for (int bit = 9; bit <= 21; bit++)
		for (int more = -1; more <= 1; more++)
			assert_bijection((UINT64_C(1) << bit) +
			    (uint64_t)more, 7, seen);
	free(seen);
}

/* Of large counts, there and back from the ends and from in between. */
static void
large_counts_invert(void **state)
{
	struct tr_random random;

	(void)state;
	tr_random_seed(&random, 31);
	for (int i = 0; i < 20000; i++) {
		const uint64_t count = i == 0 ? UINT64_MAX :
		    (tr_random_next(&random) >> i % 64) | 1;
		const uint64_t places[] = { 0, count - 1,
		    tr_random_next(&random) % count };
		struct tr_permutation order;

		tr_permutation_init(&order, count, (uint64_t)i);
		for (size_t p = 0; p < 3; p++) {
			const uint64_t number = tr_permutation_at(&order,
			    places[p]);

			assert_true(number < count);
			assert_true(place_of(&order, number) ==
			    places[p]);
		}
	}
}

/*
 * What these orders are is part of what a seed means.  The numbers were made by
 * another program, from the description.
 */
static void
the_same_everywhere(void **state)
{
	static const struct {
		uint64_t count, seed;
		uint64_t first[4];
	} rows[] = {
		{ 1, 1, { 0 } },
		{ 10, 1, { 7, 8, 4, 5 } },
		{ 16777216, 1, { 12554088, 3085607, 15465482, 12472685 } },
		{ 16777216, 2, { 3427026, 8421701, 2826727, 1918565 } },
		{ UINT64_MAX, 1, { UINT64_C(1678930455510585356),
		    UINT64_C(5378833899445079877),
		    UINT64_C(9889596695870563736),
		    UINT64_C(10849761146309170501) } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tr_permutation order;

		tr_permutation_init(&order, rows[i].count, rows[i].seed);
		for (uint64_t p = 0; p < 4 && p < rows[i].count; p++)
			assert_true(tr_permutation_at(&order, p) ==
			    rows[i].first[p]);
	}
}

/* Which of the 24 orders of four a seed gives, as a number of 8 bits. */
static unsigned
order_of_four(uint64_t seed)
{
	struct tr_permutation order;
	unsigned shown = 0;

	tr_permutation_init(&order, 4, seed);
	for (uint64_t place = 0; place < 4; place++)
		shown = shown << 2 |
		    (unsigned)tr_permutation_at(&order, place);
	return shown;
}

static void
seeds_give_other_orders(void **state)
{
	struct tr_permutation one, other;
	unsigned first[2] = { 0 }, kinds = 0;
	bool seen[256] = { false };

	(void)state;
	/* Both orders of two, all of four. */
	for (uint64_t seed = 0; seed < 1000; seed++) {
		const unsigned shown = order_of_four(seed);

		tr_permutation_init(&one, 2, seed);
		first[tr_permutation_at(&one, 0)]++;
		kinds += !seen[shown];
		seen[shown] = true;
	}
	assert_in_range(first[0], 430, 570);
	assert_int_equal(kinds, 24);

	/* Two orders of a million have as many in one place as by chance: 1. */
	for (uint64_t seed = 0; seed < 5; seed++) {
		unsigned same = 0;

		tr_permutation_init(&one, 1000000, seed);
		tr_permutation_init(&other, 1000000, seed + 1);
		for (uint64_t place = 0; place < 1000000; place++)
			same += tr_permutation_at(&one, place) ==
			    tr_permutation_at(&other, place);
		assert_in_range(same, 0, 7);
	}
}

/* --- no network in a burst ---------------------------------------------- */

/*
 * The /24s of a /8 in an order: of any WINDOW one after another, how many are
 * in one /16 at the most.
 */
static unsigned
most_in_a_window(const uint32_t *order)
{
	uint32_t counts[256] = { 0 };
	unsigned most = 0;

	for (uint32_t i = 0; i < BLOCKS; i++) {
		const uint32_t count = ++counts[order[i] >> 8];

		if (count > most)
			most = count;
		if (i >= WINDOW - 1)
			counts[order[i - (WINDOW - 1)] >> 8]--;
	}
	return most;
}

/* How often neighbours in the order are of the same /16. */
static unsigned
neighbours(const uint32_t *order)
{
	unsigned count = 0;

	for (uint32_t i = 1; i < BLOCKS; i++)
		count += order[i] >> 8 == order[i - 1] >> 8;
	return count;
}

static void
shuffle(uint32_t *order, uint64_t seed)
{
	struct tr_random random;

	tr_random_seed(&random, seed);
	for (uint32_t i = 0; i < BLOCKS; i++)
		order[i] = i;
	for (uint32_t i = BLOCKS - 1; i > 0; i--) {
		const uint32_t other = tr_random_below(&random, i + 1);
		const uint32_t kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
}

static void
permute(uint32_t *order, uint64_t seed)
{
	struct tr_permutation permutation;

	tr_permutation_init(&permutation, BLOCKS, seed);
	for (uint32_t i = 0; i < BLOCKS; i++)
		order[i] = (uint32_t)tr_permutation_at(&permutation, i);
}

static void
as_spread_as_by_chance(void **state)
{
	static uint32_t order[BLOCKS];
	unsigned most = 0, most_by_chance = 0, sum = 0, sum_by_chance = 0;
	unsigned near = 0, near_by_chance = 0;

	(void)state;
	for (uint64_t seed = 0; seed < ORDERS; seed++) {
		unsigned found;

		permute(order, seed);
		found = most_in_a_window(order);
		sum += found;
		most = found > most ? found : most;
		near += neighbours(order);

		shuffle(order, 1000 + seed);
		found = most_in_a_window(order);
		sum_by_chance += found;
		most_by_chance = found > most_by_chance ? found :
		    most_by_chance;
		near_by_chance += neighbours(order);
	}
	print_message("# of %u one after another, in one /16 at the most: "
	    "%.2f in the mean, %u ever; shuffled: %.2f, %u\n", WINDOW,
	    (double)sum / ORDERS, most, (double)sum_by_chance / ORDERS,
	    most_by_chance);
	/* 3.9 is the mean; the means of the most differ by 0.2 by chance. */
	assert_in_range(most, 12, 21);
	assert_in_range(sum + ORDERS / 2, sum_by_chance, sum_by_chance +
	    ORDERS);
	/* 255 an order, and the sum has a deviation of 100. */
	assert_in_range(near, ORDERS * 255 - 400, ORDERS * 255 + 400);
	assert_in_range(near_by_chance, ORDERS * 255 - 400,
	    ORDERS * 255 + 400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_comes_once),
		cmocka_unit_test(large_counts_invert),
		cmocka_unit_test(the_same_everywhere),
		cmocka_unit_test(seeds_give_other_orders),
		cmocka_unit_test(as_spread_as_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
