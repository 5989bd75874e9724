#include <string.h>

#include "base/error.h"
#include "packet/mask_text.h"

#define DIGITS		"0123456789"
#define HEXADECIMALS	"0123456789abcdefABCDEF"
#define PARTING		".-_x"

static bool
hides4(const struct tr_mask *mask, const uint8_t bytes[4])
{
	const uint8_t backwards[4] = {
		bytes[3], bytes[2], bytes[1], bytes[0],
	};
	const struct tr_address one = tr_address_v4(bytes);
	const struct tr_address other = tr_address_v4(backwards);

	return tr_mask_hides(mask, &one) || tr_mask_hides(mask, &other);
}

/* Four numbers from here on; names fill them up with zeros, too. */
static bool
tells_numbers(const struct tr_mask *mask, const char *text)
{
	uint8_t bytes[4];

	for (int i = 0; i < 4; i++) {
		const size_t digits = strspn(text, DIGITS);
		unsigned value = 0;

		if (digits == 0 || digits > 3)
			return false;
		for (size_t j = 0; j < digits; j++)
			value = value * 10 + (unsigned)(text[j] - '0');
		if (value > 255)
			return false;
		bytes[i] = (uint8_t)value;
		text += digits;
		if (i == 3)
			break;
		if (*text == '\0' || strchr(PARTING, *text) == NULL)
			return false;
		text++;
	}
	return hides4(mask, bytes);
}

static uint8_t
value_of(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (uint8_t)(digit - '0');
	return (uint8_t)((digit | 0x20) - 'a' + 10);
}

static bool
tells_hexadecimals(const struct tr_mask *mask, const char *text)
{
	uint8_t bytes[4];

	if (strspn(text, HEXADECIMALS) < 8)
		return false;
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value_of(text[2 * i]) << 4 |
		    value_of(text[2 * i + 1]));
	return hides4(mask, bytes);
}

/* IPv6 from here on; words behind it may look like parts of it. */
static bool
tells_long(const struct tr_mask *mask, const char *text)
{
	char word[TR_ADDRESS_TEXT_MAX];
	size_t size = strspn(text, HEXADECIMALS ":-");
	struct tr_address address;

	if (size >= sizeof(word))
		size = sizeof(word) - 1;
	for (size_t i = 0; i < size; i++)
		word[i] = text[i] == '-' ? ':' : text[i];
	for (; size > 1; size--) {
		word[size] = '\0';
		if (text[size] != '\0' &&
		    strchr(HEXADECIMALS, text[size]) != NULL)
			continue;
		if (tr_address_parse(word, &address) == TR_OK &&
		    tr_mask_hides(mask, &address))
			return true;
	}
	return false;
}

bool
tr_mask_text_tells(const struct tr_mask *mask, const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		const char before = at == text ? '.' : at[-1];

		if ((strchr(DIGITS, before) == NULL &&
		    tells_numbers(mask, at)) ||
		    tells_hexadecimals(mask, at) ||
		    (strchr(HEXADECIMALS, before) == NULL &&
		    tells_long(mask, at)))
			return true;
	}
	return false;
}
