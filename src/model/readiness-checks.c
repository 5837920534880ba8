/* The single checks of a rollback's readiness. See readiness-parts.h. */
#include "model/readiness-parts.h"

#include "base/alloc.h"
#include "model/release.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* The plan rehearses monthly (§6.1). */
#define DRILL_MS (30 * DAY_MS)

/* Evidence that is there and young enough. */
static bool
is_fresh(const struct observation *o, int64_t now)
{
	return o->used && o->observed_at != TIME_UNKNOWN &&
	    !observation_stale(o, now);
}

/* --- tag ------------------------------------------------------------------ */

void
readiness_check_tag(struct judged *j)
{
	const struct releases *all = &j->model->releases;
	const struct release *r = j->release;
	int64_t at = all->seen.observed_at;

	if (!is_fresh(&all->seen, j->now))
		readiness_add(j, CHECK_TAG, STATUS_UNKNOWN, at,
		    "the repository was not read lately");
	else if (r && r->moved)
		readiness_add(j, CHECK_TAG, STATUS_CRIT, at,
		    "the tag %s was moved at the remote", r->tag);
	else if (r)
		readiness_add(j, CHECK_TAG, STATUS_OK, at,
		    "the tag %s is there", r->tag);
	else if (j->tenure && j->tenure->tag)
		readiness_add(j, CHECK_TAG, STATUS_CRIT, at,
		    "the tag %s is gone from the repository",
		    j->tenure->tag);
	else if (j->env->production)
		readiness_add(j, CHECK_TAG, STATUS_CRIT, at,
		    "%s has no tag, and production is deployed by tags",
		    j->out.target);
	else
		readiness_add(j, CHECK_TAG, STATUS_OK, at,
		    "goes by its commit, needs no tag");
}

/* --- images --------------------------------------------------------------- */

/* "registry/hub/bridge:v1.4.0": what follows the registry's host, without the
 * tag. */
static const char *
image_name(const char *image, size_t *len)
{
	const char *slash = strchr(image, '/'), *name = image, *end;

	/* A first part with a dot or a port is a host. */
	if (slash && (memchr(image, '.', slash - image) ||
	    memchr(image, ':', slash - image)))
		name = slash + 1;
	end = strrchr(name, ':');
	if (end && strchr(end, '/'))
		end = NULL;
	*len = end ? (size_t)(end - name) : strlen(name);
	return name;
}

static const char *
image_tag(const char *image)
{
	const char *colon = strrchr(image, ':');

	return colon && !strchr(colon, '/') ? colon + 1 : NULL;
}

/* Whether the registry is the one that should have it. */
static bool
is_ours(const struct judged *j, const char *image)
{
	const char *a, *b, *own = j->model->registry.image;
	size_t n, k;

	if (!own || !image)
		return false;
	a = image_name(own, &n);
	b = image_name(image, &k);
	return n == k && memcmp(a, b, n) == 0;
}

static enum tri
on_host(const struct judged *j, const char *image, const char *digest)
{
	const struct environment *env = j->env;
	size_t i;

	if (!is_fresh(&env->sources[SOURCE_IMAGES], j->now))
		return TRI_UNKNOWN;
	for (i = 0; i < env->image_count; i++) {
		const struct host_image *h = &env->images[i];

		if ((digest && h->id && strcmp(h->id, digest) == 0) ||
		    (!digest && image && strcmp(h->reference, image) == 0))
			return TRI_YES;
	}
	return TRI_NO;
}

static enum tri
in_registry(const struct judged *j, const char *tag)
{
	const struct registry *r = &j->model->registry;
	const struct registry_image *found = tag ? registry_find(r, tag) :
	    NULL;

	if (!is_fresh(&r->seen, j->now) || !found)
		return TRI_UNKNOWN;
	return found->present;
}

/* One image of the target, the worst of which counts. */
struct image_verdict {
	enum status status;
	const char *what;	/* with one %s: the image */
	const char *image;
};

static struct image_verdict
judge_image(const struct judged *j, const char *image, const char *digest)
{
	enum tri here = on_host(j, image, digest), there;
	const char *tag = image ? image_tag(image) : NULL;

	if (!is_ours(j, image)) {
		if (here == TRI_YES)
			return (struct image_verdict){STATUS_OK,
			    "%s is on the host", image};
		return (struct image_verdict){here == TRI_NO ? STATUS_WARN :
		    STATUS_UNKNOWN, here == TRI_NO ?
		    "%s is not on the host and would be pulled" :
		    "cannot tell whether %s is on the host", image};
	}
	there = in_registry(j, tag);
	if (here == TRI_YES && there == TRI_NO)
		return (struct image_verdict){STATUS_WARN,
		    "%s is on the host, but gone from the registry", image};
	if (here == TRI_YES)
		return (struct image_verdict){STATUS_OK, "%s is on the host",
		    image};
	if (there == TRI_YES)
		return (struct image_verdict){STATUS_OK,
		    "%s is in the registry", image};
	if (here == TRI_NO && there == TRI_NO)
		return (struct image_verdict){STATUS_CRIT,
		    "image gone from registry and host: %s", image};
	return (struct image_verdict){STATUS_UNKNOWN,
	    "cannot tell whether the image %s is still there", image};
}

static int64_t
older(int64_t a, int64_t b)
{
	return a == TIME_UNKNOWN || (b != TIME_UNKNOWN && b < a) ? b : a;
}

static void
add_verdict(struct judged *j, const struct image_verdict *v)
{
	int64_t at = older(j->env->sources[SOURCE_IMAGES].observed_at,
	    j->model->registry.seen.observed_at);
	const char *mark = strstr(v->what, "%s");

	readiness_add(j, CHECK_IMAGE, v->status, at, "%.*s%s%s",
	    (int)(mark - v->what), v->what, v->image, mark + 2);
}

void
readiness_check_image(struct judged *j)
{
	const struct tenure *t = j->tenure;
	const char *own = j->model->registry.image;
	struct image_verdict worst = {.status = STATUS_OK};
	char *image;
	size_t i;

	if (t && t->image_count > 0) {
		for (i = 0; i < t->image_count; i++) {
			const struct tenure_image *ti = &t->images[i];
			struct image_verdict v = judge_image(j, ti->image ?
			    ti->image : ti->service, ti->digest);

			/* The project's own says more than others. */
			if (!worst.what || v.status > worst.status ||
			    (v.status == worst.status &&
			    is_ours(j, ti->image)))
				worst = v;
		}
		add_verdict(j, &worst);
	} else if (own) {
		image = xasprintf("%s:%s", own, j->release ?
		    j->release->tag : j->out.target_commit);
		worst = judge_image(j, image, NULL);
		add_verdict(j, &worst);
		free(image);
	} else {
		readiness_add(j, CHECK_IMAGE, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "its images were never seen, and no registry is "
		    "configured");
	}
}

/* --- schemas --------------------------------------------------------------- */

static bool
same_commit(const struct tenure *a, const struct tenure *b)
{
	return a->commit && b->commit && strcmp(a->commit, b->commit) == 0;
}

static const char *
fingerprint(const struct tenure *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->schema_count; i++)
		if (strcmp(t->schemas[i].name, name) == 0)
			return t->schemas[i].fingerprint;
	return NULL;
}

/* The schema that the version ran with: of that tenure, else, when it was too
 * short to see, of an older one of the same version. */
static const char *
schema_of(const struct environment *env, const struct tenure *t,
    const char *name)
{
	const char *found = fingerprint(t, name);
	size_t i;

	for (i = 0; !found && i < env->tenure_count; i++)
		if (same_commit(t, &env->tenures[i]))
			found = fingerprint(&env->tenures[i], name);
	return found;
}

enum schemas_verdict
readiness_compare_schemas(const struct environment *env,
    const struct tenure *t, const char **name)
{
	enum schemas_verdict verdict = SCHEMAS_SAME;
	size_t i;

	*name = NULL;
	for (i = 0; i < env->schema_count; i++) {
		const struct schema *now = &env->schemas[i];
		const char *then = schema_of(env, t, now->name);

		if (!now->fingerprint || !then) {
			if (verdict == SCHEMAS_SAME)
				*name = now->name;
			verdict = SCHEMAS_UNKNOWN;
		} else if (strcmp(now->fingerprint, then) != 0) {
			*name = now->name;
			return SCHEMAS_DIFFER;
		}
	}
	return verdict;
}

/* When a restore would lead back to, by the oldest of the newest backups that
 * can be trusted; TIME_UNKNOWN when one is missing. */
static int64_t
restores_to(const struct environment *env)
{
	int64_t at = TIME_UNKNOWN;
	size_t i;

	for (i = 0; i < env->backup_count; i++) {
		const struct backup *b = backup_newest(&env->backups[i],
		    RUNG_READ);

		if (b)
			at = older(at, b->taken_at);
	}
	return at;
}

static int64_t
schemas_seen_at(const struct environment *env)
{
	int64_t at = TIME_UNKNOWN;
	size_t i;

	for (i = 0; i < env->schema_count; i++)
		at = older(at, env->schemas[i].observed_at);
	return at;
}

void
readiness_check_schema(struct judged *j)
{
	const struct environment *env = j->env;
	int64_t at = schemas_seen_at(env);
	const char *name = NULL;
	enum schemas_verdict v = j->tenure ?
	    readiness_compare_schemas(env, j->tenure, &name) :
	    SCHEMAS_UNKNOWN;

	if (env->schema_count == 0) {
		readiness_add(j, CHECK_SCHEMA, STATUS_UNKNOWN, TIME_UNKNOWN,
		    "no query tells the schemas: see \"schemas\" in "
		    "vigie.yaml(5)");
	} else if (v == SCHEMAS_DIFFER) {
		j->out.restore = true;
		j->out.restores_to = restores_to(env);
		readiness_add(j, CHECK_SCHEMA, STATUS_CRIT, at,
		    "%s schema changed since %s ran: only a restore leads "
		    "back", name, j->out.target);
	} else if (!is_fresh(&env->sources[SOURCE_SCHEMAS], j->now)) {
		readiness_add(j, CHECK_SCHEMA, STATUS_UNKNOWN, at,
		    "the schemas were not read lately");
	} else if (v == SCHEMAS_UNKNOWN && name) {
		readiness_add(j, CHECK_SCHEMA, STATUS_UNKNOWN, at,
		    "the %s schema that %s ran with is not on record", name,
		    j->out.target);
	} else if (v == SCHEMAS_UNKNOWN) {
		readiness_add(j, CHECK_SCHEMA, STATUS_UNKNOWN, at,
		    "the schemas that %s ran with are not on record",
		    j->out.target);
	} else {
		readiness_add(j, CHECK_SCHEMA, STATUS_OK, at,
		    "the schemas are as when %s ran", j->out.target);
	}
}

/* --- backups ----------------------------------------------------------------- */

/* Without a restore a backup is the second line; with one it is the way. */
void
readiness_check_backup(struct judged *j)
{
	const struct environment *env = j->env;
	enum status serious = j->out.restore ? STATUS_CRIT : STATUS_WARN;
	const struct backup_series *lacking = NULL;
	int64_t at = TIME_UNKNOWN;
	enum rung least = RUNG_RESTORED;
	size_t i;

	for (i = 0; i < env->backup_count; i++) {
		const struct backup_series *s = &env->backups[i];
		const struct backup *b = backup_newest(s, j->out.restore ?
		    RUNG_READ : RUNG_LISTED);

		at = older(at, s->seen.observed_at);
		if (!b || (s->max_age_ms > 0 &&
		    j->now - b->taken_at > s->max_age_ms))
			lacking = lacking ? lacking : s;
		else if (b->rung < least)
			least = b->rung;
	}
	if (env->backup_count == 0)
		readiness_add(j, CHECK_BACKUP, serious, TIME_UNKNOWN,
		    "no backups are configured");
	else if (lacking && lacking->seen.observed_at == TIME_UNKNOWN)
		readiness_add(j, CHECK_BACKUP, j->out.restore ?
		    STATUS_UNKNOWN : STATUS_WARN, TIME_UNKNOWN,
		    "the %s backups were not listed yet", lacking->kind);
	else if (lacking && j->out.restore)
		readiness_add(j, CHECK_BACKUP, serious, at,
		    "no %s backup is young enough and fully read",
		    lacking->kind);
	else if (lacking)
		readiness_add(j, CHECK_BACKUP, serious, at,
		    "no %s backup is young enough", lacking->kind);
	else
		readiness_add(j, CHECK_BACKUP, STATUS_OK, at,
		    "backups are young enough, %s", rung_name(least));
}

/* --- lock, approver, drill ---------------------------------------------------- */

void
readiness_check_lock(struct judged *j)
{
	const struct environment_lock *l = &j->env->lock;

	if (l->who)
		readiness_add(j, CHECK_LOCK, STATUS_CRIT, l->since,
		    "locked by %s: %s", l->who, l->why ? l->why : "");
	else
		readiness_add(j, CHECK_LOCK, STATUS_OK, TIME_UNKNOWN,
		    "not locked");
}

void
readiness_check_approver(struct judged *j)
{
	const struct pipelines *p = &j->model->pipelines;
	const struct gate *g = pipelines_gate(p, j->env->name);
	int64_t at = p->seen.observed_at;

	if (!p->seen.used)
		readiness_add(j, CHECK_APPROVER, STATUS_OK, TIME_UNKNOWN,
		    "deployed without GitHub: nobody has to approve");
	else if (!is_fresh(&p->seen, j->now))
		readiness_add(j, CHECK_APPROVER, STATUS_WARN, at,
		    "GitHub is not reached: over ssh only");
	else if (!g || g->reviewed == TRI_UNKNOWN)
		readiness_add(j, CHECK_APPROVER, STATUS_UNKNOWN, at,
		    "not known who has to approve");
	else if (g->reviewed == TRI_NO)
		readiness_add(j, CHECK_APPROVER, j->env->production ?
		    STATUS_WARN : STATUS_OK, at, j->env->production ?
		    "no gate: nobody has to approve production" :
		    "nobody has to approve");
	else if (g->reviewer_count < 1)
		readiness_add(j, CHECK_APPROVER, STATUS_CRIT, at,
		    "an approval is required and nobody may give it");
	else if (g->prevents_self_review == TRI_YES && g->reviewer_count == 1)
		readiness_add(j, CHECK_APPROVER, STATUS_WARN, at,
		    "only %s may approve, and not their own deployment",
		    g->reviewers);
	else
		readiness_add(j, CHECK_APPROVER, STATUS_OK, at,
		    "may approve: %s", g->reviewers ? g->reviewers : "?");
}

const struct tenure *
readiness_last_return(const struct environment *env)
{
	size_t i, k;

	for (i = 0; i + 2 < env->tenure_count; i++) {
		const struct tenure *t = &env->tenures[i];

		if (!same_commit(t, &env->tenures[i + 1]))
			for (k = i + 2; k < env->tenure_count; k++)
				if (same_commit(t, &env->tenures[k]))
					return t;
	}
	return NULL;
}

void
readiness_check_drill(struct judged *j)
{
	const struct model *m = j->model;
	const struct environment *where = j->env;
	const struct tenure *t = readiness_last_return(where);
	size_t i;

	for (i = 0; !t && i < m->environment_count; i++) {
		where = &m->environments[i];
		t = readiness_last_return(where);
	}
	if (!t) {
		readiness_add(j, CHECK_DRILL, STATUS_WARN, TIME_UNKNOWN,
		    "never drilled: no return to an earlier version was seen");
		return;
	}
	j->out.drilled_at = t->first_seen;
	j->out.estimate_ms = t->took_ms;
	readiness_add(j, CHECK_DRILL, j->now - t->first_seen > DRILL_MS ?
	    STATUS_WARN : STATUS_OK, t->first_seen,
	    "%s was brought back to %s", where->name,
	    t->tag ? t->tag : t->commit);
}
