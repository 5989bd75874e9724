#!/bin/bash
# ICMP extensions: how they are shown, the faults that routers make with them,
# and object by object what tshark decodes, of simulated routers and of the
# captures of others where TRUEROUTE_SHARED_PCAPS names them.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
nets=$here/../scenarios
pcaps=${TRUEROUTE_SHARED_PCAPS:-none}

shown=$("$TRUEROUTE" -n -q 1 -e --simulate "$nets/interface-info.net" target |
    sed -n '2,4s/^ \([0-9]\)  [0-9.]* <\(.*\)>.*/\1 \2/p')
is "interfaces, as traceroute(8) 2.1.5 shows them" '1 INC:3,10.0.1.1,"ge-0/0/1",mtu=9000
2 INC:7;OUT:8,"out"
3 3/1:0badcafe' "$shown"
is "... in IPv6" '<INC:3,fd00:1::1,"ge-0/0/1",mtu=9000>' "$("$TRUEROUTE" -6 \
    -n -q 1 -e --simulate "$nets/interface-info.net" target |
    grep -o '<INC:3.*>')"

built_with jansson || {
	skip "faults, and tshark" "this build has no jansson"
	done_testing
}
faults=$("$TRUEROUTE" -n -q 1 -j --simulate "$nets/extension-faults.net" \
    target | grep -o '"fault":[^,]*' | tr '\n' ' ')
is "length faults are named" '"fault":null "fault":"no-length" '\
'"fault":"wrong-length" "fault":"length-in-octets" ' "$faults"
like "an interface in JSON" '"interfaces":\[\{"role":"incoming","index":3,'\
'"address":"10.0.1.1","name":"ge-0/0/1","mtu":9000\}\]' "$("$TRUEROUTE" -n \
    -q 1 -j --simulate "$nets/interface-info.net" target)"

if command -v tshark > /dev/null && command -v python3 > /dev/null; then
	captures=()
	for net in interface-info extension-faults mpls-explicit mpls-opaque \
	    mpls-uhp; do
		for version in 4 6; do
			"$TRUEROUTE" -$version -n --simulate "$nets/$net.net" \
			    --write "$work/$net-$version" target \
			    > /dev/null 2>&1
			captures+=("$work/$net-$version")
		done
	done
	for capture in "$pcaps"/*.pcap*; do
		[ -f "$capture" ] && captures+=("$capture")
	done
	from_lines < <("$here/extension_judge.py" "${captures[@]}" 2>&1)
	is "all captures were compared" "${#captures[@]}" "$seen"
else
	skip "beside tshark" "no tshark, or no python3"
fi
done_testing
