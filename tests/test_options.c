/*
 * The command line: what is understood, every option with good values, under
 * each name of the program; the help text, and what is remarked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/time.h"
#include "cli/options.h"
#include "command_line.h"
#include "packet/wire.h"

/* --- what is understood ------------------------------------------------- */

struct summary {
	char	text[1024];
	size_t	used;
};

static void add(struct summary *summary, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct summary *summary, const char *format, ...)
{
	va_list values;
	int written;

	va_start(values, format);
	written = vsnprintf(summary->text + summary->used,
	    sizeof(summary->text) - summary->used, format, values);
	va_end(values);
	assert_true(written >= 0);
	summary->used += (size_t)written;
	assert_true(summary->used < sizeof(summary->text));
}

static void
add_number(struct summary *summary, const char *name, long long value,
    long long usual)
{
	if (value != usual)
		add(summary, " %s=%lld", name, value);
}

static void
add_text(struct summary *summary, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		add(summary, " %s=%s", name, value);
}

static void
add_trace(struct summary *summary, const struct tr_trace_config *trace,
    bool tcptraceroute)
{
	add_number(summary, "first", trace->first_ttl, 1);
	add_number(summary, "max", trace->max_ttl, 30);
	add_number(summary, "queries", trace->queries, 3);
	add_number(summary, "at_once", trace->probes_at_once, 16);
	add_number(summary, "wait", trace->wait_max / TR_MICROSECOND,
	    tcptraceroute ? 3000000 : 5000000);
	add_number(summary, "here", (long long)(trace->wait_here * 100),
	    tcptraceroute ? 0 : 300);
	add_number(summary, "near", (long long)(trace->wait_near * 100),
	    tcptraceroute ? 0 : 1000);
	add_number(summary, "gap", trace->gap / TR_MICROSECOND, 0);
}

/* All that differs from the defaults, in a fixed order. */
static const char *
summarise(struct summary *summary, const struct tr_options *options)
{
	static const char *const protocols[] = { "udp", "icmp", "tcp" };
	const bool tcptraceroute =
	    options->program == TR_PROGRAM_TCPTRACEROUTE;

	summary->used = 0;
	add(summary, "%s:%u", protocols[options->protocol],
	    (unsigned)options->port);
	add_number(summary, "mode", options->mode, TR_MODE_RUN);
	add_text(summary, "target", options->target);
	add_number(summary, "family", options->family, 0);
	add_number(summary, "sport", options->sport, 0);
	add_number(summary, "flags", options->tcp_flags,
	    options->protocol == TR_PROTOCOL_TCP ? TR_TCP_SYN : 0);
	add_number(summary, "info", options->tcp_info, 0);
	add_number(summary, "size", options->size, 0);
	add_number(summary, "tos", options->tos, 0);
	add_number(summary, "label", options->flow_label, 0);
	add_number(summary, "label_given", options->flow_label_given, 0);
	add_number(summary, "df", options->dont_fragment, 0);
	add_number(summary, "classic", options->classic, 0);
	add_number(summary, "mtu", options->path_mtu, 0);
	add_number(summary, "multipath", options->multipath, 0);
	add_number(summary, "way", options->paths.rules.way, TR_PLAN_LITE);
	add_number(summary, "flows", options->paths.rules.flows, 0);
	add_number(summary, "ppm", (int64_t)(options->paths.rules.alpha *
	    1e6 + 0.5), 50000);
	add_number(summary, "probes_max", options->paths.probes_max, 20000);
	add_number(summary, "timeout", options->paths.time_max / 1000000,
	    300000);
	add_number(summary, "dot", options->dot, 0);
	add_number(summary, "rounds", options->rounds.count, 0);
	add_number(summary, "interval", options->rounds.interval / 1000000, 0);
	add_trace(summary, &options->trace, tcptraceroute);
	add_text(summary, "source", options->source);
	add_text(summary, "interface", options->interface);
	add_number(summary, "fwmark", options->fwmark, 0);
	add_number(summary, "numeric", options->numeric, 0);
	add_number(summary, "private", options->private_names, 0);
	add_number(summary, "extensions", options->extensions, 0);
	add_number(summary, "back", options->back, 0);
	add_number(summary, "as", options->as_lookup, 0);
	add_number(summary, "cymru", options->asn_cymru, 0);
	for (size_t i = 0; i < options->asn_path_count; i++)
		add_text(summary, "asn", options->asn_paths[i]);
	add_text(summary, "geo", options->geo_path);
	add_text(summary, "ixp", options->exchange_path);
	add_number(summary, "dns_wait", options->dns_wait / 1000000, 1000);
	add_number(summary, "verify", options->verify_names, 0);
	add_number(summary, "privacy", options->privacy, 0);
	add_number(summary, "all_addresses", options->all_addresses, 0);
	add_number(summary, "json", options->json, 0);
	add_number(summary, "dnat", options->dnat, 0);
	add_text(summary, "write", options->write_path);
	add_text(summary, "read", options->read_path);
	return summary->text;
}

struct good {
	const char *line;
	const char *summary;
	const char *hint;	/* part of it; NULL: none */
};

static const struct good good[] = {
	{ "trueroute h", "udp:33434 target=h", NULL },
	{ "/usr/bin/trueroute h", "udp:33434 target=h", NULL },
	{ "trueroute -4 h", "udp:33434 target=h family=4", NULL },
	{ "trueroute -6 h", "udp:33434 target=h family=6", NULL },
	{ "trueroute -4 -6 h", "udp:33434 target=h family=6", NULL },
	{ "trueroute -I h", "icmp:0 target=h", NULL },
	{ "trueroute --icmp h", "icmp:0 target=h", NULL },
	{ "trueroute -T h", "tcp:443 target=h", NULL },
	{ "trueroute --tcp h", "tcp:443 target=h", NULL },
	{ "trueroute -U h", "udp:53 target=h", NULL },
	{ "trueroute --udp -p 5353 h", "udp:5353 target=h", NULL },
	{ "trueroute -I -T h", "tcp:443 target=h", NULL },
	{ "trueroute -M tcp h", "tcp:443 target=h", NULL },
	{ "trueroute -M icmp h", "icmp:0 target=h", NULL },
	{ "trueroute --module=udp h", "udp:53 target=h", NULL },
	{ "trueroute -T -M default h", "udp:33434 target=h", NULL },
	{ "trueroute -p 1 h", "udp:1 target=h", NULL },
	{ "trueroute --port=65535 h", "udp:65535 target=h", NULL },
	{ "trueroute -p 80 -T h", "tcp:80 target=h", NULL },
	{ "trueroute -I -p 80 h", "icmp:0 target=h", "ICMP has no ports" },
	{ "trueroute -I --sport 8 h", "icmp:0 target=h", "ICMP has no ports" },
	{ "trueroute --sport 1 h", "udp:33434 target=h sport=1", NULL },
	{ "trueroute --sport=65535 h", "udp:33434 target=h sport=65535",
	    NULL },
	{ "trueroute -t 184 h", "udp:33434 target=h tos=184", NULL },
	{ "trueroute --tos=0xb8 h", "udp:33434 target=h tos=184", NULL },
	{ "trueroute -t 010 h", "udp:33434 target=h tos=10", NULL },
	{ "trueroute --dscp EF h", "udp:33434 target=h tos=184", NULL },
	{ "trueroute --dscp af41 h", "udp:33434 target=h tos=136", NULL },
	{ "trueroute --dscp CS6 h", "udp:33434 target=h tos=192", NULL },
	{ "trueroute --dscp 63 h", "udp:33434 target=h tos=252", NULL },
	{ "trueroute -l 0 h", "udp:33434 target=h label_given=1", NULL },
	{ "trueroute --flowlabel=0xfffff h",
	    "udp:33434 target=h label=1048575 label_given=1", NULL },
	{ "trueroute -F h", "udp:33434 target=h df=1", NULL },
	{ "trueroute --dont-fragment h", "udp:33434 target=h df=1", NULL },
	{ "trueroute --classic h", "udp:33434 target=h classic=1", NULL },
	{ "trueroute --mtu h", "udp:33434 target=h mtu=1", NULL },
	{ "traceroute --mtu -T h 1400", "tcp:443 target=h size=1400 mtu=1",
	    NULL },
	{ "trueroute --classic -p 65446 h",
	    "udp:65446 target=h classic=1", NULL },
	{ "trueroute -T --classic -p 65500 h",
	    "tcp:65500 target=h classic=1", NULL },
	{ "trueroute -T -O info h", "tcp:443 target=h info=1", NULL },
	{ "trueroute -O ack --tcp h", "tcp:443 target=h flags=16", NULL },
	{ "trueroute -T --options=syn,ack h", "tcp:443 target=h flags=18",
	    NULL },
	{ "trueroute -T -O ecn -O info h",
	    "tcp:443 target=h flags=194 info=1", NULL },
	{ "trueroute -f 1 h", "udp:33434 target=h", NULL },
	{ "trueroute --first=30 h", "udp:33434 target=h first=30", NULL },
	{ "trueroute -f 255 -m 255 h",
	    "udp:33434 target=h first=255 max=255", NULL },
	{ "trueroute --max-hops=1 h", "udp:33434 target=h max=1", NULL },
	{ "trueroute -q 1 h", "udp:33434 target=h queries=1", NULL },
	{ "trueroute --queries=10 h", "udp:33434 target=h queries=10", NULL },
	{ "trueroute -c 5 h",
	    "udp:33434 target=h rounds=5 interval=1000 queries=1", NULL },
	{ "trueroute --rounds=2184 -q 1 h",
	    "udp:33434 target=h rounds=2184 interval=1000 queries=1", NULL },
	{ "trueroute -c 1 -q 3 --interval 0.01 h",
	    "udp:33434 target=h rounds=1 interval=10", NULL },
	{ "trueroute -T -c 65534 -m 1 --interval 3600 h", "tcp:443 target=h "
	    "rounds=65534 interval=3600000 max=1 queries=1", NULL },
	{ "trueroute -w 1 h",
	    "udp:33434 target=h wait=1000000 here=0 near=0", NULL },
	{ "trueroute -w .25 h",
	    "udp:33434 target=h wait=250000 here=0 near=0", NULL },
	{ "trueroute --wait=2.5,1.5,4 h",
	    "udp:33434 target=h wait=2500000 here=150 near=400", NULL },
	{ "trueroute -w 3/2/0 h",
	    "udp:33434 target=h wait=3000000 here=200 near=0", NULL },
	{ "trueroute -w 3,2 h",
	    "udp:33434 target=h wait=3000000 here=200 near=0", NULL },
	{ "trueroute -w 0.001 h",
	    "udp:33434 target=h wait=1000 here=0 near=0", NULL },
	{ "trueroute -w 3600 h",
	    "udp:33434 target=h wait=3600000000 here=0 near=0",
	    "is in seconds" },
	{ "trueroute -N 1 h", "udp:33434 target=h at_once=1", NULL },
	{ "trueroute --sim-queries=65535 h",
	    "udp:33434 target=h at_once=65535", NULL },
	{ "trueroute -z 0.5 h", "udp:33434 target=h gap=500000", NULL },
	{ "trueroute -z 10 h", "udp:33434 target=h gap=10000000", NULL },
	{ "trueroute -z 10.5 h", "udp:33434 target=h gap=10500", NULL },
	{ "trueroute --sendwait=200 h", "udp:33434 target=h gap=200000",
	    NULL },
	{ "trueroute -i eth0 h", "udp:33434 target=h interface=eth0", NULL },
	{ "trueroute --interface=fifteen-letters h",
	    "udp:33434 target=h interface=fifteen-letters", NULL },
	{ "trueroute -i 0.1 h", "udp:33434 target=h interface=0.1",
	    "mtr's -i SECONDS is --interval SECONDS" },
	{ "trueroute -s 192.0.2.1 h", "udp:33434 target=h source=192.0.2.1",
	    NULL },
	{ "trueroute --source=2001:db8::1 2001:db8::2",
	    "udp:33434 target=2001:db8::2 source=2001:db8::1", NULL },
	{ "trueroute --fwmark 0x10 h", "udp:33434 target=h fwmark=16", NULL },
	{ "trueroute --fwmark=4294967295 h",
	    "udp:33434 target=h fwmark=4294967295", NULL },
	{ "trueroute -n h", "udp:33434 target=h numeric=1", NULL },
	{ "trueroute -e h", "udp:33434 target=h extensions=1", NULL },
	{ "trueroute --extensions h", "udp:33434 target=h extensions=1",
	    NULL },
	{ "trueroute -A h", "udp:33434 target=h as=1",
	    "-A: there is no file of origin AS on this host" },
	{ "trueroute --as-path-lookups h", "udp:33434 target=h as=1",
	    "--asn=cymru" },
	{ "trueroute --asn=cymru h", "udp:33434 target=h as=1 cymru=1", NULL },
	{ "trueroute -A --asn=file:a --asn=file:b h",
	    "udp:33434 target=h as=1 asn=a asn=b", NULL },
	{ "trueroute -A --asn=cymru --asn=off h", "udp:33434 target=h", NULL },
	{ "trueroute -A --read f", "udp:33434 mode=1 as=1 read=f", NULL },
	{ "trueroute --geo g --ixp x h", "udp:33434 target=h geo=g ixp=x",
	    NULL },
	{ "trueroute --dns-wait 0.25 --verify-names h",
	    "udp:33434 target=h dns_wait=250 verify=1", NULL },
	{ "trueroute --dns-wait=0 h", "udp:33434 target=h dns_wait=0", NULL },
	{ "trueroute -n --verify-names h",
	    "udp:33434 target=h numeric=1 verify=1",
	    "--verify-names has no effect with -n" },
	{ "trueroute --privacy 2 h", "udp:33434 target=h privacy=2", NULL },
	{ "trueroute --all-addresses -6 -c 3 h",
	    "udp:33434 target=h family=6 rounds=3 interval=1000 queries=1 "
	    "all_addresses=1", NULL },
	{ "trueroute --back h", "udp:33434 target=h back=1", NULL },
	{ "trueroute -j h", "udp:33434 target=h json=1", NULL },
	{ "trueroute --json h", "udp:33434 target=h json=1", NULL },
	{ "trueroute --write f h", "udp:33434 target=h write=f", NULL },
	{ "trueroute --read f", "udp:33434 mode=1 read=f", NULL },
	{ "trueroute --read=f -jne",
	    "udp:33434 mode=1 numeric=1 extensions=1 json=1 read=f", NULL },
	{ "trueroute --read f -q 2", "udp:33434 mode=1 queries=2 read=f",
	    "-q has no effect" },
	{ "trueroute --read f -c 2", "udp:33434 mode=1 rounds=2 read=f",
	    "-c has no effect" },
	{ "trueroute -V", "udp:0 mode=3", NULL },
	{ "trueroute --version -q 99", "udp:0 mode=3", NULL },
	{ "trueroute --help", "udp:0 mode=2", NULL },
	/* All paths. */
	{ "trueroute --multipath h",
	    "udp:33434 target=h multipath=1 at_once=128", NULL },
	{ "trueroute --multipath -N 5 h",
	    "udp:33434 target=h multipath=1 at_once=5", NULL },
	{ "trueroute --mda --confidence 99.9% -T h",
	    "tcp:443 target=h multipath=1 way=1 ppm=1000 at_once=128", NULL },
	{ "trueroute --flows 8192 --dot h", "udp:33434 target=h multipath=1 "
	    "way=2 flows=8192 dot=1 at_once=128", NULL },
	{ "trueroute --multipath --max-probes 65534 --timeout 0.5 h",
	    "udp:33434 target=h multipath=1 probes_max=65534 timeout=500 "
	    "at_once=128", NULL },
	{ "trueroute --multipath -I h",
	    "icmp:0 target=h multipath=1 at_once=128", "few balancers" },
	{ "trueroute --multipath --read f",
	    "udp:33434 mode=1 multipath=1 at_once=128 read=f", NULL },
	/* Operands. */
	{ "trueroute h 1400 -n", "udp:33434 target=h size=1400 numeric=1",
	    NULL },
	{ "trueroute h 0", "udp:33434 target=h size=1", NULL },
	{ "trueroute h 65000", "udp:33434 target=h size=65000", NULL },
	{ "trueroute -T h 443", "tcp:443 target=h size=443",
	    "443 is the packet length here; did you mean -p 443?" },
	{ "trueroute -T -p 80 h 443", "tcp:80 target=h size=443", NULL },
	{ "trueroute h 443", "udp:33434 target=h size=443", NULL },
	{ "trueroute -T h 1400", "tcp:443 target=h size=1400", NULL },
	{ "trueroute h:53", "udp:53 target=h", NULL },
	{ "trueroute -T -p 8443 h:8443", "tcp:8443 target=h", NULL },
	{ "trueroute 192.0.2.1:65535", "udp:65535 target=192.0.2.1", NULL },
	{ "trueroute 2001:db8::1", "udp:33434 target=2001:db8::1", NULL },
	{ "trueroute 2001:db8::1:443", "udp:33434 target=2001:db8::1:443",
	    NULL },
	{ "trueroute [2001:db8::1]", "udp:33434 target=2001:db8::1", NULL },
	{ "trueroute [2001:db8::1]:443", "udp:443 target=2001:db8::1", NULL },
	{ "trueroute fe80::1%eth0", "udp:33434 target=fe80::1%eth0", NULL },
	{ "trueroute [fe80::1%eth0]:7", "udp:7 target=fe80::1%eth0", NULL },
	{ "trueroute -6 ::1", "udp:33434 target=::1 family=6", NULL },
	{ "trueroute -- -h", "udp:33434 target=-h", NULL },
	/* As scripts call it: SmokePing, tcpping. */
	{ "traceroute -w 1 -f 10 -m 10 -q 1 -n h", "udp:33434 target=h "
	    "first=10 max=10 queries=1 wait=1000000 here=0 near=0 numeric=1",
	    NULL },
	{ "traceroute -M tcp -f 255 -m 255 -q 1 -w 3 -p 443 h", "tcp:443 "
	    "target=h first=255 max=255 queries=1 wait=3000000 here=0 near=0",
	    NULL },
	{ "traceroute6 h", "udp:33434 target=h family=6", NULL },
	/* tcptraceroute's table. */
	{ "tcptraceroute h", "tcp:80 target=h", NULL },
	{ "tcptraceroute h 25", "tcp:25 target=h", NULL },
	{ "/bin/tcptraceroute h 25 100 -n", "tcp:25 target=h size=100 "
	    "numeric=1", NULL },
	{ "tcptraceroute -p 1024 h", "tcp:80 target=h sport=1024", NULL },
	{ "tcptraceroute -P 1024 h", "tcp:80 target=h sport=1024", NULL },
	{ "tcptraceroute -S h", "tcp:80 target=h", NULL },
	{ "tcptraceroute -A h", "tcp:80 target=h flags=16", NULL },
	{ "tcptraceroute -S -A h", "tcp:80 target=h flags=18", NULL },
	{ "tcptraceroute -E h", "tcp:80 target=h flags=194", NULL },
	{ "tcptraceroute -nNF h", "tcp:80 target=h df=1 numeric=1 private=1",
	    NULL },
	{ "tcptraceroute -f 2 -m 9 -q 1 h",
	    "tcp:80 target=h first=2 max=9 queries=1", NULL },
	{ "tcptraceroute -w 1.5 h", "tcp:80 target=h wait=1500000", NULL },
	{ "tcptraceroute -t 16 -l 200 h", "tcp:80 target=h size=200 tos=16",
	    NULL },
	{ "tcptraceroute -i tun0 -s 192.0.2.1 h",
	    "tcp:80 target=h source=192.0.2.1 interface=tun0", NULL },
	{ "tcptraceroute --dnat h", "tcp:80 target=h dnat=1",
	    "not shown yet" },
	{ "tcptraceroute --dnat --no-dnat h", "tcp:80 target=h",
	    "not shown yet" },
	{ "tcptraceroute --no-dnat-strict h", "tcp:80 target=h dnat=2",
	    NULL },
	{ "tcptraceroute -d h", "tcp:80 target=h", "-d is accepted" },
	{ "tcptraceroute --track-id h", "tcp:80 target=h", "--track-id" },
	{ "tcptraceroute --track-port h", "tcp:80 target=h",
	    "--track-port" },
	{ "tcptraceroute -h", "udp:0 mode=2", NULL },
	{ "tcptraceroute -v", "udp:0 mode=3", NULL },
};

static void
test_good(void **state)
{
	struct tr_options options;
	struct tr_error error;
	struct summary summary;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (parse(good[i].line, &options, &error) != TR_OK)
			fail_msg("%s: %s", good[i].line, error.text);
		if (strcmp(summarise(&summary, &options),
		    good[i].summary) != 0)
			fail_msg("%s: %s, not %s", good[i].line,
			    summary.text, good[i].summary);
		if (good[i].hint == NULL ? options.hint[0] != '\0' :
		    strstr(options.hint, good[i].hint) == NULL)
			fail_msg("%s: hint \"%s\"", good[i].line,
			    options.hint);
	}
}

static void
test_argv(void **state)
{
	char *words[] = { "trueroute", "h", "-n", "60", NULL };
	char *nothing[] = { NULL };
	struct tr_options options;
	struct tr_error error;

	(void)state;
	assert_int_equal(tr_options_parse(&options, 4, words, &error), TR_OK);
	assert_string_equal(words[1], "h");	/* not reordered */
	assert_string_equal(words[2], "-n");
	assert_int_equal(options.size, 60);
	assert_true(tr_options_parse(&options, 0, nothing, &error) < 0);
	assert_true(tr_options_parse(&options, 4, words, NULL) == TR_OK);
	words[1] = "-k";
	assert_true(tr_options_parse(&options, 4, words, NULL) < 0);
}

static void
test_programs(void **state)
{
	struct tr_options options;
	struct tr_error error;

	(void)state;
	assert_int_equal(parse("trueroute h", &options, &error), TR_OK);
	assert_int_equal(options.program, TR_PROGRAM_TRUEROUTE);
	assert_false(options.unreached_is_success);
	assert_int_equal(parse("/x/traceroute h", &options, &error), TR_OK);
	assert_int_equal(options.program, TR_PROGRAM_TRACEROUTE);
	assert_true(options.unreached_is_success);
	assert_true(parse("tcptraceroute -k", &options, &error) < 0);
	assert_int_equal(options.program, TR_PROGRAM_TCPTRACEROUTE);
	assert_false(options.unreached_is_success);
	assert_int_equal(parse("other h", &options, &error), TR_OK);
	assert_int_equal(options.program, TR_PROGRAM_TRUEROUTE);
}

/* --- the help text ------------------------------------------------------ */

static char *
help_of(enum tr_program program)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	tr_options_help(stream, program);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void
assert_width(const char *text)
{
	for (const char *line = text; *line != '\0';) {
		const size_t length = strcspn(line, "\n");

		if (length > 80)
			fail_msg("too wide: %.*s", (int)length, line);
		if (length > 0)
			assert_true(line[length - 1] != ' ');
		line += length + (line[length] == '\n');
	}
}

/* Each option stands at the beginning of a line of its own. */
static void
assert_names(const char *text, const char *const names[])
{
	for (; *names != NULL; names++) {
		char wanted[64];

		snprintf(wanted, sizeof(wanted), "\n%s", *names);
		if (strstr(text, wanted) == NULL)
			fail_msg("not in the help text: %s", *names);
	}
}

static void
test_help(void **state)
{
	static const char *const ours[] = {
		"  -4 ", "  -6 ", "  -I, --icmp ", "  -T, --tcp ",
		"  -U, --udp ", "  -M, --module=METHOD ",
		"  -O, --options=LIST ", "  -p, --port=PORT ",
		"      --sport=PORT ", "  -t, --tos=TOS ",
		"      --dscp=NAME ", "  -l, --flowlabel=LABEL ",
		"  -F, --dont-fragment ", "      --classic ",
		"  -f, --first=TTL ", "  -m, --max-hops=TTL ",
		"  -q, --queries=COUNT ", "  -c, --rounds=COUNT ",
		"      --interval=SECONDS ", "  -w, --wait=MAX[,HERE,NEAR] ",
		"  -N, --sim-queries=COUNT ", "  -z, --sendwait=TIME ",
		"  -i, --interface=NAME ", "  -s, --source=ADDRESS ",
		"      --fwmark=MARK ", "  -n ", "  -e, --extensions ",
		"  -A, --as-path-lookups ", "      --back ", "  -j, --json ",
		"      --write=FILE ", "      --read=FILE ",
		"  -V, --version ", "      --help ", NULL,
	};
	static const char *const theirs[] = {
		"  -S ", "  -A ", "  -E ", "  -p PORT ", "  -P PORT ",
		"  -t TOS ", "  -F ", "  -l LENGTH ", "  -f TTL ",
		"  -m TTL ", "  -q COUNT ", "  -w SECONDS ", "  -i NAME ",
		"  -s ADDRESS ", "  -n ", "  -N ", "      --dnat ",
		"      --no-dnat ", "      --no-dnat-strict ",
		"      --track-id ", "      --track-port ", "  -d ",
		"  -v, --version ", "  -h, --help ", NULL,
	};
	char *text = help_of(TR_PROGRAM_TRUEROUTE);

	(void)state;
	assert_width(text);
	assert_names(text, ours);
	free(text);
	text = help_of(TR_PROGRAM_TCPTRACEROUTE);
	assert_width(text);
	assert_names(text, theirs);
	free(text);
	text = help_of(TR_PROGRAM_TRACEROUTE);
	assert_width(text);
	assert_names(text, ours);
	assert_non_null(strstr(text, "0 reached or not"));
	free(text);
}

static void
test_warn(void **state)
{
	struct tr_options options;
	struct tr_error error;
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	assert_non_null(stream);
	assert_int_equal(parse("trueroute -A -T h 443", &options, &error),
	    TR_OK);
	tr_options_warn(stream, &options);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text,
	    "trueroute: -A: there is no file of origin AS on this host; give "
	    "one by --asn=file:PATH, or ask Team Cymru's DNS about each hop "
	    "by --asn=cymru\n"
	    "trueroute: 443 is the packet length here; did you mean "
	    "-p 443?\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_warn),
	};

	/* Where -A would find its file. */
	unsetenv("TRUEROUTE_ASN");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
