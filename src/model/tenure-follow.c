#include "model/tenure-follow.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "model/tables.h"
#include "model/tenure-sight.h"

/* A version that was not well so long after the change began will tell nothing
 * of how long changes take. */
#define CHANGE_MAX_MS (60 * 60 * 1000)

void
tenure_watch_init(struct tenure_watch *w)
{
	*w = (struct tenure_watch){
		.looked_at = TIME_UNKNOWN,
		.since = TIME_UNKNOWN,
		.images_since = TIME_UNKNOWN,
		.settled_at = TIME_UNKNOWN,
		.changed_at = TIME_UNKNOWN,
		.well_at = TIME_UNKNOWN,
	};
}

static void
forget_changes(struct tenure_watch *w)
{
	size_t i;

	for (i = 0; i < w->change_count; i++) {
		free(w->changes[i].name);
		free(w->changes[i].fingerprint);
	}
	w->change_count = 0;
}

void
tenure_watch_release(struct tenure_watch *w)
{
	forget_changes(w);
	free(w->changes);
	free(w->commit);
	tenure_watch_init(w);
	w->changes = NULL;
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* --- the live one --------------------------------------------------------- */

static bool
is_well(const struct environment *env)
{
	size_t i;

	for (i = 0; i < env->service_count; i++)
		if (env->services[i].status != STATUS_OK)
			return false;
	return true;
}

static struct schema *
find_schema(struct tenure *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->schema_count; i++)
		if (strcmp(t->schemas[i].name, name) == 0)
			return &t->schemas[i];
	return NULL;
}

static struct schema *
add_schema(struct tenure *t, const char *name)
{
	struct schema *s;

	t->schemas = xreallocarray(t->schemas, t->schema_count + 1,
	    sizeof(*t->schemas));
	s = &t->schemas[t->schema_count++];
	*s = (struct schema){.observed_at = TIME_UNKNOWN};
	s->name = xstrdup(name);
	return s;
}

static struct tenure_schema_change *
find_change(struct tenure_watch *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->change_count; i++)
		if (strcmp(w->changes[i].name, name) == 0)
			return &w->changes[i];
	return NULL;
}

static struct tenure_schema_change *
add_change(struct tenure_watch *w, const char *name)
{
	w->changes = xreallocarray(w->changes, w->change_count + 1,
	    sizeof(*w->changes));
	w->changes[w->change_count] = (struct tenure_schema_change){
	    .name = xstrdup(name)};
	return &w->changes[w->change_count++];
}

static void
drop_change(struct tenure_watch *w, const char *name)
{
	struct tenure_schema_change *c = find_change(w, name);

	if (!c)
		return;
	free(c->name);
	free(c->fingerprint);
	*c = w->changes[--w->change_count];
}

/* A migration comes before the version that needs it: a schema that changes
 * under a version is that version's only when no other one follows. */
static bool
change_holds(struct tenure_watch *w, const struct schema *now,
    int64_t passed)
{
	struct tenure_schema_change *c = find_change(w, now->name);

	if (!c)
		c = add_change(w, now->name);
	if (xstrset(&c->fingerprint, now->fingerprint))
		c->held_ms = 0;
	else
		c->held_ms += passed;
	return c->held_ms >= TENURE_DEPLOY_MS;
}

/* Observed while the live tenure was certainly live: after it had settled, and
 * engine and checkout have told the same since. */
static bool
belongs(const struct tenure_watch *w, const struct environment *env,
    const struct schema *s)
{
	const struct observation *checkout = &env->sources[SOURCE_CHECKOUT];

	return s->fingerprint && !s->error && s->observed_at > w->settled_at &&
	    env->sources[SOURCE_ENGINE].observed_at >= s->observed_at &&
	    (!checkout->used || checkout->observed_at >= s->observed_at);
}

static unsigned
follow_schemas(struct tenure_watch *w, struct environment *env,
    int64_t passed)
{
	struct tenure *t = &env->tenures[0];
	unsigned happened = 0;
	size_t i;

	for (i = 0; i < env->schema_count; i++) {
		const struct schema *seen = &env->schemas[i];
		struct schema *known = find_schema(t, seen->name);

		if (!belongs(w, env, seen))
			continue;
		if (known && !same(known->fingerprint, seen->fingerprint) &&
		    !change_holds(w, seen, passed))
			continue;
		if (!known)
			known = add_schema(t, seen->name);
		if (xstrset(&known->fingerprint, seen->fingerprint))
			happened = TENURE_ALTERED;
		known->observed_at = seen->observed_at;
		drop_change(w, seen->name);
	}
	return happened;
}

/* How long the change took that led to it, when that was watched. */
static unsigned
follow_change(struct tenure_watch *w, struct environment *env, int64_t now)
{
	struct tenure *t = &env->tenures[0];

	if (w->changed_at == TIME_UNKNOWN)
		return 0;
	if (w->well_at == TIME_UNKNOWN && is_well(env))
		w->well_at = now;
	if (w->well_at == TIME_UNKNOWN && now - w->changed_at <= CHANGE_MAX_MS)
		return 0;
	if (w->well_at >= w->changed_at)
		t->took_ms = w->well_at - w->changed_at;
	w->changed_at = TIME_UNKNOWN;
	return TENURE_ALTERED;
}

static unsigned
go_on(struct tenure_watch *w, struct environment *env, const struct sight *s,
    int64_t passed, int64_t now)
{
	struct tenure *t = &env->tenures[0];
	char text[HASH_TEXT_MAX];
	unsigned happened = TENURE_COUNTED;

	if (w->settled_at == TIME_UNKNOWN) {
		/* It is back, or the server is: no change. */
		w->settled_at = now;
		w->changed_at = TIME_UNKNOWN;
		passed = 0;
	}
	t->observed_ms += passed;
	if (is_well(env))
		t->healthy_ms += passed;
	if (now > t->last_seen)
		t->last_seen = now;
	if (s->compose && !t->compose_hash && xstrset(&t->compose_hash,
	    hash_text(s->compose, text)))
		happened |= TENURE_ALTERED;
	if (s->commit && env->version.tag && xstrset(&t->tag,
	    env->version.tag))
		happened |= TENURE_ALTERED;
	return happened | follow_change(w, env, now) |
	    follow_schemas(w, env, passed);
}

/* --- another one ---------------------------------------------------------- */

static void
copy_images(struct tenure *t, const struct environment *env)
{
	size_t i;

	t->images = list_new(env->service_count, &tenure_images_list);
	for (i = 0; i < env->service_count; i++) {
		const struct service *s = &env->services[i];

		if (i > 0 && strcmp(s->name, s[-1].name) == 0)
			continue;
		t->images[t->image_count++] = (struct tenure_image){
		    xstrdup(s->name), xstrdup_or_null(s->image),
		    xstrdup(s->digest)};
	}
}

static void
make_room(struct environment *env)
{
	if (env->tenure_count == TENURES_MAX)
		fields_release(&env->tenures[--env->tenure_count],
		    tenures_list.fields, 0);
	env->tenures = xreallocarray(env->tenures, env->tenure_count + 1,
	    sizeof(*env->tenures));
	memmove(env->tenures + 1, env->tenures, env->tenure_count++ *
	    sizeof(*env->tenures));
}

static unsigned
begin(struct tenure_watch *w, struct environment *env, const struct sight *s,
    int64_t now)
{
	struct tenure *t;
	char text[HASH_TEXT_MAX];

	make_room(env);
	t = &env->tenures[0];
	*t = (struct tenure){.tag = NULL};
	fields_init(t, tenures_list.fields, 0);
	t->commit = xstrdup_or_null(s->commit);
	if (s->commit)
		t->tag = xstrdup_or_null(env->version.tag);
	if (s->compose)
		t->compose_hash = xstrdup(hash_text(s->compose, text));
	copy_images(t, env);
	t->observed_ms = t->healthy_ms = 0;
	t->first_seen = w->since;
	/* They are in order, and each has a first_seen of its own, whatever
	 * the clock did. */
	if (env->tenure_count > 1 && t->first_seen <= t[1].first_seen)
		t->first_seen = t[1].first_seen + 1;
	t->last_seen = now > t->first_seen ? now : t->first_seen;
	w->settled_at = now;
	/* One that only held tells nothing of how long changes take. */
	if (w->whole_ms < TENURE_SETTLE_MS)
		w->changed_at = TIME_UNKNOWN;
	follow_change(w, env, now);
	return TENURE_BEGUN;
}

/* Whole, and more than a checkout that moved. */
static bool
is_whole(const struct tenure_watch *w, const struct environment *env,
    const struct sight *s)
{
	const struct observation *checkout = &env->sources[SOURCE_CHECKOUT];
	const struct tenure *live = env->tenure_count ? env->tenures : NULL;

	if (!s->started || (checkout->used &&
	    checkout->observed_at <= w->images_since))
		return false;
	return !live || (!sight_same_running(s, live) &&
	    !sight_lacks_service(env, live));
}

/* The live tenure is no longer what runs. */
static void
leave(struct tenure_watch *w, int64_t now)
{
	if (w->settled_at != TIME_UNKNOWN) {
		w->changed_at = now;
		w->well_at = TIME_UNKNOWN;
	}
	w->settled_at = TIME_UNKNOWN;
	forget_changes(w);
}

/* Remember what is seen; from then on passed counts. */
static void
remember(struct tenure_watch *w, const struct environment *env,
    const struct sight *s, int64_t now)
{
	bool first = w->since == TIME_UNKNOWN;

	if (first || w->images != s->images || w->compose != s->compose) {
		/* Before the first look they were there already. */
		w->images_since = first && env->version.since != TIME_UNKNOWN &&
		    env->version.since < now ? env->version.since : now;
		w->images = s->images;
		w->compose = s->compose;
	} else if (same(w->commit, s->commit)) {
		return;
	}
	xstrset(&w->commit, s->commit);
	w->since = now;
	w->held_ms = w->whole_ms = 0;
}

/* Wait until another version holds. */
static bool
has_settled(struct tenure_watch *w, const struct environment *env,
    const struct sight *s, int64_t passed, int64_t now)
{
	bool whole = is_whole(w, env, s);

	w->held_ms += passed;
	w->whole_ms = whole ? w->whole_ms + passed : 0;
	if (!whole || !is_well(env))
		w->well_at = TIME_UNKNOWN;
	else if (w->well_at == TIME_UNKNOWN)
		w->well_at = now;
	return w->whole_ms >= TENURE_SETTLE_MS ||
	    w->held_ms >= TENURE_DEPLOY_MS;
}

unsigned
tenure_follow(struct tenure_watch *w, struct environment *env, int64_t now)
{
	int64_t before = w->looked_at, since = w->since, passed;
	struct sight s;
	enum clarity clarity = sight_see(env, now, &s);

	w->looked_at = clarity == SEEN ? now : TIME_UNKNOWN;
	if (clarity != SEEN) {
		w->held_ms = w->whole_ms = 0;
		if (clarity == MIXED)
			leave(w, now);
		return 0;
	}
	passed = before == TIME_UNKNOWN || now < before ||
	    now - before > TENURE_GAP_MS ? 0 : now - before;
	remember(w, env, &s, now);
	if (env->tenure_count && sight_is(&s, &env->tenures[0])) {
		w->held_ms = w->whole_ms = 0;
		return go_on(w, env, &s, passed, now);
	}
	leave(w, now);
	if (env->tenure_count && sight_is_rest_of(&s, env, &env->tenures[0]))
		return 0;
	return has_settled(w, env, &s, w->since == since ? passed : 0, now) ?
	    begin(w, env, &s, now) : 0;
}
