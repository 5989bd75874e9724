#!/bin/bash
# Runs inside the lab's prober: each trace is saved, replayed, and held
# against tshark.  Prints "ok TEXT" or "no TEXT: DETAIL".
set -u

here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=$LAB_TOPOLOGY

# Where two lines of JSON part, and how they go on there.
difference() {
	local at
	at=$(cmp "$1" "$2" 2>&1 | sed -n 's/.* byte \([0-9]*\),.*/\1/p')
	at=$((${at:-1} > 120 ? at - 120 : 1))
	echo "live ...$(tail -c "+$at" "$1" | head -c 240)" \
	    "replayed ...$(tail -c "+$at" "$2" | head -c 240)"
}

tshark=no
command -v tshark > /dev/null && tshark=yes
schema=no
/usr/bin/python3 -c 'import jsonschema' 2> /dev/null && schema=yes

for target in "$LAB_TARGET4" "$LAB_TARGET6"; do
	for how in -U\ -p33434 -I -T -T\ -p8443 --classic; do
		what="$name: ${how% *} $target"
		[ "$how" = "-T -p8443" ] && what="$name: -T -p 8443 $target"
		# shellcheck disable=SC2086
		"$TRUEROUTE" --json -w 0.6,3,10 -m 8 $how \
		    --write "$work/saved.pcapng" "$target" > "$work/live" \
		    2> "$work/live.notes"
		live=$?
		"$TRUEROUTE" --json --read "$work/saved.pcapng" \
		    > "$work/replayed" 2> "$work/replayed.notes"
		replayed=$?
		if [ -s "$work/live" ] &&
		    cmp -s "$work/live" "$work/replayed"; then
			echo "ok $what: live and replayed are the same"
		else
			echo "no $what: live and replayed differ:" \
			    "$(cat "$work/live.notes" "$work/replayed.notes")" \
			    "$(difference "$work/live" "$work/replayed")"
		fi
		if [ "$live" -eq "$replayed" ]; then
			echo "ok $what: the same exit status"
		else
			echo "no $what: exit $live live, $replayed replayed"
		fi
		if [ "$tshark" = yes ]; then
			if said=$("$here/tshark_agrees.py" \
			    "$work/saved.pcapng" "$work/live"); then
				echo "ok $what: tshark agrees"
			else
				echo "no $what: ${said//$'\n'/; }"
			fi
		fi
		if [ "$schema" = yes ]; then
			if said=$("$here/schema_check.py" \
			    "$here/../doc/trueroute.schema.json" \
			    "$work/live" 2>&1); then
				echo "ok $what: the schema is met"
			else
				echo "no $what: ${said//$'\n'/; }"
			fi
		fi
	done
done
[ "$tshark" = yes ] || echo "skip $name: tshark is not there"
[ "$schema" = yes ] || echo "skip $name: python3-jsonschema is not there"
exit 0
