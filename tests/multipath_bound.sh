#!/bin/bash
# Multipath discovery misses no more than it says, and claims nothing false:
# in virtual time, over networks of which the truth is known.  bench/bound does
# the same with more runs.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_simulator
paths=$(dirname "$TRUEROUTE_SIM")/../bench/paths
[ -x "$paths" ] || skip_all "bench/paths is not built"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# within RATE PREDICTED RUNS: is the rate within three sigma of it?
within() {
	awk -v r="$1" -v p="$2" -v n="$3" 'BEGIN {
		sigma = sqrt(p * (1 - p) / n)
		exit !(r >= p - 3 * sigma && r <= p + 3 * sigma)
	}'
}

# below RATE BOUND RUNS: is it no surprise if the bound is the true rate?
below() {
	awk -v r="$1" -v b="$2" -v n="$3" \
	    'BEGIN { exit !(r <= b + 3 * sqrt(b * (1 - b) / n)) }'
}

# field NAME: of the line that paths printed.
field() {
	awk -v name="$1" '{ for (i = 1; i < NF; i++)
		if ($i == name) print $(i + 1) }' "$work/line"
}

# discover TEXT OPTION... RUNS: into $work/line; a check that all is true.
discover() {
	local text=$1
	shift
	"$paths" "${@:1:$#-1}" "$work/net" "${@: -1}" > "$work/line" 2>&1
	is "$text: nothing false" 0 "$(field false)"
}

# As the theory says, of one balancer after the other.
for shape in layers:1-2-1 layers:1-4-1 layers:1-8-1 layers:1-2-4-1 \
    meshed:1-4-2-1; do
	"$TRUEROUTE_SIM" --generate $shape > "$work/net"
	discover "$shape, full rules" -f -b 1 500
	if within "$(field rule)" "$(field predicted)" 500; then
		pass "$shape: the rule misses as often as the theory says"
	else
		fail "$shape: the rule misses as often as the theory says" \
		    "$(cat "$work/line")"
	fi
	if below "$(field rate)" "$(field predicted)" 500; then
		pass "$shape: and the graph no more often"
	else
		fail "$shape: and the graph no more often" \
		    "$(cat "$work/line")"
	fi
	discover "$shape, MDA-Lite" 500
	if below "$(field rate)" 0.05 500; then
		pass "$shape: MDA-Lite keeps its bound"
	else
		fail "$shape: MDA-Lite keeps its bound" "$(cat "$work/line")"
	fi
done

# Networks of shapes that were not chosen for it.
for seed in 1 2 3 4 5 6 7 8 9 10; do
	"$TRUEROUTE_SIM" --seed $seed --generate wild > "$work/net"
	discover "random network $seed, MDA-Lite" 25
	if below "$(field rate)" 0.05 25; then
		pass "random network $seed: the bound is kept"
	else
		fail "random network $seed: the bound is kept" \
		    "$(cat "$work/line")"
	fi
done

# Shapes that try the tests of MDA-Lite, and every kind of probe.
for shape in asymmetric:4 uneven:4 nested:3 layers:2-3-4 meshed:3-5-3; do
	"$TRUEROUTE_SIM" --seed 3 --generate $shape > "$work/net"
	for probes in '-p UDP' '-p TCP' '-p UDP -6' '-p TCP -6'; do
		# shellcheck disable=SC2086 # two words or three
		discover "$shape $probes" $probes 60
		if below "$(field rate)" 0.05 60; then
			pass "$shape $probes: the bound is kept"
		else
			fail "$shape $probes: the bound is kept" \
			    "$(cat "$work/line")"
		fi
	done
done

# Where answers are lost, what was not answered is asked again.
for shape in chain:6 layers:1-2-4-1 uneven:3; do
	"$TRUEROUTE_SIM" --generate $shape |
	    sed 's/^links delay.*/links delay 1ms loss 8%/' > "$work/net"
	for rules in '' -f; do
		# shellcheck disable=SC2086 # none or one word
		discover "$shape, 8 % lost on each link $rules" $rules 80
		if below "$(field rate)" 0.05 80; then
			pass "... the bound is kept"
		else
			fail "... the bound is kept" "$(cat "$work/line")"
		fi
	done
done

# Routers that are silent, lose, limit, answer twice or late: what is claimed
# is true even so.
for seed in $(seq 1 15); do
	"$TRUEROUTE_SIM" --seed "$seed" --generate odd > "$work/net"
	discover "odd network $seed" 8
done
done_testing
