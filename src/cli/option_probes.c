/*
 * Setters that several tables share: by which method, from where, with which
 * class the probes are sent; all paths.
 */
#include <string.h>

#include "base/time.h"
#include "cli/option_table.h"

#define UDP_FIXED_PORT	53	/* traceroute(8)'s for -U */
#define TCPTRACEROUTE_PORT 80

#define CONFIDENCE_LEAST (50 * TR_SECOND)	/* in billionths */
#define CONFIDENCE_MOST	(99 * TR_SECOND + TR_SECOND / 10000 * 9999)

int
tr_option_set_source(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	int64_t number;

	/* The resolver would make an address of a lone number. */
	if (tr_option_read_number(value, true, &number))
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no address of this host%s", parse->flag,
		    tr_option_quoted(parse, value),
		    tr_option_foreign_meaning(parse));
	return tr_option_set_text(parse, row, value);
}

int
tr_option_set_interface(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	const char *end = value;
	int64_t billionths;
	const int result = tr_option_set_text(parse, row, value);

	if (result == TR_OK && tr_option_read_fraction(&end, &billionths) &&
	    *end == '\0')
		tr_option_hint(parse->options,
		    "%s %s is taken as the name of an "
		    "interface%s", parse->flag, value,
		    tr_option_foreign_meaning(parse));
	return result;
}

int
tr_option_set_family(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	(void)value;
	parse->options->family = (uint8_t)row->min;
	return TR_OK;
}

int
tr_option_set_mode(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	(void)value;
	parse->options->mode = (enum tr_mode)row->min;
	return TR_OK;
}

/* traceroute(8)'s methods; -I, -T and -U are the same by a letter. */

static const struct tr_option_method methods[] = {
	{ "default", 0, TR_PROTOCOL_UDP, TR_OPTION_UDP_PORT },
	{ "udp", 'U', TR_PROTOCOL_UDP, UDP_FIXED_PORT },
	{ "icmp", 'I', TR_PROTOCOL_ICMP, 0 },
	{ "tcp", 'T', TR_PROTOCOL_TCP, TR_OPTION_TCP_PORT },
};

static const struct tr_option_method tcptraceroute_method = {
	"tcp", 0, TR_PROTOCOL_TCP, TCPTRACEROUTE_PORT,
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

int
tr_option_set_method(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	for (size_t i = 0; i < METHODS; i++)
		if (value == NULL ? methods[i].letter == row->letter :
		    strcmp(methods[i].name, value) == 0) {
			parse->method = &methods[i];
			return TR_OK;
		}
	return tr_fail(parse->error, TR_EUNSUPPORTED,
	    "%s: there is no method %s here: udp, icmp, tcp or default%s",
	    parse->flag, tr_option_quoted(parse, value), strcmp(value,
	    "raw") == 0 ?
	    "; probes of any IP protocol (raw) are not in this release" :
	    "");
}

/* Differentiated services code points (IANA dscp-registry). */
struct code_point {
	const char *name;
	uint8_t	 value;
};

static const struct code_point code_points[] = {
	{ "BE", 0 }, { "DF", 0 }, { "LE", 1 },
	{ "CS0", 0 }, { "CS1", 8 }, { "CS2", 16 }, { "CS3", 24 },
	{ "CS4", 32 }, { "CS5", 40 }, { "CS6", 48 }, { "CS7", 56 },
	{ "AF11", 10 }, { "AF12", 12 }, { "AF13", 14 },
	{ "AF21", 18 }, { "AF22", 20 }, { "AF23", 22 },
	{ "AF31", 26 }, { "AF32", 28 }, { "AF33", 30 },
	{ "AF41", 34 }, { "AF42", 36 }, { "AF43", 38 },
	{ "EF", 46 }, { "VA", 44 },
};

#define CODE_POINTS (sizeof(code_points) / sizeof(code_points[0]))

/* Equal but for the case of ASCII letters; a is in capitals. */
static bool
same_word(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if (*a != (*b >= 'a' && *b <= 'z' ? *b - 'a' + 'A' : *b))
			return false;
	return *a == *b;
}

int
tr_option_set_dscp(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	int64_t number = -1;

	for (size_t i = 0; i < CODE_POINTS; i++)
		if (same_word(code_points[i].name, value))
			number = code_points[i].value;
	if (number < 0 && (!tr_option_read_number(value, row->hex, &number) ||
	    number < row->min || number > row->max))
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no code point: EF, AF11 to AF43, CS0 to CS7, "
		    "VA, LE, BE, or 0 to 63", parse->flag,
		    tr_option_quoted(parse, value));
	parse->options->tos = (uint8_t)(number << 2);
	return TR_OK;
}

const struct tr_option_method *
tr_option_method(enum tr_program program)
{
	return program == TR_PROGRAM_TCPTRACEROUTE ?
	    &tcptraceroute_method : &methods[0];
}

/* --multipath and what says more than that. */
int
tr_option_set_multipath(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	(void)value;
	parse->options->multipath = true;
	parse->options->paths.rules.way = (enum tr_plan_way)row->min;
	return TR_OK;
}

/* Kept as the chance that something may be missed. */
int
tr_option_set_confidence(struct tr_option_parse *parse,
    const struct tr_option_row *row, const char *value)
{
	const char *at = value;
	int64_t percent;

	(void)row;
	if (!tr_option_read_fraction(&at, &percent))
		at = "?";
	else if (*at == '%')
		at++;
	if (*at != '\0' || percent < CONFIDENCE_LEAST ||
	    percent > CONFIDENCE_MOST)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no percentage from 50 to 99.9999", parse->flag,
		    tr_option_quoted(parse, value));
	parse->options->paths.rules.alpha =
	    (double)(100 * TR_SECOND - percent) / (100.0 * TR_SECOND);
	return TR_OK;
}
