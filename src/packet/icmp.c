#include "base/bytes.h"
#include "base/error.h"
#include "packet/checksum.h"
#include "packet/icmp.h"
#include "packet/wire.h"

#define EXTENSION_VERSION	2
#define EXTENSION_HEADER	4
#define OBJECT_HEADER		4

/* RFC 4884, section 5: no shorter quote stands before an extension. */
#define QUOTE_PADDED		128

/* An IPv4 header and the 8 bytes behind it: RFC 792 lets none be shorter. */
#define QUOTE_LEAST		28

#define ANY_CODE		(-1)

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/*
 * All messages that matter here; the first row that fits holds.  Extended
 * are those to which RFC 4884, section 4, gives a length field.
 */
static const struct icmp_row {
	uint8_t	version;
	uint8_t	type;
	int	code;
	enum tr_icmp_class class;
	bool	quotes;
	bool	extended;
} rows[] = {
	{ 4, TR_ICMP4_ECHO_REPLY, ANY_CODE, TR_ICMP_ECHO_REPLY,
	    false, false },
	{ 4, TR_ICMP4_UNREACHABLE, TR_ICMP4_UNREACHABLE_MTU,
	    TR_ICMP_TOO_BIG, true, true },
	{ 4, TR_ICMP4_UNREACHABLE, ANY_CODE, TR_ICMP_UNREACHABLE,
	    true, true },
	{ 4, TR_ICMP4_SOURCE_QUENCH, ANY_CODE, TR_ICMP_QUENCH, true, false },
	{ 4, TR_ICMP4_REDIRECT, ANY_CODE, TR_ICMP_REDIRECT, true, false },
	{ 4, TR_ICMP4_ECHO_REQUEST, ANY_CODE, TR_ICMP_ECHO_REQUEST,
	    false, false },
	{ 4, TR_ICMP4_TIME_EXCEEDED, TR_ICMP_EXCEEDED_REASSEMBLY,
	    TR_ICMP_REASSEMBLY, true, true },
	{ 4, TR_ICMP4_TIME_EXCEEDED, ANY_CODE, TR_ICMP_TIME_EXCEEDED,
	    true, true },
	{ 4, TR_ICMP4_PARAMETER, ANY_CODE, TR_ICMP_PARAMETER, true, true },

	{ 6, TR_ICMP6_UNREACHABLE, ANY_CODE, TR_ICMP_UNREACHABLE,
	    true, true },
	{ 6, TR_ICMP6_TOO_BIG, ANY_CODE, TR_ICMP_TOO_BIG, true, false },
	{ 6, TR_ICMP6_TIME_EXCEEDED, TR_ICMP_EXCEEDED_REASSEMBLY,
	    TR_ICMP_REASSEMBLY, true, true },
	{ 6, TR_ICMP6_TIME_EXCEEDED, ANY_CODE, TR_ICMP_TIME_EXCEEDED,
	    true, true },
	{ 6, TR_ICMP6_PARAMETER, ANY_CODE, TR_ICMP_PARAMETER, true, false },
	{ 6, TR_ICMP6_ECHO_REQUEST, ANY_CODE, TR_ICMP_ECHO_REQUEST,
	    false, false },
	{ 6, TR_ICMP6_ECHO_REPLY, ANY_CODE, TR_ICMP_ECHO_REPLY,
	    false, false },
};

static const struct icmp_row *
row_of(uint8_t version, uint8_t type, uint8_t code)
{
	static const struct icmp_row other = { .class = TR_ICMP_OTHER };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].version == version && rows[i].type == type &&
		    (rows[i].code == ANY_CODE || rows[i].code == code))
			return &rows[i];
	return &other;
}

enum tr_icmp_class
tr_icmp_classify(uint8_t version, uint8_t type, uint8_t code)
{
	return row_of(version, type, code)->class;
}

/* RFC 4884, section 7: version 2, and a checksum that is right or not sent. */
static bool
extension_header_is_good(const uint8_t *data, size_t size, bool may_be_zero)
{
	struct tr_reader reader;
	uint16_t first, checksum;

	tr_reader_init(&reader, data, size);
	first = tr_read_u16(&reader);
	checksum = tr_read_u16(&reader);
	if (reader.bad || first >> 12 != EXTENSION_VERSION)
		return false;
	return checksum == 0 ? may_be_zero :
	    tr_checksum_finish(tr_checksum_add(0, data, size)) == 0;
}

/* Take the extension at offset of the quote, if one is there. */
static bool
accept_extension(struct tr_icmp *icmp, size_t offset,
    enum tr_icmp_extension_place place)
{
	static const size_t least[] = { QUOTE_PADDED, QUOTE_LEAST };
	const uint8_t *data;
	size_t size;

	if (offset < least[place == TR_EXTENSION_BY_SCAN] ||
	    offset >= icmp->quote_size)
		return false;
	data = icmp->quote + offset;
	size = icmp->quote_size - offset;
	if (!extension_header_is_good(data, size,
	    place != TR_EXTENSION_BY_SCAN) ||
	    tr_icmp_extension_walk(data, size, NULL, NULL) <= 0)
		return false;
	icmp->extension = data;
	icmp->extension_size = size;
	icmp->extension_place = place;
	icmp->quote_size = offset;
	return true;
}

/*
 * RFC 4884, section 5.5, and what routers really send: none fills in the
 * length, 17 where it means 32, and bytes where words are meant; or does not
 * pad the quote.
 */
static void
find_extension(struct tr_icmp *icmp, size_t unit)
{
	const size_t length = icmp->length_field;

	if (accept_extension(icmp, length * unit, TR_EXTENSION_BY_LENGTH))
		return;
	if (accept_extension(icmp, QUOTE_PADDED, length == QUOTE_PADDED ?
	    TR_EXTENSION_BY_OCTETS : TR_EXTENSION_AT_128))
		return;
	if (accept_extension(icmp, length, TR_EXTENSION_BY_OCTETS))
		return;
	for (size_t offset = QUOTE_LEAST; offset < icmp->quote_size;
	    offset += 4)
		if (accept_extension(icmp, offset, TR_EXTENSION_BY_SCAN))
			return;
}

/* The length field counts words of 32 bits in IPv4, of 64 bits in IPv6. */
static const struct {
	size_t	unit;
	unsigned shift;			/* in the second word of the message */
} length_fields[] = {
	{ 4, 16 },			/* IPv4: byte 5 */
	{ 8, 24 },			/* IPv6: byte 4 */
};

/* The MTU is the low half of the word in IPv4 (RFC 1191), all of it in 6. */
static uint16_t
read_mtu(uint8_t version, uint32_t word)
{
	if (version == 4)
		return (uint16_t)word;
	return word > UINT16_MAX ? UINT16_MAX : (uint16_t)word;
}

int
tr_icmp_decode(uint8_t version, const uint8_t *data, size_t size,
    struct tr_icmp *icmp)
{
	const size_t v6 = version == 6;
	const struct icmp_row *row;
	struct tr_reader reader;
	uint32_t word;

	*icmp = (struct tr_icmp){ 0 };
	tr_reader_init(&reader, data, size);
	icmp->type = tr_read_u8(&reader);
	icmp->code = tr_read_u8(&reader);
	icmp->checksum = tr_read_u16(&reader);
	if (reader.bad)
		return TR_ETRUNCATED;
	row = row_of(version, icmp->type, icmp->code);
	icmp->class = row->class;
	icmp->is_error = row->quotes;

	word = tr_read_u32(&reader);
	if (reader.bad)
		return TR_OK;
	if (row->class == TR_ICMP_TOO_BIG)
		icmp->mtu = read_mtu(version, word);
	if (row->extended)
		icmp->length_field =
		    (uint8_t)(word >> length_fields[v6].shift);
	if (!row->quotes || tr_reader_left(&reader) == 0)
		return TR_OK;
	icmp->quote_size = tr_reader_left(&reader);
	icmp->quote = tr_read_bytes(&reader, icmp->quote_size);
	if (row->extended)
		find_extension(icmp, length_fields[v6].unit);
	return TR_OK;
}

int
tr_icmp_extension_walk(const uint8_t *data, size_t size,
    tr_icmp_object_fn *visit, void *context)
{
	struct tr_reader reader;
	int count = 0;

	tr_reader_init(&reader, data, size);
	if (tr_read_u8(&reader) >> 4 != EXTENSION_VERSION)
		return reader.bad ? TR_ETRUNCATED : TR_EFORMAT;
	/* Reserved bits and the checksum: the finder has looked at it. */
	tr_read_bytes(&reader, EXTENSION_HEADER - 1);

	while (tr_reader_left(&reader) > 0) {
		const uint16_t length = tr_read_u16(&reader);
		const uint8_t class = tr_read_u8(&reader);
		const uint8_t type = tr_read_u8(&reader);
		const uint8_t *body;

		if (reader.bad)
			break;
		/* The length includes this header: less would never end. */
		if (length < OBJECT_HEADER)
			return TR_EFORMAT;
		body = tr_read_bytes(&reader,
		    length - (size_t)OBJECT_HEADER);
		if (body == NULL)
			break;
		if (visit != NULL)
			visit(context, class, type, body,
			    length - (size_t)OBJECT_HEADER);
		count++;
	}
	return reader.bad ? TR_ETRUNCATED : count;
}

const char *
tr_icmp_extension_fault(enum tr_icmp_extension_place place,
    uint8_t length_field)
{
	switch (place) {
	case TR_EXTENSION_AT_128:
		return length_field == 0 ? "no-length" : "wrong-length";
	case TR_EXTENSION_BY_OCTETS:
		return "length-in-octets";
	case TR_EXTENSION_BY_SCAN:
		return "not-padded";
	case TR_EXTENSION_BY_LENGTH:
	case TR_EXTENSION_NONE:
		break;
	}
	return NULL;
}
