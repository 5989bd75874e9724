/*
 * Link types: from a captured frame to the IP packet in it.
 *
 * One row in the table of link.c for each type: adding one is one row, one
 * decoding function, one golden frame.
 */
#ifndef TR_PACKET_LINK_H
#define TR_PACKET_LINK_H

#include <stddef.h>
#include <stdint.h>

enum tr_link {
	TR_LINK_NONE,
	TR_LINK_ETHERNET,	/* also Linux's lo; VLAN tags in the frame */
	TR_LINK_RAW,		/* IPv4 or IPv6 by the first nibble: tun */
	TR_LINK_IPV4,
	TR_LINK_IPV6,
	TR_LINK_COOKED,		/* Linux SLL */
	TR_LINK_COOKED2,	/* Linux SLL2 */
	TR_LINK_NULL,		/* BSD loopback, family in host order */
	TR_LINK_LOOP,		/* OpenBSD loopback, family big-endian */
	TR_LINK_PPP,		/* with or without ff 03 in front */
};

enum tr_direction {
	TR_DIRECTION_UNKNOWN,
	TR_DIRECTION_IN,	/* received by this host */
	TR_DIRECTION_OUT,	/* sent by this host */
	TR_DIRECTION_OTHER,	/* seen, for another host */
};

#define TR_LINK_VLANS_MAX 2

/* What the link layer says of a frame. */
struct tr_link_info {
	const uint8_t	 *ip;		/* borrowed from the frame */
	size_t		  ip_size;	/* captured bytes from ip on */
	enum tr_direction direction;
	uint32_t	  interface;	/* index, 0 when not told */
	uint16_t	  vlan[TR_LINK_VLANS_MAX];	/* outermost first */
	uint8_t		  vlans;
};

/*
 * The tcpdump.org LINKTYPE number, as it stands in capture files, and back:
 * TR_LINK_NONE for a number that is not in the table.
 * Numbers: https://www.tcpdump.org/linktypes.html
 */
enum tr_link tr_link_from_linktype(int linktype);
int tr_link_linktype(enum tr_link link);
const char *tr_link_name(enum tr_link link);

/*
 * Find the IP packet in a frame.  Returns 0; TR_ETRUNCATED when the link
 * header is cut; TR_EFORMAT when the frame does not carry IP.
 */
int tr_link_decode(enum tr_link link, const uint8_t *frame, size_t size,
    struct tr_link_info *info);

#endif
