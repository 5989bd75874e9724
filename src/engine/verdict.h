/*
 * What a reply means for a trace.  Judged by the kind of reply and by what
 * was probed, never by its source address: behind a destination NAT every
 * router answers with the destination's address.
 */
#ifndef TR_ENGINE_VERDICT_H
#define TR_ENGINE_VERDICT_H

#include "packet/probe.h"
#include "packet/reply.h"

enum tr_verdict {
	TR_VERDICT_NONE,	/* nothing on the route: quench, redirect */
	TR_VERDICT_TRANSIT,	/* the TTL ran out: a hop */
	TR_VERDICT_ARRIVED,	/* the destination itself answered */
	TR_VERDICT_STOPPED,	/* refused or not deliverable: the end */
};

const char *tr_verdict_name(enum tr_verdict verdict);

/*
 * Arrival is: port unreachable for UDP, or a datagram from the port; echo
 * reply for ICMP; SYN-ACK or RST for TCP.
 */
enum tr_verdict tr_verdict_of(enum tr_protocol protocol,
    const struct tr_packet *reply);

#endif
