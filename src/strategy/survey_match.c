/*
 * What a reply answers.  Its identifier names a number, modulo 65534, of which
 * the probes that are remembered have a few; the right one has the same
 * destination.  Where that was rewritten, or the identifier was, what else the
 * quote holds must make up for it.
 */
#include "base/random.h"
#include "engine/match.h"
#include "packet/wire.h"
#include "strategy/survey_part.h"

#define SEQUENCE_SPACE	((uint32_t)TR_IDENTIFIERS * TR_TCP_SEQUENCE_STEP)

void
tr_survey_match_init(struct tr_survey *survey)
{
	struct tr_random random;
	uint64_t number = 1;

	tr_random_seed(&random, survey->config.seed);
	tr_naming_draw(&survey->naming, &random);
	survey->key = tr_random_next(&random);
	survey->flow = (struct tr_flow){
		.protocol = survey->config.protocol,
		.source_port = survey->config.source_port,
		.destination_port = survey->config.destination_port,
		.icmp_id = survey->config.icmp_id,
		.icmp_checksum = survey->config.icmp_checksum,
		.flow_label = survey->config.flow_label,
		.vary_label = survey->config.vary_label,
	};
	/* The step is coprime to their count: one number undoes it. */
	while (number * survey->naming.identifier_step % TR_IDENTIFIERS != 1)
		number++;
	survey->inverse = (uint16_t)number;
}

/* The number of the probe with this identifier, modulo 65534. */
static uint32_t
number_of(const struct tr_survey *survey, uint16_t identifier)
{
	const uint64_t place = identifier - 1u + TR_IDENTIFIERS -
	    survey->naming.identifier_start;

	return (uint32_t)(place * survey->inverse % TR_IDENTIFIERS);
}

uint32_t
tr_survey_sequence(const struct tr_survey *survey,
    const struct tr_address *target, uint32_t number)
{
	return (uint32_t)tr_address_mix(survey->key, target) +
	    number * TR_TCP_SEQUENCE_STEP;
}

/* The number that a sequence number stands for; or none, TR_IDENTIFIERS. */
static uint32_t
number_of_sequence(const struct tr_survey *survey,
    const struct tr_address *target, uint32_t sequence)
{
	const uint32_t offset = sequence -
	    (uint32_t)tr_address_mix(survey->key, target);

	return offset < SEQUENCE_SPACE && offset % TR_TCP_SEQUENCE_STEP == 0 ?
	    offset / TR_TCP_SEQUENCE_STEP : TR_IDENTIFIERS;
}

/* --- the probes with a number ------------------------------------------- */

/* The newest probe with this number, or UINT64_MAX. */
static uint64_t
newest(const struct tr_survey *survey, uint32_t number)
{
	uint64_t serial;

	if (survey->head == 0 || number >= TR_IDENTIFIERS)
		return UINT64_MAX;
	serial = survey->head - 1;
	serial -= (serial % TR_IDENTIFIERS + TR_IDENTIFIERS - number) %
	    TR_IDENTIFIERS;
	return serial < survey->head ? serial : UINT64_MAX;
}

/* The one before it with the same number, or UINT64_MAX. */
static uint64_t
older(uint64_t serial)
{
	return serial >= TR_IDENTIFIERS ? serial - TR_IDENTIFIERS : UINT64_MAX;
}

static bool
is_remembered(const struct tr_survey *survey, uint64_t serial)
{
	return serial != UINT64_MAX &&
	    survey->head - serial <= survey->config.probes;
}

/*
 * The probe with this number to this destination, the newest; of a flow, or
 * (NONE) of any.
 */
static int
find(const struct tr_survey *survey, uint32_t number,
    const struct tr_address *target, uint32_t flow,
    struct tr_survey_match *match)
{
	const uint32_t check = tr_survey_check(survey, target);
	uint64_t serial;

	for (serial = newest(survey, number); is_remembered(survey, serial);
	    serial = older(serial)) {
		const struct tr_sent *sent = tr_survey_sent(survey, serial);

		if (sent->check != check ||
		    (flow != TR_FLOW_NONE && sent->flow != flow))
			continue;
		match->serial = serial;
		match->target = *target;
		return TR_OK;
	}
	return TR_ENOTFOUND;
}

/* --- quotes ------------------------------------------------------------- */

/* The ports; of ICMP, the id, and the checksum where it says which flow. */
static bool
has_ports(const struct tr_flow *flow, const struct tr_identity *seen)
{
	if (flow->protocol == TR_PROTOCOL_ICMP)
		return seen->source_port == flow->icmp_id;
	return seen->source_port == flow->source_port &&
	    seen->destination_port == flow->destination_port;
}

/* The flow of ours that the quote is of; or NONE. */
static uint32_t
flow_of(const struct tr_survey *survey, const struct tr_identity *seen)
{
	const bool icmp = survey->config.protocol == TR_PROTOCOL_ICMP;
	struct tr_flow flow;
	uint32_t number;

	if (survey->paths == NULL)
		return has_ports(&survey->flow, seen) ? 0 : TR_FLOW_NONE;
	number = tr_flow_number(&survey->flow,
	    icmp ? seen->checksum : seen->source_port);
	if (number >= survey->config.multipath.flows_max)
		return TR_FLOW_NONE;
	tr_flow_nth(&survey->flow, number, &flow);
	return has_ports(&flow, seen) ? number : TR_FLOW_NONE;
}

static bool
has_our_token(const struct tr_survey *survey, const struct tr_identity *seen)
{
	return seen->cookie != 0 && seen->token != 0 &&
	    seen->token == survey->config.token;
}

/* The number that the quoted transport header tells. */
static uint32_t
own_number(const struct tr_survey *survey, const struct tr_identity *seen)
{
	if (!seen->has_own)
		return TR_IDENTIFIERS;
	if (survey->config.protocol == TR_PROTOCOL_TCP)
		return number_of_sequence(survey, &seen->dst, seen->own);
	return seen->own == 0 || seen->own > TR_IDENTIFIERS ? TR_IDENTIFIERS :
	    number_of(survey, (uint16_t)seen->own);
}

static uint32_t
other_number(const struct tr_survey *survey, uint16_t identifier)
{
	return identifier == 0 || identifier > TR_IDENTIFIERS ?
	    TR_IDENTIFIERS : number_of(survey, identifier);
}

/*
 * The destination was rewritten, by a NAT in front of it: the identifier and
 * the token in the quoted payload tell the probe, if there is only one that is
 * still waited for.
 */
static int
find_by_cookie(const struct tr_survey *survey, const struct tr_identity *seen,
    struct tr_survey_match *match)
{
	const uint32_t number = other_number(survey, seen->cookie);
	uint64_t serial, found = UINT64_MAX;

	for (serial = newest(survey, number); is_remembered(survey, serial);
	    serial = older(serial)) {
		if (tr_survey_sent(survey, serial)->flags != 0)
			continue;
		if (found != UINT64_MAX)
			return TR_ENOTFOUND;
		found = serial;
	}
	if (found == UINT64_MAX)
		return TR_ENOTFOUND;
	match->serial = found;
	match->target = tr_slot_address(
	    &survey->slots[tr_survey_sent(survey, found)->slot]);
	match->rewritten = true;
	/* Of a target that ended early, another may have taken the slot. */
	return tr_survey_check(survey, &match->target) ==
	    tr_survey_sent(survey, found)->check ? TR_OK : TR_ENOTFOUND;
}

/*
 * What the payload says is what was sent; a header may have been rewritten
 * together with the ports.
 */
static int
match_quote(const struct tr_survey *survey, const struct tr_packet *packet,
    struct tr_survey_match *match)
{
	struct tr_identity seen;
	uint32_t flow;
	bool token;

	tr_identity_of(&packet->quote, &packet->quoted, &seen);
	if (seen.protocol != tr_protocol_number(survey->config.protocol,
	    packet->quote.version))
		return TR_ENOTFOUND;
	token = has_our_token(survey, &seen);
	flow = flow_of(survey, &seen);
	if (!token && flow == TR_FLOW_NONE)
		return TR_ENOTFOUND;
	match->rewritten = flow == TR_FLOW_NONE;
	if (token && find(survey, other_number(survey, seen.cookie), &seen.dst,
	    flow, match) == TR_OK)
		return TR_OK;
	if (flow != TR_FLOW_NONE && find(survey, own_number(survey, &seen),
	    &seen.dst, flow, match) == TR_OK)
		return TR_OK;
	if (flow != TR_FLOW_NONE && packet->quote.version == 4 &&
	    find(survey, other_number(survey, seen.ip_id), &seen.dst, flow,
	    match) == TR_OK)
		return TR_OK;
	return token ? find_by_cookie(survey, &seen, match) : TR_ENOTFOUND;
}

/* --- direct answers ----------------------------------------------------- */

/* The target's last probe, or UINT64_MAX. */
static uint64_t
last_probe(const struct tr_survey *survey, uint32_t slot)
{
	const struct tr_slot *found = &survey->slots[slot];

	return found->probes == 0 ? UINT64_MAX : survey->head -
	    (uint32_t)((uint32_t)survey->head - found->serial);
}

/* A datagram says nothing of the probe, but for its flow. */
static int
match_datagram(const struct tr_survey *survey, const struct tr_address *target,
    uint16_t port, struct tr_survey_match *match)
{
	const uint32_t slot = tr_survey_find(survey, target);
	const uint32_t flow = tr_flow_number(&survey->flow, port);
	const struct tr_slot *found;
	uint64_t serial;

	if (slot == TR_NO_SLOT || flow > UINT16_MAX)
		return TR_ENOTFOUND;
	if (survey->paths != NULL)
		serial = tr_paths_probe_of(survey, slot, (uint16_t)flow);
	else
		serial = flow == 0 ? last_probe(survey, slot) : UINT64_MAX;
	if (!is_remembered(survey, serial))
		return TR_ENOTFOUND;
	match->serial = serial;
	match->target = *target;
	found = &survey->slots[slot];
	match->doubtful = survey->paths != NULL || found->tries > 1 ||
	    found->gap > 0 || found->flags & TR_SLOT_AGAIN;
	return TR_OK;
}

/* The flow whose source port or ICMP id an answer has: is it the probe's? */
static bool
answers_flow(const struct tr_survey *survey,
    const struct tr_transport *transport, const struct tr_survey_match *match)
{
	struct tr_flow flow;

	tr_flow_nth(&survey->flow, tr_survey_sent(survey,
	    match->serial)->flow, &flow);
	return flow.protocol == TR_PROTOCOL_ICMP ?
	    transport->icmp_id == flow.icmp_id :
	    transport->destination_port == flow.source_port;
}

static int
match_direct(const struct tr_survey *survey, const struct tr_packet *packet,
    struct tr_survey_match *match)
{
	const struct tr_survey_config *config = &survey->config;
	const struct tr_transport *transport = &packet->transport;
	const struct tr_address *target = &packet->ip.src;
	uint32_t number;

	if (transport->protocol != tr_protocol_number(config->protocol,
	    packet->ip.version))
		return TR_ENOTFOUND;
	if (config->protocol != TR_PROTOCOL_ICMP &&
	    transport->source_port != config->destination_port)
		return TR_ENOTFOUND;
	if (config->protocol == TR_PROTOCOL_UDP)
		return match_datagram(survey, target,
		    transport->destination_port, match);
	number = config->protocol == TR_PROTOCOL_ICMP ?
	    other_number(survey, transport->icmp_sequence) :
	    number_of_sequence(survey, target,
	    transport->tcp_acknowledgement - 1);
	if (find(survey, number, target, TR_FLOW_NONE, match) != TR_OK)
		return TR_ENOTFOUND;
	return answers_flow(survey, transport, match) ? TR_OK : TR_ENOTFOUND;
}

int
tr_survey_match(const struct tr_survey *survey, const struct tr_packet *packet,
    struct tr_survey_match *match)
{
	const struct tr_sent *sent;
	int result;

	*match = (struct tr_survey_match){ .slot = TR_NO_SLOT };
	if (!tr_packet_is_reply(packet))
		return TR_ENOTFOUND;
	result = packet->has_quote ? match_quote(survey, packet, match) :
	    match_direct(survey, packet, match);
	if (result != TR_OK)
		return result;
	sent = tr_survey_sent(survey, match->serial);
	match->slot = tr_survey_find(survey, &match->target);
	if (match->slot != sent->slot)
		match->slot = TR_NO_SLOT;
	return TR_OK;
}
