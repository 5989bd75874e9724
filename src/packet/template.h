/*
 * A probe's packet made from a template: for sending at speed.
 *
 * The builder (packet/probe.h) makes the packet of one specification; all that
 * may differ from probe to probe is then patched into a copy of it, and the
 * checksums are updated as RFC 1624 has it: from a sum of what stays, kept
 * from the start, and of what is new.  (Nothing is ever taken off that sum, so
 * that the two zeros of RFC 1624, section 3, cannot be mistaken.)
 *
 * A patched packet is, byte for byte, what the builder makes of the same
 * specification.  What stays the same in a flow stays the same here, see
 * there: the same fields make the same flow.
 */
#ifndef TR_PACKET_TEMPLATE_H
#define TR_PACKET_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "packet/probe.h"

#define TR_TEMPLATE_SIZE_MAX	1500	/* of the packet */

/* Read it by the functions below only.  Owns nothing. */
struct tr_template {
	uint8_t	 bytes[TR_TEMPLATE_SIZE_MAX];	/* what differs is zero */
	uint16_t size;
	uint8_t	 family;
	enum tr_protocol protocol;
	uint16_t transport;	/* where it begins */
	uint16_t cookie;	/* where what differs in it begins */
	uint8_t	 cookie_size;	/* 0 to 3 bytes, as there is room */
	bool	 acknowledges;	/* TCP with the ACK flag */
	bool	 has_pseudo;	/* sums up over the addresses too */
	uint32_t class_word;	/* IPv6: the first word, without the label */
	uint32_t header_sum;	/* IPv4: of what stays */
	uint32_t sum;		/* of the transport: likewise */
};

/*
 * What may differ from probe to probe.  A field that a protocol or family
 * lacks is not looked at.
 */
struct tr_template_fields {
	struct tr_address dst;		/* of the template's family */
	uint8_t	 ttl;			/* 1..255 */
	uint16_t identifier;		/* 1..0xfffe */
	uint16_t source_port;		/* UDP, TCP */
	uint16_t icmp_id;		/* ICMP */
	uint16_t icmp_checksum;		/* ICMP: 1..0xfffe */
	uint32_t flow_label;		/* IPv6: 20 bits */
	uint32_t tcp_sequence;		/* TCP */
	uint32_t tcp_acknowledgement;	/* TCP with the ACK flag */
};

/* The fields as a specification has them. */
void tr_template_fields_of(const struct tr_probe_spec *spec,
    struct tr_template_fields *fields);

/*
 * Make the template of all probes that are like spec but for the fields.
 * Returns TR_OK; TR_ERANGE for a specification that the builder refuses, one
 * with classic (whose probes are no flow) or one larger than
 * TR_TEMPLATE_SIZE_MAX; or TR_ENOMEM.
 */
int tr_template_make(struct tr_template *template, struct tr_builder *builder,
    const struct tr_probe_spec *spec);

/*
 * Write the packet with these fields to out, and return its size, the
 * template's; or TR_ERANGE for a field out of the ranges above, TR_ENOMEM when
 * out is too small.
 */
int tr_template_patch(const struct tr_template *template,
    const struct tr_template_fields *fields, uint8_t *out, size_t out_size);

#endif
