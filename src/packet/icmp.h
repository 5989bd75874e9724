/*
 * ICMP errors: what they quote and what they carry behind it.
 * RFC 792 and RFC 4443 (messages), RFC 4884 (extended).
 */
#ifndef TR_PACKET_ICMP_H
#define TR_PACKET_ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an ICMP message is to a route tracer, alike for IPv4 and IPv6. */
enum tr_icmp_class {
	TR_ICMP_OTHER,
	TR_ICMP_ECHO_REQUEST,
	TR_ICMP_ECHO_REPLY,
	TR_ICMP_TIME_EXCEEDED,	/* in transit: a hop */
	TR_ICMP_REASSEMBLY,	/* time exceeded, code 1: not a hop */
	TR_ICMP_UNREACHABLE,
	TR_ICMP_TOO_BIG,	/* IPv4 3/4, IPv6 type 2 */
	TR_ICMP_PARAMETER,
	TR_ICMP_QUENCH,
	TR_ICMP_REDIRECT,
};

/* How the extension structure was found (RFC 4884, section 5). */
enum tr_icmp_extension_place {
	TR_EXTENSION_NONE,
	TR_EXTENSION_BY_LENGTH,	/* where the length field says */
	TR_EXTENSION_AT_128,	/* length field 0 or wrong: RFC 4884, 5.5 */
	TR_EXTENSION_BY_OCTETS,	/* length field counts bytes, not words */
	TR_EXTENSION_BY_SCAN,	/* anywhere else: the quote is not padded */
};

struct tr_icmp {
	enum tr_icmp_class class;
	uint8_t	 type;
	uint8_t	 code;
	uint16_t checksum;
	uint16_t mtu;		/* of TR_ICMP_TOO_BIG; IPv6: capped at 65535 */
	bool	 is_error;	/* quotes a packet */
	uint8_t	 length_field;	/* RFC 4884 length as sent; 0 none */
	const uint8_t *quote;	/* borrowed; NULL when none */
	size_t	 quote_size;	/* up to the extension, when there is one */
	enum tr_icmp_extension_place extension_place;
	const uint8_t *extension;	/* header included; NULL when none */
	size_t	 extension_size;
};

/* Class of a type and code; version is 4 or 6. */
enum tr_icmp_class tr_icmp_classify(uint8_t version, uint8_t type,
    uint8_t code);

/*
 * Decode a message; data starts at its type.  Returns 0, or TR_ETRUNCATED
 * with fewer than 4 bytes.  A message cut after that has quote == NULL.
 * The extension is accepted where its version is 2, its checksum is 0 or
 * right, and its objects (one at least) fill it exactly; tried are, in order,
 * the offset that the length field gives, 128, and the length field taken as
 * bytes; then any multiple of 4 behind the quoted header, and there a checksum
 * must have been sent.  A length field of 128 with the extension at 128 counts
 * as bytes.
 */
int tr_icmp_decode(uint8_t version, const uint8_t *data, size_t size,
    struct tr_icmp *icmp);

/* Called for each object: class, type, and its body (borrowed). */
typedef void tr_icmp_object_fn(void *context, uint8_t class, uint8_t type,
    const uint8_t *body, size_t size);

/*
 * Walk the objects of an extension structure (RFC 4884, section 7).  Returns
 * the number of objects, or TR_ETRUNCATED or TR_EFORMAT; objects before the
 * fault have been visited.  visit may be NULL to check only.
 */
int tr_icmp_extension_walk(const uint8_t *data, size_t size,
    tr_icmp_object_fn *visit, void *context);

/*
 * What is wrong with how an extension is sent, by where it was found and the
 * length field: "no-length", "wrong-length", "length-in-octets", "not-padded"
 * (RFC 4884, section 4); NULL for nothing.
 */
const char *tr_icmp_extension_fault(enum tr_icmp_extension_place place,
    uint8_t length_field);

#endif
