#include "source/registry.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/tables.h"
#include "source/pace.h"
#include "source/registry-auth.h"

enum {
	TICK_MS = 2000,		/* a new tag is asked for so soon */
	RETRY_MS = 30000,	/* after a failure, unless told when */
	REQUEST_MS = 10000,
	BODY_MAX = 4 * 1024 * 1024,	/* of a manifest */
	IN_FLIGHT = 4,
	TAGS_MAX = 500,
	AUTHS_MAX = 2,		/* in one round: a token may end in it */
};

static const char accept[] = "Accept: "
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

/* One question of a round: whether this is a registry (tag NULL), or has that
 * tag. */
struct question {
	struct registry_source *source;
	char *tag;
	enum { TODO, ASKED, ANSWERED } state;
	struct http_transfer *request;
	bool whole;		/* GET: HEAD is not enough for it */
	enum registry_scheme signed_as;
	enum tri present;
	char *digest;
	int64_t at;
};

struct tags {
	char *items[TAGS_MAX];
	size_t count;
};

struct registry_source {
	struct world *w;
	const struct conf_registry *c;
	const char *name;	/* of the repository, in c->image */
	char *place;		/* c->url without its scheme */
	struct registry_auth *auth;
	struct loop_timer *timer;
	int64_t next_at, not_before;	/* mono ms */
	bool again;		/* a refresh came during a round */
	/* The round under way; none when there are no questions. */
	struct question *questions;	/* the first is about the registry */
	size_t count;
	int asked;		/* without an answer yet */
	bool whole;		/* all tags, not only new ones */
	bool getting_auth;
	bool wants_auth;	/* once nothing is under way */
	int auths;
	char *trouble;		/* what ends it */
	int64_t retry_ms;
	bool limited;
};

static void tick_within(struct registry_source *r, int64_t ms);
static void go_on(struct registry_source *r);

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

		want(t, env->version.tag);
		/* A target without a tag is named by its commit. */
		if (to->target && (!to->target_commit ||
		    strcmp(to->target, to->target_commit)))
			want(t, to->target);
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

static void
finish(struct registry_source *r)
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

/* --- answers --------------------------------------------------------------- */

/* The first one counts; what is under way still ends. */
static void
trouble(struct registry_source *r, int64_t retry_ms, const char *text)
{
	if (r->trouble)
		return;
	r->trouble = xasprintf("%s: %s", r->place, text);
	r->retry_ms = retry_ms;
}

static void
limited(struct registry_source *r, const struct http_reply *reply)
{
	int64_t ms = registry_retry_after(http_header(reply, "Retry-After"),
	    clock_wall());
	char *text = xasprintf("it takes no more requests for %lld s (429)",
	    (long long)(ms / 1000));

	r->limited = true;
	trouble(r, ms, text);
	free(text);
}

static void
forbidden(struct registry_source *r, const struct http_reply *reply)
{
	char *words = registry_words(reply->body, reply->body_len);
	char *text = xasprintf("it answers %d%s: may %s read %s?",
	    reply->status, words, r->c->user ? r->c->user :
	    "somebody without a user", r->name);

	trouble(r, 0, text);
	free(text);
	free(words);
}

static void
unauthorised(struct question *q, const struct http_reply *reply)
{
	struct registry_source *r = q->source;
	struct err e;

	/* Another question has asked for it just now. */
	if (r->wants_auth)
		return;
	if (q->signed_as == REGISTRY_BEARER && r->auths > 0 && !q->tag) {
		/* A token for the repository need not open this door; that
		 * somebody guards it is enough. */
		q->state = ANSWERED;
	} else if (r->auths >= AUTHS_MAX) {
		forbidden(r, reply);
	} else if (registry_auth_learn(r->auth, reply, &e) == -1) {
		trouble(r, 0, e.text);
	} else if (q->signed_as == REGISTRY_BASIC &&
	    registry_auth_scheme(r->auth) == REGISTRY_BASIC) {
		/* Once a round: some lock the user out after a few. */
		err_set(&e, "it refuses %s: look at registry.user and "
		    "registry.password", r->c->user);
		trouble(r, 0, e.text);
	} else {
		r->wants_auth = true;
	}
}

static void
found(struct question *q, const struct http_reply *reply)
{
	const char *digest = http_header(reply, "Docker-Content-Digest");

	q->state = ANSWERED;
	q->present = TRI_YES;
	if (digest && registry_digest_valid(digest))
		q->digest = xstrdup(digest);
}

static void
unexpected(struct question *q, const struct http_reply *reply)
{
	char *words = registry_words(reply->body, reply->body_len);
	char *text;

	if (q->tag)
		text = xasprintf("it answers %d to the question for %s%s",
		    reply->status, q->tag, words);
	else
		text = xasprintf("it answers %d to /v2/%s: is that a "
		    "registry?", reply->status, words);
	trouble(q->source, RETRY_MS, text);
	free(text);
	free(words);
}

static void
judge(struct question *q, const struct http_reply *reply)
{
	int status = reply->status;

	if (status == 401)
		unauthorised(q, reply);
	else if (status == 403)
		forbidden(q->source, reply);
	else if (status == 429)
		limited(q->source, reply);
	else if (status == 200 && q->tag && !q->whole &&
	    !http_header(reply, "Docker-Content-Digest"))
		q->whole = true;
	else if (status == 200)
		found(q, reply);
	else if (status == 404 && q->tag)
		q->state = ANSWERED;	/* present is no */
	else if ((status == 405 || status == 501) && q->tag && !q->whole)
		q->whole = true;
	else
		unexpected(q, reply);
}

static void
on_reply(const struct http_reply *reply, void *arg)
{
	struct question *q = arg;
	struct registry_source *r = q->source;

	q->request = NULL;
	q->state = TODO;
	q->at = clock_wall();
	r->asked--;
	if (reply->error) {
		if (!r->trouble) {
			/* It names the place already. */
			r->trouble = xstrdup(reply->error);
			r->retry_ms = RETRY_MS;
		}
	} else {
		judge(q, reply);
	}
	go_on(r);
}

/* --- questions ------------------------------------------------------------- */

static void
ask(struct question *q)
{
	struct registry_source *r = q->source;
	char *url = q->tag ? xasprintf("%s/v2/%s/manifests/%s", r->c->url,
	    r->name, q->tag) : xasprintf("%s/v2/", r->c->url);
	const char *headers[] = {accept, NULL, NULL};
	struct http_request request = {
		.url = url, .method = q->tag && !q->whole ? "HEAD" : "GET",
		.headers = headers, .ca_file = r->c->ca_file, .follow = true,
		.body_max = BODY_MAX, .deadline_ms = REQUEST_MS,
		.done = on_reply, .arg = q,
	};
	const char *signature = registry_auth_sign(r->auth, &request);

	if (*signature)
		headers[1] = signature;
	q->signed_as = registry_auth_ready(r->auth) ?
	    registry_auth_scheme(r->auth) : REGISTRY_ANONYMOUS;
	q->state = ASKED;
	r->asked++;
	q->request = http_start(r->w->http, &request);
	free(url);
}

static void
on_auth(const struct registry_refusal *why, void *arg)
{
	struct registry_source *r = arg;

	r->getting_auth = false;
	if (why) {
		r->limited |= why->limited;
		trouble(r, why->retry_ms, why->text);
	}
	go_on(r);
}

/* The first question alone, then several at a time. */
static size_t
ask_some(struct registry_source *r)
{
	size_t i, open = 0;
	int limit = r->questions[0].state == ANSWERED ? IN_FLIGHT : 1;

	for (i = 0; i < r->count; i++) {
		struct question *q = &r->questions[i];

		if (q->state == TODO && r->asked < limit)
			ask(q);
		open += q->state != ANSWERED;
	}
	return open;
}

static void
go_on(struct registry_source *r)
{
	if (r->getting_auth || (r->asked && (r->trouble || r->wants_auth)))
		return;
	if (r->trouble) {
		finish(r);
	} else if (r->wants_auth || (!r->asked &&
	    !registry_auth_ready(r->auth))) {
		r->wants_auth = false;
		r->getting_auth = true;
		r->auths++;
		registry_auth_get(r->auth, on_auth, r);
	} else if (ask_some(r) == 0) {
		finish(r);
	}
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
		trouble(r, 0, "registry.image is no name that a registry may "
		    "have");
	go_on(r);
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
	reg->seen.stale_after = 3 * c->interval_ms + 6 * REQUEST_MS;
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
