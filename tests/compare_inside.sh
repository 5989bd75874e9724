#!/bin/bash
# Runs inside the lab's prober: --compare through the network that the LAB_
# variables describe, and prints what tests/lab_compare.sh turns into TAP:
# "ok TEXT" or "no TEXT: DETAIL".
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok() { echo "ok $LAB_TOPOLOGY: $1"; }
no() { echo "no $LAB_TOPOLOGY: $1: $2"; }

# run ARGUMENT...: sets text, notes, status, and said: the conclusion, as one
# line.
run() {
	text=$("$TRUEROUTE" -n "$@" 2> "$work/notes")
	status=$?
	notes=$(cat "$work/notes")
	said=$(printf '%s\n' "$text" | awk '/^$/ { n++; next } n == 2' |
	    tr '\n' ' ')
}

# expect TEXT STATUS REGEX: of the conclusion.
expect() {
	if [ "$status" -ne "$2" ]; then
		no "$1" "expected exit $2, was $status ($notes)"
	elif printf '%s\n' "$said" | grep -Eq -- "$3"; then ok "$1"; else
		no "$1" "nothing like /$3/ in: $said"; fi
}

target() { [ "$1" = 4 ] && echo "$LAB_TARGET4" || echo "$LAB_TARGET6"; }

# at FAMILY HOP: the address there.
at() {
	if [ "$1" = 4 ]; then echo "$LAB_PATH4"; else echo "$LAB_PATH6"; fi |
	    cut -d' ' -f "$2"
}

arrives() {
	local family
	for family in 4 6; do
		run --compare -w 1 "$(target $family)"
		expect "IPv$family: all arrive" 0 'All arrive'
		run --compare=udp:53,tcp:8443 -w 1 "$(target $family)"
		expect "IPv$family: open and closed ports are arrivals" 0 \
		    'All arrive'
	done
}

# walled WHERE: hop 2 lets TCP 443 pass alone.
walled() {
	local family before all
	for family in 4 6; do
		before=$(at $family 2)
		run --compare -w 1 -m 10 "$(target $family)"
		expect "IPv$family: the firewall" 0 \
		    "^A firewall $1 hop 2 \\($before\\).* UDP 33434 and ICMP, \
and lets TCP 443 pass\\. $"
		run --compare=tcp,tcp:8443 -w 1 -m 10 "$(target $family)"
		expect "IPv$family: the firewall between two ports" 0 \
		    "^A firewall .* hop 2 \\($before\\).* TCP 8443, and lets \
TCP 443 pass\\. $"
		run --compare=udp,icmp -w 1 -m 10 "$(target $family)"
		all="^All are silent from hop 3 on: "
		[ "$1" = at ] &&
		    all="^A firewall at hop 2 \\($before\\) refuses all of them"
		expect "IPv$family: all that it stops end at one place" 1 \
		    "$all"
	done
}

# host_filters RULE: one more, in the namespace of the host.
host_filters() {
	ip netns exec "$LAB_HOST_NETNS" nft "table inet compare {
	chain input {
		type filter hook input priority 0
		$1
	}
}"
}

# The host itself, by what its own kernel drops and rejects; then this one.
filters() {
	command -v nft > /dev/null || {
		echo "skip $LAB_TOPOLOGY filters of its own: there is no nft"
		return
	}
	host_filters 'udp dport 33434 drop'
	run --compare -w 1 -m 15 "$LAB_TARGET4"
	expect "the host drops UDP" 0 \
	    '^The host, or a fire.* stops UDP 33434, and lets ICMP and TCP 443'
	host_filters 'tcp dport 443 reject with icmpx type admin-prohibited'
	run --compare -w 1 -m 15 "$LAB_TARGET4"
	expect "the host drops UDP and prohibits TCP" 0 \
	    '^The host itself refuses UDP 33434 and TCP 443, and lets ICMP in'
	ip netns exec "$LAB_HOST_NETNS" nft delete table inet compare
	nft 'table inet compare {
	chain output {
		type filter hook output priority 0
		udp dport 33434 drop
	}
}'
	run --compare -w 1 "$LAB_TARGET4"
	expect "this host does not send UDP" 0 \
	    '^This host does not send UDP 33434, and lets ICMP and TCP 443'
	if printf '%s\n' "$notes" | grep -q \
	    '^trueroute: UDP 33434: .*Operation not permitted'; then
		ok "... and why"; else no "... and why" "$notes"; fi
	nft delete table inet compare
}

# One takes as long as all three do together, and not a third of it: by timers,
# which a busy machine does not bend by so much.
beside_each_other() {
	local begun alone together
	begun=$(date +%s%N)
	run -q 2 -w 1 "$LAB_TARGET4"
	alone=$(($(date +%s%N) - begun))
	begun=$(date +%s%N)
	run --compare=udp,icmp,tcp:8443 -w 1 "$LAB_TARGET4"
	together=$(($(date +%s%N) - begun))
	if [ "$together" -lt $((2 * alone)) ]; then
		ok "three that die take as long as one"
	else
		no "three that die take as long as one" \
		    "$((together / 1000000)) ms, one $((alone / 1000000)) ms"
	fi
}

# run_for SECONDS: as run, until the user has enough.
run_for() {
	text=$(timeout --preserve-status -s INT "$1" "$TRUEROUTE" -n \
	    --compare "$LAB_TARGET4" 2> "$work/notes")
	status=$?
	notes=$(cat "$work/notes")
	said=$(printf '%s\n' "$text" | awk '/^$/ { n++; next } n == 2' |
	    tr '\n' ' ')
}

# What was found until then is shown.
interrupted() {
	text=$(timeout --preserve-status -s INT 0.5 "$TRUEROUTE" -n --compare \
	    "$LAB_TARGET4" 2>&1)
	status=$?
	notes=$text said=$text
	expect "interrupted: what is known" 130 \
	    '^UDP 33434   interrupted; the last hop that answered is'
	expect "interrupted: ... of each" 130 'TCP 443     arrives at hop 5'
	run_for 1.5
	expect "interrupted later: what was waited for" 130 \
	    "^It was interrupted: this is what is known so far. A firewall \
between hop 2 .*, stops UDP 33434 and ICMP, and lets TCP 443 pass"
	said=$text
	expect "interrupted later: silence is shown" 130 \
	    '^ 3     \*            \*   '
}

case $LAB_TOPOLOGY in
chain12)
	arrives
	filters
	;;
balance4 | ratelimit | silent | nat | asym) arrives ;;
noroute | nohost)
	run --compare -w 1 "$LAB_TARGET4"
	expect "it is not the protocol" 1 \
	    '^There is no way on from hop 3 \(.*\): it is not the protocol'
	;;
firewall)
	walled between
	beside_each_other
	interrupted
	;;
firewall-reset) walled between ;;
firewall-prohibited | firewall-reject) walled at ;;
esac
