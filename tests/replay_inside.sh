#!/bin/bash
# Runs inside the lab's prober: other programs trace, the device is captured,
# and the replay must show the hops that each program printed.  Prints
# "ok TEXT", "no TEXT: DETAIL" or "skip TEXT: WHY".
set -u

here=$(dirname "$0")
. "$here/hops.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2317 # called by name
# mtr -r: "  3.|-- 10.0.3.1  0.0%  2 ..."
mtr_hops() {
	awk '$1 ~ /\|--$/ {
		printf "%s%s", n++ ? " " : "", $2 == "???" ? "*" : $2
	}
	END { print "" }'
}

# capture FILE COMMAND...: the frames of the prober's device meanwhile.
capture() {
	local file=$1 pid tries=50
	shift
	rm -f "$work/dumpcap"
	touch "$work/dumpcap"
	dumpcap -q -P -i "$LAB_PROBER_DEV" -w "$file" 2> "$work/dumpcap" &
	pid=$!
	until grep -q '^File: ' "$work/dumpcap" || [ $((tries -= 1)) -eq 0 ]
	do
		sleep 0.1
	done
	"$@" > "$work/said" 2> "$work/errors"
	# It is told of the last frames within a second.
	sleep 1.2
	kill -INT "$pid"
	wait "$pid"
}

# same NAME HOPS-READER COMMAND...
same() {
	local name="$LAB_TOPOLOGY: $1" reader=$2 theirs ours
	shift 2
	if ! command -v "$1" > /dev/null; then
		echo "skip $name: $1 is not installed"
		return
	fi
	capture "$work/frames" "$@"
	theirs=$("$reader" < "$work/said")
	if [ -z "${theirs// /}" ]; then
		echo "skip $name: it printed no hop here:" \
		    "$(head -n 1 "$work/errors")"
		return
	fi
	ours=$("$TRUEROUTE" -n --read "$work/frames" 2> /dev/null | hops_of)
	if [ "$theirs" = "$ours" ]; then
		echo "ok $name"
	else
		echo "no $name: it printed $theirs, the replay $ours"
	fi
}

command -v dumpcap > /dev/null || {
	echo "skip $LAB_TOPOLOGY: dumpcap is not installed"
	exit 0
}
for target in "$LAB_TARGET4" "$LAB_TARGET6"; do
	same "traceroute $target" hops_of traceroute -n -w 1 -m 12 "$target"
	same "traceroute -I $target" hops_of \
	    traceroute -I -n -w 1 -m 12 "$target"
	same "traceroute -T $target" hops_of \
	    traceroute -T -p 443 -n -w 1 -m 12 "$target"
	# The slow ones need not be run on every network.
	[ "$LAB_TOPOLOGY" = chain12 ] || continue
	same "mtr $target" mtr_hops mtr -r -n -c 2 -i 0.2 -G 1 "$target"
	same "mtr -u $target" mtr_hops \
	    mtr -u -r -n -c 2 -i 0.2 -G 1 "$target"
	same "mtr -T $target" mtr_hops \
	    mtr -T -P 443 -r -n -c 2 -i 0.2 -G 1 "$target"
	for method in udp-paris icmp-paris tcp; do
		same "scamper $method $target" hops_of scamper -c \
		    "trace -P $method -q 1 -w 1 -d 443" -i "$target"
	done
done
same "tcptraceroute" hops_of tcptraceroute -n -w 1 "$LAB_TARGET4" 443
exit 0
