/*
 * Sending many finished IP packets, in batches (sendmmsg(2)).
 *
 * At the link layer (packet(7)) where there is one: packets to one next hop,
 * whose link address the kernel's neighbour table gives.  Through raw sockets
 * where there is none (tun, ppp, the loopback), where it is not Ethernet, and
 * for targets on the link itself, each of which has another link address.
 *
 * At the link layer packets pass by what this host filters (netfilter) and by
 * what it would do with its own routes; a queueing discipline of the device
 * holds for them.
 */
#ifndef TR_IO_BURST_H
#define TR_IO_BURST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "io/route.h"

#define TR_BURST_MAX	64		/* packets in a batch */

struct tr_burst;

struct tr_burst_config {
	struct tr_route route;	/* of all packets: source, device, next hop */
	uint32_t mark;		/* SO_MARK; 0: none */
	bool	 raw;		/* raw sockets, even with a link layer */
	int64_t	 patience;	/* how long a full queue is waited for with */
				/* no progress, ns; 0: a second */
};

struct tr_burst_packet {
	const uint8_t *bytes;	/* from the IP header on, of the route's */
				/* family; borrowed */
	size_t	 size;
};

/* All that was handed over since it was opened. */
struct tr_burst_counts {
	uint64_t sent;		/* packets that the system took */
	uint64_t retried;	/* times that a queue was full */
	uint64_t failed;	/* packets that it refused for good */
	int	 last_failure;	/* errno of the last of these, or 0 */
	int64_t	 waited;	/* for queues, ns */
};

/*
 * Open the sockets: needs CAP_NET_RAW (io/privileges.h), and nothing
 * afterwards does.  May wait some three seconds for the next hop to tell its
 * link address.  Returns NULL with a text in *error: TR_EPERMISSION when the
 * privilege is missing, TR_ENOTFOUND when the next hop does not answer,
 * TR_ENOMEM, TR_ESYSTEM.  Free with tr_burst_close().
 */
struct tr_burst *tr_burst_open(const struct tr_burst_config *config,
    struct tr_error *error);
void tr_burst_close(struct tr_burst *burst);

/* Do its packets leave at the link layer? */
bool tr_burst_is_link(const struct tr_burst *burst);

/*
 * Send count packets (1 to TR_BURST_MAX), in order, and return how many the
 * system took.  A queue that is full is waited for, as long as the config says.
 * departed, if not NULL, has room for count times and is told when those left
 * that did (monotonic): between two looks at the clock, around the system call
 * that took them, so that it is off by less than that call took.  When they are
 * fewer than count, *reason is the errno with which the next one was not taken:
 *
 *	ENOBUFS, EAGAIN, ENOMEM	the queue stayed full, or memory short: it
 *			may be tried again
 *	EINTR		a signal came in while it was waited
 *	ENETDOWN, ENODEV, ENXIO	the device is down, or gone
 *	EMSGSIZE	the packet is larger than the device sends
 *	EPERM, EHOSTUNREACH, ENETUNREACH, EINVAL, ...	raw sockets: as in
 *			io/transmit.h
 *
 * But for the first two the packet counts as failed; who wants to send the
 * others calls again with those behind it.
 */
uint32_t tr_burst_send(struct tr_burst *burst,
    const struct tr_burst_packet *packets, uint32_t count, int64_t *departed,
    int *reason);

/*
 * Call it about once a second, with the monotonic time: follows a next hop
 * whose link address changes, and has the kernel check now and then that it
 * is still there.  Returns TR_OK, or TR_ENOTFOUND when the next hop does not
 * answer any more, TR_EUNSUPPORTED when it has no Ethernet address any more,
 * TR_ESYSTEM, with a text; packets go on to the last known link address, which
 * is asked for once in each call until there is one.  Through raw sockets there
 * is nothing to do: TR_OK.
 */
int tr_burst_tend(struct tr_burst *burst, int64_t now,
    struct tr_error *error);

/*
 * No answers come: the next hop may be gone.  It is asked in each call of
 * tr_burst_tend() until it answers; when it has not after three, that returns
 * TR_ENOTFOUND (and need not wait for the kernel to find it out: see
 * io/neighbour.h).
 */
void tr_burst_doubt(struct tr_burst *burst);

const struct tr_burst_counts *tr_burst_counts(const struct tr_burst *burst);

#endif
