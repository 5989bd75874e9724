#!/bin/bash
# Before the network of bench/survey-rig, see survey_run.sh: surveys held
# against the truth.
#
#	survey_run_inside.sh NAME
set -u
. "$(dirname "$0")/survey_checks.sh"

sum=0xbeef
fast="--rate 20000 -w 0.5 --target-spacing 0.005 --icmp-checksum $sum"

# schema TEXT: each line that was written is as doc/ says.
schema() {
	if ! python3 -c 'import jsonschema' 2> /dev/null; then
		echo "skip $1: no python3 with jsonschema"
		return
	fi
	sed -n '1,12p;$p' "$work/out" > "$work/few"
	check "$1" "" "$(python3 "$here/schema_check.py" \
	    "$here/../doc/trueroute-survey.schema.json" "$work/few" 2>&1)"
}

# capture ARGUMENT...: a survey, and what left for it in $work/sent.
capture() {
	local tap tries=0
	rm -f "$work/sent"
	python3 "$here/survey_sent.py" "$SURVEY_DEV" 10.0.0.0/8 \
	    2001:db8::/32 > "$work/sent" &
	tap=$!
	until [ -s "$work/sent" ] || [ $((tries++)) -gt 100 ]; do
		sleep 0.05
	done
	survey "$@"
	sleep 0.1
	kill $tap
	wait $tap
	sed -i 1d "$work/sent"
}

# column NUMBER: its values in what was sent, each once.
column() {
	cut -d ' ' -f "$1" "$work/sent" | sort -nu | xargs
}

# almost_right TEXT: but for some few times, of batches that were interrupted
# while they left (io/sender.h).
almost_right() {
	check "$1" "yes 0" "$([ $(($(score wrong-early) * 100)) -le \
	    "$(score replies)" ] && echo yes) $(($(score wrong) -
	    $(score wrong-early)))"
}

case $1 in
whole)
	targets list4 300
	targets list6 300 -6
	sort -R --random-source="$work/list4" "$work/list4" "$work/list6" \
	    > "$work/list46"
	for run in "-U list4" "-U list6" "-U list46" "-I list46" \
	    "-T list46"; do
		list=${run#* }
		# shellcheck disable=SC2086 # words
		survey $fast ${run% *} --targets "$work/$list"
		check "$run: all targets, every hop" "0 $all_right" \
		    "$status $(whole --targets "$work/$list" "$work/out")"
		check "$run: it says what it did" "$(
		    wc -l < "$work/$list") $(score replies)" \
		    "$(said "['done'], end['answers']")"
		[ "$list" = list46 ] || continue
		schema "$run: by the schema"
		# shellcheck disable=SC2086
		survey $fast ${run% *} --rows --targets "$work/$list"
		check "$run: rows" "0 $all_right" "$status $(whole \
		    --checksum $sum --targets "$work/$list" "$work/out")"
	done
	# shellcheck disable=SC2086
	survey $fast -4 --targets "$work/list46"
	check "-4 of a list of both" "0 300 0" "$status $(
	    judge --targets "$work/list4" "$work/out"
	    score targets) $(score absent)"
	# shellcheck disable=SC2086
	survey $fast --raw --targets "$work/list46"
	check "by raw sockets: all targets, every hop" "0 $all_right" \
	    "$status $(whole --targets "$work/list46" "$work/out")"
	;;
ways)
	targets list 600
	# shellcheck disable=SC2086
	survey $fast --targets "$work/list"
	forward=$(said "['probes']")
	# shellcheck disable=SC2086
	survey $fast --doubletree --targets "$work/list"
	check "--doubletree: nothing wrong, all targets" "0 0 0" "$status $(
	    judge --targets "$work/list" "$work/out"
	    echo "$verdict $(score absent)")"
	holds "--doubletree: it saves a fifth" \
	    [ $(($(said "['probes']") * 5)) -lt $((forward * 4)) ]
	schema "--doubletree: by the schema"
	# shellcheck disable=SC2086
	survey $fast --doubletree=12 --targets "$work/list"
	check "--doubletree=12: nothing wrong, all targets" "0 0 0" \
	    "$status $(judge --targets "$work/list" "$work/out"
	    echo "$verdict $(score absent)")"
	# shellcheck disable=SC2086
	survey $fast --exhaustive --targets "$work/list"
	check "--exhaustive: all targets, every hop" "0 $all_right" \
	    "$status $(whole --targets "$work/list" "$work/out")"
	# shellcheck disable=SC2086
	survey $fast -f 3 -m 10 --targets "$work/list"
	check "-f 3 -m 10: all that lies there" "0 $all_right" \
	    "$status $(whole --targets "$work/list" "$work/out")"
	check "-f 3 -m 10: nothing else" "3 10" "$(
	    grep -o '"ttl":[0-9]*,"replies"' "$work/out" |
	    tr -cd '0-9\n' | sort -n | sed -n '1p;$p' | xargs)"
	;;
probes)
	targets list4 30
	targets list6 30 -6
	cat "$work/list4" "$work/list6" > "$work/list"
	contact=noc@survey.example
	capture --rate 2000 -w 0.5 --contact $contact --dscp AF41 \
	    --sport 44444 -p 33500 -l 0x12345 -f 2 -m 9 \
	    --targets "$work/list"
	check "all that left was seen" "$(said "['probes']")" \
	    "$(wc -l < "$work/sent")"
	check "--contact: in the payload of each" "$(wc -l < "$work/sent")" \
	    "$(grep -cF $contact "$work/sent")"
	check "--contact of 20 bytes or less: sizes as ever" "60 80" \
	    "$(column 8)"
	check "--dscp: of each" 136 "$(column 5)"
	check "--sport and -p: of each" ad9c82dc "$(column 7)"
	check "-l: of IPv6" "0 74565" "$(column 6)"
	check "-f and -m: no others" "2 3 4 5 6 7 8 9" "$(column 4)"
	check "no other target" "$(sort "$work/list" | xargs)" \
	    "$(cut -d ' ' -f 2 "$work/sent" | sort -u | xargs)"
	check "and what came back is right" "0 $all_right" "$status $(
	    whole --label 0x12345 --targets "$work/list" "$work/out")"

	contact="https://survey.example/of/the-network?who=we"
	capture -I --rate 2000 -w 0.5 --contact "$contact" -t 0x20 \
	    --icmp-id 4711 --icmp-checksum $sum --targets "$work/list"
	check "-I --contact: in the payload of each" \
	    "$(said "['probes']")" "$(grep -cF "$contact" "$work/sent")"
	check "-I --contact of 44 bytes: 24 bytes more" "84 104" \
	    "$(column 8)"
	check "-I -t: of each" 32 "$(column 5)"
	check "-I --icmp-checksum: of each" "0800beef 8000beef" "$(column 7)"
	check "-I: what came back is right" "0 $all_right" "$status $(
	    whole --targets "$work/list" "$work/out")"

	capture -T --rate 2000 -w 0.5 --targets "$work/list"
	check "-T: one flow, to port 443" "1 01bb" "$(column 7 | wc -w) $(
	    cut -d ' ' -f 7 "$work/sent" | cut -c 5-8 | sort -u)"
	;;
pace)
	targets list 60
	capture --rate 5000 -w 0.5 --target-spacing 0.05 \
	    --targets "$work/list"
	# The kernel's stamps; a batch may leave a little late.
	check "--target-spacing 0.05: no two probes to a target are nearer" 0 \
	    "$(awk '$2 in last && $1 - last[$2] < 48000000 { near++ }
	    { last[$2] = $1 } END { print near + 0 }' "$work/sent")"
	survey --rate 5000 -w 0.5 --router-spacing 0.01 --target-spacing 0 \
	    --targets "$work/list"
	check "--router-spacing: all targets, every hop" "0 $all_right" \
	    "$status $(whole --targets "$work/list" "$work/out")"
	holds "--router-spacing: it waits" [ "$(said "['spaced']")" -gt 10 ]
	targets list 4000
	for rate in 500 20000; do
		start_survey --rate $rate -w 0.2 --window 4000 \
		    --targets "$work/list"
		check "--rate $rate: never more than 1 % above" "" "$(
		    python3 "$here/survey_pace.py" "$SURVEY_DEV" $rate 1.5 \
		    "$work/out")"
		kill -INT $pid
		ended 10
	done
	;;
losses)
	targets list 800
	# shellcheck disable=SC2086
	survey $fast -q 3 --targets "$work/list"
	check "nothing wrong, all targets, each once" "0 0 0 0" "$status $(
	    judge --targets "$work/list" "$work/out"
	    echo "$verdict $(score absent) $(score doubled)")"
	# A hop is missed with a chance of 1 in 100,000, of some 12,000.
	holds "three queries find all but very few" \
	    [ "$(score missing)" -le 8 ]
	holds "probes that had no answer are counted" \
	    [ "$(said "['timeouts']")" -gt 100 ]
	;;
silence)
	targets list4 120
	targets list6 120 -6
	cat "$work/list4" "$work/list6" > "$work/list"
	for way in "" --exhaustive; do
		# shellcheck disable=SC2086
		survey --rate 20000 -w 0.05 --gap-limit 0 -q 1 -m 24 $way \
		    --targets "$work/list"
		check "${way:-forward}: all that answers, nothing else" \
		    "0 $all_right" "$status $(whole --targets "$work/list" \
		    "$work/out")"
	done
	survey --rate 20000 -w 0.05 -q 1 --doubletree --targets "$work/list"
	check "--doubletree: nothing wrong, all targets" "0 0 0" "$status $(
	    judge --targets "$work/list" "$work/out"
	    echo "$verdict $(score absent)")"
	schema "--doubletree: by the schema"
	survey --rate 20000 -w 0.05 -q 1 --gap-limit 3 -f 20 \
	    --targets "$work/list"
	holds "--gap-limit: it gives up" \
	    [ "$(said "['stops']['silence']")" -gt 10 ]
	;;
limits)
	targets list 120
	survey --rate 5000 -w 0.1 --target-spacing 0 --targets "$work/list"
	check "nothing wrong, all targets" "0 0 0" "$status $(
	    judge --targets "$work/list" "$work/out"
	    echo "$verdict $(score absent)")"
	missing=$(score missing)
	holds "the first routers answer but some" [ "$missing" -gt 20 ]
	survey --rate 5000 -w 0.1 --target-spacing 0 --router-spacing 0.025 \
	    --targets "$work/list"
	judge --targets "$work/list" "$work/out"
	check "spaced: nothing wrong, all targets" "0 0 0" \
	    "$status $verdict $(score absent)"
	holds "spaced: a fifth is missing at the most" \
	    [ $(($(score missing) * 5)) -lt "$missing" ]
	;;
delay)
	targets list4 300
	targets list6 300 -6
	cat "$work/list4" "$work/list6" > "$work/list"
	# shellcheck disable=SC2086
	survey $fast --targets "$work/list"
	judge --targets "$work/list" "$work/out"
	# What the judge takes to be wrong, it misses.
	check "all targets, every hop" "0 0 0" "$status $(score absent) $((
	    $(score missing) - $(score wrong-early)))"
	almost_right "nothing wrong, no time too short"
	survey --rate 20000 -w 0.02 -q 1 --gap-limit 0 -m 24 \
	    --targets "$work/list"
	judge --targets "$work/list" "$work/out"
	almost_right "a short wait: what is late is right"
	holds "a short wait: what is late is told" [ "$(score late)" -gt 100 ]
	schema "a short wait: by the schema"
	;;
esac
