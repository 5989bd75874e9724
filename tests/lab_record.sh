#!/bin/bash
# What is saved and read again is the same, byte for byte in JSON; tshark
# decodes the same from the capture; the JSON fits its schema.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
TRUEROUTE=$(realpath "${TRUEROUTE:-./src/trueroute}")
export TRUEROUTE
lab=$here/../scripts/lab

[ -x "$TRUEROUTE" ] || { echo "Bail out! no program at $TRUEROUTE"; exit 99; }
"$TRUEROUTE" --version | grep -q libevent ||
	skip_all "this build cannot trace: no libevent"
"$TRUEROUTE" --version | grep -q jansson ||
	skip_all "this build has no jansson"
why=$("$lab" chain12 -- true 2>&1)
[ $? -ne 77 ] || skip_all "$why"

for topology in balance4 localnat dnat silent nohost firewall-reset asym; do
	seen=0
	while read -r verdict line; do
		case $verdict in
		ok) pass "$line" ;;
		no) fail "$line" ;;
		skip) skip "$line" "not installed" ;;
		*) continue ;;
		esac
		seen=$((seen + 1))
	done < <("$lab" "$topology" -- "$here/record_inside.sh" 2>&1)
	[ "$seen" -gt 0 ] || fail "$topology: it ran"
done
done_testing
