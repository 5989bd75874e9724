#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/cymru.h"
#include "enrich/resolver.h"

#ifdef HAVE_C_ARES

#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <ares.h>
#include <netdb.h>

/*
 * Each name server is given so long at first, then twice as long: three that
 * are dead have been passed over within the second that names are waited for.
 */
#define FIRST_TIMEOUT	300	/* ms */
#define TRIES		3

/* A home router's name server drops what comes in larger bursts. */
#define AT_ONCE_MAX	64

struct holder;

/* One question. */
struct inquiry {
	struct tr_resolver *resolver;
	bool	 is_origin;
	size_t	 source;		/* of names: the next of lookups */
	struct tr_annotation annotation;
	struct inquiry *next;		/* in the queue, or of a holder */
};

/* Who holds an AS: asked once. */
struct holder {
	struct tr_resolver *resolver;
	uint32_t asn;
	enum tr_lookup lookup;
	char	 text[TR_ANNOTATION_TEXT_MAX];
	struct inquiry *waiting;
	struct holder *next;
};

struct tr_resolver {
	ares_channel channel;
	ares_channel files;		/* that asks hosts(5) alone */
	char	*lookups;		/* 'f': hosts(5), 'b': the DNS */
	bool	 verify;
	tr_resolver_fn *answered;
	void	*context;
	unsigned at_once;
	bool	 heard;
	struct inquiry *first;		/* the queue */
	struct inquiry *last;
	struct holder *holders;
};

static void start(struct inquiry *inquiry);
static void ask_next(struct inquiry *inquiry);

/* What c-ares says, in our words. */
static enum tr_lookup
lookup_of(struct tr_resolver *resolver, int status)
{
	switch (status) {
	case ARES_SUCCESS:
		resolver->heard = true;
		return TR_LOOKUP_FOUND;
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
		resolver->heard = true;
		return TR_LOOKUP_NONE;
	case ARES_EFORMERR:
	case ARES_ESERVFAIL:
	case ARES_ENOTIMP:
	case ARES_EREFUSED:
	case ARES_EBADRESP:
		resolver->heard = true;
		return TR_LOOKUP_UNANSWERED;
	default:
		return TR_LOOKUP_UNANSWERED;
	}
}

/* --- the queue ---------------------------------------------------------- */

static void
start_next(struct tr_resolver *resolver)
{
	while (resolver->first != NULL && resolver->at_once < AT_ONCE_MAX) {
		struct inquiry *inquiry = resolver->first;

		resolver->first = inquiry->next;
		if (resolver->first == NULL)
			resolver->last = NULL;
		inquiry->next = NULL;
		resolver->at_once++;
		start(inquiry);
	}
}

static void
tell(struct tr_resolver *resolver, unsigned part,
    const struct tr_annotation *annotation)
{
	resolver->answered(resolver->context, part, annotation);
}

/* The last that it has to tell. */
static void
finish(struct inquiry *inquiry)
{
	struct tr_resolver *resolver = inquiry->resolver;

	tell(resolver, inquiry->is_origin ? TR_PART_HOLDER :
	    TR_PART_NAME, &inquiry->annotation);
	free(inquiry);
	resolver->at_once--;
}

static void
fail(struct tr_resolver *resolver, const struct tr_address *address,
    bool is_origin)
{
	const struct tr_annotation none = {
		.address = *address,
		.name_lookup = TR_LOOKUP_UNANSWERED,
		.origin_lookup = TR_LOOKUP_UNANSWERED,
		.holder_lookup = TR_LOOKUP_UNANSWERED,
	};

	tell(resolver, is_origin ? TR_PART_ORIGIN : TR_PART_NAME,
	    &none);
	if (is_origin)
		tell(resolver, TR_PART_HOLDER, &none);
}

static void
ask(struct tr_resolver *resolver, const struct tr_address *address,
    bool is_origin)
{
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));

	if (inquiry == NULL) {
		fail(resolver, address, is_origin);
		return;
	}
	inquiry->resolver = resolver;
	inquiry->is_origin = is_origin;
	inquiry->annotation.address = *address;
	if (resolver->last == NULL)
		resolver->first = inquiry;
	else
		resolver->last->next = inquiry;
	resolver->last = inquiry;
	start_next(resolver);
}

void
tr_resolver_ask_name(struct tr_resolver *resolver,
    const struct tr_address *address)
{
	ask(resolver, address, false);
}

void
tr_resolver_ask_origin(struct tr_resolver *resolver,
    const struct tr_address *address)
{
	ask(resolver, address, true);
}

/* --- names -------------------------------------------------------------- */

static int
family_of(const struct tr_address *address)
{
	return address->family == 4 ? AF_INET : AF_INET6;
}

static bool
has_address(const struct hostent *host, const struct tr_address *address)
{
	const size_t size = tr_address_size(address);

	if (host->h_addrtype != family_of(address) ||
	    (size_t)host->h_length != size)
		return false;
	for (char **entry = host->h_addr_list; *entry != NULL; entry++)
		if (memcmp(*entry, address->bytes, size) == 0)
			return true;
	return false;
}

static void
on_check(void *context, int status, int timeouts, struct hostent *host)
{
	struct inquiry *inquiry = context;
	struct tr_annotation *annotation = &inquiry->annotation;

	(void)timeouts;
	annotation->check_lookup = lookup_of(inquiry->resolver, status);
	if (annotation->check_lookup == TR_LOOKUP_FOUND &&
	    !has_address(host, &annotation->address))
		annotation->check_lookup = TR_LOOKUP_NONE;
	finish(inquiry);
}

/* Of several names always the same one, in whatever order they come. */
static const char *
choose_name(const struct hostent *host)
{
	const char *name = host->h_name;

	for (char **alias = host->h_aliases; alias != NULL && *alias != NULL;
	    alias++)
		if (name == NULL || strcmp(*alias, name) < 0)
			name = *alias;
	return name != NULL ? name : "";
}

static void
take_name(struct tr_annotation *annotation, const char *name)
{
	size_t length;

	tr_annotation_set(annotation->name, sizeof(annotation->name), name);
	length = strlen(annotation->name);
	if (length > 0 && annotation->name[length - 1] == '.')
		annotation->name[length - 1] = '\0';
	if (annotation->name[0] == '\0')
		annotation->name_lookup = TR_LOOKUP_NONE;
}

static void
finish_with_name(struct inquiry *inquiry, const struct hostent *host)
{
	struct tr_annotation *annotation = &inquiry->annotation;

	annotation->name_lookup = TR_LOOKUP_FOUND;
	take_name(annotation, choose_name(host));
	if (annotation->name_lookup == TR_LOOKUP_FOUND &&
	    inquiry->resolver->verify)
		ares_gethostbyname(inquiry->resolver->channel,
		    annotation->name, family_of(&annotation->address),
		    on_check, inquiry);
	else
		finish(inquiry);
}

static void
on_file(void *context, int status, int timeouts, struct hostent *host)
{
	struct inquiry *inquiry = context;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		finish_with_name(inquiry, host);
	else
		ask_next(inquiry);
}

static void
on_pointer(void *context, int status, int timeouts, unsigned char *answer,
    int size)
{
	struct inquiry *inquiry = context;
	const struct tr_address *address = &inquiry->annotation.address;
	struct hostent *host = NULL;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		status = ares_parse_ptr_reply(answer, size, address->bytes,
		    (int)tr_address_size(address), family_of(address), &host);
	inquiry->annotation.name_lookup = lookup_of(inquiry->resolver, status);
	if (host != NULL)
		finish_with_name(inquiry, host);
	else
		ask_next(inquiry);
	ares_free_hostent(host);
}

static void
ask_pointer(struct inquiry *inquiry)
{
	const struct tr_address *address = &inquiry->annotation.address;
	char labels[TR_ADDRESS_LABELS_MAX];
	char name[TR_ADDRESS_LABELS_MAX + 16];

	snprintf(name, sizeof(name), "%s.%s", tr_address_labels(address,
	    labels), address->family == 4 ? "in-addr.arpa" : "ip6.arpa");
	ares_query(inquiry->resolver->channel, name, ns_c_in, ns_t_ptr,
	    on_pointer, inquiry);
}

/*
 * The sources of names one after the other, as the system has them.  Not by
 * ares_gethostbyaddr() for all of them: whatever failed, it says that there is
 * no name.
 */
static void
ask_next(struct inquiry *inquiry)
{
	struct tr_resolver *resolver = inquiry->resolver;
	struct tr_annotation *annotation = &inquiry->annotation;
	const struct tr_address *address = &annotation->address;

	switch (resolver->lookups[inquiry->source]) {
	case '\0':
		if (annotation->name_lookup == TR_LOOKUP_NOT_ASKED)
			annotation->name_lookup = TR_LOOKUP_NONE;
		finish(inquiry);
		break;
	case 'f':
		inquiry->source++;
		ares_gethostbyaddr(resolver->files, address->bytes,
		    (int)tr_address_size(address), family_of(address),
		    on_file, inquiry);
		break;
	default:
		inquiry->source++;
		ask_pointer(inquiry);
	}
}

/* --- origins ------------------------------------------------------------ */

/* The strings of a record are one text (RFC 7208, 3.3, and all who use TXT). */
#define TEXT_MAX	512

/*
 * Put the next record's text together; *next is moved behind it.  False when
 * there is none.
 */
static bool
join_text(const struct ares_txt_ext **next, char text[TEXT_MAX])
{
	size_t used = 0;
	bool is_first = true;

	for (; *next != NULL && (is_first || !(*next)->record_start);
	    *next = (*next)->next, is_first = false) {
		const size_t room = TEXT_MAX - 1 - used;
		const size_t size = (*next)->length < room ?
		    (*next)->length : room;

		memcpy(text + used, (*next)->txt, size);
		used += size;
	}
	text[used] = '\0';
	return !is_first;
}

static void
finish_with_holder(struct inquiry *inquiry, const struct holder *holder)
{
	inquiry->annotation.holder_lookup = holder->lookup;
	memcpy(inquiry->annotation.holder, holder->text,
	    sizeof(holder->text));
	finish(inquiry);
}

static void
on_holder(void *context, int status, int timeouts, unsigned char *answer,
    int size)
{
	struct holder *holder = context;
	struct ares_txt_ext *texts = NULL;
	const struct ares_txt_ext *next;
	struct inquiry *waiting = holder->waiting;
	char text[TEXT_MAX];

	(void)timeouts;
	if (status == ARES_SUCCESS)
		status = ares_parse_txt_reply_ext(answer, size, &texts);
	holder->lookup = status == ARES_SUCCESS ? TR_LOOKUP_UNANSWERED :
	    lookup_of(holder->resolver, status);
	next = texts;
	while (holder->lookup != TR_LOOKUP_FOUND && join_text(&next, text))
		if (tr_cymru_take_holder(text, holder->asn, holder->text) ==
		    TR_OK)
			holder->lookup = TR_LOOKUP_FOUND;
	ares_free_data(texts);
	holder->waiting = NULL;
	while (waiting != NULL) {
		struct inquiry *inquiry = waiting;

		waiting = inquiry->next;
		finish_with_holder(inquiry, holder);
	}
}

static struct holder *
find_holder(struct tr_resolver *resolver, uint32_t asn)
{
	struct holder *holder = resolver->holders;

	while (holder != NULL && holder->asn != asn)
		holder = holder->next;
	return holder;
}

/* The name of who holds the first of the origins, then it is done. */
static void
ask_holder(struct inquiry *inquiry)
{
	struct tr_resolver *resolver = inquiry->resolver;
	const uint32_t asn = inquiry->annotation.origins[0];
	struct holder *holder = find_holder(resolver, asn);
	char name[TR_CYMRU_NAME_MAX];
	bool is_new = holder == NULL;

	if (is_new && (holder = calloc(1, sizeof(*holder))) == NULL) {
		inquiry->annotation.holder_lookup = TR_LOOKUP_UNANSWERED;
		finish(inquiry);
		return;
	}
	if (!is_new && holder->lookup != TR_LOOKUP_PENDING) {
		finish_with_holder(inquiry, holder);
		return;
	}
	inquiry->next = holder->waiting;
	holder->waiting = inquiry;
	if (!is_new)
		return;
	holder->resolver = resolver;
	holder->asn = asn;
	holder->lookup = TR_LOOKUP_PENDING;
	holder->next = resolver->holders;
	resolver->holders = holder;
	ares_query(resolver->channel, tr_cymru_holder_name(asn, name),
	    ns_c_in, ns_t_txt, on_holder, holder);
}

static enum tr_lookup
take_origins(const struct ares_txt_ext *next,
    struct tr_annotation *annotation)
{
	enum tr_lookup lookup = TR_LOOKUP_UNANSWERED;
	char text[TEXT_MAX];

	while (join_text(&next, text))
		if (tr_cymru_take_origin(text, annotation) == TR_OK)
			lookup = TR_LOOKUP_FOUND;
	return lookup;
}

static void
on_origin(void *context, int status, int timeouts, unsigned char *answer,
    int size)
{
	struct inquiry *inquiry = context;
	struct tr_annotation *annotation = &inquiry->annotation;
	struct ares_txt_ext *texts = NULL;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		status = ares_parse_txt_reply_ext(answer, size, &texts);
	annotation->origin_lookup = lookup_of(inquiry->resolver, status);
	if (annotation->origin_lookup == TR_LOOKUP_FOUND)
		annotation->origin_lookup = take_origins(texts, annotation);
	ares_free_data(texts);
	tr_annotation_set(annotation->origin_source,
	    sizeof(annotation->origin_source), TR_CYMRU_SOURCE);
	tell(inquiry->resolver, TR_PART_ORIGIN, annotation);
	if (annotation->origin_lookup == TR_LOOKUP_FOUND)
		ask_holder(inquiry);
	else
		finish(inquiry);
}

/* --- the life of it ----------------------------------------------------- */

static void
start(struct inquiry *inquiry)
{
	const struct tr_address *address = &inquiry->annotation.address;
	ares_channel channel = inquiry->resolver->channel;
	char name[TR_CYMRU_NAME_MAX];

	if (inquiry->is_origin)
		ares_query(channel, tr_cymru_origin_name(address, name),
		    ns_c_in, ns_t_txt, on_origin, inquiry);
	else
		ask_next(inquiry);
}

static int
open_files(ares_channel *channel)
{
	char lookups[] = "f";
	struct ares_options options = { .lookups = lookups };

	return ares_init_options(channel, &options, ARES_OPT_LOOKUPS);
}

/* What nsswitch.conf(5) says by the channel, else what is usual. */
static int
find_lookups(ares_channel channel, char **lookups)
{
	struct ares_options options = { .lookups = NULL };
	int mask = 0;
	const int status = ares_save_options(channel, &options, &mask);

	if (status != ARES_SUCCESS)
		return status;
	*lookups = strdup((mask & ARES_OPT_LOOKUPS) != 0 &&
	    options.lookups != NULL ? options.lookups : "fb");
	ares_destroy_options(&options);
	return *lookups == NULL ? ARES_ENOMEM : ARES_SUCCESS;
}

static int
open_channels(struct tr_resolver *resolver)
{
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_STAYOPEN,
		.timeout = FIRST_TIMEOUT,
		.tries = TRIES,
	};
	int status = ares_init_options(&resolver->channel, &options,
	    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);

	if (status != ARES_SUCCESS)
		return status;
	status = open_files(&resolver->files);
	if (status != ARES_SUCCESS) {
		ares_destroy(resolver->channel);
		return status;
	}
	status = find_lookups(resolver->channel, &resolver->lookups);
	if (status != ARES_SUCCESS) {
		ares_destroy(resolver->channel);
		ares_destroy(resolver->files);
	}
	return status;
}

struct tr_resolver *
tr_resolver_new(bool verify, tr_resolver_fn *answered, void *context,
    struct tr_error *error)
{
	struct tr_resolver *resolver = calloc(1, sizeof(*resolver));
	int status;

	if (resolver == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	resolver->verify = verify;
	resolver->answered = answered;
	resolver->context = context;
	status = ares_library_init(ARES_LIB_INIT_ALL);
	if (status == ARES_SUCCESS)
		status = open_channels(resolver);
	if (status != ARES_SUCCESS) {
		tr_fail(error, TR_ESYSTEM, "names cannot be asked for: %s",
		    ares_strerror(status));
		free(resolver);
		return NULL;
	}
	return resolver;
}

bool
tr_resolver_heard(const struct tr_resolver *resolver)
{
	return resolver->heard;
}

size_t
tr_resolver_polls(struct tr_resolver *resolver,
    struct pollfd polls[TR_RESOLVER_POLLS_MAX], int *timeout)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	const int wanted = ares_getsock(resolver->channel, sockets,
	    ARES_GETSOCK_MAXNUM);
	struct timeval time;
	size_t count = 0;

	/* The last one's bit is the sign's, which c-ares shifts into. */
	for (int i = 0; i < ARES_GETSOCK_MAXNUM - 1 &&
	    count < TR_RESOLVER_POLLS_MAX; i++) {
		const bool reads = ARES_GETSOCK_READABLE(wanted, i);
		const bool writes = ARES_GETSOCK_WRITABLE(wanted, i);

		if (reads || writes)
			polls[count++] = (struct pollfd){
				.fd = sockets[i],
				.events = (short)((reads ? POLLIN : 0) |
				    (writes ? POLLOUT : 0)),
			};
	}
	*timeout = -1;
	if (ares_timeout(resolver->channel, NULL, &time) != NULL)
		*timeout = (int)(time.tv_sec * 1000 + time.tv_usec / 1000 + 1);
	return count;
}

void
tr_resolver_serve(struct tr_resolver *resolver, const struct pollfd polls[],
    size_t count)
{
	const short failed = POLLERR | POLLHUP | POLLNVAL;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		const short events = polls[i].revents;

		if (events == 0)
			continue;
		any = true;
		ares_process_fd(resolver->channel,
		    events & (POLLIN | failed) ? polls[i].fd : ARES_SOCKET_BAD,
		    events & (POLLOUT | failed) ? polls[i].fd :
		    ARES_SOCKET_BAD);
	}
	if (!any)
		ares_process_fd(resolver->channel, ARES_SOCKET_BAD,
		    ARES_SOCKET_BAD);
	start_next(resolver);
}

#else /* HAVE_C_ARES */

struct tr_resolver *
tr_resolver_new(bool verify, tr_resolver_fn *answered, void *context,
    struct tr_error *error)
{
	(void)verify;
	(void)answered;
	(void)context;
	tr_fail(error, TR_EUNSUPPORTED, "this build has no c-ares: it knows "
	    "no names and cannot ask Team Cymru");
	return NULL;
}

void
tr_resolver_ask_name(struct tr_resolver *resolver,
    const struct tr_address *address)
{
	(void)resolver;
	(void)address;
}

void
tr_resolver_ask_origin(struct tr_resolver *resolver,
    const struct tr_address *address)
{
	(void)resolver;
	(void)address;
}

bool
tr_resolver_heard(const struct tr_resolver *resolver)
{
	(void)resolver;
	return false;
}

size_t
tr_resolver_polls(struct tr_resolver *resolver,
    struct pollfd polls[TR_RESOLVER_POLLS_MAX], int *timeout)
{
	(void)resolver;
	(void)polls;
	*timeout = -1;
	return 0;
}

void
tr_resolver_serve(struct tr_resolver *resolver, const struct pollfd polls[],
    size_t count)
{
	(void)resolver;
	(void)polls;
	(void)count;
}

#endif /* HAVE_C_ARES */
