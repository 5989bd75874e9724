#include <arpa/inet.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

struct tr_address
tr_address_v4(const uint8_t bytes[4])
{
	struct tr_address address = { .family = 4 };

	memcpy(address.bytes, bytes, 4);
	return address;
}

struct tr_address
tr_address_v6(const uint8_t bytes[16])
{
	struct tr_address address = { .family = 6 };

	memcpy(address.bytes, bytes, 16);
	return address;
}

size_t
tr_address_size(const struct tr_address *address)
{
	if (address->family == 4)
		return 4;
	return address->family == 6 ? 16 : 0;
}

bool
tr_address_is_set(const struct tr_address *address)
{
	return tr_address_size(address) != 0;
}

bool
tr_address_equal(const struct tr_address *a, const struct tr_address *b)
{
	return tr_address_compare(a, b) == 0;
}

int
tr_address_compare(const struct tr_address *a, const struct tr_address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, tr_address_size(a));
}

bool
tr_address_is_loopback(const struct tr_address *address)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	if (address->family == 4)
		return address->bytes[0] == 127;
	return address->family == 6 &&
	    memcmp(address->bytes, loopback6, sizeof(loopback6)) == 0;
}

bool
tr_address_is_link_local(const struct tr_address *address)
{
	return address->family == 6 && address->bytes[0] == 0xfe &&
	    (address->bytes[1] & 0xc0) == 0x80;
}

int
tr_address_parse(const char *text, struct tr_address *address)
{
	struct tr_address parsed = { .family = 4 };

	if (inet_pton(AF_INET, text, parsed.bytes) != 1) {
		parsed = (struct tr_address){ .family = 6 };
		if (inet_pton(AF_INET6, text, parsed.bytes) != 1)
			return TR_EFORMAT;
	}
	*address = parsed;
	return TR_OK;
}

const char *
tr_address_text(const struct tr_address *address, char *buffer, size_t size)
{
	const char *text = NULL;

	if (size == 0)
		return buffer;
	if (tr_address_is_set(address))
		text = inet_ntop(address->family == 4 ? AF_INET : AF_INET6,
		    address->bytes, buffer, (socklen_t)size);
	else if (size >= sizeof("*"))
		text = memcpy(buffer, "*", sizeof("*"));
	if (text == NULL)
		buffer[0] = '\0';
	return buffer;
}

const char *
tr_address_labels(const struct tr_address *address,
    char labels[TR_ADDRESS_LABELS_MAX])
{
	labels[0] = '\0';
	for (size_t i = tr_address_size(address); i-- > 0;) {
		const unsigned byte = address->bytes[i];
		const char *dot = i > 0 ? "." : "";

		if (address->family == 4)
			tr_text_append(labels, TR_ADDRESS_LABELS_MAX, "%u%s",
			    byte, dot);
		else
			tr_text_append(labels, TR_ADDRESS_LABELS_MAX,
			    "%x.%x%s", byte & 15, byte >> 4, dot);
	}
	return labels;
}

uint64_t
tr_address_mix(uint64_t hash, const struct tr_address *address)
{
	struct tr_reader reader;

	tr_reader_init(&reader, address->bytes, tr_address_size(address));
	while (tr_reader_left(&reader) >= 4)
		hash = tr_random_mix(hash, tr_read_u32(&reader));
	return hash;
}
