#!/bin/bash
# The name server that other tests ask: is it one, and are its faults those
# that it is told?  By its bytes, and by what c-ares makes of them.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
command -v python3 > /dev/null || skip_all "no python3"
asker=$(realpath "${ASK_NAMES:-./tests/ask_names}")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
long=$(printf 'x%.0s' {1..63})

cat > "$work/zone" <<EOT
# comments, and empty lines

10.0.0.1 PTR r1.example		# behind a record
fd00::1 PTR six.example
10.0.0.2 PTR slow.example delay=200
10.0.0.3 silent
10.0.0.4 PTR tcp.example truncate
10.0.0.5 PTR tcp.example truncate tcp=silent
10.0.0.6 PTR tcp.example truncate tcp=close
10.0.0.7 PTR tcp.example truncate tcp=half
10.0.0.8 PTR true.example lie=id
10.0.0.9 PTR true.example lie=id truth=50
10.0.0.10 PTR true.example lie=question truth=50
10.0.0.12 PTR true.example lie=port truth=50
10.0.0.13 PTR true.example lie=address truth=50
10.0.0.16 servfail
10.0.0.17 refused
10.0.0.18 notimp
10.0.0.19 empty
10.0.0.20 CNAME 20.0-127.0.0.10.in-addr.arpa
20.0-127.0.0.10.in-addr.arpa PTR rfc2317.example
10.0.0.21 CNAME loop1.example
loop1.example CNAME loop2.example
loop2.example CNAME loop1.example
10.0.0.22 PTR under_score.example
10.0.0.23 PTR caf\\195\\169.\\027[31m.example
10.0.0.24 PTR one.example
10.0.0.24 PTR two.example
10.0.0.25 PTR x.example loop
10.0.0.26 PTR x.example garbage
10.0.0.27 PTR x.example cut=30
10.0.0.28 PTR x.example cut=-3
10.0.0.29 PTR x.example count=7
10.0.0.30 PTR x.example count=0
10.0.0.31 PTR x.example ttl=0
10.0.0.32 PTR $long.$long.$long.${long:2}
r1.example A 10.0.0.1
r1.example A 10.0.1.1
r1.example AAAA fd00::1
*.below.example A 10.0.0.77
origin:10.0.0.1 TXT "64500 64501 | 10.0.0.0/24 | US | arin | 2000-01-01"
origin:fd00::1 TXT "64502 | fd00::/32 | US | arin | 2000-01-01"
AS64500.asn.cymru.com TXT "64500 | US | arin | 2000-01-01 | EXAMPLE-AS, US"
EOT
for ((i = 0; i < 40; i++)); do
	echo "10.0.0.42 PTR many$i.and.more.example"
done >> "$work/zone"

# serve ZONE: sets pid and port.
serve() {
	read -r pid port < <("$here/name_server.py" --port 0 --detach \
	    --log "$work/log" --lifetime 60 "$1")
}

serve "$work/zone"
trap 'kill "$pid"; rm -rf "$work"' EXIT
from_lines < <("$here/name_server_check.py" "$port" 2>&1)
is "its bytes: all were looked at" 25 "$seen"
is "the log: transport, type and owner of each question" "\
udp PTR 10.0.0.4
tcp PTR 10.0.0.4
udp TXT origin:10.0.0.1" \
    "$(awk '$4 == "10.0.0.4" || $3 == "TXT" { print $2, $3, $4 }' \
    "$work/log")"

# What c-ares makes of it: OWNERS, then what it says without the time.
sees() {			# sees TEXT TYPE EXPECTED OWNER...
	local text=$1 type=$2 expected=$3
	shift 3
	is "c-ares: $text" "$expected" "$("$asker" -t 300 -n 1 \
	    "127.0.0.1:$port" "$type" "$@" | sort -V |
	    sed -E 's/^([^ ]+) [0-9]+/\1/
		s/Successful completion/yes/
		s/Timeout while contacting DNS servers/timeout/
		s/Domain name not found/no name/
		s/DNS server returned answer with no data/no data/
		s/Could not contact DNS servers/no server/
		s/Misformatted DNS reply/misformatted/
		s/\\032/ /g')"
}

if [ -x "$asker" ]; then
	sees "names" PTR "\
10.0.0.1 yes r1.example r1.example
10.0.0.2 yes slow.example slow.example
10.0.0.4 yes tcp.example tcp.example
10.0.0.20 yes rfc2317.example rfc2317.example
10.0.0.22 yes under_score.example under_score.example
10.0.0.24 yes two.example one.example two.example
10.0.0.31 yes x.example x.example
fd00::1 yes six.example six.example" \
	    10.0.0.{1,2,4,20,22,24,31} fd00::1
	sees "the longest name" PTR \
	    "10.0.0.32 yes$(printf ' %s' \
	    "$long.$long.$long."{"${long:2}","${long:2}"})" 10.0.0.32
	sees "no names" PTR "\
10.0.0.3 timeout
10.0.0.16 no server
10.0.0.17 no server
10.0.0.18 no server
10.0.0.19 no data
10.0.0.21 no data
10.0.0.30 no data
10.0.0.99 no name" \
	    10.0.0.{3,16,17,18,19,21,30,99}
	sees "lies" PTR "\
10.0.0.8 timeout
10.0.0.9 yes true.example true.example
10.0.0.10 yes true.example true.example
10.0.0.12 yes true.example true.example
10.0.0.13 yes true.example true.example" \
	    10.0.0.{8,9,10,12,13}
	sees "damage" PTR "\
10.0.0.23 misformatted
10.0.0.25 misformatted
10.0.0.26 timeout
10.0.0.27 timeout
10.0.0.28 misformatted
10.0.0.29 misformatted" \
	    10.0.0.{23,25,26,27,28,29}
	sees "addresses" A "\
a.below.example yes 10.0.0.77
r1.example yes 10.0.0.1 10.0.1.1" r1.example a.below.example
	sees "addresses, IPv6" AAAA "r1.example yes fd00::1" r1.example
	sees "texts" TXT "\
1.0.0.10.origin.asn.cymru.com yes \
64500 64501 | 10.0.0.0/24 | US | arin | 2000-01-01
AS64500.asn.cymru.com yes \
64500 | US | arin | 2000-01-01 | EXAMPLE-AS, US" \
	    1.0.0.10.origin.asn.cymru.com AS64500.asn.cymru.com
else
	skip "what c-ares makes of it" "no program at $asker"
fi

# A zone file with a fault is told, with its line.
printf '10.0.0.1 PTR a.example\n10.0.0.2 slow\n' > "$work/faulty"
run "$here/name_server.py" --port 0 "$work/faulty"
is "a fault in the file: exit status" 1 "$status"
like "a fault in the file: where and what" 'line 2: .*slow' "$err"
done_testing
