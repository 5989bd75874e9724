#!/bin/bash
# Runs inside the lab's prober: traces by every protocol and family through
# the network that the LAB_ variables describe, and prints what
# tests/lab_trace.sh turns into TAP: "ok TEXT" or "no TEXT: DETAIL".
set -u

here=$(dirname "$0")
. "$here/hops.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok() { echo "ok $LAB_TOPOLOGY: $1"; }
no() { echo "no $LAB_TOPOLOGY: $1: $2"; }

# run ARGUMENT...: sets text, notes, status.
run() {
	text=$("$TRUEROUTE" -n "$@" 2> "$work/notes")
	status=$?
	notes=$(cat "$work/notes")
}

# expect_route TEXT ROUTE
expect_route() {
	local seen
	seen=$(printf '%s\n' "$text" | hops_of)
	if route_fits "$2" "$seen"; then ok "$1"; else
		no "$1" "expected $2, saw $seen"; fi
}

# expect_status TEXT STATUS
expect_status() {
	if [ "$status" -eq "$2" ]; then ok "$1: exit $2"; else
		no "$1: exit status" "expected $2, was $status ($notes)"; fi
}

# expect_line TEXT REGEX WHERE
expect_line() {
	if printf '%s\n' "$3" | grep -Eq -- "$2"; then ok "$1"; else
		no "$1" "no line like /$2/ in: $3"; fi
}

target() { [ "$1" = 4 ] && echo "$LAB_TARGET4" || echo "$LAB_TARGET6"; }
path() { [ "$1" = 4 ] && echo "$LAB_PATH4" || echo "$LAB_PATH6"; }

# The first COUNT hops of a route.
head_of() { echo "$1" | cut -d' ' -f "1-$2"; }

arrives() {
	local family protocol
	for family in 4 6; do
		for protocol in -U\ -p33434 -I -T; do
			# shellcheck disable=SC2086
			run $protocol "$(target $family)"
			expect_route "IPv$family $protocol: the route" \
			    "$(path $family)"
			expect_status "IPv$family $protocol" 0
		done
		expect_line "IPv$family: TCP 443 is open" '443.* open' "$notes"
		run -T -p 8443 "$(target $family)"
		expect_line "IPv$family: TCP 8443 is closed" \
		    '8443.* closed' "$notes"
		expect_status "IPv$family: a closed port is arrival" 0
	done
}

# Only TCP 443 gets through; the filter stands at hop 2.
passes_only_443() {
	local family
	for family in 4 6; do
		run -T "$(target $family)"
		expect_route "IPv$family: TCP 443 passes" "$(path $family)"
		expect_line "IPv$family: it is open" '443.* open' "$notes"
		expect_status "IPv$family: TCP 443" 0
	done
}

# refuses NAME PATTERN ARGUMENT...: ends at hop 3 with what hop 2 says.
refuses() {
	local name=$1 pattern=$2 family
	shift 2
	for family in 4 6; do
		run "$@" "$(target $family)"
		expect_line "IPv$family $name" "^ 3  $pattern" "$text"
		expect_status "IPv$family $name" 1
	done
}

second() { path "$1" | cut -d' ' -f 2; }

case $LAB_TOPOLOGY in
chain12|balance2|balance4|balance16|nat|dnat|localnat|asym|mtu)
	arrives
	;;
silent)
	arrives
	;;
firewall)
	passes_only_443
	for family in 4 6; do
		for protocol in -U\ -p33434 -I -T\ -p8443; do
			# shellcheck disable=SC2086
			run -w 0.5 -m 5 $protocol "$(target $family)"
			expect_route "IPv$family $protocol dies at hop 2" \
			    "$(head_of "$(path $family)" 2) * * *"
			expect_status "IPv$family $protocol" 1
		done
		expect_line "IPv$family: filtered, and where" \
		    "8443.*filtered.*$(second $family).*hop 2" "$notes"
	done
	;;
firewall-reset)
	passes_only_443
	refuses "a reset in the host's name" '[0-9a-f.:]+  ' -T -p 8443
	expect_line "the reset is known for forged" 'firewall' "$notes"
	expect_line "the port is filtered, not closed" 'filtered' "$notes"
	;;
firewall-prohibited)
	passes_only_443
	refuses "UDP: prohibited" '.* !X  .* !X  .* !X$' -p 33434
	refuses "TCP: prohibited" '.* !X  .* !X  .* !X$' -T -p 8443
	expect_line "the port is filtered" 'filtered' "$notes"
	;;
firewall-reject)
	passes_only_443
	# A router's port unreachable is a refusal, not arrival.
	refuses "UDP: refused by a router" "$(second 4)|3  $(second 6)" \
	    -p 33434
	refuses "TCP: refused by a router" '[0-9a-f.:]+  ' -T -p 8443
	;;
ratelimit)
	for family in 4 6; do
		run "$(target $family)"
		expect_status "IPv$family" 0
		expect_line "IPv$family: a limited hop costs no time" \
		    "^ 6  $(target $family)" "$text"
	done
	;;
noroute)
	for family in 4 6; do
		run "$(target $family)"
		expect_line "IPv$family: no route" \
		    '^ 3  .* !N  .* !N  .* !N$' "$text"
		expect_status "IPv$family" 1
	done
	;;
nohost)
	for family in 4 6; do
		run "$(target $family)"
		expect_line "IPv$family: no such host" '^ 4  .* !H' "$text"
		expect_status "IPv$family" 1
	done
	;;
esac

case $LAB_TOPOLOGY in
mtu)
	for family in 4 6; do
		run -F "$(target $family)" 1400
		expect_line "IPv$family: too big for hop 3" '!F-1300' "$text"
		expect_status "IPv$family: too big" 1
	done
	;;
localnat)
	run "$LAB_TARGET4"
	expect_line "the rewritten flow is told of" 'NAT' "$notes"
	;;
asym)
	run -T --back "$LAB_TARGET4"
	expect_line "the longer way back is told" "'-6'" "$text"
	;;
esac
exit 0
