#include <sys/mman.h>
#include <sys/stat.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/capture.h"
#include "io/evidence.h"
#include "io/replay.h"

/* What cannot be read twice (a pipe) is copied to a file without a name. */
static FILE *
spool(FILE *from, struct tr_error *error)
{
	char buffer[65536];
	FILE *to = tmpfile();
	size_t got;

	if (to == NULL) {
		tr_fail(error, TR_ESYSTEM, "cannot make a temporary file: %s",
		    strerror(errno));
		return NULL;
	}
	while ((got = fread(buffer, 1, sizeof(buffer), from)) > 0)
		if (fwrite(buffer, 1, got, to) != got)
			break;
	if (ferror(from) || ferror(to) || fflush(to) != 0) {
		tr_fail(error, TR_ESYSTEM,
		    "cannot copy the capture to a temporary file: %s",
		    strerror(errno));
		fclose(to);
		return NULL;
	}
	rewind(to);
	return to;
}

FILE *
tr_replay_open(const char *path, struct tr_error *error)
{
	struct stat status;
	FILE *stream, *copy;

	stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
	if (stream == NULL || fstat(fileno(stream), &status) != 0) {
		tr_fail(error, TR_ENOTFOUND, "cannot read %s: %s", path,
		    strerror(errno));
		return NULL;
	}
	if (S_ISREG(status.st_mode) && stream != stdin)
		return stream;
	if (S_ISDIR(status.st_mode)) {
		tr_fail(error, TR_EFORMAT, "cannot read %s: it is a folder, "
		    "not a capture", path);
		fclose(stream);
		return NULL;
	}
	copy = spool(stream, error);
	if (stream != stdin)
		fclose(stream);
	return copy;
}

/* The comments need the file as a whole; libpcap reads it by itself. */
static int
read_comments(FILE *stream, const char *path, struct tr_evidence *evidence,
    struct tr_error *error)
{
	struct tr_error reason;
	struct stat status;
	void *data;
	size_t size;
	int result;

	*evidence = (struct tr_evidence){ .known = false };
	if (fstat(fileno(stream), &status) != 0 || status.st_size <= 0)
		return TR_OK;
	size = (size_t)status.st_size;
	data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fileno(stream), 0);
	if (data == MAP_FAILED)
		return tr_fail(error, TR_ESYSTEM, "cannot map %s: %s", path,
		    strerror(errno));
	result = tr_evidence_read(data, size, evidence, &reason);
	munmap(data, size);
	if (result != TR_OK)
		return tr_fail(error, result, "%s: %s", path, reason.text);
	return TR_OK;
}

static int
read_frames(struct tr_capture *capture, const char *path,
    const struct tr_evidence *evidence, struct tr_rebuild *rebuild,
    struct tr_error *warning, struct tr_error *error)
{
	struct tr_frame frame;
	size_t next = 0;
	int status;

	for (uint64_t packet = 0;
	    (status = tr_capture_next(capture, &frame, warning)) == 1;
	    packet++) {
		const struct tr_frame_note note = tr_evidence_note(evidence,
		    packet, &next);

		if (tr_rebuild_add(rebuild, frame.link, frame.data,
		    frame.size, frame.stamp, &note) != TR_OK)
			return tr_fail(error, TR_ENOMEM, "%s: more packets "
			    "of interest than there is room for (%d)", path,
			    TR_REBUILD_FRAMES_MAX);
	}
	if (status == 0)
		warning->code = TR_OK;
	return TR_OK;
}

static struct tr_rebuild *
rebuild_from(FILE *stream, const char *path,
    struct tr_evidence *evidence, bool all_paths, size_t *count,
    struct tr_error *warning, struct tr_error *error)
{
	struct tr_capture *capture = tr_capture_open_file(stream, path,
	    error);
	struct tr_rebuild *rebuild;
	int status;

	if (capture == NULL)
		return NULL;
	rebuild = tr_rebuild_new();
	if (rebuild == NULL)
		status = tr_fail(error, TR_ENOMEM, "out of memory");
	else {
		if (all_paths)
			tr_rebuild_all_paths(rebuild);
		if (evidence->known)
			tr_rebuild_expect(rebuild,
			    evidence->saved.run.flow.tcp_flags);
		status = read_frames(capture, path, evidence, rebuild,
		    warning, error);
	}
	tr_capture_close(capture);
	if (status == TR_OK) {
		status = tr_rebuild_finish(rebuild,
		    evidence->known ? &evidence->saved : NULL);
		if (status < 0)
			tr_fail(error, status, "%s: %s", path,
			    tr_error_phrase(status));
	}
	if (status < 0) {
		tr_rebuild_free(rebuild);
		return NULL;
	}
	*count = (size_t)status;
	if (tr_rebuild_is_cut(rebuild))
		tr_fail(warning, TR_ERANGE, "%s holds more traces than the "
		    "first %d that are shown", path, TR_REBUILD_PATHS_MAX);
	return rebuild;
}

struct tr_rebuild *
tr_replay_stream(FILE *stream, const char *path, bool all_paths,
    struct tr_evidence *evidence, size_t *count, struct tr_error *warning,
    struct tr_error *error)
{
	warning->code = TR_OK;
	if (read_comments(stream, path, evidence, error) == TR_OK)
		return rebuild_from(stream, path, evidence, all_paths, count,
		    warning, error);
	fclose(stream);
	return NULL;
}

struct tr_rebuild *
tr_replay(const char *path, bool all_paths, size_t *count,
    struct tr_error *warning, struct tr_error *error)
{
	FILE *stream = tr_replay_open(path, error);
	struct tr_rebuild *rebuild;
	struct tr_evidence evidence;

	if (stream == NULL)
		return NULL;
	rebuild = tr_replay_stream(stream, path, all_paths, &evidence, count,
	    warning, error);
	tr_evidence_clear(&evidence);
	return rebuild;
}
