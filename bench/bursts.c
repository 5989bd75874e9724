/*
 * bursts - how fast probes are made and sent
 *
 *	bench/bursts patch
 *	bench/bursts bare DEVICE LINK-ADDRESS COUNT
 *	bench/bursts send RATE COUNT [-6] [udp|icmp|tcp] [raw]
 *
 * patch: how long it takes to make a probe, with the template and with the
 * builder, of each protocol and family, in ns of processor time.
 *
 * bare: the yardstick, sends COUNT ready-made IPv4 probes by the shortest loop
 * there is: sendmmsg() of 64 on a packet socket, tried again at once where the
 * queue is full.
 *
 * send: sends COUNT probes, patched from a template, by io/burst.h, RATE a
 * second (0: as fast as it goes); each to another target, all TTLs from 1 to
 * 16 in turns.
 *
 * The last two print, in a line: probes that the system took; a second, from
 * the first batch to the last; the same of the device's own counter; frames
 * that came back, of hundred sent; processor seconds for a million; how often
 * the queue was full; of send, ms that were waited for it, and ms by which the
 * schedule fell behind for good.  bench/burst runs it.
 */
#define _GNU_SOURCE

#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/random.h"
#include "base/time.h"
#include "io/burst.h"
#include "io/clock.h"
#include "io/pace.h"
#include "io/route.h"
#include "packet/probe.h"
#include "packet/template.h"
#include "packet/wire.h"

#define ROUNDS		2000000		/* of patch */
#define READY		16384		/* packets of bare, made before */
#define TTLS		16
#define SETTLE		300000000	/* ns until all answers are in */

static struct tr_builder *builder;

/* What is measured around a run. */
struct meter {
	const char *device;
	int64_t	 begin, end;
	double	 cpu;
	uint64_t sent, answers;		/* the device's counters */
};

static double
processor_seconds(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static uint64_t
counter(const char *device, const char *name)
{
	char path[128];
	uint64_t value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s",
	    device, name);
	file = fopen(path, "r");
	if (file == NULL || fscanf(file, "%lu", &value) != 1)
		err(1, "%s", path);
	fclose(file);
	return value;
}

static void
meter_start(struct meter *meter, const char *device)
{
	meter->device = device;
	meter->sent = counter(device, "tx_packets");
	meter->answers = counter(device, "rx_packets");
	meter->cpu = processor_seconds();
	meter->begin = tr_clock_monotonic();
}

static void
meter_stop(struct meter *meter)
{
	const struct timespec settle = { .tv_nsec = SETTLE };

	meter->end = tr_clock_monotonic();
	meter->cpu = processor_seconds() - meter->cpu;
	nanosleep(&settle, NULL);
	meter->sent = counter(meter->device, "tx_packets") - meter->sent;
	meter->answers = counter(meter->device, "rx_packets") -
	    meter->answers;
}

static void
report(const struct meter *meter, const char *what, uint64_t count,
    const struct tr_burst_counts *counts, int64_t forgiven)
{
	const double seconds = (double)(meter->end - meter->begin) / 1e9;

	printf("%-18s %9lu %9.0f %9.0f %7.2f %7.2f %8lu %8.0f %8.0f\n", what,
	    count, (double)count / seconds, (double)meter->sent / seconds,
	    100.0 * (double)meter->answers / (double)count,
	    meter->cpu * 1e6 / (double)count, counts->retried,
	    (double)counts->waited / 1e6, (double)forgiven / 1e6);
}

static struct tr_probe_spec
specify(enum tr_protocol protocol, const struct tr_address *src)
{
	struct tr_probe_spec spec = {
		.protocol = protocol,
		.src = *src,
		.dst.family = src->family,
		.source_port = 40000,
		.destination_port = protocol == TR_PROTOCOL_TCP ? 80 : 33434,
		.icmp_id = 7,
		.icmp_checksum = 0xbeef,
		.ttl = 1,
		.identifier = 1,
		.token = 1,
		.tcp_flags = TR_TCP_SYN,
		.size = tr_probe_size_default(src->family),
	};

	return spec;
}

/* The n-th probe: another prefix each time. */
static void
number(struct tr_template_fields *fields, uint32_t n)
{
	const uint16_t prefix = (uint16_t)(n * 40503);
	uint8_t *bytes = fields->dst.bytes;

	fields->ttl = (uint8_t)(1 + n % TTLS);
	fields->identifier = (uint16_t)(1 + n % 65534);
	fields->tcp_sequence = n * 8;
	if (fields->dst.family == 4) {
		bytes[0] = 10;
		bytes[1] = (uint8_t)(prefix >> 8);
		bytes[2] = (uint8_t)prefix;
		bytes[3] = 1;
		return;
	}
	memcpy(bytes, "\x20\x01\x0d\xb8", 4);
	bytes[4] = (uint8_t)(prefix >> 8);
	bytes[5] = (uint8_t)prefix;
	bytes[15] = 1;
}

/* --- patch -------------------------------------------------------------- */

static void
measure_patch(enum tr_protocol protocol, uint8_t family)
{
	const struct tr_address src = { family, { 198, 18, 0, 1 } };
	struct tr_probe_spec spec = specify(protocol, &src);
	struct tr_template template;
	struct tr_template_fields fields;
	uint8_t out[128];
	unsigned sum = 0;
	double patched, built;

	if (tr_template_make(&template, builder, &spec) != TR_OK)
		errx(1, "no template");
	tr_template_fields_of(&spec, &fields);
	patched = processor_seconds();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		number(&fields, i);
		if (tr_template_patch(&template, &fields, out,
		    sizeof(out)) < 0)
			errx(1, "not patched");
		sum += out[21];
	}
	patched = processor_seconds() - patched;
	built = processor_seconds();
	for (uint32_t i = 0; i < ROUNDS / 10; i++) {
		number(&fields, i);
		spec.dst = fields.dst;
		spec.ttl = fields.ttl;
		spec.identifier = fields.identifier;
		spec.tcp_sequence = fields.tcp_sequence;
		if (tr_probe_build(builder, &spec, out, sizeof(out)) < 0)
			errx(1, "not built");
		sum += out[21];
	}
	built = processor_seconds() - built;
	printf("%-4s IPv%d %6.1f ns patched %7.1f ns built%s\n",
	    tr_protocol_name(protocol), family, patched * 1e9 / ROUNDS,
	    built * 1e10 / ROUNDS, sum == 1 ? "!" : "");
}

/* --- bare --------------------------------------------------------------- */

static uint8_t ready[READY][128];
static struct mmsghdr messages[READY];
static struct iovec parts[READY];

static void
make_ready(const struct tr_address *src, struct sockaddr_ll *to)
{
	struct tr_probe_spec spec = specify(TR_PROTOCOL_UDP, src);
	struct tr_template template;
	struct tr_template_fields fields;

	if (tr_template_make(&template, builder, &spec) != TR_OK)
		errx(1, "no template");
	tr_template_fields_of(&spec, &fields);
	for (uint32_t i = 0; i < READY; i++) {
		number(&fields, i);
		parts[i].iov_base = ready[i];
		parts[i].iov_len = (size_t)tr_template_patch(&template,
		    &fields, ready[i], sizeof(ready[i]));
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = to,
			.msg_namelen = sizeof(*to),
			.msg_iov = &parts[i],
			.msg_iovlen = 1,
		};
	}
}

static void
send_bare(char *argv[])
{
	const uint64_t count = strtoull(argv[2], NULL, 10);
	const struct tr_address src = { 4, { 198, 18, 0, 1 } };
	struct tr_burst_counts counts = { 0 };
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE_IP),
		.sll_ifindex = (int)if_nametoindex(argv[0]),
		.sll_halen = 6,
	};
	const int fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	struct meter meter;
	uint32_t at = 0;

	if (fd < 0 || sscanf(argv[1], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
	    &to.sll_addr[0], &to.sll_addr[1], &to.sll_addr[2],
	    &to.sll_addr[3], &to.sll_addr[4], &to.sll_addr[5]) != 6)
		err(1, "packet socket");
	make_ready(&src, &to);
	meter_start(&meter, argv[0]);
	while (counts.sent < count) {
		const int took = sendmmsg(fd, messages + at,
		    READY - at < 64 ? READY - at : 64, 0);

		if (took < 0 && errno != ENOBUFS)
			err(1, "sendmmsg");
		if (took < 0) {
			counts.retried++;
			continue;
		}
		counts.sent += (uint64_t)took;
		at = (at + (uint32_t)took) % READY;
	}
	meter_stop(&meter);
	report(&meter, "bare", counts.sent, &counts, 0);
}

/* --- send --------------------------------------------------------------- */

struct run {
	struct tr_burst *burst;
	struct tr_template template;
	struct tr_template_fields fields;
	uint8_t	 bytes[TR_BURST_MAX][128];
	struct tr_burst_packet packets[TR_BURST_MAX];
	uint32_t next;
};

static void
send_batch(struct run *run, uint32_t count)
{
	uint32_t sent;
	int reason;

	for (uint32_t i = 0; i < count; i++) {
		number(&run->fields, run->next++);
		run->packets[i].bytes = run->bytes[i];
		run->packets[i].size = (size_t)tr_template_patch(
		    &run->template, &run->fields, run->bytes[i],
		    sizeof(run->bytes[i]));
	}
	sent = tr_burst_send(run->burst, run->packets, count, NULL, &reason);
	if (sent < count)
		errx(1, "send: %s", strerror(reason));
}

static void
sleep_until(int64_t time)
{
	const struct timespec until = {
		.tv_sec = time / TR_SECOND,
		.tv_nsec = (long)(time % TR_SECOND),
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* By the pace; returns by how much it fell behind. */
static int64_t
send_paced(struct run *run, uint64_t count, double rate)
{
	struct tr_pace pace;

	if (tr_pace_start(&pace, (uint64_t)(rate * 1000),
	    tr_clock_monotonic()) != TR_OK)
		errx(2, "no such rate: %g", rate);
	while (run->next < count) {
		const int64_t now = tr_clock_monotonic();
		const uint32_t due = tr_pace_due(&pace, now);

		if (due == 0) {
			sleep_until(tr_pace_next(&pace));
			continue;
		}
		send_batch(run, due);
		tr_pace_sent(&pace, due, now);
	}
	return pace.forgiven;
}

static void
send_probes(int argc, char *argv[])
{
	const double rate = strtod(argv[0], NULL);
	const uint64_t count = strtoull(argv[1], NULL, 10);
	struct tr_route_query query = { .dst = { 4, { 10, 0, 0, 1 } } };
	struct tr_burst_config config = { .raw = false };
	enum tr_protocol protocol = TR_PROTOCOL_UDP;
	static struct run run;
	struct tr_error error;
	struct tr_probe_spec spec;
	struct meter meter;
	int64_t forgiven = 0;
	char what[32];

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "-6") == 0)
			tr_address_parse("2001:db8::1", &query.dst);
		else if (strcmp(argv[i], "icmp") == 0)
			protocol = TR_PROTOCOL_ICMP;
		else if (strcmp(argv[i], "tcp") == 0)
			protocol = TR_PROTOCOL_TCP;
		else if (strcmp(argv[i], "raw") == 0)
			config.raw = true;
	}
	if (tr_route_find(&query, &config.route, &error) != TR_OK ||
	    (run.burst = tr_burst_open(&config, &error)) == NULL)
		errx(1, "%s", error.text);
	spec = specify(protocol, &config.route.src);
	if (tr_template_make(&run.template, builder, &spec) != TR_OK)
		errx(1, "no template");
	tr_template_fields_of(&spec, &run.fields);
	snprintf(what, sizeof(what), "%s%s%s %.0f", config.raw ? "raw " : "",
	    tr_protocol_name(protocol), query.dst.family == 6 ? "6" : "",
	    rate);
	meter_start(&meter, config.route.interface);
	if (rate > 0)
		forgiven = send_paced(&run, count, rate);
	else
		while (run.next < count)
			send_batch(&run, TR_BURST_MAX);
	meter_stop(&meter);
	report(&meter, what, run.next, tr_burst_counts(run.burst), forgiven);
	tr_burst_close(run.burst);
}

int
main(int argc, char *argv[])
{
	builder = tr_builder_new();
	if (builder == NULL)
		errx(1, "memory");
	if (argc == 2 && strcmp(argv[1], "patch") == 0) {
		for (int i = 0; i < 6; i++)
			measure_patch((enum tr_protocol)(i / 2),
			    i % 2 == 0 ? 4 : 6);
	} else if (argc == 5 && strcmp(argv[1], "bare") == 0)
		send_bare(argv + 2);
	else if (argc >= 4 && strcmp(argv[1], "send") == 0)
		send_probes(argc - 2, argv + 2);
	else
		errx(2, "usage: bursts patch | bare DEVICE LINK-ADDRESS COUNT "
		    "| send RATE COUNT [-6] [udp|icmp|tcp] [raw]");
	tr_builder_free(builder);
	return 0;
}
