# Routes in text, for the shell tests: sourced.
# shellcheck shell=bash

# hops_of < traceroute text: one word for each hop, its responders in order of
# first appearance joined by '|', '*' for none.
hops_of() {
	awk '
	/^traceroute to / || NF == 0 { next }
	/^ *[0-9?]+ / {
		word = ""
		delete seen
		for (i = 2; i <= NF; i++)
			if ($i ~ /^[0-9a-f]*[:.][0-9a-f:.]+$/ &&
			    $(i + 1) != "ms" && !($i in seen)) {
				seen[$i] = 1
				word = word (word == "" ? "" : "|") $i
			}
		printf "%s%s", n++ ? " " : "", word == "" ? "*" : word
	}
	END { print "" }'
}

# route_fits EXPECTED SEEN: word by word; in EXPECTED a word may list
# alternatives, of which one flow shows exactly one.
route_fits() {
	local expected seen word option found
	read -ra expected <<< "$1"
	read -ra seen <<< "$2"
	[ "${#expected[@]}" -eq "${#seen[@]}" ] || return 1
	for i in "${!expected[@]}"; do
		found=no
		IFS='|' read -ra word <<< "${expected[i]}"
		for option in "${word[@]}"; do
			[ "$option" = "${seen[i]}" ] && found=yes
		done
		[ "$found" = yes ] || return 1
	done
}
