/*
 * The path MTU: how large a packet may be that comes to the target in one
 * piece, and which hop decides it.
 *
 * First a walk with small packets (strategy/trace.h), which tells the hops
 * that answer and how long that takes.  Then packets of the flow with "don't
 * fragment" set: at first the largest, to the target, or to the last hop that
 * answers.  A router that refuses it says what fits (RFC 1191, RFC 8201),
 * which is tried next, and then a byte more, since it may be wrong.  Where
 * nobody says, or not how much, sizes that are common are tried, then halves,
 * to the byte.  When the size is found, what is a byte larger is sent with
 * other TTLs, until the two hops are known between which it gets lost; and
 * the same again for what comes as far as the nearer of them, so that each
 * hop has its size in the end.
 *
 * Silence is believed when a small packet right behind is answered; what the
 * result rests on in the end is tried until, seeing how many small ones get
 * lost, it is no chance.  Where the small one is not answered either, the next
 * try is a second later: so long does a host wait after a burst of ICMP errors
 * (Linux, icmp(7)).
 *
 * TCP sends the size as data of a SYN, which hosts accept or ignore
 * (RFC 9293, 3.10.7.4); so the small packets of trials have data as well.
 */
#ifndef TR_STRATEGY_MTU_H
#define TR_STRATEGY_MTU_H

#include <stdint.h>

#include "engine/strategy.h"
#include "strategy/trace.h"

struct tr_mtu_config {
	struct tr_trace_config walk;
	struct tr_address target;
	uint16_t walk_size;	/* of the walk's packets, bytes */
	uint16_t size_max;	/* of the largest: the flow's */
	uint32_t interface_mtu;	/* of the way out; 0: not known */
};

/* The least MTU that a link may have; family is 4 or 6. */
uint16_t tr_mtu_least(uint8_t family);

/* How many probes can be sent at most. */
uint32_t tr_mtu_probes_max(const struct tr_mtu_config *config);

struct tr_mtu;

/* Returns NULL without memory.  Free with tr_mtu_free(). */
struct tr_mtu *tr_mtu_new(const struct tr_mtu_config *config);
void tr_mtu_free(struct tr_mtu *mtu);

/* What the engine drives; its state is the struct tr_mtu. */
extern const struct tr_strategy tr_mtu_strategy;

#endif
