#include <sys/socket.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "io/netlink.h"
#include "io/route.h"

static void
fill_request(struct nlmsghdr *message, const struct tr_route_query *query,
    uint32_t index)
{
	struct rtmsg *route = NLMSG_DATA(message);
	const size_t size = tr_address_size(&query->dst);

	message->nlmsg_len = NLMSG_LENGTH(sizeof(*route));
	message->nlmsg_type = RTM_GETROUTE;
	message->nlmsg_flags = NLM_F_REQUEST;
	route->rtm_family = query->dst.family == 4 ? AF_INET : AF_INET6;
	route->rtm_dst_len = (unsigned char)(size * 8);
	/* The two low bits are ECN's, which routing does not look at. */
	route->rtm_tos = query->tos & 0xfc;
	tr_netlink_add(message, RTA_DST, query->dst.bytes, size);
	if (tr_address_is_set(&query->src)) {
		route->rtm_src_len = (unsigned char)(size * 8);
		tr_netlink_add(message, RTA_SRC, query->src.bytes, size);
	}
	if (index != 0)
		tr_netlink_add(message, RTA_OIF, &index, sizeof(index));
	if (query->mark != 0)
		tr_netlink_add(message, RTA_MARK, &query->mark,
		    sizeof(query->mark));
}

static void
read_metrics(const struct rtattr *metrics, struct tr_route *route)
{
	const struct rtattr *one;
	size_t offset = 0;

	while ((one = tr_netlink_next(RTA_DATA(metrics), RTA_PAYLOAD(metrics),
	    &offset)) != NULL)
		if (one->rta_type == RTAX_MTU &&
		    RTA_PAYLOAD(one) >= sizeof(route->mtu))
			memcpy(&route->mtu, RTA_DATA(one),
			    sizeof(route->mtu));
}

static void
read_answer(const struct nlmsghdr *message, struct tr_route *route)
{
	const struct rtmsg *body = NLMSG_DATA(message);
	const struct rtattr *one;
	size_t offset = 0;

	while ((one = tr_netlink_next(RTM_RTA(body), RTM_PAYLOAD(message),
	    &offset)) != NULL) {
		switch (one->rta_type) {
		case RTA_OIF:
			memcpy(&route->interface_index, RTA_DATA(one),
			    sizeof(route->interface_index));
			break;
		case RTA_PREFSRC:
			route->src = tr_netlink_address(one);
			break;
		case RTA_GATEWAY:
			route->gateway = tr_netlink_address(one);
			break;
		case RTA_METRICS:
			read_metrics(one, route);
			break;
		}
	}
}

static uint32_t
device_mtu(const char *interface)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request;
	uint32_t mtu = 0;

	if (fd < 0)
		return 0;
	memset(&request, 0, sizeof(request));
	memcpy(request.ifr_name, interface, strnlen(interface,
	    sizeof(request.ifr_name) - 1));
	if (ioctl(fd, SIOCGIFMTU, &request) == 0 && request.ifr_mtu > 0)
		mtu = (uint32_t)request.ifr_mtu;
	close(fd);
	return mtu;
}

int
tr_route_find(const struct tr_route_query *query, struct tr_route *route,
    struct tr_error *error)
{
	_Alignas(struct nlmsghdr) char request[TR_NETLINK_REQUEST_MAX] = { 0 };
	_Alignas(struct nlmsghdr) char answer[TR_NETLINK_ANSWER_MAX];
	char text[TR_ADDRESS_TEXT_MAX];
	uint32_t index = 0;

	if (query->interface[0] != '\0') {
		index = if_nametoindex(query->interface);
		if (index == 0)
			return tr_fail(error, TR_ENOTFOUND,
			    "no interface is named %s", query->interface);
	}
	memset(route, 0, sizeof(*route));
	fill_request((void *)request, query, index);
	if (tr_netlink_ask((void *)request, answer, sizeof(answer)) !=
	    TR_OK) {
		const int system = errno;

		tr_address_text(&query->dst, text, sizeof(text));
		return tr_fail(error, TR_ENOTFOUND, "no route to %s%s%s: %s%s",
		    text, index != 0 ? " by interface " : "",
		    query->interface, strerror(system),
		    tr_address_is_set(&query->src) ?
		    " (or the source address is not one of this host)" : "");
	}
	read_answer((const void *)answer, route);
	if (tr_address_is_set(&query->src))
		route->src = query->src;
	/* "lo" carries what goes to this host itself, whatever -i says. */
	if (if_indextoname(route->interface_index, route->interface) == NULL)
		route->interface[0] = '\0';
	route->device_mtu = device_mtu(route->interface);
	if (route->mtu == 0)
		route->mtu = route->device_mtu;
	if (!tr_address_is_set(&route->src)) {
		tr_address_text(&query->dst, text, sizeof(text));
		return tr_fail(error, TR_ENOTFOUND, "interface %s has no "
		    "IPv%d address to reach %s from", route->interface,
		    query->dst.family, text);
	}
	return TR_OK;
}

static socklen_t
fill_sockaddr(struct sockaddr_storage *storage,
    const struct tr_address *address, uint32_t scope, uint16_t port)
{
	struct sockaddr_in *v4 = (void *)storage;
	struct sockaddr_in6 *v6 = (void *)storage;

	memset(storage, 0, sizeof(*storage));
	if (address->family == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, address->bytes, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	v6->sin6_scope_id = scope;
	memcpy(&v6->sin6_addr, address->bytes, 16);
	return sizeof(*v6);
}

int
tr_port_reserve(enum tr_protocol protocol, const struct tr_address *src,
    const char *interface, uint16_t *port, struct tr_error *error)
{
	struct sockaddr_storage storage;
	socklen_t length;
	int fd;

	fd = socket(src->family == 4 ? AF_INET : AF_INET6,
	    (protocol == TR_PROTOCOL_TCP ? SOCK_STREAM : SOCK_DGRAM) |
	    SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tr_fail(error, TR_ESYSTEM, "cannot make a socket: %s",
		    strerror(errno));
	length = fill_sockaddr(&storage, src, if_nametoindex(interface),
	    *port);
	if (bind(fd, (struct sockaddr *)&storage, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&storage, &length) != 0) {
		char text[TR_ADDRESS_TEXT_MAX];
		const int system = errno;

		close(fd);
		errno = system;
		tr_address_text(src, text, sizeof(text));
		return tr_fail(error, TR_ESYSTEM,
		    "cannot take source port %u at %s: %s", *port, text,
		    strerror(system));
	}
	*port = ntohs(src->family == 4 ?
	    ((struct sockaddr_in *)&storage)->sin_port :
	    ((struct sockaddr_in6 *)&storage)->sin6_port);
	return fd;
}
