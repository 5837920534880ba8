/* Series of backups: sizes, gaps and what the judge says of them. */
#include "unit.h"

#include <math.h>

#include "base/alloc.h"
#include "model/judge.h"
#include "model/tables.h"

#define NOW INT64_C(1781499600000)	/* 2026-06-15T05:00:00Z */
#define HOUR INT64_C(3600000)
#define KIB 1024

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * "5:100 29:90!" is one of 100 KiB, 5 hours old, and one of 90 KiB that was
 * verified in vain. Then may follow: "+" fully read, "~" an obstacle that is
 * no verdict. "?" stands for an age or a size that is not known.
 */
static struct backup_series *
series_of(const char *items)
{
	struct backup_series *s = list_new(1, &backups_list);
	const char *w;

	s->kind = xstrdup("docmost");
	s->every_ms = 24 * HOUR;
	s->max_age_ms = 26 * HOUR;
	s->seen.used = true;
	s->seen.stale_after = HOUR;
	observation_ok(&s->seen, NOW);
	s->items = list_new(100, &backup_items_list);
	for (w = items; *w; w += strcspn(w, " "), w += strspn(w, " ")) {
		struct backup *b = &s->items[s->count];
		const char *size = strchr(w, ':') + 1, *mark;

		b->name = xasprintf("%zu", s->count++);
		if (*w != '?')
			b->taken_at = NOW - (int64_t)(strtod(w, NULL) * HOUR);
		b->bytes = *size == '?' ? -1 :
		    (int64_t)(strtod(size, NULL) * KIB);
		mark = size + strcspn(size, "!+~ ");
		if (*mark == '!' || *mark == '+')
			b->verified_at = NOW - HOUR;
		if (*mark == '!' || *mark == '~')
			b->failure = xstrdup("cut");
		if (*mark == '+')
			b->rung = RUNG_READ;
	}
	return s;
}

/* --- sizes and gaps ------------------------------------------------------- */

static const struct {
	const char *items;
	const char *sizes;	/* a letter each */
	int usual;		/* KiB; -1 */
	int gaps;
	double gap_age;		/* hours */
} shapes[] = {
	{"", "", -1, -1},
	{"5:100", "u", -1, 0},
	{"5:100 29:100", "uu", -1, 0},
	{"5:100 29:100 53:100", "puu", 100, 0},
	{"53:100 5:100 29:100", "puu", 100, 0},
	{"5:50 29:100 53:100", "puu", 100, 0},
	{"5:49 29:100 53:100", "suu", 100, 0},
	{"5:200 29:100 53:100", "puu", 100, 0},
	{"5:201 29:100 53:100", "luu", 100, 0},
	{"5:0 29:100 53:100", "euu", 100, 0},
	{"5:0", "e", -1, 0},
	{"5:0.06 29:100 53:100", "euu", 100, 0},
	{"5:0.07 29:100 53:100", "suu", 100, 0},
	{"5:? 29:100 53:100", "uuu", 100, 0},
	{"5:100 29:? 53:100 77:100", "puuu", 100, 0},
	{"5:100 29:0 53:0 77:0 101:100 125:100", "peeeuu", 100, 0},
	/* The median, not the mean, of seven, not of all. */
	{"5:100 29:100 53:100 77:9000 101:100 125:100 149:100 173:100 "
	    "197:900 221:900 245:900", "ppplsssspuu", 100, 0},
	{"5:100 29:80 53:100", "puu", 90, 0},
	{"5:100 53:100", "uu", -1, 1, 29},
	{"5:100 41:100", "uu", -1, 0},
	{"5:100 42:100", "uu", -1, 1, 29},
	{"5:100 101:100", "uu", -1, 3, 29},
	{"5:100 29:100 77:100 101:100 149:100", "pppuu", 100, 2, 53},
	{"5:100 6:100 29:100 30:100", "ppuu", 100, 0},
	{"5:100 ?:100", "uu", -1, 0},
};

START_TEST(test_shapes)
{
	static const char letters[] = {
		[SIZE_UNKNOWN] = 'u', [SIZE_PLAUSIBLE] = 'p',
		[SIZE_EMPTY] = 'e', [SIZE_SMALL] = 's', [SIZE_LARGE] = 'l',
	};
	struct backup_series *s = series_of(shapes[_i].items);
	size_t i;

	backup_series_finish(s);
	ck_assert_uint_eq(s->count, strlen(shapes[_i].sizes));
	ck_assert_int_eq(s->total, s->count);
	for (i = 0; i < s->count; i++) {
		ck_assert_int_eq(letters[s->items[i].size],
		    shapes[_i].sizes[i]);
		ck_assert_int_eq(s->items[i].rung,
		    s->items[i].size == SIZE_PLAUSIBLE ? RUNG_PLAUSIBLE :
		    RUNG_LISTED);
		if (i)
			ck_assert_int_le(s->items[i].taken_at,
			    s->items[i - 1].taken_at);
	}
	ck_assert_int_eq(s->usual_bytes, shapes[_i].usual < 0 ? -1 :
	    shapes[_i].usual * KIB);
	ck_assert_int_eq(s->gaps, shapes[_i].gaps);
	ck_assert_int_eq(s->gap_at, shapes[_i].gaps > 0 ?
	    NOW - (int64_t)(shapes[_i].gap_age * HOUR) : TIME_UNKNOWN);
	list_release(s, 1, &backups_list);
}
END_TEST

START_TEST(test_long)
{
	struct buf items = BUF_INIT(10000);
	struct backup_series *s;
	int i;

	for (i = 0; i < 66; i++)
		buf_addf(&items, "%d:100 ", 5 + 24 * i);
	s = series_of(buf_str(&items));
	s->total = 400;
	s->oldest_at = NOW - 9000 * HOUR;
	backup_series_finish(s);
	ck_assert_uint_eq(s->count, BACKUPS_MAX);
	ck_assert_int_eq(s->total, 400);
	ck_assert_int_eq(s->oldest_at, NOW - 9000 * HOUR);
	/* What was cut off has still been measured by. */
	ck_assert_int_eq(s->items[BACKUPS_MAX - 1].size, SIZE_PLAUSIBLE);
	list_release(s, 1, &backups_list);
	buf_release(&items);
}
END_TEST

START_TEST(test_rungs)
{
	struct backup_series *s = series_of("5:40 29:100 53:100+ 77:100 "
	    "101:100");

	backup_series_finish(s);
	/* A verdict is not lowered by a size. */
	ck_assert_int_eq(s->items[2].rung, RUNG_READ);
	ck_assert_ptr_eq(backup_newest(s, RUNG_LISTED), &s->items[0]);
	ck_assert_ptr_eq(backup_newest(s, RUNG_PLAUSIBLE), &s->items[1]);
	ck_assert_ptr_eq(backup_newest(s, RUNG_CHECKSUM), &s->items[2]);
	ck_assert_ptr_null(backup_newest(s, RUNG_RESTORED));
	list_release(s, 1, &backups_list);
}
END_TEST

/* --- judging -------------------------------------------------------------- */

#define STEADY " 29:100 53:100 77:100 101:100"

static const struct {
	const char *items;
	int keep;
	double seen;		/* hours ago; negative: never */
	const char *error;
	const char *expected;	/* status, and the reasons */
} judgements[] = {
	{"5:100" STEADY, -1, 0, NULL, "ok"},
	{"5:100", -1, 0, NULL, "ok"},
	{"", -1, 0, NULL, "crit: no backup of docmost"},
	/* not knowing */
	{"", -1, -1, NULL, "unknown"},
	{"", -1, -1, "no such bucket", "unknown: docmost backups cannot be "
	    "listed: no such bucket"},
	{"5:100" STEADY, -1, 0.5, "it failed", "ok"},
	{"5:100" STEADY, -1, 3, NULL, "unknown: docmost backups not listed "
	    "for 3 h"},
	{"500:0", -1, 72, "it failed", "unknown: docmost backups not listed "
	    "for 3 d: it failed"},
	/* age */
	{"26:100 50:100 74:100", -1, 0, NULL, "ok"},
	{"26.02:100 50:100 74:100", -1, 0, NULL,
	    "warn: docmost backup 26 h old"},
	{"51:100 75:100 99:100", -1, 0, NULL, "warn: docmost backup 2 d old"},
	{"52:100 76:100 100:100", -1, 0, NULL, "crit: docmost backup 2 d old"},
	{"800:100", -1, 0, NULL, "crit: docmost backup 33 d old"},
	{"-2:100 22:100", -1, 0, NULL, "ok"},
	{"?:100", -1, 0, NULL, "unknown: age of the docmost backup is not "
	    "known"},
	/* size */
	{"5:0" STEADY, -1, 0, NULL, "crit: docmost backup is empty"},
	{"5:49" STEADY, -1, 0, NULL, "warn: docmost backup has 49 % of its "
	    "usual size"},
	{"5:340" STEADY, -1, 0, NULL, "warn: docmost backup has 340 % of its "
	    "usual size"},
	{"5:?" STEADY, -1, 0, NULL, "ok"},
	{"5:100 29:0 53:100 77:100 101:100", -1, 0, NULL, "ok"},
	/* verified */
	{"5:100+" STEADY, -1, 0, NULL, "ok"},
	{"5:100!" STEADY, -1, 0, NULL, "crit: docmost backup fails its "
	    "verification: cut"},
	{"5:100 29:100! 53:100+ 77:100 101:100", -1, 0, NULL, "warn: docmost "
	    "backup fails its verification: cut"},
	{"5:100 29:100+ 53:100! 77:100 101:100", -1, 0, NULL, "ok"},
	{"5:100~" STEADY, -1, 0, NULL, "ok"},
	/* gaps: told for two rounds */
	{"5:100 53:100 77:100", -1, 0, NULL, "warn: 1 missing among the "
	    "docmost backups"},
	{"5:100 29:100 77:100", -1, 0, NULL, "warn: 1 missing among the "
	    "docmost backups"},
	{"5:100 29:100 53:100 101:100", -1, 0, NULL, "ok"},
	{"5:100 125:100 149:100", -1, 0, NULL, "warn: 4 missing among the "
	    "docmost backups"},
	/* retention */
	{"5:100" STEADY, 5, 0, NULL, "ok"},
	{"5:100" STEADY, 14, 0, NULL, "warn: only 5 of the docmost backups "
	    "are kept"},
	/* several: the worst first */
	{"30:0 102:100 126:100 150:100", 14, 0, NULL, "crit: docmost backup "
	    "is empty; docmost backup 30 h old; 2 missing among the docmost "
	    "backups; only 4 of the docmost backups are kept"},
};

static char *
said(const struct backup_series *s)
{
	struct buf b = BUF_INIT(100000);
	size_t i;

	buf_adds(&b, status_name(s->status));
	for (i = 0; i < s->causes.count; i++) {
		buf_adds(&b, i ? "; " : ": ");
		cause_text_english(&s->causes.items[i], &b);
	}
	return buf_detach(&b);
}

START_TEST(test_judgements)
{
	struct backup_series *s = series_of(judgements[_i].items);
	char *text;

	s->keep = judgements[_i].keep;
	s->seen.observed_at = judgements[_i].seen < 0 ? TIME_UNKNOWN :
	    NOW - (int64_t)(judgements[_i].seen * HOUR);
	xstrset(&s->seen.error, judgements[_i].error);
	backup_series_finish(s);
	backup_judge(s, NOW);
	text = said(s);
	ck_assert_str_eq(text, judgements[_i].expected);
	free(text);
	/* Nothing new, nothing told. */
	ck_assert(!backup_judge(s, NOW));
	list_release(s, 1, &backups_list);
}
END_TEST

START_TEST(test_ages)
{
	struct backup_series *s = series_of("5:100" STEADY);

	s->seen.stale_after = 0;
	backup_series_finish(s);
	ck_assert(backup_judge(s, NOW));
	ck_assert_int_eq(s->status, STATUS_OK);
	ck_assert(!backup_judge(s, NOW + 21 * HOUR));
	ck_assert(backup_judge(s, NOW + 22 * HOUR));
	ck_assert_int_eq(s->status, STATUS_WARN);
	/* A minute is not shown, so it is no news. */
	ck_assert(!backup_judge(s, NOW + 22 * HOUR + HOUR / 60));
	ck_assert(backup_judge(s, NOW + 23 * HOUR));
	ck_assert(backup_judge(s, NOW + 50 * HOUR));
	ck_assert_int_eq(s->status, STATUS_CRIT);
	list_release(s, 1, &backups_list);
}
END_TEST

/* Only the last run that passed counts, and only where it tests. */
START_TEST(test_credit)
{
	struct environment *env;
	struct model m;
	struct workflow *w;
	size_t i;

	model_init(&m);
	for (i = 0; i < 2; i++) {
		env = model_add_environment(&m, i ? "prod" : "staging");
		env->production = i == 1;
		env->backups = series_of("5:100" STEADY);
		env->backup_count = 1;
		env->changes = 0;
	}
	w = m.pipelines.workflows = list_new(1, &workflows_list);
	m.pipelines.workflow_count = 1;
	w->file = xstrdup("nightly.yml");
	w->role = WORKFLOW_BACKUP_TEST;
	w->runs = list_new(2, &runs_list);
	w->run_count = 2;
	w->runs[0].state = RUN_FAILURE;
	w->runs[1].state = RUN_SUCCESS;
	w->runs[1].number = 7;
	w->runs[1].updated_at = NOW - HOUR;
	backups_credit(&m);
	ck_assert_str_eq(env->backups[0].tested_by, "nightly.yml #7");
	ck_assert_int_eq(env->backups[0].tested_at, NOW - HOUR);
	ck_assert_uint_eq(env->changes, CHANGE_BACKUPS);
	ck_assert_ptr_null(m.environments[0].backups[0].tested_by);
	env->changes = 0;
	backups_credit(&m);
	ck_assert_uint_eq(env->changes, 0);
	w->environment = xstrdup("staging");
	backups_credit(&m);
	ck_assert_str_eq(m.environments[0].backups[0].tested_by,
	    "nightly.yml #7");
	model_release(&m);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("backup");
	TCase *tc = tcase_create("backup");

	tcase_add_loop_test(tc, test_shapes, 0, COUNT(shapes));
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_rungs);
	tcase_add_loop_test(tc, test_judgements, 0, COUNT(judgements));
	tcase_add_test(tc, test_ages);
	tcase_add_test(tc, test_credit);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
