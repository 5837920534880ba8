#include "engine.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"

struct engine_peer {
	struct engine *engine;
	struct engine_peer *next;
	int fd;
	struct loop_watch *watch;
	struct buf in, out;
	char *target;		/* of the stream, once it is one */
	bool last;		/* close after `out` */
};

static void
peer_free(struct engine_peer *p)
{
	struct engine_peer **at = &p->engine->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	loop_unwatch(p->watch);
	close(p->fd);
	buf_release(&p->in);
	buf_release(&p->out);
	free(p->target);
	free(p);
}

/* False when the peer is gone. */
static bool
flush(struct engine_peer *p)
{
	ssize_t n = 0;

	while (p->out.len && (n = send(p->fd, p->out.data, p->out.len,
	    MSG_NOSIGNAL)) > 0)
		buf_consume(&p->out, n);
	if (p->last && !p->out.len) {
		peer_free(p);
		return false;
	}
	loop_watch_set(p->watch, LOOP_READ | (p->out.len ? LOOP_WRITE : 0));
	return true;
}

static void
chunk(struct engine_peer *p, const char *data, size_t len)
{
	if (!len)
		return;
	buf_addf(&p->out, "%zx\r\n", len);
	buf_add(&p->out, data, len);
	buf_adds(&p->out, "\r\n");
}

static void
answer(struct engine_peer *p, const char *target)
{
	struct engine *e = p->engine;
	struct engine_reply r = {.status = 200};
	size_t len;

	buf_init(&r.body, 64 << 20);
	buf_addf(&e->seen, "%s\n", target);
	if (e->fn(target, &r, e->arg) == -1) {
		r.status = 404;
		buf_clear(&r.body);
		buf_adds(&r.body, "{\"message\":\"no such thing\"}");
	}
	len = r.body.len;
	if (r.act == ENGINE_ANSWER || r.act == ENGINE_HALF) {
		buf_addf(&p->out, "HTTP/1.1 %d X\r\nApi-Version: 1.41\r\n"
		    "Date: Mon, 15 Jun 2026 08:01:02 GMT\r\n"
		    "Content-Length: %zu\r\n\r\n", r.status, len);
		buf_add(&p->out, buf_str(&r.body),
		    r.act == ENGINE_HALF ? len / 2 : len);
		p->last = r.act == ENGINE_HALF;
	} else if (r.act == ENGINE_STREAM) {
		buf_adds(&p->out, "HTTP/1.1 200 OK\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n");
		chunk(p, buf_str(&r.body), len);
		p->target = xstrdup(target);
	} else {
		p->last = r.act == ENGINE_DROP;
	}
	buf_release(&r.body);
}

static void
on_peer(int fd, unsigned events, void *arg)
{
	struct engine_peer *p = arg;
	char data[4096], *end;
	ssize_t n;

	(void)events;
	n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
	if (n == 0 || (n == -1 && errno != EAGAIN)) {
		peer_free(p);
		return;
	}
	if (n > 0)
		buf_add(&p->in, data, n);
	while (p->in.len && (end = strstr(p->in.data, "\r\n\r\n"))) {
		size_t len = end + 4 - p->in.data;
		char *target = p->in.data + 4;

		target[strcspn(target, " ")] = '\0';
		answer(p, target);
		buf_consume(&p->in, len);
	}
	flush(p);
}

static void
on_accept(int fd, unsigned events, void *arg)
{
	struct engine *e = arg;
	struct engine_peer *p = xcalloc(1, sizeof(*p));

	(void)events;
	p->engine = e;
	p->fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(p->fd, 0);
	buf_init(&p->in, 1 << 20);
	buf_init(&p->out, 64 << 20);
	p->next = e->peers;
	e->peers = p;
	p->watch = loop_watch(e->loop, p->fd, LOOP_READ, on_peer, p);
}

void
engine_start(struct engine *e, struct loop *l, engine_fn *fn, void *arg)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	*e = (struct engine){.loop = l, .fn = fn, .arg = arg};
	buf_init(&e->seen, 16 << 20);
	snprintf(e->path, sizeof(e->path), "/tmp/vigie-engine-%d.sock",
	    (int)getpid());
	unlink(e->path);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", e->path);
	e->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(e->fd, (struct sockaddr *)&addr, sizeof(addr)),
	    0);
	ck_assert_int_eq(listen(e->fd, 64), 0);
	e->watch = loop_watch(l, e->fd, LOOP_READ, on_accept, e);
}

void
engine_stop(struct engine *e)
{
	while (e->peers)
		peer_free(e->peers);
	loop_unwatch(e->watch);
	close(e->fd);
	unlink(e->path);
	buf_release(&e->seen);
}

int
engine_send(struct engine *e, const char *part, const char *data, size_t len)
{
	struct engine_peer *p, *next;
	int count = 0;

	for (p = e->peers; p; p = next) {
		next = p->next;
		if (!p->target || !strstr(p->target, part))
			continue;
		chunk(p, data, len);
		flush(p);
		count++;
	}
	return count;
}

void
engine_close(struct engine *e, const char *part)
{
	struct engine_peer *p, *next;

	for (p = e->peers; p; p = next) {
		next = p->next;
		if (!p->target || !strstr(p->target, part))
			continue;
		buf_adds(&p->out, "0\r\n\r\n");
		p->last = true;
		flush(p);
	}
}

int
engine_count(const struct engine *e, const char *part)
{
	const char *p = buf_str(&e->seen);
	int count = 0;

	while (*p) {
		size_t n = strcspn(p, "\n");
		char *line = xstrndup(p, n);

		count += strstr(line, part) != NULL;
		free(line);
		p += n + 1;
	}
	return count;
}
