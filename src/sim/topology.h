/*
 * The simulated network as a file describes it: nodes, links, routes, and
 * what each node does.  It is data, and does not change while packets run;
 * what does change (counters, tables) is the network's (sim/network.h).
 *
 * The text format is trueroute-topology(5); sim/topology_file.h reads it.
 *
 * Nodes, ports, links and tunnels are named by their index in the lists
 * below; TR_SIM_NONE is none of them.
 */
#ifndef TR_SIM_TOPOLOGY_H
#define TR_SIM_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/array.h"
#include "base/error.h"
#include "base/time.h"

#define TR_SIM_NONE		UINT32_MAX
#define TR_SIM_NAME_MAX		64	/* of a node, terminator included */
#define TR_SIM_HOST_NAME_MAX	254	/* of a host name (RFC 1035, 2.3.4) */

#define TR_SIM_MTU_DEFAULT	1500
#define TR_SIM_COST_DEFAULT	1
#define TR_SIM_LABEL_LAST	0xfffff		/* RFC 3032, 2.1 */

/* A share of all cases is an integer of millionths. */
#define TR_SIM_SHARE_ALL	1000000

struct tr_sim_prefix {
	struct tr_address address;
	uint8_t	 length;		/* in bits */
};

/* Holds from a time on, until another, which is not in it. */
struct tr_sim_window {
	int64_t	 from;
	int64_t	 until;			/* TR_TIME_NEVER: for good */
};

/* --- links -------------------------------------------------------------- */

/* What happens to a packet on its way over a link, in one direction. */
struct tr_sim_way {
	bool	 closed;		/* nothing goes this way */
	int64_t	 delay;
	int64_t	 jitter;		/* 0 to this much is added, evenly */
	uint32_t loss;			/* shares */
	uint32_t duplicate;
	uint32_t reorder;		/* this share is held back ... */
	int64_t	 reorder_by;		/* ... by so long */
	uint32_t mtu;			/* of a whole IP packet */
	uint32_t cost;			/* for the computed routes */
};

/* An end of a link at a node: one of its interfaces. */
struct tr_sim_port {
	uint32_t node;
	uint32_t peer;			/* the port at the other end */
	uint32_t peer_node;
	uint32_t number;		/* within the node, from 1: ifIndex */
	struct tr_address address4;	/* none: unnumbered */
	struct tr_address address6;
	struct tr_sim_way out;		/* from here to the peer */
	struct tr_sim_window up;	/* the same at both ends */
};

/* --- routing ------------------------------------------------------------ */

struct tr_sim_next {
	uint32_t port;
	uint32_t weight;		/* at least 1 */
};

/* A route that the file names; others are computed. */
struct tr_sim_route {
	struct tr_sim_prefix to;
	struct tr_list next;		/* struct tr_sim_next */
	struct tr_sim_window valid;
};

enum tr_sim_no_way {
	TR_SIM_NO_NET,
	TR_SIM_NO_HOST,
	TR_SIM_NO_PERMISSION,
	TR_SIM_BLACKHOLE,		/* says nothing */
};

/* A prefix that leads no farther than this node. */
struct tr_sim_unreachable {
	struct tr_sim_prefix to;
	enum tr_sim_no_way how;
	int64_t	 after;			/* the answer takes so long */
};

/* What a balancer chooses by. */
enum tr_sim_spread {
	TR_SIM_BY_FLOW,			/* a hash of fields */
	TR_SIM_BY_PACKET,		/* at random */
	TR_SIM_BY_TURN,			/* in turn */
};

/* The fields that a balancer hashes, or'ed. */
enum tr_sim_field {
	TR_SIM_FIELD_SRC = 1 << 0,
	TR_SIM_FIELD_DST = 1 << 1,
	TR_SIM_FIELD_PROTOCOL = 1 << 2,
	TR_SIM_FIELD_SOURCE_PORT = 1 << 3,	/* UDP, TCP */
	TR_SIM_FIELD_DESTINATION_PORT = 1 << 4,	/* UDP, TCP */
	TR_SIM_FIELD_TOS = 1 << 5,
	TR_SIM_FIELD_LABEL = 1 << 6,		/* IPv6 */
	TR_SIM_FIELD_ICMP_ID = 1 << 7,
	TR_SIM_FIELD_ICMP_CHECKSUM = 1 << 8,
	TR_SIM_FIELD_WORD = 1 << 9,	/* first 4 bytes of the transport */
};

#define TR_SIM_FIELDS_DESTINATION (TR_SIM_FIELD_SRC | TR_SIM_FIELD_DST)
#define TR_SIM_FIELDS_FLOW (TR_SIM_FIELD_SRC | TR_SIM_FIELD_DST |	\
    TR_SIM_FIELD_PROTOCOL | TR_SIM_FIELD_SOURCE_PORT |			\
    TR_SIM_FIELD_DESTINATION_PORT)

struct tr_sim_balance {
	enum tr_sim_spread spread;
	unsigned fields;		/* enum tr_sim_field */
	int64_t	 remap_at;		/* the hash changes then, once; or */
	int64_t	 remap_every;		/* again and again; 0: never */
};

extern const struct tr_sim_balance tr_sim_balance_default;

/* --- answers ------------------------------------------------------------ */

/* Kinds of probes, or'ed. */
enum tr_sim_protocol {
	TR_SIM_UDP = 1 << 0,
	TR_SIM_TCP = 1 << 1,
	TR_SIM_ICMP = 1 << 2,
	TR_SIM_OTHER = 1 << 3,
	TR_SIM_ERRORS = 1 << 4,		/* ICMP errors; firewalls alone */
};

#define TR_SIM_ANY (TR_SIM_UDP | TR_SIM_TCP | TR_SIM_ICMP | TR_SIM_OTHER)

enum tr_sim_source {
	TR_SIM_FROM_INBOUND,		/* the port that the probe came by */
	TR_SIM_FROM_OUTBOUND,		/* the port that the answer leaves by */
	TR_SIM_FROM_SELF,		/* the node's own first address */
	TR_SIM_FROM_GIVEN,
};

/* Several of a node's replies, in the order of the file; each may apply. */
struct tr_sim_delaying {
	int64_t	 after;
	int64_t	 jitter;
	uint32_t share;
};

/* At most this many errors: a token bucket. */
struct tr_sim_limit {
	int64_t	 period;		/* between two; 0: no limit */
	uint32_t burst;
	bool	 per_source;		/* of the probes */
};

enum tr_sim_ip_id {
	TR_SIM_ID_SHARED,		/* one counter for the node */
	TR_SIM_ID_INTERFACE,		/* one for each port */
	TR_SIM_ID_ZERO,
	TR_SIM_ID_RANDOM,
	TR_SIM_ID_COPY,			/* the probe's */
};

struct tr_sim_identification {
	enum tr_sim_ip_id kind;
	uint16_t step;			/* of the counter */
	uint32_t rate;			/* other packets a second */
};

/* How the length field of RFC 4884 is filled in. */
enum tr_sim_length {
	TR_SIM_LENGTH_RIGHT,		/* words of 4 bytes, in IPv6 of 8 */
	TR_SIM_LENGTH_OCTETS,		/* bytes instead of words */
	TR_SIM_LENGTH_GIVEN,		/* a number of the file's, or 0 */
};

enum tr_sim_checksum {
	TR_SIM_CHECKSUM_RIGHT,
	TR_SIM_CHECKSUM_NONE,		/* zero */
	TR_SIM_CHECKSUM_WRONG,
};

#define TR_SIM_OBJECT_MAX	64	/* bytes of an object's body */
#define TR_SIM_INTERFACE_NAME_MAX 64	/* RFC 5837, 4.3: 63 and a length */

/* An extension object in every error of the node (RFC 4884, section 7). */
struct tr_sim_object {
	uint8_t	 class;
	uint8_t	 type;
	uint8_t	 body[TR_SIM_OBJECT_MAX];
	size_t	 size;
	/*
	 * With is_interface the body is made for each error: RFC 5837; and
	 * the type is the role, 0 to 3, shifted left by 6.
	 */
	bool	 is_interface;
	uint32_t index;			/* 0: not told */
	uint32_t mtu;			/* 0: not told */
	bool	 address;		/* that of the port is told */
	char	 name[TR_SIM_INTERFACE_NAME_MAX];	/* "": not told */
};

struct tr_sim_extension {
	struct tr_list objects;		/* struct tr_sim_object */
	enum tr_sim_length length;
	uint8_t	 length_given;
	enum tr_sim_checksum checksum;
	uint16_t at;			/* bytes of quote before it; 0: as */
					/* the standard has it */
};

/* --- what is done to passing packets ------------------------------------ */

enum tr_sim_act {
	TR_SIM_PASS,
	TR_SIM_DROP,
	TR_SIM_RESET,			/* a RST in the target's name */
	TR_SIM_PROHIBIT,		/* ICMP: administratively prohibited */
	TR_SIM_REJECT,			/* ICMP: port unreachable */
};

struct tr_sim_ports {
	uint16_t first;
	uint16_t last;
};

/* A rule of a firewall; the first that fits a packet decides. */
struct tr_sim_filter {
	enum tr_sim_act act;
	unsigned protocols;		/* enum tr_sim_protocol */
	struct tr_list ports;		/* struct tr_sim_ports; empty: all */
	uint32_t from;			/* neighbour; TR_SIM_NONE: any */
	struct tr_sim_prefix to;	/* family 0: any */
};

/* What a NAT does to the packet that an ICMP error quotes. */
enum tr_sim_mending {
	TR_SIM_MEND_ALL,
	TR_SIM_MEND_ADDRESSES,		/* and ports, but no checksum */
	TR_SIM_MEND_NOTHING,
};

struct tr_sim_nat {
	bool	 of_destination;	/* else of the source */
	struct tr_sim_prefix what;
	struct tr_address to;
	uint16_t port_first;		/* source only; 0: kept where free */
	uint16_t port_last;
	enum tr_sim_mending mending;
};

/* A firewall that moves TCP's sequence numbers. */
struct tr_sim_sequence {
	struct tr_sim_prefix from;	/* of these sources; family 0: of */
					/* every prober */
	enum tr_sim_mending mending;
};

/* --- hosts -------------------------------------------------------------- */

enum tr_sim_service {
	TR_SIM_CLOSED,
	TR_SIM_OPEN,			/* UDP: takes it and says nothing */
	TR_SIM_FILTERED,		/* silence */
	TR_SIM_ECHO,			/* UDP: sends it back (RFC 862) */
	TR_SIM_DNS,			/* UDP: answers with the file's names */
};

struct tr_sim_listener {
	unsigned protocol;		/* TR_SIM_UDP or TR_SIM_TCP */
	struct tr_sim_ports ports;
	enum tr_sim_service service;
};

/* --- nodes -------------------------------------------------------------- */

enum tr_sim_kind {
	TR_SIM_PROBER,			/* trueroute or another program */
	TR_SIM_ROUTER,
	TR_SIM_HOST,
};

struct tr_sim_node {
	char	 name[TR_SIM_NAME_MAX];
	enum tr_sim_kind kind;
	unsigned line;			/* of the file */
	struct tr_list own;		/* struct tr_sim_prefix, in order */
	struct tr_list ports;		/* uint32_t */

	/* Forwarding. */
	struct tr_sim_balance balance;
	struct tr_list routes;		/* struct tr_sim_route */
	struct tr_list unreachables;	/* struct tr_sim_unreachable */
	struct tr_list filters;		/* struct tr_sim_filter */
	struct tr_list nats;		/* struct tr_sim_nat */
	struct tr_list sequences;	/* struct tr_sim_sequence */
	struct tr_list tunnels;		/* uint32_t: that begin here */
	bool	 zero_ttl;		/* forwards a TTL of 1 as 0 */
	uint8_t	 tos_keep;		/* these bits of TOS are kept, ... */
	uint8_t	 tos_set;		/* ... and these are set */
	uint32_t loss;			/* of what it forwards */

	/* Answering. */
	unsigned silent;		/* enum tr_sim_protocol: no errors */
	uint32_t silent_share;
	bool	 no_echo;		/* does not answer ICMP echo */
	struct tr_sim_limit limit;
	enum tr_sim_source from;
	struct tr_address from4;	/* TR_SIM_FROM_GIVEN */
	struct tr_address from6;
	uint8_t	 ttl;			/* of errors and TCP, as they leave */
	uint8_t	 echo_ttl;
	uint8_t	 tos;			/* of ICMP errors in IPv4 ... */
	uint8_t	 tos_copied;		/* with these bits of the packet's */
	struct tr_list delayings;	/* struct tr_sim_delaying */
	uint32_t twice;			/* this share comes twice */
	bool	 tells_mtu;		/* of what is too big: this one, ... */
	uint16_t mtu_told;		/* ... not the link's */
	bool	 hides_mtu;		/* says nothing of what is too big */
	struct tr_sim_identification id;
	uint16_t quote;			/* bytes behind the IP header; 0: as */
					/* many as the standard allows */
	bool	 quote_whole;		/* the number is that of the packet */
	bool	 names_labels;		/* RFC 4950 within a tunnel */
	struct tr_sim_extension extension;
	struct tr_list listeners;	/* struct tr_sim_listener; the last */
					/* that fits counts */
};

/* --- tunnels ------------------------------------------------------------ */

/* Names as in Donnet et al. 2012 and Vanaubel et al. 2019 (TNT). */
enum tr_sim_tunnel_kind {
	TR_SIM_TUNNEL_EXPLICIT,		/* TTL copied in, labels told */
	TR_SIM_TUNNEL_IMPLICIT,		/* TTL copied in, labels not told */
	TR_SIM_TUNNEL_OPAQUE,		/* not copied, told at the end */
	TR_SIM_TUNNEL_INVISIBLE,	/* neither */
};

/* How packets to a router of the tunnel itself go. */
enum tr_sim_inside {
	TR_SIM_INSIDE_HIDDEN,		/* through it, up to that router */
	TR_SIM_INSIDE_DIRECT,		/* without it: direct revelation */
	TR_SIM_INSIDE_BACKWARD,		/* it ends one router earlier */
};

#define TR_SIM_LABEL_FIRST 16		/* below are reserved: RFC 3032 */

/* A label-switched path, one way. */
struct tr_sim_tunnel {
	enum tr_sim_tunnel_kind kind;
	bool	 ultimate;		/* popped by the last, not the one */
					/* before it */
	uint32_t ingress;
	struct tr_list hops;		/* uint32_t: its nodes behind the */
					/* ingress, the last is the egress */
	uint32_t label;			/* of the first; the next's is 1 more */
	enum tr_sim_inside inside;
	struct tr_list only;		/* struct tr_sim_prefix, of */
					/* destinations; empty: all */
};

struct tr_sim_name {
	struct tr_address address;
	char	 text[TR_SIM_HOST_NAME_MAX];
};

struct tr_topology {
	char	*file;			/* for messages */
	uint64_t seed;
	struct tr_list nodes;		/* struct tr_sim_node */
	struct tr_list ports;		/* struct tr_sim_port */
	struct tr_list tunnels;		/* struct tr_sim_tunnel */
	struct tr_list names;		/* struct tr_sim_name */
};

/* An empty topology, or NULL without memory. */
struct tr_topology *tr_topology_new(const char *file);
void tr_topology_free(struct tr_topology *topology);

/* The item with this index, which must be there. */

static inline const struct tr_sim_node *
tr_topology_node(const struct tr_topology *topology, uint32_t node)
{
	const struct tr_sim_node *nodes = topology->nodes.items;

	return &nodes[node];
}

static inline const struct tr_sim_port *
tr_topology_port(const struct tr_topology *topology, uint32_t port)
{
	const struct tr_sim_port *ports = topology->ports.items;

	return &ports[port];
}

static inline const struct tr_sim_tunnel *
tr_topology_tunnel(const struct tr_topology *topology, uint32_t tunnel)
{
	const struct tr_sim_tunnel *tunnels = topology->tunnels.items;

	return &tunnels[tunnel];
}

/* Add a node that behaves as one of its kind does unless told otherwise. */
struct tr_sim_node *tr_topology_add_node(struct tr_topology *topology,
    enum tr_sim_kind kind, const char *name);

/* Link two nodes: a port at each, returned by index; TR_ENOMEM. */
int tr_topology_add_link(struct tr_topology *topology, uint32_t node_a,
    uint32_t node_b, uint32_t *port_a, uint32_t *port_b);

/* By name, or TR_SIM_NONE. */
uint32_t tr_topology_find(const struct tr_topology *topology,
    const char *name);

/* The first prober, or the one with this address; TR_SIM_NONE. */
uint32_t tr_topology_prober(const struct tr_topology *topology,
    const struct tr_address *address);

/*
 * Is it a network?  sim/topology_check.c.  Returns TR_OK; TR_ENOMEM; or
 * TR_EFORMAT with a text that names the file, where there is no prober or two
 * nodes share an address, so that both could not get what is sent to it.
 */
int tr_topology_check(const struct tr_topology *topology,
    struct tr_error *error);

/*
 * An address for what a person wrote: an address, a node's name, or a host
 * name of the file.  family is 4, 6, or 0 for the first that there is.
 * Returns TR_OK, or TR_ENOTFOUND.
 */
int tr_topology_resolve(const struct tr_topology *topology, const char *text,
    uint8_t family, struct tr_address *address);

/* The host name of an address, or NULL. */
const char *tr_topology_name_of(const struct tr_topology *topology,
    const struct tr_address *address);

/*
 * An address of the node in this family: its first own, or else the first of
 * its ports'; one of family 0 where it has none.
 */
struct tr_address tr_topology_address(const struct tr_topology *topology,
    uint32_t node, uint8_t family);

/* True where the address is the node's, or in a prefix of the node's. */
bool tr_topology_owns(const struct tr_topology *topology, uint32_t node,
    const struct tr_address *address);

/* The port's address in this family; of family 0: none. */
const struct tr_address *tr_sim_port_address(const struct tr_sim_port *port,
    uint8_t family);

/*
 * The largest packet of an IP version that goes out by a port.  What carries
 * less than 1280 bytes cuts and joins for IPv6 by itself: RFC 8200, 5.
 */
uint32_t tr_sim_mtu(const struct tr_sim_port *port, uint8_t version);

/* The same of a node's first link; 1500 where it has none. */
uint32_t tr_topology_first_mtu(const struct tr_topology *topology,
    uint32_t node, uint8_t version);

bool tr_sim_prefix_holds(const struct tr_sim_prefix *prefix,
    const struct tr_address *address);
bool tr_sim_window_holds(const struct tr_sim_window *window, int64_t now);

#endif
