/*
 * What a survey's capture lets through, by libpcap's own machine; the kernel
 * runs the same program.
 */
#include "support.h"

#include <pcap/pcap.h>

#include "frames.h"
#include "io/capture.h"
#include "packet/wire.h"

#define OURS	40000
#define THEIRS	33434
#define ID	7

static const struct frame_ip v4 = { .src = "192.0.2.1", .dst = "198.51.100.2",
    .ttl = 60 };
static const struct frame_ip v6 = { .src = "2001:db8::1",
    .dst = "2001:db8:1::2", .ttl = 60 };

static struct tr_capture_survey
survey_of(enum tr_protocol protocol)
{
	return (struct tr_capture_survey){ .v4 = true, .v6 = true,
	    .protocol = protocol, .source_port = OURS,
	    .destination_port = THEIRS, .icmp_id = ID };
}

/* Is it let through, on this type of link? */
static bool
passes_link(const struct tr_capture_survey *survey, int linktype,
    const uint8_t *bytes, size_t size)
{
	struct pcap_pkthdr header = { .caplen = (bpf_u_int32)size,
	    .len = (bpf_u_int32)size };
	pcap_t *pcap = pcap_open_dead(linktype, TR_CAPTURE_SURVEY_SNAPLEN);
	char text[TR_CAPTURE_SURVEY_FILTER_MAX];
	struct bpf_program program;
	bool passes;

	tr_capture_survey_filter(survey, text);
	assert_true(strlen(text) < sizeof(text) - 1);
	if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
		fail_msg("%s: %s", text, pcap_geterr(pcap));
	passes = pcap_offline_filter(&program, &header, bytes) != 0;
	pcap_freecode(&program);
	pcap_close(pcap);
	return passes;
}

/* Alike on all types of link: each has another program. */
static bool
passes(const struct tr_capture_survey *survey, const struct frame *frame)
{
	const bool is_v4 = frame->data[0] >> 4 == 4;
	uint8_t bytes[20 + sizeof(frame->data)] = { 0 };
	const bool raw = passes_link(survey, DLT_RAW, frame->data,
	    frame->size);

	memcpy(bytes + 14, frame->data, frame->size);
	memcpy(bytes + 12, is_v4 ? "\x08\x00" : "\x86\xdd", 2);
	assert_int_equal(passes_link(survey, DLT_EN10MB, bytes,
	    14 + frame->size), raw);
	memset(bytes, 0, 14);
	memcpy(bytes + 20, frame->data, frame->size);
	memcpy(bytes, is_v4 ? "\x08\x00" : "\x86\xdd", 2);
	assert_int_equal(passes_link(survey, DLT_LINUX_SLL2, bytes,
	    20 + frame->size), raw);
	return raw;
}

static void
assert_passes(const struct tr_capture_survey *survey, bool expected,
    const struct frame *frame, const char *what)
{
	if (passes(survey, frame) != expected)
		fail_msg("%s is%s let through (protocol %d)", what,
		    expected ? " not" : "", survey->protocol);
}

/* Of all types of ICMP errors those that answer, whatever the protocol is. */
static void
errors_that_answer(void **state)
{
	static const uint8_t types4[] = { 3, 11, 12 };
	static const uint8_t types6[] = { 1, 2, 3, 4 };

	(void)state;
	for (int i = 0; i < 6; i++) {
		const struct tr_capture_survey survey =
		    survey_of((enum tr_protocol)(i % 3));
		const struct frame_ip *ip = i < 3 ? &v4 : &v6;
		const uint8_t *answer = i < 3 ? types4 : types6;
		const size_t count = i < 3 ? sizeof(types4) : sizeof(types6);
		struct frame quote, frame;

		frame_udp(&quote, ip, OURS, THEIRS, 1, 12);
		for (int type = 0; type < 256; type++) {
			const bool expected = memchr(answer, type, count) !=
			    NULL;

			frame_error(&frame, ip, (uint8_t)type, 0, 0, &quote,
			    quote.size);
			assert_passes(&survey, expected, &frame, "an error");
		}
	}
}

static void
echo_replies(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		const struct tr_capture_survey survey =
		    survey_of((enum tr_protocol)(i % 3));
		const struct frame_ip *ip = i < 3 ? &v4 : &v6;
		const bool icmp = survey.protocol == TR_PROTOCOL_ICMP;
		struct frame frame;

		frame_echo(&frame, ip, true, ID, 3);
		assert_passes(&survey, icmp, &frame, "our echo reply");
		frame_echo(&frame, ip, true, ID + 1, 3);
		assert_passes(&survey, false, &frame, "another's echo reply");
		frame_echo(&frame, ip, false, ID, 3);
		assert_passes(&survey, false, &frame, "an echo request");
	}
}

static void
datagrams(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		const struct tr_capture_survey survey =
		    survey_of((enum tr_protocol)(i % 3));
		const struct frame_ip *ip = i < 3 ? &v4 : &v6;
		const bool udp = survey.protocol == TR_PROTOCOL_UDP;
		struct frame frame;

		frame_udp(&frame, ip, THEIRS, OURS, 1, 12);
		assert_passes(&survey, udp, &frame, "a datagram for us");
		frame_udp(&frame, ip, THEIRS, OURS + 1, 1, 12);
		assert_passes(&survey, false, &frame, "for another port");
		frame_udp(&frame, ip, THEIRS + 1, OURS, 1, 12);
		assert_passes(&survey, false, &frame, "from another port");
		frame_udp(&frame, ip, OURS, THEIRS, 1, 12);
		assert_passes(&survey, false, &frame, "our probe");
	}
}

/* Several flows: as many ports as they have, and no other. */
static void
ports_of_flows(void **state)
{
	static const struct {
		uint16_t first;
		uint16_t port;
		bool passes;
	} cases[] = {
		{ OURS, OURS, true },
		{ OURS, OURS + 9, true },
		{ OURS, OURS + 10, false },
		{ OURS, OURS - 1, false },
		/* At the end of all ports they go on from 1536. */
		{ 65530, 65530, true },
		{ 65530, 65535, true },
		{ 65530, 1536, true },
		{ 65530, 1539, true },
		{ 65530, 1540, false },
		{ 65530, 65529, false },
		{ 65526, 65535, true },
		{ 65526, 1536, false },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const struct frame_ip *ip = i % 2 == 0 ? &v4 : &v6;
		struct tr_capture_survey survey = survey_of(TR_PROTOCOL_UDP);
		struct frame frame;

		survey.flows = 10;
		survey.source_port = cases[i / 2].first;
		frame_udp(&frame, ip, THEIRS, cases[i / 2].port, 1, 12);
		assert_passes(&survey, cases[i / 2].passes, &frame,
		    "a datagram for a flow");
		survey.protocol = TR_PROTOCOL_ICMP;
		frame_echo(&frame, ip, true, ID + 1, 3);
		assert_passes(&survey, true, &frame, "an echo reply");
		frame_echo(&frame, ip, false, ID, 3);
		assert_passes(&survey, false, &frame, "an echo request");
	}
}

static void
segments(void **state)
{
	static const struct {
		uint8_t flags;
		bool passes;
	} cases[] = {
		{ TR_TCP_SYN | TR_TCP_ACK, true },
		{ TR_TCP_SYN | TR_TCP_ACK | TR_TCP_ECE, true },
		{ TR_TCP_RST, true },
		{ TR_TCP_RST | TR_TCP_ACK, true },
		{ TR_TCP_SYN, false },
		{ TR_TCP_ACK, false },
		{ TR_TCP_ACK | TR_TCP_PSH, false },
		{ TR_TCP_FIN | TR_TCP_ACK, false },
		{ 0, false },
	};

	(void)state;
	for (int i = 0; i < 6; i++) {
		const struct tr_capture_survey survey =
		    survey_of((enum tr_protocol)(i % 3));
		const struct frame_ip *ip = i < 3 ? &v4 : &v6;
		const bool is_tcp = survey.protocol == TR_PROTOCOL_TCP;

		for (size_t j = 0; j < sizeof(cases) / sizeof(cases[0]); j++) {
			struct frame_tcp tcp = { THEIRS, OURS, 1, 2,
			    cases[j].flags };
			struct frame frame;

			frame_tcp(&frame, ip, &tcp);
			assert_passes(&survey, is_tcp && cases[j].passes,
			    &frame, "a segment for us");
			tcp.source_port++;
			frame_tcp(&frame, ip, &tcp);
			assert_passes(&survey, false, &frame, "another's");
		}
	}
}

/* A family that is not in use. */
static void
one_family(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		struct tr_capture_survey survey =
		    survey_of((enum tr_protocol)(i % 3));
		struct frame quote, four, six;

		frame_udp(&quote, &v4, OURS, THEIRS, 1, 12);
		frame_error(&four, &v4, 11, 0, 0, &quote, quote.size);
		frame_udp(&quote, &v6, OURS, THEIRS, 1, 12);
		frame_error(&six, &v6, 3, 0, 0, &quote, quote.size);
		survey.v4 = i < 3;
		survey.v6 = !survey.v4;
		assert_passes(&survey, survey.v4, &four, "an error of IPv4");
		assert_passes(&survey, survey.v6, &six, "an error of IPv6");
	}
}

/* What stands behind an IPv6 extension header is the decoder's to see. */
static void
extension_headers(void **state)
{
	static const uint8_t next[] = { 0, 43, 44, 60 };
	struct tr_capture_survey survey = survey_of(TR_PROTOCOL_UDP);
	struct frame quote, frame;

	(void)state;
	frame_udp(&quote, &v6, OURS, THEIRS, 1, 12);
	for (size_t i = 0; i < sizeof(next); i++) {
		frame_error(&frame, &v6, 3, 0, 0, &quote, quote.size);
		/* 8 bytes of a header that says that ICMPv6 follows. */
		memmove(frame.data + 48, frame.data + 40, frame.size - 40);
		memset(frame.data + 40, 0, 8);
		frame.data[40] = TR_IPPROTO_ICMP6;
		frame.data[6] = next[i];
		frame.size += 8;
		assert_passes(&survey, true, &frame, "an extension header");
	}
}

/* The largest answer that the header promises room for. */
static void
room_for_labels(void **state)
{
	/* Four labels (class 1, type 1); index and IPv6 address (class 2). */
	const struct bytes objects = bytes_of("0014 0101"
	    "00010040 00020040 00030040 00040140"
	    "0020 024c 00000003 00020000"
	    "20010db8000000000000000000000001 00000000");
	const size_t longest_link = 20;
	struct frame quote, frame;

	(void)state;
	frame_udp(&quote, &v6, OURS, THEIRS, 1, 100);
	frame_extended(&frame, &v6, 3, 0, &quote, objects.data, objects.size);
	assert_in_range(longest_link + frame.size, 1,
	    TR_CAPTURE_SURVEY_SNAPLEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_that_answer),
		cmocka_unit_test(echo_replies),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(ports_of_flows),
		cmocka_unit_test(segments),
		cmocka_unit_test(one_family),
		cmocka_unit_test(extension_headers),
		cmocka_unit_test(room_for_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
