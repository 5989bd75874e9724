#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "enrich/exchange.h"
#include "result/annotations.h"

#define ACCEPTED	"lines such as \"192.0.2.0/24 NAME\", PeeringDB's " \
	"ixpfx and CAIDA's ixs in JSON"
#define NAMELESS	"exchange point"
#define FILE_MAX	(256u << 20)
#define PIECE		65536u

static enum tr_line
take_line(void *context, char *line)
{
	struct tr_exchanges *exchanges = context;
	char *name = line + strcspn(line, " \t");
	struct tr_prefix prefix;

	if (*name != '\0')
		*name++ = '\0';
	name += strspn(name, " \t");
	if (tr_prefix_parse(line, &prefix) != TR_OK)
		return TR_LINE_DAMAGED;
	return tr_exchanges_add(exchanges, &prefix, name) ? TR_LINE_GOOD :
	    TR_LINE_NO_MEMORY;
}

struct tr_exchanges *
tr_exchanges_new(const char *name)
{
	struct tr_exchanges *exchanges = calloc(1, sizeof(*exchanges));

	if (exchanges == NULL)
		return NULL;
	exchanges->lines.name = name;
	exchanges->lines.accepted = ACCEPTED;
	exchanges->lines.take = take_line;
	exchanges->lines.context = exchanges;
	exchanges->table = tr_prefix_table_new();
	if (exchanges->table == NULL) {
		free(exchanges);
		return NULL;
	}
	return exchanges;
}

void
tr_exchanges_free(struct tr_exchanges *exchanges)
{
	if (exchanges == NULL)
		return;
	tr_prefix_table_free(exchanges->table);
	tr_text_pool_clear(&exchanges->names);
	free(exchanges);
}

bool
tr_exchanges_add(struct tr_exchanges *exchanges,
    const struct tr_prefix *prefix, const char *name)
{
	char safe[TR_ANNOTATION_TEXT_MAX];
	uint32_t place;

	tr_text_safe(*name == '\0' ? NAMELESS : name, safe, sizeof(safe));
	place = tr_text_pool_add(&exchanges->names, safe);
	return place != TR_TEXT_POOL_NONE &&
	    tr_prefix_table_add(exchanges->table, prefix, place) == TR_OK;
}

size_t
tr_exchanges_skip(const char *data, size_t size, size_t at)
{
	while (at < size) {
		if (data[at] == '#')
			while (at < size && data[at] != '\n')
				at++;
		else if (data[at] == ' ' || data[at] == '\t' ||
		    data[at] == '\r' || data[at] == '\n')
			at++;
		else
			break;
	}
	return at;
}

static bool
looks_like_json(const char *data, size_t size)
{
	const size_t at = tr_exchanges_skip(data, size, 0);

	return at < size && (data[at] == '{' || data[at] == '[');
}

static int
finish(struct tr_exchanges *exchanges, struct tr_error *error)
{
	if (tr_prefix_table_finish(exchanges->table, NULL, NULL) != TR_OK)
		return tr_fail(error, TR_ENOMEM, "%s: out of memory",
		    exchanges->lines.name);
	return TR_OK;
}

int
tr_exchanges_parse(struct tr_exchanges *exchanges, const char *data,
    size_t size, struct tr_error *error)
{
	int status;

	if (looks_like_json(data, size))
		status = tr_exchanges_from_json(exchanges, data, size, error);
	else {
		status = tr_lines_check(&exchanges->lines, data, size, error);
		if (status == TR_OK)
			status = tr_lines_feed(&exchanges->lines, data, size,
			    error);
		if (status == TR_OK)
			status = tr_lines_end(&exchanges->lines, error);
	}
	return status == TR_OK ? finish(exchanges, error) : status;
}

/* The whole of a file: *data, to be freed, and *size. */
static int
read_whole(const char *name, int descriptor, char **data, size_t *size,
    struct tr_error *error)
{
	size_t room = 0;
	char *grown;
	ssize_t got;

	*data = NULL;
	*size = 0;
	for (;;) {
		if (room - *size < PIECE) {
			room = room == 0 ? PIECE : room * 2;
			grown = room > FILE_MAX ? NULL : realloc(*data, room);
			if (grown == NULL)
				return tr_fail(error, TR_ENOMEM,
				    "%s is too large", name);
			*data = grown;
		}
		got = read(descriptor, *data + *size, room - *size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return tr_fail(error, TR_ESYSTEM, "%s: %s", name,
			    strerror(errno));
		if (got == 0)
			return TR_OK;
		*size += (size_t)got;
	}
}

int
tr_exchanges_read(struct tr_exchanges *exchanges, int descriptor,
    struct tr_error *error)
{
	const char *name = exchanges->lines.name;
	size_t size;
	char *data;
	int status = read_whole(name, descriptor, &data, &size, error);

	if (status == TR_OK)
		status = tr_exchanges_parse(exchanges, data, size, error);
	free(data);
	return status;
}

bool
tr_exchanges_warning(const struct tr_exchanges *exchanges, char *text,
    size_t size)
{
	const unsigned long long count = exchanges->left_out;

	tr_lines_warning(&exchanges->lines, text, size);
	if (count > 0)
		tr_text_append(text, size, "%s: %llu entr%s no prefix, and "
		    "left out", exchanges->lines.name, count,
		    count == 1 ? "y has" : "ies have");
	return text[0] != '\0';
}

const char *
tr_exchanges_find(const struct tr_exchanges *exchanges,
    const struct tr_address *address)
{
	struct tr_prefix_match match;

	if (!tr_prefix_table_find(exchanges->table, address, &match))
		return NULL;
	return tr_text_pool_at(&exchanges->names, match.value);
}
