#include <libnet.h>
#include <stdlib.h>
#include <string.h>

#undef icmp_id				/* libnet's macro for a member */

#include "base/bytes.h"
#include "base/error.h"
#include "packet/checksum.h"
#include "packet/probe.h"
#include "packet/wire.h"

#define STEERING		2	/* bytes: the payload's first word */
#define COOKIE_SIZE		8	/* with the steering word */
#define TOKEN_SIZE		4	/* behind the cookie */
#define COOKIE_MAGIC		0x5452	/* "TR" */
#define DONT_FRAGMENT		0x4000

#define TCP_WINDOW		64240	/* 44 segments of 1460 bytes */
#define TCP_OPTIONS_SHORT	4	/* the MSS alone */
#define TCP_OPTIONS		20

struct tr_builder {
	libnet_t	*libnet;
	uint8_t		 payload[TR_PROBE_SIZE_MAX];
};

/* A probe on its way through libnet. */
struct draft {
	const struct tr_probe_spec *spec;
	libnet_t	*libnet;
	uint8_t		*payload;
	uint16_t	 header;	/* of the transport, with options */
	uint16_t	 payload_size;
};

static int build_udp(const struct draft *);
static int build_icmp(const struct draft *);
static int build_tcp(const struct draft *);

/* What there is to know of each protocol: adding one is one row. */
static const struct protocol_row {
	const char *name;
	uint8_t	 number4;
	uint8_t	 number6;
	uint16_t header;
	uint16_t least;			/* bytes behind the header */
	bool	 steered;		/* has a payload that says so */
	size_t	 checksum_offset;
	int	(*build)(const struct draft *);
} rows[] = {
	[TR_PROTOCOL_UDP] = { "UDP", TR_IPPROTO_UDP, TR_IPPROTO_UDP,
	    TR_UDP_HEADER, STEERING, true, 6, build_udp },
	[TR_PROTOCOL_ICMP] = { "ICMP", TR_IPPROTO_ICMP, TR_IPPROTO_ICMP6,
	    TR_ICMP_HEADER, STEERING, true, 2, build_icmp },
	[TR_PROTOCOL_TCP] = { "TCP", TR_IPPROTO_TCP, TR_IPPROTO_TCP,
	    TR_TCP_HEADER, TCP_OPTIONS_SHORT, false, 16, build_tcp },
};

const char *
tr_protocol_name(enum tr_protocol protocol)
{
	return rows[protocol].name;
}

uint8_t
tr_protocol_number(enum tr_protocol protocol, uint8_t family)
{
	return family == 4 ? rows[protocol].number4 : rows[protocol].number6;
}

static uint16_t
ip_header_size(uint8_t family)
{
	return family == 4 ? TR_IPV4_HEADER : TR_IPV6_HEADER;
}

uint16_t
tr_probe_size_min(enum tr_protocol protocol, uint8_t family)
{
	return (uint16_t)(ip_header_size(family) + rows[protocol].header +
	    rows[protocol].least);
}

uint16_t
tr_probe_size_default(uint8_t family)
{
	return family == 4 ? 60 : 80;
}

struct tr_builder *
tr_builder_new(void)
{
	char reason[LIBNET_ERRBUF_SIZE];
	struct tr_builder *builder = calloc(1, sizeof(*builder));

	if (builder == NULL)
		return NULL;
	builder->libnet = libnet_init(LIBNET_NONE, NULL, reason);
	if (builder->libnet == NULL) {
		free(builder);
		return NULL;
	}
	return builder;
}

void
tr_builder_free(struct tr_builder *builder)
{
	if (builder == NULL)
		return;
	libnet_destroy(builder->libnet);
	free(builder);
}

static bool
is_in_range(uint16_t value)
{
	return value != 0 && value != 0xffff;
}

static bool
has_syn(const struct tr_probe_spec *spec)
{
	return (spec->tcp_flags & TR_TCP_SYN) != 0;
}

static bool
has_token(const struct tr_probe_spec *spec, size_t payload_size)
{
	return spec->token != 0 && payload_size >= COOKIE_SIZE + TOKEN_SIZE;
}

/* How many bytes of the payload stand before the filling: see the header. */
static size_t
told_size(const struct tr_probe_spec *spec, size_t payload_size)
{
	return COOKIE_SIZE + (has_token(spec, payload_size) ? TOKEN_SIZE :
	    0u) + spec->text_size;
}

static bool
text_fits(const struct tr_probe_spec *spec)
{
	const size_t room = (size_t)spec->size -
	    ip_header_size(spec->dst.family) - rows[spec->protocol].header;

	return spec->text_size == 0 || !rows[spec->protocol].steered ||
	    told_size(spec, room) <= room;
}

static bool
spec_is_valid(const struct tr_probe_spec *spec)
{
	uint16_t least;

	if ((unsigned)spec->protocol > TR_PROTOCOL_TCP ||
	    !tr_address_is_set(&spec->src) ||
	    spec->src.family != spec->dst.family)
		return false;
	if (spec->ttl == 0 || !is_in_range(spec->identifier) ||
	    spec->flow_label > 0xfffff)
		return false;
	/* A classic probe has the checksum that it comes to. */
	if (spec->protocol == TR_PROTOCOL_ICMP && !spec->classic &&
	    !is_in_range(spec->icmp_checksum))
		return false;
	least = tr_probe_size_min(spec->protocol, spec->dst.family);
	if (spec->protocol == TR_PROTOCOL_TCP && !has_syn(spec))
		least = (uint16_t)(least - TCP_OPTIONS_SHORT);
	return spec->size >= least && text_fits(spec);
}

/*
 * The checksum that libnet is to write: 0 makes it compute one.  In a steered
 * packet the payload's first word is made to fit it, see mend_checksum().
 */
static uint16_t
given_checksum(const struct tr_probe_spec *spec)
{
	if (spec->classic)
		return 0;
	return spec->protocol == TR_PROTOCOL_UDP ?
	    spec->identifier : spec->icmp_checksum;
}

static void
fill_payload(const struct draft *draft)
{
	const struct tr_probe_spec *spec = draft->spec;
	uint8_t cookie[COOKIE_SIZE];
	struct tr_writer writer;

	tr_writer_init(&writer, cookie, sizeof(cookie));
	tr_write_u16(&writer, 0);
	tr_write_u16(&writer, COOKIE_MAGIC);
	tr_write_u16(&writer, spec->identifier);
	tr_write_u8(&writer, spec->ttl);
	tr_write_u8(&writer, 'G');

	tr_writer_init(&writer, draft->payload, draft->payload_size);
	if (!rows[spec->protocol].steered) {
		tr_write_zeros(&writer, draft->payload_size);
		return;
	}
	tr_write_bytes(&writer, cookie, draft->payload_size < COOKIE_SIZE ?
	    draft->payload_size : COOKIE_SIZE);
	if (has_token(spec, draft->payload_size))
		tr_write_u32(&writer, spec->token);
	if (spec->text_size > 0)
		tr_write_bytes(&writer, spec->text, spec->text_size);
	/* Printable, as traceroute(8) fills: 0x40 to 0x7e, over and over. */
	for (size_t i = told_size(spec, draft->payload_size);
	    i < draft->payload_size; i++)
		tr_write_u8(&writer, (uint8_t)(0x40 + i % 63));
}

static int
build_udp(const struct draft *draft)
{
	const struct tr_probe_spec *spec = draft->spec;

	return libnet_build_udp(spec->source_port, spec->destination_port,
	    (uint16_t)(draft->header + draft->payload_size),
	    given_checksum(spec), draft->payload, draft->payload_size,
	    draft->libnet, 0);
}

static int
build_icmp(const struct draft *draft)
{
	const struct tr_probe_spec *spec = draft->spec;
	const uint16_t checksum = given_checksum(spec);

	if (spec->dst.family == 4)
		return libnet_build_icmpv4_echo(TR_ICMP4_ECHO_REQUEST, 0,
		    checksum, spec->icmp_id, spec->identifier, draft->payload,
		    draft->payload_size, draft->libnet, 0);
	return libnet_build_icmpv6_echo(TR_ICMP6_ECHO_REQUEST, 0, checksum,
	    spec->icmp_id, spec->identifier, draft->payload,
	    draft->payload_size, draft->libnet, 0);
}

/*
 * The options of a SYN as Linux sends them, in its order (RFC 9293 3.7.1,
 * RFC 2018, RFC 7323).  The timestamp is the same in all probes.
 */
static const uint8_t tcp_options[2][TCP_OPTIONS] = {
	{ 2, 4, 0x05, 0xb4,			/* MSS 1460: IPv4 */
	    4, 2,				/* SACK permitted */
	    8, 10, 0x54, 0x52, 0, 1, 0, 0, 0, 0,
	    1,					/* no-operation */
	    3, 3, 7 },				/* window scale */
	{ 2, 4, 0x05, 0xa0,			/* MSS 1440: IPv6 */
	    4, 2,
	    8, 10, 0x54, 0x52, 0, 1, 0, 0, 0, 0,
	    1,
	    3, 3, 7 },
};

/* How many bytes of options a TCP probe with room for so many gets. */
static uint16_t
tcp_options_size(const struct tr_probe_spec *spec, size_t room)
{
	if (!has_syn(spec))
		return 0;
	return room >= TCP_OPTIONS ? TCP_OPTIONS : TCP_OPTIONS_SHORT;
}

/* libnet wants the blocks inside out: data, options, header. */
static int
build_tcp(const struct draft *draft)
{
	const struct tr_probe_spec *spec = draft->spec;
	const uint32_t options = draft->header - (uint32_t)TR_TCP_HEADER;
	const uint32_t acknowledgement = (spec->tcp_flags & TR_TCP_ACK) != 0 ?
	    spec->tcp_acknowledgement : 0;

	if (draft->payload_size > 0 && libnet_build_data(draft->payload,
	    draft->payload_size, draft->libnet, 0) == -1)
		return -1;
	if (options > 0 && libnet_build_tcp_options(
	    tcp_options[spec->dst.family == 6], options, draft->libnet,
	    0) == -1)
		return -1;
	return libnet_build_tcp(spec->source_port, spec->destination_port,
	    spec->tcp_sequence, acknowledgement, spec->tcp_flags, TCP_WINDOW,
	    0, 0, (uint16_t)(draft->header + draft->payload_size), NULL, 0,
	    draft->libnet, 0);
}

static int
build_ipv4(const struct draft *draft)
{
	const struct tr_probe_spec *spec = draft->spec;
	uint32_t src, dst;		/* in network order: libnet's way */

	memcpy(&src, spec->src.bytes, sizeof(src));
	memcpy(&dst, spec->dst.bytes, sizeof(dst));
	return libnet_build_ipv4(spec->size, spec->tos, spec->identifier,
	    spec->dont_fragment ? DONT_FRAGMENT : 0, spec->ttl,
	    tr_protocol_number(spec->protocol, 4), 0, src, dst, NULL, 0,
	    draft->libnet, 0);
}

static int
build_ipv6(const struct draft *draft)
{
	const struct tr_probe_spec *spec = draft->spec;
	struct libnet_in6_addr src, dst;

	memcpy(&src, spec->src.bytes, sizeof(src));
	memcpy(&dst, spec->dst.bytes, sizeof(dst));
	return libnet_build_ipv6(spec->tos, spec->flow_label,
	    (uint16_t)(spec->size - TR_IPV6_HEADER),
	    tr_protocol_number(spec->protocol, 6), spec->ttl, src, dst, NULL,
	    0, draft->libnet, 0);
}

/* Run libnet, and copy what it built to the writer. */
static int
assemble(const struct draft *draft, struct tr_writer *writer)
{
	const struct tr_probe_spec *spec = draft->spec;
	uint8_t *packet;
	uint32_t size;
	int ptag;

	libnet_clear_packet(draft->libnet);
	if (rows[spec->protocol].build(draft) == -1)
		return TR_ENOMEM;
	ptag = spec->dst.family == 4 ? build_ipv4(draft) : build_ipv6(draft);
	if (ptag == -1)
		return TR_ENOMEM;
	if (libnet_pblock_coalesce(draft->libnet, &packet, &size) == -1)
		return TR_ENOMEM;
	tr_write_bytes(writer, packet, size);
	libnet_adv_free_packet(draft->libnet, packet);
	return writer->bad || size != spec->size ? TR_ENOMEM : TR_OK;
}

static uint16_t
written_u16(const struct tr_writer *writer, size_t offset)
{
	struct tr_reader reader;

	tr_reader_init(&reader, writer->start, writer->used);
	tr_read_bytes(&reader, offset);
	return tr_read_u16(&reader);
}

/* libnet 1.1.6 loses bits of the flow label: write the first word anew. */
static void
mend_ipv6(const struct tr_probe_spec *spec, struct tr_writer *writer)
{
	const uint32_t word = UINT32_C(6) << 28 | (uint32_t)spec->tos << 20 |
	    spec->flow_label;

	tr_patch_u16(writer, 0, (uint16_t)(word >> 16));
	tr_patch_u16(writer, 2, (uint16_t)word);
}

/* What the transport lacks to sum up right: 0 where libnet did it all. */
static uint16_t
lack(const struct tr_probe_spec *spec, const struct tr_writer *writer)
{
	const uint8_t family = spec->dst.family;
	const uint8_t protocol = tr_protocol_number(spec->protocol, family);
	struct tr_reader reader;
	uint32_t sum = 0;
	size_t size;

	tr_reader_init(&reader, writer->start, writer->used);
	tr_read_bytes(&reader, ip_header_size(family));
	size = tr_reader_left(&reader);
	/* ICMP for IPv4 alone has no pseudo-header. */
	if (protocol != TR_IPPROTO_ICMP)
		sum = tr_checksum_add_pseudo(sum, &spec->src, &spec->dst,
		    protocol, (uint32_t)size);
	return tr_checksum_finish(tr_checksum_add(sum,
	    tr_read_bytes(&reader, size), size));
}

/*
 * Add what lacks to the steering word, or to the checksum itself where that
 * is free: libnet 1.1.6 loses a carry in ICMPv6 from 65518 bytes on.
 */
static void
mend_checksum(const struct tr_probe_spec *spec, struct tr_writer *writer)
{
	const struct protocol_row *row = &rows[spec->protocol];
	const size_t transport = ip_header_size(spec->dst.family);
	const bool steered = row->steered && !spec->classic;
	const size_t place = transport +
	    (steered ? row->header : row->checksum_offset);
	const uint32_t sum = (uint32_t)written_u16(writer, place) +
	    lack(spec, writer);
	const uint16_t folded = (uint16_t)~tr_checksum_finish(sum);

	/* RFC 768, RFC 8200 8.1: a 0 would mean "no checksum". */
	tr_patch_u16(writer, place, folded == 0 &&
	    spec->protocol == TR_PROTOCOL_UDP && !steered ? 0xffff : folded);
}

int
tr_probe_build(struct tr_builder *builder, const struct tr_probe_spec *spec,
    uint8_t *out, size_t out_size)
{
	struct draft draft = { .spec = spec, .libnet = builder->libnet,
	    .payload = builder->payload };
	struct tr_writer writer;
	size_t room;
	int error;

	if (!spec_is_valid(spec))
		return TR_ERANGE;
	if (out_size < spec->size)
		return TR_ENOMEM;
	draft.header = rows[spec->protocol].header;
	room = (size_t)spec->size - ip_header_size(spec->dst.family) -
	    draft.header;
	if (spec->protocol == TR_PROTOCOL_TCP)
		draft.header = (uint16_t)(draft.header +
		    tcp_options_size(spec, room));
	draft.payload_size = (uint16_t)(spec->size -
	    ip_header_size(spec->dst.family) - draft.header);
	fill_payload(&draft);

	tr_writer_init(&writer, out, spec->size);
	error = assemble(&draft, &writer);
	if (error != TR_OK)
		return error;
	if (spec->dst.family == 6)
		mend_ipv6(spec, &writer);
	mend_checksum(spec, &writer);
	return spec->size;
}

uint16_t
tr_probe_cookie(const uint8_t *payload, size_t size)
{
	struct tr_reader reader;
	uint16_t magic, identifier;
	uint8_t filling;

	tr_reader_init(&reader, payload, size);
	tr_read_u16(&reader);		/* steering */
	magic = tr_read_u16(&reader);
	identifier = tr_read_u16(&reader);
	tr_read_u8(&reader);		/* TTL */
	filling = tr_read_u8(&reader);
	if (reader.bad || magic != COOKIE_MAGIC || filling != 'G' ||
	    !is_in_range(identifier))
		return 0;
	return identifier;
}

uint32_t
tr_probe_token(const uint8_t *payload, size_t size)
{
	struct tr_reader reader;
	uint32_t token;

	tr_reader_init(&reader, payload, size);
	tr_read_bytes(&reader, COOKIE_SIZE);
	token = tr_read_u32(&reader);
	return reader.bad ? 0 : token;
}
