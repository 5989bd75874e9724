#include <sys/socket.h>
#include <netinet/in.h>
#include <errno.h>
#include <fcntl.h>
#include <libnet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "io/transmit.h"

struct tr_transmit {
	libnet_t *libnet;
	uint8_t	 family;
};

/* libnet's tidying up has overwritten errno, so that its text must tell. */
static void
fail_libnet(struct tr_error *error, const char *reason)
{
	const bool denied = strstr(reason, strerror(EPERM)) != NULL ||
	    strstr(reason, strerror(EACCES)) != NULL;

	tr_fail(error, denied ? TR_EPERMISSION : TR_ESYSTEM,
	    "cannot open a raw socket: %s", denied ? strerror(EPERM) :
	    reason);
}

static int
bind_source(int fd, const struct tr_address *src)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	/* Link-local sources need a scope, which a bound device gives. */
	if (tr_address_is_link_local(src))
		return 0;
	if (src->family == 4) {
		memcpy(&v4.sin_addr, src->bytes, 4);
		return bind(fd, (struct sockaddr *)&v4, sizeof(v4));
	}
	memcpy(&v6.sin6_addr, src->bytes, 16);
	return bind(fd, (struct sockaddr *)&v6, sizeof(v6));
}

/*
 * Without RECVERR a packet that this host's own queue drops is reported as
 * sent.  With PMTUDISC_PROBE each probe goes out as large as the device lets
 * it, whatever path MTU the kernel has learnt from the one before.
 */
static void
set_family_options(int fd, uint8_t family)
{
	const int on = 1, probe4 = IP_PMTUDISC_PROBE,
	    probe6 = IPV6_PMTUDISC_PROBE;

	if (family == 4) {
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe4,
		    sizeof(probe4));
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe6,
		    sizeof(probe6));
	}
}

int
tr_transmit_mark(int fd, uint32_t mark, struct tr_error *error)
{
	if (mark != 0 && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark,
	    sizeof(mark)) != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot set the firewall mark %u: %s", mark,
		    strerror(errno));
	return TR_OK;
}

static int
set_options(int fd, const struct tr_transmit_config *config,
    struct tr_error *error)
{
	int code;

	if (config->interface != NULL && setsockopt(fd, SOL_SOCKET,
	    SO_BINDTODEVICE, config->interface,
	    (socklen_t)strlen(config->interface)) != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot use interface %s: %s", config->interface,
		    strerror(errno));
	code = tr_transmit_mark(fd, config->mark, error);
	if (code != TR_OK)
		return code;
	if (bind_source(fd, &config->src) != 0) {
		char text[TR_ADDRESS_TEXT_MAX];
		const int system = errno;

		tr_address_text(&config->src, text, sizeof(text));
		return tr_fail(error, TR_ESYSTEM, "cannot send from %s: %s",
		    text, system == EADDRNOTAVAIL ?
		    "the address is not one of this host" :
		    strerror(system));
	}
	set_family_options(fd, config->src.family);
	/* A device that stalls is no reason to stand still. */
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot prepare the raw socket: %s", strerror(errno));
	return TR_OK;
}

struct tr_transmit *
tr_transmit_open(const struct tr_transmit_config *config,
    struct tr_error *error)
{
	struct tr_transmit *transmit = calloc(1, sizeof(*transmit));
	char reason[LIBNET_ERRBUF_SIZE] = "";

	if (transmit == NULL) {
		tr_fail(error, TR_ENOMEM, "out of memory");
		return NULL;
	}
	transmit->family = config->src.family;
	transmit->libnet = libnet_init(transmit->family == 4 ?
	    LIBNET_RAW4_ADV : LIBNET_RAW6, NULL, reason);
	if (transmit->libnet == NULL) {
		/* 1.1.6 ends it with a newline. */
		reason[strcspn(reason, "\n")] = '\0';
		fail_libnet(error, reason);
		free(transmit);
		return NULL;
	}
	if (set_options(libnet_getfd(transmit->libnet), config, error) !=
	    TR_OK) {
		tr_transmit_close(transmit);
		return NULL;
	}
	return transmit;
}

void
tr_transmit_close(struct tr_transmit *transmit)
{
	if (transmit == NULL)
		return;
	libnet_destroy(transmit->libnet);
	free(transmit);
}

int
tr_transmit_send(struct tr_transmit *transmit, const uint8_t *packet,
    size_t size)
{
	int sent;

	errno = 0;
	if (transmit->family == 4)
		sent = libnet_adv_write_raw_ipv4(transmit->libnet, packet,
		    (uint32_t)size);
	else
		sent = libnet_write_raw_ipv6(transmit->libnet, packet,
		    (uint32_t)size);
	if (sent >= 0)
		return 0;
	return errno != 0 ? errno : EIO;
}

int
tr_transmit_socket(const struct tr_transmit *transmit)
{
	return libnet_getfd(transmit->libnet);
}
