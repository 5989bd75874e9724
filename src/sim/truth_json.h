/*
 * The truth in JSON, and the claims of a tracer read from its JSON: those of
 * trueroute --json (doc/json.md).  Needs jansson.
 */
#ifndef TR_SIM_TRUTH_JSON_H
#define TR_SIM_TRUTH_JSON_H

#include <jansson.h>

#include "sim/truth.h"

/* A new object, owned by the caller; NULL without memory. */
json_t *tr_truth_to_json(const struct tr_topology *topology,
    const struct tr_truth *truth);

/*
 * Read one object of trueroute --json: what was asked, for the truth to be
 * found, and what was claimed, added to claims (struct tr_truth_claim).
 * question has its prober, seed and limits already, or they are set later.
 * Where the probes were several flows, the n-th answer of a hop is held to
 * lead to the n-th of the next, as a reader of the text would.  Returns TR_OK;
 * TR_EFORMAT with a text; TR_ENOMEM.
 */
int tr_truth_claims_from_json(const json_t *object,
    struct tr_truth_question *question, struct tr_list *claims,
    bool *reached, struct tr_error *error);

/* How a result is held against the truth. */
struct tr_truth_verdict {
	struct tr_truth_score vertices;
	struct tr_truth_score links;
	bool	 reaches;		/* the truth: to the destination */
	bool	 reached;		/* what the result says of it */
};

/*
 * {"vertices": {"found": ...}, "links": {...}, "reached": {...}}; NULL
 * without memory.
 */
json_t *tr_truth_verdict_to_json(const struct tr_truth_verdict *verdict);

#endif
