/* For unshare(). */
#define _GNU_SOURCE

#include "config.h"

#ifdef HAVE_TUN

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/tun_device.h"

#define TAP_BUFFER	(8 << 20)
#define QUEUE_LENGTH	10000
#define DRAIN_MAX	256
#define RESOLVER_FILE	"/etc/resolv.conf"
#define MTU6_LEAST	1280		/* of a link: RFC 8200, 5 */
#define READY_TRIES	1000
#define READY_WAIT	5000000		/* ns */
#define FLAG_LOCAL	0x80000000U	/* RTF_LOCAL of linux/ipv6_route.h */

/* --- namespaces --------------------------------------------------------- */

static int
write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const ssize_t size = (ssize_t)strlen(text);
	const bool done = fd >= 0 && write(fd, text, (size_t)size) == size;

	if (fd >= 0)
		close(fd);
	return done ? TR_OK : TR_ESYSTEM;
}

static int
map_to_root(uid_t uid, gid_t gid)
{
	char users[32], groups[32];

	snprintf(users, sizeof(users), "0 %lu 1", (unsigned long)uid);
	snprintf(groups, sizeof(groups), "0 %lu 1", (unsigned long)gid);
	(void)write_file("/proc/self/setgroups", "deny");
	if (write_file("/proc/self/uid_map", users) != TR_OK)
		return TR_ESYSTEM;
	return write_file("/proc/self/gid_map", groups);
}

int
tr_tun_enter_namespace(struct tr_tun_device *device, struct tr_error *error)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	const int own = uid == 0 ? 0 : CLONE_NEWUSER;

	if (unshare(own | CLONE_NEWNET | CLONE_NEWNS) != 0 ||
	    (own != 0 && map_to_root(uid, gid) != TR_OK))
		return tr_fail(error, TR_EUNSUPPORTED,
		    "namespaces are not available here: %s",
		    strerror(errno));
	/* This fails in a change of root to what is no mount. */
	device->own_mounts = mount("none", "/", NULL, MS_REC | MS_PRIVATE,
	    NULL) == 0;
	return TR_OK;
}

/* --- the device --------------------------------------------------------- */

static int
fail_device(const char *name, const char *what, struct tr_error *error)
{
	return tr_fail(error, TR_ESYSTEM, "%s: cannot %s: %s", name, what,
	    strerror(errno));
}

static void
name_request(struct ifreq *request, const char *name)
{
	memset(request, 0, sizeof(*request));
	strncpy(request->ifr_name, name, sizeof(request->ifr_name) - 1);
}

static int
open_tun(struct tr_tun_device *device, struct tr_error *error)
{
	struct ifreq request;

	device->descriptor = open("/dev/net/tun",
	    O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (device->descriptor < 0)
		return tr_fail(error, TR_EUNSUPPORTED,
		    "/dev/net/tun cannot be opened here: %s",
		    strerror(errno));
	name_request(&request, device->name);
	request.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (ioctl(device->descriptor, TUNSETIFF, &request) != 0)
		return fail_device(device->name, "make the device", error);
	return TR_OK;
}

static int
bring_up(int control, const char *name, struct tr_error *error)
{
	struct ifreq request;

	name_request(&request, name);
	if (ioctl(control, SIOCGIFFLAGS, &request) != 0)
		return fail_device(name, "ask for its flags", error);
	request.ifr_flags = (short)(request.ifr_flags | IFF_UP |
	    IFF_RUNNING);
	if (ioctl(control, SIOCSIFFLAGS, &request) != 0)
		return fail_device(name, "bring it up", error);
	return TR_OK;
}

static int
set_size(int control, const char *name, uint32_t mtu, struct tr_error *error)
{
	struct ifreq request;

	name_request(&request, name);
	request.ifr_mtu = (int)mtu;
	if (ioctl(control, SIOCSIFMTU, &request) != 0)
		return fail_device(name, "set its MTU", error);
	name_request(&request, name);
	request.ifr_qlen = QUEUE_LENGTH;
	(void)ioctl(control, SIOCSIFTXQLEN, &request);
	return TR_OK;
}

/* --- addresses and routes ----------------------------------------------- */

static int
add_address4(int control, const char *name, int number,
    const struct tr_address *address, struct tr_error *error)
{
	struct sockaddr_in ip = { .sin_family = AF_INET };
	char alias[TR_TUN_NAME_MAX + 12];
	struct ifreq request;

	/* More than one address is set by the names NAME:1, NAME:2, ... */
	snprintf(alias, sizeof(alias), number == 0 ? "%s" : "%s:%d", name,
	    number);
	name_request(&request, alias);
	memcpy(&ip.sin_addr, address->bytes, 4);
	memcpy(&request.ifr_addr, &ip, sizeof(ip));
	if (ioctl(control, SIOCSIFADDR, &request) != 0)
		return fail_device(name, "set its IPv4 address", error);
	ip.sin_addr.s_addr = INADDR_BROADCAST;
	memcpy(&request.ifr_netmask, &ip, sizeof(ip));
	if (ioctl(control, SIOCSIFNETMASK, &request) != 0)
		return fail_device(name, "set its IPv4 address", error);
	return TR_OK;
}

static int
add_route4(int control, const char *name, struct tr_error *error)
{
	struct sockaddr_in zero = { .sin_family = AF_INET };
	char device[TR_TUN_NAME_MAX];
	struct rtentry route;

	memset(&route, 0, sizeof(route));
	memcpy(&route.rt_dst, &zero, sizeof(zero));
	memcpy(&route.rt_genmask, &zero, sizeof(zero));
	snprintf(device, sizeof(device), "%s", name);
	route.rt_dev = device;
	route.rt_flags = RTF_UP;
	if (ioctl(control, SIOCADDRT, &route) != 0)
		return fail_device(name, "add a default route", error);
	return TR_OK;
}

/* struct in6_ifreq of linux/ipv6.h, which does not go with net/if.h. */
struct address6_request {
	struct in6_addr address;
	uint32_t prefix_length;
	int	 interface;
};

static int
add_address6(int control, const char *name,
    const struct tr_address *address, struct tr_error *error)
{
	struct address6_request request;

	memset(&request, 0, sizeof(request));
	memcpy(&request.address, address->bytes, 16);
	request.prefix_length = 128;
	request.interface = (int)if_nametoindex(name);
	if (ioctl(control, SIOCSIFADDR, &request) != 0)
		return fail_device(name, "set its IPv6 address", error);
	return TR_OK;
}

static int
add_route6(int control, const char *name, struct tr_error *error)
{
	struct in6_rtmsg route;

	memset(&route, 0, sizeof(route));
	route.rtmsg_ifindex = (int)if_nametoindex(name);
	route.rtmsg_metric = 1024;
	route.rtmsg_flags = RTF_UP;
	if (ioctl(control, SIOCADDRT, &route) != 0)
		return fail_device(name, "add a default route", error);
	return TR_OK;
}

static bool
has_ipv6(const struct tr_sim_node *prober)
{
	const struct tr_sim_prefix *own = prober->own.items;

	for (uint32_t i = 0; i < prober->own.count; i++)
		if (own[i].address.family == 6)
			return true;
	return false;
}

struct counts {
	int	 v4;
	int	 v6;
};

static int
add_addresses(int control4, int control6, const char *name,
    const struct tr_sim_node *prober, struct counts *counts,
    struct tr_error *error)
{
	const struct tr_sim_prefix *own = prober->own.items;
	int status = TR_OK;

	for (uint32_t i = 0; i < prober->own.count && status == TR_OK; i++) {
		const struct tr_address *address = &own[i].address;

		if (own[i].length != tr_address_size(address) * 8)
			continue;
		if (address->family == 4)
			status = add_address4(control4, name, counts->v4++,
			    address, error);
		else {
			counts->v6++;
			status = add_address6(control6, name, address,
			    error);
		}
	}
	return status;
}

/*
 * Whether packets to the address are taken in.  The kernel has an IPv6 address
 * looked after by a worker of its own: until this has run, and on a busy
 * machine that takes a while, no program chooses the address or hears what is
 * sent to it.  The route is what comes last.
 */
static bool
is_taken_in(const struct tr_address *address)
{
	FILE *routes = fopen("/proc/self/net/ipv6_route", "re");
	char line[256], wanted[40];
	bool found = false;

	if (routes == NULL)
		return true;		/* nobody can say */
	for (int i = 0; i < 16; i++)
		snprintf(wanted + 2 * i, 3, "%02x", address->bytes[i]);
	snprintf(wanted + 32, sizeof(wanted) - 32, " 80 ");
	while (!found && fgets(line, sizeof(line), routes) != NULL) {
		unsigned int flags;

		found = strncmp(line, wanted, strlen(wanted)) == 0 &&
		    sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %x",
		    &flags) == 1 && (flags & FLAG_LOCAL) != 0;
	}
	fclose(routes);
	return found;
}

static int
wait_for_addresses(const char *name, const struct tr_sim_node *prober,
    struct tr_error *error)
{
	const struct timespec pause = { .tv_nsec = READY_WAIT };
	const struct tr_sim_prefix *own = prober->own.items;
	int tries = 0;

	for (uint32_t i = 0; i < prober->own.count; i++) {
		if (own[i].address.family != 6 || own[i].length != 128)
			continue;
		while (!is_taken_in(&own[i].address)) {
			if (++tries == READY_TRIES)
				return tr_fail(error, TR_ESYSTEM,
				    "%s: its IPv6 address does not come into "
				    "use", name);
			nanosleep(&pause, NULL);
		}
	}
	return TR_OK;
}

static void
set_sysctls(const char *name)
{
	char path[96];

	/* Where they cannot be written, the defaults will do. */
	snprintf(path, sizeof(path),
	    "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	(void)write_file(path, "0");
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/accept_ra",
	    name);
	(void)write_file(path, "0");
	snprintf(path, sizeof(path),
	    "/proc/sys/net/ipv6/conf/%s/router_solicitations", name);
	(void)write_file(path, "0");
}

static int
configure_with(int control4, int control6, const char *name,
    const struct tr_sim_node *prober, uint32_t mtu, struct tr_error *error)
{
	struct counts counts = { 0, 0 };
	int status;

	/* The kernel does no IPv6 on a smaller device; the link drops then. */
	if (mtu < MTU6_LEAST && has_ipv6(prober))
		mtu = MTU6_LEAST;
	set_sysctls(name);
	if ((status = bring_up(control4, "lo", error)) != TR_OK ||
	    (status = set_size(control4, name, mtu, error)) != TR_OK ||
	    (status = bring_up(control4, name, error)) != TR_OK ||
	    (status = add_addresses(control4, control6, name, prober, &counts,
	    error)) != TR_OK)
		return status;
	if (counts.v4 > 0)
		status = add_route4(control4, name, error);
	if (status == TR_OK && counts.v6 > 0 &&
	    (status = add_route6(control6, name, error)) == TR_OK)
		status = wait_for_addresses(name, prober, error);
	return status;
}

static int
configure(const char *name, const struct tr_sim_node *prober, uint32_t mtu,
    struct tr_error *error)
{
	const int control4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const int control6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int status;

	/* A system without IPv6 can still do the other. */
	if (control4 < 0)
		status = fail_device(name, "open a socket", error);
	else
		status = configure_with(control4, control6, name, prober,
		    mtu, error);
	if (control4 >= 0)
		close(control4);
	if (control6 >= 0)
		close(control6);
	return status;
}

/* --- names -------------------------------------------------------------- */

/* The address of a host with a name server; 127.0.0.1, where nobody is. */
static void
find_name_server(const struct tr_topology *topology, char *text, size_t size)
{
	snprintf(text, size, "127.0.0.1");
	for (uint32_t i = 0; i < topology->nodes.count; i++) {
		const struct tr_sim_node *node = tr_topology_node(topology,
		    i);
		const struct tr_sim_listener *listeners =
		    node->listeners.items;
		struct tr_address address;

		for (uint32_t j = 0; j < node->listeners.count; j++) {
			if (listeners[j].service != TR_SIM_DNS)
				continue;
			address = tr_topology_address(topology, i, 4);
			if (!tr_address_is_set(&address))
				address = tr_topology_address(topology, i,
				    6);
			tr_address_text(&address, text, size);
			return;
		}
	}
}

/* In this namespace alone; a program that asks elsewhere waits in vain. */
static void
mount_resolver(const struct tr_topology *topology)
{
	char path[] = "/tmp/trueroute-sim-XXXXXX";
	char server[TR_ADDRESS_TEXT_MAX], real[4096];
	const int fd = mkstemp(path);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");

	if (stream == NULL)
		return;
	find_name_server(topology, server, sizeof(server));
	fprintf(stream, "nameserver %s\n", server);
	(void)fchmod(fd, 0644);
	if (fclose(stream) == 0 && realpath(RESOLVER_FILE, real) != NULL)
		(void)mount(path, real, NULL, MS_BIND, NULL);
	/* It stays while it is mounted. */
	unlink(path);
}

/* --- packets ------------------------------------------------------------ */

/* Only what the kernel sends by the device, not what it gets by it. */
static int
filter_outgoing(int tap)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT16_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	return setsockopt(tap, SOL_SOCKET, SO_ATTACH_FILTER, &program,
	    sizeof(program));
}

static int
open_tap(struct tr_tun_device *device, struct tr_error *error)
{
	const int one = 1, size = TAP_BUFFER;
	struct sockaddr_ll address;

	device->tap = socket(AF_PACKET,
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (device->tap < 0)
		return fail_device(device->name, "open a packet socket",
		    error);
	if (setsockopt(device->tap, SOL_SOCKET, SO_TIMESTAMPNS, &one,
	    sizeof(one)) != 0 || filter_outgoing(device->tap) != 0)
		return fail_device(device->name, "set up a packet socket",
		    error);
	/* As large as is allowed. */
	if (setsockopt(device->tap, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) != 0)
		(void)setsockopt(device->tap, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
	memset(&address, 0, sizeof(address));
	address.sll_family = AF_PACKET;
	address.sll_protocol = htons(ETH_P_ALL);
	address.sll_ifindex = (int)if_nametoindex(device->name);
	if (bind(device->tap, (struct sockaddr *)&address,
	    sizeof(address)) != 0)
		return fail_device(device->name, "listen at it", error);
	return TR_OK;
}

size_t
tr_tun_take(const struct tr_tun_device *device, uint8_t *packet, size_t size,
    int64_t *sent)
{
	union {
		struct cmsghdr align;
		char	 bytes[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct iovec part = { .iov_base = packet, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const ssize_t got = recvmsg(device->tap, &message, MSG_DONTWAIT);
	const struct cmsghdr *header;
	struct timespec stamp;

	if (got <= 0)
		return 0;
	header = CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SO_TIMESTAMPNS)
		return 0;
	memcpy(&stamp, CMSG_DATA(header), sizeof(stamp));
	*sent = (int64_t)stamp.tv_sec * TR_SECOND + stamp.tv_nsec;
	return (size_t)got;
}

uint64_t
tr_tun_lost(const struct tr_tun_device *device)
{
	struct tpacket_stats counts = { 0, 0 };
	socklen_t size = sizeof(counts);

	if (getsockopt(device->tap, SOL_PACKET, PACKET_STATISTICS, &counts,
	    &size) != 0)
		return 0;
	return counts.tp_drops;
}

void
tr_tun_drain(const struct tr_tun_device *device)
{
	uint8_t packet[2048];

	for (int i = 0; i < DRAIN_MAX; i++)
		if (read(device->descriptor, packet, sizeof(packet)) <= 0)
			return;
}

int
tr_tun_give(const struct tr_tun_device *device, const uint8_t *packet,
    size_t size)
{
	return write(device->descriptor, packet, size) == (ssize_t)size ?
	    TR_OK : TR_ESYSTEM;
}

/* --- its life ----------------------------------------------------------- */

int
tr_tun_open(const struct tr_topology *topology, uint32_t prober,
    const char *name, struct tr_tun_device *device, struct tr_error *error)
{
	const struct tr_sim_node *node = tr_topology_node(topology, prober);
	int status;

	device->descriptor = device->tap = -1;
	if (strlen(name) >= sizeof(device->name) || name[0] == '\0')
		return tr_fail(error, TR_ERANGE, "%s: the name of a device "
		    "has 1 to %d letters", name, TR_TUN_NAME_MAX - 1);
	strncpy(device->name, name, sizeof(device->name) - 1);
	if ((status = open_tun(device, error)) != TR_OK ||
	    (status = configure(name, node, tr_topology_first_mtu(topology,
	    prober, 4), error)) != TR_OK ||
	    (status = open_tap(device, error)) != TR_OK) {
		tr_tun_close(device);
		return status;
	}
	if (device->own_mounts)
		mount_resolver(topology);
	return TR_OK;
}

void
tr_tun_close(struct tr_tun_device *device)
{
	if (device->descriptor >= 0)
		close(device->descriptor);
	if (device->tap >= 0)
		close(device->tap);
	device->descriptor = device->tap = -1;
}

#endif /* HAVE_TUN */
