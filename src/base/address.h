/*
 * Addresses: one value type for IPv4 and IPv6, compared and copied by value.
 */
#ifndef TR_BASE_ADDRESS_H
#define TR_BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for any address in text, terminator included (RFC 4291, 2.2). */
#define TR_ADDRESS_TEXT_MAX 46

struct tr_address {
	uint8_t	family;		/* 0 (none), 4 or 6 */
	uint8_t	bytes[16];	/* network order; unused bytes are zero */
};

/* Build from wire bytes: 4 or 16 of them. */
struct tr_address tr_address_v4(const uint8_t bytes[4]);
struct tr_address tr_address_v6(const uint8_t bytes[16]);

/* 4, 16, or 0 for no address. */
size_t tr_address_size(const struct tr_address *address);

bool tr_address_is_set(const struct tr_address *address);
bool tr_address_equal(const struct tr_address *a, const struct tr_address *b);

/* Order for sorting: by family, then bytes; <0, 0, >0. */
int tr_address_compare(const struct tr_address *a,
    const struct tr_address *b);

/* 127.0.0.0/8 or ::1. */
bool tr_address_is_loopback(const struct tr_address *address);

/* fe80::/10: needs a scope when used as a target. */
bool tr_address_is_link_local(const struct tr_address *address);

/*
 * Parse a numeric address, with no name lookup and no scope.
 * Returns 0, or TR_EFORMAT.
 */
int tr_address_parse(const char *text, struct tr_address *address);

/*
 * Write the address in text to buffer (TR_ADDRESS_TEXT_MAX bytes always
 * suffice) and return buffer; "*" for no address.
 */
const char *tr_address_text(const struct tr_address *address, char *buffer,
    size_t size);

#define TR_ADDRESS_LABELS_MAX 64

/*
 * Write the labels that stand for the address in names of the DNS, the last
 * number first (RFC 1035, 3.5; RFC 3596, 2.5): 1.2.0.192, or 32 nibbles.
 * Returns labels; "" for no address.
 */
const char *tr_address_labels(const struct tr_address *address,
    char labels[TR_ADDRESS_LABELS_MAX]);

/* The address mixed into a hash: tr_random_mix(), four bytes at a time. */
uint64_t tr_address_mix(uint64_t hash, const struct tr_address *address);

#endif
