#!/bin/bash
# Before the network of bench/survey-rig, see survey_refused.sh.
#
#	survey_refused_inside.sh NAME
set -u
. "$(dirname "$0")/survey_checks.sh"

# refused TEXT STATUS REGEX ARGUMENT...: one line, as it must be; nothing is
# written to standard output.
refused() {
	local text=$1 expected=$2 regex=$3
	shift 3
	survey "$@"
	check "$text: exit status" "$expected" "$status"
	check "$text: one line" 1 "$(wc -l < "$work/err")"
	holds "$text: what it says" grep -Eq -- "$regex" "$work/err"
	check "$text: nothing on standard output" "" "$(cat "$work/out")"
}

# state: what the folder of the survey has in it.
state() { cat "$work"/folder/* | cksum; }

targets list 200
case $1 in
state)
	base="--rate 10000 -w 0.3 --targets $work/list --output $work/folder"
	# shellcheck disable=SC2086 # words
	start_survey $base --rate 500
	sleep 0.7
	kill -INT $pid
	ended 10
	before=$(state)
	other='is of a survey with other options.*-m 32'
	# shellcheck disable=SC2086
	refused "a folder that has a survey" 2 \
	    'folder has a survey: --resume goes on with it' $base
	for option in "-m 20" -I "-p 33500" "-q 1" --rows --doubletree \
	    "-w 0.4" "--gap-limit 6"; do
		# shellcheck disable=SC2086
		refused "--resume with $option" 2 "$other" $base --resume \
		    $option
	done
	# shellcheck disable=SC2086
	refused "--resume with a target more" 2 \
	    'of a survey of 200 targets, and these are 201' $base --resume \
	    10.1.1.1
	sed -i '1s/.*/10.1.1.1/' "$work/list"
	# shellcheck disable=SC2086
	refused "--resume with another target" 2 'other targets' $base \
	    --resume
	targets list 200
	# shellcheck disable=SC2086
	refused "--resume with another seed" 2 'seed' $base --resume \
	    --seed 0x12345678
	check "what was refused has changed nothing" "$before" "$(state)"

	cp -r "$work/folder" "$work/good"
	# shellcheck disable=SC2016 # the last line
	for damage in 's/^done.*/done 0/' '$d' 's/^seed ./seed f/'; do
		sed -i "$damage" "$work/folder/survey.state"
		# shellcheck disable=SC2086
		refused "a state changed by $damage" 2 'survey\.state' \
		    $base --resume
		cp "$work/good/survey.state" "$work/folder/"
	done
	sed -i '1s/1$/9/' "$work/folder/survey.state"
	# shellcheck disable=SC2086
	refused "a state of another version" 3 'survey\.state' $base --resume
	: > "$work/folder/survey.state"
	# shellcheck disable=SC2086
	refused "an empty state" 2 'survey\.state' $base --resume
	cp "$work/good/survey.state" "$work/folder/"
	rm "$work/folder/survey-000001.jsonl"
	# shellcheck disable=SC2086
	refused "a file of the output is gone" 3 'survey-000001' $base \
	    --resume
	cp "$work/good/survey-000001.jsonl" "$work/folder/"
	truncate -s 1000 "$work/folder/survey-000001.jsonl"
	# shellcheck disable=SC2086
	refused "a file of the output is shorter than it was" 2 \
	    'survey-000001' $base --resume
	cp "$work/good/survey-000001.jsonl" "$work/folder/"
	# shellcheck disable=SC2086
	survey $base --resume
	check "what was refused can be gone on with" "0 $all_right" \
	    "$status $(whole --targets "$work/list" "$work"/folder/*.jsonl)"
	;;
system)
	few="-w 0.3 10.1.1.1"
	mkdir "$work/empty"
	# shellcheck disable=SC2086
	survey $few --output "$work/empty" --resume
	check "--resume of nothing: it begins, and says so" "0 1" "$status $(
	    grep -c 'no state to go on from: it begins anew' "$work/err")"
	# shellcheck disable=SC2086
	refused "a folder that cannot be made" 3 \
	    '--output: .*/no/folder: No such' $few --output "$work/no/folder"
	: > "$work/file"
	# shellcheck disable=SC2086
	refused "a file in the place of a folder" 2 \
	    '--output: .*file is a file' $few --output "$work/file"
	# shellcheck disable=SC2086
	refused "an unknown interface" 3 'no interface is named nix$' \
	    $few -i nix
	# shellcheck disable=SC2086
	refused "an unknown interface, both families" 3 \
	    'no interface is named nix$' $few 2001:db8:1::1 -i nix
	# shellcheck disable=SC2086
	refused "a source that is none of this host's" 3 \
	    'source address is not one of this host' $few -s 192.0.2.77
	# shellcheck disable=SC2086
	refused "-s of one family, targets of both" 2 "^trueroute survey: -s: \
$SURVEY_SOURCE4 is of IPv4, and there are targets of IPv6: -4 leaves" \
	    $few 2001:db8:1::1 -s "$SURVEY_SOURCE4"
	# shellcheck disable=SC2086
	refused "-s of the other family" 2 'is of IPv6, and there are .*IPv4' \
	    $few -s "$SURVEY_SOURCE6"
	# shellcheck disable=SC2086
	refused "-4 and -s of IPv6" 2 "-s: .* is an IPv6 address, the survey \
is of IPv4" $few -4 -s "$SURVEY_SOURCE6"

	# shellcheck disable=SC2086
	"$(command -v setpriv)" --bounding-set=-net_raw \
	    --inh-caps=-net_raw "$TRUEROUTE" survey --special $few \
	    > "$work/out" 2> "$work/err" < /dev/null
	check "no privilege: exit status" 3 $?
	check "no privilege: what is missing, and what helps" "1 1 2" "$(
	    grep -c 'cannot open a .* socket: Operation not permitted' \
	    "$work/err") $(grep -c 'CAP_NET_RAW.*setcap' "$work/err") $(
	    wc -l < "$work/err")"
	check "no privilege: nothing on standard output" "" \
	    "$(cat "$work/out")"
	ip route replace default via 198.18.0.99
	# shellcheck disable=SC2086
	refused "a gateway that does not answer" 3 '198\.18\.0\.99' $few
	holds "a gateway that does not answer: it takes a few seconds" \
	    [ "$took" -lt 6000 ]
	ip route del default
	# shellcheck disable=SC2086
	refused "no route at all" 3 'no route to 10\.1\.1\.1' $few
	;;
esac
