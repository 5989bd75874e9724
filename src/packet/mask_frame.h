/*
 * Packets of a trace, rewritten so that they tell nothing of the addresses
 * that a mask hides: not in their headers, not in what they quote, and not by
 * a checksum that others can be calculated from.
 *
 * A probe of ours has its UDP or ICMPv6 checksum for a name, which its IP ID
 * and payload repeat: would the checksum be mended for the new addresses, the
 * three together would tell the sum of the old.  So, where a probe's checksum
 * is steered (packet/probe.h), it stays, and the word of the payload that
 * steers it is mended.
 *
 * An answer is rewritten after its probe: what it quotes of that as it was, it
 * quotes of that as it is now.  A checksum that was changed on the way is
 * changed still, yet by how much is told only where all that it was changed
 * for is to be seen in the quote.  Anything that is not known to be harmless
 * is blanked: IP options, TCP options that are rare, payloads that are not the
 * probe's; of hidden hops also the objects of extensions (but for MPLS labels)
 * and whatever else is quoted that was not sent.
 *
 * All take packets from their IP header on and write to out, which has room
 * for as many bytes; what follows the packet in its frame is left out.  They
 * return the number of bytes, or an error of tr_packet_decode();
 * TR_EUNSUPPORTED also for what is no probe, or no answer to one.
 */
#ifndef TR_PACKET_MASK_FRAME_H
#define TR_PACKET_MASK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "packet/mask.h"

struct tr_masker;

/*
 * For the packets of one trace from source; steered: its probes are, and not
 * classic.  The mask is borrowed.  Returns NULL without memory.  Free with
 * tr_masker_free().
 */
struct tr_masker *tr_masker_new(const struct tr_mask *mask,
    const struct tr_address *source, bool steered);
void tr_masker_free(struct tr_masker *masker);

/*
 * The UDP or ICMPv6 checksum of a probe from src to dst, as it is after the
 * mask.
 */
uint16_t tr_masker_checksum(const struct tr_masker *masker,
    const struct tr_address *src, const struct tr_address *dst,
    uint16_t checksum);

/*
 * A checksum that is a probe's name after the mask: no other is changed to
 * it.
 */
void tr_masker_reserve(struct tr_masker *masker, uint16_t checksum);

int tr_mask_probe(const struct tr_masker *masker, const uint8_t *packet,
    size_t size, uint8_t *out);

/*
 * The probe that is answered, as it was and as it is now; both NULL where it
 * was not captured: then as much as is known of it is in checksum.
 */
struct tr_masked_probe {
	const uint8_t *before;
	const uint8_t *after;
	size_t	 size;			/* of each */
	uint16_t checksum_before;	/* UDP, not captured */
	uint16_t checksum_after;
};

/* hidden: of a hop that is, so that nothing it adds is told. */
int tr_mask_reply(struct tr_masker *masker, const uint8_t *packet,
    size_t size, const struct tr_masked_probe *probe, bool hidden,
    uint8_t *out);

/* Where an ICMPv4 redirect sends to; false for any other packet. */
struct tr_packet;
bool tr_mask_redirect(const struct tr_packet *packet,
    struct tr_address *gateway);

#endif
