#include "source/registry-private.h"

#include "base/alloc.h"
#include "model/release.h"
#include "model/tables.h"
#include "source/pace.h"

enum {
	TICK_MS = 2000,		/* a new tag is asked for so soon */
	TAGS_MAX = 500,
};

struct tags {
	char *items[TAGS_MAX];
	size_t count;
};

static void tick_within(struct registry_source *r, int64_t ms);

/* --- which tags ------------------------------------------------------------ */

static void
want(struct tags *t, const char *tag)
{
	size_t i;

	if (!tag || t->count == TAGS_MAX)
		return;
	for (i = 0; i < t->count; i++)
		if (!strcmp(t->items[i], tag))
			return;
	t->items[t->count++] = xstrdup(tag);
}

static void
tags_collect(struct tags *t, const struct model *m)
{
	const struct releases *all = &m->releases;
	size_t i, versions = 0;

	t->count = 0;
	for (i = 0; i < all->count && versions < REGISTRY_TAGS_MAX; i++)
		if (all->items[i].version) {
			want(t, all->items[i].tag);
			versions++;
		}
	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];
		const struct readiness *to = &env->readiness;

		/* An image that no release has is tagged with its commit (the
		 * plan, §3.3). */
		want(t, env->version.tag ? env->version.tag :
		    env->version.commit);
		want(t, to->target && releases_find(all, to->target) ?
		    to->target : to->target_commit);
	}
}

static void
tags_release(struct tags *t)
{
	while (t->count)
		free(t->items[--t->count]);
}

static bool
all_known(const struct registry_source *r, const struct tags *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (!registry_find(&r->w->model->registry, t->items[i]))
			return false;
	return true;
}

/* --- the end of a round ---------------------------------------------------- */

static const struct question *
answer(const struct registry_source *r, const char *tag)
{
	size_t i;

	for (i = 1; i < r->count; i++)
		if (r->questions[i].state == ANSWERED &&
		    !strcmp(r->questions[i].tag, tag))
			return &r->questions[i];
	return NULL;
}

static void
fill(struct registry_image *to, const char *tag, const struct question *q,
    const struct registry_image *old)
{
	xstrset(&to->tag, tag);
	to->present = q ? q->present : old->present;
	to->checked_at = q ? q->at : old->checked_at;
	xstrset(&to->digest, q ? q->digest : old->digest);
}

/* What was answered, and of the rest what was known before. */
static void
apply(struct registry_source *r)
{
	struct registry *reg = &r->w->model->registry;
	struct registry_image *fresh;
	struct tags wanted;
	size_t i, n = 0;

	tags_collect(&wanted, r->w->model);
	fresh = list_new(wanted.count, &registry_images_list);
	for (i = 0; i < wanted.count; i++) {
		const char *tag = wanted.items[i];
		const struct question *q = answer(r, tag);
		const struct registry_image *old = registry_find(reg, tag);

		if (q || old)
			fill(&fresh[n++], tag, q, old);
	}
	list_release(reg->images, reg->image_count, &registry_images_list);
	reg->images = fresh;
	reg->image_count = n;
	reg->changed = true;
	tags_release(&wanted);
}

static void
round_release(struct registry_source *r)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		http_cancel(r->questions[i].request);
		free(r->questions[i].tag);
		free(r->questions[i].digest);
	}
	free(r->questions);
	r->questions = NULL;
	r->count = 0;
	r->asked = 0;
	registry_auth_forget(r->auth);
}

static void
set_next(struct registry_source *r)
{
	int64_t now = clock_mono();
	int64_t soon = now + (r->retry_ms ? r->retry_ms : r->c->interval_ms);

	if (r->limited)
		r->not_before = soon;
	if (r->trouble && (soon < r->next_at || r->limited))
		r->next_at = soon;
	if (r->again)
		r->next_at = now;
	r->again = false;
}

void
registry_finish(struct registry_source *r)
{
	struct registry *reg = &r->w->model->registry;

	if (r->questions[0].state == ANSWERED)
		apply(r);
	if (r->trouble)
		observation_failed(&reg->seen, clock_wall(), r->trouble);
	else if (r->whole)
		observation_ok(&reg->seen, clock_wall());
	reg->attempted = true;
	set_next(r);
	round_release(r);
	xstrset(&r->trouble, NULL);
	tick_within(r, r->next_at <= clock_mono() ? 0 : TICK_MS);
	r->w->changed(r->w->arg, NULL);
}

/* --- rounds ---------------------------------------------------------------- */

static void
begin(struct registry_source *r, const struct tags *t, bool whole)
{
	size_t i;

	r->questions = xcalloc(t->count + 1, sizeof(*r->questions));
	r->questions[0].source = r;
	r->count = 1;
	for (i = 0; i < t->count; i++) {
		struct question *q = &r->questions[r->count];

		if (!whole && registry_find(&r->w->model->registry,
		    t->items[i]))
			continue;
		q->source = r;
		q->tag = xstrdup(t->items[i]);
		q->present = TRI_NO;
		q->at = clock_wall();
		/* No registry can have it, so none is asked. */
		if (!registry_tag_valid(q->tag))
			q->state = ANSWERED;
		r->count++;
	}
	r->whole = whole;
	r->wants_auth = r->limited = false;
	r->auths = 0;
	r->retry_ms = 0;
	if (!registry_name_valid(r->name))
		registry_trouble(r, 0, "registry.image is no name that a registry may "
		    "have");
	registry_go_on(r);
}

static void
on_tick(void *arg)
{
	struct registry_source *r = arg;
	int64_t now = clock_mono();
	struct tags wanted;

	r->timer = NULL;
	if (now < r->not_before) {
		tick_within(r, TICK_MS);
		return;
	}
	tags_collect(&wanted, r->w->model);
	if (now >= r->next_at) {
		/* A little early, so that none is late. */
		r->next_at = now + jittered(r->c->interval_ms / 10 * 9);
		begin(r, &wanted, true);
	} else if (!r->w->model->registry.seen.error &&
	    !all_known(r, &wanted)) {
		begin(r, &wanted, false);
	} else {
		tick_within(r, TICK_MS);
	}
	tags_release(&wanted);
}

static void
tick_within(struct registry_source *r, int64_t ms)
{
	int64_t left = r->next_at - clock_mono();

	loop_timer_cancel(r->timer);
	if (left < ms)
		ms = left > 0 ? left : 0;
	/* A limit may be later. */
	if (r->not_before > clock_mono() && ms < TICK_MS)
		ms = TICK_MS;
	r->timer = loop_timer(r->w->loop, ms, on_tick, r);
}

void
registry_source_refresh(struct registry_source *r)
{
	if (!r)
		return;
	if (r->count) {
		r->again = true;
		return;
	}
	r->next_at = clock_mono();
	tick_within(r, 0);
}

/* --- life ------------------------------------------------------------------ */

struct registry_source *
registry_source_new(struct world *w, const struct conf_registry *c)
{
	struct registry *reg = &w->model->registry;
	struct registry_source *r;
	const char *slash;

	reg->seen.used = c->image != NULL;
	if (!c->image)
		return NULL;
	if (xstrset(&reg->image, c->image)) {
		/* What was known is of another. */
		list_release(reg->images, reg->image_count,
		    &registry_images_list);
		reg->images = NULL;
		reg->image_count = 0;
		reg->seen.observed_at = TIME_UNKNOWN;
		xstrset(&reg->seen.error, NULL);
		reg->changed = true;
	}
	r = xcalloc(1, sizeof(*r));
	r->w = w;
	r->c = c;
	slash = strchr(c->image, '/');
	r->name = slash ? slash + 1 : c->image;
	slash = strstr(c->url, "://");
	r->place = xstrdup(slash ? slash + 3 : c->url);
	r->auth = registry_auth_new(w, c, r->name);
	reg->seen.stale_after = 3 * c->interval_ms + 6 * REGISTRY_REQUEST_MS;
	registry_source_refresh(r);
	return r;
}

void
registry_source_free(struct registry_source *r)
{
	if (!r)
		return;
	loop_timer_cancel(r->timer);
	round_release(r);
	registry_auth_free(r->auth);
	free(r->trouble);
	free(r->place);
	free(r);
}
