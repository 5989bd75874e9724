#!/bin/bash
# Multipath discovery across real kernels that balance: by ports in IPv4, by
# the flow label in IPv6, with equal ways and with weights.  Of five runs with
# a bound of 5 % two that miss something are a surprise of one in fifty; three
# are none that is let pass.  bench/kernels does many runs.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_lab "$here"
built_with jansson || skip_all "this build has no jansson"
command -v python3 > /dev/null || skip_all "no python3"

export MISSES=2
for topology in balance2 balance4 balance16; do
	in_lab "$topology" "$here/paths_inside.sh"
done
# The bound is not for weights: no false link, and some run finds all.
export MISSES=4
in_lab weighted "$here/paths_inside.sh"
done_testing
