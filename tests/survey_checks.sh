# What scripts that test whole surveys inside bench/survey-rig share; sourced.
# They print lines for from_lines of tap.sh.
# shellcheck shell=bash

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
faults=${SURVEY_FAULTS:+$SURVEY_FAULTS: }

check() {			# check TEXT EXPECTED SEEN
	if [ "$2" = "$3" ]; then
		echo "ok $faults$1"
	else
		echo "no $faults$1: expected $2, seen $3"
	fi
}

# holds TEXT COMMAND...: it succeeds.
holds() {
	local text=$1
	shift
	if "$@"; then
		echo "ok $faults$text"
	else
		echo "no $faults$text: not so: $*"
	fi
}

# targets FILE COUNT [OPTION]: a list of so many.
targets() {
	"$here/../bench/survey-targets" ${3:+"$3"} "$2" > "$work/$1"
}

# start_survey ARGUMENT...: in the background; sets pid.
start_survey() {
	"$TRUEROUTE" survey --special "$@" > "$work/out" 2> "$work/err" \
	    < /dev/null &
	pid=$!
}

# ended SECONDS: wait for it, but not longer; sets status and took, in ms.
# shellcheck disable=SC2034 # they are for who sources this
ended() {
	local begun
	begun=$(date +%s%N)
	took=0
	while kill -0 "$pid" 2> /dev/null && [ $took -lt $(($1 * 1000)) ]; do
		sleep 0.02
		took=$((($(date +%s%N) - begun) / 1000000))
	done
	kill -KILL "$pid" 2> /dev/null
	wait "$pid" 2> /dev/null
	status=$?
}

# survey ARGUMENT...: to its end; sets status.
survey() {
	start_survey "$@"
	ended 30
}

# judge ARGUMENT...: sets verdict, the judge's exit status.
# shellcheck disable=SC2034
judge() {
	# shellcheck disable=SC2086 # words
	"$SURVEY_JUDGE" ${SURVEY_FAULTS:-} "$@" > "$work/score" \
	    2> "$work/wrong"
	verdict=$?
}

# score NAME: of what the judge counted.
score() {
	sed -n "s/^$1  *//p" "$work/score"
}

# said WHAT [FILE]: of the last line of JSON, which is called end behind it.
said() {
	tail -n 1 "${2:-$work/out}" |
	    python3 -c "import json, sys; end = json.load(sys.stdin)
print(end$1)"
}

# All is right, and nothing but that; what the judge says else.
# shellcheck disable=SC2034
all_right=0
whole() {			# whole ARGUMENT...
	judge --whole "$@"
	echo "$verdict$(cat "$work/wrong")"
}
