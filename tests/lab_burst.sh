#!/bin/bash
# Batches of finished packets, across a real kernel: they arrive whole, full
# queues are waited for, and what goes wrong is told.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_lab "$here"
SEND_BURST=${SEND_BURST:-$(dirname "$TRUEROUTE")/../tests/send_burst}
export SEND_BURST
if [ ! -x "$SEND_BURST" ]; then
	skip_all "no program at $SEND_BURST: make check builds it"
fi
in_lab chain12 "$here/burst_inside.sh"
done_testing
