#include <string.h>

#include "output/lanes.h"

/* The ways out of a place: bits, and an index into the tables below. */
enum {
	UP = 1,
	DOWN = 2,
	LEFT = 4,
	RIGHT = 8,
};

static const char *const unicode_lines[16] = {
	" ", "╵", "╷", "│", "╴", "┘", "┐", "┤",
	"╶", "└", "┌", "├", "─", "┴", "┬", "┼",
};

static const char *const ascii_lines[16] = {
	" ", "|", "|", "|", "-", "+", "+", "+",
	"-", "+", "+", "+", "-", "+", "+", "+",
};

static const char *
line_of(const struct tr_lanes *lanes, unsigned ways)
{
	return lanes->unicode ? unicode_lines[ways] : ascii_lines[ways];
}

static uint32_t
width_of(const struct tr_graph *graph, int ttl)
{
	return graph->discovery->hops[ttl].width;
}

void
tr_lanes_begin(struct tr_lanes *lanes, const struct tr_graph *graph,
    FILE *stream, bool unicode)
{
	*lanes = (struct tr_lanes){
		.graph = graph,
		.stream = stream,
		.unicode = unicode,
		.columns = 1,
	};
	for (int ttl = graph->discovery->first_ttl; ttl <= graph->last_ttl;
	    ttl++) {
		const uint32_t width = width_of(graph, ttl);

		if (width > lanes->columns && width <= TR_LANES_MAX)
			lanes->columns = width;
	}
}

/* Has the vertex edges that are drawn, in or out? */
static bool
leads(const struct tr_graph *graph, const struct tr_vertex *vertex, bool out)
{
	const int other = vertex->ttl + (out ? 1 : -1);

	if (other > graph->last_ttl || other < graph->discovery->first_ttl ||
	    width_of(graph, other) > TR_LANES_MAX)
		return false;
	return out ? vertex->out_degree > 0 : vertex->in_degree > 0;
}

void
tr_lanes_vertex(const struct tr_lanes *lanes, uint32_t number)
{
	const struct tr_graph *graph = lanes->graph;
	const struct tr_vertex *vertices = graph->discovery->vertices;
	const int ttl = vertices[number].ttl;
	const uint32_t own = graph->vertices[number].place;
	const bool is_silent =
	    !tr_address_is_set(&vertices[number].address);
	uint32_t order[TR_LANES_MAX], count = 0;

	if (width_of(graph, ttl) <= TR_LANES_MAX)
		count = tr_graph_order(graph, ttl, order);
	for (uint32_t i = 0; i < lanes->columns; i++) {
		const char *mark = " ";

		if (count == 0 && i == 0)
			mark = line_of(lanes, UP | DOWN);
		else if (i < count && i == own)
			mark = is_silent ? "*" : lanes->unicode ? "●" : "o";
		else if (i < count && leads(graph, &vertices[order[i]],
		    i < own))
			mark = line_of(lanes, UP | DOWN);
		fprintf(lanes->stream, "%s%s", i == 0 ? "" : " ", mark);
	}
	putc(' ', lanes->stream);
}

/* --- between two TTLs --------------------------------------------------- */

/* Ways that hang together: columns above and below that edges join. */
struct joint {
	uint32_t above;		/* bit for each column */
	uint32_t below;
	unsigned first, last;	/* columns that it spans */
	bool	 drawn;
};

struct between {
	struct joint joints[TR_LANES_MAX];
	unsigned count;
};

/* Of two joints make one. */
static void
merge(struct between *between, unsigned into, unsigned from)
{
	between->joints[into].above |= between->joints[from].above;
	between->joints[into].below |= between->joints[from].below;
	between->joints[from] = between->joints[--between->count];
}

/* The joint with one of these columns below; count: there is none. */
static unsigned
joint_below(const struct between *between, uint32_t columns)
{
	unsigned i = 0;

	while (i < between->count &&
	    (between->joints[i].below & columns) == 0)
		i++;
	return i;
}

static void
span(struct joint *joint)
{
	const uint32_t all = joint->above | joint->below;

	joint->first = 0;
	while ((all & UINT32_C(1) << joint->first) == 0)
		joint->first++;
	joint->last = joint->first;
	for (unsigned i = joint->first; i < TR_LANES_MAX; i++)
		if ((all & UINT32_C(1) << i) != 0)
			joint->last = i;
}

static void
add_way(struct between *between, uint32_t above, uint32_t below)
{
	const unsigned place = between->count++;
	unsigned other;

	between->joints[place] = (struct joint){
		.above = above, .below = below,
	};
	/* It is the last: found first is one that shares a way with it. */
	while ((other = joint_below(between, below)) + 1 < between->count) {
		struct joint joined;

		merge(between, other, between->count - 1);
		/* Moved to the end, to be held against those before it. */
		joined = between->joints[other];
		between->joints[other] =
		    between->joints[between->count - 1];
		between->joints[between->count - 1] = joined;
		below = joined.below;
	}
}

/* Which columns below the vertex leads to. */
static uint32_t
columns_below(const struct tr_graph *graph, const struct tr_vertex *vertex)
{
	uint32_t number = vertex->first_out, columns = 0;

	for (; number != TR_DISCOVERY_NONE;
	    number = graph->discovery->edges[number].next_out) {
		const struct tr_edge *edge = &graph->discovery->edges[number];

		if (edge->flows > 0)
			columns |= UINT32_C(1) <<
			    graph->vertices[edge->to].place;
	}
	return columns;
}

static void
find_joints(const struct tr_graph *graph, int ttl, struct between *between)
{
	uint32_t order[TR_LANES_MAX];
	const uint32_t count = tr_graph_order(graph, ttl, order);

	between->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t below = columns_below(graph,
		    &graph->discovery->vertices[order[i]]);

		if (below != 0)
			add_way(between, UINT32_C(1) << i, below);
	}
	for (unsigned i = 0; i < between->count; i++) {
		struct joint *joint = &between->joints[i];

		span(joint);
		/* Straight down takes no row. */
		joint->drawn = joint->above == joint->below &&
		    joint->first == joint->last;
	}
}

/* Would a way of the joint come out on one that still runs down above? */
static bool
is_in_the_way(const struct between *between, const struct joint *joint)
{
	for (unsigned i = 0; i < between->count; i++) {
		const struct joint *other = &between->joints[i];

		if (other != joint && !other->drawn &&
		    (other->above & joint->below) != 0)
			return true;
	}
	return false;
}

/* The joints of the next row, as bits: beside each other. */
static uint32_t
choose_row(const struct between *between)
{
	uint32_t chosen = 0;

	for (unsigned strict = 2; strict-- > 0 && chosen == 0;)
		for (unsigned i = 0; i < between->count; i++) {
			const struct joint *joint = &between->joints[i];
			bool free = !joint->drawn && !(strict &&
			    is_in_the_way(between, joint));

			for (unsigned j = 0; j < between->count; j++)
				if ((chosen & UINT32_C(1) << j) != 0 &&
				    joint->first <= between->joints[j].last &&
				    joint->last >= between->joints[j].first)
					free = false;
			if (free)
				chosen |= UINT32_C(1) << i;
		}
	return chosen;
}

/* The ways out of a column in this row. */
static unsigned
ways_at(const struct between *between, uint32_t chosen, unsigned column)
{
	const uint32_t bit = UINT32_C(1) << column;
	unsigned ways = 0;

	for (unsigned i = 0; i < between->count; i++) {
		const struct joint *joint = &between->joints[i];
		const bool now = (chosen & UINT32_C(1) << i) != 0;

		if (!now) {
			/* Past it, or not there yet: straight through. */
			if (((joint->drawn ? joint->below : joint->above) &
			    bit) != 0)
				return UP | DOWN;
			continue;
		}
		if ((joint->above & bit) != 0)
			ways |= UP;
		if ((joint->below & bit) != 0)
			ways |= DOWN;
		if (column > joint->first && column <= joint->last)
			ways |= LEFT;
		if (column >= joint->first && column < joint->last)
			ways |= RIGHT;
	}
	return ways;
}

static void
write_row(const struct tr_lanes *lanes, const struct between *between,
    uint32_t chosen)
{
	unsigned last = 0;

	for (unsigned i = 0; i < between->count; i++) {
		uint32_t all = between->joints[i].above |
		    between->joints[i].below;

		for (unsigned column = 0; all != 0; column++, all >>= 1)
			if (column > last)
				last = column;
	}
	for (unsigned column = 0; column <= last; column++) {
		bool inside = false;

		for (unsigned i = 0; i < between->count; i++)
			if ((chosen & UINT32_C(1) << i) != 0 &&
			    column >= between->joints[i].first &&
			    column < between->joints[i].last)
				inside = true;
		fputs(line_of(lanes, ways_at(between, chosen, column)),
		    lanes->stream);
		if (column < last)
			fputs(inside ? line_of(lanes, LEFT | RIGHT) : " ",
			    lanes->stream);
	}
}

void
tr_lanes_between(const struct tr_lanes *lanes, int ttl, const char *indent)
{
	const struct tr_graph *graph = lanes->graph;
	struct between between;
	uint32_t chosen;

	if (width_of(graph, ttl) > TR_LANES_MAX ||
	    width_of(graph, ttl + 1) > TR_LANES_MAX)
		return;
	if (!tr_discovery_is_steady(graph->discovery, ttl)) {
		fprintf(lanes->stream, "%s?\n", indent);
		return;
	}
	find_joints(graph, ttl, &between);
	while ((chosen = choose_row(&between)) != 0) {
		fputs(indent, lanes->stream);
		write_row(lanes, &between, chosen);
		putc('\n', lanes->stream);
		for (unsigned i = 0; i < between.count; i++)
			if ((chosen & UINT32_C(1) << i) != 0)
				between.joints[i].drawn = true;
	}
}
