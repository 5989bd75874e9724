#!/bin/bash
# What a survey sends and captures, across a real kernel: every probe's answer
# is found, full rings are told, and devices that go down lose nothing.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
bench=$(realpath "$(dirname "$TRUEROUTE")/../bench")
export LISTEN=$bench/listen RESPONDER=$bench/survey_responder
for program in "$LISTEN" "$RESPONDER"; do
	[ -x "$program" ] || skip_all "no program at $program: make check"
done
why=$("$here/../bench/survey-rig" true 2>&1)
[ $? -ne 77 ] || skip_all "$why"
from_lines < <("$here/../bench/survey-rig" "$here/survey_wire_inside.sh" 2>&1)
[ "$seen" -gt 0 ] || fail "it ran"
done_testing
