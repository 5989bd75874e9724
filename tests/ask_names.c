/*
 * ask_names - what c-ares makes of the answers of a name server
 *
 *	ask_names [-f] [-t MS] [-n TRIES] SERVER TYPE NAME...
 *
 * SERVER is ADDRESS:PORT, TYPE is PTR, A, AAAA or TXT.  All are asked at once;
 * a line for each as it ends: NAME, milliseconds, c-ares's word for how it
 * ended, and what was found, with \DDD for what is not plain.  A NAME that is
 * an address stands for its reverse name.  -f: the first answer that fits is
 * final, even an error (ARES_FLAG_NOCHECKRESP).
 */
#include <sys/select.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <netdb.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ares.h>

#define ADDRESSES_MAX	8

struct asked {
	const char *name;
	int	 type;
};

static struct timespec start;

static void
print_plain(const char *text, size_t size)
{
	putchar(' ');
	for (size_t i = 0; i < size; i++) {
		const unsigned char byte = (unsigned char)text[i];

		if (isgraph(byte) && byte < 0x80)
			putchar(byte);
		else
			printf("\\%03u", byte);
	}
}

static void
print_ptr(const unsigned char *answer, int size)
{
	static const unsigned char nothing[4];
	struct hostent *host = NULL;
	const int status = ares_parse_ptr_reply(answer, size, nothing, 4,
	    AF_INET, &host);

	printf(" %s", ares_strerror(status));
	if (status != ARES_SUCCESS)
		return;
	print_plain(host->h_name, strlen(host->h_name));
	for (char **alias = host->h_aliases; *alias != NULL; alias++)
		print_plain(*alias, strlen(*alias));
	ares_free_hostent(host);
}

static void
print_txt(const unsigned char *answer, int size)
{
	struct ares_txt_reply *texts = NULL;
	const int status = ares_parse_txt_reply(answer, size, &texts);

	printf(" %s", ares_strerror(status));
	for (struct ares_txt_reply *text = texts; text != NULL;
	    text = text->next)
		print_plain((char *)text->txt, text->length);
	ares_free_data(texts);
}

static void
print_addresses(const unsigned char *answer, int size, int type)
{
	struct ares_addrttl v4[ADDRESSES_MAX];
	struct ares_addr6ttl v6[ADDRESSES_MAX];
	char text[INET6_ADDRSTRLEN];
	int count = ADDRESSES_MAX;
	const int status = type == ns_t_a ?
	    ares_parse_a_reply(answer, size, NULL, v4, &count) :
	    ares_parse_aaaa_reply(answer, size, NULL, v6, &count);

	printf(" %s", ares_strerror(status));
	for (int i = 0; status == ARES_SUCCESS && i < count; i++)
		printf(" %s", inet_ntop(type == ns_t_a ? AF_INET : AF_INET6,
		    type == ns_t_a ? (void *)&v4[i].ipaddr :
		    (void *)&v6[i].ip6addr, text, sizeof(text)));
}

static void
end(void *argument, int status, int timeouts, unsigned char *answer, int size)
{
	const struct asked *asked = argument;
	struct timespec now;

	(void)timeouts;
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%s %ld", asked->name, (now.tv_sec - start.tv_sec) * 1000 +
	    (now.tv_nsec - start.tv_nsec) / 1000000);
	if (status != ARES_SUCCESS)
		printf(" %s", ares_strerror(status));
	else if (asked->type == ns_t_ptr)
		print_ptr(answer, size);
	else if (asked->type == ns_t_txt)
		print_txt(answer, size);
	else
		print_addresses(answer, size, asked->type);
	putchar('\n');
	fflush(stdout);
}

/* The reverse name of an address, or the name itself. */
static void
name_to_ask(const char *name, char *text, size_t size)
{
	unsigned char b[16];
	size_t used = 0;

	snprintf(text, size, "%s", name);
	if (inet_pton(AF_INET, name, b) == 1)
		snprintf(text, size, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2],
		    b[1], b[0]);
	if (inet_pton(AF_INET6, name, b) != 1)
		return;
	for (int i = 15; i >= 0; i--)
		used += (size_t)snprintf(text + used, size - used, "%x.%x.",
		    b[i] & 15, b[i] >> 4);
	snprintf(text + used, size - used, "ip6.arpa");
}

static int
type_of(const char *word)
{
	static const struct {
		const char *word;
		int	 type;
	} types[] = {
		{ "A", ns_t_a }, { "AAAA", ns_t_aaaa }, { "PTR", ns_t_ptr },
		{ "TXT", ns_t_txt },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(word, types[i].word) == 0)
			return types[i].type;
	fprintf(stderr, "ask_names: %s: A, AAAA, PTR, TXT are accepted\n",
	    word);
	exit(2);
}

static void
run(ares_channel channel)
{
	for (;;) {
		struct timeval wait, most = { .tv_sec = 60 };
		fd_set reading, writing;
		int count;

		FD_ZERO(&reading);
		FD_ZERO(&writing);
		count = ares_fds(channel, &reading, &writing);
		if (count == 0)
			return;
		select(count, &reading, &writing, NULL,
		    ares_timeout(channel, &most, &wait));
		ares_process(channel, &reading, &writing);
	}
}

int
main(int argc, char *argv[])
{
	/* No domain is to be tried behind a name, no file to be read. */
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = 500,
		.tries = 2,
	};
	ares_channel channel;
	int option, status, type;

	while ((option = getopt(argc, argv, "fn:t:")) != -1) {
		if (option == 'f')
			options.flags |= ARES_FLAG_NOCHECKRESP;
		else if (option == 'n')
			options.tries = (int)strtol(optarg, NULL, 10);
		else if (option == 't')
			options.timeout = (int)strtol(optarg, NULL, 10);
		else
			return 2;
	}
	if (argc - optind < 3) {
		fprintf(stderr, "ask_names: SERVER TYPE NAME... are needed\n");
		return 2;
	}
	type = type_of(argv[optind + 1]);
	if ((status = ares_library_init(ARES_LIB_INIT_ALL)) != ARES_SUCCESS ||
	    (status = ares_init_options(&channel, &options, ARES_OPT_FLAGS |
	    ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES)) != ARES_SUCCESS ||
	    (status = ares_set_servers_ports_csv(channel, argv[optind])) !=
	    ARES_SUCCESS) {
		fprintf(stderr, "ask_names: %s\n", ares_strerror(status));
		return 3;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = optind + 2; i < argc; i++) {
		struct asked *asked = malloc(sizeof(*asked));
		char name[1100];

		if (asked == NULL)
			return 3;
		asked->name = argv[i];
		asked->type = type;
		name_to_ask(argv[i], name, sizeof(name));
		ares_query(channel, name, ns_c_in, type, end, asked);
	}
	run(channel);
	ares_destroy(channel);
	ares_library_cleanup();
	return 0;
}
