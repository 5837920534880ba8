#include "server/journal-db-private.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "server/journal-line.h"

/* "vigj", as file(1) shows it. */
#define APPLICATION 0x7669676a
#define SCHEMA 1
/* Links that are followed at the start; vigie journal --verify follows all. */
#define LINKS 100

#define TEXT_OF(n) #n
#define NUMBER(n) TEXT_OF(n)
/* Environment and run stand beside the line for their indexes only; that they
 * say the same is verified too. REPLACE would delete without asking the second
 * trigger, so entries may come in order only. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE entry(seq INTEGER PRIMARY KEY, line TEXT NOT NULL,"
    " hash TEXT NOT NULL, environment TEXT, run TEXT);"
    "CREATE INDEX entry_environment ON entry(environment, seq);"
    "CREATE INDEX entry_run ON entry(run, seq);"
    "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry"
    " BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;"
    "CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry"
    " BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;"
    "CREATE TRIGGER entry_in_order BEFORE INSERT ON entry"
    " WHEN NEW.seq IS NOT (SELECT ifnull(max(seq), 0) + 1 FROM entry)"
    " BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;"
    "CREATE VIEW chain AS SELECT e.seq AS seq, ifnull(p.hash, '"
    JOURNAL_HASH_NONE "') AS hash_prev, e.line AS line, e.hash AS hash"
    " FROM entry AS e LEFT JOIN entry AS p ON p.seq = e.seq - 1;"
    "CREATE TABLE run(id TEXT PRIMARY KEY, seq INTEGER NOT NULL,"
    " ended INTEGER NOT NULL, state TEXT NOT NULL);"
    "CREATE INDEX run_order ON run(ended, seq);"
    "CREATE TABLE output(run TEXT NOT NULL, step TEXT NOT NULL,"
    " start INTEGER NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL,"
    " UNIQUE(run, step, start));"
    "CREATE INDEX output_age ON output(at);"
    "PRAGMA application_id=" NUMBER(APPLICATION) ";"
    "PRAGMA user_version=" NUMBER(SCHEMA) ";"
    "COMMIT";

/* Say what SQLite says; an open transaction is rolled back. */
int
journal_db_failed(struct journal_db *d, struct err *e)
{
	err_set(e, "cannot use the journal %s: %s", d->path,
	    d->sql ? sqlite3_errmsg(d->sql) : "out of memory");
	if (d->sql && !sqlite3_get_autocommit(d->sql))
		sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

sqlite3_stmt *
journal_db_prepare(struct journal_db *d, const char *sql)
{
	sqlite3_stmt *st;

	return sqlite3_prepare_v2(d->sql, sql, -1, &st, NULL) == SQLITE_OK ?
	    st : NULL;
}

/* Run a statement that answers nothing; a NULL one could not be prepared. */
int
journal_db_run(sqlite3_stmt *st)
{
	if (st)
		sqlite3_step(st);
	return st && sqlite3_finalize(st) == SQLITE_OK ? 0 : -1;
}

void
journal_db_bind(sqlite3_stmt *st, int i, const char *text)
{
	sqlite3_bind_text(st, i, text, -1, SQLITE_STATIC);
}

const char *
journal_db_column(sqlite3_stmt *st, int i)
{
	const char *text = (const char *)sqlite3_column_text(st, i);

	return text ? text : "";
}

/* --- opening ------------------------------------------------------------- */

static int
number(struct journal_db *d, const char *sql, int64_t *n, struct err *e)
{
	sqlite3_stmt *st = journal_db_prepare(d, sql);
	bool found = st && sqlite3_step(st) == SQLITE_ROW;

	if (found)
		*n = sqlite3_column_int64(st, 0);
	return sqlite3_finalize(st) == SQLITE_OK && found ? 0 :
	    journal_db_failed(d, e);
}

static int
check_version(struct journal_db *d, struct err *e)
{
	int64_t version, application, tables;

	if (number(d, "PRAGMA user_version", &version, e) == -1 ||
	    number(d, "PRAGMA application_id", &application, e) == -1 ||
	    number(d, "SELECT count(*) FROM sqlite_master", &tables, e) == -1)
		return -1;
	if (tables == 0 && version == 0)
		return sqlite3_exec(d->sql, schema, NULL, NULL, NULL) ==
		    SQLITE_OK ? 0 : journal_db_failed(d, e);
	if (application != APPLICATION)
		return err_set(e, "%s is another program's database", d->path);
	if (version != SCHEMA)
		return err_set(e, "the journal %s has version %lld, this vigie "
		    "knows %d: run the vigie that wrote it", d->path,
		    (long long)version, SCHEMA);
	return 0;
}

/* SQLite reads all of a table and says "ok", or what is wrong first. Outputs
 * may be large, and nothing rests on them. */
static int
check_table(struct journal_db *d, const char *sql, struct err *e)
{
	sqlite3_stmt *st = journal_db_prepare(d, sql);
	char *said = NULL;
	int result = 0;

	if (st && sqlite3_step(st) == SQLITE_ROW)
		said = xstrdup(journal_db_column(st, 0));
	if (sqlite3_finalize(st) != SQLITE_OK || !said)
		result = journal_db_failed(d, e);
	else if (strcmp(said, "ok") != 0)
		result = err_set(e, "the journal %s is damaged: %s", d->path,
		    said);
	free(said);
	return result;
}

static int
damaged(const struct journal_db *d, int64_t seq, const char *why,
    struct err *e)
{
	return err_set(e, "the journal %s is damaged at entry %lld: %s; "
	    "nothing was changed in it. Keep it, and put it aside to begin "
	    "another", d->path, (long long)seq, why);
}

/* The hash of that entry, into memory of JOURNAL_HASH_MAX; "" without one. */
static int
read_hash(struct journal_db *d, int64_t seq, char *hash, struct err *e)
{
	sqlite3_stmt *st = journal_db_prepare(d, "SELECT hash FROM entry"
	    " WHERE seq = ?1");

	hash[0] = '\0';
	if (st)
		sqlite3_bind_int64(st, 1, seq);
	if (st && sqlite3_step(st) == SQLITE_ROW)
		snprintf(hash, JOURNAL_HASH_MAX, "%s",
		    journal_db_column(st, 0));
	return st && sqlite3_finalize(st) == SQLITE_OK ? 0 :
	    journal_db_failed(d, e);
}

static int
check_links(struct journal_db *d, struct err *e)
{
	struct journal_verdict v;

	if (number(d, "SELECT ifnull(max(seq), 0) FROM entry", &d->last, e)
	    == -1 || journal_db_verify(d, d->last > LINKS ? d->last - LINKS :
	    1, &v, e) == -1)
		return -1;
	if (v.broken_at)
		return damaged(d, v.broken_at, v.why, e);
	if (d->last == 0)
		memcpy(d->hash, JOURNAL_HASH_NONE, JOURNAL_HASH_MAX);
	else if (read_hash(d, d->last, d->hash, e) == -1)
		return -1;
	return 0;
}

/* The witness may be one entry behind (killed in between), never ahead. */
static int
check_head(struct journal_db *d, struct err *e)
{
	char said[JOURNAL_HASH_MAX], hash[JOURNAL_HASH_MAX];
	int64_t seq;

	if (journal_head_open(&d->head, d->path, e) == -1)
		return -1;
	journal_head_read(&d->head, &seq, said);
	if (seq > d->last)
		d->missing = seq;
	if (seq == 0 || seq > d->last)
		return 0;
	if (read_hash(d, seq, hash, e) == -1)
		return -1;
	return strcmp(said, hash) == 0 ? 0 : damaged(d, seq, "it is not the "
	    "entry that was written", e);
}

/* Before SQLite does, so that nobody else ever may read it. */
static int
make_private(struct journal_db *d, struct err *e)
{
	int fd = open(d->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1) {
		err_errno(e, "cannot open the journal %s", d->path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	d->device = st.st_dev;
	d->inode = st.st_ino;
	close(fd);
	return 0;
}

static int
open_sql(struct journal_db *d, int flags, struct err *e)
{
	if (sqlite3_open_v2(d->path, &d->sql, flags | SQLITE_OPEN_NOMUTEX,
	    NULL) != SQLITE_OK)
		return journal_db_failed(d, e);
	sqlite3_busy_timeout(d->sql, 1000);
	return 0;
}

struct journal_db *
journal_db_open(const char *path, struct err *e)
{
	struct journal_db *d = xcalloc(1, sizeof(*d));

	d->path = xstrdup(path);
	if (make_private(d, e) == -1 ||
	    open_sql(d, SQLITE_OPEN_READWRITE, e) == -1 ||
	    check_version(d, e) == -1 ||
	    check_table(d, "PRAGMA quick_check(entry)", e) == -1 ||
	    check_table(d, "PRAGMA quick_check(run)", e) == -1 ||
	    check_links(d, e) == -1 || check_head(d, e) == -1)
		goto fail;
	if (sqlite3_exec(d->sql, "PRAGMA journal_mode=WAL;"
	    "PRAGMA synchronous=FULL", NULL, NULL, NULL) != SQLITE_OK) {
		journal_db_failed(d, e);
		goto fail;
	}
	return d;
fail:
	journal_db_close(d);
	return NULL;
}

struct journal_db *
journal_db_reader(const char *path, struct err *e)
{
	struct journal_db *d = xcalloc(1, sizeof(*d));

	d->path = xstrdup(path);
	if (open_sql(d, SQLITE_OPEN_READONLY, e) == 0)
		return d;
	journal_db_close(d);
	return NULL;
}

void
journal_db_close(struct journal_db *d)
{
	if (!d)
		return;
	sqlite3_close(d->sql);
	journal_head_close(&d->head);
	free(d->path);
	free(d);
}

int64_t
journal_db_last(const struct journal_db *d, const char **hash)
{
	*hash = d->hash;
	return d->last;
}

int64_t
journal_db_missing(const struct journal_db *d)
{
	return d->missing;
}

/* --- writing ------------------------------------------------------------- */

int
journal_db_begin(struct journal_db *d, struct err *e)
{
	struct stat st;

	/* SQLite would go on writing to a file that has no name any more. */
	if (stat(d->path, &st) == -1)
		return err_errno(e, "cannot use the journal %s", d->path);
	if (st.st_dev != d->device || st.st_ino != d->inode)
		return err_set(e, "the journal %s was replaced by another "
		    "file: start the server anew", d->path);
	if (journal_db_run(journal_db_prepare(d, "BEGIN IMMEDIATE")) == -1)
		return journal_db_failed(d, e);
	d->last_new = d->last;
	memcpy(d->hash_new, d->hash, JOURNAL_HASH_MAX);
	return 0;
}

int
journal_db_commit(struct journal_db *d, struct err *e)
{
	if (journal_db_run(journal_db_prepare(d, "COMMIT")) == -1)
		return journal_db_failed(d, e);
	d->last = d->last_new;
	memcpy(d->hash, d->hash_new, JOURNAL_HASH_MAX);
	return 0;
}

int
journal_db_witness(struct journal_db *d, struct err *e)
{
	return d->last == 0 ? 0 : journal_head_write(&d->head, d->last,
	    d->hash, e);
}

int
journal_db_append(struct journal_db *d, const struct journal_entry *entry,
    struct err *e)
{
	struct journal_entry numbered = *entry;
	struct buf line = BUF_INIT(JOURNAL_LINE_MAX);
	sqlite3_stmt *st = journal_db_prepare(d, "INSERT INTO entry(seq, line,"
	    " hash, environment, run) VALUES (?1, ?2, ?3, ?4, ?5)");
	int result;

	numbered.seq = ++d->last_new;
	journal_line(&numbered, &line);
	journal_hash(d->hash_new, line.data, line.len, d->hash_new);
	if (st) {
		sqlite3_bind_int64(st, 1, numbered.seq);
		journal_db_bind(st, 2, line.data);
		journal_db_bind(st, 3, d->hash_new);
		journal_db_bind(st, 4, entry->environment);
		journal_db_bind(st, 5, entry->run);
	}
	result = journal_db_run(st) == 0 ? 0 : journal_db_failed(d, e);
	buf_release(&line);
	return result;
}

/* --- reading ------------------------------------------------------------- */

int
journal_db_query(struct journal_db *d, const struct journal_query *q,
    journal_db_entry_fn *fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = journal_db_prepare(d, q->run ?
	    "SELECT seq, line, hash FROM entry WHERE run = ?2 AND seq < ?3"
	    " AND (?1 IS NULL OR environment = ?1) ORDER BY seq DESC LIMIT ?4" :
	    q->environment ?
	    "SELECT seq, line, hash FROM entry WHERE environment = ?1"
	    " AND seq < ?3 ORDER BY seq DESC LIMIT ?4" :
	    "SELECT seq, line, hash FROM entry WHERE seq < ?3"
	    " ORDER BY seq DESC LIMIT ?4");

	if (!st)
		return journal_db_failed(d, e);
	journal_db_bind(st, 1, q->environment);
	if (q->run)
		journal_db_bind(st, 2, q->run);
	sqlite3_bind_int64(st, 3, q->before > 0 ? q->before : INT64_MAX);
	sqlite3_bind_int(st, 4, q->limit);
	while (sqlite3_step(st) == SQLITE_ROW)
		fn(arg, sqlite3_column_int64(st, 0), journal_db_column(st, 1),
		    journal_db_column(st, 2));
	return sqlite3_finalize(st) == SQLITE_OK ? 0 : journal_db_failed(d, e);
}

/* What is wrong with the row, or NULL; hash: of the entry before it, and
 * afterwards of this one. */
static const char *
look_at_link(sqlite3_stmt *st, int64_t expected, char *hash)
{
	const char *line = journal_db_column(st, 1);
	const char *said = journal_db_column(st, 2);
	size_t len = (size_t)sqlite3_column_bytes(st, 1);

	if (sqlite3_column_int64(st, 0) != expected)
		return "the entry is missing";
	journal_hash(hash, line, len, hash);
	if (strcmp(hash, said) != 0)
		return "its hash does not follow from what it says and from "
		    "the entry before it";
	if (!sqlite3_column_int(st, 3))
		return "its columns do not say what its line says";
	return NULL;
}

int
journal_db_verify(struct journal_db *d, int64_t from,
    struct journal_verdict *v, struct err *e)
{
	char hash[JOURNAL_HASH_MAX] = JOURNAL_HASH_NONE;
	sqlite3_stmt *st;
	int64_t expected = from;
	int code;

	*v = (struct journal_verdict){0};
	if (from > 1 && read_hash(d, from - 1, hash, e) == -1)
		return -1;
	st = journal_db_prepare(d, "SELECT seq, line, hash,"
	    " CASE WHEN json_valid(line) THEN seq IS json_extract(line, '$.seq')"
	    " AND environment IS json_extract(line, '$.environment')"
	    " AND run IS json_extract(line, '$.run') ELSE 0 END"
	    " FROM entry WHERE seq >= ?1 ORDER BY seq");
	if (!st)
		return journal_db_failed(d, e);
	sqlite3_bind_int64(st, 1, from);
	while (!v->broken_at && sqlite3_step(st) == SQLITE_ROW) {
		v->entries++;
		v->why = look_at_link(st, expected, hash);
		if (v->why)
			v->broken_at = expected;
		expected++;
	}
	code = sqlite3_finalize(st);
	if (!v->broken_at && code == SQLITE_CORRUPT) {
		v->broken_at = expected;
		v->why = "the database cannot be read from here on";
		code = SQLITE_OK;
	}
	return v->broken_at || code == SQLITE_OK ? 0 :
	    journal_db_failed(d, e);
}
