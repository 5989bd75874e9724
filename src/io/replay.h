/*
 * Replaying a saved capture: its frames and comments, from the file to the
 * paths.  Needs no network and no privilege.
 */
#ifndef TR_IO_REPLAY_H
#define TR_IO_REPLAY_H

#include "base/error.h"
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

#endif
