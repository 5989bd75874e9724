#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "cli/compare.h"
#include "cli/lookups.h"
#include "cli/session.h"
#include "cli/show.h"
#include "io/clock.h"
#include "output/comparison.h"
#include "output/output.h"
#include "packet/wire.h"

struct comparing;

/* One of the traces, as its records come in. */
struct column {
	struct comparing *comparing;
	size_t	 number;
	bool	 ended;
};

/* All of them, as they are shown while they go on. */
struct comparing {
	const struct tr_options *options;
	size_t	 count;
	struct tr_options each[TR_COMPARED_MAX];
	struct tr_session sessions[TR_COMPARED_MAX];
	struct column columns[TR_COMPARED_MAX];
	const struct tr_path *paths[TR_COMPARED_MAX];
	struct tr_output_options shown;
	struct tr_comparison_table table;
	int64_t	 final_since[256];	/* by TTL; 0: it is not final */
	int	 failed;	/* enum tr_error_code of the first failure */
	int	 system;	/* and its errno */
};

static void
note(struct comparing *comparing, int status)
{
	if (status != TR_OK && comparing->failed == TR_OK) {
		comparing->failed = status;
		comparing->system = errno;
	}
}

/* Have all that go on got as far as this hop? */
static bool
is_final(const struct comparing *comparing, uint8_t ttl)
{
	bool reached = false;

	for (size_t i = 0; i < comparing->count; i++) {
		const bool there = comparing->table.last[i] >= ttl;

		if (!there && !comparing->columns[i].ended)
			return false;
		reached |= there;
	}
	return reached;
}

/* When the names of a row that is final are there, or waited for enough. */
static int64_t
wait_for_names(struct comparing *comparing, uint8_t ttl, int64_t now)
{
	int64_t latest = TR_TIME_NONE;

	if (comparing->final_since[ttl] == 0)
		comparing->final_since[ttl] = now;
	for (size_t i = 0; i < comparing->count; i++)
		latest = tr_time_later(latest, tr_lookups_hop(
		    comparing->sessions[i].lookups, comparing->paths[i], ttl,
		    comparing->final_since[ttl], now));
	return latest;
}

static int64_t
show_rows(void *context, int64_t now)
{
	struct comparing *comparing = context;
	struct tr_comparison_table *table = &comparing->table;

	while (!comparing->options->json && table->shown < 255 &&
	    is_final(comparing, (uint8_t)(table->shown + 1))) {
		const uint8_t next = (uint8_t)(table->shown + 1);
		const int64_t until = wait_for_names(comparing, next, now);

		if (until != TR_TIME_NONE)
			return until;
		note(comparing, tr_comparison_row(table, next));
	}
	return TR_TIME_NEVER;
}

static void
on_record(void *context, const struct tr_record *record)
{
	struct column *column = context;
	struct comparing *comparing = column->comparing;
	struct tr_session *session = &comparing->sessions[column->number];

	note(comparing, tr_session_record(session, record));
	/* What is silent so far is found when all have ended. */
	if (record->type == TR_RECORD_END && session->path->interrupted)
		return;
	if (record->type == TR_RECORD_HOP)
		comparing->table.last[column->number] = record->ttl;
	else if (record->type == TR_RECORD_END)
		column->ended = true;
	else
		return;
	(void)show_rows(comparing, tr_clock_monotonic());
}

static void
settle(struct comparing *comparing)
{
	for (size_t i = 0; i < comparing->count; i++) {
		struct tr_options *options = &comparing->each[i];

		*options = *comparing->options;
		options->protocol = options->compared[i].protocol;
		options->port = options->compared[i].port;
		options->tcp_flags = options->protocol == TR_PROTOCOL_TCP ?
		    TR_TCP_SYN : 0;
	}
}

static int
begin(struct comparing *comparing)
{
	for (size_t i = 0; i < comparing->count; i++) {
		comparing->paths[i] = comparing->sessions[i].path;
		comparing->columns[i] = (struct column){
			.comparing = comparing,
			.number = i,
		};
	}
	comparing->shown = tr_show_options(comparing->options);
	comparing->table = (struct tr_comparison_table){
		.stream = stdout,
		.options = &comparing->shown,
		.paths = comparing->paths,
		.count = comparing->count,
	};
	return comparing->options->json ? TR_OK :
	    tr_comparison_begin(&comparing->table);
}

#ifdef HAVE_JANSSON
static int
show_json(const struct comparing *comparing,
    const struct tr_comparison *comparison)
{
	const struct tr_output_options options = { .numeric = true };
	int status = TR_OK;

	for (size_t i = 0; i < comparing->count && status == TR_OK; i++)
		status = tr_output_json.end(stdout, comparing->paths[i], 0,
		    &options);
	return status != TR_OK ? status :
	    tr_comparison_json(stdout, comparison);
}
#endif

static void
show_end(struct comparing *comparing, const struct tr_comparison *comparison)
{
	if (!comparing->options->json)
		note(comparing, tr_comparison_end(&comparing->table,
		    comparison));
#ifdef HAVE_JANSSON
	else
		note(comparing, show_json(comparing, comparison));
#endif
	for (size_t i = 0; i < comparison->count; i++)
		(void)tr_notes_write_of(stderr, comparison->paths[i].path,
		    comparison->paths[i].name);
}

/* What was found is shown, even where the run failed on its way. */
static int
carry_out(struct comparing *comparing, enum tr_stop *stop,
    struct tr_error *error)
{
	struct tr_lookups *lookups = comparing->sessions[0].lookups;
	struct tr_driver_sink sinks[TR_COMPARED_MAX];
	struct tr_comparison comparison;
	int status;

	note(comparing, begin(comparing));
	for (size_t i = 0; i < comparing->count; i++)
		sinks[i] = (struct tr_driver_sink){
			NULL, on_record, &comparing->columns[i],
		};
	tr_lookups_listen(lookups, show_rows, comparing);
	status = tr_sessions_run(comparing->sessions, sinks, comparing->count,
	    error);
	tr_lookups_end(lookups);
	tr_comparison_draw(&comparison, comparing->paths, comparing->count);
	show_end(comparing, &comparison);
	*stop = tr_comparison_stop(&comparison);
	if (status != TR_OK || comparing->failed == TR_OK)
		return status;
	return tr_fail(error, TR_ESYSTEM, "cannot write the result: %s",
	    comparing->failed == TR_ESYSTEM ? strerror(comparing->system) :
	    tr_error_phrase(comparing->failed));
}

int
tr_compare(const struct tr_options *options, int argc, char *const argv[],
    enum tr_stop *stop, struct tr_error *error)
{
	struct comparing comparing = {
		.options = options,
		.count = options->compared_count,
	};
	struct tr_lookups *lookups = tr_lookups_open(options, error);
	const struct tr_session_request request = {
		.count = comparing.count,
		.options = comparing.each,
		.lookups = lookups,
		.argc = argc,
		.argv = argv,
	};
	int status;

	if (lookups == NULL)
		return error->code;
	settle(&comparing);
	status = tr_sessions_open(comparing.sessions, &request, error);
	if (status == TR_OK) {
		tr_show_choice(options, &comparing.sessions[0].prepared.run);
		status = carry_out(&comparing, stop, error);
	}
	tr_sessions_close(comparing.sessions, comparing.count);
	tr_lookups_close(lookups);
	return status;
}
