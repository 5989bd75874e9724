/*
 * The walk to one target: which TTL is probed next, and when it is over.
 */
#include "base/random.h"
#include "strategy/survey_part.h"

/* So many routers in a row were each seen two TTLs before: it is a loop. */
#define LOOP_ROUTERS	2

/* Where nothing is known of any distance. */
#define START_TTL	16

static bool
is_doubletree(const struct tr_survey *survey)
{
	return survey->config.way == TR_SURVEY_DOUBLETREE;
}

static uint8_t
start_of(const struct tr_survey *survey, const struct tr_slot *slot)
{
	const struct tr_survey_config *config = &survey->config;
	const struct tr_address target = tr_slot_address(slot);
	uint8_t start = config->start_ttl;

	if (!is_doubletree(survey))
		return config->first_ttl;
	if (start == 0)
		start = tr_known_distance(survey->known, &target);
	if (start == 0)
		start = START_TTL;
	if (start < config->first_ttl)
		return config->first_ttl;
	return start > config->max_ttl ? config->max_ttl : start;
}

/* Its next probe has this TTL. */
static void
walk_to(struct tr_survey *survey, uint32_t number, uint8_t ttl)
{
	struct tr_slot *slot = &survey->slots[number];
	const struct tr_sent *last = tr_survey_sent(survey, slot->serial);
	int64_t due = survey->now;

	if (slot->probes > 0)
		due = tr_time_earlier(survey->now, tr_survey_sent_at(survey,
		    last)) + survey->config.target_spacing;
	slot->ttl = ttl;
	slot->tries = 0;
	slot->flags &= (uint8_t)~TR_SLOT_SPACED;
	tr_queue_put(survey, number, due);
}

void
tr_walk_begin(struct tr_survey *survey, uint32_t number)
{
	struct tr_slot *slot = &survey->slots[number];

	slot->start = start_of(survey, slot);
	walk_to(survey, number, slot->start);
}

/* --- the end ------------------------------------------------------------ */

static void
end_walk(struct tr_survey *survey, uint32_t number)
{
	const struct tr_slot *slot = &survey->slots[number];
	const struct tr_address target = tr_slot_address(slot);

	if (slot->distance > 0)
		tr_known_learn_distance(survey->known, &target,
		    slot->distance);
	tr_survey_finish(survey, number,
	    (enum tr_survey_reason)(slot->state >> 4), 0);
}

/* The next TTL on the way back, or the end. */
static void
walk_back(struct tr_survey *survey, uint32_t number, uint8_t from)
{
	if (from <= survey->config.first_ttl)
		end_walk(survey, number);
	else
		walk_to(survey, number, from - 1);
}

/*
 * The way forward has come to its end.  What lies before the first TTL that was
 * probed is next; from the target's own distance on, where that is less.
 */
static void
end_forward(struct tr_survey *survey, uint32_t number,
    enum tr_survey_reason reason)
{
	struct tr_slot *slot = &survey->slots[number];
	uint8_t from = slot->start;

	slot->state = (uint8_t)((slot->state & 0xf) | reason << 4);
	if (!is_doubletree(survey)) {
		end_walk(survey, number);
		return;
	}
	slot->flags |= TR_SLOT_BACKWARD;
	if (slot->distance > 0 && slot->distance < from)
		from = slot->distance;
	walk_back(survey, number, from);
}

/* --- answers ------------------------------------------------------------ */

static bool
is_loop(struct tr_slot *slot, const struct tr_survey_reply *reply)
{
	const uint16_t seen = (uint16_t)(tr_address_mix(1, &reply->responder) |
	    1);

	if (seen == slot->seen[1] && seen != slot->seen[0])
		slot->loops++;
	else
		slot->loops = 0;
	slot->seen[1] = slot->seen[0];
	slot->seen[0] = seen;
	return slot->loops >= LOOP_ROUTERS;
}

/*
 * How far the one is who ended the way: as far as was probed, or, if it quotes
 * what was left of a TTL that was more than enough, nearer.
 */
static uint8_t
distance_of(const struct tr_survey *survey,
    const struct tr_survey_reply *reply)
{
	if (!is_doubletree(survey) || reply->quoted_ttl <= 1 ||
	    reply->quoted_ttl > reply->ttl)
		return reply->ttl;
	return (uint8_t)(reply->ttl - reply->quoted_ttl + 1);
}

/*
 * The target does not answer.  As far as anybody did is where its neighbours
 * are begun with.
 */
static void
guess_distance(struct tr_survey *survey, const struct tr_slot *slot, int ttl)
{
	const struct tr_address target = tr_slot_address(slot);

	if (ttl >= survey->config.first_ttl && slot->replies > 0)
		tr_known_learn_distance(survey->known, &target, (uint8_t)ttl);
}

/* The target answered, now or late: it is as near as the nearest answer. */
static void
note_arrival(struct tr_survey *survey, struct tr_slot *slot,
    const struct tr_survey_reply *reply)
{
	const uint8_t distance = distance_of(survey, reply);

	if (!(slot->flags & TR_SLOT_OVER) || distance < slot->distance)
		slot->distance = distance;
	slot->flags |= TR_SLOT_OVER;
}

/* The TTL was answered, or given up. */
static void
walk_on(struct tr_survey *survey, uint32_t number)
{
	const struct tr_survey_config *config = &survey->config;
	struct tr_slot *slot = &survey->slots[number];

	if (slot->flags & TR_SLOT_BACKWARD)
		walk_back(survey, number, slot->ttl);
	else if (slot->flags & TR_SLOT_OVER)
		end_forward(survey, number, TR_SURVEY_REACHED);
	else if (config->gap_limit > 0 && slot->gap >= config->gap_limit &&
	    config->way != TR_SURVEY_EXHAUSTIVE) {
		guess_distance(survey, slot, slot->ttl - slot->gap);
		end_forward(survey, number, TR_SURVEY_GAP);
	} else if (slot->ttl >= config->max_ttl)
		end_forward(survey, number, TR_SURVEY_MAX_TTL);
	else
		walk_to(survey, number, slot->ttl + 1);
}

static void
answered_forward(struct tr_survey *survey, uint32_t number,
    const struct tr_survey_reply *reply)
{
	struct tr_slot *slot = &survey->slots[number];

	slot->gap = 0;
	switch (reply->verdict) {
	case TR_VERDICT_ARRIVED:
		note_arrival(survey, slot, reply);
		end_forward(survey, number, TR_SURVEY_REACHED);
		return;
	case TR_VERDICT_STOPPED:
		slot->distance = distance_of(survey, reply);
		end_forward(survey, number, TR_SURVEY_STOPPED);
		return;
	case TR_VERDICT_TRANSIT:
	case TR_VERDICT_NONE:
		break;
	}
	(void)tr_known_router(survey->known, &reply->responder, reply->ttl);
	if (is_loop(slot, reply) &&
	    survey->config.way != TR_SURVEY_EXHAUSTIVE)
		end_forward(survey, number, TR_SURVEY_LOOP);
	else
		walk_on(survey, number);
}

static void
answered_backward(struct tr_survey *survey, uint32_t number,
    const struct tr_survey_reply *reply)
{
	struct tr_slot *slot = &survey->slots[number];

	if (reply->verdict != TR_VERDICT_TRANSIT) {
		slot->distance = distance_of(survey, reply);
		walk_back(survey, number, slot->distance);
		return;
	}
	if (slot->replies == 1 && slot->distance == 0)
		guess_distance(survey, slot, reply->ttl);
	if (tr_known_router(survey->known, &reply->responder, reply->ttl)) {
		slot->flags |= TR_SLOT_JOINED;
		end_walk(survey, number);
		return;
	}
	walk_back(survey, number, slot->ttl);
}

void
tr_walk_answered(struct tr_survey *survey, uint32_t number,
    const struct tr_survey_reply *reply)
{
	const struct tr_slot *slot = &survey->slots[number];

	if (reply->verdict == TR_VERDICT_TRANSIT)
		tr_known_learn_way(survey->known, &reply->target, reply->ttl,
		    &reply->responder);
	if (slot->flags & TR_SLOT_BACKWARD)
		answered_backward(survey, number, reply);
	else
		answered_forward(survey, number, reply);
}

void
tr_walk_late(struct tr_survey *survey, uint32_t number,
    const struct tr_survey_reply *reply)
{
	struct tr_slot *slot = &survey->slots[number];
	const int beyond = slot->ttl - 1 - reply->ttl;

	if (slot->flags & TR_SLOT_BACKWARD)
		return;
	if (reply->verdict == TR_VERDICT_ARRIVED)
		note_arrival(survey, slot, reply);
	/* Those behind it have been silent in a row. */
	if (beyond < slot->gap)
		slot->gap = (uint8_t)(beyond > 0 ? beyond : 0);
}

void
tr_walk_again(struct tr_survey *survey, uint32_t number)
{
	survey->slots[number].flags |= TR_SLOT_AGAIN;
	walk_to(survey, number, survey->slots[number].ttl);
}

void
tr_walk_silent(struct tr_survey *survey, uint32_t number)
{
	struct tr_slot *slot = &survey->slots[number];

	if (slot->tries < survey->config.queries) {
		const uint8_t tries = slot->tries;

		walk_to(survey, number, slot->ttl);
		slot->tries = tries;
		return;
	}
	slot->seen[1] = slot->seen[0];
	slot->seen[0] = 0;
	slot->loops = 0;
	if (!(slot->flags & TR_SLOT_BACKWARD) && slot->gap < UINT8_MAX)
		slot->gap++;
	walk_on(survey, number);
}
