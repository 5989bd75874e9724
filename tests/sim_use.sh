#!/bin/bash
# The simulator at the command line: trueroute --simulate and trueroute-sim,
# used right and wrong.  Nothing is sent.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_simulator
nets=$here/../scenarios
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

t=$TRUEROUTE s=$TRUEROUTE_SIM
printf 'prober me 10.0.0.1\nrouter r 10.0.1.1\nlink me r dely 5ms\n' \
    > "$work/wrong.net"

# ---- trueroute --simulate ----

run "$t" -n --simulate "$nets/chain.net" target
is "a trace that arrives: exit status" 0 "$status"
run "$t" -n -m 3 --simulate "$nets/chain.net" target
is "one that does not: exit status" 1 "$status"
first=$("$t" -n --simulate "$nets/loss.net" target 2>&1)
is "the same run again prints the same" "$first" \
    "$("$t" -n --simulate "$nets/loss.net" target 2>&1)"
unlike "with another seed it does not" "^$(printf '%s' "$first" | sed -n 4p)$" \
    "$("$t" -n --seed 99 --simulate "$nets/loss.net" target 2>&1 | sed -n 4p)"
run "$t" -n -s 10.0.0.100 --simulate "$nets/chain.net" target
is "-s names the prober: exit status" 0 "$status"
run sh -c 'cat "$1" | "$2" -n --simulate - target' sh "$nets/chain.net" "$t"
is "a topology from standard input: exit status" 0 "$status"
run "$t" -n -i eth0 --simulate "$nets/chain.net" target
like "what has no effect is said" '-i has no effect' "$err"

refused "no such host" 2 'nosuch.*its hosts are target' \
    "$t" --simulate "$nets/chain.net" nosuch
refused "a family that it has not" 2 'IPv6.*hosts are target' \
    "$t" -6 --simulate "$nets/loop.net" target
refused "a source that is none" 2 "-s: .*10.9.9.9" \
    "$t" -s 10.9.9.9 --simulate "$nets/chain.net" target
refused "no such topology" 2 'No such file' \
    "$t" --simulate "$work/none.net" target
refused "a topology with a fault" 2 'wrong.net:3: expected delay, .*"dely"' \
    "$t" --simulate "$work/wrong.net" target
refused "a folder for a topology" 2 'cannot read' \
    "$t" --simulate "$work" target
refused "a replay of a simulation" 2 'one of them' \
    "$t" --simulate "$nets/chain.net" --read x.pcapng
refused "a seed that is none" 2 '--seed: x is no number' \
    "$t" --seed x --simulate "$nets/chain.net" target

# What is read is not written over, whatever it is called.
cp "$nets/chain.net" "$work/own.net"
ln -s own.net "$work/link.net"
ln "$work/own.net" "$work/hard.net"
"$t" -n --simulate "$work/own.net" --write "$work/own.pcapng" target \
    > /dev/null 2>&1
ln -s own.pcapng "$work/link.pcapng"
before=$(cksum "$work/own.net" "$work/own.pcapng")
for name in own link hard; do
	refused "--write over the topology, called $name.net" 2 \
	    'is the file that is read' "$t" --simulate "$work/own.net" \
	    --write "$work/$name.net" target
	refused "the same with answers to a capture" 2 \
	    'is the file that is read' "$s" --answer "$work/own.pcapng" \
	    --write "$work/$name.net" "$work/own.net"
	refused "the same with a command" 2 'is the file that is read' \
	    "$s" --write "$work/$name.net" "$work/own.net" -- true
done
for name in own link; do
	refused "--write over the capture, called $name.pcapng" 2 \
	    'is the file that is read' "$s" --answer "$work/own.pcapng" \
	    --write "$work/$name.pcapng" "$work/own.net"
	refused "the same of a replay" 2 'nothing is captured with --read' \
	    "$t" --read "$work/own.pcapng" --write "$work/$name.pcapng"
done
is "both are as they were" "$before" \
    "$(cksum "$work/own.net" "$work/own.pcapng")"

# Packets that double at each turn of a loop: a run that takes very long.
cat > "$work/storm.net" <<'EOT'
prober me 10.0.0.1
router a 10.0.1.1
    route any via b
router b 10.0.2.1
    route 10.99.0.1 via a
host target 10.99.0.1
link me a
link a b duplicate 100% delay 1ms
link b target
EOT
interrupted '^ 1 ' 0 "$t" -n -m 255 --simulate "$work/storm.net" \
    --write "$work/storm.pcapng" target
is "an interrupted run: exit status" 130 "$status"
like "an interrupted run: what was found is shown" '^ 1  10\.0\.1\.1 ' \
    "$(cat "$work/partial")"
like "an interrupted run: it is said" 'not reached: interrupted' \
    "$(cat "$work/partial.notes")"
if built_with jansson; then
	run "$t" -n --read "$work/storm.pcapng"
	is "an interrupted run, read again: exit status" 130 "$status"
	is "an interrupted run, read again: the same is shown" \
	    "$(cat "$work/partial")" "$out"
fi

# A simulated run is evidence like any other.
if built_with jansson; then
	for net in chain diamond4 silent duplicates late nat-leaky loss mtu \
	    firewall-reset mpls-explicit; do
		"$t" -j -q 3 --simulate "$nets/$net.net" \
		    --write "$work/saved.pcapng" target > "$work/live" \
		    2> "$work/live.notes"
		live=$?
		"$t" -j --read "$work/saved.pcapng" > "$work/read" \
		    2> "$work/read.notes"
		is "$net: read again, the same exit status" "$live" $?
		if cmp -s "$work/live" "$work/read"; then
			pass "$net: simulated and replayed are the same"
		else
			fail "$net: simulated and replayed differ" \
			    "$(cmp "$work/live" "$work/read")"
		fi
		if /usr/bin/python3 -c 'import jsonschema' 2> /dev/null; then
			if said=$("$here/schema_check.py" \
			    "$here/../doc/trueroute.schema.json" \
			    "$work/live" 2>&1); then
				pass "$net: the schema is met"
			else
				fail "$net: the schema is met" "$said"
			fi
		fi
	done
fi

# ---- trueroute-sim ----

run "$s" --help
is "--help: exit status" 0 "$status"
like "--help: says how" '--truth' "$out"
run "$s" --version
like "--version" '^trueroute-sim [0-9]' "$out"
run "$s" --check "$nets/diamond4.net"
is "--check" "$nets/diamond4.net: 1 prober, 11 routers, 1 host,\
 15 links, 0 tunnels" "$out"
refused "nothing at all" 2 'no topology' "$s"
refused "--check of a fault" 2 'wrong.net:3: expected' \
    "$s" --check "$work/wrong.net"
refused "an unknown option" 2 '--nonsense' "$s" --nonsense "$nets/chain.net"
refused "two modes" 2 'one of --check' \
    "$s" --check --truth target "$nets/chain.net"
refused "one operand too many" 2 'too many' \
    "$s" --check "$nets/chain.net" more
refused "a prober that is none" 2 '--prober: r1' \
    "$s" --prober r1 --truth target "$nets/chain.net"
refused "a shape that is none" 2 'chain, diamond' "$s" --generate circle
refused "answers to nowhere" 2 '--write is missing' \
    "$s" --answer x.pcap "$nets/chain.net"
refused "answers to a capture that is not there" 2 'No such file' \
    "$s" --answer "$work/none.pcap" --write "$work/out" "$nets/chain.net"
refused "answers to what is no capture" 2 'not a capture' \
    "$s" --answer "$nets/chain.net" --write "$work/out" "$nets/chain.net"
refused "--write where nothing is saved" 2 '--write goes with' \
    "$s" --check --write "$work/x" "$nets/chain.net"
refused "--write to the command's standard output" 2 'a file is wanted' \
    "$s" --write - "$nets/chain.net" -- true
refused "an option of the truth with a command" 2 '--at goes with --truth' \
    "$s" --at 5 "$nets/chain.net" -- true
refused "a tap at no node" 2 '--tap: .*nowhere' "$s" --tap nowhere \
    --answer x.pcap --write "$work/out" "$nets/chain.net"
run "$s" --generate diamond:8x2 --seed 3
printf '%s\n' "$out" > "$work/made.net"
is "--generate makes what --check takes" 0 \
    "$("$s" --check "$work/made.net" > /dev/null 2>&1; echo $?)"
"$s" --generate diamond:8x2 > /dev/full 2> "$work/err"
is "a full disk: exit status" 3 $?

if built_with jansson && command -v jq > /dev/null; then
	run "$s" --truth target --all-flows "$work/made.net"
	is "--truth: vertices, links, paths" '[20,26,8,true]' \
	    "$(printf '%s\n' "$out" | jq -c \
	    '[(.vertices, .links, .paths | length), .all_paths]')"
	is "--truth: who branches, and how often" '[["r2",8,"flow"]]' \
	    "$(printf '%s\n' "$out" | jq -c '[.vertices[] |
	    select(.branching > 1) | [.node, .branching, .balances]]')"
	refused "--truth of no host" 2 'nosuch' \
	    "$s" --truth nosuch "$work/made.net"
	# What a trace claims, against the truth of its own flow.
	for arguments in -p33434 -I -T "-6 -T" "--sport 4711"; do
		# shellcheck disable=SC2086
		"$t" -j $arguments --simulate "$work/made.net" target \
		    > "$work/result" 2> /dev/null
		run "$s" --score "$work/result" "$work/made.net"
		is "--score $arguments: exit status" 0 "$status"
		is "--score $arguments: nothing missed, nothing false" \
		    '[6,0,0,5,0,0]' "$(printf '%s\n' "$out" | jq -c \
		    '[.vertices, .links | .found, .missed, .false]')"
	done
	# Several results: a line for each, and the worst counts.
	"$t" -j --simulate "$work/made.net" target > "$work/good" \
	    2> /dev/null
	cat "$work/good" "$work/good" > "$work/result"
	run "$s" --score "$work/result" "$work/made.net"
	is "--score of two results: exit status" 0 "$status"
	is "--score of two results: a line for each" '[6,0,6,0]' \
	    "$(printf '%s\n' "$out" | jq -sc \
	    '[.[].vertices | .found, .missed]')"
	jq -c '.hops |= .[:3]' "$work/good" > "$work/less"
	for order in "good less" "less good"; do
		# shellcheck disable=SC2086
		(cd "$work" && cat $order) > "$work/result"
		run sh -c 'cat "$1" | "$2" --score - "$3"' sh \
		    "$work/result" "$s" "$work/made.net"
		is "--score of $order: exit status" 1 "$status"
		is "--score of $order: each is scored by itself" \
		    '[[3,3],[6,0]]' "$(printf '%s\n' "$out" | jq -sc \
		    '[.[].vertices | [.found, .missed]] | sort')"
	done
	# What was reached is held against the truth too.
	jq -c '.result.reached = false' "$work/good" > "$work/result"
	run "$s" --score "$work/result" "$work/made.net"
	is "--score of a target that was there: exit status" 1 "$status"
	is "--score of a target that was there: only that is wrong" \
	    '[0,0,true,false]' "$(printf '%s\n' "$out" | jq -c \
	    '[.vertices.missed, .links.missed, .reached.true,
	    .reached.claimed]')"
	"$t" -j -m 3 --simulate "$work/made.net" target > "$work/short" \
	    2> /dev/null
	run "$s" --score "$work/short" "$work/made.net"
	is "--score of a trace not so far: exit status" 0 "$status"
	like "--score of a trace not so far: nor is the target in truth" \
	    '"reached":\{"true":false,"claimed":false\}' "$out"
	jq -c '.result.reached = true' "$work/short" > "$work/result"
	run "$s" --score "$work/result" "$work/made.net"
	is "--score of a target that was not there: exit status" 1 "$status"
	like "--score of a target that was not there: it is told" \
	    '"reached":\{"true":false,"claimed":true\}' "$out"
	# Of many flows, held against the truth of all.
	"$t" -j --classic -q 8 --simulate "$work/made.net" target \
	    > "$work/result" 2> /dev/null
	run "$s" --score "$work/result" "$work/made.net"
	is "--score of the classic way: exit status" 1 "$status"
	like "--score of the classic way: false links are found out" \
	    '"links":\{"found":[0-9]+,"missed":[0-9]+,"false":[1-9]' "$out"
	refused "--score of no result" 2 'no result|cannot read' \
	    "$s" --score "$nets/chain.net" "$work/made.net"
	echo '{"run": {}, "hops": []}' > "$work/result"
	refused "--score of another JSON" 2 'no run, hops or result' \
	    "$s" --score "$work/result" "$work/made.net"
fi
done_testing
