/*
 * What journal-db.c and journal-kept-db.c share: the open file, and the few
 * words that they speak with SQLite.
 */
#ifndef SERVER_JOURNAL_DB_PRIVATE_H
#define SERVER_JOURNAL_DB_PRIVATE_H

#include <sys/types.h>

#include "server/journal-db.h"
#include "server/journal-head.h"

struct sqlite3;
struct sqlite3_stmt;

struct journal_db {
	struct sqlite3 *sql;
	char *path;
	dev_t device;
	ino_t inode;
	struct journal_head head;
	/* The last entry: the durable one, and that of the transaction. */
	int64_t last, last_new;
	char hash[JOURNAL_HASH_MAX], hash_new[JOURNAL_HASH_MAX];
	int64_t missing;
};

/* Say what SQLite says; an open transaction is rolled back. Returns -1. */
int journal_db_failed(struct journal_db *d, struct err *e);
/* NULL when it cannot be prepared. */
struct sqlite3_stmt *journal_db_prepare(struct journal_db *d,
    const char *sql);
/* Run a statement that answers nothing; a NULL one could not be prepared. */
int journal_db_run(struct sqlite3_stmt *st);
/* Text must last until the statement has run; NULL gives null. */
void journal_db_bind(struct sqlite3_stmt *st, int i, const char *text);
/* Never NULL. */
const char *journal_db_column(struct sqlite3_stmt *st, int i);

#endif
