#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "cli/prepare.h"
#include "io/capture.h"
#include "io/clock.h"
#include "io/live.h"
#include "io/route.h"
#include "sim/simulation.h"
#include "strategy/mtu.h"

#define MTU_USUAL	1500		/* of Ethernet */

static void
copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/*
 * The command line as one would type it again, as far as it fits, on one
 * line.
 */
static void
copy_command(char *to, size_t size, int argc, char *const argv[])
{
	char command[TR_RUN_COMMAND_MAX] = "";
	size_t used = 0;

	for (int i = 0; i < argc && used < sizeof(command); i++) {
		const bool quote = argv[i][0] == '\0' ||
		    strpbrk(argv[i], " \t\"'\\$`*?&;|<>()") != NULL;
		const int length = snprintf(command + used,
		    sizeof(command) - used, "%s%s%s%s", i == 0 ? "" : " ",
		    quote ? "\"" : "", argv[i], quote ? "\"" : "");

		if (length < 0)
			break;
		used += (size_t)length;
	}
	tr_text_safe(command, to, size);
}

/* -s: a name or address of the target's family, which must be ours. */
static int
find_source(const struct tr_options *options, uint8_t family,
    struct tr_address *src, struct tr_error *error)
{
	struct tr_resolved resolved;
	struct tr_error reason;

	if (options->source[0] == '\0')
		return TR_OK;
	if (tr_resolve(options->source, family, &resolved, &reason) != TR_OK)
		return tr_fail(error, TR_ERANGE, "-s: %s (an IPv%d address "
		    "of this host is accepted)", reason.text, family);
	*src = resolved.address;
	return TR_OK;
}

static int
find_route(const struct tr_options *options,
    const struct tr_resolved *resolved, struct tr_route *route,
    struct tr_error *error)
{
	struct tr_route_query query = {
		.dst = resolved->address,
		.mark = options->fwmark,
		.tos = options->tos,
	};
	int status;

	status = find_source(options, resolved->address.family, &query.src,
	    error);
	if (status != TR_OK)
		return status;
	copy_text(query.interface, sizeof(query.interface),
	    options->interface[0] != '\0' ?
	    options->interface : resolved->scope);
	return tr_route_find(&query, route, error);
}

static uint16_t
packet_size(const struct tr_options *options, uint8_t family)
{
	const uint16_t least = tr_probe_size_min(options->protocol, family);

	if (options->size == 0)
		return tr_probe_size_default(family);
	return options->size < least ? least : options->size;
}

static void
fill_flow(const struct tr_options *options, const struct tr_address *src,
    const struct tr_address *dst, struct tr_flow *flow)
{
	const bool icmp = options->protocol == TR_PROTOCOL_ICMP;

	*flow = (struct tr_flow){
		.protocol = options->protocol,
		.src = *src,
		.dst = *dst,
		.source_port = icmp ? 0 : options->sport,
		.destination_port = icmp ? 0 : options->port,
		.flow_label = dst->family == 6 ? options->flow_label : 0,
		.tos = options->tos,
		.tcp_flags = options->tcp_flags,
		.dont_fragment = options->dont_fragment,
		.classic = options->classic,
		.size = packet_size(options, dst->family),
		.vary_label = options->multipath && dst->family == 6 &&
		    !options->flow_label_given,
	};
}

/* --mtu: how large the largest packet is, of a way out with this MTU. */
static void
settle_size(const struct tr_options *options, struct tr_run *run)
{
	struct tr_flow *flow = &run->flow;
	const uint16_t least = tr_mtu_least(flow->dst.family);
	uint32_t size = options->size;

	if (!options->path_mtu)
		return;
	if (size == 0)
		size = run->mtu != 0 ? run->mtu : MTU_USUAL;
	if (size < least)
		size = least;
	flow->size = (uint16_t)(size < TR_PROBE_SIZE_MAX ?
	    size : TR_PROBE_SIZE_MAX);
	flow->dont_fragment = true;
	run->walk_size = tr_probe_size_default(flow->dst.family);
}

static void
draw_echo(struct tr_random *random, uint16_t *id, uint16_t *checksum)
{
	*id = (uint16_t)tr_random_next(random);
	*checksum = (uint16_t)(tr_random_below(random, 0xfffe) + 1);
}

/* What of an echo request was asked for. */
static void
settle_echo(const struct tr_options *options, struct tr_flow *flow)
{
	if (options->icmp_id_given)
		flow->icmp_id = options->icmp_id;
	if (options->icmp_checksum_given)
		flow->icmp_checksum = options->icmp_checksum;
}

/*
 * One option more, and its value as a word of the shell.  There is room for any
 * but the path of a topology with hundreds of characters, which is left out:
 * trueroute(1) says so.
 */
static void
add_option(char *to, size_t size, const char *option, const char *value)
{
	const size_t used = strlen(to);
	char safe[TR_RUN_COMMAND_MAX], word[TR_RUN_COMMAND_MAX];

	tr_text_safe(value, safe, sizeof(safe));
	if (!tr_text_quote(safe, word, sizeof(word)) ||
	    used + strlen(option) + strlen(word) + 3 > size)
		return;
	snprintf(to + used, size - used, " %s %s", option, word);
}

static void
add_number(char *to, size_t size, const char *option, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, number);
	add_option(to, size, option, text);
}

/* Options that are not of the flow, yet lead to the same paths. */
static void
copy_again(const struct tr_options *options, char *to, size_t size)
{
	to[0] = '\0';
	if (options->simulate_path != NULL)
		add_option(to, size, "--simulate", options->simulate_path);
	if (options->seed_given)
		add_number(to, size, "--seed", options->seed);
	if (options->interface[0] != '\0')
		add_option(to, size, "-i", options->interface);
	if (options->source[0] != '\0')
		add_option(to, size, "-s", options->source);
	if (options->fwmark != 0)
		add_number(to, size, "--fwmark", options->fwmark);
	if (options->trace.max_ttl != TR_OPTIONS_MAX_TTL)
		add_number(to, size, "-m", options->trace.max_ttl);
}

/* What was asked for, whatever the network. */
static void
fill_request(const struct tr_options *options, int argc, char *const argv[],
    struct tr_run *run)
{
	run->known = true;
	copy_text(run->version, sizeof(run->version), PACKAGE_VERSION);
	copy_command(run->command, sizeof(run->command), argc, argv);
	copy_text(run->target, sizeof(run->target), options->target);
	run->one_flow = !options->classic && !options->multipath;
	run->trace = options->trace;
	run->rounds = options->rounds;
	run->multipath = options->multipath;
	if (run->multipath) {
		run->paths = options->paths;
		tr_run_share_limits(run);
		if (options->classify)
			tr_run_classify(run);
	}
	copy_again(options, run->again, sizeof(run->again));
}

static void
fill_run(const struct tr_options *options, const struct tr_resolved *resolved,
    const struct tr_route *route, struct tr_run *run)
{
	const bool bound = options->interface[0] != '\0';

	run->start = tr_clock_wall();
	copy_text(run->interface, sizeof(run->interface), route->interface);
	run->interface_index = route->interface_index;
	run->gateway = route->gateway;
	run->mtu = route->mtu;
	copy_text(run->interface_reason, sizeof(run->interface_reason),
	    bound ? "option -i" : resolved->scope[0] != '\0' ?
	    "scope of the target" : "route");
	copy_text(run->source_reason, sizeof(run->source_reason),
	    options->source[0] != '\0' ? "option -s" : "route");
	/* Answers may come in by another device than probes leave by. */
	copy_text(run->capture_device, sizeof(run->capture_device),
	    TR_CAPTURE_ANY);
	run->addresses = resolved->count;
	run->address_number = resolved->number;
	run->mark = options->fwmark;
}

/*
 * The classic way by TCP counts up from the source port: it must not run out
 * of numbers.
 */
static uint16_t
draw_classic_port(const struct tr_run *run, struct tr_random *random)
{
	const uint32_t least = 32768, most = 65535;

	return (uint16_t)(least + tr_random_below(random, most - least -
	    tr_trace_probes_max(&run->trace)));
}

/*
 * Of many flows, the first of many ports: below the range that Linux gives to
 * other programs (ip(7), ip_local_port_range).
 */
static uint16_t
draw_first_port(struct tr_random *random)
{
	return (uint16_t)(32768 - 2 * TR_DISCOVERY_FLOWS_MAX +
	    tr_random_below(random, TR_DISCOVERY_FLOWS_MAX));
}

static uint32_t
draw_label(struct tr_random *random)
{
	return tr_random_below(random, TR_FLOW_LABEL_MAX) + 1;
}

static int
reserve_port(struct tr_prepared *prepared, struct tr_random *random,
    struct tr_error *error)
{
	struct tr_flow *flow = &prepared->run.flow;

	if (flow->protocol == TR_PROTOCOL_ICMP)
		return TR_OK;
	if (flow->protocol == TR_PROTOCOL_TCP && flow->classic &&
	    flow->source_port == 0)
		flow->source_port = draw_classic_port(&prepared->run, random);
	if (prepared->run.multipath && flow->source_port == 0)
		flow->source_port = draw_first_port(random);
	prepared->reserved = tr_port_reserve(flow->protocol, &flow->src,
	    prepared->run.interface, &flow->source_port, error);
	return prepared->reserved < 0 ? error->code : TR_OK;
}

/* 0.0.0.0 and ::, RFC 1122 3.2.1.3 and RFC 4291 2.5.2. */
static bool
is_unspecified(const struct tr_address *address)
{
	const struct tr_address zero = { .family = address->family };

	return tr_address_equal(address, &zero);
}

static int
check_address(const struct tr_options *options,
    const struct tr_resolved *resolved, struct tr_error *error)
{
	char text[TR_ADDRESS_TEXT_MAX];

	tr_address_text(&resolved->address, text, sizeof(text));
	if (is_unspecified(&resolved->address))
		return tr_fail(error, TR_ERANGE, "%s is the address of no "
		    "host: this one is 127.0.0.1 or ::1", text);
	if (tr_address_is_link_local(&resolved->address) &&
	    resolved->scope[0] == '\0' && options->interface[0] == '\0')
		return tr_fail(error, TR_ERANGE, "%s is an address of each "
		    "link: say which, as in %s%%eth0, or by -i",
		    text, text);
	return TR_OK;
}

int
tr_prepare_targets(const struct tr_options *options,
    struct tr_resolved resolved[], size_t size, size_t *written,
    struct tr_error *error)
{
	if (tr_resolve_all(options->target, options->family, resolved, size,
	    written, error) != TR_OK)
		return error->code = TR_ERANGE;
	return TR_OK;
}

/* The way out to an address that is one of a host. */
static int
find_way(const struct tr_options *options, const struct tr_resolved *resolved,
    struct tr_route *route, struct tr_error *error)
{
	if (check_address(options, resolved, error) != TR_OK)
		return error->code;
	return find_route(options, resolved, route, error);
}

int
tr_prepare_has_route(const struct tr_options *options,
    const struct tr_resolved *resolved, struct tr_error *error)
{
	struct tr_route route;

	return find_way(options, resolved, &route, error);
}

int
tr_prepare(const struct tr_options *options,
    const struct tr_resolved *resolved, int argc, char *const argv[],
    struct tr_prepared *prepared, struct tr_error *error)
{
	struct tr_random random;
	struct tr_route route;
	int status;

	memset(prepared, 0, sizeof(*prepared));
	prepared->reserved = -1;
	status = find_way(options, resolved, &route, error);
	if (status == TR_OK)
		status = tr_live_seed(&prepared->seed, error);
	if (status != TR_OK)
		return status;
	tr_random_seed(&random, prepared->seed);
	/* What the wire shows of one draw tells nothing of the next seed. */
	prepared->seed ^= tr_random_next(&random);
	fill_flow(options, &route.src, &resolved->address,
	    &prepared->run.flow);
	if (options->protocol == TR_PROTOCOL_ICMP)
		draw_echo(&random, &prepared->run.flow.icmp_id,
		    &prepared->run.flow.icmp_checksum);
	settle_echo(options, &prepared->run.flow);
	if (prepared->run.flow.vary_label)
		prepared->run.flow.flow_label = draw_label(&random);
	fill_request(options, argc, argv, &prepared->run);
	fill_run(options, resolved, &route, &prepared->run);
	/* What the kernel has learnt of the path is to be found out anew. */
	if (options->path_mtu)
		prepared->run.mtu = route.device_mtu;
	settle_size(options, &prepared->run);
	return reserve_port(prepared, &random, error);
}

/* --- on a simulated network --------------------------------------------- */

/* "host, web or edge": some names of hosts that could be meant. */
static void
list_hosts(const struct tr_topology *topology, char *text, size_t size)
{
	size_t used = 0;
	int listed = 0;

	copy_text(text, size, "it has no hosts");
	for (uint32_t i = 0; i < topology->nodes.count && listed < 8; i++) {
		const struct tr_sim_node *node = tr_topology_node(topology,
		    i);
		int length;

		if (node->kind != TR_SIM_HOST || used >= size)
			continue;
		length = snprintf(text + used, size - used, "%s%s",
		    listed++ == 0 ? "its hosts are " : ", ", node->name);
		if (length > 0)
			used += (size_t)length;
	}
}

static int
find_target(const struct tr_options *options,
    const struct tr_topology *topology, struct tr_address *dst,
    struct tr_error *error)
{
	char hosts[256], quoted[TR_RUN_TEXT_MAX];

	if (tr_topology_resolve(topology, options->target, options->family,
	    dst) == TR_OK)
		return TR_OK;
	list_hosts(topology, hosts, sizeof(hosts));
	return tr_fail(error, TR_ERANGE, "%s names nothing%s in %s: %s",
	    tr_text_safe(options->target, quoted, sizeof(quoted)),
	    options->family == 4 ? " of IPv4" : options->family == 6 ?
	    " of IPv6" : "", topology->file, hosts);
}

static int
find_prober(const struct tr_options *options,
    const struct tr_topology *topology, uint8_t family, uint32_t *prober,
    struct tr_address *src, struct tr_error *error)
{
	struct tr_address source;
	const bool given = options->source[0] != '\0';

	if (given && tr_topology_resolve(topology, options->source, family,
	    &source) != TR_OK)
		return tr_fail(error, TR_ERANGE, "-s: %s is no IPv%d address "
		    "or node of %s", options->source, family,
		    topology->file);
	*prober = tr_topology_prober(topology, given ? &source : NULL);
	if (*prober == TR_SIM_NONE)
		return tr_fail(error, TR_ERANGE, "-s: %s is no prober's "
		    "address in %s", options->source, topology->file);
	*src = given ? source :
	    tr_topology_address(topology, *prober, family);
	if (!tr_address_is_set(src))
		return tr_fail(error, TR_ERANGE, "the prober %s of %s has no "
		    "IPv%d address", tr_topology_node(topology,
		    *prober)->name, topology->file, family);
	return TR_OK;
}

/* The range of Linux: ip(7), ip_local_port_range. */
static uint16_t
draw_port(struct tr_random *random)
{
	return (uint16_t)(32768 + tr_random_below(random, 60999 - 32768 + 1));
}

void
tr_prepare_draw(uint64_t network_seed, struct tr_drawn *drawn)
{
	struct tr_random random, echo;

	tr_random_seed(&random, network_seed);
	drawn->seed = tr_random_next(&random);
	echo = random;
	draw_echo(&echo, &drawn->icmp_id, &drawn->icmp_checksum);
	drawn->source_port = draw_port(&random);
}

/* What of the flow was not asked for. */
static void
settle_flow(struct tr_run *run, const struct tr_drawn *drawn)
{
	struct tr_flow *flow = &run->flow;
	struct tr_random random;

	tr_random_seed(&random, drawn->seed);
	if (flow->vary_label)
		flow->flow_label = draw_label(&random);
	if (flow->protocol == TR_PROTOCOL_ICMP) {
		flow->icmp_id = drawn->icmp_id;
		flow->icmp_checksum = drawn->icmp_checksum;
	} else if (flow->source_port == 0)
		flow->source_port = drawn->source_port;
	else
		return;
	if (flow->protocol == TR_PROTOCOL_TCP && flow->classic)
		flow->source_port = draw_classic_port(run, &random);
}

int
tr_prepare_simulated(const struct tr_options *options,
    const struct tr_topology *topology, int argc, char *const argv[],
    struct tr_prepared *prepared, uint32_t *prober, struct tr_error *error)
{
	struct tr_run *run = &prepared->run;
	struct tr_address src, dst;
	struct tr_drawn drawn;
	int status;

	memset(prepared, 0, sizeof(*prepared));
	prepared->reserved = -1;
	status = find_target(options, topology, &dst, error);
	if (status == TR_OK)
		status = find_prober(options, topology, dst.family, prober,
		    &src, error);
	if (status != TR_OK)
		return status;
	prepared->network_seed = options->seed_given ?
	    options->seed : topology->seed;
	tr_prepare_draw(prepared->network_seed, &drawn);
	prepared->seed = drawn.seed;
	fill_flow(options, &src, &dst, &run->flow);
	settle_flow(run, &drawn);
	settle_echo(options, &run->flow);
	fill_request(options, argc, argv, run);
	run->start = TR_SIMULATION_EPOCH;
	copy_text(run->interface, sizeof(run->interface), "simulated");
	copy_text(run->interface_reason, sizeof(run->interface_reason),
	    "option --simulate");
	copy_text(run->source_reason, sizeof(run->source_reason),
	    options->source[0] != '\0' ? "option -s" : "prober");
	copy_text(run->capture_device, sizeof(run->capture_device),
	    "simulated");
	run->addresses = 1;
	run->address_number = 1;
	/* Other runs have no use for it. */
	if (options->path_mtu)
		run->mtu = tr_topology_first_mtu(topology, *prober,
		    dst.family);
	settle_size(options, run);
	return TR_OK;
}
