/*
 * Sending the probes of a survey: packets patched from a template
 * (packet/template.h), gathered, and sent in batches (io/burst.h), each family
 * by its own.
 *
 * A family's route decides which way its probes go:
 *
 * at the link layer	to the route's next hop, by its device; whatever this
 *		host's routing table says of a target, but for what is
 *		elsewhere: that goes by raw sockets.
 * by raw sockets	the kernel routes each packet, but out of the route's
 *		device; where route.interface is "", by any.  (What the kernel
 *		has no route for by that device, Linux takes to be on its link.)
 *
 * Raw sockets are used where the config says so, and where there is no next hop
 * or no Ethernet: see io/burst.h.  So a survey takes the route of a target that
 * is like most of the others.  Without config.elsewhere, a target on a link of
 * this host, or behind another device or next hop, is reached by way of that
 * next hop, if that leads on; this host itself is not.
 *
 * The source port is reserved as long as the sender is open, so that no other
 * program gets it and no port unreachable of this host's answers what targets
 * send to it.  The kernel does reset what answers to a SYN, which is as well.
 * Other flows' ports (struct tr_survey_probe) are not reserved.
 */
#ifndef TR_IO_SENDER_H
#define TR_IO_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "io/burst.h"
#include "io/elsewhere.h"
#include "io/route.h"
#include "packet/probe.h"
#include "strategy/survey.h"

/* A full queue is waited for so long, and then given back to the caller. */
#define TR_SENDER_PATIENCE	INT64_C(5000000)	/* ns */

/* So many of a family that are refused in a row are not about them. */
#define TR_SENDER_REFUSALS	10

struct tr_sender_config {
	const struct tr_route *v4;	/* NULL: no IPv4 */
	const struct tr_route *v6;	/* NULL: no IPv6 */
	/*
	 * Like this are all probes.  The source is the route's; destination,
	 * TTL, identifier and TCP's sequence number are each probe's own, and
	 * so is what differs between flows, if its flow is not 0.
	 * source_port 0: one is found.  size 0: the family's default, and so
	 * many bytes more.
	 */
	struct tr_probe_spec probe;
	uint16_t more;
	uint32_t mark;		/* SO_MARK; 0: none */
	bool	 raw;		/* raw sockets, even with a link layer */
	const struct tr_elsewhere *elsewhere; /* what does not go by the */
				/* routes' next hops; NULL: nothing; */
				/* borrowed until it is closed */
	bool	 bound;		/* that, too, leaves by the route's device */
};

/*
 * Told from within tr_sender_flush(); what tr_survey_departed() and
 * tr_survey_failed() want to know.  Of a batch that a process with more right
 * to the processor interrupts, the times are off by that interruption, so that
 * an answer may seem to have come before its probe left.
 */
struct tr_sender_sink {
	void	(*departed)(void *context, uint64_t serial, int64_t sent);
	void	(*failed)(void *context, uint64_t serial, int64_t now,
		    int system);
	void	*context;
};

/* Since it was opened. */
struct tr_sender_counts {
	uint64_t sent;		/* probes that the system took */
	uint64_t failed;	/* that it refused for good */
	uint64_t retried;	/* times that a queue was full */
	int64_t	 waited;	/* for queues, ns */
};

struct tr_sender;

/*
 * Needs CAP_NET_RAW, and nothing afterwards does; may wait some three seconds
 * for each next hop to tell its link address.  Returns NULL with a text in
 * *error: TR_ERANGE for a probe that cannot be built, or no family; what
 * tr_burst_open() and tr_port_reserve() return; TR_ENOMEM.  Free with
 * tr_sender_close().
 */
struct tr_sender *tr_sender_open(const struct tr_sender_config *config,
    const struct tr_sender_sink *sink, struct tr_error *error);
void tr_sender_close(struct tr_sender *sender);

/* The one that is reserved; 0 of ICMP. */
uint16_t tr_sender_source_port(const struct tr_sender *sender);

/* Do the probes of a family in use (4 or 6) leave at the link layer? */
bool tr_sender_is_link(const struct tr_sender *sender, uint8_t family);

/*
 * So many probes can be added, of whatever family: to be asked before a probe
 * is, of a survey that takes it as sent.  TR_BURST_MAX where none waits.
 */
uint32_t tr_sender_room(const struct tr_sender *sender);

/*
 * Add a probe to those that wait.  Returns TR_OK; TR_EUNSUPPORTED for a family
 * that is not in use, TR_ENOMEM where there is no room, TR_ERANGE for a field
 * out of its range.
 */
int tr_sender_add(struct tr_sender *sender,
    const struct tr_survey_probe *probe);

/*
 * Send what waits, in order.  Each probe that the system took, or refused for
 * good (an errno as in io/burst.h), is told to the sink, once.  Returns how
 * many still wait: those that a queue stayed full for, or a signal came before;
 * they go first the next time.  Returns TR_ESYSTEM, with a text and the errno
 * in it, when a device is down or gone: those probes wait too, since it may
 * come back.  The same when TR_SENDER_REFUSALS of a family were refused before
 * this one, and none was taken in between (there is no route, a filter lets
 * nothing out): it waits, and another is tried the next time.  What is
 * elsewhere does not count.
 */
int tr_sender_flush(struct tr_sender *sender, struct tr_error *error);

/* Forget what waits; the sink is not told. */
void tr_sender_clear(struct tr_sender *sender);

/* tr_burst_tend() of each family: call it about once a second. */
int tr_sender_tend(struct tr_sender *sender, int64_t now,
    struct tr_error *error);

/* tr_burst_doubt() of each family. */
void tr_sender_doubt(struct tr_sender *sender);

void tr_sender_counts(const struct tr_sender *sender,
    struct tr_sender_counts *counts);

#endif
