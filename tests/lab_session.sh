#!/bin/bash
# A live run as a process: its privileges while it runs, Ctrl-C, a full disk,
# a local firewall, a device that goes away.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_lab "$here"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work

# What the process holds once it traces.  The firewall makes that last.
# shellcheck disable=SC2016
state=$("$lab" firewall -- bash -c '
	"$TRUEROUTE" -n "$LAB_TARGET4" > /dev/null 2>&1 &
	sleep 1
	cat /proc/$!/status
	kill -INT $!
	wait $!')
if built_with libcap-ng; then
	for set in CapInh CapPrm CapEff CapAmb; do
		like "while it traces: $set is empty" "^$set:.0+\$" "$state"
	done
fi
like "while it traces: no new privileges" '^NoNewPrivs:.1$' "$state"

# shellcheck disable=SC2016
"$lab" firewall -- bash -c '
	"$TRUEROUTE" -n "$LAB_TARGET4" > "$work/out" 2> "$work/err" &
	sleep 1
	kill -INT $!
	wait $!
	echo $? > "$work/status"'
is "Ctrl-C: exit status" 130 "$(cat "$work/status")"
like "Ctrl-C: what is known is printed" '^ 2  10\.0\.2\.1' \
    "$(cat "$work/out")"
unlike "Ctrl-C: nothing that was not awaited" '^ [3-9]  \*' \
    "$(cat "$work/out")"

# shellcheck disable=SC2016
"$lab" firewall -- bash -c '
	"$TRUEROUTE" --json "$LAB_TARGET4" > "$work/out" 2> "$work/err" &
	sleep 1
	kill -TERM $!
	wait $!'
if built_with jansson; then
	like "SIGTERM: the JSON is whole" '"stop":"interrupted".*}$' \
	    "$(cat "$work/out")"
fi

# shellcheck disable=SC2016
"$lab" chain12 -- bash -c '
	"$TRUEROUTE" -n --write /dev/full "$LAB_TARGET4" \
	    > "$work/out" 2> "$work/err"
	echo $? > "$work/status"'
is "a full disk: exit status" 3 "$(cat "$work/status")"
like "a full disk: it is said" 'No space left' "$(cat "$work/err")"
like "a full disk: the trace is whole" '^12  10\.99\.0\.1' \
    "$(cat "$work/out")"

# A packet filter of this host lets nothing out: the result of each probe.
# shellcheck disable=SC2016
"$lab" chain12 -- bash -c '
	nft add table inet own &&
	nft add chain inet own out \
	    "{ type filter hook output priority 0; policy accept; }" &&
	nft add rule inet own out udp dport 33434 reject || exit 99
	"$TRUEROUTE" -n "$LAB_TARGET4" > "$work/out" 2> "$work/err"
	echo $? > "$work/status"'
is "a local filter: exit status" 3 "$(cat "$work/status")"
like "a local filter: why" 'Operation not permitted' "$(cat "$work/err")"
like "a local filter: the hop" '^ 1  \* \* \*$' "$(cat "$work/out")"

# Many that cannot leave: all of them stand in the capture's comments.
# shellcheck disable=SC2016
"$lab" chain12 -- bash -c '
	nft add table inet own &&
	nft add chain inet own out \
	    "{ type filter hook output priority 0; policy accept; }" &&
	nft add rule inet own out ip ttl 3-255 drop || exit 99
	"$TRUEROUTE" -n -w 0.5 -m 255 --write "$work/failed" "$LAB_TARGET4" \
	    > "$work/out" 2> "$work/err"
	echo $? > "$work/status"
	"$TRUEROUTE" -n --read "$work/failed" > "$work/out2" 2> "$work/err2"'
is "hundreds that cannot leave: exit status" 1 "$(cat "$work/status")"
like "hundreds that cannot leave: it is said" '[0-9]{3} probes could not' \
    "$(cat "$work/err")"
is "hundreds that cannot leave: the replay is the same" \
    "$(cat "$work/out" "$work/err")" "$(cat "$work/out2" "$work/err2")"

# shellcheck disable=SC2016
"$lab" firewall -- bash -c '
	timeout 20 "$TRUEROUTE" -n -i "$LAB_PROBER_DEV" "$LAB_TARGET4" \
	    > "$work/out" 2> "$work/err" &
	sleep 0.7
	ip link del "$LAB_PROBER_DEV"
	wait $!
	echo $? > "$work/status"'
# Each send that fails is the result of its probe.
is "the device goes away: exit status" 1 "$(cat "$work/status")"
like "the device goes away: it is said" 'No such device|unreachable' \
    "$(cat "$work/err")"
like "the device goes away: what is known" '^ 2  10\.0\.2\.1' \
    "$(cat "$work/out")"

# shellcheck disable=SC2016
"$lab" chain12 -- bash -c '
	"$TRUEROUTE" -n -F "$LAB_TARGET4" 9000 > "$work/out" 2> "$work/err"
	echo $? > "$work/status"
	"$TRUEROUTE" -n 127.0.0.1 > "$work/loop4" 2>&1
	"$TRUEROUTE" -n -T -p 9 ::1 > "$work/loop6" 2>&1
	"$TRUEROUTE" -n -i "$LAB_PROBER_DEV" "$LAB_TARGET4" > "$work/device"
	ip route del default
	"$TRUEROUTE" -n 10.123.0.1 > "$work/noroute" 2>&1
	echo $? > "$work/noroute.status"'
is "larger than the device sends: exit status" 3 "$(cat "$work/status")"
like "larger than the device sends: why" 'Message too long' \
    "$(cat "$work/err")"
like "loopback, IPv4" '^ 1  127\.0\.0\.1  [0-9.]+ ms' "$(cat "$work/loop4")"
like "loopback, IPv6" '^ 1  ::1  [0-9.]+ ms' "$(cat "$work/loop6")"
like "a device of its own" '^12  10\.99\.0\.1' "$(cat "$work/device")"
is "no route: exit status" 3 "$(cat "$work/noroute.status")"
like "no route: it is said" 'no route to 10\.123\.0\.1' \
    "$(cat "$work/noroute")"

# A service that answers by UDP: its datagrams say not which probe they answer.
if [ -x /usr/bin/python3 ]; then
	# shellcheck disable=SC2016
	"$lab" chain12 -- bash -c '
		ip netns exec "$LAB_HOST_NETNS" timeout 10 /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((\"0.0.0.0\", 5353))
while True:
    s.sendto(b\"hello\", s.recvfrom(2048)[1])" &
		sleep 0.5
		"$TRUEROUTE" -n -p 5353 --write "$work/udp" "$LAB_TARGET4" \
		    > "$work/out" 2> "$work/err"
		echo $? > "$work/status"
		kill $!'
	is "a UDP service: exit status" 0 "$(cat "$work/status")"
	like "a UDP service: arrival" '^12  10\.99\.0\.1  [0-9.]+ ms' \
	    "$(cat "$work/out")"
	is "a UDP service: the replay is the same" "$(cat "$work/out")" \
	    "$("$TRUEROUTE" -n --read "$work/udp" 2> /dev/null)"
fi

# Flags that else only answers have are known again as our own probes.
# shellcheck disable=SC2016
"$lab" chain12 -- bash -c '
	"$TRUEROUTE" -n -T -O syn,ack --write "$work/synack" "$LAB_TARGET4" \
	    > "$work/out" 2> /dev/null
	"$TRUEROUTE" -n "$LAB_TARGET4" >&- 2> "$work/closed"
	echo $? > "$work/status"'
like "SYN-ACK probes: times" '^12  10\.99\.0\.1  [0-9.]+ ms' \
    "$(cat "$work/out")"
is "SYN-ACK probes: the replay is the same" "$(cat "$work/out")" \
    "$("$TRUEROUTE" -n --read "$work/synack" 2> /dev/null)"
is "standard output closed: nothing goes astray" 0 "$(cat "$work/status")"

# Probes leave by the named device, answers may come by another.
# shellcheck disable=SC2016
"$lab" asym -- bash -c '
	"$TRUEROUTE" -n -i "$LAB_PROBER_DEV" "$LAB_TARGET4" > "$work/out"'
like "-i, and answers by another device" '^ 5  10\.99\.0\.1  ' \
    "$(cat "$work/out")"

# Under the name tcptraceroute: its operands and its output.
ln -s "$TRUEROUTE" "$work/tcptraceroute"
# shellcheck disable=SC2016
"$lab" chain12 -- bash -c '
	"$work/tcptraceroute" -n "$LAB_TARGET4" 443 \
	    > "$work/out" 2> "$work/err"
	echo $? > "$work/status"
	"$work/tcptraceroute" -n "$LAB_TARGET4" 8443 > "$work/closed" 2>&1
	command -v tcptraceroute > /dev/null &&
	    tcptraceroute -n "$LAB_TARGET4" 443 > "$work/theirs" 2> /dev/null'
is "tcptraceroute: exit status" 0 "$(cat "$work/status")"
like "tcptraceroute: selected device" '^Selected device up0, address ' \
    "$(cat "$work/err")"
like "tcptraceroute: what is traced" \
    '^Tracing the path to 10\.99\.0\.1 on TCP port 443 \(https\), 30 hops' \
    "$(cat "$work/err")"
like "tcptraceroute: open" '^12  10\.99\.0\.1 \[open\]  [0-9.]+ ms' \
    "$(cat "$work/out")"
like "tcptraceroute: closed" '^12  10\.99\.0\.1 \[closed\]  ' \
    "$(cat "$work/closed")"
# Times aside, the lines are the same as the other program's.
if [ -s "$work/theirs" ]; then
	is "tcptraceroute: the same lines" \
	    "$(sed 's/[0-9.]* ms/T ms/g' "$work/theirs")" \
	    "$(sed 's/[0-9.]* ms/T ms/g' "$work/out")"
fi
done_testing
