#!/bin/bash
# --reveal: routers that tunnels hide, on simulated networks, in memory and
# behind a tun device; where there is nothing to reveal; wrong input.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_simulator
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# network NAME TUNNEL...: nine routers in a row.
network() {
	local file=$work/$1.net
	shift
	cat > "$file" <<'EOT'
prober me 10.0.0.100 fd00::100
router r[1-9] 10.0.[1-9].1 fd00:[1-9]::1
host target 10.99.0.1 fd00:99::1
    tcp open 443
links delay 1ms
link me r1
link r[1-8] r[2-9]
link r9 target
EOT
	printf '%s\n' "$@" >> "$file"
}

# hidden NETWORK OPTION...: the addresses, place by place.
hidden() {
	local name=$1
	shift
	"$TRUEROUTE" -n --reveal "$@" --simulate "$work/$name.net" target \
	    2> /dev/null | sed -n '/^Hidden/,$p' | sed -n 's/^    //p' |
	    grep -v ' ' | tr '\n' ' ' | sed 's/ $//'
}

network direct 'tunnel invisible r2 r3 r4 r5 r6 inside direct'
network backward 'tunnel invisible r2 r3 r4 r5 r6 inside backward'
network deep 'tunnel invisible r2 r3 r4 r5 r6 inside hidden'
network first 'tunnel invisible r1 r2 r3 r4 r5 inside direct'
network both 'tunnel invisible r1 r2 r3 r4 r5 inside direct' \
    'tunnel invisible r5 r6 r7 r8 r9 inside backward'
network none
for how in -U -T -I; do
	is "$how: revealed directly" '10.0.3.1 10.0.4.1 10.0.5.1' \
	    "$(hidden direct $how)"
	is "$how: revealed one by one" '10.0.3.1 10.0.4.1 10.0.5.1' \
	    "$(hidden backward $how)"
done
is "IPv6" 'fd00:3::1 fd00:4::1 fd00:5::1' "$(hidden backward -6)"
is "behind the first hop" '10.0.2.1 10.0.3.1 10.0.4.1' "$(hidden first)"
is "two tunnels" '10.0.2.1 10.0.3.1 10.0.4.1 10.0.6.1 10.0.7.1 10.0.8.1' \
    "$(hidden both)"
is "hidden from traces to its end too" '' "$(hidden deep)"
like "... which is said" 'nothing shows: no tunnel is there, or it hides' \
    "$("$TRUEROUTE" -n --reveal --simulate "$work/deep.net" target |
    tr '\n' ' ' | tr -s ' ')"
like "no place to look at" 'no place is suspected' \
    "$("$TRUEROUTE" -n --reveal --simulate "$work/none.net" target)"
unlike "without --reveal nothing is traced" 'Hidden' \
    "$("$TRUEROUTE" -n --simulate "$work/direct.net" target)"

# As Juniper's routers answer: errors from 255, echo replies from 64.
network juniper 'tunnel invisible r2 r3 r4 r5 r6 inside hidden both'
sed -i 's/^host/    like juniper\n&/' "$work/juniper.net"
like "the way back, by two initial TTLs" \
    'errors of 10\.0\.6\.1 come over [0-9]+ hops and its echo replies over' \
    "$("$TRUEROUTE" -n --reveal --simulate "$work/juniper.net" target |
    tr '\n' ' ' | tr -s ' ')"

if built_with jansson && command -v jq > /dev/null; then
	"$TRUEROUTE" --json --reveal --simulate "$work/backward.net" target \
	    > "$work/json" 2> /dev/null
	is "in JSON: a line behind that of the path" 2 "$(wc -l < "$work/json")"
	is "in JSON: where, how, what" \
	    '2 3 backward 4 10.0.3.1,10.0.4.1,10.0.5.1' \
	    "$(tail -n 1 "$work/json" | jq -r '.revealed[0] |
	    "\(.before_ttl) \(.after_ttl) \(.method) \(.traces) " +
	    (.routers | join(","))')"
	if command -v python3 > /dev/null &&
	    python3 -c 'import jsonschema' 2> /dev/null; then
		is "in JSON: as its schema says" 0 "$(python3 \
		    "$here/schema_check.py" \
		    "$here/../doc/trueroute.schema.json" "$work/json" \
		    > "$work/schema" 2>&1; echo $?)"
	fi
else
	skip "in JSON" "no jansson or no jq"
fi

# In real time, with a capture and raw sockets.
why=$("$TRUEROUTE_SIM" "$work/none.net" -- true 2>&1)
if [ $? -eq 77 ] || ! built_with libevent; then
	skip "behind a tun device" "${why:-no libevent}"
else
	is "behind a tun device, IPv4" '10.0.3.1 10.0.4.1 10.0.5.1' \
	    "$("$TRUEROUTE_SIM" "$work/backward.net" -- "$TRUEROUTE" -n \
	    --reveal 10.99.0.1 2> /dev/null | sed -n '/^Hidden/,$p' |
	    sed -n 's/^    //p' | tr '\n' ' ' | sed 's/ $//')"
	is "behind a tun device, IPv6" 'fd00:3::1 fd00:4::1 fd00:5::1' \
	    "$("$TRUEROUTE_SIM" "$work/direct.net" -- "$TRUEROUTE" -n \
	    --reveal -T fd00:99::1 2> /dev/null | sed -n '/^Hidden/,$p' |
	    sed -n 's/^    //p' | tr '\n' ' ' | sed 's/ $//')"
fi

for other in "--write $work/x.pcapng" '--compare' '--multipath' '--mtu' \
    '--classic'; do
	# shellcheck disable=SC2086 # words
	refused "with ${other%% *}" 2 "${other%% *} is not accepted" \
	    "$TRUEROUTE" --reveal $other --simulate "$work/none.net" target
done
done_testing
