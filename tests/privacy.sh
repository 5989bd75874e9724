#!/bin/bash
# --privacy as one uses it: what is hidden, what stays as it was, masked
# captures of masked ones, and what does not go together.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_scenarios
across_to=(target)

# --- what is refused --------------------------------------------------------

refused "no hops" 2 '1 to 255' "$TRUEROUTE" --privacy 0 127.0.0.1
refused "with --compare" 2 '--privacy is for one trace' "$TRUEROUTE" \
    --privacy 2 --compare 127.0.0.1
refused "with --reveal" 2 '--privacy is for one trace' "$TRUEROUTE" \
    --privacy 2 --reveal 127.0.0.1
refused "--write and --read without it" 2 'both with --privacy' \
    "$TRUEROUTE" --read x --write "$work/x"
is "--write and --read without it: no file" no \
    "$([ -e "$work/x" ] && echo yes || echo no)"
if ! built_with jansson; then
	refused "a build without jansson" 2 'no jansson' "$TRUEROUTE" \
	    --privacy 2 --simulate "$nets/chain.net" target
	done_testing
fi

# --- as it is shown ---------------------------------------------------------

across chain -q 1 --privacy 3
is "a chain: exit status" 0 "$status"
is "a chain: three hops are masked" "\
traceroute to target (10.99.0.1), 30 hops max, 60 byte packets
 1  240.1.0.1  4.000 ms
 2  240.2.0.1  8.000 ms
 3  240.3.0.1  12.000 ms
 4  10.0.4.1  16.000 ms
 5  10.0.5.1  20.000 ms" "$(head -6 <<< "$out")"
is "a chain: it is said" "trueroute: the addresses of this host and of hops \
1 to 3 are masked: 240.HOP.0.NUMBER stands for them" "$err"
across chain -q 1 --privacy 1 -6 -I
is "IPv6: one hop is" " 1  100::1:1  4.000 ms| 2  fd00:2::1  8.000 ms" \
    "$(sed -n 2,3p <<< "$out" | paste -sd '|')"
like "IPv6: it is said" 'and of hop 1 are masked: 100::HOP:NUMBER' "$err"
across chain -q 1 --privacy 255 -f 12 -m 12
is "only the host: its address stays" '12  10.99.0.1  44.000 ms' \
    "$(tail -1 <<< "$out")"
across interface-info -q 1 -e --privacy 3
unlike "interfaces: nothing of them" 'INC|OUT|SUB|NXT|ge-0|badcafe' "$out"
across interface-info -q 1 -e --privacy 1
like "interfaces of later hops stay" 'INC:7' "$out"
across nested --multipath --privacy 30
like "many at one hop: a number each" '240\.2\.0\.2' "$out"
unlike "many: none is told" '10\.0\.' "$out$err"
across nested --multipath --privacy 30 --dot
unlike "as a graph: none is told" '10\.0\.' "$out$err"
across chain -c 2 --privacy 2
like "rounds: the table" '^ 2  240\.2\.0\.1 +2 +100' "$out"
across nat-leaky -q 1 --explain --privacy 2
like "a NAT behind the masked hops: both sides are" \
    'sent from 240\.0\.0\.1 port .* quotes 240\.0\.0\.2 port' \
    "$(tr -s ' \n' ' ' <<< "$out")"
unlike "a NAT: neither is told" '10\.0\.0\.100|192\.0\.2\.2' "$out$err"

# Hop 2 may be what translates: it quotes what came to it.
sed 's/to 10\.99\.0\.1/& mends nothing/' "$nets/dnat.net" > "$work/leaky.net"
across_to=(192.0.2.80)
across "$work/leaky.net" -q 1 --explain --privacy 2
like "where a masked NAT may send to is not told" \
    'hop 3 quotes .* to 240\.2\.0\.2 port' "$(tr -s ' \n' ' ' <<< "$out")"
across "$work/leaky.net" -q 1 --explain --privacy 1
like "where a later one does is" 'hop 3 quotes .* to 10\.99\.0\.1 port' \
    "$(tr -s ' \n' ' ' <<< "$out")"
across_to=(target)

# --- what is saved, and read again ------------------------------------------

across chain -q 1 --privacy 2 --write "$work/saved.pcapng" -s 10.0.0.100
shown=$out
told=$err
run "$TRUEROUTE" -n --read "$work/saved.pcapng"
is "read back: the same text" "$shown" "$out"
is "read back: the same is told" "$told" "$err"
unlike "the command line is not kept" 'chain\.net|10\.0\.0\.100|-q 1' \
    "$(tr -cd '[:print:]\n' < "$work/saved.pcapng")"
like "but what was masked" 'trueroute --privacy 2 \.\.\. target' \
    "$(tr -cd '[:print:]\n' < "$work/saved.pcapng")"
run "$TRUEROUTE" -n --read "$work/saved.pcapng" --privacy 2 \
    --write "$work/twice.pcapng"
is "masked twice: as once" "$shown" "$out"
if cmp -s "$work/saved.pcapng" "$work/twice.pcapng"; then
	pass "masked twice: the same capture"
else
	fail "masked twice: the same capture"
fi
run "$TRUEROUTE" -n --read "$work/saved.pcapng" --privacy 4
like "masked further" '^ 4  240\.4\.0\.1 ' "$out"
like "masked further: it is said" 'hops 1 to 4' "$err"
run "$TRUEROUTE" -n --read "$work/saved.pcapng" --privacy 1
like "masked less: what was masked is said" 'hops 1 to 2' "$err"

across chain -q 1 --write "$work/real.pcapng"
run "$TRUEROUTE" -n --read "$work/real.pcapng" --privacy 2
is "a saved one, masked: the same text" "$shown" "$out"
"$TRUEROUTE" -n --read "$work/real.pcapng" --privacy 2 --write - \
    2> "$work/text" > /dev/null
"$TRUEROUTE" -n --read - --privacy 2 --write - < "$work/real.pcapng" \
    2> /dev/null > "$work/piped.pcapng"
is "by pipes: the capture" "$shown" \
    "$("$TRUEROUTE" -n --read "$work/piped.pcapng" 2> /dev/null)"
is "by pipes: the text beside it" "$shown" "$(head -n -1 "$work/text")"
refused "onto itself" 2 'the file that is read' "$TRUEROUTE" --privacy 2 \
    --read "$work/real.pcapng" --write "$work/real.pcapng"
run "$TRUEROUTE" -n --read "$work/real.pcapng"
like "onto itself: it is as it was" '^ 1  10\.0\.1\.1 ' "$out"
cat "$work/real.pcapng" "$work/real.pcapng" > "$work/two.pcapng"
refused "two runs in one" 2 'one run that trueroute saved' "$TRUEROUTE" \
    --privacy 2 --read "$work/two.pcapng" --write "$work/none.pcapng"
is "two runs in one: nothing is written" no \
    "$([ -e "$work/none.pcapng" ] && echo yes || echo no)"
# So much behind the section, which has the command line in it.
section=$(od -An -tu4 -j4 -N4 "$work/real.pcapng")
head -c $((section + 1001)) "$work/real.pcapng" > "$work/cut.pcapng"
run "$TRUEROUTE" -n --read "$work/cut.pcapng" --privacy 2
like "one that is cut short: as far as it goes" '240\.2\.0\.1' "$out"
like "one that is cut short: it is said" 'trunc|cut|short' "$err"
refused "no such file" 2 'No such file' "$TRUEROUTE" --privacy 2 \
    --read "$work/nowhere"

# --- nothing else is another, nothing hidden is told -------------------------

# judged NET HOPS HOW...: the trace as it is, and masked.
judged() {
	local net=$1 hops=$2 said
	shift 2
	across "$net" -j "$@"
	printf '%s\n' "$out" > "$work/real"
	across "$net" -j --privacy "$hops" --write "$work/m.pcapng" "$@"
	printf '%s\n' "$out" > "$work/masked"
	"$TRUEROUTE" -j --read "$work/m.pcapng" > "$work/again" 2> /dev/null
	is "$net, $*: read back, the same JSON" "" \
	    "$(cmp "$work/masked" "$work/again" 2>&1)"
	run "$TRUEROUTE" -n --explain --read "$work/m.pcapng"
	printf '%s\n' "$out" "$err" > "$work/text"
	if said=$(python3 "$here/privacy_judge.py" "$hops" "$work/real" \
	    "$work/masked" "$work/m.pcapng" "$work/text" 2>&1); then
		pass "$net, $*: the same but for what is masked"
	else
		fail "$net, $*: the same but for what is masked" "$said"
	fi
}

# sums_right: as tshark has it, of the last one.
sums_right() {
	local text=$1 seen
	if ! command -v tshark > /dev/null; then
		skip "$text" "no tshark"
		return
	fi
	seen=$(tshark -n -r "$work/m.pcapng" \
	    -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
	    -o tcp.check_checksum:TRUE -o ip.defragment:FALSE -T fields \
	    -E occurrence=a -e frame.number -e ip.checksum.status \
	    -e udp.checksum.status -e tcp.checksum.status \
	    -e icmp.checksum.status -e icmpv6.checksum.status \
	    -e icmp.ext.checksum.status 2> "$work/err")
	if grep -q $'\t1' <<< "$seen"; then
		is "$text" "" "$(grep -P '\t(.*,)?0' <<< "$seen")"
	else
		fail "$text" "tshark found none right" "$(cat "$work/err")"
	fi
}

if ! command -v python3 > /dev/null; then
	skip "held against the trace as it is" "no python3"
	done_testing
fi
for how in -U -I -T -6\ -U -6\ -I -6\ -T --classic -6\ --classic; do
	# shellcheck disable=SC2086 # words
	judged interface-info 3 $how
	sums_right "interfaces, $how: all sums are right"
done
for how in -I -6; do
	judged mpls-explicit 3 $how
	judged nat 2 $how
done
for net in nat-checksum nat-leaky dnat firewall-reset quotes loop late \
    extension-faults sequence; do
	judged "$net" 2
done
judged nat-leaky 3 -T
judged chain 3 -c 3
judged loss 2 -c 8
judged mtu 2 --mtu
judged nested 2 --multipath
judged diamond4 3 --multipath -6
judged balancers 2 --multipath --classify
judged meshed 4 --multipath -I
if python3 -c 'import jsonschema' 2> /dev/null; then
	is "JSON: by its schema" "" "$(python3 "$here/schema_check.py" \
	    "$here/../doc/trueroute.schema.json" "$work/masked" 2>&1)"
else
	skip "JSON: by its schema" "no python3 with jsonschema"
fi

# --- names of later hops -----------------------------------------------------

across chain -q 1 --write "$work/real.pcapng"
"$here/say_hosts.py" "$work/real.pcapng" '{"hosts":[
    {"address":"10.0.4.1","name":"to-10-0-1-1.example","name_lookup":"found"},
    {"address":"10.0.5.1","name":"r5.example","name_lookup":"found"}]}' \
    > "$work/said.pcapng"
run "$TRUEROUTE" --read "$work/said.pcapng" --privacy 2 \
    --write "$work/m.pcapng"
unlike "a name that has a masked address is not told" '10.0.1.1([^.0-9]|$)' \
    "$out$(tr -cd '[:print:]' < "$work/m.pcapng")"
like "another name is" '^ 5  r5.example \(10\.0\.5\.1\) ' "$out"

# --- answers whose hop is not known -----------------------------------------

# without_probes TTL: the saved run without its UDP probes of a hop.
without_probes() {
	python3 -c 'if True:
	    import struct, sys
	    data, place = sys.stdin.buffer.read(), 0
	    while place < len(data):
	        kind, size = struct.unpack_from("<II", data, place)
	        block = data[place:place + size]
	        place += size
	        if (kind, block[36:38]) != (6, bytes([int(sys.argv[1]), 17])):
	            sys.stdout.buffer.write(block)
	' "$1" < "$work/real.pcapng"
}

across chain -q 1 --write "$work/real.pcapng"
without_probes 1 > "$work/lost.pcapng"
run "$TRUEROUTE" -j --read "$work/lost.pcapng"
like "probes are lost: who answered them, without them" \
    '"unattributed":\[.*"10\.0\.1\.1"' "$out"
run "$TRUEROUTE" -j --read "$work/lost.pcapng" --privacy 2 \
    --write "$work/m.pcapng"
unlike "probes are lost: who answered them is not told" '10\.0\.[12]\.1"' \
    "$out$(tr -cd '[:print:]' < "$work/m.pcapng")"
without_probes 5 > "$work/lost.pcapng"
run "$TRUEROUTE" -n --read "$work/lost.pcapng" --privacy 2
like "probes are lost: later hops stay" '^ 6  10\.0\.6\.1 ' "$out"

# --- not even by a sum ------------------------------------------------------

# Two networks that differ in nothing but the addresses that are hidden give
# the same capture to the byte: it cannot tell which of them it is of.
cat > "$work/one.net" <<'NET'
prober me 10.0.0.100 fd00::100
router r1 10.0.1.1 fd00:1::1
router r2 10.0.2.1 fd00:2::1
    NAT
router r3 10.0.3.1 fd00:3::1
    extension interface in index 3 address name ge-0/0/1 mtu 9000
host target 10.99.0.1 fd00:99::1
links delay 1ms
link me r1
link r[1-2] r[2-3]
link r3 target
NET
for nat in '' 'nat source me to 192.0.2.2 ports 50000-50999' \
    'nat source me to 192.0.2.2 mends addresses' \
    'nat source me to 192.0.2.2 mends nothing'; do
	sed -e "s@NAT@$nat@" "$work/one.net" > "$work/net"
	for how in -U -I --classic -6\ -U -6\ -I; do
		rm -f "$work/a.pcapng" "$work/b.pcapng"
		# shellcheck disable=SC2086 # words
		across "$work/net" --privacy 9 --write "$work/a.pcapng" $how
		before=$status
		sed -i -e 's/10\.0\.0\.100/172.19.83.7/' \
		    -e 's/10\.0\.1\.1/172.20.99.254/' \
		    -e 's/10\.0\.2\.1/198.18.2.201/' \
		    -e 's/10\.0\.3\.1/198.51.100.77/' \
		    -e 's/192\.0\.2\.2/203.0.113.250/' \
		    -e 's/fd00::100/2001:db8:77::abcd/' \
		    -e 's/fd00:1::1/2001:db8:1:2:3:4:5:6/' \
		    -e 's/fd00:2::1/fe00:9:8::1/' \
		    -e 's/fd00:3::1/fd77:7::e/' "$work/net"
		# shellcheck disable=SC2086 # words
		across "$work/net" --privacy 9 --write "$work/b.pcapng" $how
		is "other addresses, $how, ${nat:-no NAT}: the same capture" \
		    "$before " "$status $(cmp "$work/a.pcapng" \
		    "$work/b.pcapng" 2>&1)"
		sed -e "s@NAT@$nat@" "$work/one.net" > "$work/net"
	done
done
done_testing
