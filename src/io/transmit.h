/*
 * Raw sockets (libnet), and finished IP packets sent through them.
 */
#ifndef TR_IO_TRANSMIT_H
#define TR_IO_TRANSMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"

struct tr_transmit;

struct tr_transmit_config {
	struct tr_address src;		/* bound to, so that policy routing */
					/* by source is obeyed */
	const char *interface;		/* bind to this device; NULL: none */
	uint32_t mark;			/* SO_MARK; 0: none */
};

/*
 * Open the raw socket: needs CAP_NET_RAW, and nothing afterwards does.
 * Returns NULL with a text in *error: TR_EPERMISSION when the privilege is
 * missing, TR_ESYSTEM else.  Free with tr_transmit_close().
 */
struct tr_transmit *tr_transmit_open(const struct tr_transmit_config *config,
    struct tr_error *error);
void tr_transmit_close(struct tr_transmit *transmit);

/*
 * Send one packet, from its IP header on.  Returns 0, or the errno with
 * which the system refused it: EPERM (a packet filter of this host), EMSGSIZE,
 * ENOBUFS (the queue is full: try again), ENETUNREACH, EHOSTUNREACH, ...
 */
int tr_transmit_send(struct tr_transmit *transmit, const uint8_t *packet,
    size_t size);

/*
 * The socket, for who sends many at once (io/burst.h): packets from their IP
 * header on, each with its destination.  Nothing comes in to be read, and it
 * does not block.  It stays ours.
 */
int tr_transmit_socket(const struct tr_transmit *transmit);

/*
 * Give a socket the firewall mark; 0: none.  Returns TR_OK, or TR_ESYSTEM with
 * a text.
 */
int tr_transmit_mark(int fd, uint32_t mark, struct tr_error *error);

#endif
