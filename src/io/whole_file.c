#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "io/whole_file.h"

#define PIECE		65536u
#define SHOWN		256	/* characters of a path, in messages */
#define FILE_MODE	0666

static int
fail(const char *path, int code, struct tr_error *error)
{
	const int system = errno;
	char shown[SHOWN];

	tr_text_safe(path, shown, sizeof(shown));
	errno = system;
	return tr_fail(error, code, "%s: %s", shown, strerror(system));
}

/* --- reading ------------------------------------------------------------ */

static int
read_all(int file, const char *path, size_t most, struct tr_buffer *buffer,
    struct tr_error *error)
{
	const size_t before = buffer->used;
	char shown[SHOWN];

	for (;;) {
		char *room = tr_buffer_room(buffer, PIECE);
		ssize_t got;

		if (room == NULL)
			return tr_fail(error, TR_ENOMEM, "%s: out of memory",
			    tr_text_safe(path, shown, sizeof(shown)));
		got = read(file, room, PIECE);
		if (got == 0)
			return TR_OK;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(path, TR_ESYSTEM, error);
		buffer->used += (size_t)got;
		if (buffer->used - before > most)
			return tr_fail(error, TR_ERANGE, "%s: it is too "
			    "large; accepted are %zu bytes at the most",
			    tr_text_safe(path, shown, sizeof(shown)), most);
	}
}

int
tr_whole_file_read(const char *path, size_t most, struct tr_buffer *buffer,
    struct tr_error *error)
{
	const int file = open(path, O_RDONLY | O_CLOEXEC);
	int status;

	if (file < 0)
		return fail(path, errno == ENOENT ? TR_ENOTFOUND : TR_ESYSTEM,
		    error);
	status = read_all(file, path, most, buffer, error);
	close(file);
	return status;
}

/* --- replacing ---------------------------------------------------------- */

static int
write_all(int file, const char *bytes, size_t size)
{
	while (size > 0) {
		const ssize_t written = write(file, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

/* The name stands in a folder, which has to be synced too. */
static int
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") :
	    strndup(path, slash == path ? 1 : (size_t)(slash - path));
	int descriptor, status;

	if (folder == NULL)
		return -1;
	descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (descriptor < 0)
		return -1;
	status = fsync(descriptor);
	/* Some file systems cannot, and need not. */
	if (status != 0 && errno == EINVAL)
		status = 0;
	close(descriptor);
	return status;
}

/*
 * Whatever has the name, of a run that was killed or put there by another user,
 * is removed and not opened: it may be a link, or a FIFO that nobody reads.
 */
static int
write_new(const char *path, const void *bytes, size_t size, bool synced)
{
	int file, status, system;

	if (unlink(path) != 0 && errno != ENOENT)
		return -1;
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, FILE_MODE);
	if (file < 0)
		return -1;
	status = write_all(file, bytes, size);
	if (status == 0 && synced)
		status = fdatasync(file);
	system = errno;
	if (close(file) != 0 && status == 0)
		return -1;
	errno = system;
	return status;
}

/* A link, a device or a FIFO is somebody's, and no file of ours. */
static int
refuse_others(const char *path, struct tr_error *error)
{
	struct stat found;
	char shown[SHOWN];

	if (lstat(path, &found) != 0 || S_ISREG(found.st_mode))
		return TR_OK;
	return tr_fail(error, TR_ERANGE, "%s is there, and is no regular file: "
	    "it is not replaced", tr_text_safe(path, shown, sizeof(shown)));
}

int
tr_whole_file_replace(const char *path, const void *bytes, size_t size,
    bool synced, struct tr_error *error)
{
	const size_t room = strlen(path) + sizeof(".new");
	int status = refuse_others(path, error);
	char *new;

	if (status != TR_OK)
		return status;
	new = malloc(room);
	if (new == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	snprintf(new, room, "%s.new", path);
	if (write_new(new, bytes, size, synced) != 0)
		status = fail(new, TR_ESYSTEM, error);
	else if (rename(new, path) != 0 || (synced && sync_folder(path) != 0))
		status = fail(path, TR_ESYSTEM, error);
	if (status != TR_OK)
		unlink(new);
	free(new);
	return status;
}
