#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# scripts/check-floors passes the sources as they are, and refuses a line of
# each kind that it is there for, with file and line.

. "$(dirname "$0")/tap.sh"
check=${top_srcdir:-.}/scripts/check-floors
tree=$(mktemp -d) || exit 99
trap 'rm -rf "$tree"' EXIT

judge() {			# judge STATUS TEXT
	local text=${2//\#/}	# TAP gives it a meaning
	if [[ $1 -eq 0 ]]; then
		pass "$text"
	else
		fail "$text" "$said"
	fi
}

put() {				# put FILE LINE...: a tree of this file alone
	rm -rf "$tree/src"
	mkdir -p "$tree/src/$(dirname "$1")"
	printf '%s\n' '/* one line before */' >"$tree/src/$1"
	file=$1
	shift
	printf '%s\n' "$@" >>"$tree/src/$file"
	said=$("$check" "$tree" 2>&1)
	status=$?
}

refused() {			# refused FILE LINE [NUMBER]: that line is named
	put "$1" "$2"
	[[ $status -eq 1 ]] &&
	    printf '%s\n' "$said" | grep -q "^src/$1:${3:-2}: "
	judge $? "refused in $1: $2"
}

accepted() {			# accepted FILE LINE...
	put "$@"
	file=$1
	shift
	[[ $status -eq 0 && -z $said ]]
	judge $? "accepted in $file: $*"
}

said=$("$check" 2>&1)
judge $? 'the sources keep the rules'

refused base/bytes.c '#include "packet/ip.h"'
refused packet/ip.c '#include "engine/match.h"'
refused engine/match.h '  #  include <result/path.h>'
refused result/path.c '#include "io/capture.h" /* why not */'
refused io/live.c '#include "output/text.h"'
refused output/text.c '#include "cli/options.h"'
refused packet/ip.c '#include "../base/bytes.h"'
refused packet/ip.c '#include "ip.h"'
refused sim/host.c '#include "packet/icmp.h"'
refused sim/packet.h '#include "packet/checksum.h"'
refused attic/old.c 'int x;' 1

for header in sys/socket.h netinet/ip.h arpa/inet.h time.h sys/time.h stdio.h \
    pcap/pcap.h event2/event.h poll.h net/if.h; do
	refused engine/match.c "#include <$header>"
done

refused io/live.c '#include <libnet.h>'
refused io/live.c '#include <pcap.h>'
refused cli/main.c '	/* x */ sprintf (text, "%d", n);'
refused cli/main.c '	return atoi("1");'
refused packet/ip.c '	clock_gettime(CLOCK_MONOTONIC, &now);'

accepted packet/probe.c '#include "config.h"' '#include <libnet.h>' \
    '#include "base/bytes.h"' '#include "packet/ip.h"'
accepted sim/simulation.c '#include "engine/engine.h"' '#include "io/driver.h"'
accepted io/capture.c '#include <pcap/pcap.h>' '#include <sys/socket.h>'
accepted cli/main.c 'snprintf(a, b, "sprintf(x)"); my_atoi(c);' \
    '/* strcpy(a, b), of old' '#include "attic/x.h"' ' gets(a) */' \
    "x = '\"'; // alloca(3)"
accepted cli/main.c '#include "base/error.h" /* a comment' 'atoi(x) */'

rm -rf "$tree/src"
said=$("$check" "$tree" 2>&1)
[[ $? -eq 2 ]]
judge $? 'a folder without sources is not a pass'
done_testing
