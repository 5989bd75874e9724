#!/bin/bash
# What the replies tell, across real kernels: each finding where one of them
# does what it is about, and none where none does.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_lab "$here"
built_with jansson || skip_all "this build has no jansson"
command -v jq > /dev/null || skip_all "no jq"

in_lab chain12 "$here/findings_inside.sh"
done_testing
