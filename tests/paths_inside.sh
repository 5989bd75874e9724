#!/bin/bash
# Run by scripts/lab: RUNS (5) multipath discoveries of each kind of probe,
# whose links must be the lab's.  A line for each kind: "ok", or "no" where more
# were missed than the bound allows, or any is false; with COUNT=1 the numbers.
set -u

runs=${RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# links: of a result, as "A>B", sorted.
links() {
	python3 -c '
import json, sys
graph = json.load(sys.stdin)["graph"]
address = {v["id"]: v["address"] for v in graph["vertices"]}
print("\n".join(sorted({address[l["from"]] + ">" + address[l["to"]]
                        for l in graph["links"]})))'
}

for probes in '-4' '-4 -T' '-6' '-6 -T'; do
	target=$LAB_TARGET4 truth=$LAB_LINKS4
	[ "${probes#-6}" = "$probes" ] || target=$LAB_TARGET6 truth=$LAB_LINKS6
	tr ' ' '\n' <<< "$truth" | sort -u > "$work/truth"
	missed=0 untrue=0 sent=0
	for ((run = 0; run < runs; run++)); do
		# shellcheck disable=SC2086 # words
		"$TRUEROUTE" -n -j --multipath $probes "$target" \
		    > "$work/result" 2> /dev/null
		links < "$work/result" > "$work/links"
		sent=$((sent + $(grep -o '"sent_ns"' "$work/result" | wc -l)))
		if [ -n "$(comm -13 "$work/truth" "$work/links")" ]; then
			untrue=$((untrue + 1))
		elif [ -n "$(comm -23 "$work/truth" "$work/links")" ]; then
			missed=$((missed + 1))
		fi
	done
	text="$LAB_TOPOLOGY $probes: $runs found, $missed with a miss"
	text="$text, $untrue with a false link"
	if [ "${COUNT:-0}" = 1 ]; then
		echo "$text, $((sent / runs)) probes"
	elif [ "$untrue" = 0 ] && [ "$missed" -le "${MISSES:-1}" ]; then
		echo "ok $text"
	else
		echo "no $text: $(comm -3 "$work/truth" "$work/links" |
		    tr '\n\t' ' >')"
	fi
done
