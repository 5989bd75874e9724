#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/time.h"
#include "packet/wire.h"
#include "scripted.h"

#define QUEUE_MAX 8192
#define FRAME_MAX 2048

struct event {
	int64_t	 at;
	unsigned order;		/* of making: equal times keep it */
	size_t	 size;
	uint8_t	*frame;		/* NULL: no frame, a wake-up */
};

struct world {
	struct scripted *script;
	struct tr_engine *engine;
	struct event events[QUEUE_MAX];
	size_t	 event_count;
	unsigned made;
	int64_t	 now;
	int64_t	 wake;
	bool	 done;
};

scripted_intruder_fn *scripted_intruder;

void
scripted_flow(struct tr_flow *flow, enum tr_protocol protocol, uint8_t family)
{
	*flow = (struct tr_flow){
		.protocol = protocol,
		.source_port = 40000,
		.destination_port = protocol == TR_PROTOCOL_TCP ? 443 : 33434,
		.icmp_id = 0x1234,
		.icmp_checksum = 0xbeef,
		.tcp_flags = TR_TCP_SYN,
		.flow_label = family == 6 ? 0xabcde : 0,
		.size = tr_probe_size_default(family),
	};
	assert_int_equal(0, tr_address_parse(family == 4 ? "10.0.0.1" :
	    "fd00::1", &flow->src));
	assert_int_equal(0, tr_address_parse(family == 4 ? "10.99.0.1" :
	    "fd00:99::1", &flow->dst));
}

void
scripted_config(struct tr_trace_config *config)
{
	*config = (struct tr_trace_config){
		.first_ttl = 1,
		.max_ttl = 30,
		.queries = 3,
		.probes_at_once = 16,
		.wait_max = 5 * TR_SECOND,
		.wait_here = 3,
		.wait_near = 10,
	};
}

void
scripted_chain(struct scripted *script, int length, int64_t total)
{
	memset(script, 0, sizeof(*script));
	script->length = length;
	for (int i = 1; i <= length; i++)
		script->hops[i].delay = total * i / length;
	script->hops[length].kind = HOP_HOST;
}

/* --- packets, by fixed offsets ------------------------------------------ */

static uint16_t
sum16(const uint8_t *data, size_t size, uint32_t sum)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	if (size % 2 != 0)
		sum += (uint32_t)data[size - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Write an IP header in front of payload_size bytes; returns its size. */
static size_t
put_ip(uint8_t *frame, bool ipv6, const uint8_t *src, const uint8_t *dst,
    uint8_t protocol, uint8_t ttl, size_t payload_size)
{
	memset(frame, 0, 40);
	if (ipv6) {
		frame[0] = 0x60;
		put16(frame + 4, (unsigned)payload_size);
		frame[6] = protocol;
		frame[7] = ttl;
		memcpy(frame + 8, src, 16);
		memcpy(frame + 24, dst, 16);
		return 40;
	}
	frame[0] = 0x45;
	put16(frame + 2, (unsigned)(payload_size + 20));
	frame[8] = ttl;
	frame[9] = protocol;
	memcpy(frame + 12, src, 4);
	memcpy(frame + 16, dst, 4);
	put16(frame + 10, sum16(frame, 20, 0));
	return 20;
}

/* The router of hop n: 10.0.n.1 or fd00:0:n::1. */
static void
router_address(bool ipv6, int hop, uint8_t *address)
{
	memset(address, 0, 16);
	if (ipv6) {
		address[0] = 0xfd;
		address[5] = (uint8_t)hop;
		address[15] = 1;
	} else {
		address[0] = 10;
		address[2] = (uint8_t)hop;
		address[3] = 1;
	}
}

size_t
scripted_error(const uint8_t *probe, size_t size, const uint8_t *from,
    int hop, uint8_t type, uint8_t code, bool translates, uint8_t *frame)
{
	const bool ipv6 = probe[0] >> 4 == 6;
	const size_t ip = ipv6 ? 40 : 20;
	uint8_t *icmp = frame + ip, *quote = icmp + 8;

	put_ip(frame, ipv6, from, probe + (ipv6 ? 8 : 12), ipv6 ? 58 : 1,
	    (uint8_t)(255 - hop + 1), size + 8);
	memset(icmp, 0, 8);
	icmp[0] = type;
	icmp[1] = code;
	memcpy(quote, probe, size);
	quote[ipv6 ? 7 : 8] = 1;	/* the TTL as it arrived */
	if (translates) {
		/* Another source and its checksum; ports and ID survive. */
		quote[ipv6 ? 8 : 12] ^= 0x55;
		quote[ip + 6] ^= 0x0f;
		quote[ip + 7] ^= 0xf0;
	}
	put16(icmp + 2, sum16(icmp, size + 8, 0));
	return ip + 8 + size;
}

size_t
scripted_echo_reply(const uint8_t *probe, size_t size, int hop,
    uint8_t *frame)
{
	const bool ipv6 = probe[0] >> 4 == 6;
	const size_t ip = ipv6 ? 40 : 20;

	put_ip(frame, ipv6, probe + (ipv6 ? 24 : 16), probe + (ipv6 ? 8 : 12),
	    ipv6 ? 58 : 1, (uint8_t)(64 - hop + 1), size - ip);
	memcpy(frame + ip, probe + ip, size - ip);
	frame[ip] = ipv6 ? 129 : 0;
	return size;
}

size_t
scripted_tcp(const uint8_t *probe, int hop, uint8_t flags, uint8_t *frame)
{
	const bool ipv6 = probe[0] >> 4 == 6;
	const size_t ip = ipv6 ? 40 : 20;
	const uint8_t *syn = probe + ip;
	uint8_t *tcp = frame + ip;
	uint32_t sequence = (uint32_t)syn[4] << 24 | (uint32_t)syn[5] << 16 |
	    (uint32_t)syn[6] << 8 | syn[7];

	put_ip(frame, ipv6, probe + (ipv6 ? 24 : 16), probe + (ipv6 ? 8 : 12),
	    6, (uint8_t)(64 - hop + 1), 20);
	memset(tcp, 0, 20);
	memcpy(tcp, syn + 2, 2);
	memcpy(tcp + 2, syn, 2);
	sequence++;
	put16(tcp + 8, sequence >> 16);
	put16(tcp + 10, sequence & 0xffff);
	tcp[12] = 0x50;
	tcp[13] = flags;
	return ip + 20;
}

/* Of IPv4; 4 bytes that have nothing of the probe's. */
static size_t
datagram(const uint8_t *probe, int hop, uint8_t *frame)
{
	const uint8_t *asked = probe + 20;
	uint8_t *udp = frame + 20;

	put_ip(frame, false, probe + 16, probe + 12, 17,
	    (uint8_t)(64 - hop + 1), 12);
	memcpy(udp, asked + 2, 2);
	memcpy(udp + 2, asked, 2);
	memcpy(udp + 4, "\0\x0c\0\0" "talk", 8);
	return 32;
}

static size_t
answer_as_host(const uint8_t *probe, size_t size, int hop, bool closed,
    uint8_t *frame)
{
	const bool ipv6 = probe[0] >> 4 == 6;
	const uint8_t protocol = probe[ipv6 ? 6 : 9];

	if (protocol == 17)
		return scripted_error(probe, size,
		    probe + (ipv6 ? 24 : 16), hop, ipv6 ? 1 : 3,
		    ipv6 ? 4 : 3, false, frame);
	if (protocol == 6)
		return scripted_tcp(probe, hop, closed ?
		    TR_TCP_RST | TR_TCP_ACK : TR_TCP_SYN | TR_TCP_ACK, frame);
	return scripted_echo_reply(probe, size, hop, frame);
}

/* --- the world ---------------------------------------------------------- */

static void
schedule(struct world *world, int64_t at, const uint8_t *frame, size_t size)
{
	struct event *event = &world->events[world->event_count++];

	assert_true(world->event_count < QUEUE_MAX);
	event->at = at;
	event->order = world->made++;
	event->size = size;
	event->frame = malloc(size);
	assert_non_null(event->frame);
	memcpy(event->frame, frame, size);
}

/* The hop at which a probe with this TTL ends, as the script has it. */
static int
hop_reached(const struct scripted *script, int ttl, bool tcp)
{
	for (int i = 1; i < ttl && i < script->length; i++)
		if (script->hops[i].kind == HOP_PROHIBITS ||
		    (script->hops[i].kind == HOP_RESETS && tcp))
			return i;
	return ttl < script->length ? ttl : script->length;
}

static size_t
make_answer(struct scripted *script, const uint8_t *probe, size_t size,
    int hop, uint8_t *frame)
{
	const bool ipv6 = probe[0] >> 4 == 6;
	const int ttl = probe[ipv6 ? 7 : 8];
	const struct scripted_hop *how = &script->hops[hop];
	uint8_t from[16];

	router_address(ipv6, hop, from);
	if (how->kind == HOP_SILENT)
		return 0;
	if (how->kind == HOP_HOST_TALKS && probe[9] == 17 && !ipv6)
		return datagram(probe, hop, frame);
	if (how->kind == HOP_HOST || how->kind == HOP_HOST_CLOSED)
		return answer_as_host(probe, size, hop,
		    how->kind == HOP_HOST_CLOSED, frame);
	if (ttl > hop && how->kind == HOP_PROHIBITS)
		return scripted_error(probe, size, from, hop, ipv6 ? 1 : 3,
		    ipv6 ? 1 : 13, false, frame);
	if (ttl > hop && how->kind == HOP_RESETS)
		return scripted_tcp(probe, hop, TR_TCP_RST | TR_TCP_ACK, frame);
	return scripted_error(probe, size, from, hop, ipv6 ? 3 : 11, 0,
	    how->translates, frame);
}

static void
answer(struct world *world, const uint8_t *probe, size_t size)
{
	struct scripted *script = world->script;
	const bool ipv6 = probe[0] >> 4 == 6;
	const int ttl = probe[ipv6 ? 7 : 8];
	const int hop = hop_reached(script, ttl, probe[ipv6 ? 6 : 9] == 6);
	const struct scripted_hop *how = &script->hops[hop];
	uint8_t frame[FRAME_MAX];
	int64_t delay = how->delay;
	size_t frame_size;

	script->sent_to[ttl]++;
	script->answered[hop]++;
	if (how->answers != 0 && script->answered[hop] > how->answers)
		return;
	if (how->slow_every != 0 &&
	    script->answered[hop] % how->slow_every == 0)
		delay += how->slow_by;
	frame_size = make_answer(script, probe, size, hop, frame);
	if (frame_size == 0)
		return;
	schedule(world, world->now + delay, frame, frame_size);
	if (how->twice)
		schedule(world, world->now + delay + 1000, frame, frame_size);
	if (scripted_intruder != NULL) {
		frame_size = 0;
		scripted_intruder(probe, size, frame, &frame_size);
		if (frame_size > 0)
			schedule(world, world->now + 1, frame, frame_size);
	}
}

static void
take_send(struct world *world, const struct tr_action *action)
{
	struct scripted *script = world->script;
	struct tr_event event = {
		.type = TR_EVENT_FAILED,
		.now = world->now,
		.probe = action->probe,
	};

	if (script->full_queue > 0) {
		script->full_queue--;
		event.error = ENOBUFS;
		event.retry = true;
		tr_engine_feed(world->engine, &event);
		return;
	}
	if (script->send_error != 0) {
		event.error = script->send_error;
		tr_engine_feed(world->engine, &event);
		return;
	}
	script->sent++;
	if (script->changes_at != 0 && world->now >= script->changes_at) {
		script->changes_at = 0;
		script->change(script);
	}
	if (!script->hide_departures)
		schedule(world, world->now, action->packet, action->size);
	answer(world, action->packet, action->size);
}

static void
take_actions(struct world *world)
{
	struct scripted *script = world->script;
	struct tr_action action;

	world->wake = TR_TIME_NEVER;
	while (tr_engine_next(world->engine, &action)) {
		assert_false(world->done);
		switch (action.type) {
		case TR_ACTION_SEND:
			take_send(world, &action);
			break;
		case TR_ACTION_WAKE:
			world->wake = action.wake;
			break;
		case TR_ACTION_EMIT:
			assert_int_equal(TR_OK, tr_path_apply(script->path,
			    action.record));
			if (action.record->type != TR_RECORD_HOP)
				break;
			script->hops_told++;
			if (script->first_hop_at == 0)
				script->first_hop_at = world->now;
			break;
		case TR_ACTION_DONE:
			world->done = true;
			break;
		}
	}
}

static size_t
earliest(const struct world *world)
{
	size_t best = 0;

	for (size_t i = 1; i < world->event_count; i++)
		if (world->events[i].at < world->events[best].at ||
		    (world->events[i].at == world->events[best].at &&
		    world->events[i].order < world->events[best].order))
			best = i;
	return best;
}

/* The next thing that happens: a frame, the timer, or the user. */
static void
turn(struct world *world, int64_t *stop_at)
{
	struct tr_event event = { .type = TR_EVENT_TIMER };
	uint8_t *frame = NULL;
	const size_t next = earliest(world);
	const int64_t frame_at = world->event_count > 0 ?
	    world->events[next].at : TR_TIME_NEVER;

	if (*stop_at <= frame_at && *stop_at <= world->wake) {
		world->now = *stop_at;
		*stop_at = TR_TIME_NEVER;
		event.type = TR_EVENT_STOP;
	} else if (frame_at <= world->wake) {
		assert_int_not_equal(TR_TIME_NEVER, frame_at);
		world->now = frame_at;
		frame = world->events[next].frame;
		event.type = TR_EVENT_FRAME;
		event.link = TR_LINK_RAW;
		event.frame = frame;
		event.size = world->events[next].size;
		event.stamp = world->now;
		world->events[next] = world->events[--world->event_count];
	} else
		world->now = world->wake;
	event.now = world->now;
	tr_engine_feed(world->engine, &event);
	take_actions(world);
	free(frame);
}

/* Drive the strategy through the network until it is done. */
static struct tr_path *
run(struct scripted *script, const struct tr_run *config,
    const struct tr_engine_config *engine_config, int64_t stop_at)
{
	struct tr_event event = { .type = TR_EVENT_START };
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(engine_config->strategy_state);
	assert_non_null(world);
	world->script = script;
	world->engine = tr_engine_new(engine_config);
	assert_non_null(world->engine);
	script->path = tr_path_new(config);
	assert_non_null(script->path);

	tr_engine_feed(world->engine, &event);
	take_actions(world);
	while (!world->done)
		turn(world, &stop_at);
	script->ended_at = world->now;
	tr_path_conclude(script->path);

	for (size_t i = 0; i < world->event_count; i++)
		free(world->events[i].frame);
	tr_engine_free(world->engine);
	free(world);
	return script->path;
}

struct tr_path *
scripted_trace(struct scripted *script, const struct tr_flow *flow,
    const struct tr_trace_config *config, int64_t stop_at)
{
	struct tr_trace *trace = tr_trace_new(config);
	const struct tr_run run_config = {
		.known = true,
		.flow = *flow,
		.one_flow = !flow->classic,
		.trace = *config,
	};
	const struct tr_engine_config engine_config = {
		.flow = *flow,
		.seed = 42,
		.probes_max = tr_trace_probes_max(config),
		.strategy = &tr_trace_strategy,
		.strategy_state = trace,
	};
	struct tr_path *path;

	path = run(script, &run_config, &engine_config, stop_at);
	tr_trace_free(trace);
	return path;
}

struct tr_path *
scripted_rounds(struct scripted *script, const struct tr_flow *flow,
    const struct tr_trace_config *config,
    const struct tr_rounds_config *rounds_config, int64_t stop_at)
{
	struct tr_rounds *rounds = tr_rounds_new(config, rounds_config);
	const struct tr_run run_config = {
		.known = true,
		.flow = *flow,
		.one_flow = true,
		.trace = *config,
		.rounds = *rounds_config,
	};
	const struct tr_engine_config engine_config = {
		.flow = *flow,
		.seed = 42,
		.window = tr_run_window(&run_config),
		.probes_max = tr_rounds_probes_max(config, rounds_config),
		.strategy = &tr_rounds_strategy,
		.strategy_state = rounds,
	};
	struct tr_path *path;

	path = run(script, &run_config, &engine_config, stop_at);
	tr_rounds_free(rounds);
	return path;
}
