#!/bin/bash
# Traces across real kernels in network namespaces: every protocol, both
# families, every way in which a trace ends.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_lab "$here"

for topology in chain12 balance2 balance4 balance16 nat dnat localnat asym \
    mtu silent ratelimit noroute nohost firewall firewall-reset \
    firewall-prohibited firewall-reject; do
	in_lab "$topology" "$here/lab_inside.sh"
done
done_testing
