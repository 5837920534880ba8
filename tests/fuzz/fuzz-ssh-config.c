/* The output of ssh -G. */
#include "fuzz.h"

#include "io/ssh-config.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ssh_local who = {
		.home = "/home/ops",
		.user = "ops",
		.hostname = "box",
	};
	struct ssh_target t;
	struct err e;

	if (ssh_target_parse(&t, "prod", (const char *)data, size, &who,
	    &e) == -1)
		return 0;
	if (!t.hostname || !t.user || t.port < 1 || t.port > 65535 ||
	    !t.identities || !t.known_hosts)
		abort();
	ssh_target_release(&t);
	return 0;
}
