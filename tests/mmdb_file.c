#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/error.h"
#include "base/prefix.h"
#include "mmdb_file.h"

#define FIELDS_MAX	32
#define KEY_MAX		64
#define VALUE_MAX	1024
#define SEPARATOR	16

enum { TYPE_TEXT = 2, TYPE_UINT16 = 5, TYPE_UINT32 = 6, TYPE_MAP = 7,
    TYPE_UINT64 = 9, TYPE_ARRAY = 11 };

/* A side of a node: 0 nothing, a node, or data from DATA on. */
#define DATA	(UINT64_C(1) << 40)

struct node {
	uint64_t sides[2];
};

struct bytes {
	uint8_t	*data;
	size_t	 used;
	size_t	 room;
	bool	 failed;
};

/* Fields that were written before, and where. */
struct written {
	char	*fields;
	uint64_t at;
	UT_hash_handle hh;
};

struct mmdb_file {
	int	 version;
	unsigned bits;
	struct node *nodes;
	size_t	 count;
	size_t	 room;
	struct bytes data;
	struct written *written;
};

struct field {
	char	 key[KEY_MAX];
	char	 value[VALUE_MAX];
	bool	 quoted;
};

/* --- bytes -------------------------------------------------------------- */

static void
put(struct bytes *bytes, const void *data, size_t size)
{
	uint8_t *grown;

	if (bytes->failed)
		return;
	if (bytes->room - bytes->used < size) {
		bytes->room = (bytes->used + size) * 2;
		grown = realloc(bytes->data, bytes->room);
		if (grown == NULL) {
			bytes->failed = true;
			return;
		}
		bytes->data = grown;
	}
	memcpy(bytes->data + bytes->used, data, size);
	bytes->used += size;
}

static void
put_number(struct bytes *bytes, uint64_t value, unsigned size)
{
	uint8_t byte;

	while (size-- > 0) {
		byte = (uint8_t)(value >> size * 8);
		put(bytes, &byte, 1);
	}
}

/* The control byte, and what of type and size does not fit in it. */
static void
put_control(struct bytes *bytes, unsigned type, size_t size)
{
	const unsigned shown = size < 29 ? (unsigned)size :
	    size < 285 ? 29 : 30;

	put_number(bytes, (type > 7 ? 0 : type) << 5 | shown, 1);
	if (type > 7)
		put_number(bytes, type - 7, 1);
	if (shown == 29)
		put_number(bytes, size - 29, 1);
	else if (shown == 30)
		put_number(bytes, size - 285, 2);
}

static void
put_text(struct bytes *bytes, const char *text)
{
	put_control(bytes, TYPE_TEXT, strlen(text));
	put(bytes, text, strlen(text));
}

static void
put_unsigned(struct bytes *bytes, unsigned type, uint64_t value)
{
	unsigned size = 0;

	while (size < 8 && value >> size * 8 != 0)
		size++;
	put_control(bytes, type, size);
	put_number(bytes, value, size);
}

/* --- fields ------------------------------------------------------------- */

static int
read_field(const char **next, struct field *field)
{
	const char *from = *next;
	size_t used = strcspn(from, "=");

	if (from[used] != '=' || used >= sizeof(field->key))
		return -1;
	memcpy(field->key, from, used);
	field->key[used] = '\0';
	from += used + 1;
	field->quoted = *from == '"';
	from += field->quoted;
	used = strcspn(from, field->quoted ? "\"" : " ");
	if (used >= sizeof(field->value) || (field->quoted &&
	    from[used] != '"'))
		return -1;
	memcpy(field->value, from, used);
	field->value[used] = '\0';
	from += used + field->quoted;
	*next = from + strspn(from, " ");
	return 0;
}

static void
put_value(struct bytes *bytes, const struct field *field)
{
	const char *value = field->value;
	const uint64_t number = strtoull(value, NULL, 10);

	if (!field->quoted && *value != '\0' &&
	    value[strspn(value, "0123456789")] == '\0')
		put_unsigned(bytes, number > UINT32_MAX ? TYPE_UINT64 :
		    TYPE_UINT32, number);
	else
		put_text(bytes, value);
}

static size_t
part(const char *key)
{
	return strcspn(key, ".");
}

static bool
same_part(const char *a, const char *b)
{
	return part(a) == part(b) && strncmp(a, b, part(a)) == 0;
}

/*
 * A map, or an array, of fields whose keys, from so many characters on, begin
 * in it; fields of one part of it stand together.
 */
static void
put_fields(struct bytes *bytes, const struct field *fields, size_t count,
    size_t from)
{
	const bool array = fields[0].key[from] >= '0' &&
	    fields[0].key[from] <= '9';
	size_t parts = 0, end;
	char name[KEY_MAX];

	for (size_t i = 0; i < count; i++)
		parts += i == 0 || !same_part(&fields[i - 1].key[from],
		    &fields[i].key[from]);
	put_control(bytes, array ? TYPE_ARRAY : TYPE_MAP, parts);
	for (size_t i = 0; i < count; i = end) {
		const char *key = &fields[i].key[from];

		for (end = i + 1; end < count && same_part(key,
		    &fields[end].key[from]); end++)
			;
		memcpy(name, key, part(key));
		name[part(key)] = '\0';
		if (!array)
			put_text(bytes, name);
		if (key[part(key)] == '\0')
			put_value(bytes, &fields[i]);
		else
			put_fields(bytes, &fields[i], end - i,
			    from + part(key) + 1);
	}
}

/* Where a record with these fields is; 0 for one that is not understood. */
static uint64_t
write_record(struct mmdb_file *file, const char *text)
{
	struct field fields[FIELDS_MAX];
	struct written *written;
	const char *next = text;
	size_t count = 0;

	HASH_FIND_STR(file->written, text, written);
	if (written != NULL)
		return DATA + written->at;
	for (; *next != '\0'; count++)
		if (count == FIELDS_MAX ||
		    read_field(&next, &fields[count]) != 0)
			return 0;
	written = calloc(1, sizeof(*written));
	if (count == 0 || written == NULL)
		return 0;
	written->fields = strdup(text);
	written->at = file->data.used;
	HASH_ADD_KEYPTR(hh, file->written, written->fields,
	    strlen(written->fields), written);
	put_fields(&file->data, fields, count, 0);
	return file->data.failed ? 0 : DATA + written->at;
}

/* --- the tree ----------------------------------------------------------- */

/* A new node with the same on both sides; 0 without memory. */
static size_t
add_node(struct mmdb_file *file, uint64_t side)
{
	struct node *grown;

	if (file->count == file->room) {
		file->room = file->room == 0 ? 1024 : file->room * 2;
		grown = reallocarray(file->nodes, file->room,
		    sizeof(*grown));
		if (grown == NULL)
			return 0;
		file->nodes = grown;
	}
	file->nodes[file->count].sides[0] = side;
	file->nodes[file->count].sides[1] = side;
	return file->count++;
}

struct mmdb_file *
mmdb_file_new(int version, unsigned record_bits)
{
	struct mmdb_file *file = calloc(1, sizeof(*file));

	if (file != NULL) {
		file->version = version;
		file->bits = record_bits;
		(void)add_node(file, 0);
	}
	return file;
}

int
mmdb_file_add(struct mmdb_file *file, const char *prefix, const char *fields)
{
	struct tr_prefix network;
	uint8_t bytes[16] = { 0 };
	unsigned length;
	size_t at = 0;
	uint64_t data;

	if (tr_prefix_parse(prefix, &network) != TR_OK || file->count == 0)
		return -1;
	length = network.length;
	if (network.address.family == 4 && file->version == 6) {
		memcpy(bytes + 12, network.address.bytes, 4);
		length += 96;
	} else
		memcpy(bytes, network.address.bytes, sizeof(bytes));
	data = write_record(file, fields);
	if (data == 0)
		return -1;
	for (unsigned i = 0; i + 1 < length; i++) {
		const int side = bytes[i / 8] >> (7 - i % 8) & 1;
		uint64_t down = file->nodes[at].sides[side];

		if (down == 0 || down >= DATA) {
			down = add_node(file, down);
			if (down == 0)
				return -1;
			file->nodes[at].sides[side] = down;
		}
		at = down;
	}
	if (length == 0)
		file->nodes[0].sides[0] = file->nodes[0].sides[1] = data;
	else
		file->nodes[at].sides[bytes[(length - 1) / 8] >>
		    (7 - (length - 1) % 8) & 1] = data;
	return 0;
}

/* --- the file ----------------------------------------------------------- */

static uint64_t
record_of(const struct mmdb_file *file, uint64_t side)
{
	if (side == 0)
		return file->count;
	return side < DATA ? side : side - DATA + file->count + SEPARATOR;
}

static void
put_tree(const struct mmdb_file *file, struct bytes *out)
{
	for (size_t i = 0; i < file->count; i++) {
		const uint64_t left = record_of(file,
		    file->nodes[i].sides[0]);
		const uint64_t right = record_of(file,
		    file->nodes[i].sides[1]);

		if (file->bits == 28) {
			put_number(out, left, 3);
			put_number(out, (left >> 24 & 0xf) << 4 |
			    (right >> 24 & 0xf), 1);
			put_number(out, right, 3);
		} else {
			put_number(out, left, file->bits / 8);
			put_number(out, right, file->bits / 8);
		}
	}
}

static void
put_metadata(const struct mmdb_file *file, struct bytes *out)
{
	put(out, "\xab\xcd\xefMaxMind.com", 14);
	put_control(out, TYPE_MAP, 9);
	put_text(out, "binary_format_major_version");
	put_unsigned(out, TYPE_UINT16, 2);
	put_text(out, "binary_format_minor_version");
	put_unsigned(out, TYPE_UINT16, 0);
	put_text(out, "build_epoch");
	put_unsigned(out, TYPE_UINT64, 1700000000);
	put_text(out, "database_type");
	put_text(out, "Test");
	put_text(out, "description");
	put_control(out, TYPE_MAP, 0);
	put_text(out, "ip_version");
	put_unsigned(out, TYPE_UINT16, (uint64_t)file->version);
	put_text(out, "languages");
	put_control(out, TYPE_ARRAY, 0);
	put_text(out, "node_count");
	put_unsigned(out, TYPE_UINT32, file->count);
	put_text(out, "record_size");
	put_unsigned(out, TYPE_UINT16, file->bits);
}

uint8_t *
mmdb_file_finish(struct mmdb_file *file, size_t *size)
{
	static const uint8_t zeros[SEPARATOR];
	struct bytes out = { .data = NULL };

	put_tree(file, &out);
	put(&out, zeros, sizeof(zeros));
	put(&out, file->data.data, file->data.used);
	put_metadata(file, &out);
	*size = out.used;
	if (out.failed) {
		free(out.data);
		return NULL;
	}
	return out.data;
}

void
mmdb_file_free(struct mmdb_file *file)
{
	struct written *written, *next;

	if (file == NULL)
		return;
	HASH_ITER(hh, file->written, written, next) {
		HASH_DEL(file->written, written);
		free(written->fields);
		free(written);
	}
	free(file->nodes);
	free(file->data.data);
	free(file);
}
