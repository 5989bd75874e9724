#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->homeless = true)
#include <uthash.h>

#include "base/random.h"
#include "sim/truth.h"
#include "sim/tunnel.h"
#include "sim/visit.h"

/*
 * Probes of so many TTLs are on their way together.  When the lowest has
 * ended, another comes in behind the highest: like it, but for a TTL higher
 * by one.  Several can end at one node, since a tunnel's end may pass a TTL
 * on as it is.
 */
#define WINDOW	4

/* Steps of an answer on its way back. */
#define STEPS_BACK 1024

/* So many fronts are looked at, to list paths one by one. */
#define FRONTS_MAX 200000

/* What makes two fronts one; hashed as it lies, with no padding. */
struct front_key {
	uint64_t content;		/* of the probes */
	uint32_t node;			/* they have come to, or begin at */
	uint32_t port;			/* by this; none: they begin here */
	uint32_t last;			/* vertex of the TTL before; or none */
	uint32_t ttl;			/* of the first of the probes */
};

/* Probes that have come to a node by one way. */
struct front {
	struct front_key key;
	struct tr_sim_packet probes[WINDOW];
	double	 share;			/* of all flows */
	bool	 homeless;
	UT_hash_handle hh;
};

struct finder {
	struct tr_truth *truth;
	const struct tr_topology *topology;
	struct tr_sim_state *state;
	struct tr_sim_packet answer;
	bool	 counts;		/* shares are added up */
	uint32_t fronts;		/* looked at for the list of paths */
};

/* What came of a front at its node. */
struct outcome {
	uint32_t vertices[WINDOW];	/* of the probes that ended: */
	int	 ended;			/* so many of the lowest ... */
	bool	 is_end;		/* ... and no other goes on */
	struct tr_list next;		/* struct front *, owned */
};

/* --- vertices and links ------------------------------------------------- */

static struct tr_truth_vertex *
vertex_at(const struct tr_truth *truth, uint32_t number)
{
	struct tr_truth_vertex *vertices = truth->vertices.items;

	return &vertices[number];
}

static uint32_t
find_vertex(const struct tr_truth *truth, uint8_t ttl,
    const struct tr_address *address, uint32_t node)
{
	for (uint32_t i = truth->vertices.count; i > 0; i--) {
		const struct tr_truth_vertex *vertex = vertex_at(truth,
		    i - 1);

		if (vertex->ttl == ttl &&
		    tr_address_equal(&vertex->address, address) &&
		    (tr_address_is_set(address) || vertex->node == node))
			return i - 1;
	}
	return TR_SIM_NONE;
}

static uint32_t
note_vertex(struct tr_truth *truth, uint8_t ttl,
    const struct tr_address *address, uint32_t node)
{
	uint32_t number = find_vertex(truth, ttl, address, node);
	struct tr_truth_vertex *vertex;

	if (number != TR_SIM_NONE)
		return number;
	vertex = tr_list_add(&truth->vertices, sizeof(*vertex));
	if (vertex == NULL)
		return TR_SIM_NONE;
	vertex->ttl = ttl;
	vertex->address = *address;
	vertex->node = node;
	return truth->vertices.count - 1;
}

static int
note_link(struct tr_truth *truth, uint32_t from, uint32_t to, double share)
{
	struct tr_truth_link *links = truth->links.items, *link;

	if (from == TR_SIM_NONE)
		return TR_OK;
	for (uint32_t i = truth->links.count; i > 0; i--)
		if (links[i - 1].from == from && links[i - 1].to == to) {
			links[i - 1].share += share;
			return TR_OK;
		}
	link = tr_list_add(&truth->links, sizeof(*link));
	if (link == NULL)
		return TR_ENOMEM;
	*link = (struct tr_truth_link){ from, to, share };
	vertex_at(truth, from)->branching++;
	return TR_OK;
}

/* --- fronts ------------------------------------------------------------- */

static void
free_front(struct front *front)
{
	for (int i = 0; i < WINDOW; i++)
		tr_sim_packet_clear(&front->probes[i]);
	free(front);
}

static void
free_next(struct outcome *outcome)
{
	struct front **next = outcome->next.items;

	for (uint32_t i = 0; i < outcome->next.count; i++)
		free_front(next[i]);
	tr_list_clear(&outcome->next);
}

static uint64_t
hash_probe(uint64_t hash, struct tr_sim_packet *probe)
{
	tr_sim_packet_settle(probe);
	for (size_t at = 0; at < probe->size; at += 4)
		hash = tr_random_mix(hash, tr_sim_get_u32(probe, at));
	if (!probe->labelled)
		return hash;
	return tr_random_mix(hash, (uint64_t)probe->label.tunnel << 32 |
	    (uint64_t)probe->label.position << 8 | probe->label.ttl);
}

static void
sign(struct front *front)
{
	uint64_t hash = 0;

	for (int i = 0; i < WINDOW; i++)
		hash = hash_probe(hash, &front->probes[i]);
	front->key.content = hash;
}

/* The probe behind this one: its TTL is higher by one. */
static int
make_follower(const struct finder *finder, struct tr_sim_packet *follower,
    const struct tr_sim_packet *probe)
{
	if (tr_sim_packet_copy(follower, probe) != TR_OK)
		return TR_ENOMEM;
	if (follower->ttl < UINT8_MAX)
		follower->ttl++;
	if (follower->labelled && follower->label.ttl < UINT8_MAX &&
	    tr_sim_tunnel_is_uniform(tr_topology_tunnel(finder->topology,
	    follower->label.tunnel)))
		follower->label.ttl++;
	return TR_OK;
}

/* --- one probe at one node ---------------------------------------------- */

static enum tr_sim_outcome
visit_node(const struct finder *finder, struct tr_sim_visit *visit,
    struct tr_sim_packet *packet, struct tr_sim_packet *answer,
    uint32_t forced)
{
	const int64_t at = finder->truth->question.at;
	const bool begins = packet->port == TR_SIM_NONE;

	tr_sim_visit_begin(visit, finder->state, packet, answer, at);
	visit->forced = forced;
	return begins ? tr_sim_originate(visit) : tr_sim_visit(visit);
}

static void
cross(const struct finder *finder, struct tr_sim_packet *packet,
    uint32_t number)
{
	const struct tr_sim_port *port = tr_topology_port(finder->topology,
	    number);

	packet->port = port->peer;
	packet->node = port->peer_node;
}

/* Where an answer comes from, as the prober sees it; none: it never comes. */
static struct tr_address
source_seen(const struct finder *finder, struct tr_sim_packet *answer)
{
	const struct tr_address none = { .family = 0 };
	struct tr_sim_packet reply = { .bytes = NULL };
	struct tr_address seen = none;
	struct tr_sim_visit visit;

	for (int i = 0; i < STEPS_BACK; i++) {
		const enum tr_sim_outcome outcome = visit_node(finder,
		    &visit, answer, &reply, TR_SIM_NONE);

		if (outcome == TR_SIM_DELIVERED && visit.node->kind ==
		    TR_SIM_PROBER)
			seen = answer->src;
		if (outcome != TR_SIM_ONWARD)
			break;
		cross(finder, answer, visit.out);
	}
	tr_sim_packet_clear(&reply);
	return seen;
}

/* --- one front at one node ---------------------------------------------- */

/* Fields that differ between flows of one kind of probe. */
static unsigned
varying_fields(const struct tr_truth_probe *probe)
{
	unsigned fields = TR_SIM_FIELD_WORD;

	if (probe->protocol == TR_SIM_ICMP)
		fields |= TR_SIM_FIELD_ICMP_ID | TR_SIM_FIELD_ICMP_CHECKSUM;
	else
		fields |= TR_SIM_FIELD_SOURCE_PORT |
		    TR_SIM_FIELD_DESTINATION_PORT;
	if (probe->dst.family == 6)
		fields |= TR_SIM_FIELD_LABEL;
	return fields;
}

/* Can packets that are asked for take several of a balancer's ways? */
static bool
takes_all(const struct finder *finder, const struct tr_sim_balance *balance)
{
	const struct tr_truth_question *question = &finder->truth->question;

	if (balance->spread != TR_SIM_BY_FLOW)
		return true;
	return question->all_flows &&
	    (balance->fields & varying_fields(&question->probe)) != 0;
}

static enum tr_truth_end
end_of(const struct finder *finder, uint32_t ttl, bool is_end,
    const struct tr_address *address)
{
	if (is_end)
		return tr_address_is_set(address) ?
		    TR_TRUTH_ANSWERED : TR_TRUTH_DROPPED;
	return ttl == finder->truth->question.max_ttl ?
	    TR_TRUTH_MAX_TTL : TR_TRUTH_GOES_ON;
}

/* A vertex behind another, which is TR_SIM_NONE for the first of all. */
static int
note_step(struct finder *finder, uint32_t from, uint32_t to, double share)
{
	struct tr_truth *truth = finder->truth;

	if (to == TR_SIM_NONE)
		return TR_ENOMEM;
	if (!finder->counts)
		share = 0;
	vertex_at(truth, to)->reach += share;
	return note_link(truth, from, to, share);
}

/* The probes that ended here become vertices. */
static int
note_ended(struct finder *finder, const struct front *front,
    const struct tr_address *seen, struct outcome *outcome)
{
	struct tr_truth *truth = finder->truth;
	uint32_t last = front->key.last;

	for (int i = 0; i < outcome->ended; i++) {
		const uint32_t ttl = front->key.ttl + (uint32_t)i;
		uint32_t vertex;

		outcome->vertices[i] = TR_SIM_NONE;
		if (ttl > truth->question.max_ttl)
			continue;
		vertex = note_vertex(truth, (uint8_t)ttl, &seen[i],
		    front->key.node);
		if (note_step(finder, last, vertex, front->share) != TR_OK)
			return TR_ENOMEM;
		vertex_at(truth, vertex)->end = end_of(finder, ttl,
		    outcome->is_end && i + 1 == outcome->ended, &seen[i]);
		outcome->vertices[i] = last = vertex;
	}
	return TR_OK;
}

/* One of the ways ends at once: a link that is down, or too narrow. */
static int
note_end(struct finder *finder, const struct front *front,
    enum tr_sim_outcome outcome)
{
	struct tr_address seen = { .family = 0 };
	uint32_t vertex;

	if (outcome == TR_SIM_ANSWERED)
		seen = source_seen(finder, &finder->answer);
	vertex = note_vertex(finder->truth, (uint8_t)front->key.ttl, &seen,
	    front->key.node);
	if (note_step(finder, front->key.last, vertex, front->share) != TR_OK)
		return TR_ENOMEM;
	vertex_at(finder->truth, vertex)->end = end_of(finder,
	    front->key.ttl, true, &seen);
	return TR_OK;
}

static int
add_next(struct outcome *outcome, struct front *next)
{
	struct front **place = tr_list_add(&outcome->next, sizeof(*place));

	if (place == NULL) {
		free_front(next);
		return TR_ENOMEM;
	}
	*place = next;
	sign(next);
	return TR_OK;
}

/* The front behind one of the ways on. */
static int
go_on(struct finder *finder, const struct front *front,
    struct outcome *outcome, uint32_t forced, double share)
{
	const int stay = WINDOW - outcome->ended;
	struct front *next = calloc(1, sizeof(*next));
	struct tr_sim_visit visit;
	int status = TR_OK;

	if (next == NULL)
		return TR_ENOMEM;
	next->key.last = outcome->ended == 0 ? front->key.last :
	    outcome->vertices[outcome->ended - 1];
	next->key.ttl = front->key.ttl + (uint32_t)outcome->ended;
	next->key.node = front->key.node;
	next->share = share;
	for (int i = 0; i < stay && status == TR_OK; i++) {
		struct tr_sim_packet *probe = &next->probes[i];

		enum tr_sim_outcome result;

		status = tr_sim_packet_copy(probe,
		    &front->probes[i + outcome->ended]);
		if (status != TR_OK)
			break;
		result = visit_node(finder, &visit, probe, &finder->answer,
		    forced);
		if (result != TR_SIM_ONWARD) {
			status = result == TR_SIM_NO_MEMORY ? TR_ENOMEM :
			    note_end(finder, next, result);
			free_front(next);
			return status;
		}
		cross(finder, probe, visit.out);
	}
	for (int i = stay; i < WINDOW && status == TR_OK; i++)
		status = make_follower(finder, &next->probes[i],
		    &next->probes[i - 1]);
	next->key.node = next->probes[0].node;
	next->key.port = next->probes[0].port;
	if (status != TR_OK) {
		free_front(next);
		return status;
	}
	return add_next(outcome, next);
}

/* All ways on from a node at which a flow could take several. */
static int
go_all_ways(struct finder *finder, const struct front *front,
    struct outcome *outcome, const struct tr_sim_ways *ways,
    const struct tr_sim_balance *balance)
{
	struct tr_truth *truth = finder->truth;
	int status = TR_OK;

	if (outcome->ended > 0 &&
	    outcome->vertices[outcome->ended - 1] != TR_SIM_NONE) {
		struct tr_truth_vertex *vertex = vertex_at(truth,
		    outcome->vertices[outcome->ended - 1]);

		vertex->balances = true;
		vertex->by_packet = balance->spread != TR_SIM_BY_FLOW;
	}
	for (uint32_t i = 0; i < ways->count && status == TR_OK; i++)
		status = go_on(finder, front, outcome, i, front->share *
		    ways->next[i].weight / (double)ways->weight);
	return status;
}

static bool
has_choice(const struct finder *finder, const struct tr_sim_visit *visit)
{
	return visit->choice.count > 1 &&
	    takes_all(finder, &visit->node->balance);
}

/*
 * Let each probe of a front visit its node.  Those whose TTL runs out come
 * first; if the next does not go on either, none does, and it is the last
 * that a tracer needs; unless it had a choice, and what came of it is one
 * way's.  visit is that of the last probe looked at.
 */
static int
visit_all(struct finder *finder, const struct front *front,
    struct tr_address *seen, struct outcome *outcome,
    struct tr_sim_visit *visit)
{
	struct tr_sim_packet probe = { .bytes = NULL };
	int status = TR_OK;

	for (int i = 0; i < WINDOW && !outcome->is_end; i++) {
		enum tr_sim_outcome result;

		status = tr_sim_packet_copy(&probe, &front->probes[i]);
		if (status != TR_OK)
			break;
		result = visit_node(finder, visit, &probe, &finder->answer,
		    TR_SIM_NONE);
		if (result == TR_SIM_NO_MEMORY)
			status = TR_ENOMEM;
		if (result == TR_SIM_NO_MEMORY || result == TR_SIM_ONWARD ||
		    (!visit->expired && has_choice(finder, visit)))
			break;
		seen[i] = result == TR_SIM_ANSWERED ?
		    source_seen(finder, &finder->answer) :
		    (struct tr_address){ .family = 0 };
		outcome->ended = i + 1;
		outcome->is_end = !visit->expired;
	}
	tr_sim_packet_clear(&probe);
	return status;
}

/*
 * All probes ended at one node, as behind several tunnels' ends: those behind
 * them come to it too.
 */
static int
follow(const struct finder *finder, const struct front *front,
    struct outcome *outcome)
{
	struct front *next = calloc(1, sizeof(*next));
	int status = TR_OK;

	if (next == NULL)
		return TR_ENOMEM;
	next->key = front->key;
	next->key.last = outcome->vertices[WINDOW - 1];
	next->key.ttl += WINDOW;
	next->share = front->share;
	for (int i = 0; i < WINDOW && status == TR_OK; i++)
		status = make_follower(finder, &next->probes[i], i == 0 ?
		    &front->probes[WINDOW - 1] : &next->probes[i - 1]);
	if (status != TR_OK) {
		free_front(next);
		return status;
	}
	return add_next(outcome, next);
}

/*
 * What comes of a front at its node; its share is counted to vertices and
 * links.  The outcome is to be freed with free_next().
 */
static int
expand(struct finder *finder, const struct front *front,
    struct outcome *outcome)
{
	struct tr_address seen[WINDOW];
	struct tr_sim_visit visit = { .state = NULL };
	struct tr_sim_ways ways;
	int status;

	*outcome = (struct outcome){ .ended = 0 };
	status = visit_all(finder, front, seen, outcome, &visit);
	if (status == TR_OK)
		status = note_ended(finder, front, seen, outcome);
	if (status != TR_OK || outcome->is_end || front->key.ttl +
	    (uint32_t)outcome->ended > finder->truth->question.max_ttl)
		return status;
	if (outcome->ended == WINDOW)
		return follow(finder, front, outcome);
	ways = visit.choice;
	if (has_choice(finder, &visit))
		return go_all_ways(finder, front, outcome, &ways,
		    &visit.node->balance);
	return go_on(finder, front, outcome, TR_SIM_NONE, front->share);
}

/* --- all fronts, step by step ------------------------------------------- */

/* Put a front with those that wait, or add its share to one like it. */
static int
merge(struct front **waiting, struct front *front)
{
	struct front *known;

	HASH_FIND(hh, *waiting, &front->key, sizeof(front->key), known);
	if (known != NULL) {
		known->share += front->share;
		free_front(front);
		return TR_OK;
	}
	HASH_ADD(hh, *waiting, key, sizeof(front->key), front);
	if (front->homeless) {
		free_front(front);
		return TR_ENOMEM;
	}
	return TR_OK;
}

static int
merge_next(struct front **waiting, struct outcome *outcome)
{
	struct front **next = outcome->next.items;
	int status = TR_OK;

	for (uint32_t i = 0; i < outcome->next.count; i++) {
		if (status == TR_OK)
			status = merge(waiting, next[i]);
		else
			free_front(next[i]);
	}
	tr_list_clear(&outcome->next);
	return status;
}

/* Takes the front over. */
static int
walk_all(struct finder *finder, struct front *start)
{
	struct front *now = NULL, *then, *front, *next;
	struct outcome outcome;
	int status = merge(&now, start);

	while (now != NULL) {
		then = NULL;
		HASH_ITER(hh, now, front, next) {
			HASH_DEL(now, front);
			outcome = (struct outcome){ .ended = 0 };
			if (status == TR_OK)
				status = expand(finder, front, &outcome);
			if (status == TR_OK)
				status = merge_next(&then, &outcome);
			else
				free_next(&outcome);
			free_front(front);
		}
		now = then;
	}
	return status;
}

/* --- paths, one by one -------------------------------------------------- */

/* A path as far as it has been walked. */
struct walk {
	uint32_t vertices[UINT8_MAX + WINDOW];
	uint32_t count;
};

static int
note_path(struct tr_truth *truth, const struct walk *walk, double share)
{
	struct tr_truth_path *paths = truth->paths.items, *path;

	/* Ways that look alike are one path. */
	for (uint32_t i = 0; i < truth->paths.count; i++)
		if (paths[i].vertices.count == walk->count &&
		    memcmp(paths[i].vertices.items, walk->vertices,
		    walk->count * sizeof(*walk->vertices)) == 0) {
			paths[i].share += share;
			return TR_OK;
		}
	if (truth->paths.count >= truth->question.paths_max) {
		truth->all_paths = false;
		return TR_OK;
	}
	path = tr_list_add(&truth->paths, sizeof(*path));
	if (path == NULL)
		return TR_ENOMEM;
	path->share = share;
	for (uint32_t i = 0; i < walk->count; i++) {
		uint32_t *vertex = tr_list_add(&path->vertices,
		    sizeof(*vertex));

		if (vertex == NULL)
			return TR_ENOMEM;
		*vertex = walk->vertices[i];
	}
	return TR_OK;
}

/* Walk on from a front; finder->counts is not set. */
static int
walk_path(struct finder *finder, const struct front *front,
    const struct walk *so_far)
{
	struct tr_truth *truth = finder->truth;
	struct walk walk = *so_far;
	struct front **next;
	struct outcome outcome;
	int status;

	/* Ways that look alike may be many more than paths that differ. */
	if (finder->fronts++ == FRONTS_MAX) {
		truth->all_paths = false;
		return TR_OK;
	}
	status = expand(finder, front, &outcome);
	for (int i = 0; i < outcome.ended && status == TR_OK; i++)
		if (outcome.vertices[i] != TR_SIM_NONE)
			walk.vertices[walk.count++] = outcome.vertices[i];
	next = outcome.next.items;
	if (status == TR_OK && outcome.next.count == 0)
		status = note_path(truth, &walk, front->share);
	for (uint32_t i = 0; i < outcome.next.count && status == TR_OK &&
	    truth->all_paths; i++)
		status = walk_path(finder, next[i], &walk);
	free_next(&outcome);
	return status;
}

/* --- the probe ---------------------------------------------------------- */

#define UDP_HEADER	8
#define TCP_HEADER	20
#define ECHO_HEADER	8
#define STEERING	2		/* bytes that bring a checksum about */

static size_t
body_size(const struct tr_truth_probe *probe)
{
	const size_t header = probe->dst.family == 4 ? 20 : 40;
	size_t least = UDP_HEADER;

	if (probe->protocol == TR_SIM_TCP)
		least = TCP_HEADER;
	else if (probe->protocol == TR_SIM_ICMP)
		least = ECHO_HEADER + STEERING;
	return probe->size > header + least ? probe->size - header : least;
}

static void
write_echo(struct tr_sim_packet *packet, const struct tr_truth_probe *probe)
{
	const size_t at = packet->header;
	const uint8_t type = probe->dst.family == 4 ? 8 : 128;
	uint16_t natural;

	tr_sim_put(packet, at, &type, 1);
	tr_sim_put_u16(packet, at + 4, probe->source_port);
	tr_sim_put_u16(packet, at + 6, 1);
	(void)tr_sim_packet_decode(packet);
	tr_sim_put_checksum(packet);
	if (probe->icmp_checksum == 0)
		return;
	/* With this word in the payload the sum is that of the wish. */
	natural = tr_sim_get_u16(packet, at + 2);
	tr_sim_put_u16(packet, at + ECHO_HEADER, (uint16_t)~tr_sim_fold(
	    (uint32_t)natural + (uint16_t)~probe->icmp_checksum));
	tr_sim_put_checksum(packet);
}

static int
make_probe(const struct tr_truth_probe *probe, struct tr_sim_packet *packet)
{
	struct tr_sim_header header = {
		.src = probe->src,
		.dst = probe->dst,
		.ttl = 1,
		.tos = probe->tos,
		.id = 1,
		.protocol = TR_SIM_IPPROTO_UDP,
		.flow_label = probe->flow_label,
	};
	const size_t size = body_size(probe);

	if (probe->protocol == TR_SIM_TCP)
		header.protocol = TR_SIM_IPPROTO_TCP;
	else if (probe->protocol == TR_SIM_ICMP)
		header.protocol = probe->dst.family == 4 ?
		    TR_SIM_IPPROTO_ICMP : TR_SIM_IPPROTO_ICMP6;
	if (tr_sim_packet_make(packet, &header, size) != TR_OK)
		return TR_ENOMEM;
	if (probe->protocol == TR_SIM_ICMP)
		write_echo(packet, probe);
	else {
		tr_sim_put_u16(packet, packet->header, probe->source_port);
		tr_sim_put_u16(packet, packet->header + 2,
		    probe->destination_port);
		if (probe->protocol == TR_SIM_UDP)
			tr_sim_put_u16(packet, packet->header + 4,
			    (uint16_t)size);
		else
			tr_sim_put_u16(packet, packet->header + 12,
			    TCP_HEADER / 4 << 12 | TR_SIM_TCP_SYN);
		tr_sim_put_checksum(packet);
	}
	return tr_sim_packet_decode(packet);
}

/* The probes of the lowest TTLs, at the prober. */
static struct front *
make_start(struct finder *finder)
{
	const struct tr_truth_question *question = &finder->truth->question;
	struct front *front = calloc(1, sizeof(*front));
	struct tr_sim_packet *probe;
	int status;

	if (front == NULL)
		return NULL;
	front->key.node = question->prober;
	front->key.port = TR_SIM_NONE;
	front->key.last = TR_SIM_NONE;
	front->key.ttl = 1;
	front->share = 1;
	probe = &front->probes[0];
	status = make_probe(&question->probe, probe);
	probe->node = question->prober;
	probe->port = TR_SIM_NONE;
	probe->owner = tr_routing_owner(finder->state->routing, &probe->dst);
	for (int i = 1; i < WINDOW && status == TR_OK; i++)
		status = make_follower(finder, &front->probes[i],
		    &front->probes[i - 1]);
	if (status != TR_OK) {
		free_front(front);
		return NULL;
	}
	return front;
}

/* --- the whole ---------------------------------------------------------- */

static int
find(struct finder *finder, struct tr_error *error)
{
	const struct tr_truth_question *question = &finder->truth->question;
	const struct walk nothing = { .count = 0 };
	struct front *start = make_start(finder);
	int status;

	finder->counts = true;
	if (start == NULL || walk_all(finder, start) != TR_OK)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	if (finder->truth->vertices.count == 0)
		return tr_fail(error, TR_ENOTFOUND, "%s: %s has no way to "
		    "the destination", finder->topology->file,
		    tr_topology_node(finder->topology,
		    question->prober)->name);
	finder->counts = false;
	finder->truth->all_paths = true;
	start = make_start(finder);
	status = start == NULL ? TR_ENOMEM :
	    walk_path(finder, start, &nothing);
	if (start != NULL)
		free_front(start);
	return status == TR_OK ? status :
	    tr_fail(error, TR_ENOMEM, "out of memory");
}

struct tr_truth *
tr_truth_find(const struct tr_topology *topology,
    const struct tr_truth_question *question, struct tr_error *error)
{
	struct finder finder = { .topology = topology };
	int status;

	finder.truth = calloc(1, sizeof(*finder.truth));
	finder.state = tr_sim_state_new(topology, question->seed);
	if (finder.truth == NULL || finder.state == NULL) {
		free(finder.truth);
		tr_sim_state_free(finder.state);
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	finder.truth->question = *question;
	finder.state->ideal = true;
	status = find(&finder, error);
	tr_sim_packet_clear(&finder.answer);
	tr_sim_state_free(finder.state);
	if (status != TR_OK) {
		tr_truth_free(finder.truth);
		return NULL;
	}
	return finder.truth;
}

void
tr_truth_free(struct tr_truth *truth)
{
	struct tr_truth_path *paths;

	if (truth == NULL)
		return;
	paths = truth->paths.items;
	for (uint32_t i = 0; i < truth->paths.count; i++)
		tr_list_clear(&paths[i].vertices);
	tr_list_clear(&truth->paths);
	tr_list_clear(&truth->vertices);
	tr_list_clear(&truth->links);
	free(truth);
}

/* --- judging ------------------------------------------------------------ */

static int
by_claim(const void *a, const void *b)
{
	const struct tr_truth_claim *x = a, *y = b;
	int order;

	if (x->ttl != y->ttl)
		return x->ttl < y->ttl ? -1 : 1;
	order = tr_address_compare(&x->responder, &y->responder);
	return order != 0 ? order : tr_address_compare(&x->next, &y->next);
}

/* What could be claimed with right, in the order of by_claim(). */
static int
list_true_claims(const struct tr_truth *truth, struct tr_list *claims)
{
	const struct tr_truth_link *links = truth->links.items;
	struct tr_truth_claim *claim;

	for (uint32_t i = 0; i < truth->vertices.count; i++) {
		const struct tr_truth_vertex *vertex = vertex_at(truth, i);

		if (!tr_address_is_set(&vertex->address))
			continue;
		claim = tr_list_add(claims, sizeof(*claim));
		if (claim == NULL)
			return TR_ENOMEM;
		claim->ttl = vertex->ttl;
		claim->responder = vertex->address;
	}
	for (uint32_t i = 0; i < truth->links.count; i++) {
		const struct tr_truth_vertex *from = vertex_at(truth,
		    links[i].from);
		const struct tr_truth_vertex *to = vertex_at(truth,
		    links[i].to);

		if (!tr_address_is_set(&from->address) ||
		    !tr_address_is_set(&to->address))
			continue;
		claim = tr_list_add(claims, sizeof(*claim));
		if (claim == NULL)
			return TR_ENOMEM;
		claim->ttl = from->ttl;
		claim->responder = from->address;
		claim->next = to->address;
	}
	if (claims->count > 0)
		qsort(claims->items, claims->count, sizeof(*claim),
		    by_claim);
	return TR_OK;
}

/* Both lists are sorted; what stands in one twice counts once. */
static void
compare(const struct tr_list *right, const struct tr_list *made,
    struct tr_truth_score *vertices, struct tr_truth_score *links)
{
	const struct tr_truth_claim *a = right->items, *b = made->items;
	uint32_t i = 0, j = 0;

	while (i < right->count || j < made->count) {
		const int order = i == right->count ? 1 :
		    j == made->count ? -1 : by_claim(&a[i], &b[j]);
		const struct tr_truth_claim *claim = order <= 0 ?
		    &a[i] : &b[j];
		struct tr_truth_score *score =
		    tr_address_is_set(&claim->next) ? links : vertices;

		score->found += order == 0;
		score->missed += order < 0;
		score->untrue += order > 0;
		while (i < right->count && by_claim(&a[i], claim) == 0)
			i++;
		while (j < made->count && by_claim(&b[j], claim) == 0)
			j++;
	}
}

int
tr_truth_judge(const struct tr_truth *truth,
    const struct tr_truth_claim *claims, size_t count,
    struct tr_truth_score *vertices, struct tr_truth_score *links)
{
	struct tr_list right = { .items = NULL }, made = { .items = NULL };
	int status = list_true_claims(truth, &right);

	*vertices = *links = (struct tr_truth_score){ .found = 0 };
	for (size_t i = 0; i < count && status == TR_OK; i++) {
		struct tr_truth_claim *claim = tr_list_add(&made,
		    sizeof(*claim));

		if (claim == NULL)
			status = TR_ENOMEM;
		else
			*claim = claims[i];
	}
	if (status == TR_OK) {
		if (made.count > 0)
			qsort(made.items, made.count,
			    sizeof(struct tr_truth_claim), by_claim);
		compare(&right, &made, vertices, links);
	}
	tr_list_clear(&right);
	tr_list_clear(&made);
	return status;
}
