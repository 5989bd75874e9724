#include <sys/file.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "io/series.h"

#define DIGITS		6	/* of a number, or more */
#define FILE_MODE	0666
#define FOLDER_MODE	0777
#define SHOWN		256	/* characters of a folder, in messages */

/* --- names -------------------------------------------------------------- */

static void
write_name(const struct tr_series *series, uint32_t number, char *name)
{
	name[0] = '\0';
	tr_text_append(name, TR_SERIES_NAME_MAX, "%s-%0*lu%s", series->stem,
	    DIGITS, (unsigned long)number, series->suffix);
}

/* The number in a file's name, and what stands behind it; 0 for none. */
static uint32_t
number_in(const struct tr_series *series, const char *name,
    const char **behind)
{
	const size_t size = strlen(series->stem);
	uint64_t number = 0;
	size_t digits;

	if (strncmp(name, series->stem, size) != 0 || name[size] != '-')
		return 0;
	name += size + 1;
	digits = strspn(name, "0123456789");
	if (digits < DIGITS || name[digits] != '.')
		return 0;
	for (*behind = name + digits; name < *behind; name++) {
		number = number * 10 + (uint64_t)(*name - '0');
		if (number > UINT32_MAX)
			return 0;
	}
	return (uint32_t)number;
}

/* The number of one of these files; 0 for another file. */
static uint32_t
number_of(const struct tr_series *series, const char *name)
{
	const char *behind;
	const uint32_t number = number_in(series, name, &behind);

	return number != 0 && strcmp(behind, series->suffix) == 0 ? number : 0;
}

int
tr_series_fail(const struct tr_series *series, const char *name,
    struct tr_error *error)
{
	const int system = errno;
	char folder[SHOWN], safe[TR_SERIES_NAME_MAX];

	tr_text_safe(series->folder, folder, sizeof(folder));
	tr_text_safe(name, safe, sizeof(safe));
	errno = system;
	return tr_fail(error, TR_ESYSTEM, "%s%s%s: %s", folder,
	    safe[0] == '\0' ? "" : "/", safe, strerror(system));
}

/* --- what is there ------------------------------------------------------ */

/*
 * Do something about each file that is there; false of it ends that, and is an
 * error if errno is set.
 */
static int
each_file(struct tr_series *series, bool (*take)(struct tr_series *,
    const char *, void *), void *context, struct tr_error *error)
{
	const int descriptor = openat(series->descriptor, ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = descriptor < 0 ? NULL : fdopendir(descriptor);
	const struct dirent *entry;
	int status = TR_OK;

	if (folder == NULL) {
		status = tr_series_fail(series, "", error);
		if (descriptor >= 0)
			close(descriptor);
		return status;
	}
	for (errno = 0; (entry = readdir(folder)) != NULL; errno = 0)
		if (!take(series, entry->d_name, context))
			break;
	if (errno != 0)
		status = tr_series_fail(series, "", error);
	closedir(folder);
	return status;
}

/* One of these, with nothing in it, that could be removed. */
static bool
is_away(const struct tr_series *series, const char *name)
{
	struct stat found;

	return number_of(series, name) != 0 && fstatat(series->descriptor,
	    name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(found.st_mode) && found.st_size == 0 &&
	    unlinkat(series->descriptor, name, 0) == 0;
}

/* Keep the name of a file that has the stem, whatever its suffix. */
static bool
find_any(struct tr_series *series, const char *name, void *context)
{
	char *found = context;
	const char *behind;

	if (number_in(series, name, &behind) == 0 || is_away(series, name))
		return true;
	tr_text_safe(name, found, TR_SERIES_NAME_MAX);
	errno = 0;
	return false;
}

static int
refuse_old(struct tr_series *series, struct tr_error *error)
{
	char found[TR_SERIES_NAME_MAX] = "", folder[SHOWN];
	const int status = each_file(series, find_any, found, error);

	if (status != TR_OK || found[0] == '\0')
		return status;
	return tr_fail(error, TR_ERANGE, "%s has files already (%s): resume "
	    "what wrote them, or name another folder",
	    tr_text_safe(series->folder, folder, sizeof(folder)), found);
}

/* Later than the one that is gone on with. */
static bool
remove_later(struct tr_series *series, const char *name, void *context)
{
	(void)context;
	if (number_of(series, name) <= series->number)
		return true;
	if (unlinkat(series->descriptor, name, 0) == 0 || errno == ENOENT)
		return true;
	return false;
}

/* --- opening ------------------------------------------------------------ */

static int
open_folder(struct tr_series *series, struct tr_error *error)
{
	char folder[SHOWN];

	series->descriptor = open(series->folder,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (series->descriptor < 0)
		return tr_series_fail(series, "", error);
	if (flock(series->descriptor, LOCK_EX | LOCK_NB) == 0 ||
	    errno != EWOULDBLOCK)
		return TR_OK;	/* some file systems have no locks */
	tr_series_close(series);
	return tr_fail(error, TR_ERANGE, "%s is being written to by another "
	    "program: wait for it, or name another folder",
	    tr_text_safe(series->folder, folder, sizeof(folder)));
}

int
tr_series_open(struct tr_series *series, const char *folder,
    const char *stem, const char *suffix, struct tr_error *error)
{
	int status;

	*series = (struct tr_series){
		.folder = folder, .stem = stem, .suffix = suffix,
		.descriptor = -1,
	};
	if (mkdir(folder, FOLDER_MODE) != 0 && errno != EEXIST)
		return tr_series_fail(series, "", error);
	status = open_folder(series, error);
	if (status == TR_OK)
		status = refuse_old(series, error);
	if (status != TR_OK)
		tr_series_close(series);
	return status;
}

/* Behind its first bytes, of which there must be so many. */
static int
cut_to(const struct tr_series *series, int file, uint64_t offset,
    struct tr_error *error)
{
	char folder[SHOWN];
	struct stat found;

	if (fstat(file, &found) != 0)
		return tr_series_fail(series, series->name, error);
	if (!S_ISREG(found.st_mode) || (uint64_t)found.st_size < offset)
		return tr_fail(error, TR_EFORMAT, "%s/%s has %llu bytes, and "
		    "had %llu: it was changed, or lost its end",
		    tr_text_safe(series->folder, folder, sizeof(folder)),
		    series->name, (unsigned long long)found.st_size,
		    (unsigned long long)offset);
	if (ftruncate(file, (off_t)offset) != 0 ||
	    lseek(file, (off_t)offset, SEEK_SET) < 0)
		return tr_series_fail(series, series->name, error);
	return TR_OK;
}

static int
open_old(struct tr_series *series, const char *name, uint64_t offset,
    int *file, struct tr_error *error)
{
	char safe[TR_SERIES_NAME_MAX];
	int status;

	series->number = number_of(series, name);
	write_name(series, series->number, series->name);
	if (series->number == 0 || strcmp(name, series->name) != 0)
		return tr_fail(error, TR_EFORMAT, "cannot go on in \"%s\": the "
		    "files here are called as %s-000001%s",
		    tr_text_safe(name, safe, sizeof(safe)), series->stem,
		    series->suffix);
	/* One of which nothing was kept may be gone. */
	*file = openat(series->descriptor, name, O_WRONLY | O_CLOEXEC |
	    O_NOFOLLOW | (offset == 0 ? O_CREAT : 0), FILE_MODE);
	if (*file < 0)
		return tr_series_fail(series, name, error);
	status = cut_to(series, *file, offset, error);
	if (status != TR_OK) {
		close(*file);
		*file = -1;
	}
	return status;
}

int
tr_series_resume(struct tr_series *series, const char *folder,
    const char *stem, const char *suffix, const char *name, uint64_t offset,
    int *file, struct tr_error *error)
{
	int status;

	*series = (struct tr_series){
		.folder = folder, .stem = stem, .suffix = suffix,
		.descriptor = -1,
	};
	*file = -1;
	status = open_folder(series, error);
	if (status == TR_OK && name[0] != '\0')
		status = open_old(series, name, offset, file, error);
	if (status == TR_OK)
		status = each_file(series, remove_later, NULL, error);
	if (status == TR_OK)
		return TR_OK;
	if (*file >= 0)
		close(*file);
	*file = -1;
	tr_series_close(series);
	return status;
}

int
tr_series_next(struct tr_series *series, int *file, struct tr_error *error)
{
	char name[TR_SERIES_NAME_MAX];

	write_name(series, series->number + 1, name);
	*file = openat(series->descriptor, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC, FILE_MODE);
	if (*file < 0)
		return tr_series_fail(series, name, error);
	series->number++;
	memcpy(series->name, name, sizeof(name));
	return TR_OK;
}

int
tr_series_remove(struct tr_series *series, struct tr_error *error)
{
	if (unlinkat(series->descriptor, series->name, 0) != 0)
		return tr_series_fail(series, series->name, error);
	series->name[0] = '\0';
	return TR_OK;
}

int
tr_series_sync(const struct tr_series *series, struct tr_error *error)
{
	/* Some file systems cannot, and need not. */
	if (fsync(series->descriptor) != 0 && errno != EINVAL)
		return tr_series_fail(series, "", error);
	return TR_OK;
}

void
tr_series_close(struct tr_series *series)
{
	if (series->descriptor >= 0)
		close(series->descriptor);
	series->descriptor = -1;
}
