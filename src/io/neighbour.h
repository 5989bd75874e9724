/*
 * The link-layer address of the next hop, as the kernel's neighbour table has
 * it (rtnetlink, RTM_GETNEIGH; a single entry since Linux 5.0), brought there
 * where it is missing, and followed where it changes.
 *
 * The kernel resolves an address when something is sent to it.  So that it
 * does, an empty datagram is sent to the discard port (RFC 863) of the next
 * hop, with a TTL of 1.
 *
 * But it is slow to learn that a neighbour is gone: what it has once found, it
 * believes for half a minute or so, and then asks for eight seconds.  Who
 * doubts asks the neighbour himself: by an ARP request (RFC 826), or a neighbor
 * solicitation (RFC 4861), as the kernel's own are.  The answer is the
 * kernel's, whose table then says when there was one.
 */
#ifndef TR_IO_NEIGHBOUR_H
#define TR_IO_NEIGHBOUR_H

#include <stdbool.h>
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
	int64_t	 confirmed;	/* when it was last known to be there, by the */
				/* table (monotonic) */
	bool	 permanent;	/* it was entered by hand: nobody is asked */
	bool	 answers;	/* it has answered us before */
	uint32_t asks;		/* that have no answer yet */
	int64_t	 first_ask;	/* the first of these, and the last */
	int64_t	 last_ask;
};

/* So many times one that has answered before is asked in vain: it is gone. */
#define TR_NEIGHBOUR_ASKS	3

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

/*
 * Is it still there?  Call it after a look that found it, again and again, at
 * now (monotonic): it asks, by a packet socket (packet(7), of SOCK_DGRAM) from
 * this link address, unless there was a sign of life just now.  Returns TR_OK;
 * or TR_ENOTFOUND with a text, when it is gone.  One that has never answered is
 * not said to be.
 */
int tr_neighbour_doubt(struct tr_neighbour *neighbour, int packets,
    const uint8_t own[TR_LINK_ADDRESS_SIZE], int64_t now,
    struct tr_error *error);

/* Have the kernel make sure that the neighbour is still there. */
void tr_neighbour_nudge(const struct tr_neighbour *neighbour);

#endif
