/*
 * The command line of trueroute-sim.
 */
#ifndef TR_CLI_SIM_OPTIONS_H
#define TR_CLI_SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "sim/truth.h"

enum tr_sim_mode {
	TR_SIM_MODE_RUN,		/* a command behind a tun device */
	TR_SIM_MODE_CHECK,
	TR_SIM_MODE_TRUTH,
	TR_SIM_MODE_SCORE,
	TR_SIM_MODE_ANSWER,
	TR_SIM_MODE_GENERATE,
	TR_SIM_MODE_HELP,
	TR_SIM_MODE_VERSION,
};

/* What the user asked for; texts borrow from argv. */
struct tr_sim_options {
	enum tr_sim_mode mode;
	const char *file;		/* the topology */
	const char *target;		/* --truth */
	const char *result;		/* --score */
	const char *capture;		/* --answer */
	const char *shape;		/* --generate */
	char	*const *command;	/* NULL: a shell */
	const char *write_path;
	const char *tap;		/* node; NULL: the prober */
	const char *prober;		/* node; NULL: the first */
	const char *device;
	uint64_t seed;
	bool	 seed_given;
	bool	 source_given;		/* the probe's source port or id */
	bool	 checksum_given;	/* and its ICMP checksum */
	bool	 verbose;

	/* --truth */
	uint8_t	 family;		/* 0: either */
	bool	 all_flows;
	int64_t	 at;
	uint8_t	 max_ttl;
	struct tr_truth_probe probe;	/* but for its addresses */
};

/*
 * Parse; argv may be reordered.  Returns TR_OK, or TR_ERANGE with one line
 * that says what was wrong, which value, and what is accepted.
 */
int tr_sim_options_parse(struct tr_sim_options *options, int argc,
    char *argv[], struct tr_error *error);

void tr_sim_options_help(FILE *stream);

#endif
