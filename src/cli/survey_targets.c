#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/resolve.h"
#include "cli/status.h"
#include "cli/survey_targets.h"

#define NAMES_TOLD	10	/* each by a line; of more only how many */
#define ADDRESSES_SEEN	64	/* of a name: the first of each family is */
				/* hardly behind so many of the other */
#define WARNING_MAX	(TR_LINE_SHOWN + 512)

struct gathering {
	const struct tr_options *options;
	struct tr_targets *targets;
	struct tr_survey_names *names;
	uint64_t nameless;	/* names without an address */
	uint64_t of_other_family;	/* lines */
};

/* --- names -------------------------------------------------------------- */

static void
take_first_of_each(const struct tr_resolved resolved[], size_t count,
    struct tr_survey_name *name)
{
	for (size_t i = 0; i < count; i++) {
		struct tr_address *place = resolved[i].address.family == 4 ?
		    &name->address4 : &name->address6;

		if (!tr_address_is_set(place))
			*place = resolved[i].address;
	}
}

/* Its addresses, asked for once; NULL without memory. */
static const struct tr_survey_name *
look_up(struct gathering *gathering, const char *text,
    struct tr_error *reason)
{
	struct tr_resolved resolved[ADDRESSES_SEEN];
	struct tr_survey_name name = { .name = text };
	const struct tr_survey_name *known =
	    tr_survey_names_find(gathering->names, text);
	size_t count;

	reason->text[0] = '\0';
	if (known != NULL)
		return known;
	if (tr_resolve_all(text, gathering->options->family, resolved,
	    ADDRESSES_SEEN, &count, reason) == TR_OK)
		take_first_of_each(resolved, count, &name);
	else if (reason->code == TR_ENOMEM)
		return NULL;
	return tr_survey_names_add(gathering->names, &name);
}

/* TR_OK or TR_ENOMEM. */
static int
put_name_in(struct gathering *gathering, const struct tr_survey_name *name)
{
	const struct tr_address *const addresses[] = {
		&name->address4, &name->address6,
	};
	const uint8_t family = gathering->options->family;

	for (size_t i = 0; i < 2; i++)
		if (tr_address_is_set(addresses[i]) &&
		    (family == 0 || family == addresses[i]->family) &&
		    tr_targets_add(gathering->targets, addresses[i],
		    addresses[i]) != TR_OK)
			return TR_ENOMEM;
	return TR_OK;
}

static bool
has_address(const struct tr_survey_name *name)
{
	return tr_address_is_set(&name->address4) ||
	    tr_address_is_set(&name->address6);
}

/* A name in a list; what was known before is not told again. */
static int
take_name(void *context, const char *text)
{
	struct gathering *gathering = context;
	struct tr_error reason;
	const struct tr_survey_name *name = look_up(gathering, text, &reason);

	if (name == NULL)
		return TR_ENOMEM;
	if (!has_address(name) && gathering->nameless++ < NAMES_TOLD &&
	    reason.text[0] != '\0') {
		tr_text_append(reason.text, sizeof(reason.text),
		    "; it is left out");
		tr_complain(gathering->options, reason.text);
	}
	return put_name_in(gathering, name);
}

static int
fail_memory(struct tr_error *error)
{
	return tr_fail(error, TR_ENOMEM, "there is not enough memory for so "
	    "many targets");
}

/* A name that was given has to have an address. */
static int
fail_operand(const char *text, const struct tr_error *reason,
    struct tr_error *error)
{
	const char *hint = access(text, F_OK) == 0 ?
	    "; a file is read by --targets FILE" : "";

	/* What was known before was told before. */
	if (reason->text[0] == '\0')
		return tr_fail(error, TR_ERANGE, "%s had no address when it "
		    "was asked for%s", text, hint);
	return tr_fail(error, TR_ERANGE, "%s%s", reason->text, hint);
}

static int
take_operand(struct gathering *gathering, const char *text,
    struct tr_error *error)
{
	const struct tr_survey_name *name;
	struct tr_target_entry entry;
	struct tr_error reason;
	int status;

	if (tr_target_parse(text, &entry) == TR_TARGET_RANGE)
		status = tr_targets_add(gathering->targets, &entry.first,
		    &entry.last);
	else {
		name = look_up(gathering, text, &reason);
		if (name != NULL && !has_address(name))
			return fail_operand(text, &reason, error);
		status = name == NULL ? TR_ENOMEM :
		    put_name_in(gathering, name);
	}
	return status == TR_OK ? TR_OK : fail_memory(error);
}

/* --- lists -------------------------------------------------------------- */

/* -1, with a text, where it cannot be opened, or is a folder. */
static int
open_list(const char *flag, const char *path, struct tr_error *error)
{
	struct stat about;
	int descriptor;

	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0) {
		tr_fail(error, TR_ERANGE, "%s: %s: %s", flag, path,
		    strerror(errno));
		return -1;
	}
	if (fstat(descriptor, &about) == 0 && S_ISDIR(about.st_mode)) {
		tr_fail(error, TR_ERANGE, "%s: %s is a folder: a file is "
		    "wanted", flag, path);
		close(descriptor);
		return -1;
	}
	return descriptor;
}

/* What is there to read is read to its end. */
static int
read_list(struct tr_target_list *list, const char *flag, const char *path,
    struct tr_error *error)
{
	const int descriptor = open_list(flag, path, error);
	int status;

	if (descriptor < 0)
		return error->code;
	status = tr_target_list_read(list, descriptor, error);
	if (descriptor != STDIN_FILENO)
		close(descriptor);
	return status;
}

static const char *
list_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static int
read_targets(struct gathering *gathering, const char *path,
    struct tr_error *error)
{
	struct tr_target_list list;
	char warning[WARNING_MAX];
	int status;

	tr_target_list_init(&list, list_name(path), gathering->targets,
	    take_name, gathering);
	list.family = gathering->options->family;
	status = read_list(&list, "--targets", path, error);
	if (status != TR_OK)
		return status;
	gathering->of_other_family += list.of_other_family;
	tr_target_list_warning(&list, warning, sizeof(warning));
	if (warning[0] != '\0')
		tr_complain(gathering->options, warning);
	return TR_OK;
}

static int
read_exclusions(struct gathering *gathering, const char *path,
    struct tr_error *error)
{
	struct tr_target_list list;

	tr_target_list_init_exclusions(&list, list_name(path),
	    gathering->targets);
	return read_list(&list, "--exclude-from", path, error);
}

static int
take_exclusion(struct gathering *gathering, const char *text,
    struct tr_error *error)
{
	struct tr_target_entry entry;

	if (tr_target_parse(text, &entry) != TR_TARGET_RANGE)
		return tr_fail(error, TR_ERANGE, "--exclude: %s is not "
		    "understood", text);
	return tr_targets_exclude(gathering->targets, &entry.first,
	    &entry.last) == TR_OK ? TR_OK : fail_memory(error);
}

/* --- all of it ---------------------------------------------------------- */

typedef int taker(struct gathering *gathering, const char *text,
    struct tr_error *error);

static int
take_each(struct gathering *gathering, taker *take,
    const char *const texts[], size_t count, struct tr_error *error)
{
	int status = TR_OK;

	for (size_t i = 0; i < count && status == TR_OK; i++)
		status = take(gathering, texts[i], error);
	return status;
}

/* What was given nowhere else stands in standard input, unless it is typed. */
static int
take_standard_input(struct gathering *gathering, struct tr_error *error)
{
	const struct tr_survey_options *survey = &gathering->options->survey;

	if (survey->operand_count > 0 || survey->file_count > 0)
		return TR_OK;
	if (isatty(STDIN_FILENO))
		return tr_fail(error, TR_ERANGE, "no target is given: "
		    "trueroute survey [OPTION]... TARGET..., --targets FILE, "
		    "or a list on standard input; --help tells more");
	return read_targets(gathering, "-", error);
}

/* What is wrong with exclusions is found out before names are asked for. */
static int
take_all(struct gathering *gathering, struct tr_error *error)
{
	const struct tr_survey_options *survey = &gathering->options->survey;
	int status;

	if ((status = take_each(gathering, take_exclusion,
	    survey->exclusions, survey->exclusion_count, error)) != TR_OK ||
	    (status = take_each(gathering, read_exclusions,
	    survey->exclusion_files, survey->exclusion_file_count,
	    error)) != TR_OK ||
	    (status = take_each(gathering, take_operand, survey->operands,
	    survey->operand_count, error)) != TR_OK ||
	    (status = take_each(gathering, read_targets, survey->files,
	    survey->file_count, error)) != TR_OK)
		return status;
	return take_standard_input(gathering, error);
}

/* "12", or what stands for too many to be counted. */
static const char *
count_text(uint64_t count, char text[24])
{
	text[0] = '\0';
	if (count == UINT64_MAX)
		tr_text_append(text, 24, "2^64 or more");
	else
		tr_text_append(text, 24, "%" PRIu64, count);
	return text;
}

static void
tell_nameless(const struct gathering *gathering)
{
	char line[80] = "", count[24];

	if (gathering->nameless <= NAMES_TOLD)
		return;
	tr_text_append(line, sizeof(line), "names without an address, which "
	    "are left out: %s in all", count_text(gathering->nameless,
	    count));
	tr_complain(gathering->options, line);
}

static void
tell_other_family(const struct gathering *gathering)
{
	const int family = gathering->options->family;
	char line[80] = "", count[24];

	if (gathering->of_other_family == 0)
		return;
	tr_text_append(line, sizeof(line), "-%d: lines of IPv%d, which are "
	    "left out: %s", family, family == 4 ? 6 : 4,
	    count_text(gathering->of_other_family, count));
	tr_complain(gathering->options, line);
}

static void
tell_addresses(const struct gathering *gathering)
{
	struct tr_targets_left_out left_out;
	char line[160] = "", count[24];

	tr_targets_left_out(gathering->targets, &left_out);
	if (left_out.excluded == 0 && left_out.special == 0)
		return;
	tr_text_append(line, sizeof(line), "addresses that are left out: ");
	if (left_out.excluded > 0)
		tr_text_append(line, sizeof(line), "%s by --exclude%s",
		    count_text(left_out.excluded, count),
		    left_out.special > 0 ? ", " : "");
	if (left_out.special > 0)
		tr_text_append(line, sizeof(line), "%s special by RFC 6890 "
		    "(--special takes such)", count_text(left_out.special,
		    count));
	tr_complain(gathering->options, line);
}

int
tr_survey_targets_gather(const struct tr_options *options, uint64_t seed,
    struct tr_survey_names *names, struct tr_targets **targets,
    struct tr_error *error)
{
	const struct tr_targets_config config = {
		.seed = seed,
		.per_prefix4 = options->survey.per_prefix4,
		.per_prefix6 = options->survey.per_prefix6,
		.special = options->survey.special,
	};
	struct gathering gathering = { .options = options, .names = names };
	int status;

	*targets = tr_targets_new(&config);
	if (*targets == NULL)
		return fail_memory(error);
	gathering.targets = *targets;
	status = take_all(&gathering, error);
	if (status == TR_OK)
		status = tr_targets_seal(*targets, error);
	if (status == TR_OK) {
		tell_nameless(&gathering);
		tell_other_family(&gathering);
		tell_addresses(&gathering);
		if (tr_targets_count(*targets) == 0)
			status = tr_fail(error, TR_ERANGE, "no target is "
			    "left: all that was given is left out");
	}
	if (status != TR_OK) {
		tr_targets_free(*targets);
		*targets = NULL;
	}
	return status;
}
