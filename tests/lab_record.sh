#!/bin/bash
# What is saved and read again is the same, byte for byte in JSON; tshark
# decodes the same from the capture; the JSON fits its schema.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
built_with jansson || skip_all "this build has no jansson"
need_lab "$here"

for topology in balance4 localnat dnat silent nohost firewall-reset asym; do
	in_lab "$topology" "$here/record_inside.sh"
done
done_testing
