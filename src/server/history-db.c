#include "server/history-db.h"

#include <math.h>
#include <sqlite3.h>

#include "base/alloc.h"

#define MINUTE_MS INT64_C(60000)
#define RECENT_MS (10 * MINUTE_MS)

struct history_db {
	sqlite3 *sql;		/* NULL until it is needed */
	char *path;
	int64_t age_ms, max_bytes;
};

static const char schema[] =
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"
    "CREATE TABLE IF NOT EXISTS figure(id INTEGER PRIMARY KEY,"
    " environment TEXT NOT NULL, subject TEXT NOT NULL, metric TEXT NOT NULL,"
    " UNIQUE(environment, subject, metric));"
    "CREATE TABLE IF NOT EXISTS minute(figure INTEGER NOT NULL,"
    " at INTEGER NOT NULL, value REAL NOT NULL,"
    " PRIMARY KEY(figure, at)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS recent(figure INTEGER NOT NULL,"
    " at INTEGER NOT NULL, value REAL NOT NULL,"
    " PRIMARY KEY(figure, at)) WITHOUT ROWID;";

#define FIGURE							\
	"(SELECT id FROM figure WHERE environment = ?1"		\
	" AND subject = ?2 AND metric = ?3)"

struct history_db *
history_db_new(const char *path, int64_t age_ms, int64_t max_bytes)
{
	struct history_db *d = xcalloc(1, sizeof(*d));

	d->path = xstrdup(path);
	d->age_ms = age_ms;
	d->max_bytes = max_bytes;
	return d;
}

void
history_db_free(struct history_db *d)
{
	if (!d)
		return;
	sqlite3_close(d->sql);
	free(d->path);
	free(d);
}

/* Say what SQLite says, and start afresh next time: the disk may have room
 * again by then, or the file may have been replaced. */
static int
failed(struct history_db *d, struct err *e)
{
	err_set(e, "cannot use the history %s: %s", d->path,
	    d->sql ? sqlite3_errmsg(d->sql) : "out of memory");
	/* Closing rolls an open transaction back. */
	sqlite3_close(d->sql);
	d->sql = NULL;
	return -1;
}

static int
try_open(struct history_db *d)
{
	if (sqlite3_open_v2(d->path, &d->sql, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return -1;
	sqlite3_busy_timeout(d->sql, 1000);
	return sqlite3_exec(d->sql, schema, NULL, NULL, NULL) == SQLITE_OK ?
	    0 : -1;
}

/* Open the file; one that is damaged is kept beside under another name. */
static int
opened(struct history_db *d, struct err *e)
{
	int code;
	char *aside;

	if (d->sql || try_open(d) == 0)
		return 0;
	code = sqlite3_errcode(d->sql);
	if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
		sqlite3_close(d->sql);
		d->sql = NULL;
		aside = xasprintf("%s.damaged", d->path);
		rename(d->path, aside);
		free(aside);
		if (try_open(d) == 0)
			return 0;
	}
	return failed(d, e);
}

static sqlite3_stmt *
prepare(struct history_db *d, const char *sql, const struct history_key *k)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(d->sql, sql, -1, &st, NULL) != SQLITE_OK)
		return NULL;
	if (k) {
		sqlite3_bind_text(st, 1, k->environment, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 2, k->subject, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 3, k->metric, -1, SQLITE_STATIC);
	}
	return st;
}

/* Run a statement that answers nothing; a NULL one could not be prepared. */
static int
run(sqlite3_stmt *st)
{
	if (st)
		sqlite3_step(st);
	return st && sqlite3_finalize(st) == SQLITE_OK ? 0 : -1;
}

int
history_db_begin(struct history_db *d, struct err *e)
{
	if (opened(d, e) == -1)
		return -1;
	return run(prepare(d, "BEGIN", NULL)) == 0 ? 0 : failed(d, e);
}

int
history_db_commit(struct history_db *d, struct err *e)
{
	return run(prepare(d, "COMMIT", NULL)) == 0 ? 0 : failed(d, e);
}

int
history_db_write(struct history_db *d, enum history_table table,
    const struct history_key *k, int64_t at, double value, struct err *e)
{
	sqlite3_stmt *st;

	if (run(prepare(d, "INSERT OR IGNORE INTO figure"
	    "(environment, subject, metric) VALUES (?1, ?2, ?3)", k)) == -1)
		return failed(d, e);
	st = prepare(d, table == HISTORY_MINUTE ?
	    "INSERT OR REPLACE INTO minute VALUES (" FIGURE ", ?4, ?5)" :
	    "INSERT OR REPLACE INTO recent VALUES (" FIGURE ", ?4, ?5)", k);
	if (st) {
		sqlite3_bind_int64(st, 4, at);
		sqlite3_bind_double(st, 5, value);
	}
	return run(st) == 0 ? 0 : failed(d, e);
}

static int
delete_before(struct history_db *d, const char *sql, int64_t at)
{
	sqlite3_stmt *st = prepare(d, sql, NULL);

	if (st)
		sqlite3_bind_int64(st, 1, at);
	return run(st);
}

static int64_t
number(struct history_db *d, const char *sql)
{
	sqlite3_stmt *st = prepare(d, sql, NULL);
	int64_t n = 0;

	if (st && sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

static int64_t
bytes_used(struct history_db *d)
{
	return (number(d, "PRAGMA page_count") -
	    number(d, "PRAGMA freelist_count")) *
	    number(d, "PRAGMA page_size");
}

int
history_db_prune(struct history_db *d, int64_t now, struct err *e)
{
	int64_t oldest, span;
	int rounds = 20;

	if (opened(d, e) == -1)
		return -1;
	if (delete_before(d, "DELETE FROM recent WHERE at < ?1",
	    now - RECENT_MS) == -1 ||
	    delete_before(d, "DELETE FROM minute WHERE at < ?1",
	    now - d->age_ms) == -1)
		return failed(d, e);
	/* Too large: the oldest tenth goes, as often as it takes. */
	while (rounds-- > 0 && bytes_used(d) > d->max_bytes) {
		oldest = number(d, "SELECT ifnull(min(at), 0) FROM minute");
		span = (now - oldest) / 10 + MINUTE_MS;
		if (oldest == 0)
			break;
		if (delete_before(d, "DELETE FROM minute WHERE at < ?1",
		    oldest + span) == -1)
			return failed(d, e);
	}
	if (sqlite3_exec(d->sql, "DELETE FROM figure WHERE id NOT IN"
	    " (SELECT figure FROM minute UNION SELECT figure FROM recent);"
	    "PRAGMA incremental_vacuum", NULL, NULL, NULL) != SQLITE_OK)
		return failed(d, e);
	return 0;
}

int
history_db_recent(struct history_db *d, const struct history_key *k,
    int64_t from, int64_t to, double *values, int *points, struct err *e)
{
	sqlite3_stmt *st;
	int n = 0, i;

	if (opened(d, e) == -1)
		return -1;
	st = prepare(d, "SELECT value FROM recent WHERE figure = " FIGURE
	    " AND at >= ?4 AND at < ?5 ORDER BY at DESC LIMIT ?6", k);
	if (!st)
		return failed(d, e);
	sqlite3_bind_int64(st, 4, from);
	sqlite3_bind_int64(st, 5, to);
	sqlite3_bind_int(st, 6, *points);
	while (n < *points && sqlite3_step(st) == SQLITE_ROW)
		values[n++] = sqlite3_column_double(st, 0);
	if (sqlite3_finalize(st) != SQLITE_OK)
		return failed(d, e);
	for (i = 0; i < n / 2; i++) {
		double swap = values[i];

		values[i] = values[n - 1 - i];
		values[n - 1 - i] = swap;
	}
	*points = n;
	return 0;
}

int
history_db_averages(struct history_db *d, const struct history_key *k,
    int64_t from, int64_t to, double *values, int points, struct err *e)
{
	int64_t step = (to - from) / points, i;
	sqlite3_stmt *st;

	if (opened(d, e) == -1)
		return -1;
	for (i = 0; i < points; i++)
		values[i] = NAN;
	/* A minute belongs to the step that holds its start. */
	st = prepare(d, "SELECT (at - ?4) / ?6, avg(value) FROM minute"
	    " WHERE figure = " FIGURE
	    " AND at >= ?4 AND at < ?5 GROUP BY 1", k);
	if (!st)
		return failed(d, e);
	sqlite3_bind_int64(st, 4, from);
	sqlite3_bind_int64(st, 5, to);
	sqlite3_bind_int64(st, 6, step > 0 ? step : 1);
	while (sqlite3_step(st) == SQLITE_ROW) {
		i = sqlite3_column_int64(st, 0);
		if (i >= 0 && i < points)
			values[i] = sqlite3_column_double(st, 1);
	}
	return sqlite3_finalize(st) == SQLITE_OK ? 0 : failed(d, e);
}
