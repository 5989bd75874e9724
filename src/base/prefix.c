#include <string.h>

#include "base/error.h"
#include "base/prefix.h"
#include "base/text.h"

/* Clear what is behind the first bits of an address. */
static void
cut(struct tr_address *address, unsigned bits)
{
	const size_t size = tr_address_size(address);
	size_t whole = bits / 8;

	if (whole >= size)
		return;
	address->bytes[whole] &= (uint8_t)~(0xffu >> bits % 8);
	memset(&address->bytes[whole + 1], 0, size - whole - 1);
}

struct tr_prefix
tr_prefix_of(const struct tr_address *address, unsigned length)
{
	const unsigned full = (unsigned)tr_address_size(address) * 8;
	struct tr_prefix prefix = { .address = *address };

	prefix.length = (uint8_t)(length < full ? length : full);
	cut(&prefix.address, prefix.length);
	return prefix;
}

struct tr_address
tr_prefix_last(const struct tr_prefix *prefix)
{
	const size_t size = tr_address_size(&prefix->address);
	struct tr_address last = prefix->address;
	size_t whole = prefix->length / 8;

	if (whole >= size)
		return last;
	last.bytes[whole] |= (uint8_t)(0xffu >> prefix->length % 8);
	memset(&last.bytes[whole + 1], 0xff, size - whole - 1);
	return last;
}

/* "0" to "128", no sign, no blank, no zero in front. */
static int
read_length(const char *text, unsigned most, unsigned *length)
{
	unsigned value = 0;
	size_t digits = 0;

	for (; text[digits] >= '0' && text[digits] <= '9'; digits++) {
		if (digits == 3)
			return TR_EFORMAT;
		value = value * 10 + (unsigned)(text[digits] - '0');
	}
	if (digits == 0 || text[digits] != '\0' || value > most ||
	    (text[0] == '0' && digits > 1))
		return TR_EFORMAT;
	*length = value;
	return TR_OK;
}

int
tr_prefix_parse(const char *text, struct tr_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	const size_t size = slash == NULL ? strlen(text) :
	    (size_t)(slash - text);
	char address_text[TR_ADDRESS_TEXT_MAX];
	struct tr_address address;
	unsigned length;

	if (size >= sizeof(address_text))
		return TR_EFORMAT;
	memcpy(address_text, text, size);
	address_text[size] = '\0';
	if (tr_address_parse(address_text, &address) != TR_OK)
		return TR_EFORMAT;
	length = (unsigned)tr_address_size(&address) * 8;
	if (slash != NULL && read_length(slash + 1, length, &length) != TR_OK)
		return TR_EFORMAT;
	*prefix = tr_prefix_of(&address, length);
	return TR_OK;
}

bool
tr_prefix_is_set(const struct tr_prefix *prefix)
{
	return tr_address_is_set(&prefix->address);
}

bool
tr_prefix_contains(const struct tr_prefix *prefix,
    const struct tr_address *address)
{
	const size_t whole = prefix->length / 8;
	const uint8_t mask = (uint8_t)~(0xffu >> prefix->length % 8);

	if (address->family != prefix->address.family ||
	    !tr_address_is_set(address) ||
	    memcmp(address->bytes, prefix->address.bytes, whole) != 0)
		return false;
	return mask == 0 || ((address->bytes[whole] ^
	    prefix->address.bytes[whole]) & mask) == 0;
}

int
tr_prefix_compare(const struct tr_prefix *a, const struct tr_prefix *b)
{
	const int order = tr_address_compare(&a->address, &b->address);

	return order != 0 ? order : (int)a->length - (int)b->length;
}

const char *
tr_prefix_text(const struct tr_prefix *prefix, char *buffer, size_t size)
{
	tr_address_text(&prefix->address, buffer, size);
	if (size > 0 && tr_prefix_is_set(prefix))
		tr_text_append(buffer, size, "/%u", prefix->length);
	return buffer;
}
