/*
 * Who waits until when: a wheel with a spoke for each millisecond.  Nobody may
 * wait for longer than one turn of it.
 */
#include "strategy/survey_part.h"

#define NOBODY	((struct tr_slot_list){ TR_NO_SLOT, TR_NO_SLOT })

static void
append(struct tr_survey *survey, struct tr_slot_list *list, uint32_t slot)
{
	survey->slots[slot].next = TR_NO_SLOT;
	if (list->first == TR_NO_SLOT)
		list->first = slot;
	else
		survey->slots[list->last].next = slot;
	list->last = slot;
}

/* Put all of a list behind another, and empty it. */
static void
move(struct tr_survey *survey, struct tr_slot_list *to,
    struct tr_slot_list *from)
{
	if (from->first == TR_NO_SLOT)
		return;
	if (to->first == TR_NO_SLOT)
		to->first = from->first;
	else
		survey->slots[to->last].next = from->first;
	to->last = from->last;
	*from = NOBODY;
}

void
tr_queue_clear(struct tr_survey *survey)
{
	struct tr_wheel *wheel = &survey->wheel;

	survey->ready = NOBODY;
	for (uint32_t i = 0; i < TR_WHEEL_SPOKES; i++)
		wheel->spokes[i] = NOBODY;
	for (uint32_t i = 0; i < TR_WHEEL_SPOKES / 64; i++)
		wheel->used[i] = 0;
}

void
tr_queue_init(struct tr_survey *survey)
{
	tr_queue_clear(survey);
	survey->wheel.turned = survey->epoch / TR_WHEEL_TURN;
}

void
tr_queue_put(struct tr_survey *survey, uint32_t slot, int64_t due)
{
	struct tr_wheel *wheel = &survey->wheel;
	/* The spoke whose time is not before due. */
	int64_t turn = (due + TR_WHEEL_TURN - 1) / TR_WHEEL_TURN;
	uint32_t spoke;

	survey->slots[slot].state = TR_SLOT_QUEUED |
	    (survey->slots[slot].state & 0xf0);
	if (turn <= wheel->turned) {
		append(survey, &survey->ready, slot);
		return;
	}
	turn = turn - wheel->turned < TR_WHEEL_SPOKES ? turn :
	    wheel->turned + TR_WHEEL_SPOKES - 1;
	spoke = (uint32_t)(turn % TR_WHEEL_SPOKES);
	append(survey, &wheel->spokes[spoke], slot);
	wheel->used[spoke / 64] |= UINT64_C(1) << spoke % 64;
}

/* Move those whose time has come from the wheel to who is ready. */
static void
turn_wheel(struct tr_survey *survey, int64_t now)
{
	struct tr_wheel *wheel = &survey->wheel;
	const int64_t to = now / TR_WHEEL_TURN;

	if (to - wheel->turned > TR_WHEEL_SPOKES)
		wheel->turned = to - TR_WHEEL_SPOKES;
	while (wheel->turned < to) {
		const uint32_t spoke =
		    (uint32_t)(++wheel->turned % TR_WHEEL_SPOKES);

		move(survey, &survey->ready, &wheel->spokes[spoke]);
		wheel->used[spoke / 64] &= ~(UINT64_C(1) << spoke % 64);
	}
}

uint32_t
tr_queue_take(struct tr_survey *survey, int64_t now)
{
	struct tr_slot_list *ready = &survey->ready;
	uint32_t slot;

	turn_wheel(survey, now);
	slot = ready->first;
	if (slot == TR_NO_SLOT)
		return TR_NO_SLOT;
	ready->first = survey->slots[slot].next;
	if (ready->first == TR_NO_SLOT)
		ready->last = TR_NO_SLOT;
	return slot;
}

int64_t
tr_queue_next(const struct tr_survey *survey)
{
	const struct tr_wheel *wheel = &survey->wheel;
	int64_t turn = wheel->turned + 1;

	if (survey->ready.first != TR_NO_SLOT)
		return survey->now;
	while (turn <= wheel->turned + TR_WHEEL_SPOKES) {
		const uint32_t spoke = (uint32_t)(turn % TR_WHEEL_SPOKES);
		const uint64_t used = wheel->used[spoke / 64] >> spoke % 64;

		if (used != 0)
			return (turn + __builtin_ctzll(used)) * TR_WHEEL_TURN;
		turn += 64 - spoke % 64;
	}
	return TR_TIME_NEVER;
}

void
tr_queue_unspace(struct tr_survey *survey, int64_t now)
{
	uint32_t slot;

	turn_wheel(survey, now);
	for (slot = survey->ready.first; slot != TR_NO_SLOT;
	    slot = survey->slots[slot].next)
		survey->slots[slot].flags &= (uint8_t)~TR_SLOT_SPACED;
}
