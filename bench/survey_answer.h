/*
 * The bytes of an answer in the network of bench/survey-rig: what the
 * responders in C and in BPF share.  All sizes are constant, for the sake of
 * the latter; who calls has seen to it that there are so many bytes.
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

/* Take a probe to a target apart.  Returns 0 for what is none. */
SURVEY_INLINE int
survey_parse4(const uint8_t *ip, struct survey_probe *probe)
{
	const uint32_t target = survey_get32(ip + 16);

	if (ip[0] != 0x45 || (target & 0xff000000u) != SURVEY_V4_TARGETS ||
	    ip[8] == 0)
		return 0;
	probe->family = 4;
	probe->protocol = ip[9];
	probe->ttl = ip[8];
	probe->prefix = survey_prefix4(target);
	probe->host = target;
	probe->label = 0;
	probe->first = survey_get32(ip + SURVEY_IP4);
	return 1;
}

SURVEY_INLINE int
survey_parse6(const uint8_t *ip, struct survey_probe *probe)
{
	if (ip[0] >> 4 != 6 ||
	    survey_get32(ip + 24) != SURVEY_V6_TARGETS || ip[7] == 0)
		return 0;
	probe->family = 6;
	probe->protocol = ip[6];
	probe->ttl = ip[7];
	probe->prefix = survey_prefix6(survey_get32(ip + 28));
	probe->host = survey_get32(ip + 36);
	probe->label = survey_get32(ip) & 0xfffff;
	probe->first = survey_get32(ip + SURVEY_IP6);
	return 1;
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

/* An IPv4 header, but for the source: at out + 12, and no checksum yet. */
SURVEY_INLINE void
survey_header4(uint8_t *out, const uint8_t *probe, uint8_t protocol,
    uint8_t ttl, uint32_t size)
{
	survey_put16(out, 0x4500);
	survey_put16(out + 2, size);
	survey_put32(out + 4, 0);
	out[8] = ttl;
	out[9] = protocol;
	survey_put16(out + 10, 0);
	for (int i = 0; i < 4; i++)
		out[16 + i] = probe[12 + i];
}

SURVEY_INLINE void
survey_header6(uint8_t *out, const uint8_t *probe, uint8_t protocol,
    uint8_t ttl, uint32_t size)
{
	survey_put32(out, 0x60000000u);
	survey_put16(out + 4, size);
	out[6] = protocol;
	out[7] = ttl;
	for (int i = 0; i < 16; i++)
		out[24 + i] = probe[8 + i];
}

/* Set the TTL of a probe to what it is where it is answered. */
SURVEY_INLINE void
survey_age4(uint8_t *ip, uint8_t ttl)
{
	uint32_t sum;

	ip[8] = ttl;
	survey_put16(ip + 10, 0);
	sum = survey_sum(ip, SURVEY_IP4);
	survey_put16(ip + 10, ~sum);
}

/*
 * The headers in front of a quoted probe of size bytes that sums up to
 * quoted, folded; ip is the probe's header.
 */
SURVEY_INLINE void
survey_error4(uint8_t out[SURVEY_IP4 + SURVEY_ICMP_HEADER],
    const uint8_t *ip, const struct survey_answer *answer, uint32_t size,
    uint32_t quoted)
{
	const int exceeded = answer->kind == SURVEY_EXCEEDED;
	uint8_t *icmp = out + SURVEY_IP4;

	survey_header4(out, ip, SURVEY_ICMP, answer->ttl,
	    size + SURVEY_IP4 + SURVEY_ICMP_HEADER);
	survey_put32(out + 12, exceeded ? SURVEY_V4_ROUTERS | answer->router :
	    survey_get32(ip + 16));
	survey_put16(out + 10, ~survey_sum(out, SURVEY_IP4));
	survey_put16(icmp, exceeded ? 11 << 8 : 3 << 8 | 3);
	survey_put16(icmp + 2, ~survey_fold(quoted + survey_get16(icmp)));
	survey_put32(icmp + 4, 0);
}

SURVEY_INLINE void
survey_error6(uint8_t out[SURVEY_IP6 + SURVEY_ICMP_HEADER],
    const uint8_t *ip, const struct survey_answer *answer, uint32_t size,
    uint32_t quoted)
{
	const int exceeded = answer->kind == SURVEY_EXCEEDED;
	const uint32_t length = size + SURVEY_ICMP_HEADER;
	uint8_t *icmp = out + SURVEY_IP6;

	survey_header6(out, ip, SURVEY_ICMP6, answer->ttl, length);
	for (int i = 0; i < 16; i++)
		out[8 + i] = exceeded ? 0 : ip[24 + i];
	if (exceeded) {
		survey_put32(out + 8, SURVEY_V6_ROUTERS);
		survey_put32(out + 20, answer->router);
	}
	survey_put16(icmp, exceeded ? 3 << 8 : 1 << 8 | 4);
	survey_put16(icmp + 2, ~survey_fold(quoted + survey_get16(icmp) +
	    survey_sum(out + 8, 32) + length + SURVEY_ICMP6));
	survey_put32(icmp + 4, 0);
}

/* Make an echo request its reply, in place. */
SURVEY_INLINE void
survey_echo(uint8_t *icmp, uint8_t family)
{
	const uint32_t before = survey_get16(icmp);
	const uint32_t after = family == 4 ? 0 : 129 << 8;

	survey_put16(icmp, after);
	/* RFC 1624, equation 3; the addresses sum up as they did. */
	survey_put16(icmp + 2, ~survey_fold((~survey_get16(icmp + 2) &
	    0xffff) + (~before & 0xffff) + after));
}

SURVEY_INLINE void
survey_echo4(uint8_t *ip, const struct survey_answer *answer)
{
	const uint32_t src = survey_get32(ip + 12);

	survey_put32(ip + 12, survey_get32(ip + 16));
	survey_put32(ip + 16, src);
	survey_age4(ip, answer->ttl);
	survey_echo(ip + SURVEY_IP4, 4);
}

SURVEY_INLINE void
survey_echo6(uint8_t *ip, const struct survey_answer *answer)
{
	for (int i = 0; i < 16; i++) {
		const uint8_t src = ip[8 + i];

		ip[8 + i] = ip[24 + i];
		ip[24 + i] = src;
	}
	ip[7] = answer->ttl;
	survey_echo(ip + SURVEY_IP6, 6);
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
 * The TCP header that answers the segment at tcp (8 bytes are looked at): a
 * SYN-ACK or a reset, as the prefix has it.  pseudo is the sum of what stands
 * in front of it.
 */
SURVEY_INLINE void
survey_segment(uint8_t out[SURVEY_TCP_HEADER], const uint8_t *tcp,
    const struct survey_probe *probe, uint32_t pseudo)
{
	const int open = (survey_mix(probe->prefix, 0x9057) &
	    SURVEY_OPEN_PORTS) != 0;

	survey_put16(out, survey_get16(tcp + 2));
	survey_put16(out + 2, survey_get16(tcp));
	survey_put32(out + 4, open ? survey_mix(probe->host, 1) : 0);
	survey_put32(out + 8, survey_get32(tcp + 4) + 1);
	out[12] = SURVEY_TCP_HEADER / 4 << 4;
	out[13] = SURVEY_ACK | (open ? SURVEY_SYN : SURVEY_RST);
	survey_put16(out + 14, open ? 64240 : 0);
	survey_put32(out + 16, 0);
	survey_put16(out + 16, ~survey_fold(pseudo +
	    survey_sum(out, SURVEY_TCP_HEADER)));
}

SURVEY_INLINE void
survey_segment4(uint8_t out[SURVEY_IP4 + SURVEY_TCP_HEADER],
    const uint8_t *ip, const struct survey_probe *probe,
    const struct survey_answer *answer)
{
	survey_header4(out, ip, SURVEY_TCP, answer->ttl,
	    SURVEY_IP4 + SURVEY_TCP_HEADER);
	survey_put32(out + 12, survey_get32(ip + 16));
	survey_put16(out + 10, ~survey_sum(out, SURVEY_IP4));
	survey_segment(out + SURVEY_IP4, ip + SURVEY_IP4, probe,
	    survey_sum(out + 12, 8) + SURVEY_TCP + SURVEY_TCP_HEADER);
}

SURVEY_INLINE void
survey_segment6(uint8_t out[SURVEY_IP6 + SURVEY_TCP_HEADER],
    const uint8_t *ip, const struct survey_probe *probe,
    const struct survey_answer *answer)
{
	survey_header6(out, ip, SURVEY_TCP, answer->ttl, SURVEY_TCP_HEADER);
	for (int i = 0; i < 16; i++)
		out[8 + i] = ip[24 + i];
	survey_segment(out + SURVEY_IP6, ip + SURVEY_IP6, probe,
	    survey_sum(out + 8, 32) + SURVEY_TCP + SURVEY_TCP_HEADER);
}

#endif
