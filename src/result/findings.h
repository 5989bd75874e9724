/*
 * Findings: what the replies say beyond addresses and times, each with its
 * evidence and how sure it is.  Drawn from the path alone, and from what is
 * saved with it of its hosts, so that a replay finds what the run found.
 * doc/findings.md tells what each code means, by which rule it is found, and
 * when the rule can be wrong.
 *
 * Of a run with many flows, the first flow's route is looked at.
 */
#ifndef TR_RESULT_FINDINGS_H
#define TR_RESULT_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "result/path.h"

enum tr_sureness {
	TR_SURE_CERTAIN,	/* bytes say so, or chance is out of question */
	TR_SURE_LIKELY,		/* something else is possible, but rare */
	TR_SURE_POSSIBLE,	/* one of several explanations */
};

/* "certain", "likely", "possible". */
const char *tr_sureness_name(enum tr_sureness sureness);

enum tr_finding_code {
	/* How the route ends. */
	TR_FINDING_END_SILENT,
	TR_FINDING_END_REFUSED,
	TR_FINDING_END_UNDELIVERABLE,
	TR_FINDING_END_TOO_BIG,
	TR_FINDING_END_FORGED_RESET,
	TR_FINDING_END_OTHER_ADDRESS,
	TR_FINDING_END_DATAGRAMS,
	TR_FINDING_REFUSED_PART,
	/* Answers and their absence. */
	TR_FINDING_LIMIT,
	TR_FINDING_SILENT,
	TR_FINDING_LOSS,
	TR_FINDING_LOSS_LAST_HOP,
	TR_FINDING_DUPLICATES,
	TR_FINDING_MTU,
	/* What came back quoted. */
	TR_FINDING_NAT,
	TR_FINDING_REWRITTEN_SEQUENCE,
	TR_FINDING_REWRITTEN_CHECKSUM,
	TR_FINDING_REWRITTEN_IP_ID,
	TR_FINDING_REWRITTEN_FLOW_LABEL,
	TR_FINDING_REWRITTEN_SIZE,
	TR_FINDING_REWRITTEN_DSCP,
	TR_FINDING_ECN_BLEACHED,
	TR_FINDING_ECN_CONGESTION,
	TR_FINDING_ECN_CHANGED,
	TR_FINDING_FRAGMENTED,
	TR_FINDING_QUOTE_ALTERED,
	TR_FINDING_TTL_RAISED,
	TR_FINDING_TTL_QUOTED,
	/* Tunnels. */
	TR_FINDING_MPLS_EXPLICIT,
	TR_FINDING_MPLS_IMPLICIT,
	TR_FINDING_MPLS_OPAQUE,
	TR_FINDING_MPLS_DUPLICATE,
	TR_FINDING_TUNNEL_SUSPECTED,
	/* Shapes of the route. */
	TR_FINDING_ZERO_TTL,
	TR_FINDING_LOOP,
	TR_FINDING_CYCLE,
	TR_FINDING_REPEATED,
	TR_FINDING_SOURCE_REWRITTEN,
	TR_FINDING_FLOW_SCATTERED,
	TR_FINDING_ROUTE_CHANGED,
	TR_FINDING_RETURN_DIFFERS,
	/* Whose hops they are. */
	TR_FINDING_AS_PATH,
	TR_FINDING_AS_BORDER,
	TR_FINDING_NAME_FALSE,
	/* This host's side. */
	TR_FINDING_OWN_NAT,
	TR_FINDING_OWN_REFUSED,
	TR_FINDING_OWN_CAPTURE_LOST,
	TR_FINDING_OWN_CLOCK_STEP,
	TR_FINDING_CODES
};

/* The stable name of a code: "limit", "mpls.explicit", ... */
const char *tr_finding_name(enum tr_finding_code code);

#define TR_FINDING_TEXT_MAX	320
#define TR_FINDING_VALUES_MAX	8
#define TR_FINDINGS_MAX		64

/* A number or an address, for programs. */
struct tr_finding_value {
	const char *name;		/* "sent", "answered", "from", ... */
	struct tr_address address;	/* none: the value is number */
	int64_t	 number;
};

/* A value type; texts are terminated, and safe for a terminal. */
struct tr_finding {
	enum tr_finding_code code;
	enum tr_sureness sureness;
	uint8_t	 first_ttl;	/* the hops that it is about; 0: none */
	uint8_t	 last_ttl;	/* of a change between two hops: those two, */
				/* or 0 and the later one where it may be */
				/* before the first */
	char	 text[TR_FINDING_TEXT_MAX];	/* a sentence, no full stop */
	char	 evidence[TR_FINDING_TEXT_MAX];	/* what it is drawn from */
	struct tr_finding_value values[TR_FINDING_VALUES_MAX];
	unsigned value_count;
};

struct tr_findings {
	struct tr_finding items[TR_FINDINGS_MAX];	/* by hop */
	uint32_t count;
	uint32_t left_out;	/* for which there was no room */
};

/*
 * All findings of a path that was concluded.  NULL without memory; free it
 * with free().
 */
struct tr_findings *tr_findings_new(const struct tr_path *path);

#endif
