#include <limits.h>

#include "base/error.h"
#include "base/write_text.h"

#define WORDS		8	/* of an address of IPv6 */

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343"
    "53637383940414243444546474849505152535455565758596061626364656667686970"
    "7172737475767778798081828384858687888990919293949596979899";

int
tr_written(const struct tr_writer *writer)
{
	if (writer->bad || writer->used > INT_MAX)
		return TR_ENOMEM;
	return (int)writer->used;
}

void
tr_write_string(struct tr_writer *writer, const char *text)
{
	tr_write_text(writer, text, strlen(text));
}

/* --- numbers ------------------------------------------------------------ */

/* The digits of a value, before end. */
static void
digits_before(char *end, uint64_t value)
{
	while (value >= 100) {
		end -= 2;
		memcpy(end, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10)
		memcpy(end - 2, pairs + value * 2, 2);
	else
		end[-1] = (char)('0' + value);
}

static unsigned
count_digits(uint64_t value)
{
	unsigned count = 1;

	for (; value >= 10000; value /= 10000)
		count += 4;
	return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Room for so many characters, counted as used; NULL where there is none. */
static char *
claim(struct tr_writer *writer, size_t count)
{
	if (writer->bad || count > writer->size - writer->used) {
		writer->bad = true;
		return NULL;
	}
	writer->used += count;
	return (char *)writer->start + writer->used - count;
}

void
tr_write_unsigned(struct tr_writer *writer, uint64_t value)
{
	const unsigned count = count_digits(value);
	char *place = claim(writer, count);

	if (place != NULL)
		digits_before(place + count, value);
}

/* Of the most negative one too. */
static uint64_t
magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

void
tr_write_signed(struct tr_writer *writer, int64_t value)
{
	if (value < 0)
		tr_write_literal(writer, "-");
	tr_write_unsigned(writer, magnitude(value));
}

void
tr_write_fixed(struct tr_writer *writer, int64_t value, unsigned decimals)
{
	const uint64_t whole = magnitude(value);
	uint64_t power = 1;
	unsigned filling;
	char *place;

	if (decimals == 0 || decimals > TR_DECIMALS_MAX) {
		writer->bad = true;
		return;
	}
	for (unsigned i = 0; i < decimals; i++)
		power *= 10;
	if (value < 0)
		tr_write_literal(writer, "-");
	tr_write_unsigned(writer, whole / power);
	tr_write_literal(writer, ".");
	filling = decimals - count_digits(whole % power);
	place = claim(writer, decimals);
	if (place == NULL)
		return;
	memset(place, '0', filling);
	digits_before(place + decimals, whole % power);
}

/* --- addresses ---------------------------------------------------------- */

static char *
add_octet(char *next, unsigned octet)
{
	if (octet >= 100) {
		*next++ = (char)('0' + octet / 100);
		octet %= 100;
		memcpy(next, pairs + octet * 2, 2);
		return next + 2;
	}
	if (octet >= 10) {
		memcpy(next, pairs + octet * 2, 2);
		return next + 2;
	}
	*next++ = (char)('0' + octet);
	return next;
}

static char *
add_v4(char *next, const uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*next++ = '.';
		next = add_octet(next, bytes[i]);
	}
	return next;
}

static char *
add_word(char *next, unsigned word)
{
	static const char digits[] = "0123456789abcdef";

	if (word >= 0x1000)
		*next++ = digits[word >> 12];
	if (word >= 0x100)
		*next++ = digits[word >> 8 & 15];
	if (word >= 0x10)
		*next++ = digits[word >> 4 & 15];
	*next++ = digits[word & 15];
	return next;
}

/* The first of the longest rows of zeros, of two at least (RFC 5952, 4.2). */
static int
longest_zeros(const unsigned words[WORDS], int *length)
{
	int first = -1;

	*length = 1;
	for (int i = 0; i < WORDS; i++) {
		int count = 0;

		while (i + count < WORDS && words[i + count] == 0)
			count++;
		if (count > *length) {
			*length = count;
			first = i;
		}
		i += count;
	}
	return first;
}

static char *
add_v6(char *next, const uint8_t bytes[16])
{
	unsigned words[WORDS];
	int first, length;

	for (int i = 0; i < WORDS; i++)
		words[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
	first = longest_zeros(words, &length);
	for (int i = 0; i < WORDS;) {
		if (i == first) {
			*next++ = ':';
			i += length;
			if (i == WORDS)
				*next++ = ':';
			continue;
		}
		if (i > 0)
			*next++ = ':';
		/* ::192.0.2.1 and ::ffff:192.0.2.1, as inet_ntop(3) does. */
		if (i == 6 && first == 0 && (length == 6 ||
		    (length == 5 && words[5] == 0xffff)))
			return add_v4(next, bytes + 12);
		next = add_word(next, words[i++]);
	}
	return next;
}

static char *
add_address(char *next, const struct tr_address *address)
{
	if (address->family == 4)
		return add_v4(next, address->bytes);
	if (address->family == 6)
		return add_v6(next, address->bytes);
	*next++ = '*';
	return next;
}

void
tr_write_address(struct tr_writer *writer, const struct tr_address *address)
{
	char text[TR_ADDRESS_TEXT_MAX];

	/* Where there is room for any, at once where it belongs. */
	if (!writer->bad && writer->size - writer->used >= sizeof(text)) {
		char *place = (char *)writer->start + writer->used;

		writer->used += (size_t)(add_address(place, address) - place);
	} else
		tr_write_text(writer, text, (size_t)(add_address(text,
		    address) - text));
}

void
tr_write_address_as_v6(struct tr_writer *writer,
    const struct tr_address *address)
{
	if (!tr_address_is_set(address)) {
		tr_write_literal(writer, "::");
		return;
	}
	if (address->family == 4)
		tr_write_literal(writer, "::ffff:");
	tr_write_address(writer, address);
}
