/*
 * lookups - what files tell of addresses, and how quickly
 *
 *	lookups [-t] [-a FILE]... [-g FILE] [-x FILE] < ADDRESSES
 *
 * For each address a line: address, origins, prefix, lookup, holder, country,
 * place, exchange; between tabs.  -a, -g and -x are --asn=file:, --geo and
 * --ixp.  With -t nothing of that, but how long the files took to read, how
 * much the process's memory grew, and how many looks a second were done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "enrich/sources.h"

#define FILES_MAX	8
#define SECONDS		2.0

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Resident memory, MB: what it is, or was at the most. */
static double
memory(const char *which)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	double kilobytes = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, which, strlen(which)) == 0)
			kilobytes = strtod(line + strlen(which), NULL);
	if (file != NULL)
		fclose(file);
	return kilobytes / 1024;
}

static int
read_addresses(struct tr_list *addresses)
{
	char line[256];
	struct tr_address *address;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		address = tr_list_add(addresses, sizeof(*address));
		if (address == NULL ||
		    tr_address_parse(line, address) != 0) {
			fprintf(stderr, "lookups: %s is no address\n", line);
			return -1;
		}
	}
	return 0;
}

static void
print(const struct tr_annotation *told)
{
	char address[TR_ADDRESS_TEXT_MAX], origin[TR_ORIGIN_TEXT_MAX];
	char prefix[TR_PREFIX_TEXT_MAX];

	printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
	    tr_address_text(&told->address, address, sizeof(address)),
	    tr_annotation_origin_text(told, origin),
	    tr_prefix_text(&told->prefix, prefix, sizeof(prefix)),
	    tr_lookup_name(told->origin_lookup), told->holder, told->country,
	    told->place, told->exchange);
}

static void
look(const struct tr_sources *sources, const struct tr_list *addresses,
    bool timed)
{
	const struct tr_address *all = addresses->items;
	const double start = now();
	uint64_t looks = 0, found = 0;

	do
		for (uint32_t i = 0; i < addresses->count; i++) {
			struct tr_annotation told = { .address = all[i] };

			tr_sources_annotate(sources, &told);
			looks++;
			found += told.origin_lookup == TR_LOOKUP_FOUND ||
			    told.place_lookup == TR_LOOKUP_FOUND;
			if (!timed)
				print(&told);
		}
	while (timed && addresses->count > 0 && now() - start < SECONDS);
	if (timed)
		printf("%.2f million looks a second, %.1f %% found\n",
		    (double)looks / (now() - start) / 1e6,
		    100 * (double)found / (double)looks);
}

int
main(int argc, char **argv)
{
	const char *paths[FILES_MAX];
	struct tr_sources_config config = { .asn_paths = paths };
	struct tr_list addresses = { .items = NULL };
	struct tr_sources *sources;
	struct tr_error error;
	bool timed = false;
	char warning[512];
	double start, before;
	int option;

	while ((option = getopt(argc, argv, "ta:g:x:")) != -1)
		if (option == 't')
			timed = true;
		else if (option == 'a' && config.asn_path_count < FILES_MAX)
			paths[config.asn_path_count++] = optarg;
		else if (option == 'g')
			config.geo_path = optarg;
		else if (option == 'x')
			config.exchange_path = optarg;
		else
			return 2;
	if (tr_sources_check(&config, &error) != 0) {
		fprintf(stderr, "lookups: %s\n", error.text);
		return 1;
	}
	if (read_addresses(&addresses) != 0)
		return 2;
	before = memory("VmRSS:");
	start = now();
	sources = tr_sources_open(&config, &error);
	if (sources == NULL) {
		fprintf(stderr, "lookups: %s\n", error.text);
		return 1;
	}
	if (timed)
		printf("read in %.3f s; memory %.1f MB more, %.1f MB at the "
		    "most\n", now() - start, memory("VmRSS:") - before,
		    memory("VmHWM:") - before);
	for (size_t i = 0; tr_sources_warning(sources, i, warning,
	    sizeof(warning)) != NULL; i++)
		fprintf(stderr, "lookups: %s\n", warning);
	look(sources, &addresses, timed);
	tr_sources_close(sources);
	tr_list_clear(&addresses);
	return 0;
}
