#include "io/lines.h"

#include <errno.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

/* What a goodbye may take before the socket is closed on it. */
#define FINISH_MS 1000
/* Bytes read in one go: more would let one peer hold up the others. */
#define READ_CHUNK (64 * 1024)

struct lines {
	struct loop *loop;
	int fd;
	size_t line_max;
	struct loop_watch *watch;
	struct loop_timer *timer;	/* to finish, or to deliver after a hold */
	struct lines_handlers h;
	struct buf in, out;
	size_t scanned;		/* of `in`, without a line feed so far */
	size_t sent;		/* of `out`, already written */
	bool hold, closed, finishing;
	bool *gone;		/* set when freed inside a callback */
};

static void ready(int fd, unsigned events, void *arg);

static void
interest(struct lines *l)
{
	unsigned events = 0;

	if (l->closed)
		return;
	if (!l->hold && !l->finishing)
		events |= LOOP_READ;
	if (l->out.len > l->sent)
		events |= LOOP_WRITE;
	loop_watch_set(l->watch, events);
}

static void
shut(struct lines *l, const char *why)
{
	if (l->closed)
		return;
	l->closed = true;
	loop_unwatch(l->watch);
	l->watch = NULL;
	if (l->finishing)
		lines_free(l);
	else
		l->h.closed(l->h.arg, why);
}

/* Hand out the whole lines in `in`. False when l was freed meanwhile. */
static bool
deliver(struct lines *l)
{
	bool gone = false, too_long = false;
	size_t start = 0;

	l->gone = &gone;
	while (!l->closed && !l->hold) {
		char *from = l->in.data + start;
		size_t left = l->in.len - start;
		char *end;

		if (left <= l->scanned)
			break;
		end = memchr(from + l->scanned, '\n', left - l->scanned);
		if ((end ? (size_t)(end - from) : left) > l->line_max) {
			too_long = true;
			break;
		}
		if (!end) {
			l->scanned = left;
			break;
		}
		l->scanned = 0;
		start += end - from + 1;
		*end = '\0';
		l->h.line(l->h.arg, from, end - from);
		if (gone)
			return false;
	}
	l->gone = NULL;
	buf_consume(&l->in, start);
	if (too_long) {
		shut(l, "the peer sent a line that is too long");
		return false;
	}
	return true;
}

static void
read_some(struct lines *l)
{
	char chunk[READ_CHUNK];
	ssize_t n = read(l->fd, chunk, sizeof(chunk));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		shut(l, strerror(errno));
		return;
	}
	if (n == 0) {
		shut(l, "the peer closed the connection");
		return;
	}
	if (buf_add(&l->in, chunk, n) == -1) {
		shut(l, "the peer sent a line that is too long");
		return;
	}
	deliver(l);
}

static void
write_some(struct lines *l)
{
	ssize_t n = write(l->fd, l->out.data + l->sent, l->out.len - l->sent);

	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			shut(l, strerror(errno));
		return;
	}
	l->sent += n;
	if (l->sent < l->out.len) {
		/* Moving the rest costs less than keeping what was sent. */
		if (l->sent > l->out.len / 2) {
			buf_consume(&l->out, l->sent);
			l->sent = 0;
		}
		return;
	}
	l->sent = 0;
	buf_release(&l->out);
	if (l->finishing)
		shut(l, "");
	else {
		interest(l);
		if (l->h.drained)
			l->h.drained(l->h.arg);
	}
}

static void
ready(int fd, unsigned events, void *arg)
{
	struct lines *l = arg;
	bool gone = false, *outer = l->gone;

	(void)fd;
	if (events & LOOP_WRITE) {
		l->gone = &gone;
		write_some(l);
		if (gone)
			return;
		l->gone = outer;
		if (l->closed)
			return;
		interest(l);
	}
	if (events & LOOP_READ)
		read_some(l);
}

struct lines *
lines_new(struct loop *loop, int fd, size_t line_max, size_t queue_max,
    const struct lines_handlers *h)
{
	struct lines *l = xcalloc(1, sizeof(*l));

	l->loop = loop;
	l->fd = fd;
	l->line_max = line_max;
	l->h = *h;
	buf_init(&l->in, line_max + READ_CHUNK);
	buf_init(&l->out, queue_max);
	l->watch = loop_watch(loop, fd, LOOP_READ, ready, l);
	return l;
}

void
lines_free(struct lines *l)
{
	if (!l)
		return;
	if (l->gone)
		*l->gone = true;
	loop_timer_cancel(l->timer);
	loop_unwatch(l->watch);
	close(l->fd);
	buf_release(&l->in);
	buf_release(&l->out);
	free(l);
}

int
lines_send(struct lines *l, const char *text, size_t len)
{
	if (l->closed || len + 1 > l->out.max - l->out.len)
		return -1;
	buf_add(&l->out, text, len);
	buf_addc(&l->out, '\n');
	interest(l);
	return 0;
}

size_t
lines_queued(const struct lines *l)
{
	return l->out.len - l->sent;
}

static void
deliver_held(void *arg)
{
	struct lines *l = arg;

	l->timer = NULL;
	if (!l->closed && deliver(l))
		interest(l);
}

void
lines_hold(struct lines *l, bool hold)
{
	if (l->closed || l->hold == hold)
		return;
	l->hold = hold;
	interest(l);
	/* Lines that came before the hold wait in the buffer, where no event
	 * of the socket will fetch them. */
	if (!hold && l->in.len && !l->timer && !l->finishing)
		l->timer = loop_timer(l->loop, 0, deliver_held, l);
}

static void
finish_late(void *arg)
{
	struct lines *l = arg;

	l->timer = NULL;
	lines_free(l);
}

void
lines_finish(struct lines *l)
{
	if (!l)
		return;
	if (l->closed || lines_queued(l) == 0) {
		lines_free(l);
		return;
	}
	l->finishing = true;
	loop_timer_cancel(l->timer);
	l->timer = loop_timer(l->loop, FINISH_MS, finish_late, l);
	interest(l);
	/* The loop may be about to end. Frees l when all went out. */
	write_some(l);
}
