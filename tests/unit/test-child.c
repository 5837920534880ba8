/* Children: output, input, ends of every kind, and what they inherit. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "io/child.h"

static struct loop *l;
static struct children *children;

static struct {
	int done;
	struct child_result result;
	char *out, *err, *error;
	struct buf stream[3];
	struct child *child;
} seen;

static void
setup(void)
{
	l = loop_new(NULL);
	children = children_new(l, NULL);
	memset(&seen, 0, sizeof(seen));
	for (int i = 0; i < 3; i++)
		buf_init(&seen.stream[i], 1 << 24);
}

static void
teardown(void)
{
	children_free(children);
	loop_free(l);
	free(seen.out);
	free(seen.err);
	free(seen.error);
	for (int i = 0; i < 3; i++)
		buf_release(&seen.stream[i]);
}

static void
on_done(const struct child_result *r, void *arg)
{
	(void)arg;
	seen.done++;
	seen.result = *r;
	xstrset(&seen.out, r->out);
	xstrset(&seen.err, r->err);
	xstrset(&seen.error, r->error);
	/* It is over: this must do nothing. */
	child_cancel(seen.child);
}

static void
on_output(int which, const char *data, size_t len, void *arg)
{
	(void)arg;
	buf_add(&seen.stream[which], data, len);
}

static struct child *
begin(struct child_request *r)
{
	r->done = on_done;
	if (!r->deadline_ms)
		r->deadline_ms = 10000;
	seen.child = child_start(children, r);
	ck_assert_int_eq(seen.done, 0);
	return seen.child;
}

/* Turn until *what is not 0, at most ms. Says how long that took. */
static int64_t
wait_for(const int *what, int64_t ms)
{
	int64_t start = clock_mono();

	while (!*what && clock_mono() - start < ms)
		loop_turn(l, 50);
	ck_assert_msg(*what != 0, "did not happen within %d ms", (int)ms);
	return clock_mono() - start;
}

static void
wait_for_output(int which, const char *text)
{
	int64_t end = clock_mono() + 10000;

	while (!strstr(buf_str(&seen.stream[which]), text) &&
	    clock_mono() < end)
		loop_turn(l, 50);
	ck_assert_ptr_nonnull(strstr(buf_str(&seen.stream[which]), text));
}

static void
shell(const char *script)
{
	const char *argv[] = {"sh", "-c", script, NULL};

	begin(&(struct child_request){.argv = argv});
	wait_for(&seen.done, 10000);
}

/* Whether a process of that number exists and is no zombie. */
static bool
alive(pid_t pid)
{
	char *path = xasprintf("/proc/%d/stat", (int)pid), stat[512] = "";
	FILE *f = fopen(path, "re");

	free(path);
	if (!f)
		return false;
	(void)!fgets(stat, sizeof(stat), f);
	fclose(f);
	return !strstr(stat, ") Z ");
}

static void
wait_until_dead(pid_t pid, int64_t ms)
{
	int64_t end = clock_mono() + ms;

	while (alive(pid) && clock_mono() < end)
		loop_turn(l, 10);
	ck_assert(!alive(pid));
}

static pid_t
printed_pid(void)
{
	int64_t pid;

	wait_for_output(1, "\n");
	seen.stream[1].data[strcspn(seen.stream[1].data, "\n")] = '\0';
	ck_assert_int_eq(text_int(seen.stream[1].data, 2, 1 << 30, &pid), 0);
	return pid;
}

START_TEST(output_and_exit_code_are_reported)
{
	shell("echo out; echo err >&2; exit 3");
	ck_assert_int_eq(seen.done, 1);
	ck_assert_int_eq(seen.result.exit_code, 3);
	ck_assert_int_eq(seen.result.signal, 0);
	ck_assert(!seen.result.timed_out && !seen.result.truncated);
	ck_assert_ptr_null(seen.error);
	ck_assert_str_eq(seen.out, "out\n");
	ck_assert_str_eq(seen.err, "err\n");
}
END_TEST

START_TEST(death_by_signal_is_reported)
{
	shell("kill -9 $$");
	ck_assert_int_eq(seen.result.exit_code, -1);
	ck_assert_int_eq(seen.result.signal, SIGKILL);
}
END_TEST

START_TEST(a_missing_program_is_named)
{
	const char *argv[] = {"no-such-program", NULL};

	begin(&(struct child_request){.argv = argv});
	ck_assert_int_eq(child_write(seen.child, "x", 1), -1);
	child_close_input(seen.child);
	wait_for(&seen.done, 1000);
	ck_assert_str_eq(seen.error,
	    "cannot run no-such-program: No such file or directory");
	ck_assert_int_eq(seen.result.exit_code, -1);
}
END_TEST

START_TEST(directory_and_environment)
{
	const char *argv[] = {"sh", "-c", "pwd; echo $ADDED $HOME $UNSET_", NULL};
	const char *env[] = {"ADDED=yes", "HOME=/elsewhere", NULL};

	begin(&(struct child_request){.argv = argv, .env = env,
	    .directory = "/usr"});
	wait_for(&seen.done, 5000);
	ck_assert_str_eq(seen.out, "/usr\nyes /elsewhere\n");
	seen.done = 0;
	begin(&(struct child_request){.argv = argv, .directory = "/nowhere"});
	wait_for(&seen.done, 5000);
	ck_assert_str_eq(seen.error,
	    "cannot run sh in /nowhere: No such file or directory");
}
END_TEST

START_TEST(input_of_any_size_goes_in)
{
	const char *argv[] = {"cat", NULL};
	size_t len = 3 << 20;
	char *input = xmalloc(len);

	for (size_t i = 0; i < len; i++)
		input[i] = 'a' + i % 26;
	begin(&(struct child_request){.argv = argv, .input = input,
	    .input_len = len, .output_max = len});
	wait_for(&seen.done, 10000);
	ck_assert_uint_eq(seen.result.out_len, len);
	ck_assert(!seen.result.truncated);
	ck_assert_int_eq(memcmp(seen.out, input, len), 0);
	free(input);
}
END_TEST

START_TEST(input_that_nobody_reads_is_dropped)
{
	const char *argv[] = {"true", NULL};
	size_t len = 1 << 20;
	char *input = xcalloc(len, 1);

	begin(&(struct child_request){.argv = argv, .input = input,
	    .input_len = len});
	wait_for(&seen.done, 5000);
	ck_assert_int_eq(seen.result.exit_code, 0);
	free(input);
}
END_TEST

START_TEST(a_conversation)
{
	const char *argv[] = {"cat", NULL};
	struct child *c = begin(&(struct child_request){.argv = argv,
	    .keep_input = true, .output = on_output});
	char *much = xcalloc(1 << 20, 1);

	ck_assert_int_eq(child_write(c, "one\n", 4), 0);
	wait_for_output(1, "one\n");
	ck_assert_int_eq(child_write(c, "two\n", 4), 0);
	wait_for_output(1, "two\n");
	kill(child_pid(c), SIGSTOP);
	ck_assert_int_eq(child_write(c, much, 1 << 20), 0);
	ck_assert_int_eq(child_write(c, "x", 1), -1);
	kill(child_pid(c), SIGCONT);
	child_close_input(c);
	wait_for(&seen.done, 5000);
	ck_assert_int_eq(seen.result.exit_code, 0);
	ck_assert_uint_eq(seen.stream[1].len, 8 + (1 << 20));
	ck_assert_str_eq(seen.out, "");
	free(much);
}
END_TEST

START_TEST(output_has_a_ceiling)
{
	const char *argv[] = {"sh", "-c",
	    "head -c 300000 /dev/zero | tr '\\0' x; echo end >&2", NULL};

	begin(&(struct child_request){.argv = argv, .output_max = 1000});
	wait_for(&seen.done, 10000);
	ck_assert(seen.result.truncated);
	ck_assert_uint_eq(seen.result.out_len, 1000);
	ck_assert_int_eq(seen.result.exit_code, 0);
	ck_assert_str_eq(seen.err, "end\n");
}
END_TEST

START_TEST(a_deadline_ends_the_whole_group)
{
	const char *argv[] = {"sh", "-c",
	    "sleep 600 & echo $!; wait", NULL};
	pid_t grandchild;

	begin(&(struct child_request){.argv = argv, .deadline_ms = 200,
	    .output = on_output});
	grandchild = printed_pid();
	wait_for(&seen.done, 1500);
	ck_assert(seen.result.timed_out);
	ck_assert_int_eq(seen.result.signal, SIGTERM);
	wait_until_dead(grandchild, 1000);
}
END_TEST

START_TEST(who_ignores_sigterm_is_killed)
{
	const char *argv[] = {"sh", "-c",
	    "trap '' TERM; echo ready; while :; do sleep 1; done", NULL};
	int64_t took;

	begin(&(struct child_request){.argv = argv, .deadline_ms = 300,
	    .output = on_output});
	wait_for_output(1, "ready");
	took = wait_for(&seen.done, 5000);
	ck_assert(seen.result.timed_out);
	ck_assert_int_eq(seen.result.signal, SIGKILL);
	ck_assert_int_ge(took, 1900);
}
END_TEST

START_TEST(a_grandchild_does_not_hold_the_end)
{
	const char *argv[] = {"sh", "-c", "sleep 600 & echo $!", NULL};
	pid_t grandchild;
	int64_t took;

	begin(&(struct child_request){.argv = argv, .output = on_output});
	grandchild = printed_pid();
	took = wait_for(&seen.done, 5000);
	ck_assert_int_le(took, 1500);
	ck_assert_int_eq(seen.result.exit_code, 0);
	ck_assert(alive(grandchild));
	kill(grandchild, SIGKILL);
}
END_TEST

START_TEST(a_cancelled_child_ends_in_silence)
{
	const char *argv[] = {"sh", "-c", "echo $$; exec sleep 600", NULL};
	pid_t pid;

	begin(&(struct child_request){.argv = argv, .output = on_output});
	pid = printed_pid();
	ck_assert_int_eq(pid, child_pid(seen.child));
	child_cancel(seen.child);
	child_cancel(NULL);
	wait_until_dead(pid, 3000);
	loop_turn(l, 0);
	ck_assert_int_eq(seen.done, 0);
}
END_TEST

static void
cancel_in_output(int which, const char *data, size_t len, void *arg)
{
	on_output(which, data, len, arg);
	child_cancel(seen.child);
	*(int *)arg += 1;
}

START_TEST(cancel_inside_the_output_callback)
{
	const char *argv[] = {"sh", "-c", "sleep 600 & echo a; exit", NULL};
	int outputs = 0;
	struct child_request r = {.argv = argv, .output = cancel_in_output,
	    .arg = &outputs};
	int64_t end;

	begin(&r);
	/* Read only after it has exited: it is then lingering. */
	if (_i == 1) {
		end = clock_mono() + 5000;
		while (alive(child_pid(seen.child)) && clock_mono() < end)
			sched_yield();
	}
	wait_for(&outputs, 5000);
	loop_turn(l, 20);
	loop_turn(l, 20);
	ck_assert_int_eq(outputs, 1);
	ck_assert_int_eq(seen.done, 0);
}
END_TEST

START_TEST(a_socket_becomes_stdin_and_stdout)
{
	const char *argv[] = {"cat", NULL};
	char reply[8] = "";
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	begin(&(struct child_request){.argv = argv, .socket = fds[1]});
	close(fds[1]);
	ck_assert_int_eq(write(fds[0], "ping", 4), 4);
	ck_assert_int_eq(read(fds[0], reply, sizeof(reply)), 4);
	ck_assert_str_eq(reply, "ping");
	close(fds[0]);
	wait_for(&seen.done, 5000);
	ck_assert_int_eq(seen.result.exit_code, 0);
}
END_TEST

START_TEST(nothing_else_is_inherited)
{
	int leaky = open("/dev/null", O_RDONLY), signals[] = {SIGTERM, SIGINT};
	int signo = 0;

	ck_assert_int_ge(fcntl(leaky, F_DUPFD, 20), 20);
	ck_assert_int_eq(loop_signals(l, signals, 2, NULL, &signo, NULL), 0);
	/* Two signals are glibc's own (32, 33), nobody can reset them. */
	shell("ls /proc/self/fd; grep -E 'Sig(Blk|Ign)' /proc/self/status |"
	    " sed 's/180000000$/000000000/';"
	    "test $(cut -d' ' -f5 /proc/$$/stat) = $$ && echo leader");
	/* 3 is ls reading the directory. */
	ck_assert_str_eq(seen.out, "0\n1\n2\n3\n"
	    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
	    "leader\n");
}
END_TEST

START_TEST(freeing_the_reaper_ends_them_all)
{
	const char *kind[] = {"sh", "-c", "echo $$; exec sleep 600", NULL};
	const char *stubborn[] = {"sh", "-c",
	    "trap '' TERM; echo $$; while :; do sleep 1; done", NULL};
	const char *missing[] = {"no-such-program", NULL};
	struct child_request r = {.argv = kind, .output = on_output};
	int64_t start;
	pid_t pids[2];

	begin(&r);
	pids[0] = printed_pid();
	buf_clear(&seen.stream[1]);
	r.argv = stubborn;
	begin(&r);
	pids[1] = printed_pid();
	r.argv = missing;
	begin(&r);
	start = clock_mono();
	children_free(children);
	children = NULL;
	ck_assert_int_le(clock_mono() - start, 2100);
	ck_assert(!alive(pids[0]) && !alive(pids[1]));
	ck_assert_int_eq(seen.done, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("child");
	TCase *t = tcase_create("child");

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, output_and_exit_code_are_reported);
	tcase_add_test(t, death_by_signal_is_reported);
	tcase_add_test(t, a_missing_program_is_named);
	tcase_add_test(t, directory_and_environment);
	tcase_add_test(t, input_of_any_size_goes_in);
	tcase_add_test(t, input_that_nobody_reads_is_dropped);
	tcase_add_test(t, a_conversation);
	tcase_add_test(t, output_has_a_ceiling);
	tcase_add_test(t, a_deadline_ends_the_whole_group);
	tcase_add_test(t, who_ignores_sigterm_is_killed);
	tcase_add_test(t, a_grandchild_does_not_hold_the_end);
	tcase_add_test(t, a_cancelled_child_ends_in_silence);
	tcase_add_loop_test(t, cancel_inside_the_output_callback, 0, 2);
	tcase_add_test(t, a_socket_becomes_stdin_and_stdout);
	tcase_add_test(t, nothing_else_is_inherited);
	tcase_add_test(t, freeing_the_reaper_ends_them_all);
	suite_add_tcase(s, t);
	return unit_run(s);
}
