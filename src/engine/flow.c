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

/*
 * Labels stride through their range, by its golden section: no two are alike,
 * nor are their sums with ports that count up.  The stride shares no factor
 * with the size of the range, 3 * 5 * 5 * 11 * 31 * 41.
 */
#define LABEL_STRIDE	UINT64_C(648058)

static uint32_t
label_of(uint32_t first, uint32_t number)
{
	return (uint32_t)((first + TR_FLOW_LABEL_MAX - 1 +
	    number * LABEL_STRIDE) % TR_FLOW_LABEL_MAX) + 1;
}

static void
make_nth(const struct tr_flow *flow, uint32_t number, struct tr_flow *nth)
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
	if (flow->vary_label)
		nth->flow_label = label_of(flow->flow_label, number);
}

/* --- varied flows ------------------------------------------------------- */

/* Where the parts of a varied flow's number begin. */
#define FIELD_SHIFT	16
#define STEP_SHIFT	20

/* Source ports so far from the flow's are not those of its next flows. */
#define VARIED_PORTS	10000

const char *
tr_field_name(enum tr_flow_field field)
{
	static const char *const names[TR_FIELDS] = {
		[TR_FIELD_NONE] = "none",
		[TR_FIELD_SOURCE_PORT] = "source_port",
		[TR_FIELD_DESTINATION_PORT] = "destination_port",
		[TR_FIELD_TOS] = "tos",
		[TR_FIELD_FLOW_LABEL] = "flow_label",
		[TR_FIELD_ICMP_CHECKSUM] = "icmp_checksum",
		[TR_FIELD_ICMP_ID] = "icmp_id",
		[TR_FIELD_DESTINATION] = "destination",
	};

	return names[field];
}

bool
tr_flow_has_field(const struct tr_flow *flow, enum tr_flow_field field)
{
	switch (field) {
	case TR_FIELD_SOURCE_PORT:
	case TR_FIELD_DESTINATION_PORT:
		return flow->protocol != TR_PROTOCOL_ICMP;
	case TR_FIELD_ICMP_CHECKSUM:
	case TR_FIELD_ICMP_ID:
		return flow->protocol == TR_PROTOCOL_ICMP;
	case TR_FIELD_FLOW_LABEL:
		return flow->dst.family == 6;
	case TR_FIELD_TOS:
	case TR_FIELD_DESTINATION:
		return true;
	case TR_FIELD_NONE:
	case TR_FIELDS:
		break;
	}
	return false;
}

enum tr_flow_field
tr_flow_own_field(const struct tr_flow *flow)
{
	return flow->protocol == TR_PROTOCOL_ICMP || flow->vary_label ?
	    TR_FIELD_NONE : TR_FIELD_SOURCE_PORT;
}

uint32_t
tr_flow_varied(uint32_t base, enum tr_flow_field field, uint32_t step)
{
	return base | (uint32_t)field << FIELD_SHIFT | step << STEP_SHIFT;
}

bool
tr_flow_is_varied(uint32_t number)
{
	return number >> FIELD_SHIFT != 0;
}

uint32_t
tr_flow_base(uint32_t number)
{
	return number & UINT16_MAX;
}

enum tr_flow_field
tr_flow_field(uint32_t number)
{
	return (enum tr_flow_field)(number >> FIELD_SHIFT & 0xf);
}

bool
tr_flow_is_possible(uint32_t number)
{
	const uint32_t step = number >> STEP_SHIFT;

	return tr_flow_base(number) < TR_FLOW_NUMBERS &&
	    tr_flow_field(number) < TR_FIELDS && step <= TR_FLOW_STEPS_MAX &&
	    (step > 0 || tr_flow_field(number) == TR_FIELD_NONE);
}

/* Another number up to most, never 0, for each of a few steps. */
static uint32_t
stir(uint32_t value, uint32_t step, uint32_t most)
{
	const uint32_t drawn =
	    (uint32_t)(tr_random_mix(value, step) % (most / 64));

	/* Each step has a part of the range to itself. */
	return (uint32_t)((value + (uint64_t)step * (most / 64) + drawn) %
	    most) + 1;
}

/* The step-th neighbour of the flow's destination. */
static void
vary_destination(struct tr_flow *flow, uint32_t step)
{
	const struct tr_address dst = flow->dst;
	const size_t last = tr_address_size(&dst) - 1;

	for (unsigned bits = 1; bits <= UINT8_MAX && step > 0; bits++) {
		struct tr_address *other = &flow->dst;

		other->bytes[last] = (uint8_t)(dst.bytes[last] ^ bits);
		if (other->bytes[last] != 0 &&
		    other->bytes[last] != UINT8_MAX &&
		    !tr_address_equal(other, &flow->src))
			step--;
	}
}

static void
vary_field(struct tr_flow *flow, enum tr_flow_field field, uint32_t step)
{
	switch (field) {
	case TR_FIELD_SOURCE_PORT:
		flow->source_port = port_of(flow->source_port,
		    VARIED_PORTS + step);
		break;
	case TR_FIELD_DESTINATION_PORT:
		flow->destination_port = port_of(flow->destination_port,
		    step);
		break;
	case TR_FIELD_TOS:
		/* The two bits below are those of ECN. */
		flow->tos = (uint8_t)(flow->tos ^ step << 2);
		break;
	case TR_FIELD_FLOW_LABEL:
		flow->flow_label = stir(flow->flow_label, step,
		    TR_FLOW_LABEL_MAX);
		break;
	case TR_FIELD_ICMP_CHECKSUM:
		flow->icmp_checksum = checksum_of(flow->icmp_checksum, step);
		break;
	case TR_FIELD_ICMP_ID:
		flow->icmp_id = (uint16_t)stir(flow->icmp_id, step,
		    UINT16_MAX);
		break;
	case TR_FIELD_DESTINATION:
		vary_destination(flow, step);
		break;
	case TR_FIELD_NONE:
	case TR_FIELDS:
		break;
	}
}

void
tr_flow_nth(const struct tr_flow *flow, uint32_t number, struct tr_flow *nth)
{
	make_nth(flow, tr_flow_base(number), nth);
	vary_field(nth, tr_flow_field(number), number >> STEP_SHIFT);
}

uint32_t
tr_flow_number(const struct tr_flow *flow, uint16_t port_or_checksum)
{
	uint32_t number;

	if (flow->protocol == TR_PROTOCOL_ICMP)
		number = (uint32_t)(port_or_checksum + TR_IDENTIFIERS -
		    flow->icmp_checksum) % TR_IDENTIFIERS;
	else if (port_or_checksum >= flow->source_port)
		number = (uint32_t)(port_or_checksum - flow->source_port);
	else if (port_or_checksum >= PORT_LEAST)
		number = (uint32_t)(port_or_checksum - PORT_LEAST +
		    UINT16_MAX + 1 - flow->source_port);
	else
		return TR_FLOW_NONE;
	return number < TR_FLOW_NUMBERS ? number : TR_FLOW_NONE;
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
