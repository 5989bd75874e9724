#!/bin/bash
# --compare across real kernels: firewalls that drop, reset, prohibit and
# reject, one on this host, a host that filters, and networks without any.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_lab "$here"

for topology in chain12 balance4 ratelimit silent nat noroute nohost asym \
    firewall firewall-reset firewall-prohibited firewall-reject; do
	in_lab "$topology" "$here/compare_inside.sh"
done
done_testing
