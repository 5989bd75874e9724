#!/bin/bash
# A host with several addresses: which one is traced, that it is said, and
# --all-addresses.  In a namespace with a hosts file of its own, where the
# addresses are the loopback device's, and on simulated networks.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_scenarios
export work
json=
built_with jansson && json=--json
export json

trace() {
	"$TRUEROUTE" "$@" > "$work/out" 2> "$work/err"
	status=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
}

# --- simulated: a node has an address of each family --------------------------

net=$nets/balancers.net
trace -n -q 1 --all-addresses --simulate "$net" target
is "simulated: exit status" 0 "$status"
is "simulated: a trace to each, by the order of families" \
    "traceroute to target (10.99.0.1), 30 hops max, 60 byte packets
traceroute to target (fd00:99::1), 30 hops max, 80 byte packets" \
    "$(grep '^traceroute' <<< "$out")"
is "simulated: an empty line between them" 1 "$(grep -c '^$' <<< "$out")"
is "simulated: which of how many" \
    "trueroute: 10.99.0.1, an address of target, is number 1 of 2
trueroute: fd00:99::1, an address of target, is number 2 of 2" "$err"
for family in 4 6; do
	trace -n -q 1 -$family --simulate "$net" target
	one=$out
	trace -n -q 1 -$family --all-addresses --simulate "$net" target
	is "simulated, -$family: as without --all-addresses" "$one" "$out"
	is "simulated, -$family: nothing to say" "" "$err"
done
trace --all-addresses --simulate "$net" 10.99.0.1
is "an address has itself: exit status" 0 "$status"
is "an address has itself" 1 "$(grep -c '^traceroute' <<< "$out")"
trace --all-addresses --simulate "$net" nobody
is "no such host: exit status" 2 "$status"
like "no such host: it is said" 'nobody names nothing in' "$err"
trace --all-addresses -n -q 1 --simulate "$nets/firewall.net" \
    target
is "where none is reached: exit status" 1 "$status"

# --- live -----------------------------------------------------------------------

cat > "$work/inside" <<'INSIDE'
set -u
cat > "$work/hosts" <<EOT
127.0.0.1 localhost
10.7.0.1 many
10.7.0.2 many
10.7.0.3 many
fd07::1 many
198.51.100.1 nowhere
10.7.0.1 nowhere
10.7.0.1 one
0.0.0.0 nobody
10.7.0.1 nobody
fe80::1 nolink
10.7.0.1 nolink
10.7.0.1 mixed
10.9.0.1 mixed
EOT
for i in {1..6}; do echo "10.9.0.$i silent" >> "$work/hosts"; done
for i in {1..5}; do echo "10.7.0.$i five" >> "$work/hosts"; done
for i in {1..20}; do echo "10.7.1.$i crowd" >> "$work/hosts"; done
mount --bind "$work/hosts" /etc/hosts || exit 77
ip link set lo up
ip addr add 10.7.0.1/32 dev lo
ip addr add 10.7.0.2/32 dev lo
ip addr add 10.7.0.3/32 dev lo
ip addr add 10.7.1.0/24 dev lo
ip addr add 10.7.0.4/32 dev lo
ip addr add 10.7.0.5/32 dev lo
ip addr add fd07::1/128 dev lo 2> /dev/null
# Nobody answers from there.
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 10.9.1.1/24 dev v0
ip route add 10.9.0.0/24 via 10.9.1.2
ip neigh add 10.9.1.2 lladdr 02:00:00:00:00:01 dev v0
run() {
	local name=$1
	shift
	"$TRUEROUTE" -n -q 1 "$@" > "$work/$name.out" 2> "$work/$name.err"
	echo $? > "$work/$name.status"
}
getent ahosts many | awk '$2 == "DGRAM" { print $1 }' > "$work/order"
getent ahosts nowhere | awk '$2 == "DGRAM" { print $1 }' > "$work/nowhere"
run one many
run four -4 many
run single one
run literal 10.7.0.1
run all --all-addresses many
run all4 --all-addresses -4 many
run json --all-addresses --json -4 many
run nowhere --all-addresses nowhere
run crowd --all-addresses crowd
run compare --compare -4 many
ln -sf "$(realpath "$TRUEROUTE")" "$work/traceroute"
TRUEROUTE=$work/traceroute run plain many
run nobody --all-addresses nobody
run nolink --all-addresses nolink
# More frames than a capture has room for, while the fifth waits for its turn,
# and while a trace that is over waits for the one beside it.
run five -I -c 80 --interval=0.01 --all-addresses five
for address in 10.7.0.2 10.7.0.3; do
	"$TRUEROUTE" -n -I -q 1 -c 200 --interval=0.01 $address \
	    > /dev/null 2>&1 &
done
run mixed --all-addresses -m 8 -w 2 $json mixed
wait
"$TRUEROUTE" -n -q 1 --all-addresses silent > "$work/stopped.out" \
    2> "$work/stopped.err" &
sleep 0.5
kill -INT $!
wait $!
echo $? > "$work/stopped.status"
INSIDE
built_with libevent || done_testing
if ! unshare -Urnm true 2> /dev/null; then
	skip "live" "namespaces are not to be had"
	done_testing
fi
unshare -Urnm bash "$work/inside"
if [ $? -eq 77 ]; then
	skip "live" "/etc/hosts cannot be another in here"
	done_testing
fi
traced() { sed -n 's/^traceroute to [^ ]* (\(.*\)), .*/\1/p' "$work/$1.out"; }
said() { cat "$work/$1.err"; }
first=$(head -n 1 "$work/order")
count=$(wc -l < "$work/order")

is "one is traced: the first in the system's order" "$first" "$(traced one)"
is "one is traced: it is said which" "trueroute: many has $count addresses: \
this traces $first, number 1 in the system's order; --all-addresses traces \
each" "$(said one)"
is "-4: the number is of IPv4" "3 IPv4 addresses" \
    "$(grep -o '[0-9]* IPv4 addresses' "$work/four.err")"
is "one address: nothing to say" "" "$(said single)"
is "an address: nothing to say" "" "$(said literal)"
is "as traceroute: nothing is said" "" "$(said plain)"
like "--compare: it is said too" '^trueroute: many has 3 IPv4 addresses' \
    "$(said compare)"
is "all: in the system's order" "$(cat "$work/order")" "$(traced all)"
is "all: exit status" 0 "$(cat "$work/all.status")"
is "all: which of how many" "$count" \
    "$(grep -c "is number [1-9] of $count\$" "$work/all.err")"
is "all, -4" "$(grep -v : "$work/order")" "$(traced all4)"
if built_with jansson; then
	is "all, JSON: a line each, with its number" "[3,1]
[3,2]
[3,3]" "$(jq -c '.run | [.addresses, .address_number]' "$work/json.out")"
	is "all, JSON: the schema" "" "$("$here/schema_check.py" \
	    "$here/../doc/trueroute.schema.json" "$work/json.out" 2>&1)"
fi
is "no way to one: the other is traced" 10.7.0.1 "$(traced nowhere)"
like "no way to one: it is said" '198\.51\.100\.1, an address of nowhere, is not traced: ' \
    "$(said nowhere)"
is "no way to one: exit status" 0 "$(cat "$work/nowhere.status")"
for name in nobody nolink; do
	is "$name: one that is of no use stops no other" 10.7.0.1 \
	    "$(traced $name)"
	is "$name: exit status" 0 "$(cat "$work/$name.status")"
done
like "0.0.0.0: it is said" \
    '0\.0\.0\.0, an address of nobody, is not traced: .* of no host' \
    "$(said nobody)"
like "an address of each link: it is said" \
    'fe80::1, an address of nolink, is not traced: .* as in fe80::1%eth0' \
    "$(said nolink)"
is "many rounds: each is answered in all" "5 100.0" \
    "$(awk '$1 == 1 && $3 == 80 { n++; if (low == "" || $4 < low) low = $4 }
    END { print n, low }' "$work/five.out")"
unlike "many rounds: no frame is lost while one waits" 'capture lost' \
    "$(said five)"
if built_with jansson; then
	is "one that is over early has lost no frame" "[1,0]
[2,0]" "$(jq -c '[.run.address_number, .capture.dropped]' "$work/mixed.out")"
fi
is "mixed: the worst of the exit statuses" 1 "$(cat "$work/mixed.status")"
is "interrupted: exit status" 130 "$(cat "$work/stopped.status")"
is "interrupted: what is known is shown" "10.9.0.1
10.9.0.2
10.9.0.3
10.9.0.4" "$(traced stopped)"
is "interrupted: those that are left out are told" \
    "trueroute: 10.9.0.5, an address of silent, is not traced: \
interrupted before
trueroute: 10.9.0.6, an address of silent, is not traced: interrupted before" \
    "$(grep 'is not traced' "$work/stopped.err")"
is "more than are traced: so many are" 16 "$(traced crowd | wc -l)"
like "more than are traced: it is said" \
    'crowd has 20 addresses: the first 16 are traced' "$(said crowd)"
done_testing
