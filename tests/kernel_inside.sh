#!/bin/bash
# Runs inside the lab's prober: traces are saved, their probes are sent
# through the simulated network that is like the lab's, and the answers are
# compared.  Prints "ok TEXT" or "no TEXT: DETAIL".
set -u

here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The network of the lab in the simulator's words: routers in a row, and the
# host.  says: what a router does beside that, by its number; narrow: the MTU
# of the link behind r2.
declare -A says=()
narrow=1500
host='10.99.0.1 fd00:99::1'

network() {			# network ROUTERS
	local k
	echo "prober me $LAB_PROBER4 $LAB_PROBER6"
	for ((k = 1; k <= $1; k++)); do
		echo "router r$k 10.0.$k.1 fd00:$k::1"
		echo "    like linux"
		echo "${says[$k]:-}"
	done
	echo "host target $host"
	echo "    tcp open 443"
	echo "link me r1"
	for ((k = 1; k < $1; k++)); do
		if [ "$k" -eq 2 ]; then
			echo "link r$k r$((k + 1)) mtu $narrow"
		else
			echo "link r$k r$((k + 1))"
		fi
	done
	echo "link r$1 target"
}

wall='filter pass tcp 443
ACT
filter drop any'
case $LAB_TOPOLOGY in
chain12)
	routers=11
	;;
firewall-prohibited)
	routers=4
	says[2]=${wall/ACT/filter prohibit any}
	;;
firewall-reject)
	routers=4
	says[2]=${wall/ACT/filter reject any}
	;;
firewall-reset)
	routers=4
	says[2]=${wall/ACT/filter reset tcp}
	;;
noroute)
	routers=3
	says[3]='unreachable target net'
	;;
nohost)
	routers=3
	says[3]='unreachable target host'
	;;
mtu)
	routers=4 narrow=$LAB_MTU
	;;
dnat)
	routers=5 host='10.98.0.1 fd00:98::1'
	says[3]='nat destination 10.99.0.1 to 10.98.0.1
nat destination fd00:99::1 to fd00:98::1'
	;;
esac
network "$routers" > "$work/net"

ways=(-p33434 -I -T '-T -p8443')
if [ "$LAB_TOPOLOGY" = chain12 ]; then
	ways+=('-p33434 -t 0xfc' '-I -t 0x4a' '-T -t 0x48' '-T -p8443 -t 0x4a')
fi
for family in 4 6; do
	target=$LAB_TARGET4
	[ $family = 4 ] || target=$LAB_TARGET6
	for how in "${ways[@]}"; do
		length='' wait=0.4 most=13
		[ "$LAB_TOPOLOGY" != mtu ] || length=1400
		# A host that is not there is asked for first, and the trace
		# does not wait for the answer to a probe beyond.
		if [ "$LAB_TOPOLOGY" = nohost ]; then
			wait=2 most=4
		fi
		what="$LAB_TOPOLOGY, IPv$family, $how"
		# One probe at a time: the kernel's own limits of errors are
		# not what is compared here.
		# shellcheck disable=SC2086
		"$TRUEROUTE" -n -q 2 -N 1 -z 20 -w $wait -m $most -F $how \
		    --write "$work/real.pcapng" "$target" $length \
		    > /dev/null 2>&1
		if ! said=$("$TRUEROUTE_SIM" --answer "$work/real.pcapng" \
		    --write "$work/sim.pcapng" "$work/net" 2>&1); then
			echo "no $what: $said"
			continue
		fi
		if said=$(python3 "$here/same_answers.py" \
		    "$work/real.pcapng" "$work/sim.pcapng" 2>&1); then
			echo "ok $what: $said"
		else
			echo "no $what: ${said//$'\n'/; }"
		fi
	done
done
exit 0
