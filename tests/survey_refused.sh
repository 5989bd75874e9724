#!/bin/bash
# What a survey refuses, before anything is sent: another survey's state, a
# damaged one, folders, devices and sources that are none, a missing privilege.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
. "$here/survey_start.sh"

in_rig survey_refused_inside.sh state
in_rig survey_refused_inside.sh system

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if built_with libzstd; then
	skip "--compress without libzstd" "this build has it"
else
	refused "--compress without libzstd" 2 '--compress: this build has no' \
	    "$TRUEROUTE" survey --output "$work/no" --compress 8.8.8.8
fi
done_testing
