#!/bin/bash
# The simulated network behind a tun device: trueroute and the programs of
# others find the route that the file describes.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_simulator
nets=$here/../scenarios
why=$("$TRUEROUTE_SIM" "$nets/chain.net" -- true 2>&1)
[ $? -ne 77 ] || skip_all "$why"
export PATH=$PATH:/usr/sbin:/sbin

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# on NETWORK COMMAND: sets out, err, status.
on() {
	out=$("$TRUEROUTE_SIM" "$nets/$1.net" -- sh -c "$2" 2> "$work/err")
	status=$?
	err=$(cat "$work/err")
}

# The address of each hop, from any program that prints "HOP ADDRESS".
route() {
	sed 's/\.|--//; s/^|//' | awk '$1 ~ /^[0-9]+$/ { gsub(/[()]/, "")
	    for (i = 2; i <= NF; i++)
		if ($i ~ /^[0-9a-f]*[.:][0-9a-f.:]+$/ && $i !~ /^[0-9.]+ms/) {
			printf "%s ", $i
			break
		} }'
}

# What stands in the file, as trueroute finds it in virtual time.
truth() {
	"$TRUEROUTE" -n -q 1 --simulate "$nets/$1.net" "${@:2}" 2> /dev/null |
	    route
}

# finds PROGRAM TEXT NETWORK COMMAND TRUTH
finds() {
	if ! command -v "$1" > /dev/null; then
		skip "$2" "$1 is not there"
		return
	fi
	on "$3" "$4"
	seen=$(printf '%s\n' "$out" | route)
	if [ "$seen" = "$5" ]; then
		pass "$2"
	else
		fail "$2" "expected: $5" "seen: $seen" "$out" "$err"
	fi
}

chain4=$(truth chain target)
chain6=$(truth chain -6 target)
like "the route of the file" '^10\.0\.1\.1 .*10\.99\.0\.1 $' "$chain4"

t="$TRUEROUTE -n -q 1"
if built_with libevent; then
	for how in -p33434 -I -T; do
		finds sh "trueroute $how" chain "$t $how 10.99.0.1" "$chain4"
		finds sh "trueroute $how, IPv6" chain "$t $how fd00:99::1" \
		    "$chain6"
	done
	on chain "$t -j --write $work/live.pcapng 10.99.0.1"
	if built_with jansson; then
		printf '%s\n' "$out" > "$work/live.json"
		like "scored against the truth" \
		    '"missed":0,"false":0.*"missed":0,"false":0' \
		    "$("$TRUEROUTE_SIM" --score "$work/live.json" \
		    "$nets/chain.net")"
	fi
	# A round trip takes what the links say, and not less.
	on chain "$t -f 11 10.99.0.1"
	like "a round trip of 44 ms" ' 4[4-9]\.[0-9]+ ms' "$out"
fi

for how in '' -I '-T -p 443'; do
	finds traceroute "traceroute $how" chain \
	    "traceroute -n -q 1 $how 10.99.0.1" "$chain4"
	finds traceroute "traceroute $how, IPv6" chain \
	    "traceroute -n -q 1 $how fd00:99::1" "$chain6"
done
finds tcptraceroute "tcptraceroute" chain \
    'tcptraceroute -n -q 1 10.99.0.1 443' "$chain4"
finds mtr "mtr" chain 'mtr -r -n -c 1 -G 1 -Z 1 10.99.0.1' "$chain4"
finds mtr "mtr, UDP" chain 'mtr -u -r -n -c 1 -G 1 -Z 1 10.99.0.1' "$chain4"
finds mtr "mtr, IPv6" chain 'mtr -r -n -c 1 -G 1 -Z 1 fd00:99::1' "$chain6"
if [ "$(id -u)" -eq 0 ]; then
	for how in udp-paris icmp-paris; do
		finds scamper "scamper $how" chain \
		    "scamper -p 1000 -c 'trace -P $how -w 1' -i 10.99.0.1" \
		    "$chain4"
		finds scamper "scamper $how, IPv6" chain \
		    "scamper -p 1000 -c 'trace -P $how -w 1' -i fd00:99::1" \
		    "$chain6"
	done
	# It sends at once and listens when its other thread has come to it: on
	# a busy machine the first answer is gone by then.
	finds dublin-traceroute "dublin-traceroute" chain \
	    "cd $work && for try in 1 2 3 4 5; do
	    dublin-traceroute -n 1 -b 10.99.0.1 2> /dev/null > dublin
	    ! grep -q ' 10\.0\.1\.1 ' dublin || break; done
	    sed 's/(.*//' dublin" "$chain4"
else
	skip "scamper" "it needs to be root"
	skip "dublin-traceroute" "it needs to be root"
fi

# Through a balancer: the links that others' searches claim are true ones.
links_are_true() {		# links_are_true PROGRAM; links on stdin
	local from to count=0 false_ones=
	local known
	known=$("$TRUEROUTE_SIM" --truth target --all-flows \
	    "$nets/diamond4.net" | jq -r '.vertices as $v | .links[] |
	    "\($v[.from].address)>\($v[.to].address)"')
	while read -r from to; do
		count=$((count + 1))
		printf '%s\n' "$known" | grep -qx "$from>$to" ||
		    false_ones="$false_ones $from>$to"
	done
	is "$1: its links are true" "" "$false_ones"
	if [ "$count" -ge 8 ]; then
		pass "$1: it claims enough of them"
	else
		fail "$1: it claims only $count"
	fi
}
if ! built_with jansson || ! command -v jq > /dev/null; then
	skip "links that are claimed" "no jansson or no jq"
else
	if command -v scamper > /dev/null && [ "$(id -u)" -eq 0 ]; then
		on diamond4 'scamper -p 1000 -c tracelb -i 10.99.0.1'
		links_are_true 'scamper tracelb' < <(printf '%s\n' "$out" |
		    sed -n 's/ -> / /p')
	else
		skip "scamper tracelb" "it is not there, or not root"
	fi
fi

# Labels, as another program decodes them.
if command -v traceroute > /dev/null; then
	on mpls-explicit 'traceroute -n -q 1 -e 10.99.0.1'
	like "traceroute -e: the labels" \
	    '^ 4  10\.0\.4\.1 <MPLS:L=24001,E=0,S=1,T=1>' "$out"
	on interface-info 'traceroute -n -q 1 -e -m 1 10.99.0.1'
	like "traceroute -e: an interface object" '10\.0\.1\.1 <.*2/15' "$out"
	on hosts 'traceroute -q 1 10.99.0.1'
	like "names come from the file's name server" \
	    ' 2  www\.example\.net \(10\.99\.0\.1\)' "$out"
	on firewall-says 'traceroute -n -q 1 10.99.0.1'
	like "traceroute: prohibited" '!X' "$out"
	on mtu 'traceroute -n -q 1 -F 10.99.0.1 1400'
	like "traceroute: too big" '!F-1300' "$out"
	on firewall 'traceroute -n -q 1 -w 0.3 -m 4 10.99.0.1'
	unlike "traceroute: UDP does not pass the firewall" '10\.0\.3\.1' "$out"
else
	skip "what traceroute makes of it" "it is not there"
fi

# The command's life is the simulator's.
on chain 'exit 7'
is "the exit status is the command's" 7 "$status"
# shellcheck disable=SC2016 # the inner shell's
on chain 'kill -TERM $$'
is "... and of a signal" 143 "$status"
"$TRUEROUTE_SIM" "$nets/chain.net" -- /no/such/program 2> "$work/err"
is "a program that is not there: exit status" 127 $?
like "a program that is not there: it is said" 'No such file' \
    "$(cat "$work/err")"
on chain 'grep -c : /proc/net/dev; ip route 2> /dev/null || true'
like "nothing else is reached: lo and one device" '^2' "$out"
# shellcheck disable=SC2016 # the inner shell's
like "the variables" '^sim0 10\.0\.0\.100 fd00::100 10\.99\.0\.1 fd00:99::1$' \
    "$("$TRUEROUTE_SIM" "$nets/chain.net" -- sh -c \
    'echo $SIM_DEVICE $SIM_PROBER4 $SIM_PROBER6 $SIM_TARGET4 $SIM_TARGET6')"
err=$("$TRUEROUTE_SIM" -v --write "$work/saved.pcapng" "$nets/chain.net" -- \
    traceroute -n -q 1 10.99.0.1 2>&1 > /dev/null)
like "-v: what went in and out" '[0-9]+ packets came in, [1-9][0-9]* went out' \
    "$err"
if command -v tshark > /dev/null && command -v traceroute > /dev/null; then
	is "what is saved: the answer of each hop" 11 \
	    "$(tshark -n -r "$work/saved.pcapng" -Y icmp -T fields \
	    -e ip.src -E occurrence=f 2> /dev/null | sort -u | wc -l)"
fi
# Two routers send a packet to and fro and double it each time: the command
# and its signals still have their turn.
cat > "$work/storm.net" <<'EOT'
prober me 10.0.0.1
router r1 10.0.1.1
    route 10.50.0.0/16 via r2
router r2 10.0.2.1
    route 10.50.0.0/16 via r1
host target 10.99.0.1
links duplicate 100%
link me r1
link r1 r2
link r2 target
EOT
if command -v python3 > /dev/null; then
	# shellcheck disable=SC2016 # the inner shell's
	timeout -s KILL 20 "$TRUEROUTE_SIM" "$work/storm.net" -- sh -c '
	    python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
s.sendto(b\"x\", (\"10.50.0.1\", 9))"
	    sleep 1; kill -TERM $PPID; sleep 15' > /dev/null 2>&1
	is "a storm of packets: a signal goes through it" 143 $?
fi

# Without the right to the device it says why, and is skipped.
if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null &&
    [ "$(stat -c %a /dev/net/tun)" = 600 ]; then
	cp "$TRUEROUTE_SIM" "$work/sim"
	cp "$nets/chain.net" "$work/net"
	chmod -R a+rX "$work"
	err=$(setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$work/sim" "$work/net" -- true 2>&1)
	is "as an ordinary user without the device: exit status" 77 $?
	like "as an ordinary user without the device: why" \
	    '/dev/net/tun|namespaces' "$err"
fi
done_testing
