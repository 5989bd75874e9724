#!/bin/bash
# -c as one uses it: its table and its JSON on scenarios, saved and read back,
# interrupted, and with what does not go together.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_scenarios
across_to=(target)

# without_command < JSON: what a run and its replay have in common.
without_command() {
	sed 's/"command":"[^"]*"//'
}

# hop TTL: the line of a hop, blanks as one.
hop() {
	grep "^ *$1  " <<< "$out" | tr -s ' ' | sed 's/^ //'
}

# --- the table --------------------------------------------------------------

across chain -c 5
is "a chain: exit status" 0 "$status"
is "a chain: nothing on standard error" "" "$err"
is "a chain: the table" "\
traceroute to target (10.99.0.1), 30 hops max, 60 byte packets, 5 rounds
    address     sent  answered   best ms  mean ms worst ms stddev ms  last ms
 1  10.0.1.1       5   100.0 %     4.000    4.000    4.000     0.000    4.000
 2  10.0.2.1       5   100.0 %     8.000    8.000    8.000     0.000    8.000
 3  10.0.3.1       5   100.0 %    12.000   12.000   12.000     0.000   12.000
 4  10.0.4.1       5   100.0 %    16.000   16.000   16.000     0.000   16.000
 5  10.0.5.1       5   100.0 %    20.000   20.000   20.000     0.000   20.000
 6  10.0.6.1       5   100.0 %    24.000   24.000   24.000     0.000   24.000
 7  10.0.7.1       5   100.0 %    28.000   28.000   28.000     0.000   28.000
 8  10.0.8.1       5   100.0 %    32.000   32.000   32.000     0.000   32.000
 9  10.0.9.1       5   100.0 %    36.000   36.000   36.000     0.000   36.000
10  10.0.10.1      5   100.0 %    40.000   40.000   40.000     0.000   40.000
11  10.99.0.1      5   100.0 %    44.000   44.000   44.000     0.000   44.000" \
    "$out"
table=$out
across chain --rounds 5 --interval 0.05
is "--rounds and another interval: the same" "$table" "$out"

for probes in -I -T -6 '-I -6' '-T -6'; do
	# shellcheck disable=SC2086 # words
	across chain -c 3 $probes
	is "a chain, $probes: exit status" 0 "$status"
	is "a chain, $probes: all answered in all rounds" 11 \
	    "$(grep -c ' 3   100.0 % ' <<< "$out")"
	is "a chain, $probes: its columns are aligned" 1 \
	    "$(sed 1d <<< "$out" | awk '{ print length }' | sort -u | wc -l)"
done

across chain -c 1
like "one round: its head" ', 1 round$' "$out"
like "one round: one probe to each hop" \
    '^11 10\.99\.0\.1 1 100\.0 % 44\.000 .*44\.000$' "$(hop 11)"
across chain -c 4 -q 3
like "-q is of the first round" '^11 10\.99\.0\.1 6 100\.0 %' "$(hop 11)"
across chain -c 4 -f 3 -m 5
is "-f and -m: exit status" 1 "$status"
is "-f and -m: only these hops" "3 4 5" \
    "$(awk '$2 ~ /^10/ { print $1 }' <<< "$out" | xargs)"
like "-f and -m: each in every round" '^5 10\.0\.5\.1 4 100\.0 %' "$(hop 5)"

# A limit that the rounds keep to, and one that they do not.
across rate-limit -c 20
like "a limit of 2 a second, a round a second: all answered" \
    '^2 10\.0\.2\.1 20 100\.0 % 8\.000' "$(hop 2)"
across rate-limit -c 20 --interval 0.1
share=$(awk '$1 == 2 { print $4 }' <<< "$out")
is "ten rounds a second: few are" yes \
    "$(awk -v s="$share" 'BEGIN { print (s > 20 && s < 50) ? "yes" : s }')"
like "ten rounds a second: the hop behind is whole" \
    '^3 10\.0\.3\.1 20 100\.0 %' "$(hop 3)"
unlike "a hop that limits its answers: nothing is called lost" \
    '[Ll]oss|lost' "$out$err"

across loss -c 100
like "loss: none before it" '^2 10\.0\.2\.1 100 100\.0 %' "$(hop 2)"
is "loss: at the hop behind it and all others" 4 \
    "$(awk '$1 >= 3 && $4 > 30 && $4 < 70' <<< "$out" | grep -c ' 100 ')"
unlike "loss: it is for the reader to say so" '[Ll]oss|lost' "$out$err"

across silent -c 6
is "a silent hop" "2 * 6 0.0 %" "$(hop 2)"
like "a silent hop: those behind it" '^6 10\.99\.0\.1 6 100\.0 %' "$(hop 6)"

across path-change -c 5
like "a route that changed: the first router" \
    '^2 10\.0\.2\.1 5 20\.0 % 4\.000' "$(hop 2)"
is "a route that changed: the second beneath" \
    "10.0.2.2 80.0 % 4.000 4.000 4.000 0.000 4.000" \
    "$(grep -A1 '^ 2 ' <<< "$out" | tail -1 | xargs)"

across firewall-says -c 4
is "a refusal: exit status" 1 "$status"
like "a refusal: its mark" '^3 10\.0\.2\.1 4 100\.0 % .* 4\.000 !X$' \
    "$(hop 3)"
across mpls-explicit -c 2 -e
like "-e: the label" '<MPLS:L=24000,E=0,S=1,T=1>$' "$(hop 3)"
across mpls-explicit -c 2 --back
like "--back: hops back" " '-9'\$" "$(hop 3)"
unlike "without them: neither" "<|'" "$(across mpls-explicit -c 2; hop 3)"

cat > "$work/jitter.net" <<'NET'
prober me 10.0.0.100
router r1 10.0.1.1
host target 10.99.0.1
links delay 5ms
link me r1 jitter 4ms
link r1 target
NET
across "$work/jitter.net" -c 50
is "times that differ: best, mean, worst in order, a deviation" yes "$(awk '
    $1 == 2 { print ($6 < $7 && $7 < $8 && $9 > 0 && $9 < $8 - $6 &&
    $10 >= $6 && $10 <= $8) ? "yes" : $0 }' <<< "$out")"

# A route that becomes longer while it is looked at.
cat > "$work/longer.net" <<'NET'
prober me 10.0.0.100
router r1 10.0.1.1
router r2 10.0.2.1
host target 10.99.0.1
links delay 1ms
link me r1
link r1 target until 3500ms
link r1 r2 cost 2
link r2 target
NET
across "$work/longer.net" -c 10
is "a longer route: exit status" 0 "$status"
is "a longer route: hop 2 was the host, then a router" \
    "10.99.0.1 40.0 10.0.2.1 60.0" "$(grep -A1 '^ 2 ' <<< "$out" |
    awk '{ print $1 == 2 ? $2 " " $4 : $1 " " $2 }' | xargs)"
like "a longer route: its new end" '^3 10\.99\.0\.1 [67] 100\.0 %' "$(hop 3)"

# --- JSON, saved and read back ----------------------------------------------

if ! command -v python3 > /dev/null; then
	skip "JSON" "no python3"
elif built_with jansson; then
	across loss -c 7 -j
	is "JSON: the run has its rounds" '7 1000000000' "$(python3 -c '
import json, sys
rounds = json.load(sys.stdin)["run"]["rounds"]
print(rounds["count"], rounds["interval_ns"])' <<< "$out")"
	is "JSON: seven probes to each hop that is shown" '6 {7}' \
	    "$(python3 -c '
import json, sys
shown = [hop for hop in json.load(sys.stdin)["hops"] if hop["shown"]]
print(len(shown), {len(hop["probes"]) for hop in shown})' <<< "$out")"
	is "JSON: no answer is late" 0 "$(grep -c '"late":true' <<< "$out")"
	across chain -c 3 --interval 0.5 -j
	is "JSON: a round every half second" '[0.5, 0.5]' "$(python3 -c '
import json, sys
probes = json.load(sys.stdin)["hops"][0]["probes"]
sent = [probe["sent_ns"] for probe in probes]
print([(b - a) / 1e9 for a, b in zip(sent, sent[1:])])' <<< "$out")"
	printf '%s\n' "$out" > "$work/json"
	if python3 -c 'import jsonschema' 2> /dev/null; then
		is "JSON: by its schema" "" "$(python3 \
		    "$here/schema_check.py" \
		    "$here/../doc/trueroute.schema.json" "$work/json" 2>&1)"
	else
		skip "JSON: by its schema" "no python3 with jsonschema"
	fi
	across chain -j
	unlike "JSON: a run without rounds has none" '"rounds"' "$out"
else
	skip "JSON" "this build has no jansson"
fi

if built_with jansson; then
	for net in chain loss rate-limit silent path-change per-packet late \
	    "$work/longer.net"; do
		name=$(basename "$net" .net)
		across "$net" -c 12 --write "$work/saved.pcapng"
		table=$out
		told=$err
		across "$net" -c 12 -j
		json=$out
		run "$TRUEROUTE" -n --read "$work/saved.pcapng"
		is "$name: read back, the same table" "$table" "$out"
		is "$name: read back, the same is told" "$told" "$err"
		run "$TRUEROUTE" -j --read "$work/saved.pcapng"
		is "$name: read back, the same JSON but for the command" \
		    "$(without_command <<< "$json")" \
		    "$(without_command <<< "$out")"
	done
else
	skip "saved and read back" "this build has no jansson"
fi

# --- interrupted ------------------------------------------------------------

# Packets that double at each turn of a loop: rounds that take very long.
cat > "$work/storm.net" <<'NET'
prober me 10.0.0.100
router a 10.0.1.1
    route any via b
router b 10.0.2.1
    route 10.99.0.1 via a
host target 10.99.0.1
link me a
link a b duplicate 100% delay 1ms
link b target
NET
interrupted ' 5000 rounds$' 0.5 "$TRUEROUTE" -n -c 5000 -m 12 \
    --simulate "$work/storm.net" --write "$work/storm.pcapng" target
out=$(cat "$work/partial")
is "interrupted: exit status" 130 "$status"
is "interrupted: the table with its hops" 12 \
    "$(awk '$2 ~ /^10\./ { n++ } END { print n }' <<< "$out")"
is "interrupted: not all rounds, and what was sent was answered" yes "$(awk '
    $1 == 1 { print ($3 < 5000 && $4 == "100.0") ? "yes" : $0 }' <<< "$out")"
like "interrupted: it is said" 'interrupted' "$(cat "$work/partial.notes")"
if built_with jansson; then
	run "$TRUEROUTE" -n --read "$work/storm.pcapng"
	is "interrupted, read back: exit status" 130 "$status"
	is "interrupted, read back: the same table" \
	    "$(cat "$work/partial")" "$out"
fi

# --- a route that breaks ----------------------------------------------------

cat > "$work/broken.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
router r2 10.0.2.1
    route target via target until 3.5s
    route target via r1 from 3.5s
host target 10.99.0.1
links delay 1ms
link me r1
link r1 r2
link r2 target
EOT
run "$TRUEROUTE" -n -c 10 -m 12 --explain --simulate "$work/broken.net" target
like "a route that breaks: the host, as far as it answered" \
    '^ 3  10\.99\.0\.1 +10 +40\.0 %' "$out"
like "a route that breaks: what came instead" '^12  10\.0\.2\.1 ' "$out"
like "a route that breaks: why" 'a forwarding|loop, certain' "$out"

# --- what is refused --------------------------------------------------------

refused "no rounds" 2 'count 0.*1 to 65534' "$TRUEROUTE" -c 0 127.0.0.1
refused "more rounds than probes" 2 '1 to 2184' "$TRUEROUTE" -c 9999 127.0.0.1
refused "rounds of all paths" 2 'multipath' "$TRUEROUTE" -c 5 --multipath \
    127.0.0.1
refused "rounds and --mtu" 2 'one of them is accepted' "$TRUEROUTE" -c 5 --mtu \
    127.0.0.1
refused "rounds and --dot" 2 'multipath' "$TRUEROUTE" -c 5 --dot 127.0.0.1
refused "rounds of many flows" 2 'classic' "$TRUEROUTE" -c 5 --classic \
    127.0.0.1
refused "an interval of nothing" 2 '0\.01 to 3600' "$TRUEROUTE" -c 5 \
    --interval 0 127.0.0.1
refused "an interval alone" 2 'goes with -c' "$TRUEROUTE" --interval 1 \
    127.0.0.1
ln -s "$TRUEROUTE" "$work/tcptraceroute"
refused "rounds as tcptraceroute" 2 'under this name' "$work/tcptraceroute" \
    -c 5 127.0.0.1
done_testing
