#!/bin/bash
# --multipath as one uses it: on each scenario, by each kind of probe, saved
# and replayed, cut short, and where it cannot keep its promise.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_simulator
need_scenarios
across_to=(target)

# --- what is drawn ----------------------------------------------------------

across diamond4 --multipath
is "a diamond: exit status" 0 "$status"
is "a diamond: its drawing" "\
 1  o        10.0.1.1  4.000 ms
 2  o        10.0.2.1  8.000 ms  4 ways, by flow
    +-+-+-+
 3  o | | |  10.0.3.1  12.000 ms
    | o | |  10.0.3.2  12.000 ms
    | | o |  10.0.3.3  12.000 ms
    | | | o  10.0.3.4  12.000 ms
 4  o | | |  10.0.4.1  16.000 ms
    | o | |  10.0.4.2  16.000 ms
    | | o |  10.0.4.3  16.000 ms
    | | | o  10.0.4.4  16.000 ms
    +-+-+-+
 5  o        10.0.5.1  20.000 ms
 6  o        10.99.0.1  24.000 ms" "$(sed -n '2,/^$/p' <<< "$out" | sed '$d')"
like "a diamond: how sure it is" \
    '^[0-9.]+ % at most \(5 % asked\), if balancers' "$out"

# The commands that it prints trace what it says that they do.
commands=$(grep -A1 '^  3 10' <<< "$out" | grep -v '^--$')
is "a diamond: four paths, with a command each" 4 \
    "$(grep -c trueroute <<< "$commands")"
while read -r way && read -r again; do
	expected=$(sed 's/^3 //; s/, 4 / /' <<< "$way")
	# shellcheck disable=SC2086 # words
	seen=$("$TRUEROUTE" -n -q 1 ${again#trueroute} |
	    awk '$1 == 3 || $1 == 4 { printf "%s ", $2 }')
	is "$again" "$expected " "$seen"
done <<< "$commands"

# What another run needs beside the flow, and in words of the shell.
cp "$nets/chain.net" "$work/it's a chain.net"
run "$TRUEROUTE" -n --multipath -T -O ack -m 31 --seed 7 -t 4 \
    --simulate "$work/it's a chain.net" target
again=$(grep -- '--sport' <<< "$out")
is "a command has what leads to the same path" "trueroute --simulate '$work/\
it'\''s a chain.net' --seed 7 -m 31 -4 -T -p 443 --sport N -O ack -t 4 target" \
    "$(sed 's/^ *//; s/sport [0-9]*/sport N/' <<< "$again")"
eval "run \"\$TRUEROUTE\" -n -q 1 ${again#*trueroute }"
is "... and a shell takes it" 11 "$(grep -c '^ *[0-9]' <<< "$out")"

utf8=$(locale -a 2> /dev/null | grep -i -m 1 'utf-*8')
if [ -n "$utf8" ]; then
	seen=$(LC_ALL=$utf8 "$TRUEROUTE" -n --multipath \
	    --simulate "$nets/diamond4.net" target | sed -n 4,5p)
	is "in a locale with it: Unicode" "    ├─┬─┬─┐
 3  ● │ │ │  10.0.3.1  12.000 ms" "$seen"
else
	skip "in a locale with it: Unicode" "there is no UTF-8 locale"
fi

across uneven --multipath
is "ways of different lengths: the drawing of their ends" "\
 4  o | |  10.99.0.1  10.000 ms
      o |  10.1.3.3  8.000 ms
      | o  10.0.5.1  7.000 ms
    +-+ |
    | +-+
 5  o |    10.0.5.1  8.000 ms
    | o    10.99.0.1  11.000 ms
 6  o      10.99.0.1  12.000 ms" "$(sed -n '/^ 4/,/^$/p' <<< "$out" | sed '$d')"
across wide100 --multipath
is "a hundred ways: each has its line" 100 \
    "$(grep -c '^ *3* *|.* 10\.0\.3\.' <<< "$out")"

# --- that it is right -------------------------------------------------------

# score NET OPTION...: what the truth says of it.
score() {
	local net=$1
	shift
	across "$net" -j "$@"
	[ -f "$net" ] || net=$nets/$net.net
	printf '%s\n' "$out" > "$work/result"
	"$TRUEROUTE_SIM" --score "$work/result" "$net" 2>&1
}

whole='"missed":0,"false":0\}.*"missed":0,"false":0\}'
if built_with jansson; then
	for net in "$nets"/*.net; do
		name=$(basename "$net" .net)
		grep -q '^host target' "$net" || continue
		[ "$name" != per-packet ] || continue
		for rules in --multipath --mda; do
			like "$name $rules: found whole, nothing false" \
			    "$whole" "$(score "$net" $rules -w 1)"
		done
	done
	for probes in -T -I '-T -6' -6 '-I -6'; do
		# shellcheck disable=SC2086 # words
		like "diamond4 $probes: found whole" "$whole" \
		    "$(score diamond4 --multipath $probes)"
	done
	for probes in -6 '-T -6' ; do
		# shellcheck disable=SC2086 # words
		like "flow-label $probes: found whole" "$whole" \
		    "$(score flow-label --multipath $probes)"
	done
	like "icmp-word -I: found whole" "$whole" \
	    "$(score icmp-word --multipath -I 2> /dev/null)"
	like "--flows 64: found whole" "$whole" "$(score diamond4 --flows 64)"
	like "--flows 2: says that they are too few" '"void":\["fixed"\]' \
	    "$(score diamond4 --flows 2; cat "$work/result")"
	like "packet by packet: no link is claimed that may not be" \
	    '"links":\{"found":4,"missed":2,"false":0\}' \
	    "$(score per-packet --multipath)"

	# --- saved, and read again ------------------------------------------

	for net in meshed per-packet loss silent rate-limit; do
		across $net --multipath --write "$work/saved"
		first=$out
		run "$TRUEROUTE" -n --read "$work/saved"
		is "$net: a replay draws the same" "$first" "$out"
	done
	across diamond4 -6 --multipath -j --write "$work/saved"
	first=$out
	run "$TRUEROUTE" -j --read "$work/saved"
	is "a replay writes the same JSON" "$first" "$out"
	across diamond4 -I --multipath --max-probes 30 --write "$work/saved"
	first=$out
	run "$TRUEROUTE" -n --read "$work/saved"
	is "cut short: a replay draws the same" "$first" "$out"
	# The same packets without what the run says of itself.
	across diamond4 --multipath --write "$work/saved"
	first=$(sed -n '2,/^$/p' <<< "$out")
	"$TRUEROUTE_SIM" --answer "$work/saved" --write "$work/foreign" \
	    "$nets/diamond4.net" 2> /dev/null
	run "$TRUEROUTE" -n --multipath --read "$work/foreign"
	is "another program's capture: the same drawing" \
	    "$first" "$(sed -n '2,/^$/p' <<< "$out")"
	# Of a run with one flow there is a graph too, and no bound kept.
	across diamond4 -q 1 --write "$work/saved"
	run "$TRUEROUTE" -n --multipath --read "$work/saved"
	like "one flow drawn: its bound is void, and why" \
	    'so many flows are too few for it' "$out"
	across chain --seed 7 --multipath --write "$work/saved"
	# shellcheck disable=SC2016 # no shell is to see it
	for made_up in ' ;reboot;' ' --read 7' " -i 'abcd" ' -i aa`b`'; do
		sed "s/ --seed 7\",/$made_up\",/" "$work/saved" \
		    > "$work/changed"
		refused "options that somebody has made up: $made_up" 2 \
		    'is not a list of options' \
		    "$TRUEROUTE" --read "$work/changed"
	done

	# --- what is computed -----------------------------------------------

	for net in diamond4 nested meshed uneven wide100; do
		across $net -j --multipath
		printf '%s\n' "$out" > "$work/result"
		is "$net: the bound is that of the decisions" same \
		    "$(python3 "$here/bound_again.py" < "$work/result" 2>&1)"
	done
	# Of 512 equal ways 8192 flows are not enough to be so sure.
	cat > "$work/many.net" <<'EOT'
prober me 10.0.0.100
router split 10.0.1.1
router a[1-250] 10.0.2.[1-250]
router b[1-250] 10.0.3.[1-250]
router join 10.0.4.1
host target 10.99.0.1
links delay 1ms
link me split
link split a[1-250]
link split b[1-250]
link a[1-250] join
link b[1-250] join
link join target
EOT
	across "$work/many.net" -j --multipath --confidence 99.9999
	like "more flows needed than there are: said" '"void":\["flows"\]' \
	    "$out"

	# --- how fast -------------------------------------------------------

	# Probes to a hop, in ms, by the hops' widths: 5 ms shared.
	across diamond4 -j --multipath
	printf '%s\n' "$out" > "$work/result"
	is "probes to one hop keep apart, divided by its ways" "5 5 1.25 1.25" \
	    "$(python3 -c '
import json, sys
hops = json.load(sys.stdin)["hops"]
print(*("%g" % (min(b - a for a, b in zip(t, t[1:])) / 1e6) for t in (
    sorted(p["sent_ns"] for p in hops[n]["probes"]) for n in range(4))))
' < "$work/result")"
	across silent -j --multipath
	printf '%s\n' "$out" > "$work/result"
	like "silent hops are not awaited for long" '^[012]$' "$(python3 -c '
import json, sys
times = [p["sent_ns"] for h in json.load(sys.stdin)["hops"]
         for p in h["probes"]]
print((max(times) - min(times)) // 10**9)' < "$work/result")"
else
	skip "the truth about it, and replays" "this build has no jansson"
fi

# --- where it cannot keep its promise ---------------------------------------

# The first flow comes to a way that is silent from there on: not all do.
cat > "$work/hole.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
router a[1-2] 10.0.2.[1-2]
router b1 10.0.3.1
router b2
    filter drop any
router j 10.0.4.1
host target 10.99.0.1
links delay 2ms
link me r1
link r1 a[1-2]
link a[1-2] b[1-2]
link b[1-2] j
link j target
EOT
if built_with jansson; then
	for rules in --multipath --mda '--flows 30'; do
		for seed in 1 2 3 4 5; do
			# shellcheck disable=SC2086 # words
			like "a way that drops all, $rules, seed $seed: the \
other is found" "$whole" "$(score "$work/hole.net" $rules --seed $seed)"
			like "... with a bound" '"void":\[\]|"fixed"' \
			    "$(cat "$work/result")"
		done
	done
fi

# Half of the flows go round for ever: what is behind takes no more than it must.
cat > "$work/round.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
router a[1-2] 10.0.2.[1-2]
router b1 10.0.3.1
router b2 10.0.3.2
    route 10.99.0.1 via a2
host target 10.99.0.1
links delay 2ms
link me r1
link r1 a[1-2]
link a[1-2] b[1-2]
link b1 target
link b2 target
EOT
across "$work/round.net" --multipath -m 100
like "a loop beside the way to the target: a few probes for each hop" \
    '^[6-8][0-9][0-9] probes of [12][0-9] flows; something' "$out"

cat > "$work/nobody.net" <<'EOT'
prober me 10.0.0.100
router r1
router r2
host target 10.99.0.1
    udp filtered
links delay 2ms
link me r1
link r1 r2
link r2 target
EOT
across "$work/nobody.net" --multipath
like "nobody answers: no bound" 'the bound of 5 % is void:' "$out"
unlike "... and no path" 'paths, with' "$out"

# One branch refuses, nearer than the target that others come to.
sed 's/^router b2/& 10.0.3.2/; s/filter drop any/filter prohibit any/' \
    "$work/hole.net" > "$work/refusal.net"
across "$work/refusal.net" --multipath
is "a refusal beside the way to the target: it is reached" 0 "$status"
sed 's/filter drop any/filter reset tcp/; s/^router b2/& 10.0.3.2/
    s/^host.*/&\n    tcp open 443/' "$work/hole.net" > "$work/reset.net"
across "$work/reset.net" --multipath -T
like "a reset in the target's name, on one way: it is not the target" \
    '10\.99\.0\.1  [0-9.]* ms  ends here: a reset in its name' "$out"
is "... which is reached on the other" 0 "$status"

# Without many probes at once, or with time between them, the last look too.
for slow in '-N 1' '-z 0.02'; do
	if built_with jansson; then
		# shellcheck disable=SC2086 # words
		across meshed -j --mda $slow
		is "$slow: the last look is at every hop" "1 2 3 4 5" "$(
		    printf '%s\n' "$out" | python3 -c '
import json, sys
for hop in json.load(sys.stdin)["hops"]:
    flows = [probe["flow"] for probe in hop["probes"]]
    if len(set(flows)) < len(flows) and flows[-1] in flows[:-1]:
        print(hop["ttl"], end=" ")' | sed 's/ $//')"
	fi
done

across per-packet --multipath --dot
like "packet by packet: said in the drawing's label" \
    'no bound: packet.nno links where flows do not stay' "$out"
across per-packet --multipath
like "packet by packet: said of the balancer" '2 ways, packet by packet' \
    "$out"
like "packet by packet: said of the bound" \
    'do not stay together: .*\(hop 3\)' "$out"
unlike "packet by packet: no path is listed" 'paths, with' "$out"

cat > "$work/change.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
    route target via a until 100ms
    route target via b from 100ms
router a 10.0.2.1
router b 10.0.2.2
router j 10.0.3.1
host target 10.99.0.1
links delay 10ms
link me r1
link r1 a
link r1 b
link a j
link b j
link j target
EOT
across "$work/change.net" --multipath
like "a path that changes meanwhile: said, and where" \
    'the path changed while it was probed \(hop 2\)' "$out"

# Balancers that hash anew in the middle of it, at whatever time.
for at in 60 90 120 150 200 250; do
	cat > "$work/remap.net" <<EOT
prober me 10.0.0.100
router r1 10.0.1.1
    balance flow remap at ${at}ms
router a[1-4] 10.0.2.[1-4]
router b[1-4] 10.0.3.[1-4]
router j 10.0.4.1
host target 10.99.0.1
links delay 10ms
link me r1
link r1 a[1-4]
link a[1-4] b[1-4]
link b[1-4] j
link j target
EOT
	across "$work/remap.net" --multipath
	like "hashed anew after $at ms: said" 'the path changed' "$out"
	built_with jansson || continue
	like "hashed anew after $at ms: nothing false" \
	    '"missed":0,"false":0.*"false":0' \
	    "$(score "$work/remap.net" --multipath)"
done

cat > "$work/lossy.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
router r2 10.0.2.1
    limit 1/s burst 2
router r3 10.0.3.1
host target 10.99.0.1
links delay 2ms
link me r1
link r1 r2
link r2 r3
link r3 target
EOT
across "$work/lossy.net" --multipath
like "a limit of one error a second: waited for" '5 % asked' "$out"
across "$work/lossy.net" --multipath --timeout 2
like "... but no longer than is allowed" 'ended before it was done' "$out"
is "... and the target was reached" 0 "$status"

across diamond4 --multipath --max-probes 12
like "--max-probes: ends then, and says so" \
    '^12 probes .* the bound of 5 % is void:' "$out"
is "--max-probes: not reached" 1 "$status"
like "--max-probes: and why" 'limit of probes was reached' "$err"
across diamond4 --multipath --max-probes 30
unlike "--max-probes: no path is listed that has no end" 'paths, with' "$out"
across diamond4 --multipath --max-probes 1
like "--max-probes 1: one probe" '^1 probe of 1 flow; ' "$out"
across diamond4 --multipath --timeout 0.03
like "--timeout: ends then, and says so" 'ended before it was done' "$out"
across diamond4 --multipath --confidence 99.9
like "--confidence: more flows, and it keeps it" \
    '^0\.0[0-9]* % at most \(0\.1 % asked\)' "$out"

cat > "$work/weights.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
    route target via a1*9 a2*3 a3*3 a4
router a[1-4] 10.0.2.[1-4]
router j 10.0.3.1
host target 10.99.0.1
links delay 1ms
link me r1
link r1 a[1-4]
link a[1-4] j
link j target
EOT
across "$work/weights.net" --multipath --confidence 99.99
like "shares that are not even: said" 'flows are not spread evenly' "$out"

cat > "$work/mute.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
    silent
router r2 10.0.2.1
host target 10.99.0.1
links delay 1ms
link me r1
link r1 r2
link r2 target
EOT
across "$work/mute.net" --multipath
like "a first hop that is silent spoils no bound" '5 % asked' "$out"
like "... and is said to be" '^1 hop is silent' "$out"
# Half of the flows go round for ever behind the balancer.
cat > "$work/loop.net" <<'EOT'
prober me 10.0.0.100
router split 10.0.1.1
    route target via a b
router a 10.0.2.1
router b 10.0.2.2
    route target via c
router c 10.0.3.2
    route target via b
router join 10.0.4.1
host target 10.99.0.1
links delay 1ms
link me split
link split a
link split b
link a join
link b c
link c join
link join target
EOT
across "$work/loop.net" --multipath -m 9
like "a loop in a diamond: is drawn, and the bound kept" '5 % asked' "$out"
if built_with jansson; then
	like "a loop in a diamond: found whole" "$whole" \
	    "$(score "$work/loop.net" --multipath)"
fi
across silent --multipath
like "hops that are silent are drawn" '^ 2  \*  \*  silent' "$out"
like "... and said to tell nothing" '2 hops are silent' "$out"

# --- other formats ----------------------------------------------------------

across diamond4 --flows 7
like "too few flows: said, and where" 'are too few for it \(hop 3, 4\)' "$out"
across meshed --multipath --dot
like "--dot: vertices" '^	v[0-9]+ \[label="2  10\.0\.2\.1.n' "$out"
like "--dot: how sure it is" 'label="target.nsomething missed: [0-9.]* % at' \
    "$out"
is "--dot: an edge for each link" 16 "$(grep -c -- '->' <<< "$out")"
if command -v dot > /dev/null; then
	printf '%s\n' "$out" | dot -Tsvg > "$work/svg" 2>&1
	is "--dot: Graphviz takes it" 0 $?
else
	skip "--dot: Graphviz takes it" "there is no dot"
fi

# --- what is refused --------------------------------------------------------

refused "--confidence 101" 2 'is no percentage from 50 to 99.9999' \
    "$TRUEROUTE" --multipath --confidence 101 h
refused "--confidence alone" 2 'goes with --multipath' \
    "$TRUEROUTE" --confidence 95 h
refused "--flows 0" 2 'out of range: 1 to 8192' "$TRUEROUTE" --flows 0 h
refused "--multipath --classic" 2 'one of them is accepted' \
    "$TRUEROUTE" --multipath --classic h
refused "--mda --flows 5" 2 'one of them is accepted' \
    "$TRUEROUTE" --mda --flows 5 h
refused "--dot --json" 2 'two formats' "$TRUEROUTE" --flows 3 --dot --json h
refused "--timeout soon" 2 'no number of seconds' \
    "$TRUEROUTE" --multipath --timeout soon h
across diamond4 --multipath -q 5
like "-q: has no effect" '^trueroute: -q has no effect' "$err"
across diamond4 --multipath -I
like "-I: few balancers look at it" 'few balancers' "$err"
done_testing
