/*
 * A host puts fragments together (RFC 791, 3.2; RFC 8200, 4.5), and so does a
 * router that looks behind the IP header of each packet: in the order that they
 * come in, each byte once, for a few packets at a time.
 */
#ifndef TR_SIM_REASSEMBLY_H
#define TR_SIM_REASSEMBLY_H

#include "sim/visit.h"

/* Packets that a node puts together at once; the oldest gives way. */
#define TR_SIM_PARTIALS_MAX 64

/*
 * Take a fragment in.  Returns 1 when packet is the whole now, 0 when more is
 * to come, TR_ENOMEM, or TR_EFORMAT for one that fits nothing.
 */
int tr_sim_reassemble(struct tr_sim_visit *visit);

void tr_sim_partials_clear(struct tr_sim_node_state *node);

#endif
