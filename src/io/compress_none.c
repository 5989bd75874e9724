/*
 * A build without libzstd says so.
 */
#include "io/compress.h"

bool
tr_compressor_is_there(void)
{
	return false;
}

struct tr_compressor *
tr_compressor_new(struct tr_error *error)
{
	tr_fail(error, TR_EUNSUPPORTED, "this build has no libzstd: output "
	    "can be written plain only, not compressed");
	return NULL;
}

void
tr_compressor_free(struct tr_compressor *compressor)
{
	(void)compressor;
}

int
tr_compressor_add(struct tr_compressor *compressor, const void *text,
    size_t size, struct tr_buffer *frames, struct tr_error *error)
{
	(void)compressor;
	(void)text;
	(void)size;
	(void)frames;
	return tr_fail(error, TR_EUNSUPPORTED, "this build has no libzstd");
}
