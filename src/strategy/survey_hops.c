/*
 * Replies that wait for their target's end, from one pool: a list for each
 * target, the last one first.  What is packed here is unpacked when the target
 * is done.
 */
#include <stdlib.h>
#include <string.h>

#include "strategy/survey_part.h"

#define HOP_IPV6	0x01
#define HOP_LATE	0x02
#define HOP_DUPLICATE	0x04
#define HOP_REWRITTEN	0x08

/* Received: in microseconds since the begin, it wraps after an hour. */
#define RECEIVED_UNIT	INT64_C(1000)

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
	uint8_t	 icmp_type;
	uint8_t	 icmp_code;
	uint8_t	 tcp_flags;
	uint8_t	 verdict;
	uint8_t	 flags;
	uint8_t	 label_count;
};

size_t
tr_hops_size(uint32_t count)
{
	return count == 0 ? 0 : count * sizeof(struct tr_hop) +
	    TR_SURVEY_HOPS_MAX * sizeof(struct tr_survey_reply);
}

int
tr_hops_init(struct tr_survey *survey)
{
	const uint32_t count = survey->config.hops;

	survey->free_hop = TR_NO_HOP;
	if (count == 0)
		return TR_OK;
	survey->hops = calloc(count, sizeof(*survey->hops));
	survey->record = calloc(TR_SURVEY_HOPS_MAX, sizeof(*survey->record));
	if (survey->hops == NULL || survey->record == NULL)
		return TR_ENOMEM;
	for (uint32_t i = count; i-- > 0;) {
		survey->hops[i].next = survey->free_hop;
		survey->free_hop = i;
	}
	survey->hops_free = count;
	return TR_OK;
}

static struct tr_hop *
take_hop(struct tr_survey *survey, struct tr_slot *slot)
{
	const uint32_t taken = survey->free_hop;
	struct tr_hop *hop = &survey->hops[taken];

	survey->free_hop = hop->next;
	survey->hops_free--;
	hop->next = slot->hops;
	slot->hops = taken;
	return hop;
}

void
tr_hops_hold(struct tr_survey *survey, struct tr_slot *slot,
    const struct tr_survey_reply *reply)
{
	const uint32_t needed = reply->label_count > 0 ? 2 : 1;
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
	hop->received = (uint32_t)((reply->received - survey->epoch) /
	    RECEIVED_UNIT);
	memcpy(hop->of.address, reply->responder.bytes,
	    sizeof(hop->of.address));
	hop->size = reply->size;
	hop->ttl = reply->ttl;
	hop->quoted_ttl = reply->quoted_ttl;
	hop->reply_ttl = reply->reply_ttl;
	hop->protocol = reply->protocol;
	hop->icmp_type = reply->icmp_type;
	hop->icmp_code = reply->icmp_code;
	hop->tcp_flags = reply->tcp_flags;
	hop->verdict = (uint8_t)reply->verdict;
	hop->label_count = reply->label_count;
	hop->flags = (uint8_t)((reply->responder.family == 6 ? HOP_IPV6 : 0) |
	    (reply->late ? HOP_LATE : 0) |
	    (reply->duplicate ? HOP_DUPLICATE : 0) |
	    (reply->rewritten ? HOP_REWRITTEN : 0));
}

static int64_t
received_of(const struct tr_survey *survey, const struct tr_hop *hop)
{
	const int64_t now = (survey->now - survey->epoch) / RECEIVED_UNIT;
	/* It may be later than now, a little. */
	const int32_t ago = (int32_t)((uint32_t)now - hop->received);

	return survey->epoch + (now - ago) * RECEIVED_UNIT;
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
		.verdict = (enum tr_verdict)hop->verdict,
		.ttl = hop->ttl,
		.quoted_ttl = hop->quoted_ttl,
		.reply_ttl = hop->reply_ttl,
		.protocol = hop->protocol,
		.icmp_type = hop->icmp_type,
		.icmp_code = hop->icmp_code,
		.tcp_flags = hop->tcp_flags,
		.size = hop->size,
		.late = (hop->flags & HOP_LATE) != 0,
		.duplicate = (hop->flags & HOP_DUPLICATE) != 0,
		.rewritten = (hop->flags & HOP_REWRITTEN) != 0,
		.label_count = hop->label_count,
	};
	memcpy(reply->responder.bytes, hop->of.address,
	    sizeof(hop->of.address));
}

/* Put it among count others: by TTL, then as they came. */
static void
insert(struct tr_survey_reply *record, uint32_t count,
    const struct tr_survey_reply *reply)
{
	uint32_t at = count;

	/* What is taken from the list came earlier than what is here. */
	while (at > 0 && record[at - 1].ttl >= reply->ttl)
		at--;
	memmove(&record[at + 1], &record[at], (count - at) * sizeof(*record));
	record[at] = *reply;
}

static uint32_t
give_back(struct tr_survey *survey, uint32_t taken)
{
	struct tr_hop *hop = &survey->hops[taken];
	const uint32_t next = hop->next;

	hop->next = survey->free_hop;
	survey->free_hop = taken;
	survey->hops_free++;
	return next;
}

uint32_t
tr_hops_take(struct tr_survey *survey, struct tr_slot *slot)
{
	uint32_t count = 0;

	while (slot->hops != TR_NO_HOP) {
		const struct tr_hop *hop = &survey->hops[slot->hops];
		struct tr_survey_reply reply;

		unpack(survey, slot, hop, &reply);
		slot->hops = give_back(survey, slot->hops);
		if (reply.label_count > 0) {
			memcpy(reply.labels, survey->hops[slot->hops].of.labels,
			    sizeof(reply.labels));
			slot->hops = give_back(survey, slot->hops);
		}
		if (count == TR_SURVEY_HOPS_MAX) {
			slot->flags |= TR_SLOT_CUT;
			continue;
		}
		insert(survey->record, count++, &reply);
	}
	return count;
}
