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

for capture in "$here"/../pcaps/*.pcapng; do
	name=$(basename "$capture" .pcapng)
	base=${capture%.pcapng}
	# shellcheck disable=SC2046
	"$TRUEROUTE" -n $(shape "$name") --read "$capture" > text.$$ \
	    2> /dev/null
	if difference=$(diff "$base.text" text.$$); then
		pass "$name: text"
	else
		fail "$name: text" "$difference"
	fi
	rm -f text.$$
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
