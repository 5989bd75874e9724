/*
 * pcapng: writing blocks, and walking the comments of a file, which libpcap
 * does not give.  Format: IETF draft-ietf-opsawg-pcapng.
 */
#ifndef TR_IO_PCAPNG_H
#define TR_IO_PCAPNG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The longest comment that fits an option (its length has 16 bits). */
#define TR_PCAPNG_COMMENT_MAX 65535

/*
 * Each writes one whole block; texts may be NULL for none and are cut at
 * TR_PCAPNG_COMMENT_MAX.  Returns TR_OK, TR_ENOMEM, or TR_ESYSTEM when the
 * stream refuses (errno tells).
 */
int tr_pcapng_write_section(FILE *stream, const char *application,
    const char *comment);
int tr_pcapng_write_interface(FILE *stream, int linktype, uint32_t snaplen,
    const char *name);

/* stamp in ns; of interface 0. */
int tr_pcapng_write_packet(FILE *stream, int64_t stamp, const uint8_t *data,
    size_t size, size_t wire_size, const char *comment);

/* Statistics of interface 0, the last block. */
int tr_pcapng_write_statistics(FILE *stream, int64_t stamp,
    uint64_t received, uint64_t dropped, const char *comment);

enum tr_pcapng_place {
	TR_PCAPNG_SECTION,
	TR_PCAPNG_PACKET,
	TR_PCAPNG_STATISTICS,
};

/*
 * Called for each comment; packet counts the packets of the file from 0, as
 * libpcap reads them.  text is not terminated.
 */
typedef void tr_pcapng_comment_fn(void *context, enum tr_pcapng_place place,
    uint64_t packet, const char *text, size_t size);

/*
 * Walk the blocks of a file in memory, in either byte order.  Returns TR_OK
 * at its end; TR_EFORMAT when it is not pcapng or a block contradicts
 * itself; TR_ETRUNCATED when it is cut in a block: comments before that have
 * been told.
 */
int tr_pcapng_walk(const uint8_t *data, size_t size,
    tr_pcapng_comment_fn *visit, void *context);

#endif
