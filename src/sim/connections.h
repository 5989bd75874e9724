/*
 * Connections that a node remembers: those that a firewall let pass, so that
 * what belongs to them passes back; those whose destination a NAT translated,
 * so that only their answers are translated back.
 */
#ifndef TR_SIM_CONNECTIONS_H
#define TR_SIM_CONNECTIONS_H

#include <stdbool.h>

#include "sim/packet.h"

/* That one node remembers for one purpose; others are not. */
#define TR_SIM_CONNECTIONS_MAX 65536

/* A set of connections; NULL when empty. */
struct tr_sim_connection;

/*
 * Remember the connection of a packet as it stands.  Protocols without ports
 * have one connection between two addresses; echoes are told apart by their
 * id.  Without memory, or room, it is not remembered.
 */
void tr_sim_connection_note(struct tr_sim_connection **connections,
    const struct tr_sim_packet *packet);

/*
 * Is the packet of a connection that was noted?  reversed: of one that was
 * noted the other way round.
 */
bool tr_sim_connection_is_known(const struct tr_sim_connection *connections,
    const struct tr_sim_packet *packet, bool reversed);

void tr_sim_connections_clear(struct tr_sim_connection **connections);

#endif
