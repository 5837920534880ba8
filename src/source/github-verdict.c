#include "source/github-verdict.h"

#include <ctype.h>
#include <limits.h>

#include "base/alloc.h"
#include "base/text.h"
#include "source/github-parse.h"

enum { HEADER_MAX = 200, SECOND = 1000 };

/* --- headers -------------------------------------------------------------- */

static int64_t
header_int(const struct http_reply *r, const char *name)
{
	const char *s = http_header(r, name);
	int64_t n;

	return s && text_int(s, 0, INT64_C(1) << 40, &n) == 0 ? n : -1;
}

static char *
header_text(const struct http_reply *r, const char *name)
{
	const char *s = http_header(r, name);

	return s && *s ? text_clean(s, strnlen(s, HEADER_MAX)) : NULL;
}

static int64_t
within_limits(int64_t ms)
{
	if (ms < SECOND)
		return SECOND;
	return ms > GITHUB_WAIT_MAX_MS ? GITHUB_WAIT_MAX_MS : ms;
}

int64_t
github_reset_wait(int64_t reset_at, int64_t now)
{
	return reset_at == TIME_UNKNOWN ? GITHUB_SECONDARY_MS :
	    within_limits(reset_at - now + SECOND);
}

/* --- each trouble in its words -------------------------------------------- */

static void
say_credential(struct github_verdict *v, const struct conf_github *c)
{
	v->trouble = API_CREDENTIAL;
	v->general = true;
	if (c->token.file)
		v->error = xasprintf("GitHub refuses the token (401): put a "
		    "valid one in %s", c->token.file);
	else if (c->token.command)
		v->error = xstrdup("GitHub refuses the token (401): the "
		    "command of github.token must print a valid one");
	else
		v->error = xstrdup("GitHub wants a token (401): name one "
		    "under github.token");
}

char *
github_spent_text(int limit, int64_t until)
{
	char time[CLOCK_TEXT_MAX];

	clock_time_of_day(until, time);
	if (limit > 0)
		return xasprintf("GitHub's allowance of %d requests an hour is "
		    "spent: nothing is asked before %s", limit, time);
	return xasprintf("GitHub's allowance of requests is spent: nothing is "
	    "asked before %s", time);
}

/* The hour's allowance: its end is told. */
static void
say_limited(struct github_verdict *v, const struct http_reply *r, int64_t now)
{
	int64_t reset = header_int(r, "X-RateLimit-Reset");
	int64_t limit = header_int(r, "X-RateLimit-Limit");

	v->trouble = API_LIMITED;
	v->general = true;
	v->wait_ms = github_reset_wait(reset < 0 ? TIME_UNKNOWN :
	    reset * SECOND, now);
	v->error = github_spent_text(limit > INT_MAX ? -1 : (int)limit,
	    now + v->wait_ms);
}

static void
say_secondary(struct github_verdict *v, const struct http_reply *r,
    int64_t now)
{
	int64_t after = header_int(r, "Retry-After");
	char time[CLOCK_TEXT_MAX];

	v->trouble = API_SECONDARY_LIMIT;
	v->general = true;
	v->wait_ms = after < 0 ? GITHUB_SECONDARY_MS :
	    within_limits(after * SECOND);
	v->error = xasprintf("GitHub asks for fewer requests at once (%d, a "
	    "secondary limit): nothing is asked before %s", r->status,
	    clock_time_of_day(now + v->wait_ms, time));
}

static void
say_denied(struct github_verdict *v, const struct http_reply *r,
    const struct conf_github *c, const char *what)
{
	char *said = github_complaint(r->body, r->body_len);

	v->trouble = API_DENIED;
	if (r->status == 404)
		v->error = xasprintf("GitHub does not know %s of %s (404): the "
		    "name is wrong, or the token may not see it%s%s%s", what,
		    c->repository, v->needs ? " (it takes " : "",
		    v->needs ? v->needs : "", v->needs ? ")" : "");
	else if (v->needs)
		v->error = xasprintf("GitHub denies %s (%d): the token needs "
		    "the permission %s", what, r->status, v->needs);
	else
		v->error = xasprintf("GitHub denies %s (%d): %s", what,
		    r->status, said ? said : "it does not say why");
	free(said);
}

static void
say_other(struct github_verdict *v, const struct http_reply *r,
    const char *what)
{
	char *said = github_complaint(r->body, r->body_len), *place;

	if (r->status >= 500 || r->status == 408) {
		v->trouble = API_SERVER;
		v->general = true;
		v->error = xasprintf("GitHub has trouble of its own (%d)%s%s",
		    r->status, said ? ": " : "", said ? said : "");
	} else if (r->status >= 300 && r->status < 400) {
		place = header_text(r, "Location");
		v->trouble = API_INVALID;
		v->error = xasprintf("GitHub says that %s moved (%d) to %s: "
		    "correct github.repository or github.url", what,
		    r->status, place ? place : "elsewhere");
		free(place);
	} else {
		v->trouble = API_INVALID;
		v->error = xasprintf("GitHub does not accept the question "
		    "for %s (%d)%s%s", what, r->status, said ? ": " : "",
		    said ? said : "");
	}
	free(said);
}

/* Some secondary limits have no header that says so. */
static bool
speaks_of_secondary(const struct http_reply *r)
{
	char *said = github_complaint(r->body, r->body_len);
	bool yes = said && (text_contains(said, "secondary rate limit") ||
	    text_contains(said, "abuse detection"));

	free(said);
	return yes;
}

void
github_judge(const struct http_reply *r, const struct conf_github *c,
    const char *what, int64_t now, struct github_verdict *out)
{
	struct github_verdict v = {.trouble = API_OK};
	bool refused = r->status == 403 || r->status == 429;

	if (r->error) {
		v.trouble = API_UNREACHABLE;
		v.general = true;
		v.error = xasprintf("GitHub does not answer: %s", r->error);
	} else if (r->status == 401) {
		say_credential(&v, c);
	} else if (refused && (http_header(r, "Retry-After") ||
	    speaks_of_secondary(r))) {
		say_secondary(&v, r, now);
	} else if (refused && header_int(r, "X-RateLimit-Remaining") == 0) {
		say_limited(&v, r, now);
	} else if (r->status == 429) {
		say_secondary(&v, r, now);
	} else if (r->status == 403 || r->status == 404 || r->status == 410) {
		v.needs = header_text(r, "X-Accepted-GitHub-Permissions");
		say_denied(&v, r, c, what);
	} else if (r->status != 304 && (r->status < 200 || r->status > 299)) {
		say_other(&v, r, what);
	}
	*out = v;
}

void
github_verdict_release(struct github_verdict *v)
{
	free(v->error);
	free(v->needs);
	*v = (struct github_verdict){.trouble = API_OK};
}

/* --- links ---------------------------------------------------------------- */

/* <https://api.github.com/…?page=2>; rel="next", <…>; rel="last" */
char *
github_link_next(const char *header)
{
	const char *s = header, *end, *stop;

	while (s && (s = strchr(s, '<'))) {
		end = strchr(++s, '>');
		if (!end)
			return NULL;
		stop = end + strcspn(end, ",");
		if (memmem(end, stop - end, "rel=\"next\"", 10))
			return xstrndup(s, end - s);
		s = stop;
	}
	return NULL;
}

/* "." or "..", in their escaped forms too. */
static bool
is_dots(const char *s, size_t n)
{
	size_t i = 0, dots;

	for (dots = 0; i < n; dots++) {
		if (s[i] == '.')
			i++;
		else if (n - i >= 3 && strncasecmp(s + i, "%2e", 3) == 0)
			i += 3;
		else
			return false;
	}
	return dots == 1 || dots == 2;
}

/* Such parts lead out of the base path. */
static bool
has_dots(const char *path)
{
	size_t whole = strcspn(path, "?"), i, n;

	for (i = 0; i < whole; i += n + 1) {
		n = strcspn(path + i, "/?");
		if (is_dots(path + i, n))
			return true;
	}
	return false;
}

const char *
github_path_within(const char *base, const char *url)
{
	const char *host = strstr(base, "://");
	size_t origin = host ? (size_t)(host + 3 - base) +
	    strcspn(host + 3, "/") : strcspn(base, "/");
	size_t n = strlen(base), i;

	for (i = 0; url[i]; i++)
		if ((unsigned char)url[i] <= ' ' || url[i] == 127 ||
		    url[i] == '\\' || url[i] == '#')
			return NULL;
	if (strncasecmp(base, url, origin) != 0 ||
	    strncmp(base + origin, url + origin, n - origin) != 0 ||
	    url[n] != '/' || has_dots(url + n))
		return NULL;
	return url + n;
}

void
github_escape(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (isalnum(c) || strchr("-._~", c))
			buf_addc(b, (char)c);
		else
			buf_addf(b, "%%%02X", c);
	}
}
