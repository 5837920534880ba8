/* Identity files, what an agent answers, and how a host greets. */
#include "fuzz.h"

#include "io/ssh-kexinit.h"
#include "io/ssh-key.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ssh_offer ours = {
		.kex = "curve25519-sha256",
		.hostkey = "ssh-ed25519,ecdsa-sha2-nistp256",
		.cipher = "aes128-ctr",
	};
	struct ssh_identity id;
	struct ssh_pubkeys keys = {0};
	size_t len;

	if (ssh_identity_parse(&id, (const char *)data, size) == 0)
		free(id.blob);
	ssh_agent_parse_list(&keys, data, size);
	ssh_pubkeys_release(&keys);
	free(ssh_kexinit_gap(data, size, &ours));
	free(ssh_agent_parse_signature(data, size, &len));
	return 0;
}
