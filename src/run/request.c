#include "run/request.h"

#include "base/alloc.h"
#include "base/text.h"
#include "io/secret.h"

enum { DEADLINE_MS = 30000, BODY_MAX = 1 << 20, SHOWN_MAX = 80,
       SENT_MAX = 256 * 1024 };

struct request {
	struct http_transfer *transfer;
	const struct json *spec;
	struct request_handlers h;
	int status;		/* expected; 0: any 2xx */
	char *field, *equals, *contains;
};

const char *const request_methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH",
	"DELETE", NULL};

const struct verb_argument request_arguments[] = {
	{"title"},
	{"method", .words = request_methods},
	{"url", .required = true},
	{"headers", .kind = ARGUMENT_MAP},
	{"json", .kind = ARGUMENT_MAP},
	{"body"},
	{"status", .kind = ARGUMENT_NUMBER},
	{"field"},
	{"equals"},
	{"contains"},
	{"ca"},
	{"capture", .kind = ARGUMENT_CAPTURE},
	{NULL},
};

/* --- what is sent --------------------------------------------------------- */

static const char *
written(const struct json *spec, const char *key)
{
	return json_text(json_get(spec, key), NULL);
}

static char *
value_of(const struct step *s, const struct json *spec, const char *key,
    const struct book_value *values)
{
	const char *text = written(spec, key);

	return text ? step_expand(s, text, values, false) : NULL;
}

/* The body, as JSON of the map or as it is written; NULL: none. */
static char *
body_of(const struct step *s, const struct json *spec,
    const struct book_value *values)
{
	const struct json *map = json_get(spec, "json"), *v;
	struct buf b = BUF_INIT(SENT_MAX);
	struct json *o;
	char *text;

	if (!map)
		return value_of(s, spec, "body", values);
	o = json_object();
	for (v = json_first(map); v; v = json_next(v)) {
		text = step_expand(s, json_text(v, ""), values, false);
		json_set(o, json_key(v), json_string(text ? text : ""));
		free(text);
	}
	json_print(o, &b);
	json_free(o);
	return buf_detach(&b);
}

static const char *
method_of(const struct json *spec)
{
	const char *method = written(spec, "method");

	if (method)
		return method;
	return json_get(spec, "json") || json_get(spec, "body") ? "POST" :
	    "GET";
}

bool
request_is_safe(const struct json *spec)
{
	const char *method = method_of(spec);

	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* "Name: value" of each, NULL-ended. */
static char **
headers_of(const struct step *s, const struct json *spec,
    const struct book_value *values)
{
	const struct json *map = json_get(spec, "headers"), *v;
	char **headers = xcalloc(json_count(map) + 2, sizeof(char *));
	size_t count = 0;

	if (json_get(spec, "json"))
		headers[count++] = xstrdup("Content-Type: application/json");
	for (v = json_first(map); v; v = json_next(v)) {
		char *text = step_expand(s, json_text(v, ""), values, false);

		headers[count++] = xasprintf("%s: %s", json_key(v),
		    text ? text : "");
		free(text);
	}
	return headers;
}

static void
free_headers(char **headers)
{
	size_t i;

	for (i = 0; headers[i]; i++)
		free(headers[i]);
	free(headers);
}

static bool
headers_are_lines(char **headers)
{
	size_t i;

	for (i = 0; headers[i]; i++)
		if (strpbrk(headers[i], "\r\n"))
			return false;
	return true;
}

/* --- what comes ----------------------------------------------------------- */

static char *
shown(const struct json *v)
{
	struct buf b = BUF_INIT(BODY_MAX * 2);
	char *text;

	if (json_is_string(v))
		buf_adds(&b, json_text(v, ""));
	else
		json_print(v, &b);
	text = text_clean(buf_str(&b), b.len < SHOWN_MAX ? b.len : SHOWN_MAX);
	buf_release(&b);
	return text;
}

/* "items.0.id": a number is a place in a list. NULL: it is not there. */
static const struct json *
found(const struct json *v, const char *path)
{
	while (v && *path) {
		size_t len = strcspn(path, ".");
		char *key = xstrndup(path, len);
		int64_t n;

		if (json_is_array(v) && text_int(key, 0, 10000, &n) == 0)
			for (v = json_first(v); v && n > 0; n--)
				v = json_next(v);
		else
			v = json_get(v, key);
		free(key);
		path += len + (path[len] == '.');
	}
	return v;
}

/* The value of a cookie that the reply sets; NULL. */
static char *
cookie(const struct http_reply *reply, const char *name)
{
	const char *h, *value;
	size_t len = strlen(name);

	for (h = reply->headers; h && *h; h = value + strlen(value) + 1) {
		value = h + strlen(h) + 1;
		if (strcasecmp(h, "set-cookie") == 0 &&
		    strncmp(value, name, len) == 0 && value[len] == '=' &&
		    value[len + 1] && value[len + 1] != ';')
			return xstrndup(value + len + 1,
			    strcspn(value + len + 1, ";"));
	}
	return NULL;
}

static char *
check_field(const struct request *r, const struct json *body)
{
	const struct json *v = body ? found(body, r->field) : NULL;
	char *is, *failure = NULL;

	if (!body)
		return xstrdup("the reply is no JSON");
	if (!v)
		return xasprintf("the reply has no %s", r->field);
	is = shown(v);
	if (r->equals && strcmp(is, r->equals) != 0)
		failure = xasprintf("%s is %s, expected %s", r->field, is,
		    r->equals);
	free(is);
	return failure;
}

static char *
check_captures(const struct request *r, const struct http_reply *reply,
    const struct json *body)
{
	const struct json *v;
	char *value;

	for (v = json_first(json_get(r->spec, "capture")); v;
	    v = json_next(v)) {
		const char *from = json_text(v, ""), *what = strchr(from, ' ');
		bool is_cookie = strncmp(from, "cookie ", 7) == 0;
		const struct json *field = is_cookie || !body ? NULL :
		    found(body, what + 1);

		value = is_cookie ? cookie(reply, what + 1) : field ?
		    xstrdup(json_text(field, "")) : NULL;
		if (!value || !*value) {
			free(value);
			return xasprintf(is_cookie ? "the reply sets no "
			    "cookie %s" : "the reply has no text %s",
			    what + 1);
		}
		r->h.captured(r->h.arg, json_key(v), value);
		secret_free(value);
	}
	return NULL;
}

static char *
judge(const struct request *r, const struct http_reply *reply)
{
	struct json *body = NULL;
	char *failure = NULL;

	if (reply->error)
		return xstrdup(reply->error);
	if (r->status ? reply->status != r->status : reply->status < 200 ||
	    reply->status > 299)
		return r->status ? xasprintf("HTTP %d, expected %d",
		    reply->status, r->status) : xasprintf("HTTP %d",
		    reply->status);
	if (r->contains && !strstr(reply->body, r->contains))
		return xasprintf("the reply does not contain '%s'",
		    r->contains);
	if (r->field || json_get(r->spec, "capture"))
		body = json_parse(reply->body, reply->body_len, NULL);
	if (r->field)
		failure = check_field(r, body);
	if (!failure)
		failure = check_captures(r, reply, body);
	json_free(body);
	return failure;
}

static void
request_free(struct request *r)
{
	free(r->field);
	free(r->equals);
	free(r->contains);
	free(r);
}

static void
on_reply(const struct http_reply *reply, void *arg)
{
	struct request *r = arg;
	struct request_handlers h = r->h;
	char *failure = judge(r, reply);

	r->transfer = NULL;
	request_free(r);
	h.done(h.arg, failure);
	free(failure);
}

void
request_cancel(struct request *r)
{
	if (!r)
		return;
	http_cancel(r->transfer);
	request_free(r);
}

struct request *
request_start(struct step *s, const struct json *spec,
    const struct book_value *values, const struct request_handlers *h,
    struct err *e)
{
	char *url = value_of(s, spec, "url", values);
	char *ca = value_of(s, spec, "ca", values);
	char *status = value_of(s, spec, "status", values);
	char *body = body_of(s, spec, values);
	char **headers = headers_of(s, spec, values);
	struct request *r = NULL;
	int64_t code = 0;

	if (!url || !headers_are_lines(headers) || (strncmp(url, "http://", 7)
	    != 0 && strncmp(url, "https://", 8) != 0)) {
		err_set(e, "not sent: %s", url && headers_are_lines(headers) ?
		    "the url is neither http:// nor https://" : "a header or "
		    "the url has no value that can be sent");
	} else {
		if (status)
			text_int(status, 0, 999, &code);
		r = xcalloc(1, sizeof(*r));
		r->spec = spec;
		r->h = *h;
		r->status = code;
		r->field = value_of(s, spec, "field", values);
		r->equals = value_of(s, spec, "equals", values);
		r->contains = value_of(s, spec, "contains", values);
		r->transfer = http_start(s->w->http, &(struct http_request){
			.url = url, .method = method_of(spec),
			.headers = (const char *const *)headers,
			.body = body, .body_len = body ? strlen(body) : 0,
			.ca_file = ca && *ca ? ca : NULL,
			.follow = request_is_safe(spec),
			.body_max = BODY_MAX, .deadline_ms = DEADLINE_MS,
			.done = on_reply, .arg = r,
		});
	}
	free_headers(headers);
	secret_free(body);
	free(status);
	free(ca);
	free(url);
	return r;
}

/* --- on paper ------------------------------------------------------------- */

/* Quoted as one word, but for what is secret: that is a variable. */
static void
paper_word(const struct step *s, const char *before, const char *text,
    struct buf *b)
{
	char *plain = step_expand(s, text, NULL, false);

	buf_adds(b, before);
	text_shell_quote(b, plain ? plain : text);
	free(plain);
}

void
request_paper(const struct step *s, const struct json *spec, struct buf *b)
{
	char *body = body_of(s, spec, NULL);
	const struct json *v;

	buf_addf(b, "curl -fsS -X %s", method_of(spec));
	if (json_get(spec, "json"))
		buf_adds(b, " -H 'Content-Type: application/json'");
	for (v = json_first(json_get(spec, "headers")); v; v = json_next(v)) {
		char *line = xasprintf("%s: %s", json_key(v),
		    json_text(v, ""));

		paper_word(s, " -H ", line, b);
		free(line);
	}
	if (written(spec, "ca"))
		paper_word(s, " --cacert ", written(spec, "ca"), b);
	if (body) {
		buf_adds(b, " -d ");
		text_shell_quote(b, body);
	}
	paper_word(s, " ", written(spec, "url"), b);
	buf_addc(b, '\n');
	if (written(spec, "field"))
		paper_comment(b, written(spec, "equals") ?
		    "its %s must be %s" : "it must have %s",
		    written(spec, "field"), written(spec, "equals"));
	for (v = json_first(json_get(spec, "capture")); v; v = json_next(v))
		paper_comment(b, "put its %s in place of {%s} below",
		    json_text(v, ""), json_key(v));
	free(body);
}
