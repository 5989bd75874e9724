#include "engine/flow.h"
#include "packet/wire.h"

/*
 * 65534 = 2 * 7 * 31 * 151: a step that shares no factor with it visits
 * every identifier before it repeats one.
 */
static bool
step_is_coprime(uint32_t step)
{
	return step % 2 != 0 && step % 7 != 0 && step % 31 != 0 &&
	    step % 151 != 0;
}

void
tr_naming_draw(struct tr_naming *naming, struct tr_random *random)
{
	uint32_t step;

	do
		step = tr_random_below(random, TR_IDENTIFIERS - 1) + 1;
	while (!step_is_coprime(step));

	naming->identifier_step = (uint16_t)step;
	naming->identifier_start =
	    (uint16_t)tr_random_below(random, TR_IDENTIFIERS);
	naming->tcp_start = (uint32_t)tr_random_next(random);
	naming->token = (uint32_t)tr_random_next(random);
}

uint16_t
tr_naming_identifier(const struct tr_naming *naming, uint32_t number)
{
	const uint64_t place = naming->identifier_start +
	    (uint64_t)number * naming->identifier_step;

	return (uint16_t)(place % TR_IDENTIFIERS + 1);
}

/* Source ports of flows, when they come to the end: none that is reserved. */
#define PORT_LEAST	(UINT16_MAX + 1 - TR_FLOW_NUMBERS)

static uint16_t
port_of(uint16_t first, uint32_t number)
{
	const uint32_t port = first + number;

	return (uint16_t)(port <= UINT16_MAX ? port :
	    port - UINT16_MAX - 1 + PORT_LEAST);
}

static uint16_t
checksum_of(uint16_t first, uint32_t number)
{
	return (uint16_t)((first - 1 + number) % TR_IDENTIFIERS + 1);
}

void
tr_flow_nth(const struct tr_flow *flow, uint32_t number, struct tr_flow *nth)
{
	uint64_t drawn;

	*nth = *flow;
	if (number == 0)
		return;
	if (flow->protocol == TR_PROTOCOL_ICMP) {
		nth->icmp_checksum = checksum_of(flow->icmp_checksum, number);
		drawn = tr_random_mix(flow->icmp_id, number);
		nth->icmp_id = (uint16_t)drawn;
	} else
		nth->source_port = port_of(flow->source_port, number);
	if (flow->vary_label) {
		drawn = tr_random_mix(flow->flow_label, number);
		nth->flow_label = (uint32_t)(drawn % TR_FLOW_LABEL_MAX) + 1;
	}
}

uint32_t
tr_flow_number(const struct tr_flow *flow, uint16_t port_or_checksum)
{
	if (flow->protocol == TR_PROTOCOL_ICMP)
		return (uint32_t)(port_or_checksum + TR_IDENTIFIERS -
		    flow->icmp_checksum) % TR_IDENTIFIERS;
	if (port_or_checksum >= flow->source_port)
		return (uint32_t)(port_or_checksum - flow->source_port);
	return (uint32_t)(port_or_checksum + UINT16_MAX + 1 - PORT_LEAST -
	    flow->source_port);
}

static void
vary_classically(struct tr_probe_spec *spec, uint32_t number)
{
	if (spec->protocol == TR_PROTOCOL_UDP)
		spec->destination_port =
		    (uint16_t)(spec->destination_port + number);
	else if (spec->protocol == TR_PROTOCOL_TCP)
		spec->source_port = (uint16_t)(spec->source_port + number);
}

void
tr_flow_probe(const struct tr_flow *flow, const struct tr_naming *naming,
    uint32_t number, uint8_t ttl, struct tr_probe_spec *spec)
{
	const uint32_t sequence =
	    naming->tcp_start + number * TR_TCP_SEQUENCE_STEP;

	*spec = (struct tr_probe_spec){
		.protocol = flow->protocol,
		.src = flow->src,
		.dst = flow->dst,
		.source_port = flow->source_port,
		.destination_port = flow->destination_port,
		.icmp_id = flow->icmp_id,
		.icmp_checksum = flow->icmp_checksum,
		.ttl = ttl,
		.tos = flow->tos,
		.flow_label = flow->flow_label,
		.dont_fragment = flow->dont_fragment,
		.identifier = tr_naming_identifier(naming, number),
		.token = naming->token,
		.tcp_sequence = sequence,
		.tcp_flags = flow->tcp_flags,
		.size = flow->size,
		.classic = flow->classic,
	};
	/* A reset answers an ACK with its acknowledgement number. */
	if (flow->tcp_flags & TR_TCP_ACK)
		spec->tcp_acknowledgement = sequence;
	if (flow->classic)
		vary_classically(spec, number);
}
