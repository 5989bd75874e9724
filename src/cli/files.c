#include <sys/stat.h>

#include <string.h>

#include "cli/files.h"

int
tr_files_differ(const char *written, const char *read, struct tr_error *error)
{
	struct stat a, b;

	if (written == NULL || read == NULL || strcmp(written, "-") == 0 ||
	    strcmp(read, "-") == 0 || stat(written, &a) != 0 ||
	    stat(read, &b) != 0 || a.st_dev != b.st_dev ||
	    a.st_ino != b.st_ino || !S_ISREG(a.st_mode))
		return TR_OK;
	return tr_fail(error, TR_ERANGE,
	    "--write: %s is the file that is read: another one is wanted",
	    written);
}
