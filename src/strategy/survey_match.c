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

/* The probe with this number to this destination, the newest. */
static int
find(const struct tr_survey *survey, uint32_t number,
    const struct tr_address *target, struct tr_survey_match *match)
{
	const uint32_t check = tr_survey_check(survey, target);
	uint64_t serial;

	for (serial = newest(survey, number); is_remembered(survey, serial);
	    serial = older(serial)) {
		if (tr_survey_sent(survey, serial)->check != check)
			continue;
		match->serial = serial;
		match->target = *target;
		return TR_OK;
	}
	return TR_ENOTFOUND;
}

/* --- quotes ------------------------------------------------------------- */

static bool
has_our_ports(const struct tr_survey *survey, const struct tr_identity *seen)
{
	const struct tr_survey_config *config = &survey->config;

	if (config->protocol == TR_PROTOCOL_ICMP)
		return seen->source_port == config->icmp_id;
	return seen->source_port == config->source_port &&
	    seen->destination_port == config->destination_port;
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
	return TR_OK;
}

static int
match_quote(const struct tr_survey *survey, const struct tr_packet *packet,
    struct tr_survey_match *match)
{
	struct tr_identity seen;
	bool token, ports;

	tr_identity_of(&packet->quote, &packet->quoted, &seen);
	if (seen.protocol != tr_protocol_number(survey->config.protocol,
	    packet->quote.version))
		return TR_ENOTFOUND;
	token = has_our_token(survey, &seen);
	ports = has_our_ports(survey, &seen);
	if (!token && !ports)
		return TR_ENOTFOUND;
	match->rewritten = !ports;
	if (find(survey, own_number(survey, &seen), &seen.dst, match) == TR_OK)
		return TR_OK;
	if (token && find(survey, other_number(survey, seen.cookie), &seen.dst,
	    match) == TR_OK)
		return TR_OK;
	if (ports && packet->quote.version == 4 && find(survey,
	    other_number(survey, seen.ip_id), &seen.dst, match) == TR_OK)
		return TR_OK;
	return token ? find_by_cookie(survey, &seen, match) : TR_ENOTFOUND;
}

/* --- direct answers ----------------------------------------------------- */

/* A datagram says nothing of the probe: the target's last one. */
static int
match_datagram(const struct tr_survey *survey, const struct tr_address *target,
    struct tr_survey_match *match)
{
	const uint32_t slot = tr_survey_find(survey, target);
	const struct tr_slot *found;
	uint64_t serial;

	if (slot == TR_NO_SLOT)
		return TR_ENOTFOUND;
	found = &survey->slots[slot];
	if (found->probes == 0)
		return TR_ENOTFOUND;
	serial = survey->head - (uint32_t)((uint32_t)survey->head -
	    found->serial);
	if (!is_remembered(survey, serial))
		return TR_ENOTFOUND;
	match->serial = serial;
	match->target = *target;
	return TR_OK;
}

static int
match_direct(const struct tr_survey *survey, const struct tr_packet *packet,
    struct tr_survey_match *match)
{
	const struct tr_survey_config *config = &survey->config;
	const struct tr_transport *transport = &packet->transport;
	const struct tr_address *target = &packet->ip.src;

	if (transport->protocol != tr_protocol_number(config->protocol,
	    packet->ip.version))
		return TR_ENOTFOUND;
	if (config->protocol == TR_PROTOCOL_ICMP)
		return transport->icmp_id != config->icmp_id ? TR_ENOTFOUND :
		    find(survey, other_number(survey,
		    transport->icmp_sequence), target, match);
	if (transport->destination_port != config->source_port ||
	    transport->source_port != config->destination_port)
		return TR_ENOTFOUND;
	if (config->protocol == TR_PROTOCOL_UDP)
		return match_datagram(survey, target, match);
	return find(survey, number_of_sequence(survey, target,
	    transport->tcp_acknowledgement - 1), target, match);
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
