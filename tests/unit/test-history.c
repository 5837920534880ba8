/* The history: what is kept, what is let go, and a disk that says no. */
#include "unit.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "server/history-db.h"
#include "server/history.h"

#define DEADLINE_MS 5000
#define MINUTE INT64_C(60000)
#define NOON (INT64_C(1781524800000))	/* 2026-06-15T12:00:00Z */

static const struct history_key cpu = {"prod", "host", "cpu"};
static char dir[64], path[128];

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/vigie-history-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/history.db", dir);
}

static void
teardown(void)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".damaged"};
	char name[160];
	size_t i;

	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(dir);
}

START_TEST(averages_leave_gaps_unknown)
{
	struct history_db *d = history_db_new(path, INT64_MAX, INT64_MAX);
	double values[4];
	struct err e;

	ck_assert_int_eq(history_db_begin(d, &e), 0);
	history_db_write(d, HISTORY_MINUTE, &cpu, NOON, 10, &e);
	history_db_write(d, HISTORY_MINUTE, &cpu, NOON + MINUTE, 20, &e);
	history_db_write(d, HISTORY_MINUTE, &cpu, NOON + 3 * MINUTE, 50, &e);
	ck_assert_int_eq(history_db_commit(d, &e), 0);
	ck_assert_int_eq(history_db_averages(d, &cpu, NOON, NOON + 8 * MINUTE,
	    values, 4, &e), 0);
	ck_assert_double_eq(values[0], 15);
	ck_assert_double_eq(values[1], 50);
	ck_assert(isnan(values[2]));
	ck_assert(isnan(values[3]));
	history_db_free(d);
}
END_TEST

START_TEST(recent_samples_come_oldest_first)
{
	struct history_db *d = history_db_new(path, INT64_MAX, INT64_MAX);
	double values[2];
	int n = 2, i;
	struct err e;

	ck_assert_int_eq(history_db_begin(d, &e), 0);
	for (i = 0; i < 5; i++)
		history_db_write(d, HISTORY_RECENT, &cpu, NOON + i * 5000, i,
		    &e);
	ck_assert_int_eq(history_db_commit(d, &e), 0);
	ck_assert_int_eq(history_db_recent(d, &cpu, NOON, NOON + MINUTE,
	    values, &n, &e), 0);
	ck_assert_int_eq(n, 2);
	ck_assert_double_eq(values[0], 3);
	ck_assert_double_eq(values[1], 4);
	history_db_free(d);
}
END_TEST

START_TEST(size_is_bounded)
{
	struct history_db *d = history_db_new(path, INT64_MAX / 2, 200 * 1024);
	struct history_key k = {"prod", "service:x", "cpu"};
	double values[1];
	struct err e;
	struct stat st;
	int i;

	ck_assert_int_eq(history_db_begin(d, &e), 0);
	for (i = 0; i < 40000; i++)
		history_db_write(d, HISTORY_MINUTE, &k, NOON + i * MINUTE, i,
		    &e);
	ck_assert_int_eq(history_db_commit(d, &e), 0);
	ck_assert_int_eq(history_db_prune(d, NOON + 40000 * MINUTE, &e), 0);
	/* The newest is still there, the oldest is not. */
	history_db_averages(d, &k, NOON + 39999 * MINUTE, NOON + 40000 *
	    MINUTE, values, 1, &e);
	ck_assert_double_eq(values[0], 39999);
	history_db_averages(d, &k, NOON, NOON + MINUTE, values, 1, &e);
	ck_assert(isnan(values[0]));
	history_db_free(d);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_le(st.st_size, 220 * 1024);
}
END_TEST

START_TEST(age_is_bounded)
{
	struct history_db *d = history_db_new(path, 10 * MINUTE, INT64_MAX);
	double values[1];
	struct err e;

	ck_assert_int_eq(history_db_begin(d, &e), 0);
	history_db_write(d, HISTORY_MINUTE, &cpu, NOON, 1, &e);
	ck_assert_int_eq(history_db_commit(d, &e), 0);
	ck_assert_int_eq(history_db_prune(d, NOON + 11 * MINUTE, &e), 0);
	history_db_averages(d, &cpu, NOON, NOON + MINUTE, values, 1, &e);
	ck_assert(isnan(values[0]));
	history_db_free(d);
}
END_TEST

START_TEST(a_damaged_file_is_set_aside)
{
	struct history_db *d = history_db_new(path, INT64_MAX, INT64_MAX);
	char aside[160];
	struct err e;

	snprintf(aside, sizeof(aside), "%s.damaged", path);
	ck_assert_int_eq(files_write(path, "this is no database, is it?", 27,
	    0600, &e), 0);
	ck_assert_int_eq(history_db_begin(d, &e), 0);
	ck_assert_int_eq(history_db_commit(d, &e), 0);
	ck_assert_int_eq(access(aside, F_OK), 0);
	history_db_free(d);
}
END_TEST

/* --- through the loop ------------------------------------------------------ */

struct answer {
	bool came;
	double values[10];
	int count;
	char *error, *trouble;
};

static void
answered(void *arg, const double *values, int count, const char *error)
{
	struct answer *a = arg;

	a->came = true;
	a->count = count;
	memcpy(a->values, values, count * sizeof(*values));
	a->error = xstrdup_or_null(error);
}

static void
troubled(void *arg, const char *text)
{
	struct answer *a = arg;

	xstrset(&a->trouble, text);
}

static struct history *
open_history(struct loop *l, struct answer *a, const char *where)
{
	return history_new(l, &(struct history_options){
	    .path = where, .age_ms = 30 * 24 * 60 * MINUTE,
	    .max_bytes = 1 << 20, .trouble = troubled, .arg = a}, NULL);
}

START_TEST(samples_are_averaged_by_minute)
{
	struct loop *l = loop_new(NULL);
	struct answer a = {0};
	struct history *h = open_history(l, &a, path);
	int64_t now = clock_wall() / MINUTE * MINUTE, end;

	history_add(h, "prod", "service:docmost", "cpu", now - 2 * MINUTE, 10);
	/* A second value for the same instant is not a second sample. */
	history_add(h, "prod", "service:docmost", "cpu", now - 2 * MINUTE, 90);
	history_add(h, "prod", "service:docmost", "cpu",
	    now - 2 * MINUTE + 5000, 30);
	history_add(h, "prod", "service:docmost", "cpu", now - MINUTE, NAN);
	history_flush(h, now);
	history_ask(h, &(struct history_query){
	    .environment = "prod", .subject = "service:docmost",
	    .metric = "cpu", .from = now - 2 * MINUTE, .to = now,
	    .points = 2}, answered, &a);
	end = clock_mono() + DEADLINE_MS;
	while (!a.came && clock_mono() < end)
		loop_turn(l, 50);
	ck_assert(a.came);
	ck_assert_ptr_null(a.error);
	ck_assert_int_eq(a.count, 2);
	ck_assert_double_eq(a.values[0], 20);
	ck_assert(isnan(a.values[1]));
	ck_assert_ptr_null(a.trouble);
	history_free(h);
	loop_free(l);
}
END_TEST

START_TEST(a_disk_that_says_no_is_reported_and_heals)
{
	struct loop *l = loop_new(NULL);
	struct answer a = {0};
	char below[160], file[192];
	struct history *h;
	int64_t end = clock_mono() + DEADLINE_MS;

	snprintf(below, sizeof(below), "%s/missing", dir);
	snprintf(file, sizeof(file), "%s/history.db", below);
	h = open_history(l, &a, file);
	history_add(h, "prod", "host", "cpu", clock_wall(), 10);
	history_flush(h, clock_wall());
	while (!a.trouble && clock_mono() < end)
		loop_turn(l, 50);
	ck_assert_ptr_nonnull(a.trouble);
	ck_assert_ptr_nonnull(strstr(a.trouble, file));
	ck_assert_int_eq(mkdir(below, 0700), 0);
	history_add(h, "prod", "host", "cpu", clock_wall(), 10);
	history_flush(h, clock_wall());
	while (a.trouble && clock_mono() < end)
		loop_turn(l, 50);
	ck_assert_ptr_null(a.trouble);
	history_free(h);
	loop_free(l);
	unlink(file);
	rmdir(below);
}
END_TEST

START_TEST(an_answer_nobody_wants_is_dropped)
{
	struct loop *l = loop_new(NULL);
	struct answer unwanted = {0}, wanted = {0};
	struct history *h = open_history(l, &unwanted, path);
	struct history_query q = {.environment = "prod", .subject = "host",
				  .metric = "cpu", .from = 0, .to = 1000,
				  .points = 1};
	int64_t end = clock_mono() + DEADLINE_MS;
	int id = history_ask(h, &q, answered, &unwanted);

	history_forget(h, id);
	history_ask(h, &q, answered, &wanted);
	while (!wanted.came && clock_mono() < end)
		loop_turn(l, 50);
	ck_assert(wanted.came);
	ck_assert(!unwanted.came);
	history_free(h);
	loop_free(l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("history");
	TCase *t = tcase_create("history");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, averages_leave_gaps_unknown);
	tcase_add_test(t, recent_samples_come_oldest_first);
	tcase_add_test(t, size_is_bounded);
	tcase_add_test(t, age_is_bounded);
	tcase_add_test(t, a_damaged_file_is_set_aside);
	tcase_add_test(t, samples_are_averaged_by_minute);
	tcase_add_test(t, a_disk_that_says_no_is_reported_and_heals);
	tcase_add_test(t, an_answer_nobody_wants_is_dropped);
	suite_add_tcase(s, t);
	return unit_run(s);
}
