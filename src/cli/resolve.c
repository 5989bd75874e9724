#include <sys/types.h>
#include <sys/socket.h>
#include <net/if.h>
#include <netinet/in.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/hints.h"
#include "cli/resolve.h"

/* More addresses than any list that is looked through for repeats. */
#define LOOKED_THROUGH_MAX	256

static bool
address_of(const struct addrinfo *info, struct tr_address *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (info->ai_family == AF_INET && info->ai_addrlen >= sizeof(v4)) {
		memcpy(&v4, info->ai_addr, sizeof(v4));
		*address = tr_address_v4((const uint8_t *)&v4.sin_addr);
		return true;
	}
	if (info->ai_family == AF_INET6 && info->ai_addrlen >= sizeof(v6)) {
		memcpy(&v6, info->ai_addr, sizeof(v6));
		*address = tr_address_v6((const uint8_t *)&v6.sin6_addr);
		return true;
	}
	return false;
}

/* Is the address of info one of those from list up to it? */
static bool
is_repeat(const struct addrinfo *list, const struct addrinfo *info,
    const struct tr_address *address)
{
	struct tr_address earlier;
	int looked = 0;

	for (; list != info && looked < LOOKED_THROUGH_MAX;
	    list = list->ai_next, looked++)
		if (address_of(list, &earlier) &&
		    tr_address_equal(&earlier, address))
			return true;
	return false;
}

static void
take_scope(const struct addrinfo *info, struct tr_resolved *resolved)
{
	struct sockaddr_in6 v6;
	char name[IF_NAMESIZE];

	if (info->ai_family != AF_INET6)
		return;
	memcpy(&v6, info->ai_addr, sizeof(v6));
	resolved->scope_index = v6.sin6_scope_id;
	if (v6.sin6_scope_id != 0 &&
	    if_indextoname(v6.sin6_scope_id, name) != NULL)
		snprintf(resolved->scope, sizeof(resolved->scope), "%s",
		    name);
}

static void
take_one(const struct addrinfo *info, const struct addrinfo *first,
    const struct tr_address *address, uint32_t number,
    struct tr_resolved *resolved)
{
	*resolved = (struct tr_resolved){
		.address = *address,
		.number = number,
	};
	take_scope(info, resolved);
	if (first->ai_canonname != NULL)
		snprintf(resolved->canonical, sizeof(resolved->canonical),
		    "%s", first->ai_canonname);
}

/* Returns how many are written. */
static size_t
take_all(const struct addrinfo *list, struct tr_resolved resolved[],
    size_t size)
{
	struct tr_address address;
	uint32_t count = 0;
	size_t written;

	for (const struct addrinfo *info = list; info != NULL;
	    info = info->ai_next) {
		if (!address_of(info, &address) ||
		    is_repeat(list, info, &address))
			continue;
		if (count < size)
			take_one(info, list, &address, count + 1,
			    &resolved[count]);
		count++;
	}
	written = count < size ? count : size;
	for (size_t i = 0; i < written; i++)
		resolved[i].count = count;
	return written;
}

/* Does the name end in the scope of an address: fe80::1%eth0? */
static const char *
unknown_scope(const char *name)
{
	const char *percent = strchr(name, '%');

	if (percent == NULL || strchr(name, ':') == NULL ||
	    if_nametoindex(percent + 1) != 0)
		return NULL;
	return percent + 1;
}

static int
fail(const char *name, int family, int code, int system,
    struct tr_error *error)
{
	char quoted[TR_QUOTE_MAX];
	char scope[TR_QUOTE_MAX];
	const char *wanted = "";

	tr_quote(name, quoted);
	errno = system;
	if (code == EAI_SYSTEM)
		return tr_fail(error, TR_ESYSTEM, "cannot resolve %s: %s",
		    quoted, strerror(system));
	if (code == EAI_MEMORY)
		return tr_fail(error, TR_ENOMEM, "cannot resolve %s: %s",
		    quoted, gai_strerror(code));
	if (unknown_scope(name) != NULL)
		return tr_fail(error, TR_ENOTFOUND,
		    "cannot resolve %s: there is no interface %s", quoted,
		    tr_quote(unknown_scope(name), scope));
	if (family != 0)
		wanted = family == 4 ? " (IPv4 was asked for)" :
		    " (IPv6 was asked for)";
	return tr_fail(error, TR_ENOTFOUND, "cannot resolve %s: %s%s", quoted,
	    gai_strerror(code), wanted);
}

int
tr_resolve_all(const char *name, int family, struct tr_resolved resolved[],
    size_t size, size_t *written, struct tr_error *error)
{
	const struct addrinfo wanted = {
		.ai_family = family == 4 ? AF_INET :
		    family == 6 ? AF_INET6 : AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,	/* each address once */
		.ai_flags = AI_CANONNAME,
	};
	struct addrinfo *list = NULL;
	int code;

	*written = 0;
	code = getaddrinfo(name, NULL, &wanted, &list);
	if (code != 0)
		return fail(name, family, code, errno, error);
	*written = take_all(list, resolved, size);
	freeaddrinfo(list);
	if (*written == 0)
		return fail(name, family, EAI_NONAME, 0, error);
	return TR_OK;
}

int
tr_resolve(const char *name, int family, struct tr_resolved *resolved,
    struct tr_error *error)
{
	size_t written;

	return tr_resolve_all(name, family, resolved, 1, &written, error);
}
