/*
 * What follows from the options as they were given, all together: operands,
 * defaults that depend on each other, and what does not go with what.
 */
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/time.h"
#include "cli/option_table.h"
#include "packet/wire.h"

#define ROUNDS_INTERVAL	TR_SECOND
#define PATHS_AT_ONCE	128
#define COMPARED_QUERIES 2

/* --- operands ----------------------------------------------------------- */

static int
fail_target(struct tr_option_parse *parse, const char *text, const char *why)
{
	return tr_fail(parse->error, TR_ERANGE, "%s %s",
	    tr_option_quoted(parse, text), why);
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
check_target(struct tr_option_parse *parse, const char *text)
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
keep_target(struct tr_option_parse *parse, const char *text, size_t length)
{
	memcpy(parse->options->target, text, length);
	parse->options->target[length] = '\0';
}

static int
take_target_port(struct tr_option_parse *parse, const char *text)
{
	return tr_option_read_port(parse, "the port of the host", text,
	    &parse->target_port);
}

/* [2001:db8::1] or [2001:db8::1]:443 */
static int
take_bracketed(struct tr_option_parse *parse, const char *text)
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
take_target(struct tr_option_parse *parse, const char *text)
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
take_length(struct tr_option_parse *parse, const char *text)
{
	int64_t number;

	if (!tr_option_read_number(text, false, &number))
		return tr_fail(parse->error, TR_ERANGE,
		    "the packet length %s is no number: 0 to %d is wanted "
		    "(one host is traced at a time)", tr_option_quoted(parse,
		    text),
		    TR_OPTIONS_SIZE_MAX);
	if (number < 0 || number > TR_OPTIONS_SIZE_MAX)
		return tr_fail(parse->error, TR_ERANGE,
		    "the packet length %s is out of range: 0 to %d",
		    tr_option_quoted(parse, text), TR_OPTIONS_SIZE_MAX);
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
take_operands(struct tr_option_parse *parse, char *const operands[])
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
			    tr_option_quoted(parse, operands[next]));
		result = take_target_port(parse, operands[next++]);
	}
	if (result == TR_OK && operands[next] != NULL)
		result = take_length(parse, operands[next++]);
	if (result == TR_OK && operands[next] != NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s is one operand too many: %s", tr_option_quoted(parse,
		    operands[next]), tcp ? "HOST [PORT [LENGTH]] is wanted" :
		    "HOST [LENGTH] is wanted");
	return result;
}

/* --- what follows from all of it ---------------------------------------- */

bool
tr_option_given(const struct tr_option_parse *parse, const char *flag)
{
	char text[sizeof(parse->flag)];

	for (size_t i = 0; i < parse->count; i++) {
		tr_option_flag(&parse->rows[i], text, sizeof(text));
		if (parse->given[i] && strcmp(text, flag) == 0)
			return true;
	}
	return false;
}

int
tr_option_refuse(struct tr_option_parse *parse,
    const struct tr_option_clash clashes[], size_t count, const char *end)
{
	for (size_t i = 0; i < count; i++)
		if (tr_option_given(parse, clashes[i].flag))
			return tr_fail(parse->error, TR_ERANGE, "%s is %s%s",
			    clashes[i].flag, clashes[i].why, end);
	return TR_OK;
}

int
tr_option_settle_port(struct tr_option_parse *parse)
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
		tr_option_hint(options, "ICMP has no ports: %u is not used",
		    (unsigned)(options->port != 0 ? options->port :
		    options->sport));
		options->port = 0;
		options->sport = 0;
	}
	if (options->port == 0)
		options->port = parse->method->port;
	return TR_OK;
}

int
tr_option_settle_class(struct tr_option_parse *parse)
{
	if (tr_option_given(parse, "--dscp") && tr_option_given(parse, "-t"))
		return tr_fail(parse->error, TR_ERANGE,
		    "--dscp and -t set the same bits: one of them is "
		    "accepted");
	return TR_OK;
}

static int
settle_tcp(struct tr_option_parse *parse)
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
check_classic(struct tr_option_parse *parse)
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
check_hops(struct tr_option_parse *parse)
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
check_families(struct tr_option_parse *parse)
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
		    tr_option_quoted(parse, options->target), target.family);
	if (target.family == 0)
		target.family = options->family;
	if (source.family != 0 && target.family != 0 &&
	    source.family != target.family)
		return tr_fail(parse->error, TR_ERANGE,
		    "-s: %s is an IPv%d address, the trace is of IPv%d",
		    tr_option_quoted(parse, options->source), source.family,
		    target.family);
	return TR_OK;
}

/* Ports that people give as tcptraceroute's second operand. */
static const uint16_t usual_ports[] = {
	21, 22, 23, 25, 53, 80, 110, 143, 179, 389, 443, 445, 465, 587, 636,
	853, 993, 995, 1433, 3306, 3389, 5432, 5900, 6379, 8000, 8080, 8443,
};

static void
hint_length(struct tr_option_parse *parse)
{
	if (parse->options->protocol != TR_PROTOCOL_TCP ||
	    parse->options->program == TR_PROGRAM_TCPTRACEROUTE ||
	    parse->length == NULL || tr_option_given(parse, "-p") ||
	    parse->target_port != 0)
		return;
	for (size_t i = 0; i <
	    sizeof(usual_ports) / sizeof(usual_ports[0]); i++)
		if (usual_ports[i] == parse->options->size)
			tr_option_hint(parse->options,
			    "%s is the packet length "
			    "here; did you mean -p %s?", parse->length,
			    parse->length);
}

/* What does not go with --mtu. */
static int
check_mtu(struct tr_option_parse *parse)
{
	const struct tr_options *options = parse->options;

	if (!options->path_mtu)
		return TR_OK;
	if (options->multipath)
		return tr_fail(parse->error, TR_ERANGE, "--mtu follows one "
		    "flow, and --multipath, --mda and --flows many: one of "
		    "them is accepted");
	if (tr_option_given(parse, "-c"))
		return tr_fail(parse->error, TR_ERANGE, "--mtu looks for a "
		    "size once, and -c traces again and again: one of them is "
		    "accepted");
	if (options->classic)
		return tr_fail(parse->error, TR_ERANGE, "--mtu follows one "
		    "flow, and --classic makes each probe one of its own: "
		    "one of them is accepted");
	return TR_OK;
}

/* What --reveal does not go with. */
static const struct tr_option_clash not_revealed[] = {
	{ "--write", "of one trace, which a capture holds, and --reveal makes "
	    "several" },
	{ "--privacy", "for one trace, which a capture holds, and --reveal "
	    "makes several" },
	{ "--read", "of what was captured, and --reveal traces" },
	{ "--compare", "of several protocols, and --reveal follows one" },
	{ "--multipath", "of many flows, and --reveal follows one" },
	{ "--mda", "of many flows, and --reveal follows one" },
	{ "--flows", "of many flows, and --reveal follows one" },
	{ "--mtu", "of sizes, and --reveal of tunnels" },
	{ "--classic", "of a flow for each probe, and --reveal follows one" },
};

static int
settle_reveal(struct tr_option_parse *parse)
{
	return !parse->options->reveal ? TR_OK : tr_option_refuse(parse,
	    not_revealed, sizeof(not_revealed) / sizeof(not_revealed[0]),
	    TR_ONE_OF_THEM);
}

/* What goes with --multipath, and what does not. */
static int
settle_paths(struct tr_option_parse *parse)
{
	static const char *const only[] = {
		"--classify", "--confidence", "--max-probes", "--timeout",
		"--dot",
	};
	struct tr_options *options = parse->options;

	if (options->program == TR_PROGRAM_TCPTRACEROUTE)
		return TR_OK;
	options->icmp_id_given = tr_option_given(parse, "--icmp-id");
	options->icmp_checksum_given =
	    tr_option_given(parse, "--icmp-checksum");
	if (options->dot && options->explain)
		tr_option_hint(options, "--explain has no effect with --dot");
	if (options->dot && options->json)
		return tr_fail(parse->error, TR_ERANGE, "--dot and --json are "
		    "two formats: one of them is accepted");
	if (!options->multipath) {
		/* A capture may hold a run with all paths. */
		for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++)
			if (options->read_path == NULL &&
			    tr_option_given(parse, only[i]))
				return tr_fail(parse->error, TR_ERANGE,
				    "%s goes with --multipath, --mda or "
				    "--flows", only[i]);
		return TR_OK;
	}
	if (tr_option_given(parse, "--mda") &&
	    tr_option_given(parse, "--flows"))
		return tr_fail(parse->error, TR_ERANGE, "--mda is a rule, and "
		    "--flows a number in place of one: one of them is "
		    "accepted");
	if (options->classic)
		return tr_fail(parse->error, TR_ERANGE, "--classic makes each "
		    "probe a flow of its own, and --multipath needs flows "
		    "that are known: one of them is accepted");
	if (tr_option_given(parse, "-q"))
		tr_option_hint(options, "-q has no effect with --multipath: "
		    "its rules say how many probes it takes");
	if (options->protocol == TR_PROTOCOL_ICMP)
		tr_option_hint(options, "few balancers look at what tells "
		    "echo requests apart: -U or -T may find more paths");
	if (!tr_option_given(parse, "-N"))
		options->trace.probes_at_once = PATHS_AT_ONCE;
	return TR_OK;
}

/* A probe of each round to each hop: is there an identifier for every one? */
static int
check_rounds(struct tr_option_parse *parse)
{
	const struct tr_trace_config *trace = &parse->options->trace;
	const unsigned hops = trace->max_ttl - trace->first_ttl + 1u;
	const unsigned most = (TR_IDENTIFIERS - tr_trace_probes_max(trace)) /
	    hops + 1;

	if (parse->options->rounds.count <= most)
		return TR_OK;
	return tr_fail(parse->error, TR_ERANGE, "-c: %u rounds of up to %u "
	    "hops take more probes than the %u of a run: 1 to %u; with a "
	    "smaller -m more", parse->options->rounds.count, hops,
	    TR_IDENTIFIERS, most);
}

static int
settle_rounds(struct tr_option_parse *parse)
{
	struct tr_options *options = parse->options;

	/* A capture knows its own. */
	if (options->read_path != NULL ||
	    options->program == TR_PROGRAM_TCPTRACEROUTE)
		return TR_OK;
	if (!tr_option_given(parse, "-c")) {
		if (tr_option_given(parse, "--interval"))
			return tr_fail(parse->error, TR_ERANGE, "--interval "
			    "is the time between rounds: it goes with -c");
		return TR_OK;
	}
	if (options->multipath)
		return tr_fail(parse->error, TR_ERANGE, "-c counts the "
		    "answers along one path, and --multipath finds all: one "
		    "of them is accepted");
	if (options->classic)
		return tr_fail(parse->error, TR_ERANGE, "-c counts the "
		    "answers to one flow, and --classic makes each probe a "
		    "flow of its own: one of them is accepted");
	if (!tr_option_given(parse, "-q"))
		options->trace.queries = 1;
	if (options->rounds.interval == 0)
		options->rounds.interval = ROUNDS_INTERVAL;
	return check_rounds(parse);
}

/* --sport: two flows of a protocol cannot leave by one port. */
static int
check_source_port(struct tr_option_parse *parse)
{
	const struct tr_options *options = parse->options;

	if (!tr_option_given(parse, "--sport"))
		return TR_OK;
	for (size_t i = 0; i < options->compared_count; i++)
		for (size_t j = 0; j < i; j++)
			if (options->compared[i].protocol ==
			    options->compared[j].protocol)
				return tr_fail(parse->error, TR_ERANGE,
				    "--sport: --compare has two ports of one "
				    "protocol, which need a source port each");
	return TR_OK;
}

/* What does not go with --compare, as in "-T is ...". */
static const struct tr_option_clash not_compared[] = {
	{ "-I", "one protocol, and --compare takes several: as "
	    "--compare=udp,icmp" },
	{ "-T", "one protocol, and --compare takes several: as "
	    "--compare=udp,tcp" },
	{ "-U", "one protocol, and --compare takes several: as "
	    "--compare=udp:53,tcp" },
	{ "-M", "one protocol, and --compare takes several: as "
	    "--compare=udp,tcp" },
	{ "-O", "for one trace by TCP, and --compare sends SYNs" },
	{ "-p", "for one trace: with --compare ports stand in its list, as "
	    "--compare=udp:53,icmp,tcp:80" },
	{ "-c", "for one trace, whose answers it counts: without --compare" },
	{ "--mtu", "for one trace: look for the size by each protocol "
	    "without --compare" },
	{ "--classic", "for one trace: --compare needs flows that each keep "
	    "to one path" },
	{ "--multipath", "of one protocol, and --compare of several: one of "
	    "them is accepted" },
	{ "--mda", "of one protocol, and --compare of several: one of them "
	    "is accepted" },
	{ "--flows", "of one protocol, and --compare of several: one of them "
	    "is accepted" },
	{ "--write", "for one trace, which a capture holds: save each "
	    "protocol by itself, without --compare" },
	{ "--privacy", "for one trace, which a capture holds: mask each "
	    "protocol by itself, without --compare" },
	{ "--read", "of what was captured, and --compare traces: one of them "
	    "is accepted" },
};

#define NOT_COMPARED	(sizeof(not_compared) / sizeof(not_compared[0]))

static int
settle_compare(struct tr_option_parse *parse)
{
	static const char *const idle[] = { "-e", "--back", "--explain" };
	struct tr_options *options = parse->options;

	if (options->compared_count == 0)
		return TR_OK;
	if (tr_option_refuse(parse, not_compared, NOT_COMPARED, "") != TR_OK)
		return parse->error->code;
	if (parse->target_port != 0)
		return tr_fail(parse->error, TR_ERANGE,
		    "port %u with the host is for one trace: with --compare "
		    "ports stand in its list, as --compare=icmp,tcp:%u",
		    (unsigned)parse->target_port,
		    (unsigned)parse->target_port);
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
		if (tr_option_given(parse, idle[i]) && !options->json)
			tr_option_hint(options,
			    "%s has no effect with --compare", idle[i]);
	/* Linux routers answer six probes in a burst: two of three flows. */
	if (!tr_option_given(parse, "-q"))
		options->trace.queries = COMPARED_QUERIES;
	return check_source_port(parse);
}

static int
finish_read(struct tr_option_parse *parse, char *const operands[])
{
	struct tr_options *options = parse->options;

	if (operands[0] != NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "--read takes no host (%s): all that the capture holds "
		    "is shown", tr_option_quoted(parse, operands[0]));
	if (options->write_path != NULL && options->privacy == 0)
		return tr_fail(parse->error, TR_ERANGE,
		    "--write: nothing is captured with --read; one of them "
		    "is accepted, or both with --privacy");
	for (size_t i = 0; i < parse->count; i++)
		if (parse->given[i] && parse->rows[i].group <= GROUP_WAY &&
		    !parse->rows[i].reading) {
			tr_option_flag(&parse->rows[i], parse->flag,
			    sizeof(parse->flag));
			tr_option_hint(options,
			    "--read sends nothing: %s has no "
			    "effect", parse->flag);
			break;
		}
	if (options->simulate_path != NULL)
		return tr_fail(parse->error, TR_ERANGE,
		    "--simulate: nothing is traced with --read; one of them "
		    "is accepted");
	options->mode = TR_MODE_READ;
	return TR_OK;
}

static void
settle_simulation(struct tr_option_parse *parse)
{
	struct tr_options *options = parse->options;

	if (options->program == TR_PROGRAM_TCPTRACEROUTE)
		return;
	options->seed_given = tr_option_given(parse, "--seed");
	if (options->simulate_path == NULL && options->seed_given)
		tr_option_hint(options, "--seed has no effect without "
		    "--simulate: on the real network it is drawn");
	if (options->simulate_path != NULL && tr_option_given(parse, "-i"))
		tr_option_hint(options, "-i has no effect with --simulate");
	if (options->simulate_path != NULL &&
	    tr_option_given(parse, "--fwmark"))
		tr_option_hint(options,
		    "--fwmark has no effect with --simulate");
}

int
tr_option_settle(struct tr_option_parse *parse, char *const operands[])
{
	struct tr_options *options = parse->options;
	int result;

	if (options->program == TR_PROGRAM_SURVEY)
		return tr_option_settle_survey(parse, operands);
	options->protocol = parse->method->protocol;
	options->flow_label_given =
	    options->program != TR_PROGRAM_TCPTRACEROUTE &&
	    tr_option_given(parse, "-l");
	if (options->read_path == NULL) {
		result = take_operands(parse, operands);
		if (result != TR_OK)
			return result;
	}
	if ((result = tr_option_settle_class(parse)) != TR_OK ||
	    (result = settle_reveal(parse)) != TR_OK ||
	    (result = settle_compare(parse)) != TR_OK ||
	    (result = tr_option_settle_port(parse)) != TR_OK ||
	    (result = settle_tcp(parse)) != TR_OK ||
	    (result = check_hops(parse)) != TR_OK ||
	    (result = check_classic(parse)) != TR_OK ||
	    (result = check_mtu(parse)) != TR_OK ||
	    (result = settle_paths(parse)) != TR_OK ||
	    (result = settle_rounds(parse)) != TR_OK ||
	    (result = check_families(parse)) != TR_OK ||
	    (result = tr_option_settle_lookups(parse)) != TR_OK)
		return result;
	hint_length(parse);
	settle_simulation(parse);
	if (options->read_path != NULL)
		return finish_read(parse, operands);
	return TR_OK;
}
