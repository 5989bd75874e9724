/*
 * From a host's name to its addresses, in the order that the system prefers
 * (getaddrinfo(3), RFC 6724): the first is what applications would use.
 */
#ifndef TR_CLI_RESOLVE_H
#define TR_CLI_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"

#define TR_RESOLVE_NAME_MAX	256
#define TR_RESOLVE_SCOPE_MAX	16	/* IFNAMSIZ */

/* One address of a name. */
struct tr_resolved {
	struct tr_address address;
	uint32_t number;		/* of it, from 1 */
	uint32_t count;			/* different addresses of the name */
	uint32_t scope_index;		/* fe80::1%eth0: its interface */
	char	 scope[TR_RESOLVE_SCOPE_MAX];	/* its name; "": none */
	char	 canonical[TR_RESOLVE_NAME_MAX];	/* "": not told */
};

/*
 * Resolve a name or numeric address, of the family 4, 6, or either (0).  The
 * first addresses, size at most (1 or more), are written; their number is in
 * *written, how many there are in each.  Blocks for as long as the system's
 * resolver does.  Returns TR_OK; TR_ENOTFOUND, TR_ENOMEM or TR_ESYSTEM with a
 * text in *error, like "cannot resolve HOST: Name or service not known".
 */
int tr_resolve_all(const char *name, int family,
    struct tr_resolved resolved[], size_t size, size_t *written,
    struct tr_error *error);

/* The same, and the first one only. */
int tr_resolve(const char *name, int family, struct tr_resolved *resolved,
    struct tr_error *error);

#endif
