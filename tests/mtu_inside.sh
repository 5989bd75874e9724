#!/bin/bash
# Runs inside the lab's prober, on its network mtu: prints what
# tests/lab_mtu.sh turns into TAP, "ok TEXT" or "no TEXT: DETAIL".
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect TEXT REGEX ARGUMENT...: of the last line.
expect() {
	local text=$1 regex=$2 seen
	shift 2
	seen=$("$TRUEROUTE" -n --mtu "$@" 2> /dev/null | tail -n 1)
	if [[ $seen =~ $regex ]]; then echo "ok $text"; else
		echo "no $text: expected $regex, saw $seen"; fi
}

# by_all TEXT TOLD4 TOLD6: by each kind of probe.
by_all() {
	local between='between hop 2 \([0-9a-f.:]*\) and hop 3'
	local size=": $LAB_MTU bytes, limited $between \([0-9a-f.:]*\): "
	for probes in -U -I -T; do
		expect "$1: IPv4 $probes" "$size$2" "$probes" "$LAB_TARGET4"
		expect "$1: IPv6 $probes" "$size$3" "$probes" "$LAB_TARGET6"
	done
}

filter_on() {
	ip netns exec r2 nft 'table inet hole { chain out {
		type filter hook output priority 0;
		icmp type destination-unreachable icmp code frag-needed drop;
		icmpv6 type packet-too-big drop; }; }' 2> "$work/nft"
}

by_all "told" 'told by 10\.0\.2\.1 \(fragmentation needed\)$' \
    'told by fd00:2::1 \(packet too big\)$'
# By now the kernel has learnt it from those answers.
expect "what the kernel has learnt is found anew" 'between hop 2' \
    "$LAB_TARGET4"
expect "larger than the device" ": $LAB_MTU bytes, .*between hop 2" \
    "$LAB_TARGET4" 9000
expect "to a router before the link" ': 1500 bytes: nothing on the way' \
    -I 10.0.2.1
expect "to this host itself" ': 65535 bytes: the most that IP allows$' 127.0.0.1

if command -v traceroute > /dev/null; then
	bare() { sed -E '1d; /^path/d; s/  [0-9.]+ ms/  T/g'; }
	theirs=$(traceroute -n -q 1 --mtu "$LAB_TARGET4" | bare)
	ours=$("$TRUEROUTE" -n -q 1 --mtu "$LAB_TARGET4" 2> /dev/null | bare)
	if [ "$theirs" = "$ours" ]; then echo "ok as traceroute(8) shows it"
	else echo "no as traceroute(8) shows it: $theirs; $ours"; fi
else
	echo "skip as traceroute(8) shows it: no traceroute"
fi

if "$TRUEROUTE" --version | grep -q '^with .*jansson'; then
	"$TRUEROUTE" -j --mtu --write "$work/c.pcapng" "$LAB_TARGET4" 9000 \
	    > "$work/live" 2> /dev/null
	"$TRUEROUTE" -j --read "$work/c.pcapng" > "$work/read" 2> /dev/null
	if cmp -s "$work/live" "$work/read"; then echo "ok replayed, the same"
	else echo "no replayed, the same: they differ"; fi
fi

# What this host's own filter drops: the send fails.
if nft 'table inet own { chain out { type filter hook output priority 0;
	meta length > 1000 drop; }; }' 2> "$work/nft"; then
	own=': 1000 bytes: this host does not send more: Operation not '
	own+='permitted \(a packet filter on this host\?\)$'
	for probes in -U -I -T; do
		expect "barred by this host: $probes" "$own" "$probes" \
		    "$LAB_TARGET4"
	done
	"$TRUEROUTE" -n --mtu --write "$work/own.pcapng" "$LAB_TARGET4" \
	    > "$work/live" 2> /dev/null
	"$TRUEROUTE" -n --read "$work/own.pcapng" > "$work/read" 2> /dev/null
	if cmp -s "$work/live" "$work/read"; then
		echo "ok barred by this host: replayed, the same"
	else echo "no barred by this host: replayed: $(cat "$work/read")"; fi
	nft delete table inet own
else
	echo "skip barred by this host: no nft: $(cat "$work/nft")"
fi

if filter_on; then
	by_all "filtered" 'found from silence: .* from hop 3 on ' \
	    'found from silence: .* from hop 3 on '
	"$TRUEROUTE" -n --mtu --write "$work/cut.pcapng" "$LAB_TARGET4" \
	    > "$work/cut" 2> /dev/null &
	sleep 0.4
	kill -INT $!
	wait $!
	cut=$?
	"$TRUEROUTE" -n --read "$work/cut.pcapng" > "$work/read" 2> /dev/null
	if [ "$cut" != 130 ]; then
		echo "no Ctrl-C: exit status $cut"
	elif ! grep -q '^path MTU .*; the search was cut short$' \
	    "$work/cut"; then
		echo "no Ctrl-C: it is said: $(cat "$work/cut")"
	elif ! cmp -s "$work/cut" "$work/read"; then
		echo "no Ctrl-C: replayed, another text: $(cat "$work/read")"
	else
		echo "ok Ctrl-C: what is known is shown, and replayed the same"
	fi
	# As hosts do unless told otherwise: one ICMP error a second.
	ip netns exec "$LAB_HOST_NETNS" sysctl -qw \
	    net.ipv4.icmp_ratelimit=1000
	expect "filtered, and the host limits its answers" \
	    ": $LAB_MTU bytes, .*silence" "$LAB_TARGET4"
else
	echo "skip filtered: no nft: $(cat "$work/nft")"
fi
exit 0
