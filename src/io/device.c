#include <linux/if_link.h>
#include <string.h>

#include "base/error.h"
#include "io/device.h"
#include "io/netlink.h"

int
tr_device_dropped(uint32_t index, uint64_t *dropped)
{
	_Alignas(struct nlmsghdr) char request[TR_NETLINK_REQUEST_MAX] = { 0 };
	_Alignas(struct nlmsghdr) char answer[TR_NETLINK_ANSWER_MAX];
	struct nlmsghdr *message = (void *)request;
	struct ifinfomsg *link = NLMSG_DATA(message);
	const struct rtattr *one;
	struct rtnl_link_stats64 stats;
	size_t offset = 0;

	message->nlmsg_len = NLMSG_LENGTH(sizeof(*link));
	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST;
	link->ifi_index = (int)index;
	if (tr_netlink_ask(message, answer, sizeof(answer)) != TR_OK)
		return TR_ENOTFOUND;
	message = (void *)answer;
	link = NLMSG_DATA(message);
	while ((one = tr_netlink_next(IFLA_RTA(link), IFLA_PAYLOAD(message),
	    &offset)) != NULL) {
		/* Newer kernels have more fields behind those. */
		if (one->rta_type != IFLA_STATS64 || RTA_PAYLOAD(one) <
		    offsetof(struct rtnl_link_stats64, tx_aborted_errors))
			continue;
		memset(&stats, 0, sizeof(stats));
		memcpy(&stats, RTA_DATA(one), RTA_PAYLOAD(one) <
		    sizeof(stats) ? RTA_PAYLOAD(one) : sizeof(stats));
		*dropped = stats.rx_missed_errors + stats.rx_fifo_errors +
		    stats.rx_dropped;
		return TR_OK;
	}
	return TR_ENOTFOUND;
}
