/*
 * Capturing frames at the link layer, live or from a file (libpcap).
 */
#ifndef TR_IO_CAPTURE_H
#define TR_IO_CAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/address.h"
#include "base/error.h"
#include "packet/link.h"
#include "packet/probe.h"
#include "result/path.h"

/*
 * Enough for any header chain and for a quote of 1280 bytes behind it; the
 * kernel's ring has slots of this size: there is room for some 900 frames.
 */
#define TR_CAPTURE_SNAPLEN	2048
#define TR_CAPTURE_BUFFER	(2 << 20)
#define TR_CAPTURE_ANY		"any"

/*
 * A survey's: an answer's headers, the 128 bytes that an error quotes at most
 * before its extension (RFC 4884, 4.6), and of that 66 bytes at the least
 * behind Ethernet, IPv6 and ICMPv6, 60 where all devices are captured on: four
 * labels of MPLS (24 bytes with their headers), and the interface's index and
 * address (RFC 5837).  A longer extension is cut, and then counts as none.
 */
#define TR_CAPTURE_SURVEY_SNAPLEN	256
#define TR_CAPTURE_SURVEY_RING		(8 << 20)
#define TR_CAPTURE_SURVEY_RING_MAX	(1 << 30)
#define TR_CAPTURE_SURVEY_HAND_OVER	10		/* ms */
#define TR_CAPTURE_SURVEY_FILTER_MAX	1024

struct tr_frame {
	enum tr_link link;
	const uint8_t *data;	/* borrowed until the next frame */
	size_t	 size;		/* captured */
	size_t	 wire_size;
	int64_t	 stamp;		/* ns since 1970-01-01 UTC */
};

struct tr_capture;

/* What a survey sends, and how what comes back is captured. */
struct tr_capture_survey {
	const char *device;	/* or TR_CAPTURE_ANY; borrowed */
	bool	 v4;		/* the families in use */
	bool	 v6;
	enum tr_protocol protocol;
	uint16_t source_port;		/* UDP, TCP */
	uint16_t destination_port;	/* UDP, TCP */
	uint16_t icmp_id;		/* ICMP */
	uint32_t flows;		/* so many, from that on (engine/flow.h); of */
				/* ICMP with any id; 0 or 1: one */
	size_t	 ring;		/* bytes; 0: TR_CAPTURE_SURVEY_RING */
	int	 hand_over;	/* ms; 0: TR_CAPTURE_SURVEY_HAND_OVER */
};

/*
 * Start capturing on a device, TR_CAPTURE_ANY for all of them, what can be a
 * probe to dst or an answer to one: every ICMP message, and UDP and TCP with
 * dst, or, for neighbours, with what differs from it in the last 8 bits.  The
 * filter is coarse; the caller's decoder decides.  Needs CAP_NET_RAW.
 * Immediate mode, nanosecond stamps where the system has them.  Returns NULL
 * with a text: TR_EPERMISSION, TR_ESYSTEM, TR_EUNSUPPORTED (a link type that
 * we cannot read).  Free with tr_capture_close().
 */
struct tr_capture *tr_capture_open(const char *device,
    const struct tr_address *dst, bool neighbours, struct tr_error *error);

/*
 * The same for a survey, as cheap for each frame as it goes: the kernel fills
 * blocks, and hands each over when it is full or hand_over is past since it was
 * begun.  A frame can be read that much after it came in, or earlier; its stamp
 * is as good as ever.  Poll the descriptor: there is no waiting in here.
 *
 * A block takes 256 KB of the ring, however little is in it.  The ring is
 * full when all wait to be read: where frames are few, after hand_over times
 * the number of blocks (320 ms by default); where they are many, by their size
 * (a frame takes some 140 to 340 bytes).  What comes then is dropped, and
 * counted.  Linux may give a smaller ring than is asked for, when it has no
 * memory for it.
 *
 * Captured is what came in only, as far as Linux can tell (4.20 and later), by
 * tr_capture_survey_filter().  Which protocols and families that lets through
 * is coarse: whose answer it is, the caller finds out.
 *
 * Also returns NULL with TR_ERANGE, for a ring larger than
 * TR_CAPTURE_SURVEY_RING_MAX, a negative hand_over, or no family.
 */
struct tr_capture *tr_capture_open_survey(
    const struct tr_capture_survey *survey, struct tr_error *error);

/*
 * The filter of a survey in pcap-filter(7)'s language: the ICMP errors that can
 * answer a probe (unreachable, too big, time exceeded, parameter problem); of
 * ICMP the echo replies with the survey's id, or, with several flows, all; of
 * UDP what comes from the probed port to one of ours; of TCP such with SYN and
 * ACK, or RST; and all of IPv6 that has extension headers, which the kernel's
 * filter cannot look behind.
 * text has room for TR_CAPTURE_SURVEY_FILTER_MAX.
 */
void tr_capture_survey_filter(const struct tr_capture_survey *survey,
    char *text);

/*
 * Read a capture file, pcap or pcapng.  The stream is taken over, and closed
 * with the capture, or at once where this fails.  name is for messages.
 */
struct tr_capture *tr_capture_open_file(FILE *stream, const char *name,
    struct tr_error *error);

void tr_capture_close(struct tr_capture *capture);

enum tr_link tr_capture_link(const struct tr_capture *capture);

/* To poll for reading; live only. */
int tr_capture_descriptor(const struct tr_capture *capture);

/*
 * The next frame.  Returns 1; 0 when there is none now (live) or no more
 * (file); TR_ESYSTEM when the device is gone or the file is cut short, with
 * a text.
 */
int tr_capture_next(struct tr_capture *capture, struct tr_frame *frame,
    struct tr_error *error);

/* Called with each frame, which is borrowed until it returns. */
typedef void tr_frame_fn(void *context, const struct tr_frame *frame);

/*
 * The next frames, so many at the most (1 or more): cheaper than one by one.
 * Returns how many there were, 0 for none now; or TR_ESYSTEM, as above.  A
 * device that went down is read again when it is up.
 */
int tr_capture_batch(struct tr_capture *capture, int most, tr_frame_fn *take,
    void *context, struct tr_error *error);

/*
 * A run begins: what was captured before it is discarded, and the counters
 * begin anew.  A capture may have been open for long without being read; its
 * buffer may be full, and have lost what was of no run.  Live only.  Returns
 * TR_OK, or what tr_capture_next() does where the device is gone, with a text.
 */
int tr_capture_start(struct tr_capture *capture, struct tr_error *error);

/* The run is over, the counters stay: what comes now is not read. */
void tr_capture_stop(struct tr_capture *capture);

/*
 * Counters of the run, or since opening where none was started; live only,
 * else not known.  They are asked of the system, which counts to 2^32 and
 * begins anew: call it now and then in a long run.
 *
 * Received is what passed the filter, and dropped the part of it for which the
 * ring had no room.  What the device dropped is not looked at for a single
 * trace (0).  A survey counts what never got from its device to the capture,
 * whoever it was for (io/device.h); 0 with TR_CAPTURE_ANY.
 */
void tr_capture_counts(struct tr_capture *capture,
    struct tr_capture_counts *counts);

#endif
