/*
 * The links of the journal's chain: SHA-256 over the link before, the entry's
 * line and a line feed, which is what sha256sum(1) sees of
 *
 *   sqlite3 journal.db 'select hash_prev || line from chain where seq = N'
 *
 * The only place that knows libsodium.
 */
#ifndef SERVER_JOURNAL_HASH_H
#define SERVER_JOURNAL_HASH_H

#include <stddef.h>

#define JOURNAL_HASH_MAX 65	/* 64 hexadecimal digits and the NUL */
/* Before the first entry. */
#define JOURNAL_HASH_NONE \
	"0000000000000000000000000000000000000000000000000000000000000000"

/* previous and hash may be the same memory. Returns hash. */
const char *journal_hash(const char *previous, const char *line, size_t len,
    char hash[JOURNAL_HASH_MAX]);

#endif
