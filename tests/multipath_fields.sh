#!/bin/bash
# --classify: what balancers look at, where that is known, where it cannot be
# found out, and on random networks beside the truth.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_scenarios
across_options=(--multipath --classify)

# fields: the part of what was printed that is about them.
fields() {
	sed -n '/^fields that/,/^$/p' <<< "$out" | sed '1d; $d'
}

across balancers target
is "by flow, by destination, by TOS: the fields" "\
  1 10.0.1.1  source port, destination port, destination; not TOS
  3 10.0.3.1  destination; not source port, destination port, TOS
  5 10.0.5.1  TOS; not source port, destination port, destination" "$(fields)"
is "... exit status" 0 "$status"
like "... and no ways are drawn that flows to the host do not take" \
    '^ 3  o        10\.0\.3\.1  6\.000 ms  other ways to other hosts' "$out"
like "... the bound is that of the discovery" '5 % asked' "$out"
like "... whose probes are counted apart" \
    '^[0-9]+ probes with a field varied; 80 probes of 26 flows' "$out"
across balancers -T -p 443 target
like "TCP: the same fields" \
    '^  1 10\.0\.1\.1  source port, destination port, dest.*; not TOS$' "$out"
across balancers -6 target
is "IPv6: the label too" "\
  1 fd00:1::1  source port, destination port, destination; not TOS, flow label
  3 fd00:3::1  destination; not source port, destination port, TOS, flow label
  5 fd00:5::1  TOS; not source port, destination port, flow label, destination" \
    "$(fields)"
across flow-label -6 target
like "a balancer by label" '^  1 fd00:1::1  flow label; not source port' "$out"
across fields -I target
is "echo requests: checksum and id" "\
  1 10.0.1.1  TOS; not checksum, id
  3 10.0.3.1  id; not TOS, checksum
  5 10.0.5.1  checksum; not TOS, id" "$(fields | sed 's/; not known.*//')"
like "neighbours that no route leads to: not known, and not waited for" \
    '; not known: destination$' "$out"
is "... nor taken for the end of the route" 0 "$status"
across per-packet target
like "packet by packet: none" 'none: packet by packet$' "$(fields)"
across chain target
like "no balancer: said, and of what that is not known" '^no balancer was found by source port, destination port, TOS; not known: dest' "$out"
across chain -s 10.0.0.100 10.0.1.1
like "the first router itself: nothing between" '^no router on the way' "$out"
across balancers --dot target
like "--dot: the fields" 'by source port\\nby destination port' "$out"
across balancers --mda target
like "--mda: the same" '^  3 10\.0\.3\.1  destination; not source' "$out"

# --- where it cannot be told -------------------------------------------------

cat > "$work/firewall.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
router wall 10.0.2.1
    filter pass tcp 443
    filter drop any
router s 10.0.3.1
router a[1-2] 10.0.4.[1-2]
router j 10.0.5.1
host target 10.99.0.1
    tcp open 443
host others 10.99.0.0/24
links delay 1ms
link me r1
link r1 wall
link wall s
link s a[1-2]
link a[1-2] j
link j target
link j others
EOT
across "$work/firewall.net" -T -p 443 target
like "a firewall lets one port pass: behind it that is not known" \
    '^  3 10\.0\.3\.1  source port.*; not known: destination port$' "$out"
is "... and the host is reached" 0 "$status"

# The hash changes while fields are varied: all seem to part.
for at in 100 130 160 190 220 250 280; do
	sed "s/balance destination/balance destination remap at ${at}ms/
	    s/balance flow by src tos/& remap at ${at}ms/" \
	    "$nets/balancers.net" > "$work/remap.net"
	across "$work/remap.net" target
	unlike "hashed anew after $at ms: nothing false" \
	    '^  3 .*  [^;]*(port|TOS)|^  5 .*  [^;]*(port|dest)' "$(fields)"
done

# Another route to some neighbours, which never meets that to the host.
cat > "$work/networks.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
router a 10.0.2.1
router b 10.0.2.2
router a2 10.0.3.1
router b2 10.0.3.2
host target 10.99.0.1
host even 10.99.0.0/24
host some 10.99.0.2/31
host more 10.99.0.4/30
links delay 1ms
link me r1
link r1 a
link r1 b
link a a2
link b b2
link a2 target
link a2 even
link b2 some
link b2 more
EOT
across "$work/networks.net" target
like "another network is no way of a balancer" \
    '^no balancer was found by source port, destination port, TOS' "$out"

across balancers --max-probes 150 target
like "--max-probes: ends then" '^70 probes with a field .* 80 probes of' "$out"
like "... and says that it did" '^not all fields were varied' "$out"
like "... the graph keeps its bound" '5 % asked' "$out"
across balancers --timeout 0.2 target
like "--timeout: likewise" '^not all fields were varied' "$out"
like "... the graph keeps its bound" '5 % asked' "$out"
is "... and what was found is shown" 0 "$status"
across balancers --max-probes 80 target
like "nothing is said of fields that were not varied" \
    'not known: destination port, TOS, destination$' "$out"

cat > "$work/change.net" <<'EOT'
prober me 10.0.0.100
router r1 10.0.1.1
    route target via a until 300ms
    route target via b from 300ms
router a 10.0.2.1
router b 10.0.2.2
router j 10.0.3.1
host target 10.99.0.1
links delay 1ms
link me r1
link r1 a
link r1 b
link a j
link b j
link j target
EOT
across "$work/change.net" -z 11 target
like "a path that changes while fields are varied: said" \
    'the path changed while it was probed \(hop 2\)' "$out"
unlike "... and is no balancer" 'fields that balancers' "$out"

# --- in files ----------------------------------------------------------------

if built_with jansson; then
	for probes in '' -6 -T '-I -6'; do
		# shellcheck disable=SC2086 # words
		across balancers $probes --write "$work/saved" target
		first=$out
		run "$TRUEROUTE" -n --read "$work/saved"
		is "$probes a replay says the same" "$first" "$out"
		# shellcheck disable=SC2086 # words
		across balancers -j $probes --write "$work/saved" target
		printf '%s\n' "$out" > "$work/result"
		run "$TRUEROUTE" -j --read "$work/saved"
		is "$probes a replay writes the same JSON" \
		    "$(cat "$work/result")" "$out"
	done
	if /usr/bin/python3 -c 'import jsonschema' 2> /dev/null; then
		said=$("$here/schema_check.py" \
		    "$here/../doc/trueroute.schema.json" "$work/result" 2>&1)
		is "the JSON: the schema is met" "" "$said"
	else
		skip "the JSON: the schema is met" "no jsonschema"
	fi
	if command -v tshark > /dev/null; then
		is "varied probes are told by comments" "$(grep -o \
		    '"varied":"' "$work/result" | wc -l)" \
		    "$(tshark -r "$work/saved" -T fields -e frame.comment |
		    grep -c '^flow ')"
	else
		skip "varied probes are told by comments" "there is no tshark"
	fi
else
	skip "saved, and read again" "this build has no jansson"
fi

# --- on random networks -------------------------------------------------------

if built_with jansson && command -v python3 > /dev/null; then
	from_lines < <("$here/classify_judge.py" "${COUNT:-150}" 2>&1)
	is "random networks: all was looked at" 4 "$seen"
else
	skip "on random networks" "no python3, or this build has no jansson"
fi

refused "--classify alone" 2 'goes with --multipath' "$TRUEROUTE" --classify h
done_testing
