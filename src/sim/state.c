#include <stdlib.h>
#include <string.h>

/* Without memory a hash table refuses the row: see add_bucket(). */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->homeless = true)
#include <uthash.h>

#include "base/error.h"
#include "base/random.h"
#include "sim/connections.h"
#include "sim/nat.h"
#include "sim/reassembly.h"
#include "sim/state.h"

/* Buckets by source that a node keeps; beyond it, all sources share one. */
#define BUCKETS_MAX 4096

struct tr_sim_bucket {
	struct tr_address source;
	int64_t	 full_at;
	bool	 homeless;
	UT_hash_handle hh;
};

struct tr_sim_state *
tr_sim_state_new(const struct tr_topology *topology, uint64_t seed)
{
	struct tr_sim_state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		return NULL;
	state->topology = topology;
	state->routing = tr_routing_new(topology);
	state->nodes = calloc((size_t)topology->nodes.count + 1,
	    sizeof(*state->nodes));
	state->port_identified = calloc((size_t)topology->ports.count + 1,
	    sizeof(*state->port_identified));
	if (state->routing == NULL || state->nodes == NULL ||
	    state->port_identified == NULL) {
		tr_sim_state_free(state);
		return NULL;
	}
	tr_sim_state_reset(state, seed);
	return state;
}

static void
clear_buckets(struct tr_sim_node_state *node)
{
	struct tr_sim_bucket *bucket, *next;

	HASH_ITER(hh, node->buckets, bucket, next) {
		HASH_DEL(node->buckets, bucket);
		free(bucket);
	}
}

static void
clear_node(struct tr_sim_node_state *node)
{
	clear_buckets(node);
	tr_sim_nat_clear(node);
	tr_sim_connections_clear(&node->translated);
	tr_sim_connections_clear(&node->passed);
	tr_sim_partials_clear(node);
}

void
tr_sim_state_reset(struct tr_sim_state *state, uint64_t seed)
{
	const struct tr_topology *topology = state->topology;

	state->seed = seed;
	state->serial = 0;
	for (uint32_t i = 0; i < topology->nodes.count; i++) {
		clear_node(&state->nodes[i]);
		state->nodes[i] = (struct tr_sim_node_state){
			.identified = tr_random_mix(seed, i),
			.full_at = INT64_MIN / 2,
		};
	}
	for (uint32_t i = 0; i < topology->ports.count; i++)
		state->port_identified[i] = tr_random_mix(seed, ~(uint64_t)i);
}

void
tr_sim_state_free(struct tr_sim_state *state)
{
	if (state == NULL)
		return;
	for (uint32_t i = 0; state->nodes != NULL &&
	    i < state->topology->nodes.count; i++)
		clear_node(&state->nodes[i]);
	tr_routing_free(state->routing);
	free(state->nodes);
	free(state->port_identified);
	free(state);
}

/* --- chance ------------------------------------------------------------- */

uint64_t
tr_sim_draw(const struct tr_sim_state *state, enum tr_sim_luck luck,
    const struct tr_sim_packet *packet, uint32_t place)
{
	return tr_random_mix(tr_random_mix(state->seed, packet->serial),
	    (uint64_t)luck << 32 | place);
}

uint64_t
tr_sim_scale(uint64_t draw, uint64_t below)
{
	const uint64_t high = draw >> 32;

	/* 32 bits of the draw against up to 64 of the bound. */
	return high * (below >> 32) + (high * (below & 0xffffffff) >> 32);
}

bool
tr_sim_chance(const struct tr_sim_state *state, enum tr_sim_luck luck,
    const struct tr_sim_packet *packet, uint32_t place, uint32_t share)
{
	if (share == 0 || state->ideal)
		return false;
	return tr_sim_scale(tr_sim_draw(state, luck, packet, place),
	    TR_SIM_SHARE_ALL) < share;
}

/* --- counters ----------------------------------------------------------- */

/* Others' packets that have used the counter up to now. */
static uint64_t
of_others(const struct tr_sim_identification *id, int64_t now)
{
	return (uint64_t)now / 1000 * id->rate / 1000000;
}

uint16_t
tr_sim_identify(struct tr_sim_state *state, uint32_t number,
    const struct tr_sim_packet *packet, int64_t now)
{
	const struct tr_sim_identification *id =
	    &tr_topology_node(state->topology, number)->id;
	struct tr_sim_node_state *node = &state->nodes[number];
	uint64_t *counter = &node->identified;

	switch (id->kind) {
	case TR_SIM_ID_ZERO:
		return 0;
	case TR_SIM_ID_COPY:
		return packet->id;
	case TR_SIM_ID_RANDOM:
		return (uint16_t)tr_sim_draw(state, TR_SIM_LUCK_ID, packet,
		    number);
	case TR_SIM_ID_INTERFACE:
		if (packet->port != TR_SIM_NONE)
			counter = &state->port_identified[packet->port];
		break;
	case TR_SIM_ID_SHARED:
		break;
	}
	*counter += id->step;
	return (uint16_t)(*counter + of_others(id, now));
}

/* The bucket of a source; the node's own where there is no room for more. */
static int64_t *
bucket_of(struct tr_sim_node_state *node, const struct tr_address *source)
{
	struct tr_sim_bucket *bucket;

	HASH_FIND(hh, node->buckets, source, sizeof(*source), bucket);
	if (bucket != NULL)
		return &bucket->full_at;
	if (HASH_COUNT(node->buckets) >= BUCKETS_MAX)
		return &node->full_at;
	bucket = calloc(1, sizeof(*bucket));
	if (bucket == NULL)
		return &node->full_at;
	bucket->source = *source;
	bucket->full_at = INT64_MIN / 2;
	HASH_ADD(hh, node->buckets, source, sizeof(bucket->source), bucket);
	if (bucket->homeless) {
		free(bucket);
		return &node->full_at;
	}
	return &bucket->full_at;
}

bool
tr_sim_take_token(struct tr_sim_state *state, uint32_t number,
    const struct tr_address *source, int64_t now)
{
	const struct tr_sim_limit *limit =
	    &tr_topology_node(state->topology, number)->limit;
	struct tr_sim_node_state *node = &state->nodes[number];
	int64_t *full_at = &node->full_at;

	if (limit->period == 0 || state->ideal)
		return true;
	if (limit->per_source)
		full_at = bucket_of(node, source);
	if (*full_at < now)
		*full_at = now;
	if (*full_at + limit->period > now +
	    limit->period * (int64_t)limit->burst)
		return false;
	*full_at += limit->period;
	return true;
}
