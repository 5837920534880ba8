#include "origin.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"

struct origin_peer {
	struct origin *origin;
	struct origin_peer *next;
	int fd;
	struct loop_watch *watch;
	struct buf in, out;
	bool last;		/* close after `out` */
};

static void
peer_free(struct origin_peer *p)
{
	struct origin_peer **at = &p->origin->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	loop_unwatch(p->watch);
	close(p->fd);
	buf_release(&p->in);
	buf_release(&p->out);
	free(p);
}

static void
flush(struct origin_peer *p)
{
	ssize_t n = 0;

	while (p->out.len && (n = send(p->fd, p->out.data, p->out.len,
	    MSG_NOSIGNAL)) > 0)
		buf_consume(&p->out, n);
	if (p->last && !p->out.len)
		peer_free(p);
	else
		loop_watch_set(p->watch, LOOP_READ |
		    (p->out.len ? LOOP_WRITE : 0));
}

/* A reply that says "Connection: close" is the last one. */
static void
answer(struct origin_peer *p, size_t len)
{
	struct origin *o = p->origin;
	char *request = xstrndup(p->in.data, len), *target;
	size_t before = p->out.len;

	target = strchr(request, ' ');
	ck_assert_ptr_nonnull(target);
	target = xstrndup(target + 1, strcspn(target + 1, " "));
	buf_addf(&o->seen, "%s\n", target);
	buf_clear(&o->last);
	buf_adds(&o->last, request);
	o->fn(target, request, &p->out, o->arg);
	if (p->out.len > before && strstr(p->out.data + before,
	    "Connection: close\r\n"))
		p->last = true;
	free(request);
	free(target);
}

/* Of the request that stands at the front, with its body; 0: it is not whole. */
static size_t
request_len(const struct origin_peer *p)
{
	const char *end = p->in.len ? strstr(p->in.data, "\r\n\r\n") : NULL;
	const char *body = end ? strcasestr(p->in.data, "\r\nContent-Length: ") :
	    NULL;
	size_t len = end ? (size_t)(end + 4 - p->in.data) : 0;

	if (body && body < end)
		len += strtoul(body + strlen("\r\nContent-Length: "), NULL, 10);
	return len <= p->in.len ? len : 0;
}

static void
on_peer(int fd, unsigned events, void *arg)
{
	struct origin_peer *p = arg;
	char data[4096];
	size_t len;
	ssize_t n;

	(void)events;
	n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
	if (n == 0 || (n == -1 && errno != EAGAIN)) {
		peer_free(p);
		return;
	}
	if (n > 0)
		buf_add(&p->in, data, n);
	while ((len = request_len(p)) > 0) {
		answer(p, len);
		buf_consume(&p->in, len);
	}
	flush(p);
}

static void
on_accept(int fd, unsigned events, void *arg)
{
	struct origin *o = arg;
	struct origin_peer *p = xcalloc(1, sizeof(*p));

	(void)events;
	p->origin = o;
	p->fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(p->fd, 0);
	buf_init(&p->in, 1 << 20);
	buf_init(&p->out, 64 << 20);
	p->next = o->peers;
	o->peers = p;
	p->watch = loop_watch(o->loop, p->fd, LOOP_READ, on_peer, p);
}

void
origin_start(struct origin *o, struct loop *l, origin_fn *fn, void *arg)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);

	*o = (struct origin){.loop = l, .fn = fn, .arg = arg};
	buf_init(&o->seen, 16 << 20);
	buf_init(&o->last, 1 << 20);
	o->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	ck_assert_int_eq(bind(o->fd, (struct sockaddr *)&addr, len), 0);
	getsockname(o->fd, (struct sockaddr *)&addr, &len);
	o->port = ntohs(addr.sin_port);
	ck_assert_int_eq(listen(o->fd, 64), 0);
	o->watch = loop_watch(l, o->fd, LOOP_READ, on_accept, o);
}

void
origin_stop(struct origin *o)
{
	while (o->peers)
		peer_free(o->peers);
	loop_unwatch(o->watch);
	close(o->fd);
	buf_release(&o->seen);
	buf_release(&o->last);
}

int
origin_count(const struct origin *o, const char *part)
{
	const char *s = buf_str(&o->seen), *end;
	int count = 0;

	for (; *s; s = end + 1) {
		end = strchr(s, '\n');
		count += memmem(s, end - s, part, strlen(part)) != NULL;
	}
	return count;
}

void
origin_say(struct buf *reply, int status, const char *headers,
    const char *body, size_t len)
{
	buf_addf(reply, "HTTP/1.1 %d X\r\n%s", status, headers);
	if (status != 304)
		buf_addf(reply, "Content-Length: %zu\r\n", len);
	buf_adds(reply, "\r\n");
	buf_add(reply, body, len);
}
