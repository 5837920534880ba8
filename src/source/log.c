/*
 * observer_logs(): a stream of lines from several containers. Each container
 * has a request of its own; one that follows is asked anew, from its last line
 * on, when its container or its engine comes back.
 */
#include "source/source.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "source/docker.h"
#include "source/docker-parse.h"
#include "source/log-frames.h"

enum {
	PATIENCE_MS = 15000,	/* for an engine that was never seen */
	AGAIN_MS = 1000,	/* after an end that no event explains */
};

/* One container's part of a stream. */
struct tail {
	LIST_ENTRY(tail) link;
	struct log_stream *stream;
	char *container, *label;
	struct http_transfer *transfer;
	struct log_frames frames;
	int64_t last_ns;	/* newest line; TIME_UNKNOWN */
	bool begun;		/* asked at least once */
	bool over;		/* will not be asked again */
};

struct log_stream {
	LIST_ENTRY(log_stream) link;
	struct observer *o;
	char **services;	/* NULL-ended; NULL: all */
	struct log_request r;
	LIST_HEAD(, tail) tails;
	struct loop_timer *timer;
	int64_t patience;	/* mono ms */
	bool begun, paused;
	bool dead;		/* cancelled or ended: only to be freed */
	char *error;		/* the first that a container met */
};

static void stream_update(struct log_stream *s);

/* --- life ---------------------------------------------------------------- */

static void
tail_free(struct tail *t)
{
	LIST_REMOVE(t, link);
	http_cancel(t->transfer);
	log_frames_release(&t->frames);
	free(t->container);
	free(t->label);
	free(t);
}

static void
stream_free(struct log_stream *s)
{
	struct tail *t;

	while ((t = LIST_FIRST(&s->tails)))
		tail_free(t);
	LIST_REMOVE(s, link);
	loop_timer_cancel(s->timer);
	observer_argv_free(s->services);
	free(s->error);
	free(s);
}

static void
on_timer(void *arg)
{
	struct log_stream *s = arg;

	s->timer = NULL;
	if (s->dead)
		stream_free(s);
	else
		stream_update(s);
}

static void
arm(struct log_stream *s, int64_t ms)
{
	loop_timer_cancel(s->timer);
	s->timer = loop_timer(s->o->w->loop, ms, on_timer, s);
}

/* The memory goes later: a callback of its own may be calling. */
void
log_stream_cancel(struct log_stream *s)
{
	struct tail *t;

	if (!s || s->dead)
		return;
	s->dead = true;
	LIST_FOREACH(t, &s->tails, link) {
		http_cancel(t->transfer);
		t->transfer = NULL;
	}
	arm(s, 0);
}

static void
stream_end(struct log_stream *s, const char *error)
{
	if (s->dead)
		return;
	log_stream_cancel(s);
	s->r.end(s->r.arg, error);
}

void
log_stream_pause(struct log_stream *s, bool paused)
{
	struct tail *t;

	s->paused = paused;
	LIST_FOREACH(t, &s->tails, link)
		if (t->transfer)
			http_pause(t->transfer, paused);
}

/* --- lines --------------------------------------------------------------- */

static void
on_line(const struct log_frame_line *l, void *arg)
{
	struct tail *t = arg;
	struct log_stream *s = t->stream;
	struct log_line line = {
		.at = TIME_UNKNOWN, .service = t->label,
		.is_stderr = l->is_stderr, .cut = l->cut,
	};
	char *text;
	size_t len;

	if (s->dead)
		return;
	if (l->at_ns != TIME_UNKNOWN) {
		line.at = l->at_ns / 1000000;
		if (t->last_ns == TIME_UNKNOWN || l->at_ns > t->last_ns)
			t->last_ns = l->at_ns;
	}
	text = text_clean(l->text, l->len);
	/* Cleaning may lengthen: a bad byte becomes three. */
	len = strlen(text);
	if (len > LOG_LINE_MAX) {
		for (len = LOG_LINE_MAX; ((unsigned char)text[len] & 0xc0) ==
		    0x80; len--)
			;
		text[len] = '\0';
		line.cut = true;
	}
	line.text = text;
	s->r.line(s->r.arg, &line);
	free(text);
}

static bool
on_data(const char *data, size_t len, void *arg)
{
	struct tail *t = arg;

	log_frames_feed(&t->frames, data, len, on_line, t);
	return !t->stream->dead;
}

/* --- one container ------------------------------------------------------- */

static void
on_end(const struct http_reply *r, void *arg)
{
	struct tail *t = arg;
	struct log_stream *s = t->stream;
	char *why = NULL;

	t->transfer = NULL;
	log_frames_end(&t->frames, on_line, t);
	if (s->dead)
		return;
	if (r->status != 0 && r->status != 200) {
		why = docker_error(r->status, r->body, r->body_len);
		t->over = true;
	} else if (r->error) {
		why = xstrdup(r->error);
	}
	t->over |= !s->r.follow;
	if (why && !s->error)
		s->error = xasprintf("%s: %s", t->label, why);
	free(why);
	/* Not at once: whatever ended it may have more to say. */
	arm(s, t->over ? 0 : AGAIN_MS);
}

static void
tail_start(struct tail *t)
{
	struct log_stream *s = t->stream;
	struct http_request r = {
		.connect_timeout_ms = PATIENCE_MS, .data = on_data,
		.done = on_end, .arg = t,
	};
	struct buf path = BUF_INIT(8192);
	bool again = t->begun && t->last_ns != TIME_UNKNOWN;

	log_frames_release(&t->frames);
	log_frames_init(&t->frames, LOG_LINE_MAX);
	buf_addf(&path, "/containers/%s/logs?stdout=true&stderr=true"
	    "&timestamps=true&follow=%s", t->container,
	    s->r.follow ? "true" : "false");
	if (!again && s->r.tail >= 0)
		buf_addf(&path, "&tail=%d", s->r.tail);
	else
		buf_adds(&path, "&tail=all");
	if (again)
		buf_addf(&path, "&since=%lld.%09lld",
		    (long long)((t->last_ns + 1) / 1000000000),
		    (long long)((t->last_ns + 1) % 1000000000));
	else if (s->r.since != TIME_UNKNOWN && s->r.since > 0)
		buf_addf(&path, "&since=%lld.%03lld",
		    (long long)(s->r.since / 1000),
		    (long long)(s->r.since % 1000));
	/* Only what is new was wanted: what is new from now on, then. */
	if (!t->begun && s->r.follow && s->r.tail == 0)
		t->last_ns = clock_wall() * 1000000;
	t->begun = true;
	t->transfer = docker_get(s->o->docker, buf_str(&path), &r);
	if (s->paused)
		http_pause(t->transfer, true);
	buf_release(&path);
}

/* --- the stream ---------------------------------------------------------- */

static char *
label_of(const struct service *v)
{
	if (v->number > 1)
		return xasprintf("%s-%d", v->name, v->number);
	return xstrdup(v->name);
}

static bool
is_wanted(const struct log_stream *s, const struct service *v,
    const char *label)
{
	size_t i;

	if (!s->services || !s->services[0])
		return true;
	for (i = 0; s->services[i]; i++)
		if (!strcmp(s->services[i], v->name) ||
		    !strcmp(s->services[i], label))
			return true;
	return false;
}

static struct tail *
tail_of(struct log_stream *s, const struct service *v)
{
	struct tail *t;
	char *label;

	LIST_FOREACH(t, &s->tails, link)
		if (!strcmp(t->container, v->container))
			return t;
	label = label_of(v);
	if (!is_wanted(s, v, label)) {
		free(label);
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->stream = s;
	t->container = xstrdup(v->container);
	t->label = label;
	t->last_ns = TIME_UNKNOWN;
	log_frames_init(&t->frames, LOG_LINE_MAX);
	LIST_INSERT_HEAD(&s->tails, t, link);
	return t;
}

static bool
all_over(const struct log_stream *s)
{
	const struct tail *t;

	LIST_FOREACH(t, &s->tails, link)
		if (!t->over || t->transfer)
			return false;
	return true;
}

/* Ask those that are not being asked and have something to say. */
static void
attach(struct log_stream *s)
{
	struct environment *env = observer_environment(s->o);
	size_t i;

	for (i = 0; i < env->service_count; i++) {
		const struct service *v = &env->services[i];
		struct tail *t = tail_of(s, v);

		if (t && !t->transfer && !t->over &&
		    (!t->begun || v->state == CONTAINER_RUNNING))
			tail_start(t);
	}
}

static void
forget_gone(struct log_stream *s)
{
	struct environment *env = observer_environment(s->o);
	struct tail *t, *next;

	for (t = LIST_FIRST(&s->tails); t; t = next) {
		next = LIST_NEXT(t, link);
		if (!t->transfer && !environment_service(env, t->container))
			tail_free(t);
	}
}

static void
nothing_to_read(struct log_stream *s)
{
	char *error = NULL;

	if (s->services && s->services[0])
		error = xasprintf("%s has no service named %s%s",
		    s->o->conf->name, s->services[0],
		    s->services[1] ? ", nor the others" : "");
	if (error || !s->r.follow)
		stream_end(s, error);
	free(error);
}

static void
stream_update(struct log_stream *s)
{
	bool first = !s->begun;

	if (s->dead)
		return;
	if (!docker_up(s->o->docker)) {
		const char *why = docker_why(s->o->docker);

		if (first && why)
			stream_end(s, why);
		else if (first && clock_mono() >= s->patience)
			stream_end(s, "the engine has not answered yet");
		else if (first)
			arm(s, AGAIN_MS);
		return;
	}
	s->begun = true;
	if (!first && s->r.follow)
		forget_gone(s);
	if (first || s->r.follow)
		attach(s);
	if (first && LIST_EMPTY(&s->tails))
		nothing_to_read(s);
	else if (!LIST_EMPTY(&s->tails) && all_over(s))
		stream_end(s, s->error);
}

void
logs_update(struct observer *o)
{
	struct log_stream *s, *next;

	for (s = LIST_FIRST(&o->logs); s; s = next) {
		next = LIST_NEXT(s, link);
		stream_update(s);
	}
}

void
logs_end(struct observer *o, const char *error)
{
	struct log_stream *s;

	LIST_FOREACH(s, &o->logs, link)
		stream_end(s, error);
	while ((s = LIST_FIRST(&o->logs)))
		stream_free(s);
}

static char **
names_copy(const char *const *names)
{
	size_t i, n = 0;
	char **copy;

	while (names && names[n])
		n++;
	copy = xcalloc(n + 1, sizeof(*copy));
	for (i = 0; i < n; i++)
		copy[i] = xstrdup(names[i]);
	return copy;
}

struct log_stream *
observer_logs(struct observer *o, const struct log_request *r)
{
	struct log_stream *s = xcalloc(1, sizeof(*s));

	s->o = o;
	s->r = *r;
	s->services = names_copy(r->services);
	s->r.services = NULL;
	LIST_INIT(&s->tails);
	LIST_INSERT_HEAD(&o->logs, s, link);
	s->patience = clock_mono() + PATIENCE_MS;
	arm(s, 0);
	return s;
}
