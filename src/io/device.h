/*
 * What the system says of a network device (rtnetlink, RTM_GETLINK).
 */
#ifndef TR_IO_DEVICE_H
#define TR_IO_DEVICE_H

#include <stdint.h>

/*
 * Packets that came to the device and got no further, whoever they were for:
 * for lack of room in it (rx_missed_errors, rx_fifo_errors), or in the queue to
 * the protocols (rx_dropped); since it exists.  Returns TR_OK; or TR_ENOTFOUND
 * where there is no such device, or the kernel does not tell.
 */
int tr_device_dropped(uint32_t index, uint64_t *dropped);

#endif
