/*
 * Small files read and written as a whole.
 */
#ifndef TR_IO_WHOLE_FILE_H
#define TR_IO_WHOLE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * All of a file, behind what is in the buffer.  Returns TR_OK; TR_ENOTFOUND for
 * none there, TR_ERANGE for more bytes than most, TR_ENOMEM, TR_ESYSTEM; with a
 * text.
 */
int tr_whole_file_read(const char *path, size_t most,
    struct tr_buffer *buffer, struct tr_error *error);

/*
 * Put this into the place of a file, if there is one: written to path with
 * ".new" behind it, which then takes its name.  Whenever the process is
 * killed, the old file or the new one is there, and whole; with synced, also
 * when power is lost.  No link is followed, and what has the name with ".new"
 * is removed, whatever it is.  Returns TR_OK, or TR_ESYSTEM with a text (and
 * the old file is there); TR_ERANGE, with a text, where path is no regular
 * file; TR_ENOMEM.
 */
int tr_whole_file_replace(const char *path, const void *bytes, size_t size,
    bool synced, struct tr_error *error);

#endif
