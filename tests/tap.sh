# TAP for the shell tests: sourced.  Each check prints one numbered line; a
# check that failed shows what it saw, as a comment.
# shellcheck shell=bash

tap_count=0
tap_failed=0

# pass TEXT
pass() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

# fail TEXT [DETAIL...]: each line of the details becomes a comment.
fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}

# skip TEXT WHY
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# is TEXT EXPECTED SEEN
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $2" "seen:     $3"
	fi
}

# like TEXT EXTENDED-REGEX SEEN
like() {
	if printf '%s\n' "$3" | grep -Eq -- "$2"; then
		pass "$1"
	else
		fail "$1" "expected to match: $2" "seen: $3"
	fi
}

# unlike TEXT EXTENDED-REGEX SEEN
unlike() {
	if printf '%s\n' "$3" | grep -Eq -- "$2"; then
		fail "$1" "expected not to match: $2" "seen: $3"
	else
		pass "$1"
	fi
}

# The plan; call last.
done_testing() {
	echo "1..$tap_count"
	exit 0
}

# Nothing here can be tested: say why, and stop.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}
