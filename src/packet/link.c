#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "packet/link.h"
#include "packet/wire.h"

#define ETHERNET_ADDRESSES	12	/* destination and source */
#define COOKED_ADDRESS		8

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* A frame on the way to its IP packet. */
struct frame {
	struct tr_reader reader;
	struct tr_link_info *info;
};

/* The rest of the frame is the IP packet. */
static int
rest_is_ip(struct frame *frame)
{
	if (frame->reader.bad)
		return TR_ETRUNCATED;
	frame->info->ip_size = tr_reader_left(&frame->reader);
	frame->info->ip = tr_read_bytes(&frame->reader,
	    frame->info->ip_size);
	return TR_OK;
}

/* The rest is IP if its first nibble says so: version, or 0 for either. */
static int
rest_by_nibble(struct frame *frame, unsigned version)
{
	struct tr_reader peek = frame->reader;
	const unsigned nibble = tr_read_u8(&peek) >> 4;

	if (peek.bad)
		return TR_ETRUNCATED;
	if (version != 0 ? nibble != version : nibble != 4 && nibble != 6)
		return TR_EFORMAT;
	return rest_is_ip(frame);
}

/*
 * RFC 3032, section 2.1: entries of 4 bytes up to the one with the bottom
 * bit.  Nothing names what follows, so the nibble decides (RFC 4928, 3).
 */
static int
skip_mpls(struct frame *frame)
{
	bool bottom = false;

	while (!bottom && !frame->reader.bad)
		bottom = (tr_read_u32(&frame->reader) & 0x100) != 0;
	return rest_by_nibble(frame, 0);
}

static bool
is_vlan(uint16_t ethertype)
{
	return ethertype == TR_ETHERTYPE_VLAN ||
	    ethertype == TR_ETHERTYPE_QINQ ||
	    ethertype == TR_ETHERTYPE_QINQ_OLD;
}

/* What follows an EtherType: VLAN tags (802.1Q, 802.1ad), MPLS, or IP. */
static int
after_ethertype(struct frame *frame, uint16_t ethertype)
{
	struct tr_link_info *info = frame->info;

	while (is_vlan(ethertype)) {
		if (info->vlans == TR_LINK_VLANS_MAX)
			return TR_EFORMAT;
		info->vlan[info->vlans++] =
		    tr_read_u16(&frame->reader) & 0xfff;
		ethertype = tr_read_u16(&frame->reader);
	}
	if (frame->reader.bad)
		return TR_ETRUNCATED;
	if (ethertype == TR_ETHERTYPE_MPLS)
		return skip_mpls(frame);
	if (ethertype != TR_ETHERTYPE_IPV4 && ethertype != TR_ETHERTYPE_IPV6)
		return TR_EFORMAT;
	return rest_is_ip(frame);
}

static int
decode_ethernet(struct frame *frame)
{
	tr_read_bytes(&frame->reader, ETHERNET_ADDRESSES);
	return after_ethertype(frame, tr_read_u16(&frame->reader));
}

static int
decode_raw(struct frame *frame)
{
	return rest_by_nibble(frame, 0);
}

static int
decode_ipv4(struct frame *frame)
{
	return rest_by_nibble(frame, 4);
}

static int
decode_ipv6(struct frame *frame)
{
	return rest_by_nibble(frame, 6);
}

/* Packet types of Linux (PACKET_HOST and so on). */
static enum tr_direction
cooked_direction(unsigned type)
{
	static const enum tr_direction directions[] = {
		TR_DIRECTION_IN,	/* to us */
		TR_DIRECTION_IN,	/* broadcast */
		TR_DIRECTION_IN,	/* multicast */
		TR_DIRECTION_OTHER,	/* to another host */
		TR_DIRECTION_OUT,	/* from us */
	};

	return type < ARRAY_SIZE(directions) ?
	    directions[type] : TR_DIRECTION_UNKNOWN;
}

/* https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
static int
decode_cooked(struct frame *frame)
{
	struct tr_reader *reader = &frame->reader;

	frame->info->direction = cooked_direction(tr_read_u16(reader));
	tr_read_u16(reader);		/* ARPHRD_ type of the device */
	tr_read_u16(reader);		/* length of the address */
	tr_read_bytes(reader, COOKED_ADDRESS);
	return after_ethertype(frame, tr_read_u16(reader));
}

/* https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html */
static int
decode_cooked2(struct frame *frame)
{
	struct tr_reader *reader = &frame->reader;
	const uint16_t protocol = tr_read_u16(reader);

	tr_read_u16(reader);		/* reserved */
	frame->info->interface = tr_read_u32(reader);
	tr_read_u16(reader);		/* ARPHRD_ type of the device */
	frame->info->direction = cooked_direction(tr_read_u8(reader));
	tr_read_u8(reader);		/* length of the address */
	tr_read_bytes(reader, COOKED_ADDRESS);
	return after_ethertype(frame, protocol);
}

/* The IP version of an address family, 0 for any other. */
static unsigned
version_of_family(uint32_t family)
{
	static const struct {
		uint32_t family;
		unsigned version;
	} families[] = {
		{ 2, 4 },		/* AF_INET is the same everywhere */
		{ 10, 6 },		/* AF_INET6 of Linux */
		{ 24, 6 },		/* of NetBSD and OpenBSD */
		{ 28, 6 },		/* of FreeBSD */
		{ 30, 6 },		/* of Darwin */
	};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i].family == family)
			return families[i].version;
	return 0;
}

static int
after_family(struct frame *frame, uint32_t family)
{
	const unsigned version = version_of_family(family);

	if (frame->reader.bad)
		return TR_ETRUNCATED;
	return version != 0 ? rest_by_nibble(frame, version) : TR_EFORMAT;
}

/* The byte order is that of the host that captured: take what makes sense. */
static int
decode_null(struct frame *frame)
{
	struct tr_reader other = frame->reader;
	const uint32_t family = tr_read_u32(&frame->reader);

	return after_family(frame, version_of_family(family) != 0 ?
	    family : tr_read_u32_little(&other));
}

static int
decode_loop(struct frame *frame)
{
	return after_family(frame, tr_read_u32(&frame->reader));
}

/*
 * RFC 1661, section 2: the protocol is one byte when that byte is odd (field
 * compression); RFC 1662, section 3.1: address and control may be left out.
 */
static int
decode_ppp(struct frame *frame)
{
	struct tr_reader peek = frame->reader;
	uint16_t protocol;

	if (tr_read_u16(&peek) == 0xff03)
		frame->reader = peek;
	if (peek.bad)
		return TR_ETRUNCATED;
	protocol = tr_read_u8(&frame->reader);
	if (protocol % 2 == 0)
		protocol = (uint16_t)(protocol << 8 |
		    tr_read_u8(&frame->reader));
	if (frame->reader.bad)
		return TR_ETRUNCATED;

	switch (protocol) {
	case TR_PPP_IPV4:
		return rest_by_nibble(frame, 4);
	case TR_PPP_IPV6:
		return rest_by_nibble(frame, 6);
	case TR_PPP_MPLS:
	case TR_PPP_MPLS_MULTICAST:
		return skip_mpls(frame);
	default:
		return TR_EFORMAT;
	}
}

/* The first row of a link type has the number that is written to files. */
static const struct link_row {
	int		 linktype;
	enum tr_link	 link;
	const char	*name;
	int		(*decode)(struct frame *);
} rows[] = {
	{ 1, TR_LINK_ETHERNET, "EN10MB", decode_ethernet },
	{ 101, TR_LINK_RAW, "RAW", decode_raw },
	{ 12, TR_LINK_RAW, "RAW", decode_raw },	/* DLT_RAW in old files */
	{ 14, TR_LINK_RAW, "RAW", decode_raw },	/* the same of OpenBSD */
	{ 228, TR_LINK_IPV4, "IPV4", decode_ipv4 },
	{ 229, TR_LINK_IPV6, "IPV6", decode_ipv6 },
	{ 113, TR_LINK_COOKED, "LINUX_SLL", decode_cooked },
	{ 276, TR_LINK_COOKED2, "LINUX_SLL2", decode_cooked2 },
	{ 0, TR_LINK_NULL, "NULL", decode_null },
	{ 108, TR_LINK_LOOP, "LOOP", decode_loop },
	{ 9, TR_LINK_PPP, "PPP", decode_ppp },
	{ 50, TR_LINK_PPP, "PPP", decode_ppp },	/* PPP_HDLC */
};

static const struct link_row *
row_of(enum tr_link link)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].link == link)
			return &rows[i];
	return NULL;
}

enum tr_link
tr_link_from_linktype(int linktype)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].linktype == linktype)
			return rows[i].link;
	return TR_LINK_NONE;
}

int
tr_link_linktype(enum tr_link link)
{
	const struct link_row *row = row_of(link);

	return row != NULL ? row->linktype : -1;
}

const char *
tr_link_name(enum tr_link link)
{
	const struct link_row *row = row_of(link);

	return row != NULL ? row->name : "none";
}

int
tr_link_decode(enum tr_link link, const uint8_t *frame, size_t size,
    struct tr_link_info *info)
{
	const struct link_row *row = row_of(link);
	struct frame state = { .info = info };

	*info = (struct tr_link_info){ 0 };
	if (row == NULL)
		return TR_EUNSUPPORTED;
	tr_reader_init(&state.reader, frame, size);
	return row->decode(&state);
}
