/* The record: what is kept for good, and what a disk may do to it. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "model/tenure-follow.h"
#include "server/record-db.h"
#include "server/record.h"

#define DEADLINE_MS 20000
#define DAY (INT64_C(24) * 3600 * 1000)
#define NOON (INT64_C(1781524800000))	/* 2026-06-15T12:00:00Z */

static char dir[64], path[128];

/* One server's record with its model. */
struct desk {
	struct loop *l;
	struct model m;
	struct record *r;
	char *trouble;
	int answers;
	char *error;		/* of the last answer */
};

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/vigie-record-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/record.db", dir);
}

static void
teardown(void)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[160];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(dir);
}

static void
troubled(void *arg, const char *text)
{
	struct desk *d = arg;

	xstrset(&d->trouble, text);
}

static void
answered(void *arg, const char *error)
{
	struct desk *d = arg;

	d->answers++;
	xstrset(&d->error, error);
}

static void
open_desk(struct desk *d)
{
	struct err e;

	*d = (struct desk){.l = loop_new(NULL)};
	model_init(&d->m);
	model_add_environment(&d->m, "prod");
	model_add_environment(&d->m, "staging");
	d->r = record_new(d->l, &(struct record_options){.path = path,
	    .trouble = troubled, .arg = d}, &e);
	ck_assert_msg(d->r != NULL, "%s", e.text);
	record_recall(d->r, &d->m);
}

static void
close_desk(struct desk *d)
{
	record_free(d->r);
	loop_free(d->l);
	model_release(&d->m);
	free(d->trouble);
	free(d->error);
}

static void
wait_answers(struct desk *d, int count)
{
	int64_t end = clock_mono() + DEADLINE_MS;

	while (d->answers < count && clock_mono() < end)
		loop_turn(d->l, 50);
	ck_assert_int_eq(d->answers, count);
}

static void
wait_trouble(struct desk *d, bool there)
{
	int64_t end = clock_mono() + DEADLINE_MS;

	while ((d->trouble != NULL) != there && clock_mono() < end)
		loop_turn(d->l, 50);
	ck_assert((d->trouble != NULL) == there);
}

static void
mark(struct desk *d, const char *tag, enum mark_word word, const char *why)
{
	struct mark it = {(char *)(uintptr_t)tag, word,
	    (char *)(uintptr_t)"yan", (char *)(uintptr_t)why, NOON};

	record_mark(d->r, &d->m, &it, answered, d);
}

static void
lock(struct desk *d, const char *who, const char *why)
{
	struct environment_lock it = {(char *)(uintptr_t)who,
	    (char *)(uintptr_t)why, NOON};

	record_lock(d->r, model_environment(&d->m, "prod"), &it, answered, d);
}

static const struct environment_lock *
the_lock(const struct desk *d)
{
	return &model_find(&d->m, "prod")->lock;
}

/* --- marks, locks, verdicts ------------------------------------------------ */

START_TEST(marks_and_locks_survive)
{
	const struct mark *found;
	struct stat st;
	struct desk d;

	open_desk(&d);
	mark(&d, "v1.3.2", MARK_GOOD, NULL);
	mark(&d, "v1.4.0", MARK_GOOD, NULL);
	mark(&d, "v1.4.0", MARK_BAD, "loses rollups");
	mark(&d, "v1.2.0", MARK_BAD, "slow");
	mark(&d, "v1.2.0", MARK_NONE, NULL);
	lock(&d, "corentin", "deploying");
	ck_assert_uint_eq(d.m.mark_count, 2);
	wait_answers(&d, 6);
	ck_assert_ptr_null(d.error);
	close_desk(&d);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	open_desk(&d);
	ck_assert_uint_eq(d.m.mark_count, 2);
	found = model_mark(&d.m, "v1.4.0");
	ck_assert_ptr_nonnull(found);
	ck_assert_int_eq(found->word, MARK_BAD);
	ck_assert_str_eq(found->who, "yan");
	ck_assert_str_eq(found->why, "loses rollups");
	ck_assert_int_eq(found->at, NOON);
	ck_assert_ptr_null(model_mark(&d.m, "v1.2.0"));
	ck_assert_str_eq(the_lock(&d)->who, "corentin");
	ck_assert_str_eq(the_lock(&d)->why, "deploying");
	ck_assert_int_eq(the_lock(&d)->since, NOON);
	ck_assert_ptr_null(model_find(&d.m, "staging")->lock.who);
	lock(&d, NULL, NULL);
	ck_assert_ptr_null(the_lock(&d)->who);
	close_desk(&d);
	open_desk(&d);
	ck_assert_ptr_null(the_lock(&d)->who);
	close_desk(&d);
}
END_TEST

static int
count_entry(void *arg, const struct record_entry *entry, struct err *e)
{
	(void)entry;
	(void)e;
	++*(int *)arg;
	return 0;
}

static int
entries(void)
{
	struct record_db *db;
	struct err e;
	int count = 0;

	db = record_db_open(path, &e);
	ck_assert_msg(db != NULL, "%s", e.text);
	ck_assert_int_eq(record_db_load(db, count_entry, &count, &e), 0);
	record_db_close(db);
	return count;
}

START_TEST(done_is_in_the_file)
{
	struct desk d;

	open_desk(&d);
	mark(&d, "v1.3.2", MARK_GOOD, NULL);
	wait_answers(&d, 1);
	/* Read by somebody else, with the server still running. */
	ck_assert_int_eq(entries(), 1);
	close_desk(&d);
}
END_TEST

START_TEST(odd_texts_are_texts)
{
	static const char *const odd[] = {
		"'); DROP TABLE entry; --", "\"}{\"tag\":\"x\"", "%s%n%d", "\\",
		"…é\xe2\x80\xae", "a\nb\tc\x01", "?1", " ",
	};
	const size_t n = sizeof(odd) / sizeof(odd[0]);
	struct desk d;
	size_t i;

	open_desk(&d);
	for (i = 0; i < n; i++)
		mark(&d, odd[i], MARK_BAD, odd[n - 1 - i]);
	wait_answers(&d, (int)n);
	close_desk(&d);
	open_desk(&d);
	ck_assert_uint_eq(d.m.mark_count, n);
	for (i = 0; i < n; i++) {
		ck_assert_ptr_nonnull(model_mark(&d.m, odd[i]));
		ck_assert_str_eq(model_mark(&d.m, odd[i])->why,
		    odd[n - 1 - i]);
	}
	close_desk(&d);
}
END_TEST

struct verdicts {
	int count;
	enum rung rung;
	char *names, *evidence;
};

static void
take_verdict(void *arg, const struct backup_verdict *v)
{
	struct verdicts *all = arg;
	char *names = xasprintf("%s%s/%s ", all->names ? all->names : "",
	    v->kind, v->name);

	free(all->names);
	all->names = names;
	all->rung = v->rung;
	xstrset(&all->evidence, v->evidence);
	all->count++;
}

START_TEST(verdicts_are_recalled)
{
	struct backup_verdict v = {.environment = "prod", .kind = "docmost",
		.name = "a.dump", .bytes = 12, .taken_at = NOON - DAY,
		.rung = RUNG_READ, .at = NOON, .failure = "no scratch"};
	struct verdicts all = {0};
	struct desk d;

	open_desk(&d);
	record_verdict(d.r, &v);
	v.name = "b.dump";
	record_verdict(d.r, &v);
	v.environment = "staging";
	record_verdict(d.r, &v);
	/* Later, the first one got further. */
	v = (struct backup_verdict){.environment = "prod", .kind = "docmost",
		.name = "a.dump", .bytes = 12, .taken_at = NOON - DAY,
		.rung = RUNG_RESTORED, .at = NOON + DAY,
		.evidence = "500 rows"};
	record_verdict(d.r, &v);
	close_desk(&d);
	open_desk(&d);
	record_verdicts(d.r, "prod", take_verdict, &all);
	ck_assert_int_eq(all.count, 2);
	ck_assert_str_eq(all.names, "docmost/a.dump docmost/b.dump ");
	ck_assert_int_eq(all.rung, RUNG_READ);
	close_desk(&d);
	free(all.names);
	free(all.evidence);
}
END_TEST

START_TEST(verdicts_in_memory_are_bounded)
{
	struct backup_verdict v = {.environment = "prod", .kind = "docmost",
		.rung = RUNG_READ};
	struct verdicts all = {0};
	struct desk d;
	char name[32];
	int i;

	open_desk(&d);
	for (i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "%d.dump", i);
		v.name = name;
		v.at = clock_wall() + i;
		record_verdict(d.r, &v);
	}
	close_desk(&d);
	ck_assert_int_eq(entries(), 600);
	open_desk(&d);
	record_verdicts(d.r, "prod", take_verdict, &all);
	ck_assert_int_eq(all.count, 500);
	ck_assert_int_eq(strncmp(all.names, "docmost/599.dump ", 17), 0);
	close_desk(&d);
	free(all.names);
	free(all.evidence);
}
END_TEST

/* --- tenures --------------------------------------------------------------- */

/* Watch prod, with that image, for so many seconds; the engine is asked all the
 * while. Returns when that was. */
static int64_t
watch(struct desk *d, int64_t from, int seconds, const char *digest)
{
	struct environment *env = model_environment(&d->m, "prod");
	struct service *s = environment_add_service(env, "c1", "bridge", 1);

	s->state = CONTAINER_RUNNING;
	s->status = STATUS_OK;
	xstrset(&s->digest, digest);
	env->sources[SOURCE_ENGINE].used = true;
	for (; seconds > 0; seconds--, from += 1000) {
		observation_ok(&env->sources[SOURCE_ENGINE], from);
		record_follow(d->r, env, from);
	}
	return from;
}

START_TEST(a_tenure_outlives_the_server)
{
	const struct environment *env;
	struct desk d;
	int64_t now;

	open_desk(&d);
	now = watch(&d, clock_wall(), 21, "sha256:1");
	now = watch(&d, now, 11, "sha256:2");
	close_desk(&d);
	open_desk(&d);
	env = model_find(&d.m, "prod");
	ck_assert_uint_eq(env->tenure_count, 2);
	ck_assert_int_eq(env->tenures[0].observed_ms, 5000);
	ck_assert_int_eq(env->tenures[1].observed_ms, 15000);
	ck_assert_str_eq(env->tenures[0].images[0].digest, "sha256:2");
	/* The gap was not watched. */
	watch(&d, now + 60000, 11, "sha256:2");
	close_desk(&d);
	open_desk(&d);
	env = model_find(&d.m, "prod");
	ck_assert_uint_eq(env->tenure_count, 2);
	ck_assert_int_eq(env->tenures[0].observed_ms, 15000);
	ck_assert_int_eq(env->tenures[0].last_seen, now + 70000);
	ck_assert_uint_eq(model_find(&d.m, "staging")->tenure_count, 0);
	close_desk(&d);
}
END_TEST

START_TEST(times_are_written_once_a_minute)
{
	struct environment *env;
	struct desk d;
	int64_t now;

	open_desk(&d);
	env = model_environment(&d.m, "prod");
	now = watch(&d, clock_wall(), 10, "sha256:1");
	ck_assert(env->changes & CHANGE_TENURES);
	env->changes = 0;
	now = watch(&d, now, 50, "sha256:1");
	ck_assert(!(env->changes & CHANGE_TENURES));
	watch(&d, now, 20, "sha256:1");
	ck_assert(env->changes & CHANGE_TENURES);
	close_desk(&d);
}
END_TEST

START_TEST(an_environment_that_comes_back_has_its_past)
{
	struct desk d;

	open_desk(&d);
	watch(&d, clock_wall(), 70, "sha256:1");
	lock(&d, "yan", "x");
	model_remove_environment(&d.m, "prod");
	record_recall(d.r, &d.m);
	model_add_environment(&d.m, "prod");
	record_recall(d.r, &d.m);
	ck_assert_uint_eq(model_find(&d.m, "prod")->tenure_count, 1);
	ck_assert_str_eq(the_lock(&d)->who, "yan");
	wait_answers(&d, 1);
	close_desk(&d);
}
END_TEST

START_TEST(what_is_old_and_not_among_the_newest_goes)
{
	struct record_entry entry = {"tenure", "prod", "1", 1, "{}"};
	struct record_db *db;
	struct err e;
	char key[32];
	int i;

	db = record_db_open(path, &e);
	ck_assert_ptr_nonnull(db);
	for (i = 0; i < 30; i++) {
		snprintf(key, sizeof(key), "%d", i);
		entry.key = key;
		entry.at = i;
		ck_assert_int_eq(record_db_write(db, &entry, 1, &e), 0);
	}
	entry.environment = "staging";
	ck_assert_int_eq(record_db_write(db, &entry, 1, &e), 0);
	ck_assert_int_eq(record_db_prune(db, "tenure", 25, 20, &e), 0);
	record_db_close(db);
	/* prod's newest 20 stay, though 15 of them are old. */
	ck_assert_int_eq(entries(), 21);
}
END_TEST

/* --- files that are not as they should be ---------------------------------- */

static void
refuse(const char *why)
{
	struct loop *l = loop_new(NULL);
	struct buf before = BUF_INIT(1 << 20), after = BUF_INIT(1 << 20);
	struct err e = {""};

	ck_assert_int_eq(files_read(path, &before, NULL), 0);
	ck_assert_ptr_null(record_new(l, &(struct record_options){
	    .path = path, .trouble = troubled}, &e));
	ck_assert_msg(strstr(e.text, why) != NULL, "%s", e.text);
	ck_assert_msg(strstr(e.text, path) != NULL, "%s", e.text);
	ck_assert_int_eq(files_read(path, &after, NULL), 0);
	ck_assert_uint_eq(before.len, after.len);
	ck_assert_mem_eq(before.data, after.data, after.len);
	buf_release(&before);
	buf_release(&after);
	loop_free(l);
}

static void
sql(const char *text)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

START_TEST(no_database_is_refused)
{
	ck_assert_int_eq(files_write(path, "this is no database, is it?", 27,
	    0600, NULL), 0);
	refuse("not a database");
}
END_TEST

START_TEST(a_damaged_file_is_refused)
{
	struct desk d;
	char name[32], noise[512];
	int fd, i;

	open_desk(&d);
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "v1.%d.0", i);
		mark(&d, name, MARK_BAD, "one that takes some room in it");
	}
	close_desk(&d);
	memset(noise, 0xa5, sizeof(noise));
	fd = open(path, O_WRONLY);
	for (i = 1; i < 5; i++)
		ck_assert_int_eq(pwrite(fd, noise, sizeof(noise), i * 4096),
		    sizeof(noise));
	close(fd);
	refuse(path);
}
END_TEST

START_TEST(half_a_file_is_refused)
{
	struct desk d;
	struct stat st;

	open_desk(&d);
	mark(&d, "v1.3.2", MARK_GOOD, NULL);
	close_desk(&d);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(truncate(path, st.st_size / 2), 0);
	refuse(path);
}
END_TEST

START_TEST(another_programs_file_is_refused)
{
	sql("CREATE TABLE bookmarks(url TEXT)");
	refuse("another program's");
}
END_TEST

START_TEST(a_later_vigies_file_is_refused)
{
	struct desk d;

	open_desk(&d);
	close_desk(&d);
	sql("PRAGMA user_version=2");
	refuse("version 2");
}
END_TEST

START_TEST(an_entry_that_says_nothing_is_refused)
{
	struct desk d;

	open_desk(&d);
	close_desk(&d);
	sql("INSERT INTO entry VALUES('lock', 'prod', '', 1, '{\"who\": 3}')");
	refuse("lock prod");
}
END_TEST

START_TEST(a_link_is_refused)
{
	struct loop *l = loop_new(NULL);
	char other[160];
	struct err e;

	snprintf(other, sizeof(other), "%s/other", dir);
	ck_assert_int_eq(symlink(other, path), 0);
	ck_assert_ptr_null(record_new(l, &(struct record_options){
	    .path = path, .trouble = troubled}, &e));
	ck_assert_int_eq(access(other, F_OK), -1);
	loop_free(l);
}
END_TEST

/* --- a disk that is full --------------------------------------------------- */

/* Files may grow no more, or as they like. */
static void
limit(bool on)
{
	struct rlimit r;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = on ? 1 : r.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void
fail_and_heal(struct desk *d, void (*full)(bool on))
{
	struct backup_verdict v = {.environment = "prod", .kind = "docmost",
		.name = "a.dump", .rung = RUNG_READ, .at = NOON};

	mark(d, "v1.3.2", MARK_GOOD, NULL);
	lock(d, "yan", "before");
	wait_answers(d, 2);
	ck_assert_ptr_null(d->error);
	full(true);
	mark(d, "v1.3.2", MARK_BAD, "no room");
	mark(d, "v1.4.0", MARK_BAD, "no room");
	lock(d, NULL, NULL);
	lock(d, "corentin", "after");
	record_verdict(d->r, &v);
	wait_answers(d, 6);
	ck_assert_ptr_nonnull(d->error);
	ck_assert_msg(strstr(d->error, path) != NULL, "%s", d->error);
	wait_trouble(d, true);
	/* As before, each of them. */
	ck_assert_uint_eq(d->m.mark_count, 1);
	ck_assert_int_eq(model_mark(&d->m, "v1.3.2")->word, MARK_GOOD);
	ck_assert_str_eq(the_lock(d)->who, "yan");
	ck_assert_str_eq(the_lock(d)->why, "before");
	full(false);
	/* Nobody asks: it is tried again. */
	wait_trouble(d, false);
	ck_assert_int_eq(d->answers, 6);
}

static void
check_healed(void)
{
	struct verdicts all = {0};
	struct desk d;

	open_desk(&d);
	ck_assert_uint_eq(d.m.mark_count, 1);
	ck_assert_int_eq(model_mark(&d.m, "v1.3.2")->word, MARK_GOOD);
	ck_assert_str_eq(the_lock(&d)->who, "yan");
	record_verdicts(d.r, "prod", take_verdict, &all);
	ck_assert_int_eq(all.count, 1);
	free(all.names);
	free(all.evidence);
	close_desk(&d);
}

START_TEST(what_cannot_be_written_is_undone)
{
	struct desk d;

	open_desk(&d);
	fail_and_heal(&d, limit);
	close_desk(&d);
	check_healed();
}
END_TEST

static void
fill(bool on)
{
	char name[160], block[4096] = {0};
	int fd;

	snprintf(name, sizeof(name), "%s/filler", dir);
	if (!on) {
		unlink(name);
		return;
	}
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
}

/* A file system of our own that is full: only for root, where it may mount. */
START_TEST(nor_on_a_full_disk)
{
	struct desk d;

	if (mount("tmpfs", dir, "tmpfs", 0, "size=256k") == -1)
		return;
	open_desk(&d);
	fail_and_heal(&d, fill);
	close_desk(&d);
	check_healed();
	umount2(dir, MNT_DETACH);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, marks_and_locks_survive);
	tcase_add_test(t, done_is_in_the_file);
	tcase_add_test(t, odd_texts_are_texts);
	tcase_add_test(t, verdicts_are_recalled);
	tcase_add_test(t, verdicts_in_memory_are_bounded);
	tcase_add_test(t, a_tenure_outlives_the_server);
	tcase_add_test(t, times_are_written_once_a_minute);
	tcase_add_test(t, an_environment_that_comes_back_has_its_past);
	tcase_add_test(t, what_is_old_and_not_among_the_newest_goes);
	tcase_add_test(t, no_database_is_refused);
	tcase_add_test(t, a_damaged_file_is_refused);
	tcase_add_test(t, half_a_file_is_refused);
	tcase_add_test(t, another_programs_file_is_refused);
	tcase_add_test(t, a_later_vigies_file_is_refused);
	tcase_add_test(t, an_entry_that_says_nothing_is_refused);
	tcase_add_test(t, a_link_is_refused);
	tcase_add_test(t, what_cannot_be_written_is_undone);
	tcase_add_test(t, nor_on_a_full_disk);
	suite_add_tcase(s, t);
	return unit_run(s);
}
