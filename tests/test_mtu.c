/*
 * The path MTU, in virtual time across simulated networks: what is found, how
 * it is known, and how many probes and seconds it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "result/mtu.h"
#include "sim/simulation.h"
#include "simulated.h"
#include "strategy/mtu.h"

/* A run: what is asked for, and what came of it. */
struct search {
	enum tr_protocol protocol;
	uint8_t	 family;	/* 0: 4 */
	uint8_t	 queries;	/* 0: 3 */
	uint16_t size;		/* the largest; 0: the first link's */
	uint16_t port;		/* 0: 33434 */
	uint32_t seed;
	const char *destination;	/* NULL: the target's address */
	unsigned stop_at;	/* so many records; 0: not at all */
	volatile sig_atomic_t stopped;
	unsigned records;
	struct tr_path *path;
	struct tr_path_mtu mtu;
	int64_t	 took;
	unsigned sized;		/* probes that were sent for their size */
};

static const enum tr_protocol protocols[] = {
	TR_PROTOCOL_UDP, TR_PROTOCOL_ICMP, TR_PROTOCOL_TCP,
};

static void
take_record(void *context, const struct tr_record *record)
{
	struct search *search = context;

	search->stopped = ++search->records == search->stop_at;
	assert_int_equal(TR_OK, tr_path_apply(search->path, record));
}

static void
fill_run(const struct search *search, const struct simulated *net,
    struct tr_run *run)
{
	const uint8_t family = search->family == 6 ? 6 : 4;
	const uint32_t target = tr_topology_find(net->topology, "target");

	*run = (struct tr_run){
		.known = true,
		.one_flow = true,
		.walk_size = tr_probe_size_default(family),
		.mtu = tr_topology_first_mtu(net->topology, net->prober,
		    family),
		.trace = {
			.first_ttl = 1, .max_ttl = 30,
			.queries = search->queries != 0 ? search->queries : 3,
			.probes_at_once = 16, .wait_max = 5 * TR_SECOND,
			.wait_here = 3, .wait_near = 10,
		},
		.flow = {
			.protocol = search->protocol,
			.src = tr_topology_address(net->topology, net->prober,
			    family),
			.dst = tr_topology_address(net->topology, target,
			    family),
			.source_port = 40000,
			.destination_port = search->port != 0 ?
			    search->port : 33434,
			.icmp_id = 77, .icmp_checksum = 0x1234,
			.tcp_flags = search->protocol == TR_PROTOCOL_TCP ?
			    2 : 0,
			.dont_fragment = true,
		},
	};
	if (search->destination != NULL)
		assert_int_equal(TR_OK, tr_address_parse(search->destination,
		    &run->flow.dst));
	run->flow.size = search->size != 0 ? search->size :
	    (uint16_t)run->mtu;
}

static void
note_cost(struct search *search)
{
	const struct tr_path *path = search->path;

	search->took = 0;
	search->sized = 0;
	for (uint32_t i = 0; i < path->probe_count; i++) {
		const struct tr_path_probe *probe = &path->probes[i];

		if (tr_path_is_sized(path, probe))
			search->sized++;
		if (probe->captured)
			search->took = tr_time_later(search->took,
			    probe->sent - TR_SIMULATION_EPOCH);
	}
}

/* Sets path, mtu and the rest; drop() it then. */
static void
find(struct search *search, const char *topology)
{
	struct simulated net;
	struct tr_error error;
	struct tr_run run;

	simulated_open(&net, topology);
	tr_network_reset(net.network, search->seed + 1);
	fill_run(search, &net, &run);
	const struct tr_mtu_config config = {
		.walk = run.trace, .target = run.flow.dst,
		.walk_size = run.walk_size, .size_max = run.flow.size,
		.interface_mtu = run.mtu,
	};
	struct tr_mtu *mtu = tr_mtu_new(&config);
	const struct tr_engine_config engine = {
		.flow = run.flow, .seed = search->seed + 1,
		.probes_max = tr_mtu_probes_max(&config),
		.strategy = &tr_mtu_strategy, .strategy_state = mtu,
	};
	const struct tr_simulation simulation = {
		.engine = tr_engine_new(&engine), .network = net.network,
		.prober = net.prober, .sink = { NULL, take_record, search },
		.interrupted = &search->stopped,
	};

	search->path = tr_path_new(&run);
	assert_non_null(search->path);
	assert_non_null(simulation.engine);
	assert_int_equal(TR_OK, tr_simulation_run(&simulation, &error));
	tr_path_conclude(search->path);
	memset(&search->mtu, 0, sizeof(search->mtu));
	(void)tr_path_mtu(search->path, &search->mtu);
	note_cost(search);
	tr_engine_free(simulation.engine);
	tr_mtu_free(mtu);
	simulated_close(&net);
}

static void
drop(struct search *search)
{
	tr_path_free(search->path);
	search->path = NULL;
}

/* exact MTU, its source, and the hops of the limit. */
static void
assert_limit(const struct search *search, unsigned mtu,
    enum tr_size_source source, unsigned after, unsigned before)
{
	const struct tr_size_limit *limit = &search->mtu.limit;

	if (limit->mtu != mtu || limit->source != source ||
	    limit->after != after || limit->before != before ||
	    !tr_path_mtu_is_exact(&search->mtu, search->mtu.ttl, limit))
		fail_msg("protocol %d, IPv%u: %u (refused %u), source %d, "
		    "between %u and %u; not %u, %d, %u, %u",
		    search->protocol, search->family, limit->mtu,
		    limit->refused, (int)limit->source, limit->after,
		    limit->before, mtu, (int)source, after, before);
}

/* From silence that may have another reason. */
static void
assert_unsure(const struct search *search, unsigned mtu, unsigned after,
    unsigned before)
{
	const struct tr_size_limit *limit = &search->mtu.limit;

	assert_true(tr_path_mtu_is_found(&search->mtu, limit));
	assert_false(tr_path_mtu_is_exact(&search->mtu, search->mtu.ttl,
	    limit));
	assert_int_equal(mtu, limit->mtu);
	assert_int_equal(TR_SIZE_SOURCE_SILENCE, limit->source);
	assert_int_equal(after, limit->after);
	assert_int_equal(before, limit->before);
}

static void
assert_told(const struct search *search, const char *teller, unsigned told)
{
	struct tr_address address = { .family = 0 };

	assert_int_equal(TR_OK, tr_address_parse(teller, &address));
	assert_true(tr_address_equal(&address, &search->mtu.limit.teller));
	assert_int_equal(told, search->mtu.limit.told);
}

static unsigned
size_at(const struct search *search, uint8_t ttl)
{
	return tr_sizes_reached(&search->mtu.sizes, ttl);
}

/* By each protocol and family: run the body with search set. */
#define FOR_EACH(search)						\
	for (int each = 0; each < 6; each++)				\
		for (struct search search = {				\
		    .protocol = protocols[each / 2],			\
		    .family = each % 2 == 0 ? 4 : 6 };			\
		    search.protocol != (enum tr_protocol)9;		\
		    search.protocol = (enum tr_protocol)9)

/* Eight hops; some lines about r1 to r7 and about the links behind them. */
#define NODE(n, properties)						\
	"router r" n " 10.0." n ".1 fd00:" n "::1\n" properties
#define NODES8(p1, p2, p3, p4, p5, p6, p7)				\
	"prober me 10.0.0.100 fd00::100\n"				\
	NODE("1", p1) NODE("2", p2) NODE("3", p3) NODE("4", p4)		\
	NODE("5", p5) NODE("6", p6) NODE("7", p7)			\
	"links delay 2ms\nlink me r1\n"
#define TARGET	"host target 10.99.0.1 fd00:99::1\n"
#define LINKS8(l1, l2, l3, l4, l5, l6, l7)				\
	"link r1 r2 " l1 "\nlink r2 r3 " l2 "\nlink r3 r4 " l3		\
	"\nlink r4 r5 " l4 "\nlink r5 r6 " l5 "\nlink r6 r7 " l6	\
	"\nlink r7 target " l7 "\n"
#define NO_ERRORS	"  filter drop errors\n"

/* --- told --------------------------------------------------------------- */

static void
finds_no_limit(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "", "", "", "", "", "")
		    LINKS8("", "", "", "", "", "", ""));
		assert_true(search.path->conclusion.reached);
		assert_int_equal(8, search.mtu.ttl);
		assert_limit(&search, 1500, TR_SIZE_SOURCE_INTERFACE, 0, 1);
		assert_int_equal(1500, size_at(&search, 1));
		assert_int_equal(1, search.sized);
		drop(&search);
	}
}

/* What was asked for fits; what more would is not known. */
static void
says_at_least_of_what_was_tried(void **state)
{
	struct search search = { .size = 1400 };

	(void)state;
	find(&search, TARGET NODES8("", "", "", "", "", "", "")
	    LINKS8("", "", "", "", "", "", ""));
	assert_int_equal(1400, search.mtu.limit.mtu);
	assert_int_equal(TR_SIZE_SOURCE_NONE, search.mtu.limit.source);
	assert_false(tr_path_mtu_is_exact(&search.mtu, search.mtu.ttl,
	    &search.mtu.limit));
	drop(&search);
}

static void
is_told(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "", "", "", "", "", "")
		    LINKS8("", "", "mtu 1333", "", "", "", ""));
		assert_limit(&search, 1333, TR_SIZE_SOURCE_TOLD, 3, 4);
		assert_told(&search, search.family == 4 ?
		    "10.0.3.1" : "fd00:3::1", 1333);
		assert_int_equal(1500, size_at(&search, 3));
		assert_int_equal(1333, size_at(&search, 4));
		/* The first, what was told, a byte more. */
		assert_int_equal(3, search.sized);
		assert_true(search.took < TR_SECOND / 2);
		drop(&search);
	}
}

static void
follows_steps_down(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "", "", "", "", "", "")
		    LINKS8("mtu 1480", "", "mtu 1400", "", "", "mtu 1300",
		    "mtu 1450"));
		assert_limit(&search, 1300, TR_SIZE_SOURCE_TOLD, 6, 7);
		assert_int_equal(1500, size_at(&search, 1));
		assert_int_equal(1480, size_at(&search, 2));
		assert_int_equal(1480, size_at(&search, 3));
		assert_int_equal(1400, size_at(&search, 4));
		assert_int_equal(1400, size_at(&search, 6));
		assert_int_equal(1300, size_at(&search, 7));
		drop(&search);
	}
}

/* RFC 792: the word is unused; so it was before RFC 1191. */
static void
searches_where_no_size_is_told(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "", "", "  reply mtu 0\n",
		    "", "", "") LINKS8("", "", "", "mtu 1391", "", "", ""));
		assert_limit(&search, 1391, TR_SIZE_SOURCE_TOLD, 4, 5);
		assert_told(&search, search.family == 4 ?
		    "10.0.4.1" : "fd00:4::1", 0);
		drop(&search);
	}
}

static void
sees_through_lies(void **state)
{
	/* Too small a size, too large ones, one below what a link has. */
	static const char *const lies[] = {
		"  reply mtu 1290\n", "  reply mtu 1480\n",
		"  reply mtu 1500\n", "  reply mtu 9000\n",
		"  reply mtu 20\n",
	};

	(void)state;
	FOR_EACH(search)
		for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
			char text[2048];

			snprintf(text, sizeof(text), TARGET NODES8("", "", "",
			    "%s", "", "", "") LINKS8("", "", "", "mtu 1391",
			    "", "", ""), lies[i]);
			find(&search, text);
			assert_limit(&search, 1391, TR_SIZE_SOURCE_TOLD, 4,
			    5);
			assert_true(search.took < 3 * TR_SECOND);
			drop(&search);
		}
}

/* The router tells by an address that another one has as well. */
static void
finds_the_hop_of_an_unknown_teller(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "",
		    "  reply from 10.7.7.7 fd00:77::7\n", "", "",
		    "  reply from 10.7.7.7 fd00:77::7\n", "") LINKS8("", "",
		    "", "", "", "mtu 1391", ""));
		assert_limit(&search, 1391, TR_SIZE_SOURCE_TOLD, 6, 7);
		assert_told(&search, search.family == 4 ?
		    "10.7.7.7" : "fd00:77::7", 1391);
		drop(&search);
	}
}

/* Larger than this host's interface: it says so itself. */
static void
starts_from_what_can_leave(void **state)
{
	struct search search = { .size = 9000 };

	(void)state;
	find(&search, TARGET NODES8("", "", "", "", "", "", "")
	    LINKS8("", "", "", "", "", "", ""));
	assert_limit(&search, 1500, TR_SIZE_SOURCE_INTERFACE, 0, 1);
	assert_int_equal(EMSGSIZE, search.path->probes[
	    search.path->probe_count - search.sized].error);
	drop(&search);
}

/* --- silence ------------------------------------------------------------ */

static void
finds_a_black_hole(void **state)
{
	static const char *const sizes[] = { "1280", "1300", "1413", "1499" };

	(void)state;
	FOR_EACH(search)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			char text[2048];

			snprintf(text, sizeof(text), TARGET NODES8("", "", "",
			    "  silent share 0%%\n", "", "", "")
			    "router hole 10.1.1.1 fd00:11::1\n  silent\n"
			    "link r4 hole\nlink hole r5 mtu %s\n"
			    "link r1 r2\nlink r2 r3\nlink r3 r4\n"
			    "link r5 r6\nlink r6 r7\nlink r7 target\n",
			    sizes[i]);
			find(&search, text);
			assert_limit(&search, (unsigned)atoi(sizes[i]),
			    TR_SIZE_SOURCE_SILENCE, 4, 6);
			assert_int_equal(1500, size_at(&search, 4));
			assert_true(search.took < 4 * TR_SECOND);
			assert_true(search.sized < 60);
			drop(&search);
		}
}

/* The router answers all else, but says nothing of what is too big. */
static void
finds_a_hole_between_answering_hops(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "", "  reply mtu none\n", "",
		    "", "", "") LINKS8("", "", "mtu 1391", "", "", "", ""));
		assert_limit(&search, 1391, TR_SIZE_SOURCE_SILENCE, 3, 4);
		assert_int_equal(1500, size_at(&search, 3));
		assert_int_equal(1391, size_at(&search, 4));
		drop(&search);
	}
}

/* A step that is told, and behind it one that is not. */
static void
finds_a_hole_behind_a_step(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "", "", "", "  silent\n", "",
		    "") LINKS8("", "mtu 1450", "", "", "mtu 1350", "", ""));
		assert_limit(&search, 1350, TR_SIZE_SOURCE_SILENCE, 4, 6);
		assert_int_equal(1500, size_at(&search, 2));
		assert_int_equal(1450, size_at(&search, 3));
		assert_int_equal(1450, size_at(&search, 4));
		assert_int_equal(1350, size_at(&search, 6));
		drop(&search);
	}
}

/* The nearer hole is the wider one: each hop has its own size. */
static void
finds_two_holes(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "  silent\n", "", "", "",
		    "  silent\n", "") LINKS8("", "mtu 1437", "", "", "",
		    "mtu 1361", ""));
		assert_limit(&search, 1361, TR_SIZE_SOURCE_SILENCE, 5, 7);
		assert_int_equal(1500, size_at(&search, 1));
		assert_int_equal(1437, size_at(&search, 3));
		assert_int_equal(1437, size_at(&search, 5));
		assert_int_equal(1361, size_at(&search, 7));
		drop(&search);
	}
}

/* All errors on the way back are dropped, but the target answers. */
static void
finds_it_with_the_target_alone(void **state)
{
	for (size_t i = 1; i < 3; i++) {
		struct search search = { .protocol = protocols[i] };

		(void)state;
		find(&search, TARGET NODES8(NO_ERRORS, "", "", "", "", "", "")
		    LINKS8("", "", "", "mtu 1391", "", "", ""));
		if (search.protocol == TR_PROTOCOL_ICMP)
			assert_unsure(&search, 1391, 1, 8);
		else
			assert_limit(&search, 1391, TR_SIZE_SOURCE_SILENCE, 1,
			    8);
		drop(&search);
	}
}

/* Echo replies are as large as the requests: a narrow way back drops them. */
static void
takes_no_way_back_for_a_black_hole(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "", "", "", "", "", "")
		    LINKS8("", "", "mtu 1500 back mtu 1300", "", "", "", ""));
		/* IPv4 hosts let their echo replies be fragmented. */
		if (search.protocol == TR_PROTOCOL_ICMP && search.family == 6)
			assert_unsure(&search, 1300, 7, 8);
		else
			assert_limit(&search, 1500, TR_SIZE_SOURCE_INTERFACE,
			    0, 1);
		drop(&search);
	}
}

static void
goes_as_far_as_hops_answer(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, "host target 10.99.0.1 fd00:99::1\n  silent\n"
		    "  tcp filtered\n"
		    NODES8("", "", "", "", "", "", "")
		    LINKS8("", "mtu 1391", "", "", "", "", ""));
		assert_false(search.path->conclusion.reached);
		assert_int_equal(7, search.mtu.ttl);
		assert_limit(&search, 1391, TR_SIZE_SOURCE_TOLD, 2, 3);
		drop(&search);
	}
}

/* --- what is not to be mistaken ----------------------------------------- */

/* Linux: six errors at once, then one a second; of what is too big as well. */
static void
outwaits_limits(void **state)
{
	struct search search = { .protocol = TR_PROTOCOL_UDP };

	(void)state;
	find(&search, "host target 10.99.0.1 fd00:99::1\n  limit 1/s burst 6 "
	    "per source\n"
	    NODES8("", "", "", "", "", "", "")
	    LINKS8("", "", "", "", "", "", ""));
	assert_limit(&search, 1500, TR_SIZE_SOURCE_INTERFACE, 0, 1);
	assert_true(search.took < 2 * TR_SECOND);
	drop(&search);
	find(&search, "host target 10.99.0.1 fd00:99::1\n  limit 1/s burst 6 "
	    "per source\n"
	    NODES8("", "", "", "  silent\n", "", "", "")
	    LINKS8("", "", "", "mtu 1391", "", "", ""));
	assert_limit(&search, 1391, TR_SIZE_SOURCE_SILENCE, 3, 5);
	assert_true(search.took < 30 * TR_SECOND);
	drop(&search);
}

static void
is_not_misled_by_loss(void **state)
{
	/* A tenth of what goes there and back. */
	static const char lossy[] = TARGET
	    NODES8("", "", "", "  silent\n", "", "", "")
	    LINKS8("", "", "loss 2.5%", "mtu 1391 loss 2.5%", "", "", "");
	unsigned wrong = 0;

	(void)state;
	for (uint32_t seed = 0; seed < 40; seed++) {
		struct search search = {
			.protocol = protocols[seed % 3], .seed = seed,
		};

		find(&search, lossy);
		if (search.mtu.limit.mtu != 1391 ||
		    search.mtu.limit.source != TR_SIZE_SOURCE_SILENCE)
			wrong++;
		drop(&search);
	}
	assert_int_equal(0, wrong);
}

/*
 * Half of what goes there and back: what is not true is not said to be sure,
 * and of what is true most still is.
 */
static void
is_not_sure_where_much_is_lost(void **state)
{
	static const char whole[] = TARGET
	    NODES8("", "", "", "", "", "", "")
	    LINKS8("", "", "loss 30%", "", "", "", "");
	static const char hole[] = TARGET
	    NODES8("", "", "", "  silent\n", "", "", "")
	    LINKS8("", "", "loss 30%", "mtu 1391", "", "", "");
	unsigned wrong = 0, sure = 0;

	(void)state;
	for (uint32_t seed = 0; seed < 120; seed++) {
		struct search search = {
			.protocol = seed % 2 == 0 ?
			    TR_PROTOCOL_UDP : TR_PROTOCOL_TCP,
			.queries = seed % 4 < 2 ? 1 : 3, .seed = seed,
		};
		const unsigned mtu = seed < 60 ? 1500 : 1391;
		const struct tr_size_limit *limit = &search.mtu.limit;

		find(&search, seed < 60 ? whole : hole);
		/* The walk may come no farther than the lossy link. */
		if (search.mtu.ttl > 4 && tr_path_mtu_is_exact(&search.mtu,
		    search.mtu.ttl, limit)) {
			wrong += limit->mtu != mtu;
			sure += limit->mtu == 1391;
		}
		drop(&search);
	}
	assert_int_equal(0, wrong);
	assert_true(sure > 30);
}

/* What stops packets of any size but the walk's is no link. */
static void
makes_no_mtu_of_what_is_none(void **state)
{
	struct search search = { .protocol = TR_PROTOCOL_UDP };

	(void)state;
	find(&search, TARGET NODES8("", "", "", "", "", "", "")
	    LINKS8("", "", "", "", "", "", "from 0s until 100ms")
	    "seed 3\n");
	assert_int_equal(0, search.mtu.limit.mtu);
	assert_false(tr_path_mtu_is_exact(&search.mtu, search.mtu.ttl,
	    &search.mtu.limit));
	assert_true(search.took < 10 * TR_SECOND);
	drop(&search);
}

/* A router that refuses in the target's place is not the target. */
static void
asks_a_router_where_it_refuses(void **state)
{
	struct search search = { .protocol = TR_PROTOCOL_UDP };

	(void)state;
	find(&search, TARGET NODES8("", "", "", "", "  filter reject udp\n",
	    "", "") LINKS8("", "mtu 1391", "", "", "", "", ""));
	assert_int_equal(5, search.mtu.ttl);
	assert_limit(&search, 1391, TR_SIZE_SOURCE_TOLD, 2, 3);
	drop(&search);
}

/* There, routers behind it have the target's address as well. */
static void
goes_to_the_target_behind_a_nat(void **state)
{
	for (size_t i = 0; i < 3; i++) {
		struct search search = {
			.protocol = protocols[i], .destination = "10.99.0.1",
		};

		(void)state;
		find(&search, "prober me 10.0.0.100\n"
		    "router r1 10.0.1.1\nrouter r2 10.0.2.1\n"
		    "  nat destination 10.99.0.1 to 10.98.0.1 mends all\n"
		    "router r3 10.0.3.1\nhost target 10.98.0.1\n"
		    "  tcp open 443\nlinks delay 1ms\nlink me r1\n"
		    "link r1 r2\nlink r2 r3 mtu 1400\n"
		    "link r3 target mtu 1300\n");
		assert_true(search.path->conclusion.reached);
		assert_int_equal(4, search.mtu.ttl);
		assert_limit(&search, 1300, TR_SIZE_SOURCE_TOLD, 3, 4);
		assert_int_equal(1400, size_at(&search, 3));
		drop(&search);
	}
}

/* Its answers are those of the hop before: what they prove is of that hop. */
static void
goes_no_farther_than_a_forger(void **state)
{
	struct search search = {
		.protocol = TR_PROTOCOL_TCP, .port = 443, .queries = 1,
	};

	(void)state;
	find(&search, "host target 10.99.0.1 fd00:99::1\n  tcp open 443\n"
	    NODES8("", "  filter reset tcp 443\n", "", "", "", "", "")
	    LINKS8("mtu 1400", "mtu 1300", "", "", "", "", ""));
	assert_true(search.path->conclusion.forged_reset);
	assert_int_equal(2, search.mtu.ttl);
	assert_limit(&search, 1400, TR_SIZE_SOURCE_TOLD, 1, 2);
	drop(&search);
	/* The same where nobody tells. */
	find(&search, "host target 10.99.0.1 fd00:99::1\n  tcp open 443\n"
	    NODES8("  reply mtu none\n", "  filter reset tcp 443\n", "", "",
	    "", "", "") LINKS8("mtu 1400", "mtu 1300", "", "", "", "", ""));
	assert_int_equal(2, search.mtu.ttl);
	assert_limit(&search, 1400, TR_SIZE_SOURCE_SILENCE, 1, 2);
	drop(&search);
}

/* What this host itself did not send says nothing of the network. */
static void
blames_this_host_for_what_it_bars(void **state)
{
	struct search search = { .protocol = TR_PROTOCOL_UDP };
	const struct tr_size_limit *limit = &search.mtu.limit;

	(void)state;
	find(&search, TARGET NODES8("", "", "  reply mtu none\n", "", "", "",
	    "") LINKS8("", "", "mtu 1391", "", "", "", ""));
	assert_limit(&search, 1391, TR_SIZE_SOURCE_SILENCE, 3, 4);
	for (uint32_t i = 0; i < search.path->probe_count; i++) {
		struct tr_path_probe *probe = &search.path->probes[i];

		if (probe->identity.size <= 1391)
			continue;
		probe->error = EPERM;
		probe->first_reply = TR_PATH_NONE;
		probe->answered = false;
	}
	assert_true(tr_path_mtu(search.path, &search.mtu));
	assert_limit(&search, 1391, TR_SIZE_SOURCE_HOST, 0, 1);
	assert_int_equal(EPERM, limit->error);
	drop(&search);
}

static void
finds_nothing_where_nobody_answers(void **state)
{
	struct search search = { .protocol = TR_PROTOCOL_ICMP };

	(void)state;
	find(&search, TARGET NODES8("  loss 100%\n  silent\n", "", "", "",
	    "", "", "") LINKS8("", "", "", "", "", "", ""));
	assert_int_equal(0, search.mtu.ttl);
	assert_int_equal(0, search.sized);
	drop(&search);
}

/* Jumbo frames, and the least that IPv4 links may carry. */
static void
spans_all_sizes(void **state)
{
	static const char *const sizes[] = { "68", "69", "577", "8999" };
	struct search search = { .protocol = TR_PROTOCOL_ICMP };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char text[1024];

		snprintf(text, sizeof(text), TARGET
		    "prober me 10.0.0.100 fd00::100\n"
		    "router a 10.0.1.1\nrouter b 10.0.2.1\n  silent\n"
		    "router c 10.0.3.1\nlinks delay 1ms mtu 65535\n"
		    "link me a\nlink a b\nlink b c mtu %s\nlink c target\n",
		    sizes[i]);
		find(&search, text);
		assert_limit(&search, (unsigned)atoi(sizes[i]),
		    TR_SIZE_SOURCE_SILENCE, 1, 3);
		drop(&search);
	}
}

/*
 * Of a run that the user stopped, what was not answered yet may still be, so
 * it is no silence; what came through did, whenever that was.
 */
static void
claims_no_silence_when_stopped(void **state)
{
	(void)state;
	for (unsigned records = 1; records < 200; records++) {
		struct search search = { .stop_at = records };
		const struct tr_size_limit *limit = &search.mtu.limit;

		find(&search, TARGET NODES8("", "", "", "  silent\n", "", "",
		    "") LINKS8("", "", "", "mtu 1391", "", "", ""));
		if (search.path->interrupted) {
			assert_int_equal(TR_SIZE_SOURCE_NONE, limit->source);
			assert_false(tr_path_mtu_is_exact(&search.mtu,
			    search.mtu.ttl, limit));
			assert_true(limit->mtu <= 1391);
		}
		drop(&search);
	}
}

/* --- the flow stays the flow -------------------------------------------- */

static void
keeps_to_the_flow(void **state)
{
	(void)state;
	FOR_EACH(search) {
		find(&search, TARGET NODES8("", "", "", "  silent\n", "", "",
		    "") LINKS8("", "", "", "mtu 1391", "", "", ""));
		for (uint32_t i = 1; i < search.path->probe_count; i++) {
			const struct tr_identity *first =
			    &search.path->probes[0].identity;
			const struct tr_identity *one =
			    &search.path->probes[i].identity;

			assert_int_equal(first->source_port,
			    one->source_port);
			assert_int_equal(first->destination_port,
			    one->destination_port);
			assert_int_equal(first->tos, one->tos);
			if (search.protocol == TR_PROTOCOL_ICMP)
				assert_int_equal(first->checksum,
				    one->checksum);
		}
		drop(&search);
	}
}

/* Whatever is sent for its size leaves the hops as the walk found them. */
static void
leaves_the_walk_alone(void **state)
{
	struct search search = { .protocol = TR_PROTOCOL_TCP };

	(void)state;
	find(&search, TARGET NODES8("", "", "", "", "", "", "")
	    LINKS8("", "", "mtu 1391", "", "", "", ""));
	assert_true(search.path->conclusion.reached);
	assert_int_equal(TR_STOP_ARRIVED, search.path->conclusion.stop);
	assert_int_equal(8, search.path->conclusion.last_ttl);
	assert_int_equal(TR_PORT_CLOSED, search.path->conclusion.port);
	drop(&search);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_no_limit),
		cmocka_unit_test(says_at_least_of_what_was_tried),
		cmocka_unit_test(is_told),
		cmocka_unit_test(follows_steps_down),
		cmocka_unit_test(searches_where_no_size_is_told),
		cmocka_unit_test(sees_through_lies),
		cmocka_unit_test(finds_the_hop_of_an_unknown_teller),
		cmocka_unit_test(starts_from_what_can_leave),
		cmocka_unit_test(finds_a_black_hole),
		cmocka_unit_test(finds_a_hole_between_answering_hops),
		cmocka_unit_test(finds_a_hole_behind_a_step),
		cmocka_unit_test(finds_two_holes),
		cmocka_unit_test(finds_it_with_the_target_alone),
		cmocka_unit_test(takes_no_way_back_for_a_black_hole),
		cmocka_unit_test(goes_as_far_as_hops_answer),
		cmocka_unit_test(outwaits_limits),
		cmocka_unit_test(is_not_misled_by_loss),
		cmocka_unit_test(is_not_sure_where_much_is_lost),
		cmocka_unit_test(makes_no_mtu_of_what_is_none),
		cmocka_unit_test(asks_a_router_where_it_refuses),
		cmocka_unit_test(goes_to_the_target_behind_a_nat),
		cmocka_unit_test(goes_no_farther_than_a_forger),
		cmocka_unit_test(blames_this_host_for_what_it_bars),
		cmocka_unit_test(finds_nothing_where_nobody_answers),
		cmocka_unit_test(spans_all_sizes),
		cmocka_unit_test(claims_no_silence_when_stopped),
		cmocka_unit_test(keeps_to_the_flow),
		cmocka_unit_test(leaves_the_walk_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
