/*
 * Lanes: a graph drawn beside its lines, a column for each vertex of a TTL,
 * with rows between two TTLs that show which vertex leads to which.
 *
 *	o
 *	├─┬─┐
 *	o │ │
 *	│ o │
 *	│ │ o
 *	├─┴─┘
 *	o
 *
 * A row that joins ways means that each of those above leads to each of those
 * below, or to some of them: what leads where in detail is too much to draw
 * where ways are meshed.  Where a line runs over a way, the way is drawn
 * through and has no part in it.  A question mark stands where flows do not
 * stay together, so that nobody knows what leads where.
 */
#ifndef TR_OUTPUT_LANES_H
#define TR_OUTPUT_LANES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "result/graph.h"

/* Vertices of one TTL that are drawn beside each other; more are not. */
#define TR_LANES_MAX	24

struct tr_lanes {
	const struct tr_graph *graph;
	FILE	*stream;
	bool	 unicode;	/* else ASCII */
	unsigned columns;	/* the widest TTL's, at most TR_LANES_MAX */
};

/* The lanes of a graph; columns is found out. */
void tr_lanes_begin(struct tr_lanes *lanes, const struct tr_graph *graph,
    FILE *stream, bool unicode);

/*
 * Write the lanes of a vertex's line, filled up with blanks to the width of
 * all lines, and a blank behind.
 */
void tr_lanes_vertex(const struct tr_lanes *lanes, uint32_t vertex);

/*
 * Write the rows between a TTL and the next, if it takes any; indent is what
 * each begins with.
 */
void tr_lanes_between(const struct tr_lanes *lanes, int ttl,
    const char *indent);

#endif
