#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "enrich/origin_text.h"

#define ACCEPTED	"an MMDB file, and lines such as \"192.0.2.0/24 " \
	"AS64500 Holder\", of CAIDA's prefix2as, of RIPE RIS's whois dump, " \
	"or of CSV (first,last,AS,holder)"

/* What a line says. */
struct row {
	struct tr_address first;
	struct tr_address last;		/* none: prefix is told */
	struct tr_prefix prefix;
	struct tr_origin_set set;
	const char *holder;		/* in the line */
};

/* --- words of a line ---------------------------------------------------- */

/* The next word, terminated in place; NULL at the end. */
static char *
word(char **next)
{
	char *start = *next + strspn(*next, " \t");
	char *end = start + strcspn(start, " \t");

	if (start == end)
		return NULL;
	*next = *end == '\0' ? end : end + 1;
	*end = '\0';
	return start;
}

/* The next field up to a tab, which may be empty; NULL at the end. */
static char *
tab_field(char **next)
{
	char *start = *next;
	char *end;

	if (start == NULL)
		return NULL;
	end = strchr(start, '\t');
	*next = end == NULL ? NULL : end + 1;
	if (end != NULL)
		*end = '\0';
	return start;
}

/* The inside of quotes, with "" for a quote; *end: what is behind them. */
static char *
unquote(char *start, char **end)
{
	char *from = start + 1, *to = start;

	while (*from != '\0' && (from[0] != '"' || from[1] == '"')) {
		if (*from == '"')
			from++;
		*to++ = *from++;
	}
	*end = *from == '\0' ? NULL : from + 1;
	*to = '\0';
	return start;
}

/* The next field of CSV (RFC 4180), NULL at the end; false: damaged. */
static bool
csv_field(char **next, const char **field)
{
	char *start = *next;
	char *end;

	*field = start;
	if (start == NULL)
		return true;
	if (*start == '"')
		*field = unquote(start, &end);
	else
		end = start + strcspn(start, ",");
	if (end == NULL || (*end != ',' && *end != '\0'))
		return false;
	*next = *end == ',' ? end + 1 : NULL;
	*end = '\0';
	return true;
}

/* --- values ------------------------------------------------------------- */

/* A decimal number at *next, which moves behind it. */
static bool
read_number(const char **next, uint64_t most, uint64_t *value)
{
	const char *digit = *next;

	*value = 0;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		*value = *value * 10 + (uint64_t)(*digit - '0');
		if (*value > most)
			return false;
	}
	if (digit == *next)
		return false;
	*next = digit;
	return true;
}

/* "64500", "AS64500", "0.64500". */
static bool
read_asn(const char **next, uint32_t *asn)
{
	uint64_t value, low;

	if (strncasecmp(*next, "AS", 2) == 0)
		*next += 2;
	if (!read_number(next, UINT32_MAX, &value))
		return false;
	if (**next == '.') {
		(*next)++;
		if (value > UINT16_MAX ||
		    !read_number(next, UINT16_MAX, &low))
			return false;
		value = value << 16 | low;
	}
	*asn = (uint32_t)value;
	return true;
}

/* One AS or several; sets are taken apart. */
static bool
read_origins(const char *text, struct tr_origin_set *set)
{
	uint32_t asn;

	for (;;) {
		text += strspn(text, "{");
		if (!read_asn(&text, &asn))
			return false;
		if (asn != 0)
			tr_origin_set_add(set, asn);
		text += strspn(text, "}");
		if (*text == '\0')
			return true;
		if (strchr("_,/", *text) == NULL)
			return false;
		text++;
	}
}

/* --- forms -------------------------------------------------------------- */

static bool
read_caida(char *line, struct row *row)
{
	const char *address = word(&line);
	const char *length = word(&line);
	const char *origins = word(&line);
	uint64_t bits;

	if (origins == NULL || word(&line) != NULL ||
	    tr_address_parse(address, &row->first) != TR_OK ||
	    !read_number(&length, tr_address_size(&row->first) * 8, &bits) ||
	    *length != '\0')
		return false;
	row->prefix = tr_prefix_of(&row->first, (unsigned)bits);
	return read_origins(origins, &row->set);
}

static bool
read_ris(char *line, struct row *row)
{
	const char *origins = word(&line);
	const char *prefix = word(&line);
	const char *peers = word(&line);
	uint64_t count;

	return peers != NULL && word(&line) == NULL &&
	    strchr(prefix, '/') != NULL &&
	    tr_prefix_parse(prefix, &row->prefix) == TR_OK &&
	    read_number(&peers, UINT32_MAX, &count) && *peers == '\0' &&
	    read_origins(origins, &row->set);
}

static bool
read_prefix(char *line, struct row *row)
{
	const char *prefix = word(&line);
	const char *origins = word(&line);

	row->holder = line + strspn(line, " \t");
	return origins != NULL && strchr(prefix, '/') != NULL &&
	    tr_prefix_parse(prefix, &row->prefix) == TR_OK &&
	    read_origins(origins, &row->set);
}

/* The addresses of a range, or in the place of both a prefix. */
static bool
read_csv(char *line, struct row *row)
{
	const char *first, *last, *origins;

	if (!csv_field(&line, &first))
		return false;
	if (strchr(first, '/') == NULL) {
		if (!csv_field(&line, &last) || last == NULL ||
		    tr_address_parse(first, &row->first) != TR_OK ||
		    tr_address_parse(last, &row->last) != TR_OK)
			return false;
	} else if (tr_prefix_parse(first, &row->prefix) != TR_OK)
		return false;
	return csv_field(&line, &origins) && origins != NULL &&
	    read_origins(origins, &row->set) &&
	    csv_field(&line, &row->holder);
}

static bool
read_tabs(char *line, struct row *row)
{
	const char *first = tab_field(&line);
	const char *last = tab_field(&line);
	const char *origins = tab_field(&line);

	/* The country stands between them. */
	row->holder = tab_field(&line) == NULL ? NULL : tab_field(&line);
	return origins != NULL &&
	    tr_address_parse(first, &row->first) == TR_OK &&
	    tr_address_parse(last, &row->last) == TR_OK &&
	    read_origins(origins, &row->set);
}

static bool (*const readers[])(char *, struct row *) = {
	[TR_ORIGIN_FORM_CAIDA] = read_caida,
	[TR_ORIGIN_FORM_RIS] = read_ris,
	[TR_ORIGIN_FORM_PREFIX] = read_prefix,
	[TR_ORIGIN_FORM_CSV] = read_csv,
	[TR_ORIGIN_FORM_TABS] = read_tabs,
};

#define FORMS	(sizeof(readers) / sizeof(readers[0]))

static bool
read_row(enum tr_origin_form form, char *line, struct row *row)
{
	*row = (struct row){ .holder = NULL };
	if (!readers[form](line, row))
		return false;
	return row->last.family == 0 ||
	    (row->first.family == row->last.family &&
	    tr_address_compare(&row->first, &row->last) <= 0);
}

/* In the first form that fits; each is given a line of its own to cut. */
static bool
find_form(struct tr_origin_text *text, const char *line, char *copy,
    struct row *row)
{
	for (size_t form = 1; form < FORMS; form++) {
		memcpy(copy, line, strlen(line) + 1);
		if (read_row((enum tr_origin_form)form, copy, row)) {
			text->form = (enum tr_origin_form)form;
			return true;
		}
	}
	return false;
}

/* --- the table ---------------------------------------------------------- */

/* The names of columns, above CSV. */
static bool
is_head(const struct tr_origin_text *text, const char *line)
{
	return text->lines.number == 1 && strchr(line, ',') != NULL &&
	    strpbrk(line, "0123456789") == NULL;
}

/*
 * Is it a default route in what BGP routers told?  RIS has some: whoever
 * announces one does not have all addresses that nobody else announces.
 */
static bool
is_default_route(const struct tr_origin_text *text, const struct row *row)
{
	return row->prefix.length == 0 &&
	    (text->form == TR_ORIGIN_FORM_CAIDA ||
	    text->form == TR_ORIGIN_FORM_RIS);
}

static enum tr_line
take_line(void *context, char *line)
{
	struct tr_origin_text *text = context;
	char copy[TR_LINE_MAX], holder[TR_ANNOTATION_TEXT_MAX];
	struct row row;
	uint32_t number;
	int status;

	if (is_head(text, line))
		return TR_LINE_SKIPPED;
	if (text->form == TR_ORIGIN_FORM_UNKNOWN ?
	    !find_form(text, line, copy, &row) :
	    !read_row(text->form, line, &row))
		return TR_LINE_DAMAGED;
	if (is_default_route(text, &row))
		return TR_LINE_SKIPPED;
	tr_text_safe(row.holder == NULL ? "" : row.holder, holder,
	    sizeof(holder));
	row.set.holder = tr_text_pool_add(&text->pool.texts, holder);
	if (row.set.holder == TR_TEXT_POOL_NONE)
		return TR_LINE_NO_MEMORY;
	number = tr_origin_pool_add(&text->pool, &row.set);
	if (number == TR_ORIGIN_NONE)
		return TR_LINE_NO_MEMORY;
	status = row.last.family == 0 ?
	    tr_prefix_table_add(text->table, &row.prefix, number) :
	    tr_prefix_table_add_range(text->table, &row.first, &row.last,
	    number);
	return status == TR_OK ? TR_LINE_GOOD : TR_LINE_NO_MEMORY;
}

struct tr_origin_text *
tr_origin_text_new(const char *name)
{
	struct tr_origin_text *text = calloc(1, sizeof(*text));

	if (text == NULL)
		return NULL;
	text->lines.name = name;
	text->lines.accepted = ACCEPTED;
	text->lines.take = take_line;
	text->lines.context = text;
	text->table = tr_prefix_table_new();
	if (text->table == NULL) {
		free(text);
		return NULL;
	}
	return text;
}

void
tr_origin_text_free(struct tr_origin_text *text)
{
	if (text == NULL)
		return;
	tr_prefix_table_free(text->table);
	tr_origin_pool_clear(&text->pool);
	free(text);
}

static int
finish(struct tr_origin_text *text, struct tr_error *error)
{
	if (tr_prefix_table_finish(text->table, tr_origin_pool_join,
	    &text->pool) != TR_OK)
		return tr_fail(error, TR_ENOMEM, "%s: out of memory",
		    text->lines.name);
	tr_origin_pool_settle(&text->pool);
	return TR_OK;
}

int
tr_origin_text_read(struct tr_origin_text *text, int descriptor, bool probe,
    struct tr_error *error)
{
	const int status = tr_lines_read(&text->lines, descriptor, probe,
	    error);

	return status == TR_OK && !probe ? finish(text, error) : status;
}

int
tr_origin_text_parse(struct tr_origin_text *text, const char *data,
    size_t size, struct tr_error *error)
{
	int status = tr_lines_feed(&text->lines, data, size, error);

	if (status == TR_OK)
		status = tr_lines_end(&text->lines, error);
	return status == TR_OK ? finish(text, error) : status;
}

bool
tr_origin_text_find(const struct tr_origin_text *text,
    const struct tr_address *address, struct tr_origin_match *match)
{
	if (!tr_prefix_table_find(text->table, address, &match->prefix))
		return false;
	match->set = tr_origin_pool_at(&text->pool, match->prefix.value);
	match->holder = tr_text_pool_at(&text->pool.texts, match->set.holder);
	return true;
}

bool
tr_origin_text_has(const struct tr_origin_text *text, int family)
{
	return tr_prefix_table_has(text->table, family);
}
