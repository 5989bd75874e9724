#!/bin/bash
# Before the network of bench/survey-rig, see survey_ways.sh.
#
#	survey_ways_inside.sh all
set -u
. "$(dirname "$0")/survey_checks.sh"

# ends: each target, how it ended and how far it is, in order.
ends() {
	python3 - "$work/out" << 'PYTHON'
import json
import sys

with open(sys.argv[1], encoding='ascii') as file:
    lines = [json.loads(line) for line in file]
print(*sorted(f"{line['target']}={line['stop']}/{line['distance']}"
              for line in lines if line['type'] == 'target'))
PYTHON
}

# through FILE: the judge's targets of what was written, without the others.
through() {
	grep -E '"type":"(survey|end)"|"target":"(10\.|2001:db8)' \
	    "$work/out" > "$work/far"
	whole --targets "$work/list" "$work/far"
}

targets list4 40
targets list6 40 -6
cat "$work/list4" "$work/list6" > "$work/list"

# Another host on the link, by its own name in the neighbour tables.
ip -n sim addr add 198.18.0.7/24 dev s0
ip -n sim addr add fd00:18::7/64 dev s0 nodad
# They answer as often as they are asked.
ip netns exec sim sh -c 'cd /proc/sys/net && echo 0 > ipv4/icmp_ratelimit &&
    echo 0 > ipv6/icmp/ratelimit' 2> /dev/null
near="127.0.0.1 ::1 $SURVEY_SOURCE4 $SURVEY_SOURCE6 198.18.0.7 fd00:18::7"
near="$near $SURVEY_GATEWAY4 $SURVEY_GATEWAY6"
arrived=$(for target in $near; do
	echo "$target=arrived/1"
done | sort | xargs)

# Whatever the order is: the first target decides nothing.
for how in "-U --seed 1" "-U --seed 2" "-U --seed 3" -I -T --raw; do
	# shellcheck disable=SC2086 # words
	survey $how -w 0.3 --rate 20000 --targets "$work/list" $near
	check "$how: on the link, on this host" "$arrived" "$(ends |
	    tr ' ' '\n' | grep -Ev '^(10\.|2001:db8)' | xargs)"
	check "$how: and beyond" "0 $all_right" "$status $(through)"
done
# shellcheck disable=SC2086
survey -I -w 0.3 $near
check "none that is beyond: all arrive" "0 $arrived" "$status $(ends)"
survey -I -w 0.1 -q 1 --rate 5000 198.18.0.0/27
check "a link: those that are there" "198.18.0.1 198.18.0.2 198.18.0.7" "$(
    ends | tr ' ' '\n' | sed -n 's/=arrived.*//p' | xargs)"
check "a link: all are told" "0 32" "$status $(said "['done']")"

# --- another next hop, and none ---------------------------------------------

# Its own gateway for a part of the targets: not there, so that they are silent.
ip route add 10.64.0.0/10 via 198.18.0.66
survey -w 0.1 -q 1 10.1.1.1 10.65.1.1 10.66.1.1
check "another next hop: not by that of the others" \
    "10.1.1.1=arrived 10.65.1.1=silence 10.66.1.1=silence" \
    "$(ends | sed 's/\/[A-Za-z0-9]*//g')"
ip route del 10.64.0.0/10
ip route add unreachable 10.64.0.0/10
survey -w 0.3 10.1.1.1 10.65.1.1
check "a route that refuses: it is told" \
    "10.1.1.1=arrived 10.65.1.1=send-failed EHOSTUNREACH" \
    "$(ends | sed 's/\/[A-Za-z0-9]*//g') $(grep -o '"error":"[A-Z]*"' \
    "$work/out" | cut -d '"' -f 4)"
ip route del unreachable 10.64.0.0/10

ip -6 route del default
survey --rate 20000 -w 0.3 --targets "$work/list"
check "no route for IPv6: those of IPv4 are surveyed" "0 $all_right" \
    "$status $(whole --targets "$work/list4" "$work/out")"
check "no route for IPv6: said once, with how many" 1 "$(grep -c "no route \
to 2001:db8:.*: targets of IPv6, which are left out: 40\$" "$work/err")"
check "no route for IPv6: what the output counts" "40 40" "$(head -n 1 \
    "$work/out" | grep -o '"targets":[0-9]*' | cut -d : -f 2) $(
    said "['done']")"
survey -w 0.3 --targets "$work/list6"
check "no route for all there are: exit status" 3 "$status"
check "no route for all there are: one line" "1 1" "$(wc -l < "$work/err") $(
    grep -c 'no route to 2001:db8:' "$work/err")"
