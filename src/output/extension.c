#include "base/bytes.h"
#include "output/output.h"
#include "packet/icmp_object.h"

struct extension_writer {
	FILE	*stream;
	unsigned objects;
};

/* Words of 32 bits; what is left over at the end is written as it is. */
static void
put_words(FILE *stream, const uint8_t *body, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fprintf(stream, "%s%02x", i > 0 && i % 4 == 0 ? "," : "",
		    body[i]);
}

static void
put_mpls(FILE *stream, const uint8_t *body, size_t size)
{
	struct tr_reader reader;

	tr_reader_init(&reader, body, size);
	fputs("MPLS:", stream);
	while (tr_reader_left(&reader) >= 4) {
		const uint32_t entry = tr_read_u32(&reader);

		fprintf(stream, "L=%u,E=%u,S=%u,T=%u%s", entry >> 12,
		    entry >> 9 & 7, entry >> 8 & 1, entry & 0xff,
		    tr_reader_left(&reader) >= 4 ? "/" : "");
	}
}

/* As traceroute(8) does from 2.1.5 on: INC:3,10.0.1.1,"ge-0/0/1",mtu=9000. */
static void
put_interface(FILE *stream, const struct tr_interface_info *info)
{
	static const char *const roles[] = {
		[TR_INTERFACE_INCOMING] = "INC",
		[TR_INTERFACE_SUB_IP] = "SUB",
		[TR_INTERFACE_OUTGOING] = "OUT",
		[TR_INTERFACE_NEXT_HOP] = "NXT",
	};
	char address[TR_ADDRESS_TEXT_MAX];
	const char *parted = "";

	fprintf(stream, "%s:", roles[info->role]);
	if (info->has_index) {
		fprintf(stream, "%u", info->index);
		parted = ",";
	}
	if (tr_address_is_set(&info->address)) {
		fprintf(stream, "%s%s", parted, tr_address_text(
		    &info->address, address, sizeof(address)));
		parted = ",";
	}
	if (info->name[0] != '\0') {
		fprintf(stream, "%s\"%s\"", parted, info->name);
		parted = ",";
	}
	if (info->has_mtu)
		fprintf(stream, "%smtu=%u", parted, info->mtu);
}

static void
put_object(void *context, uint8_t class, uint8_t type, const uint8_t *body,
    size_t size)
{
	struct extension_writer *writer = context;
	struct tr_interface_info info;

	if (writer->objects++ > 0)
		putc(';', writer->stream);
	if (class == TR_ICMP_OBJECT_MPLS &&
	    type == TR_ICMP_OBJECT_MPLS_INCOMING && size >= 4) {
		put_mpls(writer->stream, body, size);
		return;
	}
	if (class == TR_ICMP_OBJECT_INTERFACE &&
	    tr_icmp_interface(type, body, size, &info) == TR_OK) {
		put_interface(writer->stream, &info);
		return;
	}
	fprintf(writer->stream, "%u/%u:", class, type);
	put_words(writer->stream, body, size);
}

void
tr_extension_write(FILE *stream, const struct tr_path_reply *reply)
{
	struct extension_writer writer = { .stream = stream };

	if (reply->extension == NULL)
		return;
	fputs(" <", stream);
	tr_icmp_extension_walk(reply->extension, reply->extension_size,
	    put_object, &writer);
	putc('>', stream);
}
