/*
 * From what the user asked for to a run that can start: the target's
 * address, the way out, the flow.
 */
#ifndef TR_CLI_PREPARE_H
#define TR_CLI_PREPARE_H

#include "base/error.h"
#include "cli/options.h"
#include "cli/resolve.h"
#include "result/run.h"
#include "sim/topology.h"

struct tr_prepared {
	struct tr_run run;
	uint64_t seed;		/* of the probes' identifiers */
	int	 reserved;	/* descriptor that holds the source port; -1 */
	uint64_t network_seed;	/* of a simulated network */
};

/*
 * The first addresses of the target, size at most; *written is their number.
 * Returns TR_OK; TR_ERANGE with a text.
 */
int tr_prepare_targets(const struct tr_options *options,
    struct tr_resolved resolved[], size_t size, size_t *written,
    struct tr_error *error);

/*
 * Is it an address of a host, and can packets leave for it?  Returns TR_OK, or
 * another code with a text.
 */
int tr_prepare_has_route(const struct tr_options *options,
    const struct tr_resolved *resolved, struct tr_error *error);

/*
 * Look up the route to the target, reserve the source port and draw what of
 * the flow is drawn.  No privilege is needed.  Returns TR_OK; TR_ERANGE for
 * what the user can mend (an address, a port in use); TR_ESYSTEM and others
 * for what the system lacks; with a text.
 */
int tr_prepare(const struct tr_options *options,
    const struct tr_resolved *resolved, int argc, char *const argv[],
    struct tr_prepared *prepared, struct tr_error *error);

/* What is drawn for a run on a simulated network, where it is not given. */
struct tr_drawn {
	uint64_t seed;		/* of the probes' identifiers */
	uint16_t source_port;
	uint16_t icmp_id;
	uint16_t icmp_checksum;	/* 1 to 0xfffe */
};

void tr_prepare_draw(uint64_t network_seed, struct tr_drawn *drawn);

/*
 * The same for a run on a simulated network, from *prober, which is the one
 * with the address of -s or else the first.  HOST is an address, or the name
 * of a node or of a host of the topology.  Nothing is asked of the system.
 */
int tr_prepare_simulated(const struct tr_options *options,
    const struct tr_topology *topology, int argc, char *const argv[],
    struct tr_prepared *prepared, uint32_t *prober, struct tr_error *error);

#endif
