/*
 * A scripted network in virtual time, for the tests of the engine and of
 * strategies: the engine's packets go in, what each hop is told to answer
 * comes out as frames.  It parses and builds packets on its own, with fixed
 * offsets, so that it shares no mistake with the code under test.
 */
#ifndef TR_TESTS_SCRIPTED_H
#define TR_TESTS_SCRIPTED_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "result/path.h"
#include "strategy/rounds.h"
#include "strategy/trace.h"

#define HOPS_MAX 64

enum scripted_kind {
	HOP_ROUTER,		/* time exceeded */
	HOP_SILENT,
	HOP_HOST,		/* port unreachable, echo reply, SYN-ACK */
	HOP_HOST_CLOSED,	/* the same, but RST for TCP */
	HOP_HOST_TALKS,		/* the same, but a datagram for UDP */
	HOP_PROHIBITS,		/* lets nothing by: admin prohibited */
	HOP_RESETS,		/* lets no TCP by: RST in the host's name */
};

struct scripted_hop {
	enum scripted_kind kind;
	int64_t	 delay;		/* there and back */
	unsigned answers;	/* how many probes get an answer; 0: all */
	bool	 twice;		/* each answer comes twice */
	unsigned slow_every;	/* each n-th answer takes slow_by longer */
	int64_t	 slow_by;
	bool	 translates;	/* quotes another source and checksum, as a */
				/* NAT that does not mend the quote does */
};

struct scripted {
	struct scripted_hop hops[HOPS_MAX + 1];	/* by TTL, from 1 */
	int	 length;	/* the last hop; beyond it, the same answers */
	unsigned answered[HOPS_MAX + 1];
	bool	 hide_departures;	/* the capture does not show them */
	int	 send_error;	/* errno of every send; 0: none */
	unsigned full_queue;	/* this many sends find the queue full */
	/* The network becomes another before the first probe from then on. */
	int64_t	 changes_at;	/* 0: never */
	void	 (*change)(struct scripted *script);

	/* What the run did. */
	unsigned sent;
	unsigned sent_to[256];
	unsigned most_in_flight;
	int64_t	 first_hop_at;	/* time of the first HOP record */
	unsigned hops_told;	/* HOP records */
	int64_t	 ended_at;
	struct tr_path *path;
};

/*
 * Trace through the network and return the concluded path, also kept in
 * script->path: free it with tr_path_free().  stop_at: the user stops then;
 * TR_TIME_NEVER: not at all.  Fails the test (cmocka) where the engine breaks
 * its contract.
 */
struct tr_path *scripted_trace(struct scripted *script,
    const struct tr_flow *flow, const struct tr_trace_config *config,
    int64_t stop_at);

/* The same in rounds: config is that of the walk. */
struct tr_path *scripted_rounds(struct scripted *script,
    const struct tr_flow *flow, const struct tr_trace_config *config,
    const struct tr_rounds_config *rounds, int64_t stop_at);

/* The usual: UDP (or what is asked for) over IPv4 or IPv6, and defaults. */
void scripted_flow(struct tr_flow *flow, enum tr_protocol protocol,
    uint8_t family);
void scripted_config(struct tr_trace_config *config);

/* A chain of routers and a host at the end; delays grow evenly to total. */
void scripted_chain(struct scripted *script, int length, int64_t total);

/*
 * Answers to a probe of size bytes, sent by hop; each writes a packet from
 * its IP header on and returns its size.
 */
size_t scripted_error(const uint8_t *probe, size_t size, const uint8_t *from,
    int hop, uint8_t type, uint8_t code, bool translates, uint8_t *frame);
size_t scripted_echo_reply(const uint8_t *probe, size_t size, int hop,
    uint8_t *frame);
size_t scripted_tcp(const uint8_t *probe, int hop, uint8_t flags,
    uint8_t *frame);

/* Feed any frame at a time: for replies that nobody asked for. */
typedef void scripted_intruder_fn(const uint8_t *probe, size_t size,
    uint8_t *frame, size_t *frame_size);
extern scripted_intruder_fn *scripted_intruder;

#endif
