#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/sender.h"
#include "packet/template.h"

#define FAMILIES	2
#define BATCHES		(2 * FAMILIES)	/* those by a next hop, and those of */
					/* what is elsewhere */

/* How often another source port is tried, that both families have free. */
#define PORTS_TRIED	32

/* The probes of a family that wait. */
struct batch {
	struct tr_burst *burst;		/* NULL: the family is not in use */
	uint8_t	 family;
	int	 reserved;		/* the source port's socket, or -1 */
	char	 interface[TR_INTERFACE_NAME_MAX];	/* for messages */
	struct tr_template template;
	struct tr_template_fields own;	/* of flow 0 */
	uint32_t count;
	uint64_t serials[TR_BURST_MAX];
	struct tr_burst_packet packets[TR_BURST_MAX];	/* in bytes */
	uint8_t	*bytes;		/* and one place more, to move one */
	uint32_t refused;	/* in a row */
	bool	 elsewhere;	/* each target by a route of its own: what */
				/* is refused is about it */
};

struct tr_sender {
	struct tr_sender_sink sink;
	uint16_t source_port;
	uint64_t failed;
	const struct tr_elsewhere *elsewhere;
	struct batch batches[BATCHES];
};

static size_t
index_of(uint8_t family)
{
	return family == 4 ? 0 : 1;
}

/* --- opening ------------------------------------------------------------ */

/* Reserve a port for all families in use; 0: one that the system gives. */
static int
reserve_port(struct tr_sender *sender, enum tr_protocol protocol,
    const struct tr_route *const routes[FAMILIES], struct tr_error *error)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		struct batch *batch = &sender->batches[i];

		if (routes[i] == NULL)
			continue;
		batch->reserved = tr_port_reserve(protocol, &routes[i]->src,
		    routes[i]->interface, &sender->source_port, error);
		if (batch->reserved < 0)
			return batch->reserved;
	}
	return TR_OK;
}

static void
release_port(struct tr_sender *sender)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		if (sender->batches[i].reserved >= 0)
			close(sender->batches[i].reserved);
		sender->batches[i].reserved = -1;
	}
}

static int
find_port(struct tr_sender *sender, const struct tr_sender_config *config,
    const struct tr_route *const routes[FAMILIES], struct tr_error *error)
{
	const uint16_t wanted = config->probe.source_port;
	int code = TR_ESYSTEM;

	if (config->probe.protocol == TR_PROTOCOL_ICMP)
		return TR_OK;
	for (int i = 0; i < PORTS_TRIED; i++) {
		sender->source_port = wanted;
		code = reserve_port(sender, config->probe.protocol, routes,
		    error);
		if (code == TR_OK || wanted != 0 ||
		    error->system != EADDRINUSE)
			break;
		release_port(sender);
	}
	return code;
}

static int
make_template(struct batch *batch, const struct tr_sender *sender,
    const struct tr_sender_config *config, const struct tr_route *route,
    struct tr_error *error)
{
	struct tr_builder *builder = tr_builder_new();
	struct tr_probe_spec spec = config->probe;
	int code;

	if (builder == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	spec.src = route->src;
	spec.dst = route->src;		/* any will do */
	spec.ttl = 1;
	spec.identifier = 1;
	spec.source_port = sender->source_port;
	if (spec.size == 0)
		spec.size = (uint16_t)(tr_probe_size_default(
		    spec.src.family) + config->more);
	code = tr_template_make(&batch->template, builder, &spec);
	tr_builder_free(builder);
	if (code != TR_OK)
		return tr_fail(error, code, "cannot build %s probes of %u "
		    "bytes for IPv%u", tr_protocol_name(spec.protocol),
		    spec.size, spec.src.family);
	tr_template_fields_of(&spec, &batch->own);
	return TR_OK;
}

/* All packets of a template have the same size: their places stay. */
static int
make_places(struct batch *batch, struct tr_error *error)
{
	const size_t size = batch->template.size;

	batch->bytes = calloc(TR_BURST_MAX + 1, size);
	if (batch->bytes == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	for (uint32_t i = 0; i < TR_BURST_MAX; i++) {
		batch->packets[i].bytes = batch->bytes + i * size;
		batch->packets[i].size = size;
	}
	return TR_OK;
}

static int
open_batch(struct batch *batch, const struct tr_sender *sender,
    const struct tr_sender_config *config, const struct tr_route *route,
    struct tr_error *error)
{
	const struct tr_burst_config burst = {
		.route = *route,
		.mark = config->mark,
		.raw = config->raw,
		.patience = TR_SENDER_PATIENCE,
	};
	int code;

	batch->family = route->src.family;
	memcpy(batch->interface, route->interface, sizeof(batch->interface));
	code = make_template(batch, sender, config, route, error);
	if (code == TR_OK)
		code = make_places(batch, error);
	if (code != TR_OK)
		return code;
	batch->burst = tr_burst_open(&burst, error);
	return batch->burst == NULL ? error->code : TR_OK;
}

/* What is elsewhere goes by raw sockets, from the same address. */
static int
open_elsewhere(struct tr_sender *sender,
    const struct tr_sender_config *config, size_t family,
    const struct tr_route *route, struct tr_error *error)
{
	struct tr_sender_config raw = *config;
	struct tr_route any = *route;

	if (config->elsewhere == NULL ||
	    !tr_burst_is_link(sender->batches[family].burst))
		return TR_OK;
	raw.raw = true;
	any.gateway = (struct tr_address){ .family = 0 };
	if (!config->bound)
		any.interface[0] = '\0';
	sender->batches[FAMILIES + family].elsewhere = true;
	return open_batch(&sender->batches[FAMILIES + family], sender, &raw,
	    &any, error);
}

static int
open_all(struct tr_sender *sender, const struct tr_sender_config *config,
    struct tr_error *error)
{
	const struct tr_route *const routes[FAMILIES] = { config->v4,
	    config->v6 };
	int code;

	if (config->v4 == NULL && config->v6 == NULL)
		return tr_fail(error, TR_ERANGE, "a sender of no family");
	code = find_port(sender, config, routes, error);
	for (size_t i = 0; i < FAMILIES && code == TR_OK; i++) {
		if (routes[i] == NULL)
			continue;
		code = open_batch(&sender->batches[i], sender, config,
		    routes[i], error);
		if (code == TR_OK)
			code = open_elsewhere(sender, config, i, routes[i],
			    error);
	}
	return code;
}

struct tr_sender *
tr_sender_open(const struct tr_sender_config *config,
    const struct tr_sender_sink *sink, struct tr_error *error)
{
	struct tr_sender *sender = calloc(1, sizeof(*sender));

	if (sender == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	sender->sink = *sink;
	sender->elsewhere = config->elsewhere;
	for (size_t i = 0; i < BATCHES; i++)
		sender->batches[i].reserved = -1;
	if (open_all(sender, config, error) != TR_OK) {
		tr_sender_close(sender);
		return NULL;
	}
	return sender;
}

void
tr_sender_close(struct tr_sender *sender)
{
	if (sender == NULL)
		return;
	release_port(sender);
	for (size_t i = 0; i < BATCHES; i++) {
		tr_burst_close(sender->batches[i].burst);
		free(sender->batches[i].bytes);
	}
	free(sender);
}

uint16_t
tr_sender_source_port(const struct tr_sender *sender)
{
	return sender->source_port;
}

bool
tr_sender_is_link(const struct tr_sender *sender, uint8_t family)
{
	return tr_burst_is_link(sender->batches[index_of(family)].burst);
}

/* --- probes that wait --------------------------------------------------- */

uint32_t
tr_sender_room(const struct tr_sender *sender)
{
	uint32_t most = 0;

	for (size_t i = 0; i < BATCHES; i++)
		if (sender->batches[i].count > most)
			most = sender->batches[i].count;
	return TR_BURST_MAX - most;
}

/* What differs from probe to probe. */
static struct tr_template_fields
fields_of(const struct batch *batch, const struct tr_survey_probe *probe)
{
	struct tr_template_fields fields = batch->own;

	fields.dst = probe->dst;
	fields.ttl = probe->ttl;
	fields.identifier = probe->identifier;
	fields.tcp_sequence = probe->tcp_sequence;
	if (probe->flow == 0)
		return fields;
	fields.source_port = probe->source_port;
	fields.icmp_id = probe->icmp_id;
	fields.icmp_checksum = probe->icmp_checksum;
	fields.flow_label = probe->flow_label;
	return fields;
}

static struct batch *
batch_for(struct tr_sender *sender, const struct tr_address *dst)
{
	struct batch *batch = &sender->batches[index_of(dst->family)];

	if (batch[FAMILIES].burst != NULL &&
	    tr_elsewhere_has(sender->elsewhere, dst))
		return batch + FAMILIES;
	return batch;
}

int
tr_sender_add(struct tr_sender *sender, const struct tr_survey_probe *probe)
{
	struct batch *batch = batch_for(sender, &probe->dst);
	const uint32_t place = batch->count;
	struct tr_template_fields fields;
	int size;

	if (batch->burst == NULL)
		return TR_EUNSUPPORTED;
	if (place == TR_BURST_MAX)
		return TR_ENOMEM;
	fields = fields_of(batch, probe);
	size = tr_template_patch(&batch->template, &fields, batch->bytes +
	    place * batch->template.size, batch->template.size);
	if (size < 0)
		return size;
	batch->serials[place] = probe->serial;
	batch->count++;
	return TR_OK;
}

/* The first ones are gone: the others move up. */
static void
keep_rest(struct batch *batch, uint32_t gone)
{
	const uint32_t rest = batch->count - gone;
	const size_t size = batch->template.size;

	if (gone > 0 && rest > 0) {
		memmove(batch->bytes, batch->bytes + gone * size, rest * size);
		memmove(batch->serials, batch->serials + gone,
		    rest * sizeof(batch->serials[0]));
	}
	batch->count = rest;
}

void
tr_sender_clear(struct tr_sender *sender)
{
	for (size_t i = 0; i < BATCHES; i++)
		sender->batches[i].count = 0;
}

/* Others first: this one is the last now. */
static void
put_last(struct batch *batch, uint32_t place)
{
	const size_t size = batch->template.size;
	uint8_t *const bytes = batch->bytes + place * size;
	const uint32_t behind = batch->count - place - 1;
	const uint64_t serial = batch->serials[place];

	memcpy(batch->bytes + TR_BURST_MAX * size, bytes, size);
	memmove(bytes, bytes + size, behind * size);
	memcpy(bytes + behind * size, batch->bytes + TR_BURST_MAX * size,
	    size);
	memmove(batch->serials + place, batch->serials + place + 1,
	    behind * sizeof(batch->serials[0]));
	batch->serials[batch->count - 1] = serial;
}

/* --- sending ------------------------------------------------------------ */

/* Is it about now, and not about the probe? */
static bool
is_passing(int reason)
{
	return reason == ENOBUFS || reason == EAGAIN || reason == ENOMEM ||
	    reason == EINTR;
}

static bool
is_about_device(int reason)
{
	return reason == ENETDOWN || reason == ENODEV || reason == ENXIO;
}

static int
fail_sending(const struct batch *batch, int reason, struct tr_error *error)
{
	errno = reason;
	return tr_fail(error, TR_ESYSTEM, "cannot send IPv%u by %s: %s",
	    batch->family, batch->interface[0] != '\0' ? batch->interface :
	    "any device", strerror(reason));
}

static int
flush_batch(struct tr_sender *sender, struct batch *batch,
    struct tr_error *error)
{
	const struct tr_sender_sink *sink = &sender->sink;
	int64_t departed[TR_BURST_MAX];
	uint32_t gone = 0;
	int code = TR_OK, reason = 0;

	while (gone < batch->count) {
		const uint32_t sent = tr_burst_send(batch->burst,
		    batch->packets + gone, batch->count - gone, departed,
		    &reason);

		for (uint32_t i = 0; i < sent; i++)
			sink->departed(sink->context,
			    batch->serials[gone + i], departed[i]);
		gone += sent;
		if (sent > 0)
			batch->refused = 0;
		if (gone == batch->count || is_passing(reason))
			break;
		if (is_about_device(reason)) {
			code = fail_sending(batch, reason, error);
			break;
		}
		if (batch->refused >= TR_SENDER_REFUSALS &&
		    !batch->elsewhere) {
			put_last(batch, gone);
			code = fail_sending(batch, reason, error);
			break;
		}
		batch->refused++;
		sender->failed++;
		sink->failed(sink->context, batch->serials[gone++],
		    tr_clock_monotonic(), reason);
	}
	keep_rest(batch, gone);
	return code;
}

int
tr_sender_flush(struct tr_sender *sender, struct tr_error *error)
{
	int waiting = 0, code = TR_OK;

	for (size_t i = 0; i < BATCHES; i++) {
		struct batch *batch = &sender->batches[i];
		const int one = flush_batch(sender, batch, error);

		if (one != TR_OK)
			code = one;
		waiting += (int)batch->count;
	}
	return code != TR_OK ? code : waiting;
}

void
tr_sender_doubt(struct tr_sender *sender)
{
	for (size_t i = 0; i < BATCHES; i++)
		if (sender->batches[i].burst != NULL)
			tr_burst_doubt(sender->batches[i].burst);
}

int
tr_sender_tend(struct tr_sender *sender, int64_t now, struct tr_error *error)
{
	int code = TR_OK;

	for (size_t i = 0; i < BATCHES; i++) {
		struct tr_burst *burst = sender->batches[i].burst;
		const int one = burst == NULL ? TR_OK :
		    tr_burst_tend(burst, now, error);

		if (one != TR_OK)
			code = one;
	}
	return code;
}

void
tr_sender_counts(const struct tr_sender *sender,
    struct tr_sender_counts *counts)
{
	*counts = (struct tr_sender_counts){ .failed = sender->failed };
	for (size_t i = 0; i < BATCHES; i++) {
		const struct tr_burst *burst = sender->batches[i].burst;
		const struct tr_burst_counts *one;

		if (burst == NULL)
			continue;
		one = tr_burst_counts(burst);
		counts->sent += one->sent;
		counts->retried += one->retried;
		counts->waited += one->waited;
	}
}
