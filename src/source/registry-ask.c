#include "source/registry-private.h"

#include "base/alloc.h"

enum {
	RETRY_MS = 30000,	/* after a failure, unless told when */
	BODY_MAX = 4 * 1024 * 1024,	/* of a manifest */
	IN_FLIGHT = 4,
	AUTHS_MAX = 2,		/* in one round: a token may end in it */
};

static const char accept[] = "Accept: "
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

/* --- answers --------------------------------------------------------------- */

void
registry_trouble(struct registry_source *r, int64_t retry_ms, const char *text)
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
	registry_trouble(r, ms, text);
	free(text);
}

static void
forbidden(struct registry_source *r, const struct http_reply *reply)
{
	char *words = registry_words(reply->body, reply->body_len);
	char *text = xasprintf("it answers %d%s: may %s read %s?",
	    reply->status, words, r->c->user ? r->c->user :
	    "somebody without a user", r->name);

	registry_trouble(r, 0, text);
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
		registry_trouble(r, 0, e.text);
	} else if (q->signed_as == REGISTRY_BASIC &&
	    registry_auth_scheme(r->auth) == REGISTRY_BASIC) {
		/* Once a round: some lock the user out after a few. */
		err_set(&e, "it refuses %s: look at registry.user and "
		    "registry.password", r->c->user);
		registry_trouble(r, 0, e.text);
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
	registry_trouble(q->source, RETRY_MS, text);
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
	q->state = OPEN;
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
	registry_go_on(r);
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
		.body_max = BODY_MAX, .deadline_ms = REGISTRY_REQUEST_MS,
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
		registry_trouble(r, why->retry_ms, why->text);
	}
	registry_go_on(r);
}

/* The first question alone, then several at a time. */
static size_t
ask_some(struct registry_source *r)
{
	size_t i, open = 0;
	int limit = r->questions[0].state == ANSWERED ? IN_FLIGHT : 1;

	for (i = 0; i < r->count; i++) {
		struct question *q = &r->questions[i];

		if (q->state == OPEN && r->asked < limit)
			ask(q);
		open += q->state != ANSWERED;
	}
	return open;
}

void
registry_go_on(struct registry_source *r)
{
	if (r->getting_auth || (r->asked && (r->trouble || r->wants_auth)))
		return;
	if (r->trouble) {
		registry_finish(r);
	} else if (r->wants_auth || (!r->asked &&
	    !registry_auth_ready(r->auth))) {
		r->wants_auth = false;
		r->getting_auth = true;
		r->auths++;
		registry_auth_get(r->auth, on_auth, r);
	} else if (ask_some(r) == 0) {
		registry_finish(r);
	}
}
