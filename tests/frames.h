/*
 * Packets for tests, built byte by byte with nothing of src/packet/probe.c,
 * and paths built from them by the records that the engine would write.
 */
#ifndef TR_TESTS_FRAMES_H
#define TR_TESTS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result/path.h"
#include "support.h"

/* A packet from its IP header on. */
struct frame {
	uint8_t	data[1024];
	size_t	size;
};

/* The IP header; IPv6 where src has a colon. */
struct frame_ip {
	const char *src;
	const char *dst;
	uint8_t	 ttl;
	uint8_t	 tos;
	uint16_t id;		/* IPv4 */
	uint32_t flow_label;	/* IPv6 */
};

struct frame_tcp {
	uint16_t source_port;
	uint16_t destination_port;
	uint32_t sequence;
	uint32_t acknowledgement;
	uint8_t	 flags;
};

/* UDP with a payload of zeros; checksum as given. */
void frame_udp(struct frame *frame, const struct frame_ip *ip,
    uint16_t source_port, uint16_t destination_port, uint16_t checksum,
    size_t payload);

void frame_tcp(struct frame *frame, const struct frame_ip *ip,
    const struct frame_tcp *tcp);

/* An echo request, or its reply. */
void frame_echo(struct frame *frame, const struct frame_ip *ip, bool reply,
    uint16_t id, uint16_t sequence);

/*
 * An ICMP error that quotes the first quoted bytes of a packet; rest is the
 * second word of its header (an MTU).
 */
void frame_error(struct frame *frame, const struct frame_ip *ip,
    uint8_t type, uint8_t code, uint32_t rest, const struct frame *quote,
    size_t quoted);

/* The same with the objects of an extension (RFC 4884) behind 128 bytes. */
void frame_extended(struct frame *frame, const struct frame_ip *ip,
    uint8_t type, uint8_t code, const struct frame *quote,
    const uint8_t *objects, size_t size);

/* A path to dst with the parameters of traceroute(8); ports 40000 to port. */
struct tr_path *frame_path(enum tr_protocol protocol, const char *src,
    const char *dst, uint16_t port);

/*
 * Records, as the engine would write them.  A probe with sent TR_TIME_NONE
 * was not captured as it left.  A reply is judged by tr_verdict_of().
 * frame_probe() returns the probe's number.
 */
uint32_t frame_probe(struct tr_path *path, const struct frame *frame,
    uint8_t ttl, int64_t sent);
void frame_failed(struct tr_path *path, uint32_t probe, int error);
void frame_reply(struct tr_path *path, uint32_t probe,
    const struct frame *frame, int64_t received, bool late);
void frame_end(struct tr_path *path, enum tr_stop stop);

/*
 * What is known of an address: its entry in the path's table, which is made
 * where there is none, and freed by the test.
 */
struct tr_annotation *frame_known(struct tr_path *path,
    const char *address);

/* The same, with a name that was found. */
struct tr_annotation *frame_named(struct tr_path *path, const char *address,
    const char *name);

#endif
