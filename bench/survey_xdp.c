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
 *
 * SURVEY_SILENT and SURVEY_DEAF are what struct survey_faults has; of thousand
 * answers, SURVEY_LOSS get lost.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include "survey_answer.h"

#ifndef SURVEY_SILENT
#define SURVEY_SILENT	0
#endif
#ifndef SURVEY_DEAF
#define SURVEY_DEAF	0
#endif
#ifndef SURVEY_LOSS
#define SURVEY_LOSS	0
#endif

#define SECTION(name)	__attribute__((section(name), used))

/* By the numbers of enum bpf_func_id: there is no library to be had. */
static long (*const adjust_head)(struct xdp_md *, int) =
    (void *)BPF_FUNC_xdp_adjust_head;
static long (*const adjust_tail)(struct xdp_md *, int) =
    (void *)BPF_FUNC_xdp_adjust_tail;

static uint32_t (*const draw)(void) = (void *)BPF_FUNC_get_prandom_u32;

/* The frame, if it has so many bytes; else NULL. */
SURVEY_INLINE uint8_t *
frame_of(struct xdp_md *context, uint32_t size)
{
	uint8_t *frame = (void *)(long)context->data;

	return frame + size > (uint8_t *)(long)context->data_end ?
	    (void *)0 : frame;
}

/*
 * Send what the frame has become, of which size bytes of headers behind the
 * Ethernet header are new.
 */
SURVEY_INLINE int
send(struct xdp_md *context, const uint8_t *ethernet, const uint8_t *headers,
    uint32_t size)
{
	uint8_t *frame = frame_of(context, SURVEY_ETHERNET + size);

	if (frame == (void *)0)
		return XDP_DROP;
	__builtin_memcpy(frame, ethernet, SURVEY_ETHERNET);
	__builtin_memcpy(frame + SURVEY_ETHERNET, headers, size);
	return XDP_TX;
}

/* Replace the probe by a segment. */
SURVEY_INLINE int
send_segment(struct xdp_md *context, const uint8_t *ethernet,
    const struct survey_probe *probe, const struct survey_answer *answer)
{
	const uint32_t size = survey_header_size(probe->family) +
	    SURVEY_TCP_HEADER;
	const int length = (int)(context->data_end - context->data);
	const uint8_t *frame = frame_of(context, SURVEY_ETHERNET + size);
	uint8_t headers[SURVEY_IP6 + SURVEY_TCP_HEADER];

	if (frame == (void *)0 || !survey_is_syn(frame + SURVEY_ETHERNET +
	    survey_header_size(probe->family)))
		return XDP_DROP;
	survey_segment(headers, frame + SURVEY_ETHERNET, probe, answer);
	if (adjust_tail(context, (int)(SURVEY_ETHERNET + size) - length))
		return XDP_DROP;
	return send(context, ethernet, headers, size);
}

/* Put an error's headers in front of the probe at ip. */
SURVEY_INLINE int
send_error(struct xdp_md *context, const uint8_t *ethernet, uint8_t *ip,
    const struct survey_probe *probe, const struct survey_answer *answer)
{
	const uint8_t family = probe->family;
	const uint32_t header = survey_header_size(family);
	const uint32_t size = survey_size(ip, family);
	uint8_t headers[SURVEY_IP6 + SURVEY_ICMP_HEADER];
	uint32_t quoted;

	survey_age(ip, family, answer->quoted_ttl);
	quoted = survey_sum(ip, header);
	/* ICMP of IPv4 sums up by itself, all else with what is before it. */
	if (probe->protocol != SURVEY_ICMP)
		quoted += ~survey_pseudo(ip, family, probe->protocol,
		    size - header) & 0xffff;
	else
		quoted += 0xffff;
	survey_error(headers, ip, probe, answer, size, survey_fold(quoted));
	if (adjust_head(context, -(int)(header + SURVEY_ICMP_HEADER)))
		return XDP_DROP;
	return send(context, ethernet, headers, header + SURVEY_ICMP_HEADER);
}

SURVEY_INLINE int
respond_to(struct xdp_md *context, uint8_t family)
{
	uint8_t *frame = frame_of(context, SURVEY_ETHERNET +
	    survey_header_size(family) + SURVEY_TRANSPORT);
	const struct survey_faults faults = {
		.silent = SURVEY_SILENT,
		.deaf = SURVEY_DEAF,
	};
	uint8_t ethernet[SURVEY_ETHERNET];
	struct survey_probe probe;
	struct survey_answer answer;
	uint8_t *ip;

	if (frame == (void *)0)
		return XDP_PASS;
	ip = frame + SURVEY_ETHERNET;
	if (!survey_parse(ip, family, &probe))
		return XDP_PASS;
	survey_judge(&probe, &faults, &answer);
	if (SURVEY_LOSS > 0 && survey_is_among(draw(), SURVEY_LOSS))
		return XDP_DROP;
	survey_ethernet(ethernet, frame);
	switch (answer.kind) {
	case SURVEY_NOTHING:
		return XDP_DROP;
	case SURVEY_REPLY:
		survey_echo(ip, family, &answer);
		__builtin_memcpy(frame, ethernet, SURVEY_ETHERNET);
		return XDP_TX;
	case SURVEY_SEGMENT:
		return send_segment(context, ethernet, &probe, &answer);
	default:
		return send_error(context, ethernet, ip, &probe, &answer);
	}
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
		return respond_to(context, 4);
	case ETH_P_IPV6:
		return respond_to(context, 6);
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
