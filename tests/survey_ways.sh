#!/bin/bash
# Which way a survey's probes go where targets are on a link, on this host
# itself, or behind another next hop; and where a family has no route.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
. "$here/survey_start.sh"

in_rig survey_ways_inside.sh all
done_testing
