/*
 * The truth of topologies, counted by hand; random topologies; and that what
 * the engine finds on them is what the truth says.
 */
/* For open_memstream(). */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/random.h"
#include "result/path.h"
#include "sim/generate.h"
#include "sim/simulation.h"
#include "sim/truth.h"
#include "simulated.h"
#include "strategy/trace.h"

/* --- asking ------------------------------------------------------------- */

static struct tr_truth_question
question_of(const struct tr_topology *topology, bool all_flows,
    enum tr_sim_protocol protocol, uint8_t family, uint16_t port)
{
	struct tr_truth_question question = {
		.prober = tr_topology_prober(topology, NULL),
		.probe = {
			.protocol = protocol,
			.source_port = port,
			.destination_port = 33434,
		},
		.all_flows = all_flows,
		.max_ttl = 30,
		.seed = topology->seed,
		.paths_max = 100,
	};

	question.probe.src = tr_topology_address(topology, question.prober,
	    family);
	assert_int_equal(TR_OK, tr_topology_resolve(topology, "target",
	    family, &question.probe.dst));
	return question;
}

static struct tr_truth *
answer_to(const struct tr_topology *topology,
    const struct tr_truth_question *question)
{
	struct tr_error error;
	struct tr_truth *truth = tr_truth_find(topology, question, &error);

	if (truth == NULL)
		fail_msg("%s", error.text);
	return truth;
}

static struct tr_truth *
truth_of(const struct tr_topology *topology, bool all_flows,
    enum tr_sim_protocol protocol, uint8_t family, uint16_t port)
{
	const struct tr_truth_question question = question_of(topology,
	    all_flows, protocol, family, port);

	return answer_to(topology, &question);
}

/* The vertex where this address answers probes with this TTL, or NULL. */
static const struct tr_truth_vertex *
vertex_of(const struct tr_truth *truth, uint8_t ttl, const char *address)
{
	const struct tr_truth_vertex *vertices = truth->vertices.items;
	struct tr_address wanted = { .family = 0 };

	assert_int_equal(TR_OK, tr_address_parse(address, &wanted));
	for (uint32_t i = 0; i < truth->vertices.count; i++)
		if (vertices[i].ttl == ttl &&
		    tr_address_equal(&vertices[i].address, &wanted))
			return &vertices[i];
	return NULL;
}

static char *
generated(const char *shape, uint64_t seed)
{
	struct tr_error error;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	if (tr_generate(stream, shape, seed, &error) != TR_OK)
		fail_msg("%s", error.text);
	fclose(stream);
	return text;
}

static struct tr_topology *
topology_of(const char *text)
{
	struct tr_error error;
	struct tr_topology *topology = tr_topology_parse(text, strlen(text),
	    "test", &error);

	if (topology == NULL)
		fail_msg("%s\n%s", error.text, text);
	return topology;
}

/* --- counted by hand ---------------------------------------------------- */

struct shape {
	const char *name;
	uint32_t vertices;
	uint32_t links;
	uint32_t paths;
};

/* The routers, the host, and what joins them. */
static const struct shape shapes[] = {
	{ "chain:1", 2, 1, 1 },
	{ "chain:5", 6, 5, 1 },
	{ "diamond:2", 2 + 2 + 1 + 1, 1 + 2 + 2 + 1, 2 },
	{ "diamond:16x2", 2 + 32 + 1 + 1, 1 + 16 * 3 + 1, 16 },
	{ "diamond:100", 2 + 100 + 1 + 1, 1 + 200 + 1, 100 },
	{ "layers:2-4-2", 1 + 2 + 4 + 2 + 1 + 1, 2 + 4 + 4 + 2 + 1, 4 },
	{ "layers:1-2-6-3-1", 1 + 13 + 1, 1 + 2 + 6 + 6 + 3 + 1, 6 },
	{ "meshed:4-2", 1 + 4 + 2 + 1 + 1, 4 + 8 + 2 + 1, 8 },
	{ "meshed:3-3-3", 1 + 9 + 1 + 1, 3 + 9 + 9 + 3 + 1, 27 },
	/* Three branches, the first of which leads to two. */
	{ "asymmetric:3", 2 + 3 + 4 + 1 + 1, 1 + 3 + 4 + 4 + 1, 4 },
	/* Branches of 1, 2 and 3 routers; what is behind is seen thrice. */
	{ "uneven:3", 2 + 6 + 3 * 2, 1 + 3 + 3 + 3 + 3, 3 },
	{ "nested:1", 2 + 2 + 2 + 2 + 1 + 1, 1 + 2 + 2 + 2 + 2 + 1, 2 },
};

static void
counts_what_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			char *text = generated(shapes[i].name, i + 1);
			struct tr_topology *topology = topology_of(text);
			struct tr_truth *truth = truth_of(topology, true,
			    TR_SIM_UDP, family, 40000);

			if (truth->vertices.count != shapes[i].vertices ||
			    truth->links.count != shapes[i].links ||
			    truth->paths.count != shapes[i].paths)
				fail_msg("%s: %u vertices, %u links, %u "
				    "paths", shapes[i].name,
				    truth->vertices.count, truth->links.count,
				    truth->paths.count);
			assert_true(truth->all_paths);
			tr_truth_free(truth);
			tr_topology_free(topology);
			free(text);
		}
}

static void
adds_shares_up(void **state)
{
	static const char *const names[] = {
		"diamond:7x3", "meshed:5-3-4", "asymmetric:5", "uneven:6",
		"nested:3", "wild",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text = generated(names[i], 7);
		struct tr_topology *topology = topology_of(text);
		struct tr_truth *truth = truth_of(topology, true, TR_SIM_UDP,
		    4, 40000);
		const struct tr_truth_vertex *vertices =
		    truth->vertices.items;
		const struct tr_truth_path *paths = truth->paths.items;
		double ends = 0, first = 0, listed = 0;

		for (uint32_t j = 0; j < truth->vertices.count; j++) {
			if (vertices[j].end != TR_TRUTH_GOES_ON)
				ends += vertices[j].reach;
			if (vertices[j].ttl == 1)
				first += vertices[j].reach;
		}
		for (uint32_t j = 0; j < truth->paths.count; j++)
			listed += paths[j].share;
		assert_true(fabs(ends - 1) < 1e-9);
		assert_true(fabs(first - 1) < 1e-9);
		if (truth->all_paths)
			assert_true(fabs(listed - 1) < 1e-9);
		tr_truth_free(truth);
		tr_topology_free(topology);
		free(text);
	}
}

static const char split[] =
    "prober me 10.0.0.1 fd00::1\n"
    "router s 10.0.1.1 fd00:1::1\n  %s\n"
    "router w[1-4] 10.0.2.[1-4] fd00:2::[1-4]\n"
    "host target 10.99.0.1 fd00:99::1\n"
    "link me s\nmesh s w[1-4]\nmesh w[1-4] target\n";

/* What a balancer hashes decides which flows it tells apart. */
static void
knows_which_flows_are_told_apart(void **state)
{
	static const struct {
		const char *balance;
		enum tr_sim_protocol protocol;
		uint8_t	 family;
		uint32_t ways;
	} cases[] = {
		{ "balance flow", TR_SIM_UDP, 4, 4 },
		{ "balance flow", TR_SIM_TCP, 6, 4 },
		{ "balance flow", TR_SIM_ICMP, 4, 1 },
		{ "balance destination", TR_SIM_UDP, 4, 1 },
		{ "balance flow by src dst word", TR_SIM_ICMP, 4, 4 },
		{ "balance flow by src dst label", TR_SIM_UDP, 6, 4 },
		{ "balance flow by src dst label", TR_SIM_UDP, 4, 1 },
		{ "balance flow by tos", TR_SIM_UDP, 4, 1 },
		{ "balance flow by icmp-id", TR_SIM_ICMP, 4, 4 },
		{ "balance packet", TR_SIM_ICMP, 4, 4 },
		{ "route target via w1*5 w2*1", TR_SIM_UDP, 4, 2 },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_topology *topology;
		struct tr_truth *truth;
		const struct tr_truth_vertex *vertices;

		snprintf(text, sizeof(text), split, cases[i].balance);
		topology = topology_of(text);
		truth = truth_of(topology, true, cases[i].protocol,
		    cases[i].family, 40000);
		vertices = truth->vertices.items;
		if (vertices[0].branching != cases[i].ways)
			fail_msg("%s, %d: %u ways", cases[i].balance,
			    cases[i].protocol, vertices[0].branching);
		assert_int_equal(cases[i].ways > 1, vertices[0].balances);
		tr_truth_free(truth);
		tr_topology_free(topology);
	}
	/* One flow takes one way; but a balancer of packets takes all. */
	snprintf(text, sizeof(text), split, "balance packet");
	for (int by_packet = 0; by_packet < 2; by_packet++) {
		struct tr_topology *topology;
		struct tr_truth *truth;

		if (!by_packet)
			snprintf(text, sizeof(text), split, "");
		else
			snprintf(text, sizeof(text), split,
			    "balance packet");
		topology = topology_of(text);
		truth = truth_of(topology, false, TR_SIM_UDP, 4, 40000);
		assert_int_equal(by_packet ? 4 : 1, truth->paths.count);
		tr_truth_free(truth);
		tr_topology_free(topology);
	}
}

static void
keeps_silent_routers_apart(void **state)
{
	struct tr_topology *topology = topology_of(
	    "prober me 10.0.0.1\nrouter s 10.0.1.1\n"
	    "router w[1-2] 10.0.2.[1-2]\n  silent\n"
	    "host target 10.99.0.1\n"
	    "link me s\nmesh s w[1-2]\nmesh w[1-2] target\n");
	struct tr_truth *truth = truth_of(topology, true, TR_SIM_UDP, 4,
	    40000);
	const struct tr_truth_vertex *vertices = truth->vertices.items;

	(void)state;
	assert_int_equal(4, truth->vertices.count);
	assert_int_equal(0, vertices[1].address.family);
	assert_int_equal(0, vertices[2].address.family);
	assert_int_not_equal(vertices[1].node, vertices[2].node);
	tr_truth_free(truth);
	tr_topology_free(topology);
}

static void
tells_how_routes_end(void **state)
{
	static const struct {
		const char *text;
		enum tr_truth_end end;
		uint8_t	 ttl;
	} cases[] = {
		{ "router r 10.0.1.1\nhost target 10.99.0.1\n"
		    "link me r\nlink r target\n", TR_TRUTH_ARRIVED, 2 },
		{ "router r 10.0.1.1\n  filter drop any\n"
		    "host target 10.99.0.1\nlink me r\nlink r target\n",
		    TR_TRUTH_DROPPED, 2 },
		{ "router r 10.0.1.1\n  filter prohibit any\n"
		    "host target 10.99.0.1\nlink me r\nlink r target\n",
		    TR_TRUTH_REFUSED, 2 },
		{ "router r 10.0.1.1\n  route target via q\n"
		    "router q 10.0.2.1\n  route target via r\n"
		    "host target 10.99.0.1\nlink me r\nlink r q\n"
		    "link q target\n", TR_TRUTH_MAX_TTL, 30 },
		{ "router r 10.0.1.1\n  route target via x\n"
		    "router x 10.0.2.1\nhost target 10.99.0.1\n"
		    "link me r\nlink r x from 5s\nlink r target\n",
		    TR_TRUTH_DROPPED, 2 },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_topology *topology;
		struct tr_truth *truth;
		const struct tr_truth_vertex *last;

		snprintf(text, sizeof(text), "prober me 10.0.0.1\n%s",
		    cases[i].text);
		topology = topology_of(text);
		truth = truth_of(topology, true, TR_SIM_UDP, 4, 40000);
		last = (const struct tr_truth_vertex *)truth->vertices.items +
		    truth->vertices.count - 1;
		if (last->end != cases[i].end || last->ttl != cases[i].ttl)
			fail_msg("case %zu: end %d at %d", i, last->end,
			    last->ttl);
		tr_truth_free(truth);
		tr_topology_free(topology);
	}
}

/* --- ways that are no ways ---------------------------------------------- */

/* Probes of all flows, or of one by its source port, at a time. */
static struct tr_truth *
truth_at(const struct tr_topology *topology, int64_t at, uint16_t port)
{
	struct tr_truth_question question = question_of(topology, port == 0,
	    TR_SIM_UDP, 4, port);

	question.at = at;
	return answer_to(topology, &question);
}

static bool
goes_by(const struct tr_topology *topology, int64_t at, uint16_t port,
    const char *address)
{
	struct tr_truth *truth = truth_at(topology, at, port);
	const struct tr_truth_vertex *vertex = vertex_of(truth, 2, address);
	const bool goes = vertex != NULL && truth->paths.count == 1 &&
	    vertex->reach > 1 - 1e-9;

	tr_truth_free(truth);
	return goes;
}

/* While a link is down, what would have gone by it goes by the other. */
static void
takes_the_way_that_is_left(void **state)
{
	struct tr_topology *topology = topology_of("prober me 10.0.0.1\n"
	    "router s 10.0.1.1\nrouter w[1-2] 10.0.2.[1-2]\n"
	    "host target 10.99.0.1\nlink me s\n"
	    "link s w1 until 5s\nlink s w2\nlink w[1-2] target\n");
	uint16_t by_first = 0;

	(void)state;
	for (uint16_t port = 40000; port < 40020; port++) {
		by_first += goes_by(topology, 0, port, "10.0.2.1");
		assert_true(goes_by(topology, 5 * TR_SECOND, port,
		    "10.0.2.2"));
	}
	assert_in_range(by_first, 1, 19);
	assert_false(goes_by(topology, 0, 0, "10.0.2.2"));
	assert_true(goes_by(topology, 5 * TR_SECOND, 0, "10.0.2.2"));
	tr_topology_free(topology);
}

/* The file's routes do not ask whether the link is there. */
static void
loses_flows_on_a_link_that_is_down(void **state)
{
	static const char text[] = "prober me 10.0.0.1\n"
	    "router s 10.0.1.1\n  route target via w1 w2\n"
	    "router w[1-2] 10.0.2.[1-2]\nhost target 10.99.0.1\n"
	    "link me s\nlink s w1 from 5s\nlink s w2\n"
	    "link w[1-2] target\n";
	struct tr_topology *topology = topology_of(text);
	struct tr_truth *truth = truth_at(topology, 0, 0);
	const struct tr_truth_vertex *vertices = truth->vertices.items;
	uint32_t dropped = 0;

	(void)state;
	for (uint32_t i = 0; i < truth->vertices.count; i++)
		dropped += vertices[i].end == TR_TRUTH_DROPPED &&
		    vertices[i].ttl == 2 && vertices[i].reach == 0.5;
	assert_int_equal(1, dropped);
	assert_int_equal(2, truth->paths.count);
	assert_null(vertex_of(truth, 2, "10.0.2.1"));
	assert_true(vertex_of(truth, 3, "10.99.0.1")->reach == 0.5);
	tr_truth_free(truth);
	tr_topology_free(topology);
}

/* Of flows over two links, those over the narrow one end before it. */
static void
knows_the_branch_that_is_too_narrow(void **state)
{
	struct tr_topology *topology = topology_of("prober me fd00::1\n"
	    "router s fd00:1::1\nrouter w[1-2] fd00:2::[1-2]\n"
	    "host target fd00:99::1\nlink me s\nlink s w1 mtu 1300\n"
	    "link s w2\nlink w[1-2] target\n");
	struct tr_truth_question question = question_of(topology, true,
	    TR_SIM_UDP, 6, 40000);
	struct tr_truth *truth;
	const struct tr_truth_vertex *narrow;

	(void)state;
	question.probe.size = 1400;
	truth = answer_to(topology, &question);
	narrow = vertex_of(truth, 2, "fd00:1::1");
	assert_non_null(narrow);
	assert_int_equal(TR_TRUTH_REFUSED, narrow->end);
	assert_true(narrow->reach == 0.5);
	assert_null(vertex_of(truth, 2, "fd00:2::1"));
	assert_true(vertex_of(truth, 3, "fd00:99::1")->reach == 0.5);
	assert_true(tr_truth_reaches(truth));
	assert_int_equal(2, truth->paths.count);
	tr_truth_free(truth);
	/* A packet that fits takes both. */
	question.probe.size = 1300;
	truth = answer_to(topology, &question);
	assert_null(vertex_of(truth, 2, "fd00:1::1"));
	assert_non_null(vertex_of(truth, 2, "fd00:2::1"));
	tr_truth_free(truth);
	tr_topology_free(topology);
}

/* --- judging ------------------------------------------------------------ */

static struct tr_truth_claim
claim(uint8_t ttl, const char *responder, const char *next)
{
	struct tr_truth_claim made = { .ttl = ttl };

	assert_int_equal(TR_OK, tr_address_parse(responder, &made.responder));
	if (next != NULL)
		assert_int_equal(TR_OK, tr_address_parse(next, &made.next));
	return made;
}

/*
 * A flow that meets a balancer again takes the same way again: half of all
 * flows go round until their TTL is used up, half never do.
 */
static void
keeps_flows_in_their_loops(void **state)
{
	struct tr_topology *topology = topology_of("prober me 10.0.0.1\n"
	    "router s 10.0.1.1\n  route target via a t\n"
	    "router a 10.0.2.1\n  route target via s\n"
	    "router t 10.0.3.1\nhost target 10.99.0.1\n"
	    "link me s\nlink s a\nlink s t\nlink t target\n");
	struct tr_truth *truth = truth_of(topology, true, TR_SIM_UDP, 4,
	    40000);
	const struct tr_truth_path *paths = truth->paths.items;

	(void)state;
	assert_int_equal(2, truth->paths.count);
	assert_true(truth->all_paths);
	for (int i = 0; i < 2; i++) {
		assert_true(paths[i].share == 0.5);
		assert_true(paths[i].vertices.count == 3 ||
		    paths[i].vertices.count == 30);
	}
	assert_int_not_equal(paths[0].vertices.count,
	    paths[1].vertices.count);
	tr_truth_free(truth);
	tr_topology_free(topology);
}

/* The ways are a million and more; the vertices are not. */
static void
copes_with_many_ways(void **state)
{
	struct tr_topology *topology = topology_of("prober me 10.0.0.1\n"
	    "router r[1-22] 10.0.[1-22].1\nhost target 10.99.0.1\n"
	    "link me r1\nlink r[1-21]=10.1.[1-21].1 r[2-22]=10.1.[1-21].2\n"
	    "link r[1-21]=10.2.[1-21].1 r[2-22]=10.2.[1-21].2\n"
	    "link r22 target\n");
	struct tr_truth *truth = truth_of(topology, true, TR_SIM_UDP, 4,
	    40000);

	(void)state;
	assert_int_equal(1 + 21 * 2 + 1, truth->vertices.count);
	assert_false(truth->all_paths);
	assert_int_equal(100, truth->paths.count);
	tr_truth_free(truth);
	tr_topology_free(topology);
}

/* Behind a NAT with one port, all flows look alike to who asks for it. */
static void
sees_flows_as_a_nat_makes_them(void **state)
{
	struct tr_topology *topology = topology_of("prober me 10.0.0.1\n"
	    "router n 10.0.1.1\n"
	    "  nat source any to 192.0.2.1 ports 5000-5000\n"
	    "router s 10.0.2.1\n  balance flow by source-port\n"
	    "router w[1-4] 10.0.3.[1-4]\nhost target 10.99.0.1\n"
	    "link me n\nlink n s\nlink s w[1-4]\nlink w[1-4] target\n");
	struct tr_truth *truth = truth_of(topology, true, TR_SIM_UDP, 4,
	    40000);

	(void)state;
	assert_int_equal(4, truth->vertices.count);
	tr_truth_free(truth);
	tr_topology_free(topology);
}

static void
judges_claims(void **state)
{
	char text[512];
	struct tr_topology *topology;
	struct tr_truth *truth;
	struct tr_truth_score vertices, links;
	struct tr_truth_claim claims[] = {
		claim(1, "10.0.1.1", NULL),
		claim(2, "10.0.2.1", NULL),
		claim(2, "10.0.2.1", NULL),	/* twice */
		claim(2, "10.0.2.9", NULL),	/* there is none */
		claim(3, "10.0.2.2", NULL),	/* not there */
		claim(1, "10.0.1.1", "10.0.2.1"),
		claim(1, "10.0.1.1", "10.0.2.9"),
	};

	(void)state;
	snprintf(text, sizeof(text), split, "");
	topology = topology_of(text);
	truth = truth_of(topology, true, TR_SIM_UDP, 4, 40000);
	assert_int_equal(TR_OK, tr_truth_judge(truth, claims,
	    sizeof(claims) / sizeof(claims[0]), &vertices, &links));
	assert_int_equal(2, vertices.found);
	assert_int_equal(1 + 4 + 1 - 2, vertices.missed);
	assert_int_equal(2, vertices.untrue);
	assert_int_equal(1, links.found);
	assert_int_equal(8 - 1, links.missed);
	assert_int_equal(1, links.untrue);
	tr_truth_free(truth);
	tr_topology_free(topology);
}

/* --- the engine on random networks -------------------------------------- */

static void
on_record(void *context, const struct tr_record *record)
{
	assert_int_equal(TR_OK, tr_path_apply(context, record));
}

static void
fill_run(struct tr_run *run, const struct tr_topology *topology,
    enum tr_protocol protocol, uint8_t family, uint16_t port)
{
	*run = (struct tr_run){
		.known = true,
		.one_flow = true,
		.flow = {
			.protocol = protocol,
			.src = tr_topology_address(topology,
			    tr_topology_prober(topology, NULL), family),
			.source_port = port,
			.destination_port = 33434,
			.icmp_id = 77,
			.icmp_checksum = 0xbeef,
			.tcp_flags = 2,
			.size = tr_probe_size_default(family),
		},
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
	assert_int_equal(TR_OK, tr_topology_resolve(topology, "target",
	    family, &run->flow.dst));
}

static struct tr_path *
trace(struct simulated *net, const struct tr_run *run)
{
	struct tr_path *path = tr_path_new(run);
	struct tr_trace *strategy = tr_trace_new(&run->trace);
	const struct tr_engine_config config = {
		.flow = run->flow,
		.seed = 3,
		.probes_max = tr_trace_probes_max(&run->trace),
		.strategy = &tr_trace_strategy,
		.strategy_state = strategy,
	};
	struct tr_simulation simulation = {
		.engine = tr_engine_new(&config),
		.network = net->network,
		.prober = net->prober,
		.sink = { NULL, on_record, path },
	};
	struct tr_error error;

	assert_non_null(simulation.engine);
	assert_int_equal(TR_OK, tr_simulation_run(&simulation, &error));
	tr_path_conclude(path);
	tr_engine_free(simulation.engine);
	tr_trace_free(strategy);
	return path;
}

/* The first answer of a hop, or NULL. */
static const struct tr_path_reply *
answer_at(const struct tr_path *path, uint8_t ttl)
{
	const struct tr_path_reply *reply = NULL;

	for (uint32_t i = path->first_of_ttl[ttl];
	    i != TR_PATH_NONE && reply == NULL; i = path->probes[i].next)
		reply = tr_path_answer(path, &path->probes[i]);
	return reply;
}

/* What a one-flow trace claims. */
static size_t
claims_of(const struct tr_path *path, struct tr_truth_claim *claims)
{
	struct tr_address before = { .family = 0 };
	size_t count = 0;

	for (uint8_t ttl = 1; ttl <= path->conclusion.last_ttl; ttl++) {
		const struct tr_path_reply *reply = answer_at(path, ttl);

		if (reply == NULL) {
			before.family = 0;
			continue;
		}
		claims[count++] = (struct tr_truth_claim){
			.ttl = ttl,
			.responder = reply->responder,
		};
		if (before.family != 0)
			claims[count++] = (struct tr_truth_claim){
				.ttl = (uint8_t)(ttl - 1),
				.responder = before,
				.next = reply->responder,
			};
		before = reply->responder;
	}
	return count;
}

static void
trace_and_judge(const char *text, enum tr_protocol protocol, uint8_t family,
    uint16_t port, bool complete)
{
	static const enum tr_sim_protocol protocols[] = {
		[TR_PROTOCOL_UDP] = TR_SIM_UDP,
		[TR_PROTOCOL_ICMP] = TR_SIM_ICMP,
		[TR_PROTOCOL_TCP] = TR_SIM_TCP,
	};
	struct tr_truth_claim claims[64];
	struct tr_truth_score vertices, links;
	struct simulated net;
	struct tr_truth *truth;
	struct tr_path *path;
	struct tr_run run;

	simulated_open(&net, text);
	fill_run(&run, net.topology, protocol, family, port);
	path = trace(&net, &run);
	truth = truth_of(net.topology, false, protocols[protocol], family,
	    protocol == TR_PROTOCOL_ICMP ? 77 : port);
	assert_int_equal(TR_OK, tr_truth_judge(truth, claims,
	    claims_of(path, claims), &vertices, &links));
	if (vertices.untrue + links.untrue > 0 ||
	    (complete && vertices.missed + links.missed > 0))
		fail_msg("vertices: %u missed, %u false; links: %u, %u:\n%s",
		    vertices.missed, vertices.untrue, links.missed,
		    links.untrue, text);
	tr_path_free(path);
	tr_truth_free(truth);
	simulated_close(&net);
}

/* Every flow finds exactly the way that the truth says it takes. */
static void
is_what_the_engine_finds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 120; seed++) {
		char *text = generated("wild", seed);

		for (enum tr_protocol protocol = 0; protocol < 3; protocol++)
			trace_and_judge(text, protocol,
			    seed % 2 == 0 ? 4 : 6, (uint16_t)(40000 + seed),
			    true);
		free(text);
	}
}

/* Among oddities it may miss something, but claims nothing false. */
static void
is_never_contradicted_by_the_engine(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		char *text = generated("odd", seed);

		/* Links through a balancer of packets are not claimed. */
		if (strstr(text, "balance packet") == NULL)
			for (enum tr_protocol protocol = 0; protocol < 3;
			    protocol++)
				trace_and_judge(text, protocol,
				    seed % 2 == 0 ? 4 : 6,
				    (uint16_t)(40000 + seed), false);
		free(text);
	}
}

/*
 * The last router of an invisible tunnel passes a TTL of 1 on as it is: behind
 * three, one router answers at four TTLs.
 */
static void
sees_through_a_chain_of_tunnels(void **state)
{
	static const char text[] = "prober me 10.0.0.1\n"
	    "router r[0-9] 10.0.1.[10-19]\nrouter z 10.0.2.1\n"
	    "host target 10.99.0.1\nlink me r0\nlink r[0-8] r[1-9]\n"
	    "link r9 z\nlink z target\n"
	    "tunnel invisible r0 r1 r2 r3 uhp\n"
	    "tunnel invisible r3 r4 r5 r6 uhp\n"
	    "tunnel invisible r6 r7 r8 r9 uhp\n";
	struct tr_topology *topology = topology_of(text);
	struct tr_truth *truth = truth_of(topology, true, TR_SIM_UDP, 4,
	    40000);

	(void)state;
	assert_int_equal(6, truth->vertices.count);
	assert_non_null(vertex_of(truth, 1, "10.0.1.10"));
	for (uint8_t ttl = 2; ttl <= 5; ttl++)
		assert_int_equal(TR_TRUTH_GOES_ON,
		    vertex_of(truth, ttl, "10.0.2.1")->end);
	assert_int_equal(TR_TRUTH_ARRIVED,
	    vertex_of(truth, 6, "10.99.0.1")->end);
	tr_truth_free(truth);
	tr_topology_free(topology);
	trace_and_judge(text, TR_PROTOCOL_UDP, 4, 40000, true);
}

/* --- generating --------------------------------------------------------- */

#define GENERATED UINT64_C(0xb7785100d9e663e0)

static void
makes_the_same_again(void **state)
{
	static const char *const names[] = {
		"chain", "diamond", "layers:3-2", "meshed:2-2", "asymmetric",
		"uneven", "nested", "wild", "odd",
	};

	uint64_t hash = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *first = generated(names[i], 5);
		char *again = generated(names[i], 5);
		char *other = generated(names[i], 6);

		assert_string_equal(first, again);
		assert_string_not_equal(first, other);
		for (const char *c = first; *c != '\0'; c++)
			hash = tr_random_mix(hash, (uint8_t)*c);
		free(first);
		free(again);
		free(other);
	}
	/* Whoever compiled it: a seed that is told names a network. */
	assert_int_equal(GENERATED, hash);
}

/* The widths of a great many: mostly small, up to a hundred. */
static void
makes_wild_ones_of_many_widths(void **state)
{
	uint32_t small = 0, widest = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++) {
		char *text = generated("wild", seed);
		struct tr_topology *topology = topology_of(text);
		uint32_t hops[256] = { 0 }, width = 0;

		for (uint32_t i = 0; i < topology->nodes.count; i++) {
			const struct tr_sim_prefix *own =
			    tr_topology_node(topology, i)->own.items;
			const uint8_t hop = own->address.bytes[2];

			if (own->address.bytes[1] == 0 && ++hops[hop] > width)
				width = hops[hop];
		}
		assert_true(width >= 2);
		assert_true(width <= 101);
		small += width <= 4;
		if (width > widest)
			widest = width;
		tr_topology_free(topology);
		free(text);
	}
	assert_true(widest > 48);
	assert_in_range(small, 100, 300);
}

static void
refuses_what_is_no_shape(void **state)
{
	static const char *const wrong[] = {
		"", "circle", "diamond:", "diamond:0", "diamond:251",
		"diamond:2x2x2", "diamond:a", "chain:201", "layers",
		"layers:2-", "wild:3", "nested:9", "diamond:2 ",
		"layers:1-1-99999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct tr_error error = { .code = TR_OK };

		assert_int_equal(TR_ERANGE, tr_generate(stdout, wrong[i], 1,
		    &error));
		assert_true(strlen(error.text) > 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_is_there),
		cmocka_unit_test(adds_shares_up),
		cmocka_unit_test(knows_which_flows_are_told_apart),
		cmocka_unit_test(keeps_silent_routers_apart),
		cmocka_unit_test(tells_how_routes_end),
		cmocka_unit_test(takes_the_way_that_is_left),
		cmocka_unit_test(loses_flows_on_a_link_that_is_down),
		cmocka_unit_test(knows_the_branch_that_is_too_narrow),
		cmocka_unit_test(keeps_flows_in_their_loops),
		cmocka_unit_test(copes_with_many_ways),
		cmocka_unit_test(sees_flows_as_a_nat_makes_them),
		cmocka_unit_test(judges_claims),
		cmocka_unit_test(is_what_the_engine_finds),
		cmocka_unit_test(is_never_contradicted_by_the_engine),
		cmocka_unit_test(sees_through_a_chain_of_tunnels),
		cmocka_unit_test(makes_the_same_again),
		cmocka_unit_test(makes_wild_ones_of_many_widths),
		cmocka_unit_test(refuses_what_is_no_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
