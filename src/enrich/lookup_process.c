#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enrich/lookup_process.h"
#include "enrich/resolver.h"
#include "io/privileges.h"

/* Descriptors of the parent that are closed; it has no more at that time. */
#define DESCRIPTORS_MAX	256

struct tr_lookup_process {
	pid_t	 child;
	int	 socket;
};

/* What the child was started for. */
struct errand {
	const struct tr_sources_config *files;	/* NULL: names */
	bool	 verify;
};

/* --- in the child ------------------------------------------------------- */

static void
tell(int socket, const void *message, size_t size)
{
	ssize_t sent;

	/* It waits where the parent is slow to read. */
	do
		sent = send(socket, message, size, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		_exit(0);
}

static void
tell_failure(int socket, const struct tr_error *error)
{
	tell(socket, error, sizeof(*error));
	_exit(0);
}

/* Wait for a question, or take one that is there; ends with the parent. */
static bool
hear(int socket, int flags, struct tr_lookup_question *question)
{
	const ssize_t size = recv(socket, question, sizeof(*question), flags);

	if (size == (ssize_t)sizeof(*question))
		return true;
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	_exit(0);
}

static void
serve_files(int socket, const struct tr_sources_config *files)
{
	struct tr_lookup_question question;
	struct tr_sources *sources;
	struct tr_error error;

	sources = tr_sources_open(files, &error);
	if (sources == NULL || tr_privileges_drop(&error) != TR_OK)
		tell_failure(socket, &error);
	error = (struct tr_error){ .code = TR_OK };
	for (size_t i = 0; tr_sources_warning(sources, i, error.text,
	    sizeof(error.text)) != NULL; i++)
		tell(socket, &error, sizeof(error));
	for (;;) {
		struct tr_lookup_answer answer = { .parts = 0 };

		if (!hear(socket, 0, &question))
			continue;
		answer.parts = question.parts;
		if (question.parts & TR_PART_ORIGIN)
			answer.parts |= TR_PART_HOLDER;
		answer.annotation.address = question.address;
		tr_sources_annotate(sources, &answer.annotation);
		tell(socket, &answer, sizeof(answer));
	}
}

struct asker {
	int	 socket;
	const struct tr_resolver *resolver;
};

static void
on_resolved(void *context, unsigned part, const struct tr_annotation *found)
{
	const struct asker *asker = context;
	const struct tr_lookup_answer answer = {
		.parts = part,
		.heard = tr_resolver_heard(asker->resolver),
		.annotation = *found,
	};

	tell(asker->socket, &answer, sizeof(answer));
}

static void
pass_questions_on(int socket, struct tr_resolver *resolver)
{
	struct tr_lookup_question question;

	while (hear(socket, MSG_DONTWAIT, &question)) {
		if (question.parts & TR_PART_NAME)
			tr_resolver_ask_name(resolver, &question.address);
		if (question.parts & TR_PART_ORIGIN)
			tr_resolver_ask_origin(resolver, &question.address);
	}
}

static void
serve_names(int socket, bool verify)
{
	struct asker asker = { .socket = socket };
	struct tr_resolver *resolver;
	struct tr_error error;

	resolver = tr_resolver_new(verify, on_resolved, &asker, &error);
	if (resolver == NULL)
		tell_failure(socket, &error);
	asker.resolver = resolver;
	for (;;) {
		struct pollfd polls[TR_RESOLVER_POLLS_MAX + 1];
		int timeout;
		const size_t count = tr_resolver_polls(resolver, polls,
		    &timeout);

		polls[count] = (struct pollfd){
			.fd = socket,
			.events = POLLIN,
		};
		if (poll(polls, count + 1, timeout) < 0)
			continue;
		tr_resolver_serve(resolver, polls, count);
		if (polls[count].revents != 0)
			pass_questions_on(socket, resolver);
	}
}

/* Is a file given as this descriptor: <(...) of a shell, or /dev/stdin? */
static bool
names_descriptor(const char *path, int fd)
{
	char name[32];

	if (path == NULL)
		return false;
	if (fd == STDIN_FILENO && strcmp(path, "/dev/stdin") == 0)
		return true;
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	if (strcmp(path, name) == 0)
		return true;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return strcmp(path, name) == 0;
}

static bool
is_wanted(const struct tr_sources_config *files, int fd)
{
	if (files == NULL)
		return false;
	for (size_t i = 0; i < files->asn_path_count; i++)
		if (names_descriptor(files->asn_paths[i], fd))
			return true;
	return names_descriptor(files->geo_path, fd) ||
	    names_descriptor(files->exchange_path, fd);
}

/* Hold nothing that is the parent's but files that are to be read. */
static void
let_go(int socket, const struct tr_sources_config *files)
{
	const int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    (!is_wanted(files, STDIN_FILENO) &&
	    dup2(null, STDIN_FILENO) < 0))
		_exit(1);
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS_MAX; fd++)
		if (fd != socket && !is_wanted(files, fd))
			(void)close(fd);
}

/* What root may read, it may: the user gave the file's name. */
static void
become_alone(int socket, pid_t parent, const struct tr_sources_config *files)
{
	struct tr_error error;
	int status;

	let_go(socket, files);
	/* A Ctrl-C is for the trace, which then stops this. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_DFL);
	status = files != NULL ? tr_privileges_drop_but_reading(&error) :
	    tr_privileges_drop(&error);
	if (status != TR_OK)
		tell_failure(socket, &error);
	/* Ends when the parent does; a change of the user id undoes it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

static void
run_child(int socket, pid_t parent, const struct errand *errand)
{
	become_alone(socket, parent, errand->files);
	if (errand->files != NULL)
		serve_files(socket, errand->files);
	else
		serve_names(socket, errand->verify);
	_exit(0);
}

/* --- in the parent ------------------------------------------------------ */

static struct tr_lookup_process *
start(const struct errand *errand, struct tr_error *error)
{
	struct tr_lookup_process *process = malloc(sizeof(*process));
	const pid_t parent = getpid();
	int pair[2];

	if (process == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		tr_fail(error, TR_ESYSTEM, "cannot make a pair of sockets: %s",
		    strerror(errno));
		free(process);
		return NULL;
	}
	process->socket = pair[0];
	process->child = fork();
	if (process->child == 0)
		run_child(pair[1], parent, errand);
	close(pair[1]);
	if (process->child < 0) {
		tr_fail(error, TR_ESYSTEM, "cannot start a process for "
		    "lookups: %s", strerror(errno));
		close(pair[0]);
		free(process);
		return NULL;
	}
	return process;
}

struct tr_lookup_process *
tr_lookup_process_names(bool verify, struct tr_error *error)
{
	const struct errand errand = { .verify = verify };

	return start(&errand, error);
}

struct tr_lookup_process *
tr_lookup_process_files(const struct tr_sources_config *config,
    struct tr_error *error)
{
	const struct errand errand = { .files = config };

	return start(&errand, error);
}

void
tr_lookup_process_stop(struct tr_lookup_process *process)
{
	if (process == NULL)
		return;
	(void)kill(process->child, SIGKILL);
	while (waitpid(process->child, NULL, 0) < 0 && errno == EINTR)
		;
	close(process->socket);
	free(process);
}

int
tr_lookup_process_descriptor(const struct tr_lookup_process *process)
{
	return process->socket;
}

int
tr_lookup_process_ask(struct tr_lookup_process *process,
    const struct tr_lookup_question *question)
{
	const ssize_t sent = send(process->socket, question,
	    sizeof(*question), MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent == (ssize_t)sizeof(*question))
		return 1;
	return sent < 0 && (errno == EAGAIN || errno == ENOBUFS ||
	    errno == EINTR) ? 0 : TR_ESYSTEM;
}

/* --- what the child says is not believed -------------------------------- */

static void
check_lookup(enum tr_lookup *lookup)
{
	if ((unsigned)*lookup > TR_LOOKUP_UNANSWERED ||
	    *lookup == TR_LOOKUP_PENDING)
		*lookup = TR_LOOKUP_UNANSWERED;
}

/* Terminated, and safe: as every text from outside. */
static void
check_text(char *field, size_t size)
{
	char copy[TR_NAME_MAX];

	field[size - 1] = '\0';
	memcpy(copy, field, size);
	tr_annotation_set(field, size, copy);
}

static void
check_origins(struct tr_annotation *annotation)
{
	if (annotation->origin_count > TR_ORIGINS_MAX)
		annotation->origin_count = TR_ORIGINS_MAX;
	if (annotation->origin_count == 0 &&
	    annotation->origin_lookup == TR_LOOKUP_FOUND)
		annotation->origin_lookup = TR_LOOKUP_UNANSWERED;
	if (annotation->prefix.address.family != annotation->address.family ||
	    annotation->prefix.length >
	    8 * tr_address_size(&annotation->address))
		annotation->prefix = (struct tr_prefix){ .length = 0 };
}

static void
check(struct tr_lookup_answer *answer)
{
	struct tr_annotation *annotation = &answer->annotation;

	check_lookup(&annotation->name_lookup);
	check_lookup(&annotation->check_lookup);
	check_lookup(&annotation->origin_lookup);
	check_lookup(&annotation->holder_lookup);
	check_lookup(&annotation->place_lookup);
	check_text(annotation->name, sizeof(annotation->name));
	check_text(annotation->holder, sizeof(annotation->holder));
	check_text(annotation->origin_source,
	    sizeof(annotation->origin_source));
	check_text(annotation->exchange, sizeof(annotation->exchange));
	check_text(annotation->country, sizeof(annotation->country));
	check_text(annotation->place, sizeof(annotation->place));
	check_origins(annotation);
}

int
tr_lookup_process_next(struct tr_lookup_process *process,
    struct tr_lookup_answer *answer, struct tr_error *error)
{
	union {
		struct tr_lookup_answer answer;
		struct tr_error failure;
	} message;
	ssize_t size;

	error->code = TR_OK;
	size = recv(process->socket, &message, sizeof(message), MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (size == (ssize_t)sizeof(message.failure)) {
		*error = message.failure;
		error->text[sizeof(error->text) - 1] = '\0';
		return error->code == TR_OK ? TR_LOOKUP_REMARK : TR_ESYSTEM;
	}
	if (size != (ssize_t)sizeof(message.answer))
		return TR_ESYSTEM;
	*answer = message.answer;
	check(answer);
	return 1;
}
