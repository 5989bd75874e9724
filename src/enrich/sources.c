#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "enrich/exchange.h"
#include "enrich/mmdb.h"
#include "enrich/origin_text.h"
#include "enrich/sources.h"

/* How an MMDB's metadata begins, and how far from its end (its format). */
static const char mmdb_mark[] = "\xab\xcd\xefMaxMind.com";
#define MMDB_MARK	(sizeof(mmdb_mark) - 1)
#define MMDB_TAIL	(128 * 1024)

/* A file of origins: one of the two. */
struct origin_file {
	struct tr_mmdb *mmdb;
	struct tr_origin_text *text;
	char	 name[TR_ANNOTATION_TEXT_MAX];	/* without its folder */
};

struct tr_sources {
	struct origin_file *origins;
	size_t	 origin_count;
	struct tr_mmdb *geo;
	struct tr_exchanges *exchanges;
};

/* --- opening ------------------------------------------------------------ */

static int
open_file(const char *path, struct stat *about, struct tr_error *error)
{
	const int descriptor = open(path, O_RDONLY | O_CLOEXEC);

	if (descriptor == -1)
		return tr_fail(error, errno == EACCES ? TR_EPERMISSION :
		    TR_ENOTFOUND, "%s: %s", path, strerror(errno));
	if (fstat(descriptor, about) == 0 && !S_ISDIR(about->st_mode))
		return descriptor;
	close(descriptor);
	return tr_fail(error, TR_EFORMAT, "%s is no file", path);
}

/*
 * Who writes into one waits for it to be opened, and ends when it is closed
 * again: it is opened once, to be read.
 */
static bool
is_pipe(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISFIFO(about.st_mode);
}

static bool
has_mark(const char *data, size_t size)
{
	for (; size >= MMDB_MARK; data++, size--)
		if (memcmp(data, mmdb_mark, MMDB_MARK) == 0)
			return true;
	return false;
}

/* Does a file end as an MMDB does?  Only one that has an end can. */
static bool
is_mmdb(int descriptor, const struct stat *about)
{
	off_t at = about->st_size > MMDB_TAIL ?
	    about->st_size - MMDB_TAIL : 0;
	char *tail;
	ssize_t got;
	bool found = false;

	if (!S_ISREG(about->st_mode))
		return false;
	tail = malloc(MMDB_TAIL);
	if (tail == NULL)
		return false;
	got = pread(descriptor, tail, MMDB_TAIL, at);
	if (got > 0)
		found = has_mark(tail, (size_t)got);
	free(tail);
	return found;
}

static void
close_origins(struct origin_file *file)
{
	tr_mmdb_close(file->mmdb);
	tr_origin_text_free(file->text);
	file->mmdb = NULL;
	file->text = NULL;
}

static int
open_origin_mmdb(struct origin_file *file, const char *path,
    struct tr_error *error)
{
	file->mmdb = tr_mmdb_open(path, error);
	if (file->mmdb == NULL)
		return error->code;
	if (!tr_mmdb_tells_origins(file->mmdb))
		return tr_fail(error, TR_EFORMAT, "%s is an MMDB file without "
		    "origin AS: autonomous_system_number or asn is looked for",
		    path);
	return TR_OK;
}

/* With probe: as far as is quick. */
static int
open_origins(struct origin_file *file, const char *path, bool probe,
    struct tr_error *error)
{
	const char *slash = strrchr(path, '/');
	struct stat about;
	int descriptor;
	int status;

	if (probe && is_pipe(path))
		return TR_OK;
	descriptor = open_file(path, &about, error);
	if (descriptor < 0)
		return descriptor;
	tr_text_safe(slash == NULL ? path : slash + 1, file->name,
	    sizeof(file->name));
	/* What is read from a device now is gone later. */
	if (probe && !S_ISREG(about.st_mode))
		status = TR_OK;
	else if (is_mmdb(descriptor, &about))
		status = open_origin_mmdb(file, path, error);
	else {
		file->text = tr_origin_text_new(path);
		status = file->text == NULL ?
		    tr_fail(error, TR_ENOMEM, "%s: out of memory", path) :
		    tr_origin_text_read(file->text, descriptor, probe, error);
	}
	close(descriptor);
	return status;
}

static int
open_geo(struct tr_mmdb **geo, const char *path, struct tr_error *error)
{
	struct stat about;
	const int descriptor = open_file(path, &about, error);
	bool found;

	*geo = NULL;
	if (descriptor < 0)
		return descriptor;
	found = is_mmdb(descriptor, &about);
	close(descriptor);
	if (!found)
		return tr_fail(error, TR_EFORMAT, "%s is no MMDB file, which "
		    "is what --geo accepts", path);
	*geo = tr_mmdb_open(path, error);
	if (*geo == NULL)
		return error->code;
	if (!tr_mmdb_tells_places(*geo))
		return tr_fail(error, TR_EFORMAT, "%s is an MMDB file without "
		    "places: country, country_code or city is looked for",
		    path);
	return TR_OK;
}

static int
open_exchanges(struct tr_exchanges **exchanges, const char *path, bool probe,
    struct tr_error *error)
{
	struct stat about;
	int descriptor;
	int status = TR_OK;

	*exchanges = NULL;
	if (probe && is_pipe(path))
		return TR_OK;
	descriptor = open_file(path, &about, error);
	if (descriptor < 0)
		return descriptor;
	if (!probe || S_ISREG(about.st_mode)) {
		*exchanges = tr_exchanges_new(path);
		status = *exchanges == NULL ?
		    tr_fail(error, TR_ENOMEM, "%s: out of memory", path) :
		    tr_exchanges_read(*exchanges, descriptor, error);
	}
	close(descriptor);
	return status;
}

int
tr_sources_check(const struct tr_sources_config *config,
    struct tr_error *error)
{
	struct tr_exchanges *exchanges = NULL;
	struct tr_mmdb *geo = NULL;
	int status = TR_OK;

	for (size_t i = 0; i < config->asn_path_count && status == TR_OK;
	    i++) {
		struct origin_file file = { .mmdb = NULL };

		status = open_origins(&file, config->asn_paths[i], true,
		    error);
		close_origins(&file);
	}
	if (status == TR_OK && config->geo_path != NULL)
		status = open_geo(&geo, config->geo_path, error);
	if (status == TR_OK && config->exchange_path != NULL)
		status = open_exchanges(&exchanges, config->exchange_path,
		    true, error);
	tr_mmdb_close(geo);
	tr_exchanges_free(exchanges);
	return status;
}

static int
open_all(struct tr_sources *sources, const struct tr_sources_config *config,
    struct tr_error *error)
{
	int status = TR_OK;

	if (config->asn_path_count > 0) {
		sources->origins = calloc(config->asn_path_count,
		    sizeof(*sources->origins));
		if (sources->origins == NULL)
			return tr_fail(error, TR_ENOMEM, "out of memory");
	}
	while (sources->origin_count < config->asn_path_count &&
	    status == TR_OK) {
		const size_t i = sources->origin_count++;

		status = open_origins(&sources->origins[i],
		    config->asn_paths[i], false, error);
	}
	if (status == TR_OK && config->geo_path != NULL)
		status = open_geo(&sources->geo, config->geo_path, error);
	if (status == TR_OK && config->exchange_path != NULL)
		status = open_exchanges(&sources->exchanges,
		    config->exchange_path, false, error);
	return status;
}

struct tr_sources *
tr_sources_open(const struct tr_sources_config *config,
    struct tr_error *error)
{
	struct tr_sources *sources = calloc(1, sizeof(*sources));

	if (sources == NULL) {
		(void)tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	if (open_all(sources, config, error) == TR_OK)
		return sources;
	tr_sources_close(sources);
	return NULL;
}

void
tr_sources_close(struct tr_sources *sources)
{
	if (sources == NULL)
		return;
	for (size_t i = 0; i < sources->origin_count; i++)
		close_origins(&sources->origins[i]);
	free(sources->origins);
	tr_mmdb_close(sources->geo);
	tr_exchanges_free(sources->exchanges);
	free(sources);
}

const char *
tr_sources_warning(const struct tr_sources *sources, size_t index, char *text,
    size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < sources->origin_count; i++) {
		const struct tr_origin_text *table = sources->origins[i].text;

		if (table == NULL || table->lines.damaged == 0 || index-- > 0)
			continue;
		tr_lines_warning(&table->lines, text, size);
		return text;
	}
	if (sources->exchanges == NULL ||
	    !tr_exchanges_warning(sources->exchanges, text, size) ||
	    index > 0)
		return NULL;
	return text;
}

/* --- asking ------------------------------------------------------------- */

/* What one file tells of an address. */
struct answer {
	enum tr_lookup lookup;
	struct tr_origin_set set;
	struct tr_prefix prefix;
	bool	 announced;		/* the prefix is one of the table */
	char	 holder[TR_ANNOTATION_TEXT_MAX];
};

static void
ask_mmdb(struct tr_mmdb *mmdb, const struct tr_address *address,
    struct answer *answer)
{
	struct tr_mmdb_origin origin;
	int status;

	if (!tr_mmdb_has(mmdb, address->family))
		return;
	status = tr_mmdb_find_origin(mmdb, address, &origin);
	if (status == TR_ENOTFOUND)
		answer->lookup = TR_LOOKUP_NONE;
	if (status != TR_OK)
		return;
	answer->lookup = origin.asn == 0 ? TR_LOOKUP_NONE : TR_LOOKUP_FOUND;
	if (origin.asn != 0)
		tr_origin_set_add(&answer->set, origin.asn);
	answer->prefix = origin.network;
	answer->announced = true;
	tr_text_safe(origin.holder, answer->holder, sizeof(answer->holder));
}

static void
ask_text(const struct tr_origin_text *text, const struct tr_address *address,
    struct answer *answer)
{
	struct tr_origin_match match;

	if (!tr_origin_text_has(text, address->family))
		return;
	answer->lookup = TR_LOOKUP_NONE;
	if (!tr_origin_text_find(text, address, &match))
		return;
	if (match.set.count > 0)
		answer->lookup = TR_LOOKUP_FOUND;
	answer->set = match.set;
	answer->prefix = match.prefix.prefix;
	answer->announced = !match.prefix.ranged;
	tr_text_safe(match.holder, answer->holder, sizeof(answer->holder));
}

/* Is one answer worth more than the best of the files before? */
static bool
is_better(const struct answer *answer, const struct answer *best)
{
	if (!tr_prefix_is_set(&answer->prefix))
		return best->lookup == TR_LOOKUP_UNANSWERED &&
		    answer->lookup != TR_LOOKUP_UNANSWERED;
	return !tr_prefix_is_set(&best->prefix) ||
	    answer->prefix.length > best->prefix.length;
}

static void
fill_origin(struct tr_annotation *annotation, const struct answer *answer,
    const char *source)
{
	annotation->origin_lookup = answer->lookup;
	annotation->origin_count = 0;
	annotation->prefix = (struct tr_prefix){ .length = 0 };
	annotation->holder[0] = '\0';
	tr_annotation_set(annotation->origin_source,
	    sizeof(annotation->origin_source), source);
	if (answer->lookup != TR_LOOKUP_FOUND)
		return;
	for (uint8_t i = 0; i < answer->set.count; i++)
		tr_annotation_add_origin(annotation, answer->set.asns[i]);
	if (answer->announced)
		annotation->prefix = answer->prefix;
	tr_annotation_set(annotation->holder, sizeof(annotation->holder),
	    answer->holder);
}

static void
annotate_origin(const struct tr_sources *sources,
    struct tr_annotation *annotation)
{
	struct answer best = { .lookup = TR_LOOKUP_UNANSWERED };
	const char *source = "";

	for (size_t i = 0; i < sources->origin_count; i++) {
		const struct origin_file *file = &sources->origins[i];
		struct answer answer = { .lookup = TR_LOOKUP_UNANSWERED };

		if (file->mmdb != NULL)
			ask_mmdb(file->mmdb, &annotation->address, &answer);
		else
			ask_text(file->text, &annotation->address, &answer);
		if (i > 0 && !is_better(&answer, &best))
			continue;
		best = answer;
		source = file->name;
	}
	if (sources->origin_count > 0)
		fill_origin(annotation, &best, source);
}

static void
annotate_place(const struct tr_sources *sources,
    struct tr_annotation *annotation)
{
	struct tr_mmdb_place place = { .country = "" };
	int status;

	if (sources->geo == NULL)
		return;
	annotation->place_lookup = TR_LOOKUP_UNANSWERED;
	status = tr_mmdb_has(sources->geo, annotation->address.family) ?
	    tr_mmdb_find_place(sources->geo, &annotation->address, &place) :
	    TR_EUNSUPPORTED;
	if (status == TR_ENOTFOUND)
		annotation->place_lookup = TR_LOOKUP_NONE;
	else if (status == TR_OK)
		annotation->place_lookup = TR_LOOKUP_FOUND;
	tr_annotation_set(annotation->country, sizeof(annotation->country),
	    status == TR_OK ? place.country : "");
	tr_annotation_set(annotation->place, sizeof(annotation->place),
	    status == TR_OK ? place.place : "");
}

void
tr_sources_annotate(const struct tr_sources *sources,
    struct tr_annotation *annotation)
{
	const char *exchange;

	annotate_origin(sources, annotation);
	annotate_place(sources, annotation);
	if (sources->exchanges == NULL)
		return;
	exchange = tr_exchanges_find(sources->exchanges,
	    &annotation->address);
	tr_annotation_set(annotation->exchange, sizeof(annotation->exchange),
	    exchange == NULL ? "" : exchange);
}
