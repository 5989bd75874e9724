/*
 * What the unit tests share: bytes written in hexadecimal, addresses and
 * prefixes as texts, and copies of exact size, so that the address sanitizer
 * sees every read past the end.
 */
#ifndef TR_TESTS_SUPPORT_H
#define TR_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/prefix.h"

#define SUPPORT_BYTES_MAX	2048

struct bytes {
	size_t	size;
	uint8_t	data[SUPPORT_BYTES_MAX];
};

/* The bytes of a text in hexadecimal; blanks between them are skipped. */
static inline struct bytes
bytes_of(const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	struct bytes bytes = { .size = 0 };

	while (*hex != '\0') {
		const char *high, *low;

		if (*hex == ' ' || *hex == '\n') {
			hex++;
			continue;
		}
		high = strchr(digits, hex[0]);
		low = hex[1] != '\0' ? strchr(digits, hex[1]) : NULL;
		if (high == NULL || low == NULL ||
		    bytes.size == SUPPORT_BYTES_MAX)
			fail_msg("bad hexadecimal: %s", hex);
		else
			bytes.data[bytes.size++] = (uint8_t)
			    ((high - digits) << 4 | (low - digits));
		hex += 2;
	}
	return bytes;
}

static inline struct tr_address
address_of(const char *text)
{
	struct tr_address address = { .family = 0 };

	assert_int_equal(tr_address_parse(text, &address), TR_OK);
	return address;
}

static inline struct tr_prefix
prefix_of(const char *text)
{
	struct tr_prefix prefix = { .length = 0 };

	assert_int_equal(tr_prefix_parse(text, &prefix), TR_OK);
	return prefix;
}

/* A copy on the heap of exactly size bytes; free() it. */
static inline uint8_t *
exact_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);

	if (size > 0) {
		assert_non_null(copy);
		memcpy(copy, data, size);
	}
	return copy;
}

/* A slice that borrows from data, or is not there, must lie inside it. */
static inline void
assert_inside(const uint8_t *slice, size_t slice_size, const uint8_t *data,
    size_t size)
{
	if (slice == NULL) {
		assert_int_equal(slice_size, 0);
		return;
	}
	if (size == 0) {
		assert_int_equal(slice_size, 0);
		return;
	}
	assert_true(slice >= data);
	assert_true(slice_size <= size);
	assert_true((size_t)(slice - data) <= size - slice_size);
}

#endif
