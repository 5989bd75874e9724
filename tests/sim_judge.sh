#!/bin/bash
# Each behaviour that a topology file can ask for, in bytes that tshark reads.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_simulator
command -v tshark > /dev/null || skip_all "tshark is not there"
command -v python3 > /dev/null || skip_all "no python3"

from_lines < <(python3 "$here/sim_judge.py" "$here/../scenarios" 2>&1)
is "all of them were looked at" yes "$([ "$seen" -ge 80 ] && echo yes)"
done_testing
