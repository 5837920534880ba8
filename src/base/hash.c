#include "base/hash.h"

#include <stdio.h>

#define PRIME UINT64_C(0x100000001b3)

uint64_t
hash_add(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ p[i]) * PRIME;
	return hash;
}

const char *
hash_text(uint64_t hash, char text[HASH_TEXT_MAX])
{
	snprintf(text, HASH_TEXT_MAX, "%016llx", (unsigned long long)hash);
	return text;
}
