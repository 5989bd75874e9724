/*
 * IPv4 (RFC 791) and IPv6 (RFC 8200) headers, with the extension header
 * chain of IPv6 walked to the transport.
 */
#ifndef TR_PACKET_IP_H
#define TR_PACKET_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/* How many IPv6 extension headers are walked before giving up. */
#define TR_IP_EXTENSIONS_MAX 8

struct tr_ip {
	uint8_t	 version;		/* 4 or 6 */
	struct tr_address src;
	struct tr_address dst;
	uint8_t	 ttl;			/* hop limit in IPv6 */
	uint8_t	 tos;			/* traffic class in IPv6 */
	uint8_t	 protocol;		/* of the transport, past extensions */
	uint16_t id;			/* IPv4 identification; 0 in IPv6 */
	bool	 dont_fragment;		/* IPv4 only */
	bool	 more_fragments;
	uint16_t fragment_offset;	/* bytes; not 0: no transport header */
	uint32_t flow_label;		/* 20 bits; 0 in IPv4 */
	uint16_t header_checksum;	/* IPv4 only */
	size_t	 header_size;		/* with options or extensions */
	size_t	 total_size;		/* what the header claims, in bytes */
	const uint8_t *payload;		/* transport header, borrowed */
	size_t	 payload_size;		/* bytes that are really there */
};

/*
 * Decode a packet that was captured.  payload_size is bounded by what the
 * header claims and by what was captured, so link padding is left out.  A
 * total length of 0 in IPv4 (segmentation offload) means "as captured".
 * Returns 0; TR_ETRUNCATED when the header or the extension chain is cut;
 * TR_EFORMAT for a wrong version, a header length below 20, or a claimed
 * length shorter than the header.
 */
int tr_ip_decode(const uint8_t *data, size_t size, struct tr_ip *ip);

/*
 * Decode a packet that an ICMP error quotes.  Lengths that the quote claims
 * are not trusted at all (some systems quote them in host order), so
 * payload_size is bounded by size alone; total_size is what it says.  Flags
 * and fragment offset in host order are read as what they were.
 */
int tr_ip_decode_quoted(const uint8_t *data, size_t size, struct tr_ip *ip);

#endif
