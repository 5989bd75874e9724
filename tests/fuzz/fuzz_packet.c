/*
 * Fuzz target for the one decoder: the first byte chooses the link type, the
 * rest is the frame.  Beyond not crashing, all that is borrowed must lie
 * inside the frame.
 */
#include <stdint.h>
#include <stdlib.h>

#include "packet/probe.h"
#include "packet/reply.h"
#include "packet/icmp_object.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Read every byte of a slice, so that a sanitizer sees one too long. */
static void
check_slice(const uint8_t *slice, size_t slice_size, const uint8_t *frame,
    size_t size)
{
	volatile uint8_t last = 0;

	if (slice == NULL || slice_size == 0) {
		if (slice_size != 0)
			abort();
		return;
	}
	if (slice < frame || slice_size > size ||
	    (size_t)(slice - frame) > size - slice_size)
		abort();
	for (size_t i = 0; i < slice_size; i++)
		last ^= slice[i];
	(void)last;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tr_mpls stack[TR_MPLS_MAX];
	struct tr_packet packet;
	enum tr_link link;
	int error;

	if (size == 0)
		return 0;
	link = (enum tr_link)(data[0] % (TR_LINK_PPP + 1));
	data++, size--;
	error = tr_packet_decode(link, data, size, &packet);

	check_slice(packet.link.ip, packet.link.ip_size, data, size);
	check_slice(packet.ip.payload, packet.ip.payload_size, data, size);
	check_slice(packet.transport.payload, packet.transport.payload_size,
	    data, size);
	check_slice(packet.icmp.quote, packet.icmp.quote_size, data, size);
	check_slice(packet.icmp.extension, packet.icmp.extension_size, data,
	    size);
	check_slice(packet.quote.payload, packet.quote.payload_size, data,
	    size);
	check_slice(packet.quoted.payload, packet.quoted.payload_size, data,
	    size);
	tr_probe_cookie(packet.transport.payload,
	    packet.transport.payload_size);
	tr_probe_cookie(packet.quoted.payload, packet.quoted.payload_size);
	if (tr_icmp_mpls(packet.icmp.extension, packet.icmp.extension_size,
	    stack) > TR_MPLS_MAX)
		abort();

	/* What is promised of a packet that was taken. */
	if (error == 0 && (packet.ip.fragment_offset != 0 ||
	    !packet.transport.ports || (packet.has_quoted_transport &&
	    !packet.has_quote) || (packet.has_quote && !packet.is_icmp)))
		abort();
	return 0;
}
