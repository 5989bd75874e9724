/*
 * The simulated network at work: packets go in at a prober, wait on links,
 * visit nodes, and what is for a prober comes out, each at its time.  Time is
 * what the caller says it is; the first packet's is the file's time 0.
 *
 * The same topology, seed and packets at the same times give the same packets
 * at the same times.
 */
#ifndef TR_SIM_NETWORK_H
#define TR_SIM_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "sim/topology.h"

/* Bytes that may be under way; packets beyond are dropped, and counted. */
#define TR_NETWORK_BYTES_MAX	(512 << 20)

struct tr_network;

struct tr_network_counts {
	uint64_t taken;			/* from probers */
	uint64_t malformed;		/* of these: no packet at all */
	uint64_t delivered;		/* to probers */
	uint64_t overflowed;		/* no room for so many under way */
};

/* The topology is borrowed.  NULL without memory. */
struct tr_network *tr_network_new(const struct tr_topology *topology,
    uint64_t seed);
void tr_network_free(struct tr_network *network);

/* As new, with this seed; what was under way is gone. */
void tr_network_reset(struct tr_network *network, uint64_t seed);

const struct tr_topology *tr_network_topology(
    const struct tr_network *network);

/*
 * A prober sends a packet, from its IP header on, at time now.  Packets are
 * sent in the order of time, and what was due by then has been taken
 * (tr_network_run()); a little too late is no harm but that nodes may have
 * counted others first.  Returns TR_OK also for what is dropped later;
 * TR_ERANGE when the link at the prober cannot carry it, TR_ENOTFOUND when
 * the prober has no way there, TR_EFORMAT when it is no packet, TR_ENOMEM.
 */
int tr_network_send(struct tr_network *network, uint32_t prober,
    const uint8_t *packet, size_t size, int64_t now);

/* When something happens next; TR_TIME_NEVER: nothing until a packet comes. */
int64_t tr_network_next(const struct tr_network *network);

struct tr_delivery {
	int64_t	 at;
	uint32_t prober;
	const uint8_t *packet;		/* borrowed until the next call */
	size_t	 size;
};

/*
 * Let time pass until a packet is for a prober, or until until.  Returns 1
 * with the delivery, 0 when there is none by then, TR_ENOMEM.
 */
int tr_network_run(struct tr_network *network, int64_t until,
    struct tr_delivery *delivery);

/*
 * Let tr_network_run() return 0 after so many events, though more are due;
 * 0: after any number.  In real time others want their turn.
 */
void tr_network_limit(struct tr_network *network, uint32_t burst);

/*
 * Called for each packet that a node takes in (inward) or sends out, as it
 * stands on the link, in the order of time; packet is borrowed.
 */
typedef void tr_network_tap_fn(void *context, int64_t at, bool inward,
    const uint8_t *packet, size_t size);

/* Listen at a node; TR_SIM_NONE: no longer. */
void tr_network_tap(struct tr_network *network, uint32_t node,
    tr_network_tap_fn *tap, void *context);

void tr_network_count(const struct tr_network *network,
    struct tr_network_counts *counts);

#endif
