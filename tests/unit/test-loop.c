/* The event loop: watches, timers, signals, and what callbacks may do. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/loop.h"

static struct loop *l;
static int calls;

static void
setup(void)
{
	l = loop_new(NULL);
	calls = 0;
}

static void
teardown(void)
{
	loop_free(l);
}

static void
make_pair(int fds[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

static void
count_watch(int fd, unsigned events, void *arg)
{
	(void)fd;
	if (arg)
		*(unsigned *)arg = events;
	calls++;
}

static void
count_timer(void *arg)
{
	(void)arg;
	calls++;
}

START_TEST(a_ready_watch_is_called_once_a_turn)
{
	unsigned events = 0;
	struct loop_watch *w;
	int fds[2];

	make_pair(fds);
	w = loop_watch(l, fds[0], LOOP_READ, count_watch, &events);
	loop_turn(l, 0);
	ck_assert_int_eq(calls, 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	loop_turn(l, 0);
	ck_assert_int_eq(calls, 1);
	ck_assert_uint_eq(events, LOOP_READ);
	loop_watch_set(w, LOOP_READ | LOOP_WRITE);
	loop_turn(l, 0);
	ck_assert_uint_eq(events, LOOP_READ | LOOP_WRITE);
	loop_watch_set(w, LOOP_WRITE);
	loop_turn(l, 0);
	ck_assert_uint_eq(events, LOOP_WRITE);
	loop_unwatch(w);
	loop_unwatch(NULL);
	loop_turn(l, 0);
	ck_assert_int_eq(calls, 3);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(a_hang_up_comes_as_what_was_asked)
{
	unsigned events = 0;
	struct loop_watch *w;
	int64_t start;
	int fds[2];

	make_pair(fds);
	w = loop_watch(l, fds[0], LOOP_WRITE, count_watch, &events);
	close(fds[1]);
	loop_turn(l, 0);
	ck_assert_uint_eq(events, LOOP_WRITE);
	/* Asked for nothing, it must not wake the loop again and again. */
	loop_watch_set(w, 0);
	start = clock_mono();
	loop_turn(l, 30);
	ck_assert_int_ge(clock_mono() - start, 29);
	ck_assert_int_eq(calls, 1);
	loop_unwatch(w);
	close(fds[0]);
}
END_TEST

START_TEST(a_closed_descriptor_does_not_spin)
{
	int fds[2];

	make_pair(fds);
	loop_watch(l, fds[0], LOOP_READ, count_watch, NULL);
	close(fds[0]);
	loop_turn(l, 0);
	loop_turn(l, 0);
	ck_assert_int_eq(calls, 1);
	close(fds[1]);
}
END_TEST

/* Two watches whose callbacks remove each other: the second must not run,
 * even when its descriptor's number has a new owner by then. */
static struct {
	struct loop_watch *watch[2];
	int fds[2], reopened, peer;
} mutual;

static void
must_not_run(int fd, unsigned events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
	ck_abort_msg("an event reached a watch that did not wait for it");
}

static void
remove_both(int fd, unsigned events, void *arg)
{
	int other = mutual.fds[fd == mutual.fds[0]], fresh[2];

	(void)events;
	(void)arg;
	calls++;
	loop_unwatch(mutual.watch[0]);
	loop_unwatch(mutual.watch[1]);
	make_pair(fresh);
	ck_assert_int_eq(dup2(fresh[0], other), other);
	close(fresh[0]);
	mutual.reopened = other;
	mutual.peer = fresh[1];
	loop_watch(l, other, LOOP_READ, must_not_run, NULL);
}

START_TEST(removal_inside_a_callback_is_safe)
{
	int a[2], b[2];

	make_pair(a);
	make_pair(b);
	mutual.fds[0] = a[0];
	mutual.fds[1] = b[0];
	for (int i = 0; i < 2; i++)
		mutual.watch[i] = loop_watch(l, mutual.fds[i], LOOP_READ,
		    remove_both, NULL);
	ck_assert_int_eq(write(a[1], "x", 1), 1);
	ck_assert_int_eq(write(b[1], "x", 1), 1);
	loop_turn(l, 0);
	ck_assert_int_eq(calls, 1);
	loop_turn(l, 0);
	ck_assert_int_eq(calls, 1);
}
END_TEST

static void
add_many(int fd, unsigned events, void *arg)
{
	char c;

	(void)events;
	(void)arg;
	ck_assert_int_eq(read(fd, &c, 1), 1);
	for (int i = 0; i < 100; i++)
		loop_watch(l, fd, LOOP_WRITE, count_watch, NULL);
}

START_TEST(watches_added_inside_a_callback_wait_a_turn)
{
	int fds[2];

	make_pair(fds);
	loop_watch(l, fds[0], LOOP_READ, add_many, NULL);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	loop_turn(l, 0);
	ck_assert_int_eq(calls, 0);
	loop_turn(l, 0);
	ck_assert_int_eq(calls, 100);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* When a timer was asked for lies between these two, however long the machine
 * made us wait in the middle. */
static struct span {
	int64_t earliest, latest;
} due[400];
static const struct span *fired[400];

static void
note_timer(void *arg)
{
	const struct span *span = arg;

	ck_assert_int_ge(clock_mono(), span->earliest);
	fired[calls++] = span;
}

START_TEST(timers_fire_in_order_and_never_early)
{
	struct loop_timer *timers[400];
	int64_t end = clock_mono() + 5000;

	for (int i = 0; i < 400; i++) {
		int after = (i * 7919) % 97;

		due[i].earliest = clock_mono() + after;
		timers[i] = loop_timer(l, after, note_timer, &due[i]);
		due[i].latest = clock_mono() + after;
	}
	for (int i = 0; i < 400; i += 2)
		loop_timer_cancel(timers[i]);
	while (calls < 200 && clock_mono() < end)
		loop_turn(l, 1000);
	ck_assert_int_eq(calls, 200);
	for (int i = 1; i < 200; i++)
		ck_assert_int_ge(fired[i]->latest + 1, fired[i - 1]->earliest);
}
END_TEST

START_TEST(a_timer_does_not_wake_the_loop_early)
{
	int64_t start = clock_mono();
	int turns = 0;

	for (int i = 0; i < 5; i++) {
		int had = calls;

		loop_timer(l, 11, count_timer, NULL);
		while (calls == had) {
			loop_turn(l, -1);
			turns++;
		}
	}
	ck_assert_int_eq(turns, 5);
	ck_assert_int_ge(clock_mono() - start, 55);
	loop_timer_cancel(loop_timer(l, INT64_MAX, count_timer, NULL));
}
END_TEST

static void
again(void *arg)
{
	calls++;
	loop_timer(l, 0, again, arg);
}

START_TEST(a_timer_that_renews_itself_starves_nobody)
{
	unsigned events = 0;
	int fds[2];

	make_pair(fds);
	loop_timer(l, 0, again, NULL);
	loop_turn(l, -1);
	loop_turn(l, -1);
	ck_assert_int_eq(calls, 2);
	loop_watch(l, fds[0], LOOP_WRITE, count_watch, &events);
	loop_turn(l, -1);
	ck_assert_int_eq(calls, 4);
	ck_assert_uint_eq(events, LOOP_WRITE);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

static struct loop_timer *victim;

static void
cancel_victim(void *arg)
{
	(void)arg;
	calls++;
	loop_timer_cancel(victim);
}

START_TEST(a_timer_may_cancel_another_that_is_due)
{
	loop_timer(l, 0, cancel_victim, NULL);
	victim = loop_timer(l, 0, count_timer, NULL);
	loop_turn(l, -1);
	ck_assert_int_eq(calls, 1);
}
END_TEST

static void
got_signal(int signo, void *arg)
{
	*(int *)arg = signo;
	loop_stop(l);
}

static void
raise_it(void *arg)
{
	(void)arg;
	kill(getpid(), SIGTERM);
}

START_TEST(signals_come_through_the_loop)
{
	int signo = 0, wanted[] = {SIGTERM, SIGHUP};

	ck_assert_int_eq(loop_signals(l, wanted, 2, got_signal, &signo, NULL),
	    0);
	loop_timer(l, 0, raise_it, NULL);
	loop_after_turn(l, count_timer, NULL);
	loop_run(l);
	ck_assert_int_eq(signo, SIGTERM);
	ck_assert_int_ge(calls, 2);
}
END_TEST

START_TEST(stopped_before_it_runs_it_does_not_run)
{
	loop_stop(l);
	loop_run(l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("loop");
	TCase *t = tcase_create("loop");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_ready_watch_is_called_once_a_turn);
	tcase_add_test(t, a_hang_up_comes_as_what_was_asked);
	tcase_add_test(t, a_closed_descriptor_does_not_spin);
	tcase_add_test(t, removal_inside_a_callback_is_safe);
	tcase_add_test(t, watches_added_inside_a_callback_wait_a_turn);
	tcase_add_test(t, timers_fire_in_order_and_never_early);
	tcase_add_test(t, a_timer_does_not_wake_the_loop_early);
	tcase_add_test(t, a_timer_that_renews_itself_starves_nobody);
	tcase_add_test(t, a_timer_may_cancel_another_that_is_due);
	tcase_add_test(t, signals_come_through_the_loop);
	tcase_add_test(t, stopped_before_it_runs_it_does_not_run);
	suite_add_tcase(s, t);
	return unit_run(s);
}
