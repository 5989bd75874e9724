/*
 * Asking a neighbour for its link address, past the kernel: by an ARP request
 * (RFC 826) or a neighbor solicitation (RFC 4861, 4.3).  Who is asked answers
 * this host's kernel.
 */
#ifndef TR_IO_SOLICIT_H
#define TR_IO_SOLICIT_H

#include <stdint.h>

#include "base/address.h"
#include "io/neighbour.h"

/*
 * Send one by a packet socket (packet(7), of SOCK_DGRAM, of any protocol), from
 * this device with the link address own, and from src, an address of this
 * host's of the neighbour's family; to a link address, or, where that is NULL,
 * to all on the link.  Returns TR_OK or TR_ESYSTEM.
 */
int tr_solicit(int packets, uint32_t interface_index,
    const uint8_t own[TR_LINK_ADDRESS_SIZE], const struct tr_address *src,
    const struct tr_address *neighbour, const uint8_t *to);

#endif
