/*
 * What a node does to addresses, ports and sequence numbers of packets that
 * pass it: translation of the source (many to one), translation of the
 * destination (one to one), and a firewall's moving of TCP sequence numbers.
 *
 * As Linux does it: a destination is translated as the packet comes in, before
 * anything else; a source as it leaves.  An ICMP error on its way back is
 * translated outside, and the packet that it quotes inside, as far as the
 * rule's mending says.  Checksums are adjusted (RFC 1624), so that a wrong
 * one stays wrong; that of an ICMP error is made anew.
 */
#ifndef TR_SIM_NAT_H
#define TR_SIM_NAT_H

#include "sim/visit.h"

/* Mappings that one node keeps; a flow beyond is dropped. */
#define TR_SIM_MAPPINGS_MAX 65536

/* The packet comes in: answers to what was translated are set back. */
void tr_sim_nat_in(struct tr_sim_visit *visit);

/* It leaves.  TR_OK; TR_ENOMEM, or TR_ERANGE where the table is full. */
int tr_sim_nat_out(struct tr_sim_visit *visit);

/* The node's own answer leaves: in the name that the prober knows. */
void tr_sim_nat_own(struct tr_sim_visit *visit);

void tr_sim_nat_clear(struct tr_sim_node_state *node);

#endif
