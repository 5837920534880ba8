/*
 * Fingerprints that tell equal from different: FNV-1a, 64 bits. Nobody is kept
 * from making two texts of the same fingerprint, so use them only where whoever
 * could has nothing to win.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_TEXT_MAX 17

/* Go on from `hash` with these bytes. */
uint64_t hash_add(uint64_t hash, const void *data, size_t len);
/* 16 hexadecimal digits. Returns text. */
const char *hash_text(uint64_t hash, char text[HASH_TEXT_MAX]);

#endif
