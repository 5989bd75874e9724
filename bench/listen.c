/*
 * listen - what a survey sends and captures, on bench/survey-rig
 *
 *	bench/listen find [-46IRTw] [-n COUNT] [-r RATE] [-m MB] [-s MS]
 *	bench/listen cost [-n COUNT] [-r RATE] [-m MB] [-t TIMES]
 *
 * find: sends COUNT (10,000) probes, RATE (20,000) a second, each to another
 * target, of UDP, or ICMP (-I) or TCP (-T), IPv4 (-4), IPv6 (-6) or both in
 * turns, by io/sender.h (-R: raw sockets), and captures what comes back, by
 * io/capture.h with a ring of MB.  Each answer must be that of the router or
 * target that the network's model says (survey_model.h).  With -s nothing is
 * read for MS ms once half are sent, but sending goes on.  With -w a device
 * that goes down is waited for.
 *
 * It prints, a line each, a name and a value: how many were sent; found,
 * rightly answered; wrong, by another than the model says; twice; strange, that
 * answer no probe (of IPv6 some are: see the filter); frames that the filter
 * let through, that the ring dropped, and that the device dropped; link or raw;
 * processor ns for a probe sent and found; how long frames waited until they
 * could be read, ms, in the median, of 99 of 100, and the least; and the same
 * of round trips, us.
 *
 * cost: has the answers to COUNT probes gathered in the ring, then reads them,
 * TIMES (5) times in each way: by batch, by next, and by batch with decoding;
 * prints for each the processor ns for a frame, in the median and the least.
 *
 * Exit: 0, whatever was found; 1 something failed, with a text; 2 usage.
 */
#define _GNU_SOURCE			/* ppoll() */

#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "io/capture.h"
#include "io/clock.h"
#include "io/pace.h"
#include "io/sender.h"
#include "io/stamps.h"
#include "packet/reply.h"
#include "packet/wire.h"
#include "survey_model.h"

#define TTLS		16
#define BATCH		1024		/* frames that are read at once */
#define PATIENCE	TR_SECOND	/* for the last answers */

static struct tr_probe_spec spec = {
	.destination_port = 33434,
	.icmp_id = 7,
	.icmp_checksum = 0xbeef,
	.flow_label = 0xabcde,
	.token = 1,
	.tcp_flags = TR_TCP_SYN,
};

static struct {
	bool	 v4, v6, raw, patient;
	uint32_t count;
	double	 rate;
	size_t	 ring;		/* MB */
	int	 stall;		/* ms */
	int	 times;
	int	 hand_over;	/* ms */
} options = { .count = 10000, .rate = 20000, .times = 5 };

/* Of each probe. */
static int64_t *departures;
static uint8_t *answers;
static float *waits, *trips;		/* of those found */

static struct {
	uint32_t departed;
	uint32_t found, wrong, twice, strange;
	int64_t	 now;
} seen;

static struct tr_sender *sender;
static struct tr_capture *capture;
static struct tr_stamps stamps;

/* --- probes ------------------------------------------------------------ */

/* The n-th probe: another prefix each time. */
static struct tr_survey_probe
probe_of(uint32_t n)
{
	const bool is_v4 = options.v4 && (!options.v6 || n % 2 == 0);
	const uint32_t prefix = n * 40503;
	struct tr_survey_probe probe = {
		.serial = n,
		.ttl = (uint8_t)(1 + n / 2 % TTLS),
		.identifier = (uint16_t)(1 + n % 65534),
		.tcp_sequence = n * 8,
	};
	uint8_t *bytes = probe.dst.bytes;

	probe.dst.family = is_v4 ? 4 : 6;
	if (is_v4)
		bytes[0] = 10;
	else
		memcpy(bytes, "\x20\x01\x0d\xb8", 4);
	bytes[is_v4 ? 1 : 4] = (uint8_t)(prefix >> 8);
	bytes[is_v4 ? 2 : 5] = (uint8_t)prefix;
	/* Where identifiers come again, the targets must not. */
	bytes[is_v4 ? 3 : 15] = (uint8_t)(1 + n / 65534);
	return probe;
}

static void
departed(void *context, uint64_t serial, int64_t sent)
{
	(void)context;
	departures[serial] = sent;
	seen.departed++;
}

static void
failed(void *context, uint64_t serial, int64_t now, int system)
{
	(void)context;
	(void)now;
	errx(1, "probe %lu: %s", serial, strerror(system));
}

/* Add so many, from the n-th on; how many there was room for. */
static uint32_t
send_some(uint32_t n, uint32_t most)
{
	const uint32_t room = tr_sender_room(sender);
	struct tr_error error;

	if (most > room)
		most = room;
	for (uint32_t i = 0; i < most; i++) {
		const struct tr_survey_probe probe = probe_of(n + i);

		if (tr_sender_add(sender, &probe) != TR_OK)
			errx(1, "probe %u cannot be added", n + i);
	}
	if (tr_sender_flush(sender, &error) < 0 && !options.patient)
		errx(1, "%s", error.text);
	return most;
}

/* --- answers ----------------------------------------------------------- */

/* What the answer says of its probe: identifier and target. */
static uint16_t
identity_of(const struct tr_packet *packet, struct tr_address *dst)
{
	const bool direct = !packet->has_quoted_transport;
	const struct tr_transport *transport = direct ? &packet->transport :
	    &packet->quoted;

	*dst = direct ? packet->ip.src : packet->quote.dst;
	switch (spec.protocol) {
	case TR_PROTOCOL_UDP:
		return transport->checksum;
	case TR_PROTOCOL_ICMP:
		return transport->icmp_sequence;
	case TR_PROTOCOL_TCP:
		break;
	}
	return (uint16_t)(1 + (direct ? transport->tcp_acknowledgement - 1 :
	    transport->tcp_sequence) / 8 % 65534);
}

/* Who has to answer a probe, as the model has it. */
static struct tr_address
responder_of(const struct tr_survey_probe *probe)
{
	const uint8_t *bytes = probe->dst.bytes;
	const bool is_v4 = probe->dst.family == 4;
	struct survey_probe asked = {
		.family = probe->dst.family,
		.protocol = tr_protocol_number(spec.protocol,
		    probe->dst.family),
		.ttl = probe->ttl,
		.label = is_v4 ? 0 : spec.flow_label,
		.first = (uint32_t)tr_sender_source_port(sender) << 16 |
		    spec.destination_port,
	};
	const struct survey_faults no_faults = { .silent = 0 };
	struct survey_answer answer;
	struct tr_address responder = probe->dst;

	asked.prefix = (uint16_t)(is_v4 ? bytes[1] << 8 | bytes[2] :
	    bytes[4] << 8 | bytes[5]);
	asked.host = is_v4 ? (uint32_t)bytes[0] << 24 |
	    (uint32_t)asked.prefix << 8 | bytes[3] : bytes[15];
	if (spec.protocol == TR_PROTOCOL_ICMP)
		asked.first = (is_v4 ? 8u : 128u) << 24 | spec.icmp_checksum;
	survey_judge(&asked, &no_faults, &answer);
	if (answer.kind != SURVEY_EXCEEDED)
		return responder;
	memset(responder.bytes, 0, sizeof(responder.bytes));
	responder.bytes[0] = is_v4 ? 11 : 0xfd;
	if (!is_v4)
		responder.bytes[3] = 0x11;
	for (int i = 0; i < (is_v4 ? 3 : 4); i++)
		responder.bytes[(is_v4 ? 3 : 15) - i] =
		    (uint8_t)(answer.router >> 8 * i);
	return responder;
}

/* The latest probe of this identity that was sent; or count. */
static uint32_t
find_probe(uint16_t identifier, const struct tr_address *dst)
{
	uint32_t n = (uint32_t)identifier - 1;

	if (identifier == 0 || n >= options.count)
		return options.count;
	n += (options.count - 1 - n) / 65534 * 65534;
	for (;; n -= 65534) {
		const struct tr_survey_probe probe = probe_of(n);

		if (tr_address_equal(&probe.dst, dst))
			return departures[n] != 0 ? n : options.count;
		if (n < 65534)
			return options.count;
	}
}

static void
take(void *context, const struct tr_frame *frame)
{
	struct tr_survey_probe probe;
	struct tr_packet packet;
	struct tr_address dst, responder;
	int64_t came;
	uint32_t n;

	(void)context;
	if (tr_packet_decode(frame->link, frame->data, frame->size,
	    &packet) != TR_OK) {
		seen.strange++;
		return;
	}
	n = find_probe(identity_of(&packet, &dst), &dst);
	if (n == options.count) {
		seen.strange++;
		return;
	}
	probe = probe_of(n);
	responder = responder_of(&probe);
	if (!tr_address_equal(&packet.ip.src, &responder)) {
		seen.wrong++;
		return;
	}
	if (answers[n]++ > 0) {
		seen.twice++;
		return;
	}
	came = tr_stamps_monotonic(&stamps, frame->stamp, seen.now, PATIENCE);
	waits[seen.found] = (float)(seen.now - came) / 1e6f;
	trips[seen.found++] = (float)(came - departures[n]) / 1e3f;
}

/* --- the parts of a run ------------------------------------------------ */

static void
find_route(const char *target, struct tr_route *route)
{
	struct tr_route_query query = { .interface = "" };
	struct tr_error error;

	if (tr_address_parse(target, &query.dst) != TR_OK ||
	    tr_route_find(&query, route, &error) != TR_OK)
		errx(1, "%s", error.text);
}

static void
open_all(void)
{
	const struct tr_sender_sink sink = { departed, failed, NULL };
	static struct tr_route v4, v6;
	struct tr_capture_survey survey = {
		.v4 = options.v4,
		.v6 = options.v6,
		.protocol = spec.protocol,
		.destination_port = spec.destination_port,
		.icmp_id = spec.icmp_id,
		.ring = options.ring << 20,
		.hand_over = options.hand_over,
	};
	struct tr_sender_config config = { .probe = spec,
	    .raw = options.raw };
	struct tr_error error;

	if (options.v4) {
		find_route("10.0.0.1", &v4);
		config.v4 = &v4;
	}
	if (options.v6) {
		find_route("2001:db8::1", &v6);
		config.v6 = &v6;
	}
	sender = tr_sender_open(&config, &sink, &error);
	if (sender == NULL)
		errx(1, "%s", error.text);
	survey.device = options.v4 ? v4.interface : v6.interface;
	survey.source_port = tr_sender_source_port(sender);
	capture = tr_capture_open_survey(&survey, &error);
	if (capture == NULL)
		errx(1, "%s", error.text);
}

static void
start_clock(void)
{
	struct tr_clock_reading reading;

	tr_clock_read(&reading);
	tr_stamps_start(&stamps, &reading);
	seen.now = reading.after;
}

static void
turn_clock(void)
{
	struct tr_clock_reading reading;

	tr_clock_read(&reading);
	tr_stamps_turn(&stamps, &reading);
	seen.now = reading.after;
}

static void
read_all(tr_frame_fn *function, void *context)
{
	struct tr_error error;
	int count;

	do {
		turn_clock();
		count = tr_capture_batch(capture, BATCH, function, context,
		    &error);
		if (count < 0 && !options.patient)
			errx(1, "%s", error.text);
	} while (count > 0);
}

/* Until there is something to read, or this time. */
static void
wait_until(int64_t time, bool reading)
{
	const int64_t left = tr_time_later(time - tr_clock_monotonic(), 0);
	const struct timespec timeout = {
		.tv_sec = left / TR_SECOND,
		.tv_nsec = (long)(left % TR_SECOND),
	};
	struct pollfd ready = { .fd = tr_capture_descriptor(capture),
	    .events = POLLIN };

	(void)ppoll(&ready, reading ? 1 : 0, &timeout, NULL);
	if (reading && (ready.revents & POLLIN) != 0)
		read_all(take, NULL);
}

/* --- find -------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	const float *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static void
print_spread(const char *name, float *values, uint32_t count)
{
	if (count == 0)
		return;
	qsort(values, count, sizeof(*values), compare);
	printf("%s %.3f %.3f %.3f\n", name, values[count / 2],
	    values[(uint64_t)count * 99 / 100], values[0]);
}

static int64_t
processor_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * TR_SECOND + time.tv_nsec;
}

static void
report(int64_t used)
{
	struct tr_capture_counts counts;

	tr_capture_counts(capture, &counts);
	printf("sent %u\nfound %u\nwrong %u\ntwice %u\nstrange %u\n",
	    seen.departed, seen.found, seen.wrong, seen.twice, seen.strange);
	printf("received %lu\ndropped %lu\ninterface_dropped %lu\n",
	    counts.received, counts.dropped, counts.interface_dropped);
	printf("way %s\n", tr_sender_is_link(sender, options.v4 ? 4 : 6) ?
	    "link" : "raw");
	printf("processor_ns %.0f\n", (double)used / options.count);
	print_spread("wait_ms", waits, seen.found);
	print_spread("trip_us", trips, seen.found);
}

/* Send all by the pace; with a stall, half of it is not read meanwhile. */
static void
send_all(bool reading)
{
	int64_t stalled_until = 0;
	struct tr_pace pace;
	uint32_t next = 0;

	if (tr_pace_start(&pace, (uint64_t)(options.rate * 1000),
	    tr_clock_monotonic()) != TR_OK)
		errx(2, "no such rate: %g", options.rate);
	while (next < options.count || seen.departed < next) {
		const int64_t now = tr_clock_monotonic();
		uint32_t due = tr_pace_due(&pace, now);

		if (due > options.count - next)
			due = options.count - next;
		due = send_some(next, due);
		next += due;
		tr_pace_sent(&pace, due, now);
		if (options.stall > 0 && stalled_until == 0 &&
		    next >= options.count / 2)
			stalled_until = now + options.stall * TR_MILLISECOND;
		wait_until(tr_pace_next(&pace), reading &&
		    now >= stalled_until);
	}
	while (tr_clock_monotonic() < stalled_until)
		wait_until(stalled_until, false);
}

static void
find(void)
{
	int64_t used, end;

	start_clock();
	used = processor_time();
	send_all(true);
	end = tr_clock_monotonic() + PATIENCE;
	while (seen.found < options.count && tr_clock_monotonic() < end)
		wait_until(end, true);
	report(processor_time() - used);
}

/* --- cost -------------------------------------------------------------- */

static uint64_t bytes_seen;		/* so that frames are looked at */

static void
look(void *context, const struct tr_frame *frame)
{
	uint32_t *count = context;

	++*count;
	bytes_seen += frame->size + frame->data[0];
}

static void
decode(void *context, const struct tr_frame *frame)
{
	uint32_t *count = context;
	struct tr_packet packet;

	++*count;
	if (tr_packet_decode(frame->link, frame->data, frame->size,
	    &packet) == TR_OK)
		bytes_seen += packet.ip.ttl;
}

static void
read_by_next(uint32_t *count)
{
	struct tr_frame frame;
	struct tr_error error;

	while (tr_capture_next(capture, &frame, &error) == 1)
		look(count, &frame);
}

enum way { BY_BATCH, BY_NEXT, DECODED, WAYS };

/* The ns for a frame, of one ring full. */
static float
cost_of(enum way way)
{
	const struct timespec settle = {
		.tv_nsec = (options.hand_over + 100) * TR_MILLISECOND,
	};
	uint32_t count = 0;
	int64_t used;

	seen.departed = 0;
	send_all(false);
	nanosleep(&settle, NULL);
	used = processor_time();
	if (way == BY_NEXT)
		read_by_next(&count);
	else
		read_all(way == DECODED ? decode : look, &count);
	used = processor_time() - used;
	if (count < options.count)
		warnx("only %u of %u frames came", count, options.count);
	return (float)used / (float)(count > 0 ? count : 1);
}

static void
measure_cost(void)
{
	static const char *const names[WAYS] = { "batch", "next", "decoded" };
	float *costs[WAYS];

	start_clock();
	for (int i = 0; i < WAYS; i++)
		costs[i] = calloc((size_t)options.times, sizeof(float));
	/* Once for nothing: the ring's pages are ours only when read. */
	(void)cost_of(BY_BATCH);
	for (int i = 0; i < options.times; i++)
		for (int way = 0; way < WAYS; way++)
			costs[way][i] = cost_of((enum way)way);
	for (int i = 0; i < WAYS; i++) {
		qsort(costs[i], (size_t)options.times, sizeof(float),
		    compare);
		printf("%-8s %6.1f ns for a frame, %6.1f the least\n",
		    names[i], costs[i][options.times / 2], costs[i][0]);
		free(costs[i]);
	}
}

/* --- options ----------------------------------------------------------- */

static void
read_options(int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "46IRTm:n:r:s:t:w")) != -1)
		switch (option) {
		case '4':
			options.v4 = true;
			break;
		case '6':
			options.v6 = true;
			break;
		case 'I':
			spec.protocol = TR_PROTOCOL_ICMP;
			break;
		case 'R':
			options.raw = true;
			break;
		case 'T':
			spec.protocol = TR_PROTOCOL_TCP;
			spec.destination_port = 80;
			break;
		case 'm':
			options.ring = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			options.count = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			options.rate = strtod(optarg, NULL);
			break;
		case 's':
			options.stall = (int)strtol(optarg, NULL, 10);
			break;
		case 't':
			options.times = (int)strtol(optarg, NULL, 10);
			break;
		case 'w':
			options.patient = true;
			break;
		default:
			exit(2);
		}
	if (!options.v6)
		options.v4 = true;
	if (options.count == 0 || options.times < 1)
		errx(2, "COUNT and TIMES are 1 or more");
}

int
main(int argc, char *argv[])
{
	const bool is_cost = argc >= 2 && strcmp(argv[1], "cost") == 0;

	if (argc < 2 || (!is_cost && strcmp(argv[1], "find") != 0))
		errx(2, "usage: listen find [-46IRTw] [-n COUNT] [-r RATE] "
		    "[-m MB] [-s MS] | cost [-n COUNT] [-r RATE] [-m MB] "
		    "[-t TIMES]");
	if (is_cost) {
		options.ring = 64;
		options.hand_over = 500;
		options.count = 50000;
	}
	read_options(argc - 1, argv + 1);
	departures = calloc(options.count, sizeof(*departures));
	answers = calloc(options.count, sizeof(*answers));
	waits = calloc(options.count, sizeof(*waits));
	trips = calloc(options.count, sizeof(*trips));
	if (departures == NULL || answers == NULL || waits == NULL ||
	    trips == NULL)
		err(1, "memory");
	open_all();
	if (is_cost)
		measure_cost();
	else
		find();
	tr_capture_close(capture);
	tr_sender_close(sender);
	free(departures);
	free(answers);
	free(waits);
	free(trips);
	return 0;
}
