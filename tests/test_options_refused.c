/*
 * The command line: what is refused, and what is said then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/options.h"
#include "command_line.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_huge),
	};

	/* Where -A would find its file. */
	unsetenv("TRUEROUTE_ASN");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
