/*
 * A queue of messages from one thread, the giver, to one other, the taker.
 *
 * The messages lie in a ring of bytes, of a size that never changes.  There is
 * no lock while both are at work: a lock is taken to sleep, when there is
 * nothing to take, and to wake who sleeps.  The giver is not held up: when the
 * ring is full it is told so, and may wait.
 */
#ifndef TR_IO_RING_H
#define TR_IO_RING_H

#include <sys/uio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define TR_RING_SIZE_MIN	4096u
#define TR_RING_SIZE_MAX	(UINT32_C(1) << 30)

struct tr_ring;

/*
 * A ring of so many bytes, TR_RING_SIZE_MIN to TR_RING_SIZE_MAX, rounded up to
 * a power of two.  Returns NULL, with a text: TR_ERANGE, TR_ENOMEM, TR_ESYSTEM.
 */
struct tr_ring *tr_ring_new(size_t size, struct tr_error *error);
void tr_ring_free(struct tr_ring *ring);

/* The bytes of the longest message: somewhat less than a quarter. */
size_t tr_ring_message_max(const struct tr_ring *ring);

/* --- the giver's -------------------------------------------------------- */

/* The bytes of the ring that a message of so many takes. */
size_t tr_ring_cost(size_t size);

/*
 * Is there room for what takes so many bytes of the ring (tr_ring_cost(), or
 * the sum of several; at most the size of the ring)?  If not, the giver is
 * called (below) once there is room for that and for a quarter of the ring.
 */
bool tr_ring_has_room(struct tr_ring *ring, size_t cost);

/*
 * Put a message in, its parts one behind the other.  There must be room for it,
 * and it must not be longer than the longest.
 */
void tr_ring_put(struct tr_ring *ring, const struct iovec *parts,
    size_t count);

/* How full it is, in per cent. */
unsigned tr_ring_fill(const struct tr_ring *ring);

/*
 * Readable (poll(2)) from when the giver is called until it waits again, or
 * asks for room and finds it.
 */
int tr_ring_descriptor(const struct tr_ring *ring);

/* Wait to be called, until the deadline (monotonic). */
void tr_ring_await_call(struct tr_ring *ring, int64_t deadline);

/* Wake the taker, or keep it from its next sleep. */
void tr_ring_wake(struct tr_ring *ring);

/* --- the taker's -------------------------------------------------------- */

/*
 * The next message, aligned to 8 bytes, or NULL when there is none now.  It is
 * the ring's, and stays as it is until this is called again, or the next
 * function.
 */
const void *tr_ring_take(struct tr_ring *ring, size_t *size);

/* Is there one? */
bool tr_ring_has_message(struct tr_ring *ring);

/* The room of all messages that were taken is free again. */
void tr_ring_release(struct tr_ring *ring);

/* What the taker sleeps until. */
enum tr_ring_until {
	TR_RING_ANY,		/* there is a message */
	TR_RING_QUARTER,	/* a quarter is filled */
	TR_RING_WAKE,		/* it is woken */
};

/*
 * Sleep until then, until the taker is woken, or until the deadline
 * (monotonic).  What was taken and not released stays as it is: for the first
 * two, release first.
 */
void tr_ring_sleep(struct tr_ring *ring, enum tr_ring_until until,
    int64_t deadline);

/* Call the giver. */
void tr_ring_call(struct tr_ring *ring);

#endif
