#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cli/option_table.h"
#include "packet/wire.h"


#define WAIT_LEAST	TR_MILLISECOND
#define WAIT_MOST	(3600 * TR_SECOND)
#define WAIT_SUSPECT	(100 * TR_SECOND)	/* meant as milliseconds? */
#define FACTOR_MOST	1000
#define DNS_WAIT_MOST	(60 * TR_SECOND)
#define GAP_SECONDS	10		/* -z: beyond, it is milliseconds */

/* --- setters ------------------------------------------------------------ */

/* --compare: what its list may name. */
static const struct tr_option_method compared_methods[] = {
	{ "udp", 0, TR_PROTOCOL_UDP, TR_OPTION_UDP_PORT },
	{ "icmp", 0, TR_PROTOCOL_ICMP, 0 },
	{ "tcp", 0, TR_PROTOCOL_TCP, TR_OPTION_TCP_PORT },
};

#define COMPARED_METHODS						\
	(sizeof(compared_methods) / sizeof(compared_methods[0]))

/* NAME or NAME:PORT. */
static int
read_compared(struct tr_option_parse *parse, char *item,
    struct tr_compared_probe *probe)
{
	char *port = strchr(item, ':');

	if (item[0] == '\0')
		return tr_fail(parse->error, TR_ERANGE, "%s: a protocol is "
		    "missing in the list: udp, icmp or tcp", parse->flag);
	if (port != NULL)
		*port++ = '\0';
	for (size_t i = 0; i < COMPARED_METHODS; i++) {
		const struct tr_option_method *method = &compared_methods[i];

		if (strcmp(method->name, item) != 0)
			continue;
		probe->protocol = method->protocol;
		probe->port = method->port;
		if (port == NULL)
			return TR_OK;
		if (method->port == 0)
			return tr_fail(parse->error, TR_ERANGE,
			    "%s: ICMP has no ports: icmp alone is accepted",
			    parse->flag);
		return tr_option_read_port(parse, parse->flag, port,
		    &probe->port);
	}
	return tr_fail(parse->error, TR_ERANGE, "%s: %s is not known: udp, "
	    "udp:PORT, icmp, tcp and tcp:PORT are, parted by commas",
	    parse->flag, tr_option_quoted(parse, item));
}

static int
add_compared(struct tr_option_parse *parse, char *item)
{
	struct tr_options *options = parse->options;
	struct tr_compared_probe probe;
	const int result = read_compared(parse, item, &probe);

	if (result != TR_OK)
		return result;
	for (size_t i = 0; i < options->compared_count; i++)
		if (options->compared[i].protocol == probe.protocol &&
		    options->compared[i].port == probe.port)
			return tr_fail(parse->error, TR_ERANGE,
			    "%s: %s is given twice", parse->flag, item);
	if (options->compared_count == TR_COMPARED_MAX)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: more than %d are too many", parse->flag,
		    TR_COMPARED_MAX);
	options->compared[options->compared_count++] = probe;
	return TR_OK;
}

static int
set_compare(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	int result = TR_OK;

	(void)row;
	if (value == NULL)
		value = "udp,icmp,tcp";
	parse->options->compared_count = 0;
	for (bool more = true; more && result == TR_OK;) {
		const size_t length = strcspn(value, ",");
		char item[32];

		snprintf(item, sizeof(item), "%.*s", (int)length, value);
		result = add_compared(parse, item);
		more = value[length] != '\0';
		value += length + more;
	}
	if (result == TR_OK && parse->options->compared_count < 2)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: there is nothing to compare with: two are wanted at "
		    "least, as udp,tcp:80", parse->flag);
	return result;
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
set_tcp_options(struct tr_option_parse *parse, const struct tr_option_row *row,
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
			    "ecn are", parse->flag, tr_option_quoted(parse,
			    value));
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
set_tcp_flags(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	(void)value;
	parse->tcp_flags |= (uint8_t)row->min;
	return TR_OK;
}

static int
set_dnat(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	(void)value;
	parse->options->dnat = (enum tr_dnat)row->min;
	if (parse->options->dnat == TR_DNAT_SHOW)
		tr_option_hint(parse->options, "%s is accepted; where the "
		    "destination is rewritten is not shown yet", parse->flag);
	return TR_OK;
}

static int
set_nothing(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	(void)row;
	(void)value;
	tr_option_hint(parse->options, "%s is accepted and does nothing here",
	    parse->flag);
	return TR_OK;
}

static int
set_wait_max(struct tr_option_parse *parse, const char *value, int64_t wait)
{
	if (wait < WAIT_LEAST || wait > WAIT_MOST)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: wait %s is out of range: 0.001 to 3600 seconds",
		    parse->flag, tr_option_quoted(parse, value));
	if (wait >= WAIT_SUSPECT)
		tr_option_hint(parse->options, "%s %s is in seconds",
		    parse->flag,
		    value);
	parse->options->trace.wait_max = wait;
	return TR_OK;
}

/* tcptraceroute's -w SECONDS. */
static int
set_seconds(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	const char *at = value;
	int64_t wait;

	(void)row;
	if (!tr_option_read_fraction(&at, &wait) || *at != '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no number of seconds: 0.001 to 3600 is wanted",
		    parse->flag, tr_option_quoted(parse, value));
	return set_wait_max(parse, value, wait);
}

/* -w MAX[,HERE[,NEAR]]; traceroute(8) parts them by slashes as well. */
static int
set_wait(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	int64_t part[3] = { 0, 0, 0 };
	const char *at = value;
	size_t parts = 0;

	(void)row;
	do {
		if (!tr_option_read_fraction(&at, &part[parts++]))
			at = "?";
	} while ((*at == ',' || *at == '/') && parts < 3 && *at++ != '\0');
	if (*at != '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no MAX[,HERE,NEAR]%s", parse->flag,
		    tr_option_quoted(parse, value),
		    tr_option_foreign_meaning(parse));
	if (part[1] > FACTOR_MOST * TR_SECOND ||
	    part[2] > FACTOR_MOST * TR_SECOND)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is out of range: factors of 0 to 1000 are "
		    "accepted", parse->flag, tr_option_quoted(parse, value));
	parse->options->trace.wait_here = (double)part[1] / 1e9;
	parse->options->trace.wait_near = (double)part[2] / 1e9;
	return set_wait_max(parse, value, part[0]);
}

/* -z: up to 10 seconds; what is beyond is milliseconds. */
static int
set_gap(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	const char *at = value;
	int64_t gap;

	(void)row;
	if (!tr_option_read_fraction(&at, &gap) || *at != '\0')
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is no time: 0 to 10 seconds, or above 10 "
		    "milliseconds%s", parse->flag, tr_option_quoted(parse,
		    value),
		    tr_option_foreign_meaning(parse));
	if (gap > GAP_SECONDS * TR_SECOND)
		gap /= 1000;
	if (gap > WAIT_MOST)
		return tr_fail(parse->error, TR_ERANGE,
		    "%s: %s is out of range: up to 3600000 milliseconds",
		    parse->flag, tr_option_quoted(parse, value));
	parse->options->trace.gap = gap;
	return TR_OK;
}

/* --- all paths ---------------------------------------------------------- */

static int
set_flows(struct tr_option_parse *parse, const struct tr_option_row *row,
    const char *value)
{
	parse->options->multipath = true;
	parse->options->paths.rules.way = TR_PLAN_FIXED;
	return tr_option_set_number(parse, row, value);
}

/* --- the tables --------------------------------------------------------- */

static const struct tr_option_row trueroute_rows[] = {
	{ .letter = '4', .group = GROUP_PROBE,
	    .set = tr_option_set_family, .min = 4,
	    .help = "use IPv4" },
	{ .letter = '6', .group = GROUP_PROBE,
	    .set = tr_option_set_family, .min = 6,
	    .help = "use IPv6" },
	{ .letter = 'I', .name = "icmp", .group = GROUP_PROBE,
	    .set = tr_option_set_method, .help = "send ICMP echo requests" },
	{ .letter = 'T', .name = "tcp", .group = GROUP_PROBE,
	    .set = tr_option_set_method,
	    .help = "send TCP SYNs, to port 443 unless -p" },
	{ .letter = 'U', .name = "udp", .group = GROUP_PROBE,
	    .set = tr_option_set_method,
	    .help = "send UDP to a fixed port, 53 unless -p; without -I, "
	    "-T, -U: UDP to port 33434" },
	{ .letter = 'M', .name = "module", .argument = "METHOD",
	    .group = GROUP_PROBE, .set = tr_option_set_method,
	    .help = "udp, icmp, tcp (as -U, -I, -T) or default" },
	{ .letter = 'O', .name = "options", .argument = "LIST",
	    .group = GROUP_PROBE, .set = set_tcp_options,
	    .help = "for -T, parted by commas: syn, ack, ecn (flags to "
	    "send), info (accepted: the port's state is always told)" },
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
	    .noun = "flow label",
	    .max = 0xfffff, .hex = true, FIELD(flow_label),
	    .help = "IPv6 flow label" },
	{ .name = "icmp-id", .argument = "ID", .group = GROUP_PROBE,
	    .set = tr_option_set_number, .noun = "id", .max = 65535,
	    .hex = true, FIELD(icmp_id),
	    .help = "id of echo requests; else drawn" },
	{ .name = "icmp-checksum", .argument = "SUM", .group = GROUP_PROBE,
	    .set = tr_option_set_number, .noun = "checksum", .min = 1,
	    .max = 0xfffe, .hex = true, FIELD(icmp_checksum),
	    .help = "checksum of echo requests; else drawn" },
	{ .letter = 'F', .name = "dont-fragment", .group = GROUP_PROBE,
	    .set = tr_option_set_flag, FIELD(dont_fragment),
	    .help = "forbid routers to fragment the probes (IPv4)" },
	{ .name = "mtu", .group = GROUP_PROBE, .set = tr_option_set_flag,
	    FIELD(path_mtu), .help = "find the path MTU, and the hop that "
	    "decides it: told by routers, or from silence; LENGTH is the "
	    "largest to try, default that of the way out" },
	{ .name = "classic", .group = GROUP_PROBE, .set = tr_option_set_flag,
	    FIELD(classic), .help = "make each probe a flow of its own, as "
	    "traceroute(8) does: balancers may scatter the probes" },
	{ .name = "compare", .argument = "LIST", .optional = true,
	    .group = GROUP_PROBE, .set = set_compare,
	    .help = "trace by several protocols and find the firewall that "
	    "stops one; udp, icmp and tcp, or LIST of these, with ports as "
	    "udp:53,tcp:80" },

	{ .name = "multipath", .group = GROUP_PATHS,
	    .set = tr_option_set_multipath, .reading = true,
	    .min = TR_PLAN_LITE,
	    .help = "find all paths that balancers "
	    "spread flows over, with a bound on the chance to miss one" },
	{ .name = "mda", .group = GROUP_PATHS, .set = tr_option_set_multipath,
	    .reading = true, .min = TR_PLAN_FULL,
	    .help = "the same by the full algorithm "
	    "everywhere: more probes, for balancers that are odd" },
	{ .name = "flows", .argument = "COUNT", .group = GROUP_PATHS,
	    .set = set_flows, .noun = "count", .min = 1,
	    .max = TR_DISCOVERY_FLOWS_MAX, FIELD(paths.rules.flows),
	    .help = "the same by so many flows at each hop, 1 to 8192" },
	{ .name = "classify", .group = GROUP_PATHS, .set = tr_option_set_flag,
	    FIELD(classify), .help = "find out too which header fields each "
	    "balancer looks at" },
	{ .name = "confidence", .argument = "PERCENT", .group = GROUP_PATHS,
	    .set = tr_option_set_confidence, .help = "that nothing of the "
	    "graph is missed; default 95" },
	{ .name = "max-probes", .argument = "COUNT", .group = GROUP_PATHS,
	    .set = tr_option_set_number, .noun = "count", .min = 1,
	    .max = TR_IDENTIFIERS, FIELD(paths.probes_max),
	    .help = "end then, with what is known; default 20000" },
	{ .name = "timeout", .argument = "SECONDS", .group = GROUP_PATHS,
	    .set = tr_option_set_seconds, .min = WAIT_LEAST,
	    .max = 24 * WAIT_MOST, FIELD(paths.time_max),
	    .help = "end then, with what is known; default 300" },
	{ .name = "dot", .group = GROUP_PATHS, .set = tr_option_set_flag,
	    FIELD(dot), .reading = true,
	    .help = "write the graph for Graphviz's dot" },

	{ .letter = 'f', .name = "first", .argument = "TTL",
	    .group = GROUP_PACE, .set = tr_option_set_number, .noun = "TTL",
	    .min = 1,
	    .max = TR_TRACE_TTL_MAX, FIELD(trace.first_ttl),
	    .help = "start at this hop; default 1" },
	{ .letter = 'm', .name = "max-hops", .argument = "TTL",
	    .group = GROUP_PACE, .set = tr_option_set_number, .noun = "TTL",
	    .min = 1,
	    .max = TR_TRACE_TTL_MAX, FIELD(trace.max_ttl),
	    .help = "go no farther than this hop; default 30" },
	{ .letter = 'q', .name = "queries", .argument = "COUNT",
	    .group = GROUP_PACE, .set = tr_option_set_number, .noun = "count",
	    .min = 1, .max = TR_TRACE_QUERIES_MAX, FIELD(trace.queries),
	    .help = "probes for each hop; default 3, or 1 with -c" },
	{ .letter = 'c', .name = "rounds", .argument = "COUNT",
	    .group = GROUP_PACE, .set = tr_option_set_number, .noun = "count",
	    .min = 1, .max = TR_IDENTIFIERS, FIELD(rounds.count),
	    .help = "so many rounds in all, the trace and then a probe for "
	    "each hop: shows a table of answers and times" },
	{ .name = "interval", .argument = "SECONDS", .group = GROUP_PACE,
	    .set = tr_option_set_seconds,
	    .min = TR_ROUNDS_INTERVAL_LEAST, .max = TR_ROUNDS_INTERVAL_MOST,
	    FIELD(rounds.interval), .help = "from the beginning of a round to "
	    "that of the next, 0.01 to 3600; default 1" },
	{ .letter = 'w', .name = "wait", .argument = "MAX[,HERE,NEAR]",
	    .group = GROUP_PACE, .set = set_wait,
	    .help = "seconds that an answer is awaited: at most MAX, HERE "
	    "times the round trip of the same hop, NEAR times that of a "
	    "later one; default 5,3,10; MAX alone: just that" },
	{ .letter = 'N', .name = "sim-queries", .argument = "COUNT",
	    .group = GROUP_PACE, .set = tr_option_set_number, .noun = "count",
	    .min = 1, .max = 65535, FIELD(trace.probes_at_once),
	    .help = "probes under way at once; default 16" },
	{ .letter = 'z', .name = "sendwait", .argument = "TIME",
	    .group = GROUP_PACE, .set = set_gap,
	    .help = "least time between probes: seconds, or above 10 "
	    "milliseconds; default 0" },

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

	{ .letter = 'n', .group = GROUP_SHOW, .set = tr_option_set_flag,
	    FIELD(numeric), .help = "addresses only, no names" },
	{ .letter = 'e', .name = "extensions", .group = GROUP_SHOW,
	    .set = tr_option_set_flag, FIELD(extensions),
	    .help = "show ICMP extensions, such as MPLS labels" },
	{ .name = "back", .group = GROUP_SHOW, .set = tr_option_set_flag,
	    FIELD(back),
	    .help = "show the hops back where they differ" },
	{ .name = "explain", .group = GROUP_SHOW, .set = tr_option_set_flag,
	    FIELD(explain), .help = "say below the hops what the replies "
	    "tell: NAT, tunnels, loss, ..." },
	{ .name = "reveal", .group = GROUP_SHOW, .set = tr_option_set_flag,
	    FIELD(reveal), .help = "trace to the ends of tunnels too, which "
	    "may show the routers that they hide" },
	{ .letter = 'j', .name = "json", .group = GROUP_SHOW,
	    .set = tr_option_set_flag, FIELD(json), .help = "write JSON" },
	{ .name = "write", .argument = "FILE", .group = GROUP_SHOW,
	    .set = tr_option_set_path, FIELD(write_path),
	    .help = "save probes, answers and options as a capture" },
	{ .name = "read", .argument = "FILE", .group = GROUP_SHOW,
	    .set = tr_option_set_path, FIELD(read_path),
	    .help = "show what a capture holds; sends nothing, needs no "
	    "privilege" },

	{ .name = "dns-wait", .argument = "SECONDS", .group = GROUP_LOOKUPS,
	    .set = tr_option_set_seconds, .max = DNS_WAIT_MOST,
	    FIELD(dns_wait), .help = "for names of hops in all, "
	    "0 to 60; default 1; unanswered, the address stands alone" },
	{ .name = "verify-names", .group = GROUP_LOOKUPS,
	    .set = tr_option_set_flag, FIELD(verify_names),
	    .help = "believe no name that does not point back" },
	{ .name = "all-addresses", .group = GROUP_LOOKUPS,
	    .set = tr_option_set_flag, FIELD(all_addresses),
	    .help = "trace to each address that HOST has" },
	{ .letter = 'A', .name = "as-path-lookups", .group = GROUP_LOOKUPS,
	    .set = tr_option_set_flag, FIELD(as_lookup),
	    .help = "show origin AS numbers, from where --asn says, else a "
	    "file that is there already" },
	{ .name = "asn", .argument = "WHERE", .group = GROUP_LOOKUPS,
	    .set = tr_option_set_asn, .help = "the same, from file:PATH (an "
	    "MMDB, or prefixes in text), from cymru (asks Team Cymru's DNS "
	    "about each hop), or off" },
	{ .name = "geo", .argument = "FILE", .group = GROUP_LOOKUPS,
	    .set = tr_option_set_path, FIELD(geo_path),
	    .help = "show countries and places, from an MMDB" },
	{ .name = "ixp", .argument = "FILE", .group = GROUP_LOOKUPS,
	    .set = tr_option_set_path, FIELD(exchange_path),
	    .help = "know the LANs of exchange points, from a list of "
	    "prefixes" },
	{ .name = "privacy", .argument = "HOPS", .group = GROUP_LOOKUPS,
	    .set = tr_option_set_number, .noun = "count", .min = 1,
	    .max = TR_TRACE_TTL_MAX, FIELD(privacy),
	    .help = "mask the source and so many hops, in what is shown and "
	    "saved" },

	{ .name = "simulate", .argument = "FILE", .group = GROUP_SIMULATE,
	    .set = tr_option_set_path, FIELD(simulate_path),
	    .help = "trace across the network that this topology file, or "
	    "installed scenario, describes, in virtual time; sends nothing, "
	    "needs no privilege" },
	{ .name = "seed", .argument = "NUMBER", .group = GROUP_SIMULATE,
	    .set = tr_option_set_number, .noun = "seed", .max = 0xffffffff,
	    .hex = true, FIELD(seed),
	    .help = "another flow and another luck; default: the file's" },

	{ .letter = 'V', .name = "version", .group = GROUP_OTHER,
	    .set = tr_option_set_mode, .min = TR_MODE_VERSION,
	    .help = "print the version" },
	{ .name = "help", .group = GROUP_OTHER, .set = tr_option_set_mode,
	    .min = TR_MODE_HELP, .help = "print this" },
};

static const struct tr_option_row tcptraceroute_rows[] = {
	{ .letter = 'S', .group = GROUP_PROBE, .set = set_tcp_flags,
	    .min = TR_TCP_SYN, .help = "set the SYN flag (the default)" },
	{ .letter = 'A', .group = GROUP_PROBE, .set = set_tcp_flags,
	    .min = TR_TCP_ACK, .help = "set the ACK flag" },
	{ .letter = 'E', .group = GROUP_PROBE, .set = set_tcp_flags,
	    .min = TR_TCP_SYN | TR_TCP_ECE | TR_TCP_CWR,
	    .help = "ask for ECN: SYN with ECE and CWR" },
	{ .letter = 'p', .argument = "PORT", .group = GROUP_PROBE,
	    .set = tr_option_set_port, FIELD(sport),
	    .help = "source port; else the system chooses one" },
	{ .letter = 'P', .argument = "PORT", .group = GROUP_PROBE,
	    .set = tr_option_set_port, FIELD(sport), .help = "the same as -p" },
	{ .letter = 't', .argument = "TOS", .group = GROUP_PROBE,
	    .set = tr_option_set_number, .noun = "TOS", .max = 255, .hex = true,
	    FIELD(tos), .help = "type of service" },
	{ .letter = 'F', .group = GROUP_PROBE, .set = tr_option_set_flag,
	    FIELD(dont_fragment),
	    .help = "forbid routers to fragment the probes" },
	{ .letter = 'l', .argument = "LENGTH", .group = GROUP_PROBE,
	    .set = tr_option_set_number, .noun = "packet length",
	    .max = TR_OPTIONS_SIZE_MAX, FIELD(size),
	    .help = "size of the packets, raised to the least possible" },

	{ .letter = 'f', .argument = "TTL", .group = GROUP_PACE,
	    .set = tr_option_set_number, .noun = "TTL", .min = 1,
	    .max = TR_TRACE_TTL_MAX, FIELD(trace.first_ttl),
	    .help = "start at this hop; default 1" },
	{ .letter = 'm', .argument = "TTL", .group = GROUP_PACE,
	    .set = tr_option_set_number, .noun = "TTL", .min = 1,
	    .max = TR_TRACE_TTL_MAX, FIELD(trace.max_ttl),
	    .help = "go no farther than this hop; default 30" },
	{ .letter = 'q', .argument = "COUNT", .group = GROUP_PACE,
	    .set = tr_option_set_number, .noun = "count", .min = 1,
	    .max = TR_TRACE_QUERIES_MAX, FIELD(trace.queries),
	    .help = "probes for each hop; default 3" },
	{ .letter = 'w', .argument = "SECONDS", .group = GROUP_PACE,
	    .set = set_seconds,
	    .help = "how long an answer is awaited; default 3" },

	{ .letter = 'i', .argument = "NAME", .group = GROUP_WAY,
	    .set = tr_option_set_interface, .noun = "an interface's name",
	    FIELD(interface), .help = "send through this interface" },
	{ .letter = 's', .argument = "ADDRESS", .group = GROUP_WAY,
	    .set = tr_option_set_source, .noun = "an address", FIELD(source),
	    .help = "send from this address of this host" },

	{ .letter = 'n', .group = GROUP_SHOW, .set = tr_option_set_flag,
	    FIELD(numeric), .help = "addresses only, no names" },
	{ .letter = 'N', .group = GROUP_SHOW, .set = tr_option_set_flag,
	    FIELD(private_names),
	    .help = "names of private addresses (RFC 1918) too" },
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
	    .set = tr_option_set_mode, .min = TR_MODE_VERSION,
	    .help = "print the version" },
	{ .letter = 'h', .name = "help", .group = GROUP_OTHER,
	    .set = tr_option_set_mode, .min = TR_MODE_HELP,
	    .help = "print this" },
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

_Static_assert(ROWS(trueroute_rows) <= TR_OPTION_ROWS_MAX,
    "given[] is too short");
_Static_assert(ROWS(tcptraceroute_rows) <= TR_OPTION_ROWS_MAX,
    "given[] is too short");

const struct tr_option_row *
tr_option_rows(enum tr_program program, size_t *count)
{
	if (program == TR_PROGRAM_SURVEY)
		return tr_option_survey_rows(count);
	if (program == TR_PROGRAM_TCPTRACEROUTE) {
		*count = ROWS(tcptraceroute_rows);
		return tcptraceroute_rows;
	}
	*count = ROWS(trueroute_rows);
	return trueroute_rows;
}
