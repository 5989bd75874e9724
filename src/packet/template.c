#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "packet/checksum.h"
#include "packet/template.h"
#include "packet/wire.h"

/* Where fields stand in the IP header (RFC 791, RFC 8200). */
#define V4_IDENTIFIER	4
#define V4_TTL		8		/* and the protocol */
#define V4_CHECKSUM	10
#define V6_HOP_LIMIT	6		/* the next header, and it */

/* Where fields stand in the transport. */
#define SOURCE_PORT	0
#define UDP_CHECKSUM	6
#define ICMP_CHECKSUM	2
#define ICMP_ID		4
#define ICMP_SEQUENCE	6
#define STEERING	8		/* the payload of UDP and ICMP */
#define COOKIE		12		/* the identifier and the TTL in it */
#define COOKIE_SIZE	3
#define TCP_SEQUENCE	4
#define TCP_ACKNOWLEDGEMENT 8
#define TCP_CHECKSUM	16

void
tr_template_fields_of(const struct tr_probe_spec *spec,
    struct tr_template_fields *fields)
{
	*fields = (struct tr_template_fields){
		.dst = spec->dst,
		.ttl = spec->ttl,
		.identifier = spec->identifier,
		.source_port = spec->source_port,
		.icmp_id = spec->icmp_id,
		.icmp_checksum = spec->icmp_checksum,
		.flow_label = spec->flow_label,
		.tcp_sequence = spec->tcp_sequence,
		.tcp_acknowledgement = spec->tcp_acknowledgement,
	};
}

static uint16_t
dst_offset(const struct tr_template *template)
{
	return template->family == 4 ? TR_IPV4_DST : TR_IPV6_DST;
}

/* Blank what differs in the IP header. */
static void
blank_header(struct tr_writer *writer, const struct tr_template *template)
{
	if (template->family == 4) {
		tr_patch_u16(writer, V4_IDENTIFIER, 0);
		tr_patch_fill(writer, V4_TTL, 0, 1);
		tr_patch_u16(writer, V4_CHECKSUM, 0);
		tr_patch_fill(writer, TR_IPV4_DST, 0, 4);
		return;
	}
	tr_patch_fill(writer, V6_HOP_LIMIT + 1, 0, 1);
	tr_patch_fill(writer, TR_IPV6_DST, 0, 16);
}

/* Blank what differs in the transport. */
static void
blank_transport(struct tr_writer *writer, const struct tr_template *template)
{
	const uint16_t at = template->transport;

	switch (template->protocol) {
	case TR_PROTOCOL_UDP:
		tr_patch_u16(writer, at + SOURCE_PORT, 0);
		tr_patch_u16(writer, at + UDP_CHECKSUM, 0);
		break;
	case TR_PROTOCOL_ICMP:
		tr_patch_u16(writer, at + ICMP_CHECKSUM, 0);
		tr_patch_u16(writer, at + ICMP_ID, 0);
		tr_patch_u16(writer, at + ICMP_SEQUENCE, 0);
		break;
	case TR_PROTOCOL_TCP:
		tr_patch_u16(writer, at + SOURCE_PORT, 0);
		tr_patch_fill(writer, at + TCP_SEQUENCE, 0, 8);
		tr_patch_u16(writer, at + TCP_CHECKSUM, 0);
		return;
	}
	tr_patch_u16(writer, at + STEERING, 0);
	tr_patch_fill(writer, template->cookie, 0, template->cookie_size);
}

/* Find what differs in a cookie, as far as the packet has room for it. */
static void
find_cookie(struct tr_template *template)
{
	const uint16_t begin = (uint16_t)(template->transport + COOKIE);
	uint16_t room;

	if (template->protocol == TR_PROTOCOL_TCP || template->size <= begin)
		return;
	room = (uint16_t)(template->size - begin);
	template->cookie = begin;
	template->cookie_size = (uint8_t)(room < COOKIE_SIZE ? room :
	    COOKIE_SIZE);
}

/* The sums of what stays. */
static void
sum_up(struct tr_template *template, const struct tr_probe_spec *spec)
{
	const uint8_t protocol =
	    tr_protocol_number(spec->protocol, template->family);
	const uint16_t size =
	    (uint16_t)(template->size - template->transport);
	const struct tr_address nowhere = { .family = template->family };

	template->header_sum = tr_checksum_add(0, template->bytes,
	    template->transport);
	template->has_pseudo = protocol != TR_IPPROTO_ICMP;
	template->sum = template->has_pseudo ?
	    tr_checksum_add_pseudo(0, &spec->src, &nowhere, protocol, size) :
	    0;
	template->sum = tr_checksum_add(template->sum,
	    template->bytes + template->transport, size);
}

int
tr_template_make(struct tr_template *template, struct tr_builder *builder,
    const struct tr_probe_spec *spec)
{
	struct tr_writer writer;
	int size;

	if (spec->classic || spec->size > TR_TEMPLATE_SIZE_MAX)
		return TR_ERANGE;
	memset(template, 0, sizeof(*template));
	size = tr_probe_build(builder, spec, template->bytes,
	    sizeof(template->bytes));
	if (size < 0)
		return size;
	template->size = (uint16_t)size;
	template->family = spec->dst.family;
	template->protocol = spec->protocol;
	template->transport = template->family == 4 ?
	    TR_IPV4_HEADER : TR_IPV6_HEADER;
	find_cookie(template);
	template->acknowledges = (spec->tcp_flags & TR_TCP_ACK) != 0;
	template->class_word = UINT32_C(6) << 28 | (uint32_t)spec->tos << 20;

	tr_writer_init(&writer, template->bytes, template->size);
	writer.used = template->size;
	blank_header(&writer, template);
	blank_transport(&writer, template);
	sum_up(template, spec);
	return writer.bad ? TR_ERANGE : TR_OK;
}

static bool
is_in_range(uint16_t value)
{
	return value != 0 && value != 0xffff;
}

static bool
fields_are_valid(const struct tr_template *template,
    const struct tr_template_fields *fields)
{
	return fields->dst.family == template->family && fields->ttl != 0 &&
	    is_in_range(fields->identifier) &&
	    (template->protocol != TR_PROTOCOL_ICMP ||
	    is_in_range(fields->icmp_checksum)) &&
	    (template->family == 4 || fields->flow_label <= 0xfffff);
}

static void
patch_v4(const struct tr_template *template,
    const struct tr_template_fields *fields, uint32_t dst_sum,
    struct tr_writer *writer)
{
	const uint32_t sum = template->header_sum + fields->identifier +
	    ((uint32_t)fields->ttl << 8) + dst_sum;

	tr_patch_u16(writer, V4_IDENTIFIER, fields->identifier);
	tr_patch_u16(writer, V4_TTL, (uint16_t)(fields->ttl << 8 |
	    tr_protocol_number(template->protocol, 4)));
	tr_patch_u16(writer, V4_CHECKSUM, tr_checksum_finish(sum));
}

static void
patch_v6(const struct tr_template *template,
    const struct tr_template_fields *fields, struct tr_writer *writer)
{
	const uint32_t word = template->class_word | fields->flow_label;

	tr_patch_u16(writer, 0, (uint16_t)(word >> 16));
	tr_patch_u16(writer, 2, (uint16_t)word);
	tr_patch_u16(writer, V6_HOP_LIMIT, (uint16_t)(fields->ttl |
	    tr_protocol_number(template->protocol, 6) << 8));
}

/* Writes a word, and returns it: it belongs to the sum. */
static uint32_t
patch_word(struct tr_writer *writer, size_t offset, uint16_t value)
{
	tr_patch_u16(writer, offset, value);
	return value;
}

/* The same for a number of two words. */
static uint32_t
patch_words(struct tr_writer *writer, size_t offset, uint32_t value)
{
	return patch_word(writer, offset, (uint16_t)(value >> 16)) +
	    patch_word(writer, offset + 2, (uint16_t)value);
}

/* The cookie of UDP and ICMP, and the word that makes it all sum up. */
static void
steer(const struct tr_template *template,
    const struct tr_template_fields *fields, uint32_t sum,
    struct tr_writer *writer)
{
	const uint8_t cookie[COOKIE_SIZE] = {
		(uint8_t)(fields->identifier >> 8),
		(uint8_t)fields->identifier,
		fields->ttl,
	};
	const uint16_t at = template->transport;

	sum = tr_checksum_add(sum, cookie, template->cookie_size);
	tr_patch_bytes(writer, template->cookie, cookie,
	    template->cookie_size);
	tr_patch_u16(writer, at + STEERING, tr_checksum_finish(sum));
}

static void
patch_transport(const struct tr_template *template,
    const struct tr_template_fields *fields, uint32_t sum,
    struct tr_writer *writer)
{
	const uint16_t at = template->transport;

	switch (template->protocol) {
	case TR_PROTOCOL_UDP:
		sum += patch_word(writer, at + SOURCE_PORT,
		    fields->source_port);
		sum += patch_word(writer, at + UDP_CHECKSUM,
		    fields->identifier);
		break;
	case TR_PROTOCOL_ICMP:
		sum += patch_word(writer, at + ICMP_CHECKSUM,
		    fields->icmp_checksum);
		sum += patch_word(writer, at + ICMP_ID, fields->icmp_id);
		sum += patch_word(writer, at + ICMP_SEQUENCE,
		    fields->identifier);
		break;
	case TR_PROTOCOL_TCP:
		sum += patch_word(writer, at + SOURCE_PORT,
		    fields->source_port);
		sum += patch_words(writer, at + TCP_SEQUENCE,
		    fields->tcp_sequence);
		if (template->acknowledges)
			sum += patch_words(writer, at + TCP_ACKNOWLEDGEMENT,
			    fields->tcp_acknowledgement);
		tr_patch_u16(writer, at + TCP_CHECKSUM,
		    tr_checksum_finish(sum));
		return;
	}
	steer(template, fields, sum, writer);
}

int
tr_template_patch(const struct tr_template *template,
    const struct tr_template_fields *fields, uint8_t *out, size_t out_size)
{
	const size_t dst_size = tr_address_size(&fields->dst);
	struct tr_writer writer;
	uint32_t dst_sum;

	if (!fields_are_valid(template, fields))
		return TR_ERANGE;
	tr_writer_init(&writer, out, out_size);
	tr_write_bytes(&writer, template->bytes, template->size);
	dst_sum = tr_checksum_add(0, fields->dst.bytes, dst_size);
	tr_patch_bytes(&writer, dst_offset(template), fields->dst.bytes,
	    dst_size);
	if (template->family == 4)
		patch_v4(template, fields, dst_sum, &writer);
	else
		patch_v6(template, fields, &writer);

	patch_transport(template, fields, template->sum +
	    (template->has_pseudo ? dst_sum : 0), &writer);
	return writer.bad ? TR_ENOMEM : template->size;
}
