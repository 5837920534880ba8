/* Jobs, run for real on this machine: ends of every kind, and what is lost. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "io/job.h"
#include "io/job-script.h"

static struct loop *l;
static struct children *children;
static char *root;
static struct job_place place;

static struct seen {
	struct job *job;
	int done, swept;
	struct job_result result;
	char *why;
	struct buf out;
	int64_t next;		/* offset that must come */
	bool forget;		/* on the first output */
} seen;

/* $1: the argument. */
static void
shell(const char *script, const char *arg)
{
	const char *argv[] = {"/bin/sh", "-c", script, "sh", arg, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	/* SIGCHLD is blocked; the reaper waits for its own children only. */
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void
setup(void)
{
	char name[] = "/tmp/vigie-test-job-XXXXXX";

	l = loop_new(NULL);
	children = children_new(l, NULL);
	memset(&seen, 0, sizeof(seen));
	buf_init(&seen.out, 64 << 20);
	root = xasprintf("%s/it's a root", mkdtemp(name));
	place = (struct job_place){.children = children, .root = root};
}

static void
teardown(void)
{
	if (!seen.done)
		job_forget(seen.job);
	children_free(children);
	loop_free(l);
	shell("rm -rf \"$(dirname \"$1\")\"", root);
	free(root);
	free(seen.why);
	buf_release(&seen.out);
}

static void
on_output(const char *data, size_t len, int64_t offset, void *arg)
{
	ck_assert_int_eq(offset, seen.next);
	seen.next = offset + (int64_t)len;
	buf_add(&seen.out, data, len);
	if (seen.forget) {
		job_forget(seen.job);
		seen.job = NULL;
	}
	(void)arg;
}

static void
on_done(const struct job_result *r, void *arg)
{
	seen.done++;
	seen.result = *r;
	xstrset(&seen.why, r->why);
	(void)arg;
}

static struct job_request
request(const char *id, const char *script)
{
	return (struct job_request){
		.id = id, .script = script, .deadline_ms = 60000,
		.output = on_output, .done = on_done,
	};
}

static void
start(const char *id, const char *script)
{
	struct job_request r = request(id, script);

	seen.done = 0;
	seen.next = 0;
	seen.job = job_start(l, &place, &r);
	ck_assert_int_eq(seen.done, 0);
}

static void
attach(const char *id, int64_t from)
{
	struct job_request r = request(id, NULL);

	r.from = seen.next = from;
	seen.done = 0;
	seen.job = job_attach(l, &place, &r);
}

#define WAIT_FOR(what) do { \
	int64_t end_ = clock_mono() + 40000; \
	while (!(what) && clock_mono() < end_) \
		loop_turn(l, 20); \
	ck_assert_msg(what, "did not happen: %s", #what); \
} while (0)

static void
wait_for_text(const char *text)
{
	WAIT_FOR(strstr(buf_str(&seen.out), text));
}

static char *
spool(const char *id, const char *file)
{
	return xasprintf("%s/%s/%s", root, id, file);
}

static bool
exists(const char *id, const char *file)
{
	char *path = spool(id, file);
	bool is = access(path, F_OK) == 0;

	free(path);
	return is;
}

static void
overwrite(const char *id, const char *file, const char *text)
{
	char *path = spool(id, file);

	ck_assert_int_eq(files_write(path, text, strlen(text), 0600, NULL), 0);
	free(path);
}

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

/* The number after NAME= in the output, which must come. */
static pid_t
printed_pid(const char *name)
{
	char *tag = xasprintf("%s=", name), *end;
	int64_t pid;

	WAIT_FOR((end = strstr(buf_str(&seen.out), tag)) && strchr(end, '\n'));
	end = xstrndup(end + strlen(tag),
	    strcspn(end + strlen(tag), "\n"));
	ck_assert_int_eq(text_int(end, 2, INT32_MAX, &pid), 0);
	free(end);
	free(tag);
	return (pid_t)pid;
}

START_TEST(output_and_exit_code_come)
{
	struct stat st;

	start("a", "echo out; echo err >&2; exit 3");
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_EXITED);
	ck_assert_int_eq(seen.result.exit_code, 3);
	ck_assert_ptr_null(seen.why);
	ck_assert_int_eq(seen.result.log_bytes, 8);
	ck_assert_str_eq(buf_str(&seen.out), "out\nerr\n");
	ck_assert_int_eq(stat(root, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	ck_assert(exists("a", "status") && exists("a", "pid"));
}
END_TEST

/* Over before anybody could look at it. */
START_TEST(the_shortest_jobs_are_told)
{
	int i;

	for (i = 0; i < 10; i++) {
		char id[2] = {(char)('a' + i), '\0'};

		start(id, "");
		WAIT_FOR(seen.done);
		ck_assert_int_eq(seen.result.end, JOB_EXITED);
		ck_assert_int_eq(seen.result.exit_code, 0);
	}
}
END_TEST

START_TEST(a_script_of_any_text_arrives)
{
	start("a", "cat <<'EOF'\nit's \"$HOME\" `x` \\n\nEOF\necho é\n");
	WAIT_FOR(seen.done);
	ck_assert_str_eq(buf_str(&seen.out),
	    "it's \"$HOME\" `x` \\n\n\xc3\xa9\n");
}
END_TEST

START_TEST(its_umask_and_locale_are_the_host_s)
{
	mode_t old = umask(022);

	ck_assert_int_eq(unsetenv("LC_ALL"), 0);
	start("a", "umask; echo ${LC_ALL-none}");
	WAIT_FOR(seen.done);
	ck_assert_ptr_nonnull(strstr(buf_str(&seen.out), "022\nnone\n"));
	ck_assert_int_eq(setenv("LC_ALL", "C.UTF-8", 1), 0);
	buf_clear(&seen.out);
	start("b", "umask; echo ${LC_ALL-none}");
	WAIT_FOR(seen.done);
	ck_assert_ptr_nonnull(strstr(buf_str(&seen.out), "022\nC.UTF-8\n"));
	umask(old);
}
END_TEST

START_TEST(its_text_is_in_no_argv)
{
	pid_t pid;
	char *path, *command;
	struct buf b = BUF_INIT(1 << 16);

	start("a", "echo pid=$$; while [ ! -e go ]; do sleep 0.05; done; "
	    ": canary");
	pid = printed_pid("pid");
	path = xasprintf("/proc/%d/cmdline", (int)pid);
	ck_assert_int_eq(files_read(path, &b, NULL), 0);
	command = b.data;
	for (size_t i = 0; i + 1 < b.len; i++)
		if (!command[i])
			command[i] = ' ';
	ck_assert_str_eq(command, "sh ./script");
	overwrite("a", "go", "");
	WAIT_FOR(seen.done);
	buf_release(&b);
	free(path);
}
END_TEST

START_TEST(a_second_start_follows_the_first)
{
	start("a", "echo one; while [ ! -e go ]; do sleep 0.05; done; "
	    "echo two; exit 4");
	wait_for_text("one\n");
	job_forget(seen.job);
	buf_clear(&seen.out);
	start("a", "echo never");
	wait_for_text("one\n");
	overwrite("a", "go", "");
	WAIT_FOR(seen.done);
	ck_assert_str_eq(buf_str(&seen.out), "one\ntwo\n");
	ck_assert_int_eq(seen.result.exit_code, 4);
	/* And once more, when it is over. */
	buf_clear(&seen.out);
	start("a", "echo never");
	WAIT_FOR(seen.done);
	ck_assert_str_eq(buf_str(&seen.out), "one\ntwo\n");
	ck_assert_int_eq(seen.result.exit_code, 4);
}
END_TEST

START_TEST(it_outlives_us_and_is_followed_from_an_offset)
{
	start("a", "echo one; while [ ! -e go ]; do sleep 0.05; done; "
	    "echo two");
	wait_for_text("one\n");
	/* As at the end of a server. */
	job_forget(seen.job);
	children_free(children);
	place.children = children = children_new(l, NULL);
	buf_clear(&seen.out);
	attach("a", 4);
	WAIT_FOR(job_status(seen.job).running);
	ck_assert_int_eq(job_status(seen.job).log_bytes, 4);
	ck_assert_ptr_null(job_status(seen.job).note);
	overwrite("a", "go", "");
	WAIT_FOR(seen.done);
	ck_assert_str_eq(buf_str(&seen.out), "two\n");
	ck_assert_int_eq(seen.result.end, JOB_EXITED);
	ck_assert_int_eq(seen.result.exit_code, 0);
}
END_TEST

START_TEST(death_by_signal_is_told)
{
	start("a", "kill -9 $$");
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_SIGNALED);
	ck_assert_int_eq(seen.result.signal, SIGKILL);
	ck_assert_int_eq(seen.result.exit_code, -1);
	ck_assert_str_eq(seen.why, "was killed by signal 9");
}
END_TEST

START_TEST(cancel_ends_grandchildren)
{
	pid_t a, b;

	start("a", "sleep 600 & echo a=$!; (sleep 600 & echo b=$!; wait); "
	    "wait");
	a = printed_pid("a");
	b = printed_pid("b");
	job_cancel(seen.job);
	job_cancel(seen.job);
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_CANCELLED);
	ck_assert_int_eq(seen.result.exit_code, -1);
	ck_assert(!alive(a) && !alive(b));
}
END_TEST

START_TEST(who_ignores_sigterm_is_killed)
{
	pid_t a;

	start("a", "trap '' TERM; sleep 600 & echo a=$!; wait; sleep 600");
	a = printed_pid("a");
	job_cancel(seen.job);
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_CANCELLED);
	ck_assert(!alive(a));
}
END_TEST

START_TEST(a_start_can_be_undone)
{
	start("a", "touch ran; sleep 600");
	job_cancel(seen.job);
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_CANCELLED);
	/* Nor does one that comes later run. */
	start("a", "touch ran2");
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_CANCELLED);
	ck_assert(!exists("a", "ran2"));
}
END_TEST

START_TEST(a_deadline_ends_it)
{
	struct job_request r = request("a", "echo a=$$; sleep 600");
	pid_t a;

	r.deadline_ms = 900;
	seen.job = job_start(l, &place, &r);
	a = printed_pid("a");
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_DEADLINE);
	ck_assert_str_eq(seen.why, "took longer than 1 s and was stopped");
	ck_assert(!alive(a));
}
END_TEST

START_TEST(output_has_a_ceiling)
{
	struct job_request r = request("a",
	    "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end");

	r.output_max = 1 << 20;
	seen.job = job_start(l, &place, &r);
	WAIT_FOR(seen.done);
	ck_assert_uint_eq(seen.out.len, 1 << 20);
	ck_assert(seen.result.truncated);
	ck_assert_int_eq(seen.result.log_bytes, 3000005);
	ck_assert_int_eq(seen.result.end, JOB_EXITED);
	ck_assert_int_eq(seen.result.exit_code, 0);
}
END_TEST

START_TEST(much_output_comes_whole)
{
	struct job_request r = request("a",
	    "head -c 1500000 /dev/zero; echo end");

	r.output_max = 4 << 20;
	seen.job = job_start(l, &place, &r);
	WAIT_FOR(seen.done);
	ck_assert_uint_eq(seen.out.len, 1500004);
	ck_assert(!seen.result.truncated);
	ck_assert_int_eq(memcmp(seen.out.data + 1500000, "end\n", 4), 0);
}
END_TEST

START_TEST(a_vanished_spool_is_unknown)
{
	pid_t a;

	start("a", "echo a=$$; exec sleep 600");
	a = printed_pid("a");
	shell("rm -rf \"$1/a\"", root);
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_UNKNOWN);
	ck_assert_str_eq(seen.why, "its spool directory is not there");
	kill(a, SIGKILL);
	attach("never", 0);
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_UNKNOWN);
}
END_TEST

/* What the host answers for these files. */
static void
made(const char *id, const char *pid)
{
	shell("mkdir -p \"$1/m\"", root);
	overwrite(id, "log", "half\n");
	overwrite(id, "pid", pid);
	attach(id, 0);
	WAIT_FOR(seen.done);
	ck_assert_str_eq(buf_str(&seen.out), "half\n");
	ck_assert_int_eq(seen.result.end, JOB_UNKNOWN);
}

START_TEST(another_boot_is_unknown)
{
	made("m", "1 1 1 1 some-other-boot 1 1\n");
	ck_assert_str_eq(seen.why, "the host has rebooted while it ran");
	/* Nor is one told from less than that. */
	buf_clear(&seen.out);
	made("m", "1  1 1 some-boot 1 1795648000\n");
	buf_clear(&seen.out);
	made("m", "\n");
}
END_TEST

START_TEST(another_process_of_that_number_is_unknown)
{
	struct buf b = BUF_INIT(100);
	char *pid;

	ck_assert_int_eq(files_read("/proc/sys/kernel/random/boot_id", &b,
	    NULL), 0);
	b.data[b.len - 1] = '\0';
	/* This process lives, but began at another time. */
	pid = xasprintf("%d 1 %d 1 %s 1 1\n", (int)getpid(), (int)getpid(),
	    b.data);
	made("m", pid);
	ck_assert_str_eq(seen.why,
	    "its process has gone without leaving a status");
	free(pid);
	buf_release(&b);
}
END_TEST

START_TEST(killed_with_its_keeper_is_unknown)
{
	pid_t a;

	start("a", "echo a=$$; echo b=$PPID; exec sleep 600");
	a = printed_pid("a");
	kill(printed_pid("b"), SIGKILL);
	kill(a, SIGKILL);
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_UNKNOWN);
}
END_TEST

START_TEST(a_lost_keeper_does_not_hinder_a_cancel)
{
	pid_t a, b;

	start("a", "sleep 600 & echo a=$!; echo b=$PPID; wait");
	a = printed_pid("a");
	b = printed_pid("b");
	kill(b, SIGKILL);
	WAIT_FOR(!alive(b));
	job_cancel(seen.job);
	WAIT_FOR(seen.done);
	/* Nobody has seen its end. */
	ck_assert_int_eq(seen.result.end, JOB_UNKNOWN);
	ck_assert(!alive(a));
}
END_TEST

START_TEST(what_cannot_start_is_refused)
{
	place.root = "/proc/no/such/root";
	start("a", "true");
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_REFUSED);
	ck_assert_ptr_nonnull(strstr(seen.why, "/proc/no"));
	place.root = root;
	start("../a", "true");
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_REFUSED);
	start(".a", "true");
	WAIT_FOR(seen.done);
	ck_assert_int_eq(seen.result.end, JOB_REFUSED);
}
END_TEST

START_TEST(forgotten_inside_its_output)
{
	seen.forget = true;
	start("a", "echo one");
	WAIT_FOR(!seen.job);
	ck_assert_int_eq(seen.done, 0);
}
END_TEST

static void
on_swept(int removed, const char *error, void *arg)
{
	ck_assert_ptr_null(error);
	ck_assert_int_eq(removed, *(int *)arg);
	seen.swept++;
}

static void
sweep(const char *prefix, int64_t older_than_ms, int expected)
{
	seen.swept = 0;
	jobs_sweep(&place, prefix, older_than_ms, on_swept, &expected);
	WAIT_FOR(seen.swept);
}

START_TEST(only_what_has_ended_is_swept)
{
	sweep("", 0, 0);
	start("old", "true");
	WAIT_FOR(seen.done);
	start("young", "true");
	WAIT_FOR(seen.done);
	overwrite("old", "status", "0 1000\n");
	start("runs", "echo a=$$; sleep 600");
	printed_pid("a");
	sweep("other-", 0, 0);
	sweep("", 3600000, 1);
	ck_assert(!exists("old", "") && exists("young", ""));
	sweep("y", 0, 1);
	ck_assert(!exists("young", "") && exists("runs", ""));
	job_cancel(seen.job);
	WAIT_FOR(seen.done);
}
END_TEST

START_TEST(a_program_cut_on_its_way_does_nothing)
{
	struct job_slice s = {0, 1000};
	struct buf b = BUF_INIT(1 << 20);
	char *path = xasprintf("%s.sh", root);
	size_t i, step = unit_stride() * 997;

	job_script_start(&b, root, "a", "touch ran", 10, s);
	for (i = 0; i + 6 < b.len; i += step) {
		ck_assert_int_eq(files_write(path, b.data, i, 0600, NULL), 0);
		shell("sh <\"$1\" >/dev/null 2>&1", path);
		ck_assert_int_ne(access(root, F_OK), 0);
	}
	free(path);
	buf_release(&b);
}
END_TEST

static void
refused(const char *text)
{
	struct job_answer a;

	ck_assert_int_eq(job_answer_parse(text, strlen(text), &a, NULL), -1);
}

START_TEST(answers_are_read)
{
	const char *text = "Welcome!\nvigie-job ended 12 3 deadline 0\nlog";
	struct job_answer a;

	ck_assert_int_eq(job_answer_parse(text, strlen(text), &a, NULL), 0);
	ck_assert_int_eq(a.seen, JOB_SEEN_ENDED);
	ck_assert_int_eq(a.size, 12);
	ck_assert_int_eq(a.code, 3);
	ck_assert_int_eq(a.stop, JOB_STOP_DEADLINE);
	ck_assert(a.no_session);
	ck_assert_str_eq(a.data, "log");
	ck_assert_uint_eq(a.len, 3);
	refused("");
	refused("vigie-job ended 12 3 deadline 0");
	refused("vigie-job ended 12 - - 1\n");
	refused("vigie-job ended 12 256 - 1\n");
	refused("vigie-job ended -1 0 - 1\n");
	refused("vigie-job ended 1 0 - 1 more\n");
	refused("vigie-job well 1 0 - 1\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("job");
	TCase *t = tcase_create("job");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, output_and_exit_code_come);
	tcase_add_test(t, the_shortest_jobs_are_told);
	tcase_add_test(t, a_script_of_any_text_arrives);
	tcase_add_test(t, its_umask_and_locale_are_the_host_s);
	tcase_add_test(t, its_text_is_in_no_argv);
	tcase_add_test(t, a_second_start_follows_the_first);
	tcase_add_test(t, it_outlives_us_and_is_followed_from_an_offset);
	tcase_add_test(t, death_by_signal_is_told);
	tcase_add_test(t, cancel_ends_grandchildren);
	tcase_add_test(t, who_ignores_sigterm_is_killed);
	tcase_add_test(t, a_start_can_be_undone);
	tcase_add_test(t, a_deadline_ends_it);
	tcase_add_test(t, output_has_a_ceiling);
	tcase_add_test(t, much_output_comes_whole);
	tcase_add_test(t, a_vanished_spool_is_unknown);
	tcase_add_test(t, another_boot_is_unknown);
	tcase_add_test(t, another_process_of_that_number_is_unknown);
	tcase_add_test(t, killed_with_its_keeper_is_unknown);
	tcase_add_test(t, a_lost_keeper_does_not_hinder_a_cancel);
	tcase_add_test(t, what_cannot_start_is_refused);
	tcase_add_test(t, forgotten_inside_its_output);
	tcase_add_test(t, only_what_has_ended_is_swept);
	tcase_add_test(t, a_program_cut_on_its_way_does_nothing);
	tcase_add_test(t, answers_are_read);
	suite_add_tcase(s, t);
	return unit_run(s);
}
