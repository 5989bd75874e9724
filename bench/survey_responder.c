/*
 * survey_responder - answers probes as the network of survey_model.h does
 *
 *	bench/survey_responder DEVICE
 *
 * Reads the device by a packet socket with a ring and answers in batches, each
 * probe to the station that it came from.  Probes whose own checksums are
 * wrong are not answered: they are counted.  Ends with SIGTERM or SIGINT, and
 * then prints one line: probes answered, probes with a wrong checksum, and how
 * many the kernel dropped before they were read.  bench/survey-rig runs it.
 */
#define _GNU_SOURCE

#include <sys/mman.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "survey_answer.h"

#define FRAME		2048
#define FRAMES		16384		/* 32 MB, the kernel's */
#define BATCH		64
#define ROOM		(FRAME + SURVEY_IP6 + SURVEY_ICMP_HEADER)

static struct {
	uint8_t	 bytes[BATCH][ROOM];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	unsigned count;
} out;

static unsigned long answered, wrong;
static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
	(void)signal;
	stopped = 1;
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

/* A frame that came in: its answer goes to the batch. */
static void
take(uint8_t *frame, size_t size)
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
	survey_judge(&probe, &answer);
	if (answer.kind == SURVEY_NOTHING || (answer.kind == SURVEY_SEGMENT &&
	    !is_syn(ip, ip_size, family)))
		return;
	survey_ethernet(bytes, frame);
	out.parts[out.count].iov_len = SURVEY_ETHERNET + write_answer(
	    bytes + SURVEY_ETHERNET, ip, ip_size, &probe, &answer);
	out.count++;
}

static void
serve(int fd, uint8_t *frames)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t next = 0;

	while (!stopped) {
		struct tpacket2_hdr *header = (void *)(frames + next * FRAME);

		if ((__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) &
		    TP_STATUS_USER) == 0) {
			flush(fd);
			if ((__atomic_load_n(&header->tp_status,
			    __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0)
				(void)poll(&ready, 1, 100);
			continue;
		}
		take((uint8_t *)header + header->tp_mac, header->tp_snaplen);
		__atomic_store_n(&header->tp_status, TP_STATUS_KERNEL,
		    __ATOMIC_RELEASE);
		next = (next + 1) % FRAMES;
		if (out.count == BATCH)
			flush(fd);
	}
}

int
main(int argc, char *argv[])
{
	struct tpacket_stats stats = { 0 };
	socklen_t size = sizeof(stats);
	uint8_t *frames;
	int fd;

	if (argc != 2)
		errx(2, "usage: survey_responder DEVICE");
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	for (unsigned i = 0; i < BATCH; i++) {
		out.parts[i].iov_base = out.bytes[i];
		out.messages[i].msg_hdr.msg_iov = &out.parts[i];
		out.messages[i].msg_hdr.msg_iovlen = 1;
	}
	fd = open_device(argv[1]);
	frames = open_ring(fd);
	puts("ready");
	fflush(stdout);
	serve(fd, frames);
	flush(fd);
	(void)getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size);
	printf("answered %lu wrong %lu dropped %u\n", answered, wrong,
	    stats.tp_drops);
	return 0;
}
