/*
 * A flow: everything that a load balancer may hash, and how the probes of
 * one flow are made from it.
 */
#ifndef TR_ENGINE_FLOW_H
#define TR_ENGINE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/random.h"
#include "packet/probe.h"

struct tr_flow {
	enum tr_protocol protocol;
	struct tr_address src;
	struct tr_address dst;
	uint16_t source_port;		/* UDP, TCP */
	uint16_t destination_port;	/* UDP, TCP */
	uint16_t icmp_id;		/* ICMP */
	uint16_t icmp_checksum;		/* ICMP */
	uint32_t flow_label;		/* IPv6 */
	bool	 vary_label;	/* another one for each of several flows */
	uint8_t	 tos;
	uint8_t	 tcp_flags;
	bool	 dont_fragment;
	bool	 classic;	/* each probe a flow of its own */
	uint16_t size;		/* of the IP packet */
};

/*
 * How a run names its probes: the n-th probe's identifier is a permutation
 * of 1..0xfffe, its TCP sequence number grows by a small step so that a host
 * in SYN-RECEIVED finds it inside its window and answers every probe
 * (RFC 9293, 3.10.7.4: an old or far sequence number is dropped instead).
 */
struct tr_naming {
	uint16_t identifier_start;
	uint16_t identifier_step;
	uint32_t tcp_start;
	uint32_t token;		/* of this run */
};

#define TR_IDENTIFIERS		65534
#define TR_TCP_SEQUENCE_STEP	8

/* Draw a naming; two runs get unrelated ones. */
void tr_naming_draw(struct tr_naming *naming, struct tr_random *random);

/* The identifier of the probe with this number: 1..0xfffe. */
uint16_t tr_naming_identifier(const struct tr_naming *naming,
    uint32_t number);

/*
 * The flow with this number, of several that are one run's: 0 is the run's
 * own.  Flows differ in the source port, of ICMP in the checksum and the id,
 * and with vary_label in the flow label too, which is another one each.  Ports
 * and checksums count up from the run's; what else is varied does not, lest a
 * balancer that adds or xors the fields sees the same sum in all of them.
 * Numbers of varied flows, see below, are taken too.
 */
void tr_flow_nth(const struct tr_flow *flow, uint32_t number,
    struct tr_flow *nth);

/*
 * The number of the flow with this source port, or, of ICMP, this checksum:
 * less than TR_FLOW_NUMBERS, or TR_FLOW_NONE for one that no flow has.
 */
#define TR_FLOW_NUMBERS		64000
#define TR_FLOW_NONE		UINT32_MAX
#define TR_FLOW_LABEL_MAX	0xfffff

uint32_t tr_flow_number(const struct tr_flow *flow, uint16_t port_or_checksum);

/*
 * A field of the headers that a balancer may hash.
 */
enum tr_flow_field {
	TR_FIELD_NONE,
	TR_FIELD_SOURCE_PORT,		/* UDP, TCP */
	TR_FIELD_DESTINATION_PORT,	/* UDP, TCP */
	TR_FIELD_TOS,			/* DSCP; IPv6: of the traffic class */
	TR_FIELD_FLOW_LABEL,		/* IPv6 */
	TR_FIELD_ICMP_CHECKSUM,
	TR_FIELD_ICMP_ID,
	TR_FIELD_DESTINATION,		/* the address's last 8 bits */
	TR_FIELDS,
};

/* "source_port", ... of all but NONE. */
const char *tr_field_name(enum tr_flow_field field);

/* Does a packet of the flow have the field? */
bool tr_flow_has_field(const struct tr_flow *flow, enum tr_flow_field field);

/*
 * The one field in which the flows of tr_flow_nth() below TR_FLOW_NUMBERS
 * differ; NONE when there are several.
 */
enum tr_flow_field tr_flow_own_field(const struct tr_flow *flow);

/*
 * A varied flow: like the one with number base, less than TR_FLOW_NUMBERS, but
 * for one field, which has another value for each step, 1 to TR_FLOW_STEPS_MAX.
 * Of NONE it is that flow once more.  Its number goes wherever that of another
 * flow goes.
 *
 * Ports and checksums are counted up, labels and ids drawn; of the type of
 * service all but the bits of ECN change, and of the address the last 8 bits,
 * to the nearest neighbours first, and never to 0 or 255 or to the run's
 * source.
 */
#define TR_FLOW_STEPS_MAX	48

uint32_t tr_flow_varied(uint32_t base, enum tr_flow_field field,
    uint32_t step);
bool tr_flow_is_varied(uint32_t number);
uint32_t tr_flow_base(uint32_t number);
enum tr_flow_field tr_flow_field(uint32_t number);

/* Can there be a flow with this number? */
bool tr_flow_is_possible(uint32_t number);

/*
 * Specify the probe with this number (from 0) and TTL.  In a classic flow
 * UDP raises the destination port, TCP the source port, by the number, and
 * ICMP lets the checksum change.
 */
void tr_flow_probe(const struct tr_flow *flow,
    const struct tr_naming *naming, uint32_t number, uint8_t ttl,
    struct tr_probe_spec *spec);

#endif
