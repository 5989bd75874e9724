#!/bin/bash
# Origin AS, places and exchange points from files, as a user has them: across
# a simulated network, behind its tun device, and in a replay.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_scenarios

cat > "$work/origins" <<'EOT'
# by hand
10.0.0.0/16 AS64509 Around
10.0.1.0/24 AS64500 Example One
10.0.2.0/24 AS64501/AS64502
10.99.0.0/16 64503 "Target"
EOT
echo '10.0.4.0/24 TEST-IX' > "$work/exchanges"
across_options=(-q 1 -n)
across_to=(target)
net=$nets/diamond4.net

# --- what is shown --------------------------------------------------------------

across "$net" --asn="file:$work/origins"
is "text: exit status" 0 "$status"
like "text: an AS" '^ 1  10\.0\.1\.1 \[AS64500\]  ' "$out"
like "text: several" '^ 2  10\.0\.2\.1 \[AS64501/AS64502\]  ' "$out"
like "text: the longest prefix" '^ 3  10\.0\.3\.1 \[AS64509\]  ' "$out"
like "text: the target" '^ 6  10\.99\.0\.1 \[AS64503\]  ' "$out"
is "text: nothing else is said" "" "$err"
shown=$out
TRUEROUTE_ASN=file:$work/origins across "$net" -A
is "-A, from the environment: the same" "$shown" "$out"
echo '10.0.1.0/24 AS64510' > "$work/more"
across "$net" --asn="file:$work/more" --asn="file:$work/origins"
like "two files: of the same prefix the first counts" \
    '^ 1  10\.0\.1\.1 \[AS64510\]  ' "$out"
like "two files: the second has the rest" '\[AS64501/AS64502\]' "$out"
echo '10.0.0.0/16 AS64509' > "$work/more"
echo '2001:db8::/32 AS64500' >> "$work/more"
across "$nets/balancers.net" -6 --asn="file:$work/more"
like "not known" '^ 1  fd00:1::1 \[\*\]  ' "$out"
across "$net" -A --asn=off
unlike "--asn=off" '\[' "$out"
TRUEROUTE_ASN='' across "$net" -A
if grep -q 'there is no file of origin AS' <<< "$err"; then
	like "-A with no file: noted, and the trace goes on" \
	    '^ 1  10\.0\.1\.1 \[\*\]  ' "$out"
else
	like "-A: the file that is there" '^ 1  10\.0\.1\.1 \[' "$out"
fi
across "$net" --asn="file:$work/origins" --ixp "$work/exchanges" --explain
like "the AS path" 'AS64500 > AS64501/AS64502 > AS64509 > IX TEST-IX' \
    "$(tr -s ' \n' ' ' <<< "$out")"
like "the border" 'hands over to AS64509 .* between hop 2 and 3' \
    "$(tr -s ' \n' ' ' <<< "$out")"
across "$net" --explain
unlike "no AS path unless it is asked for" 'AS path' "$out"

# --- JSON -----------------------------------------------------------------------

if built_with jansson; then
	across "$net" --json --asn="file:$work/origins" \
	    --ixp "$work/exchanges"
	host() { jq -c ".hosts[] | select(.address == \"$1\") | $2" <<< "$out"; }
	is "JSON: number, prefix, holder, source" \
	    '{"status":"found","asns":[64500],"prefix":"10.0.1.0/24","holder":"Example One","source":"origins"}' \
	    "$(host 10.0.1.1 .origin)"
	is "JSON: several" '[64501,64502]' "$(host 10.0.2.1 .origin.asns)"
	is "JSON: a bogon is one" '"private"' "$(host 10.0.1.1 .special)"
	is "JSON: the exchange" '"TEST-IX"' "$(host 10.0.4.1 .exchange)"
	across "$net" --json
	is "JSON: nothing is told that was not asked for" null \
	    "$(host 10.0.1.1 .origin)"

	# Saved without, shown with.
	across "$net" --write "$work/saved"
	run "$TRUEROUTE" -n --read "$work/saved" \
	    --asn="file:$work/origins"
	is "a replay: from a file, the same" "$shown" "$out"
	across "$net" --write "$work/saved" --asn="file:$work/origins"
	run "$TRUEROUTE" -n -A --read "$work/saved"
	is "a replay: from the capture, the same" "$shown" "$out"
fi

# --- places ---------------------------------------------------------------------

if [ -x ./tests/make_mmdb ] && built_with libmaxminddb; then
	cat > "$work/lines" <<-'EOT'
	10.0.1.0/24 country.iso_code=DE city.names.en="Bonn"
	10.0.2.0/24 country_code=FR
	EOT
	if ./tests/make_mmdb "$work/places.mmdb" < "$work/lines" \
	    2> "$work/err"; then
		across "$net" --geo "$work/places.mmdb"
		like "--geo: a place" '^ 1  10\.0\.1\.1 \{DE, Bonn\}  ' "$out"
		like "--geo: a country" '^ 2  10\.0\.2\.1 \{FR\}  ' "$out"
		like "--geo: none" '^ 3  10\.0\.3\.1  ' "$out"
	else
		fail "--geo: a file to look into" "$(cat "$work/err")"
	fi
else
	skip "--geo" "no libmaxminddb, or nothing to make a file with"
fi

# --- live -----------------------------------------------------------------------

if built_with libevent; then
	# On a busy machine answers may be late; that is not the question.
	sim=$("$TRUEROUTE_SIM" "$net" -- "$TRUEROUTE" -n -q 1 -w 5 \
	    --asn="file:$work/origins" 10.99.0.1 2> "$work/err")
	if [ $? -eq 77 ]; then
		skip "live" "$(cat "$work/err")"
	else
		like "live: an AS" '^ 1  10\.0\.1\.1 \[AS64500\]  ' "$sim"
		like "live: the target" '^ 6  10\.99\.0\.1 \[AS64503\]  ' \
		    "$sim"
	fi
fi

# --- files that are not right -----------------------------------------------------

gone() {			# gone TEXT PATTERN ARGUMENT...
	refused "$1" 2 "$2" "$TRUEROUTE" -n --simulate "$net" "${@:3}" target
}
gone "a file that is not there" "^trueroute: $work/none: " \
    --asn="file:$work/none"
gone "a folder" "^trueroute: $work is no file" --asn="file:$work"
echo 'a line of words' > "$work/words"
gone "no table" "^trueroute: $work/words, line 1: .* is not understood" \
    --asn="file:$work/words"
printf '\037\213\010\000' > "$work/packed"
gone "a compressed one" 'gunzip|decompress' --asn="file:$work/packed"
gone "no exchange points" "^trueroute: $work/none: " --ixp "$work/none"
gone "no places" "^trueroute: $work/(none|words)" --geo "$work/words"
: > "$work/empty"
gone "an empty one" "^trueroute: $work/empty" --asn="file:$work/empty"
{ cat "$work/origins"; printf '10.0.5.0/24 \033[31mAS\n'; } > "$work/damaged"
across "$net" --asn="file:$work/damaged"
is "a line that is not understood: exit status" 0 "$status"
like "a line that is not understood: which" "$work/damaged.*6" "$err"
is "a line that is not understood: the rest counts" "$shown" "$out"
done_testing
