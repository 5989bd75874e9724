#!/bin/bash
# Run by scripts/lab on chain12: what the replies of real kernels tell where one
# of them translates, rewrites, limits, loses, or sends back.  A line for each
# check: "ok", or "no" with what was found.
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# finds TEXT 'CODE HOP HOP,...' OPTION...: these findings and no others.
finds() {
	local text=$1 expected=$2 found
	shift 2
	if [ -n "$cannot" ]; then
		echo "skip $text: $cannot"
		return
	fi
	"$TRUEROUTE" -n -j "$@" > "$work/json" 2> "$work/err"
	found=$(jq -r '[.findings[] |
	    "\(.code) \(.first_ttl) \(.last_ttl)"] | join(",")' \
	    < "$work/json")
	if [ "$found" = "$expected" ]; then
		echo "ok $text"
	else
		echo "no $text: expected: $expected; found: $found" \
		    "$(tr '\n' ' ' < "$work/err")"
	fi
}

# rules ROUTER TABLE: this and no other table of tests.  What the kernel has no
# module for, and an ordinary user cannot load, is skipped.
cannot=
rules() {
	cannot=
	{
		echo 'table inet findings'
		echo 'delete table inet findings'
		printf 'table inet findings {\n%s\n}\n' "$2"
	} | ip netns exec "$1" nft -f - 2> "$work/nft" ||
	    cannot="nft: $(head -n 1 "$work/nft")"
}

forward() {			# forward ROUTER RULE...
	local router=$1 text
	shift
	text=$(printf '%s\n' "$@")
	rules "$router" "chain forward {
		type filter hook forward priority 0
		$text
	}"
}

four=$LAB_TARGET4 six=$LAB_TARGET6
for how in -U -I -T; do
	finds "plain, $how" '' "$how" "$four"
	finds "plain, $how, IPv6" '' "$how" "$six"
done

# A NAT of Linux mends all that is quoted: there is nothing to see.
rules r4 "chain post {
	type nat hook postrouting priority 100
	ip saddr $LAB_PROBER4 snat to 10.0.4.1
}"
finds "a NAT that mends everything" '' -U "$four"
finds "a NAT that mends everything, TCP" '' -T "$four"
# Without its memory, it changes addresses and nothing else.
rules r4 "chain post {
	type filter hook postrouting priority 0
	ip saddr $LAB_PROBER4 ip saddr set 10.0.4.1
}
chain pre {
	type filter hook prerouting priority -300
	iifname != \"lo\" ip daddr 10.0.4.1 ip daddr set $LAB_PROBER4
}"
for how in -U -I -T; do
	finds "a NAT that does not mend quotes, $how" 'nat 4 5' "$how" "$four"
done
rules r4 ''

forward r5 'ip ecn set not-ect' 'ip6 ecn set not-ect'
finds "ECN is cleared" 'ecn.bleached 5 6' -t 2 "$four"
finds "ECN is cleared, IPv6" 'ecn.bleached 5 6' -t 2 "$six"
finds "ECN is cleared, of what has none" '' -t 4 "$four"
forward r5 'ip dscp set cs1' 'ip6 dscp set cs1'
finds "the DSCP is changed" 'rewritten.dscp 5 6' "$four"
finds "the DSCP is changed, IPv6" 'rewritten.dscp 5 6' -T "$six"
finds "the DSCP is set to what it is" '' --dscp cs1 "$four"
forward r5 'ip ecn set ce' 'ip6 ecn set ce'
finds "congestion is marked" 'ecn.congestion 5 6' -t 2 "$four"
forward r5 "udp dport 33434 ip ttl set 64" "udp dport 33434 ip6 hoplimit set 64"
finds "the TTL is raised" 'ttl.raised 5 6' "$four"
finds "the TTL is raised, IPv6" 'ttl.raised 5 6' "$six"
forward r5 ''

# One answer in a second, six to begin with: icmp(7).
for set in ipv4.icmp_ratelimit=1000 ipv4.icmp_ratemask=6168 \
    ipv4.icmp_msgs_per_sec=1000; do
	ip netns exec r3 sh -c "echo ${set#*=} > \
	    /proc/sys/net/$(tr . / <<< "${set%%=*}")"
done
finds "a limit is no loss" 'limit 3 3' -c 60 --interval 0.1 "$four"
ip netns exec r3 sh -c 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit'

forward r5 'numgen random mod 10 < 3 drop'
finds "loss begins behind the router that loses" 'loss 6 12' -I -c 100 \
    --interval 0.02 "$four"
forward r5 ''

# Back to where it came from.
for family in -4 -6; do
	to=$four back=$LAB_PROBER4
	[ $family = -4 ] || { to=$six back=$LAB_PROBER6; }
	way=$(ip netns exec r5 ip $family -o route get "$back" |
	    sed 's/.* via/via/; s/ src.*//; s/ proto.*//; s/ uid.*//')
	# shellcheck disable=SC2086 # words
	ip netns exec r5 ip $family route replace "$to" $way onlink
	finds "a forwarding loop, $family" 'loop 4 20' -m 20 -q 1 "$to"
	ip netns exec r5 ip $family route del "$to"
done

# This host's own filter.
nft -f - <<'EOT'
table inet findings {
	chain output {
		type filter hook output priority 0
		udp dport 33434 drop
	}
}
EOT
finds "this host refuses" 'own.refused null null' "$four"
nft delete table inet findings
finds "plain again" '' "$four"
