/*
 * What a survey finds, written by a thread of its own.
 *
 * The thread that probes puts messages in, which are whatever the two agree
 * on; the writer makes text of each, and writes that to an outlet.  Between
 * them is a ring (io/ring.h): memory is bounded, and where the disk, or who
 * reads, is slower than the survey, the ring gets full, and the survey has to
 * wait.  No message is lost.
 *
 * A commit is a moment at which all that was taken from the ring so far is
 * written out.  The committer is called then, in the writer's thread; what it
 * writes down about the messages that the former has seen is true.  The first
 * commit is made in opening, of no message.  After a crash (of the process; see
 * synced) the output is cut at the latest commit that was written down
 * (tr_outlet_config.resumed), and goes on from there: then no message is in it
 * twice, and those missing are known.  In a descriptor, which cannot be cut,
 * what came after that commit may be twice.
 *
 * A full disk is waited for, and said (tr_spool_waiting()).  Other errors end
 * the writer: files are cut at the latest commit, and tr_spool_failed() says
 * why.
 *
 * Open it after privileges were given up: a thread keeps its own.  It takes no
 * signals.
 */
#ifndef TR_IO_SPOOL_H
#define TR_IO_SPOOL_H

#include <sys/uio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/time.h"
#include "io/outlet.h"

#define TR_SPOOL_COMMIT_TIME	(200 * TR_MILLISECOND)
#define TR_SPOOL_SHOWN		160	/* bytes for tr_spool_waiting() */

/*
 * Add the text of a message to what is there.  The message is aligned to 8
 * bytes.  In the writer's thread.
 */
typedef void tr_spool_former(void *context, const void *message, size_t size,
    struct tr_buffer *text);

struct tr_spool_commit {
	struct tr_outlet_place place;	/* up to here it is written */
	uint64_t messages;	/* that are, since it was opened */
	bool	 synced;	/* to survive a loss of power, too */
};

/*
 * Write down how far it is.  Returns TR_OK, or a code with a text, as for any
 * other error in writing: with ENOSPC or EDQUOT it is tried again.  In the
 * writer's thread, but for the first time.
 */
typedef int tr_spool_committer(void *context,
    const struct tr_spool_commit *commit, struct tr_error *error);

/* What it points to is borrowed until it is closed. */
struct tr_spool_config {
	struct tr_outlet_config outlet;
	const char *header;	/* text that each file begins with; or NULL */
	uint64_t file_text;	/* a file ends after so many bytes of text, */
				/* compressed or not; 0: never */
	int64_t	 file_time;	/* or after so long, ns; 0: never */
	int64_t	 commit_time;	/* from a message to its commit, ns */
	size_t	 ring;		/* bytes, see io/ring.h */
	tr_spool_former *form;
	tr_spool_committer *commit;	/* or NULL */
	void	*context;	/* theirs */
};

struct tr_spool_counts {
	uint64_t messages;	/* that were put in */
	uint64_t stalls;	/* times that there was no room */
	int64_t	 stalled;	/* until there was room again, in all, ns */
	uint64_t waits;		/* times that the disk was full */
	uint64_t text;		/* bytes of text that were written out */
	uint64_t written;	/* what these were when compressed */
};

struct tr_spool;

/*
 * Open the outlet, call the committer, and begin the thread.  Returns NULL,
 * with a text, for what tr_outlet_open(), tr_ring_new() and the committer may
 * say; TR_ENOMEM; TR_ESYSTEM.
 */
struct tr_spool *tr_spool_open(const struct tr_spool_config *config,
    struct tr_error *error);

/* --- putting in, by one thread ------------------------------------------ */

/* The bytes of the ring that a message of so many takes. */
size_t tr_spool_cost(size_t size);

/* The longest message, in bytes. */
size_t tr_spool_message_max(const struct tr_spool *spool);

/*
 * Is there room for messages that cost so many bytes in all (at most the ring)?
 * If not, this is a stall, until it is asked again and there is.
 */
bool tr_spool_has_room(struct tr_spool *spool, size_t cost);

/*
 * Put a message in, its parts one behind the other.  Returns TR_OK; TR_ENOMEM
 * when there is no room: put it again later; TR_ERANGE for one that is too
 * long, or when tr_spool_drain() was called; TR_ESYSTEM when the writer has
 * failed.
 */
int tr_spool_put(struct tr_spool *spool, const struct iovec *parts,
    size_t count);

/* How full the ring is, in per cent. */
unsigned tr_spool_fill(const struct tr_spool *spool);

/*
 * When there was no room: sleep until there is some again, the writer fails,
 * or the deadline (monotonic) is there.  It may return for less.
 */
void tr_spool_wait(struct tr_spool *spool, int64_t deadline);

/* What poll(2) finds readable when tr_spool_wait() would return. */
int tr_spool_descriptor(const struct tr_spool *spool);

/* --- how it is ---------------------------------------------------------- */

/* Messages that were committed; in the order in which they were put in. */
uint64_t tr_spool_committed(const struct tr_spool *spool);

/* TR_OK, or why the writer has ended: a code, with a text unless it is NULL. */
int tr_spool_failed(const struct tr_spool *spool, struct tr_error *error);

/*
 * Does it wait for a disk that is full?  Then text is "waiting for the disk:
 * No space left on device", else "".
 */
bool tr_spool_waiting(const struct tr_spool *spool, char *text, size_t size);

/* Messages and stalls are exact in the thread that puts messages in only. */
void tr_spool_counts(const struct tr_spool *spool,
    struct tr_spool_counts *counts);

/* --- the end ------------------------------------------------------------ */

/*
 * Nothing more is put in; wait until all is committed: true.  False when the
 * writer failed, or the deadline is there: it may be called again, to show
 * meanwhile what is waited for.
 */
bool tr_spool_drain(struct tr_spool *spool, int64_t deadline);

/*
 * The same, and end it.  At the deadline it gives up what is not written: files
 * are cut at the latest commit.  Returns TR_OK when all was written; what
 * tr_spool_failed() says, or TR_ESYSTEM when it gave up, with a text that says
 * how many messages are not written.  NULL: TR_OK.
 */
int tr_spool_close(struct tr_spool *spool, int64_t deadline,
    struct tr_error *error);

#endif
