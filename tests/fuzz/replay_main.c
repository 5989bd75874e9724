/*
 * Stands for libFuzzer where there is none: runs the fuzz target that it is
 * linked with on each file named, and says which one it is at, so that a
 * crash names its input.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define INPUT_MAX	(1024L * 1024)

/* The file in memory of exactly its size, which a sanitizer can guard. */
static uint8_t *
read_input(FILE *file, size_t *size)
{
	uint8_t *data = NULL;
	long end;

	if (fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0 ||
	    fseek(file, 0, SEEK_SET) != 0)
		return NULL;
	if (end > INPUT_MAX) {
		errno = EFBIG;
		return NULL;
	}
	*size = (size_t)end;
	data = malloc(*size > 0 ? *size : 1);
	if (data != NULL && fread(data, 1, *size, file) != *size) {
		free(data);
		return NULL;
	}
	return data;
}

static int
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0;

	if (file != NULL) {
		data = read_input(file, &size);
		fclose(file);
	}
	if (data == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
		return EXIT_FAILURE;
	}
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) != 0)
			status = EXIT_FAILURE;
	return status;
}
