/*
 * The path that a run found: every probe, every reply, and what follows from
 * them.  Built from the engine's records; every output reads this and
 * nothing else.
 */
#ifndef TR_RESULT_PATH_H
#define TR_RESULT_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "engine/record.h"
#include "packet/icmp.h"
#include "result/annotations.h"
#include "result/run.h"

#define TR_PATH_NONE UINT32_MAX

/* An answer to a probe. */
struct tr_path_reply {
	uint32_t probe;
	uint32_t next;			/* of the same probe; TR_PATH_NONE */
	int64_t	 received;		/* capture's clock, ns */
	struct tr_address responder;
	enum tr_verdict verdict;
	struct tr_match match;
	bool	 late;			/* after its hop was final */
	bool	 duplicate;		/* the probe had an answer already */
	bool	 resets_early;		/* a RST that its TTL gives away: */
					/* sent by the hop before */
	uint8_t	 ttl;			/* of the reply as it arrived */
	uint8_t	 tos;
	uint16_t ip_id;
	uint16_t size;			/* of the IP packet */
	bool	 is_icmp;
	uint8_t	 icmp_type;
	uint8_t	 icmp_code;
	uint16_t mtu;			/* of too big; else 0 */
	uint8_t	 tcp_flags;		/* of a TCP answer */
	bool	 has_quote;
	struct tr_identity quote;
	enum tr_icmp_extension_place extension_place;
	uint8_t	 extension_length;	/* the length field, as it was sent */
	uint8_t	*extension;		/* owned; NULL when none */
	size_t	 extension_size;
};

struct tr_path_probe {
	uint8_t	 ttl;			/* 0: not known (quote only) */
	uint32_t flow;			/* its number; 0 is the run's own */
	uint32_t next;			/* of the same TTL; TR_PATH_NONE */
	bool	 captured;		/* seen leaving */
	bool	 rewritten;		/* it left changed: local NAT */
	int64_t	 sent;			/* capture's clock, or TR_TIME_NONE */
	int	 error;			/* errno of the send; 0: none */
	struct tr_identity identity;	/* as it left */
	uint32_t first_reply;		/* in order of arrival; TR_PATH_NONE */
	uint32_t last_reply;
	uint8_t	 replies;		/* at most TR_REPLIES_MAX are kept */
	bool	 answered;		/* one says something of the route */
};

/* What is known of the TCP port that was probed. */
enum tr_port_state {
	TR_PORT_UNKNOWN,	/* not TCP, or no probe got that far */
	TR_PORT_OPEN,		/* SYN-ACK */
	TR_PORT_CLOSED,		/* RST from the host */
	TR_PORT_FILTERED,	/* silence, a refusal, a forged RST */
	TR_PORT_UNFILTERED,	/* RST to an ACK: reachable, state not known */
};

const char *tr_port_state_name(enum tr_port_state state);

/* What follows from the probes and replies; tr_path_conclude() fills it. */
struct tr_conclusion {
	enum tr_stop stop;
	bool	 reached;
	uint8_t	 first_ttl;		/* of the hops to show */
	uint8_t	 last_ttl;		/* 0: none to show */
	uint8_t	 last_answer_ttl;	/* the last hop that answered; 0 none */
	struct tr_address last_answer;
	enum tr_port_state port;
	bool	 forged_reset;		/* the RSTs are not the host's */
	uint8_t	 forged_by_ttl;		/* the hop that sent them */
};

#define TR_CLOCK_STEP_LEAST	(100 * TR_MILLISECOND)

/* What the capture tells of itself. */
struct tr_capture_counts {
	bool	 known;
	uint64_t received;
	uint64_t dropped;		/* by the kernel, for lack of room */
	uint64_t interface_dropped;
	int64_t	 clock_step;		/* ns by which the capture's clock */
					/* was set forward during the run; */
					/* TR_CLOCK_STEP_LEAST or more, or 0 */
};

struct tr_path {
	struct tr_run	 run;
	struct tr_path_probe *probes;
	uint32_t	 probe_count;
	uint32_t	 probe_size;
	uint32_t	 first_of_ttl[256];	/* TR_PATH_NONE: none */
	uint32_t	 last_of_ttl[256];
	uint32_t	 count_of_ttl[256];
	struct tr_path_reply *replies;
	uint32_t	 reply_count;
	uint32_t	 reply_size;
	bool		 interrupted;	/* by the user */
	int64_t		 interrupted_at;	/* when, by the capture's */
						/* clock; TR_TIME_NONE: not */
						/* known */
	bool		 cut_short;	/* by the user or a limit of theirs */
	enum tr_stop	 stop_told;	/* what the END record said */
	struct tr_capture_counts capture;
	struct tr_annotations *annotations;	/* names and such; borrowed, */
						/* NULL: none are known */
	struct tr_conclusion conclusion;
};

/* An empty path for a run.  Returns NULL without memory. */
struct tr_path *tr_path_new(const struct tr_run *run);
void tr_path_free(struct tr_path *path);

/*
 * Take a record in; what it borrows is copied.  Returns TR_OK, TR_ENOMEM, or
 * TR_ERANGE for a record about a probe that was never told of.  Probes are
 * numbered in the order of their PROBE records.
 */
int tr_path_apply(struct tr_path *path, const struct tr_record *record);

/* Draw the conclusions from what is there so far; may be called again. */
void tr_path_conclude(struct tr_path *path);

/*
 * Was the probe sent for its size, and not for the walk?  Such ones go to hops
 * that are known, and are not among their queries.
 */
bool tr_path_is_sized(const struct tr_path *path,
    const struct tr_path_probe *probe);

/*
 * A reply to a probe whose flow was varied on purpose (engine/flow.h), or that
 * was sent for its size: it tells of a balancer, or of a link, not of how the
 * route to the target ends.
 */
bool tr_path_is_aside(const struct tr_path *path,
    const struct tr_path_reply *reply);

/*
 * The answer that counts for a probe: the first that says something of the
 * route and was not late; NULL when there is none.
 */
const struct tr_path_reply *tr_path_answer(const struct tr_path *path,
    const struct tr_path_probe *probe);

/*
 * Where the responder stands: the first hop for which it answered as router,
 * from as far as this reply where several have its address.
 */
uint8_t tr_path_hop_of(const struct tr_path *path,
    const struct tr_path_reply *reply);

/* Time from the probe's departure to the reply, ns, or TR_TIME_NONE. */
int64_t tr_path_round_trip(const struct tr_path *path,
    const struct tr_path_reply *reply);

/*
 * How many hops the reply came: guessed from its TTL and the next higher of
 * the usual initial values 32, 64, 128, 255, counting the responder.
 */
uint8_t tr_path_return_hops(const struct tr_path_reply *reply);

/* What a refusal says. */
enum tr_refusal {
	TR_REFUSAL_NONE,
	TR_REFUSAL_FORBIDDEN,	/* prohibited, or a router's "port */
				/* unreachable" */
	TR_REFUSAL_RESET,	/* in the host's name, by another */
	TR_REFUSAL_NO_WAY,	/* no network, no host */
	TR_REFUSAL_TOO_BIG,
};

/* Of an answer whose verdict is STOPPED. */
enum tr_refusal tr_path_refusal(const struct tr_path_reply *reply);

#define TR_MARK_MAX 16

/*
 * traceroute(8)'s mark for an answer ("!X", "!F-1300", "!<13>"), or an empty
 * text where it prints none.  Returns mark.
 */
const char *tr_path_mark(const struct tr_path_reply *reply,
    char mark[TR_MARK_MAX]);

#endif
