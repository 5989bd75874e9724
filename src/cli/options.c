#include <getopt.h>
#include <netdb.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/time.h"
#include "cli/hints.h"
#include "cli/options.h"
#include "packet/wire.h"

#define ROWS_MAX	64
#define LONG_ONLY	256	/* getopt's value of row 0 by its long name */

#define UDP_PORT	33434	/* the first of traceroute(8)'s */
#define UDP_FIXED_PORT	53	/* traceroute(8)'s for -U */
#define TCP_PORT	443
#define TCPTRACEROUTE_PORT 80

#define WAIT_LEAST	TR_MILLISECOND
#define WAIT_MOST	(3600 * TR_SECOND)
#define WAIT_SUSPECT	(100 * TR_SECOND)	/* meant as milliseconds? */
#define FACTOR_MOST	1000
#define GAP_SECONDS	10		/* -z: beyond, it is milliseconds */

struct parse;
struct option_row;
struct method;

typedef int option_setter(struct parse *parse, const struct option_row *row,
    const char *value);

enum option_group {
	GROUP_PROBE,
	GROUP_PACE,
	GROUP_WAY,
	GROUP_SHOW,
	GROUP_OTHER,
	GROUPS,
};

static const char *const group_titles[GROUPS] = {
	[GROUP_PROBE] = "Probes",
	[GROUP_PACE] = "How far and how fast",
	[GROUP_WAY] = "Which way out",
	[GROUP_SHOW] = "What is shown and saved",
	[GROUP_OTHER] = "Other",
};

struct option_row {
	char	 letter;		/* 0: a long name only */
	const char *name;		/* long name, or NULL */
	const char *argument;		/* NULL: takes none */
	const char *help;		/* NULL: not in the help text */
	enum option_group group;
	option_setter *set;
	const char *noun;		/* what the number is called */
	int64_t	 min;			/* range, or the setter's own */
	int64_t	 max;
	bool	 hex;			/* 0x... is accepted too */
	size_t	 offset;		/* of the field in struct tr_options */
	size_t	 size;
};

/* One call of tr_options_parse(). */
struct parse {
	struct tr_options *options;
	const struct option_row *rows;
	size_t	 count;
	const struct method *method;
	bool	 given[ROWS_MAX];
	char	 flag[32];	/* of the row at hand: "-p", "--sport" */
	char	 quoted[TR_QUOTE_MAX];
	char	 hint[TR_HINT_MAX];
	uint8_t	 tcp_flags;		/* by -O */
	bool	 tcp_options;		/* -O was given */
	uint16_t target_port;		/* of host:port; 0: none */
	const char *length;		/* the operand, or NULL */
	struct tr_error *error;
};

/* --- texts and numbers -------------------------------------------------- */

static const char *
quoted(struct parse *parse, const char *text)
{
	return tr_quote(text, parse->quoted);
}

static void
flag_text(const struct option_row *row, char *flag, size_t size)
{
	if (row->letter != 0)
		snprintf(flag, size, "-%c", row->letter);
	else
		snprintf(flag, size, "--%s", row->name);
}

/* "; " and what other tools mean by the flag at hand, or nothing. */
static const char *
foreign_meaning(struct parse *parse)
{
	char hint[TR_HINT_MAX];

	parse->hint[0] = '\0';
	if (parse->options->program != TR_PROGRAM_TCPTRACEROUTE &&
	    tr_hint_flag(parse->flag, hint))
		snprintf(parse->hint, sizeof(parse->hint), "; %.*s",
		    (int)sizeof(parse->hint) - 3, hint);
	return parse->hint;
}

static void add_hint(struct tr_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add_hint(struct tr_options *options, const char *format, ...)
{
	const size_t used = strlen(options->hint);
	const size_t left = sizeof(options->hint) - used;
	va_list values;

	if (left < 2)
		return;
	if (used > 0)
		memcpy(options->hint + used, "\n", 2);
	va_start(values, format);
	vsnprintf(options->hint + used + (used > 0),
	    left - (used > 0), format, values);
	va_end(values);
}

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/*
 * A whole number, decimal or (hex) 0x...; a minus is read, so that it is
 * said to be out of range.  What is too large for the type stays large.
 */
static bool
read_number(const char *text, bool hex, int64_t *number)
{
	const bool negative = text[0] == '-';
	int base = 10;

	text += negative;
	if (hex && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (*text == '\0')
		return false;
	for (*number = 0; *text != '\0'; text++) {
		if (digit_of(*text) >= base)
			return false;
		if (*number <= INT64_MAX / 32)
			*number = *number * base + digit_of(*text);
	}
	if (negative)
		*number = -*number;
	return true;
}

/*
 * A decimal fraction in billionths, from *text on; *text is left behind it.
 * Independent of the locale.  What is too large stays large.
 */
static bool
read_fraction(const char **text, int64_t *billionths)
{
	int64_t worth = TR_SECOND / 10;
	int64_t whole = 0;
	const char *at = *text;
	bool digits = false;

	for (; *at >= '0' && *at <= '9'; at++, digits = true)
		if (whole < INT64_C(100000000))
			whole = whole * 10 + digit_of(*at);
	*billionths = whole * TR_SECOND;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++, digits = true) {
			*billionths += worth * digit_of(*at);
			worth /= 10;
		}
	*text = at;
	return digits;
}

/* --- setters ------------------------------------------------------------ */

static void
store(struct tr_options *options, const struct option_row *row,
    int64_t number)
{
	char *const field = (char *)options + row->offset;
	const uint8_t u8 = (uint8_t)number;
	const uint16_t u16 = (uint16_t)number;
	const uint32_t u32 = (uint32_t)number;

	if (row->size == sizeof(u8))
		memcpy(field, &u8, sizeof(u8));
	else if (row->size == sizeof(u16))
		memcpy(field, &u16, sizeof(u16));
	else
		memcpy(field, &u32, sizeof(u32));
}

static int
set_flag(struct parse *parse, const struct option_row *row,
    const char *value)
{
	const bool on = true;

	(void)value;
	memcpy((char *)parse->options + row->offset, &on, sizeof(on));
	return TR_OK;
}

/* "1 to 255", and for numbers that are given in hex "0 to 255 (0xff)". */
static const char *
range_text(const struct option_row *row, char *text, size_t size)
{
	const int used = snprintf(text, size, "%lld to %lld",
	    (long long)row->min, (long long)row->max);

	if (row->hex && used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, " (0x%llx)",
		    (unsigned long long)row->max);
	return text;
}

static int
set_number(struct parse *parse, const struct option_row *row,
    const char *value)
{
	char range[64];
	int64_t number;

	range_text(row, range, sizeof(range));
	if (!read_number(value, row->hex, &number))
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no number: %s %s is wanted%s", parse->flag,
		    quoted(parse, value), row->noun, range,
		    foreign_meaning(parse));
	if (number < row->min || number > row->max)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s %s is out of range: %s", parse->flag,
		    row->noun, quoted(parse, value), range);
	store(parse->options, row, number);
	return TR_OK;
}

/* A port's number, or the name of a service. */
static int
read_port(struct parse *parse, const char *flag, const char *value,
    uint16_t *port)
{
	const struct servent *service;
	int64_t number;

	if (read_number(value, false, &number)) {
		if (number < 1 || number > 65535)
			return tr_fail(parse->error, TR_ERANGE,
			    "%s: port %s is out of range: 1 to 65535", flag,
			    quoted(parse, value));
		*port = (uint16_t)number;
		return TR_OK;
	}
	service = getservbyname(value, NULL);
	if (*value == '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: the port is missing: 1 to 65535, or the name of a "
		    "service", flag);
	if (service == NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no port: 1 to 65535, or the name of a service",
		    flag, quoted(parse, value));
	*port = (uint16_t)(((unsigned)service->s_port & 0xff) << 8 |
	    ((unsigned)service->s_port >> 8 & 0xff));
	return TR_OK;
}

static int
set_port(struct parse *parse, const struct option_row *row,
    const char *value)
{
	uint16_t port;
	const int result = read_port(parse, parse->flag, value, &port);

	if (result == TR_OK)
		store(parse->options, row, port);
	return result;
}

static int
set_text(struct parse *parse, const struct option_row *row,
    const char *value)
{
	const size_t length = strlen(value);

	if (length == 0)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: the value is empty: %s is wanted", parse->flag,
		    row->noun);
	if (length >= row->size)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s has %zu bytes: %s of at most %zu is wanted",
		    parse->flag, quoted(parse, value), length, row->noun,
		    row->size - 1);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)value[i] <= ' ' || value[i] == 0x7f ||
		    value[i] == '/')
			return tr_fail(parse->error, TR_ERANGE,
			    "%s: %s is not %s", parse->flag,
			    quoted(parse, value), row->noun);
	memcpy((char *)parse->options + row->offset, value, length + 1);
	return TR_OK;
}

static int
set_source(struct parse *parse, const struct option_row *row,
    const char *value)
{
	int64_t number;

	/* The resolver would make an address of a lone number. */
	if (read_number(value, true, &number))
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no address of this host%s", parse->flag,
		    quoted(parse, value), foreign_meaning(parse));
	return set_text(parse, row, value);
}

static int
set_interface(struct parse *parse, const struct option_row *row,
    const char *value)
{
	const char *end = value;
	int64_t billionths;
	const int result = set_text(parse, row, value);

	if (result == TR_OK && read_fraction(&end, &billionths) &&
	    *end == '\0')
		add_hint(parse->options, "%s %s is taken as the name of an "
		    "interface%s", parse->flag, value,
		    foreign_meaning(parse));
	return result;
}

static int
set_path(struct parse *parse, const struct option_row *row,
    const char *value)
{
	if (*value == '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: the file's name is empty", parse->flag);
	memcpy((char *)parse->options + row->offset, &value, sizeof(value));
	return TR_OK;
}

static int
set_family(struct parse *parse, const struct option_row *row,
    const char *value)
{
	(void)value;
	parse->options->family = (uint8_t)row->min;
	return TR_OK;
}

static int
set_mode(struct parse *parse, const struct option_row *row,
    const char *value)
{
	(void)value;
	parse->options->mode = (enum tr_mode)row->min;
	return TR_OK;
}

/* traceroute(8)'s methods; -I, -T and -U are the same by a letter. */
struct method {
	const char *name;
	char	 letter;
	enum tr_protocol protocol;
	uint16_t port;
};

static const struct method methods[] = {
	{ "default", 0, TR_PROTOCOL_UDP, UDP_PORT },
	{ "udp", 'U', TR_PROTOCOL_UDP, UDP_FIXED_PORT },
	{ "icmp", 'I', TR_PROTOCOL_ICMP, 0 },
	{ "tcp", 'T', TR_PROTOCOL_TCP, TCP_PORT },
};

static const struct method tcptraceroute_method = {
	"tcp", 0, TR_PROTOCOL_TCP, TCPTRACEROUTE_PORT,
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

static int
set_method(struct parse *parse, const struct option_row *row,
    const char *value)
{
	for (size_t i = 0; i < METHODS; i++)
		if (value == NULL ? methods[i].letter == row->letter :
		    strcmp(methods[i].name, value) == 0) {
			parse->method = &methods[i];
			return TR_OK;
		}
	return tr_fail(parse->error, TR_EUNSUPPORTED,
	    "%s: there is no method %s here: udp, icmp, tcp or default%s",
	    parse->flag, quoted(parse, value), strcmp(value, "raw") == 0 ?
	    "; probes of any IP protocol (raw) are not in this release" :
	    "");
}

/* -O, of TCP: the names that this release takes. */
struct tcp_option {
	const char *name;
	uint8_t	 flags;		/* 0: info */
};

static const struct tcp_option tcp_options[] = {
	{ "info", 0 },
	{ "syn", TR_TCP_SYN },
	{ "ack", TR_TCP_ACK },
	{ "ecn", TR_TCP_SYN | TR_TCP_ECE | TR_TCP_CWR },
};

#define TCP_OPTIONS (sizeof(tcp_options) / sizeof(tcp_options[0]))

static const struct tcp_option *
find_tcp_option(const char *name, size_t length)
{
	for (size_t i = 0; i < TCP_OPTIONS; i++)
		if (strlen(tcp_options[i].name) == length &&
		    memcmp(tcp_options[i].name, name, length) == 0)
			return &tcp_options[i];
	return NULL;
}

static int
set_tcp_options(struct parse *parse, const struct option_row *row,
    const char *value)
{
	(void)row;
	parse->tcp_options = true;
	for (;;) {
		const size_t length = strcspn(value, ",");
		const struct tcp_option *option = find_tcp_option(value,
		    length);

		if (option == NULL)
			return tr_fail(parse->error, TR_EUNSUPPORTED,
			    "%s: %s is not known: with -T info, syn, ack and "
			    "ecn are", parse->flag, quoted(parse, value));
		if (option->flags == 0)
			parse->options->tcp_info = true;
		parse->tcp_flags |= option->flags;
		if (value[length] == '\0')
			return TR_OK;
		value += length + 1;
	}
}

/* tcptraceroute's -S, -A and -E add to the flags. */
static int
set_tcp_flags(struct parse *parse, const struct option_row *row,
    const char *value)
{
	(void)value;
	parse->tcp_flags |= (uint8_t)row->min;
	return TR_OK;
}

static int
set_dnat(struct parse *parse, const struct option_row *row,
    const char *value)
{
	(void)value;
	parse->options->dnat = (enum tr_dnat)row->min;
	if (parse->options->dnat == TR_DNAT_SHOW)
		add_hint(parse->options, "%s is accepted; where the "
		    "destination is rewritten is not shown yet", parse->flag);
	return TR_OK;
}

static int
set_nothing(struct parse *parse, const struct option_row *row,
    const char *value)
{
	(void)row;
	(void)value;
	add_hint(parse->options, "%s is accepted and does nothing here",
	    parse->flag);
	return TR_OK;
}

static int
set_as_lookup(struct parse *parse, const struct option_row *row,
    const char *value)
{
	if (!parse->options->as_lookup)
		add_hint(parse->options,
		    "this build cannot look up origin AS numbers yet");
	return set_flag(parse, row, value);
}

static int
set_wait_max(struct parse *parse, const char *value, int64_t wait)
{
	if (wait < WAIT_LEAST || wait > WAIT_MOST)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: wait %s is out of range: 0.001 to 3600 seconds",
		    parse->flag, quoted(parse, value));
	if (wait >= WAIT_SUSPECT)
		add_hint(parse->options, "%s %s is in seconds", parse->flag,
		    value);
	parse->options->trace.wait_max = wait;
	return TR_OK;
}

/* tcptraceroute's -w SECONDS. */
static int
set_seconds(struct parse *parse, const struct option_row *row,
    const char *value)
{
	const char *at = value;
	int64_t wait;

	(void)row;
	if (!read_fraction(&at, &wait) || *at != '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no number of seconds: 0.001 to 3600 is wanted",
		    parse->flag, quoted(parse, value));
	return set_wait_max(parse, value, wait);
}

/* -w MAX[,HERE[,NEAR]]; traceroute(8) parts them by slashes as well. */
static int
set_wait(struct parse *parse, const struct option_row *row,
    const char *value)
{
	int64_t part[3] = { 0, 0, 0 };
	const char *at = value;
	size_t parts = 0;

	(void)row;
	do {
		if (!read_fraction(&at, &part[parts++]))
			at = "?";
	} while ((*at == ',' || *at == '/') && parts < 3 && *at++ != '\0');
	if (*at != '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no MAX[,HERE,NEAR]%s", parse->flag,
		    quoted(parse, value), foreign_meaning(parse));
	if (part[1] > FACTOR_MOST * TR_SECOND ||
	    part[2] > FACTOR_MOST * TR_SECOND)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is out of range: factors of 0 to 1000 are "
		    "accepted", parse->flag, quoted(parse, value));
	parse->options->trace.wait_here = (double)part[1] / 1e9;
	parse->options->trace.wait_near = (double)part[2] / 1e9;
	return set_wait_max(parse, value, part[0]);
}

/* -z: up to 10 seconds; what is beyond is milliseconds. */
static int
set_gap(struct parse *parse, const struct option_row *row,
    const char *value)
{
	const char *at = value;
	int64_t gap;

	(void)row;
	if (!read_fraction(&at, &gap) || *at != '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no time: 0 to 10 seconds, or above 10 "
		    "milliseconds%s", parse->flag, quoted(parse, value),
		    foreign_meaning(parse));
	if (gap > GAP_SECONDS * TR_SECOND)
		gap /= 1000;
	if (gap > WAIT_MOST)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is out of range: up to 3600000 milliseconds",
		    parse->flag, quoted(parse, value));
	parse->options->trace.gap = gap;
	return TR_OK;
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

static int
set_dscp(struct parse *parse, const struct option_row *row,
    const char *value)
{
	int64_t number = -1;

	for (size_t i = 0; i < CODE_POINTS; i++)
		if (same_word(code_points[i].name, value))
			number = code_points[i].value;
	if (number < 0 && (!read_number(value, row->hex, &number) ||
	    number < row->min || number > row->max))
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no code point: EF, AF11 to AF43, CS0 to CS7, "
		    "VA, LE, BE, or 0 to 63", parse->flag,
		    quoted(parse, value));
	parse->options->tos = (uint8_t)(number << 2);
	return TR_OK;
}

/* --- the tables --------------------------------------------------------- */

#define FIELD(member)							\
	.offset = offsetof(struct tr_options, member),			\
	.size = sizeof(((struct tr_options *)0)->member)

static const struct option_row trueroute_rows[] = {
	{ .letter = '4', .group = GROUP_PROBE, .set = set_family, .min = 4,
	    .help = "use IPv4" },
	{ .letter = '6', .group = GROUP_PROBE, .set = set_family, .min = 6,
	    .help = "use IPv6" },
	{ .letter = 'I', .name = "icmp", .group = GROUP_PROBE,
	    .set = set_method, .help = "send ICMP echo requests" },
	{ .letter = 'T', .name = "tcp", .group = GROUP_PROBE,
	    .set = set_method, .help = "send TCP SYNs, to port 443 unless -p" },
	{ .letter = 'U', .name = "udp", .group = GROUP_PROBE,
	    .set = set_method, .help = "send UDP to a fixed port, 53 unless "
	    "-p; without -I, -T, -U: UDP to port 33434" },
	{ .letter = 'M', .name = "module", .argument = "METHOD",
	    .group = GROUP_PROBE, .set = set_method,
	    .help = "udp, icmp, tcp (as -U, -I, -T) or default" },
	{ .letter = 'O', .name = "options", .argument = "LIST",
	    .group = GROUP_PROBE, .set = set_tcp_options,
	    .help = "for -T, parted by commas: syn, ack, ecn (flags to "
	    "send), info (accepted: the port's state is always told)" },
	{ .letter = 'p', .name = "port", .argument = "PORT",
	    .group = GROUP_PROBE, .set = set_port, FIELD(port),
	    .help = "destination port, by number or service name" },
	{ .name = "sport", .argument = "PORT", .group = GROUP_PROBE,
	    .set = set_port, FIELD(sport),
	    .help = "source port; else the system chooses one" },
	{ .letter = 't', .name = "tos", .argument = "TOS",
	    .group = GROUP_PROBE, .set = set_number, .noun = "TOS",
	    .max = 255, .hex = true, FIELD(tos),
	    .help = "type of service, or IPv6 traffic class" },
	{ .name = "dscp", .argument = "NAME", .group = GROUP_PROBE,
	    .set = set_dscp, .max = 63, .hex = true,
	    .help = "the same by its code point: EF, AF41, CS6, or 0 to 63" },
	{ .letter = 'l', .name = "flowlabel", .argument = "LABEL",
	    .group = GROUP_PROBE, .set = set_number, .noun = "flow label",
	    .max = 0xfffff, .hex = true, FIELD(flow_label),
	    .help = "IPv6 flow label" },
	{ .letter = 'F', .name = "dont-fragment", .group = GROUP_PROBE,
	    .set = set_flag, FIELD(dont_fragment),
	    .help = "forbid routers to fragment the probes (IPv4)" },
	{ .name = "classic", .group = GROUP_PROBE, .set = set_flag,
	    FIELD(classic), .help = "make each probe a flow of its own, as "
	    "traceroute(8) does: balancers may scatter the probes" },

	{ .letter = 'f', .name = "first", .argument = "TTL",
	    .group = GROUP_PACE, .set = set_number, .noun = "TTL", .min = 1,
	    .max = TR_TRACE_TTL_MAX, FIELD(trace.first_ttl),
	    .help = "start at this hop; default 1" },
	{ .letter = 'm', .name = "max-hops", .argument = "TTL",
	    .group = GROUP_PACE, .set = set_number, .noun = "TTL", .min = 1,
	    .max = TR_TRACE_TTL_MAX, FIELD(trace.max_ttl),
	    .help = "go no farther than this hop; default 30" },
	{ .letter = 'q', .name = "queries", .argument = "COUNT",
	    .group = GROUP_PACE, .set = set_number, .noun = "count",
	    .min = 1, .max = TR_TRACE_QUERIES_MAX, FIELD(trace.queries),
	    .help = "probes for each hop; default 3" },
	{ .letter = 'w', .name = "wait", .argument = "MAX[,HERE,NEAR]",
	    .group = GROUP_PACE, .set = set_wait,
	    .help = "seconds that an answer is awaited: at most MAX, HERE "
	    "times the round trip of the same hop, NEAR times that of a "
	    "later one; default 5,3,10; MAX alone: just that" },
	{ .letter = 'N', .name = "sim-queries", .argument = "COUNT",
	    .group = GROUP_PACE, .set = set_number, .noun = "count",
	    .min = 1, .max = 65535, FIELD(trace.probes_at_once),
	    .help = "probes under way at once; default 16" },
	{ .letter = 'z', .name = "sendwait", .argument = "TIME",
	    .group = GROUP_PACE, .set = set_gap,
	    .help = "least time between probes: seconds, or above 10 "
	    "milliseconds; default 0" },

	{ .letter = 'i', .name = "interface", .argument = "NAME",
	    .group = GROUP_WAY, .set = set_interface,
	    .noun = "an interface's name", FIELD(interface),
	    .help = "send through this interface" },
	{ .letter = 's', .name = "source", .argument = "ADDRESS",
	    .group = GROUP_WAY, .set = set_source, .noun = "an address",
	    FIELD(source), .help = "send from this address of this host" },
	{ .name = "fwmark", .argument = "MARK", .group = GROUP_WAY,
	    .set = set_number, .noun = "mark", .max = 0xffffffff,
	    .hex = true, FIELD(fwmark),
	    .help = "firewall mark, for policy routing" },

	{ .letter = 'n', .group = GROUP_SHOW, .set = set_flag,
	    FIELD(numeric), .help = "addresses only, no names" },
	{ .letter = 'e', .name = "extensions", .group = GROUP_SHOW,
	    .set = set_flag, FIELD(extensions),
	    .help = "show ICMP extensions, such as MPLS labels" },
	{ .letter = 'A', .name = "as-path-lookups", .group = GROUP_SHOW,
	    .set = set_as_lookup, FIELD(as_lookup),
	    .help = "show origin AS numbers (not in this release: noted, "
	    "and the trace goes on)" },
	{ .name = "back", .group = GROUP_SHOW, .set = set_flag, FIELD(back),
	    .help = "show the hops back where they differ" },
	{ .letter = 'j', .name = "json", .group = GROUP_SHOW,
	    .set = set_flag, FIELD(json), .help = "write JSON" },
	{ .name = "write", .argument = "FILE", .group = GROUP_SHOW,
	    .set = set_path, FIELD(write_path),
	    .help = "save probes, answers and options as a capture" },
	{ .name = "read", .argument = "FILE", .group = GROUP_SHOW,
	    .set = set_path, FIELD(read_path),
	    .help = "show what a capture holds; sends nothing, needs no "
	    "privilege" },

	{ .letter = 'V', .name = "version", .group = GROUP_OTHER,
	    .set = set_mode, .min = TR_MODE_VERSION,
	    .help = "print the version" },
	{ .name = "help", .group = GROUP_OTHER, .set = set_mode,
	    .min = TR_MODE_HELP, .help = "print this" },
};

static const struct option_row tcptraceroute_rows[] = {
	{ .letter = 'S', .group = GROUP_PROBE, .set = set_tcp_flags,
	    .min = TR_TCP_SYN, .help = "set the SYN flag (the default)" },
	{ .letter = 'A', .group = GROUP_PROBE, .set = set_tcp_flags,
	    .min = TR_TCP_ACK, .help = "set the ACK flag" },
	{ .letter = 'E', .group = GROUP_PROBE, .set = set_tcp_flags,
	    .min = TR_TCP_SYN | TR_TCP_ECE | TR_TCP_CWR,
	    .help = "ask for ECN: SYN with ECE and CWR" },
	{ .letter = 'p', .argument = "PORT", .group = GROUP_PROBE,
	    .set = set_port, FIELD(sport),
	    .help = "source port; else the system chooses one" },
	{ .letter = 'P', .argument = "PORT", .group = GROUP_PROBE,
	    .set = set_port, FIELD(sport), .help = "the same as -p" },
	{ .letter = 't', .argument = "TOS", .group = GROUP_PROBE,
	    .set = set_number, .noun = "TOS", .max = 255, .hex = true,
	    FIELD(tos), .help = "type of service" },
	{ .letter = 'F', .group = GROUP_PROBE, .set = set_flag,
	    FIELD(dont_fragment),
	    .help = "forbid routers to fragment the probes" },
	{ .letter = 'l', .argument = "LENGTH", .group = GROUP_PROBE,
	    .set = set_number, .noun = "packet length",
	    .max = TR_OPTIONS_SIZE_MAX, FIELD(size),
	    .help = "size of the packets, raised to the least possible" },

	{ .letter = 'f', .argument = "TTL", .group = GROUP_PACE,
	    .set = set_number, .noun = "TTL", .min = 1,
	    .max = TR_TRACE_TTL_MAX, FIELD(trace.first_ttl),
	    .help = "start at this hop; default 1" },
	{ .letter = 'm', .argument = "TTL", .group = GROUP_PACE,
	    .set = set_number, .noun = "TTL", .min = 1,
	    .max = TR_TRACE_TTL_MAX, FIELD(trace.max_ttl),
	    .help = "go no farther than this hop; default 30" },
	{ .letter = 'q', .argument = "COUNT", .group = GROUP_PACE,
	    .set = set_number, .noun = "count", .min = 1,
	    .max = TR_TRACE_QUERIES_MAX, FIELD(trace.queries),
	    .help = "probes for each hop; default 3" },
	{ .letter = 'w', .argument = "SECONDS", .group = GROUP_PACE,
	    .set = set_seconds,
	    .help = "how long an answer is awaited; default 3" },

	{ .letter = 'i', .argument = "NAME", .group = GROUP_WAY,
	    .set = set_interface, .noun = "an interface's name",
	    FIELD(interface), .help = "send through this interface" },
	{ .letter = 's', .argument = "ADDRESS", .group = GROUP_WAY,
	    .set = set_source, .noun = "an address", FIELD(source),
	    .help = "send from this address of this host" },

	{ .letter = 'n', .group = GROUP_SHOW, .set = set_flag,
	    FIELD(numeric), .help = "addresses only, no names" },
	{ .letter = 'N', .group = GROUP_SHOW, .set = set_flag,
	    FIELD(private_names),
	    .help = "accepted: there are no names yet" },
	{ .name = "dnat", .group = GROUP_SHOW, .set = set_dnat,
	    .min = TR_DNAT_SHOW,
	    .help = "accepted: rewritten destinations are not shown yet" },
	{ .name = "no-dnat", .group = GROUP_SHOW, .set = set_dnat,
	    .min = TR_DNAT_QUIET, .help = "accepted (the default)" },
	{ .name = "no-dnat-strict", .group = GROUP_SHOW, .set = set_dnat,
	    .min = TR_DNAT_STRICT,
	    .help = "accepted: answers that quote another destination are "
	    "always taken" },

	{ .name = "track-id", .group = GROUP_OTHER, .set = set_nothing,
	    .help = "accepted: probes are told apart anyway" },
	{ .name = "track-port", .group = GROUP_OTHER, .set = set_nothing,
	    .help = "accepted: the flow's ports never change" },
	{ .letter = 'd', .group = GROUP_OTHER, .set = set_nothing,
	    .help = "accepted: there is nothing to debug" },
	{ .letter = 'v', .name = "version", .group = GROUP_OTHER,
	    .set = set_mode, .min = TR_MODE_VERSION,
	    .help = "print the version" },
	{ .letter = 'h', .name = "help", .group = GROUP_OTHER,
	    .set = set_mode, .min = TR_MODE_HELP, .help = "print this" },
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

_Static_assert(ROWS(trueroute_rows) <= ROWS_MAX, "given[] is too short");
_Static_assert(ROWS(tcptraceroute_rows) <= ROWS_MAX, "given[] is too short");

/* --- programs ----------------------------------------------------------- */

struct program {
	const char *name;	/* as it begins in argv[0] */
	enum tr_program program;
	uint8_t	 family;
};

/* Any other name is trueroute. */
static const struct program programs[] = {
	{ "traceroute", TR_PROGRAM_TRACEROUTE, 0 },
	{ "traceroute6", TR_PROGRAM_TRACEROUTE, 6 },
	{ "tcptraceroute", TR_PROGRAM_TCPTRACEROUTE, 0 },
};

const char *
tr_program_name(enum tr_program program)
{
	static const char *const names[] = {
		[TR_PROGRAM_TRUEROUTE] = "trueroute",
		[TR_PROGRAM_TRACEROUTE] = "traceroute",
		[TR_PROGRAM_TCPTRACEROUTE] = "tcptraceroute",
	};

	return names[program];
}

static void
take_program(struct tr_options *options, const char *path)
{
	const char *name = strrchr(path, '/');

	name = name != NULL ? name + 1 : path;
	for (size_t i = 0; i < ROWS(programs); i++)
		if (strcmp(programs[i].name, name) == 0) {
			options->program = programs[i].program;
			options->family = programs[i].family;
		}
	options->unreached_is_success =
	    options->program == TR_PROGRAM_TRACEROUTE;
}

static const struct option_row *
table_of(enum tr_program program, size_t *count)
{
	if (program == TR_PROGRAM_TCPTRACEROUTE) {
		*count = ROWS(tcptraceroute_rows);
		return tcptraceroute_rows;
	}
	*count = ROWS(trueroute_rows);
	return trueroute_rows;
}

static void
set_defaults(struct parse *parse, const char *program)
{
	struct tr_options *options = parse->options;

	*options = (struct tr_options){
		.trace = {
			.first_ttl = 1,
			.max_ttl = 30,
			.queries = 3,
			.probes_at_once = 16,
			.wait_max = 5 * TR_SECOND,
			.wait_here = 3,
			.wait_near = 10,
		},
	};
	take_program(options, program);
	parse->method = &methods[0];
	if (options->program == TR_PROGRAM_TCPTRACEROUTE) {
		parse->method = &tcptraceroute_method;
		options->trace.wait_max = 3 * TR_SECOND;
		options->trace.wait_here = 0;
		options->trace.wait_near = 0;
	}
	parse->rows = table_of(options->program, &parse->count);
}

/* --- operands ----------------------------------------------------------- */

static int
fail_target(struct parse *parse, const char *text, const char *why)
{
	return tr_fail(parse->error, TR_ERANGE, "%s %s",
	    quoted(parse, text), why);
}

/* An IPv6 address, perhaps with a scope: fe80::1%eth0. */
static bool
is_ipv6(const char *text, struct tr_address *address)
{
	char plain[TR_ADDRESS_TEXT_MAX];
	const size_t length = strcspn(text, "%");

	if (length >= sizeof(plain))
		return false;
	memcpy(plain, text, length);
	plain[length] = '\0';
	return tr_address_parse(plain, address) == TR_OK &&
	    address->family == 6 && strcmp(text + length, "%") != 0;
}

static int
check_target(struct parse *parse, const char *text)
{
	if (*text == '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "the host's name is empty: a name or an address is "
		    "wanted");
	if (strcmp(text, "/?") == 0 || strcmp(text, "/h") == 0)
		return fail_target(parse, text, "is not for here: --help");
	if (strlen(text) >= TR_RUN_TEXT_MAX)
		return fail_target(parse, text, "is too long for a host: at "
		    "most 255 bytes are accepted");
	if (strstr(text, "://") != NULL)
		return fail_target(parse, text, "is a URL: only its host is "
		    "wanted");
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f || *at == '/')
			return fail_target(parse, text, "is no host: a name "
			    "or an address is wanted");
	return TR_OK;
}

static void
keep_target(struct parse *parse, const char *text, size_t length)
{
	memcpy(parse->options->target, text, length);
	parse->options->target[length] = '\0';
}

static int
take_target_port(struct parse *parse, const char *text)
{
	return read_port(parse, "the port of the host", text,
	    &parse->target_port);
}

/* [2001:db8::1] or [2001:db8::1]:443 */
static int
take_bracketed(struct parse *parse, const char *text)
{
	const size_t length = strcspn(text + 1, "]");
	const char *after = text + 1 + length;
	struct tr_address address;

	keep_target(parse, text + 1, length);
	if (*after != ']' || !is_ipv6(parse->options->target, &address) ||
	    (after[1] != '\0' && after[1] != ':'))
		return fail_target(parse, text, "is no host: between "
		    "brackets an IPv6 address is wanted, then :PORT");
	if (after[1] == '\0')
		return TR_OK;
	return take_target_port(parse, after + 2);
}

/* A name, an address, host:port, or [v6]:port. */
static int
take_target(struct parse *parse, const char *text)
{
	const int result = check_target(parse, text);
	const char *colon = strchr(text, ':');
	struct tr_address address;

	if (result != TR_OK)
		return result;
	if (*text == '[')
		return take_bracketed(parse, text);
	if (colon == NULL || is_ipv6(text, &address)) {
		keep_target(parse, text, strlen(text));
		return TR_OK;
	}
	if (strchr(colon + 1, ':') != NULL)
		return fail_target(parse, text, "is no IPv6 address; with a "
		    "port it is [ADDRESS]:PORT");
	if (colon == text)
		return fail_target(parse, text, "names no host: HOST:PORT is "
		    "wanted");
	keep_target(parse, text, (size_t)(colon - text));
	return take_target_port(parse, colon + 1);
}

static int
take_length(struct parse *parse, const char *text)
{
	int64_t number;

	if (!read_number(text, false, &number))
		return tr_fail(parse->error, TR_ERANGE,
		    "the packet length %s is no number: 0 to %d is wanted "
		    "(one host is traced at a time)", quoted(parse, text),
		    TR_OPTIONS_SIZE_MAX);
	if (number < 0 || number > TR_OPTIONS_SIZE_MAX)
		return tr_fail(parse->error, TR_ERANGE,
		    "the packet length %s is out of range: 0 to %d",
		    quoted(parse, text), TR_OPTIONS_SIZE_MAX);
	/* 0 is the default's sign: the least is raised to what is possible. */
	parse->options->size = number == 0 ? 1 : (uint16_t)number;
	parse->length = text;
	return TR_OK;
}

static const char no_host[] =
    "no host is given: trueroute [OPTION]... HOST [LENGTH], or --read FILE; "
    "--help tells more";

static const char tcptraceroute_usage[] =
    "no host is given: tcptraceroute [-nNFSAEd] [-i interface] [-f first ttl] "
    "[-l packet length] [-q number of queries] [-t tos] [-m max ttl] "
    "[-p source port] [-s source address] [-w wait time] "
    "host [destination port] [packet length]";

static int
take_operands(struct parse *parse, char *const operands[])
{
	const bool tcp =
	    parse->options->program == TR_PROGRAM_TCPTRACEROUTE;
	size_t next = 1;
	int result;

	if (operands[0] == NULL)
		return tr_fail(parse->error, TR_ERANGE, "%s",
		    tcp ? tcptraceroute_usage : no_host);
	result = take_target(parse, operands[0]);
	if (result == TR_OK && tcp && operands[next] != NULL) {
		if (parse->target_port != 0)
			return tr_fail(parse->error, TR_ERANGE,
			    "the port is given twice: %s",
			    quoted(parse, operands[next]));
		result = take_target_port(parse, operands[next++]);
	}
	if (result == TR_OK && operands[next] != NULL)
		result = take_length(parse, operands[next++]);
	if (result == TR_OK && operands[next] != NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s is one operand too many: %s", quoted(parse,
		    operands[next]), tcp ? "HOST [PORT [LENGTH]] is wanted" :
		    "HOST [LENGTH] is wanted");
	return result;
}

/* --- what follows from all of it ---------------------------------------- */

static bool
given(const struct parse *parse, const char *flag)
{
	char text[sizeof(parse->flag)];

	for (size_t i = 0; i < parse->count; i++) {
		flag_text(&parse->rows[i], text, sizeof(text));
		if (parse->given[i] && strcmp(text, flag) == 0)
			return true;
	}
	return false;
}

static int
settle_port(struct parse *parse)
{
	struct tr_options *options = parse->options;
	const bool has_ports = options->protocol != TR_PROTOCOL_ICMP;

	if (parse->target_port != 0 && options->port != 0 &&
	    parse->target_port != options->port)
		return tr_fail(parse->error, TR_ERANGE,
		    "the port is given twice: -p %u, and %u with the host",
		    (unsigned)options->port, (unsigned)parse->target_port);
	if (parse->target_port != 0)
		options->port = parse->target_port;
	if (!has_ports && (options->port != 0 || options->sport != 0)) {
		add_hint(options, "ICMP has no ports: %u is not used",
		    (unsigned)(options->port != 0 ? options->port :
		    options->sport));
		options->port = 0;
		options->sport = 0;
	}
	if (options->port == 0)
		options->port = parse->method->port;
	return TR_OK;
}

static int
settle_tcp(struct parse *parse)
{
	struct tr_options *options = parse->options;

	if (options->protocol != TR_PROTOCOL_TCP) {
		if (parse->tcp_options)
			return tr_fail(parse->error, TR_EUNSUPPORTED,
			    "-O: %s takes no options: info, syn, ack and ecn "
			    "go with -T",
			    options->protocol == TR_PROTOCOL_UDP ?
			    "UDP" : "ICMP");
		return TR_OK;
	}
	options->tcp_flags = parse->tcp_flags != 0 ? parse->tcp_flags :
	    TR_TCP_SYN;
	return TR_OK;
}

/* A classic flow counts a port up with every probe. */
static int
check_classic(struct parse *parse)
{
	const struct tr_options *options = parse->options;
	const bool tcp = options->protocol == TR_PROTOCOL_TCP;
	const unsigned port = tcp ? options->sport : options->port;
	const unsigned highest = 65536 - tr_trace_probes_max(&options->trace);

	if (!options->classic || options->protocol == TR_PROTOCOL_ICMP ||
	    port <= highest)
		return TR_OK;
	return tr_fail(parse->error, TR_ERANGE,
	    "%s: port %u is too high for --classic, which counts it up with "
	    "every probe: 1 to %u", tcp ? "--sport" : "-p", port, highest);
}

static int
check_hops(struct parse *parse)
{
	const struct tr_trace_config *trace = &parse->options->trace;

	if (trace->first_ttl <= trace->max_ttl)
		return TR_OK;
	return tr_fail(parse->error, TR_ERANGE,
	    "-f: TTL %d is beyond the last one, %d (-m): 1 to %d",
	    trace->first_ttl, trace->max_ttl, trace->max_ttl);
}

/* Literal addresses must be of the family that is asked for. */
static int
check_families(struct parse *parse)
{
	struct tr_options *options = parse->options;
	struct tr_address target = { .family = 0 };
	struct tr_address source = { .family = 0 };

	if (!is_ipv6(options->target, &target) &&
	    tr_address_parse(options->target, &target) != TR_OK)
		target.family = 0;
	if (!is_ipv6(options->source, &source) &&
	    tr_address_parse(options->source, &source) != TR_OK)
		source.family = 0;
	if (options->family != 0 && target.family != 0 &&
	    options->family != target.family)
		return tr_fail(parse->error, TR_ERANGE,
		    "-%d: %s is an IPv%d address", options->family,
		    quoted(parse, options->target), target.family);
	if (target.family == 0)
		target.family = options->family;
	if (source.family != 0 && target.family != 0 &&
	    source.family != target.family)
		return tr_fail(parse->error, TR_ERANGE,
		    "-s: %s is an IPv%d address, the trace is of IPv%d",
		    quoted(parse, options->source), source.family,
		    target.family);
	return TR_OK;
}

/* Ports that people give as tcptraceroute's second operand. */
static const uint16_t usual_ports[] = {
	21, 22, 23, 25, 53, 80, 110, 143, 179, 389, 443, 445, 465, 587, 636,
	853, 993, 995, 1433, 3306, 3389, 5432, 5900, 6379, 8000, 8080, 8443,
};

static void
hint_length(struct parse *parse)
{
	if (parse->options->protocol != TR_PROTOCOL_TCP ||
	    parse->options->program == TR_PROGRAM_TCPTRACEROUTE ||
	    parse->length == NULL || given(parse, "-p") ||
	    parse->target_port != 0)
		return;
	for (size_t i = 0; i < ROWS(usual_ports); i++)
		if (usual_ports[i] == parse->options->size)
			add_hint(parse->options, "%s is the packet length "
			    "here; did you mean -p %s?", parse->length,
			    parse->length);
}

static int
finish_read(struct parse *parse, char *const operands[])
{
	struct tr_options *options = parse->options;

	if (operands[0] != NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "--read takes no host (%s): all that the capture holds "
		    "is shown", quoted(parse, operands[0]));
	if (options->write_path != NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "--write: nothing is captured with --read; one of them "
		    "is accepted");
	for (size_t i = 0; i < parse->count; i++)
		if (parse->given[i] && parse->rows[i].group <= GROUP_WAY) {
			flag_text(&parse->rows[i], parse->flag,
			    sizeof(parse->flag));
			add_hint(options, "--read sends nothing: %s has no "
			    "effect", parse->flag);
			break;
		}
	options->mode = TR_MODE_READ;
	return TR_OK;
}

static int
finish(struct parse *parse, char *const operands[])
{
	struct tr_options *options = parse->options;
	int result;

	options->protocol = parse->method->protocol;
	options->flow_label_given =
	    options->program != TR_PROGRAM_TCPTRACEROUTE &&
	    given(parse, "-l");
	if (options->read_path == NULL) {
		result = take_operands(parse, operands);
		if (result != TR_OK)
			return result;
	}
	if (given(parse, "--dscp") && given(parse, "-t"))
		return tr_fail(parse->error, TR_ERANGE,
		    "--dscp and -t set the same bits: one of them is "
		    "accepted");
	if ((result = settle_port(parse)) != TR_OK ||
	    (result = settle_tcp(parse)) != TR_OK ||
	    (result = check_hops(parse)) != TR_OK ||
	    (result = check_classic(parse)) != TR_OK ||
	    (result = check_families(parse)) != TR_OK)
		return result;
	hint_length(parse);
	if (options->read_path != NULL)
		return finish_read(parse, operands);
	return TR_OK;
}

/* --- driving getopt_long ------------------------------------------------ */

/* What getopt_long() is given, made from the rows. */
struct getopt_tables {
	char	 letters[2 + 2 * ROWS_MAX];
	struct option names[ROWS_MAX + 1];
};

static void
make_tables(const struct parse *parse, struct getopt_tables *tables)
{
	struct option *option = tables->names;
	char *letter = tables->letters;

	*letter++ = ':';	/* a missing value is told apart */
	for (size_t i = 0; i < parse->count; i++) {
		const struct option_row *row = &parse->rows[i];

		if (row->letter != 0) {
			*letter++ = row->letter;
			if (row->argument != NULL)
				*letter++ = ':';
		}
		if (row->name != NULL)
			*option++ = (struct option){
				.name = row->name,
				.has_arg = row->argument != NULL ?
				    required_argument : no_argument,
				.val = LONG_ONLY + (int)i,
			};
	}
	*letter = '\0';
	*option = (struct option){ .name = NULL };
}

/* The row for a value that getopt_long() gave, or NULL. */
static const struct option_row *
find_row(const struct parse *parse, int value)
{
	if (value >= LONG_ONLY && value < LONG_ONLY + (int)parse->count)
		return &parse->rows[value - LONG_ONLY];
	for (size_t i = 0; i < parse->count; i++)
		if (value > 0 && parse->rows[i].letter == value)
			return &parse->rows[i];
	return NULL;
}

/* The row whose long name is nearest to the one typed, or NULL. */
static const struct option_row *
nearest_row(const struct parse *parse, const char *typed)
{
	const size_t enough = strlen(typed) < 5 ? 1 : 2;
	const struct option_row *nearest = NULL;
	size_t least = enough + 1;

	for (size_t i = 0; i < parse->count; i++) {
		const char *name = parse->rows[i].name;
		const size_t distance = name == NULL ? least :
		    tr_hint_distance(typed, name);

		if (distance < least) {
			least = distance;
			nearest = &parse->rows[i];
		}
	}
	return nearest;
}

/* A beginning that several long names share. */
static int
fail_ambiguous(struct parse *parse, const char *typed)
{
	char names[160] = "";
	size_t used = 0;
	unsigned found = 0;

	for (size_t i = 0; i < parse->count; i++) {
		const char *name = parse->rows[i].name;

		if (name == NULL || strncmp(name, typed, strlen(typed)) != 0 ||
		    used >= sizeof(names))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used,
		    "%s--%s", found++ > 0 ? ", " : "", name);
	}
	if (found < 2)
		return TR_OK;
	return tr_fail(parse->error, TR_ERANGE, "--%s is not enough: %s",
	    quoted(parse, typed), names);
}

static int
fail_long(struct parse *parse, const char *word)
{
	const struct option_row *nearest;
	char typed[TR_QUOTE_MAX];
	char flag[TR_QUOTE_MAX];
	char hint[TR_HINT_MAX];
	int result;

	tr_quote(word + 2, typed);
	typed[strcspn(typed, "=")] = '\0';
	result = fail_ambiguous(parse, typed);
	if (result != TR_OK)
		return result;
	snprintf(flag, sizeof(flag), "--%.*s", (int)sizeof(flag) - 3, typed);
	if (parse->options->program != TR_PROGRAM_TCPTRACEROUTE &&
	    tr_hint_flag(flag, hint))
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option --%s: %s", typed, hint);
	nearest = nearest_row(parse, typed);
	if (nearest != NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option --%s: did you mean --%s?", typed,
		    nearest->name);
	return tr_fail(parse->error, TR_ERANGE,
	    "unknown option --%s: --help lists those that are", typed);
}

/*
 * An unknown letter, alone or in a word like -Pn.  Words that are one thing
 * to another tool go first.
 */
static int
fail_letter(struct parse *parse, int letter, const char *word)
{
	char flag[3] = { '-', '?', '\0' };
	char hint[TR_HINT_MAX];

	if (letter > ' ' && letter < 0x7f)
		flag[1] = (char)letter;
	if (parse->options->program == TR_PROGRAM_TCPTRACEROUTE)
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option %s: under this name tcptraceroute's are "
		    "understood (-h lists them), under trueroute more", flag);
	if (strlen(word) > 2 && tr_hint_flag(word, hint))
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option %s: %s", quoted(parse, word), hint);
	if (tr_hint_flag(flag, hint))
		return tr_fail(parse->error, TR_ERANGE,
		    "unknown option %s: %s", flag, hint);
	return tr_fail(parse->error, TR_ERANGE,
	    "unknown option %s: --help lists those that are", flag);
}

/* getopt_long() gave '?' or ':'; word is the one it read last. */
static int
fail_option(struct parse *parse, const char *word)
{
	const struct option_row *row = find_row(parse, optopt);

	if (row == NULL && strncmp(word, "--", 2) == 0)
		return fail_long(parse, word);
	if (row == NULL)
		return fail_letter(parse, optopt, word);
	flag_text(row, parse->flag, sizeof(parse->flag));
	if (row->argument == NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "--%s takes no value: %s", row->name,
		    quoted(parse, word));
	return tr_fail(parse->error, TR_ERANGE,
	    "%s: the value is missing: %s is wanted%s", parse->flag,
	    row->argument, foreign_meaning(parse));
}

/*
 * The word in which getopt_long() stopped: the one before optind, or, in
 * the middle of a cluster of letters, the one at it.
 */
static const char *
last_word(int argc, char *const argv[])
{
	const char *word = optind < argc ? argv[optind] : NULL;

	if (word != NULL && word[0] == '-' && word[1] != '-' &&
	    optopt > 0 && optopt < LONG_ONLY) {
		const char *at = strchr(word + 1, optopt);

		if (at != NULL && at[1] != '\0')
			return word;
	}
	return optind > 0 && optind <= argc ? argv[optind - 1] : "";
}

static int
take_option(struct parse *parse, const struct option_row *row,
    const char *value)
{
	flag_text(row, parse->flag, sizeof(parse->flag));
	parse->given[row - parse->rows] = true;
	return row->set(parse, row, value);
}

/* Takes every option; operands are then what begins at argv[optind]. */
static int
take_options(struct parse *parse, int argc, char *argv[])
{
	struct getopt_tables tables;
	const struct option_row *row;
	int result = TR_OK;
	int value;

	make_tables(parse, &tables);
	optind = 0;	/* start afresh: a second call, other arguments */
	opterr = 0;
	while (result == TR_OK && parse->options->mode == TR_MODE_RUN) {
		value = getopt_long(argc, argv, tables.letters, tables.names,
		    NULL);
		if (value == -1)
			break;
		row = value == '?' || value == ':' ? NULL :
		    find_row(parse, value);
		result = row == NULL ?
		    fail_option(parse, last_word(argc, argv)) :
		    take_option(parse, row, optarg);
	}
	return result;
}

int
tr_options_parse(struct tr_options *options, int argc, char *const argv[],
    struct tr_error *error)
{
	struct parse parse = { .options = options, .error = error };
	char **copy;	/* getopt_long() reorders what it is given */
	char empty[] = "";
	int result;

	if (argc < 0)
		argc = 0;
	set_defaults(&parse, argc > 0 && argv[0] != NULL ? argv[0] : "");
	copy = calloc((size_t)argc + 2, sizeof(*copy));
	if (copy == NULL)
		return tr_fail(error, TR_ENOMEM, "%s",
		    tr_error_phrase(TR_ENOMEM));
	for (int i = 0; i < argc; i++)
		copy[i] = argv[i];
	if (argc == 0) {
		copy[0] = empty;
		argc = 1;
	}
	result = take_options(&parse, argc, copy);
	if (result == TR_OK && options->mode == TR_MODE_RUN)
		result = finish(&parse, copy + optind);
	free(copy);
	return result;
}

/* --- the help text ------------------------------------------------------ */

#define HELP_COLUMN	29
#define HELP_WIDTH	79

/* Write words from column HELP_COLUMN on, broken at spaces. */
static void
write_words(FILE *stream, int column, const char *words)
{
	if (column >= HELP_COLUMN) {
		fputc('\n', stream);
		column = 0;
	}
	fprintf(stream, "%*s", HELP_COLUMN - column, "");
	column = HELP_COLUMN;
	while (*words != '\0') {
		const int length = (int)strcspn(words, " ");
		const bool first = column == HELP_COLUMN;

		if (!first && column + 1 + length > HELP_WIDTH) {
			fprintf(stream, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
			continue;
		}
		column += fprintf(stream, "%s%.*s", first ? "" : " ", length,
		    words);
		words += length;
		words += strspn(words, " ");
	}
	fputc('\n', stream);
}

static void
write_row(FILE *stream, const struct option_row *row)
{
	char names[64];
	char words[320];
	char range[64];

	if (row->letter != 0 && row->name != NULL)
		snprintf(names, sizeof(names), "  -%c, --%s", row->letter,
		    row->name);
	else if (row->letter != 0)
		snprintf(names, sizeof(names), "  -%c", row->letter);
	else
		snprintf(names, sizeof(names), "      --%s", row->name);
	range[0] = '\0';
	if (row->set == set_number)
		range_text(row, range, sizeof(range));
	snprintf(words, sizeof(words), row->set == set_number ?
	    "%s; %s" : "%s", row->help, range);
	write_words(stream, fprintf(stream, "%s%s%s", names,
	    row->argument == NULL ? "" : row->name != NULL ? "=" : " ",
	    row->argument == NULL ? "" : row->argument), words);
}

static const char trueroute_head[] =
    "Usage: %s [OPTION]... HOST [LENGTH]\n"
    "       %s [OPTION]... --read FILE\n"
    "Show the route that one flow takes to HOST: a name or an address, with a\n"
    "port if need be as HOST:PORT or [ADDRESS]:PORT.  LENGTH is the size of\n"
    "the packets; default 60 for IPv4, 80 for IPv6.\n";

static const char tcptraceroute_head[] =
    "Usage: %s [OPTION]... HOST [PORT [LENGTH]]\n"
    "Show the route that a TCP connection to PORT (default 80) of HOST takes,\n"
    "with tcptraceroute's options and output.\n";

static const char foot[] =
    "\n"
    "Exit status: 0 reached%s, 2 usage or name,\n"
    "3 permission, device or system, 130 interrupted.\n";

void
tr_options_help(FILE *stream, enum tr_program program)
{
	const char *name = tr_program_name(program);
	const struct option_row *rows;
	size_t count;

	rows = table_of(program, &count);
	if (program == TR_PROGRAM_TCPTRACEROUTE)
		fprintf(stream, tcptraceroute_head, name);
	else
		fprintf(stream, trueroute_head, name, name);
	for (enum option_group group = 0; group < GROUPS; group++) {
		fprintf(stream, "\n%s:\n", group_titles[group]);
		for (size_t i = 0; i < count; i++)
			if (rows[i].group == group)
				write_row(stream, &rows[i]);
	}
	fprintf(stream, foot, program == TR_PROGRAM_TRACEROUTE ?
	    " or not" : ", 1 not reached");
}

void
tr_options_warn(FILE *stream, const struct tr_options *options)
{
	const char *line = options->hint;

	while (*line != '\0') {
		const int length = (int)strcspn(line, "\n");

		fprintf(stream, "%s: %.*s\n",
		    tr_program_name(options->program), length, line);
		line += length;
		line += *line == '\n';
	}
}
