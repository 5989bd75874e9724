/* For ppoll(). */
#define _GNU_SOURCE

#include "config.h"

#include "sim/tun.h"

#ifdef HAVE_TUN

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/clock.h"
#include "sim/recorder.h"
#include "sim/tun_device.h"

/*
 * So long before an answer is due, sleep no more: a sleeper is woken late, by
 * a time slice of whoever has the processor.
 */
#define SPIN_BEFORE	(4 * TR_MILLISECOND)

/* Packets taken before answers that are due get their turn ... */
#define TAKE_AT_ONCE	64

/* ... and answers given, and events, before packets and signals get theirs. */
#define GIVE_AT_ONCE	256
#define EVENTS_AT_ONCE	4096

#define EXIT_NOT_FOUND	127
#define EXIT_NOT_RUN	126

struct world {
	const struct tr_tun_config *config;
	struct tr_tun_device device;
	struct tr_network *network;
	struct tr_recorder *recorder;
	pid_t	 child;
	int	 signals;		/* descriptor */
	int	 status;		/* of the child */
	bool	 ended;
	struct tr_tun_outcome *outcome;
};

/* --- the command -------------------------------------------------------- */

static void
export_address(const struct world *world, const char *variable,
    uint32_t node, uint8_t family)
{
	const struct tr_address address = tr_topology_address(
	    world->config->topology, node, family);
	char text[TR_ADDRESS_TEXT_MAX];

	if (tr_address_is_set(&address))
		setenv(variable, tr_address_text(&address, text,
		    sizeof(text)), 1);
	else
		unsetenv(variable);
}

/* The last host of the file is the one that is meant to be traced to. */
static void
export_variables(const struct world *world)
{
	const struct tr_topology *topology = world->config->topology;
	uint32_t host = TR_SIM_NONE;

	for (uint32_t i = 0; i < topology->nodes.count; i++)
		if (tr_topology_node(topology, i)->kind == TR_SIM_HOST)
			host = i;
	setenv("SIM_DEVICE", world->device.name, 1);
	export_address(world, "SIM_PROBER4", world->config->prober, 4);
	export_address(world, "SIM_PROBER6", world->config->prober, 6);
	if (host == TR_SIM_NONE)
		return;
	export_address(world, "SIM_TARGET4", host, 4);
	export_address(world, "SIM_TARGET6", host, 6);
}

static _Noreturn void
become_command(const struct world *world, const sigset_t *mask)
{
	char *const *command = world->config->command;

	sigprocmask(SIG_SETMASK, mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	export_variables(world);
	execvp(command[0], command);
	fprintf(stderr, "trueroute-sim: %s: %s\n", command[0],
	    strerror(errno));
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
}

/* Start the command; signals to this process are read, not taken. */
static int
start_command(struct world *world, struct tr_error *error)
{
	sigset_t mask, before;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, &before);
	world->signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
	world->child = world->signals < 0 ? -1 : fork();
	if (world->child < 0)
		return tr_fail(error, TR_ESYSTEM,
		    "cannot start a process: %s", strerror(errno));
	if (world->child == 0)
		become_command(world, &before);
	return TR_OK;
}

static void
take_signals(struct world *world)
{
	struct signalfd_siginfo signal;
	int status;

	while (read(world->signals, &signal, sizeof(signal)) ==
	    (ssize_t)sizeof(signal)) {
		/* A terminal sends its interrupt to the command as well. */
		if (signal.ssi_signo == SIGTERM ||
		    (signal.ssi_signo == SIGINT &&
		    signal.ssi_code == SI_USER))
			kill(world->child, (int)signal.ssi_signo);
	}
	if (waitpid(world->child, &status, WNOHANG) != world->child)
		return;
	world->ended = true;
	world->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

/* --- packets ------------------------------------------------------------ */

/* Returns whether there was one; or TR_ENOMEM. */
static int
take_packet(struct world *world)
{
	uint8_t packet[UINT16_MAX];
	int64_t sent, age;
	const size_t size = tr_tun_take(&world->device, packet,
	    sizeof(packet), &sent);

	if (size == 0)
		return 0;
	/* Its stamp is of a clock that can be set; ours cannot. */
	age = tr_clock_wall() - sent;
	if (age < 0 || age > TR_SECOND)
		age = 0;
	if (tr_network_send(world->network, world->config->prober, packet,
	    size, tr_clock_monotonic() - age) == TR_ENOMEM)
		return TR_ENOMEM;
	return 1;
}

/* Returns how many were taken; or TR_ENOMEM. */
static int
take_packets(struct world *world)
{
	int taken = 0, status = 1;

	while (status == 1 && taken < TAKE_AT_ONCE) {
		status = take_packet(world);
		taken += status == 1;
	}
	/* What is looked at came by the tap. */
	if (taken > 0)
		tr_tun_drain(&world->device);
	return status < 0 ? status : taken;
}

/* Returns TR_OK or TR_ENOMEM. */
static int
give_what_is_due(struct world *world)
{
	struct tr_delivery delivery;
	int status = 1;

	for (int i = 0; i < GIVE_AT_ONCE && status == 1; i++) {
		status = tr_network_run(world->network,
		    tr_clock_monotonic(), &delivery);
		if (status == 1 &&
		    delivery.prober == world->config->prober &&
		    tr_tun_give(&world->device, delivery.packet,
		    delivery.size) != TR_OK)
			world->outcome->refused++;
	}
	return status;
}

/* Sleep until a packet or a signal comes, or an answer is nearly due. */
static void
rest(struct world *world)
{
	struct pollfd descriptors[] = {
		{ .fd = world->device.tap, .events = POLLIN },
		{ .fd = world->signals, .events = POLLIN },
	};
	const int64_t next = tr_network_next(world->network);
	struct timespec time = { 0, 0 };
	int64_t wait = TR_TIME_NEVER;

	if (next != TR_TIME_NEVER) {
		wait = next - tr_clock_monotonic() - SPIN_BEFORE;
		if (wait <= 0)
			wait = 0;
		time.tv_sec = (time_t)(wait / TR_SECOND);
		time.tv_nsec = (long)(wait % TR_SECOND);
	}
	if (ppoll(descriptors, 2, wait == TR_TIME_NEVER ? NULL : &time,
	    NULL) > 0 && descriptors[1].revents != 0)
		take_signals(world);
}

static int
serve(struct world *world)
{
	while (!world->ended) {
		const int taken = take_packets(world);

		if (taken < 0 || give_what_is_due(world) < 0)
			return TR_ENOMEM;
		/* While packets come, signals are looked at now and then. */
		if (taken < TAKE_AT_ONCE)
			rest(world);
		else
			take_signals(world);
	}
	return TR_OK;
}

/* --- the whole ---------------------------------------------------------- */

static int
run_in_namespace(struct world *world, struct tr_error *error)
{
	const struct tr_tun_config *config = world->config;
	int status = tr_tun_open(config->topology, config->prober,
	    config->device, &world->device, error);

	if (status != TR_OK)
		return status;
	world->network = tr_network_new(config->topology, config->seed);
	if (world->network == NULL)
		return tr_fail(error, TR_ENOMEM, "out of memory");
	tr_network_limit(world->network, EVENTS_AT_ONCE);
	if (config->write_path != NULL) {
		world->recorder = tr_recorder_open(world->network,
		    config->tapped, config->write_path,
		    tr_clock_wall() - tr_clock_monotonic(),
		    config->command_line, error);
		if (world->recorder == NULL)
			return error->code;
	}
	status = start_command(world, error);
	if (status == TR_OK && serve(world) != TR_OK)
		status = tr_fail(error, TR_ENOMEM, "out of memory");
	tr_network_count(world->network, &world->outcome->counts);
	world->outcome->lost = tr_tun_lost(&world->device);
	world->outcome->status = world->status;
	return status;
}

int
tr_tun_run(const struct tr_tun_config *config, struct tr_tun_outcome *outcome,
    struct tr_error *error)
{
	struct world world = {
		.config = config,
		.device = { .descriptor = -1, .tap = -1 },
		.signals = -1,
		.outcome = outcome,
	};
	struct tr_error closing;
	int status;

	*outcome = (struct tr_tun_outcome){ .status = 0 };
	status = tr_tun_enter_namespace(&world.device, error);
	if (status == TR_OK)
		status = run_in_namespace(&world, error);
	if (tr_recorder_close(world.recorder, &closing) != TR_OK &&
	    status == TR_OK) {
		*error = closing;
		status = closing.code;
	}
	tr_network_free(world.network);
	tr_tun_close(&world.device);
	if (world.signals >= 0)
		close(world.signals);
	return status;
}

#else /* HAVE_TUN */

int
tr_tun_run(const struct tr_tun_config *config, struct tr_tun_outcome *outcome,
    struct tr_error *error)
{
	(void)config;
	(void)outcome;
	return tr_fail(error, TR_EUNSUPPORTED,
	    "this build has no tun devices: it cannot run a network behind "
	    "one");
}

#endif /* HAVE_TUN */
