#!/bin/bash
# Before the network of bench/survey-rig, see survey_rig.sh: traces by
# trueroute, held against the truth.  Prints lines for from_lines of tap.sh.
#
#	survey_inside.sh NAME
set -u

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
faults=${SURVEY_FAULTS:+ $SURVEY_FAULTS}

check() {			# check TEXT EXPECTED SEEN
	if [ "$2" = "$3" ]; then
		echo "ok $SURVEY_RESPONDER$faults: $1"
	else
		echo "no $SURVEY_RESPONDER$faults: $1: expected $2, seen $3"
	fi
}

# trace ARGUMENT...: sets judged, the options for what it found.
trace() {
	"$TRUEROUTE" --json -n -q 1 -w 0.2 -m 24 "$@" > "$work/trace" \
	    2> "$work/err"
	judged=$("$here/survey_rows.py" "$work/trace" "$work/rows")
}

# judge OPTION...: sets status, and what it says is in $work/score.
judge() {
	# shellcheck disable=SC2086 # words
	"$SURVEY_JUDGE" $judged "$@" "$work/rows" > "$work/score" \
	    2> "$work/wrong"
	status=$?
}

count() {
	sed -n "s/^$1 *//p" "$work/score"
}

# back NUMBER RATE: so many frames come back for so many probes.
back() {
	"$SURVEY_BURSTS" send "$2" "$1" | awk '{ print $6 * $3 / 100 }'
}

# all_right PROBES...: everything that answers was found, and nothing else.
all_right() {
	local probes
	for probes in "$@"; do
		# shellcheck disable=SC2086 # words
		trace $probes
		# shellcheck disable=SC2086 # words
		judge --whole $SURVEY_FAULTS
		check "$probes: all are right, and all are there" "0 yes" \
		    "$status $([ "$(count answering)" -ge 5 ] &&
		    echo yes)$(cat "$work/wrong")"
	done
}

case $1 in
right)
	all_right "10.3.4.1" "10.200.7.9 -I" "10.77.0.3 -T" \
	    "2001:db8:304::1" "2001:db8:c807::5 -I" "2001:db8:4d00::7 -T"
	judge --whole --delay
	check 'answers that come at once are too early for a delay' "1 yes" \
	    "$status $([ "$(count wrong-early)" -ge 1 ] && echo yes)"
	;;
silent)
	all_right "2001:db8:c807::5 -I" "10.3.4.1"
	judge --whole
	check 'it would miss some if nobody were silent' "1 yes" \
	    "$status $([ "$(count missing)" -gt 0 ] && echo yes)"
	;;
slow)
	trace 10.3.4.1
	judge --whole --delay
	check 'no answer is too early' "0 yes" \
	    "$status $([ "$(count right)" -ge 8 ] && echo yes)"
	;;
loss)
	# 20 times the deviation that chance would have.
	check 'a fifth is lost' yes "$(back 8000 20000 |
	    awk '{ print ($1 > 5700 && $1 < 7100 ? "yes" : $1) }')"
	;;
limit)
	trace -q 10 -m 1 10.3.4.1
	check 'a router answers some of ten' yes "$(
	    [ "$(grep -c ::ffff:11.4 "$work/rows")" -ge 1 ] &&
	    [ "$(grep -c ::ffff:11.4 "$work/rows")" -le 5 ] && echo yes)"
	sleep 0.3
	trace -q 1 -m 1 10.3.4.1
	check 'and once more later' 1 "$(grep -c ::ffff:11.4 "$work/rows")"
	;;
esac
