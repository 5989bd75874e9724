/*
 * survey_xdp - answers probes as the network of survey_model.h does, in XDP
 *
 * Section "xdp/answer" is for the responder's end of the veth pair, "xdp/pass"
 * for the prober's: without a program there, what XDP sends to it is lost.
 * bench/survey-rig builds it (clang -target bpf) and loads it.
 *
 * An error quotes the whole probe, whose bytes are not summed up for it: a
 * header and a transport with the right checksums sum up to what is known.
 * So the answer to a probe with a wrong checksum has a wrong one as well.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include "survey_answer.h"

#define SECTION(name)	__attribute__((section(name), used))

/* By the numbers of enum bpf_func_id: there is no library to be had. */
static long (*const adjust_head)(struct xdp_md *, int) =
    (void *)BPF_FUNC_xdp_adjust_head;
static long (*const adjust_tail)(struct xdp_md *, int) =
    (void *)BPF_FUNC_xdp_adjust_tail;

#define ERROR4	(SURVEY_IP4 + SURVEY_ICMP_HEADER)
#define ERROR6	(SURVEY_IP6 + SURVEY_ICMP_HEADER)

/* The frame, if it has so many bytes; else NULL. */
SURVEY_INLINE uint8_t *
frame_of(struct xdp_md *context, uint32_t size)
{
	uint8_t *frame = (void *)(long)context->data;

	return frame + size > (uint8_t *)(long)context->data_end ?
	    (void *)0 : frame;
}

/* Put an error's headers in front; ethernet is that of the answer. */
SURVEY_INLINE int
send_error(struct xdp_md *context, const uint8_t *ethernet,
    const uint8_t *headers, uint32_t size)
{
	uint8_t *frame;

	if (adjust_head(context, -(int)size))
		return XDP_DROP;
	frame = frame_of(context, SURVEY_ETHERNET + size);
	if (frame == (void *)0)
		return XDP_DROP;
	__builtin_memcpy(frame, ethernet, SURVEY_ETHERNET);
	__builtin_memcpy(frame + SURVEY_ETHERNET, headers, size);
	return XDP_TX;
}

/* Replace the packet by headers alone. */
SURVEY_INLINE int
send_segment(struct xdp_md *context, const uint8_t *ethernet,
    const uint8_t *headers, uint32_t size)
{
	const int length = (int)(context->data_end - context->data);
	uint8_t *frame;

	if (adjust_tail(context, (int)(SURVEY_ETHERNET + size) - length))
		return XDP_DROP;
	frame = frame_of(context, SURVEY_ETHERNET + size);
	if (frame == (void *)0)
		return XDP_DROP;
	__builtin_memcpy(frame, ethernet, SURVEY_ETHERNET);
	__builtin_memcpy(frame + SURVEY_ETHERNET, headers, size);
	return XDP_TX;
}

SURVEY_INLINE int
respond4(struct xdp_md *context)
{
	uint8_t *frame = frame_of(context, SURVEY_ETHERNET + SURVEY_IP4 +
	    SURVEY_TRANSPORT);
	uint8_t ethernet[SURVEY_ETHERNET], headers[SURVEY_IP4 +
	    SURVEY_TCP_HEADER];
	struct survey_probe probe;
	struct survey_answer answer;
	uint32_t size, quoted = 0xffff;
	uint8_t *ip;

	if (frame == (void *)0)
		return XDP_PASS;
	ip = frame + SURVEY_ETHERNET;
	if (!survey_parse4(ip, &probe))
		return XDP_PASS;
	survey_judge(&probe, &answer);
	survey_ethernet(ethernet, frame);
	size = survey_get16(ip + 2);
	switch (answer.kind) {
	case SURVEY_NOTHING:
		return XDP_DROP;
	case SURVEY_REPLY:
		survey_echo4(ip, &answer);
		__builtin_memcpy(frame, ethernet, SURVEY_ETHERNET);
		return XDP_TX;
	case SURVEY_SEGMENT:
		frame = frame_of(context, SURVEY_ETHERNET + SURVEY_IP4 +
		    SURVEY_TCP_HEADER);
		if (frame == (void *)0)
			return XDP_DROP;
		ip = frame + SURVEY_ETHERNET;
		if (!survey_is_syn(ip + SURVEY_IP4))
			return XDP_DROP;
		survey_segment4(headers, ip, &probe, &answer);
		return send_segment(context, ethernet, headers,
		    SURVEY_IP4 + SURVEY_TCP_HEADER);
	default:
		break;
	}
	survey_age4(ip, answer.quoted_ttl);
	if (probe.protocol != SURVEY_ICMP)
		quoted = survey_fold(quoted + (~survey_fold(
		    survey_sum(ip + 12, 8) + probe.protocol + size -
		    SURVEY_IP4) & 0xffff));
	survey_error4(headers, ip, &answer, size, quoted);
	return send_error(context, ethernet, headers, ERROR4);
}

SURVEY_INLINE int
respond6(struct xdp_md *context)
{
	uint8_t *frame = frame_of(context, SURVEY_ETHERNET + SURVEY_IP6 +
	    SURVEY_TRANSPORT);
	uint8_t ethernet[SURVEY_ETHERNET], headers[SURVEY_IP6 +
	    SURVEY_TCP_HEADER];
	struct survey_probe probe;
	struct survey_answer answer;
	uint32_t length, quoted;
	uint8_t *ip;

	if (frame == (void *)0)
		return XDP_PASS;
	ip = frame + SURVEY_ETHERNET;
	if (!survey_parse6(ip, &probe))
		return XDP_PASS;
	survey_judge(&probe, &answer);
	survey_ethernet(ethernet, frame);
	length = survey_get16(ip + 4);
	switch (answer.kind) {
	case SURVEY_NOTHING:
		return XDP_DROP;
	case SURVEY_REPLY:
		survey_echo6(ip, &answer);
		__builtin_memcpy(frame, ethernet, SURVEY_ETHERNET);
		return XDP_TX;
	case SURVEY_SEGMENT:
		frame = frame_of(context, SURVEY_ETHERNET + SURVEY_IP6 +
		    SURVEY_TCP_HEADER);
		if (frame == (void *)0)
			return XDP_DROP;
		ip = frame + SURVEY_ETHERNET;
		if (!survey_is_syn(ip + SURVEY_IP6))
			return XDP_DROP;
		survey_segment6(headers, ip, &probe, &answer);
		return send_segment(context, ethernet, headers,
		    SURVEY_IP6 + SURVEY_TCP_HEADER);
	default:
		break;
	}
	ip[7] = answer.quoted_ttl;
	quoted = ~survey_fold(survey_sum(ip + 8, 32) + probe.protocol +
	    length) & 0xffff;
	quoted = survey_fold(quoted + survey_sum(ip, SURVEY_IP6));
	survey_error6(headers, ip, &answer, SURVEY_IP6 + length, quoted);
	return send_error(context, ethernet, headers, ERROR6);
}

SECTION("xdp/answer")
int
respond(struct xdp_md *context)
{
	const uint8_t *frame = frame_of(context, SURVEY_ETHERNET);

	if (frame == (void *)0)
		return XDP_PASS;
	switch (survey_get16(frame + 12)) {
	case ETH_P_IP:
		return respond4(context);
	case ETH_P_IPV6:
		return respond6(context);
	default:
		return XDP_PASS;	/* ARP is answered by the kernel */
	}
}

SECTION("xdp/pass")
int
pass(struct xdp_md *context)
{
	(void)context;
	return XDP_PASS;
}

/* It calls nothing that only GPL programs may. */
SECTION("license") const char license_text[] = "BSD";
