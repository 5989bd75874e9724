#!/bin/bash
# bench/survey_judge: results of surveys that are right, and some that are
# wrong in each of the ways that it is there for.
# shellcheck disable=SC2016 # awk's
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
judge=$(dirname "$TRUEROUTE")/../bench/survey_judge
[ -x "$judge" ] || skip_all "no program at $judge: make check builds it"
command -v python3 > /dev/null || skip_all "no python3"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# has TEXT NAME NUMBER: in what the judge said last.
has() {
	is "$1: $2" "$3" "$(sed -n "s/^$2  *//p" <<< "$out")"
}

# judged TEXT STATUS FILE [OPTION...]
judged() {
	local text=$1 expected=$2 file=$3
	shift 3
	run "$judge" --targets "$work/list" "$@" "$file"
	is "$text: exit status" "$expected" "$status"
}

# changed AWK: the right rows, some of them changed; $1 to $15 are the columns.
changed() {
	awk -F , -v OFS=, "NR == 1 { print; next } $1" "$work/rows" \
	    > "$work/changed"
}

"$here/../bench/survey-targets" 500 > "$work/list"
"$judge" --truth "$work/list" > "$work/rows"
rows=$(($(wc -l < "$work/rows") - 1))

# --- the truth --------------------------------------------------------------

# By hand: bench/survey_model.h has one router at hop 1, 11 and the hop in
# bits 18 to 22; the targets' answers quote 1, errors start with a TTL of 64.
is 'all have the same first hop' 500 \
    "$(awk -F , '$6 == 1 && $8 == "::ffff:11.4.0.0" && $12 == 64' \
    "$work/rows" | wc -l)"
is 'each target answers once' 500 \
    "$(awk -F , '$3 == $8 && $10 == 3 && $11 == 3 && $7 == 1' \
    "$work/rows" | wc -l)"
is 'routers of hop 12 are numbered so' yes "$(awk -F , '
    $6 == 12 && $3 != $8 && $8 !~ /^::ffff:11\.(48|49|50|51)\./ { odd++ }
    END { print (odd ? odd : "yes") }' "$work/rows")"
is 'hops are 8 to 22' '8 22' "$(awk -F , '$3 == $8 { print $6 }' \
    "$work/rows" | sort -n | sed -n '1p;$p' | xargs)"
"$judge" --truth "$work/list" --ports 40001,33434 > "$work/other"
is 'another flow has other ways' yes "$(
    [ "$(cut -d , -f 3,6,8 "$work/rows" "$work/other" | sort -u | wc -l)" \
    -gt $((rows + 100)) ] && echo yes)"

# --- right ------------------------------------------------------------------

judged 'all right' 0 "$work/rows" --whole
has 'all right' targets 500
has 'all right' replies "$rows"
has 'all right' right "$rows"
has 'all right' missing 0
is 'all right: links' "$(sed -n 's/^links  *//p' <<< "$out")" \
    "$(sed -n 's/^links-found  *//p' <<< "$out")"
is 'all right: nothing on standard error' '' "$err"
out=$("$judge" --targets "$work/list" --whole - < "$work/rows")
is 'standard input: exit status' 0 $?
has 'standard input' right "$rows"
sed 's/::ffff://g' "$work/rows" > "$work/changed"
judged 'IPv4 that is not mapped' 0 "$work/changed" --whole
awk -F , -v OFS=, '{
    print $15, $14, $8, $7, $6, "\"[(1,2)]\"", $5, $4, $3, $2 }' \
    "$work/rows" > "$work/changed"
judged 'other columns in another order' 0 "$work/changed" --whole
changed '{ print } $6 == 3 { $14 = 1; print } $6 == 4 { $15 = 1; print }'
judged 'late ones and duplicates' 0 "$work/changed" --whole
has 'late ones and duplicates' late 500
has 'late ones and duplicates' duplicates 500
for probes in icmp tcp; do
	"$here/../bench/survey-targets" -6 100 > "$work/list6"
	"$judge" --truth "$work/list6" --protocol $probes --checksum 0xbeef \
	    --label 0x12345 > "$work/rows6"
	run "$judge" --targets "$work/list6" --whole --checksum 48879 \
	    --label 0x12345 "$work/rows6"
	is "IPv6, $probes: exit status" 0 "$status"
	run "$judge" --targets "$work/list6" --whole --checksum 48879 \
	    "$work/rows6"
	is "IPv6, $probes, another label: exit status" 1 "$status"
done

# --- wrong ------------------------------------------------------------------

changed '$6 == 10 && !n++ { $8 = "::ffff:11.41.1.1" } { print }'
judged 'another responder' 1 "$work/changed"
has 'another responder' wrong-responder 1
has 'another responder' wrong 1
has 'another responder' missing 1
like 'another responder: it is told' \
    'TTL 10: 11\.41\.1\.1: another answers: 11\.4' "$err"

# What came of one target is given to the next.
changed '$6 == 10 && $3 != $8 { last = $8; sub(/.*/, prev, $8); prev = last }
    $8 != "" { print }'
judged 'replies of other targets' 1 "$work/changed"
is 'replies of other targets: so many are wrong' yes "$(
    [ "$(sed -n 's/^wrong  *//p' <<< "$out")" -ge 400 ] && echo yes)"
is 'replies of other targets: ten are told' 10 "$(wc -l <<< "$err")"

changed '$6 == 5 { $7 = 2 } { print }'
judged 'another quoted TTL' 1 "$work/changed"
has 'another quoted TTL' wrong-fields 500
changed '$6 == 5 { $12++ } { print }'
judged 'another TTL of the reply' 1 "$work/changed"
changed '$3 == $8 { $11 = 1 } { print }'
judged 'another code' 1 "$work/changed"
has 'another code' wrong-fields 500
changed '$6 == 5 { $4 = 4 } { print }'
judged 'other ports' 1 "$work/changed"
changed '$6 == 5 { $13 = 9000 } { print }'
judged 'times, without a delay' 0 "$work/changed" --whole
judged 'too early for the delay' 1 "$work/changed" --delay
has 'too early for the delay' wrong-early 500
changed '{ print } END { $3 = "::ffff:12.0.0.1"; print }'
judged 'no target of the network' 1 "$work/changed"
has 'no target of the network' wrong-target 1
judged 'who would be silent' 1 "$work/rows" --silent 100 --deaf 100
is 'who would be silent: routers and targets' yes "$(
    [ "$(sed -n 's/^wrong-nobody  *//p' <<< "$out")" -gt 500 ] && echo yes)"

# --- not whole --------------------------------------------------------------

changed '$6 != 7 { print }'
judged 'a hop is missing, which may be' 0 "$work/changed"
has 'a hop is missing, which may be' missing 500
judged 'a hop is missing' 1 "$work/changed" --whole
is 'a hop is missing: so are links' yes "$(awk '
    { value[$1] = $2 } END { print (value["links-found"] < value["links"] &&
    value["routers-found"] < value["routers"] ? "yes" : "no") }' <<< "$out")"
changed '$3 != "::ffff:'"$(head -n 1 "$work/list")"'" { print }'
judged 'a target is missing' 1 "$work/changed" --whole
has 'a target is missing' absent 1
changed '{ print } $3 == "::ffff:'"$(head -n 1 "$work/list")"'" { print }'
judged 'a target is there twice' 1 "$work/changed" --whole
has 'a target is there twice' doubled 1
head -n 499 "$work/list" > "$work/shorter"
run "$judge" --targets "$work/shorter" --whole "$work/rows"
is 'a target that is not in the list: exit status' 1 "$status"
has 'a target that is not in the list' unlisted 1
"$judge" --truth "$work/list" --silent 100 --deaf 100 > "$work/silent"
judged 'what is silent is not missing' 0 "$work/silent" --whole \
    --silent 100 --deaf 100 --loss 10 --limit 5
judged 'silence that is none' 1 "$work/silent" --whole

# --- JSON -------------------------------------------------------------------

"$here/survey_json.py" "$work/rows" > "$work/json"
if built_with jansson; then
	judged 'JSON' 0 "$work/json" --whole
	has 'JSON' right "$rows"
	"$here/survey_json.py" "$work/rows" lines > "$work/changed"
	judged 'JSON, replies by themselves' 0 "$work/changed" --whole
	has 'JSON, replies by themselves' right "$rows"
	"$here/survey_json.py" "$work/rows" joined=5 > "$work/changed"
	judged 'JSON, joined' 0 "$work/changed" --whole
	has 'JSON, joined' answering $((rows - 4 * 500))
	sed 's/"joined": 5/"joined": null/' "$work/changed" > "$work/json5"
	judged 'JSON, what was not probed' 1 "$work/json5" --whole
	has 'JSON, what was not probed' missing $((4 * 500))
	sed '5s/11\.4\.0\.0/11.4.0.1/' "$work/json" > "$work/changed"
	judged 'JSON, another responder' 1 "$work/changed"
	has 'JSON, another responder' wrong-responder 1
	sed '2{p;s/"hops": .*/"hops": []}/}' "$work/json" > "$work/changed"
	judged 'JSON, a target is there twice' 1 "$work/changed" --whole
	has 'JSON, a target is there twice' doubled 1
	sed 1d "$work/json" > "$work/changed"
	refused 'JSON without its begin' 2 'line 1: nothing before it' \
	    "$judge" "$work/changed"
	sed '9s/.$//' "$work/json" > "$work/changed"
	refused 'JSON that is cut' 2 'line 9: no object with a type' \
	    "$judge" "$work/changed"
else
	refused 'JSON' 2 'this build has none' "$judge" "$work/json"
fi

# --- what cannot be read ----------------------------------------------------

"$judge" --truth "$work/list" --protocol icmp --checksum 7 > "$work/changed"
refused 'ICMP, and no checksum' 2 'tell it with --checksum' \
    "$judge" "$work/changed"
changed 'NR == 4 { $6 = 0 } { print }'
refused 'no such TTL' 2 'line 4: probe_ttl: 0' "$judge" "$work/changed"
changed 'NR == 5 { $8 = "here" } { print }'
refused 'no address' 2 'line 5: no address: here' "$judge" "$work/changed"
changed 'NR == 6 { print $1, $2; next } { print }'
refused 'a row that is cut' 2 'line 6: columns are missing' \
    "$judge" "$work/changed"
cut -d , -f 1-5,7- "$work/rows" > "$work/changed"
refused 'a column that is not there' 2 'the heading lacks: probe_ttl' \
    "$judge" "$work/changed"
: > "$work/changed"
refused 'an empty file' 2 'it is empty' "$judge" "$work/changed"
refused 'no file' 2 'No such file' "$judge" "$work/none"
refused 'no such share' 2 '1001 is not a number from 0 to 1000' \
    "$judge" --silent 1001 "$work/rows"
refused 'nothing to read' 2 usage "$judge"
done_testing
