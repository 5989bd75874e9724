#!/bin/bash
# How trueroute survey gathers its targets, as --list prints them, and what it
# says of what it leaves out or refuses.  Nothing is sent.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
# Where no name server answers, names are given up soon.
export RES_OPTIONS="timeout:1 attempts:1"

# list ARGUMENT...: sets what run does.
list() {
	run "$TRUEROUTE" survey --list --seed 1 "$@"
}

# listed TEXT "TARGET..." ARGUMENT...: these targets, in any order, and nothing
# on standard error.
listed() {
	local text=$1 wanted=$2
	shift 2
	list "$@"
	is "$text" "$(tr ' ' '\n' <<< "$wanted" | sort)" "$(sort <<< "$out")"
	is "$text: exit status" 0 "$status"
	is "$text: nothing is said" "" "$err"
}

# --- what they are ----------------------------------------------------------

listed "addresses" "8.8.8.8 2001:4860::1" 8.8.8.8 2001:4860::1
listed "a prefix" "8.8.8.0 8.8.8.1 8.8.8.2 8.8.8.3" 8.8.8.1/30
listed "a range" "8.8.8.254 8.8.8.255 8.8.9.0" 8.8.8.254-8.8.9.0
listed "what is given twice" "8.8.8.0 8.8.8.1" 8.8.8.0/31 8.8.8.1 8.8.8.1
listed "IPv6" "2001:4860::4 2001:4860::5" 2001:4860::4/127

printf '%s\n' '# lab' '8.8.8.8 dns' '' '9.9.9.8/31' > "$work/one"
printf '%s\r\n' '8.8.4.4 - 8.8.4.5' '2001:4860::1' > "$work/two"
all="8.8.8.8 9.9.9.8 9.9.9.9 8.8.4.4 8.8.4.5 2001:4860::1"
listed "files" "$all" --targets "$work/one" --targets "$work/two"
listed "a file and an operand" "1.1.1.1 8.8.8.8 9.9.9.8 9.9.9.9" \
    --targets "$work/one" 1.1.1.1
out=$("$TRUEROUTE" survey --list --seed 1 < "$work/one" 2>&1)
is "standard input" "8.8.8.8 9.9.9.8 9.9.9.9" "$(sort <<< "$out" | xargs)"
out=$("$TRUEROUTE" survey --list --seed 1 --targets "$work/two" --targets - \
    < "$work/one" 2>&1)
is "standard input and a file" "$(tr ' ' '\n' <<< "$all" | sort)" \
    "$(sort <<< "$out")"
listed "standard input is not read beside an operand" 8.8.8.8 8.8.8.8

list -4 --targets "$work/one" --targets "$work/two"
is "-4 with a list of both" 5 "$(wc -l <<< "$out")"
is "-4 with a list of both: what is said" "trueroute survey: -4: lines of \
IPv6, which are left out: 1" "$err"
list -6 --targets "$work/one" --targets "$work/two"
is "-6 with a list of both" 2001:4860::1 "$out"

# --- what is left out -------------------------------------------------------

list 8.8.8.0/29 --exclude 8.8.8.0/30 --exclude 8.8.8.5-8.8.8.6
is "--exclude" "8.8.8.4 8.8.8.7" "$(sort <<< "$out" | xargs)"
is "--exclude: what is said" \
    "trueroute survey: addresses that are left out: 6 by --exclude" "$err"
printf '%s\n' '# asked for by mail' '8.8.8.0/30' '8.8.8.7' > "$work/out"
list 8.8.8.0/29 --exclude-from "$work/out"
is "--exclude-from" "8.8.8.4 8.8.8.5 8.8.8.6" "$(sort <<< "$out" | xargs)"
out=$("$TRUEROUTE" survey --list 8.8.8.6/31 --exclude-from - \
    < "$work/out" 2> /dev/null)
is "--exclude-from -" 8.8.8.6 "$out"
: > "$work/nothing"
listed "an empty list of exclusions" 8.8.8.8 8.8.8.8 \
    --exclude-from "$work/nothing"
listed "exclusions that meet nothing" 8.8.8.8 8.8.8.8 \
    --exclude 9.9.9.9

list 10.0.0.0/8 8.8.8.8 224.0.0.1 fe80::1
is "special addresses" 8.8.8.8 "$out"
is "special addresses: what is said" "trueroute survey: addresses that are \
left out: 16777218 special by RFC 6890 (--special takes such)" "$err"
listed "--special" "10.0.0.1 224.0.0.1 fe80::1" --special 10.0.0.1 224.0.0.1 \
    fe80::1
list 8.8.8.8 10.0.0.1 --exclude 8.8.8.8/32 9.9.9.9
is "both: what is said" "trueroute survey: addresses that are left out: 1 by \
--exclude, 1 special by RFC 6890 (--special takes such)" "$err"

# --- one in each prefix -----------------------------------------------------

list --special --per-prefix /24 10.0.0.0/8
is "--per-prefix: how many" 65536 "$(wc -l <<< "$out")"
is "--per-prefix: one in each" 65536 \
    "$(cut -d. -f1-3 <<< "$out" | sort -u | wc -l)"
is "--per-prefix: no network's and no broadcast address" 0 \
    "$(grep -Ec '\.(0|255)$' <<< "$out")"
listed "--per-prefix of single addresses" "8.8.8.8 9.9.9.9" \
    --per-prefix 24 8.8.8.8 9.9.9.9
list --per-prefix /24,/48 8.8.0.0/16 2001:4860::/44 --exclude 8.8.0.0/17
is "--per-prefix of both families" "128 16" \
    "$(grep -c '^8' <<< "$out") $(grep -c : <<< "$out")"

# --- their order ------------------------------------------------------------

list 8.8.0.0/22 9.9.9.9
first=$out
list 9.9.9.9 8.8.2.0/23 8.8.0.0/23
is "the order: the same however it is given" "$first" "$out"
is "the order: none is there twice" 1025 "$(sort -u <<< "$first" | wc -l)"
list --seed 2 9.9.9.9 8.8.0.0/22
is "the order: another by another seed" no \
    "$([ "$first" = "$out" ] && echo yes || echo no)"
is "the order: of the same" "$(sort <<< "$first")" "$(sort <<< "$out")"
near=$(awk -F. 'NR > 1 && $1 "." $2 "." $3 == last { n++ }
    { last = $1 "." $2 "." $3 } END { print (n < 400) }' <<< "$first")
is "the order: not by network" 1 "$near"

# --- names ------------------------------------------------------------------

list -4 --special localhost
is "a name" 127.0.0.1 "$out"
printf '%s\n' 8.8.8.8 localhost nosuch.invalid nosuch.invalid > "$work/names"
list -4 --special --targets "$work/names"
is "names in a list" "127.0.0.1 8.8.8.8" "$(sort <<< "$out" | xargs)"
is "names in a list: exit status" 0 "$status"
like "a name without an address: it is said" \
    '^trueroute survey: cannot resolve nosuch\.invalid: .*; it is left out$' \
    "$err"
is "a name without an address: asked for once" 1 "$(wc -l <<< "$err")"
refused "an operand without an address" 2 '^trueroute survey: cannot resolve nosuch\.invalid: ' \
    "$TRUEROUTE" survey --list 8.8.8.8 nosuch.invalid
for i in $(seq 12); do
	echo "nosuch$i.invalid"
done > "$work/many"
list 8.8.8.8 --targets "$work/many"
is "many names without an address: some are told of" 10 \
    "$(grep -c '; it is left out$' <<< "$err")"
like "many names without an address: and how many there are" \
    'names without an address, which are left out: 12 in all$' "$err"

# --- what is wrong ----------------------------------------------------------

printf '%s\n' 8.8.8.8 8.8.8.300 nonsense/3 > "$work/damaged"
list --targets "$work/damaged"
is "damaged lines: the others are taken" 8.8.8.8 "$out"
is "damaged lines: what is said" "trueroute survey: $work/damaged: 2 lines are \
left out, the first is line 2: \"8.8.8.300\"" "$err"
refused "exclusions that are damaged" 2 'line 2: "8\.8\.8\.300" is not understood' \
    "$TRUEROUTE" survey --list 1.1.1.1 --exclude-from "$work/damaged"
refused "a name in exclusions" 2 '"localhost" is not understood' \
    "$TRUEROUTE" survey --list 1.1.1.1 --exclude-from <(echo localhost)
refused "a file that is not there" 2 'targets: .*/missing: No such file' \
    "$TRUEROUTE" survey --list --targets "$work/missing"
refused "exclusions that are not there" 2 \
    'exclude-from: .*/missing: No such file' \
    "$TRUEROUTE" survey --list 8.8.8.8 --exclude-from "$work/missing"
refused "a folder" 2 'is a folder: a file is wanted' \
    "$TRUEROUTE" survey --list --targets "$work"
refused "an empty file" 2 'has no line in it' \
    "$TRUEROUTE" survey --list --targets "$work/nothing"
refused "an empty standard input" 2 'standard input has no line in it' \
    "$TRUEROUTE" survey --list
gzip -c "$work/one" > "$work/one.gz"
refused "a compressed file" 2 'is compressed: gunzip it first' \
    "$TRUEROUTE" survey --list --targets "$work/one.gz"
refused "a file as an operand" 2 '; a file is read by --targets FILE$' \
    "$TRUEROUTE" survey --list "$work/one"
refused "too many" 2 '2\^127 targets or more' \
    "$TRUEROUTE" survey --list --special ::/0
list 10.0.0.1
is "none is left: exit status" 2 "$status"
like "none is left: it is said" 'no target is left' "$err"
like "none is left: and why" '1 special' "$err"
run "$TRUEROUTE" survey --list "$(printf '8.8.8.8\033[31m')"
unlike "an escape sequence: made safe" "$(printf '\033')" "$err"
"$TRUEROUTE" survey --list 8.8.0.0/16 > /dev/full 2> "$work/err"
is "a full disk: exit status" 3 $?
like "a full disk: it is said" 'No space left|cannot write' \
    "$(cat "$work/err")"
if command -v script > /dev/null; then
	out=$(script -qec "$TRUEROUTE survey" /dev/null < /dev/null 2>&1)
	is "nothing given, on a terminal: exit status" 2 $?
	like "nothing given, on a terminal: what is wanted" \
	    'no target is given: .*--targets FILE' "$out"
else
	skip "nothing given, on a terminal" "script is not there"
fi

# --- the command ------------------------------------------------------------

run "$TRUEROUTE" survey --help
is "survey --help: exit status" 0 "$status"
like "survey --help: says how" '^Usage: trueroute survey ' "$out"
run "$TRUEROUTE" --help
like "--help: names the survey" 'trueroute survey .*survey --help' "$out"
refused "an option of a trace" 2 'trueroute --explain HOST' \
    "$TRUEROUTE" survey --list --explain 192.0.2.1
refused "no limit" 2 'max is no rate.*0\.1 to 1000000' \
    "$TRUEROUTE" survey --list --rate max 192.0.2.1
done_testing
