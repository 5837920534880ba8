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

/* The live version, as the record has it; null before there is one. */
static struct json *
live_to_json(const struct environment *env)
{
	const struct tenure *t = env->tenures;
	struct json *o;

	if (env->tenure_count == 0)
		return json_string(NULL);
	o = json_object();
	json_set_text(o, "tag", t->tag);
	json_set_text(o, "commit", t->commit);
	json_set_time(o, "since", t->first_seen);
	json_set_time(o, "last_seen", t->last_seen);
	json_set_number(o, "healthy_percent", t->observed_ms > 0 ?
	    floor(1000.0 * t->healthy_ms / t->observed_ms) / 10 : NAN);
	return o;
}

/* The worst series in short, by its newest backup; null without any. */
static struct json *
backup_to_json(const struct environment *env, int64_t now)
{
	const struct backup_series *worst = NULL;
	const struct backup *b;
	struct json *o;
	size_t i;

	for (i = 0; i < env->backup_count; i++)
		if (!worst || env->backups[i].status > worst->status)
			worst = &env->backups[i];
	if (!worst)
		return json_string(NULL);
	b = worst->count ? &worst->items[0] : NULL;
	o = json_object();
	json_set_text(o, "kind", worst->kind);
	json_set_text(o, "status", status_name(worst->status));
	json_set_time(o, "taken_at", b ? b->taken_at : TIME_UNKNOWN);
	json_set_number(o, "age_s", b && b->taken_at != TIME_UNKNOWN ?
	    floor((now - b->taken_at) / 1000.0) : NAN);
	json_set_text(o, "size", b ? size_verdict_name(b->size) : NULL);
	json_set_text(o, "rung", b ? rung_name(b->rung) : NULL);
	json_set_time(o, "verified_at", b ? b->verified_at : TIME_UNKNOWN);
	return o;
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
	if (bits & CHANGE_TENURES)
		json_set(o, "release", live_to_json(env));
	if (bits & CHANGE_BACKUPS)
		json_set(o, "backup", backup_to_json(env, now));
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

/* Where a release ran before, as far as it was watched. */
static struct json *
ran_to_json(const struct model *m, const struct release *r)
{
	struct json *list = json_array(), *o;
	size_t i, k;

	for (i = 0; i < m->environment_count; i++)
		for (k = 0; k < m->environments[i].tenure_count; k++) {
			const struct tenure *t =
			    &m->environments[i].tenures[k];

			if (!t->commit || strcmp(t->commit, r->commit) != 0)
				continue;
			o = json_object();
			json_set_text(o, "environment",
			    m->environments[i].name);
			json_set_time(o, "first_seen", t->first_seen);
			json_set_time(o, "last_seen", t->last_seen);
			json_set_number(o, "healthy_ms",
			    (double)t->healthy_ms);
			json_set_number(o, "observed_ms",
			    (double)t->observed_ms);
			json_append(list, o);
		}
	return list;
}

/* What others say of a release: for who reads, and derived again by us. */
static void
release_derived(struct json *o, const struct model *m,
    const struct release *r)
{
	const struct commit_checks *c = pipelines_checks(&m->pipelines,
	    r->commit);
	const struct registry_image *image = registry_find(&m->registry,
	    r->tag);
	const struct mark *mark = model_mark(m, r->tag);

	json_set(o, "environments", runs_in_to_json(m, r));
	json_set(o, "ran", ran_to_json(m, r));
	json_set_text(o, "ci", c && c->ci ? run_state_name(c->ci) : NULL);
	json_set_text(o, "e2e", c && c->e2e ? run_state_name(c->e2e) : NULL);
	json_set_text(o, "mark", mark ? mark_word_name(mark->word) : NULL);
	if (image && image->present != TRI_UNKNOWN)
		json_set_bool(o, "image", image->present == TRI_YES);
	else
		json_set_null(o, "image");
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
			release_derived(item, m, &r->items[i]);
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

	fields_write(o, model_fields, m, MODEL | MARKS | RUNS);
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
	    (m->marked ? MARKS : 0) | (m->ran ? RUNS : 0));
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
