#include "server/journal-hash.h"

#include <sodium.h>
#include <string.h>

const char *
journal_hash(const char *previous, const char *line, size_t len,
    char hash[JOURNAL_HASH_MAX])
{
	unsigned char sum[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	/* Plain hashing needs no sodium_init(). */
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)previous,
	    strlen(previous));
	crypto_hash_sha256_update(&state, (const unsigned char *)line, len);
	crypto_hash_sha256_update(&state, (const unsigned char *)"\n", 1);
	crypto_hash_sha256_final(&state, sum);
	sodium_bin2hex(hash, JOURNAL_HASH_MAX, sum, sizeof(sum));
	return hash;
}
