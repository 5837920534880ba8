/* Lines over a socket: whole lines, limits, holding, a peer that is gone. */
#include "unit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "io/lines.h"

#define DEADLINE_MS 5000
#define LINE_LIMIT 1000
#define QUEUE_LIMIT (300 * 1024)

struct end {
	struct lines *lines;
	char *last;
	int count, drained;
	char *why;
	bool free_in_line;
};

static struct loop *the_loop;
static struct end end;
static int far;

static void
line(void *arg, const char *text, size_t len)
{
	struct end *x = arg;

	ck_assert_uint_eq(strlen(text), len);
	x->count++;
	xstrset(&x->last, text);
	if (x->free_in_line) {
		lines_free(x->lines);
		x->lines = NULL;
	}
}

static void
closed(void *arg, const char *why)
{
	struct end *x = arg;

	xstrset(&x->why, why);
}

static void
drained(void *arg)
{
	struct end *x = arg;

	x->drained++;
}

static void
setup(void)
{
	int fds[2];

	the_loop = loop_new(NULL);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    fds), 0);
	far = fds[1];
	end = (struct end){0};
	end.lines = lines_new(the_loop, fds[0], LINE_LIMIT, QUEUE_LIMIT,
	    &(struct lines_handlers){line, closed, drained, &end});
}

static void
teardown(void)
{
	lines_free(end.lines);
	loop_free(the_loop);
	close(far);
	free(end.last);
	free(end.why);
}

static void
say(const char *text)
{
	ck_assert_int_eq(write(far, text, strlen(text)), strlen(text));
}

/* Turn the loop until the expression holds. */
#define until(expression)						\
	do {								\
		int64_t late = clock_mono() + DEADLINE_MS;		\
									\
		while (!(expression) && clock_mono() < late)		\
			loop_turn(the_loop, 20);			\
		ck_assert(expression);					\
	} while (0)

START_TEST(lines_come_whole)
{
	say("one\ntwo\nthr");
	until(end.count == 2);
	ck_assert_str_eq(end.last, "two");
	say("ee\n");
	until(end.count == 3);
	ck_assert_str_eq(end.last, "three");
}
END_TEST

START_TEST(a_line_without_end_is_refused)
{
	char *much = xcalloc(1, 70 * 1024);

	memset(much, 'x', 70 * 1024 - 1);
	say(much);
	until(end.why != NULL);
	ck_assert_ptr_nonnull(strstr(end.why, "too long"));
	ck_assert_int_eq(end.count, 0);
	free(much);
}
END_TEST

START_TEST(freeing_inside_a_line_is_safe)
{
	end.free_in_line = true;
	say("one\ntwo\nthree\n");
	until(end.lines == NULL);
	ck_assert_int_eq(end.count, 1);
}
END_TEST

START_TEST(held_lines_come_after_the_hold)
{
	lines_hold(end.lines, true);
	say("one\n");
	loop_turn(the_loop, 20);
	ck_assert_int_eq(end.count, 0);
	lines_hold(end.lines, false);
	until(end.count == 1);
}
END_TEST

START_TEST(the_queue_is_bounded_and_drains)
{
	char text[1000], got[65536];
	int sent = 0;

	memset(text, 'y', sizeof(text));
	while (lines_send(end.lines, text, sizeof(text)) == 0) {
		sent++;
		loop_turn(the_loop, 0);
		ck_assert_int_lt(sent, 10000);
	}
	ck_assert_uint_le(lines_queued(end.lines), QUEUE_LIMIT);
	end.drained = 0;
	until((read(far, got, sizeof(got)), end.drained > 0));
	ck_assert_uint_eq(lines_queued(end.lines), 0);
	ck_assert_int_eq(lines_send(end.lines, "again", 5), 0);
}
END_TEST

START_TEST(a_goodbye_still_goes_out)
{
	char got[16] = "";
	ssize_t n = -1;

	lines_send(end.lines, "goodbye", 7);
	lines_finish(end.lines);
	end.lines = NULL;
	until(n == 8 || (n = read(far, got, sizeof(got) - 1)) == 8);
	ck_assert_str_eq(got, "goodbye\n");
}
END_TEST

START_TEST(a_peer_that_goes_is_told)
{
	shutdown(far, SHUT_RDWR);
	until(end.why != NULL);
	ck_assert_int_eq(lines_send(end.lines, "x", 1), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lines");
	TCase *t = tcase_create("lines");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, lines_come_whole);
	tcase_add_test(t, a_line_without_end_is_refused);
	tcase_add_test(t, freeing_inside_a_line_is_safe);
	tcase_add_test(t, held_lines_come_after_the_hold);
	tcase_add_test(t, the_queue_is_bounded_and_drains);
	tcase_add_test(t, a_goodbye_still_goes_out);
	tcase_add_test(t, a_peer_that_goes_is_told);
	suite_add_tcase(s, t);
	return unit_run(s);
}
