/*
 * Parts of finding the truth (sim/truth.h) that stand on their own.
 */
#ifndef TR_SIM_TRUTH_PART_H
#define TR_SIM_TRUTH_PART_H

#include "sim/packet.h"
#include "sim/routing.h"
#include "sim/truth.h"

/*
 * sim/truth_probe.c: make the probe that is asked about, with a TTL of 1.
 * Returns TR_OK or TR_ENOMEM.
 */
int tr_truth_make_probe(const struct tr_truth_probe *probe,
    struct tr_sim_packet *packet);

/*
 * sim/truth_loops.c: the nodes that a packet to dst may come to more than
 * once; some that it cannot may be among them.  loops has a place for each
 * node.  Returns TR_OK or TR_ENOMEM.
 */
int tr_truth_find_loops(const struct tr_topology *topology,
    struct tr_routing *routing, const struct tr_address *dst, int64_t at,
    bool *loops);

#endif
