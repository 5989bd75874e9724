/*
 * Addresses with a special purpose: what each is, and whether packets to it
 * can cross the Internet.
 *
 * Sources: IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890,
 * updated by RFC 8190), as of October 2026; multicast, and what of IPv6 IANA's
 * address space registry keeps reserved, are added.
 */
#ifndef TR_BASE_SPECIAL_H
#define TR_BASE_SPECIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/prefix.h"

struct tr_special {
	struct tr_prefix prefix;
	const char *label;	/* one word, the same in every version */
	bool	 global;	/* globally reachable; where the registry */
				/* says "N/A" or nothing any more: false */
	const char *rfc;	/* "RFC 1918" */
};

/*
 * What an address is: the row with the longest prefix around it.  A row may
 * be a global one inside one that is not (192.0.0.9 in 192.0.0.0/24), so that
 * what must not be met on the Internet, a bogon, is a row that is not global.
 * NULL for an ordinary address, and for none.
 */
const struct tr_special *tr_special_of(const struct tr_address *address);

/* The rows by prefix: 0, 1, ...; NULL behind the last. */
const struct tr_special *tr_special_row(size_t index);

#endif
