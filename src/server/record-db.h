/*
 * The record's file: entries by kind, environment and key, each a JSON object
 * as the protocol has it. One of the places that know SQLite; used by one
 * thread at a time (record.c's), and every call may block on the disk.
 *
 * It is precious: a file that is damaged, or somebody else's, is an error and
 * stays as it is.
 */
#ifndef SERVER_RECORD_DB_H
#define SERVER_RECORD_DB_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct record_db;

struct record_entry {
	const char *kind, *environment, *key;
	int64_t at;		/* wall ms; by which entries are let go */
	const char *value;	/* NULL: there is none any more */
};

/* Opens the file, makes it (0600) when there is none, and checks all of it. */
struct record_db *record_db_open(const char *path, struct err *e);
void record_db_close(struct record_db *d);

/* All entries, newest first; fn returns -1 to stop. Texts last until it
 * returns. */
int record_db_load(struct record_db *d,
    int (*fn)(void *arg, const struct record_entry *entry, struct err *e),
    void *arg, struct err *e);
/* One transaction, durable when this returns 0; all of it undone otherwise. */
int record_db_write(struct record_db *d, const struct record_entry *entries,
    size_t count, struct err *e);
/* Let go entries of that kind that are older, but not the newest `keep` of an
 * environment, whatever the clock says. */
int record_db_prune(struct record_db *d, const char *kind, int64_t before,
    size_t keep, struct err *e);

#endif
