/*
 * Evidence: a run saved as a capture that any reader of pcapng opens, with
 * what the frames cannot tell in comments:
 *
 *	section		"trueroute VERSION: COMMAND LINE", and on a second
 *			line the run in JSON (io/run_json.h)
 *	packet		"late" for a reply that came after its hop was final;
 *			"flow NUMBER" for a probe of a varied flow
 *			(engine/flow.h)
 *	statistics	in JSON: the probes that were not captured, 200 to a
 *			block; what is known of the hosts on the path beside
 *			it (io/hosts_json.h), 30 to a block; then how the run
 *			ended and the counters
 *
 * Without jansson the JSON is left out; such a capture is read like one of
 * another program.
 */
#ifndef TR_IO_EVIDENCE_H
#define TR_IO_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "io/capture.h"
#include "result/path.h"
#include "result/rebuild.h"

struct tr_evidence_writer;

/*
 * Open the file, "-" for standard output; what it holds is kept until
 * tr_evidence_begin().  Returns NULL with a text.
 * Failures to write later are kept and told by tr_evidence_close().
 */
struct tr_evidence_writer *tr_evidence_create(const char *path,
    struct tr_error *error);

/*
 * The same to a stream, which is closed with the writer; name is for messages.
 * Without memory the stream stays open.
 */
struct tr_evidence_writer *tr_evidence_to(FILE *stream, const char *name,
    struct tr_error *error);

void tr_evidence_begin(struct tr_evidence_writer *writer,
    const struct tr_run *run, enum tr_link link);
void tr_evidence_frame(struct tr_evidence_writer *writer,
    const struct tr_frame *frame, const struct tr_frame_note *note);
/* When all is known that path->annotations will tell. */
void tr_evidence_end(struct tr_evidence_writer *writer,
    const struct tr_path *path);

/* In place of the three: all that stands in a file that is evidence. */
void tr_evidence_copy(struct tr_evidence_writer *writer, FILE *from);

/*
 * Close the file and free the writer (NULL is allowed).  Returns TR_OK, or
 * TR_ESYSTEM with a text when anything could not be written.
 */
int tr_evidence_close(struct tr_evidence_writer *writer,
    struct tr_error *error);

/* What a comment says of a packet. */
struct tr_packet_note {
	uint64_t packet;	/* its number, from 0 */
	struct tr_frame_note note;
};

/* What the comments of a capture say. */
struct tr_evidence {
	bool	 known;			/* saved is filled */
	struct tr_saved_run saved;	/* uncaptured is owned by this, and */
					/* annotations until a rebuild takes */
					/* them over */
	struct tr_packet_note *notes;	/* by packet, ascending; owned */
	size_t	 note_count;
};

/*
 * Read the comments of a capture in memory; one that is not pcapng, not ours,
 * or several of ours in one file, has known false.  Returns TR_OK, TR_ENOMEM,
 * or TR_EFORMAT with a text for one of ours whose run cannot be understood.
 * Free with tr_evidence_clear().
 */
int tr_evidence_read(const uint8_t *data, size_t size,
    struct tr_evidence *evidence, struct tr_error *error);
void tr_evidence_clear(struct tr_evidence *evidence);

/*
 * What is said of a packet, of packets that are asked about in their order;
 * *next is 0 before the first, and kept between them.  All zero for nothing.
 */
struct tr_frame_note tr_evidence_note(const struct tr_evidence *evidence,
    uint64_t packet, size_t *next);

#endif
