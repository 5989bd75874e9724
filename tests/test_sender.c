/*
 * The sender of a survey over a burst that the test writes: it is linked in
 * the place of io/burst.c.
 */
#include "support.h"

#include <errno.h>
#include <unistd.h>

#include "base/random.h"
#include "base/time.h"
#include "io/sender.h"
#include "packet/reply.h"
#include "packet/wire.h"

#define SERIALS	4096

struct tr_burst {
	struct tr_burst_counts counts;
	struct tr_burst_config config;
};

/* What the network does: so many packets are taken, then this errno comes. */
static struct {
	uint32_t takes;			/* UINT32_MAX: all */
	int	 reason;
	bool	 once;			/* only for one packet */
	uint32_t calls;
	int64_t	 now;
	unsigned opened, closed, doubts;
	uint8_t	 last[1500];		/* packet that was taken */
	size_t	 last_size;
} network;

static struct {
	unsigned left[SERIALS];		/* packets on the wire, by serial */
	unsigned departed[SERIALS];
	unsigned failed[SERIALS];
	int	 reason[SERIALS];
	int64_t	 when[SERIALS];
	bool	 raw[SERIALS];
	bool	 bound[SERIALS];	/* to a device */
	uint32_t order[SERIALS];
	uint32_t count;			/* of order */
} seen;

struct tr_burst *
tr_burst_open(const struct tr_burst_config *config, struct tr_error *error)
{
	struct tr_burst *burst = calloc(1, sizeof(*burst));

	(void)error;
	assert_non_null(burst);
	burst->config = *config;
	network.opened++;
	return burst;
}

void
tr_burst_close(struct tr_burst *burst)
{
	if (burst != NULL)
		network.closed++;
	free(burst);
}

bool
tr_burst_is_link(const struct tr_burst *burst)
{
	return !burst->config.raw;
}

int
tr_burst_tend(struct tr_burst *burst, int64_t now, struct tr_error *error)
{
	(void)now;
	return burst->config.route.src.family == 4 ? TR_OK :
	    tr_fail(error, TR_ENOTFOUND, "nobody there");
}

void
tr_burst_doubt(struct tr_burst *burst)
{
	(void)burst;
	network.doubts++;
}

const struct tr_burst_counts *
tr_burst_counts(const struct tr_burst *burst)
{
	return &burst->counts;
}

/* The probe's serial: the test has it in the last bytes of the target. */
static uint32_t
serial_of(const struct tr_burst_packet *packet)
{
	struct tr_packet decoded;
	const uint8_t *end;

	assert_int_equal(tr_packet_decode(TR_LINK_RAW, packet->bytes,
	    packet->size, &decoded), TR_OK);
	end = decoded.ip.dst.bytes + tr_address_size(&decoded.ip.dst);
	return (uint32_t)end[-2] << 8 | end[-1];
}

uint32_t
tr_burst_send(struct tr_burst *burst, const struct tr_burst_packet *packets,
    uint32_t count, int64_t *departed, int *reason)
{
	uint32_t took = count;

	assert_in_range(count, 1, TR_BURST_MAX);
	network.calls++;
	*reason = 0;
	if (network.takes < count) {
		took = network.takes;
		*reason = network.reason;
		if (network.once)
			network.takes = UINT32_MAX;
	}
	for (uint32_t i = 0; i < took; i++) {
		const uint32_t serial = serial_of(&packets[i]);

		memcpy(network.last, packets[i].bytes, packets[i].size);
		network.last_size = packets[i].size;
		seen.left[serial]++;
		seen.raw[serial] = burst->config.raw &&
		    !tr_address_is_set(&burst->config.route.gateway);
		seen.bound[serial] = burst->config.route.interface[0] != '\0';
		seen.order[seen.count++ % SERIALS] = serial;
		departed[i] = network.now++;
	}
	burst->counts.sent += took;
	burst->counts.retried += took < count;
	return took;
}

/* --- what the sink is told ---------------------------------------------- */

static void
departed(void *context, uint64_t serial, int64_t sent)
{
	assert_ptr_equal(context, &seen);
	seen.departed[serial]++;
	seen.when[serial] = sent;
}

static void
failed(void *context, uint64_t serial, int64_t now, int system)
{
	assert_ptr_equal(context, &seen);
	assert_true(now > 0);
	seen.failed[serial]++;
	seen.reason[serial] = system;
}

static const struct tr_sender_sink sink = { departed, failed, &seen };

static const struct tr_route route4 = {
	.src = { 4, { 127, 0, 0, 1 } },
	.interface = "lo",
};
static const struct tr_route route6 = {
	.src = { 6, { [15] = 1 } },
	.interface = "lo",
};

static struct tr_sender_config
config_of(enum tr_protocol protocol)
{
	return (struct tr_sender_config){
		.v4 = &route4,
		.probe = { .protocol = protocol, .destination_port = 33434,
		    .icmp_id = 7, .icmp_checksum = 0xbeef, .token = 1,
		    .tcp_flags = TR_TCP_SYN },
	};
}

static bool
has_ipv6(void)
{
	struct tr_error error;
	uint16_t port = 0;
	const int fd = tr_port_reserve(TR_PROTOCOL_UDP, &route6.src, "lo",
	    &port, &error);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static struct tr_sender *
opened(const struct tr_sender_config *config)
{
	struct tr_error error = { .code = TR_OK };
	struct tr_sender *sender;

	memset(&network, 0, sizeof(network));
	memset(&seen, 0, sizeof(seen));
	network.takes = UINT32_MAX;
	network.now = TR_SECOND;
	sender = tr_sender_open(config, &sink, &error);
	if (sender == NULL)
		fail_msg("%s", error.text);
	return sender;
}

static struct tr_survey_probe
probe_of(uint32_t serial, uint8_t family)
{
	struct tr_survey_probe probe = {
		.serial = serial,
		.dst = { family, { 10 } },
		.ttl = (uint8_t)(1 + serial % 32),
		.identifier = (uint16_t)(1 + serial),
		.tcp_sequence = serial * 8,
	};
	uint8_t *end = probe.dst.bytes + tr_address_size(&probe.dst);

	end[-2] = (uint8_t)(serial >> 8);
	end[-1] = (uint8_t)serial;
	return probe;
}

static void
add(struct tr_sender *sender, uint32_t serial, uint8_t family)
{
	const struct tr_survey_probe probe = probe_of(serial, family);

	assert_int_equal(tr_sender_add(sender, &probe), TR_OK);
}

/* Each left once, and that was told; in order. */
static void
assert_all_left(uint32_t count)
{
	assert_int_equal(seen.count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(seen.left[i], 1);
		assert_int_equal(seen.departed[i], 1);
		assert_int_equal(seen.failed[i], 0);
		assert_int_equal(seen.order[i], i);
		assert_int_equal(seen.when[i], TR_SECOND + i);
	}
}

/* --- tests -------------------------------------------------------------- */

/* What the builder makes of a probe of this sender. */
static int
build(const struct tr_sender_config *config, const struct tr_sender *sender,
    const struct tr_survey_probe *probe, uint8_t *out, size_t size)
{
	struct tr_builder *builder = tr_builder_new();
	struct tr_probe_spec spec = config->probe;
	int built;

	spec.src = probe->dst.family == 4 ? route4.src : route6.src;
	spec.dst = probe->dst;
	spec.ttl = probe->ttl;
	spec.identifier = probe->identifier;
	spec.tcp_sequence = probe->tcp_sequence;
	spec.source_port = tr_sender_source_port(sender);
	if (probe->flow != 0) {
		spec.source_port = probe->source_port;
		spec.icmp_id = probe->icmp_id;
		spec.icmp_checksum = probe->icmp_checksum;
		spec.flow_label = probe->flow_label;
	}
	spec.size = tr_probe_size_default(probe->dst.family);
	built = tr_probe_build(builder, &spec, out, size);
	tr_builder_free(builder);
	return built;
}

static void
assert_built(const struct tr_sender_config *config, struct tr_sender *sender,
    const struct tr_survey_probe *probe)
{
	struct tr_error error;
	uint8_t built[128];
	const int size = build(config, sender, probe, built, sizeof(built));

	assert_int_equal(size, tr_probe_size_default(probe->dst.family));
	assert_int_equal(tr_sender_add(sender, probe), TR_OK);
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	assert_int_equal(network.last_size, size);
	assert_memory_equal(network.last, built, network.last_size);
}

/* Those of other flows too, and of its own after them. */
static void
packets_are_those_of_the_builder(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		const uint8_t family = i < 3 ? 4 : 6;
		struct tr_sender_config config =
		    config_of((enum tr_protocol)(i % 3));
		struct tr_survey_probe probe = probe_of(300, family);
		struct tr_sender *sender;

		if (family == 6 && !has_ipv6())
			continue;
		config.v4 = family == 4 ? &route4 : NULL;
		config.v6 = family == 6 ? &route6 : NULL;
		config.probe.flow_label = 0x12345;
		config.probe.text = "hello";
		config.probe.text_size = config.probe.protocol ==
		    TR_PROTOCOL_TCP ? 0 : 5;
		sender = opened(&config);
		assert_int_equal(tr_sender_source_port(sender) == 0,
		    config.probe.protocol == TR_PROTOCOL_ICMP);
		assert_built(&config, sender, &probe);
		probe.flow = 3;
		probe.source_port = 50003;
		probe.icmp_id = 4711;
		probe.icmp_checksum = 0xbef2;
		probe.flow_label = 0xfffff;
		assert_built(&config, sender, &probe);
		probe.flow = 0;
		assert_built(&config, sender, &probe);
		tr_sender_close(sender);
	}
}

static void
nothing_to_send(void **state)
{
	const struct tr_sender_config config = config_of(TR_PROTOCOL_UDP);
	struct tr_sender *sender = opened(&config);
	struct tr_error error;

	(void)state;
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	assert_int_equal(network.calls, 0);
	assert_int_equal(tr_sender_room(sender), TR_BURST_MAX);
	assert_true(tr_sender_is_link(sender, 4));
	tr_sender_close(sender);
	assert_int_equal(network.closed, network.opened);
}

/* However a queue is full: nothing is lost, nothing twice, all in order. */
static void
full_queues_lose_nothing(void **state)
{
	static const int reasons[] = { ENOBUFS, EAGAIN, ENOMEM, EINTR };
	const struct tr_sender_config config = config_of(TR_PROTOCOL_TCP);
	struct tr_sender *sender = opened(&config);
	struct tr_sender_counts counts;
	struct tr_random random;
	struct tr_error error;
	uint32_t next = 0, waiting = 0;

	(void)state;
	tr_random_seed(&random, 1);
	while (next < SERIALS || waiting > 0) {
		uint32_t room = tr_sender_room(sender);
		int status;

		assert_int_equal(room, TR_BURST_MAX - waiting);
		room = tr_random_below(&random, room + 1);
		for (uint32_t i = 0; i < room && next < SERIALS; i++) {
			add(sender, next++, 4);
			waiting++;
		}
		network.takes = tr_random_below(&random, 80);
		network.reason = reasons[tr_random_below(&random, 4)];
		status = tr_sender_flush(sender, &error);
		waiting = network.takes >= waiting ? 0 :
		    waiting - network.takes;
		assert_int_equal(status, waiting);
	}
	assert_all_left(SERIALS);
	tr_sender_counts(sender, &counts);
	assert_int_equal(counts.sent, SERIALS);
	assert_int_equal(counts.failed, 0);
	assert_true(counts.retried > 0);
	tr_sender_close(sender);
}

/* A probe that is refused is told, and those behind it go. */
static void
refusals_are_told_one_by_one(void **state)
{
	const struct tr_sender_config config = config_of(TR_PROTOCOL_UDP);
	struct tr_sender *sender = opened(&config);
	struct tr_sender_counts counts;
	struct tr_error error;

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		add(sender, i, 4);
	network.takes = 7;
	network.reason = EHOSTUNREACH;
	network.once = true;
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(seen.left[i], i != 7);
		assert_int_equal(seen.departed[i], i != 7);
		assert_int_equal(seen.failed[i], i == 7);
	}
	assert_int_equal(seen.reason[7], EHOSTUNREACH);

	/* All of them. */
	for (uint32_t i = 100; i < 110; i++)
		add(sender, i, 4);
	network.takes = 0;
	network.reason = EMSGSIZE;
	network.once = false;
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	for (uint32_t i = 100; i < 110; i++) {
		assert_int_equal(seen.left[i], 0);
		assert_int_equal(seen.failed[i], 1);
		assert_int_equal(seen.reason[i], EMSGSIZE);
	}
	tr_sender_counts(sender, &counts);
	assert_int_equal(counts.sent, 19);
	assert_int_equal(counts.failed, 11);
	tr_sender_close(sender);
}

/* A device that is down is no target's fault. */
static void
a_device_that_is_down(void **state)
{
	const struct tr_sender_config config = config_of(TR_PROTOCOL_UDP);
	struct tr_sender *sender = opened(&config);
	struct tr_error error;

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		add(sender, i, 4);
	network.takes = 3;
	network.reason = ENETDOWN;
	assert_int_equal(tr_sender_flush(sender, &error), TR_ESYSTEM);
	assert_int_equal(error.system, ENETDOWN);
	assert_string_equal(error.text, "cannot send IPv4 by lo: "
	    "Network is down");
	assert_int_equal(tr_sender_room(sender), TR_BURST_MAX - 7);
	network.takes = UINT32_MAX;
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	assert_all_left(10);
	tr_sender_close(sender);
}

/*
 * Ten in a row that are refused are told; those behind them wait, and another
 * of them is tried each time, until one is taken.
 */
static void
nothing_is_let_out(void **state)
{
	const struct tr_sender_config config = config_of(TR_PROTOCOL_UDP);
	struct tr_sender *sender = opened(&config);
	struct tr_error error;

	(void)state;
	for (uint32_t i = 0; i < 15; i++)
		add(sender, i, 4);
	network.takes = 0;
	network.reason = ENETUNREACH;
	for (uint32_t tries = 0; tries < 7; tries++) {
		network.calls = 0;
		assert_int_equal(tr_sender_flush(sender, &error), TR_ESYSTEM);
		assert_int_equal(network.calls, tries == 0 ? 11 : 1);
		assert_int_equal(tr_sender_room(sender), TR_BURST_MAX - 5);
	}
	assert_int_equal(error.system, ENETUNREACH);
	assert_string_equal(error.text, "cannot send IPv4 by lo: "
	    "Network is unreachable");
	network.takes = UINT32_MAX;
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	for (uint32_t i = 0; i < 15; i++) {
		assert_int_equal(seen.failed[i], i < 10);
		assert_int_equal(seen.left[i], i >= 10);
	}
	/* Seven tries of five: the third is first. */
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(seen.order[i], 10 + (2 + i) % 5);

	/* Now they are told again. */
	add(sender, 20, 4);
	network.takes = 0;
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	assert_int_equal(seen.failed[20], 1);
	tr_sender_close(sender);
}

static void
what_waits_is_forgotten(void **state)
{
	const struct tr_sender_config config = config_of(TR_PROTOCOL_UDP);
	struct tr_sender *sender = opened(&config);
	struct tr_error error;

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		add(sender, i, 4);
	tr_sender_clear(sender);
	assert_int_equal(tr_sender_room(sender), TR_BURST_MAX);
	add(sender, 10, 4);
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	for (uint32_t i = 0; i <= 10; i++) {
		assert_int_equal(seen.left[i], i == 10);
		assert_int_equal(seen.failed[i], 0);
	}
	tr_sender_close(sender);
}

static void
two_families(void **state)
{
	struct tr_sender_config config = config_of(TR_PROTOCOL_ICMP);
	struct tr_sender *sender;
	struct tr_error error;

	(void)state;
	config.v6 = &route6;
	sender = opened(&config);
	for (uint32_t i = 0; i < TR_BURST_MAX; i++)
		add(sender, i, i % 4 == 0 ? 4 : 6);
	assert_int_equal(tr_sender_room(sender), TR_BURST_MAX -
	    TR_BURST_MAX / 4 * 3);
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	for (uint32_t i = 0; i < TR_BURST_MAX; i++)
		assert_int_equal(seen.departed[i], 1);
	assert_int_equal(network.opened, 2);
	assert_int_equal(tr_sender_tend(sender, 0, &error), TR_ENOTFOUND);
	assert_string_equal(error.text, "nobody there");
	tr_sender_doubt(sender);
	assert_int_equal(network.doubts, 2);
	tr_sender_close(sender);
	assert_int_equal(network.closed, 2);
}

static void
what_cannot_be_added(void **state)
{
	const struct tr_sender_config config = config_of(TR_PROTOCOL_UDP);
	struct tr_sender *sender = opened(&config);
	struct tr_survey_probe probe = probe_of(1, 6);
	struct tr_error error;

	(void)state;
	assert_int_equal(tr_sender_add(sender, &probe), TR_EUNSUPPORTED);
	probe = probe_of(1, 4);
	probe.ttl = 0;
	assert_int_equal(tr_sender_add(sender, &probe), TR_ERANGE);
	probe = probe_of(1, 4);
	probe.identifier = 0xffff;
	assert_int_equal(tr_sender_add(sender, &probe), TR_ERANGE);
	assert_int_equal(tr_sender_room(sender), TR_BURST_MAX);
	for (uint32_t i = 0; i < TR_BURST_MAX; i++)
		add(sender, i, 4);
	probe = probe_of(TR_BURST_MAX, 4);
	assert_int_equal(tr_sender_add(sender, &probe), TR_ENOMEM);
	assert_int_equal(tr_sender_flush(sender, &error), 0);
	assert_all_left(TR_BURST_MAX);
	tr_sender_close(sender);
}

/* The port is reserved in both families, and free again at the end. */
static void
the_port_is_reserved(void **state)
{
	struct tr_sender_config config = config_of(TR_PROTOCOL_UDP);
	struct tr_error error = { .code = TR_OK };
	struct tr_sender *sender;
	uint16_t port;
	int fd;

	(void)state;
	if (!has_ipv6())
		return;		/* there is nothing to try it with */
	config.v6 = &route6;
	sender = opened(&config);
	port = tr_sender_source_port(sender);
	assert_int_not_equal(port, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(tr_port_reserve(TR_PROTOCOL_UDP, i == 0 ?
		    &route4.src : &route6.src, "lo", &port, &error),
		    TR_ESYSTEM);

	/* One that is wanted, and taken: it is told. */
	config.probe.source_port = port;
	assert_null(tr_sender_open(&config, &sink, &error));
	assert_int_equal(error.code, TR_ESYSTEM);
	assert_int_equal(error.system, EADDRINUSE);

	tr_sender_close(sender);
	fd = tr_port_reserve(TR_PROTOCOL_UDP, &route6.src, "lo", &port,
	    &error);
	assert_true(fd >= 0);
	close(fd);
}

static void
what_cannot_be_opened(void **state)
{
	struct tr_sender_config config = config_of(TR_PROTOCOL_UDP);
	struct tr_error error = { .code = TR_OK };

	(void)state;
	config.probe.size = 20;
	assert_null(tr_sender_open(&config, &sink, &error));
	assert_int_equal(error.code, TR_ERANGE);
	assert_string_equal(error.text,
	    "cannot build UDP probes of 20 bytes for IPv4");
	config.v4 = NULL;
	assert_null(tr_sender_open(&config, &sink, &error));
	assert_int_equal(error.code, TR_ERANGE);
}

/* What is elsewhere goes by a raw socket, and by any device unless bound. */
static void
what_is_elsewhere(void **state)
{
	struct tr_elsewhere elsewhere = { .families[0].width = 0 };
	const uint8_t first[4] = { 10, 0, 1, 0 }, last[4] = { 10, 0, 1, 255 };
	struct tr_sender_config config = config_of(TR_PROTOCOL_UDP);
	struct tr_error error;

	(void)state;
	tr_ranges_init(&elsewhere.families[0], 4);
	assert_int_equal(tr_ranges_add(&elsewhere.families[0],
	    (struct tr_range){ tr_wide_of(first, 4), tr_wide_of(last, 4) }),
	    TR_OK);
	assert_int_equal(tr_ranges_settle(&elsewhere.families[0]), TR_OK);
	config.elsewhere = &elsewhere;
	for (int bound = 0; bound < 2; bound++) {
		struct tr_sender *sender;

		config.bound = bound == 1;
		sender = opened(&config);
		assert_int_equal(network.opened, 2);
		for (uint32_t i = 0; i < 32; i++)
			add(sender, 240 + i, 4);
		assert_int_equal(tr_sender_room(sender), TR_BURST_MAX - 16);
		assert_int_equal(tr_sender_flush(sender, &error), 0);
		for (uint32_t i = 240; i < 272; i++) {
			assert_int_equal(seen.left[i], 1);
			assert_int_equal(seen.departed[i], 1);
			assert_int_equal(seen.raw[i], i >= 256);
			assert_int_equal(seen.bound[i], i < 256 || bound);
		}
		tr_sender_close(sender);
		assert_int_equal(network.closed, 2);
	}
	tr_elsewhere_clear(&elsewhere);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_those_of_the_builder),
		cmocka_unit_test(nothing_to_send),
		cmocka_unit_test(full_queues_lose_nothing),
		cmocka_unit_test(refusals_are_told_one_by_one),
		cmocka_unit_test(a_device_that_is_down),
		cmocka_unit_test(nothing_is_let_out),
		cmocka_unit_test(what_waits_is_forgotten),
		cmocka_unit_test(two_families),
		cmocka_unit_test(what_is_elsewhere),
		cmocka_unit_test(what_cannot_be_added),
		cmocka_unit_test(the_port_is_reserved),
		cmocka_unit_test(what_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
