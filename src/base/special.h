/*
 * Addresses that are not of the public Internet: RFC 6890 and the registries
 * of IANA that it began.
 */
#ifndef TR_BASE_SPECIAL_H
#define TR_BASE_SPECIAL_H

#include <stdbool.h>
#include "base/address.h"

struct tr_special {
	const char *label;	/* "private" */
	bool global;
};

/* What is special about an address; NULL for an ordinary one. */
const struct tr_special *tr_special_of(const struct tr_address *address);

#endif
