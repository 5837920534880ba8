#include "model/tenure-sight.h"

#include "base/hash.h"
#include "model/tables.h"

static bool
same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Known to be so now: not only not yet stale. */
static bool
fresh(const struct environment *env, enum source_kind k, int64_t now)
{
	const struct observation *o = &env->sources[k];

	return o->used && o->observed_at != TIME_UNKNOWN && !o->error &&
	    !observation_stale(o, now);
}

static uint64_t
mix(uint64_t hash, const char *a, const char *b)
{
	hash = hash_add(hash, a, strlen(a) + 1);
	return hash_add(hash, b, strlen(b) + 1);
}

/* Whether it has what it takes to run, or ran and is done: a health that is
 * still starting is a deployment that still waits. */
static bool
is_started(const struct service *s)
{
	switch (s->state) {
	case CONTAINER_RUNNING:
		return s->health != HEALTH_STARTING;
	case CONTAINER_PAUSED:
	case CONTAINER_EXITED:
	case CONTAINER_DEAD:
		return true;
	default:
		return false;
	}
}

/* Services are sorted by name. More than a tenure may list, and one without a
 * name, are no version that could be told. */
static enum clarity
see_services(const struct environment *env, struct sight *s)
{
	const struct service *before = NULL;
	bool configured = true;
	size_t i, names = 0;

	s->images = s->compose = HASH_START;
	s->started = true;
	for (i = 0; i < env->service_count; i++) {
		const struct service *sv = &env->services[i];
		bool again = before && strcmp(before->name, sv->name) == 0;

		if (!*sv->name || !sv->digest)
			return MIXED;
		if (again && (!same(before->digest, sv->digest) ||
		    !same(before->compose_hash, sv->compose_hash)))
			return MIXED;
		s->started &= is_started(sv);
		configured &= sv->compose_hash != NULL;
		if (!again && ++names > tenure_images_list.max)
			return MIXED;
		if (!again)
			s->images = mix(s->images, sv->name, sv->digest);
		if (!again && configured)
			s->compose = mix(s->compose, sv->name,
			    sv->compose_hash);
		before = sv;
	}
	if (!configured)
		s->compose = 0;
	return before ? SEEN : MIXED;
}

enum clarity
sight_see(const struct environment *env, int64_t now, struct sight *s)
{
	bool checkout = env->sources[SOURCE_CHECKOUT].used;

	if (!fresh(env, SOURCE_ENGINE, now) || (checkout &&
	    (!fresh(env, SOURCE_CHECKOUT, now) || !env->version.commit)))
		return UNSEEN;
	s->commit = checkout ? env->version.commit : NULL;
	return see_services(env, s);
}

static uint64_t
tenure_images(const struct tenure *t)
{
	uint64_t hash = HASH_START;
	size_t i;

	for (i = 0; i < t->image_count; i++)
		hash = mix(hash, t->images[i].service,
		    t->images[i].digest ? t->images[i].digest : "");
	return hash;
}

bool
sight_same_running(const struct sight *s, const struct tenure *t)
{
	char text[HASH_TEXT_MAX];

	return tenure_images(t) == s->images && (!t->compose_hash ||
	    !s->compose || strcmp(t->compose_hash,
	    hash_text(s->compose, text)) == 0);
}

bool
sight_is(const struct sight *s, const struct tenure *t)
{
	return same(t->commit, s->commit) && sight_same_running(s, t);
}

static const struct service *
find_service(const struct environment *env, const char *name)
{
	size_t i;

	for (i = 0; i < env->service_count; i++)
		if (strcmp(env->services[i].name, name) == 0)
			return &env->services[i];
	return NULL;
}

bool
sight_lacks_service(const struct environment *env, const struct tenure *t)
{
	size_t i;

	for (i = 0; i < t->image_count; i++)
		if (!find_service(env, t->images[i].service))
			return true;
	return false;
}

static const struct tenure_image *
find_image(const struct tenure *t, const char *service)
{
	size_t i;

	for (i = 0; i < t->image_count; i++)
		if (strcmp(t->images[i].service, service) == 0)
			return &t->images[i];
	return NULL;
}

bool
sight_is_rest_of(const struct sight *s, const struct environment *env,
    const struct tenure *t)
{
	size_t i;

	if (!same(t->commit, s->commit) || !sight_lacks_service(env, t))
		return false;
	for (i = 0; i < env->service_count; i++) {
		const struct tenure_image *was = find_image(t,
		    env->services[i].name);

		if (!was || !same(was->digest, env->services[i].digest))
			return false;
	}
	return true;
}
