/*
 * The simulated network for unit tests: a topology written in the test, probes
 * with right checksums, made with nothing of src/, and what comes back.
 */
#ifndef TR_TESTS_SIMULATED_H
#define TR_TESTS_SIMULATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "sim/network.h"
#include "sim/topology_file.h"

struct simulated {
	struct tr_topology *topology;
	struct tr_network *network;
	uint32_t prober;
};

/* Fails the test where the text is no topology. */
void simulated_open(struct simulated *simulated, const char *text);
void simulated_close(struct simulated *simulated);

/* A chain with one router whose properties the test gives. */
#define CHAIN(properties)						\
	"prober me 10.0.0.1 fd00::1\n"					\
	"router r1 10.0.1.1 fd00:1::1\n" properties			\
	"router r2 10.0.2.1 fd00:2::1\n"				\
	"host target 10.99.0.1 fd00:99::1\n"				\
	"links delay 1ms\n"						\
	"link me r1\nlink r1 r2\nlink r2 target\n"

/* A probe; what is 0 gets a usual value, but for tos. */
struct probe {
	uint8_t	 protocol;		/* 17 (the default), 6, 1 (echo) */
	const char *src;		/* 10.0.0.1 */
	const char *dst;		/* 10.99.0.1; IPv6 where it has a : */
	uint8_t	 ttl;			/* 64 */
	uint8_t	 tos;
	uint16_t source_port;		/* 40000; the echo id */
	uint16_t destination_port;	/* 33434; the echo sequence */
	uint32_t label;
	uint8_t	 tcp_flags;		/* SYN */
	uint32_t tcp_sequence;		/* 1000 */
	uint32_t tcp_acknowledgement;
	uint16_t payload;		/* bytes of it; 32 */
	uint16_t id;			/* 1 */
	bool	 dont_fragment;
	uint16_t wrong_checksum;	/* added to the transport's */
};

#define PACKET_MAX 4096

struct packet {
	uint8_t	 bytes[PACKET_MAX];
	size_t	 size;
	int64_t	 at;
};

void probe_make(const struct probe *probe, struct packet *packet);

/* Send it at a time; returns what tr_network_send() does. */
int simulated_send(struct simulated *simulated, const struct probe *probe,
    int64_t now);

/* The next packet for the prober, by until; false where there is none. */
bool simulated_next(struct simulated *simulated, int64_t until,
    struct packet *packet);

/* Send at a time and take the first answer; false where there is none. */
bool simulated_ask(struct simulated *simulated, const struct probe *probe,
    int64_t now, struct packet *answer);

/* Fields of a packet, by fixed offsets. */
unsigned packet_u16(const struct packet *packet, size_t at);
bool packet_is_from(const struct packet *packet, const char *address);
uint8_t packet_ttl(const struct packet *packet);
/* ICMP type and code as one number: 0x0b00 is time exceeded. */
unsigned packet_icmp(const struct packet *packet);
#define EXCEEDED4	0x0b00
#define EXCEEDED6	0x0300
#define PORT_CLOSED4	0x0303
#define PORT_CLOSED6	0x0104
/* Where the transport begins, and where what an error quotes does. */
size_t packet_transport(const struct packet *packet);
size_t packet_quote(const struct packet *packet);
/* Every checksum in it is right: IP, transport. */
bool packet_is_sound(const struct packet *packet);

/* How many of count cases of probability p may be off: 4 sigma. */
bool is_near(double seen, double count, double p);

#endif
