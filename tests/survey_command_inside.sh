#!/bin/bash
# Inside bench/survey-rig, see survey_command.sh.  Prints lines for from_lines
# of tap.sh.
#
#	survey_command_inside.sh PART
set -u

# Whoever was started by nohup has SIGHUP ignored, which no shell can undo.
if [ -z "${hangup:-}" ] && env --default-signal=HUP true 2> /dev/null; then
	exec env --default-signal=HUP hangup=heard "$0" "$@"
fi


here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'umount "$work/disk" 2> /dev/null; rm -rf "$work"' EXIT
export LC_ALL=C
out=$work/out

check() {			# check TEXT EXPECTED SEEN
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "no $1: expected $2, seen $3"
	fi
}

holds() {			# holds TEXT COMMAND...
	local text=$1
	shift
	if "$@"; then
		echo "ok $text"
	else
		echo "no $text: not so: $*, and it said: $(cat "$work/err")"
	fi
}

says() {			# says TEXT REGEX: a line that it said
	holds "$1" grep -Eq "^trueroute survey: $2\$" "$work/err"
}

targets() {
	"$here/../bench/survey-targets" "$1" > "$work/list"
}

# start ARGUMENT...: in the background; sets pid.
start() {
	"$TRUEROUTE" survey --special --targets "$work/list" "$@" \
	    > "$work/stdout" 2> "$work/err" < /dev/null &
	pid=$!
}

# ended: wait for it, 20 s at most; sets status.
ended() {
	local tries=0
	while kill -0 $pid 2> /dev/null && [ $((tries++)) -lt 1000 ]; do
		sleep 0.02
	done
	kill -KILL $pid 2> /dev/null
	wait $pid
	status=$?
}

survey() {
	start "$@"
	ended
}

# until_there PATTERN FILE: it is in the file, 10 s at most.
until_there() {
	local tries=0
	until grep -Eqs -- "$1" "$2" || [ $((tries++)) -gt 500 ]; do
		sleep 0.02
	done
}

# begun ARGUMENT...: a survey that is under way.
begun() {
	start "$@"
	until_there '"type":"target"' "$out/survey-000001.jsonl"
}

# interrupted ARGUMENT...: a survey that is begun and interrupted.
interrupted() {
	rm -rf "$out"
	begun --output "$out" "$@"
	kill -INT $pid
	ended
}

# Each target once, and no other; the words say what is wrong.
all_once() {
	sed -n 's/^{"type":"target","target":"\([^"]*\)".*/\1/p' \
	    "$out"/survey-*.jsonl | sort | diff - <(sort "$work/list") |
	    sed -n '1,3p'
}

# refused TEXT REGEX ARGUMENT...: of --resume; nothing is touched.
refused() {
	local text=$1 regex=$2 before
	shift 2
	before=$(cat "$out"/* | cksum)
	survey --output "$out" --resume "$@"
	check "--resume with $text: status and lines" "2 1" \
	    "$status $(wc -l < "$work/err")"
	says "--resume with $text: what it says" "$regex"
	check "--resume with $text: nothing is touched" "$before" \
	    "$(cat "$out"/* | cksum)"
}

# port FILE: the source port that its first line tells.
port() {
	sed -n '1s/.*"source_port":\([0-9]*\).*/\1/p' "$out/$1"
}

case $1 in
resume)
	targets 400
	flow="-w 0.2 -l 7 -t 32 --contact noc@survey.example --icmp-id 9"
	flow="-I $flow --icmp-checksum 5 -s $SURVEY_SOURCE4 -i $SURVEY_DEV"
	# shellcheck disable=SC2086 # words
	interrupted $flow --rate 3000 --seed 7
	check "an interrupt" 130 "$status"
	other=".*survey.state is of a survey with other options: .*"
	for wrong in "-4" "-t 33" "-l 8" "--contact me" "--icmp-id 8" \
	    "--icmp-checksum 6" "--fwmark 1" "--raw" "-w 0.3" "-q 1" \
	    "-s 198.18.0.9"; do
		[ "$wrong" = "-s 198.18.0.9" ] &&
		    ip addr add 198.18.0.9/24 dev "$SURVEY_DEV"
		# shellcheck disable=SC2086 # words
		refused "$wrong" "$other" $flow $wrong
	done
	# shellcheck disable=SC2086
	refused "less" "$other" -w 0.2
	# shellcheck disable=SC2086
	refused "another seed" "--resume: this survey has seed 7, not 8: .*" \
	    $flow --seed 8
	# shellcheck disable=SC2086
	survey --output "$out" --resume $flow --seed 7 --rate 20000 \
	    --window 500 --target-spacing 0 --router-spacing 0.001 \
	    --rotate 2G --status "$work/status"
	check "--resume with another pace" 0 "$status"
	check "each target is there once" "" "$(all_once)"
	check "each run begins a file, and says how it ended" "1 1 1 1" "$(
	    for file in "$out"/*.jsonl; do
		    grep -c '"type":"survey"' "$file"
		    grep -c '"type":"end"' "$file"
	    done | xargs)"
	check "the rate of each run" "3000.000 20000.000" "$(
	    sed -n 's/.*"rate":\([0-9.]*\).*/\1/p' "$out"/*.jsonl | xargs)"
	;;
port)
	targets 300
	interrupted -w 0.2 --rate 3000
	before=$(port survey-000001.jsonl)
	python3 -c "if True:
	    import socket, time
	    held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    held.bind(('', $before))
	    print('held', flush=True)
	    time.sleep(30)" > "$work/held" &
	holder=$!
	until_there held "$work/held"
	survey -w 0.2 --rate 20000 --output "$out" --resume
	kill $holder
	wait $holder 2> /dev/null
	check "a port that is in use: it goes on" 0 "$status"
	after=$(port survey-000002.jsonl)
	says "a port that is in use: it is said" "--resume: source port \
$before, which the survey had, is in use: .* it is $after"
	holds "a port that is in use: another one" [ "$before" != "$after" ]
	check "a port that is in use: each target is there once" "" \
	    "$(all_once)"
	interrupted -w 0.2 --rate 3000 --sport 44444
	other=".* is of a survey with other options: .* --sport 44444 .*"
	refused "another port" "$other" -w 0.2 --sport 44445
	refused "no port" "$other" -w 0.2
	survey -w 0.2 --rate 20000 --sport 44444 --output "$out" --resume
	check "a port that was given is kept" "0 44444 44444" "$status $(
	    port survey-000001.jsonl) $(port survey-000002.jsonl)"
	;;
interrupt)
	targets 400
	words="interrupted: waiting for answers under way and for all to be \
written; again: end at once"
	for signal in INT TERM HUP; do
		rm -rf "$out"
		begun --output "$out" -w 0.2 --rate 3000
		kill -$signal $pid
		ended
		check "SIG$signal: status" 130 "$status"
		says "SIG$signal: what is waited for" "$words"
		says "SIG$signal: how it goes on" \
		    "interrupted; --resume goes on"
	done
	rm -rf "$out"
	trap '' HUP
	begun --output "$out" -w 0.2 --rate 9000
	trap - HUP
	kill -HUP $pid
	ended
	check "SIGHUP that is ignored, as by nohup" 0 "$status"
	rm -rf "$out"

	mkdir "$work/disk"
	if ! mount -t tmpfs -o size=8m none "$work/disk"; then
		echo "skip a full disk: no tmpfs"
		exit
	fi
	head -c 7800000 /dev/zero > "$work/disk/other"
	out=$work/disk/out
	start --output "$out" --status "$work/status" -w 0.2 --rate 20000
	until_there 'waiting for the disk' "$work/err"
	kill -INT $pid
	until_there 'interrupted' "$work/err"
	kill -INT $pid
	ended
	check "a full disk is given up: status" 3 "$status"
	says "a full disk is given up: why" "ended at once, without waiting \
for the disk: No space left on device"
	says "a full disk is given up: how it goes on" \
	    "interrupted; --resume goes on"
	there=$(cat "$out"/*.jsonl | grep -c '"type":"target"')
	done=$(sed -n 's/^trueroute survey: \([0-9]*\) targets in .*/\1/p' \
	    "$work/err")
	lost=$(sed -n 's/.*: \([0-9]*\) of these targets are not.*/\1/p' \
	    "$work/err")
	check "a full disk is given up: it counts what is lost" "$done" \
	    $((there + lost))
	holds "a full disk is given up: something is lost, not all" \
	    [ "$lost" -gt 0 -a "$there" -gt 0 ]
	check "a full disk is given up: the status file" "failed $there" "$(
	    python3 -c 'import json, sys; o = json.load(sys.stdin)
print(o["state"], o["done"])' < "$work/status")"
	rm "$work/disk/other"
	survey --output "$out" --resume -w 0.2 --rate 20000
	check "a full disk is given up: it goes on" "0 " "$status $(all_once)"
	;;
status)
	targets 20
	fast="-w 0.1 --rate 5000"
	echo mine > "$work/victim"
	ln -s "$work/victim" "$work/status.new"
	# shellcheck disable=SC2086 # words
	survey $fast --status "$work/status"
	check "a link in its way is not followed" '0 mine "done"' \
	    "$status $(cat "$work/victim") $(
	    grep -o '"done"' "$work/status" | head -n 1)"
	mkfifo "$work/fifo.new"
	# shellcheck disable=SC2086
	survey $fast --status "$work/fifo"
	check "a FIFO in its way is not waited for" 0 "$status"
	for bad in "$work/none/at/all" "$work" "$work/fifo.link"; do
		[ "$bad" = "$work/fifo.link" ] && ln -s victim "$bad"
		# shellcheck disable=SC2086
		survey $fast --status "$bad" --output "$out"
		holds "--status ${bad#"$work"}: refused" [ "$status" -ne 0 ]
		says "--status ${bad#"$work"}: it is said" "--status: .*"
		holds "--status ${bad#"$work"}: no survey is begun" \
		    [ ! -e "$out" ]
	done
	;;
user)
	targets 50
	mkdir "$work/home"
	chmod 755 "$work"
	if ! chown 4711:4712 "$work/home" 2> /dev/null; then
		echo "skip another user's folder: only root can make one"
		exit
	fi
	out=$work/home/out
	survey -w 0.1 --rate 5000 --output "$out" --status "$work/home/status"
	check "a folder of another user" 0 "$status"
	says "a folder of another user: it is said" \
	    "it runs and writes as user 4711, to whom .*/home belongs"
	check "a folder of another user: its files are that user's" \
	    "4711:4712" "$(find "$work/home" -printf '%U:%G\n' | sort -u)"
	check "a folder of another user: each target is there" "" \
	    "$(all_once)"
	survey -w 0.1 --rate 5000 --output "$out" --resume
	check "a folder of another user: it goes on" 0 "$status"
	out=$work/own
	survey -w 0.1 --rate 5000 --output "$out"
	check "a folder of one's own" "0 0" "$status $(stat -c %u "$out")"
	;;
memory)
	targets 30000
	for options in "--rate 30000" "--rate 20000 --multipath"; do
		rm -rf "$out"
		# shellcheck disable=SC2086 # words
		begun --output "$out" -w 1 $options
		sleep 0.7
		peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' \
		    /proc/$pid/status)
		kill -INT $pid
		until_there interrupted "$work/err"
		kill -INT $pid
		ended
		if grep -qa __asan_init "$TRUEROUTE"; then
			echo "skip $options: the sanitizer has memory too"
			continue
		fi
		told=$(sed -n 's/.* in \([0-9.]*\) MB of memory.*/\1/p' \
		    "$work/err")
		holds "$options: it takes no more memory than it told" \
		    awk "BEGIN { exit !($peak > 1000 &&
		    $peak * 1.024 <= $told * 1000) }"
	done
	;;
esac
