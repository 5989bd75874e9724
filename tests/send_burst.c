/*
 * send_burst - sends probes in batches, as tests/lab_burst.sh wants them
 *
 *	send_burst [-I | -T] [-r] [-w] [-n COUNT] [-s SIZE] TARGET
 *
 * COUNT (100) probes to an address, of UDP, ICMP (-I) or TCP (-T), with the
 * TTLs 1 to 32 in turns; through raw sockets with -r.  With -w half of them
 * are sent, "half" is printed, a line is read, the next hop is tended, and the
 * others are sent.
 *
 * Prints one line at the end: "link" or "raw", how many were sent, whether
 * queues were full ("waited" or "free"), how many failed, and why the last one
 * was not sent, or "whole".  Exit: 0; 1 where it cannot be opened, with a text;
 * 2 usage.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/burst.h"
#include "io/clock.h"
#include "packet/template.h"
#include "packet/wire.h"

static struct tr_template template;
static struct tr_template_fields fields;
static struct tr_burst *burst;
static uint32_t next;

static void
make_template(const struct tr_probe_spec *spec)
{
	struct tr_builder *builder = tr_builder_new();

	if (builder == NULL ||
	    tr_template_make(&template, builder, spec) != 0)
		errx(2, "no such probe");
	tr_builder_free(builder);
	tr_template_fields_of(spec, &fields);
}

/* Send until so many have been; 0, or why it ended before. */
static int
send_until(uint32_t end)
{
	static uint8_t bytes[TR_BURST_MAX][TR_TEMPLATE_SIZE_MAX];
	struct tr_burst_packet packets[TR_BURST_MAX];
	int reason = 0;

	while (next < end && reason == 0) {
		const uint32_t count = end - next < TR_BURST_MAX ?
		    end - next : TR_BURST_MAX;

		for (uint32_t i = 0; i < count; i++) {
			fields.ttl = (uint8_t)(1 + (next + i) % 32);
			fields.identifier = (uint16_t)(1 + next + i);
			fields.tcp_sequence = (next + i) * 8;
			packets[i].bytes = bytes[i];
			packets[i].size = (size_t)tr_template_patch(
			    &template, &fields, bytes[i], sizeof(bytes[i]));
		}
		next += tr_burst_send(burst, packets, count, NULL,
		    &reason);
	}
	return reason;
}

static void
report(int reason)
{
	const struct tr_burst_counts *counts = tr_burst_counts(burst);

	printf("%s %lu %s %lu %s\n", tr_burst_is_link(burst) ? "link" : "raw",
	    counts->sent, counts->retried > 0 ? "waited" : "free",
	    counts->failed, reason == 0 ? "whole" : strerror(reason));
}

static void
wait_for_line(void)
{
	struct tr_error error;
	char line[16];

	puts("half");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		errx(2, "no line to read");
	if (tr_burst_tend(burst, tr_clock_monotonic(), &error) != 0)
		warnx("%s", error.text);
}

int
main(int argc, char *argv[])
{
	struct tr_probe_spec spec = { .source_port = 40000,
	    .destination_port = 33434, .icmp_id = 7, .icmp_checksum = 0xbeef,
	    .ttl = 1, .identifier = 1, .token = 1, .flow_label = 0xabcde,
	    .tcp_flags = TR_TCP_SYN };
	struct tr_route_query query = { .interface = "" };
	struct tr_burst_config config = { .raw = false };
	struct tr_error error;
	uint32_t count = 100;
	int option, halves = 0, reason = 0;

	while ((option = getopt(argc, argv, "ITrwn:s:")) != -1)
		switch (option) {
		case 'I':
			spec.protocol = TR_PROTOCOL_ICMP;
			break;
		case 'T':
			spec.protocol = TR_PROTOCOL_TCP;
			break;
		case 'r':
			config.raw = true;
			break;
		case 'w':
			halves = 1;
			break;
		case 'n':
			count = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 's':
			spec.size = (uint16_t)strtoul(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	if (optind + 1 != argc ||
	    tr_address_parse(argv[optind], &query.dst) != 0)
		errx(2, "usage: send_burst [-I | -T] [-r] [-w] [-n COUNT] "
		    "[-s SIZE] TARGET");
	if (tr_route_find(&query, &config.route, &error) != 0 ||
	    (burst = tr_burst_open(&config, &error)) == NULL)
		errx(1, "%s", error.text);
	spec.src = config.route.src;
	spec.dst = query.dst;
	if (spec.size == 0)
		spec.size = tr_probe_size_default(spec.dst.family);
	make_template(&spec);
	if (halves) {
		reason = send_until(count / 2);
		wait_for_line();
	}
	if (reason == 0)
		reason = send_until(count);
	report(reason);
	tr_burst_close(burst);
	return 0;
}
