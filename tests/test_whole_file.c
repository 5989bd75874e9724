/*
 * Small files that are replaced as a whole: also where others have put things
 * of the same name into the folder.
 */
#include "support.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "io/whole_file.h"

static char folder[] = "/tmp/test_whole_file.XXXXXX";

#define PATH_SIZE	(sizeof(folder) + 32)

static const char *
path_of(const char *name)
{
	static char paths[4][PATH_SIZE];
	static size_t next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_SIZE, "%s/%s", folder, name);
	return path;
}

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_whole_file.XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = { "file", "file.new", "victim" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)unlink(path_of(names[i]));
		(void)rmdir(path_of(names[i]));
	}
	return rmdir(folder);
}

static void
assert_text(const char *name, const char *text)
{
	struct tr_buffer buffer = { .bytes = NULL };
	struct tr_error error;

	assert_int_equal(tr_whole_file_read(path_of(name), 1000, &buffer,
	    &error), TR_OK);
	assert_int_equal(buffer.used, strlen(text));
	assert_memory_equal(buffer.bytes, text, buffer.used);
	tr_buffer_clear(&buffer);
}

static int
replace(const char *text, struct tr_error *error)
{
	return tr_whole_file_replace(path_of("file"), text, strlen(text),
	    true, error);
}

static void
assert_nothing_left(void)
{
	struct stat found;

	assert_int_not_equal(lstat(path_of("file.new"), &found), 0);
}

/* --- what is there ------------------------------------------------------ */

static void
test_new_and_replaced(void **state)
{
	struct tr_error error;

	(void)state;
	assert_int_equal(replace("one, which is longer", &error), TR_OK);
	assert_text("file", "one, which is longer");
	assert_int_equal(replace("two", &error), TR_OK);
	assert_text("file", "two");
	assert_nothing_left();
}

static void
test_left_over_is_replaced(void **state)
{
	struct tr_error error;
	int file;

	(void)state;
	file = open(path_of("file.new"), O_WRONLY | O_CREAT, 0400);
	assert_true(file >= 0);
	assert_int_equal(write(file, "half of a line", 14), 14);
	close(file);
	assert_int_equal(replace("whole", &error), TR_OK);
	assert_text("file", "whole");
}

static void
test_link_is_not_followed(void **state)
{
	struct tr_error error;

	(void)state;
	assert_int_equal(tr_whole_file_replace(path_of("victim"), "mine", 4,
	    false, &error), TR_OK);
	assert_int_equal(symlink(path_of("victim"), path_of("file.new")), 0);
	assert_int_equal(replace("text", &error), TR_OK);
	assert_text("file", "text");
	assert_text("victim", "mine");
	assert_nothing_left();
}

/* Opened for writing, it would be waited for until somebody reads. */
static void
test_fifo_is_not_opened(void **state)
{
	struct tr_error error;

	(void)state;
	assert_int_equal(mkfifo(path_of("file.new"), 0600), 0);
	alarm(10);
	assert_int_equal(replace("text", &error), TR_OK);
	alarm(0);
	assert_text("file", "text");
}

static void
test_folder_in_the_way(void **state)
{
	struct tr_error error;

	(void)state;
	assert_int_equal(replace("old", &error), TR_OK);
	assert_int_equal(mkdir(path_of("file.new"), 0700), 0);
	assert_int_equal(replace("new", &error), TR_ESYSTEM);
	assert_non_null(strstr(error.text, "file.new: "));
	assert_text("file", "old");
}

/* --- what is not replaced ----------------------------------------------- */

static void
assert_refused(void)
{
	struct stat before, after;
	struct tr_error error;

	assert_int_equal(lstat(path_of("file"), &before), 0);
	assert_int_equal(replace("text", &error), TR_ERANGE);
	assert_non_null(strstr(error.text, "is no regular file"));
	assert_int_equal(lstat(path_of("file"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_nothing_left();
}

static void
test_others_stay(void **state)
{
	struct tr_error error;

	(void)state;
	assert_int_equal(mkfifo(path_of("file"), 0600), 0);
	assert_refused();
	assert_int_equal(unlink(path_of("file")), 0);
	assert_int_equal(mkdir(path_of("file"), 0700), 0);
	assert_refused();
	assert_int_equal(rmdir(path_of("file")), 0);
	assert_int_equal(tr_whole_file_replace(path_of("victim"), "mine", 4,
	    false, &error), TR_OK);
	assert_int_equal(symlink(path_of("victim"), path_of("file")), 0);
	assert_refused();
	assert_text("victim", "mine");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, \
    remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(test_new_and_replaced),
		TEST(test_left_over_is_replaced),
		TEST(test_link_is_not_followed),
		TEST(test_fifo_is_not_opened),
		TEST(test_folder_in_the_way),
		TEST(test_others_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
