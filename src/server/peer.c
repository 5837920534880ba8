/* Connections: who they are, what is sent to them. See internal.h. */
#include "server/internal.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/protocol.h"
#include "base/text.h"
#include "model/model-json.h"

#define REQUEST_MAX (64 * 1024)
/* What may wait for a peer that does not read: a snapshot of thousands of
 * containers must fit. */
#define QUEUE_MAX (16 * 1024 * 1024)
/* Above this, streams to the peer are held. */
#define CONGESTED (256 * 1024)
/* Above this, changes are left out and a snapshot is owed: more than a snapshot
 * of thousands of containers, or each would be followed by another. */
#define LAGGING (8 * 1024 * 1024)
#define HELLO_MS 5000
#define TTY_MAX 64
/* No more than one refusal in that time is journalled for each. */
#define DENIAL_MS 1000

struct peer {
	struct peer *next;
	struct server *server;
	uint64_t serial;
	struct lines *lines;
	struct loop_timer *hello_timer;
	enum role role;
	char *user;		/* name or number, for the log */
	uid_t uid;
	char *tty;		/* as it says, cleaned; or NULL */
	int64_t denied_at;	/* mono ms: the last refusal journalled */
	bool greeted, subscribed;
	bool lagging;		/* owed a snapshot */
	struct stream *streams;
};

struct server *
peer_server(struct peer *p)
{
	return p->server;
}

uint64_t
peer_serial(const struct peer *p)
{
	return p->serial;
}

struct peer *
peer_find(struct server *s, uint64_t serial)
{
	struct peer *p = s->peers;

	while (p && p->serial != serial)
		p = p->next;
	return p;
}

enum role
peer_role(const struct peer *p)
{
	return p->role;
}

uid_t
peer_uid(const struct peer *p)
{
	return p->uid;
}

const char *
peer_tty(const struct peer *p)
{
	return p->tty;
}

bool
peer_denial_counts(struct peer *p, int64_t now)
{
	if (p->denied_at && now - p->denied_at < DENIAL_MS)
		return false;
	p->denied_at = now;
	return true;
}

struct stream **
peer_streams(struct peer *p)
{
	return &p->streams;
}

const char *
peer_user_name(const struct peer *p)
{
	return p->user;
}

bool
peer_congested(const struct peer *p)
{
	return lines_queued(p->lines) > CONGESTED;
}

static bool
lags(const struct peer *p)
{
	return lines_queued(p->lines) > LAGGING;
}

/* Close in an orderly way: what is queued still goes out. */
static void
peer_end(struct peer *p)
{
	struct peer **at = &p->server->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	p->server->peer_count--;
	streams_free(p);
	loop_timer_cancel(p->hello_timer);
	lines_finish(p->lines);
	gate_forget(p->server->gate, p->serial);
	free(p->user);
	free(p->tty);
	free(p);
}

void
peer_send(struct peer *p, int id, const char *type, struct json *body,
    bool final)
{
	struct buf b = BUF_INIT(QUEUE_MAX);
	struct json *m = body ? body : json_object();

	json_set_text(m, "type", type);
	if (id > 0) {
		json_set_int(m, "id", id);
		json_set_bool(m, "final", final);
	}
	if (json_print(m, &b) == -1 ||
	    lines_send(p->lines, b.data, b.len) == -1)
		log_warn("a message of type %s does not fit in the queue of "
		    "%s", type, p->user);
	/* Whoever does not read what it asked for may not ask for more. */
	if (peer_congested(p))
		lines_hold(p->lines, true);
	buf_release(&b);
	json_free(m);
}

void
peer_error(struct peer *p, int id, const char *code, const char *text)
{
	struct json *m = json_object();

	json_set_text(m, "code", code);
	json_set_text(m, "text", text);
	peer_send(p, id, "error", m, true);
}

static void
send_snapshot(struct peer *p, int id)
{
	struct json *m = json_object();

	json_set(m, "model", model_to_json(&p->server->model, clock_wall()));
	p->lagging = false;
	peer_send(p, id, "snapshot", m, true);
}

void
peer_subscribe(struct peer *p, int id)
{
	p->subscribed = true;
	send_snapshot(p, id);
}

void
peers_snapshot(struct server *s)
{
	struct peer *p;

	for (p = s->peers; p; p = p->next)
		if (p->subscribed && lags(p))
			p->lagging = true;
		else if (p->subscribed)
			send_snapshot(p, 0);
}

void
peers_change(struct server *s, const struct json *change)
{
	struct buf b = BUF_INIT(QUEUE_MAX);
	struct peer *p;

	buf_adds(&b, "{\"type\":\"change\",\"model\":");
	json_print(change, &b);
	buf_adds(&b, "}");
	for (p = s->peers; p; p = p->next) {
		if (!p->subscribed || p->lagging)
			continue;
		if (b.over || lags(p) ||
		    lines_send(p->lines, b.data, b.len) == -1)
			p->lagging = true;
	}
	buf_release(&b);
}

void
peers_each(struct server *s, void (*fn)(struct peer *p, void *arg), void *arg)
{
	struct peer *p, *next;

	for (p = s->peers; p; p = next) {
		next = p->next;
		if (p->greeted)
			fn(p, arg);
	}
}

static void
welcome(struct peer *p, int id)
{
	struct server *s = p->server;
	struct json *m = json_object();
	char when[CLOCK_TEXT_MAX];

	json_set_int(m, "protocol", PROTOCOL_VERSION);
	json_set_text(m, "version", PACKAGE_VERSION);
	json_set_text(m, "role", p->role == ROLE_OPERATOR ? "operator" :
	    "viewer");
	json_set_int(m, "pid", getpid());
	json_set_text(m, "started_at", clock_rfc3339(s->started_at, when));
	json_set_text(m, "config", s->conf->path);
	peer_send(p, id, "welcome", m, true);
}

static void
take_tty(struct peer *p, const char *given)
{
	if (given && *given)
		p->tty = text_clean(given, strnlen(given, TTY_MAX));
}

/* The first request. False when the peer was ended. */
static bool
hello(struct peer *p, int id, const char *op, const struct json *m)
{
	int64_t protocol = json_int(json_get(m, "protocol"), -1);
	char text[256];

	if (strcmp(op, "hello") != 0) {
		peer_error(p, id, "malformed", "hello must come first");
	} else if (protocol != PROTOCOL_VERSION) {
		snprintf(text, sizeof(text), "the server, process %d, is "
		    "vigie %s and speaks protocol %d, not %lld", (int)getpid(),
		    PACKAGE_VERSION, PROTOCOL_VERSION, (long long)protocol);
		peer_error(p, id, "version", text);
	} else if (p->role == ROLE_NONE) {
		log_warn("refused a connection of user %s: neither operator "
		    "nor viewer", p->user);
		snprintf(text, sizeof(text), "user %.64s is neither an "
		    "operator nor a viewer in the configuration", p->user);
		peer_error(p, id, "not_permitted", text);
	} else {
		if (json_bool(json_get(m, "read_only"), false))
			p->role = ROLE_VIEWER;
		take_tty(p, json_text(json_get(m, "tty"), NULL));
		p->greeted = true;
		loop_timer_cancel(p->hello_timer);
		p->hello_timer = NULL;
		welcome(p, id);
		return true;
	}
	peer_end(p);
	return false;
}

static void
line(void *arg, const char *text, size_t len)
{
	struct peer *p = arg;
	struct err e;
	struct json *m = json_parse(text, len, &e);
	int64_t id = json_int(json_get(m, "id"), -1);
	const char *op = json_text(json_get(m, "op"), NULL);

	if (!m)
		peer_error(p, 0, "malformed", e.text);
	else if (id <= 0 || id > INT32_MAX || !op)
		peer_error(p, 0, "malformed", "a request has an id (a "
		    "positive integer) and an op");
	else if (!p->greeted)
		hello(p, (int)id, op, m);
	else
		ops_run(p, (int)id, op, m);
	json_free(m);
}

static void
closed(void *arg, const char *why)
{
	struct peer *p = arg;

	log_debug("lost %s: %s", p->user, why);
	peer_end(p);
}

static void
drained(void *arg)
{
	struct peer *p = arg;

	if (p->lagging)
		send_snapshot(p, 0);
	streams_resume(p);
	if (!peer_congested(p))
		lines_hold(p->lines, false);
}

static void
no_hello(void *arg)
{
	struct peer *p = arg;

	p->hello_timer = NULL;
	peer_error(p, 0, "malformed", "no hello within 5 s");
	peer_end(p);
}

/* Anybody may knock, so those who only do must not keep others out. */
static void
end_oldest_mute(struct server *s)
{
	struct peer *p, *oldest = NULL;

	for (p = s->peers; p; p = p->next)
		if (!p->greeted)
			oldest = p;
	if (oldest)
		peer_end(oldest);
}

void
peer_accept(struct server *s)
{
	struct lines_handlers h = {.line = line, .closed = closed,
				   .drained = drained};
	struct peer *p;
	uid_t uid;
	char *user = NULL;
	int fd = listener_accept(&s->listener);

	if (fd == -1)
		return;
	if (s->peer_count >= SERVER_PEERS_MAX)
		end_oldest_mute(s);
	if (s->peer_count >= SERVER_PEERS_MAX ||
	    peer_user(fd, &uid, &user) == -1) {
		log_warn("refused a connection: %s", s->peer_count >=
		    SERVER_PEERS_MAX ? "too many clients" : "unknown user");
		close(fd);
		return;
	}
	p = xcalloc(1, sizeof(*p));
	p->server = s;
	p->serial = ++s->peer_serial;
	p->role = conf_role(s->conf, uid, user, geteuid());
	p->uid = uid;
	p->user = user ? user : xasprintf("%u", (unsigned)uid);
	h.arg = p;
	p->lines = lines_new(s->loop, fd, REQUEST_MAX, QUEUE_MAX, &h);
	p->hello_timer = loop_timer(s->loop, HELLO_MS, no_hello, p);
	p->next = s->peers;
	s->peers = p;
	s->peer_count++;
}

void
peers_free(struct server *s)
{
	while (s->peers)
		peer_end(s->peers);
}
