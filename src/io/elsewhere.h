/*
 * Where packets must not be sent to the next hop that most of them go to: what
 * is on a link of this host, this host itself, and what its routing table has
 * another next hop for.
 *
 * It is taken from the kernel's routes (rtnetlink, RTM_GETROUTE) of all tables,
 * as they are when it is asked; default routes are not looked at, since the
 * next hop is one of theirs.  More than there really is does no harm: who finds
 * an address here sends it by raw sockets, for which the kernel looks.
 */
#ifndef TR_IO_ELSEWHERE_H
#define TR_IO_ELSEWHERE_H

#include <stdbool.h>

#include "base/address.h"
#include "base/error.h"
#include "io/route.h"
#include "strategy/ranges.h"

/* All zero: nothing is elsewhere. */
struct tr_elsewhere {
	struct tr_ranges families[2];	/* IPv4, IPv6; in it if their width */
					/* is not 0 */
};

/*
 * Take in what does not go the way of this route, which has a gateway.  bound:
 * other devices are not used, so that what leaves by them does not count.  Once
 * for each family.  Returns TR_OK; TR_ESYSTEM, TR_ENOMEM, with a text.
 */
int tr_elsewhere_add(struct tr_elsewhere *elsewhere,
    const struct tr_route *route, bool bound, struct tr_error *error);

void tr_elsewhere_clear(struct tr_elsewhere *elsewhere);

bool tr_elsewhere_has(const struct tr_elsewhere *elsewhere,
    const struct tr_address *address);

#endif
