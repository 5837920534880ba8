/* The output of ssh-keygen -F: whatever it says, a key that no line holds is
 * not accepted. */
#include "fuzz.h"

#include "io/ssh-hostkey.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char key[] =
	    "\0\0\0\013ssh-ed25519\0\0\0\004\375\376\377\374";
	struct ssh_knowns k = {0};

	ssh_knowns_add(&k, "known_hosts", (const char *)data, size);
	if (ssh_hostkey_judge(&k, key, sizeof(key) - 1, NULL) ==
	    SSH_HOSTKEY_OK && !memmem(data, size, "AAAABP3+//w", 11))
		abort();
	ssh_hostkey_judge(&k, data, size, NULL);
	free(ssh_hostkey_algorithms(&k, NULL));
	ssh_knowns_release(&k);
	return 0;
}
