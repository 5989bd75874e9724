#!/bin/bash
# --mtu across real kernels: a narrow link whose router says so, and the same
# one when a packet filter keeps it from saying so.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_lab "$here"

in_lab mtu "$here/mtu_inside.sh"
done_testing
