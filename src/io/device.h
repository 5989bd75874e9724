/*
 * What the system says of a network device (rtnetlink, RTM_GETLINK).
 */
#ifndef TR_IO_DEVICE_H
#define TR_IO_DEVICE_H

#include <stdint.h>

#include "base/error.h"

/*
 * Packets that came to the device and got no further, whoever they were for:
 * for lack of room in it (rx_missed_errors, rx_fifo_errors), or in the queue to
 * the protocols (rx_dropped); since it exists.  Returns TR_OK; or TR_ENOTFOUND
 * where there is no such device, or the kernel does not tell.
 */
int tr_device_dropped(uint32_t index, uint64_t *dropped);

/*
 * Can packets leave by it?  Returns TR_OK; TR_ESYSTEM, with a text that names
 * it and ENETDOWN as its errno, when it is down or has no carrier (what is sent
 * then is lost, and Linux does not say so); TR_ENOTFOUND where there is no such
 * device, or the kernel does not tell.
 */
int tr_device_check(uint32_t index, struct tr_error *error);

#endif
