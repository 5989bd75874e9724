/*
 * The one decoder: a captured frame, whoever sent it, to what it says.
 *
 * It decodes; it does not judge.  Whether a packet is a probe of ours or the
 * answer to one is found by engine/match.h, what an answer means by
 * engine/verdict.h.
 */
#ifndef TR_PACKET_REPLY_H
#define TR_PACKET_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/icmp.h"
#include "packet/ip.h"
#include "packet/link.h"
#include "packet/transport.h"

/* A decoded frame.  All pointers borrow from the frame. */
struct tr_packet {
	struct tr_link_info	link;
	struct tr_ip		ip;
	struct tr_transport	transport;	/* of the packet itself */
	bool			is_icmp;	/* icmp is filled */
	struct tr_icmp		icmp;
	bool			has_quote;	/* an ICMP error whose quoted */
						/* IP header was decoded */
	struct tr_ip		quote;
	bool			has_quoted_transport;
	struct tr_transport	quoted;
};

/*
 * Decode a frame.  Returns 0 for a packet of UDP, TCP or ICMP that can be a
 * probe or a reply; TR_ETRUNCATED, TR_EFORMAT or TR_EUNSUPPORTED for
 * anything else (not IP, a later fragment, another protocol, cut before the
 * transport's first 4 bytes).
 */
int tr_packet_decode(enum tr_link link, const uint8_t *frame, size_t size,
    struct tr_packet *packet);

#endif
