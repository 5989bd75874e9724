/*
 * Topology files: what is read, and what is said of what cannot be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "simulated.h"

/* Three lines that make a whole of what stands behind them. */
#define HEAD "prober me 10.0.0.1 fd00::1\nrouter r 10.0.1.1\nlink me r\n"

static struct tr_topology *
parse(const char *text)
{
	struct tr_error error;
	struct tr_topology *topology = tr_topology_parse(text, strlen(text),
	    "net", &error);

	if (topology == NULL)
		fail_msg("%s", error.text);
	return topology;
}

/* And three routers in a row. */
#define TUNNEL HEAD "router x\nrouter y\nlink r x\nlink x y\n"

/* What is wrong, and what is said of it. */
struct fault {
	const char *text;
	const char *said;
};

static const struct fault faults[] = {
	{ "", "net: expected a line \"prober NAME ADDRESS\"" },
	{ "router r", "net: expected a line \"prober NAME ADDRESS\"" },
	{ "prober", "net:1: expected the node's name, but the line ends" },
	{ "prober me", "net:1: expected an address, but the line ends" },
	{ "prober me 10.0.0", "net:1: expected an address or a prefix, such "
	    "as 10.0.0.0/8, not \"10.0.0\"" },
	{ "prober 7 10.0.0.1", "net:1: expected a name" },
	{ "prober via 10.0.0.1", "net:1: \"via\" is a word of the format" },
	{ HEAD "router r", "net:4: there is a node r already, at line 2" },
	{ HEAD "router x 10.0.1.1", "net:4: 10.0.1.1 is x's and r's "
	    "(line 2)" },
	{ HEAD "host h 10.0.0.5/24", "net:4: 10.0.0.5/24 has bits set behind "
	    "its length" },
	{ HEAD "host h 10.0.0.0/33", "net:4: expected an address or a "
	    "prefix" },
	{ HEAD "host h", "net:4: expected an address, but the line ends" },
	{ "silent\n" HEAD, "net:1: expected a node's line first" },
	{ HEAD "nonsense", "net:4: expected prober, router, host, link, "
	    "links, mesh, tunnel, seed, or a property of a node, not "
	    "\"nonsense\"" },
	{ HEAD "link r", "net:4: expected a node, but the line ends" },
	{ HEAD "link r nobody", "net:4: expected a node, not \"nobody\"" },
	{ HEAD "link r r", "net:4: a link needs two nodes" },
	{ HEAD "link me r delay", "net:4: expected a delay, such as 2.5ms, "
	    "but the line ends" },
	{ HEAD "link me r delay 5", "net:4: expected a delay, such as 2.5ms, "
	    "not \"5\"" },
	{ HEAD "link me r delay 5 ms", "net:4: expected a delay" },
	{ HEAD "link me r delay 1.2.3ms", "net:4: expected a delay" },
	{ HEAD "link me r delay 99999999s", "net:4: expected a delay" },
	{ HEAD "link me r loss 5", "net:4: expected a share, such as 1.5%, "
	    "not \"5\"" },
	{ HEAD "link me r loss 101%", "net:4: expected a share" },
	{ HEAD "link me r mtu 67", "net:4: expected an MTU (68 to 65535), "
	    "not \"67\"" },
	{ HEAD "link me r reorder 5%", "net:4: expected \"by\" and a time" },
	{ HEAD "link me r colour red", "net:4: expected delay, jitter, loss, "
	    "duplicate, reorder, mtu, cost, from, until, oneway or back" },
	{ HEAD "link me=10.0.0.x r", "net:4: expected NODE=ADDRESS" },
	{ HEAD "router x[1-2\n", "net:4: r[1-4] is a range, of at most "
	    "65536 values; several in one word have as many each: "
	    "\"x[1-2\"" },
	{ HEAD "router x[2-1]\n", "net:4: r[1-4] is a range" },
	{ HEAD "router x[1-2] 10.1.1.[1-3]\n", "net:4: a range does not "
	    "fit" },
	{ HEAD "seed x", "net:4: expected a seed" },
	{ HEAD "router x\nbalance", "net:5: expected flow, destination, "
	    "packet or turn, but the line ends" },
	{ HEAD "router x\nbalance flow by size", "net:5: expected a field: "
	    "src, dst" },
	{ HEAD "router x\nbalance flow remap", "net:5: expected \"at\" or "
	    "\"every\"" },
	{ HEAD "router x\nroute any", "net:5: expected \"via\" and "
	    "neighbours" },
	{ HEAD "router x\nroute nobody via r", "net:5: expected a "
	    "destination" },
	{ HEAD "router x\nroute any via r", "net:5: x has no link to r" },
	{ HEAD "link r x\nrouter x\nroute any via r", "line ends" },
	{ HEAD "router x\nlink r x\nroute any via r", "net:6: expected a "
	    "node's line first" },
	{ HEAD "router x\nunreachable any", "net:5: expected net, host, "
	    "prohibited or blackhole" },
	{ HEAD "router x\nsilent sctp", "net:5: expected udp, tcp, icmp, "
	    "other, any, or share" },
	{ HEAD "router x\nlimit 5", "net:5: expected a number for each "
	    "second, such as 10/s, not \"5\"" },
	{ HEAD "router x\nlimit 5/s per packet", "net:5: expected source" },
	{ HEAD "router x\nreply", "net:5: expected from, after, twice, mtu or "
	    "tos" },
	{ HEAD "router x\nreply from nowhere", "net:5: expected inbound, "
	    "outbound, self, or an address" },
	{ HEAD "router x\nttl 0", "net:5: expected a TTL (1 to 255), not "
	    "\"0\"" },
	{ HEAD "router x\nquote 7", "net:5: expected \"all\" or a number of "
	    "bytes (8 to 1232)" },
	{ HEAD "router x\nextension", "net:5: expected labels, interface, "
	    "object, length, checksum or at" },
	{ HEAD "router x\nextension labels", "net:5: expected a label" },
	{ HEAD "router x\nextension labels 1048576", "net:5: expected "
	    "LABEL/EXP/TTL" },
	{ HEAD "router x\nextension labels 5/8", "net:5: expected "
	    "LABEL/EXP/TTL" },
	{ HEAD "router x\nextension object 1 2 0", "net:5: expected at most "
	    "64 bytes" },
	{ HEAD "router x\nextension interface up", "net:5: expected in, sub, "
	    "out or next" },
	{ HEAD "router x\nclear all", "net:5: expected ecn, dscp or tos" },
	{ HEAD "router x\nset ttl 5", "net:5: expected tos" },
	{ HEAD "router x\nnat", "net:5: expected source or destination" },
	{ HEAD "router x\nnat source any", "net:5: expected \"to\" and an "
	    "address" },
	{ HEAD "router x\nnat source any to 192.0.2.1 mends all of it",
	    "net:5: expected the end of the line, not \"of\"" },
	{ HEAD "router x\nrewrite ports", "net:5: expected sequence" },
	{ HEAD "router x\nfilter", "net:5: expected pass, drop, reset, "
	    "prohibit or reject" },
	{ HEAD "router x\nfilter drop gre", "net:5: expected udp, tcp, icmp, "
	    "other, any or errors" },
	{ HEAD "router x\nfilter drop icmp 8", "net:5: only udp and tcp have "
	    "ports" },
	{ HEAD "router x\nfilter reset udp", "net:5: only tcp can be "
	    "reset" },
	{ HEAD "router x\nfilter drop tcp 99999", "net:5: expected a port or "
	    "a range of ports (0 to 65535), not \"99999\"" },
	{ HEAD "router x\nip-id counter", "net:5: expected shared, "
	    "interface, zero, random or copy" },
	{ HEAD "router x\nlike vax", "net:5: expected linux, cisco or "
	    "juniper" },
	{ HEAD "host h 10.9.9.9\nudp listen", "net:5: expected open, closed, "
	    "filtered, echo or dns" },
	{ HEAD "host h 10.9.9.9\ntcp echo 7", "net:5: expected open, closed "
	    "or filtered" },
	{ HEAD "host h 10.9.9.9\necho on", "net:5: expected off" },
	{ HEAD "host h 10.9.9.9\nname", "net:5: expected a host name" },
	{ HEAD "tunnel", "net:4: expected explicit, implicit, opaque or "
	    "invisible" },
	{ HEAD "tunnel explicit me r", "net:4: expected a router, or php" },
	{ TUNNEL "tunnel explicit r x", "net:8: a tunnel needs three nodes "
	    "at least" },
	{ TUNNEL "router z\ntunnel explicit r x z", "net:9: x has no link to "
	    "z" },
	{ TUNNEL "tunnel explicit r x y inside out", "net:8: expected "
	    "hidden, direct or backward" },
	{ TUNNEL "tunnel explicit r x y labels 3", "net:8: expected the "
	    "first label (16 to" },
	{ TUNNEL "tunnel explicit r x y labels 1048575", "net:8: expected "
	    "the first label (16 to 1048574)" },
	{ "host h 10.9.9.9\n" HEAD "tunnel explicit h r r", "net:5: expected "
	    "a router" },
	{ TUNNEL "tunnel explicit r x y labels 1048573 both", "net:8: the "
	    "labels of the way back do not fit: 1048575 is the last" },
	{ HEAD "router x\nbalance flow remap every 0", "net:5: \"every\" 0 "
	    "is no time" },
	{ HEAD "host h 10.9.9.9\nname 10.9.9.8 h.example.net", "net:5: "
	    "expected an address of this node, or the name alone, not "
	    "\"10.9.9.8\"" },
	{ HEAD "router x\nnat source 10.9.0.0/16 to fd00::9", "net:5: what "
	    "is translated has no address of IPv6, as what it is translated "
	    "to" },
	{ HEAD "router x\nnat destination fd00::9 to 10.9.9.9", "net:5: what "
	    "is translated has no address of IPv4" },
	{ HEAD "router x 127.0.0.1", "net:4: 127.0.0.1 is the address of no "
	    "node" },
	{ HEAD "link me=ff02::1 r", "net:4: ff02::1 is the address of no "
	    "node" },
	{ HEAD "seed 5000000000", "net:4: expected a seed" },
	{ HEAD "link me r from 2s until 1s", "net:4: it ends before it "
	    "begins" },
	{ HEAD "link me r until 2s from 2s", "net:4: it ends before it "
	    "begins" },
	{ "link r x\n" HEAD "router x\nroute any via r from 2s until 1s",
	    "net:6: it ends before it begins" },
	{ HEAD "router x[1-1000000]", "net:4: r[1-4] is a range, of at most "
	    "65536 values" },
	{ "prober me 10.0.0.0/8", "net:1: a prober has addresses" },
};

static void
says_file_line_and_what_was_expected(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct tr_error error = { .text = "" };
		struct tr_topology *topology = tr_topology_parse(
		    faults[i].text, strlen(faults[i].text), "net", &error);

		if (strcmp(faults[i].said, "line ends") == 0) {
			/* The good one among them. */
			assert_non_null(topology);
			tr_topology_free(topology);
			continue;
		}
		if (topology != NULL)
			fail_msg("accepted: %s", faults[i].text);
		if (strstr(error.text, faults[i].said) == NULL)
			fail_msg("of \"%s\" it says: %s", faults[i].text,
			    error.text);
	}
}

/* A text with every word of the format in it. */
static const char everything[] =
    "seed 7 # a comment\n"
    "prober me 10.0.0.1 fd00::1\n"
    "router r[1-4] 10.0.[1-4].1 fd00:[1-4]::1\n"
    "    like cisco\n"
    "router s\n"
    "    like linux\n"
    "    balance flow by src dst protocol ports tos label icmp-id "
    "icmp-checksum word source-port destination-port remap at 2s\n"
    "    route any via r4*3 r1 from 1ms until 2.5s\n"
    "    route web via r4\n"
    "    unreachable 10.7.0.0/16 host after 3s\n"
    "    silent udp other share 12.5%\n"
    "    limit 10/s burst 5 per source\n"
    "    reply from 10.9.9.9 fd00:9::9\n"
    "    reply tos 0\n"
    "    reply mtu 0\n"
    "    reply after 2ms jitter 1ms share 50%\n"
    "    reply twice share 1%\n"
    "    ttl 64 echo 255\n"
    "    quote 28 total\n"
    "    extension labels 24001/3/1 24002\n"
    "    extension interface in index 3 address name ge-0/0/1 mtu 9000\n"
    "    extension object 9 8 00ff\n"
    "    extension length octets\n"
    "    extension checksum none\n"
    "    extension at 128\n"
    "    zero-ttl\n"
    "    clear ecn\n"
    "    set tos 32\n"
    "    loss 0.5%\n"
    "    nat source me to 192.0.2.1 ports 1000-2000 mends addresses\n"
    "    nat destination 192.0.2.80 to 10.99.0.1 mends nothing\n"
    "    rewrite sequence from 10.0.0.0/8 mends all\n"
    "    filter pass tcp 80 443 8000-8080 from r1 to 10.99.0.0/16\n"
    "    filter drop errors\n"
    "    filter drop any\n"
    "    ip-id interface step 2 rate 1000/s\n"
    "host web 10.99.0.1 10.98.0.0/16\n"
    "    tcp open 443\n"
    "    tcp filtered 25-30\n"
    "    udp dns 53\n"
    "    echo off\n"
    "    name www.example.net\n"
    "    name 10.98.0.7 seven.example.net\n"
    "links delay 1ms mtu 1400\n"
    "link me r1 delay 0 back delay 3ms loss 1%\n"
    "link r[1-3] r[2-4]\n"
    "link s=10.8.0.1,fd00:8::1 r1=10.8.0.2 jitter 2us until 5s oneway\n"
    "mesh s r[2-4] duplicate 3% reorder 4% by 1ms cost 5 from 1s\n"
    "link r4 web\n"
    "tunnel opaque r1 r2 r3 r4 uhp labels 500 inside backward for any "
    "both\n";

static const char *
complaint_about(const char *text)
{
	static struct tr_error error;
	struct tr_topology *topology = tr_topology_parse(text, strlen(text),
	    "net", &error);

	if (topology != NULL)
		fail_msg("accepted: %s", text);
	return error.text;
}

/* Where it would do nothing, a property is not taken silently. */
static void
refuses_properties_of_other_kinds(void **state)
{
	static const char *const of_routers[] = {
		"clear ecn", "filter drop any", "loss 5%",
		"nat source any to 192.0.2.1", "rewrite sequence", "set tos 3",
		"unreachable any net", "zero-ttl",
	};
	static const char *const of_answerers[] = {
		"echo off", "extension at 128", "ip-id zero", "like linux",
		"limit 5/s", "quote all", "reply twice", "silent",
		"tcp open", "ttl 64", "udp open",
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(of_routers) / sizeof(char *); i++) {
		snprintf(text, sizeof(text), "prober me 10.0.0.1\n"
		    "host h 10.9.9.9\n%s", of_routers[i]);
		assert_non_null(strstr(complaint_about(text),
		    "is a property of routers, and h is a host"));
		snprintf(text, sizeof(text), "prober me 10.0.0.1\n"
		    "router h 10.9.9.9\n%s", of_routers[i]);
		tr_topology_free(parse(text));
	}
	for (size_t i = 0; i < sizeof(of_answerers) / sizeof(char *); i++) {
		snprintf(text, sizeof(text), "prober me 10.0.0.1\n%s",
		    of_answerers[i]);
		assert_non_null(strstr(complaint_about(text),
		    "is a property of routers and hosts, and me is a prober"));
		snprintf(text, sizeof(text), "prober me 10.0.0.1\n"
		    "host h 10.9.9.9\n%s", of_answerers[i]);
		tr_topology_free(parse(text));
	}
}

/* What speaks of the node itself, or of the ways from it, is of them all. */
static void
takes_some_properties_of_every_kind(void **state)
{
	static const char *const of_all[] = {
		"balance packet", "name k.example.net", "route any via r",
	};
	static const char *const kinds[] = { "prober", "router", "host" };
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(of_all) / sizeof(of_all[0]); i++)
		for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]);
		    j++) {
			snprintf(text, sizeof(text), HEAD "link k r\n"
			    "%s k 10.9.9.9\n%s", kinds[j], of_all[i]);
			tr_topology_free(parse(text));
		}
}

/* So that no property goes to a node that its line does not stand below. */
static void
ends_a_block_at_any_other_statement(void **state)
{
	static const char *const statements[] = {
		"seed 1", "links delay 1ms", "link x z", "mesh x z",
		"tunnel explicit r x y",
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]);
	    i++) {
		snprintf(text, sizeof(text), TUNNEL "router z\n%s\nttl 5",
		    statements[i]);
		assert_non_null(strstr(complaint_about(text),
		    "net:10: expected a node's line first"));
		snprintf(text, sizeof(text), TUNNEL "router z\nttl 5\n%s",
		    statements[i]);
		tr_topology_free(parse(text));
	}
	/* Comments and empty lines are no statements. */
	tr_topology_free(parse(HEAD "router z\n# said\n\n    ttl 5"));
}

/* --- lines that say the same -------------------------------------------- */

/* The node n of a topology with these properties, for comparison. */
static struct tr_sim_node
node_with(const char *first, const char *second)
{
	struct tr_topology *topology;
	struct tr_sim_node node;
	char text[256];

	snprintf(text, sizeof(text), HEAD "router n 10.9.9.1 fd00:9::1\n"
	    "%s\n%s", first, second);
	topology = parse(text);
	node = *tr_topology_node(topology, tr_topology_find(topology, "n"));
	tr_topology_free(topology);
	return node;
}

static bool
passes_alike(const struct tr_sim_node *a, const struct tr_sim_node *b)
{
	return a->balance.spread == b->balance.spread &&
	    a->balance.fields == b->balance.fields &&
	    a->balance.remap_at == b->balance.remap_at &&
	    a->balance.remap_every == b->balance.remap_every &&
	    a->tos_keep == b->tos_keep && a->tos_set == b->tos_set &&
	    a->loss == b->loss;
}

static bool
answers_alike(const struct tr_sim_node *a, const struct tr_sim_node *b)
{
	return a->silent == b->silent && a->silent_share == b->silent_share &&
	    a->limit.period == b->limit.period &&
	    a->limit.burst == b->limit.burst &&
	    a->limit.per_source == b->limit.per_source &&
	    a->from == b->from && (a->from != TR_SIM_FROM_GIVEN ||
	    (tr_address_equal(&a->from4, &b->from4) &&
	    tr_address_equal(&a->from6, &b->from6))) &&
	    a->ttl == b->ttl && a->echo_ttl == b->echo_ttl &&
	    a->tos == b->tos && a->tos_copied == b->tos_copied &&
	    a->twice == b->twice && a->tells_mtu == b->tells_mtu &&
	    a->mtu_told == b->mtu_told &&
	    a->hides_mtu == b->hides_mtu && a->id.kind == b->id.kind &&
	    a->id.step == b->id.step && a->id.rate == b->id.rate &&
	    a->quote == b->quote && a->quote_whole == b->quote_whole;
}

/* Nothing of a line is left where a later one says the same anew. */
static void
forgets_what_a_later_line_says_anew(void **state)
{
	static const struct {
		const char *first;
		const char *second;
	} lines[] = {
		{ "balance flow by tos remap at 2s", "balance flow" },
		{ "balance flow remap every 2s", "balance packet" },
		{ "balance turn", "balance destination" },
		{ "clear tos", "set tos 32" },
		{ "ip-id zero step 3 rate 5/s", "ip-id copy" },
		{ "like juniper", "like cisco" },
		{ "limit 5/s burst 9 per source", "limit 10/s" },
		{ "loss 5%", "loss 0%" },
		{ "quote 28 total", "quote 28" },
		{ "quote 28 total", "quote all" },
		{ "reply from 10.9.9.8 fd00:9::8", "reply from 10.9.9.7" },
		{ "reply from 10.9.9.8", "reply from outbound" },
		{ "reply tos 0", "reply tos 8" },
		{ "reply mtu 0", "reply mtu 1400" },
		{ "reply mtu none", "reply mtu 0" },
		{ "reply twice share 1%", "reply twice" },
		{ "set tos 32", "set tos 8" },
		{ "silent udp share 5%", "silent tcp" },
		{ "ttl 64 echo 32", "ttl 9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct tr_sim_node both = node_with(lines[i].first,
		    lines[i].second);
		const struct tr_sim_node first = node_with(lines[i].first,
		    "");
		const struct tr_sim_node second = node_with(lines[i].second,
		    "");

		if (!passes_alike(&both, &second) ||
		    !answers_alike(&both, &second))
			fail_msg("%s: not forgotten by %s", lines[i].first,
			    lines[i].second);
		if (passes_alike(&first, &second) &&
		    answers_alike(&first, &second))
			fail_msg("%s and %s are the same", lines[i].first,
			    lines[i].second);
	}
}

/* Of what is looked through for each packet, the last that fits counts. */
static void
answers_by_the_last_line_that_fits(void **state)
{
	struct simulated net;
	struct packet answer;

	(void)state;
	simulated_open(&net, HEAD
	    "link r target\nhost target 10.99.0.1\n"
	    "tcp open\ntcp closed 80\nudp closed\nudp echo 7\n");
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .destination_port = 443 }, 0, &answer));
	assert_int_equal(0x12, answer.bytes[20 + 13]);
	assert_true(simulated_ask(&net, &(struct probe){ .protocol = 6,
	    .destination_port = 80 }, 0, &answer));
	assert_int_equal(0x14, answer.bytes[20 + 13]);
	assert_true(simulated_ask(&net, &(struct probe){
	    .destination_port = 7 }, 0, &answer));
	assert_int_equal(17, answer.bytes[9]);
	simulated_close(&net);
	simulated_open(&net, "prober me 10.0.0.1\nrouter r 10.0.1.1\n"
	    "unreachable 10.99.0.1 blackhole\n"
	    "unreachable 10.99.0.1 prohibited\n"
	    "host target 10.99.0.1\nlink me r\nlink r target\n");
	assert_true(simulated_ask(&net, &(struct probe){ .ttl = 9 }, 0,
	    &answer));
	assert_int_equal(0x030d, packet_icmp(&answer));
	simulated_close(&net);
}

static void
takes_the_later_of_two_lines(void **state)
{
	struct tr_topology *topology = parse("prober me 10.0.0.1\n"
	    "router r 10.0.1.1\n  ttl 64 echo 32\n  like cisco\n"
	    "  quote 28\n  limit 5/s burst 9 per source\n  limit 10/s\n");
	const struct tr_sim_node *r = tr_topology_node(topology,
	    tr_topology_find(topology, "r"));

	(void)state;
	assert_int_equal(255, r->ttl);
	assert_int_equal(255, r->echo_ttl);
	assert_int_equal(28, r->quote);
	assert_int_equal(TR_SECOND / 10, r->limit.period);
	assert_int_equal(1, r->limit.burst);
	assert_false(r->limit.per_source);
	tr_topology_free(topology);
}

static void
holds_to_its_limits(void **state)
{
	char text[1024] = "prober me 10.0.0.1\nrouter ";

	(void)state;
	assert_non_null(strstr(complaint_about("prober me 10.0.0.1\n"
	    "router a[1-1001]\nrouter b[1-1001]\nmesh a[1-1001] b[1-1001]"),
	    "net:4: more than 1000000 links"));
	memset(text + strlen(text), 'a', 600);
	assert_non_null(strstr(complaint_about(text), "net:2: a word is "
	    "longer than 511 bytes"));
}

static void
reads_every_word(void **state)
{
	struct tr_topology *topology = parse(everything);
	const struct tr_sim_node *s;
	const struct tr_sim_port *port;
	const struct tr_sim_tunnel *tunnel;
	const struct tr_sim_route *route;
	const struct tr_sim_next *next;

	(void)state;
	assert_int_equal(7, topology->seed);
	assert_int_equal(7, topology->nodes.count);
	assert_int_equal(2 * (1 + 3 + 1 + 3 + 1), topology->ports.count);
	assert_int_equal(2, topology->tunnels.count);
	assert_int_equal(TR_SIM_ROUTER, tr_topology_node(topology, 4)->kind);
	assert_int_equal(8, tr_topology_node(topology, 4)->quote);

	s = tr_topology_node(topology, tr_topology_find(topology, "s"));
	assert_int_equal(2 * TR_SECOND, s->balance.remap_at);
	assert_int_equal(125000, s->silent_share);
	assert_int_equal(TR_SIM_UDP | TR_SIM_OTHER, s->silent);
	assert_int_equal(TR_SECOND / 10, s->limit.period);
	assert_true(s->limit.per_source);
	assert_int_equal(64, s->ttl);
	assert_int_equal(255, s->echo_ttl);
	assert_int_equal(3, s->extension.objects.count);
	assert_int_equal(2, s->nats.count);
	assert_int_equal(3, s->filters.count);
	/* "any" is two prefixes; web is an address and a prefix. */
	assert_int_equal(4, s->routes.count);
	route = s->routes.items;
	next = route->next.items;
	assert_int_equal(2, route->next.count);
	assert_int_equal(3, next[0].weight);
	assert_int_equal(2500 * TR_MILLISECOND, route->valid.until);
	/* What a NAT is known by outside is the node's. */
	assert_int_equal(2, s->own.count);

	port = tr_topology_port(topology, 0);
	assert_int_equal(0, port->out.delay);
	assert_int_equal(1400, port->out.mtu);
	assert_int_equal(3 * TR_MILLISECOND,
	    tr_topology_port(topology, port->peer)->out.delay);
	assert_int_equal(10000,
	    tr_topology_port(topology, port->peer)->out.loss);

	tunnel = tr_topology_tunnel(topology, 1);
	assert_int_equal(4, tunnel->ingress);
	assert_int_equal(3, tunnel->hops.count);
	assert_true(tunnel->ultimate);
	assert_int_equal(503, tunnel->label);
	tr_topology_free(topology);
}

/* Cut anywhere, it is a topology or it is told why not; never a crash. */
static void
survives_being_cut(void **state)
{
	char text[sizeof(everything)];

	(void)state;
	for (size_t size = 0; size < sizeof(everything); size++) {
		struct tr_error error = { .text = "" };
		struct tr_topology *topology;

		memcpy(text, everything, size);
		topology = tr_topology_parse(text, size, "cut", &error);
		if (topology == NULL)
			assert_true(strncmp(error.text, "cut:", 4) == 0);
		tr_topology_free(topology);
	}
}

static void
refuses_what_is_no_text(void **state)
{
	const char text[] = "prober me 10.0.0.1\n\0router r";
	struct tr_error error;

	(void)state;
	assert_null(tr_topology_parse(text, sizeof(text) - 1, "net",
	    &error));
	assert_string_equal("net is no text: it holds a byte 0", error.text);
	assert_null(tr_topology_read("/nonexistent/x.net", &error));
	assert_non_null(strstr(error.text, "No such file"));
	assert_null(tr_topology_read("/", &error));
	assert_non_null(strstr(error.text, "cannot read /"));
}

/* The bytes of a terminal are not repeated to it. */
static void
makes_what_it_quotes_safe(void **state)
{
	const char text[] = "prober me 10.0.0.1\nrouter r \033[31mred\n";
	struct tr_error error;

	(void)state;
	assert_null(tr_topology_parse(text, sizeof(text) - 1, "net", &error));
	assert_null(strchr(error.text, '\033'));
}

static void
writes_ranges_out(void **state)
{
	struct tr_topology *topology = parse(
	    "prober me 10.0.0.1\n"
	    "router a[1-3] 10.1.[5-7].[1-3]\n"
	    "    ttl [61-63]\n"
	    "    reply tos 4\n"
	    "router b[1-2]\n"
	    "host h 10.9.0.[1-4]\n"
	    "link me a[1-3]\n"
	    "mesh a[1-3] b[1-2]\n"
	    "link b[1-2] h\n");
	const struct tr_sim_node *a3, *h;
	const struct tr_sim_prefix *own;

	(void)state;
	assert_int_equal(7, topology->nodes.count);
	assert_int_equal(2 * (3 + 6 + 2), topology->ports.count);
	a3 = tr_topology_node(topology, tr_topology_find(topology, "a3"));
	own = a3->own.items;
	assert_int_equal(7, own->address.bytes[2]);
	assert_int_equal(3, own->address.bytes[3]);
	assert_int_equal(63, a3->ttl);
	assert_int_equal(4, a3->tos);
	h = tr_topology_node(topology, tr_topology_find(topology, "h"));
	assert_int_equal(4, h->own.count);
	tr_topology_free(topology);
}

static void
resolves_names_and_addresses(void **state)
{
	struct tr_topology *topology = parse(
	    "prober me 10.0.0.1\n"
	    "host web 10.9.0.1 fd00:9::1\n"
	    "    name www.example.net\n"
	    "router r\n"
	    "link me r=10.0.1.1\n"
	    "link r web\n");
	struct tr_address address, ten;

	(void)state;
	assert_int_equal(TR_OK, tr_topology_resolve(topology, "web", 0,
	    &address));
	assert_int_equal(4, address.family);
	assert_int_equal(TR_OK, tr_topology_resolve(topology,
	    "www.example.net", 6, &address));
	assert_int_equal(6, address.family);
	assert_string_equal("www.example.net", tr_topology_name_of(topology,
	    &address));
	assert_int_equal(TR_OK, tr_topology_resolve(topology, "r", 0,
	    &address));
	assert_int_equal(1, address.bytes[2]);
	assert_int_equal(TR_OK, tr_topology_resolve(topology, "192.0.2.1", 0,
	    &address));
	assert_int_equal(TR_ENOTFOUND, tr_topology_resolve(topology,
	    "192.0.2.1", 6, &address));
	assert_int_equal(TR_ENOTFOUND, tr_topology_resolve(topology, "me", 6,
	    &address));
	assert_int_equal(TR_ENOTFOUND, tr_topology_resolve(topology, "you", 0,
	    &address));
	assert_int_equal(TR_OK, tr_address_parse("10.0.0.1", &ten));
	assert_null(tr_topology_name_of(topology, &ten));
	tr_topology_free(topology);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_file_line_and_what_was_expected),
		cmocka_unit_test(refuses_properties_of_other_kinds),
		cmocka_unit_test(takes_some_properties_of_every_kind),
		cmocka_unit_test(ends_a_block_at_any_other_statement),
		cmocka_unit_test(forgets_what_a_later_line_says_anew),
		cmocka_unit_test(answers_by_the_last_line_that_fits),
		cmocka_unit_test(takes_the_later_of_two_lines),
		cmocka_unit_test(holds_to_its_limits),
		cmocka_unit_test(reads_every_word),
		cmocka_unit_test(survives_being_cut),
		cmocka_unit_test(refuses_what_is_no_text),
		cmocka_unit_test(makes_what_it_quotes_safe),
		cmocka_unit_test(writes_ranges_out),
		cmocka_unit_test(resolves_names_and_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
