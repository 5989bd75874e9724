#!/bin/bash
# What a person meets at the command line: wrong input, no privilege, a full
# disk, damaged captures.  Nothing is sent.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

refused "no host" 2 'host' "$TRUEROUTE" -n
refused "a port of 99999" 2 '99999.*65535' "$TRUEROUTE" -p 99999 127.0.0.1
refused "no queries" 2 '0.*1 to 10' "$TRUEROUTE" -q 0 127.0.0.1
refused "an unknown option" 2 'nonsense' "$TRUEROUTE" --nonsense 127.0.0.1
refused "mtr's -r" 2 '--read' "$TRUEROUTE" -r 127.0.0.1
refused "a family that does not fit" 2 '127\.0\.0\.1' "$TRUEROUTE" -6 127.0.0.1
refused "a capture that is not there" 2 'No such file' "$TRUEROUTE" \
    --read "$work/missing.pcapng"
refused "a folder for a capture" 2 'folder' "$TRUEROUTE" --read "$work"

echo "this is no capture at all" > "$work/text"
refused "a text for a capture" 2 'not a capture' "$TRUEROUTE" \
    --read "$work/text"
: > "$work/empty"
refused "an empty file for a capture" 2 'not a capture' "$TRUEROUTE" \
    --read "$work/empty"

run "$TRUEROUTE" --help
is "--help: exit status" 0 "$status"
like "--help: says how" '--read' "$out"
run "$TRUEROUTE" --version
is "--version: exit status" 0 "$status"
like "--version: says which" '^trueroute [0-9]' "$out"

# The captures of this project, cut short at every tenth of their length.
good=$here/../pcaps/udp4-chain.pcapng
if [ -f "$good" ]; then
	size=$(stat -c %s "$good")
	broken=0
	for tenth in 1 2 3 4 5 6 7 8 9; do
		head -c $((size * tenth / 10)) "$good" > "$work/cut.pcapng"
		run "$TRUEROUTE" --read "$work/cut.pcapng"
		[ "$status" -le 2 ] || broken=$((broken + 1))
	done
	is "captures cut short: no crash" 0 "$broken"
	like "captures cut short: it is said" 'trueroute: ' "$err"
	like "captures cut short: the whole hops are shown" '^ 1  ' "$out"
	run "$TRUEROUTE" -n --read - < /dev/null
	is "an empty standard input: exit status" 2 "$status"
	out=$("$TRUEROUTE" -n --read - < "$good" 2> /dev/null)
	is "a capture from standard input" \
	    "$("$TRUEROUTE" -n --read "$good" 2> /dev/null)" "$out"
	"$TRUEROUTE" --read "$good" > /dev/full 2> "$work/err"
	is "a full disk: exit status" 3 $?
	like "a full disk: it is said" 'No space left' "$(cat "$work/err")"
fi

if ! built_with libevent; then
	run "$TRUEROUTE" 127.0.0.1
	is "a build that cannot trace: exit status" 3 "$status"
	like "a build that cannot trace: why" 'no libevent' "$err"
	done_testing
fi
refused "a name that is none" 2 'nosuch\.invalid' "$TRUEROUTE" nosuch.invalid
# It does not reach the terminal as it is.
run "$TRUEROUTE" "$(printf 'bad\033[31mname')"
is "an escape sequence for a host: exit status" 2 "$status"
unlike "an escape sequence for a host: made safe" "$(printf '\033')" "$err"

# As an ordinary user, without the capability: a copy has none.
cp "$TRUEROUTE" "$work/trueroute"
chmod 755 "$work/trueroute"
if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null; then
	err=$(setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$work/trueroute" 127.0.0.1 2>&1)
	status=$?
else
	err=$("$work/trueroute" 127.0.0.1 2>&1)
	status=$?
fi
is "no privilege: exit status" 3 "$status"
like "no privilege: what is missing" 'CAP_NET_RAW' "$err"
like "no privilege: the one command" 'setcap cap_net_raw\+p .*/trueroute' \
    "$err"

echo "old evidence" > "$work/old"
run "$TRUEROUTE" --write "$work/old" nosuch.invalid
is "a name that is none: the old capture stays" "old evidence" \
    "$(cat "$work/old")"
run "$TRUEROUTE" --write "$work/new" nosuch.invalid
is "a name that is none: no new file stays" no \
    "$([ -e "$work/new" ] && echo yes || echo no)"
run "$TRUEROUTE" --write "$work/no/such/folder/x" 127.0.0.1
is "a capture that cannot be written: exit status" 3 "$status"
like "a capture that cannot be written: why" 'No such file' "$err"
done_testing
