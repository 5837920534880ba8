#include "server/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"

#define CLOSE_WAIT_S 2

struct worker {
	worker_fn *work, *done;
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work_waits, thread_ended;
	struct tasks waiting, worked;	/* under the lock */
	bool urgent, stop, ended;	/* under the lock */
	int event_fd;
	struct loop_watch *watch;
};

void
tasks_add(struct tasks *q, struct task *t)
{
	if (!q->first)
		q->last = &q->first;
	t->next = NULL;
	*q->last = t;
	q->last = &t->next;
	q->count++;
}

struct task *
tasks_take(struct tasks *q)
{
	struct task *t = q->first;

	if (t) {
		q->first = t->next;
		t->next = NULL;
		q->count--;
	}
	return t;
}

static void
move(struct tasks *to, struct tasks *from)
{
	struct task *t;

	while ((t = tasks_take(from)))
		tasks_add(to, t);
}

/* --- the thread ----------------------------------------------------------- */

/* Everything that waits; false when it is time to go. */
static bool
next_work(struct worker *w, struct tasks *tasks)
{
	pthread_mutex_lock(&w->lock);
	while (!w->urgent && !w->stop)
		pthread_cond_wait(&w->work_waits, &w->lock);
	w->urgent = false;
	move(tasks, &w->waiting);
	pthread_mutex_unlock(&w->lock);
	return tasks->first;
}

static void *
thread_main(void *arg)
{
	struct worker *w = arg;
	struct tasks tasks = {0};
	uint64_t one = 1;

	while (next_work(w, &tasks)) {
		w->work(w->arg, &tasks);
		pthread_mutex_lock(&w->lock);
		move(&w->worked, &tasks);
		pthread_mutex_unlock(&w->lock);
		(void)!write(w->event_fd, &one, sizeof(one));
	}
	pthread_mutex_lock(&w->lock);
	w->ended = true;
	pthread_cond_signal(&w->thread_ended);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* --- the loop's side ------------------------------------------------------ */

static void
deliver(struct worker *w)
{
	struct tasks worked = {0};

	pthread_mutex_lock(&w->lock);
	move(&worked, &w->worked);
	pthread_mutex_unlock(&w->lock);
	if (worked.first)
		w->done(w->arg, &worked);
}

static void
on_worked(int fd, unsigned events, void *arg)
{
	uint64_t n;

	(void)events;
	(void)!read(fd, &n, sizeof(n));
	deliver(arg);
}

static int
start_thread(struct worker *w, const char *name, struct err *e)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int code;

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work_waits, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->thread_ended, &attr);
	pthread_condattr_destroy(&attr);
	/* Signals belong to the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	code = pthread_create(&w->thread, NULL, thread_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return code ? err_set(e, "cannot start the thread of the %s: %s", name,
	    strerror(code)) : 0;
}

struct worker *
worker_new(struct loop *l, const char *name, worker_fn *work,
    worker_fn *done, void *arg, struct err *e)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	w->work = work;
	w->done = done;
	w->arg = arg;
	w->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->event_fd == -1) {
		err_errno(e, "cannot make an eventfd");
		free(w);
		return NULL;
	}
	if (start_thread(w, name, e) == -1) {
		close(w->event_fd);
		free(w);
		return NULL;
	}
	w->watch = loop_watch(l, w->event_fd, LOOP_READ, on_worked, w);
	return w;
}

void
worker_post(struct worker *w, struct task *t, bool now)
{
	pthread_mutex_lock(&w->lock);
	tasks_add(&w->waiting, t);
	if (now) {
		w->urgent = true;
		pthread_cond_signal(&w->work_waits);
	}
	pthread_mutex_unlock(&w->lock);
}

size_t
worker_waiting(struct worker *w)
{
	size_t count;

	pthread_mutex_lock(&w->lock);
	count = w->waiting.count;
	pthread_mutex_unlock(&w->lock);
	return count;
}

/* Ask the thread to end; false when the disk holds it too long. */
static bool
end_thread(struct worker *w)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CLOSE_WAIT_S;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->work_waits);
	while (!w->ended && pthread_cond_timedwait(&w->thread_ended, &w->lock,
	    &until) == 0)
		continue;
	ended = w->ended;
	pthread_mutex_unlock(&w->lock);
	if (ended)
		pthread_join(w->thread, NULL);
	else
		pthread_detach(w->thread);
	return ended;
}

bool
worker_free(struct worker *w)
{
	loop_unwatch(w->watch);
	if (!end_thread(w))
		return false;
	deliver(w);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work_waits);
	pthread_cond_destroy(&w->thread_ended);
	close(w->event_fd);
	free(w);
	return true;
}
