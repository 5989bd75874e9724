#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->homeless = true)
#include <uthash.h>

#include "base/random.h"
#include "sim/truth.h"
#include "sim/truth_part.h"
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

/* Balancers within loops at which a front remembers what it chose. */
#define CHOICES_MAX 16

/* So many fronts are looked at, to list paths one by one. */
#define FRONTS_MAX 200000

/* A flow that comes to a balancer again takes the way that it took before. */
struct choice {
	uint32_t node;
	uint32_t way;
};

/* What makes two fronts one; hashed as it lies, with no padding. */
struct front_key {
	uint64_t content;		/* of the probes, and of their past */
	uint32_t node;			/* they have come to, or begin at */
	uint32_t port;			/* by this; none: they begin here */
	uint32_t last;			/* vertex of the TTL before; or none */
	uint32_t ttl;			/* of the first of the probes */
};

/* Probes that have come to a node by one way. */
struct front {
	struct front_key key;
	struct tr_sim_packet probes[WINDOW];
	struct choice choices[CHOICES_MAX];
	uint32_t choice_count;
	unsigned fixed;			/* fields in which these flows are */
					/* alike by now: enum tr_sim_field */
	double	 share;			/* of all flows */
	bool	 homeless;
	UT_hash_handle hh;
};

struct finder {
	struct tr_truth *truth;
	const struct tr_topology *topology;
	struct tr_sim_state *state;
	struct tr_sim_packet answer;
	bool	*loops;			/* by node: it may be met again */
	bool	 counts;		/* shares are added up */
	uint32_t fronts;		/* looked at for the list of paths */
};

/* What came of a front at its node. */
struct outcome {
	uint32_t vertices[WINDOW];	/* of the probes that ended: */
	int	 ended;			/* so many of the lowest ... */
	bool	 is_end;		/* ... and no other goes on */
	struct tr_list next;		/* struct front *, owned */
	struct tr_list cut;		/* struct cut_way */
};

/* A way that ends at once: a link that is down, or too narrow. */
struct cut_way {
	uint32_t vertex;
	double	 share;
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
	tr_list_clear(&outcome->cut);
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
	for (uint32_t i = 0; i < front->choice_count; i++)
		hash = tr_random_mix(hash,
		    (uint64_t)front->choices[i].node << 32 |
		    front->choices[i].way);
	front->key.content = tr_random_mix(hash, front->fixed);
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
varying_fields(const struct tr_truth_question *question)
{
	unsigned fields = TR_SIM_FIELD_WORD;

	if (question->probe.protocol == TR_SIM_ICMP)
		fields |= TR_SIM_FIELD_ICMP_ID | TR_SIM_FIELD_ICMP_CHECKSUM;
	else
		fields |= TR_SIM_FIELD_SOURCE_PORT;
	if (question->any_port)
		fields |= TR_SIM_FIELD_DESTINATION_PORT;
	if (question->probe.dst.family == 6)
		fields |= TR_SIM_FIELD_LABEL;
	return fields;
}

/* Can the packets of a front take several ways at the node of a visit? */
static bool
has_choice(const struct finder *finder, const struct front *front,
    const struct tr_sim_visit *visit)
{
	const struct tr_truth_question *question = &finder->truth->question;
	const struct tr_sim_balance *balance = &visit->node->balance;

	if (visit->choice.count < 2)
		return false;
	if (balance->spread != TR_SIM_BY_FLOW)
		return true;
	return question->all_flows && (balance->fields &
	    varying_fields(question) & ~front->fixed) != 0;
}

/* The way that these flows took here before, or TR_SIM_NONE. */
static uint32_t
way_taken(const struct front *front)
{
	for (uint32_t i = 0; i < front->choice_count; i++)
		if (front->choices[i].node == front->key.node)
			return front->choices[i].way;
	return TR_SIM_NONE;
}

/*
 * A NAT that gives all sources one port makes flows alike that differed in
 * nothing else.
 */
static unsigned
fields_fixed(const struct tr_topology *topology,
    const struct tr_sim_packet *before, const struct tr_sim_packet *after,
    uint32_t node)
{
	const struct tr_sim_node *at = tr_topology_node(topology, node);
	const struct tr_sim_nat *nats = at->nats.items;

	for (uint32_t i = 0; i < at->nats.count; i++)
		if (!nats[i].of_destination &&
		    nats[i].port_first == nats[i].port_last &&
		    nats[i].port_first != 0 &&
		    !tr_address_equal(&before->src, &after->src) &&
		    tr_address_equal(&nats[i].to, &after->src))
			return TR_SIM_FIELD_SOURCE_PORT |
			    TR_SIM_FIELD_ICMP_ID |
			    (tr_sim_is_icmp(after) ? 0 : TR_SIM_FIELD_WORD);
	return 0;
}

static enum tr_truth_end
end_of(const struct finder *finder, const struct front *front, uint32_t ttl,
    bool is_end, const struct tr_address *address)
{
	if (is_end && !tr_address_is_set(address))
		return TR_TRUTH_DROPPED;
	if (is_end)
		return front->probes[0].owner == front->key.node ?
		    TR_TRUTH_ARRIVED : TR_TRUTH_REFUSED;
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
		vertex_at(truth, vertex)->end = end_of(finder, front, ttl,
		    outcome->is_end && i + 1 == outcome->ended, &seen[i]);
		outcome->vertices[i] = last = vertex;
	}
	return TR_OK;
}

/* One of the ways ends at once. */
static int
note_end(struct finder *finder, const struct front *front,
    enum tr_sim_outcome result, struct outcome *outcome)
{
	struct tr_address seen = { .family = 0 };
	struct cut_way *cut;
	uint32_t vertex;

	if (result == TR_SIM_ANSWERED)
		seen = source_seen(finder, &finder->answer);
	vertex = note_vertex(finder->truth, (uint8_t)front->key.ttl, &seen,
	    front->key.node);
	if (note_step(finder, front->key.last, vertex, front->share) != TR_OK)
		return TR_ENOMEM;
	vertex_at(finder->truth, vertex)->end = end_of(finder, front,
	    front->key.ttl, true, &seen);
	cut = tr_list_add(&outcome->cut, sizeof(*cut));
	if (cut == NULL)
		return TR_ENOMEM;
	*cut = (struct cut_way){ vertex, front->share };
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

/* The front behind another knows what that chose, here and before. */
static void
remember(const struct finder *finder, const struct front *front,
    struct front *next, uint32_t way)
{
	memcpy(next->choices, front->choices, sizeof(next->choices));
	next->choice_count = front->choice_count;
	if (way == TR_SIM_NONE || !finder->loops[front->key.node] ||
	    way_taken(front) != TR_SIM_NONE ||
	    next->choice_count == CHOICES_MAX)
		return;
	next->choices[next->choice_count++] = (struct choice){
		front->key.node, way,
	};
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
	next->fixed = front->fixed;
	remember(finder, front, next, forced);
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
			    note_end(finder, next, result, outcome);
			free_front(next);
			return status;
		}
		next->fixed |= fields_fixed(finder->topology,
		    &front->probes[i + outcome->ended], probe,
		    front->key.node);
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
	if (balance->spread == TR_SIM_BY_FLOW &&
	    way_taken(front) < ways->count)
		return go_on(finder, front, outcome, way_taken(front),
		    front->share);
	for (uint32_t i = 0; i < ways->count && status == TR_OK; i++)
		status = go_on(finder, front, outcome, i, front->share *
		    ways->next[i].weight / (double)ways->weight);
	return status;
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
		    (!visit->expired && has_choice(finder, front, visit)))
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
	next->fixed = front->fixed;
	remember(finder, front, next, TR_SIM_NONE);
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
	if (has_choice(finder, front, &visit))
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
	tr_list_clear(&outcome->cut);
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

static int
note_cut_paths(struct tr_truth *truth, const struct walk *walk,
    const struct outcome *outcome)
{
	const struct cut_way *cut = outcome->cut.items;
	struct walk ended = *walk;
	int status = TR_OK;

	ended.count++;
	for (uint32_t i = 0; i < outcome->cut.count && status == TR_OK; i++) {
		ended.vertices[walk->count] = cut[i].vertex;
		status = note_path(truth, &ended, cut[i].share);
	}
	return status;
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
	if (status == TR_OK && outcome.next.count + outcome.cut.count == 0)
		status = note_path(truth, &walk, front->share);
	if (status == TR_OK)
		status = note_cut_paths(truth, &walk, &outcome);
	for (uint32_t i = 0; i < outcome.next.count && status == TR_OK &&
	    truth->all_paths; i++)
		status = walk_path(finder, next[i], &walk);
	free_next(&outcome);
	return status;
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
	status = tr_truth_make_probe(&question->probe, probe);
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
	status = start == NULL ? TR_ENOMEM : tr_truth_find_loops(
	    finder->topology, finder->state->routing, &question->probe.dst,
	    question->at, finder->loops);
	if (status != TR_OK && start != NULL)
		free_front(start);
	else if (status == TR_OK)
		status = walk_all(finder, start);
	if (status != TR_OK)
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
	finder.loops = calloc((size_t)topology->nodes.count + 1,
	    sizeof(*finder.loops));
	if (finder.truth == NULL || finder.state == NULL ||
	    finder.loops == NULL)
		status = tr_fail(error, TR_ENOMEM, "out of memory");
	else {
		finder.truth->question = *question;
		finder.state->ideal = true;
		status = find(&finder, error);
	}
	tr_sim_packet_clear(&finder.answer);
	tr_sim_state_free(finder.state);
	free(finder.loops);
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
