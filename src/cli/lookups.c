#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/special.h"
#include "base/time.h"
#include "cli/lookups.h"
#include "cli/status.h"
#include "enrich/lookup_process.h"
#include "enrich/patience.h"
#include "enrich/sources.h"
#include "packet/mask.h"

/* A process that is asked, and what it has not been told yet. */
struct asked {
	struct tr_lookup_process *process;	/* NULL: none, or gone */
	unsigned parts;			/* what it can answer */
	struct tr_lookup_question *waiting;
	uint32_t count;
	uint32_t size;
};

enum { NAMES, FILES, PROCESSES };

#define ORIGIN_PARTS	(TR_PART_ORIGIN | TR_PART_HOLDER)

/* What a line shows. */
#define LINE_PARTS	(TR_PART_NAME | TR_PART_ORIGIN |	\
			TR_PART_PLACE)

struct tr_lookups {
	const struct tr_options *options;
	struct tr_annotations *annotations;
	bool	 is_local;		/* nobody is asked: all is here */
	const struct tr_topology *topology;	/* of names; NULL: none */
	struct tr_sources *sources;	/* where is_local; NULL: none */
	struct asked asked[PROCESSES];
	struct tr_patience patience;
	bool	 stopped;
	struct tr_live_companion companion;
	tr_lookups_fn *told;
	void	*told_context;
};

/* --- opening ------------------------------------------------------------ */

static bool
has_files(const struct tr_sources_config *config)
{
	return config->asn_path_count > 0 || config->geo_path != NULL ||
	    config->exchange_path != NULL;
}

static int
start_names(struct tr_lookups *lookups, struct tr_error *error)
{
	const struct tr_options *options = lookups->options;
	struct asked *asked = &lookups->asked[NAMES];

	if (!options->numeric)
		asked->parts |= TR_PART_NAME;
	if (options->asn_cymru)
		asked->parts |= ORIGIN_PARTS;
#ifndef HAVE_C_ARES
	if (options->asn_cymru)
		return tr_fail(error, TR_EUNSUPPORTED, "--asn=cymru: this "
		    "build has no c-ares, and cannot ask");
	if (options->verify_names)
		return tr_fail(error, TR_EUNSUPPORTED, "--verify-names: this "
		    "build has no c-ares, and knows no names");
	asked->parts = 0;
#endif
	if (asked->parts == 0)
		return TR_OK;
	asked->process = tr_lookup_process_names(options->verify_names,
	    error);
	return asked->process == NULL ? error->code : TR_OK;
}

static int
start_files(struct tr_lookups *lookups,
    const struct tr_sources_config *config, struct tr_error *error)
{
	struct asked *asked = &lookups->asked[FILES];

	if (config->asn_path_count > 0)
		asked->parts |= ORIGIN_PARTS;
	if (config->geo_path != NULL || config->exchange_path != NULL)
		asked->parts |= TR_PART_PLACE;
	asked->process = tr_lookup_process_files(config, error);
	return asked->process == NULL ? error->code : TR_OK;
}

/* What cannot be read is the user's to mend. */
static int
check_files(const struct tr_sources_config *config, struct tr_error *error)
{
	const int status = tr_sources_check(config, error);

	if (status != TR_OK && status != TR_ENOMEM)
		error->code = TR_ERANGE;
	return status == TR_OK ? TR_OK : error->code;
}

static int
read_files(struct tr_lookups *lookups,
    const struct tr_sources_config *config, struct tr_error *error)
{
	char text[TR_ERROR_TEXT_MAX];

	lookups->sources = tr_sources_open(config, error);
	if (lookups->sources == NULL)
		return error->code;
	for (size_t i = 0; tr_sources_warning(lookups->sources, i, text,
	    sizeof(text)) != NULL; i++)
		tr_complain(lookups->options, text);
	return TR_OK;
}

static int
open_parts(struct tr_lookups *lookups, struct tr_error *error)
{
	const struct tr_options *options = lookups->options;
	const struct tr_sources_config config = {
		.asn_paths = options->asn_paths,
		.asn_path_count = options->asn_path_count,
		.geo_path = options->geo_path,
		.exchange_path = options->exchange_path,
	};
	int status = TR_OK;

	if (has_files(&config)) {
		if (check_files(&config, error) != TR_OK)
			return error->code;
		status = lookups->is_local ?
		    read_files(lookups, &config, error) :
		    start_files(lookups, &config, error);
	}
	if (status == TR_OK && !lookups->is_local)
		status = start_names(lookups, error);
	return status;
}

struct tr_lookups *
tr_lookups_open(const struct tr_options *options, struct tr_error *error)
{
	struct tr_lookups *lookups = calloc(1, sizeof(*lookups));

	if (lookups != NULL)
		lookups->annotations = tr_annotations_new();
	if (lookups == NULL || lookups->annotations == NULL) {
		tr_lookups_close(lookups);
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	lookups->options = options;
	lookups->is_local = options->simulate_path != NULL ||
	    options->read_path != NULL;
	tr_patience_init(&lookups->patience, options->dns_wait);
	if (open_parts(lookups, error) != TR_OK) {
		tr_lookups_close(lookups);
		return NULL;
	}
	return lookups;
}

void
tr_lookups_close(struct tr_lookups *lookups)
{
	if (lookups == NULL)
		return;
	for (int i = 0; i < PROCESSES; i++) {
		tr_lookup_process_stop(lookups->asked[i].process);
		free(lookups->asked[i].waiting);
	}
	tr_sources_close(lookups->sources);
	tr_annotations_free(lookups->annotations);
	free(lookups);
}

void
tr_lookups_simulate(struct tr_lookups *lookups,
    const struct tr_topology *topology)
{
	lookups->topology = topology;
}

struct tr_annotations *
tr_lookups_annotations(struct tr_lookups *lookups)
{
	return lookups->annotations;
}

/* --- what is here ------------------------------------------------------- */

static void
take_simulated_name(const struct tr_lookups *lookups,
    struct tr_annotation *annotation)
{
	const char *name = tr_topology_name_of(lookups->topology,
	    &annotation->address);

	annotation->name_lookup = name == NULL ? TR_LOOKUP_NONE :
	    TR_LOOKUP_FOUND;
	if (name != NULL)
		tr_annotation_set(annotation->name, sizeof(annotation->name),
		    name);
	if (lookups->options->verify_names)
		annotation->check_lookup = annotation->name_lookup;
}

static void
look_up_here(const struct tr_lookups *lookups,
    struct tr_annotation *annotation)
{
	if (lookups->topology != NULL && !lookups->options->numeric &&
	    annotation->name_lookup == TR_LOOKUP_NOT_ASKED)
		take_simulated_name(lookups, annotation);
	if (lookups->sources != NULL)
		tr_sources_annotate(lookups->sources, annotation);
}

/* --- asking ------------------------------------------------------------- */

/* What is not to be asked about the address. */
static unsigned
kept_back(const struct tr_lookups *lookups, const struct tr_address *address)
{
	const struct tr_options *options = lookups->options;
	const struct tr_special *special = tr_special_of(address);
	unsigned parts = 0;

	/* tcptraceroute has no names of private addresses but with -N. */
	if (options->program == TR_PROGRAM_TCPTRACEROUTE &&
	    !options->private_names && special != NULL &&
	    strcmp(special->rfc, "RFC 1918") == 0)
		parts |= TR_PART_NAME;
	/* Nobody outside can know, or is to be told. */
	if (options->asn_cymru && special != NULL && !special->global)
		parts |= ORIGIN_PARTS;
	return parts;
}

static void
ask(struct asked *asked, struct tr_annotation *annotation, unsigned parts)
{
	struct tr_lookup_question *waiting;

	if (parts == 0)
		return;
	waiting = asked->process == NULL ? NULL : tr_array_grow(
	    asked->waiting, asked->count, &asked->size, sizeof(*waiting),
	    TR_ANNOTATIONS_MAX);
	if (waiting == NULL) {
		tr_annotation_set_lookups(annotation, parts,
		    TR_LOOKUP_UNANSWERED);
		return;
	}
	asked->waiting = waiting;
	waiting[asked->count++] = (struct tr_lookup_question){
		.address = annotation->address,
		.parts = parts,
	};
	tr_annotation_set_lookups(annotation, parts, TR_LOOKUP_PENDING);
}

/* Has it been seen before? */
static bool
is_known(const struct tr_lookups *lookups, const struct tr_address *address)
{
	return tr_annotations_find(lookups->annotations, address) != NULL;
}

static void
want(struct tr_lookups *lookups, const struct tr_address *address)
{
	struct tr_annotation *annotation;
	unsigned parts;

	annotation = tr_annotations_at(lookups->annotations, address);
	if (annotation == NULL)
		return;
	if (lookups->is_local) {
		look_up_here(lookups, annotation);
		return;
	}
	parts = lookups->asked[NAMES].parts & ~kept_back(lookups, address);
	ask(&lookups->asked[NAMES], annotation, parts);
	ask(&lookups->asked[FILES], annotation, lookups->asked[FILES].parts);
}

/* Is the address masked afterwards, as far as is known by now? */
static bool
is_private(const struct tr_path *path, const struct tr_address *address,
    unsigned hops)
{
	if (hops == 0)
		return false;
	if (tr_address_equal(address, &path->run.flow.src) ||
	    tr_address_equal(address, &path->run.gateway))
		return true;
	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_path_reply *reply = &path->replies[i];

		if (path->probes[reply->probe].ttl <= hops &&
		    tr_address_equal(address, &reply->responder))
			return true;
	}
	return false;
}

void
tr_lookups_newest(struct tr_lookups *lookups, const struct tr_path *path)
{
	const struct tr_address *responder;

	if (path->reply_count == 0)
		return;
	responder = &path->replies[path->reply_count - 1].responder;
	/* Then nobody is to be told of it by a question either. */
	if (!is_known(lookups, responder) &&
	    !is_private(path, responder, lookups->options->privacy))
		want(lookups, responder);
}

void
tr_lookups_path(struct tr_lookups *lookups, struct tr_path *path)
{
	const bool is_masked = path->run.masked_hops != 0;

	if (lookups->sources == NULL)
		return;
	for (uint32_t i = 0; i < path->reply_count; i++) {
		const struct tr_address *address =
		    &path->replies[i].responder;
		struct tr_annotation *annotation;

		/* Nobody has it. */
		if (is_masked && tr_mask_is_stand_in(address))
			continue;
		annotation = tr_annotations_at(path->annotations, address);
		if (annotation != NULL)
			look_up_here(lookups, annotation);
	}
}

/* --- the processes ------------------------------------------------------ */

static void
take_answer(struct tr_lookups *lookups, const struct tr_lookup_answer *answer)
{
	const struct tr_annotation *told = &answer->annotation;
	struct tr_annotation *annotation;
	unsigned parts;

	/* What was not asked is not believed. */
	if (!is_known(lookups, &told->address))
		return;
	annotation = tr_annotations_at(lookups->annotations, &told->address);
	parts = answer->parts & tr_annotation_pending(annotation);
	tr_annotation_copy(annotation, told, parts);
}

/* What is pending of these parts is unanswered. */
static void
give_up(struct tr_lookups *lookups, unsigned parts)
{
	const struct tr_annotation *known = NULL;

	while ((known = tr_annotations_next(lookups->annotations, known)) !=
	    NULL)
		tr_annotation_set_lookups(tr_annotations_at(
		    lookups->annotations, &known->address),
		    parts & tr_annotation_pending(known),
		    TR_LOOKUP_UNANSWERED);
}

/* All that it was to tell is unanswered. */
static void
lose(struct tr_lookups *lookups, int number, const struct tr_error *error)
{
	struct asked *asked = &lookups->asked[number];

	if (error->code != TR_OK)
		tr_complain(lookups->options, error->text);
	tr_lookup_process_stop(asked->process);
	asked->process = NULL;
	asked->count = 0;
	lookups->companion.descriptors[number] = -1;
	give_up(lookups, asked->parts);
}

static void
take_answers(struct tr_lookups *lookups, int number)
{
	struct asked *asked = &lookups->asked[number];
	struct tr_lookup_answer answer;
	struct tr_error error;
	int status;

	if (asked->process == NULL)
		return;
	while ((status = tr_lookup_process_next(asked->process, &answer,
	    &error)) > 0) {
		if (status == TR_LOOKUP_REMARK) {
			tr_complain(lookups->options, error.text);
			continue;
		}
		if (number == NAMES && answer.heard != 0)
			tr_patience_answered(&lookups->patience);
		take_answer(lookups, &answer);
	}
	if (status < 0)
		lose(lookups, number, &error);
}

/* As many as it takes at present; what is left is handed over later. */
static void
hand_over(struct asked *asked)
{
	uint32_t taken = 0;

	while (asked->process != NULL && taken < asked->count &&
	    tr_lookup_process_ask(asked->process,
	    &asked->waiting[taken]) == 1)
		taken++;
	asked->count -= taken;
	if (taken > 0 && asked->count > 0)
		memmove(asked->waiting, &asked->waiting[taken],
		    asked->count * sizeof(asked->waiting[0]));
}

static unsigned
wanted_parts(const struct tr_lookups *lookups)
{
	const struct tr_annotation *annotation = NULL;
	unsigned parts = 0;

	while ((annotation = tr_annotations_next(lookups->annotations,
	    annotation)) != NULL)
		parts |= tr_annotation_pending(annotation);
	return parts;
}

/* The engines are done: until when the loop is to go on, or TR_TIME_NONE. */
static int64_t
wait_at_end(struct tr_lookups *lookups, int64_t now)
{
	const unsigned pending = wanted_parts(lookups);
	const int64_t until = tr_patience_end(&lookups->patience, now);

	if (pending != 0 && !lookups->stopped) {
		/* A file is here, if it takes a moment to read. */
		if ((pending & lookups->asked[FILES].parts) != 0)
			return TR_TIME_NEVER;
		if (now < until)
			return until;
	}
	tr_patience_resume(&lookups->patience, now);
	return TR_TIME_NONE;
}

static int64_t
serve(void *context, int64_t now, bool over)
{
	struct tr_lookups *lookups = context;
	int64_t wake = TR_TIME_NEVER;

	for (int i = 0; i < PROCESSES; i++)
		take_answers(lookups, i);
	/* From now, and not from the turn before: it may be long ago. */
	if (lookups->asked[NAMES].count > 0)
		tr_patience_asked(&lookups->patience, now);
	for (int i = 0; i < PROCESSES; i++)
		hand_over(&lookups->asked[i]);
	if (lookups->told != NULL)
		wake = lookups->told(lookups->told_context, now);
	return over ? wait_at_end(lookups, now) : wake;
}

static void
stop(void *context)
{
	struct tr_lookups *lookups = context;

	lookups->stopped = true;
}

void
tr_lookups_listen(struct tr_lookups *lookups, tr_lookups_fn *told,
    void *context)
{
	lookups->told = told;
	lookups->told_context = context;
}

struct tr_live_companion *
tr_lookups_companion(struct tr_lookups *lookups)
{
	if (lookups == NULL || lookups->is_local)
		return NULL;
	lookups->companion = (struct tr_live_companion){
		.context = lookups,
		.serve = serve,
		.stop = stop,
	};
	for (int i = 0; i < PROCESSES; i++)
		lookups->companion.descriptors[i] =
		    lookups->asked[i].process == NULL ? -1 :
		    tr_lookup_process_descriptor(lookups->asked[i].process);
	return &lookups->companion;
}

/* --- when a line may be shown ------------------------------------------- */

int64_t
tr_lookups_hop(const struct tr_lookups *lookups, const struct tr_path *path,
    uint8_t ttl, int64_t since, int64_t now)
{
	const int64_t until = tr_patience_line(&lookups->patience, since);
	unsigned pending = 0;

	for (uint32_t i = path->first_of_ttl[ttl]; i != TR_PATH_NONE;
	    i = path->probes[i].next)
		for (uint32_t j = path->probes[i].first_reply;
		    j != TR_PATH_NONE; j = path->replies[j].next) {
			const struct tr_annotation *annotation =
			    tr_annotations_find(lookups->annotations,
			    &path->replies[j].responder);

			if (annotation != NULL)
				pending |= tr_annotation_pending(annotation);
		}
	pending &= LINE_PARTS;
	if (lookups->stopped || pending == 0)
		return TR_TIME_NONE;
	if ((pending & lookups->asked[FILES].parts) != 0)
		return TR_TIME_NEVER;
	return now >= until ? TR_TIME_NONE : until;
}

void
tr_lookups_end(struct tr_lookups *lookups)
{
	give_up(lookups, TR_PARTS);
}
