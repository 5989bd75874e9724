#include "config.h"

#include "cli/privacy.h"

#ifdef HAVE_JANSSON

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/lookups.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/topologies.h"
#include "io/masking.h"
#include "io/replay.h"

/*
 * What the system refused may name an interface or an address; what is wrong
 * with an option was said by whoever gave it.
 */
static enum tr_status
fail(const struct tr_options *options, const struct tr_error *error)
{
	struct tr_error told = *error;

	if (error->code == TR_ENOTFOUND || error->code == TR_ESYSTEM)
		tr_fail(&told, error->code, "cannot trace (%s); what it is "
		    "about is told without --privacy", error->system != 0 ?
		    strerror(error->system) : tr_error_phrase(error->code));
	return tr_status_of_failure(options, &told);
}

static FILE *
temporary(struct tr_error *error)
{
	FILE *stream = tmpfile();

	if (stream == NULL)
		tr_fail(error, TR_ESYSTEM, "cannot make a temporary file: %s",
		    strerror(errno));
	return stream;
}

/* A writer to a stream that stays open when it is closed. */
static struct tr_evidence_writer *
writer_to(FILE *stream, struct tr_error *error)
{
	const int fd = dup(fileno(stream));
	FILE *other = fd < 0 ? NULL : fdopen(fd, "wb");
	struct tr_evidence_writer *writer;

	if (other == NULL) {
		tr_fail(error, TR_ESYSTEM, "cannot use a temporary file: %s",
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	writer = tr_evidence_to(other, "a temporary file", error);
	if (writer == NULL)
		fclose(other);
	return writer;
}

/* --- masked, shown and saved --------------------------------------------- */

static int
mask(const struct tr_options *options, FILE *from, const char *name,
    FILE *to, struct tr_error *warning, struct tr_error *error)
{
	struct tr_evidence_writer *writer = writer_to(to, error);
	struct tr_error writing;
	int status;

	if (writer == NULL)
		return error->code;
	status = tr_mask_capture(from, name, options->privacy, writer,
	    warning, error);
	if (tr_evidence_close(writer, &writing) != TR_OK && status == TR_OK) {
		*error = writing;
		status = error->code;
	}
	return status;
}

/*
 * The stream, which is closed, as --read would show it.  lookups: what files
 * tell of the hops that are not masked; NULL: it is in the capture.
 */
static enum tr_status
show(const struct tr_options *options, struct tr_lookups *lookups,
    FILE *masked)
{
	struct tr_path *path;
	struct tr_error error, warning;
	struct tr_evidence evidence;
	struct tr_rebuild *rebuild;
	enum tr_status status;
	size_t count;

	rewind(masked);
	rebuild = tr_replay_stream(masked, "the masked capture", false,
	    &evidence, &count, &warning, &error);
	tr_evidence_clear(&evidence);
	if (rebuild == NULL)
		return tr_status_of_failure(options, &error);
	path = tr_rebuild_path(rebuild, 0);
	if (lookups != NULL)
		tr_lookups_path(lookups, path);
	status = tr_show_saved(options, path, true);
	tr_rebuild_free(rebuild);
	return status;
}

static enum tr_status
mask_and_show(const struct tr_options *options, struct tr_lookups *lookups,
    FILE *from, const char *name, struct tr_evidence_writer *saved)
{
	struct tr_error error, warning = { .code = TR_OK };
	FILE *masked = temporary(&error);
	enum tr_status status;

	if (masked == NULL)
		return tr_status_of_failure(options, &error);
	if (mask(options, from, name, masked, &warning, &error) != TR_OK) {
		fclose(masked);
		tr_complain(options, error.text);
		return error.code == TR_ENOMEM || error.code == TR_ESYSTEM ?
		    TR_EXIT_SYSTEM : TR_EXIT_USAGE;
	}
	if (saved != NULL)
		tr_evidence_copy(saved, masked);
	status = show(options, lookups, masked);
	if (warning.code != TR_OK)
		tr_complain(options, warning.text);
	return status;
}

/* Open what --write names, if anything, first of all; read is another file. */
static int
open_saved(const struct tr_options *options, const char *read,
    struct tr_evidence_writer **saved, struct tr_error *error)
{
	*saved = NULL;
	if (options->write_path == NULL)
		return TR_OK;
	if (tr_files_differ(options->write_path, read, error) != TR_OK)
		return error->code;
	*saved = tr_evidence_create(options->write_path, error);
	return *saved == NULL ? error->code : TR_OK;
}

static enum tr_status
close_saved(const struct tr_options *options,
    struct tr_evidence_writer *saved, enum tr_status status)
{
	struct tr_error error;

	if (tr_evidence_close(saved, &error) != TR_OK)
		return tr_status_of_failure(options, &error);
	return status;
}

/* --- a run --------------------------------------------------------------- */

struct quiet {
	struct tr_session *session;
	int	 status;		/* of the first record that failed */
};

static void
on_record(void *context, const struct tr_record *record)
{
	struct quiet *quiet = context;
	const int status = tr_session_record(quiet->session, record);

	if (quiet->status == TR_OK)
		quiet->status = status;
}

/* Run it without a word, all that there is of it into the writer. */
static int
carry_out(struct tr_session *session, struct tr_evidence_writer *evidence,
    struct tr_error *error)
{
	struct quiet quiet = { .session = session, .status = TR_OK };
	const struct tr_driver_sink sink = { evidence, on_record, &quiet };
	int status;

	tr_evidence_begin(evidence, &session->prepared.run,
	    tr_session_link(session));
	status = tr_session_run(session, &sink, error);
	tr_lookups_end(session->lookups);
	tr_evidence_end(evidence, session->path);
	if (status == TR_OK && quiet.status != TR_OK)
		status = tr_fail(error, quiet.status, "the run is not whole: "
		    "%s", tr_error_phrase(quiet.status));
	return status;
}

/* *begun: there is something to show, even where it failed. */
static int
trace(const struct tr_options *options, struct tr_lookups *lookups, int argc,
    char *const argv[], FILE *to, bool *begun, struct tr_error *error)
{
	struct tr_evidence_writer *writer = writer_to(to, error);
	const struct tr_session_request request = {
		.count = 1,
		.options = options,
		.lookups = lookups,
		.argc = argc,
		.argv = argv,
	};
	struct tr_session session;
	struct tr_error writing;
	int status;

	*begun = false;
	if (writer == NULL)
		return error->code;
	status = tr_sessions_open(&session, &request, error);
	if (status == TR_OK) {
		*begun = true;
		status = carry_out(&session, writer, error);
	}
	tr_sessions_close(&session, 1);
	if (tr_evidence_close(writer, &writing) != TR_OK && status == TR_OK) {
		*error = writing;
		status = error->code;
	}
	return status;
}

static enum tr_status
trace_masked(const struct tr_options *options, int argc, char *const argv[],
    struct tr_evidence_writer *saved)
{
	struct tr_lookups *lookups;
	struct tr_error error;
	enum tr_status status = TR_EXIT_REACHED;
	FILE *evidence = temporary(&error);
	bool begun;
	int result;

	if (evidence == NULL)
		return tr_status_of_failure(options, &error);
	lookups = tr_lookups_open(options, &error);
	if (lookups == NULL) {
		fclose(evidence);
		return tr_status_of_failure(options, &error);
	}
	result = trace(options, lookups, argc, argv, evidence, &begun,
	    &error);
	tr_lookups_close(lookups);
	if (begun)
		status = mask_and_show(options, NULL, evidence, "the run",
		    saved);
	fclose(evidence);
	return result != TR_OK ? fail(options, &error) : status;
}

enum tr_status
tr_privacy_trace(const struct tr_options *options, int argc,
    char *const argv[])
{
	char path[TR_TOPOLOGY_PATH_MAX];
	struct tr_evidence_writer *saved;
	struct tr_error error;

	if (open_saved(options, tr_topology_path(options->simulate_path, path,
	    sizeof(path)), &saved, &error) != TR_OK)
		return tr_status_of_failure(options, &error);
	return close_saved(options, saved,
	    trace_masked(options, argc, argv, saved));
}

/* --- a capture ----------------------------------------------------------- */

static enum tr_status
read_masked(const struct tr_options *options,
    struct tr_evidence_writer *saved)
{
	struct tr_lookups *lookups;
	struct tr_error error;
	enum tr_status status;
	FILE *from = tr_replay_open(options->read_path, &error);

	if (from == NULL) {
		tr_complain(options, error.text);
		return error.code == TR_ENOMEM ? TR_EXIT_SYSTEM :
		    TR_EXIT_USAGE;
	}
	lookups = tr_lookups_open(options, &error);
	status = lookups == NULL ? tr_status_of_failure(options, &error) :
	    mask_and_show(options, lookups, from, options->read_path, saved);
	tr_lookups_close(lookups);
	if (from != stdin)
		fclose(from);
	return status;
}

enum tr_status
tr_privacy_read(const struct tr_options *options)
{
	struct tr_evidence_writer *saved;
	struct tr_error error;

	if (open_saved(options, options->read_path, &saved, &error) != TR_OK)
		return tr_status_of_failure(options, &error);
	return close_saved(options, saved, read_masked(options, saved));
}

#else

static enum tr_status
refuse(const struct tr_options *options)
{
	tr_complain(options, "this build has no jansson: it cannot mask "
	    "(--privacy), for which it needs all that is known of a run");
	return TR_EXIT_USAGE;
}

enum tr_status
tr_privacy_trace(const struct tr_options *options, int argc,
    char *const argv[])
{
	(void)argc;
	(void)argv;
	return refuse(options);
}

enum tr_status
tr_privacy_read(const struct tr_options *options)
{
	return refuse(options);
}

#endif
