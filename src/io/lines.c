#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "io/lines.h"

#define PIECE	65536

static int
out_of_memory(const struct tr_lines *lines, struct tr_error *error)
{
	return tr_fail(error, TR_ENOMEM, "%s: out of memory at line %llu",
	    lines->name, (unsigned long long)lines->number);
}

static int
refuse(const struct tr_lines *lines, struct tr_error *error)
{
	if (lines->damaged == 0)
		return tr_fail(error, TR_EFORMAT, "%s has no line in it; "
		    "accepted are %s", lines->name, lines->accepted);
	return tr_fail(error, TR_EFORMAT, "%s, line %llu: \"%s\" is not "
	    "understood; accepted are %s", lines->name,
	    (unsigned long long)lines->first_damaged, lines->shown,
	    lines->accepted);
}

static void
note_damage(struct tr_lines *lines, const char *line)
{
	if (lines->damaged++ > 0)
		return;
	lines->first_damaged = lines->number;
	tr_text_safe(line, lines->shown, sizeof(lines->shown));
}

/* Without the last word, of which there may be more. */
static size_t
whole_words(const char *line, size_t size)
{
	while (size > 0 && line[size - 1] != ' ' && line[size - 1] != '\t')
		size--;
	return size;
}

/* How much of a line is kept: no blanks at its end, no word that is cut. */
static size_t
kept_size(const struct tr_lines *lines, size_t size)
{
	const char *line = lines->line;

	if (lines->too_long && lines->cuts)
		size = whole_words(line, size);
	while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == ' ' ||
	    line[size - 1] == '\t'))
		size--;
	return size;
}

/* One line, terminated, without its end. */
static int
take_line(struct tr_lines *lines, size_t size)
{
	char *line = lines->line;
	char kept[TR_LINE_SHOWN * 2];
	size_t blank;
	bool is_empty;

	lines->number++;
	line[size] = '\0';
	blank = strspn(line, " \t");
	if (line[blank] == '#' || line[blank] == '%')
		return TR_OK;
	size = kept_size(lines, size);
	line[size] = '\0';
	is_empty = blank >= size;
	if (is_empty && !lines->too_long)
		return TR_OK;
	/* take may write into the line. */
	kept[0] = '\0';
	tr_text_append(kept, sizeof(kept), "%s", line);
	if ((lines->too_long && !lines->cuts) || is_empty ||
	    strlen(line) != size) {
		note_damage(lines, kept);
		return TR_OK;
	}
	switch (lines->take(lines->context, line + blank)) {
	case TR_LINE_GOOD:
		lines->good++;
		return TR_OK;
	case TR_LINE_SKIPPED:
		return TR_OK;
	case TR_LINE_DAMAGED:
		note_damage(lines, kept);
		return TR_OK;
	default:
		return TR_ENOMEM;
	}
}

/* Is so much damaged that the text is not what it should be? */
static bool
is_refused(const struct tr_lines *lines)
{
	if (lines->strict)
		return lines->damaged > 0;
	return lines->good == 0 && lines->damaged >= TR_LINES_DOUBTFUL;
}

int
tr_lines_feed(struct tr_lines *lines, const char *data, size_t size,
    struct tr_error *error)
{
	while (size > 0) {
		const char *end = memchr(data, '\n', size);
		const size_t length = end == NULL ? size :
		    (size_t)(end - data);
		size_t room = sizeof(lines->line) - 1 - lines->used;

		if (length > room)
			lines->too_long = true;
		else
			room = length;
		memcpy(lines->line + lines->used, data, room);
		lines->used += room;
		if (end == NULL)
			return TR_OK;
		if (take_line(lines, lines->used) != TR_OK)
			return out_of_memory(lines, error);
		lines->used = 0;
		lines->too_long = false;
		if (is_refused(lines))
			return refuse(lines, error);
		data += length + 1;
		size -= length + 1;
	}
	return TR_OK;
}

int
tr_lines_end(struct tr_lines *lines, struct tr_error *error)
{
	if (lines->used > 0 && take_line(lines, lines->used) != TR_OK)
		return out_of_memory(lines, error);
	lines->used = 0;
	if (is_refused(lines) || (lines->good == 0 && !lines->strict))
		return refuse(lines, error);
	return TR_OK;
}

int
tr_lines_check(const struct tr_lines *lines, const char *data, size_t size,
    struct tr_error *error)
{
	static const struct packer {
		const char *begin;
		size_t	 size;
		const char *hint;
	} packers[] = {
		{ "\x1f\x8b", 2, "gunzip" },
		{ "BZh", 3, "bunzip2" },
		{ "\xfd" "7zXZ", 5, "unxz" },
		{ "\x28\xb5\x2f\xfd", 4, "unzstd" },
		{ "PK\x03\x04", 4, "unzip" },
	};

	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++)
		if (size >= packers[i].size && memcmp(data, packers[i].begin,
		    packers[i].size) == 0)
			return tr_fail(error, TR_EFORMAT, "%s is compressed: "
			    "%s it first", lines->name, packers[i].hint);
	return TR_OK;
}

int
tr_lines_read(struct tr_lines *lines, int descriptor, bool probe,
    struct tr_error *error)
{
	char *piece = malloc(PIECE);
	bool first = true;
	int status = TR_OK;

	if (piece == NULL)
		return out_of_memory(lines, error);
	while (status == TR_OK && !(probe && lines->good > 0)) {
		const ssize_t got = read(descriptor, piece, PIECE);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			status = tr_fail(error, TR_ESYSTEM, "%s: %s",
			    lines->name, strerror(errno));
		else if (got == 0) {
			status = tr_lines_end(lines, error);
			break;
		}
		if (status == TR_OK && first)
			status = tr_lines_check(lines, piece, (size_t)got,
			    error);
		first = false;
		if (status == TR_OK)
			status = tr_lines_feed(lines, piece, (size_t)got,
			    error);
	}
	free(piece);
	return status;
}

void
tr_lines_warning(const struct tr_lines *lines, char *text, size_t size)
{
	text[0] = '\0';
	if (lines->damaged > 0)
		tr_text_append(text, size, "%s: %llu line%s left out, the "
		    "first is line %llu: \"%s\"", lines->name,
		    (unsigned long long)lines->damaged,
		    lines->damaged == 1 ? " is" : "s are",
		    (unsigned long long)lines->first_damaged, lines->shown);
}
