#include "web.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"

struct web_peer {
	struct web *web;
	struct web_peer *next;
	int fd;
	struct loop_watch *watch;
	struct buf in;
};

static void
peer_free(struct web_peer *p)
{
	struct web_peer **at = &p->web->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	loop_unwatch(p->watch);
	close(p->fd);
	buf_release(&p->in);
	free(p);
}

const char *
web_header(const struct web_request *q, const char *name, char value[256])
{
	const char *line = q->headers;
	size_t n = strlen(name);

	value[0] = '\0';
	while (*line) {
		size_t len = strcspn(line, "\r\n");

		if (len > n && !strncasecmp(line, name, n) && line[n] == ':')
			snprintf(value, 256, "%.*s", (int)(len - n - 2),
			    line + n + 2);
		line += len + strspn(line + len, "\r\n");
	}
	return value;
}

/* False when the peer is gone. Small answers only: they fit the socket. */
static bool
answer(struct web_peer *p, const struct web_request *q)
{
	struct web *w = p->web;
	struct web_reply r = {.status = 200, .headers = BUF_INIT(1 << 20),
	    .body = BUF_INIT(1 << 20)};
	struct buf out = BUF_INIT(4 << 20);
	bool stays;

	buf_addf(&w->seen, "%s %s\n", q->method, q->target);
	w->fn(q, &r, w->arg);
	if (r.status > 0) {
		buf_addf(&out, "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n",
		    r.status, buf_str(&r.headers), r.body.len);
		if (strcmp(q->method, "HEAD"))
			buf_add(&out, buf_str(&r.body), r.body.len);
		ck_assert_int_eq(send(p->fd, out.data, out.len, MSG_NOSIGNAL),
		    (int)out.len);
	}
	stays = r.status != 0;
	if (!stays)
		peer_free(p);
	buf_release(&out);
	buf_release(&r.headers);
	buf_release(&r.body);
	return stays;
}

static void
on_peer(int fd, unsigned events, void *arg)
{
	struct web_peer *p = arg;
	struct web_request q;
	char data[4096], *end, *line;
	ssize_t n = recv(fd, data, sizeof(data), MSG_DONTWAIT);

	(void)events;
	if (n == 0 || (n == -1 && errno != EAGAIN)) {
		peer_free(p);
		return;
	}
	if (n > 0)
		buf_add(&p->in, data, n);
	while (p->in.len && (end = strstr(p->in.data, "\r\n\r\n"))) {
		size_t len = end + 4 - p->in.data;

		end[2] = '\0';
		line = p->in.data;
		q.method = line;
		line += strcspn(line, " ");
		*line++ = '\0';
		q.target = line;
		line += strcspn(line, " ");
		*line++ = '\0';
		q.headers = line + strcspn(line, "\n") + 1;
		if (!answer(p, &q))
			return;
		buf_consume(&p->in, len);
	}
}

static void
on_accept(int fd, unsigned events, void *arg)
{
	struct web *w = arg;
	struct web_peer *p = xcalloc(1, sizeof(*p));

	(void)events;
	p->web = w;
	p->fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(p->fd, 0);
	buf_init(&p->in, 1 << 20);
	p->next = w->peers;
	w->peers = p;
	p->watch = loop_watch(w->loop, p->fd, LOOP_READ, on_peer, p);
}

void
web_start(struct web *w, struct loop *l, web_fn *fn, void *arg)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);

	*w = (struct web){.loop = l, .fn = fn, .arg = arg};
	buf_init(&w->seen, 16 << 20);
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	ck_assert_int_eq(bind(w->fd, (struct sockaddr *)&in, sizeof(in)), 0);
	getsockname(w->fd, (struct sockaddr *)&in, &len);
	ck_assert_int_eq(listen(w->fd, 64), 0);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%d",
	    ntohs(in.sin_port));
	w->watch = loop_watch(l, w->fd, LOOP_READ, on_accept, w);
}

void
web_stop(struct web *w)
{
	while (w->peers)
		peer_free(w->peers);
	loop_unwatch(w->watch);
	close(w->fd);
	buf_release(&w->seen);
}

int
web_count(const struct web *w, const char *part)
{
	const char *p = buf_str(&w->seen);
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
