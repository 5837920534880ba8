/* The journal: durable, chained, bounded; and what damage comes to. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "server/journal-db.h"
#include "server/journal-line.h"
#include "server/journal.h"

#define DEADLINE_MS 20000
#define NOON (INT64_C(1781524800000))	/* 2026-06-15T12:00:00Z */

static char dir[64], path[128];
static struct loop *loop;

/* What came back; each test has its own. */
struct heard {
	int done, failed, troubles, healed;
	char *error, *trouble;
	struct json *answer;
	bool answered;
};

static struct heard heard;

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/vigie-journal-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/journal.db", dir);
	loop = loop_new(NULL);
	heard = (struct heard){0};
}

static void
teardown(void)
{
	free(heard.error);
	free(heard.trouble);
	json_free(heard.answer);
	loop_free(loop);
	files_empty_directory(dir);
	rmdir(dir);
}

static void
done(void *arg, const char *error)
{
	struct heard *h = arg;

	h->done++;
	h->failed += error != NULL;
	xstrset(&h->error, error);
}

static void
trouble(void *arg, const char *text)
{
	struct heard *h = arg;

	if (text)
		h->troubles++;
	else
		h->healed++;
	xstrset(&h->trouble, text);
}

static void
answer(void *arg, const struct json *v, const char *error)
{
	struct heard *h = arg;

	h->answered = true;
	json_free(h->answer);
	h->answer = v ? json_copy(v) : NULL;
	xstrset(&h->error, error);
}

static struct journal *
open_journal(struct err *e)
{
	return journal_new(loop, &(struct journal_options){.path = path,
	    .trouble = trouble, .arg = &heard}, e);
}

static struct journal_entry
an_entry(const char *text)
{
	return (struct journal_entry){.at = NOON, .kind = "lock",
	    .environment = "prod", .who = "yan", .uid = 1000, .text = text,
	    .exit_code = -1, .duration_ms = -1};
}

static void
until_done(int n)
{
	int64_t end = clock_mono() + DEADLINE_MS;

	while (heard.done < n && clock_mono() < end)
		loop_turn(loop, 50);
	ck_assert_int_eq(heard.done, n);
}

static void
append(struct journal *j, const char *text)
{
	struct journal_entry e = an_entry(text);

	journal_append(j, &e, done, &heard);
	until_done(heard.done + 1);
}

static const struct json *
until_answered(void)
{
	int64_t end = clock_mono() + DEADLINE_MS;

	while (!heard.answered && clock_mono() < end)
		loop_turn(loop, 50);
	ck_assert(heard.answered);
	heard.answered = false;
	return heard.answer;
}

static const struct json *
ask(struct journal *j, const char *environment, const char *run)
{
	journal_ask(j, &(struct journal_query){environment, run, 0, 1000},
	    answer, &heard);
	return until_answered();
}

static const struct json *
verify(struct journal *j)
{
	journal_verify(j, answer, &heard);
	return until_answered();
}

static const char *
text_of(const struct json *entry, const char *key)
{
	return json_text(json_get(entry, key), NULL);
}

/* Somebody else's hand in the file. */
static void
meddle(const char *sql, int expected)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), expected);
	sqlite3_close(db);
}

#define UNLOCK "DROP TRIGGER entry_no_update; DROP TRIGGER entry_no_delete;"

/* --- the chain --------------------------------------------------------------- */

START_TEST(entries_are_there_again_and_chained)
{
	struct journal *j = open_journal(NULL);
	const struct json *list;
	struct stat st;

	append(j, "one");
	append(j, "two");
	journal_free(j);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	j = open_journal(NULL);
	ck_assert_ptr_nonnull(j);
	ck_assert_ptr_null(journal_missing(j));
	append(j, "three");
	list = ask(j, NULL, NULL);
	ck_assert_uint_eq(json_count(list), 3);
	ck_assert_str_eq(text_of(json_first(list), "text"), "three");
	ck_assert_int_eq(json_int(json_get(json_first(list), "seq"), 0), 3);
	ck_assert_str_eq(text_of(json_first(list), "at"),
	    "2026-06-15T12:00:00.000Z");
	ck_assert_int_eq(heard.failed, 0);
	ck_assert_int_eq(heard.troubles, 0);
	list = verify(j);
	ck_assert(json_bool(json_get(list, "ok"), false));
	ck_assert_int_eq(json_int(json_get(list, "entries"), 0), 3);
	ck_assert(json_is_null(json_get(list, "broken_at")));
	journal_free(j);
}
END_TEST

START_TEST(a_line_is_always_the_same_bytes)
{
	struct journal_entry e = an_entry("says \"no\" \\o/");
	struct buf b = BUF_INIT(JOURNAL_LINE_MAX);

	e.seq = 7;
	e.duration_ms = 0;
	journal_line(&e, &b);
	ck_assert_str_eq(buf_str(&b), "{\"seq\":7,"
	    "\"at\":\"2026-06-15T12:00:00.000Z\",\"kind\":\"lock\","
	    "\"environment\":\"prod\",\"run\":null,\"step\":null,"
	    "\"who\":\"yan\",\"uid\":1000,\"tty\":null,"
	    "\"text\":\"says \\\"no\\\" \\\\o/\",\"reason\":null,"
	    "\"fingerprint\":null,\"exit_code\":null,\"duration_ms\":0}");
	buf_release(&b);
}
END_TEST

/* What sha256sum(1) says of a file. */
static void
run_sha256sum(const char *file, char sum[65])
{
	int fds[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execlp("sha256sum", "sha256sum", file, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	while (n < 64 && (got = read(fds[0], sum + n, 64 - n)) > 0)
		n += (size_t)got;
	sum[n] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
}

static int
check_row(void *arg, int columns, char **values, char **names)
{
	int *rows = arg;
	char file[160], sum[65], *text = xasprintf("%s\n", values[0]);

	(void)columns;
	(void)names;
	snprintf(file, sizeof(file), "%s/line", dir);
	ck_assert_int_eq(files_write(file, text, strlen(text), 0600, NULL),
	    0);
	run_sha256sum(file, sum);
	ck_assert_str_eq(sum, values[1]);
	free(text);
	++*rows;
	return 0;
}

/* The recipe of journal.h. */
START_TEST(sha256sum_agrees)
{
	struct journal *j = open_journal(NULL);
	sqlite3 *db;
	int rows = 0;

	append(j, "one \xc3\xa9t\xc3\xa9");
	append(j, "\"two\"");
	append(j, "three\nlines\there");
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "SELECT hash_prev || line, hash FROM chain",
	    check_row, &rows, NULL);
	sqlite3_close(db);
	ck_assert_int_eq(rows, 3);
	journal_free(j);
}
END_TEST

START_TEST(the_database_refuses_changes)
{
	struct journal *j = open_journal(NULL);

	append(j, "one");
	append(j, "two");
	meddle("UPDATE entry SET line = 'x' WHERE seq = 1",
	    SQLITE_CONSTRAINT);
	meddle("DELETE FROM entry WHERE seq = 2", SQLITE_CONSTRAINT);
	meddle("INSERT OR REPLACE INTO entry VALUES (1, 'x', 'y', '', '')",
	    SQLITE_CONSTRAINT);
	meddle("INSERT INTO entry VALUES (9, 'x', 'y', '', '')",
	    SQLITE_CONSTRAINT);
	ck_assert(json_bool(json_get(verify(j), "ok"), false));
	journal_free(j);
}
END_TEST

/* --- damage ------------------------------------------------------------------ */

static const struct {
	const char *sql;
	int seq;
} changes[] = {
	{"UPDATE entry SET line = replace(line, 'text 4', 'text 5')"
	 " WHERE seq = 4", 4},
	{"UPDATE entry SET line = replace(line, '\"uid\":1000', '\"uid\":1001')"
	 " WHERE seq = 1", 1},
	{"UPDATE entry SET line = substr(line, 1, 30) || char(1)"
	 " || substr(line, 32) WHERE seq = 6", 6},
	{"UPDATE entry SET hash = replace(hash, substr(hash, 5, 1), 'x')"
	 " WHERE seq = 3", 3},
	{"UPDATE entry SET environment = 'staging' WHERE seq = 5", 5},
	{"UPDATE entry SET run = 'r' WHERE seq = 2", 2},
	{"DELETE FROM entry WHERE seq = 3", 3},
	{"DELETE FROM entry WHERE seq = 1", 1},
	{"UPDATE entry SET line = (SELECT line FROM entry WHERE seq = 4),"
	 " hash = (SELECT hash FROM entry WHERE seq = 4) WHERE seq = 5", 5},
};

START_TEST(a_change_is_found_where_it_is)
{
	struct journal *j = open_journal(NULL);
	char text[32], expected[32], *sql;
	struct err e;
	int i;

	for (i = 1; i <= 7; i++) {
		snprintf(text, sizeof(text), "text %d", i);
		append(j, text);
	}
	sql = xasprintf("%s%s", UNLOCK, changes[_i].sql);
	meddle(sql, SQLITE_OK);
	free(sql);
	ck_assert(!json_bool(json_get(verify(j), "ok"), true));
	ck_assert_int_eq(json_int(json_get(heard.answer, "broken_at"), 0),
	    changes[_i].seq);
	ck_assert_ptr_nonnull(text_of(heard.answer, "why"));
	journal_free(j);
	/* And at the next start, with file, place and reason. */
	ck_assert_ptr_null(open_journal(&e));
	snprintf(expected, sizeof(expected), "entry %d:", changes[_i].seq);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_ptr_nonnull(strstr(e.text, expected));
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* A forger who knows the chain, but not the witness. */
START_TEST(another_last_entry_is_found)
{
	struct journal *j = open_journal(NULL);
	struct journal_entry forged = an_entry("nothing happened");
	char head[160], aside[160];
	struct journal_db *d;
	struct err e;

	append(j, "one");
	append(j, "two");
	journal_free(j);
	meddle(UNLOCK "DELETE FROM entry WHERE seq = 2", SQLITE_OK);
	snprintf(head, sizeof(head), "%s-head", path);
	snprintf(aside, sizeof(aside), "%s/aside", dir);
	ck_assert_int_eq(rename(head, aside), 0);
	d = journal_db_open(path, &e);
	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(journal_db_begin(d, &e), 0);
	ck_assert_int_eq(journal_db_append(d, &forged, &e), 0);
	ck_assert_int_eq(journal_db_commit(d, &e), 0);
	journal_db_close(d);
	ck_assert_int_eq(rename(aside, head), 0);
	ck_assert_ptr_null(open_journal(&e));
	ck_assert_ptr_nonnull(strstr(e.text, "entry 2:"));
}
END_TEST

START_TEST(an_end_that_was_taken_away_is_told)
{
	struct journal *j = open_journal(NULL);
	const struct json *list;

	append(j, "one");
	append(j, "two");
	append(j, "three");
	journal_free(j);
	meddle(UNLOCK "DELETE FROM entry WHERE seq > 1", SQLITE_OK);
	j = open_journal(NULL);
	ck_assert_ptr_nonnull(j);
	ck_assert_ptr_nonnull(strstr(journal_missing(j), "entries 2 to 3"));
	list = ask(j, NULL, NULL);
	ck_assert_uint_eq(json_count(list), 2);
	ck_assert_str_eq(text_of(json_first(list), "kind"), "journal-cut");
	ck_assert_ptr_nonnull(strstr(text_of(json_first(list), "text"),
	    "entries 2 to 3"));
	ck_assert(json_bool(json_get(verify(j), "ok"), false));
	journal_free(j);
}
END_TEST

static void
copy(const char *end, const char *to, struct buf *b)
{
	char from[160], file[160];

	snprintf(from, sizeof(from), "%s%s", path, end);
	snprintf(file, sizeof(file), "%s%s", to, end);
	buf_clear(b);
	ck_assert_int_eq(files_read(from, b, NULL), 0);
	ck_assert_int_eq(files_write(file, buf_str(b), b->len, 0600, NULL), 0);
}

/* Not as files_write() does: thousands of times its fsync() is long. */
static void
put(const char *file, const char *end, const char *data, size_t len)
{
	char name[160];
	FILE *f;

	snprintf(name, sizeof(name), "%s%s", file, end);
	f = fopen(name, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	fclose(f);
}

/* Write the log as it was damaged, open: refused, or the beginning of what
 * there was, each entry sound, and what is missing is known. Returns the last. */
static int64_t
open_damaged(const char *file, const struct buf *db, const struct buf *head,
    const char *wal, size_t len, int64_t entries)
{
	struct journal_db *d;
	struct journal_verdict v;
	const char *hash;
	char name[160];
	int64_t last;

	snprintf(name, sizeof(name), "%s-shm", file);
	unlink(name);
	put(file, "", db->data, db->len);
	put(file, "-head", head->data, head->len);
	put(file, "-wal", wal, len);
	d = journal_db_open(file, NULL);
	if (!d)
		return -1;
	last = journal_db_last(d, &hash);
	ck_assert_int_eq(journal_db_verify(d, 1, &v, NULL), 0);
	ck_assert_int_eq(v.broken_at, 0);
	ck_assert_int_eq(v.entries, last);
	ck_assert_int_eq(journal_db_missing(d), last < entries ? entries : 0);
	journal_db_close(d);
	return last;
}

START_TEST(a_torn_log_loses_nothing_silently)
{
	struct journal *j = open_journal(NULL);
	struct buf db = BUF_INIT(1 << 20), wal = BUF_INIT(1 << 20),
	    head = BUF_INIT(4096);
	char file[160];
	int64_t last = 0, got;
	size_t len;

	append(j, "one");
	append(j, "two");
	append(j, "three");
	append(j, "four");
	/* As a power cut would leave them. */
	snprintf(file, sizeof(file), "%s/torn.db", dir);
	copy("", file, &db);
	copy("-wal", file, &wal);
	copy("-head", file, &head);
	journal_free(j);
	for (len = 0; len < wal.len; len += 64 * unit_stride()) {
		got = open_damaged(file, &db, &head, wal.data, len, 4);
		ck_assert(got == -1 || got >= last);
		last = got == -1 ? last : got;
	}
	ck_assert_int_lt(last, 4);
	ck_assert_int_eq(open_damaged(file, &db, &head, wal.data, wal.len, 4),
	    4);
	for (len = 0; len < wal.len; len += 640 * unit_stride()) {
		wal.data[len] ^= 0x10;
		open_damaged(file, &db, &head, wal.data, wal.len, 4);
		wal.data[len] ^= 0x10;
	}
	buf_release(&db);
	buf_release(&wal);
	buf_release(&head);
}
END_TEST

START_TEST(other_files_are_refused)
{
	struct err e;

	meddle("CREATE TABLE mine(a)", SQLITE_OK);
	ck_assert_ptr_null(open_journal(&e));
	ck_assert_ptr_nonnull(strstr(e.text, "another program's"));
	files_empty_directory(dir);
	journal_free(open_journal(NULL));
	meddle("PRAGMA user_version=99", SQLITE_OK);
	ck_assert_ptr_null(open_journal(&e));
	ck_assert_ptr_nonnull(strstr(e.text, "version 99"));
	ck_assert_int_eq(files_write(path, "this is no database, is it?", 27,
	    0600, NULL), 0);
	ck_assert_ptr_null(open_journal(&e));
	ck_assert_ptr_nonnull(strstr(e.text, path));
}
END_TEST

/* --- a disk that says no ------------------------------------------------------ */

static void
limit_files(rlim_t bytes)
{
	struct rlimit r;

	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &r), 0);
}

START_TEST(a_full_disk_is_told_and_heals)
{
	struct journal *j = open_journal(NULL);
	const struct json *list;

	signal(SIGXFSZ, SIG_IGN);
	append(j, "one");
	limit_files(4096);
	append(j, "two");
	append(j, "three");
	ck_assert_int_eq(heard.failed, 2);
	ck_assert_ptr_nonnull(strstr(heard.error, path));
	ck_assert_int_eq(heard.troubles, 1);
	ck_assert_int_eq(heard.healed, 0);
	limit_files(RLIM_INFINITY);
	append(j, "four");
	ck_assert_int_eq(heard.failed, 2);
	ck_assert_int_eq(heard.healed, 1);
	ck_assert_ptr_null(heard.trouble);
	/* What failed is not there, not even later. */
	list = ask(j, NULL, NULL);
	ck_assert_uint_eq(json_count(list), 2);
	ck_assert_str_eq(text_of(json_first(list), "text"), "four");
	ck_assert(json_bool(json_get(verify(j), "ok"), false));
	journal_free(j);
	j = open_journal(NULL);
	ck_assert_ptr_nonnull(j);
	ck_assert_ptr_null(journal_missing(j));
	journal_free(j);
}
END_TEST

START_TEST(a_file_that_was_moved_takes_no_entries)
{
	struct journal *j = open_journal(NULL);
	char aside[160];

	append(j, "one");
	snprintf(aside, sizeof(aside), "%s/aside.db", dir);
	ck_assert_int_eq(rename(path, aside), 0);
	append(j, "two");
	ck_assert_int_eq(heard.failed, 1);
	ck_assert_int_eq(files_write(path, "", 0, 0600, NULL), 0);
	append(j, "three");
	ck_assert_int_eq(heard.failed, 2);
	ck_assert_ptr_nonnull(strstr(heard.error, "replaced"));
	journal_free(j);
}
END_TEST

/* --- what is kept ------------------------------------------------------------- */

START_TEST(hostile_texts_are_harmless)
{
	struct journal *j = open_journal(NULL);
	struct journal_entry e = an_entry("\033]0;pwned\a\033[2Jred\xe2\x80\xae"
	    "\xff\xc3\n{\"seq\":1}\\\"");
	size_t len = 100000;
	char *longest = xmalloc(len + 1);
	const struct json *list;

	memset(longest, '"', len);
	longest[len] = '\0';
	e.reason = longest;
	e.who = "'; DROP TABLE entry; --";
	e.run = "";
	journal_append(j, &e, done, &heard);
	until_done(1);
	ck_assert_int_eq(heard.failed, 0);
	list = ask(j, NULL, NULL);
	ck_assert_str_eq(text_of(json_first(list), "text"),
	    "red\xef\xbf\xbd\xef\xbf\xbd {\"seq\":1}\\\"");
	ck_assert_str_eq(text_of(json_first(list), "who"), e.who);
	ck_assert_uint_le(strlen(text_of(json_first(list), "reason")),
	    JOURNAL_TEXT_MAX);
	ck_assert(json_bool(json_get(verify(j), "ok"), false));
	journal_free(j);
	free(longest);
}
END_TEST

START_TEST(questions_are_answered_by_what_they_ask)
{
	struct journal *j = open_journal(NULL);
	struct journal_entry e = an_entry("of a run");
	const struct json *list;
	int i;

	for (i = 0; i < 5; i++)
		append(j, "plain");
	e.run = "deploy-1";
	e.environment = "staging";
	journal_append(j, &e, done, &heard);
	ck_assert_uint_eq(json_count(ask(j, "staging", NULL)), 1);
	ck_assert_uint_eq(json_count(ask(j, "prod", NULL)), 5);
	ck_assert_uint_eq(json_count(ask(j, NULL, "deploy-1")), 1);
	ck_assert_uint_eq(json_count(ask(j, "prod", "deploy-1")), 0);
	journal_ask(j, &(struct journal_query){NULL, NULL, 4, 2}, answer,
	    &heard);
	list = until_answered();
	ck_assert_uint_eq(json_count(list), 2);
	ck_assert_int_eq(json_int(json_get(json_first(list), "seq"), 0), 3);
	journal_free(j);
}
END_TEST

#define PIECE 10000
#define PIECES 200

START_TEST(outputs_are_bounded)
{
	struct journal *j = open_journal(NULL);
	char piece[PIECE], begin[32], *much;
	size_t len = 1 << 20;
	const char *text;
	int64_t end;
	int i;

	for (i = 0; i < PIECES; i++) {
		memset(piece, '.', sizeof(piece));
		snprintf(begin, sizeof(begin), "piece %d\033[2J\n", i);
		memcpy(piece, begin, strlen(begin));
		piece[PIECE - 1] = '\n';
		journal_output(j, "run", "build", piece, sizeof(piece));
		if (i % 50 == 0)
			append(j, "so far");
	}
	journal_output(j, "run", "other", "short\n", 6);
	append(j, "end");
	ck_assert_int_eq(heard.troubles, 0);
	journal_ask_output(j, "run", "build", answer, &heard);
	until_answered();
	ck_assert_int_eq(json_int(json_get(heard.answer, "bytes"), 0),
	    PIECE * PIECES);
	text = text_of(heard.answer, "text");
	ck_assert_ptr_nonnull(strstr(text, "piece 0\n"));
	ck_assert_ptr_nonnull(strstr(text, "piece 199\n"));
	ck_assert_ptr_nonnull(strstr(text, " bytes are left out]"));
	ck_assert_ptr_null(strstr(text, "piece 90\n"));
	ck_assert_uint_ge(strlen(text), JOURNAL_OUTPUT_MAX - PIECES * 10);
	ck_assert_uint_le(strlen(text), JOURNAL_OUTPUT_MAX + 128 * 1024);
	journal_ask_output(j, "run", "other", answer, &heard);
	ck_assert_str_eq(text_of(until_answered(), "text"), "short\n");
	/* More than the disk takes is not kept, and that is told. */
	much = xcalloc(len, 1);
	for (i = 0; i < 20; i++)
		journal_output(j, "run", "flood", much, len);
	free(much);
	ck_assert_int_eq(heard.troubles, 1);
	end = clock_mono() + DEADLINE_MS;
	while (heard.healed == 0 && clock_mono() < end)
		loop_turn(loop, 50);
	ck_assert_int_eq(heard.healed, 1);
	journal_free(j);
}
END_TEST

static char *
state_of(const char *id, const char *phase, int seconds)
{
	return xasprintf("{\"id\":\"%s\",\"book\":\"deploy\","
	    "\"environment\":\"prod\",\"steps\":[{\"id\":\"pull\","
	    "\"phase\":\"%s\",\"started_at\":\"2026-06-15T12:00:00.000Z\","
	    "\"ended_at\":\"2026-06-15T12:00:%02d.000Z\"},"
	    "{\"id\":\"up\",\"phase\":\"pending\"}]}", id, phase, seconds);
}

static void
keep_run(struct journal *j, const char *id, const char *phase, int seconds,
    bool ended)
{
	struct journal_entry e = an_entry("pulled");
	char *state = state_of(id, phase, seconds);

	e.kind = "step-end";
	e.run = id;
	e.step = "pull";
	journal_run(j, &e, id, state, ended, done, &heard);
	until_done(heard.done + 1);
	free(state);
}

static void
add_name(void *arg, const char *run, const char *state)
{
	ck_assert_ptr_nonnull(strstr(state, run));
	buf_addf(arg, "%s ", run);
}

START_TEST(runs_are_recalled)
{
	struct journal *j = open_journal(NULL);
	struct buf names = BUF_INIT(4096);

	keep_run(j, "a", "done", 10, true);
	keep_run(j, "b", "done", 20, false);
	keep_run(j, "c", "failed", 30, true);
	keep_run(j, "d", "done", 40, true);
	keep_run(j, "b", "failed", 50, false);
	ck_assert_int_eq(journal_usual(j, "deploy", "prod", "pull"), 40000);
	journal_free(j);
	j = open_journal(NULL);
	ck_assert_int_eq(journal_runs(j, 2, add_name, &names, NULL), 0);
	ck_assert_str_eq(buf_str(&names), "b d c ");
	ck_assert_int_eq(journal_usual(j, "deploy", "prod", "pull"), 40000);
	ck_assert_int_eq(journal_usual(j, "deploy", "prod", "up"), -1);
	ck_assert_int_eq(journal_usual(j, "deploy", "staging", "pull"), -1);
	journal_free(j);
	buf_release(&names);
}
END_TEST

START_TEST(a_state_that_is_too_long_harms_no_other)
{
	struct journal *j = open_journal(NULL);
	struct journal_entry e = an_entry("x");
	size_t len = 5 << 20;
	char *state = xmalloc(len + 1);

	memset(state, ' ', len);
	state[len] = '\0';
	journal_append(j, &e, NULL, NULL);
	journal_run(j, &e, "big", state, false, done, &heard);
	journal_append(j, &e, NULL, NULL);
	until_done(1);
	ck_assert_ptr_nonnull(strstr(heard.error, "too long"));
	ck_assert_uint_eq(json_count(ask(j, NULL, NULL)), 2);
	journal_free(j);
	free(state);
}
END_TEST

START_TEST(what_is_forgotten_is_not_called)
{
	struct journal *j = open_journal(NULL);
	struct heard other = {0};
	struct journal_entry e = an_entry("x");

	journal_append(j, &e, done, &other);
	journal_verify(j, answer, &other);
	journal_forget(j, &other);
	append(j, "y");
	ck_assert_int_eq(other.done, 0);
	ck_assert(!other.answered);
	/* What is still wanted is called at the end. */
	journal_append(j, &e, done, &heard);
	journal_free(j);
	ck_assert_int_eq(heard.done, 2);
	ck_assert_int_eq(heard.failed, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("journal");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, entries_are_there_again_and_chained);
	tcase_add_test(t, a_line_is_always_the_same_bytes);
	tcase_add_test(t, sha256sum_agrees);
	tcase_add_test(t, the_database_refuses_changes);
	tcase_add_loop_test(t, a_change_is_found_where_it_is, 0,
	    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(t, another_last_entry_is_found);
	tcase_add_test(t, an_end_that_was_taken_away_is_told);
	tcase_add_test(t, a_torn_log_loses_nothing_silently);
	tcase_add_test(t, other_files_are_refused);
	tcase_add_test(t, a_full_disk_is_told_and_heals);
	tcase_add_test(t, a_file_that_was_moved_takes_no_entries);
	tcase_add_test(t, hostile_texts_are_harmless);
	tcase_add_test(t, questions_are_answered_by_what_they_ask);
	tcase_add_test(t, outputs_are_bounded);
	tcase_add_test(t, runs_are_recalled);
	tcase_add_test(t, a_state_that_is_too_long_harms_no_other);
	tcase_add_test(t, what_is_forgotten_is_not_called);
	suite_add_tcase(s, t);
	return unit_run(s);
}
