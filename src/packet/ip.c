#include "base/bytes.h"
#include "base/error.h"
#include "packet/ip.h"
#include "packet/wire.h"

#define FLAG_DONT_FRAGMENT	0x4000
#define FLAG_MORE_FRAGMENTS	0x2000
#define FRAGMENT_OFFSET		0x1fff	/* in units of 8 bytes */

/* Let the reader end at size bytes from data, when that is sooner. */
static void
bound_reader(struct tr_reader *reader, const uint8_t *data, size_t size)
{
	if (size < (size_t)(reader->end - data))
		reader->end = data + size;
}

static void
take_payload(struct tr_reader *reader, const uint8_t *data, struct tr_ip *ip)
{
	ip->header_size = (size_t)(reader->next - data);
	ip->payload_size = tr_reader_left(reader);
	ip->payload = tr_read_bytes(reader, ip->payload_size);
}

/*
 * Systems that quote a packet with its fields in host order turn DF into an
 * offset of 512.  No error answers a later fragment (RFC 1122, 3.2.2), so an
 * offset that is none when its bytes are swapped is meant swapped.
 */
static uint16_t
mended_fragment(uint16_t fragment)
{
	const uint16_t swapped = (uint16_t)(fragment >> 8 | fragment << 8);

	return (fragment & FRAGMENT_OFFSET) != 0 &&
	    (swapped & FRAGMENT_OFFSET) == 0 ? swapped : fragment;
}

/* The fixed header of IPv4 (RFC 791, section 3.1); returns its IHL. */
static size_t
read_header4(struct tr_reader *reader, bool trusted, struct tr_ip *ip)
{
	const size_t words = tr_read_u8(reader) & 0x0f;
	const uint8_t *address;
	uint16_t fragment;

	ip->tos = tr_read_u8(reader);
	ip->total_size = tr_read_u16(reader);
	ip->id = tr_read_u16(reader);
	fragment = tr_read_u16(reader);
	if (!trusted)
		fragment = mended_fragment(fragment);
	ip->dont_fragment = (fragment & FLAG_DONT_FRAGMENT) != 0;
	ip->more_fragments = (fragment & FLAG_MORE_FRAGMENTS) != 0;
	ip->fragment_offset = (uint16_t)((fragment & FRAGMENT_OFFSET) * 8);
	ip->ttl = tr_read_u8(reader);
	ip->protocol = tr_read_u8(reader);
	ip->header_checksum = tr_read_u16(reader);
	if ((address = tr_read_bytes(reader, 4)) != NULL)
		ip->src = tr_address_v4(address);
	if ((address = tr_read_bytes(reader, 4)) != NULL)
		ip->dst = tr_address_v4(address);
	return words * 4;
}

static int
decode4(const uint8_t *data, size_t size, bool trusted, struct tr_ip *ip)
{
	struct tr_reader reader;
	size_t header;

	tr_reader_init(&reader, data, size);
	header = read_header4(&reader, trusted, ip);
	if (reader.bad)
		return TR_ETRUNCATED;
	if (header < TR_IPV4_HEADER)
		return TR_EFORMAT;
	if (trusted) {
		/* Segmentation offload leaves 0: the packet as it came. */
		if (ip->total_size == 0)
			ip->total_size = size;
		if (ip->total_size < header)
			return TR_EFORMAT;
		bound_reader(&reader, data, ip->total_size);
	}
	if (tr_read_bytes(&reader, header - TR_IPV4_HEADER) == NULL)
		return TR_ETRUNCATED;
	take_payload(&reader, data, ip);
	return TR_OK;
}

/* The fixed header of IPv6 (RFC 8200, section 3). */
static void
read_header6(struct tr_reader *reader, struct tr_ip *ip)
{
	const uint32_t first = tr_read_u32(reader);
	const uint8_t *address;

	ip->tos = (uint8_t)(first >> 20);
	ip->flow_label = first & 0xfffff;
	ip->total_size = (size_t)TR_IPV6_HEADER + tr_read_u16(reader);
	ip->protocol = tr_read_u8(reader);
	ip->ttl = tr_read_u8(reader);
	if ((address = tr_read_bytes(reader, 16)) != NULL)
		ip->src = tr_address_v6(address);
	if ((address = tr_read_bytes(reader, 16)) != NULL)
		ip->dst = tr_address_v6(address);
}

static bool
is_extension(uint8_t protocol)
{
	static const uint8_t extensions[] = {
		TR_IPPROTO_HOPOPTS, TR_IPPROTO_ROUTING, TR_IPPROTO_FRAGMENT,
		TR_IPPROTO_AH, TR_IPPROTO_DSTOPTS,
	};

	for (size_t i = 0; i < sizeof(extensions); i++)
		if (extensions[i] == protocol)
			return true;
	return false;
}

/* One extension header; ip->protocol says which, and then what follows. */
static void
read_extension(struct tr_reader *reader, struct tr_ip *ip)
{
	const uint8_t which = ip->protocol;
	const uint8_t next = tr_read_u8(reader);
	const uint8_t length = tr_read_u8(reader);
	uint16_t fragment;

	ip->protocol = next;
	switch (which) {
	case TR_IPPROTO_FRAGMENT:	/* RFC 8200, section 4.5 */
		fragment = tr_read_u16(reader);
		ip->fragment_offset = fragment & 0xfff8;
		ip->more_fragments = (fragment & 1) != 0;
		tr_read_u32(reader);	/* identification */
		break;
	case TR_IPPROTO_AH:		/* RFC 4302, 2.2: words, less two */
		tr_read_bytes(reader, (size_t)length * 4 + 6);
		break;
	default:			/* RFC 8200, section 4.3 and on */
		tr_read_bytes(reader, (size_t)length * 8 + 6);
		break;
	}
}

static int
walk_extensions(struct tr_reader *reader, struct tr_ip *ip)
{
	int count = 0;

	while (is_extension(ip->protocol) && ip->fragment_offset == 0) {
		if (count++ == TR_IP_EXTENSIONS_MAX)
			return TR_EFORMAT;
		read_extension(reader, ip);
		if (reader->bad)
			return TR_ETRUNCATED;
	}
	return TR_OK;
}

static int
decode6(const uint8_t *data, size_t size, bool trusted, struct tr_ip *ip)
{
	struct tr_reader reader;
	int error;

	tr_reader_init(&reader, data, size);
	read_header6(&reader, ip);
	if (reader.bad)
		return TR_ETRUNCATED;
	if (trusted)
		bound_reader(&reader, data, ip->total_size);
	error = walk_extensions(&reader, ip);
	/* Cut by the header's own claim and not by the capture: a lie. */
	if (error == TR_ETRUNCATED && trusted && ip->total_size <= size)
		return TR_EFORMAT;
	if (error != TR_OK)
		return error;
	take_payload(&reader, data, ip);
	return TR_OK;
}

static int
decode(const uint8_t *data, size_t size, bool trusted, struct tr_ip *ip)
{
	struct tr_reader peek;

	*ip = (struct tr_ip){ 0 };
	tr_reader_init(&peek, data, size);
	ip->version = tr_read_u8(&peek) >> 4;
	if (peek.bad)
		return TR_ETRUNCATED;
	if (ip->version == 4)
		return decode4(data, size, trusted, ip);
	if (ip->version == 6)
		return decode6(data, size, trusted, ip);
	return TR_EFORMAT;
}

int
tr_ip_decode(const uint8_t *data, size_t size, struct tr_ip *ip)
{
	return decode(data, size, true, ip);
}

int
tr_ip_decode_quoted(const uint8_t *data, size_t size, struct tr_ip *ip)
{
	return decode(data, size, false, ip);
}
