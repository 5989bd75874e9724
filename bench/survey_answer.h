/*
 * The bytes of an answer in the network of bench/survey-rig: what the
 * responders in C and in BPF share.  All sizes are constant, for the sake of
 * the latter, which calls with a family that is known when it is compiled; who
 * calls has seen to it that there are so many bytes.
 *
 * An error quotes the whole probe behind the header that is made here.  An
 * echo reply is made in place, since only a few bytes of it differ; a TCP
 * segment replaces the probe.
 */
#ifndef SURVEY_ANSWER_H
#define SURVEY_ANSWER_H

#include "survey_model.h"

#define SURVEY_ETHERNET		14
#define SURVEY_IP4		20
#define SURVEY_IP6		40
#define SURVEY_TRANSPORT	8	/* of a probe: that much is looked at */
#define SURVEY_ICMP_HEADER	8
#define SURVEY_TCP_HEADER	20

#define SURVEY_SYN		0x02
#define SURVEY_RST		0x04
#define SURVEY_ACK		0x10
#define SURVEY_OPEN_PORTS	0x8000	/* of the mixed prefix: half of them */

SURVEY_INLINE uint32_t
survey_get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

SURVEY_INLINE uint32_t
survey_get32(const uint8_t *at)
{
	return survey_get16(at) << 16 | survey_get16(at + 2);
}

SURVEY_INLINE void
survey_put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

SURVEY_INLINE void
survey_put32(uint8_t *at, uint32_t value)
{
	survey_put16(at, value >> 16);
	survey_put16(at + 2, value);
}

SURVEY_INLINE uint32_t
survey_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* The sum of words at at; size is constant and even. */
SURVEY_INLINE uint32_t
survey_sum(const uint8_t *at, uint32_t size)
{
	uint32_t sum = 0;

#pragma GCC unroll 40
	for (uint32_t i = 0; i < size; i += 2)
		sum += survey_get16(at + i);
	return survey_fold(sum);
}

SURVEY_INLINE uint32_t
survey_header_size(uint8_t family)
{
	return family == 4 ? SURVEY_IP4 : SURVEY_IP6;
}

/* The size of a packet, as its header has it. */
SURVEY_INLINE uint32_t
survey_size(const uint8_t *ip, uint8_t family)
{
	return family == 4 ? survey_get16(ip + 2) :
	    SURVEY_IP6 + survey_get16(ip + 4);
}

/* The sum of the pseudo header in front of so many bytes. */
SURVEY_INLINE uint32_t
survey_pseudo(const uint8_t *ip, uint8_t family, uint8_t protocol,
    uint32_t size)
{
	const uint32_t addresses = family == 4 ? survey_sum(ip + 12, 8) :
	    survey_sum(ip + 8, 32);

	return survey_fold(addresses + protocol + size);
}

/* Take a probe to a target apart.  Returns 0 for what is none. */
SURVEY_INLINE int
survey_parse(const uint8_t *ip, uint8_t family, struct survey_probe *probe)
{
	probe->family = family;
	probe->first = survey_get32(ip + survey_header_size(family));
	if (family == 4) {
		probe->protocol = ip[9];
		probe->ttl = ip[8];
		probe->host = survey_get32(ip + 16);
		probe->prefix = survey_prefix4(probe->host);
		probe->label = 0;
		return ip[0] == 0x45 && probe->ttl != 0 &&
		    (probe->host & 0xff000000u) == SURVEY_V4_TARGETS;
	}
	probe->protocol = ip[6];
	probe->ttl = ip[7];
	probe->host = survey_get32(ip + 36);
	probe->prefix = survey_prefix6(survey_get32(ip + 28));
	probe->label = survey_get32(ip) & 0xfffff;
	return ip[0] >> 4 == 6 && probe->ttl != 0 &&
	    survey_get32(ip + 24) == SURVEY_V6_TARGETS;
}

SURVEY_INLINE void
survey_ethernet(uint8_t *out, const uint8_t *probe)
{
	for (int i = 0; i < 6; i++) {
		const uint8_t from = probe[6 + i];

		out[6 + i] = probe[i];
		out[i] = from;
	}
	out[12] = probe[12];
	out[13] = probe[13];
}

/* The checksum of an IPv4 header. */
SURVEY_INLINE void
survey_sum_up4(uint8_t *ip)
{
	survey_put16(ip + 10, 0);
	survey_put16(ip + 10, ~survey_sum(ip, SURVEY_IP4));
}

/*
 * The IP header of an answer of size bytes to the probe at ip: from a router,
 * where one has exceeded its TTL, or else from the target.
 */
SURVEY_INLINE void
survey_header(uint8_t *out, const uint8_t *ip,
    const struct survey_probe *probe, const struct survey_answer *answer,
    uint8_t protocol, uint32_t size)
{
	const int exceeded = answer->kind == SURVEY_EXCEEDED;

	if (probe->family == 4) {
		survey_put16(out, 0x4500);
		survey_put16(out + 2, size);
		survey_put32(out + 4, 0);
		out[8] = answer->ttl;
		out[9] = protocol;
		survey_put32(out + 12, exceeded ?
		    SURVEY_V4_ROUTERS | answer->router :
		    survey_get32(ip + 16));
		survey_put32(out + 16, survey_get32(ip + 12));
		survey_sum_up4(out);
		return;
	}
	survey_put32(out, 0x60000000u);
	survey_put16(out + 4, size - SURVEY_IP6);
	out[6] = protocol;
	out[7] = answer->ttl;
	for (int i = 0; i < 16; i++) {
		out[8 + i] = exceeded ? 0 : ip[24 + i];
		out[24 + i] = ip[8 + i];
	}
	if (exceeded) {
		survey_put32(out + 8, SURVEY_V6_ROUTERS);
		survey_put32(out + 20, answer->router);
	}
}

/* Set the TTL of a probe to what it is where it is answered. */
SURVEY_INLINE void
survey_age(uint8_t *ip, uint8_t family, uint8_t ttl)
{
	if (family == 4) {
		ip[8] = ttl;
		survey_sum_up4(ip);
	} else
		ip[7] = ttl;
}

/*
 * The headers in front of a quoted probe of size bytes that sums up to
 * quoted, folded; ip is the probe's header.
 */
SURVEY_INLINE void
survey_error(uint8_t *out, const uint8_t *ip,
    const struct survey_probe *probe, const struct survey_answer *answer,
    uint32_t size, uint32_t quoted)
{
	const uint32_t header = survey_header_size(probe->family);
	const int exceeded = answer->kind == SURVEY_EXCEEDED;
	uint8_t *icmp = out + header;

	size += SURVEY_ICMP_HEADER;
	if (probe->family == 4) {
		survey_header(out, ip, probe, answer, SURVEY_ICMP,
		    header + size);
		survey_put16(icmp, exceeded ? 11 << 8 : 3 << 8 | 3);
	} else {
		survey_header(out, ip, probe, answer, SURVEY_ICMP6,
		    header + size);
		survey_put16(icmp, exceeded ? 3 << 8 : 1 << 8 | 4);
		quoted += survey_pseudo(out, 6, SURVEY_ICMP6, size);
	}
	survey_put16(icmp + 2, ~survey_fold(quoted + survey_get16(icmp)));
	survey_put32(icmp + 4, 0);
}

/* Make an echo request its reply, in place. */
SURVEY_INLINE void
survey_echo(uint8_t *ip, uint8_t family, const struct survey_answer *answer)
{
	const int size = family == 4 ? 4 : 16;
	uint8_t *from = family == 4 ? ip + 12 : ip + 8, *to = from + size;
	uint8_t *icmp = ip + survey_header_size(family);
	const uint32_t before = survey_get16(icmp);
	const uint32_t after = family == 4 ? 0 : 129 << 8;

	for (int i = 0; i < size; i++) {
		const uint8_t src = from[i];

		from[i] = to[i];
		to[i] = src;
	}
	survey_age(ip, family, answer->ttl);
	survey_put16(icmp, after);
	/* RFC 1624, equation 3; the addresses sum up as they did. */
	survey_put16(icmp + 2, ~survey_fold((~survey_get16(icmp + 2) &
	    0xffff) + (~before & 0xffff) + after));
}

/*
 * Is it a SYN?  Only these are answered: two who answer each other's resets
 * would never come to an end.
 */
SURVEY_INLINE int
survey_is_syn(const uint8_t tcp[SURVEY_TCP_HEADER])
{
	return (tcp[13] & (SURVEY_SYN | SURVEY_RST | SURVEY_ACK)) ==
	    SURVEY_SYN;
}

/*
 * The headers that answer the segment behind ip (8 bytes of it are looked at):
 * a SYN-ACK or a reset, as the prefix has it.
 */
SURVEY_INLINE void
survey_segment(uint8_t *out, const uint8_t *ip,
    const struct survey_probe *probe, const struct survey_answer *answer)
{
	const uint32_t header = survey_header_size(probe->family);
	const int open = (survey_mix(probe->prefix, 0x9057) &
	    SURVEY_OPEN_PORTS) != 0;
	const uint8_t *asked = ip + header;
	uint8_t *tcp = out + header;

	survey_header(out, ip, probe, answer, SURVEY_TCP,
	    header + SURVEY_TCP_HEADER);
	survey_put16(tcp, survey_get16(asked + 2));
	survey_put16(tcp + 2, survey_get16(asked));
	survey_put32(tcp + 4, open ? survey_mix(probe->host, 1) : 0);
	survey_put32(tcp + 8, survey_get32(asked + 4) + 1);
	tcp[12] = SURVEY_TCP_HEADER / 4 << 4;
	tcp[13] = SURVEY_ACK | (open ? SURVEY_SYN : SURVEY_RST);
	survey_put16(tcp + 14, open ? 64240 : 0);
	survey_put32(tcp + 16, 0);
	survey_put16(tcp + 16, ~survey_fold(survey_pseudo(out, probe->family,
	    SURVEY_TCP, SURVEY_TCP_HEADER) +
	    survey_sum(tcp, SURVEY_TCP_HEADER)));
}

#endif
