/*
 * Text made small by zstd (RFC 8878): each piece a whole frame, with a checksum
 * of its own, so that whatever stands between two of them can be cut off.
 * `zstd -dc` and every other reader take frames in a row for one text.
 */
#ifndef TR_IO_COMPRESS_H
#define TR_IO_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

struct tr_compressor;

/* Is it in this build? */
bool tr_compressor_is_there(void);

/*
 * Returns NULL with a text: TR_EUNSUPPORTED where this build cannot, TR_ENOMEM.
 */
struct tr_compressor *tr_compressor_new(struct tr_error *error);
void tr_compressor_free(struct tr_compressor *compressor);

/*
 * Add the frame of a text to a buffer.  Returns TR_OK; TR_ENOMEM, with a text,
 * and nothing is added.
 */
int tr_compressor_add(struct tr_compressor *compressor, const void *text,
    size_t size, struct tr_buffer *frames, struct tr_error *error);

#endif
