#include <sys/socket.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "engine/flow.h"
#include "io/capture.h"
#include "io/device.h"
#include "packet/wire.h"

struct tr_capture {
	pcap_t	*pcap;
	enum tr_link link;
	bool	 nanoseconds;
	const char *name;
	uint32_t device;		/* whose drops are counted; 0: none */
	struct pcap_stat last;		/* as libpcap has told them */
	struct tr_capture_counts total;	/* all of them, in 64 bits */
	struct tr_capture_counts before;	/* at the run's start */
	struct tr_capture_counts stopped;	/* of it, when it was over */
	bool	 is_stopped;
};

/* In a flood of frames a run starts all the same. */
#define DISCARDED_MAX	8192

/* How the frames of a live capture come. */
struct manner {
	int	 snaplen;
	int	 buffer;
	int	 timeout;	/* ms */
	bool	 immediate;
};

/*
 * Without immediate mode a reply is told of when the timeout is over, not when
 * it is there.
 */
static const struct manner single_trace = {
	.snaplen = TR_CAPTURE_SNAPLEN,
	.buffer = TR_CAPTURE_BUFFER,
	.timeout = 1,
	.immediate = true,
};

/* Why activation failed, in one line. */
static void
fail_activate(struct tr_error *error, pcap_t *pcap, const char *device,
    int status)
{
	const char *reason = pcap_geterr(pcap);

	if (reason[0] == '\0')
		reason = pcap_statustostr(status);
	if (status == PCAP_ERROR_PERM_DENIED ||
	    status == PCAP_ERROR_PROMISC_PERM_DENIED)
		tr_fail(error, TR_EPERMISSION,
		    "cannot capture on %s: Operation not permitted", device);
	else
		tr_fail(error, TR_ESYSTEM, "cannot capture on %s: %.*s",
		    device, (int)strcspn(reason, "\n"), reason);
}

static int
set_filter(pcap_t *pcap, const char *filter, struct tr_error *error)
{
	struct bpf_program program;
	int status;

	if (pcap_compile(pcap, &program, filter, 1,
	    PCAP_NETMASK_UNKNOWN) != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot compile the capture filter: %s",
		    pcap_geterr(pcap));
	status = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	if (status != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot set the capture filter: %s", pcap_geterr(pcap));
	return TR_OK;
}

/* For a single trace. */
static int
set_target(pcap_t *pcap, struct tr_address dst, bool neighbours,
    struct tr_error *error)
{
	const size_t size = tr_address_size(&dst);
	char text[TR_ADDRESS_TEXT_MAX], filter[256];

	/*
	 * "icmp6" alone misses messages behind extension headers; "udp[..]"
	 * and "protochain" do not work on IPv6 in the kernel.
	 */
	if (neighbours)
		dst.bytes[size - 1] = 0;
	snprintf(filter, sizeof(filter), "icmp or icmp6 or "
	    "(ip6 and (ip6 proto 0 or 43 or 44 or 60)) or "
	    "((udp or tcp) and net %s/%zu)",
	    tr_address_text(&dst, text, sizeof(text)),
	    size * 8 - (neighbours ? 8 : 0));
	return set_filter(pcap, filter, error);
}

/*
 * Since it was opened; of a survey's device, since it exists.  The differences
 * are right though libpcap's counters have only 32 bits.
 */
static void
count_all(struct tr_capture *capture, struct tr_capture_counts *counts)
{
	struct tr_capture_counts *total = &capture->total;
	const struct pcap_stat last = capture->last;
	struct pcap_stat now;

	*counts = (struct tr_capture_counts){ .known = false };
	if (pcap_stats(capture->pcap, &now) != 0)
		return;
	capture->last = now;
	total->known = true;
	total->received += (uint32_t)(now.ps_recv - last.ps_recv);
	total->dropped += (uint32_t)(now.ps_drop - last.ps_drop);
	if (capture->device == 0)
		total->interface_dropped +=
		    (uint32_t)(now.ps_ifdrop - last.ps_ifdrop);
	else
		/* Of a device that is gone, what it had last. */
		(void)tr_device_dropped(capture->device,
		    &total->interface_dropped);
	*counts = *total;
}

static int
find_link(struct tr_capture *capture, struct tr_error *error)
{
	const int type = pcap_datalink(capture->pcap);
	const char *name = pcap_datalink_val_to_name(type);

	capture->link = tr_link_from_linktype(type);
	if (capture->link == TR_LINK_NONE)
		return tr_fail(error, TR_EUNSUPPORTED, "%s has link type %s "
		    "(%d), which is not one of those that can be read: "
		    "Ethernet, Linux cooked, raw IP, loopback, PPP",
		    capture->name, name != NULL ? name : "unknown", type);
	return TR_OK;
}

static int
activate(struct tr_capture *capture, const char *device,
    const struct manner *manner, struct tr_error *error)
{
	pcap_t *pcap = capture->pcap;
	char reason[PCAP_ERRBUF_SIZE];
	int status;

	pcap_set_snaplen(pcap, manner->snaplen);
	pcap_set_buffer_size(pcap, manner->buffer);
	pcap_set_immediate_mode(pcap, manner->immediate);
	pcap_set_timeout(pcap, manner->timeout);
	capture->nanoseconds = pcap_set_tstamp_precision(pcap,
	    PCAP_TSTAMP_PRECISION_NANO) == 0;
	status = pcap_activate(pcap);
	if (status < 0) {
		fail_activate(error, pcap, device, status);
		return error->code;
	}
	if (strcmp(device, TR_CAPTURE_ANY) == 0)
		/* Kernels and libraries without it stay with SLL. */
		pcap_set_datalink(pcap, DLT_LINUX_SLL2);
	if (pcap_setnonblock(pcap, 1, reason) != 0)
		return tr_fail(error, TR_ESYSTEM, "cannot capture on %s: %s",
		    device, reason);
	return find_link(capture, error);
}

static struct tr_capture *
open_device(const char *device, const struct manner *manner,
    struct tr_error *error)
{
	struct tr_capture *capture = calloc(1, sizeof(*capture));
	char reason[PCAP_ERRBUF_SIZE] = "";

	if (capture == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	capture->name = device;
	capture->pcap = pcap_create(device, reason);
	if (capture->pcap == NULL) {
		tr_fail(error, TR_ESYSTEM, "cannot capture on %s: %s",
		    device, reason);
		free(capture);
		return NULL;
	}
	if (activate(capture, device, manner, error) != TR_OK) {
		tr_capture_close(capture);
		return NULL;
	}
	return capture;
}

struct tr_capture *
tr_capture_open(const char *device, const struct tr_address *dst,
    bool neighbours, struct tr_error *error)
{
	struct tr_capture *capture = open_device(device, &single_trace, error);

	if (capture != NULL && set_target(capture->pcap, *dst, neighbours,
	    error) != TR_OK) {
		tr_capture_close(capture);
		return NULL;
	}
	return capture;
}

/* --- a survey's --------------------------------------------------------- */

/* Our ports: they count up, and may come to their end. */
static void
append_ports(const struct tr_capture_survey *survey, const char *name,
    char *text)
{
	const size_t size = TR_CAPTURE_SURVEY_FILTER_MAX;
	const uint32_t first = survey->source_port;
	const uint32_t flows = survey->flows > 1 ? survey->flows : 1;
	const struct tr_flow flow = { .protocol = survey->protocol,
	    .source_port = survey->source_port };
	struct tr_flow last, wrapped;

	if (flows == 1) {
		tr_text_append(text, size, "%s dst port %u", name, first);
		return;
	}
	tr_flow_nth(&flow, flows - 1, &last);
	if (last.source_port >= first) {
		tr_text_append(text, size, "%s dst portrange %u-%u", name,
		    first, last.source_port);
		return;
	}
	tr_flow_nth(&flow, UINT16_MAX + 1 - first, &wrapped);
	tr_text_append(text, size, "(%s dst portrange %u-%u or %s dst "
	    "portrange %u-%u)", name, first, UINT16_MAX, name,
	    wrapped.source_port, last.source_port);
}

/* The transport's part of the filter; flags: where TCP's stand. */
static void
append_transport(const struct tr_capture_survey *survey, const char *family,
    const char *flags, char *text)
{
	const size_t size = TR_CAPTURE_SURVEY_FILTER_MAX;
	const char *name = survey->protocol == TR_PROTOCOL_UDP ? "udp" : "tcp";

	tr_text_append(text, size,
	    " or (%s and %s src port %u and ", family, name,
	    survey->destination_port);
	append_ports(survey, name, text);
	if (survey->protocol == TR_PROTOCOL_TCP)
		tr_text_append(text, size, " and (%s & %d != 0 or %s & %d = "
		    "%d)", flags, TR_TCP_RST, flags, TR_TCP_SYN | TR_TCP_ACK,
		    TR_TCP_SYN | TR_TCP_ACK);
	tr_text_append(text, size, ")");
}

static void
append_v4(const struct tr_capture_survey *survey, char *text)
{
	const size_t size = TR_CAPTURE_SURVEY_FILTER_MAX;

	tr_text_append(text, size,
	    "icmp[0] = %d or icmp[0] = %d or icmp[0] = %d",
	    TR_ICMP4_UNREACHABLE, TR_ICMP4_TIME_EXCEEDED, TR_ICMP4_PARAMETER);
	if (survey->protocol == TR_PROTOCOL_ICMP && survey->flows > 1)
		tr_text_append(text, size, " or icmp[0] = %d",
		    TR_ICMP4_ECHO_REPLY);
	else if (survey->protocol == TR_PROTOCOL_ICMP)
		tr_text_append(text, size,
		    " or (icmp[0] = %d and icmp[4:2] = %u)",
		    TR_ICMP4_ECHO_REPLY, survey->icmp_id);
	else
		append_transport(survey, "ip", "tcp[13]", text);
}

/* In the kernel "tcp[..]" is of IPv4 only; "icmp6" has no headers before it. */
static void
append_v6(const struct tr_capture_survey *survey, char *text)
{
	const size_t size = TR_CAPTURE_SURVEY_FILTER_MAX;

	tr_text_append(text, size,
	    "(ip6[6] = %d and ip6[40] >= %d and ip6[40] <= %d) or ip6[6] = %d "
	    "or ip6[6] = %d or ip6[6] = %d or ip6[6] = %d", TR_IPPROTO_ICMP6,
	    TR_ICMP6_UNREACHABLE, TR_ICMP6_PARAMETER, TR_IPPROTO_HOPOPTS,
	    TR_IPPROTO_ROUTING, TR_IPPROTO_FRAGMENT, TR_IPPROTO_DSTOPTS);
	if (survey->protocol == TR_PROTOCOL_ICMP && survey->flows > 1)
		tr_text_append(text, size, " or (ip6[6] = %d and "
		    "ip6[40] = %d)", TR_IPPROTO_ICMP6, TR_ICMP6_ECHO_REPLY);
	else if (survey->protocol == TR_PROTOCOL_ICMP)
		tr_text_append(text, size, " or (ip6[6] = %d and "
		    "ip6[40] = %d and ip6[44:2] = %u)", TR_IPPROTO_ICMP6,
		    TR_ICMP6_ECHO_REPLY, survey->icmp_id);
	else
		append_transport(survey, "ip6", "ip6[53]", text);
}

void
tr_capture_survey_filter(const struct tr_capture_survey *survey, char *text)
{
	text[0] = '\0';
	if (survey->v4)
		append_v4(survey, text);
	if (survey->v4 && survey->v6)
		tr_text_append(text, TR_CAPTURE_SURVEY_FILTER_MAX, " or ");
	if (survey->v6)
		append_v6(survey, text);
}

/* Where the kernel cannot, the filter still keeps our probes out. */
static void
ignore_outgoing(pcap_t *pcap)
{
#ifdef PACKET_IGNORE_OUTGOING
	const int on = 1;

	(void)setsockopt(pcap_fileno(pcap), SOL_PACKET,
	    PACKET_IGNORE_OUTGOING, &on, sizeof(on));
#else
	(void)pcap;
#endif
}

static int
check_survey(const struct tr_capture_survey *survey, struct tr_error *error)
{
	if (survey->ring > TR_CAPTURE_SURVEY_RING_MAX)
		return tr_fail(error, TR_ERANGE, "a capture's ring has at "
		    "most %d bytes, not %zu", TR_CAPTURE_SURVEY_RING_MAX,
		    survey->ring);
	if (survey->hand_over < 0)
		return tr_fail(error, TR_ERANGE, "a capture cannot hand over "
		    "after %d ms", survey->hand_over);
	if (!survey->v4 && !survey->v6)
		return tr_fail(error, TR_ERANGE, "a capture of no family");
	return TR_OK;
}

struct tr_capture *
tr_capture_open_survey(const struct tr_capture_survey *survey,
    struct tr_error *error)
{
	const struct manner manner = {
		.snaplen = TR_CAPTURE_SURVEY_SNAPLEN,
		.buffer = survey->ring > 0 ? (int)survey->ring :
		    TR_CAPTURE_SURVEY_RING,
		.timeout = survey->hand_over > 0 ? survey->hand_over :
		    TR_CAPTURE_SURVEY_HAND_OVER,
		.immediate = false,
	};
	char filter[TR_CAPTURE_SURVEY_FILTER_MAX];
	struct tr_capture *capture;

	if (check_survey(survey, error) != TR_OK)
		return NULL;
	capture = open_device(survey->device, &manner, error);
	if (capture == NULL)
		return NULL;
	ignore_outgoing(capture->pcap);
	tr_capture_survey_filter(survey, filter);
	if (set_filter(capture->pcap, filter, error) != TR_OK) {
		tr_capture_close(capture);
		return NULL;
	}
	if (strcmp(survey->device, TR_CAPTURE_ANY) != 0)
		capture->device = if_nametoindex(survey->device);
	count_all(capture, &capture->before);
	return capture;
}

/* --- files -------------------------------------------------------------- */

struct tr_capture *
tr_capture_open_file(FILE *stream, const char *name, struct tr_error *error)
{
	struct tr_capture *capture = calloc(1, sizeof(*capture));
	char reason[PCAP_ERRBUF_SIZE] = "";

	if (capture == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory");
		fclose(stream);
		return NULL;
	}
	capture->name = name;
	capture->nanoseconds = true;
	capture->pcap = pcap_fopen_offline_with_tstamp_precision(stream,
	    PCAP_TSTAMP_PRECISION_NANO, reason);
	if (capture->pcap == NULL) {
		tr_fail(error, TR_EFORMAT, "%s is not a capture that can be "
		    "read: %s", name, reason);
		fclose(stream);
		free(capture);
		return NULL;
	}
	if (find_link(capture, error) != TR_OK) {
		tr_capture_close(capture);
		return NULL;
	}
	return capture;
}

void
tr_capture_close(struct tr_capture *capture)
{
	if (capture == NULL)
		return;
	pcap_close(capture->pcap);
	free(capture);
}

enum tr_link
tr_capture_link(const struct tr_capture *capture)
{
	return capture->link;
}

int
tr_capture_descriptor(const struct tr_capture *capture)
{
	return pcap_get_selectable_fd(capture->pcap);
}

/* A file may claim any time: what no clock can show is taken for 1970. */
static int64_t
stamp_of(const struct tr_capture *capture, const struct pcap_pkthdr *header)
{
	const int64_t fraction = (int64_t)header->ts.tv_usec *
	    (capture->nanoseconds ? 1 : TR_MICROSECOND);

	if (header->ts.tv_sec < 0 ||
	    header->ts.tv_sec >= INT64_MAX / TR_SECOND - 1 ||
	    fraction < 0 || fraction >= TR_SECOND)
		return 0;
	return (int64_t)header->ts.tv_sec * TR_SECOND + fraction;
}

static struct tr_frame
frame_of(const struct tr_capture *capture, const struct pcap_pkthdr *header,
    const u_char *data)
{
	return (struct tr_frame){
		.link = capture->link,
		.data = data,
		.size = header->caplen,
		.wire_size = header->len,
		.stamp = stamp_of(capture, header),
	};
}

static int
fail_read(const struct tr_capture *capture, struct tr_error *error)
{
	return tr_fail(error, TR_ESYSTEM, "capture of %s: %s", capture->name,
	    pcap_geterr(capture->pcap));
}

int
tr_capture_next(struct tr_capture *capture, struct tr_frame *frame,
    struct tr_error *error)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	const int status = pcap_next_ex(capture->pcap, &header, &data);

	if (status == 0 || status == PCAP_ERROR_BREAK)
		return 0;
	if (status < 0)
		return fail_read(capture, error);
	*frame = frame_of(capture, header, data);
	return 1;
}

/* Who takes the frames of a batch. */
struct taker {
	const struct tr_capture *capture;
	tr_frame_fn *take;
	void	*context;
};

static void
hand_on(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	const struct taker *taker = (const void *)user;
	const struct tr_frame frame = frame_of(taker->capture, header, data);

	taker->take(taker->context, &frame);
}

int
tr_capture_batch(struct tr_capture *capture, int most, tr_frame_fn *take,
    void *context, struct tr_error *error)
{
	struct taker taker = { capture, take, context };
	const int count = pcap_dispatch(capture->pcap, most, hand_on,
	    (u_char *)&taker);

	if (count == PCAP_ERROR_BREAK)
		return 0;
	return count < 0 ? fail_read(capture, error) : count;
}

int
tr_capture_start(struct tr_capture *capture, struct tr_error *error)
{
	struct tr_frame frame;
	int status = 1;

	capture->is_stopped = false;
	for (int i = 0; i < DISCARDED_MAX && status == 1; i++)
		status = tr_capture_next(capture, &frame, error);
	count_all(capture, &capture->before);
	return status < 0 ? status : TR_OK;
}

void
tr_capture_stop(struct tr_capture *capture)
{
	if (capture->is_stopped)
		return;
	tr_capture_counts(capture, &capture->stopped);
	capture->is_stopped = true;
}

void
tr_capture_counts(struct tr_capture *capture,
    struct tr_capture_counts *counts)
{
	const struct tr_capture_counts *before = &capture->before;

	if (capture->is_stopped) {
		*counts = capture->stopped;
		return;
	}
	count_all(capture, counts);
	counts->received -= before->received;
	counts->dropped -= before->dropped;
	counts->interface_dropped -= before->interface_dropped;
}
