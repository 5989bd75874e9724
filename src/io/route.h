/*
 * Which way packets to a destination leave this host, asked of the kernel's
 * routing table (rtnetlink, RTM_GETROUTE), and the reservation of source
 * ports.
 */
#ifndef TR_IO_ROUTE_H
#define TR_IO_ROUTE_H

#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "packet/probe.h"

#define TR_INTERFACE_NAME_MAX 16	/* IFNAMSIZ */

struct tr_route_query {
	struct tr_address dst;
	struct tr_address src;		/* none: the kernel's choice */
	char	 interface[TR_INTERFACE_NAME_MAX];	/* "": any */
	uint32_t mark;			/* 0: none */
	uint8_t	 tos;
};

struct tr_route {
	struct tr_address src;		/* the source to use */
	struct tr_address gateway;	/* none: on the link itself */
	uint32_t interface_index;
	char	 interface[TR_INTERFACE_NAME_MAX];
	uint32_t mtu;			/* of the route, as the kernel may */
					/* have learnt it; else the device's */
	uint32_t device_mtu;		/* 0: not known */
};

/*
 * Look the route up.  Returns TR_OK; TR_ENOTFOUND when there is no route or
 * no such interface; TR_ESYSTEM; with a text in *error.
 */
int tr_route_find(const struct tr_route_query *query, struct tr_route *route,
    struct tr_error *error);

/*
 * Reserve a source port for the life of the returned descriptor, so that no
 * other program gets it and the kernel does not answer in our place with a
 * port unreachable.  *port is the wanted port, or 0 to be given one, and is
 * set to the one reserved.  UDP or TCP.  Returns the descriptor, to be
 * closed by the caller, or TR_ESYSTEM (the port is in use, the address is
 * not ours) with a text.
 */
int tr_port_reserve(enum tr_protocol protocol,
    const struct tr_address *src, const char *interface, uint16_t *port,
    struct tr_error *error);

#endif
