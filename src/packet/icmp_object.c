#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "packet/icmp.h"
#include "packet/icmp_object.h"

/* --- MPLS --------------------------------------------------------------- */

/* Where tr_icmp_mpls() collects. */
struct mpls_stack {
	struct tr_mpls *entries;
	size_t	 count;
};

/* RFC 4950, section 3: the body is the stack as it was received. */
static void
collect_mpls(void *context, uint8_t class, uint8_t type, const uint8_t *body,
    size_t size)
{
	struct mpls_stack *stack = context;
	struct tr_reader reader;

	if (class != TR_ICMP_OBJECT_MPLS ||
	    type != TR_ICMP_OBJECT_MPLS_INCOMING)
		return;
	tr_reader_init(&reader, body, size);
	while (stack->count < TR_MPLS_MAX) {
		const uint32_t entry = tr_read_u32(&reader);

		if (reader.bad)
			return;
		stack->entries[stack->count++] = (struct tr_mpls){
			.label = entry >> 12,
			.experimental = entry >> 9 & 7,
			.bottom = (entry >> 8 & 1) != 0,
			.ttl = (uint8_t)entry,
		};
	}
}

size_t
tr_icmp_mpls(const uint8_t *extension, size_t size,
    struct tr_mpls stack[TR_MPLS_MAX])
{
	struct mpls_stack found = { .entries = stack };

	tr_icmp_extension_walk(extension, size, collect_mpls, &found);
	return found.count;
}

/* --- interfaces --------------------------------------------------------- */

/* The type: two bits for the role, then the parts there are: RFC 5837, 4.1. */
#define ROLE_SHIFT	6
#define HAS_INDEX	0x08
#define HAS_ADDRESS	0x04
#define HAS_NAME	0x02
#define HAS_MTU		0x01

/* Address families (IANA). */
#define FAMILY_IPV4	1
#define FAMILY_IPV6	2

const char *
tr_interface_role_name(enum tr_interface_role role)
{
	static const char *const names[] = {
		[TR_INTERFACE_INCOMING] = "incoming",
		[TR_INTERFACE_SUB_IP] = "sub-ip",
		[TR_INTERFACE_OUTGOING] = "outgoing",
		[TR_INTERFACE_NEXT_HOP] = "next-hop",
	};

	return names[role];
}

/* RFC 5837, 4.2: family, two bytes of nothing, the address. */
static int
read_address(struct tr_reader *reader, struct tr_address *address)
{
	const uint16_t family = tr_read_u16(reader);
	const uint8_t *bytes;

	tr_read_u16(reader);
	if (reader->bad)
		return TR_ETRUNCATED;
	if (family != FAMILY_IPV4 && family != FAMILY_IPV6)
		return TR_EFORMAT;
	bytes = tr_read_bytes(reader, family == FAMILY_IPV4 ? 4 : 16);
	if (bytes == NULL)
		return TR_ETRUNCATED;
	*address = family == FAMILY_IPV4 ? tr_address_v4(bytes) :
	    tr_address_v6(bytes);
	return TR_OK;
}

/* RFC 5837, 4.3: its length, which counts itself, and zeros at the end. */
static int
read_name(struct tr_reader *reader, char *safe)
{
	const uint8_t length = tr_read_u8(reader);
	char name[TR_INTERFACE_NAME_MAX] = "";
	const uint8_t *bytes;

	if (reader->bad)
		return TR_ETRUNCATED;
	if (length == 0 || length > TR_INTERFACE_NAME_MAX)
		return TR_EFORMAT;
	bytes = tr_read_bytes(reader, length - (size_t)1);
	if (bytes == NULL)
		return TR_ETRUNCATED;
	memcpy(name, bytes, length - (size_t)1);
	tr_text_safe(name, safe, TR_INTERFACE_NAME_MAX);
	return TR_OK;
}

int
tr_icmp_interface(uint8_t type, const uint8_t *body, size_t size,
    struct tr_interface_info *info)
{
	struct tr_reader reader;
	int status = TR_OK;

	*info = (struct tr_interface_info){
		.role = (enum tr_interface_role)(type >> ROLE_SHIFT),
		.has_index = (type & HAS_INDEX) != 0,
		.has_mtu = (type & HAS_MTU) != 0,
	};
	tr_reader_init(&reader, body, size);
	if (info->has_index)
		info->index = tr_read_u32(&reader);
	if ((type & HAS_ADDRESS) != 0)
		status = read_address(&reader, &info->address);
	if ((type & HAS_NAME) != 0 && status == TR_OK)
		status = read_name(&reader, info->name);
	if (status != TR_OK)
		return status;
	if (info->has_mtu)
		info->mtu = tr_read_u32(&reader);
	if (reader.bad)
		return TR_ETRUNCATED;
	return tr_reader_left(&reader) == 0 ? TR_OK : TR_EFORMAT;
}
