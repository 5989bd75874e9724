#!/bin/bash
# Traces across real kernels in network namespaces: every protocol, both
# families, every way in which a trace ends.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
TRUEROUTE=$(realpath "${TRUEROUTE:-./src/trueroute}")
export TRUEROUTE
lab=$here/../scripts/lab

[ -x "$TRUEROUTE" ] || { echo "Bail out! no program at $TRUEROUTE"; exit 99; }
"$TRUEROUTE" --version | grep -q libevent ||
	skip_all "this build cannot trace: no libevent"
why=$("$lab" chain12 -- true 2>&1)
[ $? -ne 77 ] || skip_all "$why"

for topology in chain12 balance2 balance4 balance16 nat dnat localnat asym \
    mtu silent ratelimit noroute nohost firewall firewall-reset \
    firewall-prohibited firewall-reject; do
	seen=0
	while read -r verdict line; do
		case $verdict in
		ok) pass "$line" ;;
		no) fail "$line" ;;
		*) continue ;;
		esac
		seen=$((seen + 1))
	done < <("$lab" "$topology" -- "$here/lab_inside.sh" 2>&1)
	[ "$seen" -gt 0 ] || fail "$topology: it ran"
done
done_testing
