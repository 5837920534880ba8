/* backup and restore as steps of runs: which backup, which database, what is
 * said of them, and what a second look finds after the program was killed.
 * PostgreSQL's tools are stand-ins; test-restore.c has the real ones. */
#include "unit.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "model/tables.h"
#include "run/engine.h"
#include "run/verb-table.h"

static struct loop *loop;
static struct children *children;
static struct model model;
static struct world world;
static struct engine *engine;
static char *top, *tools;
static char *kept;
static struct buf output;

/* Databases are what the file `have` says; `hit` says at which tool the group is
 * killed, and what there is then. */
static const char tool[] =
"#!/bin/sh\n"
"top=${0%/*}\n"
"echo \"$*\" >>\"$top/calls\"\n"
"read -r at then <\"$top/hit\"\n"
"if [ \"$1\" = \"$at\" ]; then\n"
"	echo \"$then\" >\"$top/have\"\n"
"	echo none >\"$top/hit\"\n"
"	kill -s KILL 0\n"
"fi\n"
"case \"$*\" in\n"
"*'case datname'*) have=$(cat \"$top/have\") || exit 1\n"
"	printf '%s\\n' $have ;;\n"
"*'split_part(shobj'*) echo a-backup ;;\n"
"*pg_dump*) echo PGDMP ;;\n"
"*) cat >/dev/null ;;\n"
"esac\n";

static struct conf_backup series[] = {
	{.kind = "hub", .format = "pg_dump", .verify_query = "select 7"},
	{.kind = "bucket", .s3_url = "https://s3.example", .format = "pg_dump"},
	{.kind = "files", .directory = "/srv", .format = "tar"},
};
static struct conf_environment place = {
	.name = "prod", .backups = series, .backup_count = 3,
};
static struct conf conf = {.environments = &place, .environment_count = 1};

static void
keep(void *arg, const struct run *run, const char *kind, const char *step,
    const char *text, const char *state, engine_kept_fn *done, void *done_arg)
{
	(void)arg;
	(void)run;
	(void)kind;
	(void)step;
	(void)text;
	xstrset(&kept, state);
	done(done_arg, NULL);
}

static void
keep_output(void *arg, const char *run_id, const char *step, const char *data,
    size_t len)
{
	(void)arg;
	(void)run_id;
	(void)step;
	buf_add(&output, data, len);
}

static void
changed(void *arg)
{
	(void)arg;
}

static void
put(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", top, name);

	ck_assert_int_eq(files_write(path, text, strlen(text), 0700, NULL), 0);
	free(path);
}

static void
add_backup(struct backup_series *b, const char *name, enum rung rung,
    const char *when)
{
	struct backup *n;

	b->items = xreallocarray(b->items, b->count + 1, sizeof(*b->items));
	n = &b->items[b->count++];
	*n = (struct backup){.name = xstrdup(name), .rung = rung,
	    .verified_at = TIME_UNKNOWN, .bytes = -1};
	ck_assert_int_eq(clock_parse_rfc3339(when, &n->taken_at), 0);
}

static void
add_series(void)
{
	struct environment *env = model_add_environment(&model, "prod");

	env->backups = xcalloc(1, sizeof(*env->backups));
	env->backup_count = 1;
	env->backups[0].kind = xstrdup("hub");
	add_backup(env->backups, "before-x-hub.dump", RUNG_READ,
	    "2026-11-25T22:00:00Z");
	add_backup(env->backups, "hub-3.dump", RUNG_CHECKSUM,
	    "2026-11-25T18:28:00Z");
	add_backup(env->backups, "hub-2.dump", RUNG_RESTORED,
	    "2026-11-24T18:28:00Z");
	add_backup(env->backups, "hub-1.dump", RUNG_READ,
	    "2026-11-23T18:28:00Z");
}

static void
setup(void)
{
	char name[] = "/tmp/vigie-test-verb-restore-XXXXXX";

	setenv("TZ", "UTC", 1);
	tzset();
	top = xstrdup(mkdtemp(name));
	setenv("XDG_STATE_HOME", top, 1);
	tools = xasprintf("sh %s/tool", top);
	put("tool", tool);
	put("have", "old\n");
	put("hit", "none\n");
	put("hub-2.dump", "PGDMP");
	put("hub-1.dump", "PGDMP");
	series[0].directory = top;
	series[0].verify_tools = tools;
	loop = loop_new(NULL);
	children = children_new(loop, NULL);
	model_init(&model);
	add_series();
	world = (struct world){.loop = loop, .children = children,
	    .model = &model, .run_dir = top};
	buf_init(&output, 1 << 20);
	engine = engine_new(&(struct engine_options){
		.world = &world, .conf = &conf, .keep = keep,
		.keep_output = keep_output, .changed = changed,
	});
}

static void
teardown(void)
{
	const char *argv[] = {"rm", "-rf", top, NULL};
	pid_t pid;

	engine_free(engine);
	model_release(&model);
	children_free(children);
	loop_free(loop);
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], (char **)argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	free(top);
	free(tools);
	xstrset(&kept, NULL);
	buf_release(&output);
}

static struct book *
book(const char *step)
{
	struct verb_shape *shapes = verb_shapes(verbs);
	struct buf errors = BUF_INIT(1 << 16);
	char *text = xasprintf("title: t\nenvironments: ['*']\nsteps:\n"
	    "- id: a\n  %s\n", step);
	struct book *b = book_parse(text, strlen(text), "/x/go.yaml", shapes,
	    &errors);

	ck_assert_msg(b != NULL, "%s", buf_str(&errors));
	free(text);
	free(shapes);
	buf_release(&errors);
	return b;
}

static struct run_step *
step(void)
{
	return &model.runs[0].steps[0];
}

static bool
rests(void)
{
	enum phase p = model.runs[0].phase;

	return phase_ended(p) || p == PHASE_UNKNOWN;
}

static void
late(void *arg)
{
	*(bool *)arg = true;
}

static void
until_rests(void)
{
	bool over = false;
	struct loop_timer *t = loop_timer(loop, 60000, late, &over);

	while (!rests() && !over)
		loop_turn(loop, -1);
	ck_assert_msg(!over, "%s: %s", phase_name(step()->phase),
	    step()->doing ? step()->doing : "");
	loop_timer_cancel(t);
}

static void
run(const char *text, enum phase phase, const char *error)
{
	struct err e = {""};

	ck_assert_msg(engine_run(engine, &(struct engine_start){
		.book = book(text), .environment = "prod", .who = "yan",
	    }, &e) != NULL, "%s", e.text);
	until_rests();
	ck_assert_msg(step()->phase == phase, "%s, expected %s: %s\n%s",
	    phase_name(step()->phase), phase_name(phase), step()->error ?
	    step()->error : "", buf_str(&output));
	if (error)
		ck_assert_msg(step()->error && strstr(step()->error, error),
		    "'%s' has no '%s'", step()->error ? step()->error : "",
		    error);
}

/* --- which -------------------------------------------------------------- */

#define HUB "restore: {kind: hub, database: hub"

static const struct {
	const char *step, *error;
} refusals[] = {
	{"restore: {kind: nothing, database: hub}",
	    "prod has no backups of the kind 'nothing' in the configuration"},
	{"restore: {kind: bucket, database: hub}",
	    "the backups bucket lie in no directory of the host"},
	{"restore: {kind: files, database: hub}", "format is tar"},
	{"backup: {kind: files, database: hub}", "format is tar"},
	{"restore: {kind: hub, database: postgres}",
	    "'postgres' is no name of a database that can be swapped"},
	{"restore: {kind: hub, database: \"h'; drop\"}", "is no name of a data"},
	{HUB ", owner: \"o' \"}", "is no name of a role"},
	{HUB ", backup: ../x.dump}", "'../x.dump' is no name of a backup"},
	{HUB ", taken_before: yesterday}", "'yesterday' is no time"},
	{HUB ", taken_before: '2026-11-20T00:00:00Z'}",
	    "no backup of hub before 2026-11-20T00:00:00Z is known to be "
	    "readable"},
	{HUB ", backup: hub-9.dump}", "hub-9.dump is not in "},
};

START_TEST(test_refused)
{
	run(refusals[_i].step, PHASE_FAILED, refusals[_i].error);
}
END_TEST

static const struct {
	const char *step, *chosen;
} choices[] = {
	{HUB, "reads hub-2.dump to its end; what was written after 2026-11-24 "
	    "18:28 is lost\n"},
	{HUB ", backup: hub-1.dump", "reads hub-1.dump to its end; what was "
	    "written after 2026-11-23 18:28 is lost\n"},
	{HUB ", taken_before: '2026-11-24T00:00:00Z'",
	    "reads hub-1.dump to its end; "},
};

/* The stand-ins have no rows: it goes no further. */
START_TEST(test_choice)
{
	char *text = xasprintf("%s}", choices[_i].step);

	run(text, PHASE_FAILED, "it restores, but has no rows");
	ck_assert_msg(strstr(buf_str(&output), choices[_i].chosen) != NULL,
	    "%s", buf_str(&output));
	free(text);
}
END_TEST

/* --- a second look ------------------------------------------------------ */

static const struct {
	const char *step, *hit;
	enum phase phase;
	const char *error;
} looks[] = {
	{HUB "}", "pg_restore old\n", PHASE_FAILED,
	    "killed by signal 9; hub is as it was, and nothing is restored"},
	{HUB "}", "pg_restore making old\n", PHASE_FAILED, "hub is as it was; "
	    "hub_restoring_"},
	{HUB "}", "pg_restore ready old\n", PHASE_FAILED, " is restored and "
	    "not swapped: a retry swaps it"},
	{HUB ", part: restore}", "pg_restore ready old\n", PHASE_DONE, NULL},
	{HUB "}", "pg_restore new before\n", PHASE_DONE, NULL},
	{HUB "}", "pg_restore ready before\n", PHASE_FAILED,
	    "there is no hub now: a retry gives hub_restored_"},
	{HUB "}", "pg_restore\n", PHASE_FAILED, "there is no hub"},
	{"backup: {kind: hub, database: hub}", "pg_dump old\n", PHASE_FAILED,
	    "killed by signal 9; there is no whole before-go-prod-"},
};

START_TEST(test_look)
{
	put("hit", looks[_i].hit);
	run(looks[_i].step, looks[_i].phase, looks[_i].error);
}
END_TEST

/* Nobody can tell: that is unknown, and not a failure. */
START_TEST(test_look_unknown)
{
	char *path = xasprintf("%s/have", top);

	unlink(path);
	free(path);
	run(HUB "}", PHASE_UNKNOWN, "nobody knows what hub is");
}
END_TEST

static void
is_gone(const char *name)
{
	const char *argv[] = {"sh", "-c", "rm -rf \"$1\"/vigie-jobs/*", "sh",
	    name, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], (char **)argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* The host has lost the job, and what the job did is there. */
START_TEST(test_recall)
{
	char *state;
	struct err e = {""};

	put("tool", "#!/bin/sh\necho begun >>\"${0%/*}/calls\"\nsleep 300\n");
	ck_assert(engine_run(engine, &(struct engine_start){
		.book = book(HUB "}"), .environment = "prod", .who = "yan",
	    }, &e) != NULL);
	while (!step()->doing)
		loop_turn(loop, -1);
	state = xstrdup(kept);
	engine_free(engine);
	is_gone(top);
	put("tool", tool);
	put("have", "new before\n");
	model_release(&model);
	model_init(&model);
	add_series();
	engine = engine_new(&(struct engine_options){
		.world = &world, .conf = &conf, .keep = keep,
		.keep_output = keep_output, .changed = changed,
	});
	ck_assert_msg(engine_recall(engine, state, &e) == 0, "%s", e.text);
	until_rests();
	ck_assert_int_eq(step()->phase, PHASE_DONE);
	ck_assert_ptr_nonnull(strstr(step()->doing, "hub has what"));
	free(state);
}
END_TEST

START_TEST(test_backup)
{
	run("backup: {kind: hub, database: hub}", PHASE_DONE, NULL);
	ck_assert_ptr_nonnull(strstr(step()->doing, "hub is kept as it is in "));
	ck_assert_ptr_nonnull(strstr(step()->doing, "/before-go-prod-"));
}
END_TEST

/* --- paper -------------------------------------------------------------- */

START_TEST(test_paper)
{
	struct buf b = BUF_INIT(1 << 16);
	struct err e = {""};
	struct book *k = book(HUB ", backup: hub-20261123T182800Z.dump}");

	series[0].verify_tools = "docker exec -i pg";
	series[0].directory = "/srv/it's";
	ck_assert_msg(engine_paper_start(&conf, &(struct engine_start){
		.book = k, .environment = "prod", .who = "yan",
	    }, &b, &e) == 0, "%s", e.text);
	ck_assert_str_eq(buf_str(&b), "# t (prod)\n\n# 1. a\n"
	    "# (restore, at most 1h00m)\n"
	    "# what was written to hub after 2026-11-23 18:28 is lost\n"
	    "cd '/srv/it'\\''s'\n"
	    "sha256sum -c hub-20261123T182800Z.dump.sha256\n"
	    "docker exec -i pg pg_restore -f /dev/null "
	    "<hub-20261123T182800Z.dump\n"
	    "docker exec -i pg createdb -T template0 -O \"$(docker exec -i pg "
	    "psql -X -d postgres -Atc \"select pg_get_userbyid(datdba) from "
	    "pg_database where datname = 'hub'\" </dev/null)\" "
	    "hub_restored_paper\n"
	    "docker exec -i pg pg_restore -d hub_restored_paper "
	    "--exit-on-error <hub-20261123T182800Z.dump\n"
	    "docker exec -i pg psql -X -d hub_restored_paper -Atc "
	    "'select 7'\n# must answer, and not 0\n"
	    "docker exec -i pg psql -X -d postgres -c \"select "
	    "pg_terminate_backend(pid) from pg_stat_activity where datname = "
	    "'hub'\"\n"
	    "docker exec -i pg psql -X -d postgres -c 'alter database \"hub\" "
	    "rename to \"hub_before_paper\"; alter database "
	    "\"hub_restored_paper\" rename to \"hub\"'\n"
	    "# what was there is kept as hub_before_paper; to swap back, while "
	    "nothing uses it:\n"
	    "# docker exec -i pg psql -X -d postgres -c 'alter database \"hub\" "
	    "rename to \"hub_undone_paper\"; alter database "
	    "\"hub_before_paper\" rename to \"hub\"'\n");
	book_free(k);
	buf_release(&b);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("verb-restore");
	TCase *t = tcase_create("verb-restore");

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, test_refused, 0, COUNT(refusals));
	tcase_add_loop_test(t, test_choice, 0, COUNT(choices));
	tcase_add_loop_test(t, test_look, 0, COUNT(looks));
	tcase_add_test(t, test_look_unknown);
	tcase_add_test(t, test_recall);
	tcase_add_test(t, test_backup);
	tcase_add_test(t, test_paper);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
