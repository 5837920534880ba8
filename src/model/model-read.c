/* The reading half of model-json.h: all is checked before anything is taken. */
#include "model/model-json.h"

#include <math.h>

#include "base/alloc.h"
#include "model/environment.h"
#include "model/release.h"
#include "model/tables.h"

#define ENVIRONMENTS_MAX 1000
#define SERVICES_MAX 10000	/* in one environment */
#define PROBES_MAX 1000		/* in one environment */
#define NOTICES_MAX 100

/* --- checking ------------------------------------------------------------ */

static int
check_names(const struct json *list, const char *what, size_t max,
    struct err *e)
{
	const struct json *v;

	if (!list)
		return 0;
	if (!json_is_array(list) || json_count(list) > max)
		return err_set(e, "%s: expected an array of at most %zu texts",
		    what, max);
	for (v = json_first(list); v; v = json_next(v))
		if (!kind_name.valid(v))
			return err_set(e, "%s: expected %s", what,
			    kind_name.expected);
	return 0;
}

/* A list of objects that each have the member `id`. */
static int
check_list(const struct json *list, const char *what, size_t max,
    const struct field *fields, const char *id, struct err *e)
{
	const struct json *v;
	size_t i = 0;

	if (!list)
		return 0;
	if (!json_is_array(list) || json_count(list) > max)
		return err_set(e, "%s: expected an array of at most %zu",
		    what, max);
	for (v = json_first(list); v; v = json_next(v), i++) {
		if (fields_check(v, fields, e) == -1)
			return err_prefix(e, "%s[%zu]", what, i);
		if (!json_get(v, id))
			return err_set(e, "%s[%zu]: %s is missing", what, i,
			    id);
	}
	return 0;
}

static int
check_environment(const struct json *v, struct err *e)
{
	if (check_list(json_get(v, "services"), "services", SERVICES_MAX,
	    service_fields, "container", e) == -1)
		return -1;
	if (check_list(json_get(v, "probes"), "probes", PROBES_MAX,
	    probe_fields, "name", e) == -1)
		return -1;
	return check_names(json_get(v, "services_gone"), "services_gone",
	    SERVICES_MAX, e);
}

static int
check_releases(const struct json *v, struct err *e)
{
	const struct json *item;

	if (json_is_null(v))
		return 0;
	if (fields_check(v, releases_fields, e) == -1)
		return err_prefix(e, "releases");
	if (check_list(json_get(v, "items"), "releases.items", RELEASES_MAX,
	    release_fields, "tag", e) == -1)
		return -1;
	for (item = json_first(json_get(v, "items")); item;
	    item = json_next(item))
		if (!json_get(item, "commit"))
			return err_set(e, "releases.items: commit is missing");
	return 0;
}

/* One that may be null. */
static int
check_part(const struct json *v, const char *key, const struct field *fields,
    struct err *e)
{
	const struct json *part = json_get(v, key);

	if (!json_is_null(part) && fields_check(part, fields, e) == -1)
		return err_prefix(e, "%s", key);
	return 0;
}

static int
check(const struct json *v, struct err *e)
{
	const struct json *list = json_get(v, "environments"), *item;
	size_t i = 0;

	if (fields_check(v, model_fields, e) == -1)
		return err_prefix(e, "model");
	if (!list)
		return err_set(e, "model: environments is missing");
	if (check_list(list, "environments", ENVIRONMENTS_MAX,
	    environment_fields, "name", e) == -1)
		return -1;
	for (item = json_first(list); item; item = json_next(item), i++)
		if (check_environment(item, e) == -1)
			return err_prefix(e, "environments[%zu]", i);
	if (check_list(json_get(v, "notices"), "notices", NOTICES_MAX,
	    notice_fields, "key", e) == -1)
		return -1;
	if (check_releases(json_get(v, "releases"), e) == -1)
		return -1;
	if (check_part(v, "pipelines", pipelines_fields, e) == -1 ||
	    check_part(v, "registry", registry_fields, e) == -1)
		return -1;
	return check_names(json_get(v, "environment_names"),
	    "environment_names", ENVIRONMENTS_MAX, e);
}

/* --- reading what was checked -------------------------------------------- */

static void
read_service(struct environment *env, const struct json *v)
{
	const char *id = json_text(json_get(v, "container"), "");
	const char *name = json_text(json_get(v, "name"), NULL);
	struct service *s = environment_service(env, id);
	int64_t sampled_at;
	unsigned bits;

	/* Figures of a container that we do not know say nothing; and a peer
	 * cannot make us grow without end. */
	if (!s && (!name || env->service_count >= SERVICES_MAX))
		return;
	if (!s)
		s = environment_add_service(env, id, name,
		    (int)json_int(json_get(v, "number"), -1));
	sampled_at = s->sampled_at;
	bits = fields_read(s, v, service_fields);
	s->sampled = true;
	if (bits & SERVICE_REST)
		s->changed = true;
	if (s->sampled_at > sampled_at) {
		series_add(&s->cpu, s->cpu_percent);
		series_add(&s->memory, s->memory_bytes < 0 ? NAN :
		    (double)s->memory_bytes);
	}
}

static void
read_services(struct environment *env, const struct json *v)
{
	const struct json *list = json_get(v, "services"), *item;
	const struct json *gone = json_get(v, "services_gone");

	for (item = json_first(gone); item; item = json_next(item))
		environment_remove_service(env, json_text(item, ""));
	for (item = json_first(list); item; item = json_next(item))
		read_service(env, item);
	if (list || gone)
		env->changes |= CHANGE_SERVICES;
}

/* The list is always whole: probes that it lacks are gone, and its order is
 * the order. */
static void
read_probes(struct environment *env, const struct json *list)
{
	struct environment old = {.probes = env->probes,
		.probe_count = env->probe_count};
	const struct json *item;
	size_t i;

	if (!list)
		return;
	env->probes = NULL;
	env->probe_count = 0;
	for (item = json_first(list); item; item = json_next(item)) {
		const char *name = json_text(json_get(item, "name"), "");
		struct probe *was = environment_probe(&old, name);
		struct probe *p = environment_add_probe(env, name);
		int64_t attempted_at;

		if (was) {
			struct probe blank = *p;

			*p = *was;
			*was = blank;
			*was->name = '\0';	/* taken: no longer found */
		}
		attempted_at = p->seen.attempted_at;
		if (!(fields_read(p, item, probe_fields) & WHOLE) &&
		    p->seen.attempted_at > attempted_at)
			series_add(&p->latency, p->latency_ms);
	}
	for (i = 0; i < old.probe_count; i++)
		probe_release(&old.probes[i]);
	free(old.probes);
	env->changes |= CHANGE_PROBES;
}

/* The containers' curves are not in the document: keep those at hand. */
static void
keep_curves(struct environment *env, struct environment *old)
{
	size_t i;

	for (i = 0; i < env->service_count; i++) {
		struct service *s = &env->services[i];
		struct service *was = environment_service(old, s->container);

		if (!was)
			continue;
		if (s->sampled_at > was->sampled_at) {
			series_add(&was->cpu, series_last(&s->cpu));
			series_add(&was->memory, series_last(&s->memory));
		}
		s->cpu = was->cpu;
		s->memory = was->memory;
	}
}

static void
read_part(struct environment *env, const struct json *v)
{
	const struct observation *seen = &env->sources[SOURCE_HOST];
	int64_t observed_at = seen->observed_at;
	unsigned bits = fields_read(env, v, environment_fields);

	if ((bits & CHANGE_HOST) && !(bits & WHOLE) &&
	    seen->observed_at > observed_at) {
		series_add(&env->host.cpu, env->host.cpu_percent);
		series_add(&env->host.memory, env->host.memory_percent);
	}
	env->changes |= bits & CHANGE_ALL;
	read_services(env, v);
	read_probes(env, json_get(v, "probes"));
}

/* An environment that comes with its history is whole and replaces the old. */
static void
read_environment(struct environment *env, const struct json *v)
{
	struct environment old;

	if (!json_path(v, "host.history")) {
		read_part(env, v);
		return;
	}
	old = *env;
	environment_init(env, old.name);
	read_part(env, v);
	keep_curves(env, &old);
	environment_release(&old);
}

static void
read_notices(struct model *m, const struct json *list)
{
	const struct json *item;

	if (!list)
		return;
	while (m->notice_count)
		model_notice_clear(m, m->notices[0].key);
	for (item = json_first(list); item; item = json_next(item))
		model_notice(m, json_text(json_get(item, "key"), ""),
		    status_parse(json_text(json_get(item, "severity"), NULL)),
		    json_text(json_get(item, "text"), ""));
	m->changed = true;
}

/* The environments that there are now, in their order. */
static void
read_names(struct model *m, const struct json *list)
{
	struct model old = {.environments = m->environments,
		.environment_count = m->environment_count};
	const struct json *item;
	size_t i;

	if (!list)
		return;
	m->environments = NULL;
	m->environment_count = 0;
	for (item = json_first(list); item; item = json_next(item)) {
		const char *name = json_text(item, "");
		struct environment *was = model_environment(&old, name);
		struct environment *env = model_add_environment(m, name);

		if (was) {
			struct environment blank = *env;

			*env = *was;
			*was = blank;
			*was->name = '\0';	/* taken: no longer found */
		}
	}
	for (i = 0; i < old.environment_count; i++)
		environment_release(&old.environments[i]);
	free(old.environments);
	m->changed = true;
}

static void
read_releases(struct model *m, const struct json *v)
{
	struct releases *r = &m->releases;
	const struct json *list = json_get(v, "items"), *item;
	struct release *made;

	if (!v)
		return;
	if (json_is_null(v)) {
		r->changed = r->seen.used;
		if (r->changed) {
			releases_release(r);
			r->changed = true;
		}
		return;
	}
	/* With its list it is whole: what it lacks is gone. */
	if (list)
		releases_release(r);
	fields_read(r, v, releases_fields);
	r->attempted = true;
	if (!list)
		return;
	r->changed = true;
	made = xcalloc(json_count(list) + 1, sizeof(*made));
	for (item = json_first(list); item; item = json_next(item)) {
		made[r->count].date = TIME_UNKNOWN;
		fields_read(&made[r->count++], item, release_fields);
	}
	r->items = made;
}

static void
read_pipelines(struct model *m, const struct json *v)
{
	struct pipelines *p = &m->pipelines;

	if (!v)
		return;
	p->attempted = true;
	if (json_is_null(v)) {
		bool was = p->seen.used;

		pipelines_release(p);
		p->changed = was;
		p->attempted = was;
	} else if (fields_read(p, v, pipelines_fields) & PIPELINES) {
		p->changed = true;
	}
}

static void
read_registry(struct model *m, const struct json *v)
{
	struct registry *r = &m->registry;

	if (!v)
		return;
	r->attempted = true;
	if (json_is_null(v)) {
		bool was = r->seen.used;

		registry_release(r);
		r->changed = was;
		r->attempted = was;
	} else if (fields_read(r, v, registry_fields) & REGISTRY) {
		r->changed = true;
	}
}

static void
read_model(struct model *m, const struct json *v)
{
	unsigned bits = fields_read(m, v, model_fields);
	const struct json *item;

	m->changed |= (bits & MODEL) != 0;
	m->marked |= (bits & MARKS) != 0;
	m->ran |= (bits & RUNS) != 0;
	read_notices(m, json_get(v, "notices"));
	read_releases(m, json_get(v, "releases"));
	read_pipelines(m, json_get(v, "pipelines"));
	read_registry(m, json_get(v, "registry"));
	read_names(m, json_get(v, "environment_names"));
	for (item = json_first(json_get(v, "environments")); item;
	    item = json_next(item)) {
		const char *name = json_text(json_get(item, "name"), "");

		if (m->environment_count < ENVIRONMENTS_MAX ||
		    model_environment(m, name))
			read_environment(model_add_environment(m, name), item);
	}
}

int
model_from_json(struct model *m, const struct json *v, struct err *e)
{
	struct model made;
	size_t i;

	if (check(v, e) == -1)
		return -1;
	model_init(&made);
	read_model(&made, v);
	made.changed = true;
	for (i = 0; i < made.environment_count; i++) {
		struct environment *env = &made.environments[i];
		struct environment *old = model_environment(m, env->name);

		if (old)
			keep_curves(env, old);
	}
	model_release(m);
	*m = made;
	return 0;
}

int
model_apply_json(struct model *m, const struct json *v, struct err *e)
{
	if (check(v, e) == -1)
		return -1;
	read_model(m, v);
	return 0;
}
