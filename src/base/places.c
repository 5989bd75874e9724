#include <stdlib.h>

#include "base/error.h"
#include "base/places.h"

#define PER_WORD	TR_PLACES_PER_WORD
#define WORDS_LEAST	64
#define WORDS_MAX	(TR_PLACES_SPREAD_MAX / PER_WORD)

static uint64_t *
word_of(const struct tr_places *places, uint64_t place)
{
	return &places->words[(place / PER_WORD) & (places->room - 1)];
}

static bool
is_inside(const struct tr_places *places, uint64_t place)
{
	return place >= places->base &&
	    (place - places->base) / PER_WORD < places->room;
}

/* Make the ring so large that place is in it, or behind its most. */
static int
reach(struct tr_places *places, uint64_t place)
{
	const uint64_t index = (place - places->base) / PER_WORD;
	struct tr_places larger = *places;

	if (index < places->room)
		return TR_OK;
	if (index >= WORDS_MAX)
		return TR_ENOMEM;
	if (larger.room == 0)
		larger.room = WORDS_LEAST;
	while (larger.room <= index)
		larger.room *= 2;
	larger.words = calloc(larger.room, sizeof(*larger.words));
	if (larger.words == NULL)
		return TR_ENOMEM;
	for (uint64_t i = 0; i < places->room; i++) {
		const uint64_t at = places->base + i * PER_WORD;

		*word_of(&larger, at) = *word_of(places, at);
	}
	free(places->words);
	*places = larger;
	return TR_OK;
}

/* Words at the front that are full need not be kept. */
static void
move_base(struct tr_places *places)
{
	uint64_t *word;

	while (places->base < places->end &&
	    *(word = word_of(places, places->base)) == UINT64_MAX) {
		*word = 0;
		places->base += PER_WORD;
	}
}

int
tr_places_add(struct tr_places *places, uint64_t place)
{
	const uint64_t bit = UINT64_C(1) << place % PER_WORD;
	uint64_t *word;
	int status;

	if (place >= TR_PLACES_MAX)
		return TR_ERANGE;
	if (place < places->base)
		return TR_OK;
	status = reach(places, place);
	if (status != TR_OK)
		return status;
	word = word_of(places, place);
	if ((*word & bit) != 0)
		return TR_OK;
	*word |= bit;
	places->count++;
	if (place >= places->end)
		places->end = place + 1;
	if (*word == UINT64_MAX)
		move_base(places);
	return TR_OK;
}

bool
tr_places_has(const struct tr_places *places, uint64_t place)
{
	if (place < places->base)
		return true;
	return is_inside(places, place) && (*word_of(places, place) >>
	    place % PER_WORD & 1) != 0;
}

uint64_t
tr_places_first(const struct tr_places *places)
{
	uint64_t place = places->base;

	while (tr_places_has(places, place))
		place++;
	return place;
}

size_t
tr_places_words(const struct tr_places *places)
{
	if (places->end <= places->base)
		return 0;
	return (size_t)((places->end - places->base - 1) / PER_WORD + 1);
}

uint64_t
tr_places_word(const struct tr_places *places, size_t index)
{
	return *word_of(places, places->base + (uint64_t)index * PER_WORD);
}

int
tr_places_begin(struct tr_places *places, uint64_t base)
{
	if (base % PER_WORD != 0 || base > TR_PLACES_MAX)
		return TR_ERANGE;
	tr_places_clear(places);
	places->base = places->end = places->count = base;
	return TR_OK;
}

/* The end may then be some places behind the highest one that is done. */
int
tr_places_put(struct tr_places *places, uint64_t word)
{
	const uint64_t at = (places->end + PER_WORD - 1) / PER_WORD * PER_WORD;
	int status;

	if (at >= TR_PLACES_MAX)
		return TR_ERANGE;
	status = reach(places, at);
	if (status != TR_OK)
		return status;
	*word_of(places, at) = word;
	places->count += (uint64_t)__builtin_popcountll(word);
	places->end = at + PER_WORD;
	move_base(places);
	return TR_OK;
}

void
tr_places_clear(struct tr_places *places)
{
	free(places->words);
	*places = (struct tr_places){ .count = 0 };
}
