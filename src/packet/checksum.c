#include "packet/checksum.h"

uint32_t
tr_checksum_add(uint32_t sum, const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	/* RFC 1071, section 2: a last odd byte is padded with a zero. */
	if (i < size)
		sum += (uint32_t)data[i] << 8;
	return sum;
}

uint32_t
tr_checksum_add_pseudo(uint32_t sum, const struct tr_address *src,
    const struct tr_address *dst, uint8_t protocol, uint32_t length)
{
	sum = tr_checksum_add(sum, src->bytes, tr_address_size(src));
	sum = tr_checksum_add(sum, dst->bytes, tr_address_size(dst));
	/* The same fields in both versions, in other places and widths. */
	return sum + protocol + (length >> 16) + (length & 0xffff);
}

uint16_t
tr_checksum_finish(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(~sum & 0xffff);
}
