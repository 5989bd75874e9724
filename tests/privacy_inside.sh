#!/bin/bash
# Runs inside the lab's prober: what is saved with --privacy tells neither of
# this host nor of the first hops.  Prints "ok TEXT" or "no TEXT: DETAIL".
set -u

here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=$LAB_TOPOLOGY

# verdict TEXT DETAIL: good where there is no detail.
verdict() {
	if [ -z "$2" ]; then
		echo "ok $name: $1"
	else
		echo "no $name: $1: ${2//$'\n'/; }"
	fi
}

# What of this host's devices is found in a capture: its own link-layer
# addresses, those of its neighbours, the names.
devices_in() {
	"$here/privacy_bytes.py" "$1" \
	    "$(ip -o link; ip -o neigh; ip -6 -o neigh)"
}

# Sums that are wrong, as tshark has it.
wrong_in() {
	local check=() seen
	for protocol in ip udp tcp; do
		check+=(-o "$protocol.check_checksum:TRUE")
	done
	seen=$(tshark -n -r "$1" "${check[@]}" -o ip.defragment:FALSE \
	    -T fields -e ip.checksum.status -e udp.checksum.status \
	    -e tcp.checksum.status -e icmp.checksum.status \
	    -e icmpv6.checksum.status 2> /dev/null)
	grep -q 1 <<< "$seen" || echo "tshark found none right"
	grep -n 0 <<< "$seen"
}

# as_it_is HOW...: a trace, and what becomes of it when it is masked.
as_it_is() {
	"$TRUEROUTE" -n -w 0.6,3,10 -m 8 --write "$work/real.pcapng" "$@" \
	    > /dev/null 2>&1
	"$TRUEROUTE" -j --read "$work/real.pcapng" > "$work/real" 2> /dev/null
	"$TRUEROUTE" -j --read "$work/real.pcapng" --privacy 2 \
	    --write "$work/masked.pcapng" > "$work/masked" 2> "$work/notes"
	verdict "saved and then masked, $*" "$("$here/privacy_judge.py" 2 \
	    "$work/real" "$work/masked" "$work/masked.pcapng" "$work/notes" \
	    2>&1)"
	verdict "no device is told of, $*" "$(devices_in "$work/masked.pcapng")"
}

# masked HOW...: a trace that is masked at once.
masked() {
	"$TRUEROUTE" -j -w 0.6,3,10 -m 8 --privacy 2 \
	    --write "$work/saved.pcapng" "$@" > "$work/shown" 2> /dev/null
	"$TRUEROUTE" -j --read "$work/saved.pcapng" > "$work/again" \
	    2> /dev/null
	verdict "masked, $*: shown, and read back the same" \
	    "$(cmp "$work/shown" "$work/again" 2>&1)"
	verdict "masked, $*: there are hops" \
	    "$(grep -q '"responder":"\(240\.2\.0\.1\|100::2:1\)' \
	    "$work/shown" || head -c 300 "$work/shown")"
	verdict "masked, $*: no device is told of" \
	    "$(devices_in "$work/saved.pcapng")"
	! command -v tshark > /dev/null ||
	    verdict "masked, $*: sums are right" \
	    "$(wrong_in "$work/saved.pcapng")"
}

[ -n "$(devices_in <(ip -o link))" ] || echo "no $name: devices are found"
for target in "$LAB_TARGET4" "$LAB_TARGET6"; do
	for how in -U -I -T; do
		as_it_is "$how" "$target"
	done
done
masked -U "$LAB_TARGET4"
masked -T "$LAB_TARGET6"
exit 0
