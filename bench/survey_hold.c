/*
 * A slot of the wheel is a list of the frames that are due within its 50 us, in
 * the order in which they came.  They are taken when these are over.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "survey_hold.h"

#define SLOT		INT64_C(50000)
#define SLOTS		2048		/* SURVEY_HOLD_TIME, and a bit more */
#define NONE		UINT32_MAX

struct frame {
	uint32_t next;			/* of its list, or NONE */
	uint32_t size;
	uint8_t	 bytes[SURVEY_HOLD_SIZE];
};

struct list {
	uint32_t first, last;		/* NONE: it is empty */
};

struct survey_hold {
	struct list slots[SLOTS];
	int64_t	 at;			/* slots before it are empty */
	uint32_t held;
	uint32_t used;			/* frames that ever were */
	uint32_t spare;			/* of these, a list; or NONE */
	struct frame *frames;
};

struct survey_hold *
survey_hold_new(void)
{
	struct survey_hold *hold = calloc(1, sizeof(*hold));

	if (hold == NULL)
		return NULL;
	/* The system gives memory for what is touched. */
	hold->frames = malloc(sizeof(*hold->frames) * SURVEY_HOLD_FRAMES);
	if (hold->frames == NULL) {
		free(hold);
		return NULL;
	}
	hold->spare = NONE;
	for (unsigned i = 0; i < SLOTS; i++)
		hold->slots[i].first = hold->slots[i].last = NONE;
	return hold;
}

void
survey_hold_free(struct survey_hold *hold)
{
	if (hold == NULL)
		return;
	free(hold->frames);
	free(hold);
}

/* A frame that is not in use; or NONE. */
static uint32_t
reserve(struct survey_hold *hold)
{
	const uint32_t spare = hold->spare;

	if (spare != NONE) {
		hold->spare = hold->frames[spare].next;
		return spare;
	}
	return hold->used < SURVEY_HOLD_FRAMES ? hold->used++ : NONE;
}

int
survey_hold_put(struct survey_hold *hold, const uint8_t *bytes, size_t size,
    int64_t due)
{
	const int64_t number = due / SLOT < hold->at ? hold->at : due / SLOT;
	struct list *slot = &hold->slots[number % SLOTS];
	struct frame *frame;
	uint32_t place;

	if (size > SURVEY_HOLD_SIZE || number - hold->at >= SLOTS)
		return -1;
	place = reserve(hold);
	if (place == NONE)
		return -1;
	frame = &hold->frames[place];
	memcpy(frame->bytes, bytes, size);
	frame->size = (uint32_t)size;
	frame->next = NONE;
	if (slot->first == NONE)
		slot->first = place;
	else
		hold->frames[slot->last].next = place;
	slot->last = place;
	hold->held++;
	return 0;
}

/* Go on to the first slot that is not empty, or that of now. */
static bool
advance(struct survey_hold *hold, int64_t now)
{
	const int64_t end = now / SLOT;

	if (hold->held == 0 && hold->at < end)
		hold->at = end;
	while (hold->at < end && hold->slots[hold->at % SLOTS].first == NONE)
		hold->at++;
	return hold->at < end;
}

size_t
survey_hold_take(struct survey_hold *hold, int64_t now, uint8_t *bytes)
{
	struct list *slot;
	struct frame *frame;
	uint32_t place;

	if (!advance(hold, now))
		return 0;
	slot = &hold->slots[hold->at % SLOTS];
	place = slot->first;
	frame = &hold->frames[place];
	memcpy(bytes, frame->bytes, frame->size);
	slot->first = frame->next;
	frame->next = hold->spare;
	hold->spare = place;
	hold->held--;
	return frame->size;
}

int64_t
survey_hold_next(const struct survey_hold *hold)
{
	int64_t number = hold->at;

	if (hold->held == 0)
		return SURVEY_HOLD_NEVER;
	while (hold->slots[number % SLOTS].first == NONE)
		number++;
	return (number + 1) * SLOT;
}
