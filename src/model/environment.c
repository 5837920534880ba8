#include "model/environment.h"

#include <math.h>

#include "base/alloc.h"
#include "model/streak.h"
#include "model/tables.h"

void *
array_grown(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return xreallocarray(items, count ? 2 * count : 1, size);
}

static void
observation_init(struct observation *o)
{
	*o = (struct observation){
		.observed_at = TIME_UNKNOWN,
		.attempted_at = TIME_UNKNOWN,
	};
}

/* --- services ------------------------------------------------------------ */

static void
service_init(struct service *s, const char *container, const char *name,
    int number)
{
	*s = (struct service){
		.name = xstrdup(name),
		.container = xstrdup(container),
		.number = number,
		.since = TIME_UNKNOWN,
		.created_at = TIME_UNKNOWN,
		.restarts = -1,
		.oom_killed = TRI_UNKNOWN,
		.exit_code = -1,
		.pid = -1,
		.cpu_percent = NAN,
		.memory_bytes = -1,
		.memory_limit = -1,
		.sampled_at = TIME_UNKNOWN,
		.status = STATUS_UNKNOWN,
	};
}

static void
service_release(struct service *s)
{
	free(s->name);
	free(s->container);
	free(s->container_name);
	free(s->image);
	free(s->digest);
	free(s->health_log);
	free(s->compose_hash);
	causes_release(&s->causes);
}

void
service_touch(struct environment *env, struct service *s)
{
	s->changed = true;
	env->changes |= CHANGE_SERVICES;
}

void
service_sample(struct environment *env, struct service *s, int64_t now,
    double cpu_percent, int64_t memory_bytes)
{
	s->cpu_percent = cpu_percent;
	s->memory_bytes = memory_bytes;
	s->sampled_at = now;
	series_add(&s->cpu, cpu_percent);
	series_add(&s->memory, memory_bytes < 0 ? NAN : (double)memory_bytes);
	s->sampled = true;
	env->changes |= CHANGE_SERVICES;
}

/* Callers go through the containers in order more often than not, so the one
 * after the last found is tried first. */
struct service *
environment_service(struct environment *env, const char *container)
{
	size_t i, at;

	for (i = 0; i < env->service_count; i++) {
		at = (env->cursor + i) % env->service_count;
		if (strcmp(env->services[at].container, container) == 0) {
			env->cursor = at + 1;
			return &env->services[at];
		}
	}
	return NULL;
}

static int
compare(const struct service *s, const char *container, const char *name,
    int number)
{
	int order = strcmp(s->name, name);

	if (order == 0)
		order = (s->number > number) - (s->number < number);
	return order ? order : strcmp(s->container, container);
}

static void
forget_gone(struct environment *env, const char *container)
{
	size_t i;

	for (i = 0; i < env->gone_count; i++)
		if (strcmp(env->gone[i], container) == 0) {
			free(env->gone[i]);
			env->gone[i] = env->gone[--env->gone_count];
			return;
		}
}

struct service *
environment_add_service(struct environment *env, const char *container,
    const char *name, int number)
{
	struct service *s = environment_service(env, container);
	size_t lo = 0, hi = env->service_count;

	if (s)
		return s;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare(&env->services[mid], container, name, number) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	env->services = array_grown(env->services, env->service_count,
	    sizeof(*env->services));
	s = env->services + lo;
	memmove(s + 1, s, (env->service_count - lo) * sizeof(*s));
	env->service_count++;
	service_init(s, container, name, number);
	forget_gone(env, container);
	service_touch(env, s);
	return s;
}

void
environment_remove_service(struct environment *env, const char *container)
{
	struct service *s = environment_service(env, container);

	if (!s)
		return;
	env->gone = array_grown(env->gone, env->gone_count, sizeof(*env->gone));
	env->gone[env->gone_count++] = xstrdup(s->container);
	service_release(s);
	env->service_count--;
	memmove(s, s + 1, (env->services + env->service_count - s) *
	    sizeof(*s));
	env->changes |= CHANGE_SERVICES;
}

/* --- probes -------------------------------------------------------------- */

void
probe_init(struct probe *p, const char *name)
{
	*p = (struct probe){
		.name = xstrdup(name),
		.http_code = -1,
		.latency_ms = NAN,
		.tls_expires = TIME_UNKNOWN,
		.status = STATUS_UNKNOWN,
	};
	observation_init(&p->seen);
	streak_init(&p->streak);
}

void
probe_release(struct probe *p)
{
	free(p->name);
	free(p->url);
	free(p->seen.error);
	free(p->failure);
	causes_release(&p->causes);
}

struct probe *
environment_probe(struct environment *env, const char *name)
{
	size_t i;

	for (i = 0; i < env->probe_count; i++)
		if (strcmp(env->probes[i].name, name) == 0)
			return &env->probes[i];
	return NULL;
}

struct probe *
environment_add_probe(struct environment *env, const char *name)
{
	struct probe *p = environment_probe(env, name);

	if (p)
		return p;
	env->probes = array_grown(env->probes, env->probe_count,
	    sizeof(*env->probes));
	p = &env->probes[env->probe_count++];
	probe_init(p, name);
	env->changes |= CHANGE_PROBES;
	return p;
}

void
environment_remove_probe(struct environment *env, const char *name)
{
	struct probe *p = environment_probe(env, name);

	if (!p)
		return;
	probe_release(p);
	env->probe_count--;
	memmove(p, p + 1, (env->probes + env->probe_count - p) * sizeof(*p));
	/* So rare that all is told anew, rather than what to forget. */
	env->changes |= CHANGE_ALL;
}

/* --- the whole ----------------------------------------------------------- */

static void
host_init(struct host *h)
{
	*h = (struct host){
		.cpu_percent = NAN,
		.load1 = NAN,
		.load5 = NAN,
		.load15 = NAN,
		.cores = -1,
		.memory_percent = NAN,
		.disk_percent = NAN,
		.memory_total = -1,
		.disk_total = -1,
		.uptime_ms = -1,
		.status = STATUS_UNKNOWN,
	};
	streak_init(&h->cpu_streak);
	streak_init(&h->memory_streak);
	streak_init(&h->disk_streak);
}

void
environment_init(struct environment *env, const char *name)
{
	size_t i;

	*env = (struct environment){
		.name = xstrdup(name),
		.link = {.since = TIME_UNKNOWN, .next_try = TIME_UNKNOWN},
		.version = {.dirty = TRI_UNKNOWN, .since = TIME_UNKNOWN},
		.status = STATUS_UNKNOWN,
		.observed_at = TIME_UNKNOWN,
		.changes = CHANGE_ALL,
	};
	host_init(&env->host);
	fields_init(env, environment_fields, ENVIRONMENT_LISTS);
	for (i = 0; i < SOURCE_KINDS; i++)
		observation_init(&env->sources[i]);
}

static void
link_release(struct link *l)
{
	free(l->transport);
	free(l->why);
	free(l->error);
	free(l->engine);
	free(l->host);
}

void
environment_changes_clear(struct environment *env)
{
	size_t i;

	for (i = 0; i < env->service_count; i++)
		env->services[i].changed = env->services[i].sampled = false;
	for (i = 0; i < env->gone_count; i++)
		free(env->gone[i]);
	env->gone_count = 0;
	env->changes = 0;
}

void
environment_release(struct environment *env)
{
	size_t i;

	environment_changes_clear(env);
	free(env->gone);
	for (i = 0; i < env->service_count; i++)
		service_release(&env->services[i]);
	free(env->services);
	for (i = 0; i < env->probe_count; i++)
		probe_release(&env->probes[i]);
	free(env->probes);
	for (i = 0; i < SOURCE_KINDS; i++)
		free(env->sources[i].error);
	link_release(&env->link);
	fields_release(env, environment_fields, ENVIRONMENT_LISTS);
	free(env->name);
	free(env->title);
	free(env->data);
	free(env->trigger);
	free(env->approval);
	free(env->compose_project);
	free(env->version.tag);
	free(env->version.commit);
	free(env->version.branch);
	causes_release(&env->causes);
}
