/*
 * Records: what the engine tells of a run, in the order it happens.  The
 * result model (result/path.h) is built from these and from nothing else,
 * in a live run, in the simulator and in a replay.
 */
#ifndef TR_ENGINE_RECORD_H
#define TR_ENGINE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/match.h"
#include "engine/verdict.h"

enum tr_record_type {
	TR_RECORD_PROBE,	/* a probe is handed over for sending */
	TR_RECORD_DEPARTED,	/* it was captured as it left */
	TR_RECORD_FAILED,	/* the system refused to send it */
	TR_RECORD_REPLY,	/* an answer to it was captured */
	TR_RECORD_HOP,		/* nothing more is awaited for this TTL */
	TR_RECORD_END,
};

/* Why a run ended. */
enum tr_stop {
	TR_STOP_UNKNOWN,	/* a capture of another program ends */
	TR_STOP_ARRIVED,
	TR_STOP_UNREACHABLE,	/* a router or firewall said so */
	TR_STOP_HOP_LIMIT,	/* the last TTL was probed */
	TR_STOP_SILENCE,	/* nobody answered for some TTLs */
	TR_STOP_PROBE_LIMIT,	/* more probes were not allowed */
	TR_STOP_TIME_LIMIT,	/* more time was not allowed */
	TR_STOP_SEND_FAILED,	/* no probe of the first hop could leave */
	TR_STOP_INTERRUPTED,
};

const char *tr_stop_name(enum tr_stop stop);

/*
 * How many replies to one probe are recorded: a broken network may send the
 * same one without end.
 */
#define TR_REPLIES_MAX 16

struct tr_record {
	enum tr_record_type type;
	uint32_t probe;			/* all but HOP and END */
	uint8_t	 ttl;			/* PROBE, HOP */
	uint32_t flow;			/* PROBE, DEPARTED: its number */
	const struct tr_identity *identity;	/* PROBE, DEPARTED; borrowed */
	int64_t	 stamp;			/* DEPARTED, REPLY: capture's, ns */
	int	 error;			/* FAILED: errno */
	const struct tr_packet *packet;	/* REPLY; borrowed with its frame */
	struct tr_match match;		/* REPLY */
	enum tr_verdict verdict;	/* REPLY */
	bool	 late;			/* REPLY: after its HOP record */
	enum tr_stop stop;		/* END */
};

#endif
