/* States of runs and outputs of steps. See journal-db.h. */
#include "server/journal-db-private.h"

#include <sqlite3.h>

#define HALF (JOURNAL_OUTPUT_MAX / 2)
/* A longer piece is divided. */
#define PIECE_MAX (64 * 1024)

/* --- writing ------------------------------------------------------------- */

int
journal_db_state(struct journal_db *d, const char *id, const char *state,
    bool ended, struct err *e)
{
	sqlite3_stmt *st = journal_db_prepare(d, "INSERT OR REPLACE"
	    " INTO run(id, seq, ended, state) VALUES (?1, ?2, ?3, ?4)");

	if (st) {
		journal_db_bind(st, 1, id);
		sqlite3_bind_int64(st, 2, d->last_new);
		sqlite3_bind_int(st, 3, ended);
		journal_db_bind(st, 4, state);
	}
	return journal_db_run(st) == 0 ? 0 : journal_db_failed(d, e);
}

static sqlite3_stmt *
prepare_for(struct journal_db *d, const char *sql, const char *id,
    const char *step)
{
	sqlite3_stmt *st = journal_db_prepare(d, sql);

	if (st) {
		journal_db_bind(st, 1, id);
		journal_db_bind(st, 2, step);
	}
	return st;
}

static int
output_end(struct journal_db *d, const char *id, const char *step,
    int64_t *end, struct err *e)
{
	sqlite3_stmt *st = prepare_for(d, "SELECT start + length(data)"
	    " FROM output WHERE run = ?1 AND step = ?2"
	    " ORDER BY start DESC LIMIT 1", id, step);

	*end = 0;
	if (st && sqlite3_step(st) == SQLITE_ROW)
		*end = sqlite3_column_int64(st, 0);
	return st && sqlite3_finalize(st) == SQLITE_OK ? 0 :
	    journal_db_failed(d, e);
}

/* Pieces lie wholly in the first half, or after it; those after it go once they
 * lie wholly before the last half. */
int
journal_db_output(struct journal_db *d, const char *id, const char *step,
    const char *data, size_t len, int64_t now, struct err *e)
{
	sqlite3_stmt *st;
	int64_t start;
	size_t n;

	if (output_end(d, id, step, &start, e) == -1)
		return -1;
	for (; len > 0; data += n, start += (int64_t)n, len -= n) {
		n = len < PIECE_MAX ? len : PIECE_MAX;
		if (start < HALF && start + (int64_t)n > HALF)
			n = (size_t)(HALF - start);
		st = prepare_for(d, "INSERT INTO output(run, step, start, at,"
		    " data) VALUES (?1, ?2, ?3, ?4, ?5)", id, step);
		if (st) {
			sqlite3_bind_int64(st, 3, start);
			sqlite3_bind_int64(st, 4, now);
			sqlite3_bind_blob(st, 5, data, (int)n, SQLITE_STATIC);
		}
		if (journal_db_run(st) == -1)
			return journal_db_failed(d, e);
	}
	st = prepare_for(d, "DELETE FROM output WHERE run = ?1 AND step = ?2"
	    " AND start >= ?3 AND start + length(data) <= ?4", id, step);
	if (st) {
		sqlite3_bind_int64(st, 3, HALF);
		sqlite3_bind_int64(st, 4, start - HALF);
	}
	return journal_db_run(st) == 0 ? 0 : journal_db_failed(d, e);
}

int
journal_db_prune(struct journal_db *d, int64_t before, struct err *e)
{
	sqlite3_stmt *st = journal_db_prepare(d, "DELETE FROM output"
	    " WHERE at < ?1");

	if (st)
		sqlite3_bind_int64(st, 1, before);
	return journal_db_run(st) == 0 ? 0 : journal_db_failed(d, e);
}

/* --- reading ------------------------------------------------------------- */

int
journal_db_runs(struct journal_db *d, int ended,
    void (*fn)(void *arg, const char *run, const char *state), void *arg,
    struct err *e)
{
	sqlite3_stmt *st = journal_db_prepare(d, "SELECT id, state FROM"
	    " (SELECT * FROM run WHERE ended = 0 ORDER BY seq DESC)"
	    " UNION ALL SELECT id, state FROM"
	    " (SELECT * FROM run WHERE ended = 1 ORDER BY seq DESC LIMIT ?1)");

	if (!st)
		return journal_db_failed(d, e);
	sqlite3_bind_int(st, 1, ended);
	while (sqlite3_step(st) == SQLITE_ROW)
		fn(arg, journal_db_column(st, 0), journal_db_column(st, 1));
	return sqlite3_finalize(st) == SQLITE_OK ? 0 : journal_db_failed(d, e);
}

int
journal_db_read_output(struct journal_db *d, const char *id, const char *step,
    struct buf *b, int64_t *total, size_t *gap, struct err *e)
{
	sqlite3_stmt *st = prepare_for(d, "SELECT start, data FROM output"
	    " WHERE run = ?1 AND step = ?2 ORDER BY start", id, step);

	*total = 0;
	*gap = 0;
	if (!st)
		return journal_db_failed(d, e);
	while (sqlite3_step(st) == SQLITE_ROW) {
		int64_t start = sqlite3_column_int64(st, 0);
		size_t len = (size_t)sqlite3_column_bytes(st, 1);

		if (start > *total)
			*gap = b->len;
		buf_add(b, sqlite3_column_blob(st, 1), len);
		*total = start + (int64_t)len;
	}
	return sqlite3_finalize(st) == SQLITE_OK ? 0 : journal_db_failed(d, e);
}
