#!/bin/bash
# A survey while there is no way out for some seconds: no target is taken for
# silent, or for one that nothing can be sent to, and none is left.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
# Much waiting, and nothing that another build has another of (scripts/test).
[ "${SURVEY_TESTS:-all}" = all ] || skip_all "not in this stage: it takes long"
need_program
RESPONDER=$(realpath "$(dirname "$TRUEROUTE")/../bench/survey_responder")
export RESPONDER
[ -x "$RESPONDER" ] || skip_all "no program at $RESPONDER: make check"
why=$("$here/../bench/survey-rig" true 2>&1)
[ $? -ne 77 ] || skip_all "$why"
from_lines < <("$here/../bench/survey-rig" "$here/survey_outage_inside.sh" 2>&1)
[ "$seen" -gt 0 ] || fail "it ran"
done_testing
