#include "io/ssh-agent.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/ssh-key.h"

/* What OpenSSH's agent itself refuses to pass. */
enum { MESSAGE_MAX = 256 * 1024 };

struct ssh_agent {
	struct loop *loop;
	int fd;
	struct loop_watch *watch;
	struct buf out, in;
	ssh_agent_fn *fn;	/* NULL: no request under way */
	void *arg;
};

static void
answer(struct ssh_agent *a, const unsigned char *reply, size_t len)
{
	ssh_agent_fn *fn = a->fn;

	a->fn = NULL;
	loop_watch_set(a->watch, 0);
	if (fn)
		fn(reply, len, a->arg);
}

/* Whether the connection is still good. */
static bool
send_some(struct ssh_agent *a)
{
	ssize_t n;

	if (!a->out.len)
		return true;
	n = send(a->fd, a->out.data, a->out.len, MSG_NOSIGNAL);
	if (n > 0)
		buf_consume(&a->out, n);
	return n > 0 || errno == EAGAIN || errno == EINTR;
}

static bool
receive_some(struct ssh_agent *a)
{
	char chunk[4096];
	ssize_t n = recv(a->fd, chunk, sizeof(chunk), 0);

	if (n > 0)
		return buf_add(&a->in, chunk, n) == 0;
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void
on_event(int fd, unsigned events, void *arg)
{
	struct ssh_agent *a = arg;
	struct ssh_reader r;
	struct buf message;
	uint32_t len;

	if (!send_some(a) || ((events & LOOP_READ) && !receive_some(a))) {
		answer(a, NULL, 0);
		return;
	}
	loop_watch_set(a->watch, LOOP_READ | (a->out.len ? LOOP_WRITE : 0));
	r = (struct ssh_reader){(const unsigned char *)buf_str(&a->in),
	    a->in.len, false};
	len = ssh_read_u32(&r);
	if (r.bad || r.left < len)
		return;
	/* The callback may close the agent: the reply must outlive it. */
	message = a->in;
	buf_init(&a->in, MESSAGE_MAX);
	answer(a, (const unsigned char *)message.data + 4, len);
	buf_release(&message);
}

struct ssh_agent *
ssh_agent_open(struct loop *l, const char *path, struct err *e)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct ssh_agent *a;
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		err_set(e, "ssh agent %s: the path is too long", path);
		return NULL;
	}
	memcpy(sun.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		err_errno(e, "ssh agent %s", path);
		if (fd != -1)
			close(fd);
		return NULL;
	}
	a = xcalloc(1, sizeof(*a));
	a->loop = l;
	a->fd = fd;
	buf_init(&a->in, MESSAGE_MAX);
	buf_init(&a->out, MESSAGE_MAX);
	a->watch = loop_watch(l, fd, 0, on_event, a);
	return a;
}

void
ssh_agent_close(struct ssh_agent *a)
{
	if (!a)
		return;
	loop_unwatch(a->watch);
	close(a->fd);
	buf_release(&a->in);
	buf_release(&a->out);
	free(a);
}

void
ssh_agent_ask(struct ssh_agent *a, const struct buf *message,
    ssh_agent_fn *fn, void *arg)
{
	a->fn = fn;
	a->arg = arg;
	buf_clear(&a->in);
	ssh_put_string(&a->out, buf_str(message), message->len);
	loop_watch_set(a->watch, LOOP_READ | LOOP_WRITE);
}
