#!/bin/bash
# The lines of a survey for those who read them: the schema, and the rows as
# the csv module of Python reads them, held against the JSON of the same survey.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
command -v python3 > /dev/null || skip_all 'there is no python3 to read by'
lines=./bench/lines
[ -x $lines ] || skip_all "no program at $lines"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

schema=no
python3 -c 'import jsonschema' 2> /dev/null && schema=yes

check_schema() {
	run python3 "$here/schema_check.py" \
	    "$here/../doc/trueroute-survey.schema.json" "$1"
}

for protocol in UDP ICMP TCP; do
	$lines json $protocol 30 > "$work/$protocol.json"
	$lines rows $protocol 30 > "$work/$protocol.csv"
	is "$protocol: the types of its lines" \
	    "1 end 3 reply 1 survey 27 target" \
	    "$(cut -d'"' -f4 "$work/$protocol.json" | sort | uniq -c | xargs)"
	run python3 "$here/survey_lines_judge.py" "$work/$protocol.json" \
	    "$work/$protocol.csv"
	like "$protocol: rows and JSON say the same" '^[0-9]{3,4} replies$' \
	    "$out$err"
	if [ $schema = no ]; then
		skip "$protocol: by its schema" "no python3 with jsonschema"
		continue
	fi
	check_schema "$work/$protocol.json"
	is "$protocol: by its schema" "" "$out$err"
done

# All paths: a graph with each target.
$lines paths UDP 30 > "$work/paths.json"
is "all paths: a graph in each line of a target" 27 \
    "$(grep -c '"graph":{"bound":' "$work/paths.json")"
if [ $schema = yes ]; then
	check_schema "$work/paths.json"
	is "all paths: by its schema" "" "$out$err"
fi

# A few lines that are right are right.
if [ $schema = yes ]; then
	sed -n '1,4p;$p' "$work/TCP.json" > "$work/few.json"
	check_schema "$work/few.json"
	is "the schema takes a few lines" 0 "$status"
fi

# The judge and the schema see what is wrong.
sed '5s/,transit,/,arrived,/' "$work/UDP.csv" > "$work/wrong.csv"
cmp -s "$work/UDP.csv" "$work/wrong.csv" &&
	sed '5s/,arrived,/,transit,/' "$work/UDP.csv" > "$work/wrong.csv"
run python3 "$here/survey_lines_judge.py" "$work/UDP.json" "$work/wrong.csv"
like "a wrong row is found" '^row 4 is ' "$err"
sed '$d' "$work/UDP.csv" > "$work/wrong.csv"
run python3 "$here/survey_lines_judge.py" "$work/UDP.json" "$work/wrong.csv"
like "a row that is missing is found" '^there are but ' "$err"

# wrong TEXT SED-COMMAND: a line that the schema refuses.
wrong() {
	if [ $schema = no ]; then
		skip "the schema refuses $1" "no python3 with jsonschema"
		return
	fi
	sed -n '1,4p;$p' "$work/TCP.json" | sed "$2" > "$work/wrong.json"
	check_schema "$work/wrong.json"
	is "the schema refuses $1" 1 "$status"
}

wrong "another stop" '2s/"stop":"[a-z-]*"/"stop":"tired"/'
wrong "a member too many" '2s/"place"/"more":1,"place"/'
wrong "a member too few" '2s/"place":[0-9]*,//'
wrong "a TTL of 0" '/"ttl":1,"replies"/s/"ttl":1,"replies"/"ttl":0,"replies"/'
wrong "a count below 0" '/"type":"end"/s/"probes":/"probes":-1/'
wrong "another type" '2s/"type":"target"/"type":"trace"/'

done_testing
