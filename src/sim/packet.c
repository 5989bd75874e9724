#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "sim/packet.h"
#include "sim/topology.h"

#define UDP_HEADER	8
#define HEADER4		20
#define HEADER6		40
#define NEXT_HEADER_OF_6 6
#define EXTENSIONS_MAX	8
#define ROOM_LEAST	256

#define NEXT_HOPOPTS	0
#define NEXT_ROUTING	43
#define NEXT_FRAGMENT	44
#define NEXT_DSTOPTS	60

#define ICMP4_ECHO_REPLY	0
#define ICMP4_ECHO_REQUEST	8
#define ICMP6_ECHO_REQUEST	128
#define ICMP6_ECHO_REPLY	129
#define ICMP6_INFORMATION	128	/* types from here on: RFC 4443, 2.1 */

/* Where a checksum stands in its header. */
#define CHECKSUM_OF_ICMP	2
#define CHECKSUM_OF_UDP		6
#define CHECKSUM_OF_TCP		16

/* --- bytes -------------------------------------------------------------- */

uint32_t
tr_sim_sum(const uint8_t *data, size_t size, uint32_t sum)
{
	struct tr_reader reader;
	uint64_t wide = sum;

	tr_reader_init(&reader, data, size);
	for (size_t i = 0; i < size / 4; i++)
		wide += tr_read_u32(&reader);
	if (size % 4 >= 2)
		wide += tr_read_u16(&reader);
	if (size % 2 == 1)
		wide += (uint32_t)tr_read_u8(&reader) << 8;
	/* 2^16 is 1 in this arithmetic: words of 32 bits add up alike. */
	while (wide >> 32 != 0)
		wide = (wide & UINT32_MAX) + (wide >> 32);
	return (uint32_t)wide;
}

uint16_t
tr_sim_fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
read_at(const struct tr_sim_packet *packet, size_t at,
    struct tr_reader *reader)
{
	if (at > packet->size)
		at = packet->size;
	tr_reader_init(reader, packet->bytes + at, packet->size - at);
}

uint16_t
tr_sim_get_u16(const struct tr_sim_packet *packet, size_t at)
{
	struct tr_reader reader;

	read_at(packet, at, &reader);
	return tr_read_u16(&reader);
}

uint32_t
tr_sim_get_u32(const struct tr_sim_packet *packet, size_t at)
{
	struct tr_reader reader;

	read_at(packet, at, &reader);
	return tr_read_u32(&reader);
}

void
tr_sim_put(struct tr_sim_packet *packet, size_t at, const void *data,
    size_t size)
{
	struct tr_writer writer;

	if (at >= packet->size)
		return;
	if (size > packet->size - at)
		size = packet->size - at;
	tr_writer_init(&writer, packet->bytes + at, packet->size - at);
	tr_write_bytes(&writer, data, size);
}

void
tr_sim_put_u16(struct tr_sim_packet *packet, size_t at, uint16_t value)
{
	const uint8_t bytes[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	tr_sim_put(packet, at, bytes, sizeof(bytes));
}

void
tr_sim_put_u32(struct tr_sim_packet *packet, size_t at, uint32_t value)
{
	tr_sim_put_u16(packet, at, (uint16_t)(value >> 16));
	tr_sim_put_u16(packet, at + 2, (uint16_t)value);
}

/* --- a packet's life ---------------------------------------------------- */

int
tr_sim_packet_reserve(struct tr_sim_packet *packet, size_t size)
{
	size_t room = packet->room < ROOM_LEAST ? ROOM_LEAST : packet->room;
	uint8_t *bytes;

	if (size <= packet->room)
		return TR_OK;
	while (room < size)
		room *= 2;
	bytes = realloc(packet->bytes, room);
	if (bytes == NULL)
		return TR_ENOMEM;
	packet->bytes = bytes;
	packet->room = room;
	return TR_OK;
}

void
tr_sim_packet_clear(struct tr_sim_packet *packet)
{
	free(packet->bytes);
	*packet = (struct tr_sim_packet){ .bytes = NULL };
}

int
tr_sim_packet_copy(struct tr_sim_packet *to, const struct tr_sim_packet *from)
{
	uint8_t *bytes;
	size_t room;

	if (tr_sim_packet_reserve(to, from->size) != TR_OK)
		return TR_ENOMEM;
	bytes = to->bytes;
	room = to->room;
	*to = *from;
	to->bytes = bytes;
	to->room = room;
	memcpy(to->bytes, from->bytes, from->size);
	return TR_OK;
}

/*
 * A quoted packet is decoded as far as it is there: its lengths and checksum
 * speak of the whole.
 */
static int
decode_v4(struct tr_sim_packet *packet, struct tr_reader *reader, bool quoted)
{
	const uint8_t first = tr_read_u8(reader);
	const size_t header = (size_t)(first & 15) * 4;
	const uint8_t *address;
	uint16_t total, fragment;

	packet->tos = tr_read_u8(reader);
	total = tr_read_u16(reader);
	packet->id = tr_read_u16(reader);
	fragment = tr_read_u16(reader);
	packet->ttl = tr_read_u8(reader);
	packet->protocol = tr_read_u8(reader);
	tr_read_u16(reader);
	address = tr_read_bytes(reader, 4);
	if (address != NULL)
		packet->src = tr_address_v4(address);
	address = tr_read_bytes(reader, 4);
	if (address == NULL || header < HEADER4 || header > packet->size)
		return TR_EFORMAT;
	if (!quoted && (total < header || total > packet->size ||
	    tr_sim_fold(tr_sim_sum(packet->bytes, header, 0)) != 0))
		return TR_EFORMAT;
	packet->dst = tr_address_v4(address);
	packet->dont_fragment = (fragment & 0x4000) != 0;
	packet->more_fragments = (fragment & 0x2000) != 0;
	packet->fragment_offset = (uint16_t)((fragment & 0x1fff) * 8);
	packet->fragment_id = packet->id;
	packet->flow_label = 0;
	packet->header = header;
	if (!quoted)
		packet->size = total;
	return TR_OK;
}

/* Walk the extension headers to the transport. */
static int
decode_extensions(struct tr_sim_packet *packet, struct tr_reader *reader)
{
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		const uint8_t kind = packet->protocol;
		size_t size = 8;
		uint8_t length;

		if (kind != NEXT_HOPOPTS && kind != NEXT_ROUTING &&
		    kind != NEXT_FRAGMENT && kind != NEXT_DSTOPTS)
			return TR_OK;
		packet->protocol = tr_read_u8(reader);
		packet->names_next = packet->header;
		length = tr_read_u8(reader);
		if (kind == NEXT_FRAGMENT) {
			const uint16_t fragment = tr_read_u16(reader);

			packet->fragment_offset = fragment & 0xfff8;
			packet->more_fragments = (fragment & 1) != 0;
			packet->fragment_id = tr_read_u32(reader);
		} else {
			size = 8 + (size_t)length * 8;
			tr_read_bytes(reader, size - 2);
		}
		if (reader->bad)
			return TR_EFORMAT;
		packet->header += size;
		/* What is behind a later fragment's header is data. */
		if (packet->fragment_offset != 0)
			return TR_OK;
	}
	return TR_EFORMAT;
}

static int
decode_v6(struct tr_sim_packet *packet, struct tr_reader *reader, bool quoted)
{
	const uint32_t first = tr_read_u32(reader);
	const uint16_t length = tr_read_u16(reader);
	const uint8_t *address;

	packet->tos = (uint8_t)(first >> 20);
	packet->flow_label = first & 0xfffff;
	packet->protocol = tr_read_u8(reader);
	packet->ttl = tr_read_u8(reader);
	address = tr_read_bytes(reader, 16);
	if (address != NULL)
		packet->src = tr_address_v6(address);
	address = tr_read_bytes(reader, 16);
	if (address == NULL || (!quoted &&
	    (size_t)length + HEADER6 > packet->size))
		return TR_EFORMAT;
	packet->dst = tr_address_v6(address);
	packet->id = 0;
	packet->dont_fragment = false;
	packet->more_fragments = false;
	packet->fragment_offset = 0;
	packet->fragment_id = 0;
	packet->header = HEADER6;
	packet->names_next = NEXT_HEADER_OF_6;
	if (!quoted)
		packet->size = (size_t)length + HEADER6;
	read_at(packet, HEADER6, reader);
	return decode_extensions(packet, reader);
}

static int
decode(struct tr_sim_packet *packet, bool quoted)
{
	struct tr_reader reader;
	int status = TR_EFORMAT;

	read_at(packet, 0, &reader);
	packet->version = (uint8_t)(tr_sim_get_u16(packet, 0) >> 12);
	if (packet->version == 4)
		status = decode_v4(packet, &reader, quoted);
	else if (packet->version == 6)
		status = decode_v6(packet, &reader, quoted);
	if (status != TR_OK)
		return status;
	read_at(packet, packet->header, &reader);
	packet->word = packet->fragment_offset == 0 ?
	    tr_read_u32(&reader) : 0;
	packet->has_word = packet->fragment_offset == 0 && !reader.bad;
	packet->second = packet->has_word ? tr_read_u32(&reader) : 0;
	packet->has_second = packet->has_word && !reader.bad;
	return TR_OK;
}

int
tr_sim_packet_decode(struct tr_sim_packet *packet)
{
	return decode(packet, false);
}

int
tr_sim_packet_quote(const struct tr_sim_packet *packet,
    struct tr_sim_packet *quote)
{
	const size_t at = packet->header + 8;

	*quote = (struct tr_sim_packet){ .bytes = NULL };
	if (!tr_sim_is_error(packet) || at > packet->size)
		return TR_EFORMAT;
	quote->bytes = packet->bytes + at;
	quote->size = packet->size - at;
	return decode(quote, true);
}

int
tr_sim_packet_load(struct tr_sim_packet *packet, const uint8_t *bytes,
    size_t size)
{
	if (size == 0 || size > TR_SIM_PACKET_MAX)
		return TR_EFORMAT;
	if (tr_sim_packet_reserve(packet, size) != TR_OK)
		return TR_ENOMEM;
	packet->size = size;
	packet->labelled = false;
	packet->leaves = TR_SIM_NONE;
	packet->steps = 0;
	memcpy(packet->bytes, bytes, size);
	return tr_sim_packet_decode(packet);
}

static void
write_checksum_v4(struct tr_sim_packet *packet, size_t header)
{
	tr_sim_put_u16(packet, 10, 0);
	tr_sim_put_u16(packet, 10, tr_sim_fold(tr_sim_sum(packet->bytes,
	    header, 0)));
}

void
tr_sim_packet_settle(struct tr_sim_packet *packet)
{
	const uint8_t tos_and_label[2] = {
		(uint8_t)(6 << 4 | packet->tos >> 4),
		(uint8_t)(packet->tos << 4 |
		    (int)(packet->flow_label >> 16)),
	};

	if (packet->version == 6) {
		tr_sim_put(packet, 0, tos_and_label, 2);
		tr_sim_put(packet, 7, &packet->ttl, 1);
		return;
	}
	tr_sim_put(packet, 1, &packet->tos, 1);
	tr_sim_put(packet, 8, &packet->ttl, 1);
	write_checksum_v4(packet, packet->header);
}

/* --- what it is --------------------------------------------------------- */

bool
tr_sim_is_icmp(const struct tr_sim_packet *packet)
{
	return packet->protocol == (packet->version == 4 ?
	    TR_SIM_IPPROTO_ICMP : TR_SIM_IPPROTO_ICMP6);
}

bool
tr_sim_is_error(const struct tr_sim_packet *packet)
{
	const uint8_t type = tr_sim_icmp_type(packet);

	if (!tr_sim_is_icmp(packet) || !packet->has_word)
		return false;
	if (packet->version == 6)
		return type < ICMP6_INFORMATION;
	return type == 3 || type == 4 || type == 5 || type == 11 ||
	    type == 12;
}

bool
tr_sim_is_echo_request(const struct tr_sim_packet *packet)
{
	return tr_sim_is_icmp(packet) && packet->has_second &&
	    tr_sim_icmp_type(packet) == (packet->version == 4 ?
	    ICMP4_ECHO_REQUEST : ICMP6_ECHO_REQUEST);
}

bool
tr_sim_is_echo_reply(const struct tr_sim_packet *packet)
{
	return tr_sim_is_icmp(packet) && packet->has_second &&
	    tr_sim_icmp_type(packet) == (packet->version == 4 ?
	    ICMP4_ECHO_REPLY : ICMP6_ECHO_REPLY);
}

uint8_t
tr_sim_tcp_flags(const struct tr_sim_packet *packet)
{
	if (packet->protocol != TR_SIM_IPPROTO_TCP || !packet->has_second)
		return 0;
	return (uint8_t)tr_sim_get_u16(packet, packet->header + 12);
}

/* --- the transport's checksum ------------------------------------------- */

/* Where it stands; 0 where the packet has none. */
static size_t
checksum_at(const struct tr_sim_packet *packet)
{
	size_t at;

	if (packet->fragment_offset != 0 || packet->more_fragments)
		return 0;
	if (tr_sim_is_icmp(packet))
		at = CHECKSUM_OF_ICMP;
	else if (packet->protocol == TR_SIM_IPPROTO_UDP)
		at = CHECKSUM_OF_UDP;
	else if (packet->protocol == TR_SIM_IPPROTO_TCP)
		at = CHECKSUM_OF_TCP;
	else
		return 0;
	at += packet->header;
	return at + 2 <= packet->size ? at : 0;
}

/* Of the transport as it stands, with the pseudo header where it has one. */
static uint32_t
transport_sum(const struct tr_sim_packet *packet)
{
	const size_t address = tr_address_size(&packet->src);
	size_t size = packet->size - packet->header;
	uint32_t sum = 0;

	/* What is behind the datagram's end is not of it: RFC 768. */
	if (packet->protocol == TR_SIM_IPPROTO_UDP && size >= UDP_HEADER &&
	    tr_sim_get_u16(packet, packet->header + 4) >= UDP_HEADER &&
	    tr_sim_get_u16(packet, packet->header + 4) < size)
		size = tr_sim_get_u16(packet, packet->header + 4);
	if (packet->protocol != TR_SIM_IPPROTO_ICMP) {
		sum = (uint32_t)size + packet->protocol;
		sum = tr_sim_sum(packet->src.bytes, address, sum);
		sum = tr_sim_sum(packet->dst.bytes, address, sum);
	}
	return tr_sim_sum(packet->bytes + packet->header, size, sum);
}

bool
tr_sim_transport_is_sound(const struct tr_sim_packet *packet)
{
	const size_t at = checksum_at(packet);

	if (at == 0)
		return false;
	if (packet->protocol == TR_SIM_IPPROTO_UDP &&
	    tr_sim_get_u16(packet, at) == 0)
		return packet->version == 4;
	return tr_sim_fold(transport_sum(packet)) == 0;
}

void
tr_sim_put_checksum(struct tr_sim_packet *packet)
{
	const size_t at = checksum_at(packet);
	uint16_t checksum;

	if (at == 0)
		return;
	tr_sim_put_u16(packet, at, 0);
	checksum = tr_sim_fold(transport_sum(packet));
	if (checksum == 0 && packet->protocol == TR_SIM_IPPROTO_UDP)
		checksum = 0xffff;
	tr_sim_put_u16(packet, at, checksum);
}

/* --- a new one ---------------------------------------------------------- */

static void
write_header_v4(struct tr_writer *writer, const struct tr_sim_header *header,
    size_t body)
{
	tr_write_u8(writer, 0x45);
	tr_write_u8(writer, header->tos);
	tr_write_u16(writer, (uint16_t)(body + HEADER4));
	tr_write_u16(writer, header->id);
	tr_write_u16(writer, header->dont_fragment ? 0x4000 : 0);
	tr_write_u8(writer, header->ttl);
	tr_write_u8(writer, header->protocol);
	tr_write_u16(writer, 0);
	tr_write_bytes(writer, header->src.bytes, 4);
	tr_write_bytes(writer, header->dst.bytes, 4);
}

static void
write_header_v6(struct tr_writer *writer, const struct tr_sim_header *header,
    size_t body)
{
	tr_write_u32(writer, UINT32_C(6) << 28 | (uint32_t)header->tos << 20 |
	    header->flow_label);
	tr_write_u16(writer, (uint16_t)body);
	tr_write_u8(writer, header->protocol);
	tr_write_u8(writer, header->ttl);
	tr_write_bytes(writer, header->src.bytes, 16);
	tr_write_bytes(writer, header->dst.bytes, 16);
}

int
tr_sim_packet_make(struct tr_sim_packet *packet,
    const struct tr_sim_header *header, size_t body)
{
	const bool v4 = header->dst.family == 4;
	const size_t size = body + (v4 ? HEADER4 : HEADER6);
	struct tr_writer writer;

	if (tr_sim_packet_reserve(packet, size) != TR_OK)
		return TR_ENOMEM;
	tr_writer_init(&writer, packet->bytes, size);
	if (v4)
		write_header_v4(&writer, header, body);
	else
		write_header_v6(&writer, header, body);
	tr_write_zeros(&writer, body);
	packet->size = size;
	packet->labelled = false;
	packet->leaves = TR_SIM_NONE;
	packet->steps = 0;
	if (v4)
		write_checksum_v4(packet, HEADER4);
	(void)tr_sim_packet_decode(packet);
	return TR_OK;
}
