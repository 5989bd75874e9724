/*
 * Addresses that are told to nobody, and those that stand in for them: they
 * cannot be mistaken for real ones, and tell nothing but a hop and a number.
 *
 *	IPv4	240.HOP.0.1, 240.HOP.0.2, ...	reserved: RFC 1112, section 4
 *	IPv6	100::HOP:1, 100::HOP:2, ...	discard-only: RFC 6666
 *
 * Hop 0 is this host.  In an IPv6 address the hop is meant to be read, so its
 * decimal digits stand there.
 */
#ifndef TR_PACKET_MASK_H
#define TR_PACKET_MASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

#define TR_MASK_NUMBERS_MAX	65535	/* of one hop */

struct tr_mask;

/* Returns NULL without memory.  Free with tr_mask_free(). */
struct tr_mask *tr_mask_new(void);
void tr_mask_free(struct tr_mask *mask);

/*
 * The address is told as it is, whatever is hidden later, and stands in for
 * no other.  Returns TR_OK or TR_ENOMEM.
 */
int tr_mask_keep(struct tr_mask *mask, const struct tr_address *address);

/*
 * The address is a real one: it stands in for no other, and may be hidden.
 * Returns TR_OK or TR_ENOMEM.
 */
int tr_mask_avoid(struct tr_mask *mask, const struct tr_address *address);

/*
 * Hide an address as the next one of the hop, unless it is kept or hidden
 * already, or none.  Returns TR_OK; TR_ENOMEM, also where the hop has no
 * number left.
 */
int tr_mask_hide(struct tr_mask *mask, const struct tr_address *address,
    uint8_t hop);

bool tr_mask_hides(const struct tr_mask *mask,
    const struct tr_address *address);

/* The one that stands in for it; itself where it is not hidden. */
struct tr_address tr_mask_address(const struct tr_mask *mask,
    const struct tr_address *address);

/* Does it look like one that stands in for another? */
bool tr_mask_is_stand_in(const struct tr_address *address);

#endif
