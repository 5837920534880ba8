#include "source/docker-private.h"

#include "base/alloc.h"
#include "base/log.h"
#include "source/images.h"

enum {
	VERSION_MS = 8000,
	LIST_MS = 15000,
	PING_EVERY_MS = 5000,
	PING_MS = 8000,
	LIST_EVERY_MS = 60000,
	EVENT_MAX = 256 * 1024,		/* bytes of one event */
	SMALL_BODY = 256 * 1024,
	/* A ping that was due and one that hangs: both may pass before what is
	 * known is called stale, and it must be within 20 s. */
	STALE_MS = PING_EVERY_MS + PING_MS + 2000,
};

/* What is asked for by name: health checks alone would make two exec events
 * a minute and container. The last line is of images. */
static const char event_names[] = "[\"create\",\"start\",\"die\",\"oom\","
    "\"kill\",\"stop\",\"restart\",\"pause\",\"unpause\",\"rename\","
    "\"update\",\"destroy\",\"health_status\","
    "\"tag\",\"untag\",\"delete\",\"pull\",\"load\",\"import\"]";

static void start_version(struct docker *d);

/* --- requests ----------------------------------------------------------- */

static struct http_transfer *
get(struct docker *d, const char *api, const char *path,
    const struct http_request *rest)
{
	const struct observer *o = d->o;
	struct http_request r = *rest;
	struct http_transfer *t;
	char *url = xasprintf("http://docker%s%s%s", *api ? "/v" : "", api,
	    path);

	r.url = url;
	r.unix_socket = o->ssh ? ssh_socket(o->ssh, o->conf->engine) :
	    o->conf->engine;
	t = http_start(o->w->http, &r);
	free(url);
	return t;
}

struct http_transfer *
docker_get(struct docker *d, const char *path, const struct http_request *rest)
{
	return get(d, d->api, path, rest);
}

static void
add_escaped(struct buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *s; s++) {
		if (strchr(plain, *s))
			buf_addc(b, *s);
		else
			buf_addf(b, "%%%02X", (unsigned char)*s);
	}
}

/* An error about a socket of ours that leads to a host names that host. */
static char *
placed(const struct docker *d, const char *error)
{
	const struct conf_environment *c = d->o->conf;
	const char *path = d->o->ssh ? ssh_socket(d->o->ssh, c->engine) : NULL;
	const char *at = path ? strstr(error, path) : NULL;

	if (!at)
		return xstrdup(error);
	return xasprintf("%.*s%s:%s%s", (int)(at - error), error, c->ssh_host,
	    c->engine, at + strlen(path));
}

/* A reply that cannot be used, in words; NULL for a good one. The caller frees
 * it. */
static char *
refusal(const struct docker *d, const struct http_reply *r)
{
	if (r->error)
		return placed(d, r->error);
	if (r->status != 200)
		return docker_error(r->status, r->body, r->body_len);
	return NULL;
}

/* --- life --------------------------------------------------------------- */

static void
cancel(struct http_transfer **t)
{
	http_cancel(*t);
	*t = NULL;
}

static void
disarm(struct loop_timer **t)
{
	loop_timer_cancel(*t);
	*t = NULL;
}

static void
stop_all(struct docker *d)
{
	cancel(&d->request);
	cancel(&d->events);
	cancel(&d->ping);
	disarm(&d->retry_timer);
	disarm(&d->ping_timer);
	disarm(&d->list_timer);
	containers_hold(d);
	split_release(&d->split);
	d->state = DOCKER_DOWN;
}

static void
on_retry(void *arg)
{
	struct docker *d = arg;

	d->retry_timer = NULL;
	start_version(d);
}

void
docker_fail(struct docker *d, const char *why)
{
	const char *link = observer_link_error(d->o);
	int64_t wait = backoff_next(&d->backoff);

	/* A reason that mends the link is worth more than the symptom. */
	xstrset(&d->why, link ? link : why);
	stop_all(d);
	log_info("%s: engine: %s", d->o->conf->name, d->why);
	d->retry_timer = loop_timer(d->o->w->loop, wait, on_retry, d);
	observer_local_link(d->o, LINK_DOWN, d->why, clock_wall() + wait);
	observer_failed(d->o, SOURCE_ENGINE, d->why);
}

bool
docker_up(const struct docker *d)
{
	return d->state == DOCKER_UP;
}

const char *
docker_why(const struct docker *d)
{
	return d->why;
}

/* --- ping --------------------------------------------------------------- */

static void start_ping(void *arg);

static void
on_ping(const struct http_reply *r, void *arg)
{
	struct docker *d = arg;
	char *why = refusal(d, r);

	d->ping = NULL;
	if (why) {
		docker_fail(d, why);
		free(why);
		return;
	}
	d->ping_timer = loop_timer(d->o->w->loop, jittered(PING_EVERY_MS),
	    start_ping, d);
	observer_observed(d->o, SOURCE_ENGINE);
}

static void
start_ping(void *arg)
{
	struct docker *d = arg;
	struct http_request r = {
		.deadline_ms = PING_MS, .body_max = SMALL_BODY,
		.done = on_ping, .arg = d,
	};

	d->ping_timer = NULL;
	d->ping = get(d, "", "/_ping", &r);
}

/* --- list --------------------------------------------------------------- */

static void
on_list(const struct http_reply *r, void *arg)
{
	struct docker *d = arg;
	struct docker_list list;
	char *why = refusal(d, r);
	bool first = d->state == DOCKER_LISTING;
	struct err e;

	d->request = NULL;
	if (!why && docker_list_parse(r->body, r->body_len, &list, &e) == -1)
		why = xstrdup(e.text);
	if (!why && list.refused && !list.count) {
		docker_list_release(&list);
		why = xstrdup("the engine's container list names no ids");
	}
	if (why) {
		docker_fail(d, why);
		free(why);
		return;
	}
	if (list.refused)
		log_warn("%s: the engine lists %zu containers without an id",
		    d->o->conf->name, list.refused);
	backoff_reset(&d->backoff);
	xstrset(&d->why, NULL);
	d->state = DOCKER_UP;
	docker_list_within(d, d->list_soon ? d->list_soon :
	    jittered(LIST_EVERY_MS));
	containers_list(d, &list);
	docker_list_release(&list);
	observer_observed(d->o, SOURCE_ENGINE);
	if (first) {
		d->ping_timer = loop_timer(d->o->w->loop,
		    jittered(PING_EVERY_MS), start_ping, d);
		logs_update(d->o);
		images_look(d->o->images, 0);
	}
}

static void
start_list(void *arg)
{
	struct docker *d = arg;
	struct http_request r = {
		.deadline_ms = LIST_MS, .done = on_list, .arg = d,
	};
	struct buf path = BUF_INIT(64 * 1024);

	disarm(&d->list_timer);
	if (d->request)
		return;
	buf_adds(&path, "/containers/json?all=1&filters=");
	add_escaped(&path, "{\"label\":[\"com.docker.compose.project=");
	add_escaped(&path, d->o->conf->compose_project);
	add_escaped(&path, "\"]}");
	d->list_soon = 0;
	d->events_at_list = d->events_seen;
	d->request = docker_get(d, buf_str(&path), &r);
	buf_release(&path);
}

static void
on_list_timer(void *arg)
{
	struct docker *d = arg;

	d->list_timer = NULL;
	start_list(d);
}

void
docker_list_within(struct docker *d, int64_t ms)
{
	/* While a list is under way, its end sets the next. */
	if (d->request)
		d->list_soon = ms;
	if (d->state != DOCKER_UP || d->request)
		return;
	disarm(&d->list_timer);
	d->list_timer = loop_timer(d->o->w->loop, ms, on_list_timer, d);
}

/* --- events ------------------------------------------------------------- */

/* Whether that very event came before; it is remembered. Its text tells, as
 * times go back when the engine's clock does. */
static bool
told_before(struct docker *d, const char *line, size_t len)
{
	uint64_t hash = 14695981039346656037u;	/* FNV-1a */
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)line[i]) * 1099511628211u;
	for (i = 0; i < DOCKER_TOLD_MAX; i++)
		if (d->told[i] == hash)
			return true;
	d->told[d->told_next] = hash;
	d->told_next = (d->told_next + 1) % DOCKER_TOLD_MAX;
	return false;
}

static bool
on_event_line(const char *line, size_t len, void *arg)
{
	struct docker *d = arg;
	struct docker_event ev;
	struct err e;

	if (!len || (len == 1 && *line == '\r'))
		return true;
	if (docker_event_parse(line, len, &ev, &e) == -1) {
		/* It may have told something: ask for the whole. */
		log_info("%s: %s", d->o->conf->name, e.text);
		docker_list_within(d, 1000);
		return true;
	}
	/* In whole seconds a container can do the same twice. */
	if (ev.at_ns == TIME_UNKNOWN || ev.at_ns % 1000000000 == 0 ||
	    !told_before(d, line, len)) {
		if (ev.at_ns != TIME_UNKNOWN)
			d->since_ns = ev.at_ns;
		if (ev.of_image)
			images_event(d, &ev);
		else
			containers_event(d, &ev);
	}
	docker_event_release(&ev);
	return true;
}

static bool
on_event_data(const char *data, size_t len, void *arg)
{
	struct docker *d = arg;
	size_t dropped = d->split.dropped;

	split_feed(&d->split, data, len, on_event_line, d);
	if (d->split.dropped != dropped)
		docker_list_within(d, 1000);
	return true;
}

static void
on_events_end(const struct http_reply *r, void *arg)
{
	struct docker *d = arg;
	char *why = refusal(d, r);

	d->events = NULL;
	if (!why)
		why = xstrdup("the engine has closed its stream of events");
	docker_fail(d, why);
	free(why);
}

static void
start_events(struct docker *d)
{
	struct http_request r = {
		.connect_timeout_ms = VERSION_MS, .data = on_event_data,
		.done = on_events_end, .arg = d,
	};
	struct buf path = BUF_INIT(64 * 1024);

	buf_adds(&path, "/events?");
	/* What happened between the last event, or the engine's time a moment
	 * ago, and the start of the stream is told first. */
	if (d->since_ns != TIME_UNKNOWN)
		buf_addf(&path, "since=%lld.%09lld&",
		    (long long)((d->since_ns + 1) / 1000000000),
		    (long long)((d->since_ns + 1) % 1000000000));
	buf_adds(&path, "filters=");
	add_escaped(&path, "{\"type\":[\"container\",\"image\"]");
	/* podman knows these events by other names and refuses nothing, so
	 * nothing would come. Not by the project's label: images have none, and
	 * containers_event() tells whose they are. */
	if (!d->podman) {
		add_escaped(&path, ",\"event\":");
		add_escaped(&path, event_names);
	}
	add_escaped(&path, "}");
	split_init(&d->split, EVENT_MAX);
	d->events = docker_get(d, buf_str(&path), &r);
	buf_release(&path);
}

/* --- version ------------------------------------------------------------ */

static int
take_version(struct docker *d, const struct http_reply *r, struct err *e)
{
	struct environment *env = observer_environment(d->o);
	struct docker_version v;
	const char *date;
	char *engine;
	int64_t ms;

	if (docker_version_parse(r->body, r->body_len, &v, e) == -1)
		return -1;
	if (docker_version_choose(&v, d->api, e) == -1) {
		docker_version_release(&v);
		return -1;
	}
	d->podman = v.podman;
	engine = xasprintf("%s, API %s", v.label, d->api);
	if (xstrset(&env->link.engine, engine))
		observer_changed(d->o, CHANGE_LINK);
	free(engine);
	docker_version_release(&v);
	date = http_header(r, "Date");
	if (d->since_ns == TIME_UNKNOWN && date &&
	    docker_date_parse(date, &ms) == 0)
		d->since_ns = ms * 1000000 - 1;
	return 0;
}

static void
on_version(const struct http_reply *r, void *arg)
{
	struct docker *d = arg;
	char *why = refusal(d, r);
	struct err e;

	d->request = NULL;
	if (!why && take_version(d, r, &e) == -1)
		why = xstrdup(e.text);
	if (why) {
		docker_fail(d, why);
		free(why);
		return;
	}
	observer_local_link(d->o, LINK_UP, NULL, TIME_UNKNOWN);
	d->state = DOCKER_LISTING;
	/* First the stream, then the list: nothing falls between the two. */
	start_events(d);
	start_list(d);
}

static void
start_version(struct docker *d)
{
	struct http_request r = {
		.deadline_ms = VERSION_MS, .body_max = SMALL_BODY,
		.done = on_version, .arg = d,
	};

	if (d->o->conf->ssh_host && !d->o->ssh) {
		docker_fail(d, d->o->ssh_error.text);
		return;
	}
	d->state = DOCKER_VERSION;
	d->request = get(d, "", "/version", &r);
}

/* --- for the observer --------------------------------------------------- */

struct docker *
docker_new(struct observer *o)
{
	struct docker *d = xcalloc(1, sizeof(*d));
	struct observation *seen = &observer_environment(o)->
	    sources[SOURCE_ENGINE];

	d->o = o;
	d->since_ns = TIME_UNKNOWN;
	seen->used = true;
	seen->stale_after = STALE_MS;
	observer_local_link(o, LINK_CONNECTING, NULL, TIME_UNKNOWN);
	d->retry_timer = loop_timer(o->w->loop, 0, on_retry, d);
	return d;
}

void
docker_free(struct docker *d)
{
	if (!d)
		return;
	stop_all(d);
	containers_release(d);
	free(d->why);
	free(d);
}

void
docker_retry(struct docker *d)
{
	if (d->state != DOCKER_DOWN)
		return;
	disarm(&d->retry_timer);
	backoff_reset(&d->backoff);
	start_version(d);
}

void
docker_refresh(struct docker *d)
{
	docker_retry(d);
	d->inspect_all = true;
	if (d->state == DOCKER_UP)
		start_list(d);
}
