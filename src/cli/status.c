#include <stdio.h>

#include "base/text.h"
#include "cli/status.h"
#include "io/privileges.h"

void
tr_complain(const struct tr_options *options, const char *text)
{
	char safe[TR_ERROR_TEXT_MAX];

	/* It may quote a path, a name, or what a library said. */
	fprintf(stderr, "%s: %s\n", tr_program_name(options->program),
	    tr_text_safe(text, safe, sizeof(safe)));
}

enum tr_status
tr_status_of_stop(const struct tr_options *options, enum tr_stop stop)
{
	switch (stop) {
	case TR_STOP_INTERRUPTED:
		return TR_EXIT_INTERRUPTED;
	case TR_STOP_ARRIVED:
		return TR_EXIT_REACHED;
	case TR_STOP_SEND_FAILED:
		return TR_EXIT_SYSTEM;
	default:
		return options->unreached_is_success ?
		    TR_EXIT_REACHED : TR_EXIT_UNREACHED;
	}
}

enum tr_status
tr_status_of(const struct tr_options *options, const struct tr_path *path)
{
	const struct tr_conclusion *conclusion = &path->conclusion;

	if (path->interrupted)
		return TR_EXIT_INTERRUPTED;
	/* A damaged capture may tell of an arrival that it does not show. */
	if (!conclusion->reached && conclusion->stop == TR_STOP_ARRIVED)
		return tr_status_of_stop(options, TR_STOP_UNKNOWN);
	return tr_status_of_stop(options, conclusion->stop);
}

enum tr_status
tr_status_of_failure(const struct tr_options *options,
    const struct tr_error *error)
{
	char advice[TR_ERROR_TEXT_MAX];

	tr_complain(options, error->text);
	if (error->code == TR_EPERMISSION) {
		tr_privileges_advice(advice, sizeof(advice));
		tr_complain(options, advice);
	}
	return error->code == TR_ERANGE || error->code == TR_EFORMAT ?
	    TR_EXIT_USAGE : TR_EXIT_SYSTEM;
}
