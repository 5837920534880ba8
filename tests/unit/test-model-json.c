/* The model as JSON: the contract, round trips, changes, malformed input. */
#include "unit.h"

#include <math.h>

#include "base/alloc.h"
#include "model/model-json.h"
#include "model/release.h"

#define NOW INT64_C(1750000000000)	/* 2025-06-15T15:06:40Z */
#define DAY (INT64_C(24) * 3600 * 1000)

static char *
printed(struct json *v)
{
	struct buf b = BUF_INIT(64 << 20);

	ck_assert_int_eq(json_print(v, &b), 0);
	json_free(v);
	return buf_detach(&b);
}

/* v through text, as over a socket. */
static struct json *
wired(struct json *v)
{
	char *text = printed(v);
	struct err e;
	struct json *back = json_parse(text, strlen(text), &e);

	ck_assert_msg(back != NULL, "%s", e.text);
	free(text);
	return back;
}

static void
fill_service(struct environment *env, int n)
{
	char *id = xasprintf("%064x", n), *name = xasprintf("svc%02d", n % 40);
	struct service *s = environment_add_service(env, id, name, n / 40 + 1);

	s->container_name = xasprintf("prod-%s-1", name);
	s->image = xstrdup("registry.example/docmost:1.4.0");
	s->digest = xasprintf("sha256:%064x", n + 1);
	s->state = CONTAINER_RUNNING;
	s->health = HEALTH_HEALTHY;
	s->since = NOW - 1000 * n;
	s->created_at = NOW - 2000 * n;
	s->restarts = n % 3;
	s->oom_killed = n % 7 ? TRI_NO : TRI_UNKNOWN;
	s->pid = 1000 + n;
	s->memory_limit = INT64_C(1) << 32;
	s->status = STATUS_OK;
	service_sample(env, s, NOW - 10, 12.34567 + n, 1000000 + n);
	free(id);
	free(name);
}

static void
fill_releases(struct releases *r)
{
	struct release *items = xcalloc(2, sizeof(*items));

	items[0] = (struct release){.tag = xstrdup("v1.4.0"),
		.commit = xasprintf("%040d", 4), .date = NOW - 100,
		.author = xstrdup("corentin"), .subject = xstrdup("Release"),
		.annotated = true};
	items[1] = (struct release){.tag = xstrdup("v1.3.2"),
		.commit = xasprintf("%040d", 3), .date = TIME_UNKNOWN};
	releases_finish(r, items, 2);
	r->seen.used = true;
	observation_ok(&r->seen, NOW - 50);
	observation_failed(&r->fetched, NOW - 40, "no route");
	r->branch = xstrdup("main");
	r->head = xasprintf("%040d", 5);
	r->commits_since = 3;
	r->shallow = TRI_NO;
	r->items[0].notes = xstrdup("### Added\n- x");
	r->changed = true;
}

static void
fill(struct model *m, int services)
{
	struct environment *env;
	struct probe *p;
	size_t i;

	model_init(m);
	xstrset(&m->project, "formation-hub");
	m->observed_at = NOW - 5;
	model_notice(m, "config", STATUS_WARN, "vigie.yaml:3: what");
	fill_releases(&m->releases);
	model_add_environment(m, "local");
	env = model_add_environment(m, "prod");
	xstrset(&env->title, "PROD");
	env->production = true;
	xstrset(&env->data, "real");
	xstrset(&env->approval, "Yan or Corentin");
	xstrset(&env->compose_project, "hub-prod");
	env->link.state = LINK_UP;
	xstrset(&env->link.transport, "libssh2");
	xstrset(&env->link.host, "prod.example");
	env->link.since = NOW - DAY;
	for (i = 0; i < (size_t)services; i++)
		fill_service(env, (int)i);
	env->host.cpu_percent = 22.25;
	env->host.load1 = 0.125;
	env->host.memory_percent = 61;
	env->host.memory_total = INT64_C(16) << 30;
	env->host.status = STATUS_OK;
	series_add(&env->host.cpu, 21.04);
	series_add(&env->host.cpu, NAN);
	series_add(&env->host.cpu, 22.25);
	series_add(&env->host.memory, 61);
	p = environment_add_probe(env, "wiki");
	xstrset(&p->url, "https://wiki.example/api/health");
	p->seen.used = true;
	observation_ok(&p->seen, NOW - 40);
	p->http_code = 503;
	p->latency_ms = 63.22;
	p->tls_expires = NOW + 24 * DAY + 5;
	xstrset(&p->failure, "answers 503");
	p->status = STATUS_CRIT;
	causes_add(&p->causes, CAUSE_PROBE_STATUS, STATUS_CRIT, "wiki", 503,
	    NULL);
	series_add(&p->latency, 63.22);
	xstrset(&env->version.tag, "v1.4.0");
	xstrset(&env->version.commit, "9d20b11");
	env->version.dirty = TRI_NO;
	for (i = 0; i < SOURCE_KINDS; i++) {
		env->sources[i].used = i != SOURCE_CHECKOUT;
		env->sources[i].stale_after = 30000;
		observation_ok(&env->sources[i], NOW - 100);
	}
	observation_failed(&env->sources[SOURCE_STATS], NOW, "no \"cgroup\"");
	env->status = STATUS_CRIT;
	env->observed_at = NOW - 100;
	causes_add_all(&env->causes, &p->causes);
	causes_add(&env->causes, CAUSE_DISK_HIGH, STATUS_WARN, NULL, 93, NULL);
}

/* Every key of the contract, with its JSON type: s text, n number, b truth,
 * a array, o object, 0 null. */
static const struct {
	const char *path, *types;
} contract[] = {
	{"project", "s"},
	{"observed_at", "s"},
	{"environments", "a"},
	{"E.name", "s"},
	{"E.status", "s"},
	{"E.reasons", "a"},
	{"E.stale", "b"},
	{"E.observed_at", "s0"},
	{"E.version.tag", "s0"},
	{"E.version.commit", "s0"},
	{"E.version.dirty", "b0"},
	{"E.version.since", "s0"},
	{"E.services", "a"},
	{"E.host.cpu_percent", "n0"},
	{"E.host.load1", "n0"},
	{"E.host.memory_percent", "n0"},
	{"E.host.disk_percent", "n0"},
	{"E.probes", "a"},
	{"S.name", "s"},
	{"S.container", "s"},
	{"S.status", "s"},
	{"S.state", "s0"},
	{"S.health", "s0"},
	{"S.since", "s0"},
	{"S.restarts", "n0"},
	{"S.oom_killed", "b0"},
	{"S.image", "s0"},
	{"S.digest", "s0"},
	{"S.cpu_percent", "n0"},
	{"S.memory_bytes", "n0"},
	{"P.name", "s"},
	{"P.url", "s0"},
	{"P.status", "s"},
	{"P.http_code", "n0"},
	{"P.latency_ms", "n0"},
	{"P.tls_days_left", "n0"},
};

static char
type_of(const struct json *v)
{
	if (json_is_object(v))
		return 'o';
	if (json_is_array(v))
		return 'a';
	if (json_is_string(v))
		return 's';
	if (json_is_null(v))
		return '0';
	return isnan(json_number(v, NAN)) ? 'b' : 'n';
}

static const struct json *
contract_value(const struct json *root, const char *path)
{
	const struct json *at = root;

	if (path[1] != '.')
		return json_path(root, path);
	at = json_next(json_first(json_get(root, "environments")));
	if (path[0] == 'S')
		at = json_first(json_get(at, "services"));
	else if (path[0] == 'P')
		at = json_first(json_get(at, "probes"));
	return json_path(at, path + 2);
}

START_TEST(the_contract_holds)
{
	struct model m;
	struct json *v;
	size_t i;

	fill(&m, 3);
	v = model_to_json(&m, NOW);
	for (i = 0; i < sizeof(contract) / sizeof(contract[0]); i++) {
		const struct json *at = contract_value(v, contract[i].path);

		ck_assert_msg(at != NULL, "%s", contract[i].path);
		ck_assert_msg(strchr(contract[i].types, type_of(at)) != NULL,
		    "%s is %c", contract[i].path, type_of(at));
	}
	ck_assert_str_eq(json_text(json_get(v, "observed_at"), ""),
	    "2025-06-15T15:06:39.995Z");
	ck_assert_int_eq(json_int(contract_value(v, "P.tls_days_left"), 0),
	    24);
	ck_assert_double_eq(json_number(contract_value(v,
	    "S.cpu_percent"), 0), 12.3);
	ck_assert(type_of(contract_value(v, "E.version.since")) == '0');
	ck_assert_str_eq(json_text(json_first(contract_value(v,
	    "E.reasons")), ""), "wiki answers 503");
	json_free(v);
	model_release(&m);
}
END_TEST

/* Streaks never leave the server. */
START_TEST(no_streaks_on_the_wire)
{
	struct model m;
	char *text;

	fill(&m, 2);
	text = printed(model_to_json(&m, NOW));
	ck_assert_ptr_null(strstr(text, "streak"));
	free(text);
	model_release(&m);
}
END_TEST

static void
assert_same(const struct model *a, const struct model *b)
{
	char *x = printed(model_to_json(a, NOW));
	char *y = printed(model_to_json(b, NOW));
	size_t i = 0;

	while (x[i] && x[i] == y[i])
		i++;
	ck_assert_msg(x[i] == y[i], "at %zu: %.80s / %.80s", i, x + i, y + i);
	free(x);
	free(y);
}

START_TEST(round_trip_is_identity)
{
	struct model m, copy;
	struct json *v;
	struct err e;
	const struct environment *env;

	fill(&m, 12);
	model_init(&copy);
	v = wired(model_to_json(&m, NOW));
	ck_assert_msg(model_from_json(&copy, v, &e) == 0, "%s", e.text);
	assert_same(&m, &copy);
	ck_assert(copy.changed);
	env = model_find(&copy, "prod");
	ck_assert_ptr_nonnull(env);
	ck_assert_uint_eq(env->changes, CHANGE_ALL);
	ck_assert_uint_eq(env->service_count, 12);
	ck_assert_int_eq(env->services[0].cpu.count, 1);
	ck_assert_int_eq(env->host.cpu.count, 3);
	ck_assert(isnan(series_at(&env->host.cpu, 1)));
	ck_assert(causes_equal(&env->causes, &m.environments[1].causes));
	ck_assert_int_eq(env->sources[SOURCE_CHECKOUT].used, false);
	ck_assert_str_eq(env->sources[SOURCE_STATS].error, "no \"cgroup\"");
	json_free(v);
	model_release(&m);
	model_release(&copy);
}
END_TEST

START_TEST(snapshot_keeps_the_curves)
{
	struct model m, copy;
	struct json *v;
	struct environment *env;

	fill(&m, 2);
	env = model_environment(&m, "prod");
	model_init(&copy);
	v = model_to_json(&m, NOW);
	ck_assert_int_eq(model_from_json(&copy, v, NULL), 0);
	ck_assert_int_eq(model_from_json(&copy, v, NULL), 0);
	json_free(v);
	env = model_environment(&copy, "prod");
	ck_assert_int_eq(env->services[0].cpu.count, 1);
	env = model_environment(&m, "prod");
	service_sample(env, &env->services[0], NOW, 50, 5);
	v = model_to_json(&m, NOW);
	ck_assert_int_eq(model_from_json(&copy, v, NULL), 0);
	json_free(v);
	env = model_environment(&copy, "prod");
	ck_assert_int_eq(env->services[0].cpu.count, 2);
	ck_assert_double_eq(series_last(&env->services[0].cpu), 50);
	model_release(&m);
	model_release(&copy);
}
END_TEST

START_TEST(a_sample_costs_little)
{
	struct model m;
	struct environment *env;
	struct json *v;
	const struct json *s;

	fill(&m, 5);
	model_changes_clear(&m);
	ck_assert_ptr_null(model_changes_to_json(&m, NOW));
	env = model_environment(&m, "prod");
	service_sample(env, &env->services[1], NOW, 1.26, 77);
	v = model_changes_to_json(&m, NOW);
	ck_assert_uint_eq(json_count(json_get(v, "environments")), 1);
	s = json_get(json_first(json_get(v, "environments")), "services");
	ck_assert_uint_eq(json_count(s), 1);
	s = json_first(s);
	ck_assert_uint_eq(json_count(s), 4);
	ck_assert_double_eq(json_number(json_get(s, "cpu_percent"), 0), 1.3);
	json_free(v);
	model_release(&m);
}
END_TEST

/* --- random changes ------------------------------------------------------ */

static uint32_t
roll(uint32_t *seed, uint32_t sides)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % sides;
}

static const char *const texts[] = {NULL, "a", "caf\xc3\xa9", "\"q\"\\ /",
	"longer than the others, by far"};

static const char *
any_text(uint32_t *seed)
{
	return texts[roll(seed, 5)];
}

static void
mutate_service(struct environment *env, uint32_t *seed, int64_t now)
{
	struct service *s;
	unsigned n = roll(seed, 30);
	char *id = xasprintf("id%03u", n), *name = xasprintf("n%u", n % 6);

	switch (roll(seed, 6)) {
	case 0:
		environment_remove_service(env, id);
		break;
	case 1:
	case 2:
		s = environment_service(env, id);
		if (s)
			service_sample(env, s, now, roll(seed, 4000) / 7.0,
			    roll(seed, 1000000));
		break;
	default:
		s = environment_add_service(env, id, name, (int)n % 3);
		s->state = roll(seed, 8);
		s->health = roll(seed, 5);
		s->status = roll(seed, 4);
		s->oom_killed = (int)roll(seed, 3) - 1;
		s->exit_code = (int)roll(seed, 256) - 1;
		s->since = roll(seed, 4) ? now : TIME_UNKNOWN;
		xstrset(&s->health_log, any_text(seed));
		causes_clear(&s->causes);
		if (roll(seed, 2))
			causes_add(&s->causes, roll(seed, CAUSE_CODES),
			    roll(seed, 4), any_text(seed), roll(seed, 100),
			    any_text(seed));
		service_touch(env, s);
	}
	free(id);
	free(name);
}

static void
mutate_probe(struct environment *env, uint32_t *seed, int64_t now)
{
	char *name = xasprintf("p%u", roll(seed, 4));
	struct probe *p;

	if (roll(seed, 8) == 0) {
		environment_remove_probe(env, name);
	} else {
		p = environment_add_probe(env, name);
		p->latency_ms = roll(seed, 5) ? roll(seed, 9999) / 3.0 : NAN;
		if (p->seen.attempted_at != now)
			series_add(&p->latency, p->latency_ms);
		else
			p->latency_ms = series_last(&p->latency);
		if (isnan(p->latency_ms))
			observation_failed(&p->seen, now, any_text(seed));
		else
			observation_ok(&p->seen, now);
		p->http_code = isnan(p->latency_ms) ? -1 : 200;
		p->tls_untrusted = roll(seed, 2);
		p->tls_expires = roll(seed, 2) ? now + 5 * DAY : TIME_UNKNOWN;
		xstrset(&p->failure, any_text(seed));
		env->changes |= CHANGE_PROBES;
	}
	free(name);
}

static void
mutate_host(struct environment *env, uint32_t *seed, int64_t now)
{
	struct host *h = &env->host;

	if (env->sources[SOURCE_HOST].observed_at == now)
		return;
	h->cpu_percent = roll(seed, 9) ? roll(seed, 1000) / 10.0 : NAN;
	h->memory_percent = roll(seed, 1000) / 9.0;
	h->load1 = roll(seed, 1000) / 7.0;
	h->cores = (int)roll(seed, 64) - 1;
	series_add(&h->cpu, h->cpu_percent);
	series_add(&h->memory, h->memory_percent);
	observation_ok(&env->sources[SOURCE_HOST], now);
	env->changes |= CHANGE_HOST | CHANGE_SOURCES;
}

static void
mutate_rest(struct environment *env, uint32_t *seed, int64_t now)
{
	switch (roll(seed, 5)) {
	case 0:
		xstrset(&env->title, any_text(seed));
		env->production = roll(seed, 2);
		env->changes |= CHANGE_SETUP;
		break;
	case 1:
		xstrset(&env->version.tag, any_text(seed));
		env->version.dirty = (int)roll(seed, 3) - 1;
		env->changes |= CHANGE_VERSION;
		break;
	case 2:
		env->link.state = roll(seed, 4);
		xstrset(&env->link.error, any_text(seed));
		env->changes |= CHANGE_LINK;
		break;
	case 3:
		observation_failed(&env->sources[SOURCE_ENGINE], now,
		    any_text(seed));
		env->changes |= CHANGE_SOURCES;
		break;
	default:
		env->status = roll(seed, 4);
		env->stale = roll(seed, 2);
		causes_clear(&env->causes);
		causes_add(&env->causes, CAUSE_STALE, roll(seed, 4),
		    any_text(seed), roll(seed, 99), any_text(seed));
		env->changes |= CHANGE_STATUS;
	}
}

static void
mutate(struct model *m, uint32_t *seed, int64_t now)
{
	static const char *const names[] = {"local", "staging", "prod", "x"};
	struct environment *env;
	const char *name = names[roll(seed, 4)];

	switch (roll(seed, 12)) {
	case 0:
		if (roll(seed, 6) == 0)
			model_remove_environment(m, name);
		else
			model_notice(m, name, roll(seed, 4), "text");
		return;
	case 1:
		model_notice_clear(m, name);
		m->cut_off = roll(seed, 2);
		m->changed = true;
		return;
	}
	env = model_add_environment(m, name);
	switch (roll(seed, 8)) {
	case 0:
	case 1:
		mutate_host(env, seed, now);
		break;
	case 2:
		mutate_probe(env, seed, now);
		break;
	case 3:
		mutate_rest(env, seed, now);
		break;
	default:
		mutate_service(env, seed, now);
	}
}

START_TEST(changes_lead_to_the_same)
{
	uint32_t seed = 20250615u, n;
	struct model m, copy;
	struct json *v;
	struct err e;
	int step;

	model_init(&m);
	model_init(&copy);
	for (step = 0; step < 1000; step++) {
		for (n = roll(&seed, 6); n > 0; n--)
			mutate(&m, &seed, NOW + step * 1000);
		v = model_changes_to_json(&m, NOW);
		if (!v)
			continue;
		model_changes_clear(&m);
		model_changes_clear(&copy);
		v = wired(v);
		ck_assert_msg(model_apply_json(&copy, v, &e) == 0, "%s",
		    e.text);
		json_free(v);
		ck_assert(model_has_changes(&copy));
		assert_same(&m, &copy);
	}
	model_release(&m);
	model_release(&copy);
}
END_TEST

/* --- malformed ----------------------------------------------------------- */

static const struct {
	const char *text, *named;
} malformed[] = {
	{"[]", "model: expected an object"},
	{"{}", "environments is missing"},
	{"{\"project\":1,\"environments\":[]}",
	 "model: project: expected a text"},
	{"{\"environments\":{}}", "environments: expected an array"},
	{"{\"environments\":[1]}", "environments[0]: expected an object"},
	{"{\"environments\":[{}]}", "environments[0]: name is missing"},
	{"{\"environments\":[{\"name\":\"\"}]}", "name: expected a text that"},
	{"{\"environments\":[{\"name\":null}]}", "name: expected a text that"},
	{"{\"environments\":[{\"name\":\"a\"},{\"name\":\"b\",\"stale\":1}]}",
	 "environments[1]: stale: expected true or false"},
	{"{\"environments\":[{\"name\":\"a\",\"host\":[]}]}",
	 "host: expected an object"},
	{"{\"environments\":[{\"name\":\"a\",\"host\":{\"cores\":1.5}}]}",
	 "host: cores: expected a whole number"},
	{"{\"environments\":[{\"name\":\"a\",\"host\":{\"history\":"
	 "{\"cpu\":[\"x\"]}}}]}", "history: cpu: expected an array"},
	{"{\"environments\":[{\"name\":\"a\",\"observed_at\":\"today\"}]}",
	 "observed_at: expected an RFC 3339 time"},
	{"{\"environments\":[{\"name\":\"a\",\"causes\":[{}]}]}",
	 "causes: expected an array of causes"},
	{"{\"environments\":[{\"name\":\"a\",\"services\":[{}]}]}",
	 "environments[0]: services[0]: container is missing"},
	{"{\"environments\":[{\"name\":\"a\",\"services\":[{\"container\":"
	 "\"c\",\"restarts\":-1}]}]}", "services[0]: restarts: expected"},
	{"{\"environments\":[{\"name\":\"a\",\"services\":[{\"container\":"
	 "\"c\",\"pid\":4294967296}]}]}", "pid: expected"},
	{"{\"environments\":[{\"name\":\"a\",\"services_gone\":[3]}]}",
	 "services_gone: expected"},
	{"{\"environments\":[{\"name\":\"a\",\"probes\":7}]}",
	 "probes: expected an array"},
	{"{\"environments\":[],\"notices\":[{\"text\":\"x\"}]}",
	 "notices[0]: key is missing"},
	{"{\"environments\":[],\"environment_names\":\"x\"}",
	 "environment_names: expected"},
};

START_TEST(malformed_is_named_and_changes_nothing)
{
	struct model m, before;
	struct json *v, *good;
	struct err e;

	fill(&m, 3);
	model_init(&before);
	good = model_to_json(&m, NOW);
	ck_assert_int_eq(model_from_json(&before, good, &e), 0);
	json_free(good);
	v = json_parse(malformed[_i].text, strlen(malformed[_i].text), &e);
	ck_assert_msg(v != NULL, "%s", e.text);
	ck_assert_int_eq(model_apply_json(&m, v, &e), -1);
	ck_assert_msg(strstr(e.text, malformed[_i].named) != NULL,
	    "%s", e.text);
	ck_assert_int_eq(model_from_json(&m, v, &e), -1);
	assert_same(&before, &m);
	json_free(v);
	model_release(&m);
	model_release(&before);
}
END_TEST

START_TEST(a_newer_peer_is_understood)
{
	static const char text[] = "{\"environments\":[{\"name\":\"a\","
	    "\"releases\":[1,2],\"status\":\"purple\",\"causes\":["
	    "{\"code\":\"new\",\"severity\":\"crit\"}],\"services\":["
	    "{\"container\":\"c\",\"name\":\"n\",\"state\":\"frozen\"},"
	    "{\"container\":\"d\",\"cpu_percent\":3}]}]}";
	struct json *v = json_parse(text, sizeof(text) - 1, NULL);
	struct model m;
	struct err e;

	model_init(&m);
	ck_assert_msg(model_from_json(&m, v, &e) == 0, "%s", e.text);
	ck_assert_int_eq(m.environments[0].status, STATUS_UNKNOWN);
	ck_assert_uint_eq(m.environments[0].causes.count, 0);
	ck_assert_uint_eq(m.environments[0].service_count, 1);
	ck_assert_int_eq(m.environments[0].services[0].state,
	    CONTAINER_UNKNOWN);
	json_free(v);
	model_release(&m);
}
END_TEST

START_TEST(releases_travel)
{
	struct model m, copy;
	struct json *v;
	struct err e;

	fill(&m, 1);
	model_init(&copy);
	v = model_to_json(&m, NOW);
	ck_assert_msg(model_from_json(&copy, v, &e) == 0, "%s", e.text);
	json_free(v);
	ck_assert(copy.releases.changed && copy.releases.seen.used);
	ck_assert_uint_eq(copy.releases.count, 2);
	ck_assert_str_eq(copy.releases.items[0].notes, "### Added\n- x");
	ck_assert_str_eq(copy.releases.items[0].previous, "v1.3.2");
	ck_assert_int_eq(copy.releases.items[0].bump, BUMP_MINOR);
	ck_assert_int_eq(copy.releases.commits_since, 3);
	ck_assert_str_eq(copy.releases.fetched.error, "no route");
	/* A look that found nothing new spares the list. */
	model_changes_clear(&m);
	model_changes_clear(&copy);
	observation_ok(&m.releases.seen, NOW);
	m.releases.attempted = true;
	v = model_changes_to_json(&m, NOW);
	ck_assert(json_is_object(json_path(v, "releases.seen")));
	ck_assert_ptr_null(json_path(v, "releases.items"));
	ck_assert_ptr_null(json_path(v, "releases.branch"));
	ck_assert_int_eq(model_apply_json(&copy, v, &e), 0);
	json_free(v);
	ck_assert(copy.releases.seen.observed_at == NOW);
	ck_assert_uint_eq(copy.releases.count, 2);
	ck_assert(!copy.releases.changed);
	/* Without a repository there is none. */
	releases_release(&m.releases);
	m.releases.changed = true;
	v = model_changes_to_json(&m, NOW);
	ck_assert_int_eq(model_apply_json(&copy, v, &e), 0);
	json_free(v);
	ck_assert(!copy.releases.seen.used);
	ck_assert_uint_eq(copy.releases.count, 0);
	model_release(&m);
	model_release(&copy);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("model-json");
	TCase *t = tcase_create("model-json");

	tcase_set_timeout(t, 120);	/* valgrind */
	tcase_add_test(t, releases_travel);
	tcase_add_test(t, the_contract_holds);
	tcase_add_test(t, no_streaks_on_the_wire);
	tcase_add_test(t, round_trip_is_identity);
	tcase_add_test(t, snapshot_keeps_the_curves);
	tcase_add_test(t, a_sample_costs_little);
	tcase_add_test(t, changes_lead_to_the_same);
	tcase_add_loop_test(t, malformed_is_named_and_changes_nothing, 0,
	    sizeof(malformed) / sizeof(malformed[0]));
	tcase_add_test(t, a_newer_peer_is_understood);
	suite_add_tcase(s, t);
	return unit_run(s);
}
