#!/bin/bash
# The captures in pcaps/, replayed without network or privilege: the text is
# what the live run printed, the JSON what it was when they were made.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
json=no
built_with jansson && json=yes

# The options that shape the text, of those that a capture was made with.
shape() {
	case $1 in
	*asymmetric*) echo --back ;;
	esac
}

# Without jansson the comments are not understood: "30 hops max" is not known.
head_known() {
	if [ "$json" = yes ]; then cat; else sed 1d; fi
}

for capture in "$here"/../pcaps/*.pcapng; do
	name=$(basename "$capture" .pcapng)
	base=${capture%.pcapng}
	case $name in
	*path-mtu)	# that sizes were looked for stands in a comment too
		if [ "$json" = no ]; then
			skip "$name" "this build has no jansson"
			continue
		fi ;;
	esac
	# shellcheck disable=SC2046
	text=$("$TRUEROUTE" -n $(shape "$name") --read "$capture" \
	    2> /dev/null)
	is "$name: text" "$(head_known < "$base.text")" \
	    "$(printf '%s\n' "$text" | head_known)"
	if [ "$json" = no ]; then
		skip "$name: JSON" "this build has no jansson"
	elif "$TRUEROUTE" --json --read "$capture" 2> /dev/null |
	    cmp -s - "$base.json"; then
		pass "$name: JSON"
	else
		fail "$name: JSON"
	fi
done
[ "$tap_count" -gt 0 ] || fail "there are captures in pcaps/"
done_testing
