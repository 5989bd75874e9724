/*
 * Where a long text goes: to a descriptor, or to files in a folder
 * (io/series.h), compressed or not.
 */
#ifndef TR_IO_OUTLET_H
#define TR_IO_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "io/series.h"

/* How far it is written. */
struct tr_outlet_place {
	char	 file[TR_SERIES_NAME_MAX];	/* "": a descriptor */
	uint64_t offset;	/* bytes of the file; of a descriptor, those */
				/* of this run */
	uint64_t text;		/* what they were before they were compressed */
};

/* What it points to is borrowed until it is closed. */
struct tr_outlet_config {
	const char *folder;	/* NULL: the descriptor */
	int	 descriptor;
	const char *stem;	/* of the files, see io/series.h */
	const char *suffix;	/* ".jsonl"; ".zst" is put behind it */
	bool	 compressed;

	/*
	 * The place in a folder that is gone on at; with file "", it begins
	 * anew and removes what is there.  NULL: the folder must have no such
	 * files.  What went to a descriptor cannot be taken back.
	 */
	const struct tr_outlet_place *resumed;
	/* Of what is gone on with, begin the next file, unless it is empty. */
	bool	 next_file;
};

struct tr_outlet;

/*
 * Open it, and with a folder its first file.  Returns NULL, with a text:
 * TR_EUNSUPPORTED where compression is not in this build; TR_ERANGE, TR_EFORMAT
 * as in io/series.h; TR_ENOMEM, TR_ESYSTEM.
 */
struct tr_outlet *tr_outlet_open(const struct tr_outlet_config *config,
    struct tr_error *error);
void tr_outlet_close(struct tr_outlet *outlet);

/*
 * Take a text to be written, all that is in the buffer, which is empty then.
 * What was taken before must have been written.  Returns TR_OK; TR_ENOMEM, with
 * a text.
 */
int tr_outlet_take(struct tr_outlet *outlet, struct tr_buffer *text,
    struct tr_error *error);

/*
 * Write what was taken; after an error, call it again and it goes on where it
 * stopped.  Returns TR_OK, or TR_ESYSTEM, with a text and error->system:
 *
 *	EAGAIN		who reads the descriptor is slow
 *	ENOSPC, EDQUOT	the disk is full, or what this user may have of it
 *	EPIPE		nobody reads any more (with SIGPIPE blocked or ignored)
 *	EFBIG, EIO, ...
 */
int tr_outlet_write(struct tr_outlet *outlet, struct tr_error *error);

/*
 * What was written is to survive a loss of power; where the descriptor is no
 * file, there is nothing to do.  Returns TR_OK, or TR_ESYSTEM with a text.
 */
int tr_outlet_sync(struct tr_outlet *outlet, struct tr_error *error);

/*
 * End the file (not the descriptor), and begin the next one; between the two,
 * tr_outlet_is_open() is false.  Return TR_OK, or TR_ESYSTEM with a text.
 */
int tr_outlet_end(struct tr_outlet *outlet, struct tr_error *error);
int tr_outlet_begin(struct tr_outlet *outlet, struct tr_error *error);
bool tr_outlet_is_open(const struct tr_outlet *outlet);

/* Of what was written. */
const struct tr_outlet_place *tr_outlet_place(
    const struct tr_outlet *outlet);

/*
 * Cut off what was written to files behind a place, which is none of a file
 * before the latest but its end.  A file of which nothing is left is removed.
 */
int tr_outlet_cut(struct tr_outlet *outlet,
    const struct tr_outlet_place *place, struct tr_error *error);

#endif
