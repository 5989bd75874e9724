/*
 * Errors: how every function of trueroute says that it failed.
 *
 * A function that can fail returns 0 (or a count) on success and one of the
 * negative codes below on failure.  Where a person will read the reason, the
 * function also fills a struct tr_error with one line of text that says what
 * was wrong, which value, and what is accepted.
 */
#ifndef TR_BASE_ERROR_H
#define TR_BASE_ERROR_H

#include <stddef.h>

enum tr_error_code {
	TR_OK = 0,
	TR_ETRUNCATED = -1,	/* the bytes end before the format does */
	TR_EFORMAT = -2,	/* the bytes contradict the format */
	TR_ERANGE = -3,		/* a value is outside what is accepted */
	TR_ENOMEM = -4,		/* no memory, or a hard cap is reached */
	TR_EUNSUPPORTED = -5,	/* this build, link type, ... cannot */
	TR_ENOTFOUND = -6,	/* no such thing */
	TR_ESYSTEM = -7,	/* the system refused; errno tells why */
	TR_EPERMISSION = -8,	/* a privilege is missing */
};

#define TR_ERROR_TEXT_MAX 512

/* Why something failed.  Owned by the caller; text is always terminated. */
struct tr_error {
	int	code;			/* enum tr_error_code */
	int	system;			/* errno, or 0 */
	char	text[TR_ERROR_TEXT_MAX];
};

/* A fixed English phrase for the code; never NULL. */
const char *tr_error_phrase(int code);

/*
 * An errno by name, "EPERM": the numbers differ between systems.  NULL for one
 * that sending a packet does not give.
 */
const char *tr_error_system_name(int system);

/*
 * Fill *error (NULL is allowed) from a printf format and return code, so that
 * a caller can write: return tr_fail(error, TR_ERANGE, "port %ld ...", n).
 * For TR_ESYSTEM and TR_EPERMISSION the current errno is kept in
 * error->system; the text does not include it unless the format does.
 */
int tr_fail(struct tr_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
