#include "server/record-db.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/alloc.h"

/* "vigi", as file(1) shows it. */
#define APPLICATION 0x76696769
#define SCHEMA 1

struct record_db {
	sqlite3 *sql;
	char *path;
};

#define TEXT_OF(n) #n
#define NUMBER(n) TEXT_OF(n)
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE entry(kind TEXT NOT NULL, environment TEXT NOT NULL,"
    " key TEXT NOT NULL, at INTEGER NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(kind, environment, key));"
    "PRAGMA application_id=" NUMBER(APPLICATION) ";"
    "PRAGMA user_version=" NUMBER(SCHEMA) ";"
    "COMMIT";

/* Say what SQLite says; an open transaction is rolled back. */
static int
failed(struct record_db *d, struct err *e)
{
	err_set(e, "cannot use the record %s: %s", d->path,
	    sqlite3_errmsg(d->sql));
	if (!sqlite3_get_autocommit(d->sql))
		sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* Run a statement that answers nothing; a NULL one could not be prepared. */
static int
run(sqlite3_stmt *st)
{
	if (st)
		sqlite3_step(st);
	return st && sqlite3_finalize(st) == SQLITE_OK ? 0 : -1;
}

static sqlite3_stmt *
prepare(struct record_db *d, const char *sql)
{
	sqlite3_stmt *st;

	return sqlite3_prepare_v2(d->sql, sql, -1, &st, NULL) == SQLITE_OK ?
	    st : NULL;
}

/* --- opening ------------------------------------------------------------- */

static int
number(struct record_db *d, const char *sql, int64_t *n, struct err *e)
{
	sqlite3_stmt *st = prepare(d, sql);
	bool found = st && sqlite3_step(st) == SQLITE_ROW;

	if (found)
		*n = sqlite3_column_int64(st, 0);
	return sqlite3_finalize(st) == SQLITE_OK && found ? 0 : failed(d, e);
}

/* SQLite reads everything and says "ok", or what is wrong first. */
static int
check(struct record_db *d, struct err *e)
{
	sqlite3_stmt *st = prepare(d, "PRAGMA quick_check(1)");
	const char *said = NULL;
	int result = 0;

	if (st && sqlite3_step(st) == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(st, 0);
	if (said && strcmp(said, "ok") != 0)
		result = err_set(e, "the record %s is damaged: %s", d->path,
		    said);
	if (sqlite3_finalize(st) != SQLITE_OK || !said)
		return failed(d, e);
	return result;
}

static int
check_version(struct record_db *d, struct err *e)
{
	int64_t version, application, tables;

	if (number(d, "PRAGMA user_version", &version, e) == -1 ||
	    number(d, "PRAGMA application_id", &application, e) == -1 ||
	    number(d, "SELECT count(*) FROM sqlite_master", &tables, e) == -1)
		return -1;
	if (tables == 0 && version == 0)
		return sqlite3_exec(d->sql, schema, NULL, NULL, NULL) ==
		    SQLITE_OK ? 0 : failed(d, e);
	if (application != APPLICATION)
		return err_set(e, "%s is another program's database", d->path);
	if (version != SCHEMA)
		return err_set(e, "the record %s has version %lld, this vigie "
		    "knows %d: run the vigie that wrote it", d->path,
		    (long long)version, SCHEMA);
	return 0;
}

/* Before SQLite does, so that nobody else ever may read it. */
static int
make_private(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		return err_errno(e, "cannot open the record %s", path);
	close(fd);
	return 0;
}

struct record_db *
record_db_open(const char *path, struct err *e)
{
	struct record_db *d;

	if (make_private(path, e) == -1)
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->path = xstrdup(path);
	if (sqlite3_open_v2(path, &d->sql, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		failed(d, e);
		goto fail;
	}
	sqlite3_busy_timeout(d->sql, 1000);
	if (check(d, e) == -1 || check_version(d, e) == -1)
		goto fail;
	if (sqlite3_exec(d->sql, "PRAGMA journal_mode=WAL;"
	    "PRAGMA synchronous=FULL", NULL, NULL, NULL) != SQLITE_OK) {
		failed(d, e);
		goto fail;
	}
	return d;
fail:
	record_db_close(d);
	return NULL;
}

void
record_db_close(struct record_db *d)
{
	if (!d)
		return;
	sqlite3_close(d->sql);
	free(d->path);
	free(d);
}

/* --- entries ------------------------------------------------------------- */

static const char *
column(sqlite3_stmt *st, int i)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	return s ? s : "";
}

int
record_db_load(struct record_db *d,
    int (*fn)(void *arg, const struct record_entry *entry, struct err *e),
    void *arg, struct err *e)
{
	sqlite3_stmt *st = prepare(d, "SELECT kind, environment, key, at, value"
	    " FROM entry ORDER BY at DESC, rowid DESC");
	bool stopped = false;

	while (st && !stopped && sqlite3_step(st) == SQLITE_ROW) {
		struct record_entry entry = {column(st, 0), column(st, 1),
		    column(st, 2), sqlite3_column_int64(st, 3), column(st, 4)};

		if (fn(arg, &entry, e) == -1) {
			err_prefix(e, "the record %s, %s %s %s", d->path,
			    entry.kind, entry.environment, entry.key);
			stopped = true;
		}
	}
	if (!st || (sqlite3_finalize(st) != SQLITE_OK && !stopped))
		return failed(d, e);
	return stopped ? -1 : 0;
}

static int
write_entry(struct record_db *d, const struct record_entry *entry)
{
	sqlite3_stmt *st = prepare(d, entry->value ?
	    "INSERT OR REPLACE INTO entry VALUES (?1, ?2, ?3, ?4, ?5)" :
	    "DELETE FROM entry WHERE kind = ?1 AND environment = ?2"
	    " AND key = ?3");

	if (!st)
		return -1;
	sqlite3_bind_text(st, 1, entry->kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, entry->environment, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, entry->key, -1, SQLITE_STATIC);
	if (entry->value) {
		sqlite3_bind_int64(st, 4, entry->at);
		sqlite3_bind_text(st, 5, entry->value, -1, SQLITE_STATIC);
	}
	return run(st);
}

int
record_db_write(struct record_db *d, const struct record_entry *entries,
    size_t count, struct err *e)
{
	size_t i;

	if (run(prepare(d, "BEGIN IMMEDIATE")) == -1)
		return failed(d, e);
	for (i = 0; i < count; i++)
		if (write_entry(d, &entries[i]) == -1)
			return failed(d, e);
	return run(prepare(d, "COMMIT")) == 0 ? 0 : failed(d, e);
}

int
record_db_prune(struct record_db *d, const char *kind, int64_t before,
    size_t keep, struct err *e)
{
	sqlite3_stmt *st = prepare(d, "DELETE FROM entry WHERE kind = ?1"
	    " AND at < ?2 AND (SELECT count(*) FROM entry AS newer"
	    " WHERE newer.kind = entry.kind AND newer.at > entry.at"
	    " AND newer.environment = entry.environment) >= ?3");

	if (st) {
		sqlite3_bind_text(st, 1, kind, -1, SQLITE_STATIC);
		sqlite3_bind_int64(st, 2, before);
		sqlite3_bind_int64(st, 3, (sqlite3_int64)keep);
	}
	return run(st) == 0 ? 0 : failed(d, e);
}
