/*
 * make_mmdb - an MMDB file from lines
 *
 *	make_mmdb [-4] [-r BITS] FILE < LINES
 *
 * A line is a network and its fields, as tests/mmdb_file.h has them; a network
 * comes behind those that it lies in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mmdb_file.h"

static int
add_lines(struct mmdb_file *file)
{
	char *line = NULL, *fields;
	size_t room = 0;
	int status = 0;

	while (status == 0 && getline(&line, &room, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		fields = line + strcspn(line, " ");
		if (*fields != '\0')
			*fields++ = '\0';
		status = mmdb_file_add(file, line, fields);
		if (status != 0)
			fprintf(stderr, "make_mmdb: %s %s: not understood\n",
			    line, fields);
	}
	free(line);
	return status;
}

static int
save(struct mmdb_file *file, const char *path)
{
	size_t size;
	uint8_t *data = mmdb_file_finish(file, &size);
	FILE *out = data == NULL ? NULL : fopen(path, "wb");
	int status = -1;

	if (out != NULL && fwrite(data, 1, size, out) == size)
		status = 0;
	if (out != NULL && fclose(out) != 0)
		status = -1;
	if (status != 0)
		perror(path);
	free(data);
	return status;
}

int
main(int argc, char **argv)
{
	struct mmdb_file *file;
	unsigned bits = 28;
	int version = 6, option, status;

	while ((option = getopt(argc, argv, "4r:")) != -1)
		if (option == '4')
			version = 4;
		else if (option == 'r')
			bits = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	if (argc - optind != 1 || (bits != 24 && bits != 28 && bits != 32)) {
		fprintf(stderr, "usage: make_mmdb [-4] [-r 24|28|32] FILE\n");
		return 2;
	}
	file = mmdb_file_new(version, bits);
	status = file == NULL ? -1 : add_lines(file);
	if (status == 0)
		status = save(file, argv[optind]);
	mmdb_file_free(file);
	return status == 0 ? 0 : 1;
}
