#!/bin/bash
# A path behind a tun device, where packets have no link header: every
# protocol and family arrives, and all probes on the wire are one flow.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
. "$here/hops.sh"
need_program
built_with libevent || skip_all "this build cannot trace: no libevent"
rig=$here/../bench/rig
why=$("$rig" true 2>&1)
[ $? -ne 77 ] || skip_all "$why"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work

route() {			# route PREFIX SUFFIX TARGET
	local hop
	for hop in 1 2 3 \* 5 6 7 \* 9 10 11; do
		if [ "$hop" = \* ]; then
			printf '* '
		else
			printf '%s%s%s ' "$1" "$hop" "$2"
		fi
	done
	echo "$3"
}

# What a balancer may hash, of each packet to the target; distinct ones.  The
# first of each field is the packet's own, not that of one it quotes.
flows() {			# flows CAPTURE TARGET FIELD-OF-TARGET
	tshark -n -r "$1" -T fields -E occurrence=f -e "$3" -e ip.src \
	    -e ipv6.src -e ip.proto -e ipv6.nxt -e ip.dsfield \
	    -e ipv6.tclass -e ipv6.flow -e udp.srcport -e udp.dstport \
	    -e tcp.srcport -e tcp.dstport -e icmp.type -e icmp.checksum \
	    -e icmp.ident -e icmpv6.type -e icmpv6.checksum \
	    -e icmpv6.echo.identifier 2> /dev/null |
		awk -F'\t' -v target="$2" '$1 == target' | sort | uniq -c
}

for family in 4 6; do
	if [ $family = 4 ]; then
		target=10.99.0.1 field=ip.dst
		steps=$(route 10.77. .1 $target)
	else
		target=fd00:99::1 field=ipv6.dst
		steps=$(route fd00:77: ::1 $target)
	fi
	for how in -p33434 -I -T; do
		"$rig" "$TRUEROUTE" -n $how --write "$work/saved" $target \
		    > "$work/text" 2> "$work/notes"
		is "IPv$family $how: exit status" 0 $?
		is "IPv$family $how: the route" "$steps" \
		    "$(hops_of < "$work/text")"
		if command -v tshark > /dev/null; then
			sent=$(flows "$work/saved" $target $field)
			is "IPv$family $how: one flow on the wire" 1 \
			    "$(printf '%s\n' "$sent" | grep -c .)"
			like "IPv$family $how: it is that of all probes" \
			    '^ *(3[6-9]|4[0-9]) ' "$sent"
		else
			skip "IPv$family $how: one flow" "no tshark"
		fi
	done
done

# The device by its name, not by the route.
"$rig" sh -c "\"$TRUEROUTE\" -n -i \$RIG_DEV 10.99.0.1" > "$work/text" 2>&1
is "leaving by the tun device by name" "$(route 10.77. .1 10.99.0.1)" \
    "$(hops_of < "$work/text")"
done_testing
