#!/bin/bash
# --privacy across real kernels: captures with a link layer, a NAT on the way
# and one on this host.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
built_with jansson || skip_all "this build has no jansson"
command -v python3 > /dev/null || skip_all "no python3"
need_lab "$here"

for topology in nat localnat; do
	in_lab "$topology" "$here/privacy_inside.sh"
done
done_testing
