/*
 * The Internet checksum (RFC 1071) and the steering of a packet's checksum
 * to a chosen value.
 */
#ifndef TR_PACKET_CHECKSUM_H
#define TR_PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/*
 * Add size bytes to a running ones' complement sum (start with 0).  Only the
 * last of several stretches may have an odd size.  Up to 64 KiB in all.
 */
uint32_t tr_checksum_add(uint32_t sum, const uint8_t *data, size_t size);

/*
 * The pseudo-header of UDP, TCP and ICMPv6 (RFC 768, RFC 9293, RFC 8200 8.1).
 * length is that of the transport header and its payload.
 */
uint32_t tr_checksum_add_pseudo(uint32_t sum, const struct tr_address *src,
    const struct tr_address *dst, uint8_t protocol, uint32_t length);

/* Fold the carries and complement: what stands in the header's field. */
uint16_t tr_checksum_finish(uint32_t sum);

#endif
