/*
 * What a run looks up beside the trace: names, origin AS, places of those who
 * answer.  On the real network processes of their own do it
 * (enrich/lookup_process.h) while probes are under way; on a simulated one and
 * in a replay it is there at once, from the topology and from files.
 */
#ifndef TR_CLI_LOOKUPS_H
#define TR_CLI_LOOKUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "io/live.h"
#include "result/path.h"
#include "sim/topology.h"

struct tr_lookups;

/*
 * Told whenever something new may be known, or a wait over; returns when it
 * wants to be told again at the latest, or TR_TIME_NEVER.
 */
typedef int64_t tr_lookups_fn(void *context, int64_t now);

/*
 * Before any privilege is raised.  Returns NULL with a text: a file that
 * cannot be read, what this build lacks.  What fails later is said on standard
 * error, and the trace goes on.
 */
struct tr_lookups *tr_lookups_open(const struct tr_options *options,
    struct tr_error *error);
void tr_lookups_close(struct tr_lookups *lookups);	/* NULL is allowed */

/* Names come from a topology, which is to live as long; NULL: from none. */
void tr_lookups_simulate(struct tr_lookups *lookups,
    const struct tr_topology *topology);

/* The table that is filled, for tr_path.annotations. */
struct tr_annotations *tr_lookups_annotations(struct tr_lookups *lookups);

/*
 * An answer came into the path: look up who sent the newest, if that was not
 * done yet.
 */
void tr_lookups_newest(struct tr_lookups *lookups,
    const struct tr_path *path);

/* The same for all who answered in a path; it is filled from files at once. */
void tr_lookups_path(struct tr_lookups *lookups, struct tr_path *path);

/* Whom to tell from now on. */
void tr_lookups_listen(struct tr_lookups *lookups, tr_lookups_fn *told,
    void *context);

/* For tr_live_run(); NULL where nothing is ever waited for, and for NULL. */
struct tr_live_companion *tr_lookups_companion(struct tr_lookups *lookups);

/*
 * May a hop be shown that is final since then (of the monotonic clock)?
 * TR_TIME_NONE: yes; else when it may be at the latest.
 */
int64_t tr_lookups_hop(const struct tr_lookups *lookups,
    const struct tr_path *path, uint8_t ttl, int64_t since, int64_t now);

/* Nothing is waited for any more: what is pending is unanswered. */
void tr_lookups_end(struct tr_lookups *lookups);

#endif
