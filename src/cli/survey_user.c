#include <sys/stat.h>

#include <errno.h>
#include <libgen.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/status.h"
#include "cli/survey_user.h"
#include "io/privileges.h"

#define PATH_SIZE	4096
#define SHOWN		256	/* characters of a path, in messages */

/* The folder that something of this path is made in: false for none. */
static bool
find_parent(const char *path, char parent[PATH_SIZE], struct stat *found)
{
	char copy[PATH_SIZE];

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return false;
	snprintf(parent, PATH_SIZE, "%s", dirname(copy));
	return stat(parent, found) == 0;
}

/* The folder that is written to: false for none. */
static bool
find_folder(const struct tr_survey_options *survey, char folder[PATH_SIZE],
    struct stat *found)
{
	if (survey->output_path == NULL)
		return survey->status_path != NULL &&
		    find_parent(survey->status_path, folder, found);
	if (stat(survey->output_path, found) != 0)
		return errno == ENOENT &&
		    find_parent(survey->output_path, folder, found);
	snprintf(folder, PATH_SIZE, "%s", survey->output_path);
	return true;
}

/* Does it take nothing of root, if that has no capability? */
static bool
is_closed_to_root(const struct stat *folder)
{
	if (folder->st_uid == 0 || (folder->st_mode & S_IWOTH) != 0)
		return false;
	return folder->st_gid != getegid() || (folder->st_mode & S_IWGRP) == 0;
}

/* The owner's own group; the folder's may be root's. */
static gid_t
group_of(const struct stat *found)
{
	const struct passwd *user = getpwuid(found->st_uid);

	if (user != NULL)
		return user->pw_gid;
	return found->st_gid != 0 ? found->st_gid : (gid_t)found->st_uid;
}

int
tr_survey_drop_privileges(const struct tr_options *options,
    struct tr_error *error)
{
	char folder[PATH_SIZE], shown[SHOWN];
	char text[TR_ERROR_TEXT_MAX] = "";
	struct tr_error reason;
	struct stat found;

	if (geteuid() != 0 || getuid() != 0 ||
	    !find_folder(&options->survey, folder, &found) ||
	    !is_closed_to_root(&found))
		return tr_privileges_drop(error);
	tr_text_safe(folder, shown, sizeof(shown));
	if (tr_privileges_drop_to(found.st_uid, group_of(&found), &reason) !=
	    TR_OK)
		return tr_fail(error, TR_ESYSTEM, "%s, to whom %s belongs: run "
		    "it as that user, with the capability (see trueroute(1)), "
		    "or choose a folder of root's", reason.text, shown);
	tr_text_append(text, sizeof(text), "it runs and writes as user %u, "
	    "to whom %s belongs", (unsigned)found.st_uid, shown);
	tr_complain(options, text);
	return TR_OK;
}
