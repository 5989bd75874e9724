#!/bin/bash
# Before the network of bench/survey-rig, see survey_ends.sh.
#
#	survey_ends_inside.sh NAME
set -u
. "$(dirname "$0")/survey_checks.sh"

# lines FILE...: which JSON lines there are, of each type; "bad" for no JSON.
lines() {
	python3 - "$@" << 'PYTHON'
import collections
import json
import sys

counts = collections.Counter()
for name in sys.argv[1:]:
    with open(name, encoding='ascii') as file:
        for line in file:
            try:
                counts[json.loads(line)['type']] += 1
            except ValueError:
                counts['bad'] += 1
print(*(f'{name}={counts[name]}' for name in sorted(counts)))
PYTHON
}

# until_size FILE BYTES
until_size() {
	local tries=0
	until [ "$(stat -c %s "$1" 2> /dev/null || echo 0)" -ge "$2" ] ||
	    [ $((tries++)) -ge 200 ]; do
		sleep 0.05
	done
}

# until_said REGEX: on standard error.
until_said() {
	local tries=0
	until grep -Eq -- "$1" "$work/err" || [ $((tries++)) -ge 200 ]; do
		sleep 0.05
	done
}

# no_error: nothing but what a survey says anyway.
complaints() {
	grep -Ev ' targets (at|in) |^trueroute survey: more than 10000 ' \
	    "$work/err"
}

targets list 900
case $1 in
signals)
	for signal in INT TERM; do
		start_survey --rate 3000 -w 0.4 --targets "$work/list"
		until_size "$work/out" 100000
		kill -$signal $pid
		ended 10
		check "SIG$signal: exit status" 130 "$status"
		holds "SIG$signal: what is under way is awaited, no more" \
		    [ "$took" -ge 300 -a "$took" -lt 2000 ]
		check "SIG$signal: whole lines, and an end" \
		    "end=1 survey=1" "$(lines "$work/out" |
		    sed -E 's/ target=[1-9][0-9]*$//')"
		check "SIG$signal: each target that was begun is there" \
		    "$(said "['started']")" \
		    "$(grep -c '^{"type":"target"' "$work/out")"
		check "SIG$signal: what is there is right" 0 "$(
		    judge "$work/out"; echo "$verdict")"
	done

	start_survey --rate 3000 -w 20 --targets "$work/list"
	until_size "$work/out" 100000
	kill -INT $pid
	sleep 0.2
	kill -INT $pid
	ended 10
	check "SIGINT twice: exit status" 130 "$status"
	holds "SIGINT twice: it ends at once" [ "$took" -lt 1500 ]
	check "SIGINT twice: whole lines, and an end" "end=1 survey=1" \
	    "$(lines "$work/out" | sed -E 's/ target=[1-9][0-9]*$//')"

	folder="--output $work/folder --targets $work/list --rate 5000 -w 0.3"
	# shellcheck disable=SC2086 # words
	start_survey $folder
	until_size "$work/folder/survey-000001.jsonl" 200000
	kill -INT $pid
	ended 10
	check "--output: SIGINT: exit status" 130 "$status"
	check "--output: SIGINT: what happens, and how to go on" "\
trueroute survey: interrupted: waiting for answers under way and for all to be \
written; again: end at once
trueroute survey: interrupted; --resume goes on" "$(complaints)"
	check "--output: SIGINT: no target that was cut short" 0 "$(grep -c \
	    '"stop":"interrupted"' "$work/folder/survey-000001.jsonl")"
	# shellcheck disable=SC2086
	start_survey $folder --resume
	until_size "$work/folder/survey-000002.jsonl" 200000
	kill -INT $pid
	sleep 0.1
	kill -INT $pid
	ended 10
	check "--resume: SIGINT twice: exit status" 130 "$status"
	# shellcheck disable=SC2086
	survey $folder --resume --rate 20000
	check "--resume: all targets, every hop, each once" "0 $all_right" \
	    "$status $(whole --targets "$work/list" "$work"/folder/*.jsonl)"
	check "--resume: whole lines, a file each" "end=3 survey=3 target=900" \
	    "$(lines "$work"/folder/*.jsonl | sed -E 's/ reply=[0-9]+//')"
	# shellcheck disable=SC2086
	survey $folder --resume
	check "--resume of what is done: nothing is sent" "0 0 0" "$status $(
	    said "['probes'], end['done']" "$(find "$work/folder" \
	    -name '*.jsonl' | sort | tail -n 1)")"
	;;
progress)
	start_survey --rate 2000 -w 0.3 --targets "$work/list" \
	    --status "$work/status"
	until_size "$work/out" 50000
	kill -USR1 $pid
	until_said ' of 900 targets'
	check "SIGUSR1: one line" 1 "$(complaints | wc -l)"
	holds "SIGUSR1: how far it is, and how fast" grep -Eq "^trueroute \
survey: [0-9]+ of 900 targets, (1,[0-9]{3}|2,[0-9]{3}) probes/s, (1,[0-9]{3}|\
2,[0-9]{3}) replies/s, 0 dropped, [0-9]+ s left$" "$work/err"
	python3 - "$work/status" > "$work/seen" << 'PYTHON'
import json
import sys
import time

# As often as it goes: at no moment is it anything but whole.
states = set()
end = time.monotonic() + 2.3
while time.monotonic() < end:
    with open(sys.argv[1], encoding='ascii') as file:
        status = json.load(file)
    states.add((status['state'], status['targets'], status['done'] < 900))
    numbers = status['done'], status['probes']
print(states, len(numbers))
PYTHON
	check "--status: whole at any moment" \
	    "{('running', 900, True)} 2" "$(cat "$work/seen")"
	kill -TERM $pid
	ended 10
	check "--status: interrupted, and how many are done" \
	    "interrupted $(said "['stops']['arrived']")" \
	    "$(said "['state'], end['done']" "$work/status")"
	head -n 100 "$work/list" > "$work/few"
	survey --rate 20000 -w 0.3 --targets "$work/few" \
	    --status "$work/status"
	check "--status: done" "done 100 100" "$(
	    said "['state'], end['targets'], end['done']" "$work/status")"
	survey --rate 20000 --targets "$work/few" --status "$work/no/status" \
	    --output "$work/unwritten"
	check "--status that cannot be written: exit status, one line" \
	    "3 1 trueroute survey: --status: $work/no/status" \
	    "$status $(complaints | wc -l) $(complaints |
	    sed 's/\.new: No such file or directory$//')"
	holds "--status that cannot be written: nothing is left behind" \
	    [ ! -e "$work/unwritten" ]
	;;
output)
	: > "$work/err"
	timeout -s KILL 20 "$TRUEROUTE" survey --special --rate 5000 -w 0.3 \
	    --targets "$work/list" < /dev/null 2> "$work/err" |
	    head -n 1 > "$work/out"
	status=${PIPESTATUS[0]}
	check "who reads goes away: exit status" 3 "$status"
	check "who reads goes away: it is said, and of how many" "\
trueroute survey: cannot write the output: Broken pipe
trueroute survey: up to N of these targets are not written" \
	    "$(complaints | sed 's/up to [0-9]* of/up to N of/' | sort)"

	timeout -s KILL 30 "$TRUEROUTE" survey --special --rate 20000 -w 0.3 \
	    --targets "$work/list" < /dev/null 2> "$work/err" |
	    (sleep 1.5; cat) > "$work/out"
	check "who reads is slow: nothing is lost" "0 $all_right" \
	    "${PIPESTATUS[0]} $(whole --targets "$work/list" "$work/out")"

	"$TRUEROUTE" survey --special --rate 20000 -w 0.3 --targets \
	    "$work/list" < /dev/null > /dev/full 2> "$work/err" &
	pid=$!
	until_said 'waiting for the disk'
	check "a full disk: it is said, and waited for" \
	    "trueroute survey: waiting for the disk: No space left on device" \
	    "$(complaints)"
	kill -INT $pid
	until_said 'again: end at once'
	kill -INT $pid
	ended 10
	check "a full disk, and SIGINT twice: exit status" 3 "$status"
	holds "a full disk, and SIGINT twice: what is lost is said" grep -q \
	    'of these targets are not written' "$work/err"

	mkdir "$work/small"
	if ! mount -t tmpfs -o size=1m small "$work/small" 2> /dev/null; then
		echo "skip a disk with room later: no tmpfs to be had"
		exit 0
	fi
	# shellcheck disable=SC2064 # as it is now
	trap "umount '$work/small'; rm -rf '$work'" EXIT
	for run in out folder; do
		dd if=/dev/zero of="$work/small/fill" bs=1k count=600 \
		    2> /dev/null
		if [ $run = out ]; then
			"$TRUEROUTE" survey --special --rate 20000 -w 0.3 \
			    --targets "$work/list" < /dev/null \
			    > "$work/small/out" 2> "$work/err" &
			pid=$!
			found=$work/small/out
		else
			start_survey --rate 20000 -w 0.3 --targets \
			    "$work/list" --output "$work/small/folder"
			found=$work/small/folder/survey-000001.jsonl
		fi
		until_said 'waiting for the disk'
		mount -o remount,size=64m "$work/small"
		ended 20
		check "a disk with room later ($run): nothing is lost" \
		    "0 $all_right" "$status $(whole --targets "$work/list" \
		    "$found")"
		rm -rf "$found"
		mount -o remount,size=1m "$work/small"
	done
	;;
esac
