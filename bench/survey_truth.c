#include <string.h>

#include "survey_truth.h"

static uint32_t
word_of(const struct tr_address *address, unsigned number)
{
	const uint8_t *at = address->bytes + number * 4;

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
}

static void
set_word(struct tr_address *address, unsigned number, uint32_t word)
{
	uint8_t *at = address->bytes + number * 4;

	at[0] = (uint8_t)(word >> 24);
	at[1] = (uint8_t)(word >> 16);
	at[2] = (uint8_t)(word >> 8);
	at[3] = (uint8_t)word;
}

bool
survey_truth_has(const struct tr_address *target)
{
	if (target->family == 4)
		return (word_of(target, 0) & 0xff000000u) ==
		    SURVEY_V4_TARGETS;
	return target->family == 6 && word_of(target, 0) == SURVEY_V6_TARGETS;
}

static uint16_t
prefix_of(const struct tr_address *target)
{
	return target->family == 4 ? survey_prefix4(word_of(target, 0)) :
	    survey_prefix6(word_of(target, 1));
}

uint8_t
survey_truth_length(const struct tr_address *target)
{
	return (uint8_t)survey_length(prefix_of(target));
}

static struct tr_address
router_address(uint8_t family, uint32_t number)
{
	struct tr_address address = { .family = family };

	if (family == 4)
		set_word(&address, 0, SURVEY_V4_ROUTERS | number);
	else {
		set_word(&address, 0, SURVEY_V6_ROUTERS);
		set_word(&address, 3, number);
	}
	return address;
}

/* RFC 792, RFC 4443: what the kinds of answers look like. */
static void
describe(uint8_t family, struct survey_truth *truth)
{
	static const struct {
		uint8_t	 type, code, type6, code6;
	} icmp[] = {
		[SURVEY_EXCEEDED] = { 11, 0, 3, 0 },
		[SURVEY_UNREACHABLE] = { 3, 3, 1, 4 },
		[SURVEY_REPLY] = { 0, 0, 129, 0 },
		[SURVEY_SEGMENT] = { 0, 0, 0, 0 },
		[SURVEY_NOTHING] = { 0, 0, 0, 0 },
	};

	truth->type = family == 4 ? icmp[truth->kind].type :
	    icmp[truth->kind].type6;
	truth->code = family == 4 ? icmp[truth->kind].code :
	    icmp[truth->kind].code6;
	truth->protocol = truth->kind == SURVEY_SEGMENT ? SURVEY_TCP :
	    family == 4 ? SURVEY_ICMP : SURVEY_ICMP6;
}

void
survey_truth_of(const struct survey_flow *flow, uint8_t ttl,
    const struct survey_faults *faults, struct survey_truth *truth)
{
	const struct tr_address *target = &flow->target;
	const struct survey_probe probe = {
		.family = target->family,
		.protocol = flow->protocol,
		.ttl = ttl,
		.prefix = prefix_of(target),
		.host = word_of(target, target->family == 4 ? 0 : 3),
		.label = flow->label,
		.first = flow->first,
	};
	struct survey_answer answer;

	memset(truth, 0, sizeof(*truth));
	survey_judge(&probe, faults, &answer);
	truth->kind = answer.kind;
	truth->hop = (uint8_t)answer.hop;
	if (truth->kind == SURVEY_NOTHING)
		return;
	truth->ttl = answer.ttl;
	truth->delay = survey_delay(&probe, answer.hop);
	if (truth->kind == SURVEY_EXCEEDED ||
	    truth->kind == SURVEY_UNREACHABLE)
		truth->quoted_ttl = answer.quoted_ttl;
	if (truth->kind == SURVEY_EXCEEDED) {
		truth->router = answer.router |
		    (target->family == 6 ? 1u << 23 : 0);
		truth->responder = router_address(target->family,
		    answer.router);
	} else
		truth->responder = *target;
	describe(target->family, truth);
}
