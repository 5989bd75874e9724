#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/survey.h"
#include "cli/survey_targets.h"
#include "io/live.h"

/* --- --list ------------------------------------------------------------- */

/* A target on each line, in their order. */
static enum tr_status
print_targets(const struct tr_options *options,
    const struct tr_targets *targets)
{
	char text[TR_ADDRESS_TEXT_MAX];

	for (uint64_t i = 0; i < tr_targets_count(targets); i++) {
		const struct tr_address target = tr_targets_at(targets, i);

		tr_address_text(&target, text, sizeof(text));
		if (printf("%s\n", text) < 0) {
			fprintf(stderr, "%s: cannot write to standard output: "
			    "%s\n", tr_program_name(options->program),
			    strerror(errno));
			return TR_EXIT_SYSTEM;
		}
	}
	return TR_EXIT_REACHED;
}

/* --- all of it ---------------------------------------------------------- */

/* So short that --seed can say it again. */
static int
draw_seed(const struct tr_options *options, uint64_t *seed,
    struct tr_error *error)
{
	int status = TR_OK;

	*seed = options->seed;
	if (!options->seed_given)
		status = tr_live_seed(seed, error);
	*seed &= 0xffffffff;
	return status;
}

static enum tr_status
carry_out(const struct tr_options *options, const struct tr_targets *targets)
{
	if (options->survey.list)
		return print_targets(options, targets);
	tr_complain(options, "this build cannot send yet: --list prints the "
	    "targets");
	return TR_EXIT_SYSTEM;
}

enum tr_status
tr_survey_main(const struct tr_options *options, int argc,
    char *const argv[])
{
	struct tr_survey_names *names = tr_survey_names_new();
	struct tr_targets *targets = NULL;
	struct tr_error error;
	enum tr_status status;
	uint64_t seed;

	(void)argc;
	(void)argv;
	if (names == NULL) {
		tr_complain(options, tr_error_phrase(TR_ENOMEM));
		return TR_EXIT_SYSTEM;
	}
	if (draw_seed(options, &seed, &error) == TR_OK &&
	    tr_survey_targets_gather(options, seed, names, &targets,
	    &error) == TR_OK)
		status = carry_out(options, targets);
	else
		status = tr_status_of_failure(options, &error);
	tr_targets_free(targets);
	tr_survey_names_free(names);
	return status;
}
