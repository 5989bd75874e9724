/*
 * Fuzz target for tables of origin AS, and for files of exchange points: the
 * input is read as both, and addresses are looked up in what came of it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/exchange.h"
#include "enrich/origin_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Each four bytes of the input are an address of IPv4, each sixteen of IPv6. */
static struct tr_address
address_at(const uint8_t *data, uint8_t family)
{
	struct tr_address address = { .family = family };

	memcpy(address.bytes, data, tr_address_size(&address));
	return address;
}

static void
look(const struct tr_origin_text *text, const struct tr_address *address)
{
	struct tr_origin_match match;

	if (!tr_origin_text_find(text, address, &match))
		return;
	if (!tr_prefix_contains(&match.prefix.prefix, address) ||
	    match.set.count > TR_ORIGINS_MAX ||
	    strlen(match.holder) >= TR_ANNOTATION_TEXT_MAX)
		abort();
	for (uint8_t i = 1; i < match.set.count; i++)
		if (match.set.asns[i - 1] >= match.set.asns[i])
			abort();
}

static void
read_origins(const uint8_t *data, size_t size)
{
	struct tr_origin_text *text = tr_origin_text_new("fuzz");
	struct tr_error error;
	struct tr_address address;
	char warning[256];

	if (text == NULL)
		return;
	if (tr_origin_text_parse(text, (const char *)data, size, &error) == 0)
		for (size_t at = 0; at + 16 <= size; at += 16) {
			address = address_at(data + at, 4);
			look(text, &address);
			address = address_at(data + at, 6);
			look(text, &address);
		}
	tr_lines_warning(&text->lines, warning, sizeof(warning));
	tr_origin_text_free(text);
}

static void
read_exchanges(const uint8_t *data, size_t size)
{
	struct tr_exchanges *exchanges = tr_exchanges_new("fuzz");
	struct tr_error error;
	struct tr_address address;
	const char *name;
	char warning[256];

	if (exchanges == NULL)
		return;
	if (tr_exchanges_parse(exchanges, (const char *)data, size,
	    &error) == 0)
		for (size_t at = 0; at + 16 <= size; at += 16) {
			address = address_at(data + at, 4);
			name = tr_exchanges_find(exchanges, &address);
			if (name != NULL && *name == '\0')
				abort();
		}
	(void)tr_exchanges_warning(exchanges, warning, sizeof(warning));
	tr_exchanges_free(exchanges);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_origins(data, size);
	read_exchanges(data, size);
	return 0;
}
