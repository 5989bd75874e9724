#include "config.h"

#include <sys/prctl.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif

#include "io/privileges.h"

#ifdef HAVE_LIBCAP_NG

static int
apply(struct tr_error *error)
{
	const int status = capng_apply(CAPNG_SELECT_CAPS);

	/* -4: an ambient set that this kernel does not have */
	if (status != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot give up privileges (capng_apply: %d): %s",
		    status, strerror(errno));
	return TR_OK;
}

int
tr_privileges_start(struct tr_error *error)
{
	const uid_t user = getuid();
	const gid_t group = getgid();
	bool permitted;

	capng_get_caps_process();
	/* Root itself may want to write a file where only root can. */
	if (user == 0)
		return TR_OK;
	permitted = capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW) != 0;
	capng_clear(CAPNG_SELECT_CAPS);
	if (permitted)
		capng_update(CAPNG_ADD, CAPNG_PERMITTED, CAP_NET_RAW);
	/* A set user id: from here on the user that started us. */
	if (geteuid() != user || getegid() != group) {
		const int status = capng_change_id((int)user, (int)group,
		    CAPNG_NO_FLAG);

		if (status != 0)
			return tr_fail(error, TR_ESYSTEM,
			    "cannot become user %u (capng_change_id: %d)",
			    (unsigned)user, status);
		return TR_OK;
	}
	return apply(error);
}

void
tr_privileges_raise(void)
{
	if (!capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW))
		return;
	capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, CAP_NET_RAW);
	/* Where it fails, opening the socket tells. */
	(void)capng_apply(CAPNG_SELECT_CAPS);
}

static int
drop_all_but(bool reading, struct tr_error *error)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot set no_new_privs: %s", strerror(errno));
	capng_clear(CAPNG_SELECT_CAPS);
	if (reading)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
		    CAP_DAC_READ_SEARCH);
	return apply(error);
}

int
tr_privileges_drop(struct tr_error *error)
{
	return drop_all_but(false, error);
}

int
tr_privileges_drop_to(uid_t user, gid_t group, struct tr_error *error)
{
	int status;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot set no_new_privs: %s", strerror(errno));
	capng_clear(CAPNG_SELECT_CAPS);
	status = capng_change_id((int)user, (int)group, CAPNG_DROP_SUPP_GRP);
	if (status != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot become user %u (capng_change_id: %d)",
		    (unsigned)user, status);
	return TR_OK;
}

int
tr_privileges_drop_but_reading(struct tr_error *error)
{
	return drop_all_but(capng_have_capability(CAPNG_EFFECTIVE,
	    CAP_DAC_READ_SEARCH) != 0, error);
}

#else /* HAVE_LIBCAP_NG */

int
tr_privileges_start(struct tr_error *error)
{
	(void)error;
	return TR_OK;
}

void
tr_privileges_raise(void)
{
}

int
tr_privileges_drop(struct tr_error *error)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    setgid(getgid()) != 0 || setuid(getuid()) != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot give up privileges: %s", strerror(errno));
	return TR_OK;
}

int
tr_privileges_drop_to(uid_t user, gid_t group, struct tr_error *error)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    setgroups(0, NULL) != 0 || setgid(group) != 0 ||
	    setuid(user) != 0)
		return tr_fail(error, TR_ESYSTEM, "cannot become user %u: %s",
		    (unsigned)user, strerror(errno));
	return TR_OK;
}

/* No capability is given up here: root has this one. */
int
tr_privileges_drop_but_reading(struct tr_error *error)
{
	return tr_privileges_drop(error);
}

#endif /* HAVE_LIBCAP_NG */

void
tr_privileges_advice(char *text, size_t size)
{
	char program[PATH_MAX];
	const ssize_t length = readlink("/proc/self/exe", program,
	    sizeof(program) - 1);

	if (length <= 0)
		snprintf(program, sizeof(program), "trueroute");
	else
		program[length] = '\0';
	snprintf(text, size, "it needs CAP_NET_RAW, which this grants once: "
	    "sudo setcap cap_net_raw+p %s", program);
}
