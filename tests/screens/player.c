#include "player.h"

#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"

#define CLIENTS (PLAYER_FDS - 1)

struct guest {
	int fd;			/* 0: free */
	struct buf in;
	int log_id;
};

struct player {
	char *socket, *fixture, *directory;
	const char *role;
	int listener;		/* -1: none */
	struct guest guests[CLIENTS];
	struct buf asked;	/* operations, each with a line feed */
};

/* Text of a fixture with its relative times made absolute. */
static void
dated(const char *text, struct buf *out)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000},
	    {'d', 86400000}};
	char stamp[CLOCK_TEXT_MAX];
	const char *at;
	size_t i;

	while ((at = strstr(text, "\"@"))) {
		int64_t ms = 0, now = clock_wall();
		const char *p = at + 3;

		buf_add(out, text, at - text);
		while (isdigit((unsigned char)*p))
			ms = ms * 10 + (*p++ - '0');
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
			if (units[i].unit == *p)
				ms *= units[i].ms;
		}
		ms = at[2] == '+' ? ms + 30 * 60000 : -ms;
		buf_addf(out, "\"%s\"", clock_rfc3339(now + ms, stamp));
		text = strchr(p, '"') + 1;
	}
	buf_adds(out, text);
}

static void
load(const char *path, struct buf *out)
{
	struct buf raw = BUF_INIT(16 << 20);
	struct err e;

	ck_assert_msg(files_read(path, &raw, &e) == 0, "%s", e.text);
	dated(buf_str(&raw), out);
	buf_release(&raw);
}

static void
drop(struct guest *g)
{
	close(g->fd);
	buf_release(&g->in);
	memset(g, 0, sizeof(*g));
}

/* Line feeds within the JSON become spaces: a message is one line. */
static void
tell(struct guest *g, struct buf *message)
{
	size_t i, n = 0;
	ssize_t rc;

	for (i = 0; i < message->len; i++) {
		if (message->data[i] == '\n')
			message->data[i] = ' ';
	}
	buf_addc(message, '\n');
	while (n < message->len) {
		rc = send(g->fd, message->data + n, message->len - n,
		    MSG_NOSIGNAL);
		if (rc < 0 && errno != EINTR)
			break;
		n += rc > 0 ? rc : 0;
	}
	buf_release(message);
}

static void
tell_file(struct player *p, struct guest *g, int id, const char *name,
    const char *type, const char *member)
{
	struct buf b = BUF_INIT(16 << 20);
	char *path = xasprintf("%s/%s", p->directory, name);

	buf_addf(&b, "{\"id\":%d,\"final\":false,\"type\":\"%s\",\"%s\":",
	    id, type, member);
	load(path, &b);
	buf_adds(&b, "}");
	free(path);
	tell(g, &b);
}

/* commits.json has the lists by "from..to"; what is not there has none. */
static void
tell_commits(struct player *p, struct guest *g, int id, const struct json *m)
{
	struct buf b = BUF_INIT(16 << 20), list = BUF_INIT(1 << 20);
	char *path = xasprintf("%s/commits.json", p->directory);
	char *key = xasprintf("%s..%s", json_text(json_get(m, "from"), ""),
	    json_text(json_get(m, "to"), ""));
	struct json *all;
	struct err e = {""};

	load(path, &b);
	all = json_parse(buf_str(&b), b.len, &e);
	ck_assert_msg(all != NULL, "%s: %s", path, e.text);
	if (json_get(all, key))
		json_print(json_get(all, key), &list);
	buf_clear(&b);
	buf_addf(&b, "{\"id\":%d,\"final\":true,\"type\":\"commits\","
	    "\"commits\":%s,\"more\":false}", id,
	    list.len > 0 ? buf_str(&list) : "[]");
	buf_release(&list);
	json_free(all);
	free(key);
	free(path);
	tell(g, &b);
}

/* run-ID.json has one run; those without a file are not known to this server.
 */
static void
tell_run(struct player *p, struct guest *g, int id, const struct json *m)
{
	struct buf b = BUF_INIT(1 << 20);
	char *path = xasprintf("%s/run-%lld.json", p->directory,
	    (long long)json_int(json_get(m, "run"), 0));

	buf_addf(&b, "{\"id\":%d,\"final\":true,", id);
	if (access(path, R_OK) == 0) {
		buf_adds(&b, "\"type\":\"run\",\"run\":");
		load(path, &b);
	} else {
		buf_adds(&b, "\"type\":\"error\",\"code\":\"unknown_op\","
		    "\"text\":\"unknown operation\"");
	}
	buf_adds(&b, "}");
	free(path);
	tell(g, &b);
}

/* The plan in plan-ACT-ENVIRONMENT-VERSION.json, or without the version. */
static void
tell_plan(struct player *p, struct guest *g, int id, const struct json *m)
{
	const char *act = json_text(json_get(m, "act"), "");
	const char *environment = json_text(json_get(m, "environment"), "");
	struct buf b = BUF_INIT(1 << 20);
	char *path = xasprintf("%s/plan-%s-%s-%s.json", p->directory, act,
	    environment, json_text(json_get(m, "version"), "none"));

	if (access(path, R_OK) != 0) {
		free(path);
		path = xasprintf("%s/plan-%s-%s.json", p->directory, act,
		    environment);
	}
	buf_addf(&b, "{\"id\":%d,\"final\":true,", id);
	if (access(path, R_OK) == 0) {
		buf_adds(&b, "\"type\":\"plan\",\"plan\":");
		load(path, &b);
	} else {
		buf_addf(&b, "\"type\":\"error\",\"code\":\"not_found\","
		    "\"text\":\"no runbook does that to %s\"", environment);
	}
	buf_adds(&b, "}");
	free(path);
	tell(g, &b);
}

/* A plan's id says what becomes of it: "ok/WORD/RUN" starts when the word is
 * right, "CODE/WORD/TEXT" is refused. */
static void
tell_confirm(struct guest *g, int id, const struct json *m)
{
	const char *plan = json_text(json_get(m, "plan"), "?/?/?");
	const char *word = strchr(plan, '/') + 1, *rest = strchr(word, '/');
	const char *typed = json_text(json_get(m, "word"), "");
	struct buf b = BUF_INIT(1 << 16);

	buf_addf(&b, "{\"id\":%d,\"final\":true,", id);
	if (strlen(typed) != (size_t)(rest - word) ||
	    strncmp(typed, word, strlen(typed)) != 0)
		buf_adds(&b, "\"type\":\"error\",\"code\":\"wrong_word\","
		    "\"text\":\"that is not the word: nothing was done\"}");
	else if (strncmp(plan, "ok/", 3) == 0)
		buf_addf(&b, "\"type\":\"started\",\"run\":\"%s\"}",
		    rest + 1);
	else
		buf_addf(&b, "\"type\":\"error\",\"code\":\"%.*s\","
		    "\"text\":\"%s\"}", (int)strcspn(plan, "/"), plan,
		    rest + 1);
	tell(g, &b);
}

/* paper.txt, output.txt */
static void
tell_text(struct player *p, struct guest *g, int id, const char *type)
{
	struct buf b = BUF_INIT(16 << 20), text = BUF_INIT(1 << 20);
	char *path = xasprintf("%s/%s.txt", p->directory, type);
	struct json *body = json_object();

	load(path, &text);
	json_set_int(body, "id", id);
	json_set_bool(body, "final", true);
	json_set_text(body, "type", type);
	json_set_text(body, "text", buf_str(&text));
	json_print(body, &b);
	json_free(body);
	buf_release(&text);
	free(path);
	tell(g, &b);
}

/* "mark version=v1.4.0 mark=bad reason=slow": what a test may look for. */
static void
remember(struct player *p, const char *op, const struct json *m)
{
	const struct json *v;

	buf_addf(&p->asked, "%s\n%s", op, op);
	for (v = json_first(m); v; v = json_next(v))
		if (json_is_string(v) && strcmp(json_key(v), "op") != 0)
			buf_addf(&p->asked, " %s=%s", json_key(v),
			    json_text(v, ""));
	buf_addc(&p->asked, '\n');
}

static void
answer(struct player *p, struct guest *g, int id, const char *op,
    const struct json *m)
{
	struct buf b = BUF_INIT(16 << 20);

	if (strcmp(op, "hello") == 0) {
		buf_addf(&b, "{\"id\":%d,\"type\":\"welcome\",\"protocol\":1,"
		    "\"version\":\"0.1.0\",\"role\":\"%s\",\"pid\":1,"
		    "\"final\":true}", id, p->role);
	} else if (strcmp(op, "subscribe") == 0) {
		buf_addf(&b, "{\"id\":%d,\"type\":\"snapshot\",\"final\":true,"
		    "\"model\":", id);
		load(p->fixture, &b);
		buf_adds(&b, "}");
	} else if (strcmp(op, "logs") == 0) {
		g->log_id = id;
		tell_file(p, g, id, "logs.json", "log", "lines");
		return;
	} else if (strcmp(op, "events") == 0) {
		tell_file(p, g, id, "events.json", "events", "events");
		return;
	} else if (strcmp(op, "commits") == 0) {
		tell_commits(p, g, id, m);
		return;
	} else if (strcmp(op, "run") == 0) {
		tell_run(p, g, id, m);
		return;
	} else if (strcmp(op, "paper") == 0 || strcmp(op, "output") == 0) {
		tell_text(p, g, id, op);
		return;
	} else if (strcmp(op, "cancel") == 0) {
		return;
	} else if (strcmp(p->role, "operator") != 0) {
		buf_addf(&b, "{\"id\":%d,\"type\":\"error\",\"final\":true,"
		    "\"code\":\"not_permitted\",\"text\":\"that needs the "
		    "operator's role\"}", id);
	} else if (strcmp(op, "plan") == 0) {
		tell_plan(p, g, id, m);
		return;
	} else if (strcmp(op, "confirm") == 0) {
		tell_confirm(g, id, m);
		return;
	} else if (strcmp(op, "shell") == 0) {
		buf_addf(&b, "{\"id\":%d,\"type\":\"shell\",\"final\":true,"
		    "\"argv\":[\"sh\",\"-c\",\"echo in the shell; read line; "
		    "exit 3\"]}", id);
	} else if (strcmp(op, "history") == 0) {
		buf_addf(&b, "{\"id\":%d,\"type\":\"error\",\"final\":true,"
		    "\"code\":\"failed\",\"text\":\"no history is kept\"}",
		    id);
	} else {
		buf_addf(&b, "{\"id\":%d,\"type\":\"done\",\"final\":true}",
		    id);
	}
	tell(g, &b);
}

static void
take(struct player *p, struct guest *g, const char *line, size_t len)
{
	struct err e = {""};
	struct json *m = json_parse(line, len, &e);
	const char *op = json_text(json_get(m, "op"), "");

	ck_assert_msg(m != NULL, "the client sent %.*s: %s", (int)len, line,
	    e.text);
	remember(p, op, m);
	answer(p, g, (int)json_int(json_get(m, "id"), 0), op, m);
	json_free(m);
}

static void
hear(struct player *p, struct guest *g)
{
	char bytes[65536], *end;
	ssize_t n = recv(g->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(g);
		return;
	}
	buf_add(&g->in, bytes, n);
	while (g->fd && g->in.len > 0 &&
	    (end = memchr(g->in.data, '\n', g->in.len))) {
		size_t len = end - g->in.data;

		take(p, g, g->in.data, len);
		buf_consume(&g->in, len + 1);
	}
}

struct player *
player_new(const char *socket, const char *fixture, const char *role)
{
	struct player *p = xcalloc(1, sizeof(*p));
	char *slash;

	p->socket = xstrdup(socket);
	p->fixture = xstrdup(fixture);
	p->directory = xstrdup(fixture);
	slash = strrchr(p->directory, '/');
	*slash = '\0';
	p->role = role ? role : "operator";
	p->listener = -1;
	buf_init(&p->asked, 1 << 20);
	return p;
}

void
player_free(struct player *p)
{
	player_stop(p);
	buf_release(&p->asked);
	free(p->socket);
	free(p->fixture);
	free(p->directory);
	free(p);
}

void
player_listen(struct player *p)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", p->socket);
	unlink(p->socket);
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(p->listener, 0);
	ck_assert_int_eq(bind(p->listener, (struct sockaddr *)&a, sizeof(a)),
	    0);
	ck_assert_int_eq(listen(p->listener, 8), 0);
}

void
player_stop(struct player *p)
{
	int i;

	if (p->listener >= 0)
		close(p->listener);
	p->listener = -1;
	for (i = 0; i < CLIENTS; i++) {
		if (p->guests[i].fd)
			drop(&p->guests[i]);
	}
}

int
player_polls(struct player *p, struct pollfd *fds)
{
	int n = 0, i;

	if (p->listener >= 0)
		fds[n++] = (struct pollfd){p->listener, POLLIN, 0};
	for (i = 0; i < CLIENTS; i++) {
		if (p->guests[i].fd)
			fds[n++] = (struct pollfd){p->guests[i].fd, POLLIN, 0};
	}
	return n;
}

static void
welcome_guest(struct player *p)
{
	int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC), i;

	for (i = 0; i < CLIENTS && fd >= 0; i++) {
		if (p->guests[i].fd)
			continue;
		p->guests[i].fd = fd;
		buf_init(&p->guests[i].in, 1 << 20);
		return;
	}
	ck_assert_msg(fd < 0, "more clients than the stage has room for");
}

void
player_turn(struct player *p, const struct pollfd *fds, int count)
{
	int i, k;

	for (i = 0; i < count; i++) {
		if (!fds[i].revents)
			continue;
		if (fds[i].fd == p->listener) {
			welcome_guest(p);
			continue;
		}
		for (k = 0; k < CLIENTS; k++) {
			if (p->guests[k].fd == fds[i].fd)
				hear(p, &p->guests[k]);
		}
	}
}

void
player_change(struct player *p, const char *model)
{
	int k;

	for (k = 0; k < CLIENTS; k++) {
		struct buf b = BUF_INIT(16 << 20);

		if (!p->guests[k].fd)
			continue;
		buf_adds(&b, "{\"type\":\"change\",\"model\":");
		dated(model, &b);
		buf_adds(&b, "}");
		tell(&p->guests[k], &b);
	}
}

void
player_log(struct player *p, const char *lines)
{
	int k;

	for (k = 0; k < CLIENTS; k++) {
		struct guest *g = &p->guests[k];
		struct buf b = BUF_INIT(16 << 20);

		if (!g->fd || !g->log_id)
			continue;
		buf_addf(&b, "{\"id\":%d,\"final\":false,\"type\":\"log\",\"lines\":",
		    g->log_id);
		dated(lines, &b);
		buf_adds(&b, "}");
		tell(g, &b);
	}
}

bool
player_asked(struct player *p, const char *op)
{
	char *line = xasprintf("%s\n", op);
	const char *found = strstr(buf_str(&p->asked), line);

	free(line);
	if (found)
		buf_clear(&p->asked);
	return found != NULL;
}
