/*
 * What is known of a load-balanced route: a table of flows and TTLs, and the
 * graph that follows from it.
 *
 * A cell is a flow at a TTL.  The first answer to it says which vertex the
 * flow meets there: an address at a TTL, apart for answers that end the route.
 * Two neighbouring cells of one flow make an edge.  Further answers to a cell
 * are repeats, and tell whether the flow is where it was.
 *
 * A cell beyond the end of its flow says nothing of the route and is left out.
 */
#ifndef TR_STRATEGY_DISCOVERY_H
#define TR_STRATEGY_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "engine/verdict.h"

#define TR_DISCOVERY_NONE	UINT32_MAX
#define TR_DISCOVERY_FLOWS_MAX	8192
#define TR_DISCOVERY_VERTICES_MAX 32768

struct tr_vertex {
	uint8_t	 ttl;
	enum tr_verdict verdict;	/* TRANSIT, or how the route ends */
	struct tr_address address;	/* none: a router that is silent */
	uint32_t next;			/* of the same TTL */
	uint32_t before;		/* of a silent one: what is before it */
	uint32_t flows;			/* that met it; 0: none any more */
	uint32_t first_flow;		/* one of them, while there are any */
	uint32_t onward;		/* of these, known one TTL on */
	uint32_t backward;		/* of these, known one TTL back */
	uint32_t first_out;		/* edges; see struct tr_edge */
	uint32_t first_in;
	uint32_t out_degree;		/* edges with a flow */
	uint32_t in_degree;
	uint32_t stop_flows;		/* FULL rules, plan.h: onward and */
	uint32_t stop_ways;		/* out_degree when they first held */
};

struct tr_edge {
	uint32_t from;
	uint32_t to;
	uint32_t flows;			/* 0: none any more */
	uint32_t next_out;		/* of the same from */
	uint32_t next_in;		/* of the same to */
};

struct tr_cell {
	uint16_t vertex;		/* number + 1; 0: not answered */
	uint16_t newest;		/* of the newest answer, likewise */
	uint8_t	 sent;			/* probes, at most 255 are counted */
	uint8_t	 settled;		/* of these, answered or given up */
	uint8_t	 answered;
	uint8_t	 switches;		/* answers other than the one before */
};

/* A TTL. */
struct tr_hop_facts {
	uint32_t first_vertex;
	uint32_t width;			/* vertices with a flow */
	uint32_t top;			/* flows below this may have cells */
	uint32_t asked;			/* cells with a probe */
	uint32_t answered;		/* cells with a vertex */
	uint32_t waiting;		/* cells without one, probe under way */
	uint32_t probes;
	uint32_t answers;		/* to as many probes */
	uint32_t lost;			/* given up so far */
	uint32_t repeats;		/* answers to cells that had one */
	uint32_t switches;
	uint32_t cells_switched;
	uint32_t cells_unsteady;	/* with more than one switch */
};

struct tr_discovery {
	uint8_t	 first_ttl;
	uint8_t	 max_ttl;
	uint32_t flows_max;
	uint32_t flows;			/* flows below this were used */
	int	 farthest;		/* the last TTL with a vertex; else
					   first_ttl - 1 */
	struct tr_vertex *vertices;
	uint32_t vertex_count;
	uint32_t vertex_size;
	uint32_t vertices_max;
	struct tr_edge *edges;
	uint32_t edge_count;
	uint32_t edge_size;
	uint32_t edges_max;
	struct tr_hop_facts *hops;	/* by TTL, to one behind the last */
	struct tr_cell *cells;		/* by TTL, then flow */
	uint8_t	 *ends;			/* by flow: TTL of its end; 0 none */
	int	 nearest_end;		/* the least of these; 0: none */
};

/*
 * Nothing known yet, of flows 0 to flows_max - 1 at TTLs first_ttl to max_ttl.
 * Returns NULL without memory.  Free with tr_discovery_free().
 */
struct tr_discovery *tr_discovery_new(uint8_t first_ttl, uint8_t max_ttl,
    uint32_t flows_max);
void tr_discovery_free(struct tr_discovery *discovery);

/*
 * For many discoveries, one after the other, in the same memory: room for so
 * many vertices and edges is made now, and there will be no more; what finds no
 * room is TR_ENOMEM as ever.  To be called before anything is known.  Returns
 * TR_OK or TR_ENOMEM.
 */
int tr_discovery_reserve(struct tr_discovery *discovery, uint32_t vertices,
    uint32_t edges);

/* The bytes that such a one takes. */
size_t tr_discovery_memory(uint8_t first_ttl, uint8_t max_ttl,
    uint32_t flows_max, uint32_t vertices, uint32_t edges);

/* Nothing is known any more; room that was made stays. */
void tr_discovery_reset(struct tr_discovery *discovery);

/* Some flow meets the vertex, and its route goes on behind it. */
bool tr_vertex_goes_on(const struct tr_vertex *vertex);

/* The cell of a flow below flows_max at a TTL in range. */
struct tr_cell *tr_discovery_cell(const struct tr_discovery *discovery,
    uint32_t flow, int ttl);

/* The vertex that the flow meets; NULL: not known. */
struct tr_vertex *tr_discovery_at(const struct tr_discovery *discovery,
    uint32_t flow, int ttl);

/* The first flow that meets the vertex and is known one TTL on, or NONE. */
uint32_t tr_discovery_flow_through(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex);

/* True when the route of the flow is known to end before the TTL. */
bool tr_discovery_ended(const struct tr_discovery *discovery, uint32_t flow,
    int ttl);

/* Flows that were sent to the TTL and do not end before it. */
uint32_t tr_discovery_asked(const struct tr_discovery *discovery, int ttl);

/* A probe of the flow was sent. */
void tr_discovery_sent(struct tr_discovery *discovery, uint32_t flow,
    int ttl);

/* No answer to it is awaited any more. */
void tr_discovery_lost(struct tr_discovery *discovery, uint32_t flow,
    int ttl);

/*
 * It was answered, with any verdict but NONE; late: after it was given up.
 * Returns TR_OK or TR_ENOMEM.
 */
int tr_discovery_answered(struct tr_discovery *discovery, uint32_t flow,
    int ttl, const struct tr_address *address, enum tr_verdict verdict,
    bool late);

/*
 * Do flows that meet this TTL meet the same vertex each time, as far as is
 * known?  Not where one was seen to change, nor behind it until a TTL with a
 * single vertex.
 */
bool tr_discovery_is_steady(const struct tr_discovery *discovery, int ttl);

/*
 * Answers at a TTL to flows that had one before: of those that meet a vertex
 * of the TTL before, or (NULL) of all.
 */
uint32_t tr_discovery_repeats(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex, int ttl);

/*
 * Does nobody answer at this TTL, though as many answers as were lost at the
 * others would have let some come through, but for one chance in a hundred
 * thousand?
 */
bool tr_discovery_is_mute(const struct tr_discovery *discovery, int ttl);

/*
 * Was the flow sent so often without an answer, with none to come, though its
 * route goes on here?
 */
bool tr_discovery_is_silent_cell(const struct tr_discovery *discovery,
    uint32_t flow, int ttl, unsigned attempts);

/*
 * Are cells of this TTL silent that loss does not explain?  True when, as
 * often as answers at this TTL were lost, so many cells without any answer
 * after so many attempts are less likely than one in a hundred.
 */
bool tr_discovery_is_silent(const struct tr_discovery *discovery, int ttl,
    unsigned attempts, uint32_t *cells);

/*
 * An end of routes to which no flow is known to come from the TTL before, and
 * that is known from a lower TTL too, may be just that, of which the answer
 * was lost: then it is not proven.
 */
bool tr_discovery_is_proven(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex);

/*
 * The vertices of a TTL that some flow is proven to meet, one after the other;
 * NULL behind the last.  And how many they are.
 */
struct tr_vertex *tr_discovery_first(const struct tr_discovery *discovery,
    int ttl);
struct tr_vertex *tr_discovery_next(const struct tr_discovery *discovery,
    const struct tr_vertex *vertex);
uint32_t tr_discovery_width(const struct tr_discovery *discovery, int ttl);

/* How many of them flows go on from. */
uint32_t tr_discovery_width_onward(const struct tr_discovery *discovery,
    int ttl);

/* Nothing more is to come: leave out ends that are not proven. */
void tr_discovery_leave_out_unproven(struct tr_discovery *discovery);

/*
 * And make vertices of the silent cells up to the last TTL that answered, one
 * for each vertex before them; attempts as above.  Call once.  Returns TR_OK
 * or TR_ENOMEM.
 */
int tr_discovery_add_silent(struct tr_discovery *discovery,
    unsigned attempts);

#endif
