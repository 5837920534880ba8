/*
 * The journal's file. One of the places that know SQLite; used by one thread at
 * a time (journal.c's), and every call may block on the disk.
 *
 * It is precious: a file that is damaged, or somebody else's, is an error and
 * stays as it is. The database itself refuses to change or delete an entry.
 */
#ifndef SERVER_JOURNAL_DB_H
#define SERVER_JOURNAL_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "server/journal.h"

/* Of a step's output its first and its last half are kept. */
#define JOURNAL_OUTPUT_MAX (1024 * 1024)

struct journal_db;

/* Opens the file, makes it (0600) when there is none, and checks its pages and
 * its last links. */
struct journal_db *journal_db_open(const char *path, struct err *e);
/* The same file to read only, beside the other; nothing is checked. */
struct journal_db *journal_db_reader(const char *path, struct err *e);
void journal_db_close(struct journal_db *d);
/* The last entry's number, 0 when there is none, and its hash (borrowed). */
int64_t journal_db_last(const struct journal_db *d, const char **hash);
/* The number of the last entry of which the witness knows, when that is
 * missing; else 0. See journal-head.h. */
int64_t journal_db_missing(const struct journal_db *d);

/* Writes belong between begin and commit; each may fail, and then all of them
 * are undone. After commit they are durable. */
int journal_db_begin(struct journal_db *d, struct err *e);
int journal_db_commit(struct journal_db *d, struct err *e);
/* Then tell the witness. */
int journal_db_witness(struct journal_db *d, struct err *e);
/* Texts from journal_text(); the number is given here. */
int journal_db_append(struct journal_db *d, const struct journal_entry *entry,
    struct err *e);
int journal_db_state(struct journal_db *d, const char *run, const char *state,
    bool ended, struct err *e);
int journal_db_output(struct journal_db *d, const char *run, const char *step,
    const char *data, size_t len, int64_t now, struct err *e);
/* Let go outputs that are older; in a transaction of its own. */
int journal_db_prune(struct journal_db *d, int64_t before, struct err *e);

/* Texts last until fn returns. */
typedef void journal_db_entry_fn(void *arg, int64_t seq, const char *line,
    const char *hash);
int journal_db_query(struct journal_db *d, const struct journal_query *q,
    journal_db_entry_fn *fn, void *arg, struct err *e);

struct journal_verdict {
	int64_t entries, broken_at;	/* broken_at 0: the chain holds */
	const char *why;
};

/* Follow the chain from that entry on to the end. -1: could not be read. */
int journal_db_verify(struct journal_db *d, int64_t from,
    struct journal_verdict *v, struct err *e);
/* Those not ended, then the last `ended` others, newest first. */
int journal_db_runs(struct journal_db *d, int ended,
    void (*fn)(void *arg, const char *run, const char *state), void *arg,
    struct err *e);
/* What was kept, appended to b; *total: bytes that there were; *gap: where
 * those that were let go are missing in b. */
int journal_db_read_output(struct journal_db *d, const char *run,
    const char *step, struct buf *b, int64_t *total, size_t *gap,
    struct err *e);

#endif
