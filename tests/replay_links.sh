#!/bin/bash
# The same packets under every link type, whole and cut by a snaplen.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
[ -x /usr/bin/python3 ] || skip_all "python3 is not there"
exec "$here/link_types.py" "$TRUEROUTE" "$here/../pcaps"
