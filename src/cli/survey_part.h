/*
 * What the files of the command share: survey.c (wiring, signals, the end),
 * survey_routes.c (which way out), survey_settle.c (what the survey is told).
 */
#ifndef TR_CLI_SURVEY_PART_H
#define TR_CLI_SURVEY_PART_H

#include "cli/options.h"
#include "cli/survey_names.h"
#include "cli/survey_progress.h"
#include "cli/survey_writer.h"
#include "io/elsewhere.h"
#include "io/route.h"
#include "io/survey_run.h"

#define TR_SURVEY_PATHS_FLOWS	256	/* of each target, with --multipath */

/* What one command has. */
struct tr_survey_command {
	const struct tr_options *options;
	struct tr_survey_names *names;
	struct tr_targets *targets;
	uint64_t seed;			/* of the order */
	struct tr_route v4, v6;
	bool	 has_v4, has_v6;
	struct tr_elsewhere elsewhere;
	struct tr_survey_config config;
	struct tr_survey_run run;
	struct tr_survey_about about;
	struct tr_survey_writer writer;
	struct tr_progress progress;
	bool	 interrupt_said;
	int64_t	 started;
};

/*
 * The routes of the families that there are targets of; one of the two may have
 * none: its targets are left out, which is said.  Returns TR_OK; or what
 * tr_route_find() does, with a text.
 */
int tr_survey_find_routes(struct tr_survey_command *survey,
    struct tr_error *error);

/*
 * From the options to the survey's config, and to what all probes have in
 * common; what neither the user nor an earlier run says is drawn.  Returns
 * TR_OK, or TR_ESYSTEM with a text.
 */
int tr_survey_settle(struct tr_survey_command *survey,
    struct tr_probe_spec *spec, struct tr_error *error);

#endif
