#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->homeless = true)
#include <uthash.h>

#include "base/error.h"
#include "base/random.h"
#include "sim/connections.h"
#include "sim/nat.h"

#define PORT_LEAST	1024
#define PORT_MOST	65535

/* A side of a mapping; no padding, for it is hashed as it lies. */
struct endpoint {
	uint8_t	 protocol;
	struct tr_address address;
	uint8_t	 port[2];		/* ICMP: the echo id */
};

struct tr_sim_mapping {
	struct endpoint inside;
	struct endpoint outside;
	bool	 homeless;
	UT_hash_handle by_inside;
	UT_hash_handle by_outside;
};

static struct endpoint
endpoint_of(uint8_t protocol, const struct tr_address *address, uint16_t port)
{
	struct endpoint endpoint;

	memset(&endpoint, 0, sizeof(endpoint));
	endpoint.protocol = protocol;
	endpoint.address = *address;
	endpoint.port[0] = (uint8_t)(port >> 8);
	endpoint.port[1] = (uint8_t)port;
	return endpoint;
}

static uint16_t
port_of(const struct endpoint *endpoint)
{
	return (uint16_t)(endpoint->port[0] << 8 | endpoint->port[1]);
}

void
tr_sim_nat_clear(struct tr_sim_node_state *node)
{
	struct tr_sim_mapping *mapping, *next;

	HASH_ITER(by_inside, node->inside, mapping, next) {
		HASH_DELETE(by_inside, node->inside, mapping);
		HASH_DELETE(by_outside, node->outside, mapping);
		free(mapping);
	}
}

/* --- changing a packet -------------------------------------------------- */

/*
 * A view of headers: a packet's own, or of one that an error quotes.  What is
 * written through it stands in the bytes of the packet.
 */

/* Where the transport's checksum stands, or 0 where it is not there. */
static size_t
checksum_at(const struct tr_sim_packet *view)
{
	size_t at = view->header;

	if (!view->has_word)
		return 0;
	if (view->protocol == TR_SIM_IPPROTO_TCP)
		at += 16;
	else if (view->protocol == TR_SIM_IPPROTO_UDP)
		at += 6;
	else if (tr_sim_is_icmp(view))
		at += 2;
	else
		return 0;
	if (at + 2 > view->size)
		return 0;
	/* UDP without a checksum stays so. */
	if (view->protocol == TR_SIM_IPPROTO_UDP &&
	    tr_sim_get_u16(view, at) == 0)
		return 0;
	return at;
}

/* RFC 1624, equation 3. */
static void
adjust(struct tr_sim_packet *view, size_t at, uint16_t before, uint16_t after)
{
	uint32_t sum;

	if (at == 0)
		return;
	sum = (uint16_t)~tr_sim_get_u16(view, at);
	sum += (uint16_t)~before;
	sum += after;
	tr_sim_put_u16(view, at, tr_sim_fold(sum));
}

static void
adjust_transport(struct tr_sim_packet *view, uint16_t before, uint16_t after)
{
	const size_t at = checksum_at(view);

	adjust(view, at, before, after);
	/* RFC 768: 0 would say that there is none. */
	if (at != 0 && view->protocol == TR_SIM_IPPROTO_UDP &&
	    tr_sim_get_u16(view, at) == 0)
		tr_sim_put_u16(view, at, UINT16_MAX);
}

/*
 * Replace two bytes, of which the transport's checksum speaks where sum is
 * set, and IPv4's header checksum where header is.
 */
static void
replace(struct tr_sim_packet *view, size_t at, uint16_t value, bool sum,
    bool header)
{
	const uint16_t before = tr_sim_get_u16(view, at);

	if (at + 2 > view->size)
		return;
	tr_sim_put_u16(view, at, value);
	if (sum)
		adjust_transport(view, before, value);
	if (header && view->version == 4)
		adjust(view, 10, before, value);
}

static void
replace_address(struct tr_sim_packet *view, bool source,
    const struct tr_address *address, bool sums)
{
	const size_t size = tr_address_size(address);
	const size_t at = view->version == 4 ? (source ? 12 : 16) :
	    (source ? 8 : 24);
	/* ICMP's checksum does not speak of addresses in IPv4. */
	const bool spoken_of = sums && (view->version == 6 ||
	    !tr_sim_is_icmp(view));

	for (size_t i = 0; i < size; i += 2)
		replace(view, at + i, (uint16_t)(address->bytes[i] << 8 |
		    address->bytes[i + 1]), spoken_of, sums);
	if (source)
		view->src = *address;
	else
		view->dst = *address;
}

/* The port of a side, or the id of an echo, which stands for both. */
static size_t
port_at(const struct tr_sim_packet *view, bool source)
{
	if (tr_sim_is_icmp(view))
		return view->header + 4;
	return view->header + (source ? 0 : 2);
}

static bool
has_port(const struct tr_sim_packet *view)
{
	if (view->protocol == TR_SIM_IPPROTO_TCP ||
	    view->protocol == TR_SIM_IPPROTO_UDP)
		return view->has_word;
	return tr_sim_is_echo_request(view) || tr_sim_is_echo_reply(view);
}

static uint16_t
get_port(const struct tr_sim_packet *view, bool source)
{
	return tr_sim_get_u16(view, port_at(view, source));
}

/* The fields that the bytes were read into, again. */
static void
reread(struct tr_sim_packet *packet, struct tr_sim_visit *visit)
{
	tr_sim_packet_settle(packet);
	(void)tr_sim_packet_decode(packet);
	packet->owner = tr_routing_owner(visit->state->routing,
	    &packet->dst);
}

/* The message's checksum, after what it quotes was changed. */
static void
finish_error(struct tr_sim_packet *packet, struct tr_sim_visit *visit)
{
	reread(packet, visit);
	tr_sim_put_checksum(packet);
	(void)tr_sim_packet_decode(packet);
}

/* --- translation of the source ------------------------------------------ */

static struct tr_sim_mapping *
find_outside(const struct tr_sim_visit *visit, uint8_t protocol,
    const struct tr_address *address, uint16_t port)
{
	const struct endpoint key = endpoint_of(protocol, address, port);
	struct tr_sim_mapping *mapping;

	HASH_FIND(by_outside, visit->state->nodes[visit->packet->node].outside,
	    &key, sizeof(key), mapping);
	return mapping;
}

static const struct tr_sim_nat *
rule_for_source(const struct tr_sim_node *node,
    const struct tr_address *source)
{
	const struct tr_sim_nat *nats = node->nats.items;

	for (uint32_t i = 0; i < node->nats.count; i++)
		if (!nats[i].of_destination &&
		    nats[i].to.family == source->family &&
		    tr_sim_prefix_holds(&nats[i].what, source))
			return &nats[i];
	return NULL;
}

/* A free port outside: the packet's own if it may be kept. */
static int
choose_port(const struct tr_sim_visit *visit, const struct tr_sim_nat *nat,
    uint16_t wanted, uint16_t *port)
{
	struct tr_sim_node_state *node =
	    &visit->state->nodes[visit->packet->node];
	const uint16_t first = nat->port_first != 0 ?
	    nat->port_first : PORT_LEAST;
	const uint16_t last = nat->port_first != 0 ?
	    nat->port_last : PORT_MOST;
	const uint8_t protocol = visit->packet->protocol;

	*port = wanted;
	if (nat->port_first == 0 && find_outside(visit, protocol, &nat->to,
	    wanted) == NULL)
		return TR_OK;
	for (uint32_t tried = 0; tried <= (uint32_t)last - first; tried++) {
		if (node->port < first || node->port >= last)
			node->port = first;
		else
			node->port++;
		*port = node->port;
		if (find_outside(visit, protocol, &nat->to, *port) == NULL)
			return TR_OK;
	}
	return TR_ERANGE;
}

static int
add_mapping(struct tr_sim_visit *visit, const struct tr_sim_nat *nat,
    const struct endpoint *inside, struct tr_sim_mapping **mapping)
{
	struct tr_sim_node_state *node =
	    &visit->state->nodes[visit->packet->node];
	struct tr_sim_mapping *made;
	uint16_t port;

	if (HASH_CNT(by_inside, node->inside) >= TR_SIM_MAPPINGS_MAX ||
	    choose_port(visit, nat, port_of(inside), &port) != TR_OK)
		return TR_ERANGE;
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return TR_ENOMEM;
	made->inside = *inside;
	made->outside = endpoint_of(inside->protocol, &nat->to, port);
	HASH_ADD(by_inside, node->inside, inside, sizeof(made->inside), made);
	if (made->homeless) {
		free(made);
		return TR_ENOMEM;
	}
	HASH_ADD(by_outside, node->outside, outside, sizeof(made->outside),
	    made);
	if (made->homeless) {
		HASH_DELETE(by_inside, node->inside, made);
		free(made);
		return TR_ENOMEM;
	}
	*mapping = made;
	return TR_OK;
}

static int
translate_source(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	const struct tr_sim_nat *nat = rule_for_source(visit->node,
	    &packet->src);
	struct tr_sim_mapping *mapping;
	struct endpoint inside;
	int status;

	if (nat == NULL || !has_port(packet) || tr_sim_is_echo_reply(packet))
		return TR_OK;
	inside = endpoint_of(packet->protocol, &packet->src,
	    get_port(packet, true));
	HASH_FIND(by_inside, visit->state->nodes[packet->node].inside, &inside,
	    sizeof(inside), mapping);
	if (mapping == NULL) {
		status = add_mapping(visit, nat, &inside, &mapping);
		if (status != TR_OK)
			return status;
	}
	replace(packet, port_at(packet, true), port_of(&mapping->outside),
	    true, false);
	replace_address(packet, true, &mapping->outside.address, true);
	reread(packet, visit);
	return TR_OK;
}

/* An answer to what was translated: back to the inside. */
static bool
restore_source(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	const struct tr_sim_mapping *mapping;

	if (!has_port(packet) || tr_sim_is_echo_request(packet))
		return false;
	mapping = find_outside(visit, packet->protocol, &packet->dst,
	    get_port(packet, false));
	if (mapping == NULL)
		return false;
	replace(packet, port_at(packet, false), port_of(&mapping->inside),
	    true, false);
	replace_address(packet, false, &mapping->inside.address, true);
	reread(packet, visit);
	return true;
}

/* An error about what was translated. */
static bool
restore_quoted_source(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	const struct tr_sim_mapping *mapping;
	const struct tr_sim_nat *nat;
	struct tr_sim_packet quote;
	bool sum;

	if (tr_sim_packet_quote(packet, &quote) != TR_OK || !has_port(&quote))
		return false;
	mapping = find_outside(visit, quote.protocol, &quote.src,
	    get_port(&quote, true));
	if (mapping == NULL)
		return false;
	nat = rule_for_source(visit->node, &mapping->inside.address);
	replace_address(packet, false, &mapping->inside.address, false);
	if (nat != NULL && nat->mending != TR_SIM_MEND_NOTHING) {
		sum = nat->mending == TR_SIM_MEND_ALL;
		replace(&quote, port_at(&quote, true),
		    port_of(&mapping->inside), sum, false);
		replace_address(&quote, true, &mapping->inside.address, sum);
	}
	finish_error(packet, visit);
	return true;
}

/* --- translation of the destination ------------------------------------- */

/* The rule that a packet to (or, with back, from) this address falls under. */
static const struct tr_sim_nat *
rule_for_destination(const struct tr_sim_node *node,
    const struct tr_address *address, bool back)
{
	const struct tr_sim_nat *nats = node->nats.items;

	for (uint32_t i = 0; i < node->nats.count; i++)
		if (nats[i].of_destination && tr_address_equal(back ?
		    &nats[i].to : &nats[i].what.address, address))
			return &nats[i];
	return NULL;
}

static void
translate_destination(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;
	const struct tr_sim_nat *nat = rule_for_destination(visit->node,
	    &packet->dst, false);

	if (nat == NULL)
		return;
	replace_address(packet, false, &nat->to, true);
	reread(packet, visit);
	tr_sim_connection_note(&visit->state->nodes[packet->node].translated,
	    packet);
}

/*
 * An answer from behind to what was translated: in the name of the address
 * that the prober used.  So are errors of routers behind, since a connection's
 * tracker translates both of their headers alike.
 */
static void
restore_destination(struct tr_sim_visit *visit, struct tr_sim_packet *packet)
{
	const struct tr_sim_connection *translated =
	    visit->state->nodes[visit->packet->node].translated;
	const struct tr_sim_nat *nat;
	struct tr_sim_packet quote;

	if (tr_sim_packet_quote(packet, &quote) != TR_OK) {
		nat = rule_for_destination(visit->node, &packet->src, true);
		if (nat == NULL || !tr_sim_connection_is_known(translated,
		    packet, true))
			return;
		replace_address(packet, true, &nat->what.address, true);
		reread(packet, visit);
		return;
	}
	nat = rule_for_destination(visit->node, &quote.dst, true);
	if (nat == NULL ||
	    !tr_sim_connection_is_known(translated, &quote, false))
		return;
	replace_address(packet, true, &nat->what.address, false);
	if (nat->mending != TR_SIM_MEND_NOTHING)
		replace_address(&quote, false, &nat->what.address,
		    nat->mending == TR_SIM_MEND_ALL);
	finish_error(packet, visit);
}

/* --- sequence numbers --------------------------------------------------- */

#define SEQUENCE	4
#define ACKNOWLEDGEMENT	8

static bool
is_outward(const struct tr_sim_visit *visit,
    const struct tr_sim_sequence *rule, const struct tr_address *source)
{
	if (tr_address_is_set(&rule->from.address))
		return tr_sim_prefix_holds(&rule->from, source);
	return tr_topology_prober(visit->state->topology, source) !=
	    TR_SIM_NONE;
}

/* By how much a connection's numbers are moved. */
static uint32_t
shift_of(const struct tr_sim_visit *visit, const struct tr_address *src,
    const struct tr_address *dst, uint16_t source_port,
    uint16_t destination_port)
{
	uint64_t hash = tr_random_mix(visit->state->seed, visit->packet->node);

	hash = tr_address_mix(hash, src);
	hash = tr_address_mix(hash, dst);
	return (uint32_t)tr_random_mix(hash, (uint64_t)source_port << 16 |
	    destination_port);
}

static void
add_u32(struct tr_sim_packet *view, size_t at, uint32_t number, bool sum)
{
	const uint32_t value = tr_sim_get_u32(view, at) + number;

	replace(view, at, (uint16_t)(value >> 16), sum, false);
	replace(view, at + 2, (uint16_t)value, sum, false);
}

static void
move_sequence(struct tr_sim_visit *visit, const struct tr_sim_sequence *rule)
{
	struct tr_sim_packet *packet = visit->packet;
	const uint16_t from = tr_sim_source_port(packet);
	const uint16_t to = tr_sim_destination_port(packet);

	if (!packet->has_second || packet->fragment_offset != 0)
		return;
	if (is_outward(visit, rule, &packet->src))
		add_u32(packet, packet->header + SEQUENCE, shift_of(visit,
		    &packet->src, &packet->dst, from, to), true);
	else if (is_outward(visit, rule, &packet->dst) &&
	    (tr_sim_tcp_flags(packet) & TR_SIM_TCP_ACK) != 0)
		add_u32(packet, packet->header + ACKNOWLEDGEMENT,
		    -shift_of(visit, &packet->dst, &packet->src, to, from),
		    true);
	(void)tr_sim_packet_decode(packet);
}

static void
move_quoted_sequence(struct tr_sim_visit *visit,
    const struct tr_sim_sequence *rule, struct tr_sim_packet *quote)
{
	if (rule->mending == TR_SIM_MEND_NOTHING || !quote->has_second ||
	    !is_outward(visit, rule, &quote->src))
		return;
	add_u32(quote, quote->header + SEQUENCE, -shift_of(visit, &quote->src,
	    &quote->dst, tr_sim_source_port(quote),
	    tr_sim_destination_port(quote)), rule->mending == TR_SIM_MEND_ALL);
	finish_error(visit->packet, visit);
}

static void
move_sequences(struct tr_sim_visit *visit)
{
	const struct tr_sim_sequence *rules = visit->node->sequences.items;
	struct tr_sim_packet quote;

	tr_sim_packet_settle(visit->packet);
	for (uint32_t i = 0; i < visit->node->sequences.count; i++)
		if (visit->packet->protocol == TR_SIM_IPPROTO_TCP)
			move_sequence(visit, &rules[i]);
		else if (tr_sim_packet_quote(visit->packet, &quote) ==
		    TR_OK && quote.protocol == TR_SIM_IPPROTO_TCP)
			move_quoted_sequence(visit, &rules[i], &quote);
}

/* --- the three moments -------------------------------------------------- */

void
tr_sim_nat_in(struct tr_sim_visit *visit)
{
	if (visit->node->nats.count == 0)
		return;
	tr_sim_packet_settle(visit->packet);
	translate_destination(visit);
	visit->restored = restore_source(visit);
	if (!visit->restored)
		(void)restore_quoted_source(visit);
}

int
tr_sim_nat_out(struct tr_sim_visit *visit)
{
	if (visit->node->sequences.count > 0)
		move_sequences(visit);
	if (visit->node->nats.count == 0)
		return TR_OK;
	tr_sim_packet_settle(visit->packet);
	restore_destination(visit, visit->packet);
	/* What belongs to a connection begins no other one. */
	return visit->restored ? TR_OK : translate_source(visit);
}

void
tr_sim_nat_own(struct tr_sim_visit *visit)
{
	if (visit->node->nats.count > 0)
		restore_destination(visit, visit->answer);
}
