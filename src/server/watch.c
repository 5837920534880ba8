/* Observers, judging, publishing, history, record. See internal.h. */
#include "server/internal.h"

#include "base/alloc.h"
#include "model/judge.h"
#include "model/model-json.h"
#include "model/release.h"
#include "source/backups.h"
#include "source/calendar.h"

#define FLUSH_MS 60000

struct observer *
watch_observer(struct server *s, const char *environment)
{
	size_t i;

	for (i = 0; i < s->observer_count; i++)
		if (strcmp(s->model.environments[i].name, environment) == 0)
			return s->observers[i];
	return NULL;
}

int
watch_verify(struct server *s, const char *environment, const char *kind,
    const char *name, struct err *e)
{
	struct observer *o = watch_observer(s, environment);
	struct backups *b = o ? observer_backups(o) : NULL;

	if (!b)
		return err_set(e, "no backups of %s are configured",
		    environment);
	return backups_verify(b, kind, name, e);
}

static void
recall_verdict(void *arg, const struct backup_verdict *v)
{
	backups_recall(arg, v);
}

/* What earlier servers found of backups is shown with them. */
static void
recall_backups(struct server *s)
{
	struct backups *b;
	size_t i;

	for (i = 0; s->record && i < s->observer_count; i++) {
		b = observer_backups(s->observers[i]);
		if (b)
			record_verdicts(s->record,
			    s->conf->environments[i].name, recall_verdict, b);
	}
}

/* --- history -------------------------------------------------------------- */

static void
remember_services(struct server *s, const struct environment *env)
{
	char subject[256];
	size_t i;

	for (i = 0; i < env->service_count; i++) {
		const struct service *sv = &env->services[i];

		if (!sv->changed || sv->sampled_at == TIME_UNKNOWN)
			continue;
		snprintf(subject, sizeof(subject), sv->number > 1 ?
		    "service:%.200s-%d" : "service:%.200s", sv->name,
		    sv->number);
		history_add(s->history, env->name, subject, "cpu",
		    sv->sampled_at, sv->cpu_percent);
		history_add(s->history, env->name, subject, "memory",
		    sv->sampled_at, sv->memory_bytes);
	}
}

static void
remember_probes(struct server *s, const struct environment *env)
{
	char subject[256];
	size_t i;

	for (i = 0; i < env->probe_count; i++) {
		const struct probe *p = &env->probes[i];

		if (p->seen.observed_at == TIME_UNKNOWN)
			continue;
		snprintf(subject, sizeof(subject), "probe:%.200s", p->name);
		history_add(s->history, env->name, subject, "latency",
		    p->seen.observed_at, p->latency_ms);
	}
}

static void
remember_host(struct server *s, const struct environment *env)
{
	int64_t at = env->sources[SOURCE_HOST].observed_at;
	const struct host *h = &env->host;

	if (at == TIME_UNKNOWN)
		return;
	history_add(s->history, env->name, "host", "cpu", at, h->cpu_percent);
	history_add(s->history, env->name, "host", "memory", at,
	    h->memory_percent);
	history_add(s->history, env->name, "host", "load", at, h->load1);
	history_add(s->history, env->name, "host", "disk", at,
	    h->disk_percent);
}

static void
remember(struct server *s, const struct environment *env)
{
	if (!s->history)
		return;
	if (env->changes & CHANGE_SERVICES)
		remember_services(s, env);
	if (env->changes & CHANGE_PROBES)
		remember_probes(s, env);
	if (env->changes & CHANGE_HOST)
		remember_host(s, env);
}

/* A sparkline that continues where the last server stopped. */
struct seed {
	struct server *server;
	char *environment;
	bool memory;		/* else cpu */
};

static void
seeded(void *arg, const double *values, int count, const char *error)
{
	struct seed *seed = arg;
	struct environment *env = model_environment(&seed->server->model,
	    seed->environment);
	struct series *live, all = {0};
	int i;

	if (env && !error && count > 0) {
		live = seed->memory ? &env->host.memory : &env->host.cpu;
		for (i = 0; i < count; i++)
			series_add(&all, values[i]);
		for (i = 0; i < live->count; i++)
			series_add(&all, series_at(live, i));
		*live = all;
		env->changes |= CHANGE_SETUP | CHANGE_HOST;
	}
	free(seed->environment);
	free(seed);
}

static void
seed_series(struct server *s, const char *environment, bool memory)
{
	int64_t now = clock_wall();
	struct seed *seed;

	if (!s->history)
		return;
	seed = xcalloc(1, sizeof(*seed));
	*seed = (struct seed){s, xstrdup(environment), memory};
	history_ask(s->history, &(struct history_query){
	    .environment = environment, .subject = "host",
	    .metric = memory ? "memory" : "cpu", .from = now - 5 * 60000,
	    .to = now, .points = SERIES_MAX, .raw = true}, seeded, seed);
}

/* --- configuring ---------------------------------------------------------- */

static void
describe(struct environment *env, const struct conf_environment *c)
{
	xstrset(&env->title, c->title);
	xstrset(&env->data, c->data);
	xstrset(&env->trigger, c->trigger);
	xstrset(&env->approval, c->approval);
	xstrset(&env->compose_project, c->compose_project);
	env->production = c->production;
	env->good_after_ms = c->good_after_ms;
}

static bool
is_configured(const struct conf_environment *c, const char *probe)
{
	size_t i;

	for (i = 0; i < c->probe_count; i++)
		if (strcmp(c->probes[i].name, probe) == 0)
			return true;
	return false;
}

/* Nobody would ever observe them again. */
static void
forget_probes(struct environment *env, const struct conf_environment *c)
{
	size_t i = env->probe_count;

	while (i-- > 0)
		if (!is_configured(c, env->probes[i].name))
			environment_remove_probe(env, env->probes[i].name);
}

/* As long as it is the same repository. */
static void
keep_pipelines(struct server *s, struct model *old)
{
	const char *repository = s->conf->github.repository;
	struct pipelines none = s->model.pipelines;

	if (!repository || !old->pipelines.repository ||
	    strcmp(repository, old->pipelines.repository) != 0)
		return;
	s->model.pipelines = old->pipelines;
	old->pipelines = none;
}

static void
keep_runs(struct server *s, struct model *old)
{
	s->model.runs = old->runs;
	s->model.run_count = old->run_count;
	s->model.ran = old->ran;
	old->runs = NULL;
	old->run_count = 0;
}

void
watch_stop(struct server *s)
{
	size_t i;

	for (i = 0; i < s->observer_count; i++)
		observer_free(s->observers[i]);
	git_free(s->git);
	s->git = NULL;
	registry_source_free(s->registry);
	s->registry = NULL;
	calendar_source_free(s->calendar);
	s->calendar = NULL;
	github_free(s->github);
	s->github = NULL;
	s->services = (struct run_services){NULL, NULL};
	free(s->observers);
	s->observers = NULL;
	s->observer_count = 0;
}

void
watch_configure(struct server *s)
{
	struct model old = s->model;
	struct conf *c = s->conf;
	size_t i;

	watch_stop(s);
	model_init(&s->model);
	s->model.project = xstrdup(c->project);
	for (i = 0; i < c->environment_count; i++) {
		const char *name = c->environments[i].name;
		struct environment *env = model_add_environment(&s->model,
		    name), *known = model_environment(&old, name);

		if (known) {
			struct environment fresh = *env;

			/* What was known stays on the screen, with its age,
			 * until it is observed again. */
			*env = *known;
			*known = fresh;
			forget_probes(env, &c->environments[i]);
		}
		describe(env, &c->environments[i]);
		if (!known) {
			seed_series(s, name, false);
			seed_series(s, name, true);
		}
	}
	/* What the configuration does not mend is still so. */
	for (i = 0; i < old.notice_count; i++)
		if (strcmp(old.notices[i].key, "config") != 0)
			model_notice(&s->model, old.notices[i].key,
			    old.notices[i].severity, old.notices[i].text);
	if (c->repository.path) {
		struct releases none = s->model.releases;

		s->model.releases = old.releases;
		old.releases = none;
	}
	if (c->registry.image) {
		struct registry none = s->model.registry;

		s->model.registry = old.registry;
		old.registry = none;
	}
	keep_pipelines(s, &old);
	keep_runs(s, &old);
	model_release(&old);
	s->world.image = c->registry.image;
	if (s->record)
		record_recall(s->record, &s->model);
	s->observers = xcalloc(c->environment_count, sizeof(*s->observers));
	for (i = 0; i < c->environment_count; i++)
		s->observers[i] = observer_new(&s->world,
		    &c->environments[i]);
	s->observer_count = c->environment_count;
	recall_backups(s);
	s->git = git_new(&s->world, &c->repository);
	s->registry = registry_source_new(&s->world, &c->registry);
	s->calendar = calendar_source_new(&s->world, &c->calendar);
	s->github = github_new(&s->world, c);
	s->services = (struct run_services){s->github, s->git};
	s->dirty = true;
}

/* --- publishing ----------------------------------------------------------- */

static void
judge_all(struct server *s, bool all)
{
	int64_t now = clock_wall();
	size_t i;

	all |= judge_observer(&s->model, now);
	for (i = 0; i < s->model.environment_count; i++) {
		struct environment *env = &s->model.environments[i];

		if (all || env->changes) {
			judge_environment(env, &s->conf->environments[i].limits,
			    now);
			remember(s, env);
			if (s->record && record_follow(s->record, env, now))
				observer_settled(s->observers[i]);
		}
	}
}

static void
flush_streams(struct peer *p, void *arg)
{
	(void)arg;
	streams_flush(p);
}

static void
publish(struct server *s, bool all)
{
	struct json *change;

	backups_credit(&s->model);
	judge_all(s, all);
	readiness_judge(&s->model, clock_wall());
	s->dirty = false;
	if (!model_has_changes(&s->model))
		return;
	change = s->peers ? model_changes_to_json(&s->model, clock_wall()) :
	    NULL;
	if (change)
		peers_change(s, change);
	json_free(change);
	model_changes_clear(&s->model);
}

void
watch_publish(struct server *s)
{
	if (s->dirty)
		publish(s, false);
	peers_each(s, flush_streams, NULL);
}

void
watch_tick(struct server *s)
{
	int64_t now = clock_mono();

	publish(s, true);
	if (s->history && now - s->flushed_at >= FLUSH_MS) {
		s->flushed_at = now;
		history_flush(s->history, clock_wall());
	}
}
