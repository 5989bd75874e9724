#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "cli/addresses.h"
#include "cli/lookups.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/topologies.h"
#include "io/privileges.h"

/* All that are traced. */
struct every {
	const struct tr_options *asked;
	size_t	 count;
	struct tr_options options[TR_ADDRESSES_MAX];	/* of each */
	struct tr_resolved targets[TR_ADDRESSES_MAX];
	struct tr_session sessions[TR_ADDRESSES_MAX];
	struct tr_topology *topology;	/* of a simulation, else NULL */
	struct tr_lookups *lookups;
	int	 failed;		/* of the first record that could */
					/* not be kept; TR_OK */
};

/* "10.0.0.1, an address of HOST, " and what is said of it. */
static void
say(const struct every *every, const struct tr_address *address,
    const char *what)
{
	char text[TR_ERROR_TEXT_MAX] = "", name[TR_ADDRESS_TEXT_MAX];

	tr_text_append(text, sizeof(text), "%s, an address of %s, %s",
	    tr_address_text(address, name, sizeof(name)),
	    every->asked->target, what);
	tr_complain(every->asked, text);
}

/* --- which addresses ----------------------------------------------------- */

/* What cannot be got to is left out; error then tells why of the last one. */
static int
keep_those_with_a_way(struct every *every, struct tr_error *error)
{
	const size_t all = every->count;

	every->count = 0;
	for (size_t i = 0; i < all; i++) {
		const struct tr_resolved *target = &every->targets[i];
		char text[TR_ERROR_TEXT_MAX] = "is not traced: ";

		if (tr_prepare_has_route(every->asked, target, error) ==
		    TR_OK) {
			every->targets[every->count++] = *target;
			continue;
		}
		tr_text_append(text, sizeof(text), "%s", error->text);
		if (all > 1)
			say(every, &target->address, text);
	}
	return every->count > 0 ? TR_OK : error->code;
}

static int
find_addresses(struct every *every, struct tr_error *error)
{
	char text[TR_ERROR_TEXT_MAX] = "";
	const int status = tr_prepare_targets(every->asked, every->targets,
	    TR_ADDRESSES_MAX, &every->count, error);

	if (status != TR_OK)
		return status;
	if (every->targets[0].count > TR_ADDRESSES_MAX) {
		tr_text_append(text, sizeof(text), "%s has %u addresses: the "
		    "first %d are traced", every->asked->target,
		    every->targets[0].count, TR_ADDRESSES_MAX);
		tr_complain(every->asked, text);
	}
	return keep_those_with_a_way(every, error);
}

/* Of a node: one of each family. */
static int
find_simulated(struct every *every, struct tr_error *error)
{
	static const uint8_t families[] = { 4, 6 };
	const struct tr_options *asked = every->asked;

	if (tr_privileges_drop(error) != TR_OK)
		return error->code;
	every->topology = tr_topology_find_file(asked->simulate_path, error);
	if (every->topology == NULL)
		return error->code;
	for (size_t i = 0; i < 2; i++)
		if ((asked->family == 0 || asked->family == families[i]) &&
		    tr_topology_resolve(every->topology, asked->target,
		    families[i], &every->targets[every->count].address) ==
		    TR_OK)
			every->count++;
	/* It is said that there are none when the first one is opened. */
	if (every->count == 0)
		every->count = 1;
	for (size_t i = 0; i < every->count; i++) {
		every->targets[i].number = (uint32_t)i + 1;
		every->targets[i].count = (uint32_t)every->count;
	}
	return TR_OK;
}

/* --- a run --------------------------------------------------------------- */

struct one {
	struct every *every;
	struct tr_session *session;
};

static void
on_record(void *context, const struct tr_record *record)
{
	const struct one *one = context;
	const int status = tr_session_record(one->session, record);

	if (one->every->failed == TR_OK)
		one->every->failed = status;
}

static int
run_some(struct every *every, size_t first, size_t count,
    struct tr_error *error)
{
	struct tr_driver_sink sinks[TR_ADDRESSES_AT_ONCE];
	struct one ones[TR_ADDRESSES_AT_ONCE];
	int status;

	for (size_t i = 0; i < count; i++) {
		ones[i] = (struct one){ every, &every->sessions[first + i] };
		sinks[i] = (struct tr_driver_sink){
			NULL, on_record, &ones[i],
		};
	}
	status = tr_sessions_run(&every->sessions[first], sinks, count,
	    error);
	tr_lookups_end(every->lookups);
	if (status == TR_OK && every->failed != TR_OK)
		status = tr_fail(error, every->failed, "the run is not "
		    "whole: %s", tr_error_phrase(every->failed));
	return status;
}

/* The worst of their statuses. */
static enum tr_status
show_some(struct every *every, size_t first, size_t count)
{
	enum tr_status worst = TR_EXIT_REACHED;

	for (size_t i = first; i < first + count; i++) {
		struct tr_session *session = &every->sessions[i];
		const struct tr_run *run = &session->prepared.run;
		char which[64] = "";
		enum tr_status status;

		tr_text_append(which, sizeof(which), "is number %u of %u",
		    run->address_number, run->addresses);
		if (run->addresses > 1)
			say(every, &run->flow.dst, which);
		status = tr_show_saved(every->asked, session->path, i == 0);
		if (status > worst)
			worst = status;
	}
	return worst;
}

static bool
is_interrupted(const struct every *every, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		if (every->sessions[i].path->interrupted)
			return true;
	return false;
}

/* An interruption leaves out those that had to wait. */
static void
say_left_out(const struct every *every, size_t first)
{
	for (size_t i = first; i < every->count; i++)
		say(every, &every->sessions[i].prepared.run.flow.dst,
		    "is not traced: interrupted before");
}

static enum tr_status
run_all(struct every *every)
{
	enum tr_status worst = TR_EXIT_REACHED;
	struct tr_error error;

	for (size_t first = 0; first < every->count;
	    first += TR_ADDRESSES_AT_ONCE) {
		const size_t left = every->count - first;
		const size_t count = left < TR_ADDRESSES_AT_ONCE ?
		    left : TR_ADDRESSES_AT_ONCE;
		const int result = run_some(every, first, count, &error);
		const enum tr_status status = show_some(every, first, count);

		if (status > worst)
			worst = status;
		if (result != TR_OK)
			return tr_status_of_failure(every->asked, &error);
		if (is_interrupted(every, first, count)) {
			say_left_out(every, first + count);
			break;
		}
	}
	return worst;
}

static int
open_all(struct every *every, int argc, char *const argv[],
    struct tr_error *error)
{
	struct tr_session_request request = {
		.options = every->options,
		.targets = every->targets,
		.lookups = every->lookups,
		.argc = argc,
		.argv = argv,
	};
	const int status = every->asked->simulate_path != NULL ?
	    find_simulated(every, error) : find_addresses(every, error);

	if (status != TR_OK)
		return status;
	for (size_t i = 0; i < every->count; i++) {
		every->options[i] = *every->asked;
		if (tr_address_is_set(&every->targets[i].address))
			every->options[i].family =
			    every->targets[i].address.family;
	}
	request.count = every->count;
	request.topology = every->topology;
	/* The sessions have it then. */
	every->topology = NULL;
	return tr_sessions_open(every->sessions, &request, error);
}

enum tr_status
tr_addresses_trace(const struct tr_options *options, int argc,
    char *const argv[])
{
	struct every *every = calloc(1, sizeof(*every));
	enum tr_status status;
	struct tr_error error;

	if (every == NULL) {
		tr_fail(&error, TR_ENOMEM, "out of memory");
		return tr_status_of_failure(options, &error);
	}
	every->asked = options;
	every->lookups = tr_lookups_open(options, &error);
	if (every->lookups != NULL &&
	    open_all(every, argc, argv, &error) == TR_OK)
		status = run_all(every);
	else
		status = tr_status_of_failure(options, &error);
	if (every->sessions[0].options != NULL)
		tr_sessions_close(every->sessions, every->count);
	tr_topology_free(every->topology);
	tr_lookups_close(every->lookups);
	free(every);
	return status;
}
