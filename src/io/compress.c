#include <stdlib.h>

#include <zstd.h>

#include "io/compress.h"

/* Lines of JSON that were tried got no smaller with the usual 3, but slower. */
#define LEVEL	1

struct tr_compressor {
	ZSTD_CCtx *context;
};

static int
set_up(ZSTD_CCtx *context)
{
	return ZSTD_isError(ZSTD_CCtx_setParameter(context,
	    ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(context,
	    ZSTD_c_checksumFlag, 1)) ? TR_ENOMEM : TR_OK;
}

bool
tr_compressor_is_there(void)
{
	return true;
}

struct tr_compressor *
tr_compressor_new(struct tr_error *error)
{
	struct tr_compressor *compressor = calloc(1, sizeof(*compressor));

	if (compressor != NULL)
		compressor->context = ZSTD_createCCtx();
	if (compressor != NULL && compressor->context != NULL &&
	    set_up(compressor->context) == TR_OK)
		return compressor;
	tr_compressor_free(compressor);
	tr_fail(error, TR_ENOMEM, "out of memory for zstd");
	return NULL;
}

void
tr_compressor_free(struct tr_compressor *compressor)
{
	if (compressor == NULL)
		return;
	ZSTD_freeCCtx(compressor->context);
	free(compressor);
}

int
tr_compressor_add(struct tr_compressor *compressor, const void *text,
    size_t size, struct tr_buffer *frames, struct tr_error *error)
{
	const size_t bound = ZSTD_compressBound(size);
	char *room = tr_buffer_room(frames, bound);
	size_t made;

	if (room == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory for zstd");
	made = ZSTD_compress2(compressor->context, room, bound, text, size);
	if (ZSTD_isError(made))
		return tr_fail(error, TR_ENOMEM, "zstd: %s",
		    ZSTD_getErrorName(made));
	frames->used += made;
	return TR_OK;
}
