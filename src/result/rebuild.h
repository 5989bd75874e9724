/*
 * Rebuilding: from the frames of a capture to the paths that were traced,
 * whoever traced them.  No network, no engine: the probes and the replies
 * are found by what they say, with the matcher that live runs use.
 *
 * Which packets are one trace: those with the same addresses, protocol and
 * ports (ICMP: id), where that tuple was sent with two TTLs or more and most
 * probes between the two addresses are in such tuples; all others between
 * the same two addresses are one trace too, made by a program that changes
 * the ports with every probe.  A group that had no
 * ICMP error for an answer, that has a single TTL and that one 32 or more,
 * is ordinary traffic and left out.
 *
 * An ICMP error whose probe is not in the capture is kept: its probe is then
 * known from the quote only, with TTL 0 for "not known".
 */
#ifndef TR_RESULT_REBUILD_H
#define TR_RESULT_REBUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/link.h"
#include "result/path.h"

/* How many frames of interest are kept at most. */
#define TR_REBUILD_FRAMES_MAX 4000000

/* How many paths are built at most: the first ones. */
#define TR_REBUILD_PATHS_MAX 10000

/* A probe of a saved run that is not among its frames. */
struct tr_uncaptured {
	uint32_t number;	/* in the order of sending */
	uint8_t	 ttl;
	uint32_t flow;		/* its number */
	int	 error;		/* errno of the send; 0: sent, not captured */
	struct tr_identity identity;	/* as it was built */
};

/* What a saved run says of a frame. */
struct tr_frame_note {
	bool	 late;		/* it came after its hop was final */
	uint32_t flow;		/* of a probe, varied; 0: see its headers */
};

/* What a saved run says beyond its frames; NULL for other captures. */
struct tr_saved_run {
	struct tr_run	run;
	enum tr_stop	stop;
	int64_t		interrupted_at;	/* of a run that was; TR_TIME_NONE */
	struct tr_capture_counts capture;
	struct tr_uncaptured *uncaptured;	/* by number; borrowed */
	size_t		uncaptured_count;
	struct tr_annotations *annotations;	/* NULL: none were saved */
};

struct tr_rebuild;

/* Returns NULL without memory.  Free with tr_rebuild_free(). */
struct tr_rebuild *tr_rebuild_new(void);
void tr_rebuild_free(struct tr_rebuild *rebuild);

/*
 * The frames are those of a saved run, and its probes have these TCP flags:
 * call before the first frame if they are a SYN-ACK, which else counts for
 * an answer.
 */
void tr_rebuild_expect(struct tr_rebuild *rebuild, uint8_t tcp_flags);

/*
 * What goes between two addresses by one protocol is one path of many flows,
 * as another program's multipath discovery makes them: call before the first
 * frame.
 */
void tr_rebuild_all_paths(struct tr_rebuild *rebuild);

/*
 * Take a frame in, in the order of the capture.  Frames that are no probe and
 * no reply are passed over, and so is the copy of the frame before it.
 * Returns TR_OK or TR_ENOMEM.
 */
int tr_rebuild_add(struct tr_rebuild *rebuild, enum tr_link link,
    const uint8_t *frame, size_t size, int64_t stamp,
    const struct tr_frame_note *note);

/*
 * Group and match; call once, after the last frame.  With a saved run all
 * its probes are one path, and its annotations are taken over: NULL stands in
 * their place then.  All paths share one table of annotations, which is the
 * rebuild's, the saved one or an empty one.  Returns the number of paths, or
 * TR_ENOMEM.
 */
int tr_rebuild_finish(struct tr_rebuild *rebuild,
    struct tr_saved_run *saved);

/* True when there were more paths than are built. */
bool tr_rebuild_is_cut(const struct tr_rebuild *rebuild);

/* The paths in the order of their first frames; owned by rebuild. */
struct tr_path *tr_rebuild_path(struct tr_rebuild *rebuild, size_t number);

/* What a frame is to its path. */
struct tr_frame_role {
	uint64_t frame;		/* its number, of those added, from 0 */
	bool	 is_reply;	/* else it is the probe itself */
	uint32_t probe;		/* its number in the path */
};

/*
 * The next frame from *next on, 0 for the first, that is a probe or a reply,
 * in the order in which they were added; *next is then behind it.  False
 * behind the last.  Answers to probes that are only known from their quotes
 * are passed over.
 */
bool tr_rebuild_next_role(const struct tr_rebuild *rebuild, uint32_t *next,
    struct tr_frame_role *role);

#endif
