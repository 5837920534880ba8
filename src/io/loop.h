/*
 * The event loop: the one place where a process sleeps. Watches file
 * descriptors, timers and signals; calls back; nothing here knows a protocol.
 * Everything runs on one thread. Callbacks may add, change and remove any
 * watch or timer, their own included, and may call loop_stop(); they must not
 * start a turn. A ready watch is called once per turn, then the timers that are
 * due; what a watch adds to the watches, or a timer to the timers, waits for
 * the next turn, so nothing starves. SIGPIPE is ignored from loop_new() on.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <signal.h>
#include <stdint.h>

#include "base/err.h"

struct loop;
struct loop_watch;	/* one descriptor */
struct loop_timer;	/* one deadline */

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

/* events: LOOP_READ and LOOP_WRITE as asked for; a hang-up or an error comes
 * as every event that was asked for, and read() or write() then tells. */
typedef void loop_watch_fn(int fd, unsigned events, void *arg);
typedef void loop_timer_fn(void *arg);
typedef void loop_signal_fn(int signo, void *arg);

struct loop *loop_new(struct err *e);
void loop_free(struct loop *l);

/* Run until loop_stop(). */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* One turn: wait at most timeout_ms (-1: until something happens), call back.
 * For tests and for programs that wait on a predicate. */
void loop_turn(struct loop *l, int timeout_ms);

/* The descriptor stays the caller's: unwatch it before closing it. */
struct loop_watch *loop_watch(struct loop *l, int fd, unsigned events,
    loop_watch_fn *fn, void *arg);
void loop_watch_set(struct loop_watch *w, unsigned events);
void loop_unwatch(struct loop_watch *w);	/* NULL is accepted */

/* One shot, `after_ms` milliseconds of the monotonic clock from now, never
 * earlier; 0: as soon as the present callback has returned. The timer is gone
 * once its callback starts; cancel only one that has not fired (set your
 * pointer to NULL in the callback). */
struct loop_timer *loop_timer(struct loop *l, int64_t after_ms,
    loop_timer_fn *fn, void *arg);
void loop_timer_cancel(struct loop_timer *t);	/* NULL is accepted */

/* Called once per turn after all callbacks and before sleeping (and once as
 * loop_run() starts): the place to redraw or to send what the turn has changed.
 * One per loop. */
void loop_after_turn(struct loop *l, loop_timer_fn *fn, void *arg);

/* Deliver these signals through the loop instead of handlers (signalfd). They
 * are blocked for the whole process; io/child.h unblocks them for children. */
int loop_signals(struct loop *l, const int *signals, int count,
    loop_signal_fn *fn, void *arg, struct err *e);

#endif
