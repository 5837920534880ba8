#include "client/client.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/protocol.h"
#include "io/child.h"
#include "io/lines.h"
#include "model/model-json.h"

#define LINE_MAX_BYTES (16 * 1024 * 1024)
#define QUEUE_MAX (1024 * 1024)
#define RETRY_FIRST_MS 200
#define RETRY_MAX_MS 5000
/* Between two attempts to start a server: one that ends at once must not be
 * started in a circle. */
#define START_AGAIN_MS 5000
#define START_DEADLINE_MS 15000
#define HELLO_ID 1
#define SUBSCRIBE_ID 2
#define FIRST_ID 10

struct request {
	struct request *next;
	int id;
	char *line;		/* NULL once sent */
	client_reply_fn *fn;
	void *arg;
};

struct client {
	struct loop *loop;
	struct client_options o;
	char *socket, *config;
	struct lines *lines;
	bool greeted, denied;
	pid_t server_pid;	/* 0 when unknown */
	struct loop_timer *retry;
	int64_t retry_ms;
	struct children *children;
	struct child *starter;
	int64_t started_at;	/* mono: the last attempt to start a server */
	struct model model;
	enum client_state state;
	enum role role;
	char *text;
	int64_t heard_at;
	struct request *requests;
	int next_id;
};

static void try_connect(struct client *c);
static void connection_lost(struct client *c, const char *why);

/* --- state ---------------------------------------------------------------- */

static void
set_state(struct client *c, enum client_state state, const char *text)
{
	int changed = xstrset(&c->text, text);

	if (c->state == state && !changed)
		return;
	c->state = state;
	if (c->o.handlers.state)
		c->o.handlers.state(c->o.handlers.arg);
}

static void
retry_now(void *arg)
{
	struct client *c = arg;

	c->retry = NULL;
	try_connect(c);
}

static void
retry_later(struct client *c)
{
	if (c->retry || c->state == CLIENT_REFUSED)
		return;
	c->retry = loop_timer(c->loop, c->retry_ms, retry_now, c);
	c->retry_ms *= 2;
	if (c->retry_ms > RETRY_MAX_MS)
		c->retry_ms = RETRY_MAX_MS;
}

/* --- requests ------------------------------------------------------------- */

static struct request **
find_request(struct client *c, int id)
{
	struct request **at = &c->requests;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static void
drop_request(struct request **at)
{
	struct request *r = *at;

	*at = r->next;
	free(r->line);
	free(r);
}

static void
send_waiting(struct client *c)
{
	struct request *r;

	for (r = c->requests; r; r = r->next) {
		if (!r->line ||
		    lines_send(c->lines, r->line, strlen(r->line)) == -1)
			continue;
		free(r->line);
		r->line = NULL;
	}
}

static char *
encode(int id, const char *op, struct json *arguments)
{
	struct buf b = BUF_INIT(QUEUE_MAX);
	struct json *m = arguments ? arguments : json_object();

	json_set_int(m, "id", id);
	json_set_text(m, "op", op);
	json_print(m, &b);
	json_free(m);
	return buf_detach(&b);
}

static void
send_now(struct client *c, int id, const char *op, struct json *arguments)
{
	char *line = encode(id, op, arguments);

	lines_send(c->lines, line, strlen(line));
	free(line);
}

int
client_request(struct client *c, const char *op, struct json *arguments,
    client_reply_fn *fn, void *arg)
{
	struct request *r = xcalloc(1, sizeof(*r)), **at = &c->requests;

	r->id = c->next_id++;
	r->fn = fn;
	r->arg = arg;
	r->line = encode(r->id, op, arguments);
	while (*at)
		at = &(*at)->next;
	*at = r;
	if (c->greeted)
		send_waiting(c);
	return r->id;
}

void
client_cancel(struct client *c, int id)
{
	struct request **at = find_request(c, id);
	struct json *m;

	if (!*at)
		return;
	if (!(*at)->line && c->greeted) {
		m = json_object();
		json_set_int(m, "target", id);
		send_now(c, c->next_id++, "cancel", m);
	}
	drop_request(at);
}

/* --- messages ------------------------------------------------------------- */

static void
refused(struct client *c, const struct json *m)
{
	const char *code = json_text(json_get(m, "code"), "");
	const char *text = json_text(json_get(m, "text"), "");
	char *whole;

	c->denied = strcmp(code, "not_permitted") == 0;
	/* To stop a server takes speaking its protocol: a signal does not. */
	if (strcmp(code, "version") == 0)
		whole = xasprintf(_("%s: end it with kill %d, or systemctl "
		    "restart vigie, and start vigie again"), text,
		    (int)c->server_pid);
	else
		whole = xstrdup(text);
	set_state(c, CLIENT_REFUSED, whole);
	free(whole);
}

static void
welcomed(struct client *c, const struct json *m)
{
	const char *role = json_text(json_get(m, "role"), "");

	c->greeted = true;
	c->retry_ms = RETRY_FIRST_MS;
	c->role = strcmp(role, "operator") == 0 ? ROLE_OPERATOR : ROLE_VIEWER;
	if (c->o.subscribe)
		send_now(c, SUBSCRIBE_ID, "subscribe", NULL);
	else
		set_state(c, CLIENT_LIVE, "");
	send_waiting(c);
}

static void
take_model(struct client *c, const struct json *m, bool whole)
{
	const struct json *v = json_get(m, "model");
	struct err e;
	int result = whole ? model_from_json(&c->model, v, &e) :
	    model_apply_json(&c->model, v, &e);
	char *why;

	if (result == -1) {
		why = xasprintf(_("the server sent what vigie cannot read: "
		    "%s"), e.text);
		connection_lost(c, why);
		free(why);
		return;
	}
	if (c->o.handlers.changed)
		c->o.handlers.changed(c->o.handlers.arg);
	model_changes_clear(&c->model);
	if (whole)
		set_state(c, CLIENT_LIVE, "");
}

static void
answered(struct client *c, int id, const struct json *m)
{
	struct request **at = find_request(c, id), *r;
	bool final = json_bool(json_get(m, "final"), false);
	client_reply_fn *fn;
	void *arg;

	if (!*at)
		return;
	r = *at;
	fn = r->fn;
	arg = r->arg;
	if (final)
		drop_request(at);
	if (fn)
		fn(arg, m, final);
}

static void
message(struct client *c, const struct json *m)
{
	const char *type = json_text(json_get(m, "type"), "");
	int id = (int)json_int(json_get(m, "id"), 0);

	if (strcmp(type, "snapshot") == 0 || strcmp(type, "change") == 0)
		take_model(c, m, *type == 's');
	else if (id == HELLO_ID && strcmp(type, "welcome") == 0)
		welcomed(c, m);
	else if (id == HELLO_ID || (id == 0 && strcmp(type, "error") == 0))
		refused(c, m);
	else
		answered(c, id, m);
}

static void
on_line(void *arg, const char *text, size_t len)
{
	struct client *c = arg;
	struct json *m = json_parse(text, len, NULL);

	c->heard_at = clock_wall();
	if (m)
		message(c, m);
	else
		connection_lost(c, _("the server sent what is not JSON"));
	json_free(m);
}

static void
on_closed(void *arg, const char *why)
{
	connection_lost(arg, why);
}

/* --- the connection ------------------------------------------------------- */

/* Tell those whose request was under way. Those not yet sent keep waiting. */
static void
fail_requests(struct client *c, const char *why)
{
	struct json *m = json_object();
	struct request **at = &c->requests;

	json_set_text(m, "type", "error");
	json_set_text(m, "code", "lost");
	json_set_text(m, "text", why);
	while (*at) {
		client_reply_fn *fn = (*at)->fn;
		void *arg = (*at)->arg;

		if ((*at)->line) {
			at = &(*at)->next;
			continue;
		}
		drop_request(at);
		if (fn)
			fn(arg, m, true);
		/* The callback may have changed the list. */
		at = &c->requests;
	}
	json_free(m);
}

static void
connection_lost(struct client *c, const char *why)
{
	char *text;

	if (!c->lines)
		return;
	lines_free(c->lines);
	c->lines = NULL;
	c->greeted = false;
	if (c->state != CLIENT_REFUSED) {
		text = xasprintf(_("lost the server: %s"), why);
		set_state(c, CLIENT_CONNECTING, text);
		free(text);
	}
	fail_requests(c, why);
	retry_later(c);
}

static void
say_hello(struct client *c, int fd)
{
	struct lines_handlers h = {.line = on_line, .closed = on_closed,
				   .arg = c};
	struct json *m = json_object();
	struct ucred cred;
	socklen_t len = sizeof(cred);

	c->server_pid = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) ==
	    0 ? cred.pid : 0;
	c->lines = lines_new(c->loop, fd, LINE_MAX_BYTES, QUEUE_MAX, &h);
	json_set_int(m, "protocol", PROTOCOL_VERSION);
	json_set_text(m, "version", PACKAGE_VERSION);
	json_set_bool(m, "read_only", c->o.read_only);
	json_set_text(m, "tty", ttyname(STDIN_FILENO));
	send_now(c, HELLO_ID, "hello", m);
}

static void
starter_done(const struct child_result *r, void *arg)
{
	struct client *c = arg;
	char *text;

	c->starter = NULL;
	if (!r->error && r->exit_code == 0) {
		try_connect(c);
		return;
	}
	text = xasprintf(_("cannot start the server: %s"),
	    r->error ? r->error : r->err_len ? r->err : _("it gave no reason"));
	text[strcspn(text, "\n")] = '\0';
	set_state(c, CLIENT_REFUSED, text);
	free(text);
}

static void
start_server(struct client *c)
{
	const char *argv[] = {"/proc/self/exe", "server", "--config",
			      c->config, NULL};

	c->started_at = clock_mono();
	if (!c->children)
		c->children = children_new(c->loop, NULL);
	if (!c->children)
		return;
	set_state(c, CLIENT_CONNECTING, _("starting the server"));
	c->starter = child_start(c->children, &(struct child_request){
	    .argv = argv, .deadline_ms = START_DEADLINE_MS,
	    .done = starter_done, .arg = c});
}

static int
open_socket(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd, saved;

	if (strlen(path) >= sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* A local socket connects at once or not at all. */
	if (fd != -1 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static void
try_connect(struct client *c)
{
	int fd = open_socket(c->socket);
	bool nobody = errno == ENOENT || errno == ECONNREFUSED;
	char *text;

	if (fd != -1) {
		say_hello(c, fd);
		return;
	}
	if (nobody && c->o.start_server && c->config && !c->starter &&
	    (c->started_at == TIME_UNKNOWN ||
	    clock_mono() - c->started_at > START_AGAIN_MS)) {
		start_server(c);
		return;
	}
	text = nobody ? xasprintf(_("no server listens on %s"), c->socket) :
	    xasprintf(_("cannot reach the server on %s: %s"), c->socket,
	    strerror(errno));
	set_state(c, CLIENT_CONNECTING, text);
	free(text);
	retry_later(c);
}

struct client *
client_new(struct loop *l, const struct client_options *o)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->loop = l;
	c->o = *o;
	c->socket = xstrdup(o->socket);
	c->config = xstrdup_or_null(o->config);
	c->retry_ms = RETRY_FIRST_MS;
	c->started_at = TIME_UNKNOWN;
	c->heard_at = TIME_UNKNOWN;
	c->next_id = FIRST_ID;
	c->text = xstrdup("");
	model_init(&c->model);
	/* Now, not at the next turn: the first screen waits for it. The
	 * handlers come after, since the caller has no client yet. */
	c->o.handlers = (struct client_handlers){0};
	try_connect(c);
	c->o.handlers = o->handlers;
	return c;
}

void
client_free(struct client *c)
{
	if (!c)
		return;
	while (c->requests)
		drop_request(&c->requests);
	loop_timer_cancel(c->retry);
	lines_free(c->lines);
	child_cancel(c->starter);
	children_free(c->children);
	model_release(&c->model);
	free(c->socket);
	free(c->config);
	free(c->text);
	free(c);
}

const struct model *
client_model(const struct client *c)
{
	return &c->model;
}

enum client_state
client_state(const struct client *c)
{
	return c->state;
}

bool
client_connected(const struct client *c)
{
	return c->lines != NULL;
}

const char *
client_text(const struct client *c)
{
	return c->text;
}

int64_t
client_heard_at(const struct client *c)
{
	return c->heard_at;
}

bool
client_denied(const struct client *c)
{
	return c->denied;
}

enum role
client_role(const struct client *c)
{
	return c->role;
}

void
client_hold(struct client *c, bool hold)
{
	if (c->lines)
		lines_hold(c->lines, hold);
}
