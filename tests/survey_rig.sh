#!/bin/bash
# The network that surveys are measured in, bench/survey-rig: its answers are
# those of its model, and so are its faults.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
built_with libevent || skip_all "this build cannot trace: no libevent"
built_with jansson || skip_all "this build has no JSON"
command -v python3 > /dev/null || skip_all "no python3"
programs=$(dirname "$TRUEROUTE")/../bench
export SURVEY_JUDGE=$programs/survey_judge SURVEY_BURSTS=$programs/bursts
export RESPONDER=$programs/survey_responder
for program in "$SURVEY_JUDGE" "$SURVEY_BURSTS" "$RESPONDER"; do
	[ -x "$program" ] ||
	    skip_all "no program at $program: make check builds it"
done
why=$("$here/../bench/survey-rig" true 2>&1)
[ $? -ne 77 ] || skip_all "$why"

# rig NAME OPTION...: survey_inside.sh in the network.
rig() {
	local name=$1
	shift
	from_lines < <("$here/../bench/survey-rig" "$@" \
	    "$here/survey_inside.sh" "$name" 2>&1)
	[ "$seen" -gt 0 ] || fail "$*: it ran"
}
rig right
rig silent --silent 300 --deaf 500
rig slow --delay
rig loss --loss 200
rig limit --limit 10
why=$("$here/../bench/survey-rig" --xdp true 2>&1)
if [ $? -eq 77 ]; then
	skip "in the kernel" "$why"
else
	rig silent --xdp --silent 300 --deaf 500
	rig loss --xdp --loss 200
fi

# --- what is refused --------------------------------------------------------

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
refused 'too much of a share' 2 "'1001'" \
    "$here/../bench/survey-rig" --loss 1001 true
refused 'no number' 2 "''" "$here/../bench/survey-rig" --limit
refused 'no such fault' 2 'no option --odd' \
    "$here/../bench/survey-rig" --odd true
refused 'a delay in the kernel' 2 '--delay needs the responder in C' \
    "$here/../bench/survey-rig" --xdp --delay true
done_testing
