#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/addresses.h"
#include "cli/compare.h"
#include "cli/files.h"
#include "cli/lookups.h"
#include "cli/options.h"
#include "cli/privacy.h"
#include "cli/reveal.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/survey.h"
#include "cli/topologies.h"
#include "io/privileges.h"
#include "io/replay.h"
#include "output/output.h"

/* --- replay ------------------------------------------------------------- */

static enum tr_status
replay(const struct tr_options *options)
{
	struct tr_lookups *lookups;
	struct tr_error error, warning;
	struct tr_rebuild *rebuild;
	enum tr_status status = TR_EXIT_REACHED;
	size_t count;

	lookups = tr_lookups_open(options, &error);
	if (lookups == NULL)
		return tr_status_of_failure(options, &error);
	rebuild = tr_replay(options->read_path, options->multipath, &count,
	    &warning, &error);
	if (rebuild == NULL) {
		tr_lookups_close(lookups);
		tr_complain(options, error.text);
		return error.code == TR_ENOMEM ? TR_EXIT_SYSTEM : TR_EXIT_USAGE;
	}
	for (size_t i = 0; i < count; i++) {
		struct tr_path *path = tr_rebuild_path(rebuild, i);
		enum tr_status one;

		tr_lookups_path(lookups, path);
		one = tr_show_saved(options, path, i == 0);
		/* The worst of them: a script asks whether all arrived. */
		if (one > status)
			status = one;
	}
	if (warning.code != TR_OK)
		tr_complain(options, warning.text);
	if (count == 0) {
		tr_complain(options, "the capture holds no trace: no probes of "
		    "several TTLs, no ICMP errors");
		status = TR_EXIT_UNREACHED;
	}
	tr_rebuild_free(rebuild);
	tr_lookups_close(lookups);
	return status;
}

/* --- a run -------------------------------------------------------------- */

/* A session that is shown while it goes on. */
struct running {
	struct tr_session *session;
	struct tr_show show;
};

static void
on_record(void *context, const struct tr_record *record)
{
	struct running *running = context;

	tr_show_note(&running->show,
	    tr_session_record(running->session, record));
	if (record->type == TR_RECORD_HOP)
		tr_show_hop(&running->show, record->ttl);
}

static int64_t
on_lookup(void *context, int64_t now)
{
	return tr_show_flush(context, now);
}

/* Trace on to where routers are hidden, and show what there is. */
static int
reveal(struct tr_session *session, struct tr_show *show, struct tr_error *error)
{
	struct tr_hidden hidden[TR_HIDDEN_MAX];
	size_t count;
	const int status = tr_reveal(session, hidden, &count, error);

	tr_lookups_end(session->lookups);
	for (size_t i = 0; i < count; i++)
		session->path->interrupted |= hidden[i].interrupted;
#ifdef HAVE_JANSSON
	if (session->options->json) {
		tr_show_note(show, tr_reveal_json(show->stream, hidden, count));
		return status;
	}
#endif
	tr_show_note(show, tr_reveal_write(show->stream, show->path, hidden,
	    count, &show->options));
	return status;
}

/* Run it, show it, and save how it ended. */
static enum tr_status
carry_out(struct tr_session *session, struct tr_evidence_writer *evidence)
{
	const struct tr_options *options = session->options;
	struct running running = { .session = session };
	struct tr_show *show = &running.show;
	const struct tr_driver_sink sink = { evidence, on_record, &running };
	struct tr_error error;
	enum tr_status status;
	int result;

	tr_show_init(show, options, session->path, tr_show_stream(options));
	show->lookups = session->lookups;
	tr_lookups_listen(session->lookups, on_lookup, show);
	if (evidence != NULL)
		tr_evidence_begin(evidence, &session->prepared.run,
		    tr_session_link(session));
	tr_show_begin(show);
	result = tr_session_run(session, &sink, &error);
	tr_lookups_end(session->lookups);
	tr_show_end(show);
	if (options->reveal && result == TR_OK && !session->path->interrupted)
		result = reveal(session, show, &error);
	if (evidence != NULL)
		tr_evidence_end(evidence, session->path);
	if (options->program != TR_PROGRAM_TCPTRACEROUTE)
		(void)tr_notes_write(stderr, session->path);
	status = tr_show_finish(show);
	if (result != TR_OK)
		return tr_status_of_failure(options, &error);
	return status;
}

static enum tr_status
trace(const struct tr_options *options, int argc, char *const argv[],
    struct tr_evidence_writer *evidence)
{
	struct tr_session_request request = {
		.count = 1,
		.options = options,
		.argc = argc,
		.argv = argv,
	};
	struct tr_lookups *lookups;
	struct tr_session session;
	struct tr_error error;
	enum tr_status status;

	lookups = tr_lookups_open(options, &error);
	if (lookups == NULL)
		return tr_status_of_failure(options, &error);
	request.lookups = lookups;
	if (tr_sessions_open(&session, &request, &error) == TR_OK) {
		tr_show_choice(options, &session.prepared.run);
		status = carry_out(&session, evidence);
	} else
		status = tr_status_of_failure(options, &error);
	tr_sessions_close(&session, 1);
	tr_lookups_close(lookups);
	return status;
}

static enum tr_status
trace_and_save(const struct tr_options *options, int argc,
    char *const argv[])
{
	struct tr_evidence_writer *evidence = NULL;
	char path[TR_TOPOLOGY_PATH_MAX];
	struct tr_error error;
	enum tr_status status;

	if (options->write_path != NULL) {
		if (tr_files_differ(options->write_path, tr_topology_path(
		    options->simulate_path, path, sizeof(path)), &error) !=
		    TR_OK)
			return tr_status_of_failure(options, &error);
		evidence = tr_evidence_create(options->write_path, &error);
		if (evidence == NULL)
			return tr_status_of_failure(options, &error);
	}
	status = trace(options, argc, argv, evidence);
	if (tr_evidence_close(evidence, &error) != TR_OK)
		return tr_status_of_failure(options, &error);
	return status;
}

/* --- several beside each other ------------------------------------------ */

static enum tr_status
compare(const struct tr_options *options, int argc, char *const argv[])
{
	struct tr_error error;
	enum tr_stop stop;

	if (tr_compare(options, argc, argv, &stop, &error) != TR_OK)
		return tr_status_of_failure(options, &error);
	return tr_status_of_stop(options, stop);
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
#ifdef HAVE_C_ARES
	printf(", c-ares");
#endif
#ifdef HAVE_MAXMINDDB
	printf(", libmaxminddb");
#endif
#ifdef HAVE_ZSTD
	printf(", libzstd");
#endif
#ifdef HAVE_LIBCAP_NG
	printf(", libcap-ng");
#endif
	printf("\n");
#ifndef HAVE_LIBEVENT
	printf("without libevent: cannot trace, only --read\n");
#endif
#ifndef HAVE_JANSSON
	printf("without jansson: no --json and --privacy, and --write saves "
	    "no run data\n");
#endif
#ifndef HAVE_C_ARES
	printf("without c-ares: no names of hops, no --asn=cymru\n");
#endif
#ifndef HAVE_MAXMINDDB
	printf("without libmaxminddb: no MMDB files, no --geo\n");
#endif
#ifndef HAVE_ZSTD
	printf("without libzstd: no --compress of surveys\n");
#endif
#ifndef HAVE_LIBCAP_NG
	printf("without libcap-ng: keeps capabilities while it runs\n");
#endif
}

static enum tr_status
start(const struct tr_options *options, int argc, char *const argv[])
{
	switch (options->mode) {
	case TR_MODE_HELP:
		tr_options_help(stdout, options->program);
		return TR_EXIT_REACHED;
	case TR_MODE_VERSION:
		print_version();
		return TR_EXIT_REACHED;
	case TR_MODE_READ:
	case TR_MODE_RUN:
		break;
	}
	if (options->program == TR_PROGRAM_SURVEY)
		return tr_survey_main(options, argc, argv);
#ifndef HAVE_JANSSON
	if (options->json) {
		tr_complain(options, "this build has no jansson: it cannot "
		    "write --json");
		return TR_EXIT_USAGE;
	}
#endif
	if (options->mode == TR_MODE_READ)
		return options->privacy != 0 ? tr_privacy_read(options) :
		    replay(options);
	if (options->simulate_path == NULL && !tr_live_is_built()) {
		tr_complain(options, "this build has no libevent: it cannot "
		    "trace, only --read a capture");
		return TR_EXIT_SYSTEM;
	}
	if (options->privacy != 0)
		return tr_privacy_trace(options, argc, argv);
	if (options->all_addresses)
		return tr_addresses_trace(options, argc, argv);
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
	enum tr_status status;

	occupy_standard_streams();
	/* What the terminal can show; numbers stay as they are. */
	setlocale(LC_CTYPE, "");
	/* Messages go out in one piece. */
	setvbuf(stderr, NULL, _IOLBF, 0);
	if (tr_privileges_start(&error) != TR_OK) {
		fprintf(stderr, "trueroute: %s\n", error.text);
		return TR_EXIT_SYSTEM;
	}
	if (tr_options_parse(&options, argc, argv, &error) != TR_OK) {
		tr_complain(&options, error.text);
		return TR_EXIT_USAGE;
	}
	tr_options_warn(stderr, &options);
	status = start(&options, argc, argv);
	if (fflush(stdout) != 0 && status != TR_EXIT_SYSTEM) {
		tr_complain(&options, "cannot write to standard output");
		status = TR_EXIT_SYSTEM;
	}
	return (int)status;
}
