/*
 * Replies that wait for their target's end, from one pool: a list for each
 * target, the last one first.  What is packed here is unpacked when the target
 * is done.
 */
#include <stdlib.h>
#include <string.h>

#include "packet/wire.h"
#include "strategy/survey_part.h"

#define HOP_IPV6	0x01
#define HOP_LATE	0x02
#define HOP_DUPLICATE	0x04
#define HOP_REWRITTEN	0x08
#define HOP_VERDICT	4		/* from this bit on */

/* Received: microseconds since the begin, 37 bits: 38 hours. */
#define RECEIVED_UNIT	INT64_C(1000)
#define RECEIVED_BITS	37
#define LABEL_COUNT	0x07	/* the other bits are of that time */
#define LABEL_BITS	3

struct tr_hop {
	uint32_t next;
	uint32_t rtt;
	uint32_t received;
	union {
		uint8_t	 address[16];
		uint32_t labels[TR_SURVEY_LABELS];	/* of the one before */
	} of;
	uint16_t size;
	uint8_t	 ttl;
	uint8_t	 quoted_ttl;
	uint8_t	 reply_ttl;
	uint8_t	 protocol;
	uint8_t	 icmp_type;	/* of TCP: the flags */
	uint8_t	 icmp_code;
	uint8_t	 flags;		/* and the verdict */
	uint8_t	 label_count;	/* and more of when it was received */
	uint16_t flow;
};

_Static_assert(sizeof(struct tr_hop) == 40, "replies held are small");

uint32_t
tr_survey_hops_max(const struct tr_survey_config *config)
{
	/* Each probe's answer, and some duplicates. */
	const uint32_t answers = config->multipath.probes_max * 9 / 8;

	return answers > TR_SURVEY_HOPS_MAX ? answers : TR_SURVEY_HOPS_MAX;
}

size_t
tr_hops_size(const struct tr_survey_config *config)
{
	return config->hops == 0 ? 0 : config->hops * sizeof(struct tr_hop) +
	    tr_survey_hops_max(config) * sizeof(struct tr_survey_reply);
}

int
tr_hops_init(struct tr_survey *survey)
{
	const uint32_t count = survey->config.hops;

	if (count == 0)
		return TR_OK;
	survey->hops = calloc(count, sizeof(*survey->hops));
	survey->record = calloc(tr_survey_hops_max(&survey->config),
	    sizeof(*survey->record));
	if (survey->hops == NULL || survey->record == NULL)
		return TR_ENOMEM;
	survey->hops_free = count;
	return TR_OK;
}

static struct tr_hop *
take_hop(struct tr_survey *survey, struct tr_slot *slot)
{
	const uint32_t taken = survey->free_hop;
	struct tr_hop *hop = &survey->hops[taken];

	survey->free_hop = tr_free_next(taken, hop->next);
	survey->hops_free--;
	hop->next = slot->hops;
	slot->hops = taken;
	return hop;
}

static bool
is_tcp(uint8_t protocol)
{
	return protocol == TR_IPPROTO_TCP;
}

void
tr_hops_hold(struct tr_survey *survey, struct tr_slot *slot,
    const struct tr_survey_reply *reply)
{
	const uint32_t needed = reply->label_count > 0 ? 2 : 1;
	const uint64_t received = (uint64_t)((reply->received -
	    survey->epoch) / RECEIVED_UNIT);
	struct tr_hop *hop;

	if (survey->hops_free < needed) {
		slot->flags |= TR_SLOT_CUT;
		return;
	}
	if (reply->label_count > 0) {
		hop = take_hop(survey, slot);
		memcpy(hop->of.labels, reply->labels, sizeof(hop->of.labels));
	}
	hop = take_hop(survey, slot);
	hop->rtt = reply->rtt;
	hop->received = (uint32_t)received;
	memcpy(hop->of.address, reply->responder.bytes,
	    sizeof(hop->of.address));
	hop->size = reply->size;
	hop->ttl = reply->ttl;
	hop->quoted_ttl = reply->quoted_ttl;
	hop->reply_ttl = reply->reply_ttl;
	hop->protocol = reply->protocol;
	hop->icmp_type = is_tcp(reply->protocol) ? reply->tcp_flags :
	    reply->icmp_type;
	hop->icmp_code = reply->icmp_code;
	hop->flow = reply->flow;
	hop->label_count = (uint8_t)(reply->label_count |
	    (received >> 32 & 0x1f) << LABEL_BITS);
	hop->flags = (uint8_t)((reply->responder.family == 6 ? HOP_IPV6 : 0) |
	    (reply->late ? HOP_LATE : 0) |
	    (reply->duplicate ? HOP_DUPLICATE : 0) |
	    (reply->rewritten ? HOP_REWRITTEN : 0) |
	    reply->verdict << HOP_VERDICT);
}

static int64_t
received_of(const struct tr_survey *survey, const struct tr_hop *hop)
{
	const uint64_t received = (uint64_t)(hop->label_count >> LABEL_BITS) <<
	    32 | hop->received;

	return survey->epoch + RECEIVED_UNIT * tr_unwrap((survey->now -
	    survey->epoch) / RECEIVED_UNIT, received, RECEIVED_BITS);
}

static void
unpack(const struct tr_survey *survey, const struct tr_slot *slot,
    const struct tr_hop *hop, struct tr_survey_reply *reply)
{
	*reply = (struct tr_survey_reply){
		.target = tr_slot_address(slot),
		.responder.family = hop->flags & HOP_IPV6 ? 6 : 4,
		.received = received_of(survey, hop),
		.rtt = hop->rtt,
		.verdict = (enum tr_verdict)(hop->flags >> HOP_VERDICT),
		.ttl = hop->ttl,
		.quoted_ttl = hop->quoted_ttl,
		.reply_ttl = hop->reply_ttl,
		.protocol = hop->protocol,
		.icmp_type = is_tcp(hop->protocol) ? 0 : hop->icmp_type,
		.icmp_code = hop->icmp_code,
		.tcp_flags = is_tcp(hop->protocol) ? hop->icmp_type : 0,
		.size = hop->size,
		.flow = hop->flow,
		.late = (hop->flags & HOP_LATE) != 0,
		.duplicate = (hop->flags & HOP_DUPLICATE) != 0,
		.rewritten = (hop->flags & HOP_REWRITTEN) != 0,
		.label_count = hop->label_count & LABEL_COUNT,
	};
	memcpy(reply->responder.bytes, hop->of.address,
	    sizeof(hop->of.address));
}

/* Where the replies of each TTL end, among all of the list; how many. */
static uint32_t
find_places(const struct tr_survey *survey, uint32_t first,
    uint32_t ends[TR_SURVEY_TTL_MAX + 1])
{
	memset(ends, 0, (TR_SURVEY_TTL_MAX + 1) * sizeof(*ends));
	for (uint32_t i = first; i != TR_NO_HOP; i = survey->hops[i].next) {
		ends[survey->hops[i].ttl]++;
		if ((survey->hops[i].label_count & LABEL_COUNT) > 0)
			i = survey->hops[i].next;
	}
	for (int ttl = 1; ttl <= TR_SURVEY_TTL_MAX; ttl++)
		ends[ttl] += ends[ttl - 1];
	return ends[TR_SURVEY_TTL_MAX];
}

static uint32_t
give_back(struct tr_survey *survey, uint32_t taken)
{
	struct tr_hop *hop = &survey->hops[taken];
	const uint32_t next = hop->next;

	hop->next = tr_free_link(taken, survey->free_hop);
	survey->free_hop = taken;
	survey->hops_free++;
	return next;
}

uint32_t
tr_hops_take(struct tr_survey *survey, struct tr_slot *slot)
{
	uint32_t ends[TR_SURVEY_TTL_MAX + 1];
	const uint32_t count = find_places(survey, slot->hops, ends);

	/* The list begins with the last one. */
	while (slot->hops != TR_NO_HOP) {
		const struct tr_hop *hop = &survey->hops[slot->hops];
		struct tr_survey_reply *reply =
		    &survey->record[--ends[hop->ttl]];

		unpack(survey, slot, hop, reply);
		slot->hops = give_back(survey, slot->hops);
		if (reply->label_count > 0) {
			memcpy(reply->labels,
			    survey->hops[slot->hops].of.labels,
			    sizeof(reply->labels));
			slot->hops = give_back(survey, slot->hops);
		}
	}
	return count;
}
