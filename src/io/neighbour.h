/*
 * The link-layer address of the next hop, as the kernel's neighbour table has
 * it (rtnetlink, RTM_GETNEIGH; a single entry since Linux 5.0), brought there
 * where it is missing, and followed where it changes.
 *
 * The kernel resolves an address when something is sent to it.  So that it
 * does, an empty datagram is sent to the discard port (RFC 863) of the next
 * hop, with a TTL of 1.
 */
#ifndef TR_IO_NEIGHBOUR_H
#define TR_IO_NEIGHBOUR_H

#include <stdint.h>

#include "base/address.h"
#include "base/error.h"

#define TR_LINK_ADDRESS_SIZE	6	/* of Ethernet */

/* Read link only; the rest is neighbour.c's. */
struct tr_neighbour {
	uint8_t	 link[TR_LINK_ADDRESS_SIZE];	/* the last one found */
	struct tr_address address;
	uint32_t interface_index;
	int	 nudge;		/* the socket that sends the datagrams */
};

/*
 * Begin with the neighbour of this address at this interface; nothing is
 * known of it yet.  Returns TR_OK or TR_ESYSTEM with a text.  Close it with
 * tr_neighbour_close() in the first case only.
 */
int tr_neighbour_open(struct tr_neighbour *neighbour,
    const struct tr_address *address, uint32_t interface_index,
    struct tr_error *error);
void tr_neighbour_close(struct tr_neighbour *neighbour);

/*
 * Find the link address, and wait for it up to timeout ns where the kernel
 * has to ask for it (it gives up after three seconds by itself).  Returns
 * TR_OK; TR_ENOTFOUND when nobody answers; TR_EUNSUPPORTED when the kernel
 * cannot be asked, or the address is not one of Ethernet; TR_ESYSTEM; with a
 * text.
 */
int tr_neighbour_resolve(struct tr_neighbour *neighbour, int64_t timeout,
    struct tr_error *error);

/* The same at once: without asking anybody but the kernel. */
int tr_neighbour_look(struct tr_neighbour *neighbour, struct tr_error *error);

/* Have the kernel make sure that the neighbour is still there. */
void tr_neighbour_nudge(const struct tr_neighbour *neighbour);

#endif
