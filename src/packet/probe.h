/*
 * The one builder: a probe's specification to the bytes of an IP packet.
 *
 * Built with libnet on a context that needs no privilege; what libnet gets
 * wrong is mended on the bytes (flow label in 1.1.6, a computed UDP checksum
 * of 0, a carry of ICMPv6).  The same specification gives the same bytes,
 * always.
 *
 * Where the identifier stands, and what keeps the flow constant:
 *
 *   UDP	the checksum field is the identifier; the first two bytes of
 *		the payload are chosen so that the packet still sums up
 *   TCP	sequence number
 *   ICMP echo	sequence number; the first two bytes of the payload keep
 *		the checksum at icmp_checksum
 *   IPv4	the IP ID is the identifier too, for all three
 *
 * With spec.classic none of the balancing is done: the checksum is whatever
 * it comes to, as traceroute(8) sends it.
 *
 * Bytes 2 and on of the payload of UDP and ICMP carry a cookie: "TR", the
 * identifier, the TTL, and 'G' (the filling's byte 7), then the run's token
 * where there is one and room for it, then the text, where there is one, then
 * a fixed filling.  It is what is left to tell a probe by when a middlebox has
 * rewritten the headers.
 *
 * A TCP probe with the SYN flag has the options of a common host: MSS, SACK
 * permitted, timestamps, window scale.  Below the default size there is room
 * for the MSS alone.  Without the SYN flag (an ACK probe) it has no options.
 * What is left of the size is payload, of zeros.
 */
#ifndef TR_PACKET_PROBE_H
#define TR_PACKET_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

enum tr_protocol {
	TR_PROTOCOL_UDP,
	TR_PROTOCOL_ICMP,
	TR_PROTOCOL_TCP,
};

/* "UDP", "ICMP" or "TCP". */
const char *tr_protocol_name(enum tr_protocol protocol);

/* The IP protocol number for the address family (4 or 6). */
uint8_t tr_protocol_number(enum tr_protocol protocol, uint8_t family);

#define TR_PROBE_SIZE_MAX 65535

/* A probe, fully specified. */
struct tr_probe_spec {
	enum tr_protocol protocol;
	struct tr_address src;		/* same family as dst */
	struct tr_address dst;
	uint16_t source_port;		/* UDP, TCP */
	uint16_t destination_port;	/* UDP, TCP */
	uint16_t icmp_id;		/* ICMP */
	uint16_t icmp_checksum;		/* ICMP: the flow's checksum, 1..fffe */
	uint8_t	 ttl;			/* 1..255 */
	uint8_t	 tos;
	uint32_t flow_label;		/* IPv6, 20 bits */
	bool	 dont_fragment;		/* IPv4 */
	uint16_t identifier;		/* 1..0xfffe */
	uint32_t token;			/* the run's, 0: none */
	const char *text;		/* UDP, ICMP: for whoever looks into */
	uint16_t text_size;		/* the payload; borrowed; 0: none */
	uint32_t tcp_sequence;		/* TCP: identifies the probe */
	uint32_t tcp_acknowledgement;	/* sent with the ACK flag, else 0 */
	uint8_t	 tcp_flags;		/* TR_TCP_*; SYN for a plain probe */
	uint16_t size;			/* of the IP packet, in bytes */
	bool	 classic;
};

/*
 * The smallest packet of a protocol: its headers, the two steering bytes of
 * UDP and ICMP, the MSS option of TCP (44 and 64 bytes).  TCP without the SYN
 * flag can be built with 4 bytes less, but a caller need not care.
 */
uint16_t tr_probe_size_min(enum tr_protocol protocol, uint8_t family);

/* 60 for IPv4, 80 for IPv6: what traceroute(8) sends. */
uint16_t tr_probe_size_default(uint8_t family);

/* Owns a libnet context. */
struct tr_builder;

/* Returns NULL without memory.  Free with tr_builder_free(). */
struct tr_builder *tr_builder_new(void);
void tr_builder_free(struct tr_builder *builder);

/*
 * Build the packet into out and return its size (always spec->size), or
 * TR_ERANGE for a specification out of the ranges above, a size below the
 * minimum or a text that does not fit whole, TR_ENOMEM when out is too small
 * or libnet has no memory.  Not more than spec->size bytes of out are written
 * to.
 */
int tr_probe_build(struct tr_builder *builder,
    const struct tr_probe_spec *spec, uint8_t *out, size_t out_size);

/*
 * The identifier in a payload's cookie, or 0 when payload does not begin
 * with one (fewer than 8 bytes, or not ours).
 */
uint16_t tr_probe_cookie(const uint8_t *payload, size_t size);

/*
 * What stands behind the cookie, where a run has its token: two runs at once
 * use the same identifiers, but not the same token.  0 when it is not there.
 */
uint32_t tr_probe_token(const uint8_t *payload, size_t size);

#endif
