/*
 * Sorting in place, against qsort().
 */
#include "support.h"

#include "base/random.h"
#include "base/sort.h"

#define RECORDS_MAX	20000

static size_t compared;

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, compared);
}

/* Records of which many are the same, or are in part. */
static void
draw(uint8_t *records, size_t count, size_t size, struct tr_random *random)
{
	const uint32_t kinds = 1 + tr_random_below(random, 256);
	const size_t same = tr_random_below(random, (uint32_t)size);

	for (size_t i = 0; i < count * size; i++)
		records[i] = i % size < same ? 7 :
		    (uint8_t)tr_random_below(random, kinds);
}

static void
sorts_as_qsort_does(void **state)
{
	struct tr_random random;

	(void)state;
	tr_random_seed(&random, 20261128);
	for (uint32_t run = 0; run < 400; run++) {
		const size_t size = 1 + run % TR_SORT_SIZE_MAX;
		const size_t count = tr_random_below(&random,
		    run % 8 == 0 ? RECORDS_MAX : 60);
		uint8_t *records = malloc(count * size + 1);
		uint8_t *copy;

		assert_non_null(records);
		draw(records, count, size, &random);
		records[count * size] = 0;
		copy = exact_copy(records, count * size + 1);
		tr_sort_bytes(records, count, size);
		compared = size;
		qsort(copy, count, size, compare);
		assert_memory_equal(records, copy, count * size);
		free(records);
		free(copy);
	}
}

static void
leaves_few_alone(void **state)
{
	uint8_t one[] = { 2, 1 };

	(void)state;
	tr_sort_bytes(NULL, 0, 4);
	tr_sort_bytes(one, 0, 1);
	tr_sort_bytes(one, 1, 1);
	assert_int_equal(one[0], 2);
	tr_sort_bytes(one, 1, 2);
	assert_int_equal(one[0], 2);
	tr_sort_bytes(one, 2, 1);
	assert_int_equal(one[0], 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_as_qsort_does),
		cmocka_unit_test(leaves_few_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
