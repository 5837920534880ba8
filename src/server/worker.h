/*
 * A thread that does what would hold the loop: the loop posts tasks, the thread
 * works on all that wait at once, and the loop gets them back with what came of
 * them. The owner of a database has one, and only the thread touches the
 * database.
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "io/loop.h"

/* The first member of whatever is posted. */
struct task {
	struct task *next;
};

struct tasks {
	struct task *first, **last;
	size_t count;
};

void tasks_add(struct tasks *q, struct task *t);
/* The oldest; NULL when there is none. */
struct task *tasks_take(struct tasks *q);

struct worker;
typedef void worker_fn(void *arg, struct tasks *tasks);

/* work() runs in the thread, with everything that waits, in order; what it
 * leaves in `tasks` is given to done(), in the loop, which empties it. `name`
 * is for errors. NULL with the reason. */
struct worker *worker_new(struct loop *l, const char *name, worker_fn *work,
    worker_fn *done, void *arg, struct err *e);
/* Takes over t. Without `now` it may wait for the next that is urgent. */
void worker_post(struct worker *w, struct task *t, bool now);
/* How many wait for the thread. */
size_t worker_waiting(struct worker *w);
/* Let it finish what waits, at most 2 s, and call done() a last time. False:
 * the disk holds the thread longer than that, it still uses all that it was
 * given, and the process is about to end anyway. */
bool worker_free(struct worker *w);

#endif
