#include "io/http-transfer.h"

#include <ctype.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/clock.h"

enum {
	BODY_MAX = 16 * 1024 * 1024,
	HEADERS_MAX = 256 * 1024,
	CONNECT_MS = 30000,		/* for a stream without any limit */
	CONNECTION_LIFE_S = 600,
	ORIGINS_MAX = 256,
};

/* --- bytes that come in -------------------------------------------------- */

static void
heard(struct http_transfer *t)
{
	t->last_byte = clock_mono();
	if (!t->first_byte)
		t->first_byte = t->last_byte;
}

static long
status_of(const struct http_transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* One line. A status line starts a new reply (after 100, say). */
static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	struct http_transfer *t = arg;
	size_t len = size * count, name, from, to = len;

	heard(t);
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		buf_clear(&t->header);
	for (name = 0; name < len && line[name] != ':'; name++)
		;
	if (name == len || name == 0)
		return len;
	for (from = name + 1; from < len && isspace((unsigned char)line[from]);
	    from++)
		;
	while (to > from && isspace((unsigned char)line[to - 1]))
		to--;
	/* A NUL in it would shift what follows. */
	if (memchr(line, '\0', len))
		return len;
	buf_add(&t->header, line, name);
	buf_addc(&t->header, '\0');
	buf_add(&t->header, line + from, to - from);
	buf_addc(&t->header, '\0');
	t->too_many_headers = t->header.over;
	return t->header.over ? 0 : len;
}

const char *
http_header(const struct http_reply *r, const char *name)
{
	const char *p = r->headers, *found = NULL;

	while (p && *p) {
		const char *value = p + strlen(p) + 1;

		if (strcasecmp(p, name) == 0)
			found = value;
		p = value + strlen(value) + 1;
	}
	return found;
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_transfer *t = arg;
	size_t len = size * count;

	if (t->dead)
		return 0;
	if (t->paused) {
		t->curl_paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	heard(t);
	t->received += len;
	if (t->data && status_of(t) / 100 == 2) {
		t->stopped = !t->data(data, len, t->arg);
		return t->stopped || t->dead ? 0 : len;
	}
	return buf_add(&t->body, data, len) == 0 ? len : 0;
}

/* Connected (or an old connection is used): the request goes out now. */
static int
on_request(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct http_transfer *t = arg;

	(void)local_ip;
	(void)port;
	(void)local_port;
	t->requested = true;
	snprintf(t->ip, sizeof(t->ip), "%s", ip ? ip : "");
	return CURL_PREREQFUNC_OK;
}

/* --- from a request to options ------------------------------------------- */

static char *
url_part(CURLU *url, CURLUPart part, unsigned flags)
{
	char *text, *copy;

	if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
		return xstrdup("");
	copy = xstrdup(text);
	curl_free(text);
	return copy;
}

/* "https://wiki.example:443"; *place, when not NULL, gets the part after the
 * slashes. NULL when it is no URL. Both are the caller's. */
static char *
url_origin(const char *text, char **place)
{
	CURLU *url = curl_url();
	char *scheme, *host, *port, *origin = NULL;

	if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
		scheme = url_part(url, CURLUPART_SCHEME, 0);
		host = url_part(url, CURLUPART_HOST, 0);
		port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
		origin = xasprintf("%s://%s:%s", scheme, host, port);
		if (place)
			*place = xasprintf("%s:%s", host, port);
		free(scheme);
		free(host);
		free(port);
	}
	curl_url_cleanup(url);
	return origin;
}

bool
http_same_origin(const char *a, const char *b)
{
	char *x = url_origin(a, NULL), *y = url_origin(b, NULL);
	bool same = x && y && strcasecmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

static void
add_header(struct http_transfer *t, const char *line)
{
	struct curl_slist *list = curl_slist_append(t->headers, line);

	if (list)
		t->headers = list;
}

static void
set_headers(struct http_transfer *t, const struct http_request *r)
{
	bool typed = false;

	for (size_t i = 0; r->headers && r->headers[i]; i++) {
		typed |= strncasecmp(r->headers[i], "Content-Type:", 13) == 0;
		add_header(t, r->headers[i]);
	}
	/* libcurl would wait for a 100 before a body, and call it a form. What
	 * is taken out so it would sign nonetheless (7.88). */
	if (!r->sigv4)
		add_header(t, "Expect:");
	if (!r->sigv4 && !typed)
		add_header(t, "Content-Type:");
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

static void
set_method(struct http_transfer *t, const struct http_request *r)
{
	const char *method = r->method ? r->method : "GET";
	bool get = strcmp(method, "GET") == 0;
	bool head = strcmp(method, "HEAD") == 0;

	if (r->body || strcmp(method, "POST") == 0) {
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)r->body_len);
		curl_easy_setopt(t->easy, CURLOPT_COPYPOSTFIELDS,
		    r->body ? r->body : "");
	}
	if (head)
		curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
	else if (!get || r->body)
		curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, method);
	/* On a kept connection that turns out to be closed libcurl sends the
	 * request again, which is only right for what changes nothing. */
	if (!get && !head)
		curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	t->follow = r->follow && (get || head);
}

static void
set_place(struct http_transfer *t, const struct http_request *r)
{
	if (r->unix_socket) {
		t->unix_socket = true;
		xstrset(&t->place, r->unix_socket);
		curl_easy_setopt(t->easy, CURLOPT_UNIX_SOCKET_PATH,
		    r->unix_socket);
	}
	/* A proxy of the environment is for web pages. */
	if (r->unix_socket || (r->connect_only && !t->tls))
		curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
	if (r->connect_only) {
		curl_easy_setopt(t->easy, CURLOPT_CONNECT_ONLY, 1L);
		curl_easy_setopt(t->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
		curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	}
	if (r->fresh) {
		curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
		curl_easy_setopt(t->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	}
	if (r->unix_socket)
		return;
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPIDLE, 15L);
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPINTVL, 5L);
	/* So that a changed address or certificate is met some day. */
	curl_easy_setopt(t->easy, CURLOPT_MAXLIFETIME_CONN,
	    (long)CONNECTION_LIFE_S);
	if (!r->data)
		curl_easy_setopt(t->easy, CURLOPT_ACCEPT_ENCODING,
		    "gzip, deflate");
}

/* As options of their own: a key's name may have a colon in it. */
static void
set_credentials(struct http_transfer *t, const struct http_request *r)
{
	if (!r->user)
		return;
	curl_easy_setopt(t->easy, CURLOPT_USERNAME, r->user);
	curl_easy_setopt(t->easy, CURLOPT_PASSWORD,
	    r->password ? r->password : "");
	if (r->sigv4)
		curl_easy_setopt(t->easy, CURLOPT_AWS_SIGV4, r->sigv4);
	else
		curl_easy_setopt(t->easy, CURLOPT_HTTPAUTH,
		    (long)CURLAUTH_BASIC);
}

static void
set_tls(struct http_transfer *t, const struct http_request *r)
{
	if (!t->tls)
		return;
	curl_easy_setopt(t->easy, CURLOPT_CERTINFO, 1L);
	if (r->ca_file)
		curl_easy_setopt(t->easy, CURLOPT_CAINFO, r->ca_file);
	if (r->insecure) {
		curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void
set_timeouts(struct http_transfer *t)
{
	int64_t left = t->started + t->deadline_ms - clock_mono();
	int64_t connect = t->connect_timeout_ms;

	if (t->deadline_ms)
		curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS,
		    (long)(left > 1 ? left : 1));
	if (!connect)
		connect = t->deadline_ms ? t->deadline_ms : CONNECT_MS;
	curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
}

static void
set_callbacks(struct http_transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->curl_error);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_request);
	curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
}

static void
set_rules(struct http_transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	/* Several kept connections do for the few requests that there are,
	 * and one stalled stream cannot hold another. */
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_USERAGENT,
	    PACKAGE_NAME "/" PACKAGE_VERSION);
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	/* Or the end of a transfer waits for its resolver thread. */
	curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
}

struct http_transfer *
transfer_new(struct http *h, const struct http_request *r)
{
	struct http_transfer *t = xcalloc(1, sizeof(*t));
	char *origin = url_origin(r->url, &t->place);

	t->http = h;
	LIST_INSERT_HEAD(&h->transfers, t, link);
	t->started = t->last_byte = clock_mono();
	t->connect_only = r->connect_only;
	t->connect_timeout_ms = r->connect_timeout_ms;
	t->deadline_ms = r->deadline_ms;
	t->idle_timeout_ms = r->idle_timeout_ms;
	t->data = r->data;
	t->done = r->done;
	t->arg = r->arg;
	buf_init(&t->body, r->body_max ? r->body_max : BODY_MAX);
	buf_init(&t->header, HEADERS_MAX);
	t->tls = origin && strncmp(origin, "https:", 6) == 0;
	t->easy = curl_easy_init();
	if (!origin)
		transfer_error(t, "\"%s\" is not a URL", r->url);
	else if (!t->easy)
		transfer_error(t, "cannot set up a request to %s", t->place);
	else {
		curl_easy_setopt(t->easy, CURLOPT_URL, r->url);
		set_callbacks(t);
		set_rules(t);
		set_method(t, r);
		set_headers(t, r);
		set_place(t, r);
		set_credentials(t, r);
		set_tls(t, r);
		set_timeouts(t);
	}
	free(origin);
	return t;
}

void
transfer_free(struct http_transfer *t)
{
	LIST_REMOVE(t, link);
	loop_timer_cancel(t->idle);
	if (t->added)
		curl_multi_remove_handle(t->http->multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	buf_release(&t->body);
	buf_release(&t->header);
	free(t->place);
	free(t->error);
	free(t);
}

/* --- redirects ----------------------------------------------------------- */

bool
transfer_redirect(struct http_transfer *t)
{
	char *url = NULL, *old = NULL, *from, *to;
	bool same;

	if (!t->follow ||
	    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &url) !=
	    CURLE_OK || !url)
		return false;
	curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &old);
	from = url_origin(old, NULL);
	to = url_origin(url, NULL);
	same = from && to && strcasecmp(from, to) == 0;
	free(from);
	free(to);
	if (!same)
		return false;
	url = xstrdup(url);
	curl_easy_setopt(t->easy, CURLOPT_URL, url);
	free(url);
	set_timeouts(t);
	buf_clear(&t->body);
	buf_clear(&t->header);
	return true;
}

/* --- from what came to a reply ------------------------------------------- */

static int64_t
certificate_end(const struct http_transfer *t)
{
	struct curl_certinfo *chain = NULL;
	struct curl_slist *field;
	time_t when;

	curl_easy_getinfo(t->easy, CURLINFO_CERTINFO, &chain);
	if (!chain || chain->num_of_certs < 1)
		return TIME_UNKNOWN;
	for (field = chain->certinfo[0]; field; field = field->next) {
		if (strncmp(field->data, "Expire date:", 12) != 0)
			continue;
		when = curl_getdate(field->data + 12, NULL);
		return when == -1 ? TIME_UNKNOWN : (int64_t)when * 1000;
	}
	return TIME_UNKNOWN;
}

/* A request on a kept connection has shaken no hands: what its origin showed
 * last is what it has. */
static int64_t
tls_expires(struct http_transfer *t)
{
	struct http *h = t->http;
	struct http_origin *o;
	int64_t expires;
	int count = 0;

	if (!t->tls || !t->easy)
		return TIME_UNKNOWN;
	LIST_FOREACH(o, &h->origins, link) {
		count++;
		if (strcmp(o->name, t->place) == 0)
			break;
	}
	expires = certificate_end(t);
	if (expires == TIME_UNKNOWN)
		return o && t->requested ? o->tls_expires : TIME_UNKNOWN;
	if (!o && count < ORIGINS_MAX) {
		o = xcalloc(1, sizeof(*o));
		o->name = xstrdup(t->place);
		LIST_INSERT_HEAD(&h->origins, o, link);
	}
	if (o)
		o->tls_expires = expires;
	return expires;
}

void
transfer_reply(struct http_transfer *t)
{
	struct http_reply *r = &t->reply;
	curl_socket_t fd = CURL_SOCKET_BAD;
	char *ip = NULL;

	r->error = t->error;
	r->body = buf_str(&t->body);
	r->body_len = t->body.len;
	r->headers = t->header.len ? t->header.data : NULL;
	r->latency_ms = clock_mono() - t->started;
	r->first_byte_ms = t->first_byte ? t->first_byte - t->started :
	    TIME_UNKNOWN;
	r->tls_expires = tls_expires(t);
	r->remote_ip = t->ip;
	r->socket = -1;
	if (!t->easy)
		return;
	if (!t->connect_only)
		r->status = status_of(t);
	else if (!t->error) {
		curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
		snprintf(t->ip, sizeof(t->ip), "%s", ip ? ip : "");
		curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
		r->socket = t->tls ? -1 : fd;
	}
}
