/*
 * Addresses that a mask hides, in texts: networks name hosts after them.
 */
#ifndef TR_PACKET_MASK_TEXT_H
#define TR_PACKET_MASK_TEXT_H

#include <stdbool.h>

#include "packet/mask.h"

/*
 * Does a text have a hidden address in it?  One of IPv4 as four numbers parted
 * by dots, hyphens or the like, forwards or backwards ("7-113-0-203.pool"), or
 * as eight hexadecimal digits; one of IPv6 as it is written, also with hyphens
 * for the colons.
 */
bool tr_mask_text_tells(const struct tr_mask *mask, const char *text);

#endif
