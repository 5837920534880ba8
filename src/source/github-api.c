#include "source/github-api.h"

#include <limits.h>

#include "base/alloc.h"
#include "base/text.h"
#include "io/secret.h"
#include "source/github-cache.h"

enum {
	DEADLINE_MS = 10000,	/* GitHub gives up after as long */
	BODY_MAX = 8 << 20,
	ETAG_MAX = 256,
	PAGES_MAX = 10,
	REFUSED_MS = 300000,	/* a refused token is not sent again before */
	DOUBLINGS_MAX = 4,	/* of a secondary limit that comes again */
};

struct github_client {
	struct world *w;
	const struct conf_github *c;
	struct github_api *figures;
	struct github_cache *cache;
	char *authorization;	/* header, or NULL */
	int64_t limited_until;	/* monotonic; 0: not */
	int secondaries;	/* limits of that kind in a row */
	char *refused, *refusal;	/* a header, and GitHub's words */
	int64_t refused_at;	/* monotonic */
	const struct github_client *sister;	/* or NULL */

	/* The question under way. */
	struct http_transfer *transfer;
	char *path;		/* of this page */
	char *what;
	bool post;
	int pages_max;
	struct json *pages[PAGES_MAX];
	size_t page_count;
	github_answer_fn *fn;
	void *arg;
};

static void ask_page(struct github_client *g);

/* --- limits --------------------------------------------------------------- */

static int64_t
limited(const struct github_client *g)
{
	int64_t left = g->limited_until - clock_mono();

	return g->limited_until && left > 0 ? left : 0;
}

int64_t
github_client_limited(const struct github_client *g)
{
	int64_t own = limited(g), other = g->sister ? limited(g->sister) : 0;

	return own > other ? own : other;
}

void
github_client_join(struct github_client *a, struct github_client *b)
{
	a->sister = b;
	b->sister = a;
}

static int
header_number(const struct http_reply *r, const char *name, int otherwise)
{
	const char *s = http_header(r, name);
	int64_t n;

	return s && text_int(s, 0, INT_MAX, &n) == 0 ? (int)n : otherwise;
}

static void
take_figures(struct github_client *g, const struct http_reply *r)
{
	const char *s = http_header(r, "X-RateLimit-Reset");
	struct github_api *f = g->figures;
	int64_t reset;

	f->limit = header_number(r, "X-RateLimit-Limit", f->limit);
	f->remaining = header_number(r, "X-RateLimit-Remaining",
	    f->remaining);
	if (s && text_int(s, 0, INT64_C(253402300799), &reset) == 0)
		f->reset_at = reset * 1000;
	if (r->status == 304)
		f->not_modified++;
}

/* Also when this answer still came, but was the last that is allowed. */
static void
obey(struct github_client *g, const struct http_reply *r,
    const struct github_verdict *v)
{
	int64_t wait = v->wait_ms;
	int n;

	if (!wait && header_number(r, "X-RateLimit-Remaining", -1) == 0)
		wait = github_reset_wait(g->figures->reset_at, clock_wall());

	if (v->trouble != API_SECONDARY_LIMIT) {
		if (v->trouble == API_OK)
			g->secondaries = 0;
	} else {
		for (n = 0; n < g->secondaries && n < DOUBLINGS_MAX; n++)
			wait *= 2;
		g->secondaries++;
	}
	if (wait > GITHUB_WAIT_MAX_MS)
		wait = GITHUB_WAIT_MAX_MS;
	if (wait)
		g->limited_until = clock_mono() + wait;
}

/* --- the token ------------------------------------------------------------ */

static void
forget_refused(struct github_client *g)
{
	secret_free(g->refused);
	g->refused = NULL;
	free(g->refusal);
	g->refusal = NULL;
}

/* The one secret that is kept: it is good for nothing. */
static void
remember_refused(struct github_client *g, const struct github_verdict *v)
{
	forget_refused(g);
	g->refused = xstrdup_or_null(g->authorization);
	g->refusal = xstrdup(v->error);
	g->refused_at = clock_mono();
}

static bool
is_refused(const struct github_client *g)
{
	return g->refused && g->authorization &&
	    strcmp(g->refused, g->authorization) == 0 &&
	    clock_mono() - g->refused_at < REFUSED_MS;
}

/* --- the end of a question ------------------------------------------------ */

static void
finish(struct github_client *g, const struct http_reply *r,
    const struct github_verdict *v)
{
	struct json *pages[PAGES_MAX];
	size_t n = g->page_count, i;
	struct github_answer a = {
		.status = r->status, .verdict = v, .pages = pages,
		.page_count = v->trouble == API_OK ? n : 0,
		.scopes = http_header(r, "X-OAuth-Scopes"),
	};
	github_answer_fn *fn = g->fn;

	memcpy(pages, g->pages, n * sizeof(*pages));
	g->page_count = 0;
	g->fn = NULL;
	fn(&a, g->arg);
	for (i = 0; i < n; i++)
		json_free(pages[i]);
}

static void
malformed(struct github_verdict *v, char *error)
{
	github_verdict_release(v);
	v->trouble = API_MALFORMED;
	v->error = error;
}

/* --- a page --------------------------------------------------------------- */

/* The next page's path, when there is one to read; NULL also when the link
 * leads elsewhere, which *v then says. */
static char *
next_path(struct github_client *g, const char *link, struct github_verdict *v)
{
	const char *path = link ? github_path_within(g->c->url, link) : NULL;
	char *shown;

	if (!link || g->page_count >= (size_t)g->pages_max)
		return NULL;
	if (path)
		return xstrdup(path);
	shown = text_clean(link, strnlen(link, ETAG_MAX));
	malformed(v, xasprintf("GitHub's next page of %s is at another place "
	    "than github.url, which is not followed: %s", g->what, shown));
	free(shown);
	return NULL;
}

static void
keep(struct github_client *g, const struct http_reply *r, const char *next)
{
	const char *etag = http_header(r, "ETag");
	size_t n = etag ? strlen(etag) : 0, i;

	/* It goes into a header of ours. */
	for (i = 0; i < n; i++)
		if ((unsigned char)etag[i] < ' ' || etag[i] == 127)
			return;
	if (n > 0 && n <= ETAG_MAX)
		github_cache_put(g->cache, g->path, &(struct github_cached){
		    etag, r->body, r->body_len, next});
}

/* The page, new or as it was; NULL with what is wrong in *v. */
static struct json *
read_page(struct github_client *g, const struct http_reply *r, char **link,
    struct github_verdict *v)
{
	const struct github_cached *old = NULL;
	const char *header = http_header(r, "Link");
	struct json *page;
	struct err e;

	if (r->status == 304) {
		old = github_cache_find(g->cache, g->path);
		if (!old) {
			malformed(v, xasprintf("GitHub says that %s have not "
			    "changed, which was not asked", g->what));
			return NULL;
		}
	}
	page = old ? json_parse(old->body, old->body_len, &e) :
	    json_parse(r->body, r->body_len, &e);
	if (!page) {
		malformed(v, xasprintf("GitHub's answer for %s cannot be "
		    "read: %s", g->what, e.text));
		return NULL;
	}
	*link = old && !header ? xstrdup_or_null(old->next) :
	    github_link_next(header);
	if (!old)
		keep(g, r, *link);
	return page;
}

/* Done is done, whether its answer can be read or not. */
static void
keep_answer(struct github_client *g, const struct http_reply *r)
{
	struct json *page = r->body_len ? json_parse(r->body, r->body_len,
	    NULL) : NULL;

	if (page)
		g->pages[g->page_count++] = page;
}

static void
on_reply(const struct http_reply *r, void *arg)
{
	struct github_client *g = arg;
	char *link = NULL, *next = NULL;
	struct github_verdict v;
	struct json *page;

	g->transfer = NULL;
	take_figures(g, r);
	github_judge(r, g->c, g->what, clock_wall(), &v);
	if (v.trouble == API_OK && g->post) {
		keep_answer(g, r);
	} else if (v.trouble == API_OK) {
		page = read_page(g, r, &link, &v);
		if (page) {
			g->pages[g->page_count++] = page;
			next = next_path(g, link, &v);
		}
	}
	obey(g, r, &v);
	if (v.trouble == API_CREDENTIAL)
		remember_refused(g, &v);
	free(link);
	if (next) {
		free(g->path);
		g->path = next;
		ask_page(g);
	} else {
		finish(g, r, &v);
	}
	github_verdict_release(&v);
}

static void
ask_page(struct github_client *g)
{
	const struct github_cached *old = github_cache_find(g->cache, g->path);
	char *url = xasprintf("%s%s", g->c->url, g->path);
	char *match = old ? xasprintf("If-None-Match: %s", old->etag) : NULL;
	const char *headers[] = {
		/* Some stand-ins know only the second. */
		"Accept: application/vnd.github+json, application/json",
		"X-GitHub-Api-Version: 2022-11-28", NULL, NULL, NULL};
	size_t n = 2;

	if (g->authorization)
		headers[n++] = g->authorization;
	if (match)
		headers[n++] = match;
	g->figures->requests++;
	g->transfer = http_start(g->w->http, &(struct http_request){
	    .url = url, .headers = headers, .ca_file = g->c->ca_file,
	    .body_max = BODY_MAX, .deadline_ms = DEADLINE_MS,
	    .done = on_reply, .arg = g});
	free(url);
	free(match);
}

void
github_client_post(struct github_client *g, const char *path,
    const char *what, const char *json, github_answer_fn *fn, void *arg)
{
	char *url = xasprintf("%s%s", g->c->url, path);
	const char *headers[] = {
		"Accept: application/vnd.github+json, application/json",
		"X-GitHub-Api-Version: 2022-11-28",
		"Content-Type: application/json", g->authorization, NULL};

	xstrset(&g->path, path);
	xstrset(&g->what, what);
	g->post = true;
	g->fn = fn;
	g->arg = arg;
	g->figures->requests++;
	g->transfer = http_start(g->w->http, &(struct http_request){
	    .url = url, .method = "POST", .headers = headers,
	    .body = json ? json : "", .body_len = json ? strlen(json) : 0,
	    .ca_file = g->c->ca_file, .body_max = BODY_MAX,
	    .deadline_ms = DEADLINE_MS, .done = on_reply, .arg = g});
	free(url);
}

void
github_client_get(struct github_client *g, const char *path,
    const char *what, int pages, github_answer_fn *fn, void *arg)
{
	xstrset(&g->path, path);
	xstrset(&g->what, what);
	g->post = false;
	g->pages_max = pages < PAGES_MAX ? pages : PAGES_MAX;
	g->fn = fn;
	g->arg = arg;
	ask_page(g);
}

/* --- life ----------------------------------------------------------------- */

int
github_client_token(struct github_client *g, const char *token, bool again,
    struct err *e)
{
	const char *s;

	secret_free(g->authorization);
	g->authorization = NULL;
	for (s = token; s && *s; s++)
		if (*s <= ' ' || *s >= 127)
			return err_set(e, "what is given as GitHub's token is "
			    "none: it has other characters than tokens have");
	if (!token)
		return 0;
	g->authorization = xasprintf("Authorization: Bearer %s", token);
	if (is_refused(g) && !again)
		return err_set(e, "%s", g->refusal);
	forget_refused(g);
	return 0;
}

struct github_client *
github_client_new(struct world *w, const struct conf_github *c,
    struct github_api *figures)
{
	struct github_client *g = xcalloc(1, sizeof(*g));
	int64_t left;

	*g = (struct github_client){.w = w, .c = c, .figures = figures,
				    .cache = github_cache_new()};
	if (figures->requests < 0)
		figures->requests = figures->not_modified = 0;
	if (figures->trouble == API_LIMITED ||
	    figures->trouble == API_SECONDARY_LIMIT) {
		left = figures->next_try == TIME_UNKNOWN ? 0 :
		    figures->next_try - clock_wall();
		if (left > 0 && left <= GITHUB_WAIT_MAX_MS)
			g->limited_until = clock_mono() + left;
	}
	return g;
}

void
github_client_free(struct github_client *g)
{
	size_t i;

	if (!g)
		return;
	http_cancel(g->transfer);
	for (i = 0; i < g->page_count; i++)
		json_free(g->pages[i]);
	secret_free(g->authorization);
	forget_refused(g);
	github_cache_free(g->cache);
	free(g->path);
	free(g->what);
	free(g);
}
