/*
 * Lines of a text that comes in pieces, and which of them are damaged.
 */
#ifndef TR_IO_LINES_H
#define TR_IO_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define TR_LINE_MAX	4096	/* one that is not shorter is damaged */
#define TR_LINE_SHOWN	48	/* characters of one, in a message */

/* What a line was found to be. */
enum tr_line {
	TR_LINE_GOOD,
	TR_LINE_SKIPPED,	/* it counts as nothing */
	TR_LINE_DAMAGED,
	TR_LINE_NO_MEMORY,
};

/* Take a line, without its end; it may be written into. */
typedef enum tr_line tr_line_taker(void *context, char *line);

/*
 * A file with so many damaged lines before the first good one is of another
 * kind.
 */
#define TR_LINES_DOUBTFUL	100

struct tr_lines {
	const char *name;	/* of the file, in messages; borrowed */
	const char *accepted;	/* what lines are, in messages; borrowed */
	tr_line_taker *take;
	void	*context;
	bool	 strict;	/* the first damaged line is one too many; */
				/* but there may be no line at all */
	bool	 cuts;		/* of a line that is too long, take gets the */
				/* words that are whole, if there is one */

	/* To begin with all zero; read good, damaged and number only. */
	char	 line[TR_LINE_MAX];	/* that is not whole yet */
	size_t	 used;
	bool	 too_long;
	uint64_t number;	/* of the line, from 1 */
	uint64_t good;
	uint64_t damaged;
	uint64_t first_damaged;	/* its number */
	char	 shown[TR_LINE_SHOWN + 1];	/* what it says, made safe */
};

/*
 * Blank lines, and comments from # or %, are not given to take.  Returns TR_OK;
 * TR_EFORMAT when so many are damaged and none is good, or one where that is
 * one too many; or TR_ENOMEM; with a text.
 */
int tr_lines_feed(struct tr_lines *lines, const char *data, size_t size,
    struct tr_error *error);

/*
 * The text ends here: TR_EFORMAT, with a text, when no line of it was good
 * (with strict there need be none), or as above.
 */
int tr_lines_end(struct tr_lines *lines, struct tr_error *error);

/*
 * Does a text begin as a text?  TR_EFORMAT with a hint for one that is
 * compressed.
 */
int tr_lines_check(const struct tr_lines *lines, const char *data,
    size_t size, struct tr_error *error);

/*
 * Feed a file from where it stands.  With probe: stop behind the first good
 * line.  Returns as above, or TR_ESYSTEM with a text.
 */
int tr_lines_read(struct tr_lines *lines, int descriptor, bool probe,
    struct tr_error *error);

/* A sentence about damaged lines, or "" for none. */
void tr_lines_warning(const struct tr_lines *lines, char *text, size_t size);

#endif
