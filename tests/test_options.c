/*
 * The command line: every option with good and bad values, both tables, the
 * forms of a host, the hints, and the help text.
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
#include "cli/hints.h"
#include "cli/options.h"
#include "cli/resolve.h"
#include "packet/wire.h"

#define WORDS_MAX	16
#define TEXT_MAX	1024

/* A command line, parted at spaces; "" is an empty word. */
struct line {
	char	 text[TEXT_MAX];
	char	*words[WORDS_MAX + 1];
	int	 count;
};

static void
split(struct line *line, const char *text)
{
	assert_true(strlen(text) < sizeof(line->text));
	strcpy(line->text, text);
	line->count = 0;
	for (char *word = strtok(line->text, " "); word != NULL;
	    word = strtok(NULL, " ")) {
		assert_true(line->count < WORDS_MAX);
		line->words[line->count++] =
		    strcmp(word, "\"\"") == 0 ? word + 2 : word;
	}
	line->words[line->count] = NULL;
}

static int
parse(const char *text, struct tr_options *options, struct tr_error *error)
{
	static struct line line;	/* options borrow from it */

	split(&line, text);
	error->text[0] = '\0';
	return tr_options_parse(options, line.count, line.words, error);
}

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

/* --- what is refused ---------------------------------------------------- */

struct bad {
	const char *line;
	const char *text;	/* all of it; with * at the end: so it begins */
};

#define NO_TCPTRACEROUTE(flag)						\
	"unknown option " flag ": under this name tcptraceroute's are "	\
	"understood (-h lists them), under trueroute more"

static const struct bad bad[] = {
	{ "trueroute", "no host is given*" },
	{ "trueroute -n", "no host is given*" },
	{ "trueroute \"\"", "the host's name is empty*" },
	{ "trueroute -p 99999 h",
	    "-p: port 99999 is out of range: 1 to 65535" },
	{ "trueroute -p 0 h", "-p: port 0 is out of range: 1 to 65535" },
	{ "trueroute -p -1 h", "-p: port -1 is out of range: 1 to 65535" },
	{ "trueroute -p 80x h", "-p: 80x is no port: 1 to 65535, or the name "
	    "of a service" },
	{ "trueroute -p \"\" h", "-p: the port is missing: *" },
	{ "trueroute --sport 65536 h",
	    "--sport: port 65536 is out of range: 1 to 65535" },
	{ "trueroute --sport 0 h",
	    "--sport: port 0 is out of range: 1 to 65535" },
	{ "trueroute --dns-wait 61 h",
	    "--dns-wait: 61 is no number of seconds from 0 to 60" },
	{ "trueroute --dns-wait=-1 h", "--dns-wait: -1 is no number*" },
	{ "trueroute --asn=whois h",
	    "--asn: whois is not known: file:PATH, cymru and off are" },
	{ "trueroute --asn=file: h", "--asn: the file's name is empty" },
	{ "trueroute --asn=cymru --asn=file:a h", "--asn: origins come from "
	    "files or from cymru: one of them is accepted" },
	{ "trueroute --asn=file:a --asn=cymru h", "--asn: origins come from*" },
	{ "trueroute --asn=file:1 --asn=file:2 --asn=file:3 --asn=file:4 "
	    "--asn=file:5 h", "--asn: more than 4 files are too many" },
	{ "trueroute --asn=cymru --read f", "--asn=cymru asks the network*" },
	{ "trueroute --all-addresses --write f h", "--write is of one trace*" },
	{ "trueroute --read f --all-addresses", "--read is of what was*" },
	{ "trueroute --compare --all-addresses h", "--compare is of one*" },
	{ "trueroute --all-addresses --reveal h", "--reveal is of one addr*" },
	{ "trueroute --all-addresses --sport 4000 h", "--sport is of one f*" },
	{ "trueroute --all-addresses --privacy 1 h", "--privacy is of one*" },
	{ "trueroute --geo= h", "--geo: the file's name is empty" },
	{ "trueroute --privacy 2 --compare h",
	    "--privacy is for one trace, which a capture holds: mask each "
	    "protocol by itself, without --compare" },
	{ "trueroute --read x --write y",
	    "--write: nothing is captured with --read; one of them is "
	    "accepted, or both with --privacy" },
	{ "trueroute --privacy 0 h",
	    "--privacy: count 0 is out of range: 1 to 255" },
	{ "trueroute -f 0 h", "-f: TTL 0 is out of range: 1 to 255" },
	{ "trueroute --first=256 h", "-f: TTL 256 is out of range: 1 to 255" },
	{ "trueroute -m 256 h", "-m: TTL 256 is out of range: 1 to 255" },
	{ "trueroute -m 0 h", "-m: TTL 0 is out of range: 1 to 255" },
	{ "trueroute -f 31 h",
	    "-f: TTL 31 is beyond the last one, 30 (-m): 1 to 30" },
	{ "trueroute -m 3 -f 4 h",
	    "-f: TTL 4 is beyond the last one, 3 (-m): 1 to 3" },
	{ "trueroute -q 0 h", "-q: count 0 is out of range: 1 to 10" },
	{ "trueroute -q 11 h", "-q: count 11 is out of range: 1 to 10" },
	{ "trueroute -q 99999999999999999999999 h", "-q: count "
	    "99999999999999999999999 is out of range: 1 to 10" },
	{ "trueroute -q 1.5 h",
	    "-q: 1.5 is no number: count 1 to 10 is wanted" },
	{ "trueroute -q 0x3 h",
	    "-q: 0x3 is no number: count 1 to 10 is wanted" },
	{ "trueroute -c 0 h", "-c: count 0 is out of range: 1 to 65534" },
	{ "trueroute -c 65535 h",
	    "-c: count 65535 is out of range: 1 to 65534" },
	{ "trueroute -c x h",
	    "-c: x is no number: count 1 to 65534 is wanted" },
	{ "trueroute -c 2185 h", "-c: 2185 rounds of up to 30 hops take more "
	    "probes than the 65534 of a run: 1 to 2184; with a smaller -m "
	    "more" },
	{ "trueroute -c 2176 -q 10 h", "-c: 2176 rounds of up to 30 hops take "
	    "more probes than the 65534 of a run: 1 to 2175*" },
	{ "trueroute -c 65534 -m 2 h", "-c: 65534 rounds of up to 2 hops take "
	    "more probes than the 65534 of a run: 1 to 32767*" },
	{ "trueroute -c 5 --interval 0.009 h",
	    "--interval: 0.009 is no number of seconds from 0.01 to 3600" },
	{ "trueroute -c 5 --interval 3601 h",
	    "--interval: 3601 is no number of seconds from 0.01 to 3600" },
	{ "trueroute -c 5 --interval 1s h",
	    "--interval: 1s is no number of seconds from 0.01 to 3600" },
	{ "trueroute --interval 2 h", "--interval is the time between "
	    "rounds: it goes with -c" },
	{ "trueroute -c 5 --multipath h", "-c counts the answers along one "
	    "path, and --multipath finds all: one of them is accepted" },
	{ "trueroute -c 5 --mda --dot h", "-c counts *" },
	{ "trueroute -c 5 --dot h", "--dot goes with --multipath*" },
	{ "trueroute -c 5 --classic h", "-c counts the answers to one flow, "
	    "and --classic makes each probe a flow of its own: one of them "
	    "is accepted" },
	{ "trueroute -N 0 h", "-N: count 0 is out of range: 1 to 65535" },
	{ "trueroute -N 65536 h",
	    "-N: count 65536 is out of range: 1 to 65535" },
	{ "trueroute -w 0 h",
	    "-w: wait 0 is out of range: 0.001 to 3600 seconds" },
	{ "trueroute -w 3601 h",
	    "-w: wait 3601 is out of range: 0.001 to 3600 seconds" },
	{ "trueroute -w out.pcap h", "-w: out.pcap is no MAX[,HERE,NEAR]; -w "
	    "is the wait in seconds; to save a capture use --write FILE" },
	{ "trueroute -w 1,2,3,4 h", "-w: 1,2,3,4 is no MAX*" },
	{ "trueroute -w 1, h", "-w: 1, is no MAX*" },
	{ "trueroute -w nan h", "-w: nan is no MAX*" },
	{ "trueroute -w 1e3 h", "-w: 1e3 is no MAX*" },
	{ "trueroute -w -1 h", "-w: -1 is no MAX*" },
	{ "trueroute -w . h", "-w: . is no MAX*" },
	{ "trueroute -w 1,1001 h", "-w: 1,1001 is out of range: *" },
	{ "trueroute -z x h", "-z: x is no time: *" },
	{ "trueroute -z -1 h", "-z: -1 is no time: *" },
	{ "trueroute -z 3600001 h", "-z: 3600001 is out of range: *" },
	{ "trueroute -t 256 h",
	    "-t: TOS 256 is out of range: 0 to 255 (0xff)" },
	{ "trueroute -t 0x h", "-t: 0x is no number: *" },
	{ "trueroute --dscp 64 h", "--dscp: 64 is no code point: *" },
	{ "trueroute --dscp AF44 h", "--dscp: AF44 is no code point: *" },
	{ "trueroute --dscp EF -t 0 h", "--dscp and -t set the same bits*" },
	{ "trueroute -l 0x100000 h",
	    "-l: flow label 0x100000 is out of range: 0 to 1048575 (0xfffff)" },
	{ "trueroute --fwmark 4294967296 h", "--fwmark: mark 4294967296 is "
	    "out of range: 0 to 4294967295 (0xffffffff)" },
	{ "trueroute -i sixteen-letters- h", "-i: sixteen-letters- has 16 "
	    "bytes: an interface's name of at most 15 is wanted" },
	{ "trueroute -i a/b h", "-i: a/b is not an interface's name" },
	{ "trueroute -i \"\" h", "-i: the value is empty: *" },
	{ "trueroute -s 1400 h", "-s: 1400 is no address of this host; mtr's "
	    "-s SIZE is the operand after the host*" },
	{ "trueroute -s \"\" h", "-s: the value is empty: *" },
	{ "trueroute --write \"\" h", "--write: the file's name is empty" },
	{ "trueroute --read \"\"", "--read: the file's name is empty" },
	{ "trueroute --read f h", "--read takes no host (h)*" },
	{ "trueroute --read f --write g", "--write: *" },
	{ "trueroute -M raw h", "-M: there is no method raw here: udp, icmp, "
	    "tcp or default; probes of any IP protocol*" },
	{ "trueroute -M tcpconn h", "-M: there is no method tcpconn here: "
	    "udp, icmp, tcp or default" },
	{ "trueroute -T -O mss=9 h", "-O: mss=9 is not known: *" },
	{ "trueroute -T -O info, h", "-O:  is not known: *" },
	{ "trueroute -O info h", "-O: UDP takes no options: *" },
	{ "trueroute -I -O info h", "-O: ICMP takes no options: *" },
	{ "trueroute --classic -p 65447 h", "-p: port 65447 is too high for "
	    "--classic, which counts it up with every probe: 1 to 65446" },
	{ "trueroute --classic -T --sport 65500 h",
	    "--sport: port 65500 is too high for --classic*" },
	{ "trueroute -4 2001:db8::1",
	    "-4: 2001:db8::1 is an IPv6 address" },
	{ "trueroute -6 192.0.2.1", "-6: 192.0.2.1 is an IPv4 address" },
	{ "trueroute -4 [::1]:5", "-4: ::1 is an IPv6 address" },
	{ "trueroute -4 fe80::1%eth0", "-4: fe80::1%eth0 is an IPv6 address" },
	{ "trueroute -s 192.0.2.1 ::1",
	    "-s: 192.0.2.1 is an IPv4 address, the trace is of IPv6" },
	{ "trueroute -6 -s 192.0.2.1 h",
	    "-s: 192.0.2.1 is an IPv4 address, the trace is of IPv6" },
	/* Operands. */
	{ "trueroute h 65001",
	    "the packet length 65001 is out of range: 0 to 65000" },
	{ "trueroute h other", "the packet length other is no number: *" },
	{ "trueroute h 60 61", "61 is one operand too many: *" },
	{ "trueroute h -- -5",
	    "the packet length -5 is out of range: 0 to 65000" },
	{ "trueroute h:99999",
	    "the port of the host: port 99999 is out of range: 1 to 65535" },
	{ "trueroute h:0",
	    "the port of the host: port 0 is out of range: 1 to 65535" },
	{ "trueroute h:", "the port of the host: the port is missing: *" },
	{ "trueroute :80", ":80 names no host: *" },
	{ "trueroute -p 80 h:81",
	    "the port is given twice: -p 80, and 81 with the host" },
	{ "trueroute [::1", "[::1 is no host: *" },
	{ "trueroute []:80", "[]:80 is no host: *" },
	{ "trueroute [h]:80", "[h]:80 is no host: *" },
	{ "trueroute [::1]80", "[::1]80 is no host: *" },
	{ "trueroute [::1]:0", "the port of the host: port 0 *" },
	{ "trueroute fe80::1%", "fe80::1% is no IPv6 address*" },
	{ "trueroute 2001:db8:::1", "2001:db8:::1 is no IPv6 address; *" },
	{ "trueroute https://h/x", "https://h/x is a URL: *" },
	{ "trueroute 192.0.2.0/24", "192.0.2.0/24 is no host: *" },
	{ "trueroute a\033[31mb", "a?[31mb is no host: *" },
	{ "trueroute /?", "/? is not for here: --help" },
	/* Missing and needless values. */
	{ "trueroute -q", "-q: the value is missing: COUNT is wanted" },
	{ "trueroute --sport", "--sport: the value is missing: PORT is "
	    "wanted" },
	{ "trueroute --json=x h", "--json takes no value: --json=x" },
	/* Unknown ones, and what they are here. */
	{ "trueroute -r h", "unknown option -r: mtr's report mode is -c "
	    "COUNT; tcpdump's -r FILE is --read FILE*" },
	{ "trueroute -nr h", "unknown option -r: mtr's report mode*" },
	{ "trueroute --report h",
	    "unknown option --report: mtr's report mode is -c COUNT" },
	{ "tcptraceroute -c 5 h", "unknown option -c: under this name*" },
	{ "trueroute -o L h", "unknown option -o: mtr's -o FIELDS*" },
	{ "trueroute -b h", "unknown option -b: mtr's -b*" },
	{ "trueroute -u h", "unknown option -u: mtr's -u (UDP) is the default "
	    "here" },
	{ "trueroute -P 443 h", "unknown option -P: mtr's -P PORT is -p PORT; "
	    "scamper's -P udp-paris*" },
	{ "trueroute -zn h", "-z: n is no time: 0 to 10 seconds, or above 10 "
	    "milliseconds; mtr's -z (AS numbers) is -A, which is not here "
	    "yet" },
	{ "trueroute -Pn -p 443 h", "unknown option -Pn: nmap's -Pn is not "
	    "needed; -p 443 with -T probes the port" },
	{ "trueroute -a mda h", "unknown option -a: paris-traceroute's -a "
	    "mda*" },
	{ "trueroute -d h", "unknown option -d: tracert's -d is -n*" },
	{ "trueroute -h 5 h", "unknown option -h: help is --help; tracert's "
	    "-h HOPS is -m HOPS" },
	{ "trueroute -help", "unknown option -help: help is --help" },
	{ "trueroute -v", "unknown option -v: the version is -V" },
	{ "trueroute --npaths 5 h", "unknown option --npaths: "
	    "dublin-traceroute's --npaths*" },
	{ "trueroute --mtu --multipath h", "--mtu follows one flow, and "
	    "--multipath, --mda and --flows many: one of them is accepted" },
	{ "trueroute --flows 9 --mtu h", "--mtu follows one flow*" },
	{ "trueroute --mtu --dot h", "--dot goes with --multipath*" },
	{ "trueroute --mtu --classic h", "--mtu follows one flow, and "
	    "--classic makes each probe one of its own: one of them is "
	    "accepted" },
	{ "trueroute --mtu=1500 h", "--mtu takes no value: --mtu=1500" },
	{ "trueroute -k h",
	    "unknown option -k: --help lists those that are" },
	{ "trueroute -\001 h",
	    "unknown option -?: *" },
	{ "trueroute --jsno h",
	    "unknown option --jsno: did you mean --json?" },
	{ "trueroute --quiries=3 h",
	    "unknown option --quiries: did you mean --queries?" },
	{ "trueroute --max_hops 3 h",
	    "unknown option --max_hops: did you mean --max-hops?" },
	{ "trueroute --frobnicate h",
	    "unknown option --frobnicate: --help lists those that are" },
	{ "trueroute --so\033[1m h",
	    "unknown option --so?[1m: --help lists those that are" },
	{ "trueroute --s 1 h", "--s is not enough: --sport, *" },
	/* tcptraceroute's table. */
	{ "tcptraceroute", "no host is given: tcptraceroute [-nNFSAEd]*" },
	{ "tcptraceroute -T h", NO_TCPTRACEROUTE("-T") },
	{ "tcptraceroute -I h", NO_TCPTRACEROUTE("-I") },
	{ "tcptraceroute --mtu h",
	    "unknown option --mtu: --help lists those that are" },
	{ "tcptraceroute --json h",
	    "unknown option --json: --help lists those that are" },
	{ "tcptraceroute -w 1,2,3 h", "-w: 1,2,3 is no number of seconds: "
	    "0.001 to 3600 is wanted" },
	{ "tcptraceroute -p 99999 h",
	    "-p: port 99999 is out of range: 1 to 65535" },
	{ "tcptraceroute h 99999",
	    "the port of the host: port 99999 is out of range: 1 to 65535" },
	{ "tcptraceroute h 0",
	    "the port of the host: port 0 is out of range: 1 to 65535" },
	{ "tcptraceroute h no-such-service",
	    "the port of the host: no-such-service is no port: *" },
	{ "tcptraceroute h:80 81", "the port is given twice: 81" },
	{ "tcptraceroute h 80 60 5", "5 is one operand too many: *" },
	{ "tcptraceroute -l 65001 h", "-l: packet length 65001 is out of "
	    "range: 0 to 65000" },
	{ "tcptraceroute -q 11 h", "-q: count 11 is out of range: 1 to 10" },
};

static bool
matches(const char *text, const char *wanted)
{
	const size_t length = strlen(wanted);

	if (length > 0 && wanted[length - 1] == '*')
		return strncmp(text, wanted, length - 1) == 0;
	return strcmp(text, wanted) == 0;
}

static void
assert_one_clean_line(const char *text)
{
	assert_true(text[0] != '\0');
	for (; *text != '\0'; text++)
		assert_true(*text >= ' ' && *text < 0x7f);
}

static void
test_bad(void **state)
{
	struct tr_options options;
	struct tr_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i].line, &options, &error) == TR_OK)
			fail_msg("%s: accepted", bad[i].line);
		if (!matches(error.text, bad[i].text))
			fail_msg("%s: \"%s\", not \"%s\"", bad[i].line,
			    error.text, bad[i].text);
		assert_one_clean_line(error.text);
		assert_true(error.code < 0);
	}
}

/* Values of 100000 bytes, in each place where one can stand. */
static void
test_huge(void **state)
{
	static const char *const flags[] = {
		"-M", "-O", "-p", "--sport", "-t", "--dscp", "-l", "-f", "-m",
		"-q", "-c", "--interval", "-w", "-N", "-z", "-i", "-s",
		"--fwmark", "-T",
	};
	const size_t size = 100000;
	char *huge = malloc(size + 3);
	struct tr_options options;
	struct tr_error error;

	(void)state;
	assert_non_null(huge);
	for (int fill = 1; fill < 256; fill += 18) {
		memset(huge, fill, size + 2);
		huge[size + 2] = '\0';
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]);
		    i++) {
			char *words[] = { "trueroute", (char *)flags[i],
			    huge, "h", NULL };

			assert_true(tr_options_parse(&options, 4, words,
			    &error) < 0);
			assert_one_clean_line(error.text);
		}
		memcpy(huge, "--", 2);
		char *words[] = { huge, huge, NULL };
		assert_true(tr_options_parse(&options, 2, words, &error) < 0);
		assert_one_clean_line(error.text);
	}
	free(huge);
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

/* --- hints and names ---------------------------------------------------- */

static void
test_hints(void **state)
{
	char hint[TR_HINT_MAX];
	char quote[TR_QUOTE_MAX];
	char text[200];

	(void)state;
	assert_true(tr_hint_flag("-w", hint));
	assert_string_equal(hint, "-w is the wait in seconds; to save a "
	    "capture use --write FILE");
	assert_false(tr_hint_flag("-k", hint));
	assert_string_equal(hint, "");

	assert_int_equal(tr_hint_distance("json", "json"), 0);
	assert_int_equal(tr_hint_distance("jsno", "json"), 1);
	assert_int_equal(tr_hint_distance("", "abc"), 3);
	assert_int_equal(tr_hint_distance("kitten", "sitting"), 3);
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_true(tr_hint_distance(text, "json") == SIZE_MAX);
	assert_true(tr_hint_distance("json", text) == SIZE_MAX);

	assert_string_equal(tr_quote("a\nb\x9b\x7f", quote), "a?b??");
	assert_string_equal(tr_quote("z\xc3\xbcrich", quote),
	    "z\xc3\xbcrich");
	assert_int_equal(strlen(tr_quote(text, quote)), TR_QUOTE_MAX - 1);
	assert_string_equal(quote + TR_QUOTE_MAX - 4, "...");
	text[TR_QUOTE_MAX - 1] = '\0';
	assert_string_equal(tr_quote(text, quote), text);
}

static void
test_resolve(void **state)
{
	struct tr_resolved resolved, several[2];
	struct tr_error error;
	char text[TR_ADDRESS_TEXT_MAX];
	size_t written;

	(void)state;
	assert_int_equal(tr_resolve("192.0.2.1", 0, &resolved, &error),
	    TR_OK);
	assert_int_equal(resolved.count, 1);
	assert_string_equal(tr_address_text(&resolved.address, text,
	    sizeof(text)), "192.0.2.1");
	assert_int_equal(resolved.scope_index, 0);
	assert_int_equal(tr_resolve("2001:db8::1", 6, &resolved, &error),
	    TR_OK);
	assert_string_equal(tr_address_text(&resolved.address, text,
	    sizeof(text)), "2001:db8::1");
	assert_int_equal(tr_resolve("fe80::1%lo", 0, &resolved, &error),
	    TR_OK);
	assert_string_equal(resolved.scope, "lo");
	assert_true(resolved.scope_index > 0);
	assert_int_equal(resolved.number, 1);

	/* An address has itself alone, whatever there is room for. */
	assert_int_equal(tr_resolve_all("192.0.2.1", 0, several, 2, &written,
	    &error), TR_OK);
	assert_int_equal(written, 1);
	assert_int_equal(several[0].number, 1);
	assert_int_equal(several[0].count, 1);
	assert_int_equal(tr_resolve_all("192.0.2.1", 6, several, 2, &written,
	    &error), TR_ENOTFOUND);
	assert_int_equal(written, 0);
	assert_int_equal(tr_resolve("192.0.2.1", 6, &resolved, &error),
	    TR_ENOTFOUND);
	assert_non_null(strstr(error.text, "(IPv6 was asked for)"));
	assert_int_equal(tr_resolve("fe80::1%no-such", 0, &resolved, &error),
	    TR_ENOTFOUND);
	assert_string_equal(error.text, "cannot resolve fe80::1%no-such: "
	    "there is no interface no-such");
	/* No query leaves: a label has 63 letters at most. */
	assert_int_equal(tr_resolve("a23456789012345678901234567890123456789"
	    "0123456789012345678901234", 4, &resolved, &error), TR_ENOTFOUND);
	assert_memory_equal(error.text, "cannot resolve a2345", 20);
	assert_non_null(strstr(error.text, "...: "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_warn),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_resolve),
	};

	/* Where -A would find its file. */
	unsetenv("TRUEROUTE_ASN");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
