/*
 * Transport headers: UDP (RFC 768), TCP (RFC 9293), ICMP echo (RFC 792,
 * RFC 4443).  A quoted packet often holds 8 bytes of them only: every field
 * past the bytes at hand is marked as not there.
 */
#ifndef TR_PACKET_TRANSPORT_H
#define TR_PACKET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tr_transport {
	uint8_t	 protocol;	/* TR_IPPROTO_* */
	bool	 ports;		/* source_port, destination_port are there */
	uint16_t source_port;
	uint16_t destination_port;
	bool	 rest;		/* bytes 4 to 7 are there: the fields of the */
				/* protocol's own that lie in them */
	uint16_t udp_length;
	uint16_t checksum;	/* UDP, ICMP; TCP only if full */
	uint32_t tcp_sequence;
	uint8_t	 icmp_type;
	uint8_t	 icmp_code;
	uint16_t icmp_id;	/* of echo; else bytes 4 and 5 */
	uint16_t icmp_sequence;	/* of echo; else bytes 6 and 7 */
	bool	 full;		/* the whole fixed header is there */
	uint32_t tcp_acknowledgement;
	uint8_t	 tcp_flags;
	uint16_t tcp_window;
	uint8_t	 tcp_header_size;	/* with options */
	uint16_t tcp_mss;	/* 0: no such option */
	const uint8_t *payload;	/* borrowed; NULL when none is there */
	size_t	 payload_size;
};

/*
 * Decode as much as is there.  ICMP type, code and checksum lie in the first
 * four bytes (flag ports).  Returns 0; TR_ETRUNCATED with fewer than 4
 * bytes; TR_EUNSUPPORTED for a protocol that is none of the four;
 * TR_EFORMAT for a TCP data offset below 5.
 */
int tr_transport_decode(uint8_t protocol, const uint8_t *data, size_t size,
    struct tr_transport *transport);

/* The name of a TCP flag: "fin", "syn", ... for bit 0 to 7. */
const char *tr_tcp_flag_name(unsigned bit);

#endif
