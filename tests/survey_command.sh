#!/bin/bash
# What a survey does beside probing, on the wire: how it goes on and refuses to,
# how it is interrupted, its status file, as whom it writes, and its memory.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
command -v python3 > /dev/null || skip_all "no python3"
RESPONDER=$(realpath "$(dirname "$TRUEROUTE")/../bench/survey_responder")
export RESPONDER
[ -x "$RESPONDER" ] || skip_all "no program at $RESPONDER: make check builds it"
why=$("$here/../bench/survey-rig" true 2>&1)
[ $? -ne 77 ] || skip_all "$why"
for part in resume port interrupt status user memory; do
	from_lines < <("$here/../bench/survey-rig" \
	    "$here/survey_command_inside.sh" $part 2>&1)
	[ "$seen" -gt 0 ] || fail "$part: it ran"
done
done_testing
