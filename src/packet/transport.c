#include "base/bytes.h"
#include "base/error.h"
#include "packet/transport.h"
#include "packet/wire.h"

#define TCP_OPTION_END	0
#define TCP_OPTION_NOP	1
#define TCP_OPTION_MSS	2

/* What is left of the reader, but no more than most bytes. */
static void
take_payload(struct tr_reader *reader, size_t most,
    struct tr_transport *transport)
{
	const size_t left = tr_reader_left(reader);

	transport->payload_size = left < most ? left : most;
	transport->payload = tr_read_bytes(reader, transport->payload_size);
}

/* RFC 768. */
static int
decode_udp(struct tr_reader *reader, struct tr_transport *transport)
{
	const uint16_t length = tr_read_u16(reader);
	const uint16_t checksum = tr_read_u16(reader);

	if (reader->bad)
		return TR_OK;
	transport->rest = true;
	transport->full = true;
	transport->udp_length = length;
	transport->checksum = checksum;
	/* A length below 8 is no length: 0 is what a jumbogram has. */
	take_payload(reader, length >= TR_UDP_HEADER ?
	    length - (size_t)TR_UDP_HEADER : SIZE_MAX, transport);
	return TR_OK;
}

/*
 * RFC 9293, section 3.2: one byte (end, no-operation), or kind, length, data.
 * A malformed or cut list ends the walk: what came before it stands.
 */
static void
read_tcp_options(struct tr_reader *reader, struct tr_transport *transport)
{
	while (tr_reader_left(reader) > 0) {
		const uint8_t kind = tr_read_u8(reader);
		struct tr_reader body;
		const uint8_t *data;
		uint8_t length;

		if (kind == TCP_OPTION_END)
			return;
		if (kind == TCP_OPTION_NOP)
			continue;
		length = tr_read_u8(reader);
		if (length < 2)
			return;
		data = tr_read_bytes(reader, length - (size_t)2);
		if (data == NULL)
			return;
		if (kind == TCP_OPTION_MSS && length == 4) {
			tr_reader_init(&body, data, 2);
			transport->tcp_mss = tr_read_u16(&body);
		}
	}
}

/* The rest of the fixed header; the sequence number has been read. */
static int
decode_tcp_full(struct tr_reader *reader, struct tr_transport *transport)
{
	const uint32_t acknowledgement = tr_read_u32(reader);
	const size_t header = (size_t)(tr_read_u8(reader) >> 4) * 4;
	const uint8_t flags = tr_read_u8(reader);
	const uint16_t window = tr_read_u16(reader);
	const uint16_t checksum = tr_read_u16(reader);
	struct tr_reader options;
	const uint8_t *bytes;
	size_t size;

	tr_read_u16(reader);		/* urgent pointer */
	if (reader->bad)
		return TR_OK;
	if (header < TR_TCP_HEADER)
		return TR_EFORMAT;
	transport->tcp_header_size = (uint8_t)header;
	transport->full = true;
	transport->tcp_acknowledgement = acknowledgement;
	transport->tcp_flags = flags;
	transport->tcp_window = window;
	transport->checksum = checksum;

	size = header - TR_TCP_HEADER;
	if (size > tr_reader_left(reader)) {
		read_tcp_options(reader, transport);
		return TR_OK;
	}
	bytes = tr_read_bytes(reader, size);
	tr_reader_init(&options, bytes, size);
	read_tcp_options(&options, transport);
	take_payload(reader, SIZE_MAX, transport);
	return TR_OK;
}

static int
decode_tcp(struct tr_reader *reader, struct tr_transport *transport)
{
	const uint32_t sequence = tr_read_u32(reader);

	if (reader->bad)
		return TR_OK;
	transport->rest = true;
	transport->tcp_sequence = sequence;
	return decode_tcp_full(reader, transport);
}

/* RFC 792, RFC 4443 section 4. */
static int
decode_icmp(struct tr_reader *reader, struct tr_transport *transport)
{
	const uint16_t id = tr_read_u16(reader);
	const uint16_t sequence = tr_read_u16(reader);

	if (reader->bad)
		return TR_OK;
	transport->rest = true;
	transport->full = true;
	transport->icmp_id = id;
	transport->icmp_sequence = sequence;
	take_payload(reader, SIZE_MAX, transport);
	return TR_OK;
}

/* What follows the first four bytes, for each protocol. */
static const struct transport_row {
	uint8_t	protocol;
	bool	has_ports;		/* or type, code and checksum */
	int	(*decode)(struct tr_reader *, struct tr_transport *);
} rows[] = {
	{ TR_IPPROTO_UDP, true, decode_udp },
	{ TR_IPPROTO_TCP, true, decode_tcp },
	{ TR_IPPROTO_ICMP, false, decode_icmp },
	{ TR_IPPROTO_ICMP6, false, decode_icmp },
};

static const struct transport_row *
row_of(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].protocol == protocol)
			return &rows[i];
	return NULL;
}

int
tr_transport_decode(uint8_t protocol, const uint8_t *data, size_t size,
    struct tr_transport *transport)
{
	const struct transport_row *row = row_of(protocol);
	struct tr_reader reader;
	uint16_t first, second;

	*transport = (struct tr_transport){ .protocol = protocol };
	if (row == NULL)
		return TR_EUNSUPPORTED;
	tr_reader_init(&reader, data, size);
	first = tr_read_u16(&reader);
	second = tr_read_u16(&reader);
	if (reader.bad)
		return TR_ETRUNCATED;
	transport->ports = true;
	if (row->has_ports) {
		transport->source_port = first;
		transport->destination_port = second;
	} else {
		transport->icmp_type = (uint8_t)(first >> 8);
		transport->icmp_code = (uint8_t)first;
		transport->checksum = second;
	}
	return row->decode(&reader, transport);
}

const char *
tr_tcp_flag_name(unsigned bit)
{
	static const char *const names[8] = {
		"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr",
	};

	return bit < 8 ? names[bit] : "unknown";
}
