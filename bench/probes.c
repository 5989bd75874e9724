/*
 * probes - send probes at a rate, and measure when their answers come
 *
 *	bench/probes DEVICE TARGET RATE SECONDS TTL DELAY_US
 *
 * Sends UDP datagrams with this TTL from a socket, RATE a second, spread
 * evenly, and listens at the device with a packet socket: both times are the
 * kernel's stamps.  Prints one line: how many were sent and answered, the rate
 * that was reached, and of the time between probe and answer, less DELAY_US,
 * the median, the 99th percentile and the greatest, in microseconds.
 * bench/tun runs it.
 */
#define _GNU_SOURCE

#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NSEC		INT64_C(1000000000)
#define WAIT		(NSEC / 2)	/* for the last answers */
#define NUMBER_AT	(20 + 8)	/* in a probe: behind IP and UDP */
#define QUOTE_AT	(20 + 8)	/* in an error */
#define BUFFER		(64 << 20)

struct probe {
	int64_t	 sent;
	int64_t	 answered;
};

static struct probe	*probes;
static uint32_t		 count;

static int64_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * NSEC + time.tv_nsec;
}

static int
open_tap(const char *device)
{
	const int one = 1, size = BUFFER;
	struct sockaddr_ll address;
	int tap;

	tap = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (tap < 0)
		err(1, "packet socket");
	if (setsockopt(tap, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)))
		err(1, "SO_TIMESTAMPNS");
	if (setsockopt(tap, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(tap, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
	memset(&address, 0, sizeof(address));
	address.sll_family = AF_PACKET;
	address.sll_protocol = htons(ETH_P_ALL);
	address.sll_ifindex = (int)if_nametoindex(device);
	if (bind(tap, (struct sockaddr *)&address, sizeof(address)))
		err(1, "%s", device);
	return tap;
}

static uint32_t
number_at(const uint8_t *packet, size_t size, size_t at)
{
	uint32_t number;

	if (at + sizeof(number) > size)
		return UINT32_MAX;
	memcpy(&number, packet + at, sizeof(number));
	return number;
}

static void
note(const uint8_t *packet, size_t size, int64_t stamp)
{
	uint32_t number;

	if (size < 28 || packet[0] >> 4 != 4)
		return;
	if (packet[9] == IPPROTO_UDP) {
		number = number_at(packet, size, NUMBER_AT);
		if (number < count)
			probes[number].sent = stamp;
	} else if (packet[9] == IPPROTO_ICMP) {
		number = number_at(packet, size, QUOTE_AT + NUMBER_AT);
		if (number < count)
			probes[number].answered = stamp;
	}
}

/* Take what there is; false where there is nothing. */
static bool
listen_once(int tap)
{
	enum { BATCH = 64, ROOM = 256 };
	static uint8_t packets[BATCH][ROOM];
	static union {
		struct cmsghdr align;
		char	 bytes[CMSG_SPACE(sizeof(struct timespec))];
	} controls[BATCH];
	static struct mmsghdr messages[BATCH];
	static struct iovec parts[BATCH];
	int got;

	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ packets[i], ROOM };
		messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &parts[i],
			.msg_iovlen = 1,
			.msg_control = &controls[i],
			.msg_controllen = sizeof(controls[i]),
		};
	}
	got = recvmmsg(tap, messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++) {
		const struct cmsghdr *header =
		    CMSG_FIRSTHDR(&messages[i].msg_hdr);
		struct timespec stamp;

		if (header == NULL || header->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(header), sizeof(stamp));
		note(packets[i], messages[i].msg_len,
		    stamp.tv_sec * NSEC + stamp.tv_nsec);
	}
	return got > 0;
}

static void
send_all(int tap, int fd, int64_t gap)
{
	const int64_t start = now();
	char payload[32] = { 0 };
	uint32_t sent = 0;
	int64_t end;

	while (sent < count) {
		if (now() - start < sent * gap) {
			(void)listen_once(tap);
			continue;
		}
		memcpy(payload, &sent, sizeof(sent));
		if (send(fd, payload, sizeof(payload), 0) < 0 &&
		    errno != ENOBUFS && errno != EAGAIN &&
		    errno != EHOSTUNREACH && errno != ECONNREFUSED)
			err(1, "send");
		sent++;
		if (sent % 32 == 0)
			(void)listen_once(tap);
	}
	for (end = now() + WAIT; now() < end;)
		(void)listen_once(tap);
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
report(double delay)
{
	double *errors = calloc(count, sizeof(*errors));
	uint32_t left = 0, answered = 0;
	int64_t first = INT64_MAX, last = 0;

	if (errors == NULL)
		err(1, "memory");
	for (uint32_t i = 0; i < count; i++) {
		if (probes[i].sent == 0)
			continue;
		left++;
		if (probes[i].sent < first)
			first = probes[i].sent;
		if (probes[i].sent > last)
			last = probes[i].sent;
		if (probes[i].answered == 0)
			continue;
		errors[answered++] = (double)(probes[i].answered -
		    probes[i].sent) / 1e3 - delay;
	}
	qsort(errors, answered, sizeof(*errors), by_value);
	if (answered == 0)
		errx(1, "no answers");
	printf("%9u %9u %9u %8.0f %9.1f %9.1f %9.1f\n", count, left, answered,
	    (left - 1) / ((double)(last - first) / 1e9),
	    errors[answered / 2], errors[answered * 99UL / 100],
	    errors[answered - 1]);
	free(errors);
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in target = { .sin_family = AF_INET };
	const int size = BUFFER;
	double rate;
	int tap, fd, ttl;

	if (argc != 7 || inet_pton(AF_INET, argv[2], &target.sin_addr) != 1)
		errx(2, "usage: probes DEVICE TARGET RATE SECONDS TTL "
		    "DELAY_US");
	rate = strtod(argv[3], NULL);
	count = (uint32_t)(rate * strtod(argv[4], NULL));
	ttl = (int)strtol(argv[5], NULL, 10);
	probes = calloc(count, sizeof(*probes));
	if (count == 0 || probes == NULL)
		errx(2, "no probes to send");
	tap = open_tap(argv[1]);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	target.sin_port = htons(33434);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) ||
	    connect(fd, (struct sockaddr *)&target, sizeof(target)))
		err(1, "socket");
	send_all(tap, fd, (int64_t)(1e9 / rate));
	report(strtod(argv[6], NULL));
	return 0;
}
