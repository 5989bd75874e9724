#!/bin/bash
# Each network in scenarios/ shows what its comments say.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_simulator
command -v python3 > /dev/null || skip_all "no python3"

from_lines < <(python3 "$here/scenarios.py" "$here/../scenarios" 2>&1)
nets=("$here"/../scenarios/*.net)
is "there are many networks" yes \
    "$([ "${#nets[@]}" -ge 25 ] && echo yes)"
done_testing
