/*
 * A name server that knows the names of the topology: PTR, A and AAAA
 * (RFC 1035, RFC 3596), over UDP, and nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "sim/visit.h"

#define UDP_HEADER	8
#define DNS_HEADER	12
#define LABEL_MAX	63
#define ANSWER_MAX	512		/* RFC 1035, 2.3.4 */
#define TTL		60

#define TYPE_A		1
#define TYPE_PTR	12
#define TYPE_AAAA	28
#define CLASS_IN	1

#define FLAG_RESPONSE	0x8000
#define FLAG_AUTHORITY	0x0400
#define FLAG_DESIRED	0x0100		/* recursion, copied */
#define CODE_NO_NAME	3
#define CODE_NOT_IMPLEMENTED 4

#define POINTER_TO_QUESTION (0xc000 | DNS_HEADER)

struct question {
	char	 name[TR_SIM_HOST_NAME_MAX];	/* small letters, no dot at */
						/* its end */
	uint16_t type;
	uint16_t class;
	size_t	 size;			/* bytes of it in the message */
};

static char
small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* RFC 1035, 4.1.2.  A question has no pointers. */
static int
read_question(struct tr_reader *reader, struct question *question)
{
	const size_t before = tr_reader_left(reader);
	size_t used = 0;
	uint8_t length;

	while ((length = tr_read_u8(reader)) != 0) {
		const uint8_t *label = tr_read_bytes(reader, length);

		if (label == NULL || length > LABEL_MAX ||
		    used + length + 1 >= sizeof(question->name))
			return TR_EFORMAT;
		if (used > 0)
			question->name[used++] = '.';
		for (uint8_t i = 0; i < length; i++)
			question->name[used++] = small((char)label[i]);
	}
	question->name[used] = '\0';
	question->type = tr_read_u16(reader);
	question->class = tr_read_u16(reader);
	question->size = before - tr_reader_left(reader);
	return reader->bad ? TR_EFORMAT : TR_OK;
}

/* The name of an address for PTR: RFC 1035, 3.5; RFC 3596, 2.5. */
static void
reverse_name(const struct tr_address *address, char *name, size_t size)
{
	const uint8_t *b = address->bytes;
	size_t used = 0;

	if (address->family == 4) {
		snprintf(name, size, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2],
		    b[1], b[0]);
		return;
	}
	for (int i = 15; i >= 0 && used + 4 < size; i--)
		used += (size_t)snprintf(name + used, size - used,
		    "%x.%x.", b[i] & 15, b[i] >> 4);
	snprintf(name + used, size - used, "ip6.arpa");
}

static bool
same_name(const char *asked, const char *name)
{
	while (*asked != '\0' && *asked == small(*name)) {
		asked++;
		name++;
	}
	return *asked == '\0' && *name == '\0';
}

/* A name in labels; one that cannot be written makes the writer bad. */
static void
write_name(struct tr_writer *writer, const char *name)
{
	while (*name != '\0') {
		const size_t length = strcspn(name, ".");

		if (length == 0 || length > LABEL_MAX) {
			writer->bad = true;
			return;
		}
		tr_write_u8(writer, (uint8_t)length);
		tr_write_bytes(writer, name, length);
		name += length;
		if (*name == '.')
			name++;
	}
	tr_write_u8(writer, 0);
}

static void
write_record(struct tr_writer *writer, const struct question *question,
    const struct tr_sim_name *name)
{
	size_t at;

	tr_write_u16(writer, POINTER_TO_QUESTION);
	tr_write_u16(writer, question->type);
	tr_write_u16(writer, CLASS_IN);
	tr_write_u32(writer, TTL);
	at = writer->used;
	tr_write_u16(writer, 0);
	if (question->type == TYPE_PTR)
		write_name(writer, name->text);
	else
		tr_write_bytes(writer, name->address.bytes,
		    tr_address_size(&name->address));
	if (!writer->bad)
		tr_patch_u16(writer, at, (uint16_t)(writer->used - at - 2));
}

/* Does this name answer the question; does it say that the name is one? */
static bool
answers(const struct question *question, const struct tr_sim_name *name,
    bool *exists)
{
	char reverse[80];

	reverse_name(&name->address, reverse, sizeof(reverse));
	if (same_name(question->name, reverse)) {
		*exists = true;
		return question->type == TYPE_PTR;
	}
	if (!same_name(question->name, name->text))
		return false;
	*exists = true;
	return (question->type == TYPE_A && name->address.family == 4) ||
	    (question->type == TYPE_AAAA && name->address.family == 6);
}

/* As many records as fit; returns their number. */
static uint16_t
write_records(struct tr_writer *writer, const struct tr_topology *topology,
    const struct question *question, bool *exists)
{
	const struct tr_sim_name *names = topology->names.items;
	uint16_t count = 0;

	*exists = false;
	for (uint32_t i = 0; i < topology->names.count; i++) {
		struct tr_writer before = *writer;

		if (!answers(question, &names[i], exists))
			continue;
		write_record(writer, question, &names[i]);
		if (writer->bad) {
			*writer = before;
			break;
		}
		count++;
	}
	return count;
}

/*
 * Write the answer to a message into data.  Returns its size, 0 where the
 * message is no question.
 */
static size_t
answer_message(const struct tr_topology *topology,
    struct tr_reader *message, uint8_t *data, size_t size)
{
	const uint8_t *start = message->next;
	const uint16_t id = tr_read_u16(message);
	const uint16_t flags = tr_read_u16(message);
	const uint16_t questions = tr_read_u16(message);
	struct question question;
	struct tr_writer writer;
	uint16_t code = 0, count;
	bool exists;

	tr_read_bytes(message, 6);
	if (message->bad || (flags & FLAG_RESPONSE) != 0 || questions != 1 ||
	    read_question(message, &question) != TR_OK)
		return 0;
	tr_writer_init(&writer, data, size);
	tr_write_u16(&writer, id);
	tr_write_zeros(&writer, 2);
	tr_write_u16(&writer, 1);
	tr_write_zeros(&writer, 6);
	tr_write_bytes(&writer, start + DNS_HEADER, question.size);
	count = write_records(&writer, topology, &question, &exists);
	if ((flags & 0x7800) != 0 || question.class != CLASS_IN)
		code = CODE_NOT_IMPLEMENTED;
	else if (!exists)
		code = CODE_NO_NAME;
	tr_patch_u16(&writer, 2, (uint16_t)(FLAG_RESPONSE | FLAG_AUTHORITY |
	    (flags & FLAG_DESIRED) | code));
	tr_patch_u16(&writer, 6, count);
	return writer.bad ? 0 : writer.used;
}

enum tr_sim_outcome
tr_sim_ask_names(struct tr_sim_visit *visit)
{
	const struct tr_sim_packet *packet = visit->packet;
	const size_t payload = packet->header + UDP_HEADER;
	struct tr_sim_packet *answer = visit->answer;
	const struct tr_sim_header header = {
		.src = packet->dst,
		.dst = packet->src,
		.ttl = visit->node->ttl,
		.protocol = packet->protocol,
		.id = tr_sim_identify(visit->state, packet->node, packet,
		    visit->now),
	};
	struct tr_reader message;
	uint8_t data[ANSWER_MAX];
	size_t size;

	tr_reader_init(&message, packet->bytes + payload,
	    packet->size - payload);
	size = answer_message(visit->state->topology, &message, data,
	    sizeof(data));
	if (size == 0)
		return TR_SIM_GONE;
	if (tr_sim_packet_make(answer, &header, UDP_HEADER + size) != TR_OK)
		return TR_SIM_NO_MEMORY;
	tr_sim_put_u16(answer, answer->header,
	    tr_sim_destination_port(packet));
	tr_sim_put_u16(answer, answer->header + 2,
	    tr_sim_source_port(packet));
	tr_sim_put_u16(answer, answer->header + 4,
	    (uint16_t)(UDP_HEADER + size));
	tr_sim_put(answer, answer->header + UDP_HEADER, data, size);
	tr_sim_put_checksum(answer);
	(void)tr_sim_packet_decode(answer);
	return tr_sim_answered(visit);
}
