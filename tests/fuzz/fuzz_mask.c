/*
 * Fuzz target for masking: the first byte says how, the second how many bytes
 * of the rest are the probe; what is left is its answer.  Beyond not crashing,
 * what was masked must be a packet still, from and to no hidden address.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "packet/mask_frame.h"
#include "packet/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct tr_mask *mask, const uint8_t *packet, int size,
    size_t most)
{
	struct tr_packet decoded;

	if (size < 0)
		return;
	if ((size_t)size > most || tr_packet_decode(TR_LINK_RAW, packet,
	    (size_t)size, &decoded) != TR_OK)
		abort();
	if (tr_mask_hides(mask, &decoded.ip.src) ||
	    tr_mask_hides(mask, &decoded.ip.dst))
		abort();
	if (decoded.has_quote && (tr_mask_hides(mask, &decoded.quote.src) ||
	    tr_mask_hides(mask, &decoded.quote.dst)))
		abort();
}

/* All addresses of the packets: stand-ins are not hidden again. */
static void
hide_all(struct tr_mask *mask, const uint8_t *packet, size_t size)
{
	struct tr_packet decoded;

	if (tr_packet_decode(TR_LINK_RAW, packet, size, &decoded) != TR_OK)
		return;
	if (!tr_mask_is_stand_in(&decoded.ip.src))
		(void)tr_mask_hide(mask, &decoded.ip.src, 0);
	if (!tr_mask_is_stand_in(&decoded.ip.dst))
		(void)tr_mask_hide(mask, &decoded.ip.dst, 1);
	if (decoded.has_quote && !tr_mask_is_stand_in(&decoded.quote.src))
		(void)tr_mask_hide(mask, &decoded.quote.src, 0);
}

static void
run(const uint8_t *probe, size_t probe_size, const uint8_t *reply,
    size_t size, uint8_t how)
{
	uint8_t *after = malloc(probe_size + 1), *out = malloc(size + 1);
	struct tr_mask *mask = tr_mask_new();
	struct tr_masked_probe masked = { .before = NULL };
	struct tr_address source = { .family = 0 };
	struct tr_masker *masker;
	struct tr_packet decoded;
	int got;

	if (after == NULL || out == NULL || mask == NULL)
		abort();
	hide_all(mask, probe, probe_size);
	hide_all(mask, reply, size);
	if (tr_packet_decode(TR_LINK_RAW, probe, probe_size, &decoded) ==
	    TR_OK)
		source = decoded.ip.src;
	masker = tr_masker_new(mask, &source, (how & 1) != 0);
	if (masker == NULL)
		abort();
	got = tr_mask_probe(masker, probe, probe_size, after);
	check(mask, after, got, probe_size);
	if (got > 0 && (how & 2) != 0) {
		masked.before = probe;
		masked.after = after;
		masked.size = (size_t)got;
	}
	got = tr_mask_reply(masker, reply, size, &masked, (how & 4) != 0,
	    out);
	check(mask, out, got, size);
	tr_masker_free(masker);
	tr_mask_free(mask);
	free(after);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t probe;

	if (size < 2)
		return 0;
	probe = data[1] < size - 2 ? data[1] : size - 2;
	run(data + 2, probe, data + 2 + probe, size - 2 - probe, data[0]);
	return 0;
}
