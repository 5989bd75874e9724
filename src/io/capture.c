#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "io/capture.h"

struct tr_capture {
	pcap_t	*pcap;
	enum tr_link link;
	bool	 nanoseconds;
	const char *name;
	struct tr_capture_counts before;	/* at the run's start */
	struct tr_capture_counts stopped;	/* of it, when it was over */
	bool	 is_stopped;
};

/* In a flood of frames a run starts all the same. */
#define DISCARDED_MAX	8192

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
set_filter(pcap_t *pcap, struct tr_address dst, bool neighbours,
    struct tr_error *error)
{
	const size_t size = tr_address_size(&dst);
	char text[TR_ADDRESS_TEXT_MAX], filter[256];
	struct bpf_program program;
	int status;

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
    struct tr_error *error)
{
	pcap_t *pcap = capture->pcap;
	char reason[PCAP_ERRBUF_SIZE];
	int status;

	/*
	 * Without immediate mode a reply is told of when the timeout is
	 * over, not when it is there.
	 */
	pcap_set_snaplen(pcap, TR_CAPTURE_SNAPLEN);
	pcap_set_buffer_size(pcap, TR_CAPTURE_BUFFER);
	pcap_set_immediate_mode(pcap, 1);
	pcap_set_timeout(pcap, 1);
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

struct tr_capture *
tr_capture_open(const char *device, const struct tr_address *dst,
    bool neighbours, struct tr_error *error)
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
	if (activate(capture, device, error) != TR_OK ||
	    set_filter(capture->pcap, *dst, neighbours, error) != TR_OK) {
		tr_capture_close(capture);
		return NULL;
	}
	return capture;
}

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
		return tr_fail(error, TR_ESYSTEM, "capture of %s: %s",
		    capture->name, pcap_geterr(capture->pcap));
	frame->link = capture->link;
	frame->data = data;
	frame->size = header->caplen;
	frame->wire_size = header->len;
	frame->stamp = stamp_of(capture, header);
	return 1;
}

/* Since it was opened. */
static void
count_all(struct tr_capture *capture, struct tr_capture_counts *counts)
{
	struct pcap_stat stat;

	*counts = (struct tr_capture_counts){ .known = false };
	if (pcap_stats(capture->pcap, &stat) != 0)
		return;
	counts->known = true;
	counts->received = stat.ps_recv;
	counts->dropped = stat.ps_drop;
	counts->interface_dropped = stat.ps_ifdrop;
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
