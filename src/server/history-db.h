/*
 * The history's file: one of the places that know SQLite. Used by one thread at
 * a time (history.c's); every call may block on the disk.
 */
#ifndef SERVER_HISTORY_DB_H
#define SERVER_HISTORY_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct history_db;

/* What a figure is called. Borrowed texts. */
struct history_key {
	const char *environment, *subject, *metric;
};

enum history_table {
	HISTORY_MINUTE,		/* averages of one minute, kept long */
	HISTORY_RECENT,		/* as sampled, kept for ten minutes */
};

/* Opens nothing yet: the first use does, and again after a failure. */
struct history_db *history_db_new(const char *path, int64_t age_ms,
    int64_t max_bytes);
void history_db_free(struct history_db *d);

/* Writes belong between begin and commit. After a failure the transaction is
 * undone and the file closed. */
int history_db_begin(struct history_db *d, struct err *e);
int history_db_write(struct history_db *d, enum history_table table,
    const struct history_key *k, int64_t at, double value, struct err *e);
int history_db_commit(struct history_db *d, struct err *e);
/* Let go what is too old or too much. */
int history_db_prune(struct history_db *d, int64_t now, struct err *e);

/* Averages over `points` equal steps from `from` to `to`, NAN in the gaps. */
int history_db_averages(struct history_db *d, const struct history_key *k,
    int64_t from, int64_t to, double *values, int points, struct err *e);
/* The newest recent samples in that span, at most *points, oldest first; sets
 * *points to their number. */
int history_db_recent(struct history_db *d, const struct history_key *k,
    int64_t from, int64_t to, double *values, int *points, struct err *e);

#endif
