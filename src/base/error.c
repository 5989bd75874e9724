#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

/* Errors by name: the numbers differ between systems. */
static const struct {
	int	error;
	const char *name;
} errors[] = {
	{ EPERM, "EPERM" }, { EINTR, "EINTR" }, { EIO, "EIO" },
	{ ENXIO, "ENXIO" }, { EAGAIN, "EAGAIN" }, { ENOMEM, "ENOMEM" },
	{ EACCES, "EACCES" }, { EFAULT, "EFAULT" }, { ENODEV, "ENODEV" },
	{ EINVAL, "EINVAL" }, { EPIPE, "EPIPE" }, { EMSGSIZE, "EMSGSIZE" },
	{ EPROTO, "EPROTO" }, { EOPNOTSUPP, "EOPNOTSUPP" },
	{ EAFNOSUPPORT, "EAFNOSUPPORT" }, { EADDRINUSE, "EADDRINUSE" },
	{ EADDRNOTAVAIL, "EADDRNOTAVAIL" }, { ENETDOWN, "ENETDOWN" },
	{ ENETUNREACH, "ENETUNREACH" }, { ECONNREFUSED, "ECONNREFUSED" },
	{ ENOBUFS, "ENOBUFS" }, { ETIMEDOUT, "ETIMEDOUT" },
	{ EHOSTUNREACH, "EHOSTUNREACH" },
};

const char *
tr_error_phrase(int code)
{
	static const char *const phrases[] = {
		[-TR_OK] = "no error",
		[-TR_ETRUNCATED] = "the data ends too early",
		[-TR_EFORMAT] = "the data is malformed",
		[-TR_ERANGE] = "a value is out of range",
		[-TR_ENOMEM] = "out of memory",
		[-TR_EUNSUPPORTED] = "not supported",
		[-TR_ENOTFOUND] = "not found",
		[-TR_ESYSTEM] = "the system refused",
		[-TR_EPERMISSION] = "permission denied",
	};
	const int last = (int)(sizeof(phrases) / sizeof(phrases[0])) - 1;

	return code <= 0 && code >= -last ? phrases[-code] : "unknown error";
}

int
tr_fail(struct tr_error *error, int code, const char *format, ...)
{
	const int system = errno;
	va_list arguments;

	if (error == NULL)
		return code;
	error->code = code;
	error->system = code == TR_ESYSTEM || code == TR_EPERMISSION ?
	    system : 0;
	va_start(arguments, format);
	if (vsnprintf(error->text, sizeof(error->text), format,
	    arguments) < 0)
		error->text[0] = '\0';
	va_end(arguments);
	errno = system;
	return code;
}

const char *
tr_error_system_name(int system)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].error == system)
			return errors[i].name;
	return NULL;
}
