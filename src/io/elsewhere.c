#include <sys/socket.h>
#include <errno.h>
#include <string.h>

#include "base/prefix.h"
#include "base/wide.h"
#include "io/elsewhere.h"
#include "io/netlink.h"

/* What is taken in, while the kernel tells its routes. */
struct taking {
	struct tr_ranges *ranges;
	const struct tr_route *route;
	bool	 bound;
	int	 status;
};

/* A route that the kernel tells. */
struct told {
	struct tr_address destination;
	struct tr_address gateway;
	uint32_t device;
};

static size_t
index_of(uint8_t family)
{
	return family == 4 ? 0 : 1;
}

static struct told
read_route(const struct nlmsghdr *message)
{
	const struct rtmsg *body = NLMSG_DATA(message);
	const struct rtattr *one;
	struct told told = { .device = 0 };
	size_t offset = 0;

	while ((one = tr_netlink_next(RTM_RTA(body), RTM_PAYLOAD(message),
	    &offset)) != NULL) {
		if (one->rta_type == RTA_DST)
			told.destination = tr_netlink_address(one);
		else if (one->rta_type == RTA_GATEWAY)
			told.gateway = tr_netlink_address(one);
		else if (one->rta_type == RTA_OIF &&
		    RTA_PAYLOAD(one) >= sizeof(told.device))
			memcpy(&told.device, RTA_DATA(one),
			    sizeof(told.device));
	}
	return told;
}

/* Does it lead where the route does, or nowhere that is used? */
static bool
is_no_other(const struct taking *taking, const struct rtmsg *body,
    const struct told *told)
{
	if (body->rtm_type != RTN_UNICAST)
		return false;
	if (told->device != taking->route->interface_index)
		return taking->bound;
	return tr_address_is_set(&told->gateway) && tr_address_compare(
	    &told->gateway, &taking->route->gateway) == 0;
}

static void
take_route(void *context, const struct nlmsghdr *message)
{
	struct taking *taking = context;
	const struct rtmsg *body = NLMSG_DATA(message);
	struct tr_prefix prefix;
	struct tr_address last;
	struct told told;
	size_t width;

	if (message->nlmsg_type != RTM_NEWROUTE ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*body)) ||
	    body->rtm_dst_len == 0 || (body->rtm_flags & RTM_F_CLONED) != 0 ||
	    taking->status != TR_OK)
		return;
	told = read_route(message);
	width = tr_address_size(&told.destination);
	if (width != taking->ranges->width ||
	    is_no_other(taking, body, &told))
		return;
	prefix = tr_prefix_of(&told.destination, body->rtm_dst_len);
	last = tr_prefix_last(&prefix);
	taking->status = tr_ranges_add(taking->ranges, (struct tr_range){
		tr_wide_of(prefix.address.bytes, width),
		tr_wide_of(last.bytes, width) });
}

int
tr_elsewhere_add(struct tr_elsewhere *elsewhere, const struct tr_route *route,
    bool bound, struct tr_error *error)
{
	_Alignas(struct nlmsghdr) char request[TR_NETLINK_REQUEST_MAX] = { 0 };
	struct nlmsghdr *message = (void *)request;
	const uint8_t family = route->gateway.family;
	struct taking taking = {
		.ranges = &elsewhere->families[index_of(family)],
		.route = route,
		.bound = bound,
	};
	struct rtmsg *body = NLMSG_DATA(message);

	tr_ranges_init(taking.ranges, family == 4 ? 4 : 16);
	message->nlmsg_len = NLMSG_LENGTH(sizeof(*body));
	message->nlmsg_type = RTM_GETROUTE;
	body->rtm_family = family == 4 ? AF_INET : AF_INET6;
	if (tr_netlink_dump(message, take_route, &taking) != TR_OK)
		return tr_fail(error, TR_ESYSTEM, "cannot read the routes of "
		    "this host: %s", strerror(errno));
	if (taking.status == TR_OK)
		taking.status = tr_ranges_settle(taking.ranges);
	return taking.status == TR_OK ? TR_OK :
	    tr_fail(error, TR_ENOMEM, "out of memory for the routes of this "
	    "host");
}

void
tr_elsewhere_clear(struct tr_elsewhere *elsewhere)
{
	for (size_t i = 0; i < 2; i++)
		if (elsewhere->families[i].width != 0)
			tr_ranges_clear(&elsewhere->families[i]);
	*elsewhere = (struct tr_elsewhere){ 0 };
}

bool
tr_elsewhere_has(const struct tr_elsewhere *elsewhere,
    const struct tr_address *address)
{
	const struct tr_ranges *ranges =
	    &elsewhere->families[index_of(address->family)];

	return ranges->width != 0 && tr_ranges_has(ranges, tr_wide_of(
	    address->bytes, tr_address_size(address)));
}
