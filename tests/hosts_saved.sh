#!/bin/bash
# What a saved capture says of its hosts, as a replay shows it: with -A, with
# -n, in the other formats; and what a hostile one says, made safe.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
built_with jansson || skip_all "this build has no jansson"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

# said MEMBER...: a capture that says of each host what the member has.
said() {
	local IFS=,
	"$here/say_hosts.py" "$here/../pcaps/tcp4-closed.pcapng" \
	    "{\"hosts\":[$*]}" > "$work/said.pcapng"
}

# hop TTL: the line of a hop, without its times.
hop() {
	grep "^ *$1  " <<< "$out" | sed 's/  [0-9.]* ms//g'
}

# as NUMBER PREFIX: the member that tells an origin.
as() {
	printf '"origin":{"status":"found","asns":[%s],"prefix":"%s",' "$@"
	printf '"holder":"Example","source":"origins.txt"}'
}

said "{\"address\":\"10.0.1.1\",\"name\":\"gw.example\",
    \"name_lookup\":\"found\",$(as 64500 10.0.1.0/24)}" \
    "{\"address\":\"10.0.2.1\",\"name_lookup\":\"unanswered\",
    $(as 64500,64501 10.0.2.0/24)}" \
    "{\"address\":\"10.0.3.1\",\"name\":\"bank.example\",
    \"name_lookup\":\"found\",\"name_verified\":false,
    \"country\":\"DE\",\"place\":\"Bonn\",$(as 64502 10.0.3.0/24)}"

run "$TRUEROUTE" --read "$work/said.pcapng"
is "names: exit status" 0 "$status"
is "a name" " 1  gw.example (10.0.1.1)" "$(hop 1)"
is "none: the address in its place" " 2  10.0.2.1 (10.0.2.1)" "$(hop 2)"
is "one that does not lead back: the same" " 3  10.0.3.1 (10.0.3.1)" \
    "$(hop 3)"
names=$out

run "$TRUEROUTE" -A --read "$work/said.pcapng"
is "-A: an origin" " 1  gw.example (10.0.1.1) [AS64500]" "$(hop 1)"
is "-A: two origins" " 2  10.0.2.1 (10.0.2.1) [AS64500/AS64501]" "$(hop 2)"
is "-A: none" " 4  10.0.4.1 (10.0.4.1) [*]" "$(hop 4)"

run "$TRUEROUTE" -n -A --read "$work/said.pcapng"
is "-n: no name, but the origin" " 1  10.0.1.1 [AS64500]" "$(hop 1)"

run "$TRUEROUTE" --explain --read "$work/said.pcapng"
like "--explain: the AS path" 'AS path: AS64500 > AS64502' "$out"
like "--explain: a border" \
    'AS64500 \(Example\) hands over to AS64502 \(Example\) between' \
    "$(tr -s ' \n' ' ' <<< "$out")"
like "--explain: a name that is only claimed" \
    '10.0.3.1 says that its name is bank.example' "$out"

run "$TRUEROUTE" --dot --read "$work/said.pcapng"
like "--dot: a name in the label" 'label="1  10\.0\.1\.1\\ngw\.example\\n' \
    "$out"

run "$TRUEROUTE" --json --read "$work/said.pcapng"
json=$out
like "JSON: the name and the origin" '"address":"10.0.1.1","name":"gw.exampl'\
'e","name_lookup":"found","name_verified":null.*"asns":\[64500\]' "$json"
run "$TRUEROUTE" -n --json --read "$work/said.pcapng"
is "JSON with -n: as it was saved" "$json" "$out"
printf '%s\n' "$json" > "$work/json"
if ! python3 -c 'import jsonschema' 2> /dev/null; then
	skip "JSON: as the schema says" "there is no python3-jsonschema"
elif said=$(python3 "$here/schema_check.py" \
    "$here/../doc/trueroute.schema.json" "$work/json"); then
	pass "JSON: as the schema says"
else
	fail "JSON: as the schema says" "$said"
fi

# --- a hostile one ----------------------------------------------------------

said '{"address":"10.0.1.1","name":"a (8.8.8.8)  1.0 ms\n\u001b[2Jb",
    "name_lookup":"found","exchange":"\u009b31m","place":"} \u202ex",
    "origin":{"status":"found","asns":[1],"holder":"\u0007"}}'
run "$TRUEROUTE" -A --read "$work/said.pcapng"
is "a hostile name stays one word" \
    " 1  a??8.8.8.8???1.0?ms???2Jb (10.0.1.1) [AS1]" "$(hop 1)"
is "and no line more" "$(wc -l <<< "$names")" "$(wc -l <<< "$out")"
for format in --explain --dot '--multipath --dot' --multipath --json; do
	# shellcheck disable=SC2086 # words
	run "$TRUEROUTE" -A $format --read "$work/said.pcapng"
	unlike "a hostile name, $format: no control characters" \
	    $'[\001-\010\013-\037\177]|\302[\200-\237]|\342\200\256' "$out"
done
done_testing
