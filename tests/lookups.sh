#!/bin/bash
# Files of origin AS and of places, held against other readers of the same
# files: tables made at random with prefixes in each other, and, where npm can
# get them and REAL_TABLE is set, the real ones.  bench/lookup does it on a
# larger scale.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
command -v python3 > /dev/null || skip_all 'there is no python3 to judge by'
lookups=./bench/lookups
[ -x $lookups ] || skip_all "no program at $lookups"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8

judge() {
	run python3 "$here/lookup_judge.py" "$@"
}

# agrees TEXT: the judge's verdict.
agrees() {
	if [ "$status" -eq 0 ]; then
		pass "$1: ${out##*$'\n'}"
	else
		fail "$1" "$out" "$err"
	fi
}

# --- generated --------------------------------------------------------------

judge generate 1 3000 16000 "$work"
is "a table is generated" 0 "$status"
for form in hand caida ris; do
	$lookups -a "$work/$form.txt" < "$work/addresses" > "$work/said"
	judge prefixes "$work/hand.txt" "$work/said"
	agrees "prefixes in each other, $form"
done

mmdb=no
for bits in 24 28 32; do
	./tests/make_mmdb -r $bits "$work/$bits.mmdb" < "$work/mmdb.lines"
	$lookups -a "$work/$bits.mmdb" < "$work/addresses" \
	    > "$work/said" 2> "$work/err"
	if grep -q 'has no libmaxminddb' "$work/err"; then
		skip "MMDB, $bits bits" 'this build has no libmaxminddb'
		continue
	fi
	mmdb=yes
	judge mmdb "$work/$bits.mmdb" "$work/said"
	agrees "prefixes in each other, MMDB of $bits bits"
done

# What mmdblookup says, of some of them: it is a process for each.
if [ $mmdb = no ] || ! command -v mmdblookup > /dev/null; then
	skip "mmdblookup agrees" 'no libmaxminddb, or no mmdblookup'
else
	shuf -n 60 --random-source="$work/hand.txt" "$work/addresses" \
	    > "$work/some"
	while read -r address; do
		asn=$(mmdblookup -f "$work/24.mmdb" -i "$address" \
		    autonomous_system_number 2> /dev/null |
		    sed -n 's/^ *\([0-9]*\) <uint32>.*/\1/p')
		echo "$address ${asn:+[AS$asn]}"
	done < "$work/some" | sed 's/ $/ [*]/' > "$work/expected"
	is "mmdblookup agrees on 60 addresses" "$(cat "$work/expected")" \
	    "$($lookups -a "$work/24.mmdb" < "$work/some" |
	    awk -F'\t' '{ print $1, $2 }')"
fi

# --- real -------------------------------------------------------------------

real='the real table of @ip-location-db/asn'
if [ -z "${REAL_TABLE:-}" ]; then
	skip "$real" 'it is fetched where REAL_TABLE is set: 19 MB'
elif ! command -v npm > /dev/null; then
	skip "$real" 'there is no npm'
elif ! (cd "$work" && timeout 60 npm pack --silent @ip-location-db/asn &&
    tar xzf ip-location-db-asn-*.tgz) > "$work/npm" 2>&1; then
	skip "$real" 'npm does not get it'
else
	set -- "$work"/package/asn-ipv4.csv "$work"/package/asn-ipv6.csv
	judge addresses 2 20000 "$@"
	printf '%s\n' "$out" > "$work/addresses"
	$lookups -a "$1" -a "$2" < "$work/addresses" > "$work/said"
	judge ranges "$@" -- "$work/said" 5
	agrees "$real"
fi
done_testing
