/*
 * Lists of targets, or of what is no target: lines, each with one of
 *
 *	192.0.2.1			an address
 *	192.0.2.0/24			a prefix
 *	192.0.2.10-192.0.2.19		a range; blanks may stand around the -
 *	www.example.com			a name
 *
 * What stands behind it after a blank or a # is not looked at, but must not
 * begin with a - of its own.  Blank lines, and those from # or %, say nothing.
 * Lines end with LF or CRLF, and may be of any length: of one, 4 KB are kept.
 *
 * A list is read in pieces and is never in memory as a whole.
 */
#ifndef TR_IO_TARGET_LIST_H
#define TR_IO_TARGET_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "io/lines.h"
#include "strategy/targets.h"

/* A host's name has no more (RFC 1035, 2.3.4), in ASCII. */
#define TR_TARGET_NAME_MAX	253

enum tr_target_kind {
	TR_TARGET_DAMAGED,
	TR_TARGET_RANGE,	/* an address or prefix is one too */
	TR_TARGET_NAME,
};

struct tr_target_entry {
	struct tr_address first;	/* RANGE */
	struct tr_address last;
	char	name[TR_TARGET_NAME_MAX + 2];	/* NAME; a dot may end it */
};

/* What a line, or an operand of a command line, says. */
enum tr_target_kind tr_target_parse(const char *text,
    struct tr_target_entry *entry);

/*
 * Take a name; it is the list's, and must be resolved, or kept, before this
 * returns.  Returns TR_OK, or TR_ENOMEM, which ends the reading.
 */
typedef int tr_target_namer(void *context, const char *name);

struct tr_target_list {
	struct tr_lines lines;		/* how many were good, damaged, ... */
	struct tr_targets *targets;	/* borrowed */
	tr_target_namer *namer;
	void	*context;		/* namer's */
	uint64_t names;
	bool	 excludes;

	/*
	 * May be set to 4 or 6 after init: then lines with addresses of the
	 * other family are good, put nothing in, and are counted.
	 */
	uint8_t	 family;
	uint64_t of_other_family;
};

/*
 * A list of targets, which are put in to targets.  name: of the file, in
 * messages; borrowed.  Without namer, a name is a damaged line.  Damaged lines
 * are counted.
 */
void tr_target_list_init(struct tr_target_list *list, const char *name,
    struct tr_targets *targets, tr_target_namer *namer, void *context);

/*
 * A list of what is no target.  It has no names; it may be empty; and a damaged
 * line is an error, since what it was to leave out would be probed.
 */
void tr_target_list_init_exclusions(struct tr_target_list *list,
    const char *name, struct tr_targets *targets);

/*
 * Read a file from where it stands to its end.  Returns TR_OK; TR_EFORMAT for
 * a list with no good line, or none before the damaged ones are
 * TR_LINES_DOUBTFUL, for exclusions with a damaged one, and for what is
 * compressed; TR_ESYSTEM, TR_ENOMEM; with a text.
 */
int tr_target_list_read(struct tr_target_list *list, int descriptor,
    struct tr_error *error);

/* A sentence about damaged lines, or "" for none. */
void tr_target_list_warning(const struct tr_target_list *list, char *text,
    size_t size);

#endif
