/*
 * Makes MMDB files for tests (MaxMind DB File Format Specification 2.0): by
 * itself, so that what is read back was not written by what reads it.
 */
#ifndef TR_TESTS_MMDB_FILE_H
#define TR_TESTS_MMDB_FILE_H

#include <stddef.h>
#include <stdint.h>

struct mmdb_file;

/* version 4 or 6; record_bits 24, 28 or 32.  Returns NULL without memory. */
struct mmdb_file *mmdb_file_new(int version, unsigned record_bits);

/*
 * A network and its fields, "country.iso_code=DE city.names.en="Berlin""; a
 * number in a key is a place in an array, a number alone as a value is an
 * unsigned one of 32 bits, or of 64.  A network comes behind those that it
 * lies in.
 * Returns 0, or -1 for what is not understood and without memory.
 */
int mmdb_file_add(struct mmdb_file *file, const char *prefix,
    const char *fields);

/* The whole file, to be freed; NULL without memory. */
uint8_t *mmdb_file_finish(struct mmdb_file *file, size_t *size);
void mmdb_file_free(struct mmdb_file *file);

#endif
