/* Logs and events on their way to a peer. See internal.h. */
#include "server/internal.h"

#include "base/alloc.h"

/* Lines in one message: enough to make the envelope cheap, few enough that the
 * first screen does not wait. */
#define BATCH_MAX 200
#define SERVICES_MAX 64

struct stream {
	struct stream *next;
	struct peer *peer;
	int id;
	struct log_stream *log;		/* NULL for events */
	char *environment;		/* of events; NULL: all */
	struct json *batch;		/* array, or NULL */
	size_t batch_count;
	bool held;
	uint64_t held_at;	/* of events: the last before it was held */
};

static struct stream *
stream_new(struct peer *p, int id)
{
	struct stream *st = xcalloc(1, sizeof(*st));
	struct stream **list = peer_streams(p);

	st->peer = p;
	st->id = id;
	st->next = *list;
	*list = st;
	return st;
}

static void
stream_free(struct stream *st)
{
	struct stream **at = peer_streams(st->peer);

	while (*at != st)
		at = &(*at)->next;
	*at = st->next;
	if (st->log)
		log_stream_cancel(st->log);
	json_free(st->batch);
	free(st->environment);
	free(st);
}

static void
flush(struct stream *st)
{
	struct json *m;

	if (!st->batch)
		return;
	m = json_object();
	json_set(m, st->log ? "lines" : "events", st->batch);
	st->batch = NULL;
	st->batch_count = 0;
	peer_send(st->peer, st->id, st->log ? "log" : "events", m, false);
	if (!st->held && peer_congested(st->peer)) {
		st->held = true;
		st->held_at = peer_server(st->peer)->event_total;
		if (st->log)
			log_stream_pause(st->log, true);
	}
}

static void
add(struct stream *st, struct json *item)
{
	if (!st->batch)
		st->batch = json_array();
	json_append(st->batch, item);
	if (++st->batch_count >= BATCH_MAX)
		flush(st);
}

static bool
room_for_stream(struct peer *p, int id)
{
	struct stream *st;
	int n = 0;

	for (st = *peer_streams(p); st; st = st->next)
		n++;
	if (n < PEER_STREAMS_MAX)
		return true;
	peer_error(p, id, "too_many", "too many streams are open");
	return false;
}

/* --- logs ----------------------------------------------------------------- */

static void
log_line(void *arg, const struct log_line *line)
{
	struct json *item = json_object();

	json_set_time(item, "at", line->at);
	json_set_text(item, "service", line->service);
	json_set_text(item, "text", line->text);
	json_set_bool(item, "stderr", line->is_stderr);
	json_set_bool(item, "cut", line->cut);
	add(arg, item);
}

static void
log_end(void *arg, const char *error)
{
	struct stream *st = arg;
	struct json *m = json_object();

	flush(st);
	st->log = NULL;
	json_set_text(m, "error", error);
	peer_send(st->peer, st->id, "end", m, true);
	stream_free(st);
}

/* The names asked for; NULL-ended, borrowed from m. -1 when they are not an
 * array of at most SERVICES_MAX texts. */
static int
service_names(const struct json *m, const char *names[SERVICES_MAX + 1])
{
	const struct json *list = json_get(m, "services"), *item;
	size_t n = 0;

	if (!json_is_null(list) && !json_is_array(list))
		return -1;
	for (item = json_first(list); item; item = json_next(item)) {
		if (n == SERVICES_MAX || !json_is_string(item))
			return -1;
		names[n++] = json_text(item, "");
	}
	names[n] = NULL;
	return 0;
}

void
stream_logs(struct peer *p, int id, const struct json *m)
{
	const char *names[SERVICES_MAX + 1];
	const char *environment = json_text(json_get(m, "environment"), "");
	struct observer *o = watch_observer(peer_server(p), environment);
	struct log_request r = {
		.services = names,
		.follow = json_bool(json_get(m, "follow"), false),
		.tail = (int)json_int(json_get(m, "tail"), 200),
		.since = json_time(json_get(m, "since")),
		.line = log_line,
		.end = log_end,
	};
	struct stream *st;

	if (!o) {
		peer_error(p, id, "not_found", "there is no such environment");
		return;
	}
	if (service_names(m, names) == -1) {
		peer_error(p, id, "bad_argument", "services is an array of at "
		    "most 64 names");
		return;
	}
	if (!room_for_stream(p, id))
		return;
	st = stream_new(p, id);
	r.arg = st;
	st->log = observer_logs(o, &r);
}

/* --- events --------------------------------------------------------------- */

static bool
matches(const struct stream *st, const struct json *ev)
{
	return !st->environment || strcmp(st->environment,
	    json_text(json_get(ev, "environment"), "")) == 0;
}

static const struct json *
remembered(const struct server *s, size_t i)
{
	return s->events[(s->event_head + i) % SERVER_EVENTS_MAX];
}

/* The last `tail` remembered events that the stream wants. */
static void
send_remembered(struct server *s, struct stream *st, int64_t tail)
{
	size_t i, first = s->event_count;

	while (first > 0 && tail > 0)
		if (matches(st, remembered(s, --first)))
			tail--;
	for (i = first; i < s->event_count; i++)
		if (matches(st, remembered(s, i)))
			add(st, json_copy(remembered(s, i)));
	flush(st);
}

void
stream_events(struct peer *p, int id, const struct json *m)
{
	const char *environment = json_text(json_get(m, "environment"), NULL);
	struct server *s = peer_server(p);
	struct stream *st;

	if (environment && !watch_observer(s, environment)) {
		peer_error(p, id, "not_found", "there is no such environment");
		return;
	}
	if (!room_for_stream(p, id))
		return;
	st = stream_new(p, id);
	st->environment = xstrdup_or_null(environment);
	send_remembered(s, st, json_int(json_get(m, "tail"), 100));
	if (!json_bool(json_get(m, "follow"), false)) {
		peer_send(p, id, "end", NULL, true);
		stream_free(st);
	}
}

/* What a held stream has missed, as far as it is remembered. */
static void
send_missed(struct server *s, struct stream *st)
{
	uint64_t missed = s->event_total - st->held_at;
	size_t i = missed < s->event_count ? s->event_count - missed : 0;

	for (; i < s->event_count; i++)
		if (matches(st, remembered(s, i)))
			add(st, json_copy(remembered(s, i)));
	flush(st);
}

static void
event_to(struct peer *p, void *arg)
{
	struct stream *st;

	for (st = *peer_streams(p); st; st = st->next)
		if (!st->log && !st->held && matches(st, arg))
			add(st, json_copy(arg));
}

void
streams_event(struct server *s, const char *environment,
    const struct container_event *ev)
{
	struct json *item = json_object(), **slot;

	json_set_time(item, "at", ev->at);
	json_set_text(item, "environment", environment);
	json_set_text(item, "service", ev->service);
	json_set_text(item, "container", ev->container);
	json_set_text(item, "container_name", ev->container_name);
	json_set_text(item, "action", ev->action);
	if (ev->exit_code >= 0)
		json_set_int(item, "exit_code", ev->exit_code);
	else
		json_set_null(item, "exit_code");
	if (s->event_count == SERVER_EVENTS_MAX) {
		slot = &s->events[s->event_head];
		s->event_head = (s->event_head + 1) % SERVER_EVENTS_MAX;
		json_free(*slot);
	} else {
		slot = &s->events[(s->event_head + s->event_count++) %
		    SERVER_EVENTS_MAX];
	}
	*slot = item;
	s->event_total++;
	peers_each(s, event_to, item);
}

/* --- all streams of a peer ------------------------------------------------ */

static struct stream *
find(struct peer *p, int id)
{
	struct stream *st = *peer_streams(p);

	while (st && st->id != id)
		st = st->next;
	return st;
}

bool
streams_has(struct peer *p, int id)
{
	return find(p, id) != NULL;
}

void
streams_cancel(struct peer *p, int id)
{
	struct stream *st = find(p, id);

	if (st)
		stream_free(st);
}

void
streams_free(struct peer *p)
{
	while (*peer_streams(p))
		stream_free(*peer_streams(p));
}

void
streams_resume(struct peer *p)
{
	struct stream *st;

	for (st = *peer_streams(p); st; st = st->next)
		if (st->held) {
			st->held = false;
			if (st->log)
				log_stream_pause(st->log, false);
			else
				send_missed(peer_server(p), st);
		}
}

void
streams_flush(struct peer *p)
{
	struct stream *st;

	for (st = *peer_streams(p); st; st = st->next)
		flush(st);
}
