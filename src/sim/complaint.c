#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "sim/visit.h"

#define ICMP_HEADER	8

/*
 * The largest error: RFC 1812, 4.3.2.3 (576 bytes) and RFC 4443, 2.4 (c) (the
 * least MTU of IPv6).
 */
#define ERROR4_MAX	576
#define ERROR6_MAX	1280

/* A quote in front of an extension: RFC 4884, section 5. */
#define QUOTE_LEAST	128

#define EXTENSION_MAX	512

/* However many lines add up. */
#define WAIT_MOST	(INT64_C(10000000) * TR_SECOND)
#define OBJECT_HEADER	4
#define CLASS_LABELS	1
#define TYPE_LABELS	1	/* incoming stack */

/* RFC 5837, 4.1: what an interface object holds. */
#define INTERFACE_INDEX	0x08
#define INTERFACE_ADDRESS 0x04
#define INTERFACE_NAME	0x02
#define INTERFACE_MTU	0x01
#define AFI_IPV4	1
#define AFI_IPV6	2

struct type_and_code {
	uint8_t	 type;
	uint8_t	 code;
};

/* By enum tr_sim_complaint. */
static const struct type_and_code complaints4[] = {
	{ 11, 0 }, { 3, 0 }, { 3, 1 }, { 3, 13 }, { 3, 3 }, { 3, 2 },
	{ 3, 4 },
};
static const struct type_and_code complaints6[] = {
	{ 3, 0 }, { 1, 0 }, { 1, 3 }, { 1, 1 }, { 1, 4 }, { 4, 1 },
	{ 2, 0 },
};

enum tr_sim_protocol
tr_sim_protocol_of(const struct tr_sim_packet *packet)
{
	if (packet->protocol == TR_SIM_IPPROTO_UDP)
		return TR_SIM_UDP;
	if (packet->protocol == TR_SIM_IPPROTO_TCP)
		return TR_SIM_TCP;
	return tr_sim_is_icmp(packet) ? TR_SIM_ICMP : TR_SIM_OTHER;
}

/* --- whether and when --------------------------------------------------- */

/* Is the source a single host that an answer could be for? */
static bool
is_from_one(const struct tr_address *src)
{
	const struct tr_address none = { .family = src->family };

	if (tr_address_equal(src, &none) || tr_address_is_loopback(src))
		return false;
	return src->family == 6 ? src->bytes[0] != 0xff :
	    src->bytes[0] != 0 && src->bytes[0] < 0xe0;
}

/* RFC 1812, 4.3.2.7; RFC 4443, 2.4 (e). */
static bool
may_complain(const struct tr_sim_packet *packet)
{
	if (packet->fragment_offset != 0 || tr_sim_is_error(packet) ||
	    !is_from_one(&packet->src))
		return false;
	if (packet->version == 6)
		return packet->dst.bytes[0] != 0xff;
	/* To many, or to all. */
	return packet->dst.bytes[0] < 0xe0 || (packet->dst.bytes[0] >= 0xf0 &&
	    tr_sim_get_u32(packet, 16) != UINT32_MAX);
}

bool
tr_sim_is_silent(const struct tr_sim_visit *visit)
{
	const struct tr_sim_node *node = visit->node;

	if ((node->silent & tr_sim_protocol_of(visit->packet)) == 0)
		return false;
	/* Always, or for a share of the probes. */
	return node->silent_share == TR_SIM_SHARE_ALL ||
	    tr_sim_chance(visit->state, TR_SIM_LUCK_SILENT, visit->packet,
	    visit->packet->node, node->silent_share);
}

enum tr_sim_outcome
tr_sim_answered(struct tr_sim_visit *visit)
{
	const struct tr_sim_delaying *delayings = visit->node->delayings.items;
	const struct tr_sim_state *state = visit->state;
	const uint32_t node = visit->packet->node;

	for (uint32_t i = 0; i < visit->node->delayings.count; i++) {
		const uint32_t place = node ^ i << 24;

		if (state->ideal ||
		    (delayings[i].share != TR_SIM_SHARE_ALL &&
		    !tr_sim_chance(state, TR_SIM_LUCK_DELAY, visit->packet,
		    place, delayings[i].share)))
			continue;
		visit->wait += delayings[i].after +
		    (int64_t)tr_sim_scale(tr_sim_draw(state,
		    TR_SIM_LUCK_DELAY_JITTER, visit->packet, place),
		    (uint64_t)delayings[i].jitter + 1);
		if (visit->wait > WAIT_MOST)
			visit->wait = WAIT_MOST;
	}
	visit->twice = tr_sim_chance(state, TR_SIM_LUCK_TWICE, visit->packet,
	    node, visit->node->twice);
	return TR_SIM_ANSWERED;
}

/* --- in whose name ------------------------------------------------------ */

/* The address of a port, or else the node's. */
static struct tr_address
address_at(const struct tr_sim_visit *visit, uint32_t port, uint8_t family)
{
	const struct tr_topology *topology = visit->state->topology;
	const struct tr_address *address;

	if (port != TR_SIM_NONE) {
		address = tr_sim_port_address(tr_topology_port(topology,
		    port), family);
		if (tr_address_is_set(address))
			return *address;
	}
	return tr_topology_address(topology, visit->packet->node, family);
}

/* leaves: the port that the answer has to leave by. */
static struct tr_address
complainant(struct tr_sim_visit *visit, uint32_t *leaves)
{
	const struct tr_sim_node *node = visit->node;
	const uint8_t family = visit->packet->version;

	switch (node->from) {
	case TR_SIM_FROM_GIVEN:
		if (tr_address_is_set(family == 4 ?
		    &node->from4 : &node->from6))
			return family == 4 ? node->from4 : node->from6;
		break;
	case TR_SIM_FROM_SELF:
		return address_at(visit, TR_SIM_NONE, family);
	case TR_SIM_FROM_OUTBOUND:
		*leaves = tr_sim_way_back(visit);
		return address_at(visit, *leaves, family);
	case TR_SIM_FROM_INBOUND:
		break;
	}
	return address_at(visit, visit->packet->port, family);
}

/* --- the extension ------------------------------------------------------ */

static void
write_object_header(struct tr_writer *writer, size_t body, uint8_t class,
    uint8_t type)
{
	tr_write_u16(writer, (uint16_t)(body + OBJECT_HEADER));
	tr_write_u8(writer, class);
	tr_write_u8(writer, type);
}

/* RFC 4950, section 3; the entry is RFC 3032's, the last of its stack. */
static void
write_label(struct tr_writer *writer, const struct tr_sim_visit *visit)
{
	write_object_header(writer, 4, CLASS_LABELS, TYPE_LABELS);
	tr_write_u32(writer, visit->told_label << 12 | UINT32_C(1) << 8 |
	    visit->told_ttl);
}

/* RFC 5837, section 4. */
static void
write_interface(struct tr_writer *writer, const struct tr_sim_visit *visit,
    const struct tr_sim_object *object)
{
	const struct tr_address address = address_at(visit,
	    visit->packet->port, visit->packet->version);
	const bool tells_address = object->address &&
	    tr_address_is_set(&address);
	const size_t name = strlen(object->name);
	const size_t padded_name = (name + 1 + 3) & ~(size_t)3;
	uint8_t type = object->type;
	size_t body = 0;

	if (object->index != 0) {
		type |= INTERFACE_INDEX;
		body += 4;
	}
	if (tells_address) {
		type |= INTERFACE_ADDRESS;
		body += 4 + tr_address_size(&address);
	}
	if (name > 0) {
		type |= INTERFACE_NAME;
		body += padded_name;
	}
	if (object->mtu != 0) {
		type |= INTERFACE_MTU;
		body += 4;
	}
	write_object_header(writer, body, object->class, type);
	if (object->index != 0)
		tr_write_u32(writer, object->index);
	if (tells_address) {
		tr_write_u16(writer, address.family == 4 ?
		    AFI_IPV4 : AFI_IPV6);
		tr_write_u16(writer, 0);
		tr_write_bytes(writer, address.bytes,
		    tr_address_size(&address));
	}
	if (name > 0) {
		tr_write_u8(writer, (uint8_t)padded_name);
		tr_write_bytes(writer, object->name, name);
		tr_write_zeros(writer, padded_name - 1 - name);
	}
	if (object->mtu != 0)
		tr_write_u32(writer, object->mtu);
}

static void
write_checksum(struct tr_writer *writer, enum tr_sim_checksum how)
{
	uint16_t checksum = 0;

	if (how != TR_SIM_CHECKSUM_NONE)
		checksum = tr_sim_fold(tr_sim_sum(writer->start,
		    writer->used, 0));
	if (how == TR_SIM_CHECKSUM_WRONG)
		checksum ^= 0x5555;
	tr_patch_u16(writer, 2, checksum);
}

/* Make the extension in data; returns its size, 0 where there is none. */
static size_t
make_extension(const struct tr_sim_visit *visit, uint8_t *data, size_t size)
{
	const struct tr_sim_extension *extension = &visit->node->extension;
	const struct tr_sim_object *objects = extension->objects.items;
	const bool label = visit->tells_label && visit->node->names_labels;
	struct tr_writer writer;

	if (!label && extension->objects.count == 0)
		return 0;
	tr_writer_init(&writer, data, size);
	tr_write_u16(&writer, 0x2000);	/* version 2 */
	tr_write_u16(&writer, 0);
	if (label)
		write_label(&writer, visit);
	for (uint32_t i = 0; i < extension->objects.count; i++)
		if (objects[i].is_interface)
			write_interface(&writer, visit, &objects[i]);
		else {
			write_object_header(&writer, objects[i].size,
			    objects[i].class, objects[i].type);
			tr_write_bytes(&writer, objects[i].body,
			    objects[i].size);
		}
	write_checksum(&writer, extension->checksum);
	return writer.bad ? 0 : writer.used;
}

/* Messages that may have one: RFC 4884, section 4; RFC 4443 for the rest. */
static bool
takes_extension(uint8_t version, uint8_t type)
{
	if (version == 4)
		return type == 3 || type == 11 || type == 12;
	return type == 1 || type == 3;
}

/* --- the message -------------------------------------------------------- */

/* How an error is laid out behind its ICMP header. */
struct layout {
	size_t	 quoted;		/* bytes of the packet */
	size_t	 padded;		/* the quote with zeros behind it */
	uint8_t	 length;		/* the field of RFC 4884 */
	uint8_t	 extension[EXTENSION_MAX];
	size_t	 extension_size;
};

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void
lay_out(const struct tr_sim_visit *visit, uint8_t type, struct layout *layout)
{
	const struct tr_sim_packet *packet = visit->packet;
	const struct tr_sim_node *node = visit->node;
	const struct tr_sim_extension *extension = &node->extension;
	const size_t unit = packet->version == 4 ? 4 : 8;
	const size_t most = (packet->version == 4 ? ERROR4_MAX - 20 :
	    ERROR6_MAX - 40) - ICMP_HEADER;
	size_t quoted = packet->size;

	if (node->quote != 0)
		quoted = smaller(quoted, node->quote +
		    (node->quote_whole ? 0 : packet->header));
	layout->length = 0;
	layout->extension_size = takes_extension(packet->version, type) ?
	    make_extension(visit, layout->extension, EXTENSION_MAX) : 0;
	layout->quoted = smaller(quoted, most - layout->extension_size);
	layout->padded = layout->quoted;
	if (layout->extension_size == 0)
		return;
	if (node->quote == 0)
		layout->quoted = smaller(layout->quoted, QUOTE_LEAST);
	layout->padded = larger(QUOTE_LEAST,
	    (layout->quoted + unit - 1) / unit * unit);
	if (extension->at != 0)
		layout->padded = extension->at;
	layout->quoted = smaller(layout->quoted, layout->padded);
	switch (extension->length) {
	case TR_SIM_LENGTH_RIGHT:
		layout->length = (uint8_t)(layout->padded / unit);
		break;
	case TR_SIM_LENGTH_OCTETS:
		layout->length = (uint8_t)layout->padded;
		break;
	case TR_SIM_LENGTH_GIVEN:
		layout->length = extension->length_given;
		break;
	}
}

static void
write_message(struct tr_sim_packet *answer,
    const struct tr_sim_packet *packet, const struct type_and_code *what,
    const struct layout *layout, uint32_t told)
{
	const uint8_t head[2] = { what->type, what->code };
	const size_t icmp = answer->header, quote = icmp + ICMP_HEADER;

	tr_sim_put(answer, icmp, head, sizeof(head));
	if (packet->version == 4) {
		tr_sim_put(answer, icmp + 5, &layout->length, 1);
		tr_sim_put_u16(answer, icmp + 6, (uint16_t)told);
	} else if (told != 0)
		tr_sim_put_u32(answer, icmp + 4, told);
	else
		tr_sim_put(answer, icmp + 4, &layout->length, 1);
	tr_sim_put(answer, quote, packet->bytes, layout->quoted);
	tr_sim_put(answer, quote + layout->padded, layout->extension,
	    layout->extension_size);
	(void)tr_sim_packet_decode(answer);
	tr_sim_put_checksum(answer);
	(void)tr_sim_packet_decode(answer);
}

enum tr_sim_outcome
tr_sim_complain(struct tr_sim_visit *visit, enum tr_sim_complaint what,
    uint32_t mtu, bool as_target)
{
	struct tr_sim_packet *packet = visit->packet;
	const struct type_and_code *numbers = packet->version == 4 ?
	    &complaints4[what] : &complaints6[what];
	struct tr_sim_header header = {
		.dst = packet->src,
		.ttl = visit->node->ttl,
		.tos = packet->version == 6 ? 0 : (uint8_t)(visit->node->tos |
		    (packet->tos & visit->node->tos_copied)),
		.protocol = packet->version == 4 ?
		    TR_SIM_IPPROTO_ICMP : TR_SIM_IPPROTO_ICMP6,
	};
	uint32_t leaves = TR_SIM_NONE;
	struct layout layout;

	visit->expired = what == TR_SIM_TTL_EXCEEDED;
	if (!may_complain(packet))
		return TR_SIM_GONE;
	header.src = as_target ?
	    packet->dst : complainant(visit, &leaves);
	if (what == TR_SIM_TOO_BIG && visit->node->hides_mtu)
		return TR_SIM_GONE;
	/* A router without an address of the family has no name to use. */
	if (!tr_address_is_set(&header.src) || tr_sim_is_silent(visit) ||
	    !tr_sim_take_token(visit->state, packet->node, &packet->src,
	    visit->now))
		return TR_SIM_GONE;
	if (packet->version == 4)
		header.id = tr_sim_identify(visit->state, packet->node,
		    packet, visit->now);
	tr_sim_packet_settle(packet);
	lay_out(visit, numbers->type, &layout);
	if (tr_sim_packet_make(visit->answer, &header, ICMP_HEADER +
	    layout.padded + layout.extension_size) != TR_OK)
		return TR_SIM_NO_MEMORY;
	/* RFC 4443, 3.4: it points at what is not known. */
	if (what == TR_SIM_PROTOCOL_UNREACHABLE && packet->version == 6)
		mtu = (uint32_t)packet->names_next;
	if (what == TR_SIM_TOO_BIG && visit->node->tells_mtu)
		mtu = visit->node->mtu_told;
	write_message(visit->answer, packet, numbers, &layout, mtu);
	visit->answer->leaves = leaves;
	return tr_sim_answered(visit);
}
