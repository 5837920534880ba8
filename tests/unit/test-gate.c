/* The gate: what is planned, what may be confirmed, and every refusal, which is
 * journalled. The runs' steps wait for a person, so that nothing is done. */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "model/model.h"
#include "model/release.h"
#include "server/gate.h"

#define DEADLINE_MS 20000
#define NOW (INT64_C(1781524800000))	/* 2026-06-15T12:00:00Z */
#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define D "cccccccddddddddddddddddddddddddddddddddd"

static const char config[] =
    "project: hub\n"
    "environments:\n"
    "  local: {engine: /none}\n"
    "  staging: {engine: /none, ssh: staging, compose_project: hub,\n"
    "    values: [{name: site, value: blue}, {name: other, value: x}]}\n"
    "  prod: {engine: /none, ssh: prod, production: true}\n";

static const char *const plain[] = {"deploy-local", "deploy-staging",
	"deploy-prod-ssh", "rollback-ssh"};

static char dir[64], books[96], journal_path[128];
static struct loop *loop;
static struct conf *conf;
static struct journal *journal;
static struct model model;
static struct world world;
static struct engine *engine;
static struct gatekeeper *gate;
static const char *code;
static struct err err;

static struct gate_person operator = {.peer = 7, .uid = 1000,
	.name = "corentin", .tty = "/dev/pts/3", .role = ROLE_OPERATOR};
static struct gate_person other = {.peer = 8, .uid = 1001, .name = "yan",
	.role = ROLE_OPERATOR};
static struct gate_person viewer = {.peer = 9, .uid = 1002, .name = "eve",
	.role = ROLE_VIEWER};

/* --- the stage ----------------------------------------------------------- */

static void
keep(void *arg, const struct run *run, const char *kind, const char *step,
    const char *text, const char *state, engine_kept_fn *done, void *done_arg)
{
	(void)arg;
	(void)run;
	(void)kind;
	(void)step;
	(void)text;
	(void)state;
	done(done_arg, NULL);
}

static void
changed(void *arg)
{
	(void)arg;
}

static void
write_book(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s.yaml", books, name);

	ck_assert_int_eq(files_write(path, text, strlen(text), 0600, &err), 0);
	free(path);
}

static struct environment *
env(const char *name)
{
	return model_environment(&model, name);
}

static void
fill_model(void)
{
	static const char *const tags[] = {"v1.0.0", "v1.1.0", "v1.2.0"};
	static const char *const commits[] = {A, B, C};
	struct release *items = xcalloc(3, sizeof(*items));
	size_t i;

	model_init(&model);
	for (i = 0; i < conf->environment_count; i++) {
		const struct conf_environment *c = &conf->environments[i];
		struct environment *e = model_add_environment(&model,
		    c->name);

		e->production = c->production;
		xstrset(&e->version.commit, B);
		xstrset(&e->version.tag, "v1.1.0");
	}
	for (i = 0; i < 3; i++)
		items[i] = (struct release){.tag = xstrdup(tags[i]),
			.commit = xstrdup(commits[i]), .date = (int64_t)i};
	releases_finish(&model.releases, items, 3);
	xstrset(&model.releases.head, D);
}

static void
ready(const char *name)
{
	struct readiness *r = &env(name)->readiness;

	r->used = true;
	r->word = READINESS_READY;
	xstrset(&r->target, "v1.0.0");
	xstrset(&r->target_commit, A);
}

static void
add_check(const char *name, enum readiness_code c, enum status status,
    const char *text)
{
	struct readiness *r = &env(name)->readiness;

	r->checks = xreallocarray(r->checks, r->check_count + 1,
	    sizeof(*r->checks));
	r->checks[r->check_count++] = (struct readiness_check){c, status,
	    xstrdup(text), NOW};
}

static void
open_gate(void)
{
	gate = gate_new(&(struct gate_options){.engine = engine,
	    .journal = journal, .model = &model, .conf = conf,
	    .site_books = books, .shipped_books = NULL});
}

static void
setup(void)
{
	struct buf errors = BUF_INIT(4096);
	size_t i;

	snprintf(dir, sizeof(dir), "/tmp/vigie-gate-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(books, sizeof(books), "%s/books", dir);
	ck_assert_int_eq(mkdir(books, 0700), 0);
	snprintf(journal_path, sizeof(journal_path), "%s/journal.db", dir);
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		write_book(plain[i], "title: \"{environment} gets {version}\"\n"
		    "environments: [\"*\"]\nestimate: 2m\n"
		    "parameters: {site: {title: t, default: none}}\n"
		    "steps:\n  - id: look\n    title: look at {version}\n"
		    "    manual: look at {site}\n");
	conf = conf_parse(config, strlen(config), "vigie.yaml", &errors);
	ck_assert_msg(conf != NULL, "%s", buf_str(&errors));
	buf_release(&errors);
	loop = loop_new(NULL);
	journal = journal_new(loop, &(struct journal_options){
	    .path = journal_path}, &err);
	ck_assert_ptr_nonnull(journal);
	fill_model();
	world = (struct world){.loop = loop, .model = &model};
	engine = engine_new(&(struct engine_options){.world = &world,
	    .conf = conf, .keep = keep, .changed = changed});
	open_gate();
	operator.role = ROLE_OPERATOR;
}

static void
teardown(void)
{
	gate_free(gate);
	engine_free(engine);
	journal_free(journal);
	model_release(&model);
	loop_free(loop);
	conf_free(conf);
	files_empty_directory(books);
	rmdir(books);
	files_empty_directory(dir);
	rmdir(dir);
}

static struct json *
plan_of(const struct gate_request *r)
{
	code = NULL;
	return gate_plan(gate, &operator, r, NOW, &code, &err);
}

static struct json *
plan(enum gate_act act, const char *name, const char *version)
{
	return plan_of(&(struct gate_request){.act = act, .environment = name,
	    .version = version});
}

static const char *
text(const struct json *p, const char *key)
{
	return json_text(json_get(p, key), NULL);
}

/* Whether a list has a sentence with that in it. */
static bool
has(const struct json *p, const char *list, const char *part)
{
	const struct json *v;

	for (v = json_first(json_get(p, list)); v; v = json_next(v))
		if (strstr(json_text(v, ""), part))
			return true;
	return false;
}

static const char *
confirm(const struct json *p, const struct gate_person *who, const char *word,
    const char *reason, int64_t now)
{
	ck_assert_ptr_nonnull(p);
	code = NULL;
	return gate_confirm(gate, who, text(p, "id"), word, reason, now,
	    &code, &err);
}

static struct json *entries;

static void
answered(void *arg, const struct json *answer, const char *error)
{
	(void)arg;
	ck_assert_ptr_null(error);
	entries = json_copy(answer);
}

/* The newest entry is of that kind and says that. */
static void
journalled(const char *kind, const char *part)
{
	int64_t until = clock_mono() + DEADLINE_MS;
	const struct json *newest;

	journal_ask(journal, &(struct journal_query){.limit = 1}, answered,
	    NULL);
	while (!entries && clock_mono() < until)
		loop_turn(loop, 100);
	newest = json_first(entries);
	ck_assert_str_eq(text(newest, "kind"), kind);
	ck_assert_msg(strstr(text(newest, "text"), part) != NULL, "%s",
	    text(newest, "text"));
	json_free(entries);
	entries = NULL;
}

static void
refused(const char *run, const char *expected)
{
	ck_assert_msg(run == NULL, "it was begun: %s", run);
	ck_assert_str_eq(code, expected);
	ck_assert_uint_gt(strlen(err.text), 10);
	journalled("refused", expected);
}

static void
blocked(struct json *p, const char *part)
{
	ck_assert_msg(p != NULL, "%s", err.text);
	ck_assert_ptr_nonnull(text(p, "blocked"));
	ck_assert_msg(strstr(text(p, "blocked"), part) != NULL, "%s",
	    text(p, "blocked"));
	/* What is blocked is not confirmed by the right word either. */
	ck_assert_ptr_null(confirm(p, &operator, text(p, "word"), "why", NOW));
	json_free(p);
}

static void
not_planned(struct json *p, const char *expected, const char *part)
{
	ck_assert_ptr_null(p);
	ck_assert_str_eq(code, expected);
	ck_assert_msg(strstr(err.text, part) != NULL, "%s", err.text);
	journalled("refused", expected);
}

/* --- plans --------------------------------------------------------------- */

START_TEST(a_plan_says_all)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	ck_assert_msg(p != NULL, "%s", err.text);
	ck_assert_str_eq(text(p, "act"), "deploy");
	ck_assert_str_eq(text(p, "environment"), "staging");
	ck_assert_str_eq(text(p, "book"), "deploy-staging");
	ck_assert_str_eq(text(p, "title"), "staging gets ccccccc");
	ck_assert_str_eq(text(p, "from"), "v1.1.0");
	ck_assert_str_eq(text(p, "target_commit"), D);
	ck_assert_str_eq(text(p, "via"), "ssh");
	ck_assert_str_eq(text(p, "word"), "y");
	ck_assert_uint_eq(strlen(text(p, "fingerprint")), 64);
	ck_assert(!json_bool(json_get(p, "needs_reason"), true));
	ck_assert_ptr_null(text(p, "blocked"));
	ck_assert_int_eq(json_time(json_get(p, "expires_at")), NOW + PLAN_MS);
	ck_assert_int_eq(json_int(json_get(p, "estimate_ms"), 0), 120000);
	ck_assert_str_eq(text(json_first(json_get(p, "steps")), "title"),
	    "look at ccccccc");
	/* The environment's own value of a parameter, on paper. */
	ck_assert_ptr_nonnull(strstr(text(p, "commands"), "look at blue"));
	ck_assert(has(p, "effect", "staging gets ccccccc; it runs v1.1.0"));
	json_free(p);
}
END_TEST

START_TEST(production_is_deployed_by_its_newest_tag)
{
	struct json *p = plan(GATE_DEPLOY, "prod", NULL);

	ck_assert_str_eq(text(p, "target"), "v1.2.0");
	ck_assert_str_eq(text(p, "target_commit"), C);
	ck_assert_str_eq(text(p, "word"), "prod");
	json_free(p);
}
END_TEST

START_TEST(break_glass_asks_for_a_reason)
{
	struct json *p = plan(GATE_DEPLOY, "prod", "v1.2.0");

	ck_assert_str_eq(text(p, "book"), "deploy-prod-ssh");
	ck_assert(json_bool(json_get(p, "needs_reason"), false));
	refused(confirm(p, &operator, "prod", NULL, NOW), "reason_missing");
	refused(confirm(p, &operator, "prod", "  ", NOW), "reason_missing");
	ck_assert_ptr_nonnull(confirm(p, &operator, "prod", "GitHub is down",
	    NOW));
	ck_assert_str_eq(model.runs[0].reason, "GitHub is down");
	json_free(p);
}
END_TEST

START_TEST(a_commit_is_found_by_its_beginning)
{
	struct json *p = plan(GATE_DEPLOY, "staging", "aaaaaaaaa");

	ck_assert_str_eq(text(p, "target_commit"), A);
	json_free(p);
	not_planned(plan(GATE_DEPLOY, "staging", "ccccccc"), "not_found",
	    "several");
	not_planned(plan(GATE_DEPLOY, "staging", "1234567"), "not_found",
	    "all 40 digits");
	p = plan(GATE_DEPLOY, "staging",
	    "1234567812345678123456781234567812345678");
	ck_assert(has(p, "warnings", "not known here"));
	json_free(p);
}
END_TEST

static const struct {
	const char *environment, *version, *via, *scenario, *code, *part;
} nonsense[] = {
	{NULL, NULL, NULL, NULL, "bad_argument", "which environment"},
	{"nowhere", NULL, NULL, NULL, "not_found", "no environment"},
	{"staging", "v9.9.9", NULL, NULL, "not_found", "no version"},
	{"staging", "HEAD; rm -rf /", NULL, NULL, "not_found", "no version"},
	{"staging", NULL, "pigeon", NULL, "bad_argument", "ssh or github"},
	{"staging", NULL, "github", NULL, "bad_argument", "only production"},
	{"prod", NULL, "github", NULL, "bad_argument", "not configured"},
	{"staging", NULL, NULL, "magic", "bad_argument", "no scenario"},
};

START_TEST(nonsense_is_refused)
{
	not_planned(plan_of(&(struct gate_request){
	    .environment = nonsense[_i].environment,
	    .version = nonsense[_i].version, .via = nonsense[_i].via,
	    .scenario = nonsense[_i].scenario}), nonsense[_i].code,
	    nonsense[_i].part);
}
END_TEST

START_TEST(a_runbook_that_is_not_there_or_not_for_it)
{
	struct gate_request r = {.act = GATE_BOOK, .environment = "staging"};
	struct json *p;

	not_planned(plan_of(&r), "bad_argument", "which runbook");
	r.book = "../../etc/passwd";
	not_planned(plan_of(&r), "not_found", "no runbook");
	write_book("broken", "title: x\n");
	r.book = "broken";
	not_planned(plan_of(&r), "not_found", "cannot be used");
	write_book("for-prod", "title: x\nenvironments: [prod]\nsteps:\n"
	    "  - {id: a, title: a, manual: a}\n");
	r.book = "for-prod";
	not_planned(plan_of(&r), "bad_argument", "not for staging");
	r.environment = "prod";
	p = plan_of(&r);
	ck_assert_msg(p != NULL, "%s", err.text);
	ck_assert_str_eq(text(p, "act"), "book");
	json_free(p);
}
END_TEST

START_TEST(a_lock_blocks)
{
	xstrset(&env("staging")->lock.who, "yan");
	xstrset(&env("staging")->lock.why, "hands off");
	env("staging")->lock.since = NOW;
	blocked(plan(GATE_DEPLOY, "staging", NULL), "locked by yan");
	journalled("refused", "hands off");
	xstrset(&env("staging")->lock.who, "corentin");
	blocked(plan(GATE_DEPLOY, "staging", NULL), "locked by corentin");
}
END_TEST

START_TEST(a_moved_tag_blocks)
{
	model.releases.items[0].moved = true;
	blocked(plan(GATE_DEPLOY, "prod", "v1.2.0"), "moved");
}
END_TEST

START_TEST(production_takes_no_commit)
{
	blocked(plan(GATE_DEPLOY, "prod", "aaaaaaa"), "by tags");
}
END_TEST

static void
mark_bad(const char *tag)
{
	model.marks = xcalloc(1, sizeof(*model.marks));
	model.marks[model.mark_count++] = (struct mark){xstrdup(tag),
	    MARK_BAD, xstrdup("yan"), xstrdup("blank pages"), NOW};
}

START_TEST(what_is_marked_bad_is_deployed_with_a_reason_only)
{
	struct json *p;

	mark_bad("v1.2.0");
	p = plan(GATE_DEPLOY, "staging", "v1.2.0");
	ck_assert(has(p, "warnings", "blank pages"));
	ck_assert(json_bool(json_get(p, "needs_reason"), false));
	json_free(p);
}
END_TEST

START_TEST(what_runs_already_is_told)
{
	struct json *p = plan(GATE_DEPLOY, "staging", "v1.1.0");

	ck_assert(has(p, "warnings", "already"));
	json_free(p);
}
END_TEST

START_TEST(what_runs_and_is_not_known_is_told)
{
	struct json *p;

	xstrset(&env("staging")->version.commit, NULL);
	xstrset(&env("staging")->version.tag, NULL);
	p = plan(GATE_DEPLOY, "staging", NULL);
	ck_assert(has(p, "warnings", "is not known"));
	ck_assert(json_is_null(json_get(p, "from")));
	json_free(p);
}
END_TEST

/* --- rollbacks ----------------------------------------------------------- */

START_TEST(a_rollback_goes_to_what_is_ready)
{
	struct json *p;

	ready("prod");
	p = plan(GATE_ROLLBACK, "prod", NULL);
	ck_assert_str_eq(text(p, "book"), "rollback-ssh");
	ck_assert_str_eq(text(p, "target"), "v1.0.0");
	ck_assert_str_eq(text(p, "target_commit"), A);
	ck_assert_ptr_null(text(p, "blocked"));
	ck_assert(json_bool(json_get(p, "needs_reason"), false));
	ck_assert(has(p, "effect", "v1.1.0 is marked bad"));
	json_free(p);
	ready("staging");
	p = plan(GATE_ROLLBACK, "staging", NULL);
	ck_assert(!json_bool(json_get(p, "needs_reason"), true));
	json_free(p);
}
END_TEST

START_TEST(no_target_blocks)
{
	blocked(plan(GATE_ROLLBACK, "prod", NULL), "name one");
}
END_TEST

START_TEST(a_changed_schema_blocks)
{
	ready("prod");
	env("prod")->readiness.restore = true;
	env("prod")->readiness.restores_to = NOW;
	blocked(plan(GATE_ROLLBACK, "prod", NULL), "Restore the backup of "
	    "2026-06-15T12:00");
}
END_TEST

START_TEST(the_point_of_no_return_blocks)
{
	xstrset(&env("prod")->readiness.no_return, "v1.0.0");
	xstrset(&env("prod")->readiness.no_return_why, "docmost changed");
	env("prod")->readiness.used = true;
	blocked(plan(GATE_ROLLBACK, "prod", "v1.0.0"), "docmost changed");
}
END_TEST

START_TEST(a_bad_target_blocks)
{
	ready("prod");
	mark_bad("v1.0.0");
	blocked(plan(GATE_ROLLBACK, "prod", NULL), "blank pages");
}
END_TEST

START_TEST(what_runs_is_no_target)
{
	blocked(plan(GATE_ROLLBACK, "prod", "v1.1.0"), "already");
}
END_TEST

START_TEST(an_image_that_is_gone_blocks)
{
	ready("prod");
	add_check("prod", CHECK_IMAGE, STATUS_CRIT, "image gone");
	blocked(plan(GATE_ROLLBACK, "prod", NULL), "image gone");
}
END_TEST

START_TEST(a_red_check_is_overridden_with_a_reason)
{
	struct json *p;

	ready("staging");
	add_check("staging", CHECK_BACKUP, STATUS_CRIT, "no backup");
	p = plan(GATE_ROLLBACK, "staging", NULL);
	ck_assert_ptr_null(text(p, "blocked"));
	ck_assert(has(p, "warnings", "not ready: no backup"));
	refused(confirm(p, &operator, "y", NULL, NOW), "reason_missing");
	ck_assert_ptr_nonnull(confirm(p, &operator, "y", "must be", NOW));
	journalled("confirm", "a rollback");
	json_free(p);
}
END_TEST

START_TEST(what_is_unknown_is_told)
{
	struct json *p;

	ready("staging");
	add_check("staging", CHECK_IMAGE, STATUS_UNKNOWN, "never looked");
	p = plan(GATE_ROLLBACK, "staging", NULL);
	ck_assert_ptr_null(text(p, "blocked"));
	ck_assert(has(p, "warnings", "not known: never looked"));
	json_free(p);
}
END_TEST

START_TEST(another_target_than_the_judged_one_needs_a_reason)
{
	struct json *p;

	ready("staging");
	p = plan(GATE_ROLLBACK, "staging", "v1.2.0");
	ck_assert(has(p, "warnings", "was not looked into"));
	ck_assert(json_bool(json_get(p, "needs_reason"), false));
	json_free(p);
}
END_TEST

/* --- confirmations ------------------------------------------------------- */

START_TEST(the_word_begins_a_run)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);
	const char *run = confirm(p, &operator, "y", NULL, NOW + 1000);

	ck_assert_msg(run != NULL, "%s", err.text);
	ck_assert_str_eq(run, model.runs[0].id);
	ck_assert_str_eq(model.runs[0].who, "corentin");
	ck_assert_str_eq(model.runs[0].tty, "/dev/pts/3");
	ck_assert_str_eq(model.runs[0].from, "v1.1.0");
	ck_assert_str_eq(model.runs[0].target_commit, D);
	journalled("confirm", "a deployment");
	json_free(p);
}
END_TEST

START_TEST(a_viewer_does_nothing)
{
	struct json *p;

	ck_assert_ptr_null(gate_plan(gate, &viewer, &(struct gate_request){
	    .environment = "staging"}, NOW, &code, &err));
	ck_assert_str_eq(code, "not_permitted");
	journalled("refused", "not_permitted");
	p = plan(GATE_DEPLOY, "staging", NULL);
	/* Not even with the operator's own plan. */
	operator.role = ROLE_VIEWER;
	refused(confirm(p, &operator, "y", NULL, NOW), "not_permitted");
	ck_assert_int_eq(gate_act(gate, &operator, "x", ENGINE_ABORT, NULL,
	    NULL, &code, &err), -1);
	ck_assert_str_eq(code, "not_permitted");
	operator.role = ROLE_NONE;
	refused(confirm(p, &operator, "y", NULL, NOW), "not_permitted");
	ck_assert_uint_eq(model.run_count, 0);
	json_free(p);
}
END_TEST

START_TEST(a_plan_expires)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	refused(confirm(p, &operator, "y", NULL, NOW + PLAN_MS), "expired");
	/* And stays so. */
	refused(confirm(p, &operator, "y", NULL, NOW), "expired");
	json_free(p);
}
END_TEST

START_TEST(a_clock_set_back_makes_no_plan_young)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	refused(confirm(p, &operator, "y", NULL, NOW - 3600000), "expired");
	json_free(p);
}
END_TEST

START_TEST(the_last_millisecond_counts)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	ck_assert_ptr_nonnull(confirm(p, &operator, "y", NULL,
	    NOW + PLAN_MS - 1));
	json_free(p);
}
END_TEST

START_TEST(only_who_asked_may_confirm)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	refused(confirm(p, &other, "y", NULL, NOW), "not_permitted");
	/* Which costs the owner nothing. */
	ck_assert_ptr_nonnull(confirm(p, &operator, "y", NULL, NOW));
	json_free(p);
}
END_TEST

START_TEST(a_plan_serves_once)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	ck_assert_ptr_nonnull(confirm(p, &operator, "y", NULL, NOW));
	refused(confirm(p, &operator, "y", NULL, NOW), "expired");
	ck_assert_uint_eq(model.run_count, 1);
	json_free(p);
}
END_TEST

START_TEST(no_such_plan)
{
	code = NULL;
	refused(gate_confirm(gate, &operator, "plan-99", "y", NULL, NOW,
	    &code, &err), "expired");
	refused(gate_confirm(gate, &operator, NULL, "y", NULL, NOW, &code,
	    &err), "expired");
}
END_TEST

START_TEST(a_wrong_word_may_be_mended)
{
	struct json *p = plan(GATE_DEPLOY, "prod", "v1.2.0");

	refused(confirm(p, &operator, "y", "why", NOW), "wrong_word");
	refused(confirm(p, &operator, "PROD", "why", NOW), "wrong_word");
	refused(confirm(p, &operator, "prod ", "why", NOW), "wrong_word");
	refused(confirm(p, &operator, "", "why", NOW), "wrong_word");
	refused(confirm(p, &operator, NULL, "why", NOW), "wrong_word");
	ck_assert_ptr_nonnull(confirm(p, &operator, "prod", "why", NOW));
	json_free(p);
}
END_TEST

START_TEST(a_reason_too_long_is_refused)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);
	char reason[600];

	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	refused(confirm(p, &operator, "y", reason, NOW), "failed");
	json_free(p);
}
END_TEST

START_TEST(the_reason_of_the_plan_will_do)
{
	struct json *p = plan_of(&(struct gate_request){
	    .environment = "prod", .version = "v1.2.0",
	    .reason = "GitHub\033[2J is down"});

	ck_assert_ptr_nonnull(confirm(p, &operator, "prod", NULL, NOW));
	ck_assert_ptr_null(strchr(model.runs[0].reason, '\033'));
	json_free(p);
}
END_TEST

static void
moved(struct json *p, const char *what)
{
	refused(confirm(p, &operator, text(p, "word"), "why", NOW), "moved");
	ck_assert_msg(strstr(err.text, what) != NULL, "%s", err.text);
	/* It was looked at in vain: it serves no more. */
	refused(confirm(p, &operator, text(p, "word"), "why", NOW),
	    "expired");
	json_free(p);
}

START_TEST(another_live_version_moves_it)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	xstrset(&env("staging")->version.commit, A);
	moved(p, "the version that runs changed from " B " to " A);
}
END_TEST

START_TEST(another_head_moves_it)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	xstrset(&model.releases.head, A);
	moved(p, "the version that it leads to");
}
END_TEST

START_TEST(another_image_moves_it)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);
	struct service *s = environment_add_service(env("staging"),
	    "c1", "bridge", 1);

	xstrset(&s->digest, "sha256:1");
	moved(p, "the images that run");
}
END_TEST

START_TEST(a_lock_moves_it)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	xstrset(&env("staging")->lock.who, "yan");
	env("staging")->lock.since = NOW;
	moved(p, "the lock");
}
END_TEST

START_TEST(a_schema_moves_it)
{
	struct json *p;

	ready("prod");
	p = plan(GATE_ROLLBACK, "prod", NULL);
	env("prod")->readiness.restore = true;
	moved(p, "the schemas");
}
END_TEST

START_TEST(a_mark_moves_it)
{
	struct json *p;

	ready("prod");
	p = plan(GATE_ROLLBACK, "prod", NULL);
	mark_bad("v1.0.0");
	moved(p, "blank pages");
}
END_TEST

START_TEST(another_target_moves_it)
{
	struct json *p;

	ready("prod");
	p = plan(GATE_ROLLBACK, "prod", NULL);
	xstrset(&env("prod")->readiness.target, "v1.2.0");
	xstrset(&env("prod")->readiness.target_commit, C);
	moved(p, "the version that it leads to");
}
END_TEST

START_TEST(a_run_goes_before_it)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL), *q;
	char *id = xstrdup(text(p, "id"));

	q = gate_plan(gate, &other, &(struct gate_request){
	    .environment = "staging"}, NOW, &code, &err);
	ck_assert_ptr_nonnull(confirm(q, &other, "y", NULL, NOW));
	refused(confirm(p, &operator, "y", NULL, NOW), "busy");
	/* Who, and which step. */
	ck_assert_ptr_nonnull(strstr(err.text, "yan"));
	ck_assert_ptr_nonnull(strstr(err.text, "look"));
	ck_assert_uint_eq(model.run_count, 1);
	json_free(q);
	json_free(p);
	free(id);
	blocked(plan(GATE_DEPLOY, "staging", NULL), "by yan holds staging");
	/* Another environment is free. */
	p = plan(GATE_DEPLOY, "local", NULL);
	ck_assert_ptr_nonnull(confirm(p, &operator, "y", NULL, NOW));
	json_free(p);
}
END_TEST

START_TEST(who_has_gone_takes_their_plans)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	gate_forget(gate, other.peer);
	gate_forget(gate, operator.peer);
	refused(confirm(p, &operator, "y", NULL, NOW), "expired");
	json_free(p);
	gate_forget(NULL, 1);
}
END_TEST

START_TEST(another_configuration_voids_plans)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);

	gate_configure(gate, conf, books);
	refused(confirm(p, &operator, "y", NULL, NOW), "expired");
	json_free(p);
}
END_TEST

START_TEST(the_oldest_of_many_plans_goes)
{
	struct json *first = plan(GATE_DEPLOY, "staging", NULL), *p = NULL;
	int i;

	for (i = 0; i < 64; i++) {
		json_free(p);
		p = plan(GATE_DEPLOY, "staging", NULL);
	}
	refused(confirm(first, &operator, "y", NULL, NOW), "expired");
	ck_assert_ptr_nonnull(confirm(p, &operator, "y", NULL, NOW));
	json_free(first);
	json_free(p);
}
END_TEST

START_TEST(without_a_journal_nothing_is_done)
{
	gate_free(gate);
	gate = gate_new(&(struct gate_options){.model = &model, .conf = conf,
	    .site_books = books});
	ck_assert_ptr_null(plan(GATE_DEPLOY, "staging", NULL));
	ck_assert_str_eq(code, "failed");
	ck_assert_ptr_nonnull(strstr(err.text, "journal"));
}
END_TEST

/* --- acts ---------------------------------------------------------------- */

START_TEST(acts_are_let_in_and_journalled)
{
	struct json *p = plan(GATE_DEPLOY, "staging", NULL);
	const char *run = confirm(p, &operator, "y", NULL, NOW);
	char *id;
	int i;

	ck_assert_ptr_nonnull(run);
	id = xstrdup(run);
	for (i = 0; i < 20; i++)
		loop_turn(loop, 10);
	ck_assert_int_eq(gate_act(gate, &other, id, ENGINE_SKIP, NULL, NULL,
	    &code, &err), -1);
	journalled("refused", "needs a reason");
	ck_assert_int_eq(gate_act(gate, &other, id, ENGINE_ABORT, NULL,
	    "enough", &code, &err), 0);
	journalled("abort", id);
	ck_assert_int_eq(gate_act(gate, &other, "none", ENGINE_ABORT, NULL,
	    NULL, &code, &err), -1);
	ck_assert_str_eq(code, "not_found");
	free(id);
	json_free(p);
}
END_TEST

START_TEST(what_a_rollback_is)
{
	struct run r = {.book = (char *)"rollback-ssh",
	    .environment = (char *)"prod"};

	ck_assert(gate_is_rollback(conf, &r));
	r.book = (char *)"deploy-staging";
	ck_assert(!gate_is_rollback(conf, &r));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("gate");
	TCase *t = tcase_create("gate");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, nonsense_is_refused, 0,
	    sizeof(nonsense) / sizeof(nonsense[0]));
	tcase_add_test(t, a_plan_says_all);
	tcase_add_test(t, production_is_deployed_by_its_newest_tag);
	tcase_add_test(t, break_glass_asks_for_a_reason);
	tcase_add_test(t, a_commit_is_found_by_its_beginning);
	tcase_add_test(t, a_runbook_that_is_not_there_or_not_for_it);
	tcase_add_test(t, a_lock_blocks);
	tcase_add_test(t, a_moved_tag_blocks);
	tcase_add_test(t, production_takes_no_commit);
	tcase_add_test(t, what_is_marked_bad_is_deployed_with_a_reason_only);
	tcase_add_test(t, what_runs_already_is_told);
	tcase_add_test(t, what_runs_and_is_not_known_is_told);
	tcase_add_test(t, a_rollback_goes_to_what_is_ready);
	tcase_add_test(t, no_target_blocks);
	tcase_add_test(t, a_changed_schema_blocks);
	tcase_add_test(t, the_point_of_no_return_blocks);
	tcase_add_test(t, a_bad_target_blocks);
	tcase_add_test(t, what_runs_is_no_target);
	tcase_add_test(t, an_image_that_is_gone_blocks);
	tcase_add_test(t, a_red_check_is_overridden_with_a_reason);
	tcase_add_test(t, what_is_unknown_is_told);
	tcase_add_test(t, another_target_than_the_judged_one_needs_a_reason);
	tcase_add_test(t, the_word_begins_a_run);
	tcase_add_test(t, a_viewer_does_nothing);
	tcase_add_test(t, a_plan_expires);
	tcase_add_test(t, a_clock_set_back_makes_no_plan_young);
	tcase_add_test(t, the_last_millisecond_counts);
	tcase_add_test(t, only_who_asked_may_confirm);
	tcase_add_test(t, a_plan_serves_once);
	tcase_add_test(t, no_such_plan);
	tcase_add_test(t, a_wrong_word_may_be_mended);
	tcase_add_test(t, a_reason_too_long_is_refused);
	tcase_add_test(t, the_reason_of_the_plan_will_do);
	tcase_add_test(t, another_live_version_moves_it);
	tcase_add_test(t, another_head_moves_it);
	tcase_add_test(t, another_image_moves_it);
	tcase_add_test(t, a_lock_moves_it);
	tcase_add_test(t, a_schema_moves_it);
	tcase_add_test(t, a_mark_moves_it);
	tcase_add_test(t, another_target_moves_it);
	tcase_add_test(t, a_run_goes_before_it);
	tcase_add_test(t, who_has_gone_takes_their_plans);
	tcase_add_test(t, another_configuration_voids_plans);
	tcase_add_test(t, the_oldest_of_many_plans_goes);
	tcase_add_test(t, without_a_journal_nothing_is_done);
	tcase_add_test(t, acts_are_let_in_and_journalled);
	tcase_add_test(t, what_a_rollback_is);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
