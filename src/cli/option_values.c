/*
 * The values of options: texts and numbers read, and the setters that do for
 * many options.  What only one needs is in option_table.c.
 */
#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cli/option_table.h"

/* --- texts and numbers -------------------------------------------------- */

const char *
tr_option_quoted(struct tr_option_parse *parse, const char *text)
{
	return tr_quote(text, parse->quoted);
}

void
tr_option_flag(const struct tr_option_row *row, char *flag, size_t size)
{
	if (row->letter != 0)
		snprintf(flag, size, "-%c", row->letter);
	else
		snprintf(flag, size, "--%s", row->name);
}

bool
tr_option_foreign(const struct tr_option_parse *parse, const char *flag,
    char hint[TR_HINT_MAX])
{
	hint[0] = '\0';
	switch (parse->options->program) {
	case TR_PROGRAM_TCPTRACEROUTE:
		return false;
	case TR_PROGRAM_SURVEY:
		return tr_hint_survey(flag, hint);
	default:
		return tr_hint_flag(flag, hint);
	}
}

/* "; " and what other tools mean by the flag at hand, or nothing. */
const char *
tr_option_foreign_meaning(struct tr_option_parse *parse)
{
	char hint[TR_HINT_MAX];

	parse->hint[0] = '\0';
	if (tr_option_foreign(parse, parse->flag, hint))
		snprintf(parse->hint, sizeof(parse->hint), "; %.*s",
		    (int)sizeof(parse->hint) - 3, hint);
	return parse->hint;
}

void
tr_option_hint(struct tr_options *options, const char *format, ...)
{
	const size_t used = strlen(options->hint);
	const size_t left = sizeof(options->hint) - used;
	va_list values;

	if (left < 2)
		return;
	if (used > 0)
		memcpy(options->hint + used, "\n", 2);
	va_start(values, format);
	vsnprintf(options->hint + used + (used > 0),
	    left - (used > 0), format, values);
	va_end(values);
}

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/*
 * A whole number, decimal or (hex) 0x...; a minus is read, so that it is
 * said to be out of range.  What is too large for the type stays large.
 */
bool
tr_option_read_number(const char *text, bool hex, int64_t *number)
{
	const bool negative = text[0] == '-';
	int base = 10;

	text += negative;
	if (hex && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (*text == '\0')
		return false;
	for (*number = 0; *text != '\0'; text++) {
		if (digit_of(*text) >= base)
			return false;
		if (*number <= INT64_MAX / 32)
			*number = *number * base + digit_of(*text);
	}
	if (negative)
		*number = -*number;
	return true;
}

/*
 * A decimal fraction in billionths, from *text on; *text is left behind it.
 * Independent of the locale.  What is too large stays large.
 */
bool
tr_option_read_fraction(const char **text, int64_t *billionths)
{
	int64_t worth = TR_SECOND / 10;
	int64_t whole = 0;
	const char *at = *text;
	bool digits = false;

	for (; *at >= '0' && *at <= '9'; at++, digits = true)
		if (whole < INT64_C(100000000))
			whole = whole * 10 + digit_of(*at);
	*billionths = whole * TR_SECOND;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++, digits = true) {
			*billionths += worth * digit_of(*at);
			worth /= 10;
		}
	*text = at;
	return digits;
}

/* --- setters ------------------------------------------------------------ */

static void
store(struct tr_options *options, const struct tr_option_row *row,
    int64_t number)
{
	char *const field = (char *)options + row->offset;
	const uint8_t u8 = (uint8_t)number;
	const uint16_t u16 = (uint16_t)number;
	const uint32_t u32 = (uint32_t)number;

	if (row->size == sizeof(u8))
		memcpy(field, &u8, sizeof(u8));
	else if (row->size == sizeof(u16))
		memcpy(field, &u16, sizeof(u16));
	else if (row->size == sizeof(u32))
		memcpy(field, &u32, sizeof(u32));
	else
		memcpy(field, &number, sizeof(number));
}

int
tr_option_set_flag(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	const bool on = true;

	(void)value;
	memcpy((char *)parse->options + row->offset, &on, sizeof(on));
	return TR_OK;
}

/* "1 to 255", and for numbers that are given in hex "0 to 255 (0xff)". */
const char *
tr_option_range(const struct tr_option_row *row, char *text, size_t size)
{
	const int used = snprintf(text, size, "%lld to %lld",
	    (long long)row->min, (long long)row->max);

	if (row->hex && used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, " (0x%llx)",
		    (unsigned long long)row->max);
	return text;
}

int
tr_option_set_number(struct tr_option_parse *parse,
    const struct tr_option_row *row,
    const char *value)
{
	char range[64];
	int64_t number;

	tr_option_range(row, range, sizeof(range));
	if (!tr_option_read_number(value, row->hex, &number))
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no number: %s %s is wanted%s", parse->flag,
		    tr_option_quoted(parse, value), row->noun, range,
		    tr_option_foreign_meaning(parse));
	if (number < row->min || number > row->max)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s %s is out of range: %s", parse->flag,
		    row->noun, tr_option_quoted(parse, value), range);
	store(parse->options, row, number);
	return TR_OK;
}

/* A port's number, or the name of a service. */
int
tr_option_read_port(struct tr_option_parse *parse, const char *flag,
    const char *value,
    uint16_t *port)
{
	const struct servent *service;
	int64_t number;

	if (tr_option_read_number(value, false, &number)) {
		if (number < 1 || number > 65535)
			return tr_fail(parse->error, TR_ERANGE,
			    "%s: port %s is out of range: 1 to 65535", flag,
			    tr_option_quoted(parse, value));
		*port = (uint16_t)number;
		return TR_OK;
	}
	service = getservbyname(value, NULL);
	if (*value == '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: the port is missing: 1 to 65535, or the name of a "
		    "service", flag);
	if (service == NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no port: 1 to 65535, or the name of a service",
		    flag, tr_option_quoted(parse, value));
	*port = (uint16_t)(((unsigned)service->s_port & 0xff) << 8 |
	    ((unsigned)service->s_port >> 8 & 0xff));
	return TR_OK;
}

int
tr_option_set_port(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	uint16_t port;
	const int result = tr_option_read_port(parse, parse->flag, value,
	    &port);

	if (result == TR_OK)
		store(parse->options, row, port);
	return result;
}

/* "0.01", "3600": no digits more than it takes. */
static void
write_seconds(int64_t time, char *text, size_t size)
{
	snprintf(text, size, "%g", (double)time / (double)TR_SECOND);
}

int
tr_option_set_seconds(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	char least[32], most[32];
	const char *at = value;
	int64_t time;

	write_seconds(row->min, least, sizeof(least));
	write_seconds(row->max, most, sizeof(most));
	if (!tr_option_read_fraction(&at, &time) || *at != '\0' ||
	    time < row->min || time > row->max)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no number of seconds from %s to %s",
		    parse->flag, tr_option_quoted(parse, value), least, most);
	store(parse->options, row, time);
	return TR_OK;
}

int
tr_option_set_text(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	const size_t length = strlen(value);

	if (length == 0)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: the value is empty: %s is wanted", parse->flag,
		    row->noun);
	if (length >= row->size)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s has %zu bytes: %s of at most %zu is wanted",
		    parse->flag, tr_option_quoted(parse, value), length,
		    row->noun,
		    row->size - 1);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)value[i] <= ' ' || value[i] == 0x7f ||
		    value[i] == '/')
			return tr_fail(parse->error, TR_ERANGE,
			    "%s: %s is not %s", parse->flag,
			    tr_option_quoted(parse, value), row->noun);
	memcpy((char *)parse->options + row->offset, value, length + 1);
	return TR_OK;
}

int
tr_option_set_path(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	if (*value == '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: the file's name is empty", parse->flag);
	memcpy((char *)parse->options + row->offset, &value, sizeof(value));
	return TR_OK;
}
