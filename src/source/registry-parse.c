#include "source/registry-parse.h"

#include <ctype.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "source/docker-parse.h"

enum {
	PARAM_MAX = 2048,	/* bytes of a challenge's parameter */
	TOKEN_MAX = 32 * 1024,
	WORDS_MAX = 200,
	TAG_MAX = 128,
	LIFETIME_S = 60,	/* of a token that does not say */
	LIFETIME_MAX_S = 24 * 3600,
	RETRY_S = 60,		/* of a Retry-After that is not there */
	RETRY_MAX_S = 3600,
};

static const char hex[] = "0123456789abcdef";

/* --- challenges ------------------------------------------------------------ */

/* RFC 9110: a word of its grammar, "token". */
static size_t
word_len(const char *s)
{
	size_t n = 0;

	while (s[n] && (isalnum((unsigned char)s[n]) ||
	    strchr("!#$%&'*+-.^_`|~", s[n])))
		n++;
	return n;
}

static const char *
skip(const char *s, const char *what)
{
	return s + strspn(s, what);
}

/* A parameter's value, quoted or not; *s is moved behind it. NULL when it has
 * no end or is too long. */
static char *
value_read(const char **s)
{
	struct buf b = BUF_INIT(PARAM_MAX);
	const char *p = *s;

	if (*p != '"') {
		/* Some send URLs without quotes. */
		size_t n = strcspn(p, ", \t\"");

		if (buf_add(&b, p, n) == -1)
			goto bad;
		*s = p + n;
		return buf_detach(&b);
	}
	for (p++; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (!*p || buf_addc(&b, *p) == -1)
			goto bad;
	}
	*s = p + 1;
	return buf_detach(&b);
bad:
	buf_release(&b);
	return NULL;
}

static enum registry_scheme
scheme_of(const char *s, size_t n)
{
	if (n == 5 && !strncasecmp(s, "basic", n))
		return REGISTRY_BASIC;
	if (n == 6 && !strncasecmp(s, "bearer", n))
		return REGISTRY_BEARER;
	return REGISTRY_ANONYMOUS;
}

static void
keep_param(struct registry_challenge *c, const char *name, size_t n,
    char *value)
{
	const struct {
		const char *name;
		char **at;
	} known[] = {
		{"realm", &c->realm}, {"service", &c->service},
		{"scope", &c->scope},
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == n &&
		    !strncasecmp(known[i].name, name, n) && !*known[i].at) {
			*known[i].at = value;
			return;
		}
	free(value);
}

/* A bearer without a realm leads nowhere. */
static void
keep_best(struct registry_challenge *best, struct registry_challenge *c)
{
	if (c->scheme > best->scheme &&
	    (c->scheme != REGISTRY_BEARER || c->realm)) {
		registry_challenge_release(best);
		*best = *c;
		*c = (struct registry_challenge){.scheme = REGISTRY_ANONYMOUS};
	}
	registry_challenge_release(c);
}

void
registry_challenge_release(struct registry_challenge *c)
{
	free(c->realm);
	free(c->service);
	free(c->scope);
	*c = (struct registry_challenge){.scheme = REGISTRY_ANONYMOUS};
}

/* A scheme may be followed by one text of base 64, which stands alone up to the
 * comma: its bytes, or 0. */
static size_t
base64_len(const char *s)
{
	size_t n = strcspn(s, " \t,=");

	n += strspn(s + n, "=");
	return s[n] == '\0' || s[n] == ',' ? n : 0;
}

static int
challenges_read(const char *s, struct registry_challenge *best,
    struct registry_challenge *c)
{
	bool named = false;	/* a scheme was met */

	for (s = skip(s, " \t,"); *s; s = skip(s, " \t,")) {
		size_t n = word_len(s);
		const char *after = skip(s + n, " \t");
		char *value;

		if (n == 0)
			return -1;
		if (named && *after == '=') {
			after = skip(after + 1, " \t");
			value = value_read(&after);
			if (!value)
				return -1;
			keep_param(c, s, n, value);
			s = after;
			continue;
		}
		if (s[n] && !strchr(" \t,", s[n]))
			return -1;
		keep_best(best, c);
		c->scheme = scheme_of(s, n);
		named = true;
		s = after + base64_len(after);
	}
	return named ? 0 : -1;
}

int
registry_challenge_parse(const char *value, struct registry_challenge *best,
    struct err *e)
{
	struct registry_challenge c = {.scheme = REGISTRY_ANONYMOUS};
	char *shown;

	if (challenges_read(value, best, &c) == 0) {
		keep_best(best, &c);
		return 0;
	}
	registry_challenge_release(&c);
	shown = text_clean(value, strnlen(value, WORDS_MAX));
	err_set(e, "its WWW-Authenticate is malformed: \"%s\"", shown);
	free(shown);
	return -1;
}

/* --- tokens ---------------------------------------------------------------- */

static bool
is_token(const char *s)
{
	size_t n;

	for (n = 0; s[n] > ' ' && s[n] < 127; n++)
		;
	return n > 0 && n <= TOKEN_MAX && !s[n];
}

int
registry_token_parse(const char *text, size_t len, char **token,
    int64_t *lifetime_ms, struct err *e)
{
	struct json *v = json_parse(text, len, e);
	const char *s;
	int64_t seconds;

	if (!v)
		return err_prefix(e, "its answer");
	s = json_text(json_get(v, "token"), "");
	if (!*s)
		s = json_text(json_get(v, "access_token"), "");
	seconds = json_int(json_get(v, "expires_in"), 0);
	if (!is_token(s)) {
		json_free(v);
		return err_set(e, "its answer has no token");
	}
	if (seconds <= 0)
		seconds = LIFETIME_S;
	if (seconds > LIFETIME_MAX_S)
		seconds = LIFETIME_MAX_S;
	*token = xstrdup(s);
	*lifetime_ms = seconds * 1000;
	json_free(v);
	return 0;
}

static void
add_query(struct buf *url, const char *name, const char *value)
{
	buf_addc(url, strchr(buf_str(url), '?') ? '&' : '?');
	buf_addf(url, "%s=", name);
	for (; *value; value++) {
		if (isalnum((unsigned char)*value) || strchr("-._~", *value))
			buf_addc(url, *value);
		else
			buf_addf(url, "%%%02X", (unsigned char)*value);
	}
}

int
registry_token_url(const struct registry_challenge *c, const char *scope,
    struct buf *url, struct err *e)
{
	const char *realm = c->realm, *p;
	const char *place = strstr(realm, "://");
	char *shown;

	for (p = realm; *p > ' ' && *p < 127 && !strchr("\"<>\\^`{|}#", *p);
	    p++)
		;
	if (*p || !place || (strncasecmp(realm, "https://", 8) != 0 &&
	    strncasecmp(realm, "http://", 7) != 0) ||
	    memchr(place + 3, '@', strcspn(place + 3, "/?")) ||
	    (place[3] != '[' && !isalnum((unsigned char)place[3]))) {
		shown = text_clean(realm, strnlen(realm, WORDS_MAX));
		err_set(e, "it names \"%s\" as its token service, which is no "
		    "address", shown);
		free(shown);
		return -1;
	}
	buf_adds(url, realm);
	if (c->service)
		add_query(url, "service", c->service);
	add_query(url, "scope", scope);
	return url->over ? err_set(e, "its token service's address is too "
	    "long") : 0;
}

/* --- the rest -------------------------------------------------------------- */

int64_t
registry_retry_after(const char *value, int64_t now)
{
	int64_t seconds = RETRY_S, at;

	if (value && text_int(value, 0, INT32_MAX, &seconds) == -1 &&
	    docker_date_parse(value, &at) == 0)
		seconds = (at - now) / 1000 + 1;
	if (seconds < 1)
		seconds = 1;
	return (seconds < RETRY_MAX_S ? seconds : RETRY_MAX_S) * 1000;
}

/* "a/b-c/d": lower case, parts that begin and end with a letter or digit, so
 * that no part climbs. */
bool
registry_name_valid(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n;

	if (strlen(name) > 255)
		return false;
	for (;; name += n + 1) {
		n = strcspn(name, "/");
		if (n == 0 || !strchr(plain, name[0]) ||
		    !strchr(plain, name[n - 1]) ||
		    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") < n)
			return false;
		if (!name[n])
			return true;
	}
}

bool
registry_tag_valid(const char *tag)
{
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t n = strlen(tag);

	return n > 0 && n <= TAG_MAX && tag[0] != '.' && tag[0] != '-' &&
	    strspn(tag, rest) == n;
}

bool
registry_digest_valid(const char *digest)
{
	const char *colon = strchr(digest, ':');
	size_t n;

	if (!colon || colon == digest ||
	    (size_t)(colon - digest) != strspn(digest,
	    "abcdefghijklmnopqrstuvwxyz0123456789+._-"))
		return false;
	n = strspn(colon + 1, hex);
	return n >= 32 && n <= 128 && !colon[1 + n];
}

/* {"errors":[{"code":…,"message":…}]}, and {"details":…} from some token
 * services. */
char *
registry_words(const char *body, size_t len)
{
	struct json *v = json_parse(body, len, NULL);
	const struct json *first = json_first(json_get(v, "errors"));
	const char *code = json_text(json_get(first, "code"), "");
	const char *said = json_text(json_get(first, "message"),
	    json_text(json_get(v, "details"), ""));
	char *raw, *text, *all;

	raw = xasprintf("%.64s%s%.*s", code, *code && *said ? ": " : "",
	    WORDS_MAX, said);
	text = text_clean(raw, strlen(raw));
	all = *text ? xasprintf(" (%s)", text) : xstrdup("");
	free(raw);
	free(text);
	json_free(v);
	return all;
}
