/*
 * What is known of how far packets of which sizes come: the trials that were
 * made, and what follows from them.  Knows no time: strategy/mtu.c makes the
 * trials, and result/mtu.c fills in those of a path, so that both conclude the
 * same.
 *
 * A packet that a router answers with "time exceeded", or the target with
 * anything, came there.  One that a router refuses as too big came to that
 * router, and not to the hop behind it.  One that nobody answers did not come
 * there only if another, small one, sent right behind it, is answered.
 *
 * What a router tells is taken for what it says, never for the truth: a size
 * that came through proves a lower one told to be a lie, and one that is not
 * below what was refused tells only that.
 */
#ifndef TR_STRATEGY_SIZES_H
#define TR_STRATEGY_SIZES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

#define TR_SIZES_TTL_MAX	255
#define TR_SIZES_TRIALS_MAX	200

/* Every link carries as much: RFC 791, 3.2; RFC 8200, 5. */
#define TR_SIZES_LEAST4		68
#define TR_SIZES_LEAST6		1280

/* The small packet of a trial is so much larger than those of the walk. */
#define TR_SIZES_CONTROL_MORE	4

enum tr_size_outcome {
	TR_SIZE_WAITING,
	TR_SIZE_PASSED,		/* answered from its TTL */
	TR_SIZE_REFUSED,	/* too big, said a router */
	TR_SIZE_UNSENT,		/* too big, said this host */
	TR_SIZE_BARRED,		/* this host does not send it, for another */
				/* reason: a packet filter, say */
	TR_SIZE_SILENT,		/* nobody said anything of it */
};

struct tr_size_trial {
	enum tr_size_outcome outcome;
	uint8_t	 ttl;
	uint16_t size;			/* of the IP packet, bytes */
	uint16_t told;			/* REFUSED: the MTU that was told */
	uint8_t	 hop;			/* REFUSED: the router's; 0: which */
					/* one it is is not known */
	struct tr_address by;		/* REFUSED */
	int	 error;			/* BARRED: errno */
};

/* A hop, as the walk found it. */
struct tr_size_hop {
	bool	 answers;
	bool	 is_router;		/* else the target */
	struct tr_address address;	/* of its first answer */
	unsigned sent;			/* of the walk's packets */
	unsigned heard;			/* ... so many were answered */
};

struct tr_sizes {
	struct tr_address target;
	uint16_t least;			/* TR_SIZES_LEAST4 or 6 */
	uint16_t most;			/* the largest that is tried */
	uint16_t walk;			/* of the walk's packets */
	uint16_t interface;		/* MTU of the way out; 0: not known */
	struct tr_size_hop hops[TR_SIZES_TTL_MAX + 1];
	struct tr_size_trial trials[TR_SIZES_TRIALS_MAX];
	unsigned count;
};

/* How a limit is known. */
enum tr_size_source {
	TR_SIZE_SOURCE_NONE,
	TR_SIZE_SOURCE_TOLD,		/* a router said so */
	TR_SIZE_SOURCE_SILENCE,
	TR_SIZE_SOURCE_INTERFACE,	/* this host's own */
	TR_SIZE_SOURCE_HOST,		/* this host, though its interface */
					/* could send more */
};

/* What comes as far as a hop, and where that is decided. */
struct tr_size_limit {
	uint16_t mtu;		/* the largest that came; 0: none that was */
				/* tried, or nothing was */
	uint16_t refused;	/* the least that did not; 0: not known */
	enum tr_size_source source;	/* of refused, or of an mtu that is */
					/* all that can leave */
	uint8_t	 after;		/* refused came to this hop (0: this host) */
	uint8_t	 before;	/* and not to this one; 0: not known */
	struct tr_address teller;	/* TOLD */
	uint16_t told;			/* TOLD: the size, if it said one */
	int	 error;			/* HOST: errno */
};

/* For no trials yet. */
void tr_sizes_init(struct tr_sizes *sizes, const struct tr_address *target,
    uint16_t walk, uint16_t most, uint32_t interface);

/* The walk sent a packet with this TTL. */
void tr_sizes_walked(struct tr_sizes *sizes, uint8_t ttl);

/* The walk had an answer for this TTL, from a router or from the target. */
void tr_sizes_answered(struct tr_sizes *sizes, uint8_t ttl,
    const struct tr_address *address, bool by_router);

/*
 * The hop to find the size for: the target, or the last router that answers; 0
 * where none does.  A router that answers in place of the target, as packet
 * filters do, is not the target; but what has the target's address is, though
 * behind a destination NAT routers have it as well.
 */
uint8_t tr_sizes_target(const struct tr_sizes *sizes);

/* The size of the small packet of a trial. */
uint16_t tr_sizes_control(const struct tr_sizes *sizes);

/*
 * A packet was sent.  Returns the trial, WAITING, whose outcome the caller
 * sets; or NULL when there is no room.
 */
struct tr_size_trial *tr_sizes_add(struct tr_sizes *sizes, uint8_t ttl,
    uint16_t size);

/* A router said that it is too big, and what fits (0: it did not say). */
void tr_sizes_refuse(const struct tr_sizes *sizes,
    struct tr_size_trial *trial, const struct tr_address *by, uint16_t told);

/* This host did. */
void tr_sizes_keep_back(const struct tr_sizes *sizes,
    struct tr_size_trial *trial);

/* This host did not send it, but said nothing of its size. */
void tr_sizes_bar(struct tr_size_trial *trial, int error);

/* The largest size that came as far as a hop; 0: none that was tried. */
uint16_t tr_sizes_reached(const struct tr_sizes *sizes, uint8_t ttl);

/* So many were sent with this size to this TTL. */
unsigned tr_sizes_tries(const struct tr_sizes *sizes, uint16_t size,
    uint8_t ttl);

/* So many small ones were answered since the first of those. */
unsigned tr_sizes_heard(const struct tr_sizes *sizes, uint16_t size,
    uint8_t ttl);

/* How many small packets to a hop were lost, of how many. */
struct tr_size_loss {
	unsigned lost;
	unsigned sent;
};

void tr_sizes_loss(const struct tr_sizes *sizes, uint8_t ttl,
    struct tr_size_loss *loss);

/*
 * Did so many packets of this size get lost on the way to this hop that it is
 * no chance, seeing how many small ones do?
 */
bool tr_sizes_is_no_chance(const struct tr_sizes *sizes, uint16_t size,
    uint8_t ttl);

/* Is silence about this size, sent with this TTL, the size's fault? */
bool tr_sizes_is_silent(const struct tr_sizes *sizes, uint16_t size,
    uint8_t ttl);

/* Did anybody refuse, or this host keep back, a packet of just this size? */
bool tr_sizes_is_refused(const struct tr_sizes *sizes, uint16_t size);

/* Did anybody tell of this size that it fits? */
bool tr_sizes_is_told(const struct tr_sizes *sizes, uint16_t size);

/*
 * Is it sure that what the limit of this hop has as refused does not come
 * there?  Somebody said so, or the silence is no chance.
 */
bool tr_sizes_is_sure(const struct tr_sizes *sizes, uint8_t ttl,
    const struct tr_size_limit *limit);

/* What is known of the packets that come as far as this hop. */
void tr_sizes_limit(const struct tr_sizes *sizes, uint8_t ttl,
    struct tr_size_limit *limit);

#endif
