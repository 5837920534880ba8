#include "source/registry-auth.h"

#include <strings.h>

#include "base/alloc.h"
#include "io/secret.h"

enum {
	TOKEN_MS = 10000,
	TOKEN_BODY = 256 * 1024,
	URL_MAX = 8192,
};

struct registry_auth {
	struct world *w;
	const struct conf_registry *c;
	const char *name;
	struct registry_challenge challenge;
	char *password;		/* of this round, for a basic challenge */
	char *header;		/* "Authorization: Bearer …" */
	int64_t header_until;	/* mono ms */
	/* What is under way. */
	struct secret_ask *secret;
	struct http_transfer *request;
	struct loop_timer *report;
	char *failure;		/* to be reported */
	registry_auth_fn *done;
	void *arg;
};

static void
forget_token(struct registry_auth *a)
{
	secret_free(a->header);
	a->header = NULL;
}

void
registry_auth_forget(struct registry_auth *a)
{
	secret_free(a->password);
	a->password = NULL;
}

/* --- the challenge --------------------------------------------------------- */

int
registry_auth_learn(struct registry_auth *a, const struct http_reply *r,
    struct err *e)
{
	struct registry_challenge c = {.scheme = REGISTRY_ANONYMOUS};
	const char *p = r->headers, *value;
	bool malformed = false;

	while (p && *p) {
		value = p + strlen(p) + 1;
		if (strcasecmp(p, "WWW-Authenticate") == 0)
			malformed |= registry_challenge_parse(value, &c,
			    e) == -1;
		p = value + strlen(value) + 1;
	}
	registry_auth_forget(a);
	forget_token(a);
	registry_challenge_release(&a->challenge);
	a->challenge = c;
	if (c.scheme != REGISTRY_ANONYMOUS)
		return 0;
	if (!malformed)
		err_set(e, "it says 401 and wants neither a password nor a "
		    "token that vigie could get");
	return -1;
}

bool
registry_auth_ready(const struct registry_auth *a)
{
	switch (a->challenge.scheme) {
	case REGISTRY_BASIC:
		return a->password != NULL;
	case REGISTRY_BEARER:
		return a->header && clock_mono() < a->header_until;
	default:
		return true;
	}
}

const char *
registry_auth_sign(const struct registry_auth *a, struct http_request *r)
{
	if (a->challenge.scheme == REGISTRY_BASIC && a->password) {
		r->user = a->c->user;
		r->password = a->password;
	}
	return a->challenge.scheme == REGISTRY_BEARER && a->header ?
	    a->header : "";
}

enum registry_scheme
registry_auth_scheme(const struct registry_auth *a)
{
	return a->challenge.scheme;
}

/* --- its end --------------------------------------------------------------- */

static void
finish(struct registry_auth *a, const struct registry_refusal *why)
{
	registry_auth_fn *done = a->done;

	a->done = NULL;
	done(why, a->arg);
}

static void
fail(struct registry_auth *a, const char *text)
{
	finish(a, &(struct registry_refusal){.text = text});
}

static void
on_report(void *arg)
{
	struct registry_auth *a = arg;
	char *failure = a->failure;

	a->report = NULL;
	a->failure = NULL;
	fail(a, failure);
	free(failure);
}

/* --- the token ------------------------------------------------------------- */

static void
refused(struct registry_auth *a, const struct http_reply *r)
{
	char *words = registry_words(r->body, r->body_len);
	struct registry_refusal why = {
		.retry_ms = 0, .limited = r->status == 429,
	};
	char *text;

	if (why.limited)
		why.retry_ms = registry_retry_after(http_header(r,
		    "Retry-After"), clock_wall());
	if (r->status != 401 && r->status != 403)
		text = xasprintf("the token service %s answers %d%s",
		    a->challenge.realm, r->status, words);
	else if (a->c->user)
		text = xasprintf("the token service %s refuses %s%s: look at "
		    "registry.user and registry.password", a->challenge.realm,
		    a->c->user, words);
	else
		text = xasprintf("the token service %s gives no token without "
		    "a user%s: set registry.user", a->challenge.realm, words);
	why.text = text;
	finish(a, &why);
	free(text);
	free(words);
}

static void
on_token(const struct http_reply *r, void *arg)
{
	struct registry_auth *a = arg;
	char *token;
	int64_t lifetime_ms;
	struct err e;

	a->request = NULL;
	if (r->error) {
		fail(a, r->error);
	} else if (r->status != 200) {
		refused(a, r);
	} else if (registry_token_parse(r->body, r->body_len, &token,
	    &lifetime_ms, &e) == -1) {
		err_prefix(&e, "the token service %s", a->challenge.realm);
		fail(a, e.text);
	} else {
		a->header = xasprintf("Authorization: Bearer %s", token);
		a->header_until = clock_mono() + lifetime_ms / 10 * 9;
		secret_free(token);
		finish(a, NULL);
	}
}

/* Whether a password may go there: nobody else can read it on its way, or it is
 * where it goes anyway. */
static bool
is_safe(const struct registry_auth *a, const char *url)
{
	return strncasecmp(url, "https://", 8) == 0 ||
	    http_same_origin(url, a->c->url);
}

static void
ask_for_token(struct registry_auth *a, const char *password)
{
	struct buf url = BUF_INIT(URL_MAX);
	char *scope = a->challenge.scope ? xstrdup(a->challenge.scope) :
	    xasprintf("repository:%s:pull", a->name);
	struct http_request r = {
		.ca_file = a->c->ca_file, .body_max = TOKEN_BODY,
		.deadline_ms = TOKEN_MS, .done = on_token, .arg = a,
		.user = password ? a->c->user : NULL, .password = password,
	};
	struct err e;

	if (registry_token_url(&a->challenge, scope, &url, &e) == -1) {
		fail(a, e.text);
	} else if (!is_safe(a, buf_str(&url))) {
		err_set(&e, "it names %s as its token service, elsewhere and "
		    "without TLS: nothing is sent there", a->challenge.realm);
		fail(a, e.text);
	} else {
		r.url = buf_str(&url);
		a->request = http_start(a->w->http, &r);
	}
	buf_release(&url);
	free(scope);
}

/* --- the password ---------------------------------------------------------- */

static void
on_secret(const char *secret, const char *error, void *arg)
{
	struct registry_auth *a = arg;

	a->secret = NULL;
	if (error) {
		fail(a, error);
	} else if (a->challenge.scheme == REGISTRY_BEARER) {
		ask_for_token(a, secret);
	} else if (!secret) {
		fail(a, "it wants a user and a password: set registry.user "
		    "and registry.password");
	} else {
		a->password = xstrdup(secret);
		finish(a, NULL);
	}
}

void
registry_auth_get(struct registry_auth *a, registry_auth_fn *done, void *arg)
{
	const struct conf_secret *s = &a->c->password;

	a->done = done;
	a->arg = arg;
	if (a->challenge.scheme == REGISTRY_BASIC && !a->c->user) {
		a->failure = xstrdup("it wants a user and a password: set "
		    "registry.user and registry.password");
		a->report = loop_timer(a->w->loop, 0, on_report, a);
		return;
	}
	/* Without a user there is no secret, and on_secret() is told so. */
	a->secret = secret_ask(a->w->loop, a->w->children,
	    &(struct secret_source){
		.what = "the password of the registry",
		.file = a->c->user ? s->file : NULL,
		.command = a->c->user ? s->command : NULL,
	    }, on_secret, a);
}

/* --- life ------------------------------------------------------------------ */

struct registry_auth *
registry_auth_new(struct world *w, const struct conf_registry *c,
    const char *name)
{
	struct registry_auth *a = xcalloc(1, sizeof(*a));

	a->w = w;
	a->c = c;
	a->name = name;
	return a;
}

void
registry_auth_free(struct registry_auth *a)
{
	if (!a)
		return;
	secret_cancel(a->secret);
	http_cancel(a->request);
	loop_timer_cancel(a->report);
	registry_auth_forget(a);
	forget_token(a);
	registry_challenge_release(&a->challenge);
	free(a->failure);
	free(a);
}
