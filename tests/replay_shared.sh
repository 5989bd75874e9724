#!/bin/bash
# Captures made by others, replayed: real routers' answers, and other tracers'
# runs on a simulated path with what each of them printed.  The folder is not
# part of this project: TRUEROUTE_SHARED_PCAPS names it where it is there.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
. "$here/hops.sh"
need_program
pcaps=${TRUEROUTE_SHARED_PCAPS:-}

[ -f "${pcaps:-none}/expected.json" ] ||
	skip_all "the captures of others are not here"

replay() { "$TRUEROUTE" -n --read "$1" 2> /dev/null; }

# The hops that dublin-traceroute printed, of all flows.
dublin_hops() {
	awk '
	/^== Flow/ { go = 1; next }
	/^Saved/ { go = 0 }
	go && $1 ~ /^[0-9]+$/ { print $2 }'
}

# What is printed of the hops, as far as the capture holds them.
for name in scamper-udpparis-eth tcptraceroute443-eth traceroute-udp-eth \
    traceroute6-udp-eth; do
	is "lab-$name" "$(hops_of < "$pcaps/lab-$name.txt")" \
	    "$(replay "$pcaps/lab-$name.pcap" | hops_of)"
done

flows=$(replay "$pcaps/lab-dublin-4flows-eth.pcap" | grep -c '^traceroute to')
is "dublin-traceroute: four flows are four traces" 4 "$flows"
# It missed some answers that the capture has: a hop that it printed must be
# there, one that it did not may be.
mapfile -t theirs < <(dublin_hops < "$pcaps/lab-dublin-4flows-eth.txt")
mapfile -t ours < <(replay "$pcaps/lab-dublin-4flows-eth.pcap" |
    awk '/^ *[0-9]+ / { print $2 }')
is "dublin-traceroute: hops of all flows" "${#theirs[@]}" "${#ours[@]}"
for i in "${!theirs[@]}"; do
	[ "${theirs[i]}" = '*' ] || is "dublin-traceroute: hop $((i + 1))" \
	    "${theirs[i]}" "${ours[i]:-}"
done

# These captures lack some of the probes; the answers are shown all the same.
for name in inetutils-raw traceroute-icmp-sll2; do
	text=$(replay "$pcaps/lab-$name.pcap")
	for hop in $(hops_of < "$pcaps/lab-$name.txt" | tr '|' ' '); do
		# The first router's answer is not in the raw capture.
		[ "$name $hop" = "inetutils-raw 10.0.0.2" ] && continue
		like "lab-$name: $hop" " ${hop//./\\.} " "$text"
	done
done

if built_with jansson && [ -x /usr/bin/python3 ]; then
	while read -r line; do
		case $line in
		"ok "*SKIP*) line=${line%% # *}; skip "${line#ok * - }" "tunnelled" ;;
		"ok "*) pass "${line#ok * - }" ;;
		"not ok "*) fail "${line#not ok * - }" ;;
		"#"*) echo "$line" ;;
		esac
	done < <("$here/shared_pcaps.py" "$TRUEROUTE" "$pcaps" 2>&1)
fi
done_testing
