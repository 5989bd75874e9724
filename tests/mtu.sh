#!/bin/bash
# --mtu as one uses it: on scenarios, by each kind of probe, saved and
# replayed, cut short, beside traceroute(8), and on random networks beside the
# truth.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_simulator
need_scenarios
across_options=(-q 1 --mtu)

# --- what is printed --------------------------------------------------------

across mtu target
is "told, twice: the text" "\
traceroute to target (10.99.0.1), 30 hops max, 1500 byte packets
 1  10.0.1.1  2.000 ms F=1500
 2  10.0.2.1  4.000 ms
 3  10.0.3.1  6.000 ms F=1300
 4  10.0.4.1  8.000 ms F=1200
 5  10.99.0.1  10.000 ms
path MTU to target (10.99.0.1): 1200 bytes, limited between hop 3 (10.0.3.1) \
and hop 4 (10.0.4.1): told by 10.0.3.1 (fragmentation needed)" "$out"
is "... exit status" 0 "$status"
is "... nothing on standard error" "" "$err"
across mtu -6 target
last() { tail -n 1 <<< "$out"; }
is "IPv6: packet too big" "path MTU to target (fd00:99::1): 1280 bytes, \
limited between hop 3 (fd00:3::1) and hop 4 (fd00:4::1): told by fd00:3::1 \
(packet too big)" "$(last)"

across mtu-hidden target
is "a black hole" "path MTU to target (10.99.0.1): 1400 bytes, limited \
between hop 4 (10.0.4.1) and hop 5 (10.0.5.1): found from silence: packets of \
1401 bytes and more get no answer from hop 5 on (a black hole: what says so is \
not sent, or filtered)" "$(last)"
sed '/reply mtu none/d' "$nets/mtu-hidden.net" > "$work/old.net"
sed -i 's/r4 r5 mtu 1400/r4 r5/' "$work/old.net"
across "$work/old.net" target
is "a router that does not say what fits" "path MTU to target (10.99.0.1): \
1480 bytes, limited between hop 2 (10.0.2.1) and hop 3 (10.0.3.1): told by \
10.0.2.1 (fragmentation needed, without a size)" "$(last)"
sed 's/reply mtu 0/reply mtu 1300/' "$work/old.net" > "$work/lie.net"
across "$work/lie.net" target
is "a router that says what is not so" "path MTU to target (10.99.0.1): \
1480 bytes, limited between hop 2 (10.0.2.1) and hop 3 (10.0.3.1): told by \
10.0.2.1 (fragmentation needed, which says 1300)" "$(last)"
across chain target
is "no limit" "path MTU to target (10.99.0.1): 1500 bytes: nothing on the \
way is narrower than this host's simulated" "$(last)"
across chain target 9000
is "larger than the way out: the same" "path MTU to target (10.99.0.1): 1500 \
bytes: nothing on the way is narrower than this host's simulated" "$(last)"
is "... is no failure" "" "$err"
across mtu-hidden target 1300
is "only as large as asked for" "path MTU to target (10.99.0.1): 1300 bytes \
at least, and nothing larger was tried" "$(last)"
across mtu-hidden target 20
is "less than any link has is raised" "path MTU to target (10.99.0.1): 68 \
bytes at least, and nothing larger was tried" "$(last)"

sed 's/tcp open 443/silent\n    tcp filtered/' "$nets/mtu-hidden.net" \
    > "$work/silent.net"
across "$work/silent.net" -m 8 target
is "a target that does not answer: as far as it goes" "path MTU as far as \
hop 5 (10.0.5.1): 1400 bytes, limited between hop 4 (10.0.4.1) and hop 5 \
(10.0.5.1): found from silence: packets of 1401 bytes and more get no answer \
from hop 5 on (a black hole: what says so is not sent, or filtered)" "$(last)"
is "... exit status" 1 "$status"
cat > "$work/mute.net" <<'EOT'
prober me 10.0.0.100
router r1
host target 10.99.0.1
    silent
link me r1
link r1 target
EOT
across "$work/mute.net" -m 3 target
unlike "nobody answers: nothing is said" 'MTU' "$out"
sed 's/r1 target/r1 target until 50ms/; s/    silent//
    s/^link/links delay 1ms\nlink/' "$work/mute.net" > "$work/gone.net"
across "$work/gone.net" target
like "no size comes through any more: not an MTU" ': not known: ' "$(last)"

# --- what is not sure -------------------------------------------------------

across loss -m 20 target
is "loss is no black hole" "path MTU to target (10.99.0.1): 1500 bytes: \
nothing on the way is narrower than this host's simulated" "$(last)"
cat > "$work/lossy.net" <<'EOT'
prober me 10.0.0.100
router r[1-3] 10.0.[1-3].1
host target 10.99.0.1
links delay 1ms
link me r1
link r1 r2 loss 50%
link r2 r3
link r3 target
EOT
for seed in {1..40}; do
	across "$work/lossy.net" -q 3 --seed "$seed" target
	last
done > "$work/lossy"
# The walk may end at hop 1 or 2, before the lossy link or behind it.
like "much loss: it is said" "[0-9]+ bytes at least, limited between .*; \
[1-9][0-9]% of small packets are lost as well: the size is not sure" \
    "$(tr '\n' '~' < "$work/lossy")"
is "... and no size is made of it" "" \
    "$(grep -v '1500 bytes\|at least\|not known\|hop 1 ' "$work/lossy")"

cat > "$work/back.net" <<'EOT'
prober me 10.0.0.100 fd00::100
router r[1-2] 10.0.[1-2].1 fd00:[1-2]::1
host target 10.99.0.1 fd00:99::1
links delay 1ms
link me r1
link r1 r2 mtu 1500 back mtu 1300
link r2 target
EOT
across "$work/back.net" -6 -I target
is "echo replies that the way back does not carry" "path MTU to target \
(fd00:99::1): 1300 bytes at least, limited between hop 2 (fd00:2::1) and hop 3 \
(fd00:99::1): found from silence: packets of 1301 bytes and more get no answer \
from hop 3 on (a black hole; or the answers, which are as large, get lost on \
the way back: -U or -T tells)" "$(last)"
like "... a lower bound at the hop" ' F>=1300$' "$out"
across "$work/back.net" -6 -U target
like "... and -U tells" ': 1500 bytes: nothing' "$(last)"

cat > "$work/nat.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
    nat destination 10.99.0.1 to 10.98.0.1 mends all
router r2 10.0.2.1
host server 10.98.0.1
links delay 1ms
link me r1
link r1 r2 mtu 1400
link r2 server mtu 1300
EOT
across "$work/nat.net" 10.99.0.1
is "behind a destination NAT: to the target" "path MTU to 10.99.0.1 \
(10.99.0.1): 1300 bytes, limited between hop 2 (10.99.0.1) and hop 3 \
(10.99.0.1): told by 10.99.0.1 (fragmentation needed)" "$(last)"

cat > "$work/reset.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
router r2 10.0.2.1
    filter reset tcp 443
router r3 10.0.3.1
host target 10.99.0.1
    tcp open 443
links delay 1ms
link me r1
link r1 r2 mtu 1400
link r2 r3 mtu 1300
link r3 target
EOT
across "$work/reset.net" -T target
is "a forged reset: as far as the firewall" "path MTU as far as hop 2 \
(10.0.2.1): 1400 bytes, limited between hop 1 (10.0.1.1) and hop 2 (10.0.2.1): \
told by 10.0.1.1 (fragmentation needed)" "$(last)"
like "... as its size says" '^ 2  10\.0\.2\.1  [0-9.]* ms F=1400$' \
    "$(grep '^ 2' <<< "$out")"

# As many black holes as there are hops: more than can be searched for.
{
	echo 'prober me 10.0.0.100'
	for hop in {1..25}; do
		printf 'router r%d 10.0.%d.1\n    reply mtu none\n' \
		    "$hop" "$hop"
	done
	printf 'host target 10.99.0.1\nlinks delay 1ms\nlink me r1\n'
	for hop in {1..24}; do
		printf 'link r%d r%d mtu %d\n' "$hop" $((hop + 1)) \
		    $((1500 - 23 * hop))
	done
	echo 'link r25 target'
} > "$work/many.net"
across "$work/many.net" target
like "the search ends after 200 packets, and says so" \
    ': 948 bytes, .*; the search ended after 200 packets$' "$(last)"
like "... what it did not come to is a lower bound" '^ 1 .* F>=[0-9]*$' \
    "$(grep '^ 1 ' <<< "$out")"
like "... what it did come to is not" ' F=948$' "$(grep '^25 ' <<< "$out")"

# --- beside traceroute(8) ---------------------------------------------------

beside() {
	"$TRUEROUTE_SIM" "$nets/mtu.net" -- traceroute -n -q 1 --mtu \
	    10.99.0.1 2> /dev/null
}
if ! command -v traceroute > /dev/null; then
	skip "hops and sizes, as traceroute(8) shows them" "no traceroute"
elif ! theirs=$(beside) || [ -z "$theirs" ]; then
	skip "hops and sizes, as traceroute(8) shows them" "no tun device here"
else
	across mtu target
	bare() { sed '1d; /^path/d; s/  [0-9.]* ms/  T/g'; }
	is "hops and sizes, as traceroute(8) shows them" \
	    "$(bare <<< "$theirs")" "$(bare <<< "$out")"
fi

# --- what is refused --------------------------------------------------------

refused "with --multipath" 2 'one of them is accepted' \
    "$TRUEROUTE" --mtu --multipath h
refused "with --classic" 2 'one of them is accepted' \
    "$TRUEROUTE" --mtu --classic h
refused "with --dot" 2 'goes with --multipath' "$TRUEROUTE" --mtu --dot h
ln -s "$TRUEROUTE" "$work/tcptraceroute"
refused "as tcptraceroute" 2 'unknown option --mtu' \
    "$work/tcptraceroute" --mtu h

# --- saved and replayed -----------------------------------------------------

if built_with jansson; then
	for net in mtu mtu-hidden chain loss rate-limit nat-leaky; do
		for probes in '-4 -U' '-4 -I' '-4 -T' '-6 -U' '-6 -I' \
		    '-6 -T'; do
			name="$net $probes"
			# shellcheck disable=SC2086 # words
			"$TRUEROUTE" -j --mtu $probes --simulate \
			    "$nets/$net.net" --write "$work/saved.pcapng" \
			    target > "$work/live" 2> "$work/live.notes" ||
			    [ $? = 1 ] || continue
			"$TRUEROUTE" -j --read "$work/saved.pcapng" \
			    > "$work/read" 2> "$work/read.notes"
			if cmp -s "$work/live" "$work/read" &&
			    cmp -s "$work/live.notes" "$work/read.notes"; then
				pass "$name: replayed, the same"
			else
				fail "$name: replayed, the same"
			fi
			cat "$work/live" >> "$work/all"
		done
	done
	across mtu-hidden target 9000 --write "$work/saved.pcapng"
	live=$out
	run "$TRUEROUTE" -n --read "$work/saved.pcapng"
	is "what could not leave: replayed, the same text" "$live" "$out"

	run "$TRUEROUTE" -j -q 1 --mtu --simulate "$nets/mtu-hidden.net" target
	is "JSON: the result" '"path_mtu":{"ttl":6,"mtu":1400,"exact":true,'\
'"refused":1401,"source":"silence","limited_by":{"after_ttl":4,'\
'"before_ttl":5,"address":"10.0.4.1","told_by":null,"told":null},"hops":['\
'{"ttl":1,"size":1500,"exact":true,"source":"interface"},'\
'{"ttl":2,"size":1500,"exact":true,"source":"interface"},'\
'{"ttl":3,"size":1480,"exact":true,"source":"told"},'\
'{"ttl":4,"size":1480,"exact":true,"source":"told"},'\
'{"ttl":5,"size":1400,"exact":true,"source":"silence"},'\
'{"ttl":6,"size":1400,"exact":true,"source":"silence"}]}}' \
	    "$(grep -o '"path_mtu":{"ttl".*' <<< "$out")"
	run "$TRUEROUTE" -j -q 1 --mtu -6 -I --simulate "$work/back.net" target
	like "JSON: what may be the way back is from silence, but not exact" \
	    '"mtu":1300,"exact":false,"refused":1301,"source":"silence",' "$out"
	like "... at its hop as well" '\{"ttl":3,"size":1300,"exact":false,' "$out"
	echo "$out" >> "$work/all"
	run "$TRUEROUTE" -j -q 1 --mtu --simulate "$nets/mtu-hidden.net" target
	like "JSON: the run" '"path_mtu":\{"walk_size":60\}' "$out"
	run "$TRUEROUTE" -j -q 1 --simulate "$nets/mtu-hidden.net" target
	unlike "JSON: other runs have no such member" 'path_mtu' "$out"
	if python3 -c 'import jsonschema' 2> /dev/null; then
		is "the JSON is what its schema says" "" "$(python3 \
		    "$here/schema_check.py" \
		    "$here/../doc/trueroute.schema.json" "$work/all")"
	else
		skip "the JSON is what its schema says" "no jsonschema"
	fi
fi

# --- random networks --------------------------------------------------------

if built_with jansson && command -v python3 > /dev/null; then
	from_lines < <(python3 "$here/mtu_judge.py" 200)
	[ "$seen" -gt 0 ] || fail "random networks: they were judged"
else
	skip "random networks" "no jansson, or no python3"
fi
done_testing
