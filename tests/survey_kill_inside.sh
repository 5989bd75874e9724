#!/bin/bash
# Before the network of bench/survey-rig, see survey_kill.sh.
#
#	survey_kill_inside.sh NAME
#
# SURVEY_KILLS says how often; it takes a fifth of a second each.
set -u
. "$(dirname "$0")/survey_checks.sh"

kills=${SURVEY_KILLS:-12}
[ "$1" != json ] || kills=${SURVEY_KILLS:-50}
window=200
sum=0xbeef

# Few hops of each: a capture hands over what came each 10 ms, and a target that
# takes 20 of them would not be done before the next kill.
first=6 last=9

# The counter of what left by the device, this host's own packets among it.
left() { cat "/sys/class/net/$SURVEY_DEV/statistics/tx_packets"; }

# begin ARGUMENT...: a run of the survey that is gone on with.
begin() {
	# shellcheck disable=SC2086 # words
	start_survey --targets "$work/list" --output "$work/folder" --resume \
	    --target-spacing 0 -w 0.3 -f $first -m $last \
	    --icmp-checksum $sum --rotate 256K $options "$@"
}

# kill_some: so often as it takes, at a moment between 20 and 200 ms; sets done,
# how many kills there were, and over: what a run said that ended before.
kill_some() {
	done=0 over=
	while [ $done -lt "$kills" ]; do
		begin --rate 20000 --window $window
		sleep "0.$(printf %03d $((20 + RANDOM % 180)))"
		if kill -KILL $pid 2> /dev/null; then
			done=$((done + 1))
		fi
		wait $pid 2> /dev/null
		status=$?
		if [ $status -ne 137 ]; then
			over="it ended by itself: $status: $(cat "$work/err")"
			return
		fi
	done
}

# Of all files, in their order.
together() {
	case $1 in
	compressed) cat "$work"/folder/*.zst | zstd -dcq ;;
	rows)	head -qn 1 "$work"/folder/*.csv | head -n 1
		tail -qn +2 "$work"/folder/*.csv ;;
	*)	cat "$work"/folder/*.jsonl ;;
	esac
}

case $1 in
json)		options='' ;;
rows)		options='--rows -I' ;;
compressed)	options=--compress ;;
esac
targets list $((kills * 400))
before=$(left)
kill_some
check "$1: killed so often, at work" "$kills " "$done $over"
files=$(find "$work/folder" -name 'survey-0*' | wc -l)
holds "$1: meanwhile it went on, from file to file" [ "$files" -gt 2 ]
begin --rate 40000
ended 60
check "$1: the last run ends well" 0 "$status"
sent=$(($(left) - before))
together "$1" > "$work/all"
check "$1: each target, every hop, nothing twice" "$all_right" "$(whole \
    --first-ttl $first --max-ttl $last --checksum $sum \
    --targets "$work/list" "$work/all")"
# Each kill may cost what was in the window; and at the begin of each run there
# are some packets of the kernel's.
again=$((sent - $(score replies)))
holds "$1: no more is traced again than was under way" \
    [ $again -le $((done * (window * (last - first + 1) + 20))) ]
