/* Queries that tell a schema: their script, run by a real shell, and what is
 * read from its answer. */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/child.h"
#include "source/schemas-parse.h"

static const struct {
	const char *text, *error;	/* error NULL: a fingerprint */
} answers[] = {
	{"001_a\n002_b\n\n0\n\n", NULL},
	{"no line feed at its end\n0\nwarning: collation\n", NULL},
	/* What looks like an end is none. */
	{"x\n\n1\nfatal: no\n\n0\n\n", NULL},
	{"\n0\n\n", "the query answers nothing"},
	{" \n\t\n\n0\nno rows\n", "the query answers nothing: no rows"},
	{"\n2\npsql: error: no \033[31mserver\n",
	 "the query ended with 2: psql: error: no server"},
	{"\nERROR on stdout\nmore\n\n1\n\n",
	 "the query ended with 1: ERROR on stdout"},
	{"\n127\nthere is no docker program on the host\n",
	 "the query ended with 127: there is no docker program on the host"},
	{"", "the host's answer has no end"},
	{"\n\n\n\n", "the host's answer has no end"},
	{"0\nx\n", "the host's answer has no end"},
	{"a\n\n0", "the host's answer has no end"},
	{"a\n\n300\nx\n", "the host's answer has no end"},
};

START_TEST(answers_are_read)
{
	const char *text = answers[_i].text;
	char fingerprint[HASH_TEXT_MAX] = "untouched";
	struct err e = {""};
	int result = schemas_parse(text, strlen(text), fingerprint, &e);

	ck_assert_int_eq(result, answers[_i].error ? -1 : 0);
	ck_assert_str_eq(e.text, answers[_i].error ? answers[_i].error : "");
	if (answers[_i].error)
		ck_assert_str_eq(fingerprint, "untouched");
	else
		ck_assert_int_eq(strlen(fingerprint), 16);
}
END_TEST

START_TEST(only_the_output_counts)
{
	static const char a[] = "1\n2\n\n0\n\n", b[] = "1\n2\n\n0\nNOTICE: x\n",
	    c[] = "1\n3\n\n0\n\n";
	char x[HASH_TEXT_MAX], y[HASH_TEXT_MAX], z[HASH_TEXT_MAX];

	ck_assert_int_eq(schemas_parse(a, sizeof(a) - 1, x, NULL), 0);
	ck_assert_int_eq(schemas_parse(b, sizeof(b) - 1, y, NULL), 0);
	ck_assert_int_eq(schemas_parse(c, sizeof(c) - 1, z, NULL), 0);
	ck_assert_str_eq(x, y);
	ck_assert_str_ne(x, z);
	/* FNV-1a of "1\n2\n" is a known value: it outlives this version. */
	ck_assert_str_eq(x, "7a2385f1c75178ae");
}
END_TEST

/* --- the script, in a shell ----------------------------------------------- */

static struct loop *l;
static struct children *children;
static char dir[32];
static char *path;			/* PATH for the shell */
static struct buf out;
static bool done;

static void
setup(void)
{
	l = loop_new(NULL);
	children = children_new(l, NULL);
	buf_init(&out, 1 << 20);
	snprintf(dir, sizeof(dir), "/tmp/vigie-schemas-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = xasprintf("PATH=%s:%s", dir, getenv("PATH"));
}

static void
teardown(void)
{
	char *docker = xasprintf("%s/docker", dir);

	unlink(docker);
	free(docker);
	ck_assert_int_eq(rmdir(dir), 0);
	free(path);
	buf_release(&out);
	children_free(children);
	loop_free(l);
}

/* A docker that says its arguments, and does as the shell in a container
 * would. */
static void
make_docker(void)
{
	char *name = xasprintf("%s/docker", dir);
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	fputs("#!/bin/sh\nprintf '<%s>' \"$@\"\nshift 4\nexec \"$@\"\n", f);
	fclose(f);
	ck_assert_int_eq(chmod(name, 0700), 0);
	free(name);
}

static void
on_child(const struct child_result *r, void *arg)
{
	(void)arg;
	ck_assert_ptr_null(r->error);
	ck_assert(!r->timed_out);
	buf_add(&out, r->out, r->out_len);
	done = true;
}

/* As host-shell.c runs it. */
static void
run(const char *container, const char *command)
{
	const char *argv[] = {"/bin/sh", NULL};
	const char *env[] = {path, NULL};
	struct buf script = BUF_INIT(1 << 20);

	buf_adds(&script, "{\n");
	schemas_script(&script, "/run/it's.sock", container, command);
	buf_adds(&script, "\n} </dev/null\n");
	buf_clear(&out);
	done = false;
	child_start(children, &(struct child_request){
	    .argv = argv, .env = env, .input = script.data,
	    .input_len = script.len, .deadline_ms = 20000,
	    .done = on_child});
	while (!done)
		loop_turn(l, 1000);
	buf_release(&script);
}

static const struct {
	const char *command, *answer;
} commands[] = {
	{"echo a; echo b", "a\nb\n\n0\n\n"},
	{"printf a; echo warn >&2", "a\n0\nwarn\n"},
	{"echo \"it's\" >&2; echo two >&2; exit 3", "\n3\nit's\n"},
	{"echo; echo '   ' >&2; echo x >&2", "\n\n0\nx\n"},
	{"a syntax error (", NULL},
	{"kill -9 $$", "\n137\n"},
	{"cat; echo read", "read\n\n0\n\n"},
	/* Much on both sides neither blocks nor is kept. */
	{"yes | head -c 200000 >&2; echo end", "end\n\n0\ny\n"},
};

START_TEST(commands_run_on_the_host)
{
	run(NULL, commands[_i].command);
	if (commands[_i].answer)
		ck_assert_msg(!strncmp(buf_str(&out), commands[_i].answer,
		    strlen(commands[_i].answer)), "%s", buf_str(&out));
	else
		ck_assert_ptr_nonnull(strstr(buf_str(&out), "\n2\n"));
}
END_TEST

START_TEST(commands_run_in_a_container)
{
	make_docker();
	run("abc", "echo 'in it'; exit 1");
	ck_assert_str_eq(buf_str(&out), "<-H><unix:///run/it's.sock><exec>"
	    "<abc><sh><-c><echo 'in it'; exit 1>in it\n\n1\n\n");
}
END_TEST

START_TEST(a_host_without_docker_is_told)
{
	/* Nothing but the shell's own words is found. */
	free(path);
	path = xasprintf("PATH=%s", dir);
	run("abc", "echo");
	ck_assert_str_eq(buf_str(&out), "\n127\nthere is no docker program on "
	    "the host\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("schemas");
	TCase *t = tcase_create("answers"), *u = tcase_create("script");

	tcase_add_loop_test(t, answers_are_read, 0,
	    sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(t, only_the_output_counts);
	suite_add_tcase(s, t);
	tcase_set_timeout(u, 60);
	tcase_add_checked_fixture(u, setup, teardown);
	tcase_add_loop_test(u, commands_run_on_the_host, 0,
	    sizeof(commands) / sizeof(commands[0]));
	tcase_add_test(u, commands_run_in_a_container);
	tcase_add_test(u, a_host_without_docker_is_told);
	suite_add_tcase(s, u);
	return unit_run(s);
}
