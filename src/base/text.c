#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Well-formed UTF-8 beyond ASCII (The Unicode Standard, table 3-7). */
static const struct form {
	uint8_t	first, last;	/* of the first byte */
	uint8_t	low, high;	/* of the second; further ones: 80 to bf */
	uint8_t	size;
} forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* Stretches of characters that act on a terminal, as UTF-8. */
static const struct acting {
	uint8_t	size;
	uint8_t	prefix[2];
	uint8_t	low, high;	/* of the last byte */
} actings[] = {
	{ 1, { 0, 0 }, 0x00, 0x1f },
	{ 1, { 0, 0 }, 0x7f, 0x7f },
	{ 2, { 0xc2, 0 }, 0x80, 0x9f },		/* C1 */
	{ 3, { 0xe2, 0x80 }, 0x8e, 0x8f },	/* direction marks */
	{ 3, { 0xe2, 0x80 }, 0xa8, 0xae },	/* lines, overrides */
	{ 3, { 0xe2, 0x81 }, 0xa6, 0xa9 },	/* isolates */
};

/* Bytes of the character that text begins with; 0 when it is not valid. */
static size_t
character_size(const uint8_t *text)
{
	if (text[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *form = &forms[i];

		if (text[0] < form->first || text[0] > form->last)
			continue;
		/* The terminator is in no range, so this stops at it. */
		if (text[1] < form->low || text[1] > form->high)
			return 0;
		for (size_t at = 2; at < form->size; at++)
			if (text[at] < 0x80 || text[at] > 0xbf)
				return 0;
		return form->size;
	}
	return 0;
}

static bool
acts(const uint8_t *character, size_t size)
{
	for (size_t i = 0; i < sizeof(actings) / sizeof(actings[0]); i++) {
		const struct acting *acting = &actings[i];

		if (size == acting->size &&
		    memcmp(character, acting->prefix, size - 1) == 0 &&
		    character[size - 1] >= acting->low &&
		    character[size - 1] <= acting->high)
			return true;
	}
	return false;
}

const char *
tr_text_safe(const char *text, char *buffer, size_t size)
{
	const uint8_t *next = (const uint8_t *)text;
	size_t used = 0;

	while (size > 0 && *next != '\0') {
		const size_t length = character_size(next);
		const bool replace = length == 0 || acts(next, length);
		const size_t written = replace ? 1 : length;

		if (written >= size - used)
			break;
		if (replace)
			buffer[used] = '?';
		else
			memcpy(buffer + used, next, written);
		used += written;
		next += length == 0 ? 1 : length;
	}
	if (size > 0)
		buffer[used] = '\0';
	return buffer;
}

void
tr_text_append(char *buffer, size_t size, const char *format, ...)
{
	const size_t used = strlen(buffer);
	va_list arguments;

	va_start(arguments, format);
	if (used < size &&
	    vsnprintf(buffer + used, size - used, format, arguments) < 0)
		buffer[used] = '\0';
	va_end(arguments);
}

/* --- words of the shell ------------------------------------------------- */

/* What no shell does anything with, wherever it stands in a word. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:%_-/@+,";

bool
tr_text_quote(const char *text, char *buffer, size_t size)
{
	static const char quoted_quote[] = "'\\''";
	size_t used = 0;

	if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
		if (strlen(text) < size) {
			memcpy(buffer, text, strlen(text) + 1);
			return true;
		}
		buffer[0] = '\0';
		return false;
	}
	buffer[used++] = '\'';
	for (; *text != '\0' && used + sizeof(quoted_quote) < size; text++)
		if (*text == '\'') {
			memcpy(buffer + used, quoted_quote,
			    sizeof(quoted_quote) - 1);
			used += sizeof(quoted_quote) - 1;
		} else
			buffer[used++] = *text;
	if (*text != '\0' || used + 2 > size) {
		buffer[0] = '\0';
		return false;
	}
	buffer[used++] = '\'';
	buffer[used] = '\0';
	return true;
}

bool
tr_text_is_quoted(const char *text)
{
	while (*text != '\0') {
		const size_t length = strspn(text, plain);

		text += length;
		if (text[0] == ' ')
			text++;
		else if (text[0] == '\'') {
			text = strchr(text + 1, '\'');
			if (text == NULL)
				return false;
			text++;
		} else if (text[0] == '\\' && text[1] == '\'')
			text += 2;
		else if (length == 0)
			return false;
	}
	return true;
}

const char *
tr_text_after_word(const char *text)
{
	while (*text != '\0' && *text != ' ')
		if (*text == '\'')
			text = strchr(text + 1, '\'') + 1;
		else
			text += *text == '\\' ? 2 : 1;
	return text;
}
