#include <sys/socket.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <errno.h>
#include <string.h>

#include "io/device.h"
#include "io/netlink.h"

/* A device, as the kernel describes it; its attributes borrow from answer. */
struct device {
	_Alignas(struct nlmsghdr) char answer[TR_NETLINK_ANSWER_MAX];
	const struct ifinfomsg *link;
	const void *attributes;
	size_t	 size;
};

static int
ask(uint32_t index, struct device *device)
{
	_Alignas(struct nlmsghdr) char request[TR_NETLINK_REQUEST_MAX] = { 0 };
	struct nlmsghdr *message = (void *)request;
	struct ifinfomsg *link = NLMSG_DATA(message);

	message->nlmsg_len = NLMSG_LENGTH(sizeof(*link));
	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST;
	link->ifi_index = (int)index;
	if (tr_netlink_ask(message, device->answer,
	    sizeof(device->answer)) != TR_OK)
		return TR_ENOTFOUND;
	message = (void *)device->answer;
	device->link = NLMSG_DATA(message);
	device->attributes = IFLA_RTA(device->link);
	device->size = IFLA_PAYLOAD(message);
	return TR_OK;
}

static const struct rtattr *
find(const struct device *device, unsigned short type)
{
	const struct rtattr *one;
	size_t offset = 0;

	while ((one = tr_netlink_next(device->attributes, device->size,
	    &offset)) != NULL)
		if (one->rta_type == type)
			return one;
	return NULL;
}

int
tr_device_dropped(uint32_t index, uint64_t *dropped)
{
	struct device device;
	struct rtnl_link_stats64 stats;
	const struct rtattr *found;
	size_t size;

	if (ask(index, &device) != TR_OK)
		return TR_ENOTFOUND;
	found = find(&device, IFLA_STATS64);
	size = found == NULL ? 0 : RTA_PAYLOAD(found);
	if (size < offsetof(struct rtnl_link_stats64, tx_aborted_errors))
		return TR_ENOTFOUND;
	/* Newer kernels have more fields behind those. */
	memset(&stats, 0, sizeof(stats));
	memcpy(&stats, RTA_DATA(found), size < sizeof(stats) ? size :
	    sizeof(stats));
	*dropped = stats.rx_missed_errors + stats.rx_fifo_errors +
	    stats.rx_dropped;
	return TR_OK;
}

/*
 * Up, with a carrier, and by RFC 2863 in operation: that is the last to come
 * back, and not before it does the queue of the device take anything.
 */
int
tr_device_check(uint32_t index, struct tr_error *error)
{
	const uint32_t wanted = IFF_UP | IFF_LOWER_UP | IFF_RUNNING;
	struct device device;
	const struct rtattr *name;

	if (ask(index, &device) != TR_OK)
		return tr_fail(error, TR_ENOTFOUND, "no such device");
	if ((device.link->ifi_flags & wanted) == wanted)
		return TR_OK;
	name = find(&device, IFLA_IFNAME);
	errno = ENETDOWN;
	return tr_fail(error, TR_ESYSTEM, "%.*s %s",
	    name == NULL ? 0 : (int)strnlen(RTA_DATA(name),
	    RTA_PAYLOAD(name)), name == NULL ? "" :
	    (const char *)RTA_DATA(name), (device.link->ifi_flags &
	    IFF_UP) != 0 ? "has no carrier" : "is down");
}
