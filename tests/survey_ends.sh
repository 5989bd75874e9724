#!/bin/bash
# How a survey ends before its time, and what is then there: signals, readers
# that go away or are slow, disks that are full; and that it can be gone on
# with.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
. "$here/survey_start.sh"

in_rig survey_ends_inside.sh signals
in_rig survey_ends_inside.sh progress
in_rig survey_ends_inside.sh output
done_testing
