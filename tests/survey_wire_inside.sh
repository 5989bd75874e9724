#!/bin/bash
# On bench/survey-rig, see survey_wire.sh.  Prints lines for from_lines of
# tap.sh.  LISTEN is the program.
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() {			# check TEXT EXPECTED SEEN
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "no $1: expected $2, seen $3"
	fi
}

# value NAME: of the last run, what stands behind a name.
value() { sed -n "s/^$1 //p" "$work/out"; }

# find OPTION...: a run; on an error the output is its text.
find() { "$LISTEN" find "$@" > "$work/out" 2>&1; }

# What the device has lost while it was down, or too narrow for IPv6.
configure() {
	ip addr replace "$SURVEY_SOURCE6/64" dev "$SURVEY_DEV" nodad
	ip route replace default via "$SURVEY_GATEWAY4"
	ip route replace default via "$SURVEY_GATEWAY6"
}

# --- every answer, of each protocol and family ------------------------------

all() {				# all TEXT WAY OPTION...
	local text=$1 way=$2
	shift 2
	find -n 6000 -r 20000 "$@"
	check "$text: each answer once, from whom it must be" "6000 0 0" \
	    "$(value found) $(value wrong) $(value twice)"
	check "$text: the ring drops nothing" 0 "$(value dropped)"
	# Of IPv6 what is no answer may be among it: see the filter.
	check "$text: captured is what came in, and no more" yes "$(
	    [ "$(value received)" -le 6010 ] && echo yes)"
	check "$text: which way" "$way" "$(value way)"
}

for family in "" -6; do
	name=${family:+, IPv6}
	all "UDP$name" link $family
	all "ICMP$name" link -I $family
	all "TCP$name" link -T $family
done
all "both families" link -46
all "both families, raw sockets" raw -46R

# --- in time ----------------------------------------------------------------

# A block is handed over after 10 ms; a busy machine may take its time.
in_time() {			# in_time TEXT
	check "$1: half of all can be read within 20 ms" yes "$(
	    value wait_ms | awk '{ print ($1 <= 20) ? "yes" : $1 }')"
	check "$1: round trips are less than 5 ms" yes "$(
	    value trip_us | awk '{ print ($1 > 0 && $1 < 5000) ? "yes" : $1 }')"
}
in_time "6,000 probes"
find -n 100 -r 200
check "few probes: each answer" 100 "$(value found)"
in_time "few probes"

# --- full rings -------------------------------------------------------------

find -n 200 -r 200 -s 150
check "not read for less than the ring holds: nothing is dropped" "200 0" \
    "$(value found) $(value dropped)"
# 2 MB are eight blocks, of 10 ms each.
find -n 200 -r 200 -s 400 -m 2
check "not read for longer: what is dropped is counted" 200 \
    $(($(value found) + $(value dropped)))
check "not read for longer: some is" yes \
    "$([ "$(value dropped)" -gt 0 ] && echo yes)"

# Answers that are too large for the device get no further.
ip link set "$SURVEY_DEV" mtu 80
find -n 50 -r 1000
check "what the device drops is counted" yes "$(
    [ "$(value found)" -lt 50 ] && [ "$(value dropped)" -eq 0 ] && [ $((
    $(value found) + $(value interface_dropped))) -ge 50 ] && echo yes)"
ip link set "$SURVEY_DEV" mtu 1500
configure

# --- full queues ------------------------------------------------------------

# Shorter than a batch, it refuses; longer, it fills the socket's buffer.
if tc qdisc replace dev "$SURVEY_DEV" root tbf rate 8mbit burst 2000 \
    limit 2000 2> /dev/null; then
	for limit in 2000 2000000; do
		tc qdisc replace dev "$SURVEY_DEV" root tbf rate 8mbit \
		    burst 2000 limit $limit
		find -n 3000 -r 100000
		check "a queue of $limit bytes: nothing lost, nothing twice" \
		    "3000 3000 0 0" "$(value sent) $(value found) $(
		    value twice) $(value dropped)"
	done
	tc qdisc del dev "$SURVEY_DEV" root
else
	echo "skip full queues: this kernel has no token bucket filter"
fi

# --- what goes wrong --------------------------------------------------------

check "no privilege: it is told" \
    "listen: cannot open a packet socket: Operation not permitted" \
    "$(setpriv --bounding-set=-net_raw "$LISTEN" find 2>&1)"

# while_down OPTION...: a run of a second, with the device down for a while.
while_down() {
	find -n 200 -r 200 "$@" &
	sleep 0.4
	ip link set "$SURVEY_DEV" down
	sleep 0.2
	ip link set "$SURVEY_DEV" up
	wait $!
}
while_down -w
# An answer may have been on its way when the device went down.
found=$(value found)
check "a device that is down for a while: no probe is lost" "200 1 0" \
    "$(value sent) $((found >= 198 && found <= 200)) $(value twice)"
configure
while_down
check "a device that is down: it is told" "listen: $SURVEY_DEV" "$(sed -E \
    "s/(cannot send IPv4 by|capture of) ($SURVEY_DEV): .*/\2/" "$work/out")"
