/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * responder - answers as a path of routers and a host would, in real time
 *
 *	responder [-n hops] [-d ms] [-s hop,...] [-i ifname] [-t seconds]
 *	    target4 [target6]
 *
 * It opens a tun device and answers the probes that are routed into it: hop k
 * is 10.77.k.1 and fd00:77:k::1, and answers after k/hops of the whole
 * round-trip time; the last hop is the target.  The target answers UDP with
 * port unreachable, an echo request with its reply, a SYN to port 443 with
 * SYN-ACK and a SYN to another port with RST.  Nothing else is answered.
 *
 * The delay counts from the time stamp that the kernel gives a probe, as a
 * capture does, so it does not matter when this program gets to run; in the
 * last milliseconds before a reply it waits busily.
 *
 * "ready" on standard output says that the device is up; addresses and routes
 * are for the caller to set.  It ends at SIGTERM, at SIGINT, or when its time
 * has come.  For benchmarks: bench/rig starts it.
 */

#define _GNU_SOURCE

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_HOPS	255
#define MAX_PACKET	2048
#define SLOTS		8192		/* replies that may be on their way */
#define OPEN_PORT	443

#define NSEC		INT64_C(1000000000)
#define SPIN_BEFORE	(4 * NSEC / 1000)	/* busy before a reply */

#define IP4_LEN		20U
#define IP6_LEN		40U
#define ICMP_LEN	8U
#define TCP_LEN		20U

#define TCP_SYN		0x02U
#define TCP_RST		0x04U
#define TCP_ACK		0x10U

struct reply {
	int64_t		due;
	size_t		len;
	uint8_t		bytes[MAX_PACKET];
};

/* A probe, taken apart. */
struct probe {
	const uint8_t	*bytes;		/* from the IP header on */
	size_t		 len;
	const uint8_t	*body;		/* the transport header and payload */
	size_t		 body_len;
	unsigned int	 ttl;
	unsigned int	 proto;
	bool		 six;
};

static unsigned int	hops = 12;
static int64_t		total = 40 * NSEC / 1000;
static bool		silent[MAX_HOPS + 1];
static struct in_addr	target4;
static struct in6_addr	target6;
static bool		have6;

static struct reply	slots[SLOTS];
static unsigned int	heap[SLOTS];	/* the first "pending" are in use, */
static unsigned int	pending;	/* a heap by due; the rest are free */

static volatile sig_atomic_t	stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static int64_t
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NSEC + ts.tv_nsec;
}

static unsigned int
get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* Add len bytes to the one's complement sum. */
static uint32_t
sum(uint32_t s, const uint8_t *p, size_t len)
{
	for (; len > 1; len -= 2, p += 2)
		s += get16(p);
	if (len == 1)
		s += (uint32_t)p[0] << 8;
	return s;
}

static unsigned int
fold(uint32_t s)
{
	while (s > 0xffff)
		s = (s & 0xffff) + (s >> 16);
	return ~s & 0xffff;
}

/* The replies that wait, the next one first. */

static void
swap(unsigned int a, unsigned int b)
{
	unsigned int t = heap[a];

	heap[a] = heap[b];
	heap[b] = t;
}

static bool
earlier(unsigned int a, unsigned int b)
{
	return slots[heap[a]].due < slots[heap[b]].due;
}

/* A slot to be filled in; schedule() takes it.  NULL: all are in use. */
static struct reply *
vacant(void)
{
	return pending < SLOTS ? &slots[heap[pending]] : NULL;
}

static void
schedule(int64_t due)
{
	unsigned int i = pending++;

	slots[heap[i]].due = due;
	for (; i > 0 && earlier(i, (i - 1) / 2); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

static const struct reply *
next_due(void)
{
	return pending > 0 ? &slots[heap[0]] : NULL;
}

static void
drop_next(void)
{
	unsigned int i = 0, child;

	swap(0, --pending);
	while ((child = 2 * i + 1) < pending) {
		if (child + 1 < pending && earlier(child + 1, child))
			child++;
		if (!earlier(child, i))
			break;
		swap(i, child);
		i = child;
	}
}

/*
 * Write the IP header of a reply whose body of body_len bytes is in place,
 * and put the checksum of the body, which is of protocol proto, at sum_at.
 */
static void
finish(struct reply *r, const struct probe *p, unsigned int hop,
    unsigned int proto, size_t body_len, size_t sum_at)
{
	static uint16_t id;
	uint8_t *b = r->bytes, *body;
	uint32_t s = 0;
	unsigned int ttl;

	ttl = (hop == hops ? 64U : 255U) - (hop - 1);
	if (p->six) {
		body = b + IP6_LEN;
		r->len = IP6_LEN + body_len;
		memset(b, 0, IP6_LEN);
		b[0] = 0x60;
		put16(b + 4, body_len);
		b[6] = (uint8_t)proto;
		b[7] = (uint8_t)ttl;
		memcpy(b + 24, p->bytes + 8, 16);
		if (hop == hops) {
			memcpy(b + 8, p->bytes + 24, 16);
		} else {
			put32(b + 8, 0xfd000077);
			/* Written as in IPv4: decimal digits. */
			put16(b + 12, hop / 100 << 8 | hop / 10 % 10 << 4 |
			    hop % 10);
			b[23] = 1;
		}
		s = sum((uint32_t)body_len + proto, b + 8, 32);
	} else {
		body = b + IP4_LEN;
		r->len = IP4_LEN + body_len;
		memset(b, 0, IP4_LEN);
		b[0] = 0x45;
		put16(b + 2, r->len);
		put16(b + 4, ++id);
		b[8] = (uint8_t)ttl;
		b[9] = (uint8_t)proto;
		memcpy(b + 16, p->bytes + 12, 4);
		if (hop == hops)
			memcpy(b + 12, p->bytes + 16, 4);
		else
			put32(b + 12, UINT32_C(0x0a4d0001) | hop << 8);
		put16(b + 10, fold(sum(0, b, IP4_LEN)));
		if (proto == IPPROTO_TCP)
			s = sum((uint32_t)body_len + proto, b + 12, 8);
	}
	put16(body + sum_at, 0);
	put16(body + sum_at, fold(sum(s, body, body_len)));
}

/* An ICMP error about the probe, quoting as much of it as is allowed. */
static void
icmp_error(struct reply *r, const struct probe *p, unsigned int hop,
    unsigned int type, unsigned int code)
{
	uint8_t *body = r->bytes + (p->six ? IP6_LEN : IP4_LEN);
	uint8_t *quote = body + ICMP_LEN;
	size_t max, len, header;

	max = p->six ? 1280 - IP6_LEN - ICMP_LEN : 576 - IP4_LEN - ICMP_LEN;
	len = p->len < max ? p->len : max;
	memset(body, 0, ICMP_LEN);
	body[0] = (uint8_t)type;
	body[1] = (uint8_t)code;
	memcpy(quote, p->bytes, len);

	/* The quote shows the probe as it came in here. */
	if (p->six) {
		quote[7] = (uint8_t)(p->ttl - (hop - 1));
	} else {
		header = (size_t)(p->bytes[0] & 15) * 4;
		quote[8] = (uint8_t)(p->ttl - (hop - 1));
		put16(quote + 10, 0);
		put16(quote + 10, fold(sum(0, quote, header)));
	}
	finish(r, p, hop, p->six ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
	    ICMP_LEN + len, 2);
}

static bool
tcp_answer(struct reply *r, const struct probe *p)
{
	uint8_t *body = r->bytes + (p->six ? IP6_LEN : IP4_LEN);
	unsigned int port;
	size_t len = TCP_LEN;

	if ((p->body[13] & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_SYN)
		return false;
	port = get16(p->body + 2);
	memset(body, 0, TCP_LEN);
	put16(body, port);
	put16(body + 2, get16(p->body));
	put32(body + 8, get32(p->body + 4) + 1);
	if (port == OPEN_PORT) {
		put32(body + 4, get32(p->body + 4) ^ UINT32_C(0x5bd1e995));
		put16(body + 14, 65535);
		put32(body + TCP_LEN, p->six ? 0x020405a0 : 0x020405b4);
		len += 4;			/* the MSS option */
		body[13] = TCP_SYN | TCP_ACK;
	} else {
		body[13] = TCP_RST | TCP_ACK;
	}
	body[12] = (uint8_t)(len / 4 << 4);
	finish(r, p, hops, IPPROTO_TCP, len, 16);
	return true;
}

static void
echo_answer(struct reply *r, const struct probe *p)
{
	uint8_t *body = r->bytes + (p->six ? IP6_LEN : IP4_LEN);

	memcpy(body, p->body, p->body_len);
	body[0] = p->six ? 129 : 0;
	finish(r, p, hops, p->proto, p->body_len, 2);
}

/* What the target says to the probe; false: nothing. */
static bool
target_answer(struct reply *r, const struct probe *p)
{
	switch (p->proto) {
	case IPPROTO_UDP:
		icmp_error(r, p, hops, p->six ? 1 : 3, p->six ? 4 : 3);
		return true;
	case IPPROTO_TCP:
		return tcp_answer(r, p);
	default:
		echo_answer(r, p);
		return true;
	}
}

static bool
is_probe(const struct probe *p)
{
	switch (p->proto) {
	case IPPROTO_UDP:
		return p->body_len >= 8;
	case IPPROTO_TCP:
		return p->body_len >= TCP_LEN;
	case IPPROTO_ICMP:
		return !p->six && p->body_len >= ICMP_LEN && p->body[0] == 8;
	case IPPROTO_ICMPV6:
		return p->six && p->body_len >= ICMP_LEN && p->body[0] == 128;
	default:
		return false;
	}
}

/* Take a packet apart; false: it is not a probe to the target. */
static bool
dissect(struct probe *p, const uint8_t *b, size_t len)
{
	size_t at, ip_len;

	p->bytes = b;
	if (len >= IP4_LEN && b[0] >> 4 == 4) {
		at = (size_t)(b[0] & 15) * 4;
		ip_len = get16(b + 2);
		if (at < IP4_LEN || ip_len < at || ip_len > len ||
		    (get16(b + 6) & 0x1fff) != 0 ||
		    memcmp(b + 16, &target4, 4) != 0)
			return false;
		p->six = false;
		p->ttl = b[8];
		p->proto = b[9];
	} else if (len >= IP6_LEN && b[0] >> 4 == 6) {
		at = IP6_LEN;
		ip_len = IP6_LEN + get16(b + 4);
		if (!have6 || ip_len > len ||
		    memcmp(b + 24, &target6, 16) != 0)
			return false;
		p->six = true;
		p->ttl = b[7];
		p->proto = b[6];
		while (p->proto == IPPROTO_HOPOPTS ||
		    p->proto == IPPROTO_DSTOPTS ||
		    p->proto == IPPROTO_FRAGMENT) {
			if (ip_len - at < 8 || (p->proto == IPPROTO_FRAGMENT &&
			    get16(b + at + 2) >> 3 != 0))
				return false;
			p->proto = b[at];
			at += b[at + 1] * 8U + 8U;
			if (at > ip_len)
				return false;
		}
	} else {
		return false;
	}
	p->len = ip_len;
	p->body = b + at;
	p->body_len = ip_len - at;
	return p->ttl > 0 && is_probe(p);
}

/* A packet has come: put the reply to it, if any, on its way. */
static void
receive(const uint8_t *b, size_t len, int64_t when)
{
	struct probe p;
	struct reply *r;
	unsigned int hop;

	if (!dissect(&p, b, len))
		return;
	hop = p.ttl < hops ? p.ttl : hops;
	if (silent[hop] || (r = vacant()) == NULL)
		return;
	if (hop < hops)
		icmp_error(r, &p, hop, p.six ? 3 : 11, 0);
	else if (!target_answer(r, &p))
		return;
	schedule(when + total * hop / hops);
}

/*
 * Take the next packet that the kernel sent by the device, with the time it was
 * sent at; 0: there is none, or it is not one to look at.
 */
static size_t
listen_in(int tap, uint8_t *packet, size_t size, int64_t *when)
{
	union {
		struct cmsghdr	align;
		char		bytes[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct sockaddr_ll from;
	struct iovec iov = { .iov_base = packet, .iov_len = size };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *c;
	struct timespec ts;
	ssize_t n;

	n = recvmsg(tap, &msg, MSG_DONTWAIT);
	if (n == -1 && errno != EAGAIN && errno != EINTR && errno != ENETDOWN)
		err(1, "read from the device");
	if (n <= 0 || from.sll_pkttype != PACKET_OUTGOING ||
	    (c = CMSG_FIRSTHDR(&msg)) == NULL ||
	    c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS)
		return 0;
	memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	*when = (int64_t)ts.tv_sec * NSEC + ts.tv_nsec;
	return (size_t)n;
}

/* Sleep until a packet comes or the next reply is near. */
static void
rest(int fd, int tap, int64_t t, int64_t end)
{
	const struct reply *r = next_due();
	struct pollfd pfd[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = tap, .events = POLLIN }
	};
	struct timespec ts;
	int64_t wait = end - t;

	if (r != NULL && r->due - SPIN_BEFORE - t < wait)
		wait = r->due - SPIN_BEFORE - t;
	if (wait <= 0)
		return;
	ts.tv_sec = (time_t)(wait / NSEC);
	ts.tv_nsec = (long)(wait % NSEC);
	(void)ppoll(pfd, 2, &ts, NULL);
}

static void
serve(int fd, int tap, int64_t end)
{
	uint8_t packet[MAX_PACKET];
	const struct reply *r;
	int64_t t, when;
	size_t len;
	bool idle;

	while (!stop && (t = now()) < end) {
		r = next_due();
		if (r != NULL && r->due <= t) {
			if (write(fd, r->bytes, r->len) == -1 &&
			    errno != EAGAIN && errno != EINVAL && errno != EIO)
				err(1, "write to the device");
			drop_next();
			continue;
		}
		/* What is looked at comes by the tap; this only drains. */
		idle = read(fd, packet, sizeof(packet)) <= 0;
		len = listen_in(tap, packet, sizeof(packet), &when);
		if (len > 0)
			receive(packet, len, when);
		else if (idle)
			rest(fd, tap, t, end);
	}
}

/* A socket that sees what is sent by the device, time stamps and all. */
static int
open_tap(const char *name)
{
	struct sockaddr_ll sll;
	int one = 1, size = 8 << 20, s;

	s = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s == -1)
		err(1, "packet socket");
	if (setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) == -1)
		err(1, "SO_TIMESTAMPNS");
	(void)setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_ALL);
	sll.sll_ifindex = (int)if_nametoindex(name);
	if (bind(s, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "%s: cannot listen", name);
	return s;
}

static int
open_device(const char *name)
{
	struct ifreq ifr;
	int fd, s;

	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		err(1, "/dev/net/tun");
	memset(&ifr, 0, sizeof(ifr));
	if (strlen(name) >= sizeof(ifr.ifr_name))
		errx(2, "%s: the name of a device has at most %zu letters",
		    name, sizeof(ifr.ifr_name) - 1);
	memcpy(ifr.ifr_name, name, strlen(name));
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (ioctl(fd, TUNSETIFF, &ifr) == -1)
		err(1, "%s", name);

	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s == -1)
		err(1, "socket");
	if (ioctl(s, SIOCGIFFLAGS, &ifr) == -1)
		err(1, "%s", name);
	ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP | IFF_RUNNING);
	if (ioctl(s, SIOCSIFFLAGS, &ifr) == -1)
		err(1, "%s: cannot bring it up", name);
	(void)close(s);
	return fd;
}

static long
number(const char *what, const char *s, long min, long max)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(s, &end, 10);
	if (end == s || *end != '\0' || errno != 0 || v < min || v > max)
		errx(2, "%s: \"%s\" is not a number from %ld to %ld", what, s,
		    min, max);
	return v;
}

static void
silence(char *list)
{
	char *hop, *save = NULL;

	for (hop = strtok_r(list, ",", &save); hop != NULL;
	    hop = strtok_r(NULL, ",", &save))
		silent[number("-s", hop, 1, MAX_HOPS)] = true;
}

static void
usage(void)
{
	(void)fprintf(stderr, "usage: responder [-n hops] [-d ms] "
	    "[-s hop,...] [-i ifname] [-t seconds]\n"
	    "       target4 [target6]\n");
	exit(2);
}

int
main(int argc, char *argv[])
{
	struct sigaction sa;
	const char *ifname = "tun0";
	int64_t seconds = 300;
	unsigned int i;
	int c, fd, tap;

	while ((c = getopt(argc, argv, "d:i:n:s:t:")) != -1) {
		switch (c) {
		case 'd':
			total = number("-d", optarg, 0, 60000) * NSEC / 1000;
			break;
		case 'i':
			ifname = optarg;
			break;
		case 'n':
			hops = (unsigned int)number("-n", optarg, 1, 64);
			break;
		case 's':
			silence(optarg);
			break;
		case 't':
			seconds = number("-t", optarg, 1, 86400);
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > 2)
		usage();
	if (inet_pton(AF_INET, argv[0], &target4) != 1)
		errx(2, "\"%s\" is not an IPv4 address", argv[0]);
	if (argc == 2) {
		if (inet_pton(AF_INET6, argv[1], &target6) != 1)
			errx(2, "\"%s\" is not an IPv6 address", argv[1]);
		have6 = true;
	}

	for (i = 0; i < SLOTS; i++)
		heap[i] = i;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);

	fd = open_device(ifname);
	tap = open_tap(ifname);
	if (puts("ready") == EOF || fflush(stdout) == EOF)
		err(1, "standard output");
	serve(fd, tap, now() + seconds * NSEC);
	(void)close(tap);
	(void)close(fd);
	return 0;
}
