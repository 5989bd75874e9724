/*
 * Fuzz target for lists of targets: the first byte says how long the prefixes
 * are that a target is picked in, the rest is read as a list, and as one of
 * exclusions; what comes of it is held to what was read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/target_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define LOOKS	40

static int
take_name(void *context, const char *name)
{
	const size_t size = strlen(name);

	(void)context;
	if (size == 0 || size > TR_TARGET_NAME_MAX + 1)
		abort();
	return TR_OK;
}

static int
read_list(struct tr_target_list *list, const char *data, size_t size)
{
	struct tr_error error;
	char warning[256];
	int status = tr_lines_feed(&list->lines, data, size, &error);

	if (status == TR_OK)
		status = tr_lines_end(&list->lines, &error);
	tr_target_list_warning(list, warning, sizeof(warning));
	if (list->lines.damaged > 0 && warning[0] == '\0')
		abort();
	return status;
}

/* No target comes twice, as far as is looked. */
static void
look(const struct tr_targets *targets)
{
	const uint64_t count = tr_targets_count(targets);
	struct tr_address seen[LOOKS];
	const uint64_t looks = count < LOOKS ? count : LOOKS;

	for (uint64_t i = 0; i < looks; i++) {
		seen[i] = tr_targets_at(targets, i);
		if (!tr_address_is_set(&seen[i]))
			abort();
		for (uint64_t other = 0; other < i; other++)
			if (tr_address_equal(&seen[i], &seen[other]))
				abort();
	}
	if (count > 0)
		(void)tr_targets_at(targets, count - 1);
}

static void
read_and_seal(const struct tr_targets_config *config, const char *data,
    size_t size, bool excludes)
{
	struct tr_targets *targets = tr_targets_new(config);
	struct tr_target_list list, exclusions;
	struct tr_error error;

	if (targets == NULL)
		return;
	tr_target_list_init(&list, "fuzz", targets, take_name, NULL);
	tr_target_list_init_exclusions(&exclusions, "fuzz", targets);
	(void)read_list(&list, data, size);
	/* The same list left out leaves none, if it was read to its end. */
	if (excludes && read_list(&exclusions, data, size) != TR_OK)
		excludes = false;
	if (tr_targets_seal(targets, &error) == TR_OK) {
		if (excludes && tr_targets_count(targets) != 0)
			abort();
		look(targets);
	}
	tr_targets_free(targets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tr_targets_config config = { .seed = size };
	const char *text = (const char *)data + 1;

	if (size == 0)
		return 0;
	config.special = data[0] % 2 == 0;
	read_and_seal(&config, text, size - 1, false);
	config.per_prefix4 = data[0] % 33;
	config.per_prefix6 = data[0] % 129;
	read_and_seal(&config, text, size - 1, false);
	config.special = true;
	read_and_seal(&config, text, size - 1, true);
	return 0;
}
