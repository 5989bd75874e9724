#!/bin/bash
# Names and origin AS that are asked of a name server while the trace runs: the
# server is slow, dead, lies, or answers with what harms; nothing of it delays
# or breaks the trace.  Behind the simulator's tun device, where the server is
# tests/name_server.py and the network has routers of any address.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
need_program
need_simulator
command -v python3 > /dev/null || skip_all "no python3"
built_with libevent || skip_all "this build cannot trace: no libevent"
built_with c-ares || skip_all "this build asks no names: no c-ares"
why=$("$TRUEROUTE_SIM" "$here/../scenarios/chain.net" -- true 2>&1)
[ $? -ne 77 ] || skip_all "$why"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work
long=$(printf 'x%.0s' {1..63})

# --- the routers: address | what the server says of it, @ is its owner | the
# name that is shown, an extended regex; - none, ? a word or none ------------

sed "s/LONG/$long/g; s/LAST/${long:2}/g" > "$work/names4" <<'EOT'
11.0.1.1|@ PTR r1.example|r1\.example
11.0.2.1|@ PTR slow.example delay=250|slow\.example
11.0.3.1|@ PTR late.example delay=3000|-
11.0.4.1|@ silent|-
11.0.5.1|@ nxdomain|-
11.0.6.1|@ empty|-
11.0.7.1|@ servfail|-
11.0.8.1|@ refused|-
11.0.9.1|@ notimp|-
11.0.10.1|@ PTR by-tcp.example truncate|by-tcp\.example
11.0.11.1|@ PTR not-by-tcp.example truncate tcp=silent|-
11.0.12.1|@ PTR number.example lie=id truth=60|number\.example
11.0.13.1|@ PTR question.example lie=question truth=60|question\.example
11.0.14.1|@ PTR port.example lie=port truth=60|port\.example
11.0.15.1|@ PTR address.example lie=address truth=60|address\.example
11.0.16.1|@ PTR x.example lie=id|-
11.0.17.1|@ PTR x.example lie=question|-
11.0.18.1|@ PTR x.example lie=name|-
11.0.19.1|@ PTR Mixed.Example|Mixed\.Example
11.0.20.1|@ CNAME 1.0-127.20.0.11.in-addr.arpa|classless\.example
11.0.21.1|@ CNAME loop1.example|-
11.0.22.1|@ PTR one.example|(one|two)\.example
11.0.23.1|@ PTR x.example loop|-
11.0.24.1|@ PTR x.example garbage|-
11.0.25.1|@ PTR x.example cut=30|-
11.0.26.1|@ PTR x.example cut=-3|-
11.0.27.1|@ PTR x.example count=0|-
11.0.28.1|@ PTR x.example count=65535|-
11.0.29.1|@ PTR .|-
11.0.30.1|@ PTR no-ttl.example ttl=0|no-ttl\.example
11.0.31.1|@ PTR LONG.LONG.LONG.LAST|LONG\.LONG\.LONG\.LAST
11.0.32.1|@ PTR \027[31mred\027[0m.\007.example|?
11.0.33.1|@ PTR a\010b\013\000c.\127\155.example|?
11.0.34.1|@ PTR caf\195\169.\226\128\174evil\226\128\168.example|?
11.0.35.1|@ PTR \255\254.\192\128.\237\160\128.\240\159.example|?
11.0.36.1|@ PTR \034quoted\039.back\092slash.\092n.example|?
11.0.37.1|@ PTR <script>alert(1)<\047script>.&lt;.example|?
11.0.38.1|@ PTR 9.9.9.9\032(9.9.9.9)\032\0321.000\032ms|?
11.0.39.1|@ PTR \037s\037n\036\040id\041\096id\096\059.example|?
11.0.40.1|@ PTR \255\255\255\255.\255\255\255.LONG.LONG|?
11.0.41.1|@ PTR dot\.in\.label.\046\046.example|?
10.0.42.1|@ PTR private.example|private\.example
100.64.43.1|@ PTR shared.example|shared\.example
192.0.2.44|@ PTR documented.example|documented\.example
172.16.45.1|@ PTR gone.example|gone\.example
169.254.46.1|@ PTR claims.example|claims\.example
10.0.47.1|@ nxdomain|hosts-file\.example
EOT
cat > "$work/names6" <<'EOT'
2400:1::1|@ PTR r1.example|r1\.example
2400:2::1|@ empty|-
2400:3::1|@ PTR claims.example|claims\.example
fd00:4::1|@ PTR private.example|private\.example
2001:db8:5::1|@ PTR documented.example|documented\.example
2400:6::1|@ nxdomain|-
EOT

# --- what else the server says -----------------------------------------------

sed 's/^\t*//' > "$work/zone4" <<'EOT'
	1.0-127.20.0.11.in-addr.arpa PTR classless.example
	loop1.example CNAME loop2.example
	loop2.example CNAME loop1.example
	11.0.22.1 PTR two.example
	11.98.0.1 PTR far.example delay=100
	r1.example A 11.0.1.1
	one.example A 11.0.22.1
	two.example A 11.0.22.1
	claims.example A 11.9.9.9
	slow.example silent
	mixed.example servfail
	origin:11.0.1.1 TXT "64500 | 11.0.0.0/16 | US | arin | 2000"
	origin:11.0.2.1 TXT "64501 64500 | 11.0.2.0/24 | US | arin | 2000"
	origin:11.0.3.1 TXT "64500 | 11.0.0.0/16 | US | arin | 2000"
	origin:11.0.4.1 TXT "4294967295 | 11.0.4.0/24 | DE | ripencc |"
	origin:11.0.5.1 silent
	origin:11.0.6.1 TXT "\027[31m | \255 | \"\" | x | x"
	origin:11.0.7.1 TXT ""
	origin:11.0.8.1 TXT "4294967296 | 11.0.8.0/24 | US | arin | 2000"
	origin:11.0.9.1 TXT "-1 | 11.0.9.0/99 | US | arin | 2000"
	origin:11.0.10.1 TXT "NA | | | | "
	origin:11.0.11.1 TXT "64500 | 11.0.0.0/16 | US | arin | 2000" lie=id
	origin:11.0.12.1 servfail
	origin:11.0.13.1 TXT "64502" " | 11.0.13.0/24 | US | arin | 2000"
	AS64500.asn.cymru.com TXT "64500 | US | arin | 2000 | EXAMPLE-AS, US"
	AS64501.asn.cymru.com TXT "64501 | US | arin | 2000 | \027[31m\"X\", US"
	AS4294967295.asn.cymru.com silent
EOT
sed 's/^\t*//' > "$work/zone6" <<'EOT'
	r1.example AAAA 2400:1::1
	claims.example AAAA 2400:9::9
	origin:2400:1::1 TXT "64500 | 2400:1::/32 | US | arin | 2000"
	AS64500.asn.cymru.com TXT "64500 | US | arin | 2000 | EXAMPLE-AS, US"
EOT

# --- the networks, and the look at them -------------------------------------

routers() {			# routers NAMES: a router for each of its rows
	local count=0 address
	while IFS='|' read -r address _; do
		count=$((count + 1))
		echo "router r$count $address"
	done < "$1"
	cat <<-EOT
	links delay 100us
	link me r1
	link r[1-$((count - 1))] r[2-$count]
	link r$count target
	EOT
}

for family in 4 6; do
	{
		[ $family -eq 4 ] && echo 'prober me 10.0.0.100' ||
		    echo 'prober me fd00::100'
		routers "$work/names$family"
		[ $family -eq 6 ] || printf '%s\n' 'host far 11.98.0.1' \
		    'link r1 far delay 1100ms' 'router skip 11.97.1.1' \
		    '    zero-ttl' 'router twice 11.97.2.1' \
		    'host near 11.97.0.1' 'link r1 skip' 'link skip twice' \
		    'link twice near'
		[ $family -eq 4 ] && echo 'host target 11.99.0.1' ||
		    echo 'host target 2400:99::1'
	} > "$work/net$family"
	while IFS='|' read -r address says _; do
		echo "$address${says#@}"
	done < "$work/names$family" >> "$work/zone$family"
	from_lines < <("$TRUEROUTE_SIM" "$work/net$family" -- \
	    "$here/names_inside.sh" "$family" 2>&1)
	[ "$seen" -gt 0 ] || fail "IPv$family: it ran"
done
done_testing
