/* Identity files, and what an agent answers. */
#include "fuzz.h"

#include "io/ssh-key.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssh_identity id;
	struct ssh_pubkeys keys = {0};
	size_t len;

	if (ssh_identity_parse(&id, (const char *)data, size) == 0)
		free(id.blob);
	ssh_agent_parse_list(&keys, data, size);
	ssh_pubkeys_release(&keys);
	free(ssh_agent_parse_signature(data, size, &len));
	return 0;
}
