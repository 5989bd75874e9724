/*
 * A network namespace of its own with a tun device in it, whose other end the
 * simulated network is: every program that runs there has the prober's
 * addresses, and reaches the simulated network and nothing else.
 */
#ifndef TR_SIM_TUN_DEVICE_H
#define TR_SIM_TUN_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sim/topology.h"

#define TR_TUN_NAME_MAX		16	/* IFNAMSIZ */
#define TR_TUN_NAME_DEFAULT	"sim0"

struct tr_tun_device {
	char	 name[TR_TUN_NAME_MAX];
	int	 descriptor;		/* packets to and from the kernel */
	int	 tap;			/* those that the kernel sends, with */
					/* the time at which it did */
	bool	 own_mounts;		/* mounts are not seen outside */
};

/*
 * Move this process into namespaces of its own (user, where it is not root;
 * network; mount).  Returns TR_OK; TR_EUNSUPPORTED with a text where the
 * system does not allow it.
 */
int tr_tun_enter_namespace(struct tr_tun_device *device,
    struct tr_error *error);

/*
 * Make the device, with the prober's addresses, its MTU, and default routes.
 * Names are asked of the topology's name server where it has one, else of
 * nobody; where nothing can be mounted unseen, of whom this host asks, in
 * vain.  Returns TR_OK; TR_EUNSUPPORTED where /dev/net/tun cannot be
 * opened; TR_ESYSTEM; with a text.
 */
int tr_tun_open(const struct tr_topology *topology, uint32_t prober,
    const char *name, struct tr_tun_device *device, struct tr_error *error);
void tr_tun_close(struct tr_tun_device *device);

/*
 * Take the next packet that the kernel has sent, with the time at which it
 * did (CLOCK_REALTIME, ns).  Returns its size, or 0 when there is none.
 */
size_t tr_tun_take(const struct tr_tun_device *device, uint8_t *packet,
    size_t size, int64_t *sent);

/* Packets that came faster than they were taken, and are lost. */
uint64_t tr_tun_lost(const struct tr_tun_device *device);

/* Throw away what waits to be read of the device itself. */
void tr_tun_drain(const struct tr_tun_device *device);

/* Hand a packet to the kernel, as if the device had received it. */
int tr_tun_give(const struct tr_tun_device *device, const uint8_t *packet,
    size_t size);

#endif
