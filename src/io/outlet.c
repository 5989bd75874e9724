#include <sys/stat.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "io/compress.h"
#include "io/outlet.h"

#define SLOW_TIME	100	/* ms; so long poll(2) waits for a reader */
#define SUFFIX_MAX	32

struct tr_outlet {
	struct tr_outlet_config config;
	struct tr_compressor *compressor;	/* or NULL */
	char	 suffix[SUFFIX_MAX];
	struct tr_series series;	/* of a folder */
	int	 descriptor;		/* that is written to; or -1 */
	bool	 is_file;		/* a write to it does not block */
	struct tr_buffer taken;		/* as it is to be written */
	size_t	 written;		/* of it */
	struct tr_outlet_place place;
};

/* --- opening ------------------------------------------------------------ */

/* Files that have ended survive a loss of power. */
static int
end_whole(struct tr_outlet *outlet, struct tr_error *error)
{
	const int status = tr_outlet_sync(outlet, error);

	return status != TR_OK ? status : tr_outlet_end(outlet, error);
}

static int
open_folder(struct tr_outlet *outlet, struct tr_error *error)
{
	const struct tr_outlet_config *config = &outlet->config;
	const struct tr_outlet_place *resumed = config->resumed;
	int status;

	tr_text_append(outlet->suffix, sizeof(outlet->suffix), "%s%s",
	    config->suffix, config->compressed ? ".zst" : "");
	outlet->is_file = true;
	if (resumed == NULL)
		status = tr_series_open(&outlet->series, config->folder,
		    config->stem, outlet->suffix, error);
	else
		status = tr_series_resume(&outlet->series, config->folder,
		    config->stem, outlet->suffix, resumed->file,
		    resumed->offset, &outlet->descriptor, error);
	if (status != TR_OK)
		return status;
	if (outlet->descriptor >= 0)
		outlet->place = *resumed;
	if (outlet->place.offset > 0 && config->next_file)
		status = end_whole(outlet, error);
	if (status == TR_OK && outlet->descriptor < 0)
		status = tr_outlet_begin(outlet, error);
	return status;
}

static int
open_descriptor(struct tr_outlet *outlet, struct tr_error *error)
{
	struct stat found;

	outlet->descriptor = outlet->config.descriptor;
	if (fstat(outlet->descriptor, &found) != 0)
		return tr_fail(error, TR_ESYSTEM, "cannot write the output: "
		    "%s", strerror(errno));
	outlet->is_file = S_ISREG(found.st_mode);
	return TR_OK;
}

struct tr_outlet *
tr_outlet_open(const struct tr_outlet_config *config, struct tr_error *error)
{
	struct tr_outlet *outlet = calloc(1, sizeof(*outlet));
	int status = TR_OK;

	if (outlet == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory for the output");
		return NULL;
	}
	outlet->config = *config;
	outlet->descriptor = outlet->series.descriptor = -1;
	if (config->compressed) {
		outlet->compressor = tr_compressor_new(error);
		if (outlet->compressor == NULL)
			status = TR_ENOMEM;
	}
	if (status == TR_OK)
		status = config->folder != NULL ? open_folder(outlet, error) :
		    open_descriptor(outlet, error);
	/* It may be the caller's variable for the time of opening only. */
	outlet->config.resumed = NULL;
	if (status == TR_OK)
		return outlet;
	tr_outlet_close(outlet);
	return NULL;
}

void
tr_outlet_close(struct tr_outlet *outlet)
{
	if (outlet == NULL)
		return;
	if (outlet->config.folder != NULL) {
		if (outlet->descriptor >= 0)
			close(outlet->descriptor);
		tr_series_close(&outlet->series);
	}
	tr_compressor_free(outlet->compressor);
	tr_buffer_clear(&outlet->taken);
	free(outlet);
}

/* --- writing ------------------------------------------------------------ */

static int
fail(const struct tr_outlet *outlet, struct tr_error *error)
{
	if (outlet->config.folder != NULL)
		return tr_series_fail(&outlet->series, outlet->place.file,
		    error);
	return tr_fail(error, TR_ESYSTEM, "cannot write the output: %s",
	    strerror(errno));
}

int
tr_outlet_take(struct tr_outlet *outlet, struct tr_buffer *text,
    struct tr_error *error)
{
	const struct tr_buffer emptied = outlet->taken;
	int status;

	outlet->place.text += text->used;
	outlet->written = 0;
	if (outlet->compressor == NULL) {
		outlet->taken = *text;
		*text = emptied;
		tr_buffer_empty(text);
		return TR_OK;
	}
	tr_buffer_empty(&outlet->taken);
	if (text->used == 0)
		return TR_OK;
	status = tr_compressor_add(outlet->compressor, text->bytes,
	    text->used, &outlet->taken, error);
	tr_buffer_empty(text);
	return status;
}

/*
 * What may block is written in pieces that do not, once poll(2) says so (POSIX:
 * PIPE_BUF bytes to a pipe): the writer can be told to give up.
 */
static ssize_t
write_piece(const struct tr_outlet *outlet, const char *bytes, size_t size)
{
	struct pollfd wait = { .fd = outlet->descriptor, .events = POLLOUT };
	int ready;

	if (outlet->is_file)
		return write(outlet->descriptor, bytes, size);
	ready = poll(&wait, 1, SLOW_TIME);
	if (ready < 0)
		return -1;
	if (ready == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(outlet->descriptor, bytes, size < PIPE_BUF ? size :
	    PIPE_BUF);
}

int
tr_outlet_write(struct tr_outlet *outlet, struct tr_error *error)
{
	while (outlet->written < outlet->taken.used) {
		const ssize_t written = write_piece(outlet,
		    outlet->taken.bytes + outlet->written,
		    outlet->taken.used - outlet->written);

		if (written < 0 && errno == EINTR)
			continue;
		if (written == 0)
			errno = ENOSPC;
		if (written <= 0)
			return fail(outlet, error);
		outlet->written += (size_t)written;
		outlet->place.offset += (uint64_t)written;
	}
	return TR_OK;
}

int
tr_outlet_sync(struct tr_outlet *outlet, struct tr_error *error)
{
	if (!outlet->is_file || outlet->descriptor < 0)
		return TR_OK;
	if (fdatasync(outlet->descriptor) != 0)
		return fail(outlet, error);
	return outlet->config.folder == NULL ? TR_OK :
	    tr_series_sync(&outlet->series, error);
}

/* --- files -------------------------------------------------------------- */

int
tr_outlet_end(struct tr_outlet *outlet, struct tr_error *error)
{
	const int descriptor = outlet->descriptor;

	if (outlet->config.folder == NULL || descriptor < 0)
		return TR_OK;
	outlet->descriptor = -1;
	return close(descriptor) == 0 ? TR_OK : fail(outlet, error);
}

int
tr_outlet_begin(struct tr_outlet *outlet, struct tr_error *error)
{
	const int status = tr_series_next(&outlet->series,
	    &outlet->descriptor, error);

	if (status != TR_OK)
		return status;
	outlet->place = (struct tr_outlet_place){ .offset = 0 };
	memcpy(outlet->place.file, outlet->series.name,
	    sizeof(outlet->place.file));
	return TR_OK;
}

bool
tr_outlet_is_open(const struct tr_outlet *outlet)
{
	return outlet->descriptor >= 0;
}

const struct tr_outlet_place *
tr_outlet_place(const struct tr_outlet *outlet)
{
	return &outlet->place;
}

int
tr_outlet_cut(struct tr_outlet *outlet, const struct tr_outlet_place *place,
    struct tr_error *error)
{
	const bool has_some = strcmp(place->file, outlet->place.file) == 0 &&
	    place->offset > 0;

	if (outlet->config.folder == NULL || outlet->descriptor < 0)
		return TR_OK;
	if (!has_some)
		return tr_series_remove(&outlet->series, error);
	if (ftruncate(outlet->descriptor, (off_t)place->offset) != 0)
		return fail(outlet, error);
	return TR_OK;
}
