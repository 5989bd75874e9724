#!/bin/bash
# What the replies tell: each finding on a network that has it, and none on one
# that nearly has it; how it is shown, saved, and read again.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A chain of eight routers; lines for them come from the caller.
#	network NAME [ROUTER:PROPERTY | link:FROM:OPTIONS | line:TEXT]...
network() {
	local file=$work/$1.net one router text
	declare -A lines=() links=()
	local more=
	shift
	for one; do
		router=${one%%:*} text=${one#*:}
		case $router in
		link) links[${text%%:*}]=${text#*:} ;;
		line) more+=$text$'\n' ;;
		*) lines[$router]+="    $text"$'\n' ;;
		esac
	done
	{
		echo 'prober me 10.0.0.100 fd00::100'
		for router in 1 2 3 4 5 6 7 8; do
			echo "router r$router 10.0.$router.1 fd00:$router::1"
			printf '%s' "${lines[$router]:-}"
		done
		echo 'host target 10.99.0.1 fd00:99::1'
		printf '%s' "${lines[target]:-    tcp open 443$'\n'}"
		echo 'links delay 1ms'
		echo 'link me r1'
		for router in 1 2 3 4 5 6 7; do
			echo "link r$router r$((router + 1))" \
			    "${links[$router]:-}"
		done
		echo "link r8 target ${links[8]:-}"
		printf '%s' "$more"
	} > "$file"
}

# The codes and hops that are found, in one line.
found() {			# found NETWORK OPTION...
	local name=$1
	shift
	# shellcheck disable=SC2086 # no word, or one
	"$TRUEROUTE" -n --explain "$@" --simulate "$work/$name.net" \
	    "${host:-target}" ${size:-} 2> /dev/null > "$work/text"
	[ $? -le 1 ] || echo error
	sed -n 's/^      \([a-z.-]*\), \(certain\|likely\|possible\):.*/\1/p' \
	    "$work/text" | tr '\n' ' ' | sed 's/ $//'
}

# has CODE 'OPTIONS' LINE... -- LINE...: the first network has it and nothing
# else, the second has nothing.  OPTIONS are of both.
has() {
	local code=$1 options=$2
	local -a with=()
	shift 2
	while [ "$1" != -- ]; do
		with+=("$1")
		shift
	done
	shift
	network with "${with[@]}"
	network without "$@"
	# shellcheck disable=SC2086 # words
	is "$code: is found" "$code" "$(found with $options)"
	# shellcheck disable=SC2086
	is "$code: not where it is only nearly so" '' \
	    "$(found without $options)"
}

# --- what is quoted

has nat '' '3:nat source me to 192.0.2.7 mends nothing' -- \
    '3:nat source me to 192.0.2.7 mends all'
like "nat: the text" 'NAT between hop 3 and 4 translates the source address' \
    "$(found with > /dev/null; cat "$work/text")"
has nat -I '3:nat source me to 192.0.2.7 ports 500-600 mends nothing' -- \
    '3:nat source me to 192.0.2.7 ports 500-600 mends all'
has nat '-T -6' '3:nat source me to fd00:77::1 ports 500-600 mends nothing' -- \
    '3:nat source me to fd00:77::1 ports 500-600 mends all'
has rewritten.checksum '' '3:nat source me to 192.0.2.7 mends addresses' -- \
    '3:nat source me to 192.0.2.7 mends all'
has rewritten.sequence -T '3:rewrite sequence mends nothing' -- \
    '3:rewrite sequence mends all'
has rewritten.dscp '-t 4' '3:set tos 40' -- '3:set tos 4'
has ecn.bleached '-t 2' '3:clear ecn' -- '3:clear dscp'
has ecn.congestion '-t 2' '3:set tos 3' -- '3:set tos 2'
has ecn.changed '-t 2' '3:set tos 1' -- '3:clear dscp'
size=1400
has fragmented '' 'link:3:mtu 1300' -- 'link:3:mtu 1400'
size=
# A router may quote what it alone has changed: that says nothing of the way.
network alone '3:set tos 40' '4:set tos 0'
is "quote.altered: one hop alone quotes another type of service" \
    quote.altered "$(found alone)"

# --- tunnels

tunnel='r2 r3 r4 r5 r6'
has mpls.explicit '' "line:tunnel explicit $tunnel" -- \
    '3:extension interface in index 3 name labels' \
    '4:extension object 9 1 00000101'
has mpls.implicit '' "line:tunnel implicit $tunnel" -- \
    '3:like linux' '4:like cisco' '5:ttl 64'
network with "line:tunnel opaque $tunnel"
network without '4:extension labels 24000/0/200'
is "mpls.opaque: is found" mpls.opaque "$(found with)"
is "mpls.opaque: not by any high TTL of a label" mpls.explicit \
    "$(found without)"
has mpls.duplicate '' "line:tunnel invisible $tunnel uhp" -- \
    '4:reply from 10.0.44.1' '5:reply from 10.0.44.2'
has tunnel.suspected '' "line:tunnel invisible $tunnel" -- \
    '2:ttl 64' '3:ttl 128' '4:ttl 32'

# --- the route

diamond_way='line:router way 10.0.44.1 fd00:44::1'

has zero-ttl '' 3:zero-ttl -- '3:silent share 0%'
has loop '-m 20' '5:route target via r4' -- '5:route 10.98.0.1 via r4'
like "loop: the routers" 'between 2 routers from hop 4 on: a forwarding loop' \
    "$(found with -m 20 > /dev/null; tr '\n' ' ' < "$work/text" | tr -s ' ')"
host=192.0.2.80
has source.rewritten '' '3:nat destination 192.0.2.80 to 10.99.0.1' -- \
    'line:host also 192.0.2.80' 'line:link r8 also'
host=
# A loop behind a translator, and one with a silent router.
network with '3:nat destination 192.0.2.80 to 10.99.0.1' \
    '6:route target via r5'
host=192.0.2.80
is "loop: where all bear one address" 'source.rewritten loop' \
    "$(found with -m 20)"
host=
network with 4:silent '4:route target via r3'
is "loop: with a silent router" loop "$(found with)"
# One translator, though a hop behind it is silent; and who refuses there.
host=192.0.2.80
network with '3:nat destination 192.0.2.80 to 10.99.0.1' 5:silent
is "source.rewritten: across a silent hop" 'source.rewritten silent' \
    "$(found with)"
network with '3:nat destination 192.0.2.80 to 10.99.0.1' \
    '7:filter prohibit any'
is "end.refused: by whom, behind a translator" \
    'source.rewritten end.refused' "$(found with)"
like "end.refused: the hop" '\(hop 7\) refuses it' \
    "$(tr '\n' ' ' < "$work/text" | tr -s ' ')"
host=
# Ways of different length are no tunnel, where several answers show them.
network with '2:balance packet' 'line:router a1 10.0.71.1' \
    'line:router a2 10.0.72.1' 'line:link r2 a1' 'line:link a1 a2' \
    'line:link a2 r4' '2:route target via r3 a1'
for seed in 1 2 3 4 5 6; do
	case " $(found with -q 10 --seed $seed) " in
	' flow.scattered ') pass "ways of different length, seed $seed" ;;
	*) fail "ways of different length, seed $seed" "$(cat "$work/text")" ;;
	esac
done
# A route that changed twice is no balancer.
network with 3:'route target via r4 until 10s' \
    3:'route target via way from 10s until 20s' \
    3:'route target via r4 from 20s' "$diamond_way" 'line:link r3 way' \
    'line:link way r5'
is "route.changed: to and fro" route.changed "$(found with -c 30)"
network with '8:zero-ttl'
is "zero-ttl: before the host" zero-ttl "$(found with)"
network with '3:set tos 3'
is "ecn.changed: what may not bear it" ecn.changed "$(found with)"
has cycle '' '5:reply from 10.0.3.1' -- '5:reply from 10.0.53.1'
has repeated '' '5:reply from 10.0.4.1' '5:ttl 254' -- '5:ttl 254'
diamond='line:router way 10.0.44.1 fd00:44::1'
has flow.scattered '-q 10' 3:'balance packet' "$diamond" \
    'line:link r3 way' 'line:link way r5' -- \
    3:'balance flow' "$diamond" 'line:link r3 way' 'line:link way r5'
like "flow.scattered: where" 'several ways at hop 4' \
    "$(found with -q 10 > /dev/null; cat "$work/text")"
has route.changed '-c 20' 3:'route target via r4 until 10s' \
    3:'route target via way from 10s' "$diamond" 'line:link r3 way' \
    'line:link way r5' -- 3:'route target via r4' "$diamond" \
    'line:link r3 way' 'line:link way r5'
has return.differs '' '5:route me via detour' 'line:router detour 10.0.55.1' \
    'line:    route me via r4' 'line:link r5 detour cost 9' \
    'line:link detour r4 cost 9' -- 'line:router detour 10.0.55.1' \
    'line:link r5 detour cost 9' 'line:link detour r4 cost 9'

# --- answers

has silent '' 3:silent -- '3:silent icmp'
has limit '-q 10' '3:limit 2/s burst 3' -- '3:limit 200/s burst 30'
like "limit: it is not loss" 'hop 3 answered 30% and every later hop 100%' \
    "$(found with -q 10 > /dev/null; tr '\n' ' ' < "$work/text")"
has loss '-q 10' 'link:3:loss 30%' -- 'link:3:loss 0%'
like "loss: where it begins" 'loss begins at (hop 4|one of hops 4-5) and all later' \
    "$(found with -c 100 > /dev/null; cat "$work/text")"
network with 'link:3:loss 30%' 'link:6:loss 40%'
is "loss: on two links" 'loss loss' "$(found with -I -c 200)"
has loss.last-hop '-q 10' 'link:8:loss 40%' -- 'link:8:delay 40ms'
has duplicates '' '3:reply twice' -- '3:reply after 1ms'

# Hops that each keep some answers back are no loss: the host answers all.
network with '1:silent share 20%' '2:silent share 20%' '3:silent share 20%' \
    '4:silent share 20%' '5:silent share 20%'
for seed in 1 2 3 4 5 6 7 8; do
	case " $(found with -c 30 --seed $seed) " in
	*' loss '*) fail "no loss before hops that answer all, seed $seed" \
	    "$(cat "$work/text")" ;;
	*) pass "no loss before hops that answer all, seed $seed" ;;
	esac
done
# Token buckets up to a silent host may be alike by chance: it is not sure.
network with '5:limit 1/s burst 6' '6:limit 1/s burst 6' \
    '7:limit 1/s burst 6' '8:limit 1/s burst 6' 'target:udp filtered'
found with -c 30 --interval 0.3 -m 12 > /dev/null
like "limits that are alike: loss is but possible" \
    'loss, or they limit their replies alike' \
    "$(tr '\n' ' ' < "$work/text" | tr -s ' ')"
like "limits that are alike: how sure" ' loss, possible:' "$(cat "$work/text")"
has refused.part '-c 30' 'link:4:until 10.5s' -- 'link:4:until 60s'

# --- sizes

has mtu --mtu 'link:3:mtu 1300' -- 'link:3:mtu 1500'
network with 'link:3:mtu 1300' 3:silent
is "mtu: where nobody tells of it" 'mtu silent' "$(found with --mtu -T -6)"
like "mtu: it is likely then" 'mtu, likely: packets of 1301 bytes' \
    "$(cat "$work/text")"

# --- the end

has end.silent '-m 12' '3:filter drop udp' -- '3:filter drop udp 53'
has end.refused '' '3:filter prohibit udp' -- '3:filter prohibit icmp'
has end.undeliverable '' '3:unreachable 10.99.0.1 host' -- \
    '3:unreachable 10.98.0.1 host'
size=1400
has end.too-big '-F' 'link:3:mtu 1300' -- 'link:3:mtu 1400'
size=
has end.forged-reset -T '3:filter reset tcp' -- 'target:tcp closed'

# --- how it is shown

network plain
is "nothing: it says so" 'nothing unusual' "$("$TRUEROUTE" -n --explain \
    --simulate "$work/plain.net" target | tail -n 1 | sed 's/^ *//')"
like "from where and by what" 'sent from 10\.0\.0\.100 \(prober\), by ' \
    "$("$TRUEROUTE" -n --explain --simulate "$work/plain.net" target)"
network many '3:nat source me to 192.0.2.7 mends nothing' '5:silent' \
    '7:filter prohibit udp'
found many > /dev/null
is "no line is longer than a terminal is wide" '' \
    "$(sed -n '/^What/,$p' "$work/text" | awk 'length > 80')"
unlike "without --explain there is none of it" 'What the replies tell' \
    "$("$TRUEROUTE" -n --simulate "$work/many.net" target 2> /dev/null)"
if built_with jansson; then
	"$TRUEROUTE" --json --simulate "$work/many.net" --write \
	    "$work/many.pcapng" target > "$work/many.json" 2> /dev/null
	"$TRUEROUTE" --json --read "$work/many.pcapng" > "$work/again.json" \
	    2> /dev/null
	is "in JSON: saved and read again, the same" \
	    "$(cat "$work/many.json")" "$(cat "$work/again.json")"
	"$TRUEROUTE" -n --explain --read "$work/many.pcapng" 2> /dev/null |
	    sed -n '/^What/,$p' > "$work/read"
	sed -n '/^What/,$p' "$work/text" > "$work/live"
	is "in text too" "$(cat "$work/live")" "$(cat "$work/read")"
	if command -v jq > /dev/null; then
		is "in JSON: codes and hops" \
		    'nat 3 4,silent 5 5,end.refused 7 7' \
		    "$(jq -r '[.findings[] |
		    "\(.code) \(.first_ttl) \(.last_ttl)"] | join(",")' \
		    "$work/many.json")"
		is "in JSON: what was translated" '10.0.0.100 192.0.2.7' \
		    "$(jq -r '.findings[0].values |
		    "\(.src_sent) \(.src_quoted)"' "$work/many.json")"
	fi
	if command -v python3 > /dev/null; then
		from_lines < <(python3 "$here/findings_judge.py" 300)
		from_lines < <(python3 "$here/loss_judge.py" 150)
	else
		skip "random networks" "no python3"
	fi
	is "every code is told of in doc/findings.md" '' \
	    "$(sed -n 's/.*\] = "\([a-z.-]*\)",$/\1/p' \
	    "$here/../src/result/findings.c" | grep -vxF -e certain -e likely \
	    -e possible | while read -r code; do
		grep -q "^| \`$code\`" "$here/../doc/findings.md" ||
		    echo "$code"
	    done)"
else
	skip "in JSON" "this build has no jansson"
fi
done_testing
