#!/bin/bash
# --compare: what it shows and says of each scenario, in text and JSON, how it
# ends, what it refuses, and the firewalls of random networks.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_scenarios
across_options=(-w 1 -m 12)
across_to=(target)

# said: what follows from it all, on one line.
said() {
	printf '%s\n' "$out" | awk '/^$/ { n++; next } n == 2' | tr '\n' ' ' |
	    sed 's/ $//'
}

# --- what is shown ----------------------------------------------------------

across firewall --compare
is "a firewall: exit status" 0 "$status"
is "a firewall: nothing on standard error" "" "$err"
is "a firewall: the whole" "\
UDP 33434, ICMP and TCP 443 to target (10.99.0.1), 12 hops max
       UDP 33434    ICMP         TCP 443
 1     2.00 ms      2.00 ms      2.00 ms      10.0.1.1
 2     4.00 ms      4.00 ms      4.00 ms      10.0.2.1
 3     *            *            6.00 ms      10.0.3.1
 4     *            *            8.00 ms      10.99.0.1
 5-12  *            *

UDP 33434   the last hop that answered is 10.0.2.1 (hop 2), silent from hop 3
            on
ICMP        the last hop that answered is 10.0.2.1 (hop 2), silent from hop 3
            on
TCP 443     arrives at hop 4, the port is open

A firewall between hop 2 (10.0.2.1) and hop 3 (10.0.3.1), or at one of them,
stops UDP 33434 and ICMP, and lets TCP 443 pass." "$out"

across firewall-says --compare
is "firewalls that say so: two" "A firewall at hop 2 (10.0.2.1) stops UDP\
 33434, and lets ICMP and TCP 443 pass. A firewall at hop 3 (10.0.3.1) stops\
 ICMP, and lets TCP 443 pass." "$(said)"
is "firewalls that say so: a line for each address" \
    " 3     4.00 ms !X                             10.0.2.1
                    6.00 ms      6.00 ms      10.0.3.1" \
    "$(printf '%s\n' "$out" | sed -n '5,6p')"

across firewall-reset --compare=udp,tcp:443,tcp:80
is "a firewall that forges resets" "A firewall at hop 2 (10.0.2.1) stops TCP\
 80, and lets UDP 33434 and TCP 443 pass." "$(said)"
like "... and how it is known" "^TCP 80 +hop 3's reset came with" "$out"

across icmp-filter --compare
like "no ICMP errors come back: it says so" \
    'or let no ICMP errors back, by which alone UDP is answered' "$(said)"

across chain --compare
is "a chain: all arrive" \
    "All arrive: nothing on the way stops one of them." "$(said)"
is "a chain: a row for each hop" 11 "$(grep -c '^ *[0-9]' <<< "$out")"
across chain --compare -6
is "a chain by IPv6: all arrive" \
    "All arrive: nothing on the way stops one of them." "$(said)"
across rate-limit --compare
is "limits on answers are no firewall" \
    "All arrive: nothing on the way stops one of them." "$(said)"
across nested --compare
is "balancers: where the ways differ" "Not all go the same way: they differ\
 at hops 2-4. All arrive: nothing on the way stops one of them." "$(said)"

run "$TRUEROUTE" -n --compare -F --simulate "$nets/mtu.net" target 1400
is "long marks keep the columns apart" \
    " 3     4.00 ms !F-1300  4.00 ms !F-1300  4.00 ms !F-1300  10.0.2.1" \
    "$(sed -n 5p <<< "$out")"
is "... and are not the protocol's fault" "Packets of this size go no farther\
 than hop 2 (10.0.2.1): it is not the protocol." "$(said)"

longest=$(for net in firewall firewall-says nested icmp-filter; do
	across "$net" --compare
	printf '%s\n' "$out"
done | awk '{ if (length > n) n = length } END { print n }')
is "three columns of IPv4 fit a terminal" yes \
    "$([ "$longest" -le 80 ] && echo yes || echo "$longest")"

# --- networks of its own ----------------------------------------------------

# network NAME LINES: r1, r2, r3 and the host, with LINES below r2.
network() {
	cat > "$work/$1" <<-EOT
	prober me 10.0.0.100
	router r1 10.0.1.1
	router r2 10.0.2.1
	$2
	router r3 10.0.3.1
	host target 10.99.0.1
	$3
	links delay 1ms
	link me r1
	link r[1-2] r[2-3]
	link r3 target
	EOT
}

network all 'filter drop any' ''
across "$work/all" --compare
is "all stopped in silence" "All are silent from hop 3 on: the host is down,\
 the route ends there, or something stops all of them; another port may pass." \
    "$(said)"
is "all stopped: exit status" 1 "$status"
network prohibited 'filter prohibit any' ''
across "$work/prohibited" --compare
is "all prohibited" "A firewall at hop 2 (10.0.2.1) refuses all of them." \
    "$(said)"
network resetting 'filter reset tcp
filter prohibit icmp
filter reject udp' ''
across "$work/resetting" --compare
is "all refused, each in its way" \
    "A firewall at hop 2 (10.0.2.1) refuses all of them." "$(said)"

network deaf '' 'udp filtered'
across "$work/deaf" --compare
like "a host that filters UDP" \
    'before it, stops UDP 33434, and lets ICMP and TCP 443 in\. A UDP port' \
    "$(said)"
is "a host that filters UDP: exit status" 0 "$status"

network mixed 'filter prohibit icmp
filter drop udp' ''
across "$work/mixed" --compare
is "refusing one, silent to another: one firewall" "A firewall at hop 2\
 (10.0.2.1) stops UDP 33434 and ICMP, and lets TCP 443 pass." "$(said)"

# chain_of FILE HOST LINES...: a chain to HOST, with the LINES of each router.
chain_of() {
	local file=$work/$1 host=$2 n=0 lines
	shift 2
	{
		echo "prober me 10.0.0.100"
		for lines in "$@"; do
			n=$((n + 1))
			printf 'router r%d 10.0.%d.1\n%s\n' $n $n "$lines"
		done
		printf 'host target %s\n  tcp open 443\n' "$host"
		printf 'links delay 1ms\nlink me r1\n'
		[ $n -lt 2 ] || echo "link r[1-$((n - 1))] r[2-$n]"
		echo "link r$n target"
	} > "$file"
}

# behind_nat FILE LINES...: the same, behind a NAT at hop 2.
behind_nat() {
	local file=$1
	shift
	chain_of "$file" 10.98.0.1 '' \
	    'nat destination 10.99.0.1 to 10.98.0.1 mends all' "$@"
	run "$TRUEROUTE" -n -w 1 -m 12 --compare --simulate "$work/$file" \
	    10.99.0.1
}

behind_nat rejecting '' 'filter reject udp' ''
is "behind a NAT, port unreachable is a firewall's" "A firewall at hop 4\
 (10.99.0.1) stops UDP 33434, and lets ICMP and TCP 443 pass." "$(said)"
like "... and how it ends" '^UDP 33434 +10.99.0.1 \(hop 4\), a router' "$out"
behind_nat resetting '' 'filter reset tcp' ''
is "behind a NAT, a forged reset has its hop" "A firewall at hop 4\
 (10.99.0.1) stops TCP 443, and lets UDP 33434 and ICMP pass." "$(said)"
behind_nat both 'filter drop icmp' 'filter prohibit udp' ''
is "behind a NAT, who prohibits is not the host" "A firewall between hop 3\
 (10.99.0.1) and hop 4 (10.99.0.1), or at one of them, stops ICMP, and lets\
 UDP 33434 and TCP 443 pass. It may be the device at hop 4. A firewall at hop 4\
 (10.99.0.1) stops UDP 33434, and lets TCP 443 pass." "$(said)"

network two 'filter drop udp
router r2b 10.0.9.1
filter prohibit icmp' ''
sed -i 's/link r.1-2. r.2-3./link r1 r2\nlink r2 r2b\nlink r2b r3/' "$work/two"
across "$work/two" --compare
is "a silent one before one that refuses: two" "A firewall between hop 2\
 (10.0.2.1) and hop 3 (10.0.9.1), or at one of them, stops UDP 33434 (or what\
 answers it is stopped on its way back), and lets ICMP and TCP 443 pass. It may\
 be the device at hop 3. A firewall at hop 3 (10.0.9.1) stops ICMP, and lets\
 TCP 443 pass." "$(said)"

network alone 'filter reset tcp
filter drop any' ''
across "$work/alone" --compare
is "one is reset, the others are silent" "A firewall at hop 2 (10.0.2.1) resets\
 TCP 443. UDP 33434 and ICMP are silent from hop 3 on: they may be stopped too,\
 or pass and get no answer." "$(said)"

network question '' 'udp filtered'
across "$work/question" --compare=udp:53,icmp
like "a port of a known service, asked no question" \
    'stops UDP 53 \(or does not answer what is no question of its' "$(said)"
is "... which is not said of others" "" "$(across "$work/question" --compare
    said | grep -o question)"

# This host refuses packets that are larger than what it sends by.
if built_with libevent && [ "$(id -u)" = 0 ] &&
    unshare -n true 2> /dev/null; then
	run unshare -n sh -c "ip link set lo mtu 1500 up &&
	    exec '$TRUEROUTE' -n -w 1 --compare 127.0.0.1 9000"
	is "larger than the device: why" \
	    "This host sends none of them: Message too long." "$(said)"
	like "larger than the device: of each" \
	    '^ICMP +cannot be sent by this host: Message too long$' "$out"
	is "larger than the device: exit status" 3 "$status"
else
	skip "larger than the device" "no libevent, or no new network namespace"
fi

network port 'filter drop tcp 22-23' ''
across "$work/port" --compare=tcp:22,tcp:23,tcp:80,udp:53,icmp,tcp:https
is "six columns" "A firewall between hop 2 (10.0.2.1) and hop 3 (10.0.3.1),\
 or at one of them, stops TCP 22 and TCP 23, and lets TCP 80, UDP 53, ICMP and\
 TCP 443 pass." "$(said)"
is "six columns, by a file that is a pipe" "$out" "$("$TRUEROUTE" -n -w 1 \
    -m 12 --compare=tcp:22,tcp:23,tcp:80,udp:53,icmp,tcp:https \
    --simulate <(cat "$work/port") target)"

across firewall --compare -m 2
is "a walk too short: nothing is claimed" \
    "Not all were traced to their end: nothing is claimed." "$(said)"
is "a walk too short: exit status" 1 "$status"
across firewall --compare -q 1 -f 2
like "fewer probes, from hop 2 on" '^ 2     4.00 ms' "$out"

# --- JSON -------------------------------------------------------------------

if built_with jansson; then
	for net in firewall firewall-says icmp-filter nested "$work/all" \
	    "$work/deaf" "$work/alone" "$work/prohibited"; do
		across "$net" --compare -j
		printf '%s\n' "$out"
	done > "$work/result"
	is "JSON: a line for each protocol, and one for all" 32 \
	    "$(wc -l < "$work/result")"
	if python3 -c 'import jsonschema' 2> /dev/null; then
		is "JSON: the schema is met" "" "$("$here/schema_check.py" \
		    "$here/../doc/trueroute.schema.json" "$work/result" 2>&1)"
		sed 's/"at_host":false/"at_host":0/' "$work/result" > \
		    "$work/wrong"
		like "JSON: ... which is strict" "0 is not of type" \
		    "$("$here/schema_check.py" \
		    "$here/../doc/trueroute.schema.json" "$work/wrong" 2>&1)"
	else
		skip "JSON: the schema is met" "no jsonschema"
	fi
	across firewall --compare -j
	is "JSON: the firewall" '"firewalls":[{"ttl_before":2,"before":"10.0.2.1",
"ttl_after":3,"after":"10.0.3.1","refuses":false,"at_host":false,
"stops":["UDP 33434","ICMP"],"passes":["TCP 443"]}]' "$(tail -n 1 <<< "$out" |
	    grep -o '"firewalls":.*\]}\]' |
	    sed 's/,"\(ttl_after\|stops\)"/,\n"\1"/g')"
	third=$(sed -n 3p <<< "$out")
	is "JSON: one that lets nothing pass, as far as known" \
	    '"verdict":"firewall","reason":null
"ttl_after":null,"after":null
"passes":[]' "$(sed -n 28p "$work/result" | grep -o \
	    -e '"verdict":"firewall","reason":null' -e '"passes":\[\]' \
	    -e '"ttl_after":null,"after":null')"
	is "JSON: how all end" '"verdict":"same-place","reason":"refused"' \
	    "$(sed -n 32p "$work/result" | grep -o \
	    '"verdict":[^,]*,"reason":"[a-z-]*"')"
	together=$(grep -o '"command":"[^"]*"' <<< "$third")
	run "$TRUEROUTE" -n -T -q 2 -w 1 -m 12 -j --simulate \
	    "$nets/firewall.net" target
	alone=$(grep -o '"command":"[^"]*"' <<< "$out")
	is "JSON: a path is that of a trace alone" "${out/"$alone"/}" \
	    "${third/"$together"/}"
else
	skip "JSON" "this build has no jansson"
fi

# --- what it refuses --------------------------------------------------------

while IFS='|' read -r arguments reason; do
	# shellcheck disable=SC2086 # words
	refused "$arguments" 2 "$reason" "$TRUEROUTE" $arguments \
	    --simulate "$nets/chain.net" target
done <<- 'EOT'
	--compare=|a protocol is missing in the list
	--compare=udp,,tcp|a protocol is missing in the list
	--compare=udp|nothing to compare with
	--compare=udp,udp|udp is given twice
	--compare=udp,sctp|sctp is not known: udp, udp:PORT, icmp, tcp
	--compare=icmp:3,udp|ICMP has no ports
	--compare=tcp:0,udp|port 0 is out of range: 1 to 65535
	--compare=tcp:,udp|the port is missing
	--compare=udp,tcp:1,tcp:2,tcp:3,tcp:4,tcp:5,icmp|more than 6
	--compare -I|-I is one protocol
	--compare -T|-T is one protocol
	--compare -U|-U is one protocol
	--compare -M tcp|-M is one protocol
	--compare -p 80|-p is for one trace
	--compare -O ack|-O is for one trace
	--compare -c 3|-c is for one trace
	--compare --classic|--classic is for one trace
	--compare --multipath|--multipath is of one protocol
	--compare --mda|--mda is of one protocol
	--compare --flows 3|--flows is of one protocol
	--compare --dot|--dot goes with
	--compare=tcp:1,tcp:2 --sport 4000|a source port each
	EOT
refused "with --write" 2 'save each protocol by itself' "$TRUEROUTE" \
    --compare --write "$work/saved" --simulate "$nets/chain.net" target
is "... of which no file is made" absent \
    "$([ ! -e "$work/saved" ] && echo absent)"
refused "with --read" 2 'one of them is accepted' "$TRUEROUTE" --compare \
    --read "$work/saved"
refused "with a port of the host" 2 'ports stand in its list' "$TRUEROUTE" \
    --compare target:80
refused "a host that is not there" 2 'names nothing' "$TRUEROUTE" --compare \
    --simulate "$nets/chain.net" nobody
ln -s "$TRUEROUTE" "$work/tcptraceroute"
refused "as tcptraceroute" 2 'unknown option' "$work/tcptraceroute" --compare \
    target
ln -s "$TRUEROUTE" "$work/traceroute"
run "$work/traceroute" --compare -w 1 --simulate "$work/all" target
is "as traceroute: not reached is exit 0" 0 "$status"
across chain --compare -e
like "-e has no effect: it says so" '-e has no effect with --compare' "$err"
run "$TRUEROUTE" --compare --simulate "$nets/chain.net" target > /dev/full
"$TRUEROUTE" --compare --simulate "$nets/chain.net" target > /dev/full \
    2> "$work/err"
is "a full disk: exit status" 3 $?
like "a full disk: it says so" 'cannot write the result: No space' \
    "$(cat "$work/err")"

# --- on random networks -----------------------------------------------------

if built_with jansson && command -v python3 > /dev/null; then
	from_lines < <("$here/compare_judge.py" "${COUNT:-300}" 2>&1)
	is "random networks: all was looked at" 5 "$seen"
else
	skip "on random networks" "no python3, or this build has no jansson"
fi
done_testing
