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
run "$TRUEROUTE" -n --simulate "$work/direct.net" target
is "without --reveal: exit status" 0 "$status"
like "without --reveal: the hops" '^ 3  10\.0\.6\.1 ' "$out"
unlike "without --reveal nothing more is traced" 'Hidden' "$out"

# words NETWORK OPTION...: what is said, as one line.
words() {
	local name=$1
	shift
	"$TRUEROUTE" -n --reveal "$@" --simulate "$work/$name.net" target \
	    2> /dev/null | sed -n '/^Hidden/,$p' | tr '\n' ' ' | tr -s ' '
}

# What is not hidden is not called so.
is "hops that were not probed are not hidden" \
    '10.0.3.1 10.0.4.1 10.0.5.1' "$(hidden direct -f 3)"
like "... and where it is" 'hop 2 \(not probed\)' "$(words direct -f 3)"
network quiet 'tunnel invisible r3 r4 r5 r6 r7 r8 inside direct'
sed -i 's/^router.*/router r1 10.0.1.1\nrouter r2 10.0.2.1\n    silent udp\n\
router r[3-9] 10.0.[3-9].1/; s/^host.*/host target 10.99.0.1/' \
    "$work/quiet.net"
sed -i 's/ fd00::100//' "$work/quiet.net"
is "a silent hop is not hidden" '10.0.4.1 10.0.5.1 10.0.6.1 10.0.7.1' \
    "$(hidden quiet)"
network zero 'tunnel invisible r2 r3 r4 r5 r6 inside direct both'
sed -i 's/^router.*/router r[1-2] 10.0.[1-2].1\nrouter r3 10.0.3.1\n\
    zero-ttl\nrouter r4 10.0.4.1\nrouter r[5-9] 10.0.[5-9].1/;
    s/^host.*/host target 10.99.0.1/; s/ fd00::100//' "$work/zero.net"
is "a router that shows twice is one" '10.0.4.1 10.0.5.1' "$(hidden zero)"
network two 'tunnel invisible r2 r3 r4 r5 r6 inside direct'
sed -i 's/^router.*/router r[1-5] 10.0.[1-5].1\nrouter r6 10.0.6.1\n\
    echo off\nrouter r[7-9] 10.0.[7-9].1/;
    s/^host.*/host target 10.99.0.1/; s/ fd00::100//' "$work/two.net"
like "a trace that does not arrive: at least" 'at least 3 routers are hidden' \
    "$(words two -m 12 -w 1)"

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
	is "in JSON: lengths only where they tell" 'null null' \
	    "$(tail -n 1 "$work/json" | jq -r '.revealed[0] |
	    "\(.error_return_hops) \(.echo_return_hops)"')"
	is "in JSON: the way back, by two initial TTLs" '6 3' \
	    "$("$TRUEROUTE" --json --reveal --simulate "$work/juniper.net" \
	    target 2> /dev/null | tail -n 1 | jq -r '.revealed[0] |
	    "\(.error_return_hops) \(.echo_return_hops)"')"
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

if [ "${why:-}" = '' ] && built_with libevent; then
	# The trace to the tunnel's end waits for what does not answer.
	# shellcheck disable=SC2016 # the inner shell's
	run "$TRUEROUTE_SIM" "$work/two.net" -- sh -c '"$TRUEROUTE" -n \
	    --reveal 10.99.0.1 & sleep 2; kill -INT $!; wait $!'
	is "interrupted: exit status" 130 "$status"
	like "interrupted: what is known" 'until it was interrupted|interrupted before' \
	    "$(printf '%s' "$out" | tr '\n' ' ' | tr -s ' ')"
fi
for other in "--write $work/x.pcapng" "--read $work/x.pcapng" '--compare' \
    '--multipath' '--mda' '--flows 4' '--mtu' '--classic'; do
	# shellcheck disable=SC2086 # words
	refused "with ${other%% *}" 2 "${other%% *} is .* one of them is accepted" \
	    "$TRUEROUTE" --reveal $other --simulate "$work/none.net" target
done
done_testing
