#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/time.h"
#include "frames.h"
#include "packet/wire.h"

static void
put8(struct frame *frame, uint8_t value)
{
	assert_true(frame->size < sizeof(frame->data));
	frame->data[frame->size++] = value;
}

static void
put16(struct frame *frame, uint16_t value)
{
	put8(frame, (uint8_t)(value >> 8));
	put8(frame, (uint8_t)value);
}

static void
put32(struct frame *frame, uint32_t value)
{
	put16(frame, (uint16_t)(value >> 16));
	put16(frame, (uint16_t)value);
}

static void
put_bytes(struct frame *frame, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put8(frame, bytes[i]);
}

static void
patch16(struct frame *frame, size_t at, size_t value)
{
	frame->data[at] = (uint8_t)(value >> 8);
	frame->data[at + 1] = (uint8_t)value;
}

static uint16_t
sum(const uint8_t *data, size_t size)
{
	uint32_t total = 0;

	for (size_t i = 0; i < size; i++)
		total += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
	while (total >> 16 != 0)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static bool
is_ipv6(const struct frame_ip *ip)
{
	return strchr(ip->src, ':') != NULL;
}

/* The lengths are filled in by finish(). */
static void
start(struct frame *frame, const struct frame_ip *ip, uint8_t protocol)
{
	const struct tr_address src = address_of(ip->src);
	const struct tr_address dst = address_of(ip->dst);

	frame->size = 0;
	if (is_ipv6(ip)) {
		put32(frame, UINT32_C(6) << 28 | (uint32_t)ip->tos << 20 |
		    ip->flow_label);
		put16(frame, 0);
		put8(frame, protocol);
		put8(frame, ip->ttl);
	} else {
		put8(frame, 0x45);
		put8(frame, ip->tos);
		put16(frame, 0);
		put16(frame, ip->id);
		put16(frame, 0);
		put8(frame, ip->ttl);
		put8(frame, protocol);
		put16(frame, 0);
	}
	put_bytes(frame, src.bytes, tr_address_size(&src));
	put_bytes(frame, dst.bytes, tr_address_size(&dst));
}

static void
finish(struct frame *frame)
{
	if (frame->data[0] >> 4 == 6) {
		patch16(frame, 4, frame->size - TR_IPV6_HEADER);
		return;
	}
	patch16(frame, 2, frame->size);
	patch16(frame, 10, sum(frame->data, TR_IPV4_HEADER));
}

void
frame_udp(struct frame *frame, const struct frame_ip *ip,
    uint16_t source_port, uint16_t destination_port, uint16_t checksum,
    size_t payload)
{
	start(frame, ip, TR_IPPROTO_UDP);
	put16(frame, source_port);
	put16(frame, destination_port);
	put16(frame, (uint16_t)(TR_UDP_HEADER + payload));
	put16(frame, checksum);
	while (payload-- > 0)
		put8(frame, 0);
	finish(frame);
}

void
frame_tcp(struct frame *frame, const struct frame_ip *ip,
    const struct frame_tcp *tcp)
{
	start(frame, ip, TR_IPPROTO_TCP);
	put16(frame, tcp->source_port);
	put16(frame, tcp->destination_port);
	put32(frame, tcp->sequence);
	put32(frame, tcp->acknowledgement);
	put8(frame, 0x50);
	put8(frame, tcp->flags);
	put16(frame, 5840);
	put32(frame, 0);
	finish(frame);
}

void
frame_echo(struct frame *frame, const struct frame_ip *ip, bool reply,
    uint16_t id, uint16_t sequence)
{
	const bool ipv6 = is_ipv6(ip);

	start(frame, ip, ipv6 ? TR_IPPROTO_ICMP6 : TR_IPPROTO_ICMP);
	put8(frame, (uint8_t)(ipv6 ? TR_ICMP6_ECHO_REQUEST + reply :
	    reply ? TR_ICMP4_ECHO_REPLY : TR_ICMP4_ECHO_REQUEST));
	put8(frame, 0);
	put16(frame, 0x1234);
	put16(frame, id);
	put16(frame, sequence);
	finish(frame);
}

void
frame_error(struct frame *frame, const struct frame_ip *ip, uint8_t type,
    uint8_t code, uint32_t rest, const struct frame *quote, size_t quoted)
{
	start(frame, ip, is_ipv6(ip) ? TR_IPPROTO_ICMP6 : TR_IPPROTO_ICMP);
	put8(frame, type);
	put8(frame, code);
	put16(frame, 0);
	put32(frame, rest);
	put_bytes(frame, quote->data,
	    quoted < quote->size ? quoted : quote->size);
	finish(frame);
}

void
frame_extended(struct frame *frame, const struct frame_ip *ip, uint8_t type,
    uint8_t code, const struct frame *quote, const uint8_t *objects,
    size_t size)
{
	struct frame padded = *quote;
	size_t at;

	while (padded.size < 128)
		put8(&padded, 0);
	frame_error(frame, ip, type, code,
	    is_ipv6(ip) ? UINT32_C(16) << 24 : UINT32_C(32) << 16,
	    &padded, 128);
	at = frame->size;
	put32(frame, UINT32_C(2) << 28);
	put_bytes(frame, objects, size);
	patch16(frame, at + 2, sum(frame->data + at, frame->size - at));
	finish(frame);
}

/* --- paths -------------------------------------------------------------- */

struct tr_path *
frame_path(enum tr_protocol protocol, const char *src, const char *dst,
    uint16_t port)
{
	const bool icmp = protocol == TR_PROTOCOL_ICMP;
	struct tr_run run = {
		.known = true,
		.version = "0.1.0",
		.one_flow = true,
		.flow = {
			.protocol = protocol,
			.src = address_of(src),
			.dst = address_of(dst),
			.source_port = icmp ? 0 : 40000,
			.destination_port = icmp ? 0 : port,
			.icmp_id = icmp ? 77 : 0,
			.tcp_flags = protocol == TR_PROTOCOL_TCP ?
			    TR_TCP_SYN : 0,
			.size = strchr(src, ':') != NULL ? 80 : 60,
		},
		.trace = {
			.first_ttl = 1,
			.max_ttl = 30,
			.queries = 3,
			.probes_at_once = 16,
			.wait_max = 5 * TR_SECOND,
			.wait_here = 3,
			.wait_near = 10,
		},
		.start = 1700000000 * TR_SECOND,
	};
	struct tr_path *path = tr_path_new(&run);

	assert_non_null(path);
	return path;
}

static void
apply(struct tr_path *path, const struct tr_record *record)
{
	assert_int_equal(TR_OK, tr_path_apply(path, record));
}

static void
decode(const struct frame *frame, struct tr_packet *packet)
{
	assert_int_equal(TR_OK, tr_packet_decode(TR_LINK_RAW, frame->data,
	    frame->size, packet));
}

uint32_t
frame_probe(struct tr_path *path, const struct frame *frame, uint8_t ttl,
    int64_t sent)
{
	struct tr_packet packet;
	struct tr_identity identity;
	struct tr_record record = {
		.type = TR_RECORD_PROBE,
		.probe = path->probe_count,
		.ttl = ttl,
		.identity = &identity,
		.stamp = sent,
	};

	decode(frame, &packet);
	assert_true(tr_packet_is_probe(&packet));
	tr_identity_of(&packet.ip, &packet.transport, &identity);
	apply(path, &record);
	if (sent != TR_TIME_NONE) {
		record.type = TR_RECORD_DEPARTED;
		apply(path, &record);
	}
	return record.probe;
}

void
frame_failed(struct tr_path *path, uint32_t probe, int error)
{
	apply(path, &(struct tr_record){ .type = TR_RECORD_FAILED,
	    .probe = probe, .error = error });
}

void
frame_reply(struct tr_path *path, uint32_t probe, const struct frame *frame,
    int64_t received, bool late)
{
	struct tr_packet packet;
	struct tr_record record = {
		.type = TR_RECORD_REPLY,
		.probe = probe,
		.stamp = received,
		.packet = &packet,
		.match = { .probe = probe, .tier = TR_TIER_EXACT },
		.late = late,
	};

	decode(frame, &packet);
	assert_true(tr_packet_is_reply(&packet));
	record.verdict = tr_verdict_of(path->run.flow.protocol, &packet);
	apply(path, &record);
}

void
frame_end(struct tr_path *path, enum tr_stop stop)
{
	apply(path, &(struct tr_record){ .type = TR_RECORD_END,
	    .stop = stop });
	tr_path_conclude(path);
}

struct tr_annotation *
frame_known(struct tr_path *path, const char *address)
{
	const struct tr_address of = address_of(address);
	struct tr_annotation *annotation;

	if (path->annotations == NULL)
		path->annotations = tr_annotations_new();
	assert_non_null(path->annotations);
	annotation = tr_annotations_at(path->annotations, &of);
	assert_non_null(annotation);
	return annotation;
}

struct tr_annotation *
frame_named(struct tr_path *path, const char *address, const char *name)
{
	struct tr_annotation *annotation = frame_known(path, address);

	annotation->name_lookup = TR_LOOKUP_FOUND;
	tr_annotation_set(annotation->name, sizeof(annotation->name), name);
	return annotation;
}
