#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/child-spawn.h"

enum {
	READ_SIZE = 64 * 1024,
	OUTPUT_MAX = 1024 * 1024,	/* gathered, unless the request says */
	INPUT_MAX = 1024 * 1024,	/* waiting to be read by the child */
	GRACE_MS = 2000,		/* from SIGTERM to SIGKILL */
	LINGER_MS = 500,		/* for output after the end */
};

/* Our end of one of the child's standard descriptors. */
struct stream {
	struct child *child;
	int fd;				/* -1: closed */
	struct loop_watch *watch;
	struct buf buf;			/* waiting input, or gathered output */
};

enum state {
	FAILED,		/* could not start; `done` is due */
	RUNNING,
	ENDING,		/* got SIGTERM */
	KILLED,		/* got SIGKILL */
	LINGERING,	/* reaped; the output has not ended */
	OVER,		/* nothing left to do but to free it */
};

struct child {
	struct children *all;
	LIST_ENTRY(child) link;
	enum state state;
	bool silent;			/* `done` was called, or is not wanted */
	pid_t pid;			/* 0: none, or reaped */
	struct loop_timer *timer;	/* what `state` waits for at most */
	struct stream in, out, err;
	bool keep_input;
	child_output_fn *output;
	child_done_fn *done;
	void *arg;
	struct child_result result;
	struct err error;
};

struct children {
	struct loop *loop;
	int null;			/* /dev/null */
	int sigchld;			/* signalfd */
	struct loop_watch *watch;
	LIST_HEAD(, child) list;
};

static void on_timer(void *arg);
static void on_sigchld(int fd, unsigned events, void *arg);

struct children *
children_new(struct loop *l, struct err *e)
{
	struct children *c;
	sigset_t set;
	int null, fd;

	/* With 0, 1 or 2 closed, a pipe of ours could take that number and
	 * be mistaken for the child's own. */
	do {
		null = open("/dev/null", O_RDWR);
		if (null == -1) {
			err_errno(e, "cannot open /dev/null");
			return NULL;
		}
	} while (null <= STDERR_FILENO);
	fcntl(null, F_SETFD, FD_CLOEXEC);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd == -1) {
		err_errno(e, "cannot receive SIGCHLD");
		close(null);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->loop = l;
	c->null = null;
	c->sigchld = fd;
	c->watch = loop_watch(l, fd, LOOP_READ, on_sigchld, c);
	LIST_INIT(&c->list);
	return c;
}

/* --- streams ------------------------------------------------------------- */

static void
stream_close(struct stream *s)
{
	loop_unwatch(s->watch);
	s->watch = NULL;
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

static void
stream_write(int fd, unsigned events, void *arg)
{
	struct stream *s = arg;
	ssize_t n;

	(void)events;
	n = s->buf.len ? write(fd, s->buf.data, s->buf.len) : 0;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		stream_close(s);
		return;
	}
	buf_consume(&s->buf, n);
	if (s->buf.len)
		return;
	if (s->child->keep_input)
		loop_watch_set(s->watch, 0);
	else
		stream_close(s);
}

/* What fits below the ceiling is kept; the rest is read and dropped, so that
 * the child is not held up. */
static void
gather(struct stream *s, const char *data, size_t len)
{
	size_t room = s->buf.max - s->buf.len;

	if (len > room) {
		len = room;
		s->child->result.truncated = true;
	}
	buf_add(&s->buf, data, len);
}

static void child_over(struct child *c);

static void
stream_read(int fd, unsigned events, void *arg)
{
	struct stream *s = arg;
	struct child *c = s->child;
	char data[READ_SIZE];
	ssize_t n = read(fd, data, sizeof(data));

	(void)events;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		if (c->output)
			c->output(s == &c->out ? 1 : 2, data, n, c->arg);
		else
			gather(s, data, n);
		return;
	}
	stream_close(s);
	if (c->state == LINGERING && c->out.fd == -1 && c->err.fd == -1)
		child_over(c);
}

/* --- the end of a child -------------------------------------------------- */

static void
child_timer(struct child *c, int64_t ms)
{
	loop_timer_cancel(c->timer);
	c->timer = loop_timer(c->all->loop, ms, on_timer, c);
}

static void
child_free(struct child *c)
{
	LIST_REMOVE(c, link);
	loop_timer_cancel(c->timer);
	stream_close(&c->in);
	stream_close(&c->out);
	stream_close(&c->err);
	buf_release(&c->in.buf);
	buf_release(&c->out.buf);
	buf_release(&c->err.buf);
	free(c);
}

/* Tell, once. */
static void
child_report(struct child *c)
{
	struct child_result *r = &c->result;

	stream_close(&c->in);
	stream_close(&c->out);
	stream_close(&c->err);
	if (c->silent)
		return;
	c->silent = true;
	r->out = buf_str(&c->out.buf);
	r->out_len = c->out.buf.len;
	r->err = buf_str(&c->err.buf);
	r->err_len = c->err.buf.len;
	if (c->done)
		c->done(r, c->arg);
}

static void
child_over(struct child *c)
{
	c->state = OVER;
	child_report(c);
	child_free(c);
}

/* Whether it has ended and can be reaped. */
static bool
has_ended(const struct child *c)
{
	siginfo_t info = {0};

	return c->pid && (waitid(P_PID, c->pid, &info,
	    WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid == c->pid);
}

static void
child_reap(struct child *c)
{
	struct child_result *r = &c->result;
	int status;

	/* Its number, and so that of its group, is ours until it is reaped.
	 * What the others of the group have not done by now is cut short. */
	if (c->state == ENDING || c->state == KILLED)
		kill(-c->pid, SIGKILL);
	if (waitpid(c->pid, &status, 0) == -1)
		log_error("waitpid %d: %s", (int)c->pid, strerror(errno));
	else if (WIFEXITED(status))
		r->exit_code = WEXITSTATUS(status);
	else if (WIFSIGNALED(status))
		r->signal = WTERMSIG(status);
	c->pid = 0;
	c->state = LINGERING;
	if (c->silent || (c->out.fd == -1 && c->err.fd == -1))
		child_over(c);
	else
		child_timer(c, LINGER_MS);
}

/* One signal may stand for several children. Each is reaped at a moment when
 * `done` of another may start new ones, so look again from the start. */
static void
reap_ended(struct children *all)
{
	struct child *c;

	do {
		LIST_FOREACH(c, &all->list, link)
			if (has_ended(c))
				break;
		if (c)
			child_reap(c);
	} while (c);
}

static void
on_sigchld(int fd, unsigned events, void *arg)
{
	struct signalfd_siginfo info;

	(void)events;
	(void)!read(fd, &info, sizeof(info));
	reap_ended(arg);
}

static void
child_end(struct child *c)
{
	c->state = ENDING;
	kill(-c->pid, SIGTERM);
	/* A stopped process would not notice. */
	kill(-c->pid, SIGCONT);
	child_timer(c, GRACE_MS);
}

static void
on_timer(void *arg)
{
	struct child *c = arg;

	c->timer = NULL;
	switch (c->state) {
	case FAILED:
	case LINGERING:
	case OVER:
		child_over(c);
		break;
	case RUNNING:
		c->result.timed_out = true;
		child_end(c);
		break;
	case ENDING:
		c->state = KILLED;
		kill(-c->pid, SIGKILL);
		child_timer(c, GRACE_MS);
		break;
	case KILLED:
		/* In the kernel, on a dead disk perhaps: it is reaped when it
		 * comes back, but nobody waits for that. */
		log_warn("process %d does not die", (int)c->pid);
		child_report(c);
		break;
	}
}

void
child_cancel(struct child *c)
{
	if (!c || c->silent)
		return;
	c->silent = true;
	c->output = NULL;
	stream_close(&c->in);
	stream_close(&c->out);
	stream_close(&c->err);
	if (c->state == RUNNING)
		child_end(c);
	else if (c->state == FAILED || c->state == LINGERING) {
		/* Not freed here: this may be its own output callback. */
		c->state = OVER;
		child_timer(c, 0);
	}
}

/* --- the start ----------------------------------------------------------- */

/* A pipe whose end `ours` (0 or 1) is the stream's. */
static int
stream_open(struct stream *s, int ours, int *theirs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	s->fd = ends[ours];
	*theirs = ends[!ours];
	return fcntl(s->fd, F_SETFL, O_NONBLOCK);
}

static int
start(struct child *c, const struct child_request *r)
{
	struct err *e = &c->error;
	int theirs[3] = {-1, -1, -1}, fds[3], result = -1;
	bool input = !r->socket && (r->keep_input || r->input_len);

	if ((input && stream_open(&c->in, 1, &theirs[0]) == -1) ||
	    (!r->socket && stream_open(&c->out, 0, &theirs[1]) == -1) ||
	    stream_open(&c->err, 0, &theirs[2]) == -1) {
		err_errno(e, "cannot run %s: no pipe", r->argv[0]);
		goto out;
	}
	fds[0] = r->socket ? r->socket : input ? theirs[0] : c->all->null;
	fds[1] = r->socket ? r->socket : theirs[1];
	fds[2] = theirs[2];
	c->pid = child_spawn(r, fds);
	if (c->pid == -1) {
		c->pid = 0;
		err_errno(e, r->directory ? "cannot run %s in %s" :
		    "cannot run %s%s", r->argv[0],
		    r->directory ? r->directory : "");
		goto out;
	}
	result = 0;
out:
	for (int i = 0; i < 3; i++)
		if (theirs[i] != -1)
			close(theirs[i]);
	return result;
}

static void
stream_init(struct stream *s, struct child *c, size_t max)
{
	s->child = c;
	s->fd = -1;
	buf_init(&s->buf, max);
}

struct child *
child_start(struct children *all, const struct child_request *r)
{
	struct child *c = xcalloc(1, sizeof(*c));
	size_t max = r->output_max ? r->output_max : OUTPUT_MAX;

	c->all = all;
	c->keep_input = r->keep_input;
	c->output = r->output;
	c->done = r->done;
	c->arg = r->arg;
	c->result.exit_code = -1;
	stream_init(&c->in, c,
	    r->input_len > INPUT_MAX ? r->input_len : INPUT_MAX);
	stream_init(&c->out, c, max);
	stream_init(&c->err, c, max);
	LIST_INSERT_HEAD(&all->list, c, link);
	if (start(c, r) == -1) {
		c->state = FAILED;
		c->result.error = c->error.text;
		child_timer(c, 0);
		return c;
	}
	c->state = RUNNING;
	if (c->in.fd != -1) {
		buf_add(&c->in.buf, r->input, r->input_len);
		c->in.watch = loop_watch(all->loop, c->in.fd,
		    r->input_len ? LOOP_WRITE : 0, stream_write, &c->in);
	}
	if (c->out.fd != -1)
		c->out.watch = loop_watch(all->loop, c->out.fd, LOOP_READ,
		    stream_read, &c->out);
	c->err.watch = loop_watch(all->loop, c->err.fd, LOOP_READ,
	    stream_read, &c->err);
	if (r->deadline_ms)
		child_timer(c, r->deadline_ms);
	return c;
}

/* --- the rest ------------------------------------------------------------ */

pid_t
child_pid(const struct child *c)
{
	return c->pid;
}

int
child_write(struct child *c, const char *data, size_t len)
{
	if (c->in.fd == -1 || !c->keep_input ||
	    buf_add(&c->in.buf, data, len) == -1)
		return -1;
	loop_watch_set(c->in.watch, c->in.buf.len ? LOOP_WRITE : 0);
	return 0;
}

void
child_close_input(struct child *c)
{
	c->keep_input = false;
	if (c->in.fd != -1 && !c->in.buf.len)
		stream_close(&c->in);
}

/* Wait until every child has been reaped, at most ms. */
static void
reap_all(struct children *c, int64_t ms)
{
	int64_t end = clock_mono() + ms, left;

	while (!LIST_EMPTY(&c->list) && (left = end - clock_mono()) > 0) {
		struct pollfd p = {c->sigchld, POLLIN, 0};

		poll(&p, 1, left);
		on_sigchld(c->sigchld, 0, c);
	}
}

void
children_free(struct children *c)
{
	struct child *child, *next;

	if (!c)
		return;
	for (child = LIST_FIRST(&c->list); child; child = next) {
		next = LIST_NEXT(child, link);
		child->silent = true;
		if (child->state == FAILED || child->state >= LINGERING)
			child_free(child);
		else if (child->state == RUNNING)
			child_end(child);
	}
	reap_all(c, GRACE_MS - 500);
	LIST_FOREACH(child, &c->list, link) {
		child->state = KILLED;
		kill(-child->pid, SIGKILL);
	}
	reap_all(c, 500);
	while ((child = LIST_FIRST(&c->list)))
		child_free(child);
	loop_unwatch(c->watch);
	close(c->sigchld);
	close(c->null);
	free(c);
}
