#include "model/model-json.h"

#include <math.h>

#include "model/release.h"
#include "model/tables.h"

static struct json *
services_to_json(const struct environment *env, unsigned bits)
{
	struct json *list = json_array();
	size_t i;

	for (i = 0; i < env->service_count; i++) {
		const struct service *s = &env->services[i];
		struct json *o;

		if (!(bits & WHOLE) && !s->changed && !s->sampled)
			continue;
		o = json_object();
		fields_write(o, service_fields, s, SERVICE_FIGURES |
		    (s->changed || (bits & WHOLE) ? SERVICE_REST : 0));
		json_append(list, o);
	}
	return list;
}

static struct json *
gone_to_json(const struct environment *env)
{
	struct json *list = json_array();
	size_t i;

	for (i = 0; i < env->gone_count; i++)
		json_append(list, json_string(env->gone[i]));
	return list;
}

static double
days_left(const struct probe *p, int64_t now)
{
	if (p->tls_expires == TIME_UNKNOWN)
		return NAN;
	return floor((double)(p->tls_expires - now) / (24 * 3600 * 1000.0));
}

static struct json *
probes_to_json(const struct environment *env, unsigned bits, int64_t now)
{
	struct json *list = json_array();
	size_t i;

	for (i = 0; i < env->probe_count; i++) {
		struct json *o = json_object();

		fields_write(o, probe_fields, &env->probes[i], bits);
		json_set_number(o, "tls_days_left",
		    days_left(&env->probes[i], now));
		json_append(list, o);
	}
	return list;
}

static struct json *
environment_to_json(const struct environment *env, unsigned bits, int64_t now)
{
	struct json *o = json_object();

	/* With all of it new, the reader has nothing to add it to. */
	if ((bits & CHANGE_ALL) == CHANGE_ALL)
		bits |= WHOLE;
	/* The reader dates the host's figures by its observation. */
	if (bits & CHANGE_HOST)
		bits |= CHANGE_SOURCES;
	fields_write(o, environment_fields, env, bits);
	if (bits & CHANGE_SERVICES)
		json_set(o, "services", services_to_json(env, bits));
	if (env->gone_count && !(bits & WHOLE))
		json_set(o, "services_gone", gone_to_json(env));
	if (bits & CHANGE_PROBES)
		json_set(o, "probes", probes_to_json(env, bits, now));
	return o;
}

static struct json *
notices_to_json(const struct model *m)
{
	struct json *list = json_array();
	size_t i;

	for (i = 0; i < m->notice_count; i++) {
		struct json *o = json_object();

		fields_write(o, notice_fields, &m->notices[i], 0);
		json_append(list, o);
	}
	return list;
}

static struct json *
names_to_json(const struct model *m)
{
	struct json *list = json_array();
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		json_append(list, json_string(m->environments[i].name));
	return list;
}

static struct json *
runs_in_to_json(const struct model *m, const struct release *r)
{
	struct json *list = json_array();
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		if (release_runs_in(r, &m->environments[i]))
			json_append(list,
			    json_string(m->environments[i].name));
	return list;
}

/* null where no repository is configured. */
static void
releases_to_json(struct json *object, const struct model *m, unsigned bits)
{
	const struct releases *r = &m->releases;
	struct json *o, *item, *list;
	size_t i;

	if (!r->seen.used) {
		json_set_null(object, "releases");
		return;
	}
	o = json_object();
	fields_write(o, releases_fields, r, bits);
	if (bits & RELEASES) {
		list = json_array();
		for (i = 0; i < r->count; i++) {
			item = json_object();
			fields_write(item, release_fields, &r->items[i], 0);
			json_set(item, "environments",
			    runs_in_to_json(m, &r->items[i]));
			json_append(list, item);
		}
		json_set(o, "items", list);
	}
	json_set(object, "releases", o);
}

/* null where none is configured. */
static void
part_to_json(struct json *object, const char *key, bool used,
    const struct field *fields, const void *part, unsigned bits)
{
	struct json *o;

	if (!used) {
		json_set_null(object, key);
		return;
	}
	o = json_object();
	fields_write(o, fields, part, bits);
	json_set(object, key, o);
}

static void
pipelines_to_json(struct json *object, const struct model *m, unsigned bits)
{
	part_to_json(object, "pipelines", m->pipelines.seen.used,
	    pipelines_fields, &m->pipelines, bits);
}

static void
registry_to_json(struct json *object, const struct model *m, unsigned bits)
{
	part_to_json(object, "registry", m->registry.seen.used,
	    registry_fields, &m->registry, bits);
}

struct json *
model_to_json(const struct model *m, int64_t now)
{
	struct json *o = json_object(), *list = json_array();
	size_t i;

	fields_write(o, model_fields, m, MODEL | MARKS);
	json_set_text(o, "status", status_name(model_status(m)));
	json_set(o, "notices", notices_to_json(m));
	releases_to_json(o, m, RELEASES);
	pipelines_to_json(o, m, PIPELINES);
	registry_to_json(o, m, REGISTRY);
	for (i = 0; i < m->environment_count; i++)
		json_append(list, environment_to_json(&m->environments[i],
		    CHANGE_ALL, now));
	json_set(o, "environments", list);
	return o;
}

struct json *
model_changes_to_json(const struct model *m, int64_t now)
{
	struct json *o, *list;
	size_t i;

	if (!model_has_changes(m))
		return NULL;
	o = json_object();
	fields_write(o, model_fields, m, (m->changed ? MODEL : 0) |
	    (m->marked ? MARKS : 0));
	json_set_text(o, "status", status_name(model_status(m)));
	if (m->changed) {
		json_set(o, "notices", notices_to_json(m));
		json_set(o, "environment_names", names_to_json(m));
	}
	if (m->releases.changed || m->releases.attempted)
		releases_to_json(o, m, m->releases.changed ? RELEASES : 0);
	if (m->pipelines.changed || m->pipelines.attempted)
		pipelines_to_json(o, m, m->pipelines.changed ? PIPELINES : 0);
	if (m->registry.changed || m->registry.attempted)
		registry_to_json(o, m, m->registry.changed ? REGISTRY : 0);
	list = json_array();
	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if (env->changes)
			json_append(list, environment_to_json(env,
			    env->changes, now));
	}
	json_set(o, "environments", list);
	return o;
}
