/*
 * The processes that look things up: what they tell, what becomes of it when
 * they fail or are killed, and what they hold.
 */
#include "config.h"

#include <sys/wait.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "enrich/lookup_process.h"

#define PATIENCE 10000		/* ms: a busy machine */

static char path[] = "/tmp/lookups-XXXXXX";

static void
write_table(const char *text)
{
	FILE *stream = fopen(path, "w");

	assert_non_null(stream);
	assert_true(fputs(text, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
}

static struct tr_lookup_process *
start_from(const char *from)
{
	const char *const paths[] = { from };
	const struct tr_sources_config config = {
		.asn_paths = paths,
		.asn_path_count = 1,
	};
	struct tr_error error;
	struct tr_lookup_process *process = tr_lookup_process_files(&config,
	    &error);

	assert_non_null(process);
	return process;
}

static struct tr_lookup_process *
start(void)
{
	return start_from(path);
}

static int
next(struct tr_lookup_process *process, struct tr_lookup_answer *answer,
    struct tr_error *error)
{
	struct pollfd poll_for = {
		.fd = tr_lookup_process_descriptor(process),
		.events = POLLIN,
	};
	int status;

	do {
		assert_int_equal(poll(&poll_for, 1, PATIENCE), 1);
		status = tr_lookup_process_next(process, answer, error);
	} while (status == 0);
	return status;
}

static void
ask(struct tr_lookup_process *process, const char *address)
{
	struct tr_lookup_question question = {
		.parts = TR_PART_ORIGIN,
	};

	assert_int_equal(tr_address_parse(address, &question.address), TR_OK);
	assert_int_equal(tr_lookup_process_ask(process, &question), 1);
}

/* The only child of this process; 0 for none. */
static pid_t
child(void)
{
	char name[64];
	FILE *stream;
	int pid = 0;

	snprintf(name, sizeof(name), "/proc/self/task/%d/children",
	    (int)getpid());
	stream = fopen(name, "r");
	if (stream == NULL)
		return 0;
	if (fscanf(stream, "%d", &pid) != 1)
		pid = 0;
	fclose(stream);
	return pid;
}

static void
assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
test_answers(void **state)
{
	struct tr_lookup_process *process;
	struct tr_lookup_answer answer;
	struct tr_error error;
	char origins[TR_ORIGIN_TEXT_MAX];

	(void)state;
	write_table("192.0.2.0/24 AS64500 Example\n");
	process = start();
	ask(process, "192.0.2.1");
	ask(process, "198.51.100.1");
	assert_int_equal(next(process, &answer, &error), 1);
	assert_int_equal(answer.parts,
	    TR_PART_ORIGIN | TR_PART_HOLDER);
	assert_string_equal(tr_annotation_origin_text(&answer.annotation,
	    origins), "[AS64500]");
	assert_string_equal(answer.annotation.holder, "Example");
	assert_int_equal(next(process, &answer, &error), 1);
	assert_int_equal(answer.annotation.origin_lookup, TR_LOOKUP_NONE);
	tr_lookup_process_stop(process);
	assert_no_child();
}

/* As a shell gives it: --asn=file:<(zcat table.gz). */
static void
test_a_pipe(void **state)
{
	static const char table[] = "192.0.2.0/24 AS64500\n";
	struct tr_lookup_process *process;
	struct tr_lookup_answer answer;
	struct tr_error error;
	char from[64];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	snprintf(from, sizeof(from), "/dev/fd/%d", ends[0]);
	process = start_from(from);
	close(ends[0]);
	assert_int_equal(write(ends[1], table, sizeof(table) - 1),
	    sizeof(table) - 1);
	close(ends[1]);
	ask(process, "192.0.2.1");
	assert_int_equal(next(process, &answer, &error), 1);
	assert_int_equal(answer.annotation.origins[0], 64500);
	tr_lookup_process_stop(process);
	assert_no_child();
}

/* By sudo: root may look into another user's home, if only for reading. */
static void
test_a_file_of_another_user(void **state)
{
	char folder[] = "/tmp/lookups-XXXXXX", from[64];
	struct tr_lookup_process *process;
	struct tr_lookup_answer answer;
	struct tr_error error;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(from, sizeof(from), "%s/table", folder);
	write_table("192.0.2.0/24 AS64500\n");
	assert_int_equal(link(path, from), 0);
	assert_int_equal(chown(folder, 1, 1), 0);
	process = start_from(from);
	ask(process, "192.0.2.1");
	assert_int_equal(next(process, &answer, &error), 1);
	assert_int_equal(answer.annotation.origins[0], 64500);
	tr_lookup_process_stop(process);
	assert_int_equal(unlink(from), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
test_a_file_that_cannot_be_read(void **state)
{
	struct tr_lookup_process *process;
	struct tr_lookup_answer answer;
	struct tr_error error;

	(void)state;
	write_table("no table\n");
	process = start();
	assert_int_equal(next(process, &answer, &error), TR_ESYSTEM);
	assert_int_not_equal(error.code, TR_OK);
	assert_non_null(strstr(error.text, path));
	/* It is gone, and this is no reason to fall over. */
	assert_int_equal(next(process, &answer, &error), TR_ESYSTEM);
	tr_lookup_process_stop(process);
	assert_no_child();
}

static void
test_lines_that_are_not_understood(void **state)
{
	struct tr_lookup_process *process;
	struct tr_lookup_answer answer;
	struct tr_error error;

	(void)state;
	write_table("192.0.2.0/24 AS64500\nwhat is this?\n"
	    "198.51.100.0/24 AS64501\n");
	process = start();
	assert_int_equal(next(process, &answer, &error), TR_LOOKUP_REMARK);
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, "2"));
	ask(process, "198.51.100.1");
	assert_int_equal(next(process, &answer, &error), 1);
	assert_int_equal(answer.annotation.origins[0], 64501);
	tr_lookup_process_stop(process);
}

static void
test_it_is_killed(void **state)
{
	struct tr_lookup_process *process;
	struct tr_lookup_question question = {
		.parts = TR_PART_ORIGIN,
		.address = { .family = 4 },
	};
	struct tr_lookup_answer answer;
	struct tr_error error;

	(void)state;
	write_table("192.0.2.0/24 AS64500\n");
	process = start();
	ask(process, "192.0.2.1");
	assert_int_equal(next(process, &answer, &error), 1);
	assert_true(child() > 0);
	assert_int_equal(kill(child(), SIGKILL), 0);
	assert_int_equal(next(process, &answer, &error), TR_ESYSTEM);
	assert_int_equal(error.code, TR_OK);
	assert_int_equal(tr_lookup_process_ask(process, &question),
	    TR_ESYSTEM);
	tr_lookup_process_stop(process);
	assert_no_child();
}

/* A process that does not read is not waited for. */
static void
test_asking_never_waits(void **state)
{
	struct tr_lookup_process *process;
	struct tr_lookup_question question = {
		.parts = TR_PART_ORIGIN,
		.address = { .family = 4 },
	};
	int status = 1;

	(void)state;
	write_table("192.0.2.0/24 AS64500\n");
	process = start();
	assert_true(child() > 0);
	assert_int_equal(kill(child(), SIGSTOP), 0);
	for (int i = 0; i < 1000000 && status == 1; i++)
		status = tr_lookup_process_ask(process, &question);
	assert_int_equal(status, 0);
	tr_lookup_process_stop(process);
	assert_no_child();
}

static void
assert_line(const char *status, const char *name, const char *value)
{
	const char *line = strstr(status, name);

	assert_non_null(line);
	line += strlen(name);
	line += strspn(line, ":\t ");
	assert_memory_equal(line, value, strlen(value));
}

static unsigned
open_descriptors(pid_t pid)
{
	char name[64];
	unsigned count = 0;
	DIR *folder;

	snprintf(name, sizeof(name), "/proc/%d/fd", (int)pid);
	folder = opendir(name);
	assert_non_null(folder);
	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static void
test_what_it_holds(void **state)
{
	struct tr_lookup_process *process;
	struct tr_lookup_answer answer;
	struct tr_error error;
	char name[64], text[8192] = "";
	FILE *stream;

	(void)state;
	write_table("192.0.2.0/24 AS64500\n");
	process = start();
	ask(process, "192.0.2.1");
	assert_int_equal(next(process, &answer, &error), 1);
	assert_true(child() > 0);
	snprintf(name, sizeof(name), "/proc/%d/status", (int)child());
	stream = fopen(name, "r");
	assert_non_null(stream);
	assert_true(fread(text, 1, sizeof(text) - 1, stream) > 0);
	fclose(stream);
	assert_line(text, "NoNewPrivs", "1");
#ifdef HAVE_LIBCAP_NG
	assert_line(text, "CapPrm", "0000000000000000");
	assert_line(text, "CapEff", "0000000000000000");
#endif
	/* Nothing, what it says, and how it is asked. */
	assert_true(open_descriptors(child()) <= 4);
	tr_lookup_process_stop(process);
}

/* Only root can, and not where there is but one user. */
static bool
can_give_away(void)
{
	const bool can = chown(path, 1, 1) == 0;

	return can && chown(path, geteuid(), getegid()) == 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_a_pipe),
		cmocka_unit_test(test_a_file_that_cannot_be_read),
		cmocka_unit_test(test_lines_that_are_not_understood),
		cmocka_unit_test(test_it_is_killed),
		cmocka_unit_test(test_asking_never_waits),
		cmocka_unit_test(test_what_it_holds),
		cmocka_unit_test(test_a_file_of_another_user),
	};
	size_t count = sizeof(tests) / sizeof(tests[0]);
	const int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 1;
	close(fd);
	/* A test that cmocka skips counts as failed. */
	if (!can_give_away()) {
		count--;
		printf("# SKIP test_a_file_of_another_user: only root can\n");
	}
	failed = _cmocka_run_group_tests("tests", tests, count, NULL, NULL);
	unlink(path);
	return failed;
}
