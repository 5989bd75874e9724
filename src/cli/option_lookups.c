/*
 * What is looked up beside the trace: names, origin AS, places; what is kept
 * to oneself of it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/option_table.h"

#define FILE_PREFIX	"file:"

/* -A alone asks nobody: it takes what it may find on this host. */
#define ASN_VARIABLE	"TRUEROUTE_ASN"
static const char *const usual_files[] = {
	"/var/lib/GeoIP/GeoLite2-ASN.mmdb",
	"/usr/share/GeoIP/GeoLite2-ASN.mmdb",
	"/usr/local/share/GeoIP/GeoLite2-ASN.mmdb",
};

#define USUAL_FILES	(sizeof(usual_files) / sizeof(usual_files[0]))

static int
add_file(struct tr_option_parse *parse, const char *path)
{
	struct tr_options *options = parse->options;

	if (*path == '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: the file's name is empty", parse->flag);
	if (options->asn_cymru)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: origins come from files or from cymru: one of them "
		    "is accepted", parse->flag);
	if (options->asn_path_count == TR_ASN_FILES_MAX)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: more than %d files are too many", parse->flag,
		    TR_ASN_FILES_MAX);
	options->asn_paths[options->asn_path_count++] = path;
	options->as_lookup = true;
	return TR_OK;
}

int
tr_option_set_asn(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	struct tr_options *options = parse->options;
	const size_t prefix = sizeof(FILE_PREFIX) - 1;

	(void)row;
	if (strcmp(value, "off") == 0) {
		options->as_lookup = false;
		options->asn_cymru = false;
		options->asn_path_count = 0;
		return TR_OK;
	}
	if (strncmp(value, FILE_PREFIX, prefix) == 0)
		return add_file(parse, value + prefix);
	if (strcmp(value, "cymru") != 0)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is not known: file:PATH, cymru and off are",
		    parse->flag, tr_option_quoted(parse, value));
	if (options->asn_path_count > 0)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: origins come from files or from cymru: one of them "
		    "is accepted", parse->flag);
	options->asn_cymru = true;
	options->as_lookup = true;
	return TR_OK;
}

/* From the environment, or from files that are usually there. */
static int
find_origins(struct tr_option_parse *parse)
{
	const char *wanted = getenv(ASN_VARIABLE);

	if (wanted != NULL && *wanted != '\0') {
		snprintf(parse->flag, sizeof(parse->flag), "%s",
		    ASN_VARIABLE);
		return tr_option_set_asn(parse, NULL, wanted);
	}
	for (size_t i = 0; i < USUAL_FILES; i++)
		if (access(usual_files[i], R_OK) == 0) {
			snprintf(parse->flag, sizeof(parse->flag), "-A");
			return add_file(parse, usual_files[i]);
		}
	tr_option_hint(parse->options, "-A: there is no file of origin AS on "
	    "this host; give one by --asn=file:PATH, or ask Team Cymru's DNS "
	    "about each hop by --asn=cymru");
	return TR_OK;
}

/* What --all-addresses does not go with. */
static const struct tr_option_clash not_everywhere[] = {
	{ "--read", "of what was captured, and --all-addresses traces" },
	{ "--write", "of one trace, which a capture holds, and "
	    "--all-addresses makes several" },
	{ "--privacy", "of one trace, which a capture holds, and "
	    "--all-addresses makes several" },
	{ "--compare", "of one address, and --all-addresses of several" },
	{ "--reveal", "of one address, and --all-addresses of several" },
	{ "--sport", "of one flow, and --all-addresses has several" },
};

static int
check_all_addresses(struct tr_option_parse *parse)
{
	return !parse->options->all_addresses ? TR_OK : tr_option_refuse(
	    parse, not_everywhere, sizeof(not_everywhere) /
	    sizeof(not_everywhere[0]), TR_ONE_OF_THEM);
}

int
tr_option_settle_lookups(struct tr_option_parse *parse)
{
	struct tr_options *options = parse->options;

	if (options->program == TR_PROGRAM_TCPTRACEROUTE)
		return TR_OK;
	if (check_all_addresses(parse) != TR_OK)
		return parse->error->code;
	if (options->read_path != NULL && options->asn_cymru)
		return tr_fail(parse->error, TR_ERANGE, "--asn=cymru asks the "
		    "network, and --read does not: --asn=file:PATH is "
		    "accepted");
	if (options->numeric && options->verify_names)
		tr_option_hint(options, "--verify-names has no effect with "
		    "-n");
	if (options->as_lookup && !options->asn_cymru &&
	    options->asn_path_count == 0 && options->read_path == NULL)
		return find_origins(parse);
	return TR_OK;
}
