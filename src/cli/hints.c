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

/* In the order in which they are told. */
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

#define FOREIGN (sizeof(foreign) / sizeof(foreign[0]))

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

bool
tr_hint_flag(const char *flag, char hint[TR_HINT_MAX])
{
	size_t used = 0;

	hint[0] = '\0';
	for (size_t i = 0; i < FOREIGN && used < TR_HINT_MAX; i++) {
		const struct foreign *row = &foreign[i];
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
