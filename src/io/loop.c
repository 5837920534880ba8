#include "io/loop.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

/*
 * poll(2) rather than epoll: some tens of descriptors, any kind of file (a
 * redirected standard input too), and no kernel state that could outlive a
 * descriptor. polls[i] belongs to watches[i]. During a turn entries are only
 * appended (with no event yet) or emptied, and the arrays are packed when it
 * ends, so that an event never reaches a watch that did not wait for it.
 */
struct loop_watch {
	struct loop *loop;
	size_t index;
	int fd;
	unsigned events;
	loop_watch_fn *fn;
	void *arg;
};

struct loop_timer {
	struct loop *loop;
	size_t index;		/* in the heap */
	int64_t due;		/* clock_mono() */
	uint64_t order;		/* of creation: equal times keep it */
	loop_timer_fn *fn;
	void *arg;
};

struct signals {
	struct signals *next;
	int fd;
	loop_signal_fn *fn;
	void *arg;
};

struct loop {
	struct loop_watch **watches;	/* NULL where one was removed */
	struct pollfd *polls;
	size_t count, room;
	bool holes;

	struct loop_timer **heap;	/* earliest first */
	size_t timers, timer_room;
	uint64_t order;

	struct signals *signals;
	loop_timer_fn *after;
	void *after_arg;
	bool turning, stopped;
};

struct loop *
loop_new(struct err *e)
{
	/* A peer that went away is an EPIPE for who writes, not our end. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
		err_errno(e, "cannot ignore SIGPIPE");
		return NULL;
	}
	return xcalloc(1, sizeof(struct loop));
}

void
loop_free(struct loop *l)
{
	struct signals *s;

	if (!l)
		return;
	while ((s = l->signals)) {
		l->signals = s->next;
		close(s->fd);
		free(s);
	}
	for (size_t i = 0; i < l->count; i++)
		free(l->watches[i]);
	for (size_t i = 0; i < l->timers; i++)
		free(l->heap[i]);
	free(l->watches);
	free(l->polls);
	free(l->heap);
	free(l);
}

/* --- descriptors --------------------------------------------------------- */

struct loop_watch *
loop_watch(struct loop *l, int fd, unsigned events, loop_watch_fn *fn,
    void *arg)
{
	struct loop_watch *w = xcalloc(1, sizeof(*w));

	if (l->count == l->room) {
		l->room = l->room ? l->room * 2 : 32;
		l->watches = xreallocarray(l->watches, l->room,
		    sizeof(*l->watches));
		l->polls = xreallocarray(l->polls, l->room,
		    sizeof(*l->polls));
	}
	w->loop = l;
	w->index = l->count++;
	w->fd = fd;
	w->fn = fn;
	w->arg = arg;
	l->watches[w->index] = w;
	l->polls[w->index] = (struct pollfd){.fd = -1};
	loop_watch_set(w, events);
	return w;
}

void
loop_watch_set(struct loop_watch *w, unsigned events)
{
	struct pollfd *p = &w->loop->polls[w->index];

	w->events = events;
	/* poll() tells of a hang-up even when nothing is asked; a negative
	 * descriptor is what it ignores. */
	p->fd = events ? w->fd : -1;
	p->events = (events & LOOP_READ ? POLLIN : 0) |
	    (events & LOOP_WRITE ? POLLOUT : 0);
}

void
loop_unwatch(struct loop_watch *w)
{
	struct loop *l;

	if (!w)
		return;
	l = w->loop;
	l->watches[w->index] = NULL;
	l->polls[w->index] = (struct pollfd){.fd = -1};
	l->holes = true;
	free(w);
}

static void
pack(struct loop *l)
{
	size_t to = 0;

	if (!l->holes)
		return;
	for (size_t i = 0; i < l->count; i++) {
		if (!l->watches[i])
			continue;
		l->watches[to] = l->watches[i];
		l->polls[to] = l->polls[i];
		l->watches[to]->index = to;
		to++;
	}
	l->count = to;
	l->holes = false;
}

static void
call_watch(struct loop_watch *w, short revents)
{
	unsigned asked = w->events, events = 0;

	if (revents & POLLIN)
		events |= LOOP_READ;
	if (revents & POLLOUT)
		events |= LOOP_WRITE;
	if (revents & (POLLERR | POLLHUP | POLLNVAL))
		events = asked;
	if (revents & POLLNVAL) {
		/* A fault of ours, and every turn would come back at once. */
		log_error("descriptor %d was closed while it was watched",
		    w->fd);
		loop_watch_set(w, 0);
	}
	if (events & asked)
		w->fn(w->fd, events & asked, w->arg);
}

static void
call_watches(struct loop *l, int ready)
{
	size_t count = l->count;

	for (size_t i = 0; i < count && ready > 0; i++) {
		short revents = l->polls[i].revents;

		if (!revents)
			continue;
		l->polls[i].revents = 0;
		ready--;
		if (l->watches[i])
			call_watch(l->watches[i], revents);
	}
}

/* --- timers -------------------------------------------------------------- */

static bool
earlier(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void
put(struct loop *l, size_t i, struct loop_timer *t)
{
	l->heap[i] = t;
	t->index = i;
}

/* Move t from the free place i to where it belongs. */
static void
sift(struct loop *l, size_t i, struct loop_timer *t)
{
	size_t child;

	while (i > 0 && earlier(t, l->heap[(i - 1) / 2])) {
		put(l, i, l->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	while ((child = 2 * i + 1) < l->timers) {
		if (child + 1 < l->timers &&
		    earlier(l->heap[child + 1], l->heap[child]))
			child++;
		if (!earlier(l->heap[child], t))
			break;
		put(l, i, l->heap[child]);
		i = child;
	}
	put(l, i, t);
}

static void
take_out(struct loop *l, struct loop_timer *t)
{
	struct loop_timer *last = l->heap[--l->timers];

	if (last != t)
		sift(l, t->index, last);
}

struct loop_timer *
loop_timer(struct loop *l, int64_t after_ms, loop_timer_fn *fn, void *arg)
{
	struct loop_timer *t = xcalloc(1, sizeof(*t));

	if (l->timers == l->timer_room) {
		l->timer_room = l->timer_room ? l->timer_room * 2 : 32;
		l->heap = xreallocarray(l->heap, l->timer_room,
		    sizeof(struct loop_timer *));
	}
	t->loop = l;
	t->fn = fn;
	t->arg = arg;
	t->order = l->order++;
	/* The clock's milliseconds are cut off: one more, or it is early. */
	t->due = clock_mono();
	if (after_ms > INT64_MAX - 1 - t->due)
		t->due = INT64_MAX;
	else if (after_ms > 0)
		t->due += after_ms + 1;
	sift(l, l->timers++, t);
	return t;
}

void
loop_timer_cancel(struct loop_timer *t)
{
	if (!t)
		return;
	take_out(t->loop, t);
	free(t);
}

/* Those that were due and known when it starts: one that a callback adds
 * waits for the next turn, even with no delay. */
static void
call_timers(struct loop *l)
{
	uint64_t known = l->order;
	int64_t now;

	if (!l->timers)
		return;
	now = clock_mono();
	while (l->timers) {
		struct loop_timer *t = l->heap[0];
		loop_timer_fn *fn = t->fn;
		void *arg = t->arg;

		if (t->due > now || t->order >= known)
			break;
		take_out(l, t);
		free(t);
		fn(arg);
	}
}

static int
sleep_ms(const struct loop *l, int timeout_ms)
{
	int64_t wait;

	if (!l->timers)
		return timeout_ms;
	wait = l->heap[0]->due - clock_mono();
	if (wait < 0)
		wait = 0;
	if (timeout_ms >= 0 && timeout_ms < wait)
		return timeout_ms;
	return wait < INT_MAX ? wait : INT_MAX;
}

/* --- turns --------------------------------------------------------------- */

void
loop_turn(struct loop *l, int timeout_ms)
{
	int ready;

	assert(!l->turning);
	pack(l);
	ready = poll(l->polls, l->count, sleep_ms(l, timeout_ms));
	l->turning = true;
	if (ready > 0)
		call_watches(l, ready);
	else if (ready == -1 && errno != EINTR)
		log_error("poll: %s", strerror(errno));
	call_timers(l);
	if (l->after)
		l->after(l->after_arg);
	l->turning = false;
}

void
loop_run(struct loop *l)
{
	/* What was set up before the first turn is also to be shown. */
	if (l->after && !l->stopped)
		l->after(l->after_arg);
	while (!l->stopped)
		loop_turn(l, -1);
	l->stopped = false;
}

void
loop_stop(struct loop *l)
{
	l->stopped = true;
}

void
loop_after_turn(struct loop *l, loop_timer_fn *fn, void *arg)
{
	l->after = fn;
	l->after_arg = arg;
}

/* --- signals ------------------------------------------------------------- */

static void
on_signal(int fd, unsigned events, void *arg)
{
	struct signals *s = arg;
	struct signalfd_siginfo info;

	(void)events;
	if (read(fd, &info, sizeof(info)) == sizeof(info))
		s->fn(info.ssi_signo, s->arg);
}

int
loop_signals(struct loop *l, const int *signals, int count,
    loop_signal_fn *fn, void *arg, struct err *e)
{
	struct signals *s;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (int i = 0; i < count; i++)
		sigaddset(&set, signals[i]);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd == -1)
		return err_errno(e, "cannot receive signals");
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1) {
		err_errno(e, "cannot block signals");
		close(fd);
		return -1;
	}
	s = xcalloc(1, sizeof(*s));
	s->next = l->signals;
	s->fd = fd;
	s->fn = fn;
	s->arg = arg;
	l->signals = s;
	loop_watch(l, fd, LOOP_READ, on_signal, s);
	return 0;
}
