/*
 * The objects of an ICMP extension structure (RFC 4884, section 8), as
 * tr_icmp_extension_walk() visits them: their bodies read.
 *
 *	class 1, type 1		the MPLS label stack as received: RFC 4950
 *	class 2			an interface: RFC 5837
 *
 * Others are what they are: class, type and bytes.
 */
#ifndef TR_PACKET_ICMP_OBJECT_H
#define TR_PACKET_ICMP_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

enum tr_icmp_object_class {
	TR_ICMP_OBJECT_MPLS = 1,
	TR_ICMP_OBJECT_INTERFACE = 2,
};

#define TR_ICMP_OBJECT_MPLS_INCOMING 1	/* type */
#define TR_ICMP_INTERFACE_ROLE 0xc0	/* in the type: RFC 5837, 4.1 */

/* One entry of an MPLS label stack (RFC 3032, RFC 4950, section 3). */
struct tr_mpls {
	uint32_t label;		/* 20 bits */
	uint8_t	 experimental;	/* 3 bits: traffic class */
	bool	 bottom;
	uint8_t	 ttl;
};

#define TR_MPLS_MAX 8

/*
 * The label stack in an extension structure, outermost first.  Returns the
 * number of entries stored (at most TR_MPLS_MAX), 0 when there is none.
 */
size_t tr_icmp_mpls(const uint8_t *extension, size_t size,
    struct tr_mpls stack[TR_MPLS_MAX]);

/* What the interface is to the packet that is quoted (RFC 5837, 4.1). */
enum tr_interface_role {
	TR_INTERFACE_INCOMING,
	TR_INTERFACE_SUB_IP,	/* a part of the incoming one, below IP */
	TR_INTERFACE_OUTGOING,
	TR_INTERFACE_NEXT_HOP,
};

/* "incoming", ... */
const char *tr_interface_role_name(enum tr_interface_role role);

#define TR_INTERFACE_NAME_MAX 64	/* terminator included */

struct tr_interface_info {
	enum tr_interface_role role;
	bool	 has_index;
	uint32_t index;
	struct tr_address address;	/* none where there is none */
	char	 name[TR_INTERFACE_NAME_MAX];	/* made safe; "" without one */
	bool	 has_mtu;
	uint32_t mtu;
};

/*
 * Read the body of an object of class 2; type tells which parts it has, in the
 * order index, address, name, MTU.  Returns TR_OK; TR_ETRUNCATED where the body
 * ends before they do; TR_EFORMAT for an address of another kind, a name that
 * is longer than may be, or bytes left over.
 */
int tr_icmp_interface(uint8_t type, const uint8_t *body, size_t size,
    struct tr_interface_info *info);

#endif
