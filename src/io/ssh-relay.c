#include "io/ssh-relay.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

enum { QUEUE_MAX = 64 * 1024 };

struct side {
	int fd;
	struct loop_watch *watch;
	struct buf out;		/* waits to be written to fd */
	bool eof;		/* fd has nothing more to say */
	bool shut;		/* and we have nothing more for it */
	bool spoke;		/* has ever said anything */
};

struct ssh_relay {
	struct side sides[2];
	ssh_relay_fn *done;
	void *arg;
};

/* -1 when the side is broken. */
static int
pass(struct side *from, struct side *to)
{
	char chunk[16 * 1024];
	size_t room = to->out.max - to->out.len;
	ssize_t n;

	if (!from->eof && room) {
		n = recv(from->fd, chunk,
		    room < sizeof(chunk) ? room : sizeof(chunk), 0);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n > 0)
			buf_add(&to->out, chunk, n);
		from->spoke |= n > 0;
		from->eof = n == 0;
	}
	if (to->out.len) {
		n = send(to->fd, to->out.data, to->out.len, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n > 0)
			buf_consume(&to->out, n);
	}
	if (from->eof && !to->out.len && !to->shut) {
		shutdown(to->fd, SHUT_WR);
		to->shut = true;
	}
	return 0;
}

static void
rewatch(struct side *side, const struct side *other)
{
	loop_watch_set(side->watch,
	    (!side->eof && other->out.len < other->out.max ? LOOP_READ : 0) |
	    (side->out.len ? LOOP_WRITE : 0));
}

static void
on_event(int fd, unsigned events, void *arg)
{
	struct ssh_relay *r = arg;
	struct side *a = &r->sides[0], *b = &r->sides[1];

	/* Our side gone entirely looks like an end of file; the far one then
	 * closes too, and a far side that streams on meets EPIPE. */
	if (pass(a, b) == -1 || pass(b, a) == -1 || (a->shut && b->shut)) {
		loop_watch_set(a->watch, 0);
		loop_watch_set(b->watch, 0);
		r->done(b->spoke, r->arg);
		return;
	}
	rewatch(a, b);
	rewatch(b, a);
}

static int
connect_to(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return -1;
	memcpy(sun.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd != -1 &&
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

struct ssh_relay *
ssh_relay_new(struct loop *l, int fd, const char *path, ssh_relay_fn *done,
    void *arg)
{
	int far = connect_to(path);
	struct ssh_relay *r;

	if (far == -1)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->sides[0].fd = fd;
	r->sides[1].fd = far;
	r->done = done;
	r->arg = arg;
	for (int i = 0; i < 2; i++) {
		buf_init(&r->sides[i].out, QUEUE_MAX);
		r->sides[i].watch = loop_watch(l, r->sides[i].fd, LOOP_READ,
		    on_event, r);
	}
	return r;
}

void
ssh_relay_free(struct ssh_relay *r)
{
	if (!r)
		return;
	for (int i = 0; i < 2; i++) {
		loop_unwatch(r->sides[i].watch);
		buf_release(&r->sides[i].out);
	}
	close(r->sides[1].fd);
	free(r);
}
