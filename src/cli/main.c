#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/compare.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/reveal.h"
#include "cli/session.h"
#include "cli/topologies.h"
#include "io/privileges.h"
#include "io/replay.h"
#include "output/output.h"

/* Exit statuses: doc/trueroute.1. */
enum status {
	EXIT_REACHED = 0,
	EXIT_UNREACHED = 1,
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3,
	EXIT_INTERRUPTED = 130,
};

/* A run as it is shown while it goes on. */
struct show {
	const struct tr_output *output;
	struct tr_output_options options;
	FILE	*stream;
	struct tr_path *path;
	bool	 is_data;	/* for programs: nothing else may be written */
	uint8_t	 shown;		/* the last TTL that was shown */
	int	 failed;	/* enum tr_error_code of the first failure */
	int	 system;	/* and its errno */
};

static void
complain(const struct tr_options *options, const char *text)
{
	char safe[TR_ERROR_TEXT_MAX];

	/* It may quote a path, a name, or what a library said. */
	fprintf(stderr, "%s: %s\n", tr_program_name(options->program),
	    tr_text_safe(text, safe, sizeof(safe)));
}

static const struct tr_output *
choose_output(const struct tr_options *options, const struct tr_path *path)
{
#ifdef HAVE_JANSSON
	if (options->json)
		return &tr_output_json;
#endif
	if (options->dot)
		return &tr_output_dot;
	if (options->multipath || path->run.multipath)
		return &tr_output_paths;
	if (options->program == TR_PROGRAM_TCPTRACEROUTE)
		return &tr_output_tcptraceroute;
	if (path->run.rounds.count > 0)
		return &tr_output_report;
	return &tr_output_text;
}

static void
show_init(struct show *show, const struct tr_options *options,
    struct tr_path *path, FILE *stream)
{
	*show = (struct show){
		.output = choose_output(options, path),
		.options = {
			.numeric = options->numeric,
			.extensions = options->extensions,
			.return_hops = options->back,
			.explain = options->explain,
			.graph = options->multipath || path->run.multipath,
			.unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
		},
		.stream = stream,
		.path = path,
		.is_data = options->json || options->dot,
	};
}

static void
show_note(struct show *show, int status)
{
	if (status != TR_OK && show->failed == TR_OK) {
		show->failed = status;
		show->system = errno;
	}
}

static void
show_begin(struct show *show)
{
	if (show->output->begin != NULL)
		show_note(show, show->output->begin(show->stream, show->path,
		    &show->options));
}

static void
show_hop(struct show *show, uint8_t ttl)
{
	if (show->output->hop != NULL)
		show_note(show, show->output->hop(show->stream, show->path,
		    ttl, &show->options));
	show->shown = ttl;
}

static void
show_end(struct show *show)
{
	if (show->output->end != NULL)
		show_note(show, show->output->end(show->stream, show->path,
		    show->shown, &show->options));
	/* JSON has them as they are. */
	if (show->options.explain && !show->is_data)
		show_note(show, tr_explain_write(show->stream, show->path));
	if (fflush(show->stream) != 0)
		show_note(show, TR_ESYSTEM);
}

static enum status
status_of_stop(const struct tr_options *options, enum tr_stop stop)
{
	switch (stop) {
	case TR_STOP_INTERRUPTED:
		return EXIT_INTERRUPTED;
	case TR_STOP_ARRIVED:
		return EXIT_REACHED;
	case TR_STOP_SEND_FAILED:
		return EXIT_SYSTEM;
	default:
		return options->unreached_is_success ?
		    EXIT_REACHED : EXIT_UNREACHED;
	}
}

static enum status
status_of(const struct tr_options *options, const struct tr_path *path)
{
	const struct tr_conclusion *conclusion = &path->conclusion;

	if (path->interrupted)
		return EXIT_INTERRUPTED;
	/* A damaged capture may tell of an arrival that it does not show. */
	if (!conclusion->reached && conclusion->stop == TR_STOP_ARRIVED)
		return status_of_stop(options, TR_STOP_UNKNOWN);
	return status_of_stop(options, conclusion->stop);
}

static enum status
show_finish(const struct tr_options *options, struct show *show)
{
	char text[TR_ERROR_TEXT_MAX];

	if (show->failed == TR_OK)
		return status_of(options, show->path);
	snprintf(text, sizeof(text), "cannot write the result: %s",
	    show->failed == TR_ESYSTEM ? strerror(show->system) :
	    tr_error_phrase(show->failed));
	complain(options, text);
	return EXIT_SYSTEM;
}

/* --- replay ------------------------------------------------------------- */

static enum status
show_saved(const struct tr_options *options, struct tr_path *path,
    bool is_first)
{
	struct show show;

	show_init(&show, options, path, stdout);
	if (!is_first && !options->json)
		putc('\n', show.stream);
	show_begin(&show);
	for (unsigned ttl = path->conclusion.first_ttl;
	    ttl != 0 && ttl <= path->conclusion.last_ttl; ttl++)
		show_hop(&show, (uint8_t)ttl);
	show_end(&show);
	if (options->program != TR_PROGRAM_TCPTRACEROUTE)
		(void)tr_notes_write(stderr, path);
	return show_finish(options, &show);
}

static enum status
replay(const struct tr_options *options)
{
	struct tr_error error, warning;
	struct tr_rebuild *rebuild;
	enum status status = EXIT_REACHED;
	size_t count;

	rebuild = tr_replay(options->read_path, options->multipath, &count,
	    &warning, &error);
	if (rebuild == NULL) {
		complain(options, error.text);
		return error.code == TR_ENOMEM ? EXIT_SYSTEM : EXIT_USAGE;
	}
	for (size_t i = 0; i < count; i++) {
		const enum status one = show_saved(options,
		    tr_rebuild_path(rebuild, i), i == 0);

		/* The worst of them: a script asks whether all arrived. */
		if (one > status)
			status = one;
	}
	if (warning.code != TR_OK)
		complain(options, warning.text);
	if (count == 0) {
		complain(options, "the capture holds no trace: no probes of "
		    "several TTLs, no ICMP errors");
		status = EXIT_UNREACHED;
	}
	tr_rebuild_free(rebuild);
	return status;
}

/* --- a run -------------------------------------------------------------- */

static void
on_record(void *context, const struct tr_record *record)
{
	struct show *show = context;

	show_note(show, tr_path_apply(show->path, record));
	if (record->type == TR_RECORD_HOP)
		show_hop(show, record->ttl);
}

static enum status
status_of_failure(const struct tr_options *options,
    const struct tr_error *error)
{
	char advice[TR_ERROR_TEXT_MAX];

	complain(options, error->text);
	if (error->code == TR_EPERMISSION) {
		tr_privileges_advice(advice, sizeof(advice));
		complain(options, advice);
	}
	return error->code == TR_ERANGE || error->code == TR_EFORMAT ?
	    EXIT_USAGE : EXIT_SYSTEM;
}

/* Trace on to where routers are hidden, and show what there is. */
static int
reveal(struct tr_session *session, struct show *show, struct tr_error *error)
{
	struct tr_hidden hidden[TR_HIDDEN_MAX];
	size_t count;
	const int status = tr_reveal(session, hidden, &count, error);

	for (size_t i = 0; i < count; i++)
		session->path->interrupted |= hidden[i].interrupted;
#ifdef HAVE_JANSSON
	if (session->options->json) {
		show_note(show, tr_reveal_json(show->stream, hidden, count));
		return status;
	}
#endif
	show_note(show, tr_reveal_write(show->stream, hidden, count));
	return status;
}

/* Run it, show it, and save how it ended. */
static enum status
carry_out(struct tr_session *session, struct tr_evidence_writer *evidence,
    FILE *stream)
{
	const struct tr_options *options = session->options;
	struct tr_error error;
	struct show show;
	const struct tr_driver_sink sink = { evidence, on_record, &show };
	enum status status;
	int result;

	show_init(&show, options, session->path, stream);
	if (evidence != NULL)
		tr_evidence_begin(evidence, &session->prepared.run,
		    tr_session_link(session));
	show_begin(&show);
	result = tr_session_run(session, &sink, &error);
	show_end(&show);
	if (options->reveal && result == TR_OK && !session->path->interrupted)
		result = reveal(session, &show, &error);
	if (evidence != NULL)
		tr_evidence_end(evidence, session->path);
	if (options->program != TR_PROGRAM_TCPTRACEROUTE)
		(void)tr_notes_write(stderr, session->path);
	status = show_finish(options, &show);
	if (result != TR_OK)
		return status_of_failure(options, &error);
	return status;
}

static enum status
trace(const struct tr_options *options, int argc, char *const argv[],
    struct tr_evidence_writer *evidence)
{
	struct tr_session session;
	/* Where the capture goes to standard output, the text does not. */
	FILE *stream = options->write_path != NULL &&
	    strcmp(options->write_path, "-") == 0 ? stderr : stdout;
	struct tr_error error;
	enum status status;

	if (tr_session_open(&session, options, argc, argv, &error) == TR_OK)
		status = carry_out(&session, evidence, stream);
	else
		status = status_of_failure(options, &error);
	tr_session_close(&session);
	return status;
}

static enum status
trace_and_save(const struct tr_options *options, int argc,
    char *const argv[])
{
	struct tr_evidence_writer *evidence = NULL;
	char path[TR_TOPOLOGY_PATH_MAX];
	struct tr_error error;
	enum status status;

	if (options->write_path != NULL) {
		if (tr_files_differ(options->write_path, tr_topology_path(
		    options->simulate_path, path, sizeof(path)), &error) !=
		    TR_OK)
			return status_of_failure(options, &error);
		evidence = tr_evidence_create(options->write_path, &error);
		if (evidence == NULL)
			return status_of_failure(options, &error);
	}
	status = trace(options, argc, argv, evidence);
	if (tr_evidence_close(evidence, &error) != TR_OK)
		return status_of_failure(options, &error);
	return status;
}

/* --- several beside each other ------------------------------------------ */

static enum status
compare(const struct tr_options *options, int argc, char *const argv[])
{
	struct tr_error error;
	enum tr_stop stop;

	if (tr_compare(options, argc, argv, &stop, &error) != TR_OK)
		return status_of_failure(options, &error);
	return status_of_stop(options, stop);
}

/* --- start -------------------------------------------------------------- */

static void
print_version(void)
{
	printf("trueroute %s\n", PACKAGE_VERSION);
	printf("with libnet, libpcap");
#ifdef HAVE_LIBEVENT
	printf(", libevent");
#endif
#ifdef HAVE_JANSSON
	printf(", jansson");
#endif
#ifdef HAVE_LIBCAP_NG
	printf(", libcap-ng");
#endif
	printf("\n");
#ifndef HAVE_LIBEVENT
	printf("without libevent: cannot trace, only --read\n");
#endif
#ifndef HAVE_JANSSON
	printf("without jansson: no --json, and --write saves no run data\n");
#endif
#ifndef HAVE_LIBCAP_NG
	printf("without libcap-ng: keeps capabilities while it runs\n");
#endif
}

static enum status
start(const struct tr_options *options, int argc, char *const argv[])
{
	switch (options->mode) {
	case TR_MODE_HELP:
		tr_options_help(stdout, options->program);
		return EXIT_REACHED;
	case TR_MODE_VERSION:
		print_version();
		return EXIT_REACHED;
	case TR_MODE_READ:
	case TR_MODE_RUN:
		break;
	}
#ifndef HAVE_JANSSON
	if (options->json) {
		complain(options, "this build has no jansson: it cannot "
		    "write --json");
		return EXIT_USAGE;
	}
#endif
	if (options->mode == TR_MODE_READ)
		return replay(options);
	if (options->simulate_path == NULL && !tr_live_is_built()) {
		complain(options, "this build has no libevent: it cannot "
		    "trace, only --read a capture");
		return EXIT_SYSTEM;
	}
	return options->compared_count > 0 ? compare(options, argc, argv) :
	    trace_and_save(options, argc, argv);
}

/* A socket must not take the place of a closed standard output. */
static void
occupy_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int
main(int argc, char *argv[])
{
	struct tr_options options;
	struct tr_error error;
	enum status status;

	occupy_standard_streams();
	/* What the terminal can show; numbers stay as they are. */
	setlocale(LC_CTYPE, "");
	/* Messages go out in one piece. */
	setvbuf(stderr, NULL, _IOLBF, 0);
	if (tr_privileges_start(&error) != TR_OK) {
		fprintf(stderr, "trueroute: %s\n", error.text);
		return EXIT_SYSTEM;
	}
	if (tr_options_parse(&options, argc, argv, &error) != TR_OK) {
		complain(&options, error.text);
		return EXIT_USAGE;
	}
	tr_options_warn(stderr, &options);
	status = start(&options, argc, argv);
	if (fflush(stdout) != 0 && status != EXIT_SYSTEM) {
		complain(&options, "cannot write to standard output");
		status = EXIT_SYSTEM;
	}
	return (int)status;
}
