/*
 * Fuzz target for extension structures (RFC 4884): first the bytes as a
 * structure, then as an ICMP message of each version that may carry one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet/icmp.h"
#include "packet/icmp_object.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct seen {
	const uint8_t *data;
	size_t	size;
	int	count;
};

/* Whatever the class: the reader must bear it. */
static void
check_interface(uint8_t type, const uint8_t *body, size_t size)
{
	struct tr_interface_info info;

	if (tr_icmp_interface(type, body, size, &info) != 0)
		return;
	if (memchr(info.name, '\0', sizeof(info.name)) == NULL ||
	    info.role != (enum tr_interface_role)(type >> 6))
		abort();
}

static void
check_object(void *context, uint8_t class, uint8_t type, const uint8_t *body,
    size_t size)
{
	struct seen *seen = context;
	volatile uint8_t last = (uint8_t)(class ^ type);

	if (body < seen->data || size > seen->size ||
	    (size_t)(body - seen->data) > seen->size - size)
		abort();
	for (size_t i = 0; i < size; i++)
		last ^= body[i];
	(void)last;
	check_interface(type, body, size);
	seen->count++;
}

static void
check_structure(const uint8_t *data, size_t size)
{
	struct seen seen = { .data = data, .size = size };
	struct tr_mpls stack[TR_MPLS_MAX];
	const int count =
	    tr_icmp_extension_walk(data, size, check_object, &seen);
	const size_t labels = tr_icmp_mpls(data, size, stack);

	if (count > 0 && count != seen.count)
		abort();
	if (labels > TR_MPLS_MAX)
		abort();
	for (size_t i = 0; i < labels; i++)
		if (stack[i].label > 0xfffff || stack[i].experimental > 7)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_structure(data, size);
	for (uint8_t version = 4; version <= 6; version += 2) {
		struct tr_icmp icmp;

		if (tr_icmp_decode(version, data, size, &icmp) != 0)
			continue;
		if (icmp.extension == NULL)
			continue;
		if (icmp.quote_size < (icmp.extension_place ==
		    TR_EXTENSION_BY_SCAN ? 28u : 128u) ||
		    icmp.extension != icmp.quote + icmp.quote_size ||
		    icmp.extension + icmp.extension_size != data + size)
			abort();
		check_structure(icmp.extension, icmp.extension_size);
	}
	return 0;
}
