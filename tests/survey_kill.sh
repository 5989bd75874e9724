#!/bin/bash
# A survey that is killed again and again, and gone on with: each target is in
# the output once, none is missing, and no more are traced again than the window
# has.  As lines, as rows, and compressed.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
# Much waiting, and nothing that another build has another of (scripts/test).
[ "${SURVEY_TESTS:-all}" = all ] || skip_all "not in this stage: it takes long"
. "$here/survey_start.sh"

in_rig survey_kill_inside.sh json
in_rig survey_kill_inside.sh rows
if ! built_with libzstd; then
	skip "compressed" "this build has no libzstd"
elif ! command -v zstd > /dev/null; then
	skip "compressed" "no program zstd to read it with"
else
	in_rig survey_kill_inside.sh compressed
fi
done_testing
