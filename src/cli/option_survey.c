/*
 * The options of a survey: their rows, what their values do, and what follows
 * from all of them.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/time.h"
#include "cli/option_table.h"
#include "io/compress.h"
#include "io/pace.h"
#include "io/target_list.h"
#include "packet/wire.h"

#define MAX_TTL		32
#define GAP_LIMIT	5
#define BUDGET		1000	/* probes of a target with all its paths */
#define QUERIES		2
#define TIMEOUT		(2 * TR_SECOND)
#define TIMEOUT_LEAST	(10 * TR_MILLISECOND)
#define TARGET_SPACING	(20 * TR_MILLISECOND)
#define RATE_UNIT	(TR_SECOND / 1000)	/* billionths in a rate's 1 */

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

void
tr_option_survey_defaults(struct tr_survey_options *survey)
{
	*survey = (struct tr_survey_options){
		.way = TR_SURVEY_FORWARD,
		.gap_limit = GAP_LIMIT,
		.budget = BUDGET,
		.first_ttl = 1,
		.max_ttl = MAX_TTL,
		.queries = QUERIES,
		.timeout = TIMEOUT,
		.rate = TR_SURVEY_RATE,
		.target_spacing = TARGET_SPACING,
		.rotate = TR_SURVEY_ROTATE,
	};
}

uint16_t
tr_survey_probe_size(const struct tr_survey_options *survey, uint8_t family)
{
	const size_t length = survey->contact == NULL ? 0 :
	    strlen(survey->contact);
	const size_t more = length > TR_SURVEY_CONTACT_FREE ?
	    length - TR_SURVEY_CONTACT_FREE : 0;

	return (uint16_t)(tr_probe_size_default(family) + more);
}

/* --- what a word says --------------------------------------------------- */

#define TARGETS_ACCEPTED						\
	"an address, a prefix, a range such as 192.0.2.1-192.0.2.9"

/* Why is a word no target, as far as that can be guessed? */
static const char *
mistake_in(const char *text)
{
	const char *colon = strchr(text, ':');

	if (strcmp(text, "-") == 0)
		return "; --targets - reads standard input";
	if (strstr(text, "://") != NULL)
		return "; of a URL only the host";
	if (strchr(text, '%') != NULL)
		return "; no scope: -i says the interface";
	if (colon != NULL && strchr(colon + 1, ':') == NULL)
		return "; the port of all is -p's";
	if (access(text, F_OK) == 0)
		return "; a file is read by --targets FILE";
	return "";
}

/*
 * Of a file's lines what follows the first word is a remark; here it is
 * something that would be left out unseen.
 */
static enum tr_target_kind
parse_word(const char *text, struct tr_target_entry *entry)
{
	if (strpbrk(text, " \t#") != NULL)
		return TR_TARGET_DAMAGED;
	return tr_target_parse(text, entry);
}

static int
check_operand(struct tr_option_parse *parse, const char *text)
{
	const uint8_t family = parse->options->family;
	struct tr_target_entry entry;

	switch (parse_word(text, &entry)) {
	case TR_TARGET_DAMAGED:
		return tr_fail(parse->error, TR_ERANGE, "%s is no target: "
		    TARGETS_ACCEPTED ", or a name is accepted%s",
		    *text == '\0' ? "\"\"" : tr_option_quoted(parse, text),
		    mistake_in(text));
	case TR_TARGET_RANGE:
		if (family != 0 && entry.first.family != family)
			return tr_fail(parse->error, TR_ERANGE,
			    "-%d: %s is of IPv%d", family,
			    tr_option_quoted(parse, text),
			    entry.first.family);
		break;
	case TR_TARGET_NAME:
		break;
	}
	return TR_OK;
}

/* --- setters ------------------------------------------------------------ */

/* One text more of those that an option may be given several times with. */
static int
add_text(struct tr_option_parse *parse, const char *texts[], size_t *count,
    size_t most, const char *value)
{
	if (*count == most)
		return tr_fail(parse->error, TR_ERANGE, "%s: more than %zu "
		    "are too many%s", parse->flag, most,
		    strcmp(parse->flag, "--exclude") == 0 ?
		    ": --exclude-from FILE takes any number" : "");
	texts[(*count)++] = value;
	return TR_OK;
}

static int
check_file(struct tr_option_parse *parse, const char *value)
{
	if (*value == '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: the file's name is empty", parse->flag);
	return TR_OK;
}

static int
set_targets(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	struct tr_survey_options *survey = &parse->options->survey;

	(void)row;
	if (check_file(parse, value) != TR_OK)
		return parse->error->code;
	return add_text(parse, survey->files, &survey->file_count,
	    COUNT(survey->files), value);
}

static int
set_exclude(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	struct tr_survey_options *survey = &parse->options->survey;
	struct tr_target_entry entry;

	(void)row;
	if (parse_word(value, &entry) != TR_TARGET_RANGE)
		return tr_fail(parse->error, TR_ERANGE, "%s: %s is not "
		    "understood: " TARGETS_ACCEPTED " is accepted; several by "
		    "--exclude several times, or by --exclude-from FILE",
		    parse->flag, *value == '\0' ? "\"\"" :
		    tr_option_quoted(parse, value));
	return add_text(parse, survey->exclusions, &survey->exclusion_count,
	    COUNT(survey->exclusions), value);
}

static int
set_exclude_from(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	struct tr_survey_options *survey = &parse->options->survey;

	(void)row;
	if (check_file(parse, value) != TR_OK)
		return parse->error->code;
	return add_text(parse, survey->exclusion_files,
	    &survey->exclusion_file_count, COUNT(survey->exclusion_files),
	    value);
}

/* "/24" or "24", up to the comma or the end; false where it is none. */
static bool
read_prefix_length(const char *text, size_t size, int64_t most,
    uint8_t *length)
{
	char digits[8];
	int64_t number;

	if (size > 0 && *text == '/') {
		text++;
		size--;
	}
	if (size >= sizeof(digits))
		return false;
	memcpy(digits, text, size);
	digits[size] = '\0';
	if (!tr_option_read_number(digits, false, &number) || number < 1 ||
	    number > most)
		return false;
	*length = (uint8_t)number;
	return true;
}

static int
set_per_prefix(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	struct tr_survey_options *survey = &parse->options->survey;
	const size_t size = strcspn(value, ",");
	const char *second = value + size + 1;

	(void)row;
	survey->per_prefix6 = 0;
	if (!read_prefix_length(value, size, 32, &survey->per_prefix4) ||
	    (value[size] == ',' && !read_prefix_length(second, strlen(second),
	    128, &survey->per_prefix6)))
		return tr_fail(parse->error, TR_ERANGE, "%s: %s is no length "
		    "of prefixes: of IPv4 /1 to /32, then if need be of IPv6 "
		    "/1 to /128, as /24,/48", parse->flag, *value == '\0' ?
		    "\"\"" : tr_option_quoted(parse, value));
	return TR_OK;
}

static int
set_doubletree(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	int64_t number = 0;

	if (value != NULL && (!tr_option_read_number(value, false, &number) ||
	    number < row->min || number > row->max))
		return tr_fail(parse->error, TR_ERANGE, "%s: %s is no TTL to "
		    "start at: 1 to %d is accepted, or none, and it is "
		    "guessed", parse->flag, *value == '\0' ? "\"\"" :
		    tr_option_quoted(parse, value), TR_SURVEY_TTL_MAX);
	parse->options->survey.way = TR_SURVEY_DOUBLETREE;
	parse->options->survey.start_ttl = (uint8_t)number;
	return TR_OK;
}

static int
set_exhaustive(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	(void)row;
	(void)value;
	parse->options->survey.way = TR_SURVEY_EXHAUSTIVE;
	return TR_OK;
}

static int
set_rate(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	const int64_t least = (int64_t)TR_PACE_RATE_MIN * RATE_UNIT;
	const int64_t most = (int64_t)TR_PACE_RATE_MAX * RATE_UNIT;
	const char *at = value;
	int64_t rate;

	(void)row;
	if (!tr_option_read_fraction(&at, &rate) || *at != '\0' ||
	    rate < least || rate > most)
		return tr_fail(parse->error, TR_ERANGE, "%s: %s is no rate: a "
		    "number of probes a second is wanted, 0.1 to 1000000; "
		    "there is no sending without a limit", parse->flag,
		    *value == '\0' ? "\"\"" : tr_option_quoted(parse, value));
	parse->options->survey.rate = (uint64_t)(rate / RATE_UNIT);
	return TR_OK;
}

static int
set_contact(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	const size_t length = strlen(value);

	(void)row;
	if (length == 0)
		return tr_fail(parse->error, TR_ERANGE, "%s: the text is "
		    "empty: an address of mail or of a page is wanted",
		    parse->flag);
	if (length > TR_SURVEY_CONTACT_MAX)
		return tr_fail(parse->error, TR_ERANGE, "%s: %s has %zu "
		    "bytes: at most %d are accepted", parse->flag,
		    tr_option_quoted(parse, value), length,
		    TR_SURVEY_CONTACT_MAX);
	for (size_t i = 0; i < length; i++)
		if (value[i] < ' ' || value[i] > '~')
			return tr_fail(parse->error, TR_ERANGE, "%s: %s has "
			    "characters that are not printable ASCII",
			    parse->flag, tr_option_quoted(parse, value));
	parse->options->survey.contact = value;
	return TR_OK;
}

/* JSON or, with the row's min, rows. */
static int
set_format(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	(void)value;
	parse->options->survey.rows = row->min != 0;
	return TR_OK;
}

/* A file or folder that is written; "-" would become one of this name. */
static int
set_written(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	if (*value == '\0' || strcmp(value, "-") == 0)
		return tr_fail(parse->error, TR_ERANGE, "%s: the name of a %s "
		    "is wanted, not %s", parse->flag, row->noun,
		    *value == '\0' ? "an empty one" : "-");
	return tr_option_set_path(parse, row, value);
}

/* The letter's size in bytes, 1 for none, 0 for another one. */
static int64_t
unit_of(const char *text)
{
	static const char letters[] = "KMGT";
	const char *at;
	int64_t unit = INT64_C(1024);

	if (*text == '\0')
		return 1;
	at = strchr(letters, *text >= 'a' && *text <= 'z' ?
	    *text - 'a' + 'A' : *text);
	if (at == NULL || text[1] != '\0')
		return 0;
	for (; at > letters; at--)
		unit *= 1024;
	return unit;
}

static int
set_rotate(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	const size_t digits = strspn(value, "0123456789");
	const int64_t unit = unit_of(value + digits);
	char text[24];
	int64_t number = 0;

	(void)row;
	if (digits < sizeof(text)) {
		memcpy(text, value, digits);
		text[digits] = '\0';
		if (!tr_option_read_number(text, false, &number) ||
		    unit == 0 || number > (int64_t)TR_SURVEY_ROTATE_MAX / unit)
			number = 0;
	}
	number *= unit;
	if (number < (int64_t)TR_SURVEY_ROTATE_MIN)
		return tr_fail(parse->error, TR_ERANGE, "%s: %s is no size of "
		    "a file: 64K to 1T, in bytes or with K, M, G or T",
		    parse->flag, *value == '\0' ? "\"\"" :
		    tr_option_quoted(parse, value));
	parse->options->survey.rotate = (uint64_t)number;
	return TR_OK;
}

/* --- the table ---------------------------------------------------------- */

static const struct tr_option_row survey_rows[] = {
	{ .name = "targets", .argument = "FILE", .group = GROUP_TARGETS,
	    .set = set_targets, .help = "read targets from FILE, one on a "
	    "line; - is standard input; up to 16 times" },
	{ .name = "per-prefix", .argument = "/LENGTH[,/LENGTH]",
	    .group = GROUP_TARGETS, .set = set_per_prefix,
	    .help = "one target in each prefix of this length, as /24, or "
	    "/24,/48 for IPv4 and IPv6" },
	{ .name = "exclude", .argument = "WHAT", .group = GROUP_TARGETS,
	    .set = set_exclude, .help = "leave out an address, a prefix or a "
	    "range; up to 64 times" },
	{ .name = "exclude-from", .argument = "FILE", .group = GROUP_TARGETS,
	    .set = set_exclude_from, .help = "leave out those in FILE; up to "
	    "16 times" },
	{ .name = "special", .group = GROUP_TARGETS,
	    .set = tr_option_set_flag, FIELD(survey.special),
	    .help = "take private, reserved, multicast and other special "
	    "addresses (RFC 6890) too, which are left out otherwise" },
	{ .name = "seed", .argument = "NUMBER", .group = GROUP_TARGETS,
	    .set = tr_option_set_number, .noun = "seed", .max = 0xffffffff,
	    .hex = true, FIELD(seed),
	    .help = "of the order of the targets; else drawn" },
	{ .name = "list", .group = GROUP_TARGETS, .set = tr_option_set_flag,
	    FIELD(survey.list),
	    .help = "print the targets in their order and send nothing" },

	{ .letter = '4', .group = GROUP_PROBE, .set = tr_option_set_family,
	    .min = 4, .help = "IPv4 only" },
	{ .letter = '6', .group = GROUP_PROBE, .set = tr_option_set_family,
	    .min = 6, .help = "IPv6 only; without -4 and -6 both" },
	{ .letter = 'I', .name = "icmp", .group = GROUP_PROBE,
	    .set = tr_option_set_method, .help = "send ICMP echo requests" },
	{ .letter = 'T', .name = "tcp", .group = GROUP_PROBE,
	    .set = tr_option_set_method,
	    .help = "send TCP SYNs, to port 443 unless -p" },
	{ .letter = 'U', .name = "udp", .group = GROUP_PROBE,
	    .set = tr_option_set_method, .help = "send UDP to port 53 unless "
	    "-p; without -I, -T, -U: UDP to port 33434" },
	{ .letter = 'p', .name = "port", .argument = "PORT",
	    .group = GROUP_PROBE, .set = tr_option_set_port, FIELD(port),
	    .help = "destination port, by number or service name" },
	{ .name = "sport", .argument = "PORT", .group = GROUP_PROBE,
	    .set = tr_option_set_port, FIELD(sport),
	    .help = "source port; else the system chooses one" },
	{ .letter = 't', .name = "tos", .argument = "TOS",
	    .group = GROUP_PROBE, .set = tr_option_set_number, .noun = "TOS",
	    .max = 255, .hex = true, FIELD(tos),
	    .help = "type of service, or IPv6 traffic class" },
	{ .name = "dscp", .argument = "NAME", .group = GROUP_PROBE,
	    .set = tr_option_set_dscp, .max = 63, .hex = true,
	    .help = "the same by its code point: EF, AF41, CS6, or 0 to 63" },
	{ .letter = 'l', .name = "flowlabel", .argument = "LABEL",
	    .group = GROUP_PROBE, .set = tr_option_set_number,
	    .noun = "flow label", .max = 0xfffff, .hex = true,
	    FIELD(flow_label), .help = "IPv6 flow label" },
	{ .name = "icmp-id", .argument = "ID", .group = GROUP_PROBE,
	    .set = tr_option_set_number, .noun = "id", .max = 65535,
	    .hex = true, FIELD(icmp_id),
	    .help = "id of echo requests; else drawn" },
	{ .name = "icmp-checksum", .argument = "SUM", .group = GROUP_PROBE,
	    .set = tr_option_set_number, .noun = "checksum", .min = 1,
	    .max = 0xfffe, .hex = true, FIELD(icmp_checksum),
	    .help = "checksum of echo requests; else drawn" },
	{ .name = "contact", .argument = "TEXT", .group = GROUP_PROBE,
	    .set = set_contact, .help = "put TEXT into each probe of UDP and "
	    "ICMP, for whoever looks: whom to write to; up to 128 "
	    "characters, of which those beyond 20 make the packets longer" },

	{ .letter = 'f', .name = "first", .argument = "TTL",
	    .group = GROUP_PACE, .set = tr_option_set_number, .noun = "TTL",
	    .min = 1, .max = TR_SURVEY_TTL_MAX, FIELD(survey.first_ttl),
	    .help = "start at this hop; default 1" },
	{ .letter = 'm', .name = "max-hops", .argument = "TTL",
	    .group = GROUP_PACE, .set = tr_option_set_number, .noun = "TTL",
	    .min = 1, .max = TR_SURVEY_TTL_MAX, FIELD(survey.max_ttl),
	    .help = "go no farther than this hop; default 32" },
	{ .letter = 'q', .name = "queries", .argument = "COUNT",
	    .group = GROUP_PACE, .set = tr_option_set_number, .noun = "count",
	    .min = 1, .max = TR_SURVEY_QUERIES_MAX, FIELD(survey.queries),
	    .help = "probes for a hop until one is answered; default 2" },
	{ .letter = 'w', .name = "wait", .argument = "SECONDS",
	    .group = GROUP_PACE, .set = tr_option_set_seconds,
	    .min = TIMEOUT_LEAST, .max = TR_SURVEY_TIMEOUT_MAX,
	    FIELD(survey.timeout), .help = "how long an answer is awaited, "
	    "0.01 to 60; default 2" },
	{ .name = "gap-limit", .argument = "COUNT", .group = GROUP_PACE,
	    .set = tr_option_set_number, .noun = "count",
	    .max = TR_SURVEY_TTL_MAX, FIELD(survey.gap_limit),
	    .help = "give a target up after so many silent hops in a row; "
	    "default 5; 0: never" },
	{ .name = "multipath", .group = GROUP_PATHS,
	    .set = tr_option_set_multipath, .min = TR_PLAN_LITE,
	    .help = "find all paths to each target that balancers spread "
	    "flows over, with a bound on the chance to miss one" },
	{ .name = "mda", .group = GROUP_PATHS,
	    .set = tr_option_set_multipath, .min = TR_PLAN_FULL,
	    .help = "the same by the full algorithm everywhere: more "
	    "probes, for balancers that are odd" },
	{ .name = "confidence", .argument = "PERCENT",
	    .group = GROUP_PATHS, .set = tr_option_set_confidence,
	    .help = "that nothing of a target's graph is missed; default "
	    "95" },
	{ .name = "max-probes", .argument = "COUNT", .group = GROUP_PATHS,
	    .set = tr_option_set_number, .noun = "count", .min = 1,
	    .max = TR_SURVEY_BUDGET_MAX, FIELD(survey.budget),
	    .help = "for each target; its graph is then what is known; "
	    "default 1000" },

	{ .name = "doubletree", .argument = "TTL", .optional = true,
	    .group = GROUP_PACE, .set = set_doubletree, .min = 1,
	    .max = TR_SURVEY_TTL_MAX, .help = "start in the midst of the "
	    "route, at TTL or where its neighbours' length suggests, and go "
	    "back only to the first router that is known" },
	{ .name = "exhaustive", .group = GROUP_PACE, .set = set_exhaustive,
	    .help = "probe each hop up to the target, whatever is silent" },
	{ .name = "rate", .argument = "PPS", .group = GROUP_PACE,
	    .set = set_rate, .help = "probes a second, 0.1 to 1000000; "
	    "default 1000" },
	{ .name = "target-spacing", .argument = "SECONDS",
	    .group = GROUP_PACE, .set = tr_option_set_seconds,
	    .max = TR_SURVEY_SPACING_MAX, FIELD(survey.target_spacing),
	    .help = "least time between two probes to one target, 0 to 4; "
	    "default 0.02" },
	{ .name = "router-spacing", .argument = "SECONDS",
	    .group = GROUP_PACE, .set = tr_option_set_seconds,
	    .max = TR_SURVEY_SPACING_MAX, FIELD(survey.router_spacing),
	    .help = "least time between two probes that one router will "
	    "answer, as far as is foreseen, 0 to 4; default 0: none" },
	{ .name = "window", .argument = "COUNT", .group = GROUP_PACE,
	    .set = tr_option_set_number, .noun = "count", .min = 1,
	    .max = TR_SURVEY_WINDOW_MAX, FIELD(survey.window),
	    .help = "targets under way at once; default: as many as --rate "
	    "and -w allow" },

	{ .letter = 'i', .name = "interface", .argument = "NAME",
	    .group = GROUP_WAY, .set = tr_option_set_interface,
	    .noun = "an interface's name", FIELD(interface),
	    .help = "send through this interface" },
	{ .letter = 's', .name = "source", .argument = "ADDRESS",
	    .group = GROUP_WAY, .set = tr_option_set_source,
	    .noun = "an address", FIELD(source),
	    .help = "send from this address of this host" },
	{ .name = "fwmark", .argument = "MARK", .group = GROUP_WAY,
	    .set = tr_option_set_number, .noun = "mark", .max = 0xffffffff,
	    .hex = true, FIELD(fwmark),
	    .help = "firewall mark, for policy routing" },
	{ .name = "raw", .group = GROUP_WAY, .set = tr_option_set_flag,
	    FIELD(survey.raw), .help = "send by raw sockets, which look up "
	    "the route of each target: slower" },

	{ .letter = 'j', .name = "json", .group = GROUP_SHOW,
	    .set = set_format, .help = "write a line of JSON for each target "
	    "(the default)" },
	{ .name = "rows", .group = GROUP_SHOW, .set = set_format, .min = 1,
	    .help = "write CSV in place of JSON, a row for each reply" },
	{ .name = "output", .argument = "DIR", .group = GROUP_SHOW,
	    .set = set_written, .noun = "folder", FIELD(survey.output_path),
	    .help = "write to files in DIR, not to standard output" },
	{ .name = "compress", .group = GROUP_SHOW,
	    .set = tr_option_set_flag, FIELD(survey.compress),
	    .help = "with --output: by zstd" },
	{ .name = "rotate", .argument = "SIZE", .group = GROUP_SHOW,
	    .set = set_rotate, .help = "with --output: begin a new file after "
	    "so much, 64K to 1T, before it is compressed; default 1G" },
	{ .name = "resume", .group = GROUP_SHOW, .set = tr_option_set_flag,
	    FIELD(survey.resume), .help = "with --output: go on where an "
	    "interrupted survey in DIR ended" },
	{ .name = "status", .argument = "FILE", .group = GROUP_SHOW,
	    .set = set_written, .noun = "file", FIELD(survey.status_path),
	    .help = "rewrite FILE each second: one JSON object, how far it "
	    "is" },

	{ .letter = 'V', .name = "version", .group = GROUP_OTHER,
	    .set = tr_option_set_mode, .min = TR_MODE_VERSION,
	    .help = "print the version" },
	{ .name = "help", .group = GROUP_OTHER, .set = tr_option_set_mode,
	    .min = TR_MODE_HELP, .help = "print this" },
};

_Static_assert(COUNT(survey_rows) <= TR_OPTION_ROWS_MAX,
    "given[] is too short");

const struct tr_option_row *
tr_option_survey_rows(size_t *count)
{
	*count = COUNT(survey_rows);
	return survey_rows;
}

/* --- what follows from all of it ---------------------------------------- */

static int
take_operands(struct tr_option_parse *parse, char *const operands[])
{
	struct tr_survey_options *survey = &parse->options->survey;

	for (; *operands != NULL; operands++) {
		if (survey->operand_count == TR_SURVEY_OPERANDS_MAX)
			return tr_fail(parse->error, TR_ERANGE, "more than %d "
			    "targets are too many for a command line: "
			    "--targets FILE takes any number",
			    TR_SURVEY_OPERANDS_MAX);
		if (check_operand(parse, *operands) != TR_OK)
			return parse->error->code;
		survey->operands[survey->operand_count++] = *operands;
	}
	return TR_OK;
}

static size_t
count_standard_input(const char *const files[], size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += strcmp(files[i], "-") == 0;
	return found;
}

/* It has one end, and is read once. */
static int
check_standard_input(struct tr_option_parse *parse)
{
	const struct tr_survey_options *survey = &parse->options->survey;
	const size_t targets = count_standard_input(survey->files,
	    survey->file_count);
	const size_t exclusions = count_standard_input(
	    survey->exclusion_files, survey->exclusion_file_count);
	const bool silently = survey->operand_count == 0 &&
	    survey->file_count == 0;

	if (exclusions > 0 && silently)
		return tr_fail(parse->error, TR_ERANGE, "--exclude-from - "
		    "reads standard input: then the targets are wanted from "
		    "elsewhere");
	if (targets + exclusions > 1)
		return tr_fail(parse->error, TR_ERANGE, "standard input (-) "
		    "is named twice by --targets and --exclude-from: it can "
		    "be read once");
	return TR_OK;
}

static int
check_hops(struct tr_option_parse *parse)
{
	const struct tr_survey_options *survey = &parse->options->survey;

	if (survey->first_ttl > survey->max_ttl)
		return tr_fail(parse->error, TR_ERANGE,
		    "-f: TTL %d is beyond the last one, %d (-m): 1 to %d",
		    survey->first_ttl, survey->max_ttl, survey->max_ttl);
	if (survey->start_ttl != 0 && (survey->start_ttl < survey->first_ttl ||
	    survey->start_ttl > survey->max_ttl))
		return tr_fail(parse->error, TR_ERANGE, "--doubletree: TTL %d "
		    "is not among those that are probed: %d (-f) to %d (-m)",
		    survey->start_ttl, survey->first_ttl, survey->max_ttl);
	return TR_OK;
}

/* What is under way has to be remembered. */
static int
check_under_way(struct tr_option_parse *parse)
{
	const struct tr_survey_options *survey = &parse->options->survey;
	const uint64_t milliseconds =
	    (uint64_t)(survey->timeout / TR_MILLISECOND);
	const uint64_t probes = survey->rate * milliseconds / 1000000;

	if (probes <= TR_SURVEY_PROBES_MAX)
		return TR_OK;
	return tr_fail(parse->error, TR_ERANGE, "--rate and -w: %" PRIu64
	    " probes could be under way at once, and %" PRIu32 " at most are "
	    "remembered: a lower rate or a shorter wait is wanted", probes,
	    TR_SURVEY_PROBES_MAX);
}

static int
check_source(struct tr_option_parse *parse)
{
	const struct tr_options *options = parse->options;
	struct tr_address source;

	if (options->family == 0 || tr_address_parse(options->source,
	    &source) != TR_OK || source.family == options->family)
		return TR_OK;
	return tr_fail(parse->error, TR_ERANGE,
	    "-s: %s is an IPv%d address, the survey is of IPv%d (-%d)",
	    options->source, source.family, options->family, options->family);
}

/* What goes with --output only. */
static int
check_output(struct tr_option_parse *parse)
{
	static const char *const only[] = {
		"--compress", "--rotate", "--resume",
	};

	if (parse->options->survey.compress && !tr_compressor_is_there())
		return tr_fail(parse->error, TR_EUNSUPPORTED, "--compress: "
		    "this build has no libzstd; without it, files are written "
		    "as they are");
	if (parse->options->survey.output_path != NULL)
		return TR_OK;
	for (size_t i = 0; i < COUNT(only); i++)
		if (tr_option_given(parse, only[i]))
			return tr_fail(parse->error, TR_ERANGE, "%s is of "
			    "files: it goes with --output DIR", only[i]);
	return TR_OK;
}

/* What goes with all paths only. */
static int
check_paths(struct tr_option_parse *parse)
{
	static const char *const only[] = { "--confidence", "--max-probes" };

	if (parse->options->multipath)
		return TR_OK;
	for (size_t i = 0; i < COUNT(only); i++)
		if (tr_option_given(parse, only[i]))
			return tr_fail(parse->error, TR_ERANGE, "%s goes with "
			    "--multipath or --mda", only[i]);
	return TR_OK;
}

/* Two of which one is accepted: "FLAG and OTHER are WHAT". */
static int
check_pairs(struct tr_option_parse *parse)
{
	static const struct {
		const char *flag, *other, *what;
	} pairs[] = {
		{ "-j", "--rows", "two formats" },
		{ "--doubletree", "--exhaustive", "two ways" },
		{ "--multipath", "--doubletree", "two ways" },
		{ "--multipath", "--exhaustive", "two ways" },
		{ "--mda", "--doubletree", "two ways" },
		{ "--mda", "--exhaustive", "two ways" },
		{ "--list", "--resume", "for sending nothing and for going "
		    "on" },
	};

	for (size_t i = 0; i < COUNT(pairs); i++)
		if (tr_option_given(parse, pairs[i].flag) &&
		    tr_option_given(parse, pairs[i].other))
			return tr_fail(parse->error, TR_ERANGE, "%s and %s "
			    "are %s%s", pairs[i].flag, pairs[i].other,
			    pairs[i].what, TR_ONE_OF_THEM);
	return TR_OK;
}

static int
check_contact(struct tr_option_parse *parse)
{
	const struct tr_options *options = parse->options;

	if (options->survey.contact == NULL ||
	    options->protocol != TR_PROTOCOL_TCP)
		return TR_OK;
	return tr_fail(parse->error, TR_ERANGE, "--contact stands in the "
	    "payload, and the SYNs of -T have none: it goes with UDP and -I");
}

static void
hint_at_effects(struct tr_option_parse *parse)
{
	const struct tr_survey_options *survey = &parse->options->survey;

	if (survey->way == TR_SURVEY_EXHAUSTIVE &&
	    tr_option_given(parse, "--gap-limit"))
		tr_option_hint(parse->options, "--gap-limit has no effect "
		    "with --exhaustive");
	if (parse->options->multipath && (tr_option_given(parse, "-q") ||
	    tr_option_given(parse, "--gap-limit")))
		tr_option_hint(parse->options, "-q and --gap-limit have no "
		    "effect with --multipath, which has rules of its own");
	if (survey->rate > TR_SURVEY_RATE_WARNED && !survey->list)
		tr_option_hint(parse->options, "more than %d probes a second "
		    "can harm routers and firewalls on the way: be sure that "
		    "your network bears them%s",
		    (int)(TR_SURVEY_RATE_WARNED / 1000),
		    survey->contact != NULL ? "" : ", and say by --contact "
		    "who sends them");
}

int
tr_option_settle_survey(struct tr_option_parse *parse,
    char *const operands[])
{
	struct tr_options *options = parse->options;
	int result;

	options->protocol = parse->method->protocol;
	if (options->protocol == TR_PROTOCOL_TCP)
		options->tcp_flags = TR_TCP_SYN;
	options->flow_label_given = tr_option_given(parse, "-l");
	options->icmp_id_given = tr_option_given(parse, "--icmp-id");
	options->icmp_checksum_given =
	    tr_option_given(parse, "--icmp-checksum");
	options->seed_given = tr_option_given(parse, "--seed");
	if ((result = take_operands(parse, operands)) != TR_OK ||
	    (result = check_standard_input(parse)) != TR_OK ||
	    (result = tr_option_settle_class(parse)) != TR_OK ||
	    (result = check_pairs(parse)) != TR_OK ||
	    (result = check_paths(parse)) != TR_OK ||
	    (result = check_output(parse)) != TR_OK ||
	    (result = check_hops(parse)) != TR_OK ||
	    (result = check_under_way(parse)) != TR_OK ||
	    (result = check_source(parse)) != TR_OK ||
	    (result = check_contact(parse)) != TR_OK ||
	    (result = tr_option_settle_port(parse)) != TR_OK)
		return result;
	hint_at_effects(parse);
	return TR_OK;
}
