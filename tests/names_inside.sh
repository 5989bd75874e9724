#!/bin/bash
# Runs inside the simulator's namespaces, for tests/names.sh: a name server of
# its own, and traces with names across the network of $work/netFAMILY.  Prints
# "ok TEXT" or "no TEXT: DETAIL".
#
#	names_inside.sh 4|6
set -u

here=$(dirname "$0")
work=${work:?}
family=$1
names=$work/names$family
target=$([ "$family" = 4 ] && echo "$SIM_TARGET4" || echo "$SIM_TARGET6")
export LC_ALL=C

ok() { echo "ok IPv$family: $1"; }
no() { echo "no IPv$family: $1: ${2//$'\n'/ / }"; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else
	no "$1" "expected $2, seen $3"; fi; }
like() { if grep -Eq -- "$2" <<< "$3"; then ok "$1"; else
	no "$1" "no line like /$2/ in: $3"; fi; }
unlike() { if grep -Eq -- "$2" <<< "$3"; then
	no "$1" "a line like /$2/ in: $3"; else ok "$1"; fi; }

# --- the fixture ------------------------------------------------------------

# These files are others in here alone: the host's resolver is out of reach.
own_file() {			# own_file PATH < CONTENT; 1: there is no such
	local own=$work/own-${1##*/} real
	cat > "$own"
	real=$(realpath -e "$1" 2> /dev/null) || return 1
	# The simulator's file is gone; nothing can be mounted on that.
	if grep -q "//deleted $real " /proc/self/mountinfo; then
		umount "$real"
	fi
	mount --bind "$own" "$real"
}

# resolver ADDRESS...: names are asked there.
resolver() {
	printf 'nameserver %s\n' "$@" > "$work/own-resolv.conf"
}

# serve NAME ADDRESS ZONE: the log is $work/NAME.log.
serve() {
	local told
	told=$("$here/name_server.py" --detach --listen "$2" \
	    --log "$work/$1.log" "$3") || exit 1
	servers="$servers ${told% *}"
}

# questions: what was asked of the main server since look_away, sorted: a line
# "TRANSPORT TYPE OWNER" for each.
questions() {
	sleep 0.05		# until what was just sent has been written down
	tail -n "+$((looked + 1))" "$work/main.log" | cut -d' ' -f2- | sort
}
look_away() {
	sleep 0.05
	looked=$(wc -l < "$work/main.log")
}
looked=0

own_file /etc/resolv.conf < /dev/null || {
	no "the fixture" "/etc/resolv.conf cannot be another in here"
	exit
}
own_file /etc/hosts <<< "10.0.47.1 hosts-file.example" || true
own_file /etc/nsswitch.conf <<< "hosts: files dns" || true
servers=
# shellcheck disable=SC2064,SC2086 # words; as it is then
trap 'kill $servers' EXIT
echo '* silent' > "$work/silent"
serve main 127.0.0.1 "$work/zone$family"
serve silent 127.0.0.2 "$work/silent"
resolver 127.0.0.1

# --- what is run ------------------------------------------------------------

# trace ARGUMENT...: sets out, err, status, took (ms).
trace() {
	local start=${EPOCHREALTIME/./}
	"$TRUEROUTE" -m 60 "$@" > "$work/out" 2> "$work/err" < /dev/null
	status=$?
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	out=$(tr -d '\0' < "$work/out")
	err=$(tr -d '\0' < "$work/err")
}

# quick TEXT MS WITHOUT ARGUMENT...: a trace that takes at most so many ms more
# than WITHOUT.  The machine may have been busy: of three, one has to.
quick() {
	local text=$1 most=$2 without=$3 added
	shift 3
	for _ in 1 2 3; do
		look_away
		trace "$@"
		added=$((took - without))
		[ $added -gt $((most + slack)) ] || break
	done
	if [ $added -le $((most + slack)) ]; then
		ok "$text: at most $most ms more than with -n"
	else
		no "$text: at most $most ms more than with -n" "$added"
	fi
}
slack=250			# ms
short=0.4			# s for names, where that is not the question

# well TEXT: what was run last ended well and had nothing to say.
well() {
	is "$1: exit status" 0 "$status"
	is "$1: nothing on standard error" "" "$err"
}

judge() { "$here/names_judge.py" "$@" 2>&1; }

line_of() { sed 1d <<< "$out" | grep -F "($1)"; }

quoted() { echo "${1//./\\.}"; }

# --- with and without names -------------------------------------------------

look_away
trace -n -q 3 "$target"
well "-n"
is "-n: nothing is asked" "" "$(questions)"
unlike "-n: no names" 'example' "$out"
off=$took

quick "names, some of them never answered" 1000 "$off" -q 3 "$target"
well "names"
is "names: each line is one of a hop, and harmless" "" \
    "$(judge text "$work/out")"
unlike "names: no lie is believed" 'lie\.example|192\.0\.2\.66' "$out"
hop=0
while IFS='|' read -r address says name; do
	hop=$((hop + 1))
	bare=$(quoted "$address")
	case $name in
	-*) name="($bare${name#-})" ;;
	\?) name='[^ ]+' ;;
	esac
	like "hop $hop, ${says:2:40}" "^ ?$hop  $name \\($bare\\)  " \
	    "$(line_of "$address")"
	# Not so what is repeated, or stands in /etc/hosts.
	case "$says $name" in
	*silent*|*delay*|*fail*|*refused*|*notimp*|*lie*|*garbage*|*cut*) ;;
	*hosts*) ;;
	*) echo "$address" ;;
	esac
done < "$names" > "$work/lines"
grep -E '^(ok|no) ' "$work/lines"
grep -Ev '^(ok|no) ' "$work/lines" | sort > "$work/once"
asked=$(questions)
is "names: what is answered at once is asked once" "" "$(grep '^udp PTR ' \
    <<< "$asked" | cut -d' ' -f3 | grep -Fx -f "$work/once" | sort |
    uniq -c | awk '$1 != 1')"
is "names: each was asked for" "" "$(comm -13 <(grep '^udp PTR ' \
    <<< "$asked" | cut -d' ' -f3 | sort -u) "$work/once")"
unlike "names: nobody else is asked about, nor for anything else" \
    "TXT|cymru| A |AAAA" "$asked"

# --- a dead server ----------------------------------------------------------

some=$((hop < 12 ? hop : 12))
trace -n -q 1 -m $some "$target"
off_some=$took
unroutable=$([ "$family" = 4 ] && echo 2001:db8::53 || echo 192.0.2.53)
dead() {			# dead TEXT SERVER WAIT MS
	resolver "$2"
	quick "$1" "$4" "$off_some" --dns-wait "$3" -q 1 -m $some "$target"
	is "$1: exit status" 1 "$status"
	is "$1: all hops, addresses for names" $some "$(sed 1d "$work/out" |
	    awk '$3 == "(" $2 ")"' | wc -l)"
}
dead "a silent server, --dns-wait 0.3" 127.0.0.2 0.3 300
dead "a silent server, --dns-wait 0" 127.0.0.2 0 0
dead "a closed port" 127.0.0.9 1 1000
dead "no way to the server" "$unroutable" 1 1000
if [ "$family" = 4 ]; then
	resolver 127.0.0.2
	quick "a silent server" 1000 "$off_some" -q 1 -m $some "$target"
	resolver 127.0.0.2 127.0.0.1
	quick "the first of two is dead" 1000 "$off_some" -q 1 -m 1 "$target"
	like "the first of two is dead: the second is asked" \
	    ' r1\.example ' "$out"
fi
resolver 127.0.0.1

# --- a hop that is further away than names are waited for ---------------------

if [ "$family" = 4 ]; then
	trace -q 1 -f 2 -m 2 11.98.0.1
	like "a slow hop: its name is waited for as that of any other" \
	    '^ 2  far\.example \(11\.98\.0\.1\)  2[2-9]' "$out"
	resolver 127.0.0.2
	trace -q 1 -m 2 11.98.0.1
	like "a slow hop, a silent server: it is traced" \
	    '^ 2  11\.98\.0\.1 \(11\.98\.0\.1\)  2[2-9]' "$out"
	is "a slow hop, a silent server: by then nobody is waited for" yes \
	    "$([ $took -lt 3000 ] && echo yes || echo "$took")"
	resolver 127.0.0.1
fi

# --- as tcptraceroute ---------------------------------------------------------

if [ "$family" = 4 ]; then
	ln -sf "$(realpath "$TRUEROUTE")" "$work/tcptraceroute"
	look_away
	out=$("$work/tcptraceroute" -m 60 -q 1 "$target" 2> /dev/null)
	like "as tcptraceroute: names" '^ 1  r1\.example \(11\.0\.1\.1\)' "$out"
	unlike "as tcptraceroute: none of private addresses" \
	    'private\.example' "$out"
	unlike "as tcptraceroute: nor are they asked for" 'PTR 10\.0\.42\.1' \
	    "$(questions)"
	out=$("$work/tcptraceroute" -N -m 60 -q 1 "$target" 2> /dev/null)
	like "as tcptraceroute, -N: of private ones too" \
	    'private\.example \(10\.0\.42\.1\)' "$out"
fi

# --- what becomes of those who ask -------------------------------------------

# All is traced, and names are awaited, when this happens to it.
meanwhile() {			# meanwhile TEXT WHAT-HAPPENS
	local start=${EPOCHREALTIME/./} children child
	"$TRUEROUTE" --dns-wait 60 -m 5 "$target" > "$work/out" \
	    2> "$work/err" < /dev/null &
	pid=$!
	for _ in {1..50}; do
		sleep 0.1
		read -r children < "/proc/$pid/task/$pid/children"
		[ "$(wc -l < "$work/silent.log")" -le "$silent_before" ] ||
			break
	done
	sleep 0.3
	eval "$2"
	wait "$pid"
	status=$?
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	is "$1: exit status" 1 "$status"
	is "$1: all hops, addresses for names" 5 "$(sed 1d "$work/out" |
	    awk '$3 == "(" $2 ")"' | wc -l)"
	is "$1: at once" yes "$([ $took -lt 7000 ] && echo yes || echo "$took")"
	is "$1: only how it ended is said" 1,1 "$(grep -c 'not reached' \
	    "$work/err"),$(wc -l < "$work/err")"
	for child in $children; do
		is "$1: nobody is left" gone \
		    "$([ -d "/proc/$child" ] && echo there || echo gone)"
	done
}
resolver 127.0.0.2
silent_before=$(wc -l < "$work/silent.log")
# shellcheck disable=SC2016 # later
meanwhile "the process that asks is killed" 'kill -KILL ${children}'
silent_before=$(wc -l < "$work/silent.log")
# shellcheck disable=SC2016 # later
meanwhile "Ctrl-C while only names are awaited" 'kill -INT $pid'
resolver 127.0.0.1

# --- names that are verified ------------------------------------------------

quick "--verify-names" 400 "$off" --dns-wait $short -q 1 --verify-names \
    "$target"
well "--verify-names"
like "--verify-names: a name that points back" ' r1\.example \(' "$out"
unlike "--verify-names: one that points elsewhere" 'claims\.example' "$out"
unlike "--verify-names: one of which that is not to be known" \
    'Mixed\.Example' "$out"
is "--verify-names: each line is harmless" "" "$(judge text "$work/out")"

# --- origin AS --------------------------------------------------------------

quick "AS" 400 "$off" --dns-wait $short -q 1 -A --asn=cymru "$target"
well "AS"
is "AS: each line is harmless" "" "$(judge text "$work/out")"
asked=$(questions)
if [ "$family" = 4 ]; then
	is "AS: who is asked about" "$(sort <<< "$(printf 'origin:%s\n' \
	    11.0.{1..41}.1 11.99.0.1)")" \
	    "$(grep -o 'origin:.*' <<< "$asked" | sort -u)"
	while read -r address origin; do
		is "AS: $address" "$origin" "$(line_of "$address" |
		    sed 's/.*) \(\[[^]]*]\)  .*/\1/')"
	done <<-'EOT'
	11.0.1.1 [AS64500]
	11.0.2.1 [AS64500/AS64501]
	11.0.3.1 [AS64500]
	11.0.4.1 [AS4294967295]
	11.0.5.1 [*]
	11.0.6.1 [*]
	11.0.7.1 [*]
	11.0.8.1 [*]
	11.0.9.1 [*]
	11.0.10.1 [*]
	11.0.11.1 [*]
	11.0.12.1 [*]
	11.0.13.1 [AS64502]
	11.0.14.1 [*]
	11.99.0.1 [*]
	EOT
else
	is "AS: who is asked about" "origin:2400:1::1 origin:2400:2::1 \
origin:2400:3::1 origin:2400:6::1 origin:2400:99::1" \
	    "$(grep -o 'origin:.*' <<< "$asked" | sort -u | xargs)"
	like "AS: known" ' \(2400:1::1\) \[AS64500\]  ' "$out"
	like "AS: not known" ' \(2400:2::1\) \[\*\]  ' "$out"
fi
while read -r address; do
	unlike "AS: $address is nobody's, and not sent out" \
	    "\[AS|origin:$(quoted "$address")" \
	    "$(line_of "$address"; grep -F "$address" <<< "$asked")"
done < <(grep -E '^(10|100|192|172|169|fd00|2001)[.:]' "$names" | cut -d'|' -f1)
is "AS: the holder is asked for once" 1 \
    "$(grep -ci ' as64500\.asn\.cymru\.com$' <<< "$asked")"
look_away
trace -n -q 1 -A --asn=cymru -m 2 "$target"
unlike "AS, -n: no names are asked for" 'PTR' "$(questions)"
like "AS, -n: AS are" '^ 1  [^ ]+ \[AS64500\]  ' "$out"

# --- JSON, DOT, and a replay that needs nobody ------------------------------

if "$TRUEROUTE" --version | grep -q '^with .*jansson'; then
	trace --dns-wait $short -q 1 -j -A --asn=cymru --verify-names \
	    --write "$work/saved" "$target"
	cp "$work/out" "$work/live"
	well "JSON"
	is "JSON: whole, and harmless" "" "$(judge json "$work/live")"
	first=$(head -n 1 "$names" | cut -d'|' -f1)
	is "JSON: name, origin, holder and source" "" "$(judge knows \
	    "$work/live" "$first" r1.example 64500 'EXAMPLE-AS, US' cymru)"
	[ "$family" = 6 ] || is "JSON: several origins" "" \
	    "$(judge knows "$work/live" 11.0.2.1 64500 64501)"
	unlike "JSON: no lie is believed" 'lie\.example' "$out"
	# "none" is what a name server says; where it does not, none is known.
	[ "$family" = 6 ] || while read -r address came; do
		is "JSON: what came of asking for $address" "$came" \
		    "$(jq -r --arg address "$address" '.hosts[] |
		    select(.address == $address) | .name_lookup' \
		    "$work/live")"
	done <<-'EOT'
	11.0.1.1 found
	11.0.4.1 unanswered
	11.0.5.1 none
	11.0.6.1 none
	11.0.7.1 unanswered
	11.0.8.1 unanswered
	11.0.9.1 unanswered
	11.0.25.1 unanswered
	11.0.29.1 none
	11.0.38.1 unanswered
	10.0.47.1 found
	EOT

	if [ "$family" = 4 ]; then
		look_away
		trace --dns-wait $short -q 1 --privacy 2 11.97.0.1
		like "--privacy: the same one at hop 2 and 3" \
		    '^ 3  240\.2\.0\.1 ' "$out"
		is "--privacy: what is masked is not asked about" \
		    "udp PTR 11.97.0.1" "$(questions)"
	fi

	resolver 127.0.0.9
	look_away
	trace -j --read "$work/saved"
	if cmp "$work/live" "$work/out" > "$work/differs" 2>&1; then
		ok "replay: the same JSON"
	else
		no "replay: the same JSON" "$(cat "$work/differs")"
	fi
	trace --read "$work/saved"
	like "replay: names in text" ' r1\.example \(' "$out"
	unlike "replay: no AS unless they are asked for" '\[AS' "$out"
	trace -A --read "$work/saved"
	like "replay -A: AS in text" ' r1\.example .*\) \[AS64500\]  ' "$out"
	trace -n --read "$work/saved"
	unlike "replay -n: no names" 'example' "$out"
	is "replay: nothing is asked" "" "$(questions)"
	resolver 127.0.0.1
else
	echo "skip IPv$family, JSON and replay: this build has no jansson"
fi

trace --dns-wait $short --multipath --dot "$target"
well "DOT"
like "DOT: names" 'r1\.example' "$out"
unlike "DOT: no lie is believed" 'lie\.example' "$out"
if command -v dot > /dev/null; then
	is "DOT: dot takes it" "" "$(dot -Tsvg "$work/out" 2>&1 \
	    > "$work/svg")"
	is "DOT: a picture comes of it" 0 "$(grep -q '</svg>' "$work/svg";
	    echo $?)"
else
	echo "skip IPv$family, DOT: dot is not there"
fi
