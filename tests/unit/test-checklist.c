/* The items of the plan's checklists (§8, §9.2): a world in which all are well,
 * and what each says when something is changed in it. */
#include "unit.h"

#include <math.h>
#include <time.h>

#include "base/alloc.h"
#include "model/release.h"
#include "model/tables.h"
#include "run/verb.h"

#define NOW INT64_C(1750000000000)	/* 2025-06-15T15:06:40Z, a Sunday */
#define MINUTE (INT64_C(60) * 1000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define NEW "4444444444444444444444444444444444444444"
#define OLD "3333333333333333333333333333333333333333"

static struct model m;
static struct environment *prod, *staging;
static struct run run;
static struct run_step steps[4];

static void
seen(struct observation *o)
{
	o->used = true;
	o->stale_after = 5 * MINUTE;
	observation_ok(o, NOW - 1000);
}

static void
fill_releases(struct releases *all)
{
	struct release *items = xcalloc(3, sizeof(*items));

	items[0] = (struct release){.tag = xstrdup("v1.4.0"),
		.commit = xstrdup(NEW), .date = NOW - DAY};
	items[1] = (struct release){.tag = xstrdup("v1.3.0"),
		.commit = xstrdup(OLD), .date = NOW - 9 * DAY};
	items[2] = (struct release){.tag = xstrdup("v1.4.0-rollback"),
		.commit = xstrdup(OLD), .date = NOW - HOUR};
	releases_finish(all, items, 3);
	seen(&all->seen);
	xstrset(&((struct release *)releases_find(all, "v1.4.0"))->notes,
	    "### Added\n- a thing");
	xstrset(&((struct release *)releases_find(all, "v1.3.0"))->notes,
	    "### Added\n- another");
}

static void
fill_pipelines(struct pipelines *p)
{
	seen(&p->seen);
	xstrset(&p->api.login, "corentin");
	xstrset(&p->critical_label, "critical");
	p->pulls_known = TRI_YES;
	p->checks = list_new(1, &checks_list);
	p->check_count = 1;
	xstrset(&p->checks[0].commit, NEW);
	p->checks[0].ci = p->checks[0].e2e = RUN_SUCCESS;
	p->checks[0].total = 5;
	p->checks[0].failed = p->checks[0].pending = 0;
	p->checks[0].observed_at = NOW - MINUTE;
	p->checks[0].e2e_at = NOW - HOUR;
	p->gates = list_new(1, &gates_list);
	p->gate_count = 1;
	xstrset(&p->gates[0].environment, "prod");
	p->gates[0].reviewed = TRI_YES;
	xstrset(&p->gates[0].reviewers, "yan, corentin");
	p->gates[0].reviewer_count = 2;
	p->gates[0].prevents_self_review = TRI_YES;
}

static struct schema *
schema(const char *fingerprint)
{
	struct schema *s = list_new(1, &schemas_list);

	xstrset(&s->name, "docmost");
	xstrset(&s->fingerprint, fingerprint);
	s->observed_at = NOW - 1000;
	return s;
}

/* Staging ran v1.4.0, went back to v1.3.0, and runs v1.4.0 again. */
static void
fill_staging(void)
{
	static const char *const commits[] = {NEW, OLD, NEW, OLD};
	static const char *const tags[] = {"v1.4.0", "v1.3.0", "v1.4.0",
		"v1.3.0"};
	int i;

	staging->tenures = list_new(4, &tenures_list);
	staging->tenure_count = 4;
	for (i = 0; i < 4; i++) {
		struct tenure *t = &staging->tenures[i];

		xstrset(&t->tag, tags[i]);
		xstrset(&t->commit, commits[i]);
		t->first_seen = NOW - (i * 10 + 2) * DAY;
		t->last_seen = t->first_seen + DAY;
		t->schemas = schema("aa");
		t->schema_count = 1;
	}
}

static void
fill_prod(void)
{
	struct backup_series *b = list_new(1, &backups_list);
	struct service *v;
	int i;

	prod->production = true;
	for (i = 0; i < SOURCE_KINDS; i++)
		seen(&prod->sources[i]);
	prod->schemas = schema("aa");
	prod->schema_count = 1;
	prod->backups = b;
	prod->backup_count = 1;
	xstrset(&b->kind, "docmost");
	seen(&b->seen);
	b->max_age_ms = DAY;
	b->items = list_new(1, &backup_items_list);
	b->count = 1;
	b->items[0].taken_at = NOW - 9 * HOUR;
	b->items[0].rung = RUNG_READ;
	b->items[0].size = SIZE_PLAUSIBLE;
	prod->host.cpu_percent = 12;
	prod->host.memory_percent = 55;
	v = environment_add_service(prod, "c1", "docmost", 1);
	v->state = CONTAINER_RUNNING;
	v->health = HEALTH_HEALTHY;
	v->restarts = 0;
	v->oom_killed = TRI_NO;
	v->created_at = NOW - 8 * MINUTE;
}

static void
setup(void)
{
	struct err e;

	setenv("TZ", "Europe/Paris", 1);
	tzset();
	model_init(&m);
	fill_releases(&m.releases);
	fill_pipelines(&m.pipelines);
	model_add_environment(&m, "staging");
	prod = model_add_environment(&m, "prod");
	staging = model_environment(&m, "staging");
	fill_staging();
	fill_prod();
	seen(&m.calendar.seen);
	ck_assert_int_eq(calendar_add_weekly(&m.calendar, "mon-fri", "08:30",
	    "12:00", "lessons", &e), 0);
	steps[0] = (struct run_step){.id = (char *)"pre",
		.verb = (char *)"checklist", .phase = PHASE_DONE};
	steps[1] = (struct run_step){.id = (char *)"smoke",
		.title = (char *)"log in", .verb = (char *)"smoke",
		.phase = PHASE_DONE, .ended_at = NOW - 6 * MINUTE};
	steps[2] = (struct run_step){.id = (char *)"baserow",
		.title = (char *)"log in there", .verb = (char *)"smoke",
		.phase = PHASE_DONE, .ended_at = NOW - 6 * MINUTE};
	steps[3] = (struct run_step){.id = (char *)"post",
		.verb = (char *)"checklist", .phase = PHASE_RUNNING,
		.started_at = NOW - 6 * MINUTE};
	run = (struct run){.environment = (char *)"prod",
		.target = (char *)"v1.4.0", .target_commit = (char *)NEW,
		.who = (char *)"yan", .via = (char *)"github",
		.started_at = NOW - 10 * MINUTE, .steps = steps,
		.step_count = 4};
}

/* What a change has counted away is there still. */
static void
teardown(void)
{
	struct environment *env = model_environment(&m, "staging");

	if (env)
		env->tenure_count = 4;
	env = model_environment(&m, "prod");
	if (env->backup_count == 0)
		env->backup_count = 1;
	if (env->backups->count == 0)
		env->backups->count = 1;
	model_release(&m);
}

/* --- what is changed ---------------------------------------------------------- */

static struct commit_checks *
checks(void)
{
	return &m.pipelines.checks[0];
}

static struct release *
release(const char *tag)
{
	return (struct release *)releases_find(&m.releases, tag);
}

#define CHANGE(name, ...) static void name(void) { __VA_ARGS__ }

CHANGE(nothing, )
CHANGE(no_github, m.pipelines.seen.used = false;)
CHANGE(never_github, m.pipelines.seen.observed_at = TIME_UNKNOWN;
    xstrset(&m.pipelines.seen.error, "401");)
CHANGE(old_github, m.pipelines.seen.observed_at = NOW - HOUR;
    xstrset(&m.pipelines.seen.error, "timed out");)
CHANGE(ci_red, checks()->ci = RUN_FAILURE; checks()->failed = 1;
    xstrset(&checks()->failing, "lint");)
CHANGE(ci_cancelled, checks()->ci = RUN_CANCELLED;)
CHANGE(ci_runs, checks()->ci = RUN_IN_PROGRESS; checks()->pending = 2;)
CHANGE(ci_one_red_others_run, checks()->ci = RUN_IN_PROGRESS;
    checks()->failed = 1; checks()->pending = 2;)
CHANGE(ci_none, checks()->total = 0; checks()->ci = RUN_UNKNOWN;)
CHANGE(ci_skipped, checks()->ci = RUN_SKIPPED;)
CHANGE(other_commit, run.target_commit = (char *)OLD;)
CHANGE(commit_by_tag, run.target_commit = NULL;)
CHANGE(no_commit, run.target_commit = NULL; run.target = (char *)"x";)
CHANGE(e2e_red, checks()->e2e = RUN_TIMED_OUT;)
CHANGE(e2e_none, checks()->e2e = RUN_UNKNOWN;)
CHANGE(e2e_runs, checks()->e2e = RUN_QUEUED;)
CHANGE(e2e_skipped, checks()->e2e = RUN_SKIPPED;)
CHANGE(no_notes, xstrset(&release("v1.4.0")->notes, NULL);)
CHANGE(yanked, release("v1.4.0")->yanked = true;)
CHANGE(bad_changelog, xstrset(&m.releases.changelog_error,
    "CHANGELOG.md:3: x");)
CHANGE(rollback_tag, run.target = (char *)"v1.4.0-rollback";
    run.target_commit = (char *)OLD;)
CHANGE(untagged, run.target = (char *)"v1.5.0";
    xstrset(&m.releases.unreleased, "### Fixed\n- x");)
CHANGE(untagged_empty, run.target = (char *)"v1.5.0";)
CHANGE(no_repository, m.releases.seen.used = false;)
CHANGE(schema_differs, xstrset(&prod->schemas[0].fingerprint, "bb");)
CHANGE(schema_documented, schema_differs();
    xstrset(&release("v1.4.0")->notes, "- a Migration of pages");)
CHANGE(schema_unknown, xstrset(&prod->schemas[0].fingerprint, NULL);)
CHANGE(schema_elsewhere, staging->tenure_count = 0;)
CHANGE(no_schemas, prod->sources[SOURCE_SCHEMAS].used = false;)
CHANGE(drill_old, staging->tenures[0].first_seen = NOW - 31 * DAY;)
CHANGE(drill_never, staging->tenure_count = 1;
    staging->tenures[0].first_seen = NOW - 40 * DAY;)
CHANGE(drill_short_record, staging->tenure_count = 1;)
CHANGE(only_prod, model_remove_environment(&m, "staging");
    prod = model_environment(&m, "prod");)
CHANGE(pulls_open, m.pipelines.pulls = list_new(2, &pulls_list);
    m.pipelines.pull_count = 2; m.pipelines.pulls[0].number = 7;
    xstrset(&m.pipelines.pulls[0].title, "data is lost");)
CHANGE(pulls_unknown, m.pipelines.pulls_known = TRI_UNKNOWN;)
CHANGE(backup_old, prod->backups->items[0].taken_at = NOW - 25 * HOUR;)
CHANGE(backup_plausible, prod->backups->items[0].rung = RUNG_PLAUSIBLE;)
CHANGE(backup_empty, prod->backups->items[0].size = SIZE_EMPTY;)
CHANGE(backup_failed, prod->backups->items[0].verified_at = NOW - HOUR;
    xstrset(&prod->backups->items[0].failure, "it ends early");)
CHANGE(backup_none, prod->backups->count = 0;)
CHANGE(backup_unlisted, prod->backups->seen.observed_at = NOW - HOUR;)
CHANGE(backup_unconfigured, prod->backup_count = 0;)
CHANGE(backup_no_limit, prod->backups->max_age_ms = 0; backup_old();)
CHANGE(gate_open, m.pipelines.gates[0].reviewed = TRI_NO;)
CHANGE(gate_unknown, m.pipelines.gates[0].reviewed = TRI_UNKNOWN;)
CHANGE(gate_nobody, m.pipelines.gates[0].reviewer_count = 0;)
CHANGE(gate_self, m.pipelines.gates[0].reviewer_count = 1;
    xstrset(&m.pipelines.gates[0].reviewers, "Corentin");)
CHANGE(gate_other, gate_self();
    xstrset(&m.pipelines.gates[0].reviewers, "yan");)
CHANGE(gate_other_ssh, gate_other(); run.via = (char *)"ssh";)
CHANGE(gate_self_allowed, gate_self();
    m.pipelines.gates[0].prevents_self_review = TRI_NO;)
CHANGE(gate_nameless, gate_self(); xstrset(&m.pipelines.api.login, NULL);)
static void
slot(const char *from, const char *to)
{
	struct err e;

	ck_assert_int_eq(calendar_add_weekly(&m.calendar, "sun", from, to,
	    "open day", &e), 0);
}
CHANGE(slot_now, slot("15:00", "19:00");)
CHANGE(slot_soon, slot("18:00", "19:00");)
CHANGE(slot_later, slot("18:30", "19:00");)
CHANGE(calendar_bad, xstrset(&m.calendar.seen.error, "x.ics:4: bad");)
CHANGE(calendar_none, m.calendar.seen.used = false;)
CHANGE(smoke_failed, steps[1].phase = PHASE_FAILED;
    steps[1].error = (char *)"log in: 401";)
CHANGE(smoke_skipped, steps[1].phase = steps[2].phase = PHASE_SKIPPED;)
CHANGE(smoke_unknown, steps[1].phase = PHASE_UNKNOWN;)
CHANGE(not_smoke, steps[1].verb = (char *)"job";)
CHANGE(oom, prod->services[0].oom_killed = TRI_YES;)
CHANGE(unhealthy, prod->services[0].health = HEALTH_UNHEALTHY;)
CHANGE(exited, prod->services[0].state = CONTAINER_EXITED;)
CHANGE(restarted, prod->services[0].restarts = 2;)
CHANGE(restarted_before, restarted();
    prod->services[0].created_at = NOW - DAY;)
CHANGE(engine_old, prod->sources[SOURCE_ENGINE].observed_at = NOW - HOUR;)
CHANGE(cpu_high, prod->host.cpu_percent = 50;)
CHANGE(memory_high, prod->host.memory_percent = 71;)
CHANGE(too_soon, steps[3].started_at = NOW - 2 * MINUTE;)
CHANGE(cpu_unknown, prod->host.cpu_percent = NAN;)
CHANGE(host_old, prod->sources[SOURCE_HOST].observed_at = NOW - HOUR;)
CHANGE(unobserved, prod = NULL;)

static const struct {
	const char *item;
	void (*change)(void);
	enum status status;
	const char *text;
} cases[] = {
	{"ci", nothing, STATUS_OK, "5 checks passed on 444444444444"},
	{"ci", commit_by_tag, STATUS_OK, "5 checks passed on 444444444444"},
	{"ci", ci_red, STATUS_CRIT, "CI of 444444444444 is failure: lint"},
	{"ci", ci_cancelled, STATUS_CRIT, "CI of 444444444444 is cancelled"},
	{"ci", ci_runs, STATUS_UNKNOWN,
	    "2 of 5 checks of 444444444444 are not through"},
	{"ci", ci_one_red_others_run, STATUS_CRIT,
	    "CI of 444444444444 is in_progress"},
	{"ci", ci_none, STATUS_UNKNOWN,
	    "no checks are known of 444444444444"},
	{"ci", ci_skipped, STATUS_UNKNOWN,
	    "CI of 444444444444 is skipped: nothing was tested"},
	{"ci", other_commit, STATUS_UNKNOWN,
	    "the checks of 333333333333 were not asked for"},
	{"ci", no_commit, STATUS_UNKNOWN, "the commit of x is not known"},
	{"ci", no_github, STATUS_UNKNOWN, "GitHub: none is configured"},
	{"ci", never_github, STATUS_UNKNOWN, "GitHub: not seen yet: 401"},
	{"ci", old_github, STATUS_UNKNOWN,
	    "GitHub: last seen 60m ago: timed out"},
	{"e2e", nothing, STATUS_OK,
	    "the end-to-end tests passed on 444444444444"},
	{"e2e", e2e_red, STATUS_CRIT,
	    "the end-to-end tests of 444444444444: timed_out"},
	{"e2e", e2e_none, STATUS_UNKNOWN,
	    "no end-to-end tests of 444444444444 are known"},
	{"e2e", e2e_runs, STATUS_UNKNOWN,
	    "the end-to-end tests of 444444444444: queued"},
	{"e2e", e2e_skipped, STATUS_UNKNOWN,
	    "the end-to-end tests of 444444444444: skipped"},
	{"changelog", nothing, STATUS_OK, "the changelog has v1.4.0"},
	{"changelog", no_notes, STATUS_CRIT,
	    "the changelog has nothing of v1.4.0"},
	{"changelog", yanked, STATUS_CRIT,
	    "the changelog calls v1.4.0 yanked"},
	{"changelog", bad_changelog, STATUS_UNKNOWN,
	    "the changelog: CHANGELOG.md:3: x"},
	{"changelog", rollback_tag, STATUS_OK, "the changelog has v1.3.0"},
	{"changelog", untagged, STATUS_OK,
	    "v1.5.0 has no tag yet; Unreleased has notes for it"},
	{"changelog", untagged_empty, STATUS_UNKNOWN,
	    "v1.5.0 has no tag yet, and Unreleased is empty"},
	{"changelog", no_repository, STATUS_UNKNOWN,
	    "the repository: none is configured"},
	{"migration", nothing, STATUS_OK, "no schema changes: prod has those "
	    "it ran with in staging"},
	{"migration", schema_differs, STATUS_UNKNOWN, "the docmost schema "
	    "changes, to that of staging; the notes say nothing of it"},
	{"migration", schema_documented, STATUS_UNKNOWN, "the docmost schema "
	    "changes, to that of staging; the notes mention it: read whether "
	    "that is enough"},
	{"migration", schema_unknown, STATUS_UNKNOWN,
	    "whether the docmost schema changes is not known"},
	{"migration", schema_elsewhere, STATUS_UNKNOWN,
	    "the schemas that the target runs with were never seen"},
	{"migration", no_schemas, STATUS_UNKNOWN,
	    "the schemas: none is configured"},
	{"migration", unobserved, STATUS_UNKNOWN, "prod is not observed"},
	{"rollback-test", nothing, STATUS_OK,
	    "staging was brought back to v1.4.0 2d ago"},
	{"rollback-test", drill_old, STATUS_CRIT,
	    "staging was brought back to v1.4.0 4w ago"},
	{"rollback-test", drill_never, STATUS_CRIT, "staging was not brought "
	    "back to an earlier version for 30 days"},
	{"rollback-test", drill_short_record, STATUS_UNKNOWN, "no return of "
	    "staging to an earlier version is on record, which is less than "
	    "30 days long"},
	{"rollback-test", only_prod, STATUS_UNKNOWN,
	    "there is no environment to rehearse it in"},
	{"pulls", nothing, STATUS_OK, "none is open with the label critical"},
	{"pulls", pulls_open, STATUS_CRIT,
	    "2 open with the label critical: #7 data is lost"},
	{"pulls", pulls_unknown, STATUS_UNKNOWN,
	    "the open pull requests are not known"},
	{"backup", nothing, STATUS_OK, "docmost: 9h old, fully read"},
	{"backup", backup_old, STATUS_CRIT,
	    "docmost: the newest is 25h old, at most 24h is allowed"},
	{"backup", backup_no_limit, STATUS_CRIT,
	    "docmost: the newest is 25h old, at most 24h is allowed"},
	{"backup", backup_plausible, STATUS_WARN, "docmost: 9h old, but only "
	    "plausible size: none so young was fully read"},
	{"backup", backup_empty, STATUS_CRIT,
	    "docmost: the newest is bad: it is empty"},
	{"backup", backup_failed, STATUS_CRIT,
	    "docmost: the newest is bad: it ends early"},
	{"backup", backup_none, STATUS_CRIT, "docmost: there is no backup"},
	{"backup", backup_unlisted, STATUS_UNKNOWN,
	    "docmost: last seen 60m ago"},
	{"backup", backup_unconfigured, STATUS_UNKNOWN,
	    "no backups of prod are configured"},
	{"approver", nothing, STATUS_OK, "may approve: yan, corentin"},
	{"approver", gate_open, STATUS_WARN,
	    "no gate: GitHub lets anybody deploy to prod"},
	{"approver", gate_unknown, STATUS_UNKNOWN,
	    "not known who may approve prod"},
	{"approver", gate_nobody, STATUS_CRIT,
	    "an approval is required and nobody may give it"},
	{"approver", gate_self, STATUS_CRIT,
	    "only Corentin may approve, and not their own deployment"},
	{"approver", gate_other, STATUS_OK, "may approve: yan"},
	{"approver", gate_other_ssh, STATUS_CRIT,
	    "only yan may approve, and not their own deployment"},
	{"approver", gate_self_allowed, STATUS_OK, "may approve: Corentin"},
	{"approver", gate_nameless, STATUS_UNKNOWN,
	    "one reviewer, and not known whether it is who deploys"},
	{"calendar", nothing, STATUS_OK,
	    "nothing now, nor within the next hour"},
	{"calendar", slot_now, STATUS_CRIT, "open day from 15:00 to 19:00"},
	{"calendar", slot_soon, STATUS_CRIT, "open day from 18:00 to 19:00"},
	{"calendar", slot_later, STATUS_OK,
	    "nothing now, nor within the next hour"},
	{"calendar", calendar_bad, STATUS_UNKNOWN, "x.ics:4: bad"},
	{"calendar", calendar_none, STATUS_UNKNOWN,
	    "the calendar: none is configured"},
	{"smoke", nothing, STATUS_OK, "2 smoke steps of this run are done"},
	{"smoke", smoke_failed, STATUS_CRIT, "smoke failed: log in: 401"},
	{"smoke", smoke_skipped, STATUS_UNKNOWN,
	    "this run made no smoke test"},
	{"smoke", smoke_unknown, STATUS_UNKNOWN, "smoke is unknown"},
	{"docmost-login", nothing, STATUS_OK,
	    "the step smoke did it: log in"},
	{"docmost-login", smoke_failed, STATUS_CRIT,
	    "the step smoke failed: log in: 401"},
	{"docmost-login", smoke_skipped, STATUS_UNKNOWN,
	    "no step of this run tried it"},
	{"docmost-login", not_smoke, STATUS_UNKNOWN,
	    "no step of this run tried it"},
	{"baserow-login", nothing, STATUS_OK,
	    "the step baserow did it: log in there"},
	{"pages", nothing, STATUS_OK, "the step smoke did it: log in"},
	{"logs", nothing, STATUS_UNKNOWN, "none of 1 services has exited, "
	    "restarted, run out of memory or is unhealthy; the log lines of "
	    "the last 5 minutes were not read"},
	{"logs", oom, STATUS_CRIT, "docmost ran out of memory"},
	{"logs", unhealthy, STATUS_CRIT, "docmost is unhealthy"},
	{"logs", exited, STATUS_CRIT, "docmost is exited"},
	{"logs", restarted, STATUS_CRIT,
	    "docmost has restarted 2 times since it was made"},
	{"logs", restarted_before, STATUS_UNKNOWN, "none of 1 services has "
	    "exited, restarted, run out of memory or is unhealthy; the log "
	    "lines of the last 5 minutes were not read"},
	{"logs", engine_old, STATUS_UNKNOWN, "the engine: last seen 60m ago"},
	{"metrics", nothing, STATUS_OK,
	    "cpu 12 % (below 50), memory 55 % (below 70)"},
	{"metrics", cpu_high, STATUS_CRIT,
	    "cpu 50 % (below 50), memory 55 % (below 70)"},
	{"metrics", memory_high, STATUS_CRIT,
	    "cpu 12 % (below 50), memory 71 % (below 70)"},
	{"metrics", too_soon, STATUS_UNKNOWN,
	    "cpu 12 %, memory 55 %; the first load is over in 3m00s"},
	{"metrics", cpu_unknown, STATUS_UNKNOWN,
	    "cpu and memory of the host are not known"},
	{"metrics", host_old, STATUS_UNKNOWN, "the host: last seen 60m ago"},
};

static void
look(const char *name, struct checklist_item *item)
{
	const struct checklist_source *c = checklist_sources;
	const struct sight s = {.model = &m, .env = prod, .run = &run,
		.step = &steps[3], .now = NOW};

	while (c->name && strcmp(c->name, name) != 0)
		c++;
	ck_assert_msg(c->name != NULL, "no item %s", name);
	c->look(&s, item);
}

START_TEST(test_item)
{
	struct checklist_item item = {.status = STATUS_UNKNOWN};

	cases[_i].change();
	look(cases[_i].item, &item);
	ck_assert_str_eq(item.text, cases[_i].text);
	ck_assert_int_eq(item.status, cases[_i].status);
	/* What is well rests on something that was seen. */
	ck_assert(item.status != STATUS_OK ||
	    item.evidence_at != TIME_UNKNOWN);
	free(item.text);
}
END_TEST

/* Of two series the finding speaks, not the one that is not known. */
START_TEST(test_two_series)
{
	struct checklist_item item = {.status = STATUS_UNKNOWN};
	struct backup_series *b = list_new(2, &backups_list), *first = prod->
	    backups, none = b[0];

	b[0] = *first;
	*first = none;
	free(first);
	prod->backups = b;
	prod->backup_count = 2;
	xstrset(&b[1].kind, "files");
	b[1].seen.used = true;
	look("backup", &item);
	ck_assert_int_eq(item.status, STATUS_UNKNOWN);
	ck_assert_str_eq(item.text, "files: not seen yet");
	b[0].items[0].rung = RUNG_LISTED;
	look("backup", &item);
	ck_assert_int_eq(item.status, STATUS_WARN);
	free(item.text);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("checklist");
	TCase *t = tcase_create("items");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_item, 0, COUNT(cases));
	tcase_add_test(t, test_two_series);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
