#include "base/error.h"
#include "packet/reply.h"
#include "packet/wire.h"

/* ICMP belongs to IPv4 and ICMPv6 to IPv6; the other way round is neither. */
static bool
is_icmp(const struct tr_ip *ip)
{
	return ip->protocol ==
	    (ip->version == 4 ? TR_IPPROTO_ICMP : TR_IPPROTO_ICMP6);
}

static bool
is_supported(const struct tr_ip *ip)
{
	return ip->fragment_offset == 0 && (is_icmp(ip) ||
	    ip->protocol == TR_IPPROTO_UDP || ip->protocol == TR_IPPROTO_TCP);
}

/* As much of the quote as can be made out; none of it is required. */
static void
decode_quote(struct tr_packet *packet)
{
	const struct tr_icmp *icmp = &packet->icmp;
	struct tr_ip *quote = &packet->quote;
	int error;

	if (icmp->quote == NULL ||
	    tr_ip_decode_quoted(icmp->quote, icmp->quote_size, quote) != TR_OK)
		return;
	packet->has_quote = true;
	if (!is_supported(quote))
		return;
	error = tr_transport_decode(quote->protocol, quote->payload,
	    quote->payload_size, &packet->quoted);
	/*
	 * A router that keeps 8 bytes and pads them with zeros (RFC 4884, 5.1)
	 * leaves a TCP data offset of 0: ports and sequence number are good.
	 */
	packet->has_quoted_transport = error == TR_OK ||
	    (error == TR_EFORMAT && packet->quoted.rest);
}

int
tr_packet_decode(enum tr_link link, const uint8_t *frame, size_t size,
    struct tr_packet *packet)
{
	const struct tr_ip *ip = &packet->ip;
	int error;

	*packet = (struct tr_packet){ 0 };
	error = tr_link_decode(link, frame, size, &packet->link);
	if (error != TR_OK)
		return error;
	error = tr_ip_decode(packet->link.ip, packet->link.ip_size,
	    &packet->ip);
	if (error != TR_OK)
		return error;
	if (!is_supported(ip))
		return TR_EUNSUPPORTED;
	error = tr_transport_decode(ip->protocol, ip->payload,
	    ip->payload_size, &packet->transport);
	if (error != TR_OK)
		return error;
	if (!is_icmp(ip))
		return TR_OK;
	packet->is_icmp = true;
	error = tr_icmp_decode(ip->version, ip->payload, ip->payload_size,
	    &packet->icmp);
	if (error == TR_OK)
		decode_quote(packet);
	return error;
}
