/*
 * Questions to the kernel by route netlink (rtnetlink(7)), and the attributes
 * of what it answers.
 */
#ifndef TR_IO_NETLINK_H
#define TR_IO_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>

#include "base/address.h"

#define TR_NETLINK_REQUEST_MAX	256
#define TR_NETLINK_ANSWER_MAX	8192

/* Append an attribute; the caller sees to it that there is room. */
void tr_netlink_add(struct nlmsghdr *message, unsigned short type,
    const void *data, size_t size);

/*
 * The attribute at offset of a stretch of them, with *offset moved behind
 * it, or NULL at the end.
 */
const struct rtattr *tr_netlink_next(const void *attributes, size_t size,
    size_t *offset);

/* The address that an attribute holds, or none. */
struct tr_address tr_netlink_address(const struct rtattr *attribute);

/*
 * Send the request and take the one message that answers it.  Returns TR_OK,
 * or TR_ESYSTEM with errno set: also where the kernel refuses.
 */
int tr_netlink_ask(const struct nlmsghdr *request, void *answer, size_t size);

/*
 * The same for a table: the flags that ask for all of it are set, and take() is
 * called with each message of the answer, the last one left out.
 */
int tr_netlink_dump(struct nlmsghdr *request,
    void (*take)(void *context, const struct nlmsghdr *message),
    void *context);

#endif
