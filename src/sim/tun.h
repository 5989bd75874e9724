/*
 * The simulated network behind a tun device, in real time: a command runs in
 * a namespace where every packet that it sends goes through the network, and
 * answers come when their time is there.
 */
#ifndef TR_SIM_TUN_H
#define TR_SIM_TUN_H

#include "base/error.h"
#include "sim/network.h"

struct tr_tun_config {
	const struct tr_topology *topology;
	uint32_t prober;
	uint64_t seed;
	const char *device;		/* its name */
	const char *write_path;		/* a capture; NULL: none */
	uint32_t tapped;		/* node at which it is taken */
	const char *command_line;	/* for the capture's comment */
	char	*const *command;	/* what to run, ends with NULL */
};

struct tr_tun_outcome {
	int	 status;		/* the command's, as a shell has it */
	struct tr_network_counts counts;
	uint64_t refused;		/* packets that the kernel would not */
					/* take */
	uint64_t lost;			/* that came too fast to be taken */
};

/*
 * Run the command, and the network until it has ended.  This process is in
 * namespaces of its own afterwards.  Returns TR_OK with the outcome;
 * TR_EUNSUPPORTED where the system has no namespaces or no tun device for us,
 * or where this build has none; TR_ESYSTEM; TR_ENOMEM; with a text.
 */
int tr_tun_run(const struct tr_tun_config *config,
    struct tr_tun_outcome *outcome, struct tr_error *error);

#endif
