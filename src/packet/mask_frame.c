#include <stdlib.h>

#include "base/bytes.h"
#include "base/error.h"
#include "packet/checksum.h"
#include "packet/icmp_object.h"
#include "packet/mask_frame.h"
#include "packet/probe.h"
#include "packet/reply.h"
#include "packet/wire.h"

#define ADDRESS_SIZE	16	/* the longest */

#define NO_OPERATION	1	/* an IPv4 option: RFC 791, 3.1 */

/* In a transport header. */
#define QUOTED_LEAST	8	/* of it that every error quotes */
#define PORTS_SIZE	4
#define TCP_OFFSET	12	/* data offset */
#define TCP_CHECKSUM	16

/* Of a payload of ours: steering word, cookie, token (packet/probe.c). */
#define STEERING_SIZE	2
#define NAME_SIZE	12

/* Differences of ones' complement sums are numbers below this. */
#define SUMS		65535

struct tr_masker {
	const struct tr_mask *mask;
	uint32_t steering;	/* what the steering word makes up for */
	uint8_t	 reserved[SUMS / 8 + 1];	/* checksums, a bit each */
	uint16_t classes[SUMS];		/* of differences; 0: not seen */
	uint16_t class_count;
};

/* A packet that is being rewritten. */
struct image {
	const struct tr_mask *mask;
	const uint8_t *before;
	struct tr_writer after;		/* all of it used */
};

/* --- sums ---------------------------------------------------------------- */

static uint32_t
folded(uint32_t sum)
{
	return sum % SUMS;
}

static uint32_t
less(uint32_t a, uint32_t b)
{
	return folded(folded(a) + SUMS - folded(b));
}

static uint32_t
address_sum(const struct tr_address *address)
{
	return folded(tr_checksum_add(0, address->bytes,
	    tr_address_size(address)));
}

/* How much less an address comes to when it is masked. */
static uint32_t
change_of(const struct tr_mask *mask, const struct tr_address *address)
{
	const struct tr_address shown = tr_mask_address(mask, address);

	return less(address_sum(address), address_sum(&shown));
}

/* A word with so much added; what does not change keeps its bits. */
static uint16_t
shifted(uint16_t word, uint32_t by)
{
	const uint32_t sum = folded(word + folded(by));

	if (folded(by) == 0)
		return word;
	return (uint16_t)(sum == 0 ? 0xffff : sum);
}

/* --- the masker ---------------------------------------------------------- */

struct tr_masker *
tr_masker_new(const struct tr_mask *mask, const struct tr_address *source,
    bool steered)
{
	struct tr_masker *masker = calloc(1, sizeof(*masker));

	if (masker == NULL)
		return NULL;
	masker->mask = mask;
	if (steered)
		masker->steering = change_of(mask, source);
	return masker;
}

void
tr_masker_free(struct tr_masker *masker)
{
	free(masker);
}

uint16_t
tr_masker_checksum(const struct tr_masker *masker,
    const struct tr_address *src, const struct tr_address *dst,
    uint16_t checksum)
{
	/* 0: none was sent. */
	if (checksum == 0)
		return 0;
	return shifted(checksum, less(change_of(masker->mask, src) +
	    change_of(masker->mask, dst), masker->steering));
}

void
tr_masker_reserve(struct tr_masker *masker, uint16_t checksum)
{
	masker->reserved[checksum / 8] |= (uint8_t)(1u << checksum % 8);
}

static bool
is_reserved(const struct tr_masker *masker, uint16_t checksum)
{
	return checksum == 0 || checksum == 0xffff ||
	    (masker->reserved[checksum / 8] & 1u << checksum % 8) != 0;
}

/*
 * A checksum that was changed for reasons that do not show: by as much as
 * would tell of them.  The first such difference becomes 1, the second 2, ...
 */
static uint16_t
changed(struct tr_masker *masker, uint16_t checksum, uint32_t by)
{
	uint16_t *class = &masker->classes[folded(by)];
	uint16_t value;

	if (*class == 0)
		*class = ++masker->class_count;
	value = shifted(checksum, *class);
	for (unsigned i = 0; i < SUMS && is_reserved(masker, value); i++)
		value = shifted(value, 1);
	return value;
}

/* --- bytes --------------------------------------------------------------- */

/* The packet, taken apart, without what follows it in its frame. */
static int
start_image(struct image *image, const struct tr_mask *mask,
    const uint8_t *packet, size_t size, uint8_t *out,
    struct tr_packet *decoded)
{
	const int status = tr_packet_decode(TR_LINK_RAW, packet, size,
	    decoded);

	if (status != TR_OK)
		return status;
	size = (size_t)(decoded->ip.payload - packet) +
	    decoded->ip.payload_size;
	image->mask = mask;
	image->before = packet;
	tr_writer_init(&image->after, out, size);
	tr_write_bytes(&image->after, packet, size);
	return TR_OK;
}

/* The number of bytes, or an error. */
static int
finish_image(const struct image *image)
{
	return image->after.bad ? TR_EFORMAT : (int)image->after.used;
}

static size_t
offset_of(const struct image *image, const uint8_t *borrowed)
{
	return (size_t)(borrowed - image->before);
}

/* Two bytes of a packet; 0 where it has none. */
static uint16_t
word_at(const uint8_t *data, size_t size, size_t offset)
{
	struct tr_reader reader;

	tr_reader_init(&reader, data, size);
	tr_read_bytes(&reader, offset);
	return tr_read_u16(&reader);
}

static void
put_address(struct image *image, size_t offset,
    const struct tr_address *address)
{
	const struct tr_address shown = tr_mask_address(image->mask, address);

	tr_patch_bytes(&image->after, offset, shown.bytes,
	    tr_address_size(&shown));
}

/* Little is known of these bytes: what is hidden may stand anywhere. */
static void
replace_addresses(struct image *image, size_t offset, size_t size)
{
	for (size_t i = offset; i + 4 <= offset + size; i++) {
		struct tr_address found = tr_address_v4(image->before + i);

		if (tr_mask_hides(image->mask, &found))
			put_address(image, i, &found);
		if (i + 16 > offset + size)
			continue;
		found = tr_address_v6(image->before + i);
		if (tr_mask_hides(image->mask, &found))
			put_address(image, i, &found);
	}
}

/* --- the IP header ------------------------------------------------------- */

/* Sum up size bytes at offset anew; the checksum stands at place. */
static void
put_checksum(struct image *image, size_t place, size_t offset, size_t size,
    uint32_t sum)
{
	uint16_t checksum;

	tr_patch_u16(&image->after, place, 0);
	if (image->after.bad || offset + size > image->after.used)
		return;
	checksum = tr_checksum_finish(tr_checksum_add(sum,
	    image->after.start + offset, size));
	tr_patch_u16(&image->after, place, checksum == 0 ? 0xffff : checksum);
}

static void
mask_header4(struct image *image, size_t offset, const struct tr_ip *ip)
{
	put_address(image, offset + 12, &ip->src);
	put_address(image, offset + 16, &ip->dst);
	tr_patch_fill(&image->after, offset + TR_IPV4_HEADER, NO_OPERATION,
	    ip->header_size - TR_IPV4_HEADER);
	put_checksum(image, offset + 10, offset, ip->header_size, 0);
}

/* Extension headers stay; what is in them becomes padding (RFC 8200, 4.2). */
static void
blank_extensions(struct image *image, size_t offset, size_t header_size)
{
	struct tr_reader reader;
	uint8_t next;

	tr_reader_init(&reader, image->before + offset, header_size);
	tr_read_bytes(&reader, 6);
	next = tr_read_u8(&reader);
	tr_read_bytes(&reader, TR_IPV6_HEADER - 7);
	while (tr_reader_left(&reader) >= 8) {
		const size_t at = offset + header_size -
		    tr_reader_left(&reader);
		const uint8_t which = next;
		size_t size, kept = 2;

		next = tr_read_u8(&reader);
		size = ((size_t)tr_read_u8(&reader) + 1) * 8;
		if (which == TR_IPPROTO_FRAGMENT)
			size = kept = 8;
		else if (which == TR_IPPROTO_AH) {
			size = size / 2 + 4;
			kept = 12;
		}
		if (tr_read_bytes(&reader, size - 2) == NULL)
			return;
		if (size > kept)
			tr_patch_fill(&image->after, at + kept, 0,
			    size - kept);
	}
}

static void
mask_header(struct image *image, size_t offset, const struct tr_ip *ip)
{
	if (ip->version == 4) {
		mask_header4(image, offset, ip);
		return;
	}
	put_address(image, offset + 8, &ip->src);
	put_address(image, offset + 24, &ip->dst);
	blank_extensions(image, offset, ip->header_size);
}

/* --- the transport ------------------------------------------------------- */

/* Where the checksum of a protocol stands in its header. */
static size_t
checksum_place(uint8_t protocol)
{
	switch (protocol) {
	case TR_IPPROTO_UDP:
		return 6;
	case TR_IPPROTO_TCP:
		return TCP_CHECKSUM;
	default:
		return 2;
	}
}

static bool
is_complete(const struct tr_ip *ip)
{
	return ip->payload_size >= ip->total_size - ip->header_size;
}

/*
 * Sum up the packet's transport anew.  Of one that the capture has cut nobody
 * can: it has none then.
 */
static void
put_transport_checksum(struct image *image, const struct tr_packet *packet)
{
	const struct tr_ip *ip = &packet->ip;
	const struct tr_address src = tr_mask_address(image->mask, &ip->src);
	const struct tr_address dst = tr_mask_address(image->mask, &ip->dst);
	const size_t start = offset_of(image, ip->payload);
	const size_t place = start + checksum_place(ip->protocol);
	size_t size = ip->payload_size;
	uint32_t sum = 0;

	if (ip->protocol == TR_IPPROTO_UDP) {
		if (packet->transport.checksum == 0)
			return;
		if (packet->transport.udp_length >= TR_UDP_HEADER &&
		    packet->transport.udp_length < size)
			size = packet->transport.udp_length;
	}
	if (place + 2 > start + size)
		return;
	if (!is_complete(ip)) {
		tr_patch_u16(&image->after, place, 0);
		return;
	}
	if (ip->protocol != TR_IPPROTO_ICMP)
		sum = tr_checksum_add_pseudo(0, &src, &dst, ip->protocol,
		    (uint32_t)size);
	put_checksum(image, place, start, size, sum);
}

/* --- probes -------------------------------------------------------------- */

static void
mend_probe(const struct tr_masker *masker, struct image *image,
    const struct tr_packet *packet)
{
	const struct tr_ip *ip = &packet->ip;
	const size_t start = offset_of(image, ip->payload);
	const struct tr_transport *transport = &packet->transport;

	if (ip->protocol == TR_IPPROTO_ICMP)
		return;
	if (ip->protocol == TR_IPPROTO_TCP) {
		put_transport_checksum(image, packet);
		return;
	}
	if (!transport->rest)
		return;
	tr_patch_u16(&image->after, start + checksum_place(ip->protocol),
	    tr_masker_checksum(masker, &ip->src, &ip->dst,
	    transport->checksum));
	if (transport->payload_size >= STEERING_SIZE)
		tr_patch_u16(&image->after, offset_of(image,
		    transport->payload), shifted(word_at(transport->payload,
		    STEERING_SIZE, 0), masker->steering));
}

int
tr_mask_probe(const struct tr_masker *masker, const uint8_t *packet,
    size_t size, uint8_t *out)
{
	struct tr_packet decoded;
	struct image image;
	const int status = start_image(&image, masker->mask, packet, size,
	    out, &decoded);

	if (status != TR_OK)
		return status;
	if (decoded.is_icmp && decoded.icmp.class != TR_ICMP_ECHO_REQUEST)
		return TR_EUNSUPPORTED;
	mask_header(&image, 0, &decoded.ip);
	mend_probe(masker, &image, &decoded);
	return finish_image(&image);
}

/* --- what answers have of their probe ------------------------------------ */

/* The probe, as it was and as it is now, taken apart. */
struct sent {
	bool	 known;
	struct tr_packet packet;
	const uint8_t *before;		/* its transport */
	const uint8_t *after;
	size_t	 size;
	size_t	 payload;		/* where that begins */
};

static void
take_apart(const struct tr_masked_probe *probe, struct sent *sent)
{
	size_t header;

	*sent = (struct sent){ .known = false };
	if (probe->before == NULL || tr_packet_decode(TR_LINK_RAW,
	    probe->before, probe->size, &sent->packet) != TR_OK)
		return;
	header = (size_t)(sent->packet.ip.payload - probe->before);
	sent->known = true;
	sent->before = probe->before + header;
	sent->after = probe->after + header;
	sent->size = sent->packet.ip.payload_size;
	sent->payload = sent->packet.transport.payload == NULL ? sent->size :
	    (size_t)(sent->packet.transport.payload - sent->before);
}

/*
 * The bytes at offset of the image against those of the transport from place
 * on.  What was sent becomes what is sent now; the rest is blanked, or, if it
 * may stay, searched.
 */
static void
mask_copy(struct image *image, size_t offset, size_t size,
    const struct sent *sent, size_t place, bool may_stay)
{
	size_t first = size;

	for (size_t i = 0; i < size; i++) {
		const bool there = place + i < sent->size;
		const uint8_t byte = image->before[offset + i];

		if (there && sent->before[place + i] == byte) {
			tr_patch_fill(&image->after, offset + i,
			    sent->after[place + i], 1);
			continue;
		}
		if (first == size)
			first = i;
		if (!may_stay)
			tr_patch_fill(&image->after, offset + i, 0, 1);
	}
	if (!may_stay || first == size)
		return;
	/* An address may begin with bytes that are as they were sent. */
	first = first < ADDRESS_SIZE ? 0 : first - (ADDRESS_SIZE - 1);
	replace_addresses(image, offset + first, size - first);
}

/* The same where the probe is not known: its name stays. */
static void
mask_unknown(struct image *image, size_t offset, size_t size)
{
	size_t kept = 0;

	if (tr_probe_cookie(image->before + offset, size) != 0)
		kept = size < NAME_SIZE ? size : NAME_SIZE;
	tr_patch_fill(&image->after, offset, 0,
	    kept > 0 ? STEERING_SIZE : size);
	if (kept > 0)
		tr_patch_fill(&image->after, offset + kept, 0, size - kept);
}

/* --- quotes -------------------------------------------------------------- */

/* What a checksum is over that a middlebox may change and that a quote has. */
static uint32_t
visible_sum(const uint8_t *transport, uint8_t protocol,
    const struct tr_address *src, const struct tr_address *dst)
{
	uint32_t sum = address_sum(src) + address_sum(dst);

	if (protocol == TR_IPPROTO_UDP || protocol == TR_IPPROTO_TCP)
		sum = tr_checksum_add(sum, transport, PORTS_SIZE);
	if (protocol != TR_IPPROTO_UDP)
		sum = tr_checksum_add(sum, transport + PORTS_SIZE, 4);
	return folded(sum);
}

/* How much of the quoted checksum's change is for what can be seen. */
static uint32_t
visible_change(const uint8_t *sent, const uint8_t *seen, uint8_t protocol,
    const struct tr_address sent_ends[2], const struct tr_address seen_ends[2])
{
	return less(visible_sum(sent, protocol, &sent_ends[0], &sent_ends[1]),
	    visible_sum(seen, protocol, &seen_ends[0], &seen_ends[1]));
}

static uint16_t
explained_checksum(struct tr_masker *masker, const struct image *image,
    const struct tr_packet *packet, const struct sent *sent, size_t place,
    uint16_t seen)
{
	const struct tr_ip *ip = &sent->packet.ip, *quote = &packet->quote;
	const struct tr_mask *mask = masker->mask;
	const struct tr_address ends[2] = { ip->src, ip->dst };
	const struct tr_address quoted[2] = { quote->src, quote->dst };
	const struct tr_address shown[2] = {
		tr_mask_address(mask, &ip->src),
		tr_mask_address(mask, &ip->dst),
	};
	const struct tr_address quoted_shown[2] = {
		tr_mask_address(mask, &quote->src),
		tr_mask_address(mask, &quote->dst),
	};
	const uint16_t before = word_at(sent->before, sent->size, place);
	const uint16_t after = word_at(sent->after, sent->size, place);
	const uint32_t change = less(seen, before);

	if (seen == before)
		return after;
	if (change == visible_change(sent->before, quote->payload,
	    quote->protocol, ends, quoted))
		return shifted(after, visible_change(sent->after,
		    image->after.start + offset_of(image, quote->payload),
		    quote->protocol, shown, quoted_shown));
	return changed(masker, after, change);
}

static uint16_t
quoted_checksum(struct tr_masker *masker, const struct image *image,
    const struct tr_packet *packet, const struct tr_masked_probe *probe,
    const struct sent *sent, size_t place, uint16_t seen)
{
	if (sent->known && sent->size >= place + 2 &&
	    sent->size >= QUOTED_LEAST &&
	    packet->quote.payload_size >= QUOTED_LEAST &&
	    sent->packet.ip.protocol == packet->quote.protocol)
		return explained_checksum(masker, image, packet, sent, place,
		    seen);
	if (packet->quote.protocol != TR_IPPROTO_UDP)
		return 0;
	return seen == probe->checksum_before ? probe->checksum_after :
	    changed(masker, probe->checksum_after, less(seen,
	    probe->checksum_before));
}

/*
 * How much of a quoted transport header is taken as it is: what every error
 * quotes, and of TCP also its flags and numbers, which middleboxes change,
 * where it is one: a router may have put something else there.
 */
static size_t
taken_size(const struct tr_packet *packet, const struct sent *sent)
{
	const struct tr_ip *quote = &packet->quote;

	if (quote->protocol == TR_IPPROTO_TCP &&
	    quote->payload_size >= TCP_CHECKSUM && sent->known &&
	    sent->size >= TCP_CHECKSUM &&
	    sent->before[TCP_OFFSET] == quote->payload[TCP_OFFSET])
		return TCP_CHECKSUM;
	return quote->payload_size < QUOTED_LEAST ?
	    quote->payload_size : QUOTED_LEAST;
}

static void
mask_quote(struct tr_masker *masker, struct image *image,
    const struct tr_packet *packet, const struct tr_masked_probe *probe,
    bool hidden)
{
	const struct tr_ip *quote = &packet->quote;
	const size_t start = offset_of(image, quote->payload);
	const size_t place = checksum_place(quote->protocol);
	const bool has_checksum = quote->protocol != TR_IPPROTO_ICMP &&
	    quote->payload_size >= place + 2;
	struct sent sent;
	size_t taken;
	uint16_t seen;

	take_apart(probe, &sent);
	taken = taken_size(packet, &sent);
	mask_header(image, offset_of(image, packet->icmp.quote), quote);
	if (sent.known)
		mask_copy(image, start + taken, quote->payload_size - taken,
		    &sent, taken, !hidden);
	else
		mask_unknown(image, start + taken,
		    quote->payload_size - taken);
	if (!has_checksum || (place >= QUOTED_LEAST && taken <= place - 2))
		return;
	seen = word_at(quote->payload, quote->payload_size, place);
	if (seen != 0)
		tr_patch_u16(&image->after, start + place, quoted_checksum(
		    masker, image, packet, probe, &sent, place, seen));
}

/* --- extensions ---------------------------------------------------------- */

struct objects {
	struct image *image;
	bool	 hidden;
};

static void
mask_object(void *context, uint8_t class, uint8_t type, const uint8_t *body,
    size_t size)
{
	const struct objects *objects = context;
	const size_t offset = offset_of(objects->image, body);

	if (class == TR_ICMP_OBJECT_MPLS &&
	    type == TR_ICMP_OBJECT_MPLS_INCOMING)
		return;
	if (!objects->hidden) {
		replace_addresses(objects->image, offset, size);
		return;
	}
	tr_patch_fill(&objects->image->after, offset, 0, size);
	/* Zeros are no index and no MTU: it has none of the parts now. */
	if (class == TR_ICMP_OBJECT_INTERFACE)
		tr_patch_fill(&objects->image->after, offset - 1,
		    type & TR_ICMP_INTERFACE_ROLE, 1);
}

static void
mask_extension(struct image *image, const struct tr_icmp *icmp, bool hidden)
{
	struct objects objects = { .image = image, .hidden = hidden };
	size_t offset;

	if (icmp->extension == NULL)
		return;
	offset = offset_of(image, icmp->extension);
	tr_icmp_extension_walk(icmp->extension, icmp->extension_size,
	    mask_object, &objects);
	if (word_at(icmp->extension, icmp->extension_size, 2) != 0)
		put_checksum(image, offset + 2, offset, icmp->extension_size,
		    0);
}

/* --- answers ------------------------------------------------------------- */

bool
tr_mask_redirect(const struct tr_packet *packet, struct tr_address *gateway)
{
	struct tr_reader reader;
	const uint8_t *bytes;

	if (!packet->is_icmp || packet->ip.version != 4 ||
	    packet->icmp.class != TR_ICMP_REDIRECT)
		return false;
	tr_reader_init(&reader, packet->ip.payload, packet->ip.payload_size);
	tr_read_bytes(&reader, 4);
	bytes = tr_read_bytes(&reader, 4);
	if (bytes == NULL)
		return false;
	*gateway = tr_address_v4(bytes);
	return true;
}

/* Options that say how a host speaks TCP, and no more. */
static bool
is_harmless(uint8_t kind)
{
	/* MSS, window scale, SACK permitted, SACK, timestamps. */
	return (kind >= 2 && kind <= 5) || kind == 8;
}

static void
blank_tcp_options(struct image *image, const struct tr_packet *packet)
{
	const struct tr_ip *ip = &packet->ip;
	const size_t start = offset_of(image, ip->payload);
	const size_t header = packet->transport.tcp_header_size;
	size_t at = TR_TCP_HEADER;
	size_t end = header < ip->payload_size ? header : ip->payload_size;

	while (packet->transport.full && at < end) {
		const uint8_t kind = ip->payload[at];
		size_t size = 1;

		if (kind > 1)
			size = at + 1 < end ? ip->payload[at + 1] : 0;
		if (kind == 0 || size == 0 || size > end - at) {
			tr_patch_fill(&image->after, start + at, 0, end - at);
			return;
		}
		if (kind > 1 && !is_harmless(kind))
			tr_patch_fill(&image->after, start + at, 1, size);
		at += size;
	}
}

static void
mask_direct(struct image *image, const struct tr_packet *packet,
    const struct tr_masked_probe *probe)
{
	const struct tr_transport *transport = &packet->transport;
	struct sent sent;

	if (packet->ip.protocol == TR_IPPROTO_TCP)
		blank_tcp_options(image, packet);
	if (transport->payload == NULL || transport->payload_size == 0)
		return;
	take_apart(probe, &sent);
	if (sent.known)
		mask_copy(image, offset_of(image, transport->payload),
		    transport->payload_size, &sent, sent.payload, false);
	else
		mask_unknown(image, offset_of(image, transport->payload),
		    transport->payload_size);
}

static void
mask_error(struct tr_masker *masker, struct image *image,
    const struct tr_packet *packet, const struct tr_masked_probe *probe,
    bool hidden)
{
	struct tr_address gateway;

	if (tr_mask_redirect(packet, &gateway))
		put_address(image, offset_of(image, packet->ip.payload) + 4,
		    &gateway);
	mask_quote(masker, image, packet, probe, hidden);
	mask_extension(image, &packet->icmp, hidden);
}

int
tr_mask_reply(struct tr_masker *masker, const uint8_t *packet, size_t size,
    const struct tr_masked_probe *probe, bool hidden, uint8_t *out)
{
	struct tr_packet decoded;
	struct image image;
	const int status = start_image(&image, masker->mask, packet, size,
	    out, &decoded);

	if (status != TR_OK)
		return status;
	/* Nobody knows what is in an error that quotes nothing. */
	if (decoded.is_icmp && !decoded.has_quoted_transport &&
	    decoded.icmp.class != TR_ICMP_ECHO_REPLY)
		return TR_EUNSUPPORTED;
	mask_header(&image, 0, &decoded.ip);
	if (decoded.is_icmp && decoded.icmp.is_error)
		mask_error(masker, &image, &decoded, probe, hidden);
	else
		mask_direct(&image, &decoded, probe);
	put_transport_checksum(&image, &decoded);
	return finish_image(&image);
}
