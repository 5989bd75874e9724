/*
 * Protocol numbers as they stand on the wire.  Names, no behaviour.
 * IPv4 and IPv6 tables of ICMP stand apart: the same number means other
 * things in each.
 */
#ifndef TR_PACKET_WIRE_H
#define TR_PACKET_WIRE_H

/* EtherTypes (IEEE 802.3, 802.1Q, 802.1ad). */
#define TR_ETHERTYPE_IPV4	0x0800
#define TR_ETHERTYPE_IPV6	0x86dd
#define TR_ETHERTYPE_VLAN	0x8100
#define TR_ETHERTYPE_QINQ	0x88a8
#define TR_ETHERTYPE_QINQ_OLD	0x9100
#define TR_ETHERTYPE_MPLS	0x8847	/* RFC 3032, section 5 */

/* PPP protocol numbers (IANA; RFC 1332, RFC 5072, RFC 3032). */
#define TR_PPP_IPV4		0x0021
#define TR_PPP_IPV6		0x0057
#define TR_PPP_MPLS		0x0281
#define TR_PPP_MPLS_MULTICAST	0x0283

/* Internet protocol numbers (IANA). */
#define TR_IPPROTO_HOPOPTS	0
#define TR_IPPROTO_ICMP		1
#define TR_IPPROTO_TCP		6
#define TR_IPPROTO_UDP		17
#define TR_IPPROTO_ROUTING	43
#define TR_IPPROTO_FRAGMENT	44
#define TR_IPPROTO_AH		51
#define TR_IPPROTO_ICMP6	58
#define TR_IPPROTO_DSTOPTS	60

/* Where destinations stand in the IP header (RFC 791, RFC 8200). */
#define TR_IPV4_DST		16
#define TR_IPV6_DST		24

/* Header sizes without options. */
#define TR_IPV4_HEADER		20
#define TR_IPV6_HEADER		40
#define TR_UDP_HEADER		8
#define TR_TCP_HEADER		20
#define TR_ICMP_HEADER		8

/* ICMP for IPv4 (RFC 792, RFC 1122, RFC 1812). */
#define TR_ICMP4_ECHO_REPLY	0
#define TR_ICMP4_UNREACHABLE	3
#define TR_ICMP4_SOURCE_QUENCH	4
#define TR_ICMP4_REDIRECT	5
#define TR_ICMP4_ECHO_REQUEST	8
#define TR_ICMP4_TIME_EXCEEDED	11
#define TR_ICMP4_PARAMETER	12
#define TR_ICMP4_UNREACHABLE_PROTOCOL	2
#define TR_ICMP4_UNREACHABLE_PORT	3
#define TR_ICMP4_UNREACHABLE_MTU	4

/* ICMP for IPv6 (RFC 4443). */
#define TR_ICMP6_UNREACHABLE	1
#define TR_ICMP6_TOO_BIG	2
#define TR_ICMP6_TIME_EXCEEDED	3
#define TR_ICMP6_PARAMETER	4
#define TR_ICMP6_ECHO_REQUEST	128
#define TR_ICMP6_ECHO_REPLY	129
#define TR_ICMP6_UNREACHABLE_PORT	4

/* Code of time exceeded in both: 0 in transit, 1 fragment reassembly. */
#define TR_ICMP_EXCEEDED_TRANSIT	0
#define TR_ICMP_EXCEEDED_REASSEMBLY	1

/* TCP flags (RFC 9293, 3.1; ECE and CWR: RFC 3168). */
#define TR_TCP_FIN	0x01
#define TR_TCP_SYN	0x02
#define TR_TCP_RST	0x04
#define TR_TCP_PSH	0x08
#define TR_TCP_ACK	0x10
#define TR_TCP_URG	0x20
#define TR_TCP_ECE	0x40
#define TR_TCP_CWR	0x80

#endif
