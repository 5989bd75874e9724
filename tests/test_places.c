/*
 * Places that are done out of order: against a map of them all, written down
 * and read back at any moment, and at the edges.
 */
#include "support.h"

#include <stdbool.h>

#include "base/places.h"
#include "base/random.h"

#define PLACES	5000u
#define WINDOW	700u

/* Written down word by word, and read from that. */
static struct tr_places
copy_of(const struct tr_places *places)
{
	struct tr_places copy = { .count = 0 };

	assert_int_equal(tr_places_begin(&copy, places->base), TR_OK);
	for (size_t i = 0; i < tr_places_words(places); i++)
		assert_int_equal(tr_places_put(&copy,
		    tr_places_word(places, i)), TR_OK);
	return copy;
}

static void
assert_is(const struct tr_places *places, const bool *map)
{
	uint64_t count = 0, first = PLACES;

	for (uint64_t i = 0; i < PLACES; i++) {
		if (tr_places_has(places, i) != map[i])
			fail_msg("place %llu", (unsigned long long)i);
		count += map[i];
		if (!map[i] && first == PLACES)
			first = i;
	}
	assert_int_equal(places->count, count);
	assert_int_equal(tr_places_first(places), first);
	assert_false(tr_places_has(places, PLACES));
	assert_false(tr_places_has(places, UINT64_MAX));
}

/* Begun in turn, WINDOW at once, done at random. */
static void
against_a_map(void **state)
{
	struct tr_places places = { .count = 0 }, copy;
	bool map[PLACES] = { false };
	uint32_t window[WINDOW], begun = 0, left = PLACES;
	struct tr_random random;

	(void)state;
	tr_random_seed(&random, 3);
	while (begun < WINDOW) {
		window[begun] = begun;
		begun++;
	}
	assert_is(&places, map);
	for (uint32_t held = WINDOW; held > 0; left--) {
		const uint32_t at = tr_random_below(&random, held);

		assert_int_equal(tr_places_add(&places, window[at]), TR_OK);
		assert_int_equal(tr_places_add(&places, window[at]), TR_OK);
		map[window[at]] = true;
		window[at] = begun < PLACES ? begun++ : window[--held];
		if (left % 97 != 0)
			continue;
		assert_is(&places, map);
		copy = copy_of(&places);
		assert_is(&copy, map);
		tr_places_clear(&copy);
	}
	assert_int_equal(left, 0);
	assert_is(&places, map);
	assert_int_equal(tr_places_words(&places), 1);
	tr_places_clear(&places);
	assert_false(tr_places_has(&places, 0));
}

/* What was read back goes on as the one that was written. */
static void
goes_on_from_what_was_written(void **state)
{
	struct tr_places places = { .count = 0 }, copy;

	(void)state;
	for (uint64_t i = 0; i < 1000; i += 2)
		assert_int_equal(tr_places_add(&places, i), TR_OK);
	copy = copy_of(&places);
	for (uint64_t i = 1; i < 1000; i += 2)
		assert_int_equal(tr_places_add(&copy, i), TR_OK);
	assert_int_equal(tr_places_first(&copy), 1000);
	assert_int_equal(copy.count, 1000);
	tr_places_clear(&copy);
	tr_places_clear(&places);
}

/* A target that takes for ever does not take the memory. */
static void
a_straggler_costs_a_bit_each(void **state)
{
	struct tr_places places = { .count = 0 };
	const uint64_t far = TR_PLACES_SPREAD_MAX;

	(void)state;
	for (uint64_t i = 1; i < far; i += 4096)
		assert_int_equal(tr_places_add(&places, i), TR_OK);
	assert_int_equal(tr_places_add(&places, far - 1), TR_OK);
	assert_int_equal(places.room * 64ull, TR_PLACES_SPREAD_MAX);
	assert_int_equal(tr_places_add(&places, far), TR_ENOMEM);
	assert_false(tr_places_has(&places, far));
	assert_true(tr_places_has(&places, far - 1));
	/* It may go on when the first ones are done. */
	for (uint64_t i = 0; i < 64; i++)
		assert_int_equal(tr_places_add(&places, i), TR_OK);
	assert_int_equal(tr_places_add(&places, far), TR_OK);
	tr_places_clear(&places);
}

static void
the_last_places_there_are(void **state)
{
	struct tr_places places = { .count = 0 };
	const uint64_t last = TR_PLACES_MAX - 64;

	(void)state;
	assert_int_equal(tr_places_begin(&places, 65), TR_ERANGE);
	assert_int_equal(tr_places_begin(&places, UINT64_MAX - 63),
	    TR_ERANGE);
	assert_int_equal(tr_places_begin(&places, last), TR_OK);
	assert_int_equal(tr_places_add(&places, TR_PLACES_MAX), TR_ERANGE);
	assert_int_equal(tr_places_add(&places, UINT64_MAX), TR_ERANGE);
	assert_int_equal(tr_places_add(&places, TR_PLACES_MAX - 1), TR_OK);
	assert_true(tr_places_has(&places, TR_PLACES_MAX - 1));
	assert_int_equal(tr_places_put(&places, 1), TR_ERANGE);
	for (uint64_t i = last; i < TR_PLACES_MAX; i++)
		assert_int_equal(tr_places_add(&places, i), TR_OK);
	assert_true(places.count == TR_PLACES_MAX);
	assert_true(tr_places_first(&places) == TR_PLACES_MAX);
	tr_places_clear(&places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_a_map),
		cmocka_unit_test(goes_on_from_what_was_written),
		cmocka_unit_test(a_straggler_costs_a_bit_each),
		cmocka_unit_test(the_last_places_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
