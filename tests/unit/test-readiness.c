/* Rollback readiness: one world that is ready, and what spoils it. */
#include "unit.h"

#include "base/alloc.h"
#include "model/readiness.h"
#include "model/release.h"
#include "model/tables.h"

#define NOW INT64_C(1750000000000)
#define MINUTE (INT64_C(60) * 1000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define OLD "3333333333333333333333333333333333333333"
#define LIVE "4444444444444444444444444444444444444444"
#define OLDER "2222222222222222222222222222222222222222"
#define BRIDGE "registry.example/hub/bridge"

static void
seen(struct observation *o, int64_t at)
{
	o->used = true;
	o->stale_after = 5 * MINUTE;
	observation_ok(o, at);
}

static struct release
release(const char *tag, const char *commit, int64_t date)
{
	return (struct release){.tag = xstrdup(tag),
		.commit = xstrdup(commit), .date = date, .annotated = true};
}

static void
fill_tenure(struct tenure *t, const char *tag, const char *commit,
    int64_t from, int64_t to, const char *image, const char *schema)
{
	t->tag = xstrdup(tag);
	t->commit = xstrdup(commit);
	t->first_seen = from;
	t->last_seen = to;
	t->observed_ms = t->healthy_ms = to - from;
	t->took_ms = 160000;
	t->images = list_new(1, &tenure_images_list);
	t->image_count = 1;
	t->images[0].service = xstrdup("bridge");
	t->images[0].image = xasprintf("%s:%s", BRIDGE, tag);
	t->images[0].digest = xstrdup(image);
	t->schemas = list_new(1, &schemas_list);
	t->schema_count = 1;
	t->schemas[0].name = xstrdup("docmost");
	t->schemas[0].fingerprint = xstrdup(schema);
	t->schemas[0].observed_at = to;
}

static void
fill_backups(struct environment *env)
{
	struct backup_series *s;

	env->backups = s = list_new(1, &backups_list);
	env->backup_count = 1;
	s->kind = xstrdup("docmost");
	seen(&s->seen, NOW - MINUTE);
	s->max_age_ms = DAY;
	s->items = list_new(1, &backup_items_list);
	s->count = 1;
	s->items[0].name = xstrdup("docmost-1.dump");
	s->items[0].taken_at = NOW - 9 * HOUR;
	s->items[0].rung = RUNG_RESTORED;
}

static void
fill_github(struct pipelines *p)
{
	seen(&p->seen, NOW - 1000);
	p->gates = list_new(1, &gates_list);
	p->gate_count = 1;
	p->gates[0].environment = xstrdup("prod");
	p->gates[0].exists = p->gates[0].reviewed = TRI_YES;
	p->gates[0].reviewers = xstrdup("yan, corentin");
	p->gates[0].reviewer_count = 2;
}

/* Production runs v1.4.0; v1.3.2 ran before and is the way back; v1.3.1 ran
 * with another schema. */
static struct environment *
ready(struct model *m)
{
	struct release *items = xcalloc(3, sizeof(*items));
	struct environment *env;
	int i;

	model_init(m);
	seen(&m->releases.seen, NOW - 1000);
	items[0] = release("v1.4.0", LIVE, NOW - 2 * DAY);
	items[1] = release("v1.3.2", OLD, NOW - 9 * DAY);
	items[2] = release("v1.3.1", OLDER, NOW - 21 * DAY);
	releases_finish(&m->releases, items, 3);
	fill_github(&m->pipelines);
	seen(&m->registry.seen, NOW - 1000);
	m->registry.image = xstrdup("127.0.0.1:5000/hub/bridge");
	m->registry.images = list_new(2, &registry_images_list);
	m->registry.image_count = 2;
	m->registry.images[0].tag = xstrdup("v1.4.0");
	m->registry.images[1].tag = xstrdup("v1.3.2");
	m->registry.images[0].present = m->registry.images[1].present =
	    TRI_YES;
	env = model_add_environment(m, "prod");
	env->production = true;
	env->good_after_ms = 30 * MINUTE;
	for (i = 0; i < SOURCE_KINDS; i++)
		seen(&env->sources[i], NOW - 1000);
	env->tenures = list_new(3, &tenures_list);
	env->tenure_count = 3;
	fill_tenure(&env->tenures[0], "v1.4.0", LIVE, NOW - 2 * DAY, NOW,
	    "sha256:4", "aa");
	fill_tenure(&env->tenures[1], "v1.3.2", OLD, NOW - 9 * DAY,
	    NOW - 2 * DAY, "sha256:3", "aa");
	fill_tenure(&env->tenures[2], "v1.3.1", OLDER, NOW - 21 * DAY,
	    NOW - 9 * DAY, "sha256:2", "bb");
	env->schemas = list_new(1, &schemas_list);
	env->schema_count = 1;
	env->schemas[0].name = xstrdup("docmost");
	env->schemas[0].fingerprint = xstrdup("aa");
	env->schemas[0].observed_at = NOW - 1000;
	env->images = list_new(1, &host_images_list);
	env->image_count = 1;
	env->images[0].reference = xstrdup(BRIDGE ":v1.3.2");
	env->images[0].id = xstrdup("sha256:3");
	fill_backups(env);
	return env;
}

static const struct readiness_check *
check_of(const struct readiness *r, enum readiness_code code)
{
	size_t i;

	for (i = 0; i < r->check_count; i++)
		if (r->checks[i].code == code)
			return &r->checks[i];
	return NULL;
}

START_TEST(a_world_that_is_ready)
{
	struct buf b = BUF_INIT(1024);
	struct model m;
	struct environment *env = ready(&m);
	const struct readiness *r = &env->readiness;

	readiness_judge(&m, NOW);
	ck_assert_int_eq(r->word, READINESS_READY);
	ck_assert_str_eq(r->target, "v1.3.2");
	ck_assert_str_eq(r->target_commit, OLD);
	ck_assert_ptr_null(r->reason);
	ck_assert(!r->restore);
	ck_assert_uint_eq(r->check_count, 8);
	ck_assert_str_eq(r->no_return, "v1.3.1");
	ck_assert_str_eq(r->no_return_why, "docmost schema changed");
	ck_assert(env->changes & CHANGE_READINESS);
	readiness_text(r, NOW, &b);
	ck_assert_str_eq(buf_str(&b), "READY v1.3.2, never drilled");
	buf_release(&b);
	model_release(&m);
}
END_TEST

START_TEST(evidence_alone_is_no_change)
{
	struct model m;
	struct environment *env = ready(&m);

	readiness_judge(&m, NOW);
	env->changes = 0;
	observation_ok(&m.releases.seen, NOW + 5000);
	readiness_judge(&m, NOW + 5000);
	ck_assert_uint_eq(env->changes & CHANGE_READINESS, 0);
	observation_ok(&m.releases.seen, NOW + 60000);
	readiness_judge(&m, NOW + 60000);
	ck_assert_uint_ne(env->changes & CHANGE_READINESS, 0);
	model_release(&m);
}
END_TEST

/* --- what spoils it ----------------------------------------------------------- */

static void
mark(struct model *m, const char *tag, enum mark_word word)
{
	m->marks = list_new(1, &marks_list);
	m->mark_count = 1;
	m->marks[0].tag = xstrdup(tag);
	m->marks[0].word = word;
	m->marks[0].at = NOW - HOUR;
}

static void
drop_image(struct model *m, struct environment *env)
{
	m->registry.images[1].present = TRI_NO;
	list_release(env->images, env->image_count, &host_images_list);
	env->images = list_new(0, &host_images_list);
	env->image_count = 0;
}

static void
spoil_nothing(struct model *m, struct environment *env)
{
}

static void
spoil_image(struct model *m, struct environment *env)
{
	drop_image(m, env);
}

static void
spoil_registry_only(struct model *m, struct environment *env)
{
	m->registry.images[1].present = TRI_NO;
}

static void
spoil_host_only(struct model *m, struct environment *env)
{
	drop_image(m, env);
	m->registry.images[1].present = TRI_YES;
}

static void
spoil_registry_unseen(struct model *m, struct environment *env)
{
	drop_image(m, env);
	m->registry.seen.observed_at = NOW - HOUR;
}

static void
spoil_both_unseen(struct model *m, struct environment *env)
{
	m->registry.seen.observed_at = NOW - HOUR;
	env->sources[SOURCE_IMAGES].observed_at = TIME_UNKNOWN;
}

static void
spoil_foreign_image(struct model *m, struct environment *env)
{
	struct tenure_image *i = &env->tenures[1].images[0];

	xstrset(&i->image, "docmost/docmost:0.95.0");
	xstrset(&i->digest, "sha256:9");
}

static void
spoil_schema(struct model *m, struct environment *env)
{
	xstrset(&env->schemas[0].fingerprint, "cc");
}

static void
spoil_schema_stale(struct model *m, struct environment *env)
{
	env->sources[SOURCE_SCHEMAS].observed_at = NOW - HOUR;
}

static void
spoil_schema_never_recorded(struct model *m, struct environment *env)
{
	xstrset(&env->tenures[1].schemas[0].fingerprint, NULL);
}

/* The same version ran before, long enough to be seen. */
static void
spoil_schema_recorded_earlier(struct model *m, struct environment *env)
{
	xstrset(&env->tenures[1].schemas[0].fingerprint, NULL);
	xstrset(&env->tenures[2].commit, OLD);
	xstrset(&env->tenures[2].schemas[0].fingerprint, "aa");
}

static void
spoil_no_schemas(struct model *m, struct environment *env)
{
	list_release(env->schemas, 1, &schemas_list);
	env->schemas = NULL;
	env->schema_count = 0;
}

static void
spoil_marked_bad(struct model *m, struct environment *env)
{
	mark(m, "v1.3.2", MARK_BAD);
	xstrset(&env->tenures[2].schemas[0].fingerprint, "aa");
}

static void
spoil_all_bad(struct model *m, struct environment *env)
{
	mark(m, "v1.3.2", MARK_BAD);
	xstrset(&env->tenures[2].commit, OLD);
}

static void
spoil_short(struct model *m, struct environment *env)
{
	env->tenures[1].healthy_ms = MINUTE;
	env->tenures[2].healthy_ms = MINUTE;
}

static void
spoil_short_but_marked(struct model *m, struct environment *env)
{
	spoil_short(m, env);
	mark(m, "v1.3.2", MARK_GOOD);
}

static void
spoil_moved(struct model *m, struct environment *env)
{
	m->releases.items[1].moved = true;
}

static void
spoil_repository(struct model *m, struct environment *env)
{
	m->releases.seen.observed_at = NOW - HOUR;
}

static void
spoil_lock(struct model *m, struct environment *env)
{
	env->lock.who = xstrdup("yan");
	env->lock.why = xstrdup("exams");
	env->lock.since = NOW - HOUR;
}

static void
spoil_backup_old(struct model *m, struct environment *env)
{
	env->backups[0].items[0].taken_at = NOW - 30 * HOUR;
}

static void
spoil_schema_and_backup(struct model *m, struct environment *env)
{
	spoil_schema(m, env);
	env->backups[0].items[0].rung = RUNG_PLAUSIBLE;
}

static void
spoil_no_gate(struct model *m, struct environment *env)
{
	m->pipelines.gates[0].reviewed = TRI_NO;
}

static void
spoil_gate_unknown(struct model *m, struct environment *env)
{
	list_release(m->pipelines.gates, m->pipelines.gate_count, &gates_list);
	m->pipelines.gates = NULL;
	m->pipelines.gate_count = 0;
}

static void
spoil_nobody(struct model *m, struct environment *env)
{
	m->pipelines.gates[0].reviewer_count = 0;
}

static void
spoil_github_down(struct model *m, struct environment *env)
{
	m->pipelines.seen.observed_at = NOW - HOUR;
}

static void
spoil_only_self(struct model *m, struct environment *env)
{
	m->pipelines.gates[0].reviewer_count = 1;
	m->pipelines.gates[0].prevents_self_review = TRI_YES;
	xstrset(&m->pipelines.gates[0].reviewers, "yan");
}

static const struct {
	void (*spoil)(struct model *m, struct environment *env);
	enum readiness_word word;
	enum readiness_code code;
	enum status status;
	const char *text;	/* in the check's sentence */
	const char *target;
} cases[] = {
	{spoil_nothing, READINESS_READY, CHECK_TARGET, STATUS_OK,
	    "v1.3.2 ran here and was well", "v1.3.2"},
	{spoil_nothing, READINESS_READY, CHECK_IMAGE, STATUS_OK,
	    "is on the host", "v1.3.2"},
	{spoil_nothing, READINESS_READY, CHECK_DRILL, STATUS_WARN,
	    "never drilled", "v1.3.2"},
	{spoil_image, READINESS_NOT_READY, CHECK_IMAGE, STATUS_CRIT,
	    "image gone from registry and host: " BRIDGE ":v1.3.2",
	    "v1.3.2"},
	{spoil_registry_only, READINESS_READY, CHECK_IMAGE, STATUS_WARN,
	    "gone from the registry", "v1.3.2"},
	{spoil_host_only, READINESS_READY, CHECK_IMAGE, STATUS_OK,
	    "is in the registry", "v1.3.2"},
	{spoil_registry_unseen, READINESS_UNKNOWN, CHECK_IMAGE,
	    STATUS_UNKNOWN, "cannot tell", "v1.3.2"},
	{spoil_both_unseen, READINESS_UNKNOWN, CHECK_IMAGE, STATUS_UNKNOWN,
	    "cannot tell", "v1.3.2"},
	{spoil_foreign_image, READINESS_READY, CHECK_IMAGE, STATUS_WARN,
	    "docmost/docmost:0.95.0 is not on the host and would be pulled",
	    "v1.3.2"},
	{spoil_schema, READINESS_NOT_READY, CHECK_SCHEMA, STATUS_CRIT,
	    "docmost schema changed since v1.3.2 ran", "v1.3.2"},
	{spoil_schema_stale, READINESS_UNKNOWN, CHECK_SCHEMA, STATUS_UNKNOWN,
	    "not read lately", "v1.3.2"},
	{spoil_schema_never_recorded, READINESS_UNKNOWN, CHECK_SCHEMA,
	    STATUS_UNKNOWN, "docmost schema that v1.3.2 ran with", "v1.3.2"},
	{spoil_schema_recorded_earlier, READINESS_READY, CHECK_SCHEMA,
	    STATUS_OK, "are as when v1.3.2 ran", "v1.3.2"},
	{spoil_no_schemas, READINESS_UNKNOWN, CHECK_SCHEMA, STATUS_UNKNOWN,
	    "no query tells", "v1.3.2"},
	{spoil_marked_bad, READINESS_UNKNOWN, CHECK_TARGET, STATUS_OK,
	    "v1.3.1 ran here", "v1.3.1"},
	{spoil_all_bad, READINESS_NOT_READY, CHECK_TARGET, STATUS_CRIT,
	    "marked bad", NULL},
	{spoil_short, READINESS_UNKNOWN, CHECK_TARGET, STATUS_UNKNOWN,
	    "watched long enough", NULL},
	{spoil_short_but_marked, READINESS_READY, CHECK_TARGET, STATUS_OK,
	    "marked good", "v1.3.2"},
	{spoil_moved, READINESS_NOT_READY, CHECK_TAG, STATUS_CRIT,
	    "moved at the remote", "v1.3.2"},
	{spoil_repository, READINESS_UNKNOWN, CHECK_TAG, STATUS_UNKNOWN,
	    "not read lately", "v1.3.2"},
	{spoil_lock, READINESS_NOT_READY, CHECK_LOCK, STATUS_CRIT,
	    "locked by yan: exams", "v1.3.2"},
	{spoil_backup_old, READINESS_READY, CHECK_BACKUP, STATUS_WARN,
	    "no docmost backup is young enough", "v1.3.2"},
	{spoil_schema_and_backup, READINESS_NOT_READY, CHECK_BACKUP,
	    STATUS_CRIT, "fully read", "v1.3.2"},
	{spoil_no_gate, READINESS_READY, CHECK_APPROVER, STATUS_WARN,
	    "no gate", "v1.3.2"},
	{spoil_gate_unknown, READINESS_UNKNOWN, CHECK_APPROVER,
	    STATUS_UNKNOWN, "not known who", "v1.3.2"},
	{spoil_nobody, READINESS_NOT_READY, CHECK_APPROVER, STATUS_CRIT,
	    "nobody may give it", "v1.3.2"},
	{spoil_github_down, READINESS_READY, CHECK_APPROVER, STATUS_WARN,
	    "over ssh only", "v1.3.2"},
	{spoil_only_self, READINESS_READY, CHECK_APPROVER, STATUS_WARN,
	    "only yan may approve", "v1.3.2"},
};

START_TEST(what_spoils_it)
{
	const struct readiness_check *check;
	struct model m;
	struct environment *env = ready(&m);

	cases[_i].spoil(&m, env);
	readiness_judge(&m, NOW);
	ck_assert_str_eq(readiness_word_name(env->readiness.word),
	    readiness_word_name(cases[_i].word));
	check = check_of(&env->readiness, cases[_i].code);
	ck_assert_ptr_nonnull(check);
	ck_assert_msg(strstr(check->text, cases[_i].text) != NULL,
	    "\"%s\" is not in \"%s\"", cases[_i].text, check->text);
	ck_assert_int_eq(check->status, cases[_i].status);
	if (cases[_i].target)
		ck_assert_str_eq(env->readiness.target, cases[_i].target);
	else
		ck_assert_ptr_null(env->readiness.target);
	model_release(&m);
}
END_TEST

START_TEST(a_restore_says_what_is_lost)
{
	struct model m;
	struct environment *env = ready(&m);

	spoil_schema(&m, env);
	readiness_judge(&m, NOW);
	ck_assert(env->readiness.restore);
	ck_assert_int_eq(env->readiness.restores_to, NOW - 9 * HOUR);
	/* The line moves up to what cannot be brought back any more. */
	ck_assert_str_eq(env->readiness.no_return, "v1.3.2");
	model_release(&m);
}
END_TEST

START_TEST(a_return_is_the_estimate)
{
	struct buf b = BUF_INIT(1024);
	struct model m;
	struct environment *env = ready(&m);

	/* v1.3.2, v1.4.0, and back. */
	xstrset(&env->tenures[2].commit, LIVE);
	xstrset(&env->tenures[2].tag, "v1.4.0");
	env->tenures[0].first_seen = NOW - 12 * DAY;
	readiness_judge(&m, NOW);
	ck_assert_int_eq(env->readiness.estimate_ms, 160000);
	readiness_text(&env->readiness, NOW, &b);
	ck_assert_str_eq(buf_str(&b), "READY v1.3.2 ~2m40s, drilled 12d ago");
	buf_release(&b);
	model_release(&m);
}
END_TEST

START_TEST(github_knows_what_ran_before)
{
	struct model m;
	struct environment *env = ready(&m);
	struct deployment *d = list_new(2, &deployments_list);

	list_release(env->tenures, env->tenure_count, &tenures_list);
	env->tenures = NULL;
	env->tenure_count = 0;
	env->version.commit = xstrdup(LIVE);
	m.pipelines.deployments = d;
	m.pipelines.deployment_count = 2;
	d[0].environment = xstrdup("prod");
	d[0].commit = xstrdup(LIVE);
	d[0].state = xstrdup("success");
	d[1].environment = xstrdup("prod");
	d[1].commit = xstrdup(OLD);
	d[1].state = xstrdup("success");
	readiness_judge(&m, NOW);
	ck_assert_str_eq(env->readiness.target, "v1.3.2");
	ck_assert_int_eq(env->readiness.word, READINESS_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(env->readiness.reason,
	    "not on record"));
	model_release(&m);
}
END_TEST

/* It ran too briefly to be good by itself, yet what it ran with is known. */
START_TEST(a_short_tenure_still_tells_the_schema)
{
	struct model m;
	struct environment *env = ready(&m);
	struct deployment *d = list_new(1, &deployments_list);

	spoil_short(&m, env);
	m.pipelines.deployments = d;
	m.pipelines.deployment_count = 1;
	d[0].environment = xstrdup("prod");
	d[0].commit = xstrdup(OLD);
	d[0].state = xstrdup("success");
	readiness_judge(&m, NOW);
	ck_assert_str_eq(env->readiness.target, "v1.3.2");
	ck_assert_int_eq(env->readiness.word, READINESS_READY);
	ck_assert_int_eq(check_of(&env->readiness, CHECK_SCHEMA)->status,
	    STATUS_OK);
	model_release(&m);
}
END_TEST

START_TEST(a_developers_machine_is_not_judged)
{
	struct model m;
	struct environment *env = ready(&m);

	env->production = false;
	readiness_judge(&m, NOW);
	ck_assert(!env->readiness.used);
	ck_assert_uint_eq(env->readiness.check_count, 0);
	model_release(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("readiness");
	TCase *t = tcase_create("readiness");

	tcase_add_test(t, a_world_that_is_ready);
	tcase_add_test(t, evidence_alone_is_no_change);
	tcase_add_loop_test(t, what_spoils_it, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, a_restore_says_what_is_lost);
	tcase_add_test(t, a_return_is_the_estimate);
	tcase_add_test(t, github_knows_what_ran_before);
	tcase_add_test(t, a_short_tenure_still_tells_the_schema);
	tcase_add_test(t, a_developers_machine_is_not_judged);
	suite_add_tcase(s, t);
	return unit_run(s);
}
