#include <sys/socket.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "io/netlink.h"

/* The kernel's parts of a table are 32 KiB at the most. */
#define DUMP_PART_MAX	32768

void
tr_netlink_add(struct nlmsghdr *message, unsigned short type,
    const void *data, size_t size)
{
	struct rtattr *attribute = (void *)
	    ((char *)message + NLMSG_ALIGN(message->nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), data, size);
	message->nlmsg_len = (uint32_t)(NLMSG_ALIGN(message->nlmsg_len) +
	    RTA_ALIGN(attribute->rta_len));
}

const struct rtattr *
tr_netlink_next(const void *attributes, size_t size, size_t *offset)
{
	const struct rtattr *attribute = (const void *)
	    ((const char *)attributes + *offset);

	if (*offset + sizeof(*attribute) > size ||
	    attribute->rta_len < sizeof(*attribute) ||
	    *offset + attribute->rta_len > size)
		return NULL;
	*offset += RTA_ALIGN(attribute->rta_len);
	return attribute;
}

struct tr_address
tr_netlink_address(const struct rtattr *attribute)
{
	const size_t size = RTA_PAYLOAD(attribute);
	struct tr_address none = { 0 };

	if (size == 4)
		return tr_address_v4(RTA_DATA(attribute));
	if (size == 16)
		return tr_address_v6(RTA_DATA(attribute));
	return none;
}

int
tr_netlink_ask(const struct nlmsghdr *request, void *answer, size_t size)
{
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_ROUTE);
	const struct nlmsghdr *message = answer;
	const struct nlmsgerr *refusal;
	ssize_t got;

	if (fd < 0)
		return TR_ESYSTEM;
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		got = -1;
	else
		got = recv(fd, answer, size, 0);
	close(fd);
	if (got < 0 || !NLMSG_OK(message, (uint32_t)got))
		return TR_ESYSTEM;
	if (message->nlmsg_type != NLMSG_ERROR)
		return TR_OK;
	refusal = NLMSG_DATA(message);
	errno = -refusal->error;
	return TR_ESYSTEM;
}

/* A part of the table; *over: its end was in it.  TR_OK, or errno is set. */
static int
take_part(int fd, void (*take)(void *context,
    const struct nlmsghdr *message), void *context, bool *over)
{
	_Alignas(struct nlmsghdr) char part[DUMP_PART_MAX];
	const struct nlmsghdr *message = (const void *)part;
	ssize_t got;

	do
		got = recv(fd, part, sizeof(part), 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return TR_ESYSTEM;
	for (; !*over && NLMSG_OK(message, (uint32_t)got);
	    message = NLMSG_NEXT(message, got)) {
		if (message->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *refusal = NLMSG_DATA(message);

			errno = -refusal->error;
			return TR_ESYSTEM;
		}
		*over = message->nlmsg_type == NLMSG_DONE;
		if (!*over)
			take(context, message);
	}
	return TR_OK;
}

int
tr_netlink_dump(struct nlmsghdr *request, void (*take)(void *context,
    const struct nlmsghdr *message), void *context)
{
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_ROUTE);
	bool over = false;
	int status = TR_OK, system;

	if (fd < 0)
		return TR_ESYSTEM;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		status = TR_ESYSTEM;
	while (status == TR_OK && !over)
		status = take_part(fd, take, context, &over);
	system = errno;
	close(fd);
	errno = system;
	return status;
}
