/*
 * The queue between two threads: what comes out, in which order, where it goes
 * over the end of the ring; when it is full; and who is woken when.
 */
#include "support.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/random.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/ring.h"

#define PATIENCE	(20 * TR_SECOND)	/* then a test has hung */

static struct tr_ring *
ring_of(size_t size)
{
	struct tr_error error;
	struct tr_ring *ring = tr_ring_new(size, &error);

	if (ring == NULL)
		fail_msg("%s", error.text);
	return ring;
}

/* A message is its number, and as many bytes more, which follow from it. */
struct message {
	uint64_t number;
	uint8_t	 more[2000];
};

static size_t
fill(struct message *message, uint64_t number)
{
	const size_t size = tr_random_mix(number, 1) %
	    (sizeof(message->more) + 1);

	message->number = number;
	for (size_t i = 0; i < size; i++)
		message->more[i] = (uint8_t)(number * 31 + i);
	return size;
}

static void
give(struct tr_ring *ring, const struct message *message, size_t more)
{
	const struct iovec parts[] = {
		{ (void *)(uintptr_t)&message->number,
		    sizeof(message->number) },
		{ NULL, 0 },
		{ (void *)(uintptr_t)message->more, more },
	};

	tr_ring_put(ring, parts, 3);
}

static bool
is_whole(const void *got, size_t size, uint64_t number)
{
	struct message wanted;
	const size_t more = fill(&wanted, number);

	return size == sizeof(number) + more && (uintptr_t)got % 8 == 0 &&
	    memcmp(got, &wanted.number, sizeof(number)) == 0 &&
	    memcmp((const uint8_t *)got + sizeof(number), wanted.more,
	    more) == 0;
}

static void
assert_taken(struct tr_ring *ring, uint64_t number)
{
	size_t size;
	const void *got = tr_ring_take(ring, &size);

	assert_non_null(got);
	assert_true(is_whole(got, size, number));
}

static void
sizes_are_bounded(void **state)
{
	struct tr_error error;
	struct tr_ring *ring;

	(void)state;
	assert_null(tr_ring_new(TR_RING_SIZE_MIN - 1, &error));
	assert_int_equal(error.code, TR_ERANGE);
	assert_string_equal(error.text, "a queue of 4095 bytes: accepted are "
	    "4096 to 1073741824");
	assert_null(tr_ring_new((size_t)TR_RING_SIZE_MAX + 1, &error));
	ring = ring_of(5000);
	assert_int_equal(tr_ring_message_max(ring), 2048 - 8);
	assert_int_equal(tr_ring_cost(0), 8);
	assert_int_equal(tr_ring_cost(1), 16);
	assert_int_equal(tr_ring_cost(8), 16);
	tr_ring_free(ring);
	tr_ring_free(NULL);
}

/* Filled and emptied at random, many times around. */
static void
order_is_kept_around_the_end(void **state)
{
	struct tr_ring *ring = ring_of(16384);
	uint64_t given = 0, taken = 0, refused = 0;
	struct tr_random random;
	struct message message;

	(void)state;
	tr_random_seed(&random, 1);
	assert_false(tr_ring_has_message(ring));
	while (taken < 20000) {
		for (uint32_t n = tr_random_below(&random, 20); n > 0; n--) {
			const size_t more = fill(&message, given);

			if (!tr_ring_has_room(ring, tr_ring_cost(
			    sizeof(given) + more))) {
				refused++;
				break;
			}
			give(ring, &message, more);
			given++;
		}
		for (uint32_t n = tr_random_below(&random, 20); n > 0 &&
		    taken < given; n--)
			assert_taken(ring, taken++);
		assert_int_equal(tr_ring_has_message(ring), taken < given);
		tr_ring_release(ring);
	}
	assert_true(refused > 100);
	tr_ring_free(ring);
}

static void
all_of_it_can_be_filled(void **state)
{
	struct tr_ring *ring = ring_of(4096);
	const struct iovec part = { (void *)(uintptr_t)"123456789", 9 };
	size_t size, count = 0;

	(void)state;
	assert_int_equal(tr_ring_fill(ring), 0);
	assert_true(tr_ring_has_room(ring, 4096));
	assert_false(tr_ring_has_room(ring, 4097));
	while (tr_ring_has_room(ring, tr_ring_cost(9))) {
		tr_ring_put(ring, &part, 1);
		count++;
	}
	assert_int_equal(count, 4096 / 24);
	assert_int_equal(tr_ring_fill(ring), 99);
	/* What is taken and not released stays, and takes up room. */
	for (size_t i = 0; i < count; i++)
		assert_memory_equal(tr_ring_take(ring, &size), "123456789", 9);
	assert_null(tr_ring_take(ring, &size));
	assert_false(tr_ring_has_room(ring, tr_ring_cost(9)));
	tr_ring_release(ring);
	assert_true(tr_ring_has_room(ring, 4096));
	assert_int_equal(tr_ring_fill(ring), 0);
	tr_ring_free(ring);
}

static bool
is_called(const struct tr_ring *ring)
{
	struct pollfd wait = { tr_ring_descriptor(ring), POLLIN, 0 };

	return poll(&wait, 1, 0) == 1;
}

/* The giver is called when there is room for a good deal, not before. */
static void
the_giver_is_called(void **state)
{
	struct tr_ring *ring = ring_of(4096);
	const struct iovec part = { (void *)(uintptr_t)"12345678", 8 };
	const int64_t began = tr_clock_monotonic();
	size_t size;

	(void)state;
	while (tr_ring_has_room(ring, 16))
		tr_ring_put(ring, &part, 1);
	assert_false(is_called(ring));
	tr_ring_await_call(ring, began + 20 * TR_MILLISECOND);
	assert_true(tr_clock_monotonic() >= began + 20 * TR_MILLISECOND);
	for (int i = 0; i < 63; i++)
		assert_non_null(tr_ring_take(ring, &size));
	tr_ring_release(ring);
	assert_false(is_called(ring));
	assert_non_null(tr_ring_take(ring, &size));
	tr_ring_release(ring);
	assert_true(is_called(ring));
	tr_ring_await_call(ring, TR_TIME_NEVER);
	assert_false(is_called(ring));
	assert_true(tr_ring_has_room(ring, 16));

	/* Who finds room need not be called. */
	assert_false(tr_ring_has_room(ring, 4096));
	while (tr_ring_take(ring, &size) != NULL)
		;
	tr_ring_release(ring);
	assert_true(is_called(ring));
	assert_true(tr_ring_has_room(ring, 16));
	assert_false(is_called(ring));
	tr_ring_free(ring);
}

static void
the_taker_sleeps(void **state)
{
	struct tr_ring *ring = ring_of(4096);
	const struct iovec part = { (void *)(uintptr_t)"12345678", 8 };
	int64_t began = tr_clock_monotonic();

	(void)state;
	tr_ring_sleep(ring, TR_RING_ANY, began + 5 * TR_MILLISECOND);
	assert_true(tr_clock_monotonic() >= began + 5 * TR_MILLISECOND);
	tr_ring_put(ring, &part, 1);
	tr_ring_sleep(ring, TR_RING_ANY, TR_TIME_NEVER);
	began = tr_clock_monotonic();
	tr_ring_sleep(ring, TR_RING_QUARTER, began + 5 * TR_MILLISECOND);
	assert_true(tr_clock_monotonic() >= began + 5 * TR_MILLISECOND);
	for (int i = 1; i < 64; i++)
		tr_ring_put(ring, &part, 1);
	tr_ring_sleep(ring, TR_RING_QUARTER, TR_TIME_NEVER);
	tr_ring_wake(ring);
	tr_ring_sleep(ring, TR_RING_WAKE, TR_TIME_NEVER);
	began = tr_clock_monotonic();
	tr_ring_sleep(ring, TR_RING_WAKE, began + 5 * TR_MILLISECOND);
	assert_true(tr_clock_monotonic() >= began + 5 * TR_MILLISECOND);
	tr_ring_free(ring);
}

/* --- two threads -------------------------------------------------------- */

struct taker {
	struct tr_ring *ring;
	uint64_t count;		/* messages that come */
	uint64_t good;
	bool	 in_time;
};

/* Sleeps whenever it can, and for ever. */
static void *
take_all(void *argument)
{
	struct taker *taker = argument;
	uint64_t number = 0;
	size_t size;

	while (number < taker->count) {
		const void *got = tr_ring_take(taker->ring, &size);

		if (got != NULL) {
			taker->good += is_whole(got, size, number);
			if (++number % 7 == 0)
				tr_ring_release(taker->ring);
			continue;
		}
		tr_ring_release(taker->ring);
		tr_ring_sleep(taker->ring, number % 3 == 0 ?
		    TR_RING_QUARTER : TR_RING_ANY, tr_clock_monotonic() +
		    (number % 3 == 0 ? TR_MILLISECOND : PATIENCE));
	}
	return NULL;
}

/* Each of them waits for the other one often, and nobody for ever. */
static void
two_threads(void **state)
{
	struct taker taker = { ring_of(8192), 30000, 0, true };
	struct message message;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, take_all, &taker), 0);
	for (uint64_t i = 0; i < taker.count; i++) {
		const size_t more = fill(&message, i);
		const int64_t began = tr_clock_monotonic();

		while (!tr_ring_has_room(taker.ring,
		    tr_ring_cost(sizeof(i) + more)))
			tr_ring_await_call(taker.ring, began + PATIENCE);
		taker.in_time &= tr_clock_monotonic() < began + PATIENCE;
		give(taker.ring, &message, more);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(taker.good, taker.count);
	assert_true(taker.in_time);
	tr_ring_free(taker.ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(order_is_kept_around_the_end),
		cmocka_unit_test(all_of_it_can_be_filled),
		cmocka_unit_test(the_giver_is_called),
		cmocka_unit_test(the_taker_sleeps),
		cmocka_unit_test(two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
