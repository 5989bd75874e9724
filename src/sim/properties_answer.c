#include <string.h>

#include "base/error.h"
#include "sim/property.h"

#define QUOTE_MOST	1232
#define BURST_MOST	1000000
#define EXTENSION_AT_MOST 512

/* --- answers ------------------------------------------------------------ */

int
tr_property_silent(struct tr_property *property)
{
	struct tr_sim_node *node = property->node;
	struct tr_words *words = property->words;

	node->silent = 0;
	node->silent_share = TR_SIM_SHARE_ALL;
	while (tr_words_next(words) != NULL) {
		int protocol;

		if (tr_words_take(words, "share")) {
			const int status = tr_words_share(words,
			    &node->silent_share);

			if (status != TR_OK)
				return status;
			break;
		}
		protocol = tr_property_choose(words, tr_property_protocols,
	    tr_property_protocol_count,
		    "udp, tcp, icmp, other, any, or share");
		if (protocol < 0)
			return TR_EFORMAT;
		node->silent |= (unsigned)protocol;
	}
	if (node->silent == 0)
		node->silent = TR_SIM_ANY;
	return TR_OK;
}

int
tr_property_limit(struct tr_property *property)
{
	struct tr_sim_limit *limit = &property->node->limit;
	struct tr_words *words = property->words;
	int64_t rate = 1, burst = 1;
	int status = tr_words_rate(words, &rate);

	*limit = (struct tr_sim_limit){ .period = TR_SECOND / rate };
	if (status == TR_OK && tr_words_take(words, "burst"))
		status = tr_words_number(words, "a burst", 1, BURST_MOST,
		    &burst);
	limit->burst = (uint32_t)burst;
	if (status == TR_OK && tr_words_take(words, "per")) {
		limit->per_source = true;
		if (!tr_words_take(words, "source"))
			status = tr_words_expected(words, "source");
	}
	return status;
}

static const struct tr_property_choice sources[] = {
	{ "inbound", TR_SIM_FROM_INBOUND },
	{ "outbound", TR_SIM_FROM_OUTBOUND },
	{ "self", TR_SIM_FROM_SELF },
};

static int
read_reply_from(struct tr_property *property)
{
	struct tr_sim_node *node = property->node;
	struct tr_words *words = property->words;
	const char *next = tr_words_next(words);
	struct tr_address address;
	int source;

	if (next != NULL && tr_address_parse(next, &address) == TR_OK) {
		node->from = TR_SIM_FROM_GIVEN;
		node->from4.family = node->from6.family = 0;
		do {
			if (address.family == 4)
				node->from4 = address;
			else
				node->from6 = address;
			words->next++;
			next = tr_words_next(words);
		} while (next != NULL &&
		    tr_address_parse(next, &address) == TR_OK);
		return TR_OK;
	}
	source = TR_PROPERTY_CHOOSE(words, sources,
	    "inbound, outbound, self, or an address");
	if (source < 0)
		return TR_EFORMAT;
	node->from = (enum tr_sim_source)source;
	return TR_OK;
}

static int
read_reply_after(struct tr_property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_delaying *delaying = tr_list_add(
	    &property->node->delayings, sizeof(*delaying));
	int status;

	if (delaying == NULL)
		return tr_words_no_memory(words);
	delaying->share = TR_SIM_SHARE_ALL;
	status = tr_words_time(words, "a time", &delaying->after);
	if (status == TR_OK && tr_words_take(words, "jitter"))
		status = tr_words_time(words, "a time", &delaying->jitter);
	if (status == TR_OK && tr_words_take(words, "share"))
		status = tr_words_share(words, &delaying->share);
	return status;
}

static int
read_reply_twice(struct tr_property *property)
{
	struct tr_sim_node *node = property->node;

	node->twice = TR_SIM_SHARE_ALL;
	if (!tr_words_take(property->words, "share"))
		return TR_OK;
	return tr_words_share(property->words, &node->twice);
}

static int
read_reply_mtu(struct tr_property *property)
{
	struct tr_sim_node *node = property->node;
	int64_t mtu = 0;
	int status;

	node->hides_mtu = tr_words_take(property->words, "none");
	node->tells_mtu = !node->hides_mtu;
	if (node->hides_mtu)
		return TR_OK;
	status = tr_words_number(property->words, "\"none\" or an MTU", 0,
	    UINT16_MAX, &mtu);
	node->mtu_told = (uint16_t)mtu;
	return status;
}

int
tr_property_reply(struct tr_property *property)
{
	struct tr_words *words = property->words;
	int64_t tos;
	int status;

	if (tr_words_take(words, "from"))
		return read_reply_from(property);
	if (tr_words_take(words, "after"))
		return read_reply_after(property);
	if (tr_words_take(words, "twice"))
		return read_reply_twice(property);
	if (tr_words_take(words, "mtu"))
		return read_reply_mtu(property);
	if (!tr_words_take(words, "tos"))
		return tr_words_expected(words,
		    "from, after, twice, mtu or tos");
	status = tr_words_number(words, "a TOS", 0, 255, &tos);
	property->node->tos = (uint8_t)tos;
	property->node->tos_copied = 0;
	return status;
}

int
tr_property_ttl(struct tr_property *property)
{
	struct tr_words *words = property->words;
	int64_t ttl = 1;
	int status = tr_words_number(words, "a TTL", 1, 255, &ttl);

	property->node->ttl = (uint8_t)ttl;
	if (status == TR_OK && tr_words_take(words, "echo"))
		status = tr_words_number(words, "a TTL", 1, 255, &ttl);
	property->node->echo_ttl = (uint8_t)ttl;
	return status;
}

int
tr_property_quote(struct tr_property *property)
{
	struct tr_sim_node *node = property->node;
	struct tr_words *words = property->words;
	int64_t size;
	int status;

	node->quote_whole = false;
	if (tr_words_take(words, "all")) {
		node->quote = QUOTE_MOST;
		return TR_OK;
	}
	status = tr_words_number(words, "\"all\" or a number of bytes", 8,
	    QUOTE_MOST, &size);
	node->quote = (uint16_t)size;
	node->quote_whole = status == TR_OK && tr_words_take(words, "total");
	return status;
}

static const struct tr_property_choice counters[] = {
	{ "shared", TR_SIM_ID_SHARED },
	{ "interface", TR_SIM_ID_INTERFACE },
	{ "zero", TR_SIM_ID_ZERO },
	{ "random", TR_SIM_ID_RANDOM },
	{ "copy", TR_SIM_ID_COPY },
};

int
tr_property_ip_id(struct tr_property *property)
{
	struct tr_sim_identification *id = &property->node->id;
	struct tr_words *words = property->words;
	const int kind = TR_PROPERTY_CHOOSE(words, counters,
	    "shared, interface, zero, random or copy");
	int64_t number = 1;
	int status = TR_OK;

	if (kind < 0)
		return TR_EFORMAT;
	*id = (struct tr_sim_identification){
		.kind = (enum tr_sim_ip_id)kind,
	};
	if (tr_words_take(words, "step"))
		status = tr_words_number(words, "a step", 1, UINT16_MAX,
		    &number);
	id->step = (uint16_t)number;
	if (status == TR_OK && tr_words_take(words, "rate")) {
		status = tr_words_rate(words, &number);
		id->rate = (uint32_t)number;
	}
	return status;
}

/* Nodes of a kind that is met often. */
/* What routers that are bought have in common. */
static void
be_of_a_maker(struct tr_sim_node *node)
{
	node->quote = 8;
	node->names_labels = true;
	node->id.kind = TR_SIM_ID_SHARED;
}

int
tr_property_like(struct tr_property *property)
{
	struct tr_sim_node *node = property->node;
	struct tr_words *words = property->words;

	if (tr_words_take(words, "linux")) {
		node->ttl = 64;
		node->echo_ttl = 64;
		node->quote = 0;
		node->names_labels = false;
		node->id.kind = TR_SIM_ID_RANDOM;
	} else if (tr_words_take(words, "cisco")) {
		node->ttl = 255;
		node->echo_ttl = 255;
		be_of_a_maker(node);
	} else if (tr_words_take(words, "juniper")) {
		node->ttl = 255;
		node->echo_ttl = 64;
		be_of_a_maker(node);
	} else
		return tr_words_expected(words, "linux, cisco or juniper");
	return TR_OK;
}

/* --- extensions --------------------------------------------------------- */

static struct tr_sim_object *
add_object(struct tr_property *property, uint8_t class, uint8_t type)
{
	struct tr_sim_object *object = tr_list_add(
	    &property->node->extension.objects, sizeof(*object));

	if (object != NULL) {
		object->class = class;
		object->type = type;
	}
	return object;
}

/* LABEL[/EXP[/TTL]], from a word. */
static int
read_label(struct tr_words *words, uint32_t *entry)
{
	static const int64_t most[3] = { TR_SIM_LABEL_LAST, 7, 255 };
	int64_t part[3] = { 0, 0, 1 };
	const char *at = tr_words_next(words);

	for (size_t i = 0; i < 3; i++) {
		const char *start = at;

		part[i] = 0;
		for (; *at >= '0' && *at <= '9' && part[i] <= most[i]; at++)
			part[i] = part[i] * 10 + (*at - '0');
		if (at == start || part[i] > most[i])
			break;
		if (*at == '\0') {
			*entry = (uint32_t)part[0] << 12 |
			    (uint32_t)part[1] << 9 |
			    (uint32_t)(i == 2 ? part[2] : 1);
			words->next++;
			return TR_OK;
		}
		if (*at++ != '/')
			break;
	}
	return tr_words_expected(words,
	    "LABEL/EXP/TTL, such as 24001/0/1, or the label alone");
}

static int
read_labels(struct tr_property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_object *object = add_object(property, 1, 1);

	if (object == NULL)
		return tr_words_no_memory(words);
	if (tr_words_next(words) == NULL)
		return tr_words_expected(words, "a label");
	while (tr_words_next(words) != NULL) {
		uint32_t entry = 0;
		const int status = read_label(words, &entry);

		if (status != TR_OK)
			return status;
		if (object->size + 4 > sizeof(object->body))
			return tr_words_fail(words, TR_ERANGE,
			    "more than %zu labels", sizeof(object->body) / 4);
		if (tr_words_next(words) == NULL)
			entry |= UINT32_C(1) << 8;	/* the last */
		for (int shift = 24; shift >= 0; shift -= 8)
			object->body[object->size++] =
			    (uint8_t)(entry >> shift);
	}
	return TR_OK;
}

static const struct tr_property_choice roles[] = {
	{ "in", 0 }, { "sub", 1 }, { "out", 2 }, { "next", 3 },
};

static int
read_interface_part(struct tr_words *words, struct tr_sim_object *object)
{
	const char *next;
	int64_t number;
	int status;

	if (tr_words_take(words, "address")) {
		object->address = true;
		return TR_OK;
	}
	if (tr_words_take(words, "index")) {
		status = tr_words_number(words, "an index", 1, UINT32_MAX,
		    &number);
		object->index = (uint32_t)number;
		return status;
	}
	if (tr_words_take(words, "mtu")) {
		status = tr_words_number(words, "an MTU", 1, UINT32_MAX,
		    &number);
		object->mtu = (uint32_t)number;
		return status;
	}
	if (!tr_words_take(words, "name"))
		return tr_words_expected(words,
		    "index, address, name or mtu");
	next = tr_words_next(words);
	if (next == NULL || strlen(next) >= sizeof(object->name))
		return tr_words_expected(words,
		    "an interface's name of at most 63 bytes");
	strncpy(object->name, next, sizeof(object->name) - 1);
	words->next++;
	return TR_OK;
}

static int
read_interface(struct tr_property *property)
{
	struct tr_words *words = property->words;
	const int role = TR_PROPERTY_CHOOSE(words, roles,
	    "in, sub, out or next");
	struct tr_sim_object *object;
	int status = TR_OK;

	if (role < 0)
		return TR_EFORMAT;
	object = add_object(property, 2, (uint8_t)(role << 6));
	if (object == NULL)
		return tr_words_no_memory(words);
	object->is_interface = true;
	while (status == TR_OK && tr_words_next(words) != NULL)
		status = read_interface_part(words, object);
	return status;
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits) % 16;
}

static int
read_object(struct tr_property *property)
{
	struct tr_words *words = property->words;
	struct tr_sim_object *object;
	int64_t class = 0, type = 0;
	const char *hex;
	int status;

	status = tr_words_number(words, "a class", 0, 255, &class);
	if (status == TR_OK)
		status = tr_words_number(words, "a type", 0, 255, &type);
	if (status != TR_OK)
		return status;
	object = add_object(property, (uint8_t)class, (uint8_t)type);
	if (object == NULL)
		return tr_words_no_memory(words);
	hex = tr_words_next(words);
	if (hex == NULL)
		return TR_OK;
	for (; hex[0] != '\0'; hex += 2) {
		const int high = hex_digit(hex[0]);
		const int low = high < 0 ? -1 : hex_digit(hex[1]);

		if (low < 0 || object->size == sizeof(object->body))
			return tr_words_expected(words, "at most 64 bytes, "
			    "in hex digits, two for each");
		object->body[object->size++] = (uint8_t)(high << 4 | low);
	}
	words->next++;
	return TR_OK;
}

static int
read_length(struct tr_property *property)
{
	struct tr_sim_extension *extension = &property->node->extension;
	struct tr_words *words = property->words;
	int64_t given;
	int status;

	if (tr_words_take(words, "octets")) {
		extension->length = TR_SIM_LENGTH_OCTETS;
		return TR_OK;
	}
	status = tr_words_number(words, "\"octets\" or the field's value", 0,
	    255, &given);
	extension->length = TR_SIM_LENGTH_GIVEN;
	extension->length_given = (uint8_t)given;
	return status;
}

int
tr_property_extension(struct tr_property *property)
{
	struct tr_sim_extension *extension = &property->node->extension;
	struct tr_words *words = property->words;
	int64_t at;
	int status;

	if (tr_words_take(words, "labels"))
		return read_labels(property);
	if (tr_words_take(words, "interface"))
		return read_interface(property);
	if (tr_words_take(words, "object"))
		return read_object(property);
	if (tr_words_take(words, "length"))
		return read_length(property);
	if (tr_words_take(words, "checksum")) {
		if (tr_words_take(words, "none"))
			extension->checksum = TR_SIM_CHECKSUM_NONE;
		else if (tr_words_take(words, "wrong"))
			extension->checksum = TR_SIM_CHECKSUM_WRONG;
		else
			return tr_words_expected(words, "none or wrong");
		return TR_OK;
	}
	if (!tr_words_take(words, "at"))
		return tr_words_expected(words, "labels, interface, object, "
		    "length, checksum or at");
	status = tr_words_number(words, "a number of bytes", 8,
	    EXTENSION_AT_MOST, &at);
	extension->at = (uint16_t)at;
	return status;
}
