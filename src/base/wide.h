/*
 * Numbers of 128 bits, for addresses that are counted with.  They wrap around
 * as unsigned numbers do, unless a function says otherwise.
 */
#ifndef TR_BASE_WIDE_H
#define TR_BASE_WIDE_H

#include <stddef.h>
#include <stdint.h>

/* A value type. */
struct tr_wide {
	uint64_t high;
	uint64_t low;
};

static inline uint64_t
tr_wide_word(const uint8_t *bytes)
{
	return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 |
	    (uint64_t)bytes[2] << 8 | bytes[3];
}

/* From 4 or 16 bytes in network order, and back. */
static inline struct tr_wide
tr_wide_of(const uint8_t *bytes, size_t size)
{
	if (size == 4)
		return (struct tr_wide){ 0, tr_wide_word(bytes) };
	return (struct tr_wide){
		tr_wide_word(bytes) << 32 | tr_wide_word(bytes + 4),
		tr_wide_word(bytes + 8) << 32 | tr_wide_word(bytes + 12),
	};
}

static inline void
tr_wide_put(struct tr_wide wide, uint8_t *bytes, size_t size)
{
	while (size-- > 0) {
		bytes[size] = (uint8_t)wide.low;
		wide.low = wide.low >> 8 | wide.high << 56;
		wide.high >>= 8;
	}
}

/* <0, 0, >0. */
static inline int
tr_wide_compare(struct tr_wide a, struct tr_wide b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return a.low == b.low ? 0 : a.low < b.low ? -1 : 1;
}

static inline struct tr_wide
tr_wide_add(struct tr_wide a, struct tr_wide b)
{
	const uint64_t low = a.low + b.low;

	return (struct tr_wide){ a.high + b.high + (low < a.low), low };
}

static inline struct tr_wide
tr_wide_subtract(struct tr_wide a, struct tr_wide b)
{
	return (struct tr_wide){ a.high - b.high - (a.low < b.low),
	    a.low - b.low };
}

static inline struct tr_wide
tr_wide_next(struct tr_wide a)
{
	return tr_wide_add(a, (struct tr_wide){ 0, 1 });
}

static inline struct tr_wide
tr_wide_before(struct tr_wide a)
{
	return tr_wide_subtract(a, (struct tr_wide){ 0, 1 });
}

/* By 0 to 128 bits. */
static inline struct tr_wide
tr_wide_left(struct tr_wide a, unsigned bits)
{
	if (bits == 0)
		return a;
	if (bits >= 64)
		return (struct tr_wide){ bits >= 128 ? 0 :
		    a.low << (bits - 64), 0 };
	return (struct tr_wide){ a.high << bits | a.low >> (64 - bits),
	    a.low << bits };
}

static inline struct tr_wide
tr_wide_right(struct tr_wide a, unsigned bits)
{
	if (bits == 0)
		return a;
	if (bits >= 64)
		return (struct tr_wide){ 0, bits >= 128 ? 0 :
		    a.high >> (bits - 64) };
	return (struct tr_wide){ a.high >> bits, a.low >> bits |
	    a.high << (64 - bits) };
}

/* The number whose last bits, 0 to 128 of them, are ones. */
static inline struct tr_wide
tr_wide_ones(unsigned bits)
{
	return tr_wide_right((struct tr_wide){ UINT64_MAX, UINT64_MAX },
	    128 - bits);
}

#endif
