/*
 * Packets of the simulated network.  The simulator judges the decoder and the
 * builder of packet/, so it shares nothing with them: this reads and writes
 * headers on its own, from the RFCs, through the bounded readers and writers.
 *
 *	IPv4	RFC 791		ICMP	RFC 792
 *	IPv6	RFC 8200	ICMPv6	RFC 4443
 *	UDP	RFC 768		TCP	RFC 9293
 */
#ifndef TR_SIM_PACKET_H
#define TR_SIM_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

#define TR_SIM_PACKET_MAX	65535

#define TR_SIM_IPPROTO_ICMP	1
#define TR_SIM_IPPROTO_TCP	6
#define TR_SIM_IPPROTO_UDP	17
#define TR_SIM_IPPROTO_ICMP6	58

/* TCP flags. */
#define TR_SIM_TCP_SYN	0x02
#define TR_SIM_TCP_RST	0x04
#define TR_SIM_TCP_ACK	0x10

/* A label of MPLS; position counts in the tunnel's hops. */
struct tr_sim_label {
	uint32_t tunnel;
	uint16_t position;		/* of the node that it is sent to */
	uint16_t end;			/* of the node at which it ends */
	uint8_t	 ttl;
};

/*
 * A packet on its way.  The fields below bytes say what stands in them; ttl
 * and tos may be changed, and stand in the bytes again after
 * tr_sim_packet_settle().
 */
struct tr_sim_packet {
	uint8_t	*bytes;			/* owned; from the IP header on */
	size_t	 size;
	size_t	 room;

	uint8_t	 version;
	uint8_t	 ttl;
	uint8_t	 tos;
	uint8_t	 protocol;		/* past IPv6 extension headers */
	struct tr_address src;
	struct tr_address dst;
	uint16_t id;			/* IPv4 */
	bool	 dont_fragment;		/* IPv4 */
	bool	 more_fragments;
	uint16_t fragment_offset;	/* in bytes */
	uint32_t fragment_id;		/* of a fragment, in both versions */
	uint32_t flow_label;		/* IPv6 */
	size_t	 header;		/* bytes before the transport's */
	size_t	 names_next;		/* IPv6: where the transport is named */
	bool	 has_word;		/* the transport's bytes 0 to 3 */
	uint32_t word;
	bool	 has_second;		/* 4 to 7 */
	uint32_t second;

	/* Of the simulation. */
	uint64_t serial;		/* each packet has another */
	uint32_t owner;			/* node that owns dst; cached */
	uint32_t port;			/* that it comes by; TR_SIM_NONE */
	uint32_t node;			/* that it comes to */
	uint32_t leaves;		/* by this port; TR_SIM_NONE: by any */
	unsigned steps;
	bool	 bare;			/* of the label only the way is taken */
	bool	 labelled;
	struct tr_sim_label label;
};

/* Make room for size bytes; the content stays.  TR_OK or TR_ENOMEM. */
int tr_sim_packet_reserve(struct tr_sim_packet *packet, size_t size);

/*
 * Take a packet in: bytes are copied, link padding is left out.  Returns
 * TR_OK; TR_ENOMEM; or TR_EFORMAT for what a router throws away: no IP, a
 * header that is cut, a wrong header checksum, fewer bytes than it claims.
 */
int tr_sim_packet_load(struct tr_sim_packet *packet, const uint8_t *bytes,
    size_t size);

/* Read the fields from the bytes again; as above, but for TR_ENOMEM. */
int tr_sim_packet_decode(struct tr_sim_packet *packet);

/*
 * The packet that an ICMP error quotes, as far as it is there: a view of the
 * error's bytes, so that what is put into it stands in the error.  Returns
 * TR_OK, or TR_EFORMAT where there is none.
 */
int tr_sim_packet_quote(const struct tr_sim_packet *packet,
    struct tr_sim_packet *quote);

/* A copy of its own; to's memory is used. */
int tr_sim_packet_copy(struct tr_sim_packet *to,
    const struct tr_sim_packet *from);

void tr_sim_packet_clear(struct tr_sim_packet *packet);

/* Write ttl and tos into the bytes, and IPv4's header checksum. */
void tr_sim_packet_settle(struct tr_sim_packet *packet);

/* --- what it is --------------------------------------------------------- */

static inline uint16_t
tr_sim_source_port(const struct tr_sim_packet *packet)
{
	return (uint16_t)(packet->word >> 16);
}

static inline uint16_t
tr_sim_destination_port(const struct tr_sim_packet *packet)
{
	return (uint16_t)packet->word;
}

static inline uint8_t
tr_sim_icmp_type(const struct tr_sim_packet *packet)
{
	return (uint8_t)(packet->word >> 24);
}

bool tr_sim_is_icmp(const struct tr_sim_packet *packet);

/* An ICMP message about another packet, which it quotes. */
bool tr_sim_is_error(const struct tr_sim_packet *packet);

bool tr_sim_is_echo_request(const struct tr_sim_packet *packet);
bool tr_sim_is_echo_reply(const struct tr_sim_packet *packet);

/* The flags of TCP; 0 where they are not there. */
uint8_t tr_sim_tcp_flags(const struct tr_sim_packet *packet);

/* True where the transport's checksum is right, or UDP's of IPv4 is 0. */
bool tr_sim_transport_is_sound(const struct tr_sim_packet *packet);

/* --- bytes -------------------------------------------------------------- */

/*
 * The one's complement sum of data, added to sum, not folded; and the
 * checksum of such a sum (RFC 1071).
 */
uint32_t tr_sim_sum(const uint8_t *data, size_t size, uint32_t sum);
uint16_t tr_sim_fold(uint32_t sum);

/* A number of the packet's at an offset; 0 where the packet is shorter. */
uint16_t tr_sim_get_u16(const struct tr_sim_packet *packet, size_t at);
uint32_t tr_sim_get_u32(const struct tr_sim_packet *packet, size_t at);

/* Overwrite bytes of the packet; what lies beyond its end is left out. */
void tr_sim_put(struct tr_sim_packet *packet, size_t at, const void *data,
    size_t size);
void tr_sim_put_u16(struct tr_sim_packet *packet, size_t at, uint16_t value);
void tr_sim_put_u32(struct tr_sim_packet *packet, size_t at, uint32_t value);

/*
 * Write the transport's checksum; of UDP one that comes to 0 as 0xffff.
 * Nothing is done where the packet is too short to have one.
 */
void tr_sim_put_checksum(struct tr_sim_packet *packet);

/* The header of a new packet. */
struct tr_sim_header {
	struct tr_address src;
	struct tr_address dst;
	uint8_t	 ttl;
	uint8_t	 tos;
	uint8_t	 protocol;
	uint16_t id;			/* IPv4 */
	bool	 dont_fragment;		/* IPv4 */
	uint32_t flow_label;		/* IPv6 */
};

/*
 * Make a new packet of a header and so many bytes of zeros behind it, to be
 * filled in.  Returns TR_OK or TR_ENOMEM.
 */
int tr_sim_packet_make(struct tr_sim_packet *packet,
    const struct tr_sim_header *header, size_t body);

#endif
