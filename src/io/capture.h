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
#include "result/path.h"

/*
 * Enough for any header chain and for a quote of 1280 bytes behind it; the
 * kernel's ring has slots of this size: there is room for some 900 frames.
 */
#define TR_CAPTURE_SNAPLEN	2048
#define TR_CAPTURE_BUFFER	(2 << 20)
#define TR_CAPTURE_ANY		"any"

struct tr_frame {
	enum tr_link link;
	const uint8_t *data;	/* borrowed until the next frame */
	size_t	 size;		/* captured */
	size_t	 wire_size;
	int64_t	 stamp;		/* ns since 1970-01-01 UTC */
};

struct tr_capture;

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
 * else not known.
 */
void tr_capture_counts(struct tr_capture *capture,
    struct tr_capture_counts *counts);

#endif
