/* Where secrets are read, and what is refused. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/secret.h"

static struct loop *l;
static struct children *children;
static char dir[32];
static char *path;

/* What came. */
static int calls;
static char *secret, *error;

static void
setup(void)
{
	l = loop_new(NULL);
	children = children_new(l, NULL);
	snprintf(dir, sizeof(dir), "/tmp/vigie-secret-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = xasprintf("%s/word", dir);
	calls = 0;
}

static void
teardown(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
	free(path);
	xstrset(&secret, NULL);
	xstrset(&error, NULL);
	children_free(children);
	loop_free(l);
}

static void
on_secret(const char *s, const char *e, void *arg)
{
	ck_assert_ptr_eq(arg, &calls);
	calls++;
	xstrset(&secret, s);
	xstrset(&error, e);
}

static void
ask(const char *file, const char *command)
{
	struct secret_source s = {"the word", file, command};

	calls = 0;
	ck_assert_ptr_nonnull(secret_ask(l, children, &s, on_secret, &calls));
	ck_assert_int_eq(calls, 0);
	while (!calls)
		loop_turn(l, 1000);
	loop_turn(l, 0);
	ck_assert_int_eq(calls, 1);
	ck_assert(!secret || !error);
}

static void
write_file(const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	ck_assert_int_eq(chmod(path, mode), 0);
}

/* The error begins with what it is about and has that in it. */
static void
ck_assert_error(const char *part)
{
	ck_assert_ptr_null(secret);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(!strncmp(error, "the word: ", 10), "%s", error);
	ck_assert_msg(strstr(error, part) != NULL, "%s", error);
}

START_TEST(none_is_no_error)
{
	ask(NULL, NULL);
	ck_assert_ptr_null(secret);
	ck_assert_ptr_null(error);
}
END_TEST

/* --- files ------------------------------------------------------------------ */

static const struct {
	const char *text;
	size_t len;
	const char *secret, *error;
} files[] = {
	{"s3cret", 6, "s3cret", NULL},
	{"s3cret\n", 7, "s3cret", NULL},
	{"s3cret\r\n", 8, "s3cret", NULL},
	{" with spaces \n", 14, " with spaces ", NULL},
	{"first\nsecond\n", 13, "first", NULL},
	{"", 0, NULL, "is empty"},
	{"\n", 1, NULL, "is empty"},
	{"a\0b\n", 4, NULL, "has a NUL byte"},
};

START_TEST(a_file_has_it_on_its_first_line)
{
	write_file(files[_i].text, files[_i].len, 0600);
	ask(path, NULL);
	if (files[_i].secret) {
		ck_assert_pstr_eq(error, NULL);
		ck_assert_pstr_eq(secret, files[_i].secret);
	} else {
		ck_assert_error(files[_i].error);
		ck_assert_error(path);
	}
}
END_TEST

static const struct {
	mode_t mode;
	bool taken;
} modes[] = {
	{0600, true}, {0400, true}, {0700, true}, {0640, false},
	{0604, false}, {0620, false}, {0601, false}, {0666, false},
};

START_TEST(a_file_that_is_open_to_others_is_refused)
{
	write_file("s3cret\n", 7, modes[_i].mode);
	ask(path, NULL);
	if (modes[_i].taken) {
		ck_assert_pstr_eq(secret, "s3cret");
		return;
	}
	ck_assert_error("chmod 600 ");
	ck_assert_ptr_null(strstr(error, "s3cret"));
}
END_TEST

START_TEST(a_file_of_another_user_is_refused)
{
	write_file("s3cret\n", 7, 0600);
	/* Only root can give a file away. */
	if (geteuid() != 0 || chown(path, 65534, (gid_t)-1) == -1)
		return;
	ask(path, NULL);
	ck_assert_error("belongs to another user");
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	ask(path, NULL);
	ck_assert_error("cannot open");
	ask(dir, NULL);
	ck_assert_error("is no regular file");
	/* Without waiting for who would write to it. */
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ask(path, NULL);
	ck_assert_error("is no regular file");
}
END_TEST

START_TEST(a_file_that_changes_is_read_anew)
{
	write_file("one\n", 4, 0600);
	ask(path, NULL);
	ck_assert_pstr_eq(secret, "one");
	write_file("two\n", 4, 0600);
	ask(path, NULL);
	ck_assert_pstr_eq(secret, "two");
}
END_TEST

/* --- commands --------------------------------------------------------------- */

static const struct {
	const char *command, *secret, *error;
} commands[] = {
	{"echo s3cret", "s3cret", NULL},
	{"printf s3cret", "s3cret", NULL},
	{"echo s3cret; echo more", "s3cret", NULL},
	{"echo s3cret >&2; exit 3", NULL, "its command ended with 3"},
	{"echo s3cret; exit 1", NULL, "its command ended with 1"},
	{"true", NULL, "what its command prints: is empty"},
	{"printf 's3cret\\0x'", NULL, "what its command prints: has a NUL"},
	{"yes s3cret | head -c 100000", NULL, "prints too much"},
	{"printf %08192d 0", NULL, "prints too much"},
	{"kill -9 $$", NULL, "its command ended with"},
	{"no-such-command-here", NULL, "its command ended with 127"},
};

START_TEST(a_command_prints_it)
{
	ask(NULL, commands[_i].command);
	if (commands[_i].secret) {
		ck_assert_pstr_eq(error, NULL);
		ck_assert_pstr_eq(secret, commands[_i].secret);
		return;
	}
	ck_assert_error(commands[_i].error);
	/* What it printed is nobody's business. */
	ck_assert_ptr_null(strstr(error, "s3cret"));
}
END_TEST

START_TEST(who_does_not_wait_is_not_called)
{
	struct secret_source s = {"the word", path, NULL};

	secret_cancel(secret_ask(l, children, &s, on_secret, &calls));
	s = (struct secret_source){"the word", NULL, "echo x"};
	secret_cancel(secret_ask(l, children, &s, on_secret, &calls));
	secret_cancel(NULL);
	secret_free(NULL);
	loop_turn(l, 100);
	loop_turn(l, 100);
	ck_assert_int_eq(calls, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("secret");
	TCase *t = tcase_create("secret");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, none_is_no_error);
	tcase_add_loop_test(t, a_file_has_it_on_its_first_line, 0,
	    sizeof(files) / sizeof(files[0]));
	tcase_add_loop_test(t, a_file_that_is_open_to_others_is_refused, 0,
	    sizeof(modes) / sizeof(modes[0]));
	tcase_add_test(t, a_file_of_another_user_is_refused);
	tcase_add_test(t, what_is_no_file_is_refused);
	tcase_add_test(t, a_file_that_changes_is_read_anew);
	tcase_add_loop_test(t, a_command_prints_it, 0,
	    sizeof(commands) / sizeof(commands[0]));
	tcase_add_test(t, who_does_not_wait_is_not_called);
	suite_add_tcase(s, t);
	return unit_run(s);
}
