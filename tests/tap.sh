# TAP for the shell tests: sourced.  Each check prints one numbered line; a
# check that failed shows what it saw, as a comment.
# shellcheck shell=bash

tap_count=0
tap_failed=0

# pass TEXT
pass() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

# fail TEXT [DETAIL...]: each line of the details becomes a comment.
fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}

# skip TEXT WHY
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# is TEXT EXPECTED SEEN
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $2" "seen:     $3"
	fi
}

# like TEXT EXTENDED-REGEX SEEN
like() {
	if printf '%s\n' "$3" | grep -Eq -- "$2"; then
		pass "$1"
	else
		fail "$1" "expected to match: $2" "seen: $3"
	fi
}

# unlike TEXT EXTENDED-REGEX SEEN
unlike() {
	if printf '%s\n' "$3" | grep -Eq -- "$2"; then
		fail "$1" "expected not to match: $2" "seen: $3"
	else
		pass "$1"
	fi
}

# run PROGRAM ARGUMENT...: sets out, err, status.  $work is a folder.
run() {
	# shellcheck disable=SC2154 # the caller's
	out=$("$@" 2> "$work/err" < /dev/null)
	status=$?
	err=$(cat "$work/err")
}

# need_scenarios: sets $work, a folder that is gone at the end, and $nets.
need_scenarios() {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	# shellcheck disable=SC2154 # the caller's
	nets=$here/../scenarios
	export LC_ALL=C
}

# across NET ARGUMENT...: over a scenario, or the file of a topology, with the
# options in across_options and to what is in across_to.  Sets what run does.
across_options=()
across_to=()
across() {
	local net=$1
	shift
	[ -f "$net" ] || net=$nets/$net.net
	run "$TRUEROUTE" -n "${across_options[@]}" --simulate "$net" "$@" \
	    "${across_to[@]}"
}

# interrupted REGEX SECONDS PROGRAM ARGUMENT...: so many seconds after its
# output, $work/partial, matches; sets status.  Notes: $work/partial.notes.
interrupted() {
	local regex=$1 seconds=$2 pid tries=0
	shift 2
	"$@" > "$work/partial" 2> "$work/partial.notes" &
	pid=$!
	until grep -Eq -- "$regex" "$work/partial" ||
	    [ $((tries++)) -ge 300 ]; do
		sleep 0.1
	done
	sleep "$seconds"
	kill -INT $pid
	tries=0
	while kill -0 $pid 2> /dev/null && [ $((tries++)) -lt 300 ]; do
		sleep 0.1
	done
	kill -KILL $pid 2> /dev/null
	wait $pid
	status=$?
}

# refused TEXT STATUS REGEX PROGRAM ARGUMENT...: one line on standard error,
# nothing on standard output.
refused() {
	local text=$1 expected=$2 regex=$3
	shift 3
	run "$@"
	is "$text: exit status" "$expected" "$status"
	like "$text: what it says" "$regex" "$err"
	is "$text: one line" 1 "$(printf '%s\n' "$err" | wc -l)"
	is "$text: nothing on standard output" "" "$out"
}

# need_program: $TRUEROUTE, whole, or no test at all.
need_program() {
	TRUEROUTE=$(realpath "${TRUEROUTE:-./src/trueroute}")
	export TRUEROUTE
	[ -x "$TRUEROUTE" ] && return
	echo "Bail out! no program at $TRUEROUTE"
	exit 99
}

# need_simulator: the same for $TRUEROUTE_SIM.
need_simulator() {
	TRUEROUTE_SIM=$(realpath "${TRUEROUTE_SIM:-./src/trueroute-sim}")
	export TRUEROUTE_SIM
	[ -x "$TRUEROUTE_SIM" ] && return
	echo "Bail out! no program at $TRUEROUTE_SIM"
	exit 99
}

# built_with LIBRARY: is it in this build?
built_with() {
	"$TRUEROUTE" --version | grep -q "^with .*$1"
}

# need_lab FOLDER: live tracing, and namespaces to do it in; sets lab.
need_lab() {
	local why
	lab=$1/../scripts/lab
	built_with libevent || skip_all "this build cannot trace: no libevent"
	why=$("$lab" chain12 -- true 2>&1)
	[ $? -ne 77 ] || skip_all "$why"
}

# from_lines < LINES: each is a check: "ok TEXT", "no TEXT: DETAIL" or
# "skip TEXT: WHY"; others are left out.  Sets seen, how many there were.
from_lines() {
	local verdict line
	seen=0
	while read -r verdict line; do
		case $verdict in
		ok) pass "$line" ;;
		no) fail "$line" ;;
		skip) skip "${line%%: *}" "${line#*: }" ;;
		*) continue ;;
		esac
		seen=$((seen + 1))
	done
}

# in_lab TOPOLOGY SCRIPT: the script prints such lines, one at least.
in_lab() {
	from_lines < <("$lab" "$1" -- "$2" 2>&1)
	[ "$seen" -gt 0 ] || fail "$1: it ran"
}

# The plan; call last.
done_testing() {
	echo "1..$tap_count"
	exit 0
}

# Nothing here can be tested: say why, and stop.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}
