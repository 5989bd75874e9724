#define _GNU_SOURCE			/* sendmmsg() */

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/time.h"
#include "io/burst.h"
#include "io/clock.h"
#include "io/neighbour.h"
#include "io/stamps.h"
#include "io/transmit.h"
#include "packet/wire.h"

#define RESOLVE_TIME	(3500 * TR_MILLISECOND)	/* Linux gives up after 3 s */
#define CHECK_INTERVAL	(30 * TR_SECOND)

/* How long a full queue is waited for: at first, at most, and in all. */
#define WAIT_LEAST	(10 * TR_MICROSECOND)
#define WAIT_MOST	TR_MILLISECOND
#define PATIENCE	TR_SECOND

struct tr_burst {
	struct tr_burst_counts counts;
	struct tr_route route;
	int64_t	 patience;
	int	 fd;			/* raw's, or ours */
	struct tr_transmit *raw;	/* or NULL */
	bool	 is_link;
	struct tr_neighbour neighbour;	/* is_link */
	uint8_t	 own[TR_LINK_ADDRESS_SIZE];	/* the device's */
	bool	 doubted;		/* is the next hop there? */
	int64_t	 checked;		/* when it was last nudged */
	struct sockaddr_ll link;	/* is_link: of all packets */
	struct mmsghdr messages[TR_BURST_MAX];
	struct iovec parts[TR_BURST_MAX];
	struct sockaddr_in v4[TR_BURST_MAX];	/* raw: of each packet */
	struct sockaddr_in6 v6[TR_BURST_MAX];
};

/* --- opening ------------------------------------------------------------ */

/* Has the device addresses of Ethernet, and asks for them?  *own is its. */
static bool
is_ethernet(int fd, const char *interface, uint8_t own[TR_LINK_ADDRESS_SIZE])
{
	struct ifreq request;

	memset(&request, 0, sizeof(request));
	memcpy(request.ifr_name, interface, strnlen(interface,
	    sizeof(request.ifr_name) - 1));
	if (ioctl(fd, SIOCGIFFLAGS, &request) != 0 ||
	    (request.ifr_flags & (IFF_NOARP | IFF_LOOPBACK)) != 0)
		return false;
	if (ioctl(fd, SIOCGIFHWADDR, &request) != 0 ||
	    request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return false;
	memcpy(own, request.ifr_hwaddr.sa_data, TR_LINK_ADDRESS_SIZE);
	return true;
}

static void
fill_link(struct tr_burst *burst)
{
	burst->link = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(burst->route.src.family == 4 ?
		    ETHERTYPE_IP : ETHERTYPE_IPV6),
		.sll_ifindex = (int)burst->route.interface_index,
		.sll_halen = TR_LINK_ADDRESS_SIZE,
	};
	memcpy(burst->link.sll_addr, burst->neighbour.link,
	    TR_LINK_ADDRESS_SIZE);
}

/*
 * A packet socket of protocol 0 is given nothing to read.  TR_EUNSUPPORTED
 * where there is no neighbour with a link address to send to.
 */
static int
open_link(struct tr_burst *burst, uint32_t mark, struct tr_error *error)
{
	int code;

	if (!tr_address_is_set(&burst->route.gateway))
		return TR_EUNSUPPORTED;
	burst->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (burst->fd < 0)
		return tr_fail(error, errno == EPERM || errno == EACCES ?
		    TR_EPERMISSION : TR_ESYSTEM,
		    "cannot open a packet socket: %s", strerror(errno));
	if (!is_ethernet(burst->fd, burst->route.interface, burst->own))
		return TR_EUNSUPPORTED;
	code = tr_transmit_mark(burst->fd, mark, error);
	if (code != TR_OK)
		return code;
	code = tr_neighbour_open(&burst->neighbour, &burst->route.gateway,
	    burst->route.interface_index, error);
	if (code != TR_OK)
		return code;
	code = tr_neighbour_resolve(&burst->neighbour, RESOLVE_TIME, error);
	if (code != TR_OK) {
		tr_neighbour_close(&burst->neighbour);
		return code;
	}
	burst->is_link = burst->doubted = true;
	burst->checked = tr_clock_monotonic();
	fill_link(burst);
	return TR_OK;
}

/* The parts of the messages that stay the same. */
static void
fill_messages(struct tr_burst *burst)
{
	const bool is_v4 = burst->route.src.family == 4;

	for (uint32_t i = 0; i < TR_BURST_MAX; i++) {
		struct msghdr *header = &burst->messages[i].msg_hdr;

		header->msg_iov = &burst->parts[i];
		header->msg_iovlen = 1;
		burst->v4[i].sin_family = AF_INET;
		burst->v6[i].sin6_family = AF_INET6;
		if (burst->is_link) {
			header->msg_name = &burst->link;
			header->msg_namelen = sizeof(burst->link);
		} else if (is_v4) {
			header->msg_name = &burst->v4[i];
			header->msg_namelen = sizeof(burst->v4[i]);
		} else {
			header->msg_name = &burst->v6[i];
			header->msg_namelen = sizeof(burst->v6[i]);
		}
	}
}

static bool
open_raw(struct tr_burst *burst, uint32_t mark, struct tr_error *error)
{
	const char *interface = burst->route.interface;
	const struct tr_transmit_config config = {
		.src = burst->route.src,
		.interface = interface[0] != '\0' ? interface : NULL,
		.mark = mark,
	};

	burst->raw = tr_transmit_open(&config, error);
	if (burst->raw == NULL)
		return false;
	burst->fd = tr_transmit_socket(burst->raw);
	return true;
}

static bool
open_sockets(struct tr_burst *burst, const struct tr_burst_config *config,
    struct tr_error *error)
{
	const int code = config->raw ? TR_EUNSUPPORTED :
	    open_link(burst, config->mark, error);

	if (code != TR_EUNSUPPORTED)
		return code == TR_OK;
	if (burst->fd >= 0)
		close(burst->fd);
	burst->fd = -1;
	return open_raw(burst, config->mark, error);
}

struct tr_burst *
tr_burst_open(const struct tr_burst_config *config, struct tr_error *error)
{
	struct tr_burst *burst = calloc(1, sizeof(*burst));

	if (burst == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	burst->route = config->route;
	burst->patience = config->patience > 0 ? config->patience : PATIENCE;
	burst->fd = -1;
	if (!open_sockets(burst, config, error)) {
		tr_burst_close(burst);
		return NULL;
	}
	fill_messages(burst);
	return burst;
}

void
tr_burst_close(struct tr_burst *burst)
{
	if (burst == NULL)
		return;
	if (burst->raw == NULL && burst->fd >= 0)
		close(burst->fd);
	tr_transmit_close(burst->raw);
	if (burst->is_link)
		tr_neighbour_close(&burst->neighbour);
	free(burst);
}

bool
tr_burst_is_link(const struct tr_burst *burst)
{
	return burst->is_link;
}

const struct tr_burst_counts *
tr_burst_counts(const struct tr_burst *burst)
{
	return &burst->counts;
}

/* --- sending ------------------------------------------------------------ */

/* Raw sockets want the destination beside the packet. */
static void
fill_destination(struct tr_burst *burst, uint32_t i,
    const struct tr_burst_packet *packet)
{
	const bool is_v4 = burst->route.src.family == 4;
	const size_t size = is_v4 ? 4 : 16;
	struct tr_reader reader;
	const uint8_t *dst;

	tr_reader_init(&reader, packet->bytes, packet->size);
	tr_read_bytes(&reader, is_v4 ? TR_IPV4_DST : TR_IPV6_DST);
	dst = tr_read_bytes(&reader, size);
	/* The kernel refuses what is too short for a header (EINVAL). */
	if (dst == NULL)
		return;
	if (is_v4) {
		memcpy(&burst->v4[i].sin_addr, dst, size);
		return;
	}
	memcpy(&burst->v6[i].sin6_addr, dst, size);
	burst->v6[i].sin6_scope_id =
	    IN6_IS_ADDR_LINKLOCAL(&burst->v6[i].sin6_addr) ?
	    burst->route.interface_index : 0;
}

static void
fill_batch(struct tr_burst *burst, const struct tr_burst_packet *packets,
    uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		burst->parts[i].iov_base = (void *)(uintptr_t)
		    packets[i].bytes;
		burst->parts[i].iov_len = packets[i].size;
		if (!burst->is_link)
			fill_destination(burst, i, &packets[i]);
	}
}

/* A queue that is waited for. */
struct wait {
	int64_t	 next;			/* how long, ns */
	int64_t	 left;			/* of our patience */
};

/*
 * Wait until there may be room: a socket's buffer tells when there is
 * (EAGAIN), a device's ring does not (ENOBUFS).  Returns 0 or the errno to
 * give up with.
 */
static int
wait_for_room(struct tr_burst *burst, struct wait *wait, int reason)
{
	const int64_t start = tr_clock_monotonic();
	const struct timespec pause = { .tv_nsec = (long)wait->next };
	struct pollfd room = { .fd = burst->fd, .events = POLLOUT };
	int64_t took;
	int broken;

	if (wait->left <= 0)
		return reason;
	if (reason == EAGAIN)
		broken = poll(&room, 1, (int)(wait->left / TR_MILLISECOND) +
		    1) < 0 ? errno : 0;
	else
		broken = nanosleep(&pause, NULL) != 0 ? errno : 0;
	took = tr_clock_monotonic() - start;
	wait->left -= took;
	wait->next = tr_time_earlier(wait->next * 2, WAIT_MOST);
	burst->counts.waited += took;
	return broken;
}

static bool
is_full(int reason)
{
	return reason == ENOBUFS || reason == EAGAIN || reason == ENOMEM;
}

/* One system call; departed as in tr_burst_send(). */
static int
send_some(struct tr_burst *burst, uint32_t from, uint32_t count,
    int64_t *departed)
{
	const int64_t before = departed != NULL ? tr_clock_monotonic() : 0;
	const int took = sendmmsg(burst->fd, burst->messages + from, count,
	    MSG_DONTWAIT);

	if (took > 0 && departed != NULL)
		tr_stamps_spread(before, tr_clock_monotonic(),
		    (uint32_t)took, departed + from);
	return took;
}

uint32_t
tr_burst_send(struct tr_burst *burst, const struct tr_burst_packet *packets,
    uint32_t count, int64_t *departed, int *reason)
{
	struct wait wait = { WAIT_LEAST, burst->patience };
	uint32_t sent = 0;

	*reason = 0;
	fill_batch(burst, packets, count);
	while (sent < count) {
		const int took = send_some(burst, sent, count - sent,
		    departed);

		if (took > 0) {
			sent += (uint32_t)took;
			burst->counts.sent += (uint32_t)took;
			wait = (struct wait){ WAIT_LEAST, burst->patience };
			continue;
		}
		*reason = took == 0 ? EAGAIN : errno;
		if (is_full(*reason)) {
			burst->counts.retried++;
			*reason = wait_for_room(burst, &wait, *reason);
			if (*reason == 0)
				continue;
			return sent;
		}
		if (*reason != EINTR) {
			burst->counts.failed++;
			burst->counts.last_failure = *reason;
		}
		return sent;
	}
	return sent;
}

/* --- the next hop ------------------------------------------------------- */

void
tr_burst_doubt(struct tr_burst *burst)
{
	burst->doubted = burst->is_link;
}

/* Ask it, until it is there; or, if it never answered, three times. */
static int
doubt(struct tr_burst *burst, int64_t now, struct tr_error *error)
{
	const struct tr_neighbour *neighbour = &burst->neighbour;
	const int code = tr_neighbour_doubt(&burst->neighbour, burst->fd,
	    burst->own, now, error);

	burst->doubted = code != TR_OK || (neighbour->answers ?
	    neighbour->asks > 0 : neighbour->asks < TR_NEIGHBOUR_ASKS);
	return code;
}

int
tr_burst_tend(struct tr_burst *burst, int64_t now, struct tr_error *error)
{
	int code;

	if (!burst->is_link)
		return TR_OK;
	code = tr_neighbour_look(&burst->neighbour, error);
	if (code == TR_OK && burst->doubted)
		code = doubt(burst, now, error);
	if (code == TR_OK) {
		memcpy(burst->link.sll_addr, burst->neighbour.link,
		    TR_LINK_ADDRESS_SIZE);
		if (now - burst->checked < CHECK_INTERVAL)
			return TR_OK;
	}
	burst->checked = now;
	tr_neighbour_nudge(&burst->neighbour);
	return code;
}
