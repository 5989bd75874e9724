#include "base/bytes.h"
#include "base/error.h"
#include "base/random.h"
#include "sim/reassembly.h"
#include "sim/visit.h"

#define ICMP4_ECHO_REPLY	0
#define ICMP6_ECHO_REPLY	129

#define UDP_HEADER	8
#define TCP_HEADER	20
#define TCP_OPTION_MSS	4
#define MSS4		1460
#define MSS6		1440
#define WINDOW		65535
#define DSCP		0xfc		/* of the TOS: RFC 2474 */

static enum tr_sim_service
service_at(const struct tr_sim_node *node, unsigned protocol, uint16_t port)
{
	const struct tr_sim_listener *listeners = node->listeners.items;
	enum tr_sim_service service = TR_SIM_CLOSED;

	for (uint32_t i = 0; i < node->listeners.count; i++)
		if (listeners[i].protocol == protocol &&
		    port >= listeners[i].ports.first &&
		    port <= listeners[i].ports.last)
			service = listeners[i].service;
	return service;
}

/* The header of an answer to the packet, in the name that it called. */
static void
fill_header(const struct tr_sim_visit *visit, uint8_t ttl, uint8_t tos,
    struct tr_sim_header *header)
{
	const struct tr_sim_packet *packet = visit->packet;

	*header = (struct tr_sim_header){
		.src = packet->dst,
		.dst = packet->src,
		.ttl = ttl,
		.tos = tos,
		.protocol = packet->protocol,
		.id = packet->version == 6 ? 0 : tr_sim_identify(visit->state,
		    packet->node, packet, visit->now),
		.dont_fragment = packet->protocol == TR_SIM_IPPROTO_TCP,
	};
}

static enum tr_sim_outcome
finish(struct tr_sim_visit *visit)
{
	tr_sim_put_checksum(visit->answer);
	(void)tr_sim_packet_decode(visit->answer);
	return tr_sim_answered(visit);
}

static enum tr_sim_outcome
receive_echo(struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;
	const uint8_t type = packet->version == 4 ?
	    ICMP4_ECHO_REPLY : ICMP6_ECHO_REPLY;
	struct tr_sim_header header;

	if (visit->node->no_echo)
		return TR_SIM_GONE;
	fill_header(visit, visit->node->echo_ttl, packet->tos, &header);
	if (tr_sim_packet_make(visit->answer, &header,
	    packet->size - packet->header) != TR_OK)
		return TR_SIM_NO_MEMORY;
	tr_sim_put(visit->answer, visit->answer->header,
	    packet->bytes + packet->header, packet->size - packet->header);
	tr_sim_put(visit->answer, visit->answer->header, &type, 1);
	return finish(visit);
}

/* --- UDP ---------------------------------------------------------------- */

static enum tr_sim_outcome
send_back(struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;
	struct tr_sim_packet *answer = visit->answer;
	struct tr_sim_header header;
	size_t size = packet->size - packet->header;
	const size_t claimed = tr_sim_get_u16(packet, packet->header + 4);

	/* What is behind the datagram's end is not of it: RFC 768. */
	if (claimed < size)
		size = claimed;
	fill_header(visit, visit->node->ttl, 0, &header);
	if (tr_sim_packet_make(answer, &header, size) != TR_OK)
		return TR_SIM_NO_MEMORY;
	tr_sim_put(answer, answer->header, packet->bytes + packet->header,
	    size);
	tr_sim_put_u16(answer, answer->header,
	    tr_sim_destination_port(packet));
	tr_sim_put_u16(answer, answer->header + 2,
	    tr_sim_source_port(packet));
	return finish(visit);
}

/* The length that it claims may be less than what came, not more. */
static bool
is_datagram(const struct tr_sim_packet *packet)
{
	const size_t size = packet->size - packet->header;
	const uint16_t claimed = tr_sim_get_u16(packet, packet->header + 4);

	return size >= UDP_HEADER && claimed >= UDP_HEADER && claimed <= size;
}

static enum tr_sim_outcome
receive_udp(struct tr_sim_visit *visit)
{
	if (!is_datagram(visit->packet))
		return TR_SIM_GONE;
	switch (service_at(visit->node, TR_SIM_UDP,
	    tr_sim_destination_port(visit->packet))) {
	case TR_SIM_CLOSED:
		return tr_sim_complain(visit, TR_SIM_PORT_UNREACHABLE, 0,
		    true);
	case TR_SIM_ECHO:
		return send_back(visit);
	case TR_SIM_DNS:
		return tr_sim_ask_names(visit);
	case TR_SIM_OPEN:
	case TR_SIM_FILTERED:
		break;
	}
	return TR_SIM_GONE;
}

/* --- TCP ---------------------------------------------------------------- */

struct segment {
	uint32_t sequence;
	uint32_t acknowledgement;
	uint8_t	 flags;
};

static enum tr_sim_outcome
send_segment(struct tr_sim_visit *visit, const struct segment *segment)
{
	const struct tr_sim_packet *packet = visit->packet;
	struct tr_sim_packet *answer = visit->answer;
	const bool syn = (segment->flags & TR_SIM_TCP_SYN) != 0;
	const size_t size = TCP_HEADER + (syn ? TCP_OPTION_MSS : 0);
	struct tr_sim_header header;
	size_t at;

	/* Linux resets in the class of what it resets, but without ECN. */
	fill_header(visit, visit->node->ttl,
	    (segment->flags & TR_SIM_TCP_RST) != 0 ? packet->tos & DSCP : 0,
	    &header);
	if (tr_sim_packet_make(answer, &header, size) != TR_OK)
		return TR_SIM_NO_MEMORY;
	at = answer->header;
	tr_sim_put_u16(answer, at, tr_sim_destination_port(packet));
	tr_sim_put_u16(answer, at + 2, tr_sim_source_port(packet));
	tr_sim_put_u32(answer, at + 4, segment->sequence);
	tr_sim_put_u32(answer, at + 8, segment->acknowledgement);
	tr_sim_put_u16(answer, at + 12, (uint16_t)(size / 4 << 12 |
	    segment->flags));
	tr_sim_put_u16(answer, at + 14, syn ? WINDOW : 0);
	if (syn)
		tr_sim_put_u32(answer, at + TCP_HEADER, 0x02040000 |
		    (packet->version == 4 ? MSS4 : MSS6));
	return finish(visit);
}

/* What the segment's sender expects next: RFC 9293, 3.10.7.1. */
static uint32_t
after(const struct tr_sim_packet *packet)
{
	const size_t at = packet->header;
	const size_t header =
	    (size_t)(tr_sim_get_u16(packet, at + 12) >> 12) * 4;
	const size_t size = packet->size - packet->header;
	const bool syn = (tr_sim_tcp_flags(packet) & TR_SIM_TCP_SYN) != 0;
	const bool fin = (tr_sim_tcp_flags(packet) & 1) != 0;

	return packet->second + (header < size ?
	    (uint32_t)(size - header) : 0) + syn + fin;
}

/* A reset, as from a host without the connection: RFC 9293, 3.5.2. */
enum tr_sim_outcome
tr_sim_reset(struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;
	const uint8_t flags = tr_sim_tcp_flags(packet);
	struct segment segment = { .flags = TR_SIM_TCP_RST };

	if ((flags & TR_SIM_TCP_RST) != 0)
		return TR_SIM_GONE;
	if ((flags & TR_SIM_TCP_ACK) != 0)
		segment.sequence = tr_sim_get_u32(packet,
		    packet->header + 8);
	else {
		segment.flags |= TR_SIM_TCP_ACK;
		segment.acknowledgement = after(packet);
	}
	return send_segment(visit, &segment);
}

/*
 * Connections are not kept: each SYN to an open port is the first, and has
 * the same initial sequence number as the last of its flow.
 */
static enum tr_sim_outcome
accept_syn(struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;
	uint64_t hash = tr_random_mix(visit->state->seed, packet->word);

	hash = tr_address_mix(hash, &packet->src);
	hash = tr_address_mix(hash, &packet->dst);
	return send_segment(visit, &(struct segment){
		.sequence = (uint32_t)hash,
		.acknowledgement = packet->second + 1,
		.flags = TR_SIM_TCP_SYN | TR_SIM_TCP_ACK,
	});
}

static enum tr_sim_outcome
receive_tcp(struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;
	const uint8_t flags = tr_sim_tcp_flags(packet);
	const enum tr_sim_service service = service_at(visit->node,
	    TR_SIM_TCP, tr_sim_destination_port(packet));

	if (packet->size - packet->header < TCP_HEADER ||
	    service == TR_SIM_FILTERED)
		return TR_SIM_GONE;
	if (service != TR_SIM_OPEN ||
	    (flags & (TR_SIM_TCP_RST | TR_SIM_TCP_ACK)) != 0)
		return tr_sim_reset(visit);
	/* A port that listens: RFC 9293, 3.10.7.2. */
	return (flags & TR_SIM_TCP_SYN) != 0 ? accept_syn(visit) :
	    TR_SIM_GONE;
}

/* --- whatever it is ----------------------------------------------------- */

enum tr_sim_outcome
tr_sim_receive(struct tr_sim_visit *visit)
{
	struct tr_sim_packet *packet = visit->packet;

	if (tr_sim_is_silent(visit))
		return TR_SIM_GONE;
	tr_sim_packet_settle(packet);
	if (packet->more_fragments || packet->fragment_offset != 0)
		switch (tr_sim_reassemble(visit)) {
		case 1:
			break;
		case TR_ENOMEM:
			return TR_SIM_NO_MEMORY;
		default:
			return TR_SIM_GONE;
		}
	switch (tr_sim_protocol_of(packet)) {
	case TR_SIM_UDP:
		return tr_sim_transport_is_sound(packet) ?
		    receive_udp(visit) : TR_SIM_GONE;
	case TR_SIM_TCP:
		return tr_sim_transport_is_sound(packet) ?
		    receive_tcp(visit) : TR_SIM_GONE;
	case TR_SIM_ICMP:
		return tr_sim_transport_is_sound(packet) &&
		    tr_sim_is_echo_request(packet) ?
		    receive_echo(visit) : TR_SIM_GONE;
	case TR_SIM_OTHER:
	case TR_SIM_ERRORS:
		break;
	}
	return tr_sim_complain(visit, TR_SIM_PROTOCOL_UNREACHABLE, 0, true);
}
