/*
 * Text to a bounded writer (base/bytes.h), for who writes very much of it:
 * several times quicker than printf, and sticky like all of the writer.  No
 * terminator is written.
 */
#ifndef TR_BASE_WRITE_TEXT_H
#define TR_BASE_WRITE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"

/* Inline: of a constant size, it is a few moves. */
static inline void
tr_write_text(struct tr_writer *writer, const char *text, size_t size)
{
	if (writer->bad || size > writer->size - writer->used) {
		writer->bad = true;
		return;
	}
	memcpy(writer->start + writer->used, text, size);
	writer->used += size;
}

/* How much was written; TR_ENOMEM where there was not room for all of it. */
int tr_written(const struct tr_writer *writer);

/* A string constant, without its terminator. */
#define tr_write_literal(writer, literal) \
	tr_write_text(writer, "" literal, sizeof(literal) - 1)

/* A terminated text. */
void tr_write_string(struct tr_writer *writer, const char *text);

/* Decimal digits, no more than it takes. */
void tr_write_unsigned(struct tr_writer *writer, uint64_t value);
void tr_write_signed(struct tr_writer *writer, int64_t value);

#define TR_DECIMALS_MAX	18

/*
 * A number in units of 10^-decimals, with that many digits behind the point (1
 * to TR_DECIMALS_MAX): 1234 with 3 is 1.234.
 */
void tr_write_fixed(struct tr_writer *writer, int64_t value,
    unsigned decimals);

/* As tr_address_text() has it: "*" for no address. */
void tr_write_address(struct tr_writer *writer,
    const struct tr_address *address);

/*
 * The same in IPv6 alone: ::ffff:192.0.2.1 for an address of IPv4 (RFC 4291,
 * 2.5.5.2); "::" for no address.
 */
void tr_write_address_as_v6(struct tr_writer *writer,
    const struct tr_address *address);

#endif
