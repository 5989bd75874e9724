#include <sys/socket.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "io/solicit.h"
#include "packet/checksum.h"
#include "packet/wire.h"

#define PACKET_MAX	72	/* IPv6 and ICMPv6 with one option */
#define NEIGHBOR_SOLICITATION 135
#define SOLICITATION_SIZE 32
#define SOURCE_LINK	1	/* option, RFC 4861, 4.6.1 */

static void
write_arp(struct tr_writer *writer,
    const uint8_t own[TR_LINK_ADDRESS_SIZE], const struct tr_address *src,
    const struct tr_address *neighbour)
{
	tr_write_u16(writer, ARPHRD_ETHER);
	tr_write_u16(writer, TR_ETHERTYPE_IPV4);
	tr_write_u8(writer, TR_LINK_ADDRESS_SIZE);
	tr_write_u8(writer, 4);
	tr_write_u16(writer, ARPOP_REQUEST);
	tr_write_bytes(writer, own, TR_LINK_ADDRESS_SIZE);
	tr_write_bytes(writer, src->bytes, 4);
	tr_write_zeros(writer, TR_LINK_ADDRESS_SIZE);
	tr_write_bytes(writer, neighbour->bytes, 4);
}

/* The group of all whose addresses end like this one's (RFC 4291, 2.7.1). */
static struct tr_address
group_of(const struct tr_address *neighbour)
{
	struct tr_address group = { .family = 6, .bytes = { 0xff, 0x02,
	    [11] = 1, [12] = 0xff } };

	memcpy(group.bytes + 13, neighbour->bytes + 13, 3);
	return group;
}

static void
write_solicitation(struct tr_writer *writer,
    const uint8_t own[TR_LINK_ADDRESS_SIZE], const struct tr_address *src,
    const struct tr_address *neighbour, const struct tr_address *dst)
{
	size_t start;
	uint32_t sum;

	tr_write_u32(writer, UINT32_C(6) << 28);
	tr_write_u16(writer, SOLICITATION_SIZE);
	tr_write_u8(writer, TR_IPPROTO_ICMP6);
	tr_write_u8(writer, 255);
	tr_write_bytes(writer, src->bytes, 16);
	tr_write_bytes(writer, dst->bytes, 16);
	start = writer->used;
	tr_write_u8(writer, NEIGHBOR_SOLICITATION);
	tr_write_zeros(writer, 7);	/* code, checksum, reserved */
	tr_write_bytes(writer, neighbour->bytes, 16);
	tr_write_u8(writer, SOURCE_LINK);
	tr_write_u8(writer, 1);		/* eight bytes */
	tr_write_bytes(writer, own, TR_LINK_ADDRESS_SIZE);
	sum = tr_checksum_add_pseudo(0, src, dst, TR_IPPROTO_ICMP6,
	    SOLICITATION_SIZE);
	sum = tr_checksum_add(sum, writer->start + start, SOLICITATION_SIZE);
	tr_patch_u16(writer, start + 2, tr_checksum_finish(sum));
}

/* To one, or all; of IPv6, to the Ethernet group of its own (RFC 2464, 7). */
static void
fill_link(struct sockaddr_ll *link, const struct tr_address *neighbour,
    const uint8_t *to)
{
	static const uint8_t group[3] = { 0x33, 0x33, 0xff };

	if (to != NULL) {
		memcpy(link->sll_addr, to, TR_LINK_ADDRESS_SIZE);
	} else if (neighbour->family == 4) {
		memset(link->sll_addr, 0xff, TR_LINK_ADDRESS_SIZE);
	} else {
		memcpy(link->sll_addr, group, 3);
		memcpy(link->sll_addr + 3, neighbour->bytes + 13, 3);
	}
}

int
tr_solicit(int packets, uint32_t interface_index,
    const uint8_t own[TR_LINK_ADDRESS_SIZE], const struct tr_address *src,
    const struct tr_address *neighbour, const uint8_t *to)
{
	struct sockaddr_ll link = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(neighbour->family == 4 ?
		    ETHERTYPE_ARP : ETHERTYPE_IPV6),
		.sll_ifindex = (int)interface_index,
		.sll_halen = TR_LINK_ADDRESS_SIZE,
	};
	uint8_t bytes[PACKET_MAX];
	const struct tr_address group = group_of(neighbour);
	struct tr_writer writer;

	tr_writer_init(&writer, bytes, sizeof(bytes));
	if (neighbour->family == 4)
		write_arp(&writer, own, src, neighbour);
	else
		write_solicitation(&writer, own, src, neighbour,
		    to != NULL ? neighbour : &group);
	fill_link(&link, neighbour, to);
	if (writer.bad || sendto(packets, bytes, writer.used, MSG_DONTWAIT,
	    (const struct sockaddr *)&link, sizeof(link)) < 0)
		return TR_ESYSTEM;
	return TR_OK;
}
