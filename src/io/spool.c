#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/clock.h"
#include "io/ring.h"
#include "io/spool.h"

#define CACHE_LINE	64
#define PIECE		(256u * 1024)	/* of text, written or compressed */
#define BATCH		64		/* messages between looks at a clock */
#define RETRY_TIME	TR_SECOND	/* a disk that is full */
#define AGAIN_TIME	TR_MILLISECOND	/* who reads is slow; it has waited */

struct tr_spool {
	struct tr_spool_config config;
	struct tr_ring *ring;
	struct tr_outlet *outlet;	/* the writer's while it runs */
	pthread_t thread;

	/* The producer's. */
	uint64_t given;
	uint64_t stalls;
	int64_t	 stalled;
	int64_t	 stall_began;	/* TR_TIME_NONE: there is room */

	/* Of both. */
	alignas(CACHE_LINE) atomic_bool is_ending;
	atomic_bool is_given_up;
	atomic_bool is_over;	/* the writer does nothing any more, and */
	int	 status;	/* this, and error, are told by it */
	struct tr_error error;
	_Atomic uint64_t committed;
	_Atomic uint64_t waits;
	_Atomic uint64_t text_written;
	_Atomic uint64_t written;
	atomic_int waiting;	/* errno; or 0 */

	/* The writer's. */
	alignas(CACHE_LINE) struct tr_buffer text;	/* not taken out yet */
	uint64_t taken;		/* messages */
	uint64_t in_file;	/* of them */
	uint64_t written_before; /* in this file, when last counted */
	int64_t	 commit_due;	/* or TR_TIME_NEVER */
	int64_t	 file_due;	/* to end it; or TR_TIME_NEVER */
	struct tr_outlet_place safe;	/* of the latest commit */
};

/* --- the writer: steps that may have to wait ---------------------------- */

static int
write_step(struct tr_spool *spool)
{
	return tr_outlet_write(spool->outlet, &spool->error);
}

static int
begin_step(struct tr_spool *spool)
{
	return tr_outlet_begin(spool->outlet, &spool->error);
}

/* The files are synced when they end. */
static int
tell_commit(struct tr_spool *spool, bool synced)
{
	const struct tr_spool_commit commit = {
		.place = *tr_outlet_place(spool->outlet),
		.messages = spool->taken,
		.synced = synced,
	};

	if (spool->config.commit == NULL)
		return TR_OK;
	return spool->config.commit(spool->config.context, &commit,
	    &spool->error);
}

static int
commit_step(struct tr_spool *spool)
{
	return tell_commit(spool, false);
}

static int
synced_commit_step(struct tr_spool *spool)
{
	return tell_commit(spool, true);
}

static bool
is_disk_full(int system)
{
	return system == ENOSPC || system == EDQUOT;
}

/* A second, or less when it is given up. */
static void
wait_for_disk(struct tr_spool *spool)
{
	const int64_t until = tr_clock_monotonic() + RETRY_TIME;

	if (atomic_load(&spool->waiting) == 0)
		atomic_fetch_add(&spool->waits, 1);
	atomic_store(&spool->waiting, spool->error.system);
	while (!atomic_load(&spool->is_given_up) &&
	    tr_clock_monotonic() < until)
		tr_ring_sleep(spool->ring, TR_RING_WAKE, until);
}

/* Do a step, again and again while only the disk or a reader is in its way. */
static int
insist(struct tr_spool *spool, int (*step)(struct tr_spool *))
{
	int status;

	while ((status = step(spool)) == TR_ESYSTEM &&
	    !atomic_load(&spool->is_given_up)) {
		if (is_disk_full(spool->error.system))
			wait_for_disk(spool);
		else if (spool->error.system == EAGAIN)
			tr_ring_sleep(spool->ring, TR_RING_WAKE,
			    tr_clock_monotonic() + AGAIN_TIME);
		else
			break;
	}
	atomic_store(&spool->waiting, 0);
	if (status == TR_OK)
		spool->error.text[0] = '\0';
	return status;
}

/* --- the writer: what it does ------------------------------------------- */

static int
write_out(struct tr_spool *spool)
{
	const uint64_t text = spool->text.used;
	int status;

	if (text == 0)
		return TR_OK;
	status = tr_outlet_take(spool->outlet, &spool->text, &spool->error);
	if (status == TR_OK)
		status = insist(spool, write_step);
	if (status == TR_OK) {
		const uint64_t offset = tr_outlet_place(spool->outlet)->offset;

		atomic_fetch_add(&spool->text_written, text);
		atomic_fetch_add(&spool->written,
		    offset - spool->written_before);
		spool->written_before = offset;
	}
	return status;
}

static int
commit(struct tr_spool *spool, bool synced)
{
	int status = write_out(spool);

	if (status == TR_OK && synced)
		status = tr_outlet_sync(spool->outlet, &spool->error);
	if (status == TR_OK)
		status = insist(spool, synced ? synced_commit_step :
		    commit_step);
	if (status != TR_OK)
		return status;
	spool->safe = *tr_outlet_place(spool->outlet);
	spool->commit_due = TR_TIME_NEVER;
	atomic_store(&spool->committed, spool->taken);
	return TR_OK;
}

/* A file that begins, or is gone on with. */
static void
note_file(struct tr_spool *spool)
{
	const struct tr_outlet_place *place = tr_outlet_place(spool->outlet);

	spool->in_file = 0;
	spool->file_due = TR_TIME_NEVER;
	spool->written_before = place->offset;
	if (place->offset == 0 && spool->config.header != NULL)
		tr_buffer_add_text(&spool->text, spool->config.header);
}

/* Its age counts from the first record on. */
static void
note_record(struct tr_spool *spool)
{
	spool->taken++;
	if (spool->in_file++ == 0 && spool->config.outlet.folder != NULL &&
	    spool->config.file_time > 0)
		spool->file_due = tr_clock_monotonic() +
		    spool->config.file_time;
}

static int
end_file(struct tr_spool *spool)
{
	const int status = commit(spool, true);

	spool->in_file = 0;
	spool->file_due = TR_TIME_NEVER;
	return status != TR_OK ? status :
	    tr_outlet_end(spool->outlet, &spool->error);
}

static bool
is_file_full(const struct tr_spool *spool)
{
	return spool->config.outlet.folder != NULL &&
	    spool->config.file_text > 0 && spool->in_file > 0 &&
	    tr_outlet_place(spool->outlet)->text + spool->text.used >=
	    spool->config.file_text;
}

/* Some messages become text, all of one file. */
static int
take_messages(struct tr_spool *spool)
{
	int status;

	for (int i = 0; i < BATCH && tr_ring_has_message(spool->ring); i++) {
		const void *message;
		size_t size;

		if (!tr_outlet_is_open(spool->outlet)) {
			status = insist(spool, begin_step);
			if (status != TR_OK)
				return status;
			note_file(spool);
		}
		message = tr_ring_take(spool->ring, &size);
		spool->config.form(spool->config.context, message, size,
		    &spool->text);
		if (spool->text.bad)
			return tr_fail(&spool->error, TR_ENOMEM,
			    "out of memory for the output");
		note_record(spool);
		if (spool->text.used >= PIECE || is_file_full(spool))
			break;
	}
	tr_ring_release(spool->ring);
	return TR_OK;
}

static int
take_turn(struct tr_spool *spool)
{
	const int status = take_messages(spool);
	int64_t now;

	if (status != TR_OK)
		return status;
	now = tr_clock_monotonic();
	if (spool->commit_due == TR_TIME_NEVER &&
	    spool->taken > atomic_load(&spool->committed))
		spool->commit_due = now + spool->config.commit_time;
	if (now >= spool->file_due || is_file_full(spool))
		return end_file(spool);
	if (now >= spool->commit_due)
		return commit(spool, false);
	return spool->text.used >= PIECE ? write_out(spool) : TR_OK;
}

/*
 * Until there is something to do.  What is not committed yet will be in a
 * moment: till then, messages wait in the ring, and nobody is woken for each.
 */
static void
rest(struct tr_spool *spool)
{
	tr_ring_sleep(spool->ring, spool->commit_due == TR_TIME_NEVER ?
	    TR_RING_ANY : TR_RING_QUARTER,
	    tr_time_earlier(spool->commit_due, spool->file_due));
}

static int
write_all(struct tr_spool *spool)
{
	bool is_ending = false;
	int status = TR_OK;

	while (status == TR_OK && !is_ending) {
		/* Looked at first: nothing is put in behind it. */
		is_ending = atomic_load(&spool->is_ending);
		status = take_turn(spool);
		if (atomic_load(&spool->is_given_up))
			return TR_ESYSTEM;
		if (tr_ring_has_message(spool->ring))
			is_ending = false;
		else if (status == TR_OK && !atomic_load(&spool->is_ending))
			rest(spool);
	}
	if (status == TR_OK)
		status = end_file(spool);
	return status;
}

/* Then nothing is there that was not told to be. */
static void
cut_back(struct tr_spool *spool)
{
	struct tr_error second;

	if (tr_outlet_cut(spool->outlet, &spool->safe, &second) == TR_OK)
		return;
	tr_text_append(spool->error.text, sizeof(spool->error.text),
	    "; and %s", second.text);
}

static void *
run(void *argument)
{
	struct tr_spool *spool = argument;

	spool->status = write_all(spool);
	if (spool->status != TR_OK)
		cut_back(spool);
	atomic_store(&spool->is_over, true);
	tr_ring_call(spool->ring);
	return NULL;
}

/* --- opening ------------------------------------------------------------ */

/* Signals are for the others. */
static int
begin_thread(struct tr_spool *spool, struct tr_error *error)
{
	sigset_t all, before;
	int status;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	status = pthread_create(&spool->thread, NULL, run, spool);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (status == 0)
		return TR_OK;
	errno = status;
	return tr_fail(error, TR_ESYSTEM, "cannot begin a thread: %s",
	    strerror(status));
}

/* What was written down is from now on what there is. */
static int
begin(struct tr_spool *spool, struct tr_error *error)
{
	int status;

	spool->safe = *tr_outlet_place(spool->outlet);
	note_file(spool);
	status = tell_commit(spool, false);
	if (status == TR_OK)
		return begin_thread(spool, error);
	*error = spool->error;
	return status;
}

static void
free_spool(struct tr_spool *spool)
{
	tr_outlet_close(spool->outlet);
	tr_ring_free(spool->ring);
	tr_buffer_clear(&spool->text);
	free(spool);
}

struct tr_spool *
tr_spool_open(const struct tr_spool_config *config, struct tr_error *error)
{
	struct tr_spool *spool = aligned_alloc(CACHE_LINE, sizeof(*spool));

	if (spool == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory for the output");
		return NULL;
	}
	memset(spool, 0, sizeof(*spool));
	spool->config = *config;
	spool->commit_due = TR_TIME_NEVER;
	spool->stall_began = TR_TIME_NONE;
	spool->ring = tr_ring_new(config->ring, error);
	if (spool->ring != NULL)
		spool->outlet = tr_outlet_open(&config->outlet, error);
	if (spool->outlet != NULL && begin(spool, error) == TR_OK)
		return spool;
	free_spool(spool);
	return NULL;
}

/* --- putting in --------------------------------------------------------- */

size_t
tr_spool_cost(size_t size)
{
	return tr_ring_cost(size);
}

size_t
tr_spool_message_max(const struct tr_spool *spool)
{
	return tr_ring_message_max(spool->ring);
}

bool
tr_spool_has_room(struct tr_spool *spool, size_t cost)
{
	const bool has_room = tr_ring_has_room(spool->ring, cost);

	if (has_room && spool->stall_began == TR_TIME_NONE)
		return true;
	if (has_room) {
		spool->stalled += tr_clock_monotonic() - spool->stall_began;
		spool->stall_began = TR_TIME_NONE;
	} else if (spool->stall_began == TR_TIME_NONE) {
		spool->stalls++;
		spool->stall_began = tr_clock_monotonic();
	}
	return has_room;
}

int
tr_spool_put(struct tr_spool *spool, const struct iovec *parts, size_t count)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += parts[i].iov_len;
	if (size > tr_ring_message_max(spool->ring) ||
	    atomic_load(&spool->is_ending))
		return TR_ERANGE;
	if (atomic_load(&spool->is_over))
		return TR_ESYSTEM;
	if (!tr_spool_has_room(spool, tr_ring_cost(size)))
		return TR_ENOMEM;
	tr_ring_put(spool->ring, parts, count);
	spool->given++;
	return TR_OK;
}

unsigned
tr_spool_fill(const struct tr_spool *spool)
{
	return tr_ring_fill(spool->ring);
}

void
tr_spool_wait(struct tr_spool *spool, int64_t deadline)
{
	if (!atomic_load(&spool->is_over))
		tr_ring_await_call(spool->ring, deadline);
}

int
tr_spool_descriptor(const struct tr_spool *spool)
{
	return tr_ring_descriptor(spool->ring);
}

/* --- how it is ---------------------------------------------------------- */

uint64_t
tr_spool_committed(const struct tr_spool *spool)
{
	return atomic_load(&spool->committed);
}

int
tr_spool_failed(const struct tr_spool *spool, struct tr_error *error)
{
	if (!atomic_load(&spool->is_over) || spool->status == TR_OK)
		return TR_OK;
	if (error != NULL)
		*error = spool->error;
	return spool->status;
}

bool
tr_spool_waiting(const struct tr_spool *spool, char *text, size_t size)
{
	const int system = atomic_load(&spool->waiting);

	text[0] = '\0';
	if (system != 0)
		tr_text_append(text, size, "waiting for the disk: %s",
		    strerror(system));
	return system != 0;
}

void
tr_spool_counts(const struct tr_spool *spool, struct tr_spool_counts *counts)
{
	*counts = (struct tr_spool_counts){
		.messages = spool->given,
		.stalls = spool->stalls,
		.stalled = spool->stalled,
		.waits = atomic_load(&spool->waits),
		.text = atomic_load(&spool->text_written),
		.written = atomic_load(&spool->written),
	};
	if (spool->stall_began != TR_TIME_NONE)
		counts->stalled += tr_clock_monotonic() - spool->stall_began;
}

/* --- the end ------------------------------------------------------------ */

bool
tr_spool_drain(struct tr_spool *spool, int64_t deadline)
{
	if (!atomic_load(&spool->is_ending)) {
		atomic_store(&spool->is_ending, true);
		tr_ring_wake(spool->ring);
	}
	while (!atomic_load(&spool->is_over) &&
	    (deadline == TR_TIME_NEVER || tr_clock_monotonic() < deadline))
		tr_ring_await_call(spool->ring, deadline);
	return atomic_load(&spool->is_over) && spool->status == TR_OK;
}

static int
say_given_up(const struct tr_spool *spool, struct tr_error *error)
{
	const unsigned long long lost = spool->given -
	    atomic_load(&spool->committed);

	return tr_fail(error, TR_ESYSTEM, "%llu record%s not written%s%s",
	    lost, lost == 1 ? " is" : "s are",
	    spool->error.text[0] == '\0' ? "" : ": ", spool->error.text);
}

int
tr_spool_close(struct tr_spool *spool, int64_t deadline,
    struct tr_error *error)
{
	int status;

	if (spool == NULL)
		return TR_OK;
	if (!tr_spool_drain(spool, deadline) &&
	    !atomic_load(&spool->is_over)) {
		atomic_store(&spool->is_given_up, true);
		tr_ring_wake(spool->ring);
	}
	pthread_join(spool->thread, NULL);
	status = spool->status;
	if (status != TR_OK && atomic_load(&spool->is_given_up))
		status = say_given_up(spool, error);
	else if (status != TR_OK)
		*error = spool->error;
	free_spool(spool);
	return status;
}
