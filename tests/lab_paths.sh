#!/bin/bash
# Multipath discovery across real kernels that balance: by ports in IPv4, by
# the flow label in IPv6, with equal ways and with weights.  No link is false,
# and of three runs with a bound of 5 % one at least finds all: that none does
# is one chance in 8,000.  bench/kernels does many runs and counts.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_lab "$here"
built_with jansson || skip_all "this build has no jansson"
command -v python3 > /dev/null || skip_all "no python3"

export RUNS=3 MISSES=2
for topology in balance2 balance4 balance16 weighted; do
	in_lab "$topology" "$here/paths_inside.sh"
done
# Of 16 ways, that a field which is hashed looks as if it were not is one
# chance in sixteen million.
in_lab balance16 "$here/fields_inside.sh"
done_testing
