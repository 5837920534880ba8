/* The judge: what is said of scripted observations. */
#include "unit.h"

#include <math.h>

#include "base/alloc.h"
#include "model/judge.h"
#include "model/tables.h"

#define T0 INT64_C(1750000000000)
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char letters[] = {
	[STATUS_OK] = 'o', [STATUS_WARN] = 'w', [STATUS_UNKNOWN] = '?',
	[STATUS_CRIT] = 'c',
};

/* An environment that is well at `now`: engine and host fresh, one healthy
 * service. */
static struct environment *
well(struct model *m, const char *name, const char *host, int64_t now)
{
	struct environment *env = model_add_environment(m, name);
	struct service *s = environment_add_service(env, "c1", "docmost", 1);
	size_t i;

	s->state = CONTAINER_RUNNING;
	s->health = HEALTH_HEALTHY;
	s->restarts = 0;
	s->since = now - HOUR;
	s->created_at = now - HOUR;
	xstrset(&env->compose_project, "hub");
	xstrset(&env->link.host, host);
	env->link.state = LINK_UP;
	for (i = 0; i < SOURCE_KINDS; i++) {
		env->sources[i].used = i == SOURCE_ENGINE || i == SOURCE_HOST;
		env->sources[i].stale_after = 30 * SECOND;
		observation_ok(&env->sources[i], now);
	}
	return env;
}

static struct probe *
add_probe(struct environment *env, const char *name)
{
	struct probe *p = environment_add_probe(env, name);

	p->seen.used = true;
	p->seen.stale_after = 2 * MINUTE;
	return p;
}

static void
answer(struct probe *p, int code, double latency, int64_t now)
{
	observation_ok(&p->seen, now);
	p->http_code = code;
	p->latency_ms = latency;
	xstrset(&p->failure, code / 100 == 2 ? NULL : "unexpected status");
}

static void
no_answer(struct probe *p, int64_t now)
{
	observation_failed(&p->seen, now, "no answer within 10 s");
	p->http_code = -1;
	p->latency_ms = NAN;
	xstrset(&p->failure, "no answer within 10 s");
}

static void
judge(struct environment *env, int64_t now)
{
	struct limits l;

	limits_defaults(&l);
	judge_environment(env, &l, now);
}

/* All reasons as one text. The caller frees it. */
static char *
reasons(const struct causes *c)
{
	struct buf b = BUF_INIT(100000);
	size_t i;

	for (i = 0; i < c->count; i++) {
		if (i)
			buf_adds(&b, "; ");
		cause_text_english(&c->items[i], &b);
	}
	return buf_detach(&b);
}

static void
assert_reasons(const struct causes *c, const char *expected)
{
	char *text = reasons(c);

	ck_assert_str_eq(text, expected);
	free(text);
}

/* --- services: facts ----------------------------------------------------- */

static const struct {
	enum container_state state;
	enum container_health health;
	int exit_code, restarts;
	enum tri oom;
	int64_t since, created;		/* ago */
	enum status status;
	const char *reasons;
} facts[] = {
	{CONTAINER_RUNNING, HEALTH_HEALTHY, -1, 0, TRI_NO, HOUR, HOUR,
	 STATUS_OK, ""},
	{CONTAINER_RUNNING, HEALTH_HEALTHY, -1, -1, TRI_UNKNOWN, HOUR, HOUR,
	 STATUS_OK, ""},
	{CONTAINER_RUNNING, HEALTH_STARTING, -1, 0, TRI_NO, 3, HOUR,
	 STATUS_WARN, "docmost is starting"},
	{CONTAINER_RUNNING, HEALTH_UNHEALTHY, -1, 0, TRI_NO, HOUR, HOUR,
	 STATUS_CRIT, "docmost is unhealthy: wget: 503"},
	{CONTAINER_RUNNING, HEALTH_NONE, -1, 0, TRI_NO, HOUR, HOUR,
	 STATUS_WARN, "docmost has no healthcheck"},
	{CONTAINER_RUNNING, HEALTH_UNKNOWN, -1, 0, TRI_NO, HOUR, HOUR,
	 STATUS_UNKNOWN, "health of docmost is not known"},
	{CONTAINER_RUNNING, HEALTH_HEALTHY, -1, 2, TRI_NO, HOUR, DAY,
	 STATUS_OK, ""},
	{CONTAINER_RUNNING, HEALTH_HEALTHY, -1, 3, TRI_NO, HOUR, DAY,
	 STATUS_WARN, "docmost is unstable, 3 restarts"},
	/* Restarts of last week are history. */
	{CONTAINER_RUNNING, HEALTH_HEALTHY, -1, 3, TRI_NO, 25 * HOUR, 9 * DAY,
	 STATUS_OK, ""},
	{CONTAINER_RUNNING, HEALTH_UNHEALTHY, -1, 5, TRI_NO, HOUR, DAY,
	 STATUS_CRIT,
	 "docmost is unhealthy: wget: 503; docmost is unstable, 5 restarts"},
	/* The next start does not hide an oom kill. */
	{CONTAINER_RUNNING, HEALTH_HEALTHY, -1, 0, TRI_YES, HOUR, DAY,
	 STATUS_WARN, "docmost was killed for lack of memory (oom)"},
	{CONTAINER_EXITED, HEALTH_UNHEALTHY, 137, 0, TRI_YES, 5, DAY,
	 STATUS_CRIT, "docmost was killed for lack of memory (oom); "
	 "docmost exited (137: killed)"},
	{CONTAINER_EXITED, HEALTH_HEALTHY, 0, 0, TRI_NO, 5, DAY,
	 STATUS_CRIT, "docmost exited (0)"},
	{CONTAINER_EXITED, HEALTH_UNKNOWN, -1, 0, TRI_NO, 5, DAY,
	 STATUS_CRIT, "docmost exited"},
	{CONTAINER_EXITED, HEALTH_NONE, 1, 9, TRI_NO, 5, DAY,
	 STATUS_CRIT, "docmost exited (1)"},
	{CONTAINER_RESTARTING, HEALTH_UNKNOWN, 1, 4, TRI_NO, 1, DAY,
	 STATUS_CRIT, "docmost is restarting, 4 restarts"},
	{CONTAINER_PAUSED, HEALTH_HEALTHY, -1, 0, TRI_NO, 5, DAY,
	 STATUS_CRIT, "docmost is paused"},
	{CONTAINER_DEAD, HEALTH_UNKNOWN, 255, 0, TRI_NO, 5, DAY,
	 STATUS_CRIT, "docmost is dead"},
	{CONTAINER_REMOVING, HEALTH_UNKNOWN, 0, 0, TRI_NO, 5, DAY,
	 STATUS_WARN, "docmost is being removed"},
	{CONTAINER_CREATED, HEALTH_UNKNOWN, -1, 0, TRI_NO, MINUTE, MINUTE,
	 STATUS_WARN, "docmost was created and never started"},
	{CONTAINER_CREATED, HEALTH_UNKNOWN, -1, 0, TRI_NO, HOUR, HOUR,
	 STATUS_CRIT, "docmost was created and never started"},
	{CONTAINER_UNKNOWN, HEALTH_UNKNOWN, -1, -1, TRI_UNKNOWN, HOUR, HOUR,
	 STATUS_UNKNOWN, "state of docmost is not known"},
};

START_TEST(facts_count_at_once)
{
	struct model m;
	struct environment *env;
	struct service *s;

	model_init(&m);
	env = well(&m, "prod", "h", T0);
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_OK);
	model_changes_clear(&m);
	s = &env->services[0];
	s->state = facts[_i].state;
	s->health = facts[_i].health;
	s->exit_code = facts[_i].exit_code;
	s->restarts = facts[_i].restarts;
	s->oom_killed = facts[_i].oom;
	s->since = T0 - facts[_i].since;
	s->created_at = T0 - facts[_i].created;
	xstrset(&s->health_log, "wget: 503");
	judge(env, T0);
	ck_assert_int_eq(s->status, facts[_i].status);
	ck_assert_int_eq(env->status, facts[_i].status);
	assert_reasons(&env->causes, facts[_i].reasons);
	ck_assert_uint_eq(env->changes, *facts[_i].reasons ?
	    CHANGE_STATUS | CHANGE_SERVICES : 0);
	ck_assert_int_eq(s->changed, *facts[_i].reasons != '\0');
	model_changes_clear(&m);
	judge(env, T0);
	ck_assert_uint_eq(env->changes, 0);
	model_release(&m);
}
END_TEST

START_TEST(no_healthcheck_may_be_accepted)
{
	struct model m;
	struct environment *env;
	struct limits l;

	limits_defaults(&l);
	l.warn_no_healthcheck = false;
	model_init(&m);
	env = well(&m, "prod", "h", T0);
	env->services[0].health = HEALTH_NONE;
	judge_environment(env, &l, T0);
	ck_assert_int_eq(env->status, STATUS_OK);
	assert_reasons(&env->causes, "");
	assert_reasons(&env->services[0].causes,
	    "docmost has no healthcheck");
	model_release(&m);
}
END_TEST

START_TEST(replicas_are_told_apart)
{
	struct model m;
	struct environment *env;

	model_init(&m);
	env = well(&m, "prod", "h", T0);
	environment_add_service(env, "c2", "docmost", 2)->state =
	    CONTAINER_PAUSED;
	judge(env, T0);
	assert_reasons(&env->causes, "docmost-2 is paused");
	model_release(&m);
}
END_TEST

/* --- samples: hysteresis ------------------------------------------------- */

/*
 * One letter per ten seconds. Probes: g good, s slow, f no answer, 5 a 503,
 * J a 200 with the wrong content. Host: l low, w over the warning, c over the
 * critical limit, n not known. Both: a point is no new sample, ~ an hour
 * without any.
 */
static const struct {
	const char *samples, *words;
} probe_runs[] = {
	{"gggg", "oooo"},
	{"f", "c"},			/* the first counts at once */
	{"s", "w"},
	{"fg", "cc"},
	{"fgg", "cco"},
	{"gfg", "ooo"},			/* one bad sample */
	{"gffg", "oooo"},
	{"gfff", "oooc"},
	{"gf..", "oooo"},		/* the same sample counts once */
	{"gf.f.f", "oooooc"},
	{"gfgfgfgfgf", "oooooooooo"},	/* flapping by one */
	{"gffgffgff", "ooooooooo"},
	{"gfffgfgfgf", "ooocccccc" "c"},/* down, and not yet good twice */
	{"gfffgfgg", "ooocccco"},
	{"g555", "oooc"},
	{"gf5f", "oooc"},
	{"gJJJ", "oooc"},
	{"gsss", "ooow"},
	{"gssf", "ooow"},		/* the mildest of the run */
	{"gsssfff", "ooowwwc"},
	{"gsssfffgg", "ooowwwcco"},
	{"gfffgs", "oooccw"},		/* the worst of the way back */
	{"gfffss", "oooccw"},
	{"gfffssgg", "oooccwwo"},
	{"g~", "o?"},
	{"g~f", "o?c"},			/* nothing to hold on to */
	{"gff~g", "ooo?o"},
	{"gfff~g", "oooc?o"},
	{".g", "?o"},			/* nothing observed yet */
}, host_runs[] = {
	{"llll", "oooo"},
	{"c", "o"},			/* a busy second is no state */
	{"ccc", "ooc"},
	{"www", "oow"},
	{"lclclc", "oooooo"},
	{"lccl", "oooo"},
	{"lccc", "oooc"},
	{"lwcc", "ooow"},
	{"lcccl", "ooocc"},
	{"lcccll", "oooc" "co"},
	{"lccclcll", "ooocccco"},
	{"lwwwwcccwwll", "ooowwwwccwwo"},
	{"n", "?"},			/* cpu needs two readings */
	{"nl", "?o"},
	{"lcncc", "ooooc"},		/* a hole neither counts nor forgives */
	{"lcccn", "ooocc"},
	{"l~", "o?"},
	{"lccc~l", "oooc?o"},
	{"lccc~c", "oooc?o"},
	{"lc..c.c", "ooooo" "oc"},
};

static void
sample_probe(struct probe *p, char letter, int64_t now)
{
	switch (letter) {
	case 'g':
		answer(p, 200, 60, now);
		break;
	case 's':
		answer(p, 200, 1600, now);
		break;
	case 'f':
		no_answer(p, now);
		break;
	case '5':
		answer(p, 503, 60, now);
		break;
	case 'J':
		answer(p, 200, 60, now);
		xstrset(&p->failure, "status is \"error\"");
		break;
	}
}

static void
sample_host(struct environment *env, char letter, int64_t now)
{
	static const char figures[] = "lwcn";
	static const double values[] = {10, 85, 97, NAN};

	if (strchr(figures, letter)) {
		env->host.cpu_percent = values[strchr(figures, letter) -
		    figures];
		observation_ok(&env->sources[SOURCE_HOST], now);
	}
}

START_TEST(probes_have_hysteresis)
{
	struct model m;
	struct environment *env;
	struct probe *p;
	int64_t now = T0;
	size_t i;

	model_init(&m);
	env = well(&m, "prod", "h", now);
	p = add_probe(env, "wiki");
	for (i = 0; probe_runs[_i].samples[i]; i++) {
		char letter = probe_runs[_i].samples[i];

		now += letter == '~' ? HOUR : 10 * SECOND;
		sample_probe(p, letter, now);
		observation_ok(&env->sources[SOURCE_ENGINE], now);
		observation_ok(&env->sources[SOURCE_HOST], now);
		judge(env, now);
		ck_assert_msg(letters[p->status] == probe_runs[_i].words[i],
		    "%s: %c at %zu", probe_runs[_i].samples,
		    letters[p->status], i);
		ck_assert_int_eq(env->status, p->status);
		ck_assert_int_eq(env->causes.count == 0,
		    p->status == STATUS_OK);
	}
	model_release(&m);
}
END_TEST

START_TEST(host_figures_have_hysteresis)
{
	struct model m;
	struct environment *env;
	int64_t now = T0;
	size_t i;

	model_init(&m);
	env = well(&m, "prod", "h", now);
	for (i = 0; host_runs[_i].samples[i]; i++) {
		char letter = host_runs[_i].samples[i];

		now += letter == '~' ? HOUR : 10 * SECOND;
		sample_host(env, letter, now);
		judge(env, now);
		ck_assert_msg(letters[env->host.status] ==
		    host_runs[_i].words[i], "%s: %c at %zu",
		    host_runs[_i].samples, letters[env->host.status], i);
	}
	model_release(&m);
}
END_TEST

START_TEST(figures_are_named)
{
	struct model m;
	struct environment *env;

	model_init(&m);
	env = well(&m, "prod", "h", T0);
	env->host.cpu_percent = 12;
	env->host.memory_percent = 84.6;
	env->host.disk_percent = 93.9;
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_CRIT);
	assert_reasons(&env->causes, "disk 93 %; memory 84 %");
	model_release(&m);
}
END_TEST

START_TEST(a_probe_keeps_its_reason_on_the_way_back)
{
	struct model m;
	struct environment *env;
	struct probe *p;
	int64_t now = T0;

	model_init(&m);
	env = well(&m, "prod", "h", now);
	p = add_probe(env, "wiki");
	answer(p, 503, 20, now);
	judge(env, now);
	assert_reasons(&env->causes, "wiki answers 503");
	answer(p, 200, 20, ++now);
	judge(env, now);
	assert_reasons(&env->causes, "wiki answers 503");
	no_answer(p, ++now);
	judge(env, now);
	assert_reasons(&env->causes, "wiki: no answer within 10 s");
	answer(p, 200, 20, ++now);
	judge(env, now);
	answer(p, 200, 20, ++now);
	judge(env, now);
	assert_reasons(&env->causes, "");
	sample_probe(p, 'J', ++now);
	p->streak.sampled_at = TIME_UNKNOWN;
	judge(env, now);
	assert_reasons(&env->causes, "wiki: status is \"error\"");
	model_release(&m);
}
END_TEST

/* --- certificates -------------------------------------------------------- */

static const struct {
	int64_t left;
	bool untrusted;
	enum status status;
	const char *reasons;
} certificates[] = {
	{60 * DAY, false, STATUS_OK, ""},
	{25 * DAY, false, STATUS_OK, ""},
	{25 * DAY - 1, false, STATUS_WARN,
	 "certificate of wiki: 24 d left"},
	{7 * DAY, false, STATUS_WARN, "certificate of wiki: 7 d left"},
	{7 * DAY - 1, false, STATUS_CRIT,
	 "certificate of wiki: 6 d left"},
	{HOUR, false, STATUS_CRIT,
	 "certificate of wiki expires within a day"},
	{0, false, STATUS_CRIT, "certificate of wiki has expired"},
	{-3 * DAY, false, STATUS_CRIT,
	 "certificate of wiki expired 3 d ago"},
	{60 * DAY, true, STATUS_WARN,
	 "certificate of wiki is not trusted"},
	{-DAY, true, STATUS_CRIT, "certificate of wiki expired 1 d ago; "
	 "certificate of wiki is not trusted"},
};

START_TEST(certificates_end)
{
	struct model m;
	struct environment *env;
	struct probe *p;

	model_init(&m);
	env = well(&m, "prod", "h", T0);
	p = add_probe(env, "wiki");
	answer(p, 200, 20, T0);
	p->tls_expires = T0 + certificates[_i].left;
	p->tls_untrusted = certificates[_i].untrusted;
	judge(env, T0);
	ck_assert_int_eq(env->status, certificates[_i].status);
	assert_reasons(&env->causes, certificates[_i].reasons);
	model_release(&m);
}
END_TEST

/* --- environments: what is not known ------------------------------------- */

START_TEST(never_observed_is_unknown)
{
	struct model m;
	struct environment *env;

	model_init(&m);
	env = model_add_environment(&m, "prod");
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_UNKNOWN);
	assert_reasons(&env->causes, "no data from prod yet");
	env->sources[SOURCE_ENGINE].used = true;
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_UNKNOWN);
	ck_assert(!env->stale);
	assert_reasons(&env->causes, "no data from the engine yet");
	observation_failed(&env->sources[SOURCE_ENGINE], T0, "no socket");
	judge(env, T0);
	assert_reasons(&env->causes, "no data from the engine yet: no socket");
	ck_assert_int_eq(env->observed_at, TIME_UNKNOWN);
	model_release(&m);
}
END_TEST

START_TEST(a_silent_engine_goes_stale)
{
	struct model m;
	struct environment *env;
	struct observation *engine;

	model_init(&m);
	env = well(&m, "prod", "h", T0);
	engine = &env->sources[SOURCE_ENGINE];
	judge(env, T0 + 30 * SECOND);
	ck_assert_int_eq(env->status, STATUS_OK);
	ck_assert_int_eq(env->observed_at, T0);
	observation_ok(&env->sources[SOURCE_HOST], T0 + 30 * SECOND);
	judge(env, T0 + 30 * SECOND);
	model_changes_clear(&m);
	judge(env, T0 + 47 * SECOND);
	ck_assert_int_eq(env->status, STATUS_UNKNOWN);
	ck_assert(env->stale);
	ck_assert_int_eq(env->observed_at, T0);
	assert_reasons(&env->causes, "no data from the engine for 45 s");
	ck_assert_int_eq(env->services[0].status, STATUS_UNKNOWN);
	ck_assert_int_eq(env->services[0].state, CONTAINER_RUNNING);
	ck_assert_uint_eq(env->changes, CHANGE_STATUS | CHANGE_SERVICES);
	model_changes_clear(&m);
	judge(env, T0 + 49 * SECOND);	/* the sentence is the same */
	ck_assert_uint_eq(env->changes, 0);
	observation_ok(engine, T0 + 50 * SECOND);
	judge(env, T0 + 50 * SECOND);
	ck_assert_int_eq(env->status, STATUS_OK);
	ck_assert(!env->stale);
	ck_assert_int_eq(env->services[0].status, STATUS_OK);
	ck_assert_int_eq(env->observed_at, T0 + 30 * SECOND);
	model_release(&m);
}
END_TEST

START_TEST(a_failing_engine_warns_first)
{
	struct model m;
	struct environment *env;

	model_init(&m);
	env = well(&m, "local", NULL, T0);
	observation_failed(&env->sources[SOURCE_ENGINE], T0 + 5 * SECOND,
	    "connection refused");
	judge(env, T0 + 5 * SECOND);
	ck_assert_int_eq(env->status, STATUS_WARN);
	ck_assert(!env->stale);
	assert_reasons(&env->causes,
	    "no data from the engine for 5 s: connection refused");
	observation_ok(&env->sources[SOURCE_ENGINE], T0 + 6 * SECOND);
	judge(env, T0 + 6 * SECOND);
	ck_assert_int_eq(env->status, STATUS_OK);
	model_release(&m);
}
END_TEST

START_TEST(lesser_sources_only_warn)
{
	struct model m;
	struct environment *env;
	struct observation *o;

	model_init(&m);
	env = well(&m, "prod", "h", T0);
	o = &env->sources[SOURCE_CHECKOUT];
	o->used = true;
	o->observed_at = TIME_UNKNOWN;
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_OK);
	observation_failed(o, T0, "not a git repository");
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_WARN);
	assert_reasons(&env->causes,
	    "no data from the checkout yet: not a git repository");
	o->observed_at = T0 - HOUR;
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_WARN);
	ck_assert(!env->stale);
	model_release(&m);
}
END_TEST

START_TEST(a_project_without_containers)
{
	struct model m;
	struct environment *env;

	model_init(&m);
	env = well(&m, "prod", "h", T0);
	environment_remove_service(env, "c1");
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_CRIT);
	assert_reasons(&env->causes, "no container of project hub");
	model_release(&m);
}
END_TEST

START_TEST(a_broken_link_is_not_an_outage)
{
	struct model m;
	struct environment *env;
	struct probe *p;

	model_init(&m);
	env = well(&m, "prod", "h", T0);
	p = add_probe(env, "wiki");
	answer(p, 200, 20, T0);
	env->link.state = LINK_DOWN;
	xstrset(&env->link.error, "no byte for 20 s");
	judge(env, T0 + SECOND);
	ck_assert_int_eq(env->status, STATUS_UNKNOWN);
	ck_assert(env->stale);
	assert_reasons(&env->causes, "unreachable: no byte for 20 s");
	ck_assert_int_eq(env->services[0].status, STATUS_UNKNOWN);
	ck_assert_int_eq(env->host.status, STATUS_UNKNOWN);
	env->link.state = LINK_CONNECTING;	/* tries again */
	judge(env, T0 + 2 * SECOND);
	ck_assert_int_eq(env->status, STATUS_UNKNOWN);
	/* The second vantage point sees it too. */
	no_answer(p, T0 + 3 * SECOND);
	p->streak.sampled_at = TIME_UNKNOWN;
	judge(env, T0 + 3 * SECOND);
	ck_assert_int_eq(env->status, STATUS_CRIT);
	assert_reasons(&env->causes, "wiki: no answer within 10 s; "
	    "unreachable: no byte for 20 s");
	answer(p, 200, 20, T0 + 4 * SECOND);
	p->streak.sampled_at = TIME_UNKNOWN;
	env->link.state = LINK_UP;
	judge(env, T0 + 4 * SECOND);
	ck_assert_int_eq(env->status, STATUS_OK);
	ck_assert(!env->stale);
	model_release(&m);
}
END_TEST

START_TEST(a_first_connection_is_no_failure)
{
	struct model m;
	struct environment *env;

	model_init(&m);
	env = model_add_environment(&m, "prod");
	env->link.state = LINK_CONNECTING;
	env->sources[SOURCE_ENGINE].used = true;
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_UNKNOWN);
	assert_reasons(&env->causes, "no data from the engine yet");
	model_release(&m);
}
END_TEST

START_TEST(many_causes_are_counted)
{
	struct model m;
	struct environment *env;
	char id[16];
	int i;

	model_init(&m);
	env = well(&m, "prod", "h", T0);
	for (i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "x%d", i);
		environment_add_service(env, id, id, 1)->state =
		    i < 50 ? CONTAINER_EXITED : CONTAINER_REMOVING;
	}
	judge(env, T0);
	ck_assert_uint_eq(env->causes.count, 32);
	ck_assert_int_eq(env->causes.items[31].code, CAUSE_MORE);
	ck_assert_double_eq(env->causes.items[31].number, 69);
	ck_assert_int_eq(env->status, STATUS_CRIT);
	model_release(&m);
}
END_TEST

/* --- the observer -------------------------------------------------------- */

static void
judge_all(struct model *m, int64_t now)
{
	size_t i;

	judge_observer(m, now);
	for (i = 0; i < m->environment_count; i++)
		judge(&m->environments[i], now);
}

static void
set_links(struct model *m, enum link_state state)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		if (m->environments[i].link.host)
			m->environments[i].link.state = state;
}

START_TEST(it_is_us_who_are_cut_off)
{
	struct model m;
	struct environment *local, *prod;
	struct probe *p;

	model_init(&m);
	well(&m, "local", NULL, T0);
	well(&m, "staging", "h1", T0);
	well(&m, "prod", "h2", T0);
	local = model_environment(&m, "local");
	prod = model_environment(&m, "prod");
	p = add_probe(prod, "wiki");
	answer(p, 200, 20, T0);
	judge_all(&m, T0);
	ck_assert(!m.cut_off);
	ck_assert_int_eq(model_status(&m), STATUS_OK);
	ck_assert_int_eq(m.observed_at, T0);

	/* As long as a probe gets an answer, even a bad one, we are not. */
	set_links(&m, LINK_DOWN);
	answer(p, 502, 20, T0 + 1);
	judge_all(&m, T0 + 1);
	ck_assert(!m.cut_off);
	ck_assert_int_eq(prod->status, STATUS_UNKNOWN);

	no_answer(p, T0 + 2);
	p->streak.sampled_at = TIME_UNKNOWN;
	model_changes_clear(&m);
	judge_all(&m, T0 + 2);
	ck_assert(m.cut_off);
	ck_assert(m.changed);
	ck_assert_uint_eq(m.notice_count, 1);
	ck_assert_str_eq(m.notices[0].key, "cut-off");
	ck_assert_int_eq(prod->status, STATUS_UNKNOWN);
	ck_assert_int_eq(p->status, STATUS_UNKNOWN);
	ck_assert_int_eq(local->status, STATUS_OK);
	model_changes_clear(&m);
	ck_assert(!judge_observer(&m, T0 + 2));
	judge_all(&m, T0 + 2);
	ck_assert(!model_has_changes(&m));

	set_links(&m, LINK_UP);
	answer(p, 200, 20, T0 + 3);
	ck_assert(judge_observer(&m, T0 + 3));
	ck_assert(!m.cut_off);
	ck_assert_uint_eq(m.notice_count, 0);
	ck_assert(!prod->cut_off);
	model_release(&m);
}
END_TEST

START_TEST(one_host_down_is_not_us)
{
	struct model m;

	model_init(&m);
	well(&m, "staging", "h1", T0);
	well(&m, "prod", "h1", T0);
	set_links(&m, LINK_DOWN);
	judge_all(&m, T0);
	ck_assert(!m.cut_off);		/* both on one host */
	well(&m, "other", "h2", T0);
	judge_all(&m, T0);
	ck_assert(!m.cut_off);		/* that one is up */
	model_release(&m);

	model_init(&m);
	well(&m, "local", NULL, T0);
	well(&m, "prod", "h1", T0);
	set_links(&m, LINK_DOWN);
	judge_all(&m, T0);
	ck_assert(!m.cut_off);		/* a single one proves nothing */
	model_release(&m);
}
END_TEST

/* --- backups ------------------------------------------------------------- */

static struct backup_series *
add_backups(struct environment *env)
{
	struct backup_series *s = list_new(2, &backups_list);
	static const char *const kinds[] = {"docmost", "host"};
	size_t i;

	env->backups = s;
	env->backup_count = 2;
	for (i = 0; i < 2; i++) {
		s[i].kind = xstrdup(kinds[i]);
		s[i].max_age_ms = DAY;
		s[i].seen.used = true;
		s[i].seen.stale_after = HOUR;
		s[i].items = list_new(1, &backup_items_list);
		s[i].items[0].name = xstrdup("x");
		s[i].items[0].taken_at = T0 - HOUR;
		s[i].items[0].bytes = 100000;
		s[i].count = 1;
		observation_ok(&s[i].seen, T0);
		backup_series_finish(&s[i]);
	}
	return s;
}

START_TEST(backups_count)
{
	struct environment *env;
	struct backup_series *s;
	struct model m;

	model_init(&m);
	env = well(&m, "prod", "prod", T0);
	s = add_backups(env);
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_OK);
	ck_assert_int_eq(s[0].status, STATUS_OK);
	ck_assert(env->changes & CHANGE_BACKUPS);
	model_changes_clear(&m);
	judge(env, T0);
	ck_assert(!(env->changes & CHANGE_BACKUPS));
	s[0].items[0].taken_at = T0 - 26 * HOUR;
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_WARN);
	assert_reasons(&env->causes, "docmost backup 26 h old");
	ck_assert(env->changes & CHANGE_BACKUPS);
	s[0].items[0].taken_at = T0 - 48 * HOUR;
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_CRIT);
	model_release(&m);
}
END_TEST

START_TEST(unlisted_backups_warn)
{
	struct environment *env;
	struct backup_series *s;
	struct model m;

	model_init(&m);
	env = well(&m, "prod", "prod", T0);
	s = add_backups(env);
	s[1].seen.observed_at = TIME_UNKNOWN;
	judge(env, T0);
	/* Not tried yet. */
	ck_assert_int_eq(env->status, STATUS_OK);
	ck_assert_int_eq(s[1].status, STATUS_UNKNOWN);
	observation_failed(&s[1].seen, T0, "no such bucket");
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_WARN);
	/* A kind is a name, never one of our words. */
	assert_reasons(&env->causes,
	    "host backups cannot be listed: no such bucket");
	/* The link says it for those that need it; facts are still told. */
	s[0].items[0].taken_at = T0 - 26 * HOUR;
	env->link.state = LINK_DOWN;
	judge(env, T0);
	ck_assert_int_eq(env->status, STATUS_UNKNOWN);
	assert_reasons(&env->causes, "unreachable; docmost backup 26 h old");
	model_release(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("judge");
	TCase *t = tcase_create("judge");

	tcase_set_timeout(t, 60);	/* valgrind */
	tcase_add_loop_test(t, facts_count_at_once, 0, COUNT(facts));
	tcase_add_test(t, no_healthcheck_may_be_accepted);
	tcase_add_test(t, replicas_are_told_apart);
	tcase_add_loop_test(t, probes_have_hysteresis, 0, COUNT(probe_runs));
	tcase_add_loop_test(t, host_figures_have_hysteresis, 0,
	    COUNT(host_runs));
	tcase_add_test(t, figures_are_named);
	tcase_add_test(t, a_probe_keeps_its_reason_on_the_way_back);
	tcase_add_loop_test(t, certificates_end, 0, COUNT(certificates));
	tcase_add_test(t, never_observed_is_unknown);
	tcase_add_test(t, a_silent_engine_goes_stale);
	tcase_add_test(t, a_failing_engine_warns_first);
	tcase_add_test(t, lesser_sources_only_warn);
	tcase_add_test(t, a_project_without_containers);
	tcase_add_test(t, a_broken_link_is_not_an_outage);
	tcase_add_test(t, a_first_connection_is_no_failure);
	tcase_add_test(t, many_causes_are_counted);
	tcase_add_test(t, backups_count);
	tcase_add_test(t, unlisted_backups_warn);
	tcase_add_test(t, it_is_us_who_are_cut_off);
	tcase_add_test(t, one_host_down_is_not_us);
	suite_add_tcase(s, t);
	return unit_run(s);
}
