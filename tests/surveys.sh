#!/bin/bash
# Surveys find the truth, and nothing but it: in virtual time, over networks of
# which it is known, with losses, silent and rate-limited routers; by each
# protocol.  bench/savings does the same with more targets, and prints figures.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
surveys=$(dirname "$TRUEROUTE")/../bench/surveys
[ -x "$surveys" ] || skip_all "bench/surveys is not built"
targets=${SURVEY_TARGETS:-3000}

# value NAME: of the line that surveys printed.
value() {
	tr ' ' '\n' <<< "$line" | sed -n "s/^$1=//p"
}

# survey TEXT OPTION...: nothing is wrong.
survey() {
	local text=$1
	shift
	if line=$("$surveys" -n "$targets" -h "$@" 2>&1); then
		pass "$text: all is true"
	else
		fail "$text: all is true" "$line"
	fi
	is "$text: each target once" "$targets 0" \
	    "$(value targets) $(value undone)"
}

# less TEXT A B: A is less than B.
less() {
	if [ "$2" -lt "$3" ]; then
		pass "$1"
	else
		fail "$1" "$2 is not less than $3"
	fi
}

for family in '' -6; do
	for protocol in udp icmp tcp; do
		# shellcheck disable=SC2086 # none, or one
		survey "$protocol$family" -p $protocol $family
		is "$protocol$family: every hop, every link" \
		    "0 $(value of)" "$(value missing) $(value links)"
		# shellcheck disable=SC2086
		survey "$protocol$family by Doubletree, with losses" \
		    -p $protocol $family -w doubletree -l 20
	done
done

survey 'silent routers and targets' -s 100 -d 300
survey 'silent ones, by Doubletree' -s 100 -d 300 -w doubletree
survey 'silent ones, every TTL' -s 100 -d 300 -w exhaustive
is 'every TTL: but for the silent, all is there' 0 "$(value missing)"
survey 'heavy losses' -l 200 -q 5
# A fifth is lost: five queries all, once in 3125.
less 'heavy losses: five queries miss little' $(($(value missing) * 2000)) \
    "$(value right)"

survey 'limited routers' -L 20
limited=$(value limited)
survey 'limited routers, by Doubletree' -L 20 -w doubletree
less 'Doubletree is limited less' "$(value limited)" $((limited / 100 + 1))
survey 'limited routers, spaced' -L 100 -S 10 -r 100000
spaced=$(value limited)
survey 'limited routers, unspaced' -L 100 -r 100000
less 'spacing spares routers' $((spaced * 20)) "$(value limited)"

for graph in random internet; do
	survey "$graph" -g $graph
	probes=$(value probes)
	is "$graph: every link" "$(value of)" "$(value links)"
	survey "$graph, by Doubletree" -g $graph -w doubletree
	less "$graph: Doubletree takes less" "$(value probes)" "$probes"
	less "$graph: and misses few links" $((($(value of) - \
	    $(value links)) * 100)) "$(value of)"
done

# All paths to each target: nothing false, and no more missed than the bound.
targets=$((targets / 10))
for family in '' -6; do
	for protocol in udp icmp tcp; do
		# shellcheck disable=SC2086 # none, or one
		survey "all paths, $protocol$family" -m lite -p $protocol \
		    $family
		less "all paths, $protocol$family: of all links few are missed" \
		    $(($(value of_links) - $(value links))) \
		    $(($(value of_links) / 100))
	done
done
survey 'all paths, by full rules, with losses' -m full -l 20
less 'by full rules, with losses: few targets are unsure' \
    "$(value unsure)" $((targets / 20 + 1))
survey 'all paths, silent routers and targets' -m lite -s 100 -d 300
survey 'all paths, limited routers' -m lite -L 50
survey 'all paths, a small budget' -m lite -B 60
less 'a small budget: it is kept' "$(value probes)" $((targets * 60 + 1))
less 'a small budget: many targets are said to be cut' $((targets / 2)) \
    "$(value partial)"
survey 'all paths, few flows' -m lite -F 16
is 'few flows: all is probed' 0 "$(value partial)"
less 'few flows: it is said what they do not suffice for' 0 "$(value unsure)"
targets=$((targets * 10))

survey 'a window of 16' -W 16 -l 20
less 'a window of 16: in little memory' "$(value memory)" 1000000
done_testing
