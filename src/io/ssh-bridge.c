#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "io/ssh-private.h"
#include "io/ssh-relay.h"

/*
 * Local Unix sockets whose connections end on the host. Over libssh2 each
 * connection is a channel of its own: to the socket directly, or, where the
 * host does not allow that, through `docker system dial-stdio`. Over OpenSSH
 * the control master listens on a socket beside ours and we relay to it.
 */

enum {
	BACKLOG = 64,
	CONNECTIONS_MAX = 256,
	QUEUE_HIGH = 64 * 1024,		/* then the sender waits */
	WORDS_MAX = 1024,
};

struct ssh_bridge {
	LIST_ENTRY(ssh_bridge) link;
	struct ssh *ssh;
	char *remote, *path;
	int fd;
	struct loop_watch *watch;
	bool dial_stdio;	/* has worked where the other did not */
	char *beside;		/* the master's socket */
	bool beside_ready;
	struct child *forwarding;
	int count;
	LIST_HEAD(, connection) connections;
};

struct connection {
	LIST_ENTRY(connection) link;
	struct ssh_bridge *bridge;
	int fd;
	struct loop_watch *watch;
	struct ssh_channel *channel;	/* NULL: waits for the host, or over */
	struct ssh_relay *relay;	/* over OpenSSH */
	bool opened;
	bool stdio;			/* the channel is dial-stdio */
	bool heard;			/* it has carried something */
	bool local_eof, local_gone, far_eof, far_closed;
	struct buf to_local;
	struct buf words;		/* dial-stdio's standard error */
};

static void
connection_free(struct connection *c)
{
	LIST_REMOVE(c, link);
	c->bridge->count--;
	ssh_channel_cancel(c->channel);
	ssh_relay_free(c->relay);
	loop_unwatch(c->watch);
	close(c->fd);
	buf_release(&c->to_local);
	buf_release(&c->words);
	free(c);
}

/* The bridge cannot be crossed though the host is there. */
static void
complain(struct ssh_bridge *b, const char *why)
{
	struct ssh *s = b->ssh;
	char *clean = text_clean(why, strlen(why));
	char *text = xasprintf("cannot reach %s on %s: %s", b->remote,
	    s->host, clean);

	if (xstrset(&s->error, text)) {
		log_info("ssh: %s", text);
		ssh_changed(s);
	}
	free(clean);
	free(text);
}

static void
crossed(struct ssh_bridge *b)
{
	if (*b->ssh->error) {
		xstrset(&b->ssh->error, "");
		ssh_changed(b->ssh);
	}
}

/* --- between the local end and a channel --------------------------------- */

static void
rewatch(struct connection *c)
{
	unsigned events = 0;

	if (c->opened && !c->local_eof && c->channel &&
	    ssh_channel_queued(c->channel) < QUEUE_HIGH)
		events |= LOOP_READ;
	if (c->to_local.len)
		events |= LOOP_WRITE;
	loop_watch_set(c->watch, events);
}

/* Frees the connection when the local end is gone or all is said. */
static void
write_local(struct connection *c)
{
	ssize_t n;

	while (c->to_local.len) {
		n = send(c->fd, c->to_local.data, c->to_local.len,
		    MSG_NOSIGNAL);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n == -1) {
			connection_free(c);
			return;
		}
		buf_consume(&c->to_local, n);
	}
	if (!c->to_local.len && c->far_closed) {
		connection_free(c);
		return;
	}
	if (!c->to_local.len && c->far_eof)
		shutdown(c->fd, SHUT_WR);
	if (c->channel)
		ssh_channel_pause(c->channel, c->to_local.len > 0);
	rewatch(c);
}

static bool
hung_up(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR));
}

static void
read_local(struct connection *c)
{
	char chunk[16 * 1024];
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		ssh_channel_write(c->channel, chunk, n);
		rewatch(c);
		return;
	}
	c->local_eof = true;
	c->local_gone = n == -1 || hung_up(c->fd);
	if (c->local_gone && !ssh_channel_queued(c->channel)) {
		connection_free(c);
		return;
	}
	ssh_channel_end_input(c->channel);
	rewatch(c);
}

static void
on_local(int fd, unsigned events, void *arg)
{
	struct connection *c = arg;

	/* Each may free the connection. */
	if (events & LOOP_WRITE)
		write_local(c);
	else if (events & LOOP_READ)
		read_local(c);
}

static void attach_stdio(struct connection *c);

static void
on_opened(void *arg)
{
	struct connection *c = arg;

	c->opened = true;
	if (!c->stdio)
		crossed(c->bridge);
	rewatch(c);
}

static void
on_data(int which, const char *data, size_t len, void *arg)
{
	struct connection *c = arg;

	if (which == 2) {
		buf_add(&c->words, data, len);
		return;
	}
	if (c->stdio && !c->heard) {
		c->bridge->dial_stdio = true;
		crossed(c->bridge);
	}
	c->heard = true;
	buf_add(&c->to_local, data, len);
	write_local(c);
}

static void
on_drained(void *arg)
{
	struct connection *c = arg;

	if (c->local_gone)
		connection_free(c);
	else
		rewatch(c);
}

static void
on_eof(void *arg)
{
	struct connection *c = arg;

	c->far_eof = true;
	write_local(c);
}

static void
on_closed(const struct ssh_channel_end *end, void *arg)
{
	struct connection *c = arg;
	struct ssh_bridge *b = c->bridge;

	c->channel = NULL;
	if (end->refused && !c->stdio) {
		attach_stdio(c);
		return;
	}
	if (end->refused)
		complain(b, end->refused);
	else if (c->stdio && !c->heard && !end->lost && end->exit_code != 0)
		complain(b, c->words.len ? buf_str(&c->words) :
		    "docker system dial-stdio failed");
	c->far_closed = true;
	write_local(c);
}

static const struct ssh_channel_handler channel_handler = {
	.opened = on_opened,
	.data = on_data,
	.drained = on_drained,
	.eof = on_eof,
	.closed = on_closed,
};

static void
attach_stdio(struct connection *c)
{
	struct buf command = BUF_INIT(8192), url = BUF_INIT(8192);

	buf_addf(&url, "unix://%s", c->bridge->remote);
	buf_adds(&command, "docker -H ");
	text_shell_quote(&command, buf_str(&url));
	buf_adds(&command, " system dial-stdio");
	c->stdio = true;
	c->channel = ssh_channel_exec(c->bridge->ssh->session,
	    buf_str(&command), &channel_handler, c);
	buf_release(&command);
	buf_release(&url);
}

static void
attach_channel(struct connection *c)
{
	if (c->bridge->dial_stdio)
		attach_stdio(c);
	else
		c->channel = ssh_channel_streamlocal(c->bridge->ssh->session,
		    c->bridge->remote, &channel_handler, c);
}

/* --- over OpenSSH -------------------------------------------------------- */

static void
on_relay_end(bool answered, void *arg)
{
	struct connection *c = arg;

	/* The master does not pass on why. */
	if (answered)
		crossed(c->bridge);
	else if (!hung_up(c->fd))
		complain(c->bridge, "the connection was closed at once: is "
		    "it there, and may this user open it?");
	ssh_relay_free(c->relay);
	c->relay = NULL;
	connection_free(c);
}

static void
attach_relay(struct connection *c)
{
	c->relay = ssh_relay_new(c->bridge->ssh->loop, c->fd,
	    c->bridge->beside, on_relay_end, c);
	if (!c->relay)
		connection_free(c);
}

static void start_waiting(struct ssh_bridge *b);

static void
on_forwarded(const struct child_result *r, void *arg)
{
	struct ssh_bridge *b = arg;

	b->forwarding = NULL;
	b->beside_ready = !r->error && r->exit_code == 0;
	if (!b->beside_ready) {
		complain(b, r->error ? r->error : r->err_len ? r->err :
		    "the forwarding was refused");
		while (!LIST_EMPTY(&b->connections))
			connection_free(LIST_FIRST(&b->connections));
		return;
	}
	start_waiting(b);
}

/* --- connections --------------------------------------------------------- */

static void
start_waiting(struct ssh_bridge *b)
{
	struct ssh *s = b->ssh;
	struct connection *c, *next;

	if (s->master && !b->beside_ready) {
		if (!b->forwarding && !LIST_EMPTY(&b->connections))
			b->forwarding = ssh_master_forward(s->master,
			    b->beside, b->remote, on_forwarded, b);
		return;
	}
	for (c = LIST_FIRST(&b->connections); c; c = next) {
		next = LIST_NEXT(c, link);
		if (c->channel || c->relay || c->far_closed)
			continue;
		if (s->master)
			attach_relay(c);
		else
			attach_channel(c);
	}
}

/* The directory keeps others out; this keeps out our own other programs. */
static bool
is_us(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.pid == getpid();
}

static void
on_listener(int listener, unsigned events, void *arg)
{
	struct ssh_bridge *b = arg;
	struct connection *c;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd == -1)
		return;
	ssh_want(b->ssh);
	if (b->ssh->state == SSH_DOWN || b->count >= CONNECTIONS_MAX ||
	    !is_us(fd)) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->bridge = b;
	c->fd = fd;
	buf_init(&c->to_local, 1 << 20);
	buf_init(&c->words, WORDS_MAX);
	c->watch = loop_watch(b->ssh->loop, fd, 0, on_local, c);
	LIST_INSERT_HEAD(&b->connections, c, link);
	b->count++;
	if (b->ssh->state == SSH_UP)
		start_waiting(b);
}

/* --- for ssh.c ----------------------------------------------------------- */

void
ssh_bridges_start(struct ssh *s)
{
	struct ssh_bridge *b;

	LIST_FOREACH(b, &s->bridges, link)
		start_waiting(b);
}

void
ssh_bridges_fail(struct ssh *s)
{
	struct ssh_bridge *b;

	LIST_FOREACH(b, &s->bridges, link) {
		child_cancel(b->forwarding);
		b->forwarding = NULL;
		b->beside_ready = false;
		while (!LIST_EMPTY(&b->connections))
			connection_free(LIST_FIRST(&b->connections));
	}
}

void
ssh_bridges_free(struct ssh *s)
{
	struct ssh_bridge *b;

	ssh_bridges_fail(s);
	while ((b = LIST_FIRST(&s->bridges))) {
		LIST_REMOVE(b, link);
		loop_unwatch(b->watch);
		if (b->fd != -1)
			close(b->fd);
		unlink(b->path);
		unlink(b->beside);
		free(b->path);
		free(b->beside);
		free(b->remote);
		free(b);
	}
}

/* --- the interface ------------------------------------------------------- */

static int
listen_on(const char *path, struct err *e)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_set(e, "%s: the path is too long for a socket",
		    path);
	memcpy(sun.sun_path, path, strlen(path));
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd != -1 &&
	    bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	err_errno(e, "cannot listen on %s", path);
	if (fd != -1)
		close(fd);
	return -1;
}

const char *
ssh_socket(struct ssh *s, const char *remote_path)
{
	static unsigned serial;
	struct ssh_bridge *b;
	struct err e;

	LIST_FOREACH(b, &s->bridges, link)
		if (strcmp(b->remote, remote_path) == 0)
			return b->path;
	b = xcalloc(1, sizeof(*b));
	b->ssh = s;
	b->remote = xstrdup(remote_path);
	b->path = xasprintf("%s/s%d.%u", s->run_dir, (int)getpid(), serial);
	b->beside = xasprintf("%s/f%d.%u", s->run_dir, (int)getpid(),
	    serial++);
	LIST_INIT(&b->connections);
	LIST_INSERT_HEAD(&s->bridges, b, link);
	b->fd = listen_on(b->path, &e);
	if (b->fd == -1)
		log_error("%s", e.text);
	else
		b->watch = loop_watch(s->loop, b->fd, LOOP_READ, on_listener,
		    b);
	return b->path;
}
