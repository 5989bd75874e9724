/*
 * Files in a folder that are one text, cut in pieces, with a running number:
 *
 *	survey-000001.jsonl survey-000002.jsonl ...
 *
 * None is ever overwritten.  A folder that has such files, and not only empty
 * ones, is refused, unless they are gone on with.  It is locked (flock(2)) as
 * long as it is open, so that no two programs write to it.
 */
#ifndef TR_IO_SERIES_H
#define TR_IO_SERIES_H

#include <stdint.h>

#include "base/error.h"

#define TR_SERIES_NAME_MAX	64	/* of a file, terminated */

/* To be read only. */
struct tr_series {
	const char *folder;	/* borrowed */
	const char *stem;	/* what comes before the number; borrowed */
	const char *suffix;	/* from the dot on; borrowed */
	int	 descriptor;	/* of the folder; -1: not open */
	uint32_t number;	/* of the latest file; 0: none */
	char	 name[TR_SERIES_NAME_MAX];	/* its name; or "" */
};

/*
 * Open a folder, which is made if it is not there, for files that begin anew.
 * Stem and suffix are letters, and together much shorter than a name may be.
 * Returns TR_OK; TR_ERANGE, with a text, for a folder that has files with this
 * stem, or that is in use; TR_ESYSTEM, with a text.
 */
int tr_series_open(struct tr_series *series, const char *folder,
    const char *stem, const char *suffix, struct tr_error *error);

/*
 * Open a folder to go on in this file, behind so many bytes of it: what is
 * behind them is cut off, and later files are removed.  With "", all files are
 * removed, and none is gone on with.  Returns the file's descriptor, or -1 for
 * none in *file, and TR_OK; TR_EFORMAT, with a text, for a name that is none of
 * the series', or a file that has fewer bytes; TR_ERANGE, TR_ESYSTEM as above.
 */
int tr_series_resume(struct tr_series *series, const char *folder,
    const char *stem, const char *suffix, const char *name, uint64_t offset,
    int *file, struct tr_error *error);

/* Begin the next file; returns its descriptor in *file, or TR_ESYSTEM. */
int tr_series_next(struct tr_series *series, int *file,
    struct tr_error *error);

/* Remove the latest file; there is none then. */
int tr_series_remove(struct tr_series *series, struct tr_error *error);

/* That the files are there is to survive a loss of power. */
int tr_series_sync(const struct tr_series *series, struct tr_error *error);

void tr_series_close(struct tr_series *series);

/*
 * "FOLDER/NAME: " and what errno says.  Returns TR_ESYSTEM.
 */
int tr_series_fail(const struct tr_series *series, const char *name,
    struct tr_error *error);

#endif
