#include <sys/socket.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <netinet/in.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "io/clock.h"
#include "io/neighbour.h"
#include "io/netlink.h"
#include "io/route.h"
#include "io/solicit.h"

#define DISCARD_PORT	9
#define CONFIRMED_LATELY	(250 * TR_MILLISECOND)
#define ASK_GONE_EACH	TR_SECOND
#define ASKS_DIRECT	2	/* it only; then all, since its link */
				/* address may be another one */
#define TICK		(10 * TR_MILLISECOND)	/* of the table's times */
#define LOOK_INTERVAL	(2 * TR_MILLISECOND)
#define USABLE		(NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | \
			NUD_PERMANENT)

/*
 * For the neighbour only: a router must not pass it on, and by another device
 * it would be another neighbour.
 */
static void
set_nudge_options(int fd, uint8_t family, uint32_t interface_index)
{
	const uint32_t device = htonl(interface_index);
	const int one = 1;

	if (family == 4) {
		setsockopt(fd, IPPROTO_IP, IP_TTL, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IP, IP_UNICAST_IF, &device,
		    sizeof(device));
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &one,
		    sizeof(one));
		setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_IF, &device,
		    sizeof(device));
	}
}

int
tr_neighbour_open(struct tr_neighbour *neighbour,
    const struct tr_address *address, uint32_t interface_index,
    struct tr_error *error)
{
	memset(neighbour, 0, sizeof(*neighbour));
	neighbour->address = *address;
	neighbour->interface_index = interface_index;
	neighbour->nudge = socket(address->family == 4 ? AF_INET : AF_INET6,
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (neighbour->nudge < 0)
		return tr_fail(error, TR_ESYSTEM, "cannot make a socket: %s",
		    strerror(errno));
	set_nudge_options(neighbour->nudge, address->family,
	    interface_index);
	return TR_OK;
}

void
tr_neighbour_close(struct tr_neighbour *neighbour)
{
	close(neighbour->nudge);
}

void
tr_neighbour_nudge(const struct tr_neighbour *neighbour)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
	    .sin_port = htons(DISCARD_PORT) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
	    .sin6_port = htons(DISCARD_PORT),
	    .sin6_scope_id = neighbour->interface_index };
	const bool is_v4 = neighbour->address.family == 4;

	memcpy(&v4.sin_addr, neighbour->address.bytes, 4);
	memcpy(&v6.sin6_addr, neighbour->address.bytes, 16);
	/* Where it cannot be sent, the table will show. */
	(void)sendto(neighbour->nudge, "", 0, 0,
	    is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
	    is_v4 ? sizeof(v4) : sizeof(v6));
}

/* What the table says of a neighbour. */
struct entry {
	uint16_t state;			/* NUD_*; 0: there is none */
	bool	 has_link;
	uint8_t	 link[TR_LINK_ADDRESS_SIZE];
	int64_t	 age;			/* since it was confirmed, ns */
};

static void
read_entry(const struct nlmsghdr *message, struct entry *entry)
{
	const struct ndmsg *body = NLMSG_DATA(message);
	const char *attributes = (const char *)body +
	    NLMSG_ALIGN(sizeof(*body));
	const struct rtattr *one;
	struct nda_cacheinfo times;
	size_t offset = 0;

	entry->state = body->ndm_state;
	while ((one = tr_netlink_next(attributes,
	    NLMSG_PAYLOAD(message, sizeof(*body)), &offset)) != NULL)
		if (one->rta_type == NDA_LLADDR &&
		    RTA_PAYLOAD(one) == sizeof(entry->link)) {
			memcpy(entry->link, RTA_DATA(one),
			    sizeof(entry->link));
			entry->has_link = true;
		} else if (one->rta_type == NDA_CACHEINFO &&
		    RTA_PAYLOAD(one) >= sizeof(times)) {
			memcpy(&times, RTA_DATA(one), sizeof(times));
			entry->age = times.ndm_confirmed * TICK;
		}
}

/* TR_OK, with an empty entry where the table has none. */
static int
ask(const struct tr_neighbour *neighbour, struct entry *entry,
    struct tr_error *error)
{
	_Alignas(struct nlmsghdr) char request[TR_NETLINK_REQUEST_MAX] = { 0 };
	_Alignas(struct nlmsghdr) char answer[TR_NETLINK_ANSWER_MAX];
	struct nlmsghdr *message = (void *)request;
	struct ndmsg *body = NLMSG_DATA(message);

	memset(entry, 0, sizeof(*entry));
	message->nlmsg_len = NLMSG_LENGTH(sizeof(*body));
	message->nlmsg_type = RTM_GETNEIGH;
	message->nlmsg_flags = NLM_F_REQUEST;
	body->ndm_family =
	    neighbour->address.family == 4 ? AF_INET : AF_INET6;
	body->ndm_ifindex = (int)neighbour->interface_index;
	tr_netlink_add(message, NDA_DST, neighbour->address.bytes,
	    tr_address_size(&neighbour->address));
	if (tr_netlink_ask(message, answer, sizeof(answer)) == TR_OK) {
		read_entry((const void *)answer, entry);
		return TR_OK;
	}
	if (errno == ENOENT)
		return TR_OK;
	return tr_fail(error, errno == EOPNOTSUPP || errno == EINVAL ?
	    TR_EUNSUPPORTED : TR_ESYSTEM,
	    "cannot look into the neighbour table: %s", strerror(errno));
}

static int
fail_missing(const struct tr_neighbour *neighbour, struct tr_error *error)
{
	char text[TR_ADDRESS_TEXT_MAX];

	tr_address_text(&neighbour->address, text, sizeof(text));
	return tr_fail(error, TR_ENOTFOUND,
	    "the next hop, %s, does not answer on its link", text);
}

/* Look once; *given_up: the kernel has asked for it, and was not answered. */
static int
look(struct tr_neighbour *neighbour, bool *given_up, struct tr_error *error)
{
	struct entry entry;
	int code = ask(neighbour, &entry, error);

	*given_up = entry.state == NUD_FAILED;
	if (code != TR_OK)
		return code;
	if ((entry.state & NUD_NOARP) != 0 ||
	    ((entry.state & USABLE) != 0 && !entry.has_link))
		return tr_fail(error, TR_EUNSUPPORTED,
		    "the next hop has no Ethernet address");
	if ((entry.state & USABLE) == 0)
		return fail_missing(neighbour, error);
	memcpy(neighbour->link, entry.link, sizeof(neighbour->link));
	neighbour->permanent = entry.state == NUD_PERMANENT;
	neighbour->confirmed = tr_clock_monotonic() - entry.age;
	return TR_OK;
}

int
tr_neighbour_look(struct tr_neighbour *neighbour, struct tr_error *error)
{
	bool given_up;

	return look(neighbour, &given_up, error);
}

int
tr_neighbour_resolve(struct tr_neighbour *neighbour, int64_t timeout,
    struct tr_error *error)
{
	const struct timespec pause = { .tv_nsec = LOOK_INTERVAL };
	const int64_t end = tr_clock_monotonic() + timeout;
	bool given_up;
	int code = look(neighbour, &given_up, error);

	if (code != TR_ENOTFOUND)
		return code;
	tr_neighbour_nudge(neighbour);
	do {
		code = look(neighbour, &given_up, error);
		if (code != TR_ENOTFOUND || given_up ||
		    nanosleep(&pause, NULL) != 0)
			break;
	} while (tr_clock_monotonic() < end);
	return code;
}

/* --- in doubt ----------------------------------------------------------- */

/* As the kernel would: from the address that it takes for this neighbour. */
static void
ask_it(struct tr_neighbour *neighbour, int packets,
    const uint8_t own[TR_LINK_ADDRESS_SIZE], int64_t now)
{
	struct tr_route_query query = { .dst = neighbour->address };
	struct tr_route route;

	if (if_indextoname(neighbour->interface_index,
	    query.interface) == NULL ||
	    tr_route_find(&query, &route, NULL) != TR_OK ||
	    tr_solicit(packets, neighbour->interface_index, own, &route.src,
	    &neighbour->address, neighbour->asks < ASKS_DIRECT ?
	    neighbour->link : NULL) != TR_OK)
		return;
	if (neighbour->asks == 0)
		neighbour->first_ask = now;
	neighbour->last_ask = now;
	neighbour->asks++;
}

int
tr_neighbour_doubt(struct tr_neighbour *neighbour, int packets,
    const uint8_t own[TR_LINK_ADDRESS_SIZE], int64_t now,
    struct tr_error *error)
{
	if (neighbour->permanent)
		return TR_OK;
	/* The table's times can be a tick too late, not too early. */
	if (neighbour->asks > 0 &&
	    neighbour->confirmed >= neighbour->first_ask) {
		neighbour->answers = true;
		neighbour->asks = 0;
	}
	if (neighbour->answers && neighbour->asks == 0 &&
	    now - neighbour->confirmed < CONFIRMED_LATELY)
		return TR_OK;
	if (neighbour->asks < TR_NEIGHBOUR_ASKS ||
	    now - neighbour->last_ask >= ASK_GONE_EACH) {
		ask_it(neighbour, packets, own, now);
		if (neighbour->asks <= TR_NEIGHBOUR_ASKS)
			return TR_OK;
	}
	return neighbour->answers ? fail_missing(neighbour, error) : TR_OK;
}
