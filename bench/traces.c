/*
 * traces - how many whole traces the engine makes in virtual time
 *
 *	bench/traces TOPOLOGY SECONDS
 *
 * Traces from the prober to the host "target", again and again, each with
 * another seed and a new engine, on one core.  A line for each protocol and
 * family: queries for each hop, hops, traces for each second of processor
 * time, probes for each second.  bench/virtual runs it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "packet/wire.h"
#include "result/path.h"
#include "sim/simulation.h"
#include "sim/topology_file.h"
#include "strategy/trace.h"

struct count {
	unsigned traces;
	unsigned hops;			/* of the last */
	unsigned long probes;
};

static double
processor_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
on_record(void *context, const struct tr_record *record)
{
	if (tr_path_apply(context, record) != TR_OK)
		exit(1);
}

static void
fill_run(struct tr_run *run, const struct tr_topology *topology,
    uint32_t prober, enum tr_protocol protocol, uint8_t family,
    uint8_t queries)
{
	*run = (struct tr_run){
		.known = true,
		.one_flow = true,
		.flow = {
			.protocol = protocol,
			.src = tr_topology_address(topology, prober, family),
			.source_port = 40000,
			.destination_port = 443,
			.icmp_id = 1,
			.icmp_checksum = 0xbeef,
			.tcp_flags = protocol == TR_PROTOCOL_TCP ?
			    TR_TCP_SYN : 0,
			.size = tr_probe_size_default(family),
		},
		.trace = {
			.first_ttl = 1,
			.max_ttl = 30,
			.queries = queries,
			.probes_at_once = 16,
			.wait_max = 5 * TR_SECOND,
			.wait_here = 3,
			.wait_near = 10,
		},
	};
	if (tr_topology_resolve(topology, "target", family, &run->flow.dst) !=
	    TR_OK) {
		fprintf(stderr, "traces: there is no host target\n");
		exit(2);
	}
}

static void
trace(struct tr_network *network, uint32_t prober, const struct tr_run *run,
    struct count *count)
{
	struct tr_path *path = tr_path_new(run);
	struct tr_trace *strategy = tr_trace_new(&run->trace);
	const struct tr_engine_config config = {
		.flow = run->flow,
		.seed = count->traces,
		.probes_max = tr_trace_probes_max(&run->trace),
		.strategy = &tr_trace_strategy,
		.strategy_state = strategy,
	};
	struct tr_simulation simulation = {
		.network = network,
		.prober = prober,
		.sink = { NULL, on_record, path },
	};
	struct tr_error error;

	tr_network_reset(network, count->traces);
	simulation.engine = tr_engine_new(&config);
	if (path == NULL || strategy == NULL || simulation.engine == NULL ||
	    tr_simulation_run(&simulation, &error) != TR_OK)
		exit(1);
	tr_path_conclude(path);
	count->traces++;
	count->hops = path->conclusion.last_ttl;
	count->probes += path->probe_count;
	tr_engine_free(simulation.engine);
	tr_trace_free(strategy);
	tr_path_free(path);
}

int
main(int argc, char *argv[])
{
	static const uint8_t queries[] = { 3, 1 };
	struct tr_topology *topology;
	struct tr_network *network;
	struct tr_error error;
	uint32_t prober;
	double seconds;

	if (argc != 3 || (seconds = strtod(argv[2], NULL)) <= 0) {
		fprintf(stderr, "usage: traces TOPOLOGY SECONDS\n");
		return 2;
	}
	topology = tr_topology_read(argv[1], &error);
	if (topology == NULL) {
		fprintf(stderr, "traces: %s\n", error.text);
		return 2;
	}
	network = tr_network_new(topology, 1);
	if (network == NULL)
		return 1;
	prober = tr_topology_prober(topology, NULL);
	printf("%-5s %s %7s %4s %9s %9s\n", "", "IP", "queries", "hops",
	    "traces/s", "probes/s");
	for (size_t i = 0; i < 2; i++)
		for (enum tr_protocol protocol = 0; protocol < 3; protocol++)
			for (uint8_t family = 4; family <= 6; family += 2) {
				const double start = processor_time();
				struct count count = { 0, 0, 0 };
				struct tr_run run;
				double used;

				fill_run(&run, topology, prober, protocol,
				    family, queries[i]);
				do {
					trace(network, prober, &run, &count);
					used = processor_time() - start;
				} while (used < seconds);
				printf("%-5s %u  %7u %4u %9.0f %9.0f\n",
				    tr_protocol_name(protocol), family,
				    queries[i], count.hops,
				    count.traces / used,
				    (double)count.probes / used);
			}
	tr_network_free(network);
	tr_topology_free(topology);
	return 0;
}
