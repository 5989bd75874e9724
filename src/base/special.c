#include <stddef.h>

#include "base/special.h"

/* RFC 1918. */
const struct tr_special *
tr_special_of(const struct tr_address *address)
{
	static const struct tr_special private = { "private", false };
	const uint8_t *bytes = address->bytes;

	if (address->family != 4)
		return NULL;
	return bytes[0] == 10 || (bytes[0] == 172 && bytes[1] >> 4 == 1) ||
	    (bytes[0] == 192 && bytes[1] == 168) ? &private : NULL;
}
