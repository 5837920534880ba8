/*
 * A witness beside the journal: the number and hash of the last entry that was
 * made durable, in a file of one line that is written in place after each. The
 * database alone cannot tell that its end is missing (a write-ahead log cut
 * short is a database as it was before); with the witness that is noticed.
 */
#ifndef SERVER_JOURNAL_HEAD_H
#define SERVER_JOURNAL_HEAD_H

#include <stdint.h>

#include "base/err.h"
#include "server/journal-hash.h"

struct journal_head {
	int fd;
	char *path;
};

/* Opens "PATH-head", makes it with 0600. */
int journal_head_open(struct journal_head *h, const char *path,
    struct err *e);
void journal_head_close(struct journal_head *h);
/* What it says; seq 0 where it says nothing. */
void journal_head_read(const struct journal_head *h, int64_t *seq,
    char hash[JOURNAL_HASH_MAX]);
/* Durable when this returns 0. */
int journal_head_write(const struct journal_head *h, int64_t seq,
    const char *hash, struct err *e);

#endif
