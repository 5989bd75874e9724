/*
 * The spool: what was put in is written, once and in order, whatever the disk
 * and the reader do; files that end and begin; commits; and what is refused.
 */
#include "support.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "config.h"

#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/text.h"
#include "io/clock.h"
#include "io/spool.h"
#include "io/whole_file.h"

#define SOON		(30 * TR_SECOND)	/* later, a test has hung */
#define TEXT_MAX	((size_t)64 << 20)

/* --- a spool of numbers ------------------------------------------------- */

/* Messages are numbers; each becomes a line. */
struct notes {
	uint64_t formed;	/* in the writer's thread, as all of these */
	bool	 in_order;
	uint64_t commits;
	uint64_t synced;
	struct tr_spool_commit last;
	bool	 is_good;	/* what was told at commits fits the above */
	atomic_bool held;	/* the former waits while this is set */
	int	 disk_full;	/* so many commits fail first */
	int	 fatal;		/* errno with which the next one fails */
};

static void
form(void *context, const void *message, size_t size, struct tr_buffer *text)
{
	struct notes *notes = context;
	uint64_t number;

	memcpy(&number, message, sizeof(number));
	notes->in_order &= number == notes->formed++ && size >= sizeof(number);
	while (atomic_load(&notes->held))
		usleep(1000);
	tr_buffer_print(text, "%llu", (unsigned long long)number);
	for (size_t i = sizeof(number); i < size; i++)
		tr_buffer_add(text, ".", 1);
	tr_buffer_add_text(text, "\n");
}

static int
note_commit(void *context, const struct tr_spool_commit *commit,
    struct tr_error *error)
{
	struct notes *notes = context;

	if (notes->disk_full > 0) {
		notes->disk_full--;
		errno = ENOSPC;
		return tr_fail(error, TR_ESYSTEM, "the state: %s",
		    strerror(errno));
	}
	if (notes->fatal != 0) {
		errno = notes->fatal;
		return tr_fail(error, TR_ESYSTEM, "the state: %s",
		    strerror(errno));
	}
	notes->commits++;
	notes->synced += commit->synced;
	notes->is_good &= commit->messages == notes->formed &&
	    commit->messages >= notes->last.messages;
	notes->last = *commit;
	return TR_OK;
}

static struct tr_spool_config
config_of(struct notes *notes)
{
	const struct tr_spool_config config = {
		.outlet = { .descriptor = -1, .stem = "survey",
		    .suffix = ".txt" },
		.commit_time = 2 * TR_MILLISECOND,
		.ring = 8192,
		.form = form,
		.commit = note_commit,
		.context = notes,
	};

	memset(notes, 0, sizeof(*notes));
	notes->in_order = notes->is_good = true;
	return config;
}

static struct tr_spool *
opened(const struct tr_spool_config *config)
{
	struct tr_error error;
	struct tr_spool *spool = tr_spool_open(config, &error);

	if (spool == NULL)
		fail_msg("%s", error.text);
	return spool;
}

/* With so many bytes more. */
static int
put(struct tr_spool *spool, uint64_t number, size_t more)
{
	static uint8_t zeros[4096];
	const struct iovec parts[] = {
		{ &number, sizeof(number) }, { zeros, more },
	};

	return tr_spool_put(spool, parts, 2);
}

static void
put_all(struct tr_spool *spool, uint64_t first, uint64_t end, size_t more)
{
	const int64_t late = tr_clock_monotonic() + SOON;

	while (first < end) {
		const int status = put(spool, first, more);

		if (status == TR_OK)
			first++;
		else {
			assert_int_equal(status, TR_ENOMEM);
			assert_true(tr_clock_monotonic() < late);
			tr_spool_wait(spool, late);
		}
	}
}

static void
assert_closes(struct tr_spool *spool)
{
	struct tr_error error;

	if (tr_spool_close(spool, tr_clock_monotonic() + SOON, &error) !=
	    TR_OK)
		fail_msg("%s", error.text);
}

/* --- what was written --------------------------------------------------- */

static char folder[] = "/tmp/test_spool.XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[sizeof(folder) + 300];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
empty_folder(void)
{
	DIR *listing = opendir(folder);
	const struct dirent *entry;

	assert_non_null(listing);
	while ((entry = readdir(listing)) != NULL)
		if (entry->d_name[0] != '.')
			unlink(path_of(entry->d_name));
	closedir(listing);
}

/* Names in the folder. */
static unsigned
files_there(void)
{
	DIR *listing = opendir(folder);
	const struct dirent *entry;
	unsigned count = 0;

	assert_non_null(listing);
	while ((entry = readdir(listing)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(listing);
	return count;
}

static void
unpack(struct tr_buffer *text)
{
#ifdef HAVE_ZSTD
	char *plain = malloc(TEXT_MAX);
	size_t size;

	assert_non_null(plain);
	size = ZSTD_decompress(plain, TEXT_MAX, text->bytes, text->used);
	if (ZSTD_isError(size))
		fail_msg("%s", ZSTD_getErrorName(size));
	tr_buffer_empty(text);
	tr_buffer_add(text, plain, size);
	free(plain);
#else
	(void)text;
#endif
}

/* A file, terminated; clear the buffer. */
static struct tr_buffer
text_of(const char *name)
{
	struct tr_buffer text = { .bytes = NULL };
	struct tr_error error;

	if (tr_whole_file_read(path_of(name), TEXT_MAX, &text, &error) !=
	    TR_OK)
		fail_msg("%s", error.text);
	if (strstr(name, ".zst") != NULL)
		unpack(&text);
	tr_buffer_add(&text, "", 1);
	return text;
}

static void
assert_holds(const char *name, const char *wanted)
{
	struct tr_buffer text = text_of(name);

	assert_string_equal(text.bytes, wanted);
	tr_buffer_clear(&text);
}

/* Lines with the numbers from first on; returns the next number. */
static uint64_t
assert_counts(const char *name, const char *header, uint64_t first)
{
	struct tr_buffer text = text_of(name);
	char *line = text.bytes, *end;

	assert_int_equal(strncmp(line, header, strlen(header)), 0);
	for (line += strlen(header); *line != '\0'; line = end + 1) {
		assert_true(strtoull(line, &end, 10) == first++);
		end += strspn(end, ".");
		assert_int_equal(*end, '\n');
	}
	tr_buffer_clear(&text);
	return first;
}

/* Over all files there are, in their order. */
static uint64_t
assert_all_count(const char *suffix, const char *header)
{
	const unsigned files = files_there();
	uint64_t next = 0;
	char name[64];

	for (unsigned i = 1; i <= files; i++) {
		snprintf(name, sizeof(name), "survey-%06u%s", i, suffix);
		next = assert_counts(name, header, next);
	}
	return next;
}

/* --- to a descriptor ---------------------------------------------------- */

static void
to_a_descriptor(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool_counts counts;
	struct tr_spool *spool;

	(void)state;
	config.outlet.descriptor = open(path_of("out"),
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	config.header = "number\n";
	spool = opened(&config);
	assert_int_equal(tr_spool_fill(spool), 0);
	put_all(spool, 0, 20000, 40);
	assert_true(tr_spool_drain(spool, TR_TIME_NEVER));
	assert_int_equal(tr_spool_committed(spool), 20000);
	tr_spool_counts(spool, &counts);
	assert_int_equal(counts.messages, 20000);
	assert_true(counts.stalls > 0 && counts.stalled > 0);
	assert_int_equal(counts.text, 7 + 20000 * 41 + 88890);
	assert_int_equal(counts.written, counts.text);
	assert_int_equal(put(spool, 20000, 0), TR_ERANGE);
	assert_closes(spool);
	close(config.outlet.descriptor);
	assert_true(notes.in_order && notes.is_good);
	assert_int_equal(notes.last.messages, 20000);
	assert_int_equal(notes.last.place.offset, counts.text);
	assert_string_equal(notes.last.place.file, "");
	assert_true(notes.last.synced);
	assert_int_equal(assert_counts("out", "number\n", 0), 20000);
}

/* Nothing is put in: the header comes all the same. */
static void
nothing_but_a_header(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);

	(void)state;
	config.outlet.descriptor = open(path_of("out"),
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	config.header = "number\n";
	assert_closes(opened(&config));
	close(config.outlet.descriptor);
	assert_holds("out", "number\n");
	/* In opening, and at the end. */
	assert_int_equal(notes.commits, 2);
}

/* A commit comes by itself, after its time and not before. */
static void
commits_come_in_time(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool *spool;
	int64_t began;

	(void)state;
	config.commit_time = 50 * TR_MILLISECOND;
	config.outlet.descriptor = open(path_of("out"),
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	spool = opened(&config);
	for (uint64_t round = 0; round < 3; round++) {
		began = tr_clock_monotonic();
		put_all(spool, round * 10, round * 10 + 10, 0);
		while (tr_spool_committed(spool) < round * 10 + 10 &&
		    tr_clock_monotonic() < began + SOON)
			usleep(500);
		assert_in_range(tr_clock_monotonic() - began,
		    50 * TR_MILLISECOND, SOON);
	}
	assert_closes(spool);
	close(config.outlet.descriptor);
	/* One for all ten; in opening, and at the end. */
	assert_int_equal(notes.commits, 5);
	assert_true(notes.is_good);
}

static void
messages_that_are_too_long(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool *spool;

	(void)state;
	config.outlet.descriptor = open("/dev/null", O_WRONLY);
	spool = opened(&config);
	assert_int_equal(tr_spool_message_max(spool), 2040);
	assert_int_equal(put(spool, 0, 2032), TR_OK);
	assert_int_equal(put(spool, 1, 2033), TR_ERANGE);
	assert_closes(spool);
	close(config.outlet.descriptor);
}

/* --- slow, full, gone --------------------------------------------------- */

/* The ring gets full, is said to be, and there is room again; nothing lost. */
static void
a_slow_writer_stalls(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool_counts counts;
	struct tr_spool *spool;
	uint64_t given = 0;
	int64_t began;

	(void)state;
	config.outlet.descriptor = open(path_of("out"),
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	spool = opened(&config);
	atomic_store(&notes.held, true);
	while (put(spool, given, 16) == TR_OK)
		given++;
	assert_in_range(given, 200, 8192 / 32);
	assert_in_range(tr_spool_fill(spool), 90, 100);
	assert_false(tr_spool_has_room(spool, tr_spool_cost(24)));
	began = tr_clock_monotonic();
	tr_spool_wait(spool, began + 20 * TR_MILLISECOND);
	assert_true(tr_clock_monotonic() >= began + 20 * TR_MILLISECOND);
	assert_int_equal(put(spool, given, 16), TR_ENOMEM);
	atomic_store(&notes.held, false);
	tr_spool_wait(spool, TR_TIME_NEVER);
	assert_true(tr_spool_has_room(spool, tr_spool_cost(24)));
	tr_spool_counts(spool, &counts);
	assert_int_equal(counts.stalls, 1);
	assert_in_range(counts.stalled, 20 * TR_MILLISECOND, SOON);
	put_all(spool, given, given + 100, 16);
	assert_closes(spool);
	close(config.outlet.descriptor);
	assert_int_equal(assert_counts("out", "", 0), given + 100);
}

/* A reader that takes its time gets all of it, and is given up on demand. */
static void
a_slow_reader_is_waited_for(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool *spool;
	struct tr_error error;
	char some[70000];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	config.outlet.descriptor = ends[1];
	config.ring = 1 << 20;
	spool = opened(&config);
	put_all(spool, 0, 50, 1900);
	/* More than a pipe holds. */
	for (size_t left = sizeof(some); left > 0; ) {
		const ssize_t got = read(ends[0], some, left);

		assert_true(got > 0);
		left -= (size_t)got;
	}
	assert_true(tr_spool_drain(spool, tr_clock_monotonic() + SOON));
	assert_int_equal(tr_spool_committed(spool), 50);
	assert_closes(spool);

	spool = opened(&config);
	notes.formed = 0;
	put_all(spool, 0, 100, 1900);
	assert_int_equal(tr_spool_close(spool, tr_clock_monotonic() +
	    20 * TR_MILLISECOND, &error), TR_ESYSTEM);
	assert_non_null(strstr(error.text, " records are not written: cannot "
	    "write the output: Resource temporarily unavailable"));
	close(ends[0]);
	close(ends[1]);
}

static void
nobody_reads(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	const int64_t late = tr_clock_monotonic() + SOON;
	struct tr_spool *spool;
	struct tr_error error;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	config.outlet.descriptor = ends[1];
	spool = opened(&config);
	assert_int_equal(tr_spool_failed(spool, &error), TR_OK);
	put_all(spool, 0, 1, 0);
	while (tr_spool_failed(spool, &error) == TR_OK &&
	    tr_clock_monotonic() < late)
		tr_spool_wait(spool, late);
	assert_int_equal(tr_spool_failed(spool, &error), TR_ESYSTEM);
	assert_int_equal(error.system, EPIPE);
	assert_string_equal(error.text,
	    "cannot write the output: Broken pipe");
	assert_int_equal(put(spool, 1, 0), TR_ESYSTEM);
	assert_int_equal(tr_spool_committed(spool), 0);
	error.text[0] = '\0';
	assert_int_equal(tr_spool_close(spool, TR_TIME_NEVER, &error),
	    TR_ESYSTEM);
	assert_string_equal(error.text,
	    "cannot write the output: Broken pipe");
	close(ends[1]);
}

static void
wait_until_it_waits(const struct tr_spool *spool)
{
	const int64_t late = tr_clock_monotonic() + SOON;
	char text[TR_SPOOL_SHOWN];

	while (!tr_spool_waiting(spool, text, sizeof(text)) &&
	    tr_clock_monotonic() < late)
		usleep(500);
	assert_string_equal(text,
	    "waiting for the disk: No space left on device");
}

/* The disk gets room after a while: all is there. */
static void
a_full_disk_is_waited_for(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool_counts counts;
	char text[TR_SPOOL_SHOWN];
	struct tr_spool *spool;
	int full, out;

	(void)state;
	full = open("/dev/full", O_WRONLY);
	out = open(path_of("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (full < 0)
		return;		/* there is nothing to try it with */
	config.outlet.descriptor = dup(full);
	spool = opened(&config);
	put_all(spool, 0, 100, 0);
	wait_until_it_waits(spool);
	assert_int_equal(tr_spool_committed(spool), 0);
	assert_false(tr_spool_drain(spool, tr_clock_monotonic() +
	    10 * TR_MILLISECOND));
	assert_int_equal(dup2(out, config.outlet.descriptor),
	    config.outlet.descriptor);
	assert_true(tr_spool_drain(spool, tr_clock_monotonic() + SOON));
	assert_false(tr_spool_waiting(spool, text, sizeof(text)));
	assert_string_equal(text, "");
	tr_spool_counts(spool, &counts);
	assert_int_equal(counts.waits, 1);
	assert_closes(spool);
	close(config.outlet.descriptor);
	close(full);
	close(out);
	assert_int_equal(assert_counts("out", "", 0), 100);
}

static void
a_full_disk_is_given_up(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool *spool;
	struct tr_error error;

	(void)state;
	config.outlet.descriptor = open("/dev/full", O_WRONLY);
	if (config.outlet.descriptor < 0)
		return;		/* there is nothing to try it with */
	spool = opened(&config);
	put_all(spool, 0, 3, 0);
	wait_until_it_waits(spool);
	assert_int_equal(tr_spool_close(spool, tr_clock_monotonic(), &error),
	    TR_ESYSTEM);
	assert_string_equal(error.text, "3 records are not written: cannot "
	    "write the output: No space left on device");
	close(config.outlet.descriptor);
}

/* The state is on a disk that is full: what is written is not safe yet. */
static void
a_commit_waits_for_the_disk(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool *spool;

	(void)state;
	empty_folder();
	config.outlet.folder = folder;
	spool = opened(&config);
	assert_int_equal(notes.commits, 1);
	assert_string_equal(notes.last.place.file, "survey-000001.txt");
	notes.disk_full = 1;
	put_all(spool, 0, 3, 0);
	wait_until_it_waits(spool);
	assert_int_equal(tr_spool_committed(spool), 0);
	assert_closes(spool);
	assert_int_equal(notes.last.messages, 3);
	assert_holds("survey-000001.txt", "0\n1\n2\n");
}

/* What the state does not know of is not left behind. */
static void
files_are_cut_when_it_fails(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	const int64_t late = tr_clock_monotonic() + SOON;
	struct tr_spool *spool;
	struct tr_error error;

	(void)state;
	empty_folder();
	config.outlet.folder = folder;
	spool = opened(&config);
	put_all(spool, 0, 3, 0);
	while (tr_spool_committed(spool) < 3 && tr_clock_monotonic() < late)
		usleep(500);
	assert_int_equal(tr_spool_close(spool, late, &error), TR_OK);
	assert_holds("survey-000001.txt", "0\n1\n2\n");

	config.outlet.resumed = &notes.last.place;
	spool = opened(&config);
	notes.fatal = EIO;
	notes.formed = 3;
	put_all(spool, 3, 5, 0);
	assert_int_equal(tr_spool_close(spool, late, &error), TR_ESYSTEM);
	assert_string_equal(error.text, "the state: Input/output error");
	assert_holds("survey-000001.txt", "0\n1\n2\n");
}

/* A limit on the size of files is an error as others are. */
static void
a_file_that_may_not_grow(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct rlimit before, limit;
	struct tr_spool *spool;
	struct tr_error error;

	(void)state;
	empty_folder();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 5000;
	config.outlet.folder = folder;
	spool = opened(&config);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	put_all(spool, 0, 4, 1995);
	error.text[0] = '\0';
	assert_int_equal(tr_spool_close(spool, TR_TIME_NEVER, &error),
	    TR_ESYSTEM);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(error.text,
	    "/survey-000001.txt: File too large"));
	assert_int_equal(error.system, EFBIG);
}

/* --- files -------------------------------------------------------------- */

static void
files_end_by_size(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct stat found;

	(void)state;
	empty_folder();
	config.outlet.folder = folder;
	config.header = "number\n";
	config.file_text = 10007;
	{
		struct tr_spool *spool = opened(&config);

		/* Lines of 100 bytes; no file is longer than it has to be. */
		put_all(spool, 0, 10, 98);
		put_all(spool, 10, 100, 97);
		put_all(spool, 100, 950, 96);
		assert_closes(spool);
	}
	assert_true(notes.in_order && notes.is_good);
	assert_int_equal(files_there(), 10);
	assert_int_equal(assert_all_count(".txt", "number\n"), 950);
	for (int i = 1; i <= 10; i++) {
		char name[64];

		snprintf(name, sizeof(name), "survey-%06d.txt", i);
		assert_int_equal(stat(path_of(name), &found), 0);
		assert_int_equal(found.st_size, i < 10 ? 10007 : 5007);
	}
	assert_string_equal(notes.last.place.file, "survey-000010.txt");
	assert_int_equal(notes.last.place.offset, 5007);
	/* Each time that one ended, and at the end. */
	assert_int_equal(notes.synced, 10);
}

/* Also when nothing comes any more; and no empty file is begun. */
static void
files_end_by_time(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	const int64_t late = tr_clock_monotonic() + SOON;
	struct tr_spool *spool;

	(void)state;
	empty_folder();
	config.outlet.folder = folder;
	config.file_time = 20 * TR_MILLISECOND;
	spool = opened(&config);
	usleep(30000);
	put_all(spool, 0, 3, 0);
	while (tr_spool_committed(spool) < 3 && tr_clock_monotonic() < late)
		usleep(500);
	usleep(60000);
	assert_int_equal(files_there(), 1);
	put_all(spool, 3, 5, 0);
	assert_closes(spool);
	assert_holds("survey-000001.txt", "0\n1\n2\n");
	assert_holds("survey-000002.txt", "3\n4\n");
	assert_int_equal(files_there(), 2);
}

static void
files_are_compressed(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool *spool;

	(void)state;
	empty_folder();
	config.outlet.folder = folder;
	config.outlet.compressed = true;
	config.header = "number\n";
	config.file_text = 1000000;
#ifdef HAVE_ZSTD
	struct tr_spool_counts counts;

	config.ring = 1 << 20;
	spool = opened(&config);
	put_all(spool, 0, 30000, 80);
	assert_true(tr_spool_drain(spool, TR_TIME_NEVER));
	tr_spool_counts(spool, &counts);
	assert_closes(spool);
	assert_int_equal(files_there(), 3);
	assert_int_equal(assert_all_count(".txt.zst", "number\n"), 30000);
	assert_int_equal(counts.text, 3 * 7 + 30000 * 81 + 138890);
	assert_in_range(counts.written, 1000, counts.text / 4);
#else
	struct tr_error error;

	spool = tr_spool_open(&config, &error);
	assert_null(spool);
	assert_int_equal(error.code, TR_EUNSUPPORTED);
	assert_string_equal(error.text, "this build has no libzstd: output "
	    "can be written plain only, not compressed");
	assert_int_equal(files_there(), 0);
#endif
}

/* --- going on, and being refused ---------------------------------------- */

static void
write_file(const char *name, const char *text)
{
	struct tr_error error;

	assert_int_equal(tr_whole_file_replace(path_of(name), text,
	    strlen(text), false, &error), TR_OK);
}

/* What opening says, behind the folder. */
static void
assert_refused(const struct tr_spool_config *config, int code,
    const char *wanted)
{
	char text[TR_ERROR_TEXT_MAX];
	struct tr_error error;

	assert_null(tr_spool_open(config, &error));
	snprintf(text, sizeof(text), "%s%s", config->outlet.folder, wanted);
	assert_string_equal(error.text, text);
	assert_int_equal(error.code, code);
}

static void
nothing_is_overwritten(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool *spool;
	struct tr_error error;

	(void)state;
	empty_folder();
	config.outlet.folder = folder;
	write_file("survey.txt", "mine");
	write_file("survey-1.txt", "mine");
	write_file("survey-000001", "mine");
	write_file("survey-000003.txt", "");	/* is none */
	put_all(spool = opened(&config), 0, 1, 0);
	assert_closes(spool);
	assert_int_equal(access(path_of("survey-000003.txt"), F_OK), -1);
	assert_refused(&config, TR_ERANGE, " has files already "
	    "(survey-000001.txt): resume what wrote them, or name another "
	    "folder");
	unlink(path_of("survey-000001.txt"));
	/* In another format: the next run would be in two. */
	write_file("survey-000007.csv.zst", "other");
	assert_refused(&config, TR_ERANGE, " has files already "
	    "(survey-000007.csv.zst): resume what wrote them, or name another "
	    "folder");
	unlink(path_of("survey-000007.csv.zst"));
	spool = opened(&config);
	assert_refused(&config, TR_ERANGE, " is being written to by another "
	    "program: wait for it, or name another folder");
	assert_closes(spool);
	/* Where how far it is cannot be written down, it does not begin. */
	notes.fatal = EROFS;
	assert_null(tr_spool_open(&config, &error));
	assert_string_equal(error.text, "the state: Read-only file system");
	assert_holds("survey.txt", "mine");
	config.outlet.folder = "/nowhere/to/be/found";
	assert_refused(&config, TR_ESYSTEM, ": No such file or directory");
	config.outlet.folder = "/dev/null";
	assert_refused(&config, TR_ESYSTEM, ": Not a directory");
}

static void
a_folder_is_made(void **state)
{
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	char made[sizeof(folder) + 20];

	(void)state;
	empty_folder();
	snprintf(made, sizeof(made), "%s/made", folder);
	config.outlet.folder = made;
	assert_closes(opened(&config));
	assert_int_equal(unlink(path_of("made/survey-000001.txt")), 0);
	assert_int_equal(rmdir(made), 0);
}

static void
it_goes_on_where_it_was(void **state)
{
	struct tr_outlet_place place = { "survey-000002.txt", 6, 6 };
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool *spool;

	(void)state;
	empty_folder();
	write_file("survey-000001.txt", "0\n1\n");
	write_file("survey-000002.txt", "2\n3\n4\n5\n6");
	write_file("survey-000003.txt", "7\n");
	write_file("survey-1000000.txt", "8\n");
	write_file("survey-000003.txt.bak", "mine");
	config.outlet.folder = folder;
	config.outlet.resumed = &place;
	config.header = "number\n";	/* of files that begin */
	config.file_text = 9;
	spool = opened(&config);
	assert_holds("survey-000002.txt", "2\n3\n4\n");
	notes.formed = 5;
	put_all(spool, 5, 10, 0);
	assert_closes(spool);
	assert_holds("survey-000001.txt", "0\n1\n");
	assert_holds("survey-000002.txt", "2\n3\n4\n5\n6\n");
	assert_holds("survey-000003.txt", "number\n7\n");
	assert_holds("survey-000004.txt", "number\n8\n");
	assert_holds("survey-000003.txt.bak", "mine");
	assert_int_equal(files_there(), 6);

	/* From the begin: nothing was kept. */
	place = (struct tr_outlet_place){ .offset = 0 };
	assert_closes(opened(&config));
	assert_holds("survey-000001.txt", "number\n");
	assert_int_equal(files_there(), 2);
	/* Or something, of which nothing is there. */
	place = (struct tr_outlet_place){ .file = "survey-000003.txt" };
	assert_closes(opened(&config));
	assert_holds("survey-000003.txt", "number\n");
}

/* Each run's header stands before what it wrote. */
static void
it_goes_on_in_the_next_file(void **state)
{
	struct tr_outlet_place place = { "survey-000002.txt", 6, 6 };
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_spool *spool;

	(void)state;
	empty_folder();
	write_file("survey-000001.txt", "0\n1\n");
	write_file("survey-000002.txt", "2\n3\n4\n5");
	write_file("survey-000003.txt", "5\n");
	config.outlet.folder = folder;
	config.outlet.resumed = &place;
	config.outlet.next_file = true;
	config.header = "number\n";
	spool = opened(&config);
	assert_string_equal(notes.last.place.file, "survey-000003.txt");
	assert_int_equal(notes.last.place.offset, 0);
	notes.formed = 5;
	put_all(spool, 5, 7, 0);
	assert_closes(spool);
	assert_holds("survey-000002.txt", "2\n3\n4\n");
	assert_holds("survey-000003.txt", "number\n5\n6\n");
	assert_int_equal(files_there(), 3);

	/* Killed before anything was written to it: no file more. */
	place = (struct tr_outlet_place){ .file = "survey-000003.txt" };
	assert_closes(opened(&config));
	assert_holds("survey-000003.txt", "number\n");
	assert_int_equal(files_there(), 3);
	place = (struct tr_outlet_place){ .offset = 0 };
	assert_closes(opened(&config));
	assert_holds("survey-000001.txt", "number\n");
	assert_int_equal(files_there(), 1);
}

static void
where_it_cannot_go_on(void **state)
{
	struct tr_outlet_place place = { "survey-000001.txt", 5, 5 };
	struct notes notes;
	struct tr_spool_config config = config_of(&notes);
	struct tr_error error;

	(void)state;
	empty_folder();
	config.outlet.folder = folder;
	config.outlet.resumed = &place;
	assert_refused(&config, TR_ESYSTEM,
	    "/survey-000001.txt: No such file or directory");
	write_file("survey-000001.txt", "0\n1\n");
	write_file("survey-000002.txt", "2\n");
	assert_refused(&config, TR_EFORMAT, "/survey-000001.txt has 4 bytes, "
	    "and had 5: it was changed, or lost its end");
	/* Nothing was touched. */
	assert_holds("survey-000001.txt", "0\n1\n");
	assert_holds("survey-000002.txt", "2\n");
	place = (struct tr_outlet_place){ .file = "../\nx" };
	assert_null(tr_spool_open(&config, &error));
	assert_string_equal(error.text, "cannot go on in \"../?x\": the files "
	    "here are called as survey-000001.txt");
	place = (struct tr_outlet_place){ .file = "survey-000001.csv" };
	assert_null(tr_spool_open(&config, &error));
	assert_int_equal(error.code, TR_EFORMAT);
	config.outlet.folder = "/nowhere/to/be/found";
	assert_refused(&config, TR_ESYSTEM, ": No such file or directory");
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int
remove_folder(void **state)
{
	(void)state;
	empty_folder();
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_a_descriptor),
		cmocka_unit_test(nothing_but_a_header),
		cmocka_unit_test(commits_come_in_time),
		cmocka_unit_test(messages_that_are_too_long),
		cmocka_unit_test(a_slow_writer_stalls),
		cmocka_unit_test(a_slow_reader_is_waited_for),
		cmocka_unit_test(nobody_reads),
		cmocka_unit_test(a_full_disk_is_waited_for),
		cmocka_unit_test(a_full_disk_is_given_up),
		cmocka_unit_test(a_commit_waits_for_the_disk),
		cmocka_unit_test(files_are_cut_when_it_fails),
		cmocka_unit_test(a_file_that_may_not_grow),
		cmocka_unit_test(files_end_by_size),
		cmocka_unit_test(files_end_by_time),
		cmocka_unit_test(files_are_compressed),
		cmocka_unit_test(nothing_is_overwritten),
		cmocka_unit_test(a_folder_is_made),
		cmocka_unit_test(it_goes_on_where_it_was),
		cmocka_unit_test(it_goes_on_in_the_next_file),
		cmocka_unit_test(where_it_cannot_go_on),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
