#!/bin/bash
# Run by scripts/lab: what --classify says of the lab's first router, which
# hashes addresses, protocol and ports in IPv4, and in IPv6 the flow label
# alone.  A line for each kind of probe.
set -u

classify() {
	"$TRUEROUTE" -n --multipath --classify "$@" 2>&1 |
	    sed -n '/^fields that/,/^$/p' | sed '1d; $d'
}

# expect ANSWER ARGUMENT...: that a field is not looked at is said with a chance
# to be wrong (all that was varied took one way by luck).  Where it is, two more
# runs have to be right.
expect() {
	local expected=$1 said again
	shift
	said=$(classify "$@")
	if [ "$said" != "$expected" ]; then
		again=$(classify "$@")
		[ "$again" = "$expected" ] && said=$(classify "$@")
	fi
	if [ "$said" = "$expected" ]; then
		echo "ok $LAB_TOPOLOGY ${*%% *}: the fields that Linux hashes"
	else
		echo "no $LAB_TOPOLOGY ${*%% *}: ${said//$'\n'/; }"
	fi
}

first4=${LAB_LINKS4%%>*}
first6=${LAB_LINKS6%%>*}
ports="source port, destination port"
expect "  1 $first4  $ports, destination; not TOS" -4 "$LAB_TARGET4"
expect "  1 $first4  $ports, destination; not TOS" -4 -T "$LAB_TARGET4"
expect "  1 $first4  destination; not TOS, checksum, id" -4 -I "$LAB_TARGET4"
expect "  1 $first6  flow label; not $ports, TOS, destination" \
    -6 "$LAB_TARGET6"
expect "  1 $first6  flow label; not $ports, TOS, destination" \
    -6 -T "$LAB_TARGET6"
expect "  1 $first6  flow label; not TOS, checksum, id, destination" \
    -6 -I "$LAB_TARGET6"
