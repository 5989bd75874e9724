/*
 * A run: what was asked for and how it was carried out.  One of these heads
 * every result; a saved capture carries it in its section comment, so that a
 * replay knows what the frames cannot tell.
 */
#ifndef TR_RESULT_RUN_H
#define TR_RESULT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "engine/flow.h"
#include "strategy/multipath.h"
#include "strategy/rounds.h"
#include "strategy/trace.h"

#define TR_RUN_TEXT_MAX		256
#define TR_RUN_COMMAND_MAX	1024

/* A value type; all texts are terminated and may be empty. */
struct tr_run {
	bool	 known;		/* false: rebuilt from another program's */
				/* capture, only flow and start are filled */
	char	 version[32];	/* of the program that probed */
	char	 command[TR_RUN_COMMAND_MAX];	/* command line, for people */
	char	 target[TR_RUN_TEXT_MAX];	/* as the user named it */
	char	 again[TR_RUN_COMMAND_MAX];	/* options that another run */
				/* needs too, as words of the shell: way */
				/* out, simulation */
	struct tr_flow flow;
	bool	 one_flow;	/* all probes share the flow */
	bool	 multipath;	/* all paths: then paths, else trace */
	uint16_t walk_size;	/* of the walk's packets, where the path MTU */
				/* is looked for, by others up to the flow's */
				/* size; 0: it is not */
	struct tr_trace_config trace;
	struct tr_rounds_config rounds;	/* of the trace; count 0: none */
	struct tr_multipath_config paths;
	int64_t	 start;		/* 1970-01-01 UTC, ns; of the first frame */

	/* Own side: which way out, and why. */
	char	 interface[TR_RUN_TEXT_MAX];	/* probes leave by it */
	uint32_t interface_index;		/* 0: not known */
	struct tr_address gateway;		/* none: on the link itself */
	uint32_t mtu;				/* 0: not known */
	char	 interface_reason[64];	/* "route", "option -i" */
	char	 source_reason[64];	/* "route", "option -s" */
	char	 capture_device[TR_RUN_TEXT_MAX];	/* "any", "tun0" */
	uint32_t addresses;	/* how many the name resolved to; 0: none */
	uint32_t address_number;	/* which of them this is, from 1; 0: */
					/* not known */
	uint32_t mark;		/* --fwmark; 0: none */

	uint8_t	 masked_hops;	/* --privacy: the addresses of so many, and */
				/* of this host, are stand-ins */
				/* (packet/mask.h); 0: all are real */
};

/* What all ways of tracing have in common goes from trace to paths. */
static inline void
tr_run_share_limits(struct tr_run *run)
{
	run->paths.first_ttl = run->trace.first_ttl;
	run->paths.max_ttl = run->trace.max_ttl;
	run->paths.probes_at_once = run->trace.probes_at_once;
	run->paths.wait_max = run->trace.wait_max;
	run->paths.wait_here = run->trace.wait_here;
	run->paths.gap = run->trace.gap;
}

/*
 * The target as the user named it, fit for a terminal, or its address where
 * it has no name.  TR_RUN_TEXT_MAX bytes always suffice.  Returns text.
 */
const char *tr_run_host(const struct tr_run *run, char *text, size_t size);

/*
 * How old a probe may be that a datagram is taken to answer
 * (tr_matcher_set_window()); 0: any.  In rounds, one that was lost would else
 * take the answer to the next, and that one the next again.
 */
static inline int64_t
tr_run_window(const struct tr_run *run)
{
	return run->rounds.count > 1 ? run->rounds.interval : 0;
}

/* --classify: by all fields that the flow has.  Call when it is filled. */
void tr_run_classify(struct tr_run *run);

#endif
