/*
 * paths - how often multipath discovery misses something, and what it costs
 *
 *	bench/paths [-f] [-a ALPHA] [-b BALANCERS] [-p PROTOCOL] [-6]
 *	    TOPOLOGY RUNS
 *
 * Finds the paths from the prober to the host "target" in virtual time, in so
 * many runs, each with other hashes, and holds each graph against the truth
 * for all flows.  -f: FULL rules instead of LITE; ALPHA is the bound of the
 * graph (0.05), BALANCERS fixes among how many it is shared.  Prints a line of
 * names and numbers; the exit status is 1 if anything false was ever found.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/error.h"
#include "base/random.h"
#include "packet/wire.h"
#include "sim/simulation.h"
#include "sim/topology_file.h"
#include "sim/truth.h"
#include "strategy/multipath.h"

struct asked {
	struct tr_topology *topology;
	struct tr_network *network;
	uint32_t prober;
	struct tr_flow flow;
	struct tr_multipath_config paths;
	struct tr_truth *truth;
};

struct sums {
	unsigned runs;
	unsigned failures;		/* something was missed */
	unsigned vertices_missed;	/* in so many runs */
	unsigned links_missed;
	unsigned untrue;
	unsigned stopped_early;		/* the rule itself missed something */
	unsigned long probes;
	double	 time;			/* virtual, s */
};

static void
out_of_memory(void)
{
	fprintf(stderr, "paths: out of memory\n");
	exit(1);
}

static void
on_record(void *context, const struct tr_record *record)
{
	int64_t *last = context;

	if (record->stamp != TR_TIME_NONE)
		*last = record->stamp;
}

static void
add_claim(struct tr_list *claims, const struct tr_vertex *vertex,
    const struct tr_vertex *next)
{
	struct tr_truth_claim *claim = tr_list_add(claims, sizeof(*claim));

	if (claim == NULL)
		out_of_memory();
	claim->ttl = vertex->ttl;
	claim->responder = vertex->address;
	if (next != NULL)
		claim->next = next->address;
}

static void
judge(const struct asked *asked, const struct tr_discovery *discovery,
    struct sums *sums)
{
	struct tr_list claims = { .items = NULL };
	struct tr_truth_score vertices, links;

	for (uint32_t i = 0; i < discovery->vertex_count; i++)
		if (discovery->vertices[i].flows > 0)
			add_claim(&claims, &discovery->vertices[i], NULL);
	for (uint32_t i = 0; i < discovery->edge_count; i++) {
		const struct tr_edge *edge = &discovery->edges[i];
		const struct tr_vertex *from =
		    &discovery->vertices[edge->from];

		if (edge->flows > 0 && tr_discovery_is_steady(discovery,
		    from->ttl))
			add_claim(&claims, from,
			    &discovery->vertices[edge->to]);
	}
	if (tr_truth_judge(asked->truth, claims.items, claims.count,
	    &vertices, &links) != TR_OK)
		out_of_memory();
	sums->failures += vertices.missed + links.missed > 0;
	sums->vertices_missed += vertices.missed > 0;
	sums->links_missed += links.missed > 0;
	sums->untrue += vertices.untrue + links.untrue;
	tr_list_clear(&claims);
}

/*
 * Did the rule stop too early at some vertex?  What the last of its flows
 * found counts; other flows may well have found the rest.
 */
static bool
stopped_early(const struct asked *asked,
    const struct tr_discovery *discovery)
{
	const struct tr_truth_vertex *truth = asked->truth->vertices.items;

	for (uint32_t i = 0; i < asked->truth->vertices.count; i++) {
		uint32_t ways = 0;

		for (uint32_t j = 0; j < discovery->vertex_count; j++) {
			const struct tr_vertex *vertex =
			    &discovery->vertices[j];

			if (vertex->ttl == truth[i].ttl && tr_address_equal(
			    &vertex->address, &truth[i].address))
				ways = vertex->stop_ways;
		}
		if (truth[i].branching > 1 && ways < truth[i].branching)
			return true;
	}
	return false;
}

static void
discover(const struct asked *asked, struct sums *sums)
{
	struct tr_multipath *multipath = tr_multipath_new(&asked->paths);
	const struct tr_engine_config config = {
		.flow = asked->flow,
		.seed = sums->runs,
		.probes_max = asked->paths.probes_max,
		.strategy = &tr_multipath_strategy,
		.strategy_state = multipath,
	};
	int64_t last = TR_SIMULATION_EPOCH;
	struct tr_simulation simulation = {
		.network = asked->network,
		.prober = asked->prober,
		.sink = { NULL, on_record, &last },
	};
	struct tr_discovery *discovery;
	struct tr_error error;

	/* Hashes that have nothing to do with the run before. */
	tr_network_reset(asked->network, tr_random_mix(1, sums->runs));
	simulation.engine = tr_engine_new(&config);
	if (multipath == NULL || simulation.engine == NULL ||
	    tr_simulation_run(&simulation, &error) != TR_OK)
		out_of_memory();
	discovery = tr_multipath_plan(multipath)->discovery;
	sums->stopped_early += stopped_early(asked, discovery);
	tr_discovery_leave_out_unproven(discovery);
	judge(asked, discovery, sums);
	for (int ttl = discovery->first_ttl; ttl <= discovery->max_ttl; ttl++)
		sums->probes += discovery->hops[ttl].probes;
	sums->time += (double)(last - TR_SIMULATION_EPOCH) /
	    (double)TR_SECOND;
	sums->runs++;
	tr_engine_free(simulation.engine);
	tr_multipath_free(multipath);
}

/*
 * What the rule misses by the theory, of the branchings as they are.  Where
 * one of them is missed, the others share the bound among one less.
 */
static double
predicted(const struct asked *asked)
{
	const struct tr_truth_vertex *vertices = asked->truth->vertices.items;
	static struct tr_stopping stopping;
	unsigned balancers = 1;
	double found = 1;

	for (uint32_t i = 0; i < asked->truth->vertices.count; i++)
		balancers += vertices[i].branching > 1;
	if (asked->paths.rules.balancers != 0)
		balancers = asked->paths.rules.balancers;
	tr_stopping_begin(&stopping, tr_stopping_share(
	    asked->paths.rules.alpha, balancers));
	for (uint32_t i = 0; i < asked->truth->vertices.count; i++)
		found *= 1 - tr_stopping_failure(&stopping,
		    vertices[i].branching);
	return 1 - found;
}

static void
find_truth(struct asked *asked, enum tr_protocol protocol)
{
	static const enum tr_sim_protocol protocols[] = {
		[TR_PROTOCOL_UDP] = TR_SIM_UDP,
		[TR_PROTOCOL_ICMP] = TR_SIM_ICMP,
		[TR_PROTOCOL_TCP] = TR_SIM_TCP,
	};
	const struct tr_truth_question question = {
		.prober = asked->prober,
		.probe = {
			.protocol = protocols[protocol],
			.src = asked->flow.src,
			.dst = asked->flow.dst,
			.source_port = asked->flow.source_port,
			.destination_port = asked->flow.destination_port,
		},
		.all_flows = true,
		.max_ttl = asked->paths.max_ttl,
		.seed = 1,
	};
	struct tr_error error;

	asked->truth = tr_truth_find(asked->topology, &question, &error);
	if (asked->truth == NULL) {
		fprintf(stderr, "paths: %s\n", error.text);
		exit(2);
	}
}

static void
prepare(struct asked *asked, const char *file, enum tr_protocol protocol,
    uint8_t family)
{
	struct tr_error error;

	asked->topology = tr_topology_read(file, &error);
	if (asked->topology == NULL) {
		fprintf(stderr, "paths: %s\n", error.text);
		exit(2);
	}
	asked->network = tr_network_new(asked->topology, 1);
	if (asked->network == NULL)
		out_of_memory();
	asked->prober = tr_topology_prober(asked->topology, NULL);
	asked->flow = (struct tr_flow){
		.protocol = protocol,
		.src = tr_topology_address(asked->topology, asked->prober,
		    family),
		.source_port = 24000,
		.destination_port = 33434,
		.icmp_id = 1,
		.icmp_checksum = 0xbeef,
		.flow_label = 1,
		.vary_label = family == 6,
		.tcp_flags = protocol == TR_PROTOCOL_TCP ? TR_TCP_SYN : 0,
		.size = tr_probe_size_default(family),
	};
	if (tr_topology_resolve(asked->topology, "target", family,
	    &asked->flow.dst) != TR_OK) {
		fprintf(stderr, "paths: there is no host target\n");
		exit(2);
	}
	find_truth(asked, protocol);
}

static enum tr_protocol
protocol_named(const char *name)
{
	for (enum tr_protocol protocol = TR_PROTOCOL_UDP;
	    protocol <= TR_PROTOCOL_TCP; protocol++)
		if (strcmp(tr_protocol_name(protocol), name) == 0)
			return protocol;
	fprintf(stderr, "paths: -p UDP, ICMP or TCP, not %s\n", name);
	exit(2);
}

int
main(int argc, char *argv[])
{
	struct asked asked = {
		.paths = {
			.rules = { TR_PLAN_LITE, 0.05, 0, 0 },
			.first_ttl = 1,
			.max_ttl = 30,
			.probes_at_once = 128,
			.flows_max = TR_DISCOVERY_FLOWS_MAX,
			.probes_max = TR_IDENTIFIERS,
			.time_max = TR_TIME_NEVER,
			.wait_max = 5 * TR_SECOND,
			.wait_here = 3,
		},
	};
	enum tr_protocol protocol = TR_PROTOCOL_UDP;
	struct sums sums = { .runs = 0 };
	uint8_t family = 4;
	unsigned runs;
	int option;

	while ((option = getopt(argc, argv, "fa:b:p:6")) != -1)
		switch (option) {
		case 'f':
			asked.paths.rules.way = TR_PLAN_FULL;
			break;
		case 'a':
			asked.paths.rules.alpha = strtod(optarg, NULL);
			break;
		case 'b':
			asked.paths.rules.balancers =
			    (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'p':
			protocol = protocol_named(optarg);
			break;
		case '6':
			family = 6;
			break;
		default:
			return 2;
		}
	if (argc - optind != 2 || asked.paths.rules.alpha <= 0 ||
	    asked.paths.rules.alpha >= 1 ||
	    (runs = (unsigned)strtoul(argv[optind + 1], NULL, 10)) == 0) {
		fprintf(stderr, "usage: paths [-6f] [-a ALPHA] "
		    "[-b BALANCERS] [-p PROTOCOL] TOPOLOGY RUNS\n");
		return 2;
	}
	prepare(&asked, argv[optind], protocol, family);
	while (sums.runs < runs)
		discover(&asked, &sums);
	printf("runs %u failures %u vertices %u links %u false %u "
	    "rate %.5f rule %.5f predicted %.5f probes %.1f seconds %.3f\n",
	    sums.runs,
	    sums.failures, sums.vertices_missed, sums.links_missed,
	    sums.untrue, (double)sums.failures / sums.runs,
	    (double)sums.stopped_early / sums.runs, predicted(&asked),
	    (double)sums.probes / sums.runs,
	    sums.time / sums.runs);
	tr_truth_free(asked.truth);
	tr_network_free(asked.network);
	tr_topology_free(asked.topology);
	return sums.untrue > 0;
}
