#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->homeless = true)
#include <uthash.h>

#include "sim/connections.h"

/* One way of a connection; hashed as it lies, so it is cleared first. */
struct key {
	struct tr_address from;
	struct tr_address to;
	uint8_t	 protocol;
	uint16_t from_port;
	uint16_t to_port;
};

struct tr_sim_connection {
	struct key key;
	bool	 homeless;
	UT_hash_handle hh;
};

static void
fill_key(struct key *key, const struct tr_sim_packet *packet, bool reversed)
{
	uint16_t from_port = 0, to_port = 0;

	if (tr_sim_is_icmp(packet) && packet->has_second)
		from_port = to_port = (uint16_t)(packet->second >> 16);
	else if ((packet->protocol == TR_SIM_IPPROTO_UDP ||
	    packet->protocol == TR_SIM_IPPROTO_TCP) && packet->has_word) {
		from_port = tr_sim_source_port(packet);
		to_port = tr_sim_destination_port(packet);
	}
	memset(key, 0, sizeof(*key));
	key->protocol = packet->protocol;
	key->from = reversed ? packet->dst : packet->src;
	key->to = reversed ? packet->src : packet->dst;
	key->from_port = reversed ? to_port : from_port;
	key->to_port = reversed ? from_port : to_port;
}

bool
tr_sim_connection_is_known(const struct tr_sim_connection *connections,
    const struct tr_sim_packet *packet, bool reversed)
{
	const struct tr_sim_connection *found;
	struct key key;

	if (connections == NULL)
		return false;
	fill_key(&key, packet, reversed);
	HASH_FIND(hh, connections, &key, sizeof(key), found);
	return found != NULL;
}

void
tr_sim_connection_note(struct tr_sim_connection **connections,
    const struct tr_sim_packet *packet)
{
	struct tr_sim_connection *made;

	if (tr_sim_connection_is_known(*connections, packet, false) ||
	    HASH_COUNT(*connections) >= TR_SIM_CONNECTIONS_MAX)
		return;
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return;
	fill_key(&made->key, packet, false);
	HASH_ADD(hh, *connections, key, sizeof(made->key), made);
	if (made->homeless)
		free(made);
}

void
tr_sim_connections_clear(struct tr_sim_connection **connections)
{
	struct tr_sim_connection *connection, *next;

	HASH_ITER(hh, *connections, connection, next) {
		HASH_DEL(*connections, connection);
		free(connection);
	}
}
