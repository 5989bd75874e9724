#!/bin/bash
# Inside the lab (chain12), see lab_burst.sh: batches of packets across a real
# kernel.  Prints lines for from_lines of tap.sh.  SEND_BURST is the program.
set -u

dev=$LAB_PROBER_DEV near=to-prober
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() {			# check TEXT EXPECTED SEEN
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "no $1: expected $2, seen $3"
	fi
}

on_r1() { ip -n r1 "$@"; }

# IPv4 packets that r1 took as its own to pass on or to keep.
received() {
	ip netns exec r1 sed -n \
	    's/^Ip: [0-9]* [0-9]* \([0-9]*\) .*/\1/p' /proc/net/snmp
}

# capture NAME COMMAND...: 64 packets for the target that come to r1 meanwhile.
capture() {
	local name=$1 waits=0
	shift
	rm -f "$work/$name"
	ip netns exec r1 dumpcap -q -i $near -c 64 -a duration:5 -P -w - -f \
	    "dst host $LAB_TARGET4 or dst host $LAB_TARGET6" \
	    > "$work/$name" 2> "$work/$name.log" &
	until [ -s "$work/$name" ] || [ $((waits++)) -ge 100 ]; do
		sleep 0.05
	done
	"$@" > "$work/$name.out" 2>&1
	wait $!
}

# fields NAME: what matters of each packet, a line each, with tabs between;
# a checksum's status is 1 where it is right.
fields() {
	tshark -n -r "$work/$1" -o ip.check_checksum:TRUE \
	    -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -T fields \
	    -e ip.checksum.status -e udp.checksum.status \
	    -e tcp.checksum.status -e icmp.checksum.status \
	    -e icmpv6.checksum.status -e ip.ttl -e ipv6.hlim -e ip.id \
	    -e ip.checksum -e udp.checksum -e tcp.seq_raw -e tcp.checksum \
	    -e icmp.seq -e icmp.checksum -e ipv6.flow -e icmpv6.checksum \
	    -e icmpv6.echo.sequence_number -e data 2> /dev/null
}

# --- they arrive whole ------------------------------------------------------

if command -v tshark > /dev/null && command -v dumpcap > /dev/null; then
	for probes in "4" "4 -I" "4 -T" "6" "6 -I" "6 -T"; do
		target=LAB_TARGET${probes%% *} options=${probes#?}
		# IPv4 has one of its header as well.
		sums=1
		[ "${probes%% *}" = 6 ] || sums=11
		for way in "" -r; do
			# shellcheck disable=SC2086 # words
			capture "sent$way" "$SEND_BURST" -n 64 $options $way \
			    "${!target}"
		done
		check "IPv$probes: by the link, whole" "link 64 free 0 whole" \
		    "$(cat "$work/sent.out")"
		check "IPv$probes: by raw sockets, whole" \
		    "raw 64 free 0 whole" "$(cat "$work/sent-r.out")"
		fields sent > "$work/fields"
		check "IPv$probes: all arrive, each another" 64 \
		    "$(sort -u "$work/fields" | wc -l)"
		check "IPv$probes: the same bytes both ways" \
		    "$(cksum < "$work/fields")" "$(fields sent-r | cksum)"
		check "IPv$probes: tshark finds all checksums right" 64 \
		    "$(cut -f 1-5 "$work/fields" | tr -d '\t' |
		    grep -cx "$sums")"
	done
else
	echo "skip they arrive whole: no tshark or no dumpcap"
fi

# --- which way --------------------------------------------------------------

ip route get "$LAB_TARGET4" | sed -n 's/.* via \([^ ]*\).*/\1/p' > "$work/gw"
gateway=$(cat "$work/gw")
check "a target on this host: raw sockets" "raw 10 free 0 whole" \
    "$("$SEND_BURST" -n 10 127.0.0.1 2>&1)"
check "a target on the link: raw sockets" "raw 10 free 0 whole" \
    "$("$SEND_BURST" -n 10 "$gateway" 2>&1)"
check "no privilege: it is told" \
    "send_burst: cannot open a packet socket: Operation not permitted" \
    "$(setpriv --bounding-set=-net_raw "$SEND_BURST" "$LAB_TARGET4" 2>&1 |
    sed 's/^.*burst: /send_burst: /')"

# By the source's own table to a next hop that nobody is: to r1 nothing comes.
source=$(ip route get "$LAB_TARGET4" | sed -n 's/.* src \([^ ]*\).*/\1/p')
nobody=${gateway%.*}.77
ip neigh replace "$nobody" lladdr 02:00:00:00:77:77 dev "$dev"
ip route add default via "$nobody" dev "$dev" table 100
ip rule add from "$source" table 100
received_before=$(received)
check "routing by source, raw sockets" "raw 100 free 0 whole" \
    "$("$SEND_BURST" -n 100 -r "$LAB_TARGET4" 2>&1)"
sleep 0.1
check "routing by source, raw sockets: it is obeyed" yes \
    "$([ $(($(received) - received_before)) -lt 50 ] && echo yes)"
ip rule del from "$source" table 100
ip neigh del "$nobody" dev "$dev"

# --- full queues ------------------------------------------------------------

# A bucket that holds few packets drops the next (ENOBUFS); one that holds many
# fills the socket's buffer (EAGAIN).
full() {			# full TEXT COUNT LIMIT [OPTION...]
	local text=$1 count=$2 limit=$3 before
	shift 3
	tc qdisc replace dev "$dev" root tbf rate 8mbit burst 2000 \
	    limit "$limit"
	before=$(received)
	check "$text: all are sent, after a wait" \
	    "$count waited 0 whole" \
	    "$("$SEND_BURST" -n "$count" "$@" "$LAB_TARGET4" 2>&1 |
	    cut -d ' ' -f 2-)"
	sleep 0.3
	check "$text: all arrive" yes "$(
	    [ $(($(received) - before)) -ge "$count" ] && echo yes)"
}
if tc qdisc replace dev "$dev" root tbf rate 8mbit burst 2000 limit 2000 \
    2> /dev/null; then
	full "a short queue" 1000 2000
	full "a short queue, raw sockets" 1000 2000 -r
	full "a long queue" 2000 2000000
	tc qdisc replace dev "$dev" root tbf rate 8bit burst 2000 limit 2000
	check "a queue that stands still: it is given up, not counted" \
	    "waited 0 No buffer space available" \
	    "$("$SEND_BURST" -n 200 "$LAB_TARGET4" 2>&1 |
	    cut -d ' ' -f 3-)"
	tc qdisc del dev "$dev" root
else
	echo "skip full queues: this kernel has no token bucket filter"
fi

# --- packets that are too large ---------------------------------------------

ip link set "$dev" mtu 1280
check "larger than the device sends: it is told" \
    "link 0 free 1 Message too long" \
    "$("$SEND_BURST" -n 5 -s 1400 "$LAB_TARGET4" 2>&1)"
check "larger than the device sends, raw sockets" \
    "raw 0 free 1 Message too long" \
    "$("$SEND_BURST" -n 5 -r -s 1400 "$LAB_TARGET4" 2>&1)"
ip link set "$dev" mtu 1500

# --- the next hop -----------------------------------------------------------

ip neigh flush dev "$dev"
ip neigh del "$gateway" dev "$dev" 2> /dev/null
check "a next hop that has to be asked for" "link 10 free 0 whole" \
    "$("$SEND_BURST" -n 10 "$LAB_TARGET4" 2>&1)"

# in_halves COMMAND...: send half, do that, send the others.
in_halves() {
	coproc "$SEND_BURST" -w -n 100 "$LAB_TARGET4" 2>&1
	read -r _ <&"${COPROC[0]}"
	"$@" > /dev/null 2>&1
	echo >&"${COPROC[1]}"
	cat <&"${COPROC[0]}"
	wait
}

moved() {
	on_r1 link set $near address 02:00:00:00:77:01
	ip neigh replace "$gateway" lladdr 02:00:00:00:77:01 dev "$dev"
	received_before=$(received)
}
in_halves moved > "$work/out"
sleep 0.1
check "another link address: it is followed" "link 100 free 0 whole" \
    "$(cat "$work/out")"
packets=$(($(received) - received_before))
check "another link address: what is sent arrives" yes \
    "$([ $packets -ge 50 ] && echo yes)"

ip neigh del "$gateway" dev "$dev"
echo 300 > "/proc/sys/net/ipv4/neigh/$dev/retrans_time_ms" 2> /dev/null
on_r1 link set $near arp off
check "a next hop that does not answer: it is told" \
    "the next hop, $gateway, does not answer on its link" \
    "$("$SEND_BURST" "$LAB_TARGET4" 2>&1 | sed 's/^[^:]*: //')"
on_r1 link set $near arp on

# --- the device -------------------------------------------------------------

is_down() { ip link set "$dev" down; }
check "a device that goes down: it is told" \
    "link 50 free 1 Network is down" "$(in_halves is_down | tail -n 1)"
ip link set "$dev" up
ip route replace default via "$gateway" dev "$dev"
is_gone() { ip link del "$dev"; }
check "a device that is gone: it is told" "link 50 free 1" \
    "$(in_halves is_gone | tail -n 1 | cut -d ' ' -f 1-4)"
