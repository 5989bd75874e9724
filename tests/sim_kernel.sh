#!/bin/bash
# The simulator's ordinary router and host against the real thing: the same
# probes cross Linux in the lab, and the same network simulated; what comes
# back is compared byte by byte.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_simulator
command -v python3 > /dev/null || skip_all "no python3"
need_lab "$here"

for topology in chain12 firewall-prohibited firewall-reset firewall-reject \
    noroute nohost mtu dnat; do
	in_lab "$topology" "$here/kernel_inside.sh"
done
done_testing
