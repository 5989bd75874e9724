/*
 * Replaying a saved capture: its frames and comments, from the file to the
 * paths.  Needs no network and no privilege.
 */
#ifndef TR_IO_REPLAY_H
#define TR_IO_REPLAY_H

#include <stdio.h>

#include "base/error.h"
#include "io/evidence.h"
#include "result/rebuild.h"

/*
 * Read a capture, "-" for standard input; all_paths: what goes between two
 * addresses is one path, tr_rebuild_all_paths().  Returns the paths, to be
 * freed with tr_rebuild_free(), and their number in *count (0: no trace in
 * it), or NULL with a text.  A capture that is cut short, or that holds too
 * many traces, is read as far as it goes: then *warning says so, else its code
 * is TR_OK.
 */
struct tr_rebuild *tr_replay(const char *path, bool all_paths, size_t *count,
    struct tr_error *warning, struct tr_error *error);

/*
 * Open a capture, "-" for standard input, so that it can be read again from
 * its beginning: a copy of what comes by a pipe.  Returns NULL with a text.
 */
FILE *tr_replay_open(const char *path, struct tr_error *error);

/*
 * As tr_replay(), from a stream that tr_replay_open() or tmpfile() gave, which
 * is closed; path is for messages.  *evidence is what the comments say, and to
 * be cleared, whatever is returned.
 */
struct tr_rebuild *tr_replay_stream(FILE *stream, const char *path,
    bool all_paths, struct tr_evidence *evidence, size_t *count,
    struct tr_error *warning, struct tr_error *error);

#endif
