#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/random.h"
#include "strategy/pick.h"

#define DRAWS_MAX	64	/* half of them are in vain at the worst */

/* Which of the addresses of a unit is taken. */
enum rank {
	RANK_AT,	/* the first at or behind the point that was drawn */
	RANK_USABLE,	/* the first that is neither network nor broadcast */
	RANK_ANY,	/* the first */
	RANK_NONE,
};

struct choice {
	struct tr_wide unit;
	struct tr_range usable;
	struct tr_wide point;
	enum rank rank;
	struct tr_wide taken;
};

static bool
is_usable(const struct choice *choice, struct tr_wide address)
{
	return tr_wide_compare(address, choice->usable.first) >= 0 &&
	    tr_wide_compare(address, choice->usable.last) <= 0;
}

static struct tr_wide
smaller(struct tr_wide a, struct tr_wide b)
{
	return tr_wide_compare(a, b) < 0 ? a : b;
}

static struct tr_wide
larger(struct tr_wide a, struct tr_wide b)
{
	return tr_wide_compare(a, b) > 0 ? a : b;
}

static struct tr_wide
unit_of(const struct tr_pick *pick, struct tr_wide address)
{
	return tr_wide_right(address, pick->shift);
}

/* All addresses of a unit. */
static struct tr_range
span_of(const struct tr_pick *pick, struct tr_wide unit)
{
	const struct tr_wide first = tr_wide_left(unit, pick->shift);

	return (struct tr_range){ first,
	    tr_wide_add(first, tr_wide_ones(pick->shift)) };
}

/* An address of a span, drawn from what the state is mixed to. */
static struct tr_wide
draw(const struct tr_pick *pick, struct tr_range span, uint64_t *state)
{
	const struct tr_wide ones = tr_wide_ones(pick->shift);
	struct tr_wide drawn = { .high = 0 };

	*state = tr_random_mix(*state, pick->key);
	drawn.low = *state & ones.low;
	if (ones.high != 0)
		drawn.high = tr_random_mix(*state, 0) & ones.high;
	return tr_wide_add(span.first, drawn);
}

static void
begin_choice(struct choice *choice, const struct tr_pick *pick,
    struct tr_wide unit)
{
	const struct tr_range span = span_of(pick, unit);
	uint64_t state = tr_random_mix(unit.high, unit.low);
	int tries = DRAWS_MAX;

	choice->unit = unit;
	choice->rank = RANK_NONE;
	choice->usable = span;
	if (pick->shift >= 2) {
		choice->usable.first = tr_wide_next(span.first);
		if (pick->family == 4)
			choice->usable.last = tr_wide_before(span.last);
	}
	do
		choice->point = draw(pick, span, &state);
	while (--tries > 0 && !is_usable(choice, choice->point));
}

static void
offer(struct choice *choice, enum rank rank, struct tr_wide address)
{
	if (rank >= choice->rank)
		return;
	choice->rank = rank;
	choice->taken = address;
}

/* Addresses of the unit that were put in, in order. */
static void
consider(struct choice *choice, struct tr_range piece)
{
	const struct tr_range usable = {
		larger(piece.first, choice->usable.first),
		smaller(piece.last, choice->usable.last),
	};

	if (tr_wide_compare(usable.first, usable.last) > 0)
		offer(choice, RANK_ANY, piece.first);
	else if (tr_wide_compare(usable.last, choice->point) >= 0)
		offer(choice, RANK_AT, larger(usable.first, choice->point));
	else
		offer(choice, RANK_USABLE, usable.first);
}

/* The target of a unit that was put in whole. */
struct tr_wide
tr_pick_in_whole(const struct tr_pick *pick, struct tr_wide unit)
{
	struct choice choice;

	if (pick->shift == 0)
		return unit;
	begin_choice(&choice, pick, unit);
	consider(&choice, span_of(pick, unit));
	return choice.taken;
}

/* A set of addresses on its way to be one of units. */
struct picking {
	const struct tr_pick *pick;
	struct tr_ranges *ranges;
	struct choice choice;		/* in the unit under way */
	struct tr_records picked;
	uint32_t runs;			/* of whole units, in the pairs */
};

static int
end_choice(struct picking *picking)
{
	uint8_t address[16];

	if (picking->choice.rank == RANK_NONE)
		return TR_OK;
	tr_wide_put(picking->choice.taken, address, picking->ranges->width);
	picking->choice.rank = RANK_NONE;
	return tr_records_add(&picking->picked, address);
}

static int
take_piece(struct picking *picking, struct tr_wide unit,
    struct tr_range piece)
{
	struct choice *choice = &picking->choice;

	if (choice->rank == RANK_NONE ||
	    tr_wide_compare(choice->unit, unit) != 0) {
		if (end_choice(picking) != TR_OK)
			return TR_ENOMEM;
		begin_choice(choice, picking->pick, unit);
	}
	consider(choice, piece);
	return TR_OK;
}

/*
 * Units that are whole take the place of a pair that was read: a pair has one
 * run of them at the most.  Returns the last of them.
 */
static struct tr_wide
take_run(struct picking *picking, struct tr_wide unit, struct tr_wide last)
{
	const struct tr_pick *pick = picking->pick;
	struct tr_wide last_unit = unit_of(pick, last);
	uint8_t *record = tr_record_at(&picking->ranges->pairs,
	    picking->runs++);
	const size_t width = picking->ranges->width;

	if (tr_wide_compare(span_of(pick, last_unit).last, last) != 0)
		last_unit = tr_wide_before(last_unit);
	tr_wide_put(unit, record, width);
	tr_wide_put(last_unit, record + width, width);
	return last_unit;
}

static int
take_range(struct picking *picking, struct tr_range range)
{
	const struct tr_pick *pick = picking->pick;

	for (;;) {
		struct tr_wide unit = unit_of(pick, range.first);
		struct tr_range span = span_of(pick, unit);
		struct tr_range piece = range;

		if (tr_wide_compare(span.first, range.first) == 0 &&
		    tr_wide_compare(span.last, range.last) <= 0) {
			unit = take_run(picking, unit, range.last);
			span = span_of(pick, unit);
		} else {
			piece.last = smaller(span.last, range.last);
			if (take_piece(picking, unit, piece) != TR_OK)
				return TR_ENOMEM;
		}
		if (tr_wide_compare(span.last, range.last) >= 0)
			return TR_OK;
		range.first = tr_wide_next(span.last);
	}
}

int
tr_pick_in_each(const struct tr_pick *pick, struct tr_ranges *ranges)
{
	struct picking picking = { .pick = pick, .ranges = ranges };
	struct tr_ranges_walk walk = { .single = 0 };
	struct tr_range range;
	int status = TR_OK;

	if (pick->shift == 0)
		return TR_OK;
	picking.choice.rank = RANK_NONE;
	tr_records_init(&picking.picked, ranges->width);
	while (status == TR_OK && tr_ranges_next(ranges, &walk, &range))
		status = take_range(&picking, range);
	if (status == TR_OK)
		status = end_choice(&picking);
	if (status != TR_OK) {
		free(picking.picked.bytes);
		return status;
	}
	free(ranges->singles.bytes);
	ranges->singles = picking.picked;
	ranges->pairs.count = picking.runs;
	return TR_OK;
}
