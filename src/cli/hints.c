#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/hints.h"

#define NAME_MAX_COMPARED 24

struct foreign {
	const char *program;	/* "" when the words stand for themselves */
	const char *flag;
	const char *words;
};

/* Of a trace; in the order in which they are told. */
static const struct foreign foreign[] = {
	/* Unknown letters. */
	{ "mtr", "-r", "report mode is -c COUNT" },
	{ "tcpdump", "-r", "-r FILE is --read FILE" },
	{ "traceroute", "-r",
	    "-r (past the routing table) is not here, -i NAME is" },
	{ "mtr", "-o", "-o FIELDS is not here yet; --json has every field" },
	{ "mtr", "-b", "-b (names and addresses) is what is shown without "
	    "-n" },
	{ "mtr", "-u", "-u (UDP) is the default here" },
	{ "mtr", "-P", "-P PORT is -p PORT" },
	{ "scamper", "-P", "-P udp-paris, icmp-paris and tcp are the default, "
	    "-I and -T; every trace keeps to one flow" },
	{ "traceroute", "-P", "-P PROTOCOL (raw IP) is not here" },
	{ "nmap", "-Pn", "-Pn is not needed; -p 443 with -T probes the port" },
	{ "paris-traceroute", "-a",
	    "-a mda is --mda, or --multipath; one flow is the default" },
	{ "mtr", "-a", "-a ADDRESS is -s ADDRESS" },
	{ "tracert", "-d", "-d is -n" },
	{ "lft", "-d", "-d PORT is -p PORT" },
	{ "traceroute", "-d", "-d (debugging) is not here" },
	{ "", "-h", "help is --help" },
	{ "tracert", "-h", "-h HOPS is -m HOPS" },
	{ "", "-help", "help is --help" },
	{ "", "-?", "help is --help" },
	{ "", "-v", "the version is -V" },
	{ "", "-version", "the version is -V" },
	{ "traceroute", "-g", "-g (source routing) is not here: routers drop "
	    "such packets" },
	{ "traceroute", "-D", "-D (DCCP) is not here" },
	{ "traceroute", "-L", "-UL (UDP-Lite) is not here" },
	{ "mtr", "-L", "-L PORT is --sport PORT" },
	{ "mtr", "-x", "-x (XML) is not here; --json is" },
	{ "mtr", "-C", "-C (CSV) is not here yet; --json is" },
	{ "mtr", "-S", "-S (SCTP) is not here" },
	{ "lft", "-S", "-S (no status) is not needed: standard output has "
	    "data only" },
	{ "lft", "-E", "-E (adaptive) is the default here" },
	{ "tcptraceroute", "-E", "-E is -T -O ecn" },
	{ "tcptraceroute", "-S", "-S is -T" },
	{ "mtr", "-Q", "-Q TOS is -t TOS" },
	{ "mtr", "-y", "-y (AS numbers, countries) is not here yet" },
	{ "mtr", "-G", "-G SECONDS is not needed: see -w" },
	{ "mtr", "-Z", "-Z SECONDS is -w SECONDS" },
	{ "mtr", "-B", "-B PATTERN is not here" },
	{ "trippy", "-R", "-R (paris, dublin) is not needed: one flow is the "
	    "default" },
	{ "nexttrace", "-R", "-R is not here" },

	/* Unknown long names. */
	{ "mtr", "--report", "report mode is -c COUNT" },
	{ "mtr", "--report-wide", "report mode is -c COUNT" },
	{ "mtr", "--report-cycles", "--report-cycles COUNT is -c COUNT" },
	{ "mtr", "--order", "--order is not here yet; --json has every field" },
	{ "mtr", "--show-ips", "--show-ips is what is shown without -n" },
	{ "mtr", "--no-dns", "--no-dns is -n" },
	{ "mtr", "--psize", "--psize SIZE is the operand after the host" },
	{ "mtr", "--address", "--address ADDRESS is -s ADDRESS" },
	{ "mtr", "--localport", "--localport PORT is --sport PORT" },
	{ "mtr", "--first-ttl", "--first-ttl TTL is -f TTL" },
	{ "mtr", "--max-ttl", "--max-ttl TTL is -m TTL" },
	{ "mtr", "--max-unknown", "--max-unknown is not here yet" },
	{ "mtr", "--timeout", "--timeout SECONDS is -w SECONDS" },
	{ "mtr", "--gracetime", "--gracetime is not needed: see -w" },
	{ "mtr", "--mark", "--mark MARK is --fwmark MARK" },
	{ "mtr", "--aslookup", "--aslookup is -A, which is not here yet" },
	{ "mtr", "--ipinfo", "--ipinfo is not here yet" },
	{ "mtr", "--mpls", "--mpls is -e" },
	{ "mtr", "--csv", "--csv is not here yet; --json is" },
	{ "mtr", "--xml", "--xml is not here; --json is" },
	{ "mtr", "--raw", "--raw is not here; --json is" },
	{ "mtr", "--split", "--split is not here; --json is" },
	{ "mtr", "--curses", "--curses is not here yet" },
	{ "mtr", "--sctp", "--sctp is not here" },
	{ "traceroute", "--debug", "--debug is not here" },
	{ "traceroute", "--gateway", "--gateway is not here: routers drop "
	    "source-routed packets" },
	{ "traceroute", "--protocol", "--protocol (raw IP) is not here" },
	{ "traceroute", "--dccp", "--dccp is not here" },
	{ "traceroute", "--raw", "--raw is not here" },
	{ "traceroute", "--udplite", "--udplite is not here" },
	{ "dublin-traceroute", "--npaths",
	    "--npaths COUNT is --flows COUNT, or --multipath" },
	{ "dublin-traceroute", "--dport", "--dport PORT is -p PORT" },
	{ "dublin-traceroute", "--min-ttl", "--min-ttl TTL is -f TTL" },
	{ "dublin-traceroute", "--delay", "--delay MILLISECONDS is -z" },
	{ "dublin-traceroute", "--broken-nat",
	    "--broken-nat is not needed: such answers are recognised" },
	{ "dublin-traceroute", "--output-file", "--output-file FILE is --json "
	    ">FILE" },
	{ "dublin-traceroute", "--no-dns", "--no-dns is -n" },
	{ "dublin-traceroute", "--use-srcport-for-path-generation",
	    "--use-srcport-for-path-generation is not needed: flows differ "
	    "in the source port" },
	{ "paris-traceroute", "--algorithm",
	    "--algorithm mda is --mda, or --multipath" },
	{ "trippy", "--multipath-strategy", "--multipath-strategy is not "
	    "needed: one flow is the default, --multipath has them all" },
	{ "trippy", "--target-port", "--target-port PORT is -p PORT" },
	{ "trippy", "--source-port", "--source-port PORT is --sport PORT" },
	{ "trippy", "--source-address", "--source-address ADDRESS is -s "
	    "ADDRESS" },
	{ "nmap", "--traceroute", "--traceroute is what this program does" },
	{ "", "--output", "the format is --json, or text without it" },
	{ "", "--ttl", "the range is -f FIRST -m LAST" },
	{ "", "--numeric", "addresses only is -n" },
	{ "", "--verbose", "--json tells everything" },

	/* Our own flags, with a value that is none of ours. */
	{ "", "-w", "-w is the wait in seconds; to save a capture use --write "
	    "FILE" },
	{ "mtr", "-z", "-z (AS numbers) is -A, which is not here yet" },
	{ "mtr", "-i", "-i SECONDS is --interval SECONDS" },
	{ "mtr", "-s", "-s SIZE is the operand after the host" },
	{ "lft", "-s", "-s PORT is --sport PORT" },
	{ "mtr", "-t", "-t (curses) is not here yet" },
	{ "mtr", "-l", "-l (raw) is not here; --json is" },
	{ "tcptraceroute", "-l", "-l LENGTH is the operand after the host" },
};

/* Of a survey: what a trace has and it has not, and other programs' flags. */
static const struct foreign surveyed[] = {
	/* The options of a trace. */
	{ "", "-M", "-I, -T and -U say by which protocol" },
	{ "", "--module", "-I, -T and -U say by which protocol" },
	{ "", "-O", "-T sends SYNs; other flags are of a trace" },
	{ "", "--options", "-T sends SYNs; other flags are of a trace" },
	{ "", "-F", "probes are too small to be fragmented" },
	{ "", "--dont-fragment", "probes are too small to be fragmented" },
	{ "", "--mtu", "the path MTU is found to one host: trueroute --mtu "
	    "HOST" },
	{ "", "--classic", "each target is probed by one flow always" },
	{ "", "--compare", "protocols are compared to one host: trueroute "
	    "--compare HOST" },
	{ "", "--flows", "all paths of each target are found by --multipath, "
	    "within --max-probes" },
	{ "", "--classify", "balancers are looked into on the way to one "
	    "host: trueroute --multipath --classify HOST" },
	{ "", "--dot", "graphs are of one host: trueroute --multipath --dot "
	    "HOST" },
	{ "", "--timeout", "how long an answer is awaited is -w SECONDS" },
	{ "", "-c", "a survey has one round; rounds are of one host: "
	    "trueroute -c COUNT HOST" },
	{ "scamper", "-c", "-c COMMAND is what the options here say" },
	{ "", "--rounds", "a survey has one round; rounds are of one host: "
	    "trueroute -c COUNT HOST" },
	{ "", "--interval", "the pace is --rate PPS" },
	{ "", "-N", "targets at once are --window COUNT, the pace is --rate "
	    "PPS" },
	{ "", "--sim-queries", "targets at once are --window COUNT, the pace "
	    "is --rate PPS" },
	{ "", "-z", "the pace is --rate PPS, and to each target "
	    "--target-spacing SECONDS" },
	{ "", "--sendwait", "the pace is --rate PPS, and to each target "
	    "--target-spacing SECONDS" },
	{ "", "-n", "-n is not needed: nobody is asked for names" },
	{ "", "-e", "-e is not needed: MPLS labels are always in" },
	{ "", "--extensions", "it is not needed: MPLS labels are always in" },
	{ "", "--back", "it is not needed: the TTLs of replies are always "
	    "in" },
	{ "", "--explain", "one route is explained: trueroute --explain "
	    "HOST" },
	{ "", "--reveal", "tunnels are looked into on the way to one host: "
	    "trueroute --reveal HOST" },
	{ "", "--write", "all is kept by --output DIR" },
	{ "", "--read", "what --output DIR has is JSON or CSV: any reader of "
	    "these will do" },
	{ "", "--dns-wait", "nobody is asked for the names of hops" },
	{ "", "--verify-names", "nobody is asked for the names of hops" },
	{ "", "--all-addresses", "of a name the first address of IPv4 and of "
	    "IPv6 are taken; give others as addresses" },
	{ "", "-A", "origin AS are not looked up: join them to the output" },
	{ "", "--as-path-lookups", "origin AS are not looked up: join them "
	    "to the output" },
	{ "", "--asn", "origin AS are not looked up: join them to the "
	    "output" },
	{ "", "--geo", "places are not looked up: join them to the output" },
	{ "", "--ixp", "exchange points are not looked up: join them to the "
	    "output" },
	{ "", "--privacy", "a survey masks nothing" },
	{ "", "--simulate", "one host is traced on a simulated network: "
	    "trueroute --simulate FILE HOST" },

	/* Other programs', and what is expected of any. */
	{ "zmap", "-r", "-r PPS is --rate PPS" },
	{ "yarrp", "-r", "-r PPS is --rate PPS" },
	{ "zmap", "-b", "-b FILE is --exclude-from FILE" },
	{ "zmap", "--blocklist-file",
	    "--blocklist-file FILE is --exclude-from FILE" },
	{ "zmap", "--allowlist-file",
	    "--allowlist-file FILE is --targets FILE" },
	{ "zmap", "-B", "-B BANDWIDTH is not here; --rate PPS is" },
	{ "zmap", "--bandwidth", "--bandwidth is not here; --rate PPS is" },
	{ "zmap", "-o", "-o FILE is >FILE, or --output DIR" },
	{ "scamper", "-o", "-o FILE is >FILE, or --output DIR" },
	{ "yarrp", "-o", "-o FILE is >FILE, or --output DIR" },
	{ "zmap", "--output-file", "--output-file FILE is >FILE, or --output "
	    "DIR" },
	{ "masscan", "--excludefile",
	    "--excludefile FILE is --exclude-from FILE" },
	{ "masscan", "--includefile", "--includefile FILE is --targets "
	    "FILE" },
	{ "masscan", "--max-rate", "--max-rate PPS is --rate PPS" },
	{ "masscan", "--source-ip", "--source-ip ADDRESS is -s ADDRESS" },
	{ "", "-h", "help is --help" },
	{ "", "-help", "help is --help" },
	{ "", "-?", "help is --help" },
	{ "", "-v", "the version is -V" },
	{ "", "--csv", "--rows writes CSV" },
	{ "", "--pps", "the pace is --rate PPS" },
	{ "", "--file", "a list is read by --targets FILE" },
	{ "", "--input", "a list is read by --targets FILE" },
	{ "", "--max-ttl", "the last hop is -m TTL" },
	{ "", "--dry-run", "the targets are printed by --list" },
	{ "", "--verbose", "how far it is stands in --status FILE" },
	{ "", "--quiet", "only a terminal is shown how far it is" },
	{ "", "-Q", "only a terminal is shown how far it is" },

	/* Our own flags, with a value that is none of ours. */
	{ "scamper", "-f", "-f FILE is --targets FILE" },
	{ "yarrp", "-t", "-t TYPE is -I, -T or none of these" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *
tr_quote(const char *text, char buffer[TR_QUOTE_MAX])
{
	static const char cut[] = "...";

	if (strlen(text) < TR_QUOTE_MAX)
		return tr_text_safe(text, buffer, TR_QUOTE_MAX);
	tr_text_safe(text, buffer, TR_QUOTE_MAX - sizeof(cut) + 1);
	memcpy(buffer + strlen(buffer), cut, sizeof(cut));
	return buffer;
}

static bool
look_up(const struct foreign rows[], size_t count, const char *flag,
    char hint[TR_HINT_MAX])
{
	size_t used = 0;

	hint[0] = '\0';
	for (size_t i = 0; i < count && used < TR_HINT_MAX; i++) {
		const struct foreign *row = &rows[i];
		int written;

		if (strcmp(row->flag, flag) != 0)
			continue;
		written = snprintf(hint + used, TR_HINT_MAX - used,
		    "%s%s%s%s", used > 0 ? "; " : "", row->program,
		    *row->program != '\0' ? "'s " : "", row->words);
		used += written > 0 ? (size_t)written : 0;
	}
	return used > 0;
}

bool
tr_hint_flag(const char *flag, char hint[TR_HINT_MAX])
{
	return look_up(foreign, COUNT(foreign), flag, hint);
}

bool
tr_hint_survey(const char *flag, char hint[TR_HINT_MAX])
{
	return look_up(surveyed, COUNT(surveyed), flag, hint);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Optimal string alignment: row i holds the distances of the first i letters
 * of a to every beginning of b.
 */
size_t
tr_hint_distance(const char *a, const char *b)
{
	size_t rows[NAME_MAX_COMPARED + 1][NAME_MAX_COMPARED + 1];
	const size_t a_length = strlen(a);
	const size_t b_length = strlen(b);

	if (a_length > NAME_MAX_COMPARED || b_length > NAME_MAX_COMPARED)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		rows[i][0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			rows[i][j] = least(least(rows[i - 1][j],
			    rows[i][j - 1]) + 1, rows[i - 1][j - 1] +
			    (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				rows[i][j] = least(rows[i][j],
				    rows[i - 2][j - 2] + 1);
		}
	}
	return rows[a_length][b_length];
}
