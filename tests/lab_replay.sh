#!/bin/bash
# Captures of other programs' traces, replayed: traceroute by its three
# methods, mtr by its three, tcptraceroute, scamper.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
TRUEROUTE=$(realpath "${TRUEROUTE:-./src/trueroute}")
export TRUEROUTE
lab=$here/../scripts/lab

[ -x "$TRUEROUTE" ] || { echo "Bail out! no program at $TRUEROUTE"; exit 99; }
why=$("$lab" chain12 -- true 2>&1)
[ $? -ne 77 ] || skip_all "$why"

for topology in chain12 balance4; do
	seen=0
	while read -r verdict line; do
		case $verdict in
		ok) pass "$line" ;;
		no) fail "$line" ;;
		skip) skip "${line%%: *}" "${line#*: }" ;;
		*) continue ;;
		esac
		seen=$((seen + 1))
	done < <("$lab" "$topology" -- "$here/replay_inside.sh" 2>&1)
	[ "$seen" -gt 0 ] || fail "$topology: it ran"
done
done_testing
