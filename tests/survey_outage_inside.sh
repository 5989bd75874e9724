#!/bin/bash
# On bench/survey-rig, see survey_outage.sh.  Prints lines for from_lines of
# tap.sh.
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

# count NAME: of the end line of the last run.
count() { sed -n "/\"type\":\"end\"/s/.*\"$1\":\([0-9]*\).*/\1/p" "$work/out"; }

targets=200
for ((i = 0; i < targets; i++)); do
	echo "10.$i.7.9" >&4
	printf '2001:db8:%x::9\n' $((i * 37)) >&6
done 4> "$work/v4" 6> "$work/v6"

head -n 10 "$work/v4" > "$work/few"

note() { sed 's/.*"note":"\([^"]*\)".*/\1/' "$work/status"; }

# begin LIST OPTION...: a survey, in the background; sets survey.
begin() {
	local list=$1
	shift
	"$TRUEROUTE" survey --special --rate 2000 -w 1 -j --targets \
	    "$work/$list" --status "$work/status" "$@" > "$work/out" \
	    2> "$work/err" &
	survey=$!
}

# end TEXT: nothing of it is amiss.
end() {
	wait $survey
	check "$1: exit status" 0 $?
	check "$1: each target is done, and no answer is doubled" \
	    "$targets 0 0" "$(count "done") $(count interrupted) $(
	    count duplicates)"
	check "$1: no target, and no hop of one, is silent" "0 0" \
	    "$(count silence) $(count timeouts)"
	check "$1: ten targets at the most could not be sent to" yes "$(
	    failed=$(count send-failed); [ "$failed" -le 10 ] &&
	    [ $((failed + $(count arrived))) -eq $targets ] && echo yes)"
}

# outage TEXT NOTE CUT MEND LIST OPTION...: of 1.7 s, begun in the midst.
outage() {
	local text=$1 note=$2 cut=$3 mend=$4
	shift 4
	begin "$@"
	sleep 0.5
	$cut
	sleep 1.7
	check "$text: it is told" "$note" "$(note)"
	$mend
	end "$text"
}

# --- what the device drops -------------------------------------------------

# Answers are too large for it.
ip link set "$SURVEY_DEV" mtu 80
begin few -q 1 -w 0.1 --gap-limit 2
wait $survey
dropped=$(count interface_dropped)
check "what the device drops is counted" yes "$(
    [ "$dropped" -ge $(($(count probes) - $(count answers))) ] && echo yes)"
ip link set "$SURVEY_DEV" mtu 1500

# Behind a bridge, so that the next hop can go without the carrier.
ways_out() {
	ip route replace default via "$SURVEY_GATEWAY4"
	ip addr replace "$SURVEY_SOURCE6/64" dev "$bridge" nodad
	ip -6 route replace default via "$SURVEY_GATEWAY6"
}

bridge=bridge0
if ! why=$(ip link add $bridge address 02:00:00:00:00:03 type bridge 2>&1)
then
	echo "skip outages: no bridge: $why"
	exit 0
fi
ip link add idle0 type veth peer name idle1
ip link set idle1 up
ip link set "$SURVEY_DEV" master $bridge
ip addr flush dev "$SURVEY_DEV"
ip addr add "$SURVEY_SOURCE4/24" dev $bridge
ip link set $bridge up
ways_out

# --- a bridge: what comes in is captured two times -------------------------

begin v4
end "a bridge"
check "a bridge: all is captured twice" $((2 * $(count answers))) \
    "$(count received)"

# A frame that leaves again some ms later is another one.
cat > "$work/again.py" <<'EOF'
import collections, socket, sys, time
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.bind((sys.argv[1], 3))
tap.settimeout(0.002)
waiting, sent = collections.deque(), set()
print("ready", flush=True)
while True:
    try:
        frame, origin = tap.recvfrom(2048)
        if origin[2] == socket.PACKET_OUTGOING and frame not in sent:
            sent.add(frame)
            waiting.append((time.monotonic() + 0.003, frame))
    except socket.timeout:
        pass
    while waiting and waiting[0][0] < time.monotonic():
        tap.send(waiting.popleft()[1])
EOF
if command -v python3 > /dev/null; then
	ip netns exec sim python3 "$work/again.py" s0 > "$work/again" &
	again=$!
	until [ -s "$work/again" ]; do
		sleep 0.05
	done
	begin few --rate 200
	wait $survey
	check "a router that answers twice: both are told" \
	    "10 yes" "$(count arrived) $(twice=$(count duplicates)
	    [ "$twice" -le "$(count probes)" ] &&
	    [ "$twice" -ge $(($(count probes) - 5)) ] && echo yes)"
	kill "$again"
else
	echo "skip a router that answers twice: no python3"
fi

# --- outages ----------------------------------------------------------------

unplug() { ip link set "$SURVEY_DEV" down; }
plug() { ip link set "$SURVEY_DEV" up; }
outage "no carrier" "$bridge has no carrier" unplug plug v4

down() { ip link set $bridge down; }
up() {
	ip link set $bridge up
	ways_out
}
outage "a device that is down" "$bridge is down" down up v4

no_route() { ip route del default; }
outage "no route, by raw sockets" \
    "cannot send IPv4 by any device: Network is unreachable" \
    no_route ways_out v4 --raw

# The bridge has a carrier still, by another port.
ip link set idle0 up master $bridge
leave() { ip link set "$SURVEY_DEV" nomaster; }
enter() { ip link set "$SURVEY_DEV" master $bridge; }
outage "the next hop is gone" \
    "the next hop, $SURVEY_GATEWAY4, does not answer on its link" \
    leave enter v4
outage "the next hop is gone, IPv6" \
    "the next hop, $SURVEY_GATEWAY6, does not answer on its link" \
    leave enter v6

# --- no answers, though the next hop is there -------------------------------

router=$(ip netns pids sim)
begin v4 -w 0.5 --rate 1000
sleep 0.7
kill -STOP "$router"
for ((tries = 0; tries < 60; tries++)); do
	seen=$(note)
	[ -z "$seen" ] || break
	sleep 0.1
done
kill -CONT "$router"
wait $survey
check "no answers at all: exit status" 0 $?
check "no answers at all: it is told" "no answers at all for N s" \
    "${seen/[2-6]/N}"
