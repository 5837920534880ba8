/* Tags made and pushed, with the real git on a real origin. */
#include "unit.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "source/git-act.h"

#define DEADLINE_MS 20000

static struct loop *l;
static struct children *children;
static struct model model;
static struct world world;
static struct conf_repository conf;
static struct git *g;
static char *top;
static char *first, *second;	/* commits of the clone */

/* The last answer. */
static struct {
	bool told, existed, unsure;
	char *commit, *error;
} last;

static void
changed(void *arg, const char *environment)
{
	(void)arg;
	(void)environment;
}

/* What a shell says, in `top`; its first line, the caller frees it. */
static char *
shell(const char *script)
{
	char *line = NULL, *whole = xasprintf("cd %s && %s", top, script);
	size_t size = 0;
	int fds[2], status;
	FILE *f;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		execl("/bin/sh", "sh", "-ec", whole, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	f = fdopen(fds[0], "r");
	if (getline(&line, &size, f) == -1) {
		free(line);
		line = xstrdup("");
	}
	while (fgetc(f) != EOF)
		;
	fclose(f);
	waitpid(pid, &status, 0);
	ck_assert_msg(status == 0, "%s: %s", whole, line);
	line[strcspn(line, "\n")] = '\0';
	free(whole);
	return line;
}

static void
do_shell(const char *script)
{
	free(shell(script));
}

static void
check_shell(const char *script, const char *expected)
{
	char *is = shell(script);

	ck_assert_str_eq(is, expected);
	free(is);
}

static void
setup(void)
{
	char name[] = "/tmp/vigie-test-git-XXXXXX";

	top = xstrdup(mkdtemp(name));
	do_shell("exec 2>&1; git init -q --bare -b main origin.git;"
	    "git init -q -b main clone; cd clone;"
	    "git config user.name t; git config user.email t@example.net;"
	    "git remote add origin ../origin.git;"
	    "git commit -q --allow-empty -m one;"
	    "git commit -q --allow-empty -m two; git push -q origin main;"
	    "git tag other; git config push.followTags true;"
	    "git config tag.gpgSign true;"
	    "printf '#!/bin/sh\\ntouch %s/hooked\\n' .. >.git/hooks/pre-push;"
	    "chmod +x .git/hooks/pre-push");
	first = shell("git -C clone rev-parse HEAD~1");
	second = shell("git -C clone rev-parse HEAD");
	l = loop_new(NULL);
	children = children_new(l, NULL);
	model_init(&model);
	world = (struct world){.loop = l, .children = children,
	    .model = &model, .changed = changed};
	conf = (struct conf_repository){.remote = "origin", .branch = "main",
	    .changelog = "CHANGELOG.md"};
	conf.path = xasprintf("%s/clone", top);
	g = git_new(&world, &conf);
}

static void
teardown(void)
{
	git_free(g);
	children_free(children);
	model_release(&model);
	loop_free(l);
	free(conf.path);
	do_shell("rm -rf \"$PWD\"");
	free(top);
	free(first);
	free(second);
	xstrset(&last.commit, NULL);
	xstrset(&last.error, NULL);
}

static void
told(void *arg, const struct git_acted *r)
{
	ck_assert_ptr_eq(arg, &last);
	ck_assert(!last.told);
	last.told = true;
	last.existed = r->existed;
	last.unsure = r->unsure;
	xstrset(&last.commit, r->commit);
	xstrset(&last.error, r->error);
}

static void
wait_told(struct git_act *a)
{
	int64_t until = clock_mono() + DEADLINE_MS;

	ck_assert_ptr_nonnull(a);
	ck_assert(!last.told);
	while (!last.told) {
		ck_assert_msg(clock_mono() < until, "waited for git");
		loop_turn(l, 100);
	}
	last.told = false;
}

static void
tag(const char *name, const char *commit)
{
	wait_told(git_tag(g, &(struct git_tag){name, commit,
	    "Release; $(id) `id`\n\n# all of it", "yan <x>\n", "yan@hub"},
	    told, &last));
}

static void
push(const char *name)
{
	wait_told(git_push_tag(g, name, told, &last));
}

static void
ask(const char *name)
{
	wait_told(git_remote_tag(g, name, told, &last));
}

START_TEST(test_tag)
{
	tag("v1.4.0", first);
	ck_assert_ptr_null(last.error);
	ck_assert_str_eq(last.commit, first);
	ck_assert(!last.existed);
	check_shell("git -C clone cat-file -t v1.4.0", "tag");
	check_shell("git -C clone for-each-ref refs/tags/v1.4.0 "
	    "--format='%(taggername)%(taggeremail) %(subject)'",
	    "yan  x<yan@hub> Release; $(id) `id`");
	check_shell("git -C clone cat-file tag v1.4.0 | tail -1",
	    "# all of it");
	ask("v1.4.0");
	ck_assert_ptr_null(last.error);
	ck_assert_ptr_null(last.commit);
}
END_TEST

START_TEST(test_tag_short)
{
	char *part = xstrndup(second, 9);

	tag("v1.4.0", part);
	ck_assert_ptr_null(last.error);
	ck_assert_str_eq(last.commit, second);
	free(part);
}
END_TEST

START_TEST(test_tag_there)
{
	const char *made[] = {
	    "git -C clone -c tag.gpgSign=false tag v1 HEAD~1",
	    "git -C clone -c tag.gpgSign=false tag -a -m x v1 HEAD~1"};
	char *before, *after;

	do_shell(made[_i]);
	before = shell("git -C clone rev-parse v1");
	tag("v1", first);
	ck_assert_ptr_null(last.error);
	ck_assert(last.existed);
	ck_assert_str_eq(last.commit, first);
	tag("v1", second);
	ck_assert_ptr_nonnull(strstr(last.error, first));
	ck_assert_ptr_nonnull(strstr(last.error, second));
	ck_assert(!last.unsure);
	after = shell("git -C clone rev-parse v1");
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

static const struct {
	const char *name, *commit, *error;
} wrong[] = {
	{"--force", "1234567", "'--force' is not how a tag may be called"},
	{"", "1234567", "'' is not how a tag may be called"},
	{"a b", "1234567", "'a b' is not how a tag may be called"},
	{"v1..2", "1234567", "'v1..2' is not how a tag may be called"},
	{"v1.lock", "1234567", "'v1.lock' is not how a tag may be called"},
	{"a:b", "1234567", "'a:b' is not how a tag may be called"},
	{"v1", "HEAD", "'HEAD' is no commit to put the tag v1 on"},
	{"v1", "--all", "'--all' is no commit to put the tag v1 on"},
};

START_TEST(test_wrong)
{
	tag(wrong[_i].name, wrong[_i].commit);
	ck_assert_str_eq(last.error, wrong[_i].error);
	check_shell("git -C clone tag -l | wc -l", "1");
}
END_TEST

START_TEST(test_tag_no_such_commit)
{
	tag("v1", "1234567890");
	ck_assert_ptr_nonnull(strstr(last.error,
	    "the commit 1234567890 is not in the clone"));
}
END_TEST

/* That one ref, though the configuration would have others follow; no hook. */
START_TEST(test_push)
{
	tag("v1.4.0", first);
	tag("v1.4.1", second);
	push("v1.4.0");
	ck_assert_ptr_null(last.error);
	check_shell("git -C origin.git for-each-ref --format='%(refname)' | "
	    "tr '\\n' ' '", "refs/heads/main refs/tags/v1.4.0 ");
	ck_assert_int_eq(access("hooked", F_OK), -1);
	ask("v1.4.0");
	ck_assert_ptr_null(last.error);
	ck_assert_str_eq(last.commit, first);
	push("v1.4.0");
	ck_assert_ptr_null(last.error);
	ask("4.0");
	ck_assert_ptr_null(last.commit);
}
END_TEST

START_TEST(test_push_refused)
{
	tag("v1.4.0", first);
	do_shell("git -C origin.git tag v1.4.0 main");
	push("v1.4.0");
	ck_assert_ptr_nonnull(last.error);
	ck_assert(!last.unsure);
	ask("v1.4.0");
	ck_assert_str_eq(last.commit, second);
}
END_TEST

START_TEST(test_push_hook_declines)
{
	tag("v1.4.0", first);
	do_shell("printf '#!/bin/sh\\nexit 1\\n' "
	    ">origin.git/hooks/pre-receive;"
	    "chmod +x origin.git/hooks/pre-receive");
	push("v1.4.0");
	ck_assert_ptr_nonnull(last.error);
	ck_assert(!last.unsure);
	ask("v1.4.0");
	ck_assert_ptr_null(last.error);
	ck_assert_ptr_null(last.commit);
}
END_TEST

START_TEST(test_no_remote)
{
	tag("v1.4.0", first);
	do_shell("rm -rf origin.git");
	push("v1.4.0");
	ck_assert_ptr_nonnull(last.error);
	ck_assert(last.unsure);
	ask("v1.4.0");
	ck_assert_ptr_nonnull(last.error);
	ck_assert_ptr_null(last.commit);
}
END_TEST

/* Nobody is told. */
START_TEST(test_cancel)
{
	git_act_cancel(git_remote_tag(g, "v1", told, &last));
	git_act_cancel(git_remote_tag(g, "a b", told, &last));
	git_act_cancel(NULL);
	git_push_tag(g, "v1", told, &last);
	git_free(g);
	g = NULL;
	loop_turn(l, 50);
	ck_assert(!last.told);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("git-act");
	TCase *tc = tcase_create("acts");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_tag);
	tcase_add_test(tc, test_tag_short);
	tcase_add_loop_test(tc, test_tag_there, 0, 2);
	tcase_add_loop_test(tc, test_wrong, 0,
	    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, test_tag_no_such_commit);
	tcase_add_test(tc, test_push);
	tcase_add_test(tc, test_push_refused);
	tcase_add_test(tc, test_push_hook_declines);
	tcase_add_test(tc, test_no_remote);
	tcase_add_test(tc, test_cancel);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
