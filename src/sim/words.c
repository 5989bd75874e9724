#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "sim/words.h"

#define QUOTED_MAX	48	/* of a word in a message */
#define NUMBER_MAX	INT64_C(1000000000000)
#define TIME_MOST	(1000000 * TR_SECOND)
#define RATE_MOST	1000000000

/* --- lines and words ---------------------------------------------------- */

static int
add_word(struct tr_words_line *line, char *word)
{
	char **place = tr_list_add(&line->words, sizeof(*place));

	if (place == NULL)
		return TR_ENOMEM;
	*place = word;
	return TR_OK;
}

/* Split one line, which is changed, at blanks; a # ends it. */
static int
split_line(struct tr_words_lines *lines, char *text, unsigned number)
{
	struct tr_words_line *line = NULL;

	for (;;) {
		text += strspn(text, " \t\r");
		if (*text == '\0' || *text == '#')
			return TR_OK;
		if (line == NULL)
			line = tr_list_add(&lines->lines, sizeof(*line));
		if (line == NULL || add_word(line, text) != TR_OK)
			return TR_ENOMEM;
		line->number = number;
		text += strcspn(text, " \t\r#");
		if (*text == '#')
			*text = '\0';
		if (*text == '\0')
			return TR_OK;
		*text++ = '\0';
	}
}

int
tr_words_split(struct tr_words_lines *lines, const char *text, size_t size,
    const char *file, struct tr_error *error)
{
	char *line, *end;
	unsigned number = 0;

	*lines = (struct tr_words_lines){ .text = malloc(size + 1) };
	if (lines->text == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	if (size > 0)
		memcpy(lines->text, text, size);
	lines->text[size] = '\0';
	if (strlen(lines->text) != size)
		return tr_fail(error, TR_EFORMAT,
		    "%s is no text: it holds a byte 0", file);
	for (line = lines->text; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		if (split_line(lines, line, ++number) != TR_OK)
			return tr_fail(error, TR_ENOMEM, "out of memory");
	}
	return TR_OK;
}

void
tr_words_free(struct tr_words_lines *lines)
{
	struct tr_words_line *line = lines->lines.items;

	for (uint32_t i = 0; i < lines->lines.count; i++)
		tr_list_clear(&line[i].words);
	tr_list_clear(&lines->lines);
	free(lines->text);
	lines->text = NULL;
}

/* --- ranges ------------------------------------------------------------- */

/* Read digits; false where there is none or there are too many. */
static bool
read_digits(const char **text, int64_t *number)
{
	const char *at = *text;

	for (*number = 0; *at >= '0' && *at <= '9'; at++) {
		if (*number > NUMBER_MAX)
			return false;
		*number = *number * 10 + (*at - '0');
	}
	if (at == *text)
		return false;
	*text = at;
	return true;
}

/* Read "[3-7]"; *text is left behind it. */
static bool
read_range(const char **text, int64_t *first, int64_t *last)
{
	const char *at = *text + 1;

	if (!read_digits(&at, first) || *at++ != '-' ||
	    !read_digits(&at, last) || *at++ != ']' || *first > *last ||
	    *last - *first >= TR_WORDS_RANGE_MAX)
		return false;
	*text = at;
	return true;
}

uint32_t
tr_words_range(const char *word)
{
	uint32_t count = 0;
	int64_t first, last;

	while ((word = strchr(word, '[')) != NULL) {
		if (!read_range(&word, &first, &last))
			return 0;
		/* Those of one word run together. */
		if (count != 0 && count != (uint32_t)(last - first + 1))
			return 0;
		count = (uint32_t)(last - first + 1);
	}
	return count == 0 ? 1 : count;
}

bool
tr_words_value(const char *word, uint32_t number, char *buffer, size_t size)
{
	size_t used = 0;
	int64_t first, last;
	int length;

	while (*word != '\0') {
		if (used + 1 >= size)
			return false;
		if (*word != '[') {
			buffer[used++] = *word++;
			continue;
		}
		if (!read_range(&word, &first, &last))
			return false;
		length = snprintf(buffer + used, size - used, "%lld",
		    (long long)(first + number));
		if (length < 0 || (size_t)length >= size - used)
			return false;
		used += (size_t)length;
	}
	buffer[used] = '\0';
	return true;
}

/* --- reading ------------------------------------------------------------ */

const char *
tr_words_next(const struct tr_words *words)
{
	return words->next < words->count ? words->words[words->next] : NULL;
}

bool
tr_words_take(struct tr_words *words, const char *keyword)
{
	const char *next = tr_words_next(words);

	if (next == NULL || strcmp(next, keyword) != 0)
		return false;
	words->next++;
	return true;
}

int
tr_words_fail(struct tr_words *words, int code, const char *format, ...)
{
	char text[TR_ERROR_TEXT_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	return tr_fail(words->error, code, "%s:%u: %s", words->file,
	    words->line, text);
}

int
tr_words_no_memory(struct tr_words *words)
{
	return tr_words_fail(words, TR_ENOMEM, "out of memory");
}

int
tr_words_expected(struct tr_words *words, const char *what)
{
	const char *next = tr_words_next(words);
	char safe[QUOTED_MAX];

	if (next == NULL)
		return tr_words_fail(words, TR_EFORMAT,
		    "expected %s, but the line ends", what);
	return tr_words_fail(words, TR_EFORMAT, "expected %s, not \"%s\"",
	    what, tr_text_safe(next, safe, sizeof(safe)));
}

int
tr_words_end(struct tr_words *words)
{
	return words->next == words->count ? TR_OK :
	    tr_words_expected(words, "the end of the line");
}

/* Decimal, or hex behind 0x; as read_digits(). */
static bool
read_integer(const char **text, int64_t *number)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF", *found;
	const char *at = *text + 2, *start = at;

	if (strncmp(*text, "0x", 2) != 0)
		return read_digits(text, number);
	for (*number = 0; *at != '\0' && (found = strchr(digits, *at)) != NULL;
	    at++) {
		if (*number > NUMBER_MAX)
			return false;
		*number = *number * 16 + (found - digits) % 16;
	}
	*text = at;
	return at > start;
}

int
tr_words_number(struct tr_words *words, const char *what, int64_t least,
    int64_t most, int64_t *number)
{
	const char *at = tr_words_next(words);
	char expected[128];
	int64_t read;

	*number = least;
	snprintf(expected, sizeof(expected), "%s (%lld to %lld)", what,
	    (long long)least, (long long)most);
	if (at == NULL || !read_integer(&at, &read) || *at != '\0' ||
	    read < least || read > most)
		return tr_words_expected(words, expected);
	*number = read;
	words->next++;
	return TR_OK;
}

/* A decimal fraction in units of 1/scale, a power of ten. */
static bool
read_fraction(const char **text, int64_t scale, int64_t *number)
{
	if (!read_digits(text, number) || *number > TIME_MOST / scale)
		return false;
	*number *= scale;
	if (**text != '.')
		return true;
	for ((*text)++; **text >= '0' && **text <= '9'; (*text)++) {
		scale /= 10;
		*number += scale * (**text - '0');
	}
	return true;
}

struct unit {
	const char *name;
	int64_t	 worth;
};

static const struct unit units[] = {
	{ "s", TR_SECOND },
	{ "ms", TR_MILLISECOND },
	{ "us", TR_MICROSECOND },
	{ "ns", 1 },
};

static bool
read_time(const char *text, int64_t *time)
{
	const char *unit = text + strspn(text, "0123456789.");

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].name) == 0)
			return read_fraction(&text, units[i].worth, time) &&
			    text == unit;
	*time = 0;
	return strcmp(text, "0") == 0;
}

int
tr_words_time(struct tr_words *words, const char *what, int64_t *time)
{
	const char *next = tr_words_next(words);
	char expected[96];
	int64_t read;

	*time = 0;
	snprintf(expected, sizeof(expected), "%s, such as 2.5ms", what);
	if (next == NULL || !read_time(next, &read))
		return tr_words_expected(words, expected);
	*time = read;
	words->next++;
	return TR_OK;
}

int
tr_words_share(struct tr_words *words, uint32_t *share)
{
	const char *at = tr_words_next(words);
	int64_t number;

	*share = 0;
	if (at == NULL ||
	    !read_fraction(&at, TR_SIM_SHARE_ALL / 100, &number) ||
	    strcmp(at, "%") != 0 || number > TR_SIM_SHARE_ALL)
		return tr_words_expected(words, "a share, such as 1.5%");
	*share = (uint32_t)number;
	words->next++;
	return TR_OK;
}

int
tr_words_rate(struct tr_words *words, int64_t *per_second)
{
	const char *at = tr_words_next(words);
	int64_t read;

	*per_second = 1;
	if (at == NULL || !read_digits(&at, &read) || strcmp(at, "/s") != 0 ||
	    read < 1 || read > RATE_MOST)
		return tr_words_expected(words,
		    "a number for each second, such as 10/s");
	*per_second = read;
	words->next++;
	return TR_OK;
}

bool
tr_words_read_prefix(const char *text, struct tr_sim_prefix *prefix)
{
	const size_t size = strcspn(text, "/");
	char address[TR_ADDRESS_TEXT_MAX];
	const char *at = text + size + 1;
	int64_t length;

	if (size >= sizeof(address))
		return false;
	memcpy(address, text, size);
	address[size] = '\0';
	if (tr_address_parse(address, &prefix->address) != TR_OK)
		return false;
	prefix->length = (uint8_t)(tr_address_size(&prefix->address) * 8);
	if (text[size] == '\0')
		return true;
	if (!read_digits(&at, &length) || *at != '\0' ||
	    length > prefix->length)
		return false;
	prefix->length = (uint8_t)length;
	return true;
}

/* Bits that are set behind the prefix's length. */
static bool
has_host_bits(const struct tr_sim_prefix *prefix)
{
	const size_t bits = tr_address_size(&prefix->address) * 8;

	for (size_t bit = prefix->length; bit < bits; bit++)
		if ((prefix->address.bytes[bit / 8] & 0x80 >> bit % 8) != 0)
			return true;
	return false;
}

int
tr_words_prefix(struct tr_words *words, struct tr_sim_prefix *prefix)
{
	const char *next = tr_words_next(words);

	if (next == NULL || !tr_words_read_prefix(next, prefix))
		return tr_words_expected(words,
		    "an address or a prefix, such as 10.0.0.0/8");
	if (has_host_bits(prefix))
		return tr_words_fail(words, TR_EFORMAT,
		    "%s has bits set behind its length: write the address "
		    "alone, or the prefix", next);
	words->next++;
	return TR_OK;
}

int
tr_words_address(struct tr_words *words, struct tr_address *address)
{
	const char *next = tr_words_next(words);

	if (next == NULL || tr_address_parse(next, address) != TR_OK)
		return tr_words_expected(words, "an address");
	words->next++;
	return TR_OK;
}

int
tr_words_ports(struct tr_words *words, struct tr_sim_ports *ports)
{
	const char *at = tr_words_next(words);
	int64_t first = 0, last = 0;
	bool good = at != NULL && read_digits(&at, &first);

	last = first;
	if (good && *at == '-') {
		at++;
		good = read_digits(&at, &last);
	}
	if (!good || *at != '\0' || first > last || last > UINT16_MAX)
		return tr_words_expected(words,
		    "a port or a range of ports (0 to 65535)");
	ports->first = (uint16_t)first;
	ports->last = (uint16_t)last;
	words->next++;
	return TR_OK;
}
