/*
 * Random topologies of stated shapes, written as topology files, so that one
 * that shows something can be kept, read and changed.  The same shape and
 * seed give the same file.
 *
 * Shapes, with what is left out of them in brackets:
 *
 *	chain[:LENGTH]		routers in a row
 *	diamond[:WIDTH[xLENGTH]]	a balancer, LENGTH hops of WIDTH routers
 *	layers:W-W-...		hops of these widths; each router leads to as
 *				many of the next hop as come on it, no link
 *				crosses another
 *	meshed:W-W-...		the same, but each leads to all of the next
 *	asymmetric[:WIDTH]	a diamond in which one branch splits again, so
 *				that its vertices are not equally likely
 *	uneven[:WIDTH]		a diamond with branches of different lengths
 *	nested[:DEPTH]		diamonds within diamonds
 *	wild			an ordinary route with 1 to 3 diamonds of the
 *				shapes and widths met in surveys, up to 100
 *	odd			the same, with routers that are silent, limit
 *				their answers, hide in tunnels, ...
 */
#ifndef TR_SIM_GENERATE_H
#define TR_SIM_GENERATE_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* Hops of a generated route, and routers at one hop, at most. */
#define TR_GENERATE_HOPS_MAX	200
#define TR_GENERATE_WIDTH_MAX	250

/*
 * Write a topology.  The prober is "me", the host "target" (10.99.0.1 and
 * fd00:99::1; TCP port 443 is open).  Returns TR_OK; TR_ERANGE with a text for
 * no such shape; TR_ESYSTEM where the stream refuses.
 */
int tr_generate(FILE *stream, const char *shape, uint64_t seed,
    struct tr_error *error);

#endif
