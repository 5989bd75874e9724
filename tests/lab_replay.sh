#!/bin/bash
# Captures of other programs' traces, replayed: traceroute by its three
# methods, mtr by its three, tcptraceroute, scamper.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_lab "$here"

for topology in chain12 balance4; do
	in_lab "$topology" "$here/replay_inside.sh"
done
done_testing
