#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/heap.h"
#include "sim/network.h"
#include "sim/visit.h"

#define FRAGMENT_UNIT	8
#define FRAGMENT_HEADER	8		/* of IPv6 */
#define NEXT_FRAGMENT	44

/* A copy comes so long behind its original. */
#define COPY_BEHIND	(10 * TR_MICROSECOND)

/* Buffers of larger packets are not kept for others. */
#define ROOM_KEPT	4096

/* A packet, and what happens to it next. */
struct flight {
	struct tr_sim_packet packet;
	bool	 begins;		/* it is yet to leave its node */
	struct flight *next;		/* of those not in use */
};

struct tr_network {
	const struct tr_topology *topology;
	struct tr_sim_state *state;
	bool	*keeps_order;		/* by node: see must_wait() */
	bool	 is_whole;		/* all can reach all, always */
	uint32_t mtu_least;		/* of all links */
	struct tr_heap queue;		/* of flights */
	size_t	 waiting;		/* bytes of these */
	uint32_t burst;			/* events at once; 0: any number */
	struct tr_sim_visit visit;	/* the one that is made */
	struct flight *unused;
	uint32_t flights;		/* in use */
	struct flight *lent;		/* delivered, until the next call */
	bool	 delivers;		/* tr_network_run() is at work */
	bool	 started;
	int64_t	 start;			/* caller's time of time 0 */
	int64_t	 now;			/* the file's time */
	struct tr_network_counts counts;
	uint32_t tapped;
	tr_network_tap_fn *tap;
	void	*tap_context;
};

/* --- flights ------------------------------------------------------------ */

static struct flight *
take_flight(struct tr_network *network)
{
	struct flight *flight = network->unused;

	if (flight != NULL)
		network->unused = flight->next;
	else if ((flight = calloc(1, sizeof(*flight))) == NULL)
		return NULL;
	flight->begins = false;
	flight->packet.bare = false;
	network->flights++;
	return flight;
}

static void
give_back(struct tr_network *network, struct flight *flight)
{
	if (flight->packet.room > ROOM_KEPT)
		tr_sim_packet_clear(&flight->packet);
	flight->next = network->unused;
	network->unused = flight;
	network->flights--;
}

static size_t
weight_of(const struct flight *flight)
{
	return sizeof(*flight) + flight->packet.size;
}

static struct flight *
copy_flight(struct tr_network *network, const struct flight *flight)
{
	struct flight *copy = take_flight(network);

	if (copy == NULL)
		return NULL;
	if (tr_sim_packet_copy(&copy->packet, &flight->packet) != TR_OK) {
		give_back(network, copy);
		return NULL;
	}
	copy->begins = flight->begins;
	copy->packet.serial = ++network->state->serial;
	return copy;
}

/* It comes up again at this time. */
static int
wait_until(struct tr_network *network, struct flight *flight, int64_t at)
{
	if (network->waiting + weight_of(flight) > TR_NETWORK_BYTES_MAX) {
		network->counts.overflowed++;
		give_back(network, flight);
		return TR_OK;
	}
	if (tr_heap_push(&network->queue, at, flight) != TR_OK) {
		give_back(network, flight);
		return TR_ENOMEM;
	}
	network->waiting += weight_of(flight);
	return TR_OK;
}

/* The flight that is due next, or NULL. */
static struct flight *
take_due(struct tr_network *network)
{
	struct flight *flight = tr_heap_pop(&network->queue);

	if (flight != NULL)
		network->waiting -= weight_of(flight);
	return flight;
}

/* --- links -------------------------------------------------------------- */

static void
tell_tap(struct tr_network *network, struct tr_sim_packet *packet,
    int64_t at, bool inward)
{
	if (network->tapped != packet->node)
		return;
	tr_sim_packet_settle(packet);
	network->tap(network->tap_context, at + network->start, inward,
	    packet->bytes, packet->size);
}

static int64_t
time_on_link(const struct tr_network *network, const struct flight *flight,
    uint32_t number)
{
	const struct tr_sim_way *way = &tr_topology_port(network->topology,
	    number)->out;
	const struct tr_sim_packet *packet = &flight->packet;
	int64_t time = way->delay;

	if (way->jitter > 0)
		time += (int64_t)tr_sim_scale(tr_sim_draw(network->state,
		    TR_SIM_LUCK_JITTER, packet, number),
		    (uint64_t)way->jitter + 1);
	if (tr_sim_chance(network->state, TR_SIM_LUCK_REORDER, packet,
	    number, way->reorder))
		time += way->reorder_by;
	return time;
}

/* Over the link of a port: the flight is at its other end then. */
static void
cross(struct tr_network *network, struct flight *flight, uint32_t number,
    int64_t *at)
{
	const struct tr_sim_port *port = tr_topology_port(network->topology,
	    number);

	*at += time_on_link(network, flight, number);
	flight->packet.port = port->peer;
	flight->packet.node = port->peer_node;
}

static int
send_copy(struct tr_network *network, const struct flight *flight,
    uint32_t number, int64_t at)
{
	struct flight *copy = copy_flight(network, flight);

	if (copy == NULL)
		return TR_ENOMEM;
	at += COPY_BEHIND;
	cross(network, copy, number, &at);
	return wait_until(network, copy, at);
}

/* What a link does to a packet.  Returns 1 where the packet is across it. */
static int
transmit(struct tr_network *network, struct flight *flight, uint32_t number,
    int64_t *at)
{
	const struct tr_sim_way *way = &tr_topology_port(network->topology,
	    number)->out;
	struct tr_sim_packet *packet = &flight->packet;

	tell_tap(network, packet, *at, false);
	if (tr_sim_chance(network->state, TR_SIM_LUCK_DUPLICATE, packet,
	    number, way->duplicate) &&
	    send_copy(network, flight, number, *at) != TR_OK) {
		give_back(network, flight);
		return TR_ENOMEM;
	}
	if (tr_sim_chance(network->state, TR_SIM_LUCK_LOSS, packet, number,
	    way->loss)) {
		give_back(network, flight);
		return 0;
	}
	cross(network, flight, number, at);
	return 1;
}

/* --- fragments ---------------------------------------------------------- */

/* RFC 791, 3.2. */
static void
write_piece4(struct tr_sim_packet *packet, const struct tr_sim_packet *whole,
    size_t from, size_t size, bool more)
{
	packet->size = whole->header + size;
	tr_sim_put(packet, whole->header, whole->bytes + whole->header + from,
	    size);
	tr_sim_put_u16(packet, 2, (uint16_t)packet->size);
	tr_sim_put_u16(packet, 6, (uint16_t)((more ? 0x2000 : 0) |
	    (whole->fragment_offset + from) / FRAGMENT_UNIT));
}

/* RFC 8200, 4.5; what a node makes has no other extension header. */
static void
write_piece6(struct tr_sim_packet *packet, const struct tr_sim_packet *whole,
    size_t from, size_t size, bool more)
{
	const uint8_t head[2] = { whole->protocol, 0 };
	const uint8_t next = NEXT_FRAGMENT;
	const size_t at = whole->header;

	packet->size = at + FRAGMENT_HEADER + size;
	tr_sim_put_u16(packet, 4, (uint16_t)(FRAGMENT_HEADER + size));
	tr_sim_put(packet, 6, &next, 1);
	tr_sim_put(packet, at, head, sizeof(head));
	tr_sim_put_u16(packet, at + 2, (uint16_t)(from | more));
	tr_sim_put_u32(packet, at + 4, (uint32_t)whole->serial);
	tr_sim_put(packet, at + FRAGMENT_HEADER, whole->bytes + at + from,
	    size);
}

/* One piece of a packet, from payload[from] on. */
static struct flight *
cut_piece(struct tr_network *network, const struct flight *flight,
    size_t from, size_t size)
{
	const struct tr_sim_packet *whole = &flight->packet;
	const bool more = from + size < whole->size - whole->header ||
	    whole->more_fragments;
	struct flight *piece = copy_flight(network, flight);

	if (piece == NULL)
		return NULL;
	if (whole->version == 4)
		write_piece4(&piece->packet, whole, from, size, more);
	else
		write_piece6(&piece->packet, whole, from, size, more);
	tr_sim_packet_settle(&piece->packet);
	(void)tr_sim_packet_decode(&piece->packet);
	return piece;
}

/* The most payload that a piece can have, in whole units. */
static size_t
most_in_piece(const struct tr_sim_packet *packet, uint32_t mtu)
{
	const size_t header = packet->header +
	    (packet->version == 6 ? FRAGMENT_HEADER : 0);

	return mtu < header ? 0 :
	    (mtu - header) / FRAGMENT_UNIT * FRAGMENT_UNIT;
}

/* Send a packet that is too big for the link in pieces. */
static int
fragment(struct tr_network *network, struct flight *flight, uint32_t number,
    int64_t at)
{
	const struct tr_sim_packet *packet = &flight->packet;
	const size_t payload = packet->size - packet->header;
	const size_t most = most_in_piece(packet, tr_sim_mtu(tr_topology_port(
	    network->topology, number), packet->version));
	int status = TR_OK;

	for (size_t from = 0; most > 0 && from < payload && status >= 0;
	    from += most) {
		struct flight *piece = cut_piece(network, flight, from,
		    payload - from < most ? payload - from : most);
		int64_t then = at;

		if (piece == NULL) {
			status = TR_ENOMEM;
			break;
		}
		status = transmit(network, piece, number, &then);
		if (status == 1)
			status = wait_until(network, piece, then);
	}
	give_back(network, flight);
	return status < 0 ? status : TR_OK;
}

/* --- from node to node -------------------------------------------------- */

/*
 * Where the order in which packets come matters, a packet waits for its
 * time; where a node only passes it on, it is passed on at once.  To a prober
 * it is handed by tr_network_run() only.
 */
static bool
must_wait(const struct tr_network *network,
    const struct tr_sim_packet *packet, int64_t at)
{
	if (at <= network->now)
		return !network->delivers && tr_topology_node(
		    network->topology, packet->node)->kind == TR_SIM_PROBER;
	return network->keeps_order[packet->node] || !network->is_whole ||
	    packet->size > network->mtu_least || packet->ttl <= 1 ||
	    packet->owner == packet->node || packet->owner == TR_SIM_NONE ||
	    (packet->labelled && packet->label.ttl <= 1) ||
	    packet->node == network->tapped;
}

static bool
keeps_order(const struct tr_sim_node *node)
{
	return node->kind != TR_SIM_ROUTER || node->nats.count > 0 ||
	    node->filters.count > 0 || node->unreachables.count > 0 ||
	    node->balance.spread == TR_SIM_BY_TURN;
}

/* Returns 1 where the answer leaves at once, 0 where it waits. */
static int
send_answer(struct tr_network *network, struct flight *answer,
    const struct tr_sim_visit *visit)
{
	const int64_t at = visit->now + visit->wait;
	struct flight *twin;

	answer->begins = true;
	if (visit->twice) {
		twin = copy_flight(network, answer);
		if (twin == NULL || wait_until(network, twin, at +
		    COPY_BEHIND) != TR_OK) {
			give_back(network, answer);
			return TR_ENOMEM;
		}
	}
	return visit->wait > 0 ? wait_until(network, answer, at) : 1;
}

/* Leave by a port.  Returns 1 where the flight is across the link. */
static int
leave(struct tr_network *network, struct flight *flight, uint32_t number,
    int64_t *at)
{
	const struct tr_sim_packet *packet = &flight->packet;
	const uint32_t mtu = tr_sim_mtu(tr_topology_port(network->topology,
	    number), packet->version);
	/* In IPv6 only who sends may cut: RFC 8200, 4.5. */
	const bool may_cut = packet->version == 4 ?
	    !packet->dont_fragment : flight->begins;

	flight->begins = false;
	if (packet->size <= mtu)
		return transmit(network, flight, number, at);
	if (may_cut)
		return fragment(network, flight, number, *at);
	give_back(network, flight);
	return 0;
}

/*
 * One step of a flight that is due.  Returns 1 where it, or the answer that
 * has taken its place, goes on at *at; 0 where it ends or waits; or TR_ENOMEM.
 */
static int
step(struct tr_network *network, struct flight **going, int64_t *at)
{
	struct flight *flight = *going, *answer = take_flight(network);
	struct tr_sim_visit *visit = &network->visit;
	enum tr_sim_outcome outcome;

	if (answer == NULL) {
		give_back(network, flight);
		return TR_ENOMEM;
	}
	if (!flight->begins)
		tell_tap(network, &flight->packet, *at, true);
	tr_sim_visit_begin(visit, network->state, &flight->packet,
	    &answer->packet, *at);
	outcome = flight->begins ? tr_sim_originate(visit) :
	    tr_sim_visit(visit);
	if (outcome == TR_SIM_ANSWERED) {
		give_back(network, flight);
		*going = answer;
		return send_answer(network, answer, visit);
	}
	give_back(network, answer);
	switch (outcome) {
	case TR_SIM_ONWARD:
		return leave(network, flight, visit->out, at);
	case TR_SIM_DELIVERED:
		/* What a node sends to itself stays there. */
		if (flight->begins ||
		    visit->node->kind != TR_SIM_PROBER)
			break;
		tr_sim_packet_settle(&flight->packet);
		network->lent = flight;
		network->counts.delivered++;
		return 0;
	case TR_SIM_NO_MEMORY:
		give_back(network, flight);
		return TR_ENOMEM;
	case TR_SIM_GONE:
	case TR_SIM_ANSWERED:
		break;
	}
	give_back(network, flight);
	return 0;
}

/* As far as the flight can go before its time has to come. */
static int
travel(struct tr_network *network, struct flight *flight, int64_t at)
{
	int status;

	do {
		if (must_wait(network, &flight->packet, at))
			return wait_until(network, flight, at);
		status = step(network, &flight, &at);
	} while (status == 1);
	return status;
}

/* --- from outside ------------------------------------------------------- */

struct tr_network *
tr_network_new(const struct tr_topology *topology, uint64_t seed)
{
	struct tr_network *network = calloc(1, sizeof(*network));

	if (network == NULL)
		return NULL;
	network->topology = topology;
	network->tapped = TR_SIM_NONE;
	network->is_whole = tr_routing_is_whole(topology);
	network->mtu_least = UINT32_MAX;
	network->state = tr_sim_state_new(topology, seed);
	network->keeps_order = calloc((size_t)topology->nodes.count + 1,
	    sizeof(*network->keeps_order));
	if (network->state == NULL || network->keeps_order == NULL) {
		tr_network_free(network);
		return NULL;
	}
	for (uint32_t i = 0; i < topology->nodes.count; i++)
		network->keeps_order[i] =
		    keeps_order(tr_topology_node(topology, i));
	for (uint32_t i = 0; i < topology->ports.count; i++) {
		const uint32_t mtu = tr_topology_port(topology, i)->out.mtu;

		if (mtu < network->mtu_least)
			network->mtu_least = mtu;
	}
	return network;
}

static void
empty(struct tr_network *network)
{
	struct flight *flight;

	if (network->lent != NULL)
		give_back(network, network->lent);
	network->lent = NULL;
	while ((flight = take_due(network)) != NULL)
		give_back(network, flight);
}

void
tr_network_reset(struct tr_network *network, uint64_t seed)
{
	empty(network);
	tr_sim_state_reset(network->state, seed);
	network->queue.pushed = 0;
	network->started = false;
	network->now = 0;
	network->counts = (struct tr_network_counts){ .taken = 0 };
}

void
tr_network_free(struct tr_network *network)
{
	struct flight *flight;

	if (network == NULL)
		return;
	empty(network);
	while ((flight = network->unused) != NULL) {
		network->unused = flight->next;
		tr_sim_packet_clear(&flight->packet);
		free(flight);
	}
	tr_heap_clear(&network->queue);
	tr_sim_state_free(network->state);
	free(network->keeps_order);
	free(network);
}

/* What the prober's own system says of a packet before it sends it. */
static int
find_way_out(struct tr_network *network, struct flight *flight,
    uint32_t *port)
{
	struct tr_sim_packet *packet = &flight->packet;
	struct tr_sim_visit visit;

	packet->serial = ++network->state->serial;
	packet->port = TR_SIM_NONE;
	packet->owner = tr_routing_owner(network->state->routing,
	    &packet->dst);
	tr_sim_visit_begin(&visit, network->state, packet, NULL,
	    network->now);
	if (tr_sim_originate(&visit) != TR_SIM_ONWARD)
		return TR_ENOTFOUND;
	*port = visit.out;
	/* As through a raw socket: the system cuts nothing. */
	if (packet->size > tr_sim_mtu(tr_topology_port(network->topology,
	    visit.out), packet->version))
		return TR_ERANGE;
	return TR_OK;
}

int
tr_network_send(struct tr_network *network, uint32_t prober,
    const uint8_t *packet, size_t size, int64_t now)
{
	struct flight *flight = take_flight(network);
	uint32_t port;
	int64_t at;
	int status;

	if (flight == NULL)
		return TR_ENOMEM;
	if (!network->started)
		network->start = now;
	network->started = true;
	at = now - network->start;
	if (at > network->now)
		network->now = at;
	network->counts.taken++;
	flight->packet.node = prober;
	status = tr_sim_packet_load(&flight->packet, packet, size);
	if (status == TR_OK)
		status = find_way_out(network, flight, &port);
	else
		network->counts.malformed++;
	if (status != TR_OK) {
		give_back(network, flight);
		return status;
	}
	status = leave(network, flight, port, &at);
	return status == 1 ? travel(network, flight, at) : status;
}

const struct tr_topology *
tr_network_topology(const struct tr_network *network)
{
	return network->topology;
}

int64_t
tr_network_next(const struct tr_network *network)
{
	const int64_t next = tr_heap_next(&network->queue);

	return next == TR_TIME_NEVER ? next : next + network->start;
}

void
tr_network_limit(struct tr_network *network, uint32_t burst)
{
	network->burst = burst;
}

int
tr_network_run(struct tr_network *network, int64_t until,
    struct tr_delivery *delivery)
{
	uint32_t events = 0;
	int status;

	if (network->lent != NULL)
		give_back(network, network->lent);
	network->lent = NULL;
	while (network->queue.count > 0 && tr_network_next(network) <= until &&
	    (network->burst == 0 || events++ < network->burst)) {
		const int64_t at = tr_heap_next(&network->queue);

		network->now = at;
		network->delivers = true;
		status = travel(network, take_due(network), at);
		network->delivers = false;
		if (status < 0)
			return status;
		if (network->lent == NULL)
			continue;
		*delivery = (struct tr_delivery){
			.at = at + network->start,
			.prober = network->lent->packet.node,
			.packet = network->lent->packet.bytes,
			.size = network->lent->packet.size,
		};
		return 1;
	}
	return 0;
}

void
tr_network_tap(struct tr_network *network, uint32_t node,
    tr_network_tap_fn *tap, void *context)
{
	network->tapped = node;
	network->tap = tap;
	network->tap_context = context;
}

void
tr_network_count(const struct tr_network *network,
    struct tr_network_counts *counts)
{
	*counts = network->counts;
}
