/*
 * What the console shows, as whole screens against tests/screens/ref, and what
 * it does with keys. SCREEN_UPDATE=1 writes the references: look at the
 * difference before committing it.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/files.h"
#include "screen.h"
#include "unit/unit.h"

/* --- pictures --------------------------------------------------------- */

struct picture {
	const char *name;
	struct stage_options options;
	const char *keys;	/* pressed once `first` is seen, or NULL */
	const char *first, *then;	/* texts waited for */
};

static const struct picture pictures[] = {
	{"overview-80x24", {.fixture = "trouble"}, NULL, "PROD", NULL},
	{"overview-120x36", {.fixture = "trouble", .rows = 36, .columns = 120}, NULL,
	    "PROD", NULL},
	{"overview-200x60", {.fixture = "trouble", .rows = 60, .columns = 200}, NULL,
	    "PROD", NULL},
	{"overview-50x14", {.fixture = "trouble", .rows = 14, .columns = 50}, NULL,
	    "local", NULL},
	{"overview-calm-120x36", {.fixture = "calm", .rows = 36, .columns = 120}, NULL,
	    "PROD", NULL},
	{"overview-releases-120x36", {.fixture = "releases", .rows = 36,
	    .columns = 120}, NULL, "PROD", "v1.4.1-rollback"},
	{"french-releases-120x36", {.fixture = "releases", .french = true,
	    .rows = 36, .columns = 120}, NULL, "PROD", "v1.4.1-rollback"},
	{"overview-many-80x24", {.fixture = "many"}, NULL, "host01", NULL},
	{"overview-many-120x36", {.fixture = "many", .rows = 36, .columns = 120}, NULL,
	    "host01", NULL},
	{"overview-many-200x60", {.fixture = "many", .rows = 60, .columns = 200}, NULL,
	    "host01", NULL},
	{"overview-ascii-80x24", {.fixture = "trouble", .env = {"LANG=C"}}, NULL,
	    "PROD", NULL},
	{"overview-8-colours-80x24", {.fixture = "trouble",
	    .env = {"TERM=screen"}}, NULL, "PROD", NULL},
	{"hostile-120x36", {.fixture = "hostile", .rows = 36, .columns = 120}, NULL,
	    "notice", NULL},
	{"environment-80x24", {.fixture = "trouble"}, "3\r", "PROD", "service "},
	{"environment-120x36", {.fixture = "trouble", .rows = 36, .columns = 120},
	    "3\r", "PROD", "service "},
	{"environment-200x60", {.fixture = "trouble", .rows = 60, .columns = 200},
	    "3\r", "PROD", "service "},
	{"environment-50x14", {.fixture = "trouble", .rows = 14, .columns = 50},
	    "3\r", "local", "service "},
	{"environment-hostile-80x24", {.fixture = "hostile"}, "3\r", "notice",
	    "service "},
	{"logs-80x24", {.fixture = "trouble"}, "3l", "PROD", "following"},
	{"logs-120x36", {.fixture = "trouble", .rows = 36, .columns = 120}, "3l",
	    "PROD", "following"},
	{"events-80x24", {.fixture = "trouble"}, "e", "PROD", "die (137)"},
	{"releases-80x24", {.fixture = "releases"}, "v", "PROD",
	    "12/16"},
	{"releases-120x36", {.fixture = "releases", .rows = 36,
	    .columns = 120}, "v", "PROD", "71c0de44"},
	{"releases-two-120x36", {.fixture = "releases", .rows = 36,
	    .columns = 120}, "v=jjj", "PROD", "aa00c4d1"},
	{"releases-hostile-80x24", {.fixture = "hostile-releases"}, "v",
	    "formation-hub", "dead"},
	{"french-view-releases-120x36", {.fixture = "releases", .french = true,
	    .rows = 36, .columns = 120}, "v", "PROD", "71c0de44"},
	{"help-80x24", {.fixture = "trouble"}, "?", "PROD", "keys and commands"},
	{"help-120x36", {.fixture = "trouble", .rows = 36, .columns = 120},
	    "?", "PROD", "keys and commands"},
	{"french-80x24", {.fixture = "trouble", .french = true}, NULL,
	    "PROD", NULL},
	{"french-120x36", {.fixture = "trouble", .french = true, .rows = 36,
	    .columns = 120}, NULL, "PROD", NULL},
	{"french-environment-80x24", {.fixture = "trouble", .french = true},
	    "3\r", "PROD", "service "},
	{"french-environment-120x36", {.fixture = "trouble", .french = true,
	    .rows = 36, .columns = 120}, "3\r", "PROD", "service "},
	{"french-logs-80x24", {.fixture = "trouble", .french = true}, "3l",
	    "PROD", "#62"},
	{"french-help-80x24", {.fixture = "trouble", .french = true}, "?",
	    "PROD", "vigie 0"},
	{"french-wall-120x36", {.fixture = "trouble", .french = true,
	    .view = "wall", .rows = 36, .columns = 120}, NULL, "PROD", NULL},
	{"wall-80x24", {.fixture = "trouble", .view = "wall"}, NULL, "PROD", NULL},
	{"wall-120x36", {.fixture = "trouble", .view = "wall", .rows = 36,
	    .columns = 120}, NULL, "PROD", NULL},
	{"wall-many-120x36", {.fixture = "many", .view = "wall", .rows = 36,
	    .columns = 120}, NULL, "host05", NULL},
	{"wall-ascii-120x36", {.fixture = "trouble", .view = "wall", .rows = 36,
	    .columns = 120, .env = {"LANG=C"}}, NULL, "PROD", NULL},
};

START_TEST(picture)
{
	const struct picture *p = &pictures[_i];
	struct stage *s = stage_new(&p->options);

	stage_wait(s, p->first);
	if (p->keys)
		stage_keys(s, p->keys);
	if (p->then)
		stage_wait(s, p->then);
	stage_expect(s, p->name);
	stage_free(s);
}
END_TEST

/* From nothing to everything, no size may hurt. */
START_TEST(any_size)
{
	static const int sizes[][2] = {{1, 1}, {1, 80}, {24, 1}, {2, 2},
	    {3, 3}, {5, 9}, {16, 60}, {15, 60}, {16, 59}, {24, 99},
	    {24, 100}, {400, 500}, {2, 300}, {24, 80}};
	static const char *const keys[] = {"", "3\r", "i", "l", "w", "q",
	    "e", "q?", "q:", "s\t", "\033/x", "\033"};
	struct stage *s = stage_new(&(struct stage_options){.fixture = "hostile"});
	size_t i, k;

	stage_wait(s, "formation-hub");
	for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		stage_keys(s, keys[k]);
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			stage_resize(s, sizes[i][0], sizes[i][1]);
		stage_wait(s, "formation-hub");
	}
	stage_free(s);
}
END_TEST

START_TEST(releases_any_size)
{
	static const int sizes[][2] = {{1, 1}, {1, 120}, {24, 1}, {2, 2},
	    {3, 3}, {5, 9}, {4, 100}, {12, 40}, {24, 99}, {24, 100},
	    {400, 500}, {24, 80}};
	static const char *const keys[] = {"v", "j", "=k", "JJJ", "K", "G"};
	struct stage *s = stage_new(&(struct stage_options){
	    .fixture = "hostile-releases"});
	size_t i, k;

	stage_wait(s, "formation-hub");
	for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		stage_keys(s, keys[k]);
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			stage_resize(s, sizes[i][0], sizes[i][1]);
		stage_wait(s, "formation-hub");
	}
	stage_free(s);
}
END_TEST

START_TEST(one_cell)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble",
	    .rows = 1, .columns = 1});

	stage_wait_asked(s, "subscribe");
	stage_keys(s, "3\rjl");
	stage_wait_asked(s, "logs");
	stage_resize(s, 24, 80);
	stage_wait(s, "following");
	stage_free(s);
}
END_TEST

START_TEST(wall_one_cell)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble",
	    .view = "wall", .rows = 1, .columns = 1});

	stage_wait_asked(s, "subscribe");
	stage_resize(s, 24, 80);
	stage_wait(s, "PROD");
	stage_keys(s, "q");
	ck_assert_int_eq(stage_wait_exit(s), 0);
	stage_free(s);
}
END_TEST

START_TEST(no_color)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble",
	    .env = {"NO_COLOR=1"}});

	stage_wait(s, "■ docmost");
	stage_expect(s, "overview-80x24");
	stage_expect_no_color(s);
	/* What is selected must be seen all the same. */
	ck_assert(stage_cell(s, 2, 5, "reverse"));
	stage_free(s);
}
END_TEST

/* --- keys ------------------------------------------------------------- */

START_TEST(opens_and_goes_back)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, "\t\r");
	stage_wait(s, "2 staging · 6 of 6 running");
	stage_keys(s, "3");
	stage_wait(s, "3 PROD · 6 of 6 running");
	stage_keys(s, "n");
	stage_wait(s, "docmost ■ crit");
	stage_keys(s, "i");
	stage_wait(s, "through libssh2");
	stage_keys(s, "\033");
	stage_wait(s, "1 local");
	stage_keys(s, "q");
	ck_assert_int_eq(stage_wait_exit(s), 0);
	stage_free(s);
}
END_TEST

START_TEST(sorts)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, "3\r");
	stage_wait_line(s, 4, "baserow");
	stage_keys(s, "o");
	stage_wait_line(s, 4, "docmost");
	stage_keys(s, "o");
	stage_wait_line(s, 4, "baserow");
	stage_wait(s, "by cpu");
	stage_free(s);
}
END_TEST

START_TEST(filters)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, "/minio");
	stage_wait_gone(s, "● baserow  healthy");
	stage_keys(s, "\r");
	stage_wait(s, "? help  /minio");
	stage_keys(s, "\033");
	stage_wait(s, "● baserow  healthy");
	stage_keys(s, "3\r/exp");
	stage_wait(s, "no service matches");
	stage_keys(s, "\b\b\bdocm\r");
	stage_wait_gone(s, "● minio");
	stage_wait(s, "docmost/docmost");
	stage_free(s);
}
END_TEST

START_TEST(shows_releases)
{
	struct stage *s = stage_new(&(struct stage_options){
	    .fixture = "releases", .rows = 36, .columns = 120});

	stage_wait(s, "PROD");
	stage_keys(s, "v");
	stage_wait_asked(s, "commits");
	stage_wait(s, "3fa9c1e5 bridge");
	stage_keys(s, "jj");
	stage_wait(s, "─ v1.4.1 patch ─");
	stage_wait(s, "login: normalise accents");
	/* Compared in the order of the versions, whichever is marked. */
	stage_keys(s, "=j");
	stage_wait(s, "v1.4.0 › v1.4.1");
	stage_wait(s, "commits that v1.4.1 has and v1.4.0 has not");
	stage_keys(s, "=ggg");
	stage_wait(s, "v1.4.0 › v1.10.0-rc.1");
	stage_wait(s, "5be1a20f");
	stage_keys(s, "/rollback\r");
	stage_wait(s, " 1/1 ");
	stage_wait(s, "v1.4.0 › v1.4.1-rollback");
	stage_wait(s, "none");
	stage_keys(s, "\033");
	stage_wait(s, " 2/6 ");
	stage_keys(s, "/nosuch\r");
	stage_wait(s, "no release matches");
	stage_keys(s, "\033q");
	stage_wait(s, "3 PROD");
	/* From an environment: at what runs there. */
	stage_keys(s, "3\r:releases\r");
	stage_wait(s, "v1.4.1-rollback rollback");
	stage_keys(s, "q");
	stage_wait(s, "3 PROD · 6 of 6 running");
	stage_free(s);
}
END_TEST

START_TEST(asks_for_commits_again)
{
	struct stage *s = stage_new(&(struct stage_options){
	    .fixture = "releases", .rows = 36, .columns = 120});

	stage_wait(s, "PROD");
	stage_server_stop(s);
	stage_wait(s, "this picture is");
	stage_keys(s, "v");
	stage_wait(s, "reading the commits");
	stage_server_start(s);
	stage_wait_gone(s, "this picture is");
	stage_wait(s, "3fa9c1e5 bridge");
	stage_free(s);
}
END_TEST

START_TEST(has_no_releases)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, "v");
	stage_wait_line(s, 23, "no repository is configured");
	stage_free(s);
}
END_TEST

START_TEST(completes)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, ":log\t");
	stage_wait_line(s, 23, ":logs");
	stage_keys(s, "p\t");
	stage_wait(s, "prod      postgres");
	stage_keys(s, "ro\tdo\t\r");
	stage_wait(s, "PROD  › logs docmost");
	/* The history brings it back. */
	stage_keys(s, "q:\033[A");
	stage_wait_line(s, 23, ":logs prod docmost");
	stage_keys(s, "\025nosuch\r");
	stage_wait(s, "no command nosuch");
	stage_keys(s, ":evnts\r");
	stage_wait(s, "did you mean events?");
	stage_free(s);
}
END_TEST

START_TEST(pastes)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	/* Outside a prompt a paste presses no keys. */
	stage_keys(s, "\033[200~qqq\r\033[201~:");
	stage_wait_line(s, 23, ":");
	stage_keys(s, "\033[200~events\nprod\033[201~");
	stage_wait_line(s, 23, ":events prod");
	stage_keys(s, "\r");
	stage_wait(s, "PROD  › events");
	stage_free(s);
}
END_TEST

START_TEST(follows_logs)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, "3l");
	stage_wait(s, "#62");
	stage_log(s, "[{\"at\":\"2026-06-15T08:03:00Z\",\"service\":"
	    "\"docmost\",\"text\":\"the newest line\"}]");
	stage_wait_line(s, 21, "the newest line");
	/* Staying: new lines do not move the picture. */
	stage_keys(s, "k");
	stage_wait(s, "staying");
	stage_log(s, "[{\"at\":\"2026-06-15T08:04:00Z\",\"service\":"
	    "\"docmost\",\"text\":\"one more\"}]");
	stage_wait(s, "65 lines");
	stage_wait_line(s, 21, "the newest line");
	stage_keys(s, "G");
	stage_wait_line(s, 21, "one more");
	stage_keys(s, "w");
	stage_wait(s, "distance=188 kB");
	stage_keys(s, "t");
	stage_wait_gone(s, "hh:mm:ss docmost");
	stage_free(s);
}
END_TEST

START_TEST(searches_logs)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, "3l");
	stage_wait(s, "#62");
	stage_keys(s, "/timeout\r");
	stage_wait(s, " 18/18 ");
	stage_keys(s, "N");
	stage_wait(s, " 17/18 ");
	stage_keys(s, "nn");
	stage_wait(s, " 1/18 ");
	stage_keys(s, "\033vvv");
	stage_wait(s, " errors ");
	stage_wait_gone(s, "LOG [AppController]");
	/* The lines of a trace stay with the error above them. */
	stage_wait(s, "at Socket.onTimeout");
	stage_free(s);
}
END_TEST

START_TEST(saves_logs)
{
	struct stage *s;
	struct buf b = BUF_INIT(1 << 20);
	char path[] = "/tmp/vigie-saved-XXXXXX";
	int fd = mkstemp(path);
	struct stat st;
	struct err e;

	close(fd);
	s = stage_new(&(struct stage_options){.fixture = "trouble"});
	stage_wait(s, "1 local");
	stage_keys(s, "3l");
	stage_wait(s, "#62");
	stage_keys(s, "S\025");
	stage_keys(s, path);
	stage_keys(s, "\r");
	stage_wait(s, "63 lines saved");
	stage_free(s);
	ck_assert_int_eq(files_read(path, &b, &e), 0);
	ck_assert_int_eq(strncmp(buf_str(&b), "2026-06-15T08:01:00.000Z "
	    "docmost [Nest]", 38), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	unlink(path);
	buf_release(&b);
}
END_TEST

START_TEST(copies)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, "3\rky");
	/* base64 of "sha256:" */
	stage_wait_sent(s, "\033]52;c;c2hhMjU2O");
	stage_wait(s, "copied: sha256:");
	stage_free(s);
}
END_TEST

START_TEST(clicks)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	/* The third panel's first service, in SGR's one-based cells. */
	stage_keys(s, "\033[<0;6;18M\033[<0;6;18m\r");
	stage_wait(s, "docmost ■ crit");
	stage_keys(s, "\033[<65;6;6M");
	stage_wait(s, "redis ● ok");
	stage_free(s);
}
END_TEST

START_TEST(runs_a_shell)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, "3\rs");
	stage_wait_asked(s, "shell");
	stage_wait(s, "in the shell");
	stage_keys(s, "bye\r");
	stage_wait(s, "ended with code 3");
	stage_wait(s, "PROD");
	stage_keys(s, "q");
	stage_wait(s, "1 local");
	stage_free(s);
}
END_TEST

START_TEST(asks_before_it_stops_the_server)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_keys(s, ":stop\r");
	stage_wait_line(s, 23, "(y/n)");
	stage_keys(s, "n\r");
	stage_wait(s, "not done");
	stage_keys(s, ":stop\r");
	stage_wait_line(s, 23, "(y/n)");
	stage_keys(s, "y\r");
	stage_wait_asked(s, "stop");
	stage_free(s);
}
END_TEST

/* --- what happens to it ----------------------------------------------- */

START_TEST(shows_a_change)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "calm"});

	stage_wait(s, "● PROD");
	stage_change(s, "{\"environments\":[{\"name\":\"prod\",\"status\":"
	    "\"crit\",\"stale\":false,\"causes\":[{\"code\":\"exited\","
	    "\"severity\":\"crit\",\"subject\":\"docmost\","
	    "\"number\":137}]}]}");
	stage_wait(s, "■ PROD");
	stage_wait(s, "docmost exited (137");
	stage_free(s);
}
END_TEST

START_TEST(says_that_the_server_is_lost)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_server_stop(s);
	stage_wait(s, "this picture is");
	stage_wait(s, "docmost");
	stage_keys(s, "3l");
	stage_wait(s, "waiting for lines");
	stage_server_start(s);
	stage_wait_gone(s, "this picture is");
	stage_wait(s, "#62");
	stage_free(s);
}
END_TEST

START_TEST(waits_for_a_server)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble",
	    .no_server = true, .args = {"-e", "prod"}});

	stage_wait(s, "waiting for the server");
	stage_server_start(s);
	stage_wait(s, "3 PROD · 6 of 6 running");
	stage_free(s);
}
END_TEST

START_TEST(viewer)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble",
	    .role = "viewer"});

	stage_wait(s, "viewer");
	stage_keys(s, "3\r");
	stage_wait(s, "service ");
	stage_wait_gone(s, "shell");
	stage_keys(s, "s");
	stage_wait(s, "that needs the operator's role");
	stage_free(s);
}
END_TEST

START_TEST(ends_with_its_terminal)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble"});

	stage_wait(s, "1 local");
	stage_hang_up(s);
	ck_assert_int_eq(stage_wait_exit(s), 0);
	stage_free(s);
}
END_TEST

START_TEST(wall_takes_no_orders)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "trouble",
	    .view = "wall"});

	stage_wait(s, "read-only");
	stage_keys(s, ":3\rle?s");
	stage_server_stop(s);
	stage_wait(s, "this picture is");
	stage_server_start(s);
	stage_wait_gone(s, "this picture is");
	stage_keys(s, "q");
	ck_assert_int_eq(stage_wait_exit(s), 0);
	stage_free(s);
}
END_TEST

START_TEST(nothing_hostile_reaches_the_terminal)
{
	struct stage *s = stage_new(&(struct stage_options){.fixture = "hostile",
	    .rows = 36, .columns = 120});

	stage_wait(s, "notice");
	stage_keys(s, "3\r");
	stage_wait(s, "service ");
	/* libvterm would have obeyed: nothing is cleared, nothing is red. */
	stage_wait(s, "日本語");
	stage_wait(s, "evil");
	stage_free(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("screens");
	TCase *t = tcase_create("pictures");

	tcase_set_timeout(t, 240);
	tcase_add_loop_test(t, picture, 0,
	    sizeof(pictures) / sizeof(pictures[0]));
	tcase_add_test(t, any_size);
	tcase_add_test(t, releases_any_size);
	tcase_add_test(t, one_cell);
	tcase_add_test(t, wall_one_cell);
	tcase_add_test(t, no_color);
	suite_add_tcase(suite, t);
	t = tcase_create("keys");
	tcase_set_timeout(t, 240);
	tcase_add_test(t, opens_and_goes_back);
	tcase_add_test(t, sorts);
	tcase_add_test(t, filters);
	tcase_add_test(t, shows_releases);
	tcase_add_test(t, asks_for_commits_again);
	tcase_add_test(t, has_no_releases);
	tcase_add_test(t, completes);
	tcase_add_test(t, pastes);
	tcase_add_test(t, follows_logs);
	tcase_add_test(t, searches_logs);
	tcase_add_test(t, saves_logs);
	tcase_add_test(t, copies);
	tcase_add_test(t, clicks);
	tcase_add_test(t, runs_a_shell);
	tcase_add_test(t, asks_before_it_stops_the_server);
	suite_add_tcase(suite, t);
	t = tcase_create("events");
	tcase_set_timeout(t, 240);
	tcase_add_test(t, shows_a_change);
	tcase_add_test(t, says_that_the_server_is_lost);
	tcase_add_test(t, waits_for_a_server);
	tcase_add_test(t, viewer);
	tcase_add_test(t, ends_with_its_terminal);
	tcase_add_test(t, wall_takes_no_orders);
	tcase_add_test(t, nothing_hostile_reaches_the_terminal);
	suite_add_tcase(suite, t);
	return unit_run(suite);
}
