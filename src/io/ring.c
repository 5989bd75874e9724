#include <sys/eventfd.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "io/clock.h"
#include "io/ring.h"

#define CACHE_LINE	64
#define ALIGNMENT	8u
#define HEADER		ALIGNMENT	/* the size of a message, before it */
#define NEVER		UINT64_MAX	/* a position that is not reached */

/*
 * Positions count bytes since the begin; the ring holds those from tail to
 * head.  Who wants to be woken writes where the other one must have come to,
 * and then looks again where that is; the other moves on, and then looks
 * whether it is waited for.  These four steps are in one order for both
 * (sequentially consistent), so that one of them sees what the other did.
 */
struct tr_ring {
	uint8_t	*bytes;
	uint8_t	*straight;	/* a message that goes over the end */
	size_t	 size;
	int	 event;		/* eventfd: the giver is called */
	pthread_mutex_t lock;
	pthread_cond_t condition;
	bool	 is_woken;	/* with the lock */

	/* The giver writes these. */
	alignas(CACHE_LINE) _Atomic uint64_t head;
	_Atomic uint64_t call_at;	/* tail; or NEVER */
	uint64_t given;			/* head */
	uint64_t seen_tail;
	bool	 is_called;		/* or may be */

	/* The taker writes these. */
	alignas(CACHE_LINE) _Atomic uint64_t tail;
	_Atomic uint64_t wake_at;	/* head; or NEVER */
	uint64_t taken;			/* what tail will be */
	uint64_t seen_head;
};

/* --- making ------------------------------------------------------------- */

static int
make_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int status = pthread_condattr_init(&attributes);

	if (status != 0)
		return status;
	status = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (status == 0)
		status = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return status;
}

static int
make_wakers(struct tr_ring *ring, struct tr_error *error)
{
	int status = pthread_mutex_init(&ring->lock, NULL);

	if (status == 0) {
		status = make_condition(&ring->condition);
		if (status != 0)
			pthread_mutex_destroy(&ring->lock);
	}
	if (status != 0) {
		errno = status;
		return tr_fail(error, TR_ESYSTEM, "cannot make a lock: %s",
		    strerror(status));
	}
	ring->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (ring->event >= 0)
		return TR_OK;
	tr_fail(error, TR_ESYSTEM, "cannot make an eventfd: %s",
	    strerror(errno));
	pthread_cond_destroy(&ring->condition);
	pthread_mutex_destroy(&ring->lock);
	return TR_ESYSTEM;
}

static void
free_memory(struct tr_ring *ring)
{
	free(ring->bytes);
	free(ring->straight);
	free(ring);
}

static struct tr_ring *
make_memory(size_t size)
{
	struct tr_ring *ring = aligned_alloc(CACHE_LINE, sizeof(*ring));

	if (ring == NULL)
		return NULL;
	memset(ring, 0, sizeof(*ring));
	ring->size = size;
	ring->bytes = malloc(size);
	ring->straight = malloc(size / 4);
	if (ring->bytes != NULL && ring->straight != NULL)
		return ring;
	free_memory(ring);
	return NULL;
}

struct tr_ring *
tr_ring_new(size_t size, struct tr_error *error)
{
	size_t rounded = TR_RING_SIZE_MIN;
	struct tr_ring *ring;

	if (size < TR_RING_SIZE_MIN || size > TR_RING_SIZE_MAX) {
		tr_fail(error, TR_ERANGE, "a queue of %zu bytes: accepted are "
		    "%u to %u", size, TR_RING_SIZE_MIN, TR_RING_SIZE_MAX);
		return NULL;
	}
	while (rounded < size)
		rounded *= 2;
	ring = make_memory(rounded);
	if (ring == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory for a queue of %zu "
		    "bytes", rounded);
		return NULL;
	}
	if (make_wakers(ring, error) != TR_OK) {
		free_memory(ring);
		return NULL;
	}
	atomic_init(&ring->call_at, NEVER);
	atomic_init(&ring->wake_at, NEVER);
	return ring;
}

void
tr_ring_free(struct tr_ring *ring)
{
	if (ring == NULL)
		return;
	close(ring->event);
	pthread_cond_destroy(&ring->condition);
	pthread_mutex_destroy(&ring->lock);
	free_memory(ring);
}

size_t
tr_ring_message_max(const struct tr_ring *ring)
{
	return ring->size / 4 - HEADER;
}

/*
 * Does the other one wait for this position?  It is then not waited for any
 * more.  If the other has just written another one in, it has seen this one.
 */
static bool
is_reached(_Atomic uint64_t *waited_for, uint64_t position)
{
	uint64_t wanted = atomic_load(waited_for);

	return position >= wanted &&
	    atomic_compare_exchange_strong(waited_for, &wanted, NEVER);
}

/* --- the giver's -------------------------------------------------------- */

size_t
tr_ring_cost(size_t size)
{
	return HEADER + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool
fits(const struct tr_ring *ring, size_t cost)
{
	return cost <= ring->size - (size_t)(ring->given - ring->seen_tail);
}

/* The giver goes on: it was called, or needs no call any more. */
static void
forget_call(struct tr_ring *ring)
{
	uint64_t calls;

	if (!ring->is_called)
		return;
	atomic_store(&ring->call_at, NEVER);
	/* A call that comes yet wakes it once for nothing. */
	while (read(ring->event, &calls, sizeof(calls)) < 0 && errno == EINTR)
		;
	ring->is_called = false;
}

bool
tr_ring_has_room(struct tr_ring *ring, size_t cost)
{
	const size_t quarter = ring->size / 4;
	size_t wanted = cost > quarter ? cost : quarter;

	if (!fits(ring, cost))
		ring->seen_tail = atomic_load(&ring->tail);
	if (!fits(ring, cost)) {
		if (wanted > ring->size)
			wanted = ring->size;
		ring->is_called = true;
		atomic_store(&ring->call_at, ring->given + wanted -
		    ring->size);
		ring->seen_tail = atomic_load(&ring->tail);
		if (!fits(ring, cost))
			return false;
	}
	forget_call(ring);
	return true;
}

/* Over the end of the ring, if it comes to that. */
static uint64_t
copy_in(struct tr_ring *ring, uint64_t position, const void *data,
    size_t size)
{
	const size_t at = (size_t)position & (ring->size - 1);
	const size_t straight = size < ring->size - at ? size :
	    ring->size - at;

	if (size == 0)
		return position;
	memcpy(ring->bytes + at, data, straight);
	memcpy(ring->bytes, (const uint8_t *)data + straight,
	    size - straight);
	return position + size;
}

void
tr_ring_put(struct tr_ring *ring, const struct iovec *parts, size_t count)
{
	uint64_t position = ring->given + HEADER, size = 0;

	for (size_t i = 0; i < count; i++) {
		position = copy_in(ring, position, parts[i].iov_base,
		    parts[i].iov_len);
		size += parts[i].iov_len;
	}
	copy_in(ring, ring->given, &size, sizeof(size));
	ring->given += tr_ring_cost((size_t)size);
	atomic_store(&ring->head, ring->given);
	if (!is_reached(&ring->wake_at, ring->given))
		return;
	pthread_mutex_lock(&ring->lock);
	pthread_cond_signal(&ring->condition);
	pthread_mutex_unlock(&ring->lock);
}

unsigned
tr_ring_fill(const struct tr_ring *ring)
{
	return (unsigned)((ring->given - atomic_load(&ring->tail)) * 100 /
	    ring->size);
}

int
tr_ring_descriptor(const struct tr_ring *ring)
{
	return ring->event;
}

void
tr_ring_await_call(struct tr_ring *ring, int64_t deadline)
{
	struct pollfd wait = { .fd = ring->event, .events = POLLIN };
	int64_t left;
	uint64_t calls;

	do {
		left = deadline == TR_TIME_NEVER ? -1 :
		    (deadline - tr_clock_monotonic() + TR_MILLISECOND - 1) /
		    TR_MILLISECOND;
		if (left < 0 && deadline != TR_TIME_NEVER)
			left = 0;
		if (left > INT32_MAX)
			left = INT32_MAX;
	} while (poll(&wait, 1, (int)left) < 0 && errno == EINTR);
	while (read(ring->event, &calls, sizeof(calls)) < 0 && errno == EINTR)
		;
}

void
tr_ring_wake(struct tr_ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->is_woken = true;
	pthread_cond_signal(&ring->condition);
	pthread_mutex_unlock(&ring->lock);
}

/* --- the taker's -------------------------------------------------------- */

bool
tr_ring_has_message(struct tr_ring *ring)
{
	if (ring->taken == ring->seen_head)
		ring->seen_head = atomic_load(&ring->head);
	return ring->taken != ring->seen_head;
}

const void *
tr_ring_take(struct tr_ring *ring, size_t *size)
{
	size_t at = (size_t)ring->taken & (ring->size - 1), straight;
	uint64_t told;

	if (!tr_ring_has_message(ring))
		return NULL;
	memcpy(&told, ring->bytes + at, sizeof(told));
	*size = (size_t)told;
	ring->taken += tr_ring_cost(*size);
	at = (at + HEADER) & (ring->size - 1);
	straight = ring->size - at;
	if (*size <= straight)
		return ring->bytes + at;
	memcpy(ring->straight, ring->bytes + at, straight);
	memcpy(ring->straight + straight, ring->bytes, *size - straight);
	return ring->straight;
}

void
tr_ring_release(struct tr_ring *ring)
{
	atomic_store(&ring->tail, ring->taken);
	if (is_reached(&ring->call_at, ring->taken))
		tr_ring_call(ring);
}

void
tr_ring_call(struct tr_ring *ring)
{
	const uint64_t call = 1;

	/* It is full only when there are calls enough in it. */
	while (write(ring->event, &call, sizeof(call)) < 0 && errno == EINTR)
		;
}

/* Asleep until the head is there; with the lock. */
static void
sleep_until(struct tr_ring *ring, uint64_t head, int64_t deadline)
{
	const struct timespec time = {
		.tv_sec = (time_t)(deadline / TR_SECOND),
		.tv_nsec = (long)(deadline % TR_SECOND),
	};

	while (!ring->is_woken && atomic_load(&ring->head) < head) {
		if (deadline == TR_TIME_NEVER)
			pthread_cond_wait(&ring->condition, &ring->lock);
		else if (pthread_cond_timedwait(&ring->condition, &ring->lock,
		    &time) == ETIMEDOUT)
			return;
	}
}

void
tr_ring_sleep(struct tr_ring *ring, enum tr_ring_until until,
    int64_t deadline)
{
	const uint64_t head = until == TR_RING_ANY ? ring->taken + 1 :
	    until == TR_RING_QUARTER ? ring->taken + ring->size / 4 : NEVER;

	pthread_mutex_lock(&ring->lock);
	atomic_store(&ring->wake_at, head);
	sleep_until(ring, head, deadline);
	atomic_store(&ring->wake_at, NEVER);
	ring->is_woken = false;
	pthread_mutex_unlock(&ring->lock);
}
