#!/bin/bash
# Whole surveys as users run them, over a network of which the truth is known:
# by each protocol and family, with its faults, and with the options that change
# what is sent.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
. "$here/survey_start.sh"

in_rig survey_run_inside.sh whole
in_rig survey_run_inside.sh ways
in_rig survey_run_inside.sh probes
in_rig survey_run_inside.sh pace
in_rig survey_run_inside.sh losses --loss 20
in_rig survey_run_inside.sh silence --silent 150 --deaf 200
in_rig survey_run_inside.sh limits --limit 50
in_rig survey_run_inside.sh delay --delay
done_testing
