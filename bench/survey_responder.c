/*
 * survey_responder - answers probes as the network of survey_model.h does
 *
 *	bench/survey_responder [OPTION...] DEVICE
 *
 * Reads the device by a packet socket with a ring and answers in batches, each
 * probe to the station that it came from.  Probes whose own checksums are
 * wrong are not answered: they are counted.  bench/survey-rig runs it, and
 * tells what the options are: --silent, --deaf, --loss, --limit and --delay.
 *
 * Ends with SIGTERM or SIGINT, and then prints one line: probes answered, those
 * with a wrong checksum, and how many the kernel dropped before they were read;
 * answers that were lost, were above a router's limit, and for which there was
 * no room until they were due.
 */
#define _GNU_SOURCE

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "survey_answer.h"
#include "survey_hold.h"

#define FRAME		2048
#define FRAMES		16384		/* 32 MB, the kernel's */
#define BATCH		64
#define ROOM		(FRAME + SURVEY_IP6 + SURVEY_ICMP_HEADER)
#define SECOND		INT64_C(1000000000)
#define ROUTERS		(1u << 23)	/* numbers of routers are less */
#define DEPTH		(SECOND / 10)	/* of a bucket: what comes in in that */
					/* time; one answer at least */

_Static_assert(ROOM <= SURVEY_HOLD_SIZE, "any answer can be held");

static struct {
	uint8_t	 bytes[BATCH][ROOM];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	unsigned count;
} out;

static struct {
	struct survey_faults faults;
	uint32_t loss;			/* of thousand answers; 0: none */
	uint32_t limit;			/* of a router, a second; 0: none */
	bool	 delay;
} asked;

/*
 * Of each router, of IPv4 and of IPv6, the time at which its bucket is full
 * again; what is not touched takes no memory.
 */
static int64_t *full_at;
static struct survey_hold *hold;

static unsigned long answered, wrong, lost, limited, unheld;
static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int64_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

static uint8_t *
open_ring(int fd)
{
	const int version = TPACKET_V2;
	struct tpacket_req ring = {
		.tp_block_size = FRAME * 32,
		.tp_block_nr = FRAMES / 32,
		.tp_frame_size = FRAME,
		.tp_frame_nr = FRAMES,
	};
	uint8_t *frames;

	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version,
	    sizeof(version)) || setsockopt(fd, SOL_PACKET, PACKET_RX_RING,
	    &ring, sizeof(ring)))
		err(1, "ring");
	frames = mmap(NULL, (size_t)FRAME * FRAMES, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (frames == MAP_FAILED)
		err(1, "mmap");
	return frames;
}

static int
open_device(const char *device)
{
	const int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;
	struct sockaddr_ll address = { .sll_family = AF_PACKET };

	if (fd < 0)
		err(1, "packet socket");
	(void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
	    sizeof(one));
	address.sll_protocol = htons(ETH_P_ALL);
	address.sll_ifindex = (int)if_nametoindex(device);
	if (address.sll_ifindex == 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		err(1, "%s", device);
	return fd;
}

static void
flush(int fd)
{
	unsigned sent = 0;

	while (sent < out.count) {
		const int took = sendmmsg(fd, out.messages + sent,
		    out.count - sent, 0);

		if (took > 0)
			sent += (unsigned)took;
		else if (errno != ENOBUFS && errno != EAGAIN &&
		    errno != EINTR)
			err(1, "send");
	}
	answered += out.count;
	out.count = 0;
}

/* The sum of any stretch, as survey_sum() has it of a constant one. */
static uint32_t
sum_of(const uint8_t *at, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += survey_get16(at + i);
	if (size % 2 != 0)
		sum += (uint32_t)at[size - 1] << 8;
	return survey_fold(sum);
}

/* Does the probe sum up? */
static bool
is_right(const uint8_t *ip, size_t size, const struct survey_probe *probe)
{
	const uint32_t header = survey_header_size(probe->family);
	uint32_t sum = sum_of(ip + header, size - header);

	if (probe->family == 4 && survey_sum(ip, SURVEY_IP4) != 0xffff)
		return false;
	if (probe->protocol == SURVEY_UDP &&
	    survey_get16(ip + header + 6) == 0)
		return probe->family == 4;
	if (probe->protocol != SURVEY_ICMP)
		sum += survey_pseudo(ip, probe->family, probe->protocol,
		    (uint32_t)size - header);
	return survey_fold(sum) == 0xffff;
}

/* Write the answer's IP packet to packet; its size. */
static size_t
write_answer(uint8_t *packet, uint8_t *ip, size_t size,
    const struct survey_probe *probe, const struct survey_answer *answer)
{
	const uint32_t header = survey_header_size(probe->family);

	switch (answer->kind) {
	case SURVEY_REPLY:
		survey_echo(ip, probe->family, answer);
		memcpy(packet, ip, size);
		return size;
	case SURVEY_SEGMENT:
		survey_segment(packet, ip, probe, answer);
		return header + SURVEY_TCP_HEADER;
	default:
		survey_age(ip, probe->family, answer->quoted_ttl);
		survey_error(packet, ip, probe, answer, (uint32_t)size,
		    sum_of(ip, size));
		memcpy(packet + header + SURVEY_ICMP_HEADER, ip, size);
		return size + header + SURVEY_ICMP_HEADER;
	}
}

/* Is it a segment that a target answers? */
static bool
is_syn(const uint8_t *ip, size_t size, uint8_t family)
{
	const uint32_t header = survey_header_size(family);

	return size >= header + SURVEY_TCP_HEADER && survey_is_syn(ip +
	    header);
}

/* Of the IP packet in a frame, as far as it is one to look at; else 0. */
static uint8_t
family_of(const uint8_t *frame, size_t size)
{
	const uint32_t type = size < SURVEY_ETHERNET ? 0 :
	    survey_get16(frame + 12);
	const uint8_t family = type == ETHERTYPE_IP ? 4 :
	    type == ETHERTYPE_IPV6 ? 6 : 0;

	return size < SURVEY_ETHERNET + survey_header_size(family) +
	    SURVEY_TRANSPORT ? 0 : family;
}

/* Has the router no token left for an answer now? */
static bool
is_limited(uint8_t family, uint32_t router, int64_t now)
{
	const int64_t each = SECOND / asked.limit;
	const int64_t depth = each > DEPTH ? each : DEPTH;
	int64_t *full = &full_at[(family == 6 ? ROUTERS : 0) + router];
	const int64_t then = (*full > now ? *full : now) + each;

	if (then - now > depth)
		return true;
	*full = then;
	return false;
}

/* Does the network keep the answer back for good?  It is counted. */
static bool
is_kept_back(const struct survey_probe *probe,
    const struct survey_answer *answer, int64_t now)
{
	static uint32_t drawn;

	if (asked.limit > 0 && answer->kind == SURVEY_EXCEEDED &&
	    is_limited(probe->family, answer->router, now)) {
		limited++;
		return true;
	}
	if (asked.loss > 0 && survey_is_among(survey_mix(survey_flow(probe),
	    drawn++ << 8 | probe->ttl), asked.loss)) {
		lost++;
		return true;
	}
	return false;
}

/*
 * The answer of so many bytes, written to the end of the batch, is on its way:
 * it stays there, or is held.
 */
static void
pass_on(size_t size, const struct survey_probe *probe,
    const struct survey_answer *answer, int64_t now)
{
	if (!asked.delay) {
		out.parts[out.count++].iov_len = size;
		return;
	}
	if (survey_hold_put(hold, out.bytes[out.count], size, now +
	    survey_delay(probe, answer->hop) * INT64_C(1000)) != 0)
		unheld++;
}

/* Answers that were held and are due go to the batch, and it goes out. */
static void
release(int fd, int64_t now)
{
	size_t size;

	while ((size = survey_hold_take(hold, now,
	    out.bytes[out.count])) > 0) {
		out.parts[out.count++].iov_len = size;
		if (out.count == BATCH)
			flush(fd);
	}
	flush(fd);
}

/* A frame that came in now: its answer goes to the batch, or is held. */
static void
take(uint8_t *frame, size_t size, int64_t now)
{
	const uint8_t family = family_of(frame, size);
	uint8_t *ip = frame + SURVEY_ETHERNET;
	uint8_t *bytes = out.bytes[out.count];
	struct survey_probe probe;
	struct survey_answer answer;
	size_t ip_size;

	if (family == 0)
		return;
	ip_size = survey_size(ip, family);
	if (ip_size > size - SURVEY_ETHERNET ||
	    ip_size < survey_header_size(family) + SURVEY_TRANSPORT ||
	    !survey_parse(ip, family, &probe))
		return;
	if (!is_right(ip, ip_size, &probe)) {
		wrong++;
		return;
	}
	survey_judge(&probe, &asked.faults, &answer);
	if (answer.kind == SURVEY_NOTHING || (answer.kind == SURVEY_SEGMENT &&
	    !is_syn(ip, ip_size, family)) ||
	    is_kept_back(&probe, &answer, now))
		return;
	survey_ethernet(bytes, frame);
	pass_on(SURVEY_ETHERNET + write_answer(bytes + SURVEY_ETHERNET, ip,
	    ip_size, &probe, &answer), &probe, &answer, now);
}

static bool
is_ready(const struct tpacket2_hdr *header)
{
	return (__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) &
	    TP_STATUS_USER) != 0;
}

/* Until a frame comes, or an answer that is held is due. */
static void
wait_for(int fd, int64_t now)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct timespec most = { .tv_nsec = SECOND / 10 };

	if (asked.delay) {
		const int64_t wait = survey_hold_next(hold) - now;

		if (wait < most.tv_nsec)
			most.tv_nsec = wait > 0 ? wait : 0;
	}
	(void)ppoll(&ready, 1, &most, NULL);
}

static void
serve(int fd, uint8_t *frames)
{
	const bool timed = asked.delay || asked.limit > 0;
	size_t next = 0;

	while (!stopped) {
		struct tpacket2_hdr *header = (void *)(frames + next * FRAME);
		const int64_t now = timed ? clock_now() : 0;

		if (asked.delay)
			release(fd, now);
		if (!is_ready(header)) {
			flush(fd);
			if (!is_ready(header))
				wait_for(fd, now);
			continue;
		}
		take((uint8_t *)header + header->tp_mac, header->tp_snaplen,
		    now);
		__atomic_store_n(&header->tp_status, TP_STATUS_KERNEL,
		    __ATOMIC_RELEASE);
		next = (next + 1) % FRAMES;
		if (out.count == BATCH)
			flush(fd);
	}
}

static uint32_t
parse_number(const char *text, unsigned long least, unsigned long most)
{
	char *end;
	const unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < least ||
	    value > most)
		errx(2, "%s is not a number from %lu to %lu", text, least,
		    most);
	return (uint32_t)value;
}

static const char *
parse(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "deaf", required_argument, NULL, 'd' },
		{ "delay", no_argument, NULL, 'w' },
		{ "limit", required_argument, NULL, 'r' },
		{ "loss", required_argument, NULL, 'l' },
		{ "silent", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'd':
			asked.faults.deaf = parse_number(optarg, 0, 1000);
			break;
		case 'w':
			asked.delay = true;
			break;
		case 'r':
			asked.limit = parse_number(optarg, 1, 1000000);
			break;
		case 'l':
			asked.loss = parse_number(optarg, 0, 1000);
			break;
		case 's':
			asked.faults.silent = parse_number(optarg, 0, 1000);
			break;
		default:
			exit(2);
		}
	if (argc - optind != 1)
		errx(2, "usage: survey_responder [OPTION...] DEVICE");
	return argv[optind];
}

static void
make_room(void)
{
	for (unsigned i = 0; i < BATCH; i++) {
		out.parts[i].iov_base = out.bytes[i];
		out.messages[i].msg_hdr.msg_iov = &out.parts[i];
		out.messages[i].msg_hdr.msg_iovlen = 1;
	}
	if (asked.limit > 0)
		full_at = calloc(2 * ROUTERS, sizeof(*full_at));
	if (asked.delay)
		hold = survey_hold_new();
	if ((asked.limit > 0 && full_at == NULL) ||
	    (asked.delay && hold == NULL))
		errx(1, "out of memory");
}

int
main(int argc, char *argv[])
{
	const char *device = parse(argc, argv);
	struct tpacket_stats stats = { 0 };
	socklen_t size = sizeof(stats);
	uint8_t *frames;
	int fd;

	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	make_room();
	/* Else a wait may take 50 us more than was asked for. */
	(void)prctl(PR_SET_TIMERSLACK, 1);
	fd = open_device(device);
	frames = open_ring(fd);
	puts("ready");
	fflush(stdout);
	serve(fd, frames);
	flush(fd);
	(void)getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size);
	printf("answered %lu wrong %lu dropped %u lost %lu limited %lu "
	    "unheld %lu\n", answered, wrong, stats.tp_drops, lost, limited,
	    unheld);
	survey_hold_free(hold);
	free(full_at);
	return 0;
}
